//! What runs by itself: each entry with the file that it comes to.

use crate::case::Case;
use crate::config::Role;
use crate::package::{Entry, Phase, Target};
use crate::syntax::Doc;
use crate::text::escape;

use super::{Leads, Line};
use crate::tui::app::State;

pub(super) fn lines(state: &State, case: &Case) -> Vec<Line> {
    let by_itself = case.package.entries.iter().filter(|entry| entry.phase != Phase::Run);
    let mut lines: Vec<Line> = by_itself.map(|entry| line(state, entry)).collect();
    if let Some(first) = lines.first_mut() {
        first.label = "runs";
    } else {
        lines.push(Line::new("runs", Role::Dim, "nothing by itself"));
    }
    lines
}

fn line(state: &State, entry: &Entry) -> Line {
    let role = crate::tui::ui::phase_role(entry.phase);
    let line =
        Line::new("", role, format!("{:<8}", entry.phase.word())).and(Role::Entry, escape(&entry.name).into_owned());
    let file = |file: usize| state.docs.name(Doc::File(file));
    match &entry.target {
        Target::File(at) => {
            let line = if file(*at) == entry.name { line } else { line.and(Role::Dim, format!(" → {}", file(*at))) };
            line.to(Leads::Place((Doc::File(*at), None)))
        }
        Target::Function { file: at, name } => {
            line.and(Role::Dim, format!(" → {} {}", file(*at), escape(name))).to(Leads::Place((Doc::File(*at), None)))
        }
        Target::Shell { file: at, span, text } => line
            .and(Role::Literal, format!(" {}", escape(text)))
            .at(state, Some((Doc::File(*at), Some(*span))))
            .to(Leads::Place((Doc::File(*at), Some(*span)))),
        Target::Unresolved(what) => line.and(Role::Message, format!(" → unresolved: {}", escape(what))),
    }
}
