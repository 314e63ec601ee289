//! One step in the words of the sentences, for lists: what it does, and to what.

use crate::behavior::Feature;
use crate::case::Case;

use super::clause;
use super::flows::data;
use super::sentence::Sentence;

/// Says what a step of the sequence does. `details` are those of all steps that its expression makes by the same behavior.
#[must_use]
pub fn phrase(case: &Case, step: usize, details: &str) -> Sentence {
    let at = step;
    let steps = &case.sequence.steps;
    let Some(step) = steps.get(at) else { return Sentence::at(0) };
    // Those of its entry: what one entry reads, another does not.
    let start = steps.partition_point(|other| other.entry < step.entry);
    let end = steps.partition_point(|other| other.entry <= step.entry);
    if let Some(said) = clause::of_step(case, steps.get(start..end).unwrap_or_default(), at - start) {
        let noun = if said.noun.is_empty() { String::new() } else { format!(" {}", said.noun) };
        let sentence = Sentence::at(0).own(format!("{}{noun}", said.verb));
        return match said.shown {
            Some(shown) => sentence.own(" ").quoted(shown),
            None => sentence,
        };
    }
    let rest = |word: &str| details.strip_prefix(word).unwrap_or(details).trim().to_owned();
    let (words, details) = match step.feature {
        Feature::SendData => {
            let kinds = details.trim_start_matches("send ").split(", ").filter(|kind| *kind != "by shell");
            let kinds = kinds.map(|kind| data(kind).unwrap_or(kind)).collect::<Vec<_>>().join(", ");
            ("sends", if kinds.is_empty() { "data by a command".to_owned() } else { kinds })
        }
        Feature::RunDownloaded => ("runs what it downloads", String::new()),
        Feature::RunDecoded => ("runs what it decodes", String::new()),
        Feature::SilentProcess => ("starts a program out of sight", String::new()),
        Feature::ImportSystem
        | Feature::ImportFiles
        | Feature::ImportNetwork
        | Feature::ImportEncoding
        | Feature::ImportProcess => ("imports", rest("import ")),
        Feature::CallSystem => ("asks the system:", details.to_owned()),
        Feature::CallFiles => ("works on files:", details.to_owned()),
        Feature::CallNetwork => ("uses the network:", details.to_owned()),
        Feature::UseUrl => ("names an address:", rest("url ")),
        Feature::CallEncoding => ("encodes or decodes:", details.to_owned()),
        Feature::UseBase64 | Feature::UseLongString => ("holds", details.to_owned()),
        Feature::CallProcess => ("uses processes:", details.to_owned()),
        Feature::RunShell => ("uses the shell:", details.to_owned()),
        Feature::EvaluateCode => ("evaluates code:", details.to_owned()),
        // Every step of these says something by itself.
        feature => (feature.phrase(), details.to_owned()),
    };
    let sentence = Sentence::at(0).own(words);
    if details.is_empty() { sentence } else { sentence.own(" ").words(&details) }
}
