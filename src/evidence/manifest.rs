//! What is odd in what a package says of itself, with the place in the manifest where there is one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Evidence, Kind};
use crate::behavior;
use crate::package::{Ecosystem, Package, Phase, Target, normalise};
use crate::syntax::Doc;
use crate::text::Span;

/// Commands that a package has no business to replace.
const COMMANDS: &[&str] = &[
    "bash",
    "cat",
    "cd",
    "cp",
    "curl",
    "docker",
    "git",
    "grep",
    "kubectl",
    "ls",
    "make",
    "mv",
    "node",
    "npm",
    "npx",
    "pip",
    "pip3",
    "pnpm",
    "ps",
    "python",
    "python3",
    "rm",
    "sh",
    "ssh",
    "sudo",
    "tar",
    "wget",
    "yarn",
    "zsh",
    "aws",
    "bun",
    "cargo",
    "chmod",
    "claude",
    "code",
    "deno",
    "find",
    "gcloud",
    "gh",
    "go",
    "pipx",
    "powershell",
    "scp",
    "twine",
    "uv",
    "which",
];

/// Evidence of the manifest.
pub(super) fn in_package(package: &Package) -> Vec<Evidence> {
    let manifest = &package.manifest;
    let at = Place { package, file: manifest.file };
    let mut found = Vec::new();
    for entry in package.entries.iter().filter(|entry| entry.phase == Phase::Install && entry.name != "prepare") {
        if let Target::Shell { file, span, text } = &entry.target {
            let what = format!("the script {} runs on installation: {}", entry.name, short(text));
            found.push(Evidence {
                kind: Kind::Manifest,
                what,
                doc: Some(Doc::File(*file)),
                span: Some(*span),
                reported: None,
            });
        }
    }
    for (name, version) in manifest.dependencies.iter().filter(|(_, version)| behavior::by_address(version)).take(20) {
        found.push(at.evidence(
            format!("the dependency {name} is fetched from an address: {}", short(version)),
            &[version, name],
        ));
    }
    found.extend(replaced(package, &at));
    found.extend(followed(package));
    let facts = behavior::facts(package);
    let holds = |fact: &str| facts.iter().any(|known| known == fact);
    let name = package.name.as_deref().unwrap_or("");
    if let Some((popular, how)) = behavior::near_popular(name, package.ecosystem) {
        found.push(
            at.evidence(format!("the name {name} is close to that of the popular package {popular}: {how}"), &[name]),
        );
    }
    found.extend(invented(package, name).map(|what| at.evidence(what, &[name])));
    if holds("name unlike module") {
        let modules = manifest.modules.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        found.push(at.evidence(format!("the package {name} installs modules of other names: {modules}"), &[name]));
    }
    if holds("high version") {
        let version = package.version.as_deref().unwrap_or("");
        let what = format!(
            "the version {version} is higher than any that a project reaches step by step: it wins over every other"
        );
        found.push(at.evidence(what, &[version]));
    }
    let absent = [
        ("no description", "description"),
        ("no homepage", "homepage and repository"),
        ("no license", "licence"),
        ("no author", "author"),
    ];
    let absent: Vec<&str> = absent.into_iter().filter(|(fact, _)| holds(fact)).map(|(_, field)| field).collect();
    // One or two are often missing; all at once is a package made in a hurry.
    if absent.len() >= 3 && manifest.file.is_some() {
        found.push(at.evidence(format!("the manifest says nothing of: {}", absent.join(", ")), &[]));
    }
    for entry in package.entries.iter().filter(|entry| entry.phase == Phase::Run) {
        let command = entry.name.rsplit(' ').next().unwrap_or("");
        let declared = entry.name.starts_with("bin ") || entry.name.starts_with("console_scripts ");
        let own = name.trim_start_matches('@').rsplit('/').next() == Some(command);
        if declared && !own && COMMANDS.contains(&command) {
            found.push(
                at.evidence(format!("it installs a command {command}, the name of one that systems have"), &[command]),
            );
        }
    }
    found.extend(shadows(package));
    found
}

