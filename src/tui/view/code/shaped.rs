//! The beautified view: the shown document laid out to be read, and the way between the two texts.
//!
//! The document's own bytes stay what everything else speaks of: the emphasised span, matches, the selection and what is copied
//! are spans of the document, and only drawing and the cursor know of the other text.

use std::sync::Arc;

use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::{Source, Span};

use crate::tui::derived::docs::LineMark;
use crate::tui::derived::shaped::Shaped;
use crate::tui::state::renumber::Moves;
use crate::tui::state::{Effect, State};
use crate::tui::worker::{ShapeWork, Ticket, Work};

/// Bytes of a line from which on a place in it is shown laid out.
const MINIFIED: usize = 500;
/// Largest text that is laid out without being asked for, bytes.
const LARGEST: usize = 4 << 20;
/// Documents whose other text is kept.
const KEPT: usize = 8;

/// The documents that are laid out, the newest last.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    kept: Vec<Arc<Shaped>>,
    /// Documents that are to be shown as they stand, wherever one goes in them.
    plain: Vec<Doc>,
    /// Whether one has just gone to a place: in a long line it is laid out.
    pub(in crate::tui) arrived: bool,
    /// Whether the document that is being laid out was not asked for by a key.
    quiet: bool,
    pub(in crate::tui) ticket: Ticket,
}

impl State {
    /// The shown document laid out, if it is shown so.
    #[must_use]
    pub fn shaped(&self) -> Option<&Arc<Shaped>> {
        let doc = self.viewer.doc.filter(|_| !self.viewer.hex)?;
        let of = self.docs.source(doc)?;
        self.shapes.kept.iter().find(|shaped| shaped.doc == doc && Arc::ptr_eq(&shaped.of, of))
    }

    /// The text in the source pane, `None` for binary content: the document's, or the one laid out.
    #[must_use]
    pub fn shown_source(&self) -> Option<&Arc<Source>> {
        match self.shaped() {
            Some(shaped) => Some(&shaped.source),
            None => self.docs.source(self.viewer.doc?),
        }
    }

    /// Where bytes of the document stand in the text of the source pane.
    #[must_use]
    pub fn to_shown(&self, span: Span) -> Span {
        self.shaped().map_or(span, |shaped| shaped.pretty.from_original(span))
    }

    /// The bytes of the document that stand in the text of the source pane.
    #[must_use]
    pub fn to_document(&self, span: Span) -> Span {
        self.shaped().map_or(span, |shaped| shaped.pretty.to_original(span))
    }

    /// The bytes of the document on a line of the source pane, without its end.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let source = self.shown_source()?;
        let start = source.line_start(line);
        Some(self.to_document(Span { start, end: start + source.line(line).len() }))
    }

    /// The cursor's line in the document, which another run of the program shows as it stands.
    #[must_use]
    pub fn document_line(&self) -> usize {
        let source = self.shaped().and_then(|shaped| self.docs.source(shaped.doc));
        match (source, self.line_span(self.viewer.cursor)) {
            (Some(source), Some(span)) => source.line_of(span.start),
            _ => self.viewer.cursor,
        }
    }

    /// The mark of a line of the source pane.
    #[must_use]
    pub fn line_mark(&self, doc: Doc, line: usize) -> Option<LineMark> {
        let Some(shaped) = self.shaped().filter(|shaped| shaped.doc == doc) else {
            return self.docs.line_mark(doc, line);
        };
        let steps = shaped.steps.get(&line)?;
        let phases = steps.iter().filter_map(|step| self.docs.sequence().steps.get(*step)).map(|step| step.phase);
        Some(LineMark { phase: phases.min()?, step: steps.first().copied()? })
    }

    /// The heat of a line of the source pane.
    #[must_use]
    pub fn line_heat(&self, doc: Doc, line: usize) -> f32 {
        let Some(shaped) = self.shaped().filter(|shaped| shaped.doc == doc) else {
            return self.heat.line(doc, line);
        };
        let steps = shaped.steps.get(&line).map_or(&[][..], Vec::as_slice);
        let heats = steps.iter().map(|step| self.heat.step(*step));
        heats.fold(0.0, |most, heat| if heat.abs() > most.abs() { heat } else { most })
    }

    /// Emphasises bytes of the shown document and brings them into view.
    pub(in crate::tui) fn emphasise(&mut self, span: Span) {
        let Some(source) = self.shown_source().cloned() else { return };
        let (height, width) = (self.height(crate::tui::state::Pane::Source), self.text_width());
        let shown = self.to_shown(span);
        self.viewer.to_span(shown, &source, height, width);
        self.viewer.span = Some(span);
    }

    /// Brings a cursor that was left in a longer text of the same document back into this one.
    pub(in crate::tui) fn keep_in_text(&mut self) {
        let height = self.height(crate::tui::state::Pane::Source);
        if let Some(source) = self.shown_source().cloned().filter(|_| !self.viewer.hex)
            && (self.viewer.cursor > source.line_count() || self.viewer.top > source.line_count())
        {
            self.viewer.to_line(self.viewer.cursor, &source, height);
        }
    }

    /// The columns, colors and cursor of the other text are not those of this one.
    fn change_text(&mut self, change: impl FnOnce(&mut Self)) {
        let here = self.line_span(self.viewer.cursor).unwrap_or_default();
        let (span, selection) = (self.viewer.span, self.viewer.selection);
        change(self);
        self.viewer.painted.clear();
        self.viewer.columns = Arc::default();
        self.viewer.left = 0;
        self.painting.forget();
        let height = self.height(crate::tui::state::Pane::Source);
        if let Some(source) = self.shown_source().cloned() {
            let line = source.line_of(self.to_shown(here).start);
            self.viewer.top = line.saturating_sub(height / 3).max(1);
            self.viewer.to_line(line, &source, height);
        }
        if let Some(span) = span {
            self.emphasise(span);
        }
        self.viewer.selection = selection;
        self.fit();
    }
}

