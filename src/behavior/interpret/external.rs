//! Calls of what lies outside the package: the language's own functions, its libraries, unknown receivers.

use std::collections::BTreeMap;

use super::call::{Argument, positional};
use super::member::normalised;
use super::value::{Closure, Object, Val, Value};
use super::{Frame, HOLE, Interpreter, fold};
use crate::behavior::catalogue::Takes;
use crate::behavior::feature::Feature;
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Methods so distinctive that they tell even on a receiver nothing is known of: `(name, path that stands for it)`.
const TELLING_PYTHON: &[(&str, &str)] = &[
    ("urlopen", "urllib.request.urlopen"),
    ("urlretrieve", "urllib.request.urlretrieve"),
    ("sendall", "socket.socket.sendall"),
    ("recv", "socket.socket.recv"),
    ("b64decode", "base64.b64decode"),
    ("check_output", "subprocess.check_output"),
    ("Popen", "subprocess.Popen"),
    ("getoutput", "subprocess.getoutput"),
    ("read_text", "pathlib.Path.read_text"),
    ("read_bytes", "pathlib.Path.read_bytes"),
    ("write_text", "pathlib.Path.write_text"),
    ("write_bytes", "pathlib.Path.write_bytes"),
    ("rglob", "pathlib.Path.rglob"),
    ("iterdir", "pathlib.Path.iterdir"),
    ("rmtree", "shutil.rmtree"),
    ("send_message", "telebot.TeleBot.send_message"),
    ("decrypt", "Crypto.Cipher.AES.new.decrypt"),
    ("import_module", "importlib.import_module"),
];
const TELLING_JAVASCRIPT: &[(&str, &str)] = &[
    ("readFileSync", "fs.readFileSync"),
    ("writeFileSync", "fs.writeFileSync"),
    ("readFile", "fs.readFile"),
    ("writeFile", "fs.writeFile"),
    ("createWriteStream", "fs.createWriteStream"),
    ("unlinkSync", "fs.unlinkSync"),
    ("existsSync", "fs.existsSync"),
    ("readdirSync", "fs.readdirSync"),
    ("mkdirSync", "fs.mkdirSync"),
    ("execSync", "child_process.execSync"),
    ("execFile", "child_process.execFile"),
    ("execFileSync", "child_process.execFileSync"),
    ("spawn", "child_process.spawn"),
    ("spawnSync", "child_process.spawnSync"),
    ("fork", "child_process.fork"),
    ("userInfo", "os.userInfo"),
    ("hostname", "os.hostname"),
    ("networkInterfaces", "os.networkInterfaces"),
    ("homedir", "os.homedir"),
    ("runInThisContext", "vm.runInThisContext"),
    ("runInNewContext", "vm.runInNewContext"),
    ("createDecipheriv", "crypto.createDecipheriv"),
    ("sendBeacon", "navigator.sendBeacon"),
];

/// Longest path of something outside the package, bytes: what the catalogue knows is shorter.
pub(super) const MAX_PATH: usize = 200;

