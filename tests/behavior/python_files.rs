//! The text of a package's own files, run: whatever way leads to it, in the phase of the code that runs it.

use cerebro::behavior::{Feature, Reading, extract};
use cerebro::package::Phase;
use cerebro::syntax::Doc;
use rstest::rstest;

use super::pypi;

/// What the data files hold.
const PAYLOAD: &str = "import os\nos.system('echo own')\n";

#[rstest]
#[case::beside("exec(open(os.path.join(os.path.dirname(__file__), 'data.bin')).read())")]
#[case::joined("here = os.path.dirname(os.path.abspath(__file__))\nexec(open(here + '/data.bin').read())")]
#[case::formatted("exec(open(f'{os.path.dirname(__file__)}/data.bin').read())")]
#[case::with_names(
    "with open(os.path.join(os.path.dirname(__file__), 'data.bin')) as f:\n    exec(f.read(), globals())"
)]
#[case::own_dictionary("about = {}\nexec(open(os.path.join(os.path.dirname(__file__), 'data.bin')).read(), about)")]
#[case::compiled("exec(compile(open(__file__.replace('__init__.py', 'data.bin')).read(), 'x', 'exec'))")]
#[case::pathlib("from pathlib import Path\nexec(Path(__file__).parent.joinpath('data.bin').read_text())")]
#[case::pathlib_bytes("import pathlib\nexec((pathlib.Path(__file__).resolve().parent / 'data.bin').read_bytes())")]
#[case::pathlib_name("import pathlib\nexec(pathlib.Path(__file__).with_name('data.bin').read_text())")]
#[case::lines("exec(''.join(open(os.path.join(os.path.dirname(__file__), 'data.bin')).readlines()))")]
#[case::pkgutil("import pkgutil\nexec(pkgutil.get_data(__name__, 'data.bin'))")]
#[case::pkgutil_chain("exec(__import__('pkgutil').get_data('demo', 'data.bin'))")]
#[case::resources(
    "from importlib import resources\nexec(resources.files(__package__).joinpath('data.bin').read_text())"
)]
#[case::resources_old("import importlib.resources as r\nexec(r.read_text('demo', 'data.bin'))")]
#[case::loader("exec(__loader__.get_data(__file__.replace('__init__.py', 'data.bin')))")]
#[case::source_loader(
    "import importlib.machinery as m\nm.SourceFileLoader('y', __file__.replace('__init__.py', 'data.bin')).load_module()"
)]
#[case::spec(
    "import importlib.util as u\ns = u.spec_from_file_location('x', os.path.join(os.path.dirname(__file__), 'data.bin'))\nm = u.module_from_spec(s)\ns.loader.exec_module(m)"
)]
#[case::run_path("import runpy\nrunpy.run_path(os.path.join(os.path.dirname(__file__), 'data.bin'))")]
#[case::function(
    "def load(name):\n    with open(os.path.join(os.path.dirname(__file__), name)) as f:\n        return f.read()\nexec(load('data.bin'))"
)]
fn a_file_given_to_exec_runs_where_it_stands(#[case] source: &str) {
    let init = format!("import os\n{source}\n");
    let sequence =
        extract(&pypi(&[("demo/__init__.py", &init), ("demo/data.bin", PAYLOAD)]), &Reading::default()).sequence;
    let ran = sequence.steps.iter().find(|s| s.feature == Feature::CallProcess && s.detail.contains("echo"));
    let ran = ran.unwrap_or_else(|| panic!("{source}\n{:?}", sequence.steps));
    assert_eq!((ran.phase, ran.line), (Phase::Import, 2), "{source}");
    assert!(matches!(ran.doc, Doc::File(_)) || source.contains("readlines"), "{source}");
}

#[rstest]
#[case::base64(
    "import base64\nexec(base64.b64decode(open(os.path.join(os.path.dirname(__file__), 'data.txt')).read()))",
    "aW1wb3J0IG9zCm9zLnN5c3RlbSgnZWNobyBvd24nKQo="
)]
#[case::hex(
    "exec(bytes.fromhex(open(os.path.dirname(__file__) + '/data.txt').read().strip()))",
    "696d706f7274206f730a6f732e73797374656d28276563686f206f776e27290a\n"
)]
#[case::json(
    "import json\nexec(json.load(open(os.path.dirname(__file__) + '/data.txt'))['a']['b'])",
    r#"{"a": {"b": "import os\nos.system('echo own')"}}"#
)]
#[case::json_text(
    "import json\nexec(json.loads(open(os.path.dirname(__file__) + '/data.txt').read())[1])",
    r#"[0, "import os\nos.system('echo own')"]"#
)]
#[case::part(
    "exec(open(os.path.dirname(__file__) + '/data.txt').read().split('#cut')[1])",
    "text of no sense #cut\nimport os\nos.system('echo own')"
)]
#[case::line(
    "for line in open(os.path.dirname(__file__) + '/data.txt'):\n    exec(line)",
    "import os\nos.system('echo own')"
)]
fn what_is_taken_from_a_file_is_a_layer(#[case] source: &str, #[case] data: &str) {
    let init = format!("import os\n{source}\n");
    let sequence =
        extract(&pypi(&[("demo/__init__.py", &init), ("demo/data.txt", data)]), &Reading::default()).sequence;
    let ran = sequence.steps.iter().find(|s| s.feature == Feature::CallProcess && s.detail.contains("echo"));
    let ran = ran.unwrap_or_else(|| panic!("{source}\n{:?}", sequence.steps));
    assert_eq!(ran.phase, Phase::Import, "{source}");
    assert!(matches!(ran.doc, Doc::Layer(_)), "{source}");
}

#[test]
fn a_folder_added_to_the_search_path_is_looked_in() {
    let init =
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'hidden'))\nimport extra_part\n";
    let files = [("demo/__init__.py", init), ("demo/hidden/extra_part.py", PAYLOAD)];
    let steps = extract(&pypi(&files), &Reading::default()).sequence.steps;
    assert!(steps.iter().any(|s| s.feature == Feature::CallProcess && s.phase == Phase::Import), "{steps:?}");
}

#[test]
fn what_a_file_says_is_no_claim_about_the_code() {
    let init = "import os\ntext = open(os.path.join(os.path.dirname(__file__), 'data.txt')).read().replace('a', 'b')\n";
    let data = "see https://example.com/page for ~/.ssh/id_rsa";
    let steps =
        extract(&pypi(&[("demo/__init__.py", init), ("demo/data.txt", data)]), &Reading::default()).sequence.steps;
    assert!(!steps.iter().any(|s| matches!(s.feature, Feature::UseUrl | Feature::ReadSecret)), "{steps:?}");
}
