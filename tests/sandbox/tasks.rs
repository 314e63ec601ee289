//! Small jobs in the cage: that their answers are the same there, and what becomes of a text over which a worker ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cerebro::case::Case;
use cerebro::diff::Diff;
use cerebro::package::OpenOptions;
use cerebro::sandbox::protocol::Reply;
use cerebro::sandbox::{Coloring, Limits, Mode, Outcome, Sandbox, SandboxError};
use cerebro::syntax::beautify::{Format, beautify};
use cerebro::syntax::color::{Paint, Painted};
use cerebro::syntax::decoder::{self, Decoder, Found, propose, unfold};
use cerebro::syntax::ir::Language;
use cerebro::syntax::symbols::{self, Symbol};
use cerebro::text::{Source, Span};
use rstest::rstest;
use tempfile::TempDir;

use super::{CEREBRO, WHOLE, hello, read, sample, sandbox, saying, script, workers};

const CODE: &str = "const send = (a) => a; send(atob('aGVsbG8gd29ybGQ='));\n";
const NESTED: &[u8] = b"YUdWc2JHOGdkMjl5YkdRZ2FHVnNiRzhnZDI5eWJHUWdhR1ZzYkc4Z2QyOXliR1E9";

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new(text.to_owned()))
}

fn never() -> bool {
    false
}

fn free() -> Sandbox {
    Sandbox::new(Mode::Off, OpenOptions::default()).unwrap()
}

/// A sandbox whose worker for what comes first, after the one that reads packages, meets a fault as soon as it is asked.
fn failing(folder: &TempDir, fault: &str) -> Arc<Sandbox> {
    let mark = folder.path().join("mark").display().to_string();
    let body = format!(
        "if mkdir {mark}; then exec {CEREBRO} \"$@\"; fi 2>/dev/null\n\
         if mkdir {mark}/again 2>/dev/null; then {CEREBRO} \"$@\" </dev/null; head -c 4 >/dev/null; {fault}; fi\n\
         exec {CEREBRO} \"$@\""
    );
    let limits = Limits { deadline: Duration::from_secs(4), ..Limits::default() };
    Arc::new(Sandbox::of(script(folder, &body), Mode::Require, OpenOptions::default(), limits).unwrap())
}

fn paint(
    coloring: &mut Coloring,
    path: &str,
    text: &Arc<Source>,
) -> Result<Option<Vec<(usize, Painted)>>, SandboxError> {
    coloring.paint(path, text, &[(1, 0..text.line(1).len())], &never)
}

#[test]
fn every_answer_is_that_of_a_process_without_a_cage() {
    let (caged, free) = (sandbox(Limits::default()), free());
    let (text, whole) = (source(CODE), Span { start: 0, end: CODE.len() });
    let names = symbols::names_in(CODE, Language::JavaScript, whole).unwrap();
    assert!(names.contains(&"send".to_owned()));
    let format = Format::of("a.js", CODE).unwrap();
    let nested: Arc<[u8]> = NESTED.into();
    let chain = [Decoder::Base64, Decoder::Base64];
    for sandbox in [&caged, &free] {
        assert_eq!(sandbox.names_in("a.js", &text, Language::JavaScript, whole).unwrap(), Some(names.clone()));
        let found = sandbox.symbols("a.js", &text, Language::JavaScript, &names).unwrap();
        assert_eq!(found, symbols::of_names(CODE, Language::JavaScript, &names));
        assert!(found.iter().flatten().any(|symbol| symbol.defines.as_deref() == Some("function")));
        assert_eq!(sandbox.beautify("a.js", &text).unwrap(), Some((format, beautify(CODE, format))));
        assert_eq!(sandbox.beautify("a.txt", &source("words")).unwrap(), None);
        let proposed = sandbox.propose("a.js", &nested, decoder::Limits::USUAL, &never).unwrap();
        assert_eq!(proposed, propose(NESTED, &decoder::Limits::USUAL, &never));
        assert!(!proposed.proposals.is_empty());
        assert_eq!(sandbox.decode("a.js", &nested, &chain).unwrap(), decoder::apply(&chain, NESTED));
        assert_eq!(sandbox.decode("a.js", &nested, &[Decoder::Gzip]).unwrap().unwrap_err().0, 0);
        assert_eq!(sandbox.unfold("a.js", &nested).unwrap(), unfold(NESTED, &never));
    }
    let case = |name: &str| read(&caged, &sample(name)).unwrap();
    let (old, new) = (case("npm-color-names-1.4.1.tgz"), case("npm-color-names-1.4.2.tgz"));
    assert_eq!(caged.diff(&old, &new).unwrap(), Diff::of(&old, &new));
    assert_eq!(free.diff(&old, &new).unwrap(), Diff::of(&old, &new));
}

