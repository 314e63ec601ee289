//! The large values that folding made and that something still holds: texts that double themselves would take all memory.

use std::collections::HashSet;
use std::rc::{Rc, Weak};

use crate::behavior::interpret::value::{Val, Value};

/// Smaller values are bounded by the walk's steps.
const LARGE: usize = 4 << 10;
/// Most bytes held by all large values.
const MAX: usize = 96 << 20;
/// Bytes made after which it is counted again what is held.
const COUNTED: usize = 32 << 20;

enum Held {
    Text(Weak<str>),
    Bytes(Weak<[u8]>),
}

impl Held {
    /// Where a value lies and how long it is, while something holds it.
    fn live(&self) -> Option<(*const u8, usize)> {
        match self {
            Self::Text(text) => text.upgrade().map(|text| (text.as_ptr(), text.len())),
            Self::Bytes(bytes) => bytes.upgrade().map(|bytes| (bytes.as_ptr(), bytes.len())),
        }
    }
}

/// What was made and may be held.
#[derive(Default)]
pub struct Retained {
    held: Vec<Held>,
    since: usize,
}

impl Retained {
    /// Takes note of a value that was made; `false` where all of them together are too large.
    pub fn note(&mut self, val: &Val) -> bool {
        let (held, bytes) = match &val.value {
            Value::Str(text) => (Held::Text(Rc::downgrade(text)), text.len()),
            Value::Bytes(bytes) => (Held::Bytes(Rc::downgrade(bytes)), bytes.len()),
            _ => return true,
        };
        if bytes < LARGE {
            return true;
        }
        self.held.push(held);
        self.since += bytes;
        if self.since < COUNTED {
            return true;
        }
        self.since = 0;
        let mut known = HashSet::new();
        let mut all = 0;
        self.held.retain(|held| {
            let live = held.live().filter(|(place, _)| known.insert(*place));
            all += live.map_or(0, |(_, bytes)| bytes);
            live.is_some()
        });
        all <= MAX
    }
}
