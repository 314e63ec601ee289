//! Functions that come to a call by ways of which only one is sure: fallbacks, tables, promises, exceptions, proxies, helpers
//! of compilers. The command is seen with its words.

use cerebro::behavior::Feature;
use rstest::rstest;

use super::{codes, steps};

/// Some command says `echo`.
fn echoes(path: &str, source: &str) {
    let steps = steps(path, source);
    let found = steps.iter().any(|step| step.feature == Feature::CallProcess && step.detail.contains("echo"));
    assert!(found, "{source}\n{:?}", codes(&steps));
}

#[rstest]
#[case::option_of_unknown("const o = globalThis.opts; (o.run || cp.exec)('echo a')")]
#[case::option_of_parameter("module.exports = o => { const x = o.x || cp; x.exec('echo a') }")]
#[case::name_without_value("var x = x || cp; x.exec('echo a')")]
#[case::assigned_if_null("let y; y ??= cp; y.exec('echo a')")]
#[case::assigned_if_false("let y; (y ||= cp).exec('echo a')")]
#[case::table_by_platform("({ win32: cp.exec, linux: cp.execSync })[process.platform]('echo a')")]
#[case::table_kept("const f = { a: cp.exec, b: cp.execSync }; module.exports = k => f[k]('echo a')")]
#[case::table_of_own("const f = { a: c => cp.exec(c), b: c => c }; module.exports = k => f[k]('echo a')")]
#[case::list_by_place("const f = [cp.exec]; module.exports = k => f[k]('echo a')")]
#[case::promise("new Promise(done => done(cp)).then(m => m.exec('echo a'))")]
#[case::promise_awaited("(async () => (await new Promise((yes, no) => yes(cp.exec)))('echo a'))()")]
#[case::import_destructured("import('child_process').then(({ exec }) => exec('echo a'))")]
#[case::thrown("try { throw cp } catch (e) { e.exec('echo a') }")]
#[case::thrown_destructured("try { throw cp } catch ({ exec: go }) { go('echo a') }")]
#[case::thrown_deep("function t() { throw cp } try { t() } catch (e) { e.exec('echo a') }")]
#[case::proxy_members("new Proxy({}, { get: (t, k) => cp[k] }).exec('echo a')")]
#[case::proxy_call("new Proxy(function () {}, { apply: (t, s, a) => cp.exec(...a) })('echo a')")]
#[case::global_by_key("global['_x'] = cp; globalThis._x.exec('echo a')")]
#[case::timer_bound("setTimeout(cp.exec.bind(cp, 'echo a'), 5)")]
#[case::bound_by_prototype("Function.prototype.bind.call(cp.exec, null, 'echo a')()")]
#[case::found_by_name("Object.values(cp).find(f => f.name === 'exec')('echo a')")]
#[case::constructor_gives("new (class { constructor() { return { go: cp.exec } } })().go('echo a')")]
#[case::default_helper(
    "const __importDefault = m => m && m.__esModule ? m : { default: m }; __importDefault(require('child_process')).default.exec('echo a')"
)]
#[case::star_helper(
    "const __importStar = m => { if (m && m.__esModule) return m; const r = {}; for (const k in m) r[k] = m[k]; r.default = m; return r }; __importStar(require('child_process')).exec('echo a')"
)]
#[case::interop(
    "const c = _interopRequireDefault(require('child_process')); function _interopRequireDefault(o) { return o && o.__esModule ? o : { default: o } } c.default.exec('echo a')"
)]
fn in_javascript(#[case] call: &str) {
    echoes("index.js", &format!("const cp = require('child_process'); {call}"));
}

#[rstest]
#[case::or_unknown("def f(o):\n    (o.run or os.system)('echo a')")]
#[case::table("def f(k):\n    {'a': os.system}[k]('echo a')")]
#[case::table_get("def f(k):\n    {'a': os.system}.get(k, os.popen)('echo a')")]
#[case::table_by_platform("import sys\n{'linux': os.system, 'win32': os.popen}[sys.platform]('echo a')")]
#[case::popped("def f(**kw):\n    kw.pop('run', os.system)('echo a')")]
#[case::set_default("d = {}\nd.setdefault('k', os.system)('echo a')")]
#[case::attribute_default("def f(o):\n    getattr(o, 'run', os.system)('echo a')")]
#[case::last_of_many("*_, f = 1, 2, os.system\nf('echo a')")]
#[case::middle("a, *f, b = 1, os.system, 2\nf[0]('echo a')")]
#[case::least("min('echo a', 'x', key=os.system)")]
#[case::class_method("class A:\n    @classmethod\n    def go(cls, c): os.system(c)\nA.go('echo a')")]
#[case::static_method("class A:\n    @staticmethod\n    def go(c): os.system(c)\nA().go('echo a')")]
#[case::static_value("class A:\n    go = staticmethod(os.system)\nA().go('echo a')")]
#[case::namespace("import types\ntypes.SimpleNamespace(go=os.system).go('echo a')")]
#[case::exit_stack("import contextlib\nwith contextlib.ExitStack() as s: s.callback(os.system, 'echo a')")]
#[case::private_name("import tempfile\ntempfile._os.system('echo a')")]
#[case::of_path("import os.path as p\np.os.system('echo a')")]
#[case::keywords("from threading import Thread\nThread(target=os.system, kwargs={'command': 'echo a'}).start()")]
#[case::enumeration("from enum import Enum\nclass P(Enum):\n    C = 'echo a'\nos.system(P.C.value)")]
#[case::entities("import html\nos.system(html.unescape('echo&#32;a'))")]
#[case::tree("import ast\nexec(compile(ast.parse('import os; os.system(\"echo a\")'), '', 'exec'))")]
#[case::spawned("os.spawnlp(os.P_WAIT, 'echo', 'echo', 'a')")]
#[case::matched_as("match 'echo a':\n    case 'x' | 'echo a' as c:\n        os.system(c)")]
fn in_python(#[case] source: &str) {
    echoes("a.py", &format!("import os\n{source}"));
}

/// What is known is not given up for what only looks like it.
#[rstest]
#[case::own_member("const f = window.fetch || (() => 1); f('https://example.com')", Feature::CallNetwork, true)]
#[case::own_table(
    "const f = { a: x => x, b: y => y }; module.exports = k => f[k]('echo a')",
    Feature::CallProcess,
    false
)]
#[case::own_proxy("new Proxy({}, { get: (t, k) => k }).exec('echo a')", Feature::CallProcess, false)]
#[case::own_error("try { throw { exec: s => s } } catch (e) { e.exec('echo a') }", Feature::CallProcess, false)]
#[case::own_default(
    "const _interopDefault = m => m; _interopDefault({ exec: s => s }).exec('echo a')",
    Feature::CallProcess,
    false
)]
fn look_alikes(#[case] source: &str, #[case] feature: Feature, #[case] expected: bool) {
    let steps = steps("index.js", source);
    assert_eq!(steps.iter().any(|step| step.feature == feature), expected, "{:?}", codes(&steps));
}
