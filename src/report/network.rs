//! The addresses of an attack in the sorts that records and platforms know, in the form that their parsers take.

use std::net::IpAddr;

use super::dossier::Dossier;
use crate::evidence::Indicator;
use crate::evidence::indicator::{Kind, is_well_known};

/// Domains, IP addresses and URLs, each once, the most telling first; what no parser takes is left to the text of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Letters, digits, `-` and `_` in labels.
    pub domains: Vec<String>,
    /// IPv4 and IPv6.
    pub ips: Vec<String>,
    /// With scheme and host.
    pub urls: Vec<String>,
}

impl Network {
    /// Those that are part of the attack.
    #[must_use]
    pub fn of(dossier: &Dossier) -> Self {
        let mut network = Self::default();
        let put = |list: &mut Vec<String>, value: String| {
            if !list.contains(&value) {
                list.push(value);
            }
        };
        // The host of a service that everybody uses is no indicator, unless an analyst says so; its full address is one.
        let of_webhook = |(indicator, _): (&Indicator, _)| {
            let host = url(&indicator.value).map(|(_, host)| host);
            host.filter(|_| indicator.kind == Kind::Webhook)
        };
        let services: Vec<String> = dossier.indicators().filter_map(of_webhook).collect();
        let everybodys = |host: &str| is_well_known(host) || services.iter().any(|service| service == host);
        for (indicator, _) in dossier.indicators() {
            let value = indicator.value.as_str();
            match indicator.kind {
                Kind::Domain | Kind::Onion
                    if is_domain(value) && (!everybodys(value) || dossier.decided.role(indicator).is_some()) =>
                {
                    put(&mut network.domains, value.to_owned());
                }
                Kind::Ipv4 | Kind::Ipv6 if value.parse::<IpAddr>().is_ok() => put(&mut network.ips, value.to_owned()),
                Kind::Url | Kind::Webhook => {
                    let Some((url, host)) = url(value) else { continue };
                    put(&mut network.urls, url);
                    if let Ok(ip) = host.parse::<IpAddr>() {
                        put(&mut network.ips, ip.to_string());
                    } else if is_domain(&host) && !everybodys(&host) {
                        put(&mut network.domains, host);
                    }
                }
                _ => {}
            }
        }
        network
    }
}

/// Whether a text is a domain as records have it.
fn is_domain(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    text.len() <= 255
        && text.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(sign))
        && text.parse::<IpAddr>().is_err()
}

/// A URL that every parser takes, and its host; `None` for what is none. What may not stand in a URL is percent-encoded.
fn url(text: &str) -> Option<(String, String)> {
    // A part that is not known: what is left is no address.
    if text.contains('\u{FFFC}') {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if !is_scheme || !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host_and_port.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, after)) => (address.to_owned(), after.strip_prefix(':').unwrap_or_default()),
        None => {
            let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
            (host.to_owned(), port)
        }
    };
    let is_host = is_domain(&host) || host.parse::<IpAddr>().is_ok();
    if !is_host || !port.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let user = authority.strip_suffix(host_and_port).unwrap_or_default();
    if !user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:@".contains(&b)) {
        return None;
    }
    Some((format!("{scheme}://{authority}{}", encoded(path)), host))
}

/// Percent-encodes what may not stand in a path or query, and each percent sign that encodes nothing.
fn encoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut text = String::with_capacity(path.len());
    for (at, byte) in bytes.iter().enumerate() {
        let encodes = || bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let stays = match byte {
            b'%' => encodes(),
            _ => byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(byte),
        };
        match stays {
            true => text.push(char::from(*byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://a.example.com/x?y=1#z", Some(("https://a.example.com/x?y=1#z", "a.example.com")))]
    #[case("http://203.0.113.7:8080/", Some(("http://203.0.113.7:8080/", "203.0.113.7")))]
    #[case("http://[2001:db8::1]:8/a", Some(("http://[2001:db8::1]:8/a", "2001:db8::1")))]
    #[case("https://u:p@a.example.com/", Some(("https://u:p@a.example.com/", "a.example.com")))]
    #[case("https://a.example.com/\u{202E}a b%zz%41", Some(("https://a.example.com/%E2%80%AEa%20b%25zz%41", "a.example.com")))]
    #[case("https://\u{FFFC}/x", None)]
    #[case("https://a.example.com:x/", None)]
    #[case("https://a b.example.com/", None)]
    #[case("https:///x", None)]
    #[case("a.example.com/x", None)]
    fn only_what_every_parser_takes_is_a_url(#[case] text: &str, #[case] is: Option<(&str, &str)>) {
        assert_eq!(url(text), is.map(|(url, host)| (url.to_owned(), host.to_owned())));
    }

    #[rstest]
    #[case("a-b_c.example.com", true)]
    #[case("203.0.113.7", false)]
    #[case("a..example.com", false)]
    #[case("ä.example.com", false)]
    #[case("", false)]
    fn a_domain_is_letters_digits_and_labels(#[case] text: &str, #[case] is: bool) {
        assert_eq!(is_domain(text), is);
        assert!(!is_domain(&format!("{}.example.com", "a".repeat(64))));
        assert!(!is_domain(&vec!["abcdefg"; 40].join(".")));
    }
}
