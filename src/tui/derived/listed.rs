//! The lines of a pane other than the source, as a worker looks through them: a hundred thousand take longer than a frame.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

use crate::case::search::Pattern;
use crate::syntax::Doc;

use super::docs::Docs;
use super::rows::Row;
use super::tokens::Layout;
use super::tree::Tree;

/// What a pane lists. A copy shares everything.
#[derive(Debug, Clone)]
pub enum Listed {
    /// The nodes of the file tree that are shown.
    Files(Arc<Tree>, Arc<Vec<usize>>),
    /// The rows of the sequence.
    Steps(Docs, Arc<Vec<Row>>),
    /// The tokens.
    Tokens(Arc<Layout>),
}

/// Which list it was. It holds nothing of it, so that the list is freed when it leaves the screen.
#[derive(Debug, Clone)]
pub struct ListId(Weak<dyn Any + Send + Sync>);

impl PartialEq for ListId {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.0.as_ptr(), other.0.as_ptr())
    }
}

impl Listed {
    /// Which list this is; another one once a filter, a fold or a verdict has changed what is listed.
    #[must_use]
    pub fn id(&self) -> ListId {
        match self {
            Self::Files(_, visible) => ListId(Arc::downgrade(visible) as Weak<dyn Any + Send + Sync>),
            Self::Steps(_, rows) => ListId(Arc::downgrade(rows) as Weak<dyn Any + Send + Sync>),
            Self::Tokens(layout) => ListId(Arc::downgrade(layout) as Weak<dyn Any + Send + Sync>),
        }
    }

    /// How many lines there are.
    pub(in crate::tui) fn len(&self) -> usize {
        match self {
            Self::Files(_, visible) => visible.len(),
            Self::Steps(_, rows) => rows.len(),
            Self::Tokens(layout) => layout.cells.len(),
        }
    }

    /// The lines that hold what is searched, ascending; `None` when told to stop.
    #[must_use]
    pub fn holding(&self, pattern: &Pattern, stop: &dyn Fn() -> bool) -> Option<Vec<usize>> {
        match self {
            Self::Files(tree, visible) => {
                matching(visible, stop, |node| tree.name(*node).is_some_and(|n| pattern.holds(n)))
            }
            Self::Steps(docs, rows) => {
                // Many steps stand in few documents.
                let mut named: HashMap<Doc, bool> = HashMap::new();
                matching(rows, stop, |row| {
                    let Row::Step(step) = row else { return false };
                    docs.sequence().steps.get(*step).is_some_and(|step| {
                        let line = format!("{} {} {}", step.feature.code(), step.feature.phrase(), step.detail);
                        let named = named.entry(step.doc).or_insert_with(|| pattern.holds(&docs.name(step.doc)));
                        *named || pattern.holds(&line)
                    })
                })
            }
            Self::Tokens(layout) => matching(&layout.cells, stop, |cell| pattern.holds(&cell.text)),
        }
    }
}

fn matching<T>(lines: &[T], stop: &dyn Fn() -> bool, mut holds: impl FnMut(&T) -> bool) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if stop() {
            return None;
        }
        if holds(line) {
            found.push(at);
        }
    }
    Some(found)
}
