//! What a call of the catalogue means: the step with its detail, and the steps that follow from its arguments.

use std::rc::Rc;

use crate::behavior::catalogue::{Rule, Takes};
use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::sent::{is_content, is_message, sends};
use crate::behavior::interpret::effects::wipe::wide;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::Value;
use crate::behavior::interpret::{Frame, HOLE, Interpreter};
use crate::behavior::taint::Taint;
use crate::behavior::{Way, strings};
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
                // The machine's own service is asked for its secrets, and given none.
                let asked = |arg: &Argument| match &arg.val.value {
                    Value::Str(address) => asks_machine(address),
                    Value::Dict(_) => self.host_of(&arg.val).is_some_and(|address| asks_machine(&address)),
                    _ => false,
                };
                let sent = if args.iter().any(asked) { sent.without(Taint::SECRET) } else { sent };
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
                self.note_copy(&words, args, carried);
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
    pub fn path_detail(&self, args: &[Argument]) -> String {
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
pub fn path_of(args: &[Argument]) -> Option<Rc<str>> {
    let path = args.iter().find(|arg| arg.name.is_none()).and_then(|arg| arg.val.as_str())?;
    // A path of which nothing is known is every other such path.
    (path.replace(HOLE, "").len() >= 3).then(|| path.into())
}

/// Whether code holds patterns of addresses of wallets.
fn looks_for_wallets(text: &str) -> bool {
    text.contains("a-km-zA-HJ-NP-Z") || text.contains("{40}") && (text.contains("0x[") || text.contains("0x)["))
}

/// Whether an address is that of the service which tells a machine of a cloud about itself.
fn asks_machine(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    ["169.254.169.254", "169.254.170.2", "metadata.google", "computemetadata"].iter().any(|host| address.contains(host))
}

/// Joins words that are not empty.
pub fn join(words: &[&str]) -> String {
    words.iter().copied().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}
