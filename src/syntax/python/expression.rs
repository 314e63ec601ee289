//! Expressions that do not form chains.

use tree_sitter::Node;

use super::grammar::{Field, Kind, field, field_id, kind};
use super::literal::{self, Quoted};
use super::{Lower, span};
use crate::syntax::ir::{Arg, Node as Ir, NodeId, Op};
use crate::text::Span;

impl<'t> Lower<'t> {
    pub(super) fn number(&mut self, node: Node<'t>) -> NodeId {
        let text = self.slice(node);
        let ir = match literal::numeric(text) {
            // Beyond what a double holds exactly.
            Some(number) if number >= 9e15 && literal::is_integer(text) => Ir::Integer(text.into()),
            Some(number) => Ir::Num(number),
            None => Ir::Opaque(Vec::new()),
        };
        self.add(ir, node)
    }

    /// A string literal, or several in a row.
    pub(super) fn string(&mut self, node: Node<'t>) -> NodeId {
        if kind(node) == Kind::String {
            return self.one_string(node);
        }
        let parts: Vec<NodeId> = self.kids(node).into_iter().map(|part| self.string(part)).collect();
        let mut text = String::new();
        let mut bytes = Vec::new();
        let (mut texts, mut byteses) = (0, 0);
        for part in &parts {
            match self.out.node(*part) {
                Ir::Str(part) => {
                    texts += 1;
                    text += part;
                }
                Ir::Bytes(part) => {
                    byteses += 1;
                    bytes.extend_from_slice(part);
                }
                _ => {}
            }
        }
        if texts == parts.len() {
            return self.add(Ir::Str(text.into()), node);
        }
        if byteses == parts.len() {
            return self.add(Ir::Bytes(bytes.into()), node);
        }
        let mut flat = Vec::new();
        for part in parts {
            match self.out.node(part) {
                Ir::Template(inner) => flat.extend_from_slice(inner),
                _ => flat.push(part),
            }
        }
        self.add(Ir::Template(flat), node)
    }

    fn one_string(&mut self, node: Node<'t>) -> NodeId {
        let quoted = Quoted::new(self.slice(node));
        if quoted.repr {
            let code = self.add(Ir::Str(quoted.content.into()), node);
            return self.add(Ir::Opaque(vec![code]), node);
        }
        if quoted.bytes {
            return self.add(Ir::Bytes(literal::bytes(quoted.content, quoted.raw).into()), node);
        }
        if !quoted.format {
            return self.add(Ir::Str(literal::text(quoted.content, quoted.raw, false).into()), node);
        }
        let mut parts = Vec::new();
        let mut at = node.start_byte() + quoted.offset;
        let end = at + quoted.content.len();
        let holes: Vec<_> = self.kids(node).into_iter().filter(|kid| kind(*kid) == Kind::Interpolation).collect();
        for hole in &holes {
            self.text_part(at, hole.start_byte(), quoted.raw, &mut parts);
            parts.push(self.interpolation(*hole));
            at = hole.end_byte();
        }
        self.text_part(at, end, quoted.raw, &mut parts);
        if holes.is_empty() {
            let text = literal::text(quoted.content, quoted.raw, true).into();
            return self.add(Ir::Str(text), node);
        }
        self.add(Ir::Template(parts), node)
    }

    fn text_part(&mut self, start: usize, end: usize, raw: bool, parts: &mut Vec<NodeId>) {
        if let Some(text) = self.text.get(start..end).filter(|text| !text.is_empty()) {
            let part = self.out.add(Ir::Str(literal::text(text, raw, true).into()), Span { start, end });
            parts.push(part);
        }
    }

    /// `{value!r:specification}`: what a specification does is said as a call of `format`, which can be folded.
    fn interpolation(&mut self, node: Node<'t>) -> NodeId {
        let value = self.required(field(node, Field::Expression));
        let Some(specifier) = field(node, Field::FormatSpecifier) else { return value };
        let mut parts = Vec::new();
        let mut at = specifier.start_byte() + 1;
        for hole in self.kids(specifier).into_iter().filter(|kid| kind(*kid) == Kind::FormatExpression) {
            self.text_part(at, hole.start_byte(), true, &mut parts);
            parts.push(self.interpolation(hole));
            at = hole.end_byte();
        }
        self.text_part(at, specifier.end_byte(), true, &mut parts);
        let specification = match parts.as_slice() {
            [part] => *part,
            _ => self.add(Ir::Template(parts), specifier),
        };
        let name = self.name("format");
        let callee = self.add(Ir::Name(name), node);
        let args = [value, specification].map(|value| Arg { name: None, value }).to_vec();
        self.add(Ir::Call { callee, args, new: false }, node)
    }

