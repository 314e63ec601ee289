//! Statements.

use tree_sitter::Node;

use super::Lowerer;
use super::kind::Kind;
use super::scope::Declared;
use std::num::NonZeroU32;

use crate::syntax::ir::{Label, Node as Ir, NodeId, Op};

impl<'t> Lowerer<'t> {
    /// Statements in the order in which they take effect: imports, then functions (both are hoisted), then the rest, then
    /// exports of names that are bound by then.
    pub(super) fn sequence(&mut self, node: Node<'t>) -> NodeId {
        let mut children = self.children(node);
        children.sort_by_cached_key(|child| self.rank(*child));
        let mut out = Vec::with_capacity(children.len());
        for child in children {
            self.statement(child, &mut out);
        }
        self.add(Ir::Seq(out), node)
    }

    fn rank(&mut self, node: Node<'t>) -> u8 {
        match self.kind(node) {
            Kind::ImportStatement => 0,
            Kind::FunctionDeclaration => 1,
            Kind::ExportStatement => self.export_rank(node),
            _ => 2,
        }
    }

    /// A statement in the place of one: the body of a loop, a branch.
    pub(super) fn block(&mut self, node: Node<'t>) -> NodeId {
        let mut out = Vec::new();
        self.statement(node, &mut out);
        self.group(out, node)
    }

    /// Lowers a statement to any number of nodes.
    pub(super) fn statement(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        if self.depth >= super::MAX_DEPTH {
            let loose = self.loose(node);
            out.push(loose);
            return;
        }
        self.depth += 1;
        self.statement_inside(node, out);
        self.depth -= 1;
    }

    fn statement_inside(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        let id = match self.kind(node) {
            Kind::Empty | Kind::Type | Kind::Comment | Kind::Token => return,
            Kind::Expression => {
                let Some(value) = self.first(node) else { return };
                // A directive, or a text that nobody uses.
                if self.kind(value) == Kind::String {
                    return;
                }
                // `namespace A {}` reads as an expression.
                return self.statement(value, out);
            }
            Kind::Variables => return self.variables(node, out),
            Kind::FunctionDeclaration => self.function_declaration(node),
            Kind::ClassDeclaration => self.class_declaration(node),
            Kind::Enum => self.enumeration(node),
            Kind::Namespace => return self.namespace(node, out),
            Kind::ImportStatement | Kind::ImportAlias => return self.import(node, out),
            Kind::ExportStatement => return self.export(node, out),
            Kind::Block | Kind::StaticBlock => self.scoped(node, |lowerer| lowerer.sequence(node)),
            Kind::If => self.if_chain(node),
            Kind::For => return self.for_loop(node, out),
            Kind::ForIn => self.scoped(node, |lowerer| lowerer.for_each(node)),
            Kind::While => self.while_loop(node),
            Kind::Switch => self.scoped(node, |lowerer| lowerer.switch(node)),
            Kind::Try => self.try_statement(node),
            Kind::With => {
                let object = self.field(node, self.grammar.object);
                let object = self.optional(object, node);
                let body = self.body(node);
                self.add(Ir::With(object, body), node)
            }
            Kind::Labeled => self.labeled(node),
            Kind::Return => {
                let value = self.first(node).map(|value| self.expression(value));
                self.add(Ir::Return(value), node)
            }
            Kind::Throw => {
                let value = self.first(node).map(|value| self.expression(value));
                self.add(Ir::Throw(value), node)
            }
            Kind::Break => {
                let label = self.label_of(node);
                self.add(Ir::Break(label), node)
            }
            Kind::Continue => {
                let label = self.label_of(node);
                self.add(Ir::Continue(label), node)
            }
            _ => self.expression(node),
        };
        out.push(id);
    }

    fn variables(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        let how = Declared::by(if self.has_token(node, "var") { "var" } else { "let" });
        for declarator in self.children(node) {
            if self.kind(declarator) != Kind::Declarator {
                out.push(self.expression(declarator));
                continue;
            }
            let Some(name) = self.field(declarator, self.grammar.name) else { continue };
            let target = self.pattern(name);
            self.declare(target, how);
            // Without a value nothing happens here: `var` keeps what it has.
            let Some(value) = self.field(declarator, self.grammar.value) else { continue };
            let name = self.target_name(target);
            let value = self.named_value(Some(value), name, declarator);
            out.push(self.add(Ir::Assign(target, value), declarator));
        }
    }

    /// The body of a statement that has one, as it is.
    fn body(&mut self, node: Node<'t>) -> NodeId {
        match self.field(node, self.grammar.body) {
            Some(body) => self.block(body),
            None => self.add(Ir::Seq(Vec::new()), node),
        }
    }

