//! What the walk has seen, so that nothing is walked or noted twice without need.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::property::Kept;
use crate::behavior::interpret::scope::Names;
use crate::behavior::interpret::value::{Ref, Val};
use crate::behavior::strings::Told;
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Language, NodeId};
use crate::text::Span;

/// A function: its document and its index in the unit.
pub type FunctionKey = (usize, u32);

/// What was met so far.
#[derive(Default)]
pub struct Memo {
    /// Steps noted in this entry.
    pub seen: HashSet<(usize, Span, Feature, Rc<str>)>,
    /// The names that a call of a function begins with.
    pub declared: HashMap<FunctionKey, Rc<Names>>,
    /// The marks of obfuscation in a document's text.
    pub marks: HashMap<usize, Rc<[(&'static str, Span)]>>,
    /// What texts tell, by the text.
    pub told: HashMap<Box<str>, Rc<[Told]>>,
    /// The texts of literals.
    pub texts: HashMap<(usize, NodeId), Rc<str>>,
    /// Literals classified in this entry, with what they carry.
    pub classified: HashMap<(usize, NodeId), Taint>,
    /// Functions walked in this entry, with what they returned.
    pub expanded: HashMap<FunctionKey, Val>,
    /// Functions walked in any entry.
    pub reached: HashSet<FunctionKey>,
    /// Functions met as values, to be walked at the end if nothing called them.
    pub created: BTreeMap<FunctionKey, Ref>,
    /// Those of them that nothing has called yet.
    pub waiting: BTreeSet<FunctionKey>,
    /// The class of a method.
    pub method_of: HashMap<FunctionKey, Ref>,
    /// The only method of a name, `None` where several have it.
    pub only_methods: HashMap<Arc<str>, Option<FunctionKey>>,
    /// One instance per class for methods that nothing called.
    pub instances: HashMap<usize, Val>,
    /// Methods that the code set on the prototypes of the engine's own values.
    pub prototypes: HashMap<Rc<str>, Val>,
    /// The functions that a document keeps or calls, by name.
    pub kept: HashMap<usize, Kept>,
    /// What listens to the code's own emitters: the document, the event, the function.
    pub listeners: Vec<(usize, Rc<str>, Val)>,
    /// Names that the code set on the global object.
    pub global_names: HashSet<Rc<str>>,
    /// Names set on what lies outside the package, by path.
    pub patched: BTreeMap<Rc<str>, Val>,
    /// What the package's files hold that code read, as text or as bytes.
    pub contents: HashMap<(usize, bool), Val>,
    /// Those files, in the order in which they were read.
    pub reads: Vec<(usize, bool)>,
    /// Files that were loaded as code and are none, and why.
    pub refused: HashMap<(usize, Language), Rc<str>>,
    /// Documents whose text was given to `exec`.
    pub executed: HashSet<usize>,
    /// Folders that code added to where modules are looked for.
    pub search: Vec<String>,
    /// How often the concrete evaluation of a function failed.
    pub failed_trials: HashMap<FunctionKey, u8>,
}
