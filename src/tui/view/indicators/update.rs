//! What keys and mouse do in it, and what workers bring.

use crate::config::Action;
use crate::evidence::Indicator;
use crate::evidence::indicator::pages;
use crate::ledger::{IndicatorRole, RoleSet};
use crate::report::table::{IndicatorRow, csv, markdown, notes};
use crate::text::{escape, many};
use crate::tui::state::{Effect, Overlay, State, copy};
use crate::tui::view::View;
use crate::tui::view::indicators::{Roles, height, place};
use crate::tui::widget::prompt::{Prompt, Words};
use crate::tui::widget::travel;
use crate::tui::worker::{LedgerWork, Work};

/// Lists the indicators anew.
pub(in crate::tui) fn list(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let mut table = std::mem::take(&mut state.indicators);
    table.list(&case, |indicator| indicator.places.first().map(|p| state.docs.name(p.doc)).unwrap_or_default());
    state.indicators = table;
    follow(state);
}

/// Shows the table.
pub(in crate::tui) fn open_table(state: &mut State) {
    list(state);
    state.open_view(View::Indicators);
    follow(state);
    preview(state);
}

/// Narrows the table to what holds a text.
pub(in crate::tui) fn filter(state: &mut State, typed: &str) {
    typed.clone_into(&mut state.indicators.filter);
    list(state);
    preview(state);
}

/// What an action does in the table; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom | Action::Hex => {}
        Action::Indicators => state.leave_view(),
        Action::Open => open(state),
        Action::Search => {
            let input = state.indicators.filter.as_str().into();
            state.overlay = Some(Overlay::Prompt(Prompt::Filter(input)));
        }
        Action::Select => select_row(state),
        Action::Undo if !state.indicators.marked.is_empty() => {
            let sets = sets(state, None);
            return Some(vec![state.work(Work::Ledger(LedgerWork::UndoRoles(sets)))]);
        }
        Action::Export => {
            state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Export, "indicators.csv".into())));
        }
        Action::Cancel if !state.indicators.marked.is_empty() => {
            state.indicators.marked.clear();
            state.say("Nothing is selected any more.");
        }
        Action::Cancel if !state.indicators.filter.is_empty() => filter(state, ""),
        Action::Cancel => state.leave_view(),
        Action::SortNext | Action::SortPrevious => {
            state.indicators.order = state.indicators.order.turn(action == Action::SortNext);
            list(state);
            state.say(format!("Sorted by {}.", state.indicators.order.word()));
        }
        Action::RoleC2 => return Some(set(state, Some(IndicatorRole::C2))),
        Action::RoleExfil => return Some(set(state, Some(IndicatorRole::Exfil))),
        Action::RolePayload => return Some(set(state, Some(IndicatorRole::Payload))),
        Action::RoleContext => return Some(set(state, Some(IndicatorRole::Context))),
        Action::RoleBenign => return Some(set(state, Some(IndicatorRole::Benign))),
        Action::RoleNone => return Some(set(state, None)),
        Action::CopyMarkdown | Action::CopyCsv => return Some(copy_table(state, action == Action::CopyCsv)),
        Action::CopyPages => return Some(copy_pages(state)),
        _ => return None,
    }
    Some(Vec::new())
}

fn step(state: &mut State, by: isize) {
    let table = &mut state.indicators;
    let before = table.selected;
    table.selected = table.selected.saturating_add_signed(by).min(table.rows.len().saturating_sub(1));
    if table.selected != before {
        table.place = 0;
    }
    follow(state);
    preview(state);
}

/// Scrolls so that the selected row is on the screen.
pub(in crate::tui) fn follow(state: &mut State) {
    let height = height(state);
    let table = &mut state.indicators;
    table.top = crate::tui::state::follow(table.top, table.selected, table.rows.len(), height);
}

/// The place that Enter goes to in the source beside the table, where there is room for it.
fn preview(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let place = state.indicators.selected(&case).and_then(|i| i.places.get(state.indicators.place));
    if let Some(place) = place {
        state.show_place((place.doc, Some(place.span)));
    }
}

/// Goes to a place of the selected indicator; Enter goes to the next one when one comes back.
fn open(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let Some(indicator) = state.indicators.selected(&case) else {
        return state.say("There is no indicator here.");
    };
    let Some(place) = indicator.places.get(state.indicators.place) else { return };
    state.go((place.doc, Some(place.span)));
    let (number, count) = (state.indicators.place + 1, indicator.places.len());
    state.indicators.place = number % count;
    let more = if indicator.more > 0 { format!(" listed, {} more", indicator.more) } else { String::new() };
    let back = state.key(Action::Back);
    let next = if count > 1 { format!(" · {back} and Enter: the next place") } else { String::new() };
    state.say(format!("Place {number} of {count}{more} of {}{next}", escape(&indicator.defanged())));
}

