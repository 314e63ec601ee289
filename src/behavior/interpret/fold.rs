//! Constant folding: what the languages' own functions and methods yield on constants.
//!
//! Everything here is pure and bounded; what is not known yields `None`, and the interpreter goes on with an unknown value.

use std::rc::Rc;

use super::value::{Heap, Object, Val, Value};
use crate::behavior::taint::Taint;
use crate::syntax::decode;
use crate::syntax::ir::Op;

/// Longest text or bytes that folding makes.
const MAX_TEXT: usize = 16 << 20;
/// Longest list that folding makes.
const MAX_ITEMS: usize = 200_000;

/// Bytes as text when they are UTF-8, else as bytes.
fn text_of(bytes: Vec<u8>, taint: Taint) -> Val {
    match String::from_utf8(bytes) {
        Ok(text) => Val::str(text, taint),
        Err(error) => Val::bytes(error.into_bytes(), taint),
    }
}

/// The text that a constant turns into (`str(x)`, `String(x)`, a template's part).
pub fn to_text(heap: &Heap, val: &Val, javascript: bool) -> Option<Rc<str>> {
    match &val.value {
        Value::Str(text) => Some(text.clone()),
        Value::Num(number) => Some(number_text(*number).into()),
        Value::Bool(truth) if javascript => Some(if *truth { "true" } else { "false" }.into()),
        Value::Bool(truth) => Some(if *truth { "True" } else { "False" }.into()),
        Value::Null => Some(if javascript { "undefined" } else { "None" }.into()),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Into::into),
        Value::List(_) if javascript => {
            let items = heap.items(val)?;
            let parts: Option<Vec<Rc<str>>> = items
                .iter()
                .map(|item| if matches!(item.value, Value::Null) { Some("".into()) } else { to_text(heap, item, true) })
                .collect();
            Some(parts?.join(",").into())
        }
        Value::Dict(_) if javascript => Some("[object Object]".into()),
        _ => None,
    }
}

fn number_text(number: f64) -> String {
    if number.is_nan() { "NaN".to_owned() } else { format!("{number}") }
}

/// The number that a constant turns into in JavaScript arithmetic.
fn to_number(heap: &Heap, val: &Val, javascript: bool) -> Option<f64> {
    if let Some(number) = val.as_num() {
        return Some(number);
    }
    if !javascript {
        return None;
    }
    match &val.value {
        Value::Null => Some(0.0),
        Value::Str(text) => {
            let text = text.trim();
            if text.is_empty() { Some(0.0) } else { Some(text.parse().unwrap_or(f64::NAN)) }
        }
        Value::List(_) => {
            let text = to_text(heap, val, true)?;
            if text.is_empty() { Some(0.0) } else { Some(text.parse().unwrap_or(f64::NAN)) }
        }
        _ => None,
    }
}

/// Truth of a constant.
pub fn truth(heap: &Heap, val: &Val, javascript: bool) -> Option<bool> {
    match &val.value {
        Value::Null => Some(false),
        Value::Bool(truth) => Some(*truth),
        Value::Num(number) => Some(*number != 0.0 && !number.is_nan()),
        Value::Str(text) => Some(!text.is_empty()),
        Value::Bytes(bytes) => Some(javascript || !bytes.is_empty()),
        Value::List(_) => Some(javascript || !heap.items(val)?.is_empty()),
        Value::Dict(_) => Some(javascript || !heap.entries(val)?.is_empty()),
        Value::Func(_) | Value::Class(_) => Some(true),
        _ => None,
    }
}

