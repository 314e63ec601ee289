//! Expressions.

use tree_sitter::Node;

use super::kind::Kind;
use super::{Lowerer, literal, span};
use crate::syntax::ir::{Arg, Logic, Node as Ir, NodeId, Op};
use crate::text::Span;

/// A part of a template.
enum Part<'t> {
    /// Text as written, and where.
    Text(Span),
    /// A substitution's node.
    Value(Node<'t>),
}

impl<'t> Lowerer<'t> {
    /// Lowers anything that has a value. Statements met here (after syntax errors) are lowered as such.
    pub(super) fn expression(&mut self, node: Node<'t>) -> NodeId {
        self.deeper(node, |lowerer| lowerer.expression_inside(node))
    }

    /// The value of an optional node.
    pub(super) fn optional(&mut self, node: Option<Node<'t>>, parent: Node<'t>) -> NodeId {
        match node {
            Some(node) => self.expression(node),
            None => self.add(Ir::Opaque(Vec::new()), parent),
        }
    }

    fn expression_inside(&mut self, node: Node<'t>) -> NodeId {
        let node = self.bare(node);
        match self.kind(node) {
            Kind::Identifier | Kind::PropertyName | Kind::This | Kind::Super | Kind::Import => self.identifier(node),
            Kind::MetaProperty => self.meta_property(node),
            Kind::Undefined | Kind::Null => self.add(Ir::Null, node),
            Kind::True => self.add(Ir::Bool(true), node),
            Kind::False => self.add(Ir::Bool(false), node),
            Kind::Number => self.add(Ir::Num(literal::parse_number(self.slice(node))), node),
            Kind::String => self.string(node),
            Kind::Template => self.template(node),
            Kind::Regex => self.regex(node),
            Kind::Call | Kind::Member | Kind::Subscript => self.access_chain(node),
            Kind::New => self.new_expression(node),
            Kind::Binary => self.binary_chain(node),
            Kind::Unary => self.unary_chain(node),
            Kind::Update => self.update(node),
            Kind::Assignment => self.assignment_chain(node),
            Kind::Augmented => self.augmented(node),
            Kind::AssignmentPattern => self.pattern(node),
            Kind::Ternary => self.ternary_chain(node),
            Kind::Sequence => self.sequence_expression(node),
            Kind::Await => {
                let value = self.inner(node);
                self.add(Ir::Await(value), node)
            }
            Kind::Yield => {
                let value = self.first(node).map(|value| self.expression(value));
                self.add(Ir::Yield(value), node)
            }
            Kind::Spread => {
                let value = self.inner(node);
                self.add(Ir::Spread(value), node)
            }
            Kind::Array => self.array(node, Self::expression),
            Kind::Object => self.object(node),
            Kind::Function | Kind::Method => self.function_expression(node, None),
            Kind::Class => self.class_expression(node, None),
            Kind::Jsx => self.jsx(node),
            Kind::Error => self.broken(node),
            Kind::Computed | Kind::JsxExpression | Kind::Substitution => self.inner(node),
            // A text without its end.
            Kind::StringFragment => {
                let text = literal::unescape(self.slice(node));
                self.add_str(text, node)
            }
            Kind::Type | Kind::Token | Kind::Comment => self.add(Ir::Opaque(Vec::new()), node),
            // Statements can stand here after a syntax error, and a namespace reads as an expression.
            kind if kind.is_statement() => self.block(node),
            _ => self.opaque(node),
        }
    }

