//! The places where a file changed: groups of changed units with a little around them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::align::{Effort, Stretch, align, numbered};
use super::risk::Reason;
use super::{units, words};
use crate::text::{Source, Span};

/// Unchanged units shown around a change.
const CONTEXT: usize = 3;
/// A hunk has at most so many changed units of a side; a longer stretch is several.
const LONGEST: usize = 120;
/// Comparisons spent on one file.
const EFFORT: usize = 150_000_000;

/// What a row of a hunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// In both.
    Same,
    /// Only in the old version.
    Removed,
    /// Only in the new version.
    Added,
}

/// A line of a hunk, or a stretch of a long line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Which side it is from.
    pub sign: Sign,
    /// Bytes of the old text; none for an added row.
    pub old: Option<Span>,
    /// Bytes of the new text; none for a removed row.
    pub new: Option<Span>,
    /// Bytes of the row that the other side does not have, where only a part changed.
    pub emphasis: Vec<Range<usize>>,
}

/// One place where a file changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Index in `Diff::files`.
    pub file: usize,
    /// How much is to be feared of what is new in it.
    pub risk: u32,
    /// What makes it so, the heaviest first.
    pub reasons: Vec<Reason>,
    /// Changed bytes of the old text, from the first to the last.
    pub old: Span,
    /// Changed bytes of the new text, from the first to the last.
    pub new: Span,
    /// Changed units of the old text.
    pub removed: usize,
    /// Changed units of the new text.
    pub added: usize,
    /// The rows with their surroundings, in order.
    pub rows: Vec<Row>,
}

/// The changes of one file before anything is written out.
#[derive(Debug, Default)]
pub(super) struct Draft {
    old_units: Vec<Span>,
    new_units: Vec<Span>,
    /// Places, each a list of stretches.
    pub places: Vec<Vec<Stretch>>,
    /// Units that went.
    pub removed: usize,
    /// Units that came.
    pub added: usize,
    /// Whether a stretch was too different and too long to be compared in detail.
    pub coarse: bool,
}

/// The empty text stands for a file that is not there.
pub(super) fn draft(old: &str, new: &str) -> Draft {
    let (old_units, new_units) = (units::cut(old), units::cut(new));
    let mut effort = Effort::new(EFFORT);
    let (a, b) = numbered(texts(old, &old_units), texts(new, &new_units));
    let stretches = align(&a, &b, &mut effort);
    let changed = || stretches.iter().filter(|stretch| !stretch.equal);
    let removed = changed().map(|stretch| stretch.old.len()).sum();
    let added = changed().map(|stretch| stretch.new.len()).sum();
    let places = places(&stretches);
    Draft { old_units, new_units, places, removed, added, coarse: effort.spent }
}

fn texts<'t>(text: &'t str, units: &'t [Span]) -> impl DoubleEndedIterator<Item = &'t str> + ExactSizeIterator {
    units.iter().map(move |unit| text.get(unit.start..unit.end).unwrap_or_default())
}

/// Groups changes that stand near each other, and cuts up those that are long.
fn places(stretches: &[Stretch]) -> Vec<Vec<Stretch>> {
    let mut places: Vec<Vec<Stretch>> = Vec::new();
    let mut near = false;
    for stretch in stretches {
        if stretch.equal {
            near = stretch.old.len() <= CONTEXT * 2;
            continue;
        }
        let parts = stretch.old.len().max(stretch.new.len()).div_ceil(LONGEST);
        for part in 0..parts {
            let cut = |side: &Range<usize>| {
                let at = |part: usize| (side.start + part * LONGEST).min(side.end);
                at(part)..at(part + 1)
            };
            let piece = Stretch { equal: false, old: cut(&stretch.old), new: cut(&stretch.new) };
            let length = |place: &Vec<Stretch>| place.iter().map(|s| s.old.len().max(s.new.len())).sum::<usize>();
            match places.last_mut() {
                Some(place) if near && part == 0 && length(place) < LONGEST => place.push(piece),
                _ => places.push(vec![piece]),
            }
        }
        near = false;
    }
    places
}

impl Draft {
    /// The changed bytes of a place on both sides. Where a side has nothing, where it would stand.
    pub fn spans(&self, place: &[Stretch]) -> (Span, Span) {
        let span = |units: &[Span], from: usize, to: usize| {
            let start = units
                .get(from)
                .or(units.last())
                .map_or(0, |unit| if from < units.len() { unit.start } else { unit.end });
            let end = to.checked_sub(1).filter(|last| *last >= from).and_then(|last| units.get(last));
            Span { start, end: end.map_or(start, |unit| unit.end) }
        };
        let (Some(first), Some(last)) = (place.first(), place.last()) else { return Default::default() };
        (span(&self.old_units, first.old.start, last.old.end), span(&self.new_units, first.new.start, last.new.end))
    }

    /// How many rows [`Self::rows`] would give.
    pub fn length(place: &[Stretch]) -> usize {
        let (Some(first), Some(last)) = (place.first(), place.last()) else { return 0 };
        (last.old.end - first.old.start) + (last.new.end - first.new.start) + 2 * CONTEXT
    }

