//! How long a frame takes where viewers usually freeze: `cargo bench --bench frame`. Prints figures; nothing fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../workbench/case.rs"]
mod case;
#[path = "../common/packages.rs"]
mod packages;

/// Where the tests have it.
mod common {
    pub(crate) use crate::packages;
}
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../workbench/harness.rs"]
mod harness;
mod session;

use std::path::Path;
use std::time::{Duration, Instant};

use cerebro::behavior::{Feature, Sequence, SequenceEntry, Step};
use cerebro::config::Depth;
use cerebro::ledger::Ledger;
use cerebro::package::{Ecosystem, File, Phase};
use cerebro::queue::{Arrived, NewItem, Queue};
use cerebro::syntax::Doc;
use cerebro::text::Span;
use cerebro::tui::app::update;
use cerebro::tui::state::Message;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use harness::{Bench, Given, state};

/// Presses a key and draws, many times; prints the median, the 99th percentile and the longest of both together.
fn measure(what: &str, bench: &mut Bench, keys: &[KeyCode]) {
    let mut times: Vec<Duration> = (0..500)
        .map(|turn| {
            let key = KeyEvent::new(keys[turn % keys.len()], KeyModifiers::NONE);
            let started = Instant::now();
            update(&mut bench.bench.state, Message::Terminal(Event::Key(key)));
            let state = &bench.bench.state;
            bench.bench.screen.terminal.draw(|frame| cerebro::tui::app::draw(state, frame)).unwrap();
            started.elapsed()
        })
        .collect();
    times.sort();
    println!("{what:<44} median {:>9.1?}  p99 {:>9.1?}  longest {:>9.1?}", times[250], times[495], times[499]);
}

/// Presses keys without waiting: what [`measure`] asked for is not carried out, so nothing answers.
fn press(bench: &mut Bench, keys: &[char]) {
    for key in keys {
        let key = KeyEvent::new(KeyCode::Char(*key), KeyModifiers::NONE);
        update(&mut bench.bench.state, Message::Terminal(Event::Key(key)));
    }
}

fn open(files: Vec<File>, sequence: Option<Sequence>) -> Bench {
    let mut given = Given::new(case::package_of(files));
    given.load = Box::new(|| Err("no model".to_owned()));
    let mut bench = Bench::on(state(200, 60, Depth::True), given);
    let started = Instant::now();
    bench.settle();
    if let Some(sequence) = sequence {
        bench.show(sequence);
    }
    println!("opened, read and painted in {:.0?}", started.elapsed());
    bench
}

/// A package of a queue.
fn item(number: usize, path: String, ecosystem: Ecosystem) -> NewItem {
    let (sha256, name, version) = (format!("{number:064x}"), format!("demo-{number}"), "1.0.0".to_owned());
    let arrived = Arrived::Package { sha256, name, version, ecosystem };
    NewItem { path, arrived, published: None, source: String::new() }
}

/// The table of a queue of so many packages, none of which can be opened.
fn queue(folder: &Path, count: usize) -> Bench {
    let path = folder.join("ledger.sqlite");
    let new = |number: usize| item(number, format!("/nowhere/{number}.tgz"), Ecosystem::Npm);
    let mut filled = Queue::new(Ledger::open(&path, "bench").unwrap()).unwrap();
    filled.add(&(0..count).map(new).collect::<Vec<_>>()).unwrap();
    let mut given = Given::new(case::package());
    given.load = Box::new(|| Err("no model".to_owned()));
    given.ledger = Some(path);
    let mut bench = Bench::on(state(200, 60, Depth::True), given);
    bench.settle();
    let started = Instant::now();
    bench.keys("Q");
    println!("{count} packages listed in {:.1?}", started.elapsed());
    bench
}

