//! The packument of npm: all versions of a package with their manifests, or the one of a version.

use serde_json::Value;

use super::{Distribution, Published, Registry, integrity, time};
use crate::case::external::Release;
use crate::external::format::{list, text};

/// Scripts that npm runs when a package is installed from a registry.
const SCRIPTS: [&str; 3] = ["preinstall", "install", "postinstall"];

pub(in crate::external) fn read(value: &Value) -> Option<Registry> {
    let name = value.get("name")?.as_str()?.to_owned();
    let owners = list(value, "maintainers").iter().map(user).filter(|owner| !owner.is_empty()).collect();
    if let Some(versions) = value.get("versions").and_then(Value::as_object) {
        let times = value.get("time").unwrap_or(&Value::Null);
        let releases = versions.iter().map(|(version, manifest)| published(version, manifest, text(times, version)));
        return Some(Registry { name, releases: releases.collect(), owners });
    }
    // The manifest of one version, as the registry serves it: only that has a `dist`.
    value.get("dist").filter(|dist| dist.get("tarball").is_some() || dist.get("integrity").is_some())?;
    Some(Registry { name, releases: vec![published(text(value, "version"), value, "")], owners })
}

fn published(version: &str, manifest: &Value, published: &str) -> Published {
    let dist = manifest.get("dist").unwrap_or(&Value::Null);
    let mut digests: Vec<(&'static str, String)> = integrity(text(dist, "integrity")).into_iter().collect();
    let shasum = text(dist, "shasum");
    if !shasum.is_empty() {
        digests.push(("sha1", shasum.to_ascii_lowercase()));
    }
    let named = manifest.get("scripts").unwrap_or(&Value::Null);
    let scripts: Vec<(String, String)> = SCRIPTS
        .iter()
        .map(|name| ((*name).to_owned(), text(named, name).to_owned()))
        .filter(|(_, script)| !script.is_empty())
        .collect();
    let needs =
        ["dependencies", "optionalDependencies"].into_iter().filter_map(|field| manifest.get(field)?.as_object());
    Published {
        release: Release {
            version: version.to_owned(),
            time: time(published),
            publisher: manifest.get("_npmUser").map(user).unwrap_or_default(),
            scripts: scripts.iter().map(|(name, _)| name.clone()).collect(),
            attested: Some(dist.get("attestations").is_some_and(Value::is_object)),
            withdrawn: false,
        },
        files: if digests.is_empty() { Vec::new() } else { vec![Distribution { digests, ..Distribution::default() }] },
        scripts,
        needs: Some(needs.flat_map(|members| members.keys().cloned()).collect()),
    }
}

/// The name of a user, who may be an object or a text with an address.
fn user(user: &Value) -> String {
    match user {
        Value::String(text) => text.split(" <").next().unwrap_or_default().to_owned(),
        _ => text(user, "name").to_owned(),
    }
}
