//! A checkpoint's `config.json` and ours beside it, `cerebro.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::calibration::Ensemble;
use super::{ModelError, check};
use crate::behavior::{Reading, vocabulary};

/// The shape of a BERT classifier.
#[derive(Debug, Clone)]
pub struct BertConfig {
    /// The network's sizes.
    pub bert: Bert,
    /// Names of the classes, in the order of the logits.
    pub labels: Vec<String>,
    /// The file as it was read, so that keys we do not use survive saving.
    raw: Map<String, Value>,
}

/// What the encoder takes from the file, under the names that Hugging Face gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct Bert {
    /// Words that have a vector.
    pub vocab_size: usize,
    /// Numbers of a token between the layers.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of each layer; they share the hidden size evenly.
    pub num_attention_heads: usize,
    /// Numbers of a token inside a layer.
    pub intermediate_size: usize,
    /// What stands between the two products of a layer.
    pub hidden_act: Activation,
    /// Most tokens of one text.
    pub max_position_embeddings: usize,
    /// Kinds of sentences that have a vector; ours are all of the first.
    pub type_vocab_size: usize,
    /// Standard deviation of weights that are new.
    pub initializer_range: f64,
    /// What keeps the norms from dividing by zero.
    pub layer_norm_eps: f64,
    /// Read so that a network with other positions is refused.
    #[serde(default)]
    pub position_embedding_type: Positions,
}

/// The activation between the two products of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The exact one, by the error function.
    Gelu,
    /// Its approximation by the hyperbolic tangent.
    #[serde(alias = "gelu_pytorch_tanh", alias = "geluapproximate")]
    GeluNew,
    /// What is below zero becomes zero.
    Relu,
}

/// How a network knows where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// By a learnt vector for each place.
    #[default]
    Absolute,
}

/// Keys of the classifier.
#[derive(Deserialize)]
struct Labels {
    id2label: Option<BTreeMap<String, String>>,
    num_labels: Option<usize>,
}

impl BertConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// When it is no configuration of a BERT we can run.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let raw: Map<String, Value> = serde_json::from_str(text)?;
        let bert: Bert = serde_json::from_str(text)?;
        let labels: Labels = serde_json::from_str(text)?;
        let mut named: Vec<(usize, String)> = labels
            .id2label
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(id, name)| Some((id.parse().ok()?, name)))
            .collect();
        named.sort();
        let labels = if named.is_empty() {
            // Hugging Face's own default: two classes. One more than there may be is enough to refuse them.
            let count = labels.num_labels.unwrap_or(2).min(check::CLASSES + 1);
            (0..count).map(|i| format!("LABEL_{i}")).collect()
        } else {
            named.into_iter().map(|(_, name)| name).collect()
        };
        Ok(Self { bert, labels, raw })
    }

    /// The same network for our two classes, with fewer words and layers.
    ///
    /// # Errors
    /// When the result is no configuration, which would be a mistake of ours.
    pub fn for_packages(&self, words: usize, layers: usize) -> Result<Self, serde_json::Error> {
        let mut raw = self.raw.clone();
        // Where the base was on its maker's disk is nobody's business.
        raw.remove("_name_or_path");
        raw.insert("architectures".to_owned(), json!(["BertForSequenceClassification"]));
        raw.insert("vocab_size".to_owned(), json!(words));
        raw.insert("num_hidden_layers".to_owned(), json!(layers));
        raw.insert("pad_token_id".to_owned(), json!(0));
        raw.insert("id2label".to_owned(), json!({"0": "benign", "1": "malicious"}));
        raw.insert("label2id".to_owned(), json!({"benign": 0, "malicious": 1}));
        Self::parse(&Value::Object(raw).to_string())
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", Value::Object(self.raw.clone()))
    }

    /// The index of the class that means malware.
    #[must_use]
    pub fn malicious(&self) -> usize {
        let is = |name: &String| name.to_ascii_lowercase().starts_with("mal");
        self.labels.iter().position(is).unwrap_or(1)
    }

    /// Whether the activation is one that the fused operations know.
    #[must_use]
    pub fn is_gelu(&self) -> bool {
        self.bert.hidden_act == Activation::Gelu
    }
}

/// What Cerebro knows of a model beyond the Hugging Face files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// Name that scans report.
    pub name: String,
    /// How the network's and the linear model's margins make one log odds.
    #[serde(flatten)]
    pub ensemble: Ensemble,
    /// From this probability on a package is flagged.
    pub threshold: f32,
    /// How far a probability was off on held-out campaigns, on average (expected calibration error); `None` where that was
    /// not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration_error: Option<f32>,
    /// Most tokens of a window, `[CLS]` and `[SEP]` included.
    pub window: usize,
    /// Pieces that two windows share.
    pub overlap: usize,
    /// How the packages that it was trained on were read.
    pub reading: Reading,
    /// What wrote the texts that it was trained on; `None` where nobody noted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractor: Option<Extractor>,
    /// What it was trained on, in words.
    pub trained_on: String,
    /// How it was trained.
    pub training: Value,
}

