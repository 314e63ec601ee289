//! What builds, hooks and projects run: one small package for every rule.

use cerebro::package::{Ecosystem, Phase};
use rstest::rstest;

use super::build::*;
use super::entries::{sdist, shown, wheel};

fn npm(files: &[(&str, &str)]) -> Vec<String> {
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("package/{path}")).collect();
    let members: Vec<(&str, &[u8])> =
        paths.iter().zip(files).map(|(path, (_, text))| (path.as_str(), text.as_bytes())).collect();
    let package = opened("x.tgz", &tgz(&members));
    assert_eq!(package.ecosystem, Ecosystem::Npm);
    shown(&package)
}

/// The commands of a `binding.gyp`, what stands in front of each left out.
fn gyp(text: &str, others: &[(&str, &str)]) -> Vec<String> {
    let mut files = vec![("package.json", r#"{"exports": {}}"#), ("binding.gyp", text)];
    files.extend(others);
    let label = "install node-gyp rebuild (binding.gyp)";
    npm(&files).into_iter().map(|line| line.strip_prefix(label).unwrap_or(&line).trim().to_owned()).collect()
}

#[rstest]
#[case::expansion("{'a': ['<!(node a.js)']}", "-> binding.gyp['<!(node a.js)'] `node a.js`")]
#[case::late("{'a': '>!@(node a.js)'}", "-> binding.gyp['>!@(node a.js)'] `node a.js`")]
#[case::latest("{'a': '^!(node a.js)'}", "-> binding.gyp['^!(node a.js)'] `node a.js`")]
#[case::pieces("{'a': '<' '!(no' \"de a\" '.js)'}", "-> binding.gyp['<' '!(no' \"de a\" '.js)'] `node a.js`")]
#[case::brackets(
    "{'a': \"<!(node -p \\\"require('./a.js')\\\")\"}",
    "-> binding.gyp[\"<!(node -p \\\"require('./a.js')\\\")\"] `node -p \"require('./a.js')\"`"
)]
#[case::list("{'a': \"<!(['node', 'a b.js'])\"}", "-> binding.gyp[\"<!(['node', 'a b.js'])\"] `node 'a b.js'`")]
#[case::variable(
    "{'variables': {'x%': 'a.js'}, 'a': '<!(node <(x) <@(y))'}",
    "-> binding.gyp['<!(node <(x) <@(y))'] `node a.js $gyp`"
)]
#[case::condition(
    "{'conditions': [['\"<!(node a.js)\"==\"1\"', {}, {}]]}",
    "-> binding.gyp['\"<!(node a.js)\"==\"1\"'] `node a.js`"
)]
#[case::action(
    "{'targets': [{'actions': [{'action_name': 'gen', 'action': ['node', 'a.js', '<(INPUT)']}]}]}",
    ": action gen -> binding.gyp[['node', 'a.js', '<(INPUT)']] `node a.js $gyp`"
)]
#[case::rule(
    "{'targets': [{'rules': [{'rule_name': 'r', 'action': ['sh', 'a.sh']}]}]}",
    ": rule r -> binding.gyp[['sh', 'a.sh']] `sh a.sh`"
)]
#[case::postbuild(
    "{'targets': [{'postbuilds': [{'postbuild_name': 'p', 'action': ['./a.sh']}]}]}",
    ": postbuild p -> binding.gyp[['./a.sh']] `./a.sh`"
)]
#[case::event(
    "{'msvs_settings': {'VCPostBuildEventTool': {'CommandLine': ['node a.js']}}}",
    ": VCPostBuildEventTool -> binding.gyp['node a.js'] `node a.js`"
)]
#[case::nothing("{'targets': []}", "-> binding.gyp")]
fn gyp_commands(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(gyp(text, &[]), [expected]);
}

#[test]
fn gyp_follows_its_own_files() {
    let text = "{'includes': ['x/a.gypi'], 'make_global_settings': [['CXX', 'cxx.sh'], ['CC', '/usr/bin/cc']],\n\
                'targets': [{'sources': ['<!pymod_do_main(helper --list)'], 'dependencies': ['<(module_root_dir)/y/b.gyp:z']}]}";
    let others = [
        ("x/a.gypi", "{'a': '<!(node c.js)'}"),
        ("y/b.gyp", "{'a': '<!(node d.js)'}"),
        ("helper.py", "def DoMain(a): pass"),
        ("cxx.sh", "#!/bin/sh\n"),
    ];
    assert_eq!(
        gyp(text, &others),
        [
            "-> helper.py:DoMain",
            "-> x/a.gypi['<!(node c.js)'] `node c.js`",
            "-> y/b.gyp['<!(node d.js)'] `node d.js`",
            ": compiler CXX -> binding.gyp['cxx.sh'] `./cxx.sh`",
        ]
    );
}

