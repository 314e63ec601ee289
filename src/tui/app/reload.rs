//! Another model while the package stays open: from a folder that is typed, or the same folder after a training.

use std::path::PathBuf;
use std::sync::Arc;

use tui_input::Input;

use crate::model::explain::Choice;
use crate::text::escape;
use crate::tui::state::case;
use crate::tui::state::shown::Shown;
use crate::tui::state::{Effect, Overlay, Stage, State};
use crate::tui::widget::complete;
use crate::tui::widget::prompt::Prompt;
use crate::tui::worker::{LoadWork, Loaded, Work};

/// Asks for a model's folder, beginning with that of the model in use.
pub(in crate::tui) fn ask(state: &mut State) {
    let folder = in_use(state).unwrap_or_default();
    state.overlay = Some(Overlay::Prompt(Prompt::Model(Input::new(folder.to_string_lossy().into_owned()))));
}

/// Opens the model in a folder that was typed.
pub(in crate::tui) fn open(state: &mut State, typed: &str) -> Vec<Effect> {
    match complete::path(typed) {
        Some(folder) => load(state, Some(folder)),
        None => Vec::new(),
    }
}

/// Loads the model in use again; without one, looks for one as at the start.
pub(in crate::tui) fn reload(state: &mut State) -> Vec<Effect> {
    let folder = in_use(state);
    load(state, folder)
}

fn in_use(state: &State) -> Option<PathBuf> {
    let judge = state.judge.as_ref()?.as_ref().ok()?;
    Some(judge.folder.clone())
}

fn load(state: &mut State, folder: Option<PathBuf>) -> Vec<Effect> {
    let shown =
        folder.as_deref().map_or_else(String::new, |folder| format!(" in {}", escape(&folder.to_string_lossy())));
    state.say(format!("Loading the model{shown}…"));
    let known = match &state.judge {
        Some(Ok(judge)) => judge.hash.clone(),
        _ => String::new(),
    };
    let (ticket, shown) = (state.reloading.renew(), state.shown().map(Box::new));
    vec![state.work(Work::Load(LoadWork { ticket, folder, known, shown }))]
}

/// Takes a model in. Where it could not be loaded, or could not judge the package, the model before it stays, and so does
/// its verdict.
pub(in crate::tui) fn loaded(state: &mut State, loaded: Result<Loaded, String>) -> Vec<Effect> {
    match loaded {
        Err(why) => {
            let stays = match &state.judge {
                Some(Ok(judge)) => format!("the model {} stays", judge.name),
                _ => "there is still no model".to_owned(),
            };
            state.complain(&format!("Nothing loaded, {stays}: {why}"));
        }
        Ok(Loaded::Same) => state.say("The model in this folder is the one in use; nothing has changed."),
        Ok(Loaded::New { judge, shown }) => {
            let hash = judge.hash.get(..12).unwrap_or(&judge.hash);
            let said = format!("The model {} ({}…) is in use now.", escape(&judge.name), escape(hash));
            state.judge = Some(Ok(judge));
            // It may have fewer layers and heads.
            state.tokens.choice = Choice::default();
            crate::tui::view::queue::reloaded(state);
            // The case may be that of the package before this one.
            let here = |shown: &Shown| state.package().is_some_and(|package| Arc::ptr_eq(package, &shown.case.package));
            let effects = match shown.filter(|shown| here(shown)) {
                Some(shown) => {
                    // What the model before it still has to say no longer matters.
                    state.judging.renew();
                    state.stage = Stage::Done;
                    case::judged(state, *shown)
                }
                None => case::judge(state),
            };
            state.say(said);
            return effects;
        }
    }
    Vec::new()
}
