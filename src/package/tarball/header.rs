//! One block of a tar, read as a header, and its numbers as the installers read them.

/// Headers and data are counted in blocks of so many bytes.
pub(super) const BLOCK: usize = 512;

/// Longest path that Linux takes.
pub(super) const LONGEST: usize = 4096;

/// The largest integer that a JavaScript number holds exactly; node-tar refuses larger ones.
const SAFE: i128 = (1 << 53) - 1;

/// A block that is read as a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a>(&'a [u8]);

/// A number that makes node-tar throw: then it passes over the block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Thrown;

impl<'a> Header<'a> {
    /// The block that begins here, if it is whole.
    pub fn at(image: &'a [u8], offset: usize) -> Option<Self> {
        image.get(offset..offset.checked_add(BLOCK)?).map(Self)
    }

    fn field(self, start: usize, len: usize) -> &'a [u8] {
        self.0.get(start..start + len).unwrap_or(&[])
    }

    pub fn is_zero(self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// The type flag.
    pub fn kind(self) -> u8 {
        self.0.get(156).copied().unwrap_or(0)
    }

    pub fn name(self) -> &'a [u8] {
        until_nul(self.field(0, 100))
    }

    pub fn link(self) -> &'a [u8] {
        until_nul(self.field(157, 100))
    }

    /// The folder of a long path, as CPython's tarfile takes it, whatever format the header says it has.
    pub fn prefix(self) -> &'a [u8] {
        until_nul(self.field(345, 155))
    }

    /// The folder of a long path, as node-tar takes it: of headers of the standard's format alone.
    pub fn node_prefix(self) -> &'a [u8] {
        match self.field(257, 8) {
            b"ustar\x0000" if self.0.get(475) == Some(&0) => until_nul(self.field(345, 130)),
            b"ustar\x0000" => self.prefix(),
            _ => &[],
        }
    }

    /// The permission bits.
    pub fn mode(self) -> u32 {
        node_number(self.field(100, 8)).ok().flatten().and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0)
    }

    /// The size field as node-tar reads it; `None` where it holds no number.
    pub fn node_size(self) -> Result<Option<i128>, Thrown> {
        // Any field that throws makes it pass over the header.
        for (start, len) in [(100, 8), (108, 8), (116, 8), (136, 12)] {
            node_number(self.field(start, len))?;
        }
        node_number(self.field(124, 12))
    }

    /// The stored check sum as node-tar reads it, which takes four bytes too many for it.
    pub fn node_sum(self) -> Result<Option<i128>, Thrown> {
        node_number(self.field(148, 12))
    }

    /// The size field as tarfile reads it, where all numbers of the header are such that it goes on.
    pub fn python_size(self) -> Option<i128> {
        for (start, len) in [(100, 8), (108, 8), (116, 8), (136, 12), (329, 8), (337, 8)] {
            python_number(self.field(start, len))?;
        }
        python_number(self.field(124, 12))
    }

    /// The stored check sum as tarfile reads it.
    pub fn python_sum(self) -> Option<i128> {
        python_number(self.field(148, 8))
    }

    /// The sum of all bytes, the check sum counted as blanks.
    pub fn sum(self) -> i128 {
        self.0.iter().enumerate().map(|(at, byte)| if is_sum(at) { 32 } else { i128::from(*byte) }).sum()
    }

    /// The same with signed bytes, as some old programs had it.
    pub fn signed_sum(self) -> i128 {
        let signed = |byte: u8| i128::from(i8::from_le_bytes([byte]));
        self.0.iter().enumerate().map(|(at, byte)| if is_sum(at) { 32 } else { signed(*byte) }).sum()
    }

    /// The size of an old GNU sparse member with its holes.
    pub fn sparse_size(self) -> Option<i128> {
        python_number(self.field(483, 12))
    }

    /// Whether more blocks of an old GNU sparse map follow.
    pub fn sparse_goes_on(self) -> bool {
        self.0.get(482).is_some_and(|byte| *byte != 0)
    }

    /// Whether this is a header that every reader takes for one.
    pub fn is_sound(self) -> bool {
        !self.is_zero() && !self.name().is_empty() && self.python_size().is_some() && {
            let sum = self.python_sum();
            sum == Some(self.sum()) || sum == Some(self.signed_sum())
        }
    }

    /// Where bytes stand that no field has room for: behind the end of a name, and behind the last field.
    pub fn rubbish(self) -> impl Iterator<Item = (usize, &'a [u8])> {
        // Each format fills the end of the block in its own way; star has its mark there.
        let end: &[(usize, usize)] = match self.field(257, 8) {
            magic if magic.starts_with(b"ustar\0") && self.field(508, 4) == b"tar\0" => &[],
            magic if magic.starts_with(b"ustar\0") => &[(500, 12)],
            magic if magic.starts_with(b"ustar ") => &[(495, 17)],
            _ => &[(257, 255)],
        };
        let owners = self.field(257, 5) == b"ustar";
        let names = [(0, 100), (157, 100), (265, 32), (297, 32)].into_iter().take(if owners { 4 } else { 2 });
        let names = names.map(move |(start, len)| {
            let field = self.field(start, len);
            let used = until_nul(field).len();
            (start + used, field.get(used..).unwrap_or(&[]))
        });
        let ends = end.iter().map(move |(start, len)| (*start, self.field(*start, *len)));
        names.chain(ends).filter(|(_, bytes)| bytes.iter().any(|byte| *byte != 0))
    }
}

