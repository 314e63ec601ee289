//! The view that explains: pieces with the scores of two methods, the overview of the attention, what the model would say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::config::{Action, Role};
use crate::text::escape;

use crate::tui::derived::judgement;
use crate::tui::layout;
use crate::tui::state::explained::Ranked;
use crate::tui::state::{Stage, State};
use crate::tui::view::explain::{Words, overview, words};
use crate::tui::widget::fit;
use crate::tui::widget::frame::{heat_mark, hollow, put_right};
use crate::tui::widget::strip::percent;

/// Cells of a bar to each side of its middle.
const HALF: u16 = 6;
/// Columns of the table from which on it has the bars of two methods.
const NARROW: u16 = 56;
/// Columns of a bar with its gaps.
const BAR: u16 = 2 * HALF + 2;

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if judgement(state.case.as_deref()).is_none() {
        return unread(state, area, buf);
    }
    let areas = layout::explain(area);
    draw_table(state, areas.table, buf);
    draw_overview(state, areas.overview, buf);
    draw_what_if(state, areas.what_if, buf);
}

/// What stands there before the model has read, and where it reads nothing.
fn unread(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let why = state.case.as_ref().and_then(|case| case.verdict.as_ref()?.why.as_deref());
    let (first, second) = match (&state.judge, state.stage) {
        (_, Stage::Opening) => {
            ("the archive is being read …", "what moved the answer stands here when the model has read")
        }
        (_, Stage::Reading) => {
            ("the code is being read …", "what moved the answer stands here when the model has read")
        }
        (_, Stage::Loading) => ("the model is loading …", "what moved the answer stands here when it has read"),
        (_, Stage::Judging) => ("the model reads …", "what moved its answer stands here then"),
        (Some(Err(_)), Stage::Done) => ("there is no model, so there is nothing to explain", "O opens one"),
        (_, Stage::Done) => ("the model has read nothing, so there is nothing to explain", why.unwrap_or_default()),
    };
    hollow(first, area, theme, buf);
    let below = Rect { y: area.y + area.height / 3 + 1, height: 1, ..area };
    if below.y < area.bottom() {
        hollow(&escape(second), below, theme, buf);
    }
}

fn draw_table(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let compare = &state.compare;
    if area.height == 0 {
        return;
    }
    let dim = theme.style(Role::Dim);
    let title = |method: String, waits: bool| if waits { format!("{method} …") } else { method };
    let left = title(state.tokens.method.to_string(), state.explaining);
    let right = title(compare.method.to_string(), compare.beside.is_none());
    let key = theme.style(Role::Key);
    buf.set_stringn(area.x + 2, area.y, fit::end(&left, usize::from(BAR)), usize::from(BAR), key);
    // Where both would leave no room for the words, the second method waits for a wider screen.
    let bars = if area.width < NARROW { 1 } else { 2 };
    if bars > 1 {
        buf.set_stringn(area.x + 2 + BAR + 1, area.y, fit::end(&right, usize::from(BAR)), usize::from(BAR), key);
    }
    let order = if compare.ranked { "strongest first" } else { "in run order" };
    let words_at = area.x + 2 + bars * (BAR + 1);
    let room = usize::from(area.right().saturating_sub(words_at));
    buf.set_stringn(words_at, area.y, fit::end(&format!("what it read, {order}"), room), room, dim);
    let sides = [state.explanation.as_deref(), compare.beside.as_deref()];
    for line in 1..area.height {
        let row = compare.top + usize::from(line) - 1;
        let Some(piece) = compare.rows.get(row).copied() else { break };
        let at = Rect { y: area.y + line, height: 1, ..area };
        let hidden = compare.hidden.contains(&piece);
        if hidden {
            buf.set_stringn(at.x, at.y, "✕", 1, theme.style(Role::Error));
        }
        for (index, side) in (0..bars).zip(sides) {
            let x = at.x + 2 + index * (BAR + 1);
            if let Some(explanation) = side {
                draw_bar(state, explanation, piece, x, at.y, buf);
            }
        }
        draw_words(state, piece, hidden, Rect { x: words_at, width: area.right().saturating_sub(words_at), ..at }, buf);
        if row == compare.selected {
            buf.set_style(at, theme.style(Role::Selected));
        }
    }
}

/// A bar to the right for what speaks for malicious, to the left for what speaks against; without a sign, to the right.
fn draw_bar(state: &State, explanation: &Ranked, piece: usize, x: u16, y: u16, buf: &mut Buffer) {
    let theme = state.theme();
    let score = explanation.scaled.get(piece).copied().unwrap_or_default();
    let signed = explanation.method.signed();
    let cells = f32::from(if signed { HALF } else { 2 * HALF });
    let eighths = (score.abs().clamp(0.0, 1.0) * cells * 8.0).round() as u16;
    let middle = if signed { x + HALF } else { x };
    let style = theme.style(Role::Text).patch(theme.heat_mark(score));
    if signed {
        buf.set_stringn(middle, y, "│", 1, theme.style(Role::Faint));
    }
    if score >= 0.0 {
        let from = if signed { middle + 1 } else { x };
        for cell in 0..eighths / 8 {
            buf.set_stringn(from + cell, y, "█", 1, style);
        }
        if !eighths.is_multiple_of(8) {
            let part = f32::from(eighths % 8) / 8.0;
            buf.set_stringn(from + eighths / 8, y, heat_mark_wide(part), 1, style);
        }
    } else {
        let whole = (eighths + 4) / 8;
        for cell in 0..whole.max(u16::from(eighths > 0)) {
            buf.set_stringn(middle.saturating_sub(1 + cell), y, "▒", 1, style);
        }
    }
}

