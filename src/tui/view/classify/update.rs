//! What keys and mouse do on the page, and the label that is given from it or without it.

use crate::config::Action;
use crate::ledger::{Label, Taxonomy};
use crate::tui::state::{Effect, Overlay, State, follow};
use crate::tui::view::View;
use crate::tui::view::annotations::Known;
use crate::tui::view::classify::draw::words_area;
use crate::tui::view::classify::{Choice, Row, rows};
use crate::tui::widget::prompt::{Prompt, Words};
use crate::tui::worker::{Classified, Decision, LedgerWork, Work};

/// Shows the page.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read, then label it.");
        return Vec::new();
    };
    state.open_view(View::Classify);
    if state.classify.known {
        scroll(state);
        return Vec::new();
    }
    vec![state.work(Work::Ledger(LedgerWork::Classify(case)))]
}

/// Takes in what the ledger knows, or what the steps suggest.
pub(in crate::tui) fn arrived(state: &mut State, sha256: &str, classified: Classified) {
    let here = state.package().is_some_and(|package| package.sha256 == sha256);
    if !here || (state.classify.known && state.classify.touched) {
        return;
    }
    let Classified { label, taxonomy, proposed } = classified;
    let shown = state.label;
    let page = &mut state.classify;
    // What was chosen before the answer came stays.
    page.label = page.label.or(label).or(shown);
    if page.taxonomy.is_empty() {
        (page.taxonomy, page.proposed) = (taxonomy, proposed);
    }
    page.known = true;
    scroll(state);
}

/// What an action does on the page; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Left => turn(state, -1),
        Action::Right => turn(state, 1),
        Action::Up => step(state, -1),
        Action::Down => step(state, 1),
        Action::HalfUp | Action::PageUp => step(state, -8),
        Action::HalfDown | Action::PageDown => step(state, 8),
        Action::Top => select(state, 0),
        Action::Bottom => select(state, usize::MAX),
        Action::NextPane | Action::PreviousPane => question(state, action == Action::NextPane),
        Action::Select => choose(state),
        Action::Open => return Some(record(state)),
        Action::Classify | Action::Cancel => state.leave_view(),
        Action::LineStart | Action::LineEnd | Action::Zoom => {}
        _ => return None,
    }
    Some(Vec::new())
}

fn width(state: &State) -> usize {
    usize::from(words_area(state).width)
}

fn all(state: &State) -> Vec<Row> {
    rows(&state.classify, width(state))
}

fn select(state: &mut State, at: usize) {
    state.classify.selected = at.min(Choice::all().len() - 1);
    scroll(state);
}

fn turn(state: &mut State, by: isize) {
    let at = state.classify.selected.saturating_add_signed(by);
    select(state, at);
}

/// Row and first column of the selected choice.
fn place(rows: &[Row], selected: usize) -> Option<(usize, usize)> {
    let found = |row: &Row| row.choices.iter().find(|(at, ..)| *at == selected).map(|(_, x, _)| *x);
    rows.iter().enumerate().find_map(|(line, row)| Some((line, found(row)?)))
}

/// To the choice above or below.
fn step(state: &mut State, by: isize) {
    let rows = all(state);
    let Some((line, x)) = place(&rows, state.classify.selected) else { return };
    let line = line.saturating_add_signed(by).min(rows.len().saturating_sub(1));
    let near = |(_, start, _): &&(usize, usize, String)| start.abs_diff(x);
    if let Some((at, ..)) = rows.get(line).and_then(|row| row.choices.iter().min_by_key(near)) {
        select(state, *at);
    }
}

/// To the next question.
fn question(state: &mut State, forward: bool) {
    let all = Choice::all();
    let starts: Vec<usize> = (0..all.len())
        .filter(|at| *at == 0 || all.get(at - 1).map(|c| c.question()) != all.get(*at).map(|c| c.question()))
        .collect();
    let here = state.classify.selected;
    let next = match forward {
        true => starts.iter().find(|at| **at > here).or(starts.first()),
        false => starts.iter().rev().find(|at| **at < here).or(starts.last()),
    };
    if let Some(at) = next {
        select(state, *at);
    }
}

fn scroll(state: &mut State) {
    let rows = all(state);
    let height = usize::from(words_area(state).height).max(1);
    let line = place(&rows, state.classify.selected).map_or(0, |(line, _)| line);
    state.classify.top = follow(state.classify.top, line, rows.len(), height);
}