/// `a op b` on constants.
pub fn binary(heap: &mut Heap, op: Op, a: &Val, b: &Val, javascript: bool) -> Option<Val> {
    let taint = a.taint | b.taint;
    match op {
        Op::Add => return add(heap, a, b, javascript),
        Op::Eq | Op::NotEq | Op::Is | Op::IsNot => {
            let equal = equal(a, b)?;
            return Some(Value::Bool(equal == matches!(op, Op::Eq | Op::Is)).into());
        }
        Op::In | Op::NotIn => {
            let inside = match (&b.value, a.as_str()) {
                (Value::Str(text), Some(part)) => text.contains(part),
                (Value::Dict(_), Some(key)) => heap.entries(b)?.contains_key(key),
                (Value::List(_), _) => heap.items(b)?.iter().any(|item| equal(item, a) == Some(true)),
                _ => return None,
            };
            return Some(Value::Bool(inside == (op == Op::In)).into());
        }
        Op::Mul if !javascript => {
            if let (Some(text), Some(times)) = (a.as_bytes(), b.as_num()) {
                let times = count(times)?;
                let bytes = (text.len().checked_mul(times)? <= MAX_TEXT).then(|| text.repeat(times))?;
                return Some(if a.as_str().is_some() { text_of(bytes, taint) } else { Val::bytes(bytes, taint) });
            }
            if let (Some(items), Some(times)) = (heap.items(a), b.as_num()) {
                let times = count(times)?;
                let items = (items.len().checked_mul(times)? <= MAX_ITEMS)
                    .then(|| std::iter::repeat_n(items, times).flatten().cloned().collect())?;
                return Some(heap.list(items));
            }
        }
        Op::Mod if !javascript && a.as_str().is_some() => return percent(heap, a, b),
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq if a.as_str().is_some() && b.as_str().is_some() => {
            return Some(compare(op, a.as_str()?.cmp(b.as_str()?)));
        }
        _ => {}
    }
    let (x, y) = (to_number(heap, a, javascript)?, to_number(heap, b, javascript)?);
    let number = match op {
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Div => x / y,
        Op::FloorDiv => (x / y).floor(),
        Op::Mod if javascript => x % y,
        Op::Mod => x - y * (x / y).floor(),
        Op::Pow => x.powf(y),
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => return Some(compare(op, x.partial_cmp(&y)?)),
        Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr | Op::UnsignedShr => bits(op, x, y, javascript)?,
        _ => return None,
    };
    (javascript || number.is_finite()).then(|| Val::num(number).with(taint))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
fn bits(op: Op, x: f64, y: f64, javascript: bool) -> Option<f64> {
    if x.abs() >= 9e15 || y.abs() >= 9e15 {
        return None;
    }
    let (a, b) = (x as i64, y as i64);
    let shift = u32::try_from(if javascript { b & 31 } else { b }).ok()?;
    let result = match op {
        Op::BitAnd => a & b,
        Op::BitOr => a | b,
        Op::BitXor => a ^ b,
        Op::Shl if shift < 40 => a.checked_shl(shift)?,
        Op::Shr => a.checked_shr(shift)?,
        Op::UnsignedShr => i64::from((a as u32) >> shift),
        _ => return None,
    };
    Some(if javascript && op != Op::UnsignedShr { f64::from(result as i32) } else { result as f64 })
}

fn compare(op: Op, order: std::cmp::Ordering) -> Val {
    Value::Bool(match op {
        Op::Lt => order.is_lt(),
        Op::LtEq => order.is_le(),
        Op::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
    .into()
}

fn equal(a: &Val, b: &Val) -> Option<bool> {
    match (&a.value, &b.value) {
        (Value::Str(x), Value::Str(y)) => Some(x == y),
        (Value::Bytes(x), Value::Bytes(y)) => Some(x == y),
        (Value::Null, Value::Null) => Some(true),
        _ if a.is_constant() && b.is_constant() => match (a.as_num(), b.as_num()) {
            (Some(x), Some(y)) => Some((x - y).abs() < f64::EPSILON),
            _ => Some(false),
        },
        _ => None,
    }
}

fn add(heap: &mut Heap, a: &Val, b: &Val, javascript: bool) -> Option<Val> {
    let taint = a.taint | b.taint;
    match (&a.value, &b.value) {
        (Value::Bytes(x), Value::Bytes(y)) if !javascript => {
            (x.len() + y.len() <= MAX_TEXT).then(|| Val::bytes([&x[..], &y[..]].concat(), taint))
        }
        (Value::List(_), Value::List(_)) if !javascript => {
            let items = [heap.items(a)?.as_slice(), heap.items(b)?.as_slice()].concat();
            (items.len() <= MAX_ITEMS).then(|| heap.list(items))
        }
        (Value::Num(x), Value::Num(y)) => Some(Val::num(x + y).with(taint)),
        _ => {
            let texts = a.as_str().is_some() && b.as_str().is_some();
            if !javascript && !texts {
                return match (a.as_num(), b.as_num()) {
                    (Some(x), Some(y)) => Some(Val::num(x + y)),
                    _ => None,
                };
            }
            let object = |v: &Val| matches!(v.value, Value::Str(_) | Value::List(_) | Value::Dict(_));
            if javascript && !object(a) && !object(b) {
                return Some(Val::num(to_number(heap, a, true)? + to_number(heap, b, true)?).with(taint));
            }
            let (x, y) = (to_text(heap, a, javascript)?, to_text(heap, b, javascript)?);
            (x.len() + y.len() <= MAX_TEXT).then(|| Val::str(format!("{x}{y}"), taint))
        }
    }
}

/// Python's `"%s" % x`.
fn percent(heap: &Heap, format: &Val, args: &Val) -> Option<Val> {
    let args: Vec<Val> = heap.items(args).cloned().unwrap_or_else(|| vec![args.clone()]);
    let mut taint = format.taint;
    let mut out = String::new();
    let mut next = args.iter();
    let mut chars = format.as_str()?.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '%' => out.push('%'),
            kind @ ('s' | 'd' | 'r' | 'i' | 'c' | 'x') => {
                let arg = next.next()?;
                taint |= arg.taint;
                match (kind, arg.as_num()) {
                    ('c', Some(code)) => out.push(char::from_u32(u32::try_from(count(code)?).ok()?)?),
                    ('x', Some(number)) => out.push_str(&format!("{:x}", count(number)?)),
                    _ => out.push_str(&to_text(heap, arg, false)?),
                }
            }
            _ => return None,
        }
    }
    Some(Val::str(out, taint))
}

/// `op x` on a constant.
pub fn unary(heap: &Heap, op: Op, x: &Val, javascript: bool) -> Option<Val> {
    let number = || to_number(heap, x, javascript);
    Some(match op {
        Op::Not => Value::Bool(!truth(heap, x, javascript)?).into(),
        Op::Neg => Val::num(-number()?),
        Op::Plus => Val::num(number()?),
        #[allow(clippy::cast_possible_truncation)]
        Op::BitNot => Val::num(-(number()?.trunc() + 1.0)),
        Op::Void => Value::Null.into(),
        Op::Typeof => Val::str(
            match x.value {
                Value::Str(_) => "string",
                Value::Num(_) => "number",
                Value::Bool(_) => "boolean",
                Value::Null => "undefined",
                Value::Func(_) | Value::Class(_) => "function",
                Value::List(_) | Value::Dict(_) | Value::Instance(_) | Value::Bytes(_) => "object",
                _ => return None,
            },
            Taint::NONE,
        ),
        _ => return None,
    })
}

/// A non-negative whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn count(number: f64) -> Option<usize> {
    (number.fract() == 0.0 && (0.0..4e9).contains(&number)).then_some(number as usize)
}

