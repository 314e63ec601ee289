//! Tokens by their characters alone: JSON, and code that the parser gives up on.

use super::token::{Break, Space, Token};

/// Cuts a text into strings, words and signs. Strings end at their line, so that one stray quote does not swallow the rest.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out: Vec<Token> = Vec::new();
    let mut depth: u16 = 0;
    // Whether the next token begins a line: one behind an opening bracket or a comma does.
    let mut fresh = false;
    let mut round = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        if byte.is_ascii_whitespace() && byte != b'\x0c' {
            at += 1;
            continue;
        }
        let end = end_of(bytes, at);
        let mut token = Token::new(at, end);
        token.to_line_end = bytes.get(at..at + 2) == Some(b"//");
        let closes = matches!(byte, b'}' | b']') && round == 0;
        let empty = closes && out.last().is_some_and(|before| matches!(bytes.get(before.start), Some(b'{' | b'[')));
        if closes {
            depth = depth.saturating_sub(1);
        }
        token.indent = depth;
        token.line = match byte {
            b',' | b';' | b':' => Break::Never,
            _ if empty => Break::Never,
            _ if closes || fresh => Break::Always,
            _ => Break::Kept,
        };
        token.space = match byte {
            b',' | b';' | b':' => Space::Behind,
            _ => Space::Plain,
        };
        fresh = match byte {
            b'{' | b'[' if round == 0 => {
                depth = depth.saturating_add(1);
                true
            }
            b',' | b';' => round == 0,
            _ => false,
        };
        match byte {
            b'(' => round += 1,
            b')' => round = round.saturating_sub(1),
            _ => {}
        }
        out.push(token);
        at = end;
    }
    out
}

/// Where the token ends that begins here.
fn end_of(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let first = rest.first().copied().unwrap_or_default();
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
    let length = match first {
        b'"' | b'\'' => {
            let mut here = 1;
            loop {
                match rest.get(here) {
                    Some(b'\\') => here += 2,
                    Some(byte) if *byte == first => break here + 1,
                    Some(b'\n') | None => break here,
                    Some(_) => here += 1,
                }
            }
        }
        b'/' if rest.get(1) == Some(&b'/') => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        b'/' if rest.get(1) == Some(&b'*') => {
            let end = rest.windows(2).skip(2).position(|two| two == b"*/");
            end.map_or(rest.len(), |end| end + 4)
        }
        // A number may have a dot, a sign behind its exponent, a minus in front.
        b'-' | b'0'..=b'9' if rest.iter().take(2).any(u8::is_ascii_digit) => {
            let mut here = 1;
            while rest.get(here).is_some_and(|byte| {
                let exponent = matches!(rest.get(here - 1), Some(b'e' | b'E'));
                word(byte) || *byte == b'.' || (exponent && matches!(byte, b'+' | b'-'))
            }) {
                here += 1;
            }
            here
        }
        _ if word(&first) => rest.iter().take_while(|byte| word(byte)).count(),
        _ => 1,
    };
    let mut end = (at + length).min(bytes.len());
    // An escape at the cut must not end inside a character.
    while end < bytes.len() && bytes.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
        end += 1;
    }
    end
}
