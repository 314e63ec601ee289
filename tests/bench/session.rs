//! How long each message holds the loop up in a session on a package of a hundred thousand steps: every `update` is timed, and
//! every frame that follows one, and the worst of each message is printed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use cerebro::case::Case;
use cerebro::config::{Depth, ThemeName};
use cerebro::ledger::{Ledger, Order};
use cerebro::model::{Token, Window};
use cerebro::package::{Ecosystem, File};
use cerebro::queue::Queue;
use cerebro::tui::app::update;
use cerebro::tui::state::{Effect, Message, State};
use cerebro::tui::view::View;
use cerebro::tui::view::queue::Batch;
use cerebro::tui::worker::{Judge, Post, Workers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::harness::{self, Given};
use super::{case, harness::judge, harness::state, item};

/// Steps of the package, by files and lines of each.
const FILES: usize = 50;
const LINES: usize = 1334;
/// Tokens of a window, layers and heads: those of the shipped model.
const WINDOW: usize = 510;
const MAPS: (usize, usize) = (4, 12);
/// Longest that a message may hold the loop up, and a frame.
const BOUND: Duration = Duration::from_millis(4);

/// A session that is timed message by message.
struct Timed {
    state: State,
    terminal: Terminal<TestBackend>,
    workers: Workers,
    messages: Receiver<Message>,
    /// Longest update and longest frame after it, and how many there were.
    worst: BTreeMap<String, (Duration, Duration, usize)>,
    _folder: Option<tempfile::TempDir>,
}

impl Timed {
    fn new(mut state: State, given: Given) -> Self {
        if let Some(order) = given.queue {
            state.queue = Batch::begun(order);
        }
        let (start, folder) = harness::start(given);
        let (send, messages) = channel();
        let workers = Workers::start(start, Post::new(move |answer| drop(send.send(Message::Answer(answer)))));
        let terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
        Self { state, terminal, workers, messages, worst: BTreeMap::new(), _folder: folder }
    }

    fn take(&mut self, name: String, message: Message) {
        let started = Instant::now();
        let effects = update(&mut self.state, message);
        let updated = started.elapsed();
        for effect in effects {
            if let Effect::Work(work) = effect {
                self.workers.submit(work);
            }
        }
        let started = Instant::now();
        if std::mem::take(&mut self.state.dirty) {
            let state = &self.state;
            self.terminal.draw(|frame| cerebro::tui::app::draw(state, frame)).unwrap();
        }
        let drawn = started.elapsed();
        let worst = self.worst.entry(name).or_default();
        *worst = (worst.0.max(updated), worst.1.max(drawn), worst.2 + 1);
    }

    /// Takes in what comes until nothing more does.
    fn settle(&mut self) {
        while self.state.busy() {
            let message = self.messages.recv_timeout(Duration::from_secs(600)).unwrap();
            self.take(name(&message), message);
        }
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.take(format!("{:?} {key}", self.state.view), harness::message(key));
            self.settle();
        }
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.take("typing".to_owned(), harness::message(&c.to_string()));
        }
        self.settle();
        self
    }

    fn print(&self, what: &str) {
        println!("{what}");
        let mut all: Vec<_> = self.worst.iter().collect();
        all.sort_by_key(|(_, (updated, drawn, _))| std::cmp::Reverse(*updated.max(drawn)));
        for (name, (updated, drawn, count)) in all.into_iter().take(24) {
            let over = if *updated.max(drawn) > BOUND { "over" } else { "" };
            println!("  {name:<22} {count:>4} times  update {updated:>9.1?}  frame {drawn:>9.1?}  {over}");
        }
    }
}

/// The sort of a message: as much of its own description as is one word.
fn name(message: &Message) -> String {
    struct Word(String);
    impl Write for Word {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for c in text.chars() {
                match c {
                    '(' if self.0 == "Answer" => self.0 = "answer ".to_owned(),
                    c if c.is_alphanumeric() => self.0.push(c),
                    // Enough is known; the rest may be a whole package.
                    _ => return Err(std::fmt::Error),
                }
            }
            Ok(())
        }
    }
    let mut word = Word(String::new());
    let _ = write!(word, "{message:?}");
    word.0
}

