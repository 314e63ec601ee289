//! Key and mouse sequences of terminals as events: xterm's, with those of the Linux console, rxvt and kitty where they differ.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// The key of a character; an upper-case one was typed with Shift.
pub(super) fn character(c: char, alt: bool) -> Event {
    let mut modifiers = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    modifiers.set(KeyModifiers::ALT, alt);
    Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
}

/// The key of a control character other than ESC.
pub(super) fn control(byte: u8, alt: bool) -> Event {
    let (code, mut modifiers) = match byte {
        b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
        0x7F => (KeyCode::Backspace, KeyModifiers::NONE),
        0 => (KeyCode::Char(' '), KeyModifiers::CONTROL),
        1..=26 => (KeyCode::Char(char::from(byte - 1 + b'a')), KeyModifiers::CONTROL),
        // Ctrl with 4 to 7, as it is written on the keys of a VT220.
        _ => (KeyCode::Char(char::from(byte.saturating_sub(28) + b'4')), KeyModifiers::CONTROL),
    };
    modifiers.set(KeyModifiers::ALT, alt);
    Event::Key(KeyEvent::new(code, modifiers))
}

/// The key of `ESC O` and a letter.
pub(super) fn single_shift(last: u8) -> Option<Event> {
    Some(Event::Key(letter(last)?.into()))
}

/// The event of a control sequence, given by its parameters and its last byte. Reports of the terminal are none.
pub(super) fn control_sequence(parameters: &[u8], last: u8) -> Option<Event> {
    let parameters = std::str::from_utf8(parameters).ok()?;
    if let Some(parameters) = parameters.strip_prefix('<') {
        return sgr_mouse(parameters, last);
    }
    // Another sign first or last marks a private sequence, which is always a report.
    if !parameters.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')) {
        // F1 to F5 on the Linux console.
        return match last {
            b'A'..=b'E' if parameters == "[" => Some(Event::Key(KeyCode::F(1 + last - b'A').into())),
            _ => None,
        };
    }
    match (parameters, last) {
        ("", b'I') => return Some(Event::FocusGained),
        ("", b'O') => return Some(Event::FocusLost),
        _ => {}
    }
    let mut fields = parameters.split(';');
    let first = fields.next().unwrap_or_default();
    let (modifiers, kind) = modifiers(fields.next().unwrap_or_default());
    let code = match last {
        b'Z' => {
            return Some(Event::Key(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)));
        }
        b'M' => return rxvt_mouse(parameters),
        b'~' if first == "27" => character_code(fields.next()?, modifiers)?,
        b'~' => function(first.parse().ok()?)?,
        b'u' => character_code(first, modifiers)?,
        // `CSI row ; column R` is where the cursor is, so F3 with a modifier is not known from it.
        b'R' => return None,
        _ => letter(last)?,
    };
    Some(Event::Key(KeyEvent::new_with_kind(code, modifiers, kind)))
}

fn letter(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(1 + last - b'P'),
        _ => return None,
    })
}

fn function(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28..=29 => KeyCode::F(number - 15),
        31..=34 => KeyCode::F(number - 17),
        _ => return None,
    })
}

/// A key by its Unicode number, as kitty, foot and xterm with `modifyOtherKeys` name those that have no other sequence. Behind
/// a colon comes what it is with Shift.
fn character_code(field: &str, modifiers: KeyModifiers) -> Option<KeyCode> {
    let mut codes = field.split(':').map(|code| code.parse().ok().and_then(char::from_u32));
    let plain = codes.next()??;
    let shifted = codes.next().flatten().filter(|_| modifiers.contains(KeyModifiers::SHIFT));
    Some(match shifted.unwrap_or(plain) {
        '\x1B' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        '\t' => KeyCode::Tab,
        '\x08' | '\x7F' => KeyCode::Backspace,
        // Of kitty's keys without a character none does anything here.
        '\u{E000}'..='\u{F8FF}' => return None,
        c => KeyCode::Char(c),
    })
}

/// `modifiers:kind`: one more than a sum of bits, and whether the key went down, repeats or went up.
fn modifiers(field: &str) -> (KeyModifiers, KeyEventKind) {
    let mut parts = field.split(':').map(|part| part.parse::<u8>().unwrap_or(1));
    let bits = parts.next().unwrap_or(1).saturating_sub(1);
    let kind = match parts.next() {
        Some(2) => KeyEventKind::Repeat,
        Some(3) => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    let names = [
        KeyModifiers::SHIFT,
        KeyModifiers::ALT,
        KeyModifiers::CONTROL,
        KeyModifiers::SUPER,
        KeyModifiers::HYPER,
        KeyModifiers::META,
    ];
    let held = names.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name);
    (held.collect(), kind)
}

fn sgr_mouse(parameters: &str, last: u8) -> Option<Event> {
    let up = match last {
        b'M' => false,
        b'm' => true,
        _ => return None,
    };
    let [button, column, row] = three(parameters)?;
    mouse(u8::try_from(button).ok()?, column, row, up)
}

fn rxvt_mouse(parameters: &str) -> Option<Event> {
    let [button, column, row] = three(parameters)?;
    mouse(u8::try_from(button).ok()?.checked_sub(32)?, column, row, false)
}

/// The event of the three bytes that follow `CSI M` in the first encoding that xterm had.
pub(super) fn x10_mouse([button, column, row]: [u8; 3]) -> Option<Event> {
    let place = |byte: u8| u16::from(byte).checked_sub(32);
    mouse(button.checked_sub(32)?, place(column)?, place(row)?, false)
}

fn three(parameters: &str) -> Option<[u16; 3]> {
    let mut fields = parameters.split(';').map(|field| field.parse().ok());
    Some([fields.next()??, fields.next()??, fields.next()??])
}

/// Columns and rows count from 1. The button's byte: two bits of its number, Shift, Alt, Ctrl, motion, two more of its number.
fn mouse(byte: u8, column: u16, row: u16, up: bool) -> Option<Event> {
    let number = byte & 3 | (byte & 0xC0) >> 4;
    let button = match number {
        0 | 3 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (number, byte & 32 != 0) {
        (0..=2, false) if up => MouseEventKind::Up(button),
        (0..=2, false) => MouseEventKind::Down(button),
        (0..=2, true) => MouseEventKind::Drag(button),
        // Without SGR it is not told which button went up.
        (3, false) => MouseEventKind::Up(button),
        (3..=5, true) => MouseEventKind::Moved,
        (4, false) => MouseEventKind::ScrollUp,
        (5, false) => MouseEventKind::ScrollDown,
        (6, false) => MouseEventKind::ScrollLeft,
        (7, false) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, byte & 4 != 0);
    modifiers.set(KeyModifiers::ALT, byte & 8 != 0);
    modifiers.set(KeyModifiers::CONTROL, byte & 16 != 0);
    Some(Event::Mouse(MouseEvent { kind, column: column.checked_sub(1)?, row: row.checked_sub(1)?, modifiers }))
}
