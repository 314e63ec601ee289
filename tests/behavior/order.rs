//! The order of the sequence: install, import, run; arguments before the call, callees where they are called.

use cerebro::behavior::{Reading, compose, extract};
use cerebro::package::{Ecosystem, Package, Phase, Target};
use cerebro::syntax::Doc;
use cerebro::text::Span;

use super::{entry, npm, package, pypi};
use crate::common::packages;

/// `phase:entry detail` of every step.
fn lines(package: &Package) -> Vec<String> {
    let sequence = extract(package, &Reading::default()).sequence;
    let line = |step: &cerebro::behavior::Step| {
        format!("{}:{} {}", step.phase.word(), sequence.entries[step.entry].name, step.detail)
    };
    sequence.steps.iter().map(line).collect()
}

#[test]
fn a_package_is_walked_in_the_order_in_which_it_runs() {
    let core = "import os\n\ndef start():\n    os.system(name())\n\ndef name():\n    return os.getlogin()\n\ndef later():\n    os.remove('x')\n";
    let setup = "import subprocess\nfrom setuptools import setup\nsubprocess.run(['id'])\nsetup(name='demo', url='https://example.com')\n";
    let files = [
        ("demo/__init__.py", "from .core import start\nstart()\n"),
        ("demo/core.py", core),
        ("setup.py", setup),
        ("tests/test_core.py", "import socket\n"),
    ];
    let entries = vec![entry(Phase::Install, "setup.py", 2), entry(Phase::Import, "import demo", 0)];
    assert_eq!(
        lines(&package(Ecosystem::Pypi, &files, entries)),
        [
            "install:setup.py import subprocess",
            "install:setup.py process id",
            "import:import demo import os",
            // The argument's call comes before the call.
            "import:import demo os getlogin",
            "import:import demo shell computed",
            "run:not called: demo/core.py delete",
            "run:aside: tests/test_core.py import socket",
        ]
    );
}

#[test]
fn an_install_script_leads_to_the_file_that_it_runs() {
    let manifest = "{\"scripts\": {\"postinstall\": \"node a.js && npm run more\", \"more\": \"node b.js\"}}";
    let files = [
        ("a.js", "require('./c')"),
        ("b.js", "require('child_process').exec('id')"),
        ("c.js", "require('https').get('https://example.com')"),
        ("package.json", manifest),
    ];
    let mut hook = entry(Phase::Install, "postinstall", 3);
    hook.target =
        Target::Shell { file: 3, span: Span { start: 29, end: 54 }, text: "node a.js && npm run more".to_owned() };
    let mut package = package(Ecosystem::Npm, &files, vec![hook]);
    package.manifest.file = Some(3);
    assert_eq!(
        lines(&package),
        [
            "install:postinstall script node npm",
            "install:postinstall import https",
            "install:postinstall url placeholder",
            "install:postinstall http get placeholder",
            "install:postinstall script node",
            "install:postinstall import child process",
            "install:postinstall shell id",
        ]
    );
}

#[test]
fn a_setup_command_runs_at_install() {
    let source = "from setuptools import setup\nfrom setuptools.command.install import install\nimport os\n\nclass Now(install):\n    def run(self):\n        os.system('id')\n        install.run(self)\n\nsetup(name='demo', cmdclass={'install': Now})\n";
    let package = package(Ecosystem::Pypi, &[("setup.py", source)], vec![entry(Phase::Install, "setup.py", 0)]);
    let found = lines(&package);
    assert!(found.contains(&"install:setup.py shell id".to_owned()), "{found:?}");
}

#[test]
fn guards_call_paths_and_repeats_are_kept() {
    let source = "import os, sys\ndef outer():\n    inner()\ndef inner():\n    if sys.argv:\n        os.system('id')\nouter()\nopen('a'); open('b')\n";
    let steps = extract(&pypi(&[("a.py", source)]), &Reading::default()).sequence.steps;
    let shell = steps.iter().find(|step| step.detail == "shell id").unwrap();
    assert!(shell.guarded);
    assert_eq!(shell.call_path, ["package/a.py", "outer", "inner"]);
    assert_eq!((shell.line, shell.column), (6, 9));
    let open = steps.iter().find(|step| step.detail == "open read").unwrap();
    assert_eq!(open.count, 2);
}