#[test]
fn colors_are_those_of_a_process_without_a_cage_and_more_texts_than_are_kept_have_theirs() {
    let mut caged = Coloring::new(Arc::new(sandbox(Limits::default())));
    let mut free = Coloring::new(Arc::new(free()));
    let texts: Vec<Arc<Source>> = (0..20).map(|at| source(&format!("var a{at} = 'x' // why\nimport b\n"))).collect();
    // There and back again: a text that was given up is given anew.
    for text in texts.iter().chain(texts.iter().rev()) {
        let (inside, outside) = (paint(&mut caged, "a.js", text).unwrap(), paint(&mut free, "a.js", text).unwrap());
        assert_eq!(inside, outside);
        let painted = inside.unwrap();
        assert_eq!(painted[0].1.at(0), Paint::Keyword, "{painted:?}");
        free.settle(&never);
    }
    let python = paint(&mut caged, "a.py", &source("import os\n")).unwrap().unwrap();
    assert_eq!(python[0].1.at(0), Paint::Keyword);
}

#[rstest]
#[case::aborted("kill -ABRT $$", "was ended by signal 6")]
#[case::killed("kill -KILL $$", "was ended by signal 9")]
#[case::stack("echo thread has overflowed its stack >&2; kill -ABRT $$", "nested deeper than its stack")]
#[case::hung("exec sleep 600", "gave no answer in 4 s")]
#[case::rubbish("printf 'Traceback (most recent'; exec sleep 600", "answered what cannot be read")]
fn a_worker_that_ends_over_a_text_costs_that_text_alone(#[case] fault: &str, #[case] told: &str) {
    let folder = TempDir::new().unwrap();
    let mut coloring = Coloring::new(failing(&folder, fault));
    let (first, second) = (source(CODE), source("var b = 1\n"));
    let error = paint(&mut coloring, "lib/\u{202E}a.js", &first).unwrap_err().to_string();
    assert!(error.starts_with("lib/<U+202E>a.js: the process that read it "), "{error}");
    assert!(error.contains(told), "{error}");
    assert!(paint(&mut coloring, "b.js", &second).unwrap().is_some());
    assert!(paint(&mut coloring, "a.js", &first).unwrap().is_some());

    let folder = TempDir::new().unwrap();
    let sandbox = failing(&folder, fault);
    let names = ["send".to_owned()];
    let error = sandbox.symbols("a.js", &first, Language::JavaScript, &names).unwrap_err().to_string();
    assert!(error.starts_with("a.js: the process that read it ") && error.contains(told), "{error}");
    assert_eq!(sandbox.symbols("a.js", &first, Language::JavaScript, &names).unwrap()[0].len(), 2);
    assert!(read(&sandbox, &sample("npm-csv-peek.tgz")).is_ok(), "packages have workers of their own");
}

#[test]
fn a_worker_that_is_killed_while_it_waits_costs_nothing() {
    let caged = Arc::new(sandbox(Limits::default()));
    let mut coloring = Coloring::new(Arc::clone(&caged));
    let text = source(CODE);
    let all = || {
        let of = caged.symbols("a.js", &text, Language::JavaScript, &["send".to_owned()]).unwrap();
        (of.len(), read(&caged, &sample("npm-csv-peek.tgz")).unwrap().sequence.steps.len())
    };
    let (painted, before) = (paint(&mut coloring, "a.js", &text).unwrap(), all());
    let begun = workers(std::process::id());
    assert!(begun.len() >= 3, "{begun:?}");
    assert!(std::process::Command::new("kill").arg("-KILL").args(&begun).status().unwrap().success());
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(paint(&mut coloring, "a.js", &text).unwrap(), painted);
    assert_eq!(all(), before);
}

