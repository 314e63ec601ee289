//! What is done in the lab: decoders tried, chains chosen and changed, results kept and copied.

use std::sync::Arc;

use crate::config::Action;
use crate::syntax::decoder::{self, Decoder, Found};
use crate::text::escape;
use crate::tui::state::{Effect, Overlay, State, copy};
use crate::tui::view::code::hex;
use crate::tui::view::decoder::layers;
use crate::tui::view::decoder::layers::Change;
use crate::tui::widget::prompt::{Choice, Prompt};
use crate::tui::widget::travel;
use crate::tui::worker::{DecodeWork, ProposeWork, Ticket, Work};

use crate::tui::view::decoder::{Row, Tried, first, lines};

/// Has what fits looked for.
pub(super) fn look(state: &mut State, brute: bool) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    lab.looking = true;
    lab.brute = brute;
    let (ticket, bytes) = (state.decoding.looking.renew(), Arc::clone(&lab.bytes));
    let path = state.docs.raw_path(lab.doc).to_owned();
    vec![state.work(Work::Propose(ProposeWork { ticket, path, bytes, brute }))]
}

/// Has the selected chain applied.
pub(super) fn attempt(state: &mut State) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    lab.top = 0;
    if lab.result().is_some() {
        return Vec::new();
    }
    let (bytes, chain) = (Arc::clone(&lab.bytes), lab.chain().to_vec());
    let ticket = state.decoding.trying.renew();
    let path = state.docs.raw_path(lab.doc).to_owned();
    vec![state.work(Work::Decode(DecodeWork { ticket, path, bytes, chain }))]
}

/// Takes proposals in.
pub(in crate::tui) fn proposed(state: &mut State, ticket: Ticket, found: Option<Found>) -> Vec<Effect> {
    let (Some(lab), Some(found)) = (&mut state.lab, found) else { return Vec::new() };
    if ticket != state.decoding.looking {
        return Vec::new();
    }
    lab.looking = false;
    lab.stopped = found.stopped;
    let before = lab.chain().to_vec();
    lab.rows.retain(|row| row.chain.is_empty() || row.by_hand);
    let first = lab.rows.len();
    lab.rows.extend(found.proposals.into_iter().map(|proposal| Row {
        line: decoder::preview(&proposal.bytes),
        chain: proposal.chain,
        by_hand: false,
        why: escape(&proposal.why).into_owned(),
    }));
    let again = lab.rows.iter().position(|row| row.chain == before);
    lab.selected = match again.filter(|_| lab.chosen) {
        Some(again) => again,
        None if first < lab.rows.len() => first,
        None => 0,
    };
    attempt(state)
}

/// Takes the result of a chain in.
pub(in crate::tui) fn decoded(state: &mut State, ticket: Ticket, tried: Option<Tried>) {
    let (Some(lab), Some(tried)) = (&mut state.lab, tried) else { return };
    if ticket == state.decoding.trying {
        if let Some(row) = lab.rows.iter_mut().find(|row| row.chain == tried.chain && row.line.is_empty()) {
            row.line = match &tried.bytes {
                Ok(bytes) => decoder::preview(bytes),
                Err(why) => why.clone(),
            };
        }
        lab.hex &= tried.source.is_some();
        lab.result = Some(tried);
    }
}