    pub(super) fn comparison(&mut self, node: Node<'t>) -> NodeId {
        let mut op = None;
        let mut operands = Vec::new();
        for token in self.tokens(node) {
            if token.is_named() {
                operands.push(self.node(token));
            } else {
                op = Some(match token.kind() {
                    "<" => Op::Lt,
                    "<=" => Op::LtEq,
                    ">" => Op::Gt,
                    ">=" => Op::GtEq,
                    "==" => Op::Eq,
                    "in" => Op::In,
                    "not in" => Op::NotIn,
                    "is" => Op::Is,
                    "is not" => Op::IsNot,
                    _ => Op::NotEq,
                });
            }
        }
        match op {
            Some(op) if operands.len() == 2 => self.add(Ir::Binary(op, operands), node),
            // `a < b < c`: each is evaluated once, which a chain of two-sided comparisons would not say.
            _ => self.add(Ir::Opaque(operands), node),
        }
    }

    pub(super) fn subscript(&mut self, value: NodeId, node: Node<'t>) -> NodeId {
        let mut indices = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            if self.cursor.field_id().is_some_and(|id| id.get() == field_id(Field::Subscript)) {
                indices.push(self.cursor.node());
            }
            more = self.cursor.goto_next_sibling();
        }
        match indices.as_slice() {
            [slice] if kind(*slice) == Kind::Slice => {
                let mut parts = [None; 3];
                let mut place = 0;
                for token in self.tokens(*slice) {
                    if !token.is_named() {
                        place += 1;
                    } else if let Some(part) = parts.get_mut(place) {
                        *part = Some(self.node(token));
                    }
                }
                self.add(Ir::Slice(value, parts), node)
            }
            [index] => {
                let index = self.node(*index);
                self.add(Ir::Index(value, index), node)
            }
            _ => {
                let items = indices.iter().map(|index| self.node(*index)).collect();
                let index = self.add(Ir::List(items), node);
                self.add(Ir::Index(value, index), node)
            }
        }
    }

    pub(super) fn dictionary(&mut self, node: Node<'t>) -> NodeId {
        let mut pairs = Vec::new();
        for kid in self.kids(node) {
            if kind(kid) == Kind::Pair {
                let key = self.required(field(kid, Field::Key));
                pairs.push((key, self.required(field(kid, Field::Value))));
            } else {
                pairs.push((NodeId(0), self.node(kid)));
            }
        }
        self.add(Ir::Dict(pairs), node)
    }

    pub(super) fn comprehension(&mut self, node: Node<'t>) -> NodeId {
        let mut each = Vec::new();
        let mut conditions = Vec::new();
        let body = field(node, Field::Body);
        for kid in self.kids(node) {
            match kind(kid) {
                Kind::ForInClause => {
                    let target = self.required(field(kid, Field::Left));
                    each.push((target, self.required(field(kid, Field::Right))));
                }
                Kind::IfClause => conditions.push(self.only(kid)),
                _ => {}
            }
        }
        let element = self.required(body);
        let dict = kind(node) == Kind::DictionaryComprehension;
        self.add(Ir::Comprehension { element, each: each.into(), conditions: conditions.into(), dict }, node)
    }

    /// `name := value` and `value as target`.
    pub(super) fn bound_expression(&mut self, node: Node<'t>) -> NodeId {
        let (target, value) = if kind(node) == Kind::NamedExpression {
            (field(node, Field::Name), field(node, Field::Value))
        } else {
            let target = field(node, Field::Alias);
            (target.and_then(|alias| self.inside(alias)).or(target), self.inside(node))
        };
        let value = self.required(value);
        let Some(target) = target.filter(|target| kind(*target) != Kind::AsPatternTarget) else { return value };
        let target = self.node(target);
        self.out.add(Ir::Assign(target, value), span(node))
    }
}
