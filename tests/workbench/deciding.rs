//! Labels with more than a verdict, hidden evidence, blind labels, two analysts on one ledger.

use std::path::Path;

use cerebro::config::Depth;
use cerebro::ledger::{Label, Labelled, Ledger, ReviewPolicy, What};
use cerebro::tui::view::View;

use super::case;
use super::harness::{Bench, Given, carded, state};

/// A workbench of one analyst on a ledger.
fn bench(ledger: &Path, actor: &'static str, width: u16, height: u16) -> Bench {
    let mut given = Given::new(case::package());
    given.ledger = Some(ledger.to_owned());
    given.actor = actor;
    let mut bench = Bench::on(carded(width, height), given);
    bench.settle();
    bench.show(case::sequence());
    bench
}

fn labelled(ledger: &Path, event: i64) -> Labelled {
    match Ledger::open(ledger, "reader").unwrap().event(event).unwrap().body.what {
        What::Labelled(labelled) | What::Adjudicated(labelled) => *labelled,
        other => panic!("event {event} is {other:?}"),
    }
}

#[test]
fn the_page_of_the_label_proposes_and_records_what_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let mut bench = bench(&path, "ann", 80, 24);
    bench.keys("v 1 c ;");
    assert_eq!(bench.bench.state.view, View::Classify);
    bench.shows("proposed from the steps").shows("[install]").shows("[credential_theft]").shows(" typosquat ");
    bench.keys("enter").shows("Choose the verdict first: Space on one of the first row.");
    // To malicious, then over the questions to the injection.
    bench.keys("l l l l l space").shows("[malicious]").shows("harms whoever installs or uses it");
    bench.keys("tab tab tab tab tab space").shows("[typosquat]").shows("T1195.001").hides("proposed from");
    bench.keys("tab tab l l l l space").shows("[90 %]");
    bench.keys("tab space").text("spring").keys("enter").shows("[spring]");
    bench.keys("tab space").text("reads keys, posts them").keys("enter").shows("[reads keys, posts them]");
    bench.keys("enter").shows("Recorded: malicious. u takes it back.");
    assert_eq!(bench.bench.state.view, View::Card);

    let said = labelled(&path, 2);
    assert!(said.given.seconds.is_some() && !said.given.blind, "{:?}", said.given);
    let said = said.taxonomy;
    assert_eq!(
        (said.injection, said.confidence, said.campaign),
        (vec!["typosquat".to_owned()], Some(90), "spring".into())
    );
    assert_eq!(said.rationale, "reads keys, posts them");
    assert!(
        said.objective.contains(&"credential_theft".to_owned()) && said.trigger == ["install"],
        "{:?}",
        said.objective
    );
    // The report says it at once, and who looks again finds it, without anything proposed.
    bench.keys("A").shows("# Report on").keys("G g").keys("A ;").shows("[typosquat]").hides("proposed");
    assert!(Ledger::open(&path, "reader").unwrap().verify().is_ok());
}

#[test]
fn a_bare_label_says_nothing_that_nobody_chose() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let mut bench = bench(&path, "ann", 120, 40);
    bench.keys("; esc").keys("b").shows("Recorded: benign");
    assert!(labelled(&path, 1).taxonomy.is_empty(), "the page was only looked at");
    // A verdict on the page's own key takes what is chosen there.
    bench.keys("; tab space s").shows("Recorded: suspicious");
    assert!(!labelled(&path, 2).taxonomy.is_empty());
    bench.keys("c s").shows("Recorded: suspicious");
    assert_eq!(labelled(&path, 3).taxonomy, labelled(&path, 2).taxonomy, "who repeats a verdict keeps what they said");
}

