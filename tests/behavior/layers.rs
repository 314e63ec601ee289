//! Looking through obfuscation: what code would decode and run is found without running it.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cerebro::behavior::{Feature, Reading, extract};
use cerebro::package::Package;
use cerebro::syntax::Doc;
use rstest::rstest;

use super::{npm, pypi};

/// Behind every disguise stands one shell command, `id`.
pub fn runs_id(package: &Package) {
    let sequence = extract(package, &Reading::default()).sequence;
    let found = sequence.steps.iter().any(|step| step.feature == Feature::CallProcess && step.detail == "shell id");
    let details: Vec<&str> = sequence.steps.iter().map(|step| step.detail.as_str()).collect();
    assert!(found, "{details:?}");
}

#[rstest]
#[case::base64("import base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=='))")]
#[case::base64_in_parts(
    "import base64\na = 'aW1wb3J0IG9zCm9z'\nb = 'LnN5c3RlbSgnaWQnKQ=='\nexec(base64.b64decode(a + b).decode('utf-8'))"
)]
#[case::imported_inline("exec(__import__('base64').b64decode(b'aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=='))")]
#[case::hex("exec(bytes.fromhex('696d706f7274206f730a6f732e73797374656d282769642729').decode())")]
#[case::reversed("exec(\")'di'(metsys.so;so tropmi\"[::-1])")]
#[case::rot13("import codecs\nexec(codecs.decode('vzcbeg bf;bf.flfgrz(\"vq\")', 'rot13'))")]
#[case::char_codes(
    "exec(''.join(chr(c) for c in [105,109,112,111,114,116,32,111,115,59,111,115,46,115,121,115,116,101,109,40,39,105,100,39,41]))"
)]
#[case::map_chr(
    "exec(''.join(map(chr, (105,109,112,111,114,116,32,111,115,59,111,115,46,115,121,115,116,101,109,40,39,105,100,39,41))))"
)]
#[case::xor_loop(
    "d = [115,119,106,117,104,110,58,117,105,33,117,105,52,105,99,105,110,127,119,50,61,115,126,61,51]\no = ''\nfor c in d:\n    o += chr(c ^ 26)\nexec(o)"
)]
#[case::replaced("exec('imXXport os;os.sysXXtem(\"id\")'.replace('XX', ''))")]
#[case::split_and_joined("exec(''.join('i|m|p|o|r|t| |o|s|;|o|s|.|s|y|s|t|e|m|(|\"|i|d|\"|)'.split('|')))")]
#[case::formatted("exec('import {0};{0}.{1}(\"id\")'.format('os', 'system'))")]
#[case::f_string("m = 'os'\nexec(f'import {m};{m}.system(\"id\")')")]
#[case::dictionary("d = {'a': 'import os;', 'b': 'os.system(\"id\")'}\nexec(d['a'] + d['b'])")]
#[case::function(
    "import base64\ndef d(x):\n    return base64.b64decode(x)\nexec(d('aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=='))"
)]
#[case::lambda("e = lambda x: exec(x)\ne('import os;os.system(\"id\")')")]
#[case::compiled("exec(compile('import os;os.system(\"id\")', '<s>', 'exec'))")]
#[case::class_level("class A:\n    import os\n    os.system('id')")]
#[case::default_argument("import os\ndef f(x=os.system('id')):\n    pass")]
#[case::decorator("import os\ndef d(f):\n    os.system('id')\n    return f\n@d\ndef g(): pass")]
#[case::at_exit("import os, atexit\n@atexit.register\ndef g():\n    os.system('id')")]
#[case::thread_in_class(
    "import os, threading\nclass T:\n    def __init__(self):\n        threading.Thread(target=self.go).start()\n    def go(self):\n        os.system('id')\nT()"
)]
#[case::evaluated_import("eval('__import__(\"os\").system(\"id\")')")]
#[case::eval_in_exec("exec('eval(\"__import__(\\'os\\').system(\\'id\\')\")')")]
#[case::child_python("import os, sys\nos.system(sys.executable + ' -c \"import os;os.system(\\'id\\')\"')")]
fn python(#[case] source: &str) {
    runs_id(&pypi(&[("a.py", source)]));
}

