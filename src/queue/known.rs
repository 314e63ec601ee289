//! Cases that are known, and which of them a package is like: the same archive or file by its hash, nearly the same code, or
//! nearly the same behaviors.
//!
//! What is compared is kept beside the log as working state, which can be thrown away: it is made again from the log and the
//! queue. The verdicts are never copied; they are those of the log at the time of asking.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::case::similar::{Signature, similarity_of_bytes};
use crate::ledger::tables::{Tables, all, first};
use crate::ledger::{Label, Ledger, LedgerError, What};
use crate::text::hex;

/// From this share of equal values on a case is told of.
pub const LEAST: f64 = 0.3;
/// Most labels taken in within one transaction.
const BATCH: usize = 1000;
/// Most hashes of one list.
pub const HASHES: usize = 5_000_000;
/// Longest name of a list, characters.
const NAME: usize = 80;

/// What a package is compared by.
#[derive(Debug, Clone)]
pub struct Probe {
    /// SHA-256 of the archive.
    pub sha256: String,
    name: String,
    version: String,
    /// SHA-256 of each file that holds anything, with its path.
    files: Vec<(String, String)>,
    code: Option<Signature>,
    behavior: Option<Signature>,
}

impl Probe {
    /// Of a case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let package = &case.package;
        let held = package.files.iter().filter(|file| !file.bytes.is_empty());
        Self {
            sha256: package.sha256.clone(),
            name: package.name.clone().unwrap_or_default(),
            version: package.version.clone().unwrap_or_default(),
            files: held.map(|file| (hex(&Sha256::digest(&file.bytes)), file.path.clone())).collect(),
            code: Signature::of(case),
            behavior: Signature::of_text(&case.text.text, package.name.as_deref().unwrap_or_default()),
        }
    }
}

/// A case that a package is like.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// SHA-256 of its archive, or of the file that is known.
    pub sha256: String,
    /// Its name, untrusted.
    pub name: String,
    /// Its version, untrusted.
    pub version: String,
    /// The label that it has now.
    pub label: Option<Label>,
    /// The list that knows it as bad, untrusted; empty for a case of the ledger.
    pub list: String,
    /// The file of this package that the hash is of, untrusted; empty for the archive.
    pub file: String,
    /// Whether its archive or file is the very same.
    pub same: bool,
    /// How alike the code is, from 0 to 1; `None` where one of the two has none.
    pub code: Option<f64>,
    /// How alike the behaviors are.
    pub behavior: Option<f64>,
}

impl Match {
    /// How alike it is at most.
    #[must_use]
    pub fn likeness(&self) -> f64 {
        let most = self.code.unwrap_or(0.0).max(self.behavior.unwrap_or(0.0));
        if self.same { 2.0 } else { most }
    }
}

/// Takes in what the ledger holds and is not known yet: labels, and signatures of the queue. Answers how many cases were new.
///
/// # Errors
/// When the ledger cannot be read or written.
pub fn refresh(ledger: &mut Ledger) -> Result<usize, LedgerError> {
    ledger.refresh()?;
    let known: HashSet<(String, i64)> = ledger.look(|tables| {
        if !tables.has_known()? {
            return Ok(HashSet::new());
        }
        all(tables, "SELECT sha256, event FROM known_case", &[], |row| Ok((row.text(0)?.to_owned(), row.integer(1)?)))
    })?;
    let new: Vec<i64> = ledger
        .records()
        .filter(|standing| !known.contains(&(standing.sha256.clone(), standing.event)))
        .map(|standing| standing.event)
        .collect();
    for events in new.chunks(BATCH) {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let (What::Labelled(labelled) | What::Adjudicated(labelled)) = ledger.event(*event)?.body.what else {
                continue;
            };
            let behavior = Signature::of_text(&labelled.text.text, &labelled.name);
            rows.push((labelled.sha256, labelled.name, labelled.version, *event, behavior));
        }
        ledger.work(|tables| {
            tables.make_known()?;
            for (sha256, name, version, event, behavior) in &rows {
                let behavior = behavior.as_ref().map(Signature::to_bytes);
                tables.execute(
                    "INSERT INTO known_case (sha256, name, version, event, code, behavior) VALUES (?1, ?2, ?3, ?4, \
                     (SELECT signature FROM item WHERE sha256 = ?1 AND signature IS NOT NULL LIMIT 1), ?5) \
                     ON CONFLICT (sha256) DO UPDATE SET event = excluded.event, behavior = excluded.behavior, \
                     code = coalesce(known_case.code, excluded.code)",
                    &[sha256.into(), name.into(), version.into(), (*event).into(), behavior.as_ref().into()],
                )?;
            }
            Ok(())
        })?;
    }
    Ok(new.len())
}

/// Keeps what a package is compared by: a label that it gets later stands beside its code.
///
/// # Errors
/// When the ledger cannot be written.
pub fn remember(ledger: &mut Ledger, probe: &Probe) -> Result<(), LedgerError> {
    let bytes = |signature: &Option<Signature>| signature.as_ref().map(Signature::to_bytes);
    let (code, behavior) = (bytes(&probe.code), bytes(&probe.behavior));
    ledger.work(|tables| {
        tables.make_known()?;
        let Probe { sha256, name, version, .. } = probe;
        tables.execute(
            "INSERT INTO known_case (sha256, name, version, event, code, behavior) VALUES (?1, ?2, ?3, 0, ?4, ?5) \
             ON CONFLICT (sha256) DO UPDATE SET code = excluded.code",
            &[sha256.into(), name.into(), version.into(), code.as_ref().into(), behavior.as_ref().into()],
        )?;
        Ok(())
    })
}

