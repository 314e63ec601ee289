//! The diff against another version: the list, and beside it a place or the two sequences.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::config::{Action, Role, Theme};
use crate::diff::{Change, FileChange, Fold};
use crate::package::Phase;
use crate::text::{escape, many};

use crate::tui::state::{Stage, State};
use crate::tui::view::diff::{Found, Item, Part};
use crate::tui::widget::fit;
use crate::tui::widget::frame::{frame_around, heat_mark, hollow, phase_role, put_right};

mod rows;
mod steps;

/// Columns of the word that says what a line is about.
const WORD: u16 = 10;

pub(in crate::tui) fn draw(state: &State, buf: &mut Buffer) {
    let [list, right] = crate::tui::view::diff::areas(state);
    let (part, versions) = (state.diff.part, &state.diff);
    if let Some(found) = versions.found.as_ref().filter(|_| part == Part::Steps) {
        let title = format!("Behaviors {}", between(found));
        let area = frame_around(state, true, right, &title, &steps::title(state), buf);
        return steps::draw(state, area, buf);
    }
    let Some(found) = &versions.found else {
        let area = frame_around(state, true, state.areas().body, "Diff", "", buf);
        return empty(state, area, buf);
    };
    let title = format!("Diff {}", between(found));
    let same = many(found.diff.same, "file is the same", "files are the same");
    let list = frame_around(state, part == Part::List, list, &title, &same, buf);
    draw_list(state, list, buf);
    let (name, place) = rows::titles(state, right.width);
    let area = frame_around(state, part == Part::Rows, right, &name, &place, buf);
    rows::draw(state, area, buf);
}

/// The two versions.
fn between(found: &Found) -> String {
    let version = |version: &crate::diff::Version| {
        escape(version.version.as_deref().or(version.name.as_deref()).unwrap_or("?")).into_owned()
    };
    format!("{} → {}", version(&found.diff.old), version(&found.diff.new))
}

/// What stands there before anything was compared.
fn empty(state: &State, area: Rect, buf: &mut Buffer) {
    let versions = &state.diff;
    let against = versions.against.as_ref().map(|path| escape(&path.to_string_lossy()).into_owned());
    let key = state.key(Action::Diff);
    let (first, second) = match (&versions.progress, &versions.failed, against) {
        (Some(progress), _, against) => (format!("{} …", progress.words()), against.unwrap_or_default()),
        (None, Some(why), _) => (why.clone(), format!("{key} asks for another version")),
        (None, None, Some(path)) if state.stage != Stage::Done => ("waits until this version is read".to_owned(), path),
        (None, None, _) => ("no other version yet".to_owned(), format!("{key} asks for its path")),
    };
    hollow(&format!("{first}\n{second}"), area, state.theme(), buf);
}

fn draw_list(state: &State, area: Rect, buf: &mut Buffer) {
    let (theme, versions) = (state.theme(), &state.diff);
    let Some(found) = &versions.found else { return };
    if versions.items.is_empty() {
        return hollow("the two versions are the same", area, theme, buf);
    }
    let fold = state.key(Action::Fold);
    let highest = found.diff.hunks.iter().map(|hunk| hunk.risk).max().unwrap_or(1).max(1);
    let selected = versions.selected(Part::List);
    let lines = versions.items.iter().enumerate().skip(versions.top(Part::List));
    for (row, (index, item)) in (0..area.height).zip(lines) {
        let at = Rect { y: area.y + row, height: 1, ..area };
        draw_item(theme, found, item, (highest, &fold), at, buf);
        if index == selected {
            let role = if versions.part == Part::List { Role::Selected } else { Role::SelectedIdle };
            buf.set_style(at, theme.style(role));
        }
    }
}

/// Writes parts of a line one after the other, each cut to the room that is left.
struct Pen<'b> {
    x: u16,
    end: u16,
    y: u16,
    buf: &'b mut Buffer,
}

impl Pen<'_> {
    fn put(&mut self, text: &str, style: Style) {
        let room = usize::from(self.end.saturating_sub(self.x));
        if room > 0 {
            self.x = self.buf.set_stringn(self.x, self.y, fit::end(text, room), room, style).0;
        }
    }
}

