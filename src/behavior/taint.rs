//! What a value carries, whatever its form: where data came from, so that a step can say what it sends, runs or writes.

use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Deserializer};

use crate::text::Span;

/// A set of origins, and where the most telling of those whose place is known came in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taint {
    origins: u16,
    /// Of one origin each, the most telling first.
    places: [Option<Place>; PLACES],
}

/// So many origins of a value keep their place: a file that holds secrets is both.
const PLACES: usize = 2;

/// Where an origin came in: a document of the interpreter and bytes of it. Values carry it by the thousand, so it is small.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Of which origin it is, by index in [`Taint::NAMES`].
    rank: u8,
    document: u32,
    start: u32,
    end: u32,
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
    /// What passes through a function that was put in the place of another.
    pub const TRAFFIC: Self = Self::of(512);

    const NAMES: [(Self, &'static str); 10] = [
        (Self::SECRET, "secret"),
        (Self::ENV, "env"),
        (Self::HOST, "host"),
        (Self::FILE, "file"),
        (Self::NET, "net"),
        (Self::DECODED, "decoded"),
        (Self::INPUT, "input"),
        (Self::TRAFFIC, "traffic"),
        (Self::OUTPUT, "output"),
        (Self::ARGUMENTS, "arguments"),
    ];

    const fn of(origins: u16) -> Self {
        Self { origins, places: [None; PLACES] }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.origins == 0
    }

    /// Whether any of the other's origins is in this set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.origins & other.origins != 0
    }

    /// This set without the other's origins.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        self.keeping(self.origins & !other.origins)
    }

    /// What this set shares with the other.
    #[must_use]
    pub fn only(self, other: Self) -> Self {
        self.keeping(self.origins & other.origins)
    }

    /// Some of its origins, with their places.
    fn keeping(self, origins: u16) -> Self {
        let kept = self.places.into_iter().flatten().filter(|place| Self::of(origins).has(place.origin()));
        Self { origins, places: first(kept) }
    }

    /// These origins, come in at a place of a document of the interpreter.
    #[must_use]
    pub fn at(self, document: usize, span: Span) -> Self {
        let small = |number: usize| u32::try_from(number).ok();
        let (Some(document), Some(start), Some(end)) = (small(document), small(span.start), small(span.end)) else {
            return self;
        };
        let ranks = (0..).zip(Self::NAMES).filter(|(_, (origin, _))| self.has(*origin)).map(|(rank, _)| rank);
        Self { places: first(ranks.map(|rank| Place { rank, document, start, end })), ..self }
    }

    /// Where one of the origins that the other names came in, as far as that is known.
    #[must_use]
    pub fn place_of(self, origin: Self) -> Option<(usize, Span)> {
        let place = self.places.into_iter().flatten().find(|place| origin.has(place.origin()))?;
        Some((place.document as usize, Span { start: place.start as usize, end: place.end as usize }))
    }

    /// The origins' names, most telling first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(taint, _)| self.has(*taint)).map(|(_, name)| name)
    }
}

/// The first of some places.
fn first(mut places: impl Iterator<Item = Place>) -> [Option<Place>; PLACES] {
    std::array::from_fn(|_| places.next())
}

impl Place {
    fn origin(self) -> Taint {
        Taint::NAMES.get(usize::from(self.rank)).map_or(Taint::NONE, |(origin, _)| *origin)
    }
}

/// Two values carry the same whatever the way that it came.
impl PartialEq for Taint {
    fn eq(&self, other: &Self) -> bool {
        self.origins == other.origins
    }
}

impl Eq for Taint {}

impl BitOr for Taint {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        // Both are in order. Of an origin that both have, the place of the first.
        let mut own = self.places.into_iter().flatten().peekable();
        let mut others = other.places.into_iter().flatten().peekable();
        let merged = std::iter::from_fn(|| match (own.peek(), others.peek()) {
            (Some(mine), Some(theirs)) if theirs.rank < mine.rank => others.next(),
            (Some(mine), Some(theirs)) => {
                if theirs.rank == mine.rank {
                    others.next();
                }
                own.next()
            }
            (Some(_), None) => own.next(),
            (None, _) => others.next(),
        });
        Self { origins: self.origins | other.origins, places: first(merged) }
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
    fn the_most_telling_origins_keep_the_place_where_it_came_in() {
        let span = |start| Span { start, end: start + 1 };
        let (secret, host) = (Taint::SECRET.at(0, span(3)), Taint::HOST.at(1, span(5)));
        let both = host | secret | Taint::NET;
        assert_eq!(both.place_of(Taint::SECRET), Some((0, span(3))));
        assert_eq!(both.place_of(Taint::SECRET | Taint::HOST), Some((0, span(3))));
        assert_eq!(both.place_of(Taint::HOST), Some((1, span(5))));
        assert_eq!(both.place_of(Taint::NET), None);
        assert_eq!(both.without(Taint::SECRET).place_of(Taint::SECRET), None);
        assert_eq!(both.without(Taint::SECRET).place_of(Taint::HOST), Some((1, span(5))));
        assert_eq!(
            (both | Taint::SECRET.at(2, span(9))).place_of(Taint::SECRET),
            Some((0, span(3))),
            "the first stays"
        );
        assert_eq!((Taint::NET.at(2, span(9)) | both).place_of(Taint::NET), None, "two are kept");
        assert_eq!(both, Taint::SECRET | Taint::HOST | Taint::NET);
    }
}
