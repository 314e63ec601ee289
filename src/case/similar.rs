//! Near-duplicates: packages whose code is the same but for a few words.
//!
//! MinHash (Broder 1997): of the set of all stretches of five words of code, 128 hash functions each keep their smallest
//! value; the share of equal values estimates the Jaccard similarity of two sets with a standard error of at most 0.045.
//! Pairs are found without comparing all with all by hashing bands of four values (Leskovec, Rajaraman, Ullman, Mining of
//! Massive Datasets, chapter 3): at a similarity of 0.7 a pair shares one of the 32 bands with a probability over 0.999.

use std::collections::HashMap;

use crate::case::Case;
use crate::syntax::ir::Language;
use crate::syntax::shell::Dialect;

/// Hash functions.
const HASHES: usize = 128;
/// Values of a band.
const BAND: usize = 4;
/// Words of a stretch.
const SHINGLE: usize = 5;
/// From this share of equal values on, two packages are near-duplicates.
const ALIKE: f64 = 0.7;
/// Bytes of code that are looked at: the first ones, in the order of the paths. Enough to tell any two packages apart.
const CODE: usize = 4 << 20;

/// The smallest value of each hash function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Vec<u32>);

impl Signature {
    /// The signature of a package's code; `None` where there is less of it than one stretch of words.
    #[must_use]
    pub fn of(case: &Case) -> Option<Self> {
        let package = &case.package;
        let code = package.files.iter().filter_map(|file| {
            let text = file.source.as_ref()?.text.as_str();
            let code = Language::of(&file.path, text).is_some() || Dialect::of(&file.path, text).is_some();
            code.then_some(text)
        });
        Self::of_texts(code, package.name.as_deref().unwrap_or_default())
    }

    /// The signature of one text of a package of this name.
    #[must_use]
    pub fn of_text(text: &str, name: &str) -> Option<Self> {
        Self::of_texts(std::iter::once(text), name)
    }

    /// The signature of some texts. The package's own name counts as any name would: clones differ in little else.
    fn of_texts<'a>(texts: impl Iterator<Item = &'a str>, name: &str) -> Option<Self> {
        let own: Vec<u32> = words(name).collect();
        let mut smallest = vec![u32::MAX; HASHES];
        let mut found = false;
        let mut left = CODE;
        for text in texts {
            let mut end = left.min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            left = if end < text.len() { 0 } else { left - end };
            let mut last = [0_u32; SHINGLE];
            for (at, word) in words(text.get(..end).unwrap_or_default()).enumerate() {
                last.rotate_left(1);
                if let Some(newest) = last.last_mut() {
                    *newest = if own.contains(&word) { 0 } else { word };
                }
                if at + 1 >= SHINGLE {
                    found = true;
                    let hash = last.iter().fold(0, |hash, word| mix(hash ^ word));
                    for (value, (factor, shift)) in smallest.iter_mut().zip(FUNCTIONS) {
                        *value = (*value).min(mix_once(hash.wrapping_mul(factor) ^ shift));
                    }
                }
            }
            if left == 0 {
                break;
            }
        }
        found.then_some(Self(smallest))
    }

    /// The estimated similarity of two packages, from 0 to 1.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f64 {
        let equal = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        equal as f64 / HASHES as f64
    }

    /// As stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// As read; `None` where it is not one of this version's.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let values: Vec<u32> =
            bytes.chunks_exact(4).filter_map(|four| Some(u32::from_le_bytes(four.try_into().ok()?))).collect();
        (values.len() == HASHES && bytes.len() == HASHES * 4).then_some(Self(values))
    }
}

/// The estimated similarity of a package and one whose signature is stored; `None` where that is none of this version's.
#[must_use]
pub fn similarity_of_bytes(own: &Signature, stored: &[u8]) -> Option<f64> {
    if stored.len() != HASHES * 4 {
        return None;
    }
    let equal = own.0.iter().zip(stored.chunks_exact(4)).filter(|(value, four)| value.to_le_bytes() == **four).count();
    Some(equal as f64 / HASHES as f64)
}

/// Factor and shift of each hash function: any fixed odd numbers that have nothing to do with each other.
const FUNCTIONS: [(u32, u32); HASHES] = {
    let mut functions = [(0, 0); HASHES];
    let mut state = 0x9E37_79B9_u32;
    let mut at = 0;
    while at < HASHES {
        state = mix(state.wrapping_add(0x6D2B_79F5));
        let factor = state | 1;
        state = mix(state.wrapping_add(0x6D2B_79F5));
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, within the loop's bound")]
        {
            functions[at] = (factor, state);
        }
        at += 1;
    }
    functions
};

/// Spreads the bits of a number over all of it (the finalizer of MurmurHash3).
const fn mix(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    mix_once((hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35))
}

const fn mix_once(hash: u32) -> u32 {
    hash ^ (hash >> 16)
}

/// The hashes of a text's words: runs of letters, digits and underscores, in lower case, all numbers alike.
fn words(text: &str) -> impl Iterator<Item = u32> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(|word| {
        let mut hash = 0x811C_9DC5_u32;
        let mut digit = false;
        for byte in word.bytes() {
            // A run of digits counts as one: versions and ports are what clones change.
            let now = byte.is_ascii_digit();
            if !(now && digit) {
                let byte = if now { b'0' } else { byte.to_ascii_lowercase() };
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
            digit = now;
        }
        mix(hash)
    })
}

