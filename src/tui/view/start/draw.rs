//! The start screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::config::{Action, Context, Role};
use crate::session::Recent;
use crate::text::{escape, width};

use crate::tui::state::State;
use crate::tui::view::start::Choice;
use crate::tui::widget::fit;
use crate::tui::widget::frame::put_right;

/// Most columns that the lines take: on a wide screen they stand in the middle.
const MOST: u16 = 110;
/// Columns of the keys, and of the names behind them.
const KEY: u16 = 4;
const NAME: u16 = 18;
/// Columns of a label.
const LABEL: u16 = 12;

/// What a line holds.
enum Line<'a> {
    Text(Role, &'static str),
    Choice(usize, Choice<'a>),
    Blank,
}

fn lines(state: &State) -> Vec<Line<'_>> {
    let start = &state.start;
    let mut lines = vec![
        Line::Blank,
        Line::Text(Role::Title, "Decide whether an npm or PyPI package is malware."),
        Line::Text(Role::Dim, "Nothing of a package is ever run, unpacked to disk or sent anywhere."),
        Line::Blank,
    ];
    let (always, recent): (Vec<_>, Vec<_>) =
        start.choices().enumerate().map(|(at, choice)| Line::Choice(at, choice)).partition(|line| match line {
            Line::Choice(at, _) => *at < start.always(),
            _ => true,
        });
    lines.extend(always);
    lines.push(Line::Blank);
    match &start.recent {
        None => lines.push(Line::Text(Role::Dim, "Continue where you were …")),
        Some(cases) if cases.is_empty() => {
            lines.push(Line::Text(Role::Dim, "The packages that you leave are listed here, to go on with them."));
        }
        Some(_) => lines.push(Line::Text(Role::Title, "Continue where you were")),
    }
    lines.extend(recent);
    lines
}

/// Where the lines stand.
fn place(state: &State) -> Rect {
    let areas = state.areas();
    let around = u16::from(areas.bordered);
    let body = areas.body.inner(ratatui::layout::Margin::new(around, around));
    let width = body.width.min(MOST);
    let below = if body.height > 40 { body.height / 8 } else { 0 };
    Rect { x: body.x + (body.width - width) / 2, y: body.y + below, width, height: body.height - below }
}

