//! Marking evidence: keys, mouse, the list of marks, what is there after a restart.

use cerebro::ledger::{Ledger, SpanRole};
use cerebro::tui::state::{Message, Pane};
use cerebro::tui::view::View;
use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::case;
use super::harness::{Bench, Given, carded};

/// The selected text.
fn selected(bench: &Bench) -> String {
    let state = &bench.bench.state;
    let span = state.viewer.selection.expect("nothing is selected").span();
    state.docs.source(state.viewer.doc.unwrap()).unwrap().text[span.start..span.end].to_owned()
}

/// The marked texts with their roles.
fn marked(bench: &Bench) -> Vec<(SpanRole, String)> {
    let state = &bench.bench.state;
    let text = |doc, span: cerebro::text::Span| state.docs.source(doc).unwrap().text[span.start..span.end].to_owned();
    let place = |kept: &cerebro::tui::worker::KeptSpan| kept.anchor.place().unwrap();
    state.spans.list.iter().map(|kept| (kept.marked.role, text(place(kept).doc, place(kept).span))).collect()
}

/// On the card of a flagged package, the way the program starts.
fn on_card(width: u16, height: u16) -> Bench {
    let mut bench = Bench::ready_on(carded(width, height));
    bench.shows("malicious");
    assert_eq!(bench.bench.state.view, View::Card);
    bench
}

/// The next package after this is one key more: at most six in all.
#[test]
fn from_the_card_to_labelled_with_evidence_takes_four_keys() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut bench = on_card(width, height);
        let keys = "n v 1 m";
        assert!(keys.split(' ').count() < 6);
        bench.keys(keys).shows("label malicious").shows("Recorded: malicious. u takes it back.");
        let marked = marked(&bench);
        assert_eq!(marked.len(), 1);
        assert_eq!(marked[0].0, SpanRole::Payload);
        assert!(marked[0].1.starts_with("exec(base64"), "the strongest evidence: {marked:?}");
    }
}

#[test]
fn a_malicious_label_without_evidence_asks_for_some() {
    let mut bench = on_card(80, 24);
    bench
        .keys("m")
        .shows("No evidence is marked: v marks it, m again labels it malicious all the same.")
        .shows("no label");
    bench.keys("m").shows("Recorded: malicious, without evidence for a report: v marks the selected step.");
    bench.shows("nothing marked");
    // Once is enough.
    bench.keys("u").shows("no label").keys("m").shows("Recorded: malicious, without evidence");
    bench.keys("v 1 m").shows("Recorded: malicious. u takes it back.");
    bench.keys("c").shows("1 marked span");
    // Who marks instead is not asked again.
    let mut bench = on_card(80, 24);
    bench.keys("m").shows("No evidence is marked").keys("v 1 m").shows("Recorded: malicious. u takes it back.");
    // Other labels need none.
    let mut bench = on_card(80, 24);
    bench.keys("b").shows("Recorded: benign. u takes it back.");
}

#[test]
fn the_footer_shows_the_roles_while_selecting() {
    let mut bench = Bench::ready(80, 24);
    bench.keys("2 v");
    bench.shows("1 payload 2 trigger 3 loader 4 exfil 5 persist 6 evade 7 decoy 8 benign");
    bench.keys("esc").hides("1 payload");
    assert!(bench.bench.state.viewer.selection.is_none());
}

#[test]
fn each_digit_is_a_role() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2 v 1 v 2 v 3 v 4 v 5 v 6 v 7 v 8");
    let roles: Vec<String> = marked(&bench).iter().map(|(role, _)| role.to_string()).collect();
    let all = ["payload", "trigger", "loader", "exfil", "persistence", "evasion", "decoy", "benign_reason"];
    assert_eq!(roles, all);
}

#[test]
fn a_selection_begins_with_what_is_emphasised_or_the_line_and_is_extended() {
    let mut bench = Bench::ready(120, 40);
    // The step's bytes, from the sequence.
    bench.keys("j j j j j v");
    assert_eq!(selected(&bench), "open(home + '/.aws/credentials')");
    assert_eq!(bench.bench.state.focus, Pane::Source);
    bench.shows("32 bytes selected").keys("w");
    assert_eq!(selected(&bench), "open(home + '/.aws/credentials').read");
    bench.keys("o b");
    assert_eq!(selected(&bench), "data = open(home + '/.aws/credentials').read", "the other end, by words");
    bench.keys("h h l");
    assert_eq!(selected(&bench), " data = open(home + '/.aws/credentials').read");
    // A line without steps, and the lines below it, to their ends.
    bench.keys("esc g v");
    assert_eq!(selected(&bench), "from setuptools import setup");
    bench.keys("j j");
    assert!(selected(&bench).ends_with("\nimport base64, os, urllib.request"), "{}", selected(&bench));
    bench.keys("0");
    assert!(selected(&bench).ends_with("import install\n"));
    bench.keys("G");
    assert!(selected(&bench).ends_with("cmdclass={'install': Install})\n"));
    bench.keys("home g");
    assert_eq!(bench.bench.state.viewer.selection.unwrap().span().start, 0, "never nothing at all");
    assert!(!selected(&bench).is_empty());
}

