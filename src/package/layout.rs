//! Which folder of an archive holds the package, and of which ecosystem it is.

use std::collections::{BTreeMap, BTreeSet};

use super::member::is_aside;
use super::{Ecosystem, File};

/// Where the package is and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// With a trailing slash, or empty.
    pub root: String,
    pub ecosystem: Ecosystem,
    /// Whether manifests of both ecosystems stand in the root.
    pub both: bool,
    /// Folders below the root whose files are installed to where imports are looked for, with trailing slashes: those of a
    /// `bdist_wininst`, a `bdist_dumb`, a wheel's `.data/data`.
    pub sites: Vec<String>,
    /// The first folders that npm merges, where there are several.
    pub tops: Vec<String>,
}

/// Index of the file with this path; see [`super::Package::by_path`].
pub(super) fn position(files: &[File], tops: &[String], path: &str) -> Option<usize> {
    let exact = |path: &str| files.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
    let in_top = |top: &String| if top.is_empty() { None } else { path.strip_prefix(top.as_str())?.strip_prefix('/') };
    let elsewhere = || {
        let inside = tops.iter().find_map(in_top).unwrap_or(path);
        let place = |top: &String| if top.is_empty() { inside.to_owned() } else { format!("{top}/{inside}") };
        tops.iter().find_map(|top| exact(&place(top)))
    };
    exact(path).or_else(elsewhere)
}

/// A path below the package's root, whichever of the merged folders it is in.
pub(super) fn below<'p>(root: &str, tops: &[String], path: &'p str) -> Option<&'p str> {
    if is_aside(path) {
        return None;
    }
    let in_top = |top: &String| if top.is_empty() { None } else { path.strip_prefix(top.as_str())?.strip_prefix('/') };
    let other = || tops.iter().find_map(in_top).or_else(|| tops.iter().any(String::is_empty).then_some(path));
    path.strip_prefix(root).filter(|_| !(root.is_empty() && tops.len() > 1)).or_else(other)
}

/// Most such folders; an archive has one or two.
const SITES: usize = 4;

/// Manifest files found in one folder.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    package_json: bool,
    /// `PKG-INFO`, `METADATA`: what a build has written.
    built: bool,
    wheel: bool,
    /// `setup.py`, `pyproject.toml`, `setup.cfg`: what a build reads.
    source: bool,
}

impl Marks {
    fn pypi(self) -> bool {
        self.built || self.wheel || self.source
    }
}

/// Finds the package by its manifests: in the folder that all files share, else one level below it. Where npm merges
/// folders, the manifest that it leaves in the package tells which one counts.
pub(super) fn find(files: &[File], tops: &[String], archive: &str) -> Layout {
    let folder = |top: &String| if top.is_empty() { String::new() } else { format!("{top}/") };
    let holds = |root: &str, name: &str| position(files, &[], &format!("{root}{name}")).is_some();
    if let Some(root) = tops.iter().map(folder).find(|root| holds(root, "package.json")) {
        let both = ["PKG-INFO", "setup.py", "pyproject.toml", "setup.cfg"].iter().any(|name| holds(&root, name));
        let tops = if tops.len() > 1 { tops.to_vec() } else { Vec::new() };
        return Layout { root, ecosystem: Ecosystem::Npm, both, tops, sites: Vec::new() };
    }
    let files: Vec<&File> = files.iter().filter(|file| !is_aside(&file.path)).collect();
    let base = common_folder(&files);
    let mut folders: BTreeMap<String, (Marks, usize)> = BTreeMap::new();
    for file in &files {
        let Some(rest) = file.path.strip_prefix(&base) else { continue };
        add_marks(&mut folders, &base, rest);
        // One level down, where an archive has files beside the package's folder.
        if let Some((folder, below)) = rest.split_once('/') {
            add_marks(&mut folders, &format!("{base}{folder}/"), below);
        }
    }
    // The base itself if it has a manifest; else the folder with most manifests, the first by name among equals.
    let best = folders.iter().rev().max_by_key(|(folder, (_, count))| (**folder == base, *count));
    let Some((root, (marks, _))) = best else {
        let wheel = archive.ends_with(".whl") || archive.ends_with(".egg");
        let ecosystem = if wheel { Ecosystem::Pypi } else { Ecosystem::Unknown };
        let sites = sites(&files, &base, |_| true);
        let ecosystem = if sites.is_empty() { ecosystem } else { Ecosystem::Pypi };
        return Layout { root: base, ecosystem, both: false, tops: Vec::new(), sites };
    };
    // An installer for Windows has its metadata beside the modules, and the scripts in a folder beside them.
    let root = if site(root).is_some_and(|site| site == root && !site.contains("packages")) { &base } else { root };
    let both = marks.package_json && marks.pypi();
    let npm_folder = root.trim_end_matches('/').rsplit('/').next() == Some("package");
    let ecosystem = match () {
        () if !marks.pypi() => Ecosystem::Npm,
        () if !marks.package_json || marks.wheel => Ecosystem::Pypi,
        // npm packs everything below `package/`.
        () if npm_folder => Ecosystem::Npm,
        () if marks.built => Ecosystem::Pypi,
        () => Ecosystem::Npm,
    };
    let sites = match ecosystem {
        Ecosystem::Pypi if marks.wheel => sites(&files, root, |path| path.contains(".data/data/")),
        Ecosystem::Pypi if !marks.source => sites(&files, root, |_| true),
        _ => Vec::new(),
    };
    Layout { root: root.clone(), ecosystem, both, tops: Vec::new(), sites }
}

