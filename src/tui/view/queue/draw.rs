//! The queue as a table: what waits, in which order and why.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::case::State as Judged;
use crate::config::Role;
use crate::ledger::{Label, Why};
use crate::package::Ecosystem;
use crate::queue::{Item, Listing, Row};
use crate::text::escape;

use crate::tui::state::State;
use crate::tui::widget::frame::{hollow, put_right};
use crate::tui::widget::strip::percent;
use crate::tui::widget::{fit, strip};
use crate::tui::worker::word;

/// Columns from left to right; what is left goes to the package.
const RANK: u16 = 5;
const SAID: u16 = 13;
const PROBABILITY: u16 = 8;
const AGE: u16 = 7;
const WHY: u16 = 10;
const LABEL: u16 = 10;
const KIND: u16 = 6;
/// From this width on the ecosystem has a column.
const WITH_KIND: u16 = 100;
/// From this width on the path has one.
const WITH_PATH: u16 = 150;

pub(in crate::tui) fn title(state: &State) -> String {
    let order = state.queue.order;
    let Some(listing) = state.queue.list() else { return format!("Queue, {order}") };
    let all = listing.items.len();
    let only = if state.queue.table.filter.is_empty() {
        String::new()
    } else {
        format!(" · only {}", escape(&state.queue.table.filter))
    };
    let selected = match state.queue.table.marked.len() {
        0 => String::new(),
        count => format!(" · {count} selected"),
    };
    format!("Queue, {order} · {} of {all} labelled · {} read{only}{selected}", listing.done(), listing.read())
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let listing = match &state.queue.listing {
        None => return hollow("reading the list …", area, theme, buf),
        Some(Err(why)) => return hollow(&escape(why), area, theme, buf),
        Some(Ok(listing)) => listing,
    };
    if listing.items.is_empty() {
        return hollow("The queue is empty. Put packages into it: cerebro queue add PATH...", area, theme, buf);
    }
    if state.queue.table.rows.is_empty() {
        let text = format!("Nothing in the queue holds {}", escape(&state.queue.table.filter));
        return hollow(&text, area, theme, buf);
    }
    if area.height < 4 {
        return;
    }
    let columns = Columns::new(area);
    let area = match state.areas().bordered {
        true => area,
        false => {
            // Without a border the title has a line of its own.
            let width = usize::from(area.width.saturating_sub(2));
            buf.set_stringn(area.x + 2, area.y, fit::end(&title(state), width), width, theme.style(Role::Title));
            Rect { y: area.y + 1, height: area.height - 1, ..area }
        }
    };
    columns.header(area.y, theme.style(Role::Dim), buf);
    let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
    let table = &state.queue.table;
    for line in 0..body.height {
        let at = table.top + usize::from(line);
        let Some(row) = table.rows.get(at) else { break };
        let place = Rect { y: body.y + line, height: 1, ..body };
        draw_row(state, listing, *row, &columns, place, buf);
        if at == table.selected {
            buf.set_style(place, theme.style(Role::Selected));
        }
    }
    about(state, listing, Rect { y: area.bottom() - 1, height: 1, ..area }, buf);
}

struct Columns {
    /// Left ends of rank, what was said, probability, package, kind, age, why, label, path.
    rank: u16,
    said: u16,
    probability: u16,
    package: u16,
    kind: Option<u16>,
    age: u16,
    why: u16,
    label: u16,
    path: Option<u16>,
    end: u16,
}

impl Columns {
    fn new(area: Rect) -> Self {
        let rank = area.x + 2;
        let said = rank + RANK;
        let probability = said + SAID;
        let package = probability + PROBABILITY + 1;
        let end = area.right();
        let with_kind = area.width >= WITH_KIND;
        let fixed = AGE + WHY + LABEL + if with_kind { KIND } else { 0 };
        let left = end.saturating_sub(package + fixed);
        let (room, path) = if area.width >= WITH_PATH { (left * 2 / 5, true) } else { (left, false) };
        let kind = package + room;
        let age = kind + if with_kind { KIND } else { 0 };
        let (why, label) = (age + AGE, age + AGE + WHY);
        let kind = with_kind.then_some(kind);
        Self { rank, said, probability, package, kind, age, why, label, path: path.then_some(label + LABEL), end }
    }

