//! Python lowered to the small language of [`super::ir`].
//!
//! No depth of the input can overflow the stack: chains (operators, calls, `elif`, `else` of conditionals) are walked in
//! loops, everything else counts its nesting, and what is nested deeper is flattened by `recover`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use tree_sitter::{Node, Tree, TreeCursor};
use unicode_normalization::UnicodeNormalization as _;

use super::budget::Budget;
use super::ir::{Builder, Language, Node as Ir, NodeId, Unit};
use super::stretch::Cut;
use crate::text::Span;
use grammar::{Kind, kind};

mod chain;
mod expression;
mod function;
mod grammar;
mod indent;
mod literal;
mod mask;
mod pattern;
mod recover;
mod starts;
mod statement;
#[cfg(test)]
mod tests;

/// Nesting that is lowered as it is; the analysis thread's stack holds several times this.
const NESTING: u32 = 400;

/// A text's tree, and the grammar that read it; `None` where that takes too long. Places are those of the text.
pub(super) fn tree(text: &str) -> Option<(Tree, tree_sitter::Language)> {
    let grammar = grammar::language();
    let tree = Budget::of_code(text.len()).parse(&mask::for_parser(text), 0..text.len(), &grammar)?;
    Some((tree, grammar))
}

/// Lowers a Python text. Never fails: what could not be read is named in [`Unit::partial`] and counted in [`Unit::unread`].
#[must_use]
pub fn lower(text: &str) -> Unit {
    let text = mask::unify_line_ends(text);
    let masked = mask::for_parser(&text);
    let grammar = grammar::language();
    let parse = |stretch: Range<usize>, budget: &mut Budget| budget.parse(&masked, stretch, &grammar);
    let mut builder = Builder::new(Language::Python);
    let mut bodies = Vec::new();
    let mut error = None;
    let unread = Cut { text: &masked, starts: starts::of, parse: &parse, tree: |tree| tree }.read(&mut |tree| {
        error = error.or_else(|| recover::first_error(tree.root_node()));
        bodies.push(lower_tree(&text, tree, &mut builder));
        builder.has_room()
    });
    if unread.is_much(text.len()) {
        builder.unread(unread.holes, unread.sentence(&text));
    } else if let Some(at) = error {
        builder.partial(format!("syntax errors, the first in line {}; the rest was read", recover::line(&text, at)));
    }
    builder.finish_all(bodies, text.len())
}

/// Lowers one tree of a text.
fn lower_tree(text: &str, tree: &Tree, builder: &mut Builder) -> NodeId {
    let root = tree.root_node();
    let mut lower = Lower {
        text,
        out: std::mem::take(builder),
        cursor: root.walk(),
        depth: 0,
        limit: NESTING,
        flattened: false,
        names: HashMap::new(),
        outer: Vec::new(),
    };
    let body = lower.node(root);
    *builder = lower.out;
    body
}

/// The names that a function declares `global`, and those `nonlocal`.
type OuterNames = (Vec<Arc<str>>, Vec<Arc<str>>);

/// The lowering of one text.
struct Lower<'t> {
    text: &'t str,
    out: Builder,
    /// One cursor for all walks over children: making one allocates.
    cursor: TreeCursor<'t>,
    depth: u32,
    limit: u32,
    /// Whether something was nested too deep.
    flattened: bool,
    /// Names seen, so that each is stored once.
    names: HashMap<&'t str, Arc<str>>,
    /// `global` and `nonlocal` names of the functions being lowered, innermost last.
    outer: Vec<OuterNames>,
}

impl<'t> Lower<'t> {
    /// Lowers any node, statement or expression.
    fn node(&mut self, node: Node<'t>) -> NodeId {
        if self.depth >= self.limit {
            return self.flatten(node);
        }
        self.depth += 1;
        let id = self.dispatch(node);
        self.depth -= 1;
        if node.has_error() { self.with_errors(node, id) } else { id }
    }

