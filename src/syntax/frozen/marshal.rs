//! Marshalled code objects, Python 2.7 to 3.14: their names and constants.
//!
//! The bytecode itself differs from version to version and is not read: names stand in order of first use, so that an
//! import is followed by what is taken from it.

use super::{CUT, MAX_LISTING, Reader, bytes_literal, text_literal};

/// Most objects read.
const MAX_OBJECTS: usize = 500_000;
/// Most names and constants listed: code objects may share one long list of them.
const MAX_NAMES: usize = 200_000;
/// Constants from this length on may be code in disguise.
const MIN_PAYLOAD: usize = 100;

/// Names of decoders with the call they are written as.
const DECODERS: [(&str, &str); 12] = [
    ("loads", "__import__('marshal').loads"),
    ("b64decode", "__import__('base64').b64decode"),
    ("b32decode", "__import__('base64').b32decode"),
    ("b16decode", "__import__('base64').b16decode"),
    ("b85decode", "__import__('base64').b85decode"),
    ("a85decode", "__import__('base64').a85decode"),
    ("decompress", "__import__('zlib').decompress"),
    ("unhexlify", "__import__('binascii').unhexlify"),
    ("fromhex", "bytes.fromhex"),
    ("compile", ""),
    ("bz2", "__import__('bz2').decompress"),
    ("lzma", "__import__('lzma').decompress"),
];

/// Names whose call is written where a constant is decoded.
const RUNS: [&str; 3] = ["exec", "eval", "__import__"];

/// An object read.
#[derive(Debug, Clone)]
enum Object {
    /// Nothing that is listed: a number, `None`.
    Plain,
    /// The number -1, the step of a slice that reverses.
    MinusOne,
    Text(String),
    Bytes(Vec<u8>),
    /// Tuples, lists, sets and dictionaries: indices of their parts.
    Many(Vec<usize>),
    Code(Code),
    /// Stands for an object still being read.
    Reserved,
}

/// A code object's parts: indices of objects.
#[derive(Debug, Clone, Default)]
struct Code {
    fields: Vec<usize>,
}

/// A container being read.
enum Open {
    /// So many more parts; the reference's slot.
    Many {
        left: usize,
        parts: Vec<usize>,
        slot: Option<usize>,
    },
    /// Parts until the null object.
    Dict {
        parts: Vec<usize>,
        slot: Option<usize>,
    },
    Code {
        fields: Vec<usize>,
        slot: Option<usize>,
    },
}

/// The objects of one marshalled value.
#[derive(Default)]
struct Objects {
    all: Vec<Object>,
    references: Vec<usize>,
    /// Python 2's interned texts.
    interned: Vec<usize>,
}

/// What a marshalled code object imports, names and holds, as Python text. `module` and `call` say which dotted names
/// are known as a module and as a call worth listing. `None` for bytes that hold no code object.
#[must_use]
pub fn code_listing(bytes: &[u8], module: &dyn Fn(&str) -> bool, call: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut objects = Objects::default();
    objects.read(&mut Reader { rest: bytes });
    let codes: Vec<&Code> =
        objects.all.iter().filter_map(|o| if let Object::Code(code) = o { Some(code) } else { None }).collect();
    if codes.is_empty() {
        return None;
    }
    // Parts are read before the whole: the module's own code stands last, and is listed first.
    let codes: Vec<&Code> = codes.into_iter().rev().collect();
    let mut listing = String::new();
    let names: Vec<&str> = codes.iter().flat_map(|code| objects.names(code)).take(MAX_NAMES).collect();
    let decoders = decoders(&names, &objects);
    let reversing = objects.all.iter().any(|o| matches!(o, Object::MinusOne));
    let mut imported: Vec<&str> = Vec::new();
    let mut listed = 0;
    for code in codes {
        if listing.len() > MAX_LISTING {
            listing.push_str(CUT);
            break;
        }
        listing.push_str(&format!("# {}\n", objects.title(code)));
        let names = objects.names(code);
        listed += names.len();
        if listed > MAX_NAMES {
            listing.push_str(CUT);
            break;
        }
        for name in &names {
            if module(name) && !imported.contains(name) {
                imported.push(name);
                listing.push_str(&format!("import {name}\n"));
            }
            // Running what a decoder yields is written with the constant that it decodes.
            if call(name) && (decoders.is_empty() || !RUNS.contains(name)) {
                listing.push_str(&format!("{name}(...)\n"));
            }
            for from in imported.iter().filter(|from| call(&format!("{from}.{name}"))).take(1) {
                listing.push_str(&format!("{from}.{name}(...)\n"));
            }
        }
        let constants = objects.constants(code);
        listed += constants.len();
        for constant in constants {
            match constant {
                Object::Text(text) if text.len() >= MIN_PAYLOAD && !decoders.is_empty() => {
                    listing.push_str(&payload(&text_literal(text), text.as_bytes(), &decoders, reversing));
                }
                Object::Bytes(bytes) if bytes.len() >= MIN_PAYLOAD && !decoders.is_empty() => {
                    listing.push_str(&payload(&bytes_literal(bytes), bytes, &decoders, reversing));
                }
                Object::Text(text) => listing.push_str(&format!("{}\n", text_literal(text))),
                Object::Bytes(bytes) => listing.push_str(&format!("{}\n", bytes_literal(bytes))),
                _ => {}
            }
        }
    }
    Some(listing)
}