/// Groups what belongs together: each item is given the index of the first item of its group. `key` says which items are the
/// same for certain (`""`: not known).
#[must_use]
pub fn groups<'a>(items: &[(&'a str, Option<&'a Signature>)]) -> Vec<usize> {
    let mut first: Vec<usize> = (0..items.len()).collect();
    let mut same: HashMap<&str, usize> = HashMap::new();
    let mut bands: HashMap<(usize, &[u32]), Vec<usize>> = HashMap::new();
    for (at, (key, signature)) in items.iter().enumerate() {
        if !key.is_empty() {
            join(&mut first, *same.entry(*key).or_insert(at), at);
        }
        let Some(signature) = signature else { continue };
        for (band, values) in signature.0.chunks_exact(BAND).enumerate() {
            let others = bands.entry((band, values)).or_default();
            // Of those that share a band only the first of each group is compared: a group of a thousand stays cheap.
            let mut seen: Vec<usize> = Vec::new();
            for other in others.iter() {
                let root = root(&first, *other);
                if seen.contains(&root) {
                    continue;
                }
                seen.push(root);
                let alike = items.get(*other).and_then(|(_, other)| *other);
                if alike.is_some_and(|other| signature.similarity(other) >= ALIKE) {
                    join(&mut first, *other, at);
                }
            }
            if others.len() < MOST_OF_BAND {
                others.push(at);
            }
        }
    }
    (0..items.len()).map(|at| root(&first, at)).collect()
}

/// Items remembered of a band: more are only found through another band or these.
const MOST_OF_BAND: usize = 16;

fn root(first: &[usize], mut at: usize) -> usize {
    while let Some(up) = first.get(at).filter(|up| **up != at) {
        at = *up;
    }
    at
}

fn join(first: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(first, one), root(first, other));
    let (low, high) = (one.min(other), one.max(other));
    if let Some(up) = first.get_mut(high) {
        *up = low;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(text: &str, name: &str) -> Signature {
        Signature::of_texts([text].into_iter(), name).unwrap()
    }

    /// A long text of which a share of the lines is replaced.
    fn code(lines: usize, changed: usize) -> String {
        (0..lines)
            .map(|line| {
                let kind = if line < changed { "other" } else { "shared" };
                // Letters: numbers are all alike.
                let word: String = format!("{line:03}").bytes().map(|b| char::from(b - b'0' + b'a')).collect();
                format!("let {kind}{word} = call{word}(first{word}, second{word});\n")
            })
            .collect()
    }

    #[test]
    fn the_similarity_is_about_the_share_of_equal_code() {
        let whole = signature(&code(300, 0), "x");
        assert_eq!(whole.similarity(&whole), 1.0);
        // Three hundred of nine hundred stretches of either text are the other's too, and so on: 1/5 changed is about 2/3.
        for (changed, least, most) in [(3, 0.9, 1.0), (30, 0.6, 0.95), (300, 0.0, 0.35)] {
            let similarity = whole.similarity(&signature(&code(300, changed), "x"));
            assert!((least..=most).contains(&similarity), "{changed}: {similarity}");
        }
    }

    #[test]
    fn a_clone_under_another_name_and_version_is_the_same() {
        let text = |name: &str| {
            format!(
                "import os\nNAME = '{name}'\nVERSION = '1.0.3'\ndef run():\n  return os.environ.get('{name}', 80)\n"
            )
        };
        let one = signature(&text("alpha"), "alpha");
        assert_eq!(one, signature(&text("beta").replace("1.0.3", "2.17.40").replace("80", "8080"), "beta"));
        assert_eq!(one, signature(&text("ALPHA").to_uppercase(), "Alpha"));
    }

    #[test]
    fn too_little_code_has_no_signature() {
        assert_eq!(Signature::of_texts(["one two three four"].into_iter(), ""), None);
        assert!(Signature::of_texts(["one two three four five"].into_iter(), "").is_some());
        assert_eq!(Signature::of_texts(std::iter::empty(), ""), None);
    }

    #[test]
    fn is_stored_and_read() {
        let one = signature(&code(9, 0), "x");
        let bytes = one.to_bytes();
        assert_eq!(bytes.len(), 512);
        assert_eq!(similarity_of_bytes(&one, &bytes), Some(1.0));
        assert_eq!(similarity_of_bytes(&one, &bytes[4..]), None);
        assert_eq!(Signature::from_bytes(&bytes), Some(one));
        assert_eq!(Signature::from_bytes(&bytes[1..]), None);
        assert_eq!(Signature::from_bytes(&[]), None);
    }

    #[test]
    fn what_is_alike_is_grouped_under_its_first() {
        let texts = [code(200, 0), code(200, 200), code(200, 4), code(200, 197), code(60, 60)];
        let signatures: Vec<Signature> = texts.iter().map(|text| signature(text, "x")).collect();
        let mut items: Vec<(&str, Option<&Signature>)> = signatures.iter().map(|s| ("", Some(s))).collect();
        items.push(("aa", None));
        items.push(("", None));
        items.push(("aa", Some(&signatures[4])));
        assert_eq!(groups(&items), [0, 1, 0, 1, 4, 4, 6, 4], "the last joins the fifth and the sixth");
    }

    #[test]
    fn a_thousand_of_a_kind_are_one_group() {
        let one = signature(&code(50, 0), "x");
        let items = vec![("", Some(&one)); 1000];
        assert!(groups(&items).iter().all(|group| *group == 0));
    }

    #[test]
    fn a_large_text_is_looked_at_up_to_the_bound() {
        let long = "word another third fourth fifth ".repeat(CODE / 32 + 10);
        let (kept, more) =
            (format!("{long} some quite new words at the end"), format!("{long} entirely different ones"));
        assert_eq!(signature(&kept, "x"), signature(&more, "x"));
    }
}
