//! Searching: in the shown document by text, expression or bytes, and in the whole package.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cerebro::case::search::{End, Ended, Mode, Query};
use cerebro::config::Depth;
use cerebro::syntax::Doc;
use cerebro::tui::app::update;
use cerebro::tui::derived::docs::Docs;
use cerebro::tui::state::search::{Asked, Search, Within};
use cerebro::tui::state::{Effect, Message, Pane};
use cerebro::tui::view::View;
use cerebro::tui::view::results::Progress;
use cerebro::tui::worker::{Answer, News, Ticket, Work};

use super::case;
use super::harness::{self, Bench, Given, message};

fn span(bench: &Bench) -> &str {
    let state = &bench.bench.state;
    let span = state.viewer.span.unwrap();
    &state.docs.source(state.viewer.doc.unwrap()).unwrap().text[span.start..span.end]
}

#[test]
fn the_source_is_searched_by_expression_and_by_bytes() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2 g /").text(r"re:os\.\w+\.get").keys("enter").shows("Match 1 of 2");
    assert_eq!(span(&bench), "os.environ.get");
    bench.keys("/").text("hex:65 78 65 63 28").keys("enter").shows("Match 1 of 1");
    assert_eq!(span(&bench), "exec(");
}

#[test]
fn a_key_changes_how_the_line_is_read() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2 g /").shows("text ^R").keys("ctrl-r").shows("regex ^R").text("os.*get").keys("enter");
    bench.shows("Match 1 of 2");
    bench.keys("/ ctrl-r ctrl-r").shows("hex ^R").keys("ctrl-r").shows("text ^R").keys("esc");
}

#[test]
fn a_pattern_that_cannot_be_read_stays_in_the_line_with_the_reason() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2 /").text("re:a(b").keys("enter").shows("character 2 of the pattern: unclosed group");
    bench.text(")").hides("unclosed").keys("esc S").text("*.js ").keys("enter").shows("there is nothing to search for");
}

#[test]
fn a_program_is_searched_by_its_bytes() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("p").text("logo").keys("enter /").text("hex:0d0a1a0a").keys("enter").shows("Match 1 of 1");
    let state = &bench.bench.state;
    assert!(state.viewer.hex && state.viewer.bytes.is_some_and(|found| (found.start, found.end) == (4, 8)));
}

#[test]
fn the_whole_package_is_searched_and_walked_from_anywhere() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").shows("search all:").text("print").keys("enter");
    bench.shows("1 match").shows("setup.py › base64 › exec").shows("print(1)");
    assert_eq!(bench.bench.state.view, View::Results);
    bench.keys("S").text("import").keys("enter").shows("4 matches in 2 documents").shows("from setuptools");
    bench.keys("n").shows("Match 1 of 4 of “import”");
    let state = &bench.bench.state;
    assert_eq!((state.view, state.focus, span(&bench)), (View::Code, Pane::Source, "import"));
    assert_eq!(state.viewer.doc, Some(Doc::File(3)), "documents with behaviors come first");
    bench.keys("1 n").shows("Match 2 of 4");
    bench.keys("3 n n").shows("Match 4 of 4").keys("n").shows("This was the last match in the package.");
    bench.keys("N N N").shows("Match 1 of 4").keys("N").shows("This is the first match in the package.");
    bench.keys("ctrl-s").shows("4 matches in 2 documents").keys("esc");
    assert_eq!(bench.bench.state.view, View::Code);
    bench.keys("esc").shows("walk the evidence again").keys("n").shows("Evidence 1 of");
}

/// As it is after the archive was opened and before its code is read.
fn unread() -> Bench {
    let mut bench = Bench::ready(120, 40);
    let state = &mut bench.bench.state;
    state.docs = Docs::new(Arc::clone(state.package().unwrap()), Arc::default());
    state.case = None;
    bench
}

