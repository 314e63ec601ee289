//! What programs of text print: only those whose output follows from their words and input.

use super::{Command, HOLE, MAX_WORD, Word, add_recipe};
use crate::syntax::decode;

/// What a command prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The decoders they went through.
    pub recipe: Vec<&'static str>,
}

impl Output {
    /// As text: UTF-16 (which Windows encodes commands in) by its zeros, else UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        text_of(&self.bytes)
    }
}

/// Bytes as text.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let wide = bytes.len() >= 4 && bytes.len().is_multiple_of(2) && {
        let zeros = bytes.iter().skip(1).step_by(2).filter(|b| **b == 0).count();
        zeros * 4 >= bytes.len() / 2 * 3
    };
    if wide {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|p| p.iter().rev().fold(0, |a, b| a << 8 | u16::from(*b))).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// The outputs of several commands one after the other; `None` where one is unknown.
pub(super) fn joined<'a>(outputs: impl Iterator<Item = Option<&'a Output>>) -> Option<Output> {
    let mut all = Output::default();
    let mut any = false;
    for output in outputs {
        let output = output?;
        any = true;
        all.bytes.extend_from_slice(&output.bytes);
        add_recipe(&mut all.recipe, &output.recipe);
        if all.bytes.len() > MAX_WORD {
            return None;
        }
    }
    any.then_some(all)
}

/// What a command prints, if its words and input tell.
pub(super) fn of(command: &Command, before: &[Command]) -> Option<Output> {
    if command.redirects.iter().any(|redirect| redirect.writes) {
        return None;
    }
    let program = command.words.first()?.text.rsplit('/').next()?.to_owned();
    let args: Vec<&Word> = command.words.iter().skip(1).collect();
    let flag = |names: &[&str]| args.iter().any(|arg| names.contains(&arg.text.as_str()));
    let files = args.iter().any(|arg| !arg.text.starts_with('-') && !arg.text.is_empty());
    let input = || match &command.stdin {
        Some(word) => known(word),
        None => joined(command.input.iter().map(|at| before.get(*at).and_then(|c| c.output.as_ref()))),
    };
    let output = match program.as_str() {
        "echo" | "write-output" => echo(&args),
        "printf" => printf(&args),
        "cat" | "tee" | "type" if !files || program == "tee" => input(),
        "base64" if flag(&["-d", "-D", "--decode", "-di", "-id"]) && !files => step(input()?, "base64", decode::base64),
        "base32" if flag(&["-d", "--decode"]) && !files => step(input()?, "base32", decode::base32),
        "openssl" if flag(&["base64", "-base64", "-a"]) && flag(&["-d"]) => step(input()?, "base64", decode::base64),
        "xxd" if flag(&["-r", "-rp", "-pr"]) => step(input()?, "hex", decode::hex),
        "gunzip" | "zcat" if !files => step(input()?, "gzip", decode::inflate),
        "gzip" if flag(&["-d", "-dc", "-cd"]) && !files => step(input()?, "gzip", decode::inflate),
        "bunzip2" | "bzcat" if !files => step(input()?, "bzip2", decode::bunzip2),
        "xz" | "unxz" | "xzcat" if !files => step(input()?, "xz", decode::unlzma),
        "rev" if !files => step(input()?, "reverse", |bytes| Some(reversed(bytes))),
        "tr" => translate(&args, &input()?),
        "sed" => substitute(&args, &input()?),
        _ => None,
    }?;
    (output.bytes.len() <= MAX_WORD).then_some(output)
}

fn known(word: &Word) -> Option<Output> {
    (!word.text.contains(HOLE)).then(|| Output { bytes: word.text.clone().into_bytes(), recipe: word.recipe.clone() })
}

fn step(input: Output, name: &'static str, decode: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Output> {
    let mut recipe = input.recipe;
    recipe.push(name);
    Some(Output { bytes: decode(&input.bytes)?, recipe })
}

fn echo(args: &[&Word]) -> Option<Output> {
    let (mut escapes, mut newline) = (false, true);
    let mut rest = args;
    while let Some((first, tail)) = rest.split_first()
        && first.text.len() > 1
        && first.text.strip_prefix('-').is_some_and(|flags| flags.bytes().all(|b| b"neE".contains(&b)))
    {
        escapes |= first.text.contains('e');
        newline &= !first.text.contains('n');
        rest = tail;
    }
    let mut all = Word::default();
    for (at, word) in rest.iter().enumerate() {
        if at > 0 {
            all.text.push(' ');
        }
        all.append(word);
    }
    let mut output = known(&all)?;
    if escapes {
        output.bytes = escaped(&all.text);
    }
    if newline {
        output.bytes.push(b'\n');
    }
    Some(output)
}

fn printf(args: &[&Word]) -> Option<Output> {
    let (format, values) = args.split_first()?;
    let mut all = Word { text: String::new(), ..(*format).clone() };
    let mut bytes = Vec::new();
    let mut values = values.iter();
    let mut parts = format.text.split('%');
    bytes.extend(escaped(parts.next()?));
    let mut literal = false;
    for part in parts {
        if std::mem::take(&mut literal) {
            bytes.extend(escaped(part));
            continue;
        }
        let mut rest = part.chars();
        match rest.next() {
            Some('s' | 'd' | 'i') => {
                let value = values.next().copied().cloned().unwrap_or_default();
                bytes.extend(value.text.bytes());
                all.append(&value);
            }
            Some('b') => {
                let value = values.next().copied().cloned().unwrap_or_default();
                bytes.extend(escaped(&value.text));
                all.append(&value);
            }
            None => {
                // `%%`
                bytes.push(b'%');
                literal = true;
                continue;
            }
            Some(_) => return None,
        }
        bytes.extend(escaped(rest.as_str()));
    }
    let recipe = all.recipe.clone();
    (!all.text.contains(HOLE) && !format.text.contains(HOLE)).then_some(Output { bytes, recipe })
}

