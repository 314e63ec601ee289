//! Workers that prepare a document for the source pane: its colors, the columns of its long lines, its beautified form.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::behavior::Sequence;
use crate::syntax::Doc;
use crate::syntax::color::{Painted, Painter, Syntaxes, Wanted};
use crate::text::Source;

use super::super::app::columns::Columns;
use super::super::app::shaped::Shaped;
use super::slot::Slot;
use super::{Answer, Message, Ticket, answer, guarded};

/// Documents whose parse states are kept.
const PAINTERS: usize = 8;

pub(super) struct PaintWork {
    pub ticket: Ticket,
    pub doc: Doc,
    pub path: String,
    pub source: Arc<Source>,
    pub lines: Vec<Wanted>,
}

pub(super) type MeasureWork = (Ticket, Doc, Arc<Source>);
pub(super) type ShapeWork = (Ticket, Doc, String, Arc<Source>, Arc<Sequence>);

pub(super) fn painting(slot: &Slot<PaintWork>, to: &Sender<Message>) {
    let mut syntaxes: Option<Arc<Syntaxes>> = None;
    // A model that has the package read another way may give a layer's number to another text.
    let mut painters: HashMap<(Doc, *const Source), Painter> = HashMap::new();
    while let Some((work, turn)) = slot.take() {
        let PaintWork { ticket, doc, path, source, lines } = work;
        // The first document loads the syntaxes, so the first frame does not wait for them.
        let syntaxes = syntaxes.get_or_insert_with(|| Arc::new(Syntaxes::load()));
        let key = (doc, Arc::as_ptr(&source));
        if painters.len() >= PAINTERS && !painters.contains_key(&key) {
            painters.clear();
        }
        let painter = painters.entry(key).or_insert_with(|| Painter::new(syntaxes, &path, source));
        let painted = guarded("coloring", || painter.paint(&lines, &|| slot.replaced(turn)));
        let failed = painted.is_err();
        // A grammar that fails leaves the text plain; it is painted so, or it would be asked for again and again.
        let painted = painted.unwrap_or_else(|_| {
            Some(lines.into_iter().map(|(line, range)| (line, Painted { range, runs: Vec::new() })).collect())
        });
        answer(to, Answer::Painted { ticket, doc, lines: painted });
        if failed || guarded("coloring", || painter.settle(&|| slot.replaced(turn))).is_err() {
            painters.remove(&key);
        }
    }
}

pub(super) fn measuring(slot: &Slot<MeasureWork>, to: &Sender<Message>) {
    while let Some(((ticket, doc, source), turn)) = slot.take() {
        let columns = Columns::measure(&source, &|| slot.replaced(turn)).unwrap_or_default();
        answer(to, Answer::Measured { ticket, doc, columns: Arc::new(columns) });
    }
}

pub(super) fn shaping(slot: &Slot<ShapeWork>, to: &Sender<Message>) {
    while let Some(((ticket, doc, path, source, sequence), _)) = slot.take() {
        let made = guarded("laying the text out", || Shaped::new(doc, &path, &source, &sequence)).and_then(|made| made);
        answer(to, Answer::Shaped { ticket, made: Some(made) });
    }
}
