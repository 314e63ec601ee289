//! What changed between two versions, with texts and paths in place of indices: schema `cerebro-diff/1`.

use std::ops::Range;

use serde::Serialize;

use super::place::path_of;
use crate::behavior::Feature;
use crate::case::Case;
use crate::diff::{
    Change, DependencyChange, Diff, EntryChange, Fate, FileChange, Fold, Hunk, Layout, Reason, Row, Sign, Sort, Version,
};
use crate::evidence::{self, Role, indicator};
use crate::package::{File, Phase, Skip};
use crate::text::{Source, Span};

/// The whole answer. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document<'d> {
    schema: &'static str,
    old: &'d Version,
    new: &'d Version,
    layout: Layout,
    summary: String,
    behaves_anew: bool,
    entries: Vec<EntryLine<'d>>,
    dependencies: &'d [DependencyChange],
    hosts: &'d [String],
    indicators: Vec<IndicatorLine<'d>>,
    binaries: Vec<&'d str>,
    evidence: Vec<EvidenceLine<'d>>,
    new_steps: usize,
    same_files: usize,
    files: Vec<FileLine<'d>>,
    hunks: Vec<HunkLine<'d>>,
    steps: Vec<StepLine<'d>>,
    skipped: &'d [Skip],
}

#[derive(Debug, Serialize)]
struct EntryLine<'d> {
    phase: Phase,
    name: &'d str,
    old: Option<&'d str>,
    new: Option<&'d str>,
}

#[derive(Debug, Serialize)]
struct IndicatorLine<'d> {
    kind: indicator::Kind,
    value: &'d str,
    class: &'d str,
    role: Role,
}

#[derive(Debug, Serialize)]
struct EvidenceLine<'d> {
    kind: evidence::Kind,
    what: &'d str,
}

#[derive(Debug, Serialize)]
struct FileLine<'d> {
    path: &'d str,
    old_path: Option<&'d str>,
    change: Change,
    #[serde(rename = "type")]
    sort: Sort,
    fold: Option<Fold>,
    risk: u32,
    old_bytes: Option<usize>,
    new_bytes: Option<usize>,
    added: usize,
    removed: usize,
    cut: Option<&'d str>,
}

#[derive(Debug, Serialize)]
struct HunkLine<'d> {
    path: &'d str,
    fold: Option<Fold>,
    risk: u32,
    reasons: &'d [Reason],
    old: Span,
    new: Span,
    rows: Vec<RowLine<'d>>,
}

#[derive(Debug, Serialize)]
struct RowLine<'d> {
    sign: Sign,
    /// Line of the row's own side, from 1.
    line: usize,
    /// Column in characters, from 1: more where the row is a stretch of a long line.
    column: usize,
    /// Bytes of the text of the row's own side.
    span: Span,
    text: &'d str,
    emphasis: &'d [Range<usize>],
}

#[derive(Debug, Serialize)]
struct StepLine<'d> {
    fate: Fate,
    phase: Phase,
    feature: Feature,
    phrase: &'static str,
    detail: &'d str,
    old: Option<PlaceLine<'d>>,
    new: Option<PlaceLine<'d>>,
}

#[derive(Debug, Serialize)]
struct PlaceLine<'d> {
    file: &'d str,
    line: usize,
    column: usize,
}

