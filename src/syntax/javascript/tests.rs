//! One row a construct: what is written, what it is lowered to.

use rstest::rstest;

use super::lower;
use crate::syntax::ir::{Language, Node, NodeId};
use crate::syntax::ir_print::print;

fn check(source: &str, language: Language, lowered: &str) {
    let unit = lower(source, language);
    assert_eq!(print(&unit), lowered);
}

#[rstest]
#[case::string_escapes(r#"x = 'a\x41\u{42}' + "q""#, r#"(= x (Add "aAB" "q"))"#)]
#[case::template("`a${b}c${`d${e}`}`", r#"(template "a" b "c" (template "d" e))"#)]
#[case::template_without_substitution(r"`a\n`; ``", r#""a\n"; """#)]
#[case::tagged_template(
    r"tag`a${1}b\n`; String.raw`\n${a}`",
    r#"(call tag (list "a" "b\n") 1); (call (. raw String) (list "\\n" "") a)"#
)]
#[case::numbers("[0x10, 0b11, 017, 1_0n, .5]", "(list 16 3 15 10 0.5)")]
#[case::constants("[true, false, null, undefined, void 0, NaN]", "(list true false null null (Void 0) NaN)")]
#[case::regex("/ab+c/gi.test(x)", r#"(call (. test Regex(("ab+c", "gi"))) x)"#)]
#[case::raw_nul("x = `a\0${b}`", r#"(= x (template "a\0" b))"#)]
fn literals(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::object("({a, 'b-c': 1, 3: 2, [d]: 3, ['e']: 4, ...f})", r#"(dict "a" a "b-c" 1 "3" 2 d 3 "e" 4 null (... f))"#)]
#[case::methods(
    "({f() { g }, async *h() {}, get i() {}, set i(v) {}, j: () => 1, k: function l() {}})",
    r#"(dict "f" (fn f () (seq g)) "h" (fn h () (seq)) "get:i" (fn get:i () (seq)) "set:i" (fn set:i (v) (seq)) "j" (fn j () (return 1)) "k" (block (l) (= l (fn l () (seq)))))"#,
)]
#[case::array_with_holes("[1, , 2, ...a, ,]", "(list 1 null 2 (... a) null)")]
#[case::members(
    "a.b?.c?.[d]?.(e); a['b']; this.x; super.y()",
    r#"(call (at (. c (. b a)) d) e); (at a "b"); (. x this); (call (. y super))"#
)]
#[case::private_members(
    "class A { #p = 1; m() { this.#p; #p in o } }",
    "(= A (class A (seq (= #p 1) (= m (fn m () (seq (. #p this) (In #p o)))))))"
)]
fn objects(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::calls(
    "f(1, ...a); new Foo(1); new Foo; new (foo())(); new a.b.C()",
    "(call f 1 (... a)); (new Foo 1); (new Foo); (new (call foo)); (new (. C (. b a)))"
)]
#[case::module_calls(
    "import('x').then(y => y); require('fs'); import.meta.url",
    r#"(call (. then (call import "x")) (fn _ (y) (return y))); (call require "fs"); (. url import.meta)"#
)]
#[case::new_target("function f() { new.target }", "(= f (fn f () (seq (?))))")]
#[case::unary(
    "delete a.b; typeof a; !b; -c; ~d; +e; !!![]",
    "(delete (. b a)); (Typeof a); (Not b); (Neg c); (BitNot d); (Plus e); (Not (Not (Not (list))))"
)]
#[case::binary(
    "a in b; a instanceof B; a ** b ** c; a === b; a !== b; a >>> 1",
    "(In a b); (Is a B); (Pow a (Pow b c)); (Eq a b); (NotEq a b); (UnsignedShr a 1)"
)]
#[case::comparisons_are_not_one_chain("a < b < c", "(Lt (Lt a b) c)")]
#[case::chains_of_one_operator("a + b - c - d + e", "(Add (Sub (Add a b) c d) e)")]
#[case::logic("a && b && c || d; a ?? b", "(Or (And a b c) d); (Coalesce a b)")]
#[case::update("a++; --b; a += 1; a >>>= 2", "(AddAdd a); (Sub= b 1); (Add= a 1); (UnsignedShr= a 2)")]
#[case::logical_assignment(
    "a ??= b; a.x ||= c; d &&= e",
    "(= a (Coalesce a b)); (= (. x a) (Or (. x a) c)); (= d (And d e))"
)]
#[case::sequence("a, b, c", "(seq a b c)")]
#[case::receiver_taken_away("(0, eval)('1'); (1, a.b)(c)", r#"(call eval "1"); (call (. b a) c)"#)]
#[case::conditional("a ? b : c ? d : e", "(if a b (if c d e))")]
#[case::assignment_chain("a = b.c = exports.d = function () {}", "(= a (= (. c b) (= (. d exports) (fn d () (seq)))))")]
#[case::await_and_yield(
    "async function f() { await g() } function* h() { yield 1; yield* i(); yield }",
    "(= f (fn f () (seq (await (call g))))); (= h (fn h () (seq (yield 1) (yield (call i)) (yield))))"
)]
#[case::comments("a /* c */ . /* d */ b ( /* e */ 1 ) // f", "(call (. b a) 1)")]
#[case::parentheses("((a)); ((b))((c))", "a; (call b c)")]
#[case::escaped_name(r"\u0065val('x')", r#"(call eval "x")"#)]
#[case::jsx(
    r#"<Foo.Bar a={b} {...c} href="https://example.com">text {d} <div>{e()}</div></Foo.Bar>"#,
    r#"(? (. Bar Foo) b (... c) "https://example.com" d (call e))"#
)]
fn expressions(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::object_pattern(
    "let {c, d: e = 2, [f]: g, h = 3, ...i} = x",
    r#"(= (dict "c" c "d" (= e 2) f g "h" (= h 3) null (... i)) x)"#
)]
#[case::array_pattern("const [i,, j = 3, ...k] = y", "(= (list i null (= j 3) (... k)) y)")]
#[case::assigned_pattern(
    "[a, b.c] = [b, a]; ({a, b: c.d, e = 1} = o)",
    r#"(= (list a (. c b)) (list b a)); (= (dict "a" a "b" (. d c) "e" (= e 1)) o)"#
)]
#[case::parameters(
    "function f(a, {b, c: [d]} = {}, e = 1, ...g) {}",
    r#"(= f (fn f (a (dict "b" b "c" (list d))=(dict) e=1 *g) (seq)))"#
)]
fn patterns(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::arrows(
    "x => y; (a) => { b }; async () => c; x => ({a: 1})",
    r#"(fn _ (x) (return y)); (fn _ (a) (seq b)); (fn _ () (return c)); (fn _ (x) (return (dict "a" 1)))"#
)]
#[case::names_from_targets(
    "const f = () => 1; g.h = class {}; let {i = () => 2} = j; var k = function l() {}",
    r#"(= f (fn f () (return 1))); (= (. h g) (class h (seq))); (= (dict "i" (= i (fn i () (return 2)))) j); (= k (block (l) (= l (fn l () (seq)))))"#,
)]
#[case::blocks(
    "function f(a) { { let b; function c() {} function a() {} } { var d; class e {} } for (;;) { const f = 1 } }",
    "(= f (fn f (a) (locals c d) (seq (block (a b) (seq (= c (fn c () (seq))) (= a (fn a () (seq))))) (block (e) (seq (= e (class e (seq))))) (loop (block (f) (seq (= f 1)))))))"
)]
#[case::labels(
    "a: for (let i = 0; ; ) for (x of y) { if (x) continue a; break } b: { break b }",
    "(block (i) (seq (= i 0) (loop #1 (loop (each x y) (seq (if x (continue #1)) break))))); (labeled #2 (seq (break #2)))"
)]
#[case::switch_block("switch (a) { case 1: let b = 1; break }", "(block (b) (switch a (case 1 (seq (= b 1) break))))")]
#[case::hoisting(
    "f(); function f() { g(); function g() {} }",
    "(= f (fn f () (locals g) (seq (= g (fn g () (seq))) (call g)))); (call f)"
)]
#[case::locals(
    "function f() { var z; let [w] = v; for (const q of r) {} try {} catch (e) {} class C {} outer = 1; function g() { var inner } }",
    "(= f (fn f () (locals C g w z) (seq (= g (fn g () (locals inner) (seq))) (= (list w) v) (block (q) (loop (each q r) (seq))) (try (seq) (block (e) (seq (= e caught) (seq)))) (= C (class C (seq))) (= outer 1))))"
)]
fn functions(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::class_body(
    "class A extends B { static s = 1; t; constructor(x) { super(x) } static m() {} get g() { return 1 } async *[k]() {} static { init() } ['c']() {} }",
    "(= A (class A B (seq (= s 1) (= t null) (= constructor (fn constructor (x) (seq (call super x)))) (= m (fn m () (seq))) (= get:g (fn get:g () (seq (return 1)))) (= (at this k) (fn _ () (seq))) (seq (call init)) (= c (fn c () (seq))))))"
)]
#[case::class_expression(
    "const C = class {}; (class D extends a.b {})",
    "(= C (class C (seq))); (block (D) (= D (class D (. b a) (seq))))"
)]
#[case::decorators(
    "@dec @dec2(1) class A { @field x = 1; @meth() m() {} }",
    "(decorated dec (call dec2 1) (= A (class A (seq (decorated field (= x 1)) (decorated (call meth) (= m (fn m () (seq))))))))"
)]
fn classes(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::directive_and_hashbang("#!/usr/bin/env node\n'use strict'; a", "a")]
#[case::declarations("var a = 1, b; let c; using d = e", "(= a 1); (= d e)")]
#[case::if_chain("if (a) b(); else if (c) { d() } else e()", "(if a (call b) (if c (seq (call d)) (call e)))")]
#[case::for_loop(
    "for (let i = 0, n = 3; i < n; i++) f(i); for (;;) { break }",
    "(block (i n) (seq (= i 0) (= n 3) (loop (test (Lt i n)) (after (AddAdd i)) (call f i)))); (loop (seq break))"
)]
#[case::for_each(
    "for (const k in o) g(k); for (x of y); for (var [a, b] of c) { continue }",
    "(block (k) (loop (each k (Keys o)) (call g k))); (loop (each x y) (seq)); (loop (each (list a b) c) (seq continue))"
)]
#[case::while_loops(
    "while (a) b(); do { c() } while (d)",
    "(loop (test a) (call b)); (loop first (test d) (seq (call c)))"
)]
#[case::switch(
    "switch (a) { case 1: b(); break; case 'x': { c(); break } default: for (;;) break }",
    r#"(switch a (case 1 (seq (call b) break)) (case "x" (seq (seq (call c) break))) (default (seq (loop break))))"#
)]
#[case::try_catch(
    "try { a() } catch (e) { b(e) } finally { c() }",
    "(try (seq (call a)) (block (e) (seq (= e caught) (seq (call b e)))) (finally (seq (call c))))"
)]
#[case::try_without_binding("try {} catch { d() }", "(try (seq) (seq (seq (call d))))")]
#[case::others(
    "throw new Error('x'); l: for (;;) { break l } with (o) { p } debugger; ; return q",
    r#"(throw (new Error "x")); (loop #1 (seq (break #1))); (with o (seq p)); (return q)"#
)]
fn statements(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::imports(
    "import 'm'; import d from 'm'; import * as n from 'm'; import {a, b as c, default as e, 'x-y' as z} from 'm'",
    r#"(import "m"); (import "m" (default:d)); (import "m" as n); (import "m" (a:a b:c default:e x-y:z))"#
)]
#[case::mixed_imports(
    "import f, {g} from 'm'; import h, * as i from 'm'; import {} from 'm'",
    r#"(import "m" (default:f g:g)); (import "m" (default:h)); (import "m" as i); (import "m" ())"#
)]
#[case::hoisted_imports("a(); import x from 'm'", r#"(import "m" (default:x)); (call a)"#)]
#[case::exported_declarations(
    "export const q = 1, {r, s: [t]} = u; export class K {} export function fn() {}",
    r#"(= fn (fn fn () (seq))); (= (. fn exports) fn); (= q 1); (= (dict "r" r "s" (list t)) u); (= (. q exports) q); (= (. r exports) r); (= (. t exports) t); (= K (class K (seq))); (= (. K exports) K)"#,
)]
#[case::export_default("export default {a: 1}", r#"(= (. default exports) (dict "a" 1))"#)]
#[case::export_default_function("export default function () {}", "(= (. default exports) (fn default () (seq)))")]
#[case::export_default_named("export default class K {}", "(= K (class K (seq))); (= (. default exports) K)")]
#[case::export_list_comes_last("export {a as b, c}; const a = 1", "(= a 1); (= (. b exports) a); (= (. c exports) c)")]
#[case::export_from(
    "export {a as b, default} from 'm'; export * from 'n'; export * as ns from 'o'",
    r#"(import "m" (a:export:b default:export:default)); (= (. b exports) export:b); (= (. default exports) export:default); (export "n" *); (export "o" ns)"#,
)]
#[case::commonjs(
    "module.exports = { a: require('x') }; exports.y = y => y",
    r#"(= (. exports module) (dict "a" (call require "x"))); (= (. y exports) (fn y (y) (return y)))"#
)]
fn modules(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case::import_require(
    "import x = require('m'); import y = A.B.c; export = z",
    r#"(= x (call require "m")); (= y (. c (. B A))); (= (. exports module) z)"#
)]
#[case::types_only(
    "interface I { a: string } type A = B; declare const c: string; declare module 'd' {} import type T from 't'; export type {X} from 'x'",
    ""
)]
#[case::type_specifiers("import {type U, V} from 'u'", r#"(import "u" (V:V))"#)]
#[case::type_expressions(
    "a as string; b!; <any>c; d satisfies E; f<string>(g!.h as any)",
    "a; b; c; d; (call f (. h g))"
)]
#[case::typed_declarations(
    "let x: number; const y: string = 'a'; function z(a?: string): a is string { return true }",
    r#"(= z (fn z (a) (seq (return true)))); (= y "a")"#
)]
#[case::overloads("function f(a: string): void; function f(a: any) {}", "(= f (fn f (a) (seq)))")]
#[case::class_members(
    "abstract class F<T> extends G<T> implements H { abstract m(): void; private readonly x: number = 1; constructor(private a: string, public b = 2) { super() } m2(this: F, ...r: any[]): void {} [key: string]: any }",
    "(= F (class F G (seq (= x 1) (= constructor (fn constructor (a b=2) (seq (= (. a this) a) (= (. b this) b) (seq (call super))))) (= m2 (fn m2 (*r) (seq))))))"
)]
#[case::decorated_class(
    "@Component({a: 1}) export class A { @Input() x: string; constructor(@Inject(T) private t: T) {} @Host() m() {} }",
    r#"(decorated (call Component (dict "a" 1)) (= A (class A (seq (decorated (call Input) (= x null)) (decorated (call Inject T) (= constructor (fn constructor (t) (seq (= (. t this) t) (seq))))) (decorated (call Host) (= m (fn m () (seq)))))))); (= (. A exports) A)"#,
)]
#[case::enums(
    "enum E { A, B = 5, C, 'd-e', F = 'x' } export enum J { K }",
    r#"(= E (dict "A" 0 "B" 5 "C" 6 "d-e" 7 "F" "x")); (= J (dict "K" 0)); (= (. J exports) J)"#
)]
#[case::namespaces(
    "namespace N { export const a = 1; export function f() {} }",
    "(= N (dict)); (block (a) (seq (= f (fn f () (seq))) (= (. f N) f) (= a 1) (= (. a N) a)))"
)]
fn typescript(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::TypeScript, lowered);
}

