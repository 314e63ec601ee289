//! Python's own functions and methods on constants, beyond those that JavaScript has too.

use std::rc::Rc;

use super::structs;
use crate::behavior::interpret::Dialect;
use crate::behavior::interpret::HOLE;
use crate::behavior::interpret::builtins::{self, count, integers, iterate, operators};
use crate::behavior::interpret::heap::Heap;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::taint::Taint;
use crate::syntax::decode;
use crate::syntax::ir::Op;

/// Longest list and widest field that is made.
const MAX: usize = 200_000;

/// A function outside the package on constant arguments. `None`: not known.
pub fn function(heap: &mut Heap, path: &str, args: &[Val]) -> Option<Val> {
    let first = args.first()?;
    let taint = args.iter().fold(Taint::NONE, |all, arg| all | arg.taint);
    let decoded = taint | Taint::DECODED;
    let num = |at: usize| args.get(at).and_then(Val::as_num);
    if let Some(val) = operator(path).and_then(|op| operators::binary(heap, op, first, args.get(1)?, Dialect::Python)) {
        return Some(val);
    }
    match path {
        "struct.pack" => {
            structs::packed(first.as_str()?, args.get(1..)?).map(|bytes| Val::bytes(bytes, taint | Taint::DECODED))
        }
        "struct.unpack" => structs::unpacked(heap, first.as_str()?, args.get(1)?.as_bytes()?, taint),
        "urllib.parse.unquote_to_bytes" => Some(Val::bytes(decode::url_bytes(first.as_str()?), decoded)),
        "io.BytesIO" | "io.StringIO" | "StringIO.StringIO" | "memoryview" | "collections.deque" | "frozenset"
        | "codecs.EncodedFile" => first
            .is_constant()
            .then(|| first.clone())
            .or_else(|| matches!(first.value, Value::List(_)).then(|| first.clone())),
        "array.array" => Some(Val::bytes(builtins::functions::byte_list(heap, args.get(1)?)?, decoded)),
        "socket.inet_aton" => {
            let parts: Option<Vec<u8>> = first.as_str()?.split('.').map(|part| part.parse().ok()).collect();
            parts.filter(|parts| parts.len() == 4).map(|parts| Val::bytes(parts, decoded))
        }
        "itertools.chain" => {
            let lists: Option<Vec<Vec<Val>>> = args.iter().map(|list| iterate(heap, list)).collect();
            Some(heap.list(lists?.into_iter().flatten().take(MAX).collect()))
        }
        "itertools.islice" => {
            let items = iterate(heap, first)?;
            let bound = |at: usize| num(at).and_then(count);
            let (from, to, step) = match args.len() {
                2 => (0, bound(1)?, 1),
                _ => (bound(1).unwrap_or(0), bound(2).unwrap_or(items.len()), bound(3).unwrap_or(1).max(1)),
            };
            Some(heap.list(items.into_iter().take(to).skip(from).step_by(step).collect()))
        }
        "itertools.repeat" => {
            let times = count(num(1)?).filter(|times| *times <= MAX)?;
            Some(heap.list(vec![first.clone(); times]))
        }
        "itertools.compress" => {
            let keep = iterate(heap, args.get(1)?)?;
            let items = iterate(heap, first)?;
            let kept = items.into_iter().zip(keep);
            let kept: Vec<Val> = kept
                .filter(|(_, keep)| builtins::truth(heap, keep, Dialect::Python) == Some(true))
                .map(|(item, _)| item)
                .collect();
            Some(heap.list(kept))
        }
        "any" | "all" => {
            let said: Vec<Option<bool>> =
                iterate(heap, first)?.iter().map(|item| builtins::truth(heap, item, Dialect::Python)).collect();
            let decisive = path == "any";
            match () {
                () if said.contains(&Some(decisive)) => Some(Value::Bool(decisive).into()),
                () if said.contains(&None) => None,
                () => Some(Value::Bool(!decisive).into()),
            }
        }
        "divmod" => {
            let quotient = operators::binary(heap, Op::FloorDiv, first, args.get(1)?, Dialect::Python)?;
            let rest = operators::binary(heap, Op::Mod, first, args.get(1)?, Dialect::Python)?;
            Some(heap.list(vec![quotient, rest]))
        }
        "math.floor" | "math.trunc" => Some(Val::num(num(0)?.floor())),
        "math.ceil" => Some(Val::num(num(0)?.ceil())),
        "round" if args.len() == 1 => Some(Val::num(num(0)?.round())),
        "textwrap.dedent" => Some(Val::str(dedented(first.as_str()?), taint)),
        "format" => Some(Val::str(spelled(heap, first, args.get(1)?.as_str()?)?, taint)),
        "enumerate" if args.len() == 2 => {
            let start = num(1)?;
            let items = iterate(heap, first)?;
            #[allow(clippy::cast_precision_loss)]
            let pairs =
                items.into_iter().enumerate().map(|(i, item)| heap.list(vec![Val::num(start + i as f64), item]));
            let pairs = pairs.collect();
            Some(heap.list(pairs))
        }
        _ => {
            // A method as a function of its class: `str.upper(x)`.
            let (class, name) = path.split_once('.')?;
            let own = match first.value {
                Value::Str(_) => class == "str",
                Value::Bytes(_) => matches!(class, "bytes" | "bytearray"),
                Value::Num(_) | Value::Int(_) => class == "int",
                Value::List(_) => matches!(class, "list" | "tuple"),
                Value::Dict(_) => class == "dict",
                _ => false,
            };
            let rest = args.get(1..)?;
            own.then(|| {
                method(heap, first, name, rest).or_else(|| builtins::method(heap, first, name, rest, Dialect::Python))
            })
            .flatten()
        }
    }
}

