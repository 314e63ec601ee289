//! The table of indicators, and below it the places of the selected one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};

use crate::case::Case;
use crate::case::search::Hit;
use crate::config::{Action, Role};
use crate::evidence::{Indicator, Origin, Role as Found};
use crate::ledger::IndicatorRole;
use crate::report::table::notes;
use crate::text::{escape, many, width};

use crate::tui::state::State;
use crate::tui::view::indicators::place;
use crate::tui::widget::frame::{hollow, put_right};
use crate::tui::widget::{fit, hit};

/// Columns of the role and of the sort.
const ROLE: u16 = 13;
const KIND: u16 = 9;
/// Fewest lines of a screen that has room for the places of the selected indicator.
const TALL: u16 = 14;

/// Where the rows of the table stand.
pub(in crate::tui) fn list_area(state: &State) -> Rect {
    let inner = inner(state);
    let head = inner.height.min(2);
    let below = below(state, inner.height);
    Rect { y: inner.y + head, height: inner.height.saturating_sub(head + below), ..inner }
}

fn inner(state: &State) -> Rect {
    let areas = state.areas();
    if areas.bordered { areas.body.inner(Margin::new(1, 1)) } else { areas.body }
}

/// Lines for the selected indicator below the table: no more than it has to say, and never more than a third.
fn below(state: &State, height: u16) -> u16 {
    if height < TALL {
        return 0;
    }
    let places = state.case.as_deref().and_then(|case| state.indicators.selected(case)).map_or(0, |i| i.places.len());
    // A rule, the value in two lines, its places.
    u16::try_from(places + 3).unwrap_or(u16::MAX).clamp(4, height / 3)
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some(case) = state.case.as_deref() else { return hollow("reading …", area, theme, buf) };
    if case.indicators.is_empty() {
        let text = "no address, token, wallet, telling path, hash or mutex was found";
        return hollow(text, area, theme, buf);
    }
    let columns = Columns::new(area);
    head(state, case, &columns, area, buf);
    let list = list_area(state);
    let table = &state.indicators;
    for (row, (index, at)) in (0..list.height).zip(table.rows.iter().enumerate().skip(table.top)) {
        let Some(indicator) = case.indicators.get(*at) else { continue };
        let line = Rect { y: list.y + row, height: 1, ..list };
        draw_row(state, indicator, &columns, line, buf);
        if index == table.selected {
            buf.set_style(line, theme.style(Role::Selected));
        }
    }
    if table.rows.is_empty() {
        let text = format!("no indicator holds “{}”; Esc lists all of them", escape(&table.filter));
        hollow(&text, list, theme, buf);
    }
    let rest = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..area };
    if let Some(indicator) = table.selected(case).filter(|_| rest.height > 0) {
        draw_one(state, indicator, rest, buf);
    }
}

/// Where the columns begin.
struct Columns {
    value: u16,
    place: u16,
    end: u16,
}

impl Columns {
    fn new(area: Rect) -> Self {
        let value = area.x + 1 + ROLE + KIND;
        let end = area.right();
        let room = end.saturating_sub(value);
        Self { value, place: value + room * 3 / 5, end }
    }
}

fn head(state: &State, case: &Case, columns: &Columns, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let table = &state.indicators;
    let (shown, all) = (table.rows.len(), case.indicators.len());
    let any = !table.roles.is_empty();
    let given = if any { case.indicators.iter().filter(|i| table.role(i).is_some()).count() } else { 0 };
    let mut text = if shown < all {
        format!("{shown} of {all} indicators, with “{}”", escape(&table.filter))
    } else {
        many(all, "indicator", "indicators")
    };
    text += &format!(" · sorted by {}", table.order.word());
    if !table.marked.is_empty() {
        text += &format!(" · {} selected", table.marked.len());
    }
    if given > 0 {
        text += &format!(" · ● {given} with a role of yours or a colleague's");
    }
    let room = usize::from(area.width.saturating_sub(1));
    buf.set_stringn(area.x + 1, area.y, fit::end(&text, room), room, theme.style(Role::Entry));
    if area.height < 2 {
        return;
    }
    let y = area.y + 1;
    let style = theme.style(Role::Title);
    let heads = [
        (area.x + 1, "  role"),
        (area.x + 1 + ROLE, "kind"),
        (columns.value, "indicator, defanged"),
        (columns.place, "first place"),
    ];
    for (x, text) in heads {
        let end = if x < columns.place { columns.place.saturating_sub(1) } else { columns.end };
        let room = usize::from(end.saturating_sub(x));
        buf.set_stringn(x, y, fit::end(text, room), room, style);
    }
    let places = if usize::from(columns.end.saturating_sub(columns.place)) > "first place places ".len() {
        "places "
    } else {
        ""
    };
    put_right(places, Rect { y, height: 1, ..area }, style, buf);
}

/// How the role stands out: what the analyst said in the colors of labels, what was found in those of phases.
fn role_style(found: Found, given: Option<IndicatorRole>) -> Role {
    match (given, found) {
        (Some(IndicatorRole::C2 | IndicatorRole::Exfil | IndicatorRole::Payload), _) => Role::LabelMalicious,
        (Some(IndicatorRole::Benign), _) => Role::LabelBenign,
        (Some(IndicatorRole::Context), _) => Role::Text,
        (None, Found::Exfil | Found::C2) => Role::CodeInstall,
        (None, Found::Payload | Found::Connection) => Role::CodeImport,
        (None, Found::Contact) => Role::CodeRun,
        (None, Found::Unknown) => Role::Text,
        (None, Found::Context | Found::Benign) => Role::Dim,
    }
}

