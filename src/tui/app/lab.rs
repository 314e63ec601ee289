//! The decoder lab: chains of decoders tried on selected bytes, what fits proposed, the result before one's eyes.

use std::sync::Arc;

use crate::config::Action;
use crate::syntax::Doc;
use crate::syntax::decoder::{self, Decoder, Found, literal};
use crate::text::{Source, Span};

use super::super::job::{Ticket, Work};
use super::layers::{self, Change};
use super::prompt::{Choice, Prompt};
use super::renumber::Moves;
use super::view::View;
use super::{Effect, Overlay, State, copy, travel};

/// Most bytes taken into the lab.
const MOST: usize = 16 << 20;

/// Longest stretch that is looked through for a string.
const LOOK: usize = 1 << 20;

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
    pub(super) fn renew(&mut self) {
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

/// What a chain of decoders yields.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The chain.
    pub chain: Vec<Decoder>,
    /// The bytes, or why there are none.
    pub bytes: Result<Arc<[u8]>, String>,
    /// Their text, if they are text.
    pub source: Option<Arc<Source>>,
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
    pub(super) fn renumbered(self, moves: &Moves) -> Option<Self> {
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

/// Opens the lab on what is selected or emphasised, on the longest string of the cursor's line, or on the whole document.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some((doc, span, bytes)) = chosen(state) else {
        state.say("There is nothing to decode: open a file first, and select bytes with v.");
        return Vec::new();
    };
    if bytes.len() > MOST {
        state.complain(&format!("More than {} MB cannot be decoded at once; select less.", MOST >> 20));
        return Vec::new();
    }
    state.leave_mark();
    state.view = View::Lab;
    state.lab = Some(Lab::new(doc, span, bytes));
    state.fit();
    let mut effects = look(state, false);
    effects.extend(attempt(state));
    effects
}

/// What the lab is to be opened on.
fn chosen(state: &State) -> Option<(Doc, Span, Arc<[u8]>)> {
    let doc = state.viewer.doc?;
    let Some(source) = state.docs.source(doc) else {
        let bytes = state.docs.bytes(doc);
        let whole = Span { start: 0, end: bytes.len() };
        let span = state.selected_span().filter(|span| span.start < span.end).unwrap_or(whole);
        return Some((doc, span, bytes.get(span.start..span.end).filter(|bytes| !bytes.is_empty())?.into()));
    };
    let text = |span: Span| source.text.get(span.start..span.end);
    let on_line = || {
        let line = near(state, source, state.line_span(state.viewer.cursor)?);
        let (found, _) = literal::longest(text(line)?)?;
        Some(Span { start: line.start + found.start, end: line.start + found.end })
    };
    let whole = Span { start: 0, end: source.text.len() };
    let selection = state.viewer.selection.map(|selection| selection.span()).filter(|span| span.start < span.end);
    let emphasised = state.viewer.span.filter(|span| span.start < span.end);
    // What the cursor's line emphasises may be a call beside the string that one means.
    let holds_string =
        |span: &Span| text(*span).is_some_and(|text| text.len() > LOOK || literal::longest(text).is_some());
    let span = selection.or(emphasised.filter(holds_string)).or_else(on_line).or(emphasised).unwrap_or(whole);
    let bytes = text(span)?.as_bytes();
    (!bytes.is_empty()).then(|| (doc, span, bytes.into()))
}

/// Of a very long line, the part around what is on the screen: a look through all of it would take longer than a frame.
fn near(state: &State, source: &Source, line: Span) -> Span {
    if line.end - line.start <= LOOK {
        return line;
    }
    let (at, _) =
        state.viewer.columns.byte_at(source.line(state.viewer.cursor), state.viewer.cursor, state.viewer.left);
    let boundary = |at: usize| (at..line.end).find(|at| source.text.is_char_boundary(*at)).unwrap_or(line.end);
    let start = boundary((line.start + at).saturating_sub(LOOK / 2).clamp(line.start, line.end));
    Span { start, end: boundary((start + LOOK).min(line.end)) }
}

