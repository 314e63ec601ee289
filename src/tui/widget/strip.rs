//! The strip on top: what the package is and what the tool and the analyst say of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::config::Role;
use crate::ledger::Label;
use crate::text::{escape, many};

use crate::tui::derived::judgement;
use crate::tui::state::risk::Level;
use crate::tui::state::{Stage, State};
use crate::tui::widget::fit;
use crate::tui::widget::page::ecosystem;
use crate::tui::worker::word;

/// Minutes on one package from which on the time stands out.
const TIME_BOX: u64 = 10;

/// Columns of a screen below which the strip says the least.
const NARROW: u16 = 60;

const SPINNER: [&str; 8] = ["⣾", "⣽", "⣻", "⢿", "⡿", "⣟", "⣯", "⣷"];

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let first = Rect { height: 1, ..area };
    let second = Rect { y: area.y + 1, height: 1, ..area };
    let right = verdict(state);
    let used = u16::try_from(right.width()).unwrap_or(area.width).min(area.width);
    let left_width = area.width.saturating_sub(used + 1);
    identity(state, usize::from(left_width), first, buf);
    buf.set_line(area.right() - used, area.y, &right, used);
    let right = place(state);
    let used = u16::try_from(right.width()).unwrap_or(area.width).min(area.width);
    let left = counts(state);
    buf.set_line(area.x, second.y, &left, area.width.saturating_sub(used + 1));
    buf.set_line(area.right() - used, second.y, &right, used);
}

fn identity(state: &State, width: usize, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let dim = theme.style(Role::Dim);
    let (name, rest) = match state.package() {
        None if state.is_empty() => ("Cerebro".to_owned(), concat!(" ", env!("CARGO_PKG_VERSION")).to_owned()),
        None => (fit::start(&state.path, width.saturating_sub(1)), String::new()),
        Some(package) => {
            let name = package.name.as_deref().map_or_else(|| state.path.clone(), |n| escape(n).into_owned());
            let version = package.version.as_deref().map_or_else(String::new, |v| format!(" {}", escape(v)));
            let sha = |digits: usize| package.sha256.get(..digits).unwrap_or(&package.sha256);
            let sha = if width < 30 {
                String::new()
            } else if width < 60 {
                format!("{}…", sha(8))
            } else {
                format!("sha256 {}…", sha(12))
            };
            let version = fit::end(&version, width / 4);
            let rest = format!("{version}  {}  {sha}", ecosystem(package.ecosystem));
            let rest = if width < 30 { version } else { rest };
            // A name may be as long as its author likes; what follows must stay.
            let room = width.saturating_sub(crate::text::width(&rest) + 1).max(12);
            (fit::end(&name, room), rest)
        }
    };
    let line =
        Line::from(vec![Span::raw(" "), Span::styled(name, theme.style(Role::TitleFocus)), Span::styled(rest, dim)]);
    buf.set_line(area.x, area.y, &line, u16::try_from(width).unwrap_or(u16::MAX));
}

/// The tool's answer and the analyst's.
fn verdict(state: &State) -> Line<'static> {
    let theme = state.theme();
    let mut spans = Vec::new();
    if let Some(verdict) = state.case.as_ref().and_then(|c| c.verdict.as_ref()) {
        let level = Level::of(verdict);
        let word = level.word();
        let gap = if word.is_empty() { "" } else { " " };
        match &verdict.judgement {
            Some(j) => {
                let risk = if level == Level::CannotJudge { "" } else { "risk " };
                let text = format!(" {word}{gap}{risk}{} ", percent(j.probability));
                spans.push(Span::styled(text, theme.style(level.role())));
                // The name of the package needs the room more; the card says from where on it is an alarm.
                if state.size.width >= NARROW {
                    let from = format!(" alarm from {}", percent(j.threshold));
                    spans.push(Span::styled(from, theme.style(Role::Dim)));
                }
            }
            None => spans.push(Span::styled(format!(" {word} "), theme.style(level.role()))),
        }
        spans.push(Span::raw(if state.size.width < NARROW { " " } else { "  " }));
    }
    if state.seals() && state.case.is_some() && state.size.width >= NARROW {
        let word = if state.deciding.second { "second opinion" } else { "blind" };
        spans.push(Span::styled(format!(" {word} "), theme.style(Role::Message)));
        spans.push(Span::raw(" "));
    }
    let waits = if state.labelling { "…" } else { "" };
    let (word, style) = match state.label {
        None if state.size.width < NARROW => (String::new(), theme.style(Role::Dim)),
        None if state.is_empty() => ("no package is open".to_owned(), theme.style(Role::Dim)),
        None => ("no label".to_owned(), theme.style(Role::Dim)),
        Some(label) if state.size.width < NARROW => (format!("{}{waits}", word(label)), label_style(state, label)),
        Some(label) => (format!("label {}{waits}", word(label)), label_style(state, label)),
    };
    spans.push(Span::styled(word, style));
    spans.push(Span::raw(" "));
    Line::from(spans)
}

pub(in crate::tui) fn label_style(state: &State, label: Label) -> Style {
    let role = match label {
        Label::Malicious => Role::LabelMalicious,
        Label::Benign => Role::LabelBenign,
        _ => Role::LabelSuspicious,
    };
    state.theme().style(role)
}

/// A probability never shown rounder than it is: 99.96 % is not 100 %.
pub(in crate::tui) fn percent(p: f32) -> String {
    let value = f64::from(p) * 100.0;
    let shown = (value * 10.0).round() / 10.0;
    match () {
        () if shown >= 100.0 && p < 1.0 => "99.9+ %".to_owned(),
        () if shown <= 0.0 && p > 0.0 => "<0.1 %".to_owned(),
        () => format!("{shown:.1} %"),
    }
}

