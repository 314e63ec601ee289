//! Where others and this program say different things of a package.

use super::{Act, Case, Says};
use crate::behavior::Feature;
use crate::case::State;
use crate::evidence::indicator;
use crate::package::Phase;

/// Most hosts named in one sentence.
const HOSTS: usize = 5;

impl Case {
    /// What others and this program contradict each other in, one sentence each; they hold untrusted names.
    #[must_use]
    pub fn contradictions(&self) -> Vec<String> {
        let mut told = Vec::new();
        let state = self.verdict.as_ref().map(|verdict| verdict.state);
        for report in self.external.reports.iter().filter(|report| report.error.is_none()) {
            let (source, words) = (&report.source, &report.words);
            match (report.says, state) {
                (Says::Clean, Some(State::Malicious)) => {
                    told.push(format!("{source} finds nothing in it ({words}); the model flags it"));
                }
                (Says::Malicious, Some(State::Benign)) => {
                    told.push(format!("{source} calls it malicious ({words}); the model does not flag it"));
                }
                (Says::Malicious, Some(State::CannotJudge)) => {
                    told.push(format!("{source} calls it malicious ({words}); the model cannot judge it"));
                }
                _ => {}
            }
        }
        let mut unnamed: Vec<&str> = Vec::new();
        for seen in self.external.observed.iter().filter(|seen| seen.place.is_none()) {
            let host = match seen.act {
                Act::Connect => super::agree::host(&seen.value),
                Act::Dns => seen.value.trim_end_matches('.'),
                _ => continue,
            };
            if !unnamed.contains(&host) && !indicator::is_well_known(host) && !is_local(host) {
                unnamed.push(host);
            }
        }
        if !unnamed.is_empty() {
            let more = unnamed.len().saturating_sub(HOSTS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let hosts = unnamed.iter().take(HOSTS).copied().collect::<Vec<_>>().join(", ");
            told.push(format!("when it ran it talked to {hosts}{more}, which no code that was read here names"));
        }
        if self.silent(Phase::Install) {
            told.push(
                "the code talks to the network on installation; nothing of that was seen when it was installed"
                    .to_owned(),
            );
        }
        told
    }

    /// Whether the code talks in a phase in which it was watched and did not.
    fn silent(&self, phase: Phase) -> bool {
        let mut seen = self.external.observed.iter().filter(|seen| seen.phase == phase).peekable();
        let talks = |step: &crate::behavior::Step| {
            step.phase == phase && matches!(step.feature, Feature::SendData | Feature::CallNetwork)
        };
        seen.peek().is_some()
            && !seen.any(|seen| matches!(seen.act, Act::Connect | Act::Dns))
            && self.sequence.steps.iter().any(talks)
    }
}

/// Whether an address leads nowhere beyond the machine.
fn is_local(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.") || host.is_empty()
}