#[rstest]
#[case::tsx("const e: X = <Foo<string> a={b as any}>{c}</Foo>", "(= e (? Foo b c))")]
fn tsx(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::Tsx, lowered);
}

#[rstest]
#[case::unclosed_call("eval(atob('eA==')", r#"(seq (call eval (call atob "eA==")))"#)]
#[case::unclosed_string(r#"eval("x"#, r#"(seq (call eval "x"))"#)]
#[case::unclosed_nest("function f() { g(h('x'), i.j(", r#"(seq f (?) (call g (call h "x") (call (. j i))))"#)]
#[case::stray_closers(") ] } eval(a) ) ] }", "(seq (call eval a))")]
#[case::missing_bracket(
    "const a = [1, 2; require('x').y('z')",
    r#"(= a (list 1 2)); (call (. y (call require "x")) "z")"#
)]
#[case::missing_name("if (a { b() } c()", "(if a (seq (call b))); (call c)")]
fn errors(#[case] source: &str, #[case] lowered: &str) {
    check(source, Language::JavaScript, lowered);
}

#[rstest]
#[case("a()", false)]
#[case("let {platform}: Object = process", false)] // Types in JavaScript: the other grammar reads them.
#[case("x = `a\0b`", false)]
#[case("eval(", true)]
#[case("a b c", true)]
fn errors_are_said(#[case] source: &str, #[case] partial: bool) {
    assert_eq!(lower(source, Language::JavaScript).partial.is_some(), partial);
}

