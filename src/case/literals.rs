//! String literals that are text, code or a program in an encoding and that no call was seen to decode: decoded as layers, to
//! be read, searched and scanned for indicators like those that the code itself decodes.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::behavior::Sequence;
use crate::package::{Loss, Package, Skip};
use crate::syntax::decoder::{self, Encoded, encoded};
use crate::syntax::ir::Language;
use crate::syntax::shell::Dialect;
use crate::syntax::{DecodedBy, Doc, Layer};

/// Most layers made of literals in one package.
const MOST: usize = 200;
/// Most bytes in all of them.
const MOST_BYTES: usize = 16 << 20;
/// Most bytes that decoders yield for all of it.
const WORK: usize = 64 << 20;
/// Documents searched side by side.
const AT_ONCE: usize = 8;
/// Literals in decoded literals, so often.
const NESTING: usize = 8;

/// Adds the layers, those of files first, then those of the layers that were found in them.
pub(super) fn decode(package: &Package, sequence: &mut Sequence) {
    let mut known: HashSet<String> = sequence.layers.iter().map(|layer| layer.sha256.clone()).collect();
    // What a call decodes is told with the call.
    let folded: HashSet<String> = sequence.folded.iter().map(|folded| folded.text.clone()).collect();
    let code = |file: &usize| {
        let file = package.files.get(*file);
        file.and_then(|file| Some((&file.path, file.source.as_ref()?))).is_some_and(|(path, source)| {
            Language::of(path, &source.text).is_some() || Dialect::of(path, &source.text).is_some()
        })
    };
    let mut docs: Vec<Doc> = (0..package.files.len()).filter(code).map(Doc::File).collect();
    docs.extend((0..sequence.layers.len()).map(Doc::Layer));
    let (mut count, mut bytes, mut work, mut left_out) = (0, 0, WORK, None);
    for _ in 0..NESTING {
        let mut inside = Vec::new();
        // A few at a time, so that what waits for its place stays small.
        for some in docs.chunks(AT_ONCE) {
            let found = search(package, sequence, some, work.min(MOST_BYTES));
            for (doc, all, left) in found {
                work = work.saturating_sub(work.min(MOST_BYTES) - left);
                if left == 0 {
                    left_out = left_out.or(Some(doc));
                }
                for one in all {
                    let recipe = decoder::recipe(&one.chain);
                    let layer = Layer::decoded(doc, one.span, recipe, &one.bytes.as_slice().into());
                    let by_a_call = std::str::from_utf8(&one.bytes).is_ok_and(|text| folded.contains(text));
                    if by_a_call || known.contains(&layer.sha256) {
                        continue;
                    }
                    if count == MOST || bytes + layer.bytes > MOST_BYTES {
                        left_out = left_out.or(Some(doc));
                        break;
                    }
                    count += 1;
                    bytes += layer.bytes;
                    known.insert(layer.sha256.clone());
                    inside.push(Doc::Layer(sequence.layers.len()));
                    sequence.layers.push(Layer { by: DecodedBy::Literal, ..layer });
                }
            }
            if left_out.is_some() {
                break;
            }
        }
        docs = inside;
        if docs.is_empty() || left_out.is_some() {
            break;
        }
    }
    if let Some(doc) = left_out {
        let file = sequence.file_of(doc).and_then(|file| package.files.get(file));
        let reason = format!(
            "more encoded string literals than are decoded unasked ({MOST} of them, {} MB in all)",
            MOST_BYTES >> 20
        );
        let path = file.map(|file| file.path.clone()).unwrap_or_default();
        sequence.skipped.push(Skip::new(Loss::Listing, path, reason));
    }
}

/// The encoded literals of some documents, and what is left to each of the bytes that decoders may yield.
fn search(package: &Package, sequence: &Sequence, docs: &[Doc], work: usize) -> Vec<(Doc, Vec<Encoded>, usize)> {
    let of = |doc: &Doc| {
        let text = match doc {
            Doc::File(file) => package.source(*file),
            Doc::Layer(layer) => sequence.layers.get(*layer).and_then(Layer::text),
        };
        let mut left = work;
        let found = text.map_or_else(Vec::new, |source| encoded(&source.text, &mut left));
        (*doc, found, left)
    };
    docs.par_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::behavior::Reading;
    use crate::case::Case;
    use crate::evidence::tests::package;
    use crate::package::File;
    use crate::syntax::decode::to_base64;
    use crate::text::Source;

    fn read(text: &str) -> Case {
        let mut package = package();
        let source = Some(Arc::new(Source::new(text.to_owned())));
        package.files = vec![File { path: "a.js".to_owned(), bytes: text.as_bytes().into(), source }];
        (package.oddities, package.skipped) = (Vec::new(), Vec::new());
        Case::read(Arc::new(package), Duration::ZERO, &Reading::default())
    }

    #[test]
    fn a_literal_that_no_call_decodes_is_a_layer_with_its_indicators_and_no_step() {
        let inner = format!("module.exports = '{}'", to_base64(b"fetch('https://sink.zz/in')"));
        let case = read(&format!("const parts = ['{}']\n", to_base64(inner.as_bytes())));
        let layers: Vec<_> = case.sequence.layers.iter().map(|l| (l.parent, l.by, l.source.text.as_str())).collect();
        let expected = [
            (Doc::File(0), DecodedBy::Literal, inner.as_str()),
            (Doc::Layer(0), DecodedBy::Literal, "fetch('https://sink.zz/in')"),
        ];
        assert_eq!(layers, expected);
        assert_eq!(case.sequence.layers[1].recipe, ["literal", "base64"]);
        let sink = case.indicators.iter().find(|i| i.value == "https://sink.zz/in").unwrap();
        assert_eq!(sink.places[0].doc, Doc::Layer(1));
        let walked = crate::behavior::extract(&case.package, &Reading::default()).sequence;
        assert_eq!(case.sequence.steps, walked.steps);
        assert_eq!(*case.text, crate::behavior::compose(&case.package, &walked, &Reading::default()));
    }

    #[test]
    fn what_a_call_decodes_is_not_decoded_again() {
        let literal = to_base64(b"require('child_process').exec('id')");
        for text in [format!("eval(atob('{literal}'))"), format!("const x = atob('{literal}'); use(x)")] {
            let case = read(&text);
            assert!(case.sequence.layers.iter().all(|layer| layer.by == DecodedBy::Code), "{text}");
        }
    }

    #[test]
    fn bounds_hold_and_are_said() {
        let many: String = (0..MOST + 5)
            .map(|n| format!("x('{}')\n", to_base64(format!("var a = {n}; run(a, b);").as_bytes())))
            .collect();
        let case = read(&many);
        assert_eq!(case.sequence.layers.len(), MOST);
        assert!(case.skipped().iter().any(|skip| skip.path == "a.js" && skip.reason.contains("200 of them")));
    }
}
