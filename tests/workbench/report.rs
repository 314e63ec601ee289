//! The preview of a report: from a flagged package to a copied and saved one.

use cerebro::report::Format;
use cerebro::tui::state::Message;
use cerebro::tui::view::View;
use crossterm::event::Event;

use super::harness::{Bench, carded};

fn on_card(width: u16, height: u16) -> Bench {
    let mut bench = Bench::ready_on(carded(width, height));
    bench.shows("malicious");
    bench
}

#[test]
fn from_a_flagged_package_to_a_copied_report_takes_six_keys() {
    for (width, height) in [(80, 24), (200, 60)] {
        let mut bench = on_card(width, height);
        let keys = "n v 1 m A y";
        assert!(keys.split(' ').count() <= 8);
        bench.keys(keys).shows("Report: markdown").shows("Copied the report as markdown.");
        let copied = bench.bench.screen.copied.last().unwrap();
        assert!(copied.starts_with("# Report on `"), "{copied}");
        assert!(copied.contains("## Marked lines") && copied.contains("**payload** at `"), "{copied}");
    }
}

#[test]
fn what_must_not_be_sent_is_refused_with_what_to_do() {
    let mut bench = on_card(80, 24);
    bench.keys("m m A").shows("no line of it is marked");
    bench.keys("y").shows("There is no report to copy.");
    // Another decision, another report, without a key.
    bench.keys("u").shows("# Report on");
    bench.keys(">").shows("Report: osv").shows("has no label");
    bench.keys("< <").shows("Report: stix");
    bench.keys("esc");
    assert_eq!(bench.bench.state.view, View::Card);
}

#[test]
fn a_report_is_scrolled_and_its_kind_is_kept() {
    let mut bench = on_card(80, 24);
    bench.keys("A > >");
    assert_eq!(bench.bench.state.report.format, Format::Sarif);
    bench.keys("G");
    let bottom = bench.bench.state.report.top;
    assert!(bottom > 10, "{bottom}");
    bench.keys("g j").shows("sarif");
    assert_eq!(bench.bench.state.report.top, 1);
    bench.keys("c A").shows("Report: sarif");
}

#[test]
fn a_report_is_saved_to_a_new_file_and_over_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.md");
    let mut bench = on_card(200, 60);
    bench.keys("A").shows("Report: markdown");
    bench.keys("w").shows("save as: reqests-helper-1.0.3-report.md");
    for _ in 0.."reqests-helper-1.0.3-report.md".len() {
        bench.back();
    }
    bench.send(Message::Terminal(Event::Paste(path.to_str().unwrap().to_owned())));
    bench.settle();
    bench.keys("enter").shows("Saved to");
    let saved = std::fs::read_to_string(&path).unwrap();
    assert!(saved.starts_with("# Report on `"), "{saved}");
    bench.keys("w");
    for _ in 0.."reqests-helper-1.0.3-report.md".len() {
        bench.back();
    }
    bench.send(Message::Terminal(Event::Paste(path.to_str().unwrap().to_owned())));
    bench.settle();
    bench.keys("enter").shows("is there already: choose another name.");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), saved);
}

#[test]
fn redo_does_again_what_undo_took_back() {
    let mut bench = on_card(80, 24);
    bench.keys("n v 1 m").shows("Recorded: malicious.");
    bench.keys("u").shows("Took back malicious: no label now.");
    bench.keys("u").shows("Took back the mark payload");
    bench.keys("ctrl-r").shows("Marked again as payload");
    bench.keys("U").shows("Again: malicious.").shows("label malicious");
    bench.keys("U").shows("There is nothing to do again.");
    // Something new, and what was taken back before stays so.
    bench.keys("u b U").shows("There is nothing to do again.");
}
