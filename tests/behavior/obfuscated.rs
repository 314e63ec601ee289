//! Shapes that obfuscators write: what they hide is found by evaluating their own decoders.

use cerebro::behavior::{Feature, Reading, extract};
use cerebro::package::Package;
use rstest::rstest;

use super::layers::runs_id;
use super::{npm, pypi};

/// A string array that is rotated until a checksum fits; `d` stands for its decoder.
fn rotated(decoder: &str) -> String {
    format!(
        "(function (list, want) {{ const all = list(); while (!![]) {{ try {{ \
         const sum = -parseInt(d(0x100, 'demo')) / 0x1 + parseInt(d(0x104, 'demo')) / 0x2 * 0x4; \
         if (sum === want) break; else all['push'](all['shift']()); }} catch (e) {{ all['push'](all['shift']()); }} }} }}(t, 7));\
         {decoder}\
         require(d(0x101, 'demo'))[d(0x102, 'demo')](d(0x103, 'demo'));"
    )
}

const PLAIN_ARRAY: &str = "function t() { const a = ['exec', 'id', '5cd', '3ab', 'child_process']; t = function () { return a; }; return t(); }";

const BASE64_ARRAY: &str = "function t() { const a = ['zxHLyW', 'Awq', 'nwnK', 'm2fI', 'y2HPBgrFChjVy2vZCW']; t = function () { return a; }; return t(); }";

/// Base64 with the cases of its letters swapped, undone once and kept.
const BASE64_DECODER: &str = "function d(i, k) { i = i - 0x100; const a = t(); let v = a[i]; \
    if (d['ready'] === undefined) { var u = function (s) { const abc = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/='; \
    let o = '', p = ''; for (let n = 0x0, b, c, j = 0x0; c = s['charAt'](j++); ~c && (b = n % 0x4 ? b * 0x40 + c : c, n++ % 0x4) ? \
    o += String['fromCharCode'](0xff & b >> (-0x2 * n & 0x6)) : 0x0) { c = abc['indexOf'](c); } \
    for (let m = 0x0, l = o['length']; m < l; m++) { p += '%' + ('00' + o['charCodeAt'](m)['toString'](0x10))['slice'](-0x2); } \
    return decodeURIComponent(p); }; d['undo'] = u; d['kept'] = {}; d['ready'] = !![]; } \
    const key = i + a[0x0], known = d['kept'][key]; if (!known) { v = d['undo'](v); d['kept'][key] = v; } else v = known; return v; }";

