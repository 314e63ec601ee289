//! Machine-learning models among the files, told by their first bytes, and what loading them would run.
//!
//! Nothing is loaded: pickles are disassembled, of the other formats the parts that name code or other files are read.

use std::io::{Cursor, Read as _};

use rayon::prelude::*;

use super::{Evidence, Kind};
use crate::package::{File, Package};
use crate::syntax::{Doc, frozen};
use crate::text::Span;

mod onnx;

/// Most bytes read of a part of a model.
const PART: u64 = 16 << 20;
/// Most members looked into of a model that is an archive.
const MEMBERS: usize = 2000;
/// Most calls named of one model.
const CALLS: usize = 6;
/// Longest text quoted of a model, characters.
const QUOTED: usize = 160;

/// What a model is and what loading it does.
#[derive(Debug, PartialEq, Eq)]
struct Model {
    /// Its format.
    format: &'static str,
    /// What loading it runs or follows beyond data, one clause each; empty where that is nothing.
    runs: Vec<String>,
    /// What else is worth telling.
    notes: Vec<String>,
}

impl Model {
    fn of(format: &'static str) -> Self {
        Self { format, runs: Vec::new(), notes: Vec::new() }
    }
}

/// Evidence of the models in a package.
pub(super) fn in_package(package: &Package) -> Vec<Evidence> {
    // What a package calls of itself is read where it stands.
    let name = package.name.as_deref().unwrap_or_default().replace('-', "_").to_ascii_lowercase();
    let own = package.manifest.modules.iter().chain([&name]).filter(|module| !module.is_empty());
    let own: Vec<String> = own.map(|module| format!("calls {module}.")).collect();
    let told = |(at, file): (usize, &File)| {
        let mut model = look(&file.path, &file.bytes)?;
        let before = model.runs.len();
        model.runs.retain(|run| !own.iter().any(|own| run.starts_with(own)));
        if model.runs.len() < before {
            model.notes.push("it makes objects of the package's own classes".to_owned());
        }
        let kind = if model.runs.is_empty() { Kind::Model } else { Kind::ModelRuns };
        let mut what = format!("{}: {}", file.path, model.format);
        let said = match model.runs.is_empty() {
            true => "; loading it runs no code of its own".to_owned(),
            false => format!("; loading it {}", model.runs.join(", and ")),
        };
        what.push_str(&said);
        for note in &model.notes {
            what.push_str(&format!("; {note}"));
        }
        let span = Some(Span { start: 0, end: 8.min(file.bytes.len()) });
        Some(Evidence { kind, what, doc: Some(Doc::File(at)), span, reported: None })
    };
    package.files.par_iter().enumerate().filter_map(told).collect()
}

/// What a file is by its bytes. Sources: NumPy's `numpy.lib.format`, the safetensors, GGUF and HDF5 specifications, the layout of
/// `torch.save` and of Keras' saving library, `onnx.proto`.
fn look(path: &str, bytes: &[u8]) -> Option<Model> {
    match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(numpy(bytes)),
        [b'G', b'G', b'U', b'F', ..] => Some(gguf(bytes)),
        [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n', ..] => {
            Some(keras_config("an HDF5 file (Keras or weights)", bytes))
        }
        [b'P', b'K', 3, 4, ..] => archive(bytes),
        [0x80, 2..=5, ..] => pickle(bytes),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] if is_joblib(path) => inflated(bytes),
        [0x08, 1..=32, ..] => onnx::read(bytes),
        _ if is_safetensors(bytes) => Some(Model::of("safetensors")),
        _ if has_ending(path, &["pkl", "pickle", "pt", "pth", "joblib"]) => pickle(bytes),
        _ => None,
    }
}

fn has_ending(path: &str, endings: &[&str]) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

fn is_joblib(path: &str) -> bool {
    has_ending(path, &["joblib", "pkl", "z"])
}

