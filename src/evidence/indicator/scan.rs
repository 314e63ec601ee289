//! Finds indicators in a text: one pass over its words, each looked at once with what stands around it.
//!
//! A word is a run of letters, digits, `_` and `-`. What follows it says what it may begin: `://` a URL, `@` an e-mail
//! address, `.` an IP address or a host, `\` a registry key; a long word may be a hash, a wallet or a token.
//!
//! A domain is taken only from a URL, from an e-mail address, or from a string literal that is wholly a host with a known
//! public ending ([`super::host::is_host`]).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::host::{self, Host};
use super::url::{of_host, url};
use super::{Kind, mutex, token, wallet};
use crate::text::Span;

/// Shortest word that can be a token, wallet or hash.
const LONG: usize = 20;
/// Longest word looked at: longer ones are blobs.
const BLOB: usize = 300;
/// Most finds of one text.
const MAX_FOUND: usize = 20_000;

/// What to look for in a text besides what is looked for everywhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// String literals that are wholly a host: the text is code.
    pub literals: bool,
    /// Digests: lists of files and locks are full of them.
    pub hashes: bool,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub kind: Kind,
    /// The value in its usual notation.
    pub value: String,
    /// Which service, currency or algorithm; empty where there is none.
    pub class: &'static str,
    /// How it was written, where that was odd.
    pub odd: Option<&'static str>,
    pub span: Span,
    /// The host that it lies on, for its role.
    pub host: Option<Host>,
}

/// A text's finds; the flag says that there were more.
#[derive(Debug, Default)]
pub(super) struct Finds {
    pub found: Vec<Found>,
    pub full: bool,
}

impl Finds {
    pub fn add(&mut self, found: Found) {
        if self.found.len() < MAX_FOUND {
            self.found.push(found);
        } else {
            self.full = true;
        }
    }

    pub fn plain(&mut self, kind: Kind, value: &str, class: &'static str, start: usize, end: usize) {
        self.add(Found { kind, value: value.to_owned(), class, odd: None, span: Span { start, end }, host: None });
    }
}

const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        #[allow(clippy::indexing_slicing)] // The index is below 256.
        {
            table[byte] = c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
        }
        byte += 1;
    }
    table
};

fn is_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| WORD.get(usize::from(*byte)).copied().unwrap_or(false))
}

/// A text with a view of its bytes.
pub(super) struct Text<'t> {
    text: &'t str,
    pub bytes: &'t [u8],
}

impl<'t> Text<'t> {
    pub fn part(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or("")
    }