fn draw_row(state: &State, indicator: &Indicator, columns: &Columns, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let y = area.y;
    let given = state.indicators.role(indicator);
    let style = theme.style(role_style(indicator.role, given));
    let sign = if given.is_some() { "● " } else { "  " };
    if state.indicators.is_marked(indicator) {
        buf.set_stringn(area.x, y, "+", 1, theme.style(Role::TitleFocus));
    }
    let (x, _) = buf.set_stringn(area.x + 1, y, sign, 2, style);
    let word: &str = given.map_or(indicator.role.word(), Into::into);
    buf.set_stringn(x, y, word, usize::from(ROLE - 3), style);
    let kind = indicator.kind.word().replace("registry_key", "registry");
    buf.set_stringn(area.x + 1 + ROLE, y, &kind, usize::from(KIND - 1), theme.style(Role::Dim));
    let room = usize::from(columns.place.saturating_sub(columns.value + 2));
    let quiet = matches!(indicator.role, Found::Context | Found::Benign) && given.is_none();
    let value = indicator.defanged();
    let value = fit::end(&escape(&value), room);
    let role = if quiet { Role::Dim } else { Role::Text };
    let (x, _) = buf.set_stringn(columns.value, y, &value, room, theme.style(role));
    let notes = notes(indicator);
    let left = room.saturating_sub(width(&value) + 2);
    if !notes.is_empty() && left > 3 {
        buf.set_stringn(x + 2, y, fit::end(&escape(&notes), left), left, theme.style(Role::Detail));
    }
    let count = indicator.places.len() + indicator.more;
    let count = if count > 1 { format!("×{count} ") } else { String::new() };
    put_right(&count, area, theme.style(Role::Dim), buf);
    let used = u16::try_from(width(&count) + 1).unwrap_or_default();
    let room = usize::from(columns.end.saturating_sub(columns.place + used));
    let at = fit::start(&place(state, indicator, 0), room);
    buf.set_stringn(columns.place, y, at, room, theme.style(Role::Place));
}

/// The selected indicator in full, and its places with their lines.
fn draw_one(state: &State, indicator: &Indicator, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let room = usize::from(area.width.saturating_sub(2));
    let rule = "─".repeat(usize::from(area.width));
    buf.set_stringn(area.x, area.y, rule, usize::from(area.width), theme.style(Role::Border));
    let value = indicator.defanged();
    let notes = notes(indicator);
    let mut y = area.y + 1;
    let value = fit::end(&escape(&value), room);
    buf.set_stringn(area.x + 1, y, &value, room, theme.style(Role::TitleFocus));
    y += 1;
    let found = match state.indicators.role(indicator) {
        Some(_) => format!("found as {}", indicator.role.word()),
        None => describe(indicator.role).to_owned(),
    };
    let about = if notes.is_empty() { found } else { format!("{} · {found}", escape(&notes)) };
    let about = if indicator.more > 0 { format!("{about} · {} more places", indicator.more) } else { about };
    let links = match indicator.pages().is_empty() {
        true => String::new(),
        false => format!(" · {} copies links on this hash", state.key(Action::CopyPages)),
    };
    if y < area.bottom() {
        let text = fit::end(&format!("{about}{links}"), room);
        buf.set_stringn(area.x + 1, y, text, room, theme.style(Role::Dim));
        y += 1;
    }
    let next = state.indicators.place;
    let rows = usize::from(area.bottom().saturating_sub(y));
    let top = (next + 1).saturating_sub(rows);
    for (index, known) in indicator.places.iter().enumerate().skip(top).take(rows) {
        let at = Rect { x: area.x, y, width: area.width, height: 1 };
        let sign = if index == next { "›" } else { " " };
        buf.set_stringn(at.x + 1, y, sign, 1, theme.style(Role::Key));
        let how = match known.origin {
            Origin::Source => "",
            Origin::Call => " (given to a call)",
            Origin::Folded => " (put together)",
        };
        let text = format!("{}{how}", place(state, indicator, index));
        let share = usize::from(area.width) * 2 / 5;
        let text = fit::start(&text, share);
        buf.set_stringn(at.x + 3, y, &text, share, theme.style(Role::Place));
        let x = at.x + 4 + u16::try_from(width(&text)).unwrap_or_default();
        let code = Rect { x, width: area.right().saturating_sub(x + 1), ..at };
        if code.width > 4 {
            hit::draw(state, known.doc, Hit { span: known.span, raw: false }, true, code, buf);
        }
        y += 1;
    }
}

/// What a role means that the code was seen to give.
fn describe(role: Found) -> &'static str {
    match role {
        Found::Exfil => "data gathered on the machine is sent there",
        Found::C2 => "what arrives over a connection to it is run",
        Found::Payload => "what is fetched from it is written or run",
        Found::Connection => "a connection to it is opened",
        Found::Contact => "a call talks to it; what for is not known",
        Found::Unknown => "no call was seen to use it",
        Found::Context => "only in comments, documentation or metadata, or the project's own page",
        Found::Benign => "reserved, local, or named by packages of every kind",
    }
}