fn draw_item(theme: &Theme, found: &Found, item: &Item, (highest, fold): (u32, &str), area: Rect, buf: &mut Buffer) {
    let style = |role| theme.style(role);
    if let Item::Heading(name) = item {
        let (x, _) = buf.set_stringn(area.x, area.y, name, usize::from(area.width), style(Role::Entry));
        let rest = usize::from(area.right().saturating_sub(x + 1));
        buf.set_stringn(x + 1, area.y, "─".repeat(rest), rest, style(Role::Faint));
        return;
    }
    let end = area.right().saturating_sub(1);
    let mut pen = Pen { x: area.x + 1, end, y: area.y, buf };
    let news = &found.diff.news;
    let word = |pen: &mut Pen<'_>, word: &str| {
        pen.put(&format!("{word:<width$}", width = usize::from(WORD)), style(Role::Key));
    };
    let change = |pen: &mut Pen<'_>, old: Option<&str>, new: Option<&str>| match (old, new) {
        (None, Some(new)) => pen.put(&format!("+ {}", escape(new)), style(Role::Added)),
        (Some(old), None) => pen.put(&format!("- {}", escape(old)), style(Role::Removed)),
        (old, new) => {
            pen.put(&escape(old.unwrap_or_default()), style(Role::Removed));
            pen.put(" → ", style(Role::Faint));
            pen.put(&escape(new.unwrap_or_default()), style(Role::Added));
        }
    };
    match item {
        Item::Heading(_) => {}
        Item::Entry(index, _) => {
            let Some(entry) = news.entries.get(*index) else { return };
            word(&mut pen, "runs");
            pen.put(&format!("{} ", phase(entry.phase)), style(phase_role(entry.phase)));
            pen.put(&format!("{} ", escape(&entry.name)), style(Role::Text));
            change(&mut pen, entry.old.as_deref(), entry.new.as_deref());
        }
        Item::Dependency(index, _) => {
            let Some(dependency) = news.dependencies.get(*index) else { return };
            word(&mut pen, "needs");
            if dependency.by_address {
                pen.put("by address ", style(Role::Message));
            }
            pen.put(&format!("{} ", escape(&dependency.name)), style(Role::Text));
            // No address on the screen is one that a terminal makes a link of.
            let shown = |version: &Option<String>| version.as_ref().map(|version| version.replace("://", "[:]//"));
            change(&mut pen, shown(&dependency.old).as_deref(), shown(&dependency.new).as_deref());
        }
        Item::Host(index, ..) => {
            word(&mut pen, "host");
            let host = news.hosts.get(*index).map(|host| host.replace('.', "[.]")).unwrap_or_default();
            pen.put(&format!("+ {}", escape(&host)), style(Role::Added));
        }
        Item::Binary(index) => {
            word(&mut pen, "program");
            let file = news.binaries.get(*index).and_then(|at| found.new.package.files.get(*at));
            pen.put(&escape(file.map_or("", |file| &file.path)), style(Role::Added));
        }
        Item::Evidence(index, _) => {
            let evidence = news.evidence.get(*index).and_then(|at| found.new.evidence.get(*at));
            let Some(evidence) = evidence else { return };
            word(&mut pen, evidence.kind.word());
            pen.put(&escape(&evidence.what), style(Role::Text));
        }
        Item::Behavior(step, count, _) => {
            let Some(step) = found.new.sequence.steps.get(*step) else { return };
            word(&mut pen, "does");
            pen.put(&format!("{:<4}", step.feature.code()), style(phase_role(step.phase)));
            pen.put(step.feature.phrase(), style(Role::Text));
            if *count > 1 {
                pen.put(&format!(" ×{count}"), style(Role::Guard));
            }
        }
        Item::Place(index) => draw_place(theme, found, *index, highest, &mut pen),
        Item::File(index, _) => {
            if let Some(file) = found.diff.files.get(*index) {
                draw_file(theme, found, file, area, &mut pen);
            }
        }
        Item::More(count) => pen.put(&format!("{count} more; cerebro diff lists them all"), style(Role::Dim)),
        Item::Folded(count) => {
            pen.put(
                &format!("{} more of no weight; {fold} shows {}", count, if *count == 1 { "it" } else { "them" }),
                style(Role::Dim),
            );
        }
        Item::Skipped(index) => {
            let Some(skip) = found.diff.skipped.get(*index) else { return };
            if !skip.path.is_empty() {
                pen.put(&format!("{}: ", escape(&skip.path)), style(Role::Place));
            }
            pen.put(&escape(&skip.reason), style(Role::Message));
        }
    }
}

fn phase(phase: Phase) -> &'static str {
    phase.word()
}

/// The path below the package's folder, escaped.
fn path(found: &Found, file: &FileChange) -> String {
    let (old, new) = (&found.old.package, &found.new.package);
    let path = file.path(old, new);
    let package = if file.new.is_some() { new } else { old };
    escape(package.inside(path)).into_owned()
}