/// Eight bytes say how long the table of tensors is that follows as JSON.
fn is_safetensors(bytes: &[u8]) -> bool {
    let length = bytes.get(..8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes);
    let rest = bytes.get(8..).unwrap_or_default();
    let fits = length
        .and_then(|length| usize::try_from(length).ok())
        .is_some_and(|length| length >= 2 && length <= rest.len());
    fits && rest.starts_with(b"{")
        && rest.get(..PART as usize).unwrap_or(rest).windows(14).any(|part| part == b"\"data_offsets\"")
}

/// A pickle: what loading it calls.
fn pickle(bytes: &[u8]) -> Option<Model> {
    let protocol = matches!(bytes, [0x80, 2..=5, ..]);
    let calls = calls(bytes);
    // Two bytes are little to go by: data that ends as a pickle does, or one that calls something.
    if calls.is_empty() && !(protocol && bytes.last() == Some(&b'.')) {
        return None;
    }
    let mut model = Model::of("a pickle");
    say_calls(&calls, &mut model);
    Some(model)
}

/// What a pickle calls, with its arguments.
fn calls(bytes: &[u8]) -> Vec<String> {
    let Some(listing) = frozen::pickle_listing(bytes) else { return Vec::new() };
    let mut calls: Vec<String> = Vec::new();
    for line in listing.lines() {
        let Some((_, call)) = line.split_once(" = ") else { continue };
        let callee = call.split('(').next().unwrap_or_default();
        let is_name = !callee.is_empty() && callee.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
        if is_name && callee.len() < call.len() && !calls.iter().any(|known| known == call) {
            calls.push(call.to_owned());
        }
    }
    calls
}

/// Callables that loading data calls in honest files: they make containers, arrays and estimators.
fn is_data(call: &str) -> bool {
    const MODULES: [&str; 13] = [
        "numpy.",
        "torch.",
        "collections.",
        "sklearn.",
        "joblib.",
        "scipy.",
        "pandas.",
        "datetime.",
        "decimal.",
        "copyreg.",
        "copy_reg.",
        "tensorflow.",
        "xgboost.",
    ];
    const NAMES: [&str; 14] = [
        "dict",
        "list",
        "set",
        "frozenset",
        "tuple",
        "object",
        "bytearray",
        "bytes",
        "int",
        "float",
        "complex",
        "slice",
        "range",
        "str",
    ];
    let callee = call.split('(').next().unwrap_or_default();
    // Parts of the same modules that run code.
    let acts = ["load", "exec", "eval", "system", "compile", "hub", "run", "import"];
    let last = callee.rsplit('.').next().unwrap_or(callee);
    NAMES.contains(&callee)
        || (MODULES.iter().any(|module| callee.starts_with(module)) && !acts.iter().any(|act| last.contains(act)))
        // Through the memo: an object that was made before.
        || callee.starts_with('v') && callee.get(1..).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

fn say_calls(calls: &[String], model: &mut Model) {
    let other: Vec<&String> = calls.iter().filter(|call| !is_data(call)).collect();
    for call in other.iter().take(CALLS) {
        model.runs.push(format!("calls {}", short(call)));
    }
    if other.len() > CALLS {
        model.runs.push(format!("{} calls more", other.len() - CALLS));
    }
    if other.is_empty() && !calls.is_empty() {
        model.notes.push(format!(
            "it makes {} with what makes arrays and containers",
            crate::text::many(calls.len(), "object", "objects")
        ));
    }
}

/// An array of NumPy: one of objects holds a pickle.
fn numpy(bytes: &[u8]) -> Model {
    let mut model = Model::of("a NumPy array");
    let header = bytes.get(10..).unwrap_or_default();
    let end = header.iter().take(1 << 16).position(|byte| *byte == b'\n').unwrap_or(0);
    let words = String::from_utf8_lossy(header.get(..end).unwrap_or_default());
    if words.contains("|O") || words.contains("'O'") {
        model.format = "a NumPy array of objects, which holds a pickle";
        say_calls(&calls(header.get(end + 1..).unwrap_or_default()), &mut model);
    }
    model
}

/// A zip of PyTorch, NumPy or Keras.
fn archive(bytes: &[u8]) -> Option<Model> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let names: Vec<String> = zip.file_names().take(MEMBERS).filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let format = if names.iter().any(|name| name.ends_with("/data.pkl") || name == "data.pkl") {
        "a PyTorch model"
    } else if names.iter().any(|name| name == "config.json") && names.iter().any(|name| name.ends_with(".weights.h5")) {
        "a Keras model"
    } else if !names.is_empty() && names.iter().all(|name| name.ends_with(".npy")) {
        "NumPy arrays"
    } else {
        return None;
    };
    let mut model = Model::of(format);
    for name in &names {
        let wanted = [".pkl", ".npy", "/code.py", "config.json"].iter().any(|ending| name.ends_with(ending))
            || name.contains("/code/");
        let member = if wanted { member(&mut zip, name) } else { None };
        let Some(content) = member else { continue };
        let inner = match name.as_str() {
            "config.json" => keras_config(format, &content),
            _ if name.ends_with(".npy") => numpy(&content),
            _ if name.ends_with(".pkl") => {
                let mut inner = Model::of(format);
                say_calls(&calls(&content), &mut inner);
                inner
            }
            _ if name.ends_with(".py") => {
                let mut inner = Model::of(format);
                inner.notes.push(format!("it holds code of TorchScript in {name}"));
                inner
            }
            _ => continue,
        };
        model.runs.extend(inner.runs.into_iter().filter(|run| !model.runs.contains(run)).collect::<Vec<_>>());
        model.notes.extend(inner.notes);
    }
    model.notes.truncate(CALLS);
    Some(model)
}

