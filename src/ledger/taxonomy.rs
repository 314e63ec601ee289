//! What a label says beside the verdict: why, how, when and by which way, in the words of the label taxonomy.
//!
//! The words are one table. In the log they are texts, so that a word of a later version can be read.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::behavior::{Feature, Step};
use crate::case::Case;
use crate::package::Phase;

/// A question that a label answers beside the verdict.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Facet {
    /// What the package is after.
    Objective,
    /// How it goes about it.
    Technique,
    /// What makes it run.
    Trigger,
    /// On what it makes that depend.
    Condition,
    /// How it got among the packages.
    Injection,
    /// Whether it was made for harm.
    Origin,
}

impl Facet {
    /// Whether several words may answer it.
    #[must_use]
    pub fn takes_many(self) -> bool {
        !matches!(self, Self::Injection | Self::Origin)
    }

    /// Its words, in the order in which they are shown.
    pub fn tags(self) -> impl Iterator<Item = &'static Tag> {
        TAGS.iter().filter(move |tag| tag.facet == self)
    }
}

/// A word of the taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// What it answers.
    pub facet: Facet,
    /// The word.
    pub word: &'static str,
    /// What it means, in a sentence.
    pub what: &'static str,
    /// The technique of MITRE ATT&CK that it stands for.
    pub attack: Option<&'static str>,
}

const fn tag(facet: Facet, word: &'static str, what: &'static str, attack: &'static str) -> Tag {
    Tag { facet, word, what, attack: if attack.is_empty() { None } else { Some(attack) } }
}

/// Every word. `none_of_these` says that the question was asked and no word fits.
pub const TAGS: &[Tag] = &[
    tag(Facet::Objective, "credential_theft", "takes passwords, tokens or keys", "T1552.001"),
    tag(Facet::Objective, "browser_data", "takes what browsers keep: cookies, passwords, history", "T1555.003"),
    tag(Facet::Objective, "crypto_theft", "takes wallets, or swaps their addresses", ""),
    tag(Facet::Objective, "clipboard", "reads or changes the clipboard", "T1115"),
    tag(Facet::Objective, "recon_beacon", "says where it runs, and little more", "T1082"),
    tag(Facet::Objective, "exfil_files", "sends files away", "T1041"),
    tag(Facet::Objective, "remote_shell", "gives somebody else a shell", "T1059"),
    tag(Facet::Objective, "rat", "is steered from outside: commands, screen, keyboard", "T1219"),
    tag(Facet::Objective, "dropper", "fetches and starts another program", "T1105"),
    tag(Facet::Objective, "miner", "mines coins", "T1496"),
    tag(Facet::Objective, "worm", "publishes or copies itself on", "T1195.002"),
    tag(Facet::Objective, "destruction", "deletes or encrypts", "T1485"),
    tag(Facet::Objective, "persistence", "makes itself stay", "T1547"),
    tag(Facet::Objective, "adware_or_spam", "advertises, or earns by clicks and downloads", ""),
    tag(Facet::Objective, "supply_chain_pivot", "changes what is built or published with it", "T1195.002"),
    tag(Facet::Objective, "none_of_these", "something else", ""),
    tag(Facet::Technique, "obfuscation", "its code is made hard to read", "T1027"),
    tag(Facet::Technique, "decode_and_run", "decodes what it then runs", "T1140"),
    tag(Facet::Technique, "remote_code", "runs what it fetches", "T1105"),
    tag(
        Facet::Technique,
        "hidden_code",
        "puts code out of sight: behind blanks, invisible characters, other files",
        "T1027",
    ),
    tag(Facet::Technique, "silent_process", "starts processes without a window or output", "T1564"),
    tag(Facet::Technique, "command_shell", "runs commands of a shell", "T1059"),
    tag(
        Facet::Technique,
        "webhook_exfil",
        "sends to a service that anybody may use: chat hooks, request bins",
        "T1567.004",
    ),
    tag(Facet::Technique, "dns_exfil", "sends data in names that it looks up", "T1048"),
    tag(Facet::Technique, "startup_hook", "hangs itself on the start of the interpreter", "T1546.018"),
    tag(Facet::Technique, "sandbox_detection", "looks whether it is watched", "T1497"),
    tag(Facet::Technique, "native_code", "hides in compiled code", "T1129"),
    tag(Facet::Technique, "input_capture", "reads keyboard, screen or clipboard", "T1056"),
    tag(Facet::Technique, "dependency_chain", "brings the harm in by a dependency", "T1195.001"),
    tag(Facet::Technique, "none_of_these", "something else", ""),
    tag(Facet::Trigger, "install", "while it is installed", ""),
    tag(Facet::Trigger, "build", "while it is built from source", ""),
    tag(Facet::Trigger, "interpreter_start", "whenever the interpreter starts", "T1546.018"),
    tag(Facet::Trigger, "import", "when it is imported", ""),
    tag(Facet::Trigger, "call", "when one of its functions is called", ""),
    tag(Facet::Trigger, "cli", "when its command is run", ""),
    tag(Facet::Trigger, "test", "when its tests are run", ""),
    tag(Facet::Trigger, "manual", "only when somebody runs a file of it by hand", ""),
    tag(Facet::Trigger, "none_of_these", "something else", ""),
    tag(Facet::Condition, "os", "the operating system", ""),
    tag(Facet::Condition, "ci", "whether a build service runs it", ""),
    tag(Facet::Condition, "user_or_host", "who or where the victim is", ""),
    tag(Facet::Condition, "locale", "language or country", ""),
    tag(Facet::Condition, "time", "date, time or delay", ""),
    tag(Facet::Condition, "debugger_or_vm", "whether a debugger or a virtual machine is there", "T1497"),
    tag(Facet::Condition, "arg", "an argument or a variable that must be given", ""),
    tag(Facet::Injection, "typosquat", "a name that is a slip away from a known one", "T1195.001"),
    tag(Facet::Injection, "combosquat", "a known name with a word added", "T1195.001"),
    tag(Facet::Injection, "dependency_confusion", "the name of somebody's private package", "T1195.001"),
    tag(Facet::Injection, "clone_or_impersonation", "a copy of a known package, or one in a known name", "T1195.001"),
    tag(Facet::Injection, "account_takeover", "published with a stolen account", "T1195.002"),
    tag(Facet::Injection, "ci_compromise", "published by a build service that was broken into", "T1195.002"),
    tag(Facet::Injection, "maintainer_turned", "its own maintainer did it", "T1195.002"),
    tag(Facet::Injection, "abandoned_takeover", "an abandoned name, domain or project was taken over", "T1195.002"),
    tag(Facet::Injection, "other", "another way", ""),
    tag(Facet::Injection, "none_of_these", "none: nobody is misled", ""),
    tag(Facet::Origin, "made_malicious", "made for harm from its first version on", ""),
    tag(Facet::Origin, "compromised_release", "a good package of which this release was made bad", "T1195.002"),
    tag(Facet::Origin, "via_dependency", "does harm only by what it depends on", "T1195.001"),
    tag(Facet::Origin, "none_of_these", "something else", ""),
];

