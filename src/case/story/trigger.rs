//! What makes the code of an entry run, as the beginning of a sentence.

use crate::behavior::{RunTarget, Step};
use crate::case::Case;
use crate::package::{Entry, Phase, Target};
use crate::syntax::Doc;

use super::path_of;
use super::sentence::Sentence;

/// Most characters of a command line.
const COMMAND: usize = 48;

/// The name of the entry to which steps belong.
pub(super) fn entry_name<'a>(case: &'a Case, steps: &[Step]) -> &'a str {
    steps.first().and_then(|step| case.sequence.entries.get(step.entry)).map_or("", |entry| entry.name.as_str())
}

/// What makes the steps of an entry run.
pub(super) struct Trigger {
    /// With what it runs, up to the subject of what follows.
    pub long: Sentence,
    /// Its name alone.
    pub short: Sentence,
    /// The file in which places are lines without a path.
    pub doc: Option<Doc>,
}

/// Tells what makes the steps of an entry run.
pub(super) fn trigger(case: &Case, steps: &[Step]) -> Trigger {
    let name = entry_name(case, steps);
    let first = steps.first();
    let inside = |doc: Doc| case.package.inside(path_of(case, doc)).to_owned();
    let loose = |before: &str, path: &str, after: &str| {
        let doc = first.map(|step| step.doc);
        let short = Sentence::at(0).quoted(path);
        let short = match doc {
            Some(doc) if inside(doc) == path => short.about(doc, None),
            _ => short,
        };
        Trigger { long: Sentence::at(0).own(before).and(short.clone()).own(after), short, doc }
    };
    for (mark, before, after) in
        [("not called: ", "Where something calls into ", ", it"), ("not imported: ", "Where ", " is run, it")]
    {
        if let Some(path) = name.strip_prefix(mark) {
            return loose(before, path, after);
        }
    }
    let phase = first.map_or(Phase::Run, |step| step.phase);
    let (name, when) = match (name, phase) {
        (name, _) if name.ends_with(" (interpreter start)") => {
            (name.trim_end_matches(" (interpreter start)"), "At every start of the interpreter, ")
        }
        (name, _) if name.ends_with(" (folder opens)") => {
            (name.trim_end_matches(" (folder opens)"), "When an editor opens the folder, ")
        }
        (name, Phase::Install) => (name, "On installation, "),
        (name, Phase::Import) => {
            (name.strip_prefix("import ").unwrap_or(name).trim_end_matches(" (by itself)"), "On import, ")
        }
        (name, Phase::Run) => (name, "When a user starts it, "),
    };
    let known = entry(case, steps);
    let runs = known.and_then(|(index, _)| {
        case.sequence.runs.iter().find_map(|run| match run.target {
            RunTarget::Text { doc: doc @ Doc::File(_), .. } if run.entry == index => Some(doc),
            _ => None,
        })
    });
    let target = match known.map(|(_, entry)| &entry.target) {
        Some(Target::File(file) | Target::Function { file, .. }) => Some(Doc::File(*file)),
        Some(Target::Shell { .. }) => runs,
        _ => first.map(|step| step.doc).filter(|doc| matches!(doc, Doc::File(_))),
    };
    let short = Sentence::at(0).quoted(name);
    let short = match known.map(|(_, entry)| &entry.target) {
        Some(Target::Shell { file, span, .. }) => short.about(Doc::File(*file), Some(*span)),
        _ => target.into_iter().fold(short, |short, doc| short.about(doc, None)),
    };
    // Of an import the file says what its name says.
    if let (Phase::Import, Some(doc)) = (phase, target) {
        let short = Sentence::at(0).quoted(inside(doc)).about(doc, None);
        return Trigger { long: Sentence::at(0).own(when).and(short.clone()), short, doc: target };
    }
    let mut long = Sentence::at(0).own(when).and(short.clone());
    match (target, known.map(|(_, entry)| &entry.target)) {
        (Some(doc), _) if inside(doc) != name => {
            long = long.own(" runs ").quoted(inside(doc)).about(doc, None).own(": it");
        }
        (None, Some(Target::Shell { file, span, text })) => {
            let mut shown = text.replace("://", "[:]//");
            if let Some((end, _)) = shown.char_indices().nth(COMMAND) {
                shown.truncate(end);
                shown.push('…');
            }
            long = long.own(" runs ").quoted(shown).about(Doc::File(*file), Some(*span)).own(": it");
        }
        _ => {}
    }
    Trigger { long, short, doc: target }
}

/// The entry of the package to which steps belong; several may have one name.
fn entry<'a>(case: &'a Case, steps: &[Step]) -> Option<(usize, &'a Entry)> {
    let name = entry_name(case, steps);
    let first = steps.first()?;
    let mut named =
        case.package.entries.iter().enumerate().filter(|(_, entry)| entry.name == name && entry.phase == first.phase);
    let here = |entry: &Entry| match entry.target {
        Target::Shell { file, span, .. } => {
            steps.iter().any(|step| step.doc == Doc::File(file) && step.span.overlaps(span))
        }
        _ => true,
    };
    named.clone().find(|(_, entry)| here(entry)).or_else(|| named.next())
}