fn is_sum(at: usize) -> bool {
    (148..156).contains(&at)
}

/// What stands before the first NUL.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(bytes)
}

/// A name as C reads it, no longer than any system takes.
pub(super) fn name(bytes: &[u8]) -> Vec<u8> {
    let name = until_nul(bytes);
    name.get(..LONGEST).unwrap_or(name).to_vec()
}

/// A count of bytes rounded up to whole blocks.
pub(super) fn blocks(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX)
}

/// The number behind the mark of the binary form, `None` where there is no such mark.
fn binary(field: &[u8]) -> Option<i128> {
    let (mark, digits) = field.split_first()?;
    let value = digits.iter().fold(0_i128, |value, byte| value << 8 | i128::from(*byte));
    match mark {
        0x80 => Some(value),
        0xFF => Some(value - (1_i128 << (8 * digits.len()))),
        _ => None,
    }
}

/// As JavaScript's `parseInt(text, 8)`: what is no digit ends the number.
fn node_number(field: &[u8]) -> Result<Option<i128>, Thrown> {
    if field.first().is_some_and(|byte| *byte & 0x80 != 0) {
        return binary(field).filter(|value| (-SAFE..=SAFE).contains(value)).map(Some).ok_or(Thrown);
    }
    let text = until_nul(field).trim_ascii();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let len = digits.iter().take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let value = digits.iter().take(len).fold(0_i128, |value, byte| value * 8 + i128::from(byte - b'0'));
    Ok((len > 0).then_some(if negative { -value } else { value }))
}

/// As CPython's `int(text, 8)`: anything else than a number is an error; no text at all is 0.
fn python_number(field: &[u8]) -> Option<i128> {
    if let Some(value) = binary(field) {
        return Some(value);
    }
    let text = until_nul(field).trim_ascii();
    if text.is_empty() {
        return Some(0);
    }
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let digits = digits.strip_prefix(b"0o").or_else(|| digits.strip_prefix(b"0O")).unwrap_or(digits);
    let mut value = 0_i128;
    let mut last = b'_';
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'7' => value = value * 8 + i128::from(byte - b'0'),
            // One between digits is allowed.
            b'_' if at > 0 && last != b'_' => {}
            _ => return None,
        }
        last = *byte;
    }
    (last != b'_').then_some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::octal(b"00000000051\0", Ok(Some(41)), Some(41))]
    #[case::blanks(b"         51 ", Ok(Some(41)), Some(41))]
    #[case::nothing(b"\0\0\0\0\0\0\0\0\0\0\0\0", Ok(None), Some(0))]
    #[case::binary(b"\x80\0\0\0\0\0\0\0\0\0\0\x29", Ok(Some(41)), Some(41))]
    #[case::negative(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", Ok(Some(-1)), Some(-1))]
    #[case::unsafe_in_javascript(
        b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        Err(Thrown),
        Some(0xFFFF_FFFF_FFFF_FFFF)
    )]
    #[case::other_mark(b"\x90\0\0\0\0\0\0\0\0\0\0\x29", Err(Thrown), None)]
    #[case::rest(b"51zz\0\0\0\0\0\0\0\0", Ok(Some(41)), None)]
    #[case::underscore(b"5_1\0\0\0\0\0\0\0\0\0", Ok(Some(5)), Some(41))]
    #[case::not_octal(b"9\0\0\0\0\0\0\0\0\0\0\0", Ok(None), None)]
    fn numbers_are_those_of_the_readers(
        #[case] field: &[u8; 12],
        #[case] node: Result<Option<i128>, Thrown>,
        #[case] python: Option<i128>,
    ) {
        assert_eq!((node_number(field), python_number(field)), (node, python));
    }
}
