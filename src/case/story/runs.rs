//! What makes the code of a package run, and which code.

use crate::behavior::{Run, RunTarget};
use crate::case::Case;
use crate::package::{Entry, Phase, Target};
use crate::syntax::Doc;

use super::sentence::Sentence;
use super::{ENTRIES, PLACES, left_out, path_of, place, when};

pub(super) fn runs(case: &Case) -> Vec<Sentence> {
    let mut lines = Vec::new();
    let by_itself = case.package.entries.iter().enumerate().filter(|(_, entry)| entry.phase != Phase::Run);
    let by_user = case.package.entries.iter().enumerate().filter(|(_, entry)| entry.phase == Phase::Run);
    let count = case.package.entries.len();
    for (index, entry) in by_itself.chain(by_user).take(ENTRIES) {
        lines.push(of_entry(case, entry));
        let more = case.sequence.runs.iter().filter(|run| run.entry == index && run.from.is_some());
        let more: Vec<&Run> = more.collect();
        lines.extend(more.iter().take(PLACES).filter_map(|run| of_run(case, run)));
        lines.extend(left_out(1, more.len(), PLACES, "further file", "further files"));
    }
    lines.extend(left_out(0, count, ENTRIES, "further entry", "further entries"));
    if lines.is_empty() {
        lines.push(Sentence::at(0).own("Nothing runs by itself: the package has no entry."));
    }
    lines
}

fn of_entry(case: &Case, entry: &Entry) -> Sentence {
    let line = Sentence::at(0).quoted(&entry.name).own(format!(" runs {}", when(entry.phase)));
    let path = |file: usize| case.package.files.get(file).map_or("", |file| &file.path);
    match &entry.target {
        Target::File(file) if path(*file) == entry.name => line,
        Target::File(file) => line.own(": file ").quoted(path(*file)),
        Target::Function { file, name } => line.own(": function ").quoted(name).own(" of ").quoted(path(*file)),
        Target::Shell { file, span, text } => {
            line.own(": ").quoted(text).own(" at ").and(place(case, Doc::File(*file), Some(*span)))
        }
        Target::Unresolved(what) => line.own(", and leads to nothing in the archive: ").quoted(what),
    }
}

fn of_run(case: &Case, run: &Run) -> Option<Sentence> {
    let from = run.from?;
    let line = match &run.target {
        RunTarget::Text { doc: doc @ Doc::File(_), .. } => Sentence::at(1).own("then ").quoted(path_of(case, *doc)),
        RunTarget::Text { doc, .. } => Sentence::at(1).own("then text decoded in ").and(place(case, *doc, None)),
        RunTarget::Unresolved(what) => Sentence::at(1).own("then what is not known without running it: ").quoted(what),
    };
    Some(line.own(", from ").and(place(case, from.doc, Some(from.span))))
}
