//! What runs by itself: each entry, the files that it comes to run, each with its first statement; what cannot be known is
//! said, never left out.

use std::collections::HashMap;

use crate::behavior::{Run, RunTarget};
use crate::case::Case;
use crate::config::Role;
use crate::package::{Entry, Package, Phase, Target};
use crate::syntax::Doc;
use crate::text::{Span, escape};

use crate::tui::derived::Goal;
use crate::tui::state::State;
use crate::tui::view::card::{Leads, Line};
use crate::tui::widget::page::Page;

/// Deepest chain of files that is indented further.
const DEPTH: usize = 8;
/// Lines made at most: no screen shows more.
const MOST: usize = 200;

/// The lines, each with how deep it stands: entries at 0.
pub(super) fn lines(state: &State, case: &Case) -> Vec<(usize, Line)> {
    let mut lines = entries(state, &case.package, &case.sequence.runs, |phase| phase != Phase::Run);
    match lines.first_mut() {
        Some((_, first)) => first.label = "runs".into(),
        None => lines.push((0, Line::new("runs", Role::Dim, "nothing by itself"))),
    }
    lines
}

/// What the manifest names to run by itself, before it is known what that comes to run.
pub(super) fn declared(state: &State, package: &Package) -> Vec<(usize, Line)> {
    let mut lines = entries(state, package, &[], |phase| phase != Phase::Run);
    if let Some((_, first)) = lines.first_mut() {
        first.label = "runs".into();
    }
    lines
}

/// What only a user starts, dim, for rows that nothing else needs.
pub(super) fn by_user(state: &State, case: &Case) -> Vec<(usize, Line)> {
    let mut lines = entries(state, &case.package, &case.sequence.runs, |phase| phase == Phase::Run);
    // The commands themselves are enough here; the page of all entries shows what each comes to run.
    lines.retain(|(depth, _)| *depth == 0);
    for (_, line) in &mut lines {
        for (role, _) in &mut line.parts {
            *role = Role::Dim;
        }
    }
    if let Some((_, first)) = lines.first_mut() {
        first.label = "user runs".into();
    }
    lines
}

/// Every entry on a page of its own, also what only a user starts.
pub(in crate::tui) fn page(page: &mut Page, state: &State, case: &Case) {
    let by_itself = |phase| phase != Phase::Run;
    let by_user = |phase| phase == Phase::Run;
    let parts: [(&str, &dyn Fn(Phase) -> bool); 2] =
        [("What runs by itself", &by_itself), ("What a user starts", &by_user)];
    for (heading, of) in parts {
        page.heading(heading);
        for (depth, line) in entries(state, &case.package, &case.sequence.runs, of) {
            let goal = match line.leads {
                Some(Leads::Place(goal)) => Some(goal),
                _ => None,
            };
            let mut parts = line.parts.iter().map(|(_, text)| text.as_str());
            let word = parts.next().unwrap_or_default().trim();
            let text = parts.collect::<String>();
            match depth {
                0 => page.goal(word, &text, goal),
                // The first part is the indent and its arrow.
                _ => page.goal("", &format!("{}{word} {text}", "  ".repeat(depth.min(DEPTH) - 1)), goal),
            }
        }
        page.drop_empty_heading();
    }
}

fn entries(state: &State, package: &Package, found: &[Run], of: impl Fn(Phase) -> bool) -> Vec<(usize, Line)> {
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for (index, entry) in package.entries.iter().enumerate().filter(|(_, e)| of(e.phase)) {
        let runs: Vec<&Run> = found.iter().filter(|run| run.entry == index).collect();
        lines.push((0, of_entry(state, entry, &runs)));
        below(state, entry, &runs, &mut lines);
        if lines.len() > MOST {
            break;
        }
    }
    lines
}

