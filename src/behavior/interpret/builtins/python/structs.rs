//! `struct.pack` and `struct.unpack`.

use crate::behavior::interpret::builtins::integers;
use crate::behavior::interpret::heap::Heap;
use crate::behavior::interpret::value::Val;
use crate::behavior::taint::Taint;

/// Most repetitions of one field.
const MAX: usize = 200_000;

/// A field of a format.
enum Field {
    /// `s`: bytes of that length, once.
    Text(usize),
    /// `c`: single bytes, so many.
    Bytes(usize),
    /// `x`: so many bytes without a meaning.
    Padding(usize),
    /// Integers of a width, so many, and whether they have a sign.
    Integers { width: usize, times: usize, signed: bool },
}

/// What a format describes, and whether the most significant byte comes first. `None`: not all of it is known here.
fn fields(format: &str) -> Option<(bool, Vec<Field>)> {
    let big = format.starts_with(['>', '!']);
    let mut fields = Vec::new();
    let mut rest = format.trim_start_matches(['<', '>', '!', '=', '@']);
    while !rest.is_empty() {
        let kind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let (digits, kind) = rest.split_at(rest.len() - kind.len());
        let kind = kind.chars().next()?;
        rest = rest.get(digits.len() + kind.len_utf8()..)?;
        let times: usize = if digits.is_empty() { 1 } else { digits.parse().ok()? };
        let times = times.min(MAX);
        let width = match kind {
            'b' | 'B' | '?' => 1,
            'h' | 'H' => 2,
            'i' | 'I' | 'l' | 'L' => 4,
            'q' | 'Q' => 8,
            's' | 'c' | 'x' => {
                fields.push(match kind {
                    's' => Field::Text(times),
                    'c' => Field::Bytes(times),
                    _ => Field::Padding(times),
                });
                continue;
            }
            c if c.is_ascii_whitespace() => continue,
            _ => return None,
        };
        fields.push(Field::Integers { width, times, signed: kind.is_ascii_lowercase() });
    }
    Some((big, fields))
}

/// `struct.pack` of numbers and bytes.
pub(super) fn packed(format: &str, args: &[Val]) -> Option<Vec<u8>> {
    let (big, fields) = fields(format)?;
    let mut args = args.iter();
    let mut out = Vec::new();
    for field in fields {
        match field {
            Field::Text(length) => {
                let text = args.next()?.as_bytes()?;
                out.extend((0..length).map(|at| text.get(at).copied().unwrap_or(0)));
            }
            Field::Bytes(times) => {
                for _ in 0..times {
                    out.extend_from_slice(args.next()?.as_bytes()?);
                }
            }
            Field::Padding(times) => out.extend(std::iter::repeat_n(0, times)),
            Field::Integers { width, times, .. } => {
                for _ in 0..times {
                    #[allow(clippy::cast_possible_truncation)]
                    let number = args.next()?.as_num()? as i64;
                    let bytes = number.to_be_bytes();
                    let digits = bytes.get(8 - width..)?;
                    match big {
                        true => out.extend_from_slice(digits),
                        false => out.extend(digits.iter().rev()),
                    }
                }
            }
        }
    }
    Some(out)
}

/// `struct.unpack`.
pub(super) fn unpacked(heap: &mut Heap, format: &str, bytes: &[u8], taint: Taint) -> Option<Val> {
    let (big, fields) = fields(format)?;
    let mut rest = bytes;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at_checked(length)?;
        rest = left;
        Some(taken)
    };
    let mut out = Vec::new();
    for field in fields {
        match field {
            Field::Text(length) => out.push(Val::bytes(take(length)?, taint)),
            Field::Bytes(times) => {
                for _ in 0..times {
                    out.push(Val::bytes(take(1)?, taint));
                }
            }
            Field::Padding(times) => {
                take(times)?;
            }
            Field::Integers { width, times, signed } => {
                for _ in 0..times {
                    out.push(integers::from_bytes(take(width)?, !big, signed, taint)?);
                }
            }
        }
    }
    Some(heap.list(out))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("<H", &[1.0], &[1, 0])]
    #[case(">2h", &[1.0, -2.0], &[0, 1, 255, 254])]
    #[case("!B x I", &[7.0, 258.0], &[7, 0, 0, 0, 1, 2])]
    #[case("<q", &[-1.0], &[255; 8])]
    fn what_is_packed_is_unpacked_again(#[case] format: &str, #[case] numbers: &[f64], #[case] bytes: &[u8]) {
        let args: Vec<Val> = numbers.iter().copied().map(Val::num).collect();
        assert_eq!(packed(format, &args).as_deref(), Some(bytes));
        let mut heap = Heap::default();
        let back = unpacked(&mut heap, format, bytes, Taint::NONE).unwrap();
        let back: Vec<f64> = heap.items(&back).unwrap().iter().filter_map(Val::as_num).collect();
        assert_eq!(back, numbers);
    }

    #[rstest]
    #[case("3s", &[1, 2], None)]
    #[case("d", &[0; 8], None)]
    #[case("2", &[0], None)]
    #[case("2s c", b"abc", Some(2))]
    fn what_does_not_fit_is_not_known(#[case] format: &str, #[case] bytes: &[u8], #[case] items: Option<usize>) {
        let mut heap = Heap::default();
        let made = unpacked(&mut heap, format, bytes, Taint::NONE);
        assert_eq!(made.and_then(|made| heap.items(&made).map(Vec::len)), items);
    }
}
