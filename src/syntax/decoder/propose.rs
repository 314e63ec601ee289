//! Which decoders fit bytes, tried, scored and tried again on what comes out.
//!
//! A best-first search: the result that looks most promising is taken further first. Where a decoder proves itself by a
//! checksum, everything else is given up, so that a nest of fifty layers takes fifty short searches and not one of fifty levels.
//! Everything is bounded, and [`Found::stopped`] says which bound was hit.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Decoder, codes, invisible, literal, score};

/// Bounds of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest chain.
    pub depth: usize,
    /// Most decoders applied.
    pub tries: usize,
    /// Most bytes read and written by decoders.
    pub bytes: usize,
    /// Whether every key of one byte and every turn of the alphabet are tried.
    pub brute: bool,
}

impl Limits {
    /// What is proposed unasked: enough for what one expression in code does.
    pub const USUAL: Self = Self { depth: 40, tries: 600, bytes: 64 << 20, brute: false };
    /// The same with brute force.
    pub const BRUTE: Self = Self { depth: 12, tries: 4000, bytes: 256 << 20, brute: true };
    /// To the end of a nest.
    pub const NEST: Self = Self { depth: 1000, tries: 10_000, bytes: 256 << 20, brute: false };
}

/// A chain of decoders that fits, and what comes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The decoders in order.
    pub chain: Vec<Decoder>,
    /// What they yield.
    #[serde(with = "crate::package::bytes")]
    pub bytes: Arc<[u8]>,
    /// How much it looks like the end of the way, `0.0` to about `1.0`.
    pub score: f32,
    /// What speaks for it, in a word or two.
    pub why: String,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Best first.
    pub proposals: Vec<Proposal>,
    /// Which bound ended it, as a sentence; `None` where everything was tried.
    pub stopped: Option<String>,
}

/// Most proposals given.
const MOST: usize = 12;
/// Candidates that get their full score.
const SCORED: usize = 40;
/// With so many words of code a text reads as it is: it is not turned round.
const READS: usize = 3;
/// Fewest bytes of a text that is taken for encoded.
const FEW: usize = 8;
/// Keys that go on to a full score.
const KEYS: usize = 4;
/// Bytes that a key is tried on.
const SAMPLE: usize = 4096;

/// Chains of decoders that fit bytes, best first. `stop` is asked between decoders.
#[must_use]
pub fn propose(bytes: &[u8], limits: &Limits, stop: &dyn Fn() -> bool) -> Found {
    let (nodes, stopped) = search(bytes, limits, stop);
    let mut order: Vec<usize> = (1..nodes.len()).collect();
    let quick = |at: &usize| nodes.get(*at).map_or(0.0, |node| node.score);
    order.sort_by(|a, b| quick(b).total_cmp(&quick(a)).then(a.cmp(b)));
    let own = score::quick(bytes).value;
    // What a checksum says was rightly taken further is not the end of the way.
    let passed: HashSet<usize> = nodes.iter().filter(|node| checks(&node.decoder)).map(|node| node.parent).collect();
    let mut proposals: Vec<Proposal> = Vec::new();
    for at in order.into_iter().take(SCORED) {
        if stop() {
            break;
        }
        let Some(node) = nodes.get(at).filter(|_| !passed.contains(&at)) else { continue };
        let score = score::full(&node.bytes);
        // Turning a text round makes another text, which is seldom what it was made from.
        let before = if node.parent == 0 { own } else { quick(&node.parent) };
        let turned = matches!(node.decoder, Decoder::Reverse | Decoder::Rot(_)) && node.score < before + 0.05;
        if turned || score.value < 0.1 {
            continue;
        }
        let (chain, bytes) = (chain(&nodes, at), Arc::clone(&node.bytes));
        proposals.push(Proposal { chain, bytes, score: score.value, why: score.why.to_owned() });
    }
    proposals.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chain.len().cmp(&b.chain.len())));
    proposals.truncate(MOST);
    Found { proposals, stopped }
}

/// Something that a search reached.
pub(super) struct Node {
    pub bytes: Arc<[u8]>,
    pub decoder: Decoder,
    pub parent: usize,
    pub depth: usize,
    pub score: f32,
    /// Whether a key was tried on the way: then no other is.
    pub keyed: bool,
}

/// The decoders that lead to a node.
pub(super) fn chain(nodes: &[Node], at: usize) -> Vec<Decoder> {
    let mut chain = Vec::new();
    let mut at = at;
    // A parent comes before its children.
    while let Some(node) = nodes.get(at).filter(|node| node.depth > 0) {
        chain.push(node.decoder.clone());
        at = node.parent;
    }
    chain.reverse();
    chain
}

