//! Encodings of seven bits, in which marks say that what follows is of another set: ISO 2022 with escape sequences, HZ with
//! tildes.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_7};

use super::{Written, pairs};

/// A set of characters that a mark turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// ASCII with a yen sign and an overline.
    Roman,
    /// Half-width syllables.
    Katakana,
    Japanese,
    JapaneseMore,
    /// Pairs of a set that no table here has.
    Unknown,
    Chinese,
    Korean,
}

/// The sets that escape sequences turn on, without the escape character.
const MARKS: [(&[u8], Set); 12] = [
    (b"(B", Set::Ascii),
    (b"(J", Set::Roman),
    (b"(I", Set::Katakana),
    (b"$@", Set::Japanese),
    (b"$B", Set::Japanese),
    (b"$(D", Set::JapaneseMore),
    (b"$(O", Set::Unknown),
    (b"$(P", Set::Unknown),
    (b"$(Q", Set::Unknown),
    (b"$A", Set::Chinese),
    (b"$(C", Set::Korean),
    (b"$)C", Set::Ascii),
];

pub(super) fn read(bytes: &[u8], out: &mut Written) {
    let mut set = Set::Ascii;
    // Of the Korean form: whether the set that stands ready is turned on. Of the second Japanese one: the upper half.
    let (mut shifted, mut upper) = (false, None);
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            [0x1B, mark @ ..] => {
                if let Some((sequence, new)) = MARKS.iter().find(|(sequence, _)| mark.starts_with(sequence)) {
                    set = *new;
                    at += 1 + sequence.len();
                    continue;
                }
                match mark {
                    [b'.', b'A', ..] => upper = None,
                    [b'.', b'F', ..] => upper = Some(ISO_8859_7),
                    [b'N', byte, ..] => {
                        let c = match upper {
                            Some(greek) => pairs::of(greek, &[byte | 0x80]).chars().next().unwrap_or_default(),
                            None => char::from(byte | 0x80),
                        };
                        out.push(c, at);
                    }
                    _ => {
                        out.push('\u{1B}', at);
                        at += 1;
                        continue;
                    }
                }
                at += 3;
            }
            [0x0E, ..] => {
                shifted = true;
                at += 1;
            }
            [0x0F, ..] => {
                shifted = false;
                at += 1;
            }
            // The end of a line ends every shift but the sets of the Japanese forms.
            [b'\n', ..] => {
                (shifted, set) = (false, if set == Set::Korean { Set::Ascii } else { set });
                out.push('\n', at);
                at += 1;
            }
            _ => at += character(if shifted { Set::Korean } else { set }, rest, at, out),
        }
    }
}

/// Writes a character of a set and says how many bytes it took.
fn character(set: Set, rest: &[u8], at: usize, out: &mut Written) -> usize {
    let first = rest.first().copied().unwrap_or_default();
    let printable = |byte: u8| (0x21..=0x7E).contains(&byte);
    match (set, rest) {
        (Set::Roman, [b'\\', ..]) => out.push('¥', at),
        (Set::Roman, [b'~', ..]) => out.push('‾', at),
        (Set::Katakana, [0x21..=0x5F, ..]) => {
            out.push(char::from_u32(0xFF40 + u32::from(first)).unwrap_or_default(), at);
        }
        (Set::Japanese | Set::JapaneseMore | Set::Unknown | Set::Chinese | Set::Korean, [a, b, ..])
            if printable(*a) && printable(*b) =>
        {
            let c = match set {
                Set::Japanese => high(EUC_JP, &[*a, *b]),
                Set::JapaneseMore => pairs::of(EUC_JP, &[0x8F, a | 0x80, b | 0x80]),
                Set::Chinese => high(GBK, &[*a, *b]),
                Set::Korean => high(EUC_KR, &[*a, *b]),
                _ => char::REPLACEMENT_CHARACTER.to_string(),
            };
            c.chars().for_each(|c| out.push(c, at));
            return 2;
        }
        _ if first.is_ascii() => out.push(char::from(first), at),
        _ => out.push(char::REPLACEMENT_CHARACTER, at),
    }
    1
}

fn high(encoding: &'static Encoding, pair: &[u8; 2]) -> String {
    pairs::of(encoding, &pair.map(|byte| byte | 0x80))
}

/// HZ: `~{` begins pairs of GB 2312, `~}` ends them, `~~` is a tilde, a tilde before a line end joins the lines.
pub(super) fn read_hz(bytes: &[u8], out: &mut Written) {
    let mut set = Set::Ascii;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        at += match rest {
            [b'~', b'{', ..] if set == Set::Ascii => {
                set = Set::Chinese;
                2
            }
            [b'~', b'}', ..] => {
                set = Set::Ascii;
                2
            }
            [b'~', b'~', ..] if set == Set::Ascii => {
                out.push('~', at);
                2
            }
            [b'~', b'\n', ..] if set == Set::Ascii => 2,
            [b'\n', ..] => {
                set = Set::Ascii;
                out.push('\n', at);
                1
            }
            _ => character(set, rest, at, out),
        };
    }
}
