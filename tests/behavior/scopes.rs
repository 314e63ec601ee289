//! JavaScript's names belong where the language says: an inner one never blinds the reader for the outer one.

use cerebro::behavior::Feature;
use rstest::rstest;

use super::{codes, has, steps};

/// A stretch that declares `cp` for itself, between the outer `cp` and its use.
#[rstest]
#[case::parameter("function f(cp) { cp = 1 } f(2)")]
#[case::arrow_parameter("[1].map(cp => cp)")]
#[case::destructured_parameter("function f({ cp }) {} f({ cp: 1 })")]
#[case::deep_parameter("function f({ a: [{ cp = 2 }] }, ...rest) {} f({ a: [{}] })")]
#[case::rest_parameter("function f(...cp) {} f(1)")]
#[case::default_parameter("function f(cp = 3) {} f()")]
#[case::method_parameter("({ go(cp) { cp = 1 } }).go(2)")]
#[case::setter_parameter("const o = { set x(cp) { cp = 1 } }; o.x = 1")]
#[case::block_let("{ let cp = 1 }")]
#[case::block_const("{ const cp = 1 }")]
#[case::block_destructured("{ const { a: cp } = { a: 1 } }")]
#[case::block_class("{ class cp {} }")]
#[case::block_function("{ function cp() {} }")]
#[case::nested_block("{ { { let cp; cp = 1 } } }")]
#[case::branch("if (Math.random() > 1) { const cp = 1 } else { let cp = 2 }")]
#[case::caught("try {} catch (cp) { cp = 1 }")]
#[case::caught_pattern("try {} catch ({ message: cp }) { cp = 1 }")]
#[case::finally("try {} finally { let cp = 1 }")]
#[case::for_let("for (let cp = 0; cp < 3; cp++) {}")]
#[case::for_of("for (const cp of [1, 2]) {}")]
#[case::for_in("for (let cp in { a: 1 }) {}")]
#[case::for_pattern("for (const [cp] of [[1]]) {}")]
#[case::switch("switch (1) { case 1: let cp = 2 }")]
#[case::function_expression("(function cp() { return cp })()")]
#[case::class_expression("new (class cp {})()")]
#[case::class_member("class A { cp = 1; static cp = 2; m() { this.cp = 3 } } new A().m()")]
#[case::static_block("class A { static { let cp = 1 } }")]
#[case::inner_var("(function () { var cp = 1 })()")]
#[case::hoisted_var("(function () { cp = 1; if (0) { var cp } })()")]
#[case::hoisted_function("(function () { cp = 1; function cp() {} })()")]
#[case::evaluated("eval('let cp = 1; cp')")]
#[case::function_of_text("new Function('cp', 'cp = 1')(2); Function('var cp = 1')()")]
#[case::label("a: { let cp = 1; break a }")]
fn an_inner_name_leaves_the_outer_one_alone(#[case] inner: &str) {
    let source = format!("const cp = require('child_process');\n{inner};\ncp.exec('id')");
    let found = steps("index.js", &source);
    assert!(
        found.iter().any(|step| step.feature == Feature::CallProcess && step.line == 3),
        "{source}\n{:?}",
        codes(&found)
    );
}

/// The same for what a module is given or the engine has.
#[rstest]
#[case::block("{ let require = 1; let eval = 2 }")]
#[case::parameter("(function (eval, require) {})(1, 2)")]
#[case::arrow("[1].forEach(require => 0); [1].forEach(eval => 0)")]
#[case::caught("try {} catch (require) { require = 0 } try {} catch (eval) { eval = 0 }")]
#[case::looped("for (let require of [1]) {} for (let eval of [1]) {}")]
#[case::inner("(function () { var require = 1, eval = 2 })()")]
fn a_shadowed_global_is_one_only_inside(#[case] inner: &str) {
    let source = format!("{inner};\nrequire('child_process').exec('id')\neval(process.argv[2])");
    let found = steps("index.js", &source);
    let on = |feature, line| found.iter().any(|step| step.feature == feature && step.line == line);
    assert!(on(Feature::CallProcess, 2) && on(Feature::EvaluateCode, 3), "{source}\n{:?}", codes(&found));
}

/// What closes over a name sees the one around it, and the value of its round.
#[rstest]
#[case::closure("const cp = require('child_process'); const go = () => cp.exec('id'); { const cp = 1; go() }")]
#[case::later("let go; { const cp = require('child_process'); go = () => cp.exec('id') } const cp = 1; go()")]
#[case::rounds(
    "const all = []; for (const m of [require('child_process'), 1, 2]) all.push(() => m.exec('id')); for (const f of all) f()"
)]
#[case::hoisted("go(); function go() { require('child_process').exec('id') }")]
#[case::hoisted_out_of_a_block("{ function go() { require('child_process').exec('id') } } go()")]
#[case::var_of_a_block("{ var cp = require('child_process') } cp.exec('id')")]
#[case::var_of_a_loop("for (var cp of [require('child_process')]) {} cp.exec('id')")]
#[case::var_of_a_catch("try { throw 1 } catch (e) { var cp = require('child_process') } cp.exec('id')")]
#[case::own_name("(function go(n) { if (n) require('child_process').exec('id'); else go(1) })(0)")]
#[case::bundled(
    "(function (e) { e({ 1: function (require) { require('child_process').exec('id') } }) })(function (m) { m[1](require) })"
)]
#[case::handed_in("define(['require'], function (require) { require('child_process').exec('id') })")]
#[case::global("(function () { cp = require('child_process') })(); cp.exec('id')")]
fn a_name_is_found_where_it_belongs(#[case] source: &str) {
    has("index.js", source, Feature::CallProcess);
}

#[rstest]
#[case::block("{ let cp = require('child_process') } cp.exec('id')")]
#[case::parameter("(function (cp) {})(require('child_process')); cp.exec('id')")]
#[case::class_member("class A { exec = require('child_process').exec } ; exec('id')")]
fn what_ended_is_gone(#[case] source: &str) {
    let found = steps("index.js", source);
    let called = found.iter().any(|step| step.feature == Feature::CallProcess && step.detail.contains("id"));
    assert!(!called, "{source}\n{found:?}");
}
