//! What cargo runs of a project: programs in Rust are not read, but named; wrappers of its compiler are commands.

use super::super::entries::Tree;
use super::{Command, Read};
use crate::text::Span;

/// Keys of cargo's configuration that name a program.
const PROGRAMS: [&str; 6] = ["rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc", "linker", "runner"];

/// The programs that `.cargo/config.toml` beside a `Cargo.toml` puts in the place of cargo's own. They stand at the start of
/// the manifest, which is why they run.
pub(super) fn read(tree: Tree<'_>, folder: &str) -> Read {
    let mut read = Read::default();
    let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    for name in [".cargo/config.toml", ".cargo/config"] {
        let Some(table) = tree.text(&format!("{base}{name}")).and_then(|text| text.parse::<toml::Table>().ok()) else {
            continue;
        };
        let mut pending: Vec<&toml::Value> = table.values().collect();
        while let Some(value) = pending.pop() {
            for (key, value) in value.as_table().into_iter().flatten() {
                let program = match value {
                    toml::Value::String(program) => Some(program.clone()),
                    toml::Value::Array(words) => {
                        Some(words.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(" "))
                    }
                    _ => None,
                };
                // A bare name is a program of the system.
                let program = program.filter(|program| program.contains('/') && PROGRAMS.contains(&key.as_str()));
                read.commands.extend(program.map(|text| Command { by: key.clone(), span: Span::default(), text }));
                pending.push(value);
            }
        }
    }
    read
}

/// The program in Rust that cargo builds and runs before the package, by its path below the root.
pub(in crate::package) fn script(manifest: &str) -> Option<String> {
    let table = manifest.parse::<toml::Table>().ok()?;
    match table.get("package")?.get("build") {
        Some(toml::Value::String(path)) => Some(path.clone()),
        Some(toml::Value::Boolean(false)) => None,
        _ => Some("build.rs".to_owned()),
    }
}
