//! Where the code says what was seen when the package ran.

use aho_corasick::AhoCorasick;

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
    /// Finds for each of what was seen the place in the code that says the same. All are looked for at once: how long it takes
    /// grows with the texts, not with how much was seen.
    pub(crate) fn agree(&self, observed: &mut [Observed]) {
        let needles: Vec<(usize, bool, String)> = observed
            .iter()
            .enumerate()
            .filter_map(|(at, seen)| Some((at, matches!(seen.act, Act::Connect | Act::Dns), needle(seen)?)))
            .collect();
        let words = needles.iter().map(|(_, _, word)| word);
        let Ok(finder) = AhoCorasick::builder().ascii_case_insensitive(true).build(words) else { return };
        let mut look = |text: &str, doc: Doc, span: Span, hosts: bool| {
            for found in finder.find_overlapping_iter(text) {
                let Some((at, host, _)) = needles.get(found.pattern().as_usize()) else { continue };
                let Some(seen) = observed.get_mut(*at).filter(|seen| seen.place.is_none()) else { continue };
                // An address is named by an indicator alone; a path and a command by any text.
                if (!host || hosts) && is_whole(text, found.start(), found.end()) {
                    seen.place = self.in_file(doc, Some(span));
                }
            }
        };
        for known in &*self.indicators {
            let hosts = match known.kind {
                indicator::Kind::Path => false,
                indicator::Kind::Url
                | indicator::Kind::Webhook
                | indicator::Kind::Domain
                | indicator::Kind::Onion
                | indicator::Kind::Ipv4
                | indicator::Kind::Ipv6 => true,
                _ => continue,
            };
            if let Some(place) = known.places.first() {
                look(&known.value, place.doc, place.span, hosts);
            }
        }
        for entry in &self.package.entries {
            if let Target::Shell { file, span, text } = &entry.target {
                look(text, Doc::File(*file), *span, false);
            }
        }
        for step in &self.sequence.steps {
            let text = self.source(step.doc).and_then(|source| source.text.get(step.span.start..step.span.end));
            for text in text.into_iter().chain(step.why.matched.as_deref()) {
                look(text, step.doc, step.span, false);
            }
        }
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

/// Whether no letter or digit goes on before or behind a part of a text.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(inside) && !after.is_some_and(inside)
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
        let whole = |text: &str, word: &str| {
            let at = text.find(word).unwrap();
            is_whole(text, at, at + word.len())
        };
        assert!(whole("https://a.example.com/in", "a.example.com"));
        assert!(!whole("https://a.example.community/in", "a.example.com"));
        assert!(!whole("https://ba.example.com", "a.example.com"));
    }
}
