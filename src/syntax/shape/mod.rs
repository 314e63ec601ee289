//! Whether two texts are one program written in two ways: other blanks, quotes and commas, or other names for local variables.
//!
//! A fold hides what it folds, so that every doubt is an answer of no: a text with syntax errors, a hidden character, another
//! comment, a tree of another form (a line break after `return` is one). What code that reads its own text sees
//! (`toString` of a function, `inspect.getsource`) is not asked: no rewriting leaves that alone.

use tree_sitter::Tree;

use super::ir::Language;
use super::{budget, javascript};

mod leaves;
mod names;

use leaves::leaves;
use names::names;

/// Longest text compared, bytes: a parser takes 0.2 s for it.
pub const LONGEST: usize = 1 << 20;

/// How alike two texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// They differ in what they do, or it is not known whether they do.
    Other,
    /// Blanks, line breaks, kinds of quotes, semicolons and trailing commas differ, nothing else.
    Formatting,
    /// Beside that, local names are others, one for one, and numbers and truth values may be spelled otherwise.
    Renaming,
}

/// Compares two texts of one file. Texts that are equal byte for byte are [`Likeness::Formatting`].
#[must_use]
pub fn likeness(path: &str, old: &str, new: &str) -> Likeness {
    if old.len().max(new.len()) > LONGEST || skeleton(old) != skeleton(new) {
        return Likeness::Other;
    }
    let Some(language) = Language::of(path, new) else { return Likeness::Other };
    // Both languages read the two line ends alike, inside of strings too.
    let (old, new) = (old.replace("\r\n", "\n"), new.replace("\r\n", "\n"));
    let (Some(a), Some(b)) = (parse(&old, language), parse(&new, language)) else { return Likeness::Other };
    if a.language().name() != b.language().name() {
        return Likeness::Other;
    }
    if leaves(&a, &old, None) == leaves(&b, &new, None) {
        return Likeness::Formatting;
    }
    if language != Language::JavaScript || a.language().name() != Some("javascript") {
        return Likeness::Other;
    }
    let (Some(of_a), Some(of_b)) = (names(&a, &old), names(&b, &new)) else { return Likeness::Other };
    if leaves(&a, &old, Some(&of_a)) == leaves(&b, &new, Some(&of_b)) { Likeness::Renaming } else { Likeness::Other }
}

/// A tree without errors, read by the grammar that the analysis uses.
fn parse(text: &str, language: Language) -> Option<Tree> {
    // Where a browser still reads an HTML comment, the parsers of this world disagree; so they do on NUL.
    if text.contains('\0') || language.is_javascript() && (text.contains("<!--") || text.contains("-->")) {
        return None;
    }
    let tree = match language {
        Language::Python => budget::parse(text, &tree_sitter_python::LANGUAGE.into(), 4_000 + text.len() / 4)?,
        _ => javascript::tree(text, language)?.0,
    };
    (!tree.root_node().has_error()).then_some(tree)
}