/// Leaves out the deepest lines first, so that every entry is seen as long as the screen has room for them.
pub(super) fn cut(mut lines: Vec<(usize, Line)>, room: usize) -> Vec<Line> {
    let mut left_out = 0;
    while lines.len() > room {
        let deepest = lines.iter().map(|(depth, _)| *depth).max().unwrap_or_default();
        let Some(last) = lines.iter().rposition(|(depth, _)| *depth == deepest) else { break };
        lines.remove(last);
        left_out += 1;
    }
    if left_out > 0
        && let Some((_, last)) = lines.last_mut()
    {
        last.more(left_out);
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn of_entry(state: &State, entry: &Entry, runs: &[&Run]) -> Line {
    let role = crate::tui::widget::frame::phase_role(entry.phase);
    let line =
        Line::new("", role, format!("{:<8}", entry.phase.word())).and(Role::Entry, escape(&entry.name).into_owned());
    let name = |file: usize| state.docs.name(Doc::File(file));
    let to = |line: Line, goal: Goal| line.at(state, Some(goal)).to(Leads::Place(goal));
    match &entry.target {
        Target::File(file) | Target::Function { file, .. } => {
            let mut line =
                if name(*file) == entry.name { line } else { line.and(Role::Dim, format!(" → {}", name(*file))) };
            if let Target::Function { name, .. } = &entry.target {
                line = line.and(Role::Dim, format!(" {}", escape(name)));
            }
            // Its own top level, with the first statement.
            let own = runs.iter().find_map(|run| match run.target {
                RunTarget::Text { doc, first } if doc == Doc::File(*file) => Some(first),
                _ => None,
            });
            let line = match own {
                Some(first) => line.and(Role::Literal, format!("  {}", statement(state, Doc::File(*file), first))),
                None => line,
            };
            to(line, (Doc::File(*file), own))
        }
        Target::Shell { file, span, text } => {
            to(line.and(Role::Literal, format!("  {}", escape(text))), (Doc::File(*file), Some(*span)))
        }
        Target::Unresolved(what) => line.and(Role::Message, format!(" → unresolved: {}", escape(what))),
    }
}

/// What the entry comes to run beyond its own file, file under file.
fn below(state: &State, entry: &Entry, runs: &[&Run], lines: &mut Vec<(usize, Line)>) {
    let own = match entry.target {
        Target::File(file) | Target::Function { file, .. } => Some(Doc::File(file)),
        _ => None,
    };
    let mut depths: Vec<(Doc, usize)> = own.map(|doc| (doc, 0)).into_iter().collect();
    // What is run from several places of a file is one line.
    let mut shown: HashMap<(usize, Doc), (usize, usize)> = HashMap::new();
    for run in runs {
        let above = run.from.and_then(|site| depths.iter().find(|(doc, _)| *doc == site.doc)).map_or(0, |(_, d)| *d);
        let depth = above + 1;
        let indent = "  ".repeat(depth.min(DEPTH));
        let line = match &run.target {
            RunTarget::Text { doc, .. } if own == Some(*doc) && run.from.is_none() => continue,
            RunTarget::Text { doc, first } => {
                if let Some((_, times)) = shown.get_mut(&(depth, *doc)) {
                    *times += 1;
                    continue;
                }
                shown.insert((depth, *doc), (lines.len(), 1));
                depths.push((*doc, depth));
                let goal = (*doc, Some(*first));
                Line::new("", Role::Faint, format!("{:<6}{indent}↳ ", ""))
                    .and(if matches!(doc, Doc::Layer(_)) { Role::Layer } else { Role::File }, state.docs.name(*doc))
                    .and(Role::Literal, format!("  {}", statement(state, *doc, *first)))
                    .at(state, Some(goal))
                    .to(Leads::Place(goal))
            }
            RunTarget::Unresolved(what) => {
                let goal = run.from.map(|site| (site.doc, Some(site.span)));
                let line = Line::new("", Role::Faint, format!("{:<6}{indent}↳ ", ""))
                    .and(Role::Message, format!("unresolved: {}", escape(what)));
                // What the words leave open, the code itself shows.
                let code = run.from.map(|site| written(state, site.doc, site.span)).unwrap_or_default();
                let line = match what.contains("known only") || what.contains("computed") {
                    true if !code.is_empty() && !what.contains(&code) => {
                        line.and(Role::Literal, format!("  {}", escape(&code)))
                    }
                    _ => line,
                };
                let line = line.at(state, goal);
                match goal {
                    Some(goal) => line.to(Leads::Place(goal)),
                    None => line,
                }
            }
        };
        lines.push((depth, line));
        if lines.len() > MOST {
            break;
        }
    }
    for (at, times) in shown.into_values().filter(|(_, times)| *times > 1) {
        if let Some((_, line)) = lines.get_mut(at) {
            // Behind the indent.
            line.parts.insert(1.min(line.parts.len()), (Role::Guard, format!("×{times} ")));
        }
    }
}

/// Longest text of code on a line, characters.
const LONGEST: usize = 100;

/// The code at a place, on one line and short.
fn written(state: &State, doc: Doc, span: Span) -> String {
    let Some(source) = state.docs.source(doc) else { return String::new() };
    let text = source.text.get(span.start..span.end).unwrap_or_default();
    text.chars().take(LONGEST).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The line on which a statement begins, escaped and short.
fn statement(state: &State, doc: Doc, first: Span) -> String {
    let Some(source) = state.docs.source(doc) else { return String::new() };
    let line: String = source.line(source.line_of(first.start)).trim_start().chars().take(LONGEST).collect();
    escape(line.trim()).into_owned()
}
