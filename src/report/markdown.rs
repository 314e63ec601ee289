//! A report as Markdown, for an issue, a mail or a colleague. Nothing of a package is formatted, linked or run in it.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use strum::IntoEnumIterator as _;

use super::dossier::{Dossier, Mark, Refused};
use super::prose::{Prose as _, block, code};
use super::table::{self, IndicatorRow};
use super::{checklist, excerpt, timeline};
use crate::case::Case;
use crate::case::story::{self, Sentence};
use crate::ledger::Facet;
use crate::package::purl;
use crate::syntax::Doc;
use crate::text::{escape, hex};

/// Most code lines of a mark.
const LINES: usize = 24;
/// About the most characters of a line of code.
const CHARACTERS: usize = 400;
/// Most files whose hashes are told.
const FILES: usize = 40;

/// The report.
///
/// # Errors
/// When the package is labelled malicious and nothing is marked.
pub fn report(dossier: &Dossier) -> Result<String, Refused> {
    dossier.is_shown()?;
    let case = dossier.case;
    let mut text = format!("# Report on {}\n\n", code(&escape(&dossier.title())));
    text.push_str(&identity(dossier));
    let story = story::tell(case);
    section(&mut text, "In short", &list(&story.brief));
    section(&mut text, "Where data goes", &list(&story.flows));
    section(&mut text, "What runs it", &list(&story.runs));
    section(&mut text, "What it does", &list(&story.does));
    section(&mut text, "Classified as", &classified(dossier));
    section(&mut text, "Marked lines", &marks(dossier));
    section(&mut text, "Indicators", &indicators(dossier));
    section(&mut text, "Beside the code", &beside(case));
    section(&mut text, "What others say", &list(&timeline::others(case)));
    section(&mut text, "Releases", &list(&timeline::releases(case)));
    section(&mut text, "Hashes", &hashes(dossier));
    section(&mut text, "Not read", &unread(case));
    let items = checklist::items(dossier);
    let items = items.iter().map(|item| format!("- [{}] {}\n", if item.done { 'x' } else { ' ' }, item.what));
    section(&mut text, "Check list", &items.collect::<String>());
    Ok(text)
}

/// A section, if there is anything in it.
fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        text.push_str(&format!("\n## {title}\n\n{body}"));
    }
}

/// Lines as a list, the deeper ones in the list of the line above.
#[must_use]
pub fn list(lines: &[Sentence]) -> String {
    lines.iter().map(|line| format!("{}- {}\n", "  ".repeat(line.depth), line.markdown())).collect()
}

fn identity(dossier: &Dossier) -> String {
    let package = &dossier.case.package;
    let (name, version) = (package.name.as_deref().unwrap_or_default(), package.version.as_deref().unwrap_or_default());
    let mut rows: Vec<(&str, String)> = vec![("ecosystem", package.ecosystem.word().to_owned())];
    for (what, value) in [("name", name), ("version", version), ("archive", package.archive.as_str())] {
        rows.push((what, if value.is_empty() { "not known".to_owned() } else { cell(value) }));
    }
    let purl = purl(package.ecosystem, name, version);
    if !purl.is_empty() {
        rows.push(("package URL", cell(&purl)));
    }
    rows.push(("SHA-256", cell(&package.sha256)));
    rows.push(("bytes", package.size.to_string()));
    rows.push((
        "decided",
        match &dossier.decided.label {
            Some((label, time)) => format!("{label}, {}", time.strftime("%Y-%m-%d %H:%M UTC")),
            None => "not yet".to_owned(),
        },
    ));
    if let Some(said) = said(dossier) {
        rows.push(("the model", said));
    }
    let rows = rows.iter().map(|(what, value)| format!("| {what} | {value} |\n"));
    format!("| | |\n|---|---|\n{}", rows.collect::<String>())
}

/// A cell of a table with text of the package.
fn cell(text: &str) -> String {
    code(&escape(text)).replace('|', "\\|")
}

/// What the tool said: in this run, else when the label was given.
fn said(dossier: &Dossier) -> Option<String> {
    let (state, probability, threshold) = match (&dossier.case.verdict, &dossier.decided.shown) {
        (Some(verdict), _) => {
            let judgement = verdict.judgement.as_ref();
            (verdict.state, judgement.map(|j| j.probability), judgement.map(|j| j.threshold))
        }
        (None, Some(shown)) => (shown.state, shown.probability, shown.threshold),
        (None, None) => return None,
    };
    let word = state.word().replace('_', " ");
    Some(match (probability, threshold) {
        (Some(probability), Some(threshold)) => {
            format!("{word}: probability {probability:.3}, flagged from {threshold:.3} on")
        }
        _ => word,
    })
}

/// What the label says beside the verdict.
fn classified(dossier: &Dossier) -> String {
    let said = &dossier.decided.taxonomy;
    let answer = |facet: Facet| {
        let words = said.words(facet).iter().map(|word| code(&escape(word))).collect::<Vec<_>>().join(", ");
        (!words.is_empty()).then(|| format!("- {facet}: {words}\n"))
    };
    let mut text: String = Facet::iter().filter_map(answer).collect();
    let mut line = |what: &str, value: String| text.push_str(&format!("- {what}: {value}\n"));
    let ids = said.attack_ids();
    if !ids.is_empty() {
        line("ATT&CK", ids.join(", "));
    }
    if let Some(confidence) = said.confidence {
        line("confidence", format!("{confidence} %"));
    }
    for (what, value) in [("campaign", &said.campaign), ("why", &said.rationale)] {
        if !value.is_empty() {
            line(what, Sentence::at(0).quoted(value).markdown());
        }
    }
    text
}

