//! Notes what the evidence wants of a walk: addresses that calls are given, and texts that exist only after folding.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::behavior::catalogue::{Rule, Takes};
use crate::behavior::contact::{Contact, Folded, Way, of_shell};
use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::summary::COLLECTED;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Frame, HOLE, Interpreter};
use crate::behavior::taint::Taint;
use crate::package::{Loss, Skip};
use crate::syntax::Doc;
use crate::syntax::ir::NodeId;
use crate::text::Span;

/// Most addresses and most folded texts noted.
const MAX_NOTES: usize = 10_000;
/// Most bytes of all folded texts.
const MAX_FOLDED: usize = 16 << 20;
/// Longest address.
const MAX_ADDRESS: usize = 2048;

/// A contact as one walk came by it.
struct UseSite {
    contact: usize,
    document: usize,
    entry: usize,
    calls: Vec<(usize, u32)>,
}

/// What was noted so far.
#[derive(Default)]
pub struct NetworkNotes {
    contacts: HashMap<(usize, Span, Rc<str>), usize>,
    /// In the order of the walk.
    made: Vec<UseSite>,
    folded: HashSet<(usize, Span, Rc<str>)>,
    /// The path last opened for writing.
    pub opened: Option<Rc<str>>,
    /// Paths to which answers of the network were written, and where these came in.
    pub fetched_files: HashMap<Rc<str>, (usize, Span)>,
    /// Paths to which files of secrets were copied, and what they carry.
    pub copied: HashMap<Rc<str>, Taint>,
    /// The archive last opened for writing.
    pub archive: Option<Rc<str>>,
    /// The name of the buffer that an archive is written to.
    pub buffer: Option<Arc<str>>,
    /// Places where users type or are asked for secrets, and what that is once it is sent.
    pub brought: HashMap<(usize, Span), (Feature, &'static str)>,
    /// Places where the whole environment is copied: that is reading it once the copy is sent.
    pub copies: HashSet<(usize, Span)>,
    /// Functions of others that were replaced by one that goes on to them.
    pub replaced: HashSet<String>,
    /// Plain names of files that shell text fetched.
    pub fetched_names: HashSet<String>,
    folded_bytes: usize,
    full: bool,
}

impl Interpreter<'_> {
    /// Notes the address that a network call is given.
    pub fn record_network_use(&mut self, frame: &Frame, id: NodeId, rule: &Rule, args: &[Argument]) {
        let named = |arg: &&Argument| {
            matches!(arg.name.as_deref(), Some("url" | "uri" | "host" | "hostname" | "address" | "base_url"))
        };
        let chosen = args.iter().find(named).or_else(|| args.iter().find(|arg| arg.name.is_none()));
        let others = args.iter().filter(|arg| arg.name.is_none());
        let found = chosen.into_iter().chain(others).find_map(|arg| Some((arg, self.address_of(arg)?)));
        // A constant address sends nothing, whatever it might have been instead (`process.env.HOST || 'https://..'`).
        let constant = |arg: &Argument| {
            arg.val.as_str().is_some_and(|text| !text.contains(HOLE))
                && found.as_ref().is_some_and(|(address, _)| std::ptr::eq(*address, arg))
        };
        let (sent, _) = self.handed_over(args.iter().filter(|arg| !constant(arg)));
        let sends = COLLECTED.into_iter().any(|origin| sent.has(origin));
        let address = found.map(|(_, address)| address);
        let connects = matches!(rule.words.as_deref(), Some("socket connect" | "web socket"));
        let way = match rule.takes {
            _ if sends => Way::Send,
            Some(Takes::Download) => Way::Payload,
            _ if connects => Way::Connection,
            _ => Way::Contact,
        };
        match address {
            Some(address) => self.contact(frame.doc, frame.unit.span(id), &address, way),
            // Data written to a connection that was made before.
            None if sends => self.answer_used(frame, Way::Send),
            None => {}
        }
    }

    /// An address set on an element of a page: the browser fetches it, with all that it carries.
    pub fn address_set(&mut self, frame: &Frame, id: NodeId, path: &str, val: Val) {
        let element = ["Image", "document.createElement", "location"].contains(&path.replace("()", "").as_str());
        let address = val.as_str().is_some_and(|text| text.contains("//"));
        if !element || !address && !COLLECTED.into_iter().any(|origin| val.taint.has(origin)) {
            return;
        }
        let rule = Rule {
            feature: Feature::CallNetwork,
            words: Some("http get".to_owned()),
            takes: Some(Takes::Send),
            gives: Taint::NONE,
            only_with: None,
        };
        self.effect(frame, id, &rule, path, Taint::NONE, &[val.into()]);
    }

    /// Notes the addresses in shell text.
    pub fn record_shell_network_use(&mut self, document: usize, span: Span, text: &str) {
        for (address, way) in of_shell(text) {
            self.contact(document, span, &address, way);
        }
    }

    fn contact(&mut self, document: usize, span: Span, address: &str, way: Way) {
        let Some(doc) = self.documents.get(document).map(|d| d.doc) else { return };
        if self.network.made.len() >= MAX_NOTES {
            self.network.full = true;
            return;
        }
        let key = (document, span, Rc::from(address));
        let next = self.sequence.contacts.len();
        let contact = *self.network.contacts.entry(key).or_insert(next);
        match self.sequence.contacts.get_mut(contact) {
            Some(known) => known.way = known.way.max(way),
            None => self.sequence.contacts.push(Contact { address: address.to_owned(), way, doc, span }),
        }
        let entry = self.sequence.entries.len();
        self.network.made.push(UseSite { contact, document, entry, calls: self.trace.calls.clone() });
    }

