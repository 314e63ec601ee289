//! The answer of a slow terminal to the question for its background.
//!
//! A terminal at the far end of a slow line may answer after we have stopped waiting. Its answer then comes among the keys:
//! `ESC ] 11 ; rgb:1e1e/1e1e/1e1e BEL`, which reads as Alt-], letters and Ctrl-g. Nobody typed that.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use crate::config::ThemeName;

/// How long after the question its answer is looked for.
const PATIENCE: Duration = Duration::from_secs(10);
/// What every answer begins with, after Alt-].
const BEGINNING: &str = "11;rgb";
/// Longest answer: three or four channels of four digits.
const LONGEST: usize = 32;

/// What the terminal's reader finds.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// These came from the user; none where more must come first.
    Events(Vec<Event>),
    /// The background that the terminal has.
    Background(ThemeName),
}

/// Holds back what may be an answer until it is one or not.
#[derive(Debug)]
pub struct Late {
    until: Instant,
    held: Vec<Event>,
    text: String,
}

impl Default for Late {
    fn default() -> Self {
        Self { until: Instant::now() + PATIENCE, held: Vec::new(), text: String::new() }
    }
}

impl Late {
    /// Whether an answer may still come.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.held.is_empty() || Instant::now() < self.until
    }

    /// Takes the next event.
    pub fn take(&mut self, event: Event) -> Found {
        let key = key(&event);
        let fits = match key {
            Some((KeyCode::Char(']'), KeyModifiers::ALT)) => self.held.is_empty(),
            Some((KeyCode::Char('g'), KeyModifiers::CONTROL) | (KeyCode::Char('\\'), KeyModifiers::ALT)) => {
                if let Some(ground) = ground(&self.text).filter(|_| !self.held.is_empty()) {
                    self.held.clear();
                    self.text.clear();
                    self.until = Instant::now();
                    return Found::Background(ground);
                }
                false
            }
            Some((KeyCode::Char(c), KeyModifiers::NONE)) if !self.held.is_empty() => {
                self.text.push(c);
                let begins = BEGINNING.starts_with(&self.text) || self.text.starts_with(BEGINNING);
                begins && self.text.len() <= LONGEST
            }
            _ => false,
        };
        self.held.push(event);
        if fits {
            return Found::Events(Vec::new());
        }
        self.text.clear();
        Found::Events(std::mem::take(&mut self.held))
    }
}

fn key(event: &Event) -> Option<(KeyCode, KeyModifiers)> {
    let Event::Key(key) = event else { return None };
    (key.kind == KeyEventKind::Press).then_some((key.code, key.modifiers))
}

/// Dark or light, from `11;rgb:rr/gg/bb` with one to four digits a channel, as XParseColor writes them.
fn ground(text: &str) -> Option<ThemeName> {
    let (_, channels) = text.split_once(':')?;
    let mut light = 0.0;
    let mut rest = channels.split('/');
    // What each channel adds to how light a color looks (ITU-R BT.601).
    for share in [0.299, 0.587, 0.114] {
        let digits = rest.next().filter(|digits| (1..=4).contains(&digits.len()))?;
        let most = (1_u32 << (4 * digits.len())) - 1;
        light += share * f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most);
    }
    Some(if light > 0.5 { ThemeName::Light } else { ThemeName::Dark })
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    fn press(code: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(code), modifiers))
    }

    fn typed(text: &str) -> Vec<Event> {
        text.chars().map(|c| press(c, KeyModifiers::NONE)).collect()
    }

    /// What comes through, and the background if it was told.
    fn through(events: Vec<Event>) -> (Vec<Event>, Option<ThemeName>) {
        let mut late = Late::default();
        let mut out = (Vec::new(), None);
        for event in events {
            match late.take(event) {
                Found::Events(events) => out.0.extend(events),
                Found::Background(ground) => out.1 = Some(ground),
            }
        }
        assert!(late.held.is_empty(), "{late:?}");
        out
    }

    fn answer(text: &str, end: Event) -> Vec<Event> {
        let mut events = vec![press(']', KeyModifiers::ALT)];
        events.extend(typed(text));
        events.push(end);
        events
    }

    #[rstest::rstest]
    #[case("11;rgb:1e1e/1e1e/2e2e", ThemeName::Dark)]
    #[case("11;rgb:fdfd/f6f6/e3e3", ThemeName::Light)]
    #[case("11;rgba:ff/ff/ff/ff", ThemeName::Light)]
    #[case("11;rgb:0/0/f", ThemeName::Dark)]
    fn a_late_answer_is_taken_out_of_the_keys(#[case] text: &str, #[case] ground: ThemeName) {
        for end in [press('g', KeyModifiers::CONTROL), press('\\', KeyModifiers::ALT)] {
            let mut events = typed("j");
            events.extend(answer(text, end));
            events.extend(typed("k"));
            assert_eq!(through(events), (typed("jk"), Some(ground)));
        }
    }

    #[test]
    fn what_only_begins_like_one_comes_through_as_it_was_typed() {
        let bell = || press('g', KeyModifiers::CONTROL);
        for text in ["", "1", "11;rgx", "12;rgb:0/0/0", "11;rgb:zz/0/0", "11;rgb:0/0"] {
            let events = answer(text, bell());
            assert_eq!(through(events.clone()), (events, None), "{text}");
        }
        let long = answer(&format!("11;rgb:{}", "0".repeat(100)), bell());
        assert_eq!(through(long.clone()), (long, None));
    }

    #[test]
    fn other_events_end_the_waiting() {
        let mut events = vec![press(']', KeyModifiers::ALT)];
        events.push(Event::Resize(3, 4));
        assert_eq!(through(events.clone()), (events, None));
    }
}
