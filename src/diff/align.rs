//! Two sequences of numbers aligned within a bounded effort that is counted, not timed: the same answer on every machine.
//!
//! What both begin and end with is set aside; of long sequences the elements that occur once in both are the anchors between
//! which the rest is aligned (patience diff, Bram Cohen); what is left goes through Myers' algorithm. A stretch that would
//! cost more than what is left of the effort is replaced as a whole, and that is said.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use similar::DiffOp;
use similar::algorithms::{Algorithm, Capture, Replace, diff_slices};

/// Up to this many elements of both sides together Myers' algorithm is asked at once.
const SMALL: usize = 2_000;
/// Myers' algorithm recurses; it gets no longer sequences than this.
const LARGEST: usize = 60_000;
/// Most times that a stretch between anchors is searched for anchors of its own.
const LEVELS: usize = 12;

/// A stretch of the alignment: elements of the old sequence, and those of the new that stand in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Whether the two are equal, one for one.
    pub equal: bool,
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// What is left to spend, in comparisons.
#[derive(Debug, Clone)]
pub(super) struct Effort {
    left: usize,
    /// Whether something was replaced as a whole for want of effort.
    pub spent: bool,
}

impl Effort {
    pub fn new(left: usize) -> Self {
        Self { left, spent: false }
    }

    /// Takes what aligning two sequences may cost.
    fn take(&mut self, old: usize, new: usize) -> bool {
        let sum = old + new;
        // Myers' search gives up a stretch after about the root of its length in rounds.
        let cost = sum.saturating_mul((sum.isqrt() * 2).max(256).min(sum));
        if sum > LARGEST || cost > self.left {
            self.spent = true;
            return false;
        }
        self.left -= cost;
        true
    }
}

/// Gives equal items of two lists equal numbers.
pub(super) fn numbered<'t, T: Hash + Eq + ?Sized + 't>(
    old: impl Iterator<Item = &'t T>,
    new: impl Iterator<Item = &'t T>,
) -> (Vec<u32>, Vec<u32>) {
    let mut known: HashMap<&T, u32> = HashMap::new();
    let mut number = |item| {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry(item).or_insert(next)
    };
    (old.map(&mut number).collect(), new.map(&mut number).collect())
}

/// Aligns two sequences of numbers as [`numbered`] gives them. The stretches are in order and cover both.
pub(super) fn align(old: &[u32], new: &[u32], effort: &mut Effort) -> Vec<Stretch> {
    let mut out = Out(Vec::new());
    // The next stretch to align is the last of the list; at each, how often its parents were split.
    let mut pending = vec![(0..old.len(), 0..new.len(), 0_usize)];
    while let Some((mut a, mut b, level)) = pending.pop() {
        let front = common(slice(old, &a).iter(), slice(new, &b).iter());
        out.push(true, a.start..a.start + front, b.start..b.start + front);
        (a.start, b.start) = (a.start + front, b.start + front);
        let back = common(slice(old, &a).iter().rev(), slice(new, &b).iter().rev());
        let tail = (a.end - back..a.end, b.end - back..b.end, LEVELS);
        (a.end, b.end) = (a.end - back, b.end - back);
        if back > 0 {
            pending.push(tail);
        }
        if a.is_empty() || b.is_empty() {
            out.push(false, a, b);
        } else if a.len() + b.len() <= SMALL || level >= LEVELS {
            out.myers(old, new, a, b, effort);
        } else {
            match anchors(slice(old, &a), slice(new, &b)) {
                Anchors::Strangers => out.push(false, a, b),
                Anchors::None => out.myers(old, new, a, b, effort),
                Anchors::Some(anchors) => {
                    let (mut a_end, mut b_end) = (a.end, b.end);
                    for (x, y) in anchors.into_iter().rev() {
                        let (x, y) = (a.start + x, b.start + y);
                        pending.push((x..a_end, y..b_end, level + 1));
                        (a_end, b_end) = (x, y);
                    }
                    pending.push((a.start..a_end, b.start..b_end, level + 1));
                }
            }
        }
    }
    out.0
}

fn slice<'s>(all: &'s [u32], range: &Range<usize>) -> &'s [u32] {
    all.get(range.clone()).unwrap_or_default()
}

fn common<'s>(a: impl Iterator<Item = &'s u32>, b: impl Iterator<Item = &'s u32>) -> usize {
    a.zip(b).take_while(|(x, y)| x == y).count()
}

enum Anchors {
    /// No element is in both.
    Strangers,
    /// None that occurs once in both.
    None,
    /// Pairs of places, ascending in both.
    Some(Vec<(usize, usize)>),
}

