//! Where one is, in a line: on the card why the selected line is there, in the code the file, the functions and the decoded
//! texts that lead to what is shown.

use crate::syntax::Doc;

use crate::tui::state::{Pane, State};
use crate::tui::view::View;
use crate::tui::view::card;

/// Where one is, escaped; empty where the screen says it.
#[must_use]
pub fn here(state: &State) -> String {
    match state.view {
        View::Card => card::why(state),
        View::Code => match state.focus {
            Pane::Files => String::new(),
            _ => in_code(state),
        },
        _ => String::new(),
    }
}

/// File, then the texts decoded in it, then the functions through which the selected step is reached.
fn in_code(state: &State) -> String {
    let Some(doc) = state.viewer.doc else { return String::new() };
    let mut chain = vec![doc];
    while let Some(Doc::Layer(layer)) = chain.last().copied() {
        let parent = state.docs.sequence().layers.get(layer).map(|layer| layer.parent);
        // A parent is found before what it contains; should that ever fail, the chain still ends.
        match parent.filter(|parent| !chain.contains(parent)) {
            Some(parent) => chain.push(parent),
            None => break,
        }
    }
    let mut parts: Vec<String> = chain
        .iter()
        .rev()
        .map(|doc| match doc {
            Doc::File(_) => state.docs.name(*doc),
            Doc::Layer(layer) => format!("layer {layer} ({})", state.docs.recipe(*layer)),
        })
        .collect();
    let step = state.steps.step().and_then(|step| state.docs.sequence().steps.get(step));
    if let Some(step) = step.filter(|step| step.doc == doc && Some(step.span) == state.viewer.span) {
        let named = step.call_path.iter().skip(1).filter(|name| !name.starts_with("layer "));
        parts.extend(named.map(|name| crate::text::escape(name).into_owned()));
        parts.push(format!("{} {}", step.feature.code(), step.feature.phrase()));
    }
    parts.join(" › ")
}
