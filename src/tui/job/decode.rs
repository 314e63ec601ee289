//! Decoding: what fits, what a chain yields, and the layers made of it.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::case::{Case, Kept};
use crate::ledger::MarkedSpan;
use crate::syntax::decoder::{self, Decoder, Found, Limits, propose, unfold};
use crate::syntax::{Doc, Layer};
use crate::text::{Hint, Source, Span};

use super::super::app::Message;
use super::super::app::docs::Docs;
use super::super::app::lab::Tried;
use super::super::app::layers::{Change, Changed};
use super::super::app::renumber::Moves;
use super::slot::Slot;
use super::{Answer, Ticket, answer, guarded};

pub(super) type ProposeWork = (Ticket, Arc<[u8]>, bool);
pub(super) type DecodeWork = (Ticket, Arc<[u8]>, Vec<Decoder>);

/// Looks for what fits, the newest request only.
pub(super) fn proposing(slot: &Slot<ProposeWork>, to: &Sender<Message>) {
    while let Some(((ticket, bytes, brute), turn)) = slot.take() {
        let limits = if brute { Limits::BRUTE } else { Limits::USUAL };
        let found = guarded("decoding", || propose(&bytes, &limits, &|| slot.replaced(turn)));
        let found = found.unwrap_or_else(|why| Found { proposals: Vec::new(), stopped: Some(why) });
        answer(to, Answer::Proposed { ticket, found: Some(found) });
    }
}

/// Applies chains, the newest request only.
pub(super) fn decoding(slot: &Slot<DecodeWork>, to: &Sender<Message>) {
    while let Some(((ticket, bytes, chain), _)) = slot.take() {
        let tried = guarded("decoding", || apply(&bytes, &chain));
        let tried = tried.unwrap_or_else(|why| Tried { chain, bytes: Err(why), source: None });
        answer(to, Answer::Decoded { ticket, tried: Some(tried) });
    }
}

fn apply(bytes: &Arc<[u8]>, chain: &[Decoder]) -> Tried {
    let made: Result<Arc<[u8]>, String> = match chain.is_empty() {
        true => Ok(Arc::clone(bytes)),
        false => decoder::apply(chain, bytes).map(Into::into).map_err(|(at, why)| {
            let which = chain.get(at).map(Decoder::to_string).unwrap_or_default();
            format!("decoder {}, {which}, does not fit: {why}", at + 1)
        }),
    };
    let source = made.as_ref().ok().and_then(|bytes| Source::decode(bytes, Hint::Other)).map(Arc::new);
    Tried { chain: chain.to_vec(), bytes: made, source }
}

/// Makes a case with other layers.
pub(super) fn keep(case: &Case, change: &Change) -> Result<Changed, String> {
    let docs = |case: &Case| Docs::new(Arc::clone(&case.package), Arc::clone(&case.sequence));
    let added = |kept: Kept, stopped| Changed::Added(docs(&kept.case), Box::new(kept), stopped);
    guarded("keeping the layer", || match change {
        Change::Add { doc, span, chain, bytes } => {
            let layer = Layer::decoded(*doc, *span, decoder::recipe(chain), bytes);
            added(case.with_layers(vec![layer]), None)
        }
        Change::Carry(old) => added(case.carrying(old), None),
        Change::Redo(marked) => {
            let layers: Vec<Layer> = marked.iter().filter_map(|marked| redone(case, marked)).collect();
            match layers.is_empty() {
                true => Changed::Nothing(None),
                false => added(case.with_layers(layers), None),
            }
        }
        Change::Remove(index) => {
            let (case, places) = case.without_layer(*index);
            Changed::Removed(docs(&case), Box::new(case), Moves::of_layers(places))
        }
        Change::Unfold { doc, span, bytes } => {
            let (layers, stopped) = nest(case, *doc, *span, bytes);
            match layers.is_empty() {
                true => Changed::Nothing(stopped),
                false => added(case.with_layers(layers), stopped),
            }
        }
    })
}

/// The decoded text that a span was marked in, decoded again from the file by the recipe that the mark holds. `None` where
/// the file is another one, the recipe was not made by hand, or the bytes come out otherwise.
fn redone(case: &Case, marked: &MarkedSpan) -> Option<Layer> {
    let layer = marked.layer.as_ref()?;
    let chain: Vec<Decoder> = layer.recipe.iter().map(|name| name.parse().ok()).collect::<Option<_>>()?;
    let file = case.package.by_path(&marked.path)?;
    let known = case.package.files.get(file)?;
    // Where text and file count bytes alike, which they do but for rare encodings.
    let span = marked.bytes;
    if known.source.as_ref().is_some_and(|source| source.to_file(span) != span) {
        return None;
    }
    let bytes = decoder::apply(&chain, known.bytes.get(span.start..span.end)?).ok()?;
    let made = Layer::decoded(Doc::File(file), span, decoder::recipe(&chain), &bytes.into());
    (made.sha256 == layer.sha256).then_some(made)
}

/// The layers of a nest, each in the one before.
fn nest(case: &Case, doc: Doc, span: Span, bytes: &[u8]) -> (Vec<Layer>, Option<String>) {
    let (unfolded, stopped) = unfold(bytes, &|| false);
    let start = case.sequence.layers.len();
    let layers = unfolded.iter().enumerate().map(|(at, one)| {
        let (parent, span) = match (at.checked_sub(1), one.span) {
            (Some(before), Some(inner)) => (Doc::Layer(start + before), inner),
            _ => (doc, span),
        };
        Layer::decoded(parent, span, decoder::recipe(&one.chain), &one.bytes)
    });
    (layers.collect(), stopped)
}
