//! The worker that knows where cases were left. What goes wrong is logged only: nobody's work is lost with it.

use std::sync::mpsc::Receiver;

use tracing::warn;

use super::{Answer, Post, answer};
use crate::session::{Left, Session};

/// What is asked of it.
#[derive(Debug)]
pub enum ResumeWork {
    /// Look up where the case of an archive was left, by its SHA-256.
    Find(String),
    /// Remember where a case is left.
    Keep(Box<Left>),
    /// Find the cases that were left last.
    Recent,
}

pub(super) fn serve(session: Option<&Session>, requests: &Receiver<ResumeWork>, to: &Post) {
    while let Ok(request) = requests.recv() {
        match request {
            ResumeWork::Find(sha256) => {
                let found = session.map_or(Ok(None), |session| session.find(&sha256));
                let place = found.unwrap_or_else(|e| {
                    warn!("where cases were left is not known: {e}");
                    None
                });
                answer(to, Answer::LastPlace(sha256, place));
            }
            ResumeWork::Recent => {
                let recent = session.map_or(Ok(Vec::new()), Session::recent).unwrap_or_else(|e| {
                    warn!("which cases were left last is not known: {e}");
                    Vec::new()
                });
                answer(to, Answer::Recent(recent));
            }
            ResumeWork::Keep(left) => {
                if let Some(Err(e)) = session.map(|session| session.keep(*left)) {
                    warn!("where the case is left is not kept: {e}");
                }
            }
        }
    }
}
