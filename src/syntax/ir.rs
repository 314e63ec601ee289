//! The one small language that Python and JavaScript are lowered to.
//!
//! Everything is a node in one flat arena per document, so that no depth of the input's nesting can overflow a stack when
//! a unit is dropped or walked by index. Statements are nodes as well: a [`Node::Seq`] has the value of its last child.

use std::sync::Arc;

use crate::text::Span;

/// The language a document is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python 3, with recovery on Python 2.
    Python,
    /// JavaScript with JSX.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

impl Language {
    /// The language of a file by its name, or by its `#!` line where the name has no ending; `None`: not code that runs.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        if name.ends_with(".d.ts") || name.ends_with(".d.mts") || name.ends_with(".d.cts") {
            return None;
        }
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("py" | "pyw") => Some(Self::Python),
            Some("js" | "cjs" | "mjs" | "jsx" | "es6") => Some(Self::JavaScript),
            Some("ts" | "mts" | "cts") => Some(Self::TypeScript),
            Some("tsx") => Some(Self::Tsx),
            None => {
                let first = text.strip_prefix("#!")?.lines().next()?;
                if first.contains("python") {
                    Some(Self::Python)
                } else {
                    (first.contains("node") || first.contains("deno") || first.contains("bun"))
                        .then_some(Self::JavaScript)
                }
            }
            _ => None,
        }
    }

    /// Whether names are resolved by JavaScript's rules.
    #[must_use]
    pub fn is_javascript(self) -> bool {
        self != Self::Python
    }
}

/// Index of a node in [`Unit::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub u32);

/// One document, lowered.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What it was read as.
    pub language: Language,
    /// The arena.
    pub nodes: Vec<Node>,
    /// Where each node stands in the document's text; as long as `nodes`. No file is as long as four gigabytes.
    spans: Vec<[u32; 2]>,
    /// Function bodies, by [`Node::Function`].
    pub functions: Vec<Function>,
    /// Class bodies, by [`Node::Class`].
    pub classes: Vec<Class>,
    /// The top level.
    pub body: NodeId,
    /// JavaScript: names that `let`, `const` and `class` declare at the top level. A text given to `eval` keeps them to itself.
    pub lexical: Vec<Arc<str>>,
    /// JavaScript: names that `var` and functions declare at the top level.
    pub vars: Vec<Arc<str>>,
    /// Why the unit is incomplete, one plain sentence, if it is (syntax errors recovered from, nesting cut).
    pub partial: Option<String>,
    /// Bytes that were not read, if they are more than counts as read: the parser gave up on them or found no sense in them.
    pub unread: usize,
}

/// A function, method, lambda or arrow.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name, or the name it is assigned to at definition; `None` for an anonymous one.
    pub name: Option<Arc<str>>,
    /// Parameters in order (`self` included).
    pub params: Vec<Param>,
    /// The body; a lambda's or short arrow's body is a [`Node::Return`].
    pub body: NodeId,
    /// Names declared `nonlocal` inside.
    pub outer_names: Vec<Arc<str>>,
    /// Names declared `global` inside.
    pub global_names: Vec<Arc<str>>,
    /// JavaScript: names declared inside by `var`, `let`, `const`, `function`, `class` or `import` (not in functions nested
    /// in it): a name assigned but not declared belongs to an enclosing function. Empty in Python, where assignment declares.
    pub locals: Vec<Arc<str>>,
    /// JavaScript: whether its code may ask for `arguments`, by name or through `eval`.
    pub arguments: bool,
    /// The whole definition.
    pub span: Span,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// A [`Node::Name`] or a destructuring pattern.
    pub target: NodeId,
    /// Default value, evaluated at definition in Python and at the call in JavaScript.
    pub default: Option<NodeId>,
    /// What it takes.
    pub kind: ParamKind,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// One argument.
    One,
    /// The remaining positional arguments.
    Rest,
    /// The remaining named arguments.
    Named,
}

