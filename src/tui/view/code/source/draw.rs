//! The source pane: only the rows and columns on the screen are laid out, whatever the file.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::config::{Action, Role, Theme};
use crate::ledger::SpanRole;
use crate::syntax::Doc;
use crate::syntax::color::Paint;
use crate::text::{self, Source, Span, many};

use crate::tui::layout::gutter;
use crate::tui::state::{Pane, Stage, State};
use crate::tui::view::annotations::draw::span_role;
use crate::tui::view::annotations::letter;
use crate::tui::view::code::hex::draw;
use crate::tui::view::code::preview;
use crate::tui::view::code::source::Selection;
use crate::tui::widget::fit;
use crate::tui::widget::frame::{heat_mark, hollow, phase_role};

/// How far blanks off the right edge are looked through for code.
const LOOK: usize = 64 << 10;
/// Columns that code behind blanks is off the right edge, from which on it is said how many.
const OUT: usize = 40;

/// The document's name, and where in it the cursor is.
pub(in crate::tui) fn titles(state: &State, width: u16) -> (String, String) {
    let Some(doc) = state.viewer.doc else { return ("Source".to_owned(), String::new()) };
    let place = match state.shown_source() {
        _ if state.is_selecting() => {
            let bytes = state.viewer.selection.map_or(0, |s| s.span().end - s.span().start);
            many(bytes, "byte selected", "bytes selected")
        }
        Some(source) if !state.viewer.hex => {
            let column = if state.viewer.left > 0 { format!(" col {}", state.viewer.left + 1) } else { String::new() };
            format!("{}/{}{column}", state.viewer.cursor, source.line_count())
        }
        _ if state.previewed().is_some() => format!("{} shows its bytes", state.key(Action::Hex)),
        _ => format!("0x{:x} of {}", state.viewer.byte, many(state.docs.bytes(doc).len(), "byte", "bytes")),
    };
    let sign = match state.shaped() {
        _ if state.is_colorless(doc) => "no colors · ",
        Some(_) => "beautified · ",
        None => "",
    };
    let room = usize::from(width).saturating_sub(text::width(&place) + 8 + sign.len());
    (format!("{sign}{}", fit::start(&state.docs.name(doc), room)), place)
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some(doc) = state.viewer.doc else {
        let text = if state.stage == Stage::Opening { "reading …" } else { "no file selected" };
        return hollow(text, area, theme, buf);
    };
    let bytes = state.docs.bytes(doc);
    match state.shown_source() {
        Some(source) if !state.viewer.hex => draw_text(state, doc, source, area, buf),
        _ if bytes.is_empty() => hollow("nothing in it, or not read: see details", area, theme, buf),
        _ => match state.previewed() {
            Some(preview) => preview::draw::draw(state, preview, area, buf),
            None => draw::draw(state, bytes, area, buf),
        },
    }
}

fn draw_text(state: &State, doc: Doc, source: &Source, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let left = gutter(source.line_count()).min(area.width);
    for row in 0..area.height {
        let line = state.viewer.top + usize::from(row);
        if line > source.line_count() {
            break;
        }
        let at = Rect { y: area.y + row, height: 1, ..area };
        if line == state.viewer.cursor && state.focus == Pane::Source {
            buf.set_style(at, theme.style(Role::CursorLine));
        }
        draw_gutter(state, doc, line, Rect { width: left, ..at }, buf);
        let text_area = Rect { x: at.x + left, width: at.width - left, ..at };
        draw_line(state, doc, source, line, text_area, buf);
    }
}

