//! What a label says beside the verdict, on one page: words to choose from, and what the steps suggest.

use strum::IntoEnumIterator as _;

use crate::config::{Action, Context};
use crate::ledger::{Facet, Label, Tag, Taxonomy};
use crate::text::width;
use crate::tui::layout::WIDE;
use crate::tui::state::State;
use crate::tui::view::code;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::worker::word;

pub mod draw;
mod update;

pub(in crate::tui) use update::{arrived, decide, typed};

/// The page as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Classify,
    areas: |areas, room| areas.bordered = room.size.width >= WIDE,
    command: update::perform,
    elsewhere: |state, action| match action {
        Action::Classify => Some(update::open(state)),
        _ => None,
    },
    click: |state, at| {
        let area = draw::words_area(state);
        contract::line_of(area, at).map_or_else(Vec::new, |row| update::click(state, row, at.x - area.x))
    },
    wheel: contract::wheel_selects,
    target: contract::nothing_to_mark,
    copy: code::copy::of_pane,
    draw: |state, areas, buf| {
        let area = framed(state, areas, &draw::title(state), draw::from(state), buf);
        draw::draw(state, area, buf);
    },
};

/// Columns of the questions on the left.
const LEFT: usize = 11;
/// How sure one can be, in percent.
const CONFIDENCE: [u8; 6] = [10, 25, 50, 75, 90, 99];

/// The page of the package on the screen.
#[derive(Debug, Clone, Default)]
pub struct Classify {
    /// The verdict that Enter records; none before one is chosen.
    pub label: Option<Label>,
    /// What is chosen.
    pub taxonomy: Taxonomy,
    /// Whether that is what the steps suggest, and nobody's word yet.
    pub proposed: bool,
    /// Whether the ledger has answered.
    known: bool,
    /// Whether the analyst has chosen anything: then every label says what the page says.
    touched: bool,
    /// The selected word, by its place among all.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
}

/// Something on the page that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The verdict.
    Verdict(Label),
    /// A word.
    Tag(&'static Tag),
    /// How sure the analyst is, in percent.
    Confidence(u8),
    /// The campaign, which is typed.
    Campaign,
    /// The reason, which is typed.
    Rationale,
}

impl Choice {
    /// Everything on the page, in its order.
    fn all() -> Vec<Self> {
        let tags = Facet::iter().flat_map(Facet::tags).map(Self::Tag);
        let first = Label::iter().map(Self::Verdict);
        let confidence = CONFIDENCE.into_iter().map(Self::Confidence);
        first.chain(tags).chain(confidence).chain([Self::Campaign, Self::Rationale]).collect()
    }

    /// The question that it answers.
    fn question(self) -> &'static str {
        match self {
            Self::Verdict(_) => "verdict",
            Self::Tag(tag) => tag.facet.into(),
            Self::Confidence(_) => "confidence",
            Self::Campaign => "campaign",
            Self::Rationale => "reason",
        }
    }

    /// What it means.
    fn meaning(self) -> String {
        match self {
            Self::Verdict(label) => match label {
                Label::Benign => "does what it says",
                Label::Unwanted => "spam, a squatted name, an empty package",
                Label::DualUse => "a tool that attackers use too, and says so",
                Label::ResearchOrPentest => "acts like malware for a declared test or study",
                Label::SuspiciousUnresolved => "suspicious, and not decided",
                Label::Malicious => "harms whoever installs or uses it",
            }
            .to_owned(),
            Self::Tag(tag) => {
                let attack = tag.attack.map(|id| format!(" ({id})")).unwrap_or_default();
                format!("{}: {}{attack}", tag.word, tag.what)
            }
            Self::Confidence(_) => "how sure you are of the verdict".to_owned(),
            Self::Campaign => "the attack that it belongs to; the key of a choice lets you type it".to_owned(),
            Self::Rationale => "why, in a sentence; the key of a choice lets you type it".to_owned(),
        }
    }
}

impl Classify {
    fn has(&self, choice: Choice) -> bool {
        match choice {
            Choice::Verdict(label) => self.label == Some(label),
            Choice::Tag(tag) => self.taxonomy.has(tag),
            Choice::Confidence(percent) => self.taxonomy.confidence == Some(percent),
            Choice::Campaign => !self.taxonomy.campaign.is_empty(),
            Choice::Rationale => !self.taxonomy.rationale.is_empty(),
        }
    }

    /// How a choice is written, in brackets where it is made, so that no color is needed to tell.
    fn shown(&self, choice: Choice) -> String {
        let typed =
            |text: &str| if text.is_empty() { "…".to_owned() } else { crate::text::escape(text).into_owned() };
        let text = match choice {
            Choice::Verdict(label) => word(label).to_owned(),
            Choice::Tag(tag) => tag.word.to_owned(),
            Choice::Confidence(percent) => format!("{percent} %"),
            Choice::Campaign => typed(&self.taxonomy.campaign),
            Choice::Rationale => typed(&self.taxonomy.rationale),
        };
        if self.has(choice) { format!("[{text}]") } else { format!(" {text} ") }
    }
}

/// A row of the page.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// The question, on its first row.
    question: &'static str,
    /// The choices: which one, its first column behind the question, and how it is written.
    choices: Vec<(usize, usize, String)>,
}

/// The page as rows of so many columns.
fn rows(page: &Classify, columns: usize) -> Vec<Row> {
    let room = columns.saturating_sub(LEFT + 1).max(1);
    let mut rows: Vec<Row> = Vec::new();
    let (mut last, mut used) = ("", 0);
    for (at, choice) in Choice::all().into_iter().enumerate() {
        let text = page.shown(choice);
        let question = choice.question();
        if question != last || used + width(&text) > room {
            rows.push(Row { question: if question == last { "" } else { question }, choices: Vec::new() });
            (last, used) = (question, 0);
        }
        let wide = width(&text);
        if let Some(row) = rows.last_mut() {
            row.choices.push((at, used, text));
        }
        used += wide + 1;
    }
    rows
}

/// Whether the page is that of a package that is on the screen, and known.
#[must_use]
pub fn is_known(state: &State) -> bool {
    state.classify.known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_stands_once_and_nothing_is_wider_than_the_page() {
        let mut page = Classify { label: Some(Label::Malicious), ..Classify::default() };
        page.taxonomy.campaign = "a\u{202E}b".to_owned();
        for columns in [40, 78, 198] {
            let rows = rows(&page, columns);
            let shown: Vec<usize> = rows.iter().flat_map(|row| row.choices.iter().map(|(at, ..)| *at)).collect();
            assert_eq!(shown, (0..Choice::all().len()).collect::<Vec<_>>());
            for row in &rows {
                let end = row.choices.last().map_or(0, |(_, x, text)| x + width(text));
                assert!(LEFT + 1 + end <= columns, "{row:?}");
            }
            let text: String = rows.iter().flat_map(|row| row.choices.iter().map(|(.., text)| text.as_str())).collect();
            assert!(text.contains("[malicious]") && text.contains("[a<U+202E>b]"), "{text}");
        }
    }
}
