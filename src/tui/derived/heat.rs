//! An explanation as heat: of tokens, of the steps they speak for, of the lines those stand on.

use std::collections::HashMap;

use crate::behavior::{ModelText, Sequence};
use crate::model::Judgement;
use crate::model::explain::Explanation;
use crate::syntax::Doc;

/// The next of `None, 0, 1, .. count - 1`, around; backwards with `forward` false.
#[must_use]
pub fn cycle(now: Option<usize>, count: usize, forward: bool) -> Option<usize> {
    match (now, forward) {
        (None, true) => (count > 0).then_some(0),
        (None, false) => count.checked_sub(1),
        (Some(now), true) => (now + 1 < count).then_some(now + 1),
        (Some(now), false) => now.checked_sub(1),
    }
}

/// Heat for everything that can be drawn with it: from 0 to 1, and down to -1 for what speaks against malicious.
#[derive(Debug, Clone, Default)]
pub struct Heat {
    /// Per window and token; 1 for the strongest token that is not special.
    pub tokens: Vec<Vec<f32>>,
    /// Per step; 1 for the strongest step.
    pub steps: Vec<f32>,
    /// Share of all scores that goes to `[CLS]` and `[SEP]`, which mean nothing by themselves.
    pub special: f32,
    /// Whether scores have a sign: without one they say how much, not for what.
    pub signed: bool,
    lines: HashMap<(Doc, usize), f32>,
}

impl Heat {
    /// Scales the scores of an explanation.
    #[must_use]
    pub fn new(judgement: &Judgement, text: &ModelText, sequence: &Sequence, explanation: &Explanation) -> Self {
        let mut tokens = Vec::with_capacity(judgement.windows.len());
        let (mut special, mut total) = (0.0, 0.0);
        for (window, scores) in judgement.windows.iter().zip(&explanation.tokens) {
            let shown = window.tokens.iter().zip(scores).map(|(token, score)| {
                total += score.abs();
                if token.range.is_empty() {
                    special += score.abs();
                    return 0.0;
                }
                *score
            });
            tokens.push(scaled(&shown.collect::<Vec<_>>()));
        }
        let steps = scaled(&explanation.steps(text, sequence.steps.len()));
        let mut lines: HashMap<(Doc, usize), f32> = HashMap::new();
        for (step, heat) in sequence.steps.iter().zip(&steps) {
            let line = lines.entry((step.doc, step.line)).or_default();
            if heat.abs() > line.abs() {
                *line = *heat;
            }
        }
        let special = if total > 0.0 { (special / total) as f32 } else { 0.0 };
        Self { tokens, steps, special, signed: explanation.method.signed(), lines }
    }

    /// Heat of a step.
    #[must_use]
    pub fn step(&self, step: usize) -> f32 {
        self.steps.get(step).copied().unwrap_or_default()
    }

    /// Heat of a line, from 1.
    #[must_use]
    pub fn line(&self, doc: Doc, line: usize) -> f32 {
        self.lines.get(&(doc, line)).copied().unwrap_or_default()
    }
}

/// Scores so that the strongest, whatever its sign, is 1 or -1.
pub(in crate::tui) fn scaled(scores: &[f64]) -> Vec<f32> {
    let most = scores.iter().fold(0.0_f64, |most, score| most.max(score.abs()));
    let scale = if most > 0.0 { 1.0 / most } else { 0.0 };
    scores.iter().map(|score| (score * scale) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::Piece;
    use crate::model::explain::{Choice, Method, of_attention};
    use crate::model::{Token, Window};

    fn token(text: &str, range: std::ops::Range<usize>, piece: Option<usize>) -> Token {
        Token { text: text.to_owned(), id: 0, range, piece }
    }

    fn judgement(attention: Vec<Vec<Vec<f32>>>) -> Judgement {
        let tokens = vec![
            token("[CLS]", 0..0, None),
            token("get", 0..3, Some(0)),
            token("##env", 3..6, Some(0)),
            token("post", 7..11, Some(1)),
            token("[SEP]", 11..11, None),
        ];
        let window = Window { tokens, logits: [0.0, 0.0], cls_attention: attention };
        Judgement {
            probability: 0.5,
            threshold: 0.5,
            windows: vec![window],
            margins: crate::model::Margins::default(),
            device: "cpu".to_owned(),
        }
    }

    fn sequence() -> Sequence {
        let step = |line| crate::behavior::Step {
            entry: 0,
            phase: crate::package::Phase::Install,
            feature: crate::behavior::Feature::CallSystem,
            detail: String::new(),
            doc: Doc::File(0),
            span: crate::text::Span::default(),
            line,
            column: 1,
            call_path: Vec::new(),
            call_sites: Vec::new(),
            guarded: false,
            count: 1,
            why: crate::behavior::Why::default(),
        };
        Sequence { steps: vec![step(3), step(9), step(9)], ..Sequence::default() }
    }

    #[test]
    fn a_step_is_as_hot_as_its_tokens_together() {
        let text = ModelText {
            text: "getenv post".to_owned(),
            pieces: vec![
                Piece { range: 0..6, steps: vec![0], files: vec![] },
                Piece { range: 7..11, steps: vec![1, 2], files: vec![] },
            ],
        };
        let judgement = judgement(vec![vec![vec![0.4, 0.1, 0.1, 0.4, 0.0]], vec![vec![0.0, 0.3, 0.3, 0.2, 0.2]]]);
        let heat = |choice| {
            let explanation = of_attention(&judgement.windows, &text, choice);
            Heat::new(&judgement, &text, &sequence(), &explanation)
        };
        let average = heat(Choice::default());
        assert_eq!(average.step(0), 1.0, "0.4 of 0.7");
        assert!((average.step(1) - 0.75).abs() < 1e-6 && average.step(1) == average.step(2));
        assert!((average.special - 0.3).abs() < 1e-6);
        assert!((average.line(Doc::File(0), 9) - 0.75).abs() < 1e-6);
        assert_eq!(average.tokens[0][0], 0.0, "[CLS] is not shown as hot");
        let first = heat(Choice { layer: Some(0), head: Some(0) });
        assert_eq!(first.step(1), 1.0);
        assert!((first.step(0) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn what_speaks_against_is_cold_and_a_line_shows_its_strongest_step() {
        let text = ModelText {
            text: "getenv post".to_owned(),
            pieces: vec![
                Piece { range: 0..6, steps: vec![0, 1], files: vec![] },
                Piece { range: 7..11, steps: vec![2], files: vec![] },
            ],
        };
        let explanation = Explanation {
            method: Method::Gradient,
            note: String::new(),
            tokens: vec![vec![0.0, 0.25, 0.25, -2.0, 0.0]],
            pieces: vec![0.5, -2.0],
        };
        let heat = Heat::new(&judgement(Vec::new()), &text, &sequence(), &explanation);
        assert!(heat.signed);
        assert_eq!(heat.steps, [0.25, 0.25, -1.0]);
        assert_eq!((heat.line(Doc::File(0), 3), heat.line(Doc::File(0), 9)), (0.25, -1.0));
        assert_eq!(heat.tokens, [[0.0, 0.125, 0.125, -1.0, 0.0]]);
    }

    #[test]
    fn choices_go_around_through_the_average() {
        let mut now = None;
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(now);
            now = cycle(now, 3, true);
        }
        assert_eq!((seen, now), (vec![None, Some(0), Some(1), Some(2)], None));
        assert_eq!(cycle(None, 3, false), Some(2));
        assert_eq!(cycle(Some(0), 3, false), None);
        assert_eq!(cycle(None, 0, true), None);
    }
}