/// Gives the selected indicator a role.
fn set(state: &mut State, role: Option<IndicatorRole>) -> Vec<Effect> {
    let sets = sets(state, role);
    // Shown at once; the ledger's answer confirms it or takes it back with an error.
    for set in &sets {
        let of_kind = state.indicators.roles.entry(set.indicator.clone()).or_default();
        match role {
            Some(role) => of_kind.insert(set.value.clone(), role),
            None => of_kind.remove(&set.value),
        };
    }
    relist(state);
    let mut sets = sets;
    let work = match (sets.pop(), sets.is_empty()) {
        (None, _) => {
            state.say("There is no indicator here.");
            return Vec::new();
        }
        (Some(set), true) => LedgerWork::Role(set),
        (Some(set), false) => {
            sets.push(set);
            LedgerWork::Roles(sets)
        }
    };
    vec![state.work(Work::Ledger(work))]
}

/// A role for everything that is meant.
fn sets(state: &State, role: Option<IndicatorRole>) -> Vec<RoleSet> {
    let Some(case) = &state.case else { return Vec::new() };
    let set = |indicator: &Indicator| RoleSet {
        sha256: case.package.sha256.clone(),
        indicator: indicator.kind.word().to_owned(),
        value: indicator.value.clone(),
        role,
    };
    state.indicators.meant(case).into_iter().map(set).collect()
}

/// Selects the row too, or no longer, and goes on to the next.
fn select_row(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let Some(indicator) = state.indicators.selected(&case) else { return };
    let key = (indicator.kind.word(), indicator.value.clone());
    let marked = &mut state.indicators.marked;
    if !marked.remove(&key) {
        marked.insert(key);
    }
    let count = marked.len();
    step(state, 1);
    state.say(format!(
        "{} selected: roles, copies and undo are for all of them.",
        many(count, "indicator", "indicators")
    ));
}

/// Takes in the roles that the ledger knows for the package.
pub(in crate::tui) fn arrived(state: &mut State, roles: Roles) {
    if state.indicators.roles != roles {
        state.indicators.roles = roles;
        relist(state);
    }
}

/// Puts the table in order again after a role has changed.
fn relist(state: &mut State) {
    let before = state.indicators.rows.get(state.indicators.selected).copied();
    list(state);
    if state.view == View::Indicators && state.indicators.rows.get(state.indicators.selected).copied() != before {
        preview(state);
    }
}

/// What is selected, else all that is listed, as rows of a table for elsewhere.
fn table_rows(state: &State) -> Vec<IndicatorRow> {
    let Some(case) = &state.case else { return Vec::new() };
    let row = |indicator: &Indicator| {
        let role = state.indicators.role(indicator);
        IndicatorRow {
            role: role.map_or_else(|| format!("{} (found)", indicator.role.word()), |role| role.to_string()),
            kind: indicator.kind.word().to_owned(),
            value: indicator.defanged(),
            notes: notes(indicator),
            place: place(state, indicator, 0),
            places: indicator.places.len() + indicator.more,
        }
    };
    if !state.indicators.marked.is_empty() {
        return state.indicators.meant(case).into_iter().map(row).collect();
    }
    state.indicators.rows.iter().filter_map(|at| case.indicators.get(*at)).map(row).collect()
}

/// The same as CSV.
pub(in crate::tui) fn as_csv(state: &State) -> Option<String> {
    let rows = table_rows(state);
    (!rows.is_empty()).then(|| csv(&rows))
}

fn copy_table(state: &mut State, as_csv: bool) -> Vec<Effect> {
    let rows = table_rows(state);
    if rows.is_empty() {
        state.say("There are no indicators to copy.");
        return Vec::new();
    }
    let (text, what) = if as_csv { (csv(&rows), "CSV") } else { (markdown(&rows), "a Markdown table") };
    let (text, cut) = copy::bounded(text);
    let cut = if cut { ", only its first 64 KB" } else { "" };
    state.say(format!("Copied {} as {what}, defanged{cut}.", many(rows.len(), "indicator", "indicators")));
    vec![Effect::Copy(text)]
}

fn copy_pages(state: &mut State) -> Vec<Effect> {
    let Some(case) = state.case.clone() else { return Vec::new() };
    let own = state.indicators.selected(&case).map(Indicator::pages).unwrap_or_default();
    let (links, of) = match own.is_empty() {
        false => (own, "this hash"),
        true => (pages(&case.package.sha256), "the archive's SHA-256"),
    };
    state.say(format!("Copied links to what VirusTotal and MalwareBazaar know of {of}. Nothing was opened or sent."));
    vec![Effect::Copy(links.join("\n"))]
}

/// A click on a row selects it; on the selected row it goes there.
pub(in crate::tui) fn click(state: &mut State, row: usize) {
    let clicked = state.indicators.top + row;
    if clicked >= state.indicators.rows.len() {
        return;
    }
    if state.indicators.selected == clicked {
        open(state);
    } else {
        state.indicators.selected = clicked;
        state.indicators.place = 0;
        preview(state);
    }
}

/// The wheel.
pub(in crate::tui) fn wheel(state: &mut State, by: isize) {
    let most = state.indicators.rows.len().saturating_sub(height(state));
    state.indicators.top = state.indicators.top.saturating_add_signed(by).min(most);
}
