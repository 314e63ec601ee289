//! Which file of the old package is which of the new one.
//!
//! By path below the package's folder, whatever the layout: a wheel's `*.data` and metadata folders, an sdist's `PKG-INFO` and
//! `src`, the folders of a repository. Then, among those left over, by content: a file that was only moved, or moved and
//! changed a little.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Layout;
use super::units;
use crate::package::{Ecosystem, File, Package};

/// Most files of one name that are tried against each other.
const NAMESAKES: usize = 8;
/// Most differences of layout applied.
const SHIFTS: usize = 8;
/// Most pairs of files compared by content.
const PAIRS: usize = 40_000;
/// Units of a file that are compared, from its beginning.
const SAMPLE: usize = 512;
/// Moved files share at least this part of their units, in percent.
const ALIKE: usize = 60;
/// Marks a path of generated metadata; no path of an archive begins so.
const METADATA: &str = "//metadata/";

/// Two files that are one file in two versions, or one that only one version has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pairing {
    pub old: Option<usize>,
    pub new: Option<usize>,
    /// Whether the two have different paths.
    pub moved: bool,
}

/// How the two packages are laid out.
pub(super) fn layout(old: &Package, new: &Package) -> Layout {
    let (from_old, from_new) = (is_repository(old), is_repository(new));
    let both_pypi = old.ecosystem == Ecosystem::Pypi && new.ecosystem == Ecosystem::Pypi;
    match () {
        () if from_old && !from_new => Layout::RepositoryAndPackage,
        () if from_new && !from_old => Layout::PackageAndRepository,
        () if both_pypi && is_wheel(old) && !is_wheel(new) => Layout::WheelAndSdist,
        () if both_pypi && is_wheel(new) && !is_wheel(old) => Layout::SdistAndWheel,
        () => Layout::Alike,
    }
}

fn below(package: &Package) -> impl Iterator<Item = &str> {
    package.files.iter().filter_map(|file| file.path.strip_prefix(package.root.as_str()))
}

fn is_wheel(package: &Package) -> bool {
    below(package).any(|path| path.split_once('/').is_some_and(|(folder, _)| folder.ends_with(".dist-info")))
}

/// An export of a repository: what only version control needs is there, and nothing that only a build writes.
fn is_repository(package: &Package) -> bool {
    const SIGNS: [&str; 6] =
        [".gitignore", ".gitattributes", ".gitlab-ci.yml", ".travis.yml", ".hgignore", ".gitmodules"];
    let packed =
        package.root.ends_with("package/") || is_wheel(package) || below(package).any(|path| path == "PKG-INFO");
    let folders = [".github/", ".circleci/", ".git/"];
    let sign = |path: &str| SIGNS.contains(&path) || folders.iter().any(|folder| path.starts_with(folder));
    !packed && below(package).any(sign)
}

/// The path that a file has in every layout.
fn key(package: &Package, path: &str) -> String {
    let Some(rest) = path.strip_prefix(package.root.as_str()) else { return format!("//{path}") };
    if package.ecosystem != Ecosystem::Pypi {
        return rest.to_owned();
    }
    if rest == "PKG-INFO" {
        return format!("{METADATA}METADATA");
    }
    let Some((folder, below)) = rest.strip_prefix("src/").unwrap_or(rest).split_once('/') else {
        return rest.to_owned();
    };
    if folder.ends_with(".dist-info") || folder.ends_with(".egg-info") || folder == "EGG-INFO" {
        let below = if below == "PKG-INFO" { "METADATA" } else { below };
        return format!("{METADATA}{below}");
    }
    match below.split_once('/') {
        Some(("purelib" | "platlib", inside)) if folder.ends_with(".data") => inside.to_owned(),
        Some((scheme, inside)) if folder.ends_with(".data") => format!("//{scheme}/{inside}"),
        _ => rest.to_owned(),
    }
}

/// Whether a file was written by the tool that built the package and says nothing that the build did not know.
pub(super) fn is_generated(package: &Package, path: &str) -> bool {
    const NAMES: [&str; 11] = [
        "RECORD",
        "WHEEL",
        "INSTALLER",
        "REQUESTED",
        "SOURCES.txt",
        "top_level.txt",
        "dependency_links.txt",
        "not-zip-safe",
        "zip-safe",
        "requires.txt",
        "METADATA",
    ];
    key(package, path).strip_prefix(METADATA).is_some_and(|name| NAMES.contains(&name))
}

