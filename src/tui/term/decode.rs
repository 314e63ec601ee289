//! The bytes of a terminal as events, by the grammar of ECMA-48.
//!
//! A terminal sends more than keys: answers to questions, asked late or by somebody else, and reports that nobody asked for.
//! On a slow line they come in pieces, and a piece such as `]11;rgb:bbbb/bbbb/bbbb` reads as keys, of which one labels a
//! package. So what begins like a control string or a control sequence is one, whatever time lies between its bytes, and no
//! byte of it becomes a key. A lone ESC is told from the start of a sequence by a pause, as in every program for terminals;
//! where the pause was the line's, ESC is given out as the key, which closes something at most, and the rest is still known
//! for what it is.
//!
//! There is no clock in here: the reader says when nothing came for [`Decoder::wait`].

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::keys;
use super::osc_reply;
use crate::config::ThemeName;

/// How long the rest of a sequence may take before its beginning counts as typed.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a control string or a paste may rest before it counts as ended.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of a control string that are kept; the answer for the background is shorter.
const STRING: usize = 64;
/// Most bytes of a control sequence that are kept; keys are shorter.
const SEQUENCE: usize = 32;
/// Most bytes of a paste that are kept. What takes less cuts it and says so.
const PASTE: usize = 1 << 16;
const PASTE_END: &[u8] = b"\x1b[201~";
const ESC: u8 = 0x1B;
const BEL: u8 = 0x07;
const CTRL_C: u8 = 0x03;

/// What a terminal said.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Input {
    /// A key, the mouse, a paste.
    Event(Event),
    /// The theme that fits its background.
    Background(ThemeName),
    /// What it can do (DA1), which every terminal knows to answer.
    Attributes,
    /// It offers kitty's keyboard protocol.
    Keyboard,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// A character of UTF-8 of which bytes are missing.
    Character { bytes: Vec<u8>, length: usize, alt: bool },
    /// ESC, which may already have been given out as a key.
    Escape { given: bool },
    /// The byte that introduces a sequence, and what came behind it; the first `given` bytes were given out as keys.
    Introduced { text: Vec<u8>, given: usize, alt: bool },
    /// A control sequence, without its last byte.
    Sequence(Vec<u8>),
    /// The three bytes of a mouse event in its first encoding.
    Mouse(Vec<u8>),
    /// A control string: OSC, DCS, APC, PM or SOS.
    String(Vec<u8>),
    /// ESC in a control string, which ends it.
    StringEnds(Vec<u8>),
    /// A control string that ended with ESC alone; the backslash that belongs there may come late.
    StringEnded,
    /// A paste, with how much of its end has come.
    Paste { bytes: Vec<u8>, matched: usize, rested: bool },
}

/// Turns bytes into events.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
}

impl Decoder {
    /// After how long without a byte [`Self::rest`] wants to be told of it; `None` where it makes no difference.
    pub fn wait(&self) -> Option<Duration> {
        match &self.state {
            State::Escape { given: false } | State::StringEnds(_) | State::Paste { rested: false, .. } => Some(PAUSE),
            State::Introduced { text, given, .. } if *given < text.len() => Some(PAUSE),
            State::String(_) | State::Paste { .. } => Some(PATIENCE),
            _ => None,
        }
    }

    /// Nothing came for as long as [`Self::wait`] said.
    pub fn rest(&mut self, out: &mut Vec<Input>) {
        match &mut self.state {
            State::Escape { given } => {
                *given = true;
                out.push(key(KeyCode::Esc));
            }
            State::Introduced { text, given, alt } => {
                give(text, *given, *alt, out);
                *given = text.len();
            }
            State::StringEnds(body) => {
                // rxvt-unicode ended strings so.
                told(body, out);
                self.state = State::StringEnded;
            }
            State::Paste { rested: rested @ false, .. } => *rested = true,
            State::Paste { bytes, .. } => {
                out.push(pasted(bytes));
                self.state = State::Ground;
            }
            State::String(_) => self.state = State::Ground,
            _ => {}
        }
    }

