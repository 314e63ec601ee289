//! What a string tells by itself: addresses, paths of secrets, persistence places, encoded and long text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde::Deserialize;

use super::catalogue::{Group, Watches};
use super::feature::Feature;
use crate::syntax::decode;

/// From this length on a literal is a long string (after decoding, for blobs): the published feature leaves the
/// threshold open; ordinary messages and templates stay below it.
const LONG: usize = 1000;
/// Longer text is not searched for classes: no path or address is that long, and cost stays linear.
const SEARCHED: usize = 4096;

/// A table of classes, each with patterns over normalised text.
#[derive(Debug)]
pub struct Classes {
    names: Vec<String>,
    owner: Vec<usize>,
    patterns: RegexSet,
}

impl Classes {
    fn new(table: &BTreeMap<String, Vec<String>>) -> Result<Self, regex::Error> {
        let owner = table.values().enumerate().flat_map(|(i, patterns)| patterns.iter().map(move |_| i)).collect();
        let patterns = RegexSet::new(table.values().flatten())?;
        Ok(Self { names: table.keys().cloned().collect(), owner, patterns })
    }

    /// The classes that a text belongs to, each once, in the table's order.
    pub fn of(&self, text: &str) -> Vec<&str> {
        let mut found: Vec<usize> =
            self.patterns.matches(text).iter().filter_map(|pattern| self.owner.get(pattern).copied()).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|i| self.names.get(i).map(String::as_str)).collect()
    }
}

#[derive(Deserialize)]
struct Document {
    hosts: BTreeMap<String, Vec<String>>,
    weak_suffixes: BTreeMap<String, Vec<String>>,
    sensitive: BTreeMap<String, Vec<String>>,
    persistence: BTreeMap<String, Vec<String>>,
    secret_names: BTreeMap<String, Vec<String>>,
    file_kinds: BTreeMap<String, Vec<String>>,
    places: BTreeMap<String, Vec<String>>,
    environment: BTreeMap<String, Vec<String>>,
}

impl Document {
    fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("catalogue/strings.toml"))
    }
}

/// Every table.
#[derive(Debug)]
pub struct Tables {
    hosts: Classes,
    weak_suffixes: Classes,
    sensitive: Classes,
    persistence: Classes,
    secret_names: Classes,
    file_kinds: Classes,
    places: Classes,
    environment: Classes,
}

/// The classes of texts that are behaviors by themselves, as `cerebro features` lists them.
#[must_use]
#[allow(clippy::panic)]
pub fn groups() -> Vec<Group> {
    let document = Document::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}"));
    let tables = [
        (Feature::D3, "url ", document.hosts),
        (Feature::D3, "url ", document.weak_suffixes),
        (Feature::R5, "", document.sensitive),
        (Feature::X3, "", document.persistence),
        (Feature::X5, "", document.environment),
    ];
    let row = |feature, before: &str, (class, names): (String, Vec<String>)| Group {
        feature,
        watches: Watches::Text,
        words: Some(format!("{before}{class}")),
        names,
    };
    tables
        .into_iter()
        .flat_map(|(feature, before, table)| table.into_iter().map(move |entry| row(feature, before, entry)))
        .collect()
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let read = || -> Result<Tables, Box<dyn std::error::Error>> {
        let document = Document::built_in()?;
        Ok(Tables {
            hosts: Classes::new(&document.hosts)?,
            weak_suffixes: Classes::new(&document.weak_suffixes)?,
            sensitive: Classes::new(&document.sensitive)?,
            persistence: Classes::new(&document.persistence)?,
            secret_names: Classes::new(&document.secret_names)?,
            file_kinds: Classes::new(&document.file_kinds)?,
            places: Classes::new(&document.places)?,
            environment: Classes::new(&document.environment)?,
        })
    };
    read().unwrap_or_else(|error| panic!("built-in string tables: {error}"))
});