    fn header(&self, y: u16, style: Style, buf: &mut Buffer) {
        let heads = [
            (Some(self.rank), "no."),
            (Some(self.said), "verdict"),
            (Some(self.package), "package"),
            (self.kind, "kind"),
            (Some(self.age), "age"),
            (Some(self.why), "why here"),
            (Some(self.label), "label"),
            (self.path, "path"),
        ];
        for (x, head) in heads {
            if let Some(x) = x.filter(|x| *x < self.end) {
                buf.set_stringn(x, y, head, usize::from(self.end - x), style);
            }
        }
    }
}

fn draw_row(state: &State, listing: &Listing, at: usize, columns: &Columns, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some((row, item, label)) = listing.at(at) else { return };
    let put = |x: u16, until: u16, text: &str, role: Role, buf: &mut Buffer| {
        let room = usize::from(until.min(area.right()).saturating_sub(x + 1));
        if room > 0 {
            buf.set_stringn(x, area.y, fit::end(text, room), room, theme.style(role));
        }
    };
    let here = state.queue.current.as_ref().is_some_and(|current| current.number == item.number);
    if here {
        put(area.x, columns.rank, "»", Role::TitleFocus, buf);
    }
    if state.queue.table.marked.contains(&item.number) {
        buf.set_stringn(area.x + 1, area.y, "+", 1, theme.style(Role::TitleFocus));
    }
    let unfolded = state.queue.table.is_unfolded(listing, at);
    // Counted in packages, as the strip counts them.
    let rank = match (row.first, row.group) {
        (false, _) => "  ↳".to_owned(),
        (true, 1) => (at + 1).to_string(),
        (true, _) => format!("{} {}", at + 1, if unfolded { "▾" } else { "▸" }),
    };
    put(columns.rank, columns.said, &rank, Role::Dim, buf);
    let due = listing.due.get(row.item).copied().unwrap_or_default();
    let sealed = (state.blind || due) && label.is_none() && item.failed.is_none();
    let (said, role) = if sealed { ("hidden", Role::Faint) } else { said(listing, item) };
    put(columns.said, columns.probability, said, role, buf);
    if let Some(probability) = item.judged.as_ref().filter(|_| !sealed).and_then(|judged| judged.probability) {
        let area = Rect { x: columns.probability, width: PROBABILITY, ..area };
        put_right(&percent(probability), area, theme.style(Role::Text), buf);
    }
    let alike = if row.first && row.group > 1 { format!(" ×{}", row.group) } else { String::new() };
    let until = columns.kind.unwrap_or(columns.age);
    let role = if label.is_some() { Role::Dim } else { Role::Text };
    let title = escape(&item.title()).into_owned();
    let room = usize::from(until.saturating_sub(columns.package + 1)).saturating_sub(crate::text::width(&alike));
    let title = fit::end(&title, room);
    put(columns.package, until, &title, role, buf);
    let after = columns.package + u16::try_from(crate::text::width(&title)).unwrap_or_default();
    put(after, until, &alike, Role::Message, buf);
    if let Some(kind) = columns.kind {
        put(kind, columns.age, short(item.ecosystem), Role::Dim, buf);
    }
    put(columns.age, columns.why, &age(item.since(), state.queue.table.now), Role::Dim, buf);
    put(columns.why, columns.label, if due { "2nd look" } else { why(row, item) }, Role::Dim, buf);
    let labels = labels(listing, row, label, unfolded);
    let style = label.map_or(theme.style(Role::Dim), |label| strip::label_style(state, label));
    let room = usize::from(columns.end.min(columns.label + LABEL).saturating_sub(columns.label));
    buf.set_stringn(columns.label, area.y, fit::end(&labels, room), room, style);
    if let Some(path) = columns.path {
        let room = usize::from(columns.end.saturating_sub(path));
        let text = escape(&item.path.to_string_lossy()).into_owned();
        buf.set_stringn(path, area.y, fit::start(&text, room), room, theme.style(Role::Faint));
    }
}

