//! The worker that lays out the tokens that the model read.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::model::Judgement;

use super::super::app::tokens::Layout;
use super::slot::Slot;
use super::{Answer, Message, Ticket, answer, guarded};

pub(super) type LayWork = (Ticket, Arc<Judgement>, usize);

pub(super) fn laying(slot: &Slot<LayWork>, to: &Sender<Message>) {
    while let Some(((ticket, judgement, width), _)) = slot.take() {
        let layout = guarded("laying the tokens out", || Layout::new(&judgement, width)).ok();
        answer(to, Answer::Laid { ticket, layout });
    }
}
