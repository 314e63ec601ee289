//! Functions, classes, and TypeScript's enums and namespaces.

use std::sync::Arc;

use tree_sitter::Node;

use super::kind::Kind;
use super::scope::Declared;
use super::{Lowerer, span};
use crate::syntax::ir::{Class, Function, Node as Ir, NodeId, Param, ParamKind};

impl<'t> Lowerer<'t> {
    /// A function of any kind; `name` is what it is assigned to, which counts where it has no name of its own.
    pub(super) fn function(&mut self, node: Node<'t>, name: Option<Arc<str>>) -> NodeId {
        let own = self.field(node, self.grammar.name).filter(|own| self.kind(*own) == Kind::Identifier);
        let name = own.map(|own| self.name(own)).or(name);
        let asked = self.arguments;
        let (mut params, mut properties) = (Vec::new(), Vec::new());
        // `x => ..` has one without a list.
        if let Some(only) = self.field(node, self.grammar.parameter) {
            let target = self.pattern(only);
            params.push(Param { target, default: None, kind: ParamKind::One });
        }
        if let Some(list) = self.field(node, self.grammar.parameters) {
            for parameter in self.children(list) {
                let made = self.parameter(parameter);
                if made.is_some() && self.is_property(parameter) {
                    properties.push((parameter, made.as_ref().map_or(NodeId(0), |made| made.target)));
                }
                params.extend(made);
            }
        }
        let outer = self.begin_scope();
        let body = match self.field(node, self.grammar.body) {
            Some(body) if self.kind(body) == Kind::Block => self.deeper(body, |lowerer| lowerer.sequence(body)),
            Some(body) => {
                let value = self.expression(body);
                self.add(Ir::Return(Some(value)), body)
            }
            None => self.add(Ir::Seq(Vec::new()), node),
        };
        let body = self.with_properties(properties, body, node);
        let locals = self.end_function(outer, &params);
        let arguments = self.arguments > asked;
        let outer_names = Vec::new();
        self.builder.function(Function {
            name,
            params,
            body,
            outer_names,
            global_names: Vec::new(),
            locals,
            arguments,
            span: span(node),
        })
    }

    /// TypeScript's `constructor(private a)`: the parameter is a member as well.
    fn is_property(&mut self, parameter: Node<'t>) -> bool {
        let children = self.children_and_tokens(parameter);
        children.iter().any(|child| matches!(child.kind(), "accessibility_modifier" | "override_modifier" | "readonly"))
    }