#[rstest]
#[case::base64("eval(Buffer.from('cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWMoJ2lkJyk=', 'base64').toString())")]
#[case::at_o_b("eval(atob('cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWMoJ2lkJyk='))")]
#[case::char_codes(
    "eval(String.fromCharCode(114,101,113,117,105,114,101,40,39,99,104,105,108,100,95,112,114,111,99,101,115,115,39,41,46,101,120,101,99,40,39,105,100,39,41))"
)]
#[case::spread_codes(
    "eval(String.fromCharCode(...[114,101,113,117,105,114,101,40,39,99,104,105,108,100,95,112,114,111,99,101,115,115,39,41,46,101,120,101,99,40,39,105,100,39,41]))"
)]
#[case::mapped_codes(
    "eval([114,101,113,117,105,114,101,40,39,99,104,105,108,100,95,112,114,111,99,101,115,115,39,41,46,101,120,101,99,40,39,105,100,39,41].map(c => String.fromCharCode(c)).join(''))"
)]
#[case::reversed("eval(\")'di'(cexe.)'ssecorp_dlihc'(eriuqer\".split('').reverse().join(''))")]
#[case::function("new Function('require', \"require('child_process').exec('id')\")(require)")]
#[case::template("eval(`require('child_${'process'}').exec('id')`)")]
#[case::url("eval(decodeURIComponent('require(%27child_process%27).exec(%27id%27)'))")]
#[case::string_array(
    "const t = ['exec', 'child_process', 'id']; function g(i) { return t[i - 0x10] } require(g(0x11))[g(0x10)](g(0x12))"
)]
#[case::rotated_array(
    "var t = ['id', 'child_process', 'exec']; (function (a, n) { while (n--) { a.push(a.shift()) } })(t, 1); require(t[0])[t[1]](t[2])"
)]
#[case::rewritten_getter(
    "function t() { const a = ['child_process', 'exec', 'id']; t = function () { return a }; return t() } function g(i) { return t()[i] } require(g(0))[g(1)](g(2))"
)]
#[case::xor(
    "const k = 7; let s = ''; for (const c of [117,98,118,114,110,117,98,47,32,100,111,110,107,99,88,119,117,104,100,98,116,116,32,46,41,98,127,98,100,47,32,110,99,32,46]) { s += String.fromCharCode(c ^ k) } eval(s)"
)]
#[case::hex_buffer(
    "eval(Buffer.from('7265717569726528276368696c645f70726f6365737327292e65786563282769642729', 'hex').toString('utf8'))"
)]
#[case::replaced("eval('reqXuire(\"child_process\").exXec(\"id\")'.replaceAll('X', ''))")]
#[case::child_node("require('child_process').spawn('node', ['-e', 'require(\"child_process\").exec(\"id\")'])")]
fn javascript(#[case] source: &str) {
    runs_id(&npm(&[("index.js", source)]));
}

#[test]
fn fifty_nested_layers_unfold() {
    let mut code = "import os\nos.system('id')".to_owned();
    for _ in 0..50 {
        code = format!("import base64, zlib\nexec(zlib.decompress(base64.b64decode('{}')))", compressed(&code));
    }
    let sequence = extract(&pypi(&[("a.py", &code)]), &Reading::default()).sequence;
    assert_eq!(sequence.layers.len(), 50);
    assert!(sequence.skipped.is_empty(), "{:?}", sequence.skipped);
    let last = sequence.steps.iter().find(|step| step.detail == "shell id").unwrap();
    assert_eq!(last.doc, Doc::Layer(49));
    assert_eq!(sequence.layers[49].parent, Doc::Layer(48));
    assert_eq!(sequence.layers[0].recipe, ["b64decode", "decompress", "exec"]);
}

/// Base64 of zlib.
fn compressed(code: &str) -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(code.as_bytes()).unwrap();
    BASE64_STANDARD.encode(encoder.finish().unwrap())
}

#[rstest]
#[case::open_parentheses("(".repeat(100_000))]
#[case::brackets(format!("x = {}1{}", "[".repeat(50_000), "]".repeat(50_000)))]
#[case::calls(format!("f({})", "g(".repeat(20_000)))]
#[case::recursion("def f(x):\n    return f(x + 'a') + f(x + 'b')\nf('')".to_owned())]
#[case::endless_loop("while True:\n    x = x + 'a'\n    exec(x)".to_owned())]
#[case::itself("c = 'exec(c)'\nexec(c)".to_owned())]
#[case::bombs("x = 'a' * 10 ** 9\ny = [0] * 10 ** 9\nfor i in range(10 ** 12):\n    x += 'b'".to_owned())]
#[case::chain(format!("x = a{}", ".b()".repeat(20_000)))]
fn hostile_code_ends(#[case] source: String) {
    let sequence = extract(&pypi(&[("a.py", &source)]), &Reading::default()).sequence;
    assert!(sequence.steps.len() < 1000);
}

#[test]
fn functions_of_a_layer_that_nothing_calls_are_walked() {
    let source = "exec(__import__('base64').b64decode('aW1wb3J0IG9zCmRlZiBmKCk6CiAgICBvcy5zeXN0ZW0oJ2lkJykK'))";
    let package = pypi(&[("a.py", source)]);
    let sequence = extract(&package, &Reading::default()).sequence;
    let step = sequence.steps.iter().find(|step| step.detail == "shell id").unwrap();
    assert_eq!(sequence.entries[step.entry].name, "not called: layer 0");
}

#[rstest]
#[case::pickle("data.pkl", b"cos\nsystem\n(S'id'\ntR.")]
fn frozen_files_of_the_package_are_listed_and_walked(#[case] path: &str, #[case] bytes: &[u8]) {
    let mut package = pypi(&[("a.py", "")]);
    let path = format!("package/{path}");
    package.files.push(cerebro::package::File { path, bytes: bytes.into(), source: None });
    let sequence = extract(&package, &Reading::default()).sequence;
    assert_eq!(sequence.layers[0].recipe, ["pickle"]);
    assert!(sequence.steps.iter().any(|step| step.detail == "shell id"), "{:?}", sequence.steps);
}
