//! Feeds: one JSON object a line, `path` and what is known of the package that lies there.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::package::Ecosystem;
use crate::text::escape;

/// Longest line that is read: a path and a few words.
const LINE: u64 = 1 << 20;

/// A line of a feed. Further fields are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The feed and the line's number, to say where something is wrong; escaped.
    pub at: String,
    /// Where the package lies; a relative path counts from the feed's folder.
    pub path: PathBuf,
    /// Its name, for packages that do not tell it.
    pub name: Option<String>,
    /// Its version, likewise.
    pub version: Option<String>,
    /// `npm` or `pypi`, likewise.
    pub ecosystem: Option<Ecosystem>,
    /// SHA-256 that the archive must have.
    pub sha256: Option<String>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Line {
    /// Reads a line; where it cannot be used, everything that is wrong with it in words.
    fn of(line: &[u8]) -> Result<Self, String> {
        let fields = match serde_json::from_slice::<Value>(line) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return Err("it is no JSON object; write {\"path\":\"...\"}".to_owned()),
            Err(e) if e.is_eof() => return Err("the JSON object breaks off at the end of the line".to_owned()),
            Err(e) => return Err(format!("it is not JSON from column {} on", e.column())),
        };
        let mut faults = Vec::new();
        let text = |fields: &Map<String, Value>, name: &str, faults: &mut Vec<String>| match fields.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                faults.push(format!("{name} is no text in quotes"));
                None
            }
        };
        let mut field = |name| text(&fields, name, &mut faults);
        let (path, name, version, source) = (field("path"), field("name"), field("version"), field("source"));
        let (ecosystem, sha256, published) = (field("ecosystem"), field("sha256"), field("published"));
        let ecosystem = ecosystem.and_then(|word| {
            let known = serde_json::from_value(Value::String(word)).ok();
            known.or_else(|| {
                faults.push("ecosystem is neither npm nor pypi".to_owned());
                None
            })
        });
        if sha256.as_ref().is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            faults.push("sha256 is not 64 hexadecimal digits".to_owned());
        }
        let published = published.and_then(|time| {
            time.parse().ok().or_else(|| {
                faults.push("published is no time such as 2026-11-20T18:01:00Z".to_owned());
                None
            })
        });
        if fields.get("path").is_none_or(Value::is_null) || path.as_deref() == Some("") {
            faults.insert(0, "path is missing: where the package lies".to_owned());
        }
        match path.filter(|_| faults.is_empty()) {
            Some(path) => {
                let (at, path) = (String::new(), PathBuf::from(path));
                Ok(Self { at, path, name, version, ecosystem, sha256, published, source })
            }
            None => Err(faults.join("; ")),
        }
    }
}

/// Reads a feed: its lines, and what is wrong with those that cannot be used.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path) -> Result<(Vec<Line>, Vec<String>), String> {
    let shown = escape(&path.to_string_lossy()).into_owned();
    let file = File::open(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    parse(BufReader::new(file), &shown, path.parent().unwrap_or(Path::new("")))
}

/// Reads a feed that is called `shown` and lies in a folder.
///
/// # Errors
/// As for [`read`].
pub fn parse(mut reader: impl BufRead, shown: &str, folder: &Path) -> Result<(Vec<Line>, Vec<String>), String> {
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for number in 1_usize.. {
        let mut line = Vec::new();
        let read = std::io::Read::take(&mut reader, LINE).read_until(b'\n', &mut line);
        if read.map_err(|e| format!("cannot read {shown}: {e}"))? == 0 {
            break;
        }
        if line.len() as u64 == LINE && !line.ends_with(b"\n") {
            return Err(format!("{shown}: line {number} is longer than {LINE} bytes; this is no feed"));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let at = format!("{shown}: line {number}");
        match Line::of(&line) {
            Ok(line) => lines.push(Line { at, path: folder.join(&line.path), ..line }),
            Err(what) => wrong.push(format!("{at}: {what}")),
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
                    not json\n{\"name\":7,\"ecosystem\":\"gem\",\"sha256\":\"12\",\"published\":\"soon\"}\n[]\n{\"path\":\n{\"path\":\"/abs.whl\",\"ecosystem\":\"pypi\",\"source\":\"new releases\"}";
        std::fs::write(&path, feed).unwrap();
        let (lines, wrong) = read(&path).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].path, folder.path().join("a/b.tgz"));
        assert!(lines[1].at.ends_with("feed.jsonl: line 7"));
        assert_eq!(lines[0].published, Some("2026-11-20T18:01:00Z".parse().unwrap()));
        assert_eq!((lines[1].path.as_path(), lines[1].ecosystem), (Path::new("/abs.whl"), Some(Ecosystem::Pypi)));
        let wrong: Vec<&str> = wrong.iter().map(|what| what.split_once("feed.jsonl: ").unwrap().1).collect();
        let expected = [
            "line 3: it is not JSON from column 2 on",
            "line 4: path is missing: where the package lies; name is no text in quotes; ecosystem is neither npm nor pypi; \
             sha256 is not 64 hexadecimal digits; published is no time such as 2026-11-20T18:01:00Z",
            "line 5: it is no JSON object; write {\"path\":\"...\"}",
            "line 6: the JSON object breaks off at the end of the line",
        ];
        assert_eq!(wrong, expected);
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
