//! Key scripts through the real loop.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use cerebro::model::explain::Method;
use cerebro::tui::app::update;
use cerebro::tui::state::{Message, Pane, State};
use cerebro::tui::view::View;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MouseEventKind};

use super::case;
use super::harness::{Bench, Given, carded, explained_when_told, judge, message, state};
use cerebro::config::Depth;
use strum::IntoEnumIterator as _;

fn selected_feature(state: &State) -> &'static str {
    let step = state.steps.step().unwrap();
    state.docs.sequence().steps[step].feature.code()
}

fn shown(state: &State) -> String {
    state.docs.name(state.viewer.doc.unwrap())
}

#[test]
fn a_step_selects_its_file_line_span_and_token() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("j j j j j t");
    let state = &bench.bench.state;
    assert_eq!(selected_feature(state), "R5");
    assert_eq!((shown(state).as_str(), state.viewer.cursor), ("setup.py", 14));
    let span = state.viewer.span.unwrap();
    assert_eq!(
        &state.docs.source(state.viewer.doc.unwrap()).unwrap().text[span.start..span.end],
        "open(home + '/.aws/credentials')"
    );
    let cell = &state.tokens.layout.cells[state.tokens.selected];
    assert_eq!(state.case.as_ref().unwrap().text.pieces[cell.piece.unwrap()].steps, [5]);
    assert_eq!(state.files.selected_doc(), state.viewer.doc);
}

#[test]
fn a_step_in_a_layer_opens_the_layer() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("G k k");
    assert_eq!(shown(&bench.bench.state), "setup.py › base64 › exec");
    bench.shows("print(1)").shows("↳ base64 › exec");
}

#[test]
fn the_details_of_a_layer_lead_to_the_text_that_holds_it() {
    let mut bench = Bench::ready(120, 60);
    bench.keys("G k k i").shows("Decoded text shown").shows("base64 › exec").shows("setup.py:");
    let hash = bench.bench.state.docs.sequence().layers[0].sha256.clone();
    bench.shows(&hash);
}

#[test]
fn a_file_lists_its_steps() {
    let mut bench = Bench::ready(120, 40);
    // Into the files, to the module of the import.
    bench.keys("1 g /").text("init").keys("enter f");
    assert_eq!(shown(&bench.bench.state), "reqests_helper/__init__.py");
    bench.shows("Behaviors of this file").shows("platform").hides("aws credentials");
    bench.keys("f").shows("Behaviors in run order").shows("aws credentials");
}

#[test]
fn a_source_line_selects_its_step_and_enter_goes_there_and_back() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("enter");
    assert_eq!(bench.bench.state.focus, Pane::Source);
    bench.keys("G k k k k k k k");
    bench.keys("/").text("Exec").keys("enter");
    assert!(bench.screen().contains("Nothing here holds"), "an upper-case letter asks for exactly this");
    bench.keys("/").text("exec(").keys("enter");
    assert_eq!(bench.bench.state.viewer.cursor, 16);
    bench.shows("Match 1 of 1");
    bench.keys("k j enter");
    assert_eq!(bench.bench.state.focus, Pane::Sequence);
    assert_eq!(selected_feature(&bench.bench.state), "E3");
}

#[test]
fn brackets_walk_the_steps_in_run_order_from_anywhere() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("1 ] ]");
    assert_eq!(selected_feature(&bench.bench.state), "D1");
    bench.keys("[ [ [").shows("There are no more steps.");
}

#[test]
fn next_walks_the_evidence_by_weight_until_something_is_searched() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("1 n").shows("Evidence 1 of");
    let strongest = bench.bench.state.heat.steps.iter().position(|h| *h == 1.0).unwrap();
    assert_eq!(bench.bench.state.steps.step(), Some(strongest));
    bench.keys("n N N").shows("The walk over the evidence began here.");
    bench.keys("3 /").text("platform").keys("enter n");
    assert_eq!(selected_feature(&bench.bench.state), "R2");
    bench.keys("n");
    assert_eq!(selected_feature(&bench.bench.state), "R1", "around the end");
    bench.keys("N").shows("Match 2 of 2").keys("f n").shows("Match ");
    bench.keys("esc n").shows("Evidence 2 of");
}

