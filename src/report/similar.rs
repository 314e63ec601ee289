//! The known cases that a package is like: schema `cerebro-similar/1`.

use serde::Serialize;

use super::head::Head;
use crate::case::Case;
use crate::ledger::Label;
use crate::queue::known::Match;

/// The whole answer. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    sha256: &'a str,
    similar: Vec<Line<'a>>,
}

/// A known case.
#[derive(Debug, Serialize)]
struct Line<'a> {
    sha256: &'a str,
    name: &'a str,
    version: &'a str,
    label: Option<Label>,
    /// The list that knows the hash as bad.
    list: Option<&'a str>,
    /// The file of this package that the hash is of.
    file: Option<&'a str>,
    same: bool,
    code: Option<f64>,
    behavior: Option<f64>,
    /// Behaviors that only this package has.
    only_here: &'a [String],
    /// Behaviors that only the known case has.
    only_there: &'a [String],
}

/// A known case, with the lines of behavior in which the two differ.
pub type Compared = (Match, (Vec<String>, Vec<String>));

impl<'a> Document<'a> {
    /// What is known.
    #[must_use]
    pub fn new(case: &'a Case, found: &'a [Compared]) -> Self {
        let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        let line = |(known, (only_here, only_there)): &'a Compared| Line {
            sha256: &known.sha256,
            name: &known.name,
            version: &known.version,
            label: known.label,
            list: some(&known.list),
            file: some(&known.file),
            same: known.same,
            code: known.code,
            behavior: known.behavior,
            only_here,
            only_there,
        };
        Self {
            head: Head::new("cerebro-similar/1", case),
            sha256: &case.package.sha256,
            similar: found.iter().map(line).collect(),
        }
    }
}
