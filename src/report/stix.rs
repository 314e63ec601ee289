//! A STIX 2.1 bundle: who reports, the malware, the package as software, an indicator for each address and for the archive, and
//! what ties them together.

use serde_json::{Value, json};

use super::dossier::{Dossier, Refused};
use super::json::{at, set};
use super::network::Network;
use super::prose::Prose as _;
use super::{osv, uuid};
use crate::case::story;
use crate::text::escape;

/// Space of the ids of observable objects, by the standard.
const OBSERVABLES: u128 = 0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7;
/// The standard's own object for TLP:GREEN: to be shared within a community.
const TLP_GREEN: &str = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";

/// The bundle of a malicious package.
///
/// # Errors
/// When the label is another one or nothing is marked.
pub fn bundle(dossier: &Dossier) -> Result<Value, Refused> {
    let (label, time) = dossier.accused("a STIX bundle", &osv::TAKES)?;
    let package = &dossier.case.package;
    let stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let id = |kind: &str, what: &str| {
        format!("{kind}--{}", uuid::of_name(uuid::OURS, &format!("stix {kind} {what} {}", package.sha256)))
    };
    let reporter = match dossier.reporter.name.as_str() {
        "" => "cerebro",
        name => name,
    };
    let identity = format!("identity--{}", uuid::of_name(uuid::OURS, &format!("stix identity {reporter}")));
    let object = |kind: &str, what: &str, rest: Value| {
        let mut object = json!({
            "type": kind,
            "spec_version": "2.1",
            "id": id(kind, what),
            "created": stamp,
            "modified": stamp,
            "created_by_ref": identity,
            "object_marking_refs": [TLP_GREEN],
        });
        if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
            object.extend(rest);
        }
        object
    };
    let title = escape(&dossier.title()).into_owned();
    let story = story::tell(dossier.case);
    let description: String =
        story.lines().map(|line| format!("{}{}\n", "  ".repeat(line.depth), line.plain())).collect();
    let malware = object(
        "malware",
        "",
        json!({ "name": title, "is_family": false, "malware_types": ["unknown"], "description": description }),
    );
    let mut software = json!({ "name": package.name.as_deref().unwrap_or(&package.archive) });
    if let Some(version) = &package.version {
        set(&mut software, "version", json!(version));
    }
    // Keys in order and no blanks, as the standard wants what its ids are made from.
    let software_id = format!("software--{}", uuid::of_name(OBSERVABLES, &software.to_string()));
    set(&mut software, "type", json!("software"));
    set(&mut software, "spec_version", json!("2.1"));
    set(&mut software, "id", json!(software_id));
    let mut objects = vec![
        marking(),
        json!({
            "type": "identity",
            "spec_version": "2.1",
            "id": identity,
            "created": stamp,
            "modified": stamp,
            "name": reporter,
            "identity_class": if dossier.reporter.name.is_empty() { "system" } else { "unknown" },
        }),
        malware.clone(),
        software,
    ];
    let mut refs = vec![at(&malware, "id"), json!(software_id)];
    for (name, pattern) in patterns(dossier) {
        let indicator = object(
            "indicator",
            &pattern,
            json!({
                "name": name,
                "indicator_types": ["malicious-activity"],
                "pattern": pattern,
                "pattern_type": "stix",
                "valid_from": stamp,
            }),
        );
        let relationship = object(
            "relationship",
            &pattern,
            json!({ "relationship_type": "indicates", "source_ref": at(&indicator, "id"), "target_ref": at(&malware, "id") }),
        );
        refs.extend([at(&indicator, "id"), at(&relationship, "id")]);
        objects.extend([indicator, relationship]);
    }
    objects.push(object(
        "report",
        "",
        json!({
            "name": format!("{title} ({label})"),
            "description": description,
            "report_types": ["malware"],
            "published": stamp,
            "object_refs": refs,
        }),
    ));
    Ok(json!({ "type": "bundle", "id": id("bundle", ""), "objects": objects }))
}

/// What to look for: the archive and each address.
fn patterns(dossier: &Dossier) -> Vec<(String, String)> {
    let Network { domains, ips, urls } = Network::of(dossier);
    let sha256 = &dossier.case.package.sha256;
    let mut patterns = vec![("archive of the package".to_owned(), format!("[file:hashes.'SHA-256' = '{sha256}']"))];
    let mut add = |name: &str, object: &str, value: &str| {
        let value = value.replace('\\', "\\\\").replace('\'', "\\'");
        patterns.push((name.to_owned(), format!("[{object}:value = '{value}']")));
    };
    domains.iter().for_each(|domain| add("domain", "domain-name", domain));
    for ip in &ips {
        add("address", if ip.contains(':') { "ipv6-addr" } else { "ipv4-addr" }, ip);
    }
    urls.iter().for_each(|url| add("URL", "url", url));
    patterns
}

fn marking() -> Value {
    json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_GREEN,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": "TLP:GREEN",
        "definition": { "tlp": "green" },
    })
}
