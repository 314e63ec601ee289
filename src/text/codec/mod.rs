//! The encodings that a Python file may ask for besides UTF-8 and Latin-1, read as CPython reads them.
//!
//! What counts is what code means: which bytes are quotes, backslashes and line ends. A character that no table here has
//! becomes U+FFFD and takes the bytes that it would have taken.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

mod charset;
mod escaped;
mod iso2022;
mod johab;
mod pairs;
#[cfg(test)]
mod tests;
mod utf7;

/// A codec of the table below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codec(u8);

/// How a codec reads bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A byte is a character.
    Bytes(usize),
    /// Some bytes begin characters of two or more.
    Pairs(pairs::Family),
    /// Escape sequences say what the bytes behind them are.
    Iso2022,
    /// The same, written with tildes.
    Hz,
    Utf7,
    /// `\n` and `\x41` are characters.
    UnicodeEscape,
    /// Only `\u0041` and `\U00000041` are.
    RawUnicodeEscape,
    /// Python 2: what follows the cookie's line is turned by thirteen letters, or digits or base64 of bytes.
    Rot13,
    Hex,
    Base64,
}

struct Entry {
    name: &'static str,
    aliases: Vec<&'static str>,
    kind: Kind,
}

/// Codecs that are no table of bytes, with their other names.
const OTHERS: [(&str, &str, Kind); 29] = [
    ("shift_jis", "csshiftjis shiftjis sjis s_jis x_mac_japanese", Kind::Pairs(pairs::Family::ShiftJis)),
    ("cp932", "932 ms932 mskanji ms_kanji", Kind::Pairs(pairs::Family::ShiftJis)),
    ("shift_jis_2004", "shiftjis2004 sjis_2004 s_jis_2004", Kind::Pairs(pairs::Family::ShiftJisYen)),
    ("shift_jisx0213", "shiftjisx0213 sjisx0213 s_jisx0213", Kind::Pairs(pairs::Family::ShiftJisYen)),
    ("euc_jp", "eucjp ujis u_jis", Kind::Pairs(pairs::Family::EucJp)),
    ("euc_jis_2004", "jisx0213 eucjis2004 euc_jis2004", Kind::Pairs(pairs::Family::EucJp)),
    ("euc_jisx0213", "eucjisx0213", Kind::Pairs(pairs::Family::EucJp)),
    (
        "euc_kr",
        "euckr korean ksc5601 ks_c_5601 ks_c_5601_1987 ksx1001 ks_x_1001 x_mac_korean",
        Kind::Pairs(pairs::Family::EucKr),
    ),
    ("cp949", "949 ms949 uhc", Kind::Pairs(pairs::Family::EucKr)),
    ("johab", "cp1361 ms1361", Kind::Pairs(pairs::Family::Johab)),
    ("big5", "big5_tw csbig5 x_mac_trad_chinese", Kind::Pairs(pairs::Family::Big5)),
    ("cp950", "950 ms950", Kind::Pairs(pairs::Family::Big5)),
    ("big5hkscs", "big5_hkscs hkscs", Kind::Pairs(pairs::Family::Big5)),
    (
        "gb2312",
        "chinese csiso58gb231280 euc_cn euccn eucgb2312_cn gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese",
        Kind::Pairs(pairs::Family::Gb),
    ),
    ("gbk", "936 cp936 ms936", Kind::Pairs(pairs::Family::Gb)),
    ("gb18030", "gb18030_2000", Kind::Pairs(pairs::Family::Gb)),
    ("hz", "hzgb hz_gb hz_gb_2312", Kind::Hz),
    ("iso2022_jp", "csiso2022jp iso2022jp iso_2022_jp", Kind::Iso2022),
    ("iso2022_jp_1", "iso2022jp_1 iso_2022_jp_1", Kind::Iso2022),
    ("iso2022_jp_2", "iso2022jp_2 iso_2022_jp_2", Kind::Iso2022),
    ("iso2022_jp_2004", "iso_2022_jp_2004 iso2022jp_2004", Kind::Iso2022),
    ("iso2022_jp_3", "iso2022jp_3 iso_2022_jp_3", Kind::Iso2022),
    ("iso2022_jp_ext", "iso2022jp_ext iso_2022_jp_ext", Kind::Iso2022),
    ("iso2022_kr", "csiso2022kr iso2022kr iso_2022_kr", Kind::Iso2022),
    ("utf_7", "u7 utf7 unicode_1_1_utf_7", Kind::Utf7),
    ("unicode_escape", "", Kind::UnicodeEscape),
    ("raw_unicode_escape", "", Kind::RawUnicodeEscape),
    ("rot_13", "rot13", Kind::Rot13),
    ("hex_codec", "hex", Kind::Hex),
];

