//! The lines being typed: queries and names in the footer, palette and finder with a list below the line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use tui_input::Input;
use unicode_width::UnicodeWidthChar as _;

use crate::case::search::Query;
use crate::config::Role;
use crate::syntax::Doc;
use crate::text::{escape, width};

use crate::tui::state::{Overlay, State};
use crate::tui::view::finder::{Candidate, Finder};
use crate::tui::widget::complete::PathLine;
use crate::tui::widget::fit;
use crate::tui::widget::frame::{put_right, raised};
use crate::tui::widget::prompt::{Choice, Palette, Prompt, Question};

/// Most rows of a list shown at once.
const ROWS: u16 = 12;

/// Draws a prompt; says where the cursor stands.
pub(in crate::tui) fn draw(state: &State, prompt: &Prompt, footer: Rect, buf: &mut Buffer) -> Option<Position> {
    // A line in the footer hides what the footer says.
    if let Some(notice) = state.notice.as_ref().filter(|_| list_area(state).is_none()) {
        above(state, &notice.text, footer, buf);
    }
    match prompt {
        Prompt::Search(question) => Some(ask(state, "/", question, false, footer, buf)),
        Prompt::Package(question) => Some(ask(state, "search all: ", question, true, footer, buf)),
        Prompt::Filter(input) => Some(line(state, "only with: ", input, footer, buf)),
        Prompt::Model(input) => Some(line(state, "folder of the model: ", input, footer, buf)),
        Prompt::Note(input) => Some(line(state, "note for the next mark: ", input, footer, buf)),
        Prompt::Path(path) => Some(draw_path(state, path, footer, buf)),
        Prompt::Palette(palette) => draw_palette(state, palette, buf),
        Prompt::Finder(finder) => draw_finder(state, finder, buf),
        Prompt::Against(input) => Some(line(state, "compare with (archive or folder): ", input, footer, buf)),
        Prompt::Save(input) => Some(line(state, "save as: ", input, footer, buf)),
        Prompt::Words(words, input) => {
            let hint = words.hint();
            if !hint.is_empty() {
                say_above(state, hint, Role::Dim, footer, buf);
            }
            Some(line(state, words.sign(), input, footer, buf))
        }
        Prompt::Decoder(choice) => draw_decoders(state, choice, buf),
    }
}

fn line(state: &State, sign: &str, input: &Input, area: Rect, buf: &mut Buffer) -> Position {
    let theme = state.theme();
    buf.set_string(area.x, area.y, " ".repeat(usize::from(area.width)), theme.style(Role::Text));
    let (x, _) = buf.set_stringn(area.x + 1, area.y, sign, usize::from(area.width), theme.style(Role::Key));
    let room = usize::from(area.right().saturating_sub(x + 1));
    let scroll = input.visual_scroll(room);
    // What is typed or pasted is the user's own, but a paste may hold what a package wrote.
    let shown = escape(input.value());
    let shown: String = shown.chars().skip(scroll).collect();
    buf.set_stringn(x, area.y, shown, room, theme.style(Role::Text));
    let cursor = u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or_default();
    Position::new((x + cursor).min(area.right().saturating_sub(1)), area.y)
}

/// A path: above it, what it can go on with.
fn draw_path(state: &State, path: &PathLine, footer: Rect, buf: &mut Buffer) -> Position {
    let theme = state.theme();
    if !path.names.is_empty() && footer.y > 0 {
        let above = Rect { y: footer.y - 1, height: 1, ..footer };
        buf.set_string(above.x, above.y, " ".repeat(usize::from(above.width)), theme.style(Role::Text));
        let names: Vec<_> = path.names.iter().map(|name| escape(name)).collect();
        let room = usize::from(above.width.saturating_sub(2));
        buf.set_stringn(above.x + 1, above.y, fit::end(&names.join("  "), room), room, theme.style(Role::Dim));
    }
    let hint = "Tab completes ";
    let hinted = u16::try_from(width(hint)).unwrap_or_default();
    let hinted = if footer.width >= 3 * hinted { hinted } else { 0 };
    let position = line(state, "open: ", &path.input, Rect { width: footer.width - hinted, ..footer }, buf);
    let rest = Rect { x: footer.right() - hinted, width: hinted, ..footer };
    buf.set_string(rest.x, rest.y, " ".repeat(usize::from(rest.width)), theme.style(Role::Text));
    put_right(hint, rest, theme.style(Role::Dim), buf);
    position
}

