//! What speaks for what: the pieces of the model's text for the steps, the tokens for the pieces.

use crate::behavior::ModelText;
use crate::model::Judgement;

/// Look-ups over a text and the windows in which a model read it.
#[derive(Debug, Default)]
pub struct Spoken {
    /// The pieces that speak for each step.
    pieces: Groups,
    /// The tokens that speak for each piece, counted through all windows.
    tokens: Groups,
    /// The first token of each window.
    windows: Vec<usize>,
}

impl Spoken {
    /// Looks through the text and its windows. Takes longer than a frame where they are long, so a worker calls it.
    #[must_use]
    pub fn new(text: &ModelText, judgement: Option<&Judgement>, steps: usize) -> Self {
        let pieces = text.pieces.iter().enumerate();
        let pieces = Groups::new(steps, pieces.flat_map(|(at, piece)| piece.steps.iter().map(move |step| (*step, at))));
        let windows = judgement.map_or(&[][..], |judgement| judgement.windows.as_slice());
        let mut first = 0;
        let mut starts = Vec::with_capacity(windows.len());
        for window in windows {
            starts.push(first);
            first += window.tokens.len();
        }
        let tokens = windows.iter().flat_map(|window| &window.tokens).enumerate();
        let tokens = Groups::new(text.pieces.len(), tokens.filter_map(|(at, token)| Some((token.piece?, at))));
        Self { pieces, tokens, windows: starts }
    }

    /// The pieces that speak for a step, ascending.
    #[must_use]
    pub fn pieces(&self, step: usize) -> &[usize] {
        self.pieces.of(step)
    }

    /// The tokens that speak for a piece, ascending, counted through all windows.
    #[must_use]
    pub fn tokens(&self, piece: usize) -> &[usize] {
        self.tokens.of(piece)
    }

    /// The window of a token that is counted through all of them, and its index in it.
    #[must_use]
    pub fn in_window(&self, token: usize) -> Option<(usize, usize)> {
        let window = self.windows.partition_point(|first| *first <= token).checked_sub(1)?;
        Some((window, token - self.windows.get(window)?))
    }
}

/// Numbers under numbers, all in one list.
#[derive(Debug, Default)]
struct Groups {
    /// Where each group begins, and the end of the last.
    starts: Vec<usize>,
    members: Vec<usize>,
}

impl Groups {
    /// Sorts members to their groups, of which there are so many; the order of the members of a group stays.
    fn new(groups: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0; groups + 1];
        for (group, _) in pairs.clone() {
            if let Some(count) = starts.get_mut(group + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut members = vec![0; sum];
        let mut next = starts.clone();
        for (group, member) in pairs {
            let Some(at) = next.get_mut(group).filter(|_| group < groups) else { continue };
            if let Some(slot) = members.get_mut(*at) {
                *slot = member;
                *at += 1;
            }
        }
        Self { starts, members }
    }

    fn of(&self, group: usize) -> &[usize] {
        match (self.starts.get(group), self.starts.get(group + 1)) {
            (Some(start), Some(end)) => self.members.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::Piece;
    use crate::model::{Margins, Token, Window};

    #[test]
    fn pieces_of_steps_and_tokens_of_pieces_in_all_windows() {
        let piece = |steps: &[usize]| Piece { range: 0..1, steps: steps.to_vec(), files: Vec::new() };
        // The last step is of no sequence that is known.
        let pieces = vec![piece(&[2, 0]), piece(&[]), piece(&[2, 9])];
        let text = ModelText { text: String::new(), pieces };
        let token = |piece| Token { text: String::new(), id: 0, range: 0..1, piece };
        let window = |pieces: &[Option<usize>]| Window {
            tokens: pieces.iter().copied().map(token).collect(),
            logits: [0.0; 2],
            cls_attention: Vec::new(),
        };
        let windows = vec![window(&[None, Some(0), Some(2)]), window(&[]), window(&[Some(2), Some(0)])];
        let (margins, device) = (Margins::default(), String::new());
        let judgement = Judgement { probability: 0.0, threshold: 0.5, windows, margins, device };
        let spoken = Spoken::new(&text, Some(&judgement), 3);
        assert_eq!([0, 1, 2, 3].map(|step| spoken.pieces(step)), [&[0][..], &[], &[0, 2], &[]]);
        assert_eq!([0, 1, 2, 3].map(|piece| spoken.tokens(piece)), [&[1, 4][..], &[], &[2, 3], &[]]);
        assert_eq!(
            [0, 2, 3, 4].map(|token| spoken.in_window(token)),
            [Some((0, 0)), Some((0, 2)), Some((2, 0)), Some((2, 1))]
        );
        assert_eq!(Spoken::default().in_window(0), None);
    }
}
