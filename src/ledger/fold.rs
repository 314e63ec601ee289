//! The state that follows from the log, rebuilt from it and from nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::ROOT;
use super::event::{Body, Label, What};
use super::labelled::Labelled;
use super::role::{IndicatorRole, Roles, StandingRole};
use super::selection::Why;
use super::span::MarkedSpan;
use super::suppression::{StandingSuppression, Suppressions};
use crate::case::State;
use crate::package::Ecosystem;

/// A label that has not been undone, without its bulky parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Number of the event that set it.
    pub event: i64,
    /// SHA-256 of the archive.
    pub sha256: String,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// Name, `""` where unknown.
    pub name: String,
    /// Version, `""` where unknown.
    pub version: String,
    /// The verdict.
    pub label: Label,
    /// Who.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// How many labels this name and version had before, plus one: the `r` of a record id. Undone ones count, so that a
    /// number is never given twice.
    pub revision: u32,
    /// Whether the package came by lot, and not for its score.
    pub random: bool,
    /// Whether the tool, as shown, said the same; `None` unless both said malicious or benign.
    pub agreed: Option<bool>,
    /// Whether the analyst saw nobody else's label: there was none, or it was hidden for a second opinion.
    pub independent: bool,
    /// Whether it decides between labels of others.
    pub adjudicates: bool,
    /// Seconds for which the package had been on the screen.
    pub seconds: Option<f32>,
}

/// A marked span that has been neither removed nor undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingSpan {
    /// Number of the event that marked it.
    pub event: i64,
    /// What is marked.
    pub marked: Arc<MarkedSpan>,
    /// Who.
    pub actor: String,
    /// When.
    pub time: Timestamp,
}

/// What was taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum Undone {
    /// A label.
    Label {
        /// The label that no longer stands.
        removed: Box<Standing>,
        /// The label that the same package has now.
        restored: Option<Standing>,
    },
    /// A span was marked; it no longer stands.
    Marked(StandingSpan),
    /// A span was removed; it stands again.
    Removed(StandingSpan),
    /// The role of an indicator.
    Role {
        /// What no longer stands.
        removed: StandingRole,
        /// The role that the same indicator has now.
        restored: Option<IndicatorRole>,
    },
    /// Evidence was hidden; it is shown again.
    Suppressed(StandingSuppression),
    /// A suppression was lifted; it holds again.
    Lifted(StandingSuppression),
}

/// What was done again.
#[derive(Debug, Clone, PartialEq)]
pub enum Redone {
    /// A label, which stands again.
    Label(Standing),
    /// A span is marked again.
    Marked(StandingSpan),
    /// A span is removed again.
    Removed(StandingSpan),
    /// The role of an indicator, which stands again.
    Role(StandingRole),
    /// Evidence is hidden again.
    Suppressed(StandingSuppression),
    /// A suppression is lifted again.
    Lifted(StandingSuppression),
}

/// What an undo would take back, and a redo would do again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Act {
    Labelled(Standing),
    Marked(StandingSpan),
    /// With the number of the event that removed it.
    Removed(i64, StandingSpan),
    Role(StandingRole),
    Suppressed(StandingSuppression),
    /// With the number of the event that lifted it, and who wrote that.
    Lifted(i64, String, StandingSuppression),
}

impl Act {
    /// Number of the event to take back.
    pub fn event(&self) -> i64 {
        match self {
            Self::Labelled(standing) => standing.event,
            Self::Marked(span) => span.event,
            Self::Removed(event, _) => *event,
            Self::Role(role) => role.event,
            Self::Suppressed(standing) => standing.event,
            Self::Lifted(event, ..) => *event,
        }
    }
}

/// Labels and spans folded from the log. What can be found again from the rest is not kept in a checkpoint.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Fold {
    /// Number of the last event seen.
    pub last: i64,
    /// Hash of the last event seen, `""` before the first.
    head: String,
    /// Time of the last event seen.
    pub last_time: Option<Timestamp>,
    /// Everyone who wrote an event, in the order of their first.
    pub actors: Vec<String>,
    /// Labels that stand, by event number.
    standing: BTreeMap<i64, Standing>,
    /// Event numbers of the labels that stand, by archive, oldest first.
    #[serde(skip)]
    by_package: HashMap<String, Vec<i64>>,
    /// Labels ever given to an ecosystem, name and version.
    revisions: HashMap<(Ecosystem, String, String), u32>,
    /// Spans that stand, by event number.
    #[serde(with = "as_json")]
    spans: BTreeMap<i64, StandingSpan>,
    /// Event numbers of the spans that stand, by archive, oldest first.
    #[serde(skip)]
    spans_of: HashMap<String, BTreeSet<i64>>,
    /// Spans that were removed, by the number of the event that did it.
    #[serde(with = "as_json")]
    removed: BTreeMap<i64, StandingSpan>,
    /// Roles of indicators that stand.
    #[serde(with = "as_json")]
    pub roles: Roles,
    /// Evidence that is hidden.
    #[serde(with = "as_json")]
    pub suppressions: Suppressions,
    /// What each actor took back since they last did anything else, by the number of the event that took it back.
    #[serde(with = "as_json")]
    undone: BTreeMap<i64, (String, Act)>,
}

