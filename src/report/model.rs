//! The model that gave an answer, as documents name it.

use serde::{Deserialize, Serialize};

use crate::model::Model;

/// Name and hash, and whether it fits this program.
#[derive(Debug, Serialize, Deserialize)]
pub struct ModelLine {
    name: String,
    hash: String,
    /// One sentence where it was trained on the texts of another extractor.
    mismatch: Option<String>,
}

impl ModelLine {
    /// Of a loaded model.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self { name: model.name().to_owned(), hash: model.hash().to_owned(), mismatch: model.mismatch() }
    }
}