/// Pairs all files. In order of their paths; every file is in one pair. Says what was given up.
pub(super) fn pairs(old: &Package, new: &Package) -> (Vec<Pairing>, Option<String>) {
    let mut pairs = Vec::new();
    let mut left = by_key(old, new, &mut pairs);
    shifted(old, new, &mut left, &mut pairs);
    let cut = moved(old, new, &mut left, &mut pairs);
    pairs.extend(left.old.into_keys().map(|at| Pairing { old: Some(at), new: None, moved: false }));
    pairs.extend(left.new.into_keys().map(|at| Pairing { old: None, new: Some(at), moved: false }));
    let inside = |package: &Package, at: usize| {
        package.inside(package.files.get(at).map_or("", |file| file.path.as_str())).to_owned()
    };
    let path = |pair: &Pairing| match (pair.new, pair.old) {
        (Some(at), _) => inside(new, at),
        (None, at) => at.map(|at| inside(old, at)).unwrap_or_default(),
    };
    pairs.sort_by_cached_key(|pair| (path(pair), pair.old));
    (pairs, cut)
}

/// Files without a partner yet, with their keys.
struct Left {
    old: BTreeMap<usize, String>,
    new: BTreeMap<usize, String>,
}

impl Left {
    fn pair(&mut self, old: usize, new: usize, moved: bool, pairs: &mut Vec<Pairing>) {
        if self.old.contains_key(&old) && self.new.contains_key(&new) {
            self.old.remove(&old);
            self.new.remove(&new);
            pairs.push(Pairing { old: Some(old), new: Some(new), moved });
        }
    }
}

fn by_key(old: &Package, new: &Package, pairs: &mut Vec<Pairing>) -> Left {
    let keyed = |package: &Package| -> BTreeMap<usize, String> {
        package.files.iter().enumerate().map(|(at, file)| (at, key(package, &file.path))).collect()
    };
    let mut left = Left { old: keyed(old), new: keyed(new) };
    // An sdist has its metadata twice; the first of each key is paired, what is left over has no partner.
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, key) in left.old.iter().rev() {
        places.entry(key).or_default().push(*at);
    }
    let found: Vec<(usize, usize)> =
        left.new.iter().filter_map(|(at, key)| Some((places.get_mut(key.as_str())?.pop()?, *at))).collect();
    for (a, b) in found {
        left.pair(a, b, false, pairs);
    }
    left
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Splits what two paths do not share at their ends from what they do.
fn differing<'p>(a: &'p str, b: &'p str) -> (&'p str, &'p str) {
    let shared: usize = a.rsplit('/').zip(b.rsplit('/')).take_while(|(x, y)| x == y).map(|(x, _)| x.len() + 1).sum();
    let cut = |path: &'p str| path.get(..(path.len() + 1).saturating_sub(shared)).unwrap_or_default();
    (cut(a), cut(b))
}

/// What speaks for one folder being another.
#[derive(Debug, Default)]
struct Votes {
    count: usize,
    /// The files that would pair.
    found: Vec<(usize, usize)>,
}

