//! Attention of panels of queries to the keys of their texts.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::elementwise::exp;
use super::gemm::{LANES, ROWS, Row, Start, rows};

/// Some neighbouring lanes of a panel, whose tokens belong to one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Which text, by number.
    pub text: usize,
    /// The lanes.
    pub lanes: Range<usize>,
    /// The tokens of the text.
    pub keys: Range<usize>,
    /// The lane of its `[CLS]`, where that is in this panel.
    pub cls: Option<usize>,
}

/// Keys and values of all tokens of a pack.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Panels of `width` rows.
    pub keys: Vec<Row>,
    /// For sixteen features a row per token.
    pub values: Vec<Vec<Row>>,
}

/// The weights that one text's `[CLS]` gives its tokens, head after head.
pub type ClsRow = (usize, Vec<f32>);

/// One layer's attention of some panels.
pub struct Attend<'a> {
    pub memory: &'a Memory,
    /// Sixteen lanes of queries each, already scaled: `width` rows.
    pub queries: &'a [Row],
    /// What belongs to whom, a list per panel.
    pub segments: &'a [Vec<Segment>],
    /// What is attended to: `width` rows per panel.
    pub attended: &'a mut [Row],
    pub width: usize,
    pub heads: usize,
    /// Room for scores, reused.
    pub scratch: &'a mut Vec<Row>,
    /// Gets the weights of `[CLS]`, where they are asked for.
    pub cls: Option<&'a mut Vec<ClsRow>>,
}

impl WithSimd for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, s: S) {
        let width = self.width;
        let mut panels = self.queries.chunks_exact(width).zip(self.segments).zip(self.attended.chunks_exact_mut(width));
        let mut held = panels.next();
        while let Some(((queries, segments), attended)) = held.take() {
            held = panels.next();
            // Two panels inside one text go together.
            if let ([segment], Some(((_, [other]), _))) =
                (segments.as_slice(), held.as_ref().map(|((q, s), a)| ((q, s.as_slice()), a)))
                && segment.keys == other.keys
                && let Some(((more, _), more_attended)) = held.take()
            {
                let mut job =
                    Job { memory: self.memory, width, heads: self.heads, scratch: self.scratch, cls: &mut self.cls };
                job.run(s, [queries, more], [segment, other], [attended, more_attended]);
                held = panels.next();
                continue;
            }
            for segment in segments {
                let mut job =
                    Job { memory: self.memory, width, heads: self.heads, scratch: self.scratch, cls: &mut self.cls };
                job.run(s, [queries], [segment], [&mut *attended]);
            }
        }
    }
}

struct Job<'a, 'b> {
    memory: &'a Memory,
    width: usize,
    heads: usize,
    scratch: &'a mut Vec<Row>,
    cls: &'a mut Option<&'b mut Vec<ClsRow>>,
}

