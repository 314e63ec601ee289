//! Imports and exports. An export is an assignment to a member of `exports`, as in the older module system.

use std::sync::Arc;

use tree_sitter::Node;

use super::Lowerer;
use super::kind::Kind;
use super::scope::Declared;
use crate::syntax::ir::{Arg, Bind, Import, Node as Ir, NodeId};

/// Pairs of a module's member and the name it takes here.
type Names = Vec<(Arc<str>, Arc<str>)>;

impl<'t> Lowerer<'t> {
    pub(super) fn import(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        if self.kind(node) == Kind::ImportAlias {
            return self.import_alias(node, out);
        }
        if self.has_token(node, "type") || self.has_token(node, "typeof") {
            return;
        }
        let source = self.field(node, self.grammar.source);
        let children = self.children(node);
        if let Some(clause) = children.iter().find(|child| self.kind(**child) == Kind::ImportRequire) {
            return self.import_require(*clause, out);
        }
        let Some(source) = source else { return };
        let module: Arc<str> = self.string_value(source).into();
        let clause = children.into_iter().find(|child| self.kind(*child) == Kind::ImportClause);
        let Some(clause) = clause else {
            return out.push(self.add_import(module, Bind::Nothing, node));
        };
        let mut names = Names::new();
        let mut whole = None;
        for part in self.children(clause) {
            match self.kind(part) {
                Kind::Identifier => names.push(("default".into(), self.name(part))),
                Kind::NamespaceImport => whole = self.first(part).map(|name| self.name(name)),
                Kind::NamedImports => names.extend(self.specifiers(part)),
                _ => {}
            }
        }
        // `import {} from 'm'` still runs the module.
        if !names.is_empty() || whole.is_none() {
            out.push(self.add_import(Arc::clone(&module), Bind::Names(names), node));
        }
        if let Some(whole) = whole {
            out.push(self.add_import(module, Bind::Module(whole), node));
        }
    }

    fn add_import(&mut self, module: Arc<str>, bind: Bind, node: Node<'t>) -> NodeId {
        self.add(Ir::Import(Box::new(Import { module, level: 0, bind })), node)
    }

    /// `import x = A.b`.
    fn import_alias(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        if let [name, value] = self.children(node).as_slice() {
            let (target, value) = (self.identifier(*name), self.expression(*value));
            self.declare(target, Declared::Var);
            out.push(self.add(Ir::Assign(target, value), node));
        }
    }

    /// `import x = require('m')`.
    fn import_require(&mut self, clause: Node<'t>, out: &mut Vec<NodeId>) {
        let fields = (self.first(clause), self.field(clause, self.grammar.source));
        let (Some(name), Some(source)) = fields else { return };
        let target = self.identifier(name);
        self.declare(target, Declared::Var);
        let callee = self.add_name("require", clause);
        let value = self.string(source);
        let call = self.add(Ir::Call { callee, args: vec![Arg { name: None, value }], new: false }, clause);
        out.push(self.add(Ir::Assign(target, call), clause));
    }

    /// The pairs `(name, alias)` of `{ a, b as c, type d }`, types left out.
    fn specifiers(&mut self, list: Node<'t>) -> Names {
        let mut names = Names::new();
        for specifier in self.children(list) {
            let parts = (self.field(specifier, self.grammar.name), self.field(specifier, self.grammar.alias));
            let (Some(name), alias) = parts else { continue };
            if self.has_token(specifier, "type") || self.has_token(specifier, "typeof") {
                continue;
            }
            let name = self.export_name(name);
            let alias = alias.map_or_else(|| Arc::clone(&name), |alias| self.export_name(alias));
            names.push((name, alias));
        }
        names
    }

    /// The name of an import or export; it may be written as a string.
    fn export_name(&mut self, node: Node<'t>) -> Arc<str> {
        if self.kind(node) == Kind::String { self.string_value(node).into() } else { self.name(node) }
    }

    /// When an export takes effect among the statements around it: see [`Lowerer::sequence`].
    pub(super) fn export_rank(&mut self, node: Node<'t>) -> u8 {
        if self.field(node, self.grammar.source).is_some() {
            return 0;
        }
        match self.field(node, self.grammar.declaration).map(|declaration| self.kind(declaration)) {
            Some(Kind::FunctionDeclaration) => 1,
            Some(_) => 2,
            None if self.first(node).is_some_and(|child| self.kind(child) == Kind::ExportClause) => 3,
            None => 2,
        }
    }

