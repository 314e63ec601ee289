//! The indicators of a case as a table for a report or a spreadsheet, defanged.

use csv::{Terminator, WriterBuilder};

use super::prose::{self, Prose as _};
use crate::case::{Case, story};
use crate::evidence::Indicator;
use crate::text::{escape, neutral};

/// A row of the table; all of it untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndicatorRow {
    /// What it is for, in a word.
    pub role: String,
    /// Its sort, in a word.
    pub kind: String,
    /// The value, defanged.
    pub value: String,
    /// Service, currency, algorithm, how it is written.
    pub notes: String,
    /// Where it stands first.
    pub place: String,
    /// At how many places it stands.
    pub places: usize,
}

const COLUMNS: [&str; 6] = ["role", "kind", "indicator", "notes", "first place", "places"];

impl IndicatorRow {
    fn cells(&self) -> [String; 6] {
        let Self { role, kind, value, notes, place, places } = self;
        let cell = |text: &String| escape(text).into_owned();
        [cell(role), cell(kind), cell(value), cell(notes), cell(place), places.to_string()]
    }
}

/// The row of an indicator in the role that is named.
#[must_use]
pub fn row(case: &Case, indicator: &Indicator, role: String) -> IndicatorRow {
    let place = indicator.places.first().map(|place| story::place(case, place.doc, Some(place.span)).plain());
    IndicatorRow {
        role,
        kind: indicator.kind.word().to_owned(),
        value: indicator.defanged(),
        notes: notes(indicator),
        place: place.unwrap_or_default(),
        places: indicator.places.len() + indicator.more,
    }
}

/// An indicator's class and how it is written.
#[must_use]
pub fn notes(indicator: &Indicator) -> String {
    let notes = [indicator.class.as_str(), indicator.odd.as_deref().unwrap_or("")];
    notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The rows as a Markdown table.
#[must_use]
pub fn markdown(rows: &[IndicatorRow]) -> String {
    let mut text = format!("| {} |\n|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    for row in rows {
        let [role, kind, value, notes, place, places] = row.cells();
        let (value, place) = (code(&value), code(&place));
        let [role, kind, notes] = [role, kind, notes].map(|cell| plain(&cell));
        text.push_str(&format!("| {role} | {kind} | {value} | {notes} | {place} | {places} |\n"));
    }
    text
}

/// A cell in which nothing is formatted.
fn code(cell: &str) -> String {
    prose::code(cell).replace('|', "\\|")
}

fn plain(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    for c in cell.chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '\\' | '&' | '!' | '#') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

/// The rows as CSV with a header; a spreadsheet runs no cell as a formula.
#[must_use]
pub fn csv(rows: &[IndicatorRow]) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for row in rows {
        let _ = writer.write_record(row.cells().map(|cell| neutral(&cell).into_owned()));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<IndicatorRow> {
        let row = |value: &str, notes: &str| IndicatorRow {
            role: "exfil".to_owned(),
            kind: "url".to_owned(),
            value: value.to_owned(),
            notes: notes.to_owned(),
            place: "lib/a|b.js › base64:1:7".to_owned(),
            places: 3,
        };
        vec![row("hxxps://a[.]example[.]com/`x`\u{1B}[2J", "*bold*"), row("=cmd()", "")]
    }

    #[test]
    fn nothing_in_a_markdown_table_is_formatted_or_breaks_it() {
        let expected = "| role | kind | indicator | notes | first place | places |\n|---|---|---|---|---|---|\n\
            | exfil | url | `` hxxps://a[.]example[.]com/`x`␛[2J `` | \\*bold\\* | `lib/a\\|b.js › base64:1:7` | 3 |\n\
            | exfil | url | `=cmd()` |  | `lib/a\\|b.js › base64:1:7` | 3 |\n";
        assert_eq!(markdown(&rows()), expected);
    }

    #[test]
    fn a_spreadsheet_runs_nothing() {
        let text = csv(&rows());
        assert!(text.starts_with("role,kind,indicator,notes,first place,places\n"), "{text}");
        assert!(text.contains(",'=cmd(),") && text.contains("␛[2J") && !text.contains('\u{1B}'), "{text}");
    }
}