#[test]
fn a_click_selects_a_word_and_chooses_it() {
    let mut bench = Bench::ready_on(carded(120, 40));
    bench.keys(";");
    let (x, y) = bench.find(" rat ");
    bench.click(x + 1, y).shows("rat: is steered from outside").click(x + 1, y).shows("[rat]");
    bench.click(x + 1, y).hides("[rat]");
    bench.keys("G").shows("why, in a sentence").keys("g").shows("does what it says");
    bench.keys("j j k").keys("backtab backtab").keys(";");
    assert_eq!(bench.bench.state.view, View::Card);
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn the_page_looks(#[case] width: u16, #[case] height: u16) {
    let mut bench = Bench::ready_on(carded(width, height));
    bench.keys("; l l l l l space tab");
    insta::assert_snapshot!(format!("classify_{width}x{height}"), bench.screen());
}

#[test]
fn hidden_evidence_is_counted_shown_by_one_key_and_back_with_undo() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let mut bench = bench(&path, "ann", 120, 40);
    let count = bench.bench.state.walk.exhibits.len();
    let text = bench.bench.state.case.as_ref().unwrap().text.text.clone();
    bench.keys("-").shows("hide it, for:").keys("enter").shows("nothing is hidden: say why");
    bench.keys("-").text("a test of ours for:9x").keys("enter").shows("for: takes a number of days");
    bench.keys("-").text("a test of ours").keys("enter").shows("Hidden from lists: behavior/").shows("u takes it back");
    bench.shows("hidden by ann: a test of ours").shows("_ shows");
    assert!(bench.bench.state.walk.left_out() > 0);
    assert_eq!(bench.bench.state.walk.exhibits.len(), count, "nothing is gone");
    assert_eq!(bench.bench.state.case.as_ref().unwrap().text.text, text, "the model reads what it read");

    bench.keys("_").shows("What is hidden is shown too.").shows("hidden by ann: a test of ou");
    bench.keys("_").shows("left out again");
    // The walk goes past it, and says so at its end.
    for _ in 0..count {
        bench.keys("n");
    }
    bench.shows("This was the last piece of evidence;").shows("hidden, _ shows what.");
    bench.keys("c u").shows("Shown again: behavior/").hides("hidden by ann");
    bench.keys("ctrl-r").shows("Hidden again: behavior/").shows("hidden by ann");
    bench.keys("_ _").keys("u").keys("_").shows("No evidence of this package is hidden.");
    assert!(Ledger::open(&path, "reader").unwrap().verify().is_ok());
}

#[test]
fn a_suppression_that_has_ended_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let mut first = bench(&path, "ann", 120, 40);
    first.keys("-").text("for a while").keys("enter").shows("hidden by ann");
    drop(first);
    let mut ledger = Ledger::open(&path, "bob").unwrap();
    let standing = ledger.suppressions().next().unwrap().clone();
    ledger.lift(standing.event).unwrap();
    let mut ended = cerebro::ledger::Suppression::clone(&standing.suppression);
    ended.expires = "2020-02-03T00:00:00Z".parse().ok();
    ledger.suppress(ended).unwrap();
    drop(ledger);
    let mut again = bench(&path, "ann", 120, 40);
    again.shows("bob hid it until 2020-02-03").hides("_ shows");
}

#[test]
fn a_blind_label_hides_the_answer_until_it_is_given_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let mut given = Given::new(case::package());
    given.ledger = Some(path.clone());
    let mut start = carded(120, 40);
    start.blind = true;
    let mut bench = Bench::on(start, given);
    bench.settle();
    bench.show(case::sequence());
    bench.shows("hidden until you have decided (blind)").hides("97.3").hides("alarm from").hides("speaks for");
    for keys in ["E", "e", "w", ">"] {
        bench.keys(keys).shows("What the model says is hidden until you have decided.").hides("97.3");
    }
    bench.keys("i").hides("97.3").keys("esc");
    bench.keys("A").shows("# Report on").hides("97.3").keys("A");
    assert!(!bench.bench.screen.title.contains("97"), "{}", bench.bench.screen.title);
    bench.keys("c b").shows("Recorded: benign").shows("97.3 %").shows("alarm from");
    let first = labelled(&path, 1);
    assert!(first.given.blind);
    assert_eq!(first.shown.and_then(|shown| shown.probability), Some(0.973), "what was not on the screen is kept");
    // What has been seen once is not unseen.
    bench.keys("u").shows("97.3 %").keys("s").shows("Recorded: suspicious");
    let second = labelled(&path, 3);
    assert!(!second.given.blind && second.shown.is_some());
    bench.keys("f4").shows("What the model says is shown.");
    bench.keys("f4").shows("Blind from the next package on");
}

