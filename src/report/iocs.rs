//! The indicators of one package: schema `cerebro-iocs/1`, and a table.

use serde::Serialize;

use super::dossier::Dossier;
use super::head::Head;
use super::indicator::Indicator;
use super::table;
use crate::ledger::IndicatorRole;
use crate::package::Skip;

/// The whole answer. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    sha256: &'a str,
    indicators: Vec<Given<'a>>,
    skipped: Vec<&'a Skip>,
}

#[derive(Debug, Serialize)]
struct Given<'a> {
    #[serde(flatten)]
    indicator: Indicator<'a>,
    /// As nothing makes a link of it.
    defanged: String,
    /// The role that an analyst gave it.
    given: Option<IndicatorRole>,
    /// Whether it is part of the attack: by the analyst's word, else by what the code does with it.
    attack: bool,
}

impl<'a> Document<'a> {
    /// The indicators of a case with what was decided on them.
    #[must_use]
    pub fn new(dossier: &Dossier<'a>) -> Self {
        let case = dossier.case;
        Self {
            head: Head::new("cerebro-iocs/1", case),
            sha256: &case.package.sha256,
            indicators: case
                .indicators
                .iter()
                .map(|indicator| Given {
                    defanged: indicator.defanged(),
                    given: dossier.decided.role(indicator),
                    attack: dossier.purpose(indicator).is_some(),
                    indicator: Indicator::new(case, indicator),
                })
                .collect(),
            skipped: case.skipped(),
        }
    }
}

/// All indicators as CSV, defanged; a role that no analyst gave is marked as found.
#[must_use]
pub fn csv(dossier: &Dossier) -> String {
    let rows: Vec<_> = dossier
        .case
        .indicators
        .iter()
        .map(|indicator| {
            let role = match dossier.decided.role(indicator) {
                Some(role) => role.to_string(),
                None => format!("{} (found)", indicator.role.word()),
            };
            table::row(dossier.case, indicator, role)
        })
        .collect();
    table::csv(&rows)
}