/// The operator that a function of `operator` is.
fn operator(path: &str) -> Option<Op> {
    Some(match path.strip_prefix("operator.")?.trim_matches('_') {
        "add" | "concat" | "iadd" => Op::Add,
        "sub" => Op::Sub,
        "mul" => Op::Mul,
        "floordiv" => Op::FloorDiv,
        "mod" => Op::Mod,
        "xor" | "ixor" => Op::BitXor,
        "and" => Op::BitAnd,
        "or" => Op::BitOr,
        "lshift" => Op::Shl,
        "rshift" => Op::Shr,
        "eq" => Op::Eq,
        "ne" => Op::NotEq,
        _ => return None,
    })
}

/// A text without the indentation that all its lines share.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    text.split('\n').map(|line| line.get(shared..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// A value as a format's field spells it: `02x`, `>8`, `c`.
fn spelled(heap: &Heap, val: &Val, spec: &str) -> Option<String> {
    let kind = spec.chars().last().filter(char::is_ascii_alphabetic);
    let flags = spec.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches('#');
    let text = match kind {
        Some('c') => char::from_u32(u32::try_from(count(val.as_num()?)?).ok()?)?.to_string(),
        Some('x') => integers::digits(&integers::of(val)?, 16)?,
        Some('X') => integers::digits(&integers::of(val)?, 16)?.to_uppercase(),
        Some('b') => integers::digits(&integers::of(val)?, 2)?,
        Some('o') => integers::digits(&integers::of(val)?, 8)?,
        Some('d' | 's' | 'i' | 'r') | None => builtins::to_text(heap, val, Dialect::Python)?.to_string(),
        Some(_) => return None,
    };
    let (align, flags) = match flags.find(['<', '>', '^', '=']) {
        Some(at) => (flags.get(at..=at)?, (flags.get(..at)?, flags.get(at + 1..)?)),
        None => ("", ("", flags)),
    };
    let (fill, width) = flags;
    let zero = width.starts_with('0') && fill.is_empty();
    let fill = if zero {
        "0"
    } else if fill.is_empty() {
        " "
    } else {
        fill
    };
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok().filter(|width| *width <= 1000)? };
    let missing = width.saturating_sub(text.chars().count());
    let number = !matches!(val.value, Value::Str(_));
    Some(match align {
        "^" => format!("{}{text}{}", fill.repeat(missing / 2), fill.repeat(missing - missing / 2)),
        "<" => format!("{text}{}", fill.repeat(missing)),
        ">" | "=" => format!("{}{text}", fill.repeat(missing)),
        _ if number || zero => format!("{}{text}", fill.repeat(missing)),
        _ => format!("{text}{}", fill.repeat(missing)),
    })
}

