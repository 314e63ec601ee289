//! A training that goes on from a finished model of ours, instead of from a bare BERT checkpoint.
//!
//! The network and its vocabulary are taken over by the training itself. The rest of what the model knows is here: its linear
//! part, which a few new labels could never make from nothing, and the calibration and threshold that were measured for the
//! two together.

use std::path::Path;

use super::store::write_card;
use crate::model::ModelError;
use crate::model::config::Card;
use crate::model::dataset::Example;
use crate::model::linear::{Linear, LinearSettings};

/// What the new model takes over, besides the network.
#[derive(Debug)]
pub struct WarmStart {
    base: Card,
    linear: Option<Linear>,
}

impl WarmStart {
    /// Reads what there is to take over from the model in `base` and lets its linear part learn the examples. `None` where
    /// `base` is no model of ours, and where its packages were read in another way: then its calibration and its linear part
    /// mean nothing for these.
    ///
    /// This is done before the training, which may well write its model over the base.
    ///
    /// # Errors
    /// When a file of the base is damaged.
    pub fn new(base: &Path, examples: &[Example]) -> Result<Option<Self>, ModelError> {
        if !is_ours(base) {
            return Ok(None);
        }
        let card = Card::load(base)?;
        let used: Vec<&Example> = examples.iter().filter(|example| !example.suspect).collect();
        if used.iter().any(|example| example.reading != card.reading) {
            return Ok(None);
        }
        let rows: Vec<_> = used.iter().map(|example| (&example.text, example.malicious, 1.0)).collect();
        let linear = Linear::load(base)?.map(|linear| linear.adapted(&rows, LinearSettings::default()));
        Ok(Some(Self { base: card, linear }))
    }

    /// Writes it into the model that the training has left in `out`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self, out: &Path) -> Result<(), ModelError> {
        let new = Card::load(out)?;
        let card = Card {
            ensemble: self.base.ensemble,
            threshold: self.base.threshold,
            // Most of what it knows it has from there.
            extractor: self.base.extractor,
            trained_on: format!("{}, after the {} of {}", new.trained_on, self.base.trained_on, self.base.name),
            ..new
        };
        if let Some(linear) = self.linear {
            linear.save(out)?;
        }
        write_card(out, &card)
    }
}

/// Whether a folder holds a model that was trained here.
#[must_use]
pub fn is_ours(folder: &Path) -> bool {
    folder.join("cerebro.json").is_file()
}