#[rstest]
#[case::rotated(format!("{PLAIN_ARRAY} function d(i) {{ return d = function (i) {{ return t()[i - 0x100]; }}, d(i); }} {}", rotated("")))]
#[case::wrapped(format!(
    "{PLAIN_ARRAY} const o = {{ n: 0x33 }}; function inner(i) {{ return t()[i - 0x100 - o.n]; }} function d(i, k) {{ return inner(i - -o.n, k); }} {}",
    rotated("")
))]
#[case::base64(format!("{BASE64_ARRAY} {BASE64_DECODER} {}", rotated("")))]
#[case::guarded_decoder(format!(
    "{PLAIN_ARRAY} function d(i) {{ const S = function (x) {{ this['x'] = [0x1, 0x0]; this['f'] = function(){{return'newState';}}; }}; \
     S['prototype']['go'] = function () {{ const r = new RegExp('\\\\w+ *\\\\(\\\\) *{{\\\\w+ *[\\x27|\"].+[\\x27|\"];? *}}')['test'](this['f']['toString']()) ? --this['x'][0x1] : --this['x'][0x0]; \
     if (!Boolean(~r)) return r; while (!![]) {{ this['x']['push'](r); }} }}; new S(d)['go'](); return t()[i - 0x100]; }} {}",
    rotated("")
))]
#[case::rc4(
    "function k(s, key) { let S = [], j = 0, o = ''; for (let i = 0; i < 256; i++) { S[i] = i; } for (let i = 0; i < 256; i++) { \
     j = (j + S[i] + key.charCodeAt(i % key.length)) % 256; [S[i], S[j]] = [S[j], S[i]]; } let a = 0; j = 0; for (let y = 0; y < s.length; y++) { \
     a = (a + 1) % 256; j = (j + S[a]) % 256; [S[a], S[j]] = [S[j], S[a]]; o += String.fromCharCode(s.charCodeAt(y) ^ S[(S[a] + S[j]) % 256]); } return o; } \
     require(k(atob('dqGEb327eGJ92eGn7w=='), 'demo'))[k(atob('cLGIYA=='), 'demo')](k(atob('fK0='), 'demo'))".to_owned()
)]
#[case::flattened(
    "const order = '2|0|1'.split('|'); let at = 0; let cp, what; while (!![]) { switch (order[at++]) { case '0': what = 'i' + 'd'; continue; \
     case '1': cp['exec'](what); continue; case '2': cp = require('child_process'); continue; } break; }".to_owned()
)]
#[case::flattened_in_a_function(
    "function f(c) { const o = { p: '1|0|2' }, s = o['p']['split']('|'); let n = 0x0; let w; while (!![]) { switch (s[n++]) { case '0': w = w + 'd'; continue; \
     case '1': w = 'i'; continue; case '2': c(w); continue; } break; } } f(require('child_process').exec)".to_owned()
)]
#[case::proxies(
    "const p = { a: function (f, x) { return f(x); }, b: function (x, y) { return x + y; }, c: function (x) { return x(); } }; \
     const m = p['a'](require, p['b']('child_', 'process')); p['a'](m['exec'], p['b']('i', 'd'))".to_owned()
)]
#[case::packed(
    "eval(function(p,a,c,k,e,d){e=function(c){return c.toString(a)};if(!''.replace(/^/,String)){while(c--){d[e(c)]=k[c]||e(c)}k=[function(e){return d[e]}];\
     e=function(){return'\\\\w+'};c=1};while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}return p}\
     ('0(\"1\").2(\"3\")',4,4,'require|child_process|exec|id'.split('|'),0,{}))".to_owned()
)]
#[case::coerced(
    "require('child_process').exec(([![]]+[][[]])[+!+[]+[+[]]]+([][[]]+[])[+!+[]+!+[]])".to_owned()
)]
#[case::constructor(r#"[]["filter"]["constructor"]("require('child_process').exec('id')")()"#.to_owned())]
#[case::twice_constructor(r#"[].constructor.constructor("require('child_process').exec('id')")()"#.to_owned())]
#[case::reflected(r#"Reflect.construct(Function, ["require('child_process').exec('id')"])()"#.to_owned())]
#[case::raw_template("eval(String.raw`require('child_process').exec('${'id'}')`)".to_owned())]
#[case::unescaped("eval(unescape('%72equire(%22child_process%22)%2Eexec(%22%u0069d%22)'))".to_owned())]
#[case::by_pattern("eval('require(\"ch1ld_process\").exec(\"1d\")'.replace(/1/g, 'i'))".to_owned())]
#[case::by_callback("eval('require(\"child_process\").exec(\"#105##100#\")'.replace(/#(\\d+)#/g, (all, n) => String.fromCharCode(n)))".to_owned())]
#[case::pairs("eval('726571756972652822636869'.concat('6c645f70726f6365737322292e65786563282269642229').match(/../g).map(h => String.fromCharCode(parseInt(h, 16))).join(''))".to_owned())]
#[case::labelled_jumps(
    "let s = ''; next: for (const c of ['x', 'i', 'y', 'd']) { for (const d of ['x', 'y']) { if (c === d) continue next; } s += c; } \
     all: { for (const n of [1, 2]) { if (n === 1) break all; s += 'z'; } s += 'z'; } require('child_process').exec(s)".to_owned()
)]
#[case::labelled_jumps_in_a_function(
    "function f(list) { let s = ''; next: for (let i = 0; i < list.length; i++) { for (const d of 'xy') { if (list[i] === d) continue next; } s += list[i]; } return s } \
     require('child_process').exec(f('xiyd'))".to_owned()
)]
#[case::do_while("let s = '', i = 0; const a = [105, 100]; do { s += String.fromCharCode(a[i]); i++ } while (i < a.length); require('child_process').exec(s)".to_owned())]
fn javascript(#[case] source: String) {
    runs_id(&npm(&[("index.js", &source)]));
}

