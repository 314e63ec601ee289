//! The real loop on a screen in memory: keys go in through the channel that the terminal's reader uses.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cerebro::behavior::{Progress, Reading};
use cerebro::case::{Case, Verdict};
use cerebro::config::{Config, Depth, Key, ThemeName};
use cerebro::diff::Update;
use cerebro::ledger::{Ledger, Order, ReviewPolicy};
use cerebro::package::{OpenOptions, Package, open};
use cerebro::queue::Queue;
use cerebro::sandbox::{Mode, News, Sandbox};
use cerebro::tui::state::shown::Shown;
use cerebro::tui::state::{Message, State};
use cerebro::tui::view::View;
use cerebro::tui::view::queue::Batch;
use cerebro::tui::worker::{Again, Answer, FileLabels, First, Judge, Labels, Load, OpenQueue, Start, Ticket};
use cerebro::tui::{Screen, Workbench};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

use super::case;

/// A screen in memory that remembers what was copied.
pub struct Memory {
    pub terminal: Terminal<TestBackend>,
    pub copied: Vec<String>,
    pub mouse: Option<bool>,
    pub title: String,
    pub bells: usize,
    /// What its editor makes of a text.
    pub editor: fn(&str) -> Result<String, String>,
}

impl Screen for Memory {
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame)).unwrap();
        Ok(())
    }

    fn redraw(&mut self) -> io::Result<()> {
        self.terminal.clear().unwrap();
        Ok(())
    }

    fn local(&self) -> bool {
        false
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.push(text.to_owned());
        Ok(())
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = Some(on);
        Ok(())
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        self.title = title.to_owned();
        Ok(())
    }

    fn bell(&mut self) -> io::Result<()> {
        self.bells += 1;
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn edit(&mut self, text: &str, _: &str) -> io::Result<Result<String, String>> {
        Ok((self.editor)(text))
    }
}

pub fn state(width: u16, height: u16, depth: Depth) -> State {
    let config = Config::load(None, depth).unwrap();
    let path = "samples/reqests-helper-1.0.3.tar.gz";
    let mut state = State::new(Arc::new(config), ThemeName::Dark, path, Size::new(width, height));
    state.view = View::Code;
    state
}

/// As the program starts: with the card.
pub fn carded(width: u16, height: u16) -> State {
    let mut state = state(width, height, Depth::True);
    state.view = View::Card;
    state
}

/// What the workers are given: a package by hand, a sequence and a verdict that arrive as the test says.
pub struct Given {
    pub package: Package,
    pub load: Box<dyn FnOnce() -> Result<Judge, String> + Send>,
    pub reload: Load,
    pub ledger: Option<std::path::PathBuf>,
    /// Where what belongs to a ledger on a server lies, where it is on one.
    pub beside: Option<std::path::PathBuf>,
    pub session: Option<cerebro::session::Session>,
    /// Who writes to the ledger.
    pub actor: &'static str,
    /// Which packages go to a second analyst.
    pub policy: ReviewPolicy,
    /// Begins with the queue of the ledger, in this order, instead of the package.
    pub queue: Option<Order>,
    /// Begins with the start screen instead.
    pub at_start: bool,
    /// Where texts are parsed.
    pub sandbox: Arc<Sandbox>,
    /// How far the reading says that it is, and until when it takes.
    pub long: Option<(Progress, Receiver<()>)>,
}

impl Given {
    pub fn new(package: Package) -> Self {
        let load = Box::new(|| Ok(judge(|case| Ok(case::judged(case, 0.973)))));
        Self {
            package,
            load,
            reload: Arc::new(|_| Err("there is no other model".to_owned())),
            ledger: None,
            beside: None,
            actor: "tester",
            policy: ReviewPolicy::default(),
            session: None,
            queue: None,
            at_start: false,
            sandbox: Arc::new(Sandbox::new(Mode::Off, OpenOptions::default()).unwrap()),
            long: None,
        }
    }
}

pub fn judge(read: impl Fn(Case) -> Result<Case, String> + Send + Sync + 'static) -> Judge {
    let explain = Box::new(|case: &Case, method| Ok(case::explanation(case, method)));
    let (name, hash, folder) = ("by hand".to_owned(), "00".to_owned(), "models/by-hand".into());
    // Each piece that is hidden takes a tenth away.
    let without = Box::new(|_: &Case, pieces: &[usize]| Ok(0.9 - 0.1 * pieces.len() as f32));
    let nothing = Verdict { state: cerebro::case::State::Benign, why: None, judgement: None };
    let update = Box::new(move |_: &Case, _: &Case| Ok(Update { verdict: nothing.clone(), steps: Vec::new() }));
    let (calibration_error, mismatch) = (Some(0.02), None);
    Judge { name, hash, calibration_error, mismatch, folder, read: Box::new(read), explain, without, update }
}