#[test]
fn a_role_by_name_marks_what_a_selection_would_begin_with() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("j j j j j :").text("mark exfil").keys("enter");
    assert_eq!(marked(&bench), [(SpanRole::Exfil, "open(home + '/.aws/credentials')".to_owned())]);
    bench.keys(":").text("swap ends").keys("enter").shows("Select bytes first: v does.");
    bench.keys("v enter").shows("1 to 8 mark the selection, Esc ends it.");
}

#[test]
fn what_the_other_views_show_can_be_marked_from_there() {
    let mut bench = Bench::ready(80, 24);
    bench.keys("S").text("NPM_TOKEN").keys("enter").keys("v");
    assert_eq!(selected(&bench), "NPM_TOKEN");
    let mut bench = Bench::ready(120, 40);
    bench.keys("I v");
    assert!(selected(&bench).contains("example.com"), "{}", selected(&bench));
    let mut bench = Bench::ready(120, 40);
    bench.keys("E v 1").shows("Marked as payload: ");
}

#[test]
fn a_selection_of_megabytes_is_copied_in_part() {
    let package = case::package_of(vec![case::file("reqests-helper-1.0.3/a.js", &"é = 1;".repeat(200_000))]);
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    bench.keys("2 v y").shows("Copied the selection, only its first 64 KB.");
    assert!(bench.bench.screen.copied[0].len() <= 64 << 10);
    bench.keys("1").shows("Marked as payload: a.js:1:1, 1400000 bytes.");
}

#[test]
fn back_returns_to_where_a_mark_was_begun() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("t v esc (");
    assert_eq!(bench.bench.state.focus, Pane::Tokens);
}

#[test]
fn marks_stay_and_are_found_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let given = || Given { ledger: Some(path.clone()), ..Given::new(case::package()) };
    let open = || {
        let mut bench = Bench::open(120, 40, given());
        bench.settle();
        bench.show(case::sequence());
        bench
    };
    let mut bench = open();
    bench.keys("j j j j j v a").text("reads the keys").keys("enter 4");
    bench.shows("Marked as exfil: setup.py:14:20, 32 bytes. u takes it back.");
    bench.keys("3 G k k v 3").shows("Marked as loader: setup.py › base64 › exec:1:1, 8 bytes.");
    bench.keys("v 3").shows("These bytes are marked as loader already.");
    let before = marked(&bench);
    drop(bench);

    let mut bench = open();
    assert_eq!(marked(&bench), before);
    assert_eq!(before[1], (SpanRole::Loader, "print(1)".to_owned()));
    bench.keys("V").shows("reads the keys").shows("marked by tester on ");
    bench.keys("u").shows("Took back the mark loader: ");
    assert_eq!(marked(&bench).len(), 1);
    bench.keys("x").shows("Removed the exfil. u brings it back.").shows("nothing is marked yet");
    bench.keys("u").shows("The mark exfil is back: ");
    assert_eq!(marked(&bench), before[..1]);
    // A label is no business of the list, even where it is newer.
    bench.keys("b").shows("Recorded: benign").keys("u").shows("Took back the mark exfil: ");
    bench.keys("u").shows("No mark of yours is left here to take back; labels: in another view.");
    bench.keys("esc u").shows("Took back benign: no label now.");
    bench.keys("u").shows("There is no label or mark of yours to take back.");
}

