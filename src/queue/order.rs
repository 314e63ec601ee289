//! In which order packages are handed out. Items are put in another order and none is ever left out.

use sha2::{Digest as _, Sha256};

use super::item::Item;
use crate::case::similar;
use crate::ledger::{Order, Why};

/// One of so many packages is in the random share.
const SHARE: u64 = 10;
/// From this difference in probability on, the two parts of the model disagree.
const DISAGREE: f32 = 0.1;

/// A place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Index of the item.
    pub item: usize,
    /// Why it stands here; for near-duplicates after the first: [`Why::Alike`].
    pub why: Why,
    /// Place of its group, from 1.
    pub rank: usize,
    /// How many packages the group has.
    pub group: usize,
    /// Whether it is the first of its group.
    pub first: bool,
}

/// A group of near-duplicates, to be placed as one.
struct Group {
    /// Indices of its items, the most urgent first.
    items: Vec<usize>,
    random: bool,
    /// Its lot: by this, groups of the random share follow each other, and ties are broken.
    lot: u64,
}

/// Puts the items in an order. `seed` decides which are in the random share.
#[must_use]
pub fn arrange(items: &[Item], order: Order, seed: u64) -> Vec<Row> {
    let groups = grouped(items, order, seed);
    let of = |group: &Group| group.items.first().and_then(|at| items.get(*at));
    let ranked = |order: Order, keep: &dyn Fn(&Group) -> bool| {
        let mut ranked: Vec<(f64, u64, usize)> = (0..)
            .zip(&groups)
            .filter(|(_, group)| keep(group))
            .map(|(at, group)| {
                // What came at the same moment stays in the order of adding; equal scores are broken by the lot.
                let tie = if order == Order::Age { 0 } else { group.lot };
                (of(group).map_or(f64::INFINITY, |item| key(item, order)), tie, at)
            })
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        ranked.into_iter().map(|(.., at)| at).collect::<Vec<usize>>()
    };
    let placed: Vec<(usize, Why)> = match order {
        Order::Risk => ranked(order, &|_| true).into_iter().map(|at| (at, Why::Risk)).collect(),
        Order::Uncertainty => ranked(order, &|_| true).into_iter().map(|at| (at, Why::Uncertain)).collect(),
        Order::Age => ranked(order, &|_| true).into_iter().map(|at| (at, Why::Age)).collect(),
        Order::Mixed => {
            let mut random: Vec<usize> =
                (0..groups.len()).filter(|at| groups.get(*at).is_some_and(|group| group.random)).collect();
            random.sort_by_key(|at| (groups.get(*at).map(|group| group.lot), *at));
            let disagree = |group: &Group| {
                !group.random && of(group).and_then(disagreement).is_some_and(|difference| difference >= DISAGREE)
            };
            let mut differ: Vec<usize> = (0..groups.len()).filter(|at| groups.get(*at).is_some_and(disagree)).collect();
            let difference = |at: &usize| groups.get(*at).and_then(of).and_then(disagreement).unwrap_or_default();
            differ.sort_by(|a, b| difference(b).total_cmp(&difference(a)).then(a.cmp(b)));
            let risk = ranked(Order::Risk, &|group| !group.random);
            let uncertain = ranked(Order::Uncertainty, &|group| !group.random);
            mix([risk, uncertain, differ, random], groups.len())
        }
    };
    let mut rows = Vec::with_capacity(items.len());
    for (rank, (group, why)) in (1..).zip(placed) {
        let Some(group) = groups.get(group) else { continue };
        for (place, item) in group.items.iter().enumerate() {
            let (first, why) = if place == 0 { (true, why) } else { (false, Why::Alike) };
            rows.push(Row { item: *item, why, rank, group: group.items.len(), first });
        }
    }
    rows
}

/// Of ten places three each go to risk, uncertainty and disagreement, one to the lot. A list that has come to its end leaves
/// its places to risk, and risk to the lot.
fn mix(lists: [Vec<usize>; 4], groups: usize) -> Vec<(usize, Why)> {
    const PLACES: [usize; 10] = [0, 1, 2, 0, 3, 1, 2, 0, 1, 2];
    const WHY: [Why; 4] = [Why::Risk, Why::Uncertain, Why::Disagreement, Why::Random];
    let mut lists = lists.map(Vec::into_iter);
    let mut placed = Vec::with_capacity(groups);
    let mut taken = vec![false; groups];
    for place in PLACES.iter().cycle() {
        if placed.len() == groups {
            break;
        }
        let mut found = None;
        for list in [*place, 0, 3] {
            let Some(waiting) = lists.get_mut(list) else { continue };
            for group in waiting.by_ref() {
                let free = taken.get_mut(group).is_some_and(|taken| !std::mem::replace(taken, true));
                if free {
                    found = Some((group, WHY.get(list).copied().unwrap_or(Why::Risk)));
                    break;
                }
            }
            if found.is_some() {
                break;
            }
        }
        match found {
            Some(found) => placed.push(found),
            // Every group is in the list of risk or in that of the lot, so both are empty only when all are placed.
            None => break,
        }
    }
    placed
}