/// A package whose explanation comes once that is sent.
pub fn explained_when_told() -> (Sender<()>, Given) {
    let (release, wait) = channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let mut given = Given::new(case::package());
    given.load = Box::new(move || {
        let mut slow = judge(|case| Ok(case::judged(case, 0.9)));
        slow.explain = Box::new(move |case, method| {
            wait.lock().unwrap().recv().unwrap();
            Ok(case::explanation(case, method))
        });
        Ok(slow)
    });
    (release, given)
}

/// Reads a package in this process.
fn read(package: Package, reading: &Reading, told: &mut dyn FnMut(News<'_>)) -> Case {
    let package = Arc::new(package);
    told(News::Opened(&package));
    Case::read(package, Duration::ZERO, reading)
}

/// Reads a package that is open another way.
pub fn again() -> Again {
    Arc::new(|package, reading| Ok(Case::read(package, Duration::ZERO, reading)))
}

/// What the workers begin with; the folder holds the ledger where none was given.
pub fn start(given: Given) -> (Start, Option<tempfile::TempDir>) {
    let (path, folder) = match given.ledger {
        Some(path) => (path, None),
        None => {
            let folder = tempfile::tempdir().unwrap();
            (folder.path().join("ledger.sqlite"), Some(folder))
        }
    };
    let package = given.package;
    let first = match given.queue {
        _ if given.at_start => First::Start,
        Some(order) => First::Queue(order),
        None => First::Package(Box::new(move |told| {
            let mut told = |news: News<'_>| {
                told(news);
                if let Some((progress, until)) = &given.long {
                    told(News::Progress(*progress));
                    until.recv().unwrap();
                }
            };
            Ok(read(package, &Reading::default(), &mut told))
        })),
    };
    let of_queue = path.clone();
    let (actor, policy, beside) = (given.actor, given.policy, given.beside);
    let opened = Arc::new(move |path: &std::path::Path| {
        let ledger = match &beside {
            Some(folder) => Ledger::open_server(path.to_str().unwrap(), folder),
            None => Ledger::open(path, actor),
        };
        ledger.map(|ledger| ledger.with_policy(policy)).map_err(|e| e.to_string())
    });
    let opens = Arc::clone(&opened);
    let start = Start {
        first,
        open: Arc::new(|path, reading, opened| {
            let package = open(path, &OpenOptions::default()).map_err(|e| e.to_string())?;
            Ok(read(package, reading, opened))
        }),
        sandbox: given.sandbox,
        queue: OpenQueue {
            exists: Box::new({
                let path = path.clone();
                move || path.exists()
            }),
            open: Box::new(move || {
                let ledger = opens(&of_queue)?;
                Queue::new(ledger).map_err(|e| e.to_string())
            }),
        },
        load: given.load,
        reload: given.reload,
        labels: Box::new(move || {
            let ledger = opened(&path)?;
            Ok(Box::new(FileLabels::new(ledger)) as Box<dyn Labels>)
        }),
        session: given.session,
    };
    (start, folder)
}

pub struct Bench {
    pub bench: Workbench<Memory>,
    send: Sender<Message>,
    _folder: Option<tempfile::TempDir>,
}

impl Bench {
    /// A workbench on a package whose analysis is the real one.
    pub fn open(width: u16, height: u16, given: Given) -> Self {
        Self::on(state(width, height, Depth::True), given)
    }

    pub fn on(mut state: State, given: Given) -> Self {
        if let Some(order) = given.queue {
            state.queue = Batch::begun(order);
        }
        if given.at_start {
            state.begin_at_start();
        }
        let terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
        let screen = Memory {
            terminal,
            copied: Vec::new(),
            mouse: None,
            title: String::new(),
            bells: 0,
            editor: |text| Ok(format!("{text}changed by hand\n")),
        };
        let (start, folder) = start(given);
        let bench = Workbench::new(state, screen, start);
        let send = bench.sender();
        Self { bench, send, _folder: folder }
    }

    /// The hand-built case with everything arrived.
    pub fn ready(width: u16, height: u16) -> Self {
        Self::ready_on(state(width, height, Depth::True))
    }

    pub fn ready_on(state: State) -> Self {
        let mut bench = Self::on(state, Given::new(case::package()));
        bench.settle();
        bench.show(case::sequence());
        bench
    }

    /// Replaces what the extractor found by a sequence made by hand, and lets the stand-in for the model read it.
    pub fn show(&mut self, sequence: cerebro::behavior::Sequence) {
        let package = Package::clone(self.bench.state.package().unwrap());
        let shown = Box::new(Shown::new(case::read(package, sequence)));
        self.send(Message::Answer(Answer::Read { ticket: Ticket::default(), shown, hidden: 0 }));
        self.settle();
    }