/// What is written `times` times before and after a call in the middle. Walking any of these by recursion, or reaching
/// children by their number, crashes or takes minutes. The call must still be found.
#[rstest]
#[case::parentheses("(", ")", 100_000, false)]
#[case::brackets("[", "]", 100_000, true)]
#[case::braces("{", "}", 100_000, true)]
#[case::objects("x={a:", "}", 1, false)]
#[case::nested_objects("[{a:", "}]", 20_000, true)]
#[case::calls("f(", ")", 20_000, true)]
#[case::functions("(function(){", "})()", 10_000, true)]
#[case::arrows("x=>", "", 20_000, true)]
#[case::blocks("if(a){", "}", 20_000, true)]
#[case::loops("while(a)", "", 20_000, true)]
#[case::templates("`${", "}`", 10_000, true)]
#[case::constructors("new ", "", 20_000, true)]
#[case::not("!", "", 50_000, false)]
#[case::assignments("a=", "", 20_000, false)]
#[case::elements("1,", ",1", 50_000, false)]
#[case::additions("a+", "+a", 50_000, false)]
#[case::mixed_operators("a+b-", "+a-b", 20_000, false)]
#[case::conditions("a&&b||", "", 20_000, false)]
#[case::call_chain("", ".b()", 20_000, false)]
#[case::member_chain("", "?.b[0]", 20_000, false)]
#[case::ternaries("a?b:", "", 20_000, false)]
#[case::branches("if(a)b();else ", "", 10_000, false)]
#[case::folding_noise("[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]]+", "", 2_000, false)]
#[case::folding_nest("[][(![]+[])[+", "]]", 2_000, true)]
#[case::unclosed_brackets("", "[", 50_000, true)]
#[case::unclosed_calls("", ";f(", 20_000, true)]
#[case::unclosed_templates("", ";`${", 10_000, true)]
#[case::only_closers("", ")]}", 10_000, true)]
#[case::elements_of_jsx("<a>{", "}</a>", 5_000, true)]
fn hostile_shapes_are_survived(#[case] before: &str, #[case] after: &str, #[case] times: usize, #[case] partial: bool) {
    let source = format!("{}evil('needle'){}", before.repeat(times), after.repeat(times));
    let unit = lower(&source, Language::JavaScript);
    assert!(unit.nodes.iter().any(|node| matches!(node, Node::Str(text) if &**text == "needle")));
    assert!(unit.nodes.iter().any(|node| matches!(node, Node::Call { .. })));
    assert_eq!(unit.partial.is_some(), partial);
}

