//! Which phase code belongs to: what an import runs, what only the program runs.

use cerebro::behavior::{Reading, extract};
use cerebro::package::{Ecosystem, Phase};

use super::{entry, package};

/// The phase and the entry of the first process call in each file.
fn calls(files: &[(&str, &str)], entries: Vec<cerebro::package::Entry>) -> Vec<(String, Phase, String)> {
    let package = package(Ecosystem::Pypi, files, entries);
    let sequence = extract(&package, &Reading::default()).sequence;
    let calls = sequence.steps.iter().filter(|step| step.feature.code() == "P2");
    calls
        .map(|step| {
            let cerebro::syntax::Doc::File(file) = step.doc else { panic!("no file") };
            (package.files[file].path.clone(), step.phase, sequence.entries[step.entry].name.clone())
        })
        .collect()
}

const CALL: &str = "import os\nos.system('ls')\n";

#[test]
fn a_module_that_nothing_imports_is_imported_by_name() {
    let files =
        [("kit/__init__.py", ""), ("kit/deep/part.py", CALL), ("kit/__main__.py", CALL), ("kit/tests/t.py", CALL)];
    let found = calls(&files, vec![entry(Phase::Import, "import kit", 0)]);
    let expected = [
        ("package/kit/deep/part.py", Phase::Import, "import kit.deep.part (by itself)"),
        ("package/kit/__main__.py", Phase::Run, "not imported: kit/__main__.py"),
        ("package/kit/tests/t.py", Phase::Run, "aside: kit/tests/t.py"),
    ];
    assert_eq!(found, expected.map(|(file, phase, name)| (file.to_owned(), phase, name.to_owned())));
}

#[test]
fn a_module_that_is_imported_already_is_not_walked_again() {
    let files = [("demo/__init__.py", "from . import part\n"), ("demo/part.py", CALL)];
    let found = calls(&files, vec![entry(Phase::Import, "import demo", 0)]);
    assert_eq!(found, [("package/demo/part.py".to_owned(), Phase::Import, "import demo".to_owned())]);
}

#[test]
fn a_main_block_runs_with_the_program_and_not_with_an_import() {
    let block = "import os\nif __name__ == '__main__':\n    os.system('ls')\n";
    let imported = calls(&[("demo.py", block)], vec![entry(Phase::Import, "import demo", 0)]);
    assert_eq!(imported, [("package/demo.py".to_owned(), Phase::Run, "not called: demo.py".to_owned())]);
    let program = calls(&[("setup.py", block)], vec![entry(Phase::Install, "setup.py", 0)]);
    assert_eq!(program, [("package/setup.py".to_owned(), Phase::Install, "setup.py".to_owned())]);
}

#[test]
fn what_only_an_import_does_stands_in_the_else_branch() {
    let block = "import os\nif '__main__' == __name__:\n    pass\nelse:\n    os.system('ls')\n";
    let found = calls(&[("demo.py", block)], vec![entry(Phase::Import, "import demo", 0)]);
    assert_eq!(found, [("package/demo.py".to_owned(), Phase::Import, "import demo".to_owned())]);
}
