//! malcontent: `mal --format json analyze PATH`. It tells behaviors of files with the texts that matched, and no places.

use serde_json::Value;

use super::{At, Found, Scan, level};
use crate::case::external::Says;
use crate::evidence::Level;
use crate::external::format::{list, text};

pub(in crate::external) fn read(value: &Value) -> Option<Scan> {
    let files = value.get("Files")?.as_object()?;
    let mut findings = Vec::new();
    let mut worst = 0;
    let mut word = "";
    for (name, file) in files {
        let path = Some(text(file, "Path")).filter(|path| !path.is_empty()).unwrap_or(name);
        let score = file.get("RiskScore").and_then(Value::as_u64).unwrap_or_default();
        if score > worst {
            (worst, word) = (score, text(file, "RiskLevel"));
        }
        for behavior in list(file, "Behaviors") {
            let risk = behavior.get("RiskScore").and_then(Value::as_u64).unwrap_or_default();
            let named = text(behavior, "RiskLevel");
            let rule = ["ID", "RuleName"].into_iter().map(|name| text(behavior, name)).find(|rule| !rule.is_empty());
            let by_score = if risk >= 3 {
                Level::High
            } else if risk == 2 {
                Level::Medium
            } else {
                Level::Low
            };
            findings.push(Found {
                rule: rule.unwrap_or_default().to_owned(),
                message: text(behavior, "Description").to_owned(),
                level: level(named).unwrap_or(by_score),
                path: path.to_owned(),
                at: At::File,
                matched: longest(behavior).to_owned(),
            });
        }
    }
    let says = match (worst, findings.is_empty()) {
        (4.., _) => Says::Malicious,
        (0, true) => Says::Clean,
        (0 | 1, _) => Says::Nothing,
        _ => Says::Suspicious,
    };
    let words = if word.is_empty() { "no risk".to_owned() } else { format!("risk {}", word.to_ascii_lowercase()) };
    Some(Scan { source: "malcontent".to_owned(), says, words, findings })
}

/// The longest of the texts that matched: it tells most.
fn longest(behavior: &Value) -> &str {
    let texts = list(behavior, "MatchStrings").iter().filter_map(Value::as_str);
    texts.max_by_key(|text| text.len()).unwrap_or_default()
}
