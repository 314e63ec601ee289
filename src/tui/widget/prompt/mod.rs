//! The one-line inputs: search, palette, finder, a model's folder, another version.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use strum::IntoEnumIterator as _;
use tui_input::Input;

use crate::case::search::Mode;
use crate::config::{Action, Context};
use crate::ledger::Label;
use crate::syntax::decoder::Decoder;

use crate::tui::state::renumber::Moves;
use crate::tui::state::walk::Exhibit;
use crate::tui::view::finder::Finder;
use crate::tui::widget::complete::PathLine;
use crate::tui::widget::picker::Picker;

pub mod draw;

/// What is being typed.
#[derive(Debug, Clone)]
pub enum Prompt {
    /// What to search in the focused pane.
    Search(Question),
    /// What to search in the whole package.
    Package(Question),
    /// What an indicator must hold to be listed.
    Filter(Input),
    /// A command by name.
    Palette(Palette),
    /// A file or layer by a few letters of its path.
    Finder(Finder),
    /// A model's folder.
    Model(Input),
    /// What to add to the span that is marked next.
    Note(Input),
    /// Another version's path.
    Against(Input),
    /// The file that a report is saved to.
    Save(Input),
    /// A package's path.
    Path(PathLine),
    /// A decoder by name.
    Decoder(Choice),
    /// Words of the analyst's own.
    Words(Words, Input),
}

/// What words are typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The campaign of a label.
    Campaign,
    /// The reason of a label.
    Rationale,
    /// The reason why an exhibit is hidden.
    Suppress(Exhibit),
    /// The reason of a decision between labels.
    Adjudicate(Label),
    /// The file that the selected rows are saved to.
    Export,
}

impl Words {
    /// What stands before the line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Campaign => "campaign: ",
            Self::Rationale => "why: ",
            Self::Suppress(_) => "hide it, for: ",
            Self::Adjudicate(_) => "decided, for: ",
            Self::Export => "save the selected rows as: ",
        }
    }

    /// What else can be written.
    fn hint(self) -> &'static str {
        match self {
            Self::Suppress(_) => "a reason · for:90d · path:lib/** · scope:archive, package, everywhere ",
            Self::Adjudicate(_) => "whoever is overruled reads it ",
            Self::Campaign | Self::Rationale | Self::Export => "",
        }
    }
}

impl Prompt {
    /// The line being typed.
    pub fn input(&mut self) -> &mut Input {
        match self {
            Self::Search(question) | Self::Package(question) => &mut question.input,
            Self::Filter(input) | Self::Model(input) | Self::Note(input) | Self::Against(input) | Self::Save(input) => {
                input
            }
            Self::Words(_, input) => input,
            Self::Palette(palette) => &mut palette.input,
            Self::Path(line) => &mut line.input,
            Self::Finder(finder) => &mut finder.picker.input,
            Self::Decoder(choice) => &mut choice.picker.input,
        }
    }

    /// Documents have other numbers.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        match self {
            Self::Finder(finder) => finder.renumber(moves),
            // Nothing is hidden that is not what was selected.
            Self::Words(words @ Words::Suppress(_), _) => {
                if let Words::Suppress(Exhibit::Step(step)) = words
                    && let Some(now) = moves.step(*step)
                {
                    *step = now;
                } else {
                    *words = Words::Rationale;
                }
            }
            Self::Words(..) => {}
            Self::Search(_) | Self::Package(_) | Self::Filter(_) | Self::Palette(_) | Self::Model(_) => {}
            Self::Note(_) | Self::Against(_) | Self::Save(_) | Self::Path(_) | Self::Decoder(_) => {}
        }
    }

    /// Moves the selection in the list below the line, where there is one.
    pub fn step(&mut self, by: isize) {
        match self {
            Self::Palette(palette) => palette.step(by),
            Self::Finder(finder) => finder.picker.step(by),
            Self::Decoder(choice) => choice.picker.step(by),
            _ => {}
        }
    }
}

/// A query being typed.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The line being typed.
    pub input: Input,
    /// How it is read, unless it begins with `re:`, `hex:` or `lit:`.
    pub mode: Mode,
    /// Why it cannot be searched, once that was tried.
    pub error: Option<String>,
}