/// A class.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// Base classes, and the values of Python's keywords beside them.
    pub bases: Vec<NodeId>,
    /// Python's `metaclass`, one of `bases`.
    pub metaclass: Option<NodeId>,
    /// Body: methods are assignments of a [`Node::Function`] to a [`Node::Name`], as are fields; other statements stand as
    /// they are (a JavaScript constructor is named `constructor`; static blocks are inlined).
    pub body: NodeId,
}

/// A stretch of JavaScript with names of its own.
#[derive(Debug, Clone)]
pub struct Block {
    /// Names declared by `let`, `const`, `class`, `catch` or a function in a block, or a function expression's own name. A
    /// loop that stands directly in the block binds them anew each round.
    pub names: Vec<Arc<str>>,
    /// What stands in it.
    pub body: NodeId,
}

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct Arg {
    /// Keyword, in Python.
    pub name: Option<Arc<str>>,
    /// The value; a [`Node::Spread`] for `*args`, `**kwargs` (named `**`) and `...rest`.
    pub value: NodeId,
}

/// Operators that the constant folder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    /// JavaScript's `>>>`.
    UnsignedShr,
    Not,
    BitNot,
    /// Unary minus.
    Neg,
    /// Unary plus.
    Plus,
    Typeof,
    Void,
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    In,
    NotIn,
    /// JavaScript's `for (key in object)`: the keys.
    Keys,
    /// `is` and `instanceof`.
    Is,
    IsNot,
}

/// How a short-circuit operator chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logic {
    /// `and`, `&&`.
    And,
    /// `or`, `||`.
    Or,
    /// `??`.
    Coalesce,
}

/// An import statement. `require(..)` and `import(..)` are calls of the names `require` and `import`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// `os.path`, `./util`, `` for `from . import x`.
    pub module: Arc<str>,
    /// Leading dots of a relative Python import.
    pub level: u32,
    /// What is bound.
    pub bind: Bind,
}

/// What an import binds in its scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bind {
    /// Nothing: `import './side-effect'`.
    Nothing,
    /// Python `import a.b`: binds the first segment, `a`.
    Root,
    /// The module itself under a name: `import a.b as c`, `import * as c from 'm'`.
    Module(Arc<str>),
    /// Members under names: `(member, local name)`. JavaScript's default import is the member `default`.
    Names(Vec<(Arc<str>, Arc<str>)>),
    /// Every public member: `from m import *`.
    Star,
    /// Re-exported whole: `export * from 'm'`, or under a name: `export * as ns from 'm'`.
    ReExport(Option<Arc<str>>),
}