impl<'d> Document<'d> {
    /// Gathers what the indices of a diff mean.
    #[must_use]
    pub fn new(diff: &'d Diff, old: &'d Case, new: &'d Case) -> Self {
        let news = &diff.news;
        let entry = |entry: &'d EntryChange| EntryLine {
            phase: entry.phase,
            name: &entry.name,
            old: entry.old.as_deref(),
            new: entry.new.as_deref(),
        };
        let indicators = news.indicators.iter().filter_map(|at| new.indicators.get(*at));
        let evidence = news.evidence.iter().filter_map(|at| new.evidence.get(*at));
        let binaries = news.binaries.iter().filter_map(|at| new.package.files.get(*at));
        Self {
            schema: "cerebro-diff/1",
            old: &diff.old,
            new: &diff.new,
            layout: diff.layout,
            summary: diff.summary(),
            behaves_anew: diff.behaves_anew(),
            entries: news.entries.iter().map(entry).collect(),
            dependencies: &news.dependencies,
            hosts: &news.hosts,
            indicators: indicators
                .map(|i| IndicatorLine { kind: i.kind, value: &i.value, class: &i.class, role: i.role })
                .collect(),
            binaries: binaries.map(|file| file.path.as_str()).collect(),
            evidence: evidence.map(|e| EvidenceLine { kind: e.kind, what: &e.what }).collect(),
            new_steps: news.steps.len(),
            same_files: diff.same,
            files: diff.files.iter().map(|file| FileLine::new(file, old, new)).collect(),
            hunks: diff.hunks.iter().filter_map(|hunk| HunkLine::new(diff, hunk, old, new)).collect(),
            steps: diff.steps.iter().filter_map(|line| StepLine::new(line, old, new)).collect(),
            skipped: &diff.skipped,
        }
    }
}

fn file(case: &Case, at: Option<usize>) -> Option<&File> {
    at.and_then(|at| case.package.files.get(at))
}

impl<'d> FileLine<'d> {
    fn new(change: &'d FileChange, old: &'d Case, new: &'d Case) -> Self {
        let (was, is) = (file(old, change.old), file(new, change.new));
        Self {
            path: change.path(&old.package, &new.package),
            old_path: was.map(|file| file.path.as_str()),
            change: change.change,
            sort: change.sort,
            fold: change.fold,
            risk: change.risk,
            old_bytes: was.map(|file| file.bytes.len()),
            new_bytes: is.map(|file| file.bytes.len()),
            added: change.added,
            removed: change.removed,
            cut: change.cut.as_deref(),
        }
    }
}

impl<'d> HunkLine<'d> {
    fn new(diff: &'d Diff, hunk: &'d Hunk, old: &'d Case, new: &'d Case) -> Option<Self> {
        let change = diff.files.get(hunk.file)?;
        let source = |case: &'d Case, at| file(case, at).and_then(|file| file.source.as_deref());
        let (before, after) = (source(old, change.old), source(new, change.new));
        Some(Self {
            path: change.path(&old.package, &new.package),
            fold: change.fold,
            risk: hunk.risk,
            reasons: &hunk.reasons,
            old: hunk.old,
            new: hunk.new,
            rows: hunk.rows.iter().filter_map(|row| RowLine::new(row, before, after)).collect(),
        })
    }
}

impl<'d> RowLine<'d> {
    fn new(row: &'d Row, old: Option<&'d Source>, new: Option<&'d Source>) -> Option<Self> {
        let (source, span) = match row.sign {
            Sign::Removed => (old?, row.old?),
            Sign::Same | Sign::Added => (new?, row.new?),
        };
        let (line, column) = source.line_column(span.start);
        Some(Self { sign: row.sign, line, column, span, text: row.text(old, new), emphasis: &row.emphasis })
    }
}

impl<'d> StepLine<'d> {
    fn new(line: &crate::diff::StepPair, old: &'d Case, new: &'d Case) -> Option<Self> {
        let step = |case: &'d Case, at: Option<usize>| at.and_then(|at| case.sequence.steps.get(at));
        let (was, is) = (step(old, line.old), step(new, line.new));
        let known = is.or(was)?;
        let place = |case: &'d Case, step: &'d crate::behavior::Step| PlaceLine {
            file: path_of(case, step.doc),
            line: step.line,
            column: step.column,
        };
        Some(Self {
            fate: line.fate,
            phase: known.phase,
            feature: known.feature,
            phrase: known.feature.phrase(),
            detail: &known.detail,
            old: was.map(|step| place(old, step)),
            new: is.map(|step| place(new, step)),
        })
    }
}