/// The folder that a path is in whose files are installed to where imports are looked for.
fn site(path: &str) -> Option<&str> {
    const TOPS: [&str; 2] = ["PURELIB/", "PLATLIB/"];
    const FOLDERS: [&str; 2] = ["site-packages/", "dist-packages/"];
    if let Some(top) = TOPS.iter().find(|top| path.starts_with(*top)) {
        return path.get(..top.len());
    }
    let end = |folder: &&str| {
        let at = path.find(*folder).filter(|at| *at == 0 || path.as_bytes().get(at - 1) == Some(&b'/'))?;
        Some(at + folder.len())
    };
    FOLDERS.iter().filter_map(end).min().and_then(|end| path.get(..end))
}

fn sites(files: &[&File], root: &str, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let found = files.iter().filter(|file| counts(&file.path)).filter_map(|file| {
        let site = site(&file.path)?;
        // The root may lie inside of it.
        Some(site.strip_prefix(root).or_else(|| root.starts_with(site).then_some(""))?.to_owned())
    });
    let found: BTreeSet<String> = found.collect();
    found.into_iter().take(SITES).collect()
}

fn add_marks(folders: &mut BTreeMap<String, (Marks, usize)>, folder: &str, rest: &str) {
    let mut found = Marks::default();
    match rest.split_once('/') {
        None => match rest {
            "package.json" => found.package_json = true,
            "PKG-INFO" | "METADATA" => found.built = true,
            "setup.py" | "pyproject.toml" | "setup.cfg" => found.source = true,
            _ => return,
        },
        Some((info, "METADATA" | "WHEEL" | "RECORD")) if info.ends_with(".dist-info") => found.wheel = true,
        Some(("EGG-INFO", "PKG-INFO")) => found.wheel = true,
        Some((info, "PKG-INFO")) if info.ends_with(".egg-info") => found.built = true,
        _ => return,
    }
    let (marks, count) = folders.entry(folder.to_owned()).or_default();
    *count += 1;
    marks.package_json |= found.package_json;
    marks.built |= found.built;
    marks.wheel |= found.wheel;
    marks.source |= found.source;
}

