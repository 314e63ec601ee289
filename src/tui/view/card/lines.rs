//! The lines of the card for the screen as it is: which there are, and which there is room for.

use crate::case::{Case, State as Judged, Verdict};
use crate::config::{Action, Role};
use crate::diff::Update;
use crate::package::{Manifest, Package};
use crate::syntax::Doc;
use crate::text::{escape, many, width};

use crate::tui::derived::Goal;
use crate::tui::state::risk::Level;
use crate::tui::state::{Stage, State};
use crate::tui::view::card::{LABELS, Leads, Line, exhibits, moved, opening, runs, story};
use crate::tui::view::others;
use crate::tui::widget::page;
use crate::tui::widget::strip::percent;
use crate::tui::worker::word;

/// Fewest lines of a section that has that much to say.
const STORY: usize = 5;
const EVIDENCE: usize = 5;
const MOVED: usize = 2;
const RUNS: usize = 3;
/// Rows below which the sentences have one line.
const LOW: usize = 14;

/// How much is lost with a line where the screen is too low for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// It says that there is nothing, or what the details say too.
    Little,
    /// What the package says of itself.
    Words,
    /// What has to be known before a decision.
    Needed,
}

/// The lines of the card for the screen as it is.
#[must_use]
pub fn lines(state: &State) -> Vec<Line> {
    let Some(case) = &state.case else { return opening::lines(state) };
    let areas = state.areas();
    let around = usize::from(areas.bordered) * 2;
    let height = usize::from(areas.body.height).saturating_sub(around);
    let columns = usize::from(areas.body.width).saturating_sub(around + LABELS + 1);
    let mut top = vec![(Worth::Needed, verdict(state, case))];
    top.extend(others::on_card(case).into_iter().map(|line| (Worth::Needed, line)));
    let mut news = since(state);
    let mut bottom = identity(state, &case.package);
    bottom.extend(counts(state, case));
    // Below the evidence that it is left out of.
    bottom.splice(0..0, exhibits::hidden(state).map(|line| (Worth::Needed, line)));
    let told = story::lines(&case.brief, columns);
    let moved = moved::lines(state, case);
    let runs = runs::lines(state, case);
    let evidence = exhibits::lines(state, case);
    let story = if height < LOW { 1 } else { STORY };
    let moving = if height < LOW { 0 } else { moved.len().min(MOVED) };
    let least = told.len().min(story) + runs.len().min(RUNS) + evidence.len().min(EVIDENCE) + moving;
    // On a low screen what runs and the evidence come before what can be looked up.
    for worth in [Worth::Little, Worth::Words] {
        for from_news in [false, true] {
            while top.len() + news.len() + bottom.len() + least > height {
                let part = if from_news { &mut news } else { &mut bottom };
                let Some(last) = part.iter().rposition(|(of, _)| *of == worth) else { break };
                part.remove(last);
            }
        }
    }
    let room = height.saturating_sub(top.len() + news.len() + bottom.len());
    let wants = [(runs.len(), RUNS), (evidence.len(), EVIDENCE), (told.len(), story), (moved.len(), MOVED)];
    let [room_runs, room_evidence, room_told, room_moved] = share(room, wants);
    let mut lines: Vec<Line> = story::cut(told, room_told);
    lines.extend(top.drain(..).map(|(_, line)| line));
    lines.extend(moved::cut(moved, room_moved));
    lines.extend(runs::cut(runs, room_runs));
    let free = room.saturating_sub(room_moved + room_runs + room_evidence + room_told);
    if free > 0 {
        lines.extend(runs::cut(runs::by_user(state, case), free));
    }
    lines.extend(news.into_iter().map(|(_, line)| line));
    lines.extend(cut(evidence, room_evidence));
    lines.extend(bottom.into_iter().map(|(_, line)| line));
    lines
}

