//! Marked spans on the ledger's worker: recording, removing, and finding again those of the package on the screen.

use std::sync::Arc;

use jiff::Timestamp;

use crate::case::Case;
use crate::ledger::{Anchor, Anchors, MarkedSpan, SpanRole, StandingSpan};
use crate::report::{Excerpt, excerpt};
use crate::syntax::Doc;
use crate::text::{Span, escape};

use super::{Labels, Noted};

/// Most code lines kept of a span.
const LINES: usize = 12;
/// About the most characters kept of a line.
const CHARACTERS: usize = 240;

/// A marked span of the package on the screen, and where it is there.
#[derive(Debug, Clone)]
pub struct KeptSpan {
    /// Number of the event that marked it.
    pub event: i64,
    /// What is marked.
    pub marked: Arc<MarkedSpan>,
    /// Who marked it, escaped.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Whether this analyst marked it, who alone can remove it.
    pub own: bool,
    /// Where it is now.
    pub anchor: Anchor,
    /// Its first code lines, where it was found.
    pub excerpt: Option<Excerpt>,
}

/// Bytes to be marked.
#[derive(Debug)]
pub struct Marking {
    /// The package.
    pub case: Arc<Case>,
    /// The file or decoded text.
    pub doc: Doc,
    /// Bytes of the text, or of the file where that is no text.
    pub span: Span,
    /// What they are for.
    pub role: SpanRole,
    /// What the analyst adds; `""` where nothing.
    pub note: String,
}

/// The role in the workbench's words.
#[must_use]
pub fn role_word(role: SpanRole) -> &'static str {
    match role {
        SpanRole::Payload => "payload",
        SpanRole::Trigger => "trigger",
        SpanRole::Loader => "loader",
        SpanRole::Exfil => "exfil",
        SpanRole::Persistence => "persistence",
        SpanRole::Evasion => "evasion",
        SpanRole::Decoy => "decoy",
        SpanRole::BenignReason => "benign reason",
    }
}

/// Where a span was marked, escaped: path inside the package, line and column, and the way to a decoded text.
#[must_use]
pub fn marked_at(marked: &MarkedSpan, root: &str) -> String {
    let path = escape(marked.path.strip_prefix(root).unwrap_or(&marked.path));
    let layer = marked.layer.as_ref().map(|layer| format!(" › {}", escape(&layer.recipe.join(" › "))));
    let at = match (&marked.place, &marked.layer) {
        (Some(place), _) => format!(":{}:{}", place.line_start, place.column_start),
        (None, _) => format!(" from byte {}", marked.bytes.start),
    };
    format!("{path}{}{at}", layer.unwrap_or_default())
}

/// Every span of a package that stands, found in the case.
pub(super) fn kept(labels: &dyn Labels, case: &Case) -> Vec<KeptSpan> {
    let mut anchors = Anchors::new(case);
    let standing = labels.spans(&case.package.sha256);
    let keep = |StandingSpan { event, marked, actor, time }| {
        let anchor = anchors.find(&marked);
        KeptSpan {
            event,
            own: labels.actor() == actor,
            actor: escape(&actor).into_owned(),
            time,
            anchor,
            excerpt: anchor.place().map(|place| excerpt(case, place, LINES, CHARACTERS)),
            marked,
        }
    };
    standing.into_iter().map(keep).collect()
}

/// Marks bytes; what to say about it.
pub(super) fn mark(labels: &mut dyn Labels, marking: Marking) -> Result<Noted, String> {
    let Marking { case, doc, span, role, note } = marking;
    let marked = MarkedSpan::new(&case, doc, span, role, &note)
        .ok_or("These bytes are not in the package as it was read; nothing was marked.")?;
    let (word, at) = (role_word(role), marked_at(&marked, &case.package.root));
    let size = crate::text::many(marked.text_bytes, "byte", "bytes");
    let before: Vec<i64> = labels.spans(&case.package.sha256).into_iter().map(|span| span.event).collect();
    let standing = labels.mark(marked)?;
    if standing.is_some_and(|span| before.contains(&span.event)) {
        return Ok(Noted { said: format!("These bytes are marked as {word} already."), undo: "" });
    }
    Ok(Noted { said: format!("Marked as {word}: {at}, {size}."), undo: "takes it back" })
}

/// Removes a span; what to say about it.
pub(super) fn unmark(labels: &mut dyn Labels, event: i64) -> Result<Noted, String> {
    match labels.unmark(event)? {
        Some(span) => {
            Ok(Noted { said: format!("Removed the {}.", role_word(span.marked.role)), undo: "brings it back" })
        }
        None => Err("It was not removed: it is gone already, or somebody else marked it.".to_owned()),
    }
}