fn draw_gutter(state: &State, doc: Doc, line: usize, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let width = usize::from(area.width);
    let heat = state.line_heat(doc, line);
    if heat != 0.0 {
        let style = theme.style(Role::Text).patch(theme.heat_mark(heat));
        buf.set_stringn(area.x, area.y, heat_mark(heat), width, style);
    }
    if let Some(mark) = state.line_mark(doc, line) {
        buf.set_stringn(area.x + 1, area.y, "●", width, theme.style(phase_role(mark.phase)));
    }
    let role = if line == state.viewer.cursor { Role::LineNumberCursor } else { Role::LineNumber };
    let digits = width.saturating_sub(4);
    buf.set_stringn(area.x + 2, area.y, format!("{line:>digits$} "), width, theme.style(role));
    if let Some(role) = marked_on(state, doc, line) {
        let style = theme.style(span_role(role)).remove_modifier(Modifier::UNDERLINED).add_modifier(Modifier::BOLD);
        buf.set_stringn(area.x + area.width.saturating_sub(2), area.y, letter(role), 1, style);
    }
    if state.viewer.left > 0 {
        buf.set_stringn(area.x + area.width - 1, area.y, "‹", 1, theme.style(Role::Faint));
    }
}

/// The role of the marked bytes on a line; the most harmful of several.
fn marked_on(state: &State, doc: Doc, line: usize) -> Option<SpanRole> {
    let source = state.shown_source()?;
    let part = state.to_document(Span { start: source.line_start(line), end: source.line_start(line + 1) });
    state.spans.within(doc, part).map(|(_, role)| role).min()
}

/// Looks that change the style of single bytes of a line.
struct Looks<'a> {
    theme: &'a Theme,
    painted: Option<&'a crate::syntax::color::Painted>,
    span: Range<usize>,
    selection: Range<usize>,
    /// The character at the moving end of the selection.
    head: Range<usize>,
    /// Marked bytes on the screen.
    marked: Vec<(Range<usize>, SpanRole)>,
    matches: Vec<Range<usize>>,
    /// Offset of the line in the text.
    start: usize,
}

impl Looks<'_> {
    fn style(&self, byte: usize) -> Style {
        let paint = self.painted.map_or(Paint::Plain, |p| p.at(byte));
        let mut style = self.theme.style(role(paint));
        let at = self.start + byte;
        if let Some((_, role)) = self.marked.iter().find(|(span, _)| span.contains(&at)) {
            style = style.patch(self.theme.style(span_role(*role)));
        }
        if self.selection.contains(&at) {
            style = style.patch(self.theme.style(Role::Selection));
            if self.head.contains(&at) {
                // Without colors the selection is reversed already.
                style = style.add_modifier(Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED);
            }
        } else if self.span.contains(&at) {
            style = style.patch(self.theme.style(Role::Span));
        } else if self.matches.iter().any(|m| m.contains(&at)) {
            style = style.patch(self.theme.style(Role::Match));
        }
        style
    }
}

fn role(paint: Paint) -> Role {
    match paint {
        Paint::Plain => Role::Text,
        Paint::Comment => Role::Comment,
        Paint::Literal => Role::Literal,
        Paint::Number => Role::Number,
        Paint::Keyword => Role::Keyword,
        Paint::Function => Role::Function,
        Paint::Type => Role::Type,
        Paint::Constant => Role::Constant,
        Paint::Property => Role::Property,
        Paint::Operator => Role::Operator,
        Paint::Punctuation => Role::Punctuation,
        Paint::Tag => Role::Tag,
    }
}

/// Where bytes of the document stand in what is drawn.
fn shown(state: &State, span: Span) -> Range<usize> {
    let span = state.to_shown(span);
    span.start..span.end
}

/// Where the character at the moving end of a selection stands in what is drawn.
fn head(state: &State, doc: Doc, selection: Selection) -> Range<usize> {
    let Some(source) = state.docs.source(doc) else { return 0..0 };
    let range = selection.moving(&source.text);
    shown(state, Span { start: range.start, end: range.end })
}

