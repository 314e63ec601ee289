//! The one-line inputs: search, palette, a model's folder.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use strum::IntoEnumIterator as _;
use tui_input::Input;

use crate::config::Action;

/// What is being typed.
#[derive(Debug, Clone)]
pub enum Prompt {
    /// Text to search in the focused pane.
    Search(Input),
    /// A command by name.
    Palette(Palette),
    /// A model's folder.
    Model(Input),
    /// What to add to the span that is marked next.
    Note(Input),
}

impl Prompt {
    /// The line being typed.
    pub fn input(&mut self) -> &mut Input {
        match self {
            Self::Search(input) | Self::Model(input) | Self::Note(input) => input,
            Self::Palette(palette) => &mut palette.input,
        }
    }
}

/// Commands that fit what is typed, best first.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The line being typed.
    pub input: Input,
    /// What fits.
    pub found: Vec<Action>,
    /// Index in `found`.
    pub selected: usize,
}

impl Default for Palette {
    fn default() -> Self {
        Self { input: Input::default(), found: Action::iter().collect(), selected: 0 }
    }
}

impl Palette {
    /// Finds the commands anew after the line changed.
    pub fn find(&mut self) {
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut found: Vec<(u32, Action)> = Action::iter()
            .filter_map(|action| {
                // The name counts more than the sentence about it.
                let name = action.name().replace('_', " ");
                let by_name = pattern.score(Utf32Str::new(&name, &mut buffer), &mut matcher).map(|s| s * 2);
                let by_text = pattern.score(Utf32Str::new(action.describe(), &mut buffer), &mut matcher);
                Some((by_name.max(by_text)?, action))
            })
            .collect();
        found.sort_by_key(|(score, action)| (std::cmp::Reverse(*score), *action));
        self.found = found.into_iter().map(|(_, action)| action).collect();
        self.selected = 0;
    }

    /// Moves the selection.
    pub fn step(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.found.len().saturating_sub(1));
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
    fn the_best_fit_comes_first(#[case] typed: &str, #[case] action: Action) {
        let mut palette = Palette { input: typed.into(), ..Palette::default() };
        palette.find();
        assert_eq!(palette.found.first(), Some(&action), "{:?}", palette.found);
    }
}