#[test]
fn a_label_is_shown_at_once_recorded_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let given = || Given { ledger: Some(path.clone()), ..Given::new(case::package()) };
    let mut bench = Bench::open(120, 40, given());
    bench.settle();
    bench.shows("no label").keys("m m");
    bench
        .shows("label malicious")
        .shows("Recorded: malicious, without evidence for a report: v marks the selected step.");
    bench.keys("b").shows("label benign");
    bench.keys("u").shows("label malicious").shows("Took back benign: malicious.");
    drop(bench);
    let mut again = Bench::open(120, 40, given());
    again.settle();
    again.shows("label malicious").keys("u");
    again.shows("no label").shows("Took back malicious: no label now.");
    again.keys("u").shows("There is no label or mark of yours to take back.");
}

#[test]
fn copies_are_escaped_unless_asked_otherwise() {
    let mut package = case::package();
    package.files[5] = case::file("reqests-helper-1.0.3/set\u{1b}up.py", "a = '\u{202e}'\n");
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    bench.keys("1 G 2 y Y 1 y #");
    let copied = &bench.bench.screen.copied;
    assert_eq!(copied[0], "a = '<U+202E>'");
    assert_eq!(copied[1], "a = '\u{202e}'");
    assert_eq!(copied[2], "reqests-helper-1.0.3/set␛up.py");
    assert_eq!(copied[3].len(), 64);
}

#[test]
fn heat_follows_layer_and_head() {
    let mut bench = Bench::ready(120, 40);
    bench
        .keys("t . ,")
        .shows("layer average · head average")
        .shows("attention is what the model looked")
        .shows("at, not a reason");
    let average = bench.bench.state.heat.steps.clone();
    bench.keys(". >").shows("layer 1 · head 1");
    assert_ne!(bench.bench.state.heat.steps, average);
    bench.keys(", <").shows("layer average · head average");
    assert_eq!(bench.bench.state.heat.steps, average);
    bench.keys("l l l enter");
    assert_eq!(bench.bench.state.focus, Pane::Source, "from a token to its source");
}

#[test]
fn the_explanation_is_chosen_and_says_for_and_against() {
    let mut bench = Bench::ready(120, 40);
    bench.shows(&format!("heat by {}", Method::DEFAULT));
    bench.keys("t").shows("bold speaks for malicious").hides("not a reason");
    let state = &bench.bench.state;
    assert!(state.heat.signed && state.heat.steps[1] < 0.0 && state.heat.steps[0] > 0.0);
    let first = state.heat.steps.clone();
    let mut seen = vec![state.tokens.method];
    for _ in 1..Method::iter().count() {
        bench.keys("e");
        seen.push(bench.bench.state.tokens.method);
        assert!(!bench.bench.state.heat.steps.is_empty());
    }
    seen.sort();
    assert_eq!(seen, Method::iter().collect::<Vec<_>>(), "each method once");
    bench.keys("e");
    assert_eq!((bench.bench.state.tokens.method, &bench.bench.state.heat.steps), (Method::DEFAULT, &first));
    // From the sequence, the footer says what the heat is now.
    bench.keys("3 e").shows("Explained by");
}

#[test]
fn an_explanation_that_is_no_longer_wanted_is_dropped() {
    let (release, given) = explained_when_told();
    let mut bench = Bench::open(120, 40, given);
    while !bench.bench.state.explaining {
        bench.bench.turn().unwrap();
    }
    // Keys are answered while the worker computes: attention does not wait for it.
    bench.send(message("."));
    while bench.bench.state.tokens.method != Method::Attention || bench.bench.state.explaining {
        bench.bench.turn().unwrap();
    }
    let attention = bench.bench.state.heat.steps.clone();
    release.send(()).unwrap();
    bench.settle();
    assert_eq!(bench.bench.state.heat.steps, attention);
}

#[test]
fn the_palette_finds_and_runs_a_command() {
    let mut bench = Bench::ready(120, 40);
    bench.keys(":").text("benign").keys("enter");
    bench.shows("label benign");
    bench.keys(": esc").hides("Commands");
}

#[test]
fn help_names_every_key_and_scrolls() {
    let mut bench = Bench::ready(80, 24);
    bench.keys("?").shows("Everywhere").shows("more lines below").hides("Signs");
    bench.keys("G").shows("<U+202E>").hides("more lines below");
    bench.keys("q").hides("Everywhere");
    assert!(bench.bench.state.quit.is_none(), "q closes help first");
    bench.keys("q");
    assert!(bench.bench.state.quit.is_some());
}