/// What writes the text that a model reads: two with other words, or other steps for the same bytes, are not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extractor {
    /// Raised with every change that gives some package other steps.
    pub version: u32,
    /// Hash of its words.
    pub vocabulary: String,
}

impl Extractor {
    /// That of this program.
    #[must_use]
    pub fn ours() -> Self {
        let table = vocabulary();
        Self { version: table.version, vocabulary: table.hash.clone() }
    }
}

impl fmt::Display for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (vocabulary {})", self.version, self.vocabulary)
    }
}

impl Default for Card {
    fn default() -> Self {
        Self {
            name: String::new(),
            ensemble: Ensemble::default(),
            threshold: 0.5,
            calibration_error: None,
            window: 512,
            overlap: 4,
            reading: Reading::default(),
            extractor: None,
            trained_on: String::new(),
            training: Value::Null,
        }
    }
}

impl Card {
    /// Reads `cerebro.json` of a model folder; the defaults where there is none.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("cerebro.json");
        if !path.exists() {
            return Ok(Self::named(Self::default(), folder));
        }
        let card: Self = serde_json::from_slice(&check::read(&path, check::TEXT)?)
            .map_err(|e| check::refused(&path, &format!("not a model card: {e}")))?;
        match card.fault() {
            Some(fault) => Err(check::refused(&path, &fault)),
            None => Ok(Self::named(card, folder)),
        }
    }

    /// What is wrong with its numbers, if something is.
    fn fault(&self) -> Option<String> {
        let Ensemble { scale, linear_scale, bias } = self.ensemble;
        let numbers = [("scale", scale), ("linear_scale", linear_scale), ("bias", bias)];
        if let Some((name, number)) = numbers.into_iter().find(|(_, number)| !number.is_finite()) {
            return Some(format!("{name} is {number}"));
        }
        let shares = [("threshold", Some(self.threshold)), ("calibration_error", self.calibration_error)];
        let wrong = |(_, share): &(_, Option<f32>)| share.is_some_and(|share| !(0.0..=1.0).contains(&share));
        if let Some((name, Some(share))) = shares.into_iter().find(wrong) {
            return Some(format!("{name} is {share}, which is not from 0 to 1"));
        }
        // `[CLS]`, `[SEP]` and something between them.
        (self.window < 3).then(|| format!("window is {}: no text fits", self.window))
    }

    /// Named after its folder, where it has no name.
    fn named(mut card: Self, folder: &Path) -> Self {
        if card.name.is_empty() {
            card.name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        }
        card
    }

    /// That the texts of its training were written by another extractor than this program's, as one plain sentence.
    #[must_use]
    pub fn mismatch(&self) -> Option<String> {
        let (theirs, ours) = (self.extractor.as_ref()?, Extractor::ours());
        (*theirs != ours).then(|| {
            format!(
                "trained on the texts of extractor {theirs}, but this program is extractor {ours}: probabilities may be off; \
                 train it anew"
            )
        })
    }

    /// The file's text.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#"{"vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 3, "num_attention_heads": 2,
        "intermediate_size": 8, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": 16,
        "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
        "model_type": "bert", "_name_or_path": "somewhere", "gradient_checkpointing": false}"#;

    #[test]
    fn a_base_becomes_a_classifier() {
        let base = BertConfig::parse(BASE).unwrap();
        assert_eq!(base.labels, ["LABEL_0", "LABEL_1"]);
        let ours = base.for_packages(5, 2).unwrap();
        assert_eq!((ours.bert.vocab_size, ours.bert.num_hidden_layers), (5, 2));
        assert_eq!(ours.labels, ["benign", "malicious"]);
        let text = ours.to_json();
        assert!(text.contains("gradient_checkpointing") && !text.contains("somewhere"));
    }

    #[test]
    fn a_card_that_names_another_extractor_says_so() {
        let of = |extractor| Card { extractor, ..Card::default() }.mismatch();
        let ours = Extractor::ours();
        assert_eq!((of(None), of(Some(ours.clone()))), (None, None));
        let other = of(Some(Extractor { vocabulary: "beef".to_owned(), ..ours.clone() })).unwrap();
        assert!(other.contains("beef") && other.contains(&ours.vocabulary), "{other}");
        assert!(of(Some(Extractor { version: ours.version + 1, ..ours })).is_some());
    }

    #[test]
    fn the_malicious_class_is_found_by_name() {
        let text = BASE.replacen('{', r#"{"id2label": {"0": "MALICIOUS", "1": "benign"},"#, 1);
        assert_eq!(BertConfig::parse(&text).unwrap().malicious(), 0);
        assert_eq!(BertConfig::parse(BASE).unwrap().malicious(), 1);
    }
}