#[test]
fn gyp_that_computes_is_python() {
    let found = gyp("{'a': '<!(node %s)' % 'a.js'}", &[]);
    assert_eq!(found[0], "-> binding.gyp");
}

#[rstest]
#[case::switched_off(r#"{"gypfile": false, "exports": {}}"#, &[])]
#[case::own_script(r#"{"scripts": {"install": "x"}, "exports": {}}"#, &["install install -> package.json[x] `x`"])]
fn gyp_is_not_always_built(#[case] json: &str, #[case] expected: &[&str]) {
    assert_eq!(npm(&[("package.json", json), ("binding.gyp", "{'a': '<!(x)'}")]), expected);
}

#[test]
fn bundled_packages_have_scripts_of_their_own() {
    let inner = r#"{"scripts": {"postinstall": "node go.js", "prepare": "x"}}"#;
    let deep = ("node_modules/inner/node_modules/@s/b/binding.gyp", "{'a': '<!(node a.js)'}");
    let other = ("node_modules/inner/node_modules/@s/b/package.json", "{}");
    let no_package = ("node_modules/inner/lib/package.json", inner);
    let files = |root| [("package.json", root), ("node_modules/inner/package.json", inner), deep, other, no_package];
    assert_eq!(
        npm(&files(r#"{"bundleDependencies": ["inner"], "exports": {}}"#)),
        [
            "install node-gyp rebuild (binding.gyp) of bundled @s/b -> node_modules/inner/node_modules/@s/b/binding.gyp['<!(node a.js)'] `node a.js`",
            "install postinstall of bundled inner -> node_modules/inner/package.json[node go.js] `node go.js`",
        ]
    );
    assert!(!npm(&files(r#"{"bundledDependencies": true, "exports": {}}"#)).is_empty());
    assert!(npm(&files(r#"{"bundleDependencies": [], "exports": {}}"#)).is_empty());
}

#[test]
fn a_folder_of_commands() {
    let json = r#"{"exports": {}, "directories": {"bin": "./cli"}}"#;
    let files =
        [("package.json", json), ("cli/node", "1"), ("cli/sub/x.js", "1"), ("cli/.hidden", "1"), ("clip.js", "1")];
    assert_eq!(npm(&files), ["run bin node -> cli/node", "run bin x.js -> cli/sub/x.js"]);
}

const SETUPTOOLS: &str = "[build-system]\nbuild-backend = \"setuptools.build_meta\"\n";

#[rstest]
#[case::backend_functions(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"back\"\nbackend-path = [\".\"]"),
      ("back.py", "from setuptools.build_meta import *\ndef build_wheel(*a): pass\n")],
    &["build backend back -> back.py", "build backend back: build_wheel -> back.py:build_wheel"])]
#[case::backend_object(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"back:hooks\"\nbackend-path = [\".\"]"),
      ("back.py", "class H:\n    def build_sdist(self): pass\n    def __getattr__(self, n): pass\nhooks = H()\n")],
    &["build backend back:hooks -> back.py", "build backend back:hooks: hooks.build_sdist -> back.py:hooks.build_sdist",
      "build backend back:hooks: hooks.__getattr__ -> back.py:hooks.__getattr__"])]
#[case::hatch(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"hatchling.build\"\n[tool.hatch.build.hooks.custom]\n[tool.hatch.version]\nsource = \"code\"\npath = \"x.py\"\n"),
      ("hatch_build.py", "class Hook(B):\n    def initialize(self, v, d): pass\n    def other(self): pass\n"), ("x.py", "")],
    &["version of x.py -> x.py", "build hook hatch_build.py -> hatch_build.py",
      "build hook hatch_build.py: Hook.initialize -> hatch_build.py:Hook.initialize"])]
#[case::hatch_file(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"hatchling.build\"\n"),
      ("hatch.toml", "[build.targets.wheel.hooks.custom]\npath = \"h.py\"\n"), ("h.py", "def get_build_hook(): pass\n")],
    &["build hook h.py -> h.py", "build hook h.py: get_build_hook -> h.py:get_build_hook"])]
#[case::hook_gone(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"hatchling.build\"\n[tool.hatch.metadata.hooks.custom]\n")],
    &["build hook hatch_build.py -> ? hatch_build.py is not in the package"])]
#[case::hook_of_another_back_end(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"pdm.backend\"\n[tool.hatch.build.hooks.custom]\n"),
      ("hatch_build.py", "")], &[])]