/// Whole folders that stand elsewhere: `src/demo/a.py` is `demo/a.py`.
fn shifted(old: &Package, new: &Package, left: &mut Left, pairs: &mut Vec<Pairing>) {
    let mut namesakes: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (at, key) in left.old.iter().filter(|(_, key)| !key.starts_with("//")) {
        namesakes.entry(name(key)).or_default().0.push(*at);
    }
    for (at, key) in left.new.iter().filter(|(_, key)| !key.starts_with("//")) {
        namesakes.entry(name(key)).or_default().1.push(*at);
    }
    let mut votes: BTreeMap<(&str, &str), Votes> = BTreeMap::new();
    for (olds, news) in namesakes.values().filter(|(a, b)| a.len() <= NAMESAKES && b.len() <= NAMESAKES) {
        for (a, b) in olds.iter().flat_map(|a| news.iter().map(move |b| (*a, *b))) {
            let (Some(x), Some(y)) = (left.old.get(&a), left.new.get(&b)) else { continue };
            let Votes { count, found } = votes.entry(differing(x, y)).or_default();
            *count += if content(old, a) == content(new, b) { 2 } else { 1 };
            found.push((a, b));
        }
    }
    let usual = ["src/", "lib/", "python/", "packages/"];
    let likely = |(a, b): &(&str, &str), votes: usize| {
        let one_side = a.is_empty() || b.is_empty();
        votes >= 3 || one_side && (votes >= 2 || usual.contains(a) || usual.contains(b))
    };
    let mut shifts: Vec<_> = votes.into_iter().filter(|(shift, votes)| likely(shift, votes.count)).collect();
    shifts.sort_by(|(a, x), (b, y)| y.count.cmp(&x.count).then(a.cmp(b)));
    let found: Vec<(usize, usize)> = shifts.into_iter().take(SHIFTS).flat_map(|(_, votes)| votes.found).collect();
    for (a, b) in found {
        left.pair(a, b, true, pairs);
    }
}

fn content(package: &Package, at: usize) -> Option<&[u8]> {
    package.files.get(at).map(|file| &*file.bytes)
}

/// Files that kept their content, or most of it, under another name.
fn moved(old: &Package, new: &Package, left: &mut Left, pairs: &mut Vec<Pairing>) -> Option<String> {
    let mut by_content: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for at in left.old.keys().rev() {
        let bytes = content(old, *at).unwrap_or_default();
        if !bytes.is_empty() {
            by_content.entry(bytes).or_default().push(*at);
        }
    }
    let equal: Vec<(usize, usize)> =
        left.new.keys().filter_map(|at| Some((by_content.get_mut(content(new, *at)?)?.pop()?, *at))).collect();
    for (a, b) in equal {
        left.pair(a, b, true, pairs);
    }
    let ending = |file: &File| name(&file.path).rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let sampled = |package: &Package, keys: &BTreeMap<usize, String>| -> Vec<(usize, Option<String>, HashSet<u64>)> {
        let ordinary = keys.iter().filter(|(_, key)| !key.starts_with("//"));
        let files = ordinary.filter_map(|(at, _)| Some((*at, package.files.get(*at)?)));
        files.map(|(at, file)| (at, ending(file), sample(file))).filter(|(.., sample)| sample.len() > 2).collect()
    };
    if left.old.len().saturating_mul(left.new.len()) > PAIRS {
        return Some("too many files were added and removed to look for moved ones among them".to_owned());
    }
    let (olds, news) = (sampled(old, &left.old), sampled(new, &left.new));
    let mut alike: Vec<(usize, usize, usize)> = Vec::new();
    for (a, ending_a, x) in &olds {
        for (b, _, y) in news.iter().filter(|(_, ending_b, _)| ending_a == ending_b) {
            let shared = x.intersection(y).count();
            let percent = shared * 100 / (x.len() + y.len() - shared).max(1);
            if percent >= ALIKE {
                alike.push((percent, *a, *b));
            }
        }
    }
    alike.sort_by(|x, y| y.0.cmp(&x.0).then(x.cmp(y)));
    for (_, a, b) in alike {
        left.pair(a, b, true, pairs);
    }
    None
}

