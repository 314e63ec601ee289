//! The records of a PAX header, as each reader takes them.

use super::header::{LONGEST, name, until_nul};

/// What the records say that changes where a member is or how long it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    /// The size of a sparse member with its holes.
    pub sparse_size: Option<u64>,
    /// The name of a sparse member.
    pub sparse_name: Option<Vec<u8>>,
    /// Whether the member's data begins with a map of its holes.
    pub sparse_map: bool,
    /// Whether any record is about holes.
    pub sparse: bool,
}

impl Records {
    /// Later records replace these.
    pub fn update(&mut self, later: &Self) {
        let take = |ours: &mut Option<Vec<u8>>, theirs: &Option<Vec<u8>>| {
            if theirs.is_some() {
                ours.clone_from(theirs);
            }
        };
        take(&mut self.path, &later.path);
        take(&mut self.link, &later.link);
        take(&mut self.sparse_name, &later.sparse_name);
        self.size = later.size.or(self.size);
        self.sparse_size = later.sparse_size.or(self.sparse_size);
        self.sparse_map |= later.sparse_map;
        self.sparse |= later.sparse;
    }
}

/// As node-tar reads them: line by line, each with its own length in front; what does not fit is passed over.
pub(super) fn node(data: &[u8]) -> Records {
    let text = String::from_utf8_lossy(data);
    let mut records = Records::default();
    for line in text.strip_suffix('\n').unwrap_or(&text).split('\n') {
        let digits = line.trim_start();
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        let number = digits.get(..len).unwrap_or("");
        let Ok(told) = number.parse::<usize>() else { continue };
        if told != line.len() + 1 {
            continue;
        }
        // It cuts as many characters as the number has when it is written out anew.
        let skip = told.to_string().len() + 1;
        let Some((key, value)) = line.get(skip..).and_then(|record| record.split_once('=')) else { continue };
        match key {
            "path" => records.path = Some(name(value.as_bytes())),
            "linkpath" => records.link = Some(name(value.as_bytes())),
            "size" => records.size = javascript_number(until_nul(value.as_bytes())).or(records.size),
            _ => {}
        }
    }
    records
}

/// A name that may hold a NUL, no longer than any system takes.
fn short(value: &[u8]) -> Vec<u8> {
    value.get(..LONGEST).unwrap_or(value).to_vec()
}

/// As JavaScript's `+text`; `None` where that is no number or a negative one.
fn javascript_number(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok();
    match text.get(..2) {
        _ if text.is_empty() => Some(0),
        Some("0x" | "0X") => radix(text.get(2..)?, 16),
        Some("0o" | "0O") => radix(text.get(2..)?, 8),
        Some("0b" | "0B") => radix(text.get(2..)?, 2),
        // `as` saturates: what is larger than all archives stays so.
        _ => text.parse::<f64>().ok().filter(|value| *value >= 0.0).map(|value| value as u64),
    }
}

/// As CPython's tarfile reads them: by the lengths alone; `None` where one does not fit, which ends its reading.
pub(super) fn python(data: &[u8]) -> Option<Records> {
    let mut records = Records::default();
    let mut major_minor = [false; 2];
    let mut rest = data;
    while rest.first().is_some_and(|byte| *byte != 0) {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let len = std::str::from_utf8(rest.get(..digits).filter(|_| digits <= 20)?).ok()?.parse::<usize>().ok()?;
        let (record, after) = rest.split_at_checked(len).filter(|_| len >= 5 && rest.get(digits) == Some(&b' '))?;
        rest = after;
        let (newline, record) = record.split_last()?;
        let record = record.get(digits + 1..)?;
        let equals = record.iter().position(|byte| *byte == b'=').filter(|at| *at > 0 && *newline == b'\n')?;
        let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
        match key {
            b"path" => records.path = Some(short(value)),
            b"linkpath" => records.link = Some(short(value)),
            b"size" => records.size = Some(python_number(value)),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => records.sparse_size = Some(python_number(value)),
            b"GNU.sparse.name" => records.sparse_name = Some(short(value)),
            b"GNU.sparse.major" => major_minor[0] = value == b"1",
            b"GNU.sparse.minor" => major_minor[1] = value == b"0",
            _ => {}
        }
        records.sparse |= key.starts_with(b"GNU.sparse.");
    }
    records.sparse_map = major_minor == [true; 2];
    Some(records)
}

/// As CPython's `int(text)`, with 0 for what is no number.
fn python_number(text: &[u8]) -> u64 {
    let text = std::str::from_utf8(text).unwrap_or_default().trim();
    text.strip_prefix('+').unwrap_or(text).replace('_', "").parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn shown(records: &Records) -> String {
        let text = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".into(), |b| b.escape_ascii().to_string());
        let size = records.size.map_or("-".to_owned(), |size| size.to_string());
        format!("{} {} {size}", text(&records.path), text(&records.link))
    }

    #[rstest]
    #[case::plain(b"10 path=a\n", "a - -", "a - -")]
    #[case::two(b"10 path=a\n10 path=b\n12 size=041\n", "b - 41", "b - 41")]
    #[case::nul(b"12 path=a\0b\n", "a - -", "a\\x00b - -")]
    #[case::newline(b"12 path=a\nb\n", "- - -", "a\\nb - -")]
    #[case::wrong_length(b"11 path=a\n10 path=b\n", "b - -", "none")]
    #[case::not_utf8(b"10 path=\xe9\n", "- - -", "\\xe9 - -")]
    #[case::hexadecimal(b"13 size=0x10\n", "- - 16", "- - 0")]
    #[case::no_number(b"10 size=z\n", "- - -", "- - 0")]
    #[case::link(b"14 linkpath=a\n", "- a -", "- a -")]
    fn records_are_those_of_the_readers(#[case] data: &[u8], #[case] by_node: &str, #[case] by_python: &str) {
        let read = python(data).map_or("none".to_owned(), |records| shown(&records));
        assert_eq!((shown(&node(data)).as_str(), read.as_str()), (by_node, by_python));
    }
}
