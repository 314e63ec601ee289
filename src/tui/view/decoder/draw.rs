//! The decoder lab: chains on the left, what the selected one yields on the right, or below where the screen is narrow.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::{Action, Role};
use crate::syntax::decoder;
use crate::text::{self, Span, many};

use crate::tui::state::State;
use crate::tui::view::code::hex::draw::{Dump, draw_bytes};
use crate::tui::view::code::hex::fitting;
use crate::tui::view::decoder::{Lab, Row, Tried, first, lines, place};
use crate::tui::widget::fit;
use crate::tui::widget::frame::{frame_around, hollow, put_right};

pub(in crate::tui) fn draw(state: &State, buf: &mut Buffer) {
    let Some(lab) = &state.lab else { return };
    let (list, result) = state.areas().lab_frames();
    let room = usize::from(list.width.saturating_sub(14));
    let title = format!("Decode · {}", fit::start(&place(state, lab), room));
    let size = many(lab.bytes.len(), "byte", "bytes");
    let inner = frame_around(state, true, list, &title, &size, buf);
    draw_list(state, lab, inner, buf);
    let (title, size) = titles(lab, usize::from(result.width));
    let inner = frame_around(state, false, result, &title, &size, buf);
    draw_result(state, lab, inner, buf);
}

fn draw_list(state: &State, lab: &Lab, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let rows = area.height.saturating_sub(1);
    let tall = lines(state);
    let top = first(lab, usize::from(rows), tall);
    for (at, row) in lab.rows.iter().enumerate().skip(top) {
        let line = u16::try_from((at - top) * tall).unwrap_or(u16::MAX);
        if line >= rows {
            break;
        }
        let height = u16::try_from(tall).unwrap_or(1).min(rows - line);
        draw_row(state, row, Rect { y: area.y + line, height, ..area }, buf);
        if at == lab.selected {
            buf.set_style(Rect { y: area.y + line, height, ..area }, theme.style(Role::Selected));
        }
    }
    let used = u16::try_from((lab.rows.len() - top) * tall).unwrap_or(u16::MAX);
    if lab.rows.len() == 1 && !lab.looking && used < rows {
        let below = Rect { y: area.y + used + 1, height: rows - used, ..area };
        let width = usize::from(below.width.saturating_sub(1));
        let help = [
            "No decoder fits by itself.".to_owned(),
            format!("{} adds one by hand,", state.key(Action::AddDecoder)),
            format!("{} tries every key.", state.key(Action::BruteForce)),
        ];
        for (line, text) in (0..below.height).zip(help) {
            buf.set_stringn(below.x + 1, below.y + line, text, width, theme.style(Role::Dim));
        }
    }
    let say = match () {
        () if lab.keeping => "decoding, then the indicators are gathered …".to_owned(),
        () if lab.looking && lab.brute => "trying every key …".to_owned(),
        () if lab.looking => "looking for what fits …".to_owned(),
        () => match (&lab.stopped, lab.brute) {
            (Some(why), _) => format!("the search {why}"),
            (None, true) => "every key of one byte was tried".to_owned(),
            (None, false) => match lab.rows.iter().filter(|row| !row.by_hand && !row.chain.is_empty()).count() {
                1 => "1 chain fits".to_owned(),
                count => format!("{count} chains fit"),
            },
        },
    };
    let role = if lab.stopped.is_some() { Role::Message } else { Role::Dim };
    let width = usize::from(area.width.saturating_sub(1));
    let last = area.bottom().saturating_sub(1);
    buf.set_stringn(area.x + 1, last, fit::end(&say, width), width, theme.style(role));
}