/// The longest folder that all files are in, with a trailing slash, or empty.
fn common_folder(files: &[&File]) -> String {
    let Some(first) = files.first() else { return String::new() };
    // Sorted by path: what the first and the last share, all share.
    let last = files.last().map_or("", |file| file.path.as_str());
    let shared = first.path.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    let shared = if files.len() == 1 { first.path.len() } else { shared };
    let shared = first.path.as_bytes().get(..shared).unwrap_or(&[]);
    let end = shared.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    first.path.get(..end).unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn files(paths: &[&str]) -> Vec<File> {
        let mut paths = paths.to_vec();
        paths.sort_unstable();
        let file = |path: &&str| File { path: (*path).to_owned(), bytes: [].into(), source: None };
        paths.iter().map(file).collect()
    }

    #[rstest]
    #[case::wininst(&["PLATLIB/x/a.so", "PURELIB/x/a.py", "SCRIPTS/x"], &["PLATLIB/", "PURELIB/"])]
    #[case::wininst_folder(&["PURELIB/x-1.egg-info/PKG-INFO", "PURELIB/x/a.py", "SCRIPTS/x"], &["PURELIB/"])]
    #[case::dumb(&["usr/bin/x", "usr/lib/python3/dist-packages/x.py"], &["lib/python3/dist-packages/"])]
    #[case::dumb_modules(&["usr/lib/python3/site-packages/x-1.egg-info", "usr/lib/python3/site-packages/x.py"], &[""])]
    #[case::wheel(&["x-1.data/data/lib/site-packages/y.py", "x-1.dist-info/METADATA", "x/site-packages/z.py"], &["x-1.data/data/lib/site-packages/"])]
    #[case::source(&["x-1/setup.py", "x-1/venv/lib/site-packages/z.py"], &[])]
    fn finds_what_is_installed_to_be_imported(#[case] paths: &[&str], #[case] sites: &[&str]) {
        assert_eq!(find(&files(paths), &[], "x.zip").sites, sites);
    }

    #[rstest]
    #[case::npm(&["package/package.json", "package/lib/a.js"], "package/", Ecosystem::Npm)]
    #[case::npm_in_lib_only(&["package/package.json"], "package/", Ecosystem::Npm)]
    #[case::npm_other_folder(&["tool/package.json", "tool/a/package.json"], "tool/", Ecosystem::Npm)]
    #[case::sdist(&["x-1.0/setup.py", "x-1.0/x/__init__.py", "x-1.0/PKG-INFO"], "x-1.0/", Ecosystem::Pypi)]
    #[case::wheel(&["x/__init__.py", "x-1.0.dist-info/METADATA"], "", Ecosystem::Pypi)]
    #[case::egg(&["x/__init__.py", "EGG-INFO/PKG-INFO"], "", Ecosystem::Pypi)]
    #[case::loose_setup(&["setup.py", "x/a.py"], "", Ecosystem::Pypi)]
    #[case::beside(&["README", "x/setup.py", "x/x.py", "y/z.py"], "x/", Ecosystem::Pypi)]
    #[case::labextension(&["x-1/PKG-INFO", "x-1/package.json", "x-1/pyproject.toml"], "x-1/", Ecosystem::Pypi)]
    #[case::npm_with_python(&["package/package.json", "package/setup.py"], "package/", Ecosystem::Npm)]
    #[case::npm_with_forged_info(&["package/package.json", "package/PKG-INFO"], "package/", Ecosystem::Npm)]
    #[case::deep(&["a/b/c/package.json", "a/b/c/i.js"], "a/b/c/", Ecosystem::Npm)]
    #[case::scripts(&["x/a.py", "x/b.js"], "x/", Ecosystem::Unknown)]
    #[case::nothing(&[], "", Ecosystem::Unknown)]
    #[case::wininst(&["PURELIB/x-1-py2.7.egg-info", "PURELIB/x/a.py", "SCRIPTS/x"], "", Ecosystem::Pypi)]
    #[case::wininst_folder(&["PURELIB/x-1.egg-info/PKG-INFO", "PURELIB/x/a.py", "SCRIPTS/x"], "", Ecosystem::Pypi)]
    #[case::dumb(&["usr/bin/x", "usr/lib/python3/dist-packages/x.py"], "usr/", Ecosystem::Pypi)]
    fn finds_the_package(#[case] paths: &[&str], #[case] root: &str, #[case] ecosystem: Ecosystem) {
        let layout = find(&files(paths), &[], "x.tar.gz");
        assert_eq!((layout.root.as_str(), layout.ecosystem), (root, ecosystem));
    }
}