/// Makes the selected choice, or takes it back.
fn choose(state: &mut State) {
    let Some(choice) = Choice::all().get(state.classify.selected).copied() else { return };
    let page = &mut state.classify;
    page.touched = true;
    match choice {
        Choice::Verdict(label) => page.label = (page.label != Some(label)).then_some(label),
        Choice::Tag(tag) => page.taxonomy.toggle(tag),
        Choice::Confidence(percent) => {
            page.taxonomy.confidence = (page.taxonomy.confidence != Some(percent)).then_some(percent);
        }
        Choice::Campaign => {
            let text = page.taxonomy.campaign.as_str().into();
            state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Campaign, text)));
        }
        Choice::Rationale => {
            let text = page.taxonomy.rationale.as_str().into();
            state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Rationale, text)));
        }
    }
    scroll(state);
}

/// Takes in what was typed for the campaign or the reason.
pub(in crate::tui) fn typed(state: &mut State, what: Words, text: &str) -> Vec<Effect> {
    let text = text.trim().to_owned();
    match what {
        Words::Campaign => state.classify.taxonomy.campaign = text,
        _ => state.classify.taxonomy.rationale = text,
    }
    scroll(state);
    Vec::new()
}

/// A click selects a choice; one on what is selected makes it.
pub(super) fn click(state: &mut State, row: usize, x: u16) -> Vec<Effect> {
    let rows = all(state);
    let column = usize::from(x).saturating_sub(super::LEFT + 1);
    let clicked = rows.get(state.classify.top + row).and_then(|row| {
        row.choices.iter().find(|(_, start, text)| (*start..start + crate::text::width(text)).contains(&column))
    });
    if let Some((at, ..)) = clicked {
        if state.classify.selected == *at {
            choose(state);
        } else {
            select(state, *at);
        }
    }
    Vec::new()
}

/// Records what the page says.
fn record(state: &mut State) -> Vec<Effect> {
    // Who records the page has read it: what was proposed is said now.
    let Some(label) = state.classify.label else {
        let key = state.key(Action::Select);
        state.say(format!("Choose the verdict first: {key} on one of the first row."));
        return Vec::new();
    };
    let page = std::mem::replace(&mut state.classify.touched, true);
    let effects = decide(state, label);
    if effects.is_empty() {
        state.classify.touched = page;
    } else {
        state.leave_view();
    }
    effects
}

/// Whether a malicious label is to be asked about: nothing is marked, and nobody has asked yet.
fn lacks_evidence(state: &mut State, label: Label) -> bool {
    let bare = state.spans.known == Known::Yes && state.spans.count() == 0 && !state.deciding.marking;
    // The tour says itself what comes first.
    let lacks = bare && label == Label::Malicious && state.label != Some(label) && state.guide.is_none();
    lacks && !std::mem::replace(&mut state.deciding.asked, true)
}

/// Labels the package on the screen.
pub(in crate::tui) fn decide(state: &mut State, label: Label) -> Vec<Effect> {
    if state.queue.is_waiting() {
        state.say("The next package is on its way: label it when it is here.");
        return Vec::new();
    }
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read, then label it.");
        return Vec::new();
    };
    if lacks_evidence(state, label) {
        let mark = state.key(Action::Mark);
        let again =
            if state.view == View::Classify { state.key(Action::Open) } else { state.key(Action::LabelMalicious) };
        state.say(format!("No evidence is marked: {mark} marks it, {again} again labels it malicious all the same."));
        return Vec::new();
    }
    // Shown at once; the ledger's answer confirms it or takes it back with an error.
    state.label = Some(label);
    state.labelling = true;
    state.spans.wanting = label == Label::Malicious;
    // The model's answer may be there without having been on the screen.
    let blind = state.deciding.sealed.is_some();
    let case = state.judged_case().cloned().unwrap_or(case);
    let model = match &state.judge {
        Some(Ok(judge)) if case.verdict.is_some() => Some((judge.name.clone(), judge.hash.clone())),
        _ => None,
    };
    let queued = state.queue.current.as_ref().map(|current| current.queued.clone());
    let taxonomy = if state.classify.touched { state.classify.taxonomy.clone() } else { Taxonomy::default() };
    let seconds = Some((state.started.elapsed().as_secs_f32() * 10.0).round() / 10.0);
    let decision = Box::new(Decision { label, model, queued, taxonomy, seconds, blind, several: false });
    vec![state.work(Work::Ledger(LedgerWork::Label { case, decision }))]
}
