//! Whatever stands in a package's files, the walk ends with a sequence: random soup of the readers' own words.

use cerebro::behavior::{Reading, extract};
use cerebro::package::{Ecosystem, Entry, File, Phase, Target};

use super::{entry, package};

/// A fixed xorshift sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn soup(&mut self, words: &[&str]) -> String {
        (0..self.below(60))
            .map(|_| words[self.below(words.len())])
            .collect::<Vec<_>>()
            .join(["", " ", "\n"][self.below(3)])
    }
}

const SHELL: &[&str] = &[
    "curl",
    "wget",
    "-O",
    "|",
    "sh",
    "&&",
    "$(",
    ")",
    "`",
    "\"",
    "'",
    "${a:1:2}",
    "${IFS}",
    "$'\\x41'",
    "<<E",
    "E",
    "base64 -d",
    "eval",
    "^",
    "%a%",
    "set a=",
    "if",
    "then",
    "fi",
    "for",
    "do",
    "done",
    "powershell -enc",
    "IEX",
    "(",
    "\u{FEFF}",
    "é",
    "[char]65",
    "-join",
    "+",
    "iex(",
    "@(",
    "'{0}' -f",
    "/dev/tcp/203.0.113.5/1",
    "echo",
    "aWQ=",
    "rm -rf ~",
    ">",
    "2>&1",
    ";",
    "{a,b}",
    "start /b",
];
const PYTHON: &[&str] = &[
    "def f(x):",
    "\n    ",
    "return ",
    "f(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'a'",
    "b'\\x80'",
    "+",
    "*",
    "%",
    ".join",
    "exec",
    "eval",
    "chr(",
    "for x in ",
    "if ",
    "while ",
    "lambda ",
    ":",
    ",",
    "=",
    "import ",
    "os",
    ".system",
    "__name__",
    "==",
    "'__main__'",
    "\n",
    "zlib.decompress(",
    "[::-1]",
    "yield ",
    "class A:",
    "@f",
    "é",
    "\u{1D4EE}",
    "-1",
    "0",
    "1e308",
    "**",
    "try:",
    "except:",
    "raise",
];
const JAVASCRIPT: &[&str] = &[
    "function f(a){",
    "}",
    "return ",
    "f(",
    "(",
    ")",
    "[",
    "]",
    "![]",
    "+[]",
    "'a'",
    "`${",
    "}`",
    "+",
    "=>",
    "eval",
    "Function",
    "var a=",
    ";",
    ",",
    "=",
    "require(",
    "'./b'",
    "while(1){",
    "switch(a){case 1:",
    "break",
    "try{",
    "}catch(e){",
    "throw ",
    ".replace(/a/g,",
    "String.fromCharCode(",
    "parseInt(",
    "a.push(a.shift())",
    "new ",
    "async ",
    "await ",
    "é",
    "/[/",
    "1e999",
    "?.",
    "...",
    "class A{",
    "get x(){",
];

#[test]
fn any_soup_ends_with_a_sequence() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..150 {
        let texts: Vec<(&str, String)> = vec![
            ("a.sh", random.soup(SHELL)),
            ("b.bat", random.soup(SHELL)),
            ("c.ps1", random.soup(SHELL)),
            ("d.py", random.soup(PYTHON)),
            ("e.js", random.soup(JAVASCRIPT)),
            ("f.py", format!("import os\nos.system({:?})\n", random.soup(SHELL))),
        ];
        let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let entries: Vec<Entry> = (0..files.len()).map(|file| entry(Phase::Install, "run", file)).collect();
        let mut package = package(Ecosystem::Pypi, &files, entries);
        let opcodes = b"c\n(S'ab'\nt.R0}q\x80\x04\x8c\x01a\x93\x85\xe3\xfb\xa9\xda\x00zr\xff";
        for ending in ["pkl", "pyc"] {
            let bytes: Vec<u8> = (0..random.below(200)).map(|_| opcodes[random.below(opcodes.len())]).collect();
            let path = format!("package/g.{ending}");
            package.files.push(File { path, bytes: bytes.into(), source: None });
        }
        let shell = Target::Shell { file: 0, span: cerebro::text::Span { start: 0, end: 0 }, text: random.soup(SHELL) };
        package.entries.push(Entry { phase: Phase::Install, name: "postinstall".to_owned(), target: shell });
        let sequence = extract(&package, &Reading::default()).sequence;
        assert!(sequence.steps.iter().all(|step| step.entry < sequence.entries.len() && step.line > 0));
    }
}
