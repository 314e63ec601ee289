//! What it costs to find the decided cases that a package is like: `cargo bench --bench similar`. Prints, for a ledger of 100,000
//! labels, what taking them in costs once and what each question costs. Nothing fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cerebro::behavior::{ModelText, Reading, Sequence};
use cerebro::case::{Case, Timing};
use cerebro::ledger::{Label, Labelled, Ledger};
use cerebro::package::{Ecosystem, Package};
use cerebro::queue::known::{self, Probe};

#[path = "../common/packages.rs"]
mod packages;

/// Labels in the ledger.
const CASES: usize = 100_000;
/// Questions asked.
const TURNS: usize = 20;

/// A package of this number: one in ten is nearly the same as the one before it.
fn case(number: usize) -> Case {
    let kind = number - usize::from(number % 10 == 9);
    let word = |at: usize| -> String {
        format!("{:05}", kind * 7 + at).bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
    };
    let text: String =
        (0..30).map(|at| format!("import read sensitive information {} send collected data\n", word(at))).collect();
    let code: String = (0..30).map(|at| format!("const {} = process.env.{};\n", word(at), word(at + 1))).collect();
    let mut package = packages::package(Ecosystem::Npm, "package/", vec![packages::file("package/index.js", &code)]);
    package.sha256 = format!("{number:064x}");
    package.name = Some(format!("acme-{number}"));
    Case {
        package: Arc::new(Package { version: Some("1.0.0".to_owned()), ..package }),
        sequence: Arc::new(Sequence::default()),
        reading: Reading::default(),
        text: Arc::new(ModelText { text, pieces: Vec::new() }),
        evidence: Arc::default(),
        indicators: Arc::default(),
        brief: Arc::default(),
        external: Arc::default(),
        verdict: None,
        timing: Timing::default(),
    }
}

fn main() {
    // In memory: on a disk each label is waited for, which would take longer than all the rest.
    let mut ledger = Ledger::in_memory("anna").unwrap();
    let started = Instant::now();
    for number in 0..CASES {
        ledger.label(Labelled::new(&case(number), Label::Malicious, None, "bench")).unwrap();
    }
    println!("{CASES} labels written in {:.1?}", started.elapsed());
    let started = Instant::now();
    known::refresh(&mut ledger).unwrap();
    println!("taken in once in {:.1?}", started.elapsed());
    let mut all: Vec<Duration> = Vec::new();
    for turn in 0..TURNS {
        let probe = Probe::of(&case(turn * 4999 + 9));
        known::remember(&mut ledger, &probe).unwrap();
        let started = Instant::now();
        known::refresh(&mut ledger).unwrap();
        let found = known::similar(&ledger, &probe, 20).unwrap();
        all.push(started.elapsed());
        assert!(found.len() >= 2, "the case itself and the one that it is like");
    }
    all.sort_unstable();
    println!("a question: median {:.1?}, longest {:.1?}", all[TURNS / 2], all[TURNS - 1]);
}
