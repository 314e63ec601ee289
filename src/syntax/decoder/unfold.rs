//! A nest of layers, unfolded to its end.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::propose::{Limits, chain, search};
use super::{Decoder, literal, score};
use crate::text::Span;

/// Results looked at for the end of the nest, those found last.
const LAST: usize = 24;

/// One layer of a nest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfolded {
    /// The bytes of the layer before that it was decoded from; `None` for the whole of what was given.
    pub span: Option<Span>,
    /// How.
    pub chain: Vec<Decoder>,
    /// What came out.
    #[serde(with = "crate::package::bytes")]
    pub bytes: Arc<[u8]>,
}

/// Decodes bytes until nothing fits any more. A new layer begins where a string in decoded code goes on; the second answer says
/// which bound ended it.
#[must_use]
pub fn unfold(bytes: &[u8], stop: &dyn Fn() -> bool) -> (Vec<Unfolded>, Option<String>) {
    let (nodes, stopped) = search(bytes, &Limits::NEST, stop);
    let own = score::full(bytes).value;
    let mut best: Option<(usize, f32)> = None;
    for at in (nodes.len().saturating_sub(LAST).max(1)..nodes.len()).rev() {
        let value = nodes.get(at).map_or(0.0, |node| score::full(&node.bytes).value);
        if value > own && best.is_none_or(|(_, most)| value > most) {
            best = Some((at, value));
        }
    }
    let Some((end, _)) = best else { return (Vec::new(), stopped) };
    let mut layers = Vec::new();
    let mut held: Arc<[u8]> = bytes.into();
    let mut open = Unfolded { span: None, chain: Vec::new(), bytes: Arc::clone(&held) };
    for decoder in chain(&nodes, end) {
        let inner = std::str::from_utf8(&held).ok().filter(|_| decoder == Decoder::Longest).and_then(literal::longest);
        if let (Some((span, _)), false) = (&inner, open.chain.is_empty()) {
            open.bytes = Arc::clone(&held);
            let next = Unfolded { span: Some(*span), chain: Vec::new(), bytes: Arc::clone(&held) };
            layers.push(std::mem::replace(&mut open, next));
        }
        let Ok(out) = decoder.apply(&held) else { break };
        held = out.into();
        // Where the layer begins at a string, taking its value is no decoding.
        if inner.is_none() || open.span.is_none() {
            open.chain.push(decoder);
        }
    }
    if !open.chain.is_empty() {
        open.bytes = held;
        layers.push(open);
    }
    (layers, stopped)
}
