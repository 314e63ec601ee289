//! Encodings whose bytes are characters: a table of the upper half of each.

use std::sync::LazyLock;

use super::Written;

/// One a line: its name, other names, the characters of the bytes from 128 on. `C` stands for the control of the byte's number,
/// `N` and `S` for the blank that does not break and the soft hyphen, digits for characters of no width, `P` for a logo, `X` for
/// none.
const TABLES: &str = include_str!("charsets.txt");

static UPPER: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let upper = |line: &str| {
        let chars = line.splitn(3, '|').nth(2).unwrap_or_default().chars();
        (128_u8..=255).zip(chars).map(|(byte, c)| meant(byte, c)).collect()
    };
    TABLES.lines().map(upper).collect()
});

fn meant(byte: u8, c: char) -> char {
    match c {
        'C' => char::from(byte),
        'N' => '\u{A0}',
        'S' => '\u{AD}',
        '1' => '\u{200C}',
        '2' => '\u{200D}',
        '3' => '\u{200E}',
        '4' => '\u{200F}',
        'P' => '\u{F8FF}',
        'X' => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// The names of the tables, in their order.
pub(super) fn names() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    TABLES.lines().filter_map(|line| {
        let (name, rest) = line.split_once('|')?;
        Some((name, rest.split_once('|')?.0.split(' ').collect()))
    })
}

pub(super) fn read(table: usize, bytes: &[u8], out: &mut Written) {
    let Some(upper) = UPPER.get(table) else { return };
    // The one table that changes the lower half.
    let arabic_percent = names().nth(table).is_some_and(|(name, _)| name == "cp864");
    for (at, byte) in bytes.iter().enumerate() {
        let c = match byte {
            b'%' if arabic_percent => '\u{66A}',
            0..128 => char::from(*byte),
            _ => upper.get(usize::from(*byte) - 128).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        };
        out.push(c, at);
    }
}