/// A node.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Node {
    /// `None`, `null`, `undefined`.
    Null,
    Bool(bool),
    Num(f64),
    /// An integer literal of Python, as written, that is too large to be exact as a number.
    Integer(Arc<str>),
    /// A string literal, unescaped.
    Str(Arc<str>),
    /// A bytes literal, unescaped.
    Bytes(Arc<[u8]>),
    /// JavaScript's `/pattern/flags`.
    Regex(Box<(Arc<str>, Arc<str>)>),
    Name(Arc<str>),
    /// Text made of parts: f-string, template literal.
    Template(Vec<NodeId>),
    /// List, tuple, set, array; as a target: destructuring by position.
    List(Vec<NodeId>),
    /// Dictionary or object; a spread has the key [`Node::Null`] and the value [`Node::Spread`]. As a target:
    /// destructuring by key.
    Dict(Vec<(NodeId, NodeId)>),
    Spread(NodeId),
    /// `a.b`, `a?.b`.
    Member(NodeId, Arc<str>),
    /// `a[b]`.
    Index(NodeId, NodeId),
    /// `a[start:stop:step]`.
    Slice(NodeId, [Option<NodeId>; 3]),
    Call {
        callee: NodeId,
        args: Vec<Arg>,
        /// JavaScript `new`.
        new: bool,
    },
    /// A function value; index in [`Unit::functions`].
    Function(u32),
    /// A class value; index in [`Unit::classes`].
    Class(u32),
    Unary(Op, NodeId),
    /// A left-associative chain of one operator: `a + b + c` is one node, however long.
    Binary(Op, Vec<NodeId>),
    Logic(Logic, Vec<NodeId>),
    /// Binds names of a pattern; the value is the right-hand side. In a pattern: a target with its default.
    Assign(NodeId, NodeId),
    /// `target op= value`.
    Update(Op, NodeId, NodeId),
    /// `target++`, `target--`: one more or less is bound, the value is the number before.
    Step(Op, NodeId),
    If {
        test: NodeId,
        then: NodeId,
        other: Option<NodeId>,
    },
    /// Any loop.
    Loop {
        /// `for target in iterable`; `of` and `in` alike.
        each: Option<(NodeId, NodeId)>,
        /// `while test`, the middle of `for (;;)`.
        test: Option<NodeId>,
        /// The last part of `for (;;)`.
        after: Option<NodeId>,
        body: NodeId,
        /// `do .. while test`: the body runs before the first test.
        first: bool,
    },
    /// JavaScript's `switch`: cases in order with what they compare, `None` for `default`.
    Switch {
        value: NodeId,
        cases: Vec<(Option<NodeId>, NodeId)>,
    },
    /// `[element for target in iterable if condition]`; a dictionary's element is a [`Node::List`] of two, with `dict` set.
    Comprehension {
        element: NodeId,
        each: Box<[(NodeId, NodeId)]>,
        conditions: Box<[NodeId]>,
        dict: bool,
    },
    Try {
        body: NodeId,
        handlers: Vec<NodeId>,
        finally: Option<NodeId>,
    },
    Seq(Vec<NodeId>),
    /// Statements with names of their own.
    Block(Box<Block>),
    /// Python's `with a as b, c: body`: what is entered, by itself or as the value of a [`Node::Assign`], and the body.
    Managed(Box<(Vec<NodeId>, NodeId)>),
    /// JavaScript's `with (object) body`: the object's members are names.
    With(NodeId, NodeId),
    /// What a JavaScript `catch` is given.
    Caught,
    Return(Option<NodeId>),
    Break,
    Continue,
    Throw(Option<NodeId>),
    /// `await x`: the value of x.
    Await(NodeId),
    Yield(Option<NodeId>),
    Import(Box<Import>),
    /// `del x`, `delete x`.
    Delete(NodeId),
    /// A decorated definition: the decorators (outermost first) and the assignment that they decorate.
    Decorated(Vec<NodeId>, NodeId),
    /// Anything else: the children are evaluated in order and the value is unknown.
    Opaque(Vec<NodeId>),
}

fn packed(span: Span) -> [u32; 2] {
    [span.start, span.end].map(|at| u32::try_from(at).unwrap_or(u32::MAX))
}

fn unpacked([start, end]: [u32; 2]) -> Span {
    Span { start: start as usize, end: end as usize }
}

impl Unit {
    /// The unit of a text that is no code: nothing, at a place.
    #[must_use]
    pub fn of_text(language: Language, span: Span) -> Self {
        let (nodes, spans) = (vec![Node::Null, Node::Null], vec![packed(span); 2]);
        Self {
            language,
            nodes,
            spans,
            functions: Vec::new(),
            classes: Vec::new(),
            body: NodeId(0),
            lexical: Vec::new(),
            vars: Vec::new(),
            partial: None,
            unread: 0,
        }
    }

