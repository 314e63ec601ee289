//! Package URLs, <https://github.com/package-url/purl-spec>.

use super::Ecosystem;
use crate::text::percent_encoded;

/// The package URL, `""` where the ecosystem or the name is unknown.
#[must_use]
pub fn purl(ecosystem: Ecosystem, name: &str, version: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let (kind, path) = match ecosystem {
        Ecosystem::Npm => ("npm", name.split('/').map(percent_encoded).collect::<Vec<_>>().join("/")),
        Ecosystem::Pypi => ("pypi", percent_encoded(&normalise(name))),
        Ecosystem::Unknown => return String::new(),
    };
    let version = if version.is_empty() { String::new() } else { format!("@{}", percent_encoded(version)) };
    format!("pkg:{kind}/{path}{version}")
}

/// A Python project name as indexes compare it (PEP 503): lower case, runs of `-`, `_` and `.` are one `-`.
#[must_use]
pub fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        if !matches!(c, '-' | '_' | '.') {
            normal.extend(c.to_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Ecosystem::Npm, "acme-demo", "2.4.1", "pkg:npm/acme-demo@2.4.1")]
    #[case(Ecosystem::Npm, "@acme/demo", "1.0.0-rc+1", "pkg:npm/%40acme/demo@1.0.0-rc%2B1")]
    #[case(Ecosystem::Pypi, "Acme_.Demo", "1.0", "pkg:pypi/acme-demo@1.0")]
    #[case(Ecosystem::Pypi, "acme\u{202E}\n", "", "pkg:pypi/acme%E2%80%AE%0A")]
    #[case(Ecosystem::Unknown, "acme", "1", "")]
    #[case(Ecosystem::Npm, "", "1", "")]
    fn follows_the_specification(
        #[case] ecosystem: Ecosystem,
        #[case] name: &str,
        #[case] version: &str,
        #[case] is: &str,
    ) {
        assert_eq!(purl(ecosystem, name, version), is);
    }
}
