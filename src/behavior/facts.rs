//! Facts about the package that carry no size: easy to fake, so they stand on a line of their own.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::package::{Ecosystem, Manifest, Package, Phase, Target};

#[derive(Deserialize)]
struct Popular {
    npm: Vec<String>,
    pypi: Vec<String>,
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static POPULAR: LazyLock<Popular> = LazyLock::new(|| {
    toml::from_str(include_str!("catalogue/popular.toml")).unwrap_or_else(|error| panic!("built-in names: {error}"))
});

/// The facts that hold, in a fixed order.
#[must_use]
pub fn facts(package: &Package) -> Vec<String> {
    let manifest = &package.manifest;
    let mut out = Vec::new();
    let mut fact = |holds: bool, words: &str| {
        if holds {
            out.push(words.to_owned());
        }
    };
    let installs = package.entries.iter().any(|entry| {
        // A build of native code is asked for by a file, not by a script.
        entry.phase == Phase::Install
            && matches!(entry.target, Target::Shell { .. })
            && entry.name != "prepare"
            && !entry.name.starts_with("node-gyp ")
    });
    fact(installs, "install script");
    fact(blank(manifest.homepage.as_ref()) && blank(manifest.repository.as_ref()), "no homepage");
    fact(blank(manifest.license.as_ref()) && !ships(package, &["license", "licence", "copying"]), "no license");
    fact(blank(manifest.description.as_ref()) && !ships(package, &["readme"]), "no description");
    fact(blank(manifest.author.as_ref()), "no author");
    fact(manifest.dependencies.iter().any(|(_, version)| by_address(version)), "dependency by address");
    if let Some(name) = &package.name {
        fact(near_popular(name, package.ecosystem).is_some(), "name near popular");
        let modules = &manifest.modules;
        let unlike = package.ecosystem == Ecosystem::Pypi
            && !modules.is_empty()
            && modules.iter().all(|module| plain(module) != plain(name) && !plain(name).contains(&plain(module)));
        fact(unlike, "name unlike module");
    }
    if let Some(version) = &package.version {
        let mut numbers = version.split(['.', '-', '+']).map(|part| part.parse::<u64>().unwrap_or(0));
        let (major, minor, patch) =
            (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        fact(major == 0 && minor == 0, "first version");
        fact((major, minor, patch) == (1, 0, 0), "version one");
        // Years as versions are an honest habit; 99.x and the like win a resolution.
        fact((20..1900).contains(&major) || minor >= 99 && major < 1900, "high version");
    }
    out
}

/// What a publisher can type, or leave out, for nothing: it says who publishes, not what runs. Shown to people, and never part
/// of what the model reads.
const TYPED: [&str; 6] = ["no homepage", "no license", "no description", "no author", "first version", "version one"];

/// Whether a fact has no vote, for any publisher could have it otherwise.
#[must_use]
pub fn is_typed(fact: &str) -> bool {
    TYPED.contains(&fact)
}

/// Whether a dependency is fetched from an address and not from the registry.
#[must_use]
pub fn by_address(version: &str) -> bool {
    version.contains("://") || version.starts_with("git")
}

/// The hosts of the project's own pages, lower case; shared hosts of many projects are not a project's own.
#[must_use]
pub fn own_hosts(manifest: &Manifest) -> Vec<String> {
    [&manifest.homepage, &manifest.repository]
        .into_iter()
        .flatten()
        .filter_map(|url| url.split_once("://"))
        .filter_map(|(_, rest)| rest.split(['/', ':', '?', '#']).next())
        .map(|host| host.rsplit('@').next().unwrap_or(host).trim_start_matches("www.").to_ascii_lowercase())
        .filter(|host| host.contains('.') && !["github.com", "gitlab.com", "bitbucket.org"].contains(&host.as_str()))
        .collect()
}

fn blank(value: Option<&String>) -> bool {
    value.is_none_or(|text| {
        let text = text.trim();
        text.is_empty() || text.eq_ignore_ascii_case("unknown") || text.eq_ignore_ascii_case("none")
    })
}

/// Whether the package brings a text of one of these names that says anything, beside its manifest or at its root.
fn ships(package: &Package, names: &[&str]) -> bool {
    let beside = package.manifest.file.and_then(|file| package.files.get(file)).map(|file| folder(&file.path));
    package.files.iter().any(|file| {
        let (at, name) = (folder(&file.path), file.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase());
        let here = at.len() <= package.root.len()
            || Some(at) == beside
            || (at.ends_with("/licenses") && at.contains(".dist-info"));
        let named = |known: &str| {
            name.strip_prefix(known).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        here && names.iter().copied().any(named)
            && file.bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).take(20).count() == 20
    })
}

/// The folder of a path, with the slash at its end.
fn folder(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..at)).unwrap_or("")
}

