//! String literals that are text, code or a program in an encoding, found without being pointed at.
//!
//! Only what is certain: the whole literal is of the encoding's alphabet, and what comes out is readable or begins like a
//! program or an archive. Hashes, keys, fonts and pictures come out as other bytes and are left alone.

use super::literal::{self, Run};
use super::{Decoder, invisible, score};
use crate::text::Span;

/// Shortest literal looked at, bytes: sixteen bytes in base64.
const SHORTEST: usize = 22;
/// Longest, bytes.
const LONGEST: usize = 4 << 20;
/// Most decoders one after the other.
const DEPTH: usize = 24;
/// Fewest bytes of a text that counts, and of one that reads as code or holds an address.
const TEXT: usize = 24;
const CODE: usize = 16;
/// What a text is worth that reads as code ([`score::quick`]), and one that is readable.
const READS: f32 = 0.31;
const READABLE: f32 = 0.25;

/// An encoded literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The literal, or those that are joined, with quotes.
    pub span: Span,
    /// How its source text is decoded, [`Decoder::Literal`] first.
    pub chain: Vec<Decoder>,
    /// What comes out.
    pub bytes: Vec<u8>,
}

/// The encoded literals of a text, in order. `work` is how many bytes decoders may yield for it, and less of it is left; with
/// none left it ends early.
pub fn encoded(text: &str, work: &mut usize) -> Vec<Encoded> {
    let mut found = Vec::new();
    for run in literal::runs(text) {
        if *work == 0 {
            break;
        }
        found.extend(decoded(text, &run, work));
    }
    found
}

fn decoded(text: &str, run: &Run, work: &mut usize) -> Option<Encoded> {
    if !(SHORTEST..=LONGEST).contains(&run.length()) {
        return None;
    }
    let written = text.get(run.span.start..run.span.end)?;
    let value = run.value(text);
    let mut chain = vec![Decoder::Literal];
    let bytes = match first(&value) {
        Some((decoders, bytes)) => {
            chain.extend(decoders);
            *work = work.saturating_sub(bytes.len());
            to_the_end(bytes, &mut chain, work)
        }
        None if is_escaped(written, &value) => value,
        None => return None,
    };
    is_plain(&bytes).then_some(Encoded { span: run.span, chain, bytes })
}

/// The encoding whose alphabet a text is of, undone.
fn first(value: &[u8]) -> Option<(Vec<Decoder>, Vec<u8>)> {
    let body = value.trim_ascii();
    if body.len() < SHORTEST {
        return None;
    }
    let all = |of: fn(u8) -> bool| body.iter().all(|b| of(*b) || matches!(b, b'\r' | b'\n'));
    let one = |decoder: Decoder| decoder.apply(body).ok().map(|bytes| (vec![decoder], bytes));
    if invisible::is_likely(body) {
        return one(Decoder::Invisible);
    }
    if all(|b| b.is_ascii_hexdigit())
        && let Some(found) = one(Decoder::Hex).filter(|(_, out)| is_known(out))
    {
        return Some(found);
    }
    if all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7' | b'='))
        && let Some(found) = one(Decoder::Base32).filter(|(_, out)| is_known(out))
    {
        return Some(found);
    }
    // Half of it or more.
    if body.windows(3).filter(|w| matches!(w, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())).count()
        * 6
        >= body.len()
    {
        return one(Decoder::Url);
    }
    if !all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=')) {
        return None;
    }
    if body.starts_with(b"=") {
        let turned: Vec<u8> = body.iter().rev().copied().collect();
        let bytes = Decoder::Base64.apply(&turned).ok()?;
        return Some((vec![Decoder::Reverse, Decoder::Base64], bytes));
    }
    one(Decoder::Base64)
}

/// Whether bytes go on: readable, packed, UTF-16, or of an encoding's alphabet again.
fn is_known(bytes: &[u8]) -> bool {
    let again =
        || bytes.len() >= SHORTEST && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"+/-_=%\r\n".contains(b));
    is_plain(bytes) || score::compressed(bytes) || is_wide(bytes) || again()
}

