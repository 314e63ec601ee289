//! The tokens that the model read, laid out in lines.

use std::sync::Arc;

use crate::model::Judgement;

use super::super::derived::tokens::Layout;
use super::latest::Latest;
use super::{Answer, Post, Ticket, guarded};

/// Tokens to be laid out.
#[derive(Debug)]
pub struct LayWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// What the model read.
    pub judgement: Arc<Judgement>,
    /// Columns.
    pub width: usize,
}

pub(super) fn start(to: &Post) -> Latest<LayWork> {
    let given_up = |work: LayWork| Answer::Laid { ticket: work.ticket, layout: None };
    Latest::start("lay", to, given_up, |LayWork { ticket, judgement, width }, tell, _| {
        let layout = guarded("laying the tokens out", || Layout::new(&judgement, width)).ok();
        tell(Answer::Laid { ticket, layout });
    })
}
