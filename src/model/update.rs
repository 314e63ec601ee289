//! What a text tells that an older version's did not: the part of an update that is judged.

use std::collections::HashSet;

use super::slice;
use crate::behavior::ModelText;

/// The pieces of a text that tell something which no piece of the older text says in the same phase, with the headings that
/// they stand under; a fact is compared with the facts. Empty where nothing is new.
#[must_use]
pub fn added(old: &ModelText, new: &ModelText) -> Vec<usize> {
    let phase = |heading: Option<(usize, &str)>| heading.map(|(_, name)| name.to_owned());
    let known: HashSet<(Option<String>, &str)> =
        told(old).into_iter().map(|(heading, _, words)| (phase(heading), words)).collect();
    let mut added: Vec<usize> = Vec::new();
    for (heading, index, words) in told(new) {
        if known.contains(&(phase(heading), words)) {
            continue;
        }
        if let Some((at, _)) = heading.filter(|(at, _)| added.last().is_none_or(|last| last < at)) {
            added.push(at);
        }
        added.push(index);
    }
    // The word that every text begins with.
    if !added.is_empty() && slice::facts(new) > 0 {
        added.insert(0, 0);
    }
    added
}

/// A heading by its index and name, and what stands under it: index and words.
type Told<'t> = (Option<(usize, &'t str)>, usize, &'t str);

/// Everything that a text tells; facts stand under none.
fn told(text: &ModelText) -> Vec<Told<'_>> {
    // The word that every text begins with tells nothing.
    let begin = usize::from(slice::facts(text) > 0);
    let mut heading = None;
    let mut told = Vec::new();
    for (index, piece) in text.pieces.iter().enumerate().skip(begin) {
        let words = slice::words(text, piece);
        if slice::is_heading(text, piece) {
            heading = Some((index, words));
        } else {
            told.push((heading, index, words));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear::tests::text;

    fn news(old: &[&str], new: &[&str]) -> String {
        let (old, new) = (text(old), text(new));
        slice::text_of(&new, &added(&old, &new)).text
    }

    #[test]
    fn what_is_said_in_another_phase_is_new() {
        let old = ["facts", "no license", "import", "read", "run", "send"];
        assert_eq!(news(&old, &["facts", "import", "read", "send", "run", "send"]), "facts import send");
        assert_eq!(news(&old, &["facts", "install script", "run", "send"]), "facts install script");
        assert_eq!(news(&old, &old), "");
        assert_eq!(news(&old, &["facts", "run", "send", "send", "read"]), "facts run read");
    }

    #[test]
    fn a_text_without_facts_gets_none() {
        assert_eq!(news(&["start", "a"], &["start", "b"]), "b");
    }
}
