//! The only function that changes the state.
//!
//! [`update`] takes one [`Message`] and answers with [`Effect`]s for the loop to carry out. It blocks on nothing: whatever
//! takes longer than a frame is an effect that a worker answers later with another message.

use crate::tui::app::{answer, command, configured, discarded, input, seek};
use crate::tui::state::{Effect, Message, State};
use crate::tui::view::code::{paint, preview, shaped, tokens};
use crate::tui::view::{View, card, guide, queue, report};

/// Takes one message in.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let before = discarded::large(state);
    let mut effects = taken(state, message);
    effects.extend(discarded::gone(before));
    effects
}

fn taken(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Terminal(event) => input::event(state, event),
        Message::Answer(answer) => {
            state.dirty = true;
            answer::take(state, answer)
        }
        Message::Background(theme) => {
            if state.look_guessed {
                state.look = theme;
                state.dirty = true;
            }
            Vec::new()
        }
        Message::Act(action) => {
            (state.dirty, state.touched, state.notice) = (true, true, None);
            command::perform(state, action)
        }
        Message::Configured(config) => configured::take(state, config),
        Message::Stop(signal) => {
            state.signal = signal;
            state.quit = Some(if signal.is_some() { Ok(()) } else { Err("the terminal is gone".to_owned()) });
            Vec::new()
        }
        Message::Edited(text) => {
            report::edited(state, text);
            Vec::new()
        }
        Message::Tick => {
            // Nobody looks at a window without the focus; it is drawn when something comes, or one comes back.
            let passed = state.queue.minute_passed();
            state.dirty |= state.focused != Some(false) && (state.ticking() || passed);
            seek::tell(state);
            Vec::new()
        }
    };
    effects.extend(command::handed(state));
    if state.ticking() {
        state.elapsed = state.started.elapsed();
    }
    guide::watch(state);
    effects.extend(queue::idle(state));
    effects.extend(shaped::wanted(state));
    effects.extend(paint::wanted(state));
    effects.extend(preview::wanted(state));
    effects.extend(tokens::wanted(state));
    if state.dirty && state.view == View::Card {
        card::lay(state);
    }
    effects
}