    /// Takes what one read gave.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        // A pasted Ctrl-C comes with the rest of the paste. One that comes alone, after a rest, was pressed: the end of the
        // paste is lost.
        if let (State::Paste { bytes: held, rested: true, .. }, [CTRL_C]) = (&self.state, bytes) {
            out.push(pasted(held));
            self.state = State::Ground;
        }
        for byte in bytes {
            self.byte(*byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<Input>) {
        self.state = match std::mem::take(&mut self.state) {
            State::Ground => ground(byte, false, out),
            State::Character { mut bytes, length, alt } => match byte {
                0x80..=0xBF => {
                    bytes.push(byte);
                    if bytes.len() < length {
                        State::Character { bytes, length, alt }
                    } else {
                        let decoded = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next());
                        out.extend(decoded.map(|c| Input::Event(keys::character(c, alt))));
                        State::Ground
                    }
                }
                _ => ground(byte, false, out),
            },
            State::Escape { given } => match byte {
                b'[' if !given => State::Sequence(Vec::new()),
                b'[' | b']' | b'P' | b'O' | b'_' | b'^' | b'X' => {
                    State::Introduced { text: vec![byte], given: 0, alt: !given }
                }
                // Esc twice; Alt-Esc is nothing that a terminal lets through.
                ESC => {
                    out.extend((!given).then(|| key(KeyCode::Esc)));
                    State::Escape { given: false }
                }
                _ => ground(byte, !given, out),
            },
            State::Introduced { mut text, given, alt } => {
                text.push(byte);
                match fits(&text, given > 0, alt) {
                    Fit::Is => introduced(&text, out),
                    Fit::MayBe => State::Introduced { text, given, alt },
                    Fit::IsNot => {
                        text.pop();
                        give(&text, given, alt, out);
                        ground(byte, false, out)
                    }
                }
            }
            State::Sequence(bytes) => sequence(bytes, byte, out),
            State::Mouse(mut bytes) => {
                bytes.push(byte);
                match bytes.as_slice() {
                    [button, column, row] => {
                        out.extend(keys::x10_mouse([*button, *column, *row]).map(Input::Event));
                        State::Ground
                    }
                    _ => State::Mouse(bytes),
                }
            }
            State::String(mut body) => match byte {
                BEL => {
                    told(&body, out);
                    State::Ground
                }
                ESC => State::StringEnds(body),
                // No answer holds a control character: somebody types.
                0..=0x1F | 0x7F => ground(byte, false, out),
                _ => {
                    // One byte more than is kept, so that what was cut is not taken for the whole.
                    if body.len() <= STRING {
                        body.push(byte);
                    }
                    State::String(body)
                }
            },
            State::StringEnds(body) => {
                if byte == b'\\' {
                    told(&body, out);
                    State::Ground
                } else {
                    self.state = State::Escape { given: false };
                    return self.byte(byte, out);
                }
            }
            State::StringEnded if byte == b'\\' => State::Ground,
            State::StringEnded => ground(byte, false, out),
            State::Paste { bytes, matched, .. } => paste(bytes, matched, byte, out),
        };
    }
}

/// A byte where nothing is begun, or only ESC.
fn ground(byte: u8, alt: bool, out: &mut Vec<Input>) -> State {
    let length = match byte {
        ESC => return State::Escape { given: false },
        0..=0x1F | 0x7F => {
            out.push(Input::Event(keys::control(byte, alt)));
            return State::Ground;
        }
        0x20..=0x7E => {
            out.push(Input::Event(keys::character(char::from(byte), alt)));
            return State::Ground;
        }
        // The introducers in one byte, of terminals that were told to send them so.
        0x9B => return State::Sequence(Vec::new()),
        0x90 | 0x98 | 0x9D..=0x9F => return State::String(Vec::new()),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        // No character begins so.
        _ => return State::Ground,
    };
    State::Character { bytes: vec![byte], length, alt }
}

enum Fit {
    Is,
    MayBe,
    IsNot,
}

