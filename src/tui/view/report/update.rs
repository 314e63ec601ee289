//! What keys and mouse do in it, and what workers bring.

use crate::config::Action;
use crate::report::{Format, Reporter};
use crate::tui::state::{Effect, Overlay, State, copy};
use crate::tui::view::View;
use crate::tui::view::report::{Preview, harmless, rows};
use crate::tui::widget::prompt::Prompt;
use crate::tui::widget::{complete, travel};
use crate::tui::worker::{LedgerWork, Work};
use std::sync::Arc;
use strum::IntoEnumIterator as _;
use tui_input::Input;

/// Shows the report of the package.
pub(in crate::tui) fn open(state: &mut State) -> Vec<Effect> {
    if state.case.is_none() {
        state.say("Wait until the package is read, then report it.");
        return Vec::new();
    }
    state.open_view(View::Report);
    ask(state)
}

/// Has the report written.
fn ask(state: &mut State) -> Vec<Effect> {
    let Some(case) = state.case.clone() else { return Vec::new() };
    let sha256 = case.package.sha256.clone();
    if state.report.about != sha256 {
        let format = state.report.format;
        state.report = Preview { format, about: sha256, ..Preview::default() };
    }
    let settings = &state.config.settings;
    let reporter = Reporter {
        name: settings.reporter.clone(),
        contact: settings.contact.clone(),
        inspector: settings.inspector.clone(),
    };
    let format = state.report.format;
    vec![state.work(Work::Ledger(LedgerWork::Report { case, format, reporter }))]
}

/// Has it written again after something was decided, where it is on the screen.
pub(in crate::tui) fn again(state: &mut State) -> Vec<Effect> {
    if state.view == View::Report { ask(state) } else { Vec::new() }
}

/// Takes in a report that was written.
pub(in crate::tui) fn arrived(
    state: &mut State,
    sha256: &str,
    format: Format,
    text: Result<Arc<str>, String>,
) -> Vec<Effect> {
    if state.report.about != sha256 || state.report.format != format {
        return Vec::new();
    }
    // What the analyst wrote is not written over.
    if state.report.edited {
        return Vec::new();
    }
    state.report.text = Some(text.map_err(|why| crate::text::escape(&why).into_owned()));
    scroll(state, 0);
    if std::mem::take(&mut state.report.copying) { copy(state) } else { Vec::new() }
}

/// What an action does in the preview; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let height = usize::from(crate::tui::view::report::draw::text_area(state).height).max(1);
    if let Some(by) = travel::in_list(action, height) {
        scroll(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::ReportNext | Action::ReportPrevious => return Some(turn(state, action == Action::ReportNext)),
        Action::SaveReport => name(state),
        Action::EditReport => return Some(edit(state)),
        Action::Report | Action::Cancel => state.leave_view(),
        // There is nothing to go to, to widen or to mark here.
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom | Action::Open => {}
        _ => return None,
    }
    Some(Vec::new())
}

/// Scrolls by rows.
pub(in crate::tui) fn scroll(state: &mut State, by: isize) {
    let area = crate::tui::view::report::draw::text_area(state);
    let most = rows(state, usize::from(area.width)).len().saturating_sub(usize::from(area.height));
    state.report.top = state.report.top.saturating_add_signed(by).min(most);
}

fn turn(state: &mut State, forward: bool) -> Vec<Effect> {
    let all: Vec<Format> = Format::iter().collect();
    let here = all.iter().position(|format| *format == state.report.format).unwrap_or_default();
    let by = if forward { 1 } else { all.len() - 1 };
    if let Some(format) = all.get((here + by) % all.len()) {
        state.report.format = *format;
        (state.report.text, state.report.copying, state.report.edited, state.report.top) = (None, false, false, 0);
    }
    ask(state)
}

/// Copies the whole report, as soon as it is written.
pub(in crate::tui) fn copy(state: &mut State) -> Vec<Effect> {
    if state.report.text.is_none() {
        state.report.copying = true;
        return Vec::new();
    }
    let Some(Ok(text)) = &state.report.text else {
        state.say("There is no report to copy.");
        return Vec::new();
    };
    let (text, cut) = copy::bounded(text.to_string());
    let cut = if cut { ", only its first 64 KB: save it to have all of it" } else { "" };
    state.say(format!("Copied the report as {}{cut}.", state.report.format.word()));
    vec![Effect::Copy(text)]
}

/// Gives the report to the user's editor.
fn edit(state: &mut State) -> Vec<Effect> {
    match &state.report.text {
        Some(Ok(text)) => vec![Effect::Edit { text: Arc::clone(text), ending: state.report.format.ending() }],
        _ => {
            state.say("There is no report to change.");
            Vec::new()
        }
    }
}

/// Takes in what the editor made of it.
pub(in crate::tui) fn edited(state: &mut State, text: Result<String, String>) {
    state.dirty = true;
    match text {
        Ok(text) if matches!(&state.report.text, Some(Ok(before)) if **before == *text) => {
            state.say("The report is as it was.")
        }
        Ok(text) => {
            state.report.text = Some(Ok(text.into()));
            state.report.edited = true;
            scroll(state, 0);
            let (copy, save) = (state.key(Action::Copy), state.key(Action::SaveReport));
            state.say(format!("The report is changed: {copy} copies, {save} saves it."));
        }
        Err(why) => state.complain(&why),
    }
}

/// Asks for the file's name.
pub(super) fn name(state: &mut State) {
    if !matches!(state.report.text, Some(Ok(_))) {
        return state.say("There is no report to save.");
    }
    let package = state.package();
    let part = |part: Option<&String>| part.map(|text| harmless(text)).filter(|text| !text.is_empty());
    let name = part(package.and_then(|package| package.name.as_ref())).unwrap_or_else(|| "package".to_owned());
    let version =
        part(package.and_then(|package| package.version.as_ref())).map(|v| format!("-{v}")).unwrap_or_default();
    let format = state.report.format;
    let kind = if format == Format::Markdown { "report" } else { format.word() };
    let name = format!("{name}{version}-{kind}.{}", format.ending());
    state.overlay = Some(Overlay::Prompt(Prompt::Save(Input::new(name))));
}

/// Saves the report.
pub(in crate::tui) fn save(state: &mut State, typed: &str) -> Vec<Effect> {
    let Some(Ok(text)) = state.report.text.clone() else { return Vec::new() };
    let Some(path) = complete::path(typed) else { return Vec::new() };
    vec![state.work(Work::Ledger(LedgerWork::Save { path, text }))]
}
