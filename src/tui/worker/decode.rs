//! Decoding: what fits, what a chain yields, and the layers made of it.

use std::sync::Arc;

use crate::case::{Case, Kept};
use crate::ledger::MarkedSpan;
use crate::sandbox::{Sandbox, SandboxError};
use crate::syntax::decoder::{self, Decoder, Found, Limits};
use crate::syntax::{Doc, Layer};
use crate::text::{Hint, Source, Span, escape};

use super::super::derived::docs::Docs;
use super::super::derived::moves::Moves;
use super::latest::Latest;
use super::{Answer, Post, Ticket, guarded};

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

/// What is to be done to the layers of a case.
#[derive(Debug, Clone)]
pub enum Change {
    /// Put in what these decoders yielded, and show it.
    Add {
        /// Where the bytes stand that were decoded.
        doc: Doc,
        /// Those bytes.
        span: Span,
        /// The decoders.
        chain: Vec<Decoder>,
        /// What they yielded.
        bytes: Arc<[u8]>,
    },
    /// Decode these bytes on to the end of the nest, and put every layer on the way in.
    Unfold {
        /// Where they stand.
        doc: Doc,
        /// The bytes of it.
        span: Span,
        /// What is decoded.
        bytes: Arc<[u8]>,
    },
    /// Take this one away, with what was decoded from it.
    Remove(usize),
    /// Bring those in that were made in another reading of the package.
    Carry(Arc<Case>),
    /// Make those again that these spans were marked in.
    Redo(Vec<Arc<MarkedSpan>>),
}

/// What came of it.
#[derive(Debug)]
pub enum Changed {
    /// Layers came in; which bound ended an unfolding.
    Added(Docs, Box<Kept>, Option<String>),
    /// Layers went; where the others stand now.
    Removed(Docs, Box<Case>, Moves),
    /// There was nothing to decode.
    Nothing(Option<String>),
}

/// Bytes for which decoders are looked for.
#[derive(Debug)]
pub struct ProposeWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The path of the file that they stand in, untrusted.
    pub path: String,
    /// What is to be decoded.
    pub bytes: Arc<[u8]>,
    /// Whether keys are tried.
    pub brute: bool,
}

/// Bytes to be decoded.
#[derive(Debug)]
pub struct DecodeWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The path of the file that they stand in, untrusted.
    pub path: String,
    /// What is to be decoded.
    pub bytes: Arc<[u8]>,
    /// The decoders.
    pub chain: Vec<Decoder>,
}

/// The worker that looks for what fits.
pub(super) fn propose(sandbox: Arc<Sandbox>, to: &Post) -> Latest<ProposeWork> {
    let given_up = |work: ProposeWork| Answer::Proposed { ticket: work.ticket, found: None };
    Latest::start("propose", to, given_up, move |ProposeWork { ticket, path, bytes, brute }, tell, stale| {
        let limits = if brute { Limits::BRUTE } else { Limits::USUAL };
        let found = guarded("decoding", || sandbox.propose(&path, &bytes, limits, stale));
        let found = found.and_then(|found| found.map_err(|error| error.to_string()));
        let found = found.unwrap_or_else(|why| Found { proposals: Vec::new(), stopped: Some(why) });
        tell(Answer::Proposed { ticket, found: Some(found) });
    })
}

/// The worker that applies chains.
pub(super) fn decode(sandbox: Arc<Sandbox>, to: &Post) -> Latest<DecodeWork> {
    let given_up = |work: DecodeWork| Answer::Decoded { ticket: work.ticket, tried: None };
    Latest::start("decode", to, given_up, move |DecodeWork { ticket, path, bytes, chain }, tell, _| {
        let made = guarded("decoding", || apply(&sandbox, &path, &bytes, &chain)).and_then(|made| made);
        let source = made.as_ref().ok().and_then(|bytes| Source::decode(bytes, Hint::Other)).map(Arc::new);
        tell(Answer::Decoded { ticket, tried: Some(Tried { chain, bytes: made, source }) });
    })
}

