//! Targets of assignments: names, members, destructuring; and the names of properties.

use std::sync::Arc;

use tree_sitter::Node;

use super::kind::Kind;
use super::{Lowerer, literal};
use crate::syntax::ir::{Node as Ir, NodeId};

impl<'t> Lowerer<'t> {
    /// Lowers a target.
    pub(super) fn pattern(&mut self, node: Node<'t>) -> NodeId {
        self.deeper(node, |lowerer| lowerer.pattern_inside(node))
    }

    fn pattern_inside(&mut self, node: Node<'t>) -> NodeId {
        let node = self.bare(node);
        match self.kind(node) {
            Kind::Identifier | Kind::Undefined => self.identifier(node),
            Kind::Array => self.array(node, Self::pattern),
            Kind::Object => self.object_pattern(node),
            Kind::AssignmentPattern | Kind::Assignment => self.default_pattern(node),
            Kind::Spread => {
                let inner = self.first(node);
                let target = match inner {
                    Some(inner) => self.pattern(inner),
                    None => self.add(Ir::Null, node),
                };
                self.add(Ir::Spread(target), node)
            }
            _ => self.expression(node),
        }
    }

    fn default_pattern(&mut self, node: Node<'t>) -> NodeId {
        let fields = (self.field(node, self.grammar.left), self.field(node, self.grammar.right));
        let (Some(left), Some(right)) = fields else { return self.opaque(node) };
        let target = self.pattern(left);
        let name = self.target_name(target);
        let value = self.named_value(Some(right), name, node);
        self.add(Ir::Assign(target, value), node)
    }

    /// An array or a pattern of one; holes keep their place.
    pub(super) fn array(&mut self, node: Node<'t>, item: fn(&mut Self, Node<'t>) -> NodeId) -> NodeId {
        let mut items = Vec::new();
        let mut hole = true;
        for child in self.children_and_tokens(node) {
            if self.kind(child) != Kind::Token {
                items.push(item(self, child));
                hole = false;
            } else if child.kind() == "," {
                if hole {
                    items.push(self.add(Ir::Null, child));
                }
                hole = true;
            }
        }
        self.add(Ir::List(items), node)
    }

    fn object_pattern(&mut self, node: Node<'t>) -> NodeId {
        let members = self.children(node);
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            let entry = match self.kind(member) {
                Kind::Pair => {
                    let (key, _) = self.property_key(self.field(member, self.grammar.key), member);
                    let target = match self.field(member, self.grammar.value) {
                        Some(value) => self.pattern(value),
                        None => self.add(Ir::Null, member),
                    };
                    (key, target)
                }
                Kind::Identifier => {
                    let name = self.name(member);
                    (self.add(Ir::Str(name), member), self.identifier(member))
                }
                Kind::AssignmentPattern | Kind::Assignment => {
                    let target = self.default_pattern(member);
                    let key = match self.builder.node(target) {
                        Ir::Assign(name, _) => self.target_name(*name),
                        _ => None,
                    };
                    let key = key.map_or(Ir::Null, Ir::Str);
                    (self.add(key, member), target)
                }
                _ => (self.add(Ir::Null, member), self.pattern(member)),
            };
            entries.push(entry);
        }
        self.add(Ir::Dict(entries), node)
    }

    /// The name that a function assigned to this target takes.
    pub(super) fn target_name(&self, target: NodeId) -> Option<Arc<str>> {
        match self.builder.node(target) {
            Ir::Name(name) | Ir::Member(_, name) => Some(Arc::clone(name)),
            _ => None,
        }
    }

    /// The names that a pattern binds.
    pub(super) fn bound_names(&self, pattern: NodeId, names: &mut Vec<Arc<str>>) {
        let mut open = vec![pattern];
        while let Some(id) = open.pop() {
            match self.builder.node(id) {
                Ir::Name(name) => names.push(Arc::clone(name)),
                Ir::List(items) => open.extend(items.iter().rev()),
                Ir::Dict(entries) => open.extend(entries.iter().rev().map(|(_, target)| target)),
                Ir::Spread(target) | Ir::Assign(target, _) => open.push(*target),
                _ => {}
            }
        }
    }

    /// A value; an anonymous function or class takes the name of what it is assigned to.
    pub(super) fn named_value(&mut self, value: Option<Node<'t>>, name: Option<Arc<str>>, parent: Node<'t>) -> NodeId {
        let Some(value) = value else { return self.add(Ir::Opaque(Vec::new()), parent) };
        let value = self.bare(value);
        match self.kind(value) {
            Kind::Function => self.deeper(value, |lowerer| lowerer.function_expression(value, name)),
            Kind::Class => self.deeper(value, |lowerer| lowerer.class_expression(value, name)),
            _ => self.expression(value),
        }
    }

    /// A property's name as a node and, where it is written out, as text.
    pub(super) fn property_key(&mut self, key: Option<Node<'t>>, parent: Node<'t>) -> (NodeId, Option<Arc<str>>) {
        let Some(key) = key else { return (self.add(Ir::Null, parent), None) };
        let name: Arc<str> = match self.kind(key) {
            Kind::String => self.string_value(key).into(),
            Kind::Number => literal::number_name(literal::parse_number(self.slice(key))).into(),
            Kind::Computed => {
                let key = self.expression(key);
                let name: Arc<str> = match self.builder.node(key) {
                    Ir::Str(name) => Arc::clone(name),
                    // Known by that name to whoever goes through the object.
                    Ir::Member(holder, name)
                        if matches!(&**name, "iterator" | "asyncIterator")
                            && matches!(self.builder.node(*holder), Ir::Name(holder) if &**holder == "Symbol") =>
                    {
                        "Symbol.iterator".into()
                    }
                    _ => return (key, None),
                };
                return match self.builder.node(key) {
                    Ir::Str(_) => (key, Some(name)),
                    _ => (self.add(Ir::Str(Arc::clone(&name)), parent), Some(name)),
                };
            }
            _ => self.name(key),
        };
        (self.add(Ir::Str(Arc::clone(&name)), key), Some(name))
    }

    /// A method's name. Getters and setters are told apart: they run where the member is read or set.
    pub(super) fn method_key(&mut self, method: Node<'t>) -> (NodeId, Option<Arc<str>>) {
        let kind = ["get", "set"].into_iter().find(|kind| self.has_token(method, kind));
        let (key, name) = self.property_key(self.field(method, self.grammar.name), method);
        match (name, kind) {
            (Some(name), Some(kind)) => {
                let name: Arc<str> = format!("{kind}:{name}").into();
                (self.add(Ir::Str(Arc::clone(&name)), method), Some(name))
            }
            (name, _) => (key, name),
        }
    }
}
