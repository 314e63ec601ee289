//! Layers that an analyst decodes: put behind those that the walk found, taken away again, carried over when the package is
//! read anew. They are texts like the others, so indicators are gathered from them too; steps and verdict do not change.

use std::sync::Arc;

use super::Case;
use crate::behavior::Sequence;
use crate::evidence;
use crate::syntax::{Doc, Layer};

/// Most layers made by hand in one case.
pub const MAX_BY_HAND: usize = 200;
/// Most bytes in all of them.
pub const MAX_BYTES_BY_HAND: usize = 128 << 20;

/// What became of layers made by hand.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The case with them.
    pub case: Case,
    /// Where the last of them stands, the innermost of a nest; `None` where it found no place.
    pub last: Option<Doc>,
    /// How many found no place: what they were decoded from is not there any more, or a bound was hit.
    pub lost: usize,
}

impl Case {
    /// Adds layers in order; a later one may have one added before it as its parent, counted on from the last layer there is.
    /// One that is there already (same parent, same bytes) is not added again.
    #[must_use]
    pub fn with_layers(&self, layers: Vec<Layer>) -> Kept {
        let mut sequence = Sequence::clone(&self.sequence);
        let start = sequence.layers.len();
        let mut lost = 0;
        let mut places: Vec<Option<Doc>> = Vec::new();
        let mut held: usize = sequence.layers.iter().filter(|l| l.by_hand()).map(|l| l.bytes).sum();
        let mut count = sequence.layers.iter().filter(|layer| layer.by_hand()).count();
        for mut layer in layers {
            let parent = match layer.parent {
                Doc::Layer(at) if at >= start => places.get(at - start).copied().flatten(),
                parent => Some(parent),
            };
            let place = parent.and_then(|parent| {
                layer.parent = parent;
                let same = |l: &Layer| (l.parent, &l.sha256) == (layer.parent, &layer.sha256);
                let known = sequence.layers.iter().position(same);
                let fits = count < MAX_BY_HAND && held + layer.bytes <= MAX_BYTES_BY_HAND;
                match known {
                    Some(known) => Some(Doc::Layer(known)),
                    None if fits && self.holds(&sequence, parent) => {
                        count += 1;
                        held += layer.bytes;
                        sequence.layers.push(layer);
                        Some(Doc::Layer(sequence.layers.len() - 1))
                    }
                    None => None,
                }
            });
            lost += usize::from(place.is_none());
            places.push(place);
        }
        let last = places.last().copied().flatten();
        Kept { case: self.with_sequence(sequence), last, lost }
    }

    /// Takes a layer made by hand away, and what was decoded from it; where the layers behind it stand then is the second
    /// answer, by their index before.
    #[must_use]
    pub fn without_layer(&self, index: usize) -> (Self, Vec<Option<usize>>) {
        let mut sequence = Sequence::clone(&self.sequence);
        let mut places: Vec<Option<usize>> = Vec::new();
        let mut left = 0;
        for (at, layer) in sequence.layers.iter().enumerate() {
            let orphan = matches!(layer.parent, Doc::Layer(parent) if places.get(parent).is_some_and(Option::is_none));
            let gone = layer.by_hand() && (at == index || orphan);
            places.push((!gone).then_some(left));
            left += usize::from(!gone);
        }
        let mut at = 0;
        sequence.layers.retain(|_| {
            at += 1;
            places.get(at - 1).is_some_and(Option::is_some)
        });
        for layer in &mut sequence.layers {
            if let Doc::Layer(parent) = &mut layer.parent {
                *parent = places.get(*parent).copied().flatten().unwrap_or(*parent);
            }
        }
        (self.with_sequence(sequence), places)
    }

    /// The layers made by hand in another reading of the same package, placed in this one: a layer that was their parent is
    /// found again by its bytes.
    #[must_use]
    pub fn carrying(&self, from: &Self) -> Kept {
        let start = self.sequence.layers.len();
        let mut layers: Vec<Layer> = Vec::new();
        let mut places: Vec<Option<usize>> = Vec::new();
        for layer in &from.sequence.layers {
            let known = || self.sequence.layers.iter().position(|l| l.sha256 == layer.sha256);
            if !layer.by_hand() {
                places.push(known());
                continue;
            }
            let parent = match layer.parent {
                Doc::File(file) => Doc::File(file),
                // Past every layer: it is counted as lost.
                Doc::Layer(at) => Doc::Layer(places.get(at).copied().flatten().unwrap_or(usize::MAX)),
            };
            places.push(Some(start + layers.len()));
            layers.push(Layer { parent, ..layer.clone() });
        }
        self.with_layers(layers)
    }

    /// How many layers were made by hand.
    #[must_use]
    pub fn by_hand(&self) -> usize {
        self.sequence.layers.iter().filter(|layer| layer.by_hand()).count()
    }

    fn holds(&self, sequence: &Sequence, doc: Doc) -> bool {
        match doc {
            Doc::File(file) => file < self.package.files.len(),
            Doc::Layer(layer) => layer < sequence.layers.len(),
        }
    }