/// What actions mean in the lab; `None` for those that mean the same everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let height = isize::try_from(state.areas().lab().1.height).unwrap_or(1).max(2);
    state.lab.as_ref()?;
    // Up and down choose a chain; the longer ways scroll its result.
    if !matches!(action, Action::Up | Action::Down)
        && let Some(by) = travel::rows(action, height / 2, height - 1)
    {
        scroll(state, by);
        return Some(Vec::new());
    }
    let lab = state.lab.as_mut()?;
    match action {
        Action::Up | Action::Previous => return Some(select(state, -1)),
        Action::Down | Action::Next => return Some(select(state, 1)),
        Action::Hex => {
            lab.hex = !lab.hex && lab.result().is_some_and(|tried| tried.source.is_some());
            lab.top = 0;
        }
        Action::AddDecoder | Action::Search => {
            state.overlay = Some(Overlay::Prompt(Prompt::Decoder(Choice::default())));
        }
        Action::DropDecoder => {
            let mut chain = lab.chain().to_vec();
            if chain.pop().is_none() {
                state.say("No decoder is left to take away.");
                return Some(Vec::new());
            }
            lab.by_hand(chain);
            return Some(attempt(state));
        }
        Action::BruteForce => {
            let brute = !lab.brute;
            lab.chosen = false;
            return Some(look(state, brute));
        }
        Action::KeepLayer | Action::Open => return Some(keep(state)),
        Action::Unfold => {
            let change = Change::Unfold { doc: lab.doc, span: lab.span, bytes: Arc::clone(&lab.bytes) };
            return Some(layers::change(state, change));
        }
        Action::Cancel | Action::Decoders | Action::Back => state.leave_lab(),
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom | Action::Filter => {}
        Action::Beautified | Action::RemoveLayer => {
            let key = state.key(Action::KeepLayer);
            state.say(format!("Keep the result as a layer with {key}, then this can be done with it."));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Keeps the result of the selected chain as a layer.
fn keep(state: &mut State) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    if lab.chain().is_empty() {
        let key = state.key(Action::AddDecoder);
        state.say(format!("Choose a chain of decoders first, or add one with {key}; these are the bytes as they are."));
        return Vec::new();
    }
    match lab.result().map(|tried| tried.bytes.clone()) {
        Some(Ok(bytes)) => {
            let change = Change::Add { doc: lab.doc, span: lab.span, chain: lab.chain().to_vec(), bytes };
            layers::change(state, change)
        }
        Some(Err(why)) => {
            state.complain(&format!("There is no result to keep: {why}."));
            Vec::new()
        }
        None => {
            state.say("The result is not there yet.");
            Vec::new()
        }
    }
}

pub(super) fn copy_result(state: &mut State, action: Action) -> Vec<Effect> {
    let result = state.lab.as_ref().and_then(|lab| Some((lab.hex, lab.result()?.clone())));
    match result {
        Some((hex, Tried { bytes: Ok(bytes), source, .. })) => {
            let text = source.filter(|_| !hex).map(|source| source.text.clone());
            let (what, text) = match text {
                Some(text) => ("decoded text", text),
                None => ("decoded bytes in hexadecimal", copy::hexadecimal(&bytes)),
            };
            copy::text_as(state, action, what, &text)
        }
        _ => {
            state.say("There is no result to copy.");
            Vec::new()
        }
    }
}

fn select(state: &mut State, by: isize) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    let to = lab.selected.saturating_add_signed(by).min(lab.rows.len().saturating_sub(1));
    choose(state, to)
}

fn choose(state: &mut State, row: usize) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    lab.chosen = true;
    if row == lab.selected {
        return Vec::new();
    }
    lab.selected = row;
    attempt(state)
}

fn scroll(state: &mut State, by: isize) {
    let area = state.areas().lab().1;
    let Some(lab) = &mut state.lab else { return };
    let row = hex::fitting(lab.length(), usize::from(area.width));
    let most = lab.lines(row).saturating_sub(usize::from(area.height));
    lab.top = lab.top.saturating_add_signed(by).min(most);
}

/// Adds a decoder that was chosen by name behind the selected chain.
pub(in crate::tui) fn add(state: &mut State, decoder: Decoder) -> Vec<Effect> {
    let Some(lab) = &mut state.lab else { return Vec::new() };
    let chain = [lab.chain(), &[decoder]].concat();
    lab.by_hand(chain);
    attempt(state)
}

/// A click on a row selects it.
pub(in crate::tui) fn click(state: &mut State, line: usize) -> Vec<Effect> {
    let Some(lab) = &state.lab else { return Vec::new() };
    let lines = lines(state);
    let top = first(lab, usize::from(state.areas().lab().0.height), lines);
    let row = top + line / lines;
    if row < lab.rows.len() { choose(state, row) } else { Vec::new() }
}

/// The wheel over the chains moves the selection, over the result scrolls it.
pub(in crate::tui) fn wheel(state: &mut State, list: bool, by: isize) -> Vec<Effect> {
    if list {
        return select(state, by.signum());
    }
    scroll(state, by);
    Vec::new()
}
