//! Which directory of a zip a reader finds. Python's `zipfile`, so pip, goes by the size that the last end record gives; others go by
//! offset and count, or start from another end record. What any of them finds is read.

use std::collections::HashSet;
use std::ops::Range;

use super::super::budget::Exceeded;
use super::records::{self, END, END_LEN, End, Local, Record};
use super::space;

/// How far from the end of the file Python looks for the end record: as far as a comment can reach.
const REACH: usize = END_LEN + (1 << 16);
/// Most end records that are followed; each may lead to another directory.
const ENDS: usize = 16;

/// A member and where it lies.
#[derive(Debug)]
pub(super) struct Member {
    pub record: Record,
    /// The header before its data, where there is one.
    pub local: Option<Local>,
    /// Its data, by the directory.
    pub data: Range<usize>,
}

/// What the directories of a zip list.
#[derive(Debug, Default)]
pub(super) struct Directories {
    /// What Python, so pip, sees, in its order.
    pub python: Vec<Member>,
    /// What only other readers see.
    pub others: Vec<Member>,
    /// The bytes of directories and end records.
    pub spans: Vec<Range<usize>>,
    /// The comment of the zip.
    pub comment: Range<usize>,
    /// Behind the end record that Python starts from.
    pub end: usize,
    /// Whether there is an end record at all.
    pub ended: bool,
    /// The number of this part, of a zip that was split.
    pub part: Option<u32>,
    /// What is odd, one sentence each.
    pub told: Vec<String>,
}

/// Finds all directories. Fails where one lists more members than `most`.
pub(super) fn find(bytes: &[u8], most: usize) -> Result<Directories, Exceeded> {
    let mut found = Finder { bytes, most, known: HashSet::new(), all: Directories::default() };
    let end = python_end(bytes);
    if let Some(end) = &end {
        found.python(end)?;
    }
    let taken = found.all.python.iter().map(|member| space::member(bytes, member)).chain(found.all.spans.clone());
    let free = space::gaps(taken.collect(), bytes.len());
    let at_python = end.as_ref().map(|end| end.at);
    let mut ends: Vec<usize> = free.into_iter().flat_map(|gap| positions(bytes, gap, END)).collect();
    ends.extend(at_python);
    ends.sort_unstable();
    ends.dedup();
    found.all.ended = !ends.is_empty();
    if ends.len() > 1 {
        found.all.told.push(format!("the zip has {} end records: readers may start from different ones", ends.len()));
    }
    if end.is_none() && found.all.ended {
        found.all.told.push(format!(
            "its end record is not in its last {REACH} bytes, where Python, so pip, looks for it: other readers open it"
        ));
    }
    for at in ends.into_iter().rev().take(ENDS) {
        found.other(at)?;
    }
    Ok(found.all)
}

/// The end record that Python starts from: one without a comment at the very end, else the last one there is.
fn python_end(bytes: &[u8]) -> Option<End> {
    let last = bytes.len().checked_sub(END_LEN)?;
    let bare = End::read(bytes, last).filter(|_| records::u16_at(bytes, last + 20) == Some(0));
    let end = bare.or_else(|| {
        let from = bytes.len().saturating_sub(REACH);
        let at = bytes.get(from..)?.windows(END.len()).rposition(|four| four == END)?;
        End::read(bytes, from + at)
    })?;
    // Python goes by a zip64 record even where the numbers would fit without it.
    let [zip64, _] = end.zip64(bytes);
    Some(zip64.unwrap_or(end))
}

fn positions(bytes: &[u8], within: Range<usize>, signature: [u8; 4]) -> impl Iterator<Item = usize> {
    let start = within.start;
    let windows = bytes.get(within).unwrap_or(&[]).windows(signature.len());
    windows.enumerate().filter(move |(_, four)| *four == signature).map(move |(at, _)| start + at)
}

struct Finder<'b> {
    bytes: &'b [u8],
    most: usize,
    known: HashSet<(usize, &'b [u8])>,
    all: Directories,
}

