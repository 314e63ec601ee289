//! MISP events: the report of a malicious package as an object of MISP's own template for such, and the indicators as attributes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dossier::{Dossier, Refused};
use super::json::at;
use super::network::Network;
use super::prose::Prose as _;
use super::{osv, uuid};
use crate::case::story;
use crate::evidence::{Indicator, indicator::Kind};
use crate::package::purl;

/// Template of the object, by its id and version.
const TEMPLATE: (&str, &str) = ("2f8a8711-6ef8-4a9d-89de-f547670573cb", "4");

/// The event of a malicious package.
///
/// # Errors
/// When the label is another one, nothing is marked, or ecosystem or name are not known.
pub fn event(dossier: &Dossier) -> Result<Value, Refused> {
    // What a record says is what the object says, under other names.
    let record = osv::record(dossier, false)?;
    let (_, time) = dossier.accused("a MISP event", &osv::TAKES)?;
    let package = &dossier.case.package;
    let named = record.pointer("/affected/0/package").cloned().unwrap_or_default();
    let mut fields: Vec<(&str, &str, Value)> = vec![
        ("package-name", "text", at(&named, "name")),
        ("package-purl", "text", at(&named, "purl")),
        ("ecosystem", "text", at(&named, "ecosystem")),
        ("analysis", "text", json!(analysis(dossier))),
        ("report-modified", "datetime", at(&record, "modified")),
        ("state", "text", json!("active")),
        ("origin-sha256", "sha256", json!(package.sha256)),
    ];
    match &package.version {
        Some(version) => fields.push(("affected-version", "text", json!(version))),
        None => fields.push(("affected-range", "text", json!("all versions"))),
    }
    for credit in record.get("credits").and_then(Value::as_array).into_iter().flatten() {
        fields.push(("credit", "text", at(credit, "name")));
        fields.push(("credit-role", "text", at(credit, "type")));
    }
    for reference in record.get("references").and_then(Value::as_array).into_iter().flatten() {
        fields.push(("reference", "link", at(reference, "url")));
        fields.push(("reference-type", "text", at(reference, "type")));
    }
    let Network { domains, ips, urls } = Network::of(dossier);
    for (name, kind, values) in [("ioc-domain", "domain", domains), ("ioc-ip", "ip-dst", ips), ("ioc-url", "url", urls)]
    {
        fields.extend(values.into_iter().map(|value| (name, kind, json!(value))));
    }
    let id = |what: &str| uuid::of_name(uuid::OURS, &format!("misp {what} {}", package.sha256));
    let attributes = fields.iter().enumerate().map(|(number, (name, kind, value))| {
        json!({
            "object_relation": name,
            "type": kind,
            "category": category(kind),
            "to_ids": name.starts_with("ioc-"),
            "disable_correlation": false,
            "value": value,
            "uuid": id(&format!("field {number} {name} {value}")),
        })
    });
    let object = json!({
        "name": "malicious-package-report",
        "meta-category": "misc",
        "description": "A malicious package of a registry",
        "template_uuid": TEMPLATE.0,
        "template_version": TEMPLATE.1,
        "uuid": id("object"),
        "Attribute": attributes.collect::<Vec<_>>(),
    });
    let purl = purl(
        package.ecosystem,
        package.name.as_deref().unwrap_or_default(),
        package.version.as_deref().unwrap_or_default(),
    );
    Ok(wrapped(&id("event"), &format!("Malicious package {purl}"), time, others(dossier), vec![object]))
}

/// An event with the indicators of the attack alone, whatever the package is labelled.
#[must_use]
pub fn indicators(dossier: &Dossier) -> Value {
    let package = &dossier.case.package;
    let id = uuid::of_name(uuid::OURS, &format!("misp indicators {}", package.sha256));
    let attributes: Vec<Value> =
        dossier.indicators().map(|(indicator, purpose)| attribute(dossier, indicator, purpose)).collect();
    // A day that follows from what is known, so that the same package gives the same event.
    let time = dossier.decided.label.map_or(Timestamp::UNIX_EPOCH, |(_, time)| time);
    let info = format!("Indicators of the package with SHA-256 {}", package.sha256);
    wrapped(&id, &info, time, attributes, Vec::new())
}

/// The indicators that have no field in the object.
fn others(dossier: &Dossier) -> Vec<Value> {
    let fielded =
        |kind: Kind| matches!(kind, Kind::Url | Kind::Webhook | Kind::Domain | Kind::Onion | Kind::Ipv4 | Kind::Ipv6);
    let others = dossier.indicators().filter(|(indicator, _)| !fielded(indicator.kind));
    others.map(|(indicator, purpose)| attribute(dossier, indicator, purpose)).collect()
}

fn wrapped(id: &str, info: &str, time: Timestamp, attributes: Vec<Value>, objects: Vec<Value>) -> Value {
    json!({ "Event": {
        "uuid": id,
        "info": info,
        "date": time.strftime("%Y-%m-%d").to_string(),
        "timestamp": time.as_second().to_string(),
        // Undefined, complete, this organisation only: who shares it decides that there.
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "published": false,
        "Attribute": attributes,
        "Object": objects,
    } })
}

fn attribute(dossier: &Dossier, indicator: &Indicator, purpose: &str) -> Value {
    let kind = kind(indicator);
    let class = if indicator.class.is_empty() { String::new() } else { format!(", {}", indicator.class) };
    json!({
        "type": kind,
        "category": category(kind),
        "to_ids": kind != "other",
        "distribution": "5",
        "comment": format!("{} ({purpose}{class})", indicator.kind.word().replace('_', " ")),
        "value": indicator.value,
        "uuid": uuid::of_name(
            uuid::OURS,
            &format!("misp attribute {} {} {}", dossier.case.package.sha256, indicator.kind.word(), indicator.value),
        ),
    })
}

fn kind(indicator: &Indicator) -> &'static str {
    match indicator.kind {
        Kind::Url | Kind::Webhook => "url",
        Kind::Domain | Kind::Onion => "domain",
        Kind::Ipv4 | Kind::Ipv6 => "ip-dst",
        Kind::Email => "email",
        Kind::RegistryKey => "regkey",
        Kind::Mutex => "mutex",
        Kind::Hash => match indicator.value.len() {
            32 => "md5",
            40 => "sha1",
            64 => "sha256",
            128 => "sha512",
            _ => "other",
        },
        Kind::Token | Kind::Wallet | Kind::Path => "other",
    }
}

/// A category that takes the type.
fn category(kind: &str) -> &'static str {
    match kind {
        "url" | "domain" | "ip-dst" => "Network activity",
        "email" | "md5" | "sha1" | "sha256" | "sha512" => "Payload delivery",
        "regkey" | "mutex" => "Artifacts dropped",
        "link" => "External analysis",
        _ => "Other",
    }
}

/// The story as plain text.
fn analysis(dossier: &Dossier) -> String {
    let story = story::tell(dossier.case);
    story.lines().map(|line| format!("{}{}", "  ".repeat(line.depth), line.plain())).collect::<Vec<_>>().join("\n")
}
