//! Values that reach a call by ways that languages have for objects: patterns, named fields, listeners, iterators, generators.

use cerebro::behavior::Feature;
use rstest::rstest;

use super::steps;

#[rstest]
#[case::key_of_a_pattern(
    "a.py",
    "import os\ndef f(m):\n    match m:\n        case {'cmd': c}:\n            os.system(c)\nf({'cmd': 'echo a'})",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::keys_within_patterns(
    "a.py",
    "import os\nm={'x':{'cmd':'echo a'}}\nmatch m:\n    case {'x': {'cmd': c}, **rest}:\n        os.system(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::named_tuple(
    "a.py",
    "from collections import namedtuple\nimport os\nP=namedtuple('P','cmd other')\np=P('echo a',1)\nos.system(p.cmd)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::named_tuple_by_place(
    "a.py",
    "from collections import namedtuple\nimport os\nP=namedtuple('P',['cmd','other'])\np=P(cmd='echo a',other=1)\nos.system(p[0])",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::kind_of_text(
    "a.py",
    "import os\nclass S(str): pass\nos.system(S('echo a'))",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::method_of_a_text(
    "a.py",
    "import os\nclass S(str):\n    def go(self): os.system(self)\nS('echo a').go()",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::listener(
    "index.js",
    "const E=require('events'),cp=require('child_process'); const e=new E(); e.on('x', c=>cp.exec(c)); e.emit('x','echo a')",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::class_that_emits(
    "index.js",
    "const {EventEmitter}=require('node:events'),cp=require('child_process'); class A extends EventEmitter{constructor(){super();this.on('x',c=>cp.exec(c))} go(){this.emit('x','echo a')}} new A().go()",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::function_that_listens(
    "index.js",
    "import {EventEmitter as E} from 'events'; import {exec} from 'child_process'; const e=new E(); e.once('x', exec); e.emit('x','echo a')",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::listener_set_where_made(
    "index.js",
    "const E=require('events'),cp=require('child_process'); const e=new E().on('x',(a,c)=>cp.exec(c)); function f(){e.emit('x',1,'echo a')} f()",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::iterator_of_a_class(
    "index.js",
    "const cp=require('child_process'); class A{*[Symbol.iterator](){yield 'echo a'}} for(const c of new A()) cp.exec(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::iterator_spread(
    "index.js",
    "const cp=require('child_process'); class A{*[Symbol.iterator](){yield 'echo a'}} const [c]=[...new A()]; cp.exec(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::iterator_taken_apart(
    "index.js",
    "const cp=require('child_process'); class A{*[Symbol.iterator](){yield 'echo a'}} const [c]=new A(); cp.exec(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::iterator_of_an_object(
    "index.js",
    "const cp=require('child_process'); const o={*[Symbol.iterator](){yield 'echo a'}}; for(const c of o) cp.exec(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::list_of_an_object(
    "index.js",
    "const cp=require('child_process'); const o={[Symbol.iterator]: function*(){yield 'echo a'}}; Array.from(o).forEach(c=>cp.exec(c))",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::iterator_by_hand(
    "index.js",
    "const cp=require('child_process'); class A{[Symbol.iterator](){let d=false; return {next(){ if(d) return {done:true}; d=true; return {value:'echo a',done:false}}}}} for(const c of new A()) cp.exec(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::generator(
    "a.py",
    "import os\ndef all():\n    yield 'true'\n    yield 'echo a'\nfor c in all():\n    os.system(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::context_of_a_generator(
    "a.py",
    "import contextlib\n@contextlib.contextmanager\ndef fresh(name):\n    with open(name, 'w') as f:\n        yield f\nwith fresh('a.txt') as out:\n    out.write('text')",
    Feature::CallFiles,
    "write",
    true
)]
#[case::decoded_in_a_table(
    "a.py",
    "import base64\nd = {}\nd['Content-Type'] = base64.b64decode('aGVsbG8gd29ybGQ=')\nprint(d.get('Content-Type'))",
    Feature::CallEncoding,
    "Content-Type",
    false
)]
#[case::generator_of_javascript(
    "index.js",
    "const cp = require('child_process'); function* all() { yield 'true'; yield 'echo a' } for (const c of all()) cp.exec(c)",
    Feature::CallProcess,
    "echo",
    true
)]
#[case::other_event(
    "index.js",
    "const E = require('events'), cp = require('child_process'); const e = new E(); e.on('x', c => cp.exec(c)); e.emit('y', 'echo a')",
    Feature::CallProcess,
    "echo",
    false
)]
#[case::other_key(
    "a.py",
    "import os\nmatch {'cmd': 'echo a', 'b': 'true'}:\n    case {'b': c}:\n        os.system(c)",
    Feature::CallProcess,
    "echo",
    false
)]
fn values_reach_calls(
    #[case] path: &str,
    #[case] source: &str,
    #[case] feature: Feature,
    #[case] detail: &str,
    #[case] expected: bool,
) {
    let steps = steps(path, source);
    let told = steps.iter().any(|step| step.feature == feature && step.detail.contains(detail));
    assert_eq!(told, expected, "{steps:#?}");
}