/// Names that are asked for by mistake, and what is meant.
#[derive(serde::Deserialize)]
struct Invented {
    asof: String,
    npm: BTreeMap<String, String>,
    pypi: BTreeMap<String, String>,
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static INVENTED: LazyLock<Invented> = LazyLock::new(|| {
    toml::from_str(include_str!("invented.toml")).unwrap_or_else(|error| panic!("built-in names: {error}"))
});

/// A name that people or language models make up, which is free for anybody to take.
fn invented(package: &Package, name: &str) -> Option<String> {
    let names = match package.ecosystem {
        Ecosystem::Npm => &INVENTED.npm,
        Ecosystem::Pypi => &INVENTED.pypi,
        Ecosystem::Unknown => return None,
    };
    let key = if package.ecosystem == Ecosystem::Pypi { normalise(name) } else { name.to_owned() };
    let meant = names.get(&key)?;
    Some(format!(
        "the name {name} is one that programs and language models make up when they mean {meant} (list of {})",
        INVENTED.asof
    ))
}

/// Dependencies under the name of another package: `"a": "npm:b@1"`, and what `overrides` and kin put in the place of any.
fn replaced(package: &Package, at: &Place<'_>) -> Vec<Evidence> {
    const MOST: usize = 20;
    let mut found = Vec::new();
    let mut add =
        |name: &str, version: &str| {
            // A scope's `@` is no version's.
            let aliased = version.strip_prefix("npm:").map(|rest| {
                let end = rest.match_indices('@').map(|(at, _)| at).find(|at| *at > 0);
                rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
            });
            if let Some(other) = aliased.filter(|other| *other != name) {
                found.push(at.evidence(
                    format!("under the name {name} it installs the package {}", short(other)),
                    &[version, name],
                ));
            }
        };
    for (name, version) in &package.manifest.dependencies {
        add(name, version);
    }
    let text = package.manifest.file.and_then(|file| package.source(file)).map(|source| source.text.as_str());
    let json = text.filter(|_| package.ecosystem == Ecosystem::Npm);
    let json = json.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()).unwrap_or_default();
    let tables =
        [json.get("overrides"), json.get("resolutions"), json.get("pnpm").and_then(|pnpm| pnpm.get("overrides"))];
    let mut pending: Vec<(&str, &serde_json::Value)> = tables.into_iter().flatten().map(|table| ("", table)).collect();
    let mut addresses = Vec::new();
    while let Some((name, value)) = pending.pop() {
        match value {
            serde_json::Value::String(version) if behavior::by_address(version) => addresses.push((name, version)),
            serde_json::Value::String(version) => add(name, version),
            serde_json::Value::Object(members) => {
                pending.extend(members.iter().map(|(key, value)| (key.as_str(), value)))
            }
            _ => {}
        }
    }
    found.extend(addresses.into_iter().map(|(name, version)| {
        at.evidence(format!("the dependency {name} is fetched from an address: {}", short(version)), &[version, name])
    }));
    found.truncate(MOST);
    found
}

/// Files of npm that change where packages come from and what runs.
fn followed(package: &Package) -> Vec<Evidence> {
    const FILES: [(&str, &str); 2] = [
        (
            ".npmrc",
            "it holds an npmrc, which npm itself never packs: it sets where packages come from and what runs in this folder",
        ),
        ("npm-shrinkwrap.json", "it holds an npm-shrinkwrap.json, which says where npm fetches its dependencies from"),
    ];
    if package.ecosystem != Ecosystem::Npm {
        return Vec::new();
    }
    let place = |(name, what): (&str, &str)| {
        let file = package.by_path(&format!("{}{name}", package.root))?;
        Some(Evidence {
            kind: Kind::Manifest,
            what: what.to_owned(),
            doc: Some(Doc::File(file)),
            span: None,
            reported: None,
        })
    };
    FILES.into_iter().filter_map(place).collect()
}

/// The beginning of a text that may have any length.
fn short(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// Modules that Python finds before or instead of its own.
fn shadows(package: &Package) -> Vec<Evidence> {
    const STANDARD: &[&str] = &[
        "os",
        "sys",
        "re",
        "json",
        "ssl",
        "socket",
        "subprocess",
        "typing",
        "logging",
        "random",
        "hashlib",
        "base64",
        "urllib",
        "http",
        "email",
        "ctypes",
        "io",
        "time",
        "pathlib",
        "shutil",
        "site",
        "types",
    ];
    if package.ecosystem != Ecosystem::Pypi {
        return Vec::new();
    }
    let shadowing = package.manifest.modules.iter().filter(|module| STANDARD.contains(&module.as_str()));
    let place = Place { package, file: package.manifest.file };
    shadowing
        .map(|module| {
            place.evidence(format!("its top-level module {module} has the name of one of Python's own"), &[module])
        })
        .collect()
}

/// Where the manifest's words stand.
struct Place<'p> {
    package: &'p Package,
    file: Option<usize>,
}

