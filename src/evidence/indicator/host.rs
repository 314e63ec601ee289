//! Hosts: what an authority names, however it is written, and what is known of the name.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Lists {
    suffixes: HashSet<String>,
    doubtful: HashSet<String>,
    well_known: HashSet<String>,
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    toml::from_str(include_str!("hosts.toml")).unwrap_or_else(|error| panic!("built-in hosts: {error}"))
});

/// What stands between `//` and the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// The host, in its usual notation.
    pub host: Host,
    /// Digits after the last colon.
    pub port: Option<String>,
    /// Whether something before an `@` stands where the eye looks for the host.
    pub user: bool,
}

/// What is talked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A name, lower case.
    Name(String),
    /// An address; the second part says how it was written, where that was odd.
    Address(IpAddr, Option<&'static str>),
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V6(address), _) => write!(f, "[{address}]"),
            Self::Address(address, _) => write!(f, "{address}"),
        }
    }
}

impl Authority {
    /// Reads an authority as browsers do: the host is what follows the last `@`.
    pub fn read(text: &str) -> Option<Self> {
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (!user.is_empty(), rest),
            None => (false, text),
        };
        if let Some(inner) = rest.strip_prefix('[') {
            let (address, after) = inner.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            let port = after.strip_prefix(':').and_then(port);
            return Some(Self { host: Host::Address(address.into(), None), port, user });
        }
        let (name, number) = match rest.split_once(':') {
            Some((name, number)) => (name, port(number)),
            None => (rest, None),
        };
        Some(Self { host: Host::read(name)?, port: number, user })
    }
}

fn port(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=5).contains(&digits).then(|| text.get(..digits).unwrap_or("").to_owned())
}

impl Host {
    fn read(text: &str) -> Option<Self> {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if name.is_empty() || name.len() > 253 || !name.bytes().all(allowed) || name.split('.').any(str::is_empty) {
            return None;
        }
        let last = name.rsplit('.').next().unwrap_or("");
        if last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") {
            return number(&name).map(|(address, odd)| Self::Address(address.into(), odd));
        }
        name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()).then_some(Self::Name(name))
    }
}

/// An IPv4 address in any notation that a browser or `inet_aton` reads: one to four parts, each decimal, octal (leading 0)
/// or hexadecimal (0x), the last part filling the remaining bytes. Source: WHATWG URL, "IPv4 parser".
pub(super) fn number(text: &str) -> Option<(Ipv4Addr, Option<&'static str>)> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    let (mut hex, mut octal) = (false, false);
    let mut values = Vec::with_capacity(4);
    for part in &parts {
        let value = if let Some(digits) = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            hex = true;
            if digits.is_empty() { 0 } else { u64::from_str_radix(digits, 16).ok()? }
        } else if part.len() > 1 && part.starts_with('0') {
            octal = true;
            u64::from_str_radix(part, 8).ok()?
        } else {
            part.parse().ok()?
        };
        values.push(value);
    }
    let (last, front) = values.split_last()?;
    let room = u32::try_from(8 * (4 - front.len())).ok()?;
    if *last >= 1_u64 << room || front.iter().any(|value| *value > 255) {
        return None;
    }
    let high = front.iter().fold(0, |all, value| all << 8 | value);
    let address = Ipv4Addr::from(u32::try_from(high << room | last).ok()?);
    let odd = match (hex, octal, parts.len()) {
        (true, ..) => Some("hexadecimal"),
        (_, true, _) => Some("octal"),
        (_, _, 4) => None,
        (_, _, 1) => Some("one decimal number"),
        _ => Some("fewer than four parts"),
    };
    Some((address, odd))
}

/// Whether a name, wholly given as a string, is taken for a host: its ending is a known public one, and where that ending
/// is also a word of code it has three parts. `com.example.app` and the like are names of code.
pub(super) fn is_host(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('.').collect();
    let label = |part: &&str| {
        let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        part.len() <= 63 && ends(part.bytes().next()) && ends(part.bytes().next_back())
    };
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    parts.len() >= 2
        && lower.len() <= 253
        && parts.iter().all(label)
        && lower.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && LISTS.suffixes.contains(*last)
        && (parts.len() >= 3 || !LISTS.doubtful.contains(*last))
        && !["com", "org", "net", "io", "dev", "edu"].contains(first)
}

