//! Statements.

use std::sync::Arc;

use tree_sitter::Node;

use super::Lower;
use super::chain::binary_op;
use super::grammar::{Field, Kind, field, kind};
use crate::syntax::ir::{Arg, Bind, Block, Import, Node as Ir, NodeId};

impl<'t> Lower<'t> {
    /// Every kind that is no expression.
    pub(super) fn statement(&mut self, node: Node<'t>) -> NodeId {
        match kind(node) {
            Kind::Module | Kind::Block => {
                let statements = self.nodes_of(node);
                self.add(Ir::Seq(statements), node)
            }
            Kind::Error => self.rescue(node),
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::Assignment => self.assignment(node),
            Kind::AugmentedAssignment => self.augmented(node),
            Kind::Print => {
                let callee = self.name("print");
                self.call_statement(callee, node)
            }
            Kind::Exec => {
                let callee = self.name("exec");
                self.call_statement(callee, node)
            }
            Kind::Return => {
                let value = self.first(node);
                self.add(Ir::Return(value), node)
            }
            Kind::Break => self.add(Ir::Break(None), node),
            Kind::Continue => self.add(Ir::Continue(None), node),
            Kind::Delete => self.delete(node),
            Kind::Raise => {
                let mut values = self.nodes_of(node);
                let value = if values.len() > 1 { Some(self.add(Ir::Opaque(values), node)) } else { values.pop() };
                self.add(Ir::Throw(value), node)
            }
            Kind::Global | Kind::Nonlocal => {
                for kid in self.kids(node) {
                    let name = self.name(self.slice(kid));
                    if let Some((globals, outer)) = self.outer.last_mut() {
                        if kind(node) == Kind::Global { globals } else { outer }.push(name);
                    }
                }
                self.add(Ir::Null, node)
            }
            Kind::ImportStatement => self.import(node),
            Kind::ImportFrom => self.import_from(node),
            Kind::If => self.if_statement(node),
            Kind::For => {
                let target = self.required(field(node, Field::Left));
                let each = (target, self.required(field(node, Field::Right)));
                self.looped(node, Some(each), None)
            }
            Kind::While => {
                let test = self.required(field(node, Field::Condition));
                self.looped(node, None, Some(test))
            }
            Kind::Try => self.try_statement(node),
            Kind::With => {
                let (mut items, mut body) = (Vec::new(), NodeId(0));
                for clause in self.kids(node) {
                    match kind(clause) {
                        Kind::WithClause => {
                            for item in self.kids(clause) {
                                items.push(if kind(item) == Kind::WithItem {
                                    self.only(item)
                                } else {
                                    self.node(item)
                                });
                            }
                        }
                        Kind::Block => body = self.node(clause),
                        _ => {}
                    }
                }
                self.add(Ir::Managed(Box::new((items, body))), node)
            }
            Kind::Match => self.match_statement(node),
            Kind::FunctionDefinition => self.definition(node),
            Kind::ClassDefinition => self.class(node),
            Kind::DecoratedDefinition => self.decorated(node),
            Kind::ElseClause | Kind::FinallyClause => self.suite(node),
            Kind::StringContent => {
                // Loose in a syntax error: the rest of an unterminated string.
                let text = super::literal::text(self.slice(node), false, false).into();
                self.add(Ir::Str(text), node)
            }
            Kind::DottedName => self.dotted(node),
            _ => self.opaque(node),
        }
    }

    fn expression_statement(&mut self, node: Node<'t>) -> NodeId {
        let kids = self.kids(node);
        let [only] = kids.as_slice() else {
            let items = kids.into_iter().map(|kid| self.node(kid)).collect();
            return self.add(Ir::List(items), node);
        };
        let id = self.node(*only);
        // A docstring, or a text that stands alone: it does nothing.
        if matches!(kind(*only), Kind::String | Kind::ConcatenatedString)
            && matches!(self.out.node(id), Ir::Str(_) | Ir::Bytes(_))
        {
            return self.add(Ir::Null, node);
        }
        id
    }

    fn augmented(&mut self, node: Node<'t>) -> NodeId {
        let op = field(node, Field::Operator).and_then(|op| binary_op(op.kind()));
        let target = self.required(field(node, Field::Left));
        let value = self.required(field(node, Field::Right));
        match op {
            Some(op) => self.add(Ir::Update(op, target, value), node),
            None => {
                let unknown = self.add(Ir::Opaque(vec![value]), node);
                self.add(Ir::Assign(target, unknown), node)
            }
        }
    }

