//! The languages' own functions on constants.

use crate::behavior::interpret::Dialect;
use std::collections::BTreeMap;

use super::{
    Heap, MAX_ITEMS, MAX_TEXT, Rc, Taint, Val, Value, character, count, decode, integers, iterate, length, to_number,
    to_text,
};

/// A function outside the package on constant arguments; `path` is normalised. `None`: not known.
pub fn function(heap: &mut Heap, path: &str, args: &[Val], dialect: Dialect) -> Option<Val> {
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
        "base64.a85decode" => out(decode::ascii85(bytes()?)),
        "base64.b16decode" | "binascii.unhexlify" | "binascii.a2b_hex" | "bytes.fromhex" | "bytearray.fromhex" => {
            out(decode::hex(bytes()?))
        }
        "zlib.decompress"
        | "gzip.decompress"
        | "zlib.decompressobj.decompress"
        | "zlib.inflateSync"
        | "zlib.gunzipSync"
        | "zlib.unzipSync"
        | "zlib.inflateRawSync"
        | "pako.inflate"
        | "pako.ungzip" => out(decode::inflate(bytes()?)),
        "bz2.decompress" | "bz2.BZ2Decompressor.decompress" => out(decode::bunzip2(bytes()?)),
        "lzma.decompress" | "lzma.LZMADecompressor.decompress" => out(decode::unlzma(bytes()?)),
        "codecs.decode" | "codecs.encode" => {
            let codec = args.get(1).and_then(Val::as_str)?.replace(['_', '-'], "").to_lowercase();
            match (codec.as_str(), path == "codecs.decode") {
                ("rot13", _) => Some(Val::str(decode::rot13(std::str::from_utf8(bytes()?).ok()?), decoded)),
                ("hex" | "hexcodec", true) => out(decode::hex(bytes()?)),
                ("base64" | "base64codec", true) => out(decode::base64(bytes()?)),
                ("zlib" | "zip" | "zlibcodec", true) => out(decode::inflate(bytes()?)),
                ("bz2" | "bz2codec", true) => out(decode::bunzip2(bytes()?)),
                ("unicodeescape" | "rawunicodeescape", true) => {
                    Some(Val::str(decode::unicode_escape(std::str::from_utf8(bytes()?).ok()?), decoded))
                }
                ("utf8" | "ascii" | "latin1", true) => Some(super::text_of(bytes()?.to_vec(), taint)),
                ("utf8" | "ascii", false) => Some(Val::bytes(bytes()?, taint)),
                _ => None,
            }
        }
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
        "decodeURIComponent" | "decodeURI" => {
            Some(Val::str(String::from_utf8(decode::url_bytes(text()?)).ok()?, taint))
        }
        "escape" => {
            let mut made = String::new();
            for c in to_text(heap, first, Dialect::JavaScript)?.chars() {
                match u32::from(c) {
                    _ if c.is_ascii_alphanumeric() || "@*_+-./".contains(c) => made.push(c),
                    code @ 0..=255 => made.push_str(&format!("%{code:02X}")),
                    code => made.push_str(&format!("%u{code:04X}")),
                }
            }
            Some(Val::str(made, taint))
        }
        "unescape" => Some(Val::str(decode::unescape(text()?), taint)),
        "urllib.parse.unquote" | "urllib.parse.unquote_plus" | "urllib.unquote" => {
            Some(Val::str(decode::url(text()?), taint))
        }
        "String.fromCharCode" | "String.fromCodePoint" => {
            let spread = (args.len() == 1).then(|| heap.items(first).cloned()).flatten();
            let codes = spread.as_deref().unwrap_or(args);
            let chars: Option<String> =
                codes.iter().map(|c| character(to_number(heap, c, Dialect::JavaScript)?)).collect();
            Some(Val::str(chars?, if codes.len() > 3 { decoded } else { taint }))
        }
        "Boolean" => Some(Value::Bool(super::truth(heap, first, Dialect::JavaScript)?).into()),
        "RegExp" => {
            let flags = args.get(1).and_then(Val::as_str).unwrap_or_default();
            // A slash is written so that the pattern reads as a literal.
            let source = text()?.replace('/', "\\/").replace("\\\\/", "\\/");
            Some(Value::Regex((source, flags.to_owned()).into()).into())
        }
        "chr" | "unichr" => Some(Val::str(character(first.as_num()?)?.to_string(), taint)),
        "ord" => match &first.value {
            Value::Str(text) => Some(Val::num(f64::from(u32::from(text.chars().next()?))).with(taint)),
            Value::Bytes(bytes) => bytes.first().map(|b| Val::num(f64::from(*b)).with(taint)),
            _ => None,
        },
        "int" if !dialect.is_javascript() => python_integer(args, taint),
        "parseInt" | "Number.parseInt" => integer(heap, args, dialect).map(|n| Val::num(n).with(taint)),
        "float" | "Number" | "parseFloat" => {
            to_number(heap, first, Dialect::JavaScript).map(|n| Val::num(n).with(taint))
        }
        "str" | "String" | "unicode" => {
            let text = to_text(heap, first, dialect)?;
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
        "String.raw" => {
            let texts = heap.items(first)?;
            let mut made = String::new();
            for (place, part) in texts.iter().enumerate() {
                made.push_str(part.as_str()?);
                if made.len() > MAX_TEXT {
                    return None;
                }
                if let Some(value) = args.get(place + 1).filter(|_| place + 1 < texts.len()) {
                    made.push_str(&to_text(heap, value, Dialect::JavaScript)?);
                }
            }
            Some(Val::str(made, taint))
        }
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
        "enumerate" if args.len() == 1 => {
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
        "hex" => Some(Val::str(format!("0x{}", integers::digits(&integers::of(first)?, 16)?), taint)),
        "oct" => Some(Val::str(format!("0o{}", integers::digits(&integers::of(first)?, 8)?), taint)),
        "Math.floor" => Some(Val::num(first.as_num()?.floor())),
        "Math.ceil" => Some(Val::num(first.as_num()?.ceil())),
        "Math.round" => Some(Val::num((first.as_num()? + 0.5).floor())),
        "Math.pow" | "pow" if args.len() == 2 => Some(Val::num(first.as_num()?.powf(args.get(1)?.as_num()?))),
        "pow" if args.len() == 3 => integers::power(args, taint),
        "Math.min" | "min" if args.len() > 1 => least(args, false),
        "Math.max" | "max" if args.len() > 1 => least(args, true),
        "sum" => {
            let items = iterate(heap, first)?;
            items.iter().map(Val::as_num).sum::<Option<f64>>().map(Val::num)
        }
        "itertools.cycle" => {
            let items = iterate(heap, first)?;
            let rounds = CYCLED.checked_div(items.len())?.max(1);
            Some(heap.list(std::iter::repeat_n(items, rounds).flatten().collect()))
        }
        "itertools.chain.from_iterable" => {
            let lists: Option<Vec<Vec<Val>>> = iterate(heap, first)?.iter().map(|list| iterate(heap, list)).collect();
            let items: Vec<Val> = lists?.into_iter().flatten().take(MAX_ITEMS).collect();
            Some(heap.list(items))
        }
        "bin" => Some(Val::str(format!("0b{}", integers::digits(&integers::of(first)?, 2)?), taint)),
        "bytes.maketrans" | "bytearray.maketrans" | "string.maketrans" => {
            let mut table: Vec<u8> = (0..=255).collect();
            for (from, to) in bytes()?.iter().zip(args.get(1)?.as_bytes()?) {
                *table.get_mut(usize::from(*from))? = *to;
            }
            Some(Val::bytes(table, taint))
        }
        "str.maketrans" => translation(heap, args, taint),
        "int.from_bytes" => {
            let little = args.get(1).and_then(Val::as_str) == Some("little");
            integers::from_bytes(bytes()?, little, false, decoded)
        }
        "json.loads" | "JSON.parse" => {
            json(heap, &serde_json::from_str(std::str::from_utf8(bytes()?).ok()?).ok()?, taint)
        }
        "Math.abs" | "abs" => Some(Val::num(first.as_num()?.abs())),
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
        _ if !dialect.is_javascript() => super::python::folds::function(heap, path, args),
        _ => None,
    }
}

/// Items that `itertools.cycle` stands for here: as many as a key is ever repeated over.
const CYCLED: usize = 1 << 16;

/// The least or greatest of some numbers.
fn least(args: &[Val], greatest: bool) -> Option<Val> {
    let numbers: Option<Vec<f64>> = args.iter().map(Val::as_num).collect();
    let best = numbers?.into_iter().reduce(|a, b| if greatest { a.max(b) } else { a.min(b) })?;
    Some(Val::num(best))
}

/// Python's `int(x)`, `int(text, base)`.
fn python_integer(args: &[Val], taint: Taint) -> Option<Val> {
    let first = args.first()?;
    match &first.value {
        Value::Int(_) => return Some(first.clone()),
        _ if first.as_num().is_some() => return Some(Val::num(first.as_num()?.trunc()).with(taint)),
        _ => {}
    }
    let text = std::str::from_utf8(first.as_bytes()?).ok()?.trim().to_lowercase();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
    let base = args.get(1).map_or(Some(10), |base| u32::try_from(count(base.as_num()?)?).ok())?;
    let prefix = [(16, "0x"), (8, "0o"), (2, "0b")].into_iter().find(|(_, prefix)| digits.starts_with(prefix));
    let (base, digits) = match prefix {
        Some((of, _)) if base == of || base == 0 => (of, digits.get(2..)?),
        _ => (if base == 0 { 10 } else { base }, digits),
    };
    if !(2..=36).contains(&base) || !digits.chars().all(|c| c.is_digit(base) || c == '_') {
        return None;
    }
    let number = integers::parse(digits, base)?;
    integers::value(if negative { -number } else { number }, taint)
}

/// The table of `str.maketrans`: what each character, by its number, becomes.
fn translation(heap: &mut Heap, args: &[Val], taint: Taint) -> Option<Val> {
    let mut table: BTreeMap<Rc<str>, Val> = BTreeMap::new();
    let code = |c: char| Rc::from(u32::from(c).to_string());
    match args {
        [map] => {
            for (key, val) in heap.entries(map)? {
                let mut chars = key.chars();
                match (chars.next(), chars.next()) {
                    (Some(only), None) => table.insert(code(only), val.clone()),
                    _ => table.insert(key.clone(), val.clone()),
                };
            }
        }
        [from, to, rest @ ..] => {
            for (from, to) in from.as_str()?.chars().zip(to.as_str()?.chars()) {
                table.insert(code(from), Val::str(to.to_string(), taint));
            }
            for dropped in rest.first().and_then(Val::as_str).unwrap_or_default().chars() {
                table.insert(code(dropped), Value::Null.into());
            }
        }
        [] => return None,
    }
    Some(heap.dict(table))
}

/// A parsed JSON text as a value. The parser bounds its depth.
fn json(heap: &mut Heap, parsed: &serde_json::Value, taint: Taint) -> Option<Val> {
    Some(match parsed {
        serde_json::Value::Null => Value::Null.into(),
        serde_json::Value::Bool(truth) => Value::Bool(*truth).into(),
        serde_json::Value::Number(number) => Val::num(number.as_f64()?),
        serde_json::Value::String(text) => Val::str(text.as_str(), taint),
        serde_json::Value::Array(items) => {
            let items: Option<Vec<Val>> = items.iter().map(|item| json(heap, item, taint)).collect();
            heap.list(items?)
        }
        serde_json::Value::Object(entries) => {
            let entries: Option<BTreeMap<Rc<str>, Val>> =
                entries.iter().map(|(key, val)| Some((key.as_str().into(), json(heap, val, taint)?))).collect();
            heap.dict(entries?)
        }
    })
}

pub(super) fn byte_list(heap: &Heap, list: &Val) -> Option<Vec<u8>> {
    heap.items(list)?.iter().map(|item| u8::try_from(count(item.as_num()?)?).ok()).collect()
}

pub(super) fn integer(heap: &Heap, args: &[Val], dialect: Dialect) -> Option<f64> {
    let first = args.first()?;
    if let Some(number) = first.as_num() {
        return Some(number.trunc());
    }
    let text = to_text(heap, first, dialect)?;
    let text = text.trim();
    let base = args.get(1).and_then(Val::as_num).map_or(10, |b| count(b).unwrap_or(10));
    let (base, digits) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(rest) if base == 16 || base == 0 || (dialect.is_javascript() && args.len() < 2) => (16, rest),
        _ => (if base == 0 { 10 } else { base }, text),
    };
    let base = u32::try_from(base).ok().filter(|b| (2..=36).contains(b))?;
    let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
    // JavaScript reads as many digits as fit and ignores the rest.
    let end = digits.find(|c: char| !c.is_digit(base)).unwrap_or(digits.len());
    let used = if dialect.is_javascript() { digits.get(..end)? } else { digits };
    if used.is_empty() {
        return dialect.is_javascript().then_some(f64::NAN);
    }
    let mut value = 0.0;
    for c in used.chars() {
        value = value * f64::from(base) + f64::from(c.to_digit(base)?);
    }
    Some(if negative { -value } else { value })
}

pub(super) fn range(heap: &mut Heap, args: &[Val]) -> Option<Val> {
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

/// A whole number as the nearest double.
#[allow(clippy::cast_precision_loss)]
pub(super) fn rounded(number: u64) -> f64 {
    number as f64
}