    /// A body that sets the members which its parameters are.
    fn with_properties(&mut self, properties: Vec<(Node<'t>, NodeId)>, body: NodeId, node: Node<'t>) -> NodeId {
        if properties.is_empty() {
            return body;
        }
        let mut parts = Vec::new();
        for (parameter, target) in properties {
            if let Some(name) = self.target_name(target) {
                let this = self.add_name("this", parameter);
                let member = self.add(Ir::Member(this, Arc::clone(&name)), parameter);
                let value = self.add(Ir::Name(name), parameter);
                parts.push(self.add(Ir::Assign(member, value), parameter));
            }
        }
        parts.push(body);
        self.add(Ir::Seq(parts), node)
    }

    fn parameter(&mut self, node: Node<'t>) -> Option<Param> {
        let (target, default) = match self.kind(node) {
            // A type for `this`, not a parameter.
            Kind::This => return None,
            Kind::Parameter => (self.field(node, self.grammar.pattern)?, self.field(node, self.grammar.value)),
            Kind::AssignmentPattern => (self.field(node, self.grammar.left)?, self.field(node, self.grammar.right)),
            _ => (node, None),
        };
        let (target, kind) = match self.kind(target) {
            Kind::This => return None,
            Kind::Spread => (self.first(target)?, ParamKind::Rest),
            _ => (target, ParamKind::One),
        };
        let target = self.pattern(target);
        let name = self.target_name(target);
        let default = default.map(|default| self.named_value(Some(default), name, node));
        Some(Param { target, default, kind })
    }

    /// A function as a value: its own name, if it has one, is bound inside it only.
    pub(super) fn function_expression(&mut self, node: Node<'t>, name: Option<Arc<str>>) -> NodeId {
        let own = self.field(node, self.grammar.name).filter(|own| self.kind(*own) == Kind::Identifier);
        let function = self.function(node, name);
        self.named_inside(own, function, node)
    }

    /// A class as a value.
    pub(super) fn class_expression(&mut self, node: Node<'t>, name: Option<Arc<str>>) -> NodeId {
        let own = self.field(node, self.grammar.name);
        let class = self.class(node, name);
        self.named_inside(own, class, node)
    }

    fn named_inside(&mut self, own: Option<Node<'t>>, value: NodeId, node: Node<'t>) -> NodeId {
        let Some(own) = own else { return value };
        let name = self.name(own);
        let target = self.identifier(own);
        let bound = self.add(Ir::Assign(target, value), node);
        self.block_of(vec![name], bound, node)
    }

    pub(super) fn function_declaration(&mut self, node: Node<'t>) -> NodeId {
        let function = self.function(node, None);
        self.bind(node, function, Declared::Function)
    }

    pub(super) fn class_declaration(&mut self, node: Node<'t>) -> NodeId {
        let class = self.class(node, None);
        let decorators = self.decorators(node);
        let bound = self.bind(node, class, Declared::Lexical);
        self.decorated(decorators, bound, node)
    }

    /// Binds a definition to the name in its field `name`.
    fn bind(&mut self, node: Node<'t>, value: NodeId, how: Declared) -> NodeId {
        match self.field(node, self.grammar.name) {
            Some(name) => {
                let target = self.identifier(name);
                self.declare(target, how);
                self.add(Ir::Assign(target, value), node)
            }
            None => value,
        }
    }

    /// The decorators written at a definition.
    pub(super) fn decorators(&mut self, node: Node<'t>) -> Vec<NodeId> {
        let mut decorators = self.children(node);
        decorators.retain(|child| self.kind(*child) == Kind::Decorator);
        let mut values = Vec::with_capacity(decorators.len());
        for decorator in decorators {
            if let Some(value) = self.first(decorator) {
                values.push(self.expression(value));
            }
        }
        values
    }

    pub(super) fn decorated(&mut self, decorators: Vec<NodeId>, definition: NodeId, node: Node<'t>) -> NodeId {
        if decorators.is_empty() { definition } else { self.add(Ir::Decorated(decorators, definition), node) }
    }

    /// A class; `name` is what it is assigned to.
    pub(super) fn class(&mut self, node: Node<'t>, name: Option<Arc<str>>) -> NodeId {
        let own = self.field(node, self.grammar.name).map(|own| self.name(own));
        let mut bases = Vec::new();
        for heritage in self.children(node) {
            if self.kind(heritage) == Kind::Heritage {
                for base in self.children(heritage) {
                    // TypeScript has a clause inside.
                    let values = if self.kind(base) == Kind::Heritage { self.children(base) } else { vec![base] };
                    bases.extend(values.into_iter().map(|value| self.expression(value)));
                }
            }
        }
        let mut parts = Vec::new();
        let body = self.field(node, self.grammar.body);
        if let Some(body) = body {
            let mut before = Vec::new();
            for member in self.children(body) {
                self.class_member(member, &mut before, &mut parts);
            }
            parts.extend(before);
        }
        let body = self.add(Ir::Seq(parts), body.unwrap_or(node));
        self.builder.class(Class { name: own.or(name), bases, metaclass: None, body }, span(node))
    }

    /// `before` holds decorators that stand beside the member that they decorate.
    fn class_member(&mut self, member: Node<'t>, before: &mut Vec<NodeId>, out: &mut Vec<NodeId>) {
        let (key, name, value) = match self.kind(member) {
            Kind::Decorator => {
                if let Some(value) = self.first(member) {
                    before.push(self.expression(value));
                }
                return;
            }
            Kind::StaticBlock => {
                if let Some(body) = self.field(member, self.grammar.body) {
                    self.statement(body, out);
                }
                return;
            }
            Kind::Method => {
                let (key, name) = self.method_key(member);
                before.extend(self.parameter_decorators(member));
                (key, name.clone(), self.function(member, name))
            }
            Kind::Field => {
                let property =
                    self.field(member, self.grammar.property).or_else(|| self.field(member, self.grammar.name));
                let (key, name) = self.property_key(property, member);
                let value = match self.field(member, self.grammar.value) {
                    Some(value) => self.named_value(Some(value), name.clone(), member),
                    None => self.add(Ir::Null, member),
                };
                (key, name, value)
            }
            _ => return out.push(self.expression(member)),
        };
        let target = match name {
            Some(name) => self.add(Ir::Name(name), member),
            None => {
                let this = self.add_name("this", member);
                self.add(Ir::Index(this, key), member)
            }
        };
        let bound = self.add(Ir::Assign(target, value), member);
        before.extend(self.decorators(member));
        let bound = self.decorated(std::mem::take(before), bound, member);
        out.push(bound);
    }

    fn parameter_decorators(&mut self, method: Node<'t>) -> Vec<NodeId> {
        let Some(list) = self.field(method, self.grammar.parameters) else { return Vec::new() };
        self.children(list).into_iter().flat_map(|parameter| self.decorators(parameter)).collect()
    }

    /// `enum A { B, C = 3 }` is the object that it would be.
    pub(super) fn enumeration(&mut self, node: Node<'t>) -> NodeId {
        let members = match self.field(node, self.grammar.body) {
            Some(body) => self.children(body),
            None => Vec::new(),
        };
        let mut entries = Vec::with_capacity(members.len());
        let mut next = 0.0;
        for member in members {
            if self.kind(member) == Kind::EnumAssignment {
                let (key, _) = self.property_key(self.field(member, self.grammar.name), member);
                let value = self.field(member, self.grammar.value);
                let value = self.optional(value, member);
                if let Ir::Num(number) = self.builder.node(value) {
                    next = number + 1.0;
                }
                entries.push((key, value));
            } else {
                let (key, _) = self.property_key(Some(member), member);
                entries.push((key, self.add(Ir::Num(next), member)));
                next += 1.0;
            }
        }
        let value = self.add(Ir::Dict(entries), node);
        self.bind(node, value, Declared::Var)
    }

    /// `namespace A { export const b = 1 }` is an object whose members its body sets.
    pub(super) fn namespace(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        let Some(body) = self.field(node, self.grammar.body) else { return };
        let name = self.field(node, self.grammar.name);
        // `A.B.C`: the first segment is what is bound.
        let name: Arc<str> =
            name.map_or("", |name| self.slice(name).split('.').next().unwrap_or_default()).trim().into();
        let target = self.add_name(Arc::clone(&name), node);
        self.declare(target, Declared::Var);
        let object = self.add(Ir::Dict(Vec::new()), node);
        out.push(self.add(Ir::Assign(target, object), node));
        let outside = self.exports.replace(name);
        let body = self.scoped(node, |lowerer| lowerer.sequence(body));
        self.exports = outside;
        out.push(body);
    }
}