/// `text.format(..)` with places, names, items and specifications. `None`: something of it is not known.
pub fn format(heap: &Heap, text: &str, places: &[Val], names: &[(Rc<str>, Val)]) -> Option<Val> {
    let mut out = String::new();
    let mut taint = Taint::NONE;
    let mut next = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(rest.get(..at)?);
        let tail = rest.get(at..)?;
        if let Some(after) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
            out.push_str(tail.get(..1)?);
            rest = after;
            continue;
        }
        let (field, after) = tail.strip_prefix('{')?.split_once('}')?;
        rest = after;
        let (field, spec) = field.split_once(':').unwrap_or((field, ""));
        let field = field.split_once('!').map_or(field, |(field, _)| field);
        let end = field.find(['[', '.']).unwrap_or(field.len());
        let (name, way) = field.split_at(end);
        let mut val = match name {
            "" => {
                next += 1;
                places.get(next - 1)?.clone()
            }
            _ => match name.parse::<usize>() {
                Ok(place) => places.get(place)?.clone(),
                Err(_) => names.iter().find(|(known, _)| &**known == name)?.1.clone(),
            },
        };
        for key in way.split('[').skip(1) {
            let key = key.strip_suffix(']')?;
            let key = key.parse().map_or_else(|_| Val::str(key, Taint::NONE), Val::num);
            val = builtins::index(heap, &val, &key, Dialect::Python)?;
        }
        if way.contains('.') {
            return None;
        }
        taint |= val.taint;
        match val.value {
            // The known parts tell, as they do of an f-string.
            Value::Unknown | Value::Path(_) if spec.is_empty() => {
                out.push_str(builtins::interpreter(&val).unwrap_or(HOLE))
            }
            _ => out.push_str(&spelled(heap, &val, spec)?),
        }
        if out.len() > builtins::MAX_TEXT {
            return None;
        }
    }
    out.push_str(rest);
    Some(Val::str(out, taint))
}

