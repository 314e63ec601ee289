//! Code that is mostly one short piece over and over. Nobody writes that: it is there to stall what reads it, or to bury the rest.

/// Shorter texts hide nothing.
const SMALLEST: usize = 64 << 10;
/// Longest piece.
const PERIOD: usize = 64;
/// Places looked at, and bytes looked at in each.
const PLACES: usize = 32;
const LOOK: usize = 512;

/// Whether more than half of a text is such a piece, by places spread evenly over it.
pub(super) fn is_padded(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < SMALLEST {
        return false;
    }
    let stride = (bytes.len() - LOOK) / (PLACES - 1);
    let repeated = (0..PLACES).filter(|place| bytes.get(place * stride..place * stride + LOOK).is_some_and(repeats));
    repeated.count() * 2 > PLACES
}

/// Whether a stretch is one piece over and over; blanks are none.
fn repeats(stretch: &[u8]) -> bool {
    let is = |period: usize| stretch.iter().zip(stretch.iter().skip(period)).all(|(a, b)| a == b);
    stretch.iter().any(|byte| !byte.is_ascii_whitespace()) && (1..=PERIOD).any(is)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::statements("x=1;\n", true)]
    #[case::brackets("{([", true)]
    #[case::blanks(" ", false)]
    fn a_piece_over_and_over_is_padding(#[case] piece: &str, #[case] padded: bool) {
        assert_eq!(is_padded(&format!("run();\n{}", piece.repeat(SMALLEST))), padded);
        assert!(!is_padded(&piece.repeat(100)));
    }

    #[test]
    fn code_that_differs_from_line_to_line_is_none() {
        let text: String = (0..5000).map(|at| format!("exports.a{at} = require('./a{at}');\n")).collect();
        assert!(!is_padded(&text));
        // A table in a file of code.
        let table = format!("{}var a = [{}];\n", text, "0,".repeat(20_000));
        assert!(!is_padded(&table));
    }
}
