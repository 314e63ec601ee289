//! The sentences of the card, broken into lines; what each word is about is one key away.

use crate::case::story::Sentence;
use crate::config::Role;
use crate::text::{escape, width};

use crate::tui::view::card::{Leads, Line};

/// A stretch of text that is not broken.
#[derive(Debug, Clone)]
struct Piece {
    role: Role,
    text: String,
    leads: Option<Leads>,
}

/// Sentences as lines of so many columns, each sentence beginning a line.
pub(super) fn lines(sentences: &[Sentence], columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = sentences.iter().flat_map(|sentence| broken(sentence, columns.max(8))).collect();
    if let Some(first) = lines.first_mut() {
        first.label = "does".into();
    }
    lines
}

/// The first lines of the sentences; the last one says that they go on.
pub(super) fn cut(mut lines: Vec<Line>, room: usize) -> Vec<Line> {
    let more = lines.len().saturating_sub(room);
    lines.truncate(room);
    if more > 0
        && let Some(last) = lines.last_mut()
    {
        last.more(more);
    }
    lines
}

/// Words of a sentence, each of the stretches that stand without a blank between them.
fn words(sentence: &Sentence) -> Vec<Vec<Piece>> {
    let mut words: Vec<Vec<Piece>> = vec![Vec::new()];
    for part in sentence.parts() {
        let leads = part.place.map(Leads::Place);
        let role = match (part.quoted, leads) {
            (true, _) => Role::Literal,
            (false, Some(_)) => Role::Place,
            (false, None) => Role::Text,
        };
        let text = escape(&part.text);
        for (index, text) in text.split(' ').enumerate() {
            if index > 0 {
                words.push(Vec::new());
            }
            if let Some(word) = words.last_mut().filter(|_| !text.is_empty()) {
                word.push(Piece { role, text: text.to_owned(), leads });
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn broken(sentence: &Sentence, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut used = columns;
    for word in words(sentence) {
        let wide: usize = word.iter().map(|piece| width(&piece.text)).sum();
        if used + 1 + wide > columns {
            lines.push(Line { parts: Vec::new(), ..Line::new("", Role::Text, "") });
            used = 0;
        } else {
            put(&mut lines, Piece { role: Role::Text, text: " ".to_owned(), leads: None });
            used += 1;
        }
        for piece in word {
            used += width(&piece.text);
            put(&mut lines, piece);
        }
        // A word that is longer than the line goes on in the next ones.
        while used > columns {
            let Some(rest) = lines.last_mut().and_then(|line| split(line, columns)) else { break };
            used = width(&rest.text);
            lines.push(Line { parts: Vec::new(), ..Line::new("", Role::Text, "") });
            put(&mut lines, rest);
        }
    }
    for line in &mut lines {
        line.leads = line.jumps.first().map(|(_, leads)| *leads);
    }
    lines
}

/// Puts a stretch behind a line.
fn put(lines: &mut [Line], piece: Piece) {
    let Some(line) = lines.last_mut() else { return };
    if let Some(leads) = piece.leads {
        line.jumps.push((line.parts.len(), leads));
    }
    line.parts.push((piece.role, piece.text));
}

/// Takes what stands beyond the columns from the last stretch of a line.
fn split(line: &mut Line, columns: usize) -> Option<Piece> {
    let before: usize = line.parts.iter().rev().skip(1).map(|(_, text)| width(text)).sum();
    let last = line.parts.len().checked_sub(1)?;
    let leads = line.jumps.last().filter(|(part, _)| *part == last).map(|(_, leads)| *leads);
    let (role, text) = line.parts.last_mut()?;
    let room = columns.saturating_sub(before).max(1);
    let mut wide = 0;
    let at = text.char_indices().find_map(|(at, c)| {
        wide += width(c.encode_utf8(&mut [0; 4]));
        (wide > room && at > 0).then_some(at)
    })?;
    let rest = text.split_off(at);
    Some(Piece { role: *role, text: rest, leads })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Doc;
    use crate::text::Span;

    fn shown(line: &Line) -> String {
        line.parts.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn lines_hold_whole_words_and_lead_where_their_words_are_about() {
        let place = |at| (Doc::File(0), Some(Span { start: at, end: at + 1 }));
        let (doc, span) = place(1);
        let sentence = Sentence::at(0).own("it reads keys (").own("24").about(doc, span).own(") and sends them to ");
        let sentence = sentence.quoted("a.example.com").about(doc, Some(Span { start: 7, end: 9 })).own(".");
        let lines = lines(&[sentence], 20);
        assert_eq!(
            lines.iter().map(shown).collect::<Vec<_>>(),
            ["it reads keys (24)", "and sends them to", "a.example.com."]
        );
        assert_eq!(lines[0].jumps.len(), 1);
        assert_eq!(lines[0].leads, Some(Leads::Place(place(1))));
        assert_eq!((lines[1].leads, &*lines[0].label, &*lines[1].label), (None, "does", ""));
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken_and_hostile_text_is_escaped() {
        let sentence = Sentence::at(0).quoted(format!("\u{1B}[2J{}", "x".repeat(50)));
        let lines = lines(&[sentence], 20);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| width(&shown(line)) <= 20), "{lines:?}");
        assert!(shown(&lines[0]).starts_with('␛'));
    }
}