/// A part of a cell, filled from its left.
fn heat_mark_wide(part: f32) -> &'static str {
    const MARKS: [&str; 8] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    MARKS.get((part * 8.0).round() as usize).copied().unwrap_or("█")
}

fn draw_words(state: &State, piece: usize, hidden: bool, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some(Words { text, place, steps }) = words(state, piece) else { return };
    let at = place.and_then(|site| {
        let (line, _) = state.docs.source(site.doc)?.line_column(site.span.start);
        Some(format!("{}:{line}", state.docs.short_name(site.doc)))
    });
    let at = fit::start(&at.unwrap_or_default(), usize::from(area.width) / 3);
    let used = u16::try_from(crate::text::width(&at)).unwrap_or_default();
    let room = usize::from(area.width.saturating_sub(if used > 0 { used + 1 } else { 0 }));
    let role = if place.is_some() { Role::Text } else { Role::Dim };
    let mut style = theme.style(role);
    if hidden {
        style = style.add_modifier(Modifier::CROSSED_OUT);
    }
    let mut text = escape(&text).into_owned();
    if steps > 1 {
        text.push_str(&format!(" ×{steps}"));
    }
    buf.set_stringn(area.x, area.y, fit::end(&text, room), room, style);
    put_right(&at, area, theme.style(Role::Place), buf);
}

/// The layers as rows, the heads as columns: how much attention each gives to the selected piece.
fn draw_overview(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    if area.height < 2 {
        return;
    }
    let width = usize::from(area.width);
    let dim = theme.style(Role::Dim);
    buf.set_stringn(
        area.x,
        area.y,
        fit::end("attention of [CLS] on the selected piece", width),
        width,
        theme.style(Role::Key),
    );
    let maps = state.compare.piece().map(|piece| overview(state, piece)).unwrap_or_default();
    let most = maps.iter().flatten().fold(0.0_f32, |most, share| most.max(*share));
    let choice = state.tokens.choice;
    for (layer, heads) in maps.iter().enumerate() {
        let y = area.y + 1 + u16::try_from(layer).unwrap_or(u16::MAX).min(area.height);
        if y >= area.bottom() {
            break;
        }
        let (mut x, _) = buf.set_stringn(area.x, y, format!("layer {:<3}", layer + 1), width, dim);
        for (head, share) in heads.iter().enumerate() {
            if x + 2 > area.right() {
                break;
            }
            let heat = if most > 0.0 { share / most } else { 0.0 };
            let mut style = theme.style(Role::Text).patch(theme.heat_mark(heat));
            if choice.layer == Some(layer) && choice.head.is_none_or(|chosen| chosen == head) {
                style = style.add_modifier(Modifier::REVERSED);
            }
            buf.set_stringn(x, y, format!("{} ", heat_mark(heat.max(0.13))), 2, style);
            x += 2;
        }
    }
    let rows = u16::try_from(maps.len()).unwrap_or(u16::MAX);
    let below = area.y.saturating_add(1).saturating_add(rows);
    if below < area.bottom() {
        let text = if most > 0.0 {
            format!("strongest {:.1} % · a column is a head", most * 100.0)
        } else {
            "the model looked at none of it".to_owned()
        };
        buf.set_stringn(area.x, below, fit::end(&text, width), width, dim);
    }
}

fn draw_what_if(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let width = usize::from(area.width);
    let Some(judgement) = judgement(state.case.as_deref()) else { return };
    let compare = &state.compare;
    let mut y = area.y;
    let mut line = |text: &str, role: Role, buf: &mut Buffer| {
        if y < area.bottom() {
            buf.set_stringn(area.x, y, fit::end(text, width), width, theme.style(role));
            y += 1;
        }
    };
    line("what if", Role::Key, buf);
    line(&gauge("all", judgement.probability, judgement.threshold), Role::Text, buf);
    let hidden = compare.hidden.len();
    match (hidden, compare.probability) {
        (0, _) => {
            let key = state.key(Action::WhatIf);
            line(&format!("{key} hides the selected piece from the model"), Role::Dim, buf);
        }
        (_, None) => line("the model reads …", Role::Working, buf),
        (_, Some(probability)) => {
            let role = if probability >= judgement.threshold { Role::LabelMalicious } else { Role::LabelBenign };
            line(&gauge(&format!("-{hidden}"), probability, judgement.threshold), role, buf);
            let turned = (probability >= judgement.threshold) != (judgement.probability >= judgement.threshold);
            let said = if turned { "the verdict turns" } else { "the verdict stays" };
            line(&format!("{said} · {} shows all again", state.key(Action::ShowAll)), Role::Dim, buf);
        }
    }
    if let Some(explanation) = &state.explanation {
        let mut text = String::new();
        for word in explanation.note.split(' ') {
            if !text.is_empty() && crate::text::width(&text) + 1 + crate::text::width(word) > width {
                line(&std::mem::take(&mut text), Role::Dim, buf);
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        line(&text, Role::Dim, buf);
    }
}

/// A probability as a bar of twenty cells with the threshold marked.
fn gauge(name: &str, probability: f32, threshold: f32) -> String {
    const CELLS: f32 = 20.0;
    let filled = (probability * CELLS).round() as usize;
    let mark = (threshold * CELLS).round() as usize;
    let bar: String = (0..20)
        .map(|cell| match (cell < filled, cell == mark) {
            (_, true) => '┃',
            (true, false) => '█',
            (false, false) => '░',
        })
        .collect();
    format!("{name:<4}{bar} {}", percent(probability))
}