/// A position, negative ones from the end, held inside `0..=len`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn position(number: f64, len: usize) -> usize {
    let at = if number < 0.0 { number + len as f64 } else { number };
    at.clamp(0.0, len as f64) as usize
}

/// How many items a sequence has.
fn length(heap: &Heap, val: &Val) -> Option<usize> {
    match &val.value {
        Value::Str(text) => Some(if text.is_ascii() { text.len() } else { text.chars().count() }),
        Value::Bytes(bytes) => Some(bytes.len()),
        Value::List(_) => heap.items(val).map(Vec::len),
        Value::Dict(_) => heap.entries(val).map(std::collections::BTreeMap::len),
        _ => None,
    }
}

/// The items at some positions, as a value of the same sort.
fn pick(heap: &mut Heap, val: &Val, at: impl Iterator<Item = usize>) -> Option<Val> {
    Some(match &val.value {
        Value::Str(text) if text.is_ascii() => {
            let bytes = text.as_bytes();
            Val::str(at.filter_map(|i| bytes.get(i)).map(|b| char::from(*b)).collect::<String>(), val.taint)
        }
        Value::Str(text) => {
            let chars: Vec<char> = text.chars().collect();
            Val::str(at.filter_map(|i| chars.get(i)).collect::<String>(), val.taint)
        }
        Value::Bytes(bytes) => Val::bytes(at.filter_map(|i| bytes.get(i).copied()).collect::<Vec<u8>>(), val.taint),
        Value::List(_) => {
            let items = heap.items(val)?;
            let picked = at.filter_map(|i| items.get(i).cloned()).collect();
            heap.list(picked).with(val.taint)
        }
        _ => return None,
    })
}

/// The work that making a value took, in steps of the walk.
pub fn cost(heap: &Heap, val: &Val) -> usize {
    match &val.value {
        Value::Str(text) => text.len() / 256,
        Value::Bytes(bytes) => bytes.len() / 256,
        _ => length(heap, val).unwrap_or(0) / 8,
    }
}

/// `x[i]` on a constant sequence or dictionary.
pub fn index(heap: &Heap, x: &Val, i: &Val) -> Option<Val> {
    match (&x.value, &i.value) {
        (Value::Dict(_) | Value::Instance(_), Value::Str(key)) => heap.entries(x)?.get(key).cloned(),
        (Value::Dict(_), Value::Num(number)) => heap.entries(x)?.get(number_text(*number).as_str()).cloned(),
        (Value::Str(text), Value::Num(number)) if text.is_ascii() => {
            let at = position(*number, text.len());
            text.get(at..at + 1).map(|c| Val::str(c, x.taint))
        }
        (Value::Str(text), Value::Num(number)) => {
            let at = position(*number, text.chars().count());
            text.chars().nth(at).map(|c| Val::str(c.to_string(), x.taint))
        }
        (Value::Bytes(bytes), Value::Num(number)) => {
            bytes.get(position(*number, bytes.len())).map(|b| Val::num(f64::from(*b)).with(x.taint))
        }
        (Value::List(_), Value::Num(number)) => {
            let items = heap.items(x)?;
            items.get(position(*number, items.len())).cloned()
        }
        (Value::List(_), Value::Str(key)) => index(heap, x, &Val::num(key.parse().ok()?)),
        _ => None,
    }
}

/// Python's `x[start:stop:step]`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn slice(heap: &mut Heap, x: &Val, parts: [Option<f64>; 3]) -> Option<Val> {
    if matches!(x.value, Value::Dict(_)) {
        return None;
    }
    let len = length(heap, x)?;
    let step = parts[2].unwrap_or(1.0);
    if step == 0.0 {
        return None;
    }
    let stride = step.abs() as usize;
    if step > 0.0 {
        let (from, to) = (position(parts[0].unwrap_or(0.0), len), parts[1].map_or(len, |p| position(p, len)));
        pick(heap, x, (from..to.max(from)).step_by(stride.max(1)))
    } else {
        let from = parts[0].map_or(len, |p| (position(p, len) + 1).min(len));
        let to = parts[1].map_or(0, |p| (position(p, len) + 1).min(len));
        pick(heap, x, (to..from.max(to)).rev().step_by(stride.max(1)))
    }
}

