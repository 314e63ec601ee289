//! GuardDog: `guarddog npm scan PATH --output-format json`. Version 3 tells `risks` and a `risk_score`; versions before it
//! `results` alone, by rule.

use serde_json::Value;

use super::{At, Found, Scan, level, located};
use crate::case::external::Says;
use crate::evidence::Level;
use crate::external::format::{list, text};

pub(in crate::external) fn read(value: &Value) -> Option<Scan> {
    let results = value.get("results")?.as_object()?;
    if !value.get("issues").is_some_and(Value::is_number) && value.get("risk_score").is_none() {
        return None;
    }
    let mut findings: Vec<Found> = list(value, "risks").iter().map(risk).collect();
    // What a risk was made of stands in both.
    for (rule, said) in results {
        let known = |found: &Found| {
            list(value, "risks").iter().any(|risk| {
                let (path, at) = located(text(risk, "threat_location"));
                text(risk, "threat_rule") == rule && at == found.at && file_name(path) == file_name(&found.path)
            })
        };
        findings.extend(result(rule, said).into_iter().filter(|found| !known(found)));
    }
    let score = value.get("risk_score");
    let label = score.map_or("", |score| text(score, "label"));
    let number = score.and_then(|score| score.get("score")).and_then(Value::as_f64);
    let issues = value.get("issues").and_then(Value::as_u64).unwrap_or_default();
    let says = match (label, findings.is_empty()) {
        ("malicious" | "high", _) => Says::Malicious,
        ("none" | "no_risks_detected" | "", true) => Says::Clean,
        _ => Says::Suspicious,
    };
    let words = match number {
        Some(number) => format!("{} of 10, {}", number.clamp(0.0, 10.0), label.replace('_', " ")),
        None => crate::text::many(issues, "issue", "issues"),
    };
    Some(Scan { source: "GuardDog".to_owned(), says, words, findings })
}

/// One says it by its whole path, the other from the package on.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn risk(risk: &Value) -> Found {
    let location = text(risk, "threat_location");
    let (path, at) = located(if location.is_empty() { text(risk, "file_path") } else { location });
    let rule = ["threat_identifies", "threat_rule", "name"]
        .into_iter()
        .map(|name| text(risk, name))
        .find(|rule| !rule.is_empty());
    Found {
        rule: rule.unwrap_or_default().to_owned(),
        message: text(risk, "threat_description").to_owned(),
        level: level(text(risk, "severity")).unwrap_or(Level::Medium),
        path: path.to_owned(),
        at,
        matched: text(risk, "threat_match").to_owned(),
    }
}

/// What a rule says: a sentence on the package, or a list of places.
fn result(rule: &str, said: &Value) -> Vec<Found> {
    let found = |message: &str, location: &str, said: &Value| {
        let (path, at) = located(location);
        Found {
            rule: rule.to_owned(),
            message: message.to_owned(),
            level: level(text(said, "severity")).unwrap_or(Level::Low),
            path: path.to_owned(),
            at,
            matched: text(said, "match").to_owned(),
        }
    };
    match said {
        Value::String(message) if !message.is_empty() => {
            vec![Found { level: Level::Medium, at: At::File, ..found(message, "", said) }]
        }
        Value::Array(places) => {
            places.iter().map(|place| found(text(place, "message"), text(place, "location"), place)).collect()
        }
        _ => Vec::new(),
    }
}
