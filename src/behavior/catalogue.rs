//! The catalogue of behaviors: data files, one per language, and the strings that tell something by themselves.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::feature::Feature;
use super::taint::Taint;

/// What the arguments of a call are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Takes {
    /// Text for a shell.
    Shell,
    /// A program with its arguments, or shell text.
    Argv,
    /// A script file to run in a child.
    Run,
    /// Code to evaluate.
    Code,
    /// Code to compile: the result is that code.
    Compile,
    /// Code only if it is text.
    Timer,
    /// An address to fetch from.
    Url,
    /// An address, and a file to write.
    Download,
    /// An address, and data that leaves.
    Send,
    /// A file to open for reading or writing.
    Open,
    /// A path.
    Path,
    /// Data that is written to a file.
    Write,
    /// A path that is deleted.
    Delete,
    /// Data to decode.
    Decode,
    /// Data that passes through.
    Through,
    /// A module's name.
    Module,
    /// The name of an environment variable.
    Variable,
    /// Functions that are called.
    Callback,
    /// A library or address.
    Native,
    /// Text for the clipboard.
    Clipboard,
    /// A function that stands for the one it is given for.
    Hook,
}

/// A rule for a call or for reading an attribute.
#[derive(Debug)]
pub struct Rule {
    /// The behavior.
    pub feature: Feature,
    /// Words of the detail; `None`: the last two names of the path say it.
    pub words: Option<String>,
    /// What the arguments are.
    pub takes: Option<Takes>,
    /// What the result carries.
    pub gives: Taint,
    /// A keyword that has to be given and true.
    pub only_with: Option<String>,
}

/// The catalogue of one language.
#[derive(Debug)]
pub struct Catalogue {
    modules: HashMap<String, Feature>,
    exact: HashMap<String, usize>,
    below: HashMap<String, usize>,
    rules: Vec<Rule>,
    reads: HashMap<String, Rule>,
    writes: HashMap<String, Rule>,
    groups: Vec<Group>,
}

/// What a group of the catalogue watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Watches {
    /// Imports of modules.
    Import,
    /// Calls.
    Call,
    /// Reads of attributes.
    Read,
    /// Members that are set.
    Write,
    /// Texts, folded ones too.
    Text,
}

/// A group of the catalogue, as `cerebro features` lists it.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// The behavior.
    pub feature: Feature,
    /// What is watched.
    pub watches: Watches,
    /// Words of the detail; `None`: the names say it.
    pub words: Option<String>,
    /// Dotted paths with names resolved (`.*`: everything below), modules, or patterns of texts.
    pub names: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    modules: Vec<ModuleGroup>,
    calls: Vec<RuleGroup>,
    reads: Vec<RuleGroup>,
    writes: Vec<RuleGroup>,
}

#[derive(Deserialize)]
struct ModuleGroup {
    feature: Feature,
    names: Vec<String>,
}

#[derive(Deserialize)]
struct RuleGroup {
    feature: Feature,
    words: Option<String>,
    takes: Option<Takes>,
    gives: Option<Taint>,
    only_with: Option<String>,
    paths: Vec<String>,
}

impl RuleGroup {
    fn row(&self, watches: Watches) -> Group {
        Group { feature: self.feature, watches, words: self.words.clone(), names: self.paths.clone() }
    }

    fn rule(&self) -> Rule {
        Rule {
            feature: self.feature,
            words: self.words.clone(),
            takes: self.takes,
            gives: self.gives.unwrap_or_default(),
            only_with: self.only_with.clone(),
        }
    }
}

impl Catalogue {
    fn read(text: &str) -> Result<Self, toml::de::Error> {
        let document: Document = toml::from_str(text)?;
        let mut catalogue = Self {
            modules: HashMap::new(),
            exact: HashMap::new(),
            below: HashMap::new(),
            rules: Vec::new(),
            reads: HashMap::new(),
            writes: HashMap::new(),
            groups: Vec::new(),
        };
        for group in &document.modules {
            let names = group.names.clone();
            let row = Group { feature: group.feature, watches: Watches::Import, words: None, names };
            catalogue.groups.push(row);
        }
        for (groups, watches) in
            [(&document.calls, Watches::Call), (&document.reads, Watches::Read), (&document.writes, Watches::Write)]
        {
            catalogue.groups.extend(groups.iter().map(|group| group.row(watches)));
        }
        for group in document.modules {
            catalogue.modules.extend(group.names.into_iter().map(|name| (name, group.feature)));
        }
        for group in &document.calls {
            let index = catalogue.rules.len();
            catalogue.rules.push(group.rule());
            for path in &group.paths {
                match path.strip_suffix(".*") {
                    Some(prefix) => catalogue.below.entry(prefix.to_owned()).or_insert(index),
                    None => catalogue.exact.entry(path.clone()).or_insert(index),
                };
            }
        }
        for group in &document.reads {
            catalogue.reads.extend(group.paths.iter().map(|path| (path.clone(), group.rule())));
        }
        for group in &document.writes {
            catalogue.writes.extend(group.paths.iter().map(|path| (path.clone(), group.rule())));
        }
        Ok(catalogue)
    }

