//! Explaining what the model said, and asking it what it would say without a part.

use std::sync::Arc;

use crate::case::Case;
use crate::model::explain::{Choice, Explanation, Method, of_attention};

use super::super::derived::explained::{Lit, Ranked};
use super::latest::Latest;
use super::{Answer, Judge, Post, Ticket, guarded};

/// A request for an explanation.
#[derive(Debug)]
pub struct ExplainWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The model.
    pub judge: Arc<Judge>,
    /// What it read.
    pub case: Arc<Case>,
    /// How.
    pub method: Method,
    /// Which attention, where that is the method.
    pub choice: Choice,
}

/// A request for what the model says without some pieces.
#[derive(Debug)]
pub struct WhatIfWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The model.
    pub judge: Arc<Judge>,
    /// What it read.
    pub case: Arc<Case>,
    /// Pieces of the model's text.
    pub hidden: Vec<usize>,
}

/// What is made of an explanation; `None` where a newer request came.
type Told = fn(Ticket, Option<(&Case, Result<Explanation, String>)>) -> Answer;

/// The workers of one of the two explanations. Attention came with the verdict, so it does not wait for a method that asks the
/// model again and again.
pub(super) struct Explainers {
    slow: Latest<ExplainWork>,
    attention: Latest<ExplainWork>,
}

impl Explainers {
    /// Those of the explanation that is shown everywhere.
    pub fn shown(to: &Post) -> Self {
        const TOLD: Told = |ticket, told| {
            let nothing = || "the model has read nothing".to_owned();
            let made =
                told.map(|(case, made)| made.and_then(|made| Lit::new(case, made).map(Box::new).ok_or_else(nothing)));
            Answer::Explained { ticket, made }
        };
        Self::start("explain", to, TOLD, |work| TOLD(work.ticket, None))
    }

    /// Those of a second method.
    pub fn beside(to: &Post) -> Self {
        const TOLD: Told = |ticket, told| {
            let made = told.map(|(case, made)| made.map(|made| Ranked::new(case, made)));
            Answer::Compared { ticket, made }
        };
        Self::start("compare", to, TOLD, |work| TOLD(work.ticket, None))
    }

    fn start(name: &str, to: &Post, told: Told, given_up: fn(ExplainWork) -> Answer) -> Self {
        let one = || {
            Latest::start(name, to, given_up, move |ExplainWork { ticket, judge, case, method, choice }, tell, _| {
                let done = guarded("explaining", || explanation(&judge, &case, method, choice));
                let made = guarded("explaining", || told(ticket, Some((&case, done.and_then(|done| done)))));
                tell(made.unwrap_or_else(|_| told(ticket, None)));
            })
        };
        Self { slow: one(), attention: one() }
    }

    pub fn submit(&self, work: ExplainWork) {
        let (worker, other) = match work.method {
            Method::Attention => (&self.attention, &self.slow),
            _ => (&self.slow, &self.attention),
        };
        worker.submit(work);
        other.cancel();
    }
}

fn explanation(judge: &Judge, case: &Case, method: Method, choice: Choice) -> Result<Explanation, String> {
    let judgement = case.verdict.as_ref().and_then(|verdict| verdict.judgement.as_ref());
    match (method, judgement) {
        (Method::Attention, Some(judgement)) => Ok(of_attention(&judgement.windows, &case.text, choice)),
        _ => (judge.explain)(case, method),
    }
}

pub(super) fn what_if(to: &Post) -> Latest<WhatIfWork> {
    let given_up = |work: WhatIfWork| Answer::Weighed { ticket: work.ticket, probability: None };
    Latest::start("what if", to, given_up, |WhatIfWork { ticket, judge, case, hidden }, tell, _| {
        let probability = guarded("asking the model", || (judge.without)(&case, &hidden)).and_then(|result| result);
        tell(Answer::Weighed { ticket, probability: Some(probability) });
    })
}