/// Methods of text and bytes that only Python has. `None`: not one of them.
pub fn method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let taint = args.iter().fold(receiver.taint, |all, arg| all | arg.taint);
    let arg = |at: usize| args.get(at).and_then(Val::as_str);
    let num = |at: usize| args.get(at).and_then(Val::as_num);
    let made = |text: String| Some(Val::str(text, taint));
    if matches!(name, "read" | "getvalue" | "getbuffer" | "tobytes" | "read1") && args.is_empty() {
        return Some(receiver.clone());
    }
    let Value::Str(text) = &receiver.value else { return bytes_method(receiver, name, args, taint) };
    let chars = |at: usize| -> Vec<char> { arg(at).map(|set| set.chars().collect()).unwrap_or_default() };
    match name {
        "lstrip" if args.len() == 1 => made(text.trim_start_matches(&chars(0)[..]).to_owned()),
        "rstrip" if args.len() == 1 => made(text.trim_end_matches(&chars(0)[..]).to_owned()),
        "partition" | "rpartition" => {
            let separator = arg(0).filter(|separator| !separator.is_empty())?;
            let found = if name == "partition" { text.split_once(separator) } else { text.rsplit_once(separator) };
            let parts = match (found, name) {
                (Some((before, after)), _) => [before, separator, after],
                (None, "partition") => [text, "", ""],
                (None, _) => ["", "", text],
            };
            let parts = parts.map(|part| Val::str(part, taint)).to_vec();
            Some(heap.list(parts))
        }
        "split" | "rsplit" if args.len() == 2 || name == "rsplit" => {
            let most = num(1).map_or(Some(MAX), |most| if most < 0.0 { Some(MAX) } else { count(most) })?;
            let parts: Vec<&str> = match (arg(0).filter(|separator| !separator.is_empty()), name) {
                (Some(separator), "split") => text.splitn(most + 1, separator).collect(),
                (Some(separator), _) => {
                    let mut parts: Vec<&str> = text.rsplitn(most + 1, separator).collect();
                    parts.reverse();
                    parts
                }
                (None, _) if most == MAX => text.split_whitespace().collect(),
                (None, _) => return None,
            };
            let parts = parts.into_iter().map(|part| Val::str(part, taint)).collect();
            Some(heap.list(parts))
        }
        "ljust" | "rjust" | "center" => {
            let align = if name == "ljust" {
                '<'
            } else if name == "rjust" {
                '>'
            } else {
                '^'
            };
            let spec = format!("{}{align}{}", arg(1).unwrap_or(" "), count(num(0)?)?);
            made(spelled(heap, receiver, &spec)?)
        }
        "title" | "capitalize" => {
            let mut out = String::with_capacity(text.len());
            let mut inside = false;
            for c in text.chars() {
                if inside {
                    out.extend(c.to_lowercase())
                } else {
                    out.extend(c.to_uppercase())
                }
                inside = if name == "title" { c.is_alphabetic() } else { true };
            }
            made(out)
        }
        "expandtabs" => made(text.replace('\t', &" ".repeat(num(0).and_then(count).unwrap_or(8).min(64)))),
        "format_map" => {
            let entries = heap.entries(args.first()?)?;
            let names: Vec<(Rc<str>, Val)> = entries.iter().map(|(key, val)| (key.clone(), val.clone())).collect();
            format(heap, text, &[], &names)
        }
        "isascii" => Some(Value::Bool(text.is_ascii()).into()),
        "encode" if matches!(arg(0), Some("utf-16-le" | "utf-16le" | "utf_16_le")) => {
            Some(Val::bytes(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), taint))
        }
        _ => None,
    }
}

fn bytes_method(receiver: &Val, name: &str, args: &[Val], taint: Taint) -> Option<Val> {
    let Value::Bytes(bytes) = &receiver.value else { return None };
    let arg = |at: usize| args.get(at).and_then(Val::as_bytes);
    let found = |part: &[u8]| bytes.windows(part.len().max(1)).position(|window| window == part);
    let made = |bytes: &[u8]| Some(Val::bytes(bytes, taint));
    match name {
        "upper" => made(&bytes.to_ascii_uppercase()),
        "lower" => made(&bytes.to_ascii_lowercase()),
        #[allow(clippy::cast_precision_loss)]
        "find" | "index" => Some(Val::num(found(arg(0)?).map_or(-1.0, |at| at as f64))),
        "startswith" => Some(Value::Bool(bytes.starts_with(arg(0)?)).into()),
        "endswith" => Some(Value::Bool(bytes.ends_with(arg(0)?)).into()),
        "removeprefix" => made(bytes.strip_prefix(arg(0)?).unwrap_or(bytes)),
        "removesuffix" => made(bytes.strip_suffix(arg(0)?).unwrap_or(bytes)),
        "lstrip" => {
            let set = arg(0).unwrap_or(b" \t\r\n");
            made(bytes.get(bytes.iter().position(|byte| !set.contains(byte)).unwrap_or(bytes.len())..)?)
        }
        "rstrip" => {
            let set = arg(0).unwrap_or(b" \t\r\n");
            made(bytes.get(..bytes.iter().rposition(|byte| !set.contains(byte)).map_or(0, |at| at + 1))?)
        }
        "translate" if args.len() == 2 => {
            let table = arg(0);
            let dropped = arg(1)?;
            let kept = bytes.iter().filter(|byte| !dropped.contains(byte));
            let mapped: Option<Vec<u8>> =
                kept.map(|byte| table.map_or(Some(*byte), |table| table.get(usize::from(*byte)).copied())).collect();
            Some(Val::bytes(mapped?, taint | Taint::DECODED))
        }
        _ => None,
    }
}