fn draw_place(theme: &Theme, found: &Found, index: usize, highest: u32, pen: &mut Pen<'_>) {
    let Some(hunk) = found.diff.hunks.get(index) else { return };
    let Some(file) = found.diff.files.get(hunk.file) else { return };
    // Risks spread over orders of magnitude; the mark shows their order.
    let heat = (f64::from(hunk.risk.max(1)).ln() / f64::from(highest.max(2)).ln()) as f32;
    let dim = file.fold.is_some();
    let style = |role| theme.style(if dim { Role::Dim } else { role });
    pen.put(heat_mark(heat), style(Role::Text).patch(theme.heat_mark(heat)));
    pen.put(&format!("{:>5} ", hunk.risk), style(Role::Key));
    let room = usize::from(pen.end.saturating_sub(pen.x));
    pen.put(&fit::start(&path(found, file), (room * 2 / 5).max(16).min(room)), style(Role::Text));
    let line = file.new.and_then(|at| found.new.package.source(at)).map(|source| source.line_of(hunk.new.start));
    if let Some(line) = line {
        pen.put(&format!(":{line}"), style(Role::Place));
    }
    pen.put(&format!(" +{}", hunk.added), style(Role::Added));
    pen.put(&format!(" -{}", hunk.removed), style(Role::Removed));
    let why = crate::tui::view::diff::reasons(hunk);
    if !why.is_empty() {
        pen.put(&format!("  {why}"), style(Role::Detail));
    }
}

fn draw_file(theme: &Theme, found: &Found, file: &FileChange, area: Rect, pen: &mut Pen<'_>) {
    let dim = file.fold.is_some();
    let style = |role| theme.style(if dim { Role::Dim } else { role });
    let (sign, role) = match file.change {
        Change::Added => ("+", Role::Added),
        Change::Removed => ("-", Role::Removed),
        Change::Changed => ("~", Role::Message),
        Change::Moved => (">", Role::Guard),
    };
    let size = |package: &crate::package::Package, at: Option<usize>| {
        at.and_then(|at| package.files.get(at)).map(|file| file.bytes.len())
    };
    let bytes = match (size(&found.old.package, file.old), size(&found.new.package, file.new)) {
        (Some(old), Some(new)) => format!("{old} → {}", many(new, "byte", "bytes")),
        (old, new) => many(old.or(new).unwrap_or_default(), "byte", "bytes"),
    };
    let why = match (file.fold, &file.cut) {
        (Some(fold), _) => fold_words(fold),
        (None, Some(_)) => "not compared in full",
        (None, None) => "",
    };
    let name = path(found, file);
    let lines = format!("+{} -{}", file.added, file.removed);
    let whole = [why, lines.as_str(), &bytes];
    // What there is no room for beside the path is left out, the size first.
    let forms = [whole.to_vec(), vec![why, lines.as_str()], vec![if why.is_empty() { &lines } else { why }]];
    let joined = forms.map(|parts| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "));
    let room = usize::from(pen.end.saturating_sub(pen.x + 13)).saturating_sub(crate::text::width(&name));
    let right =
        joined.iter().find(|form| crate::text::width(form) <= room).or(joined.last()).cloned().unwrap_or_default();
    let used = u16::try_from(crate::text::width(&right)).unwrap_or(area.width);
    let end = pen.end;
    pen.end = end.saturating_sub(used + 2).max(pen.x + 12).min(end);
    pen.put(sign, style(role));
    pen.put(&format!(" {:<9}", sort(file)), style(Role::Dim));
    let room = usize::from(pen.end.saturating_sub(pen.x));
    pen.put(&fit::start(&name, room), style(Role::Text));
    let rest = Rect { x: pen.x + 1, width: end.saturating_sub(pen.x + 1), ..area };
    put_right(&right, rest, theme.style(Role::Place), pen.buf);
}

fn sort(file: &FileChange) -> &'static str {
    use crate::diff::Sort;
    match file.sort {
        Sort::Code => "code",
        Sort::Manifest => "manifest",
        Sort::Text => "text",
        Sort::Data => "data",
        Sort::Binary => "binary",
    }
}

fn fold_words(fold: Fold) -> &'static str {
    match fold {
        Fold::Formatting => "formatting only",
        Fold::Renaming => "local names only",
        Fold::Generated => "written by the build",
        Fold::OtherLayout => "not in the other kind",
    }
}
