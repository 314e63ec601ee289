//! Pickles: the opcodes of Python's `pickletools`, protocols 0 to 5.

use std::collections::HashMap;

use super::{CUT, MAX_LISTING, Reader, bytes_literal, text_literal};

/// Most opcodes read.
const MAX_OPCODES: usize = 1_000_000;
/// An expression longer than this gets a name, so that a copy of it from the memo stays short.
const MAX_EXPRESSION: usize = 120;

/// The machine that loading a pickle is, on expressions in place of values.
#[derive(Default)]
struct Machine {
    stack: Vec<String>,
    marks: Vec<usize>,
    memo: HashMap<u64, String>,
    listing: String,
    /// How many expressions have got a name.
    named: usize,
    /// Whether anything is called.
    calls: bool,
    /// The last texts pushed, as [`text_literal`] wrote them, with what they are: module and name of a global.
    texts: HashMap<String, String>,
}

/// What loading a pickle would import and call, as Python text; `None` for bytes that are no pickle or one that calls
/// nothing.
#[must_use]
pub fn pickle_listing(bytes: &[u8]) -> Option<String> {
    let mut machine = Machine::default();
    let mut reader = Reader { rest: bytes };
    for read in 0..=MAX_OPCODES {
        if machine.listing.len() > MAX_LISTING || read == MAX_OPCODES {
            machine.listing.push_str(CUT);
            return Some(machine.listing);
        }
        match reader.byte().and_then(|opcode| machine.step(opcode, &mut reader)) {
            Some(true) => {}
            // The end; broken data after calls does not take them back.
            Some(false) | None => break,
        }
    }
    machine.calls.then_some(machine.listing)
}