/// Commands that fit what is typed.
pub type Palette = Picker<Action>;

impl Palette {
    /// All commands; those that mean something in a context first.
    #[must_use]
    pub fn commands(here: Context) -> Self {
        let mut all: Vec<Action> = Action::iter().collect();
        all.sort_by_key(|action| (!action.applies(here), action.context() != here));
        Self::new(all)
    }

    /// Finds the commands anew after the line changed.
    pub fn find(&mut self, here: Context) {
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let words: Vec<String> = self.input.value().split_whitespace().map(str::to_lowercase).collect();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
        // A name comes before any sentence that holds the letters too, and what means something here before what does not.
        let mut found: Vec<(bool, bool, Reverse<u32>, Action)> = Action::iter()
            .filter_map(|action| {
                let by_name = score(&action.name().replace('_', " "));
                // Letters scattered over a sentence are found in most sentences: of those, whole words.
                let text = action.describe().to_lowercase();
                let by_text = || words.iter().all(|word| text.contains(word)).then_some(0);
                let fit = by_name.or_else(by_text)?;
                Some((by_name.is_none(), !action.applies(here), Reverse(fit), action))
            })
            .collect();
        found.sort();
        self.fill(found.into_iter().map(|(.., action)| action).collect());
    }
}

/// Decoders that fit what is typed, best first.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The line being typed (part of a name, and a key behind it) and what fits.
    pub picker: Picker<Decoder>,
    /// Why what was typed is no decoder yet.
    pub hint: Option<String>,
}

impl Default for Choice {
    fn default() -> Self {
        Self { picker: Picker::new(Decoder::all()), hint: None }
    }
}

impl Choice {
    /// Finds the decoders anew after the line changed. A name with its key stands first, with what is wrong with the key said.
    pub fn find(&mut self) {
        let typed = self.picker.input.value().trim_start();
        let exact: Result<Decoder, String> = typed.parse();
        let keyed = ["rot ", "xor "].iter().any(|word| typed.to_ascii_lowercase().starts_with(word));
        self.hint = exact.as_ref().err().filter(|_| keyed).cloned();
        if keyed {
            let found = exact.into_iter().collect();
            self.picker.fill(found);
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let scored = Decoder::all().into_iter().filter_map(|decoder| {
            let name = decoder.to_string();
            let by_name = pattern.score(Utf32Str::new(&name, &mut buffer), &mut matcher).map(|score| score * 2);
            let by_text = pattern.score(Utf32Str::new(decoder.describe(), &mut buffer), &mut matcher);
            Some((by_name.max(by_text)?, exact.as_ref() == Ok(&decoder), decoder))
        });
        let mut found: Vec<(u32, bool, Decoder)> = scored.collect();
        found.sort_by_key(|(score, exact, _)| (Reverse(*exact), Reverse(*score)));
        self.picker.fill(found.into_iter().map(|(.., decoder)| decoder).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("mal", Action::LabelMalicious)]
    #[case("quit", Action::Quit)]
    #[case("sha", Action::CopySha)]
    #[case("lyr nxt", Action::LayerNext)]
    #[case("copy", Action::Copy)]
    #[case("mark payload", Action::MarkPayload)]
    #[case("order", Action::QueueOrder)]
    fn the_best_fit_comes_first(#[case] typed: &str, #[case] action: Action) {
        let mut palette = Palette { input: typed.into(), ..Palette::commands(Context::Card) };
        palette.find(Context::Card);
        assert_eq!(palette.found.first(), Some(&action), "{:?}", palette.found);
    }

    #[test]
    fn what_means_something_here_comes_first() {
        for here in Context::iter() {
            let palette = Palette::commands(here);
            let last = palette.found.iter().rposition(|action| action.applies(here)).unwrap();
            assert!(palette.found[..=last].iter().all(|action| action.applies(here)));
        }
        let mut palette = Palette { input: "label".into(), ..Palette::commands(Context::Indicators) };
        palette.find(Context::Indicators);
        let named = |action: &&Action| action.name().contains("label");
        let first = palette.found.iter().take_while(named).count();
        assert_eq!(first, palette.found.iter().filter(named).count(), "{:?}", palette.found);
        assert!(first > 2 && first < palette.found.len(), "sentences with the word are found too, below");
    }
}