/// Lower case without separators.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The popular name that another one is near to, and what is between them in words: one edit, a separator or a common affix.
/// `None` for a name that is popular itself.
#[must_use]
pub fn near_popular(name: &str, ecosystem: Ecosystem) -> Option<(&'static str, String)> {
    let known = match ecosystem {
        Ecosystem::Npm => &POPULAR.npm,
        Ecosystem::Pypi => &POPULAR.pypi,
        Ecosystem::Unknown => return None,
    };
    // A scope is its owner's: names inside it imitate nobody.
    if name.starts_with('@') || known.iter().any(|k| k.eq_ignore_ascii_case(name)) {
        return None;
    }
    let bare = plain(name);
    let stripped = ["python", "py", "js", "node", "lib"]
        .iter()
        .find_map(|affix| bare.strip_prefix(affix).or_else(|| bare.strip_suffix(affix)))
        .unwrap_or(&bare);
    known.iter().map(|known| (known.as_str(), plain(known))).filter(|(_, k)| k.len() >= 4).find_map(|(known, k)| {
        let how = if bare == k {
            "only capitals or separators differ".to_owned()
        } else if stripped == k && stripped.len() != bare.len() {
            let affix = bare.strip_prefix(&k).or(bare.strip_suffix(&k)).unwrap_or_default();
            format!("with {affix} added")
        } else {
            // Of short words too many are an edit apart by chance.
            one_edit(&bare, &k).filter(|_| k.len() >= 5)?
        };
        Some((known, how))
    })
}

/// What makes one word of another, where it is one insertion, deletion, substitution or swap.
fn one_edit(a: &str, b: &str) -> Option<String> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a.len().min(b.len()) < 4 {
        return None;
    }
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (long, short) = (a.len().max(b.len()), a.len().min(b.len()));
    if a.len() != b.len() {
        let odd = if a.len() > b.len() { a.get(front)? } else { b.get(front)? };
        let word = if a.len() > b.len() { "more" } else { "less" };
        return (front + back >= short).then(|| format!("one {odd} {word}"));
    }
    let (x, y) = (a.get(front)?, b.get(front)?);
    if front + back + 1 >= long {
        return Some(format!("{x} in the place of {y}"));
    }
    let swapped = front + back + 2 == long && Some(x) == b.get(front + 1) && a.get(front + 1) == Some(y);
    swapped.then(|| format!("{y} and {x} are swapped"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("reqeusts", true)]
    #[case("requestss", true)]
    #[case("python-requests", true)]
    #[case("requests", false)]
    #[case("my-weather-tool", false)]
    #[case("scapy", false)]
    #[case("tomli", false)]
    #[case("boto", false)]
    #[case("cattrs", false)]
    #[case("dask", false)]
    fn names_near_popular_ones_are_seen(#[case] name: &str, #[case] near: bool) {
        assert_eq!(near_popular(name, Ecosystem::Pypi).is_some(), near);
    }

    #[rstest]
    #[case("preact", false)]
    #[case("mysql2", false)]
    #[case("color", false)]
    #[case("expresss", true)]
    #[case("lodahs", true)]
    fn so_they_are_of_npm(#[case] name: &str, #[case] near: bool) {
        assert_eq!(near_popular(name, Ecosystem::Npm).is_some(), near);
    }

    #[rstest]
    #[case("reqeusts", "requests", "u and e are swapped")]
    #[case("requestss", "requests", "one s more")]
    #[case("reqests", "requests", "one u less")]
    #[case("requezts", "requests", "z in the place of s")]
    #[case("python-requests", "requests", "with python added")]
    #[case("Scikit_Learn", "scikit-learn", "only capitals or separators differ")]
    fn the_edit_is_spelled_out(#[case] name: &str, #[case] popular: &str, #[case] how: &str) {
        assert_eq!(near_popular(name, Ecosystem::Pypi), Some((popular, how.to_owned())));
    }

    #[test]
    fn own_hosts_leave_shared_hosts_out() {
        let manifest = Manifest {
            homepage: Some("https://www.mylib.example/docs".to_owned()),
            repository: Some("git+https://github.com/x/y".to_owned()),
            ..Manifest::default()
        };
        assert_eq!(own_hosts(&manifest), ["mylib.example"]);
    }
}