fn member(zip: &mut zip::ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    zip.by_name(name).ok()?.take(PART).read_to_end(&mut content).ok()?;
    Some(content)
}

/// A pickle of joblib that zlib packed.
fn inflated(bytes: &[u8]) -> Option<Model> {
    let mut content = Vec::new();
    flate2::read::ZlibDecoder::new(bytes).take(PART).read_to_end(&mut content).ok()?;
    pickle(&content).map(|model| Model { format: "a packed pickle (joblib)", ..model })
}

/// The configuration of a Keras model: a Lambda layer holds a marshalled function, and a layer may name any class.
fn keras_config(format: &'static str, bytes: &[u8]) -> Model {
    let mut model = Model::of(format);
    let text = String::from_utf8_lossy(bytes.get(..PART as usize).unwrap_or(bytes));
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if plain.contains(r#""class_name":"Lambda""#) {
        model.runs.push("runs the function of a Lambda layer".to_owned());
    }
    let mut known: Vec<&str> = Vec::new();
    for (at, found) in plain.match_indices(r#""module":""#) {
        let module = plain.get(at + found.len()..).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let root = module.split('.').next().unwrap_or_default();
        if !["keras", "tensorflow", "builtins", "tf_keras", ""].contains(&root)
            && !known.contains(&module)
            && known.len() < CALLS
        {
            known.push(module);
            model.runs.push(format!("imports {}", short(module)));
        }
    }
    model
}

/// GGUF: its metadata holds a template that is run for each conversation.
fn gguf(bytes: &[u8]) -> Model {
    let mut model = Model::of("a GGUF model");
    let Some(template) = gguf_text(bytes, "tokenizer.chat_template") else { return model };
    // What a template of Jinja has no need of: the way from any object to the interpreter's own.
    let escapes = ["__class__", "__globals__", "__subclasses__", "__import__", "__init__", "os.system", "popen("];
    if escapes.iter().any(|word| template.contains(word)) {
        model.runs.push(format!(
            "gives this chat template to Jinja, which reaches for the interpreter: {}",
            short(&template)
        ));
    } else {
        model.notes.push(format!("its chat template begins {:?}", short(&template)));
    }
    model
}