    /// The case with other layers: what is told of them is gathered again.
    fn with_sequence(&self, mut sequence: Sequence) -> Self {
        let (indicators, skips) = evidence::indicator::collect(&self.package, &sequence);
        for skip in skips {
            if !sequence.skipped.contains(&skip) {
                sequence.skipped.push(skip);
            }
        }
        Self { sequence: Arc::new(sequence), indicators: Arc::new(indicators), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::behavior::Reading;
    use crate::package::{Ecosystem, File, Manifest, Package};
    use crate::syntax::DecodedBy;
    use crate::text::{Source, Span};

    fn case() -> Case {
        let text = "eval('var a = 1; ' + 'run(a)')\n";
        let source = Some(Arc::new(Source::new(text.to_owned())));
        let file = File { path: "index.js".to_owned(), bytes: text.as_bytes().into(), source };
        let package = Package {
            path: "x.tgz".to_owned(),
            archive: String::new(),
            sha256: String::new(),
            size: 0,
            ecosystem: Ecosystem::Npm,
            name: None,
            version: None,
            root: String::new(),
            tops: Vec::new(),
            files: vec![file],
            manifest: Manifest::default(),
            entries: Vec::new(),
            oddities: Vec::new(),
            skipped: Vec::new(),
        };
        let mut case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default());
        let source = Arc::new(Source::new("var a = 1; run(a)".to_owned()));
        let found = Layer::found(Doc::File(0), Span { start: 0, end: 30 }, vec!["eval".to_owned()], source);
        Arc::make_mut(&mut case.sequence).layers = vec![found];
        case
    }

    fn layer(parent: Doc, bytes: &[u8]) -> Layer {
        Layer::decoded(parent, Span { start: 1, end: 4 }, vec!["base64".to_owned()], &bytes.into())
    }

    #[test]
    fn layers_are_added_once_and_their_addresses_join_the_indicators() {
        let kept = case().with_layers(vec![
            layer(Doc::Layer(0), b"get('https://sink.zz/in')"),
            layer(Doc::Layer(1), b"\x7fELF\0\0\x01\x02"),
        ]);
        assert_eq!((kept.last, kept.lost, kept.case.by_hand()), (Some(Doc::Layer(2)), 0, 2));
        let places: Vec<Doc> = kept.case.indicators.iter().flat_map(|i| &i.places).map(|place| place.doc).collect();
        assert!(places.contains(&Doc::Layer(1)), "{places:?}");
        let again = kept.case.with_layers(vec![layer(Doc::Layer(0), b"get('https://sink.zz/in')")]);
        assert_eq!((again.last, again.case.by_hand()), (Some(Doc::Layer(1)), 2));
        let binary = &kept.case.sequence.layers[2];
        assert!(binary.text().is_none() && binary.content().starts_with(b"\x7fELF"));
        assert!(kept.case.source(Doc::Layer(2)).is_none());
    }

    #[test]
    fn a_layer_goes_with_what_was_decoded_from_it() {
        let case = case();
        let kept = case.with_layers(vec![
            layer(Doc::File(0), b"first"),
            layer(Doc::Layer(1), b"inside"),
            layer(Doc::File(0), b"second"),
            layer(Doc::Layer(3), b"inside the second"),
        ]);
        let (after, places) = kept.case.without_layer(1);
        assert_eq!(places, [Some(0), None, None, Some(1), Some(2)]);
        let texts: Vec<_> = after.sequence.layers.iter().map(|l| (l.parent, l.source.text.as_str())).collect();
        assert_eq!(texts[1..], [(Doc::File(0), "second"), (Doc::Layer(1), "inside the second")],);
        assert_eq!(after.without_layer(0).0.sequence.layers.len(), 3, "what the walk found stays");
    }

    #[test]
    fn another_reading_keeps_what_still_has_a_place() {
        let old = case().with_layers(vec![
            layer(Doc::Layer(0), b"inside a found layer"),
            layer(Doc::Layer(1), b"inside that"),
            layer(Doc::File(0), b"of the file"),
        ]);
        let mut other = case();
        Arc::make_mut(&mut other.sequence).layers.insert(0, layer(Doc::File(0), b"new"));
        Arc::make_mut(&mut other.sequence).layers[0].by = DecodedBy::Code;
        let kept = other.carrying(&old.case);
        let parents: Vec<Doc> = kept.case.sequence.layers.iter().skip(2).map(|l| l.parent).collect();
        assert_eq!((kept.lost, parents), (0, vec![Doc::Layer(1), Doc::Layer(2), Doc::File(0)]));
        let mut without = case();
        Arc::make_mut(&mut without.sequence).layers.clear();
        let kept = without.carrying(&old.case);
        assert_eq!((kept.lost, kept.case.by_hand()), (2, 1));
    }

    #[test]
    fn bounds_hold_and_what_they_cost_is_counted() {
        let many = (0..MAX_BY_HAND + 3).map(|n| layer(Doc::File(0), n.to_string().as_bytes())).collect();
        let kept = case().with_layers(many);
        assert_eq!((kept.lost, kept.case.by_hand()), (3, MAX_BY_HAND));
    }
}
