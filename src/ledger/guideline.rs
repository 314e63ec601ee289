//! When a package gets which label, with a case that does and one that does not.

use super::Label;

/// What an analyst goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guideline {
    /// When the label holds.
    pub definition: &'static str,
    /// A case for it.
    pub example: &'static str,
    /// A case near to it that has another label.
    pub unlike: &'static str,
}

impl Label {
    /// Every label, the harmless first.
    pub const ALL: [Self; 6] = [
        Self::Benign,
        Self::Unwanted,
        Self::DualUse,
        Self::ResearchOrPentest,
        Self::SuspiciousUnresolved,
        Self::Malicious,
    ];

    /// When it holds.
    #[must_use]
    pub fn guideline(self) -> Guideline {
        let (definition, example, unlike) = match self {
            Self::Benign => (
                "Does what it says, and nothing else that the one who installs it would not want.",
                "a build script that fetches the compiler which the manual names",
                "the same script when what it fetches is not what the manual names: malicious",
            ),
            Self::Unwanted => (
                "Does no harm, and nobody needs it: spam, a squatted name, an empty package.",
                "a README full of links, and no code",
                "a squatted name that sends the host's name home: malicious",
            ),
            Self::DualUse => (
                "A tool that attackers use too, which says openly what it is and does it only when it is asked.",
                "a port scanner with a command line",
                "a key logger that starts when it is imported: malicious",
            ),
            Self::ResearchOrPentest => (
                "Acts like malware, for a test or study that it declares. Collections of malware take it in: behavior counts.",
                "a name taken to show dependency confusion, which sends the host's name to its author",
                "a study that only prints a warning when it is installed: unwanted",
            ),
            Self::SuspiciousUnresolved => (
                "What was seen could be harm and cannot be decided from the package.",
                "a decoded text that asks a server, gone by now, what to run",
                "the same text when the answer is known to be a miner: malicious",
            ),
            Self::Malicious => (
                "Harms whoever installs or uses it, by intent of whoever made or took over the package.",
                "an install script that sends tokens of the environment to an address of its own",
                "a weakness by which others could do that: no label, report it as a vulnerability",
            ),
        };
        Guideline { definition, example, unlike }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_says_what_it_is_and_is_not() {
        let ids: Vec<u8> = Label::ALL.iter().map(|label| label.id()).collect();
        assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
        for label in Label::ALL {
            let Guideline { definition, example, unlike } = label.guideline();
            assert!(definition.ends_with('.') && example != unlike, "{label:?}");
        }
    }
}
