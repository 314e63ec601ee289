//! The case card, the walk over evidence and the way back, on the real analysis of a package.

use std::collections::HashSet;

use cerebro::behavior::Sequence;
use cerebro::package::{Entry, Loss, Phase, Skip, Target};
use cerebro::syntax::Doc;
use cerebro::tui::state::Pane;
use cerebro::tui::view::View;

use super::case;
use super::harness::{Bench, Given, carded, explained_when_told, message};

fn open(width: u16, height: u16) -> Bench {
    let mut bench = Bench::on(carded(width, height), Given::new(case::package()));
    bench.settle();
    bench
}

/// The selected bytes of the source.
fn emphasised(bench: &Bench) -> String {
    let state = &bench.bench.state;
    let (doc, span) = (state.viewer.doc.unwrap(), state.viewer.span.unwrap());
    state.docs.source(doc).unwrap().text[span.start..span.end].to_owned()
}

#[rstest::rstest]
#[case(80, 24)]
#[case(120, 40)]
#[case(200, 60)]
fn card(#[case] width: u16, #[case] height: u16) {
    let bench = open(width, height);
    insta::assert_snapshot!(format!("card_{width}x{height}"), bench.screen());
}

#[test]
fn the_first_screen_says_what_it_is_why_it_is_here_and_what_runs() {
    let mut bench = open(80, 24);
    bench.shows("Helpers for requests").shows("ALARM").shows("97.3 %").shows("(±2.0 %)");
    bench.shows("install setup.py").shows("import  reqests_helper").shows("moved by").shows("evidence");
    bench.shows("is 90 MB, the limit is 64 MB").shows("1 archive oddity").shows("none yet");
}

#[test]
fn what_a_user_starts_stands_below_where_rows_are_free() {
    let mut package = case::package();
    package.entries.push(Entry { phase: Phase::Run, name: "console_scripts demo".to_owned(), target: Target::File(3) });
    let mut bench = Bench::on(carded(100, 70), Given::new(package));
    bench.settle();
    bench.shows("user runs").shows("console_scripts demo");
    bench.resize(80, 24);
    bench.hides("user runs");
}

#[test]
fn a_decision_needs_no_scrolling_on_a_small_screen() {
    let mut bench = open(80, 24);
    let evidence = |bench: &Bench| {
        let lines = std::sync::Arc::clone(&bench.bench.state.card.lines);
        let of = lines.iter().filter(|line| line.heat.is_some());
        of.map(|line| (line.technique, line.place.clone())).collect::<Vec<_>>()
    };
    let shown = evidence(&bench);
    assert!(shown.len() >= 5 && shown.iter().all(|(_, place)| !place.is_empty()), "{shown:?}");
    let screen = bench.screen();
    for (technique, _) in &shown {
        assert!(technique.is_none_or(|id| screen.contains(id)), "{technique:?} is not on the screen:\n{screen}");
    }
    // On a very small one what runs comes before everything but verdict and label.
    bench.resize(40, 12);
    bench.shows("risk").shows("install setup.py").shows("import").shows("label");
    let places = evidence(&bench);
    assert!(places.len() >= 3 && places.iter().all(|(_, place)| place.matches(':').count() <= 1), "{places:?}");
}

#[test]
fn every_line_is_one_key_from_its_place() {
    let mut bench = open(80, 24);
    // The card begins on the strongest evidence.
    bench.keys("enter");
    assert_eq!(bench.bench.state.view, View::Code);
    let strongest = emphasised(&bench);
    assert!(!strongest.is_empty());
    bench.keys("(");
    assert_eq!(bench.bench.state.view, View::Card);
    // What the package says of itself stands in its manifest; what runs, in the file that runs.
    bench.keys("g j j j j j j");
    let line = bench.bench.state.card.selected;
    let lines = std::sync::Arc::clone(&bench.bench.state.card.lines);
    assert!(lines[line].leads.is_some());
    let leading = lines.iter().filter(|line| line.leads.is_some()).count();
    assert!(leading + 2 >= lines.len(), "only what is not there leads nowhere: {lines:#?}");
}

#[test]
fn every_word_of_a_sentence_is_one_key_from_its_place() {
    let mut bench = open(80, 24);
    bench.keys("g").shows("On installation, setup.py reads");
    bench.keys("l enter");
    assert_eq!(bench.bench.state.view, View::Code);
    assert!(emphasised(&bench).contains("NPM_TOKEN"), "{}", emphasised(&bench));
    // A click on a word selects it, the next one goes there.
    bench.keys("( g");
    let (x, y) = bench.find("AWS keys aws/credentials");
    bench.click(x + 10, y);
    assert_eq!(bench.bench.state.view, View::Card);
    bench.click(x + 10, y);
    assert!(emphasised(&bench).contains(".aws"), "{}", emphasised(&bench));
}

