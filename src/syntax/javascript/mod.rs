//! JavaScript and TypeScript lowered to the small language of [`ir`](super::ir).
//!
//! The input is hostile. Recursion stops at a fixed depth, long chains are walked in loops, and what lies below the depth
//! is read as loose calls, strings and names, so that nothing is lost silently.

mod ambiguous;
mod broken;
mod chain;
mod definition;
mod expression;
mod flow;
mod kind;
mod literal;
mod loose;
mod module;
mod parse;
mod pattern;
mod recent;
mod scope;
mod starts;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use tree_sitter::{Node, TreeCursor};

use self::kind::{Grammar, Kind};
use self::parse::Parsed;
use super::ir::{Builder, Label, Language, Node as Ir, NodeId, Unit};
use crate::text::Span;

/// What is said of a text that was read in spite of errors.
pub const SYNTAX_ERRORS: &str = "syntax errors: the parser skipped or guessed some parts";

/// Deepest nesting that is lowered in full. Real code stays far below; the stack of a worker thread allows several times
/// as much.
const MAX_DEPTH: u32 = 400;

/// A text's tree, and the grammar that read it; `None` where that takes too long.
pub(super) fn tree(text: &str, language: Language) -> Option<(tree_sitter::Tree, tree_sitter::Language)> {
    parse::parse(text, language).map(|parsed| (parsed.tree, parsed.grammar.language.clone()))
}

/// Parses a text and lowers it. Never fails: what could not be read is said in [`Unit::partial`] and counted in
/// [`Unit::unread`].
#[must_use]
pub fn lower(text: &str, language: Language) -> Unit {
    let mut builder = Builder::new(language);
    let mut bodies = Vec::new();
    let mut errors = false;
    let unread = parse::read(text, language, &mut |parsed| {
        errors |= parsed.tree.root_node().has_error();
        bodies.push(lower_tree(text, parsed, &mut builder));
        builder.has_room()
    });
    if unread.is_much(text.len()) {
        builder.unread(unread.holes, unread.sentence(text));
    } else if errors {
        builder.partial(SYNTAX_ERRORS);
    }
    builder.finish_all(bodies, text.len())
}

/// Lowers one tree of a text.
fn lower_tree(text: &str, parsed: &Parsed, builder: &mut Builder) -> NodeId {
    let root = parsed.tree.root_node();
    let mut lowerer = Lowerer {
        text,
        grammar: parsed.grammar,
        builder: std::mem::take(builder),
        cursor: root.walk(),
        names: HashMap::new(),
        locals: Vec::new(),
        lexical: Vec::new(),
        in_block: false,
        in_blocks: Vec::new(),
        arguments: 0,
        depth: 0,
        exports: None,
        labels: Vec::new(),
        label: None,
    };
    // A text that is one error from end to end has an error node for its root.
    let body = if root.is_error() { lowerer.broken(root) } else { lowerer.sequence(root) };
    let (lexical, vars) = lowerer.end_scope();
    *builder = lowerer.builder;
    builder.declares(lexical, vars);
    body
}

/// The state of one lowering.
struct Lowerer<'t> {
    text: &'t str,
    grammar: &'static Grammar,
    builder: Builder,
    /// Used for one list of children at a time: reaching a child by its number would make long lists quadratic.
    cursor: TreeCursor<'t>,
    /// Every name once.
    names: HashMap<&'t str, Arc<str>>,
    /// Names that `var` and functions declared so far in the function that is being lowered.
    locals: Vec<Arc<str>>,
    /// Names that `let`, `const` and `class` declared so far in the block that is being lowered.
    lexical: Vec<Arc<str>>,
    /// Whether that block is not the function's body or the module.
    in_block: bool,
    /// Functions declared in blocks of the function that is being lowered, with their block.
    in_blocks: Vec<(Arc<str>, NodeId)>,
    /// How often `arguments` or `eval` was named so far.
    arguments: usize,
    depth: u32,
    /// The namespace that exports go to; the module's where there is none.
    exports: Option<Arc<str>>,
    /// The names of labels, each once.
    labels: Vec<&'t str>,
    /// The label of the loop that comes next.
    label: Option<Label>,
}

impl<'t> Lowerer<'t> {
    fn kind(&self, node: Node<'t>) -> Kind {
        self.grammar.kind(node)
    }

    /// The text of a node.
    fn slice(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn add(&mut self, ir: Ir, node: Node<'t>) -> NodeId {
        self.builder.add(ir, span(node))
    }

    /// A name of the text, each allocated once.
    fn intern(&mut self, name: &'t str) -> Arc<str> {
        let name = Arc::clone(
            self.names
                .entry(name)
                .or_insert_with(|| if name.contains('\\') { literal::unescape(name).into() } else { name.into() }),
        );
        self.arguments += usize::from(matches!(&*name, "arguments" | "eval"));
        name
    }

    /// The text of a node as a name.
    fn name(&mut self, node: Node<'t>) -> Arc<str> {
        let text = self.slice(node);
        self.intern(text)
    }

    fn add_name(&mut self, name: impl Into<Arc<str>>, node: Node<'t>) -> NodeId {
        self.add(Ir::Name(name.into()), node)
    }

    fn add_str(&mut self, text: impl Into<Arc<str>>, node: Node<'t>) -> NodeId {
        self.add(Ir::Str(text.into()), node)
    }

    /// A field's node. A field that the grammar lacks has the id 0, which no node has.
    fn field(&self, node: Node<'t>, field: u16) -> Option<Node<'t>> {
        node.child_by_field_id(field).filter(|child| self.kind(*child) != Kind::Comment)
    }

    /// Children with a meaning, in order: no punctuation, no comments, no types.
    fn children(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut children = self.children_and_tokens(node);
        children.retain(|child| !matches!(self.grammar.kind(*child), Kind::Token | Kind::Type));
        children
    }

    /// All children but comments.
    fn children_and_tokens(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut children = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if self.grammar.kind(child) != Kind::Comment {
                children.push(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        children
    }

    /// The first child with a meaning.
    fn first(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if !matches!(self.grammar.kind(child), Kind::Token | Kind::Type | Kind::Comment) {
                return Some(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        None
    }

    /// Whether a keyword or sign stands directly in a node.
    fn has_token(&mut self, node: Node<'t>, token: &str) -> bool {
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if self.grammar.kind(child) == Kind::Token && child.kind() == token {
                return true;
            }
            more = self.cursor.goto_next_sibling();
        }
        false
    }

    /// Runs one level deeper, or reads the node loosely where that would be too deep.
    fn deeper(&mut self, node: Node<'t>, lower: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        if self.depth >= MAX_DEPTH {
            return self.loose(node);
        }
        self.depth += 1;
        let id = lower(self);
        self.depth -= 1;
        id
    }

    /// One node for several; the only one stands for itself.
    fn group(&mut self, mut parts: Vec<NodeId>, node: Node<'t>) -> NodeId {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                parts.extend(last);
                self.add(Ir::Seq(parts), node)
            }
        }
    }
}

/// Where a node stands.
fn span(node: Node<'_>) -> Span {
    Span { start: node.start_byte(), end: node.end_byte() }
}
