//! The diff for people: what to look at first, then the changed places by risk. Everything of a package is escaped.

use std::io::{self, Write};

use crate::behavior::Step;
use crate::case::{Case, State};
use crate::cli::{cut, fit};
use crate::diff::{Change, Diff, Fate, FileChange, Fold, Hunk, Layout, Row, Sign, Sort, Version};
use crate::text::{Source, escape, many};

/// Most lines of one list of news; the JSON form has them all.
const MOST: usize = 40;
/// Columns that the path of a file or the detail of a step is cut to.
const WIDE: usize = 60;

/// Writes the diff.
pub fn write(out: &mut impl Write, diff: &Diff, old: &Case, new: &Case, all: bool) -> io::Result<()> {
    head(out, "old", &diff.old)?;
    head(out, "new", &diff.new)?;
    if let Some(layout) = layout(diff.layout) {
        writeln!(out, "     {layout}")?;
    }
    writeln!(out, "\n{}", escape(&diff.summary()))?;
    news(out, diff, new)?;
    files(out, diff, old, new)?;
    steps(out, diff, old, new, all)?;
    let mut folded = 0;
    for hunk in &diff.hunks {
        let Some(change) = diff.files.get(hunk.file) else { continue };
        if change.fold.is_some() && !all {
            folded += 1;
            continue;
        }
        self::hunk(out, hunk, change, old, new)?;
    }
    if folded > 0 {
        writeln!(out, "\n{} folded away; --all shows them", many(folded, "changed place is", "changed places are"))?;
    }
    if !diff.skipped.is_empty() {
        writeln!(out, "\nnot read, not analysed or not compared")?;
    }
    for skip in &diff.skipped {
        let path = if skip.path.is_empty() { "" } else { ": " };
        writeln!(out, "  {}{path}{}", escape(&skip.path), escape(&skip.reason))?;
    }
    Ok(())
}

fn head(out: &mut impl Write, which: &str, version: &Version) -> io::Result<()> {
    let name = format!("{} {}", version.name.as_deref().unwrap_or("?"), version.version.as_deref().unwrap_or(""));
    let answer = match (version.state, version.probability) {
        (Some(State::Malicious), Some(probability)) => format!("  malicious {probability:.3}"),
        (Some(State::Benign), Some(probability)) => format!("  benign {probability:.3}"),
        (Some(State::CannotJudge), _) => "  cannot judge".to_owned(),
        _ => String::new(),
    };
    writeln!(out, "{which}  {}{answer}  {}", escape(name.trim_end()), escape(&version.path))?;
    writeln!(out, "     sha256 {}", version.sha256)
}

fn layout(layout: Layout) -> Option<&'static str> {
    match layout {
        Layout::Alike => None,
        Layout::WheelAndSdist => Some("a wheel against an sdist"),
        Layout::SdistAndWheel => Some("an sdist against a wheel"),
        Layout::RepositoryAndPackage => Some("an export of a repository against a package"),
        Layout::PackageAndRepository => Some("a package against an export of a repository"),
    }
}

/// One list of the news, cut where it is long.
fn list(out: &mut impl Write, title: &str, lines: Vec<String>) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for line in lines.iter().take(MOST) {
        writeln!(out, "  {}", escape(line))?;
    }
    match lines.len().checked_sub(MOST) {
        Some(more @ 1..) => writeln!(out, "  and {more} more; --format json has them all"),
        _ => Ok(()),
    }
}

fn news(out: &mut impl Write, diff: &Diff, new: &Case) -> io::Result<()> {
    let news = &diff.news;
    let change = |old: &Option<String>, new: &Option<String>| match (old, new) {
        (None, Some(new)) => ('+', new.clone()),
        (Some(old), None) => ('-', old.clone()),
        (old, new) => ('~', format!("{} -> {}", old.as_deref().unwrap_or(""), new.as_deref().unwrap_or(""))),
    };
    let entry = |entry: &crate::diff::EntryChange| {
        let (sign, what) = change(&entry.old, &entry.new);
        format!("{sign} {} {}: {what}", entry.phase.word(), entry.name)
    };
    list(out, "what runs", news.entries.iter().map(entry).collect())?;
    let dependency = |dependency: &crate::diff::DependencyChange| {
        let (sign, what) = change(&dependency.old, &dependency.new);
        let by_address = if dependency.by_address { "  from an address, not from the registry" } else { "" };
        format!("{sign} {} {what}{by_address}", dependency.name)
    };
    list(out, "dependencies", news.dependencies.iter().map(dependency).collect())?;
    list(out, "new hosts", news.hosts.iter().map(|host| format!("+ {}", host.replace('.', "[.]"))).collect())?;
    let indicators = news.indicators.iter().filter_map(|at| new.indicators.get(*at));
    let indicator = |i: &crate::evidence::Indicator| format!("+ {:<10} {}", i.role.word(), i.defanged());
    list(out, "new indicators", indicators.map(indicator).collect())?;
    let binaries = news.binaries.iter().filter_map(|at| new.package.files.get(*at));
    list(out, "new or changed programs", binaries.map(|file| format!("+ {}", file.path)).collect())?;
    let evidence = news.evidence.iter().filter_map(|at| new.evidence.get(*at));
    list(out, "new evidence", evidence.map(|e| format!("+ {}: {}", e.kind.word(), e.what)).collect())
}