/// Goes from bytes to everything that decoders make of them, within bounds. The first node is the bytes themselves.
pub(super) fn search(bytes: &[u8], limits: &Limits, stop: &dyn Fn() -> bool) -> (Vec<Node>, Option<String>) {
    let root = Node { bytes: bytes.into(), decoder: Decoder::Literal, parent: 0, depth: 0, score: 0.0, keyed: false };
    let mut nodes = vec![root];
    let mut seen = HashSet::from([digest(bytes)]);
    let mut open = BinaryHeap::from([(0_u32, Reverse(0_usize))]);
    let (mut tries, mut spent) = (0, 0);
    let mut stopped = None;
    while let Some((_, Reverse(at))) = open.pop() {
        let Some(node) = nodes.get(at) else { break };
        let (held, depth, before, keyed) = (Arc::clone(&node.bytes), node.depth, node.decoder.clone(), node.keyed);
        if depth >= limits.depth {
            stopped = Some(format!("stopped after {depth} decoders in a row"));
            continue;
        }
        let brute = limits.brute && !keyed;
        if brute {
            // Every key of one byte reads a sample.
            spent += 255 * held.len().min(SAMPLE);
        }
        for decoder in fitting(&held, (depth > 0).then_some(&before), brute) {
            if tries >= limits.tries || spent >= limits.bytes || stop() {
                let why = match () {
                    () if tries >= limits.tries => format!("stopped after {tries} tries"),
                    () => format!("stopped after {} MB", limits.bytes >> 20),
                };
                return (nodes, Some(why));
            }
            tries += 1;
            spent += held.len();
            let Some(out) = attempt(&decoder, &held) else { continue };
            spent += out.len();
            if !seen.insert(digest(&out)) {
                continue;
            }
            let score = score::quick(&out).value;
            let checked = checks(&decoder);
            let urgency = if checked { 1000 } else { urgency(&decoder, &out, score) };
            open.retain(|_| !checked);
            open.push((urgency, Reverse(nodes.len())));
            let keyed = keyed || matches!(decoder, Decoder::Xor(_) | Decoder::Rot(_));
            nodes.push(Node { bytes: out.into(), decoder, parent: at, depth: depth + 1, score, keyed });
            if checked {
                break;
            }
        }
    }
    (nodes, stopped)
}

/// Whether a decoder proves itself by a checksum.
fn checks(decoder: &Decoder) -> bool {
    matches!(decoder, Decoder::Zlib | Decoder::Gzip | Decoder::Bzip2 | Decoder::Xz)
}

/// Applies a decoder that looks fitting, with what speaks against taking its result for one.
fn attempt(decoder: &Decoder, bytes: &[u8]) -> Option<Vec<u8>> {
    if *decoder == Decoder::Deflate {
        let (out, taken) = super::decode::undeflate(bytes)?;
        return (taken + 8 >= bytes.len() && out.len() >= FEW).then_some(out);
    }
    decoder.apply(bytes).ok()
}

/// How soon a result is taken further.
fn urgency(decoder: &Decoder, out: &[u8], score: f32) -> u32 {
    let compressed = score::compressed(out);
    let turned = matches!(decoder, Decoder::Reverse | Decoder::Rot(_) | Decoder::Xor(_));
    match () {
        () if compressed => 900,
        () if score::magic(out).is_some() => 100,
        () if turned && out.first() == Some(&b'=') => 5,
        () if turned => 400,
        () if score >= 0.25 => 600,
        () if score > 0.1 => 500,
        () => 50,
    }
}