/// Whether a name can be that of a mail server: its last part is no file ending.
pub(super) fn is_mail_host(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    let short =
        last.len() == 2 && !["py", "js", "ts", "md", "sh", "so", "rs", "pl", "cc", "go"].contains(&last.as_str());
    name.contains('.') && last.bytes().all(|b| b.is_ascii_alphabetic()) && (short || LISTS.suffixes.contains(&last))
}

/// Reserved for documentation, tests and the local machine or network (RFC 2606, 5737, 3849, 1918, 6761).
pub(super) fn reserved(host: &Host) -> Option<&'static str> {
    match host {
        Host::Name(name) => {
            let below = |suffix: &str| name == suffix || name.strip_suffix(suffix).is_some_and(|s| s.ends_with('.'));
            if ["example", "test", "invalid", "example.com", "example.net", "example.org"].into_iter().any(below) {
                Some("reserved name")
            } else if ["localhost", "local", "internal", "lan", "localdomain"].into_iter().any(below)
                || !name.contains('.')
            {
                Some("local name")
            } else {
                None
            }
        }
        Host::Address(IpAddr::V4(address), _) => {
            // The address at which a cloud machine reads its own keys.
            if address.is_documentation() {
                Some("documentation address")
            } else if address.is_loopback()
                || address.is_private()
                || address.is_unspecified()
                || address.is_broadcast()
            {
                Some("local address")
            } else {
                None
            }
        }
        Host::Address(IpAddr::V6(address), _) => {
            if let Some(address) = address.to_ipv4_mapped() {
                return reserved(&Host::Address(address.into(), None));
            }
            let first = address.segments().first().copied().unwrap_or(0);
            if address.segments().starts_with(&[0x2001, 0xdb8]) {
                Some("documentation address")
            } else if address.is_loopback()
                || address.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
            {
                Some("local address")
            } else {
                None
            }
        }
    }
}

