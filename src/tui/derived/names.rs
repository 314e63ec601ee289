//! The names of files and layers, and those of them that fit a few letters.

use std::collections::HashMap;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use rayon::prelude::*;

use crate::behavior::Sequence;
use crate::case::search::aside;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text::escape;

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
