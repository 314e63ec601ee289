//! Units as trees.

use std::sync::Arc;

use super::{Function, Node, NodeId, Param, ParamKind, Unit, packed};
use crate::text::Span;

impl Unit {
    /// The nodes that stand directly in a node: what it evaluates, and the insides of a function or class.
    #[must_use]
    pub fn children(&self, id: NodeId) -> Vec<NodeId> {
        let mut out = Vec::new();
        self.children_into(id, &mut out);
        out
    }

    /// Adds the nodes that stand directly in a node to others.
    pub fn children_into(&self, id: NodeId, out: &mut Vec<NodeId>) {
        match self.node(id) {
            Node::Null
            | Node::Bool(_)
            | Node::Num(_)
            | Node::Integer(_)
            | Node::Str(_)
            | Node::Bytes(_)
            | Node::Regex(_)
            | Node::Name(_)
            | Node::Break(_)
            | Node::Continue(_)
            | Node::Caught
            | Node::Import(_) => {}
            Node::Template(parts) | Node::List(parts) | Node::Seq(parts) | Node::Opaque(parts) => out.extend(parts),
            Node::Binary(_, operands) | Node::Logic(_, operands) => out.extend(operands),
            Node::Dict(entries) => out.extend(entries.iter().flat_map(|(key, value)| [*key, *value])),
            Node::Spread(inner)
            | Node::Member(inner, _)
            | Node::Unary(_, inner)
            | Node::Step(_, inner)
            | Node::Labeled(_, inner)
            | Node::Await(inner)
            | Node::Delete(inner) => out.push(*inner),
            Node::Index(a, b) | Node::With(a, b) | Node::Assign(a, b) | Node::Update(_, a, b) => out.extend([*a, *b]),
            Node::Slice(object, parts) => out.extend(std::iter::once(*object).chain(parts.iter().flatten().copied())),
            Node::Call { callee, args, .. } => {
                out.push(*callee);
                out.extend(args.iter().map(|arg| arg.value));
            }
            Node::Function(index) => {
                if let Some(function) = self.functions.get(*index as usize) {
                    out.extend(function.params.iter().flat_map(|param| [Some(param.target), param.default]).flatten());
                    out.push(function.body);
                }
            }
            Node::Class(index) => {
                if let Some(class) = self.classes.get(*index as usize) {
                    out.extend(class.bases.iter().copied().chain([class.body]));
                }
            }
            Node::If { test, then, other } => out.extend([*test, *then].into_iter().chain(*other)),
            Node::Loop { each, test, after, body, .. } => {
                out.extend(each.iter().flat_map(|(target, over)| [*target, *over]));
                out.extend(test.iter().chain(after).copied().chain([*body]));
            }
            Node::Switch { value, cases } => {
                out.push(*value);
                out.extend(cases.iter().flat_map(|(test, body)| test.iter().copied().chain([*body])));
            }
            Node::Comprehension { element, each, conditions, .. } => {
                out.extend(each.iter().flat_map(|(target, over)| [*target, *over]));
                out.extend(conditions.iter().copied().chain([*element]));
            }
            Node::Try { body, handlers, finally } => {
                out.push(*body);
                out.extend(handlers.iter().copied().chain(*finally));
            }
            Node::Managed(parts) => out.extend(parts.0.iter().copied().chain([parts.1])),
            Node::Block(block) => out.push(block.body),
            Node::Return(value) | Node::Throw(value) | Node::Yield(value) => out.extend(*value),
            Node::Decorated(decorators, definition) => out.extend(decorators.iter().copied().chain([*definition])),
        }
    }

    /// Adds the whole unit as a function of some parameters: what `Function(a, b, text)` makes of a text.
    pub fn become_function(&mut self, name: &str, params: &[Arc<str>]) {
        let span = Span { start: 0, end: self.span(self.body).end };
        let params = params.iter().map(|param| {
            self.nodes.push(Node::Name(Arc::clone(param)));
            self.spans.push(packed(Span { start: 0, end: 0 }));
            let target = NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX));
            Param { target, default: None, kind: ParamKind::One }
        });
        let params = params.collect();
        let locals = self.vars.iter().chain(&self.lexical).cloned().collect();
        let (name, body) = (Some(name.into()), self.body);
        let outer_names = Vec::new();
        self.functions.push(Function {
            name,
            params,
            body,
            outer_names,
            global_names: Vec::new(),
            locals,
            arguments: true,
            span,
        });
    }
}
