//! Which format a file has, by what is in it.

use serde_json::Value;

use super::package_analysis::{self, Run};
use super::registry::attestation::{self, Attested};
use super::registry::{Registry, npm, pypi};
use super::scanner::{self, Scan};

/// What a file says.
#[derive(Debug)]
pub(super) enum Read {
    /// A scanner points at places.
    Findings(Scan),
    /// The package was run and watched.
    Run(Run),
    /// A registry keeps this of it.
    Registry(Registry),
    /// It was attested where it was built.
    Attested(Attested),
}

/// Reads the values of a file; `None` where no format fits.
pub(super) fn read(values: &[Value]) -> Option<Read> {
    let first = values.first()?;
    if values.len() == 1 {
        let single = scanner::sarif::read(first)
            .or_else(|| scanner::guarddog::read(first))
            .or_else(|| scanner::malcontent::read(first));
        if let Some(scan) = single {
            return Some(Read::Findings(scan));
        }
        if let Some(run) = package_analysis::read(first) {
            return Some(Read::Run(run));
        }
        if let Some(attested) = attestation::read(first) {
            return Some(Read::Attested(attested));
        }
        if let Some(registry) = pypi::read(first).or_else(|| npm::read(first)) {
            return Some(Read::Registry(registry));
        }
    }
    scanner::yara::read(values).map(Read::Findings)
}

/// The text of a member; `""` where there is none.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of a member that is an array.
pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