fn draw_row(state: &State, row: &Row, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let width = usize::from(area.width.saturating_sub(1));
    let x = area.x + 1;
    let chain = if row.chain.is_empty() { "no decoder".to_owned() } else { decoder::recipe(&row.chain).join(" › ") };
    let role = if row.by_hand { Role::Layer } else { Role::TitleFocus };
    let why = fit::end(&row.why, width / 3);
    put_right(&format!("{why} "), Rect { height: 1, ..area }, theme.style(Role::Dim), buf);
    let left = width.saturating_sub(text::width(&why) + 3);
    if area.height > 1 {
        // Of a long chain the end says more.
        buf.set_stringn(x, area.y, fit::start(&chain, left), left, theme.style(role));
        let room = width.saturating_sub(2);
        buf.set_stringn(x + 1, area.y + 1, fit::end(&row.line, room), room, theme.style(Role::Detail));
        return;
    }
    let share = left * 3 / 5;
    let (after, _) = buf.set_stringn(x, area.y, fit::start(&chain, share), share, theme.style(role));
    let room = usize::from(x).saturating_add(left).saturating_sub(usize::from(after) + 2);
    buf.set_stringn(after + 2, area.y, fit::end(&row.line, room), room, theme.style(Role::Detail));
}

/// The chain that the result is of, and how large it is.
fn titles(lab: &Lab, width: usize) -> (String, String) {
    let chain = lab.chain();
    let name = if chain.is_empty() { "The bytes as they are".to_owned() } else { decoder::recipe(chain).join(" › ") };
    let size = match lab.result() {
        Some(Tried { bytes: Ok(bytes), source, .. }) => {
            let lines = source.as_ref().filter(|_| !lab.hex).map(|source| source.line_count());
            let lines = lines.map_or_else(String::new, |lines| format!(", {}", many(lines, "line", "lines")));
            format!("{}{lines}", many(bytes.len(), "byte", "bytes"))
        }
        _ => String::new(),
    };
    // Of a long chain the end says more.
    (fit::start(&name, width.saturating_sub(text::width(&size) + 7)), size)
}

fn draw_result(state: &State, lab: &Lab, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    match lab.result() {
        None => hollow("decoding …", area, theme, buf),
        Some(Tried { bytes: Err(why), .. }) => {
            let width = usize::from(area.width.saturating_sub(2));
            buf.set_stringn(area.x + 1, area.y, fit::end(why, width), width, theme.style(Role::Error));
            let (drop, add) = (state.key(Action::DropDecoder), state.key(Action::AddDecoder));
            let help = format!("{drop} takes the last decoder away, {add} adds another.");
            if area.height > 2 {
                buf.set_stringn(area.x + 1, area.y + 2, fit::end(&help, width), width, theme.style(Role::Dim));
            }
        }
        Some(Tried { source: Some(source), .. }) if !lab.hex => {
            for row in 0..area.height {
                let line = lab.top + usize::from(row) + 1;
                if line > source.line_count() {
                    break;
                }
                draw_line(state, source.line(line), Rect { y: area.y + row, height: 1, ..area }, buf);
            }
        }
        Some(Tried { bytes: Ok(bytes), .. }) => {
            let row = fitting(bytes.len(), usize::from(area.width));
            let (span, selection) = (Span::default(), Span::default());
            draw_bytes(
                &Dump { bytes, top: lab.top, row, span, selection, marked: Vec::new(), cursor: None },
                theme,
                area,
                buf,
            );
        }
    }
}

fn draw_line(state: &State, line: &str, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let mut x = area.x + 1;
    let end = area.right();
    let mut at = 0;
    for segment in text::marks(line) {
        let room = usize::from(end.saturating_sub(x));
        if room == 0 {
            break;
        }
        let role = if segment.hidden { Role::Mark } else { Role::Text };
        let wide = text::width(&segment.text);
        if wide > room && !segment.text.is_ascii() {
            break;
        }
        x = buf.set_stringn(x, area.y, &segment.text, room, theme.style(role)).0;
        at = if wide > room { segment.range.start } else { segment.range.end };
    }
    if at < line.len() && area.width > 0 {
        buf.set_stringn(end - 1, area.y, "›", 1, theme.style(Role::Key));
    }
}
