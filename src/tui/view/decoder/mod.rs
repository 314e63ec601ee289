//! The decoder lab: chains of decoders tried on selected bytes, what fits proposed, the result before one's eyes.

use std::sync::Arc;

use crate::config::{Action, Context};
use crate::syntax::Doc;
use crate::syntax::decoder::{self, Decoder};
use crate::text::Span;

use crate::tui::state::State;
use crate::tui::state::renumber::Moves;
use crate::tui::view::contract::{self, Contract};
use crate::tui::worker::Ticket;
pub use crate::tui::worker::Tried;

pub mod draw;
pub mod layers;
mod open;
mod update;

pub(in crate::tui) use open::open;
pub(in crate::tui) use update::{add, decoded, proposed};

/// The decoder lab as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Lab,
    areas: |areas, _| areas.bordered = true,
    command: update::perform,
    elsewhere: |state, action| match action {
        Action::Decoders => Some(open(state)),
        Action::RemoveLayer => Some(layers::remove(state)),
        // They mean something in the lab alone.
        Action::KeepLayer | Action::AddDecoder | Action::DropDecoder | Action::BruteForce | Action::Unfold => {
            let key = state.key(Action::Decoders);
            state.say(format!("This is for the decoder lab; {key} opens it on the selected bytes."));
            Some(Vec::new())
        }
        _ => None,
    },
    click: |state, at| {
        let line = contract::line_of(state.areas().lab().0, at);
        line.map_or_else(Vec::new, |line| update::click(state, line))
    },
    wheel: |state, at, by| {
        let (list, result) = state.areas().lab();
        match () {
            () if list.contains(at) => update::wheel(state, true, by),
            () if result.contains(at) => update::wheel(state, false, by),
            () => Vec::new(),
        }
    },
    target: |state| state.lab.as_ref().map(|lab| (lab.doc, Some(lab.span))),
    copy: update::copy_result,
    draw: |state, _, buf| draw::draw(state, buf),
};

/// Numbers of what was asked of the workers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tickets {
    looking: Ticket,
    trying: Ticket,
    /// Changes of the layers.
    pub keeping: Ticket,
}

impl Tickets {
    /// Makes every answer that is still to come stale.
    pub(in crate::tui) fn renew(&mut self) {
        for ticket in [&mut self.looking, &mut self.trying, &mut self.keeping] {
            ticket.renew();
        }
    }
}

/// The lab.
#[derive(Debug, Clone)]
pub struct Lab {
    /// Where the bytes stand.
    pub doc: Doc,
    /// The bytes of that document.
    pub span: Span,
    /// The bytes themselves.
    pub bytes: Arc<[u8]>,
    /// The bytes as they are, the chain made by hand if there is one, what is proposed.
    pub rows: Vec<Row>,
    /// Index of the selected row.
    pub selected: usize,
    /// Whether proposals are still looked for.
    pub looking: bool,
    /// Whether keys are tried too.
    pub brute: bool,
    /// Whether layers are being made.
    pub keeping: bool,
    /// Which bound ended the search, as a sentence.
    pub stopped: Option<String>,
    /// The result of the selected row, once it is there.
    pub result: Option<Tried>,
    /// First line of the result on the screen, from 0; a row of bytes where they are shown.
    pub top: usize,
    /// Whether the result's bytes are shown although it is text.
    pub hex: bool,
    /// Whether the analyst has chosen a row.
    chosen: bool,
}

/// A chain of decoders.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The decoders; none for the bytes as they are.
    pub chain: Vec<Decoder>,
    /// Whether it was put together by hand.
    pub by_hand: bool,
    /// What speaks for it.
    pub why: String,
    /// The beginning of the result, escaped; empty where that is not known yet.
    pub line: String,
}

impl Lab {
    fn new(doc: Doc, span: Span, bytes: Arc<[u8]>) -> Self {
        let line = decoder::preview(&bytes);
        let row = Row { chain: Vec::new(), by_hand: false, why: "as it is".to_owned(), line };
        Self {
            doc,
            span,
            bytes,
            rows: vec![row],
            selected: 0,
            looking: false,
            brute: false,
            keeping: false,
            stopped: None,
            result: None,
            top: 0,
            hex: false,
            chosen: false,
        }
    }

    /// The same under the new number of its document; `None` where that is gone.
    pub(in crate::tui) fn renumbered(self, moves: &Moves) -> Option<Self> {
        Some(Self { doc: moves.doc(self.doc)?, ..self })
    }

    /// The chain that is selected.
    #[must_use]
    pub fn chain(&self) -> &[Decoder] {
        self.rows.get(self.selected).map_or(&[], |row| &row.chain)
    }

    /// The result, if it is that of the selected chain.
    #[must_use]
    pub fn result(&self) -> Option<&Tried> {
        self.result.as_ref().filter(|tried| tried.chain == self.chain())
    }

    /// Bytes of the result.
    #[must_use]
    pub fn length(&self) -> usize {
        self.result().and_then(|tried| tried.bytes.as_ref().ok()).map_or(0, |bytes| bytes.len())
    }

    /// Lines of the result, or rows of its bytes.
    #[must_use]
    pub fn lines(&self, row: usize) -> usize {
        match self.result() {
            Some(Tried { source: Some(source), .. }) if !self.hex => source.line_count(),
            Some(Tried { bytes: Ok(bytes), .. }) => bytes.len().div_ceil(row.max(1)),
            _ => 1,
        }
    }

    /// Puts a chain made by hand in its place, right behind the bytes as they are, and selects it.
    fn by_hand(&mut self, chain: Vec<Decoder>) {
        self.rows.retain(|row| !row.by_hand);
        self.chosen = true;
        self.top = 0;
        if chain.is_empty() {
            self.selected = 0;
            return;
        }
        let row = Row { chain, by_hand: true, why: "by hand".to_owned(), line: String::new() };
        self.rows.insert(1.min(self.rows.len()), row);
        self.selected = 1;
    }
}

/// Lines of the screen that a row takes: two where the chains have a column of their own.
#[must_use]
pub fn lines(state: &State) -> usize {
    if state.areas().lab_beside() { 2 } else { 1 }
}

/// The first row on a screen of so many lines.
#[must_use]
pub fn first(lab: &Lab, height: usize, lines: usize) -> usize {
    let rows = (height / lines.max(1)).max(1);
    (lab.selected + 1).saturating_sub(rows)
}

/// Where the bytes stand, for the title.
#[must_use]
pub fn place(state: &State, lab: &Lab) -> String {
    let at = state.docs.at(lab.doc, lab.span.start).unwrap_or_else(|| format!(" from byte {}", lab.span.start));
    format!("{}{at}", state.docs.name(lab.doc))
}
