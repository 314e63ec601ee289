//! What workers bring.

use std::sync::Arc;

use tracing::debug;

use crate::case::Case;
use crate::config::Action;
use crate::text::escape;

use super::super::worker::{Answer, LedgerWork, Noted, Recorded, ResumeWork, Work, Written};
use super::renumber::renumber;
use super::shown::Shown;
use super::{
    Effect, Stage, State, act, compare, complete, diff, explained, finder, indicators, lab, layers, places, queue,
    reload, results, resume, seek, shaped, spans, start, tokens,
};

pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        // Another package has been asked for since.
        Answer::Failed { ticket, .. } | Answer::Opened { ticket, .. } | Answer::Read { ticket, .. }
            if state.opening != ticket => {}
        Answer::Failed { why, .. } => match queue::failed(state, &why) {
            Some(effects) => return effects,
            // Its files are on the screen and stay there, with what became of the reading.
            None if state.stage == Stage::Reading => {
                state.stage = Stage::Done;
                state.failed = Some(escape(&why).into_owned());
                state.complain(&why);
            }
            None => match start::failed(state, &why) {
                Some(effects) => return effects,
                None => state.quit = Some(Err(why)),
            },
        },
        Answer::Opened { docs, .. } => {
            // What was open until now is left.
            let mut effects: Vec<Effect> = state.keep_place().into_iter().collect();
            (state.left, state.touched) = (None, false);
            state.stage = Stage::Reading;
            state.docs = docs;
            state.spans = spans::Spans::default();
            state.end_selection();
            state.files.build(&state.docs);
            state.follow_files();
            start::opened(state);
            if let Some(package) = state.package() {
                let sha256 = package.sha256.clone();
                effects.push(state.work(Work::Ledger(LedgerWork::State(sha256.clone()))));
                if state.guide.is_none() {
                    effects.push(state.work(Work::Resume(ResumeWork::Find(sha256))));
                }
            }
            return effects;
        }
        Answer::Read { shown, hidden, .. } => {
            state.hidden = hidden;
            read(state, *shown);
            let mut effects = spans::ask(state);
            effects.extend(judge(state));
            effects.extend(diff::ask::begin(state));
            effects.extend(results::search_layers(state));
            return effects;
        }
        Answer::Model(model) => {
            if let Err(why) = &model {
                let why = why.clone();
                state.complain(&why);
            }
            state.judge = Some(model);
            return judge(state);
        }
        Answer::Judged { ticket, judged: result } if state.judging == ticket => {
            state.stage = Stage::Done;
            match result {
                Ok(shown) => {
                    let mut effects = judged(state, *shown);
                    effects.extend(queue::judged(state));
                    return effects;
                }
                Err(why) => state.complain(&why),
            }
        }
        // Another model has spoken since.
        Answer::Judged { .. } => stale("verdict"),
        Answer::Loaded { ticket, loaded } => {
            done(state);
            if state.reloading == ticket {
                return reload::loaded(state, loaded);
            }
            stale("model");
        }
        Answer::Explained { ticket, made } => {
            done(state);
            explained::take(state, ticket, made);
        }
        Answer::Laid { ticket, layout } => {
            done(state);
            tokens::take(state, ticket, layout);
        }
        Answer::Painted { ticket, doc, lines, failed } => {
            done(state);
            if state.painting.ticket == ticket {
                state.painting.answered();
                if state.painting.fails(doc, failed.is_some())
                    && let Some(why) = failed
                {
                    state.complain(&format!("No colors: {why}"));
                }
                if let Some(lines) = lines
                    && state.viewer.doc == Some(doc)
                {
                    state.viewer.paint(lines);
                }
            } else {
                stale("colors");
            }
        }
        Answer::Measured { ticket, doc, columns } => {
            done(state);
            if state.measuring == ticket && state.viewer.doc == Some(doc) {
                state.viewer.columns = columns;
                // What was placed by counting bytes is placed again.
                if let Some(span) = state.viewer.span.filter(|_| !state.viewer.hex) {
                    state.emphasise(span);
                }
            }
        }
        Answer::Found { ticket, matches } => {
            done(state);
            seek::found(state, ticket, matches);
        }
        Answer::Compared { ticket, made } => {
            done(state);
            compare::take(state, ticket, made);
        }
        Answer::Weighed { ticket, probability } => {
            done(state);
            compare::weighed(state, ticket, probability);
        }
        Answer::Named { ticket, definitions, found, failed } => {
            done(state);
            places::named(state, ticket, definitions, found);
            if let Some(why) = failed.filter(|_| state.naming == ticket) {
                state.complain(&format!("Names: {why}"));
            }
        }
        Answer::Searched { ticket, news } => return results::arrived(state, ticket, news),
        Answer::Matched { ticket, matched } => {
            done(state);
            finder::arrived(state, ticket, matched);
        }
        Answer::Diffed { ticket, news } => {
            if diff::ask::take(state, ticket, news) {
                done(state);
            }
            return diff::ask::judge(state);
        }
        Answer::Updated { ticket, update } => {
            done(state);
            diff::ask::judged(state, ticket, update);
        }
        Answer::LastPlace(sha256, left) => {
            done(state);
            resume::take(state, &sha256, left);
        }
        Answer::Recent(recent) => {
            done(state);
            start::arrived(state, recent);
        }
        Answer::Completed { ticket, completed } => {
            done(state);
            complete::arrived(state, ticket, completed);
        }
        Answer::Roles { sha256, roles } => {
            if state.package().is_some_and(|package| package.sha256 == sha256) {
                indicators::arrived(state, roles);
            }
        }
        Answer::Shaped { ticket, made } => {
            done(state);
            shaped::take(state, ticket, made);
        }
        Answer::Proposed { ticket, found } => {
            done(state);
            return lab::proposed(state, ticket, found);
        }
        Answer::Decoded { ticket, tried } => {
            done(state);
            lab::decoded(state, ticket, tried);
        }
        Answer::Kept { ticket, base, change, kept } => {
            done(state);
            return layers::kept(state, ticket, &base, &change, kept);
        }
        Answer::Spans { case, spans } => {
            let mut effects = spans::arrived(state, &case, spans);
            effects.extend(super::report::again(state));
            return effects;
        }
        Answer::Reported { sha256, format, text } => {
            done(state);
            return super::report::arrived(state, &sha256, format, text);
        }
        Answer::Marked(result) => {
            done(state);
            match result {
                Ok(Noted { said, undo: "" }) => state.say(said),
                Ok(Noted { said, undo }) => {
                    let key = state.key(Action::Undo);
                    state.say(format!("{said} {key} {undo}."));
                }
                Err(why) => state.complain(&why),
            }
        }
        Answer::Label { sha256, label } => {
            done(state);
            if state.package().is_some_and(|package| package.sha256 == sha256) {
                state.label = label;
            }
        }
        Answer::Queue(told) => {
            done(state);
            return queue::told(state, told);
        }
        Answer::Ahead { ticket, number, ready } => {
            done(state);
            return queue::ahead(state, ticket, number, ready);
        }
        Answer::Alike(read) => {
            done(state);
            return queue::alike(state, read);
        }
        Answer::Recorded(recorded) => {
            done(state);
            let mut effects = self::recorded(state, recorded);
            effects.extend(super::report::again(state));
            return effects;
        }
        // No clipboard here: the terminal may have one.
        Answer::Clipped(Err(text)) => return vec![Effect::Terminal(text)],
        Answer::Clipped(Ok(())) => {}
    }
    Vec::new()
}

