//! Evidence that analysts have looked at and need not see again: bound to the rule, the path, the bytes and the package, so that
//! it is seen again as soon as one of them is another. It is hidden from lists alone: no step leaves the model's input for it,
//! and it decides nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use regex::Regex;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::event::What;
use super::fold::{Act, Fold};
use super::span::digest;
use super::{Ledger, LedgerError};
use crate::behavior::Step;
use crate::case::Case;
use crate::evidence::{Evidence, Kind};
use crate::syntax::Doc;

/// In which packages a suppression holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// In one archive.
    Archive,
    /// In every version of one package.
    Package,
    /// In any package.
    Everywhere,
}

/// Evidence that is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// Which evidence, as reports name it: `behavior/P4`, `evidence/archive`.
    pub rule: String,
    /// In which files: a path below the package's root, in which `*` stands for anything but a slash and `**` for anything. Empty
    /// for evidence without a file.
    pub path: String,
    /// SHA-256 of the file or decoded text; for evidence without a file, of the archive.
    pub content: String,
    /// In which packages.
    pub scope: Scope,
    /// The SHA-256 of the archive, or ecosystem and name of the package (`npm/demo`); empty everywhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// Who decided it; empty for whoever wrote the event.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl Suppression {
    /// Everything that is wrong with it; empty where nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<&'static str> {
        let hash =
            |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let rule = self.rule.starts_with("behavior/") || self.rule.starts_with("evidence/");
        let of = match self.scope {
            Scope::Archive => hash(&self.of),
            Scope::Package => {
                self.of.split_once('/').is_some_and(|(ecosystem, name)| !ecosystem.is_empty() && !name.is_empty())
            }
            Scope::Everywhere => self.of.is_empty(),
        };
        let checks = [
            (
                rule && !is_loss(&self.rule),
                "rule is behavior/CODE or evidence/KIND, and what was not read cannot be hidden",
            ),
            (hash(&self.content), "content is a SHA-256 in 64 lower-case hex digits"),
            (of, "of is the archive's SHA-256 (scope archive), ecosystem/name (package) or empty (everywhere)"),
            (!self.reason.trim().is_empty(), "reason says why it is hidden"),
            (glob(&self.path).is_some(), "path is too long"),
        ];
        checks.into_iter().filter(|(right, _)| !right).map(|(_, what)| what).collect()
    }

    /// Whether another one hides the same evidence in the same packages.
    #[must_use]
    pub fn hides_the_same(&self, other: &Self) -> bool {
        let key = |s: &Self| (s.rule.clone(), s.path.clone(), s.content.clone(), s.scope, s.of.clone());
        key(self) == key(other)
    }
}

/// A suppression that has been neither lifted nor undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingSuppression {
    /// Number of the event that made it.
    pub event: i64,
    /// What is hidden.
    pub suppression: Arc<Suppression>,
    /// Who wrote the event.
    pub actor: String,
    /// When.
    pub time: Timestamp,
}

impl StandingSuppression {
    /// Who decided it.
    #[must_use]
    pub fn author(&self) -> &str {
        if self.suppression.author.is_empty() { &self.actor } else { &self.suppression.author }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.suppression.expires.is_some_and(|expires| expires <= now)
    }
}

/// Suppressions folded from the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Suppressions {
    /// Those that stand, by event number.
    pub standing: BTreeMap<i64, StandingSuppression>,
    /// Those that were lifted, by the number of the event that did it, with who wrote that.
    pub lifted: BTreeMap<i64, (String, StandingSuppression)>,
}

impl Suppressions {
    /// The last suppression that an actor made or lifted.
    pub fn last_by(&self, actor: &str) -> Option<Act> {
        let made = self.standing.values().rev().find(|standing| standing.actor == actor).cloned().map(Act::Suppressed);
        let lifted = self.lifted.iter().rev().find(|(_, (who, _))| who == actor);
        let lifted = lifted.map(|(event, (who, standing))| Act::Lifted(*event, who.clone(), standing.clone()));
        [made, lifted].into_iter().flatten().max_by_key(Act::event)
    }
}

