//! ONNX: operators of other domains come from libraries that are loaded with it, and weights may lie in other files.

use super::{CALLS, Model, short};

/// Domains whose operators every runtime has.
const OWN: [&str; 6] = ["", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"];
/// Most fields read of one model.
const FIELDS: usize = 2_000_000;

/// A field of a message of protobuf.
enum Field<'b> {
    /// A number.
    Number(u64),
    /// A text, bytes, or another message.
    Bytes(&'b [u8]),
    /// Four or eight bytes.
    Fixed,
}

/// The fields of a message in order; ends at what is none.
struct Fields<'b> {
    rest: &'b [u8],
    /// Whether all of it was read.
    whole: bool,
}

impl<'b> Fields<'b> {
    fn of(bytes: &'b [u8]) -> Self {
        Self { rest: bytes, whole: bytes.is_empty() }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for at in 0..10 {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f).checked_shl(7 * at)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn part(&mut self, count: u64) -> Option<&'b [u8]> {
        let (part, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(part)
    }

    fn field(&mut self) -> Option<(u64, Field<'b>)> {
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => self.part(8).map(|_| Field::Fixed)?,
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.part(length)?)
            }
            5 => self.part(4).map(|_| Field::Fixed)?,
            _ => return None,
        };
        (tag >> 3 > 0).then_some((tag >> 3, field))
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, Field<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.field();
        self.whole = self.rest.is_empty() && (field.is_some() || self.whole);
        field
    }
}

/// Messages of a field with this number.
fn inner(bytes: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    Fields::of(bytes).take(FIELDS).filter_map(move |(at, field)| match field {
        Field::Bytes(part) if at == number => Some(part),
        _ => None,
    })
}

fn text(bytes: &[u8], number: u64) -> String {
    inner(bytes, number).next().map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
}

/// Reads a model; `None` for bytes that are none: it begins with the version of its format and has a graph and the sets of
/// operators that it needs.
pub(super) fn read(bytes: &[u8]) -> Option<Model> {
    let mut fields = Fields::of(bytes);
    let (mut graph, mut sets, mut version) = (None, Vec::new(), 0);
    for (number, field) in fields.by_ref().take(10_000) {
        match (number, field) {
            (1, Field::Number(number)) => version = number,
            (7, Field::Bytes(part)) => graph = Some(part),
            (8, Field::Bytes(part)) => sets.push(part),
            _ => {}
        }
    }
    let graph = graph.filter(|_| fields.whole && (1..=64).contains(&version) && !sets.is_empty())?;
    let mut model = Model::of("an ONNX model");
    let mut known: Vec<String> = Vec::new();
    let domains = sets.iter().map(|set| text(set, 1)).chain(inner(graph, 1).map(|node| text(node, 7)));
    for domain in domains {
        if !OWN.contains(&domain.as_str()) && !known.contains(&domain) && known.len() < CALLS {
            model.runs.push(format!("needs operators of {}, which come from a library", short(&domain)));
            known.push(domain);
        }
    }
    let mut files: Vec<String> = Vec::new();
    for entry in inner(graph, 5).flat_map(|tensor| inner(tensor, 13)) {
        let path = text(entry, 2);
        if text(entry, 1) == "location" && !files.contains(&path) && files.len() < CALLS {
            files.push(path);
        }
    }
    for path in files {
        let leaves =
            path.starts_with(['/', '\\']) || path.split(['/', '\\']).any(|part| part == "..") || path.contains(':');
        if leaves {
            model.runs.push(format!("reads a file outside of its folder: {}", short(&path)));
        } else {
            model.notes.push(format!("its weights lie in {}", short(&path)));
        }
    }
    Some(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn model(domain: &str, location: &str) -> Vec<u8> {
        let entry = [bytes(1, b"location"), bytes(2, location.as_bytes())].concat();
        let tensor = bytes(13, &entry);
        let node = bytes(7, domain.as_bytes());
        let graph = [bytes(1, &node), bytes(5, &tensor)].concat();
        [vec![0x08, 8], bytes(2, b"demo"), bytes(7, &graph), bytes(8, &[0x10, 17])].concat()
    }

    #[test]
    fn other_operators_and_other_files_are_told() {
        let plain = read(&model("", "weights.bin")).unwrap();
        assert_eq!((plain.runs.len(), plain.notes[0].as_str()), (0, "its weights lie in weights.bin"));
        let odd = read(&model("acme.ops", "../../etc/passwd")).unwrap();
        assert_eq!(
            odd.runs,
            [
                "needs operators of acme.ops, which come from a library",
                "reads a file outside of its folder: ../../etc/passwd",
            ]
        );
    }

    #[test]
    fn other_bytes_are_no_model() {
        assert!(read(&[0x08, 8]).is_none());
        assert!(read(b"\x08\x08some text that goes on").is_none());
        let whole = model("", "a");
        assert!((0..whole.len()).all(|end| read(&whole[..end]).is_none()));
    }
}
