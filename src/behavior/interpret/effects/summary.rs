//! What a call of the catalogue means: the step with its detail, and the steps that follow from its arguments.

use std::rc::Rc;

use crate::behavior::catalogue::{Rule, Takes};
use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::wipe::wide;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::heap::Heap;
use crate::behavior::interpret::value::{BEHIND, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::behavior::{Way, shell, strings};
use crate::syntax::ir::NodeId;

/// The last two names of a path as words: `fs.readFileSync` is `fs read file`.
pub fn path_words(path: &str) -> String {
    let names: Vec<&str> = path.split(['.', '/']).filter(|name| !name.is_empty()).collect();
    let tail = names.get(names.len().saturating_sub(2)..).unwrap_or_default();
    let mut words = String::new();
    for name in tail {
        let mut before_lower = false;
        words.push(' ');
        for c in name.trim_end_matches("Sync").chars() {
            if c == '_' || c == '-' {
                words.push(' ');
                before_lower = false;
                continue;
            }
            if c.is_uppercase() && before_lower {
                words.push(' ');
            }
            before_lower = c.is_lowercase();
            words.extend(c.to_lowercase());
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// From so many seconds on a sleep is told.
const LONG_SLEEP: f64 = 30.0;

/// Origins worth telling when data leaves the machine.
pub const COLLECTED: [Taint; 6] = [Taint::SECRET, Taint::ENV, Taint::HOST, Taint::INPUT, Taint::OUTPUT, Taint::FILE];

impl Interpreter<'_> {
    /// Notes the step of a rule and everything that follows from its arguments.
    pub fn effect(&mut self, frame: &Frame, id: NodeId, rule: &Rule, plain: &str, receiver: Taint, args: &[Argument]) {
        let given = |word: &str| {
            args.iter().any(|arg| arg.name.as_deref() == Some(word) && matches!(arg.val.value, Value::Bool(true)))
        };
        if rule.only_with.as_deref().is_some_and(|word| !given(word)) {
            return;
        }
        let words = rule.words.clone().unwrap_or_else(|| path_words(plain));
        let feature = rule.feature;
        let carried = if self.options.data_flow { self.carried_by(args) | receiver } else { Taint::NONE };
        match rule.takes {
            Some(Takes::Shell | Takes::Argv | Takes::Run) => self.process(frame, id, &words, rule, args, carried),
            Some(Takes::Code | Takes::Compile) => {
                let origin = origin(carried, args.first());
                self.emit(frame, id, feature, &format!("{words} {origin}"));
                if rule.takes == Some(Takes::Code) {
                    let known = args.first().is_some_and(|code| match &code.val.value {
                        Value::Str(text) => !text.contains(HOLE),
                        // Something outside the package: what a file or an answer holds, for one.
                        value => !matches!(value, Value::Unknown | Value::Path(_) | Value::Method(_)),
                    });
                    if !known {
                        self.site_at(frame, id);
                        self.note_unresolved(if carried.has(Taint::NET) {
                            "code that is fetched"
                        } else if carried.has(Taint::FILE) {
                            "code that is read from a file when it runs"
                        } else {
                            "code that is known only when it runs"
                        });
                    }
                    self.ran(frame, id, carried);
                }
            }
            Some(Takes::Timer) => {
                if args.first().is_some_and(|a| matches!(a.val.value, Value::Str(_))) {
                    self.emit(frame, id, feature, &format!("{words} {}", origin(carried, args.first())));
                }
            }
            Some(Takes::Url | Takes::Send | Takes::Download) => {
                let method = plain.rsplit('.').next().unwrap_or_default();
                let (given, login) = self.handed_over(args.iter());
                let says = is_message(method) || args.iter().any(|arg| arg.name.as_deref().is_some_and(is_content));
                let sent = match &*words {
                    // A bot signs in with its own token, at a service that knows it, and keeps books of its commands.
                    "chat bot" if !says => Taint::NONE,
                    "webhook" if !says => (given | receiver).without(Taint::SECRET),
                    "mail" if method == "login" || method.starts_with("create") => Taint::NONE,
                    _ => given | receiver.without(Taint::SECRET),
                };
                let sent = sent.without(self.only_asked_with(args, sent));
                let exact = frame.dialect.catalogue().is_exact(plain);
                let leaves = if sends(plain, &words, exact) { carried.only(sent) } else { Taint::NONE };
                self.network(frame, id, &words, rule, args, leaves);
                if leaves.has(Taint::TRAFFIC) && self.takes_away(plain, receiver, args) {
                    self.emit_flow(frame, id, Feature::SendData, "send traffic", leaves.only(Taint::TRAFFIC));
                }
                if login.only(carried).has(Taint::SECRET) && !sent.has(Taint::SECRET) {
                    self.emit(frame, id, Feature::CallNetwork, "send login");
                }
            }
            Some(Takes::Open) => {
                let mode = args.iter().find(|a| a.name.as_deref() == Some("mode")).or_else(|| args.get(1));
                let mode = mode.and_then(|a| a.val.as_str()).unwrap_or("r");
                let way = if mode.contains(['w', 'a', 'x', '+']) { "write" } else { "read" };
                if way == "write" {
                    self.network.opened = path_of(args);
                }
                let detail = join(&[&words, way, &self.path_detail(args)]);
                self.emit(frame, id, feature, &detail);
            }
            Some(Takes::Write) => {
                let mut detail = join(&[&words, &self.path_detail(args)]);
                for (taint, name) in [(Taint::NET, "downloaded"), (Taint::DECODED, "decoded")] {
                    if carried.has(taint) {
                        detail = join(&[&detail, name]);
                    }
                }
                if carried.has(Taint::NET) {
                    self.answer_used(frame, Way::Payload);
                    let opened = plain.starts_with("open.").then(|| self.network.opened.clone()).flatten();
                    let came = carried.place_of(Taint::NET).unwrap_or((frame.doc, frame.unit.span(id)));
                    self.network.fetched_files.extend(opened.or_else(|| path_of(args)).map(|path| (path, came)));
                }
                self.emit(frame, id, feature, &detail);
            }
            Some(Takes::Delete) => {
                let place = self.path_detail(args);
                self.emit(frame, id, feature, &join(&[&words, &place]));
                if let Some(place) = args.first().and_then(|arg| wide(&arg.val)).filter(|_| words == "delete tree") {
                    self.emit(frame, id, Feature::Destroy, &join(&["delete", place]));
                }
            }
            Some(Takes::Path | Takes::Native) => {
                if words == "write stream" {
                    self.network.opened = path_of(args);
                }
                self.note_copy(&words, plain, args, carried);
                let detail = join(&[&words, &self.path_detail(args)]);
                self.emit(frame, id, feature, &detail);
            }
            Some(Takes::Module) => {
                let computed = args.first().is_none_or(|a| a.val.as_str().is_none_or(|t| t.contains(HOLE)));
                self.emit(frame, id, feature, &join(&[&words, if computed { "computed" } else { "" }]));
                if computed {
                    self.site_at(frame, id);
                    self.note_unresolved("a module whose name is computed");
                }
            }
            Some(Takes::Variable) => {
                let name = args.first().and_then(|a| a.val.as_str()).map(str::to_owned);
                match name {
                    Some(name) => {
                        self.variable(frame, id, &name);
                    }
                    None => self.emit(frame, id, feature, "variable computed"),
                }
            }
            Some(Takes::Clipboard) if feature == Feature::CallSystem => {
                self.emit(frame, id, feature, &words);
                // What is copied is looked at for addresses of wallets, to put another one in its place.
                if self.documents.get(frame.doc).is_some_and(|document| looks_for_wallets(&document.source.text)) {
                    self.emit(frame, id, Feature::CaptureInput, "clipboard wallet");
                }
            }
            // A program that waits a moment waits for something; one that waits long outlasts whoever watches it.
            None if words == "sleep"
                && !args.first().and_then(|arg| arg.val.as_num()).is_some_and(|s| s >= LONG_SLEEP) => {}
            Some(Takes::Decode | Takes::Through | Takes::Callback | Takes::Clipboard | Takes::Hook) | None => {
                // What was fetched is decoded, or its checksum taken.
                let telling = rule.takes == Some(Takes::Decode) || words == "hash";
                let from = if telling && carried.has(Taint::NET) { "downloaded" } else { "" };
                self.emit(frame, id, feature, &join(&[&words, from]));
            }
        }
    }

    /// What arguments hand over to another machine, and what of it only says who asks: the headers and options that a
    /// service is signed in to with.
    pub fn handed_over<'a>(&self, args: impl Iterator<Item = &'a Argument>) -> (Taint, Taint) {
        let (mut given, mut login) = (Taint::NONE, Taint::NONE);
        for arg in args {
            let name = arg.name.as_deref().unwrap_or_default();
            self.sort_out(name, &arg.val, 3, &mut given, &mut login);
        }
        (given, login)
    }

    /// What stands in nothing but the address that a call asks for, of what says nothing of its user: a name or a version
    /// that the program's own files give.
    fn only_asked_with(&self, args: &[Argument], sent: Taint) -> Taint {
        let Some((address, rest)) = args.split_first() else { return Taint::NONE };
        if !sent.has(Taint::FILE) {
            return Taint::NONE;
        }
        let asked = match &address.val.value {
            Value::Dict(_) => false,
            Value::Str(text) => !text.contains('?') || !text.contains(HOLE),
            // Not a request that was made before, with all that it holds.
            value => matches!(value, Value::Unknown),
        };
        let inside = |arg: &Argument| self.holds_file(&arg.val, 3);
        if !rest.iter().any(inside) && (asked || !inside(address)) { Taint::FILE } else { Taint::NONE }
    }

    /// Whether a value holds what a file says that is none of the package's own: of those the text is known.
    fn holds_file(&self, val: &Val, nested: usize) -> bool {
        match &val.value {
            Value::Str(text) if !text.contains(HOLE) => false,
            Value::Dict(_) if nested > 0 => {
                let entries = self.heap.entries(val);
                entries.is_some_and(|entries| entries.values().any(|val| self.holds_file(val, nested - 1)))
            }
            _ => self.heap.carried(val).has(Taint::FILE),
        }
    }

    fn sort_out(&self, name: &str, val: &Val, nested: usize, given: &mut Taint, login: &mut Taint) {
        let known =
            self.heap.entries(val).filter(|entries| !entries.contains_key(BEHIND) && !entries.contains_key(HOLE));
        match known {
            _ if name == "auth" || is_credential(name) => *login |= self.heap.carried(val),
            // Only headers and options say who asks, not the data.
            Some(entries) if nested > 0 && matches!(name, "" | "headers" | "options") => {
                for (key, val) in entries {
                    let inside = match &**key {
                        "headers" | "auth" => &**key,
                        _ if name == "headers" => &**key,
                        _ => "data",
                    };
                    self.sort_out(inside, val, nested - 1, given, login);
                }
            }
            _ => *given |= self.heap.carried(val),
        }
    }

    /// Code that runs: decoded and downloaded code have steps of their own.
    fn ran(&mut self, frame: &Frame, id: NodeId, carried: Taint) {
        if carried.has(Taint::DECODED) {
            self.emit_flow(frame, id, Feature::RunDecoded, "run decoded code", carried.only(Taint::DECODED));
        }
        if carried.has(Taint::NET) {
            self.answer_used(frame, Way::Payload);
            self.emit_flow(frame, id, Feature::RunDownloaded, "run downloaded code", carried.only(Taint::NET));
        }
    }

    /// Words for the first path among the arguments.
    fn path_detail(&self, args: &[Argument]) -> String {
        args.iter()
            .find_map(|arg| match &arg.val.value {
                Value::Str(path) => Some(strings::path_words(path)),
                Value::Path(path) if ["os.homedir()", "pathlib.Path.home()"].contains(&&**path) => {
                    Some("home folder".to_owned())
                }
                Value::Path(path) if &**path == "os.tmpdir()" => Some("temporary folder".to_owned()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// A network call: what class of host it talks to, and what it sends.
    fn network(&mut self, frame: &Frame, id: NodeId, words: &str, rule: &Rule, args: &[Argument], carried: Taint) {
        let mut host = String::new();
        let mut own_label = false;
        for arg in args {
            let text = match &arg.val.value {
                Value::Str(text) => Some(text.to_string()),
                Value::Dict(_) => self.host_of(&arg.val),
                Value::List(_) => {
                    let items = self.heap.items(&arg.val);
                    items.and_then(|items| items.first()).and_then(Val::as_str).map(str::to_owned)
                }
                _ => None,
            };
            if let Some(text) = &text {
                let least = if words == "dns query" { 3 } else { 4 };
                own_label |= self.package.name.as_ref().is_some_and(|name| strings::is_label(text, name, least));
                // A name that is asked for, the other end of a socket.
                if host.is_empty() && ["dns query", "socket connect"].contains(&words) {
                    host = strings::host_words(text, &self.own_hosts).unwrap_or_default();
                }
            }
            let told = text.map(|text| strings::tell(&text, &self.own_hosts)).unwrap_or_default();
            if let Some(found) = told.iter().find(|t| t.feature == Feature::UseUrl) {
                if matches!(arg.val.value, Value::Dict(_)) || arg.val.taint.has(Taint::DECODED) {
                    for told in told.iter().filter(|t| matches!(t.feature, Feature::UseUrl | Feature::UseCollector)) {
                        self.emit_told(frame.doc, frame.unit.span(id), told);
                    }
                }
                let told = found;
                let class = told.detail.trim_start_matches("url ");
                if host.is_empty() {
                    class.clone_into(&mut host);
                }
            }
        }
        let own_label = own_label && !["own", "standard", "code host"].contains(&host.as_str());
        self.emit(
            frame,
            id,
            rule.feature,
            &join(&[request_words(&self.heap, words, args), &host, if own_label { "own name" } else { "" }]),
        );
        // A machine that looks its own name up tells it to nobody.
        let own_name = words == "dns query" && args.first().is_some_and(|arg| matches!(arg.val.value, Value::Path(_)));
        let carried = if own_name { carried.without(Taint::HOST) } else { carried };
        // Data goes out in a name that is put together of it; a name from elsewhere is asked for and tells nothing.
        let put_together = args.iter().any(|arg| arg.val.as_str().is_some_and(|name| name.contains(HOLE)));
        let carried = if words == "dns query" && !put_together { carried.without(Taint::FILE) } else { carried };
        self.record_network_use(frame, id, rule, args);
        for origin in COLLECTED.into_iter().filter(|origin| carried.has(*origin)) {
            for name in origin.names() {
                self.emit_flow(frame, id, Feature::SendData, &format!("send {name}"), carried.only(origin));
            }
        }
        if rule.takes == Some(Takes::Download) {
            let detail = join(&["write", &self.path_detail(args.get(1..).unwrap_or_default()), "downloaded"]);
            self.emit(frame, id, Feature::CallFiles, &detail);
            let here = (frame.doc, frame.unit.span(id));
            self.network.fetched_files.extend(path_of(args.get(1..).unwrap_or_default()).map(|path| (path, here)));
        }
    }

    /// The host in a request's options object, as an address.
    pub fn host_of(&self, options: &Val) -> Option<String> {
        let entries = self.heap.entries(options)?;
        let text = |key: &str| entries.get(key).and_then(Val::as_str);
        if let Some(url) = text("url").or_else(|| text("uri")).or_else(|| text("baseURL")) {
            return Some(url.to_owned());
        }
        let host = text("hostname").or_else(|| text("host"))?;
        Some(format!("https://{host}{}", text("path").unwrap_or_default()))
    }

    /// A child process: what the shell text tells, whether it hides, what code it is given and which file it starts.
    fn process(&mut self, frame: &Frame, id: NodeId, words: &str, rule: &Rule, args: &[Argument], carried: Taint) {
        let mut command = self.command(args, rule.takes == Some(Takes::Run));
        if rule.words.as_deref() == Some("exec process") {
            command.as_mut().into_iter().for_each(leave_out_own_name);
        }
        let told = command.as_deref().map(shell::read_words).unwrap_or_default();
        if let Some(command) = &command {
            self.record_shell_network_use(frame.doc, frame.unit.span(id), &command.join(" "));
            self.shell_started(frame, command);
        }
        if told.words.is_empty() {
            let origin = if command.is_some() { "" } else { "computed" };
            self.emit(frame, id, rule.feature, &join(&[words, origin]));
        } else {
            let mut shown: Vec<&str> = told.words.iter().map(String::as_str).take(4).collect();
            // A program that lies in a file of that kind.
            let file = command.iter().flatten().next().filter(|first| !first.contains(char::is_whitespace));
            if file.is_some_and(|file| file.contains(['/', '\\']) && strings::path_words(file).ends_with("program")) {
                shown.push("program");
            }
            self.emit(frame, id, rule.feature, &join(&[words, &shown.join(" ")]));
        }
        if told.silent || self.hides(args) {
            self.emit(frame, id, Feature::SilentProcess, "silent process");
        }
        let words =
            || command.iter().flatten().flat_map(|word| std::iter::once(&**word).chain(word.split_whitespace()));
        let written = words().find_map(|word| self.fetched_at(word));
        let names = command.as_ref().is_some_and(|command| shell::names_its_program(command));
        let fetched = command.as_ref().is_some_and(|command| shell::starts(command, &self.network.fetched_names));
        self.network.fetched_names.extend(told.fetched.iter().cloned());
        // Of options (a folder, variables, streams) nothing runs; of a script's arguments neither.
        let runs = |arg: &&Argument| {
            matches!(arg.name.as_deref(), None | Some("args" | "command" | "cmd" | "input"))
                && !matches!(arg.val.value, Value::Dict(_) | Value::Instance(_))
        };
        let most = if rule.takes == Some(Takes::Run) { 1 } else { usize::MAX };
        let given = args.iter().filter(runs).take(most).fold(Taint::NONE, |all, arg| all | self.heap.carried(&arg.val));
        let carried = carried.only(given);
        if carried.has(Taint::NET) && !names || written.is_some() || fetched {
            self.answer_used(frame, Way::Payload);
            let by_file = written.map_or(Taint::NONE, |(document, span)| Taint::NET.at(document, span));
            let origin = carried.only(Taint::NET) | by_file;
            self.emit_flow(frame, id, Feature::RunDownloaded, "run downloaded program", origin);
        }
        // What a program is given that stands in the code is no command.
        let plain = args
            .first()
            .and_then(|arg| self.heap.items(&arg.val)?.first())
            .is_some_and(|program| program.as_str().is_some() && !program.taint.has(Taint::DECODED));
        if carried.has(Taint::DECODED) && !(names && plain) {
            self.emit_flow(frame, id, Feature::RunDecoded, "run decoded command", carried.only(Taint::DECODED));
        }
        if carried.has(Taint::SECRET | Taint::HOST | Taint::ENV)
            && told.words.iter().any(|w| ["curl", "wget", "nslookup", "dig", "ping", "nc"].contains(&w.as_str()))
        {
            let sent = carried.only(Taint::SECRET | Taint::HOST | Taint::ENV);
            self.emit_flow(frame, id, Feature::SendData, "send by shell", sent);
            for origin in [Taint::SECRET, Taint::HOST, Taint::ENV].into_iter().filter(|origin| sent.has(*origin)) {
                for name in origin.names() {
                    self.emit_flow(frame, id, Feature::SendData, &format!("send {name}"), sent.only(origin));
                }
            }
        }
        // A runtime that was fetched, with a script of the package.
        if command.is_none() && rule.takes == Some(Takes::Argv) {
            let lists = args.iter().filter(|arg| arg.name.is_none()).filter_map(|arg| self.heap.items(&arg.val));
            let words: Vec<String> = lists.flatten().filter_map(Val::as_str).map(str::to_owned).collect();
            self.site_at(frame, id);
            for word in words {
                self.start_script(frame, &word);
            }
        }
        self.run_shell(frame, id, &command.unwrap_or_default(), told);
    }

    /// The words of the command that the arguments make, with holes for what is unknown; one word is shell text.
    fn command(&self, args: &[Argument], script: bool) -> Option<Vec<String>> {
        let part = |val: &Val| match &val.value {
            Value::Unknown | Value::Path(_) => Some(builtins::interpreter(val).unwrap_or(HOLE).to_owned()),
            _ => builtins::to_text(&self.heap, val, Dialect::Python).map(|text| text.to_string()),
        };
        // `os.spawnl(os.P_NOWAIT, ..)`
        let mode = |val: &Val| val.as_path().is_some_and(|path| path.starts_with("os.P_"));
        let skipped = usize::from(args.first().is_some_and(|arg| arg.name.is_none() && mode(&arg.val)));
        let args = args.get(skipped..)?;
        let first = args.iter().find(|a| matches!(a.name.as_deref(), None | Some("args" | "command" | "cmd")))?;
        let mut words = match &first.val.value {
            Value::List(_) => self.heap.items(&first.val)?.iter().filter_map(part).collect(),
            _ => vec![part(&first.val).filter(|text| text != HOLE)?],
        };
        for arg in args.iter().skip(1).filter(|a| a.name.is_none()) {
            match &arg.val.value {
                Value::List(_) => words.extend(self.heap.items(&arg.val)?.iter().filter_map(part)),
                Value::Str(text) => words.push(text.to_string()),
                _ => {}
            }
        }
        if script {
            words.insert(0, "node".to_owned());
        }
        Some(words)
    }

    /// Whether the options hide the child: no window, no output, detached.
    fn hides(&self, args: &[Argument]) -> bool {
        let devnull =
            |val: &Val| val.as_path().is_some_and(|p| p.ends_with("DEVNULL")) || val.as_str() == Some("ignore");
        args.iter().any(|arg| {
            let by_name = match arg.name.as_deref() {
                Some("creationflags") => hidden_flags(&arg.val),
                Some("startupinfo") => !matches!(arg.val.value, Value::Null),
                Some("start_new_session") => matches!(arg.val.value, Value::Bool(true)),
                Some("preexec_fn") => arg.val.as_path().is_some_and(|path| path.ends_with("setsid")),
                Some("stdout") => devnull(&arg.val),
                _ => false,
            };
            by_name
                || self.heap.entries(&arg.val).is_some_and(|options| {
                    let set = |key: &str| options.get(key).is_some_and(|v| matches!(v.value, Value::Bool(true)));
                    set("windowsHide") || set("detached") || options.get("stdio").is_some_and(devnull)
                })
        })
    }
}

/// Of `execl('/usr/bin/python', 'python', 'a.py')` the second word is what the program is called, and none of its arguments.
fn leave_out_own_name(words: &mut Vec<String>) {
    let name = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let same = words.first().zip(words.get(1)).is_some_and(|(program, own)| {
        let (program, own) = (name(program), name(own));
        program == own || is_python(&program) && is_python(&own)
    });
    if same {
        words.remove(1);
    }
}

fn is_python(name: &str) -> bool {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches(".exe") == "python"
}

/// Whether the flags of a process of Windows hide it: no window, no console.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn hidden_flags(flags: &Val) -> bool {
    const NO_WINDOW: u64 = 0x0800_0000;
    const DETACHED: u64 = 8;
    match &flags.value {
        Value::Num(flags) => *flags as u64 & (NO_WINDOW | DETACHED) != 0,
        Value::Path(path) => path.ends_with("CREATE_NO_WINDOW") || path.ends_with("DETACHED_PROCESS"),
        Value::Unknown => true,
        _ => false,
    }
}

/// Where code comes from, in a word.
fn origin(carried: Taint, code: Option<&Argument>) -> &'static str {
    if carried.has(Taint::NET) {
        "downloaded"
    } else if carried.has(Taint::DECODED) {
        "decoded"
    } else if carried.has(Taint::FILE) {
        "from file"
    } else if code.is_some_and(|a| a.val.is_constant()) {
        "constant"
    } else {
        "computed"
    }
}

/// The path that a file is opened or written by, as far as it is known.
fn path_of(args: &[Argument]) -> Option<Rc<str>> {
    let path = args.iter().find(|arg| arg.name.is_none()).and_then(|arg| arg.val.as_str())?;
    // A path of which nothing is known is every other such path.
    (path.replace(HOLE, "").len() >= 3).then(|| path.into())
}

/// Whether a call hands its arguments to another machine: what only opens a connection or sets something up does not.
fn sends(plain: &str, words: &str, exact: bool) -> bool {
    const BEGIN: [&str; 22] = [
        "send",
        "post",
        "put",
        "patch",
        "upload",
        "write",
        "publish",
        "emit",
        "reply",
        "edit",
        "answer",
        "stor",
        "exec",
        "resolve",
        "query",
        "lookup",
        "reverse",
        "getaddr",
        "gethostby",
        "urlopen",
        "open_new",
        "request",
    ];
    const ARE: [&str; 12] =
        ["get", "head", "delete", "options", "fetch", "open", "call", "drop", "ajax", "src", "href", "location"];
    if words == "socket connect" {
        return false;
    }
    let last = plain.rsplit('.').next().unwrap_or(plain).to_ascii_lowercase();
    exact || BEGIN.iter().any(|known| last.starts_with(known)) || ARE.contains(&last.as_str())
}

/// Whether a bot's method of this name says something to somebody.
fn is_message(method: &str) -> bool {
    let method = method.to_ascii_lowercase();
    ["send", "reply", "post", "upload", "execute", "edit", "answer"].iter().any(|word| method.starts_with(word))
}

/// Whether code holds patterns of addresses of wallets.
fn looks_for_wallets(text: &str) -> bool {
    text.contains("a-km-zA-HJ-NP-Z") || text.contains("{40}") && (text.contains("0x[") || text.contains("0x)["))
}

/// The verb that a request is given: by name, in its options, or before its address.
fn verb<'a>(heap: &'a Heap, args: &'a [Argument]) -> Option<&'a str> {
    let named = args.iter().find(|arg| arg.name.as_deref() == Some("method")).and_then(|arg| arg.val.as_str());
    let first = args.iter().find(|arg| arg.name.is_none()).and_then(|arg| arg.val.as_str());
    let options = || args.iter().filter_map(|arg| heap.entries(&arg.val));
    let in_options = || options().find_map(|entries| entries.get("method").or_else(|| entries.get("type"))?.as_str());
    let known = |word: &&str| {
        ["get", "head", "options", "post", "put", "patch", "delete"].contains(&word.to_ascii_lowercase().as_str())
    };
    named.filter(known).or_else(|| first.filter(known)).or_else(|| in_options().filter(known))
}

/// The words of a request with the verb that it is given: sending is told from asking.
fn request_words<'a>(heap: &Heap, words: &'a str, args: &[Argument]) -> &'a str {
    let by_verb = ["http request", "http request object", "http post", "http client", "fetch", "url open"];
    if !by_verb.contains(&words) {
        return words;
    }
    // `urlopen(address, data)`
    let data = args.iter().any(|arg| arg.name.as_deref() == Some("data") && !matches!(arg.val.value, Value::Null));
    let body = matches!(words, "http request object" | "url open") && data;
    match verb(heap, args).map(str::to_ascii_lowercase).as_deref() {
        Some("get" | "head" | "options") => "http get",
        Some("post" | "put" | "patch") => "http post",
        None if body => "http post",
        _ => words,
    }
}

/// Whether a keyword gives what a message says.
fn is_content(keyword: &str) -> bool {
    matches!(keyword, "content" | "text" | "message" | "caption" | "data" | "file" | "files" | "embed" | "embeds")
}

/// Whether a header of this name says who asks.
fn is_credential(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    header == "authorization"
        || header == "proxy-authorization"
        || ["api-key", "apikey", "-token"].iter().any(|end| header.ends_with(end))
}

/// Joins words that are not empty.
fn join(words: &[&str]) -> String {
    words.iter().copied().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}
