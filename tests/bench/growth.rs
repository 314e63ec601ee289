//! How the time of reading grows with texts that are built to make it grow: `cargo bench --bench growth`, with a part of a
//! name as its argument for some of them. Prints an exponent for each kind, from the smallest size to one eight times larger:
//! 1 is linear, at most 1.2 is the aim. Nothing fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::package::{Ecosystem, Entry, File, Package, Phase, Target};
use cerebro::syntax::decode::to_base64;
use cerebro::text::{Hint, Source};
use made::file;

#[path = "../made/mod.rs"]
mod made;

/// How many times larger than the smallest.
const SIZES: [usize; 4] = [1, 2, 4, 8];
/// The best of so many turns: the others were disturbed.
const TURNS: usize = 3;
/// Bytes of the smallest text.
const SMALLEST: usize = 16 << 10;

/// Texts that are one piece over and over, as the only file of a package: kind, file, what stands before, piece, what stands
/// behind.
const REPEATED: [(&str, &str, &str, &str, &str); 39] = [
    ("comparisons", "js", "", "a<b,", ""),
    ("comparisons behind an error", "js", "x = @;\n", "a<b,", ""),
    ("comparisons in types", "ts", "", "a<b,", ""),
    ("comparisons in elements", "tsx", "", "a<b,", ""),
    ("comparisons in objects", "ts", "", "a<{b:", ""),
    ("comparisons as calls", "ts", "", "a<b>(c,", ""),
    ("elements", "js", "", "<a>", "\nrun()\n"),
    ("brackets", "js", "", "{([", "\nrun()\n"),
    ("closing brackets", "js", "", "])}", "\nrun()\n"),
    ("templates", "js", "", "x=`a${\n", "\nrun()\n"),
    ("statements", "js", "", "x=1;\n", "\nrun()\n"),
    ("divisions", "js", "", "x=a/b/c;", "\nrun()\n"),
    ("comments", "js", "", "/*", ""),
    ("strings", "js", "", "'\n", ""),
    ("arrows", "js", "", "a=>", "1"),
    ("arrows in brackets", "js", "", "(a,", ""),
    ("conditions", "js", "", "a?b:", "c"),
    ("members", "js", "a", ".b", ""),
    ("calls", "js", "a", "(b)", ""),
    ("functions", "js", "", "function f(){", ""),
    ("at signs", "js", "", "@", ""),
    ("statements", "py", "", "x=1\n", "\nrun()\n"),
    ("brackets", "py", "", "x=(\n", "\nrun()\n"),
    ("deep brackets", "py", "", "(", ""),
    ("strings of three quotes", "py", "", "'''a\n", ""),
    ("strings", "py", "", "'\n", ""),
    ("lambdas", "py", "", "lambda a:", "1"),
    ("conditions", "py", "", "a if b else ", "c"),
    ("formatted strings", "py", "", "f'{", ""),
    ("continued lines", "py", "", "\\\n", "a"),
    ("decorators", "py", "", "@a\n", "def f(): pass\n"),
    ("colons", "py", "", "if a:", "b\n"),
    ("semicolons", "py", "", "a;", ""),
    ("print statements", "py", "", "print a,\n", ""),
    ("groups", "sh", "", "(", ""),
    ("substitutions", "sh", "", "$(", ""),
    ("documents", "sh", "", "cat <<a\n", ""),
    ("words", "sh", "", "a ", ""),
    ("commands", "sh", "", "a;", ""),
];

/// A package of files whose first is imported.
fn package(ecosystem: Ecosystem, files: Vec<File>) -> Package {
    let entries = vec![Entry { phase: Phase::Import, name: "main".to_owned(), target: Target::File(0) }];
    Package { entries, ..made::package(ecosystem, "", files) }
}

fn one(name: &str, text: &str) -> Package {
    let ecosystem = if name.ends_with("py") { Ecosystem::Pypi } else { Ecosystem::Npm };
    package(ecosystem, vec![file(name, text)])
}

/// Modules that all import all others.
fn mesh(size: usize, ending: &str, line: fn(usize) -> String, own: fn(usize) -> String) -> Package {
    // The bytes grow with the square of the modules.
    let modules = (size as f64 * 400.0).sqrt() as usize;
    let text = |at: usize| {
        let lines: String = (0..modules).filter(|other| *other != at).map(line).collect();
        format!("{lines}{}", own(at))
    };
    let files = (0..modules).map(|at| file(&format!("m{at}.{ending}"), &text(at))).collect();
    package(if ending == "py" { Ecosystem::Pypi } else { Ecosystem::Npm }, files)
}

