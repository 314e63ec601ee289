//! The state that follows from the log, rebuilt from it and from nothing else.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::event::{Body, Label, What};
use super::labelled::Labelled;
use crate::package::Ecosystem;

/// A label that has not been undone, without its bulky parts.
#[derive(Debug, Clone, PartialEq)]
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
}

/// What was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    /// The label that no longer stands.
    pub removed: Standing,
    /// The label that the same package has now.
    pub restored: Option<Standing>,
}

/// Labels folded from the log.
#[derive(Debug, Default)]
pub(super) struct Fold {
    /// Number of the last event seen.
    pub last: i64,
    /// Hash of the last event seen, `""` before the first.
    pub head: String,
    /// Time of the last event seen.
    pub last_time: Option<Timestamp>,
    /// Everyone who wrote an event, in the order of their first.
    pub actors: Vec<String>,
    /// Labels that stand, by event number.
    standing: BTreeMap<i64, Standing>,
    /// Event numbers of the labels that stand, by archive, oldest first.
    by_package: HashMap<String, Vec<i64>>,
    /// Labels ever given to an ecosystem, name and version.
    revisions: HashMap<(Ecosystem, String, String), u32>,
}

impl Fold {
    /// Takes in one event.
    pub fn apply(&mut self, number: i64, hash: String, body: Body) {
        self.last = number;
        self.head = hash;
        self.last_time = Some(body.time);
        if !self.actors.contains(&body.actor) {
            self.actors.push(body.actor.clone());
        }
        match body.what {
            What::Labelled(labelled) => {
                let Labelled { sha256, ecosystem, name, version, label, .. } = *labelled;
                // Without a name two archives must still differ in their record ids.
                let named = if name.is_empty() { sha256.clone() } else { name.clone() };
                let revision = self.revisions.entry((ecosystem, named, version.clone())).or_default();
                *revision += 1;
                let revision = *revision;
                self.by_package.entry(sha256.clone()).or_default().push(number);
                let (actor, time) = (body.actor, body.time);
                let standing =
                    Standing { event: number, sha256, ecosystem, name, version, label, actor, time, revision };
                self.standing.insert(number, standing);
            }
            What::Undone { event } => {
                if let Some(removed) = self.standing.remove(&event)
                    && let Some(numbers) = self.by_package.get_mut(&removed.sha256)
                {
                    numbers.retain(|n| *n != event);
                }
            }
            What::Unknown => {}
        }
    }

    /// The label a package has: the last one given that stands.
    pub fn current(&self, sha256: &str) -> Option<&Standing> {
        self.by_package.get(sha256).and_then(|numbers| numbers.last()).and_then(|n| self.standing.get(n))
    }

    /// Every label of a package that stands, oldest first.
    pub fn history(&self, sha256: &str) -> impl Iterator<Item = &Standing> {
        self.by_package.get(sha256).into_iter().flatten().filter_map(|n| self.standing.get(n))
    }

    /// The current label of every package, in the order of the events that set them.
    pub fn all_current(&self) -> impl Iterator<Item = &Standing> {
        self.standing.values().filter(|s| self.current(&s.sha256).is_some_and(|c| c.event == s.event))
    }

    /// The last label by an actor that stands: what an undo takes back.
    pub fn last_by(&self, actor: &str) -> Option<&Standing> {
        self.standing.values().rev().find(|s| s.actor == actor)
    }
}
