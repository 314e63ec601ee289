//! How a model is trained.

use serde::{Deserialize, Serialize};

use crate::model::ModelError;
use crate::model::config::BertConfig;

/// How a model is trained. Recorded in its `cerebro.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Passes over the data.
    pub epochs: usize,
    /// Packages per step.
    pub batch: usize,
    /// Peak learning rate.
    pub rate: f64,
    /// Share of the steps in which the rate rises.
    pub warm_up: f64,
    /// Weight decay.
    pub decay: f64,
    /// Largest norm of a step's gradient.
    pub clip: f64,
    /// Share of values dropped.
    pub dropout: f32,
    /// How far the four kinds (ecosystem and class) are levelled: 0 not at all, 1 fully.
    pub balance: f64,
    /// How far families are levelled: 0 counts every package alike, 1 every family.
    pub family: f64,
    /// How much an ordinary benign project counts beside a popular package, which counts 1.
    pub ordinary: f64,
    /// How much a benign package counts that talks, spawns and reads as malware does.
    pub talkative: f64,
    /// Share of texts of which some pieces are masked.
    pub masked_texts: f64,
    /// Up to this share of the pieces of such a text is masked.
    pub masked_pieces: f64,
    /// How much what a single file tells counts in training beside its package, which counts 1; 0 trains on whole texts
    /// only.
    pub files: f64,
    /// How much attacks of these years that are put into benign packages count in sum, beside the malicious packages of their
    /// ecosystem, which count 1; 0 trains without.
    #[serde(default)]
    pub implants: f64,
    /// How many of them an ecosystem gets, at most as many as it has benign packages.
    #[serde(default)]
    pub implanted: usize,
    /// Share of long texts of which a later window is read instead of the first.
    pub later_windows: f64,
    /// Layers kept, the first of the base; 0 keeps all.
    pub layers: usize,
    /// Most tokens of a window.
    pub window: usize,
    /// Pieces that two windows share.
    pub overlap: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Parts into which a step's packages are split to be worked on side by side.
    pub parts: usize,
    /// Steps between checkpoints; 0 writes none.
    pub checkpoint: usize,
}

impl Settings {
    /// Refuses settings with which nothing can be learnt, whatever the base is.
    ///
    /// # Errors
    /// Names the first option that makes no sense, and what it may be.
    pub fn check(&self) -> Result<(), ModelError> {
        let share = |share: f64| (0.0..=1.0).contains(&share);
        let (epochs, batch, window) = (self.epochs, self.batch, self.window);
        let checks: [(&'static str, String, bool, &str); 6] = [
            ("epochs", epochs.to_string(), epochs > 0, "the data must be passed at least once; give 1 or more"),
            ("batch", batch.to_string(), batch > 0, "a step takes at least one package; give 1 or more"),
            (
                "lr",
                self.rate.to_string(),
                self.rate.is_finite() && self.rate > 0.0,
                "a learning rate is a number above 0; 1e-4 is usual",
            ),
            // `[CLS]`, `[SEP]` and something between them.
            ("window", window.to_string(), window > 2, "no text fits; give 3 or more, 256 is usual"),
            ("balance", self.balance.to_string(), share(self.balance), "a share is a number from 0 to 1"),
            ("masked", self.masked_texts.to_string(), share(self.masked_texts), "a share is a number from 0 to 1"),
        ];
        match checks.into_iter().find(|(.., sound, _)| !sound) {
            Some((name, value, _, what)) => Err(ModelError::Setting { name, value, what: what.to_owned() }),
            None => Ok(()),
        }
    }

    /// Refuses settings that the base cannot follow.
    ///
    /// # Errors
    /// Names the option, and what the base has.
    pub(super) fn check_for(&self, base: &BertConfig) -> Result<(), ModelError> {
        let (layers, positions) = (base.bert.num_hidden_layers, base.bert.max_position_embeddings);
        let (name, value, what) = if self.layers > layers {
            ("layers", self.layers, format!("the base has {layers}; give 1 to {layers}, or 0 to keep all"))
        } else if self.window > positions {
            ("window", self.window, format!("the base reads at most {positions} tokens at once; give no more"))
        } else {
            return Ok(());
        };
        Err(ModelError::Setting { name, value: value.to_string(), what })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epochs: 3,
            batch: 24,
            rate: 1e-4,
            warm_up: 0.1,
            decay: 0.01,
            clip: 1.0,
            dropout: 0.1,
            balance: 0.5,
            family: 0.7,
            ordinary: 4.0,
            talkative: 8.0,
            masked_texts: 0.5,
            masked_pieces: 0.3,
            files: 0.5,
            implants: 0.1,
            implanted: 300,
            later_windows: 0.2,
            layers: 0,
            window: 256,
            overlap: 4,
            seed: 1,
            parts: 2,
            checkpoint: 100,
        }
    }
}
