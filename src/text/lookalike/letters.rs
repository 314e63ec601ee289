//! Letters by themselves: which of them look like Latin ones, and how.

use unicode_normalization::UnicodeNormalization;

/// Whether the usual glyph of a letter is that of a Latin one: Cyrillic, Greek, Armenian, Cherokee, Lisu, Coptic. Source:
/// confusables.txt of Unicode Technical Standard 39, without the pairs that only resemble each other.
#[rustfmt::skip]
fn same(c: char) -> bool {
    matches!(c,
        'а' | 'е' | 'о' | 'р' | 'с' | 'у' | 'х' | 'і' | 'ј' | 'ѕ' | 'ԁ' | 'ԛ' | 'ԝ' | 'һ' | 'ӏ' | 'ѵ' | 'А' | 'В' | 'Е' | 'Ѕ' | 'І' | 'Ј' | 'К' | 'М' | 'Н' | 'О' | 'Р' | 'С' | 'Т' | 'У' | 'Х' | 'Ԍ' | 'Ԛ' | 'Ԝ' | 'Ү' | 'Ӏ' | 'Ѵ'
        | 'ο' | 'ϲ' | 'ϳ' | 'Α' | 'Β' | 'Ε' | 'Ζ' | 'Η' | 'Ι' | 'Κ' | 'Μ' | 'Ν' | 'Ο' | 'Ρ' | 'Τ' | 'Υ' | 'Χ' | 'Ϲ' | 'Ϳ'
        | 'օ' | 'ս' | 'հ' | 'ո' | 'զ' | 'ց' | 'յ' | 'Լ' | 'Օ' | 'Ս' | 'Տ' | 'Ո'
        | 'Ꭺ' | 'Ᏼ' | 'Ꮯ' | 'Ꭰ' | 'Ꭼ' | 'Ꮐ' | 'Ꮋ' | 'Ꭻ' | 'Ꮶ' | 'Ꮮ' | 'Ꮇ' | 'Ꮲ' | 'Ꮢ' | 'Ꮪ' | 'Ꭲ' | 'Ꭱ' | 'Ꮤ' | 'Ꮃ' | 'Ꮩ' | 'Ꮓ' | 'Ꭹ' | 'Ꮍ'
        | 'ꓐ' | 'ꓑ' | 'ꓒ' | 'ꓓ' | 'ꓔ' | 'ꓖ' | 'ꓗ' | 'ꓙ' | 'ꓚ' | 'ꓜ' | 'ꓝ' | 'ꓟ' | 'ꓠ' | 'ꓡ' | 'ꓢ' | 'ꓣ' | 'ꓦ' | 'ꓧ' | 'ꓪ' | 'ꓫ' | 'ꓬ' | 'ꓮ' | 'ꓰ' | 'ꓲ' | 'ꓳ' | 'ꓴ'
        | 'Ⲟ' | 'ⲟ' | 'Ⲣ' | 'ⲣ' | 'Ⲥ' | 'ⲥ' | 'Ⲕ' | 'Ⲏ' | 'Ⲙ' | 'Ⲛ' | 'Ⲧ' | 'Ⲭ')
}

/// Whether a letter is near to a Latin one; formulas and phonetics use it for itself.
fn near(c: char) -> bool {
    matches!(c, 'к' | 'α' | 'γ' | 'ι' | 'κ' | 'ν' | 'ρ' | 'σ' | 'τ' | 'υ' | 'η' | 'ɡ' | 'ɑ')
}

/// How a letter passes for a Latin one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// It looks the same, or is the same in Python's eyes (PEP 3131: names are compared by NFKC) in full words.
    Same,
    /// Python takes it for the plain letter; formulas set it small, high or low.
    Variant,
    /// It looks nearly the same.
    Near,
    /// Honest texts hold it, but in a name Python reads it as plain letters, or the eye does: ligatures, ordinals, a long s, a
    /// dotless i, Roman numerals.
    Folded,
    /// It looks like a sign of code.
    Sign,
}

impl Alike {
    pub(super) fn of(c: char) -> Option<Self> {
        // Nearly all of every text, so it is asked first.
        if c.is_ascii() {
            return None;
        }
        let variant = || {
            let mut plain = std::iter::once(c).nfkc();
            plain.next().is_some_and(|c| c.is_ascii_alphabetic()) && plain.next().is_none()
        };
        match c {
            'ª' | 'º' | 'ℹ' | 'ſ' | 'ı' | 'ﬀ'..='ﬆ' | 'Ⅰ'..='ⅿ' => Some(Self::Folded),
            'ǀ'..='ǃ' | '꞉' | '∕' | '⁄' | '․' | '\u{37E}' | '！'..='／' | '：'..='＠' | '［'..='｀' | '｛'..='～' => {
                Some(Self::Sign)
            }
            'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '\u{1D400}'..='\u{1D7FF}' if variant() => Some(Self::Same),
            c if same(c) => Some(Self::Same),
            c if near(c) => Some(Self::Near),
            'ʰ'..='ˣ' | '\u{1D2C}'..='\u{1DBF}' | '\u{2071}'..='\u{209C}' | '\u{2100}'..='\u{217F}' if variant() => {
                Some(Self::Variant)
            }
            _ => None,
        }
    }
}

/// A letter of a text that belongs to neither the Latin script nor those who pass for it: a sign of honest text.
pub(super) fn natural(c: char) -> bool {
    c.is_alphabetic() && !is_latin(c) && Alike::of(c).is_none()
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | 'ª' | 'º' | 'À'..='ʸ' | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}')
}

pub(super) fn in_word(c: char) -> bool {
    // Cyrillic letters: texts of them are asked for each.
    matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '$' | '\u{400}'..='\u{481}')
        || !c.is_ascii() && c.is_alphanumeric()
}
