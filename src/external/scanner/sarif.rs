//! SARIF 2.1.0: results of any tool.

use std::collections::HashMap;

use serde_json::Value;

use super::{At, Found, Scan, by_findings, level};
use crate::evidence::Level;
use crate::external::format::{list, text};

pub(in crate::external) fn read(value: &Value) -> Option<Scan> {
    let version = text(value, "version");
    if !version.starts_with("2.") || !value.get("runs").is_some_and(Value::is_array) {
        return None;
    }
    let mut sources: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for run in list(value, "runs") {
        let driver = run.get("tool").and_then(|tool| tool.get("driver")).unwrap_or(&Value::Null);
        let name = Some(text(driver, "name")).filter(|name| !name.is_empty()).unwrap_or("SARIF");
        if !sources.contains(&name) {
            sources.push(name);
        }
        let rules: HashMap<&str, &Value> = list(driver, "rules").iter().map(|rule| (text(rule, "id"), rule)).collect();
        let results = list(run, "results").iter();
        // What the tool itself says to be none, or hidden by a suppression, is no finding.
        let told = results.filter(|result| {
            matches!(text(result, "kind"), "" | "fail" | "open" | "review") && list(result, "suppressions").is_empty()
        });
        for result in told {
            findings.extend(places(result, run, &rules));
        }
    }
    let source = if sources.is_empty() { "SARIF".to_owned() } else { sources.join(", ") };
    let (says, words) = by_findings(&findings);
    Some(Scan { source, says, words, findings })
}

/// A result, once for each place; once without a place where it names none.
fn places(result: &Value, run: &Value, rules: &HashMap<&str, &Value>) -> Vec<Found> {
    let rule = Some(text(result, "ruleId"))
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| result.get("rule").map_or("", |rule| text(rule, "id")));
    let by_default =
        rules.get(rule).and_then(|rule| rule.get("defaultConfiguration")).map_or("", |config| text(config, "level"));
    let own = text(result, "level");
    let found = Found {
        rule: rule.to_owned(),
        message: message(result, rules.get(rule).copied()),
        level: level(own).or(level(by_default)).unwrap_or(Level::Medium),
        path: String::new(),
        at: At::File,
        matched: String::new(),
    };
    let located = list(result, "locations").iter().filter_map(|location| location.get("physicalLocation"));
    let mut all: Vec<Found> = located
        .map(|place| {
            let artifact = place.get("artifactLocation").unwrap_or(&Value::Null);
            let region = place.get("region").unwrap_or(&Value::Null);
            let matched = region.get("snippet").map_or("", |snippet| text(snippet, "text"));
            Found { path: uri(artifact, run), at: at(region), matched: matched.to_owned(), ..found.clone() }
        })
        .collect();
    if all.is_empty() {
        all.push(found);
    }
    all
}

/// The message: its text, or that of the rule that it names.
fn message(result: &Value, rule: Option<&Value>) -> String {
    let own = result.get("message").unwrap_or(&Value::Null);
    let said = text(own, "text");
    if !said.is_empty() {
        return said.to_owned();
    }
    let strings = rule.and_then(|rule| rule.get("messageStrings")).and_then(|strings| strings.get(text(own, "id")));
    strings.map_or("", |string| text(string, "text")).to_owned()
}

/// The path of an artifact, which may be named by its number; without what percent signs stand for.
fn uri(artifact: &Value, run: &Value) -> String {
    let by_number = || {
        let index = usize::try_from(artifact.get("index")?.as_u64()?).ok()?;
        list(run, "artifacts").get(index)?.get("location").map(|location| text(location, "uri"))
    };
    let own = text(artifact, "uri");
    let uri = if own.is_empty() { by_number().unwrap_or_default() } else { own };
    decoded(uri.strip_prefix("file://").unwrap_or(uri))
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn at(region: &Value) -> At {
    let number = |name: &str| region.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    match (number("byteOffset"), number("byteLength"), number("startLine")) {
        (Some(offset), Some(length), _) => At::Bytes { offset, length },
        (.., Some(first)) if first > 0 => At::Lines {
            first,
            column: number("startColumn").unwrap_or(0),
            last: number("endLine").unwrap_or(first).max(first),
            end_column: number("endColumn").unwrap_or(0),
        },
        _ => At::File,
    }
}
