//! What the cage adds to the small jobs of the screen: each is done in a worker and in this process, side by side.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cerebro::package::OpenOptions;
use cerebro::sandbox::{Coloring, Limits, Mode, Sandbox};
use cerebro::syntax::decoder::Decoder;
use cerebro::syntax::ir::Language;
use cerebro::text::Source;

/// Turns of what is quick.
const TURNS: usize = 200;
/// Lines that are colored at once: a screen and a page on both sides.
const PAGE: usize = 120;

fn never() -> bool {
    false
}

/// The median of some turns.
fn median(turns: usize, mut turn: impl FnMut(usize)) -> Duration {
    let mut all: Vec<Duration> = (0..turns)
        .map(|at| {
            let started = Instant::now();
            turn(at);
            started.elapsed()
        })
        .collect();
    all.sort_unstable();
    all[turns / 2]
}

fn line(what: &str, inside: Duration, outside: Duration) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{what:<58} {:>9.2} ms {:>9.2} ms", ms(inside), ms(outside));
}

fn source(text: String) -> Arc<Source> {
    Arc::new(Source::new(text))
}

fn main() {
    let program = env!("CARGO_BIN_EXE_cerebro");
    let sandbox = |mode| Arc::new(Sandbox::of(program, mode, OpenOptions::default(), Limits::default()).unwrap());
    let (caged, free) = (sandbox(Mode::Auto), sandbox(Mode::Off));
    println!("{:<58} {:>12} {:>12}", "", "in the cage", "without");
    line("begin a worker", median(20, |_| Coloring::new(Arc::clone(&caged)).warm_up()), Duration::ZERO);
    let letters: Arc<[u8]> = b"aGVsbG8=".as_slice().into();
    let decode = |sandbox: &Sandbox| sandbox.decode("a.js", &letters, &[Decoder::Base64]).unwrap().unwrap();
    line("decode 8 bytes", median(TURNS, |_| drop(decode(&caged))), median(TURNS, |_| drop(decode(&free))));

    let code = "function step(a, b) { return a + 'text' + b.length; } // why\n";
    let lines = source(code.repeat((1 << 20) / code.len()));
    let long = source("var a='x',b=[1,{c:2}];".repeat((1 << 20) / 22));
    let both = |what: &str, turn: &dyn Fn(&mut Coloring, usize), turns: usize| {
        let times = [&caged, &free].map(|sandbox| {
            let mut coloring = Coloring::new(Arc::clone(sandbox));
            coloring.warm_up();
            let first = median(1, |_| turn(&mut coloring, 0));
            coloring.settle(&never);
            (first, median(turns, |at| turn(&mut coloring, at + 1)))
        });
        line(&format!("{what}: the first colors"), times[0].0, times[1].0);
        line(&format!("{what}: the next ones"), times[0].1, times[1].1);
    };
    both(
        "1 MB in lines",
        &|coloring, at| {
            let first = 1 + at * PAGE % 15_000;
            let wanted: Vec<_> = (first..first + PAGE).map(|line| (line, 0..lines.line(line).len())).collect();
            assert!(coloring.paint("a.js", &lines, &wanted, &never).unwrap().is_some());
        },
        100,
    );
    both(
        "1 MB on one line",
        &|coloring, at| {
            let start = at * 5000 % 1_000_000;
            assert!(coloring.paint("a.min.js", &long, &[(1, start..start + 4200)], &never).unwrap().is_some());
        },
        100,
    );
    let names = ["step".to_owned()];
    let symbols = |sandbox: &Sandbox| sandbox.symbols("a.js", &lines, Language::JavaScript, &names).unwrap();
    line("1 MB: places of a name", median(3, |_| drop(symbols(&caged))), median(3, |_| drop(symbols(&free))));
    let layout = |sandbox: &Sandbox| sandbox.beautify("a.js", &long).unwrap();
    line("1 MB: laid out", median(3, |_| drop(layout(&caged))), median(3, |_| drop(layout(&free))));
}
