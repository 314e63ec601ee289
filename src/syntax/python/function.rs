//! Functions, lambdas, classes and what decorates them.

use tree_sitter::Node;

use super::grammar::{Field, Kind, field, kind};
use super::{Lower, span};
use crate::syntax::ir::{Class, Function, Node as Ir, NodeId, Param, ParamKind};

impl<'t> Lower<'t> {
    /// `def name(..): ..` is the assignment of a function to its name.
    pub(super) fn definition(&mut self, node: Node<'t>) -> NodeId {
        let mut annotations = Vec::new();
        let params = field(node, Field::Parameters).map_or_else(Vec::new, |list| self.params(list, &mut annotations));
        if let Some(result) = field(node, Field::ReturnType) {
            self.annotation(result, &mut annotations);
        }
        self.outer.push(Default::default());
        let body = self.body_or_empty(node);
        let (global_names, outer_names) = self.outer.pop().unwrap_or_default();
        let name = field(node, Field::Name);
        let text = name.map(|name| self.slice(name)).map(|name| self.name(name));
        let function = self.out.function(Function {
            name: text,
            params,
            body,
            outer_names,
            global_names,
            locals: Vec::new(),
            arguments: false,
            span: span(node),
        });
        let id = self.bind(name, function);
        self.after(annotations, id, node)
    }

    pub(super) fn lambda(&mut self, node: Node<'t>) -> NodeId {
        let params = field(node, Field::Parameters).map_or_else(Vec::new, |list| self.params(list, &mut Vec::new()));
        let value = field(node, Field::Body);
        let at = value.unwrap_or(node);
        let value = self.required(value);
        let body = self.add(Ir::Return(Some(value)), at);
        self.out.function(Function {
            name: None,
            params,
            body,
            outer_names: Vec::new(),
            global_names: Vec::new(),
            locals: Vec::new(),
            arguments: false,
            span: span(node),
        })
    }

    pub(super) fn class(&mut self, node: Node<'t>) -> NodeId {
        let args = field(node, Field::Superclasses).map_or_else(Vec::new, |list| self.arguments(list));
        let metaclass = args.iter().find(|arg| arg.name.as_deref() == Some("metaclass")).map(|arg| arg.value);
        let bases = args.into_iter().map(|arg| arg.value).collect();
        let body = self.body_or_empty(node);
        let name = field(node, Field::Name);
        let text = name.map(|name| self.slice(name)).map(|name| self.name(name));
        let class = self.out.class(Class { name: text, bases, metaclass, body }, span(node));
        self.bind(name, class)
    }

    pub(super) fn decorated(&mut self, node: Node<'t>) -> NodeId {
        let mut decorators = Vec::new();
        for kid in self.kids(node) {
            if kind(kid) == Kind::Decorator {
                decorators.push(self.only(kid));
            }
        }
        let definition = self.required(field(node, Field::Definition));
        self.add(Ir::Decorated(decorators, definition), node)
    }

    fn bind(&mut self, name: Option<Node<'t>>, value: NodeId) -> NodeId {
        let Some(name) = name else { return value };
        let target = self.identifier(name);
        self.add(Ir::Assign(target, value), name)
    }

    fn body_or_empty(&mut self, node: Node<'t>) -> NodeId {
        match field(node, Field::Body) {
            Some(body) => self.node(body),
            None => self.add(Ir::Seq(Vec::new()), node),
        }
    }

    fn params(&mut self, list: Node<'t>, annotations: &mut Vec<NodeId>) -> Vec<Param> {
        let mut params = Vec::new();
        for kid in self.kids(list) {
            let target = match kind(kid) {
                Kind::KeywordSeparator | Kind::PositionalSeparator => continue,
                Kind::Error => {
                    annotations.push(self.node(kid));
                    continue;
                }
                Kind::DefaultParameter | Kind::TypedDefaultParameter => field(kid, Field::Name),
                Kind::TypedParameter => self.inside(kid),
                _ => Some(kid),
            };
            if let Some(annotation) = field(kid, Field::Type) {
                self.annotation(annotation, annotations);
            }
            let default = field(kid, Field::Value).map(|value| self.node(value));
            let Some(target) = target else { continue };
            let (target, kind) = match kind(target) {
                Kind::ListSplatPattern | Kind::ListSplat => (self.only(target), ParamKind::Rest),
                Kind::DictionarySplatPattern | Kind::DictionarySplat => (self.only(target), ParamKind::Named),
                _ => (self.node(target), ParamKind::One),
            };
            params.push(Param { target, default, kind });
        }
        params
    }

    /// Python evaluates annotations where they stand. They say what code does only where they call something.
    pub(super) fn annotation(&mut self, annotation: Node<'t>, found: &mut Vec<NodeId>) {
        let calls = self.find(annotation, |node| matches!(kind(node), Kind::Call | Kind::NamedExpression)).is_some();
        if calls {
            found.push(self.node(annotation));
        }
    }
}
