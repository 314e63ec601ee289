//! What the walk did not read, told in the one list of losses.

use crate::behavior::interpret::{Interpreter, MAX_CALLS};
use crate::package::{Loss, Skip};
use crate::syntax::Doc;
use crate::syntax::ir::Unit;

/// Files told one by one that were never walked.
const EACH: usize = 20;

impl Interpreter<'_> {
    /// Tells of every budget that was used up.
    pub fn note_losses(&mut self) {
        let mut told = Vec::new();
        if self.budget.cut_short {
            let reason = "the walk reached its budget: the sequence shows what was found until then";
            told.push(Skip::new(Loss::Walk, "", reason));
        }
        let (texts, bytes) = self.budget.unopened;
        if texts > 0 {
            let reason = format!("more decoded texts are run than are opened: {texts} of {bytes} bytes were not read");
            told.push(Skip::new(Loss::Layer, "", reason).of(bytes));
        }
        let left: Vec<(String, usize)> = self
            .budget
            .unvisited
            .iter()
            .filter_map(|document| Some((self.file_of(*document)?, self.documents.get(*document)?.source.text.len())))
            .collect();
        for (path, bytes) in left.iter().take(EACH) {
            let reason = "the walk had reached its budget before it came to this code";
            told.push(Skip::new(Loss::Unwalked, path.clone(), reason).of(*bytes));
        }
        if let Some(more) = left.get(EACH..).filter(|more| !more.is_empty()) {
            let (files, bytes) = (more.len(), more.iter().map(|(_, bytes)| bytes).sum());
            let reason = format!("{files} more files were never walked: the walk had reached its budget");
            told.push(Skip::new(Loss::Unwalked, "", reason).of(bytes));
        }
        if self.budget.values_cut_short {
            let reason = "the code puts together more text than is kept: what came after was walked, its texts unknown";
            told.push(Skip::new(Loss::Walk, "", reason));
        }
        if self.budget.trial_cut_short {
            let reason = "a decoder was not evaluated to its end: its budget was used up";
            told.push(Skip::new(Loss::Walk, "", reason));
        }
        if self.budget.too_deep {
            let reason = format!(
                "calls nested more than {MAX_CALLS} deep were walked after the rest of their entry, what they return unknown"
            );
            told.push(Skip::new(Loss::Listing, "", reason));
        }
        self.note_passed_over(&mut told);
        self.sequence.skipped.extend(told);
    }

    /// Tells of a decoded text that the parser could not read in full.
    pub fn note_unread_code(&mut self, doc: Doc, unit: &Unit) {
        if let (Doc::Layer(layer), Some(reason)) = (doc, unit.partial.clone().filter(|_| unit.unread > 0)) {
            let file = self.sequence.file_of(doc).and_then(|file| self.package.files.get(file));
            let path = file.map(|file| file.path.clone()).unwrap_or_default();
            let skip = Skip::new(Loss::Parser, path, reason).of(unit.unread).in_layer(Some(layer));
            self.sequence.skipped.push(skip);
        }
    }

    /// The number of a document that is a layer.
    pub fn layer_of(&self, document: usize) -> Option<usize> {
        match self.documents.get(document)?.doc {
            Doc::Layer(layer) => Some(layer),
            Doc::File(_) => None,
        }
    }
}