/// What a label says beside the verdict. All of it may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// [`Facet::Objective`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objective: Vec<String>,
    /// [`Facet::Technique`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub technique: Vec<String>,
    /// [`Facet::Trigger`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<String>,
    /// [`Facet::Condition`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<String>,
    /// [`Facet::Injection`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub injection: Vec<String>,
    /// [`Facet::Origin`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origin: Vec<String>,
    /// How sure the analyst is of the verdict, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// The attack that it belongs to, in the analyst's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub campaign: String,
    /// Why the verdict is what it is, in the analyst's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rationale: String,
}

impl Taxonomy {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The words that answer a question.
    #[must_use]
    pub fn words(&self, facet: Facet) -> &[String] {
        match facet {
            Facet::Objective => &self.objective,
            Facet::Technique => &self.technique,
            Facet::Trigger => &self.trigger,
            Facet::Condition => &self.condition,
            Facet::Injection => &self.injection,
            Facet::Origin => &self.origin,
        }
    }

    fn words_mut(&mut self, facet: Facet) -> &mut Vec<String> {
        match facet {
            Facet::Objective => &mut self.objective,
            Facet::Technique => &mut self.technique,
            Facet::Trigger => &mut self.trigger,
            Facet::Condition => &mut self.condition,
            Facet::Injection => &mut self.injection,
            Facet::Origin => &mut self.origin,
        }
    }

    /// Whether it has a word.
    #[must_use]
    pub fn has(&self, tag: &Tag) -> bool {
        self.words(tag.facet).iter().any(|word| word == tag.word)
    }

    /// Gives it a word, or takes it away. Words stand in the table's order; `none_of_these` stands alone.
    pub fn toggle(&mut self, tag: &Tag) {
        let had = self.has(tag);
        let alone = !tag.facet.takes_many() || tag.word == NONE;
        let words = self.words_mut(tag.facet);
        words.retain(|word| word != tag.word && !alone && word != NONE);
        if !had {
            words.push(tag.word.to_owned());
        }
        let place = |word: &String| tag.facet.tags().position(|known| known.word == word);
        words.sort_by_key(|word| place(word).unwrap_or(usize::MAX));
    }

