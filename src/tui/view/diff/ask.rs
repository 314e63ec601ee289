//! Asking for the other version, and what the worker brings.

use std::path::Path;
use std::sync::Arc;

use tui_input::Input;

use crate::diff::Update;
use crate::text::escape;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::view::View;
use crate::tui::view::diff::update::{height, select, to_hunk_start};
use crate::tui::view::diff::{Comparison, Found, From, Item, Part, Place, Progress, Versions};
use crate::tui::widget::complete;
use crate::tui::widget::prompt::Prompt;
use crate::tui::worker::{DiffWork, Ticket, Work};

/// Shows the diff; without one, asks for the other version.
pub(in crate::tui) fn open(state: &mut State) {
    state.open_view(View::Diff);
    // A version that was named already is compared as soon as this one is read.
    let waits = state.diff.against.is_some() && state.case.is_none();
    if state.diff.found.is_none() && state.diff.progress.is_none() && !waits {
        ask(state);
    }
}

/// Asks for the other version's path, beginning in the folder of this one.
pub(in crate::tui) fn ask(state: &mut State) {
    let begin = match (&state.diff.against, state.package()) {
        (Some(path), _) => path.to_string_lossy().into_owned(),
        (None, Some(package)) => folder(&package.path),
        (None, None) => String::new(),
    };
    state.overlay = Some(Overlay::Prompt(Prompt::Against(Input::new(begin))));
}

/// The folder that a path is in, with a slash at its end.
fn folder(path: &str) -> String {
    let parent = Path::new(path.trim_end_matches('/')).parent().map(|parent| parent.to_string_lossy().into_owned());
    match parent {
        Some(parent) if parent.is_empty() => String::new(),
        Some(parent) if parent.ends_with('/') => parent,
        Some(parent) => format!("{parent}/"),
        None => String::new(),
    }
}

/// Takes the path that was typed.
pub(in crate::tui) fn typed(state: &mut State, typed: &str) -> Vec<Effect> {
    let Some(path) = complete::path(typed) else { return Vec::new() };
    state.diff.against = Some(path);
    (state.diff.from, state.diff.of) = (None, None);
    begin(state)
}

/// Starts the comparison with the version that was named, once this one is read.
pub(in crate::tui) fn begin(state: &mut State) -> Vec<Effect> {
    let (Some(path), Some(case)) = (state.diff.against.clone(), state.case.clone()) else { return Vec::new() };
    // Another package has been opened since: that version is none of its own.
    let of = state.diff.of.get_or_insert_with(|| case.package.sha256.clone());
    if *of != case.package.sha256 {
        let ticket = state.diff.ticket.renew();
        state.diff = Versions { ticket, ..Versions::default() };
        return Vec::new();
    }
    // One that runs, or is done, holds as long as what it was made from is the same: a verdict changes nothing in it.
    let from = From { path: path.clone(), reading: case.reading.clone() };
    if state.diff.from.as_ref() == Some(&from) {
        return Vec::new();
    }
    let again = state.diff.from.as_ref().is_some_and(|before| before.path == path);
    state.diff.place = if again { state.diff.place().or(state.diff.place) } else { None };
    state.diff.from = Some(from);
    state.diff.found = None;
    (state.diff.update, state.diff.asked) = (None, None);
    state.diff.failed = None;
    state.diff.list();
    state.diff.progress = Some(Progress::Opening);
    let ticket = state.diff.ticket.renew();
    vec![state.work(Work::Diff(DiffWork { ticket, path, case }))]
}

/// Takes in what the worker brings; `true` where the request is answered for good.
pub(in crate::tui) fn take(state: &mut State, ticket: Ticket, news: Comparison) -> bool {
    let newest = state.diff.ticket == ticket;
    let result = match news {
        Comparison::Progress(progress) => {
            if newest {
                state.diff.progress = Some(progress);
            }
            return false;
        }
        Comparison::Done(result) => result,
    };
    if let (true, Some(result)) = (newest, result) {
        state.diff.progress = None;
        match result {
            Ok(found) => show(state, found),
            Err(why) => {
                state.complain(&format!("Nothing compared: {why}"));
                state.diff.failed = Some(escape(&why).into_owned());
            }
        }
    }
    true
}

/// Lets the model judge what is new, once both versions are compared and this one is judged.
pub(in crate::tui) fn judge(state: &mut State) -> Vec<Effect> {
    let Some(Ok(judge)) = state.judge.clone() else { return Vec::new() };
    let judged = state.case.as_ref().is_some_and(|case| case.verdict.is_some());
    let Some(found) = state.diff.found.as_ref().filter(|_| judged) else { return Vec::new() };
    if state.diff.asked.as_ref() == Some(&judge.hash) {
        return Vec::new();
    }
    let (old, new) = (Arc::clone(&found.old), Arc::clone(&found.new));
    state.diff.asked = Some(judge.hash.clone());
    let ticket = state.diff.judging.renew();
    vec![state.work(Work::Update { ticket, judge, old, new })]
}

/// Takes in what it says.
pub(in crate::tui) fn judged(state: &mut State, ticket: Ticket, update: Result<Update, String>) {
    if state.diff.judging == ticket {
        state.diff.update = Some(update);
    }
}

fn show(state: &mut State, found: Found) {
    state.diff.found = Some(found);
    state.diff.failed = None;
    state.diff.part = Part::List;
    state.diff.at = Default::default();
    state.diff.list();
    let place = state.diff.place.take();
    let items = &state.diff.items;
    let again = place.and_then(|place| items.iter().position(|item| is_at(&state.diff, item, &place)));
    let first = items.iter().position(|item| !matches!(item, Item::Heading(_))).unwrap_or_default();
    // What is new stays on the screen; of that, the line whose place has the highest risk is where one begins.
    let top = items.iter().take(height(state, Part::List)).position(|item| item.hunk() == Some(0));
    select(state, Part::List, again.or(top).unwrap_or(first));
    to_hunk_start(state);
    if let Some(place) = place {
        state.diff.part = place.part;
    }
    if let Some(summary) = state.diff.summary().filter(|_| state.view == View::Diff) {
        state.say(summary);
    }
}

/// Whether a line of the list is the one of a place.
fn is_at(versions: &Versions, item: &Item, place: &Place) -> bool {
    let Item::Place(index) = item else { return false };
    let hunk = versions.found.as_ref().and_then(|found| found.diff.hunks.get(*index)).filter(|h| h.new == place.new);
    hunk.and_then(|hunk| versions.file(hunk)).is_some_and(|file| (file.old, file.new) == place.file)
}
