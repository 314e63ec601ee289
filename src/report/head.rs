//! What a document about a package begins with.

use serde::Serialize;

use crate::case::Case;
use crate::package::Ecosystem;

/// Which document it is, and of which package.
#[derive(Debug, Serialize)]
pub struct Head<'a> {
    schema: &'static str,
    ecosystem: Ecosystem,
    name: Option<&'a str>,
    version: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// The head of a case's document of a schema.
    #[must_use]
    pub fn new(schema: &'static str, case: &'a Case) -> Self {
        let package = &case.package;
        Self {
            schema,
            ecosystem: package.ecosystem,
            name: package.name.as_deref(),
            version: package.version.as_deref(),
        }
    }
}