#[case::pdm(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"pdm.backend\"\n[tool.pdm.version]\nsource = \"call\"\ngetter = \"x.v:get\"\n"),
      ("pdm_build.py", "def pdm_build_initialize(c): pass\n"), ("src/x/v.py", "")],
    &["build hook pdm_build.py -> pdm_build.py", "build hook pdm_build.py: pdm_build_initialize -> pdm_build.py:pdm_build_initialize",
      "version of x.v:get -> src/x/v.py:get"])]
#[case::poetry(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"poetry.core.masonry.api\"\n[tool.poetry.build]\nscript = \"b.py\"\n"),
      ("b.py", "def build(kwargs): pass\n")],
    &["build hook b.py -> b.py", "build hook b.py: build -> b.py:build"])]
#[case::classes_of_toml(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"setuptools.build_meta\"\n[tool.setuptools.cmdclass]\nsdist = \"_b.cmds.Sdist\"\nother = \"gone.X\"\n"),
      ("_b/cmds.py", "class Sdist:\n    def run(self): pass\n")],
    &["cmdclass gone.X -> ? gone.X is no class of the package", "cmdclass _b.cmds.Sdist -> _b/cmds.py",
      "cmdclass _b.cmds.Sdist: Sdist.run -> _b/cmds.py:Sdist.run"])]
#[case::classes_of_cfg(
    &[("pyproject.toml", SETUPTOOLS), ("setup.cfg", "[options]\npackage_dir =\n  = lib\ncmdclass =\n  egg_info = c.Egg\n"),
      ("lib/c.py", "class Egg:\n    def run(self): pass\n")],
    &["cmdclass c.Egg -> lib/c.py", "cmdclass c.Egg: Egg.run -> lib/c.py:Egg.run"])]
#[case::fetched_before(
    &[("pyproject.toml", SETUPTOOLS), ("setup.cfg", "[options]\nsetup_requires =\n  setuptools-scm>=1\n  odd @ https://example.com/a.tgz\n")],
    &["setup_requires -> ? odd @ https://example.com/a.tgz is code of another package"])]
#[case::computed_version(
    &[("pyproject.toml", SETUPTOOLS), ("setup.cfg", "[metadata]\nversion = attr: x.v.V\n"), ("x/v.py", "V = f()\n")],
    &["attr: x.v.V -> x/v.py"])]
#[case::written_version(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"setuptools.build_meta\"\n[tool.setuptools.dynamic]\nversion = {attr = \"x.v.V\"}\n"),
      ("x/v.py", "V = '1.0'\n")], &[])]
#[case::meson(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"mesonpy\"\n"), ("meson.build", "subdir('s')\nrun_command('python3', 'g.py')\n"),
      ("s/meson.build", "run_command('sh', 'h.sh')\n")],
    &["meson.build: run_command -> meson.build[run_command('python3', 'g.py')] `python3 g.py`",
      "s/meson.build: run_command -> s/meson.build[run_command('sh', 'h.sh')] `sh h.sh`"])]
#[case::cmake(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"scikit_build_core.build\"\n"), ("CMakeLists.txt", "execute_process(COMMAND sh a.sh)")],
    &["CMakeLists.txt: execute_process -> CMakeLists.txt[execute_process(COMMAND sh a.sh)] `sh a.sh`"])]
#[case::cargo(
    &[("pyproject.toml", "[build-system]\nbuild-backend = \"maturin\"\n"), ("Cargo.toml", "[package]\nname = \"x\"\n"), ("build.rs", ""),
      (".cargo/config.toml", "[build]\nrustc-wrapper = \"./w.sh\"\nrustc = \"rustc\"\n")],
    &["Cargo.toml: rustc-wrapper -> Cargo.toml[] `./w.sh`",
      "Cargo.toml: build script -> ? build.rs is Rust, which cargo builds and runs, and which is not read"])]
fn what_a_build_runs(#[case] files: &[(&str, &str)], #[case] expected: &[&str]) {
    let found: Vec<String> =
        sdist(files).iter().filter_map(|line| Some(line.strip_prefix("install ")?.to_owned())).collect();
    assert_eq!(found, expected);
}

#[rstest]
#[case::start_file(&[("x/y.py", ""), ("a.start", "# c\nx.y:main\nx.y\ngone:f\n")],
    &["install a.start (interpreter start) -> x/y.py:main", "install a.start (interpreter start) -> x/y.py",
      "install a.start (interpreter start) -> ? a.start: gone:f", "import import x.y -> x/y.py"])]