    /// The feature of importing a module: by its whole name, else by the packages that hold it.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<Feature> {
        prefixes(name, &['.', '/']).find_map(|prefix| self.modules.get(prefix).copied())
    }

    /// The rule for a call of a path: exact, else the longest prefix.
    #[must_use]
    pub fn call(&self, path: &str) -> Option<&Rule> {
        let below = || prefixes(path, &['.']).skip(1).find_map(|prefix| self.below.get(prefix));
        self.exact.get(path).or_else(below).and_then(|index| self.rules.get(*index))
    }

    /// Whether a path is a row of its own, not one of many below another.
    #[must_use]
    pub fn is_exact(&self, path: &str) -> bool {
        self.exact.contains_key(path)
    }

    /// Whether a path with its calls (`requests.get().json`, `execSync().toString`) leads through what a call has answered:
    /// to use that is none of what the module does.
    #[must_use]
    pub fn is_answer(&self, path: &str) -> bool {
        const ANSWERED: [&str; 8] =
            ["http get", "http post", "url open", "fetch", "read", "list folder", "check path", "write stream"];
        path.match_indices("()").any(|(at, _)| {
            let before = path.get(..at).unwrap_or_default().replace("()", "");
            let rule = self.exact.get(&before).and_then(|index| self.rules.get(*index));
            rule.is_some_and(|rule| {
                let ran =
                    matches!(rule.takes, Some(Takes::Shell | Takes::Argv | Takes::Run | Takes::Write | Takes::Delete));
                ran || rule.words.as_deref().is_some_and(|words| ANSWERED.contains(&words))
            })
        })
    }

    /// The rule for reading an attribute.
    #[must_use]
    pub fn read_of(&self, path: &str) -> Option<&Rule> {
        self.reads.get(path)
    }

    /// The rule for setting a member.
    #[must_use]
    pub fn write_of(&self, path: &str) -> Option<&Rule> {
        self.writes.get(path)
    }

    /// The names known below a path, by their first segment.
    #[must_use]
    pub fn members(&self, path: &str) -> BTreeSet<&str> {
        let prefix = format!("{path}.");
        let paths = self.groups.iter().filter(|group| group.watches != Watches::Text).flat_map(|group| &group.names);
        let below = paths.filter_map(|name| name.strip_prefix(&prefix)?.split('.').next());
        below.filter(|name| *name != "*" && !name.is_empty()).collect()
    }

    /// Every group, in the file's order.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }
}

/// `a.b.c`, `a.b`, `a`.
fn prefixes<'a>(path: &'a str, separators: &'static [char]) -> impl Iterator<Item = &'a str> {
    std::iter::successors(Some(path), move |prefix| prefix.rfind(separators).and_then(|at| prefix.get(..at)))
}

/// Python's catalogue.
pub static PYTHON: LazyLock<Catalogue> = LazyLock::new(|| built_in(include_str!("catalogue/python.toml")));

/// JavaScript's and TypeScript's catalogue.
pub static JAVASCRIPT: LazyLock<Catalogue> = LazyLock::new(|| built_in(include_str!("catalogue/javascript.toml")));

/// A built-in file that does not parse is a defect of this crate, found by the tests below.
#[allow(clippy::panic)]
fn built_in(text: &str) -> Catalogue {
    Catalogue::read(text).unwrap_or_else(|error| panic!("built-in catalogue: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_paths_go_before_prefixes_and_longer_prefixes_before_shorter() {
        assert_eq!(PYTHON.call("requests.get").unwrap().words.as_deref(), Some("http get"));
        assert_eq!(PYTHON.call("requests.Session").unwrap().words.as_deref(), Some("http client"));
        assert_eq!(JAVASCRIPT.call("fs.promises.readFile").unwrap().words.as_deref(), Some("read"));
        assert!(PYTHON.call("requests").is_none());
        assert!(PYTHON.call("my_requests.get").is_none());
    }

    #[test]
    fn a_module_counts_for_what_it_holds() {
        assert_eq!(PYTHON.module("urllib.request"), Some(Feature::ImportNetwork));
        assert_eq!(JAVASCRIPT.module("lodash/fp"), None);
        assert_eq!(JAVASCRIPT.module("fs/promises"), Some(Feature::ImportFiles));
    }

    #[test]
    fn no_path_stands_twice_in_a_file() {
        for text in [include_str!("catalogue/python.toml"), include_str!("catalogue/javascript.toml")] {
            let document: Document = toml::from_str(text).unwrap();
            let mut seen = std::collections::HashMap::new();
            for group in &document.calls {
                for path in &group.paths {
                    let other = seen.insert(path.clone(), group.words.clone());
                    assert!(other.is_none() || other == Some(group.words.clone()), "{path} stands in two groups");
                }
            }
        }
    }
}