/// Kept apart from the others: the name of a module that many a comment names.
const BASE64: (&str, &str, Kind) = ("base64_codec", "base64 base_64", Kind::Base64);

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let others = OTHERS.into_iter().chain([BASE64]);
    let others = others.map(|(name, aliases, kind)| Entry { name, aliases: aliases.split(' ').collect(), kind });
    let charsets = charset::names().enumerate();
    let charsets = charsets.map(|(at, (name, aliases))| Entry { name, aliases, kind: Kind::Bytes(at) });
    others.chain(charsets).collect()
});

impl Codec {
    /// The codec that CPython finds by a name: in any case, with anything but letters and digits between its words.
    pub(super) fn named(name: &str) -> Option<Self> {
        let words: Vec<String> = name
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let (dotted, plain) = (words.join("_"), words.join("_").replace('.', "_"));
        let fits = |entry: &Entry| {
            entry.name == dotted || entry.aliases.iter().any(|alias| *alias == dotted || *alias == plain)
        };
        let at = ENTRIES.iter().position(fits).filter(|_| !words.is_empty())?;
        Some(Self(u8::try_from(at).ok()?))
    }

    fn kind(self) -> Kind {
        ENTRIES.get(usize::from(self.0)).map_or(Kind::Utf7, |entry| entry.kind)
    }

    /// The name that CPython gives it.
    pub(super) fn name(self) -> &'static str {
        ENTRIES.get(usize::from(self.0)).map_or("unknown", |entry| entry.name)
    }

    /// Whether each byte is one character.
    pub(super) fn is_single_byte(self) -> bool {
        matches!(self.kind(), Kind::Bytes(_))
    }

    /// Whether bytes that look like plain text may stand for another: what runs is then not what an editor shows.
    pub(super) fn rewrites_ascii(self) -> bool {
        match self.kind() {
            Kind::Bytes(_) => ["mac_arabic", "mac_farsi"].contains(&self.name()),
            Kind::Pairs(_) => false,
            _ => true,
        }
    }

    /// Reads bytes.
    pub(super) fn decode(self, bytes: &[u8]) -> Written {
        let mut out = Written::new(self.is_single_byte());
        match self.kind() {
            Kind::Bytes(table) => charset::read(table, bytes, &mut out),
            Kind::Pairs(family) => pairs::read(family, bytes, &mut out),
            Kind::Iso2022 => iso2022::read(bytes, &mut out),
            Kind::Hz => iso2022::read_hz(bytes, &mut out),
            Kind::Utf7 => utf7::read(bytes, &mut out),
            Kind::UnicodeEscape => escaped::read(bytes, false, &mut out),
            Kind::RawUnicodeEscape => escaped::read(bytes, true, &mut out),
            Kind::Rot13 => escaped::read_rot13(bytes, &mut out),
            Kind::Hex => escaped::read_behind_cookie(bytes, escaped::hex, &mut out),
            Kind::Base64 => escaped::read_behind_cookie(bytes, escaped::base64, &mut out),
        }
        out.end(bytes.len())
    }
}

/// A place from which on text and file run in step, up to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Offset in the text.
    pub text: usize,
    /// Offset in the file.
    pub file: usize,
}

/// Most steps kept one by one; more than that are kept for each line.
const STEPS: usize = 1 << 20;

/// A text as it is decoded, and where it stands in the file.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub text: String,
    pub steps: Vec<Step>,
    /// Whether the steps follow from the characters.
    plain: bool,
}

impl Written {
    fn new(plain: bool) -> Self {
        Self { plain, ..Self::default() }
    }

    /// Adds a character that stands at a place of the file.
    fn push(&mut self, c: char, file: usize) {
        if !self.plain {
            let text = self.text.len();
            let in_step = self.steps.last().map_or(text == file, |last| last.file + (text - last.text) == file);
            if !in_step && (self.steps.len() < STEPS || self.text.ends_with('\n')) {
                self.steps.push(Step { text, file });
            }
        }
        self.text.push(c);
    }

    /// The whole, of a file of so many bytes.
    fn end(mut self, file: usize) -> Self {
        if !self.plain {
            self.steps.push(Step { text: self.text.len(), file });
        }
        self
    }
}
