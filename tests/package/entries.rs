//! What runs, and when: one small package for every rule.

use cerebro::package::{Package, Phase, Target};
use rstest::rstest;

use super::build::*;

/// Entries as `phase name -> target`, paths below the root.
pub(super) fn shown(package: &Package) -> Vec<String> {
    let path = |file: usize| package.files[file].path.strip_prefix(&package.root).unwrap();
    let entry = |entry: &cerebro::package::Entry| {
        let target = match &entry.target {
            Target::File(file) => path(*file).to_owned(),
            Target::Function { file, name } => format!("{}:{name}", path(*file)),
            Target::Shell { file, span, text } => {
                let raw = &package.source(*file).unwrap().text[span.start..span.end];
                format!("{}[{raw}] `{text}`", path(*file))
            }
            Target::Unresolved(what) => format!("? {what}"),
        };
        let phase = match entry.phase {
            Phase::Install => "install",
            Phase::Import => "import",
            Phase::Run => "run",
        };
        format!("{phase} {} -> {target}", entry.name)
    };
    package.entries.iter().map(entry).collect()
}

fn npm(json: &str, files: &[&str]) -> Vec<String> {
    let paths: Vec<String> = files.iter().map(|path| format!("package/{path}")).collect();
    let mut members: Vec<(&str, &[u8])> = vec![("package/package.json", json.as_bytes())];
    members.extend(paths.iter().map(|path| (path.as_str(), b"1".as_slice())));
    shown(&opened("x.tgz", &tgz(&members)))
}

pub(super) fn sdist(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("x-1/{path}"), *text)).collect();
    let members: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    shown(&opened("x-1.tar.gz", &tgz(&members)))
}

pub(super) fn wheel(files: &[(&str, &str)]) -> Vec<String> {
    let mut members: Vec<(&str, &[u8])> = vec![("x-1.dist-info/METADATA", b"Name: x\n")];
    members.extend(files.iter().map(|(path, text)| (*path, text.as_bytes())));
    shown(&opened("x-1-py3-none-any.whl", &zip(&members)))
}

#[rstest]
#[case::lifecycle_in_run_order(
    r#"{"scripts": {"test": "x", "prepare": "p", "postinstall": "node \"a b.js\"", "install": "i", "preinstall": "r"}}"#,
    &[],
    &["install preinstall -> package.json[r] `r`", "install install -> package.json[i] `i`",
      "install postinstall -> package.json[node \\\"a b.js\\\"] `node \"a b.js\"`", "install prepare -> package.json[p] `p`"])]
#[case::around_prepare(r#"{"scripts": {"dependencies": "d", "postprepare": "o", "preprepare": "e"}}"#, &[],
    &["install preprepare -> package.json[e] `e`", "install postprepare -> package.json[o] `o`",
      "install dependencies -> package.json[d] `d`"])]
#[case::last_of_equal_names(
    r#"{"scripts": {"install": "first"}, "scripts": {"install": "one", "install": "two"}}"#, &[],
    &["install install -> package.json[two] `two`"])]
#[case::gyp(r#"{"scripts": {"postinstall": "x"}}"#, &["binding.gyp"],
    &["install node-gyp rebuild (binding.gyp) -> binding.gyp", "install postinstall -> package.json[x] `x`"])]
#[case::gyp_with_script(r#"{"scripts": {"preinstall": "x"}}"#, &["binding.gyp"],
    &["install preinstall -> package.json[x] `x`"])]
#[case::main(r#"{"main": "./lib/a"}"#, &["lib/a.js", "index.js"], &["import main -> lib/a.js"])]
#[case::main_folder(r#"{"main": "lib"}"#, &["lib/index.cjs"], &["import main -> lib/index.cjs"])]
#[case::main_any_ending(r#"{"main": "data.txt"}"#, &["data.txt"], &["import main -> data.txt"])]
#[case::main_absent("{}", &["index.js", "other.js"], &["import index -> index.js"])]
#[case::main_falls_back(r#"{"main": "gone.js"}"#, &["index.js"],
    &["import index -> index.js", "import main -> ? main: gone.js"])]
#[case::main_climbs(r#"{"main": "../../x.js"}"#, &["a.js"], &["import main -> ? main: ../../x.js"])]
#[case::exports_all_conditions(
    r#"{"main": "a.js", "exports": {".": {"types": "./a.d.ts", "import": "./a.mjs", "default": ["./a.js", "./b.js"]}, "./c": "./c.js", "./package.json": "./package.json"}}"#,
    &["a.js", "a.mjs", "a.d.ts", "b.js", "c.js"],
    &["import main -> a.js", "import exports . -> a.mjs", "import exports . -> b.js", "import exports ./c -> c.js",
      "import exports ./package.json -> package.json"])]
