//! Telling marks that are not programs: signs in a command's text, as written and as resolved.

use super::Walk;
use crate::behavior::feature::Feature;
use crate::text::Span;

/// A mark and the signs, lower case, of which one is enough.
const MARKS: &[(&str, &[&str])] = &[
    (
        "encoded command",
        &["-enc ", "-encodedcommand", "-e jab", "frombase64string", "base64 -d", "base64 --decode", "base64 -di"],
    ),
    ("bypass policy", &["bypass", "-nop", "-noni"]),
    (
        "download",
        &[
            "downloadstring",
            "downloadfile",
            "downloaddata",
            "invoke-webrequest",
            "iwr ",
            "start-bitstransfer",
            "bitsadmin /transfer",
            "-urlcache",
            "invoke-restmethod",
        ],
    ),
    ("evaluate", &["iex ", "iex(", "invoke-expression", "| iex", "|iex", "eval "]),
    (
        "reverse shell",
        &["/dev/tcp/", "/dev/udp/", "nc -e", "nc -c", "bash -i", "sh -i", "ncat -e", "mkfifo", "net.sockets.tcpclient"],
    ),
    ("delete all", &["rm -rf /", "rm -rf ~", "rd /s /q c:", "format c:", "del /f /s", "--no-preserve-root"]),
    (
        "antivirus off",
        &["set-mppreference", "add-mppreference", "disablerealtimemonitoring", "stop-service", "netsh advfirewall"],
    ),
    ("substitution", &["$(", "`"]),
];
const HIDDEN: &[&str] =
    &["-w hidden", "-windowstyle hidden", "-win hid", "-w h ", "/min ", "pythonw", "start /b", "vbhide"];
const BACKGROUND: &[&str] = &["nohup ", "disown", "setsid "];
const MUTED: &[&str] = &["> /dev/null", ">/dev/null", "&>/dev/null", "> nul", ">nul"];

impl Walk {
    /// Notes the marks of a command.
    pub(super) fn marks(&mut self, text: &str, background: bool, span: Span) {
        let lower = text.to_ascii_lowercase();
        // A sign that begins with a letter begins a word: `ssh -i` is no `sh -i`, `rsync -e` no `nc -e`.
        let begins = |at: usize, sign: &str| {
            let before = lower.get(..at).and_then(|before| before.chars().next_back());
            let within = before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            !within || !sign.starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        let stands = |sign: &&str| lower.match_indices(*sign).any(|(at, _)| begins(at, sign));
        let any = |signs: &[&str]| signs.iter().any(stands);
        // `2>/dev/null` throws errors away and shows what the command says.
        let shown = |at: usize| lower.get(..at).is_some_and(|before| before.ends_with('2'));
        let thrown = |sign: &&str| lower.match_indices(*sign).any(|(at, _)| !shown(at));
        for (mark, signs) in MARKS {
            if any(signs) {
                self.late_mark(mark, span);
            }
        }
        let ways = [
            ("hidden window", any(HIDDEN)),
            ("background", any(BACKGROUND) || background),
            ("output thrown away", MUTED.iter().any(thrown)),
        ];
        for (mark, _) in ways.iter().filter(|(_, found)| *found) {
            if *mark != "background" || any(BACKGROUND) {
                self.late_mark(mark, span);
            }
            self.shell.silent = true;
            self.step(span, Feature::SilentProcess, "silent process");
        }
    }

    fn late_mark(&mut self, mark: &str, span: Span) {
        if self.known.insert(mark.to_owned()) {
            self.late.push(mark.to_owned());
        }
        self.step(span, Feature::RunShell, mark);
    }
}
