//! Calls of what lies outside the package: the language's own functions, its libraries, unknown receivers.

use super::call::{Argument, positional};
use super::member::normalised;
use super::value::{Closure, Object, Val, Value};
use super::{Frame, Interpreter, fold};
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
        let fold = |heap: &mut _| fold::function(heap, &plain, &values, frame.javascript);
        let folded = if self.folding { fold(&mut self.heap) } else { None };
        let folded = folded.or_else(|| if self.folding { self.deciphered(&plain, &values) } else { None });
        if let Some(val) = &folded {
            self.charge(val);
        }
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
            self.not_exact();
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
            self.call_back_all(frame, id, &args, receiver | gives);
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
        if rule.is_some_and(|rule| rule.words.as_deref() == Some("unmarshal"))
            && let Some(val) = self.thawed(frame, id, &plain, &values)
        {
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

    /// A method of something nothing is known of: told by its name alone where that is distinctive.
    pub(super) fn unknown_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: Vec<Argument>,
    ) -> Val {
        self.not_exact();
        let table = if frame.javascript { TELLING_JAVASCRIPT } else { TELLING_PYTHON };
        if let Some((_, path)) = table.iter().find(|(known, _)| *known == name) {
            return self.external(frame, id, path, receiver.taint, args);
        }
        let taint = receiver.taint | self.carried_by(&args);
        self.call_back_all(frame, id, &args, taint);
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
        let key = self.only_methods.get(name).copied().flatten()?;
        let at = *self.created.get(&key)?;
        match self.heap.get(at) {
            Some(Object::Func(closure)) => Some(Closure { this: Some(Val::default()), ..(**closure).clone() }),
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