fn anchors(old: &[u32], new: &[u32]) -> Anchors {
    #[derive(Default)]
    struct Seen {
        old: (usize, usize),
        new: (usize, usize),
    }
    let mut seen: HashMap<u32, Seen> = HashMap::with_capacity(old.len());
    for (at, item) in old.iter().enumerate() {
        let seen = seen.entry(*item).or_default();
        seen.old = (seen.old.0 + 1, at);
    }
    let mut strangers = true;
    for (at, item) in new.iter().enumerate() {
        if let Some(seen) = seen.get_mut(item) {
            seen.new = (seen.new.0 + 1, at);
            strangers = false;
        }
    }
    if strangers {
        return Anchors::Strangers;
    }
    let once = |item: &u32| seen.get(item).filter(|seen| seen.old.0 == 1 && seen.new.0 == 1);
    let pairs: Vec<(usize, usize)> = old.iter().filter_map(once).map(|seen| (seen.old.1, seen.new.1)).collect();
    let rising = rising(&pairs);
    if rising.is_empty() { Anchors::None } else { Anchors::Some(rising) }
}

/// The longest list of pairs that rises in both places; the first is ascending already.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For every length the pair that ends the best list of it, and before every pair the one that goes before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let new_of = |at: usize| pairs.get(at).map_or(0, |pair| pair.1);
    for (at, (_, new)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| new_of(*end) < *new);
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chain = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        chain.extend(pairs.get(at));
        next = before.get(at).copied().flatten();
    }
    chain.reverse();
    chain
}

struct Out(Vec<Stretch>);

impl Out {
    /// Adds a stretch, joined to the one before where both are of a kind.
    fn push(&mut self, equal: bool, old: Range<usize>, new: Range<usize>) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.equal == equal => (last.old.end, last.new.end) = (old.end, new.end),
            _ => self.0.push(Stretch { equal, old, new }),
        }
    }

    fn myers(&mut self, old: &[u32], new: &[u32], a: Range<usize>, b: Range<usize>, effort: &mut Effort) {
        if !effort.take(a.len(), b.len()) {
            self.push(false, a, b);
            return;
        }
        let mut hook = Replace::new(Capture::new());
        // The hook's error type has no values.
        let _ = diff_slices(Algorithm::Myers, &mut hook, slice(old, &a), slice(new, &b));
        for op in hook.into_inner().into_ops() {
            let equal = matches!(op, DiffOp::Equal { .. });
            let (x, y) = (op.old_range(), op.new_range());
            self.push(equal, a.start + x.start..a.start + x.end, b.start + y.start..b.start + y.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Aligns and checks what holds for every alignment: it covers both, and what it calls equal is.
    fn aligned(old: &[u32], new: &[u32], effort: usize) -> (Vec<Stretch>, bool) {
        let mut effort = Effort::new(effort);
        let found = align(old, new, &mut effort);
        let (mut a, mut b) = (0, 0);
        for stretch in &found {
            assert_eq!((stretch.old.start, stretch.new.start), (a, b));
            (a, b) = (stretch.old.end, stretch.new.end);
            assert_eq!(stretch.equal, old[stretch.old.clone()] == new[stretch.new.clone()]);
        }
        assert_eq!((a, b), (old.len(), new.len()));
        (found, effort.spent)
    }

    #[rstest]
    #[case(&[], &[], 0)]
    #[case(&[1, 2, 3], &[1, 2, 3], 3)]
    #[case(&[1, 2, 3], &[], 0)]
    #[case(&[1, 2, 3, 4], &[1, 9, 3, 4], 3)]
    #[case(&[1, 2, 3], &[2, 3, 1], 2)]
    #[case(&[1, 2], &[3, 4], 0)]
    fn small_sequences(#[case] old: &[u32], #[case] new: &[u32], #[case] kept: usize) {
        let (found, spent) = aligned(old, new, 1_000_000);
        assert_eq!(found.iter().filter(|s| s.equal).map(|s| s.old.len()).sum::<usize>(), kept);
        assert!(!spent);
    }

    #[test]
    fn scattered_changes_in_a_long_sequence_stay_scattered() {
        let old: Vec<u32> = (0..200_000).collect();
        let new: Vec<u32> = old.iter().map(|x| if x % 1000 == 7 { x + 1_000_000 } else { *x }).collect();
        let (found, spent) = aligned(&old, &new, 1_000_000);
        assert_eq!(found.iter().filter(|s| !s.equal).map(|s| s.old.len()).sum::<usize>(), 200);
        assert!(!spent);
    }

    #[test]
    fn what_has_nothing_in_common_costs_no_effort() {
        let (found, spent) = aligned(&(0..50_000).collect::<Vec<_>>(), &(50_000..100_000).collect::<Vec<_>>(), 0);
        assert_eq!((found.len(), spent), (1, false));
    }

    #[test]
    fn without_effort_a_stretch_is_replaced_as_a_whole_and_that_is_said() {
        // Nothing occurs once, so that nothing is an anchor.
        let old: Vec<u32> = (0..25_000).map(|x| x * x % 97).collect();
        let new: Vec<u32> = (0..25_000).map(|x| x * 3 % 89 + 1).collect();
        let (found, spent) = aligned(&old, &new, 1000);
        assert!(spent && found.iter().filter(|s| !s.equal).count() == 1);
        let (_, spent) = aligned(&old, &new, 1 << 30);
        assert!(!spent);
    }
}