    pub(super) fn export(&mut self, node: Node<'t>, out: &mut Vec<NodeId>) {
        if self.has_token(node, "type") {
            return;
        }
        let default = self.has_token(node, "default");
        if let Some(declaration) = self.field(node, self.grammar.declaration) {
            return self.export_declaration(node, declaration, default, out);
        }
        if let Some(value) = self.field(node, self.grammar.value) {
            let value = self.named_value(Some(value), Some("default".into()), node);
            return out.push(self.add_export("default".into(), value, node));
        }
        let source = self.field(node, self.grammar.source).map(|source| Arc::from(self.string_value(source)));
        let part = self.children(node).into_iter().find(|child| Some(*child) != self.field(node, self.grammar.source));
        match (part, source) {
            (Some(part), source) if self.kind(part) == Kind::ExportClause => {
                self.export_clause(part, source, node, out)
            }
            (Some(part), Some(source)) if self.kind(part) == Kind::NamespaceExport => {
                let name = self.first(part).map(|name| self.export_name(name));
                out.push(self.add_import(source, Bind::ReExport(name), node));
            }
            (_, Some(source)) => out.push(self.add_import(source, Bind::ReExport(None), node)),
            // TypeScript's `export = value`.
            (Some(value), None) if self.has_token(node, "=") => {
                let value = self.expression(value);
                let module = self.add_name("module", node);
                let target = self.add(Ir::Member(module, "exports".into()), node);
                out.push(self.add(Ir::Assign(target, value), node));
            }
            // `export as namespace A` says nothing to the program; anything else is left from a syntax error.
            (Some(value), None) if !self.has_token(node, "namespace") => out.push(self.expression(value)),
            _ => {}
        }
    }

    fn export_declaration(&mut self, node: Node<'t>, declaration: Node<'t>, default: bool, out: &mut Vec<NodeId>) {
        let from = out.len();
        self.statement(declaration, out);
        let decorators = self.decorators(node);
        if let Some(last) = out.last_mut().filter(|_| !decorators.is_empty()) {
            *last = self.builder.add(Ir::Decorated(decorators, *last), super::span(node));
        }
        let mut names = Vec::new();
        for id in out.get(from..).unwrap_or_default() {
            let definition = match self.builder.node(*id) {
                Ir::Decorated(_, definition) => *definition,
                _ => *id,
            };
            if let Ir::Assign(target, _) = self.builder.node(definition) {
                self.bound_names(*target, &mut names);
            }
        }
        for name in names {
            let value = self.add(Ir::Name(Arc::clone(&name)), node);
            let name = if default { "default".into() } else { name };
            out.push(self.add_export(name, value, node));
        }
    }

    /// `export { a as b }`, from another module where `source` is one.
    fn export_clause(&mut self, clause: Node<'t>, source: Option<Arc<str>>, node: Node<'t>, out: &mut Vec<NodeId>) {
        let names = self.specifiers(clause);
        let locals: Vec<Arc<str>> = match &source {
            // Hidden names: the members are not bound in this module.
            Some(_) => names.iter().map(|(_, alias)| format!("export:{alias}").into()).collect(),
            None => names.iter().map(|(name, _)| Arc::clone(name)).collect(),
        };
        if let Some(source) = source {
            let pairs = names.iter().zip(&locals).map(|((name, _), local)| (Arc::clone(name), Arc::clone(local)));
            let bind = Bind::Names(pairs.collect());
            out.push(self.add_import(source, bind, node));
        }
        for ((_, alias), local) in names.into_iter().zip(locals) {
            let value = self.add(Ir::Name(local), clause);
            out.push(self.add_export(alias, value, clause));
        }
    }

    fn add_export(&mut self, name: Arc<str>, value: NodeId, node: Node<'t>) -> NodeId {
        let object = self.exports.clone().unwrap_or_else(|| "exports".into());
        let object = self.add(Ir::Name(object), node);
        let target = self.add(Ir::Member(object, name), node);
        self.add(Ir::Assign(target, value), node)
    }
}
