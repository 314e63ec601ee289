//! Finding a file or layer by a few letters of its path.

use std::collections::HashMap;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use rayon::prelude::*;

use crate::behavior::Sequence;
use crate::case::search::aside;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text::escape;

use super::super::job::{PathsWork, Ticket, Work};
use super::picker::Picker;
use super::prompt::Prompt;
use super::renumber::Moves;
use super::{Effect, Overlay, State};

/// Most names listed.
const LISTED: usize = 500;
/// Names matched between two looks at whether to stop.
const PART: usize = 2048;
/// Longest name matched, bytes: the matcher's cost grows with it.
const LONGEST: usize = 1000;

/// A file or layer that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub doc: Doc,
    /// Its path inside the package, and a layer's recipe; escaped.
    pub name: String,
    /// Which characters of the name were typed, ascending.
    pub letters: Vec<u32>,
    /// How many steps it holds.
    pub steps: usize,
}

/// What fits what was typed.
#[derive(Debug, Clone, Default)]
pub struct Matched {
    /// The best, best first.
    pub best: Vec<Candidate>,
    /// How many fit in all.
    pub count: usize,
}

/// The finder while it is open.
#[derive(Debug, Clone, Default)]
pub struct Finder {
    /// What is typed and what fits.
    pub picker: Picker<Candidate>,
    /// How many fit in all; `None` until the first answer.
    pub count: Option<usize>,
    /// Whether what is listed fits the line as it is now.
    current: bool,
    /// Whether to go to the best as soon as it is known.
    going: bool,
    ticket: Ticket,
}

/// The names of all files and layers.
#[derive(Debug)]
pub struct Names(Vec<Name>);

#[derive(Debug)]
struct Name {
    doc: Doc,
    text: String,
    steps: usize,
}

impl Names {
    /// Gathers them: those that hold steps first, the others by path.
    #[must_use]
    pub fn new(package: &Package, sequence: &Sequence) -> Self {
        let mut steps: HashMap<Doc, usize> = HashMap::new();
        for step in &sequence.steps {
            *steps.entry(step.doc).or_default() += 1;
        }
        let path = |file: usize| {
            let path = package.files.get(file).map_or("", |file| file.path.as_str());
            escape(package.inside(path)).into_owned()
        };
        let name = |doc: Doc, text: String| Name { doc, text, steps: steps.get(&doc).copied().unwrap_or_default() };
        let files = (0..package.files.len()).map(|file| name(Doc::File(file), path(file)));
        let layers = sequence.layers.iter().enumerate().map(|(index, layer)| {
            let of = sequence.file_of(Doc::Layer(index)).map(path).unwrap_or_default();
            name(Doc::Layer(index), format!("{of} › {}", escape(&layer.recipe.join(" › "))))
        });
        let mut all: Vec<Name> = files.chain(layers).collect();
        all.sort_by_key(|name| name.steps == 0);
        Self(all)
    }
}

impl Matched {
    /// The names that fit; `None` when told to stop.
    #[must_use]
    pub fn new(names: &Names, typed: &str, stop: &(dyn Fn() -> bool + Sync)) -> Option<Self> {
        let all = &names.0;
        if typed.trim().is_empty() {
            let best = all.iter().take(LISTED).map(|name| candidate(name, Vec::new())).collect();
            return Some(Self { best, count: all.len() });
        }
        let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
        let config = Config::DEFAULT.match_paths();
        let fitting = |(part, names): (usize, &[Name])| -> Vec<(u32, usize)> {
            if stop() {
                return Vec::new();
            }
            let (mut matcher, mut buffer) = (Matcher::new(config.clone()), Vec::new());
            let score = |(at, name): (usize, &Name)| {
                let score = pattern.score(Utf32Str::new(matched(&name.text), &mut buffer), &mut matcher)?;
                Some((score, part * PART + at))
            };
            names.iter().enumerate().filter_map(score).collect()
        };
        let mut fits: Vec<(u32, usize)> = aside(|| all.par_chunks(PART).enumerate().map(fitting).flatten().collect());
        if stop() {
            return None;
        }
        let count = fits.len();
        let length = |at: usize| all.get(at).map_or(0, |name| name.text.len());
        let key = |(score, at): &(u32, usize)| (std::cmp::Reverse(*score), length(*at), *at);
        if fits.len() > LISTED {
            fits.select_nth_unstable_by_key(LISTED, key);
            fits.truncate(LISTED);
        }
        fits.sort_by_key(key);
        let (mut matcher, mut buffer) = (Matcher::new(config), Vec::new());
        let best = fits.iter().filter_map(|(_, at)| {
            let name = all.get(*at)?;
            let mut letters = Vec::new();
            pattern.indices(Utf32Str::new(matched(&name.text), &mut buffer), &mut matcher, &mut letters);
            letters.sort_unstable();
            letters.dedup();
            Some(candidate(name, letters))
        });
        Some(Self { best: best.collect(), count })
    }
}

