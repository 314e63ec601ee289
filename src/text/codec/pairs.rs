//! Encodings of East Asia in which some bytes begin characters of two, three or four. The second may look like a quote or a
//! backslash and is none.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::{Written, johab};

/// Encodings that are cut into characters in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    ShiftJis,
    /// The same with a yen sign and an overline for backslash and tilde.
    ShiftJisYen,
    EucJp,
    EucKr,
    Gb,
    Big5,
    Johab,
}

pub(super) fn read(family: Family, bytes: &[u8], out: &mut Written) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = length(family, rest).min(rest.len());
        let unit = rest.get(..length).unwrap_or_default();
        match unit {
            [b'\\'] if family == Family::ShiftJisYen => out.push('¥', at),
            [b'~'] if family == Family::ShiftJisYen => out.push('‾', at),
            [byte] if byte.is_ascii() => out.push(char::from(*byte), at),
            _ => character(family, unit).chars().for_each(|c| out.push(c, at)),
        }
        at += length.max(1);
    }
}

/// How many bytes the first character takes.
fn length(family: Family, bytes: &[u8]) -> usize {
    let (Some(first), second) = (bytes.first().copied(), bytes.get(1).copied().unwrap_or(0)) else { return 1 };
    if first < 0x80 {
        return 1;
    }
    let high = |byte: Option<&u8>| byte.is_some_and(|byte| *byte >= 0xA1);
    let two = match family {
        Family::ShiftJis | Family::ShiftJisYen => {
            !matches!(first, 0x80 | 0xA0..=0xDF | 0xFD..) && matches!(second, 0x40..=0x7E | 0x80..=0xFC)
        }
        Family::EucJp if first == 0x8F => return if high(bytes.get(1)) && high(bytes.get(2)) { 3 } else { 1 },
        Family::EucJp => second >= 0xA1,
        Family::EucKr => matches!(second, 0x41..=0x5A | 0x61..=0x7A | 0x81..=0xFE),
        Family::Gb if second.is_ascii_digit() => {
            let third = bytes.get(2).is_some_and(|byte| (0x81..=0xFE).contains(byte));
            return if third && bytes.get(3).is_some_and(u8::is_ascii_digit) { 4 } else { 1 };
        }
        Family::Gb => matches!(second, 0x40..=0x7E | 0x80..=0xFE),
        Family::Big5 => matches!(second, 0x40..=0x7E | 0xA1..=0xFE),
        Family::Johab => matches!(second, 0x31..=0x7E | 0x81..=0xFE),
    };
    if two { 2 } else { 1 }
}

/// The character, now and then two, that some bytes stand for.
fn character(family: Family, unit: &[u8]) -> String {
    let encoding = match family {
        Family::ShiftJis | Family::ShiftJisYen => SHIFT_JIS,
        Family::EucJp => EUC_JP,
        Family::EucKr => EUC_KR,
        Family::Gb => GB18030,
        Family::Big5 => BIG5,
        Family::Johab => return johab::character(unit).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
    };
    of(encoding, unit)
}

/// Bytes that are one character by a table of the Encoding Standard.
pub(super) fn of(encoding: &'static Encoding, unit: &[u8]) -> String {
    let read = encoding.decode_without_bom_handling_and_without_replacement(unit);
    read.map_or_else(|| char::REPLACEMENT_CHARACTER.to_string(), std::borrow::Cow::into_owned)
}
