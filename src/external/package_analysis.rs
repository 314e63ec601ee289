//! The record of a run in OSSF package-analysis: what was written, opened, started and looked up in each phase.

use std::collections::BTreeSet;

use serde_json::Value;

use super::LISTED;
use super::format::{list, text};
use crate::behavior::strings;
use crate::case::external::{Act, Observed};
use crate::package::Phase;

/// Longest value that is kept, bytes.
const VALUE: usize = 1000;
/// Where every installation writes: nothing is told by it.
const ORDINARY: [&str; 10] = [
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/__pycache__/",
    "/.npm/",
    "/.cache/pip",
    "/proc/",
    "/dev/",
    "/sys/",
    "/pip-",
];

/// What was seen.
#[derive(Debug)]
pub(super) struct Run {
    /// In the order of the phases, each once.
    pub acts: Vec<Observed>,
    /// How much more was seen: what every installation does, and what is more than is listed.
    pub left_out: usize,
    /// How the phases ended.
    pub words: String,
}

pub(super) fn read(value: &Value) -> Option<Run> {
    let analysis = value.get("Analysis")?.as_object()?;
    value.get("Package")?;
    let mut run = Run { acts: Vec::new(), left_out: 0, words: String::new() };
    let mut known = BTreeSet::new();
    let mut ended = Vec::new();
    for (name, phase) in [("install", Phase::Install), ("import", Phase::Import), ("execute", Phase::Run)] {
        let Some(seen) = analysis.get(name).filter(|seen| seen.is_object()) else { continue };
        ended.push(format!(
            "{name} {}",
            Some(text(seen, "Status")).filter(|status| !status.is_empty()).unwrap_or("done")
        ));
        let mut add = |act: Act, value: String, ordinary: bool| {
            let value = short(value);
            if value.is_empty() || known.contains(&(phase, act, value.clone())) {
                return;
            }
            if ordinary || run.acts.len() >= LISTED {
                run.left_out += 1;
                return;
            }
            known.insert((phase, act, value.clone()));
            run.acts.push(Observed { phase, act, value, place: None });
        };
        for command in list(seen, "Commands") {
            let words = list(command, "Command").iter().filter_map(Value::as_str);
            add(Act::Command, words.collect::<Vec<_>>().join(" "), false);
        }
        for socket in list(seen, "Sockets") {
            let (address, port) = (text(socket, "Address"), socket.get("Port").and_then(Value::as_u64).unwrap_or(0));
            let names: Vec<&str> = list(socket, "Hostnames").iter().filter_map(Value::as_str).collect();
            let value = match names.first() {
                Some(name) => format!("{name} ({address}):{port}"),
                None if address.contains(':') => format!("[{address}]:{port}"),
                None => format!("{address}:{port}"),
            };
            // A name server, or nothing at all.
            add(Act::Connect, value, address.is_empty() || port == 53);
        }
        for answer in list(seen, "DNS") {
            for query in list(answer, "Queries") {
                add(Act::Dns, text(query, "Hostname").to_owned(), false);
            }
        }
        for file in list(seen, "Files") {
            let path = text(file, "Path");
            let did = |name: &str| file.get(name).and_then(Value::as_bool).unwrap_or(false);
            let everyday = ORDINARY.iter().any(|part| path.contains(part));
            for (act, _) in [(Act::Write, "Write"), (Act::Delete, "Delete")].into_iter().filter(|(_, name)| did(name)) {
                add(act, path.to_owned(), everyday);
            }
            if did("Read") && !did("Write") {
                add(Act::Read, path.to_owned(), strings::telling_place(path).is_none());
            }
        }
    }
    if ended.is_empty() {
        return None;
    }
    run.words = ended.join(", ");
    Some(run)
}

fn short(value: String) -> String {
    match value.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value,
    }
}
