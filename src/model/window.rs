//! Texts cut into windows that the network can read.

use std::ops::Range;

use tokenizers::Tokenizer;

use super::{ModelError, Token};
use crate::behavior::ModelText;

/// The tokenizer and the ids of the tokens that frame a window.
#[derive(Debug, Clone)]
pub struct Reader {
    tokenizer: Tokenizer,
    cls: u32,
    sep: u32,
    mask: u32,
}

impl Reader {
    /// Takes a tokenizer whose vocabulary has BERT's special tokens.
    ///
    /// # Errors
    /// When one is missing.
    pub fn new(mut tokenizer: Tokenizer) -> Result<Self, ModelError> {
        // Windows are cut by us, at piece borders.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| ModelError::Tokenizer(e.to_string()))?;
        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| {
                ModelError::Tokenizer(format!("the vocabulary has no {token}: this is no BERT tokenizer"))
            })
        };
        let (cls, sep, mask) = (id("[CLS]")?, id("[SEP]")?, id("[MASK]")?);
        Ok(Self { tokenizer, cls, sep, mask })
    }

    /// The tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Id of `[MASK]`.
    #[must_use]
    pub fn mask(&self) -> u32 {
        self.mask
    }

    /// The tokens of a text, without `[CLS]` and `[SEP]`.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn tokens(&self, text: &ModelText) -> Result<Vec<Token>, ModelError> {
        let encoding =
            self.tokenizer.encode(text.text.as_str(), false).map_err(|e| ModelError::Tokenizer(e.to_string()))?;
        let mut pieces = text.pieces.iter().enumerate().peekable();
        let tokens = encoding.get_tokens().iter().zip(encoding.get_ids()).zip(encoding.get_offsets());
        Ok(tokens
            .map(|((token, &id), &(start, end))| {
                // Offsets only grow, and so do pieces.
                while pieces.next_if(|(_, piece)| piece.range.end <= start).is_some() {}
                let piece = pieces.peek().filter(|(_, piece)| piece.range.start < end.max(start + 1)).map(|p| p.0);
                Token { text: token.clone(), id, range: start..end, piece }
            })
            .collect())
    }

    /// Frames the tokens of a window with `[CLS]` and `[SEP]`.
    #[must_use]
    pub fn frame(&self, tokens: &[Token]) -> Vec<Token> {
        let special = |text: &str, id, at: usize| Token { text: text.to_owned(), id, range: at..at, piece: None };
        let start = tokens.first().map_or(0, |t| t.range.start);
        let end = tokens.last().map_or(0, |t| t.range.end);
        let mut framed = Vec::with_capacity(tokens.len() + 2);
        framed.push(special("[CLS]", self.cls, start));
        framed.extend_from_slice(tokens);
        framed.push(special("[SEP]", self.sep, end));
        framed
    }

    /// Frames ids with those of `[CLS]` and `[SEP]`.
    #[must_use]
    pub fn frame_ids(&self, ids: impl IntoIterator<Item = u32>) -> Vec<u32> {
        std::iter::once(self.cls).chain(ids).chain([self.sep]).collect()
    }
}

/// Cuts tokens into windows of at most `most` tokens (the frame not counted), only between pieces; neighbours share
/// `overlap` pieces where that leaves room to go on. A piece longer than a window is cut inside, for want of a border.
/// No tokens make one empty window.
#[must_use]
pub fn windows(tokens: &[Token], most: usize, overlap: usize) -> Vec<Range<usize>> {
    let most = most.max(1);
    // Tokens between pieces go with the piece before them.
    let mut units: Vec<Range<usize>> = Vec::new();
    let mut current = None;
    for (index, token) in tokens.iter().enumerate() {
        let fits = units.last().is_some_and(|unit| unit.len() < most);
        let goes_on = token.piece.is_none() || token.piece == current;
        match units.last_mut() {
            Some(unit) if goes_on && fits => unit.end = index + 1,
            _ => units.push(index..index + 1),
        }
        current = token.piece.or(current);
    }
    let mut windows = Vec::new();
    let mut first = 0;
    loop {
        let start = units.get(first).map_or(0, |unit| unit.start);
        let fitting = units.iter().skip(first).take_while(|unit| unit.end - start <= most).count();
        let end = first + fitting;
        windows.push(start..units.get(end.wrapping_sub(1)).map_or(0, |unit| unit.end));
        if end >= units.len() {
            return windows;
        }
        // Step back by the overlap, as far as the next piece still fits.
        let next_end = units.get(end).map_or(0, |unit| unit.end);
        first = (end.saturating_sub(overlap)..=end)
            .find(|&i| i > first && units.get(i).is_some_and(|unit| next_end - unit.start <= most))
            .unwrap_or(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(sizes: &[usize]) -> Vec<Token> {
        let mut tokens = Vec::new();
        for (piece, size) in sizes.iter().enumerate() {
            for _ in 0..*size {
                let at = tokens.len();
                tokens.push(Token { text: "t".to_owned(), id: 7, range: at..at + 1, piece: Some(piece) });
            }
        }
        tokens
    }

    #[test]
    fn windows_cut_between_pieces_and_cover_everything() {
        for seed in 0..200usize {
            let sizes: Vec<usize> = (0..seed % 40).map(|i| (seed * 31 + i * 17) % 9 + 1).collect();
            let tokens = tokens(&sizes);
            let borders: Vec<usize> = std::iter::once(0)
                .chain(sizes.iter().scan(0, |at, size| {
                    *at += size;
                    Some(*at)
                }))
                .collect();
            let cut = windows(&tokens, 24, 3);
            let mut reached = 0;
            for window in &cut {
                assert!(window.len() <= 24 && borders.contains(&window.start) && borders.contains(&window.end));
                assert!(window.start <= reached, "gap before {window:?}");
                assert!(window.end > reached || tokens.is_empty(), "no progress at {window:?}");
                reached = window.end;
            }
            assert_eq!(reached, tokens.len());
        }
    }

    #[test]
    fn neighbours_overlap() {
        assert_eq!(windows(&tokens(&[4; 5]), 12, 1), [0..12, 8..20]);
        assert_eq!(windows(&tokens(&[4; 5]), 12, 0), [0..12, 12..20]);
    }

    #[test]
    fn a_piece_longer_than_a_window_is_cut_inside() {
        assert_eq!(windows(&tokens(&[2, 25, 2]), 10, 1), [0..2, 2..12, 12..22, 22..29]);
    }

    #[test]
    fn no_tokens_make_one_empty_window() {
        assert_eq!(windows(&[], 10, 2), vec![Range { start: 0, end: 0 }]);
    }
}