impl Ledger {
    /// Hides evidence from lists, unless that is hidden already. Answers with the suppression that stands now.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn suppress(&mut self, suppression: Suppression) -> Result<Option<StandingSuppression>, LedgerError> {
        let (wanted, now) = (suppression.clone(), self.now());
        let same = |fold: &Fold| {
            let all = fold.suppressions.standing.values();
            all.filter(|s| !s.is_expired(now)).find(|s| s.suppression.hides_the_same(&wanted)).cloned()
        };
        self.append(|fold, _| same(fold).is_none().then(|| What::Suppressed(Box::new(suppression))))?;
        Ok(same(&self.fold))
    }

    /// Lifts a suppression, whoever made it, by the number of the event that did. `None` where it does not stand.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was lifted.
    pub fn lift(&mut self, event: i64) -> Result<Option<StandingSuppression>, LedgerError> {
        let mut lifted = None;
        self.append(|fold, _| {
            lifted = fold.suppressions.standing.get(&event).cloned();
            lifted.is_some().then_some(What::SuppressionLifted { event })
        })?;
        Ok(lifted)
    }

    /// Every suppression that stands, those that have ended too, oldest first.
    pub fn suppressions(&self) -> impl Iterator<Item = &StandingSuppression> {
        self.fold.suppressions.standing.values()
    }

    /// What is hidden of a case.
    #[must_use]
    pub fn hiding(&self, case: &Case) -> Hiding {
        Hiding::new(self.suppressions(), case, self.now())
    }
}

/// Something found in a case.
#[derive(Debug, Clone, Copy)]
pub enum Finding<'a> {
    /// A step of the sequence.
    Step(&'a Step),
    /// What stands beside the steps.
    Evidence(&'a Evidence),
}

impl Finding<'_> {
    /// The rule that it is an instance of.
    #[must_use]
    pub fn rule(self) -> String {
        match self {
            Self::Step(step) => format!("behavior/{}", step.feature.code()),
            Self::Evidence(evidence) => rule_of(evidence.kind),
        }
    }

    fn doc(self) -> Option<Doc> {
        match self {
            Self::Step(step) => Some(step.doc),
            Self::Evidence(evidence) => evidence.doc,
        }
    }

    /// What would hide it in every version of its package, or in the archive alone where the package has no name. `None` for what
    /// was not read: nothing may be passed over in silence.
    #[must_use]
    pub fn suppression(self, case: &Case, reason: &str) -> Option<Suppression> {
        let rule = self.rule();
        if is_loss(&rule) {
            return None;
        }
        let (path, content) = match self.doc() {
            Some(doc) => (path_of(case, doc)?, content_of(case, doc)?),
            None => (String::new(), case.package.sha256.clone()),
        };
        let (scope, of) = match package_of(case) {
            Some(of) => (Scope::Package, of),
            None => (Scope::Archive, case.package.sha256.clone()),
        };
        let (author, reason) = (String::new(), reason.to_owned());
        Some(Suppression { rule, path, content, scope, of, author, reason, expires: None })
    }
}

/// The rule of evidence of a kind.
#[must_use]
fn rule_of(kind: Kind) -> String {
    format!("evidence/{}", kind.word().replace(' ', "-"))
}

/// Whether a rule says that something was not read.
fn is_loss(rule: &str) -> bool {
    [Kind::Skipped, Kind::Partial].into_iter().any(|kind| rule == rule_of(kind))
}

/// Ecosystem and name of a package, where it has one.
fn package_of(case: &Case) -> Option<String> {
    let name = case.package.name.as_deref().filter(|name| !name.is_empty())?;
    Some(format!("{}/{name}", case.package.ecosystem.word()))
}

/// The path of a document's file below the root of its package.
fn path_of(case: &Case, doc: Doc) -> Option<String> {
    let file = case.package.files.get(case.sequence.file_of(doc)?)?;
    Some(file.path.strip_prefix(&case.package.root).unwrap_or(&file.path).to_owned())
}