/// What was found, or what runs.
fn counts(state: &State) -> Line<'static> {
    let theme = state.theme();
    let dim = theme.style(Role::Dim);
    let mut spans = vec![Span::raw(" ")];
    if state.stage != Stage::Done {
        let what = match state.stage {
            Stage::Opening => "reading the archive",
            Stage::Reading => "reading the code",
            Stage::Loading => "loading the model",
            Stage::Judging | Stage::Done => "the model reads",
        };
        let spinner = spinner(state);
        let seconds = state.elapsed.as_secs();
        let time = if seconds > 0 { format!(" {seconds} s") } else { String::new() };
        let far = state.progress.filter(|_| state.stage == Stage::Reading && seconds > 0);
        let what = far.map_or_else(|| what.to_owned(), |progress| progress.words());
        spans.push(Span::styled(format!("{spinner} {what}{time}"), theme.style(Role::Working)));
        spans.push(Span::raw("  "));
        if let Some(file) = far.and_then(|progress| state.package()?.files.get(progress.file?)) {
            spans.push(Span::styled(escape(&file.path).into_owned(), theme.style(Role::File)));
            return Line::from(spans);
        }
    }
    if let Some(progress) = state.diff.progress.filter(|_| state.stage == Stage::Done) {
        spans.push(Span::styled(format!("{} {} …  ", spinner(state), progress.words()), theme.style(Role::Working)));
    }
    if let Some(package) = state.package() {
        spans.push(Span::styled(many(package.files.len(), "file", "files"), dim));
    }
    if let Some(case) = &state.case {
        let sequence = &case.sequence;
        spans.push(Span::styled(format!(" · {}", many(sequence.steps.len(), "step", "steps")), dim));
        if !sequence.layers.is_empty() {
            let layers = many(sequence.layers.len(), "layer", "layers");
            spans.push(Span::styled(format!(" · {layers}"), theme.style(Role::Layer)));
        }
        let skipped = case.skipped().len();
        if skipped > 0 {
            spans.push(Span::styled(format!(" · {skipped} skipped"), theme.style(Role::Message)));
        }
        if !sequence.partial.is_empty() {
            let in_part = format!(" · {} in part", sequence.partial.len());
            spans.push(Span::styled(in_part, theme.style(Role::Message)));
        }
        if state.hidden > 0 {
            let hidden = many(state.hidden, "hidden character", "hidden characters");
            spans.push(Span::styled(format!(" · {hidden}"), theme.style(Role::Message)));
        }
        if !case.package.oddities.is_empty() {
            let tricks = many(case.package.oddities.len(), "archive oddity", "archive oddities");
            spans.push(Span::styled(format!(" · {tricks}"), theme.style(Role::Message)));
        }
    }
    // Last, for it may be long; the details hold all of it.
    if state.stage == Stage::Done {
        let why = state.case.as_ref().and_then(|c| c.verdict.as_ref()).and_then(|v| v.why.as_ref());
        if let Some(Err(why)) = &state.judge {
            spans.push(Span::styled(format!(" · no verdict: {}", escape(why)), theme.style(Role::Error)));
        } else if let Some(why) = why {
            spans.push(Span::styled(format!(" · {}", escape(why)), theme.style(Role::Message)));
        }
    }
    Line::from(spans)
}

fn spinner(state: &State) -> &'static str {
    let turn = state.elapsed.as_millis() / 120 % 8;
    SPINNER.get(usize::try_from(turn).unwrap_or_default()).copied().unwrap_or("·")
}

/// Where the model ran and over how much.
fn place(state: &State) -> Line<'static> {
    let theme = state.theme();
    // Where there is room, what the heat on the screen is.
    let by = match state.size.width >= 100 {
        true => format!("heat by {}{} · ", state.tokens.method, if state.explaining { " …" } else { "" }),
        false => String::new(),
    };
    let queue = queue(state);
    // On a narrow screen the place in the queue takes the place of that.
    let read = judgement(state.case.as_deref()).filter(|_| queue.is_none() || state.size.width >= 120);
    let read = read.map(|j| format!("{by}{} · {} ", many(j.windows.len(), "window", "windows"), escape(&j.device)));
    let mut spans = vec![Span::styled(read.unwrap_or_default(), theme.style(Role::Dim))];
    if let Some((place, late)) = queue {
        spans.push(Span::styled(format!(" {place} "), theme.style(if late { Role::Message } else { Role::Key })));
    }
    Line::from(spans)
}

/// Where one is in the queue, and whether this package has taken longer than most are worth.
fn queue(state: &State) -> Option<(String, bool)> {
    let current = state.queue.current.as_ref()?;
    let minutes = state.queue.minutes();
    let mut place = format!("{minutes} min");
    if let Some(listing) = state.queue.list() {
        let all = listing.items.len();
        let at = listing.row_of(current.number).map_or_else(String::new, |row| format!("{} of {all} · ", row + 1));
        let read = if state.size.width >= 100 { format!(" · {} read", listing.read()) } else { String::new() };
        place = format!("queue {at}{} done{read} · {place}", listing.done());
    }
    Some((place, minutes >= TIME_BOX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(0.5, "50.0 %")]
    #[case(0.9999, "99.9+ %")]
    #[case(1.0, "100.0 %")]
    #[case(0.0001, "<0.1 %")]
    #[case(0.0, "0.0 %")]
    fn probabilities_are_not_rounded_to_certainty(#[case] p: f32, #[case] shown: &str) {
        assert_eq!(percent(p), shown);
    }
}
