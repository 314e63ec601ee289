//! Methods of text and bytes.

use crate::behavior::interpret::Dialect;
use crate::text::hex;

use super::operators::contains;
use super::{
    Heap, MAX_ITEMS, MAX_TEXT, Rc, Taint, Val, Value, count, decode, has_hole, index, iterate, position, slice,
    text_of, to_text,
};

/// Methods that ask what a text holds.
const ASKING: [&str; 14] = [
    "includes",
    "indexOf",
    "find",
    "index",
    "startsWith",
    "startswith",
    "endsWith",
    "endswith",
    "lastIndexOf",
    "rfind",
    "rindex",
    "count",
    "localeCompare",
    "search",
];

pub(super) fn text_method(
    heap: &mut Heap,
    receiver: &Val,
    text: &Rc<str>,
    name: &str,
    args: &[Val],
    dialect: Dialect,
) -> Option<Val> {
    let taint = args.iter().fold(receiver.taint, |all, arg| all | arg.taint);
    let arg = |i: usize| args.get(i).and_then(Val::as_str);
    // JavaScript takes text for a number wherever it wants one.
    let number = |val: &Val| match &val.value {
        Value::Str(text) if dialect.is_javascript() => text.trim().parse().ok(),
        _ => val.as_num(),
    };
    let num = |i: usize| args.get(i).and_then(number);
    // Of a text that is known in part these say only what its known parts tell.
    if ASKING.contains(&name)
        && let Some(part) = arg(0)
    {
        match name {
            "includes" => return contains(text, part).map(|found| Value::Bool(found).into()),
            "startsWith" | "startswith" if text.starts_with(part) && !has_hole(part) => {}
            "endsWith" | "endswith" if text.ends_with(part) && !has_hole(part) => {}
            _ if has_hole(text) || has_hole(part) => return None,
            _ => {}
        }
    }
    let made = |text: String| (text.len() <= MAX_TEXT).then(|| Val::str(text, taint));
    match name {
        "lower" | "toLowerCase" | "casefold" => made(text.to_lowercase()),
        "upper" | "toUpperCase" => made(text.to_uppercase()),
        "strip" | "trim" if args.is_empty() => made(text.trim().to_owned()),
        "strip" => made(text.trim_matches(|c| arg(0).is_some_and(|set| set.contains(c))).to_owned()),
        "lstrip" | "trimStart" => made(text.trim_start().to_owned()),
        "rstrip" | "trimEnd" => made(text.trim_end().to_owned()),
        "replace" | "replaceAll" | "match" | "search" | "split"
            if args.first().is_some_and(|arg| matches!(arg.value, Value::Regex(_))) =>
        {
            super::pattern::text_method(heap, receiver, name, args)
        }
        "replace" | "replaceAll" if dialect.is_javascript() && name == "replace" => {
            made(text.replacen(arg(0)?, arg(1)?, 1))
        }
        "replace" if args.len() == 3 && !dialect.is_javascript() => match num(2)? {
            times if times < 0.0 => replaced(text, arg(0)?, arg(1)?).map(|text| Val::str(text, taint)),
            times => made(text.replacen(arg(0)?, arg(1)?, count(times)?)),
        },
        "replace" | "replaceAll" => replaced(text, arg(0)?, arg(1)?).map(|text| Val::str(text, taint)),
        "encode" => match arg(0).map(|e| e.replace('_', "-").to_lowercase()).as_deref() {
            None | Some("utf-8" | "utf8" | "ascii") => Some(Val::bytes(text.as_bytes(), taint)),
            Some("latin-1" | "latin1" | "iso-8859-1") => {
                let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
                Some(Val::bytes(bytes?, taint))
            }
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
        "translate" => {
            let table = heap.entries(args.first()?)?;
            let mut made = String::with_capacity(text.len());
            for c in text.chars() {
                match table.get(u32::from(c).to_string().as_str()).map(|v| &v.value) {
                    Some(Value::Str(by)) => made.push_str(by),
                    Some(Value::Num(code)) => made.push(super::character(*code)?),
                    Some(Value::Null) => {}
                    Some(_) => return None,
                    None => made.push(c),
                }
            }
            Some(Val::str(made, taint | Taint::DECODED))
        }
        "swapcase" => made(
            text.chars()
                .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect(),
        ),
        "isalpha" => Some(Value::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)).into()),
        "isdigit" | "isnumeric" => Some(Value::Bool(!text.is_empty() && text.chars().all(char::is_numeric)).into()),
        "isalnum" => Some(Value::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)).into()),
        "isupper" => {
            Some(Value::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)).into())
        }
        "islower" => {
            Some(Value::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)).into())
        }
        "isspace" => Some(Value::Bool(!text.is_empty() && text.chars().all(char::is_whitespace)).into()),
        "removeprefix" => made(text.strip_prefix(arg(0)?).unwrap_or(text).to_owned()),
        "removesuffix" => made(text.strip_suffix(arg(0)?).unwrap_or(text).to_owned()),
        #[allow(clippy::cast_precision_loss)]
        "count" => Some(Val::num(text.matches(arg(0)?).count() as f64)),
        "lastIndexOf" | "rfind" | "rindex" => {
            #[allow(clippy::cast_precision_loss)]
            let at = text.rfind(arg(0)?).map_or(-1.0, |at| text.get(..at).map_or(0, |b| b.chars().count()) as f64);
            Some(Val::num(at))
        }
        "join" if !dialect.is_javascript() => {
            let items = iterate(heap, args.first()?)?;
            let mut taint = taint;
            let parts: Option<Vec<&str>> = items
                .iter()
                .map(|item| {
                    taint |= item.taint;
                    item.as_str()
                })
                .collect();
            let parts = parts?;
            fits(parts.iter().map(|part| part.len()), text.len()).then(|| Val::str(parts.join(text), taint))
        }
        "split" => {
            let parts: Vec<Val> = match arg(0) {
                Some("") => text.chars().take(MAX_ITEMS).map(|c| Val::str(c.to_string(), taint)).collect(),
                Some(separator) => text.split(separator).take(MAX_ITEMS).map(|p| Val::str(p, taint)).collect(),
                None if args.is_empty() && dialect.is_javascript() => vec![receiver.clone()],
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
        "format" if !dialect.is_javascript() => {
            super::python::folds::format(heap, text, args, &[]).map(|made| made.with(taint))
        }
        "concat" => {
            let mut all = text.to_string();
            for part in args {
                all.push_str(&to_text(heap, part, Dialect::JavaScript)?);
            }
            made(all)
        }
        "charAt" => {
            let found = index(heap, receiver, &Val::num(num(0).unwrap_or(0.0)), Dialect::JavaScript)?;
            Some(if matches!(found.value, Value::Null) { Val::str("", taint) } else { found })
        }
        "at" => index(heap, receiver, &Val::num(num(0).unwrap_or(0.0)), Dialect::Python),
        "charCodeAt" | "codePointAt" => {
            let c = index(heap, receiver, &Val::num(num(0).unwrap_or(0.0)), Dialect::JavaScript)?;
            let code = c.as_str().and_then(|c| c.chars().next()).map_or(f64::NAN, |c| f64::from(u32::from(c)));
            Some(Val::num(code).with(taint))
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
        "startsWith" if args.len() > 1 => {
            let from = byte_of(text, position(num(1)?, text.chars().count()));
            Some(Value::Bool(text.get(from..)?.starts_with(arg(0)?)).into())
        }
        "startsWith" | "startswith" => Some(Value::Bool(text.starts_with(arg(0)?)).into()),
        "endsWith" | "endswith" => Some(Value::Bool(text.ends_with(arg(0)?)).into()),
        "indexOf" | "find" | "index" => {
            let from = match args.get(1) {
                Some(from) => byte_of(text, position(from.as_num()?, text.chars().count())),
                None => 0,
            };
            let found = text.get(from..)?.find(arg(0)?).map(|at| from + at);
            #[allow(clippy::cast_precision_loss)]
            let at = found.map_or(-1.0, |at| text.get(..at).map_or(0, |b| b.chars().count()) as f64);
            Some(Val::num(at))
        }
        "italics" => made(format!("<i>{text}</i>")),
        "bold" => made(format!("<b>{text}</b>")),
        "fontcolor" => {
            let color = args.first().map_or(Some("undefined".into()), |color| to_text(heap, color, dialect))?;
            let color = color.replace('"', "&quot;");
            made(format!("<font color=\"{color}\">{text}</font>"))
        }
        "toLocaleString" | "toString" | "valueOf" | "normalize" => Some(receiver.clone()),
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

pub(super) fn bytes_method(
    heap: &mut Heap,
    receiver: &Val,
    bytes: &Rc<[u8]>,
    name: &str,
    args: &[Val],
    dialect: Dialect,
) -> Option<Val> {
    let taint = receiver.taint;
    let encoding = args.first().and_then(Val::as_str).map(|e| e.replace('_', "-").to_lowercase());
    match name {
        "decode" | "toString" | "toLocaleString" => match encoding.as_deref() {
            None | Some("utf-8" | "utf8" | "ascii" | "utf-8-sig") => Some(text_of(bytes.to_vec(), taint)),
            Some("latin-1" | "latin1" | "binary" | "iso-8859-1") => {
                Some(Val::str(bytes.iter().copied().map(char::from).collect::<String>(), taint))
            }
            Some("unicode-escape" | "raw-unicode-escape") => {
                Some(Val::str(decode::unicode_escape(std::str::from_utf8(bytes).ok()?), taint | Taint::DECODED))
            }
            Some("utf-16" | "utf-16-le" | "utf16le" | "ucs2") => {
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|pair| pair.iter().rev().fold(0, |n, b| n << 8 | u16::from(*b)))
                    .collect();
                Some(Val::str(String::from_utf16(&units).ok()?.trim_start_matches('\u{feff}').to_owned(), taint))
            }
            Some("base64") => Some(Val::str(decode::to_base64(bytes), taint)),
            Some("hex") if dialect.is_javascript() => Some(Val::str(hex(bytes), taint)),
            Some("hex") => decode::hex(bytes).map(|b| text_of(b, taint | Taint::DECODED)),
            _ => None,
        },
        "hex" => Some(Val::str(hex(bytes), taint)),
        "translate" => {
            let table = args.first()?.as_bytes()?;
            let made: Option<Vec<u8>> = bytes.iter().map(|b| table.get(usize::from(*b)).copied()).collect();
            Some(Val::bytes(made?, taint | Taint::DECODED))
        }
        "readUInt8" => index(heap, receiver, args.first()?, Dialect::JavaScript),
        "split" => {
            let separator = args.first()?.as_bytes()?;
            let text = std::str::from_utf8(bytes).ok()?;
            let separator = std::str::from_utf8(separator).ok().filter(|s| !s.is_empty())?;
            let parts = text.split(separator).take(MAX_ITEMS).map(|p| Val::bytes(p.as_bytes(), taint)).collect();
            Some(heap.list(parts))
        }
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
            let parts = parts?;
            fits(parts.iter().map(|part| part.len()), bytes.len()).then(|| Val::bytes(parts.join(&bytes[..]), taint))
        }
        _ => None,
    }
}

/// Where a character begins, by its number.
fn byte_of(text: &str, place: usize) -> usize {
    text.char_indices().nth(place).map_or(text.len(), |(at, _)| at)
}

/// A text with all of one part replaced, if it stays within the bound: asked before it is made.
fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    let grown = to.len().saturating_sub(from.len());
    let fits = grown == 0 || text.matches(from).count().checked_mul(grown)?.checked_add(text.len())? <= MAX_TEXT;
    fits.then(|| text.replace(from, to))
}

/// Whether parts joined by a separator stay within the bound: asked before they are joined.
pub(super) fn fits(parts: impl Iterator<Item = usize>, separator: usize) -> bool {
    parts.fold(0usize, |sum, part| sum.saturating_add(part).saturating_add(separator)) <= MAX_TEXT + separator
}
