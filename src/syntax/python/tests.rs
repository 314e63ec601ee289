//! The lowering, one row a construct, and the texts that are built to break it.

use rstest::rstest;

use super::lower;
use crate::syntax::ir::Node;
use crate::syntax::ir_print::print;

#[rstest]
#[case("a = b = c, d = f(1, *x, k=2, **y)", "(= a (= b (= (list c d) (call f 1 (... x) k=2 **=(... y)))))")]
#[case("x: int = 1", "(= x 1)")]
#[case(r#"x: exec("a") = 1"#, r#"(seq (? (call exec "a")) (= x 1))"#)]
#[case("a, *b = c", "(= (list a (... b)) c)")]
#[case("x += 1; y @= z", "(Add= x 1); (= y (? z))")]
#[case("print((n := 10))", "(call print (= n 10))")]
#[case("if a: b\nelif c: d\nelse: e", "(if a (seq b) (if c (seq d) (seq e)))")]
#[case("a if b else c if d else e", "(if b a (if d c e))")]
#[case("for i, j in x: y\nelse: z", "(seq (loop (each (list i j) x) (seq y)) (seq z))")]
#[case("while a: break\nelse: continue", "(seq (loop (test a) (seq break)) (seq continue))")]
#[case(
    "try: a\nexcept (X, Y) as e: b\nexcept Z: c\nexcept: d\nelse: e\nfinally: f",
    "(try (seq (seq a) (seq e)) (block (e) (seq (list X Y) (= e (?)) (seq b))) (seq Z (seq c)) (seq (seq d)) (finally (seq f)))"
)]
#[case("try: a\nexcept X, e: b", "(try (seq a) (block (e) (seq X (= e (?)) (seq b))))")]
#[case("with open(x) as f, g(): f.read()", "(managed (= f (call open x)) (call g) (seq (call (. read f))))")]
#[case(
    "with (open(x) as f, g() as h): f.read()",
    "(managed (= f (call open x)) (= h (call g)) (seq (call (. read f))))"
)]
#[case("with (open(x) as f): pass", "(managed (= f (call open x)) (seq null))")]
#[case("match f(x):\n  case [a, *b] if a: c\n  case {'k': v}: d\n  case P(x=y) | 1: e\n  case m.n: q\n  case z as w: q\n  case _: g", r#"(seq (= <match> (call f x)) (if (?) (seq (= (list a (... b)) <match>) (if a (seq c))) (if (?) (seq (= (dict "k" v) <match>) (seq d)) (if (? P 1) (seq (= y (?)) (seq e)) (if (? (. n m)) (seq (seq q)) (if (?) (seq (= w <match>) (= z (?)) (seq q)) (if (?) (seq (seq g)))))))))"#)]
#[case(
    "def f(a, b=1, *args, c: int = 2, **kw) -> str:\n  'doc'\n  global x, y\n  return a, b",
    "(= f (fn f (a b=1 *args c=2 **kw) (global x y) (seq null null (return (list a b)))))"
)]
#[case(
    "async def f(x: exec('1')): yield from await g()",
    r#"(seq (? (call exec "1")) (= f (fn f (x) (seq (yield (await (call g)))))))"#
)]
#[case("def f(a, (b, c)): pass", "(= f (fn f (a (list b c)) (seq null)))")]
#[case("lambda x, *y: x", "(fn _ (x *y) (return x))")]
#[case(
    "@a.b(1)\n@c\nclass C(B, metaclass=M):\n  x = 1\n  def m(self): pass",
    "(decorated (call (. b a) 1) c (= C (class C B M (seq (= x 1) (= m (fn m (self) (seq null)))))))"
)]
#[case("import os", r#"(import "os" root)"#)]
#[case("import os . path", r#"(import "os.path" root)"#)]
#[case("import a.b, c as d", r#"(seq (import "a.b" root) (import "c" as d))"#)]
#[case("from ..x import y as z, w", r#"(import "..x" (y:z w:w))"#)]
#[case("from . import *", r#"(import "." *)"#)]
#[case("from __future__ import annotations", "null")]
#[case("[x for x in y if z for w in x]", "(comprehend x (each x y) (each w x) (if z))")]
#[case("{k: v for k, v in d}", "(comprehend-dict (list k v) (each (list k v) d))")]
#[case("f(x for x in y)", "(call f (comprehend x (each x y)))")]
#[case(
    "a[1:2], a[::-1], a[1, 2:3], a[:], a[b], a[:5]",
    "(list (slice a 1 2 _) (slice a _ _ (Neg 1)) (at a (list 1 (? 2 3))) (slice a _ _ _) (at a b) (slice a _ 5 _))"
)]
#[case(
    "a < b; a < b < c; a not in b; a is not b; a != b",
    "(Lt a b); (? a b c); (NotIn a b); (IsNot a b); (NotEq a b)"
)]
#[case("not a and b and c or d or e", "(Or (And (Not a) b c) d e)")]
#[case("a + b + c - d * e ** f ** g @ h", "(Sub (Add a b c) (? (Mul d (Pow e (Pow f g))) h))")]
#[case("-~-1", "(Neg (BitNot (Neg 1)))")]
#[case(
    "f'a{x!r}b{{}}{y:02x}{z:{w}}{s[1]}'",
    r#"(template "a" x "b{}" (call format y "02x") (call format z w) (at s 1))"#
)]
#[case(r#"f'{x}' 'b' "c""#, r#"(template x "b" "c")"#)]
#[case(r#"x = 'a' 'b' "c""#, r#"(= x "abc")"#)]
#[case("x = b'\\xff' b'a'", r#"(= x b"\xffa")"#)]
#[case("x = rb'\\n'; y = u'\\u00e9'; z = t'a{b}'", r#"(= x b"\\n"); (= y "é"); (= z (template "a" b))"#)]
#[case("1j; 0xff; 1_0.5", "(?); 255; 10.5")]
#[case("del a, b[1]", "(seq (delete a) (delete (at b 1)))")]
#[case("raise X from y", "(throw (? X y))")]
#[case("raise X, 'msg'", r#"(throw (list X "msg"))"#)]
#[case("assert a, b", "(? a b)")]
#[case("print 'x', y", r#"(call print "x" y)"#)]
#[case("print >>f, x", "(call print file=f x)")]
#[case("exec code", "(call exec code)")]
#[case("exec 'code' in ns", r#"(call exec "code" ns)"#)]
#[case("exec a.b('x') in ns, {}", r#"(call exec (call (. b a) "x") ns (dict))"#)]
#[case("if 1: exec 'a' + b; exec = 1", r#"(if 1 (seq (call exec (Add "a" b)) (= exec 1)))"#)]
#[case("x = `y`", r#"(= x (? "y"))"#)]
#[case("'doc'\nf'{x}'", "null; (template x)")]
#[case("{**a, 'b': 1}", r#"(dict null (... a) "b" 1)"#)]
#[case("{1, 2}; (1,); ()", "(list 1 2); (list 1); (list)")]
#[case("a = yield x", "(= a (yield x))")]
#[case("type X = int", "null")]
#[case("...", "(?)")]
#[case("a.b().c[d].e(f)(g)", "(call (call (. e (at (. c (call (. b a))) d)) f) g)")]
#[case("(((a)).b)((c))", "(call (. b a) c)")]
#[case("# one\rx = 1", "(= x 1)")]
fn a_construct_is_lowered(#[case] text: &str, #[case] expected: &str) {
    let unit = lower(text);
    assert_eq!(print(&unit), expected);
    assert_eq!(unit.partial, None);
}