/// Says that an answer came which nobody waits for any more.
fn stale(what: &str) {
    debug!(what, "a stale answer is dropped");
}

/// A label was written or taken back, or it was not.
fn recorded(state: &mut State, recorded: Recorded) -> Vec<Effect> {
    let Recorded { shown, label, written } = recorded;
    let alike = matches!(&written, Ok((Written::Label { alike: true, .. }, _)));
    if !alike {
        state.labelling = false;
    }
    // It may have been asked for before this package came.
    if shown.is_empty() || state.package().is_some_and(|package| package.sha256 == shown) {
        state.label = label;
    }
    match written {
        Ok((written, said)) => {
            let lacking = !alike && spans::lacking(state);
            if lacking {
                spans::wanted(state);
            } else if matches!(written, Written::Label { .. }) && !alike {
                let key = state.key(Action::Undo);
                state.say(format!("{said} {key} takes it back."));
            } else if !alike {
                state.say(said);
            }
            queue::written(state, written, lacking)
        }
        Err(why) => {
            state.complain(&why);
            queue::unwritten(state)
        }
    }
}

fn done(state: &mut State) {
    state.working = state.working.saturating_sub(1);
}

/// Shows a sequence.
pub(super) fn read(state: &mut State, shown: Shown) {
    take_case(state, shown);
    if state.results.walked {
        // Who walks matches stays with the one on the screen.
    } else if state.steps.step().is_some() {
        act::from_steps(state);
    } else {
        state.focus = super::Pane::Files;
        state.fit();
    }
    state.follow();
    if state.view == super::view::View::Card {
        super::card::begin(state);
    }
    resume::restore(state);
}

