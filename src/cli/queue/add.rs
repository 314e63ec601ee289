//! `cerebro queue add`: opens each package once, to see that it is one and what it is called.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::thread::available_parallelism;

use super::super::scan::jobs::{Event, in_order};
use super::super::scan::progress::Progress;
use super::super::{Exit, Global, Outcome};
use super::gather::{Found, gather};
use super::{explain, watched};
use crate::package::{Ecosystem, OpenError};
use crate::queue::feed::Line;
use crate::queue::{Arrived, NewItem, Queue, canonical};
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxError::{self, Open as Refused};
use crate::scan::caught;
use crate::text::escape;

/// Packages written to the ledger in one go.
const BATCH: usize = 200;

/// Most sentences on what could not be read that are told.
const UNREAD: usize = 200;

/// What looking at a path came to.
enum Looked {
    /// To be put into the queue.
    New(Box<NewItem>),
    /// No package, and why.
    None(String),
    /// It cannot be said whether it is one, and why.
    Unread(String),
}

#[derive(Debug, Default)]
struct Counts {
    added: usize,
    unreadable: usize,
    known: usize,
    left_out: BTreeMap<String, usize>,
    unread: Vec<String>,
}

/// Puts packages into the queue.
///
/// # Errors
/// When the ledger cannot be written.
pub fn run(paths: &[PathBuf], global: &Global) -> Outcome {
    let mut queue = Queue::new(global.open_ledger()?)?;
    let gathered = gather(paths);
    let mut counts = Counts { unread: gathered.unread, ..Counts::default() };
    // What is in the queue already need not be opened.
    let mut waiting = Vec::with_capacity(gathered.found.len());
    for found in gathered.found {
        match canonical(&found.path) {
            // A feed that tells the SHA-256 wants it to be checked.
            Ok(path) if found.line.as_ref().is_none_or(|line| line.sha256.is_none()) && queue.has(&path)? => {
                counts.known += 1;
            }
            Ok(path) => waiting.push((path, found)),
            Err(why) => counts.unread.push(found.wrong(&why)),
        }
    }
    let sandbox = global.sandbox()?;
    let shown: Vec<Waiting> = waiting.into_iter().map(|(path, found)| Waiting { path, found }).collect();
    let mut progress = Progress::new(shown.len(), watched());
    let mut batch: Vec<NewItem> = Vec::new();
    let jobs = available_parallelism().map_or(1, usize::from);
    in_order(
        shown.into_iter(),
        jobs,
        |waiting| waiting.found.path.to_string_lossy().into_owned(),
        |waiting| look(&waiting, &sandbox),
        |event| -> io::Result<()> {
            match event {
                Event::Started(path) => progress.started(path),
                Event::Finished => progress.finished(),
                Event::Next(Looked::New(item)) => batch.push(*item),
                Event::Next(Looked::Unread(why)) => counts.unread.push(why),
                Event::Next(Looked::None(why)) => *counts.left_out.entry(why).or_default() += 1,
            }
            if batch.len() >= BATCH { flush(&mut queue, &mut batch, &mut counts) } else { Ok(()) }
        },
    )?;
    flush(&mut queue, &mut batch, &mut counts)?;
    progress.clear();
    explain(&counts.left_out)?;
    let Counts { added, unreadable, known, left_out, unread: missed } = counts;
    for why in missed.iter().take(UNREAD) {
        writeln!(io::stderr(), "not read: {why}")?;
    }
    if missed.len() > UNREAD {
        writeln!(io::stderr(), "not read: {} more; mend those above, then add them again", missed.len() - UNREAD)?;
    }
    let left_out: usize = left_out.values().sum();
    let unread = if unreadable > 0 { format!(" ({unreadable} of them cannot be read)") } else { String::new() };
    let missing = if missed.is_empty() { String::new() } else { format!(", {} not read", missed.len()) };
    writeln!(io::stdout(), "{added} added{unread}, {known} already there, {left_out} not packages{missing}")?;
    Ok(if missed.is_empty() { Exit::Done } else { Exit::Incomplete })
}

/// A path that has to be opened.
struct Waiting {
    path: String,
    found: Found,
}

fn flush(queue: &mut Queue, batch: &mut Vec<NewItem>, counts: &mut Counts) -> io::Result<()> {
    let added = queue.add(batch).map_err(|e| io::Error::other(e.to_string()))?;
    for (item, added) in batch.drain(..).zip(added) {
        match added {
            true => {
                counts.added += 1;
                counts.unreadable += usize::from(matches!(item.arrived, Arrived::Unreadable { .. }));
            }
            false => counts.known += 1,
        }
    }
    Ok(())
}

fn look(waiting: &Waiting, sandbox: &Sandbox) -> Looked {
    let line = waiting.found.line.as_ref();
    let unread = |why: &str| Looked::Unread(waiting.found.wrong(why));
    let opened = match caught(|| sandbox.open(&waiting.found.path)) {
        Ok(opened) => opened,
        Err(panic) => {
            let path = escape(&waiting.found.path.to_string_lossy()).into_owned();
            return unread(&format!("{path}: reading it failed, please report it: {panic}"));
        }
    };
    let arrived = match opened {
        Ok(package) => match line.and_then(|line| line.sha256.as_deref()) {
            Some(told) if !told.eq_ignore_ascii_case(&package.sha256) => {
                let path = escape(&waiting.found.path.to_string_lossy()).into_owned();
                return unread(&format!(
                    "{path}: its SHA-256 is {}, the feed says {}; fetch it again",
                    package.sha256,
                    escape(told)
                ));
            }
            _ => told_by_feed(Arrived::of(&package), line),
        },
        // A folder may hold anything; what was named by itself was meant.
        Err(Refused(error @ OpenError::NotAPackage { .. })) if !waiting.found.named => {
            return Looked::None(error.to_string());
        }
        Err(Refused(error @ (OpenError::NotAPackage { .. } | OpenError::Io { .. }))) => {
            return unread(&error.to_string());
        }
        Err(error @ (SandboxError::Start(_) | SandboxError::Unconfined(_))) => return unread(&error.to_string()),
        // Damaged, encrypted, too large or too much for its reader: an attacker can make it so, and somebody must see it.
        Err(error) => told_by_feed(Arrived::unreadable(error.to_string()), line),
    };
    Looked::New(Box::new(NewItem {
        path: waiting.path.clone(),
        arrived,
        published: line.and_then(|line| line.published),
        source: line.and_then(|line| line.source.clone()).unwrap_or_default(),
    }))
}

/// Fills in from the feed what the package does not tell.
fn told_by_feed(mut arrived: Arrived, line: Option<&Line>) -> Arrived {
    let Some(line) = line else { return arrived };
    let (Arrived::Package { name, version, ecosystem, .. } | Arrived::Unreadable { name, version, ecosystem, .. }) =
        &mut arrived;
    for (known, told) in [(name, &line.name), (version, &line.version)] {
        if known.is_empty()
            && let Some(told) = told
        {
            known.clone_from(told);
        }
    }
    if *ecosystem == Ecosystem::Unknown {
        *ecosystem = line.ecosystem.unwrap_or(Ecosystem::Unknown);
    }
    arrived
}
