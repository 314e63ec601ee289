use std::time::Instant;

use super::*;

const JS: Format = Format::JavaScript(Language::JavaScript);

fn js(text: &str) -> String {
    checked(text, JS).text
}

/// Lays a text out and checks what must hold for every text.
fn checked(text: &str, format: Format) -> Pretty {
    let pretty = beautify(text, format);
    let bare = |text: &str| text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).collect::<String>();
    assert_eq!(bare(&pretty.text), bare(text), "a token was changed, dropped or moved in {text:?}");
    let mut at = Piece { original: 0, pretty: 0, length: 0 };
    for piece in &pretty.pieces {
        assert!(piece.original >= at.original + at.length && piece.pretty >= at.pretty + at.length, "{text:?}");
        let (from, to) = (piece.original..piece.original + piece.length, piece.pretty..piece.pretty + piece.length);
        assert_eq!(text[from.clone()], pretty.text[to.clone()], "{text:?}");
        let (original, shown) = (Span { start: from.start, end: from.end }, Span { start: to.start, end: to.end });
        assert_eq!((pretty.from_original(original), pretty.to_original(shown)), (shown, original), "{text:?}");
        at = *piece;
    }
    for start in (0..=text.len()).step_by(1 + text.len() / 50) {
        let span = Span { start, end: (start + 3).min(text.len()) };
        let there = pretty.from_original(span);
        assert!(there.start <= there.end && there.end <= pretty.text.len());
        let back = pretty.to_original(there);
        assert!(back.start <= back.end && back.end <= text.len(), "{span:?} {there:?} {back:?}");
    }
    pretty
}

#[test]
fn a_minified_program_is_laid_out() {
    let text = "!function(){var a=require('os'),b=require('http');if(a.platform()==='win32'){b.get('http://203.0.113.9')}else c();\
                for(var i=0;i<3;i++)d(i);switch(x){case 1:y();break;default:z()}return a?b:c}();const f=async(x)=>{await g(x)};";
    assert_eq!(
        js(text),
        "!function() {
  var a = require('os'), b = require('http');
  if (a.platform() === 'win32') {
    b.get('http://203.0.113.9')
  } else c();
  for (var i = 0; i < 3; i++) d(i);
  switch (x) {
    case 1:
      y();
      break;
    default:
      z()
  }
  return a ? b : c
}();
const f = async(x) => {
  await g(x)
};
"
    );
}

#[test]
fn long_objects_rows_and_arrays_are_broken() {
    let text = "o({method:'POST',headers:{'a':1},body:JSON.stringify(process.env),agent:false});\
                a=collect(everything),b=encode(a),send(b,{host:'203.0.113.9'}),finish(now)";
    assert_eq!(
        js(text),
        "o({
  method: 'POST',
  headers: {'a': 1},
  body: JSON.stringify(process.env),
  agent: false
});
a = collect(everything),
  b = encode(a),
  send(b, {host: '203.0.113.9'}),
  finish(now)
"
    );
    let words: Vec<String> = (0..40).map(|n| format!("'word{n}'")).collect();
    let pretty = js(&format!("var s=[{}];", words.join(",")));
    assert!(pretty.starts_with("var s = [\n  'word0', 'word1',") && pretty.ends_with("'word39'\n];\n"), "{pretty}");
    assert!(pretty.lines().all(|line| line.len() <= 110), "{pretty}");
}

#[test]
fn comments_blank_lines_and_hidden_characters_stay() {
    let text = "#!/usr/bin/env node\n// first\na();// behind\n\n\nb()/*x*/;\u{200B}c();\u{FEFF}\n";
    assert_eq!(js(text), "#!/usr/bin/env node\n// first\na(); // behind\n\nb()/*x*/; \u{200B}\nc(); \u{FEFF}\n");
}

#[test]
fn json_is_laid_out() {
    let text = r#"{"name":"x","scripts":{"install":"node a.js"},"n":[1,-2.5e+3,true,{}],"e":[]}"#;
    let expected = "{\n  \"name\": \"x\",\n  \"scripts\": {\n    \"install\": \"node a.js\"\n  },\n  \"n\": [\n    1,\n    -2.5e+3,\n    true,\n    {}\n  ],\n  \"e\": []\n}\n";
    assert_eq!(Format::of("a.json", text), Some(Format::Json));
    assert_eq!(checked(text, Format::Json).text, expected);
}

#[test]
fn the_format_comes_from_the_content() {
    assert_eq!(Format::of("x.txt", "[1]"), Some(Format::Json));
    assert_eq!(Format::of("x.ts", "let a: number = 1"), Some(Format::JavaScript(Language::TypeScript)));
    assert_eq!(Format::of("", "const a=require('os');a.x()"), Some(JS));
    for (path, text) in [("x.py", "a = 1"), ("", "import os\nos.x()"), ("x.md", "# read me"), ("", "plain words here")]
    {
        assert_eq!(Format::of(path, text), None, "{path} {text}");
    }
}

#[test]
fn every_cut_of_a_program_keeps_its_tokens() {
    let text = "import a,{b as c} from'x';class A extends B{static #p=1;get x(){return`t${1+`n`}`}*g(){yield*h}}\
                a?.b?.[0]??(c||d)&&!e;x=a+ +b- -c;/re[/]\\/x/g.test('é\\'日');l:for(const[k,v]of o)continue l;do{}while(0)\
                ;try{f()}catch{g()}finally{h()}if(a)b;else if(c)d;else{e}export default{a,b(){},[c]:1,...d};\u{200B}<a b={c}>t</a>";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        checked(&text[..end], JS);
        checked(&text[end..], JS);
        for token in scan::tokens(&text[end..]) {
            assert!(token.start < token.end);
        }
        checked(&text[end..], Format::Json);
    }
}

#[test]
fn noise_keeps_its_tokens() {
    let signs: Vec<char> = "ab1 \n{}[]()'\"`;,.:?=+-*/\\<>!&|$\u{200B}é\t".chars().collect();
    let mut state = 7_u64;
    for length in 0..300 {
        let text: String = (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                signs[usize::try_from(state >> 33).unwrap() % signs.len()]
            })
            .collect();
        checked(&text, JS);
        checked(&text, Format::Json);
    }
}

#[test]
fn a_deep_nest_is_no_danger() {
    for open in ["(", "[", "{", "a(", "function(){", "!"] {
        checked(&open.repeat(20_000), JS);
    }
}

#[test]
fn a_megabyte_on_one_line_is_laid_out_in_less_than_a_second() {
    let part = "function a(b,c){var d=b.e(c),f={g:1,h:'x'};if(d)return f.g+d;for(var i=0;i<9;i++)k(i,d)}";
    let text = part.repeat(1_000_000 / part.len());
    let started = Instant::now();
    let pretty = beautify(&text, JS);
    let took = started.elapsed();
    assert!(pretty.text.lines().count() > 50_000);
    // Debug builds are not what is promised, but they must not be far off.
    let most = if cfg!(debug_assertions) { 8.0 } else { 1.0 };
    assert!(took.as_secs_f32() < most, "{took:?}");
}