/// [`code_listing`] of a `.pyc` file: the header of any version is skipped.
#[must_use]
pub fn compiled_listing(bytes: &[u8], module: &dyn Fn(&str) -> bool, call: &dyn Fn(&str) -> bool) -> Option<String> {
    if bytes.get(2..4) != Some(b"\r\n") {
        return None;
    }
    // Flags since 3.7, the source's size since 3.3, else only its date.
    [16, 12, 8].into_iter().find_map(|header| code_listing(bytes.get(header..)?, module, call))
}

/// The decoders among names, in the order in which they stand.
fn decoders(names: &[&str], objects: &Objects) -> Vec<&'static str> {
    let held = |word: &str| {
        names.contains(&word) || objects.all.iter().any(|o| matches!(o, Object::Text(text) if text == word))
    };
    let mut found: Vec<&'static str> = Vec::new();
    for name in names {
        for (known, call) in DECODERS {
            // `decompress` is that of whichever module is spoken of.
            let call = match known {
                "bz2" | "lzma" => continue,
                "decompress" if held("bz2") && !held("zlib") => "__import__('bz2').decompress",
                "decompress" if held("lzma") && !held("zlib") => "__import__('lzma').decompress",
                "loads" if !held("marshal") => continue,
                _ => call,
            };
            if *name == known && !call.is_empty() && !found.contains(&call) {
                found.push(call);
            }
        }
    }
    found
}

/// A constant that the decoders named may unfold, as the call that would.
fn payload(literal: &str, bytes: &[u8], decoders: &[&str], reversing: bool) -> String {
    let last = decoders.last().copied().unwrap_or_default();
    // Base64 read backwards begins with its padding.
    let backwards = reversing
        && (bytes.starts_with(b"=") || last.contains("b64") && crate::syntax::decode::base64(bytes).is_none());
    let backwards = backwards
        || reversing && {
            let turned: Vec<u8> = bytes.iter().rev().copied().collect();
            let reads = |bytes: &[u8]| {
                crate::syntax::decode::base64(bytes).and_then(|b| crate::syntax::decode::inflate(&b)).is_some()
            };
            !reads(bytes) && reads(&turned)
        };
    let mut expression = format!("{literal}{}", if backwards { "[::-1]" } else { "" });
    for decoder in decoders.iter().rev() {
        expression = format!("{decoder}({expression})");
    }
    format!("exec({expression})\n")
}