#[test]
fn what_is_not_found_again_is_said_and_somebody_elses_mark_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let case = case::read(case::package(), case::sequence());
    let span = cerebro::text::Span { start: 0, end: 4 };
    let doc = cerebro::syntax::Doc::File(5);
    let marked = cerebro::ledger::MarkedSpan::new(&case, doc, span, SpanRole::Decoy, "").unwrap();
    let mut other = Ledger::open(&path, "bob").unwrap();
    other.mark(marked.clone()).unwrap();
    other.mark(cerebro::ledger::MarkedSpan { file_sha256: "00".repeat(32), ..marked }).unwrap();
    let mut bench = Bench::open(80, 24, Given { ledger: Some(path), ..Given::new(case::package()) });
    bench.settle();
    bench.shows("1 of 2 marked spans were not found again: V tells why.");
    bench.keys("V").shows("2, 1 not found again").shows("not found again: no file here");
    bench.keys("x").shows("bob marked it, and nobody else removes it.");
    bench.keys("j enter").shows("Not found again: no file here has the content of the marked one.");
    bench.keys("k enter").shows("from setuptools import setup");
    assert_eq!(bench.bench.state.view, View::Code);
}

#[test]
fn the_gutter_shows_a_letter_and_the_details_lead_to_the_bytes() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("j j j j j v 4").shows(" 14X");
    let mut bench = Bench::ready(120, 60);
    bench.keys("j j j j j v 8").shows(" 14B").keys("3 g i").shows("Marked spans");
    bench.shows("setup.py:14:20  data = open(home");
}

#[test]
fn a_file_that_is_no_text_is_marked_by_bytes() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("1 /").text("logo").keys("enter 2 v");
    let selection = |bench: &Bench| bench.bench.state.viewer.selection.unwrap().span();
    assert_eq!((selection(&bench).start, selection(&bench).end), (0, 1), "the byte under the cursor");
    bench.keys("l j o l l");
    assert_eq!((selection(&bench).start, selection(&bench).end), (2, 10));
    bench.keys("y");
    assert!(bench.bench.screen.copied[0].starts_with("4e 47 0d 0a 1a 0a"), "{:?}", bench.bench.screen.copied);
    bench.keys("1").shows("Marked as payload: docs/logo.png from byte 2, 8 bytes.");
    bench.keys("V").shows("4e470d0a1a0a");
}

#[test]
fn without_a_ledger_marks_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, "these are notes and no database at all\n".repeat(40)).unwrap();
    let mut bench = Bench::open(120, 40, Given { ledger: Some(path), ..Given::new(case::package()) });
    bench.settle();
    bench.keys("2 v 1").shows("ledger.sqlite");
    assert!(bench.bench.state.notice.as_ref().unwrap().error);
    bench.keys("V").shows("the ledger cannot be used");
}

fn drag(bench: &mut Bench, from: (u16, u16), to: (u16, u16)) {
    bench.mouse(MouseEventKind::Down(MouseButton::Left), from.0, from.1);
    bench.mouse(MouseEventKind::Drag(MouseButton::Left), to.0, to.1);
    bench.mouse(MouseEventKind::Up(MouseButton::Left), to.0, to.1);
}

#[test]
fn dragging_in_the_source_selects_bytes_copies_them_and_can_be_marked() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2");
    let (x, y) = bench.find("open(home");
    drag(&mut bench, (x, y), (x + 3, y));
    assert_eq!(selected(&bench), "open");
    bench.shows("Copied the selection. 1 to 8 mark it.");
    // Backwards, over a line end, and past the pane's edge: nothing of the next pane.
    drag(&mut bench, (x + 3, y), (0, y - 1));
    assert_eq!(selected(&bench), "        if not os.environ.get('CI'):\n            data = open");
    assert_eq!(bench.bench.screen.copied.last(), Some(&selected(&bench)), "lines stay lines");
    drag(&mut bench, (x, y), (119, y));
    assert_eq!(selected(&bench), "open(home + '/.aws/crede", "what is seen of the line");
    assert_eq!(bench.bench.screen.copied.last().unwrap(), "open(home + '/.aws/crede");
    bench.keys("4");
    assert_eq!(marked(&bench), [(SpanRole::Exfil, "open(home + '/.aws/crede".to_owned())]);
    // A click ends a selection and copies nothing.
    let copies = bench.bench.screen.copied.len();
    drag(&mut bench, (x, y), (x + 3, y));
    bench.click(x, y).mouse(MouseEventKind::Up(MouseButton::Left), x, y);
    assert!(bench.bench.state.viewer.selection.is_none());
    assert_eq!(bench.bench.screen.copied.len(), copies + 1);
}

#[test]
fn copies_of_a_selection_are_escaped() {
    let package = case::package_of(vec![case::file("reqests-helper-1.0.3/a.py", "a = '\u{202e}'\tb\n")]);
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    bench.keys("2 g");
    let (x, y) = bench.find("a = ");
    drag(&mut bench, (x, y), (x + 60, y));
    bench.keys("Y");
    assert_eq!(bench.bench.screen.copied, ["a = '<U+202E>'\tb", "a = '\u{202e}'\tb"]);
}