fn grouped(items: &[Item], order: Order, seed: u64) -> Vec<Group> {
    let keys: Vec<_> = items.iter().map(|item| (item.sha256.as_str(), item.signature.as_ref())).collect();
    let first = similar::groups(&keys);
    let mut at: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (item, group) in first.into_iter().enumerate() {
        at.entry(group).or_default().push(item);
    }
    // Within a group, and for the place of the group, what is most urgent counts.
    let urgency = if order == Order::Mixed { Order::Risk } else { order };
    at.into_iter()
        .map(|(first, mut members)| {
            // The lot is that of the item that was there first: it stays the same when others join.
            let lot = items.get(first).map_or(0, |item| lot(item, seed));
            let of = |at: &usize| items.get(*at).map_or(f64::INFINITY, |item| key(item, urgency));
            members.sort_by(|a, b| of(a).total_cmp(&of(b)).then(a.cmp(b)));
            Group { items: members, random: lot.is_multiple_of(SHARE), lot: lot / SHARE }
        })
        .collect()
}

/// What an order sorts by, the smallest first. What has not been read yet stands, by risk, where the threshold is: after
/// what is flagged and before what is not; by uncertainty, after what was read. What cannot be read comes last.
fn key(item: &Item, order: Order) -> f64 {
    match order {
        Order::Age => item.since().as_millisecond() as f64,
        _ if item.failed.is_some() => f64::INFINITY,
        Order::Risk | Order::Mixed => item.judged.as_ref().map_or(0.0, |judged| -judged.margin()),
        Order::Uncertainty => item.judged.as_ref().map_or(f64::MAX, super::item::Judged::certainty),
    }
}

fn disagreement(item: &Item) -> Option<f32> {
    item.judged.as_ref()?.disagreement
}