/// The items that a loop over a constant goes through.
pub fn iterate(heap: &Heap, x: &Val) -> Option<Vec<Val>> {
    match &x.value {
        Value::Str(text) => Some(text.chars().take(MAX_ITEMS).map(|c| Val::str(c.to_string(), x.taint)).collect()),
        Value::Bytes(bytes) => {
            Some(bytes.iter().take(MAX_ITEMS).map(|b| Val::num(f64::from(*b)).with(x.taint)).collect())
        }
        Value::List(_) => heap.items(x).cloned(),
        Value::Dict(_) => Some(heap.entries(x)?.keys().map(|key| Val::str(key.clone(), x.taint)).collect()),
        _ => None,
    }
}

/// A function outside the package on constant arguments; `path` is normalised. `None`: not known.
pub fn function(heap: &mut Heap, path: &str, args: &[Val], javascript: bool) -> Option<Val> {
    let first = args.first()?;
    let taint = args.iter().fold(Taint::NONE, |all, arg| all | arg.taint);
    let decoded = taint | Taint::DECODED;
    let bytes = || first.as_bytes();
    let text = || first.as_str();
    let out = |bytes: Option<Vec<u8>>| bytes.map(|b| Val::bytes(b, decoded));
    match path {
        "base64.b64decode"
        | "base64.urlsafe_b64decode"
        | "base64.standard_b64decode"
        | "base64.decodebytes"
        | "base64.decodestring"
        | "binascii.a2b_base64" => out(decode::base64(bytes()?)),
        "base64.b32decode" => out(decode::base32(bytes()?)),
        "base64.b85decode" => out(decode::base85(bytes()?)),
        "base64.b16decode" | "binascii.unhexlify" | "binascii.a2b_hex" | "bytes.fromhex" | "bytearray.fromhex" => {
            out(decode::hex(bytes()?))
        }
        "zlib.decompress"
        | "gzip.decompress"
        | "zlib.inflateSync"
        | "zlib.gunzipSync"
        | "zlib.unzipSync"
        | "zlib.inflateRawSync"
        | "pako.inflate"
        | "pako.ungzip" => out(decode::inflate(bytes()?)),
        "bz2.decompress" => out(decode::bunzip2(bytes()?)),
        "lzma.decompress" => out(decode::unlzma(bytes()?)),
        "codecs.decode" | "codecs.encode" => match args.get(1).and_then(Val::as_str)?.replace('_', "").as_str() {
            "rot13" => Some(Val::str(decode::rot13(text()?), decoded)),
            "hex" | "hexcodec" => out(decode::hex(bytes()?)),
            "base64" | "base64codec" => out(decode::base64(bytes()?)),
            "zlib" | "zip" => out(decode::inflate(bytes()?)),
            _ => None,
        },
        "base64.b64encode" | "base64.urlsafe_b64encode" => {
            Some(Val::bytes(decode::to_base64(bytes()?).into_bytes(), taint))
        }
        "atob" | "js-base64.decode" | "js-base64.Base64.decode" => {
            decode::base64(bytes()?).map(|b| Val::str(b.into_iter().map(char::from).collect::<String>(), decoded))
        }
        "btoa" => Some(Val::str(decode::to_base64(bytes()?), taint)),
        "Buffer.from" | "Buffer" => match (&first.value, args.get(1).and_then(Val::as_str)) {
            (Value::Str(text), Some("base64" | "base64url")) => out(decode::base64(text.as_bytes())),
            (Value::Str(text), Some("hex")) => out(decode::hex(text.as_bytes())),
            (Value::Str(text), _) => Some(Val::bytes(text.as_bytes(), taint)),
            (Value::List(_), _) => byte_list(heap, first).map(|b| Val::bytes(b, decoded)),
            (Value::Bytes(_), _) => Some(first.clone()),
            _ => None,
        },
        "decodeURIComponent" | "decodeURI" | "unescape" | "urllib.parse.unquote" | "urllib.unquote" => {
            Some(Val::str(decode::url(text()?), taint))
        }
        "String.fromCharCode" | "String.fromCodePoint" => {
            let spread = (args.len() == 1).then(|| heap.items(first).cloned()).flatten();
            let codes = spread.as_deref().unwrap_or(args);
            let chars: Option<String> = codes.iter().map(|c| character(c.as_num()?)).collect();
            Some(Val::str(chars?, if codes.len() > 3 { decoded } else { taint }))
        }
        "chr" | "unichr" => Some(Val::str(character(first.as_num()?)?.to_string(), taint)),
        "ord" => match &first.value {
            Value::Str(text) => Some(Val::num(f64::from(u32::from(text.chars().next()?))).with(taint)),
            Value::Bytes(bytes) => bytes.first().map(|b| Val::num(f64::from(*b)).with(taint)),
            _ => None,
        },
        "int" | "parseInt" | "Number.parseInt" => integer(heap, args, javascript).map(|n| Val::num(n).with(taint)),
        "float" | "Number" | "parseFloat" => to_number(heap, first, true).map(|n| Val::num(n).with(taint)),
        "str" | "String" | "unicode" => {
            let text = to_text(heap, first, javascript)?;
            // Python's str(bytes) without an encoding yields the literal's spelling, which no decoder uses.
            (!matches!(first.value, Value::Bytes(_)) || args.len() > 1).then(|| Val::str(text, taint))
        }
        "bytes" | "bytearray" => match &first.value {
            Value::Str(text) => Some(Val::bytes(text.as_bytes(), taint)),
            Value::Bytes(_) => Some(first.clone()),
            Value::List(_) => byte_list(heap, first).map(|b| Val::bytes(b, decoded)),
            _ => None,
        },
        #[allow(clippy::cast_precision_loss)]
        "len" => length(heap, first).map(|len| Val::num(len as f64)),
        "range" | "xrange" => range(heap, args),
        "list" | "tuple" | "Array.from" | "set" | "iter" | "sorted" if args.len() == 1 => {
            let mut items = iterate(heap, first)?;
            if path == "sorted" {
                items.sort_by(|a, b| {
                    a.as_str()
                        .cmp(&b.as_str())
                        .then(a.as_num().partial_cmp(&b.as_num()).unwrap_or(std::cmp::Ordering::Equal))
                });
            }
            Some(heap.list(items))
        }
        "dict" | "Object.assign" if args.len() == 1 => Some(first.clone()),
        "reversed" => {
            let mut items = iterate(heap, first)?;
            items.reverse();
            Some(heap.list(items))
        }
        "enumerate" => {
            let pairs = iterate(heap, first)?;
            #[allow(clippy::cast_precision_loss)]
            let pairs = pairs.into_iter().enumerate().map(|(i, v)| heap.list(vec![Val::num(i as f64), v])).collect();
            Some(heap.list(pairs))
        }
        "zip" => {
            let lists: Option<Vec<Vec<Val>>> = args.iter().map(|arg| iterate(heap, arg)).collect();
            let lists = lists?;
            let len = lists.iter().map(Vec::len).min()?;
            let rows: Vec<Vec<Val>> =
                (0..len).map(|i| lists.iter().filter_map(|list| list.get(i).cloned()).collect()).collect();
            let rows = rows.into_iter().map(|row| heap.list(row)).collect();
            Some(heap.list(rows))
        }
        "hex" => Some(Val::str(format!("0x{:x}", count(first.as_num()?)?), taint)),
        "Math.floor" => Some(Val::num(first.as_num()?.floor())),
        "Math.ceil" => Some(Val::num(first.as_num()?.ceil())),
        "Math.abs" | "abs" => Some(Val::num(first.as_num()?.abs())),
        "format" => match args.get(1).and_then(Val::as_str)? {
            "c" => Some(Val::str(character(first.as_num()?)?.to_string(), taint)),
            "02x" => Some(Val::str(format!("{:02x}", count(first.as_num()?)?), taint)),
            _ => None,
        },
        "Object.keys" => {
            let keys: Vec<Val> = heap.entries(first)?.keys().map(|key| Val::str(key.clone(), first.taint)).collect();
            Some(heap.list(keys))
        }
        "Object.values" => {
            let values: Vec<Val> = heap.entries(first)?.values().cloned().collect();
            Some(heap.list(values))
        }
        "os.path.join" | "path.join" | "path.resolve" | "pathlib.Path" | "os.path.expanduser" | "os.path.normpath"
        | "path.normalize" | "pathlib.PurePath" | "os.path.abspath" => {
            let parts: Option<Vec<&str>> = args.iter().map(Val::as_str).collect();
            Some(Val::str(parts?.join("/"), taint))
        }
        _ => None,
    }
}