#[allow(clippy::panic)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("built-in pattern: {error}"))
}

static URL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\b(?:https?|wss?|ftp|tcp|hxxps?)://([^\s/"'<>`\\)]+)([^\s"'<>`]*)"#));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[a-z]+://)?(?:[^/@]*@)?(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|0x[0-9a-f]{8}|\d{9,10}|\[[0-9a-f:]+\])(?::(\d{2,5}))?(?:/|$)",
    )
});
static BASE64: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z0-9+/_-]+={0,2}$"));
static HEX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[0-9a-fA-F]{2})+$"));
static BARE_HOST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[a-z0-9-]+\.)+[a-z]{2,10}(?::\d+)?(?:/\S*)?$"));
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[A-Za-z0-9_-]{50,}",
    )
});

/// Something a string says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The behavior.
    pub feature: Feature,
    /// Normalised words.
    pub detail: String,
}

fn told(feature: Feature, detail: impl Into<String>) -> Told {
    Told { feature, detail: detail.into() }
}

/// Lower case, backslashes as slashes: the form that the tables' patterns expect.
#[must_use]
pub fn normalised(text: &str) -> String {
    text.to_ascii_lowercase().replace("\\\\", "/").replace('\\', "/")
}

/// What a text says. `own_hosts` are the hosts of the project's own pages (lower case).
#[must_use]
pub fn tell(text: &str, own_hosts: &[String]) -> Vec<Told> {
    let mut found = Vec::new();
    if text.len() < 4 {
        return found;
    }
    if text.len() >= LONG {
        found.push(told(Feature::E4, if text.contains(char::is_whitespace) { "long text" } else { "long blob" }));
    }
    if text.len() >= 24 {
        found.extend(blob(text));
    }
    let lower = normalised(floor(text, SEARCHED));
    for captures in URL.captures_iter(&lower).take(32) {
        let whole = captures.get(0).map_or("", |m| m.as_str());
        let host = captures.get(1).map_or("", |m| m.as_str());
        found.extend(address(whole, host, own_hosts));
    }
    if text.len() <= 300 {
        if found.iter().all(|t| t.feature != Feature::D3) && !text.contains(char::is_whitespace) {
            if ADDRESS.is_match(&lower) && lower.contains('.') {
                found.extend(address(&lower, &lower, own_hosts));
            } else if BARE_HOST.is_match(&lower) {
                // A bare host says something only where the host itself does: `a.py` and `os.path` look alike.
                let classes = TABLES.hosts.of(&lower);
                let telling = classes
                    .iter()
                    .find(|c| !["standard", "code host", "placeholder", "local", "account api"].contains(c));
                found.extend(telling.map(|class| told(Feature::D3, format!("url {class}"))));
            }
        }
        found.extend(TABLES.sensitive.of(&lower).into_iter().map(|class| told(Feature::R5, class)));
        found.extend(TABLES.persistence.of(&lower).into_iter().map(|class| told(Feature::X3, class)));
        found.extend(TABLES.environment.of(&lower).into_iter().map(|class| told(Feature::X5, class)));
    } else if found.iter().all(|t| t.feature != Feature::E3) && lower.len() < SEARCHED {
        // In prose and embedded scripts only the telling classes count.
        found.extend(TABLES.persistence.of(&lower).into_iter().map(|class| told(Feature::X3, class)));
    }
    if TOKEN.is_match(floor(text, SEARCHED)) {
        found.push(told(Feature::X7, "token literal"));
    }
    let exfiltration = ["webhook", "bot telegram", "request bin", "out of band"];
    let endpoints: Vec<Told> = found
        .iter()
        .filter(|t| t.feature == Feature::D3 && exfiltration.iter().any(|class| t.detail.contains(class)))
        .map(|t| told(Feature::X7, t.detail.trim_start_matches("url ")))
        .collect();
    found.extend(endpoints);
    found.sort();
    found.dedup();
    found
}