/// Decodes what is packed or encoded once more.
fn to_the_end(mut bytes: Vec<u8>, chain: &mut Vec<Decoder>, work: &mut usize) -> Vec<u8> {
    while chain.len() < DEPTH && *work > 0 {
        let next = match score::magic(&bytes) {
            Some("gzip data") => Decoder::Gzip.apply(&bytes).ok().map(|out| (vec![Decoder::Gzip], out)),
            Some("zlib data") => Decoder::Zlib.apply(&bytes).ok().map(|out| (vec![Decoder::Zlib], out)),
            Some("bzip2 data") => Decoder::Bzip2.apply(&bytes).ok().map(|out| (vec![Decoder::Bzip2], out)),
            Some("xz data") => Decoder::Xz.apply(&bytes).ok().map(|out| (vec![Decoder::Xz], out)),
            Some(_) => None,
            None if is_wide(&bytes) => Decoder::Utf16.apply(&bytes).ok().map(|out| (vec![Decoder::Utf16], out)),
            // One more step only where it leads to something.
            None => first(&bytes).filter(|(_, out)| is_known(out)),
        };
        let Some((decoders, out)) = next else { break };
        *work = work.saturating_sub(out.len());
        chain.extend(decoders);
        bytes = out;
    }
    bytes
}

/// Whether bytes are the end of the way: readable text, a program, an archive.
fn is_plain(bytes: &[u8]) -> bool {
    if let Some(name) = score::magic(bytes) {
        return !score::compressed(bytes)
            && ["program", "archive", "WebAssembly"].iter().any(|sort| name.contains(sort));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let value = || score::quick(bytes).value;
    text.len() >= CODE && !text.contains(odd) && value() >= if text.len() < TEXT { READS } else { READABLE }
}

/// Whether bytes look like Latin text in UTF-16, little endian, as PowerShell takes it.
fn is_wide(bytes: &[u8]) -> bool {
    let look = bytes.get(..bytes.len().min(256)).unwrap_or(bytes);
    let wide = look.chunks_exact(2).filter(|pair| matches!(pair, [0x09..=0x7E, 0])).count();
    bytes.len() >= 2 * CODE && bytes.len().is_multiple_of(2) && wide * 10 >= look.len() / 2 * 9
}

/// Whether a literal hides plain letters behind escapes, half of it or more.
fn is_escaped(written: &str, value: &[u8]) -> bool {
    let escapes = written.split('\\').skip(1).filter(|rest| {
        let digits = match rest.get(..1) {
            Some("x") => rest.get(1..3),
            Some("u") => rest.strip_prefix("u00").and_then(|rest| rest.get(..2)),
            _ => None,
        };
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| code.is_ascii_graphic() || code == b' ')
    });
    escapes.count() * 2 >= value.len()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rstest::rstest;

    use super::*;
    use crate::syntax::decode::to_base64;
    use crate::text::hex;

    /// The encoded literals of a text as `source: recipe: text`.
    fn found(text: &str) -> Vec<String> {
        let line = |one: Encoded| {
            let recipe = super::super::recipe(&one.chain).join(" ");
            assert_eq!(
                super::super::apply(&one.chain, &text.as_bytes()[one.span.start..one.span.end]).unwrap(),
                one.bytes
            );
            format!("{}: {recipe}: {}", one.span.start, String::from_utf8_lossy(&one.bytes))
        };
        encoded(text, &mut 1_000_000).into_iter().map(line).collect()
    }

    const CODE: &str = "require('child_process').exec('id')";

    fn selector(byte: u8) -> char {
        let byte = u32::from(byte);
        char::from_u32(if byte < 16 { 0xFE00 + byte } else { 0xE0100 + byte - 16 }).unwrap()
    }

    #[test]
    fn each_encoding_is_undone_with_its_recipe() {
        let b64 = to_base64(CODE.as_bytes());
        let turned: String = to_base64(b"var x = require('https');").chars().rev().collect();
        let wide: Vec<u8> = "IEX (New-Object Net.WebClient)".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(CODE.as_bytes()).unwrap();
        let gzip = to_base64(&packed.finish().unwrap());
        let escaped: String = CODE.bytes().map(|b| format!("\\x{b:02x}")).collect();
        let percent: String = CODE.bytes().map(|b| format!("%{b:02X}")).collect();
        let selectors: String = CODE.bytes().map(selector).collect();
        let tags: String = CODE.bytes().filter_map(|b| char::from_u32(0xE0000 + u32::from(b))).collect();
        let table = [
            (format!("x = `😀{selectors}`"), "invisible", CODE),
            (format!("x = '{tags}'"), "invisible", CODE),
            (format!("x = '{}'", b64.bytes().map(selector).collect::<String>()), "invisible base64", CODE),
            (format!("x = '{b64}'"), "base64", CODE),
            (format!("x = ('{}'\n  \"{}\")", &b64[..20], &b64[20..]), "base64", CODE),
            (format!("x = \"\"\"{}\n{}\"\"\"", &b64[..20], &b64[20..]), "base64", CODE),
            (format!("x = '{}'", hex(CODE.as_bytes())), "hex", CODE),
            (format!("x = '{}'", to_base64(b64.as_bytes())), "base64 base64", CODE),
            (format!("x = '{}'", to_base64(hex(CODE.as_bytes()).as_bytes())), "base64 hex", CODE),
            (format!("x = '{}'", to_base64(to_base64(b64.as_bytes()).as_bytes())), "base64 base64 base64", CODE),
            (format!("x = '{gzip}'"), "base64 gzip", CODE),
            (format!("x = '{turned}'"), "reverse base64", "var x = require('https');"),
            (format!("x = '{}'", to_base64(&wide)), "base64 utf-16", "IEX (New-Object Net.WebClient)"),
            (format!("x = '{escaped}'"), "", CODE),
            (format!("x = '{percent}'"), "url", CODE),
            (format!("x = '{}'", to_base64(b"https://a.invalid/x")), "base64", "https://a.invalid/x"),
        ];
        for (text, recipe, out) in table {
            let recipe = format!("literal {recipe}");
            let at = text.find(['\'', '"', '`']).unwrap();
            assert_eq!(found(&text), [format!("{at}: {}: {out}", recipe.trim_end())], "{text}");
        }
    }

    #[test]
    fn a_program_is_found_by_its_first_bytes() {
        let program = [b"\x7fELF\x02\x01\x01".as_slice(), &[0, 200, 7].repeat(40)].concat();
        let text = format!("const p = \"{}\"", to_base64(&program));
        let mut work = 1000;
        let all = encoded(&text, &mut work);
        assert_eq!(all.iter().map(|one| one.bytes.len()).collect::<Vec<_>>(), [program.len()]);
        assert_eq!(work, 1000 - program.len());
        assert_eq!(encoded(&text.repeat(3), &mut 1).len(), 1, "it ends where no work is left");
    }

    #[rstest]
    #[case::hash("x = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'")]
    #[case::integrity(
        "x = 'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=='"
    )]
    #[case::names("x = ['AbstractSingletonProxyFactoryBean', 'componentWillReceiveProps', 'application/vnd_api']")]
    #[case::alphabet("x = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'")]
    #[case::digits(
        "x = '0123456789abcdef0123456789abcdef0123456789abcdef' + '314159265358979323846264338327950288419716939937510'"
    )]
    #[case::image(
        "x = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='"
    )]
    #[case::data("x = 'data:text/plain;base64,cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWMoJ2lkJyk='")]
    #[case::short("x = 'aGVsbG8gd29ybGQ='")]
    #[case::accents(r"x = '\u0300-\u036f\u0483\u0484\u0591-\u05bd\u05bf\u05c1'")]
    #[case::mappings("x = 'AAAA,SAASA,EAAEC,GAAG,CAACC,KAAK,CAAC;AACjB,IAAMC,GAAG,GAAGC,OAAO'")]
    #[case::percents("x = '%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%'")]
    #[case::text("x = 'An ordinary sentence that is long enough to be looked at.'")]
    fn ordinary_literals_are_left_alone(#[case] text: &str) {
        assert_eq!(found(text), Vec::<String>::new());
    }
}