fn main() {
    // `cargo bench --bench frame -- session` for that part alone.
    if std::env::args().any(|argument| argument == "session") {
        return session::measure();
    }
    let line = "const value = compute(\"text\", 12345, /* comment */ other.thing[3]);\n";
    let mut bench = open(vec![case::file("root/long.js", &line.repeat(100_000))], None);
    bench.keys("2");
    measure("100,000 lines: down", &mut bench, &[KeyCode::Char('j')]);
    measure("100,000 lines: top and bottom", &mut bench, &[KeyCode::Char('G'), KeyCode::Char('g')]);
    press(&mut bench, &['g', 'v']);
    measure("100,000 lines: extend a selection", &mut bench, &[KeyCode::Char('j')]);

    let minified: String = "var a=b(\"c\",1);".chars().cycle().take(10 << 20).collect();
    let mut bench = open(vec![case::file("root/min.js", &minified)], None);
    bench.keys("2");
    measure("10 MB on one line: right", &mut bench, &[KeyCode::Char('l')]);
    measure("10 MB on one line: end and start", &mut bench, &[KeyCode::Char('$'), KeyCode::Char('0')]);
    press(&mut bench, &['v']);
    measure("10 MB on one line: extend by words", &mut bench, &[KeyCode::Char('b')]);
    measure("10 MB on one line: extend to end and start", &mut bench, &[KeyCode::Char('0'), KeyCode::Char('$')]);

    let files = (0..5000).map(|i| case::file(&format!("root/d{}/f{i}.py", i % 70), "x = 1\n")).collect();
    let mut bench = open(files, None);
    bench.keys("1");
    measure("5,000 files: down", &mut bench, &[KeyCode::Char('j')]);
    measure("5,000 files: open and close a folder", &mut bench, &[KeyCode::Char('l'), KeyCode::Char('h')]);

    let step = |i: usize| Step {
        entry: 0,
        phase: Phase::Run,
        feature: Feature::ALL[i % Feature::ALL.len()],
        detail: "requests post".to_owned(),
        doc: Doc::File(0),
        span: Span { start: i * 6, end: i * 6 + 5 },
        line: i + 1,
        column: 1,
        call_path: Vec::new(),
        call_sites: Vec::new(),
        guarded: false,
        count: 1,
        why: cerebro::behavior::Why::default(),
    };
    let sequence = Sequence {
        entries: vec![SequenceEntry { phase: Phase::Run, name: "all".to_owned() }],
        steps: (0..20_000).map(step).collect(),
        ..Sequence::default()
    };
    let steps = || open(vec![case::file("root/steps.py", &"x = 1\n".repeat(20_000))], Some(sequence.clone()));
    let mut bench = steps();
    measure("20,000 steps: down", &mut bench, &[KeyCode::Char('j')]);
    measure("20,000 steps: top and bottom", &mut bench, &[KeyCode::Char('G'), KeyCode::Char('g')]);
    measure("20,000 steps: evidence by weight", &mut bench, &[KeyCode::Char('n')]);
    let mut bench = steps();
    bench.keys("c");
    measure("20,000 steps: the card", &mut bench, &[KeyCode::Char('j'), KeyCode::Char('k')]);

    let files = (0..20).map(|i| case::file(&format!("root/f{i:02}.js"), &line.repeat(2000))).collect();
    let mut bench = open(files, None);
    bench.keys("S").text("const").keys("enter");
    measure("20,000 matches in the package: down", &mut bench, &[KeyCode::Char('j')]);
    measure("20,000 matches: top and bottom", &mut bench, &[KeyCode::Char('G'), KeyCode::Char('g')]);
    measure("20,000 matches: the walk", &mut bench, &[KeyCode::Char('n')]);

    let minified: String = "var a=b(\"c\",1);".chars().cycle().take(10 << 20).collect();
    let mut bench = open(vec![case::file("root/min.js", &minified)], None);
    bench.keys("S").text("var").keys("enter");
    measure("1,000 matches on a line of 10 MB: down", &mut bench, &[KeyCode::Char('j')]);

    let addresses: String = (0..3000).map(|i| format!("get('https://h{i}.example.com/p{i}');\n")).collect();
    let mut bench = open(vec![case::file("root/urls.js", &addresses)], None);
    bench.keys("I");
    measure("2,000 indicators: down", &mut bench, &[KeyCode::Char('j')]);
    measure("2,000 indicators: sorted anew", &mut bench, &[KeyCode::Char('>')]);
    let folder = tempfile::tempdir().unwrap();
    let mut bench = queue(folder.path(), 5000);
    measure("5,000 packages in the queue: down", &mut bench, &[KeyCode::Char('j')]);
    measure("5,000 packages in the queue: top and bottom", &mut bench, &[KeyCode::Char('G'), KeyCode::Char('g')]);
    diff();
    session::measure();
}

/// Three thousand changed files and a long line against the version before.
fn diff() {
    let line: String = (0..400_000).map(|n| format!("call{n}(value,{n});")).collect();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir(&root).unwrap();
    let before = |i: usize| (0..40).map(|n| format!("x{n} = {i}\n")).collect::<String>();
    for i in 0..3000 {
        std::fs::write(root.join(format!("f{i}.py")), before(i)).unwrap();
    }
    std::fs::write(root.join("line.txt"), &line).unwrap();
    let after = |i: usize| before(i).replace("x20 =", "import os; y =");
    let mut files: Vec<File> = (0..3000).map(|i| case::file(&format!("root/f{i}.py"), &after(i))).collect();
    files.push(case::file("root/line.txt", &line.replace("7(value", "7(other")));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut bench = open(files, None);
    bench.keys("D ctrl-u").text(&folder.path().to_string_lossy()).keys("enter");
    assert!(bench.bench.state.diff.found.is_some(), "{}", bench.screen());
    measure("diff of 3,000 files: down", &mut bench, &[KeyCode::Char('j')]);
    measure("diff of 3,000 files: next place", &mut bench, &[KeyCode::Char('n')]);
    measure("diff of 3,000 files: fold", &mut bench, &[KeyCode::Char('H')]);
    bench.keys("tab tab");
    measure("diff of 3,000 files: the two sequences", &mut bench, &[KeyCode::Char('j')]);
}
