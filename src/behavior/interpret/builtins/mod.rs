//! Constant folding: what the languages' own functions and methods yield on constants.
//!
//! Everything here is pure and bounded; what is not known yields `None`, and the interpreter goes on with an unknown value.

use crate::behavior::interpret::heap::Heap;
use crate::behavior::interpret::value::{Object, Val, Value};
use crate::behavior::interpret::{Dialect, HOLE, dialect};
use crate::behavior::taint::Taint;
use crate::syntax::decode;
use crate::syntax::ir::Op;
use std::rc::Rc;

mod collections;
mod constructors;
pub mod functions;
pub mod integers;
mod javascript;
mod members;
mod objects;
pub mod operators;
mod pattern;
pub mod python;
mod strings;

pub use functions::function;
pub use operators::{binary, unary};
pub use pattern::{Patterns, matches_of};

use collections::{dict_method, list_method};
use strings::{bytes_method, text_method};

/// Longest text or bytes that folding makes.
pub const MAX_TEXT: usize = 16 << 20;

/// Longest list that folding makes.
const MAX_ITEMS: usize = 200_000;

/// Bytes as text when they are UTF-8, else as bytes.
fn text_of(bytes: Vec<u8>, taint: Taint) -> Val {
    match String::from_utf8(bytes) {
        Ok(text) => Val::str(text, taint),
        Err(error) => Val::bytes(error.into_bytes(), taint),
    }
}

/// Deepest list in a list that is turned into text.
const MAX_NESTED: usize = 32;

/// The text that a constant turns into (`str(x)`, `String(x)`, a template's part).
pub fn to_text(heap: &Heap, val: &Val, dialect: Dialect) -> Option<Rc<str>> {
    let mut left = MAX_ITEMS;
    text_within(heap, val, dialect, MAX_NESTED, &mut left)
}

/// The running interpreter, named by its variable.
pub fn interpreter(val: &Val) -> Option<&'static str> {
    match &**val.as_path()? {
        "sys.executable" => Some("python"),
        "process.execPath" | "process.argv0" => Some("node"),
        _ => None,
    }
}

/// Lists may hold themselves, or one list many times: `nested` bounds the depth, `left` the items looked at.
fn text_within(heap: &Heap, val: &Val, dialect: Dialect, nested: usize, left: &mut usize) -> Option<Rc<str>> {
    match &val.value {
        Value::Str(text) => Some(text.clone()),
        Value::Num(number) => Some(number_text(*number).into()),
        Value::Int(number) => integers::digits(number, 10).map(Into::into),
        Value::Bool(truth) if dialect.is_javascript() => Some(if *truth { "true" } else { "false" }.into()),
        Value::Bool(truth) => Some(if *truth { "True" } else { "False" }.into()),
        Value::Null => Some(if dialect.is_javascript() { "undefined" } else { "None" }.into()),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Into::into),
        Value::List(_) if dialect.is_javascript() => {
            let items = heap.items(val)?;
            let inner = nested.checked_sub(1)?;
            let mut out = String::new();
            for (place, item) in items.iter().enumerate() {
                *left = left.checked_sub(1)?;
                if place > 0 {
                    out.push(',');
                }
                if !matches!(item.value, Value::Null) {
                    out.push_str(&text_within(heap, item, Dialect::JavaScript, inner, left)?);
                }
                if out.len() > MAX_TEXT {
                    return None;
                }
            }
            Some(out.into())
        }
        Value::Dict(_) if dialect.is_javascript() => Some("[object Object]".into()),
        Value::Regex(parts) if dialect.is_javascript() => {
            let source = if parts.0.is_empty() { "(?:)" } else { &parts.0 };
            Some(format!("/{source}/{}", parts.1).into())
        }
        _ if dialect.is_javascript() => native_text(val).map(Into::into),
        _ => None,
    }
}

/// The text that a JavaScript engine gives for a function of its own.
pub fn native_text(val: &Val) -> Option<String> {
    let name = match &val.value {
        Value::Method(method) => {
            let plain = matches!(
                method.0.value,
                Value::Str(_) | Value::Num(_) | Value::Bool(_) | Value::List(_) | Value::Regex(_)
            );
            Some(&*method.1).filter(|name| plain && dialect::javascript::is_method(name))
        }
        Value::Path(path) if path.starts_with("[object ") => return Some(path.to_string()),
        Value::Path(path) => Some(&**path).filter(|path| dialect::javascript::NATIVE.contains(path)),
        _ => None,
    };
    name.map(|name| format!("function {name}() {{ [native code] }}"))
}

/// Whether a path is a function of the engine, or a method of one of its values.
pub fn is_native(path: &str) -> bool {
    let mut names = path.rsplit('.');
    let last = names.next().unwrap_or_default();
    let holder = names.next();
    dialect::javascript::NATIVE.contains(&path)
        || holder.is_some_and(|holder| holder == "prototype" || dialect::javascript::NATIVE.contains(&holder))
        || dialect::javascript::is_method(last) && holder.is_none()
}

/// Whether text has a part that is not known.
pub fn has_hole(text: &str) -> bool {
    text.contains(HOLE)
}

fn number_text(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    } else {
        format!("{number}")
    }
}

/// The number that a constant turns into in JavaScript arithmetic.
fn to_number(heap: &Heap, val: &Val, dialect: Dialect) -> Option<f64> {
    if let Some(number) = val.as_num() {
        return Some(number);
    }
    if !dialect.is_javascript() {
        return None;
    }
    match &val.value {
        // `undefined`, which code that hides uses, not `null`.
        Value::Null => Some(f64::NAN),
        Value::Str(text) => Some(number_of(text)),
        Value::List(_) => {
            let text = to_text(heap, val, Dialect::JavaScript)?;
            Some(number_of(&text))
        }
        Value::Dict(_) | Value::Func(_) | Value::Class(_) => Some(f64::NAN),
        _ => None,
    }
}

