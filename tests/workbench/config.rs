//! Themes, the user's keys, and the place in a case that is opened again.

use std::sync::Arc;

use cerebro::config::{Config, Depth, FILE, ThemeName};
use cerebro::session::{Document, Session};
use cerebro::tui::app::update;
use cerebro::tui::state::{Message, Pane, State};
use cerebro::tui::view::View;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use strum::IntoEnumIterator as _;

use super::case;
use super::harness::{Bench, Given, carded, state};

#[test]
fn the_themes_are_gone_through_and_named() {
    let mut bench = Bench::ready(120, 40);
    for name in ThemeName::iter().skip(1).chain([ThemeName::Dark]) {
        bench.keys("f3").shows(&format!("Theme: {}", name.name()));
        assert_eq!(bench.bench.state.look, name);
    }
}

#[test]
fn a_late_answer_of_the_terminal_does_not_overrule_a_choice() {
    let mut guessed = state(80, 24, Depth::True);
    update(&mut guessed, Message::Background(ThemeName::Light));
    assert_eq!(guessed.look, ThemeName::Dark, "the theme was named");
    guessed.look_guessed = true;
    guessed.dirty = false;
    update(&mut guessed, Message::Background(ThemeName::Light));
    assert!(guessed.look == ThemeName::Light && guessed.dirty);
    let mut guessed = state(120, 40, Depth::True);
    guessed.look_guessed = true;
    let mut bench = Bench::ready_on(guessed);
    bench.keys("f3");
    let chosen = bench.bench.state.look;
    update(&mut bench.bench.state, Message::Background(ThemeName::Dark));
    assert_eq!(bench.bench.state.look, chosen);
}

#[test]
fn the_users_keys_stand_in_footer_and_help() {
    let folder = tempfile::tempdir().unwrap();
    let keys = "[keys.anywhere]\nm = \"none\"\nM = \"label_malicious\"\n";
    std::fs::write(folder.path().join(FILE), keys).unwrap();
    let config = Config::load(Some(folder.path()), Depth::True).unwrap();
    let mut start = state(200, 60, Depth::True);
    start.config = Arc::new(config);
    let mut bench = Bench::ready_on(start);
    bench.shows("M malicious").keys("m").hides("label malicious").keys("M M").shows("label malicious");
    bench.keys("?").shows("Label the package malicious");
    let (_, row) = bench.find("Label the package malicious");
    assert!(super::harness::rows(bench.buffer())[usize::from(row)].contains("│M "), "{}", bench.screen());
}

/// Windows and terminals with the keyboard protocol of kitty report a key going up as well.
#[test]
fn a_key_counts_once_where_its_release_is_reported_too() {
    let mut bench = Bench::ready(120, 40);
    let before = bench.bench.state.steps.selected;
    for kind in [KeyEventKind::Press, KeyEventKind::Release] {
        let mut key = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::NONE);
        key.kind = kind;
        bench.send(Message::Terminal(Event::Key(key)));
    }
    bench.settle();
    assert_eq!(bench.bench.state.steps.selected, before + 1);
}

fn given(session: &Session) -> Given {
    Given { session: Some(session.clone()), ..Given::new(case::package()) }
}

/// Opens the hand-built package, does as told, and leaves as the program does.
fn visit(session: &Session, start: State, keys: &[&str]) -> State {
    let mut bench = Bench::on(start, given(session));
    bench.settle();
    for key in keys {
        bench.keys(key);
    }
    session.keep(bench.bench.state.last_place().unwrap()).unwrap();
    bench.bench.state
}

#[test]
fn a_case_opens_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::at(folder.path().join("places.json"));
    let first = visit(&session, carded(120, 40), &["1 G", "enter", "j j j j j"]);
    assert_eq!((first.view, first.focus), (View::Code, Pane::Source));
    let again = visit(&session, carded(120, 40), &[]);
    assert_eq!((again.view, again.focus), (View::Code, Pane::Source));
    assert_eq!((again.viewer.doc, again.viewer.cursor), (first.viewer.doc, first.viewer.cursor));
    assert_eq!(again.steps.step(), first.steps.step());
    assert!(again.notice.unwrap().text.contains("c shows the card"));
    // The size of the screen is another: the line is still on it.
    let small = visit(&session, carded(80, 24), &[]);
    let (top, cursor) = (small.viewer.top, small.viewer.cursor);
    assert!(cursor == first.viewer.cursor && cursor >= top && cursor < top + small.height(Pane::Source));
}

#[test]
fn what_was_left_on_the_card_opens_on_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::at(folder.path().join("places.json"));
    visit(&session, carded(120, 40), &["2", "c"]);
    assert_eq!(visit(&session, carded(120, 40), &[]).view, View::Card);
}

#[test]
fn the_bytes_and_the_whole_screen_come_back_too() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::at(folder.path().join("places.json"));
    let first = visit(&session, carded(120, 40), &["1 G", "2 x z z j j"]);
    let again = visit(&session, carded(120, 40), &[]);
    assert!(again.viewer.hex && again.zoom);
    assert_eq!(again.viewer.top, first.viewer.top);
}

#[test]
fn a_place_that_is_no_longer_there_is_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::at(folder.path().join("places.json"));
    let left = visit(&session, carded(120, 40), &["2"]);
    let mut left = left.last_place().unwrap();
    let place = &mut left.place;
    place.document = Some(Document::Layer("00".to_owned()));
    (place.step, place.line, place.pane, place.view) = (Some(9999), 77777, "cellar".to_owned(), "attic".to_owned());
    session.keep(left).unwrap();
    let again = visit(&session, carded(120, 40), &["j"]);
    assert_eq!(again.view, View::Code);
    assert!(again.viewer.doc.is_some());
}

#[test]
fn the_place_that_arrives_late_does_not_move_what_the_analyst_has_touched() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::at(folder.path().join("places.json"));
    let left = visit(&session, carded(120, 40), &["1 G", "enter", "j j"]);
    let left = left.last_place().unwrap();
    let mut bench = Bench::on(carded(120, 40), Given::new(case::package()));
    bench.settle();
    bench.keys("3");
    let answer = cerebro::tui::worker::Answer::LastPlace(left.sha256, Some(left.place));
    update(&mut bench.bench.state, Message::Answer(answer));
    assert_eq!(bench.bench.state.focus, Pane::Sequence);
}