#[test]
fn the_selected_line_says_why_it_is_there_and_shows_its_bytes() {
    let mut bench = open(80, 24);
    bench.keys("g l").shows("R5 read sensitive information · ATT&CK T1552").shows("12         token = os.environ");
}

#[test]
fn an_explanation_moves_nothing_under_the_hand_until_it_is_asked_for() {
    let (release, given) = explained_when_told();
    let mut bench = Bench::on(carded(120, 40), given);
    while !bench.bench.state.explaining {
        bench.bench.turn().unwrap();
    }
    let evidence = |bench: &Bench| {
        let lines = bench.bench.state.card.lines.iter().filter(|line| line.heat.is_some());
        lines.map(|line| format!("{:?} {}", line.parts, line.place)).collect::<Vec<_>>()
    };
    let selected = |bench: &Bench| {
        let card = &bench.bench.state.card;
        format!("{:?}", card.lines[card.selected].parts)
    };
    let before = selected(&bench);
    bench.send(message("j"));
    while selected(&bench) == before {
        bench.bench.turn().unwrap();
    }
    let (shown, on) = (evidence(&bench), selected(&bench));
    release.send(()).unwrap();
    bench.settle();
    assert_eq!(selected(&bench), on);
    // What moved the model has taken a few rows; the rest stands as it stood.
    let now = evidence(&bench);
    assert_eq!(now, shown[..now.len()], "the order was shown");
    bench.keys("c").shows("in the order of the explanation");
    assert_ne!(evidence(&bench), now);
    assert_eq!(selected(&bench), on);
}

#[test]
fn the_walk_goes_through_all_evidence_in_order_and_back() {
    let mut bench = open(120, 40);
    let count = bench.bench.state.walk.exhibits.len();
    let steps = bench.bench.state.docs.sequence().steps.len();
    assert!(count > 10 && count <= steps + bench.bench.state.case.as_ref().unwrap().evidence.len());
    bench.keys("n").shows(&format!("Evidence 1 of {count}"));
    let first = emphasised(&bench);
    // Three behaviors may stand at one place, four do not here.
    bench.keys("n").shows(&format!("Evidence 2 of {count}"));
    bench.keys("n n").shows(&format!("Evidence 4 of {count}"));
    assert_ne!(first, emphasised(&bench));
    bench.keys("N N N");
    assert_eq!(first, emphasised(&bench));
    for _ in 0..count {
        bench.keys("n");
    }
    bench.shows("This was the last piece of evidence.");
    bench.keys("c").shows("runs");
}

#[test]
fn an_explanation_that_comes_during_the_walk_hides_nothing_of_it() {
    let (release, given) = explained_when_told();
    let mut bench = Bench::on(carded(120, 40), given);
    while !bench.bench.state.explaining {
        bench.bench.turn().unwrap();
    }
    let said = |bench: &Bench| bench.bench.state.notice.clone().map_or_else(String::new, |notice| notice.text);
    // What is looked at, without its number.
    let looked_at = |bench: &Bench| {
        let viewer = &bench.bench.state.viewer;
        let what = said(bench).split_once(" · ").map_or_else(String::new, |(_, what)| what.to_owned());
        (format!("{:?} {:?}", viewer.doc, viewer.span), what)
    };
    let first = bench.bench.state.walk.exhibits.clone();
    let mut walked = Vec::new();
    for number in ["Evidence 1 of", "Evidence 2 of"] {
        bench.send(message("n"));
        while !said(&bench).starts_with(number) {
            bench.bench.turn().unwrap();
        }
        walked.push(looked_at(&bench));
    }
    release.send(()).unwrap();
    bench.settle();
    assert_ne!(bench.bench.state.walk.exhibits, first, "the explanation has put them in another order");
    let count = first.len();
    for number in 3..=count {
        bench.keys("n");
        assert!(said(&bench).starts_with(&format!("Evidence {number} of {count} ")), "{}", said(&bench));
        walked.push(looked_at(&bench));
    }
    bench.keys("n").shows("This was the last piece of evidence.");
    assert_eq!(walked.iter().collect::<HashSet<_>>().len(), count, "{walked:#?}");
    for number in (1..count).rev() {
        bench.keys("N");
        // What has no place leaves on the screen what was there.
        assert_eq!(looked_at(&bench).1, walked[number - 1].1);
    }
    bench.keys("N").shows("The walk over the evidence began here.");
}

