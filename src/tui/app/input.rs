//! Keys, text being typed, mouse and resize into actions.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Size;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

use crate::config::{Action, Context, Key};
use crate::syntax::decoder::Decoder;

use crate::tui::app::{command, mouse, reload, seek, selection, suppress};
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::view::{classify, decoder, diff, disputes, finder, indicators, report, results, start};
use crate::tui::widget::complete;
use crate::tui::widget::prompt::{Palette, Prompt, Question, Words};

/// Most times that one movement is made.
const MOST: usize = 9999;
/// Most characters of a line that is pasted into: as long as a path may be.
const LINE: usize = 4096;

/// Takes an event of the terminal in.
pub(in crate::tui) fn event(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        // Windows reports a key going up as well.
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            state.dirty = true;
            state.touched = true;
            press(state, key)
        }
        Event::FocusGained => {
            (state.focused, state.dirty) = (Some(true), true);
            Vec::new()
        }
        Event::FocusLost => {
            state.focused = Some(false);
            Vec::new()
        }
        Event::Mouse(event) => mouse::event(state, event),
        Event::Resize(width, height) => {
            state.dirty = true;
            state.size = Size::new(width, height);
            state.fit();
            if let Some(source) = state.shown_source().cloned().filter(|_| !state.viewer.hex) {
                let height = state.height(crate::tui::state::Pane::Source);
                state.viewer.to_line(state.viewer.cursor, &source, height);
            }
            Vec::new()
        }
        Event::Paste(text) => match state.overlay.take() {
            Some(Overlay::Prompt(prompt)) => paste(state, prompt, &text),
            other => {
                state.overlay = other;
                Vec::new()
            }
        },
        _ => Vec::new(),
    }
}

/// Takes a paste into the line being typed, as much of it as a line takes.
fn paste(state: &mut State, mut prompt: Prompt, text: &str) -> Vec<Effect> {
    state.dirty = true;
    state.notice = None;
    let input = prompt.input();
    let room = LINE.saturating_sub(input.value().chars().count());
    // One line is being typed: a break would end it, and a control character has no place in it.
    let mut taken = text.chars().filter(|c| !crate::text::is_hidden(*c));
    let mut value: Vec<char> = input.value().chars().collect();
    let at = input.cursor().min(value.len());
    value.splice(at..at, taken.by_ref().take(room));
    let cursor = at + value.len() - input.value().chars().count();
    *input = Input::new(value.into_iter().collect()).with_cursor(cursor);
    if taken.next().is_some() {
        state.complain(&format!("a line takes {LINE} characters; the rest of the paste was left out"));
    }
    let effects = changed(state, &mut prompt);
    state.overlay = Some(Overlay::Prompt(prompt));
    effects
}

fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::Prompt(prompt)) => return typed(state, prompt, key),
        other => state.overlay = other,
    }
    state.notice = None;
    let pressed = match key.code {
        KeyCode::Char(c) if key.modifiers.is_empty() => Some(c),
        _ => None,
    };
    let (keys, mut key) = (&state.config.keys, Key::from(key));
    let first = state.prefix.take();
    if let Some(first) = first {
        key = key.after(first);
    } else if !keys.follow(state.context(), key).is_empty() {
        state.prefix = Some(key);
        return Vec::new();
    }
    // The few keys of the tour hold wherever one is on it.
    let of_tour = keys.own(Context::Guide, key).filter(|_| state.guide.is_some());
    let action = of_tour.or_else(|| keys.action(state.context(), key));
    if let Some(digit) = pressed.and_then(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok())
        && first.is_none()
        && (state.count.is_some() || action.is_none())
    {
        state.count = Some((state.count.unwrap_or_default() * 10 + digit).min(MOST));
        return Vec::new();
    }
    if first.is_some() && action.is_none() && key.last() != Key::from(KeyEvent::from(KeyCode::Esc)) {
        state.say(format!("{key} means nothing here."));
    }
    let count = state.count.take();
    action.map_or_else(Vec::new, |action| repeated(state, action, count))
}

/// Makes a movement as often as was typed before it: `5j`. Before the key that goes to the end it is the number of a line.
fn repeated(state: &mut State, action: Action, count: Option<usize>) -> Vec<Effect> {
    let (first, action, times) = match (count, action) {
        (Some(line), Action::Bottom) => (Some(Action::Top), Action::Down, line.saturating_sub(1)),
        (Some(times), action) if action.repeats() => (None, action, times),
        _ => (None, action, 1),
    };
    let mut effects = first.map_or_else(Vec::new, |first| command::perform(state, first));
    for _ in 0..times {
        effects.extend(command::perform(state, action));
    }
    effects
}

