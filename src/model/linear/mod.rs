//! A linear model over a sparse bag of words, pieces, adjacent pairs of pieces and concepts: the network's companion, and a
//! baseline of the reports. It sees rare pieces at once that the network blurs, which lifts the recall at low false positive
//! rates.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::slice::{self, Slice};
use super::{ModelError, check};
use crate::behavior::ModelText;

mod adapt;
mod lexicon;
mod minimise;

use lexicon::Zone;
use minimise::{Row, minimise};

/// How the linear model is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearSettings {
    /// Inverse of the L2 penalty: larger fits closer.
    pub c: f64,
    /// A feature must occur in this many training texts.
    pub min_texts: usize,
    /// Whether adjacent pairs are features too.
    pub pairs: bool,
    /// How strongly a single word speaks beside a whole piece, as the value of its feature; 0 leaves words out. Pieces that
    /// were never seen are still made of known words.
    pub words: f64,
    /// How strongly a concept, or two together, speaks; 0 leaves concepts out.
    pub concepts: f64,
}

impl Default for LinearSettings {
    fn default() -> Self {
        Self { c: 0.3, min_texts: 2, pairs: true, words: 0.5, concepts: 0.4 }
    }
}

/// Logistic regression over the presence of words, pieces, pairs and concepts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Linear {
    /// Weight of each feature's presence: a piece's text, two joined by [`JOIN`], a word after [`WORD`], a concept after
    /// [`CONCEPT`].
    weights: BTreeMap<String, f32>,
    bias: f32,
}

/// The margin of a text as a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// What is there without any piece.
    pub bias: f64,
    /// The features, in the order of their names.
    pub terms: Vec<Term>,
}

/// One feature of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What its presence adds.
    pub weight: f64,
    /// The pieces that make it present.
    pub support: Support,
}

/// What makes a feature present.
#[derive(Debug, Clone, PartialEq)]
pub enum Support {
    /// Each of these by itself is enough: two neighbours of a pair, else the same piece twice.
    Each(Vec<[usize; 2]>),
    /// One of the first and one of the second.
    Both(Vec<usize>, Vec<usize>),
}

/// Stands between the two pieces of a pair.
const JOIN: &str = " > ";
/// Stands before a word.
const WORD: &str = "~";
/// Stands before a concept.
const CONCEPT: &str = "%";
/// What a text of so many features says counts as it stands. A longer one says more of everything, good and bad: its words
/// count less, by the square root, or length alone would decide.
const USUAL: f64 = 100.0;
/// Below this many features a text is short, and no shorter for having fewer.
const SHORT: f64 = 8.0;

/// The value of a feature that is present.
fn value(name: &str, settings: LinearSettings) -> f64 {
    if name.starts_with(WORD) {
        settings.words
    } else if name.starts_with(CONCEPT) {
        settings.concepts
    } else {
        f64::from(u8::from(settings.pairs || !name.contains(JOIN)))
    }
}

/// The distinct features of a text.
struct Features {
    names: HashSet<String>,
    /// What the words count; concepts count as they stand.
    scale: f64,
}

/// What of a text is looked at, prepared once for all its slices.
struct Prepared<'t> {
    words: Vec<&'t str>,
    concepts: Vec<Vec<usize>>,
    headings: Vec<bool>,
}

impl<'t> Prepared<'t> {
    fn new(text: &'t ModelText) -> Self {
        let words: Vec<&str> = text.pieces.iter().map(|piece| slice::words(text, piece)).collect();
        let headings: Vec<bool> = text.pieces.iter().map(|piece| slice::is_heading(text, piece)).collect();
        let facts = slice::facts(text);
        let concepts = words.iter().enumerate().map(|(index, words)| {
            let told = index >= facts && headings.get(index) != Some(&true);
            if told { lexicon::of_piece(words) } else { Vec::new() }
        });
        Self { concepts: concepts.collect(), headings, words }
    }

    /// Walks over pieces: `feature` is told each word, piece and pair with what makes it present, `concept` each concept with
    /// its zone and piece.
    fn walk(
        &self,
        pieces: impl IntoIterator<Item = usize>,
        mut feature: impl FnMut(String, [usize; 2]),
        mut concept: impl FnMut((usize, Zone), usize),
    ) {
        // Where there are no phases, as in the published vocabulary, everything counts as called.
        let mut zone = Zone::Run;
        let mut before: Option<(usize, &str)> = None;
        for index in pieces {
            let Some(&words) = self.words.get(index) else { continue };
            if let Some((at, before)) = before {
                feature(format!("{before}{JOIN}{words}"), [at, index]);
            }
            feature(words.to_owned(), [index; 2]);
            for word in words.split_whitespace() {
                feature(format!("{WORD}{word}"), [index; 2]);
            }
            before = Some((index, words));
            if self.headings.get(index) == Some(&true) {
                zone = Zone::begun_by(words).unwrap_or(zone);
            }
            for shown in self.concepts.get(index).into_iter().flatten() {
                concept((*shown, zone), index);
            }
        }
    }

