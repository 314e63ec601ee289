//! The names of a member: Python's, so pip's, and those by which other readers and other versions take it.

use flate2::Crc;

use super::directory::Member;
use super::records::{self, UTF8};

/// Extra field with a name in UTF-8 (Info-ZIP's Unicode Path).
const UNICODE_PATH: u16 = 0x7075;

/// Code page 437 from byte 128 on, as Python decodes a name that is not marked as UTF-8.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The names of a member, and what is odd about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// What Python before 3.12, so pip there, calls it.
    pub path: String,
    /// What other readers, and Python from 3.12 on, call it.
    pub others: Vec<String>,
    /// One sentence each.
    pub told: Vec<String>,
}

/// All names of a member.
pub(super) fn names(bytes: &[u8], member: &Member) -> Names {
    let record = &member.record;
    let slice = |range: &std::ops::Range<usize>| bytes.get(range.clone()).unwrap_or(&[]);
    let raw = slice(&record.name);
    let mut names = Names { path: decoded(raw, record.flags), ..Names::default() };
    if record.flags & UTF8 == 0 && !raw.is_ascii() {
        let other = match std::str::from_utf8(raw) {
            Ok(name) => format!("other readers see {name}"),
            Err(_) => "other readers may see another".to_owned(),
        };
        names.told.push(format!("its name is not marked as UTF-8: Python, so pip, reads it by code page 437; {other}"));
    } else if std::str::from_utf8(raw).is_err() {
        names.told.push("its name is marked as UTF-8 but is not: Python, so pip, refuses the zip".to_owned());
    }
    if let Some((shown, hidden)) = names.path.split_once('\0') {
        names.told.push(format!(
            "its name goes on behind a NUL with {hidden:?}: Python, so pip, stops at the NUL and installs {shown}"
        ));
        names.path = shown.to_owned();
    }
    match unicode_path(raw, slice(&record.extra)) {
        Some(Ok(name)) if name != names.path => {
            names.told.push(format!(
                "its Unicode Path extra field (0x7075) names another file, {name}: Python from 3.12 on and most unzippers take \
                 that name"
            ));
            names.others.push(name);
        }
        Some(Err(why)) => names.told.push(format!("its Unicode Path extra field (0x7075) {why}")),
        _ => {}
    }
    if let Some(local) = &member.local {
        let local_raw = slice(&local.name);
        let name = decoded(local_raw, local.flags);
        if local_raw != raw {
            names.told.push(format!("its local header names another file, {name}: readers disagree on what it is"));
            names.others.push(name);
        } else if let Some(Ok(name)) = unicode_path(local_raw, slice(&local.extra))
            && name != names.path
            && !names.others.contains(&name)
        {
            names.told.push(format!(
                "the Unicode Path extra field (0x7075) of its local header names another file, {name}: readers that stream \
                 take that name"
            ));
            names.others.push(name);
        }
    }
    names
}

/// A stored name as text, as Python decodes it.
pub(super) fn decoded(raw: &[u8], flags: u16) -> String {
    if flags & UTF8 != 0 || raw.is_ascii() {
        return String::from_utf8_lossy(raw).into_owned();
    }
    let high = |byte: u8| CP437.chars().nth(usize::from(byte) - 128).unwrap_or(char::REPLACEMENT_CHARACTER);
    raw.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { high(*byte) }).collect()
}

/// The name of a Unicode Path field, or why it does not count.
fn unicode_path(raw: &[u8], extra: &[u8]) -> Option<Result<String, &'static str>> {
    let field = records::fields(extra).find(|field| field.id == UNICODE_PATH)?;
    let Some(([1, c0, c1, c2, c3], name)) = field.content.split_first_chunk::<5>() else {
        return Some(Err("is of no known version: readers ignore it"));
    };
    let mut crc = Crc::new();
    crc.update(raw);
    if crc.sum() != u32::from_le_bytes([*c0, *c1, *c2, *c3]) {
        return Some(Err("belongs to another name by its check sum: readers ignore it"));
    }
    match std::str::from_utf8(name) {
        Ok("") => Some(Err("is empty")),
        // Python ends this name at a NUL too.
        Ok(name) => Some(Ok(name.split('\0').next().unwrap_or(name).to_owned())),
        Err(_) => Some(Err("is no UTF-8: Python from 3.12 on, so pip, refuses the zip")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_page_437_has_a_character_for_every_byte() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(decoded(b"caf\x82 \xFF", 0), "café \u{a0}");
        assert_eq!(decoded("café".as_bytes(), UTF8), "café");
    }
}
