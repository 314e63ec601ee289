//! Nothing is lost: what stands in syntax errors, and what is nested too deep to be lowered as it is.

use tree_sitter::Node;

use super::grammar::{Field, Kind, field, kind};
use super::{Lower, NESTING};
use crate::syntax::ir::{Arg, Node as Ir, NodeId};

/// Height up to which a part of a subtree that is nested too deep is still lowered as it is.
const LOWERED_WHOLE: u32 = NESTING / 2;

/// The byte offset of the first syntax error.
pub(super) fn first_error(root: Node) -> Option<usize> {
    if !root.has_error() {
        return None;
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_missing() || (node.is_error() && node.parent().is_some()) || !cursor.goto_first_child() {
            return Some(node.start_byte());
        }
        while !cursor.node().has_error() && cursor.goto_next_sibling() {}
    }
}

/// The line of an offset, from 1; rows of the tree are those of the masked text.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// Something opened in a syntax error and not closed so far.
struct Open {
    callee: Option<NodeId>,
    items: Vec<NodeId>,
    start: usize,
}

impl<'t> Lower<'t> {
    /// Adds what stands in the syntax errors directly below a node that was lowered by its fields.
    pub(super) fn with_errors(&mut self, node: Node<'t>, id: NodeId) -> NodeId {
        let chain: &[Kind] = match kind(node) {
            Kind::Call | Kind::Attribute | Kind::Subscript => {
                &[Kind::Call, Kind::Attribute, Kind::Subscript, Kind::Parenthesized]
            }
            Kind::BinaryOperator => &[Kind::BinaryOperator, Kind::Parenthesized],
            Kind::BooleanOperator => &[Kind::BooleanOperator, Kind::Parenthesized],
            Kind::UnaryOperator | Kind::NotOperator => &[Kind::UnaryOperator, Kind::NotOperator, Kind::Parenthesized],
            Kind::Parenthesized => &[Kind::Parenthesized],
            Kind::Assignment => &[Kind::Assignment],
            // These lower all their children, errors included.
            Kind::Module
            | Kind::Block
            | Kind::Error
            | Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::ExpressionList
            | Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::Dictionary
            | Kind::Pair
            | Kind::ExpressionStatement
            | Kind::ConcatenatedString
            | Kind::Raise
            | Kind::Delete
            | Kind::Other => return id,
            _ => &[],
        };
        let mut found = Vec::new();
        let mut link = Some(node);
        while let Some(at) = link {
            let kids = self.kids(at);
            found.extend(kids.iter().copied().filter(|kid| kind(*kid) == Kind::Error));
            link = kids.into_iter().find(|kid| chain.contains(&kind(*kid)) && kid.has_error());
        }
        let found: Vec<NodeId> = found.into_iter().map(|error| self.node(error)).collect();
        self.after(found, id, node)
    }