/// Whether bytes are the beginning of a sequence. Where its introducer was already given out as a key, somebody may have typed
/// it, and more must come before it is believed.
fn fits(text: &[u8], given: bool, alt: bool) -> Fit {
    let Some((by, rest)) = text.split_first() else { return Fit::IsNot };
    let Some((last, before)) = rest.split_last() else { return Fit::MayBe };
    if !given {
        return if matches!(last, 0x20..=0x7E) { Fit::Is } else { Fit::IsNot };
    }
    let digits = before.iter().all(u8::is_ascii_digit);
    match (by, before, last) {
        _ if rest.len() > 8 => Fit::IsNot,
        // `]11;`, `P1$`, `P>|`, `[?2026`, `[1;5`; the arrows behind Alt-O and kitty's answers behind Alt-_, which nobody types.
        (b']', [_, ..], b';') if digits => Fit::Is,
        (b']', _, b'0'..=b'9') if digits => Fit::MayBe,
        (b'P', _, b'$' | b'+' | b'|') => Fit::Is,
        (b'P', _, b'0'..=b'9' | b';' | b'<'..=b'?' | b'!') => Fit::MayBe,
        (b'[', [b'<'..=b'?'], b'0'..=b'9') => Fit::Is,
        (b'[', [_, ..], b';') if digits => Fit::Is,
        (b'[', [], b'<'..=b'?') => Fit::MayBe,
        (b'[', _, b'0'..=b'9') if digits => Fit::MayBe,
        (b'O', [], b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S') | (b'_', [], b'G') if alt => Fit::Is,
        _ => Fit::IsNot,
    }
}

/// Gives out as keys what turned out to be typed.
fn give(text: &[u8], given: usize, alt: bool, out: &mut Vec<Input>) {
    let left = text.iter().enumerate().skip(given);
    out.extend(left.map(|(at, byte)| Input::Event(keys::character(char::from(*byte), alt && at == 0))));
}

/// What an introducer and the bytes behind it lead to.
fn introduced(text: &[u8], out: &mut Vec<Input>) -> State {
    match text {
        [b'[', rest @ ..] => {
            let mut state = State::Sequence(Vec::new());
            for byte in rest {
                if let State::Sequence(bytes) = state {
                    state = sequence(bytes, *byte, out);
                }
            }
            state
        }
        [b'O', last] => {
            out.extend(keys::single_shift(*last).map(Input::Event));
            State::Ground
        }
        [_, body @ ..] => State::String(body.to_vec()),
        [] => State::Ground,
    }
}

fn sequence(mut bytes: Vec<u8>, byte: u8, out: &mut Vec<Input>) -> State {
    match byte {
        b'M' if bytes.is_empty() => State::Mouse(Vec::new()),
        b'[' if bytes.is_empty() => State::Sequence(vec![byte]),
        0x20..=0x3F => {
            // One byte more than is kept, so that what was cut is not taken for the whole.
            if bytes.len() <= SEQUENCE {
                bytes.push(byte);
            }
            State::Sequence(bytes)
        }
        0x40..=0x7E => match (bytes.as_slice(), byte) {
            (b"200", b'~') => State::Paste { bytes: Vec::new(), matched: 0, rested: false },
            ([b'?', ..], b'c') => {
                out.push(Input::Attributes);
                State::Ground
            }
            ([b'?', ..], b'u') => {
                out.push(Input::Keyboard);
                State::Ground
            }
            _ if bytes.len() > SEQUENCE => State::Ground,
            _ => {
                out.extend(keys::control_sequence(&bytes, byte).map(Input::Event));
                State::Ground
            }
        },
        _ => ground(byte, false, out),
    }
}

fn paste(mut bytes: Vec<u8>, matched: usize, byte: u8, out: &mut Vec<Input>) -> State {
    let mut keep = |more: &[u8]| {
        let room = PASTE.saturating_sub(bytes.len());
        bytes.extend(more.iter().take(room));
    };
    let matched = if PASTE_END.get(matched) == Some(&byte) {
        matched + 1
    } else {
        keep(PASTE_END.get(..matched).unwrap_or_default());
        let begins = byte == ESC;
        if !begins {
            keep(&[byte]);
        }
        usize::from(begins)
    };
    if matched == PASTE_END.len() {
        out.push(pasted(&bytes));
        return State::Ground;
    }
    State::Paste { bytes, matched, rested: false }
}

fn pasted(bytes: &[u8]) -> Input {
    Input::Event(Event::Paste(String::from_utf8_lossy(bytes).into_owned()))
}

/// What a control string says that somebody wants to know.
fn told(body: &[u8], out: &mut Vec<Input>) {
    if body.len() <= STRING {
        out.extend(osc_reply::background(body).map(Input::Background));
    }
}

fn key(code: KeyCode) -> Input {
    Input::Event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