/// Gives each section its least, the first of them first, then what is left in turn.
fn share(room: usize, wants: [(usize, usize); 4]) -> [usize; 4] {
    let mut given = [0; 4];
    let mut left = room;
    for index in 0..wants.len() {
        if let (Some((has, least)), Some(slot)) = (wants.get(index), given.get_mut(index)) {
            *slot = (*has).min(*least).min(left);
            left -= *slot;
        }
    }
    while left > 0 {
        let mut grew = false;
        for index in 0..wants.len() {
            if let (Some((has, _)), Some(slot)) = (wants.get(index), given.get_mut(index))
                && *slot < *has
                && left > 0
            {
                *slot += 1;
                left -= 1;
                grew = true;
            }
        }
        if !grew {
            break;
        }
    }
    given
}

/// The first lines of a section; the last one says how many more there are.
fn cut(mut section: Vec<Line>, room: usize) -> Vec<Line> {
    let more = section.len().saturating_sub(room);
    section.truncate(room);
    if more > 0
        && let Some(last) = section.last_mut()
    {
        last.more(more);
    }
    section
}

pub(super) fn identity(state: &State, package: &Package) -> Vec<(Worth, Line)> {
    let Manifest { file, description, homepage, repository, license, author, dependencies, .. } = &package.manifest;
    let goal = file.map(|file| (Doc::File(file), None));
    let leads = goal.map_or(Leads::Action(Action::Details), Leads::Place);
    let described = description.as_deref().filter(|text| !text.trim().is_empty());
    let role = if described.is_some() { Role::Text } else { Role::Message };
    let first = Line::new("says", role, escape(described.unwrap_or("no description")).into_owned()).to(leads);
    let field = |value: &Option<String>, name: &str| match value.as_deref().filter(|v| !v.trim().is_empty()) {
        Some(value) => (Role::Dim, format!("{name} {}", escape(value))),
        None => (Role::Message, format!("no {name}")),
    };
    let mut second = Line::new("", Role::Dim, "").to(leads).at(state, goal);
    second.parts.clear();
    let home = if repository.is_some() { field(repository, "repository") } else { field(homepage, "homepage") };
    let needs = match dependencies.len() {
        0 => "no dependencies".to_owned(),
        count => many(count, "dependency", "dependencies"),
    };
    let parts = [home, field(author, "author"), field(license, "license"), (Role::Dim, needs)];
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            second.parts.push((Role::Faint, " · ".to_owned()));
        }
        second.parts.push(part);
    }
    vec![(Worth::Words, first), (Worth::Little, second)]
}

/// The risk as it stands on the card: in words, with its color.
fn risk(verdict: &Verdict) -> (String, Role) {
    let level = Level::of(verdict);
    let text = match (level, &verdict.judgement) {
        (Level::CannotJudge, _) | (_, None) => " cannot judge ".to_owned(),
        (_, Some(judgement)) => format!(" {} ", percent(judgement.probability)),
    };
    (text, level.role())
}

fn verdict(state: &State, case: &Case) -> Line {
    let Some(verdict) = &case.verdict else {
        if state.seals() {
            let why = if state.deciding.second { "second opinion" } else { "blind" };
            let text = format!("hidden until you have decided ({why})");
            return Line::new("risk", Role::Message, text).to(Leads::Action(Action::Details));
        }
        return match (&state.judge, state.stage) {
            (Some(Err(why)), _) => Line::new("risk", Role::Error, format!("none: {}", escape(why))),
            (_, Stage::Judging) => Line::new("risk", Role::Working, "the model reads …"),
            _ => Line::new("risk", Role::Working, "the model is loading …"),
        }
        .to(Leads::Action(Action::Details));
    };
    let (said, role) = risk(verdict);
    let mut line = Line::new("risk", role, said);
    if let Some(judgement) = &verdict.judgement {
        if verdict.state == Judged::CannotJudge {
            line = line.and(Role::Dim, format!(" risk {}", percent(judgement.probability)));
        }
        if let Some(error) = state.judge.as_ref().and_then(|j| j.as_ref().ok()?.calibration_error) {
            line = line.and(Role::Dim, format!(" (±{})", percent(error)));
        }
        line = line.and(Role::Text, format!(", alarm from {}", percent(judgement.threshold)));
        if let Some(file) = judgement.margins.deciding_file() {
            line = line.and(Role::Dim, format!(" · {} alarms most", state.docs.name(Doc::File(file))));
        }
    }
    if state.judge.as_ref().is_some_and(|judge| judge.as_ref().is_ok_and(|judge| judge.mismatch.is_some())) {
        line = line.and(Role::Message, "  the model was trained for another extractor");
    }
    if let Some(why) = &verdict.why {
        line = line.and(Role::Message, format!("  {}", escape(why)));
    }
    line.to(Leads::Action(Action::Tokens))
}

