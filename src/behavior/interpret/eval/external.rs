//! Calls of what lies outside the package: the language's own functions, its libraries, unknown receivers.

use crate::behavior::catalogue::Takes;
use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::{Argument, positional};
use crate::behavior::interpret::imports::python_files::plain_path;
use crate::behavior::interpret::value::{Closure, Object, Val, Value};
use crate::behavior::interpret::{Frame, Interpreter, builtins};
use crate::behavior::strings;
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Longest path of something outside the package, bytes: what the catalogue knows is shorter.
pub const MAX_PATH: usize = 200;

impl Interpreter<'_> {
    /// A call of a path outside the package.
    pub fn external(&mut self, frame: &Frame, id: NodeId, path: &str, receiver: Taint, args: Vec<Argument>) -> Val {
        let plain = frame.dialect.normalised(&plain_path(path));
        let mut args = args;
        for arg in &mut args {
            if let Some(text) = self.text_of_instance(&arg.val) {
                arg.val = text.with(arg.val.taint);
            }
        }
        let carried = self.carried_by(&args) | receiver;
        let values = positional(&args);
        if let Some(class) = Self::unknown_class(path) {
            return self.external(frame, id, class, receiver, args);
        }
        if let Some(val) = self.builtin(frame, id, &plain, &values, &args, carried) {
            return val;
        }
        let catalogue = frame.dialect.catalogue();
        let rule = catalogue.call(&plain).filter(|_| catalogue.is_exact(&plain) || !catalogue.is_answer(path));
        // What a page keeps under a name of its own is no secret, unless the name says so.
        let setting = plain.ends_with("Storage.getItem")
            && values.first().and_then(Val::as_str).is_some_and(|key| !strings::holds_secret(key));
        let rule =
            rule.filter(|rule| !setting && (rule.feature != Feature::LoadNative || loads(path, &plain, &values)));
        // A function of the package that native code may call back is that function.
        if is_prototype(&plain)
            && let Some(function) = values.first().filter(|val| matches!(val.value, Value::Func(_)))
        {
            return function.clone();
        }
        let fold = |heap: &mut _| builtins::function(heap, &plain, &values, frame.dialect);
        let folded = if self.options.folding { fold(&mut self.heap) } else { None };
        let folded = folded.or_else(|| if self.options.folding { self.deciphered(&plain, &values) } else { None });
        if let Some(val) = &folded {
            self.charge(val);
        }
        // What is decoded here came in here, whatever it is wrapped in.
        let folded = folded.map(|val| match val.taint.place_of(Taint::DECODED) {
            None => {
                let here = val.taint.only(Taint::DECODED).at(frame.doc, frame.unit.span(id));
                val.with(here)
            }
            Some(_) => val,
        });
        if let Some(val) = &folded
            && let Some(source) = values.first()
            && val.taint.has(Taint::DECODED)
        {
            self.carry_recipe(source, val, Some(plain.rsplit('.').next().unwrap_or(&plain)));
        }
        if folded.is_none() {
            if plain == "decodeURIComponent" && values.first().is_some_and(|v| v.as_str().is_some()) {
                self.throw();
            }
            self.abandon_trial();
        }
        if let Some(rule) = rule {
            self.effect(frame, id, rule, &plain, receiver, &args);
            if rule.words.as_deref() == Some("environment copied") {
                self.network.copies.insert((frame.doc, frame.unit.span(id)));
            }
        } else if plain == "String.fromCharCode" && folded.as_ref().is_some_and(|v| v.taint.has(Taint::DECODED)) {
            self.emit(frame, id, Feature::CallEncoding, "char codes");
        } else if plain == "Buffer.from"
            && values.get(1).and_then(Val::as_str).is_some_and(|e| e.starts_with("base64") || e == "hex")
        {
            self.emit(
                frame,
                id,
                Feature::CallEncoding,
                &format!("buffer from {}", values.get(1).and_then(Val::as_str).unwrap_or("")),
            );
        }
        let takes = rule.and_then(|rule| rule.takes);
        let gives = rule.map_or(Taint::NONE, |rule| rule.gives).at(frame.doc, frame.unit.span(id));
        let heard = self.heard(frame, id, &plain, &args);
        // A file that is opened to be written gives nothing.
        let written = takes == Some(Takes::Open)
            && values
                .get(1)
                .and_then(Val::as_str)
                .is_some_and(|mode| mode.starts_with(['w', 'a', 'x']) && !mode.contains('+'));
        let gives = if written { gives.without(Taint::FILE) } else { gives };
        self.control.fetched |= gives.only(Taint::NET);
        self.streamed(frame, id, &plain, receiver, &args);
        self.archived(&plain, &args, receiver, carried);
        let copied = match takes {
            Some(Takes::Open | Takes::Path) => self.copied_from(&values),
            _ => Taint::NONE,
        };
        let gives = gives | copied;
        // Functions handed over are walked here, with what the call will give them. Frameworks keep handlers for later
        // (a route, a command): those stay for the run phase, found at the end as not reached.
        let python = !frame.dialect.is_javascript();
        let handed = if python { self.handed(&plain, &args) } else { None };
        if let Some(handed) = handed {
            self.call_handed(frame, id, handed);
        } else if takes == Some(Takes::Callback) || rule.is_some() || frame.dialect.calls_back(&plain) {
            // What a file of secrets holds is what its reader is called with.
            let read = if takes == Some(Takes::Path) { carried.only(Taint::SECRET) } else { Taint::NONE };
            self.call_back_all(frame, id, &args, receiver | gives | heard | read);
        }
        if python && let Some(val) = self.python_file_call(frame, id, path, &plain, &args) {
            return val;
        }
        if let Some(val) = folded {
            if let Value::Str(text) = &val.value
                && val.taint.has(Taint::DECODED)
            {
                let text = text.clone();
                let taint = self.classify(frame, id, &text);
                return val.with(taint | carried.without(Taint::HOST));
            }
            if let Value::Bytes(bytes) = &val.value
                && let Ok(text) = std::str::from_utf8(bytes)
                && val.taint.has(Taint::DECODED)
            {
                let text = text.to_owned();
                let taint = self.classify(frame, id, &text);
                return val.with(taint);
            }
            return val;
        }
        if rule.is_some_and(|rule| rule.words.as_deref() == Some("unmarshal"))
            && let Some(val) = self.load_serialized(frame, id, &plain, &values)
        {
            return val;
        }
        // What is served is not what a server itself is.
        let gives = if takes == Some(Takes::Callback) { Taint::NONE } else { gives };
        let value = match takes {
            // Code only if it is text.
            Some(Takes::Timer) if python && values.first().is_some_and(|code| code.as_str().is_some()) => {
                return self.run_code(frame, id, &plain, &values, carried);
            }
            // What is compiled is what runs.
            Some(Takes::Compile) => return values.first().cloned().unwrap_or_default().with(carried),
            Some(Takes::Code) => return self.run_code(frame, id, &plain, &values, carried),
            Some(Takes::Write) => {
                self.written_code(frame, id, &values);
                Value::Unknown
            }
            Some(Takes::Path) if !python && rule.is_some_and(|rule| rule.words.as_deref() == Some("read")) => {
                if let Some(val) = self.own_text(frame, &plain, &values) {
                    return self.read_back(frame, id, &plain, &args, val.with(gives));
                }
                Value::Path(format!("{path}()").into())
            }
            // `node = node.next()` in a loop would grow its path without end.
            _ if path.len() > MAX_PATH => Value::Unknown,
            _ => Value::Path(format!("{path}()").into()),
        };
        // Data that passes through keeps its origins; a request's answer, a check or a count does not carry what was sent.
        let through = match (rule, takes) {
            // What is signed with a key does not hold it.
            // An address is none of the page that it is resolved against.
            (None, _) if plain == "URL" => {
                values.first().map_or(Taint::NONE, |address| self.heap.carried(address)) | receiver
            }
            (None, _) if is_signature(plain.rsplit('.').next().unwrap_or_default()) => carried.without(Taint::SECRET),
            // Where a file lies is not what it holds.
            (Some(rule), Some(Takes::Open | Takes::Path)) if matches!(rule.words.as_deref(), Some("open" | "read")) => {
                carried.without(Taint::HOST)
            }
            (None, _) | (_, Some(Takes::Decode | Takes::Through | Takes::Open | Takes::Path)) => carried,
            (_, Some(Takes::Send | Takes::Url)) => {
                let (given, _) = self.handed_over(args.iter());
                carried.only(given | receiver).without(Taint::HOST | Taint::ENV | Taint::FILE | Taint::OUTPUT)
            }
            _ => receiver,
        };
        Val { value, taint: gives | through }
    }

    /// A method of something nothing is known of: told by its name alone where that is distinctive.
    pub fn unknown_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: Vec<Argument>,
    ) -> Val {
        self.abandon_trial();
        // Whatever it is, a text of code given to its constructor is what `Function` makes a function of.
        if frame.dialect.is_javascript()
            && name == "constructor"
            && args.iter().filter_map(|arg| arg.val.as_str()).any(|text| text.contains('(') && text.contains("return "))
        {
            return self.external(frame, id, "Function", receiver.taint, args);
        }
        if let Some(path) = frame.dialect.telling_method(name) {
            return self.external(frame, id, path, receiver.taint, args);
        }
        let taint = receiver.taint | self.carried_by(&args);
        let heard = self.heard(frame, id, name, &args);
        self.streamed(frame, id, name, receiver.taint, &args);
        self.call_back_all(frame, id, &args, taint | heard);
        let taint = if is_signature(name) { taint.without(Taint::SECRET) } else { taint };
        // A method that exactly one class of the package has, on a receiver that is not known otherwise.
        if let Some(method) = self.only_method(name) {
            return self.invoke(&method, args).with(taint);
        }
        Val::unknown(taint)
    }

    /// The package's only method of a name, if it is telling enough to be the one meant.
    fn only_method(&self, name: &str) -> Option<Closure> {
        if name.len() < 4
            || [
                "close", "start", "write", "read", "send", "update", "append", "items", "keys", "values", "format",
                "join", "split", "replace",
            ]
            .contains(&name)
        {
            return None;
        }
        let key = self.memo.only_methods.get(name).copied().flatten()?;
        let at = *self.memo.created.get(&key)?;
        match self.heap.get(at) {
            Some(Object::Func(closure)) => Some(Closure { this: Some(Val::default()), ..(**closure).clone() }),
            _ => None,
        }
    }
}

/// Whether a path is that of a prototype of native functions.
fn is_prototype(plain: &str) -> bool {
    matches!(plain, "ctypes.CFUNCTYPE" | "ctypes.WINFUNCTYPE")
}

/// Whether a call of the native interface brings code in or runs it: a prototype does not before it is given an address,
/// and copying does only of what was code as data before.
fn loads(path: &str, plain: &str, values: &[Val]) -> bool {
    match plain {
        "ctypes.memmove" => values.get(1).is_some_and(|copied| {
            matches!(copied.value, Value::Bytes(_)) || copied.taint.has(Taint::DECODED | Taint::NET)
        }),
        _ if is_prototype(plain) => path.contains("()"),
        _ => true,
    }
}

/// Whether a method of this name makes something of a key that does not give the key away.
fn is_signature(name: &str) -> bool {
    ["sign", "verify", "digest", "hexdigest", "hmac"].iter().any(|known| name.starts_with(known))
}