/// Files whose every line is a step.
fn files(changed: usize) -> Vec<File> {
    let line = |file: usize, line: usize| match (line % 4, line + changed) {
        (0, n) => format!("os.environ.get('KEY_{file}_{n}')\n"),
        (1, n) => format!("open('/var/data/{file}/{n}').read()\n"),
        (2, n) => format!("requests.get('https://h{n}.example.com/{file}')\n"),
        (_, _) => "subprocess.run(['uname'])\n".to_owned(),
    };
    let file = |file: usize| {
        let lines: String = (0..LINES).map(|n| line(file, n)).collect();
        case::file(&format!("root/demo/part{file:02}.py"), &format!("import os, requests, subprocess\n{lines}"))
    };
    let imports: String = (0..FILES).map(|n| format!("import demo.part{n:02}\n")).collect();
    let first = case::file("root/demo/__init__.py", &imports);
    std::iter::once(first).chain((0..FILES).map(file)).collect()
}

/// A model's answer to a text that has a piece for every step: as many windows as the shipped model would need.
fn judged(case: Case) -> Result<Case, String> {
    let text = Arc::new(case::model_text(&case.sequence));
    let mut case = case::judged(Case { text, ..case }, 0.97);
    let verdict = case.verdict.as_mut().unwrap();
    let judgement = Arc::make_mut(verdict.judgement.as_mut().unwrap());
    let tokens: Vec<Token> = judgement.windows.iter().flat_map(|window| window.tokens.clone()).collect();
    let weights = |head: usize, n: usize| (0..n).map(|at| ((at * 7 + head) % 13) as f32 / 100.0).collect::<Vec<f32>>();
    let window = |tokens: &[Token]| Window {
        tokens: tokens.to_vec(),
        cls_attention: (0..MAPS.0).map(|_| (0..MAPS.1).map(|head| weights(head, tokens.len())).collect()).collect(),
        logits: [-1.5, 1.9],
    };
    judgement.windows = tokens.chunks(WINDOW).map(window).collect();
    Ok(case)
}

fn model() -> Judge {
    judge(judged)
}

fn carded() -> State {
    let mut state = state(200, 60, Depth::True);
    state.view = View::Card;
    state.look = ThemeName::Dark;
    state
}

/// Writes the package of [`files`] to a folder.
fn written(folder: &Path, changed: usize) {
    for file in files(changed) {
        let path = folder.join(file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
}

/// Opens the package, explains it in every way, compares it with another version, and takes the next one of a queue.
pub fn measure() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("old"), 1);
    let mut given = Given::new(case::package_of(files(0)));
    given.load = Box::new(|| Ok(model()));
    let started = Instant::now();
    let mut timed = Timed::new(carded(), given);
    timed.settle();
    let sequence = &timed.state.case.as_ref().unwrap().sequence;
    println!("{} steps opened, read and judged in {:.1?}", sequence.steps.len(), started.elapsed());
    // The card, the code, the tokens by each method, layer and head.
    timed.keys("j k G g enter ( 3 j G g n n N c 4 j l G e e e e e . . > > , < ] [ 3");
    // Both methods of the view that explains, and what the model says without a step.
    timed.keys("E j G g a a a a a w W f f enter ( c");
    timed.keys("I j G esc i q 2 j G g 1 j G o esc 3 f f / ").text("no such step").keys("enter n esc");
    timed.keys("/ ").text("uname").keys("enter n n N esc 1 / ").text("part").keys("enter n N esc 3");
    timed
        .keys("t / ")
        .text("no such token")
        .keys("enter n esc / ")
        .text("uname")
        .keys("enter n N esc t p")
        .text("part4")
        .keys("enter c");
    timed.keys("D ctrl-u").text(&folder.path().join("old").to_string_lossy()).keys("enter");
    assert!(timed.state.diff.found.is_some(), "{:?}", timed.state.diff.failed);
    timed.keys("j n n N H H tab j tab j G g H H tab c");
    timed.print("A session: open, walk, explain, compare, diff");

    let path = folder.path().join("ledger.sqlite");
    let mut filled = Queue::new(Ledger::open(&path, "bench").unwrap()).unwrap();
    let next = |number: usize| {
        let at = folder.path().join(format!("next{number}"));
        written(&at, number);
        item(number, at.to_string_lossy().into_owned(), Ecosystem::Pypi)
    };
    filled.add(&(0..3).map(next).collect::<Vec<_>>()).unwrap();
    drop(filled);
    let mut given = Given::new(case::package());
    given.load = Box::new(|| Ok(model()));
    (given.ledger, given.queue) = (Some(path), Some(Order::default()));
    let mut timed = Timed::new(carded(), given);
    timed.settle();
    timed.keys("j } j } { c");
    timed.print("A queue: three packages, one after the other and back");
}