    /// Python 2's `print` and `exec` statements, as calls.
    fn call_statement(&mut self, callee: Arc<str>, node: Node<'t>) -> NodeId {
        let callee = self.add(Ir::Name(callee), node);
        let mut args = Vec::new();
        for kid in self.kids(node) {
            let (name, value) = match kind(kid) {
                Kind::Error => continue,
                Kind::Chevron => (Some(self.name("file")), self.only(kid)),
                _ => (None, self.node(kid)),
            };
            args.push(Arg { name, value });
        }
        self.add(Ir::Call { callee, args, new: false }, node)
    }

    /// `del a, b`, or an `exec` that was masked for the parser: `exec code in globals, locals`.
    pub(super) fn delete(&mut self, node: Node<'t>) -> NodeId {
        if self.slice(node).starts_with("exec") {
            return self.exec(node);
        }
        let mut deleted = Vec::new();
        for kid in self.kids(node) {
            let targets = if kind(kid) == Kind::ExpressionList { self.kids(kid) } else { vec![kid] };
            for target in targets {
                let id = self.node(target);
                deleted.push(self.add(Ir::Delete(id), target));
            }
        }
        match deleted.as_slice() {
            [only] => *only,
            _ => self.add(Ir::Seq(deleted), node),
        }
    }

    fn exec(&mut self, node: Node<'t>) -> NodeId {
        let name = self.name("exec");
        let callee = self.add(Ir::Name(name), node);
        let mut values = self.kids(node);
        if let [list] = values.as_slice()
            && kind(*list) == Kind::ExpressionList
        {
            values = self.kids(*list);
        }
        if let Some(first) = values.first().copied().filter(|first| kind(*first) == Kind::ComparisonOperator) {
            let operands = self.kids(first);
            values.splice(..1, operands);
        }
        let args = values.into_iter().map(|value| Arg { name: None, value: self.node(value) }).collect();
        self.add(Ir::Call { callee, args, new: false }, node)
    }

    fn if_statement(&mut self, node: Node<'t>) -> NodeId {
        let alternatives: Vec<_> = self
            .kids(node)
            .into_iter()
            .filter(|kid| matches!(kind(*kid), Kind::ElifClause | Kind::ElseClause))
            .collect();
        let mut other = None;
        // From the last to the first, so that ten thousand `elif` cost no depth.
        for clause in alternatives.into_iter().rev() {
            other =
                Some(if kind(clause) == Kind::ElseClause { self.suite(clause) } else { self.branch(clause, other) });
        }
        self.branch(node, other)
    }

    fn branch(&mut self, node: Node<'t>, other: Option<NodeId>) -> NodeId {
        let test = self.required(field(node, Field::Condition));
        let then = self.required(field(node, Field::Consequence));
        self.add(Ir::If { test, then, other }, node)
    }

    fn looped(&mut self, node: Node<'t>, each: Option<(NodeId, NodeId)>, test: Option<NodeId>) -> NodeId {
        let body = self.required(field(node, Field::Body));
        let id = self.add(Ir::Loop { each, test, after: None, body, first: false, label: None }, node);
        match field(node, Field::Alternative) {
            Some(clause) => {
                let other = self.suite(clause);
                self.add(Ir::Seq(vec![id, other]), node)
            }
            None => id,
        }
    }

    /// The block of a clause.
    fn suite(&mut self, clause: Node<'t>) -> NodeId {
        let block = self.kids(clause).into_iter().rfind(|kid| kind(*kid) == Kind::Block);
        self.required(block)
    }

    fn try_statement(&mut self, node: Node<'t>) -> NodeId {
        let mut body = self.required(field(node, Field::Body));
        let mut handlers = Vec::new();
        let mut finally = None;
        for clause in self.kids(node) {
            match kind(clause) {
                Kind::ExceptClause => handlers.push(self.handler(clause)),
                Kind::ElseClause => {
                    let other = self.suite(clause);
                    body = self.add(Ir::Seq(vec![body, other]), node);
                }
                Kind::FinallyClause => finally = Some(self.suite(clause)),
                _ => {}
            }
        }
        self.add(Ir::Try { body, handlers, finally }, node)
    }

