//! A record of a malicious package in the OSV format (schema 1.7), as collections of such records take it: exactly one package,
//! no id, no summary, no severity, the indicators under `database_specific.iocs`.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::dossier::{Dossier, Refused};
use super::excerpt;
use super::json::set;
use super::markdown::{list, told_files};
use super::network::Network;
use super::prose::{Prose as _, block};
use super::timeline;
use crate::case::story::{self, Sentence};
use crate::ledger::Label;
use crate::package::{Ecosystem, normalise, purl};
use crate::text::hex;

/// The version of the schema.
const SCHEMA_VERSION: &str = "1.7.4";
/// The labels that such a record can be of: what counts is what the package does.
pub(super) const TAKES: [Label; 2] = [Label::Malicious, Label::ResearchOrPentest];
/// Most code lines of a mark.
const LINES: usize = 8;
/// About the most characters of a line of code.
const CHARACTERS: usize = 200;
/// Most files named.
const FILES: usize = 50;

/// The record. `files` adds the hashes of files, which is newer than the rest of the indicators.
///
/// # Errors
/// When the label is another one, nothing is marked, or ecosystem or name are not known.
pub fn record(dossier: &Dossier, files: bool) -> Result<Value, Refused> {
    let (_, time) = dossier.accused("a record of a malicious package", &TAKES)?;
    let package = &dossier.case.package;
    let refused = |what| Refused::Unnamed { package: dossier.title(), what };
    let (ecosystem, range) = match package.ecosystem {
        Ecosystem::Npm => ("npm", "SEMVER"),
        Ecosystem::Pypi => ("PyPI", "ECOSYSTEM"),
        Ecosystem::Unknown => {
            return Err(refused("it is neither an npm nor a PyPI package, and a record must say which"));
        }
    };
    let name = package.name.as_deref().unwrap_or_default();
    if name.is_empty() {
        return Err(refused("its name is not known, and a record must name it"));
    }
    if name.chars().any(char::is_control) {
        return Err(refused("there are control characters in its name, which no record may have"));
    }
    let mut affected = json!({
        "package": {
            "ecosystem": ecosystem,
            "name": if package.ecosystem == Ecosystem::Pypi { normalise(name) } else { name.to_owned() },
            "purl": purl(package.ecosystem, name, ""),
        },
        "database_specific": { "cwes": [{
            "cweId": "CWE-506",
            "name": "Embedded Malicious Code",
            "description": "The product contains code that appears to be malicious in nature.",
        }] },
    });
    match &package.version {
        Some(version) => set(&mut affected, "versions", json!([version])),
        // Nothing is known to be good.
        None => set(&mut affected, "ranges", json!([{ "type": range, "events": [{ "introduced": "0" }] }])),
    }
    let stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut record = json!({
        "schema_version": SCHEMA_VERSION,
        "modified": stamp,
        "published": stamp,
        "details": details(dossier),
        "affected": [affected],
        "credits": credits(dossier),
    });
    if let Some(link) = dossier.inspector() {
        set(&mut record, "references", json!([{ "type": "EVIDENCE", "url": link }]));
    }
    let iocs = iocs(dossier, files);
    if !iocs.is_empty() {
        set(&mut record, "database_specific", json!({ "iocs": iocs }));
    }
    Ok(record)
}

fn details(dossier: &Dossier) -> String {
    let case = dossier.case;
    let story = story::tell(case);
    let mut text = String::new();
    let mut part = |title: &str, body: &str| {
        if !body.is_empty() {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{title}\n\n{body}"));
        }
    };
    part("In short:", &list(&story.brief));
    part("Where data goes:", &list(&story.flows));
    part("What runs it:", &list(&story.runs));
    part("Releases:", &list(&timeline::releases(case)));
    let mut marks = String::new();
    for mark in &dossier.decided.marks {
        let line = Sentence::at(0).own(format!("{} at ", mark.marked.role.to_string().replace('_', " ")));
        let Some(place) = mark.place else {
            marks.push_str(&format!("{}\n\n", line.quoted(&mark.marked.path).markdown()));
            continue;
        };
        let line = line.and(story::place(case, place.doc, Some(place.span))).own(":");
        let excerpt = excerpt(case, place, LINES, CHARACTERS);
        let lines: Vec<String> = excerpt.lines.into_iter().map(|line| line.text).collect();
        marks.push_str(&format!("{}\n\n{}\n", line.markdown(), block("", &lines)));
    }
    part("The lines that do it:", &marks);
    part("What it does:", &list(&story.does));
    let unread = case.skipped().len();
    if unread > 0 {
        let what = crate::text::many(unread, "part of the package was", "parts of the package were");
        part("Not everything is known:", &format!("{what} not read.\n"));
    }
    text
}

fn credits(dossier: &Dossier) -> Value {
    let reporter = dossier.reporter;
    let mut credits = Vec::new();
    if !reporter.name.is_empty() {
        let mut finder = json!({ "name": reporter.name, "type": "FINDER" });
        if !reporter.contact.is_empty() {
            let mail = reporter.contact.contains('@') && !reporter.contact.contains(':');
            let scheme = if mail { "mailto:" } else { "" };
            set(&mut finder, "contact", json!([format!("{scheme}{}", reporter.contact)]));
        }
        credits.push(finder);
    }
    credits.push(json!({ "name": format!("cerebro {}", env!("CARGO_PKG_VERSION")), "type": "TOOL" }));
    Value::Array(credits)
}

/// What is part of the attack, in the sorts that a record knows; without what no record takes.
fn iocs(dossier: &Dossier, files: bool) -> Map<String, Value> {
    let Network { domains, ips, urls } = Network::of(dossier);
    let mut iocs = Map::new();
    for (name, values) in [("domains", domains), ("ips", ips), ("urls", urls)] {
        if !values.is_empty() {
            iocs.insert(name.to_owned(), json!(values));
        }
    }
    if files {
        iocs.insert("files".to_owned(), of_files(dossier));
    }
    iocs
}

fn of_files(dossier: &Dossier) -> Value {
    let case = dossier.case;
    let files = told_files(dossier).into_iter().filter_map(|at| case.package.files.get(at)).take(FILES).map(|file| {
        json!({ "paths": [file.path], "source": "PACKAGE_ARCHIVE",
                "digests": { "sha256": hex(&Sha256::digest(&file.bytes)) } })
    });
    let layers = case.sequence.layers.iter().take(FILES).map(|layer| {
        json!({ "source": "IN_MEMORY", "note": layer.recipe.join(", "), "digests": { "sha256": layer.sha256 } })
    });
    files.chain(layers).collect()
}
