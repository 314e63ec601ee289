//! What a network call hands to another machine: the data, the login, the address that is asked.

use crate::behavior::catalogue::{Rule, Takes};
use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::summary::{COLLECTED, join, path_of};
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::heap::Heap;
use crate::behavior::interpret::value::{BEHIND, Val, Value};
use crate::behavior::interpret::{Frame, HOLE, Interpreter};
use crate::behavior::strings;
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

impl Interpreter<'_> {
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
    pub fn only_asked_with(&self, args: &[Argument], sent: Taint) -> Taint {
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
                let entries = || self.heap.entries(val).into_iter().flat_map(|entries| entries.values());
                let known = |val: &Val| val.taint.has(Taint::FILE) && !self.holds_file(val, nested - 1);
                self.heap.carried(val).has(Taint::FILE)
                    && (entries().any(|val| self.holds_file(val, nested - 1)) || !entries().any(known))
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

    /// A network call: what class of host it talks to, and what it sends.
    pub fn network(&mut self, frame: &Frame, id: NodeId, words: &str, rule: &Rule, args: &[Argument], carried: Taint) {
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
}

/// Whether a call hands its arguments to another machine: what only opens a connection or sets something up does not.
pub fn sends(plain: &str, words: &str, exact: bool) -> bool {
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
pub fn is_message(method: &str) -> bool {
    let method = method.to_ascii_lowercase();
    ["send", "reply", "post", "upload", "execute", "edit", "answer"].iter().any(|word| method.starts_with(word))
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
pub fn is_content(keyword: &str) -> bool {
    matches!(keyword, "content" | "text" | "message" | "caption" | "data" | "file" | "files" | "embed" | "embeds")
}

/// Whether a header of this name says who asks.
fn is_credential(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    header == "authorization"
        || header == "proxy-authorization"
        || ["api-key", "apikey", "-token"].iter().any(|end| header.ends_with(end))
}