/// Lays the shown document out where one has gone to a place in a long line of it, unless it was put back once.
pub(in crate::tui) fn wanted(state: &mut State) -> Vec<Effect> {
    if !std::mem::take(&mut state.shapes.arrived) || state.viewer.hex || state.shaped().is_some() {
        return Vec::new();
    }
    let (Some(doc), Some(span)) = (state.viewer.doc, state.viewer.span) else { return Vec::new() };
    let Some(source) = state.docs.source(doc) else { return Vec::new() };
    let long = source.line(source.line_of(span.start)).len() > MINIFIED && source.text.len() <= LARGEST;
    // A look at the name is enough; a decoded text has that of its file. Where it is no such text after all, nothing is said.
    let path = state.docs.raw_path(doc);
    let fits = path.ends_with(".json") || Language::of(path, &source.text).is_some_and(Language::is_javascript);
    if !long || state.shapes.plain.contains(&doc) || !fits {
        return Vec::new();
    }
    let (notice, effects) = (state.notice.take(), toggle(state));
    // What led here was said; it stays.
    state.notice = notice;
    state.shapes.quiet = true;
    effects
}

/// Lays the shown document out, or shows it as it stands again.
pub(in crate::tui) fn toggle(state: &mut State) -> Vec<Effect> {
    let Some(doc) = state.viewer.doc else {
        state.say("There is no file to lay out.");
        return Vec::new();
    };
    if state.shaped().is_some() {
        state.change_text(|state| state.shapes.kept.retain(|shaped| shaped.doc != doc));
        state.shapes.plain.push(doc);
        state.say("The text as it stands in the package.");
        return Vec::new();
    }
    let Some(source) = state.docs.source(doc).cloned() else {
        state.say("These bytes are no text; only JavaScript, TypeScript and JSON are laid out.");
        return Vec::new();
    };
    state.say("Laying the text out…");
    state.shapes.plain.retain(|plain| *plain != doc);
    state.shapes.quiet = false;
    // The path of a layer is that of its file and says nothing of its language.
    let path = if matches!(doc, Doc::File(_)) { state.docs.raw_path(doc).to_owned() } else { String::new() };
    let (ticket, sequence) = (state.shapes.ticket.renew(), state.docs.shared_sequence());
    vec![state.work(Work::Shape(ShapeWork { ticket, doc, path, source, sequence }))]
}

/// Takes a document in that was laid out.
pub(in crate::tui) fn take(state: &mut State, ticket: Ticket, made: Option<Result<Shaped, String>>) {
    let Some(made) = made.filter(|_| state.shapes.ticket == ticket) else { return };
    match made {
        Err(_) if state.shapes.quiet => {}
        Err(why) => state.complain(&why),
        Ok(shaped) => {
            let lines = (shaped.of.line_count(), shaped.source.line_count());
            let laid = crate::text::many(lines.1, "line", "lines");
            let key = state.key(crate::config::Action::Beautified);
            let said = format!("{} beautified: {laid} out of {}; {key} shows it as it stands.", shaped.format, lines.0);
            if state.viewer.doc != Some(shaped.doc) {
                // One has gone on: it will be there on the way back.
                keep(&mut state.shapes.kept, shaped);
                return;
            }
            state.change_text(|state| {
                state.viewer.hex = false;
                keep(&mut state.shapes.kept, shaped);
            });
            if !state.shapes.quiet {
                state.say(said);
            }
        }
    }
}

fn keep(kept: &mut Vec<Arc<Shaped>>, shaped: Shaped) {
    kept.retain(|old| old.doc != shaped.doc);
    kept.push(Arc::new(shaped));
    if kept.len() > KEPT {
        kept.remove(0);
    }
}

/// Documents that have other numbers, or steps with other numbers on their lines, are shown as they stand again.
pub(in crate::tui) fn renumber(state: &mut State, moves: &Moves) {
    let holds = |shaped: &Arc<Shaped>| !moves.steps_moved() && moves.doc(shaped.doc) == Some(shaped.doc);
    state.shapes.ticket.renew();
    state.shapes.plain = state.shapes.plain.iter().filter_map(|doc| moves.doc(*doc)).collect();
    if state.shaped().is_some_and(|shaped| !holds(shaped)) {
        state.change_text(|state| state.shapes.kept.retain(holds));
    } else {
        state.shapes.kept.retain(holds);
    }
}