/// What is left of a text in every way to write it: a cheap test that nearly all real changes fail.
fn skeleton(text: &str) -> u64 {
    // FNV-1a. Equal texts are equal here; that different ones may be too does no harm.
    text.bytes()
        .filter(|byte| !byte.is_ascii_alphanumeric() && !b" \t\r\n\x0C;,!_$\\'\".+-".contains(byte))
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::blanks("a.js", "f(1,2);\n", "f( 1,\n\t2 )")]
    #[case::quotes("a.js", "x = 'it\\'s \"a\"'", "x = \"it's \\\"a\\\"\";")]
    #[case::trailing_commas("a.js", "f([1, 2], {a: 1})", "f([1, 2,], {a: 1,},)")]
    #[case::line_ends("a.js", "x = `a\r\nb`\r\n// c\r\n", "x = `a\nb`;\n// c\n")]
    #[case::python("a.py", "if x:\n    f('a', b)\n", "if x :\n  f(\n    \"a\",\n    b,\n  )\n")]
    #[case::python_semicolon("a.py", "a = 1; b = 2\n", "a = 1\nb = 2\n")]
    #[case::types("a.ts", "let a: string = 'x'", "let a : string = \"x\";")]
    fn formatting(#[case] path: &str, #[case] old: &str, #[case] new: &str) {
        assert_eq!(likeness(path, old, new), Likeness::Formatting);
        assert_eq!(likeness(path, new, old), Likeness::Formatting);
    }

    #[rstest]
    #[case::return_on_its_own("a.js", "function f(){return g()}", "function f(){return\ng()}")]
    #[case::postfix("a.js", "a\n++b", "a++\nb")]
    #[case::string("a.js", "f('a b')", "f('a  b')")]
    #[case::escape("a.js", "f('\\n')", "f('n')")]
    #[case::template("a.js", "f(`a ${b} c`)", "f(`a ${b}  c`)")]
    #[case::hole("a.js", "f([1,,])", "f([1,])")]
    #[case::comment("a.js", "f() // one", "f() // two")]
    #[case::comment_gone("a.js", "f() // one", "f()")]
    #[case::zero_width("a.js", "f(a)", "f(\u{200B}a)")]
    #[case::lone_return("a.js", "f( a)", "f(\ra)")]
    #[case::property("a.js", "function f(a){a.b()}", "function f(a){a.c()}")]
    #[case::global("a.js", "function f(a){g(a)}", "function f(a){h(a)}")]
    #[case::errors("a.js", "f(", "f( ")]
    #[case::dedent("a.py", "if x:\n    a()\n    b()\n", "if x:\n    a()\nb()\n")]
    #[case::tuple("a.py", "x = (a,)", "x = (a)")]
    #[case::index("a.py", "x[a,]", "x[a]")]
    #[case::debug_text("a.py", "f'{x=}'", "f'{x =}'")]
    #[case::raw("a.py", "x = r'\\''", "x = r\"'\"")]
    #[case::prefix("a.py", "x = b'a'", "x = 'a'")]
    #[case::names_of_python("a.py", "def f(a):\n    return a\n", "def f(b):\n    return b\n")]
    #[case::no_language("a.txt", "a b", "a  b")]
    fn real_changes(#[case] path: &str, #[case] old: &str, #[case] new: &str) {
        assert_eq!(likeness(path, old, new), Likeness::Other);
        assert_eq!(likeness(path, new, old), Likeness::Other);
    }

    #[rstest]
    #[case::parameters("(function(a,b){return a+b.c})()", "(function(x,y){return x+y.c})()")]
    #[case::reused("(()=>{let a=1,b=2;f(a,b)})()", "(()=>{let t=1,e=2;f(t,e)})()")]
    #[case::spelling("(function(a){g(a,true,1000,16)})()", "(function(b){g(b,!0,1e3,0x10)})()")]
    #[case::catch("(()=>{try{f()}catch(a){g(a)}})()", "(()=>{try{f()}catch(b){g(b)}})()")]
    #[case::pattern("(()=>{const {p:a,...b}=f();g(a,b)})()", "(()=>{const {p:x,...y}=f();g(x,y)})()")]
    #[case::inner_function("(()=>{function a(){return a}a()})()", "(()=>{function b(){return b}b()})()")]
    fn renaming(#[case] old: &str, #[case] new: &str) {
        assert_eq!(likeness("a.js", old, new), Likeness::Renaming);
        assert_eq!(likeness("a.js", new, old), Likeness::Renaming);
    }

    #[rstest]
    #[case::two_into_one("(function(a,b){f(a,b)})()", "(function(a,b){f(a,a)})()")]
    #[case::swapped("(function(a,b){f(a,b)})()", "(function(a,b){f(b,a)})()")]
    #[case::global_captured("(function(a){fetch(a)})()", "(function(fetch){fetch(fetch)})()")]
    #[case::local_freed("(function(a){a()})()", "(function(a){b()})()")]
    #[case::top_level("var a=1;f(a)", "var b=1;f(b)")]
    #[case::out_of_its_block("(()=>{{let a=1}a()})()", "(()=>{{let b=1}b()})()")]
    #[case::function_in_a_block("(()=>{{function a(){}}a()})()", "(()=>{{function b(){}}b()})()")]
    #[case::var_of_catch("(()=>{try{f()}catch(a){var a=1;g(a)}})()", "(()=>{try{f()}catch(a){var b=1;g(a)}})()")]
    #[case::var_of_parameter("(function(a){var a;g(a)})()", "(function(a){var b;g(b)})()")]
    #[case::shorthand("(function(a){f({a})})()", "(function(b){f({b})})()")]
    #[case::eval("(function(a){eval('a')})()", "(function(b){eval('a')})()")]
    #[case::with("(function(a){with(o){a}})()", "(function(b){with(o){b}})()")]
    #[case::name_read("(()=>{function fs(){}require(fs.name)})()", "(()=>{function net(){}require(net.name)})()")]
    #[case::name_given_later(
        "(()=>{let fs;fs=()=>{};require(fs.name)})()",
        "(()=>{let net;net=()=>{};require(net.name)})()"
    )]
    #[case::octal("(function(a){f(a,010)})()", "(function(b){f(b,10)})()")]
    #[case::string("(function(a){f(a,'x')})()", "(function(b){f(b,'y')})()")]
    #[case::label("(function(a){x:for(;;)break x})()", "(function(b){y:for(;;)break y})()")]
    fn more_than_a_renaming(#[case] old: &str, #[case] new: &str) {
        assert_eq!(likeness("a.js", old, new), Likeness::Other);
        assert_eq!(likeness("a.js", new, old), Likeness::Other);
    }

    #[test]
    fn depth_of_the_input_is_no_depth_of_the_stack() {
        let deep = |open: &str| format!("x = {}1{}", open.repeat(50_000), ")".repeat(50_000));
        // Whatever the parser makes of it, it comes back.
        let _ = likeness("a.js", &deep("("), &deep("( "));
    }
}