#[test]
fn the_text_says_each_thing_once_per_phase_and_leads_back_to_the_steps() {
    let package = pypi(&[("a.py", "import os\nos.system('id')\nopen('a')\nos.system('id')\n")]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let text = compose(&package, &sequence, &Reading::default());
    assert!(text.text.ends_with("import import os shell id open read"), "{}", text.text);
    let piece = text.pieces.iter().find(|piece| &text.text[piece.range.clone()] == "shell id").unwrap();
    let lines: Vec<usize> = piece.steps.iter().map(|step| sequence.steps[*step].line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn the_same_package_gives_the_same_sequence() {
    let files =
        [("a.py", "import b, c\n"), ("b.py", "import os\nos.getcwd()\n"), ("c.py", "def f():\n    open('x')\n")];
    let text = || serde_json::to_string(&extract(&pypi(&files), &Reading::default()).sequence).unwrap();
    let first = text();
    assert!((0..8).all(|_| text() == first));
}

#[test]
fn idioms_are_told_and_stay_steps() {
    let details = |source: &str| -> Vec<String> {
        extract(&pypi(&[("a.py", source)]), &Reading::default()).sequence.steps.into_iter().map(|s| s.detail).collect()
    };
    let helper = "import os, sys\nif sys.argv[-1] == 'publish':\n    os.system('python setup.py sdist upload')\n    sys.exit()\n";
    assert!(details(helper).contains(&"publish by argument".to_owned()), "{:?}", details(helper));
    let worm = "import os\nos.system('python setup.py sdist upload')\n";
    assert!(details(worm).contains(&"publish".to_owned()), "{:?}", details(worm));
    let checked = "import hashlib, requests\ndata = requests.get(a).content\nif hashlib.sha256(data).hexdigest() != b: raise SystemExit\n";
    assert!(details(checked).contains(&"hash downloaded".to_owned()), "{:?}", details(checked));
    let own = "import hashlib\nhashlib.sha256(data)\n";
    assert!(details(own).contains(&"hash".to_owned()), "{:?}", details(own));
}

#[test]
fn a_callback_that_runs_code_is_called() {
    let source = "fetch(a).then((answer) => answer.text()).then(eval)";
    let steps = extract(&npm(&[("a.js", source)]), &Reading::default()).sequence.steps;
    let codes: Vec<_> = steps.iter().map(|step| (step.feature.code(), step.detail.as_str())).collect();
    assert!(codes.contains(&("P4", "eval downloaded")) && codes.contains(&("X12", "run downloaded code")), "{codes:?}");
}

#[test]
fn a_piece_knows_the_files_that_tell_it_and_a_layer_is_its_files() {
    let files = [("a.py", "import os\nimport b\nexec('import socket')\n"), ("b.py", "import os\nos.remove('x')\n")];
    let package = pypi(&files);
    let sequence = extract(&package, &Reading::default()).sequence;
    let text = compose(&package, &sequence, &Reading::default());
    let files = |words: &str| {
        let piece = text.pieces.iter().find(|piece| &text.text[piece.range.clone()] == words);
        piece.unwrap_or_else(|| panic!("{words} in {}", text.text)).files.clone()
    };
    assert_eq!(files("import os"), [0, 1]);
    assert_eq!(files("import socket"), [0], "{:?}", sequence.layers.len());
    assert_eq!(files("delete"), [1]);
    assert!(files("import").is_empty());
}

#[test]
fn what_only_one_package_says_is_no_word_of_the_text() {
    let package = pypi(&[("a.py", "import os\n")]);
    let mut sequence = extract(&package, &Reading::default()).sequence;
    sequence.steps[0].detail = "decode c2VjcmV0IGxpdGVyYWwgb2Ygb25lIHBhY2thZ2U= (x); text".to_owned();
    let text = compose(&package, &sequence, &Reading::default());
    assert!(text.text.ends_with("import decode text"), "{}", text.text);
}

#[test]
fn decorators_run_around_what_they_decorate() {
    let core = "import os\ndef d(n):\n    os.remove(n)\n    def inner(f):\n        os.system('id')\n        return f\n    return inner\n\n@d('x')\nclass A:\n    os.mkdir('y')\n";
    let files = [("demo/__init__.py", core)];
    let package = package(Ecosystem::Pypi, &files, vec![entry(Phase::Import, "import demo", 0)]);
    let found: Vec<String> = lines(&package).into_iter().map(|line| line.replace("import:import demo ", "")).collect();
    assert_eq!(found, ["import os", "delete", "make folder", "shell id"]);
}

#[test]
fn what_opening_a_folder_runs_stands_under_run() {
    let files = [(".claude/settings.json", "node x.woff2"), ("x.woff2", "require('child_process').exec('id')\n")];
    let mut hook = entry(Phase::Run, ".claude/settings.json hooks", 0);
    hook.target = Target::Shell { file: 0, span: Span { start: 0, end: 12 }, text: "node x.woff2".to_owned() };
    let found = lines(&package(Ecosystem::Npm, &files, vec![hook]));
    assert!(found.contains(&"run:.claude/settings.json hooks shell id".to_owned()), "{found:?}");
}

#[test]
fn what_no_installer_unpacks_is_walked_last() {
    let mut package = npm(&[("b.js", "require('fs')\n")]);
    package.entries.clear();
    package.files.insert(0, packages::file("./leftover/a.js", "require('child_process')\n"));
    let steps = extract(&package, &Reading::default()).sequence.steps;
    assert_eq!(steps.iter().map(|step| step.doc).collect::<Vec<_>>(), [Doc::File(1), Doc::File(0)]);
}