#[case::start_file_elsewhere(&[("x/__init__.py", ""), ("x/a.start", "x:main\n")], &["import import x -> x/__init__.py"])]
#[case::line_ends(&[("a.pth", "x\u{c}import os\n"), ("b.pth", "x import os\n")], &["install a.pth (interpreter start) -> a.pth"])]
#[case::namespace_beside(&[("ns/a/__init__.py", ""), ("ns/a/b/__init__.py", ""), ("x/__init__.py", ""), ("x/y/__init__.py", ""), ("x-y/z/__init__.py", "")],
    &["import import ns.a -> ns/a/__init__.py", "import import x -> x/__init__.py"])]
#[case::called_plugins(&[("x.py", ""), ("x-1.dist-info/entry_points.txt", "[egg_info.writers]\na = x:write\n[other]\nb = x:f\n")],
    &["import import x -> x.py", "import egg_info.writers a -> x.py:write", "import other b -> x.py"])]
fn what_a_wheel_runs(#[case] files: &[(&str, &str)], #[case] expected: &[&str]) {
    assert_eq!(wheel(files), expected);
}

#[rstest]
#[case::task_of_a_folder(
    ".vscode/tasks.json",
    r#"{ // tasks
      "tasks": [{"label": "eslint", "type": "shell", "command": "node", "args": ["a b.woff2"], "runOptions": {"runOn": "folderOpen"}}, /* x */]}"#,
    ".vscode/tasks.json eslint (folder opens) -> .vscode/tasks.json[node] `node 'a b.woff2'`"
)]
#[case::other_task(
    ".vscode/tasks.json",
    r#"{"tasks": [{"label": "b", "type": "npm", "script": "build"}]}"#,
    "aside: .vscode/tasks.json b -> .vscode/tasks.json[build] `npm run build`"
)]
#[case::hook_of_an_agent(
    ".claude/settings.json",
    r#"{"hooks": {"SessionStart": [{"matcher": "*", "hooks": [{"type": "command", "command": "node \"$CLAUDE_PROJECT_DIR\"/a.js"}]}]}}"#,
    r#".claude/settings.json hooks -> .claude/settings.json[node \"$CLAUDE_PROJECT_DIR\"/a.js] `node ./a.js`"#
)]
#[case::server(
    ".mcp.json",
    r#"{"mcpServers": {"x": {"command": "node", "args": ["a.js"]}}}"#,
    ".mcp.json mcpServers x -> .mcp.json[node] `node a.js`"
)]
#[case::container(
    ".devcontainer/devcontainer.json",
    r#"{"postCreateCommand": ["bash", "a.sh"]}"#,
    r#".devcontainer/devcontainer.json -> .devcontainer/devcontainer.json[["bash", "a.sh"]] `bash a.sh`"#
)]
#[case::workflow(
    ".github/workflows/a.yml",
    "jobs:\n  a:\n    steps:\n      - run: pip install x\n      - name: b\n        run: |\n          node a.js\n          ls\n",
    "aside: .github/workflows/a.yml -> .github/workflows/a.yml[          node a.js\n          ls] `node a.js\nls\n`"
)]
#[case::make(
    "Makefile",
    "test:\n\tpytest\nrun:\n\t@python3 a.py\n",
    "aside: Makefile run -> Makefile[\t@python3 a.py] `python3 a.py`"
)]
#[case::package_manager(
    ".npmrc",
    "ignore-scripts=false\nnode-options=--require ./a.js\n",
    ".npmrc (used in this folder) -> a.js"
)]
#[case::yarn(".yarnrc.yml", "yarnPath: ./a.js\n", ".yarnrc.yml (used in this folder) -> a.js")]
fn what_a_project_runs(#[case] path: &str, #[case] text: &str, #[case] expected: &str) {
    let json = r#"{"exports": {}}"#;
    let files = [("package.json", json), (path, text), ("a.js", "1"), ("a.py", ""), ("a b.woff2", "1")];
    let run = format!("run {expected}");
    assert_eq!(npm(&files), [run]);
}

#[test]
fn phases_stay_in_order() {
    let files = [
        ("package.json", r#"{"scripts": {"postinstall": "x"}, "main": "a.js"}"#),
        (".mcp.json", r#"{"a": {"command": "node a.js"}}"#),
        ("a.js", "1"),
    ];
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("package/{path}")).collect();
    let members: Vec<(&str, &[u8])> =
        paths.iter().zip(files).map(|(path, (_, text))| (path.as_str(), text.as_bytes())).collect();
    let phases: Vec<Phase> = opened("x.tgz", &tgz(&members)).entries.iter().map(|entry| entry.phase).collect();
    assert_eq!(phases, [Phase::Install, Phase::Import, Phase::Run]);
}