fn character(code: f64) -> Option<char> {
    char::from_u32(u32::try_from(count(code)?).ok()?)
}

fn byte_list(heap: &Heap, list: &Val) -> Option<Vec<u8>> {
    heap.items(list)?.iter().map(|item| u8::try_from(count(item.as_num()?)?).ok()).collect()
}

fn integer(heap: &Heap, args: &[Val], javascript: bool) -> Option<f64> {
    let first = args.first()?;
    if let Some(number) = first.as_num() {
        return Some(number.trunc());
    }
    let text = to_text(heap, first, javascript)?;
    let text = text.trim();
    let base = args.get(1).and_then(Val::as_num).map_or(10, |b| count(b).unwrap_or(10));
    let (base, digits) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(rest) if base == 16 || base == 0 || (javascript && args.len() < 2) => (16, rest),
        _ => (if base == 0 { 10 } else { base }, text),
    };
    let base = u32::try_from(base).ok().filter(|b| (2..=36).contains(b))?;
    let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
    // JavaScript reads as many digits as fit and ignores the rest.
    let end = digits.find(|c: char| !c.is_digit(base)).unwrap_or(digits.len());
    let used = if javascript { digits.get(..end)? } else { digits };
    if used.is_empty() {
        return javascript.then_some(f64::NAN);
    }
    let mut value = 0.0;
    for c in used.chars() {
        value = value * f64::from(base) + f64::from(c.to_digit(base)?);
    }
    Some(if negative { -value } else { value })
}