fn draw_line(state: &State, doc: Doc, source: &Source, line: usize, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let whole = source.line(line);
    let left = state.viewer.left;
    let (from, mut column) = state.viewer.columns.byte_at(whole, line, left);
    let start = source.line_start(line);
    let width = usize::from(area.width);
    let seen = start + from..start + (from + 4 * width + 64).min(whole.len());
    let in_document = state.to_document(Span { start: seen.start, end: seen.end });
    let part = in_document.start..in_document.end;
    let found = match state.search.within(doc, &part) {
        [] => state.results.within(doc, &part),
        found => found.to_vec(),
    };
    let matches = found.into_iter().map(|at| shown(state, Span { start: at.start, end: at.end })).collect();
    let looks = Looks {
        theme,
        painted: state.viewer.painted.get(&line).map(|p| &**p),
        span: state.viewer.span.map_or(0..0, |span| shown(state, span)),
        selection: state.viewer.selection.map_or(0..0, |selection| shown(state, selection.span())),
        head: state.viewer.selection.map_or(0..0, |selection| head(state, doc, selection)),
        marked: state.spans.within(doc, in_document).map(|(span, role)| (shown(state, span), role)).collect(),
        matches,
        start,
    };
    let end = left + width;
    let mut at = from;
    // The column of the byte at `at`.
    let mut reached = column;
    for segment in text::marks(whole).starting_at(from, column) {
        if column >= end {
            break;
        }
        let byte = segment.range.start;
        let wide = text::width(&segment.text);
        (at, reached) = (segment.range.end, column + wide);
        if !segment.hidden && wide == segment.range.len() && segment.text.is_ascii() {
            // Plain: a byte is a cell, and each may look different.
            for (index, c) in segment.text.char_indices() {
                let Some(x) = (column + index).checked_sub(left).filter(|x| *x < width) else { continue };
                let x = area.x + u16::try_from(x).unwrap_or_default();
                if let Some(cell) = buf.cell_mut((x, area.y)) {
                    cell.set_char(c).set_style(looks.style(byte + index));
                }
                at = byte + index + 1;
                reached = column + index + 1;
            }
        } else {
            let base = looks.style(byte);
            let style = if segment.hidden { base.patch(theme.style(Role::Mark)) } else { base };
            // A piece that begins left of the screen, a tab for instance, is cut; a wide character that would be cut in two
            // leaves its columns empty.
            let hidden_left = left.saturating_sub(column);
            let shown: String = if hidden_left == 0 {
                segment.text.into_owned()
            } else if segment.text.is_ascii() {
                segment.text.chars().skip(hidden_left).collect()
            } else {
                " ".repeat(wide.saturating_sub(hidden_left))
            };
            let x = column.max(left) - left;
            let room = width.saturating_sub(x);
            let x = area.x + u16::try_from(x).unwrap_or_default();
            buf.set_stringn(x, area.y, &shown, room, style);
        }
        column += wide;
    }
    if at < whole.len() || column > end {
        let (seen, rest) = (whole.get(from..at).unwrap_or_default(), whole.get(at..).unwrap_or_default());
        overflow(seen, rest, reached, theme, area, buf);
    }
}

/// Says that the line goes on, and how far off code stands where what is on the screen ends in blanks. `seen` is what is on the
/// screen of the line, `rest` what follows from this column on.
fn overflow(seen: &str, rest: &str, column: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(x) = area.width.checked_sub(1) else { return };
    buf.set_stringn(area.x + x, area.y, "›", 1, theme.style(Role::Key));
    let shown = seen.trim_end();
    let mut end = column;
    let mut code = false;
    for c in rest.chars().take(LOOK) {
        code = !c.is_whitespace();
        if code {
            break;
        }
        end += match c {
            '\t' => text::TAB - end % text::TAB,
            c => text::width(c.encode_utf8(&mut [0; 4])).max(1),
        };
    }
    // Beyond what is looked through there may be more.
    let from = if code { "" } else { "at least " };
    if !code && rest.chars().nth(LOOK).is_none() {
        return;
    }
    let text = match shown.is_empty() {
        true => format!("code goes on at {from}column {} ", end + 1),
        false => format!("…+{} ", end - column),
    };
    let blanks = seen.get(shown.len()..).unwrap_or_default().chars().count();
    let used = text::width(&text);
    // Beside code it stands on blanks alone.
    if (shown.is_empty() || end - column >= OUT && used < blanks)
        && let Some(x) = usize::from(area.width).checked_sub(used + 1)
    {
        let x = area.x + u16::try_from(x).unwrap_or_default();
        buf.set_stringn(x, area.y, text, used, theme.style(Role::Mark));
    }
}
