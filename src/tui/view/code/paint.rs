//! Which colors and measures are missing on the screen, asked for once.

use std::ops::Range;
use std::sync::Arc;

use crate::syntax::Doc;
use crate::syntax::color::Wanted;

use crate::tui::state::{Effect, Pane, State};
use crate::tui::worker::{MeasureWork, PaintWork, Ticket, Work};

/// Bytes asked for beyond the screen on both sides of a long line, so that scrolling does not ask again at once.
const AROUND: usize = 2000;
/// Lines up to this length are painted whole.
const WHOLE: usize = 5000;

/// What was asked for last.
#[derive(Debug, Default)]
pub(in crate::tui) struct Painting {
    pub ticket: Ticket,
    asked: Option<(Doc, Vec<Wanted>)>,
    measured: Option<Doc>,
    /// The document whose colors could not be made.
    failed: Option<Doc>,
}

impl Painting {
    /// Another text is shown of the same document: what is under way is for the one before.
    pub fn forget(&mut self) {
        self.ticket.renew();
        self.asked = None;
        self.measured = None;
    }

    /// The worker answered: whatever is missing now may be asked for again.
    pub fn answered(&mut self) {
        self.asked = None;
    }

    /// Notes whether a document has no colors; whether that is news.
    pub fn fails(&mut self, doc: Doc, failed: bool) -> bool {
        let now = failed.then_some(doc);
        std::mem::replace(&mut self.failed, now) != now && failed
    }
}

impl State {
    /// Whether the process that was to color a document ended over it.
    #[must_use]
    pub fn is_colorless(&self, doc: Doc) -> bool {
        self.painting.failed == Some(doc)
    }
}

/// Asks for what the screen needs and does not have.
pub(in crate::tui) fn wanted(state: &mut State) -> Vec<Effect> {
    let Some(doc) = state.viewer.doc else { return Vec::new() };
    let Some(source) = state.shown_source().cloned() else { return Vec::new() };
    let mut effects = Vec::new();
    if state.painting.measured != Some(doc) {
        state.painting.measured = Some(doc);
        let ticket = state.measuring.renew();
        effects.push(state.work(Work::Measure(MeasureWork { ticket, doc, source: Arc::clone(&source) })));
    }
    if state.viewer.hex {
        return effects;
    }
    let (height, width) = (state.height(Pane::Source), state.text_width());
    let top = state.viewer.top;
    let window = |line: usize| -> Range<usize> {
        let length = source.line(line).len();
        if length <= WHOLE { 0..length } else { state.viewer.window(&source, line, width) }
    };
    let has = |line: usize, range: &Range<usize>| state.viewer.painted.get(&line).is_some_and(|p| p.covers(range));
    let seen = top..(top + height).min(source.line_count() + 1);
    if seen.clone().all(|line| has(line, &window(line))) {
        return effects;
    }
    // A page on both sides comes along.
    let first = seen.start.saturating_sub(height).max(1);
    let last = (seen.end + height).min(source.line_count() + 1);
    let lines: Vec<Wanted> = (first..last)
        .filter_map(|line| {
            let range = window(line);
            let length = source.line(line).len();
            let grown = if length <= WHOLE {
                range.clone()
            } else {
                range.start.saturating_sub(AROUND)..(range.end + AROUND).min(length)
            };
            (!has(line, &range)).then_some((line, grown))
        })
        .collect();
    if state.painting.asked.as_ref().is_some_and(|(d, l)| *d == doc && *l == lines) {
        return effects;
    }
    state.painting.asked = Some((doc, lines.clone()));
    let ticket = state.painting.ticket.renew();
    let path = state.docs.raw_path(doc).to_owned();
    effects.push(state.work(Work::Paint(PaintWork { ticket, doc, path, source, lines })));
    effects
}
