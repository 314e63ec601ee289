//! What belongs together and must not stand on both sides of a split: versions of one package, and packages that tell nearly
//! the same.

use std::collections::HashMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use strum::{EnumIter, IntoStaticStr};

use super::record::labelled;
use crate::case::similar::{Signature, groups};
use crate::ledger::{Ledger, LedgerError};
use crate::text::hex;

/// A part of a dataset. Clusters go to one of them whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Split {
    /// To learn from: about eight tenths.
    Train,
    /// To choose settings by: about a tenth.
    Validation,
    /// To measure on: the rest.
    Test,
}

/// How the clusters are dealt out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SplitBy {
    /// By a hash of the cluster: where a cluster stands does not depend on the others.
    #[default]
    Cluster,
    /// By time: what was labelled first is learnt from, what came last is measured on.
    Time,
}

/// Where a package stands.
#[derive(Debug, Clone)]
pub struct Grouped {
    /// The cluster's name, the same as long as its first package is.
    pub cluster: String,
    /// SHA-256 of the first package of the cluster, `""` for itself.
    pub like: String,
    /// When the cluster's first package was labelled.
    pub first_seen: Timestamp,
    /// Its part.
    pub split: Split,
}

/// Groups the labelled packages, by the SHA-256 of the archive.
///
/// # Errors
/// When the log cannot be read.
pub fn grouped(ledger: &Ledger, by: SplitBy) -> Result<HashMap<String, Grouped>, LedgerError> {
    let mut packages = Vec::new();
    for standing in ledger.records() {
        let (_, label) = labelled(ledger, standing.event)?;
        let named = (!label.name.is_empty()).then(|| format!("{}/{}", label.ecosystem.word(), label.name));
        let signature = Signature::of_text(&label.text.text, &label.name);
        packages.push((standing.sha256.clone(), standing.time, named.unwrap_or_default(), signature));
    }
    let items: Vec<(&str, Option<&Signature>)> =
        packages.iter().map(|(_, _, named, signature)| (named.as_str(), signature.as_ref())).collect();
    let firsts = groups(&items);
    let mut seen: HashMap<usize, Timestamp> = HashMap::new();
    for ((_, time, ..), first) in packages.iter().zip(&firsts) {
        seen.entry(*first).and_modify(|earliest| *earliest = (*earliest).min(*time)).or_insert(*time);
    }
    let dealt = deal(&packages.iter().map(|(sha256, ..)| sha256.as_str()).collect::<Vec<_>>(), &firsts, &seen, by);
    let mut answer = HashMap::new();
    for (at, ((sha256, time, ..), first)) in packages.iter().zip(&firsts).enumerate() {
        let of_first = packages.get(*first).map_or("", |(sha256, ..)| sha256.as_str());
        let grouped = Grouped {
            cluster: cluster(of_first),
            like: if at == *first { String::new() } else { of_first.to_owned() },
            first_seen: seen.get(first).copied().unwrap_or(*time),
            split: dealt.get(first).copied().unwrap_or(Split::Train),
        };
        answer.insert(sha256.clone(), grouped);
    }
    Ok(answer)
}

fn cluster(sha256: &str) -> String {
    format!("c-{}", sha256.get(..12).unwrap_or(sha256))
}

/// The part of each cluster, by the index of its first package.
fn deal(packages: &[&str], firsts: &[usize], seen: &HashMap<usize, Timestamp>, by: SplitBy) -> HashMap<usize, Split> {
    let part = |tenth: usize| match tenth {
        0..8 => Split::Train,
        8 => Split::Validation,
        _ => Split::Test,
    };
    match by {
        SplitBy::Cluster => {
            let tenth = |first: usize| {
                let hash = hex(&Sha256::digest(packages.get(first).unwrap_or(&"")));
                usize::from_str_radix(hash.get(..4).unwrap_or_default(), 16).unwrap_or_default() % 10
            };
            firsts.iter().map(|first| (*first, part(tenth(*first)))).collect()
        }
        SplitBy::Time => {
            let mut order: Vec<usize> = firsts.to_vec();
            order.sort_by_key(|first| (seen.get(first), *first));
            let count = order.len().max(1);
            let mut dealt = HashMap::new();
            for (place, first) in order.into_iter().enumerate() {
                dealt.entry(first).or_insert_with(|| part(place * 10 / count));
            }
            dealt
        }
    }
}
