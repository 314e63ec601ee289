//! What others say on the screen: the card, the page, similar cases; and a report that is changed by hand.

use std::sync::Arc;

use cerebro::case::Case;
use cerebro::case::external::{Act, External, Fact, Finding, History, Observed, Release, Report, Says};
use cerebro::evidence::Level;
use cerebro::ledger::{Label, Labelled, Ledger};
use cerebro::package::Phase;
use cerebro::tui::state::Message;
use cerebro::tui::state::shown::Shown;
use cerebro::tui::view::View;
use cerebro::tui::worker::{Answer, Ticket};

use super::case;
use super::harness::{Bench, Given, carded};

/// What a scanner, a run and a registry say of the case made by hand.
fn external(says: Says) -> External {
    let report = |source: &str, says, words: &str| Report {
        file: format!("{source}.json"),
        source: source.to_owned(),
        says,
        words: words.to_owned(),
        listed: 1,
        left_out: 0,
        error: None,
    };
    let release = |version: &str, time: &str, publisher: &str| Release {
        version: version.to_owned(),
        time: time.to_owned(),
        publisher: publisher.to_owned(),
        ..Release::default()
    };
    let seen = |act, value: &str, place| Observed { phase: Phase::Install, act, value: value.to_owned(), place };
    let setup = case::package().files.into_iter().nth(5).unwrap();
    let text = setup.source.unwrap().text.clone();
    let start = text.find("urllib.request.urlopen").unwrap();
    let span = Some(cerebro::text::Span { start, end: start + 22 });
    External {
        reports: vec![
            report("GuardDog", says, "0 of 10, none"),
            report("package-analysis", Says::Nothing, "install completed"),
        ],
        findings: vec![Finding {
            source: "acme\u{1b}lint".to_owned(),
            rule: "net".to_owned(),
            message: "sends what it read".to_owned(),
            level: Level::High,
            path: "setup.py".to_owned(),
            file: Some(5),
            span,
        }],
        observed: vec![
            seen(Act::Connect, "collect.example.com:443", Some((5, span))),
            seen(Act::Dns, "other.invalid", None),
        ],
        history: Some(History {
            releases: vec![
                release("1.0.2", "2023-01-01T00:00:00Z", "anna"),
                release("1.0.3", "2026-01-01T00:00:00Z", "mallory"),
            ],
            current: Some(1),
            facts: vec![
                Fact { text: "published 2026-01-01 00:00 UTC: the newest, after 1 release".to_owned(), telling: false },
                Fact {
                    text: "published by mallory, who published none of the 1 before it (anna did)".to_owned(),
                    telling: true,
                },
            ],
            mismatches: vec!["the registry calls it requests-helper".to_owned()],
        }),
    }
}

fn bench(width: u16, height: u16, external: External) -> Bench {
    let mut bench = Bench::ready_on(carded(width, height));
    let case = Case::clone(bench.bench.state.case.as_ref().unwrap()).with_external(Arc::new(external));
    let shown = Box::new(Shown::new(Case { verdict: None, ..case }));
    bench.send(Message::Answer(Answer::Read { ticket: Ticket::default(), shown, hidden: 0 }));
    bench.settle();
    bench
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn the_card_tells_contradictions_and_who_published(#[case] width: u16, #[case] height: u16) {
    let mut bench = bench(width, height, external(Says::Clean));
    bench.shows("GuardDog finds nothing in it").shows("published by mallory");
    insta::assert_snapshot!(format!("others_card_{width}x{height}"), bench.screen());
    bench.keys("F");
    insta::assert_snapshot!(format!("others_page_{width}x{height}"), bench.screen());
}

#[test]
fn the_page_leads_to_the_places_and_closes_by_its_key() {
    let mut bench = bench(200, 60, external(Says::Suspicious));
    bench.keys("F").shows("What others say").shows("Seen when it ran: install").shows("in no code that was read");
    bench.shows("sends what it read").hides("\u{1b}");
    bench.keys("F").hides("Seen when it ran: install");
    bench.keys("F enter");
    assert_eq!(bench.bench.state.view, View::Code);
    let span = bench.bench.state.viewer.span.unwrap();
    assert_eq!(span.end - span.start, 22, "the bytes that were seen in use");
}

#[test]
fn a_step_says_who_points_at_it_too() {
    let mut bench = bench(200, 60, external(Says::Clean));
    bench.shows("also acme").shows("⎇ seen");
}

#[test]
fn where_nobody_says_anything_that_is_said() {
    let mut bench = Bench::ready_on(carded(80, 24));
    bench.keys("F").shows("Nobody else says anything of it");
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn decided_cases_that_are_like_it(#[case] width: u16, #[case] height: u16) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut known = case::judged(case::read(case::package(), case::sequence()), 0.9);
    let text = format!("{}and something that only the known case does ", known.text.text);
    known.text = Arc::new(cerebro::behavior::ModelText { text, pieces: Vec::new() });
    let mut labelled = Labelled::new(&known, Label::Malicious, None, "7");
    (labelled.sha256, labelled.name) = ("ab".repeat(32), "acme-known\u{1b}".to_owned());
    Ledger::open(&path, "anna").unwrap().label(labelled).unwrap();
    let mut bench = Bench::on(carded(width, height), Given { ledger: Some(path), ..Given::new(case::package()) });
    bench.settle();
    bench.show(case::sequence());
    bench.keys("K").shows("Decided cases that are like it: 1").shows("acme-known").shows("malicious").hides("\u{1b}");
    insta::assert_snapshot!(format!("similar_{width}x{height}"), bench.screen());
    bench.keys("K").hides("acme-known");
}

#[test]
fn a_report_is_changed_in_the_editor_before_it_is_copied() {
    let mut bench = Bench::ready_on(carded(80, 24));
    bench.keys("A").shows("Report: markdown");
    bench.keys("e").shows("The report is changed").shows("as you changed it");
    bench.keys("y");
    assert!(bench.bench.screen.copied.last().unwrap().ends_with("changed by hand\n"));
    // A decision does not write over it; another kind of report is a new one.
    bench.keys("b").shows("as you changed it");
    bench.keys("> <").hides("as you changed it");
    bench.bench.screen.editor = |_| Err("vi ended with 1: the report is as it was".to_owned());
    bench.keys("e").shows("the report is as it was").hides("as you changed it");
}