    /// What came from the network is written or run here, or more is sent on the same connection: the latest contact of
    /// this function, of one that called it, or of one that it called is the one meant.
    pub fn answer_used(&mut self, frame: &Frame, way: Way) {
        let entry = self.sequence.entries.len();
        let made = self.network.made.iter().rev().take_while(|made| made.entry == entry);
        let related = |made: &&UseSite| {
            let within = self.trace.calls.starts_with(&made.calls) || made.calls.starts_with(&self.trace.calls);
            within && (made.document == frame.doc || made.calls != self.trace.calls)
        };
        let Some(contact) = made.into_iter().find(related).map(|made| made.contact) else { return };
        let Some(place) = self.sequence.contacts.get(contact).map(|c| (c.doc, c.span)) else { return };
        // A call in a loop is given several addresses.
        for same in self.sequence.contacts.iter_mut().filter(|c| (c.doc, c.span) == place) {
            same.way = match (same.way, way) {
                (Way::Connection | Way::Control, Way::Payload) => Way::Control,
                // A shell started beside an ordinary request has nothing to do with it.
                (before, Way::Control) if before != Way::Connection => before,
                (before, now) => before.max(now),
            };
        }
    }

    /// A bare shell started in the function that opened a socket: what arrives over it are commands.
    pub fn shell_started(&mut self, frame: &Frame, command: &[String]) {
        let words: Vec<&str> = command.iter().flat_map(|word| word.split_whitespace()).collect();
        let Some((program, options)) = words.split_first() else { return };
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program).trim_end_matches(".exe");
        let shell = ["sh", "bash", "zsh", "dash", "cmd", "powershell", "pwsh"].contains(&name);
        if shell && options.iter().all(|option| ["-i", "-p", "-l"].contains(option)) {
            self.answer_used(frame, Way::Control);
        }
    }

    /// An address among a call's arguments: text, an options object, or host and port.
    fn address_of(&self, arg: &Argument) -> Option<String> {
        let address = match &arg.val.value {
            Value::Str(text) => text.to_string(),
            Value::Dict(_) => {
                let entries = self.heap.entries(&arg.val)?;
                let bare =
                    !entries.contains_key("url") && !entries.contains_key("uri") && !entries.contains_key("path");
                match (entries.get("host").and_then(Val::as_str), entries.get("port").and_then(Val::as_num)) {
                    (Some(host), Some(port)) if bare => format!("{host}:{port}"),
                    _ => self.host_of(&arg.val)?,
                }
            }
            Value::List(_) => {
                let items = self.heap.items(&arg.val)?;
                let host = items.first().and_then(Val::as_str)?;
                match items.get(1).and_then(Val::as_num) {
                    Some(port) => format!("{host}:{port}"),
                    None => host.to_owned(),
                }
            }
            _ => return None,
        };
        let plausible = (4..=MAX_ADDRESS).contains(&address.len())
            && !address.contains(char::is_whitespace)
            && !address.starts_with(['/', '.', HOLE.chars().next()?])
            && (address.contains("://") || address.contains('.') || address.contains("::"));
        plausible.then_some(address)
    }

    /// Notes a folded text, unless all of it that could hold an indicator stands literally in the expression.
    pub fn note_folded(&mut self, frame: &Frame, id: NodeId, text: &str) {
        if !worth(text) {
            return;
        }
        let Some(document) = self.documents.get(frame.doc) else { return };
        let span = frame.unit.span(id);
        let source = document.source.text.get(span.start..span.end).unwrap_or("");
        if text.split(HOLE).all(|part| !worth(part) || source.contains(part)) {
            return;
        }
        self.note_text(frame, id, text);
    }

    /// Notes a text at an expression, once.
    pub fn note_text(&mut self, frame: &Frame, id: NodeId, text: &str) {
        if self.trial.is_some() {
            return self.keep_text(frame, id, text);
        }
        let Some(document) = self.documents.get(frame.doc) else { return };
        let span = frame.unit.span(id);
        let key = (frame.doc, span, Rc::from(text));
        if self.network.folded.contains(&key) {
            return;
        }
        if self.network.folded.len() >= MAX_NOTES || self.network.folded_bytes + text.len() > MAX_FOLDED {
            self.network.full = true;
            return;
        }
        self.network.folded_bytes += text.len();
        self.network.folded.insert(key);
        let doc = document.doc;
        self.sequence.folded.push(Folded { text: text.to_owned(), doc, span });
    }

    /// Tells that not everything was noted; drops the texts that became layers, which are read there.
    pub fn end_notes(&mut self) {
        let layers: HashSet<&str> = self.sequence.layers.iter().map(|layer| layer.source.text.as_str()).collect();
        self.sequence.folded.retain(|folded| !layers.contains(folded.text.as_str()));
        if self.network.full {
            let path = match self.sequence.folded.last().map(|folded| folded.doc) {
                Some(Doc::File(file)) => self.package.files.get(file).map(|f| f.path.clone()).unwrap_or_default(),
                _ => String::new(),
            };
            let reason = "the code puts together so many texts and addresses that not all were searched for indicators";
            self.sequence.skipped.push(Skip::new(Loss::Listing, path, reason));
        }
    }
}

/// Whether a text could hold an address, a token or the like.
fn worth(text: &str) -> bool {
    if text.len() < 6 {
        return false;
    }
    let mut run = 0;
    text.bytes().any(|byte| {
        run = if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') { run + 1 } else { 0 };
        run >= 20 || matches!(byte, b'.' | b'@' | b'\\' | b'/' | b':')
    })
}
