//! URLs in a text, and the hosts that they name.

use std::net::IpAddr;

use super::host::{self, Authority, Host};
use super::scan::{Finds, Found, Text};
use super::{Kind, token};
use crate::text::Span;

/// Longest URL kept.
const MAX_URL: usize = 2048;

/// Schemes whose addresses are reached over the network; the second is how it is written here.
const SCHEMES: &[(&str, &str)] = &[
    ("https", "https"),
    ("http", "http"),
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("wss", "wss"),
    ("ws", "ws"),
    ("ftps", "ftps"),
    ("ftp", "ftp"),
    ("sftp", "sftp"),
    ("ssh", "ssh"),
    ("tcp", "tcp"),
    ("udp", "udp"),
    ("ldap", "ldap"),
    ("ldaps", "ldaps"),
    ("rmi", "rmi"),
    ("smb", "smb"),
    ("socks5", "socks5"),
    ("socks4", "socks4"),
];

/// What ends a sentence or a format, not a URL.
const TRAILING: [char; 11] = ['.', ',', ';', ':', '!', '?', '*', '_', '$', '\\', '%'];

/// Where a URL whose authority begins at `start` ends: at what no URL holds, at a bracket that was not opened in it
/// (`(see https://a/b)`, `[text](https://a/b)`), at an escape other than JSON's `\/`, at HTML's mark of a quote or bracket,
/// at the end of a comment and where a template goes on.
fn url_end(text: &Text<'_>, start: usize, most: usize) -> usize {
    let (mut round, mut square) = (false, false);
    let bytes = text.bytes.get(start..).unwrap_or(&[]);
    for (at, byte) in bytes.iter().take(most).enumerate() {
        let rest = || bytes.get(at + 1..).unwrap_or(&[]);
        let ends = match byte {
            b'(' => {
                round = true;
                false
            }
            b'[' => {
                square = true;
                false
            }
            b')' => !round,
            b']' => !square,
            b'\\' => !rest().starts_with(b"/"),
            b'&' => [&b"quot;"[..], b"lt;", b"gt;", b"#39;"].iter().any(|mark| rest().starts_with(mark)),
            b'*' => rest().starts_with(b"/"),
            b'$' => rest().starts_with(b"{") || rest().starts_with(b"("),
            b'"' | b'\'' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'^' => true,
            byte => !byte.is_ascii_graphic(),
        };
        if ends {
            return start + at;
        }
    }
    start + bytes.len().min(most)
}

/// Whether a host is more than a way of speaking: `http://host` names none.
fn named(authority: &Authority) -> Option<()> {
    match &authority.host {
        Host::Name(name) if !name.contains('.') && name != "localhost" => authority.port.is_some().then_some(()),
        _ => Some(()),
    }
}

/// A URL whose scheme is the word before the colon.
pub(super) fn url(text: &Text<'_>, start: usize, colon: usize, finds: &mut Finds) -> Option<usize> {
    // JSON may write `:\/\/`.
    let body = match text.bytes.get(colon..) {
        Some([b':', b'/', b'/', ..]) => colon + 3,
        Some([b':', b'\\', b'/', b'\\', b'/', ..]) => colon + 5,
        _ => return None,
    };
    let word = text.part(start, colon).to_ascii_lowercase();
    let exact = SCHEMES.iter().find(|(scheme, _)| *scheme == word);
    // `\nhttp://` in a string: the letter belongs to the escape.
    let suffix = || SCHEMES.iter().take(4).find(|(scheme, _)| word.ends_with(scheme));
    let (written, scheme) = exact.or_else(suffix)?;
    let start = colon - written.len();
    // Without a host it ends here, so that a text full of `://` costs no more than its length.
    let front = text.part(body, url_end(text, body, 300));
    let front = front.split(['/', '?', '#']).next().unwrap_or(front);
    named(&Authority::read(front.trim_end_matches(TRAILING))?)?;
    let raw = text.part(body, url_end(text, body, MAX_URL)).trim_end_matches(TRAILING);
    let stop = body + raw.len();
    let plain = raw.replace("\\/", "/");
    let split = plain.find(['/', '?', '#']).unwrap_or(plain.len());
    let (front, path) = plain.split_at_checked(split)?;
    let authority = Authority::read(front)?;
    named(&authority)?;
    let Authority { host, port, user } = authority;
    let mut odd = match &host {
        Host::Address(_, odd) => *odd,
        Host::Name(_) => None,
    };
    // Where one logs in by name that is how it is done.
    if user && odd.is_none() && !["ssh", "sftp"].contains(scheme) {
        odd = Some("with a name before the host");
    }
    let shown_user = if user { front.rsplit_once('@').map_or("", |(user, _)| user) } else { "" };
    let at = if user { "@" } else { "" };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let value = format!("{scheme}://{shown_user}{at}{host}{port}{path}");
    let span = Span { start, end: stop };
    let name = host.to_string();
    let class = host::webhook(&name, path);
    let kind = match (&host, class) {
        (_, Some(_)) => Kind::Webhook,
        (Host::Name(name), _) if name.ends_with(".onion") => Kind::Onion,
        _ => Kind::Url,
    };
    if class == Some("telegram bot") {
        bot(path, span, finds);
    }
    let class = class.or_else(|| crate::behavior::strings::host_class(&name)).unwrap_or("");
    finds.add(Found { kind, value, class, odd, span, host: Some(host.clone()) });
    finds.add(of_host(host, span));
    Some(stop)
}

/// The token in the path of a Telegram bot's address.
fn bot(path: &str, span: Span, finds: &mut Finds) {
    let part = path.split('/').find_map(|part| part.strip_prefix("bot")?.split_once(':'));
    if let Some((number, secret)) = part.filter(|(number, secret)| token::telegram(number, secret)) {
        finds.plain(Kind::Token, &format!("{number}:{secret}"), "telegram bot", span.start, span.end);
    }
}

/// The host itself as an indicator.
pub(super) fn of_host(host: Host, span: Span) -> Found {
    let (kind, value, odd) = match &host {
        Host::Name(name) => (if name.ends_with(".onion") { Kind::Onion } else { Kind::Domain }, name.clone(), None),
        Host::Address(IpAddr::V4(address), odd) => (Kind::Ipv4, address.to_string(), *odd),
        Host::Address(IpAddr::V6(address), _) => (Kind::Ipv6, address.to_string(), None),
    };
    let class = match &host {
        Host::Name(name) => crate::behavior::strings::host_class(name).unwrap_or(""),
        Host::Address(..) => "",
    };
    Found { kind, value, class, odd, span, host: Some(host) }
}