/// The decoders that bytes look made for.
fn fitting(bytes: &[u8], before: Option<&Decoder>, brute: bool) -> Vec<Decoder> {
    let mut fit = Vec::new();
    match () {
        () if bytes.starts_with(b"\x1f\x8b") => fit.push(Decoder::Gzip),
        () if bytes.starts_with(b"BZh") => fit.push(Decoder::Bzip2),
        () if bytes.starts_with(b"\xfd7zXZ\0") || bytes.starts_with(b"\x5d\0\0") => fit.push(Decoder::Xz),
        () if score::magic(bytes) == Some("zlib data") => fit.push(Decoder::Zlib),
        () => {}
    }
    let turned = matches!(before, Some(Decoder::Reverse | Decoder::Rot(_) | Decoder::Xor(_)));
    let unturned = |fit: &mut Vec<Decoder>| {
        if !matches!(before, Some(Decoder::Reverse)) && bytes.len() >= FEW {
            fit.push(Decoder::Reverse);
        }
    };
    let nuls = bytes.iter().take(64).skip(1).step_by(2).filter(|byte| **byte == 0).count();
    if bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || (nuls >= 4 && nuls * 5 >= bytes.len().min(64) * 2)
    {
        fit.push(Decoder::Utf16);
    }
    if invisible::is_likely(bytes) {
        fit.push(Decoder::Invisible);
    }
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| score::head(bytes).is_some()) else {
        if score::magic(bytes).is_none() {
            fit.push(Decoder::Deflate);
            unturned(&mut fit);
            if brute && !turned {
                fit.extend(keys(bytes));
            }
        }
        return fit;
    };
    let trimmed = text.trim();
    textual(trimmed, &mut fit);
    // Numbers and escapes turned round are other ones; a literal is turned once it is taken.
    let written_out = trimmed.starts_with('\\') || codes::likely(trimmed).is_some() || fit.contains(&Decoder::Literal);
    if written_out || score::words(trimmed) >= READS {
        return fit;
    }
    if brute && !turned {
        fit.extend(keys(bytes));
        fit.extend((1..26).map(Decoder::Rot));
    } else if !turned && trimmed.bytes().filter(u8::is_ascii_alphabetic).count() * 2 > trimmed.len() {
        fit.push(Decoder::Rot(13));
    }
    unturned(&mut fit);
    fit
}

/// The decoders that a text looks made for.
fn textual(text: &str, fit: &mut Vec<Decoder>) {
    let bytes = text.as_bytes();
    if literal::value(text).is_some() {
        fit.push(Decoder::Literal);
        return;
    }
    // How many of the bytes are of an alphabet; line breaks are none.
    let all = |of: &dyn Fn(u8) -> bool| bytes.len() >= FEW && bytes.iter().all(|b| of(*b) || b.is_ascii_whitespace());
    let hex_digits = bytes.iter().filter(|b| b.is_ascii_hexdigit()).count();
    if all(&|b| b.is_ascii_hexdigit() || b"x\\:,-".contains(&b)) && hex_digits * 2 >= bytes.len() {
        fit.push(Decoder::Hex);
    }
    if let Some(radix) = codes::likely(text) {
        fit.push(Decoder::Codes(radix));
    }
    let word = |b: u8| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b);
    if all(&|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b) || b == b'=') && bytes.len() >= FEW * 2 {
        fit.push(Decoder::Base32);
    }
    let base64 = all(&word) || text.starts_with("data:");
    if base64 {
        fit.push(Decoder::Base64);
    } else {
        let strange = bytes.iter().filter(|b| b.is_ascii_punctuation()).count() * 8 > bytes.len();
        let one_word = bytes.len() >= FEW && !bytes.iter().any(u8::is_ascii_whitespace);
        if text.starts_with("<~") || (strange && all(&|b| (b'!'..=b'u').contains(&b) || b == b'z')) {
            fit.push(Decoder::Ascii85);
        }
        if strange && one_word && !bytes.iter().any(|b| b"\"',./:[\\]".contains(b)) {
            fit.push(Decoder::Base85);
        }
    }
    if text.matches('%').take(3).count() >= 3 || (text.contains('%') && text.len() < 64) {
        fit.push(Decoder::Url);
    }
    if text.contains('\\') {
        fit.push(Decoder::Escapes);
    }
    if text.contains("&#") || text.contains("&quot;") || text.contains("&amp;") {
        fit.push(Decoder::Entities);
    }
    if literal::longest(text).is_some_and(|(span, _)| (span.end - span.start) * 10 >= text.len() * 3) {
        fit.push(Decoder::Longest);
    }
}

/// The keys of one byte that make the most of the beginning of the bytes.
fn keys(bytes: &[u8]) -> Vec<Decoder> {
    let sample = bytes.get(..bytes.len().min(SAMPLE)).unwrap_or(bytes);
    let tried = (1..=255_u8).map(|key| {
        let plain: Vec<u8> = sample.iter().map(|byte| byte ^ key).collect();
        (score::quick(&plain).value, key)
    });
    let mut best: Vec<(f32, u8)> = tried.filter(|(score, _)| *score >= 0.25).collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    best.into_iter().take(KEYS).map(|(_, key)| Decoder::Xor(vec![key])).collect()
}

/// Equal bytes are looked at once. The keys of the hash are fixed, so that it is the same each time.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
