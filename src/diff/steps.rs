//! The two behavior sequences side by side.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::Pairing;
use super::align::{Effort, align, numbered};
use crate::behavior::{Feature, Sequence};
use crate::package::Phase;

/// Comparisons spent on aligning the sequences.
const EFFORT: usize = 60_000_000;

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// In both, at the same place of the run.
    Same,
    /// In both, but in another file or in another order.
    Moved,
    /// Only in the new version.
    Added,
    /// Only in the old version.
    Removed,
}

/// A line of the two sequences side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPair {
    /// Index in the old version's `Sequence::steps`.
    pub old: Option<usize>,
    /// Index in the new version's `Sequence::steps`.
    pub new: Option<usize>,
    /// What became of it.
    pub fate: Fate,
}

/// Aligns the sequences. Steps are the same when phase, feature, detail and file are. Says whether effort ran out.
pub(super) fn side_by_side(old: &Sequence, new: &Sequence, pairs: &[Pairing]) -> (Vec<StepPair>, bool) {
    // A file has the number of its pair on both sides.
    let mut of_old = HashMap::new();
    let mut of_new = HashMap::new();
    for (number, pair) in pairs.iter().enumerate() {
        of_old.extend(pair.old.map(|at| (at, number)));
        of_new.extend(pair.new.map(|at| (at, number)));
    }
    let (a, b) = (keys(old, &of_old), keys(new, &of_new));
    let (a_ids, b_ids) = numbered(a.iter(), b.iter());
    let mut effort = Effort::new(EFFORT);
    let mut lines = Vec::new();
    for stretch in align(&a_ids, &b_ids, &mut effort) {
        if stretch.equal {
            let pair = |(x, y)| StepPair { old: Some(x), new: Some(y), fate: Fate::Same };
            lines.extend(stretch.old.zip(stretch.new).map(pair));
        } else {
            lines.extend(stretch.old.map(|x| StepPair { old: Some(x), new: None, fate: Fate::Removed }));
            lines.extend(stretch.new.map(|y| StepPair { old: None, new: Some(y), fate: Fate::Added }));
        }
    }
    (join_moved(lines, &a, &b), effort.spent)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key<'s> {
    phase: Phase,
    feature: Feature,
    detail: &'s str,
    file: Option<usize>,
}

fn keys<'s>(sequence: &'s Sequence, pairs: &HashMap<usize, usize>) -> Vec<Key<'s>> {
    let key = |step: &'s crate::behavior::Step| Key {
        phase: step.phase,
        feature: step.feature,
        detail: &step.detail,
        file: sequence.file_of(step.doc).and_then(|file| pairs.get(&file).copied()),
    };
    sequence.steps.iter().map(key).collect()
}

/// A step that went and one like it that came are one step that moved; it is shown where it came.
fn join_moved(lines: Vec<StepPair>, old: &[Key<'_>], new: &[Key<'_>]) -> Vec<StepPair> {
    let what = |key: &Key<'_>| (key.phase, key.feature, key.detail.to_owned());
    let mut gone: HashMap<_, VecDeque<usize>> = HashMap::new();
    for at in lines.iter().filter(|line| line.fate == Fate::Removed).filter_map(|line| line.old) {
        if let Some(key) = old.get(at) {
            gone.entry(what(key)).or_default().push_back(at);
        }
    }
    let mut joined = vec![false; old.len()];
    let mut lines = lines;
    for line in lines.iter_mut().filter(|line| line.fate == Fate::Added) {
        let Some(key) = line.new.and_then(|at| new.get(at)) else { continue };
        if let Some(at) = gone.get_mut(&what(key)).and_then(VecDeque::pop_front) {
            (line.old, line.fate) = (Some(at), Fate::Moved);
            if let Some(joined) = joined.get_mut(at) {
                *joined = true;
            }
        }
    }
    let is_joined = |line: &StepPair| {
        line.fate == Fate::Removed && line.old.is_some_and(|at| joined.get(at).copied().unwrap_or(false))
    };
    lines.retain(|line| !is_joined(line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::Step;
    use crate::syntax::Doc;
    use crate::text::Span;

    fn sequence(steps: &[(Phase, Feature, usize)]) -> Sequence {
        let step = |(phase, feature, file): &(Phase, Feature, usize)| Step {
            entry: 0,
            phase: *phase,
            feature: *feature,
            detail: String::new(),
            doc: Doc::File(*file),
            span: Span::default(),
            line: 1,
            column: 1,
            call_path: Vec::new(),
            call_sites: Vec::new(),
            guarded: false,
            count: 1,
            why: crate::behavior::Why::default(),
        };
        Sequence { steps: steps.iter().map(step).collect(), ..Sequence::default() }
    }

    #[test]
    fn steps_are_the_same_moved_added_or_removed() {
        use Feature::{CallFiles, CallNetwork, CallProcess, CallSystem};
        use Phase::{Import, Install};
        let old = sequence(&[(Import, CallSystem, 0), (Import, CallFiles, 0), (Import, CallNetwork, 0)]);
        let new = sequence(&[
            (Install, CallProcess, 1),
            (Import, CallSystem, 0),
            (Import, CallNetwork, 1),
            (Install, CallFiles, 0),
        ]);
        let pairs =
            [Pairing { old: Some(0), new: Some(0), moved: false }, Pairing { old: None, new: Some(1), moved: false }];
        let (lines, spent) = side_by_side(&old, &new, &pairs);
        let shown: Vec<_> = lines.iter().map(|line| (line.old, line.new, line.fate)).collect();
        // R4 runs earlier now: that is another behavior, not the same elsewhere.
        let expected = [
            (None, Some(0), Fate::Added),
            (Some(0), Some(1), Fate::Same),
            (Some(1), None, Fate::Removed),
            (Some(2), Some(2), Fate::Moved),
            (None, Some(3), Fate::Added),
        ];
        assert_eq!(shown, expected);
        assert!(!spent);
    }
}