#[test]
fn files_are_searched_before_the_code_is_read_and_layers_when_they_come() {
    let mut bench = unread();
    bench.keys("S").text("import").keys("enter").shows("matches in 2 documents").shows("in files only");
    bench.keys("S").text("print").keys("enter").shows("no match").shows("in files only");
    bench.show(case::sequence());
    assert_eq!(bench.bench.state.view, View::Results);
    bench.shows("1 match").shows("setup.py › base64 › exec").hides("in files only");
    // Who asked for files alone is not given layers.
    let mut bench = unread();
    bench.keys("S").text("in:files print").keys("enter").shows("no match").hides("in files only");
    bench.show(case::sequence());
    bench.shows("no match");
}

#[test]
fn filters_narrow_the_search_and_nothing_found_is_said() {
    let mut bench = Bench::ready(80, 24);
    bench.keys("S").text("*.md Helpers").keys("enter").shows("1 match").shows("README.md").hides("__init__");
    bench.keys("S").text("in:layers import").keys("enter").shows("nothing matches “in:layers import”");
    bench.keys("enter").shows("There is no match to go to.");
    bench.keys("esc n").shows("Nothing in the package matches");
    bench.keys("S up").shows("in:layers import").keys("esc");
}

#[test]
fn matches_in_bytes_open_as_bytes() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").text("hex:89 50 4e 47 ??").keys("enter").shows("docs/logo.png").shows("0x0").keys("enter");
    bench.shows("89 50 4e 47 0d");
    assert!(bench.bench.state.viewer.hex);
}

#[test]
fn left_and_right_go_by_document() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").text("e").keys("enter");
    let at = |bench: &Bench| bench.bench.state.results.hit(bench.bench.state.results.selected).unwrap().0;
    let first = at(&bench);
    bench.keys("l");
    let second = at(&bench);
    assert_ne!(first, second);
    bench.keys("j h");
    assert_eq!(at(&bench), second, "to the start of the document first");
    bench.keys("h");
    assert_eq!(at(&bench), first);
}

#[test]
fn a_click_selects_a_match_and_a_second_one_goes_there() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").text("requests").keys("enter");
    let (x, y) = bench.find("`requests`");
    bench.click(x, y);
    assert_eq!(bench.bench.state.view, View::Results);
    bench.click(x, y);
    assert_eq!(bench.bench.state.view, View::Code);
}

#[test]
fn a_match_is_copied_with_its_place() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").text("*.md Helpers").keys("enter").keys("y");
    assert_eq!(bench.bench.screen.copied, ["reqests-helper-1.0.3/README.md:3:1 Helpers for `requests`."]);
}

#[test]
fn a_stale_answer_is_dropped_and_a_stopped_search_says_so() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").text("requests").keys("enter").keys("S").text("print").keys("enter");
    let old = cerebro::tui::worker::Ticket::default();
    bench.send(Message::Answer(Answer::Searched {
        ticket: old,
        news: News::Ended(Ended { end: End::Stopped, slow: false }),
    }));
    bench.settle();
    assert!(matches!(bench.bench.state.results.progress, Progress::Ended(Ended { end: End::Complete, .. }, _)));
    bench.hides("stopped");
}

#[test]
fn a_long_search_is_stopped_by_escape() {
    let files = (0..4).map(|i| case::file(&format!("root/f{i}.txt"), &"a".repeat(4 << 20))).collect();
    let mut given = Given::new(case::package_of(files));
    given.load = Box::new(|| Err("no model".to_owned()));
    let mut bench = Bench::open(120, 40, given);
    bench.settle();
    // All keys at once: the search runs when Escape comes.
    bench.keys("S").text("re:(?-i)(?:[a-z]{0,99}){0,90}[0-9]").keys("enter esc");
    bench.shows("stopped");
    assert!(!bench.bench.state.results.running());
}

