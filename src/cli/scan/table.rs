//! A scan for people: one row per package, aligned while it streams.

use std::io::{self, Write};

use crate::case::State;
use crate::cli::fit;
use crate::report::scan::Document;
use crate::text::escape;

/// Above the first row.
pub const HEADER: &str = "STATE         PROB    STEPS  SKIPPED  KIND     PACKAGE                           PATH";

/// Most new steps that are listed; the JSON form has them all.
const NEW_STEPS: usize = 10;

/// Writes the row of a package, and below it the new steps where a former version was named.
pub fn write(out: &mut impl Write, report: &Document) -> io::Result<()> {
    writeln!(out, "{}", row(report))?;
    for step in report.new_steps.iter().take(NEW_STEPS) {
        writeln!(out, "  {:+.2}  {}  {}:{}", step.score, escape(&step.words()), escape(&step.file), step.line)?;
    }
    match report.new_steps.len().checked_sub(NEW_STEPS) {
        Some(more @ 1..) => writeln!(out, "  and {more} more new steps; --format jsonl has them all"),
        _ => Ok(()),
    }
}

/// One row. Widths are fixed, since rows are printed before the next package is known.
fn row(report: &Document) -> String {
    let state = match (&report.error, report.state) {
        (Some(_), _) => "error",
        (None, State::Malicious) => "malicious",
        (None, State::Benign) => "benign",
        (None, State::CannotJudge) => "cannot judge",
    };
    let kind = report.ecosystem.word();
    let package = match (&report.name, &report.version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => name.clone(),
        (None, _) => String::new(),
    };
    let probability = report.probability.map(|p| format!("{p:.4}")).unwrap_or_default();
    // An error names the path itself.
    let last = report.error.as_deref().unwrap_or(&report.path);
    format!(
        "{state:<12}  {probability:<6}  {steps:>5}  {skipped:>7}  {kind:<7}  {package}  {last}",
        steps = report.steps,
        skipped = report.skipped.len(),
        package = fit(&escape(&package), 32),
        last = escape(last),
    )
}
