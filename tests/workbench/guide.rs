//! The guided tour: each lesson, how it goes on, and that nothing of it is kept.

use std::path::Path;
use std::sync::Arc;

use cerebro::config::{Config, FILE};
use cerebro::session::Session;
use cerebro::tui::view::View;
use cerebro::tui::view::guide::Lesson;
use tempfile::TempDir;

use super::case;
use super::harness::{Bench, Given, carded, rows};

fn tour(folder: &Path, width: u16, height: u16) -> Bench {
    let given = Given {
        at_start: true,
        ledger: Some(folder.join("ledger.sqlite")),
        session: Some(Session::at(folder.join("places.json"))),
        ..Given::new(case::package())
    };
    let mut bench = Bench::on(carded(width, height), given);
    bench.settle();
    bench.keys("T");
    bench
}

fn lesson(bench: &Bench) -> Option<Lesson> {
    bench.bench.state.guide.as_ref().unwrap().lesson
}

/// The keys that do what each lesson asks for.
const WAY: [(Lesson, &[&str]); 5] = [
    (Lesson::Card, &["j"]),
    (Lesson::Evidence, &["n"]),
    (Lesson::Source, &["2", "j", "o", "esc"]),
    (Lesson::Mark, &["v", "4"]),
    (Lesson::Label, &["m"]),
];