impl Machine {
    /// Does one opcode; whether more follow. `None`: not a pickle, or broken.
    fn step(&mut self, opcode: u8, reader: &mut Reader) -> Option<bool> {
        match opcode {
            b'.' => return Some(false),
            // Protocol and frames.
            0x80 => drop(reader.byte()?),
            0x95 => drop(reader.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.stack.pop()?),
            b'1' => drop(self.since_mark()?),
            b'2' => {
                let last = self.stack.last()?.clone();
                self.push(last);
            }
            b'N' => self.push("None".to_owned()),
            0x88 => self.push("True".to_owned()),
            0x89 => self.push("False".to_owned()),
            b'I' | b'L' | b'F' => {
                let number = reader.line()?.trim_end_matches('L').to_owned();
                self.push(number);
            }
            b'K' => self.number(reader.number(1)?),
            b'M' => self.number(reader.number(2)?),
            b'J' => self.number(reader.number(4)?),
            0x8a => {
                let digits = reader.counted(1)?;
                self.push(format!("int.from_bytes({}, 'little')", bytes_literal(digits)));
            }
            0x8b => {
                let digits = reader.counted(4)?;
                self.push(format!("int.from_bytes({}, 'little')", bytes_literal(digits)));
            }
            b'G' => {
                let bits = reader.take(8)?.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
                self.push(format!("{:?}", f64::from_bits(bits)));
            }
            b'S' => {
                let line = reader.line()?;
                let inner = line.trim_matches(['\'', '"']);
                self.text(&crate::syntax::decode::unicode_escape(inner));
            }
            b'V' => {
                let line = crate::syntax::decode::unicode_escape(reader.line()?);
                self.text(&line);
            }
            b'U' | 0x8c => self.utf8(reader.counted(1)?),
            b'X' | b'T' => self.utf8(reader.counted(4)?),
            0x8d => self.utf8(reader.counted(8)?),
            b'C' => self.bytes(reader.counted(1)?),
            b'B' => self.bytes(reader.counted(4)?),
            0x8e | 0x96 => self.bytes(reader.counted(8)?),
            // Containers.
            b']' => self.push("[]".to_owned()),
            b')' => self.push("()".to_owned()),
            b'}' => self.push("{}".to_owned()),
            0x8f => self.push("set()".to_owned()),
            b'l' => self.gather("[", "]")?,
            b't' | 0x91 => self.gather("(", ",)")?,
            b'd' => self.gather("(", ",)")?,
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let items = self.stack.split_off(self.stack.len().checked_sub(count)?);
                self.push(format!("({},)", items.join(", ")));
            }
            b'a' => {
                let item = self.stack.pop()?;
                self.onto("append", item)?;
            }
            b'e' | 0x90 => {
                let items = self.since_mark()?.join(", ");
                self.onto("extend", format!("[{items}]"))?;
            }
            b's' => {
                let val = self.stack.pop()?;
                let key = self.stack.pop()?;
                self.onto("__setitem__", format!("{key}, {val}"))?;
            }
            b'u' => {
                let items = self.since_mark()?.join(", ");
                self.onto("update", format!("[{items}]"))?;
            }
            // The memo.
            b'p' => self.remember(reader.line()?.parse().ok()?)?,
            b'q' => self.remember(reader.number(1)?)?,
            b'r' => self.remember(reader.number(4)?)?,
            0x94 => self.remember(self.memo.len() as u64)?,
            b'g' => self.recall(reader.line()?.parse().ok()?)?,
            b'h' => self.recall(reader.number(1)?)?,
            b'j' => self.recall(reader.number(4)?)?,
            // Names and calls.
            b'c' => {
                let (module, name) = (reader.line()?, reader.line()?);
                self.global(module, name);
            }
            0x93 => {
                let (name, module) = (self.stack.pop()?, self.stack.pop()?);
                match (self.texts.get(&module).cloned(), self.texts.get(&name).cloned()) {
                    (Some(module), Some(name)) => self.global(&module, &name),
                    _ => self.push(format!("getattr(__import__({module}), {name})")),
                }
            }
            b'R' | 0x81 => {
                let args = self.stack.pop()?;
                let callee = self.stack.pop()?;
                self.call(&callee, &spread(&args));
            }
            0x92 => {
                let (named, args) = (self.stack.pop()?, self.stack.pop()?);
                let callee = self.stack.pop()?;
                self.call(&callee, &format!("*{args}, **{named}"));
            }
            b'i' => {
                let (module, name) = (reader.line()?.to_owned(), reader.line()?.to_owned());
                let args = self.since_mark()?.join(", ");
                self.global(&module, &name);
                let callee = self.stack.pop()?;
                self.call(&callee, &args);
            }
            b'o' => {
                let mut args = self.since_mark()?;
                if args.is_empty() {
                    return None;
                }
                let callee = args.remove(0);
                self.call(&callee, &args.join(", "));
            }
            b'b' => {
                let state = self.stack.pop()?;
                self.onto("__setstate__", state)?;
            }
            // Objects kept elsewhere.
            b'P' => {
                let name = text_literal(reader.line()?);
                self.push(name);
            }
            b'Q' => {}
            0x82 => drop(reader.number(1)?),
            0x83 => drop(reader.number(2)?),
            0x84 => drop(reader.number(4)?),
            0x97 | 0x98 => {}
            _ => return None,
        }
        Some(true)
    }

    /// Pushes an expression, under a name if it is long.
    fn push(&mut self, expression: String) {
        if expression.len() <= MAX_EXPRESSION {
            self.stack.push(expression);
            return;
        }
        let name = self.name(&expression);
        self.stack.push(name);
    }

    fn name(&mut self, expression: &str) -> String {
        let name = format!("v{}", self.named);
        self.named += 1;
        self.listing.push_str(&format!("{name} = {expression}\n"));
        name
    }

    fn number(&mut self, number: u64) {
        self.push(number.to_string());
    }

    fn text(&mut self, text: &str) {
        let literal = text_literal(text);
        if text.len() < MAX_EXPRESSION {
            self.texts.insert(literal.clone(), text.to_owned());
        }
        self.push(literal);
    }

    fn utf8(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text),
            Err(_) => self.bytes(bytes),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.push(bytes_literal(bytes));
    }

    fn since_mark(&mut self) -> Option<Vec<String>> {
        let mark = self.marks.pop()?;
        (mark <= self.stack.len()).then(|| self.stack.split_off(mark))
    }

    fn gather(&mut self, open: &str, close: &str) -> Option<()> {
        let items = self.since_mark()?.join(", ");
        self.push(if items.is_empty() { "()".to_owned() } else { format!("{open}{items}{close}") });
        Some(())
    }

    /// A change of the object on top: it gets a name to be spoken of.
    fn onto(&mut self, method: &str, args: String) -> Option<()> {
        let object = self.stack.pop()?;
        let plain = object.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let name = if plain { object } else { self.name(&object) };
        self.listing.push_str(&format!("{name}.{method}({args})\n"));
        self.stack.push(name);
        Some(())
    }

    fn remember(&mut self, at: u64) -> Option<()> {
        self.memo.insert(at, self.stack.last()?.clone());
        Some(())
    }

    fn recall(&mut self, at: u64) -> Option<()> {
        let expression = self.memo.get(&at)?.clone();
        self.push(expression);
        Some(())
    }

    /// A name of a module. The modules behind `os` are written as `os`.
    fn global(&mut self, module: &str, name: &str) {
        let word = |text: &str| {
            !text.is_empty()
                && text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
        };
        if !word(module) || !word(name) {
            self.push(format!("getattr(__import__({}), {})", text_literal(module), text_literal(name)));
            return;
        }
        match module {
            "builtins" | "__builtin__" => self.push(name.to_owned()),
            _ => {
                let module = if matches!(module, "posix" | "nt") { "os" } else { module };
                self.listing.push_str(&format!("import {module}\n"));
                self.push(format!("{module}.{name}"));
            }
        }
    }

    fn call(&mut self, callee: &str, args: &str) {
        self.calls = true;
        let name = self.name(&format!("{callee}({args})"));
        self.stack.push(name);
    }
}