fn files(out: &mut impl Write, diff: &Diff, old: &Case, new: &Case) -> io::Result<()> {
    if diff.files.is_empty() {
        return writeln!(out, "\n{} the same", many(diff.same, "file is", "files are all"));
    }
    writeln!(out, "\nfiles (risk, type, bytes, lines), {} more are the same", diff.same)?;
    for change in &diff.files {
        let size = |case: &Case, at: Option<usize>| {
            at.and_then(|at| case.package.files.get(at)).map_or("-".to_owned(), |file| file.bytes.len().to_string())
        };
        let bytes = format!("{} -> {}", size(old, change.old), size(new, change.new));
        let lines = format!("+{} -{}", change.added, change.removed);
        let fold = change.fold.map_or(String::new(), |fold| format!("  folded: {}", why(fold)));
        let path = escape(change.path(&old.package, &new.package));
        let from = match (change.old.and_then(|at| old.package.files.get(at)), change.new) {
            (Some(was), Some(_)) if below(&was.path, &old.package.root) != below(&path, &new.package.root) => {
                format!("  from {}", escape(&was.path))
            }
            _ => String::new(),
        };
        let (sign, sort) = (sign(change.change), sort(change.sort));
        writeln!(out, "  {sign} {:>5}  {sort:<8}  {bytes:<20}  {lines:<13} {path}{from}{fold}", change.risk)?;
    }
    Ok(())
}

fn below<'p>(path: &'p str, root: &str) -> &'p str {
    path.strip_prefix(root).unwrap_or(path)
}

fn sign(change: Change) -> char {
    match change {
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
        Change::Moved => '>',
    }
}

fn sort(sort: Sort) -> &'static str {
    match sort {
        Sort::Code => "code",
        Sort::Manifest => "manifest",
        Sort::Text => "text",
        Sort::Data => "data",
        Sort::Binary => "binary",
    }
}

fn why(fold: Fold) -> &'static str {
    match fold {
        Fold::Formatting => "formatting only",
        Fold::Renaming => "local names only",
        Fold::Generated => "written by the build",
        Fold::OtherLayout => "only the other kind of package has it",
    }
}

fn steps(out: &mut impl Write, diff: &Diff, old: &Case, new: &Case, all: bool) -> io::Result<()> {
    let shown = |line: &&crate::diff::StepPair| all || line.fate != Fate::Same;
    let lines: Vec<_> = diff.steps.iter().filter(shown).collect();
    if lines.is_empty() {
        return writeln!(out, "\nthe behavior is the same, {}", many(diff.steps.len(), "step", "steps"));
    }
    writeln!(out, "\nbehavior (old place, new place)")?;
    for line in lines {
        let of = |case: &'_ Case, at: Option<usize>| at.and_then(|at| case.sequence.steps.get(at).cloned());
        let (was, is) = (of(old, line.old), of(new, line.new));
        let Some(known) = is.as_ref().or(was.as_ref()) else { continue };
        let place = |case: &Case, step: &Option<Step>| match step {
            Some(step) => {
                let path = case.file_of(step.doc).map_or("", |file| below(&file.path, &case.package.root));
                format!("{}:{}", cut(&escape(path), WIDE), step.line)
            }
            None => "-".to_owned(),
        };
        let sign = match line.fate {
            Fate::Same => ' ',
            Fate::Moved => '>',
            Fate::Added => '+',
            Fate::Removed => '-',
        };
        let (code, phrase) = (known.feature.code(), known.feature.phrase());
        let detail = cut(&escape(&known.detail), WIDE);
        let (from, to) = (place(old, &was), place(new, &is));
        writeln!(out, "  {sign} {:<7}  {code:<3}  {phrase:<32}  {from}  {to}  {detail}", known.phase.word())?;
    }
    Ok(())
}

fn hunk(out: &mut impl Write, hunk: &Hunk, change: &FileChange, old: &Case, new: &Case) -> io::Result<()> {
    let source = |case: &Case, at: Option<usize>| at.and_then(|at| case.package.source(at).cloned());
    let (before, after) = (source(old, change.old), source(new, change.new));
    let reasons: Vec<String> = hunk.reasons.iter().take(3).map(|reason| escape(&reason.what).into_owned()).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
    writeln!(out, "\n{}  risk {}{reasons}", escape(change.path(&old.package, &new.package)), hunk.risk)?;
    for row in &hunk.rows {
        let text = escape(row.text(before.as_deref(), after.as_deref()));
        let (sign, number) = (mark(row), number(row, before.as_deref(), after.as_deref()));
        writeln!(out, "{}{sign} {text}", fit(&number, 12))?;
    }
    Ok(())
}

fn mark(row: &Row) -> char {
    match row.sign {
        Sign::Same => ' ',
        Sign::Removed => '-',
        Sign::Added => '+',
    }
}

/// The line of the row's own side, and the column where it begins inside of a long line.
fn number(row: &Row, old: Option<&Source>, new: Option<&Source>) -> String {
    let place = match row.sign {
        Sign::Removed => old.zip(row.old),
        Sign::Same | Sign::Added => new.zip(row.new),
    };
    match place.map(|(source, span)| source.line_column(span.start)) {
        Some((line, 1)) => format!("{line:>6}"),
        Some((line, column)) => format!("{line:>6}:{column}"),
        None => String::new(),
    }
}
