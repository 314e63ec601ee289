//! Paths as text: what `os.path` and `pathlib` make of one.

use crate::behavior::interpret::Interpreter;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::Val;
use crate::behavior::taint::Taint;

/// Folder and name of a path.
fn split(path: &str) -> (&str, &str) {
    path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", path))
}

/// Name and ending of a file's name.
fn ending(name: &str) -> (&str, &str) {
    match name.rfind('.').filter(|at| *at > 0) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    }
}

/// A function of `os.path` on one path. `None`: not one of them.
pub fn function(plain: &str, path: &Val) -> Option<Val> {
    let text = path.as_str()?;
    let made = match plain {
        "os.path.dirname" | "posixpath.dirname" => split(text).0,
        "os.path.basename" | "posixpath.basename" | "ntpath.basename" => split(text).1,
        "os.path.realpath" | "os.fspath" | "os.path.normcase" => text,
        _ => return None,
    };
    Some(Val::str(made, path.taint))
}

impl Interpreter<'_> {
    /// An attribute of a `pathlib.Path` that was folded to its text.
    pub fn path_attribute(&mut self, path: &Val, name: &str) -> Option<Val> {
        let text = path.as_str()?;
        let (folder, last) = split(text);
        let made = match name {
            "parent" => folder,
            "name" => last,
            "stem" => ending(last).0,
            "suffix" => ending(last).1,
            "parents" => {
                let folders = std::iter::successors(Some(folder), |folder| {
                    Some(split(folder).0).filter(|above| !above.is_empty())
                });
                let items = folders.take(16).map(|folder| Val::str(folder, path.taint)).collect();
                return Some(self.heap.list(items));
            }
            _ => return None,
        };
        Some(Val::str(made, path.taint))
    }

    /// A method of a `pathlib.Path` that was folded to its text.
    pub fn path_method(&mut self, path: &Val, name: &str, args: &[Argument]) -> Option<Val> {
        let text = path.as_str()?;
        let first = args.first().and_then(|arg| arg.val.as_str());
        let (folder, last) = split(text);
        let made = match name {
            "resolve" | "absolute" | "as_posix" | "expanduser" | "__fspath__" | "__str__" => text.to_owned(),
            "joinpath" => {
                let parts: Option<Vec<&str>> = args.iter().map(|arg| arg.val.as_str()).collect();
                format!("{text}/{}", parts?.join("/"))
            }
            "with_name" => format!("{folder}/{}", first?),
            "with_suffix" => format!("{folder}/{}{}", ending(last).0, first?),
            "with_stem" => format!("{folder}/{}{}", first?, ending(last).1),
            _ => return None,
        };
        let taint = args.iter().fold(Taint::NONE, |all, arg| all | arg.val.taint);
        Some(Val::str(made, path.taint | taint))
    }
}
