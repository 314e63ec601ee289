//! How a model is trained.

use serde::{Deserialize, Serialize};

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
    /// Share of texts of which some pieces are masked.
    pub masked_texts: f64,
    /// Up to this share of the pieces of such a text is masked.
    pub masked_pieces: f64,
    /// How much what a single file tells counts in training beside its package, which counts 1; 0 trains on whole texts
    /// only.
    pub files: f64,
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
            masked_texts: 0.5,
            masked_pieces: 0.3,
            files: 0.5,
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
