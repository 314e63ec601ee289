//! The list of marked spans, and below it the selected one with its code lines.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Modifier;

use crate::config::{Action, Role};
use crate::ledger::{Anchor, SpanRole};

use crate::tui::state::State;
use crate::tui::view::annotations::{Known, letter};
use crate::tui::widget::fit;
use crate::tui::widget::frame::hollow;
use crate::tui::worker::{KeptSpan, marked_at, role_word};

/// Columns of the role with its letter.
const ROLE: u16 = 18;
/// Lines of what is known of a span, above its code.
const FACTS: u16 = 3;

/// The style of marked bytes and of their letter.
pub(in crate::tui) fn span_role(role: SpanRole) -> Role {
    if role == SpanRole::BenignReason { Role::MarkedBenign } else { Role::Marked }
}

/// Where the rows of the list stand.
pub(in crate::tui) fn list_area(state: &State) -> Rect {
    let areas = state.areas();
    let inner = if areas.bordered { areas.body.inner(Margin::new(1, 1)) } else { areas.body };
    // Without a border, a line on top says what this is.
    let head = inner.height.min(u16::from(!areas.bordered));
    let height = inner.height - head;
    // The selected span has the lower half, or what the list leaves.
    let rows = u16::try_from(state.spans.count()).unwrap_or(u16::MAX);
    Rect { y: inner.y + head, height: rows.min(height.div_ceil(2)), ..inner }
}

/// How many there are, and how many were not found again.
pub(in crate::tui) fn counted(state: &State) -> String {
    match (state.spans.count(), state.spans.lost()) {
        (0, _) => String::new(),
        (count, 0) => count.to_string(),
        (count, lost) => format!("{count}, {lost} not found again"),
    }
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let width = usize::from(area.width);
    let list = list_area(state);
    if state.spans.count() == 0 {
        return match &state.spans.known {
            Known::No(why) => hollow(&format!("the ledger cannot be used: {why}"), area, theme, buf),
            Known::Yes => {
                let (mark, first, last) =
                    (state.key(Action::Mark), state.key(Action::MarkPayload), state.key(Action::MarkBenign));
                let keys = format!("{mark} selects a step's bytes or a line; {first} to {last} then say what they do");
                hollow(&format!("nothing is marked yet\n{keys}"), area, theme, buf);
            }
            Known::NotYet | Known::Asked => hollow("reading …", area, theme, buf),
        };
    }
    if !state.areas().bordered {
        let heading = format!("Marked spans  {}", counted(state));
        buf.set_stringn(area.x + 1, area.y, heading, width.saturating_sub(1), theme.style(Role::Entry));
    }
    let seen = state.spans.list.iter().skip(state.spans.top).take(usize::from(list.height));
    let places = seen.map(|span| crate::text::width(&place(state, span))).max().unwrap_or_default();
    for (row, (index, span)) in (0..list.height).zip(state.spans.list.iter().enumerate().skip(state.spans.top)) {
        let at = Rect { y: list.y + row, height: 1, ..list };
        draw_row(state, span, places, at, buf);
        if index == state.spans.selected {
            buf.set_style(at, theme.style(Role::Selected));
        }
    }
    let below = Rect { y: list.bottom() + 1, height: area.bottom().saturating_sub(list.bottom() + 1), ..area };
    if let Some(span) = state.spans.selected() {
        draw_one(state, span, below, buf);
    }
}

fn draw_row(state: &State, span: &KeptSpan, places: usize, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let role = span.marked.role;
    let end = area.right();
    let style = theme.style(span_role(role)).remove_modifier(Modifier::UNDERLINED).add_modifier(Modifier::BOLD);
    buf.set_stringn(area.x + 1, area.y, letter(role), 1, style);
    buf.set_stringn(area.x + 3, area.y, role_word(role), usize::from(ROLE - 3), theme.style(Role::Text));
    let x = area.x + ROLE;
    let room = usize::from(end.saturating_sub(x));
    let place = place(state, span);
    let share = places.min(room / 2);
    buf.set_stringn(x, area.y, fit::start(&place, share), share, theme.style(Role::Place));
    let x = x + u16::try_from(share).unwrap_or(u16::MAX) + 2;
    let room = usize::from(end.saturating_sub(x));
    let (text, style) = match (span.anchor, &span.excerpt) {
        (Anchor::Lost(why), _) => (format!("not found again: {why}"), Role::Message),
        (_, Some(excerpt)) => (excerpt.lines.first().map(|line| line.text.clone()).unwrap_or_default(), Role::Literal),
        (_, None) => (String::new(), Role::Text),
    };
    buf.set_stringn(x, area.y, fit::end(&text, room), room, theme.style(style));
}

/// Where a span is now, or where it was marked.
fn place(state: &State, span: &KeptSpan) -> String {
    let Some(place) = span.anchor.place() else {
        return marked_at(&span.marked, state.package().map_or("", |package| package.root.as_str()));
    };
    let at = state.docs.at(place.doc, place.span.start).unwrap_or_else(|| format!(" from byte {}", place.span.start));
    format!("{}{at}", state.docs.name(place.doc))
}

/// The selected span: what it is, who says so, its code lines.
fn draw_one(state: &State, span: &KeptSpan, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let width = usize::from(area.width.saturating_sub(2));
    let mut y = area.y;
    let mut put = |x: u16, text: &str, role: Role, next: bool, buf: &mut Buffer| {
        if y < area.bottom() {
            let room = width.saturating_sub(usize::from(x));
            buf.set_stringn(area.x + 1 + x, y, fit::end(text, room), room, theme.style(role));
        }
        y += u16::from(next);
    };
    let marked = &span.marked;
    let sha = marked.text_sha256.get(..12).unwrap_or(&marked.text_sha256);
    let size = crate::text::many(marked.text_bytes, "byte", "bytes");
    let moved = if matches!(span.anchor, Anchor::Moved(_)) { ", in a file with another path now" } else { "" };
    put(0, &format!("{}  {size}, SHA-256 {sha}…{moved}", place(state, span)), Role::Text, true, buf);
    let holds =
        if marked.features.is_empty() { String::new() } else { format!(", holds {}", marked.features.join(" ")) };
    // To the minute, in UTC.
    let time = span.time.to_string();
    let time = time.get(..16).unwrap_or(&time).replace('T', " ");
    put(0, &format!("marked by {} on {time} UTC{holds}", span.actor), Role::Dim, true, buf);
    let note = crate::text::escape(&marked.note);
    put(0, &note, Role::Message, !note.is_empty(), buf);
    let Some(excerpt) = &span.excerpt else { return };
    let lines = usize::from(area.height.saturating_sub(FACTS + 1));
    put(0, "", Role::Text, true, buf);
    for line in excerpt.lines.iter().take(lines) {
        if line.number > 0 {
            put(0, &format!("{:>5}", line.number), Role::LineNumber, false, buf);
        }
        put(7, &line.text, Role::Text, true, buf);
    }
    let more = excerpt.more + excerpt.lines.len().saturating_sub(lines);
    if more > 0 {
        put(7, &format!("… {}", crate::text::many(more, "more line", "more lines")), Role::Faint, true, buf);
    }
}
