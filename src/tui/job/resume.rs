//! The worker that knows where cases were left. What goes wrong is logged only: nobody's work is lost with it.

use std::sync::mpsc::{Receiver, Sender};

use tracing::warn;

use super::super::app::Message;
use super::{Answer, answer};
use crate::session::{Left, Session};

/// What is asked of it.
pub(super) enum Request {
    Find(String),
    Keep(Box<Left>),
    Recent,
}

pub(super) fn serve(session: Option<&Session>, requests: &Receiver<Request>, to: &Sender<Message>) {
    while let Ok(request) = requests.recv() {
        match request {
            Request::Find(sha256) => {
                let found = session.map_or(Ok(None), |session| session.find(&sha256));
                let place = found.unwrap_or_else(|e| {
                    warn!("where cases were left is not known: {e}");
                    None
                });
                answer(to, Answer::LastPlace(sha256, place));
            }
            Request::Recent => {
                let recent = session.map_or(Ok(Vec::new()), Session::recent).unwrap_or_else(|e| {
                    warn!("which cases were left last is not known: {e}");
                    Vec::new()
                });
                answer(to, Answer::Recent(recent));
            }
            Request::Keep(left) => {
                if let Some(Err(e)) = session.map(|session| session.keep(*left)) {
                    warn!("where the case is left is not kept: {e}");
                }
            }
        }
    }
}