/// The first line on the screen: the selected one is always there.
fn top(state: &State, lines: &[Line<'_>], height: u16) -> usize {
    let chosen = |line: &Line<'_>| matches!(line, Line::Choice(at, _) if *at == state.start.selected);
    let at = lines.iter().position(chosen).unwrap_or_default();
    (at + 1).saturating_sub(usize::from(height).max(1))
}

/// The line that can be chosen under a place of the screen.
pub(in crate::tui) fn line_at(state: &State, at: Position) -> Option<usize> {
    let area = place(state);
    let lines = lines(state);
    let line = area.contains(at).then(|| top(state, &lines, area.height) + usize::from(at.y - area.y))?;
    match lines.get(line)? {
        Line::Choice(at, _) => Some(*at),
        Line::Text(..) | Line::Blank => None,
    }
}

pub(in crate::tui) fn draw(state: &State, buf: &mut Buffer) {
    let theme = state.theme();
    let area = place(state);
    let lines = lines(state);
    let first = top(state, &lines, area.height);
    for (row, line) in (0..area.height).zip(lines.iter().skip(first)) {
        let at = Rect { y: area.y + row, height: 1, ..area };
        match line {
            Line::Blank => {}
            Line::Text(role, text) => {
                let room = usize::from(at.width.saturating_sub(2));
                buf.set_stringn(at.x + 2, at.y, fit::end(text, room), room, theme.style(*role));
            }
            Line::Choice(index, choice) => {
                match choice {
                    Choice::Action(action) => draw_action(state, *action, at, buf),
                    Choice::Recent(recent) => draw_recent(state, recent, at, buf),
                }
                if *index == state.start.selected {
                    buf.set_style(at, theme.style(Role::Selected));
                }
            }
        }
    }
}

fn draw_action(state: &State, action: Action, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let key = state.config.keys.key_in(Context::Start, action).unwrap_or_default();
    let (name, text, role) = match action {
        Action::OpenPath => {
            ("Open a package", "an archive (.tgz .whl .zip …) or an unpacked folder".to_owned(), Role::Dim)
        }
        Action::Guide => ("Guided tour", "five steps on a harmless sample; nothing is kept".to_owned(), Role::Dim),
        Action::Queue => {
            let (text, role) = waiting(state);
            ("Queue", text, role)
        }
        Action::Help => ("Help", "every key, by view".to_owned(), Role::Dim),
        _ => ("Quit", String::new(), Role::Dim),
    };
    let mut x = area.x + 2;
    for (part, wide, role) in [(key.as_str(), KEY, Role::Key), (name, NAME, Role::Text), (&text, MOST, role)] {
        let room = usize::from(area.right().saturating_sub(x).min(wide)).saturating_sub(1);
        if room > 0 {
            buf.set_stringn(x, area.y, fit::end(part, room), room, theme.style(role));
        }
        x += wide;
    }
}

/// How many packages wait in the queue.
fn waiting(state: &State) -> (String, Role) {
    match &state.queue.listing {
        None if state.start.no_ledger => ("nothing waits: cerebro queue add PATH...".to_owned(), Role::Dim),
        None => ("…".to_owned(), Role::Dim),
        Some(Err(why)) => (escape(why).into_owned(), Role::Error),
        Some(Ok(listing)) if listing.items.is_empty() => {
            ("empty: cerebro queue add PATH... puts packages into it".to_owned(), Role::Dim)
        }
        Some(Ok(listing)) => match (listing.items.len() - listing.done().min(listing.items.len()), listing.items.len())
        {
            (0, all) => (format!("nothing waits: all {all} have a label"), Role::Dim),
            (waiting, all) => (format!("{waiting} of {all} wait for a label"), Role::Message),
        },
    }
}

/// A case in a line: its name, the label, where it lies.
fn draw_recent(state: &State, recent: &Recent, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let title = escape(&title(recent)).into_owned();
    let x = area.x + 2 + KEY;
    let wide = (area.width * 2 / 5).max(NAME);
    let room = usize::from(area.right().saturating_sub(x).min(wide)).saturating_sub(1);
    let role = if recent.there { Role::Text } else { Role::Dim };
    buf.set_stringn(x, area.y, fit::end(&title, room), room, theme.style(role));
    let x = x + wide;
    let (word, role) = match (recent.there, recent.about.label.as_str()) {
        (false, _) => ("moved", Role::Error),
        (true, "malicious") => ("malicious", Role::LabelMalicious),
        (true, "benign") => ("benign", Role::LabelBenign),
        (true, "") => ("no label", Role::Faint),
        (true, other) => (other, Role::LabelSuspicious),
    };
    let word = escape(word);
    let room = usize::from(area.right().saturating_sub(x).min(LABEL)).saturating_sub(1);
    buf.set_stringn(x, area.y, fit::end(&word, room), room, theme.style(role));
    let x = x + LABEL;
    let path = escape(&recent.about.path.to_string_lossy()).into_owned();
    let rest = Rect { x, width: area.right().saturating_sub(x + 1), ..area };
    if rest.width > 8 {
        let shown = fit::start(&path, usize::from(rest.width));
        let used = u16::try_from(width(&shown)).unwrap_or(rest.width);
        put_right(&shown, Rect { width: used.min(rest.width), ..rest }, theme.style(Role::Place), buf);
    }
}

/// Name and version; of a package that has no name, that of its file. Untrusted.
fn title(recent: &Recent) -> String {
    let about = &recent.about;
    let file = || about.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = if about.name.is_empty() { file() } else { about.name.clone() };
    if about.version.is_empty() { name } else { format!("{name} {}", about.version) }
}
