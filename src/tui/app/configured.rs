//! The configuration was changed while the workbench runs.

use std::sync::Arc;

use crate::config::Config;
use crate::text::escape;
use crate::tui::state::{Effect, State};

/// Takes a configuration in; one that is wrong is told of with its place, and the one before it stays.
pub(in crate::tui) fn take(state: &mut State, config: Result<Box<Config>, String>) -> Vec<Effect> {
    state.dirty = true;
    let config = match config {
        Ok(config) => config,
        Err(why) => {
            let faults: Vec<String> = why.lines().map(|line| escape(line).into_owned()).collect();
            state.complain(&format!("{} · the configuration before it stays", faults.join(" · ")));
            return Vec::new();
        }
    };
    let before = std::mem::replace(&mut state.config, Arc::from(config));
    let (old, new) = (&before.settings, state.config.settings.clone());
    if let Some(theme) = new.theme.filter(|_| new.theme != old.theme) {
        (state.look, state.look_guessed) = (theme, false);
    }
    let mut effects = Vec::new();
    if new.mouse != old.mouse {
        state.mouse = new.mouse;
        effects.push(Effect::Mouse(new.mouse));
    }
    state.prefix = None;
    state.fit();
    state.say("The configuration was changed and holds now.");
    effects
}
