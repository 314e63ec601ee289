//! Units while they are lowered.

use std::sync::Arc;

use super::{Class, Function, Language, Node, NodeId, Unit, packed};
use crate::text::Span;

/// Most nodes of one unit, a bound on memory: those of about nine megabytes of code.
const MAX_NODES: usize = 3_000_000;

/// Collects the arena while a tree is lowered.
#[derive(Debug)]
pub struct Builder {
    unit: Unit,
}

impl Default for Builder {
    /// A placeholder that holds nothing.
    fn default() -> Self {
        let (language, body) = (Language::JavaScript, NodeId(0));
        let (nodes, spans, functions, classes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (lexical, vars) = (Vec::new(), Vec::new());
        Self {
            unit: Unit { language, nodes, spans, functions, classes, body, lexical, vars, partial: None, unread: 0 },
        }
    }
}

impl Builder {
    /// An empty unit.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { unit: Unit::bare(language, vec![Node::Null], vec![[0; 2]]) }
    }

    /// Adds a node.
    pub fn add(&mut self, node: Node, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.unit.nodes.len()).unwrap_or(u32::MAX));
        self.unit.nodes.push(node);
        self.unit.spans.push(packed(span));
        id
    }

    /// Adds a function and the node that evaluates to it.
    pub fn function(&mut self, function: Function) -> NodeId {
        let span = function.span;
        let index = u32::try_from(self.unit.functions.len()).unwrap_or(u32::MAX);
        self.unit.functions.push(function);
        self.add(Node::Function(index), span)
    }

    /// Adds a class and the node that evaluates to it.
    pub fn class(&mut self, class: Class, span: Span) -> NodeId {
        let index = u32::try_from(self.unit.classes.len()).unwrap_or(u32::MAX);
        self.unit.classes.push(class);
        self.add(Node::Class(index), span)
    }

    /// Looks at a node already added.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        self.unit.node(id)
    }

    /// Takes a name out of a block: it belongs to the function around.
    pub fn hoist(&mut self, block: NodeId, name: &str) {
        if let Some(Node::Block(block)) = self.unit.nodes.get_mut(block.0 as usize) {
            block.names.retain(|known| **known != *name);
        }
    }

    /// Notes the names that the top level declares: those that it keeps to itself, and the others.
    pub fn declares(&mut self, lexical: Vec<Arc<str>>, vars: Vec<Arc<str>>) {
        self.unit.lexical.extend(lexical);
        self.unit.vars.extend(vars);
    }

    /// Notes that the unit is incomplete; the first reason stays.
    pub fn partial(&mut self, why: impl Into<String>) {
        self.unit.partial.get_or_insert_with(|| why.into());
    }

    /// Notes that so many bytes were not read, and why.
    pub fn unread(&mut self, bytes: usize, why: String) {
        self.unit.unread = bytes;
        self.unit.partial = Some(why);
    }

    /// Whether more may be added.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.unit.nodes.len() < MAX_NODES
    }

    /// Ends the unit of a text of so many bytes with the top levels of its parts.
    #[must_use]
    pub fn finish_all(mut self, bodies: Vec<NodeId>, bytes: usize) -> Unit {
        let body = match bodies.as_slice() {
            [only] => *only,
            _ => self.add(Node::Seq(bodies), Span { start: 0, end: bytes }),
        };
        self.finish(body)
    }

    /// Ends the unit with its top level.
    #[must_use]
    pub fn finish(mut self, body: NodeId) -> Unit {
        self.unit.body = body;
        // A package may have megabytes of code, and all of it is held at once.
        self.unit.nodes.shrink_to_fit();
        self.unit.spans.shrink_to_fit();
        self.unit
    }
}
