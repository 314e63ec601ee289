//! Attention as heat: of tokens, of the steps they speak for, of the lines those stand on.

use std::collections::HashMap;

use crate::behavior::{ModelText, Sequence};
use crate::model::{Judgement, Window};
use crate::syntax::Doc;

/// Which of the model's attention maps is shown; `None` is the average.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// Layer from 0.
    pub layer: Option<usize>,
    /// Head from 0.
    pub head: Option<usize>,
}

impl Choice {
    /// The choice in words, layers and heads counted from 1.
    #[must_use]
    pub fn describe(self) -> String {
        let word = |v: Option<usize>| v.map_or_else(|| "average".to_owned(), |v| (v + 1).to_string());
        format!("layer {} · head {}", word(self.layer), word(self.head))
    }
}

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

/// Heat from 0 to 1 for everything that can be drawn with it.
#[derive(Debug, Clone, Default)]
pub struct Heat {
    /// Per window and token, 1 for the most attended token that is not special.
    pub tokens: Vec<Vec<f32>>,
    /// Per step: the sum of its tokens, 1 for the hottest step.
    pub steps: Vec<f32>,
    /// Share of all attention that goes to `[CLS]` and `[SEP]`, which mean nothing by themselves.
    pub special: f32,
    lines: HashMap<(Doc, usize), f32>,
}

impl Heat {
    /// Adds up the attention of `[CLS]`.
    #[must_use]
    pub fn new(judgement: &Judgement, text: &ModelText, sequence: &Sequence, choice: Choice) -> Self {
        let mut pieces = vec![0.0_f32; text.pieces.len()];
        let mut tokens = Vec::with_capacity(judgement.windows.len());
        let (mut special, mut total) = (0.0, 0.0);
        for window in &judgement.windows {
            let attention = attention(window, choice);
            let mut own: HashMap<usize, f32> = HashMap::new();
            let mut most = 0.0_f32;
            for (token, value) in window.tokens.iter().zip(&attention) {
                total += value;
                match token.piece {
                    Some(piece) => *own.entry(piece).or_default() += value,
                    None if token.range.is_empty() => {
                        special += value;
                        continue;
                    }
                    None => {}
                }
                most = most.max(*value);
            }
            // Windows overlap: a piece is as hot as where it was looked at most.
            for (piece, value) in own {
                if let Some(slot) = pieces.get_mut(piece) {
                    *slot = slot.max(value);
                }
            }
            let scale = if most > 0.0 { most } else { 1.0 };
            let heat = window
                .tokens
                .iter()
                .zip(&attention)
                .map(|(token, value)| if token.range.is_empty() { 0.0 } else { (value / scale).min(1.0) });
            tokens.push(heat.collect());
        }
        let mut steps = vec![0.0_f32; sequence.steps.len()];
        for (piece, value) in text.pieces.iter().zip(&pieces) {
            for step in &piece.steps {
                if let Some(slot) = steps.get_mut(*step) {
                    *slot += value;
                }
            }
        }
        let most = steps.iter().copied().fold(0.0, f32::max);
        if most > 0.0 {
            steps.iter_mut().for_each(|s| *s /= most);
        }
        let mut lines: HashMap<(Doc, usize), f32> = HashMap::new();
        for (step, heat) in sequence.steps.iter().zip(&steps) {
            let line = lines.entry((step.doc, step.line)).or_default();
            *line = line.max(*heat);
        }
        Self { tokens, steps, special: if total > 0.0 { special / total } else { 0.0 }, lines }
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

/// The attention of `[CLS]` to each token, averaged over what the choice leaves open.
fn attention(window: &Window, choice: Choice) -> Vec<f32> {
    let mut sum = vec![0.0_f32; window.tokens.len()];
    let mut maps = 0_u16;
    for (_, layer) in window.cls_attention.iter().enumerate().filter(|(i, _)| choice.layer.is_none_or(|l| l == *i)) {
        for (_, head) in layer.iter().enumerate().filter(|(i, _)| choice.head.is_none_or(|h| h == *i)) {
            maps += 1;
            sum.iter_mut().zip(head).for_each(|(s, v)| *s += v);
        }
    }
    if maps > 0 {
        sum.iter_mut().for_each(|s| *s /= f32::from(maps));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::Piece;
    use crate::model::Token;

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
        let window = Window { file: None, tokens, logits: [0.0, 0.0], cls_attention: attention };
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
            feature: crate::behavior::Feature::R2,
            detail: String::new(),
            doc: Doc::File(0),
            span: crate::text::Span::default(),
            line,
            column: 1,
            call_path: Vec::new(),
            guarded: false,
            count: 1,
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
        let average = Heat::new(&judgement, &text, &sequence(), Choice::default());
        assert_eq!(average.step(0), 1.0, "0.4 of 0.7");
        assert!((average.step(1) - 0.75).abs() < 1e-6 && average.step(1) == average.step(2));
        assert!((average.special - 0.3).abs() < 1e-6);
        assert!((average.line(Doc::File(0), 9) - 0.75).abs() < 1e-6);
        assert_eq!(average.tokens[0][0], 0.0, "[CLS] is not shown as hot");
        let first = Heat::new(&judgement, &text, &sequence(), Choice { layer: Some(0), head: Some(0) });
        assert_eq!(first.step(1), 1.0);
        assert!((first.step(0) - 0.5).abs() < 1e-6);
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
