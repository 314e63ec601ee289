//! The queue on paper: a table for people, one object for programs.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::case::State;
use crate::cli::fit;
use crate::ledger::{Label, Order, Why};
use crate::package::Ecosystem;
use crate::queue::{Accuracy, Item, Listing, Row};
use crate::text::{escape, write_json_line};

const HEADER: &str =
    "RANK  STATE         PROB    WHY           SINCE       KIND     PACKAGE                           LABEL      PATH";

/// Writes a row per package.
pub fn table(listing: &Listing, accuracy: Accuracy, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for at in 0..listing.rows.len() {
        let Some((row, item, label)) = listing.at(at) else { continue };
        let probability = item.judged.as_ref().and_then(|judged| judged.probability);
        let rank = if row.first { row.rank.to_string() } else { "  =".to_owned() };
        let last = match &item.failed {
            // An error names the path itself.
            Some(why) => escape(why).into_owned(),
            None => escape(&item.path.to_string_lossy()).into_owned(),
        };
        writeln!(
            out,
            "{rank:<4}  {state:<12}  {probability:<6}  {why:<12}  {since:<10}  {kind:<7}  {package}  {label:<9}  {last}",
            state = state(listing, item),
            probability = probability.map(|p| format!("{p:.4}")).unwrap_or_default(),
            why = why(row, item),
            since = item.since().to_string().get(..10).unwrap_or_default(),
            kind = kind(item.ecosystem),
            package = fit(&escape(&item.title()), 32),
            label = label.map(|label| label.to_string()).unwrap_or_default(),
        )?;
    }
    writeln!(out, "{}", summary(listing))?;
    if accuracy != Accuracy::default() {
        writeln!(out, "{}", lot(accuracy))?;
    }
    Ok(())
}

fn summary(listing: &Listing) -> String {
    let (all, done, read, failed) = (listing.items.len(), listing.done(), listing.read(), listing.failed());
    let ranks = listing.rows.iter().filter(|row| row.first).count();
    let alike = if ranks < all { format!("; near-duplicates of others: {}", all - ranks) } else { String::new() };
    format!("{all} in the queue: {done} labelled, {read} read, {failed} cannot be read{alike}")
}

/// What the random share tells of the tool. Small numbers say little, so they are given as they are.
fn lot(accuracy: Accuracy) -> String {
    let Accuracy { labelled, agreed, undecided } = accuracy;
    let rest = if undecided > 0 { format!("; {undecided} more undecided by one of both") } else { String::new() };
    format!("Of {labelled} drawn by lot and labelled, the tool agreed on {agreed}{rest}.")
}

fn why(row: &Row, item: &Item) -> &'static str {
    if row.why.is_said() && item.judged.is_none() { "unread" } else { row.why.into() }
}

fn kind(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "pypi",
        Ecosystem::Unknown => "unknown",
    }
}

fn state(listing: &Listing, item: &Item) -> &'static str {
    match (&item.failed, &item.judged) {
        (Some(_), _) => "cannot read",
        _ if listing.holder(item.number).is_some() => "in use",
        (None, None) => "waiting",
        (None, Some(judged)) => match judged.state {
            State::Malicious => "malicious",
            State::Benign => "benign",
            State::CannotJudge => "cannot judge",
        },
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    order: Order,
    items: Vec<Entry<'a>>,
    done: usize,
    read: usize,
    failed: usize,
    /// Of the packages drawn by lot.
    accuracy: Accuracy,
}

#[derive(Serialize)]
struct Entry<'a> {
    rank: usize,
    why: Why,
    /// Packages of the group, this one included.
    group: usize,
    first: bool,
    path: String,
    sha256: &'a str,
    name: &'a str,
    version: &'a str,
    ecosystem: Ecosystem,
    added: Timestamp,
    published: Option<Timestamp>,
    source: &'a str,
    state: Option<State>,
    probability: Option<f32>,
    threshold: Option<f32>,
    disagreement: Option<f32>,
    model: Option<&'a str>,
    extractor: Option<&'a str>,
    error: Option<&'a str>,
    label: Option<Label>,
    in_use_by: Option<u32>,
    given: Option<Timestamp>,
}

/// Writes one object.
pub fn json(listing: &Listing, accuracy: Accuracy, out: impl Write) -> io::Result<()> {
    let entry = |at: usize| {
        let (row, item, label) = listing.at(at)?;
        let judged = item.judged.as_ref();
        Some(Entry {
            rank: row.rank,
            why: row.why,
            group: row.group,
            first: row.first,
            path: item.path.to_string_lossy().into_owned(),
            sha256: &item.sha256,
            name: &item.name,
            version: &item.version,
            ecosystem: item.ecosystem,
            added: item.added,
            published: item.published,
            source: &item.source,
            state: judged.map(|judged| judged.state),
            probability: judged.and_then(|judged| judged.probability),
            threshold: judged.and_then(|judged| judged.threshold),
            disagreement: judged.and_then(|judged| judged.disagreement),
            model: judged.map(|judged| judged.model.as_str()),
            extractor: judged.map(|judged| judged.extractor.as_str()),
            error: item.failed.as_deref(),
            label,
            in_use_by: listing.holder(item.number),
            given: item.given,
        })
    };
    let items = (0..listing.rows.len()).filter_map(entry).collect();
    let (done, read, failed) = (listing.done(), listing.read(), listing.failed());
    let schema = "cerebro-queue/1";
    write_json_line(out, &Document { schema, order: listing.order, items, done, read, failed, accuracy })
}
