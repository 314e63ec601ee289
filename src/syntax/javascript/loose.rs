//! What lies too deep to be lowered: its calls, strings and names in the order of the text, found without recursion.

use std::collections::HashSet;

use tree_sitter::Node;

use super::kind::Kind;
use super::{Lowerer, MAX_DEPTH, literal};
use crate::syntax::ir::{Arg, Node as Ir, NodeId};

/// Longest chain of members (`a.b.c`) that is read as a callee here.
const MAX_MEMBERS: usize = 16;

impl<'t> Lowerer<'t> {
    /// Reads a node as a flat list of what it holds.
    pub(super) fn loose(&mut self, node: Node<'t>) -> NodeId {
        self.builder.partial(format!(
            "nested deeper than {MAX_DEPTH} levels: the calls, strings and names below are read without their order"
        ));
        let mut parts = Vec::new();
        // Nodes that stand already as part of a call.
        let mut taken = HashSet::new();
        let mut cursor = node.walk();
        loop {
            let inside = !taken.contains(&cursor.node().id()) && self.loose_part(cursor.node(), &mut parts, &mut taken);
            if inside && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return self.add(Ir::Opaque(parts), node);
                }
            }
        }
    }

    /// Adds what a node says by itself; whether its children are to be looked at.
    fn loose_part(&mut self, node: Node<'t>, parts: &mut Vec<NodeId>, taken: &mut HashSet<usize>) -> bool {
        match self.kind(node) {
            Kind::Call | Kind::New => {
                parts.extend(self.loose_call(node, taken));
                true
            }
            Kind::Member => match self.plain(node) {
                Some(member) => {
                    parts.push(member);
                    false
                }
                None => true,
            },
            Kind::Identifier | Kind::String => {
                parts.extend(self.plain(node));
                false
            }
            Kind::StringFragment => {
                let text = literal::unescape(self.slice(node));
                parts.push(self.add_str(text, node));
                false
            }
            Kind::Comment | Kind::Type | Kind::Token | Kind::Regex => false,
            _ => true,
        }
    }

    /// A call of something with a plain name; arguments that are not plain are unknown here and follow by themselves.
    fn loose_call(&mut self, node: Node<'t>, taken: &mut HashSet<usize>) -> Option<NodeId> {
        let new = self.kind(node) == Kind::New;
        let function = if new { self.grammar.constructor } else { self.grammar.function };
        let function = self.field(node, function)?;
        let callee = match self.plain(function) {
            Some(callee) => {
                taken.insert(function.id());
                callee
            }
            // The method's name is kept; what it is called on follows by itself.
            None if self.kind(function) == Kind::Member => {
                let property = self.field(function, self.grammar.property)?;
                let property = self.name(property);
                let object = self.add(Ir::Opaque(Vec::new()), function);
                self.add(Ir::Member(object, property), function)
            }
            None => return None,
        };
        let mut args = Vec::new();
        let list = self.field(node, self.grammar.arguments).filter(|list| self.kind(*list) == Kind::Arguments);
        if let Some(list) = list {
            for argument in self.children(list) {
                let value = match self.plain(argument) {
                    Some(value) => {
                        taken.insert(argument.id());
                        value
                    }
                    None => self.add(Ir::Opaque(Vec::new()), argument),
                };
                args.push(Arg { name: None, value });
            }
        }
        Some(self.add(Ir::Call { callee, args, new }, node))
    }

    /// A name, a string, or a short chain of members of a name.
    fn plain(&mut self, node: Node<'t>) -> Option<NodeId> {
        let mut links = Vec::new();
        let mut base = node;
        while self.kind(base) == Kind::Member && links.len() < MAX_MEMBERS {
            links.push(base);
            base = self.field(base, self.grammar.object)?;
        }
        let mut value = match self.kind(base) {
            Kind::Identifier | Kind::This | Kind::Import => self.identifier(base),
            Kind::String => self.string(base),
            _ => return None,
        };
        for link in links.into_iter().rev() {
            let property = self.field(link, self.grammar.property)?;
            let property = self.name(property);
            value = self.add(Ir::Member(value, property), link);
        }
        Some(value)
    }
}