#[test]
fn what_lies_too_deep_keeps_its_calls_in_order() {
    let source = format!("{}require('fs').rmSync(home, a[0]), `t${{b}}`{}", "[".repeat(500), "]".repeat(500));
    let unit = lower(&source, Language::JavaScript);
    let loose = unit.nodes.iter().rev().find_map(|node| match node {
        Node::Opaque(parts) if parts.len() > 1 => Some(parts.clone()),
        _ => None,
    });
    let mut only = unit.clone();
    only.nodes.push(Node::Seq(loose.unwrap()));
    only.body = crate::syntax::ir::NodeId(unit.nodes.len() as u32);
    assert_eq!(print(&only), r#"(call (. rmSync (?)) home (?)); (call require "fs"); a; "t"; b"#);
}

#[test]
fn spans_are_those_of_the_text() {
    let source = "é; /* */ foo.bar('x', () => { y })";
    let unit = lower(source, Language::JavaScript);
    let of = |wanted: fn(&Node) -> bool| {
        let index = unit.nodes.iter().position(wanted).unwrap();
        let at = unit.span(NodeId(u32::try_from(index).unwrap()));
        &source[at.start..at.end]
    };
    assert_eq!(of(|node| matches!(node, Node::Call { .. })), "foo.bar('x', () => { y })");
    assert_eq!(of(|node| matches!(node, Node::Str(_))), "'x'");
    assert_eq!(of(|node| matches!(node, Node::Function(_))), "() => { y }");
    assert_eq!(of(|node| matches!(node, Node::Member(..))), "foo.bar");
}