fn candidate(name: &Name, letters: Vec<u32>) -> Candidate {
    Candidate { doc: name.doc, name: name.text.clone(), letters, steps: name.steps }
}

fn matched(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

/// Opens the finder.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.package().is_none() {
        state.say("Wait until the archive is read.");
        return Vec::new();
    }
    let mut finder = Finder::default();
    let effects = ask(state, &mut finder);
    state.overlay = Some(Overlay::Prompt(Prompt::Finder(finder)));
    effects
}

/// Asks for what fits the line as it is now.
pub(super) fn ask(state: &mut State, finder: &mut Finder) -> Vec<Effect> {
    let Some((package, sequence)) = state.docs.shared() else { return Vec::new() };
    finder.ticket = state.naming.renew();
    (finder.current, finder.going) = (false, false);
    let typed = finder.picker.input.value().to_owned();
    vec![state.work(Work::Paths(PathsWork { ticket: finder.ticket, package, sequence, typed }))]
}

/// Asks again while the finder is open: there are other files and layers now.
pub(super) fn again(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Prompt(Prompt::Finder(finder))) = &mut state.overlay else { return Vec::new() };
    let mut finder = std::mem::take(finder);
    let going = finder.going;
    let effects = ask(state, &mut finder);
    finder.going = going;
    state.overlay = Some(Overlay::Prompt(Prompt::Finder(finder)));
    effects
}

/// Takes in what fits, if it is what was asked for last.
pub(super) fn arrived(state: &mut State, ticket: Ticket, matched: Option<Matched>) {
    let Some(Overlay::Prompt(Prompt::Finder(finder))) = &mut state.overlay else { return };
    let Some(matched) = matched.filter(|_| finder.ticket == ticket) else { return };
    finder.picker.fill(matched.best);
    finder.count = Some(matched.count);
    finder.current = true;
    if finder.going {
        let mut finder = std::mem::take(finder);
        state.overlay = None;
        finder.chosen(state);
    }
}

impl Finder {
    /// Documents have other numbers: what is gone is no longer listed.
    pub(super) fn renumber(&mut self, moves: &Moves) {
        self.picker.found.retain_mut(|candidate| match moves.doc(candidate.doc) {
            Some(doc) => {
                candidate.doc = doc;
                true
            }
            None => false,
        });
        self.picker.step(0);
    }

    /// Goes to what is selected. `false` where that is not known yet: the line has just changed.
    pub(super) fn chosen(&mut self, state: &mut State) -> bool {
        if !self.current {
            self.going = true;
            return false;
        }
        match self.picker.chosen() {
            Some(candidate) => state.go((candidate.doc, None)),
            None => state.say("No file or layer has these letters in its path."),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Names {
        let name = |(at, path): (usize, &&str)| Name { doc: Doc::File(at), text: (*path).to_owned(), steps: 0 };
        Names(paths.iter().enumerate().map(name).collect())
    }

    #[test]
    fn the_best_fit_comes_first_and_tells_its_letters() {
        let names = names(&["lib/index.js", "test/fixtures/lib.js", "lib/deep/in/x.js", "setup.py"]);
        let matched = Matched::new(&names, "libin", &|| false).unwrap();
        assert_eq!(matched.best.first().map(|c| c.doc), Some(Doc::File(0)));
        assert_eq!(matched.best[0].letters, [0, 1, 2, 4, 5]);
        assert_eq!((matched.count, matched.best.len()), (2, 2));
        assert_eq!(Matched::new(&names, "", &|| false).unwrap().count, 4);
        assert!(Matched::new(&names, "x", &|| true).is_none());
    }

    #[test]
    fn the_list_is_bounded_and_the_count_is_not() {
        let paths: Vec<String> = (0..5000).map(|i| format!("a/b{i}.js")).collect();
        let names = names(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let matched = Matched::new(&names, "js", &|| false).unwrap();
        assert_eq!((matched.best.len(), matched.count), (LISTED, 5000));
    }

    #[test]
    fn a_name_without_end_is_matched_by_its_beginning() {
        let long = "é".repeat(100_000);
        let matched = Matched::new(&names(&[&long]), "éé", &|| false).unwrap();
        assert_eq!(matched.count, 1);
    }
}
