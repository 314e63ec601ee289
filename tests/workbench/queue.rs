//! Working through the queue: real packages in a folder, a stand-in for the model that judges them by their name.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cerebro::case::Case;
use cerebro::ledger::{Label, Ledger, Order, What, Why};
use cerebro::package::{self, OpenOptions};
use cerebro::queue::{Arrived, NewItem, Next, Queue, canonical};
use cerebro::tui::state::Message;
use cerebro::tui::view::View;
use crossterm::event::MouseEventKind;
use ratatui::layout::Size;
use tempfile::TempDir;

use super::case;
use super::harness::{Bench, Given, carded, judge};

/// A folder with packages and a ledger whose queue holds them.
struct Yard {
    folder: TempDir,
}

/// Words for package names, so that no two packages have the same code.
const WORDS: [&str; 6] = ["amber", "birch", "cedar", "dune", "ember", "fjord"];

impl Yard {
    fn new(names: &[&str]) -> Self {
        let yard = Self { folder: TempDir::new().unwrap() };
        for name in names {
            yard.put(name, &code(name));
        }
        yard.add(names);
        yard
    }

    fn put(&self, name: &str, code: &str) {
        let root = self.folder.path().join("in").join(name);
        fs::create_dir_all(&root).unwrap();
        let manifest =
            format!("{{\"name\":\"{name}\",\"version\":\"1.0.0\",\"scripts\":{{\"postinstall\":\"node run.js\"}}}}");
        fs::write(root.join("package.json"), manifest).unwrap();
        fs::write(root.join("run.js"), code).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    fn queue(&self) -> Queue {
        Queue::new(Ledger::open(&self.ledger(), "tester").unwrap()).unwrap()
    }

    fn add(&self, names: &[&str]) {
        let new = |name: &&str| NewItem {
            path: canonical(&self.path(name)).unwrap(),
            arrived: Arrived::of(&package::open(&self.path(name), &OpenOptions::default()).unwrap()),
            published: None,
            source: String::new(),
        };
        self.queue().add(&names.iter().map(new).collect::<Vec<_>>()).unwrap();
    }

    fn given(&self, order: Order) -> Given {
        let mut given = Given::new(case::package());
        given.ledger = Some(self.ledger());
        given.queue = Some(order);
        given.load = Box::new(|| Ok(judge(by_name)));
        given
    }

    fn bench(&self, width: u16, height: u16, order: Order) -> Bench {
        let mut bench = Bench::on(carded(width, height), self.given(order));
        bench.settle();
        bench
    }

    fn labels(&self) -> Vec<(String, Label)> {
        let ledger = Ledger::open(&self.ledger(), "tester").unwrap();
        ledger.records().map(|standing| (standing.name.clone(), standing.label)).collect()
    }

    /// Every event's body.
    fn events(&self) -> Vec<What> {
        let ledger = Ledger::open(&self.ledger(), "tester").unwrap();
        let count = ledger.verify().unwrap().events;
        (1..=count).map(|number| ledger.event(number).unwrap().body.what).collect()
    }
}

fn code(name: &str) -> String {
    let line = |n: usize| {
        let word: String = format!("{n:02}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        format!("const {name}{word} = require('{name}{word}');\n{name}{word}.{name}(process.env.{word}_{name});\n")
    };
    (0..30).map(line).collect()
}

/// The later in the alphabet, the more suspicious.
fn by_name(case: Case) -> Result<Case, String> {
    let name = case.package.name.clone().unwrap_or_default();
    let first = name.bytes().next().unwrap_or(b'a');
    let probability = (f32::from(first - b'a') * 0.1 + 0.3).min(0.99);
    Ok(case::judged(case, probability))
}

fn title(bench: &Bench) -> &str {
    &bench.bench.state.queue.current.as_ref().unwrap().title
}

#[test]
fn a_label_brings_the_next_package_and_undo_returns() {
    let yard = Yard::new(&WORDS[..3]);
    let mut bench = yard.bench(120, 40, Order::Age);
    bench.shows("amber 1.0.0").shows("queue 1 of 3 · 0 done").shows("3 read · 0 min");
    bench.keys("m m").shows("Recorded: malicious without evidence: u returns, v marks it. Next: birch 1.0.0.");
    assert_eq!(bench.bench.state.view, View::Card);
    bench.shows("no label").shows("queue 2 of 3 · 1 done");
    bench.keys("b").shows("cedar 1.0.0").shows("2 done");
    assert_eq!(yard.labels(), [("amber".to_owned(), Label::Malicious), ("birch".to_owned(), Label::Benign)]);
    bench.keys("u").shows("Took back benign of another package, birch 1.0.0: no label now.");
    bench.shows("queue 2 of 3 · 1 done").shows("no label");
    assert_eq!(title(&bench), "birch 1.0.0");
    bench.keys("u").shows("Took back malicious of another package, amber 1.0.0").shows("queue 1 of 3 · 0 done");
    bench.keys("u").shows("There is no label or mark of yours to take back.");
    assert_eq!(yard.labels(), []);
}

#[test]
fn a_label_with_its_evidence_and_the_next_package_take_four_keys() {
    let yard = Yard::new(&WORDS[..2]);
    let mut bench = yard.bench(120, 40, Order::Age);
    for key in ["n", "v", "1", "m"] {
        bench.keys(key);
    }
    bench.shows("Recorded: malicious. Next: birch 1.0.0. u takes it back and returns.");
    assert!(yard.events().iter().any(|what| matches!(what, What::SpanMarked(_))));
    bench.keys("u").shows("Took back malicious of another package, amber 1.0.0").shows("queue 1 of 2");
    bench.keys("V").shows("payload");
}

#[test]
fn nothing_of_one_package_is_left_in_the_next() {
    let yard = Yard::new(&WORDS[..3]);
    let mut bench = yard.bench(120, 40, Order::Age);
    bench.keys("2 /").text("env").keys("enter 2");
    assert_eq!(bench.bench.state.search.needle, "env");
    bench.keys("b");
    let state = &bench.bench.state;
    assert!(state.search.needle.is_empty() && state.overlay.is_none() && state.label.is_none());
    assert_eq!(state.package().unwrap().name.as_deref(), Some("birch"));
    let case = state.case.as_ref().unwrap();
    assert!(case.package.name.as_deref() == Some("birch") && case.verdict.is_some());
    assert_eq!(state.heat.steps.len(), case.sequence.steps.len());
    bench.keys("(").shows("There is no place to go back to.");
    bench.keys("2").hides("amber");
}

#[test]
fn on_leaves_a_package_for_later_back_returns_and_the_end_says_so() {
    let yard = Yard::new(&WORDS[..3]);
    let mut bench = yard.bench(80, 24, Order::Age);
    bench.keys("}").shows("birch 1.0.0");
    bench.keys("{").shows("amber 1.0.0");
    bench.keys("{").shows("There is no package before this one.");
    bench.keys("}").shows("birch 1.0.0").keys("m m").shows("cedar 1.0.0").keys("}");
    assert_eq!(bench.bench.state.view, View::Queue);
    bench.shows("End of the queue. 2 passed over without a label: } begins with them.");
    bench.keys("}");
    assert_eq!((title(&bench), bench.bench.state.view), ("amber 1.0.0", View::Card));
    bench.keys("b").shows("cedar 1.0.0").keys("b");
    bench.shows("End of the queue: nothing waits without a label.");
    assert!(bench.bench.state.quit.is_none());
    let passed = yard.events().into_iter().filter(|what| matches!(what, What::PassedOver { .. })).count();
    assert!(passed >= 2, "what was seen and left is in the log");
}

#[test]
fn the_tool_reads_all_that_waits_and_the_order_follows() {
    let yard = Yard::new(&WORDS);
    let mut bench = yard.bench(80, 24, Order::Risk);
    let listing = bench.bench.state.queue.list().unwrap().clone();
    assert_eq!((listing.read(), listing.items.len()), (6, 6));
    bench.keys("Q");
    let listing = bench.bench.state.queue.list().unwrap().clone();
    let names: Vec<&str> = (0..6).map(|row| listing.at(row).unwrap().1.name.as_str()).collect();
    assert_eq!(names, ["fjord", "ember", "dune", "cedar", "birch", "amber"]);
    let judged = listing.items[0].judged.as_ref().unwrap();
    assert_eq!(
        (judged.model.as_str(), judged.extractor.as_str()),
        ("00", cerebro::model::config::Extractor::ours().to_string().as_str())
    );
    // Without the workbench, too: it is in the ledger.
    assert_eq!(yard.queue().list(Order::Risk).unwrap().read(), 6);
}

#[test]
fn a_package_that_cannot_be_read_does_not_end_the_program() {
    let yard = Yard::new(&WORDS[..3]);
    fs::remove_dir_all(yard.path("amber")).unwrap();
    let mut bench = yard.bench(120, 40, Order::Age);
    bench.shows("amber 1.0.0 cannot be read; } goes on.").shows("No such file");
    bench.keys("m").shows("Wait until the package is read");
    bench.keys("}").shows("birch 1.0.0");
    let listing = yard.queue().list(Order::Age).unwrap();
    assert_eq!(listing.failed(), 1);
    bench.keys("Q").shows("cannot read");
}

#[test]
fn what_comes_next_and_cannot_be_read_is_left_out() {
    let yard = Yard::new(&WORDS[..3]);
    fs::remove_dir_all(yard.path("birch")).unwrap();
    let mut bench = yard.bench(120, 40, Order::Age);
    bench.keys("m m").shows("Next: cedar 1.0.0.");
}

#[test]
fn the_model_failing_in_the_background_is_no_fault_of_the_packages() {
    let yard = Yard::new(&WORDS[..4]);
    let mut given = yard.given(Order::Age);
    given.load = Box::new(|| {
        Ok(judge(|case| match case.package.name.as_deref() {
            Some("amber") => by_name(case),
            _ => Err("the device is gone".to_owned()),
        }))
    });
    let mut bench = Bench::on(carded(120, 40), given);
    bench.settle();
    bench.shows("Nothing more is read in the background: the device is gone");
    assert_eq!(yard.queue().list(Order::Age).unwrap().failed(), 0);
    bench.keys("b").shows("birch 1.0.0").shows("the device is gone");
}

#[test]
fn the_table_is_walked_filtered_and_opened_by_key_and_click() {
    let yard = Yard::new(&WORDS);
    let mut bench = yard.bench(80, 24, Order::Age);
    bench.keys("Q").shows("why here").shows("fjord 1.0.0");
    bench.keys("m").shows("A label is for the package on the screen");
    assert!(yard.labels().is_empty());
    bench.keys("o").shows("Mixed: of ten").keys("o").shows("By risk");
    bench.keys("/").text("DUNE").keys("enter").shows("Nothing in the queue holds DUNE");
    bench.keys("/").text("dune").keys("enter").hides("fjord 1.0.0");
    bench.keys("enter");
    assert_eq!((title(&bench), bench.bench.state.view), ("dune 1.0.0", View::Card));
    bench.keys("Q esc").shows("fjord 1.0.0");
    let (x, y) = bench.find("cedar 1.0.0");
    bench.click(x, y).click(x, y);
    assert_eq!(title(&bench), "cedar 1.0.0");
    bench.keys("Q").mouse(MouseEventKind::ScrollDown, 10, 10).keys("Q esc");
    assert_eq!(bench.bench.state.view, View::Card);
    bench.keys("m m");
    let What::Labelled(labelled) = yard.events().pop().unwrap() else { panic!("the last event is the label") };
    let queued = labelled.queued.unwrap();
    assert_eq!((queued.order, queued.why), (Order::Risk, Why::Chosen), "picked by hand, which the log says");
}

#[test]
fn near_duplicates_are_one_row_and_can_have_one_label_each_logged() {
    let yard = Yard::new(&WORDS[..2]);
    let same = code("amber");
    for (name, extra) in [("amber-a", "// one more\n"), ("amber-b", "let x = 1;\n"), ("amber-c", "")] {
        yard.put(name, &format!("{same}{extra}"));
    }
    yard.add(&["amber-a", "amber-b", "amber-c"]);
    let mut bench = yard.bench(120, 40, Order::Age);
    bench.keys("Q").shows("×4").hides("amber-b").keys("g right").shows("amber-a 1.0.0").shows("amber-c 1.0.0");
    bench.keys("left").hides("amber-b").keys("esc");
    bench.keys("m m").shows("= labels its 3 near-duplicates too. Next: amber-a 1.0.0.");
    assert_eq!(yard.labels().len(), 1, "an offer, not more");
    bench.keys("=").shows("Recorded for 3 of 3 near-duplicates: malicious. Next: birch 1.0.0.");
    let mut labels = yard.labels();
    labels.sort();
    let names: Vec<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["amber", "amber-a", "amber-b", "amber-c"]);
    let of_alike: Vec<_> = yard
        .events()
        .into_iter()
        .filter_map(|what| match what {
            What::Labelled(labelled) => labelled.queued.filter(|queued| queued.like.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(of_alike.len(), 3);
    assert!(of_alike.iter().all(|queued| queued.why == Why::Alike));
    bench.keys("u").shows("Took back malicious of another package, amber-");
    assert_eq!(yard.labels().len(), 3, "one at a time");
}

#[test]
fn several_are_selected_labelled_copied_saved_and_taken_back_together() {
    let yard = Yard::new(&WORDS[..5]);
    yard.put("amber-twin", &code("amber"));
    yard.add(&["amber-twin"]);
    let mut bench = yard.bench(120, 40, Order::Age);
    // A folded row stands for all that is in it.
    bench.keys("Q g space").shows("2 packages selected.").shows("2 selected");
    bench.keys("j space").shows("3 packages selected.");
    bench.keys("b").shows("Recorded for 3 of 3 selected packages: benign. u takes them back while they are selected.");
    assert_eq!(bench.bench.state.view, View::Queue, "the package on the screen stays where it is");
    let mut labels = yard.labels();
    labels.sort();
    let names: Vec<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["amber", "amber-twin", "cedar"]);
    let chosen = |what: &What| {
        matches!(what, What::Labelled(labelled) if labelled.shown.is_none()
            && labelled.queued.as_ref().is_some_and(|queued| queued.why == Why::Chosen && queued.like.is_none()))
    };
    assert_eq!(yard.events().iter().filter(|what| chosen(what)).count(), 3, "an event for each");

    bench.keys("y").shows("Copied 3 packages.");
    let copied = bench.bench.screen.copied.last().unwrap().clone();
    assert!(copied.lines().count() == 3 && copied.contains("cedar 1.0.0  "), "{copied}");
    let file = yard.folder.path().join("some.jsonl");
    bench.keys("w ctrl-u").text(file.to_str().unwrap()).keys("enter").shows("3 labels of 3 selected.");
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);

    bench.keys("u").shows("Took back 3 labels.");
    assert!(yard.labels().is_empty());
    bench.keys("u").shows("Took back 0 labels. 3 had no label of yours.");
    // Nobody has looked at each of them: a heavy word is said twice.
    bench.keys("m").shows("m again labels 3 packages malicious.");
    assert!(yard.labels().is_empty());
    bench.keys("m").shows("Recorded for 3 of 3 selected packages: malicious.");
    assert_eq!(yard.labels().len(), 3);
    bench.keys("esc").shows("Nothing is selected any more.").hides("3 selected");
    bench.keys("w").shows("Select packages first: Space selects the row.");
    bench.keys("m").shows("A label is for the package on the screen");
    assert!(Ledger::open(&yard.ledger(), "tester").unwrap().verify().is_ok());
}

#[test]
fn a_copy_of_what_was_labelled_is_not_handed_out() {
    let yard = Yard::new(&WORDS[..1]);
    copy(&yard, "amber", "amber-again");
    yard.put("birch", &code("birch"));
    yard.add(&["amber-again", "birch"]);
    let mut bench = yard.bench(80, 24, Order::Age);
    bench.shows("amber 1.0.0").keys("m m");
    bench.shows("Recorded: malicious without evidence: u returns, v marks it. Next: birch 1.0.0.");
    assert_eq!((title(&bench), bench.bench.state.label), ("birch 1.0.0", None));
    bench.keys("b").shows("End of the queue");
    assert_eq!(yard.labels().len(), 2);
}

/// The same package under another name.
fn copy(yard: &Yard, name: &str, other: &str) {
    let (from, to) = (yard.path(name), yard.path(other));
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn what_sank_by_its_own_reading_does_not_come_next() {
    // Unread packages stand at the threshold; each amber one sinks below it when it is read.
    let yard = Yard::new(&["fjord", "amber", "alder", "ash", "dune", "ember"]);
    let mut bench = yard.bench(120, 40, Order::Mixed);
    bench.keys("Q o").shows("By risk").keys("esc b");
    let listing = yard.queue().list(Order::Risk).unwrap();
    let first = (0..6).filter_map(|row| listing.at(row)).find(|(.., label)| label.is_none()).unwrap().1;
    assert_eq!(title(&bench), first.title());
}

#[test]
fn two_workbenches_share_a_queue() {
    let yard = Yard::new(&WORDS[..4]);
    let mut ann = yard.bench(120, 40, Order::Age);
    assert_eq!(title(&ann), "amber 1.0.0");
    // Birch is made ready for Ann, so Bob is given what comes after it.
    let mut bob = yard.bench(120, 40, Order::Age);
    assert_eq!(title(&bob), "cedar 1.0.0");
    bob.keys("Q").shows("in use").keys("g enter");
    bob.shows("Another workbench has this package");
    ann.keys("b b");
    assert_eq!(yard.labels().len(), 1, "the second key came before the next package");
    drop(bob);
    ann.keys("}").shows("cedar 1.0.0");
    drop(ann);
    assert!(matches!(yard.queue().next(Order::Age, &[], &[]).unwrap(), Next::Given(item, _) if item.name == "birch"));
}

#[test]
fn an_empty_queue_says_how_to_fill_it() {
    let yard = Yard::new(&[]);
    let mut bench = yard.bench(80, 24, Order::Mixed);
    bench.shows("The queue is empty. Put packages into it: cerebro queue add PATH...");
    assert_eq!(bench.bench.state.view, View::Queue);
    bench.keys("} { m b c u = Q j enter o esc");
}

#[test]
fn a_package_opened_by_its_path_can_go_over_to_the_queue() {
    let yard = Yard::new(&WORDS[..2]);
    let mut given = yard.given(Order::Age);
    given.queue = None;
    let mut bench = Bench::on(carded(120, 40), given);
    bench.settle();
    bench.shows("reqests-helper").keys("m m").shows("Recorded: malicious").shows("reqests-helper");
    bench.keys("Q").shows("amber").shows("birch").keys("esc }").shows("queue");
    assert!(bench.bench.state.queue.current.is_some());
}

/// Prints how long it takes from the key to the card of a package that is ready; asserts only what is on the screen.
#[test]
fn a_ready_package_is_there_at_once() {
    let yard = Yard::new(&WORDS[..2]);
    let mut bench = yard.bench(200, 60, Order::Age);
    assert!(bench.bench.state.queue.is_ready());
    let before = bench.bench.frames();
    let started = Instant::now();
    bench.send(super::harness::message("}"));
    while !bench.screen().contains("birch 1.0.0") {
        // The loop waits for a message after each frame; this one changes nothing.
        bench.send(Message::Tick);
        bench.bench.turn().unwrap();
    }
    let (took, frames) = (started.elapsed(), bench.bench.frames() - before);
    println!("from the key to the card of the next package: {took:.1?}, {frames} frame(s)");
    assert!(frames <= 2, "{frames} frames");
    assert!(bench.bench.state.case.as_ref().unwrap().verdict.is_some());
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn looks(#[case] width: u16, #[case] height: u16) {
    let yard = Yard::new(&WORDS);
    yard.put("amber-twin", &code("amber"));
    yard.add(&["amber-twin"]);
    fs::remove_dir_all(yard.path("ember")).unwrap();
    let mut bench = yard.bench(width, height, Order::Age);
    bench.keys("m m").keys("Q o o").keys("g j j");
    let shown = stable(&bench.screen(), yard.folder.path());
    insta::assert_snapshot!(format!("queue_{width}x{height}"), shown);
}

/// Without the folder of this run, whose name is different every time.
fn stable(screen: &str, folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap();
    let name = folder.to_string_lossy().into_owned();
    screen.replace(&name, &"·".repeat(name.chars().count()))
}

#[test]
fn the_table_fits_any_screen() {
    let yard = Yard::new(&WORDS[..2]);
    let mut bench = yard.bench(120, 40, Order::Mixed);
    bench.keys("Q");
    for (width, height) in [(60, 10), (20, 5), (3, 3), (1, 1), (250, 70)] {
        bench.resize(width, height);
    }
    bench.shows("amber");
    assert_eq!(bench.bench.state.size, Size::new(250, 70));
}

#[test]
fn a_queue_that_cannot_be_opened_ends_the_program_with_the_reason() {
    let yard = Yard::new(&[]);
    let mut given = yard.given(Order::Age);
    given.ledger = Some(yard.folder.path().to_owned());
    let mut bench = Bench::on(carded(80, 24), given);
    bench.settle();
    let why = bench.bench.state.quit.take().unwrap().unwrap_err();
    assert!(why.contains("cannot open the ledger"), "{why}");
}

#[test]
fn another_model_reads_what_waits_anew() {
    let yard = Yard::new(&WORDS[..3]);
    let mut given = yard.given(Order::Age);
    given.reload = std::sync::Arc::new(|_| {
        let mut other = judge(|case| Ok(case::judged(case, 0.99)));
        other.hash = "11".to_owned();
        Ok(other)
    });
    let mut bench = Bench::on(carded(120, 40), given);
    bench.settle();
    bench.shows("risk 30.0 %").keys("R").shows("ALARM risk 99.0 %");
    let listing = yard.queue().list(Order::Age).unwrap();
    let models: Vec<&str> = listing.items.iter().map(|item| item.judged.as_ref().unwrap().model.as_str()).collect();
    assert_eq!(models, ["11"; 3]);
    bench.keys("}").shows("birch 1.0.0").shows("ALARM risk 99.0 %");
}

#[test]
fn a_hostile_name_cannot_act_on_the_terminal() {
    let yard = Yard::new(&WORDS[..1]);
    let root = yard.path("hostile");
    fs::create_dir_all(&root).unwrap();
    let manifest = "{\"name\":\"bad\\u001b[2J\\u202ename\",\"version\":\"1\\u0007\",\"main\":\"run.js\"}";
    fs::write(root.join("package.json"), manifest).unwrap();
    fs::write(root.join("run.js"), code("hostile")).unwrap();
    yard.add(&["hostile"]);
    let mut bench = yard.bench(120, 40, Order::Age);
    bench.keys("Q").shows("bad␛[2J<U+202E>name 1␇").keys("esc b").shows("Next: bad␛[2J<U+202E>name 1␇.");
    bench.keys("u u").keys("/").text("zz\u{202e}").keys("enter");
    for cell in bench.buffer().content() {
        assert!(!cell.symbol().chars().any(cerebro::text::is_hidden), "{:?}", cell.symbol());
    }
}
