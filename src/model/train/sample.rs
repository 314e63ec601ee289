//! What one training step reads: windows of examples, with pieces masked, in random batches.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::Settings;
use super::implants::Implant;
use super::random::Random;
use crate::behavior::ModelText;
use crate::model::ModelError;
use crate::model::dataset::{Cohort, Example};
use crate::model::linear::{Linear, LinearSettings};
use crate::model::slice::{self, Slice};
use crate::model::window::{Reader, windows};

/// A text, tokenized.
#[derive(Debug)]
pub struct Tokenized {
    ids: Vec<u32>,
    /// The piece of each token; tokens between pieces have none.
    pieces: Vec<Option<usize>>,
    windows: Vec<Range<usize>>,
    /// The class.
    pub malicious: bool,
    /// How much it counts in the loss.
    pub weight: f32,
}

impl Tokenized {
    /// Tokenizes a text.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn new(
        text: &ModelText,
        malicious: bool,
        weight: f32,
        reader: &Reader,
        settings: &Settings,
    ) -> Result<Self, ModelError> {
        let tokens = reader.tokens(text)?;
        Ok(Self {
            ids: tokens.iter().map(|t| t.id).collect(),
            pieces: tokens.iter().map(|t| t.piece).collect(),
            windows: windows(&tokens, settings.window.saturating_sub(2), settings.overlap),
            malicious,
            weight,
        })
    }

    /// One window with some pieces masked. Texts that lack steps must be nothing unusual to the model: explanations ask
    /// it what it thinks without a step.
    pub fn sample(&self, reader: &Reader, settings: &Settings, random: &mut Random) -> Vec<u32> {
        // The first window holds what runs at install and import, and counts most when a package is judged.
        let later = random.share() < settings.later_windows;
        let window = match (later, self.windows.len()) {
            (true, count @ 2..) => self.windows.get(1 + random.below(count - 1)),
            _ => self.windows.first(),
        };
        let window = window.cloned().unwrap_or(0..0);
        let masking = random.share() < settings.masked_texts;
        let share = if masking { random.share() * settings.masked_pieces } else { 0.0 };
        let drop = random.share() < 0.5;
        let mut ids = Vec::with_capacity(window.len());
        let mut current = None;
        let mut hide = false;
        let ids_here = self.ids.get(window.clone()).unwrap_or_default();
        let pieces_here = self.pieces.get(window).unwrap_or_default();
        for (&id, &piece) in ids_here.iter().zip(pieces_here) {
            if piece != current {
                current = piece;
                hide = piece.is_some() && share > 0.0 && random.share() < share;
            }
            match (hide, drop) {
                (false, _) => ids.push(id),
                (true, false) => ids.push(reader.mask()),
                (true, true) => {}
            }
        }
        reader.frame_ids(ids)
    }
}

/// The files of a package that train the network by themselves: of a malicious package the one that alarms the linear model
/// most, where it does so by itself, for what the others tell may be harmless; of a benign one the two that alarm most, for
/// none of it is malicious.
#[must_use]
pub fn telling(example: &Example, linear: &Linear) -> Vec<Slice> {
    let mut ranked = linear.ranked(&example.text);
    ranked.truncate(if example.malicious { 1 } else { 2 });
    ranked.retain(|(_, margin)| !example.malicious || *margin > 0.0);
    ranked.into_iter().map(|(slice, _)| slice).collect()
}