/// Spans and roles leave out what they do not have, which only a format with names can read back.
mod as_json {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Fold {
    /// Hash of the last event seen, [`ROOT`] before the first.
    pub fn head(&self) -> &str {
        if self.head.is_empty() { ROOT } else { &self.head }
    }

    /// Number and hash of the last event seen.
    pub fn end(&self) -> (i64, String) {
        (self.last, self.head().to_owned())
    }

    /// Finds again what a checkpoint does not keep.
    pub fn index(&mut self) {
        for standing in self.standing.values() {
            self.by_package.entry(standing.sha256.clone()).or_default().push(standing.event);
        }
        for span in self.spans.values() {
            self.spans_of.entry(span.marked.sha256.clone()).or_default().insert(span.event);
        }
        self.roles.index();
    }

    /// Takes in one event.
    pub fn apply(&mut self, number: i64, hash: String, body: Body) {
        self.last = number;
        self.head = hash;
        self.last_time = Some(body.time);
        if !self.actors.contains(&body.actor) {
            self.actors.push(body.actor.clone());
        }
        // Whoever does something new does not want back what they had undone before.
        if !matches!(body.what, What::Undone { .. } | What::Redone { .. } | What::PassedOver { .. } | What::Unknown) {
            self.undone.retain(|_, (actor, _)| *actor != body.actor);
        }
        match body.what {
            What::Labelled(labelled) | What::Adjudicated(labelled) => {
                let agreed = agreed(&labelled);
                let random = labelled.queued.as_ref().is_some_and(|queued| queued.why == Why::Random);
                let Labelled { sha256, ecosystem, name, version, label, given, .. } = *labelled;
                let others = self.history(&sha256).any(|earlier| earlier.actor != body.actor);
                // Without a name two archives must still differ in their record ids.
                let named = if name.is_empty() { sha256.clone() } else { name.clone() };
                let revision = self.revisions.entry((ecosystem, named, version.clone())).or_default();
                *revision += 1;
                let revision = *revision;
                self.by_package.entry(sha256.clone()).or_default().push(number);
                let (actor, time) = (body.actor, body.time);
                let standing = Standing {
                    event: number,
                    sha256,
                    ecosystem,
                    name,
                    version,
                    label,
                    actor,
                    time,
                    revision,
                    random,
                    agreed,
                    independent: given.second || !others,
                    adjudicates: !given.adjudicates.is_empty(),
                    seconds: given.seconds,
                };
                self.standing.insert(number, standing);
            }
            What::SpanMarked(marked) => {
                let (actor, time) = (body.actor, body.time);
                self.stand(StandingSpan { event: number, marked: Arc::from(marked), actor, time });
            }
            What::SpanRemoved { event } => {
                if let Some(span) = self.fall(event) {
                    self.removed.insert(number, span);
                }
            }
            What::RoleSet(set) => {
                let (actor, time) = (body.actor, body.time);
                self.roles.add(StandingRole { event: number, set: Arc::from(set), actor, time });
            }
            What::Suppressed(suppression) => {
                let (suppression, actor, time) = (Arc::from(suppression), body.actor, body.time);
                let standing = StandingSuppression { event: number, suppression, actor, time };
                self.suppressions.standing.insert(number, standing);
            }
            What::SuppressionLifted { event } => {
                if let Some(standing) = self.suppressions.standing.remove(&event) {
                    self.suppressions.lifted.insert(number, (body.actor, standing));
                }
            }
            What::Undone { event } => {
                if let Some(act) = self.take_back(event) {
                    self.undone.insert(number, (body.actor, act));
                }
            }
            What::Redone { event } => {
                if let Some((_, act)) = self.undone.remove(&event) {
                    self.put_back(act);
                }
            }
            What::PassedOver { .. } | What::Unknown => {}
        }
    }

    fn take_back(&mut self, event: i64) -> Option<Act> {
        if let Some(role) = self.roles.remove(event) {
            return Some(Act::Role(role));
        }
        if let Some(standing) = self.suppressions.standing.remove(&event) {
            return Some(Act::Suppressed(standing));
        }
        if let Some((actor, standing)) = self.suppressions.lifted.remove(&event) {
            self.suppressions.standing.insert(standing.event, standing.clone());
            return Some(Act::Lifted(event, actor, standing));
        }
        if let Some(span) = self.removed.remove(&event) {
            self.stand(span.clone());
            return Some(Act::Removed(event, span));
        }
        if let Some(span) = self.fall(event) {
            return Some(Act::Marked(span));
        }
        let removed = self.standing.remove(&event)?;
        if let Some(numbers) = self.by_package.get_mut(&removed.sha256) {
            numbers.retain(|n| *n != event);
        }
        Some(Act::Labelled(removed))
    }