/// Has what fits looked for.
fn look(state: &mut State, brute: bool) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    lab.looking = true;
    lab.brute = brute;
    let (ticket, bytes) = (state.decoding.looking.renew(), Arc::clone(&lab.bytes));
    vec![state.work(Work::Propose { ticket, bytes, brute })]
}

/// Has the selected chain applied.
fn attempt(state: &mut State) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    lab.top = 0;
    if lab.result().is_some() {
        return Vec::new();
    }
    let (bytes, chain) = (Arc::clone(&lab.bytes), lab.chain().to_vec());
    let ticket = state.decoding.trying.renew();
    vec![state.work(Work::Decode { ticket, bytes, chain })]
}

/// Takes proposals in.
pub(super) fn proposed(state: &mut State, ticket: Ticket, found: Option<Found>) -> Vec<Effect> {
    let (Some(lab), Some(found)) = (&mut state.lab, found) else { return Vec::new() };
    if ticket != state.decoding.looking {
        return Vec::new();
    }
    lab.looking = false;
    lab.stopped = found.stopped;
    let before = lab.chain().to_vec();
    lab.rows.retain(|row| row.chain.is_empty() || row.by_hand);
    let first = lab.rows.len();
    lab.rows.extend(found.proposals.into_iter().map(|proposal| Row {
        line: decoder::preview(&proposal.bytes),
        chain: proposal.chain,
        by_hand: false,
        why: proposal.why.to_owned(),
    }));
    let again = lab.rows.iter().position(|row| row.chain == before);
    lab.selected = match again.filter(|_| lab.chosen) {
        Some(again) => again,
        None if first < lab.rows.len() => first,
        None => 0,
    };
    attempt(state)
}

/// Takes the result of a chain in.
pub(super) fn decoded(state: &mut State, ticket: Ticket, tried: Option<Tried>) {
    let (Some(lab), Some(tried)) = (&mut state.lab, tried) else { return };
    if ticket == state.decoding.trying {
        if let Some(row) = lab.rows.iter_mut().find(|row| row.chain == tried.chain && row.line.is_empty()) {
            row.line = match &tried.bytes {
                Ok(bytes) => decoder::preview(bytes),
                Err(why) => why.clone(),
            };
        }
        lab.hex &= tried.source.is_some();
        lab.result = Some(tried);
    }
}

