//! The JSON of PyPI: of a project or of one release. It does not tell who published.

use serde_json::Value;

use super::{Distribution, Published, Registry, time};
use crate::case::external::Release;
use crate::external::format::{list, text};

pub(in crate::external) fn read(value: &Value) -> Option<Registry> {
    let info = value.get("info").filter(|info| info.is_object())?;
    let urls = value.get("urls").and_then(Value::as_array);
    let releases = value.get("releases").and_then(Value::as_object);
    if urls.is_none() && releases.is_none() {
        return None;
    }
    let current = text(info, "version");
    // What a release needs is told of the one that was asked for.
    let needs = info.get("requires_dist").map(|_| {
        let named = list(info, "requires_dist").iter().filter_map(Value::as_str);
        named.map(name_of).collect::<Vec<_>>()
    });
    let mut all: Vec<Published> = releases
        .into_iter()
        .flatten()
        .map(|(version, files)| published(version, files.as_array().map_or(&[], Vec::as_slice)))
        .collect();
    if !all.iter().any(|known| known.release.version == current) && !current.is_empty() {
        all.push(published(current, urls.map_or(&[], Vec::as_slice)));
    }
    if let Some(known) = all.iter_mut().find(|known| known.release.version == current) {
        known.needs = needs;
    }
    let roles = value.get("ownership").map_or(&[][..], |ownership| list(ownership, "roles"));
    let owners = roles.iter().map(|role| text(role, "user").to_owned()).filter(|user| !user.is_empty()).collect();
    Some(Registry { name: text(info, "name").to_owned(), releases: all, owners })
}

/// The name at the beginning of a requirement.
fn name_of(requirement: &str) -> String {
    requirement.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next().unwrap_or_default().to_owned()
}

fn published(version: &str, files: &[Value]) -> Published {
    let uploaded = |file: &Value| {
        let exact = time(text(file, "upload_time_iso_8601"));
        if exact.is_empty() { time(&format!("{}Z", text(file, "upload_time"))) } else { exact }
    };
    let first = files.iter().map(uploaded).filter(|time| !time.is_empty()).min();
    let distribution = |file: &Value| {
        let digests = file.get("digests").unwrap_or(&Value::Null);
        let sha256 = text(digests, "sha256").to_ascii_lowercase();
        let digests = if sha256.is_empty() { Vec::new() } else { vec![("sha256", sha256)] };
        Distribution { name: text(file, "filename").to_owned(), digests, time: uploaded(file) }
    };
    let yanked = |file: &Value| file.get("yanked").and_then(Value::as_bool).unwrap_or(false);
    Published {
        release: Release {
            version: version.to_owned(),
            time: first.unwrap_or_default(),
            withdrawn: !files.is_empty() && files.iter().all(yanked),
            ..Release::default()
        },
        files: files.iter().map(distribution).collect(),
        ..Published::default()
    }
}
