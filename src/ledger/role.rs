//! What analysts say that an indicator is for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// An analyst's word on an indicator, in the place of what the code seemed to do with it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum IndicatorRole {
    /// Commands come from there.
    C2,
    /// Data is sent there.
    Exfil,
    /// Code to be run comes from there, or is this.
    Payload,
    /// It belongs to the story and is no harm by itself.
    Context,
    /// It has nothing to do with an attack.
    Benign,
}

/// The role given to one indicator of one archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSet {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// The sort of indicator as [`crate::evidence::indicator::Kind::word`] has it; a text, so that a sort of a later version
    /// can be read.
    pub indicator: String,
    /// The value in its usual notation.
    pub value: String,
    /// The role; `None` takes an earlier one away.
    pub role: Option<IndicatorRole>,
}

impl RoleSet {
    fn about(&self) -> (&str, &str) {
        (&self.indicator, &self.value)
    }
}

/// A role that has not been undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingRole {
    /// Number of the event that set it.
    pub event: i64,
    /// What was set.
    pub set: Arc<RoleSet>,
    /// Who.
    pub actor: String,
    /// When.
    pub time: Timestamp,
}

/// Roles folded from the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Roles {
    standing: BTreeMap<i64, StandingRole>,
    /// Event numbers by archive.
    #[serde(skip)]
    of: HashMap<String, BTreeSet<i64>>,
}

impl Roles {
    /// Finds again what a checkpoint does not keep.
    pub fn index(&mut self) {
        for role in self.standing.values() {
            self.of.entry(role.set.sha256.clone()).or_default().insert(role.event);
        }
    }

    pub fn add(&mut self, role: StandingRole) {
        self.of.entry(role.set.sha256.clone()).or_default().insert(role.event);
        self.standing.insert(role.event, role);
    }

    /// Takes away the role that an event set, if it stands.
    pub fn remove(&mut self, event: i64) -> Option<StandingRole> {
        let role = self.standing.remove(&event)?;
        if let Some(events) = self.of.get_mut(&role.set.sha256) {
            events.remove(&event);
        }
        Some(role)
    }

    /// Every role of an archive, that of one indicator given last by whomever, in the order of the indicators.
    pub fn current(&self, sha256: &str) -> impl Iterator<Item = &StandingRole> {
        let mut last: BTreeMap<(&str, &str), &StandingRole> = BTreeMap::new();
        let events = self.of.get(sha256).into_iter().flatten().filter_map(|event| self.standing.get(event));
        for role in events {
            last.insert(role.set.about(), role);
        }
        last.into_values().filter(|role| role.set.role.is_some())
    }

    /// The role that the indicator of `set` has.
    pub fn of(&self, set: &RoleSet) -> Option<IndicatorRole> {
        self.current(&set.sha256).find(|role| role.set.about() == set.about()).and_then(|role| role.set.role)
    }

    /// The last role that an actor gave to one indicator, where that still holds.
    pub fn own(&self, about: &RoleSet, actor: &str) -> Option<&StandingRole> {
        let events =
            self.of.get(&about.sha256).into_iter().flatten().rev().filter_map(|event| self.standing.get(event));
        events.into_iter().find(|role| role.actor == actor && role.set.about() == about.about())
    }

    pub fn last_by(&self, actor: &str) -> Option<&StandingRole> {
        self.standing.values().rev().find(|role| role.actor == actor)
    }
}