    fn features(&self, pieces: impl IntoIterator<Item = usize>) -> Features {
        let (mut names, mut shown) = (HashSet::new(), BTreeSet::new());
        self.walk(
            pieces,
            |name, _| {
                names.insert(name);
            },
            |concept, _| {
                shown.insert(concept);
            },
        );
        let scale = scale(names.len());
        names.extend(lexicon::features(&shown));
        Features { names, scale }
    }

    /// What makes each feature of these pieces present, and what the words count.
    fn support(&self, pieces: &[usize]) -> (BTreeMap<String, Support>, f64) {
        let mut found: BTreeMap<String, BTreeSet<[usize; 2]>> = BTreeMap::new();
        let mut shown: BTreeMap<(usize, Zone), Vec<usize>> = BTreeMap::new();
        self.walk(
            pieces.iter().copied(),
            |name, pieces| {
                found.entry(name).or_default().insert(pieces);
            },
            |concept, piece| shown.entry(concept).or_default().push(piece),
        );
        let scale = scale(found.len());
        let each = |support: BTreeSet<[usize; 2]>| Support::Each(support.into_iter().collect());
        let mut support: BTreeMap<String, Support> = found.into_iter().map(|(name, h)| (name, each(h))).collect();
        support.extend(lexicon::support(&shown));
        (support, scale)
    }
}

/// What words count in a text of so many features.
fn scale(features: usize) -> f64 {
    (USUAL / (features as f64).max(SHORT)).sqrt()
}

impl Features {
    fn of(text: &ModelText) -> Self {
        Prepared::new(text).features(0..text.pieces.len())
    }

    /// What the presence of a feature counts in this text.
    fn scale_of(&self, name: &str) -> f64 {
        if name.starts_with(CONCEPT) { 1.0 } else { self.scale }
    }
}

impl Linear {
    /// Fits on texts with their labels and weights.
    #[must_use]
    pub fn fit(texts: &[(&ModelText, bool, f64)], settings: LinearSettings) -> Self {
        let found: Vec<Features> = texts.iter().map(|(text, ..)| Features::of(text)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in found.iter().flat_map(|features| &features.names).filter(|name| value(name, settings) > 0.0) {
            *counts.entry(name).or_default() += 1;
        }
        let mut names: Vec<&str> = counts.iter().filter(|c| *c.1 >= settings.min_texts).map(|c| *c.0).collect();
        // Sums of floats depend on the order: keep it the same in every run.
        names.sort_unstable();
        let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (*name, i)).collect();
        let values: Vec<f64> = names.iter().map(|name| value(name, settings)).collect();
        let rows: Vec<Row> = found
            .iter()
            .zip(texts)
            .map(|(found, (_, malicious, weight))| {
                let column = |name: &String| Some((*index.get(name.as_str())?, found.scale_of(name)));
                let mut columns: Vec<(usize, f64)> = found.names.iter().filter_map(column).collect();
                columns.sort_unstable_by_key(|column| column.0);
                Row { columns, malicious: *malicious, weight: *weight }
            })
            .collect();
        let point = minimise(&rows, &values, settings.c);
        // Three digits say all there is to say, and a third of the file.
        let round = |w: f64| ((w * 1000.0).round() / 1000.0) as f32;
        let kept = names.iter().zip(point.iter().zip(&values)).map(|(name, (w, v))| ((*name).to_owned(), round(w * v)));
        let weights = kept.filter(|(_, w)| *w != 0.0).collect();
        Self { weights, bias: point.last().map_or(0.0, |b| *b as f32) }
    }

    /// The log odds that the text is malicious, read as a whole.
    #[must_use]
    pub fn margin(&self, text: &ModelText) -> f64 {
        self.sum(&Features::of(text))
    }

    /// The slices of a text with the log odds of each, the highest first; of equal ones the first in the archive.
    #[must_use]
    pub fn ranked(&self, text: &ModelText) -> Vec<(Slice, f64)> {
        let prepared = Prepared::new(text);
        let margin = |slice: Slice| {
            let margin = self.sum(&prepared.features(slice.pieces.iter().copied()));
            (slice, margin)
        };
        let mut ranked: Vec<(Slice, f64)> = slice::slices(text).into_iter().map(margin).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }

    /// The log odds of the text, or of a file that alarms more by itself.
    #[must_use]
    pub fn highest(&self, text: &ModelText) -> f64 {
        self.ranked(text).first().map_or(f64::NEG_INFINITY, |(_, margin)| *margin).max(self.margin(text))
    }

