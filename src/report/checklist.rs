//! What a report still lacks: what an analyst can do about it before it goes out.

use super::dossier::Dossier;
use crate::evidence::indicator::Kind;
use crate::ledger::{Label, SpanRole};
use crate::text::many;

/// A thing that a report should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Whether it has it.
    pub done: bool,
    /// What it is, in our own words.
    pub what: String,
}

/// All that a report should have.
#[must_use]
pub fn items(dossier: &Dossier) -> Vec<Item> {
    let Dossier { case, decided, reporter, .. } = dossier;
    let package = &case.package;
    let item = |done: bool, what: &str| Item { done, what: what.to_owned() };
    let marked = |role: SpanRole| decided.marks.iter().any(|mark| mark.marked.role == role);
    let lost = decided.marks.iter().filter(|mark| mark.place.is_none()).count();
    let addresses =
        |kind: Kind| matches!(kind, Kind::Url | Kind::Webhook | Kind::Domain | Kind::Onion | Kind::Ipv4 | Kind::Ipv6);
    let open = case.indicators.iter().filter(|indicator| {
        addresses(indicator.kind) && dossier.purpose(indicator).is_some() && decided.role(indicator).is_none()
    });
    let (open, unread) = (open.count(), case.skipped().len() + case.sequence.partial.len());
    let mut items = vec![
        item(package.name.is_some() && package.version.is_some(), "name and version are known"),
        item(decided.label.is_some_and(|(label, _)| label != Label::SuspiciousUnresolved), "the package is decided"),
        item(!decided.marks.is_empty(), "the lines that do the harm are marked"),
        item(marked(SpanRole::Trigger), "what makes them run is marked"),
    ];
    if lost > 0 {
        items.push(Item {
            done: false,
            what: format!("{} found again", many(lost, "marked span is not", "marked spans are not")),
        });
    }
    let what = match open {
        0 => "a person has looked at every address that the code sends to, fetches from or takes commands from"
            .to_owned(),
        open => format!(
            "a person has looked at {} that the code sends to, fetches from or takes commands from",
            many(open, "address", "addresses")
        ),
    };
    items.push(Item { done: open == 0, what });
    let what = match unread {
        0 => "everything was read".to_owned(),
        unread => format!(
            "{} that could not be read or only in part {} looked at by hand",
            many(unread, "thing", "things"),
            if unread == 1 { "is" } else { "are" }
        ),
    };
    items.push(Item { done: unread == 0, what });
    items.push(item(
        false,
        "other versions were looked at: which is the first bad one, and what changed (cerebro diff)",
    ));
    items.push(item(!reporter.name.is_empty(), "the reporter is named (reporter in config.toml)"));
    items.push(item(!reporter.contact.is_empty(), "a way to reach the reporter is named (contact in config.toml)"));
    items
}
