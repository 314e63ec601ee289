//! A text made ready to be asked about: what would the model say if some of its pieces were not there?

use std::collections::{HashMap, HashSet};

use super::linear;
use crate::behavior::ModelText;
use crate::model::judge::{against, combine};
use crate::model::linear::{Linear, Terms};
use crate::model::{Model, ModelError, Token};

/// So many files of a package are taken apart, those that alarm most: hiding a piece or two moves none of the others to the
/// front, and a package may have a hundred thousand.
const PARTS: usize = 32;

/// A text, its windows and what the model says of them.
pub(super) struct Subject<'a> {
    pub model: &'a Model,
    pub text: &'a ModelText,
    /// Tokens per window, `[CLS]` and `[SEP]` included, as [`crate::model::Judgement::windows`].
    pub windows: Vec<Vec<Token>>,
    /// What the network says of each window.
    pub margins: Vec<f64>,
    /// The linear model's sums, where the model has one: of the whole text, then of each file.
    parts: Vec<Part>,
}

/// What the linear model says of the whole text or of a file.
struct Part {
    terms: Terms,
    margin: f64,
    /// The pieces that it is made of.
    pieces: HashSet<usize>,
}

impl<'a> Subject<'a> {
    /// Tokenizes the text and reads it once.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(model: &'a Model, text: &'a ModelText) -> Result<Self, ModelError> {
        let alarming = model.alarming(text, PARTS);
        let windows = model.framed(text)?;
        let parts = match &model.linear {
            Some(linear) => {
                let whole = (0..text.pieces.len()).collect();
                let slices = alarming.into_iter().map(|(slice, _)| slice.pieces);
                std::iter::once(whole).chain(slices).map(|pieces: Vec<usize>| Part::new(linear, text, pieces)).collect()
            }
            None => Vec::new(),
        };
        let mut subject = Self { model, text, windows, margins: Vec::new(), parts };
        let ids: Vec<Vec<u32>> = (0..subject.windows.len()).map(|w| subject.ids(w, &[])).collect();
        subject.margins = subject.read(&ids)?;
        Ok(subject)
    }

    /// The log odds that the model gives the text as it is.
    pub fn log_odds(&self) -> f64 {
        self.mix(&self.margins, &[])
    }

    /// The log odds with pieces hidden, one answer per set of pieces. The network reads `[MASK]` for every token of a hidden
    /// piece, as it did in training; for the linear model the piece is not there, and its neighbours do not become a pair.
    ///
    /// # Errors
    /// When the device fails.
    pub fn without(&self, sets: &[Vec<usize>]) -> Result<Vec<f64>, ModelError> {
        let hidden: Vec<Vec<bool>> = sets.iter().map(|set| self.hidden(set)).collect();
        // A window that loses nothing says what it said, and equal windows are read once.
        let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut asked: Vec<Vec<u32>> = Vec::new();
        let mut places: Vec<Vec<Option<usize>>> = Vec::with_capacity(sets.len());
        for hidden in &hidden {
            let place = |(window, tokens): (usize, &Vec<Token>)| {
                let loses = tokens.iter().any(|token| is_hidden(token, hidden));
                loses.then(|| {
                    let ids = self.ids(window, hidden);
                    *known.entry(ids).or_insert_with_key(|ids| {
                        asked.push(ids.clone());
                        asked.len() - 1
                    })
                })
            };
            places.push(self.windows.iter().enumerate().map(place).collect());
        }
        let answers = self.read(&asked)?;
        let odds = places.iter().zip(&hidden).map(|(places, hidden)| {
            let margins = places.iter().zip(&self.margins).map(|(place, base)| match place {
                Some(place) => answers.get(*place).copied().unwrap_or(*base),
                None => *base,
            });
            self.mix(&margins.collect::<Vec<_>>(), hidden)
        });
        Ok(odds.collect())
    }

    /// Which pieces a set hides.
    fn hidden(&self, set: &[usize]) -> Vec<bool> {
        let mut hidden = vec![false; self.text.pieces.len()];
        for piece in set {
            if let Some(slot) = hidden.get_mut(*piece) {
                *slot = true;
            }
        }
        hidden
    }

    /// The log odds of window margins, and of the linear model without the hidden pieces.
    fn mix(&self, margins: &[f64], hidden: &[bool]) -> f64 {
        let hides = |part: &Part| part.pieces.iter().any(|piece| hidden.get(*piece) == Some(&true));
        let margin = |part: &Part| if hides(part) { linear::margin(&part.terms, hidden) } else { part.margin };
        let linear = self.parts.iter().map(margin).reduce(f64::max);
        self.model.card.ensemble.margin(combine(margins), linear)
    }

    /// The sum of the linear model that decides: of the whole, or of the file that alarms more.
    pub fn terms(&self) -> Option<&Terms> {
        let first = self.parts.first()?;
        let highest = |best: &'_ Part, part: &'_ Part| part.margin > best.margin;
        let best = self.parts.iter().fold(first, |best, part| if highest(best, part) { part } else { best });
        Some(&best.terms)
    }

    /// What each window's margin counts in the log odds, by a difference quotient: right for however windows are combined.
    pub fn weights(&self) -> Vec<f64> {
        const STEP: f64 = 1e-4;
        let value = |window: usize, by: f64| {
            let moved =
                self.margins.iter().enumerate().map(|(i, margin)| if i == window { margin + by } else { *margin });
            combine(&moved.collect::<Vec<_>>())
        };
        let quotient = |window: usize| (value(window, STEP) - value(window, -STEP)) / (2.0 * STEP);
        (0..self.margins.len()).map(|window| quotient(window) * self.model.card.ensemble.scale).collect()
    }

    /// The ids of a window; tokens of hidden pieces are masked.
    pub fn ids(&self, window: usize, hidden: &[bool]) -> Vec<u32> {
        let mask = self.model.reader.mask();
        let tokens = self.windows.get(window).map_or(&[][..], Vec::as_slice);
        tokens.iter().map(|token| if is_hidden(token, hidden) { mask } else { token.id }).collect()
    }

    /// Margins of windows given by their ids.
    fn read(&self, windows: &[Vec<u32>]) -> Result<Vec<f64>, ModelError> {
        let malicious = self.model.config.malicious();
        let answers = self.model.network.answers(windows)?;
        Ok(answers.iter().map(|row| margin(row, malicious).0).collect())
    }
}

impl Part {
    fn new(linear: &Linear, text: &ModelText, pieces: Vec<usize>) -> Self {
        let terms = linear.terms(text, &pieces);
        Self { margin: linear::margin(&terms, &[]), terms, pieces: pieces.into_iter().collect() }
    }
}

/// Whether a token belongs to a hidden piece.
pub(super) fn is_hidden(token: &Token, hidden: &[bool]) -> bool {
    token.piece.and_then(|piece| hidden.get(piece)).copied().unwrap_or_default()
}

/// How much more a row of logits speaks for malicious than for the strongest of the other classes, and which that is.
pub(super) fn margin(row: &[f32], malicious: usize) -> (f64, usize) {
    let yes = row.get(malicious).copied().unwrap_or_default();
    let (class, no) = against(row, malicious);
    (f64::from(yes) - f64::from(no), class)
}
