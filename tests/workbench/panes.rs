//! Panes made wider and narrower, keys of which two are pressed, and the focus of the window.

use cerebro::config::{Config, Depth};
use cerebro::session::{Session, Widths};
use cerebro::tui::app::update;
use cerebro::tui::state::{Message, Pane};
use crossterm::event::{Event, MouseButton, MouseEventKind};

use super::harness::{Bench, carded};

const PRESS: MouseEventKind = MouseEventKind::Down(MouseButton::Left);
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);
const RELEASE: MouseEventKind = MouseEventKind::Up(MouseButton::Left);

#[test]
fn the_first_of_two_keys_lists_what_may_follow() {
    let mut bench = Bench::ready_on(carded(80, 24));
    bench.keys("2 z").shows("z and").shows("Give this pane the whole screen").shows("l →  Make this pane wider");
    insta::assert_snapshot!("which_80x24", bench.screen());
    bench.keys("esc").hides("z and");
    assert!(bench.bench.state.notice.is_none());
    bench.keys("z m").shows("zm means nothing here");
    assert!(bench.bench.state.label.is_none(), "the second key is no key of its own");
    bench.resize(120, 35).keys("z");
    insta::assert_snapshot!("which_120x35", bench.screen());
    bench.resize(200, 60);
    insta::assert_snapshot!("which_200x60", bench.screen());
    bench.keys("z").hides("z and");
    assert!(bench.bench.state.zoom);
}

#[test]
fn panes_are_made_wider_by_keys_and_stay_inside_the_screen() {
    let mut bench = Bench::ready(160, 40);
    let width = |bench: &Bench, pane| bench.bench.state.areas().inner(pane).width;
    for (pane, key) in [(Pane::Files, "1"), (Pane::Source, "2"), (Pane::Sequence, "3")] {
        let before = width(bench.keys(key), pane);
        assert_eq!(width(bench.keys("z l"), pane), before + 4, "{pane:?}");
        assert_eq!(width(bench.keys("z h z h"), pane), before - 4, "{pane:?}");
        for _ in 0..60 {
            bench.keys("z l");
        }
        for pane in [Pane::Files, Pane::Source, Pane::Sequence] {
            assert!(width(&bench, pane) >= 10, "{pane:?}");
        }
        bench.keys("z =");
        assert_eq!((width(&bench, pane), bench.bench.state.widths), (before, Widths::default()));
    }
    bench.resize(80, 24).keys("2 z l").shows("from 120 columns on");
}

#[test]
fn an_edge_is_dragged_in_every_view_that_has_one() {
    for (keys, size) in [("2", (160, 40)), ("c", (130, 40)), ("c", (200, 60)), ("S e x e c enter", (130, 40))] {
        let mut bench = Bench::ready_on(carded(size.0, size.1));
        bench.keys(keys);
        let before = bench.bench.state.areas().source.unwrap();
        bench.mouse(PRESS, before.x, 10).mouse(DRAG, before.x + 7, 12).mouse(RELEASE, before.x + 7, 12);
        let after = bench.bench.state.areas().source.unwrap();
        assert_eq!(after.x, before.x + 7, "{keys} {size:?}");
        // What is dragged afterwards is no edge.
        bench.mouse(DRAG, 3, 12);
        assert_eq!(bench.bench.state.areas().source.unwrap(), after);
    }
}

#[test]
fn widths_are_kept_beside_the_places() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::at(folder.path().join("cerebro").join("places.json"));
    assert_eq!(session.widths(), Widths::default());
    let widths = Widths { files: Some(120), right: None, body: Some(500) };
    session.keep_widths(widths).unwrap();
    assert_eq!(session.widths(), widths);
    std::fs::write(folder.path().join("cerebro").join("panes.json"), "{\"files\": \"wide\"}").unwrap();
    assert_eq!(session.widths(), Widths::default());
}

#[test]
fn a_window_without_the_focus_is_not_drawn_because_time_passes() {
    let mut state = carded(120, 40);
    assert!(state.ticking());
    for (event, drawn) in [(None, true), (Some(Event::FocusLost), false), (Some(Event::FocusGained), true)] {
        if let Some(event) = event {
            update(&mut state, Message::Terminal(event));
        }
        state.dirty = false;
        update(&mut state, Message::Tick);
        assert_eq!(state.dirty, drawn, "{:?}", state.focused);
    }
    update(&mut state, Message::Terminal(Event::FocusLost));
    state.dirty = false;
    update(&mut state, Message::Terminal(Event::FocusGained));
    assert!(state.dirty, "drawn when one comes back");
}

#[test]
fn a_changed_configuration_holds_at_once_and_a_wrong_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| {
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        let config = Config::load(Some(folder.path()), Depth::True);
        Message::Configured(config.map(Box::new).map_err(|e| e.to_string()))
    };
    let mut bench = Bench::ready_on(carded(120, 35));
    bench.send(write("theme = \"light\"\n[keys.anywhere]\nctrl-t = \"help\"\n"));
    bench.settle();
    bench.shows("The configuration was changed and holds now.");
    assert_eq!(bench.bench.state.look.name(), "light");
    bench.send(write("theme = \"purple\"\nmouse = 3\n"));
    bench.settle();
    let notice = bench.bench.state.notice.clone().unwrap();
    assert!(notice.error && notice.text.contains("config.toml:1: ") && notice.text.contains("config.toml:2: "));
    assert!(notice.text.ends_with("the configuration before it stays"), "{}", notice.text);
    bench.keys("ctrl-t").shows("On the card");
}
