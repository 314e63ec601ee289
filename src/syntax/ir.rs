//! The one small language that Python and JavaScript are lowered to.
//!
//! Everything is a node in one flat arena per document, so that no depth of the input's nesting can overflow a stack when
//! a unit is dropped or walked by index. Statements are nodes as well: a [`Node::Seq`] has the value of its last child.

use std::num::NonZeroU32;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::Span;

mod builder;
mod tree;

pub use builder::Builder;

/// The language a document is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// A label of JavaScript, by its number among the names of labels in the unit, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(pub NonZeroU32);

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
        /// What `break` and `continue` call it.
        label: Option<Label>,
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
    /// A statement other than a loop that `break` may leave by its label.
    Labeled(Label, NodeId),
    /// Ends the loop or `switch` around, or the statement with that label.
    Break(Option<Label>),
    /// Ends the round of the loop around, or of the loop with that label.
    Continue(Option<Label>),
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
        Self::bare(language, vec![Node::Null, Node::Null], vec![packed(span); 2])
    }

    /// Nodes that hold no function and name nothing.
    fn bare(language: Language, nodes: Vec<Node>, spans: Vec<[u32; 2]>) -> Self {
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

    /// Where a node stands.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        self.spans.get(id.0 as usize).map_or_else(Span::default, |at| unpacked(*at))
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
