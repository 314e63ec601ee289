//! `match`: a chain of conditions whose outcome is unknown, with what the patterns capture assigned inside each.

use tree_sitter::Node;

use super::Lower;
use super::grammar::{Field, Kind, field, kind};
use crate::syntax::ir::{Node as Ir, NodeId};

/// What a case's patterns compare with and bind.
#[derive(Default)]
struct Found {
    /// Values compared with.
    values: Vec<NodeId>,
    /// Names bound to a part of the subject that has no place in a destructuring.
    names: Vec<NodeId>,
}

impl<'t> Lower<'t> {
    pub(super) fn match_statement(&mut self, node: Node<'t>) -> NodeId {
        let block = field(node, Field::Body);
        let subjects: Vec<_> =
            self.kids(node).into_iter().filter(|kid| !matches!(kind(*kid), Kind::Block | Kind::Error)).collect();
        let (name, mut statements) = match subjects.as_slice() {
            [name] if kind(*name) == Kind::Identifier => (self.slice(*name), Vec::new()),
            _ => {
                let mut values: Vec<NodeId> = subjects.iter().map(|subject| self.node(*subject)).collect();
                let value = match values.pop() {
                    Some(only) if values.is_empty() => only,
                    Some(last) => {
                        values.push(last);
                        self.add(Ir::List(values), node)
                    }
                    None => NodeId(0),
                };
                // A name that no Python text can use.
                let hidden = self.name("<match>");
                let target = self.add(Ir::Name(hidden), node);
                ("<match>", vec![self.add(Ir::Assign(target, value), node)])
            }
        };
        let cases = block.map_or_else(Vec::new, |block| self.kids(block));
        let mut other = None;
        for case in cases.into_iter().rev() {
            other = Some(if kind(case) == Kind::CaseClause { self.case(case, name, other) } else { self.node(case) });
        }
        statements.extend(other);
        self.add(Ir::Seq(statements), node)
    }

    fn case(&mut self, case: Node<'t>, subject: &'t str, other: Option<NodeId>) -> NodeId {
        let mut found = Found::default();
        let mut targets = Vec::new();
        for kid in self.kids(case) {
            match kind(kid) {
                Kind::CasePattern => targets.push(self.pattern(kid, &mut found)),
                _ => continue,
            }
        }
        let mut body = Vec::new();
        let target = match targets.as_slice() {
            [target] => *target,
            _ => self.add(Ir::List(targets), case),
        };
        if !matches!(self.out.node(target), Ir::Opaque(_)) {
            let subject = self.name(subject);
            let subject = self.add(Ir::Name(subject), case);
            body.push(self.add(Ir::Assign(target, subject), case));
        }
        for name in found.names {
            let unknown = self.add(Ir::Opaque(Vec::new()), case);
            body.push(self.add(Ir::Assign(name, unknown), case));
        }
        let consequence = self.required(field(case, Field::Consequence));
        body.push(match field(case, Field::Guard) {
            Some(guard) => {
                let test = self.only(guard);
                self.add(Ir::If { test, then: consequence, other: None }, case)
            }
            None => consequence,
        });
        let test = self.add(Ir::Opaque(found.values), case);
        let then = self.add(Ir::Seq(body), case);
        self.add(Ir::If { test, then, other }, case)
    }

    /// A pattern as an assignment target; opaque where it binds nothing.
    fn pattern(&mut self, node: Node<'t>, found: &mut Found) -> NodeId {
        if self.depth >= self.limit {
            return self.flatten(node);
        }
        self.depth += 1;
        let id = self.pattern_inside(node, found);
        self.depth -= 1;
        id
    }

    fn pattern_inside(&mut self, node: Node<'t>, found: &mut Found) -> NodeId {
        let kids = self.kids(node);
        match (kind(node), kids.as_slice()) {
            (Kind::CasePattern, [only]) => self.pattern(*only, found),
            (Kind::DottedName, [_]) => self.identifier(node),
            (Kind::Identifier, _) => self.identifier(node),
            (Kind::SplatPattern, [name]) => {
                let name = self.node(*name);
                self.add(Ir::Spread(name), node)
            }
            (Kind::ListPattern | Kind::TuplePattern, kids) => {
                let items = kids.iter().map(|kid| self.pattern(*kid, found)).collect();
                self.add(Ir::List(items), node)
            }
            // `.. as name`: the name is bound to all of it.
            (Kind::AsPattern, [parts @ .., name]) if !parts.is_empty() => {
                for part in parts {
                    let target = self.pattern(*part, found);
                    if !matches!(self.out.node(target), Ir::Opaque(_)) {
                        found.names.push(target);
                    }
                }
                self.pattern(*name, found)
            }
            (Kind::DictPattern, kids) => self.dict_pattern(kids, node, found),
            (Kind::ClassPattern | Kind::KeywordPattern | Kind::UnionPattern | Kind::AsPattern, kids) => {
                for (i, kid) in kids.iter().enumerate() {
                    let name_only = i == 0 && matches!(kind(node), Kind::ClassPattern | Kind::KeywordPattern);
                    if name_only {
                        if kind(node) == Kind::ClassPattern {
                            found.values.push(self.node(*kid));
                        }
                        continue;
                    }
                    let target = self.pattern(*kid, found);
                    if !matches!(self.out.node(target), Ir::Opaque(_)) {
                        found.names.push(target);
                    }
                }
                self.add(Ir::Opaque(Vec::new()), node)
            }
            (Kind::Other | Kind::CasePattern, _) => self.add(Ir::Opaque(Vec::new()), node),
            _ => {
                found.values.push(self.node(node));
                self.add(Ir::Opaque(Vec::new()), node)
            }
        }
    }

    /// `{"key": pattern, **rest}`: keys stand before what their values are bound to.
    fn dict_pattern(&mut self, kids: &[Node<'t>], node: Node<'t>, found: &mut Found) -> NodeId {
        let mut entries = Vec::new();
        let mut key = None;
        for kid in kids {
            match kind(*kid) {
                Kind::SplatPattern => {
                    let name = self.only(*kid);
                    let all = self.add(Ir::Null, *kid);
                    entries.push((all, name));
                }
                Kind::CasePattern => {
                    let target = self.pattern(*kid, found);
                    let key = key.take();
                    match (self.out.node(target), key) {
                        (Ir::Opaque(_), Some(key)) => found.values.push(key),
                        (_, Some(key)) => entries.push((key, target)),
                        (Ir::Opaque(_), None) => {}
                        (_, None) => found.names.push(target),
                    }
                }
                _ => key = Some(self.node(*kid)),
            }
        }
        if entries.is_empty() { self.add(Ir::Opaque(Vec::new()), node) } else { self.add(Ir::Dict(entries), node) }
    }
}
