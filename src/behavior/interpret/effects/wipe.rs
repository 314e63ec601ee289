//! Functions that go through folders and delete or overwrite what they find, given a folder that holds everything.

use std::rc::Rc;
use std::sync::Arc;

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Closure, Val, Value};
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::strings;
use crate::syntax::ir::{Node, NodeId, Unit};
use crate::text::Span;

/// Longest name that may be another one for a function, bytes.
const MAX_ALIAS: usize = 40;
/// Calls that list a folder.
const LISTS: [&str; 10] =
    ["readdir", "readdirSync", "opendir", "opendirSync", "walk", "listdir", "scandir", "iterdir", "rglob", "glob"];
/// Calls that delete what a path names.
const DELETES: [&str; 9] =
    ["unlink", "unlinkSync", "rm", "rmSync", "rmdir", "rmdirSync", "remove", "rmtree", "truncateSync"];
/// Calls that write over it.
const WRITES: [&str; 5] = ["writeFile", "writeFileSync", "write_bytes", "write_text", "writelines"];

impl Interpreter<'_> {
    /// Notes at a call that the function wipes all below the folder that it is given.
    pub fn note_wipe(&mut self, frame: &Frame, id: NodeId, closure: &Closure, args: &[Argument]) {
        let Some(place) = args.iter().find_map(|arg| wide(&arg.val)).filter(|_| self.trial.is_none()) else { return };
        let Some(unit) = self.documents.get(closure.doc).map(|document| document.unit.clone()) else { return };
        let Some(function) = unit.functions.get(closure.function as usize) else { return };
        let outer = Frame { doc: closure.doc, scope: closure.scope, unit: unit.clone(), ..frame.clone() };
        let mut called: Vec<Rc<str>> = Vec::new();
        for name in called_within(&unit, function.span) {
            // `import { unlinkSync as u }`
            let meant = if name.len() < MAX_ALIAS { self.lookup(&outer, &name) } else { Val::default() };
            match meant.as_path().and_then(|path| path.rsplit('.').next()) {
                Some(last) => called.push(last.into()),
                None => called.push(Rc::from(&*name)),
            }
        }
        if let Some(how) = wipes(&called) {
            self.emit(frame, id, Feature::Destroy, &format!("{how} {place}"));
        }
    }
}

/// What kind of folder a value means, where everything of somebody lies below it.
pub fn wide(val: &Val) -> Option<&'static str> {
    match &val.value {
        Value::Str(path) => strings::wide_place(path),
        Value::Path(path) if ["os.homedir()", "pathlib.Path.home()"].contains(&&**path) => Some("home folder"),
        _ => None,
    }
}

/// The names of what is called within a function.
fn called_within(unit: &Unit, within: Span) -> Vec<Arc<str>> {
    let called = (0..).map(NodeId).zip(&unit.nodes).filter_map(|(id, node)| {
        let Node::Call { callee, .. } = node else { return None };
        let span = unit.span(id);
        let inside = span.start >= within.start && span.end <= within.end;
        match unit.node(*callee) {
            Node::Name(name) | Node::Member(_, name) if inside => Some(name.clone()),
            _ => None,
        }
    });
    called.collect()
}

/// How a function that calls these wipes what it finds in a folder that it lists.
fn wipes(called: &[Rc<str>]) -> Option<&'static str> {
    let any = |names: &[&str]| called.iter().any(|name| names.contains(&&**name));
    match () {
        () if !any(&LISTS) => None,
        () if any(&DELETES) => Some("delete"),
        () if any(&WRITES) => Some("overwrite"),
        () => None,
    }
}
