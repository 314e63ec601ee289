//! Explanations made ready for the screen.

use std::ops::Deref;
use std::sync::Arc;

use crate::case::Case;
use crate::model::explain::Explanation;

use super::heat::{Heat, scaled};
use super::judgement;
use super::order::Order;

/// Pieces that speak against, among those shown.
const AGAINST: usize = 1;
/// Pieces shown at most.
const MOST: usize = 8;
/// Log odds below which a piece moved nothing worth a line.
const LEAST: f64 = 0.05;

/// Whether a piece only says which part of the text begins: that tells a person nothing.
fn is_heading(case: &Case, piece: usize) -> bool {
    const HEADINGS: [&str; 5] = ["facts", "install", "import", "run", "aside"];
    let known = case.text.pieces.get(piece).filter(|piece| piece.steps.is_empty());
    let words = known.and_then(|piece| case.text.text.get(piece.range.clone()));
    words.is_some_and(|words| HEADINGS.contains(&words.trim()))
}

/// An explanation with its pieces in order.
#[derive(Debug)]
pub struct Ranked {
    explanation: Explanation,
    /// The pieces, the strongest first, whatever their sign.
    pub order: Arc<Vec<usize>>,
    /// The score of each piece on a scale from -1 to 1.
    pub scaled: Vec<f32>,
    /// The few that a card has room for, with their scores.
    pub loudest: Vec<(usize, f64)>,
}

impl Deref for Ranked {
    type Target = Explanation;

    fn deref(&self) -> &Explanation {
        &self.explanation
    }
}

impl Ranked {
    /// Puts the pieces in order. Takes longer than a frame where there are many, so a worker calls it.
    #[must_use]
    pub fn new(case: &Case, explanation: Explanation) -> Self {
        let score = |piece: &usize| explanation.pieces.get(*piece).copied().unwrap_or_default().abs();
        let mut order: Vec<usize> = (0..case.text.pieces.len()).collect();
        order.sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.cmp(b)));
        let (scaled, loudest) = (scaled(&explanation.pieces), loudest(case, &explanation));
        Self { explanation, order: Arc::new(order), scaled, loudest }
    }
}

/// An explanation as it is shown everywhere.
#[derive(Debug)]
pub struct Lit {
    /// By pieces.
    pub ranked: Ranked,
    /// By steps, tokens and lines.
    pub heat: Heat,
    /// The evidence in the order of this explanation.
    pub order: Order,
}

impl Lit {
    /// Makes an explanation ready for the screen; `None` where the model has read nothing. On a worker, as [`Ranked::new`].
    #[must_use]
    pub fn new(case: &Case, explanation: Explanation) -> Option<Self> {
        let judgement = judgement(Some(case))?;
        let heat = Heat::new(judgement, &case.text, &case.sequence, &explanation);
        let order = Order::new(case, &heat);
        Some(Self { ranked: Ranked::new(case, explanation), heat, order })
    }
}

/// The pieces that speak loudest with their log odds, those that a short card needs most first: two for, one against, then the
/// others. None where scores have no sign.
fn loudest(case: &Case, explanation: &Explanation) -> Vec<(usize, f64)> {
    if !explanation.method.signed() {
        return Vec::new();
    }
    let mut scored: Vec<(usize, f64)> = explanation.pieces.iter().copied().enumerate().collect();
    scored.retain(|(piece, score)| score.abs() >= LEAST && !is_heading(case, *piece));
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let positive = scored.iter().filter(|(_, score)| *score > 0.0).count();
    // The strongest for, then the strongest against: where a card is short, both sides must be heard.
    let mut shown: Vec<(usize, f64)> = scored.iter().take(positive.min(2)).copied().collect();
    shown.extend(scored.iter().rev().filter(|(_, score)| *score < 0.0).take(AGAINST));
    for more in scored.iter().take(positive).skip(2).chain(scored.iter().skip(positive).rev().skip(AGAINST)) {
        if shown.len() < MOST {
            shown.push(*more);
        }
    }
    shown
}
