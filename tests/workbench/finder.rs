//! Going to a file by a few letters of its path.

use cerebro::syntax::Doc;
use cerebro::tui::state::Pane;

use super::case;
use super::harness::{Bench, Given};

#[test]
fn letters_of_a_path_lead_to_the_file() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("1 p").shows("Files and decoded texts · 7 fit").shows("setup.py › base64 › exec");
    bench.text("hinit").shows("1 fits").keys("enter");
    let state = &bench.bench.state;
    assert_eq!((state.viewer.doc, state.focus), (Some(Doc::File(3)), Pane::Source));
    bench.keys("(").shows("Files");
    assert_eq!(bench.bench.state.focus, Pane::Files, "one can go back");
}

#[test]
fn a_decoded_text_is_found_like_a_file() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("p").text("b64exec").keys("enter").shows("print(1)");
    assert_eq!(bench.bench.state.viewer.doc, Some(Doc::Layer(0)));
}

#[test]
fn enter_before_the_answer_waits_for_it() {
    let mut bench = Bench::ready(120, 40);
    // All at once: the names are matched while the keys are taken in.
    bench.keys("p P K G enter");
    assert!(bench.bench.state.overlay.is_none());
    bench.shows("Metadata-Version");
}

#[test]
fn letters_that_are_nowhere_say_so() {
    let mut bench = Bench::ready(80, 24);
    bench.keys("p").text("zzz").shows("0 fit").keys("enter").shows("No file or layer has these letters");
}

#[test]
fn a_click_on_a_row_goes_there_and_one_beside_closes() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("p");
    let (x, y) = bench.find("docs/logo.png");
    bench.click(x, y);
    assert_eq!(bench.bench.state.viewer.doc, Some(Doc::File(2)));
    bench.keys("p").click(1, 5);
    assert!(bench.bench.state.overlay.is_none());
}

#[test]
fn hostile_names_are_shown_as_marks() {
    let name = "root/a\u{202E}b\u{1B}[2J.js";
    let mut bench = Bench::open(120, 40, Given::new(case::package_of(vec![case::file(name, "1\n")])));
    bench.settle();
    bench.keys("p").text("js");
    let screen = bench.screen();
    assert!(screen.contains("a<U+202E>b␛[2J.js"), "{screen}");
    assert!(!screen.contains(|c| c != '\n' && cerebro::text::is_hidden(c)));
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn finder(#[case] width: u16, #[case] height: u16) {
    let mut bench = Bench::ready(width, height);
    bench.keys("p").text("se");
    insta::assert_snapshot!(format!("finder_{width}x{height}"), bench.screen());
}
