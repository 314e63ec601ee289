//! The queue as it is listed: items, their order, their labels, and who has them.

use super::item::{Arrived, Item, Judged};
use super::order::Row;
use super::store::Held;
use crate::ledger::{Label, Order};

/// The queue at a moment.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The packages, in the order of adding.
    pub items: Vec<Item>,
    /// Their order.
    pub rows: Vec<Row>,
    /// The label of each item.
    pub labels: Vec<Option<Label>>,
    /// Whether this analyst is to give a second opinion on it: then the first label is not among the labels.
    pub due: Vec<bool>,
    /// Who holds what: other workbenches only.
    pub others: Vec<(i64, u32)>,
    /// By which order.
    pub order: Order,
}

impl Listing {
    /// The item of a row, with its label.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<(&Row, &Item, Option<Label>)> {
        let row = self.rows.get(row)?;
        Some((row, self.items.get(row.item)?, self.labels.get(row.item).copied().flatten()))
    }

    /// The row of an item.
    #[must_use]
    pub fn row_of(&self, number: i64) -> Option<usize> {
        self.rows.iter().position(|row| self.items.get(row.item).is_some_and(|item| item.number == number))
    }

    /// The row of a package.
    #[must_use]
    pub fn row_of_package(&self, sha256: &str) -> Option<usize> {
        self.rows.iter().position(|row| self.items.get(row.item).is_some_and(|item| item.sha256 == sha256))
    }

    /// Puts in what came of reading an item; its place stays until the next listing.
    pub fn note(&mut self, number: i64, arrived: &Arrived, judged: Option<Judged>) {
        let Some(item) = self.items.iter_mut().find(|item| item.number == number) else { return };
        match arrived {
            Arrived::Package { sha256, name, version, ecosystem } => {
                item.sha256.clone_from(sha256);
                item.name.clone_from(name);
                item.version.clone_from(version);
                item.ecosystem = *ecosystem;
                item.failed = None;
            }
            Arrived::Unreadable { why, .. } => item.failed = Some(why.clone()),
        }
        item.judged = judged;
    }

    /// How many have a label.
    #[must_use]
    pub fn done(&self) -> usize {
        self.labels.iter().flatten().count()
    }

    /// How many the tool has read.
    #[must_use]
    pub fn read(&self) -> usize {
        self.items.iter().filter(|item| item.judged.is_some()).count()
    }

    /// How many cannot be read.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.items.iter().filter(|item| item.failed.is_some()).count()
    }

    /// Which process holds an item, if another workbench does.
    #[must_use]
    pub fn holder(&self, number: i64) -> Option<u32> {
        self.others.iter().find(|(item, _)| *item == number).map(|(_, process)| *process)
    }

    /// The other items of an item's group that have no label yet and can be read.
    #[must_use]
    pub fn alike(&self, number: i64) -> Vec<&Item> {
        let Some(rank) = self.row_of(number).and_then(|row| self.rows.get(row)).map(|row| row.rank) else {
            return Vec::new();
        };
        let members = self.rows.iter().filter(|row| row.rank == rank).map(|row| row.item);
        members
            .filter(|at| self.labels.get(*at).is_some_and(Option::is_none))
            .filter_map(|at| self.items.get(at))
            .filter(|item| item.number != number && item.failed.is_none())
            .collect()
    }

    /// The next item to be read in the background: the first in the order that was not read yet by this model.
    #[must_use]
    pub fn next_unread(&self, model: &str, extractor: &str) -> Option<&Item> {
        let mut items = self.rows.iter().filter_map(|row| self.items.get(row.item));
        items.find(|item| item.is_stale(model, extractor))
    }

    /// What may be given out, in the order: what has no label, can be read, was not passed over and is held by nobody else.
    /// What is like a package that somebody looks at comes after all others: two people need not look at the same code.
    pub(super) fn candidates(&self, passed: &[i64], others: &[Held]) -> Vec<i64> {
        let held = |number: i64| others.iter().any(|held| held.item == number);
        let package_held: Vec<&str> = self
            .items
            .iter()
            .filter(|item| held(item.number) && !item.sha256.is_empty())
            .map(|item| item.sha256.as_str())
            .collect();
        let ranks_held: Vec<usize> = self
            .rows
            .iter()
            .filter(|row| self.items.get(row.item).is_some_and(|item| held(item.number)))
            .map(|row| row.rank)
            .collect();
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let Some(item) = self.items.get(row.item) else { continue };
            let free = self.labels.get(row.item).is_some_and(Option::is_none)
                && item.failed.is_none()
                && !passed.contains(&item.number)
                && !held(item.number)
                && !package_held.contains(&item.sha256.as_str());
            if free {
                let list = if ranks_held.contains(&row.rank) { &mut later } else { &mut first };
                list.push(item.number);
            }
        }
        first.append(&mut later);
        first
    }
}