#[test]
fn wide_characters_are_selected_whole() {
    let package = case::package_of(vec![case::file("reqests-helper-1.0.3/a.py", "a = '日本x'\n")]);
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    bench.keys("2 g");
    let (x, y) = bench.find("日");
    drag(&mut bench, (x + 1, y), (x + 2, y));
    assert_eq!(selected(&bench), "日本");
    bench.keys("l");
    assert_eq!(selected(&bench), "日本x");
}

#[test]
fn in_the_hex_view_the_bytes_of_a_selection_are_shown_where_they_are() {
    let text = format!("{}exec(x)\n", "# nothing here\n".repeat(200));
    let package = case::package_of(vec![case::file("reqests-helper-1.0.3/a.py", &text)]);
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    bench.keys("2 G k x v");
    assert_eq!(selected(&bench), "exec(x)");
    bench.shows("65 78 65 63").keys("1").shows("Marked as payload: a.py:201:1, 7 bytes.");
    bench.keys("x").shows("201P");
}

#[test]
fn a_double_click_selects_a_word() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("2");
    let (x, y) = bench.find("environ.get('NPM");
    for kind in [MouseEventKind::Down, MouseEventKind::Up, MouseEventKind::Down, MouseEventKind::Up] {
        let event = MouseEvent { kind: kind(MouseButton::Left), column: x + 2, row: y, modifiers: KeyModifiers::NONE };
        bench.send(Message::Terminal(Event::Mouse(event)));
    }
    bench.settle();
    assert_eq!(selected(&bench), "environ");
    assert_eq!(bench.bench.screen.copied, ["environ"]);
    bench.keys("6").shows("Marked as evasion");
}

#[test]
fn dragging_elsewhere_copies_whole_rows_of_that_pane() {
    let mut bench = Bench::ready(120, 40);
    let (x, y) = bench.find("README.md");
    drag(&mut bench, (x, y), (119, y + 1));
    let copied = bench.bench.screen.copied.last().unwrap().clone();
    let rows: Vec<&str> = copied.lines().map(str::trim).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0], "README.md");
    assert!(rows.iter().all(|row| !row.contains('│') && !row.contains("import")), "{rows:?}");
    bench.shows("Copied 2 rows as they stand on the screen.");
    assert!(bench.bench.state.drag.rows.is_none());
    // A click alone copies nothing.
    bench.click(x, y).mouse(MouseEventKind::Up(MouseButton::Left), x, y);
    assert_eq!(bench.bench.screen.copied.len(), 1);
}

#[test]
fn the_list_is_walked_by_keys_wheel_and_clicks() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("j j j j j v 4 2 g v 2 j v 7 V");
    bench.keys("g j").shows("setup.py:1:1");
    assert_eq!(bench.bench.state.spans.selected, 1);
    let (x, y) = bench.find("D decoy");
    bench.click(x, y);
    assert_eq!(bench.bench.state.spans.selected, 2);
    bench.mouse(MouseEventKind::ScrollDown, x, y);
    bench.click(x, y);
    assert_eq!((bench.bench.state.view, bench.bench.state.viewer.cursor), (View::Code, 2));
    bench.keys("V y");
    assert_eq!(bench.bench.screen.copied, ["decoy setup.py:2:1 from setuptools.command.install import install"]);
    bench.keys("V");
    assert_eq!(bench.bench.state.view, View::Code, "the key that opened it closes it");
    bench.keys("V esc");
    assert_eq!(bench.bench.state.view, View::Code);
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn the_list(#[case] width: u16, #[case] height: u16) {
    let mut bench = Bench::ready(width, height);
    bench.keys("V");
    insta::assert_snapshot!(format!("spans_empty_{width}x{height}"), bench.screen());
    bench.keys("3 j j j j j v a").text("reads the keys").keys("enter 4");
    bench.keys("3 G k k v 3").keys("3 g v 8").keys("V g");
    insta::assert_snapshot!(format!("spans_{width}x{height}"), timeless(&bench.screen()));
    bench.keys("enter v j j");
    insta::assert_snapshot!(format!("selecting_{width}x{height}"), bench.screen());
}

/// The screen without the time of day.
fn timeless(screen: &str) -> String {
    regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
        .unwrap()
        .replace_all(screen, "2026-11-20 18:01 UTC")
        .into_owned()
}
