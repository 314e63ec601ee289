//! The parts of a text that are judged by themselves: the whole, and what each file tells of it.
//!
//! A payload in one file of a large package drowns among what the other files do. Read alone, with the package's facts, it
//! does not; and no number of harmless files put beside it changes what it says.

use std::collections::BTreeMap;

use crate::behavior::{ModelText, Piece};

/// What one file tells, by index of pieces of the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Index of the file in the package.
    pub file: usize,
    /// Its pieces with the package's facts and the words of its phases, ascending.
    pub pieces: Vec<usize>,
}

/// The words that begin a phase of the text.
pub const PHASES: [&str; 4] = ["install", "import", "run", "aside"];

/// The words of a piece.
pub fn words<'t>(text: &'t ModelText, piece: &Piece) -> &'t str {
    text.text.get(piece.range.clone()).unwrap_or_default().trim()
}

/// Whether a piece begins a phase.
pub fn is_heading(text: &ModelText, piece: &Piece) -> bool {
    piece.steps.is_empty() && PHASES.contains(&words(text, piece))
}

/// How many pieces at the start are facts about the package.
#[must_use]
pub fn facts(text: &ModelText) -> usize {
    if text.pieces.first().is_none_or(|piece| words(text, piece) != "facts") {
        return 0;
    }
    text.pieces.iter().take_while(|piece| !is_heading(text, piece)).count()
}

/// A slice per file that tells something, where more than one does.
#[must_use]
pub fn slices(text: &ModelText) -> Vec<Slice> {
    let facts = facts(text);
    let mut files: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut heading = None;
    for (index, piece) in text.pieces.iter().enumerate().skip(facts) {
        if is_heading(text, piece) {
            heading = Some(index);
        }
        for file in &piece.files {
            let pieces = files.entry(*file).or_insert_with(|| (0..facts).collect());
            if let Some(heading) = heading.filter(|heading| pieces.last().is_none_or(|last| last < heading)) {
                pieces.push(heading);
            }
            pieces.push(index);
        }
    }
    if files.len() < 2 {
        return Vec::new();
    }
    files.into_iter().map(|(file, pieces)| Slice { file, pieces }).collect()
}

/// The text of these pieces alone.
#[must_use]
pub fn text_of(text: &ModelText, pieces: &[usize]) -> ModelText {
    let mut out = ModelText::default();
    for piece in pieces.iter().filter_map(|&index| text.pieces.get(index)) {
        out.push(words(text, piece), piece.clone());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `facts lonely install read(0) send(1) run parse(0) send(0,1)`.
    fn text() -> ModelText {
        let mut text = ModelText::default();
        let told: [(&str, &[usize]); 8] = [
            ("facts", &[]),
            ("lonely", &[]),
            ("install", &[]),
            ("read", &[0]),
            ("send", &[1]),
            ("run", &[]),
            ("parse", &[0]),
            ("post", &[0, 1]),
        ];
        for (step, (words, files)) in told.into_iter().enumerate() {
            let start = text.text.len();
            text.text.push_str(words);
            let steps = if files.is_empty() { vec![] } else { vec![step] };
            text.pieces.push(Piece { range: start..text.text.len(), steps, files: files.to_vec() });
            text.text.push(' ');
        }
        text
    }

    #[test]
    fn a_view_has_the_facts_the_phases_and_the_file() {
        let text = text();
        let slices = slices(&text);
        assert_eq!(slices.len(), 2);
        let shown: Vec<String> = slices.iter().map(|slice| text_of(&text, &slice.pieces).text).collect();
        assert_eq!(shown, ["facts lonely install read run parse post", "facts lonely install send run post"]);
        let second = text_of(&text, &slices[1].pieces);
        assert_eq!(&second.text[second.pieces[3].range.clone()], "send");
        assert_eq!(second.pieces[3].steps, [4]);
    }

    #[test]
    fn one_file_is_the_whole() {
        let mut text = text();
        text.pieces.iter_mut().for_each(|piece| piece.files.retain(|file| *file == 0));
        assert!(slices(&text).is_empty());
    }
}
