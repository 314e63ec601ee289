//! Lists of places to go to: how the walk came to a step, where a name is defined, where it is used.

use crate::behavior::{CallSite, Step};
use crate::config::Action;
use crate::package::Target;
use crate::syntax::Doc;
use crate::text::Span;

use crate::tui::derived::Goal;
use crate::tui::state::renumber::Moves;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::widget::page::{Page, PageLine, phase};
use crate::tui::widget::spot::Spot;
use crate::tui::worker::{Named, NamesWork, Ticket, Work};

/// A list of places on top of the panes.
#[derive(Debug, Clone)]
pub struct Places {
    /// What they are places of.
    pub title: String,
    /// The lines.
    pub lines: Vec<PageLine>,
    /// Where one is.
    pub spot: Spot,
}

impl Places {
    /// Documents have other numbers; a line about one that is gone leads nowhere.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        for line in &mut self.lines {
            if let PageLine::Pair { goal, .. } = line {
                *goal = goal.and_then(|goal| moves.goal(goal));
            }
        }
    }
}

/// Shows a page whose lines lead somewhere.
pub(in crate::tui) fn open(state: &mut State, title: &str, lines: Vec<PageLine>) {
    let line = lines.iter().position(|line| line.goal().is_some());
    let spot = Spot { top: 0, line };
    state.overlay = Some(Overlay::Places(Places { title: title.to_owned(), lines, spot }));
}

/// How the walk came to the selected step: the entry, each call with its place, the step.
pub(in crate::tui) fn origin(state: &mut State) {
    let step = state.steps.step().and_then(|step| state.docs.sequence().steps.get(step)).cloned();
    let Some(step) = step else {
        state.say("There is no step here; select one, or a line with one.");
        return;
    };
    let mut page = Page::new(state);
    page.heading(&format!("{} {}", step.feature.code(), crate::tui::state::walk::describe(&step, &step.detail)));
    let entry = state.docs.sequence().entries.get(step.entry);
    let name = entry.map_or("", |entry| entry.name.as_str()).to_owned();
    page.goal(phase(step.phase), &format!("{name} runs by itself"), entry_goal(state, &step, &name));
    for (depth, name) in step.call_path.iter().enumerate() {
        let site = step.call_sites.get(depth).copied().flatten();
        let root = state.package().map_or("", |p| p.root.as_str());
        let name = name.strip_prefix(root).unwrap_or(name).to_owned();
        let text = match site {
            Some(site) => format!("{}{name}  from {}", "  ".repeat(depth.min(12)), whereabouts(state, site)),
            None => format!("{}{name}", "  ".repeat(depth.min(12))),
        };
        page.goal(if depth == 0 { "through" } else { "" }, &text, site.map(|s| (s.doc, Some(s.span))));
    }
    let site = CallSite { doc: step.doc, span: step.span };
    let text = format!("{}{}", "  ".repeat(step.call_path.len().min(12)), line_of(state, site));
    page.goal("does", &format!("{}  {}", text, whereabouts(state, site)), Some((step.doc, Some(step.span))));
    if let Doc::Layer(layer) = step.doc
        && let Some(known) = state.docs.sequence().layers.get(layer).cloned()
    {
        let from = CallSite { doc: known.parent, span: known.span };
        let text = format!("{} decoded at {}", state.docs.recipe(layer), whereabouts(state, from));
        page.goal("layer", &text, Some((known.parent, Some(known.span))));
    }
    if step.guarded {
        page.pair("guarded", "reached only through a condition");
    }
    open(state, "Where it comes from", page.lines);
}

/// The place that an entry names.
fn entry_goal(state: &State, step: &Step, name: &str) -> Option<Goal> {
    let package = state.package()?;
    let entry = package.entries.iter().find(|e| e.phase == step.phase && e.name == name);
    match entry.map(|entry| &entry.target) {
        Some(Target::File(file) | Target::Function { file, .. }) => Some((Doc::File(*file), None)),
        Some(Target::Shell { file, span, .. }) => Some((Doc::File(*file), Some(*span))),
        _ => None,
    }
}

/// Path, line and column.
fn whereabouts(state: &State, site: CallSite) -> String {
    format!("{}{}", state.docs.name(site.doc), state.docs.at(site.doc, site.span.start).unwrap_or_default())
}

/// The text at a place, at most its first line.
fn line_of(state: &State, site: CallSite) -> String {
    const MOST: usize = 160;
    let Some(source) = state.docs.source(site.doc) else { return String::new() };
    let text = source.text.get(site.span.start..site.span.end).unwrap_or_default();
    text.lines().next().unwrap_or_default().chars().take(MOST).collect()
}

/// Asks where the names at the cursor are defined, or used.
pub(in crate::tui) fn ask(state: &mut State, action: Action) -> Vec<Effect> {
    let (Some(case), Some(doc)) = (state.case.clone(), state.viewer.doc) else {
        state.say("Nothing is shown yet.");
        return Vec::new();
    };
    let Some(whole) = state.docs.source(doc).and_then(|_| state.line_span(state.viewer.cursor)) else {
        state.say("This file is no text.");
        return Vec::new();
    };
    // What is selected or emphasised on the cursor's line; else all of the line.
    let inside = |span: &Span| (whole.start..=whole.end).contains(&span.start);
    let within = state.selected_span().filter(inside).unwrap_or(whole);
    let ticket = state.naming.renew();
    let definitions = action == Action::Definition;
    vec![state.work(Work::Names(NamesWork { ticket, case, doc, within, around: whole, definitions }))]
}

/// Goes to the only place, or lists them.
pub(in crate::tui) fn named(state: &mut State, ticket: Ticket, definitions: bool, found: Option<Vec<Named>>) {
    if state.naming != ticket {
        return;
    }
    let Some(found) = found else { return };
    match found.as_slice() {
        [] if definitions => state.say("No name here is defined in this package."),
        [] => state.say("There is no name here, or the file is not code."),
        [only] => {
            let said = format!("{} · {}", only.name, only.defines.as_deref().unwrap_or("used"));
            state.go((only.doc, Some(only.span)));
            state.say(crate::text::escape(&said));
        }
        _ => {
            let mut page = Page::new(state);
            let mut name = None;
            for named in &found {
                if name != Some(&named.name) {
                    name = Some(&named.name);
                    page.heading(&crate::text::escape(&named.name));
                }
                let site = CallSite { doc: named.doc, span: named.span };
                let text = format!("{}  {}", whereabouts(state, site), source_line(state, site));
                page.goal(named.defines.as_deref().unwrap_or("used"), &text, Some((named.doc, Some(named.span))));
            }
            open(state, if definitions { "Defined" } else { "Defined and used" }, page.lines);
        }
    }
}

/// The whole line around a place, short.
fn source_line(state: &State, site: CallSite) -> String {
    const MOST: usize = 80;
    let Some(source) = state.docs.source(site.doc) else { return String::new() };
    let line = source.line(source.line_of(site.span.start)).trim();
    line.chars().take(MOST).collect()
}
