//! What the subcommands share: columns, and files that are whole or not there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::width;

/// How an answer is printed that is one object or a text for people.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Format {
    Json,
    Text,
}

/// The file that `--out` names; `None` for standard output.
pub fn file(out: Option<&Path>) -> Option<&Path> {
    out.filter(|path| *path != Path::new("-"))
}

/// Writes a file that takes its name only when it is complete: a reader must never find half of it.
///
/// # Errors
/// What is wrong, with the path.
pub fn replace<T, E: std::fmt::Display>(path: &Path, write: impl FnOnce(&File) -> Result<T, E>) -> Result<T, String> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let refused = |error: io::Error| format!("cannot write {}: {error}", path.display());
    let file = File::create(&partial).map_err(refused)?;
    let written = write(&file).map_err(|error| format!("{}: {error}", path.display()));
    let finished = written.and_then(|answer| {
        file.sync_all().and_then(|()| fs::rename(&partial, path)).map_err(refused)?;
        Ok(answer)
    });
    if finished.is_err() {
        // The error that led here is the one to tell.
        let _ = fs::remove_file(&partial);
    }
    finished
}

/// Cuts an escaped text to a number of terminal columns, with `…` where something is missing.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used >= columns {
            break;
        }
        shown.push_str(grapheme);
    }
    if columns > 0 {
        shown.push('…');
    }
    shown
}

/// Cuts or pads an escaped text to exactly a number of terminal columns.
pub fn fit(text: &str, columns: usize) -> String {
    let mut shown = cut(text, columns);
    let missing = columns.saturating_sub(width(&shown));
    shown.extend(std::iter::repeat_n(' ', missing));
    shown
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("abc", 5, "abc  ")]
    #[case("abcde", 5, "abcde")]
    #[case("abcdef", 5, "abcd…")]
    #[case("日本語", 6, "日本語")]
    #[case("日本語", 5, "日本…")]
    #[case("日本語", 4, "日… ")]
    #[case("abc", 1, "…")]
    #[case("abc", 0, "")]
    fn fits_by_columns_not_by_characters(#[case] text: &str, #[case] columns: usize, #[case] shown: &str) {
        assert_eq!(fit(text, columns), shown);
    }
}
