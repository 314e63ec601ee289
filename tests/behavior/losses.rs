//! What was not read is told, by its kind and place, and what could be read of a bad file is still read.

use std::fmt::Write as _;
use std::sync::Arc;

use cerebro::behavior::{Feature, Reading, Sequence, extract};
use cerebro::package::{Ecosystem, Entry, File, Loss, Package, Phase, Target};
use cerebro::text::{Hint, Source};
use rstest::rstest;

use super::{entry, npm, package, pypi};

fn read(package: &Package) -> Sequence {
    extract(package, &Reading::default()).sequence
}

fn told(sequence: &Sequence, kind: Loss) -> bool {
    sequence.skipped.iter().any(|skip| skip.kind == kind)
}

/// A flood of one piece, and a call in front of it or behind it.
#[rstest]
#[case::elements("a.js", "<a>", Some(true))]
#[case::brackets("a.js", "{([", Some(true))]
#[case::templates("a.js", "x=`a${\n", Some(true))]
#[case::statements("a.js", "x=1;\n", Some(false))]
#[case::divisions("a.js", "x=a/b/c;", Some(false))]
#[case::closing("a.js", "])}", Some(true))]
#[case::comparisons("a.js", "a<b,", None)]
#[case::typed_comparisons("a.ts", "a<b,", None)]
#[case::typed_objects("a.ts", "a<{b:", Some(true))]
#[case::python_brackets("a.py", "x=(\n", Some(true))]
#[case::python_statements("a.py", "x=1\n", Some(false))]
#[case::python_strings("a.py", "'''\n'\n", None)]
#[case::python_deep("a.py", "((((((((\n", Some(true))]
fn a_flood_hides_no_statement_beside_it(#[case] path: &str, #[case] piece: &str, #[case] lost: Option<bool>) {
    let flood = piece.repeat((200 << 10) / piece.len());
    let python = path.ends_with(".py");
    let call = if python { "import os\nos.system('id')\n" } else { "require('child_process').exec('id')\n" };
    for text in [format!("{call}\n{flood}"), format!("{flood}\n\n{call}")] {
        // A comma without an end takes what follows for its last part.
        let text = text.replace(",\n\n", ",0\n\n");
        let files = [(path, text.as_str())];
        let sequence = read(&if python { pypi(&files) } else { npm(&files) });
        let found: Vec<Feature> = sequence.steps.iter().map(|step| step.feature).collect();
        let import = if python { Feature::ImportSystem } else { Feature::ImportProcess };
        assert!(found.contains(&Feature::CallProcess) && found.contains(&import), "{found:?} {:?}", sequence.skipped);
        assert_eq!(
            told(&sequence, Loss::Parser),
            lost.unwrap_or(told(&sequence, Loss::Parser)),
            "{:?} {:?}",
            sequence.skipped,
            sequence.partial
        );
    }
}

#[test]
fn a_file_with_many_holes_is_a_loss_and_one_with_few_is_not() {
    let good = "def f(a):\n    return [a, a + 1]\n".repeat(40);
    let few = read(&pypi(&[("a.py", &format!("{good}x = = 1\n{good}"))]));
    assert!(!told(&few, Loss::Parser), "{:?}", few.skipped);
    assert_eq!(few.partial.len(), 1);
    let many = read(&pypi(&[("a.py", &format!("{good}{}", ") ] } ? $ ! = = =\n".repeat(60)))]));
    let [skip] = many.skipped.as_slice() else { panic!("{:?}", many.skipped) };
    assert_eq!((skip.kind, skip.path.as_str()), (Loss::Parser, "package/a.py"));
    assert!(skip.bytes.unwrap() > 300, "{skip:?}");
    assert!(many.partial.is_empty());
}

#[test]
fn a_decoded_text_with_holes_is_a_loss_of_its_layer() {
    let sequence = read(&pypi(&[("a.py", &format!("exec('{}')\n", "]){$? = = ".repeat(60)))]));
    let skip = sequence.skipped.iter().find(|skip| skip.kind == Loss::Parser).unwrap();
    assert_eq!((skip.layer, skip.path.as_str()), (Some(0), "package/a.py"));
}

