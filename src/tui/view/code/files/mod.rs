//! The file tree: folders, files and, under each file, the layers decoded from it.
//!
//! A tree of our own, because archives may hold one path twice (a trick worth seeing), which widgets keyed by path refuse,
//! and because keys that arrive between two frames must move over what is open now, not over what was last drawn.

use std::sync::Arc;

use crate::syntax::Doc;

use crate::tui::derived::docs::Docs;
pub use crate::tui::derived::tree::{Kind, Node, Tree};
use crate::tui::state::listed::Listed;
use crate::tui::state::renumber::Moves;

pub mod draw;

/// The tree and where the selection is.
#[derive(Debug, Clone, Default)]
pub struct Files {
    tree: Arc<Tree>,
    /// Which nodes are open.
    open: Vec<bool>,
    /// The selected document by its number in another tree, which takes the place of this one.
    wanted: Option<Doc>,
    /// Nodes whose folders are all open, in order.
    pub visible: Arc<Vec<usize>>,
    /// Index in `visible`.
    pub selected: usize,
    /// First visible row on the screen.
    pub top: usize,
}

impl Files {
    /// Takes a tree in, keeping the selection and what was open.
    pub fn build(&mut self, docs: &Docs) {
        let before = self.wanted.take().or_else(|| self.selected_doc());
        let old = std::mem::replace(&mut self.tree, Arc::clone(docs.tree()));
        let was = std::mem::take(&mut self.open);
        let first = old.nodes.is_empty();
        // A large package opens as its top folders; a small one, as the whole of it.
        let many = self.tree.files > 200;
        let open = |node: &Node| match node.kind {
            Kind::Folder => !first || !many || node.depth == 0,
            Kind::Doc(_) | Kind::Skipped(_) => true,
        };
        self.open = self.tree.nodes.iter().map(open).collect();
        let closed = old.folders.iter().filter(|(_, node)| was.get(**node) == Some(&false));
        for node in closed.filter_map(|(path, _)| self.tree.folders.get(path)) {
            if let Some(open) = self.open.get_mut(*node) {
                *open = false;
            }
        }
        self.list();
        if let Some(doc) = before {
            self.reveal(doc);
        }
    }

    /// Documents have other numbers: the selected one, or the one it was decoded from, is found again in the next tree.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        let mut node = self.visible.get(self.selected).and_then(|node| self.tree.nodes.get(*node));
        while let Some(Node { kind: Kind::Doc(doc), parent, .. }) = node {
            self.wanted = moves.doc(*doc);
            if self.wanted.is_some() {
                break;
            }
            node = parent.and_then(|parent| self.tree.nodes.get(parent));
        }
    }

    /// Whether what stands below a visible row is listed.
    #[must_use]
    pub fn is_open(&self, row: usize) -> bool {
        self.visible.get(row).and_then(|node| self.open.get(*node)).copied().unwrap_or(false)
    }

    fn list(&mut self) {
        let mut visible = Vec::with_capacity(self.tree.nodes.len());
        let mut stack: Vec<usize> = self.tree.roots.iter().rev().copied().collect();
        while let Some(index) = stack.pop() {
            visible.push(index);
            if let Some(node) = self.tree.nodes.get(index)
                && self.open.get(index) == Some(&true)
            {
                stack.extend(node.children.iter().rev());
            }
        }
        self.visible = Arc::new(visible);
        self.selected = self.selected.min(self.visible.len().saturating_sub(1));
    }

    /// The visible rows, to be looked through.
    pub(in crate::tui) fn listed(&self) -> Listed {
        Listed::Files(Arc::clone(&self.tree), Arc::clone(&self.visible))
    }

    /// The node of a visible row.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&Node> {
        self.tree.nodes.get(*self.visible.get(row)?)
    }

    /// The document that is selected.
    #[must_use]
    pub fn selected_doc(&self) -> Option<Doc> {
        match self.row(self.selected)?.kind {
            Kind::Doc(doc) => Some(doc),
            _ => None,
        }
    }

    /// Selects a document, opening the folders above it.
    pub fn reveal(&mut self, doc: Doc) {
        let Some(target) = self.tree.by_doc.get(&doc).copied() else { return };
        let mut above = self.tree.nodes.get(target).and_then(|n| n.parent);
        let mut opened = false;
        while let Some(node) = above {
            if let Some(open) = self.open.get_mut(node) {
                opened |= !std::mem::replace(open, true);
            }
            above = self.tree.nodes.get(node).and_then(|n| n.parent);
        }
        if opened {
            self.list();
        }
        if let Some(row) = self.visible.iter().position(|n| *n == target) {
            self.selected = row;
        }
    }

    /// Moves the selection by rows.
    pub fn step(&mut self, by: isize) {
        let last = self.visible.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Opens or closes the selected folder; `None` turns it over. Whether there was something to do.
    pub fn open(&mut self, want: Option<bool>) -> bool {
        let Some(index) = self.visible.get(self.selected).copied() else { return false };
        if self.tree.nodes.get(index).is_none_or(|node| node.children.is_empty()) {
            return false;
        }
        let Some(open) = self.open.get_mut(index) else { return false };
        let value = want.unwrap_or(!*open);
        let changed = *open != value;
        *open = value;
        if changed {
            self.list();
        }
        changed
    }

    /// Selects the folder above.
    pub fn to_parent(&mut self) {
        let parent = self.row(self.selected).and_then(|n| n.parent);
        if let Some(row) = parent.and_then(|p| self.visible.iter().position(|n| *n == p)) {
            self.selected = row;
        }
    }

    /// Scrolls so that the selection is on a screen of so many rows.
    pub fn follow(&mut self, height: usize) {
        self.top = crate::tui::state::follow(self.top, self.selected, self.visible.len(), height);
    }
}