/// A text of a GGUF's metadata.
fn gguf_text(bytes: &[u8], wanted: &str) -> Option<String> {
    let mut rest = Bytes { bytes, at: 4 };
    let version = rest.number(4)?;
    if !(2..=3).contains(&version) {
        return None;
    }
    rest.number(8)?;
    let pairs = rest.number(8)?.min(100_000);
    for _ in 0..pairs {
        let key = rest.text()?;
        let kind = rest.number(4)?;
        if kind == 8 && key == wanted.as_bytes() {
            return Some(String::from_utf8_lossy(rest.text()?).into_owned());
        }
        rest.value(kind)?;
    }
    None
}

/// Reads numbers and texts in order.
struct Bytes<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Bytes<'b> {
    fn take(&mut self, count: u64) -> Option<&'b [u8]> {
        let end = self.at.checked_add(usize::try_from(count).ok()?)?;
        let part = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(part)
    }

    fn number(&mut self, width: u64) -> Option<u64> {
        Some(self.take(width)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self) -> Option<&'b [u8]> {
        let length = self.number(8)?;
        self.take(length)
    }

    /// Steps over a value of GGUF; a list holds values of one kind, and no lists.
    fn value(&mut self, kind: u64) -> Option<()> {
        let width = |kind: u64| match kind {
            0 | 1 | 7 => Some(1),
            2 | 3 => Some(2),
            4..=6 => Some(4),
            10..=12 => Some(8),
            _ => None,
        };
        match kind {
            8 => drop(self.text()?),
            9 => {
                let (inner, count) = (self.number(4)?, self.number(8)?);
                match width(inner) {
                    Some(width) => drop(self.take(count.checked_mul(width)?)?),
                    None if inner == 8 => {
                        for _ in 0..count {
                            self.text()?;
                        }
                    }
                    None => return None,
                }
            }
            _ => drop(self.take(width(kind)?)?),
        }
        Some(())
    }
}

