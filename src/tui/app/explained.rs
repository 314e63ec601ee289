//! Which explanation is shown, and how it gets here.

use std::sync::Arc;

use strum::IntoEnumIterator as _;

use crate::config::Action;
use crate::model::explain::{Explanation, Method, of_attention};

use super::super::job::{Ticket, Work};
use super::heat::{self, Heat};
use super::{Effect, Pane, State};

/// Shows the explanation that is chosen. Attention came with the verdict; the others are asked of a worker, and until it
/// answers nothing is hot.
pub(super) fn show(state: &mut State) -> Vec<Effect> {
    // Whatever is still being made is for another method or another case.
    let ticket = state.asked.renew();
    state.explaining = false;
    let Some(case) = state.case.clone() else { return Vec::new() };
    let Some(judgement) = super::judgement(Some(&case)) else { return Vec::new() };
    let method = state.tokens.method;
    if method == Method::Attention {
        let explanation = of_attention(&judgement.windows, &case.text, state.tokens.choice);
        hot(state, explanation);
        return Vec::new();
    }
    state.heat = Heat::default();
    state.explanation = None;
    let Some(Ok(judge)) = state.judge.clone() else { return Vec::new() };
    state.explaining = true;
    vec![state.work(Work::Explain { ticket, judge, case, method })]
}

/// Takes an explanation in, if it is the one that was asked for last.
pub(super) fn take(state: &mut State, ticket: Ticket, result: Option<Result<Explanation, String>>) {
    if state.asked != ticket {
        return;
    }
    state.explaining = false;
    match result {
        Some(Ok(explanation)) => {
            hot(state, explanation);
        }
        Some(Err(why)) => state.complain(&why),
        None => {}
    }
}

/// Shows an explanation as heat, and puts the walk in its order.
fn hot(state: &mut State, explanation: Explanation) {
    let Some(case) = state.case.clone() else { return };
    let Some(judgement) = super::judgement(Some(&case)) else { return };
    state.heat = Heat::new(judgement, &case.text, &case.sequence, &explanation);
    state.explanation = Some(Arc::new(explanation));
    super::walk::order(state);
    super::compare::order(state);
    if state.view == super::view::View::Card {
        super::card::settle(state);
    }
}

/// The next method, or another attention map.
pub(super) fn choose(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(judgement) = super::judgement(state.case.as_deref()) else {
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
    show(state)
}
