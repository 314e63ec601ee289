//! What a search in a whole package costs: `cargo bench --bench search`. Prints, for 50 MB in 500 files and for the same in one
//! file, when the first match was told and when everything was looked at. Nothing fails. One core: set `RAYON_NUM_THREADS=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cerebro::behavior::{ModelText, Reading, Sequence};
use cerebro::case::search::{Mode, Query, search};
use cerebro::case::{Case, Timing};
use cerebro::package::{Ecosystem, File, Package};
use cerebro::tui::view::finder::{Matched, Names};

#[path = "../common/packages.rs"]
mod packages;

const BYTES: usize = 50 << 20;
/// The best of so many turns: the others were disturbed.
const TURNS: usize = 3;

/// Code of no sense, the same every time, with the word to be found once at its very end.
fn code(bytes: usize, seed: usize, end: &str) -> String {
    let words = ["value", "index", "function", "return", "length", "Buffer", "const", "module", "exports", "callback"];
    let (mut text, mut state) = (String::with_capacity(bytes + 64), seed * 2 + 1);
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = state >> 33;
        let _ =
            writeln!(text, "  {}.{}({}, '{:x}');", words[at % 10], words[at / 10 % 10], words[at / 100 % 10], state);
    }
    text.push_str(end);
    text
}

fn case(files: usize) -> Case {
    let file = |i: usize| {
        let text = code(BYTES / files, i, if i + 1 == files { "Needle_Here('\u{e9}')\n" } else { "\n" });
        packages::file(&format!("package/f{i:04}.js"), &text)
    };
    let package = packages::package(Ecosystem::Npm, "package/", (0..files).map(file).collect());
    Case {
        package: Arc::new(package),
        sequence: Arc::new(Sequence::default()),
        reading: Reading::default(),
        text: Arc::new(ModelText::default()),
        evidence: Arc::default(),
        indicators: Arc::default(),
        brief: Arc::default(),
        external: Arc::default(),
        verdict: None,
        timing: Timing::default(),
    }
}

fn measure(what: &str, case: &Case, typed: &str) {
    let query = Query::parse(typed, Mode::Literal).unwrap();
    let mut best = (None::<Duration>, Duration::MAX, 0);
    for _ in 0..TURNS {
        let started = Instant::now();
        let (mut first, mut count) = (None, 0);
        search(&case.package, &case.sequence, &query, &|| false, &mut |chunk| {
            count += chunk.found.iter().map(|found| found.count).sum::<usize>();
            if first.is_none() && count > 0 {
                first = Some(started.elapsed());
            }
        });
        if started.elapsed() < best.1 {
            best = (first, started.elapsed(), count);
        }
    }
    let first = best.0.map_or_else(|| "none".to_owned(), |first| format!("{first:.1?}"));
    println!("  {what:<34} first {first:>8}  all {:>8.1?}  {} matches", best.1, best.2);
}

/// What a key costs in the file finder, off the loop.
fn finder() {
    let files = (0..100_000).map(|i| {
        let path = format!("package/node_modules/part-{}/lib/util/file{}/index.{}.js", i % 300, i % 7000, i);
        File { path, bytes: [].into(), source: None }
    });
    let package = Package { files: files.collect(), ..Package::clone(&case(1).package) };
    let started = Instant::now();
    let names = Names::new(&package, &Sequence::default());
    println!("finder, 100,000 files: names gathered once in {:.1?}", started.elapsed());
    for typed in ["", "i", "in", "ind", "part12util", "node index 777", "zzz"] {
        let started = Instant::now();
        let matched = Matched::new(&names, typed, &|| false).unwrap();
        println!("  {typed:<16} {:>8.1?}  {} fit", started.elapsed(), matched.count);
    }
}

fn main() {
    finder();
    for (what, files) in [("50 MB in 500 files", 500), ("50 MB in one file", 1)] {
        println!("{what}; the match is at the very end unless there are many");
        let case = case(files);
        measure("text", &case, "Needle_Here");
        measure("text, any case", &case, "needle_here");
        measure("text, many", &case, "callback");
        measure("text, none", &case, "needle_there");
        measure("regex", &case, r"re:Needle_\w+\(");
        measure("regex, any case", &case, r"re:needle_\w+\(");
        measure("regex without a fixed part", &case, r"re:[A-Z]\w+_[A-Z]\w+\(");
        measure("regex, alternatives", &case, r"re:eval\(|exec\(|child_process|needle_here");
        measure("regex, none", &case, r"re:\beval\s*\(\s*atob");
        measure("hex", &case, "hex:4e 65 65 64 6c 65");
        measure("hex with wildcards", &case, "hex:4e ?? 65 64 6? 65");
        measure("hex, none", &case, "hex:7f 45 4c 46");
    }
}