/// Statements that each run another compressed text.
fn layers(size: usize, inner: usize) -> Package {
    let mut text = "import zlib, base64\n".to_owned();
    for at in 0..size * 40 {
        let code = format!("x{at} = {at}\n").repeat(inner);
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, code.as_bytes()).unwrap();
        let _ = writeln!(text, "exec(zlib.decompress(base64.b64decode('{}')))", to_base64(&packed.finish().unwrap()));
    }
    one("m.py", &text)
}

fn encoded(cookie: &str, piece: &str, size: usize) -> Package {
    let bytes = format!("# coding: {cookie}\n{}", piece.repeat(SMALLEST * size / piece.len())).into_bytes();
    let source = Source::decode(&bytes, Hint::Python).map(Arc::new);
    package(Ecosystem::Pypi, vec![File { path: "m.py".to_owned(), bytes: bytes.into(), source }])
}

/// A kind that is more than one piece repeated: its name, and the package of a size.
type Kind = (&'static str, fn(usize) -> Package);

const MADE: [Kind; 12] = [
    ("py modules that import each other", |size| {
        mesh(size, "py", |other| format!("from m{other} import f{other}\n"), |at| format!("def f{at}(): return 1\n"))
    }),
    ("py modules that import all of each other", |size| {
        mesh(size, "py", |other| format!("from m{other} import *\n"), |at| format!("def f{at}(): return 1\n"))
    }),
    ("js modules that require each other", |size| {
        mesh(
            size,
            "js",
            |other| format!("const f{other} = require('./m{other}.js')\n"),
            |at| format!("exports.f{at} = () => 1\n"),
        )
    }),
    ("js modules that export each other", |size| {
        mesh(
            size,
            "js",
            |other| format!("export * from './m{other}.js'\n"),
            |at| format!("export function f{at}() {{ return 1 }}\n"),
        )
    }),
    ("py texts that double by replace", |size| {
        one("m.py", &format!("t='a'\n{}", "t=t.replace('a','aa')\n".repeat(size * 40)))
    }),
    ("py texts that grow by join", |size| one("m.py", &format!("t='a'\n{}", "t=t.join([t,t])\n".repeat(size * 40)))),
    ("js texts that double by split and join", |size| {
        one("m.js", &format!("let t='a';\n{}", "t=t.split('a').join('aa');\n".repeat(size * 40)))
    }),
    ("py texts that are formatted", |size| one("m.py", &format!("t='a'\n{}", "t=f'{t}{t}'\n".repeat(size * 40)))),
    ("py layers", |size| layers(size, 1)),
    ("py layers that are large", |size| layers(size, 2000)),
    ("py in unicode_escape", |size| encoded("unicode_escape", "x\\x3d1\\n", size)),
    ("py in utf-7", |size| encoded("utf-7", "x+AD0-1\n", size)),
];

fn bytes(package: &Package) -> usize {
    package.files.iter().map(|file| file.bytes.len()).sum()
}

fn measure(name: &str, made: &dyn Fn(usize) -> Package) {
    let packages = SIZES.map(|size| Arc::new(made(size)));
    let mut best = [Duration::MAX; SIZES.len()];
    let mut lost = "";
    for _ in 0..TURNS {
        for (best, package) in best.iter_mut().zip(&packages) {
            let started = Instant::now();
            let case = Case::read(Arc::clone(package), Duration::ZERO, &Reading::default());
            *best = started.elapsed().min(*best);
            if case.skipped().iter().any(|skip| skip.kind.hides_code()) {
                lost = "  (a loss was told)";
            }
        }
    }
    let last = SIZES.len() - 1;
    let grown = (bytes(&packages[last]) as f64 / bytes(&packages[0]) as f64).ln();
    let exponent = (best[last].as_secs_f64() / best[0].as_secs_f64()).ln() / grown;
    let mark = if exponent > 1.2 { " <-" } else { "" };
    println!("{exponent:>5.2}  {:>8.1?} {:>8.1?}  {name}{lost}{mark}", best[0], best[last]);
}

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    println!("  exp        1x       8x  kind");
    for (kind, ending, before, piece, behind) in REPEATED {
        let name = format!("{ending} {kind}");
        if name.contains(&wanted) {
            let text = |size: usize| format!("{before}{}{behind}", piece.repeat(SMALLEST * size / piece.len()));
            measure(&name, &|size| one(&format!("m.{ending}"), &text(size)));
        }
    }
    for (name, made) in MADE {
        if name.contains(&wanted) {
            measure(name, &made);
        }
    }
}