#[rstest]
#[case::other_letters("𝓮𝔁𝓮𝓬('import os;os.system(\"id\")')")]
#[case::full_width("import os\nｏｓ.ｓｙｓｔｅｍ('id')")]
#[case::getattr("getattr(__import__('o' + 's'), 'sys' + 'tem')('id')")]
#[case::builtins("getattr(__builtins__, 'ex' + 'ec')('import os;os.system(\"id\")')")]
#[case::module_dictionary("__import__('os').__dict__['system']('id')")]
#[case::vars("vars(__import__('os'))['system']('id')")]
#[case::globals("globals()['__builtins__']['exec']('import os;os.system(\"id\")')")]
#[case::attribute_getter("import operator, os\noperator.attrgetter('system')(os)('id')")]
#[case::getattribute("import os\nos.__getattribute__('system')('id')")]
#[case::lambdas("(lambda f: (lambda g: g(f))(exec))('import os;os.system(\"id\")')")]
#[case::codec_function(
    "exec(__import__('base64').b64decode(__import__('codecs').getencoder('utf-8')('aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ==')[0]))"
)]
#[case::repeating_key(
    "k = b'ab'\nexec(bytes([c ^ k[i % len(k)] for i, c in enumerate(b'\\x08\\x0f\\x11\\r\\x13\\x16A\\r\\x12Y\\x0e\\x11O\\x11\\x18\\x11\\x15\\x07\\x0cJF\\x0b\\x05EH')]))"
)]
#[case::cycled_key(
    "import itertools\nexec(bytes(x ^ y for x, y in zip(b'\\x08\\x0f\\x11\\r\\x13\\x16A\\r\\x12Y\\x0e\\x11O\\x11\\x18\\x11\\x15\\x07\\x0cJF\\x0b\\x05EH', itertools.cycle(b'ab'))))"
)]
#[case::translated(
    "exec('vzcbeg bf;bf.flfgrz(\"vq\")'.translate(str.maketrans('abcdefghijklmnopqrstuvwxyz', 'nopqrstuvwxyzabcdefghijklm')))"
)]
#[case::bytes_translated(
    "exec(b'vzcbeg bf;bf.flfgrz(\"vq\")'.translate(bytes.maketrans(b'abcdefghijklmnopqrstuvwxyz', b'nopqrstuvwxyzabcdefghijklm')))"
)]
#[case::packed_numbers(
    "import struct\nexec(struct.pack('>6I', 0x696d706f, 0x7274206f, 0x733b6f73, 0x2e737973, 0x74656d28, 0x22696422) + b')')"
)]
#[case::subtracted(
    "exec(''.join(chr(n - 7) for n in (112,116,119,118,121,123,39,118,122,66,118,122,53,122,128,122,123,108,116,47,41,112,107,41,48)))"
)]
#[case::dictionary_cipher("d = {'!': 'i', '?': 'd'}\n__import__('os').system(''.join(d[c] for c in '!?'))")]
#[case::literal_text("import ast\n__import__('os').system(ast.literal_eval(\"'i' 'd'\"))")]
#[case::json("import json\n__import__('os').system(json.loads('{\"c\": \"id\"}')['c'])")]
#[case::escapes("exec(b'\\\\x69mport os;os.system(\\\"\\\\u0069d\\\")'.decode('unicode_escape'))")]
#[case::alphabet("import string\na = string.ascii_lowercase\n__import__('os').system(a[8] + a[3])")]
#[case::fernet(
    "from cryptography.fernet import Fernet\nexec(Fernet(b'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=').decrypt(b'gAAAAAAAAAAAAAECAwQFBgcICQoLDA0ODy8udWezRidrO4ZjC4LHSt331Fhpy-6sjE8wbS2A0PmkY_UvlXu9Mfd9o9GSGWt83lXALy5IlZ3sF-XVcpYKRaA='))"
)]
#[case::pickled("import pickle\npickle.loads(b'cos\\nsystem\\n(S\\'id\\'\\ntR.')")]
#[case::pickled_global(
    "import pickle, base64\npickle.loads(base64.b64decode('gASVHQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=='))"
)]
#[case::function_with_a_branch(
    "def f(n):\n    if n > 3:\n        return 'i'\n    return 'd'\n__import__('os').system(f(4) + f(1))"
)]
#[case::version_of_python(
    "import sys\ndef u(t):\n    if sys.version_info[0] == 2:\n        r = unicode().join([unichr(ord(c) - 1) for c in t])\n    else:\n        r = str().join([chr(ord(c) - 1) for c in t])\n    return r\n__import__('os').system(u('je'))"
)]
fn python(#[case] source: &str) {
    runs_id(&pypi(&[("a.py", source)]));
}

fn details(package: &Package, feature: Feature) -> Vec<String> {
    let steps = extract(package, &Reading::default()).sequence.steps;
    steps.into_iter().filter(|step| step.feature == feature).map(|step| step.detail).collect()
}

#[test]
fn marshalled_code_is_listed_as_a_layer() {
    let code = "e300000000000000000000000003000000400000007316000000640064016c005a006500a0016402a1010100640153002903e9000000004e\
                da0269642902da026f73da0673797374656da90072050000007205000000da0178da083c6d6f64756c653e0100000073020000000801";
    let package = pypi(&[("a.py", &format!("import marshal\nexec(marshal.loads(bytes.fromhex('{code}')))"))]);
    let sequence = extract(&package, &Reading::default()).sequence;
    assert_eq!(sequence.layers[0].recipe, ["fromhex", "marshal"]);
    assert!(sequence.layers[0].source.text.contains("os.system"));
    assert_eq!(details(&package, Feature::CallProcess), ["shell computed"]);
}

#[test]
fn a_branch_not_taken_is_still_shown() {
    let source =
        "const cp = require('child_process'); function f(mode) { if (mode === 'a') { return 1 } cp.exec('id') } f('a')";
    runs_id(&npm(&[("index.js", source)]));
}

#[test]
fn an_exact_evaluation_that_fails_leaves_no_trace() {
    // The list is changed before the unknown call ends the trial: the walk that follows must find it unchanged.
    let source = "const cp = require('child_process'); const a = ['i', 'd']; \
                  function f(x) { const first = a.shift(); cp.exec(first + a[0]); return x } f(1)";
    runs_id(&npm(&[("index.js", source)]));
}
