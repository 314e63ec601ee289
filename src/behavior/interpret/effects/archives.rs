//! Archives: what is put in one lies in its file, its buffer and whatever is made of it.

use std::rc::Rc;

use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Arg, Node, NodeId};

/// What archives are told apart by once they are sent.
const TELLING: [Taint; 3] = [Taint::SECRET, Taint::ENV, Taint::INPUT];

/// Libraries that make archives.
const LIBRARIES: [&str; 7] = ["zipfile", "tarfile", "adm-zip", "archiver", "jszip", "tar", "tar-fs"];

/// Methods that put something in an archive.
const PUT: [&str; 13] = [
    "write",
    "writestr",
    "add",
    "addfile",
    "addFile",
    "addLocalFile",
    "addLocalFolder",
    "addLocalFolderPromise",
    "file",
    "directory",
    "append",
    "glob",
    "entry",
];

impl Interpreter<'_> {
    /// A call of a library that makes archives: where the archive lies, and what it holds from then on.
    pub fn archived(&mut self, plain: &str, args: &[Argument], receiver: Taint, carried: Taint) {
        let text = |at: usize| args.iter().filter(|arg| arg.name.is_none()).nth(at).and_then(|arg| arg.val.as_str());
        if plain == "shutil.make_archive" {
            let ending = match text(1) {
                Some("gztar") => "tar.gz",
                Some("bztar") => "tar.bz2",
                Some("xztar") => "tar.xz",
                Some(ending) => ending,
                None => return,
            };
            let path = text(0).map(|base| format!("{base}.{ending}").into());
            return self.holds(path, carried);
        }
        let Some((library, method)) = plain.split_once('.').filter(|(library, _)| LIBRARIES.contains(library)) else {
            return;
        };
        let method = method.rsplit('.').next().unwrap_or(method);
        match method {
            "ZipFile" | "open" | "TarFile" => {
                self.network.archive = text(0).filter(|path| path.len() > 2).map(Rc::from);
            }
            "writeZip" | "writeZipPromise" => self.holds(text(0).map(Rc::from), receiver),
            "c" | "create" if library == "tar" => {
                let entries = args.first().and_then(|arg| self.heap.entries(&arg.val));
                let path = entries.and_then(|entries| entries.get("file").or_else(|| entries.get("f"))?.as_str());
                self.holds(path.map(Rc::from), carried);
            }
            method if PUT.contains(&method) => {
                let path = self.network.archive.clone().or_else(|| self.network.opened.clone());
                self.holds(path, carried);
            }
            _ => {}
        }
    }

    /// Remembers what the file at a path carries.
    pub fn holds(&mut self, path: Option<Rc<str>>, carried: Taint) {
        let told = told(carried);
        if let Some(path) = path.filter(|path| path.len() > 2 && !told.is_none()) {
            *self.network.copied.entry(path).or_default() |= told;
        }
    }

    /// The names by which code holds an archive and the buffer that it is written to carry what is put in it.
    pub fn put_in_archive(&mut self, frame: &Frame, callee: NodeId, nodes: &[Arg], args: &[Argument]) {
        let unit = frame.unit.clone();
        let called = match unit.node(callee) {
            Node::Member(_, name) | Node::Name(name) => &**name,
            _ => return,
        };
        if matches!(called, "ZipFile" | "open" | "TarFile") {
            // `ZipFile(buffer, 'w')`, `tarfile.open(fileobj=buffer)`
            let buffer = nodes.iter().zip(args).find(|(_, arg)| is_buffer(&arg.val));
            if let Some((node, _)) = buffer
                && let Node::Name(name) = unit.node(node.value)
            {
                self.network.buffer = Some(name.clone());
            }
            return;
        }
        let Node::Member(holder, method) = unit.node(callee) else { return };
        let Node::Name(holder) = unit.node(*holder) else { return };
        let told = told(self.carried_by(args));
        if told.is_none() || !PUT.contains(&&**method) {
            return;
        }
        let held = self.lookup(frame, holder);
        let library = held.as_path().and_then(|path| path.split(['.', '(']).next().map(str::to_owned));
        if !library.is_some_and(|library| LIBRARIES.contains(&&*library)) {
            return;
        }
        self.set_name(frame, holder, held.with(told));
        if let Some(buffer) = self.network.buffer.clone() {
            let held = self.lookup(frame, &buffer);
            if is_buffer(&held) {
                self.set_name(frame, &buffer, held.with(told));
            }
        }
    }
}

fn told(carried: Taint) -> Taint {
    TELLING.into_iter().fold(Taint::NONE, |all, origin| all | carried.only(origin))
}

fn is_buffer(val: &Val) -> bool {
    matches!(&val.value, Value::Path(path) if path.starts_with("io.BytesIO"))
}
