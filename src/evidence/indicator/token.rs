//! Tokens of services, told by the form that their issuers gave them.

/// A prefix, the shortest and longest length of the whole word, and the service.
const PREFIXES: &[(&str, usize, usize, &str)] = &[
    ("ghp_", 40, 40, "github"),
    ("gho_", 40, 40, "github"),
    ("ghu_", 40, 40, "github"),
    ("ghs_", 40, 40, "github"),
    ("ghr_", 40, 80, "github"),
    ("github_pat_", 80, 100, "github"),
    ("glpat-", 26, 60, "gitlab"),
    ("npm_", 40, 40, "package registry"),
    ("pypi-AgE", 60, 300, "package registry"),
    ("xoxb-", 40, 90, "slack"),
    ("xoxp-", 40, 90, "slack"),
    ("sk_live_", 28, 120, "stripe"),
    ("rk_live_", 28, 120, "stripe"),
    ("AIza", 39, 39, "google"),
    ("AKIA", 20, 20, "aws"),
    ("ASIA", 20, 20, "aws"),
    ("sk-ant-", 60, 140, "anthropic"),
    ("hf_", 37, 37, "hugging face"),
    ("dop_v1_", 71, 71, "digitalocean"),
    ("shpat_", 38, 38, "shopify"),
];

/// The service whose token a word of letters, digits, `_` and `-` is.
pub(super) fn service(word: &str) -> Option<&'static str> {
    let (prefix, _, _, service) = PREFIXES
        .iter()
        .find(|(prefix, least, most, _)| word.starts_with(prefix) && (*least..=*most).contains(&word.len()))?;
    let rest = word.get(prefix.len()..)?;
    // Placeholders: `ghp_xxxxxxxx`, `AKIAEXAMPLE`.
    let distinct: std::collections::BTreeSet<u8> = rest.bytes().collect();
    let upper = *service != "aws" || rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (distinct.len() >= 8 && upper).then_some(service)
}

/// A Telegram bot's token: its number, a colon, 35 letters.
pub(super) fn telegram(number: &str, secret: &str) -> bool {
    let digits = number.strip_prefix("bot").unwrap_or(number);
    (8..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && secret.len() == 35
}

/// A Discord token: the account's number in base64, a time, a signature.
pub(super) fn discord(account: &str, time: &str, signature: &str) -> bool {
    (24..=28).contains(&account.len())
        && account.starts_with(['M', 'N', 'O'])
        && (6..=7).contains(&time.len())
        && (27..=40).contains(&signature.len())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", Some("github"))]
    #[case("ghp_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None)]
    #[case("ghp_", "short", None)]
    #[case("npm_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", Some("package registry"))]
    #[case("AKIA", "ABCDEFGH12345678", Some("aws"))]
    #[case("AKIA", "abcdefgh12345678", None)]
    fn tokens(#[case] prefix: &str, #[case] rest: &str, #[case] expected: Option<&str>) {
        assert_eq!(service(&format!("{prefix}{rest}")), expected);
    }

    #[test]
    fn bots() {
        assert!(telegram("bot123456789", &"aB3".repeat(12)[..35]));
        assert!(!telegram("12:30", &"a".repeat(35)));
        assert!(discord(&format!("M{}", "T".repeat(23)), "abcdef", &"x".repeat(27)));
        assert!(!discord(&"T".repeat(24), "abcdef", &"x".repeat(27)));
    }
}
