//! The nodes of the file tree: folders, files and, under each file, the layers decoded from it.

use std::collections::{HashMap, HashSet};

use crate::behavior::Sequence;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text;

use super::docs::Tally;

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
    /// In no order.
    pub nodes: Vec<Node>,
    /// Those at the top, in order.
    pub roots: Vec<usize>,
    /// Folders by their path.
    pub folders: HashMap<String, usize>,
    /// Files and layers.
    pub by_doc: HashMap<Doc, usize>,
    /// Files of the package.
    pub files: usize,
}

impl Tree {
    /// Builds the tree.
    pub(in crate::tui) fn new(package: &Package, sequence: &Sequence, tallies: &HashMap<Doc, Tally>) -> Self {
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
    pub(in crate::tui) fn name(&self, node: usize) -> Option<&str> {
        self.nodes.get(node).map(|node| node.name.as_str())
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
