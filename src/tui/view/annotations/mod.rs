//! The marked spans of the package on the screen, and the list of them.

use crate::config::{Action, Context};
use crate::ledger::{Anchor, Lost, MarkedSpan, SpanRole};
use crate::syntax::Doc;
use crate::text::Span;
use crate::tui::layout::{CARD, WIDE};
use crate::tui::state::State;
use crate::tui::state::copy;
use crate::tui::state::renumber::Moves;
use crate::tui::view::View;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::worker::{KeptSpan, marked_at, role_word};
use std::collections::HashMap;
use std::sync::Arc;

pub mod draw;
mod update;

pub(in crate::tui) use update::{arrived, ask, click, follow, lacking, perform, preview, wanted, wheel};

/// The marked spans as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Spans,
    areas: |areas, room| {
        if room.size.width >= WIDE {
            areas.beside_source(CARD, room);
        }
    },
    command: perform,
    elsewhere: |state, action| match action {
        Action::Spans => {
            state.open_view(View::Spans);
            follow(state);
            preview(state);
            Some(Vec::new())
        }
        Action::Unmark => {
            let key = state.key(Action::Spans);
            state.say(format!("Marked spans are removed in their list: {key} shows it."));
            Some(Vec::new())
        }
        _ => None,
    },
    click: |state, at| contract::click_beside(state, at, draw::list_area, click),
    wheel: |state, at, by| contract::wheel_beside(state, at, by, wheel),
    target: |state| {
        let place = state.spans.selected()?.anchor.place()?;
        Some((place.doc, Some(place.span)))
    },
    copy: |state, action| copy::give(state, action, "marked span", line(state)),
    draw: |state, areas, buf| {
        let area = framed(state, areas, "Marked spans", &draw::counted(state), buf);
        draw::draw(state, area, buf);
    },
};

/// How far the ledger is with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Known {
    /// Nobody has asked yet: the package is being read.
    #[default]
    NotYet,
    /// The ledger looks for them.
    Asked,
    /// They are there.
    Yes,
    /// The ledger cannot be used; why, escaped.
    No(String),
}

/// The spans and where the list of them is.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    /// All that stand, in the order in which they were marked.
    pub list: Vec<KeptSpan>,
    /// Whether the list is that of the package on the screen.
    pub known: Known,
    /// The selected one.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
    /// Whether a label that must have evidence was just given.
    pub(in crate::tui) wanting: bool,
    by_doc: HashMap<Doc, Vec<(Span, SpanRole)>>,
    /// Whether texts that were decoded by hand have been made again for their marks.
    redone: bool,
}

impl Spans {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// How many were not found again in the package.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.list.iter().filter(|span| span.anchor.place().is_none()).count()
    }

    /// Spans of a document that share bytes with a part of it, in order of their start.
    pub fn within(&self, doc: Doc, part: Span) -> impl Iterator<Item = (Span, SpanRole)> + '_ {
        let spans = self.by_doc.get(&doc).map(Vec::as_slice).unwrap_or_default();
        spans.iter().filter(move |(span, _)| span.overlaps(part)).copied()
    }

    /// The spans that were not found and stand in a decoded text, each text once.
    fn decoded_by_hand(&self) -> Vec<Arc<MarkedSpan>> {
        let mut texts: Vec<Arc<MarkedSpan>> = Vec::new();
        for span in self.list.iter().filter(|span| span.anchor.place().is_none()) {
            let hash = |marked: &MarkedSpan| marked.layer.as_ref().map(|layer| layer.sha256.clone());
            let text = hash(&span.marked);
            if text.is_some() && !texts.iter().any(|known| hash(known) == text) {
                texts.push(Arc::clone(&span.marked));
            }
        }
        texts
    }

    /// The selected span.
    #[must_use]
    pub fn selected(&self) -> Option<&KeptSpan> {
        self.list.get(self.selected)
    }

    /// Documents have other numbers; the ledger is asked again, and says of what is gone why it is not found.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        for span in &mut self.list {
            if let Anchor::Exact(place) | Anchor::Moved(place) = &mut span.anchor {
                match moves.doc(place.doc) {
                    Some(doc) => place.doc = doc,
                    None => span.anchor = Anchor::Lost(Lost::Layer),
                }
            }
        }
        let by_doc = std::mem::take(&mut self.by_doc).into_iter();
        self.by_doc = by_doc.filter_map(|(doc, spans)| Some((moves.doc(doc)?, spans))).collect();
    }

    fn take(&mut self, list: Vec<KeptSpan>) {
        let event = self.selected().map(|span| span.event);
        self.by_doc.clear();
        for span in &list {
            if let Some(place) = span.anchor.place() {
                self.by_doc.entry(place.doc).or_default().push((place.span, span.marked.role));
            }
        }
        for spans in self.by_doc.values_mut() {
            spans.sort();
        }
        let same = list.iter().position(|span| Some(span.event) == event);
        self.selected = same.unwrap_or(self.selected).min(list.len().saturating_sub(1));
        self.list = list;
        self.known = Known::Yes;
    }
}

/// The letter of a role, for the gutter and the list.
#[must_use]
pub fn letter(role: SpanRole) -> &'static str {
    match role {
        SpanRole::Payload => "P",
        SpanRole::Trigger => "T",
        SpanRole::Loader => "L",
        SpanRole::Exfil => "X",
        SpanRole::Persistence => "S",
        SpanRole::Evasion => "E",
        SpanRole::Decoy => "D",
        SpanRole::BenignReason => "B",
    }
}

/// Rows of the list on the screen.
fn height(state: &State) -> usize {
    usize::from(crate::tui::view::annotations::draw::list_area(state).height).max(1)
}

/// The selected span in one line, raw.
pub(in crate::tui) fn line(state: &State) -> Option<String> {
    let span = state.spans.selected()?;
    let root = state.package().map_or("", |package| package.root.as_str());
    let code = span.excerpt.as_ref().and_then(|excerpt| excerpt.lines.first()).map_or("", |line| line.text.as_str());
    Some(format!("{} {} {code}", role_word(span.marked.role), marked_at(&span.marked, root)).trim_end().to_owned())
}
