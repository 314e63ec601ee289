//! Concepts: what words amount to, so that the linear model knows a new campaign's habit by its kind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::Support;

/// A phrase: its words, and whether it must stand at the start.
type Phrase = (Vec<String>, bool);

/// Concepts with their phrases, by name.
static CONCEPTS: LazyLock<Vec<(String, Vec<Phrase>)>> = LazyLock::new(|| {
    // The table is built in: a test reads it.
    let table: BTreeMap<String, Vec<String>> = toml::from_str(include_str!("lexicon.toml")).unwrap_or_default();
    let phrase = |text: String| {
        let words = text.trim_start_matches('^').split_whitespace().map(str::to_owned).collect();
        (words, text.starts_with('^'))
    };
    table.into_iter().map(|(name, phrases)| (name, phrases.into_iter().map(phrase).collect())).collect()
});

/// The concepts that a piece shows, by index.
#[must_use]
pub fn of_piece(words: &str) -> Vec<usize> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let stands = |(phrase, start): &Phrase| {
        let mut places = words.windows(phrase.len().max(1));
        let same = |place: &[&str]| place.iter().zip(phrase).all(|(word, wanted)| word == wanted);
        if *start { places.next().is_some_and(same) } else { places.any(same) }
    };
    let shows = |(_, phrases): &&(String, Vec<Phrase>)| phrases.iter().any(stands);
    CONCEPTS.iter().enumerate().filter(|(_, concept)| shows(concept)).map(|(index, _)| index).collect()
}

/// Where a behavior runs, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// By itself, at install or import.
    Auto,
    /// When called.
    Run,
    /// In tests, documentation or examples.
    Aside,
}

/// The names of the features that concepts make, with the pieces that make them: each concept by itself and by zone; any two
/// together in code that is not aside, and any two together in what runs by itself.
#[must_use]
pub fn support(shown: &BTreeMap<(usize, Zone), Vec<usize>>) -> Vec<(String, Support)> {
    let name = |concept: &usize| CONCEPTS.get(*concept).map_or("", |(name, _)| name.as_str());
    let gathered = |keep: &dyn Fn(Zone) -> bool| {
        let mut gathered: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for ((concept, _), pieces) in shown.iter().filter(|((_, zone), _)| keep(*zone)) {
            gathered.entry(*concept).or_default().extend(pieces);
        }
        gathered
    };
    let each = |pieces: &[usize]| Support::Each(pieces.iter().map(|piece| [*piece; 2]).collect());
    let mut found = Vec::new();
    for (concept, pieces) in gathered(&|_| true) {
        found.push((format!("%{}", name(&concept)), each(&pieces)));
    }
    for ((concept, zone), pieces) in shown {
        found.push((format!("%{} {}", zone.word(), name(concept)), each(pieces)));
    }
    let together = [("", gathered(&|zone| zone != Zone::Aside)), ("auto ", gathered(&|zone| zone == Zone::Auto))];
    for (prefix, concepts) in together {
        for (at, (first, pieces)) in concepts.iter().enumerate() {
            for (second, others) in concepts.iter().skip(at + 1) {
                let name = format!("%{prefix}{} & {}", name(first), name(second));
                found.push((name, Support::Both(pieces.clone(), others.clone())));
            }
        }
    }
    found
}

/// The names alone.
#[must_use]
pub fn features(shown: &BTreeSet<(usize, Zone)>) -> Vec<String> {
    let shown = shown.iter().map(|key| (*key, Vec::new())).collect();
    support(&shown).into_iter().map(|(name, _)| name).collect()
}

impl Zone {
    fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Run => "run",
            Self::Aside => "aside",
        }
    }

    /// The zone that a phase word of the text begins.
    #[must_use]
    pub fn begun_by(heading: &str) -> Option<Self> {
        match heading {
            "install" | "import" => Some(Self::Auto),
            "run" => Some(Self::Run),
            "aside" => Some(Self::Aside),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &str) -> Vec<&'static str> {
        of_piece(words).into_iter().map(|index| CONCEPTS[index].0.as_str()).collect()
    }

    #[test]
    fn every_phrase_is_one_that_the_extractor_writes() {
        let table = crate::behavior::vocabulary();
        let phrases = CONCEPTS.iter().flat_map(|(name, phrases)| phrases.iter().map(move |(words, _)| (name, words)));
        let unknown: Vec<_> = phrases.filter(|(_, words)| !table.writes(&words.join(" "))).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn phrases_stand_word_for_word() {
        assert_eq!(names("http post webhook discord"), ["collector", "host", "network"]);
        assert_eq!(names("send secret"), ["send", "send secret"]);
        assert_eq!(names("write secret"), ["files"], "`^secret` stands at the start only");
        assert!(names("tunnels").is_empty());
    }

    #[test]
    fn two_concepts_together_make_a_feature_by_where_they_run() {
        let [send, secret] = ["send", "secret"].map(|name| CONCEPTS.iter().position(|c| c.0 == name).unwrap());
        let mut found = features(&BTreeSet::from([(send, Zone::Auto), (secret, Zone::Run)]));
        found.sort();
        assert_eq!(found, ["%auto send", "%run secret", "%secret", "%secret & send", "%send"]);
        let aside = features(&BTreeSet::from([(send, Zone::Aside), (secret, Zone::Auto)]));
        assert!(aside.iter().all(|name| !name.contains('&')));
    }
}
