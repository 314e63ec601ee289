//! A document laid out to be read.

use std::sync::Arc;

use crate::behavior::Sequence;
use crate::sandbox::Sandbox;
use crate::syntax::Doc;
use crate::text::Source;

use super::super::derived::shaped::Shaped;
use super::latest::Latest;
use super::{Answer, Post, Ticket, guarded};

/// A document to be laid out.
#[derive(Debug)]
pub struct ShapeWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// Which document.
    pub doc: Doc,
    /// Its path, for the language; empty where that says nothing.
    pub path: String,
    /// Its text.
    pub source: Arc<Source>,
    /// Its steps.
    pub sequence: Arc<Sequence>,
}

pub(super) fn start(sandbox: Arc<Sandbox>, to: &Post) -> Latest<ShapeWork> {
    let given_up = |work: ShapeWork| Answer::Shaped { ticket: work.ticket, made: None };
    Latest::start("shape", to, given_up, move |work, tell, _| {
        let made = guarded("laying the text out", || shape(&sandbox, &work)).and_then(|made| made);
        tell(Answer::Shaped { ticket: work.ticket, made: Some(made) });
    })
}

fn shape(sandbox: &Sandbox, work: &ShapeWork) -> Result<Shaped, String> {
    let ShapeWork { doc, path, source, sequence, .. } = work;
    match sandbox.beautify(path, source).map_err(|error| error.to_string())? {
        Some((format, pretty)) => Ok(Shaped::new(*doc, source, sequence, format, pretty)),
        None => Err("Only JavaScript, TypeScript and JSON are laid out; this is none of them.".to_owned()),
    }
}
