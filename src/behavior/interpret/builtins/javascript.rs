//! JavaScript's own functions that move values around.

use std::rc::Rc;

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{RESOLVED, Val, Value};
use crate::behavior::interpret::{Frame, HOLE, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Most listeners kept.
const MAX_LISTENERS: usize = 256;

/// The name under which an object keeps what goes through it.
const ITERATOR: &str = "Symbol.iterator";

/// Whether a value is a folder that is known by what gives it.
fn is_folder(val: &Val) -> bool {
    let known = ["__dirname", "os.tmpdir()", "os.homedir()", "process.cwd()"];
    val.as_path().is_some_and(|path| known.contains(&&**path))
}

impl Interpreter<'_> {
    /// The name that `require` is given; `__dirname + '/x'` is a path beside the script, if there is such a file.
    fn module_name(&self, frame: &Frame, name: &str) -> Option<String> {
        let Some(below) = name.strip_prefix(HOLE) else {
            return (!name.contains(HOLE)).then(|| name.to_owned());
        };
        let near = format!(".{}", below.strip_prefix('/').map(|_| below).filter(|below| !below.contains(HOLE))?);
        let target = crate::behavior::interpret::imports::resolve(&self.file_of(frame.doc)?, &near)?;
        self.find_javascript(&target).map(|_| near)
    }

    /// What a path tells of which some parts are not known.
    pub fn joined_path(&mut self, frame: &Frame, id: NodeId, values: &[Val]) {
        let parts: Vec<&str> = values.iter().map(|val| val.as_str().unwrap_or(HOLE)).collect();
        let known = parts.iter().filter(|part| !part.contains(HOLE)).count();
        // A part that stands alone was told as the literal that it is.
        if known > 1 {
            self.classify(frame, id, &parts.join("/"));
        }
    }

    /// The language's own functions that move values around. `None`: not one of them.
    pub fn javascript_builtin(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        args: &[Argument],
        carried: Taint,
    ) -> Option<Val> {
        let first = values.first();
        match plain {
            "cluster.setupPrimary" | "cluster.setupMaster" => {
                let file = self.heap.entries(first?)?.get("exec")?.as_str()?.to_owned();
                self.site_at(frame, id);
                self.start_script(frame, &file);
                Some(Value::Null.into())
            }
            "require"
            | "import"
            | "module.runMain"
            | "Module.runMain"
            | "module.require"
            | "process.mainModule.require"
            | "process.getBuiltinModule"
            | "Module.prototype.require"
            | "module._load"
            | "Module._load"
            | "createRequire"
            | "module.createRequire" => {
                if plain.ends_with("createRequire") {
                    return Some(Val::path("require"));
                }
                let name = first.and_then(Val::as_str).and_then(|name| self.module_name(frame, name));
                match name {
                    Some(name) => Some(self.require(frame, id, &name)),
                    None => {
                        // `import('data:text/javascript,' + answer)`
                        let code = first.and_then(Val::as_str).is_some_and(|text| text.starts_with("data:"));
                        if code && carried.has(Taint::NET) {
                            self.emit_flow(
                                frame,
                                id,
                                Feature::RunDownloaded,
                                "run downloaded code",
                                carried.only(Taint::NET),
                            );
                        }
                        self.emit(frame, id, Feature::EvaluateCode, "require computed");
                        self.site_at(frame, id);
                        self.note_unresolved("a module whose name is computed");
                        Some(Val::unknown(carried))
                    }
                }
            }
            "path.join" | "path.resolve"
                if first.is_some_and(|v| v.as_str().is_none()) && !values.iter().any(is_folder) =>
            {
                self.joined_path(frame, id, values);
                None
            }
            // A path below the script's own folder; which folder that is does not matter.
            "path.join" | "path.resolve" if first.is_some_and(|v| v.as_path().is_some()) => {
                let parts: Option<Vec<&str>> = values.iter().skip(1).map(Val::as_str).collect();
                let base = match &**first?.as_path()? {
                    "__dirname" => HOLE,
                    "os.tmpdir()" => "/tmp",
                    "os.homedir()" => "~",
                    "process.cwd()" => ".",
                    _ => return None,
                };
                let path = format!("{base}/{}", parts?.join("/"));
                let taint = if base == HOLE { Taint::NONE } else { self.classify(frame, id, &path) };
                Some(Val::str(path, carried | taint))
            }
            "RegExp" if values.is_empty() => Some(Value::Regex((String::new(), String::new()).into()).into()),
            "worker_threads.Worker" | "Worker" => self.worker(frame, id, plain, args, carried),
            "URL" if first.and_then(Val::as_str).is_some_and(|text| text.starts_with("data:")) => first.cloned(),
            "FormData" if values.is_empty() => Some(self.heap.list(Vec::new())),
            "Blob" => {
                let parts = self.heap.items(first?)?.clone();
                let parts: Option<Vec<&str>> = parts.iter().map(Val::as_str).collect();
                Some(Val::str(parts?.concat(), carried))
            }
            "URL.createObjectURL" => {
                let text = first?.as_str()?.replace('%', "%25");
                Some(Val::str(format!("data:text/javascript,{text}"), carried))
            }
            "Deno.env.get" => {
                let name = first?.as_str()?.to_owned();
                Some(self.variable(frame, id, &name))
            }
            "require.resolve" | "Promise.resolve" | "util.promisify" | "promisify" | "Symbol" => {
                Some(first.cloned().unwrap_or_default())
            }
            "Promise.all" | "Promise.race" | "Promise.allSettled" | "Promise.any" => {
                Some(first.cloned().unwrap_or_default())
            }
            "JSON.stringify" | "encodeURIComponent" | "encodeURI" => match first.map(|v| &v.value) {
                Some(Value::Str(_) | Value::Num(_)) => first.cloned(),
                _ => Some(Val::unknown(carried)),
            },
            "setTimeout" | "setInterval" => self.timer(frame, id, plain, args, 2, carried),
            "setImmediate" | "process.nextTick" | "queueMicrotask" => self.timer(frame, id, plain, args, 1, carried),
            "console.log" | "console.error" | "console.warn" | "console.info" => Some(Value::Null.into()),
            "Promise" => Some(self.promise(frame, id, args, carried)),
            "Array.from" if values.len() == 1 => self.own_iterator(frame, id, first?),
            _ if plain.starts_with("events.") => self.own_event(frame, id, plain, args),
            _ => {
                let made = self.object_builtin(frame, id, plain, values, args, carried);
                made.or_else(|| self.indirect_call(frame, id, plain, values, carried))
            }
        }
    }

    /// A listener of an emitter of the code's own, or an event that it emits: its listeners are called with what it hands on.
    fn own_event(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument]) -> Option<Val> {
        let (event, given) = args.split_first()?;
        let event: Rc<str> = event.val.as_str()?.into();
        match plain.rsplit('.').next().unwrap_or(plain) {
            "on" | "once" | "addListener" | "prependListener" | "prependOnceListener" => {
                let listener = given.first().filter(|arg| arg.val.is_callable())?.val.clone();
                if self.memo.listeners.len() < MAX_LISTENERS {
                    self.memo.listeners.push((frame.doc, event, listener));
                }
                None
            }
            "emit" => {
                let own = |(doc, known, _): &&(usize, Rc<str>, Val)| *doc == frame.doc && *known == event;
                let heard: Vec<Val> = self.memo.listeners.iter().filter(own).map(|(.., val)| val.clone()).collect();
                for listener in heard {
                    self.apply(frame, id, &listener, given.to_vec());
                }
                Some(Val::default())
            }
            _ => None,
        }
    }

    /// What an object goes through that has an iterator of its own.
    pub fn own_iterator(&mut self, frame: &Frame, id: NodeId, over: &Val) -> Option<Val> {
        let method = match over.value {
            Value::Instance(at) => self.instance_member(over, at, ITERATOR),
            Value::Dict(_) => {
                let method = self.heap.entries(over)?.get(ITERATOR)?.clone();
                self.bound(method, over)
            }
            _ => return None,
        };
        self.heap.closure(&method)?;
        let iterator = self.dispatch(frame, id, &method, Vec::new(), false);
        if self.heap.items(&iterator).is_some() {
            return Some(iterator);
        }
        let next = self.heap.entries(&iterator)?.get("next")?.clone();
        let next = self.bound(next, &iterator);
        let step = self.dispatch(frame, id, &next, Vec::new(), false);
        let item = self.heap.entries(&step)?.get("value")?.clone();
        Some(self.heap.list(vec![item]))
    }

    /// `new Promise((resolve, reject) => ..)`: what it is resolved with, as far as the executor does so itself.
    fn promise(&mut self, frame: &Frame, id: NodeId, args: &[Argument], carried: Taint) -> Val {
        let unknown = Val::path("Promise()").with(carried);
        let Some(executor) = args.first().and_then(|arg| self.heap.closure(&arg.val)).cloned() else {
            self.call_back_all(frame, id, args, carried);
            return unknown;
        };
        let held = self.heap.list(Vec::new());
        self.invoke(&executor, vec![Val::method(held.clone(), RESOLVED).into(), Val::default().into()]);
        let given = self.heap.items(&held).and_then(|items| items.first()).cloned();
        match given {
            Some(val) if !matches!(val.value, Value::Unknown | Value::Null) => val.with(carried),
            Some(val) => unknown.with(val.taint),
            None => unknown,
        }
    }

    /// A worker: its code is the text given, an address that holds it, or a file.
    fn worker(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument], carried: Taint) -> Option<Val> {
        let code = args.first()?.val.clone();
        let text = code.as_str()?.to_owned();
        let options = args.get(1).and_then(|options| self.heap.entries(&options.val));
        let whole = options.and_then(|o| o.get("eval")).is_some_and(|eval| matches!(eval.value, Value::Bool(true)));
        if !whole && !text.starts_with("data:") {
            return None;
        }
        let rule = frame.dialect.catalogue().call("eval")?;
        self.emit(frame, id, Feature::CallProcess, "fork");
        self.effect(frame, id, rule, "eval", Taint::NONE, args.get(..1)?);
        if whole {
            let scope = self.heap.scope(None);
            let inner = Frame { scope, ..frame.clone() };
            self.run_code(&inner, id, "eval", &[code], carried);
        } else {
            self.data_address(frame, id, &text);
        }
        Some(Val::path(format!("{plain}()")))
    }

    /// A timer: text is code, a function is called with what stands after the delay.
    fn timer(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        args: &[Argument],
        skip: usize,
        carried: Taint,
    ) -> Option<Val> {
        let first = args.first()?;
        match &first.val.value {
            Value::Str(_) => {
                let rule = frame.dialect.catalogue().call(plain)?;
                self.effect(frame, id, rule, plain, Taint::NONE, args);
                self.run_code(frame, id, plain, std::slice::from_ref(&first.val), carried);
                Some(Val::path(format!("{plain}()")))
            }
            _ if args.len() > skip || matches!(first.val.value, Value::Method(_)) => {
                let given = args.get(skip..).unwrap_or_default().to_vec();
                let called = first.val.clone();
                self.apply(frame, id, &called, given);
                Some(Val::path(format!("{plain}()")))
            }
            _ => None,
        }
    }
}
