//! `cmd.exe`, line by line.

use std::collections::HashMap;
use std::ops::Range;

use super::{Collector, Command, HOLE, Redirect, Script, Word};
use crate::text::Span;

/// Longest line after its variables are put in, bytes.
const MAX_LINE: usize = 64 << 10;

/// What a line falls into.
enum Token {
    Word(String),
    /// `|`, `&`, `(`, `)`; the doubled forms part commands as the single ones do.
    Sign(char),
    /// `>` or `<`.
    Redirect(char),
}

/// Reads a text.
pub(super) fn read(text: &str, set: &[(String, String)]) -> Script {
    let mut out = Collector::default();
    let mut variables: HashMap<String, String> =
        set.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    for range in lines(text) {
        let span = Span { start: range.start, end: range.end };
        let line = text.get(range).unwrap_or_default();
        let Some(line) = expanded(&line.replace("^\r\n", "").replace("^\n", ""), &variables) else {
            out.cut(format!("a line of a batch file grows over {MAX_LINE} bytes"));
            continue;
        };
        read_line(&line, span, &mut out, &mut variables);
        if out.full() {
            break;
        }
    }
    out.script
}

/// Lines with their continuation lines (`^` at the end), without blanks around them.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let end = at + line.trim_end().len();
        if goes_on && let Some(last) = found.last_mut() {
            last.end = end.max(last.end);
        } else {
            found.push(at + (line.len() - line.trim_start().len()).min(line.trim_end().len())..end);
        }
        goes_on = line.trim_end().ends_with('^');
        at += line.len();
    }
    found.retain(|range| !range.is_empty());
    found
}

/// Puts in the values of the variables that the text sets; others stay as they are.
fn expanded(line: &str, variables: &HashMap<String, String>) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['%', '!']) {
        let sign = if rest.get(at..).is_some_and(|r| r.starts_with('%')) { '%' } else { '!' };
        let (before, tail) = (rest.get(..at)?, rest.get(at + 1..)?);
        out.push_str(before);
        let value = tail.split_once(sign).and_then(|(name, after)| Some((value(name, variables)?, after)));
        match value {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push(sign);
                rest = tail;
            }
        }
        if out.len() > MAX_LINE {
            return None;
        }
    }
    out.push_str(rest);
    (out.len() <= MAX_LINE).then_some(out)
}

/// `name`, `name:~from,length` and `name:from=to`.
fn value(name: &str, variables: &HashMap<String, String>) -> Option<String> {
    let (name, operator) = name.split_once(':').map_or((name, ""), |(name, operator)| (name, operator));
    let held = variables.get(&name.to_ascii_lowercase())?;
    if operator.is_empty() {
        return Some(held.clone());
    }
    let chars: Vec<char> = held.chars().collect();
    if let Some(range) = operator.strip_prefix('~') {
        let (from, length) = range.split_once(',').unwrap_or((range, ""));
        let place = |number: &str, from: usize, none: usize| -> Option<usize> {
            if number.is_empty() {
                return Some(none);
            }
            let number: isize = number.trim().parse().ok()?;
            if number < 0 { chars.len().checked_sub(number.unsigned_abs()) } else { Some(from + number.unsigned_abs()) }
        };
        let start = place(from, 0, 0)?;
        let end = place(length, start, chars.len())?;
        return Some(chars.iter().take(end).skip(start).collect());
    }
    let (from, to) = operator.split_once('=')?;
    (!from.is_empty() && held.matches(from).count() * to.len() < MAX_LINE).then(|| held.replace(from, to))
}

/// Words and signs of a line. A caret hides the character after it, outside quotes.
fn tokens(line: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut open = false;
    let mut quote = None;
    // Text for PowerShell stands in its own quotes, and what is inside them is not for `cmd`.
    let single = line.to_ascii_lowercase().contains("powershell");
    let mut chars = line.chars().peekable();
    let end = |word: &mut String, open: &mut bool, out: &mut Vec<Token>| {
        if std::mem::take(open) || !word.is_empty() {
            out.push(Token::Word(std::mem::take(word)));
        }
    };
    while let Some(c) = chars.next() {
        match (c, quote) {
            // Inside quotes `\"` is how programs are given a quote.
            ('\\', Some('"')) if chars.peek() == Some(&'"') => {
                word.push('"');
                chars.next();
            }
            ('"', None) => {
                quote = Some('"');
                open = true;
            }
            ('"', Some('"')) => quote = None,
            ('\'', None) if single => {
                quote = Some('\'');
                word.push('\'');
            }
            ('\'', Some('\'')) => {
                quote = None;
                word.push('\'');
            }
            ('^', None) => word.extend(chars.next()),
            ('|' | '&' | '(' | ')', None) if !(single && matches!(c, '(' | ')')) => {
                // `2>&1` names no file; parentheses inside a word belong to it.
                if matches!(c, '(' | ')') && !word.is_empty() && c == '(' {
                    word.push(c);
                    continue;
                }
                end(&mut word, &mut open, &mut out);
                if matches!(out.last(), Some(Token::Redirect(_))) && c == '&' {
                    continue;
                }
                let doubled = c != '(' && c != ')' && chars.next_if_eq(&c).is_some();
                out.push(Token::Sign(if doubled { '&' } else { c }));
            }
            ('>' | '<', None) => {
                // `2>` and `1>` are numbers of streams, not words.
                if word.len() == 1 && word.bytes().all(|b| b.is_ascii_digit()) {
                    word.clear();
                }
                end(&mut word, &mut open, &mut out);
                chars.next_if_eq(&c);
                out.push(Token::Redirect(c));
            }
            (c, None) if c.is_whitespace() => end(&mut word, &mut open, &mut out),
            _ => word.push(c),
        }
    }
    end(&mut word, &mut open, &mut out);
    out
}