fn apply(sandbox: &Sandbox, path: &str, bytes: &Arc<[u8]>, chain: &[Decoder]) -> Result<Arc<[u8]>, String> {
    if chain.is_empty() {
        return Ok(Arc::clone(bytes));
    }
    let decoded = sandbox.decode(path, bytes, chain).map_err(|error| error.to_string())?;
    decoded.map(Into::into).map_err(|(at, why)| {
        let which = chain.get(at).map(Decoder::to_string).unwrap_or_default();
        format!("decoder {}, {which}, does not fit: {}", at.saturating_add(1), escape(&why.to_string()))
    })
}

/// Makes a case with other layers.
pub(super) fn keep(sandbox: &Sandbox, case: &Case, change: &Change) -> Result<Changed, String> {
    let docs = |case: &Case| Docs::new(Arc::clone(&case.package), Arc::clone(&case.sequence));
    let added = |kept: Kept, stopped| Changed::Added(docs(&kept.case), Box::new(kept), stopped);
    let done = guarded("keeping the layer", || match change {
        Change::Add { doc, span, chain, bytes } => {
            let layer = Layer::decoded(*doc, *span, decoder::recipe(chain), bytes);
            Ok(added(case.with_layers(vec![layer]), None))
        }
        Change::Carry(old) => Ok(added(case.carrying(old), None)),
        Change::Redo(marked) => {
            let mut layers: Vec<Layer> = Vec::new();
            for marked in marked {
                layers.extend(redone(sandbox, case, marked)?);
            }
            Ok(match layers.is_empty() {
                true => Changed::Nothing(None),
                false => added(case.with_layers(layers), None),
            })
        }
        Change::Remove(index) => {
            let (case, places) = case.without_layer(*index);
            Ok(Changed::Removed(docs(&case), Box::new(case), Moves::of_layers(places)))
        }
        Change::Unfold { doc, span, bytes } => {
            let (layers, stopped) = nest(sandbox, case, *doc, *span, bytes)?;
            Ok(match layers.is_empty() {
                true => Changed::Nothing(stopped),
                false => added(case.with_layers(layers), stopped),
            })
        }
    });
    done.and_then(|done: Result<Changed, SandboxError>| done.map_err(|error| error.to_string()))
}

/// The decoded text that a span was marked in, decoded again from the file by the recipe that the mark holds. `None` where
/// the file is another one, the recipe was not made by hand, or the bytes come out otherwise.
fn redone(sandbox: &Sandbox, case: &Case, marked: &MarkedSpan) -> Result<Option<Layer>, SandboxError> {
    let recipe = marked.layer.as_ref().map(|layer| &layer.recipe);
    let chain = recipe.and_then(|recipe| recipe.iter().map(|name| name.parse().ok()).collect::<Option<Vec<Decoder>>>());
    let file = case.package.by_path(&marked.path);
    let known = file.and_then(|file| case.package.files.get(file));
    let (Some(chain), Some(file), Some(known)) = (chain, file, known) else { return Ok(None) };
    // Where text and file count bytes alike, which they do but for rare encodings.
    let span = marked.bytes;
    if known.source.as_ref().is_some_and(|source| source.to_file(span) != span) {
        return Ok(None);
    }
    let Some(bytes) = known.bytes.get(span.start..span.end) else { return Ok(None) };
    let Ok(bytes) = sandbox.decode(&known.path, &bytes.into(), &chain)? else { return Ok(None) };
    let made = Layer::decoded(Doc::File(file), span, decoder::recipe(&chain), &bytes.into());
    Ok(marked.layer.as_ref().is_some_and(|layer| made.sha256 == layer.sha256).then_some(made))
}

/// The layers of a nest, each in the one before.
fn nest(
    sandbox: &Sandbox,
    case: &Case,
    doc: Doc,
    span: Span,
    bytes: &Arc<[u8]>,
) -> Result<(Vec<Layer>, Option<String>), SandboxError> {
    let path = case.file_of(doc).map_or("", |file| file.path.as_str());
    let (unfolded, stopped) = sandbox.unfold(path, bytes)?;
    let start = case.sequence.layers.len();
    let layers = unfolded.iter().enumerate().map(|(at, one)| {
        let (parent, span) = match (at.checked_sub(1), one.span) {
            (Some(before), Some(inner)) => (Doc::Layer(start + before), inner),
            _ => (doc, span),
        };
        Layer::decoded(parent, span, decoder::recipe(&one.chain), &one.bytes)
    });
    Ok((layers.collect(), stopped))
}
