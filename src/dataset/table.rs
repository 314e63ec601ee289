//! The table for people: formats.md 7.3, one row per package, no cell with a structure inside.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::record::Record;
use crate::text::{escape, neutral};

const COLUMNS: [&str; 22] = [
    "record_id",
    "ecosystem",
    "name",
    "version",
    "artifact_sha256",
    "label",
    "confidence",
    "injection",
    "trigger",
    "objective",
    "technique",
    "attack_ids",
    "reviewer",
    "second_reviewer",
    "agreement",
    "decided_at",
    "seconds",
    "score",
    "top_reason",
    "first_bad_version",
    "report_url",
    "spans",
];

/// Columns of the table of marked spans.
pub(super) const SPAN_COLUMNS: [&str; 14] = [
    "record_id",
    "path",
    "file_sha256",
    "byte_start",
    "byte_end",
    "line_start",
    "line_end",
    "layer",
    "layer_sha256",
    "layer_byte_start",
    "layer_byte_end",
    "role",
    "tags",
    "note",
];

/// Columns of the table of indicators.
pub(super) const IOC_COLUMNS: [&str; 5] = ["record_id", "kind", "value", "role", "annotator"];

/// A CSV file with a header.
pub(super) fn rows<W: Write>(out: W, columns: &[&str]) -> io::Result<Writer<W>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(columns).map_err(io_error)?;
    Ok(writer)
}

/// Adds a row, its cells made safe.
pub(super) fn row<W: Write>(writer: &mut Writer<W>, cells: &[String]) -> io::Result<()> {
    writer.write_record(cells.iter().map(|cell| safe(cell, true))).map_err(io_error)
}

/// A CSV file being written.
pub(super) struct Table<W: Write> {
    writer: Writer<W>,
    neutralise: bool,
}

impl<W: Write> Table<W> {
    /// Writes the header.
    pub fn new(out: W, neutralise: bool) -> io::Result<Self> {
        Ok(Self { writer: rows(out, &COLUMNS)?, neutralise })
    }

    /// Writes a row; what nobody has recorded is an empty cell.
    pub fn row(&mut self, record: &Record) -> io::Result<()> {
        // The label that stands is the last one given, so its author is the last annotator.
        let decided = record.annotations.last();
        let second = record.annotations.iter().rev().nth(1);
        let reviewer = |annotation: Option<&super::record::Annotation>| {
            annotation.map(|annotation| annotation.annotator.clone()).unwrap_or_default()
        };
        let score = if record.model.score < 0.0 { String::new() } else { record.model.score.to_string() };
        let cells = [
            record.record_id.clone(),
            record.ecosystem.word().to_owned(),
            record.name.clone(),
            record.version.clone(),
            record.artifact.sha256.clone(),
            record.label.to_string(),
            if record.label_confidence < 0.0 { String::new() } else { record.label_confidence.to_string() },
            record.injection.clone(),
            record.trigger.join(";"),
            record.objective.join(";"),
            record.technique.join(";"),
            record.attack_ids.join(";"),
            reviewer(decided),
            reviewer(second),
            record.agreement.to_string(),
            decided.map(|annotation| annotation.created_at.to_string()).unwrap_or_default(),
            decided.filter(|annotation| annotation.seconds >= 0.0).map(|a| a.seconds.to_string()).unwrap_or_default(),
            score,
            String::new(),
            String::new(),
            String::new(),
            record.spans.len().to_string(),
        ];
        let cells = cells.map(|cell| self.cell(&cell));
        self.writer.write_record(cells).map_err(io_error)
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn cell(&self, cell: &str) -> String {
        safe(cell, self.neutralise)
    }
}

/// Makes a cell safe for terminals and, if wanted, for spreadsheets, which run a text that starts with one of some characters
/// (the wide forms too, in some locales) as a formula.
fn safe(cell: &str, neutralise: bool) -> String {
    let safe = if neutralise { neutral(cell) } else { Cow::Borrowed(cell) };
    escape(&safe).into_owned()
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("=HYPERLINK(1)", true, "'=HYPERLINK(1)")]
    #[case("=HYPERLINK(1)", false, "=HYPERLINK(1)")]
    #[case("+1", true, "'+1")]
    #[case("-1", true, "'-1")]
    #[case("@acme/demo", true, "'@acme/demo")]
    #[case("\tx", true, "'␉x")]
    #[case("\rx", true, "'␍x")]
    #[case("＝1", true, "'＝1")]
    #[case("acme=demo", true, "acme=demo")]
    #[case("a\u{202E}b\u{1B}[2J", false, "a<U+202E>b␛[2J")]
    fn cells_are_safe(#[case] cell: &str, #[case] neutralise: bool, #[case] is: &str) {
        let table = Table::new(Vec::new(), neutralise).unwrap();
        assert_eq!(table.cell(cell), is);
    }
}