impl Objects {
    /// Reads one value and all its parts, without recursion.
    fn read(&mut self, reader: &mut Reader) -> Option<()> {
        let mut open: Vec<Open> = Vec::new();
        while self.all.len() < MAX_OBJECTS {
            let kind = reader.byte()?;
            let slot = (kind & 0x80 != 0).then(|| {
                self.references.push(0);
                self.references.len() - 1
            });
            let mut done = match kind & 0x7f {
                b'0' => match open.pop()? {
                    Open::Dict { parts, slot } => Some(self.close(Object::Many(parts), slot)),
                    _ => return None,
                },
                b'N' | b'T' | b'F' | b'S' | b'.' => Some(self.close(Object::Plain, slot)),
                b'i' => {
                    let number = reader.number(4)?;
                    let object = if number == u64::from(u32::MAX) { Object::MinusOne } else { Object::Plain };
                    Some(self.close(object, slot))
                }
                b'I' | b'g' => {
                    reader.take(8)?;
                    Some(self.close(Object::Plain, slot))
                }
                b'f' => {
                    reader.counted(1)?;
                    Some(self.close(Object::Plain, slot))
                }
                b'x' => {
                    reader.counted(1)?;
                    reader.counted(1)?;
                    Some(self.close(Object::Plain, slot))
                }
                b'y' => {
                    reader.take(16)?;
                    Some(self.close(Object::Plain, slot))
                }
                b'l' => {
                    let count = reader.number(4)? as u32;
                    // A negative count is a negative number's.
                    let digits = (count as i32).unsigned_abs() as usize;
                    reader.take(digits.checked_mul(2)?)?;
                    Some(self.close(Object::Plain, slot))
                }
                b's' => {
                    let bytes = reader.counted(4)?.to_vec();
                    Some(self.close(Object::Bytes(bytes), slot))
                }
                kind @ (b't' | b'u' | b'a' | b'A' | b'z' | b'Z') => {
                    let bytes = reader.counted(if matches!(kind, b'z' | b'Z') { 1 } else { 4 })?;
                    let at = self.close(Object::Text(String::from_utf8_lossy(bytes).into_owned()), slot);
                    if kind == b't' {
                        self.interned.push(at);
                    }
                    Some(at)
                }
                b'R' => Some(*self.interned.get(usize::try_from(reader.number(4)?).ok()?)?),
                b'r' => Some(*self.references.get(usize::try_from(reader.number(4)?).ok()?)?),
                kind @ (b'(' | b'[' | b'<' | b'>' | b')' | b':') => {
                    let left = match kind {
                        b')' => usize::from(reader.byte()?),
                        b':' => 3,
                        _ => usize::try_from(reader.number(4)?).ok()?,
                    };
                    if left > reader.rest.len() {
                        return None;
                    }
                    if left == 0 {
                        Some(self.close(Object::Many(Vec::new()), slot))
                    } else {
                        open.push(Open::Many { left, parts: Vec::new(), slot });
                        None
                    }
                }
                b'{' => {
                    open.push(Open::Dict { parts: Vec::new(), slot });
                    None
                }
                b'c' => {
                    // Four to six numbers, by version; then comes the bytecode, a bytes object.
                    let numbers = [6, 5, 4].into_iter().find(|count| {
                        let length =
                            reader.rest.get(count * 4 + 1..count * 4 + 5).map(|l| Reader { rest: l }.number(4));
                        let fits = length.flatten().is_some_and(|length| length < reader.rest.len() as u64);
                        fits && reader.rest.get(count * 4).is_some_and(|kind| kind & 0x7f == b's')
                    })?;
                    reader.take(numbers * 4)?;
                    open.push(Open::Code { fields: Vec::new(), slot });
                    None
                }
                _ => return None,
            };
            // What is complete may complete what it is part of.
            while let Some(at) = done.take() {
                let Some(inner) = open.last_mut() else { return Some(()) };
                match inner {
                    Open::Many { left, parts, .. } => {
                        parts.push(at);
                        *left -= 1;
                        if *left > 0 {
                            continue;
                        }
                    }
                    Open::Dict { parts, .. } => {
                        parts.push(at);
                        continue;
                    }
                    Open::Code { fields, .. } => {
                        fields.push(at);
                        if fields.len() == 8 {
                            // The first line's number stands between the objects.
                            reader.take(4)?;
                        }
                        // Since 3.11 the fifth is bytes, and two tables end it; before, one.
                        let fifth = fields.get(4).and_then(|at| self.all.get(*at));
                        let whole = if matches!(fifth, Some(Object::Bytes(_))) { 10 } else { 9 };
                        if fields.len() < whole {
                            continue;
                        }
                    }
                }
                done = match open.pop()? {
                    Open::Many { parts, slot, .. } => Some(self.close(Object::Many(parts), slot)),
                    Open::Code { fields, slot } => Some(self.close(Object::Code(Code { fields }), slot)),
                    Open::Dict { .. } => None,
                };
            }
        }
        None
    }

