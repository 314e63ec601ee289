//! Feeds: one JSON object a line, `path` and what is known of the package that lies there.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use crate::package::Ecosystem;
use crate::text::escape;

/// Longest line that is read: a path and a few words.
const LINE: u64 = 1 << 20;

/// A line of a feed. Further fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Line {
    /// Where the package lies; a relative path counts from the feed's folder.
    pub path: PathBuf,
    /// Its name, for packages that do not tell it.
    #[serde(default)]
    pub name: Option<String>,
    /// Its version, likewise.
    #[serde(default)]
    pub version: Option<String>,
    /// `npm` or `pypi`, likewise.
    #[serde(default)]
    pub ecosystem: Option<Ecosystem>,
    /// SHA-256 that the archive must have.
    #[serde(default)]
    pub sha256: Option<String>,
    /// When it was published.
    #[serde(default)]
    pub published: Option<Timestamp>,
    /// Where it comes from.
    #[serde(default)]
    pub source: Option<String>,
}

/// Reads a feed: its lines, and what is wrong with those that cannot be used.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path) -> Result<(Vec<Line>, Vec<String>), String> {
    let shown = escape(&path.to_string_lossy()).into_owned();
    let file = File::open(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    let mut reader = BufReader::new(file);
    for number in 1_usize.. {
        let mut line = Vec::new();
        let read = std::io::Read::take(&mut reader, LINE).read_until(b'\n', &mut line);
        if read.map_err(|e| format!("cannot read {shown}: {e}"))? == 0 {
            break;
        }
        if line.len() as u64 == LINE && !line.ends_with(b"\n") {
            return Err(format!("{shown}:{number}: the line is longer than {LINE} bytes; this is no feed"));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(line) => lines.push(Line { path: folder.join(&line.path), ..line }),
            Err(e) => wrong.push(format!("{shown}:{number}: {}", escape(&e.to_string()))),
        }
    }
    Ok((lines, wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_relative_paths_count_from_the_feed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.jsonl");
        let feed = "{\"path\":\"a/b.tgz\",\"name\":\"demo\",\"published\":\"2026-11-20T18:01:00Z\",\"more\":[1]}\n\n\
                    not json\n{\"name\":\"x\"}\n{\"path\":\"/abs.whl\",\"ecosystem\":\"pypi\",\"source\":\"new releases\"}";
        std::fs::write(&path, feed).unwrap();
        let (lines, wrong) = read(&path).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].path, folder.path().join("a/b.tgz"));
        assert_eq!(lines[0].published, Some("2026-11-20T18:01:00Z".parse().unwrap()));
        assert_eq!((lines[1].path.as_path(), lines[1].ecosystem), (Path::new("/abs.whl"), Some(Ecosystem::Pypi)));
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].contains("feed.jsonl:3: ") && wrong[1].contains("missing field `path`"), "{wrong:?}");
    }

    #[test]
    fn a_line_without_end_is_no_feed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.jsonl");
        std::fs::write(&path, "x".repeat((LINE + 5) as usize)).unwrap();
        assert!(read(&path).unwrap_err().contains("this is no feed"));
        assert!(read(&folder.path().join("missing")).unwrap_err().contains("cannot read"));
    }
}
