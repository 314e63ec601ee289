//! What a string tells by itself: addresses, paths of secrets, persistence places, encoded and long text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use self::classes::{Classes, Defect, Found};
use super::catalogue::{Group, Watches};
use super::feature::Feature;
use crate::syntax::decode;

mod classes;

/// From this length on a literal is a long string (after decoding, for blobs): the published feature leaves the
/// threshold open; ordinary messages and templates stay below it.
const LONG: usize = 1000;
/// Longer text is not searched for classes: no path or address is that long, and cost stays linear.
const SEARCHED: usize = 4096;

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
    machine: BTreeMap<String, Vec<String>>,
    commands: BTreeMap<String, Vec<String>>,
    destruction: BTreeMap<String, Vec<String>>,
    native: BTreeMap<String, Vec<String>>,
    address: BTreeMap<String, Vec<String>>,
}

impl Document {
    fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../catalogue/strings.toml"))
    }

    /// What is a behavior wherever it stands.
    fn telling(&self) -> [(Feature, &BTreeMap<String, Vec<String>>); 8] {
        [
            (Feature::ReadSecret, &self.sensitive),
            (Feature::Persist, &self.persistence),
            (Feature::CheckEnvironment, &self.environment),
            (Feature::CallSystem, &self.machine),
            (Feature::CallProcess, &self.commands),
            (Feature::Destroy, &self.destruction),
            (Feature::LoadNative, &self.native),
            (Feature::HideCode, &self.address),
        ]
    }
}

/// Every table.
#[derive(Debug)]
struct Tables {
    /// Patterns over a host's name.
    hosts: Classes<()>,
    /// Those that say something of the path too, over whole addresses.
    addresses: Classes<()>,
    weak_suffixes: Classes<()>,
    /// What is a behavior wherever it stands: secrets, lasting places, environments, commands.
    telling: Classes<Feature>,
    secret_names: Classes<()>,
    file_kinds: Classes<()>,
    places: Classes<()>,
}

impl Tables {
    fn built_in() -> Result<Self, Defect> {
        let document = Document::built_in()?;
        Ok(Self {
            hosts: Classes::new([((), &part(&document.hosts, |pattern| !pattern.contains('/')))], true)?,
            addresses: Classes::new([((), &part(&document.hosts, |pattern| pattern.contains('/')))], true)?,
            weak_suffixes: Classes::of_table(&document.weak_suffixes)?,
            telling: Classes::new(document.telling(), true)?,
            secret_names: Classes::of_table(&document.secret_names)?,
            file_kinds: Classes::of_table(&document.file_kinds)?,
            places: Classes::of_table(&document.places)?,
        })
    }
}

/// The patterns of a table for which something holds.
fn part(table: &BTreeMap<String, Vec<String>>, holds: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<String>> {
    let some = |patterns: &[String]| patterns.iter().filter(|pattern| holds(pattern)).cloned().collect();
    table.iter().map(|(class, patterns)| (class.clone(), some(patterns))).collect()
}

/// The classes of texts that are behaviors by themselves, as `cerebro features` lists them.
#[must_use]
#[allow(clippy::panic)]
pub fn groups() -> Vec<Group> {
    let document = Document::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}"));
    let hosts = [(Feature::UseUrl, &document.hosts), (Feature::UseUrl, &document.weak_suffixes)].into_iter();
    let tables = hosts.map(|table| (table, "url ")).chain(document.telling().into_iter().map(|table| (table, "")));
    let row = |feature, before: &str, class: &str, names: &[String]| Group {
        feature,
        watches: Watches::Text,
        words: Some(format!("{before}{class}")),
        names: names.to_vec(),
    };
    tables
        .flat_map(|((feature, table), before)| {
            table.iter().map(move |(class, names)| row(feature, before, class, names))
        })
        .collect()
}

/// Every word that classes of texts, variables and paths put into a detail.
#[must_use]
#[allow(clippy::panic)]
pub fn words() -> Vec<String> {
    let document = Document::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}"));
    let paths = document.file_kinds.into_keys().chain(document.places.into_keys());
    groups().into_iter().filter_map(|group| group.words).chain(paths).collect()
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}")));

#[allow(clippy::panic)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("built-in pattern: {error}"))
}

