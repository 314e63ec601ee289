//! Indicators: addresses, tokens, wallets, paths, hashes and names of mutexes that a package names, each with its places and its role.
//!
//! They come from three kinds of text: files as they stand, layers, and constants that exist only after folding. Domains are
//! taken only from URLs, from e-mail addresses and from string literals that are wholly a host with a known public ending.
//! The role says what the code does with the value where the walk saw it, and otherwise where the value stands.

use serde::{Deserialize, Serialize};

use crate::syntax::Doc;
use crate::text::Span;

mod comment;
mod gather;
mod host;
mod mutex;
mod role;
mod scan;
mod token;
mod url;
mod wallet;

pub(super) use comment::ranges as comment_ranges;
pub use gather::collect;
pub use host::is_well_known;

/// What sort of indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A URL.
    Url,
    /// A service that takes messages for whoever owns the address: webhooks, bots, request bins, out-of-band hosts.
    Webhook,
    /// A host's name.
    Domain,
    /// A host in the Tor network.
    Onion,
    /// An IPv4 address, in the usual notation.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A token or key of a service.
    Token,
    /// An address of a cryptocurrency.
    Wallet,
    /// An e-mail address.
    Email,
    /// A path that holds secrets or makes something last.
    Path,
    /// A key of the Windows registry.
    RegistryKey,
    /// An MD5, SHA-1, SHA-256 or SHA-512 digest.
    Hash,
    /// The name of a mutex, by which a running program knows that it runs already.
    Mutex,
}

impl Kind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 13] = [
        Self::Url,
        Self::Webhook,
        Self::Domain,
        Self::Onion,
        Self::Ipv4,
        Self::Ipv6,
        Self::Token,
        Self::Wallet,
        Self::Email,
        Self::Path,
        Self::RegistryKey,
        Self::Hash,
        Self::Mutex,
    ];

    /// The kind in a word, as JSON and the ledger have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Webhook => "webhook",
            Self::Domain => "domain",
            Self::Onion => "onion",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Token => "token",
            Self::Wallet => "wallet",
            Self::Email => "email",
            Self::Path => "path",
            Self::RegistryKey => "registry_key",
            Self::Hash => "hash",
            Self::Mutex => "mutex",
        }
    }

    /// A value of this kind in a form that nothing makes a link of. Untrusted still: escape it.
    #[must_use]
    pub fn defang(self, value: &str) -> String {
        match self {
            Self::Url | Self::Webhook | Self::Onion | Self::Domain | Self::Ipv4 => {
                let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
                let host = host.replace('.', "[.]");
                if scheme.is_empty() {
                    return host + path;
                }
                let scheme = scheme.replace("http", "hxxp").replace("ftp", "fxp").replace("ws", "wxs");
                format!("{scheme}://{host}{path}")
            }
            Self::Email => value.replace('@', "[@]").replace('.', "[.]"),
            Self::Ipv6 => value.replace(':', "[:]"),
            _ => value.to_owned(),
        }
    }

    /// The kind in words, for many of them.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Url => "URLs",
            Self::Webhook => "Webhooks and bins",
            Self::Domain => "Domains",
            Self::Onion => "Onion hosts",
            Self::Ipv4 => "IPv4 addresses",
            Self::Ipv6 => "IPv6 addresses",
            Self::Token => "Tokens",
            Self::Wallet => "Wallets",
            Self::Email => "E-mail addresses",
            Self::Path => "Telling paths",
            Self::RegistryKey => "Registry keys",
            Self::Hash => "Hashes",
            Self::Mutex => "Mutexes",
        }
    }
}

/// What the code does with the value; where that is not known, what the value or its place says. From the most telling on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Data gathered on the machine is sent there, or it can only be sent to and is called.
    Exfil,
    /// What arrives over a connection to it is run.
    C2,
    /// What is fetched from it is written or run.
    Payload,
    /// A socket or web socket to it is opened.
    Connection,
    /// A call talks to it; what for is not known.
    Contact,
    /// It stands in code or data; no call was seen to use it.
    Unknown,
    /// It stands only in comments, documentation and metadata, or is the project's own page.
    Context,
    /// Reserved for documentation or the local machine, or a host that packages of every kind name.
    Benign,
}

impl Role {
    /// The role in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exfil => "exfil",
            Self::C2 => "c2",
            Self::Payload => "payload",
            Self::Connection => "connection",
            Self::Contact => "contact",
            Self::Unknown => "unknown",
            Self::Context => "context",
            Self::Benign => "benign",
        }
    }
}

/// How a value came to stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It stands there literally.
    Source,
    /// A call there is given it.
    Call,
    /// The expression there yields it.
    Folded,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file or layer.
    pub doc: Doc,
    /// Bytes of the document's text.
    pub span: Span,
    /// Whether literally.
    pub origin: Origin,
    /// Whether in a comment, a document for people or metadata.
    pub aside: bool,
}

/// A value that an analyst looks up, blocks or reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// Its sort.
    pub kind: Kind,
    /// The value in its usual notation; untrusted.
    pub value: String,
    /// The service, currency, algorithm or class; may be empty.
    pub class: String,
    /// What the code does with it.
    pub role: Role,
    /// How it is written, where that is odd: `hexadecimal`, `with a name before the host`.
    pub odd: Option<String>,
    /// Where it stands, the most telling place first, at most 20.
    pub places: Vec<Place>,
    /// How many more places there are.
    pub more: usize,
}

impl Indicator {
    /// The value in a form that nothing makes a link of: `hxxps://a[.]example/x`. Untrusted still: escape it.
    #[must_use]
    pub fn defanged(&self) -> String {
        self.kind.defang(&self.value)
    }

    /// Pages of public services that tell what is known of a hash, to be copied: this program never opens one. Empty for what
    /// is no hash of a file. Untrusted no more than a hash is.
    #[must_use]
    pub fn pages(&self) -> Vec<String> {
        if self.kind == Kind::Hash { pages(&self.value) } else { Vec::new() }
    }
}

/// Pages of public services on the file with an MD5, SHA-1 or SHA-256; none for any other hash.
#[must_use]
pub fn pages(hash: &str) -> Vec<String> {
    let algorithm = match hash.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        _ => return Vec::new(),
    };
    vec![
        format!("https://www.virustotal.com/gui/file/{hash}"),
        format!("https://bazaar.abuse.ch/browse.php?search={algorithm}%3A{hash}"),
    ]
}

#[cfg(test)]
mod tests;