    pub fn at(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub fn before(&self, at: usize) -> Option<u8> {
        self.at(at.checked_sub(1)?)
    }

    /// The end of the run of bytes from `at` on that `belongs` allows, at most `most` long.
    pub fn run(&self, at: usize, most: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        at + rest.iter().take(most).take_while(|byte| belongs(**byte)).count()
    }
}

/// Looks through a text.
pub(super) fn scan(text: &str, look: Look) -> Finds {
    let text = Text { text, bytes: text.as_bytes() };
    let mut finds = Finds::default();
    let mut at = 0;
    // The end of the last URL or address: what lies inside is part of it.
    let mut within = 0;
    while let Some(byte) = text.bytes.get(at) {
        if !is_word(Some(byte)) {
            // `[2001:db8::1]` and `"::1"` may begin without a word.
            at += 1;
            continue;
        }
        let start = at;
        while is_word(text.bytes.get(at)) {
            at += 1;
        }
        if (LONG..=BLOB).contains(&(at - start)) {
            long(&text, start, at, look, &mut finds);
        }
        if start < within {
            continue;
        }
        let end = match text.at(at) {
            Some(b':') => url(&text, start, at, &mut finds).or_else(|| colon(&text, start, at, &mut finds)),
            Some(b'.') => dotted(&text, start, at, look, &mut finds),
            Some(b'@') => mail(&text, start, at, &mut finds),
            Some(b'\\') => {
                registry(&text, start, at, &mut finds).or_else(|| mutex::named(&text, start, at, &mut finds))
            }
            Some(b'(') => mutex::given(&text, start, at, &mut finds),
            _ => None,
        };
        within = end.unwrap_or(within);
    }
    finds
}

/// What a long word is.
fn long(text: &Text<'_>, start: usize, end: usize, look: Look, finds: &mut Finds) {
    let word = text.part(start, end);
    if let Some(service) = token::service(word) {
        finds.plain(Kind::Token, word, service, start, end);
    } else if let Some(currency) = wallet::currency(word) {
        // Part of a blob or of a path is no address.
        if !matches!(text.before(start), Some(b'/' | b'+' | b'.')) && !matches!(text.at(end), Some(b'/' | b'+' | b'='))
        {
            finds.plain(Kind::Wallet, word, currency, start, end);
        }
    } else if look.hashes {
        let algorithm = match word.len() {
            32 => "md5",
            40 => "sha1",
            64 => "sha256",
            128 => "sha512",
            _ => return,
        };
        let hex = word.bytes().all(|b| b.is_ascii_hexdigit());
        let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
        let case = !(word.bytes().any(|b| b.is_ascii_uppercase()) && word.bytes().any(|b| b.is_ascii_lowercase()));
        if hex && mixed && case && !matches!(text.before(start), Some(b'/' | b'+' | b'=')) {
            finds.plain(Kind::Hash, &word.to_ascii_lowercase(), algorithm, start, end);
        }
    }
}

/// A bot's token or an IPv6 address.
fn colon(text: &Text<'_>, start: usize, at: usize, finds: &mut Finds) -> Option<usize> {
    let end = text.run(at + 1, 64, |byte| is_word(Some(&byte)));
    let (number, secret) = (text.part(start, at), text.part(at + 1, end));
    if token::telegram(number, secret) {
        let digits = number.strip_prefix("bot").unwrap_or(number);
        finds.plain(Kind::Token, &format!("{digits}:{secret}"), "telegram bot", start, end);
        return Some(end);
    }
    let open = text.before(start)?;
    let close = match open {
        b'"' | b'\'' | b'`' => open,
        b'[' => b']',
        _ => return None,
    };
    let end = text.run(start, 46, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let address: Ipv6Addr = text.part(start, end).parse().ok()?;
    if text.at(end) != Some(close) || end - start < 6 {
        return None;
    }
    finds.add(of_host(Host::Address(address.into(), None), Span { start, end }));
    Some(end)
}

/// An IPv4 address, a host that is a whole string literal, a Discord token, an onion host.
fn dotted(text: &Text<'_>, start: usize, at: usize, look: Look, finds: &mut Finds) -> Option<usize> {
    let first = text.part(start, at);
    if first.len() <= 3 && first.bytes().all(|b| b.is_ascii_digit()) {
        return quad(text, start, finds);
    }
    if first.len() == 56 || first.len() == 16 {
        let end = at + 6;
        let base32 = first.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'2'..=b'7'));
        if base32 && text.part(at, end) == ".onion" && !is_word(text.bytes.get(end)) {
            finds.add(of_host(Host::Name(text.part(start, end).to_owned()), Span { start, end }));
            return Some(end);
        }
    }
    if (24..=28).contains(&first.len()) {
        let middle = text.run(at + 1, 16, |byte| is_word(Some(&byte)));
        let end = text.run(middle + 1, 64, |byte| is_word(Some(&byte)));
        if text.at(middle) == Some(b'.') && token::discord(first, text.part(at + 1, middle), text.part(middle + 1, end))
        {
            finds.plain(Kind::Token, text.part(start, end), "discord", start, end);
            return Some(end);
        }
    }
    if look.literals {
        return literal_host(text, start, finds);
    }
    None
}

/// A string literal that is wholly a host, with or without a port.
fn literal_host(text: &Text<'_>, start: usize, finds: &mut Finds) -> Option<usize> {
    let quote = text.before(start).filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let end = text.run(start, 254, |byte| is_word(Some(&byte)) || byte == b'.');
    let after = match text.at(end) {
        Some(b':') => text.run(end + 1, 5, |byte| byte.is_ascii_digit()),
        _ => end,
    };
    if text.at(after) != Some(quote) {
        return None;
    }
    // A module's name: `require('socket.io')`, `from "draw.io"`.
    let front = text.part(start.saturating_sub(12), start - 1);
    let front = front.trim_end();
    if ["require(", "from", "import", "import("].iter().any(|word| front.ends_with(word)) {
        return None;
    }
    let name = text.part(start, end);
    if !host::is_host(name) {
        return None;
    }
    finds.add(of_host(Host::Name(name.to_ascii_lowercase()), Span { start, end }));
    Some(after)
}