static URL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?-u:\b)(?:https?|wss?|ftp|tcp|hxxps?)://([^\s/"'<>`\\)]+)([^\s"'<>`]*)"#));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[a-z]+://)?(?:[^/@]*@)?([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|0x[0-9a-f]{8}|[0-9]{9,10}|\[[0-9a-f:]+\])(?::([0-9]{2,5}))?(?:/|$)",
    )
});
static BASE64: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z0-9+/_-]+={0,2}$"));
static HEX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[0-9a-fA-F]{2})+$"));
static BARE_HOST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[a-z0-9-]+\.)+[a-z]{2,10}(?::[0-9]+)?(?:/\S*)?$"));
/// A name with dots somewhere in a text, and the path behind it.
static HOST_WITHIN: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:[a-z0-9-]+\.)+[a-z]{2,10}(?:/[^\s"'<>`]*)?"#));
/// What files are called and no host is.
static FILE_ENDING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\.(?:[cm]?[jt]sx?|json|py|html?|css|md|txt|ya?ml|toml)$"));
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u)\b[0-9]{8,10}:[A-Za-z0-9_-]{35}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[A-Za-z0-9_-]{50,}",
    )
});

/// The shortest text that [`TOKEN`] matches.
const TOKEN_LENGTH: usize = 40;

/// Something a string says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The behavior.
    pub feature: Feature,
    /// Normalised words.
    pub detail: String,
    /// What matched of the text; `None`: all of it.
    pub matched: Option<String>,
}

impl Told {
    /// Whether both say the same, whatever they say it by.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        (self.feature, &self.detail) == (other.feature, &other.detail)
    }

    fn by(self, matched: &str) -> Self {
        Self { matched: Some(matched.to_owned()), ..self }
    }
}

fn told(feature: Feature, detail: impl Into<String>) -> Told {
    Told { feature, detail: detail.into(), matched: None }
}

/// What a class of texts tells, by what of the text: as it is written, where its normal form has the same places.
fn told_by(found: Found<'_, Feature>, text: &str, lower: &str) -> Told {
    let written = if text.len() == lower.len() { text } else { lower };
    told(found.key, found.name).by(written.get(found.start..found.end).unwrap_or(lower))
}

/// Lower case, backslashes as slashes: the form that the tables' patterns expect.
#[must_use]
pub fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            // Two in a row are one that was escaped.
            let rest = chars.as_str();
            chars = rest.strip_prefix('\\').unwrap_or(rest).chars();
            out.push('/');
        } else {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// What a text says. `own_hosts` are the hosts of the project's own pages (lower case).
#[must_use]
pub fn tell(text: &str, own_hosts: &[String]) -> Vec<Told> {
    let mut found = Vec::new();
    if text.len() < 4 {
        return found;
    }
    if text.len() >= LONG {
        found.push(told(
            Feature::UseLongString,
            if text.contains(char::is_whitespace) { "long text" } else { "long blob" },
        ));
    }
    if text.len() >= 24 {
        found.extend(blob(text));
        found.extend(hides(floor(text, SEARCHED)).then(|| told(Feature::HideCode, "invisible text")));
    }
    let lower = normalised(floor(text, SEARCHED));
    if lower.contains("://") {
        for captures in URL.captures_iter(&lower).take(32) {
            let whole = captures.get(0).map_or("", |m| m.as_str());
            let host = captures.get(1).map_or("", |m| m.as_str());
            found.extend(address(whole, host, own_hosts).map(|told| told.by(whole)));
        }
    }
    if text.len() <= 300 {
        if found.iter().all(|t| t.feature != Feature::UseUrl) && !text.contains(char::is_whitespace) {
            if ADDRESS.is_match(&lower) && lower.contains('.') {
                found.extend(address(&lower, &lower, own_hosts));
            } else if BARE_HOST.is_match(&lower) && !FILE_ENDING.is_match(host_part(&lower)) {
                // A bare host says something only where the host itself does: `a.py` and `os.path` look alike.
                found.extend(host_class(&lower).map(|class| told(Feature::UseUrl, format!("url {class}"))));
            }
        }
        if found.iter().all(|t| t.feature != Feature::UseUrl) && lower.contains('.') {
            // Commands and addresses without a scheme name collectors too (`curl $(id).x.oastify.com`).
            let classes =
                HOST_WITHIN.find_iter(&lower).filter_map(|host| Some((host.as_str(), host_class(host.as_str())?)));
            let mut collectors = classes.filter(|(_, class)| collects(class));
            found.extend(collectors.next().map(|(host, class)| told(Feature::UseUrl, format!("url {class}")).by(host)));
        }
        found.extend(TABLES.telling.places(&lower).map(|class| told_by(class, text, &lower)));
    } else if found.iter().all(|t| t.feature != Feature::UseBase64) && lower.len() < SEARCHED {
        // In prose and embedded scripts only the telling classes count.
        let counts = [Feature::Persist, Feature::LoadNative, Feature::HideCode];
        let telling = TABLES.telling.places(&lower).filter(|class| counts.contains(&class.key));
        found.extend(telling.map(|class| told_by(class, text, &lower)));
    }
    if text.len() >= TOKEN_LENGTH && TOKEN.is_match(floor(text, SEARCHED)) {
        found.push(told(Feature::UseCollector, "token literal"));
    }
    let endpoints: Vec<Told> = found
        .iter()
        .filter(|t| t.feature == Feature::UseUrl && collects(&t.detail))
        .map(|t| Told {
            feature: Feature::UseCollector,
            detail: t.detail.trim_start_matches("url ").to_owned(),
            ..t.clone()
        })
        .collect();
    found.extend(endpoints);
    found.sort();
    found.dedup_by(|a, b| a.says(b));
    found
}

/// Whether a class of hosts takes in what is sent to it.
fn collects(class: &str) -> bool {
    ["webhook", "bot telegram", "request bin", "out of band", "mock api"].iter().any(|known| class.contains(known))
}

/// The host of an address, with its port.
fn host_part(address: &str) -> &str {
    let rest = address.split_once("//").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// The classes of an address, in the tables' order.
fn host_classes(address: &str) -> impl Iterator<Item = &'static str> {
    let mut found: Vec<&str> = TABLES.hosts.names(host_part(address)).chain(TABLES.addresses.names(address)).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter()
}

/// Whether a text holds a run of characters that show nothing: they carry what they stand for in their numbers.
fn hides(text: &str) -> bool {
    const RUN: usize = 8;
    if text.is_ascii() {
        return false;
    }
    let mut run = 0;
    text.chars().any(|c| {
        let shown = !matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}');
        run = if shown { 0 } else { run + 1 };
        run >= RUN
    })
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
        let holds = file_start(&hex_start(&compact)).map(|kind| format!("hex {kind}"));
        let words = holds.unwrap_or_else(|| "hex blob".to_owned());
        return (compact.len() >= 48 && digits < compact.len() && !digest).then(|| told(Feature::UseLongString, words));
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
        Some(told(Feature::UseBase64, "base64 text"))
    } else {
        let kind = file_start(&decoded).unwrap_or("data");
        (compact.len() >= 80).then(|| told(Feature::UseBase64, format!("base64 {kind}")))
    }
}