fn typed(state: &mut State, mut prompt: Prompt, key: KeyEvent) -> Vec<Effect> {
    state.notice = None;
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let empty = prompt.input().value().is_empty();
    let mut effects = Vec::new();
    match (key.code, &mut prompt) {
        (KeyCode::Esc, Prompt::Filter(_)) => {
            indicators::filter(state, "");
            return Vec::new();
        }
        (KeyCode::Esc, _) => return Vec::new(),
        (KeyCode::Char('c'), _) if control => return Vec::new(),
        (KeyCode::Enter, Prompt::Search(question)) => {
            let typed = question.input.value().to_owned();
            match seek::search(state, typed, question.mode) {
                Ok(effects) => return effects,
                Err(error) => question.error = Some(error.to_string()),
            }
        }
        (KeyCode::Enter, Prompt::Package(question)) => {
            let typed = question.input.value().to_owned();
            match results::search(state, &typed, question.mode) {
                Ok(effects) => return effects,
                Err(error) => question.error = Some(error.to_string()),
            }
        }
        (KeyCode::Char('r'), Prompt::Search(question) | Prompt::Package(question)) if control => {
            question.mode = question.mode.next();
            question.error = None;
        }
        (KeyCode::Up, Prompt::Search(question) | Prompt::Package(question)) => {
            question.input = state.asked_before.as_str().into();
        }
        (KeyCode::Enter, Prompt::Filter(_)) => return Vec::new(),
        (KeyCode::Enter, Prompt::Finder(finder)) => {
            if finder.chosen(state) {
                return Vec::new();
            }
        }
        (KeyCode::Enter, Prompt::Model(input)) => {
            let folder = input.value().to_owned();
            return reload::open(state, &folder);
        }
        (KeyCode::Enter, Prompt::Note(input)) => {
            state.selecting.note = input.value().trim().to_owned();
            return Vec::new();
        }
        (KeyCode::Enter, Prompt::Against(input)) => {
            let path = input.value().to_owned();
            return diff::ask::typed(state, &path);
        }
        (KeyCode::Enter, Prompt::Save(input)) => {
            let path = input.value().to_owned();
            return report::save(state, &path);
        }
        (KeyCode::Enter, Prompt::Words(words, input)) => {
            let (words, text) = (*words, input.value().to_owned());
            return match words {
                Words::Campaign | Words::Rationale => classify::typed(state, words, &text),
                Words::Suppress(exhibit) => suppress::typed(state, exhibit, &text),
                Words::Adjudicate(label) => disputes::decide(state, label, &text),
                Words::Export => selection::save(state, &text),
            };
        }
        (KeyCode::Enter, Prompt::Path(line)) => {
            let path = complete::path(line.input.value());
            return path.map_or_else(Vec::new, |path| start::open(state, path, None));
        }
        (KeyCode::Tab, Prompt::Path(line)) => effects = complete::ask(state, line),
        (KeyCode::Enter, Prompt::Palette(palette)) => {
            let action = palette.chosen().copied();
            return action.map_or_else(Vec::new, |action| command::perform(state, action));
        }
        (KeyCode::Enter, Prompt::Decoder(_)) => return take_decoder(state, prompt),
        (KeyCode::Up, prompt) => prompt.step(-1),
        (KeyCode::Down, prompt) => prompt.step(1),
        (KeyCode::Char('p'), prompt) if control => prompt.step(-1),
        (KeyCode::Char('n'), prompt) if control => prompt.step(1),
        // Backspace on an empty line closes it, as in vim and less.
        (KeyCode::Backspace, _) if empty => return Vec::new(),
        (_, prompt) => {
            let change = prompt.input().handle_event(&Event::Key(key));
            if change.is_some_and(|c| c.value) {
                effects = changed(state, prompt);
            }
        }
    }
    state.overlay = Some(Overlay::Prompt(prompt));
    effects
}

/// What follows from another line.
fn changed(state: &mut State, prompt: &mut Prompt) -> Vec<Effect> {
    match prompt {
        Prompt::Palette(palette) => palette.find(state.context()),
        Prompt::Decoder(choice) => choice.find(),
        Prompt::Finder(finder) => return finder::ask(state, finder),
        Prompt::Filter(input) => indicators::filter(state, input.value()),
        Prompt::Search(question) | Prompt::Package(question) => question.error = None,
        Prompt::Path(line) => complete::changed(line),
        Prompt::Model(_) | Prompt::Note(_) | Prompt::Against(_) | Prompt::Save(_) | Prompt::Words(..) => {}
    }
    Vec::new()
}

/// Adds the chosen decoder in the lab; one without its key goes on being typed.
pub(in crate::tui) fn take_decoder(state: &mut State, mut prompt: Prompt) -> Vec<Effect> {
    if let Prompt::Decoder(choice) = &mut prompt {
        match choice.picker.chosen().cloned() {
            Some(Decoder::Xor(key)) if key.is_empty() => {
                choice.picker.input = "xor ".into();
                choice.find();
            }
            Some(decoder) => return decoder::add(state, decoder),
            None => {}
        }
    }
    state.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}

/// Opens a prompt.
pub(in crate::tui) fn open(state: &mut State, action: Action) -> Vec<Effect> {
    let prompt = match action {
        Action::Palette => Prompt::Palette(Palette::commands(state.context())),
        Action::SearchPackage => Prompt::Package(Question::default()),
        _ => Prompt::Search(Question::default()),
    };
    state.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}
