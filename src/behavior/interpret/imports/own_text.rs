//! The package's own files as data: what code reads of them is known.

use std::collections::BTreeMap;

use super::resolve;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Longest file that is read so, bytes.
const MAX_READ: usize = 1 << 20;

impl Interpreter<'_> {
    /// The package's file that a path means: beside the script, below the package's root, or below a folder not known.
    pub fn own_file(&self, frame: &Frame, path: &str) -> Option<usize> {
        let here = self.file_of(frame.doc)?;
        let root = format!("{}x", self.package.root);
        let path = path.strip_prefix("file://").unwrap_or(path);
        let below = match path.strip_prefix(HOLE) {
            Some(below) => below.trim_start_matches('/'),
            None if path.starts_with('/') => return None,
            None => path,
        };
        if below.contains(HOLE) || below.is_empty() {
            return None;
        }
        [here, root].iter().find_map(|from| self.package.by_path(&resolve(from, below)?))
    }

    /// What reading one of the package's own files gives: text where an encoding is named or implied, else bytes.
    pub fn own_text(&mut self, frame: &Frame, plain: &str, values: &[Val]) -> Option<Val> {
        let path = values.first().and_then(Val::as_str)?;
        let file = self.own_file(frame, path)?;
        if plain.contains("Stream") {
            return None;
        }
        let encoding = values.get(1).is_some_and(|how| {
            how.as_str().is_some() || self.heap.entries(how).is_some_and(|entries| entries.contains_key("encoding"))
        });
        let text = encoding || plain.contains("Text") || plain == "Bun.file";
        if text && self.package.source(file).is_none() {
            return None;
        }
        self.content(file, !text)
    }

    /// Hands what was read to whoever waits for it, and yields it.
    pub fn read_back(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument], val: Val) -> Val {
        let callback = args.last().filter(|arg| matches!(arg.val.value, Value::Func(_)));
        if let Some(callback) = callback.filter(|_| plain.ends_with("readFile")).cloned() {
            self.apply(frame, id, &callback.val, vec![Val::from(Value::Null).into(), val.clone().into()]);
        }
        val
    }

    /// The value of a JSON file that is required.
    pub fn own_json(&mut self, file: usize) -> Option<Val> {
        let found = self.package.files.get(file).filter(|f| f.path.ends_with(".json") && f.bytes.len() <= MAX_READ)?;
        let text = Val::str(found.source.as_ref()?.text.as_str(), Taint::NONE);
        if !self.options.folding {
            return None;
        }
        builtins::function(&mut self.heap, "JSON.parse", &[text], crate::behavior::interpret::Dialect::JavaScript)
    }

    /// `import('data:text/javascript,..')`, `new Worker('data:..')`: the address is the code.
    pub fn data_address(&mut self, frame: &Frame, id: NodeId, address: &str) -> Option<Val> {
        let (head, body) = address.strip_prefix("data:")?.split_once(',')?;
        if !head.contains("javascript") && !head.contains("ecmascript") {
            return None;
        }
        let bytes = if head.ends_with(";base64") {
            crate::syntax::decode::base64(body.as_bytes())?
        } else {
            crate::syntax::decode::url_bytes(body)
        };
        let text = String::from_utf8(bytes).ok()?;
        let scope = self.heap.scope(None);
        let exports = self.heap.dict(BTreeMap::new());
        if let Some(names) = self.heap.scope_mut(scope) {
            names.names.insert("exports".into(), exports.clone());
        }
        let frame = Frame { scope, ..frame.clone() };
        self.layer(&frame, id, &text, frame.dialect, vec!["data address".to_owned()]);
        Some(exports)
    }
}
