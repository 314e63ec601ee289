//! A path that is being typed, and having it completed.

use tui_input::Input;

use crate::tui::state::{Effect, Overlay, State};
use crate::tui::widget::prompt::Prompt;
pub(in crate::tui) use crate::tui::worker::typed_path as path;
use crate::tui::worker::{CompleteJob, Completed, Ticket};

/// A path being typed.
#[derive(Debug, Clone, Default)]
pub struct PathLine {
    /// The line.
    pub input: Input,
    /// What it can go on with, after the last completion; untrusted.
    pub names: Vec<String>,
    ticket: Ticket,
}

/// Has the line completed.
pub(in crate::tui) fn ask(state: &mut State, line: &mut PathLine) -> Vec<Effect> {
    let ticket = line.ticket.renew();
    let job = CompleteJob(line.input.value().to_owned());
    vec![state.ask(job, move |state, completed| {
        arrived(state, ticket, completed);
        Vec::new()
    })]
}

/// Takes the completed line in, unless it was changed meanwhile.
fn arrived(state: &mut State, ticket: Ticket, completed: Completed) {
    if let Some(Overlay::Prompt(Prompt::Path(line))) = &mut state.overlay
        && line.ticket == ticket
    {
        line.input = Input::new(completed.line);
        line.names = completed.names;
    }
}

/// The line was changed: what it could go on with is no longer known.
pub(in crate::tui) fn changed(line: &mut PathLine) {
    line.names.clear();
    line.ticket.renew();
}