impl Interpreter<'_> {
    /// A call of a path outside the package.
    pub(super) fn external(
        &mut self,
        frame: &Frame,
        id: NodeId,
        path: &str,
        receiver: Taint,
        args: Vec<Argument>,
    ) -> Val {
        let plain = normalised(&path.replace("()", ""), frame.javascript);
        let carried = self.carried_by(&args) | receiver;
        let values = positional(&args);
        if let Some(val) = self.language(frame, id, &plain, &values, &args, carried) {
            return val;
        }
        let rule = Self::catalogue(frame).call(&plain);
        let folded = fold::function(&mut self.heap, &plain, &values, frame.javascript);
        if let Some(val) = &folded {
            self.charge(val);
        }
        if let Some(val) = &folded
            && let Some(source) = values.first()
            && val.taint.has(Taint::DECODED)
        {
            self.carry_recipe(source, val, Some(plain.rsplit('.').next().unwrap_or(&plain)));
        }
        if let Some(rule) = rule {
            self.effect(frame, id, rule, &plain, receiver, &args);
        } else if plain == "String.fromCharCode" && folded.as_ref().is_some_and(|v| v.taint.has(Taint::DECODED)) {
            self.emit(frame, id, Feature::E2, "char codes");
        } else if plain == "Buffer.from"
            && values.get(1).and_then(Val::as_str).is_some_and(|e| e.starts_with("base64") || e == "hex")
        {
            self.emit(
                frame,
                id,
                Feature::E2,
                &format!("buffer from {}", values.get(1).and_then(Val::as_str).unwrap_or("")),
            );
        }
        let takes = rule.and_then(|rule| rule.takes);
        let gives = rule.map_or(Taint::NONE, |rule| rule.gives);
        // Functions handed over are walked here, with what the call will give them. Frameworks keep handlers for later
        // (a route, a command): those stay for the run phase, found at the end as not reached.
        if takes == Some(Takes::Callback) || rule.is_some() || calls_back(&plain, frame.javascript) {
            self.call_back_all(frame, &args, receiver | gives);
        }
        if let Some(val) = folded {
            if let Value::Str(text) = &val.value
                && val.taint.has(Taint::DECODED)
            {
                let text = text.clone();
                let taint = self.tell(frame, id, &text);
                return val.with(taint | carried.without(Taint::HOST));
            }
            if let Value::Bytes(bytes) = &val.value
                && let Ok(text) = std::str::from_utf8(bytes)
                && val.taint.has(Taint::DECODED)
            {
                let text = text.to_owned();
                let taint = self.tell(frame, id, &text);
                return val.with(taint);
            }
            return val;
        }
        let value = match takes {
            // What is compiled is what runs.
            Some(Takes::Compile) => return values.first().cloned().unwrap_or_default().with(carried),
            Some(Takes::Code) => return self.run_code(frame, id, &plain, &values, carried),
            Some(Takes::Write) => {
                self.written_code(frame, id, &values);
                Value::Unknown
            }
            // `node = node.next()` in a loop would grow its path without end.
            _ if path.len() > MAX_PATH => Value::Unknown,
            _ => Value::Path(format!("{path}()").into()),
        };
        // Data that passes through keeps its origins; a request's answer, a check or a count does not carry what was sent.
        let through = match (rule, takes) {
            (None, _) | (_, Some(Takes::Decode | Takes::Through | Takes::Open | Takes::Path)) => carried,
            (_, Some(Takes::Send | Takes::Url)) => {
                carried.without(Taint::HOST | Taint::ENV | Taint::FILE | Taint::OUTPUT)
            }
            _ => receiver,
        };
        Val { value, taint: gives | through }
    }

    /// The language's own functions that move values around. `None`: not one of them.
    fn language(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        args: &[Argument],
        carried: Taint,
    ) -> Option<Val> {
        let first = values.first();
        let text = |at: usize| values.get(at).and_then(Val::as_str);
        if frame.javascript {
            return self.language_javascript(frame, id, plain, values, args, carried);
        }
        match plain {
            "getattr" => {
                let name = text(1).map(str::to_owned);
                let object = first?.clone();
                match name {
                    Some(name) => Some(self.member(frame, id, &object, &name)),
                    None => {
                        self.emit(frame, id, Feature::P4, "attribute computed");
                        Some(Val::unknown(carried))
                    }
                }
            }
            "setattr" => None,
            "__import__" | "importlib.import_module" | "importlib.__import__" => {
                let rule = Self::catalogue(frame).call(plain)?;
                self.effect(frame, id, rule, plain, Taint::NONE, args);
                let name = text(0)?.to_owned();
                // `__import__('a.b')` yields `a`; `import_module` the module itself.
                let whole = plain == "importlib.import_module"
                    || args.iter().any(|a| a.name.as_deref() == Some("fromlist"))
                    || values.len() > 3;
                Some(self.import_by_name(frame, id, &name, !whole))
            }
            "os.environ.get" | "os.getenv" | "os.environ.pop" | "os.environ.setdefault" => {
                let name = text(0).map(str::to_owned);
                match name {
                    Some(name) => Some(self.variable(frame, id, &name)),
                    None => {
                        self.emit(frame, id, Feature::R2, "variable computed");
                        Some(Val::unknown(carried | Taint::ENV))
                    }
                }
            }
            "functools.partial" | "partial" => self.bind_front(values),
            "map" => {
                let callback = first?.clone();
                let items = fold::iterate(&self.heap, values.get(1)?);
                match items {
                    Some(items) if items.len() <= 20_000 && self.concrete_fuel > 0 => {
                        self.concrete += 1;
                        let out =
                            items.into_iter().map(|item| self.apply(frame, id, &callback, vec![item.into()])).collect();
                        self.concrete -= 1;
                        Some(self.heap.list(out))
                    }
                    _ => {
                        let result = self.apply(frame, id, &callback, vec![Val::unknown(carried).into()]);
                        Some(Val::unknown(result.taint | carried))
                    }
                }
            }
            "filter" => {
                let callback = first?.clone();
                self.call_back(frame, &callback, carried);
                Some(values.get(1).cloned().unwrap_or_default())
            }
            "dict" => {
                let mut entries: BTreeMap<_, _> = first.and_then(|v| self.heap.entries(v)).cloned().unwrap_or_default();
                entries.extend(args.iter().filter_map(|a| Some((a.name.as_deref()?.into(), a.val.clone()))));
                Some(self.heap.dict(entries).with(carried))
            }
            "list" | "dict.fromkeys" if values.is_empty() => Some(self.heap.list(Vec::new())),
            "type" | "isinstance" | "issubclass" | "hasattr" | "callable" | "id" => Some(Val::unknown(Taint::NONE)),
            "print" | "logging.info" | "logging.debug" | "logging.warning" | "logging.error" => {
                Some(Value::Null.into())
            }
            "locals" | "globals" | "vars" => Some(Val::path(format!("{plain}()"))),
            "iter" | "next" | "str.join" => Some(first.cloned().unwrap_or_default()),
            "setuptools.setup" | "distutils.core.setup" | "setup" | "numpy.distutils.core.setup" | "skbuild.setup" => {
                let commands = args.iter().find(|a| a.name.as_deref() == Some("cmdclass")).map(|a| a.val.clone());
                if let Some(commands) = commands {
                    let overridden: Vec<Val> =
                        self.heap.entries(&commands).into_iter().flat_map(|e| e.values()).cloned().collect();
                    if !overridden.is_empty() {
                        self.emit(frame, id, Feature::P2, "install command");
                    }
                    for command in overridden {
                        self.call_back(frame, &command, Taint::NONE);
                    }
                }
                Some(Value::Null.into())
            }
            _ => None,
        }
    }

    fn language_javascript(
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
            "require"
            | "import"
            | "module.require"
            | "process.mainModule.require"
            | "createRequire"
            | "module.createRequire" => {
                if plain.ends_with("createRequire") {
                    return Some(Val::path("require"));
                }
                match first.and_then(Val::as_str).filter(|name| !name.contains(HOLE)) {
                    Some(name) => {
                        let name = name.to_owned();
                        Some(self.require(frame, id, &name))
                    }
                    None => {
                        self.emit(frame, id, Feature::P4, "require computed");
                        Some(Val::unknown(carried))
                    }
                }
            }
            "require.resolve" | "Object.freeze" | "Promise.resolve" | "Object.create" | "util.promisify"
            | "promisify" | "Symbol" | "Object" => Some(first.cloned().unwrap_or_default()),
            "Promise.all" | "Promise.race" | "Promise.allSettled" | "Promise.any" => {
                Some(first.cloned().unwrap_or_default())
            }
            "JSON.stringify" | "encodeURIComponent" | "encodeURI" | "escape" => match first.map(|v| &v.value) {
                Some(Value::Str(_) | Value::Num(_)) => first.cloned(),
                _ => Some(Val::unknown(carried)),
            },
            "Object.assign" => {
                let mut entries = BTreeMap::new();
                for value in values {
                    entries.extend(self.heap.entries(value).cloned().unwrap_or_default());
                }
                if let Some(Value::Dict(at)) = first.map(|v| v.value.clone())
                    && let Some(Object::Dict(target)) = self.heap.get_mut(at)
                {
                    target.extend(entries);
                    return first.cloned().map(|v| v.with(carried));
                }
                Some(self.heap.dict(entries).with(carried))
            }
            "Object.defineProperty" => {
                // The getter or value of an export defined this way.
                let (object, name) = (first?.clone(), values.get(1)?.as_str()?.to_owned());
                let described = values.get(2)?;
                let entries = self.heap.entries(described)?;
                let (value, get) = (entries.get("value").cloned(), entries.get("get").cloned());
                let val = match (value, get) {
                    (Some(value), _) => value,
                    (None, Some(getter)) => match self.heap.closure(&getter).cloned() {
                        Some(closure) => self.invoke(&closure, Vec::new()),
                        None => Val::default(),
                    },
                    _ => Val::default(),
                };
                if let Value::Dict(at) = object.value
                    && let Some(Object::Dict(target)) = self.heap.get_mut(at)
                {
                    target.insert(name.into(), val);
                }
                Some(object)
            }
            "Array" | "Array.of" => Some(self.heap.list(values.to_vec())),
            "console.log" | "console.error" | "console.warn" | "console.info" => Some(Value::Null.into()),
            "Function.prototype.call.bind" => None,
            "Promise" => {
                self.call_back_all(frame, args, carried);
                Some(Val::path("Promise()").with(carried))
            }
            _ => None,
        }
    }

    /// `partial(f, ..)`.
    fn bind_front(&mut self, values: &[Val]) -> Option<Val> {
        let (first, rest) = values.split_first()?;
        let closure = self.heap.closure(first)?.clone();
        let bound = [closure.bound.clone(), rest.to_vec()].concat();
        let at = self.heap.add(Object::Func(Closure { bound, ..closure }));
        Some(Value::Func(at).into())
    }

    /// A method of something nothing is known of: told by its name alone where that is distinctive.
    pub(super) fn unknown_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: Vec<Argument>,
    ) -> Val {
        let table = if frame.javascript { TELLING_JAVASCRIPT } else { TELLING_PYTHON };
        if let Some((_, path)) = table.iter().find(|(known, _)| *known == name) {
            return self.external(frame, id, path, receiver.taint, args);
        }
        let taint = receiver.taint | self.carried_by(&args);
        self.call_back_all(frame, &args, taint);
        // A method that exactly one class of the package has, on a receiver that is not known otherwise.
        if let Some(method) = self.only_method(name) {
            return self.invoke(&method, args).with(taint);
        }
        Val::unknown(taint)
    }

    /// The package's only method of a name, if it is telling enough to be the one meant.
    fn only_method(&mut self, name: &str) -> Option<Closure> {
        if name.len() < 4
            || [
                "close", "start", "write", "read", "send", "update", "append", "items", "keys", "values", "format",
                "join", "split", "replace",
            ]
            .contains(&name)
        {
            return None;
        }
        let mut found = None;
        for (key, class) in &self.method_of {
            let function = self.documents.get(key.0).and_then(|d| d.unit.functions.get(key.1 as usize))?;
            if function.name.as_deref() == Some(name) {
                if found.is_some() {
                    return None;
                }
                found = Some((*key, *class));
            }
        }
        let (key, _) = found?;
        let at = *self.created.get(&key)?;
        match self.heap.get(at) {
            Some(Object::Func(closure)) => Some(Closure { this: Some(Val::default()), ..closure.clone() }),
            _ => None,
        }
    }
}

/// Whether a function outside the catalogue calls the functions handed to it at once or by itself later, without the
/// importing program's doing.
fn calls_back(plain: &str, javascript: bool) -> bool {
    let last = plain.rsplit('.').next().unwrap_or(plain);
    if javascript {
        // Routes and commands wait for a request; everything else in JavaScript is continuation style.
        !matches!(
            last,
            "command" | "action" | "use" | "route" | "describe" | "it" | "test" | "task" | "define" | "registerCommand"
        )
    } else {
        matches!(
            last,
            "register"
                | "Thread"
                | "submit"
                | "run"
                | "map"
                | "filter"
                | "sorted"
                | "start_new_thread"
                | "create_task"
                | "gather"
                | "call_later"
                | "run_until_complete"
                | "Timer"
                | "apply_async"
                | "reduce"
                | "after"
        )
    }
}