/// The arguments that a tuple holds.
fn spread(tuple: &str) -> String {
    match tuple.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => inner.strip_suffix(',').unwrap_or(inner).to_owned(),
        None => format!("*{tuple}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::protocol_0(b"cos\nsystem\n(S'id'\ntR.", "import os\nv0 = os.system('id')\n")]
    #[case::protocol_2(
        b"\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.",
        "import os\nv0 = os.system('id')\n"
    )]
    #[case::protocol_4(
        b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
        "import os\nv0 = os.system('id')\n"
    )]
    #[case::instance(b"(S'id'\nios\nsystem\n.", "import os\nv0 = os.system('id')\n")]
    #[case::object(b"(cos\nsystem\nS'id'\no.", "import os\nv0 = os.system('id')\n")]
    #[case::build(
        b"cdemo\nThing\n)R}S'a'\nI1\nsb.",
        "import demo\nv0 = demo.Thing()\nv1 = {}\nv1.__setitem__('a', 1)\nv0.__setstate__(v1)\n"
    )]
    #[case::builtin(b"c__builtin__\neval\n(V1+1\ntR.", "v0 = eval('1+1')\n")]
    fn calls_are_listed(#[case] bytes: &[u8], #[case] listing: &str) {
        assert_eq!(pickle_listing(bytes).as_deref(), Some(listing));
    }

    #[rstest]
    #[case::data(b"\x80\x03}q\x00X\x01\x00\x00\x00aq\x01K\x01s.")]
    #[case::text(b"hello")]
    #[case::empty(b"")]
    fn data_lists_nothing(#[case] bytes: &[u8]) {
        assert_eq!(pickle_listing(bytes), None);
    }

    #[test]
    fn a_memo_that_doubles_stays_small() {
        let mut bytes = b"cos\nsystem\n(S'id'\ntR0]p0\n".to_vec();
        for _ in 0..5000 {
            bytes.extend(b"g0\ng0\n\x86p0\n");
        }
        assert!(pickle_listing(&bytes).unwrap().len() < 1 << 20);
    }
}