    /// The node of an id. Ids come from the same unit; a foreign one reads as [`Node::Null`].
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(&Node::Null)
    }

    /// The nodes that stand directly in a node: what it evaluates, and the insides of a function or class.
    #[must_use]
    pub fn children(&self, id: NodeId) -> Vec<NodeId> {
        let mut out = Vec::new();
        match self.node(id) {
            Node::Null
            | Node::Bool(_)
            | Node::Num(_)
            | Node::Integer(_)
            | Node::Str(_)
            | Node::Bytes(_)
            | Node::Regex(_)
            | Node::Name(_)
            | Node::Break
            | Node::Continue
            | Node::Caught
            | Node::Import(_) => {}
            Node::Template(parts) | Node::List(parts) | Node::Seq(parts) | Node::Opaque(parts) => out.extend(parts),
            Node::Binary(_, operands) | Node::Logic(_, operands) => out.extend(operands),
            Node::Dict(entries) => out.extend(entries.iter().flat_map(|(key, value)| [*key, *value])),
            Node::Spread(inner)
            | Node::Member(inner, _)
            | Node::Unary(_, inner)
            | Node::Step(_, inner)
            | Node::Await(inner)
            | Node::Delete(inner) => out.push(*inner),
            Node::Index(a, b) | Node::With(a, b) | Node::Assign(a, b) | Node::Update(_, a, b) => out.extend([*a, *b]),
            Node::Slice(object, parts) => out.extend(std::iter::once(*object).chain(parts.iter().flatten().copied())),
            Node::Call { callee, args, .. } => {
                out.push(*callee);
                out.extend(args.iter().map(|arg| arg.value));
            }
            Node::Function(index) => {
                if let Some(function) = self.functions.get(*index as usize) {
                    out.extend(function.params.iter().flat_map(|param| [Some(param.target), param.default]).flatten());
                    out.push(function.body);
                }
            }
            Node::Class(index) => {
                if let Some(class) = self.classes.get(*index as usize) {
                    out.extend(class.bases.iter().copied().chain([class.body]));
                }
            }
            Node::If { test, then, other } => out.extend([*test, *then].into_iter().chain(*other)),
            Node::Loop { each, test, after, body, .. } => {
                out.extend(each.iter().flat_map(|(target, over)| [*target, *over]));
                out.extend(test.iter().chain(after).copied().chain([*body]));
            }
            Node::Switch { value, cases } => {
                out.push(*value);
                out.extend(cases.iter().flat_map(|(test, body)| test.iter().copied().chain([*body])));
            }
            Node::Comprehension { element, each, conditions, .. } => {
                out.extend(each.iter().flat_map(|(target, over)| [*target, *over]));
                out.extend(conditions.iter().copied().chain([*element]));
            }
            Node::Try { body, handlers, finally } => {
                out.push(*body);
                out.extend(handlers.iter().copied().chain(*finally));
            }
            Node::Managed(parts) => out.extend(parts.0.iter().copied().chain([parts.1])),
            Node::Block(block) => out.push(block.body),
            Node::Return(value) | Node::Throw(value) | Node::Yield(value) => out.extend(*value),
            Node::Decorated(decorators, definition) => out.extend(decorators.iter().copied().chain([*definition])),
        }
        out
    }

    /// Adds the whole unit as a function of some parameters: what `Function(a, b, text)` makes of a text.
    pub fn become_function(&mut self, name: &str, params: &[Arc<str>]) {
        let span = Span { start: 0, end: self.span(self.body).end };
        let params = params.iter().map(|param| {
            self.nodes.push(Node::Name(Arc::clone(param)));
            self.spans.push(packed(Span { start: 0, end: 0 }));
            let target = NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX));
            Param { target, default: None, kind: ParamKind::One }
        });
        let params = params.collect();
        let locals = self.vars.iter().chain(&self.lexical).cloned().collect();
        let (name, body) = (Some(name.into()), self.body);
        let outer_names = Vec::new();
        self.functions.push(Function {
            name,
            params,
            body,
            outer_names,
            global_names: Vec::new(),
            locals,
            arguments: true,
            span,
        });
    }

    /// Where a node stands.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        self.spans.get(id.0 as usize).map_or_else(Span::default, |at| unpacked(*at))
    }
}

