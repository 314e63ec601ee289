//! Johab: a Korean syllable in five bits for each of its three parts, everything else in the rows of KS X 1001.

use encoding_rs::EUC_KR;

use super::pairs;

/// By their five bits: which of the nineteen initial consonants, of the twenty-one vowels, of the final consonants (0: none).
fn parts(code: u16) -> (Option<u32>, Option<u32>, Option<u32>) {
    let (initial, vowel, end) = (u32::from(code >> 10 & 31), u32::from(code >> 5 & 31), u32::from(code & 31));
    let initial = (2..=20).contains(&initial).then(|| initial - 2);
    let vowel = match vowel {
        3..=7 => Some(vowel - 3),
        10..=15 => Some(vowel - 5),
        18..=23 => Some(vowel - 7),
        26..=29 => Some(vowel - 9),
        _ => None,
    };
    let end = match end {
        1..=17 => Some(end - 1),
        19..=29 => Some(end - 2),
        _ => None,
    };
    (initial, vowel, end)
}

/// The letters that stand alone, by the numbers of their parts.
const INITIALS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FINALS: &str = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

/// The character of two bytes.
pub(super) fn character(unit: &[u8]) -> Option<char> {
    let [first, second] = *unit else { return None };
    match first {
        0x84..=0xD3 => {
            let code = u16::from(first) << 8 | u16::from(second);
            let none = |bits: u16, fill: u16| code >> bits & 31 == fill;
            match parts(code) {
                (Some(initial), Some(vowel), Some(end)) => char::from_u32(0xAC00 + (initial * 21 + vowel) * 28 + end),
                (Some(initial), None, Some(0)) if none(5, 2) => INITIALS.chars().nth(initial as usize),
                (None, Some(vowel), Some(0)) if none(10, 1) => char::from_u32(0x314F + vowel),
                (None, None, Some(end)) if none(10, 1) && none(5, 2) => {
                    FINALS.chars().nth(end.checked_sub(1)? as usize)
                }
                _ => None,
            }
        }
        0xD9..=0xDE | 0xE0..=0xF9 => {
            // Two rows of KS X 1001 in each first byte.
            let (row, second) = (u16::from(first), u16::from(second));
            let row = if first < 0xE0 { (row - 0xD9) * 2 } else { (row - 0xE0) * 2 + 41 };
            let cell = match second {
                0x31..=0x7E => second - 0x31,
                0x91..=0xFE => second - 0x43,
                _ => return None,
            };
            let (row, cell) = (row + cell / 94, cell % 94);
            let pair = [u8::try_from(0xA1 + row).ok()?, u8::try_from(0xA1 + cell).ok()?];
            pairs::of(EUC_KR, &pair).chars().next().filter(|c| *c != char::REPLACEMENT_CHARACTER)
        }
        _ => None,
    }
}