#[test]
fn every_pane_can_be_reached_on_a_narrow_screen_and_after_a_resize() {
    let mut bench = Bench::ready(80, 24);
    bench.shows("3 Behaviors").hides("NPM_TOKEN");
    bench.keys("enter").shows("NPM_TOKEN");
    bench.keys("tab tab").shows("▾ reqests_helper");
    bench.resize(200, 60).shows("Files").shows("Behaviors in run order").shows("NPM_TOKEN");
    bench.keys("z z").hides("Behaviors in run order").keys("esc").shows("Behaviors in run order");
    bench.resize(20, 5).resize(1, 1).resize(120, 40).shows("NPM_TOKEN");
}

#[test]
fn the_mouse_selects_and_scrolls() {
    let mut bench = Bench::ready(120, 40);
    let (x, y) = bench.find("R5  read sensitive");
    bench.click(x, y);
    assert_eq!(selected_feature(&bench.bench.state), "R5");
    let (x, y) = bench.find("README.md");
    bench.click(x, y);
    assert_eq!(shown(&bench.bench.state), "README.md");
    let (x, y) = bench.find("▾ reqests_helper");
    bench.click(x, y).shows("▸ reqests_helper").hides("版本");
    bench.mouse(MouseEventKind::ScrollDown, 60, 20);
    assert!(bench.bench.state.mouse);
    bench.keys("f2").shows("The mouse is the terminal's");
    assert_eq!(bench.bench.screen.mouse, Some(false));
}

#[test]
fn frames_are_drawn_only_for_changes() {
    let mut bench = Bench::ready(120, 40);
    let before = bench.bench.frames();
    bench.mouse(MouseEventKind::Moved, 3, 3);
    bench.send(Message::Terminal(Event::Key(KeyEvent {
        code: KeyCode::Char('j'),
        modifiers: KeyModifiers::NONE,
        kind: KeyEventKind::Release,
        state: KeyEventState::NONE,
    })));
    bench.settle();
    assert_eq!(bench.bench.frames(), before);
    bench.keys("j k j k j k j k");
    assert!(bench.bench.frames() <= before + 2, "a burst of keys is one frame, or two");
}

#[test]
fn keys_are_answered_while_the_model_works() {
    let (release, wait) = channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let read = move |case| {
        wait.lock().unwrap().recv().unwrap();
        Ok(case::judged(case, 0.1))
    };
    let mut given = Given::new(case::package());
    given.load = Box::new(move || Ok(judge(read)));
    let mut bench = Bench::open(120, 40, given);
    while bench.bench.state.case.is_none() || bench.bench.state.judge.is_none() {
        bench.bench.turn().unwrap();
    }
    bench.bench.state.dirty = false;
    // No turn of the loop, no worker: the state alone answers.
    let key = |c| Message::Terminal(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    let before = bench.bench.state.focus;
    update(&mut bench.bench.state, key('1'));
    assert_ne!(bench.bench.state.focus, before);
    update(&mut bench.bench.state, key('?'));
    assert!(bench.bench.state.overlay.is_some() && bench.bench.state.dirty);
    update(&mut bench.bench.state, key('?'));
    assert!(bench.bench.state.case.as_ref().unwrap().verdict.is_none(), "the model still works");
    while !bench.screen().contains("the model reads") {
        bench.bench.turn().unwrap();
    }
    release.send(()).unwrap();
    bench.settle();
    bench.shows("risk 10.0 %");
}

#[test]
fn a_package_without_a_model_or_that_cannot_be_opened() {
    let mut given = Given::new(case::package());
    given.load = Box::new(|| Err("no model folder was found; name one with --model DIR".to_owned()));
    let mut bench = Bench::open(120, 40, given);
    bench.settle();
    bench.shows("no verdict: no model folder was found").shows("setup.py");
    let mut failed = state(80, 24, Depth::True);
    update(
        &mut failed,
        Message::Answer(cerebro::tui::worker::Answer::Failed {
            ticket: cerebro::tui::worker::Ticket::default(),
            why: "x is no package".to_owned(),
        }),
    );
    assert_eq!(failed.quit, Some(Err("x is no package".to_owned())));
}

#[test]
fn a_panic_of_a_worker_becomes_a_line_on_the_screen() {
    let mut given = Given::new(case::package());
    given.load = Box::new(|| Ok(judge(|_| panic!("boom"))));
    let mut bench = Bench::open(120, 40, given);
    bench.settle();
    bench.shows("the model failed inside cerebro").shows("boom");
}

#[test]
fn a_screen_that_shrank_before_anybody_said_so_does_no_harm() {
    for (width, height) in [(60, 10), (157, 30), (20, 5), (1, 1), (200, 60)] {
        let mut bench = Bench::ready(120, 40);
        for key in ["c", "E", "I", "1", "V", "t", "?"] {
            bench.bench.screen.terminal.backend_mut().resize(width, height);
            bench.keys(key);
            assert_eq!((bench.bench.state.size.width, bench.bench.state.size.height), (width, height));
        }
    }
}

#[test]
fn the_last_line_of_a_low_screen_is_one_text() {
    let last = |height: u16, keys: &str| {
        let mut bench = Bench::ready_on(carded(80, height));
        bench.keys(keys);
        bench.screen().lines().last().unwrap().to_owned()
    };
    for keys in ["c", "1", "2", "3", "t", "E", "I", "V", "D", "Q", "c ("] {
        for height in [1, 2, 3] {
            assert_eq!(last(height, keys), last(13, keys), "{keys} on {height} lines");
        }
    }
}

#[test]
fn a_number_before_a_movement_repeats_it() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2 g 6 j");
    assert_eq!(bench.bench.state.viewer.cursor, 7);
    bench.keys("9").shows("9 times …").keys("k");
    assert_eq!(bench.bench.state.viewer.cursor, 1);
    // Before the key that goes to the end it is a line. Keys that mean something by themselves do not begin a number.
    bench.keys("5 0 esc g 9 G");
    assert_eq!(bench.bench.state.viewer.cursor, 9);
    bench.keys("5 b").shows("Recorded: benign");
}