fn take_case(state: &mut State, Shown { case, docs, order, spoken, .. }: Shown) {
    state.card.again();
    state.docs = docs;
    state.case = Some(case);
    state.spoken = spoken;
    state.files.build(&state.docs);
    state.list_steps();
    state.walk.take(order);
    indicators::list(state);
}

/// Shows a verdict.
pub(super) fn judged(state: &mut State, shown: Shown) -> Vec<Effect> {
    let mut effects = Vec::new();
    let old = state.case.clone();
    let same = old.as_ref().is_some_and(|old| Arc::ptr_eq(&old.sequence, &shown.case.sequence));
    // Layers were decoded by hand while the model read: the steps it read are the same.
    let layered = old.filter(|old| !same && old.by_hand() > 0);
    if same {
        (state.case, state.spoken) = (Some(shown.case), shown.spoken);
    } else if let Some(old) = layered.as_ref().filter(|old| old.reading == shown.case.reading) {
        let (verdict, timing, text) = (shown.case.verdict.clone(), shown.case.timing, Arc::clone(&shown.case.text));
        state.case = Some(Arc::new(Case { verdict, timing, text, ..Case::clone(old) }));
        state.spoken = shown.spoken;
    } else {
        // The model reads packages another way, so it has found other steps and layers.
        explained::forget(state);
        let moves = shown.moves.clone().unwrap_or_default();
        effects.extend(renumber(state, &moves, |state| take_case(state, shown)));
        if state.steps.step().is_none() {
            act::from_steps(state);
        }
        effects.extend(spans::ask(state));
        effects.extend(layered.map(|old| layers::change(state, layers::Change::Carry(old))).unwrap_or_default());
        resume::restore(state);
    }
    state.tokens.reset();
    state.compare.forget();
    effects.extend(explained::show(state));
    effects.extend(compare::fill(state));
    effects.extend(diff::ask::begin(state));
    effects.extend(diff::ask::judge(state));
    state.fit();
    if let Some(step) = state.steps.step() {
        state.tokens.select_step(&state.spoken, step);
        state.follow();
    }
    effects
}

/// Lets the model read as soon as both it and the sequence are there.
pub(super) fn judge(state: &mut State) -> Vec<Effect> {
    let Some(shown) = state.shown().map(Box::new) else { return Vec::new() };
    match state.judge.clone() {
        None => state.stage = Stage::Loading,
        Some(Err(_)) => state.stage = Stage::Done,
        Some(Ok(judge)) => {
            state.stage = Stage::Judging;
            let ticket = state.judging.renew();
            return vec![Effect::Work(Work::Judge { ticket, judge, shown })];
        }
    }
    Vec::new()
}
