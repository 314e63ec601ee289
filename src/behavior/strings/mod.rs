//! What a string tells by itself: addresses, paths of secrets, persistence places, encoded and long text.

use std::sync::LazyLock;

use regex::Regex;

use self::classes::Found;
use self::encoded::{blob, hides};
use self::tables::TABLES;
use super::feature::Feature;

mod classes;
mod encoded;
mod tables;

pub use tables::{groups, words};

/// From this length on a literal is a long string (after decoding, for blobs): the published feature leaves the
/// threshold open; ordinary messages and templates stay below it.
const LONG: usize = 1000;
/// Longer text is not searched for classes: no path or address is that long, and cost stays linear.
const SEARCHED: usize = 4096;

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
