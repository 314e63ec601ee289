//! What `cerebro ledger agreement` prints.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::ledger::{AgreementReport, Estimate};
use crate::text::{escape, many};

/// The report as JSON, schema `cerebro-agreement/1`.
///
/// # Errors
/// None that a report leads to.
pub fn document(report: &AgreementReport) -> serde_json::Result<Value> {
    let mut document = json!({ "schema": "cerebro-agreement/1" });
    if let (Some(fields), Value::Object(more)) = (document.as_object_mut(), serde_json::to_value(report)?) {
        fields.extend(more);
    }
    Ok(document)
}

/// The report for people.
#[must_use]
pub fn table(report: &AgreementReport) -> String {
    let packages = many(report.packages, "package", "packages");
    let who: Vec<String> = report.analysts.iter().map(|who| escape(who).into_owned()).collect();
    let mut text = match who.is_empty() {
        true => "no package has two labels that were given without sight of each other\n".to_owned(),
        false => format!("{packages} with independent labels of {}\n", who.join(", ")),
    };
    // Writing to a string cannot fail.
    if report.in_sight > 0 {
        let more = many(report.in_sight, "package is", "packages are");
        let _ = writeln!(text, "{more} not counted: a later label was given in sight of an earlier one");
    }
    let _ = writeln!(text, "disagreements: {} open, {} decided", report.open, report.adjudicated);
    if report.packages > 0 {
        let _ = writeln!(text, "\n{:<22}{:>9}{:>7}  {:<22}{:<22}", "label", "packages", "agree", "kappa", "alpha");
        for row in &report.agreement {
            let label = row.label.map_or_else(|| "all".to_owned(), |label| label.to_string());
            let (kappa, alpha) = (shown(row.kappa), shown(row.alpha));
            let line = format!("{label:<22}{:>9}{:>7}  {kappa:<22}{alpha}", row.packages, row.agreed);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push_str("in brackets: the interval of 95 % by 1000 draws; -: not defined\n");
    }
    if !report.pace.is_empty() {
        let _ = writeln!(text, "\n{:<22}{:>9}{:>9}{:>9}", "analyst", "labels", "median", "90 %");
        for pace in &report.pace {
            let (median, p90) = (format!("{:.0} s", pace.median), format!("{:.0} s", pace.p90));
            let _ = writeln!(text, "{:<22}{:>9}{median:>9}{p90:>9}", escape(&pace.actor), pace.decisions);
        }
    }
    text
}

fn shown(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "-".to_owned(), |e| format!("{:.2} [{:.2}, {:.2}]", e.value, e.low, e.high))
}
