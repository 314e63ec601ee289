//! Benign files for padding malicious packages with.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::corpus::Row;
use crate::model::train::random::Random;
use crate::package::Ecosystem;
use crate::sandbox::Sandbox;

/// Files of benign packages that are put into malicious ones, to see what padding does to a judgement.
#[derive(Default)]
pub(super) struct Donors(HashMap<Pool, Vec<Donated>>);

/// Ecosystem and fold.
type Pool = (Ecosystem, Option<usize>);
/// Path below the package's own folder, and content.
type Donated = (String, Arc<[u8]>);

/// So many benign packages of a fold and ecosystem give their files.
const DONORS: usize = 40;
/// So many files a package is given.
const GIVEN: usize = 10;
/// A larger file is not given.
const DONATED: usize = 256 << 10;

impl Donors {
    /// Opens some benign packages of each fold and ecosystem.
    pub fn open(rows: &[Row], folder: &Path, sandbox: &Sandbox) -> Self {
        let mut donors = Self::default();
        let mut order: Vec<&Row> = rows.iter().filter(|row| row.label == "benign").collect();
        Random::new(&[1]).shuffle(&mut order);
        let mut taken: HashMap<_, usize> = HashMap::new();
        for row in order {
            let key = (row.ecosystem(), row.fold);
            let count = taken.entry(key).or_default();
            if *count == DONORS {
                continue;
            }
            // One that cannot be opened is reported where it is read itself.
            let Ok(package) = sandbox.open(&folder.join(&row.file)) else { continue };
            *count += 1;
            let code = package.files.iter().filter(|file| {
                let ending = file.path.rsplit('.').next().unwrap_or_default();
                matches!(ending, "py" | "js" | "cjs" | "mjs" | "ts") && file.bytes.len() <= DONATED
            });
            let files = code.map(|file| (package.inside(&file.path).to_owned(), Arc::clone(&file.bytes)));
            donors.0.entry(key).or_default().extend(files);
        }
        donors
    }

    /// The files that a package is given: the same ones in every run.
    pub fn files(&self, row: &Row) -> Vec<Donated> {
        let Some(pool) = self.0.get(&(row.ecosystem(), row.fold)).filter(|_| row.label == "malicious") else {
            return Vec::new();
        };
        let mut random = Random::new(&[u64::from_str_radix(row.sha256.get(..16).unwrap_or_default(), 16).unwrap_or(2)]);
        (0..GIVEN.min(pool.len())).filter_map(|_| pool.get(random.below(pool.len())).cloned()).collect()
    }
}