    /// What was taken back holds again, at its old place in the order of events.
    fn put_back(&mut self, act: Act) {
        match act {
            Act::Role(role) => self.roles.add(role),
            Act::Suppressed(standing) => {
                self.suppressions.standing.insert(standing.event, standing);
            }
            Act::Lifted(event, actor, standing) => {
                self.suppressions.standing.remove(&standing.event);
                self.suppressions.lifted.insert(event, (actor, standing));
            }
            Act::Marked(span) => self.stand(span),
            Act::Removed(event, span) => {
                self.fall(span.event);
                self.removed.insert(event, span);
            }
            Act::Labelled(standing) => {
                let numbers = self.by_package.entry(standing.sha256.clone()).or_default();
                let at = numbers.partition_point(|number| *number < standing.event);
                numbers.insert(at, standing.event);
                self.standing.insert(standing.event, standing);
            }
        }
    }

    /// The last thing that an actor took back, with the number of the event that did; nothing where they did anything since.
    pub fn last_undone_by(&self, actor: &str) -> Option<(i64, Act)> {
        let (event, (_, act)) = self.undone.iter().rev().find(|(_, (who, _))| who == actor)?;
        Some((*event, act.clone()))
    }

    fn stand(&mut self, span: StandingSpan) {
        self.spans_of.entry(span.marked.sha256.clone()).or_default().insert(span.event);
        self.spans.insert(span.event, span);
    }

    fn fall(&mut self, event: i64) -> Option<StandingSpan> {
        let span = self.spans.remove(&event)?;
        if let Some(events) = self.spans_of.get_mut(&span.marked.sha256) {
            events.remove(&event);
        }
        Some(span)
    }

    /// The label a package has: the last one given that stands.
    pub fn current(&self, sha256: &str) -> Option<&Standing> {
        self.by_package.get(sha256).and_then(|numbers| numbers.last()).and_then(|n| self.standing.get(n))
    }

    /// Every label of a package that stands, oldest first.
    pub fn history(&self, sha256: &str) -> impl Iterator<Item = &Standing> {
        self.by_package.get(sha256).into_iter().flatten().filter_map(|n| self.standing.get(n))
    }

    /// Every label that stands, in the order of the events.
    pub fn all_standing(&self) -> impl Iterator<Item = &Standing> {
        self.standing.values()
    }

    /// The label of an actor that stands and gave a package what it has now: what an undo on this package alone takes back.
    pub fn own(&self, sha256: &str, actor: &str) -> Option<Act> {
        self.history(sha256).filter(|standing| standing.actor == actor).last().cloned().map(Act::Labelled)
    }

    /// The current label of every package, in the order of the events that set them.
    pub fn all_current(&self) -> impl Iterator<Item = &Standing> {
        self.standing.values().filter(|s| self.current(&s.sha256).is_some_and(|c| c.event == s.event))
    }

    /// Every span of an archive that stands, oldest first.
    pub fn spans(&self, sha256: &str) -> impl Iterator<Item = &StandingSpan> {
        self.spans_of.get(sha256).into_iter().flatten().filter_map(|event| self.spans.get(event))
    }

    /// A span that stands, by the number of the event that marked it.
    pub fn span(&self, event: i64) -> Option<&StandingSpan> {
        self.spans.get(&event)
    }

    /// The last thing that an actor did and that still holds: what an undo takes back.
    pub fn last_by(&self, actor: &str) -> Option<Act> {
        let label = self.standing.values().rev().find(|s| s.actor == actor).cloned().map(Act::Labelled);
        let role = self.roles.last_by(actor).cloned().map(Act::Role);
        let hidden = self.suppressions.last_by(actor);
        [label, self.last_span_by(actor, None), role, hidden].into_iter().flatten().max_by_key(Act::event)
    }

    /// The last span that an actor marked or removed, where that still holds; of one archive, if one is named.
    pub fn last_span_by(&self, actor: &str, sha256: Option<&str>) -> Option<Act> {
        let theirs = |s: &StandingSpan| s.actor == actor && sha256.is_none_or(|sha256| s.marked.sha256 == sha256);
        let span = self.spans.values().rev().find(|s| theirs(s)).cloned().map(Act::Marked);
        // Only who marked a span can remove it.
        let removal = self.removed.iter().rev().find(|(_, s)| theirs(s));
        let removal = removal.map(|(event, span)| Act::Removed(*event, span.clone()));
        [span, removal].into_iter().flatten().max_by_key(Act::event)
    }
}

fn agreed(labelled: &Labelled) -> Option<bool> {
    match (labelled.shown.as_ref()?.state, labelled.label) {
        (State::CannotJudge, _) => None,
        (said, Label::Malicious) => Some(said == State::Malicious),
        (said, Label::Benign) => Some(said == State::Benign),
        _ => None,
    }
}