fn marks(dossier: &Dossier) -> String {
    let mark = |mark: &Mark| {
        let marked = &mark.marked;
        let role = marked.role.to_string().replace('_', " ");
        let line = Sentence::at(0).own(format!("**{role}** at "));
        let line = match mark.place {
            Some(place) => line.and(story::place(dossier.case, place.doc, Some(place.span))),
            None => line.quoted(&marked.path).own(", not found again in the package as it was read now"),
        };
        let line =
            if marked.features.is_empty() { line } else { line.own(format!(" ({})", marked.features.join(", "))) };
        let line = if marked.note.is_empty() { line } else { line.own(": ").quoted(&marked.note) };
        let mut text = format!("{}\n\n", line.markdown());
        if let Some(place) = mark.place {
            let excerpt = excerpt(dossier.case, place, LINES, CHARACTERS);
            let mut lines: Vec<String> =
                excerpt.lines.iter().map(|line| format!("{:>5}  {}", line.number, line.text)).collect();
            if excerpt.more > 0 {
                lines.push(format!("       and {} more lines", excerpt.more));
            }
            text.push_str(&block("text", &lines));
        }
        text.push_str(&format!("\nSHA-256 of the marked bytes: `{}`\n", marked.text_sha256));
        text
    };
    dossier.decided.marks.iter().map(mark).collect::<Vec<_>>().join("\n")
}

/// The indicators that are part of the attack, defanged; the others are counted.
fn indicators(dossier: &Dossier) -> String {
    let case = dossier.case;
    let rows: Vec<IndicatorRow> =
        dossier.indicators().map(|(i, purpose)| table::row(case, i, purpose.to_owned())).collect();
    let others = case.indicators.len() - rows.len();
    let mut text = if rows.is_empty() { String::new() } else { table::markdown(&rows) };
    if others > 0 {
        let before = if text.is_empty() { "" } else { "\n" };
        let what = crate::text::many(others, "further value stands", "further values stand");
        text.push_str(&format!(
            "{before}{what} in the package without being seen in use for the attack (cerebro iocs lists all).\n"
        ));
    }
    text
}

/// Most pieces of evidence told.
const BESIDE: usize = 20;

fn beside(case: &Case) -> String {
    let told = case.evidence.iter().filter(|evidence| evidence.kind != crate::evidence::Kind::Skipped);
    let lines: Vec<Sentence> = told
        .map(|evidence| Sentence::at(0).own(format!("{}: ", evidence.kind.word())).quoted(&evidence.what))
        .collect();
    let mut text = list(lines.get(..BESIDE).unwrap_or(&lines));
    if lines.len() > BESIDE {
        text.push_str(&format!("- and {} more\n", lines.len() - BESIDE));
    }
    text
}

/// The files that behave or are marked, and the texts that the code decodes.
fn hashes(dossier: &Dossier) -> String {
    let case = dossier.case;
    let files = told_files(dossier);
    let mut text = String::from("| SHA-256 | bytes | file |\n|---|---|---|\n");
    text.push_str(&format!(
        "| `{}` | {} | {} |\n",
        case.package.sha256,
        case.package.size,
        cell(&case.package.archive)
    ));
    for file in files.iter().take(FILES).filter_map(|at| case.package.files.get(*at)) {
        let hash = hex(&Sha256::digest(&file.bytes));
        text.push_str(&format!("| `{hash}` | {} | {} |\n", file.bytes.len(), cell(&file.path)));
    }
    for (id, layer) in case.sequence.layers.iter().enumerate().take(FILES) {
        let from =
            Sentence::at(0).own(format!("decoded text {id} in ")).quoted(super::place::path_of(case, layer.parent));
        text.push_str(&format!("| `{}` | {} | {} |\n", layer.sha256, layer.bytes, from.markdown().replace('|', "\\|")));
    }
    let left = files.len().saturating_sub(FILES) + case.sequence.layers.len().saturating_sub(FILES);
    if left > 0 {
        text.push_str(&format!("\nand {left} more\n"));
    }
    text
}

/// Indices of the files in which something behaves or is marked.
pub(super) fn told_files(dossier: &Dossier) -> BTreeSet<usize> {
    let case = dossier.case;
    let marked = dossier.decided.marks.iter().filter_map(|mark| Some(mark.place?.doc));
    let docs = case.sequence.steps.iter().map(|step| step.doc).chain(marked);
    docs.filter_map(|doc: Doc| case.sequence.file_of(doc)).collect()
}

fn unread(case: &Case) -> String {
    let lines: Vec<Sentence> = case
        .skipped()
        .into_iter()
        .chain(&case.sequence.partial)
        .map(|skip| {
            let line =
                if skip.path.is_empty() { Sentence::at(0) } else { Sentence::at(0).quoted(&skip.path).own(": ") };
            line.quoted(&skip.reason)
        })
        .collect();
    let mut text = list(lines.get(..BESIDE).unwrap_or(&lines));
    if lines.len() > BESIDE {
        text.push_str(&format!("- and {} more\n", lines.len() - BESIDE));
    }
    text
}
