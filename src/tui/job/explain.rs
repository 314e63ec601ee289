//! The workers that explain what the model said, and ask it what it would say without a part.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::case::Case;
use crate::model::explain::{Choice, Explanation, Method, of_attention};

use super::super::app::explained::{Lit, Ranked};
use super::slot::Slot;
use super::{Answer, Judge, Message, Ticket, answer, guarded, spawn};

/// A request for an explanation.
pub(super) struct ExplainWork {
    pub ticket: Ticket,
    pub judge: Arc<Judge>,
    pub case: Arc<Case>,
    pub method: Method,
    pub choice: Choice,
}

/// What is made of an explanation; `None` where a newer request came.
type Told = fn(Ticket, Option<(&Case, Result<Explanation, String>)>) -> Answer;

/// The workers of one of the two explanations. Attention came with the verdict, so it does not wait for a method that asks the
/// model again and again.
struct Side {
    slow: Slot<ExplainWork>,
    attention: Slot<ExplainWork>,
    told: Told,
}

impl Side {
    fn start(send: &Sender<Message>, name: &str, told: Told) -> Self {
        let (slow, attention) = (Slot::default(), Slot::default());
        for slot in [&slow, &attention] {
            let (slot, to): (Slot<ExplainWork>, _) = (slot.clone(), send.clone());
            spawn(name, move || {
                while let Some((ExplainWork { ticket, judge, case, method, choice }, _)) = slot.take() {
                    let done = guarded("explaining", || explanation(&judge, &case, method, choice));
                    let made = guarded("explaining", || told(ticket, Some((&case, done.and_then(|done| done)))));
                    answer(&to, made.unwrap_or_else(|_| told(ticket, None)));
                }
            });
        }
        Self { slow, attention, told }
    }

    fn put(&self, send: &Sender<Message>, work: ExplainWork) {
        let (slot, other) = match work.method {
            Method::Attention => (&self.attention, &self.slow),
            _ => (&self.slow, &self.attention),
        };
        for old in [slot.put(work), other.cancel()].into_iter().flatten() {
            answer(send, (self.told)(old.ticket, None));
        }
    }
}

fn explanation(judge: &Judge, case: &Case, method: Method, choice: Choice) -> Result<Explanation, String> {
    let judgement = case.verdict.as_ref().and_then(|verdict| verdict.judgement.as_ref());
    match (method, judgement) {
        (Method::Attention, Some(judgement)) => Ok(of_attention(&judgement.windows, &case.text, choice)),
        _ => (judge.explain)(case, method),
    }
}

/// A request for what the model says without some pieces.
pub(super) type WhatIfWork = (Ticket, Arc<Judge>, Arc<Case>, Vec<usize>);

/// The running workers.
pub(super) struct Explainers {
    send: Sender<Message>,
    shown: Side,
    beside: Side,
    what_if: Slot<WhatIfWork>,
}

impl Explainers {
    pub fn start(send: &Sender<Message>) -> Self {
        let shown = Side::start(send, "explain", |ticket, told| {
            let nothing = || "the model has read nothing".to_owned();
            let made =
                told.map(|(case, made)| made.and_then(|made| Lit::new(case, made).map(Box::new).ok_or_else(nothing)));
            Answer::Explained { ticket, made }
        });
        let beside = Side::start(send, "compare", |ticket, told| {
            let made = told.map(|(case, made)| made.map(|made| Ranked::new(case, made)));
            Answer::Compared { ticket, made }
        });
        let what_if = Slot::default();
        let (slot, to) = (what_if.clone(), send.clone());
        spawn("what if", move || weighing(&slot, &to));
        Self { send: send.clone(), shown, beside, what_if }
    }

    /// Explains what is shown everywhere.
    pub fn explain(&self, work: ExplainWork) {
        self.shown.put(&self.send, work);
    }

    /// Explains by a second method.
    pub fn compare(&self, work: ExplainWork) {
        self.beside.put(&self.send, work);
    }

    pub fn what_if(&self, work: WhatIfWork) {
        if let Some((ticket, ..)) = self.what_if.put(work) {
            answer(&self.send, Answer::Weighed { ticket, probability: None });
        }
    }

    pub fn close(&self) {
        for side in [&self.shown, &self.beside] {
            side.slow.close();
            side.attention.close();
        }
        self.what_if.close();
    }
}

fn weighing(slot: &Slot<WhatIfWork>, to: &Sender<Message>) {
    while let Some(((ticket, judge, case, hidden), _)) = slot.take() {
        let probability = guarded("asking the model", || (judge.without)(&case, &hidden)).and_then(|result| result);
        answer(to, Answer::Weighed { ticket, probability: Some(probability) });
    }
}