    /// The techniques of MITRE ATT&CK that its words stand for, each once.
    #[must_use]
    pub fn attack_ids(&self) -> Vec<&'static str> {
        let ids: BTreeSet<&'static str> =
            TAGS.iter().filter(|tag| self.has(tag)).filter_map(|tag| tag.attack).collect();
        ids.into_iter().collect()
    }

    /// What the steps of a case suggest: a proposal for the analyst, who decides.
    #[must_use]
    pub fn proposed(case: &Case) -> Self {
        let mut proposed = Self::default();
        for step in &case.sequence.steps {
            for (facet, word) in suggested(step) {
                let tag = facet.tags().find(|tag| tag.word == word);
                if let Some(tag) = tag.filter(|tag| !proposed.has(tag)) {
                    proposed.toggle(tag);
                }
            }
        }
        // Whoever reads secrets sends those.
        if proposed.objective.iter().any(|word| word == "credential_theft") {
            proposed.objective.retain(|word| word != "exfil_files");
        }
        proposed
    }
}

/// The word for what no word fits.
const NONE: &str = "none_of_these";

/// From here on a behavior is grave enough to say when the package runs.
const GRAVE: u8 = 40;

/// The words that one step suggests.
fn suggested(step: &Step) -> Vec<(Facet, &'static str)> {
    let mut words = match step.feature {
        Feature::ReadSecret => vec![(Facet::Objective, "credential_theft")],
        Feature::SendData => vec![(Facet::Objective, "exfil_files")],
        Feature::UseCollector => vec![(Facet::Technique, "webhook_exfil")],
        Feature::RunDownloaded => vec![(Facet::Objective, "dropper"), (Facet::Technique, "remote_code")],
        Feature::RunDecoded => vec![(Facet::Technique, "decode_and_run")],
        Feature::UseBase64 => vec![(Facet::Technique, "obfuscation")],
        Feature::HideCode => vec![(Facet::Technique, "hidden_code")],
        Feature::SilentProcess => vec![(Facet::Technique, "silent_process")],
        Feature::RunShell => vec![(Facet::Technique, "command_shell")],
        Feature::Persist => vec![(Facet::Objective, "persistence")],
        Feature::Destroy => vec![(Facet::Objective, "destruction")],
        Feature::CheckEnvironment if step.guarded => {
            vec![(Facet::Technique, "sandbox_detection"), (Facet::Condition, "debugger_or_vm")]
        }
        Feature::CheckEnvironment => vec![(Facet::Technique, "sandbox_detection")],
        Feature::CaptureInput => vec![(Facet::Technique, "input_capture")],
        Feature::LoadNative => vec![(Facet::Technique, "native_code")],
        Feature::Publish => vec![(Facet::Objective, "worm")],
        _ => Vec::new(),
    };
    if step.feature.severity() >= GRAVE {
        words.push((
            Facet::Trigger,
            match step.phase {
                Phase::Install => "install",
                Phase::Import => "import",
                Phase::Run => "call",
            },
        ));
    }
    words
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    fn of(facet: Facet, word: &str) -> &'static Tag {
        facet.tags().find(|tag| tag.word == word).unwrap()
    }

    #[test]
    fn every_word_stands_once_in_its_facet_and_one_fits_nothing() {
        for facet in Facet::iter() {
            let words: Vec<&str> = facet.tags().map(|tag| tag.word).collect();
            let once: BTreeSet<&&str> = words.iter().collect();
            assert_eq!(once.len(), words.len(), "{facet}");
            assert!(facet == Facet::Condition || words.contains(&NONE), "{facet}");
        }
    }

    #[test]
    fn words_stand_in_the_tables_order_and_none_stands_alone() {
        let mut said = Taxonomy::default();
        for word in ["worm", "credential_theft"] {
            said.toggle(of(Facet::Objective, word));
        }
        assert_eq!(said.objective, ["credential_theft", "worm"]);
        assert_eq!(said.attack_ids(), ["T1195.002", "T1552.001"]);
        said.toggle(of(Facet::Objective, NONE));
        assert_eq!(said.objective, [NONE]);
        said.toggle(of(Facet::Objective, "worm"));
        assert_eq!(said.objective, ["worm"]);
        said.toggle(of(Facet::Objective, "worm"));
        assert!(said.is_empty());
    }

    #[test]
    fn where_one_word_answers_another_takes_its_place() {
        let mut said = Taxonomy::default();
        said.toggle(of(Facet::Injection, "typosquat"));
        said.toggle(of(Facet::Injection, "account_takeover"));
        assert_eq!(said.injection, ["account_takeover"]);
        said.toggle(of(Facet::Injection, "account_takeover"));
        assert!(said.injection.is_empty());
    }

    #[test]
    fn a_word_of_a_later_version_is_kept() {
        let said: Taxonomy = serde_json::from_str(r#"{"objective":["mind_reading"],"later":1}"#).unwrap();
        assert_eq!(said.objective, ["mind_reading"]);
        assert_eq!(serde_json::to_string(&said).unwrap(), r#"{"objective":["mind_reading"]}"#);
    }
}
