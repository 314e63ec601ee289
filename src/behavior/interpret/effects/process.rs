//! A child process: its command, whether it hides, what it is given and which file it starts.

use crate::behavior::Way;
use crate::behavior::catalogue::{Rule, Takes};
use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::summary::join;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::behavior::{shell, strings};
use crate::syntax::ir::NodeId;

impl Interpreter<'_> {
    /// A child process: what the shell text tells, whether it hides, what code it is given and which file it starts.
    pub fn process(&mut self, frame: &Frame, id: NodeId, words: &str, rule: &Rule, args: &[Argument], carried: Taint) {
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