#[case::exports_pattern(r#"{"exports": {"./*": "./lib/*.js", "./no": null}}"#, &["lib/a.js", "lib/b/c.js", "lib/d.txt"],
    &["import exports ./* -> lib/a.js", "import exports ./* -> lib/b/c.js"])]
#[case::exports_string(r#"{"exports": "./a.js"}"#, &["a.js", "index.js"], &["import exports -> a.js"])]
#[case::module_and_browser(r#"{"main": "a.js", "module": "b.mjs", "browser": {"./a.js": "./c.js", "fs": false}}"#,
    &["a.js", "b.mjs", "c.js"], &["import main -> a.js", "import module -> b.mjs", "import browser -> c.js"])]
#[case::bin_map(r#"{"bin": {"one": "./cli.js", "two": "gone.js"}}"#, &["cli.js"],
    &["run bin one -> cli.js", "run bin two -> ? bin two: gone.js"])]
#[case::bin_string(r#"{"name": "@s/tool", "bin": "cli.js"}"#, &["cli.js"], &["run bin tool -> cli.js"])]
#[case::not_text(r#"{"scripts": {"install": 1}, "main": {"a": 1}, "bin": [1]}"#, &["x.js"], &[])]
fn npm_entries(#[case] json: &str, #[case] files: &[&str], #[case] expected: &[&str]) {
    assert_eq!(npm(json, files), expected);
}

#[rstest]
#[case::setup_and_import(
    &[("setup.py", ""), ("x/__init__.py", ""), ("x/sub/__init__.py", ""), ("mod.py", ""), ("tests/__init__.py", ""), ("docs/conf.py", "")],
    &["install setup.py -> setup.py", "import import x -> x/__init__.py", "import import mod -> mod.py"])]
#[case::src(&[("setup.py", ""), ("src/x/__init__.py", ""), ("src/y.py", "")],
    &["install setup.py -> setup.py", "import import x -> src/x/__init__.py", "import import y -> src/y.py"])]
#[case::backend_in_tree(
    &[("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = \"back.core:api\"\nbackend-path = [\"_build\"]"),
      ("_build/back/core.py", ""), ("x/__init__.py", "")],
    &["install build backend back.core:api -> _build/back/core.py", "import import x -> x/__init__.py"])]
#[case::backend_gone(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"b\"\nbackend-path = [\"..\"]"), ("x.py", "")],
    &["install build backend b -> ? build backend b in ..", "import import x -> x.py"])]
#[case::backend_from_outside(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"hatchling.build\""), ("x.py", "")], &["import import x -> x.py"])]
#[case::backend_unknown(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"odd_backend:api\""), ("x.py", "")],
    &["install build backend odd_backend:api -> ? odd_backend:api is code of another package", "import import x -> x.py"])]
#[case::interpreter_start(
    &[("setup.py", ""), ("a.pth", "# x\rimport os; os.getcwd()\r"), ("b.pth", "./lib\nimportant\n"), ("src/sitecustomize.py", ""), ("x/usercustomize.py", "")],
    &["install setup.py -> setup.py", "install a.pth (interpreter start) -> a.pth",
      "install sitecustomize.py (interpreter start) -> src/sitecustomize.py",
      "import import x.usercustomize -> x/usercustomize.py"])]
#[case::namespace(&[("setup.py", ""), ("src/ns/one/two/__init__.py", ""), ("src/ns/one/two/three/__init__.py", ""), ("tests/a/__init__.py", "")],
    &["install setup.py -> setup.py", "import import ns.one.two -> src/ns/one/two/__init__.py"])]
#[case::no_init(&[("setup.py", ""), ("x/run.py", ""), ("._y.py", "")],
    &["install setup.py -> setup.py", "import import x.run -> x/run.py"])]
#[case::commands(
    &[("setup.py", ""), ("x/__init__.py", ""), ("x/cli.py", ""),
      ("x.egg-info/entry_points.txt", "[console_scripts]\na = x.cli:main [extra]\nb = gone:f\n[gui_scripts]\nc = x:App.run\n[other]\nd = x:y\n"),
      ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n  a = x.cli:main\n  e = x.cli\n"),
      ("pyproject.toml", "[project.scripts]\nf = \"x:f\"\n[project.gui-scripts]\ng = \"x:g\"\n[tool.poetry.scripts]\nh = \"x:h\"\n"),
      ("bin/tool", "#!/usr/bin/env python\n"), ("bin/notes.txt", "")],
    &["install setup.py -> setup.py", "import import x -> x/__init__.py", "import other d -> x/__init__.py",
      "run console_scripts a -> x/cli.py:main",
      "run console_scripts b -> ? console_scripts b: gone:f", "run gui_scripts c -> x/__init__.py:App.run",
      "run console_scripts e -> x/cli.py", "run console_scripts f -> x/__init__.py:f",
      "run gui_scripts g -> x/__init__.py:g", "run console_scripts h -> x/__init__.py:h", "run script tool -> bin/tool"])]