    fn dispatch(&mut self, node: Node<'t>) -> NodeId {
        match kind(node) {
            Kind::Identifier => self.identifier(node),
            Kind::String | Kind::ConcatenatedString => self.string(node),
            Kind::Integer | Kind::Float => self.number(node),
            Kind::True => self.add(Ir::Bool(true), node),
            Kind::False => self.add(Ir::Bool(false), node),
            Kind::None => self.add(Ir::Null, node),
            Kind::Call | Kind::Attribute | Kind::Subscript => self.postfix(node),
            Kind::BinaryOperator => self.binary(node),
            Kind::BooleanOperator => self.boolean(node),
            Kind::UnaryOperator | Kind::NotOperator => self.unary(node),
            Kind::ConditionalExpression => self.conditional(node),
            Kind::Parenthesized => self.parenthesized(node),
            Kind::ComparisonOperator => self.comparison(node),
            Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::ExpressionList
            | Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern => {
                let items = self.nodes_of(node);
                self.add(Ir::List(items), node)
            }
            Kind::Dictionary => self.dictionary(node),
            Kind::ListComprehension | Kind::SetComprehension | Kind::DictionaryComprehension | Kind::Generator => {
                self.comprehension(node)
            }
            Kind::ListSplat | Kind::ListSplatPattern | Kind::DictionarySplat | Kind::DictionarySplatPattern => {
                let value = self.only(node);
                self.add(Ir::Spread(value), node)
            }
            Kind::NamedExpression | Kind::AsPattern => self.bound_expression(node),
            Kind::Lambda => self.lambda(node),
            Kind::Await => {
                let value = self.only(node);
                self.add(Ir::Await(value), node)
            }
            Kind::Yield => {
                let value = self.first(node);
                self.add(Ir::Yield(value), node)
            }
            Kind::Pair => {
                let items = self.nodes_of(node);
                self.add(Ir::List(items), node)
            }
            Kind::Comment | Kind::LineContinuation | Kind::Pass | Kind::TypeAlias | Kind::FutureImport => {
                self.add(Ir::Null, node)
            }
            _ => self.statement(node),
        }
    }

    /// Adds a node with the span of a tree's node.
    fn add(&mut self, ir: Ir, node: Node) -> NodeId {
        self.out.add(ir, span(node))
    }

    /// The text of a node.
    fn slice(&self, node: Node) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// A name, stored once. Python reads names in compatibility composition (PEP 3131): a name in mathematical or
    /// full-width letters is the plain name.
    fn name(&mut self, text: &'t str) -> Arc<str> {
        let made = || if text.is_ascii() { Arc::from(text) } else { Arc::from(text.nfkc().collect::<String>()) };
        Arc::clone(self.names.entry(text).or_insert_with(made))
    }

    fn identifier(&mut self, node: Node<'t>) -> NodeId {
        if node.is_missing() {
            return self.add(Ir::Null, node);
        }
        let name = self.name(self.slice(node));
        self.add(Ir::Name(name), node)
    }

    /// Named children without comments.
    fn kids(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut kids = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if child.is_named() && !matches!(kind(child), Kind::Comment | Kind::LineContinuation) {
                kids.push(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        kids
    }

    /// Children without comments and errors, anonymous tokens included.
    fn tokens(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut tokens = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if !matches!(kind(child), Kind::Comment | Kind::LineContinuation | Kind::Error) {
                tokens.push(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        tokens
    }

    /// The first named child that is no error.
    fn inside(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if child.is_named() && !matches!(kind(child), Kind::Comment | Kind::LineContinuation | Kind::Error) {
                return Some(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        None
    }

    /// All named children, lowered.
    fn nodes_of(&mut self, node: Node<'t>) -> Vec<NodeId> {
        self.kids(node).into_iter().map(|kid| self.node(kid)).collect()
    }

    /// The first named child, lowered.
    fn first(&mut self, node: Node<'t>) -> Option<NodeId> {
        let inside = self.inside(node)?;
        Some(self.node(inside))
    }

    /// The only named child, lowered; null where a syntax error took it.
    fn only(&mut self, node: Node<'t>) -> NodeId {
        self.first(node).unwrap_or(NodeId(0))
    }

    /// The named children in order, their value unknown.
    fn opaque(&mut self, node: Node<'t>) -> NodeId {
        let kids = self.nodes_of(node);
        self.add(Ir::Opaque(kids), node)
    }

    /// A child that the grammar always has, lowered; null where a syntax error took it.
    fn required(&mut self, child: Option<Node<'t>>) -> NodeId {
        child.map_or(NodeId(0), |child| self.node(child))
    }

    /// A statement behind what must run before it.
    fn after(&mut self, mut before: Vec<NodeId>, id: NodeId, node: Node) -> NodeId {
        if before.is_empty() {
            return id;
        }
        before.push(id);
        self.add(Ir::Seq(before), node)
    }
}

fn span(node: Node) -> Span {
    Span { start: node.start_byte(), end: node.end_byte() }
}
