//! Every word that the extractor writes and a model may read: a contract between the two, with a version and a hash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::catalogue::{JAVASCRIPT, PYTHON, Watches};
use super::feature::Feature;
use super::interpret::{call_words, module_words};
use super::{shell, strings};

/// What the extractor makes of the same bytes. It is raised with every change that gives some package other steps.
pub const EXTRACTOR: u32 = 7;

/// The table of words.
#[derive(Debug)]
pub struct WordTable {
    /// The extractor that writes them.
    pub version: u32,
    /// Of all words, in hexadecimal digits: another hash, other words.
    pub hash: String,
    words: BTreeSet<String>,
    /// Names after which the code's own names follow: a row of the catalogue watches everything below them.
    open: BTreeSet<String>,
}

impl WordTable {
    /// Whether the extractor can write these words in a row.
    #[must_use]
    pub fn writes(&self, words: &str) -> bool {
        let mut open = false;
        words.split_whitespace().all(|word| {
            open |= self.open.contains(word);
            open || self.words.contains(word)
        })
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    fn built_in() -> Self {
        let mut phrases: Vec<String> = fixed().into_values().flatten().collect();
        phrases.extend(Feature::ALL.iter().map(|feature| feature.phrase().to_owned()));
        phrases.extend(strings::words());
        phrases.extend(shell::words());
        // A codec stands behind it, by the name that the code gives.
        let mut open = BTreeSet::from(["decode".to_owned()]);
        for group in PYTHON.groups().iter().chain(JAVASCRIPT.groups()) {
            match (&group.words, group.watches) {
                (Some(words), _) => phrases.push(words.clone()),
                (None, Watches::Import) => {
                    // What is imported is named in full: `import urllib request`.
                    let names: Vec<String> = group.names.iter().map(|name| module_words(name)).collect();
                    open.extend(names.iter().flat_map(|name| name.split_whitespace()).map(str::to_owned));
                    phrases.extend(names);
                }
                (None, _) => {
                    for path in &group.names {
                        let (path, below) = path.strip_suffix(".*").map_or((path.as_str(), false), |path| (path, true));
                        let words = call_words(path);
                        if below {
                            open.extend(words.split_whitespace().map(str::to_owned));
                        }
                        phrases.push(words);
                    }
                }
            }
        }
        let split = |phrase: &String| phrase.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let words: BTreeSet<String> = phrases.iter().flat_map(split).collect();
        let mut hasher = Sha256::new();
        for word in &words {
            hasher.update(word);
            hasher.update(b"\n");
        }
        hasher.update(b"\n");
        for word in &open {
            hasher.update(word);
            hasher.update(b"\n");
        }
        let digest = hasher.finalize();
        let hash = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { version: EXTRACTOR, hash, words, open }
    }
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
fn fixed() -> BTreeMap<String, Vec<String>> {
    toml::from_str(include_str!("catalogue/words.toml")).unwrap_or_else(|error| panic!("built-in words: {error}"))
}

/// The table of the words that the extractor writes, with its version and hash.
#[must_use]
pub fn vocabulary() -> &'static WordTable {
    static TABLE: LazyLock<WordTable> = LazyLock::new(WordTable::built_in);
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_and_those_of_watched_names_are_free() {
        let table = vocabulary();
        assert!(table.writes("secret browser data"));
        assert!(table.writes("http post webhook discord"));
        assert!(table.writes("platform anything"), "a row watches all of `platform`");
        assert!(!table.writes("anything platform"));
        assert!(!table.writes("unheard-of"));
        assert_eq!(table.hash.len(), 16);
    }
}
