//! The table of indicators: what it lists, in which order, and the roles that the analyst gives.

use crate::case::Case;
use crate::config::{Action, Context};
use crate::evidence::{Indicator, Role as Found};
use crate::ledger::IndicatorRole;
use crate::tui::layout::{BROAD, TABLE};
use crate::tui::state::{State, copy};
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use std::collections::BTreeSet;

pub mod draw;
mod update;

pub use crate::tui::worker::Roles;
pub(in crate::tui) use update::{arrived, as_csv, click, filter, list, open_table, perform, wheel};

/// The table of indicators as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Indicators,
    areas: |areas, room| {
        if room.size.width >= BROAD {
            areas.beside_source(TABLE, room);
        }
    },
    command: perform,
    elsewhere: |state, action| match action {
        Action::Indicators => {
            open_table(state);
            Some(Vec::new())
        }
        Action::RoleC2
        | Action::RoleExfil
        | Action::RolePayload
        | Action::RoleContext
        | Action::RoleBenign
        | Action::RoleNone
        | Action::SortNext
        | Action::SortPrevious
        | Action::CopyMarkdown
        | Action::CopyCsv
        | Action::CopyPages => contract::belongs(state, "the table of indicators", Action::Indicators),
        _ => None,
    },
    click: |state, at| contract::click_beside(state, at, draw::list_area, click),
    wheel: |state, at, by| contract::wheel_beside(state, at, by, wheel),
    target: contract::shown_span,
    copy: |state, action| {
        let raw = action == Action::CopyRaw;
        if let Some((lines, count)) = lines_of_marked(state, raw) {
            return copy::several(state, action, &lines, &count);
        }
        let what = if raw { "indicator, not defanged," } else { "indicator, defanged" };
        copy::give(state, action, what, line(state, raw))
    },
    draw: |state, areas, buf| {
        let area = framed(state, areas, "Indicators", "", buf);
        draw::draw(state, area, buf);
    },
};

/// By what the table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The most telling role first.
    #[default]
    Role,
    /// By sort of indicator.
    Kind,
    /// By value.
    Value,
    /// By the first place.
    Place,
    /// Those with the most places first.
    Places,
}

impl Order {
    const ALL: [Self; 5] = [Self::Role, Self::Kind, Self::Value, Self::Place, Self::Places];

    /// The order in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Kind => "kind",
            Self::Value => "value",
            Self::Place => "place",
            Self::Places => "number of places",
        }
    }

    fn turn(self, forward: bool) -> Self {
        let by = if forward { 1 } else { Self::ALL.len() - 1 };
        let now = Self::ALL.iter().position(|order| *order == self).unwrap_or_default();
        Self::ALL.get((now + by) % Self::ALL.len()).copied().unwrap_or_default()
    }
}

/// The table and where it is.
#[derive(Debug, Clone, Default)]
pub struct Indicators {
    /// Which are listed, by index in the case, in order.
    pub rows: Vec<usize>,
    /// By what they are sorted.
    pub order: Order,
    /// What they must hold to be listed; empty for all of them.
    pub filter: String,
    /// The selected row.
    pub selected: usize,
    /// What is selected beside it, by sort and value.
    pub marked: BTreeSet<(&'static str, String)>,
    /// First row on the screen.
    pub top: usize,
    /// Roles that analysts gave.
    pub roles: Roles,
    /// Which place of the selected indicator Enter goes to.
    pub place: usize,
}

impl Indicators {
    /// Whether an indicator is selected beside the row that one is on.
    #[must_use]
    pub fn is_marked(&self, indicator: &Indicator) -> bool {
        !self.marked.is_empty() && self.marked.contains(&(indicator.kind.word(), indicator.value.clone()))
    }

