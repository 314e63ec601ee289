//! Layers that the analyst decodes: kept, removed, carried over to another reading of the package.
//!
//! The indicators are gathered anew with them, which takes as long as the package is large, so a worker makes the new case. What
//! it was made from may have changed meanwhile; then it is made again.

use std::sync::Arc;

use crate::case::{Case, Kept};
use crate::syntax::{DecodedBy, Doc};

use crate::tui::derived::docs::Docs;
use crate::tui::state::renumber::{Moves, renumber};
use crate::tui::state::{Effect, Pane, State};
use crate::tui::view::View;
use crate::tui::view::code::files::Kind;
use crate::tui::view::{annotations, finder, indicators};
pub use crate::tui::worker::{Change, Changed};
use crate::tui::worker::{Ticket, Work};

/// Hands a change to a worker.
pub(in crate::tui) fn change(state: &mut State, change: Change) -> Vec<Effect> {
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read, then keep it.");
        return Vec::new();
    };
    if let Some(lab) = &mut state.lab {
        lab.keeping = true;
    }
    let ticket = state.decoding.keeping.renew();
    vec![state.work(Work::Keep { ticket, case, change: Arc::new(change) })]
}

impl State {
    /// Whether a layer was decoded by hand.
    #[must_use]
    pub fn by_hand(&self, layer: usize) -> bool {
        self.docs.sequence().layers.get(layer).is_some_and(|layer| layer.by_hand())
    }
}

/// Removes the layer that is selected in the tree.
pub(in crate::tui) fn remove(state: &mut State) -> Vec<Effect> {
    let selected = state.files.row(state.files.selected).map(|node| node.kind.clone());
    let Some(Kind::Doc(Doc::Layer(index))) = selected else {
        state.say("Only a layer that was decoded by hand can be removed; this is a file of the package.");
        return Vec::new();
    };
    let whose = match state.docs.sequence().layers.get(index).map(|layer| layer.by) {
        Some(DecodedBy::Code) => "This layer is what the code itself would decode",
        Some(DecodedBy::Literal) => "This layer is a string literal that was decoded as the package was read",
        Some(DecodedBy::Hand) | None => return change(state, Change::Remove(index)),
    };
    state.say(format!("{whose}; only those decoded by hand can be removed."));
    Vec::new()
}

/// Takes a change in.
pub(in crate::tui) fn kept(
    state: &mut State,
    ticket: Ticket,
    base: &Arc<Case>,
    done: &Arc<Change>,
    changed: Result<Changed, String>,
) -> Vec<Effect> {
    if let Some(lab) = &mut state.lab {
        lab.keeping = false;
    }
    let changed = match changed {
        Ok(changed) => changed,
        Err(why) => {
            state.complain(&why);
            return Vec::new();
        }
    };
    // Of another package than the one on the screen now.
    if !state.case.as_ref().is_some_and(|case| Arc::ptr_eq(&case.package, &base.package)) {
        return Vec::new();
    }
    // Each change is wanted, not only the newest; it is made again where another came between.
    let current = state.case.clone().filter(|case| Arc::ptr_eq(&case.sequence, &base.sequence));
    let Some(current) = current else { return again(state, base, done) };
    let newest = state.decoding.keeping == ticket;
    match changed {
        Changed::Nothing(_) if matches!(**done, Change::Redo(_)) => {}
        Changed::Nothing(stopped) => {
            let why = stopped.map_or_else(String::new, |why| format!(" ({why})"));
            state.say(format!("Nothing was found that decodes to more than this{why}."));
        }
        Changed::Added(docs, kept, stopped) => {
            let Kept { case, last, lost } = *kept;
            let added = case.sequence.layers.len().saturating_sub(current.sequence.layers.len());
            take(state, &current, docs, case);
            let mut effects = finder::again(state);
            effects.extend(annotations::ask(state));
            match (&**done, last) {
                (Change::Carry(_), _) => state.say(match lost {
                    0 => format!("The layers decoded by hand ({added}) were carried over to the new reading."),
                    _ => format!("Of the layers decoded by hand, {added} were carried over and {lost} have no place in the new reading."),
                }),
                (Change::Redo(_), _) => {
                    let layers = crate::text::many(added, "decoded text that holds marks was", "decoded texts that hold marks were");
                    state.say(format!("{layers} made again by the recipe."));
                }
                (_, Some(last)) if newest => {
                    show(state, last);
                    state.say(said(state, last, added, lost, stopped));
                }
                (_, Some(_)) => {}
                (_, None) => state.complain(&format!(
                    "Not kept: there is room for {} layers and {} MB decoded by hand; remove one in the files with Delete.",
                    crate::case::MAX_BY_HAND,
                    crate::case::MAX_BYTES_BY_HAND >> 20
                )),
            }
            return effects;
        }
        Changed::Removed(docs, case, moves) => {
            let count = current.sequence.layers.len().saturating_sub(case.sequence.layers.len());
            let mut effects = renumber(state, &moves, |state| take(state, &current, docs, *case));
            effects.extend(annotations::ask(state));
            state.say(if count == 1 {
                "The layer is removed.".to_owned()
            } else {
                format!("{count} layers are removed.")
            });
            return effects;
        }
    }
    Vec::new()
}

fn said(state: &State, doc: Doc, added: usize, lost: usize, stopped: Option<String>) -> String {
    let name = state.docs.name(doc);
    let mut text = match added {
        0 => format!("This layer was there already: {name}."),
        1 => format!("Kept as a layer: {name}."),
        _ => format!("{added} layers unfolded, down to {name}."),
    };
    if lost > 0 {
        text += &format!(" {lost} more found no room.");
    }
    if let Some(stopped) = stopped {
        text += &format!(" It {stopped}.");
    }
    text
}

fn show(state: &mut State, doc: Doc) {
    state.lab = None;
    if state.view == View::Lab {
        // The lab was a step aside: back leads to where the bytes were selected.
        state.leave_lab();
    }
    state.go((doc, None));
    state.focus = Pane::Source;
    state.fit();
}

/// Takes a case in that differs in its layers and indicators alone.
fn take(state: &mut State, current: &Case, docs: Docs, case: Case) {
    let case = Case { sequence: case.sequence, indicators: case.indicators, ..current.clone() };
    state.docs = docs;
    state.case = Some(Arc::new(case));
    state.files.build(&state.docs);
    state.list_steps();
    indicators::list(state);
    if let Some(doc) = state.viewer.doc {
        state.files.reveal(doc);
    }
    state.fit();
}

/// Makes a change again that was made to a case before the present one. What it names by number may have another one here.
fn again(state: &mut State, base: &Case, done: &Change) -> Vec<Effect> {
    let moves = Moves::layers_between(&base.sequence, state.docs.sequence());
    match done.renumbered(&moves) {
        Some(done) => change(state, done),
        None => {
            state.say("Nothing is decoded: the text that it was to be decoded from is gone.");
            Vec::new()
        }
    }
}

impl Change {
    /// The same under the new numbers of documents; `None` where what it names is gone.
    fn renumbered(&self, moves: &Moves) -> Option<Self> {
        let mut same = self.clone();
        match &mut same {
            Self::Add { doc, .. } | Self::Unfold { doc, .. } => *doc = moves.doc(*doc)?,
            Self::Remove(layer) => match moves.doc(Doc::Layer(*layer))? {
                Doc::Layer(now) => *layer = now,
                Doc::File(_) => return None,
            },
            // They name what they mean by its content.
            Self::Carry(_) | Self::Redo(_) => {}
        }
        Some(same)
    }
}