/// Backslash escapes of `printf`, `echo -e` and `$'..'`.
pub(super) fn escaped(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, tail) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let tail = tail.get(1..).unwrap_or_default();
        let digits = |from: usize, radix: u32, most: usize| {
            let end = tail.bytes().skip(from).take(most).take_while(|b| char::from(*b).is_digit(radix)).count() + from;
            let value = tail.get(from..end).and_then(|digits| u32::from_str_radix(digits, radix).ok());
            value.map(|value| (value, end))
        };
        let mut used = 1;
        match tail.bytes().next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(b'a' | b'b' | b'f' | b'v') => out.push(b' '),
            Some(b'e' | b'E') => out.push(27),
            Some(c @ (b'\\' | b'\'' | b'"' | b'?')) => out.push(c),
            Some(b'x') => match digits(1, 16, 2) {
                Some((value, end)) => {
                    out.extend(u8::try_from(value).ok());
                    used = end;
                }
                None => out.extend_from_slice(b"\\x"),
            },
            Some(b @ (b'u' | b'U')) => match digits(1, 16, if b == b'u' { 4 } else { 8 }) {
                Some((value, end)) => {
                    let mut buffer = [0; 4];
                    out.extend(char::from_u32(value).unwrap_or('\u{fffd}').encode_utf8(&mut buffer).bytes());
                    used = end;
                }
                None => out.extend([b'\\', b]),
            },
            Some(b'0'..=b'7') => {
                if let Some((value, end)) = digits(0, 8, if tail.starts_with('0') { 4 } else { 3 }) {
                    out.push(u8::try_from(value & 0xff).unwrap_or_default());
                    used = end;
                }
            }
            _ => {
                out.push(b'\\');
                used = 0;
            }
        }
        rest = tail.get(used..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Each line turned round.
fn reversed(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<String> = text.split('\n').map(|line| line.chars().rev().collect()).collect();
    lines.join("\n").into_bytes()
}

/// `tr -d SET` and `tr SET SET`.
fn translate(args: &[&Word], input: &Output) -> Option<Output> {
    let plain: Option<Vec<Vec<char>>> = args.iter().filter(|a| !is_flag(&a.text)).map(|a| set(&a.text)).collect();
    let text = String::from_utf8_lossy(&input.bytes).into_owned();
    let delete = args.iter().any(|arg| is_flag(&arg.text) && arg.text.contains('d'));
    let made: String = match plain?.as_slice() {
        [gone] if delete => text.chars().filter(|c| !gone.contains(c)).collect(),
        [from, to] if !delete => {
            let last = to.last()?;
            let turn = |c: char| from.iter().rposition(|f| *f == c).map_or(c, |at| *to.get(at).unwrap_or(last));
            text.chars().map(turn).collect()
        }
        _ => return None,
    };
    let mut recipe = input.recipe.clone();
    if !delete {
        recipe.push("translate");
    }
    Some(Output { bytes: made.into_bytes(), recipe })
}

fn is_flag(text: &str) -> bool {
    text.len() > 1 && text.strip_prefix('-').is_some_and(|flags| flags.bytes().all(|b| b"dcsCt".contains(&b)))
}

/// Most characters of a set: each character of the input is looked up in it.
const MAX_SET: usize = 1024;

/// The characters of a set, ranges spelled out.
fn set(text: &str) -> Option<Vec<char>> {
    let decoded = String::from_utf8_lossy(&escaped(text)).into_owned();
    let chars: Vec<char> = decoded.trim_start_matches('[').trim_end_matches(']').chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at) {
        if out.len() > MAX_SET {
            return None;
        }
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) if u32::from(*last).wrapping_sub(u32::from(*first)) < 256 => {
                out.extend(*first..=*last);
                at += 3;
            }
            _ => {
                out.push(*first);
                at += 1;
            }
        }
    }
    Some(out)
}

/// `sed s/literal/text/g`, without patterns.
fn substitute(args: &[&Word], input: &Output) -> Option<Output> {
    let [script] = args else { return None };
    let rest = script.text.strip_prefix('s')?;
    let mark = rest.chars().next()?;
    let mut parts = rest.get(mark.len_utf8()..)?.split(mark);
    let (from, to, flags) = (parts.next()?, parts.next()?, parts.next()?);
    if from.is_empty()
        || from.contains(['.', '*', '[', '\\', '^', '$'])
        || to.contains(['&', '\\', HOLE])
        || parts.next().is_some()
    {
        return None;
    }
    let text = String::from_utf8_lossy(&input.bytes);
    if text.matches(from).count() * to.len() > MAX_WORD {
        return None;
    }
    let made = if flags.contains('g') {
        text.replace(from, to)
    } else {
        text.split('\n').map(|line| line.replacen(from, to, 1)).collect::<Vec<_>>().join("\n")
    };
    let mut recipe = input.recipe.clone();
    recipe.push("replace");
    Some(Output { bytes: made.into_bytes(), recipe })
}
