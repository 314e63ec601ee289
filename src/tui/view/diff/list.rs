//! Where each line of the list leads.

use crate::diff::Change;
use crate::syntax::Doc;
use crate::text::Span;

use crate::tui::derived::Goal;
use crate::tui::derived::comparison::target;
pub use crate::tui::derived::comparison::{Item, StepRow};
use crate::tui::view::diff::{Found, Versions, first_changed, without_end};

/// Where a line leads in the new version.
pub(super) fn goal(versions: &Versions, item: &Item) -> Option<Goal> {
    let found = versions.found.as_ref()?;
    let Found { diff, new, .. } = found;
    let news = &diff.news;
    match item {
        Item::Entry(index, _) => {
            let entry = new.package.entries.get(news.entries.get(*index)?.entry?)?;
            target(&entry.target)
        }
        Item::Dependency(index, _) => {
            let file = new.package.manifest.file?;
            let change = news.dependencies.get(*index).filter(|change| change.new.is_some())?;
            let start = new.package.source(file)?.text.find(&change.name)?;
            Some((Doc::File(file), Some(Span { start, end: start + change.name.len() })))
        }
        Item::Host(index, _) => found.hosts.get(*index).copied().flatten(),
        Item::Binary(index) => news.binaries.get(*index).map(|file| (Doc::File(*file), None)),
        Item::Evidence(index, _) => {
            let evidence = new.evidence.get(*news.evidence.get(*index)?)?;
            evidence.doc.map(|doc| (doc, evidence.span))
        }
        Item::Behavior(step, ..) => new.sequence.steps.get(*step).map(|step| (step.doc, Some(step.span))),
        Item::Place(index) => {
            let hunk = diff.hunks.get(*index)?;
            let file = diff.files.get(hunk.file)?.new?;
            let row = hunk.rows.get(first_changed(hunk)).and_then(|row| row.new);
            let span = row.map(|span| new.package.source(file).map_or(span, |source| without_end(span, source)));
            Some((Doc::File(file), span.or(Some(hunk.new))))
        }
        Item::File(index, _) => {
            let file = diff.files.get(*index).filter(|file| file.change != Change::Removed)?;
            file.new.map(|file| (Doc::File(file), None))
        }
        Item::Heading(_) | Item::More(_) | Item::Folded(_) | Item::Skipped(_) => None,
    }
}