impl Place<'_> {
    /// Evidence at the first of the words that stands in the manifest; at the file where none does.
    fn evidence(&self, what: String, words: &[&str]) -> Evidence {
        let text = self.file.and_then(|file| self.package.source(file)).map(|source| source.text.as_str());
        let span = text.and_then(|text| {
            words.iter().filter(|word| !word.is_empty()).find_map(|word| {
                let start = text.find(word)?;
                Some(Span { start, end: start + word.len() })
            })
        });
        Evidence { kind: Kind::Manifest, what, doc: self.file.map(Doc::File), span, reported: None }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::package::{Entry, File};
    use crate::text::Source;

    fn told(change: impl FnOnce(&mut Package)) -> Vec<(String, Option<String>)> {
        let text = r#"{"name": "left-helper", "version": "99.9.9", "bin": {"git": "a.js"}, "dependencies": {"b": "https://example.com/b.tgz"}}"#;
        let source = Some(Arc::new(Source::new(text.to_owned())));
        let mut package = super::super::tests::package();
        package.files = vec![File { path: "package/package.json".to_owned(), bytes: text.as_bytes().into(), source }];
        package.oddities.clear();
        package.name = Some("left-helper".to_owned());
        package.version = Some("1.2.3".to_owned());
        package.manifest.file = Some(0);
        package.manifest.description = Some("Helps".to_owned());
        package.manifest.license = Some("MIT".to_owned());
        change(&mut package);
        in_package(&package)
            .into_iter()
            .map(|e| (e.what, e.span.map(|span| text[span.start..span.end].to_owned())))
            .collect()
    }

    fn at(what: &str, words: &str) -> (String, Option<String>) {
        (what.to_owned(), Some(words.to_owned()))
    }

    #[test]
    fn an_ordinary_manifest_is_not_odd() {
        assert_eq!(told(|_| ()), []);
    }

    #[test]
    fn a_version_that_wins() {
        let what =
            "the version 99.9.9 is higher than any that a project reaches step by step: it wins over every other";
        assert_eq!(told(|p| p.version = Some("99.9.9".to_owned())), [at(what, "99.9.9")]);
    }

    #[test]
    fn a_dependency_by_address() {
        let url = "https://example.com/b.tgz";
        let found = told(|p| {
            p.manifest.dependencies = vec![("b".to_owned(), url.to_owned()), ("c".to_owned(), "^1".to_owned())]
        });
        assert_eq!(found, [at(&format!("the dependency b is fetched from an address: {url}"), url)]);
    }

    #[test]
    fn a_dependency_under_another_name() {
        let found = told(|p| {
            p.ecosystem = Ecosystem::Npm;
            let of = |name: &str, version: &str| (name.to_owned(), version.to_owned());
            p.manifest.dependencies = vec![of("b", "npm:@s/c@1.0.0"), of("d", "npm:d@1"), of("e", "npm:f")];
        });
        let whats: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(
            whats,
            ["under the name b it installs the package @s/c", "under the name e it installs the package f"]
        );
    }

    #[test]
    fn files_that_npm_follows() {
        let found = told(|p| {
            p.ecosystem = Ecosystem::Npm;
            p.root = "package/".to_owned();
            p.files.insert(0, File { path: "package/.npmrc".to_owned(), bytes: [].into(), source: None });
            p.manifest.file = Some(1);
        });
        assert!(found.iter().any(|(what, _)| what.starts_with("it holds an npmrc")), "{found:?}");
    }

    #[test]
    fn missing_fields_are_told_together() {
        let found = told(|p| p.manifest.description = None);
        assert_eq!(
            found,
            [("the manifest says nothing of: description, homepage and repository, author".to_owned(), None)]
        );
    }

    #[test]
    fn names_that_are_made_up() {
        let found = told(|p| {
            p.ecosystem = Ecosystem::Pypi;
            p.name = Some("HuggingFace.CLI".to_owned());
        });
        assert!(found[0].0.starts_with("the name HuggingFace.CLI is one that"), "{found:?}");
    }

    #[test]
    fn commands_of_the_system() {
        let bin = |name: &str| Entry { phase: Phase::Run, name: name.to_owned(), target: Target::File(0) };
        let found = told(|p| p.entries = vec![bin("bin git"), bin("bin left-helper")]);
        assert_eq!(found, [at("it installs a command git, the name of one that systems have", "git")]);
    }

    #[test]
    fn install_scripts_and_shadowing_modules() {
        let span = Span { start: 1, end: 7 };
        let target = Target::Shell { file: 0, span, text: "node a.js".to_owned() };
        let found = told(|p| {
            p.ecosystem = Ecosystem::Pypi;
            p.manifest.modules = vec!["ssl".to_owned(), "left_helper".to_owned()];
            p.entries = vec![Entry { phase: Phase::Install, name: "postinstall".to_owned(), target }];
        });
        assert_eq!(found[0], at("the script postinstall runs on installation: node a.js", "\"name\""));
        assert_eq!(found[1].0, "its top-level module ssl has the name of one of Python's own");
    }
}
