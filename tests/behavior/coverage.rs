//! No call is left out: whatever a condition, a jump or a loop says, every call of the code is interpreted once at least, or
//! it is told that it was not.

use std::fmt::Write as _;
use std::path::Path;

use cerebro::behavior::{Feature, Reading, Sequence, extract};
use cerebro::package::{OpenOptions, open};
use rstest::rstest;

use super::{codes, npm, pypi};

fn read(path: &str, source: &str) -> Sequence {
    let files = [(path, source)];
    extract(&if path.ends_with(".py") { pypi(&files) } else { npm(&files) }, &Reading::default()).sequence
}

/// `GO` stands for the call; an unknown platform must not be taken for one that is not listed.
#[rstest]
#[case::includes("if (!['linux', 'win32'].includes(process.platform)) return; GO")]
#[case::index_of("if (['linux'].indexOf(process.platform) < 0) return; GO")]
#[case::index_of_text("if ('linux,win32'.indexOf(process.platform) === -1) return; GO")]
#[case::in_object("if (!(process.platform in { linux: 1 })) return; GO")]
#[case::member("if (!{ linux: 1 }[process.platform]) return; GO")]
#[case::has("if (!new Set(['linux']).has(process.platform)) return; GO")]
#[case::map_has("if (!new Map([['linux', 1]]).has(process.platform)) return; GO")]
#[case::some("if (!['linux'].some(p => p === process.platform)) return; GO")]
#[case::every("if (['linux'].every(p => p !== process.platform)) return; GO")]
#[case::find("if (!['linux'].find(p => p === process.platform)) return; GO")]
#[case::filter("if (['linux'].filter(p => p === process.platform).length === 0) return; GO")]
#[case::test("if (!/linux/.test(`${process.platform}`)) return; GO")]
#[case::starts("if (!`${process.platform}`.startsWith('linux')) return; GO")]
#[case::equal("if (`on ${process.platform}` !== 'on linux') return; GO")]
#[case::switched("switch (`${process.platform}`) { case 'a': return } GO")]
#[case::length("if (`${process.platform}`.length > 90) return; GO")]
#[case::own("if (!{ ...process.versions }.hasOwnProperty('node')) return; GO")]
#[case::certain("if (1 < 2) return; GO")]
#[case::certain_else("if (false) { GO }")]
#[case::certain_throw("throw 1; GO")]
#[case::after_return("return 1; GO")]
#[case::in_loop("for (const a of [1, 2]) { if (a === 3) { GO } }")]
#[case::after_continue("for (const a of [1, 2]) { continue; GO }")]
#[case::after_break("for (;;) { break; GO }")]
#[case::short_circuit("for (const a of [1]) { a === 2 && GO }")]
#[case::other_case("for (const a of [1]) { switch (a) { case 1: break; case 2: GO } }")]
#[case::conditional("[1].map(a => a === 1 ? 0 : GO)")]
#[case::default_value("const f = (a = GO) => a; f(1)")]
#[case::pattern_default("const { a = GO } = { a: 1 }")]
#[case::empty_list("for (const a of []) { GO }")]
#[case::empty_callback("[].map(() => GO)")]
#[case::never("while (false) { GO }")]
#[case::caught("try { 1 } catch { GO }")]
#[case::decoder("const f = a => { if (a > 2) { GO } return a }; f(1)")]
#[case::uncalled("const f = () => { if (0) { return () => GO } }")]
fn a_condition_marks_and_never_drops(#[case] body: &str) {
    let body = body.replace("GO", "require('child_process').exec('id')");
    let source = format!("(function () {{ {body} }})()");
    let sequence = read("index.js", &source);
    let found = sequence.steps.iter().any(|step| step.feature == Feature::CallProcess);
    assert!(found, "{source}\n{:?}", codes(&sequence.steps));
    assert_eq!(sequence.calls.held, sequence.calls.interpreted, "{source}");
}