#[rstest]
#[case::known("# coding: cp1251\n", None)]
#[case::unknown("# coding: no-such\n", Some(Loss::Encoding))]
fn an_encoding_that_is_not_known_is_a_loss(#[case] cookie: &str, #[case] kind: Option<Loss>) {
    let bytes = format!("{cookie}x = 1\n").into_bytes();
    let source = Source::decode(&bytes, Hint::Python).map(Arc::new);
    let file = File { path: "package/a.py".to_owned(), bytes: bytes.into(), source };
    let sequence = read(&Package { files: vec![file], ..pypi(&[]) });
    assert_eq!(sequence.skipped.first().map(|skip| skip.kind), kind);
}

#[test]
fn code_in_an_encoding_of_escapes_is_read() {
    let bytes = b"# coding: unicode_escape\n#\\nimport os\\nos.system('id')\n";
    let source = Source::decode(bytes, Hint::Python).map(Arc::new);
    let file = File { path: "package/a.py".to_owned(), bytes: bytes.as_slice().into(), source };
    let sequence = read(&Package { files: vec![file], ..pypi(&[]) });
    assert!(sequence.steps.iter().any(|step| step.detail == "shell id"), "{:?}", sequence.steps);
}

#[test]
fn texts_that_are_run_and_not_opened_are_a_loss() {
    let mut text = String::new();
    for at in 0..400 {
        let _ = writeln!(text, "exec('x{at} = 1')");
    }
    let sequence = read(&pypi(&[("a.py", &text)]));
    let skip = sequence.skipped.iter().find(|skip| skip.kind == Loss::Layer).unwrap();
    assert!(skip.bytes.is_some_and(|bytes| bytes >= 600), "{skip:?}");
}

#[test]
fn a_walk_that_is_cut_short_names_the_code_that_it_never_came_to() {
    let body = "    a(b, c)\n".repeat(20_000);
    let files = [("a.py", format!("def f():\n{body}")), ("z.py", "import os\n".to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let call = |at| Entry {
        phase: Phase::Run,
        name: format!("command {at}"),
        target: Target::Function { file: 0, name: "f".to_owned() },
    };
    let entries = std::iter::once(entry(Phase::Import, "import", 0)).chain((0..200).map(call)).collect();
    let sequence = read(&package(Ecosystem::Pypi, &files, entries));
    assert!(told(&sequence, Loss::Walk), "{:?}", sequence.skipped);
    let never: Vec<&str> =
        sequence.skipped.iter().filter(|skip| skip.kind == Loss::Unwalked).map(|skip| skip.path.as_str()).collect();
    assert_eq!(never, ["package/z.py"]);
}

#[rstest]
#[case::replace("t = t.replace('a', 'aa')\n")]
#[case::sum("t = t + t\n")]
#[case::format("t = f'{t}{t}'\n")]
fn values_that_are_held_are_cut_by_their_size(#[case] line: &str) {
    // A megabyte, and values of it that differ: each stays within its bound, all together do not.
    let doubled = format!("t = 'a'\n{}", line.repeat(20));
    let hold = |held: &str| {
        let values: String =
            (0..60).map(|at| format!("{} = t + t + t + t + '{at}'\n", held.replace('N', &at.to_string()))).collect();
        read(&pypi(&[("a.py", &format!("{doubled}{values}import os\nos.system('id')\n"))]))
    };
    let (all, last) = (hold("uN"), hold("u"));
    assert!(told(&all, Loss::Walk), "{:?}", all.skipped);
    assert!(!told(&last, Loss::Walk), "what nothing holds costs nothing: {:?}", last.skipped);
    assert!([all, last].iter().all(|found| found.steps.iter().any(|step| step.feature == Feature::CallProcess)));
}

#[test]
fn a_text_too_large_for_one_tree_is_read_by_parts() {
    let text = format!("{}require('child_process').exec('id')\n", "var a = f(b, 'c');\n".repeat(300_000));
    let sequence = read(&npm(&[("a.js", &text)]));
    assert!(sequence.steps.iter().any(|step| step.feature == Feature::CallProcess), "{:?}", sequence.skipped);
    assert!(sequence.skipped.is_empty(), "{:?}", sequence.skipped);
}