impl Job<'_, '_> {
    /// P panels that attend to the same keys.
    #[inline(always)]
    fn run<S: Simd, const P: usize>(
        &mut self,
        s: S,
        queries: [&[Row]; P],
        segments: [&Segment; P],
        mut attended: [&mut [Row]; P],
    ) {
        let Some(keys) = segments.first().map(|segment| segment.keys.clone()) else { return };
        let panels = keys.start / LANES..keys.end.div_ceil(LANES);
        let padded = panels.len() * LANES;
        self.scratch.clear();
        self.scratch.resize(padded * P, [0.0; LANES]);
        let mut cls: [Vec<f32>; P] = std::array::from_fn(|_| Vec::new());
        let size = self.width / self.heads.max(1);
        for head in 0..self.heads {
            let features = head * size..(head + 1) * size;
            let mut asked = [&[] as &[Row]; P];
            for (asked, queries) in asked.iter_mut().zip(&queries) {
                *asked = queries.get(features.clone()).unwrap_or_default();
            }
            let mut parts = self.scratch.chunks_exact_mut(padded);
            let mut scores: [&mut [Row]; P] = std::array::from_fn(|_| parts.next().unwrap_or_default());
            for (number, panel) in panels.clone().enumerate() {
                let keys = panel * self.width + features.start;
                let keys = self.memory.keys.get(keys..keys + size).unwrap_or_default();
                for part in 0..LANES / ROWS {
                    let at = number * LANES + part * ROWS;
                    let mut to = parts_of(&mut scores, at..at + ROWS);
                    rows(s, keys, part, asked, &mut to, Start::Zero);
                }
            }
            let offset = keys.start % LANES;
            let mut scores = parts_of(&mut scores, offset..offset + keys.len());
            let mut inverses = [[0.0; LANES]; P];
            for (scores, inverse) in scores.iter_mut().zip(&mut inverses) {
                soften(s, scores, inverse);
            }
            let mut weights = [&[] as &[Row]; P];
            for (weights, scores) in weights.iter_mut().zip(&scores) {
                *weights = scores;
            }
            for eight in features.start / ROWS..features.end.div_ceil(ROWS) {
                let values = self.memory.values.get(eight * ROWS / LANES).and_then(|values| values.get(keys.clone()));
                let mut sums = [[[0.0; LANES]; ROWS]; P];
                let mut to = sums.each_mut().map(|sums| sums.as_mut_slice());
                rows(s, values.unwrap_or_default(), eight % (LANES / ROWS), weights, &mut to, Start::Zero);
                for (((sums, attended), segment), inverse) in
                    sums.iter().zip(&mut attended).zip(segments).zip(&inverses)
                {
                    // Where heads are no multiple of eight features wide, a neighbour's are in these rows too.
                    for (feature, sums) in (eight * ROWS..).zip(sums) {
                        if let Some(attended) = attended.get_mut(feature).filter(|_| features.contains(&feature)) {
                            weigh(attended, sums, inverse, &segment.lanes);
                        }
                    }
                }
            }
            if self.cls.is_some() {
                for (((cls, segment), scores), inverse) in cls.iter_mut().zip(segments).zip(weights).zip(&inverses) {
                    if let Some(lane) = segment.cls {
                        let inverse = inverse.get(lane).copied().unwrap_or_default();
                        cls.extend(scores.iter().filter_map(|row| row.get(lane)).map(|weight| weight * inverse));
                    }
                }
            }
        }
        if let Some(all) = self.cls {
            let found = cls.into_iter().zip(segments).filter(|(_, segment)| segment.cls.is_some());
            all.extend(found.map(|(cls, segment)| (segment.text, cls)));
        }
    }
}

/// The same rows of each panel.
#[inline(always)]
fn parts_of<'a, const P: usize>(panels: &'a mut [&mut [Row]; P], range: Range<usize>) -> [&'a mut [Row]; P] {
    panels.each_mut().map(|panel| panel.get_mut(range.clone()).unwrap_or_default())
}

/// Scales sums and puts those of some lanes in place.
#[inline(always)]
fn weigh(to: &mut Row, sums: &Row, inverse: &Row, lanes: &Range<usize>) {
    for (lane, ((to, sum), inverse)) in to.iter_mut().zip(sums).zip(inverse).enumerate() {
        *to = if lanes.contains(&lane) { sum * inverse } else { *to };
    }
}

/// Turns each lane's scores into their powers over the highest; `inverse` gets what makes them sum to 1.
#[inline(always)]
fn soften<S: Simd>(s: S, scores: &mut [Row], inverse: &mut Row) {
    for (lane, inverse) in S::as_mut_simd_f32s(inverse).0.iter_mut().enumerate() {
        let mut highest = s.splat_f32s(f32::MIN);
        for row in scores.iter() {
            if let Some(x) = S::as_simd_f32s(row).0.get(lane) {
                highest = s.max_f32s(highest, *x);
            }
        }
        let mut total = s.splat_f32s(0.0);
        for row in scores.iter_mut() {
            if let Some(x) = S::as_mut_simd_f32s(row).0.get_mut(lane) {
                *x = exp(s, s.sub_f32s(*x, highest));
                total = s.add_f32s(total, *x);
            }
        }
        *inverse = s.div_f32s(s.splat_f32s(1.0), total);
    }
}
