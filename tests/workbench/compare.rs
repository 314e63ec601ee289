//! The view that explains: two methods, layers and heads, what if.

use std::sync::mpsc::channel;

use cerebro::model::explain::Method;
use cerebro::tui::view::View;

use super::case;
use super::harness::{Bench, Given, judge, message};

#[rstest::rstest]
#[case(80, 24)]
#[case(120, 40)]
#[case(200, 60)]
fn explain(#[case] width: u16, #[case] height: u16) {
    let mut bench = Bench::ready(width, height);
    bench.keys("E j w");
    insta::assert_snapshot!(format!("explain_{width}x{height}"), bench.screen());
}

#[test]
fn opened_before_the_verdict_it_says_what_goes_on_and_fills_when_the_model_has_read() {
    let (release, wait) = channel::<()>();
    let mut given = Given::new(case::package());
    given.load = Box::new(move || {
        wait.recv().unwrap();
        Ok(judge(|case| Ok(case::judged(case, 0.973))))
    });
    let mut bench = Bench::open(80, 24, given);
    bench.send(message("E"));
    bench.until(|state| state.view == View::Explain && state.case.is_some());
    bench.shows("the model is loading …");
    release.send(()).unwrap();
    bench.settle();
    bench.shows("integrated").shows("leave-one-out").shows("what if").hides("loading");
    assert!(bench.bench.state.compare.beside.is_some() && !bench.bench.state.compare.rows.is_empty());
}

#[test]
fn without_a_model_it_says_so() {
    let mut given = Given::new(case::package());
    given.load = Box::new(|| Err("no model was found".to_owned()));
    let mut bench = Bench::open(80, 24, given);
    bench.settle();
    bench
        .keys("E")
        .shows("there is no model, so there is nothing to explain")
        .keys("j w enter (")
        .hides("nothing to explain");
}

#[test]
fn two_methods_stand_side_by_side_and_each_can_be_changed() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("E").shows("integrated").shows("leave-one-out");
    let before = bench.bench.state.compare.beside.clone().unwrap();
    bench.keys("a").shows("attention of [CLS]");
    assert_eq!(bench.bench.state.compare.method, Method::Attention);
    assert_ne!(bench.bench.state.compare.beside.clone().unwrap().pieces, before.pieces);
    bench.keys("e").shows("gradient");
    assert_eq!(bench.bench.state.tokens.method, Method::Gradient);
    // Round through all of them, and by a head: a method never stands beside itself.
    for keys in ["e", "e", "e", "e", "a", "a", "a", "a", "a", ".", "a", "a", "a", "a"] {
        let state = &bench.keys(keys).bench.state;
        assert_ne!(state.tokens.method, state.compare.method, "after {keys}");
        assert!(state.compare.beside.is_some(), "after {keys}");
    }
}

#[test]
fn the_strongest_come_first_or_what_runs_first() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("E");
    let scores = |bench: &Bench| -> Vec<f64> {
        let explanation = bench.bench.state.explanation.clone().unwrap();
        bench.bench.state.compare.rows.iter().map(|row| explanation.pieces[*row].abs()).collect()
    };
    assert!(scores(&bench).is_sorted_by(|a, b| a >= b));
    bench.keys("f");
    assert!(bench.bench.state.compare.rows.is_sorted());
}

#[test]
fn hiding_a_step_moves_the_probability_and_showing_it_puts_it_back() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("E w").shows("Without 1 piece: 80.0 %").shows("✕").shows("the verdict stays");
    bench.keys("j w j w j w j w").shows("40.0 %").shows("the verdict turns");
    bench.keys("W").shows("The model reads everything again.").hides("✕");
    // From the sequence as well.
    bench.keys("3 w").shows("Without 1 piece: 80.0 %");
    bench.keys("w").shows("The model reads everything again.");
}

#[test]
fn a_piece_leads_to_its_bytes_and_a_head_to_its_attention() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("E enter");
    assert_eq!(bench.bench.state.view, View::Code);
    assert!(bench.bench.state.viewer.span.is_some());
    bench.keys("(");
    assert_eq!(bench.bench.state.view, View::Explain);
    let (x, y) = bench.find("layer 2");
    bench.click(x + 11, y);
    let choice = bench.bench.state.tokens.choice;
    assert_eq!((bench.bench.state.tokens.method, choice.layer, choice.head), (Method::Attention, Some(1), Some(1)));
}