/// Hashes of the units of a text that say something.
fn sample(file: &File) -> HashSet<u64> {
    let Some(source) = &file.source else { return HashSet::new() };
    let text = source.text.as_str();
    let hash = |line: &str| {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        hasher.finish()
    };
    let units = units::cut(text).into_iter().take(SAMPLE);
    units
        .filter_map(|unit| Some(text.get(unit.start..unit.end)?.trim()))
        .filter(|unit| unit.len() > 3)
        .map(hash)
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::tests::package;
    use super::*;

    fn shown(old: &Package, new: &Package) -> Vec<String> {
        let path =
            |package: &Package, at: Option<usize>| at.map_or("-".to_owned(), |at| package.files[at].path.clone());
        let show = |pair: &Pairing| {
            let arrow = if pair.moved { "~" } else { "=" };
            format!("{} {arrow} {}", path(old, pair.old), path(new, pair.new))
        };
        pairs(old, new).0.iter().map(show).collect()
    }

    #[test]
    fn two_releases_pair_by_path_below_their_folders() {
        let old = package("demo-1.0/", Ecosystem::Pypi, &[("demo-1.0/a.py", "1"), ("demo-1.0/gone.py", "1")]);
        let new = package("demo-1.1/", Ecosystem::Pypi, &[("demo-1.1/a.py", "2"), ("demo-1.1/new.py", "2")]);
        let expected = ["demo-1.0/a.py = demo-1.1/a.py", "demo-1.0/gone.py = -", "- = demo-1.1/new.py"];
        assert_eq!(shown(&old, &new), expected);
    }

    #[test]
    fn a_wheel_pairs_with_its_sdist() {
        let wheel = [
            ("demo/__init__.py", "import os"),
            ("demo-1.0.data/scripts/tool", "#!python"),
            ("demo-1.0.data/purelib/extra.py", "1"),
            ("demo-1.0.dist-info/METADATA", "Name: demo"),
            ("demo-1.0.dist-info/RECORD", ""),
        ];
        let sdist = [
            ("demo-1.0/PKG-INFO", "Name: demo"),
            ("demo-1.0/setup.py", "setup()"),
            ("demo-1.0/extra.py", "1"),
            ("demo-1.0/src/demo/__init__.py", "import os"),
            ("demo-1.0/src/demo.egg-info/PKG-INFO", "Name: demo"),
        ];
        let (old, new) = (package("demo-1.0/", Ecosystem::Pypi, &sdist), package("", Ecosystem::Pypi, &wheel));
        assert_eq!(layout(&old, &new), Layout::SdistAndWheel);
        assert_eq!(layout(&new, &old), Layout::WheelAndSdist);
        let expected = [
            "demo-1.0/setup.py = -",
            "demo-1.0/src/demo.egg-info/PKG-INFO = -",
            "demo-1.0/extra.py = demo-1.0.data/purelib/extra.py",
            "- = demo-1.0.data/scripts/tool",
            "demo-1.0/PKG-INFO = demo-1.0.dist-info/METADATA",
            "- = demo-1.0.dist-info/RECORD",
            "demo-1.0/src/demo/__init__.py ~ demo/__init__.py",
        ];
        let mut found = shown(&old, &new);
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(is_generated(&new, "demo-1.0.dist-info/RECORD") && !is_generated(&new, "demo/RECORD"));
    }

    #[rstest]
    #[case::export("repo-main/", ".gitignore", Layout::RepositoryAndPackage)]
    #[case::packed("package/", ".gitignore", Layout::Alike)]
    fn a_repository_is_known_by_what_only_it_has(#[case] root: &str, #[case] sign: &str, #[case] expected: Layout) {
        let path = format!("{root}{sign}");
        let old = package(root, Ecosystem::Npm, &[(&path, "x")]);
        assert_eq!(layout(&old, &package("package/", Ecosystem::Npm, &[])), expected);
    }

    #[test]
    fn moved_files_are_found_by_content() {
        let long: String = (0..40).map(|n| format!("line number {n}\n")).collect();
        let changed = long.replace("number 7\n", "number seven\n");
        let old = package("package/", Ecosystem::Npm, &[("package/a/x.js", &long), ("package/b/y.js", "const y = 1;")]);
        let new =
            package("package/", Ecosystem::Npm, &[("package/c/z.js", &changed), ("package/d/q.js", "const y = 1;")]);
        assert_eq!(shown(&old, &new), ["package/a/x.js ~ package/c/z.js", "package/b/y.js ~ package/d/q.js"]);
    }

    #[test]
    fn other_files_of_one_name_are_not_taken_for_moved_ones() {
        let old = package("package/", Ecosystem::Npm, &[("package/a/index.js", "one()\ntwo()\nthree()\n")]);
        let new = package("package/", Ecosystem::Npm, &[("package/b/index.js", "other()\nthings()\nhere()\n")]);
        assert_eq!(shown(&old, &new), ["package/a/index.js = -", "- = package/b/index.js"]);
    }
}
