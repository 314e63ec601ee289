//! The views: a folder each, with what it keeps (`mod.rs`), what keys and mouse do in it (`update.rs`) and how it is drawn
//! (`draw.rs`). What all of them answer is their [`Contract`].

use strum::{EnumIter, IntoEnumIterator as _, IntoStaticStr};

use crate::config::Action;
use crate::tui::state::{Effect, State};

pub mod annotations;
pub mod card;
pub mod classify;
pub mod code;
pub mod contract;
pub mod decoder;
pub mod details;
pub mod diff;
pub mod disputes;
pub mod explain;
pub mod finder;
pub mod guide;
pub mod guidelines;
pub mod help;
pub mod indicators;
pub(in crate::tui) mod others;
pub mod places;
pub mod queue;
pub mod report;
pub mod results;
pub(in crate::tui) mod similar;
pub mod start;

use contract::Contract;

/// What stands between the strip and the footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum View {
    /// What the package is, why it is here, what runs by itself.
    #[default]
    Card,
    /// Files, source and behaviors side by side.
    Code,
    /// Scores of two methods side by side, attention by layer and head, what the model would say without.
    Explain,
    /// The marked spans.
    Spans,
    /// The matches of a search in the whole package.
    Results,
    /// The table of indicators.
    Indicators,
    /// What changed since another version.
    Diff,
    /// The packages that wait for a decision.
    Queue,
    /// A report of the package, as it would be sent.
    Report,
    /// What the label says beside the verdict.
    Classify,
    /// Packages on which analysts disagree.
    Disputes,
    /// Decoders tried on bytes.
    Lab,
    /// What to open, where one was, what waits.
    Start,
}

impl View {
    /// What it answers.
    #[must_use]
    pub fn contract(self) -> &'static Contract {
        match self {
            Self::Card => &card::CONTRACT,
            Self::Code => &code::CONTRACT,
            Self::Explain => &explain::CONTRACT,
            Self::Spans => &annotations::CONTRACT,
            Self::Results => &results::CONTRACT,
            Self::Indicators => &indicators::CONTRACT,
            Self::Diff => &diff::CONTRACT,
            Self::Queue => &queue::CONTRACT,
            Self::Report => &report::CONTRACT,
            Self::Classify => &classify::CONTRACT,
            Self::Disputes => &disputes::CONTRACT,
            Self::Lab => &decoder::CONTRACT,
            Self::Start => &start::CONTRACT,
        }
    }
}

/// Does what an action of one view does while another is shown.
pub(in crate::tui) fn elsewhere(state: &mut State, action: Action) -> Vec<Effect> {
    let answered = View::iter().find_map(|view| (view.contract().elsewhere)(state, action));
    debug_assert!(answered.is_some(), "{action:?} is nobody's");
    answered.unwrap_or_default()
}
