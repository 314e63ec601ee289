//! Attestations of where a release was built: provenance of PyPI (PEP 740) and of npm. They are read, not verified: that needs
//! keys from the network.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Digests;
use crate::case::Case;
use crate::case::external::{Fact, History};
use crate::external::format::{list, text};

/// Largest statement that is read, bytes.
const STATEMENT: usize = 1 << 20;

/// Who says where what was built.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::external) struct Attested {
    /// Where it was published from: `GitHub owner/name`, untrusted.
    publisher: String,
    /// The files with their digests.
    subjects: Vec<(String, Vec<(&'static str, String)>)>,
}

pub(in crate::external) fn read(value: &Value) -> Option<Attested> {
    let mut found = Attested::default();
    for bundle in list(value, "attestation_bundles") {
        let publisher = bundle.get("publisher").unwrap_or(&Value::Null);
        let words = [text(publisher, "kind"), text(publisher, "repository")];
        found.publisher = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        for attestation in list(bundle, "attestations") {
            found.statement(attestation.get("envelope").map_or("", |envelope| text(envelope, "statement")));
        }
    }
    for attestation in list(value, "attestations") {
        let envelope = attestation.get("bundle").and_then(|bundle| bundle.get("dsseEnvelope"));
        found.statement(envelope.map_or("", |envelope| text(envelope, "payload")));
    }
    (found != Attested::default()).then_some(found)
}

impl Attested {
    fn statement(&mut self, encoded: &str) {
        let bytes = STANDARD.decode(encoded.get(..STATEMENT).unwrap_or(encoded)).unwrap_or_default();
        let Ok(statement) = serde_json::from_slice::<Value>(&bytes) else { return };
        for subject in list(&statement, "subject") {
            let digest = subject.get("digest").unwrap_or(&Value::Null);
            let digests =
                ["sha512", "sha256", "sha1"].into_iter().map(|name| (name, text(digest, name).to_ascii_lowercase()));
            let digests = digests.filter(|(_, digest)| !digest.is_empty()).collect();
            self.subjects.push((text(subject, "name").to_owned(), digests));
        }
        let source = statement.get("predicate").and_then(|predicate| {
            let workflow = predicate.get("buildDefinition")?.get("externalParameters")?.get("workflow")?;
            workflow.get("repository")?.as_str()
        });
        if let Some(source) = source.filter(|_| self.publisher.is_empty()) {
            self.publisher = source.to_owned();
        }
    }

    /// Adds what it tells to a history.
    pub fn tell(&self, case: &Case, digests: &Digests, history: &mut History) {
        if !self.publisher.is_empty() {
            let text = format!("an attestation, not verified here, says that it was built in {}", self.publisher);
            history.facts.push(Fact { text, telling: false });
            let repository = case.package.manifest.repository.as_deref().or(case.package.manifest.homepage.as_deref());
            let source = self.publisher.rsplit(' ').next().unwrap_or_default();
            let path =
                source.split_once("://").map_or(source, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
            if let Some(repository) =
                repository.filter(|known| !known.to_ascii_lowercase().contains(&path.to_ascii_lowercase()))
            {
                history
                    .mismatches
                    .push(format!("the package names {repository}; the attestation says {}", self.publisher));
            }
        }
        for (name, theirs) in &self.subjects {
            if let Some((algorithm, own, other)) =
                digests.pair(theirs).filter(|_| self.subjects.len() == 1 || *name == case.package.archive)
            {
                if own == other {
                    history
                        .facts
                        .push(Fact { text: format!("its {algorithm} is the one that was attested"), telling: false });
                } else {
                    history
                        .mismatches
                        .push(format!("its {algorithm} is {own}; what was attested as {name} has {other}"));
                }
            }
        }
    }
}
