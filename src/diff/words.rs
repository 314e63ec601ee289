//! Which words changed inside of lines that were replaced.

use std::ops::Range;

use super::align::{Effort, align, numbered};

/// Most bytes of one side that are compared word by word.
const LONGEST: usize = 64 << 10;
/// Longest word; a longer one is several.
const WORD: usize = 32;
/// Comparisons spent on one group of lines.
const EFFORT: usize = 4_000_000;
/// Less than this part of the longer side in common, in percent: the lines have nothing to do with each other.
const SHARED: usize = 30;

/// Bytes of each line that the other side does not have.
pub(super) type Changed = Vec<Vec<Range<usize>>>;

/// Compares lines that stand for each other. No emphasis at all where hardly anything stayed, or too much is there to compare.
pub(super) fn changed(old: &[&str], new: &[&str]) -> (Changed, Changed) {
    let none = || (vec![Vec::new(); old.len()], vec![Vec::new(); new.len()]);
    let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    if old.is_empty() || new.is_empty() || length(old).max(length(new)) > LONGEST {
        return none();
    }
    let (a, b) = (words(old), words(new));
    let text = |side: &[&str], word: &Word| {
        let line = side.get(word.line).copied().unwrap_or_default();
        line.get(word.bytes.clone()).unwrap_or_default().to_owned()
    };
    let (a_text, b_text): (Vec<String>, Vec<String>) =
        (a.iter().map(|word| text(old, word)).collect(), b.iter().map(|word| text(new, word)).collect());
    let (a_ids, b_ids) = numbered(a_text.iter(), b_text.iter());
    let mut effort = Effort::new(EFFORT);
    let stretches = align(&a_ids, &b_ids, &mut effort);
    let kept: usize = stretches
        .iter()
        .filter(|stretch| stretch.equal)
        .flat_map(|stretch| a_text.get(stretch.old.clone()).unwrap_or_default())
        .map(|word| word.trim().len())
        .sum();
    let solid = |words: &[String]| words.iter().map(|word| word.trim().len()).sum::<usize>();
    if kept * 100 < solid(&a_text).max(solid(&b_text)) * SHARED {
        return none();
    }
    let (mut in_old, mut in_new) = none();
    for stretch in stretches.iter().filter(|stretch| !stretch.equal) {
        mark(&mut in_old, a.get(stretch.old.clone()).unwrap_or_default());
        mark(&mut in_new, b.get(stretch.new.clone()).unwrap_or_default());
    }
    (in_old, in_new)
}

struct Word {
    line: usize,
    bytes: Range<usize>,
}

fn words(lines: &[&str]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        let mut last = 0;
        for (at, c) in text.char_indices() {
            let class = class(c);
            let end = at + c.len_utf8();
            match words.last_mut() {
                // A run of letters or of blanks is one word, everything else stands alone.
                Some(word) if word.line == line && class == last && class != 0 && word.bytes.len() < WORD => {
                    word.bytes.end = end;
                }
                _ => words.push(Word { line, bytes: at..end }),
            }
            last = class;
        }
    }
    words
}

fn class(c: char) -> u8 {
    match c {
        c if c.is_alphanumeric() || c == '_' || c == '$' => 1,
        ' ' | '\t' => 2,
        _ => 0,
    }
}

fn mark(changed: &mut Changed, words: &[Word]) {
    for word in words {
        let Some(line) = changed.get_mut(word.line) else { continue };
        match line.last_mut() {
            Some(last) if last.end == word.bytes.start => last.end = word.bytes.end,
            _ => line.push(word.bytes.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_changed_are_told() {
        let (old, new) = changed(&["const port = 80;"], &["const port = 8080;"]);
        assert_eq!((old, new), (vec![vec![13..15]], vec![vec![13..17]]));
    }

    #[test]
    fn a_line_that_was_split_shares_its_words() {
        let (old, new) = changed(&["f(alpha, beta)"], &["f(alpha,", "  gamma, beta)"]);
        assert!(old[0].is_empty(), "{old:?}");
        assert!(new[0].is_empty(), "{new:?}");
        assert_eq!(&"  gamma, beta)"[new[1][0].clone()], "  gamma,");
    }

    #[test]
    fn lines_with_nothing_in_common_have_no_emphasis() {
        let (old, new) = changed(&["return compute(total)"], &["import base64"]);
        assert_eq!((old, new), (vec![vec![]], vec![vec![]]));
    }
}
