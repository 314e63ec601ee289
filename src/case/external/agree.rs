//! Where the code says what was seen when the package ran.

use super::{Act, Case, Observed};
use crate::evidence::indicator;
use crate::package::Target;
use crate::syntax::Doc;
use crate::text::Span;

/// Words of a command line that tell nothing.
const COMMON: [&str; 16] = [
    "sh",
    "bash",
    "node",
    "npm",
    "python",
    "python3",
    "pip",
    "env",
    "sudo",
    "cmd",
    "/c",
    "powershell",
    "exec",
    "true",
    "null",
    "install",
];
/// Shortest word by which a place is found.
const LEAST: usize = 4;

impl Case {
    /// Finds the place in the code that says the same as something that was seen.
    pub(crate) fn agrees(&self, observed: &Observed) -> Option<(usize, Option<Span>)> {
        let needle = needle(observed)?;
        let hosts = matches!(observed.act, Act::Connect | Act::Dns);
        let named = self.indicators.iter().filter(|known| match known.kind {
            indicator::Kind::Path => !hosts,
            indicator::Kind::Url
            | indicator::Kind::Webhook
            | indicator::Kind::Domain
            | indicator::Kind::Onion
            | indicator::Kind::Ipv4
            | indicator::Kind::Ipv6 => true,
            _ => false,
        });
        let mut places = named.filter(|known| holds(&known.value, &needle)).flat_map(|known| &known.places);
        if let Some(place) = places.next() {
            return self.in_file(place.doc, Some(place.span));
        }
        if hosts {
            return None;
        }
        for entry in &self.package.entries {
            if let Target::Shell { file, span, text } = &entry.target
                && holds(text, &needle)
            {
                return Some((*file, Some(*span)));
            }
        }
        let step = self.sequence.steps.iter().find(|step| {
            let text = self.source(step.doc).and_then(|source| source.text.get(step.span.start..step.span.end));
            let matched = step.why.matched.as_deref();
            text.is_some_and(|text| holds(text, &needle)) || matched.is_some_and(|text| holds(text, &needle))
        })?;
        self.in_file(step.doc, Some(step.span))
    }

    /// A place in a file; of a decoded text the file in which its chain begins.
    fn in_file(&self, doc: Doc, span: Option<Span>) -> Option<(usize, Option<Span>)> {
        match doc {
            Doc::File(file) => Some((file, span)),
            Doc::Layer(_) => Some((self.sequence.file_of(doc)?, None)),
        }
    }
}

/// The word that tells most of what was seen: the host, the end of the path, the longest word of a command.
fn needle(observed: &Observed) -> Option<String> {
    let value = observed.value.as_str();
    let word = match observed.act {
        Act::Connect => host(value),
        Act::Dns => value,
        Act::Read | Act::Write | Act::Delete => value.rsplit(['/', '\\']).find(|part| !part.is_empty())?,
        Act::Command => {
            let words = value.split(|c: char| c.is_whitespace() || "'\"();|&".contains(c));
            words.filter(|word| !COMMON.contains(word) && !word.starts_with('-')).max_by_key(|word| word.len())?
        }
    };
    let word = word.trim_end_matches('.');
    (word.len() >= LEAST).then(|| word.to_ascii_lowercase())
}

/// The host of `name:port`, `[address]:port` or `name (address):port`.
pub(super) fn host(value: &str) -> &str {
    let value = value.split(' ').next().unwrap_or(value);
    match value.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => value.rsplit_once(':').map_or(value, |(host, _)| host),
    }
}

/// Whether a text holds a word that no letter or digit continues.
fn holds(text: &str, word: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Phase;

    #[test]
    fn what_tells_most_of_an_act_is_looked_for() {
        let of =
            |act, value: &str| needle(&Observed { phase: Phase::Install, act, value: value.to_owned(), place: None });
        assert_eq!(of(Act::Connect, "collect.example.com:443").as_deref(), Some("collect.example.com"));
        assert_eq!(of(Act::Connect, "collect.example.com (203.0.113.7):443").as_deref(), Some("collect.example.com"));
        assert_eq!(of(Act::Connect, "[2001:db8::1]:443").as_deref(), Some("2001:db8::1"));
        assert_eq!(of(Act::Read, "/root/.ssh/id_rsa").as_deref(), Some("id_rsa"));
        assert_eq!(of(Act::Command, "sh -c node collect.js").as_deref(), Some("collect.js"));
        assert_eq!(of(Act::Command, "sh -c ls"), None, "too short to find a place by");
        assert_eq!(of(Act::Dns, "Collect.Example.com.").as_deref(), Some("collect.example.com"));
    }

    #[test]
    fn a_word_is_found_whole() {
        assert!(holds("https://A.example.com/in", "a.example.com"));
        assert!(!holds("https://a.example.community/in", "a.example.com"));
        assert!(!holds("https://ba.example.com", "a.example.com"));
    }
}