/// Most nodes of one unit, a bound on memory: those of about nine megabytes of code.
const MAX_NODES: usize = 3_000_000;

/// Collects the arena while a tree is lowered.
#[derive(Debug)]
pub struct Builder {
    unit: Unit,
}

impl Default for Builder {
    /// A placeholder that holds nothing.
    fn default() -> Self {
        let (language, body) = (Language::JavaScript, NodeId(0));
        let (nodes, spans, functions, classes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (lexical, vars) = (Vec::new(), Vec::new());
        Self {
            unit: Unit { language, nodes, spans, functions, classes, body, lexical, vars, partial: None, unread: 0 },
        }
    }
}

impl Builder {
    /// An empty unit.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            unit: Unit {
                language,
                nodes: vec![Node::Null],
                spans: vec![[0; 2]],
                functions: Vec::new(),
                classes: Vec::new(),
                body: NodeId(0),
                lexical: Vec::new(),
                vars: Vec::new(),
                partial: None,
                unread: 0,
            },
        }
    }

    /// Adds a node.
    pub fn add(&mut self, node: Node, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.unit.nodes.len()).unwrap_or(u32::MAX));
        self.unit.nodes.push(node);
        self.unit.spans.push(packed(span));
        id
    }

    /// Adds a function and the node that evaluates to it.
    pub fn function(&mut self, function: Function) -> NodeId {
        let span = function.span;
        let index = u32::try_from(self.unit.functions.len()).unwrap_or(u32::MAX);
        self.unit.functions.push(function);
        self.add(Node::Function(index), span)
    }

    /// Adds a class and the node that evaluates to it.
    pub fn class(&mut self, class: Class, span: Span) -> NodeId {
        let index = u32::try_from(self.unit.classes.len()).unwrap_or(u32::MAX);
        self.unit.classes.push(class);
        self.add(Node::Class(index), span)
    }

    /// Looks at a node already added.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        self.unit.node(id)
    }

    /// Takes a name out of a block: it belongs to the function around.
    pub fn hoist(&mut self, block: NodeId, name: &str) {
        if let Some(Node::Block(block)) = self.unit.nodes.get_mut(block.0 as usize) {
            block.names.retain(|known| **known != *name);
        }
    }

    /// Notes the names that the top level declares: those that it keeps to itself, and the others.
    pub fn declares(&mut self, lexical: Vec<Arc<str>>, vars: Vec<Arc<str>>) {
        self.unit.lexical.extend(lexical);
        self.unit.vars.extend(vars);
    }

    /// Notes that the unit is incomplete; the first reason stays.
    pub fn partial(&mut self, why: impl Into<String>) {
        self.unit.partial.get_or_insert_with(|| why.into());
    }

    /// Notes that so many bytes were not read, and why.
    pub fn unread(&mut self, bytes: usize, why: String) {
        self.unit.unread = bytes;
        self.unit.partial = Some(why);
    }

    /// Whether more may be added.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.unit.nodes.len() < MAX_NODES
    }

    /// Ends the unit of a text of so many bytes with the top levels of its parts.
    #[must_use]
    pub fn finish_all(mut self, bodies: Vec<NodeId>, bytes: usize) -> Unit {
        let body = match bodies.as_slice() {
            [only] => *only,
            _ => self.add(Node::Seq(bodies), Span { start: 0, end: bytes }),
        };
        self.finish(body)
    }

    /// Ends the unit with its top level.
    #[must_use]
    pub fn finish(mut self, body: NodeId) -> Unit {
        self.unit.body = body;
        // A package may have megabytes of code, and all of it is held at once.
        self.unit.nodes.shrink_to_fit();
        self.unit.spans.shrink_to_fit();
        self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_small() {
        // Code makes a node for every three bytes or so.
        assert!(size_of::<Node>() <= 40, "{}", size_of::<Node>());
    }
}
