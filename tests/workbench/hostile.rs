//! What a package writes must not act on the terminal: the bytes that would reach it are looked at.

use cerebro::config::Depth;
use cerebro::package::{Loss, OpenOptions, Skip};
use cerebro::sandbox::{Limits, Mode, Sandbox};
use cerebro::tui::term::Term;
use cerebro::tui::{Screen as _, app::draw};
use ratatui::layout::Size;

use super::case;
use super::harness::{Bench, Given, Wire, state};

const NAME: &str = "evil\u{1b}]52;c;aGk=\u{7}\u{9b}2J\u{202e}gnp.exe\u{200b}\u{e0041}.py";
const CODE: &str = "x = '\u{1b}[2J\u{1b}]0;owned\u{7}'\r\rover\u{8}\u{8}strike # \u{202e}\u{2066}evil\u{200b}\u{feff}\u{ad}\n\
    \tdef\u{b}\u{c}ine \u{9d}52;c;aGk=\u{9c} e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\n日本語\u{200d}\u{fe0f} ok\n";

fn hostile() -> Given {
    let mut package = case::package_of(vec![
        case::file(&format!("reqests-helper-1.0.3/{NAME}"), CODE),
        case::file(&format!("reqests-helper-1.0.3/\u{1b}[31m/dir/{NAME}"), CODE),
    ]);
    package.entries.clear();
    package.name = Some(format!("name{NAME}"));
    package.version = Some(NAME.to_owned());
    package.path = NAME.to_owned();
    package.manifest.description = Some(CODE.to_owned());
    package.skipped.push(Skip::new(Loss::Member, NAME, NAME));
    let mut given = Given::new(package);
    given.load = Box::new(|| Err(CODE.to_owned()));
    given
}

/// The steps, their details, entries and call paths carry the same text.
fn sequence() -> cerebro::behavior::Sequence {
    let mut sequence = case::sequence();
    sequence.layers.clear();
    sequence.entries.iter_mut().for_each(|e| e.name = NAME.to_owned());
    for step in &mut sequence.steps {
        step.doc = cerebro::syntax::Doc::File(0);
        step.span = cerebro::text::Span { start: 0, end: 3 };
        step.line = 1;
        step.detail = CODE.to_owned();
        step.call_path = vec![NAME.to_owned()];
    }
    sequence
}

/// The bytes that the state's screen sends to a terminal.
fn bytes_of(bench: &Bench) -> Vec<u8> {
    let size = bench.bench.state.size;
    let wire = Wire::default();
    let mut term = Term::on(wire.clone(), Size::new(size.width, size.height)).unwrap();
    term.draw(&mut |frame| draw(&bench.bench.state, frame)).unwrap();
    wire.0.lock().unwrap().clone()
}

#[rstest::rstest]
#[case(80, 24)]
#[case(120, 40)]
#[case(200, 60)]
fn no_raw_byte_of_a_package_reaches_the_terminal(#[case] width: u16, #[case] height: u16) {
    let mut bench = Bench::on(state(width, height, Depth::None), hostile());
    bench.settle();
    bench.show(sequence());
    for keys in ["3", "1", "2", "x", "x t", "3 i", "esc 1 /"] {
        bench.keys(keys);
        let bytes = bytes_of(&bench);
        let text = String::from_utf8(bytes).unwrap();
        // Our own sequences begin with ESC [; nothing else of the kind may be there.
        let ours = text.split('\u{1b}').skip(1).all(|rest| rest.starts_with('['));
        assert!(ours, "after {keys:?}: an escape sequence that is not ours");
        let bad = text.chars().find(|c| *c != '\u{1b}' && (cerebro::text::is_hidden(*c)));
        assert_eq!(bad, None, "after {keys:?}");
        for sequence in ["\u{1b}[2J\u{1b}]", "\u{1b}[31m"] {
            assert!(!text.contains(sequence), "after {keys:?}");
        }
    }
    bench.keys("esc 2 g");
    bench.shows("␛[2J").shows("<U+202E>");
}

#[rstest::rstest]
#[case(80, 24)]
#[case(200, 60)]
fn letters_that_pass_for_others_are_marked_counted_and_told(#[case] width: u16, #[case] height: u16) {
    // Cyrillic letters in two names; the comment is honest.
    let code = "import p\u{430}th\n# \u{430} \u{442}\u{430}\u{43a}\u{436}\u{435} \u{441} \u{43d}\u{430}\u{43c}\u{438}\n\u{441} = p\u{430}th.go()\n";
    let mut package = case::package_of(vec![case::file("reqests-helper-1.0.3/setup.py", code)]);
    package.entries.clear();
    let mut bench = Bench::on(state(width, height, Depth::None), Given::new(package));
    bench.settle();
    bench.keys("c").shows("3 hidden characters").shows("p<U+0430>th at");
    bench.keys("2 g").shows("import p<U+0430>th").shows("<U+0441> = p<U+0430>th.go()");
    bench.shows("# \u{430} \u{442}\u{430}\u{43a}\u{436}\u{435} \u{441} \u{43d}\u{430}\u{43c}\u{438}");
    let name = if width > 100 { "lookalikes_200x60" } else { "lookalikes_80x24" };
    bench.keys("esc 2 g");
    insta::assert_snapshot!(name, bench.screen());
}

/// What colors the first text ends over it, as a C parser may; the second has another worker.
#[cfg(target_os = "linux")]
#[test]
fn a_worker_that_ends_over_a_text_leaves_it_plain_and_the_workbench_goes_on() {
    use std::os::unix::fs::PermissionsExt as _;

    const CEREBRO: &str = env!("CARGO_BIN_EXE_cerebro");
    let folder = tempfile::tempdir().unwrap();
    let (program, mark) = (folder.path().join("program"), folder.path().join("mark"));
    let mark = mark.display();
    let body = format!(
        "#!/bin/sh\nif mkdir {mark}; then exec {CEREBRO} \"$@\"; fi 2>/dev/null\n\
         if mkdir {mark}/again 2>/dev/null; then {CEREBRO} \"$@\" </dev/null; head -c 4 >/dev/null; kill -ABRT $$; fi\n\
         exec {CEREBRO} \"$@\"\n"
    );
    std::fs::write(&program, body).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let sandbox = Sandbox::of(&program, Mode::Require, OpenOptions::default(), Limits::default()).unwrap();
    let package = case::package_of(vec![
        case::file("reqests-helper-1.0.3/a.js", "var a = 1 // why\n"),
        case::file("reqests-helper-1.0.3/b.js", "var b = 2 // why\n"),
    ]);
    let mut bench = Bench::open(120, 40, Given { sandbox: std::sync::Arc::new(sandbox), ..Given::new(package) });
    bench.settle();
    let colored = |bench: &Bench| {
        let painted = &bench.bench.state.viewer.painted;
        assert!(!painted.is_empty());
        painted.values().any(|line| !line.runs.is_empty())
    };
    let notice = bench.bench.state.notice.clone().unwrap();
    assert!(notice.error && notice.text.starts_with("No colors: reqests-helper-1.0.3/a.js: "), "{notice:?}");
    assert!(notice.text.contains("was ended by signal 6"), "{notice:?}");
    assert!(!colored(&bench));
    bench.shows("no colors · a.js");
    bench.keys("p").text("b.js").keys("enter").settle();
    assert!(colored(&bench), "the next text has colors");
    bench.hides("no colors");
    bench.keys("p").text("a.js").keys("enter").settle();
    assert!(!colored(&bench), "and what ended a worker is not tried again");
    bench.shows("no colors · a.js");
}