/// Says above the line what is wrong with what was typed or pasted.
fn above(state: &State, error: &str, line: Rect, buf: &mut Buffer) {
    say_above(state, error, Role::Error, line, buf);
}

/// Says something in the line above.
fn say_above(state: &State, text: &str, role: Role, line: Rect, buf: &mut Buffer) {
    let Some(y) = line.y.checked_sub(1) else { return };
    let theme = state.theme();
    buf.set_string(line.x, y, " ".repeat(usize::from(line.width)), theme.style(Role::Text));
    let room = usize::from(line.width.saturating_sub(2));
    buf.set_stringn(line.x + 1, y, fit::end(&escape(text), room), room, theme.style(role));
}

/// A query: how it is read, what else can be written, and above it what is wrong with it.
fn ask(state: &State, sign: &str, question: &Question, package: bool, footer: Rect, buf: &mut Buffer) -> Position {
    let theme = state.theme();
    if let Some(error) = &question.error {
        above(state, error, footer, buf);
    }
    let mode = Query::mode_of(question.input.value(), question.mode).word();
    let short = format!("{mode} ^R ");
    let long = if package {
        format!("{mode} ^R · re: hex: · *.js in:lib/ in:layers ")
    } else {
        format!("{mode} ^R · re: hex: ")
    };
    // The line itself keeps half of the screen.
    let used = width(sign) + width(question.input.value()).max(20) + 2;
    let fits = |hint: &String| used + width(hint) <= usize::from(footer.width);
    let hint = [long, short].into_iter().find(fits).unwrap_or_default();
    let hinted = u16::try_from(width(&hint)).unwrap_or_default();
    let cursor = line(state, sign, &question.input, Rect { width: footer.width - hinted, ..footer }, buf);
    let rest = Rect { x: footer.right() - hinted, width: hinted, ..footer };
    buf.set_string(rest.x, rest.y, " ".repeat(usize::from(rest.width)), theme.style(Role::Text));
    put_right(&hint, rest, theme.style(Role::Dim), buf);
    cursor
}

/// Where the rows of an open list stand.
pub(in crate::tui) fn list_area(state: &State) -> Option<Rect> {
    let footer = state.areas().status;
    let wide = match &state.overlay {
        Some(Overlay::Prompt(Prompt::Palette(_))) => 90,
        Some(Overlay::Prompt(Prompt::Finder(_))) => 110,
        Some(Overlay::Prompt(Prompt::Decoder(_))) => 72,
        _ => return None,
    };
    let rows = ROWS.min(footer.y.saturating_sub(3));
    let width = state.size.width.saturating_sub(4).min(wide);
    let x = (state.size.width - width) / 2;
    (rows > 0).then(|| Rect::new(x, footer.y - rows - 1, width, rows))
}

/// Draws the frame with the line; gives back where the rows stand and the cursor.
fn frame(state: &State, title: &str, sign: &str, input: &Input, buf: &mut Buffer) -> Option<(Rect, Position)> {
    let list = list_area(state)?;
    let area = Rect { y: list.y - 1, height: list.height + 1, ..list };
    let area = raised(title, area, state.theme(), buf);
    Some((list, line(state, sign, input, Rect { height: 1, ..area }, buf)))
}

fn draw_palette(state: &State, palette: &Palette, buf: &mut Buffer) -> Option<Position> {
    let theme = state.theme();
    let (area, cursor) = frame(state, "Commands", ":", &palette.input, buf)?;
    if palette.found.is_empty() {
        nothing_fits(
            state,
            "Nothing fits: no command has these letters in its name, or these words in what it does.",
            area,
            buf,
        );
    }
    let top = palette.top(usize::from(area.height));
    for (row, action) in (0..area.height).zip(palette.found.iter().skip(top)) {
        let y = area.y + row;
        let name = action.name().replace('_', " ");
        let here = state.context();
        let (named, told) = if action.applies(here) { (Role::TitleFocus, Role::Text) } else { (Role::Dim, Role::Dim) };
        buf.set_stringn(area.x + 1, y, format!("{:<22}", fit::end(&name, 21)), 22, theme.style(named));
        let keys = fit::end(&state.config.keys.keys(*action).join(" "), 12);
        let keys_at = area.right().saturating_sub(13);
        let room = usize::from(keys_at.saturating_sub(area.x + 25));
        buf.set_stringn(area.x + 24, y, fit::end(action.describe(), room), room, theme.style(told));
        buf.set_stringn(keys_at, y, keys, 12, theme.style(Role::Key));
        if top + usize::from(row) == palette.selected {
            buf.set_style(Rect { y, height: 1, ..area }, theme.style(Role::Selected));
        }
    }
    Some(cursor)
}

