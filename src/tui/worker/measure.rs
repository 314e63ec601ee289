//! The columns of a document's long lines.

use std::sync::Arc;

use crate::syntax::Doc;
use crate::text::Source;

use super::super::derived::columns::Columns;
use super::latest::Latest;
use super::{Answer, Post, Ticket};

/// Long lines to be measured.
#[derive(Debug)]
pub struct MeasureWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// Which document.
    pub doc: Doc,
    /// Its text.
    pub source: Arc<Source>,
}

pub(super) fn start(to: &Post) -> Latest<MeasureWork> {
    let given_up = |work: MeasureWork| {
        let columns = Arc::default();
        Answer::Measured { ticket: work.ticket, doc: work.doc, columns }
    };
    Latest::start("measure", to, given_up, |MeasureWork { ticket, doc, source }, tell, stale| {
        let columns = Arc::new(Columns::measure(&source, &|| stale()).unwrap_or_default());
        tell(Answer::Measured { ticket, doc, columns });
    })
}