/// Base64 or hexadecimal text that decodes to more than a word.
fn blob(text: &str) -> Option<Told> {
    let body = text.trim();
    let compact: std::borrow::Cow<'_, str> = if body.contains(['\n', '\r']) {
        body.split_ascii_whitespace().collect::<String>().into()
    } else {
        body.into()
    };
    if HEX.is_match(&compact) {
        let digits = compact.bytes().filter(u8::is_ascii_digit).count();
        // Digests are everywhere and say nothing.
        let digest = [32, 40, 56, 64, 96, 128].contains(&compact.len());
        return (compact.len() >= 48 && digits < compact.len() && !digest).then(|| told(Feature::E4, "hex blob"));
    }
    let mixed = compact.bytes().any(|b| b.is_ascii_digit())
        && compact.bytes().any(|b| b.is_ascii_uppercase())
        && compact.bytes().any(|b| b.is_ascii_lowercase());
    if !mixed || !BASE64.is_match(&compact) {
        return None;
    }
    let decoded = decode::base64(compact.as_bytes())?;
    let printable = decoded.iter().filter(|b| (32..127).contains(*b) || matches!(b, 9 | 10 | 13)).count();
    if printable * 10 >= decoded.len() * 9 {
        Some(told(Feature::E3, "base64 text"))
    } else {
        (compact.len() >= 80).then(|| told(Feature::E3, "base64 data"))
    }
}

/// An address and its class.
fn address(whole: &str, host: &str, own_hosts: &[String]) -> Vec<Told> {
    let mut words = String::from("url ");
    let classes = TABLES.hosts.of(whole);
    let bare = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host);
    let own = own_hosts.iter().any(|own| bare == own || bare.ends_with(&format!(".{own}")));
    let rank = |class: &&&str| match **class {
        "code host" | "standard" => 2,
        "raw code host" | "placeholder" | "account api" => 1,
        _ => 0,
    };
    if let Some(class) = classes.iter().min_by_key(rank) {
        // A project's own pages may look standard (`docs.`), but never excuse a telling class.
        words.push_str(if own && rank(&class) == 2 { "own" } else { class });
    } else if ADDRESS.is_match(host) {
        words.push_str("address");
    } else if own {
        words.push_str("own");
    } else if let Some(class) = TABLES.weak_suffixes.of(bare).first() {
        words.push_str(class);
    } else {
        words.push_str("other");
    }
    let path = whole.split_once("//").map_or(whole, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    if let Some(kind) =
        TABLES.file_kinds.of(path).first().filter(|kind| !["web", "text", "image", "data"].contains(*kind))
    {
        words.push(' ');
        words.push_str(kind);
    }
    vec![told(Feature::D3, words)]
}

/// The telling class of a host's name (`request bin`, `tunnel`, `paste`), if it has one.
#[must_use]
pub fn host_class(host: &str) -> Option<&'static str> {
    let everyday = ["standard", "code host", "placeholder", "local", "account api"];
    TABLES.hosts.of(host).into_iter().find(|class| !everyday.contains(class))
}

/// What kind of secret or lasting place a path or key is: its feature and class.
#[must_use]
pub fn telling_place(text: &str) -> Option<Told> {
    let lower = normalised(floor(text, 512));
    let sensitive = TABLES.sensitive.of(&lower).into_iter().map(|class| told(Feature::R5, class));
    let lasting = TABLES.persistence.of(&lower).into_iter().map(|class| told(Feature::X3, class));
    sensitive.chain(lasting).next()
}

/// Words for a path argument: its place and kind, `home folder script` for instance; empty when it says nothing.
#[must_use]
pub fn path_words(path: &str) -> String {
    let lower = normalised(floor(path, 512));
    let mut words: Vec<&str> = TABLES.places.of(&lower).into_iter().take(1).collect();
    words.extend(TABLES.file_kinds.of(&lower).into_iter().take(1));
    words.join(" ")
}