    /// What an action is about: all that is selected, whether it is listed or not, else the row that one is on.
    fn meant<'a>(&self, case: &'a Case) -> Vec<&'a Indicator> {
        match self.marked.is_empty() {
            true => self.selected(case).into_iter().collect(),
            false => case.indicators.iter().filter(|indicator| self.is_marked(indicator)).collect(),
        }
    }

    /// The role that an analyst gave.
    #[must_use]
    pub fn role(&self, indicator: &Indicator) -> Option<IndicatorRole> {
        self.roles.get(indicator.kind.word())?.get(&indicator.value).copied()
    }

    /// How telling an indicator is, the most telling first: an analyst's word counts more than what was found.
    fn rank(&self, indicator: &Indicator) -> (u8, Found) {
        match self.role(indicator) {
            Some(IndicatorRole::Exfil) => (0, Found::Exfil),
            Some(IndicatorRole::C2) => (0, Found::C2),
            Some(IndicatorRole::Payload) => (0, Found::Payload),
            None => (1, indicator.role),
            Some(IndicatorRole::Context) => (2, Found::Context),
            Some(IndicatorRole::Benign) => (2, Found::Benign),
        }
    }

    /// The selected indicator.
    #[must_use]
    pub fn selected<'a>(&self, case: &'a Case) -> Option<&'a Indicator> {
        case.indicators.get(*self.rows.get(self.selected)?)
    }

    /// Lists what is to be listed, keeping the selection on the same indicator.
    fn list(&mut self, case: &Case, names: impl Fn(&Indicator) -> String) {
        let kept = self.rows.get(self.selected).copied();
        let needle = self.filter.to_lowercase();
        let holds = |indicator: &Indicator| {
            let role = self.role(indicator).map_or(indicator.role.word(), Into::into);
            let parts = [indicator.value.as_str(), indicator.class.as_str(), indicator.kind.word(), role];
            needle.is_empty()
                || parts.iter().any(|part| part.to_lowercase().contains(&needle))
                || indicator.defanged().to_lowercase().contains(&needle)
                || indicator.odd.as_deref().is_some_and(|odd| odd.contains(&needle))
                || names(indicator).to_lowercase().contains(&needle)
        };
        let all = case.indicators.iter().enumerate();
        let mut rows: Vec<usize> = all.filter(|(_, indicator)| holds(indicator)).map(|(at, _)| at).collect();
        // Stable: within the order asked for, the most telling comes first.
        rows.sort_by_key(|at| case.indicators.get(*at).map(|indicator| self.rank(indicator)));
        let of = |at: &usize| case.indicators.get(*at);
        match self.order {
            Order::Role => {}
            Order::Kind => rows.sort_by_key(|at| of(at).map(|i| i.kind)),
            Order::Value => rows.sort_by_key(|at| of(at).map(|i| i.value.as_str())),
            Order::Place => rows.sort_by_key(|at| of(at).map(|i| i.places.first().map(|p| (p.doc, p.span)))),
            Order::Places => rows.sort_by_key(|at| std::cmp::Reverse(of(at).map(|i| i.places.len() + i.more))),
        }
        self.rows = rows;
        let same = kept.and_then(|kept| self.rows.iter().position(|at| *at == kept));
        // One that is listed no more leaves its place to the next.
        self.selected = same.unwrap_or(self.selected.min(self.rows.len().saturating_sub(1)));
        if same.is_none() {
            self.place = 0;
        }
    }
}

/// Rows of the table on the screen.
fn height(state: &State) -> usize {
    usize::from(crate::tui::view::indicators::draw::list_area(state).height).max(1)
}

/// Where an indicator stands, by one of its places: path, layer, line and column; escaped.
#[must_use]
pub fn place(state: &State, indicator: &Indicator, index: usize) -> String {
    let Some(place) = indicator.places.get(index) else { return String::new() };
    format!("{}{}", state.docs.name(place.doc), state.docs.at(place.doc, place.span.start).unwrap_or_default())
}

/// The selected indicator for the clipboard: defanged, or as it is.
pub(in crate::tui) fn line(state: &State, refanged: bool) -> Option<String> {
    let case = state.case.as_ref()?;
    let indicator = state.indicators.selected(case)?;
    Some(if refanged { indicator.value.clone() } else { indicator.defanged() })
}

/// The indicators that are selected, a line each, and how many they are.
fn lines_of_marked(state: &State, refanged: bool) -> Option<(Vec<String>, String)> {
    let case = state.case.as_ref().filter(|_| !state.indicators.marked.is_empty())?;
    let line = |i: &&Indicator| if refanged { i.value.clone() } else { i.defanged() };
    let lines: Vec<String> = state.indicators.meant(case).iter().map(line).collect();
    let defanged = if refanged { ", not defanged" } else { ", defanged" };
    let count = format!("{}{defanged}", crate::text::many(lines.len(), "indicator", "indicators"));
    Some((lines, count))
}