#[test]
fn hostile_lines_are_shown_as_marks() {
    let code = "let needle = 'x\u{202E}y\u{1B}[2J';\n";
    let mut bench = Bench::open(120, 40, Given::new(case::package_of(vec![case::file("root/a\u{1B}.js", code)])));
    bench.settle();
    bench.keys("S").text("needle").keys("enter").shows("x<U+202E>y␛[2J").shows("a␛.js");
    let screen = bench.screen();
    assert!(!screen.contains(|c| c != '\n' && cerebro::text::is_hidden(c)), "{screen}");
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn results(#[case] width: u16, #[case] height: u16) {
    let mut bench = Bench::ready(width, height);
    bench.keys("S").text(r"re:\be\w+").keys("enter").keys("j");
    // Times differ from run to run.
    if let Progress::Ended(ended, _) = bench.bench.state.results.progress {
        bench.bench.state.results.progress = Progress::Ended(ended, Duration::from_millis(7));
    }
    bench.bench.state.dirty = true;
    bench.settle();
    insta::assert_snapshot!(format!("results_{width}x{height}"), bench.screen());
}

#[test]
fn a_query_being_typed() {
    let mut bench = Bench::ready(80, 24);
    bench.keys("S").text("*.py re:a(").keys("enter");
    insta::assert_snapshot!("query_80x24", bench.screen());
}

#[test]
fn a_search_of_a_pane_is_stopped_by_escape_and_its_answer_is_dropped() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("3 g");
    let before = bench.bench.state.steps.selected;
    // All keys at once: Escape comes before the answer.
    bench.keys("/ r e : p l a t f o r m enter esc").shows("The search was stopped.");
    assert_eq!(bench.bench.state.steps.selected, before);
    assert!(bench.bench.state.search.needle.is_empty());
    bench.keys("/ p l a t f o r m enter").shows("Match 1 of 2").keys("esc").hides("stopped");
}

#[test]
fn keys_pressed_before_the_matches_are_known_count() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("3 g / r e : p l a t f o r m enter n N n").shows("Match 2 of 2");
    bench.keys("2 g / p l a t f o r m enter n").shows("Match 2 of 2");
}

#[test]
fn an_answer_for_a_list_that_has_changed_meanwhile_moves_nothing() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("3 g / r e : p l a t f o r m enter f");
    let state = &bench.bench.state;
    assert!(state.steps.only.is_some() && state.search.lines.is_none(), "the rows of the filter are others");
    bench.keys("f n").shows("Match 1 of 2");
}

#[test]
fn files_and_tokens_are_searched_too() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("1 g / . p y enter").shows("Match 1 of 3").keys("n").shows("Match 2 of 3");
    bench.keys("t").keys("g / o s enter").shows("Match 1 of");
    bench.keys("/ Q Q enter").shows("Nothing here holds");
}

#[test]
fn a_search_of_a_pane_that_lasts_says_so_until_it_is_stopped() {
    let mut state = harness::state(120, 40, Depth::True);
    state.search = Search::new("code".to_owned(), Query::here("code", Mode::Literal).unwrap());
    let asked =
        |since| Some(Asked { ticket: Ticket::default(), within: Within::Doc(Doc::File(0)), ways: vec![true], since });
    state.search.asked = asked(Instant::now());
    update(&mut state, Message::Tick);
    assert_eq!(state.notice, None, "it has only begun");
    state.search.asked = asked(Instant::now().checked_sub(Duration::from_secs(2)).unwrap());
    update(&mut state, Message::Tick);
    assert_eq!(state.notice.as_ref().unwrap().text, "Searching for “code”… Esc stops it.");
    let effects = update(&mut state, message("esc"));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Work(Work::StopFind))));
    assert_eq!(state.notice.unwrap().text, "The search was stopped.");
    assert!(state.search.asked.is_none());
}

#[test]
fn several_matches_are_selected_copied_and_saved() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("S").text("os").keys("enter").shows("matches in");
    bench.keys("w").shows("Select matches first: Space selects the row.");
    bench.keys("g j space space").shows("2 matches selected; y copies them.");
    bench.keys("y").shows("Copied 2 matches.");
    let copied = bench.bench.screen.copied.last().unwrap().clone();
    assert!(copied.lines().count() == 2 && copied.lines().all(|line| line.contains(':')), "{copied}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("some.txt");
    bench.keys("w ctrl-u").text(file.to_str().unwrap()).keys("enter").shows("Saved to ");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{copied}\n"));
    bench.keys("esc").shows("Nothing is selected any more.").keys("y").shows("Copied the match");
}
