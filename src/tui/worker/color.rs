//! The colors of a document's lines.

use std::sync::{Arc, Weak};

use crate::sandbox::{Coloring, Sandbox};
use crate::syntax::Doc;
use crate::syntax::color::{Painted, Wanted};
use crate::text::Source;

use super::latest::Latest;
use super::{Answer, Post, Ticket, guarded};

/// Most texts that are remembered as ones that cannot be colored.
const PLAIN: usize = 64;

/// Lines to be colored.
#[derive(Debug)]
pub struct PaintWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// Which document.
    pub doc: Doc,
    /// Its path, for the language.
    pub path: String,
    /// Its text.
    pub source: Arc<Source>,
    /// Which lines and which bytes of them.
    pub lines: Vec<Wanted>,
}

pub(super) fn start(sandbox: Arc<Sandbox>, to: &Post) -> Latest<PaintWork> {
    let given_up = |work: PaintWork| Answer::Painted { ticket: work.ticket, doc: work.doc, lines: None, failed: None };
    Latest::set_up("paint", to, given_up, move |_| {
        let mut coloring = Coloring::new(sandbox);
        coloring.warm_up();
        // Texts over which it failed, and why: to ask again would only fail again. Held as long as anybody else holds them.
        let mut failing: Vec<(Weak<Source>, String)> = Vec::new();
        move |work, tell, stale| {
            let PaintWork { ticket, doc, path, source, lines } = work;
            failing.retain(|(text, _)| text.strong_count() > 0);
            if let Some((_, why)) = failing.iter().find(|(text, _)| text.as_ptr() == Arc::as_ptr(&source)) {
                return tell(Answer::Painted { ticket, doc, lines: Some(plain(lines)), failed: Some(why.clone()) });
            }
            let painted = guarded("coloring", || coloring.paint(&path, &source, &lines, stale));
            match painted.and_then(|painted| painted.map_err(|error| error.to_string())) {
                Ok(lines) => {
                    tell(Answer::Painted { ticket, doc, lines, failed: None });
                    if guarded("coloring", || coloring.settle(stale)).is_err() {
                        coloring.forget();
                    }
                }
                Err(why) => {
                    coloring.forget();
                    failing.truncate(PLAIN - 1);
                    failing.insert(0, (Arc::downgrade(&source), why.clone()));
                    tell(Answer::Painted { ticket, doc, lines: Some(plain(lines)), failed: Some(why) });
                }
            }
        }
    })
}

/// Lines without colors count as colored, or they would be asked for again and again.
fn plain(lines: Vec<Wanted>) -> Vec<(usize, Painted)> {
    lines.into_iter().map(|(line, range)| (line, Painted { range, runs: Vec::new() })).collect()
}
