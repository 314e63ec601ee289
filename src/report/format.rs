//! The reports by whom they are for.

use clap::ValueEnum;
use serde_json::Value;

use super::dossier::{Dossier, Refused};
use super::{draft, markdown, misp, osv, sarif, stix};
use crate::text::json_ascii;

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, strum::EnumIter)]
pub enum Format {
    /// For people: story, marked lines, indicators, hashes, check list.
    Markdown,
    /// A record of a malicious package, for collections of such.
    Osv,
    /// Findings with their places, for code scanning and editors.
    Sarif,
    /// The fields of PyPI's report form.
    Pypi,
    /// The fields of npm's report form.
    Npm,
    /// A MISP event.
    Misp,
    /// A STIX 2.1 bundle.
    Stix,
}

impl Format {
    /// The word of the command line, and the ending of the file where it is no other.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Osv => "osv",
            Self::Sarif => "sarif",
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Misp => "misp",
            Self::Stix => "stix",
        }
    }

    /// How a file of this kind ends.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Pypi | Self::Npm => "txt",
            Self::Sarif => "sarif",
            Self::Osv | Self::Misp | Self::Stix => "json",
        }
    }

    /// The report as text. `files` adds the hashes of files to a record.
    ///
    /// # Errors
    /// When the package must not be reported as it is.
    pub fn write(self, dossier: &Dossier, files: bool) -> Result<String, Refused> {
        let json = |value: Value| json_ascii(&value);
        Ok(match self {
            Self::Markdown => markdown::report(dossier)?,
            Self::Osv => json(osv::record(dossier, files)?),
            Self::Sarif => json(sarif::log(&sarif::run(dossier.case, dossier.decided))),
            Self::Pypi => draft::text(&draft::pypi(dossier)?),
            Self::Npm => draft::text(&draft::npm(dossier)?),
            Self::Misp => json(misp::event(dossier)?),
            Self::Stix => json(stix::bundle(dossier)?),
        })
    }
}