#[test]
fn no_label_is_given_while_a_role_is_asked_for() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("n v m").shows("Nothing was labelled").shows("no label").keys("1").shows("Marked");
    assert!(bench.bench.state.label.is_none());
}

#[test]
fn lists_say_that_nothing_fits_and_help_finds_a_key() {
    let mut bench = Bench::ready(80, 24);
    bench.keys(":").text("zzzz").shows("Nothing fits").keys("esc p").text("qqqq").shows("Nothing fits");
    bench.keys("esc ? /").text("undo").shows("Take back your last label").keys("esc");
}

#[test]
fn the_window_has_the_name_of_the_package_and_its_risk() {
    let bench = Bench::ready(80, 24);
    assert_eq!(bench.bench.screen.title, "reqests-helper 1.0.3 · risk 97.3 % · Cerebro");
    // Nothing has taken long.
    assert_eq!(bench.bench.screen.bells, 0);
}

#[test]
fn a_label_given_just_before_leaving_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let given = Given { ledger: Some(path.clone()), ..Given::new(case::package()) };
    let mut bench = Bench::open(120, 40, given);
    bench.settle();
    bench.keys("b q");
    assert!(bench.bench.state.quit.is_some());
    drop(bench);
    let ledger = cerebro::ledger::Ledger::open(&path, "tester").unwrap();
    assert_eq!(ledger.records().count(), 1);
}

#[test]
fn a_key_of_the_footer_can_be_clicked() {
    let mut bench = Bench::on(carded(80, 24), Given::new(case::package()));
    bench.settle();
    let (x, y) = bench.find("b benign");
    // What is said has a line of its own, and the keys stay.
    bench.click(x + 3, y).shows("Recorded: benign").shows("b benign");
    let (x, y) = bench.find("Recorded");
    bench.click(x + 3, y).hides("Recorded");
    assert_eq!(bench.bench.state.view, View::Card);
    let (x, y) = bench.find(" ?");
    bench.click(x + 1, y).shows("On the card");
}

#[test]
fn help_begins_with_the_view_and_goes_from_section_to_section() {
    let mut bench = Bench::ready(80, 24);
    bench
        .keys("D esc ?")
        .shows("In the diff")
        .shows("To the next place that changed, by risk")
        .shows("Tab")
        .hides("In the decoder lab");
    bench.keys("n").shows("Everywhere: move").hides("In the diff");
    bench.keys("n").shows("Everywhere: verdict").hides("Everywhere: move");
    bench.keys("N N").shows("In the diff");
}