#[test]
fn what_was_read_in_part_is_counted_beside_what_was_skipped() {
    let mut package = case::package();
    package.skipped.clear();
    let mut bench = Bench::on(carded(120, 40), Given::new(package));
    bench.settle();
    bench.shows("nothing: everything was read").hides("in part");
    let partial = |path: &str| Skip::new(Loss::Parser, path, "syntax errors, the first in line 3");
    let partial = vec![partial("reqests-helper-1.0.3/reqests_helper/__init__.py"), partial("gone.py")];
    bench.show(Sequence { partial, ..case::sequence() });
    bench.shows("nothing, 2 in part: reqests_helper/__init__.py: syn").shows(" · 2 in part");
    bench.hides("everything was read");
    let (x, y) = bench.find("nothing, 2 in part");
    bench.click(x, y).click(x, y);
    assert_eq!(bench.bench.state.view, View::Code);
    assert_eq!(bench.bench.state.docs.name(bench.bench.state.viewer.doc.unwrap()), "reqests_helper/__init__.py");
}

#[test]
fn evidence_in_a_decoded_layer_opens_in_that_layer() {
    let mut bench = open(120, 40);
    bench.show(case::sequence());
    bench.keys("c");
    let count = bench.bench.state.walk.exhibits.len();
    let mut layers = 0;
    for _ in 0..count {
        bench.keys("n");
        layers += usize::from(matches!(bench.bench.state.viewer.doc, Some(Doc::Layer(0))));
    }
    assert!(layers > 0);
}

#[test]
fn back_and_forward_retrace_every_jump() {
    let mut bench = open(120, 40);
    bench.keys("n n n n");
    let fourth = emphasised(&bench);
    bench.keys("( ( (");
    let first = emphasised(&bench);
    bench.keys("(");
    assert_eq!(bench.bench.state.view, View::Card);
    bench.keys("(").shows("There is no place to go back to.");
    bench.keys(") ) ) )");
    assert_ne!(first, fourth);
    assert_eq!(fourth, emphasised(&bench));
    bench.keys(")").shows("There is no place to go forward to.");
}

#[test]
fn origin_tells_the_way_to_a_step_and_leads_along_it() {
    let mut bench = open(120, 40);
    bench.keys("3 /").text("R5").keys("enter n o");
    bench
        .shows("Where it comes from")
        .shows("setup.py runs by itself")
        .shows("run  from setup.py:19:1")
        .shows("guarded");
    bench.keys("enter");
    assert_eq!(bench.bench.state.focus, Pane::Source);
    assert_eq!(bench.bench.state.docs.name(bench.bench.state.viewer.doc.unwrap()), "setup.py");
}

#[test]
fn a_name_leads_to_its_definition_and_its_uses() {
    let mut bench = open(120, 40);
    bench.keys("2").keys("/").text("class Install").keys("enter").keys("r");
    bench.shows("Defined and used").shows("class").shows("used");
    bench.keys("esc").keys("/").text("'install': Install").keys("enter").keys("d");
    assert_eq!(bench.bench.state.viewer.cursor, 6, "the only definition");
    bench.keys("(").keys("esc /").text("setup(").keys("enter").keys("esc j d").shows("No name here is defined");
}

#[test]
fn a_click_selects_a_line_and_a_second_one_goes_there() {
    let mut bench = open(120, 40);
    let (x, y) = bench.find("install setup.py");
    bench.click(x, y);
    assert_eq!(bench.bench.state.view, View::Card);
    bench.click(x, y);
    assert_eq!(bench.bench.state.view, View::Code);
    assert_eq!(bench.bench.state.docs.name(bench.bench.state.viewer.doc.unwrap()), "setup.py");
}

#[test]
fn a_card_without_a_model_or_without_code_is_still_a_card() {
    let mut given = Given::new(case::package_of(vec![case::file("root/README.md", "# nothing\n")]));
    given.load = Box::new(|| Err("no model in models/none".to_owned()));
    let mut bench = Bench::on(carded(80, 24), given);
    bench.settle();
    bench.shows("none: no model in models/none").shows("none: no behavior and nothing odd was found");
    bench.keys("n").shows("There is no evidence.");
}