/// What actions mean in the lab; `None` for those that mean the same everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let height = isize::try_from(state.areas().lab().1.height).unwrap_or(1).max(2);
    state.lab.as_ref()?;
    // Up and down choose a chain; the longer ways scroll its result.
    if !matches!(action, Action::Up | Action::Down)
        && let Some(by) = travel::rows(action, height / 2, height - 1)
    {
        scroll(state, by);
        return Some(Vec::new());
    }
    let lab = state.lab.as_mut()?;
    match action {
        Action::Up | Action::Previous => return Some(select(state, -1)),
        Action::Down | Action::Next => return Some(select(state, 1)),
        Action::Hex => {
            lab.hex = !lab.hex && lab.result().is_some_and(|tried| tried.source.is_some());
            lab.top = 0;
        }
        Action::AddDecoder | Action::Search => {
            state.overlay = Some(Overlay::Prompt(Prompt::Decoder(Choice::default())));
        }
        Action::DropDecoder => {
            let mut chain = lab.chain().to_vec();
            if chain.pop().is_none() {
                state.say("No decoder is left to take away.");
                return Some(Vec::new());
            }
            lab.by_hand(chain);
            return Some(attempt(state));
        }
        Action::BruteForce => {
            let brute = !lab.brute;
            lab.chosen = false;
            return Some(look(state, brute));
        }
        Action::KeepLayer | Action::Open => return Some(keep(state)),
        Action::Unfold => {
            let change = Change::Unfold { doc: lab.doc, span: lab.span, bytes: Arc::clone(&lab.bytes) };
            return Some(layers::change(state, change));
        }
        Action::Copy | Action::CopyRaw => return Some(copy_result(state, action)),
        Action::Cancel | Action::Decoders | Action::Back => state.leave_lab(),
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom | Action::Filter => {}
        Action::Beautified | Action::RemoveLayer => {
            let key = state.key(Action::KeepLayer);
            state.say(format!("Keep the result as a layer with {key}, then this can be done with it."));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Keeps the result of the selected chain as a layer.
fn keep(state: &mut State) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    if lab.chain().is_empty() {
        let key = state.key(Action::AddDecoder);
        state.say(format!("Choose a chain of decoders first, or add one with {key}; these are the bytes as they are."));
        return Vec::new();
    }
    match lab.result().map(|tried| tried.bytes.clone()) {
        Some(Ok(bytes)) => {
            let change = Change::Add { doc: lab.doc, span: lab.span, chain: lab.chain().to_vec(), bytes };
            layers::change(state, change)
        }
        Some(Err(why)) => {
            state.complain(&format!("There is no result to keep: {why}."));
            Vec::new()
        }
        None => {
            state.say("The result is not there yet.");
            Vec::new()
        }
    }
}

fn copy_result(state: &mut State, action: Action) -> Vec<Effect> {
    let result = state.lab.as_ref().and_then(|lab| Some((lab.hex, lab.result()?.clone())));
    match result {
        Some((hex, Tried { bytes: Ok(bytes), source, .. })) => {
            let text = source.filter(|_| !hex).map(|source| source.text.clone());
            let (what, text) = match text {
                Some(text) => ("decoded text", text),
                None => ("decoded bytes in hexadecimal", copy::hexadecimal(&bytes)),
            };
            copy::text_as(state, action, what, &text)
        }
        _ => {
            state.say("There is no result to copy.");
            Vec::new()
        }
    }
}

fn select(state: &mut State, by: isize) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    let to = lab.selected.saturating_add_signed(by).min(lab.rows.len().saturating_sub(1));
    choose(state, to)
}

fn choose(state: &mut State, row: usize) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    lab.chosen = true;
    if row == lab.selected {
        return Vec::new();
    }
    lab.selected = row;
    attempt(state)
}

fn scroll(state: &mut State, by: isize) {
    let area = state.areas().lab().1;
    let Some(lab) = &mut state.lab else { return };
    let row = super::hex::fitting(lab.length(), usize::from(area.width));
    let most = lab.lines(row).saturating_sub(usize::from(area.height));
    lab.top = lab.top.saturating_add_signed(by).min(most);
}

impl Lab {
    /// Bytes of the result.
    #[must_use]
    pub fn length(&self) -> usize {
        self.result().and_then(|tried| tried.bytes.as_ref().ok()).map_or(0, |bytes| bytes.len())
    }
}

/// Adds a decoder that was chosen by name behind the selected chain.
pub(super) fn add(state: &mut State, decoder: Decoder) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    let chain = [lab.chain(), &[decoder]].concat();
    lab.by_hand(chain);
    attempt(state)
}

/// A click on a row selects it.
pub(super) fn click(state: &mut State, line: usize) -> Vec<Effect> {
    let Some(lab) = &state.lab else { return Vec::new() };
    let lines = lines(state);
    let top = first(lab, usize::from(state.areas().lab().0.height), lines);
    let row = top + line / lines;
    if row < lab.rows.len() { choose(state, row) } else { Vec::new() }
}

/// The wheel over the chains moves the selection, over the result scrolls it.
pub(super) fn wheel(state: &mut State, list: bool, by: isize) -> Vec<Effect> {
    if list {
        return select(state, by.signum());
    }
    scroll(state, by);
    Vec::new()
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