    /// Writes a place out.
    pub fn rows(&self, place: &[Stretch], old: &str, new: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        let (Some(first), Some(last)) = (place.first(), place.last()) else { return rows };
        // What stands around a part of a cut-up stretch is not the same on both sides.
        let before_old = self.old_units.get(..first.old.start).unwrap_or_default();
        let before_new = self.new_units.get(..first.new.start).unwrap_or_default();
        let before = texts(old, before_old).rev().zip(texts(new, before_new).rev());
        let front = before.take(CONTEXT).take_while(|(a, b)| a == b).count();
        self.same(&mut rows, first.old.start - front, first.new.start - front, front);
        let mut at: Option<&Stretch> = None;
        for stretch in place {
            if let Some(before) = at {
                self.same(&mut rows, before.old.end, before.new.end, stretch.old.start - before.old.end);
            }
            self.changed(&mut rows, stretch, old, new);
            at = Some(stretch);
        }
        let (rest_old, rest_new) = (self.old_units.get(last.old.end..), self.new_units.get(last.new.end..));
        let (rest_old, rest_new) = (rest_old.unwrap_or_default(), rest_new.unwrap_or_default());
        let rest = texts(old, rest_old).zip(texts(new, rest_new));
        let back = rest.take(CONTEXT).take_while(|(a, b)| a == b).count();
        self.same(&mut rows, last.old.end, last.new.end, back);
        rows
    }

    fn same(&self, rows: &mut Vec<Row>, old: usize, new: usize, count: usize) {
        for (a, b) in (old..old + count).zip(new..new + count) {
            let (a, b) = (self.old_units.get(a).copied(), self.new_units.get(b).copied());
            rows.push(Row { sign: Sign::Same, old: a, new: b, emphasis: Vec::new() });
        }
    }

    fn changed(&self, rows: &mut Vec<Row>, stretch: &Stretch, old: &str, new: &str) {
        let a = self.old_units.get(stretch.old.clone()).unwrap_or_default();
        let b = self.new_units.get(stretch.new.clone()).unwrap_or_default();
        let (a_lines, b_lines): (Vec<&str>, Vec<&str>) = (texts(old, a).collect(), texts(new, b).collect());
        let (in_old, in_new) = words::changed(&a_lines, &b_lines);
        for (unit, emphasis) in a.iter().zip(in_old) {
            rows.push(Row { sign: Sign::Removed, old: Some(*unit), new: None, emphasis });
        }
        for (unit, emphasis) in b.iter().zip(in_new) {
            rows.push(Row { sign: Sign::Added, old: None, new: Some(*unit), emphasis });
        }
    }
}

impl Row {
    /// The row's text without its line end, where the sources are those of its file.
    #[must_use]
    pub fn text<'s>(&self, old: Option<&'s Source>, new: Option<&'s Source>) -> &'s str {
        let (source, span) = match self.sign {
            Sign::Removed => (old, self.old),
            Sign::Same | Sign::Added => (new, self.new),
        };
        let text = source.zip(span).and_then(|(source, span)| source.text.get(span.start..span.end)).unwrap_or("");
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let draft = draft(old, new);
        let (a, b) = (Source::new(old.to_owned()), Source::new(new.to_owned()));
        let show = |row: &Row| {
            let sign = match row.sign {
                Sign::Same => ' ',
                Sign::Removed => '-',
                Sign::Added => '+',
            };
            format!("{sign}{}", row.text(Some(&a), Some(&b)))
        };
        draft
            .places
            .iter()
            .map(|place| draft.rows(place, old, new).iter().map(show).collect::<Vec<_>>().join("|"))
            .collect()
    }

    #[test]
    fn a_change_has_three_lines_around_it() {
        let old: String = (1..=9).map(|n| format!("{n}\n")).collect();
        assert_eq!(shown(&old, &old.replace("5\n", "five\n")), [" 2| 3| 4|-5|+five| 6| 7| 8"]);
        assert_eq!(shown(&old, &format!("0\n{old}")), ["+0| 1| 2| 3"]);
        assert_eq!(shown(&old, &old), [""; 0]);
    }

    #[test]
    fn near_changes_are_one_place_and_far_ones_two() {
        let old: String = (1..=30).map(|n| format!("{n}\n")).collect();
        // 5, 15 and 25 end in a 5.
        assert_eq!(shown(&old, &old.replace("5\n", "x\n")).len(), 3);
        assert_eq!(shown(&old, &old.replace("\n9\n", "\nx\n").replace("\n12\n", "\ny\n")).len(), 1);
    }

    #[test]
    fn a_new_file_is_cut_into_places() {
        let new: String = (1..=300).map(|n| format!("{n}\n")).collect();
        let found = shown("", &new);
        assert_eq!(found.len(), 3);
        assert!(found[0].starts_with("+1|+2|") && found[2].ends_with("|+300"));
    }

    #[test]
    fn the_span_of_a_place_is_what_changed() {
        let (old, new) = ("a\nb\nc\n", "a\nb\nB\nc\n");
        let draft = draft(old, new);
        let (a, b) = draft.spans(&draft.places[0]);
        assert_eq!((&old[a.start..a.end], a.start, &new[b.start..b.end]), ("", 4, "B\n"));
    }

    #[test]
    fn a_change_in_a_long_line_is_cut_around_it() {
        let old: String = (0..2000).map(|n| format!("call{n}(value,{n});")).collect();
        let new = old.replace("call1000(value,1000);", "call1000(value,1000);steal(document.cookie);");
        let draft = draft(&old, &new);
        let [place] = draft.places.as_slice() else { panic!("{}", draft.places.len()) };
        let (_, span) = draft.spans(place);
        assert!(new[span.start..span.end].contains("steal(") && span.end - span.start < 400);
    }
}
