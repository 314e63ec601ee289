//! Decoding: what fits, what a chain yields, and the layers made of it.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::case::Case;
use crate::syntax::decoder::{self, Decoder, Found, Limits, propose, unfold};
use crate::syntax::{Doc, Layer};
use crate::text::{Hint, Source, Span};

use super::super::app::Message;
use super::super::app::lab::Tried;
use super::super::app::layers::{Change, Changed};
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
    guarded("keeping the layer", || match change {
        Change::Add { doc, span, chain, bytes } => {
            let layer = Layer::decoded(*doc, *span, decoder::recipe(chain), bytes);
            Changed::Added(Box::new(case.with_layers(vec![layer])), None)
        }
        Change::Carry(old) => Changed::Added(Box::new(case.carrying(old)), None),
        Change::Remove(index) => {
            let (case, places) = case.without_layer(*index);
            Changed::Removed(Box::new(case), places)
        }
        Change::Unfold { doc, span, bytes } => {
            let (layers, stopped) = nest(case, *doc, *span, bytes);
            match layers.is_empty() {
                true => Changed::Nothing(stopped),
                false => Changed::Added(Box::new(case.with_layers(layers)), stopped),
            }
        }
    })
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