/// The beginning of a text that may have any length.
fn short(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn runs(path: &str, bytes: &[u8]) -> (&'static str, Vec<String>) {
        let model = look(path, bytes).unwrap_or_else(|| panic!("{path} is none"));
        (model.format, model.runs)
    }

    const CALLS_ID: &[u8] = b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.";
    const DATA: &[u8] = b"\x80\x02ccollections\nOrderedDict\n)R.";

    #[test]
    fn pickles_are_read_wherever_they_lie() {
        let says = vec!["calls os.system('id')".to_owned()];
        assert_eq!(runs("a.bin", CALLS_ID), ("a pickle", says.clone()));
        assert_eq!(runs("a.pt", &zipped(&[("archive/data.pkl", CALLS_ID)])), ("a PyTorch model", says.clone()));
        let array = |kind: &str| {
            let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (1,), }}\n");
            let length = u16::try_from(header.len()).unwrap().to_le_bytes();
            [b"\x93NUMPY\x01\x00".as_slice(), &length, header.as_bytes(), CALLS_ID].concat()
        };
        assert_eq!(runs("a.npy", &array("|O")), ("a NumPy array of objects, which holds a pickle", says.clone()));
        assert_eq!(
            runs("a.npy", &array("<f8")),
            ("a NumPy array", Vec::new()),
            "numbers that look like a pickle are none"
        );
        assert_eq!(runs("a.npz", &zipped(&[("x.npy", &array("|O"))])).1, says);
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(CALLS_ID).unwrap();
        assert_eq!(runs("a.joblib", &packed.finish().unwrap()), ("a packed pickle (joblib)", says));
    }

    #[test]
    fn what_only_makes_data_runs_nothing() {
        assert_eq!(runs("a.pkl", DATA), ("a pickle", Vec::new()));
        assert_eq!(
            runs("a.pkl", b"\x80\x02cnumpy\nload\nX\x01\x00\x00\x00a\x85R.").1.len(),
            1,
            "load of numpy reads a file"
        );
        assert_eq!(look("a.txt", b"\x80\x02 no pickle"), None);
        assert_eq!(look("a.js", b"hello"), None);
        assert_eq!(look("a.zip", &zipped(&[("a.txt", b"x")])), None);
    }

    #[test]
    fn classes_of_the_package_itself_are_no_foreign_code() {
        let mut package = super::super::tests::package();
        let file = |module: &str| {
            let bytes = format!("\u{80}\u{2}c{module}\nThing\n)R.").chars().map(|c| c as u8).collect::<Vec<u8>>();
            File { path: "a.pkl".to_owned(), bytes: bytes.into(), source: None }
        };
        package.name = Some("Acme-Demo".to_owned());
        package.files = vec![file("acme_demo.core"), file("acme_other")];
        let kinds: Vec<Kind> = in_package(&package).into_iter().map(|found| found.kind).collect();
        assert_eq!(kinds, [Kind::Model, Kind::ModelRuns]);
    }

    #[test]
    fn layers_of_keras_that_run_code() {
        let config = br#"{"layers": [{"module": "keras.layers", "class_name": "Lambda"}, {"module": "evil.layers", "class_name": "X"}]}"#;
        let expected = vec!["runs the function of a Lambda layer".to_owned(), "imports evil.layers".to_owned()];
        let archive = zipped(&[("config.json", config), ("model.weights.h5", b"x")]);
        assert_eq!(runs("a.keras", &archive), ("a Keras model", expected.clone()));
        assert_eq!(runs("a.h5", &[b"\x89HDF\r\n\x1a\n".as_slice(), config].concat()).1, expected);
        let plain = br#"{"module": "keras.layers", "class_name": "Dense"}"#;
        assert_eq!(runs("a.keras", &zipped(&[("config.json", plain), ("model.weights.h5", b"x")])).1, [""; 0]);
    }

    fn gguf_file(template: &str) -> Vec<u8> {
        let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
        let mut bytes = [b"GGUF".as_slice(), &3_u32.to_le_bytes(), &0_u64.to_le_bytes(), &3_u64.to_le_bytes()].concat();
        bytes.extend([text("general.size"), 4_u32.to_le_bytes().to_vec(), 7_u32.to_le_bytes().to_vec()].concat());
        bytes.extend(
            [
                text("tokens"),
                9_u32.to_le_bytes().to_vec(),
                8_u32.to_le_bytes().to_vec(),
                1_u64.to_le_bytes().to_vec(),
                text("a"),
            ]
            .concat(),
        );
        bytes.extend([text("tokenizer.chat_template"), 8_u32.to_le_bytes().to_vec(), text(template)].concat());
        bytes
    }

    #[test]
    fn the_template_of_a_gguf_is_shown_and_told_where_it_breaks_out() {
        let model = look("a.gguf", &gguf_file("{{ messages }}")).unwrap();
        assert_eq!((model.runs.len(), model.notes[0].as_str()), (0, r#"its chat template begins "{{ messages }}""#));
        let model = look("a.gguf", &gguf_file("{{ x.__class__ }}")).unwrap();
        assert!(model.runs[0].contains("{{ x.__class__ }}"), "{model:?}");
        let broken = gguf_file("{{ x }}");
        for end in 4..broken.len() {
            assert!(look("a.gguf", &broken[..end]).is_some());
        }
    }

    #[test]
    fn safetensors_are_told_by_their_table() {
        let table = br#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
        let bytes = [&(table.len() as u64).to_le_bytes(), table.as_slice()].concat();
        assert_eq!(runs("model.bin", &bytes), ("safetensors", Vec::new()));
        assert_eq!(look("a.bin", &[&u64::MAX.to_le_bytes(), table.as_slice()].concat()), None);
    }
}