/// What changed since another version, in two lines where it does not fit one.
fn since(state: &State) -> Vec<(Worth, Line)> {
    let versions = &state.diff;
    let (role, text) = match (versions.summary(), versions.progress, &versions.failed) {
        (Some(summary), ..) => (Role::Text, summary),
        (None, Some(progress), _) => (Role::Working, format!("{} …", progress.words())),
        (None, None, Some(why)) => (Role::Error, why.clone()),
        (None, None, None) => {
            let line = Line::new(
                "diff",
                Role::Dim,
                format!("not compared; {} names another version", state.key(Action::Diff)),
            );
            return vec![(Worth::Little, line.to(Leads::Action(Action::Diff)))];
        }
    };
    let room = usize::from(state.areas().body.width).saturating_sub(LABELS + 2).max(1);
    let mut broken = page::broken(&text, room).into_iter();
    let first = Line::new("diff", role, broken.next().unwrap_or_default()).to(Leads::Action(Action::Diff));
    let mut lines = vec![(Worth::Needed, first)];
    let rest = broken.collect::<Vec<_>>().join("");
    if !rest.is_empty() {
        lines.push((Worth::Little, Line::new("", role, rest.trim_start().to_owned())));
    }
    lines.extend(versions.update.as_ref().map(|update| (Worth::Needed, news(state, update))));
    lines
}

/// What the model says of what is new since another version.
fn news(state: &State, update: &Result<Update, String>) -> Line {
    let update = match update {
        Ok(update) => update,
        Err(why) => return Line::new("update", Role::Error, format!("not judged: {}", escape(why))),
    };
    let (said, role) = risk(&update.verdict);
    let mut line = Line::new("update", role, said);
    line = match &update.verdict.judgement {
        Some(_) => line.and(Role::Text, " for what is new by itself"),
        None => line.and(Role::Dim, " nothing new behaves"),
    };
    if let Some(why) = &update.verdict.why {
        line = line.and(Role::Message, format!("  {}", escape(why)));
    }
    if let Some(strongest) = state.diff.strongest() {
        line = line.and(Role::Dim, format!(" · most by {strongest}"));
    }
    line.to(Leads::Action(Action::Diff))
}

/// What is hidden, what was not read, what the analyst has said.
fn counts(state: &State, case: &Case) -> Vec<(Worth, Line)> {
    let mut lines = Vec::new();
    let first = |kind| {
        let found = case.evidence.iter().find(|e| e.kind == kind && e.doc.is_some())?;
        Some(Leads::Place((found.doc?, found.span)))
    };
    let telling = |count: usize| if count > 0 { Role::Message } else { Role::Dim };
    let hidden = many(state.hidden, "hidden character", "hidden characters");
    let oddities = many(case.package.oddities.len(), "archive oddity", "archive oddities");
    let layers = many(case.sequence.layers.len(), "decoded layer", "decoded layers");
    let leads = first(crate::evidence::Kind::HiddenCharacters)
        .or_else(|| first(crate::evidence::Kind::Archive))
        .unwrap_or(Leads::Action(Action::Details));
    let line = Line::new("hidden", telling(state.hidden), hidden)
        .and(Role::Faint, " · ")
        .and(telling(case.package.oddities.len()), oddities)
        .and(Role::Faint, " · ")
        .and(telling(case.sequence.layers.len()), layers);
    let nothing = state.hidden == 0 && case.package.oddities.is_empty() && case.sequence.layers.is_empty();
    lines.push((if nothing { Worth::Little } else { Worth::Words }, line.to(leads)));
    let (line, whole) = unread(case);
    let leads = first(crate::evidence::Kind::Partial).filter(|_| case.skipped().is_empty());
    // A loss is told before anything else is left out.
    let worth = if whole { Worth::Little } else { Worth::Needed };
    lines.push((worth, line.to(leads.unwrap_or(Leads::Action(Action::Details)))));
    let line = match state.label {
        None => Line::new("label", Role::Dim, "none yet"),
        Some(label) => {
            let role = match label {
                crate::ledger::Label::Malicious => Role::LabelMalicious,
                crate::ledger::Label::Benign => Role::LabelBenign,
                _ => Role::LabelSuspicious,
            };
            Line::new("label", role, word(label))
        }
    };
    let marked = match state.spans.count() {
        0 => "nothing marked".to_owned(),
        count => many(count, "marked span", "marked spans"),
    };
    // A verdict that is to be reported needs something to point at.
    let bare = state.spans.count() == 0 && state.label == Some(crate::ledger::Label::Malicious);
    let line = line.and(Role::Faint, " · ").and(if bare { Role::Message } else { Role::Dim }, marked);
    lines.push((Worth::Needed, line.to(Leads::Action(Action::Spans))));
    lines
}