    /// The parts of a syntax error: statements and expressions as they stand, calls put together again where the parser
    /// met their name and their opening parenthesis.
    pub(super) fn rescue(&mut self, node: Node<'t>) -> NodeId {
        let mut children = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            children.push(self.cursor.node());
            more = self.cursor.goto_next_sibling();
        }
        let mut open: Vec<Open> = Vec::new();
        let mut items = Vec::new();
        // Whether the last item can be called, and whether a dot follows it.
        let (mut callable, mut dotted) = (false, false);
        let mut start = 0;
        for child in children {
            if matches!(kind(child), Kind::Comment | Kind::LineContinuation) {
                continue;
            }
            if child.is_named() || matches!(child.kind(), "exec" | "print") {
                let text = self.slice(child);
                if !dotted {
                    start = child.start_byte();
                }
                let last = if dotted && kind(child) == Kind::Identifier { items.pop() } else { None };
                let id = match last {
                    Some(object) => {
                        let name = self.name(text);
                        self.add(Ir::Member(object, name), child)
                    }
                    None if child.is_named() => self.node(child),
                    None => {
                        let name = self.name(text);
                        self.add(Ir::Name(name), child)
                    }
                };
                items.push(id);
                callable = !child.is_named()
                    || matches!(kind(child), Kind::Identifier | Kind::Attribute | Kind::Call | Kind::Subscript);
                dotted = false;
                continue;
            }
            match child.kind() {
                "(" => {
                    let callee = if callable { items.pop() } else { None };
                    if callee.is_none() {
                        start = child.start_byte();
                    }
                    open.push(Open { callee, items: std::mem::take(&mut items), start });
                    (callable, dotted) = (false, false);
                }
                ")" => {
                    if let Some(opened) = open.pop() {
                        start = opened.start;
                        items = self.close(opened, items, child.end_byte());
                    }
                    (callable, dotted) = (true, false);
                }
                "." => (callable, dotted) = (false, callable),
                _ => (callable, dotted) = (false, false),
            }
        }
        while let Some(opened) = open.pop() {
            items = self.close(opened, items, node.end_byte());
        }
        self.add(Ir::Opaque(items), node)
    }

    fn close(&mut self, opened: Open, inner: Vec<NodeId>, end: usize) -> Vec<NodeId> {
        let mut items = opened.items;
        match opened.callee {
            Some(callee) => {
                let args = inner.into_iter().map(|value| Arg { name: None, value }).collect();
                let span = crate::text::Span { start: opened.start, end };
                items.push(self.out.add(Ir::Call { callee, args, new: false }, span));
            }
            None => items.extend(inner),
        }
        items
    }

    /// The first node of a subtree that a test holds for, in source order.
    pub(super) fn find(&mut self, root: Node<'t>, test: impl Fn(Node<'t>) -> bool) -> Option<Node<'t>> {
        self.cursor.reset(root);
        loop {
            if test(self.cursor.node()) {
                return Some(self.cursor.node());
            }
            if self.cursor.goto_first_child() {
                continue;
            }
            while !self.cursor.goto_next_sibling() {
                if !self.cursor.goto_parent() {
                    return None;
                }
            }
        }
    }

    /// Lowers a subtree that is nested too deep: its parts that are not, in source order, and the calls around them by name.
    pub(super) fn flatten(&mut self, root: Node<'t>) -> NodeId {
        if !self.flattened {
            self.flattened = true;
            let line = line(self.text, root.start_byte());
            self.out.partial(format!(
                "code nested more than {NESTING} levels deep in line {line} was read without its structure"
            ));
        }
        let parts = self.low_parts(root);
        let (depth, limit) = (self.depth, self.limit);
        // What is lowered here is at most LOWERED_WHOLE high, so that this happens once on any path.
        self.limit = u32::MAX;
        let mut found = Vec::new();
        for (node, whole) in parts {
            if whole {
                if node.is_named() {
                    found.push(self.node(node));
                }
            } else if kind(node) == Kind::Call {
                found.extend(self.bare_call(node));
            }
        }
        (self.depth, self.limit) = (depth, limit);
        self.add(Ir::Opaque(found), root)
    }

    /// The subtrees that are low enough to be lowered whole, and between them the calls that are not.
    fn low_parts(&mut self, root: Node<'t>) -> Vec<(Node<'t>, bool)> {
        // Heights and sizes in the order in which a walk meets the nodes.
        let mut heights: Vec<u32> = Vec::new();
        let mut sizes: Vec<usize> = Vec::new();
        let mut path: Vec<usize> = Vec::new();
        self.cursor.reset(root);
        'walk: loop {
            path.push(heights.len());
            heights.push(1);
            sizes.push(1);
            if self.cursor.goto_first_child() {
                continue;
            }
            loop {
                if let Some(done) = path.pop() {
                    let (height, size) = (heights.get(done).copied().unwrap_or(1), heights.len() - done);
                    if let Some(slot) = sizes.get_mut(done) {
                        *slot = size;
                    }
                    if let Some(parent) = path.last().and_then(|parent| heights.get_mut(*parent)) {
                        *parent = (*parent).max(height + 1);
                    }
                }
                if path.is_empty() {
                    break 'walk;
                }
                if self.cursor.goto_next_sibling() {
                    continue 'walk;
                }
                self.cursor.goto_parent();
            }
        }
        let mut parts = Vec::new();
        let mut at = 0;
        self.cursor.reset(root);
        'parts: loop {
            let whole = heights.get(at).is_none_or(|height| *height <= LOWERED_WHOLE);
            parts.push((self.cursor.node(), whole));
            if !whole && self.cursor.goto_first_child() {
                at += 1;
                continue;
            }
            at += sizes.get(at).copied().unwrap_or(1);
            while at >= heights.len() || !self.cursor.goto_next_sibling() {
                if !self.cursor.goto_parent() {
                    break 'parts;
                }
            }
        }
        parts
    }

    /// A call too high to be lowered whole: its name and nothing of its arguments, which follow by themselves.
    fn bare_call(&mut self, call: Node<'t>) -> Option<NodeId> {
        let function = field(call, Field::Function)?;
        let mut names = Vec::new();
        let mut base = function;
        while kind(base) == Kind::Attribute && names.len() < 16 {
            names.push(base);
            base = field(base, Field::Object)?;
        }
        if kind(base) != Kind::Identifier {
            return None;
        }
        let callee = self.node(function);
        Some(self.add(Ir::Call { callee, args: Vec::new(), new: false }, call))
    }
}
