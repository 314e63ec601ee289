//! Data that one thing hands to another without a value of its own: streams, copies of files, archives.

use std::rc::Rc;

use crate::behavior::Way;
use crate::behavior::catalogue::Takes;
use crate::behavior::feature::Feature;
use crate::behavior::interpret::effects::summary::COLLECTED;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::imports::python_files::plain_path;
use crate::behavior::interpret::value::Val;
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;
use crate::text::Span;

/// Most folders of a path that are looked at for what lies in them.
const MAX_FOLDERS: usize = 16;

impl Interpreter<'_> {
    /// `answer.pipe(file)`, `pipeline(answer, file)`, `copyfileobj(answer, file)`: what the source carries is in the target.
    pub fn streamed(&mut self, frame: &Frame, id: NodeId, plain: &str, receiver: Taint, args: &[Argument]) {
        let (from, to) = match plain.rsplit('.').next().unwrap_or(plain) {
            "pipe" | "pipeTo" => (receiver, args.first()),
            "pipeline" => {
                let last = args.iter().rev().find(|arg| arg.val.as_path().is_some());
                (args.first().map_or(Taint::NONE, |arg| self.heap.carried(&arg.val)), last)
            }
            "copyfileobj" => (args.first().map_or(Taint::NONE, |arg| self.heap.carried(&arg.val)), args.get(1)),
            "extractall" | "extractAllTo" => return self.extracted(frame, id, receiver, args),
            _ => return,
        };
        let Some(target) = to.and_then(|to| to.val.as_path()).map(|path| plain_path(path)) else { return };
        let rule = frame.dialect.catalogue().call(&target);
        let words = rule.and_then(|rule| rule.words.as_deref());
        match rule.and_then(|rule| rule.takes) {
            // An archive that is piped into its file.
            Some(Takes::Path) if words == Some("write stream") && from.has(Taint::SECRET | Taint::ENV) => {
                let opened = self.network.opened.clone();
                self.holds(opened, from);
            }
            Some(Takes::Open | Takes::Path)
                if matches!(words, Some("open" | "write stream")) && from.has(Taint::NET) =>
            {
                self.answer_used(frame, Way::Payload);
                self.emit(frame, id, Feature::CallFiles, "write downloaded");
                let opened = self.network.opened.clone();
                self.keep_fetched(frame, id, opened, from);
            }
            Some(Takes::Send) => {
                for origin in COLLECTED.into_iter().filter(|origin| from.has(*origin)) {
                    for name in origin.names() {
                        self.emit_flow(frame, id, Feature::SendData, &format!("send {name}"), from.only(origin));
                    }
                }
            }
            _ => {}
        }
    }

    /// An archive that was fetched: what is started below the folder that it is opened in came with it.
    fn extracted(&mut self, frame: &Frame, id: NodeId, receiver: Taint, args: &[Argument]) {
        if receiver.has(Taint::NET) {
            let folder = args.first().and_then(|arg| arg.val.as_str()).filter(|folder| folder.len() >= 3).map(Rc::from);
            self.keep_fetched(frame, id, folder, receiver);
        }
    }

    fn keep_fetched(&mut self, frame: &Frame, id: NodeId, path: Option<Rc<str>>, from: Taint) {
        let came = from.place_of(Taint::NET).unwrap_or((frame.doc, frame.unit.span(id)));
        self.network.fetched_files.extend(path.map(|path| (path, came)));
    }

    /// Where the answer came in that lies at a path or in a folder above it.
    pub fn fetched_at(&self, path: &str) -> Option<(usize, Span)> {
        let path = path.trim_matches(['"', '\'']);
        let above = path.rmatch_indices('/').take(MAX_FOLDERS).filter_map(|(at, _)| path.get(..at));
        std::iter::once(path).chain(above).find_map(|path| self.network.fetched_files.get(path)).copied()
    }

    /// Remembers that a file of secrets lies elsewhere too.
    pub fn note_copy(&mut self, words: &str, args: &[Argument], carried: Taint) {
        let text = |at: usize| {
            args.iter()
                .filter(|arg| arg.name.is_none())
                .nth(at)
                .and_then(|arg| arg.val.as_str())
                .filter(|t| t.len() > 2)
        };
        if matches!(words, "copy" | "move") && carried.has(Taint::SECRET) {
            let to = text(1).map(Rc::from);
            self.holds(to, carried.only(Taint::SECRET));
        }
    }

    /// What a copy at a path carries.
    pub fn copied_from(&self, values: &[Val]) -> Taint {
        let path = values.first().and_then(Val::as_str);
        path.and_then(|path| self.network.copied.get(path)).copied().unwrap_or_default()
    }
}
