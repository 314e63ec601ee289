//! The languages' own functions on constants.

use super::{Heap, MAX_ITEMS, Taint, Val, Value, character, count, decode, iterate, length, to_number, to_text};

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

pub(super) fn byte_list(heap: &Heap, list: &Val) -> Option<Vec<u8>> {
    heap.items(list)?.iter().map(|item| u8::try_from(count(item.as_num()?)?).ok()).collect()
}

pub(super) fn integer(heap: &Heap, args: &[Val], javascript: bool) -> Option<f64> {
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