fn read_line(line: &str, span: Span, out: &mut Collector, variables: &mut HashMap<String, String>) {
    let line = line.trim_start_matches('@').trim_start();
    if line.starts_with(':') {
        return;
    }
    let mut command = Command { span, ..Command::default() };
    let mut redirect = None;
    let mut input: Vec<usize> = Vec::new();
    let mut all = tokens(line);
    all.push(Token::Sign('&'));
    for token in all {
        match token {
            Token::Word(text) => match redirect.take() {
                Some('>') if text.bytes().all(|b| b.is_ascii_digit()) => {}
                Some(sign) => {
                    command.redirects.push(Redirect { writes: sign == '>', errors: false, target: Word::plain(&text) })
                }
                None => command.words.push(Word::plain(&text)),
            },
            Token::Redirect(sign) => redirect = Some(sign),
            Token::Sign(sign) => {
                let mut done = std::mem::replace(&mut command, Command { span, ..Command::default() });
                done.input = std::mem::take(&mut input);
                bare(&mut done, variables);
                if !done.words.is_empty() || !done.assigned.is_empty() {
                    let at = out.push(done);
                    if sign == '|' {
                        input.extend(at);
                    }
                }
            }
        }
    }
}

/// Takes conditions and loops off a command, and carries out `set`.
fn bare(command: &mut Command, variables: &mut HashMap<String, String>) {
    let is = |word: Option<&Word>, name: &str| word.is_some_and(|w| w.text.eq_ignore_ascii_case(name));
    let mut taken = 0;
    loop {
        let words = command.words.get(taken..).unwrap_or_default();
        let Some(first) = words.first() else { break };
        let skip = match first.text.trim_start_matches('@').to_ascii_lowercase().as_str() {
            "else" | "do" | "in" => 1,
            "if" => {
                let flags = words
                    .iter()
                    .skip(1)
                    .take_while(|w| ["/i", "not"].contains(&w.text.to_ascii_lowercase().as_str()))
                    .count();
                let condition = words.get(1 + flags);
                let named = ["exist", "defined", "errorlevel"].iter().any(|name| is(condition, name));
                // `a == b` may be one word or three.
                let spaced = words.get(2 + flags).is_some_and(|w| {
                    w.text == "=="
                        || w.text.len() == 3
                            && w.text.bytes().all(|b| b.is_ascii_alphabetic())
                            && words.len() > 4 + flags
                });
                1 + flags
                    + if named {
                        2
                    } else if spaced {
                        3
                    } else {
                        1
                    }
            }
            "for" => words.iter().position(|w| w.text.eq_ignore_ascii_case("do")).map_or(words.len(), |at| at + 1),
            "rem" | "setlocal" | "endlocal" | "goto" | "title" | "color" => words.len(),
            _ => break,
        };
        taken += skip;
    }
    command.words.drain(..taken.min(command.words.len()));
    if let Some(first) = command.words.first_mut() {
        first.text = first.text.trim_start_matches('@').to_owned();
    }
    if is(command.words.first(), "set") {
        let text: Vec<&str> = command.words.iter().skip(1).map(|w| w.text.as_str()).collect();
        let asks = text.first().is_some_and(|w| w.eq_ignore_ascii_case("/p") || w.eq_ignore_ascii_case("/a"));
        let text = if asks { text.get(1..).unwrap_or_default().join(" ") } else { text.join(" ") };
        if let Some((name, value)) = text.split_once('=') {
            let value = if asks { HOLE.to_string() } else { value.to_owned() };
            command.assigned.push(Word::plain(&value));
            variables.insert(name.trim().to_ascii_lowercase(), value);
            command.words.clear();
        }
    }
}