/// What the tool says, in a word.
fn said(listing: &Listing, item: &Item) -> (&'static str, Role) {
    if item.failed.is_some() {
        return ("cannot read", Role::Error);
    }
    if listing.holder(item.number).is_some() {
        return ("in use", Role::Working);
    }
    match item.judged.as_ref().map(|judged| judged.state) {
        None => ("waiting", Role::Faint),
        Some(Judged::Malicious) => ("malicious", Role::LabelMalicious),
        Some(Judged::Benign) => ("benign", Role::LabelBenign),
        Some(Judged::CannotJudge) => ("cannot judge", Role::LabelSuspicious),
    }
}

fn why(row: &Row, item: &Item) -> &'static str {
    match row.why {
        _ if item.failed.is_some() => "",
        why if why.is_said() && item.judged.is_none() => "unread",
        Why::Risk => "risk",
        Why::Uncertain => "uncertain",
        Why::Disagreement => "disputed",
        Why::Age => "age",
        Why::Random => "by lot",
        Why::Alike => "alike",
        Why::Chosen => "chosen",
    }
}

fn short(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "PyPI",
        Ecosystem::Unknown => "",
    }
}

/// The label; for a folded group that is labelled in part, how many are.
fn labels(listing: &Listing, row: &Row, label: Option<Label>, unfolded: bool) -> String {
    let own = label.map(word).unwrap_or_default();
    if row.group < 2 || unfolded || !row.first {
        return own.to_owned();
    }
    let members = listing.rows.iter().filter(|other| other.rank == row.rank);
    let done = members.filter(|other| listing.labels.get(other.item).is_some_and(Option::is_some)).count();
    match done {
        0 => String::new(),
        _ if done == row.group => own.to_owned(),
        _ => format!("{done} of {}", row.group),
    }
}

/// How long ago, roughly.
fn age(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.as_second().saturating_sub(since.as_second()).max(0) / 60;
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        2880..1_051_200 => format!("{} d", minutes / 1440),
        _ => format!("{} y", minutes / 525_600),
    }
}

/// Where the selected package lies, or why it cannot be read.
fn about(state: &State, listing: &Listing, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some(row) = state.queue.table.rows.get(state.queue.table.selected) else { return };
    let Some((_, item, _)) = listing.at(*row) else { return };
    let width = usize::from(area.width.saturating_sub(2));
    let (text, role) = match (&item.failed, listing.holder(item.number)) {
        (Some(why), _) => (escape(why).into_owned(), Role::Error),
        (None, Some(process)) => (format!("Process {process} has this package open."), Role::Working),
        (None, None) => {
            let path = escape(&item.path.to_string_lossy()).into_owned();
            let source = if item.source.is_empty() { String::new() } else { format!("{} · ", escape(&item.source)) };
            (fit::start(&format!("{source}{path}"), width), Role::Faint)
        }
    };
    buf.set_stringn(area.x + 2, area.y, fit::end(&text, width), width, theme.style(role));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(30, "0 min")]
    #[case(59 * 60, "59 min")]
    #[case(5 * 3600, "5 h")]
    #[case(3 * 86_400, "3 d")]
    #[case(800 * 86_400, "2 y")]
    #[case(-500, "0 min")]
    fn ages_are_rough(#[case] seconds: i64, #[case] shown: &str) {
        let since = Timestamp::from_second(1_700_000_000).unwrap();
        let now = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        assert_eq!(age(since, now), shown);
    }
}