/// Says why a list is empty.
fn nothing_fits(state: &State, text: &str, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    let lines = crate::tui::widget::page::broken(text, room);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        buf.set_stringn(area.x + 1, y, &line, room, state.theme().style(Role::Message));
    }
}

fn draw_finder(state: &State, finder: &Finder, buf: &mut Buffer) -> Option<Position> {
    let title = match finder.count {
        None => "Files and decoded texts".to_owned(),
        Some(1) => "Files and decoded texts · 1 fits".to_owned(),
        Some(count) => format!("Files and decoded texts · {count} fit"),
    };
    let (area, cursor) = frame(state, &title, "› ", &finder.picker.input, buf)?;
    if finder.count == Some(0) {
        let text = "Nothing fits. Letters are looked for in their order; blanks separate parts, ! excludes one.";
        nothing_fits(state, text, area, buf);
    }
    let top = finder.picker.top(usize::from(area.height));
    for (row, candidate) in (0..area.height).zip(finder.picker.found.iter().skip(top)) {
        let at = Rect { y: area.y + row, height: 1, ..area };
        draw_candidate(state, candidate, at, buf);
        if top + usize::from(row) == finder.picker.selected {
            buf.set_style(at, state.theme().style(Role::Selected));
        }
    }
    Some(cursor)
}

fn draw_candidate(state: &State, candidate: &Candidate, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let steps = if candidate.steps > 0 { format!("●{} ", candidate.steps) } else { String::new() };
    put_right(&steps, area, theme.style(Role::Message), buf);
    let room = usize::from(area.width).saturating_sub(width(&steps) + 2);
    // Of a path that does not fit, the end says more.
    let mut skipped = 0;
    let mut wide = width(&candidate.name);
    let mut chars = candidate.name.chars();
    while wide + 1 > room && skipped < candidate.name.len() {
        let Some(c) = chars.next() else { break };
        wide = wide.saturating_sub(c.width().unwrap_or_default());
        skipped += 1;
    }
    let role = if matches!(candidate.doc, Doc::Layer(_)) { Role::Layer } else { Role::File };
    let (plain, typed) = (theme.style(role), theme.style(Role::Key).add_modifier(Modifier::UNDERLINED));
    let mut x = area.x + 1;
    if skipped > 0 {
        x = buf.set_stringn(x, area.y, "…", 1, theme.style(Role::Faint)).0;
    }
    let mut letters = candidate.letters.iter().peekable();
    for (index, c) in candidate.name.chars().enumerate().skip(skipped) {
        while letters.next_if(|letter| (**letter as usize) < index).is_some() {}
        let style = if letters.peek().is_some_and(|letter| **letter as usize == index) { typed } else { plain };
        let mut bytes = [0; 4];
        x = buf.set_stringn(x, area.y, c.encode_utf8(&mut bytes), usize::from(area.right().saturating_sub(x)), style).0;
    }
}

fn draw_decoders(state: &State, choice: &Choice, buf: &mut Buffer) -> Option<Position> {
    let theme = state.theme();
    let (area, cursor) = frame(state, "Add a decoder", "> ", &choice.picker.input, buf)?;
    let top = choice.picker.top(usize::from(area.height));
    for (row, decoder) in (0..area.height).zip(choice.picker.found.iter().skip(top)) {
        let y = area.y + row;
        let name = decoder.to_string();
        buf.set_stringn(area.x + 1, y, fit::end(&name, 16), 16, theme.style(Role::TitleFocus));
        let room = usize::from(area.width.saturating_sub(19));
        buf.set_stringn(area.x + 18, y, fit::end(decoder.describe(), room), room, theme.style(Role::Text));
        if top + usize::from(row) == choice.picker.selected {
            buf.set_style(Rect { y, height: 1, ..area }, theme.style(Role::Selected));
        }
    }
    if choice.picker.found.is_empty() {
        let hint = choice.hint.as_deref().unwrap_or("No decoder is called so.");
        let room = usize::from(area.width.saturating_sub(2));
        buf.set_stringn(area.x + 1, area.y, fit::end(hint, room), room, theme.style(Role::Message));
    }
    Some(cursor)
}