/// Words for the name of an environment variable.
#[must_use]
pub fn variable_words(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    match TABLES.secret_names.of(&lower).first() {
        Some(&"ci name") => "ci",
        Some(&"debug name") => "setting",
        Some(&"folder name") => "folder",
        Some(&"machine name") => "machine",
        Some(&"proxy name") => "proxy",
        Some(_) => "secret",
        None => "other",
    }
}

/// The first `limit` bytes, cut at a character.
fn floor(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://discord.com/api/webhooks/1/x", "D3 url webhook discord, X7 webhook discord")]
    #[case("https://open.feishu.cn/open-apis/bot/v2/hook/0", "D3 url webhook feishu, X7 webhook feishu")]
    #[case("https://open.feishu.cn/open-apis/contact/v3/users", "D3 url cheap")]
    #[case("https://open.larksuite.com/open-apis/bot/v2/hook/0", "D3 url webhook lark, X7 webhook lark")]
    #[case("https://oapi.dingtalk.com/robot/send?access_token=0", "D3 url webhook dingtalk, X7 webhook dingtalk")]
    #[case("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0", "D3 url webhook wecom, X7 webhook wecom")]
    #[case("https://demo.webhook.office.com/webhookb2/0", "D3 url webhook teams, X7 webhook teams")]
    #[case("https://prod-1.westus.logic.azure.com:443/workflows/0", "D3 url webhook teams, X7 webhook teams")]
    #[case("https://chat.googleapis.com/v1/spaces/A/messages", "D3 url webhook google chat, X7 webhook google chat")]
    #[case("https://hooks.zapier.com/hooks/catch/1/2", "D3 url webhook zapier, X7 webhook zapier")]
    #[case("https://demo.zulipchat.com/api/v1/messages", "D3 url webhook zulip, X7 webhook zulip")]
    #[case("https://ntfy.sh/demo", "D3 url webhook ntfy, X7 webhook ntfy")]
    #[case("https://maker.ifttt.com/trigger/x/with/key/0", "D3 url webhook ifttt, X7 webhook ifttt")]
    #[case("https://hook.eu1.make.com/0", "D3 url webhook make, X7 webhook make")]
    #[case("https://api.pushover.net/1/messages.json", "D3 url webhook push, X7 webhook push")]
    #[case("http://203.0.113.7:8080/a.exe", "D3 url address program")]
    #[case("203.0.113.7", "D3 url address")]
    #[case("https://lib.example.com/x", "D3 url placeholder")]
    #[case("https://docs.mylib.io/x", "D3 url own")]
    #[case("~/.ssh/id_rsa", "R5 ssh keys")]
    #[case(r"C:\Users\x\AppData\Local\Google\Chrome\User Data", "R5 browser data")]
    #[case(r"Software\Microsoft\Windows\CurrentVersion\Run", "X3 run key")]
    #[case("cHJpbnQoJ2hlbGxvIHdvcmxkJyk7IDEyMw==", "E3 base64 text")]
    #[case("d41d8cd98f00b204e9800998ecf8427e", "")]
    #[case("an ordinary sentence about nothing at all", "")]
    #[case("setup.py", "")]
    fn strings_tell(#[case] text: &str, #[case] expected: &str) {
        let found: Vec<String> = tell(text, &["mylib.io".to_owned()])
            .into_iter()
            .map(|t| format!("{} {}", t.feature.code(), t.detail))
            .collect();
        assert_eq!(found.join(", "), expected);
    }

    #[test]
    fn long_text_is_told_by_its_form() {
        assert_eq!(tell(&"word ".repeat(300), &[]), vec![told(Feature::E4, "long text")]);
        assert_eq!(path_words("/tmp/x.sh"), "temporary folder script");
        assert_eq!(variable_words("NPM_TOKEN"), "secret");
        assert_eq!(variable_words("CI"), "ci");
    }
}
