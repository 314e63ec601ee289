//! Expressions that nest in one direction, however long: walked in loops, so that length costs no depth.

use tree_sitter::Node;

use super::grammar::{Field, Kind, field, kind};
use super::{Lower, span};
use crate::syntax::ir::{Arg, Logic, Node as Ir, NodeId, Op};

impl<'t> Lower<'t> {
    /// Parentheses mean nothing by themselves.
    pub(super) fn parenthesized(&mut self, node: Node<'t>) -> NodeId {
        let inner = self.strip(node);
        if kind(inner) == Kind::Parenthesized { self.opaque(inner) } else { self.node(inner) }
    }

    /// What stands inside any number of parentheses.
    fn strip(&mut self, mut node: Node<'t>) -> Node<'t> {
        while kind(node) == Kind::Parenthesized {
            match self.inside(node) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// Calls, members and indices: `a.b(c)[d].e()`.
    pub(super) fn postfix(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = node;
        loop {
            let inner = match kind(base) {
                Kind::Call => field(base, Field::Function),
                Kind::Attribute => field(base, Field::Object),
                Kind::Subscript => field(base, Field::Value),
                Kind::Parenthesized => {
                    base = match self.inside(base) {
                        Some(inner) => inner,
                        None => break,
                    };
                    continue;
                }
                _ => None,
            };
            let Some(inner) = inner else { break };
            links.push(base);
            base = inner;
        }
        if links.is_empty() {
            return self.opaque(node);
        }
        let mut value = self.node(base);
        while let Some(link) = links.pop() {
            value = match kind(link) {
                Kind::Call => {
                    let args = field(link, Field::Arguments).map_or_else(Vec::new, |args| self.arguments(args));
                    self.add(Ir::Call { callee: value, args, new: false }, link)
                }
                Kind::Attribute => {
                    let name = field(link, Field::Attribute).map_or("", |name| self.slice(name));
                    let name = self.name(name);
                    self.add(Ir::Member(value, name), link)
                }
                _ => self.subscript(value, link),
            };
        }
        value
    }

    /// Arguments of a call.
    pub(super) fn arguments(&mut self, list: Node<'t>) -> Vec<Arg> {
        if kind(list) != Kind::ArgumentList {
            return vec![Arg { name: None, value: self.node(list) }];
        }
        let mut args = Vec::new();
        for kid in self.kids(list) {
            let name = match kind(kid) {
                Kind::KeywordArgument => field(kid, Field::Name).map(|name| self.slice(name)),
                Kind::DictionarySplat => Some("**"),
                _ => None,
            };
            let name = name.map(|name| self.name(name));
            let value = match kind(kid) {
                Kind::KeywordArgument => self.required(field(kid, Field::Value)),
                _ => self.node(kid),
            };
            args.push(Arg { name, value });
        }
        args
    }

    /// Arithmetic. `a + b + c` is one node; a change of operator starts a new one around it.
    pub(super) fn binary(&mut self, node: Node<'t>) -> NodeId {
        let mut rights = Vec::new();
        let mut left = node;
        loop {
            left = self.strip(left);
            // A power nests to the right: it is a chain's first operand at most.
            if kind(left) != Kind::BinaryOperator || (operator(left) == Some(Op::Pow) && !rights.is_empty()) {
                break;
            }
            let (Some(inner), Some(right)) = (field(left, Field::Left), field(left, Field::Right)) else { break };
            rights.push((operator(left), right, left));
            if operator(left) == Some(Op::Pow) {
                left = inner;
                break;
            }
            left = inner;
        }
        let Some((mut op, right, mut at)) = rights.pop() else { return self.opaque(node) };
        let mut operands = vec![self.node(left), self.node(right)];
        while let Some((next, right, place)) = rights.pop() {
            if next != op {
                let whole = self.operation(op, operands, at);
                operands = vec![whole];
                op = next;
            }
            operands.push(self.node(right));
            at = place;
        }
        self.operation(op, operands, at)
    }

    fn operation(&mut self, op: Option<Op>, operands: Vec<NodeId>, at: Node<'t>) -> NodeId {
        // `@` multiplies matrices: nothing that can be folded.
        self.add(if let Some(op) = op { Ir::Binary(op, operands) } else { Ir::Opaque(operands) }, at)
    }

    /// `and`, `or`.
    pub(super) fn boolean(&mut self, node: Node<'t>) -> NodeId {
        let logic = |node: Node<'t>, text: &'t str| match field(node, Field::Operator).map(|op| op.byte_range()) {
            Some(range) if text.get(range.clone()) == Some("or") => Logic::Or,
            _ => Logic::And,
        };
        let mut rights = Vec::new();
        let mut left = node;
        loop {
            left = self.strip(left);
            if kind(left) != Kind::BooleanOperator {
                break;
            }
            let (Some(inner), Some(right)) = (field(left, Field::Left), field(left, Field::Right)) else { break };
            rights.push((logic(left, self.text), right, left));
            left = inner;
        }
        let Some((mut op, right, mut at)) = rights.pop() else { return self.opaque(node) };
        let mut operands = vec![self.node(left), self.node(right)];
        while let Some((next, right, place)) = rights.pop() {
            if next != op {
                operands = vec![self.add(Ir::Logic(op, operands), at)];
                op = next;
            }
            operands.push(self.node(right));
            at = place;
        }
        self.add(Ir::Logic(op, operands), at)
    }

    /// `not`, `-`, `+`, `~`, any number of them.
    pub(super) fn unary(&mut self, node: Node<'t>) -> NodeId {
        let mut ops = Vec::new();
        let mut inner = node;
        loop {
            inner = self.strip(inner);
            if !matches!(kind(inner), Kind::UnaryOperator | Kind::NotOperator) {
                break;
            }
            let Some(argument) = field(inner, Field::Argument) else { break };
            let op = match field(inner, Field::Operator).map(|op| op.kind()) {
                Some("-") => Op::Neg,
                Some("+") => Op::Plus,
                Some("~") => Op::BitNot,
                _ => Op::Not,
            };
            ops.push((op, inner));
            inner = argument;
        }
        if ops.is_empty() {
            return self.opaque(node);
        }
        let mut value = self.node(inner);
        while let Some((op, at)) = ops.pop() {
            value = self.add(Ir::Unary(op, value), at);
        }
        value
    }

    /// `a if test else b if test else c`.
    pub(super) fn conditional(&mut self, node: Node<'t>) -> NodeId {
        let mut arms = Vec::new();
        let mut rest = node;
        loop {
            rest = self.strip(rest);
            if kind(rest) != Kind::ConditionalExpression {
                break;
            }
            let kids: Vec<_> = self.tokens(rest).into_iter().filter(|kid| kid.is_named()).collect();
            let [then, test, other] = kids.as_slice() else { break };
            arms.push((rest, *test, *then));
            rest = *other;
        }
        if arms.is_empty() {
            return self.opaque(node);
        }
        let mut value = self.node(rest);
        while let Some((at, test, then)) = arms.pop() {
            let (test, then) = (self.node(test), self.node(then));
            value = self.add(Ir::If { test, then, other: Some(value) }, at);
        }
        value
    }

    /// `a = b = value`, with or without annotations.
    pub(super) fn assignment(&mut self, node: Node<'t>) -> NodeId {
        let mut targets = Vec::new();
        let mut annotations = Vec::new();
        let mut value = Some(node);
        while let Some(at) = value.filter(|value| kind(*value) == Kind::Assignment) {
            if let Some(left) = field(at, Field::Left) {
                targets.push((left, at));
            }
            if let Some(annotation) = field(at, Field::Type) {
                self.annotation(annotation, &mut annotations);
            }
            value = field(at, Field::Right);
        }
        let Some(value) = value else {
            // `name: annotation` binds nothing.
            return self.add(if annotations.is_empty() { Ir::Null } else { Ir::Opaque(annotations) }, node);
        };
        let mut id = self.node(value);
        while let Some((left, at)) = targets.pop() {
            let target = self.node(left);
            id = self.out.add(Ir::Assign(target, id), span(at));
        }
        self.after(annotations, id, node)
    }
}

/// The operator of a binary operation; `None` for one that cannot be folded.
fn operator(node: Node) -> Option<Op> {
    binary_op(field(node, Field::Operator)?.kind())
}

/// The operator written so (with or without the `=` of an augmented assignment).
pub(super) fn binary_op(text: &str) -> Option<Op> {
    Some(match text.trim_end_matches('=') {
        "+" => Op::Add,
        "-" => Op::Sub,
        "*" => Op::Mul,
        "/" => Op::Div,
        "//" => Op::FloorDiv,
        "%" => Op::Mod,
        "**" => Op::Pow,
        "&" => Op::BitAnd,
        "|" => Op::BitOr,
        "^" => Op::BitXor,
        "<<" => Op::Shl,
        ">>" => Op::Shr,
        _ => return None,
    })
}
