//! New numbers for documents and steps: a layer was removed, or a model that reads the package in another way has found other
//! layers and steps. Whatever holds such a number passes through here.

use crate::ledger::Hiding;
pub use crate::tui::derived::moves::Moves;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::view::View;
use crate::tui::view::code::preview::Previews;
use crate::tui::view::code::shaped;
use crate::tui::view::{finder, results};
use crate::tui::widget::prompt::Prompt;

/// Gives everything that names a document or step by its number the new one, or lets it forget; then takes the new case in.
pub(in crate::tui) fn renumber(state: &mut State, moves: &Moves, take: impl FnOnce(&mut State)) -> Vec<Effect> {
    let effects = results::renumber(state, moves);
    shaped::renumber(state, moves);
    forget_numbers(state, moves);
    take(state);
    if state.viewer.doc.is_none() {
        state.follow_files();
    }
    if state.view == View::Lab && state.lab.is_none() {
        if let Some(Overlay::Prompt(Prompt::Decoder(_))) = state.overlay {
            state.overlay = None;
        }
        state.leave_lab();
        state.say("The lab is closed: the text that its bytes stand in is gone.");
    }
    let again = finder::again(state);
    effects.into_iter().chain(again).collect()
}

fn forget_numbers(state: &mut State, moves: &Moves) {
    // Every field by its name: who adds one says here whether such numbers are in it.
    let State {
        viewer,
        previews,
        trail,
        files,
        steps,
        lab,
        overlay,
        search,
        spans,
        walk,
        card,
        diff,
        guide,
        deciding,
        // They may have to show another text, or to stop a search: both are done already.
        shapes: _,
        results: _,
        // What was asked with the old numbers is answered with them.
        painting,
        naming,
        measuring,
        asked,
        // Nothing of these is looked at before the new case has taken their place.
        docs: _,
        case: _,
        spoken: _,
        tokens: _,
        heat: _,
        explanation: _,
        compare: _,
        indicators: _,
        report: _,
        // The queue holds cases with numbers of their own.
        queue: _,
        // Changes to the layers that are under way are made again when their answer comes.
        decoding: _,
        // Words, paths and hashes.
        classify: _,
        disputes: _,
        left: _,
        file: _,
        start: _,
        // The rest has to do with neither.
        config: _,
        look: _,
        look_guessed: _,
        blind: _,
        size: _,
        view: _,
        focus: _,
        right: _,
        zoom: _,
        path: _,
        stage: _,
        progress: _,
        failed: _,
        elapsed: _,
        judge: _,
        explaining,
        spot: _,
        asked_before: _,
        selecting: _,
        drag: _,
        count: _,
        notice: _,
        label: _,
        labelling: _,
        kept: _,
        mouse: _,
        hidden: _,
        quit: _,
        signal: _,
        dirty: _,
        focused: _,
        prefix: _,
        widths: _,
        touched: _,
        handed: _,
        started: _,
        opening: _,
        judging: _,
        reloading: _,
        // A job that holds such numbers asks for its place again.
        jobs: _,
        working: _,
    } = state;
    viewer.renumber(moves);
    // It is made again where its document has another number.
    *previews = Previews::default();
    trail.renumber(moves);
    files.renumber(moves);
    steps.renumber(moves);
    spans.renumber(moves);
    walk.renumber(moves);
    card.renumber(moves);
    diff.renumber(moves);
    // It comes anew with the marked spans.
    deciding.hiding = Hiding::default();
    if let Some(guide) = guide {
        guide.renumber(moves);
    }
    search.forget();
    painting.forget();
    for ticket in [naming, measuring] {
        ticket.renew();
    }
    if moves.steps_moved() {
        asked.renew();
        *explaining = false;
    }
    match overlay {
        Some(Overlay::Places(places)) => places.renumber(moves),
        Some(Overlay::Prompt(prompt)) => prompt.renumber(moves),
        // Made anew of the state whenever they are drawn.
        Some(Overlay::Details(_) | Overlay::Help(_)) | None => {}
    }
    *lab = lab.take().and_then(|lab| lab.renumbered(moves));
}