/// The first bytes of hexadecimal text.
fn hex_start(text: &str) -> Vec<u8> {
    let digit = |c: char| c.to_digit(16).and_then(|d| u8::try_from(d).ok());
    let digits: Vec<u8> = text.chars().take(8).filter_map(digit).collect();
    digits.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?)).collect()
}

/// What a file is that begins so: a program or an archive.
fn file_start(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if begins(b"MZ") || begins(b"\x7fELF") || begins(b"\xcf\xfa\xed\xfe") {
        Some("program")
    } else if begins(b"PK\x03\x04")
        || begins(b"\x1f\x8b")
        || begins(b"BZh")
        || begins(b"\xfd7zX")
        || begins(b"7z\xbc\xaf")
    {
        Some("archive")
    } else {
        None
    }
}

/// An address and its class.
fn address(whole: &str, host: &str, own_hosts: &[String]) -> Option<Told> {
    let mut words = String::from("url ");
    let bare = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host);
    let own = own_hosts.iter().any(|own| bare == own || bare.ends_with(&format!(".{own}")));
    let rank = |class: &&str| match *class {
        "code host" | "standard" => 2,
        "raw code host" | "placeholder" | "account api" | "short link" => 1,
        _ => 0,
    };
    if let Some(class) = host_classes(whole).min_by_key(rank) {
        // A project's own pages may look standard (`docs.`), but never excuse a telling class.
        words.push_str(if own && rank(&class) == 2 { "own" } else { class });
    } else if ADDRESS.is_match(host) {
        words.push_str("address");
    } else if own {
        words.push_str("own");
    } else if let Some(class) = TABLES.weak_suffixes.names(bare).next() {
        words.push_str(class);
    } else {
        words.push_str("other");
    }
    let path = whole.split_once("//").map_or(whole, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    let kind = TABLES.file_kinds.names(path).next();
    if let Some(kind) = kind.filter(|kind| !["web", "text", "image", "data"].contains(kind)) {
        words.push(' ');
        words.push_str(kind);
    }
    Some(told(Feature::UseUrl, words))
}

/// The telling class of a host's name (`request bin`, `tunnel`, `paste`), if it has one.
#[must_use]
pub fn host_class(host: &str) -> Option<&'static str> {
    let everyday = ["standard", "code host", "placeholder", "local", "account api"];
    host_classes(host).find(|class| !everyday.contains(class))
}

