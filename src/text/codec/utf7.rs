//! UTF-7 (RFC 2152): everything that is not plain ASCII stands in base64 of UTF-16 between `+` and `-`.

use super::Written;

pub(super) fn read(bytes: &[u8], out: &mut Written) {
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        match (byte, bytes.get(at + 1)) {
            (b'+', Some(b'-')) => {
                out.push('+', at);
                at += 2;
            }
            (b'+', _) => at = shifted(bytes, at + 1, out),
            (byte, _) => {
                out.push(if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER }, at);
                at += 1;
            }
        }
    }
}

/// Reads base64 up to what is none; a `-` there belongs to it.
fn shifted(bytes: &[u8], from: usize, out: &mut Written) -> usize {
    let (mut held, mut bits) = (0_u32, 0);
    let mut lead: Option<(u16, usize)> = None;
    let mut at = from;
    let mut begin = from.saturating_sub(1);
    while let Some(digit) = bytes.get(at).copied().and_then(digit) {
        (held, bits) = (held << 6 | digit, bits + 6);
        at += 1;
        if bits < 16 {
            continue;
        }
        bits -= 16;
        let unit = u16::try_from(held >> bits & 0xFFFF).unwrap_or_default();
        held &= (1 << bits) - 1;
        match (lead.take(), unit) {
            (None, 0xD800..0xDC00) => lead = Some((unit, begin)),
            (Some((high, began)), 0xDC00..0xE000) => {
                let c = char::decode_utf16([high, unit]).next().and_then(Result::ok);
                out.push(c.unwrap_or(char::REPLACEMENT_CHARACTER), began);
            }
            (before, unit) => {
                if let Some((_, began)) = before {
                    out.push(char::REPLACEMENT_CHARACTER, began);
                }
                out.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), begin);
            }
        }
        begin = at;
    }
    if bytes.get(at) == Some(&b'-') { at + 1 } else { at }
}

fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