/// What was not read, and what was read in part; whether there is neither.
fn unread(case: &Case) -> (Line, bool) {
    let (skipped, partial) = (case.skipped(), &case.sequence.partial);
    let told = match (skipped.first(), partial.first()) {
        (Some(skip), _) => format!("{} {}", case.package.inside(&skip.path), skip.reason),
        (None, Some(skip)) => format!("{}: {}", case.package.inside(&skip.path), skip.reason),
        (None, None) => return beside_text(case),
    };
    let count = if skipped.is_empty() { "nothing".to_owned() } else { skipped.len().to_string() };
    let in_part = if partial.is_empty() { String::new() } else { format!(", {} in part", partial.len()) };
    (Line::new("skipped", Role::Message, escape(&format!("{count}{in_part}: {told}")).into_owned()), false)
}

/// Where all text was read: whether there is more than text.
fn beside_text(case: &Case) -> (Line, bool) {
    let why = case.verdict.as_ref().and_then(|verdict| verdict.why.as_deref());
    let programs = case.evidence.iter().filter(|evidence| evidence.kind == crate::evidence::Kind::Binary).count();
    match (why, programs) {
        (Some(why), _) => {
            (Line::new("skipped", Role::Message, escape(&format!("no text, but {why}")).into_owned()), false)
        }
        (None, 0) => (Line::new("skipped", Role::Dim, "nothing: everything was read"), true),
        (None, count) => {
            let but = format!("no text; {} not read", many(count, "program is", "programs are"));
            (Line::new("skipped", Role::Dim, but), true)
        }
    }
}

/// Columns of a screen from which on a place has its column.
const WIDE: u16 = 120;
/// Columns of a screen below which a place is no more than a file's name and a line.
const NARROW: u16 = 60;

/// Path, line and column of a place.
pub(super) fn place(state: &State, (doc, span): Goal) -> String {
    let at = span.and_then(|span| state.docs.at(doc, span.start)).unwrap_or_default();
    // On a narrow screen the line is enough, but for the long lines of minified code.
    let at = match at.rsplit_once(':') {
        Some((line, column)) if state.size.width < WIDE && column.len() < 4 => line.to_owned(),
        _ => at,
    };
    let room = usize::from(state.areas().body.width) * 2 / 5;
    // The name of a layer is long: file and recipe. Where it leads says the rest, as of a path with no room for all of it.
    match doc {
        Doc::File(_) if width(&state.docs.name(doc)) + width(&at) > room && state.size.width >= NARROW => {
            format!("{}{at}", state.docs.short_name(doc))
        }
        _ if state.size.width < NARROW => {
            let line = at.rsplit_once(':').map_or("", |(line, _)| line);
            format!("{}{line}", state.docs.short_name(doc))
        }
        Doc::Layer(_) if state.size.width < 160 => format!("{}{at}", state.docs.short_name(doc)),
        _ => format!("{}{at}", state.docs.name(doc)),
    }
}