#[rstest]
#[case("foo('x', bar(\n", "(call foo \"x\" (call bar))", 1)]
#[case("\ndef f(:\n    os.system('x')\n", "(call (. system os) \"x\")", 2)]
#[case("x = 'open\ny = f(1)\n", "(= y (call f 1))", 1)]
#[case("def f(x:\n  pass\nfoo(os.system('x'), 'a'\n", "(call foo (call (. system os) \"x\") \"a\")", 1)]
fn a_syntax_error_hides_nothing(#[case] text: &str, #[case] found: &str, #[case] line: usize) {
    let unit = lower(text);
    assert!(print(&unit).contains(found), "{}", print(&unit));
    assert!(unit.partial.unwrap().contains(&format!("line {line};")));
}

/// Repeats a middle between what opens and what closes it.
fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

#[rstest]
#[case::parentheses(nested("(", "f('x')", ")", 100_000), true)]
#[case::sums(nested("f('x')", "", " + a", 1) + &" + a".repeat(50_000), true)]
#[case::calls(nested("f('x')", "", "", 1) + &".b()".repeat(20_000), true)]
#[case::operators(nested("-~", "f('x')", "", 50_000), true)]
#[case::conditionals(nested("a if b else ", "f('x')", "", 20_000), true)]
#[case::elifs(format!("if a: pass\n{}else: f('x')\n", "elif a: b\n".repeat(10_000)), true)]
#[case::continuations("\\\n".repeat(50_000) + "f('x')", true)]
#[case::comments(format!("if a:\n  b\n{}  f('x')\n", "  #\n".repeat(50_000)), true)]
#[case::brackets(nested("[", "f('x')", "]", 100_000), false)]
#[case::arguments(nested("g(", "f('x')", ")", 20_000), false)]
#[case::blocks((0..1_000).map(|i| " ".repeat(i) + "if a:\n").collect::<String>() + &" ".repeat(1_000) + "f('x')\n", false)]
#[case::patterns(format!("match f('x'):\n  case {}: b", nested("[", "1", "]", 5_000)), false)]
#[case::unclosed_calls("g(".repeat(20_000) + "f('x')", false)]
#[case::unclosed_brackets("[".repeat(100_000) + "f('x')", false)]
#[case::unclosed_text("x = 'abc\n".repeat(5_000) + "f('x')\n", false)]
#[case::unclosed_format("f'{".repeat(5_000) + "f('x')", false)]
#[case::unclosed_blocks("def g(\n".repeat(5_000) + "f('x')\n", false)]
fn a_hostile_text_is_read_to_its_call(#[case] text: String, #[case] whole: bool) {
    let unit = lower(&text);
    let name = |id| matches!(unit.node(id), Node::Name(name) if **name == *"f");
    let text = |id| matches!(unit.node(id), Node::Str(text) if **text == *"x");
    let found = unit.nodes.iter().any(|node| {
        matches!(node, Node::Call { callee, args, .. } if name(*callee) && args.first().is_some_and(|arg| text(arg.value)))
    });
    assert!(found);
    assert_eq!(unit.partial.is_none(), whole);
}
