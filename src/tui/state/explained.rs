//! Which explanation is shown, and how it gets here.

use std::sync::Arc;

use strum::IntoEnumIterator as _;

use crate::config::Action;
use crate::model::explain::Method;

pub use crate::tui::derived::explained::{Lit, Ranked};
use crate::tui::derived::heat;
use crate::tui::derived::heat::Heat;
use crate::tui::state::{Effect, Pane, State};
use crate::tui::view::card;
use crate::tui::worker::{ExplainWork, Ticket, Work};

/// Asks for the explanation that is chosen. Until a worker answers nothing is hot; only from one attention map to the next
/// the heat stays, for that is a matter of moments.
pub(in crate::tui) fn show(state: &mut State) -> Vec<Effect> {
    // Whatever is still being made is for another method or another case.
    let ticket = state.asked.renew();
    state.explaining = false;
    let (Some(case), Some(Ok(judge))) = (state.case.clone(), state.judge.clone()) else { return Vec::new() };
    let (method, choice) = (state.tokens.method, state.tokens.choice);
    let shown = state.explanation.as_ref().map(|shown| shown.method);
    if method != Method::Attention || shown != Some(Method::Attention) {
        forget(state);
    }
    if crate::tui::derived::judgement(Some(&case)).is_none() {
        return Vec::new();
    }
    state.explaining = true;
    vec![state.work(Work::Explain(ExplainWork { ticket, judge, case, method, choice }))]
}

/// Shows no explanation any more.
pub(in crate::tui) fn forget(state: &mut State) {
    state.heat = Heat::default();
    state.explanation = None;
}

/// Takes an explanation in, if it is the one that was asked for last: as heat, and the walk in its order.
pub(in crate::tui) fn take(state: &mut State, ticket: Ticket, made: Option<Result<Box<Lit>, String>>) {
    if state.asked != ticket {
        return;
    }
    state.explaining = false;
    match made {
        Some(Ok(lit)) => {
            let Lit { ranked, heat, order } = *lit;
            state.heat = heat;
            state.explanation = Some(Arc::new(ranked));
            state.walk.take(Arc::new(order));
            // What a list shows without the hidden is told by indices in the order.
            state.hide();
            crate::tui::view::explain::order(state);
            if state.view == crate::tui::view::View::Card {
                card::settle(state);
            }
        }
        Some(Err(why)) => state.complain(&why),
        None => {}
    }
}

/// The next method, or another attention map.
pub(in crate::tui) fn choose(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(judgement) = crate::tui::derived::judgement(state.case.as_deref()) else {
        state.say("The model has read nothing yet.");
        return Vec::new();
    };
    let text = if action == Action::Method {
        let mut methods = Method::iter().cycle().skip_while(|method| *method != state.tokens.method);
        state.tokens.method = methods.nth(1).unwrap_or_default();
        format!("Explained by {}: {}", state.tokens.method, state.tokens.method.note())
    } else {
        let maps = judgement.windows.first().map_or(&[][..], |w| &w.cls_attention);
        let (layers, heads) = (maps.len(), maps.first().map_or(0, Vec::len));
        state.tokens.method = Method::Attention;
        let choice = &mut state.tokens.choice;
        match action {
            Action::LayerNext => choice.layer = heat::cycle(choice.layer, layers, true),
            Action::LayerPrevious => choice.layer = heat::cycle(choice.layer, layers, false),
            Action::HeadNext => choice.head = heat::cycle(choice.head, heads, true),
            _ => choice.head = heat::cycle(choice.head, heads, false),
        }
        format!("Attention, which is not a reason: {}", choice.describe())
    };
    if state.right != Pane::Tokens {
        state.say(text);
    }
    let mut effects = show(state);
    effects.extend(crate::tui::view::explain::keep_apart(state));
    effects
}