fn range(heap: &mut Heap, args: &[Val]) -> Option<Val> {
    let numbers: Option<Vec<f64>> = args.iter().map(Val::as_num).collect();
    let (start, stop, step) = match numbers?.as_slice() {
        [stop] => (0.0, *stop, 1.0),
        [start, stop] => (*start, *stop, 1.0),
        [start, stop, step] if *step != 0.0 => (*start, *stop, *step),
        _ => return None,
    };
    let inside = |x: &f64| if step > 0.0 { *x < stop } else { *x > stop };
    let items: Vec<Val> = std::iter::successors(Some(start), |x| Some(x + step))
        .take_while(inside)
        .take(MAX_ITEMS)
        .map(Val::num)
        .collect();
    Some(heap.list(items))
}

/// Methods of constants, lists and dictionaries. `None`: not known.
pub fn method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val], javascript: bool) -> Option<Val> {
    match &receiver.value {
        Value::Str(text) => text_method(heap, receiver, &text.clone(), name, args, javascript),
        Value::Bytes(bytes) => bytes_method(heap, receiver, &bytes.clone(), name, args, javascript),
        Value::Num(number) if name == "toString" => {
            let base = args.first().and_then(Val::as_num).and_then(count).unwrap_or(10);
            radix(*number, base).map(|text| Val::str(text, receiver.taint))
        }
        Value::List(_) => list_method(heap, receiver, name, args, javascript),
        Value::Dict(_) => dict_method(heap, receiver, name, args),
        _ => None,
    }
}

fn radix(number: f64, base: usize) -> Option<String> {
    if base == 10 {
        return Some(number_text(number));
    }
    let base = u32::try_from(base).ok().filter(|b| (2..=36).contains(b))?;
    let mut rest = u64::try_from(count(number)?).ok()?;
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit(u32::try_from(rest % u64::from(base)).ok()?, base)?);
        rest /= u64::from(base);
        if rest == 0 {
            return Some(digits.iter().rev().collect());
        }
    }
}

fn text_method(
    heap: &mut Heap,
    receiver: &Val,
    text: &Rc<str>,
    name: &str,
    args: &[Val],
    javascript: bool,
) -> Option<Val> {
    let taint = args.iter().fold(receiver.taint, |all, arg| all | arg.taint);
    let arg = |i: usize| args.get(i).and_then(Val::as_str);
    let num = |i: usize| args.get(i).and_then(Val::as_num);
    let made = |text: String| (text.len() <= MAX_TEXT).then(|| Val::str(text, taint));
    match name {
        "lower" | "toLowerCase" | "casefold" => made(text.to_lowercase()),
        "upper" | "toUpperCase" => made(text.to_uppercase()),
        "strip" | "trim" if args.is_empty() => made(text.trim().to_owned()),
        "strip" => made(text.trim_matches(|c| arg(0).is_some_and(|set| set.contains(c))).to_owned()),
        "lstrip" | "trimStart" => made(text.trim_start().to_owned()),
        "rstrip" | "trimEnd" => made(text.trim_end().to_owned()),
        "replace" | "replaceAll" if javascript && name == "replace" => made(text.replacen(arg(0)?, arg(1)?, 1)),
        "replace" | "replaceAll" => made(text.replace(arg(0)?, arg(1)?)),
        "encode" => match arg(0).map(|e| e.replace('_', "-").to_lowercase()).as_deref() {
            None | Some("utf-8" | "utf8" | "ascii" | "latin-1" | "latin1") => Some(Val::bytes(text.as_bytes(), taint)),
            Some("rot13" | "rot-13") => made(decode::rot13(text)),
            _ => None,
        },
        "decode" => match arg(0)?.replace('-', "_").to_lowercase().as_str() {
            "base64" => decode::base64(text.as_bytes()).map(|b| text_of(b, taint | Taint::DECODED)),
            "hex" => decode::hex(text.as_bytes()).map(|b| text_of(b, taint | Taint::DECODED)),
            "rot13" | "rot_13" => Some(Val::str(decode::rot13(text), taint | Taint::DECODED)),
            "utf8" | "utf_8" | "ascii" => Some(receiver.clone()),
            _ => None,
        },
        "join" if !javascript => {
            let items = iterate(heap, args.first()?)?;
            let mut taint = taint;
            let parts: Option<Vec<&str>> = items
                .iter()
                .map(|item| {
                    taint |= item.taint;
                    item.as_str()
                })
                .collect();
            let joined = parts?.join(text);
            (joined.len() <= MAX_TEXT).then(|| Val::str(joined, taint))
        }
        "split" => {
            let parts: Vec<Val> = match arg(0) {
                Some("") => text.chars().take(MAX_ITEMS).map(|c| Val::str(c.to_string(), taint)).collect(),
                Some(separator) => text.split(separator).take(MAX_ITEMS).map(|p| Val::str(p, taint)).collect(),
                None if args.is_empty() && javascript => vec![receiver.clone()],
                None if args.is_empty() => {
                    text.split_whitespace().take(MAX_ITEMS).map(|p| Val::str(p, taint)).collect()
                }
                None => return None,
            };
            Some(heap.list(parts))
        }
        "splitlines" => {
            let parts = text.lines().take(MAX_ITEMS).map(|p| Val::str(p, taint)).collect();
            Some(heap.list(parts))
        }
        "format" => format_braces(heap, text, args, taint),
        "concat" => {
            let mut all = text.to_string();
            for part in args {
                all.push_str(&to_text(heap, part, true)?);
            }
            made(all)
        }
        "charAt" | "at" => index(heap, receiver, &Val::num(num(0).unwrap_or(0.0))),
        "charCodeAt" | "codePointAt" => {
            let c = index(heap, receiver, &Val::num(num(0).unwrap_or(0.0)))?;
            let code = c.as_str()?.chars().next()?;
            Some(Val::num(f64::from(u32::from(code))).with(taint))
        }
        "slice" | "substring" => {
            let start = num(0).unwrap_or(0.0);
            if name == "substring" {
                let (a, b) = (start.max(0.0), num(1).map(|n| n.max(0.0)));
                let swapped = b.filter(|b| *b < a);
                return slice(
                    heap,
                    receiver,
                    [Some(swapped.unwrap_or(a)), if swapped.is_some() { Some(a) } else { b }, None],
                );
            }
            slice(heap, receiver, [Some(start), num(1), None])
        }
        "substr" => {
            #[allow(clippy::cast_precision_loss)]
            let from = position(num(0)?, text.chars().count()) as f64;
            slice(heap, receiver, [Some(from), num(1).map(|n| from + n), None])
        }
        "repeat" => {
            let times = count(num(0)?)?;
            (text.len().checked_mul(times)? <= MAX_TEXT).then(|| Val::str(text.repeat(times), taint))
        }
        "startsWith" | "startswith" => Some(Value::Bool(text.starts_with(arg(0)?)).into()),
        "endsWith" | "endswith" => Some(Value::Bool(text.ends_with(arg(0)?)).into()),
        "includes" => Some(Value::Bool(text.contains(arg(0)?)).into()),
        "indexOf" | "find" | "index" => {
            #[allow(clippy::cast_precision_loss)]
            let at = text.find(arg(0)?).map_or(-1.0, |at| text.get(..at).map_or(0, |b| b.chars().count()) as f64);
            Some(Val::num(at))
        }
        "toString" | "valueOf" | "normalize" | "trim_" => Some(receiver.clone()),
        "zfill" => {
            let width = count(num(0)?)?;
            made(format!("{}{text}", "0".repeat(width.min(1000).saturating_sub(text.chars().count()))))
        }
        "padStart" => {
            let width = count(num(0)?)?.min(1000);
            let fill = arg(1).unwrap_or(" ");
            let missing = width.saturating_sub(text.chars().count());
            made(format!("{}{text}", fill.chars().cycle().take(missing).collect::<String>()))
        }
        _ => None,
    }
}