    pub fn send(&self, message: Message) {
        self.send.send(message).unwrap();
    }

    /// Lets the loop turn until nothing is waited for and everything is drawn.
    pub fn settle(&mut self) {
        loop {
            if !self.bench.state.busy() {
                // A message that changes nothing: the loop, which waits for one, must not wait where nothing runs.
                self.send(Message::Tick);
            }
            self.bench.turn().unwrap();
            let state = &self.bench.state;
            if state.quit.is_some() || (!state.busy() && !state.dirty) {
                return;
            }
        }
    }

    /// Lets the loop turn until this is so, whatever else is still to come; then it is on the screen. Only while something runs.
    pub fn until(&mut self, so: impl Fn(&State) -> bool) -> &mut Self {
        while !so(&self.bench.state) {
            self.bench.turn().unwrap();
        }
        let drawn = self.bench.frames();
        while self.bench.frames() == drawn {
            self.bench.turn().unwrap();
        }
        self
    }

    /// Presses keys, given as in the keymap and separated by blanks, all at once, then lets the loop settle.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.send(Message::Terminal(press(key)));
        }
        self.settle();
        self
    }

    /// Presses Backspace.
    pub fn back(&mut self) -> &mut Self {
        self.press(KeyCode::Backspace)
    }

    /// Presses Delete.
    pub fn delete(&mut self) -> &mut Self {
        self.press(KeyCode::Delete)
    }

    fn press(&mut self, code: KeyCode) -> &mut Self {
        self.send(Message::Terminal(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))));
        self.settle();
        self
    }

    /// Types a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Message::Terminal(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))));
        }
        self.settle();
        self
    }

    pub fn click(&mut self, x: u16, y: u16) -> &mut Self {
        self.mouse(MouseEventKind::Down(MouseButton::Left), x, y)
    }

    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        self.send(Message::Terminal(Event::Mouse(event)));
        self.settle();
        self
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.bench.screen.terminal.backend_mut().resize(width, height);
        self.send(Message::Terminal(Event::Resize(width, height)));
        self.settle();
        self
    }

    pub fn buffer(&self) -> &Buffer {
        self.bench.screen.terminal.backend().buffer()
    }

    pub fn screen(&self) -> String {
        rows(self.buffer()).join("\n")
    }

    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "{text:?} is not on the screen:\n{screen}");
        self
    }

    #[track_caller]
    pub fn hides(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} is on the screen:\n{screen}");
        self
    }

    /// Where a text stands on the screen.
    #[track_caller]
    pub fn find(&self, text: &str) -> (u16, u16) {
        for (y, row) in rows(self.buffer()).iter().enumerate() {
            if let Some(at) = row.find(text) {
                let x = cerebro::text::width(&row[..at]);
                return (x as u16, y as u16);
            }
        }
        panic!("{text:?} is not on the screen:\n{}", self.screen());
    }
}

/// The rows of a buffer as text; the second cell of a wide character is left out.
pub fn rows(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (0..area.height)
        .map(|y| {
            let mut row = String::new();
            let mut x = 0;
            while x < area.width {
                let symbol = buffer[(x, y)].symbol();
                row.push_str(symbol);
                x += (cerebro::text::width(symbol) as u16).max(1);
            }
            row.trim_end().to_owned()
        })
        .collect()
}

fn press(key: &str) -> Event {
    let plain = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
    match key {
        "enter" => plain(KeyCode::Enter),
        "esc" => plain(KeyCode::Esc),
        "tab" => plain(KeyCode::Tab),
        "backtab" => plain(KeyCode::BackTab),
        "space" => plain(KeyCode::Char(' ')),
        "up" => plain(KeyCode::Up),
        "down" => plain(KeyCode::Down),
        "end" => plain(KeyCode::End),
        "home" => plain(KeyCode::Home),
        "left" => plain(KeyCode::Left),
        "right" => plain(KeyCode::Right),
        "f2" => plain(KeyCode::F(2)),
        "f3" => plain(KeyCode::F(3)),
        "f4" => plain(KeyCode::F(4)),
        _ => match key.strip_prefix("ctrl-") {
            Some(c) => Event::Key(KeyEvent::new(KeyCode::Char(c.chars().next().unwrap()), KeyModifiers::CONTROL)),
            None => {
                assert_eq!(key.chars().count(), 1, "{key}");
                let _: Key = key.parse().unwrap();
                plain(KeyCode::Char(key.chars().next().unwrap()))
            }
        },
    }
}

/// A key as the loop receives it.
pub fn message(key: &str) -> Message {
    Message::Terminal(press(key))
}

/// A writer that a test can look into.
#[derive(Clone, Default)]
pub struct Wire(pub Arc<Mutex<Vec<u8>>>);

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