    /// Takes off parentheses and type annotations, in a loop: there may be very many.
    pub(super) fn bare(&mut self, mut node: Node<'t>) -> Node<'t> {
        loop {
            let inner = match self.kind(node) {
                // After a syntax error there may be several things in the parentheses.
                Kind::Parenthesized if node.has_error() => match self.children(node).as_slice() {
                    [only] => Some(*only),
                    _ => None,
                },
                Kind::Parenthesized | Kind::As | Kind::Assertion => self.first(node),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => return node,
            }
        }
    }

    /// The value of the only child.
    fn inner(&mut self, node: Node<'t>) -> NodeId {
        let child = self.first(node);
        self.optional(child, node)
    }

    /// The children in order, with a value that is not known.
    pub(super) fn opaque(&mut self, node: Node<'t>) -> NodeId {
        let children = self.children(node);
        let children = children.into_iter().map(|child| self.expression(child)).collect();
        self.add(Ir::Opaque(children), node)
    }

    pub(super) fn identifier(&mut self, node: Node<'t>) -> NodeId {
        // A name that the parser made up while it recovered is empty.
        if node.is_missing() {
            return self.add(Ir::Opaque(Vec::new()), node);
        }
        let name = self.name(node);
        self.add(Ir::Name(name), node)
    }

    fn meta_property(&mut self, node: Node<'t>) -> NodeId {
        if self.slice(node).starts_with("import") {
            self.add_name("import.meta", node)
        } else {
            self.add(Ir::Opaque(Vec::new()), node)
        }
    }

    pub(super) fn string(&mut self, node: Node<'t>) -> NodeId {
        let value = self.string_value(node);
        self.add_str(value, node)
    }

    /// What a string literal stands for.
    pub(super) fn string_value(&self, node: Node<'t>) -> String {
        let text = self.slice(node);
        let inner = text.get(1..).unwrap_or_default();
        let quote = text.get(..1).unwrap_or_default();
        literal::unescape(inner.strip_suffix(quote).unwrap_or(inner))
    }

    fn template(&mut self, node: Node<'t>) -> NodeId {
        let mut parts = Vec::new();
        let mut only_text = true;
        for part in self.template_parts(node) {
            match part {
                Part::Text(at) if at.start == at.end => {}
                Part::Text(at) => parts.push(self.template_text(at, false)),
                Part::Value(substitution) => {
                    only_text = false;
                    parts.push(self.inner(substitution));
                }
            }
        }
        match parts.as_slice() {
            [] => self.add_str("", node),
            [only] if only_text => {
                let value = self.builder.node(*only).clone();
                self.add(value, node)
            }
            _ => self.add(Ir::Template(parts), node),
        }
    }

    fn template_text(&mut self, at: Span, raw: bool) -> NodeId {
        let text = self.text.get(at.start..at.end).unwrap_or_default();
        let text = if raw { text.into() } else { literal::unescape(text).into() };
        self.builder.add(Ir::Str(text), at)
    }

    /// Texts and substitutions of a template in turn, beginning and ending with a text, which may be empty.
    fn template_parts(&mut self, node: Node<'t>) -> Vec<Part<'t>> {
        let Span { start, end } = span(node);
        let closed = end > start + 1 && self.slice(node).ends_with('`');
        let mut parts = Vec::new();
        let mut from = start + 1;
        for child in self.children(node) {
            if self.kind(child) == Kind::Substitution {
                parts.push(Part::Text(Span { start: from, end: child.start_byte() }));
                parts.push(Part::Value(child));
                from = child.end_byte();
            }
        }
        parts.push(Part::Text(Span { start: from, end: if closed { end - 1 } else { end } }));
        parts
    }

    /// Arguments of a call; a tagged template passes the list of its texts and then the substitutions.
    pub(super) fn arguments(&mut self, node: Option<Node<'t>>, callee: NodeId) -> Vec<Arg> {
        let Some(node) = node else { return Vec::new() };
        let mut values = Vec::new();
        if self.kind(node) == Kind::Template {
            let raw = matches!(self.builder.node(callee), Ir::Member(_, name) if &**name == "raw");
            let mut texts = Vec::new();
            for part in self.template_parts(node) {
                match part {
                    Part::Text(at) => texts.push(self.template_text(at, raw)),
                    Part::Value(substitution) => values.push(self.inner(substitution)),
                }
            }
            values.insert(0, self.add(Ir::List(texts), node));
        } else {
            for child in self.children(node) {
                values.push(self.expression(child));
            }
        }
        values.into_iter().map(|value| Arg { name: None, value }).collect()
    }

    fn new_expression(&mut self, node: Node<'t>) -> NodeId {
        let constructor = self.field(node, self.grammar.constructor);
        let callee = self.optional(constructor, node);
        let args = self.arguments(self.field(node, self.grammar.arguments), callee);
        self.add(Ir::Call { callee, args, new: true }, node)
    }

    fn update(&mut self, node: Node<'t>) -> NodeId {
        let argument = self.field(node, self.grammar.argument);
        let target = self.optional(argument, node);
        let one = self.add(Ir::Num(1.0), node);
        let operator = self.field(node, self.grammar.operator).map_or("", |operator| self.slice(operator));
        let op = if operator == "--" { Op::Sub } else { Op::Add };
        // Before its operator the target stands first: the value is the one before.
        let prefix = self.slice(node).starts_with(['+', '-']);
        self.add(if prefix { Ir::Update(op, target, one) } else { Ir::Step(op, target) }, node)
    }

    fn regex(&mut self, node: Node<'t>) -> NodeId {
        let text = self.slice(node);
        let parts = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let (pattern, flags) = parts.unwrap_or((text, ""));
        self.add(Ir::Regex(Box::new((pattern.into(), flags.into()))), node)
    }

    fn augmented(&mut self, node: Node<'t>) -> NodeId {
        let (left, right) = (self.field(node, self.grammar.left), self.field(node, self.grammar.right));
        let target = self.optional(left, node);
        let value = self.optional(right, node);
        let operator = self.field(node, self.grammar.operator).map_or("", |operator| self.slice(operator));
        let logic = match operator {
            "&&=" => Some(Logic::And),
            "||=" => Some(Logic::Or),
            "??=" => Some(Logic::Coalesce),
            _ => None,
        };
        if let Some(logic) = logic {
            let value = self.add(Ir::Logic(logic, vec![target, value]), node);
            return self.add(Ir::Assign(target, value), node);
        }
        let op = super::chain::binary_op(operator.strip_suffix('=').unwrap_or(operator)).unwrap_or(Op::Add);
        self.add(Ir::Update(op, target, value), node)
    }

    fn sequence_expression(&mut self, node: Node<'t>) -> NodeId {
        let parts = self.children(node);
        let last = parts.len().saturating_sub(1);
        let mut out = Vec::with_capacity(parts.len());
        for (index, part) in parts.into_iter().enumerate() {
            // `(0, eval)(x)` only takes the receiver away: the number says nothing.
            if index == last || self.kind(part) != Kind::Number {
                out.push(self.expression(part));
            }
        }
        self.group(out, node)
    }

    fn object(&mut self, node: Node<'t>) -> NodeId {
        let members = self.children(node);
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            entries.push(match self.kind(member) {
                Kind::Pair => {
                    let (key, name) = self.property_key(self.field(member, self.grammar.key), member);
                    let value = self.field(member, self.grammar.value);
                    (key, self.named_value(value, name, member))
                }
                Kind::Method => {
                    let (key, name) = self.method_key(member);
                    (key, self.function(member, name))
                }
                Kind::Identifier => {
                    let name = self.name(member);
                    (self.add(Ir::Str(name), member), self.identifier(member))
                }
                // A spread, or something left over from a syntax error.
                _ => (self.add(Ir::Null, member), self.expression(member)),
            });
        }
        self.add(Ir::Dict(entries), node)
    }

    /// JSX is a tree of calls that we need not tell apart: what is evaluated inside, in order.
    fn jsx(&mut self, node: Node<'t>) -> NodeId {
        let mut parts = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match self.kind(node) {
                Kind::JsxExpression | Kind::Spread => {
                    if let Some(value) = self.first(node) {
                        parts.push(self.expression(value));
                    }
                }
                Kind::String => parts.push(self.string(node)),
                Kind::Member => parts.push(self.expression(node)),
                // Components begin with a capital; `div` is not a name of the program.
                Kind::Identifier if self.slice(node).starts_with(char::is_uppercase) => {
                    parts.push(self.identifier(node))
                }
                Kind::Identifier | Kind::PropertyName | Kind::StringFragment => {}
                _ => {
                    let children = self.children(node);
                    open.extend(children.into_iter().filter(|child| child.kind() != "jsx_closing_element").rev());
                }
            }
        }
        self.add(Ir::Opaque(parts), node)
    }
}
