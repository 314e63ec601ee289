//! Abstract values: what is known of a value without running anything.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use num_bigint::BigInt;

use crate::behavior::interpret::scope::Names;
use crate::behavior::taint::Taint;

/// The entry under which an object keeps the library that it was copied from: `{...lib}`, `export * from 'lib'`.
pub const BEHIND: &str = "export:*";

/// The method that stands for a call with its receiver and first arguments bound.
pub const BOUND: &str = "bound:";

/// The method that stands for the function by which a promise is resolved.
pub const RESOLVED: &str = "promise:resolve";

/// The entry under which a proxy keeps its trap for members.
pub const TRAP: &str = "proxy:get";

/// The method that stands for a proxy's trap for calls.
pub const APPLIED: &str = "proxy:apply";

/// Index of an object in the [`Heap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ref(pub usize);

/// Index of a scope in the [`Heap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScopeId(pub usize);

/// What is known of a value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Unknown,
    /// `None`, `null`, `undefined`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number; integers are exact to 2^53.
    Num(f64),
    /// A Python integer beyond that.
    Int(Rc<BigInt>),
    /// Text.
    Str(Rc<str>),
    /// Bytes; a JavaScript `Buffer`.
    Bytes(Rc<[u8]>),
    /// A JavaScript regular expression: pattern and flags.
    Regex(Rc<(String, String)>),
    /// Something outside the package, by dotted path; `()` stands for a call's result.
    Path(Rc<str>),
    /// List, tuple, set, array.
    List(Ref),
    /// Dictionary or plain object.
    Dict(Ref),
    /// A function of the package.
    Func(Ref),
    /// A class of the package.
    Class(Ref),
    /// An instance of a class of the package.
    Instance(Ref),
    /// A module of the package, by index in the interpreter's modules.
    Module(usize),
    /// A method taken from a value: its receiver and name.
    Method(Rc<(Val, Rc<str>)>),
}

/// A value with what it carries.
#[derive(Debug, Clone, Default)]
pub struct Val {
    /// What is known of it.
    pub value: Value,
    /// Where its data came from.
    pub taint: Taint,
}

impl Val {
    /// Nothing known.
    pub fn unknown(taint: Taint) -> Self {
        Self { value: Value::Unknown, taint }
    }

    /// Text.
    pub fn str(text: impl Into<Rc<str>>, taint: Taint) -> Self {
        Self { value: Value::Str(text.into()), taint }
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Rc<[u8]>>, taint: Taint) -> Self {
        Self { value: Value::Bytes(bytes.into()), taint }
    }

    /// A number.
    pub fn num(number: f64) -> Self {
        Value::Num(number).into()
    }

    /// Something outside the package.
    pub fn path(path: impl Into<Rc<str>>) -> Self {
        Value::Path(path.into()).into()
    }

    /// A method taken from a value.
    pub fn method(receiver: Self, name: &str) -> Self {
        let taint = receiver.taint;
        Self { value: Value::Method(Rc::new((receiver, name.into()))), taint }
    }

    /// The same value with more origins.
    #[must_use]
    pub fn with(mut self, taint: Taint) -> Self {
        self.taint |= taint;
        self
    }

    /// The text of a text value.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a number value.
    pub fn as_num(&self) -> Option<f64> {
        match self.value {
            Value::Num(number) => Some(number),
            Value::Bool(truth) => Some(f64::from(u8::from(truth))),
            _ => None,
        }
    }

    /// The path of an external value.
    pub fn as_path(&self) -> Option<&Rc<str>> {
        match &self.value {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Text or bytes as bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Str(text) => Some(text.as_bytes()),
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether it can be called, as far as is known: a function, a method, something outside the package.
    pub fn is_callable(&self) -> bool {
        matches!(self.value, Value::Func(_) | Value::Path(_) | Value::Method(_))
    }

    /// Whether it is a constant that folding can use.
    pub fn is_constant(&self) -> bool {
        matches!(
            self.value,
            Value::Null | Value::Bool(_) | Value::Num(_) | Value::Int(_) | Value::Str(_) | Value::Bytes(_)
        )
    }
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        Self { value, taint: Taint::NONE }
    }
}

/// A function of the package with the scope it closes over.
#[derive(Debug, Clone)]
pub struct Closure {
    /// Index of the document in the interpreter.
    pub doc: usize,
    /// Index of the function in its unit.
    pub function: u32,
    /// The scope it was defined in.
    pub scope: ScopeId,
    /// The bound receiver (`self`, `this`).
    pub this: Option<Val>,
    /// Arguments bound in front (`partial`, `bind`).
    pub bound: Vec<Val>,
    /// Python's defaults, evaluated at definition, by parameter.
    pub defaults: Rc<Vec<Option<Val>>>,
    /// Whether calls of it bind the receiver as the first parameter (a method of a Python class).
    pub method: bool,
}

impl Closure {
    /// A function as it stands in a scope, with nothing bound.
    pub fn of(doc: usize, function: u32, scope: ScopeId) -> Self {
        Self { doc, function, scope, this: None, bound: Vec::new(), defaults: Rc::default(), method: false }
    }
}

/// What lies on the heap.
#[derive(Debug, Clone)]
pub enum Object {
    /// Elements of a list.
    List(Vec<Val>),
    /// Entries of a dictionary.
    Dict(BTreeMap<Rc<str>, Val>),
    /// A function; boxed, because a slot of the heap is as large as its largest kind.
    Func(Box<Closure>),
    /// A class: its scope and its bases.
    Class { scope: ScopeId, bases: Vec<Val> },
    /// An instance: its class and fields.
    Instance { class: Ref, fields: BTreeMap<Rc<str>, Val> },
    /// Nothing: a slot to be used again.
    Free,
}

/// Names of one function call, class body or module.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The names bound here.
    pub names: Names,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// Names that belong to an outer scope.
    pub outer: Vec<Arc<str>>,
    /// Names that belong to the module.
    pub globals: Vec<Arc<str>>,
    /// A class body: its names are not seen by functions inside it.
    pub class: bool,
    /// Of Python, a comprehension or handler: what is bound in it and is none of its names belongs to the scope around.
    pub passes: bool,
    /// Of those, a handler: it sees the names of a class body around.
    pub handler: bool,
}
