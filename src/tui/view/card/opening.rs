//! The card while the package is being read: how far that is, and what is known already.

use crate::config::Role;
use crate::syntax::Doc;

use crate::tui::state::{Stage, State};
use crate::tui::view::card::lines::identity;
use crate::tui::view::card::{Leads, Line, runs};
use crate::tui::widget::page;

/// The lines.
pub(super) fn lines(state: &State) -> Vec<Line> {
    let mut lines = vec![Line::new("package", Role::Text, state.path.clone())];
    if let Some(why) = &state.failed {
        let width = usize::from(state.areas().body.width).saturating_sub(16).max(10);
        lines.extend(page::broken(why, width).into_iter().map(|line| Line::new("", Role::Error, line)));
    } else {
        lines.extend(reading(state));
    }
    let Some(package) = state.package() else { return lines };
    let known: Vec<Line> = identity(state, package).into_iter().map(|(_, line)| line).collect();
    let around = usize::from(state.areas().bordered) * 2;
    let height = usize::from(state.areas().body.height).saturating_sub(around);
    let room = height.saturating_sub(lines.len() + known.len()).max(1);
    lines.extend(runs::cut(runs::declared(state, package), room));
    lines.extend(known);
    lines
}

/// How far the reading is; the file on a line of its own, for it is what one who waits wants to see.
fn reading(state: &State) -> Vec<Line> {
    let Some(progress) = state.progress.filter(|_| state.stage == Stage::Reading) else {
        let archive = state.stage == Stage::Opening;
        return vec![Line::new("", Role::Dim, if archive { "reading the archive …" } else { "reading the code …" })];
    };
    let mut lines = vec![Line::new("", Role::Working, format!("{} …", progress.words()))];
    let files = state.package().map_or(0, |package| package.files.len());
    if let Some(file) = progress.file.filter(|file| *file < files) {
        let line = Line::new("", Role::File, state.docs.name(Doc::File(file)));
        lines.push(line.to(Leads::Place((Doc::File(file), None))));
    }
    lines
}
