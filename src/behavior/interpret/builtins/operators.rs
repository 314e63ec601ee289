//! Operators on constants.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{
    Heap, MAX_ITEMS, MAX_TEXT, Op, Taint, Val, Value, count, has_hole, integers, native_text, text_of, to_number,
    to_text, truth,
};
use crate::behavior::interpret::value::BEHIND;
use crate::behavior::interpret::{Dialect, HOLE};

/// `a op b` on constants.
pub fn binary(heap: &mut Heap, op: Op, a: &Val, b: &Val, dialect: Dialect) -> Option<Val> {
    let taint = a.taint | b.taint;
    if !dialect.is_javascript() {
        let beyond = match (a.as_num(), b.as_num()) {
            (Some(x), Some(y)) => integers::overflows(op, x, y),
            _ => matches!(a.value, Value::Int(_)) || matches!(b.value, Value::Int(_)),
        };
        if beyond && let Some(val) = integers::binary(op, a, b) {
            return Some(val);
        }
    }
    match op {
        Op::Add => return add(heap, a, b, dialect),
        Op::Eq | Op::NotEq | Op::Is | Op::IsNot => {
            let equal = equal(a, b)?;
            return Some(Value::Bool(equal == matches!(op, Op::Eq | Op::Is)).into());
        }
        Op::In | Op::NotIn => {
            let inside = match (&b.value, a.as_str()) {
                (Value::Str(text), Some(part)) => contains(text, part)?,
                (Value::Dict(_), Some(key)) => has_key(heap.entries(b)?, key)?,
                (Value::List(_), _) => place_of(heap.items(b)?, a)?.is_some(),
                _ => return None,
            };
            return Some(Value::Bool(inside == (op == Op::In)).into());
        }
        Op::Mul if !dialect.is_javascript() => {
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
        Op::Mod if !dialect.is_javascript() && a.as_str().is_some() => return percent(heap, a, b),
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq if a.as_str().is_some() && b.as_str().is_some() => {
            if has_hole(a.as_str()?) || has_hole(b.as_str()?) {
                return None;
            }
            return Some(compare(op, a.as_str()?.cmp(b.as_str()?)));
        }
        _ => {}
    }
    let (x, y) = (to_number(heap, a, dialect)?, to_number(heap, b, dialect)?);
    let number = match op {
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Div => x / y,
        Op::FloorDiv => (x / y).floor(),
        Op::Mod if dialect.is_javascript() => x % y,
        Op::Mod => x - y * (x / y).floor(),
        Op::Pow => x.powf(y),
        // Nothing is less or more than no number.
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
            let order = x.partial_cmp(&y);
            return Some(order.map_or_else(|| Value::Bool(false).into(), |order| compare(op, order)));
        }
        Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr | Op::UnsignedShr => bits(op, x, y, dialect)?,
        _ => return None,
    };
    (dialect.is_javascript() || number.is_finite()).then(|| Val::num(number).with(taint))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
pub(super) fn bits(op: Op, x: f64, y: f64, dialect: Dialect) -> Option<f64> {
    if x.abs() >= 9e15 || y.abs() >= 9e15 {
        return None;
    }
    if dialect.is_javascript() {
        // Everything is cut to 32 bits first.
        let (a, b) = (x as i64 as i32, y as i64 as u32 & 31);
        return Some(match op {
            Op::BitAnd => f64::from(a & (y as i64 as i32)),
            Op::BitOr => f64::from(a | (y as i64 as i32)),
            Op::BitXor => f64::from(a ^ (y as i64 as i32)),
            Op::Shl => f64::from(a.wrapping_shl(b)),
            Op::Shr => f64::from(a >> b),
            Op::UnsignedShr => f64::from((a as u32) >> b),
            _ => return None,
        });
    }
    let (a, b) = (x as i64, y as i64);
    let shift = u32::try_from(b).ok()?;
    let result = match op {
        Op::BitAnd => a & b,
        Op::BitOr => a | b,
        Op::BitXor => a ^ b,
        Op::Shl if shift < 40 => a.checked_shl(shift)?,
        Op::Shr => a.checked_shr(shift)?,
        _ => return None,
    };
    Some(result as f64)
}

pub(super) fn compare(op: Op, order: std::cmp::Ordering) -> Val {
    Value::Bool(match op {
        Op::Lt => order.is_lt(),
        Op::LtEq => order.is_le(),
        Op::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
    .into()
}

pub(super) fn equal(a: &Val, b: &Val) -> Option<bool> {
    match (&a.value, &b.value) {
        // What is not known of a text may be anything.
        (Value::Str(x), Value::Str(y)) => match x == y {
            true if x.is_empty() || !has_hole(x) => Some(true),
            false if !has_hole(x) && !has_hole(y) => Some(false),
            _ => None,
        },
        (Value::Str(x), other) | (other, Value::Str(x)) if has_hole(x) && !matches!(other, Value::Null) => None,
        (Value::Bytes(x), Value::Bytes(y)) => Some(x == y),
        (Value::Null, Value::Null) => Some(true),
        (Value::Func(x), Value::Func(y)) | (Value::List(x), Value::List(y)) | (Value::Dict(x), Value::Dict(y)) => {
            Some(x == y)
        }
        (Value::Null, Value::Func(_) | Value::List(_) | Value::Dict(_))
        | (Value::Func(_) | Value::List(_) | Value::Dict(_), Value::Null) => Some(false),
        _ if a.is_constant() && b.is_constant() => match (a.as_num(), b.as_num()) {
            (Some(x), Some(y)) => Some((x - y).abs() < f64::EPSILON),
            _ => Some(false),
        },
        _ => None,
    }
}

pub(super) fn add(heap: &mut Heap, a: &Val, b: &Val, dialect: Dialect) -> Option<Val> {
    let taint = a.taint | b.taint;
    match (&a.value, &b.value) {
        (Value::Bytes(x), Value::Bytes(y)) if !dialect.is_javascript() => {
            (x.len() + y.len() <= MAX_TEXT).then(|| Val::bytes([&x[..], &y[..]].concat(), taint))
        }
        (Value::List(_), Value::List(_)) if !dialect.is_javascript() => {
            let items = [heap.items(a)?.as_slice(), heap.items(b)?.as_slice()].concat();
            (items.len() <= MAX_ITEMS).then(|| heap.list(items))
        }
        (Value::Num(x), Value::Num(y)) => Some(Val::num(x + y).with(taint)),
        _ => {
            let texts = a.as_str().is_some() && b.as_str().is_some();
            if !dialect.is_javascript() && !texts {
                return match (a.as_num(), b.as_num()) {
                    (Some(x), Some(y)) => Some(Val::num(x + y)),
                    _ => None,
                };
            }
            let object = |v: &Val| {
                matches!(v.value, Value::Str(_) | Value::List(_) | Value::Dict(_) | Value::Regex(_))
                    || native_text(v).is_some()
            };
            if dialect.is_javascript() && !object(a) && !object(b) {
                return Some(
                    Val::num(to_number(heap, a, Dialect::JavaScript)? + to_number(heap, b, Dialect::JavaScript)?)
                        .with(taint),
                );
            }
            let (x, y) = (to_text(heap, a, dialect)?, to_text(heap, b, dialect)?);
            (x.len() + y.len() <= MAX_TEXT).then(|| Val::str(format!("{x}{y}"), taint))
        }
    }
}

/// Whether one text holds another: not known where either has an unknown part that might decide it.
pub(super) fn contains(text: &str, part: &str) -> Option<bool> {
    match text.contains(part) {
        true if !has_hole(part) => Some(true),
        false if !has_hole(part) && !has_hole(text) => Some(false),
        _ => None,
    }
}

/// Whether a dictionary has a key: an entry under an unknown key may be the one.
pub(super) fn has_key(entries: &BTreeMap<Rc<str>, Val>, key: &str) -> Option<bool> {
    match entries.contains_key(key) {
        true => Some(true),
        false if has_hole(key) || entries.contains_key(HOLE) || entries.contains_key(BEHIND) => None,
        false => Some(false),
    }
}

/// Where a value stands among others, if it does: `None` where something unknown before it might be equal.
pub(super) fn place_of(items: &[Val], wanted: &Val) -> Option<Option<usize>> {
    let mut known = true;
    for (place, item) in items.iter().enumerate() {
        match equal(item, wanted) {
            Some(true) => return known.then_some(Some(place)),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(None)
}

/// Python's `"%s" % x`.
pub(super) fn percent(heap: &Heap, format: &Val, args: &Val) -> Option<Val> {
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
                    ('s', None) if matches!(arg.value, Value::Unknown | Value::Path(_)) => {
                        out.push_str(super::interpreter(arg).unwrap_or(HOLE));
                    }
                    _ => out.push_str(&to_text(heap, arg, Dialect::Python)?),
                }
            }
            _ => return None,
        }
        if out.len() > MAX_TEXT {
            return None;
        }
    }
    Some(Val::str(out, taint))
}

/// `op x` on a constant.
pub fn unary(heap: &Heap, op: Op, x: &Val, dialect: Dialect) -> Option<Val> {
    let number = || to_number(heap, x, dialect);
    Some(match op {
        Op::Not => Value::Bool(!truth(heap, x, dialect)?).into(),
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
                Value::Method(_) if native_text(x).is_some() => "function",
                Value::List(_) | Value::Dict(_) | Value::Instance(_) | Value::Bytes(_) | Value::Regex(_) => "object",
                _ => return None,
            },
            Taint::NONE,
        ),
        _ => return None,
    })
}
