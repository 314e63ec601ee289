//! Drafts of the texts that the registries' report forms ask for, within their limits: plain text without tags, defanged. Links
//! are made only from the site that the user's configuration names.

use super::dossier::{Dossier, Refused};
use super::prose::{Prose as _, untagged};
use crate::case::story::{self, Sentence};
use crate::ledger::{Label, SpanRole};
use crate::package::Ecosystem;
use crate::text::{escape, many};

/// Most characters of the summary that the form of PyPI takes.
pub const PYPI_SUMMARY: usize = 2000;
/// Most characters of its link.
pub const PYPI_LINK: usize = 2000;
/// Most characters of a description for npm: no limit is published, and nobody reads more.
pub const NPM_DESCRIPTION: usize = 8000;

/// A field of a form and what to put into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the form.
    pub name: &'static str,
    /// What to put into it.
    pub text: String,
}

/// The form as text: each name, a colon, and what to put into it.
#[must_use]
pub fn text(fields: &[Field]) -> String {
    let field = |field: &Field| match field.text.contains('\n') {
        true => format!("{}:\n{}\n", field.name, field.text),
        false => format!("{}: {}\n", field.name, field.text),
    };
    fields.iter().map(field).collect()
}

/// What the report form of PyPI asks for.
///
/// # Errors
/// When it is no PyPI package, the label is another one or nothing is marked.
pub fn pypi(dossier: &Dossier) -> Result<Vec<Field>, Refused> {
    let takes = [Label::Malicious, Label::ResearchOrPentest, Label::Unwanted];
    let (label, _) = dossier.accused("a report to PyPI", &takes)?;
    named(dossier, Ecosystem::Pypi, "it is no PyPI package; --format npm drafts the other registry's report")?;
    let kind = if label == Label::Unwanted { "is_spam" } else { "is_malware" };
    let link = dossier.inspector().filter(|link| link.chars().count() <= PYPI_LINK);
    let link = link
        .unwrap_or_else(|| "(set inspector in config.toml to the site that shows the files of a package)".to_owned());
    Ok(vec![
        Field { name: "kind", text: kind.to_owned() },
        Field { name: "inspector_link", text: link },
        Field { name: "summary", text: summary(dossier, label, PYPI_SUMMARY) },
    ])
}

/// What the report form of npm asks for.
///
/// # Errors
/// When it is no npm package, the label is another one or nothing is marked.
pub fn npm(dossier: &Dossier) -> Result<Vec<Field>, Refused> {
    let (label, _) = dossier.accused("a report to npm", &[Label::Malicious, Label::ResearchOrPentest])?;
    named(dossier, Ecosystem::Npm, "it is no npm package; --format pypi drafts the other registry's report")?;
    let package = &dossier.case.package;
    let known = |text: &Option<String>| untagged(&escape(text.as_deref().unwrap_or("not known")));
    let own = |text: &str| if text.is_empty() { "(set it in config.toml)".to_owned() } else { text.to_owned() };
    Ok(vec![
        Field { name: "name", text: own(&dossier.reporter.name) },
        Field { name: "e-mail", text: own(&dossier.reporter.contact) },
        Field { name: "package", text: known(&package.name) },
        Field { name: "versions", text: known(&package.version) },
        Field { name: "description", text: summary(dossier, label, NPM_DESCRIPTION) },
    ])
}

fn named(dossier: &Dossier, ecosystem: Ecosystem, what: &'static str) -> Result<(), Refused> {
    let package = &dossier.case.package;
    let refused = |what| Err(Refused::Unnamed { package: dossier.title(), what });
    match package.ecosystem == ecosystem {
        false => refused(what),
        true if package.name.is_none() => refused("its name is not known, and a report must name it"),
        true => Ok(()),
    }
}

/// The story as lines of plain text, the most telling first, as many as fit.
fn summary(dossier: &Dossier, label: Label, most: usize) -> String {
    let case = dossier.case;
    let story = story::tell(case);
    let label = label.to_string().replace('_', " ");
    let mut lines = vec![Sentence::at(0).quoted(dossier.title()).own(format!(" is {label}."))];
    lines.extend(story.brief);
    lines.extend(story.flows);
    for mark in dossier.decided.marks.iter().filter(|mark| mark.marked.role != SpanRole::BenignReason) {
        let line = Sentence::at(0).own(format!("Marked as {}: ", mark.marked.role.to_string().replace('_', " ")));
        lines.push(match mark.place {
            Some(place) => line.and(story::place(case, place.doc, Some(place.span))),
            None => line.quoted(&mark.marked.path),
        });
    }
    lines.extend(story.runs);
    for (indicator, purpose) in dossier.indicators() {
        lines.push(
            Sentence::at(0)
                .own(format!("{} ({purpose}): ", indicator.kind.word().replace('_', " ")))
                .quoted(indicator.defanged()),
        );
    }
    lines.push(Sentence::at(0).own(format!("SHA-256 of the archive: {}", case.package.sha256)));
    let mut text = String::new();
    let mut left = lines.len();
    for line in lines {
        let line = format!("{}{}", "  ".repeat(line.depth), line.plain());
        // Room for the sentence that says what is missing.
        if text.chars().count() + line.chars().count() + 40 > most {
            break;
        }
        left -= 1;
        text.push_str(&line);
        text.push('\n');
    }
    if left > 0 {
        text.push_str(&format!("and {}", many(left, "further line", "further lines")));
    }
    text.trim_end().to_owned()
}