/// Four numbers with dots that are an address and no version: nothing that continues them stands beside, no `version` and
/// no product's name stands before.
fn quad(text: &Text<'_>, start: usize, finds: &mut Finds) -> Option<usize> {
    let end = text.run(start, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let written = text.part(start, end);
    let trimmed = written.trim_end_matches('.');
    let end = start + trimmed.len();
    let address: Ipv4Addr = trimmed.parse().ok()?;
    let before = text.before(start);
    // A command line's `/dev/tcp/1.2.3.4/80` and a shell's `HOST=1.2.3.4` are addresses; `==1.2.3.4` is a version.
    let front = text.part(start.saturating_sub(5), start);
    let continued = match before {
        Some(b'/') => !front.ends_with("/tcp/") && !front.ends_with("/udp/"),
        Some(b'=') => ["==", "<=", ">=", "~=", "!="].iter().any(|sign| front.ends_with(sign)),
        Some(b'.' | b'+' | b'~' | b'^' | b'<' | b'>' | b'$' | b'%' | b'#') => true,
        _ => false,
    };
    if continued {
        return None;
    }
    let port = text.at(end) == Some(b':') && text.at(end + 1).is_some_and(|b| b.is_ascii_digit());
    if is_word(text.bytes.get(end))
        || written.len() > trimmed.len() && text.at(end + 1).is_some_and(|b| b.is_ascii_alphanumeric())
    {
        return None;
    }
    let [a, b, c, d] = address.octets();
    let zeros = [b, c, d].iter().filter(|part| **part == 0).count();
    let local = address.is_private() || address.is_loopback() || address.is_unspecified();
    // Netmasks and multicast are no hosts; `2.0.0.0` is a version, as is any list of small numbers.
    if !local && !port && (a == 0 || a >= 224 || zeros >= 2 || [a, b, c, d].iter().all(|part| *part < 20)) {
        return None;
    }
    let mut from = start.saturating_sub(40);
    while !text.text.is_char_boundary(from) {
        from += 1;
    }
    let line = text.part(from, start);
    let line = line.rsplit('\n').next().unwrap_or(line).to_ascii_lowercase();
    if !port && ["version", "ver ", "release", "oid", "section", "mask"].iter().any(|word| line.contains(word)) {
        return None;
    }
    finds.add(of_host(Host::Address(address.into(), None), Span { start, end }));
    Some(end)
}

/// An e-mail address around an `@`.
fn mail(text: &Text<'_>, start: usize, at: usize, finds: &mut Finds) -> Option<usize> {
    let mut begin = start;
    while text.before(begin).is_some_and(|byte| is_word(Some(&byte)) || matches!(byte, b'.' | b'+')) {
        // No mailbox has a longer name (RFC 5321).
        if at - begin > 64 {
            return None;
        }
        begin -= 1;
    }
    let end = text.run(at + 1, 254, |byte| is_word(Some(&byte)) || byte == b'.');
    let name = text.part(at + 1, end).trim_end_matches(['.', '-', '_']);
    let end = at + 1 + name.len();
    let local = text.part(begin, at);
    let valid = local.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && !name.contains("..")
        && !name.contains('_')
        && host::is_mail_host(name);
    // `git@host:path` is a repository; `/@` and `//user@` are parts of addresses.
    if !valid || local == "git" || matches!(text.before(begin), Some(b'/' | b':' | b'@')) || text.at(end) == Some(b'@')
    {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let value = format!("{local}@{name}");
    let span = Span { start: begin, end };
    finds.add(Found { kind: Kind::Email, value, class: "", odd: None, span, host: Some(Host::Name(name.clone())) });
    finds.add(of_host(Host::Name(name), Span { start: at + 1, end }));
    Some(end)
}

/// A key of the Windows registry by its root.
fn registry(text: &Text<'_>, start: usize, at: usize, finds: &mut Finds) -> Option<usize> {
    let root = text.part(start, at);
    if !root.starts_with("HKEY_") && !["HKLM", "HKCU", "HKCR", "HKU"].contains(&root) {
        return None;
    }
    let end =
        text.run(at, 300, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'\\' | b'_' | b'-' | b'.' | b' '));
    let value = text.part(start, end).trim_end_matches(['\\', ' ', '.']).replace("\\\\", "\\");
    if !value.contains('\\') {
        return None;
    }
    finds.plain(Kind::RegistryKey, &value, "", start, end);
    Some(end)
}