    fn sum(&self, features: &Features) -> f64 {
        let weight = |name: &String| Some(f64::from(*self.weights.get(name)?) * features.scale_of(name));
        let mut terms: Vec<f64> = features.names.iter().filter_map(weight).collect();
        // The set's order is random: sort so that the same text gives the same number.
        terms.sort_unstable_by(f64::total_cmp);
        f64::from(self.bias) + terms.iter().sum::<f64>()
    }

    /// The sum that makes the margin of these pieces, term by term.
    #[must_use]
    pub fn terms(&self, text: &ModelText, pieces: &[usize]) -> Terms {
        let (support, scale) = Prepared::new(text).support(pieces);
        let weighted = support.into_iter().filter_map(|(name, support)| {
            let counts = if name.starts_with(CONCEPT) { 1.0 } else { scale };
            Some(Term { weight: f64::from(*self.weights.get(&name)?) * counts, support })
        });
        Terms { bias: f64::from(self.bias), terms: weighted.collect() }
    }

    /// Reads `linear.json` of a model folder, if there is one.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    pub fn load(folder: &Path) -> Result<Option<Self>, ModelError> {
        let path = folder.join("linear.json");
        if !path.exists() {
            return Ok(None);
        }
        let linear: Self = serde_json::from_slice(&check::read(&path, check::TEXT)?)
            .map_err(|e| check::refused(&path, &format!("not a linear model: {e}")))?;
        if linear.bias.is_finite() && linear.weights.values().all(|weight| weight.is_finite()) {
            Ok(Some(linear))
        } else {
            Err(check::refused(&path, &"holds numbers that are none"))
        }
    }

    /// Writes `linear.json`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, folder: &Path) -> Result<(), ModelError> {
        let path = folder.join("linear.json");
        let text = serde_json::to_string(self).map_err(|e| ModelError::file(&path, &e))?;
        fs::write(&path, text).map_err(|e| ModelError::file(&path, &e))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::behavior::Piece;

    /// A text of these pieces.
    pub fn text(words: &[&str]) -> ModelText {
        let mut text = ModelText::default();
        for word in words {
            let start = text.text.len();
            text.text.push_str(word);
            text.pieces.push(Piece { range: start..text.text.len(), steps: vec![], files: vec![] });
            text.text.push(' ');
        }
        text
    }

    #[test]
    fn one_feature_reaches_the_closed_form() {
        // One binary feature that splits 3:1 against 1:3; with a weak penalty the log odds are +-ln 3.
        let (with, without) = (text(&["a"]), text(&["b"]));
        let mut rows = Vec::new();
        for i in 0..4 {
            rows.push((&with, i < 3, 1.0));
            rows.push((&without, i == 0, 1.0));
        }
        let model =
            Linear::fit(&rows, LinearSettings { c: 1e6, min_texts: 1, words: 0.0, ..LinearSettings::default() });
        assert!((model.margin(&with) - 3.0f64.ln()).abs() < 1e-3);
        assert!((model.margin(&without) + 3.0f64.ln()).abs() < 1e-3);
    }

    #[test]
    fn pairs_see_order() {
        let (bad, good) = (text(&["read", "send"]), text(&["send", "read"]));
        let rows: Vec<_> = (0..8).flat_map(|_| [(&bad, true, 1.0), (&good, false, 1.0)]).collect();
        let settings = LinearSettings { c: 1.0, ..LinearSettings::default() };
        let with = Linear::fit(&rows, settings);
        assert!(with.margin(&bad) > 1.0 && with.margin(&good) < -1.0);
        assert!(with.weights["read > send"] > 0.0 && with.weights["send > read"] < 0.0);
        let without = Linear::fit(&rows, LinearSettings { pairs: false, ..settings });
        assert!(without.margin(&bad).abs() < 1e-6);
    }

    #[test]
    fn a_piece_never_seen_is_judged_by_its_words() {
        let (bad, good) = (text(&["read secret"]), text(&["read text"]));
        let rows: Vec<_> = (0..8).flat_map(|_| [(&bad, true, 1.0), (&good, false, 1.0)]).collect();
        let settings = LinearSettings { c: 1.0, ..LinearSettings::default() };
        let new = text(&["send secret"]);
        assert!(Linear::fit(&rows, settings).margin(&new) > 0.2);
        assert!(Linear::fit(&rows, LinearSettings { words: 0.0, ..settings }).margin(&new).abs() < 1e-6);
    }

    #[test]
    fn a_saved_model_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Linear::load(folder.path()).unwrap().is_none());
        let (bad, good) = (text(&["read", "send"]), text(&["parse"]));
        let model = Linear::fit(
            &[(&bad, true, 1.0), (&good, false, 1.0)],
            LinearSettings { min_texts: 1, ..LinearSettings::default() },
        );
        model.save(folder.path()).unwrap();
        let read = Linear::load(folder.path()).unwrap().unwrap();
        assert_eq!(read.margin(&bad).to_bits(), model.margin(&bad).to_bits());
    }
}
