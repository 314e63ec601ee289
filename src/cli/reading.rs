//! The options that say how packages are read.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use strum::VariantNames;

use crate::behavior::{Part, Reading, Vocabulary};

/// How packages are read; the defaults are those of the shipped model.
#[derive(Debug, Clone, clap::Args)]
pub struct ReadAs {
    /// extended: details, each once per phase, and package facts; paper: the published sequence of 16 phrases.
    #[arg(long, value_name = "WORDS", default_value = "extended", value_parser = named::<Vocabulary>())]
    vocabulary: Vocabulary,
    /// Leave a part of the analysis out, to measure what it is worth; may be given several times.
    #[arg(long, value_name = "PART", value_parser = named::<Part>())]
    without: Vec<Part>,
}

/// Parses one of an enum's names.
fn named<T>() -> impl TypedValueParser<Value = T>
where
    T: FromStr + VariantNames + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::VARIANTS).try_map(|name| name.parse::<T>())
}

impl ReadAs {
    /// The reading that they name.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { vocabulary: self.vocabulary, without: self.without.iter().copied().collect() }
    }
}