/// The cases that a package is like, the most alike first, at most so many.
///
/// # Errors
/// When the ledger cannot be read.
pub fn similar(ledger: &Ledger, probe: &Probe, most: usize) -> Result<Vec<Match>, LedgerError> {
    let mut found = ledger.look(|tables| {
        if !tables.has_known()? {
            return Ok(Vec::new());
        }
        let mut found = listed(tables, probe)?;
        found.extend(alike(tables, probe, most)?);
        Ok(found)
    })?;
    for known in &mut found {
        known.label = ledger.state(&known.sha256).map(|standing| standing.label);
    }
    // A case that nobody has decided says nothing of this one.
    found.retain(|known| known.label.is_some() || !known.list.is_empty());
    found.sort_by(|a, b| {
        b.likeness().total_cmp(&a.likeness()).then_with(|| (&a.name, &a.version).cmp(&(&b.name, &b.version)))
    });
    found.truncate(most);
    Ok(found)
}

/// What lists of bad hashes know of the archive and its files.
fn listed(tables: &mut dyn Tables, probe: &Probe) -> Result<Vec<Match>, LedgerError> {
    let mut found = Vec::new();
    let archive = (probe.sha256.clone(), String::new());
    for (sha256, file) in std::iter::once(&archive).chain(&probe.files) {
        let statement = "SELECT list FROM known_bad WHERE sha256 = ?1";
        let list = first(tables, statement, &[sha256.into()], |row| Ok(row.text(0)?.to_owned()))?;
        found.extend(list.map(|list| Match {
            sha256: sha256.clone(),
            name: String::new(),
            version: String::new(),
            label: None,
            list,
            file: file.clone(),
            same: true,
            code: None,
            behavior: None,
        }));
    }
    Ok(found)
}

/// Cases whose hash is the same, or whose code or behaviors are nearly so. Every case is looked at: reading the signatures of a
/// hundred thousand takes less time than tables of their bands would take to keep.
fn alike(tables: &mut dyn Tables, probe: &Probe, most: usize) -> Result<Vec<Match>, LedgerError> {
    let mut found: Vec<Match> = Vec::new();
    let statement = "SELECT code, behavior, sha256, name, version FROM known_case WHERE event > 0";
    tables.query(statement, &[], &mut |row| {
        let share = |column: usize, own: &Option<Signature>| -> Result<Option<f64>, LedgerError> {
            let bytes = row.maybe_blob(column)?;
            Ok(own.as_ref().zip(bytes).and_then(|(own, bytes)| similarity_of_bytes(own, bytes)))
        };
        let (code, behavior) = (share(0, &probe.code)?, share(1, &probe.behavior)?);
        let same = row.text(2)? == probe.sha256;
        if !same && code.unwrap_or(0.0).max(behavior.unwrap_or(0.0)) < LEAST {
            return Ok(());
        }
        let (list, file) = (String::new(), String::new());
        found.push(Match {
            sha256: row.text(2)?.to_owned(),
            name: row.text(3)?.to_owned(),
            version: row.text(4)?.to_owned(),
            label: None,
            list,
            file,
            same,
            code,
            behavior,
        });
        // A campaign of thousands is not kept whole.
        if found.len() >= most.saturating_mul(8).max(64) {
            found.sort_by(|a, b| b.likeness().total_cmp(&a.likeness()));
            found.truncate(most);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Lines of the behaviors that only this package has, and those that only a known case has.
///
/// # Errors
/// When the ledger cannot be read.
pub fn differing(ledger: &Ledger, sha256: &str, text: &str) -> Result<(Vec<String>, Vec<String>), LedgerError> {
    let Some(standing) = ledger.state(sha256) else { return Ok(Default::default()) };
    let (What::Labelled(labelled) | What::Adjudicated(labelled)) = ledger.event(standing.event)?.body.what else {
        return Ok(Default::default());
    };
    let only = |of: &str, others: &str| {
        let others: HashSet<&str> = others.lines().collect();
        let mut known = HashSet::new();
        of.lines().filter(|line| !others.contains(line) && known.insert(*line)).map(str::to_owned).collect::<Vec<_>>()
    };
    Ok((only(text, &labelled.text.text), only(&labelled.text.text, text)))
}

/// What came of taking in a list of hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Hashes that were not known before.
    pub new: usize,
    /// Those that were.
    pub known: usize,
    /// Lines that hold no SHA-256.
    pub odd: usize,
}

/// Takes in a list of SHA-256 of bad archives or files: the first such word of each line counts, `#` begins a comment.
///
/// # Errors
/// When the ledger cannot be written; then nothing was taken in.
pub fn import(ledger: &mut Ledger, list: &str, text: &str) -> Result<Imported, LedgerError> {
    let list: String = list.chars().take(NAME).collect();
    let mut came = Imported::default();
    ledger.work(|tables| {
        tables.make_known()?;
        for line in text.lines().take(HASHES) {
            let said = line.split('#').next().unwrap_or_default();
            if said.trim().is_empty() {
                continue;
            }
            let mut words = said.split(|c: char| !c.is_ascii_alphanumeric());
            let Some(hash) = words.find(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
            else {
                came.odd += 1;
                continue;
            };
            let statement = "INSERT INTO known_bad (sha256, list) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING";
            match tables.execute(statement, &[(&hash.to_ascii_lowercase()).into(), (&list).into()])? {
                0 => came.known += 1,
                _ => came.new += 1,
            }
        }
        Ok(())
    })?;
    Ok(came)
}
