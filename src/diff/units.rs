//! A text cut into the units that a diff compares: lines, and of long lines stretches that begin at the same places in both
//! texts.
//!
//! A stretch ends where a statement does, else where a hash of the last bytes says so, and both depend on the text around
//! the place alone. So an insertion moves the units after it but does not cut them anew.

use crate::text::Span;

/// A line up to this length is one unit.
const LINE: usize = 400;
/// Shortest stretch that a bracket or semicolon ends. Small, for what depends on where the last stretch ended heals slowly.
const SHORT: usize = 8;
/// From this length on a comma may end a stretch.
const HALF: usize = 16;
/// From this length on any byte may.
const FULL: usize = 64;
/// Longest stretch.
const LONG: usize = 200;

/// Cuts a text; the units cover it without gaps, and line ends belong to the unit before them.
pub(super) fn cut(text: &str) -> Vec<Span> {
    let mut units = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if line.len() <= LINE {
            units.push(Span { start, end })
        } else {
            stretches(text, start, end, &mut units)
        }
        start = end;
    }
    units
}

fn stretches(text: &str, mut start: usize, end: usize, units: &mut Vec<Span>) {
    let line = text.as_bytes().get(start..end).unwrap_or_default();
    let base = start;
    // With every byte one bit leaves at the top: 32 bytes decide.
    let mut window: u32 = 0;
    for (at, byte) in line.iter().enumerate() {
        window = (window << 1).wrapping_add(u32::from(*byte).wrapping_mul(0x9E37_79B1) >> 3);
        let next = base + at + 1;
        let length = next - start;
        // Of the places of a kind one in 2, 8 and 64.
        let wanted = match byte {
            b';' | b'{' | b'}' => length >= SHORT && window >> 31 == 0,
            b',' | b')' => length >= HALF && window >> 29 == 0,
            _ => length >= FULL && window >> 26 == 0,
        };
        if (wanted || length >= LONG) && next < end && text.is_char_boundary(next) {
            units.push(Span { start, end: next });
            start = next;
        }
    }
    units.push(Span { start, end });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<&str> {
        let units = cut(text);
        assert_eq!(units.iter().map(|unit| &text[unit.start..unit.end]).collect::<String>(), text);
        units.iter().map(|unit| &text[unit.start..unit.end]).collect()
    }

    #[test]
    fn short_lines_are_units() {
        assert_eq!(check("a\nb\r\n\nc"), ["a\n", "b\r\n", "\n", "c"]);
        assert_eq!(check(""), [""; 0]);
    }

    #[test]
    fn long_lines_are_cut_mostly_after_statements() {
        let text: String = (0..200).map(|n| format!("value{n}=call{n}(argument);")).collect();
        let units = check(&text);
        let ends = units.iter().filter(|unit| unit.ends_with(';')).count();
        assert!(units.len() > 40 && ends * 2 > units.len(), "{ends} of {}", units.len());
    }

    #[test]
    fn an_insertion_leaves_nearly_all_other_units_alone() {
        for old in ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo".repeat(97), "é日x;y(".repeat(900)] {
            // A period that no cut knows of, so that the text repeats nowhere near a unit's length.
            let old: String = old.char_indices().filter(|(at, _)| at * at % 1009 > 100).map(|(_, c)| c).collect();
            let middle = (old.len() / 2..).find(|at| old.is_char_boundary(*at)).unwrap();
            let new = format!("{}INSERTED{}", &old[..middle], &old[middle..]);
            let (old, new) = (check(&old), check(&new));
            let kept = new.iter().filter(|unit| old.contains(unit)).count();
            assert!(new.len() > 20 && kept + 6 >= new.len(), "{kept} of {}", new.len());
            assert!(new.iter().all(|unit| unit.len() <= LONG + 3));
        }
    }
}