#[test]
fn each_lesson_goes_on_when_it_is_done_and_nothing_is_kept() {
    let folder = TempDir::new().unwrap();
    for size in [(80, 24), (200, 60)] {
        let mut bench = tour(folder.path(), size.0, size.1);
        for (number, (now, keys)) in WAY.into_iter().enumerate() {
            assert_eq!(lesson(&bench), Some(now));
            let name: &str = now.into();
            if size == (80, 24) {
                insta::assert_snapshot!(format!("guide_{}_{name}_80x24", number + 1), bench.screen());
            }
            for key in keys {
                bench.keys(key);
            }
        }
        assert_eq!(lesson(&bench), None);
        if size == (80, 24) {
            insta::assert_snapshot!("guide_done_80x24", bench.screen());
        }
        bench.shows("label malicious").keys("esc");
        assert!(bench.bench.state.guide.is_none() && bench.bench.state.view == View::Start);
        bench.shows("no package is open").shows("are listed here");
        assert!(bench.bench.state.last_place().is_none());
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn only_what_was_done_goes_on() {
    let folder = TempDir::new().unwrap();
    let mut bench = tour(folder.path(), 120, 40);
    bench.keys("? esc i esc 3 c").hides("K back");
    assert_eq!(lesson(&bench), Some(Lesson::Card));
    bench.keys("j");
    assert_eq!(lesson(&bench), Some(Lesson::Evidence));
    bench.keys("k enter");
    assert_eq!(lesson(&bench), Some(Lesson::Source), "Enter on the card leads to evidence as well");
    bench.keys("n n 3 j");
    bench.shows("2 goes there").keys("2 j k");
    assert_eq!(lesson(&bench), Some(Lesson::Source), "what to do next stays on the screen while one reads");
    bench.keys("o");
    assert_eq!(lesson(&bench), Some(Lesson::Mark));
    bench.keys("esc v").shows("Now say what these bytes do").keys("esc");
    assert_eq!(lesson(&bench), Some(Lesson::Mark));
}

#[test]
fn what_is_done_early_counts() {
    let folder = TempDir::new().unwrap();
    let mut bench = tour(folder.path(), 120, 40);
    bench.keys("n");
    assert_eq!(lesson(&bench), Some(Lesson::Source), "the evidence was gone to from the card");
    bench.keys("2 v").shows("Now say what these bytes do").keys("4");
    assert_eq!(lesson(&bench), Some(Lesson::Label));
    bench.keys("m").shows("Recorded for practice only: malicious").keys("m u").shows("still malicious");
}

#[test]
fn lessons_are_skipped_and_gone_back_to() {
    let folder = TempDir::new().unwrap();
    let mut bench = tour(folder.path(), 80, 24);
    bench.keys("J J").shows("3 of 5: source");
    bench.keys("K").shows("2 of 5: evidence").keys("K K").shows("1 of 5: card");
    bench.keys("J J J J J").shows("Guided tour: done").keys("K").shows("5 of 5: label");
    let (x, y) = bench.find("leave");
    bench.click(x, y).shows("no package is open");
    bench.keys("T").shows("1 of 5: card");
    // A label that was given early is the last lesson done.
    bench.keys("b").keys("J J J J").shows("Guided tour: done");
}

#[test]
fn the_queue_and_the_ledger_are_out_of_reach() {
    let folder = TempDir::new().unwrap();
    let mut bench = tour(folder.path(), 80, 24);
    for key in ["Q", "}", "{", "="] {
        bench.keys(key).shows("The tour has one package and no queue");
    }
    bench.keys("s").shows("label suspicious").keys("u").shows("no label");
    bench.keys("v 1 V").shows("payload").keys("T");
    assert!(!folder.path().join("ledger.sqlite").exists());
    // A package of the analyst's own is labelled in their own ledger again, although the tour was left by opening it.
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/npm-hook-stealer.tgz");
    bench.keys("T").keys("m").shows("label malicious");
    bench.keys("P").text(sample.to_str().unwrap()).keys("enter").shows("no label").hides("Guided tour");
    bench.keys("b").shows("label benign");
    assert!(folder.path().join("ledger.sqlite").exists());
    bench.keys("T").shows("no label").keys("T P").text(sample.to_str().unwrap()).keys("enter").shows("label benign");
}

#[test]
fn the_banner_fits_and_names_the_keys_as_they_are() {
    let folder = TempDir::new().unwrap();
    let keys = "[keys.anywhere]\nn = \"none\"\nM = \"next\"\nT = \"none\"\nf9 = \"guide\"\n[keys.guide]\nJ = \"none\"\nf8 = \"guide_next\"\n";
    let conf = TempDir::new().unwrap();
    std::fs::write(conf.path().join(FILE), keys).unwrap();
    for size in [(80, 24), (100, 16), (200, 60), (40, 12)] {
        let mut bench = tour(folder.path(), size.0, size.1);
        let depth = cerebro::config::Depth::True;
        bench.bench.state.config = Arc::new(Config::load(Some(conf.path()), depth).unwrap());
        bench.bench.state.dirty = true;
        bench.settle();
        if size == (40, 12) {
            // No room: the tour goes on without it.
            bench.keys("j").hides("Guided tour");
            assert_eq!(lesson(&bench), Some(Lesson::Evidence));
            continue;
        }
        for (_, keys) in WAY {
            let screen = rows(bench.buffer());
            // Above the keys, and the line of messages where there is one.
            let below = if size.1 > 20 { 2 } else { 1 };
            let banner = &screen[usize::from(size.1) - 3 - below..usize::from(size.1) - below];
            assert!(
                banner.iter().all(|row| row.starts_with('▌')) && banner[0].contains("nothing is kept"),
                "{banner:?}"
            );
            let back = if lesson(&bench) == Some(Lesson::Card) { "" } else { "K back  " };
            assert!(banner[0].ends_with(&format!("{back}F8 skip  F9 leave")), "{banner:?}");
            let said: String =
                banner[1..].iter().map(|row| format!("{} ", row.trim_start_matches('▌').trim())).collect();
            let state = &bench.bench.state;
            let whole = cerebro::tui::view::guide::text(state, state.guide.as_ref().unwrap());
            assert_eq!(said.split_whitespace().collect::<Vec<_>>(), whole.split_whitespace().collect::<Vec<_>>());
            for key in keys {
                bench.keys(if *key == "n" { "M" } else { key });
            }
        }
    }
}
