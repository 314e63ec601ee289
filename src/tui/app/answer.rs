//! What workers bring.

use tracing::debug;

use std::sync::Arc;

use crate::config::Action;
use crate::text::escape;

use crate::tui::app::{reload, seek};
use crate::tui::state::{Effect, Stage, State, case, explained, resume};
use crate::tui::view::code::{shaped, tokens};
use crate::tui::view::decoder::layers;
use crate::tui::view::{
    annotations, classify, decoder, diff, disputes, explain, finder, indicators, places, queue, results, start,
};
use crate::tui::worker::{Answer, LedgerWork, Noted, Recorded, ResumeWork, Work, Written};

pub(in crate::tui) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        // Another package has been asked for since.
        Answer::Failed { ticket, .. }
        | Answer::Opened { ticket, .. }
        | Answer::Progress { ticket, .. }
        | Answer::Read { ticket, .. }
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
            (state.stage, state.progress) = (Stage::Reading, None);
            state.docs = docs;
            state.spans = annotations::Spans::default();
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
        Answer::Progress { progress, .. } => state.progress = Some(progress),
        Answer::Read { shown, hidden, .. } => {
            state.progress = None;
            state.hidden = hidden;
            case::read(state, *shown);
            let mut effects = annotations::ask(state);
            effects.extend(case::judge(state));
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
            return case::judge(state);
        }
        Answer::Judged { ticket, judged: result } if state.judging == ticket => {
            state.stage = Stage::Done;
            match result {
                Ok(shown) => {
                    let mut effects = case::judged(state, *shown);
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
            explain::take(state, ticket, made);
        }
        Answer::Weighed { ticket, probability } => {
            done(state);
            explain::weighed(state, ticket, probability);
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
        Answer::Made { ticket, made } => {
            done(state);
            return state.take_made(ticket, made);
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
            return decoder::proposed(state, ticket, found);
        }
        Answer::Decoded { ticket, tried } => {
            done(state);
            decoder::decoded(state, ticket, tried);
        }
        Answer::Kept { ticket, base, change, kept } => {
            done(state);
            return layers::kept(state, ticket, &base, &change, kept);
        }
        Answer::Spans { case, spans } => {
            let mut effects = annotations::arrived(state, &case, spans);
            effects.extend(crate::tui::view::report::again(state));
            return effects;
        }
        Answer::Similar { sha256, found } => {
            done(state);
            crate::tui::view::similar::arrived(state, &sha256, found);
        }
        Answer::Reported { sha256, format, text } => {
            done(state);
            return crate::tui::view::report::arrived(state, &sha256, format, text);
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
        Answer::Label { sha256, label, second } => {
            done(state);
            if state.package().is_some_and(|package| package.sha256 == sha256) {
                state.label = label;
                (state.deciding.second, state.deciding.known) = (second, true);
                return state.unseal();
            }
        }
        Answer::Hidden { case, hiding } => {
            if state.case.as_ref().is_some_and(|shown| Arc::ptr_eq(&shown.sequence, &case.sequence)) {
                state.deciding.hiding = *hiding;
                state.hide();
            }
        }
        Answer::Waiting { waiting, why } => {
            if state.kept > 0 && waiting == 0 {
                state.say("The ledger's server is back: all that was kept is sent.");
            }
            state.kept = waiting;
            if let Some(why) = why {
                state.complain(&why);
            }
        }
        Answer::Classified { sha256, classified } => {
            done(state);
            classify::arrived(state, &sha256, *classified);
        }
        // A decision answers with them too, before it says that it was recorded.
        Answer::Disputes { asked, disputes } => {
            if asked {
                done(state);
            }
            disputes::arrived(state, disputes);
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
            effects.extend(crate::tui::view::report::again(state));
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
    let several = matches!(&written, Ok((Written::Label { several: true, .. }, _)));
    if !several {
        state.labelling = false;
    }
    // It may have been asked for before this package came.
    if shown.is_empty() || state.package().is_some_and(|package| package.sha256 == shown) {
        state.label = label;
    }
    let mut effects = state.unseal();
    effects.extend(match written {
        Ok((written, said)) => {
            let lacking = !several && annotations::lacking(state);
            if lacking {
                annotations::wanted(state);
            } else if matches!(written, Written::Label { .. }) && !several {
                let key = state.key(Action::Undo);
                state.say(format!("{said} {key} takes it back."));
            } else if !several {
                state.say(said);
            }
            queue::written(state, written, lacking)
        }
        Err(why) => {
            state.complain(&why);
            queue::unwritten(state)
        }
    });
    effects
}

fn done(state: &mut State) {
    state.working = state.working.saturating_sub(1);
}
