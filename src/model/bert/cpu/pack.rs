//! Texts end to end in panels.

use std::ops::Range;

use super::Tables;
use super::attention::Segment;
use super::gemm::{LANES, Row};

/// Texts laid end to end.
#[derive(Debug)]
pub struct Pack {
    /// Word and position of each token.
    pub tokens: Vec<(u32, u32)>,
    /// Where each text begins.
    pub starts: Vec<usize>,
    /// The texts' tokens.
    texts: Vec<Range<usize>>,
    /// What belongs to whom in each panel.
    pub segments: Vec<Vec<Segment>>,
}

impl Pack {
    pub fn new(texts: &[&[u32]]) -> Self {
        let mut tokens = Vec::new();
        let mut ranges = Vec::with_capacity(texts.len());
        for text in texts {
            ranges.push(tokens.len()..tokens.len() + text.len());
            tokens.extend(text.iter().copied().zip(0..));
        }
        let mut segments = vec![Vec::new(); tokens.len().div_ceil(LANES)];
        for (text, keys) in ranges.iter().enumerate() {
            for (panel, segments) in
                segments.iter_mut().enumerate().take(keys.end.div_ceil(LANES)).skip(keys.start / LANES)
            {
                let start = panel * LANES;
                let lanes = keys.start.max(start) - start..keys.end.min(start + LANES) - start;
                let cls = (keys.start >= start).then_some(lanes.start);
                if !lanes.is_empty() {
                    segments.push(Segment { text, lanes, keys: keys.clone(), cls });
                }
            }
        }
        Self { tokens, starts: ranges.iter().map(|text| text.start).collect(), texts: ranges, segments }
    }

    /// The segments of panels that hold the first tokens alone, one text a lane.
    pub fn firsts(&self) -> Vec<Vec<Segment>> {
        let texts: Vec<(usize, &Range<usize>)> = self.texts.iter().enumerate().collect();
        let of = |texts: &[(usize, &Range<usize>)]| {
            let lane = |(lane, (text, keys)): (usize, &(usize, &Range<usize>))| Segment {
                text: *text,
                lanes: lane..lane + 1,
                keys: (*keys).clone(),
                cls: Some(lane),
            };
            texts.iter().enumerate().filter(|(_, (_, keys))| !keys.is_empty()).map(lane).collect()
        };
        texts.chunks(LANES).map(of).collect()
    }
}

/// Writes the sums of the embeddings of the tokens from panel `first` on.
pub fn embed(x: &mut [Row], pack: &Pack, first: usize, tables: Tables<'_>, width: usize) {
    let row = |table: &'_ [f32], index: u32| -> Option<Range<usize>> {
        let start = index as usize * width;
        (start + width <= table.len()).then_some(start..start + width)
    };
    for (panel, x) in x.chunks_exact_mut(width).enumerate() {
        let tokens = pack.tokens.iter().skip((first + panel) * LANES).take(LANES).enumerate();
        for (lane, &(word, position)) in tokens {
            let word = row(tables.words, word).and_then(|range| tables.words.get(range)).unwrap_or_default();
            let position = row(tables.positions, position).and_then(|range| tables.positions.get(range));
            let sums = word.iter().zip(position.unwrap_or_default()).zip(tables.kind);
            for (x, ((word, position), kind)) in x.iter_mut().zip(sums) {
                x.iter_mut().skip(lane).take(1).for_each(|x| *x = word + position + kind);
            }
        }
    }
}

/// The values of one token.
pub fn token(x: &[Row], index: usize, width: usize) -> Vec<f32> {
    let panel = x.chunks_exact(width).nth(index / LANES).unwrap_or_default();
    panel.iter().filter_map(|row| row.get(index % LANES)).copied().collect()
}

/// Panels of some tokens only.
pub fn gather(x: &[Row], tokens: &[usize], width: usize) -> Vec<Row> {
    let mut gathered = vec![[0.0; LANES]; tokens.len().div_ceil(LANES) * width];
    for (tokens, panel) in tokens.chunks(LANES).zip(gathered.chunks_exact_mut(width)) {
        for (lane, index) in tokens.iter().enumerate() {
            for (to, value) in panel.iter_mut().zip(token(x, *index, width)) {
                to.iter_mut().skip(lane).take(1).for_each(|to| *to = value);
            }
        }
    }
    gathered
}
