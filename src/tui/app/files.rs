//! The file tree: folders, files and, under each file, the layers decoded from it.
//!
//! A tree of our own, because archives may hold one path twice (a trick worth seeing), which widgets keyed by path refuse,
//! and because keys that arrive between two frames must move over what is open now, not over what was last drawn.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::behavior::Sequence;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text;

use super::docs::{Docs, Tally};
use super::listed::Listed;
use super::renumber::Moves;

/// Deepest folder shown as such; an archive may nest thousands.
const DEPTH: usize = 32;

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file or layer; files with layers open like folders.
    Doc(Doc),
    /// A member that was not read at all; the index in `Package::skipped`.
    Skipped(usize),
}

/// One node of the tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// The last part of the path, escaped.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The folder above.
    pub parent: Option<usize>,
    /// How many folders are above.
    pub depth: usize,
    /// Steps in it and below it.
    pub tally: Option<Tally>,
    /// Whether it was skipped, in whole or in part.
    pub skipped: bool,
    /// Nodes below, in order.
    pub children: Vec<usize>,
}

/// All nodes, whatever is open of them.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    roots: Vec<usize>,
    folders: HashMap<String, usize>,
    by_doc: HashMap<Doc, usize>,
    /// Files of the package.
    files: usize,
}

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

impl Tree {
    /// Builds the tree.
    pub(super) fn new(package: &Package, sequence: &Sequence, tallies: &HashMap<Doc, Tally>) -> Self {
        let mut tree =
            Builder { skipped: package.skipped.iter().map(|s| s.path.as_str()).collect(), ..Builder::default() };
        tree.skipped.extend(sequence.skipped.iter().map(|s| s.path.as_str()));
        let mut by_doc: HashMap<Doc, usize> = HashMap::new();
        let mut paths: HashSet<&str> = HashSet::new();
        for (index, file) in package.files.iter().enumerate() {
            let path = package.inside(&file.path);
            let node = tree.leaf(path, &file.path, Kind::Doc(Doc::File(index)));
            by_doc.insert(Doc::File(index), node);
            paths.insert(&file.path);
        }
        for (index, skip) in package.skipped.iter().enumerate() {
            if !skip.path.is_empty() && !paths.contains(skip.path.as_str()) {
                let path = package.inside(&skip.path);
                tree.leaf(path, &skip.path, Kind::Skipped(index));
            }
        }
        for (index, layer) in sequence.layers.iter().enumerate() {
            let Some(parent) = by_doc.get(&layer.parent).copied() else { continue };
            let size = text::many(layer.bytes, "byte", "bytes");
            let name = format!("{} · {size}", text::escape(&layer.recipe.join(" › ")));
            by_doc.insert(Doc::Layer(index), tree.push(name, Kind::Doc(Doc::Layer(index)), Some(parent), false));
        }
        for (doc, node) in &by_doc {
            if let Some(tally) = tallies.get(doc) {
                tree.count(*node, *tally);
            }
        }
        tree.sort();
        let Builder { nodes, roots, folders, .. } = tree;
        Self { nodes, roots, folders, by_doc, files: package.files.len() }
    }

    /// The name of a node, escaped.
    pub(super) fn name(&self, node: usize) -> Option<&str> {
        self.nodes.get(node).map(|node| node.name.as_str())
    }
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
    pub(super) fn renumber(&mut self, moves: &Moves) {
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
    pub(super) fn listed(&self) -> Listed {
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
        self.top = super::follow(self.top, self.selected, self.visible.len(), height);
    }
}

#[derive(Default)]
struct Builder<'a> {
    nodes: Vec<Node>,
    roots: Vec<usize>,
    folders: HashMap<String, usize>,
    skipped: HashSet<&'a str>,
}

impl Builder<'_> {
    fn push(&mut self, name: String, kind: Kind, parent: Option<usize>, skipped: bool) -> usize {
        let index = self.nodes.len();
        let depth = parent.and_then(|p| self.nodes.get(p)).map_or(0, |p| p.depth + 1);
        self.nodes.push(Node { name, kind, parent, depth, tally: None, skipped, children: Vec::new() });
        match parent.and_then(|p| self.nodes.get_mut(p)) {
            Some(parent) => parent.children.push(index),
            None => self.roots.push(index),
        }
        index
    }

    fn leaf(&mut self, path: &str, full: &str, kind: Kind) -> usize {
        let mut parent = None;
        let mut rest = path;
        let mut depth = 0;
        while let Some((folder, below)) = rest.split_once('/').filter(|_| depth < DEPTH) {
            let above = path.get(..path.len() - below.len()).unwrap_or(path).to_owned();
            parent = Some(match self.folders.get(&above) {
                Some(known) => *known,
                None => {
                    // An absolute path starts with an empty part: show the slash rather than nothing.
                    let name = if folder.is_empty() { "/".to_owned() } else { text::escape(folder).into_owned() };
                    let node = self.push(name, Kind::Folder, parent, false);
                    self.folders.insert(above, node);
                    node
                }
            });
            rest = below;
            depth += 1;
        }
        let skipped = self.skipped.contains(full);
        self.push(text::escape(rest).into_owned(), kind, parent, skipped)
    }

    fn count(&mut self, node: usize, tally: Tally) {
        let mut at = Some(node);
        while let Some(node) = at.and_then(|i| self.nodes.get_mut(i)) {
            node.tally = Some(node.tally.map_or(tally, |t| t.with(tally)));
            at = node.parent;
        }
    }

    /// Folders first, then by name, as people expect of a tree.
    fn sort(&mut self) {
        let keys: Vec<(bool, String)> =
            self.nodes.iter().map(|n| (!matches!(n.kind, Kind::Folder), n.name.to_lowercase())).collect();
        let layer: Vec<bool> = self.nodes.iter().map(|n| matches!(n.kind, Kind::Doc(Doc::Layer(_)))).collect();
        let order = |list: &mut Vec<usize>| {
            if !list.iter().any(|i| layer.get(*i) == Some(&true)) {
                list.sort_by(|a, b| keys.get(*a).cmp(&keys.get(*b)));
            }
        };
        order(&mut self.roots);
        for node in &mut self.nodes {
            order(&mut node.children);
        }
    }
}