#[test]
fn what_is_no_longer_wanted_is_given_up() {
    let mut coloring = Coloring::new(Arc::new(sandbox(Limits::default())));
    // Seconds of parsing, on one line.
    let long = source(&"var a='x',b=[1,{c:2}];".repeat(2 << 20));
    let started = Instant::now();
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) > 0;
    let painted = coloring.paint("a.min.js", &long, &[(1, 40_000_000..40_000_100)], &stop).unwrap();
    assert_eq!(painted, None, "after {:?}", started.elapsed());
    assert!(asked.load(Ordering::Relaxed) >= 2);
    assert!(paint(&mut coloring, "b.js", &source(CODE)).unwrap().is_some(), "the same worker goes on");
}

/// What a worker that was taken over may say.
fn lying(folder: &TempDir, outcome: Outcome) -> Sandbox {
    let program: PathBuf = saying(folder, &[hello(WHOLE), Reply::Done(outcome)]);
    Sandbox::of(program, Mode::Require, OpenOptions::default(), Limits::default()).unwrap()
}

#[test]
fn what_a_worker_says_of_a_text_is_looked_at() {
    let folder = TempDir::new().unwrap();
    let text = source(CODE);
    let names = ["send".to_owned()];
    let at = |start, end| Symbol { span: Span { start, end }, defines: Some("\u{1b}[2J".to_owned()) };
    let symbols =
        |symbols| lying(&folder, Outcome::Symbols(symbols)).symbols("a.js", &text, Language::JavaScript, &names);
    for wrong in [vec![], vec![vec![at(0, 5)]], vec![vec![at(6, 10), at(7, usize::MAX)]], vec![vec![at(9, 6)]]] {
        assert!(symbols(wrong).is_err());
    }
    let told = symbols(vec![vec![at(6, 10)]]).unwrap();
    assert!(!told[0][0].defines.as_deref().unwrap().contains('\u{1b}'));
    assert!(lying(&folder, Outcome::Names(None)).beautify("a.js", &text).is_err(), "the answer to another question");
    let other = beautify("a=1;b=2", Format::Json);
    assert!(lying(&folder, Outcome::Beautified(Some((Format::Json, other)))).beautify("a.js", &text).is_err());
    let stopped = Outcome::Proposed(Found { proposals: Vec::new(), stopped: Some("\u{7}".to_owned()) });
    let bytes: Arc<[u8]> = NESTED.into();
    let found = lying(&folder, stopped).propose("a.js", &bytes, decoder::Limits::USUAL, &never).unwrap();
    assert!(!found.stopped.unwrap().contains('\u{7}'));
    let whole = || Painted { range: 0..text.line(1).len(), runs: Vec::new() };
    let lines = [vec![], vec![(2, whole())], vec![(1, whole()), (2, whole())], vec![(1, Painted::default())]];
    for lines in lines.into_iter().map(Some).chain([None]) {
        let mut coloring = Coloring::new(Arc::new(lying(&folder, Outcome::Colored(lines))));
        assert!(paint(&mut coloring, "a.js", &text).is_err());
    }
    let mut coloring = Coloring::new(Arc::new(lying(&folder, Outcome::Colored(Some(vec![(1, whole())])))));
    assert!(paint(&mut coloring, "a.js", &text).unwrap().is_some());
    let read = |name: &str| -> Case { read(&sandbox(Limits::default()), &sample(name)).unwrap() };
    let (old, new) = (read("npm-color-names-1.4.1.tgz"), read("npm-color-names-1.4.2.tgz"));
    let said = lying(&folder, Outcome::Compared(Box::new(Diff::of(&new, &old)))).diff(&old, &new).unwrap();
    assert_eq!((&said.old.sha256, &said.new.sha256), (&old.package.sha256, &new.package.sha256));
}