#[rstest]
#[case::member("if sys.platform not in ['linux']: return\n  GO")]
#[case::after_return("return 1\n  GO")]
#[case::in_loop("for a in [1, 2]:\n    if a == 3:\n      GO")]
#[case::comprehended("[GO for a in [1, 2] if a > 2]")]
#[case::conditional("x = 1 if True else GO")]
#[case::short_circuit("for a in [1]:\n    a == 2 and GO")]
fn the_same_in_python(#[case] body: &str) {
    let body = body.replace("GO", "os.system('id')");
    let sequence = read("a.py", &format!("import os, sys\ndef f():\n  {body}\nf()\n"));
    assert!(
        sequence.steps.iter().any(|step| step.feature == Feature::CallProcess),
        "{body}\n{:?}",
        codes(&sequence.steps)
    );
    assert_eq!(sequence.calls.held, sequence.calls.interpreted, "{body}");
}

/// A fixed xorshift sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// An expression that may be known or not.
    fn value(&mut self) -> &'static str {
        const VALUES: &[&str] = &[
            "1",
            "0",
            "'a'",
            "true",
            "null",
            "x",
            "y",
            "process.platform",
            "[1, 2]",
            "[]",
            "({ a: 1 })",
            "x === y",
            "!x",
        ];
        VALUES[self.below(VALUES.len())]
    }

    /// Statements with a call in each, and how many calls there are.
    fn program(&mut self, deep: usize, calls: &mut usize) -> String {
        let mut out = String::new();
        for _ in 0..1 + self.below(3) {
            let value = self.value();
            let mut call = || {
                *calls += 1;
                format!("go{calls}({calls});\n")
            };
            let (a, b) = (call(), call());
            let inner = if deep == 0 { String::new() } else { self.program(deep - 1, calls) };
            let text = match self.below(14) {
                0 => format!("if ({value}) {{ {a} return; }} {b} {inner}"),
                1 => format!("if ({value}) {{ {a} {inner} }} else {{ {b} }}"),
                2 => format!("for (const x of {value}) {{ {a} if (x) continue; {b} {inner} }}"),
                3 => format!("for (let i = 0; i < 2; i++) {{ {a} if (i === 5) {{ {b} {inner} }} }}"),
                4 => format!("while ({value}) {{ {a} break; {b} {inner} }}"),
                5 => format!("switch ({value}) {{ case 1: {a} break; case 'a': {b} return; default: {inner} }}"),
                6 => format!("try {{ {a} {inner} }} catch (e) {{ {b} }} finally {{ }}"),
                7 => format!("const f{calls} = (p = {value}) => {{ {a} {inner} return p; {b} }};"),
                8 => format!("{{ let x = {value}; {a} {inner} }} {b}"),
                9 => {
                    format!("(function () {{ {a} {inner} }})(); {value} && {b}", b = b.trim_end().trim_end_matches(';'))
                        + ";"
                }
                10 => format!("class C{calls} {{ m() {{ {a} {inner} }} static s = {value} }} {b}"),
                11 => format!("[1, 2].forEach(x => {{ if (x > 3) {{ {a} }} {b} {inner} }});"),
                12 => format!("return {value}; {a} {b} {inner}"),
                _ => format!(
                    "var y = {value} ? {a} : {b}; {inner}",
                    a = a.trim_end().trim_end_matches(';'),
                    b = b.trim_end().trim_end_matches(';')
                ),
            };
            // Calls that the shapes themselves make.
            *calls += usize::from(text.starts_with("(function")) + usize::from(text.starts_with("[1, 2].forEach"));
            out.push_str(&text);
        }
        out
    }
}

#[test]
fn every_call_of_generated_code_is_interpreted() {
    for seed in 1..=60 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let mut calls = 1;
        let body = random.program(3, &mut calls);
        let sequence = read("index.js", &format!("(function () {{ let x, y; {body} }})()"));
        assert!(sequence.partial.is_empty(), "{body}");
        assert_eq!(sequence.calls.held, calls, "{body}");
        assert_eq!(sequence.calls.interpreted, calls, "{body}");
    }
}

#[test]
fn every_call_of_the_samples_is_interpreted_or_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut wrong = String::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(package) = open(&path, &OpenOptions::default()) else { continue };
        let sequence = extract(&package, &Reading::default()).sequence;
        seen += 1;
        if sequence.calls.interpreted < sequence.calls.held && sequence.skipped.is_empty() {
            writeln!(wrong, "{}: {:?}", path.display(), sequence.calls).unwrap();
        }
    }
    assert!(seen > 3 && wrong.is_empty(), "{seen}\n{wrong}");
}
