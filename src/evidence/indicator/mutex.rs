//! Names of mutexes: a program that wants to run once on a machine gives one a name and looks whether it is there.

use super::Kind;
use super::scan::{Finds, Text};

/// Longest name kept; Windows allows 260 characters.
const MAX_NAME: usize = 260;
/// How far behind a call's bracket the name is looked for.
const ARGUMENTS: usize = 160;

/// A name in one of the namespaces of kernel objects: `Global\name` at the start of a string literal.
pub(super) fn named(text: &Text<'_>, start: usize, at: usize, finds: &mut Finds) -> Option<usize> {
    if !["Global", "Local"].contains(&text.part(start, at)) || !quote(text.before(start)?) {
        return None;
    }
    literal(text, start, finds)
}

/// The first string literal that a call which makes or opens a mutex is given.
pub(super) fn given(text: &Text<'_>, start: usize, at: usize, finds: &mut Finds) -> Option<usize> {
    let called = text.part(start, at);
    let call = ["CreateMutex", "CreateMutexA", "CreateMutexW", "CreateMutexExA", "CreateMutexExW", "OpenMutex"];
    let open = called.starts_with("OpenMutex") && called.len() <= "OpenMutexW".len();
    // PowerShell and C#: `New-Object System.Threading.Mutex($false, 'name')`, `new Mutex(true, "name")`.
    let object = || {
        let front = text.part(start.saturating_sub(10), start);
        called == "Mutex" && (front.ends_with("Threading.") || front.ends_with("new "))
    };
    if !call.contains(&called) && !open && !object() {
        return None;
    }
    let end = text.run(at + 1, ARGUMENTS, |byte| !quote(byte) && !matches!(byte, b')' | b'\n' | b';'));
    if !quote(text.at(end)?) {
        return None;
    }
    literal(text, end + 1, finds)
}

fn quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The rest of a string literal whose text begins at `start`.
fn literal(text: &Text<'_>, start: usize, finds: &mut Finds) -> Option<usize> {
    let open = text.before(start)?;
    let end =
        text.run(start, MAX_NAME, |byte| byte != open && byte != b'\n' && (byte.is_ascii_graphic() || byte == b' '));
    let name = text.part(start, end);
    // One letter, or the namespace alone, tells nothing.
    if text.at(end) != Some(open) || name.len() < 4 || name.ends_with('\\') || name.starts_with(' ') {
        return None;
    }
    finds.plain(Kind::Mutex, &name.replace("\\\\", "\\"), "", start, end);
    Some(end)
}