const ALL: ReviewPolicy = ReviewPolicy { malicious: 100, others: 0 };

#[test]
fn a_second_opinion_is_given_without_sight_of_the_first_and_a_third_decides() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let of = |actor: &'static str| {
        let mut given = Given::new(case::package());
        (given.ledger, given.actor, given.policy) = (Some(path.clone()), actor, ALL);
        let mut start = carded(120, 40);
        let mut config = cerebro::config::Config::load(None, Depth::True).unwrap();
        config.settings.second_malicious = 100;
        start.config = std::sync::Arc::new(config);
        let mut bench = Bench::on(start, given);
        bench.settle();
        bench.show(case::sequence());
        bench
    };
    let mut ann = of("ann");
    ann.shows("97.3 %")
        .keys("n v 1 c ;")
        .keys("l l l l l space")
        .keys("G space")
        .text("it posts keys")
        .keys("enter enter");
    ann.shows("Recorded: malicious");
    drop(ann);

    let mut bob = of("bob");
    bob.shows("second opinion").shows("hidden until you have decided (second opinion)").shows("no label").hides("97.3");
    bob.shows("nothing marked").keys("V").hides("payload").keys("V A").hides("malicious, 20").keys("A");
    bob.keys(";").shows("proposed from the steps").hides("it posts keys").keys("esc b");
    bob.shows("label benign").shows("97.3 %").hides("second opinion");
    bob.keys("V").shows("payload");
    drop(bob);
    assert!(labelled(&path, 3).given.second && labelled(&path, 3).given.blind);

    let mut eve = of("eve");
    eve.keys("&")
        .shows("Disagreement 1 of 1 · reqests-helper 1.0.3")
        .shows("it posts keys")
        .shows("no reason was written");
    eve.shows("ann · ").shows("bob · ");
    eve.keys("m enter").shows("Nothing was decided: say why it is malicious.");
    eve.keys("m").text("the keys leave the machine").keys("enter").shows("Decided: malicious. u takes it back.");
    eve.shows("Nobody disagrees, or all was decided.");
    let decided = labelled(&path, 4);
    assert_eq!((decided.label, decided.given.adjudicates), (Label::Malicious, vec![2, 3]));
    assert_eq!(decided.taxonomy.rationale, "the keys leave the machine");
    eve.keys("u").shows("Disagreement 1 of 1").keys("U").shows("Nobody disagrees").keys("esc");
    assert_eq!(eve.bench.state.view, View::Card);
    assert!(Ledger::open(&path, "reader").unwrap().verify().is_ok());
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn disagreements_look(#[case] width: u16, #[case] height: u16) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let clock = || "2026-11-20T12:00:00Z".parse().unwrap();
    let package = std::sync::Arc::new(case::package());
    let case = cerebro::case::Case::read(package, std::time::Duration::ZERO, &cerebro::behavior::Reading::default());
    for (actor, label, reason) in [
        ("ann", Label::Malicious, "reads the credentials of the cloud and posts them to an address that nobody knows"),
        ("bob", Label::ResearchOrPentest, "says in its description that it is a test"),
    ] {
        let mut ledger = Ledger::open(&path, actor).unwrap().with_clock(clock);
        let mut labelled = Labelled::new(&case, label, None, "7");
        labelled.taxonomy = cerebro::ledger::Taxonomy::proposed(&case);
        labelled.taxonomy.rationale = reason.to_owned();
        ledger.label(labelled).unwrap();
    }
    let mut given = Given::new(case::package());
    given.ledger = Some(path);
    let mut bench = Bench::on(state(width, height, Depth::True), given);
    bench.settle();
    bench.keys("&");
    insta::assert_snapshot!(format!("disputes_{width}x{height}"), bench.screen());
}