/// Whether what a text tells is said in a sentence: a message or a help text names places and reads none. A command, which
/// begins with a program, and a path with blanks in it are no sentences.
#[must_use]
pub fn in_prose(text: &str, told: &Told) -> bool {
    const WORDS: usize = 3;
    let names = match told.feature {
        Feature::ReadSecret | Feature::Persist | Feature::CheckEnvironment => true,
        Feature::LoadNative => !text.contains('('),
        _ => false,
    };
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let text = text.trim();
    // A tool by its name, which is no word of a sentence, or not much else.
    let whole = told.matched.as_ref().is_some_and(|matched| {
        matched.starts_with("tojson(")
            || matched.len() * 2 >= text.len()
            || text.starts_with(&**matched) && matched.len() > 8
    });
    names
        && words.count() + 1 >= WORDS
        && !whole
        && !first.contains(['/', '\\', '%', '$', '=', '~', '\u{fffc}'])
        && (begins_sentence(first) || !super::shell::is_program(first))
}

/// Whether a word begins with a capital letter as a sentence does: `Set`, `Find` and `Open` are programs too, in small letters.
fn begins_sentence(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

/// Whether what a page keeps under this name lets somebody in.
#[must_use]
pub fn holds_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    variable_words(key) == "secret"
        || ["auth", "session", "jwt", "wallet", "user", "account", "seed", "login"]
            .iter()
            .any(|word| lower.contains(word))
}

/// What kind of secret or lasting place a path or key is: its feature and class.
#[must_use]
pub fn telling_place(text: &str) -> Option<Told> {
    let lower = normalised(floor(text, 512));
    let mut found =
        TABLES.telling.of(&lower).filter(|(feature, _)| matches!(feature, Feature::ReadSecret | Feature::Persist));
    found.next().map(|(feature, class)| told(feature, class))
}

/// What kind of folder a path is, where everything of somebody lies below it: `/`, `~`, `C:\\`.
#[must_use]
pub fn wide_place(path: &str) -> Option<&'static str> {
    let lower = normalised(floor(path, 64));
    match lower.trim_end_matches('*').trim_end_matches('/') {
        "" if lower.starts_with('/') => Some("system folder"),
        "c:" | "d:" | "%systemroot%" | "%systemdrive%" | "c:/windows" | "/etc" | "/usr" | "/bin" | "/var" | "/boot" => {
            Some("system folder")
        }
        "~" | "$home" | "${home}" | "%userprofile%" | "/home" | "/root" | "/users" | "c:/users"
        | "$env:userprofile" => Some("home folder"),
        _ => None,
    }
}

/// Words for a path argument: its place and kind, `home folder script` for instance; empty when it says nothing.
#[must_use]
pub fn path_words(path: &str) -> String {
    let lower = normalised(floor(path, 512));
    let name = lower.rsplit('/').next().unwrap_or_default();
    if ["package.json", "pyproject.toml", "setup.cfg"].contains(&name) && !lower.contains("node_modules") {
        return "manifest".to_owned();
    }
    let words = TABLES.places.names(&lower).take(1).chain(TABLES.file_kinds.names(&lower).take(1));
    words.collect::<Vec<_>>().join(" ")
}

/// Words for the name of an environment variable.
#[must_use]
pub fn variable_words(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let names: Vec<&str> = TABLES.secret_names.names(&lower).collect();
    let has = |name: &str| names.contains(&name);
    // A token of a build is a token; where a thing lies is not the thing.
    if has("secret name") && !["reference name", "folder name", "machine name"].iter().any(|name| has(name)) {
        return "secret";
    }
    match names.first() {
        Some(&"ci name") => "ci",
        Some(&"debug name") => "setting",
        Some(&"folder name") => "folder",
        Some(&"machine name") => "machine",
        Some(&"proxy name") => "proxy",
        _ => "other",
    }
}

/// The class of a host that stands by itself, of which the front may be unknown: a name that is asked for, a peer.
#[must_use]
pub fn host_words(text: &str, own_hosts: &[String]) -> Option<String> {
    let lower = normalised(floor(text, 300));
    // Names that are asked for may hold what no host on the web may.
    let known = lower.rsplit('\u{fffc}').next().unwrap_or(&lower).trim_start_matches('.').replace('_', "-");
    if !BARE_HOST.is_match(&known) {
        return None;
    }
    let told = address(&known, host_part(&known), own_hosts)?;
    Some(told.detail.trim_start_matches("url ").to_owned())
}

/// Whether a host of so many labels at least carries a name as a label of its own below the domain that was registered:
/// `name.x.example.com`.
#[must_use]
pub fn is_label(host: &str, name: &str, least: usize) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let name = plain(name.rsplit('/').next().unwrap_or(name));
    let labels: Vec<&str> = host_part(host).rsplit('@').next().unwrap_or(host).split('.').collect();
    // The registered domain and what it ends in may be the project's own.
    let below = labels.len().saturating_sub(2);
    name.len() >= 4 && labels.len() >= least && labels.iter().take(below).any(|label| plain(label) == name)
}

/// The first `limit` bytes, cut at a character.
fn floor(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests;