/// Python's `"{} {0} {name}".format(..)` with positional arguments.
fn format_braces(heap: &Heap, text: &str, args: &[Val], taint: Taint) -> Option<Val> {
    let mut out = String::new();
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
        let place = if field.is_empty() { next } else { field.parse().ok()? };
        next += 1;
        out.push_str(&to_text(heap, args.get(place)?, false)?);
        rest = after;
    }
    out.push_str(rest);
    Some(Val::str(out, taint))
}

fn bytes_method(
    heap: &mut Heap,
    receiver: &Val,
    bytes: &Rc<[u8]>,
    name: &str,
    args: &[Val],
    javascript: bool,
) -> Option<Val> {
    let taint = receiver.taint;
    let encoding = args.first().and_then(Val::as_str).map(|e| e.replace('_', "-").to_lowercase());
    match name {
        "decode" | "toString" | "toLocaleString" => match encoding.as_deref() {
            None | Some("utf-8" | "utf8" | "ascii" | "utf-8-sig") => Some(text_of(bytes.to_vec(), taint)),
            Some("latin-1" | "latin1" | "binary" | "iso-8859-1") => {
                Some(Val::str(bytes.iter().copied().map(char::from).collect::<String>(), taint))
            }
            Some("base64") => Some(Val::str(decode::to_base64(bytes), taint)),
            Some("hex") if javascript => Some(Val::str(hex_text(bytes), taint)),
            Some("hex") => decode::hex(bytes).map(|b| text_of(b, taint | Taint::DECODED)),
            _ => None,
        },
        "hex" => Some(Val::str(hex_text(bytes), taint)),
        "strip" => Some(Val::bytes(bytes.trim_ascii(), taint)),
        "slice" | "subarray" => {
            slice(heap, receiver, [args.first().and_then(Val::as_num), args.get(1).and_then(Val::as_num), None])
        }
        "reverse" => Some(Val::bytes(bytes.iter().rev().copied().collect::<Vec<u8>>(), taint)),
        "replace" => {
            let (from, to) = (args.first()?.as_bytes()?, args.get(1)?.as_bytes()?);
            if from.is_empty() {
                return None;
            }
            let mut out = Vec::with_capacity(bytes.len());
            let mut rest = &bytes[..];
            while let Some((first, tail)) = rest.split_first() {
                match rest.strip_prefix(from) {
                    Some(after) => {
                        out.extend_from_slice(to);
                        rest = after;
                    }
                    None => {
                        out.push(*first);
                        rest = tail;
                    }
                }
                if out.len() > MAX_TEXT {
                    return None;
                }
            }
            Some(Val::bytes(out, taint))
        }
        "join" => {
            let items = iterate(heap, args.first()?)?;
            let parts: Option<Vec<&[u8]>> = items.iter().map(Val::as_bytes).collect();
            let joined = parts?.join(&bytes[..]);
            (joined.len() <= MAX_TEXT).then(|| Val::bytes(joined, taint))
        }
        _ => None,
    }
}