impl Finder<'_> {
    fn python(&mut self, end: &End) -> Result<(), Exceeded> {
        self.all.comment = end.comment.clone();
        self.all.end = end.comment.end;
        self.all.spans.push(end.span(self.bytes));
        if end.disk > 0 && end.disk < u32::from(u16::MAX) {
            self.all.part = Some(end.disk + 1);
            let told = format!("its end record calls it part {} of a zip in several parts", end.disk + 1);
            self.all.told.push(told);
        }
        let Some((start, shift)) = by_size(end) else {
            let told = "its directory would begin before the file: Python, so pip, refuses it".to_owned();
            self.all.told.push(told);
            return Ok(());
        };
        let records = self.read(start, end.start, u64::MAX, shift)?;
        let behind = records.last().map_or(start, |record| record.end);
        if behind != end.start {
            let told = format!(
                "its directory breaks off at byte {behind}, {} bytes before its end: Python, so pip, refuses it",
                end.start.saturating_sub(behind)
            );
            self.all.told.push(told);
        }
        let held = records.len() as u64;
        if held != end.count && held & 0xFFFF != end.count {
            let told = format!(
                "its end record counts {} members, its directory at byte {start} holds {held}: readers go by the one or the \
                 other",
                end.count
            );
            self.all.told.push(told);
        }
        self.all.spans.push(start..behind);
        for record in records {
            let member = member(self.bytes, record);
            self.remember(&member);
            self.all.python.push(member);
        }
        Ok(())
    }

    /// Follows an end record in every way that a reader may, for members that Python does not see.
    fn other(&mut self, at: usize) -> Result<(), Exceeded> {
        let Some(end) = End::read(self.bytes, at) else { return Ok(()) };
        self.all.spans.push(end.span(self.bytes));
        let [before, pointed] = end.zip64(self.bytes);
        for end in [Some(end), before, pointed].into_iter().flatten() {
            if let Some((start, shift)) = by_size(&end) {
                self.add(start, end.start, u64::MAX, shift)?;
            }
            if let Ok(start) = usize::try_from(end.offset) {
                self.add(start, self.bytes.len(), end.count, 0)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, start: usize, stop: usize, count: u64, shift: i64) -> Result<(), Exceeded> {
        let records = self.read(start, stop, count, shift)?;
        let behind = records.last().map_or(start, |record| record.end);
        let before = self.all.others.len();
        for record in records {
            let member = member(self.bytes, record);
            // Numbers that lead nowhere are no other reading of the zip.
            if member.local.is_some() && self.remember(&member) {
                self.all.others.push(member);
            }
        }
        let new = self.all.others.len() - before;
        if new > 0 {
            self.all.spans.push(start..behind);
            self.all.told.push(format!(
                "a directory at byte {start}, which Python, so pip, does not read, lists {new} members of its own: readers \
                 disagree on what the zip holds"
            ));
        }
        Ok(())
    }

    fn remember(&mut self, member: &Member) -> bool {
        let name = self.bytes.get(member.record.name.clone()).unwrap_or(&[]);
        self.known.insert((member.data.start, name))
    }

    /// The records from `start` on, as long as there are some.
    fn read(&self, start: usize, stop: usize, count: u64, shift: i64) -> Result<Vec<Record>, Exceeded> {
        let mut records = Vec::new();
        let mut at = start;
        while at < stop && (records.len() as u64) < count {
            let Some(record) = Record::read(self.bytes, at, shift).filter(|record| record.end <= stop) else { break };
            at = record.end;
            records.push(record);
            if records.len() + self.all.python.len() + self.all.others.len() > self.most.saturating_mul(2) {
                return Err(Exceeded::Files(self.most));
            }
        }
        Ok(records)
    }
}

/// Where a directory begins by its size, and what its offsets are off by: bytes may stand before the zip.
fn by_size(end: &End) -> Option<(usize, i64)> {
    let start = end.start.checked_sub(usize::try_from(end.size).ok()?)?;
    let shift = i64::try_from(start).ok()?.checked_sub(i64::try_from(end.offset).ok()?)?;
    Some((start, shift))
}

fn member(bytes: &[u8], record: Record) -> Member {
    let local = record.local.and_then(|at| Local::read(bytes, at));
    let start = local.as_ref().map_or_else(|| record.local.unwrap_or(bytes.len()), Local::data).min(bytes.len());
    let packed = usize::try_from(record.packed).unwrap_or(usize::MAX);
    let data = start..start.saturating_add(packed).min(bytes.len());
    let data = if local.is_some() { data } else { start..start };
    Member { record, local, data }
}