    fn close(&mut self, object: Object, slot: Option<usize>) -> usize {
        self.all.push(object);
        let at = self.all.len() - 1;
        if let Some(slot) = slot.and_then(|slot| self.references.get_mut(slot)) {
            *slot = at;
        }
        at
    }

    fn field(&self, code: &Code, place: usize) -> &Object {
        code.fields.get(place).and_then(|at| self.all.get(*at)).unwrap_or(&Object::Reserved)
    }

    fn parts(&self, object: &Object) -> Vec<&Object> {
        match object {
            Object::Many(parts) => parts.iter().filter_map(|at| self.all.get(*at)).collect(),
            _ => Vec::new(),
        }
    }

    fn names(&self, code: &Code) -> Vec<&str> {
        let parts = self.parts(self.field(code, 2));
        parts.into_iter().filter_map(Object::word).collect()
    }

    /// The constants, those of constant tuples among them.
    fn constants(&self, code: &Code) -> Vec<&Object> {
        let mut found = Vec::new();
        for constant in self.parts(self.field(code, 1)) {
            match constant {
                Object::Many(_) => found.extend(self.parts(constant)),
                _ => found.push(constant),
            }
        }
        found
    }

    /// The name of the function, or `<module>`.
    fn title(&self, code: &Code) -> String {
        let since = usize::from(matches!(self.field(code, 4), Object::Bytes(_)));
        let name = match self.field(code, 7 - since) {
            Object::Text(text) => text.as_str(),
            _ => "code",
        };
        name.chars().filter(|c| !c.is_control()).take(80).collect()
    }
}

impl Object {
    /// A name: only what Python would take for one.
    fn word(&self) -> Option<&str> {
        let text = match self {
            Object::Text(text) => text.as_str(),
            Object::Bytes(bytes) => std::str::from_utf8(bytes).ok()?,
            _ => return None,
        };
        let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        plain.then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::syntax::decode;

    fn listing(hex: &str) -> Option<String> {
        let known = |name: &str| matches!(name, "os");
        code_listing(&decode::hex(hex.as_bytes())?, &known, &|path| path == "os.system")
    }

    /// `import os` and `os.system('id')`, as each version's own `marshal.dumps(compile(..))` writes it.
    #[rstest]
    #[case::python_3_6(
        "e300000000000000000000000002000000400000007316000000640064016c005a0065006a01640283010100640153002903\
         e9000000004eda0269642902da026f73da0673797374656da90072050000007205000000da0178da083c6d6f64756c653e01\
         00000073020000000801"
    )]
    #[case::python_3_8(
        "e30000000000000000000000000000000003000000400000007316000000640064016c005a006500a0016402a10101006401\
         53002903e9000000004eda0269642902da026f73da0673797374656da90072050000007205000000da0178da083c6d6f6475\
         6c653e0100000073020000000801"
    )]
    #[case::python_3_11(
        "e30000000000000000000000000300000000000000f32e0000009700640064016c005a00020065006a010000000000000000\
         6402a6010000ab0100000000000000000100640153002903e9000000004eda0269642902da026f73da0673797374656da900\
         f300000000da0178fa083c6d6f64756c653e7209000000010000007321000000f003010101d80009800980098009d8000980\
         0284098824810f840f800f800f800f7207000000"
    )]
    #[case::python_3_13(
        "e30000000000000000000000000300000000000000f3300000009500530053014b0072005c00520200000000000000000000\
         0000000000000000220053023501000000000000200067012903e9000000004eda0269642902da026f73da0673797374656d\
         a900f300000000da0178da083c6d6f64756c653e7209000000010000007313000000f003010101db0009d800028709820988\
         24850f7207000000"
    )]
    fn code_of_every_layout_is_read(#[case] hex: &str) {
        assert_eq!(listing(hex).as_deref(), Some("# <module>\nimport os\nos.system(...)\n'id'\n"));
    }

    #[test]
    fn broken_data_ends() {
        // A tuple in a tuple, a hundred thousand deep; a length beyond the data; no code at all.
        assert_eq!(listing(&"2901".repeat(100_000)), None);
        assert_eq!(listing("28ffffffff"), None);
        assert_eq!(listing("e9000000004e"), None);
    }
}
