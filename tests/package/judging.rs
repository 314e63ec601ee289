//! When a package is not judged: each rule on a package made for it, and on its neighbour that is judged.

use std::sync::Arc;
use std::time::Duration;

use cerebro::behavior::{Feature, Reading, extract};
use cerebro::case::{Case, Rule, State};
use cerebro::model::{Device, Model};
use cerebro::package::{Limits, Oddity, Oddness, OpenOptions, Package};

use super::build::{open_as, opened, tgz};
use crate::common::constant_model::model;

/// Margins of a network that stands alone: probabilities of 0.98, 0.3 and 0.02.
const MALICIOUS: f32 = 4.0;
const UNSURE: f32 = -0.85;
const BENIGN: f32 = -4.0;

fn judged(package: Package, margin: f32) -> (State, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load(&model(folder.path(), margin), &Device::cpu()).unwrap();
    let case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default());
    let verdict = case.judge(&model).unwrap().verdict.unwrap();
    assert_eq!(verdict.judgement.is_none(), verdict.why == Some(Rule::NothingRead.sentence()));
    (verdict.state, verdict.why)
}

fn npm(files: &[(&str, &[u8])]) -> Package {
    let manifest: (&str, &[u8]) =
        ("package/package.json", br#"{"name": "acme-demo", "version": "1.0.0", "main": "index.js"}"#);
    let members: Vec<(&str, &[u8])> = std::iter::once(manifest).chain(files.iter().copied()).collect();
    opened("acme.tgz", &tgz(&members))
}

/// Three behaviors and nothing odd.
const CODE: &[u8] = b"const os = require('os'); const fs = require('fs');\nfs.readFileSync(os.tmpdir());\n";

#[track_caller]
fn not_judged(package: impl Fn() -> Package, rule: &Rule) {
    let why = Some(rule.sentence());
    assert_eq!(judged(package(), BENIGN), (State::CannotJudge, why));
    assert_eq!(judged(package(), MALICIOUS), (State::Malicious, None), "what is flagged stays flagged");
}

#[test]
fn enough_code_is_judged() {
    assert_eq!(judged(npm(&[("package/index.js", CODE)]), BENIGN), (State::Benign, None));
    assert_eq!(judged(npm(&[("package/index.js", CODE)]), UNSURE), (State::Benign, None));
}

#[test]
fn nothing_read() {
    let package = || npm(&[("package/readme.md", b"# words\n")]);
    for margin in [BENIGN, MALICIOUS] {
        assert_eq!(judged(package(), margin), (State::CannotJudge, Some(Rule::NothingRead.sentence())));
    }
}

#[test]
fn data_alone_is_judged() {
    let package = |manifest: &str, more: &[(&str, &[u8])]| {
        let members: [(&str, &[u8]); 3] = [
            ("package/package.json", manifest.as_bytes()),
            ("package/index.d.ts", b"export declare function acme(a: string): number;\n"),
            ("package/LICENSE", b"words\n"),
        ];
        let members: Vec<(&str, &[u8])> = members.into_iter().chain(more.iter().copied()).collect();
        opened("acme.tgz", &tgz(&members))
    };
    let plain = r#"{"name": "acme-types", "version": "1.0.0", "types": "index.d.ts"}"#;
    assert_eq!(judged(package(plain, &[]), BENIGN), (State::Benign, None));
    let nothing = (State::CannotJudge, Some(Rule::NothingRead.sentence()));
    // Something that is no text, something that is named to be run, a dependency from anywhere.
    assert_eq!(judged(package(plain, &[("package/acme.node", &[0xff, 0xfe, 0, 1, 2])]), BENIGN), nothing);
    assert_eq!(judged(package(plain, &[("package/acme.rb", b"puts 1\n")]), BENIGN), nothing);
    let main = r#"{"name": "acme-types", "version": "1.0.0", "main": "index.js"}"#;
    assert_eq!(judged(package(main, &[]), BENIGN), nothing);
    let address = r#"{"name": "acme-types", "version": "1.0.0", "dependencies": {"a": "http://203.0.113.5/a.tgz"}}"#;
    assert_eq!(judged(package(address, &[]), BENIGN), nothing);
}

#[test]
fn a_limit_that_cuts_the_analysis() {
    let script = "echo one\n".repeat(6_000);
    let manifest =
        br#"{"name": "acme-demo", "version": "1.0.0", "main": "index.js", "scripts": {"postinstall": "sh a.sh"}}"#;
    let members: [(&str, &[u8]); 3] =
        [("package/package.json", manifest), ("package/index.js", CODE), ("package/a.sh", script.as_bytes())];
    not_judged(|| opened("acme.tgz", &tgz(&members)), &Rule::CutShort);
}

#[test]
fn code_that_the_parser_could_not_read() {
    let holes = [CODE, "]) ? $ = = =\n".repeat(60).as_bytes()].concat();
    let rule = Rule::Unparsed("package/index.js".to_owned());
    not_judged(|| npm(&[("package/index.js", &holes)]), &rule);
    // A slip of the pen is no hole.
    let slip = [CODE.repeat(5).as_slice(), b"let = ;\n"].concat();
    assert_eq!(judged(npm(&[("package/index.js", &slip)]), BENIGN), (State::Benign, None));
}

#[test]
fn a_member_that_not_every_installer_unpacks() {
    let package = |kind| {
        let mut package = npm(&[("package/index.js", CODE)]);
        package.oddities.push(Oddity { kind, ..Oddity::new("package/index.js", "stored another way") });
        package
    };
    not_judged(|| package(Oddness::Compression), &Rule::Unportable("package/index.js".to_owned()));
    assert_eq!(judged(package(Oddness::Form), BENIGN), (State::Benign, None));
}

#[test]
fn code_in_an_encoding_that_is_not_known() {
    let python = b"# coding: no-such\nimport os, sys\nos.getcwd()\nos.listdir()\n";
    let rule = Rule::Encoded("package/a.py".to_owned());
    not_judged(|| npm(&[("package/index.js", CODE), ("package/a.py", python)]), &rule);
    // A stub of types is not run.
    let stub = npm(&[("package/index.js", CODE), ("package/a.pyi", python)]);
    assert_eq!(judged(stub, BENIGN), (State::Benign, None));
}

#[test]
fn code_in_an_encoding_that_hides_it() {
    let hidden = b"# coding: utf-7\n#+AAo-import os\nos.system('id')\n";
    let package = || npm(&[("package/index.js", CODE), ("package/a.py", hidden)]);
    not_judged(package, &Rule::Disguised("package/a.py".to_owned()));
    let steps = extract(&package(), &Reading::default()).sequence.steps;
    let told = steps.iter().find(|step| step.feature == Feature::HideCode).unwrap();
    assert_eq!((told.detail.as_str(), told.line), ("encoded source", 2));
    // An encoding of letters hides nothing, whatever else it could do.
    let letters = b"# coding: iso2022_jp\nx = '\x1b$B0!\x1b(B'\n";
    assert_eq!(judged(npm(&[("package/index.js", CODE), ("package/a.py", letters)]), BENIGN), (State::Benign, None));
}

#[test]
fn code_that_is_padded() {
    let padded = [CODE, "x = 1;\n".repeat(20_000).as_bytes()].concat();
    not_judged(|| npm(&[("package/index.js", &padded)]), &Rule::Padded("package/index.js".to_owned()));
}

#[test]
fn code_that_was_left_out() {
    let limits = Limits { file_bytes: 2000, ..Limits::default() };
    let options = OpenOptions { limits, ..OpenOptions::default() };
    let big = "let a = 1;\n".repeat(300);
    let members: [(&str, &[u8]); 3] =
        [("package/package.json", b"{}"), ("package/index.js", CODE), ("package/lib/big.js", big.as_bytes())];
    let package = || open_as("acme.tgz", &tgz(&members), &options).unwrap();
    not_judged(package, &Rule::CodeLeftOut("package/lib/big.js".to_owned()));
    // Data that is too large says nothing.
    let members: [(&str, &[u8]); 3] =
        [("package/package.json", b"{}"), ("package/index.js", CODE), ("package/lib/big.csv", big.as_bytes())];
    let package = open_as("acme.tgz", &tgz(&members), &options).unwrap();
    assert_eq!(judged(package, BENIGN), (State::Benign, None));
}

#[test]
fn more_left_out_than_read() {
    let limits = Limits { file_bytes: 2000, ..Limits::default() };
    let options = OpenOptions { limits, ..OpenOptions::default() };
    let big = vec![b'x'; 3000];
    let members: [(&str, &[u8]); 5] = [
        ("package/package.json", b"{}"),
        ("package/index.js", CODE),
        ("package/a.bin", &big),
        ("package/b.bin", &big),
        ("package/c.bin", &big),
    ];
    not_judged(|| open_as("acme.tgz", &tgz(&members), &options).unwrap(), &Rule::MostlyLeftOut);
}

#[test]
fn other_languages() {
    let library = [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0; 500]].concat();
    let source = "int main(void) { return 0; }\n".repeat(20);
    let page = vec![b'x'; 900];
    not_judged(|| npm(&[("package/index.js", CODE), ("package/addon.node", &library)]), &Rule::OtherLanguage);
    not_judged(|| npm(&[("package/index.js", CODE), ("package/src/main.c", source.as_bytes())]), &Rule::OtherLanguage);
    let more = CODE.repeat(10);
    assert_eq!(judged(npm(&[("package/index.js", &more), ("package/addon.node", &library)]), BENIGN).0, State::Benign);
    // Pictures and pages are no code; PowerShell is read.
    assert_eq!(judged(npm(&[("package/index.js", CODE), ("package/page.html", &page)]), BENIGN).0, State::Benign);
    assert_eq!(judged(npm(&[("package/index.js", CODE), ("package/run.ps1", &page)]), BENIGN).0, State::Benign);
}

#[test]
fn hardly_anything() {
    let few = || npm(&[("package/index.js", b"module.exports = require('os');\n")]);
    let why = Some(Rule::HardlyAnything.sentence());
    assert_eq!(judged(few(), UNSURE), (State::CannotJudge, why));
    assert_eq!(judged(few(), BENIGN), (State::Benign, None), "most small libraries do nothing: that is an answer");
    assert_eq!(judged(few(), MALICIOUS), (State::Malicious, None));
    // What runs on installation is something to judge, however little it is.
    let manifest = br#"{"name": "acme-demo", "version": "1.0.0", "scripts": {"postinstall": "node index.js"}}"#;
    let members: [(&str, &[u8]); 2] = [("package/package.json", manifest), ("package/index.js", b"require('os');\n")];
    assert_eq!(judged(opened("acme.tgz", &tgz(&members)), UNSURE), (State::Benign, None));
}
