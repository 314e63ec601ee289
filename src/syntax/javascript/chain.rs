//! What may be chained without end in the text is lowered in loops: operators, calls, assignments, conditions.

use tree_sitter::Node;

use super::Lowerer;
use super::kind::Kind;
use crate::syntax::ir::{Logic, Node as Ir, NodeId, Op};

/// The operator of a binary expression that is not a short-circuit one.
pub(super) fn binary_op(text: &str) -> Option<Op> {
    Some(match text {
        "+" => Op::Add,
        "-" => Op::Sub,
        "*" => Op::Mul,
        "/" => Op::Div,
        "%" => Op::Mod,
        "**" => Op::Pow,
        "&" => Op::BitAnd,
        "|" => Op::BitOr,
        "^" => Op::BitXor,
        "<<" => Op::Shl,
        ">>" => Op::Shr,
        ">>>" => Op::UnsignedShr,
        "==" | "===" => Op::Eq,
        "!=" | "!==" => Op::NotEq,
        "<" => Op::Lt,
        "<=" => Op::LtEq,
        ">" => Op::Gt,
        ">=" => Op::GtEq,
        "in" => Op::In,
        "instanceof" => Op::Is,
        _ => return None,
    })
}

/// How two neighbouring operands are joined.
#[derive(Clone, Copy, PartialEq)]
enum Join {
    Op(Op),
    Logic(Logic),
    Unknown,
}

impl Join {
    fn of(text: &str) -> Self {
        match text {
            "&&" => Self::Logic(Logic::And),
            "||" => Self::Logic(Logic::Or),
            "??" => Self::Logic(Logic::Coalesce),
            other => binary_op(other).map_or(Self::Unknown, Self::Op),
        }
    }

    /// Whether `a . b . c` is one node. In Python's reading a chain of comparisons means something else.
    fn chains(self) -> bool {
        !matches!(
            self,
            Self::Op(Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::In | Op::Is) | Self::Unknown
        )
    }

    fn node(self, operands: Vec<NodeId>) -> Ir {
        match self {
            Self::Op(op) => Ir::Binary(op, operands),
            Self::Logic(logic) => Ir::Logic(logic, operands),
            Self::Unknown => Ir::Opaque(operands),
        }
    }
}