    /// The label that a statement names.
    fn label_of(&mut self, node: Node<'t>) -> Option<Label> {
        let name = self.field(node, self.grammar.label).map(|label| self.slice(label))?;
        let place = self.labels.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.labels.push(name);
            self.labels.len() - 1
        });
        NonZeroU32::new(u32::try_from(place + 1).ok()?).map(Label)
    }

    /// A loop takes its label itself, for `continue`.
    fn labeled(&mut self, node: Node<'t>) -> NodeId {
        let label = self.label_of(node);
        let body = self.field(node, self.grammar.body).map(|body| self.kind(body));
        if matches!(body, Some(Kind::For | Kind::ForIn | Kind::While)) {
            self.label = label;
            return self.body(node);
        }
        let body = self.body(node);
        match label {
            Some(label) => self.add(Ir::Labeled(label, body), node),
            None => body,
        }
    }

    fn for_loop(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        let mut parts = Vec::new();
        let whole = self.scoped(node, |lowerer| {
            lowerer.for_parts(node, &mut parts);
            lowerer.add(Ir::Seq(parts.clone()), node)
        });
        match self.builder.node(whole) {
            Ir::Block(_) => out.push(whole),
            _ => out.append(&mut parts),
        }
    }

    fn for_parts(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        let label = self.label.take();
        if let Some(initializer) = self.field(node, self.grammar.initializer) {
            self.statement(initializer, out);
        }
        let test = self.field(node, self.grammar.condition).filter(|test| self.kind(*test) != Kind::Empty);
        let test = test.map(|test| self.expression(test));
        let body = self.body(node);
        let after = self.field(node, self.grammar.increment).map(|after| self.expression(after));
        out.push(self.add(Ir::Loop { each: None, test, after, body, first: false, label }, node));
    }

    fn for_each(&mut self, node: Node<'t>) -> NodeId {
        let label = self.label.take();
        let fields = (self.field(node, self.grammar.left), self.field(node, self.grammar.right));
        let each = match fields {
            (Some(left), Some(right)) => {
                let mut iterable = self.expression(right);
                if self.has_token(node, "in") {
                    iterable = self.add(Ir::Unary(Op::Keys, iterable), right);
                }
                let target = self.pattern(left);
                let keyword = ["var", "let", "const", "using"].into_iter().find(|kind| self.has_token(node, kind));
                if let Some(keyword) = keyword {
                    self.declare(target, Declared::by(keyword));
                }
                Some((target, iterable))
            }
            _ => None,
        };
        let body = self.body(node);
        self.add(Ir::Loop { each, test: None, after: None, body, first: false, label }, node)
    }

    fn while_loop(&mut self, node: Node<'t>) -> NodeId {
        let label = self.label.take();
        let test = self.field(node, self.grammar.condition).map(|test| self.expression(test));
        let body = self.body(node);
        let first = node.kind() == "do_statement";
        self.add(Ir::Loop { each: None, test, after: None, body, first, label }, node)
    }

    fn switch(&mut self, node: Node<'t>) -> NodeId {
        let value = self.field(node, self.grammar.value);
        let value = self.optional(value, node);
        let children = match self.field(node, self.grammar.body) {
            Some(body) => self.children(body),
            None => Vec::new(),
        };
        let mut cases = Vec::with_capacity(children.len());
        for case in children {
            let compared = self.field(case, self.grammar.value);
            let test = compared.map(|test| self.expression(test));
            let mut body = Vec::new();
            for statement in self.children(case) {
                if Some(statement) != compared {
                    self.statement(statement, &mut body);
                }
            }
            cases.push((test, self.add(Ir::Seq(body), case)));
        }
        self.add(Ir::Switch { value, cases }, node)
    }

    fn try_statement(&mut self, node: Node<'t>) -> NodeId {
        let body = self.body(node);
        let handler = self.field(node, self.grammar.handler);
        let handlers = handler.map(|handler| self.scoped(handler, |lowerer| lowerer.catch(handler)));
        let finally = self.field(node, self.grammar.finalizer).map(|finalizer| self.body(finalizer));
        self.add(Ir::Try { body, handlers: handlers.into_iter().collect(), finally }, node)
    }

    fn catch(&mut self, handler: Node<'t>) -> NodeId {
        let mut parts = Vec::new();
        if let Some(parameter) = self.field(handler, self.grammar.parameter) {
            let target = self.pattern(parameter);
            self.declare(target, Declared::Lexical);
            let error = self.add(Ir::Caught, parameter);
            parts.push(self.add(Ir::Assign(target, error), parameter));
        }
        parts.push(self.body(handler));
        self.add(Ir::Seq(parts), handler)
    }
}
