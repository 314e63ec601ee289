//! What a value carries, whatever its form: where data came from, so that a step can say what it sends, runs or writes.

use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Deserializer};

/// A set of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct Taint(u16);

impl Taint {
    /// Nothing known.
    pub const NONE: Self = Self(0);
    /// Facts of the machine or user.
    pub const HOST: Self = Self(1);
    /// The whole environment.
    pub const ENV: Self = Self(2);
    /// Secrets: keys, tokens, password stores.
    pub const SECRET: Self = Self(4);
    /// Contents of files.
    pub const FILE: Self = Self(8);
    /// What the network answered.
    pub const NET: Self = Self(16);
    /// What a decoder yielded.
    pub const DECODED: Self = Self(32);
    /// Keyboard, clipboard, screen, browser storage.
    pub const INPUT: Self = Self(64);
    /// Output of a process.
    pub const OUTPUT: Self = Self(128);

    /// Arguments of the command line.
    pub const ARGUMENTS: Self = Self(256);

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

    /// Whether any of the other's origins is in this set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// This set without the other's origins.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What this set shares with the other.
    #[must_use]
    pub fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The origins' names, most telling first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(taint, _)| self.has(*taint)).map(|(_, name)| name)
    }
}

impl BitOr for Taint {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl<'de> Deserialize<'de> for Taint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        found.map(|(taint, _)| taint).ok_or_else(|| serde::de::Error::custom(format!("no origin is named {name}")))
    }
}