#[case::plugins(
    &[("x/__init__.py", ""), ("x/p.py", ""),
      ("pyproject.toml", "[project.entry-points.pytest11]\na = \"x.p\"\n[project.entry-points.\"some.group\"]\nb = \"x.p:Plugin\"\nc = \"gone\"\n[tool.poetry.plugins.flake8]\nd = \"x\"\n")],
    &["import import x -> x/__init__.py", "import pytest11 a -> x/p.py", "import some.group b -> x/p.py",
      "import some.group c -> ? some.group c: gone", "import flake8 d -> x/__init__.py"])]
fn sdist_entries(#[case] files: &[(&str, &str)], #[case] expected: &[&str]) {
    assert_eq!(sdist(files), expected);
}

#[rstest]
#[case::copied_only(&[("setup.py", ""), ("x/__init__.py", ""), ("tests/__init__.py", "")],
    &["import import tests -> tests/__init__.py", "import import x -> x/__init__.py", "import import setup -> setup.py"])]
#[case::data(&[("x-1.data/scripts/tool", "#!python\n"), ("x-1.data/purelib/y/__init__.py", ""), ("x-1.data/purelib/z.pth", "import y\n")],
    &["install z.pth (interpreter start) -> x-1.data/purelib/z.pth", "import import y -> x-1.data/purelib/y/__init__.py",
      "run script tool -> x-1.data/scripts/tool"])]
#[case::commands(&[("x/__init__.py", ""), ("x-1.dist-info/entry_points.txt", "[console_scripts]\nx = x:main\n")],
    &["import import x -> x/__init__.py", "run console_scripts x -> x/__init__.py:main"])]
#[case::native(&[("x/__init__.py", ""), ("x/sub/_speed.cpython-311-x86_64-linux-gnu.so", ""), ("y.pyd", ""), ("x.libs/z.so", "")],
    &["import import x -> x/__init__.py", "import import x.sub._speed -> x/sub/_speed.cpython-311-x86_64-linux-gnu.so",
      "import import y -> y.pyd"])]
fn wheel_entries(#[case] files: &[(&str, &str)], #[case] expected: &[&str]) {
    assert_eq!(wheel(files), expected);
}

#[test]
fn of_an_unknown_layout_every_script_is_run() {
    let members: [(&str, &[u8]); 5] =
        [("x/a.py", b""), ("x/b/c.js", b""), ("x/tool", b"#!/bin/sh\n"), ("x/t.d.ts", b""), ("x/readme.md", b"")];
    let package = opened("x.zip", &zip(&members));
    assert_eq!(shown(&package), ["run a.py -> a.py", "run b/c.js -> b/c.js", "run tool -> tool"]);
}

#[test]
fn a_binary_looking_entry_is_text() {
    let members: [(&str, &[u8]); 2] =
        [("package/package.json", br#"{"main": "data.bin"}"#), ("package/data.bin", b"/*\0*/ run()")];
    let package = opened("x.tgz", &tgz(&members));
    assert_eq!(text(&package, "package/data.bin"), "/*\0*/ run()");
}

/// A program that a manifest names as a command is no script, whatever else it holds; what can be read as one is.
#[rstest]
#[case::linux(b"\x7fELF\x02\x01\x01\0require('a')", false)]
#[case::mac(b"\xcf\xfa\xed\xfe\x07\0\0\x01require('a')", false)]
#[case::windows(b"MZ\x90\0require('a')", false)]
#[case::script_that_begins_so(b"MZ=1;/*\0*/require('a')", true)]
#[case::script_with_nul(b"/*\0*/require('a')", true)]
fn programs_are_no_scripts(#[case] bytes: &[u8], #[case] text: bool) {
    let members: &[(&str, &[u8])] =
        &[("package/package.json", br#"{"bin": {"tool": "bin/tool"}}"#), ("package/bin/tool", bytes)];
    let package = opened("tool-1.0.0.tgz", &tgz(members));
    let file = package.files.iter().find(|file| file.path.ends_with("bin/tool")).unwrap();
    assert_eq!(file.source.is_some(), text);
}