/// The number that JavaScript reads in a text.
fn number_of(text: &str) -> f64 {
    let text = text.trim();
    match text.get(..2) {
        Some("0x" | "0X") => {
            u64::from_str_radix(text.get(2..).unwrap_or_default(), 16).map_or(f64::NAN, functions::rounded)
        }
        _ if text.is_empty() => 0.0,
        _ => text.parse().unwrap_or(f64::NAN),
    }
}

/// Truth of a constant.
pub fn truth(heap: &Heap, val: &Val, dialect: Dialect) -> Option<bool> {
    match &val.value {
        Value::Null => Some(false),
        Value::Bool(truth) => Some(*truth),
        Value::Num(number) => Some(*number != 0.0 && !number.is_nan()),
        // Zero is a plain number.
        Value::Int(_) => Some(true),
        // Nothing but unknown parts may be empty.
        Value::Str(text) if !text.is_empty() && text.split(HOLE).all(str::is_empty) => None,
        Value::Str(text) => Some(!text.is_empty()),
        Value::Bytes(bytes) => Some(dialect.empty_is_true() || !bytes.is_empty()),
        Value::List(_) => Some(dialect.empty_is_true() || !heap.items(val)?.is_empty()),
        Value::Dict(_) => Some(dialect.empty_is_true() || !heap.entries(val)?.is_empty()),
        Value::Func(_) | Value::Class(_) | Value::Regex(_) => Some(true),
        // A member that is not known may not be there.
        Value::Method(_) => native_text(val).map(|_| true),
        _ => None,
    }
}

/// A non-negative whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn count(number: f64) -> Option<usize> {
    (number.fract() == 0.0 && (0.0..4e9).contains(&number)).then_some(number as usize)
}

/// A position, negative ones from the end, held inside `0..=len`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn position(number: f64, len: usize) -> usize {
    let at = if number < 0.0 { number + len as f64 } else { number };
    at.clamp(0.0, len as f64) as usize
}

/// How many items a sequence has.
pub fn length(heap: &Heap, val: &Val) -> Option<usize> {
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

/// `x[i]` on a constant sequence or dictionary. What lies past the end of a sequence is undefined in JavaScript.
pub fn index(heap: &Heap, x: &Val, i: &Val, dialect: Dialect) -> Option<Val> {
    let place = |number: f64, len: usize| match count(number) {
        Some(at) if at < len => Some(at),
        _ if dialect.is_javascript() || number >= 0.0 || number.fract() != 0.0 => None,
        _ => Some(position(number, len)).filter(|at| *at < len),
    };
    let past = |number: &f64| (dialect.is_javascript() && number.fract() == 0.0).then(|| Value::Null.into());
    match (&x.value, &i.value) {
        (Value::Dict(_) | Value::Instance(_), Value::Str(key)) => heap.entries(x)?.get(key).cloned(),
        (Value::Dict(_), Value::Num(number)) => heap.entries(x)?.get(number_text(*number).as_str()).cloned(),
        (Value::Str(text), Value::Num(number)) if text.is_ascii() => match place(*number, text.len()) {
            Some(at) => text.get(at..at + 1).map(|c| Val::str(c, x.taint)),
            None => past(number),
        },
        (Value::Str(text), Value::Num(number)) => match place(*number, text.chars().count()) {
            Some(at) => text.chars().nth(at).map(|c| Val::str(c.to_string(), x.taint)),
            None => past(number),
        },
        (Value::Bytes(bytes), Value::Num(number)) => match place(*number, bytes.len()) {
            Some(at) => bytes.get(at).map(|b| Val::num(f64::from(*b)).with(x.taint)),
            None => past(number),
        },
        (Value::List(_), Value::Num(number)) => {
            let items = heap.items(x)?;
            match place(*number, items.len()) {
                Some(at) => items.get(at).cloned(),
                None => past(number),
            }
        }
        (Value::List(_) | Value::Str(_), Value::Str(key)) if dialect.is_javascript() => {
            index(heap, x, &Val::num(key.parse().ok()?), Dialect::JavaScript)
        }
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

/// The items that a loop over a constant goes through, where there are no more than `most`: asked before they are made.
pub fn iterate_within(heap: &Heap, x: &Val, most: usize) -> Option<Vec<Val>> {
    let few = match &x.value {
        Value::Str(text) => text.len() <= most || text.chars().take(most + 1).count() <= most,
        _ => length(heap, x)? <= most,
    };
    if few { iterate(heap, x) } else { None }
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

fn character(code: f64) -> Option<char> {
    char::from_u32(u32::try_from(count(code)?).ok()?)
}

/// Methods of constants, lists and dictionaries. `None`: not known.
pub fn method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val], dialect: Dialect) -> Option<Val> {
    match &receiver.value {
        Value::Str(text) => text_method(heap, receiver, &text.clone(), name, args, dialect),
        Value::Bytes(bytes) => bytes_method(heap, receiver, &bytes.clone(), name, args, dialect),
        Value::Num(number) if name == "toString" => {
            let base = args.first().and_then(|base| to_number(heap, base, dialect)).and_then(count).unwrap_or(10);
            radix(*number, base).map(|text| Val::str(text, receiver.taint))
        }
        Value::Num(_) | Value::Int(_) if !dialect.is_javascript() => integers::method(receiver, name, args),
        Value::Regex(_) => match name {
            "toString" => to_text(heap, receiver, dialect).map(|text| Val::str(text, receiver.taint)),
            _ => pattern::method(heap, receiver, name, args),
        },
        Value::List(_) => list_method(heap, receiver, name, args, dialect),
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