/// Whether a name is one that packages of every kind name, or lies below one.
#[must_use]
pub fn is_well_known(name: &str) -> bool {
    let mut rest = name;
    // A host has at most 127 labels.
    loop {
        if LISTS.well_known.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
}

/// Services that take messages for whoever owns the address, by host and path.
pub(super) fn webhook(host: &str, path: &str) -> Option<&'static str> {
    let below = |suffix: &str| host == suffix || host.strip_suffix(suffix).is_some_and(|s| s.ends_with('.'));
    let discord = || {
        let path = path.strip_prefix("/api")?;
        let version = path.strip_prefix("/v").and_then(|p| p.split_once('/')).filter(|(v, _)| v.len() <= 2);
        let path = version.map_or(path.trim_start_matches('/'), |(_, rest)| rest);
        path.starts_with("webhooks").then_some("discord")
    };
    if below("discord.com") || below("discordapp.com") {
        return discord();
    }
    // A host, how its path begins, and the service.
    const SERVICES: [(&str, &str, &str); 23] = [
        ("hooks.slack.com", "", "slack"),
        ("api.telegram.org", "", "telegram bot"),
        ("open.feishu.cn", "/open-apis/bot/", "feishu"),
        ("open.larksuite.com", "/open-apis/bot/", "lark"),
        ("oapi.dingtalk.com", "/robot/", "dingtalk"),
        ("qyapi.weixin.qq.com", "/cgi-bin/webhook", "wecom"),
        ("webhook.office.com", "", "teams"),
        ("outlook.office.com", "/webhook", "teams"),
        ("logic.azure.com", "/workflows/", "teams"),
        ("chat.googleapis.com", "/v1/spaces", "google chat"),
        ("hooks.zapier.com", "", "zapier"),
        ("zulipchat.com", "/api/v1/", "zulip"),
        ("ntfy.sh", "/", "ntfy"),
        ("maker.ifttt.com", "/trigger", "ifttt"),
        ("make.com", "/", "make"),
        ("hook.integromat.com", "", "make"),
        ("api.pushover.net", "", "push"),
        ("api.pushbullet.com", "", "push"),
        ("sctapi.ftqq.com", "", "push"),
        ("api.day.app", "", "push"),
        ("notify-api.line.me", "", "push"),
        ("webexapis.com", "/v1/webhooks/incoming", "webex"),
        ("media.guilded.gg", "/webhooks", "guilded"),
    ];
    // Of `make.com` only the hosts that take data: `hook.eu1.make.com`.
    let takes = |service: &str| service != "make" || host.starts_with("hook.");
    let known =
        SERVICES.iter().find(|(suffix, start, service)| below(suffix) && path.starts_with(start) && takes(service));
    if let Some((.., service)) = known {
        return Some(service);
    }
    crate::behavior::strings::host_class(host).filter(|class| ["request bin", "out of band"].contains(class))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("203.0.113.7", "203.0.113.7 None")]
    #[case("3405803783", "203.0.113.7 Some(\"one decimal number\")")]
    #[case("0xcb007107", "203.0.113.7 Some(\"hexadecimal\")")]
    #[case("0xcb.0x0.0x71.0x7", "203.0.113.7 Some(\"hexadecimal\")")]
    #[case("0313.0.0161.07", "203.0.113.7 Some(\"octal\")")]
    #[case("203.28935", "203.0.113.7 Some(\"fewer than four parts\")")]
    #[case("1.2.3.4.5", "")]
    #[case("256.0.0.1", "")]
    #[case("4294967296", "")]
    #[case("09.1.1.1", "")]
    fn numbers_are_read_as_browsers_read_them(#[case] text: &str, #[case] expected: &str) {
        let shown = number(text).map(|(address, odd)| format!("{address} {odd:?}")).unwrap_or_default();
        assert_eq!(shown, expected);
    }

    #[rstest]
    #[case("a.example.com:8080", "a.example.com 8080 false")]
    #[case("www.example.com@203.0.113.7", "203.0.113.7 - true")]
    #[case("user:pass@A.Example.com", "a.example.com - true")]
    #[case("[2001:DB8::1]:80", "[2001:db8::1] 80 false")]
    #[case("exa mple.com", "")]
    #[case("{host}", "")]
    #[case("a..b", "")]
    fn authorities(#[case] text: &str, #[case] expected: &str) {
        let shown = Authority::read(text)
            .map(|a| format!("{} {} {}", a.host, a.port.as_deref().unwrap_or("-"), a.user))
            .unwrap_or_default();
        assert_eq!(shown, expected);
    }

    #[rstest]
    #[case("collect.example.com", true)]
    #[case("example.org", true)]
    #[case("a.b.info", true)]
    #[case("console.info", false)]
    #[case("os.path.join", false)]
    #[case("this.name", false)]
    #[case("setup.py", false)]
    #[case("index.js", false)]
    #[case("README.md", false)]
    #[case("com.example.io", false)]
    #[case("-a.com", false)]
    #[case("com", false)]
    fn names_that_are_hosts(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_host(name), expected);
    }

    #[rstest]
    #[case("docs.github.com", true)]
    #[case("github.com.a.example", false)]
    #[case("notgithub.com", false)]
    fn well_known_hosts_are_whole_names(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_well_known(name), expected);
    }

    #[rstest]
    #[case("discord.com", "/api/webhooks/1/x", Some("discord"))]
    #[case("canary.discord.com", "/api/v10/webhooks/1/x", Some("discord"))]
    #[case("discord.com", "/api/users", None)]
    #[case("hooks.slack.com", "/services/T/B/x", Some("slack"))]
    #[case("api.telegram.org", "/bot1/sendMessage", Some("telegram bot"))]
    #[case("open.feishu.cn", "/open-apis/bot/v2/hook/0", Some("feishu"))]
    #[case("open.feishu.cn", "/open-apis/contact/v3/users", None)]
    #[case("demo.webhook.office.com", "/webhookb2/0", Some("teams"))]
    #[case("hook.eu1.make.com", "/0", Some("make"))]
    #[case("www.make.com", "/en", None)]
    #[case("ntfy.sh", "/demo", Some("ntfy"))]
    #[case("abc.oast.fun", "/", Some("out of band"))]
    #[case("webhook.site", "/1", Some("request bin"))]
    #[case("example.com", "/api/webhooks", None)]
    fn webhooks(#[case] host: &str, #[case] path: &str, #[case] expected: Option<&str>) {
        assert_eq!(webhook(host, path), expected);
    }
}