    fn handler(&mut self, clause: Node<'t>) -> NodeId {
        let mut parts: Vec<_> = self.kids(clause).into_iter().filter(|kid| kind(*kid) != Kind::Error).collect();
        let body = parts.pop_if(|last| kind(*last) == Kind::Block);
        let mut alias = None;
        match parts.as_slice() {
            [only] if kind(*only) == Kind::AsPattern => {
                alias = field(*only, Field::Alias).and_then(|alias| self.inside(alias));
                parts = self.inside(*only).into_iter().collect();
            }
            // `except X as e`; without `as`, Python 2's `except X, e`, unless it is Python 3.14's `except X, Y`.
            [value, name] => {
                let lower = self.slice(*name).starts_with(|c: char| c.is_lowercase() || c == '_');
                if kind(*name) == Kind::Identifier && (lower || field(clause, Field::Alias).is_some()) {
                    alias = Some(*name);
                    parts = vec![*value];
                }
            }
            _ => {}
        }
        let mut statements: Vec<NodeId> = parts.into_iter().map(|part| self.node(part)).collect();
        if let Some(alias) = alias {
            let target = self.node(alias);
            let unknown = self.add(Ir::Opaque(Vec::new()), alias);
            statements.push(self.add(Ir::Assign(target, unknown), alias));
        }
        statements.extend(body.map(|body| self.node(body)));
        let all = self.add(Ir::Seq(statements), clause);
        // The name is gone behind the handler.
        match alias.map(|alias| self.name(self.slice(alias))) {
            Some(name) => self.add(Ir::Block(Box::new(Block { names: vec![name], body: all })), clause),
            None => all,
        }
    }

    fn import(&mut self, node: Node<'t>) -> NodeId {
        let kids = self.kids(node);
        let alone = kids.len() == 1;
        let mut imports = Vec::new();
        for kid in kids {
            let (module, bind) = match kind(kid) {
                Kind::AliasedImport => {
                    let alias = field(kid, Field::Alias).map_or("", |alias| self.slice(alias));
                    (field(kid, Field::Name), Bind::Module(self.name(alias)))
                }
                Kind::DottedName => (Some(kid), Bind::Root),
                _ => continue,
            };
            let module = module.map_or_else(|| Arc::from(""), |module| self.dotted_text(module));
            let at = if alone { node } else { kid };
            imports.push(self.add(Ir::Import(Box::new(Import { module, level: 0, bind })), at));
        }
        match imports.as_slice() {
            [only] => *only,
            _ => self.add(Ir::Seq(imports), node),
        }
    }

    fn import_from(&mut self, node: Node<'t>) -> NodeId {
        let mut level = 0;
        let mut module = Arc::from("");
        let from = field(node, Field::ModuleName);
        if let Some(from) = from {
            if kind(from) == Kind::RelativeImport {
                for kid in self.kids(from) {
                    match kind(kid) {
                        Kind::ImportPrefix => {
                            let dots = self.slice(kid).bytes().filter(|b| *b == b'.').count();
                            level = u32::try_from(dots).unwrap_or(u32::MAX);
                        }
                        Kind::DottedName => module = self.dotted_text(kid),
                        _ => {}
                    }
                }
            } else {
                module = self.dotted_text(from);
            }
        }
        let mut names = Vec::new();
        for kid in self.kids(node) {
            if Some(kid) == from {
                continue;
            }
            match kind(kid) {
                Kind::WildcardImport => {
                    return self.add(Ir::Import(Box::new(Import { module, level, bind: Bind::Star })), node);
                }
                Kind::DottedName => {
                    let name = self.dotted_text(kid);
                    names.push((Arc::clone(&name), name));
                }
                Kind::AliasedImport => {
                    let member = field(kid, Field::Name).map_or_else(|| Arc::from(""), |name| self.dotted_text(name));
                    let alias = field(kid, Field::Alias).map_or("", |alias| self.slice(alias));
                    names.push((member, self.name(alias)));
                }
                _ => {}
            }
        }
        self.add(Ir::Import(Box::new(Import { module, level, bind: Bind::Names(names) })), node)
    }

    /// `a.b.c` as one text, whatever blanks stand between its parts.
    fn dotted_text(&mut self, node: Node<'t>) -> Arc<str> {
        let text = self.slice(node);
        if text.bytes().all(|b| b == b'.' || b == b'_' || b.is_ascii_alphanumeric()) {
            return self.name(text);
        }
        let parts: Vec<Arc<str>> = self.kids(node).into_iter().map(|kid| self.name(self.slice(kid))).collect();
        parts.join(".").into()
    }

    /// `a.b.c` as an expression, in patterns and loose in syntax errors.
    fn dotted(&mut self, node: Node<'t>) -> NodeId {
        let mut value = None;
        for kid in self.kids(node) {
            value = Some(match value {
                None => self.node(kid),
                Some(object) => {
                    let name = self.name(self.slice(kid));
                    self.add(Ir::Member(object, name), kid)
                }
            });
        }
        value.unwrap_or(NodeId(0))
    }
}