fn hex_text(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(digit), 16));
        }
        out
    })
}

fn list_method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val], javascript: bool) -> Option<Val> {
    let Value::List(at) = receiver.value else { return None };
    if name == "join" {
        let separator = args.first().map_or(Some(","), Val::as_str)?.to_owned();
        let items = heap.items(receiver)?;
        let parts: Option<Vec<Rc<str>>> = items.iter().map(|item| to_text(heap, item, true)).collect();
        let taint = heap.carried(receiver);
        let joined = parts?.join(&separator);
        return (joined.len() <= MAX_TEXT).then(|| Val::str(joined, taint));
    }
    let len = heap.items(receiver)?.len();
    if matches!(name, "slice" | "concat") {
        return match name {
            "slice" => {
                let items = slice(
                    heap,
                    receiver,
                    [args.first().and_then(Val::as_num), args.get(1).and_then(Val::as_num), None],
                );
                items.map(|v| v.with(receiver.taint))
            }
            _ => {
                let mut items = heap.items(receiver)?.clone();
                for arg in args {
                    match heap.items(arg) {
                        Some(more) => items.extend(more.iter().cloned()),
                        None => items.push(arg.clone()),
                    }
                }
                (items.len() <= MAX_ITEMS).then(|| heap.list(items))
            }
        };
    }
    let extra = match (name, args.first()) {
        ("extend", Some(more)) => iterate(heap, more)?,
        _ => Vec::new(),
    };
    let Some(Object::List(items)) = heap.get_mut(at) else { return None };
    let room = len + args.len() + extra.len() <= MAX_ITEMS;
    match name {
        "append" | "push" | "add" if room => {
            items.extend(args.iter().cloned());
            #[allow(clippy::cast_precision_loss)]
            Some(if javascript { Val::num(items.len() as f64) } else { Value::Null.into() })
        }
        "extend" if room => {
            items.extend(extra);
            Some(Value::Null.into())
        }
        "insert" if room => {
            let place = position(args.first()?.as_num()?, len);
            items.insert(place, args.get(1)?.clone());
            Some(Value::Null.into())
        }
        "unshift" if room => {
            for arg in args.iter().rev() {
                items.insert(0, arg.clone());
            }
            Some(Value::Null.into())
        }
        "pop" if args.is_empty() => items.pop(),
        "pop" => {
            let place = position(args.first()?.as_num()?, len);
            (place < items.len()).then(|| items.remove(place))
        }
        "shift" => (!items.is_empty()).then(|| items.remove(0)),
        "splice" => {
            let from = position(args.first()?.as_num()?, len);
            let number = args.get(1).and_then(Val::as_num).and_then(count).unwrap_or(len).min(len - from);
            let removed: Vec<Val> = items.splice(from..from + number, args.iter().skip(2).cloned()).collect();
            Some(heap.list(removed))
        }
        "reverse" => {
            items.reverse();
            Some(receiver.clone())
        }
        "sort" => None,
        "indexOf" | "index" => {
            let wanted = args.first()?;
            let place = items.iter().position(|item| equal(item, wanted) == Some(true));
            #[allow(clippy::cast_precision_loss)]
            Some(Val::num(place.map_or(-1.0, |p| p as f64)))
        }
        "includes" => {
            let wanted = args.first()?;
            Some(Value::Bool(items.iter().any(|item| equal(item, wanted) == Some(true))).into())
        }
        "copy" | "values" => {
            let items = items.clone();
            Some(heap.list(items))
        }
        "toString" => to_text(heap, receiver, true).map(|text| Val::str(text, receiver.taint)),
        _ => None,
    }
}

fn dict_method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let entries = heap.entries(receiver)?;
    match name {
        "get" => {
            let found = entries.get(args.first()?.as_str()?).cloned();
            found.or_else(|| args.get(1).cloned())
        }
        "keys" => {
            let keys = entries.keys().map(|key| Val::str(key.clone(), receiver.taint)).collect();
            Some(heap.list(keys))
        }
        "values" => {
            let values = entries.values().cloned().collect();
            Some(heap.list(values))
        }
        "items" => {
            let pairs: Vec<(Rc<str>, Val)> = entries.iter().map(|(key, v)| (key.clone(), v.clone())).collect();
            let pairs = pairs.into_iter().map(|(key, v)| heap.list(vec![Val::str(key, v.taint), v])).collect();
            Some(heap.list(pairs))
        }
        "update" => {
            let more = heap.entries(args.first()?)?.clone();
            if let Value::Dict(at) = receiver.value
                && let Some(Object::Dict(entries)) = heap.get_mut(at)
            {
                entries.extend(more);
            }
            Some(Value::Null.into())
        }
        "hasOwnProperty" => Some(Value::Bool(entries.contains_key(args.first()?.as_str()?)).into()),
        _ => None,
    }
}