/// A number that follows from the package and the seed alone.
fn lot(item: &Item, seed: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    if item.sha256.is_empty() {
        hash.update(item.path.as_os_str().as_encoded_bytes());
    } else {
        hash.update(&item.sha256);
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(0, |lot, byte| lot << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use strum::IntoEnumIterator as _;

    use super::super::item::Judged;
    use super::*;
    use crate::case::State;
    use crate::package::Ecosystem;

    fn item(number: i64, probability: Option<f32>) -> Item {
        let judged = probability.map(|probability| Judged {
            state: if probability >= 0.5 { State::Malicious } else { State::Benign },
            probability: Some(probability),
            threshold: Some(0.5),
            disagreement: None,
            model: "m".to_owned(),
            extractor: "e".to_owned(),
        });
        Item {
            number,
            path: format!("/queue/{number}.tgz").into(),
            sha256: format!("{number:064x}"),
            name: format!("demo-{number}"),
            version: "1.0.0".to_owned(),
            ecosystem: Ecosystem::Npm,
            added: Timestamp::from_second(1_700_000_000 + number).unwrap(),
            published: None,
            source: String::new(),
            failed: None,
            judged,
            signature: None,
            given: None,
        }
    }

    fn numbers(items: &[Item], order: Order) -> Vec<i64> {
        arrange(items, order, 7).iter().map(|row| items[row.item].number).collect()
    }

    /// Many packages of every sort, in a fixed muddle.
    fn many(count: i64) -> Vec<Item> {
        (0..count)
            .map(|number| {
                let muddle = (number * 7919 % 1000) as f32 / 1000.0;
                let mut item = item(number, (number % 5 != 0).then_some(muddle));
                match number % 11 {
                    3 => item.failed = Some("damaged".to_owned()),
                    4 => item.sha256 = format!("{:064x}", number / 100),
                    _ => {}
                }
                if let Some(judged) = &mut item.judged {
                    judged.disagreement = (number % 3 == 0).then_some(1.0 - muddle);
                    if number % 13 == 0 {
                        judged.state = State::CannotJudge;
                    }
                }
                item
            })
            .collect()
    }

    #[test]
    fn every_order_of_five_thousand_holds_each_once_and_is_always_the_same() {
        let items = many(5000);
        for order in Order::iter() {
            let rows = arrange(&items, order, 42);
            let seen: BTreeSet<usize> = rows.iter().map(|row| row.item).collect();
            assert_eq!((rows.len(), seen.len()), (5000, 5000), "{order}");
            assert_eq!(rows, arrange(&items, order, 42), "{order}");
        }
        assert_eq!(arrange(&[], Order::Mixed, 1), []);
    }

    #[test]
    fn risk_puts_unread_between_flagged_and_not_and_the_unreadable_last() {
        let mut items =
            vec![item(1, Some(0.2)), item(2, None), item(3, Some(0.9)), item(4, Some(0.99)), item(5, Some(0.6))];
        items[4].failed = Some("damaged".to_owned());
        assert_eq!(numbers(&items, Order::Risk), [4, 3, 2, 1, 5]);
    }

    #[test]
    fn uncertainty_goes_by_the_distance_to_the_threshold_and_cannot_judge_comes_first() {
        let mut items = vec![item(1, Some(0.99)), item(2, Some(0.45)), item(3, None), item(4, Some(0.02))];
        items[3].judged.as_mut().unwrap().state = State::CannotJudge;
        assert_eq!(numbers(&items, Order::Uncertainty), [4, 2, 1, 3]);
    }

    #[test]
    fn age_goes_by_publication_and_else_by_when_it_was_added() {
        let mut items = vec![item(1, None), item(2, None), item(3, None)];
        items[2].published = Some(Timestamp::from_second(1_600_000_000).unwrap());
        assert_eq!(numbers(&items, Order::Age), [3, 1, 2]);
    }

    #[test]
    fn a_tenth_is_drawn_by_lot_whatever_the_tool_says() {
        let items = many(5000);
        let random = |items: &[Item], seed| -> BTreeSet<i64> {
            let rows = arrange(items, Order::Mixed, seed);
            rows.iter().filter(|row| row.why == Why::Random).map(|row| items[row.item].number).collect()
        };
        let drawn = random(&items, 42);
        let groups = arrange(&items, Order::Mixed, 42).iter().filter(|row| row.first).count();
        assert!((groups / 12..groups / 8).contains(&drawn.len()), "{} of {groups}", drawn.len());
        // The tool now says the opposite of everything: the same are drawn.
        let mut other = items.clone();
        for judged in other.iter_mut().filter_map(|item| item.judged.as_mut()) {
            judged.probability = judged.probability.map(|p| 1.0 - p);
        }
        // Which of a group stands first may change with the score; who is alone does not.
        let alone: BTreeSet<i64> =
            arrange(&items, Order::Mixed, 42).iter().filter(|r| r.group == 1).map(|r| items[r.item].number).collect();
        let of_alone = |drawn: BTreeSet<i64>| drawn.intersection(&alone).copied().collect::<BTreeSet<i64>>();
        assert_eq!(of_alone(drawn), of_alone(random(&other, 42)));
        assert_ne!(random(&items, 42), random(&items, 43));
    }

    #[test]
    fn mixed_gives_three_of_ten_to_each_and_one_to_the_lot() {
        let mut items: Vec<Item> =
            (0..2000).map(|number| item(number, Some((number * 7919 % 2000) as f32 / 2000.0))).collect();
        for item in items.iter_mut().filter(|item| item.number % 4 == 0) {
            item.judged.as_mut().unwrap().disagreement = Some(0.4);
        }
        let rows = arrange(&items, Order::Mixed, 42);
        let count = |why| rows.iter().take(1000).filter(|row| row.why == why).count();
        assert_eq!(
            [Why::Risk, Why::Uncertain, Why::Disagreement, Why::Random].map(count),
            [300, 300, 300, 100],
            "of the first thousand"
        );
        // Without two parts that could disagree, those places go to risk.
        for item in &mut items {
            item.judged.as_mut().unwrap().disagreement = None;
        }
        let rows = arrange(&items, Order::Mixed, 42);
        assert_eq!(rows.iter().take(1000).filter(|row| row.why == Why::Risk).count(), 600);
    }

    #[test]
    fn near_duplicates_stand_together_and_share_a_rank() {
        let mut items = vec![item(1, Some(0.2)), item(2, Some(0.8)), item(3, Some(0.9)), item(4, Some(0.1))];
        items[3].sha256 = items[2].sha256.clone();
        let rows = arrange(&items, Order::Risk, 1);
        let shown: Vec<_> = rows.iter().map(|r| (items[r.item].number, r.rank, r.group, r.first)).collect();
        assert_eq!(shown, [(3, 1, 2, true), (4, 1, 2, false), (2, 2, 1, true), (1, 3, 1, true)]);
        assert_eq!(rows[1].why, Why::Alike);
    }
}