/// What a package counts beside the others. A family of n packages counts as `n^(1 - family)`, so that twenty of one kit do
/// not outvote one of another; benign packages that look like malware are few in any corpus and many in life, so they count
/// more; and the four kinds (ecosystem and class) are levelled by `(mean / the kind's sum)^balance`. The mean is 1.
#[must_use]
pub fn weights(examples: &[&Example], settings: &Settings) -> Vec<f64> {
    let family = |e: &Example| (e.malicious, e.group.clone());
    let mut sizes: HashMap<_, f64> = HashMap::new();
    for example in examples {
        *sizes.entry(family(example)).or_default() += 1.0;
    }
    let raw = examples.iter().map(|example| {
        let size = sizes.get(&family(example)).copied().unwrap_or(1.0);
        let hard = match (example.malicious, example.cohort) {
            (false, Cohort::Ordinary) => settings.ordinary,
            (false, Cohort::Talkative) => settings.talkative,
            _ => 1.0,
        };
        size.powf(-settings.family) * hard
    });
    let raw: Vec<f64> = raw.collect();
    let kind = |e: &Example| (e.ecosystem, e.malicious);
    let mut kinds: HashMap<_, f64> = HashMap::new();
    for (example, weight) in examples.iter().zip(&raw) {
        *kinds.entry(kind(example)).or_default() += weight;
    }
    let mean = raw.iter().sum::<f64>() / kinds.len().max(1) as f64;
    let level = |e: &Example| (mean / kinds.get(&kind(e)).copied().unwrap_or(mean)).powf(settings.balance);
    let levelled: Vec<f64> = examples.iter().zip(raw).map(|(example, weight)| weight * level(example)).collect();
    let average = levelled.iter().sum::<f64>() / levelled.len().max(1) as f64;
    levelled.into_iter().map(|weight| weight / average).collect()
}

/// Fits a linear model on whole packages with their [`weights`] and then on what their telling files say beside them, for a
/// file is judged by itself, and on attacks put into benign ones.
#[must_use]
pub fn fit_linear(
    examples: &[&Example],
    weights: &[f64],
    implants: &[Implant],
    settings: &Settings,
    linear: LinearSettings,
) -> Linear {
    let rows = examples.iter().zip(weights).map(|(e, weight)| (&e.text, e.malicious, *weight));
    let rows: Vec<(&ModelText, bool, f64)> = rows.collect();
    let first = Linear::fit(&rows, linear);
    if settings.files <= 0.0 && implants.is_empty() {
        return first;
    }
    let told: Vec<(ModelText, bool, f64)> = examples
        .par_iter()
        .zip(weights)
        .filter(|_| settings.files > 0.0)
        .flat_map_iter(|(example, weight)| {
            let of = |slice: Slice| {
                (slice::text_of(&example.text, &slice.pieces), example.malicious, weight * settings.files)
            };
            telling(example, &first).into_iter().map(of).collect::<Vec<_>>()
        })
        .collect();
    let told = told.iter().map(|(text, malicious, w)| (text, *malicious, *w));
    let implants = implants.iter().map(|implant| (&implant.text, implant.malicious, implant.weight));
    let all: Vec<_> = rows.into_iter().chain(told).chain(implants).collect();
    Linear::fit(&all, linear)
}

/// The order of an epoch: batches of indices.
#[must_use]
pub fn batches(examples: usize, settings: &Settings, epoch: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..examples).collect();
    Random::new(&[settings.seed, 1, epoch as u64]).shuffle(&mut order);
    order.chunks(settings.batch.max(1)).map(<[usize]>::to_vec).collect()
}

/// Splits texts into parts of about equal token counts, the same way in every run.
#[must_use]
pub fn split(lengths: &[usize], parts: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    let length = |i: usize| lengths.get(i).copied().unwrap_or_default();
    order.sort_by_key(|&i| (std::cmp::Reverse(length(i)), i));
    let mut shares: Vec<(usize, Vec<usize>)> = vec![(0, Vec::new()); parts.max(1)];
    for index in order {
        if let Some((total, share)) = shares.iter_mut().min_by_key(|(total, _)| *total) {
            *total += length(index);
            share.push(index);
        }
    }
    shares.into_iter().map(|(_, share)| share).filter(|share| !share.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_every_example_once() {
        let settings = Settings { batch: 4, ..Settings::default() };
        let first = batches(10, &settings, 0);
        assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
        let mut all = first.concat();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        assert_ne!(first, batches(10, &settings, 1));
        assert_eq!(first, batches(10, &settings, 0));
    }

    #[test]
    fn parts_are_level() {
        let parts = split(&[5, 1, 9, 3, 4, 2], 2);
        let totals: Vec<usize> = parts.iter().map(|p| p.iter().map(|i| [5, 1, 9, 3, 4, 2][*i]).sum()).collect();
        assert_eq!(totals, [12, 12]);
        assert_eq!(split(&[3], 2), [[0]]);
    }
}
