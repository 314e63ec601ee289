//! YARA-X: `yr scan --output-format ndjson`, one object for each file; with `--print-strings` it tells where. `--output-format
//! json` has the same objects under `matches`.

use serde_json::Value;

use super::{At, Found, Scan, by_findings, level};
use crate::evidence::Level;
use crate::external::format::{list, text};

pub(in crate::external) fn read(values: &[Value]) -> Option<Scan> {
    let files: Vec<&Value> = match values {
        [one] if one.get("matches").is_some_and(Value::is_array) && one.get("version").is_some() => {
            list(one, "matches").iter().collect()
        }
        _ => values.iter().collect(),
    };
    let is_file = |value: &&Value| {
        let rules = value.get("rules").is_some_and(Value::is_array) || value.get("rule").is_some_and(Value::is_string);
        rules && value.get("path").or(value.get("file")).is_some_and(Value::is_string)
    };
    if !files.iter().all(is_file) {
        return None;
    }
    let mut findings = Vec::new();
    for file in files {
        let path = Some(text(file, "path")).filter(|path| !path.is_empty()).unwrap_or(text(file, "file"));
        match list(file, "rules") {
            [] if file.get("rule").is_some() => findings.extend(rule(file, text(file, "rule"), path)),
            rules => {
                for found in rules {
                    findings.extend(rule(found, text(found, "identifier"), path));
                }
            }
        }
    }
    let (says, words) = by_findings(&findings);
    Some(Scan { source: "YARA-X".to_owned(), says, words, findings })
}

/// A rule that matched, once for each place.
fn rule(rule: &Value, name: &str, path: &str) -> Vec<Found> {
    let meta = rule.get("meta").unwrap_or(&Value::Null);
    let of = |wanted: &[&str]| wanted.iter().find_map(|name| meta_text(meta, name)).unwrap_or_default();
    let found = Found {
        rule: name.to_owned(),
        message: of(&["description", "desc", "message"]).to_owned(),
        level: level(of(&["severity", "level", "threat_level"])).unwrap_or(Level::Medium),
        path: path.to_owned(),
        at: At::File,
        matched: String::new(),
    };
    let mut all: Vec<Found> = list(rule, "strings")
        .iter()
        .filter_map(|string| {
            let number = |name: &str| string.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok());
            let offset = number("offset").or_else(|| number("start"))?;
            let matched = text(string, "match");
            let length = number("length").unwrap_or_else(|| length(matched));
            Some(Found { at: At::Bytes { offset, length }, ..found.clone() })
        })
        .collect();
    if all.is_empty() {
        all.push(found);
    }
    all
}

/// A member of `meta`, which is an object or a list of pairs.
fn meta_text<'v>(meta: &'v Value, name: &str) -> Option<&'v str> {
    match meta {
        Value::Object(members) => members.get(name)?.as_str(),
        Value::Array(pairs) => {
            pairs.iter().find(|pair| pair.get(0).and_then(Value::as_str) == Some(name))?.get(1)?.as_str()
        }
        _ => None,
    }
}

/// How many bytes a match has, as it is printed: escapes are one byte, and what was cut is counted at its end.
fn length(matched: &str) -> usize {
    let (shown, more) = match matched.rsplit_once(" ... ") {
        Some((shown, rest)) => match rest.strip_suffix(" more bytes").map(str::parse::<usize>) {
            Some(Ok(more)) => (shown, more),
            _ => (matched, 0),
        },
        None => (matched, 0),
    };
    let mut count: usize = 0;
    let mut rest = shown;
    while let Some(first) = rest.chars().next() {
        let taken = match rest.as_bytes() {
            [b'\\', b'x', _, _, ..] => 4,
            [b'\\', _, ..] => 2,
            _ => first.len_utf8(),
        };
        rest = rest.get(taken..).unwrap_or_default();
        count += 1;
    }
    count.saturating_add(more)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_length_of_a_match_is_counted_in_bytes() {
        assert_eq!(super::length(r"abc"), 3);
        assert_eq!(super::length(r"a\x00\n\\b"), 5);
        assert_eq!(super::length("abc ... 20 more bytes"), 23);
        assert_eq!(super::length("abc ... more bytes"), 18);
    }
}
