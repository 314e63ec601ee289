//! What a value carries, whatever its form: where data came from, so that a step can say what it sends, runs or writes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Deserializer};

use crate::text::Span;

/// A set of origins, each with the place where it came in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taint {
    origins: u16,
    /// The places, by index in [`Places`]; 0 where none is known.
    places: u32,
}

impl Taint {
    /// Nothing known.
    pub const NONE: Self = Self::of(0);
    /// Facts of the machine or user.
    pub const HOST: Self = Self::of(1);
    /// The whole environment.
    pub const ENV: Self = Self::of(2);
    /// Secrets: keys, tokens, password stores.
    pub const SECRET: Self = Self::of(4);
    /// Contents of files.
    pub const FILE: Self = Self::of(8);
    /// What the network answered.
    pub const NET: Self = Self::of(16);
    /// What a decoder yielded.
    pub const DECODED: Self = Self::of(32);
    /// Keyboard, clipboard, screen, browser storage.
    pub const INPUT: Self = Self::of(64);
    /// Output of a process.
    pub const OUTPUT: Self = Self::of(128);
    /// Arguments of the command line.
    pub const ARGUMENTS: Self = Self::of(256);

    const NAMES: [(Self, &'static str); 9] = [
        (Self::SECRET, "secret"),
        (Self::ENV, "env"),
        (Self::HOST, "host"),
        (Self::FILE, "file"),
        (Self::NET, "net"),
        (Self::DECODED, "decoded"),
        (Self::INPUT, "input"),
        (Self::OUTPUT, "output"),
        (Self::ARGUMENTS, "arguments"),
    ];

    const fn of(origins: u16) -> Self {
        Self { origins, places: 0 }
    }

    /// Whether any of the other's origins is in this set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.origins & other.origins != 0
    }

    /// This set without the other's origins.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self { origins: self.origins & !other.origins, ..self }
    }

    /// What this set shares with the other.
    #[must_use]
    pub fn only(self, other: Self) -> Self {
        Self { origins: self.origins & other.origins, ..self }
    }

    /// These origins, come in at a place of a document of the interpreter.
    #[must_use]
    pub fn at(self, document: usize, span: Span) -> Self {
        if self.origins == 0 {
            return self;
        }
        let mut entry = Entry::default();
        for (bit, place) in entry.iter_mut().enumerate() {
            if self.origins & 1 << bit != 0 {
                *place = Some((document, span));
            }
        }
        Self { places: PLACES.with_borrow_mut(|places| places.add(entry)), ..self }
    }

    /// Where one of the origins came in, the first of those that the other names.
    #[must_use]
    pub fn place_of(self, origin: Self) -> Option<(usize, Span)> {
        let wanted = self.origins & origin.origins;
        let entry = PLACES.with_borrow(|places| places.entries.get(self.places as usize).copied())?;
        entry.into_iter().enumerate().find(|(bit, place)| wanted & 1 << bit != 0 && place.is_some())?.1
    }

    /// The origins' names, most telling first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(taint, _)| self.has(*taint)).map(|(_, name)| name)
    }
}

impl PartialEq for Taint {
    fn eq(&self, other: &Self) -> bool {
        self.origins == other.origins
    }
}

impl Eq for Taint {}

/// For each origin the place where it came in: a document of the interpreter and a span.
type Entry = [Option<(usize, Span)>; 9];

/// Most sets of places that are kept; behind that origins have none.
const MOST_PLACES: usize = 1 << 15;

/// The places of all values of a walk, which has a thread of its own: values carry a number for them.
#[derive(Default)]
struct Places {
    entries: Vec<Entry>,
    known: HashMap<Entry, u32>,
    joined: HashMap<(u32, u32), u32>,
}

thread_local! {
    static PLACES: RefCell<Places> = RefCell::default();
}

/// Forgets the places of the walk before.
pub(super) fn forget_places() {
    PLACES.with_borrow_mut(|places| *places = Places::default());
}

impl Places {
    fn add(&mut self, entry: Entry) -> u32 {
        if self.entries.is_empty() {
            // 0 stands for none.
            self.entries.push(Entry::default());
        }
        let next = u32::try_from(self.entries.len()).unwrap_or_default();
        if let Some(known) = self.known.get(&entry) {
            return *known;
        }
        if self.entries.len() >= MOST_PLACES {
            return 0;
        }
        self.entries.push(entry);
        self.known.insert(entry, next);
        next
    }

    /// Both; of an origin that both have, the place of the first.
    fn join(&mut self, first: u32, second: u32) -> u32 {
        if let Some(known) = self.joined.get(&(first, second)) {
            return *known;
        }
        let of = |at: u32| self.entries.get(at as usize).copied().unwrap_or_default();
        let (mut entry, other) = (of(first), of(second));
        for (own, other) in entry.iter_mut().zip(other) {
            *own = own.or(other);
        }
        let joined = self.add(entry);
        if self.joined.len() < MOST_PLACES {
            self.joined.insert((first, second), joined);
        }
        joined
    }
}

impl BitOr for Taint {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        let places = match (self.places, other.places) {
            (own, 0) => own,
            (0, others) => others,
            (own, others) if own == others => own,
            (own, others) => PLACES.with_borrow_mut(|places| places.join(own, others)),
        };
        Self { origins: self.origins | other.origins, places }
    }
}

impl BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl<'de> Deserialize<'de> for Taint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        found.map(|(taint, _)| taint).ok_or_else(|| serde::de::Error::custom(format!("no origin is named {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_keeps_the_place_where_it_came_in() {
        forget_places();
        let span = |start| Span { start, end: start + 1 };
        let (secret, host) = (Taint::SECRET.at(0, span(3)), Taint::HOST.at(1, span(5)));
        let both = secret | host | Taint::NET;
        assert_eq!(both.place_of(Taint::SECRET), Some((0, span(3))));
        assert_eq!(both.place_of(Taint::HOST), Some((1, span(5))));
        assert_eq!(both.place_of(Taint::NET), None);
        assert_eq!(both.without(Taint::SECRET).place_of(Taint::SECRET), None);
        assert_eq!((both | Taint::SECRET.at(2, span(9))).place_of(Taint::SECRET), Some((0, span(3))));
        assert_eq!(both, Taint::SECRET | Taint::HOST | Taint::NET);
        forget_places();
        assert_eq!(both.place_of(Taint::SECRET), None);
    }
}
