//! Explanations of the shipped model, and of what they must add up to.

use super::*;
use crate::model::Device;

pub(super) fn model() -> Model {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/cerebro");
    Model::load(&folder, &Device::cpu()).unwrap()
}

/// A text of these pieces, each but the first two speaking for two steps.
pub(super) fn text(words: &[&str]) -> ModelText {
    let mut text = crate::model::linear::tests::text(words);
    for (index, piece) in text.pieces.iter_mut().enumerate().skip(2) {
        piece.steps = vec![2 * index, 2 * index + 1];
    }
    text
}

pub(super) fn stealer() -> ModelText {
    text(&["facts", "install", "import os", "environment whole", "send env", "http post", "open read"])
}

/// More words than a window holds.
fn long() -> ModelText {
    let mut words = vec!["facts".to_owned(), "run".to_owned()];
    words.extend((0..75).map(|i| format!("file read other{i}")));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    text(&words)
}

#[test]
fn the_log_odds_are_those_of_the_judgement() {
    let model = model();
    for text in [stealer(), long(), text(&[])] {
        let odds = model.log_odds(&text).unwrap();
        let said = f64::from(model.judge(&text).unwrap().probability);
        assert!((crate::model::calibration::sigmoid(odds) - said).abs() < 1e-5, "{odds} {said}");
    }
}

#[test]
fn nothing_hidden_changes_nothing_and_a_hidden_piece_is_one_that_is_masked() {
    let model = model();
    for text in [stealer(), long()] {
        let odds = model.log_odds(&text).unwrap();
        let answers = model.without(&text, &[vec![], vec![4], vec![4], vec![3, 5]]).unwrap();
        assert_eq!(answers[0], odds);
        assert_eq!(answers[1], answers[2]);
        assert!((answers[1] - odds).abs() > 1e-3 && answers[1] != answers[3], "{answers:?}");
    }
}

#[test]
fn the_tokens_of_a_piece_add_up_to_its_score() {
    let model = model();
    for text in [stealer(), long()] {
        let judgement = model.judge(&text).unwrap();
        let several = judgement.windows.len() > 1;
        assert_eq!(several, text.pieces.len() > 10);
        for method in [Method::LeaveOneOut, Method::Gradient, Method::Integrated] {
            // Leaving each of 77 pieces out of two windows takes minutes without optimisation; the gradients do both at once.
            if several && method == Method::LeaveOneOut {
                continue;
            }
            let explanation = model.explain(&text, method, Choice::default()).unwrap();
            let mut sums = vec![0.0; text.pieces.len()];
            for (window, scores) in judgement.windows.iter().zip(&explanation.tokens) {
                assert_eq!(window.tokens.len(), scores.len());
                for (token, score) in window.tokens.iter().zip(scores) {
                    match token.piece {
                        Some(piece) => sums[piece] += score,
                        None => assert!(score.abs() < 1e-6, "{method}: {} has {score}", token.text),
                    }
                }
            }
            for (sum, piece) in sums.iter().zip(&explanation.pieces) {
                assert!((sum - piece).abs() < 1e-4, "{method}: {sum} {piece}");
            }
        }
    }
}

#[test]
fn integrated_gradients_add_up_to_what_the_text_adds() {
    let (model, text) = (model(), stealer());
    let explanation = model.explain(&text, Method::Integrated, Choice::default()).unwrap();
    let all = (0..text.pieces.len()).collect();
    let added = model.log_odds(&text).unwrap() - model.without(&text, &[all]).unwrap()[0];
    let sum: f64 = explanation.pieces.iter().sum();
    // Eight points of the way leave a few percent out.
    assert!((sum - added).abs() < 0.08 * added.abs().max(1.0), "{sum} {added}");
    assert!(explanation.note.contains(&format!("{sum:.2} of the {added:.2}")), "{}", explanation.note);
}

#[test]
fn a_gradient_foretells_a_small_change() {
    // Along the way from the masked text, the log odds change at the text as fast as the tokens' scores say.
    let (model, text) = (model(), stealer());
    let subject = Subject::new(&model, &text).unwrap();
    let scores: f64 = gradient::at_the_text(&subject).unwrap().concat().iter().sum();
    let slope = gradient::slope_at_the_text(&subject, 0.01).unwrap();
    assert!((scores - slope).abs() < 0.02 * slope.abs().max(0.5), "{scores} {slope}");
}

#[test]
fn leave_one_out_is_what_the_model_says_without_each_piece() {
    let (model, text) = (model(), stealer());
    let explanation = model.explain(&text, Method::LeaveOneOut, Choice::default()).unwrap();
    let odds = model.log_odds(&text).unwrap();
    for (piece, score) in explanation.pieces.iter().enumerate() {
        let without = model.without(&text, &[vec![piece]]).unwrap()[0];
        assert!((odds - without - score).abs() < 1e-4, "{piece}: {score}");
    }
    assert_eq!(explanation.steps(&text, 14)[8..10], [explanation.pieces[4]; 2], "both steps of a piece");
}

#[test]
fn a_budget_that_is_used_up_leaves_weak_pieces_out_and_counts_them() {
    let (model, text) = (model(), stealer());
    let subject = Subject::new(&model, &text).unwrap();
    let all = hiding::leave_one_out(&subject, hiding::BUDGET).unwrap();
    assert_eq!(all.untried, 0);
    let window = subject.windows[0].len();
    let some = hiding::leave_one_out(&subject, 3 * window).unwrap();
    assert_eq!(some.untried, text.pieces.len() - 3);
    let tried: Vec<usize> = (0..text.pieces.len()).filter(|i| some.pieces[*i] != 0.0).collect();
    assert_eq!(tried.len(), 3);
    // Those that were tried have the scores that they have without a budget, to rounding.
    assert!(tried.iter().all(|i| (some.pieces[*i] - all.pieces[*i]).abs() < 1e-4));
}

#[test]
fn attention_is_a_share_and_says_that_it_is_no_reason() {
    let (model, text) = (model(), stealer());
    for (method, choice) in [
        (Method::Attention, Choice::default()),
        (Method::Attention, Choice { layer: Some(1), head: Some(3) }),
        (Method::Rollout, Choice::default()),
    ] {
        let explanation = model.explain(&text, method, choice).unwrap();
        let sum: f64 = explanation.tokens[0].iter().sum();
        assert!((sum - 1.0).abs() < 1e-4, "{method}: {sum}");
        assert!(!method.signed() && explanation.note.contains("not a reason"));
        assert!(explanation.pieces.iter().all(|score| *score > 0.0));
    }
}

#[test]
fn rollout_of_one_layer_is_half_attention() {
    // Two tokens, one layer: half of [CLS] is itself, the other half what it attends to.
    let map = candle_core::Tensor::new(
        &[[[0.25f32, 0.75], [0.5, 0.5]], [[0.75, 0.25], [0.5, 0.5]]],
        &candle_core::Device::Cpu,
    );
    let row = attention::roll(&[map.unwrap()], 2).unwrap();
    assert_eq!(row, [0.75, 0.25]);
}