/// The hash of a document's bytes.
fn content_of(case: &Case, doc: Doc) -> Option<String> {
    match doc {
        Doc::File(file) => case.package.files.get(file).map(|file| digest(&file.bytes)),
        Doc::Layer(layer) => case.sequence.layers.get(layer).map(|layer| layer.sha256.clone()),
    }
}

/// A glob as an expression.
fn glob(pattern: &str) -> Option<Regex> {
    let pattern = regex::escape(pattern).replace(r"\*\*", "(?s:.*)").replace(r"\*", "[^/]*").replace(r"\?", "[^/]");
    Regex::new(&format!("^{pattern}$")).ok()
}

/// What hides one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenBy {
    /// The suppression.
    pub standing: StandingSuppression,
    /// Whether it has ended, so that the finding is shown again.
    pub expired: bool,
}

/// The suppressions that concern a case.
#[derive(Debug, Clone, Default)]
pub struct Hiding {
    standing: Vec<(StandingSuppression, bool)>,
    /// Indices of those that fit a document.
    by_doc: HashMap<Option<Doc>, Vec<usize>>,
}

impl Hiding {
    /// Finds out which suppressions concern a case. Files that no path fits are not hashed.
    pub(super) fn new<'a>(all: impl Iterator<Item = &'a StandingSuppression>, case: &Case, now: Timestamp) -> Self {
        let package = package_of(case);
        let here = |standing: &&StandingSuppression| match standing.suppression.scope {
            Scope::Archive => standing.suppression.of == case.package.sha256,
            Scope::Package => Some(&standing.suppression.of) == package.as_ref(),
            Scope::Everywhere => true,
        };
        let standing = all.filter(here).map(|standing| (standing.clone(), standing.is_expired(now))).collect();
        let mut hiding = Self { standing, by_doc: HashMap::new() };
        if hiding.standing.is_empty() {
            return hiding;
        }
        let globs: Vec<Option<Regex>> = hiding.standing.iter().map(|(s, _)| glob(&s.suppression.path)).collect();
        let files = (0..case.package.files.len()).map(Doc::File);
        for doc in files.chain((0..case.sequence.layers.len()).map(Doc::Layer)) {
            let Some(path) = path_of(case, doc) else { continue };
            let fits = |at: &usize| globs.get(*at).and_then(Option::as_ref).is_some_and(|glob| glob.is_match(&path));
            let mut fitting: Vec<usize> = (0..globs.len()).filter(fits).collect();
            if fitting.is_empty() {
                continue;
            }
            let content = content_of(case, doc);
            fitting.retain(|at| hiding.standing.get(*at).map(|(s, _)| &s.suppression.content) == content.as_ref());
            hiding.by_doc.insert(Some(doc), fitting);
        }
        let whole = |(at, (s, _)): (usize, &(StandingSuppression, bool))| {
            let s = &s.suppression;
            (s.path.is_empty() && s.content == case.package.sha256).then_some(at)
        };
        let whole = hiding.standing.iter().enumerate().filter_map(whole).collect();
        hiding.by_doc.insert(None, whole);
        hiding
    }

    /// Whether no suppression concerns the case.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.standing.is_empty()
    }

    /// What hides a finding; one that has ended only where no other does.
    #[must_use]
    pub fn of(&self, finding: Finding) -> Option<HiddenBy> {
        if self.standing.is_empty() {
            return None;
        }
        let rule = finding.rule();
        let fitting = self.by_doc.get(&finding.doc())?.iter().filter_map(|at| self.standing.get(*at));
        let (standing, expired) = fitting
            .filter(|(s, _)| s.suppression.rule == rule && !is_loss(&rule))
            .min_by_key(|(_, expired)| *expired)?;
        Some(HiddenBy { standing: standing.clone(), expired: *expired })
    }

    /// What hides a finding now.
    #[must_use]
    pub fn now(&self, finding: Finding) -> Option<StandingSuppression> {
        self.of(finding).filter(|hidden| !hidden.expired).map(|hidden| hidden.standing)
    }
}