impl<'t> Lowerer<'t> {
    /// `a + b - c`: down the left operands, then up again; operands of one operator are gathered.
    pub(super) fn binary_chain(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = node;
        while self.kind(base) == Kind::Binary {
            let Some(left) = self.field(base, self.grammar.left) else { break };
            links.push(base);
            base = self.bare(left);
        }
        if links.is_empty() {
            return self.opaque(node);
        }
        let mut operands = vec![self.expression(base)];
        let mut open: Option<(Join, Node<'t>)> = None;
        for link in links.into_iter().rev() {
            let join = self
                .field(link, self.grammar.operator)
                .map_or(Join::Unknown, |operator| Join::of(self.slice(operator)));
            if let Some((before, at)) = open.filter(|(before, _)| *before != join || !join.chains()) {
                let closed = self.joined(before, operands);
                operands = vec![self.add(closed, at)];
            }
            let right = self.field(link, self.grammar.right);
            operands.push(self.optional(right, link));
            open = Some((join, link));
        }
        match open {
            Some((join, at)) => {
                let joined = self.joined(join, operands);
                self.add(joined, at)
            }
            None => self.opaque(node),
        }
    }

    /// A chain as one node. Sums written to hide a number (`0x1a*0x3+-0x4c`) are that number: the code that holds them is
    /// evaluated very often.
    fn joined(&self, join: Join, operands: Vec<NodeId>) -> Ir {
        let numbers = operands.iter().map(|operand| match self.builder.node(*operand) {
            Ir::Num(number) => Some(*number),
            _ => None,
        });
        let numbers: Option<Vec<f64>> = numbers.collect();
        let fold = |apply: fn(f64, f64) -> f64| numbers.as_ref()?.iter().copied().reduce(apply);
        let folded = match join {
            Join::Op(Op::Add) => fold(|a, b| a + b),
            Join::Op(Op::Sub) => fold(|a, b| a - b),
            Join::Op(Op::Mul) => fold(|a, b| a * b),
            _ => None,
        };
        folded.map_or_else(|| join.node(operands), Ir::Num)
    }

    /// `a.b(c)[d].e()`: down to the first object, then up again.
    pub(super) fn access_chain(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = node;
        loop {
            let field = match self.kind(base) {
                Kind::Call => self.grammar.function,
                Kind::Member | Kind::Subscript => self.grammar.object,
                _ => break,
            };
            let Some(inner) = self.field(base, field) else { break };
            links.push(base);
            base = self.bare(inner);
        }
        if links.is_empty() {
            return self.opaque(node);
        }
        let mut value = self.expression(base);
        for link in links.into_iter().rev() {
            value = match self.kind(link) {
                Kind::Call => {
                    let args = self.arguments(self.field(link, self.grammar.arguments), value);
                    self.add(Ir::Call { callee: value, args, new: false }, link)
                }
                Kind::Member => {
                    let property = self.field(link, self.grammar.property).map(|property| self.name(property));
                    self.add(Ir::Member(value, property.unwrap_or_else(|| "".into())), link)
                }
                _ => {
                    let index = self.field(link, self.grammar.index);
                    let index = self.optional(index, link);
                    self.add(Ir::Index(value, index), link)
                }
            };
        }
        value
    }

    /// `!!+x`.
    pub(super) fn unary_chain(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = node;
        while self.kind(base) == Kind::Unary {
            let Some(argument) = self.field(base, self.grammar.argument) else { break };
            links.push(base);
            base = self.bare(argument);
        }
        if links.is_empty() {
            return self.opaque(node);
        }
        let mut value = self.expression(base);
        for link in links.into_iter().rev() {
            let operator = self.field(link, self.grammar.operator).map_or("", |operator| self.slice(operator));
            let ir = match operator {
                "!" => Ir::Unary(Op::Not, value),
                "~" => Ir::Unary(Op::BitNot, value),
                "-" => match self.builder.node(value) {
                    Ir::Num(number) => Ir::Num(-number),
                    _ => Ir::Unary(Op::Neg, value),
                },
                "+" => Ir::Unary(Op::Plus, value),
                "typeof" => Ir::Unary(Op::Typeof, value),
                "void" => Ir::Unary(Op::Void, value),
                "delete" => Ir::Delete(value),
                _ => Ir::Opaque(vec![value]),
            };
            value = self.add(ir, link);
        }
        value
    }

    /// `exports.a = exports.b = x`.
    pub(super) fn assignment_chain(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = node;
        while self.kind(base) == Kind::Assignment {
            let fields = (self.field(base, self.grammar.left), self.field(base, self.grammar.right));
            let (Some(left), Some(right)) = fields else { break };
            let target = self.pattern(left);
            links.push((target, base));
            base = self.bare(right);
        }
        let Some((nearest, _)) = links.last() else { return self.opaque(node) };
        let name = self.target_name(*nearest);
        let mut value = self.named_value(Some(base), name, node);
        for (target, link) in links.into_iter().rev() {
            value = self.add(Ir::Assign(target, value), link);
        }
        value
    }

    /// `a ? b : c ? d : e`.
    pub(super) fn ternary_chain(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = node;
        while self.kind(base) == Kind::Ternary {
            let fields = (
                self.field(base, self.grammar.condition),
                self.field(base, self.grammar.consequence),
                self.field(base, self.grammar.alternative),
            );
            let (Some(test), Some(then), Some(other)) = fields else { break };
            let (test, then) = (self.expression(test), self.expression(then));
            links.push((test, then, base));
            base = self.bare(other);
        }
        if links.is_empty() {
            return self.opaque(node);
        }
        let last = self.expression(base);
        self.conditions(links, Some(last))
    }

    /// `if (a) b; else if (c) d; else e`.
    pub(super) fn if_chain(&mut self, node: Node<'t>) -> NodeId {
        let mut links = Vec::new();
        let mut base = Some(node);
        let mut last = None;
        while let Some(link) = base {
            if self.kind(link) != Kind::If {
                last = Some(self.block(link));
                break;
            }
            let test = self.field(link, self.grammar.condition);
            let test = self.optional(test, link);
            let then = match self.field(link, self.grammar.consequence) {
                Some(then) => self.block(then),
                None => self.add(Ir::Null, link),
            };
            links.push((test, then, link));
            base = self.field(link, self.grammar.alternative).and_then(|other| self.first(other));
        }
        self.conditions(links, last)
    }

    fn conditions(&mut self, links: Vec<(NodeId, NodeId, Node<'t>)>, last: Option<NodeId>) -> NodeId {
        let mut other = last;
        for (test, then, link) in links.into_iter().rev() {
            other = Some(self.add(Ir::If { test, then, other }, link));
        }
        other.unwrap_or(NodeId(0))
    }
}
