//! What comparing two versions costs when a file is one line of megabytes: `cargo bench --bench diff`. Prints figures;
//! nothing fails. The analysis that comes before, which `extract` measures, is not counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::diff::Diff;
use cerebro::package::Ecosystem;

#[path = "../common/packages.rs"]
mod packages;

/// Megabytes of the line.
const SIZES: [usize; 2] = [1, 10];
/// The best of so many turns: the others were disturbed.
const TURNS: usize = 3;

/// Statements of minified code that never repeat; `seed` makes another program of the same shape.
fn line(bytes: usize, seed: usize) -> String {
    let mut text = String::with_capacity(bytes + 100);
    let mut state = seed;
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (a, b) = (state >> 40, state >> 52);
        let _ = write!(text, "function f{a}(t,n){{return t.p{b}?n(t,{a}):\"k{b}\"+n}}var v{a}=f{a}({b},[1,{a}]);");
    }
    text
}

/// A change in every `every`th kilobyte.
fn scattered(line: &str, every: usize) -> String {
    let mut text = String::with_capacity(line.len() + line.len() / 100);
    let mut next = 0;
    for (at, c) in line.char_indices() {
        if c == ';' && at >= next {
            text.push_str(";t.changed(n)");
            next = at + every * 1024;
        }
        text.push(c);
    }
    text
}

fn case(text: String) -> Case {
    // A data file, so that the time is that of the comparison and not of reading code.
    let package = packages::package(Ecosystem::Npm, "package/", vec![packages::file("package/data.txt", &text)]);
    Case::read(Arc::new(package), Duration::ZERO, &Reading::default())
}

fn measure(what: &str, old: &Case, new: &Case) {
    let mut best = Duration::MAX;
    let mut diff = None;
    for _ in 0..TURNS {
        let started = Instant::now();
        diff = Some(Diff::of(old, new));
        best = best.min(started.elapsed());
    }
    let diff = diff.unwrap();
    let said: Vec<&str> = diff.skipped.iter().map(|skip| skip.reason.as_str()).collect();
    let (hunks, said) = (diff.hunks.len(), said.join("; "));
    println!("  {what:<28} {:>7.0} ms  {hunks:>6} places  {said}", best.as_secs_f64() * 1000.0);
}

fn main() {
    for size in SIZES {
        println!("one line of {size} MB");
        let old = line(size << 20, 1);
        let before = case(old.clone());
        measure("the same", &before, &before);
        measure("one insertion at the start", &before, &case(format!("var first=1;{old}")));
        measure("a change in every 10 KB", &before, &case(scattered(&old, 10)));
        measure("a change in every KB", &before, &case(scattered(&old, 1)));
        measure("everything different", &before, &case(line(size << 20, 2)));
        let short = "a(b);".repeat((size << 20) / 5);
        let other = "a(b);c(d);".repeat((size << 20) / 10);
        measure("nothing that occurs once", &case(short), &case(other));
    }
}
