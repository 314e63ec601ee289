//! Harmless files beside a payload do not hide it from the shipped model.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::model::{Device, Judgement, Model};
use cerebro::package::{self, OpenOptions, Package};

fn opened(name: &str) -> Package {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    package::open(&path, &OpenOptions::default()).unwrap()
}

fn judged(model: &Model, package: Package) -> (Case, Arc<Judgement>) {
    let case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default()).judge(model).unwrap();
    let judgement = case.verdict.as_ref().unwrap().judgement.clone().unwrap();
    (case, judgement)
}

#[test]
fn files_put_beside_a_payload_do_not_hide_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/cerebro");
    let model = Model::load(&folder, &Device::cpu()).unwrap();
    for (malicious, harmless, payload) in [
        ("npm-hook-stealer.tgz", ["npm-json-client.tgz", "npm-interval-set.tgz"], "package/scripts/setup.js"),
        (
            "pypi-setup-exec.tar.gz",
            ["pypi-link-check.whl", "pypi-roman-dates.tar.gz"],
            "demo-yaml-speedups-0.3.1/setup.py",
        ),
    ] {
        let padding = harmless.iter().flat_map(|name| {
            let package = opened(name);
            let code = package.files.iter().filter(|file| file.path.ends_with(".js") || file.path.ends_with(".py"));
            code.map(|file| (format!("vendor/{}", file.path), Arc::clone(&file.bytes))).collect::<Vec<_>>()
        });
        let alone = opened(malicious);
        let padded = alone.with_files(padding);
        assert!(padded.files.len() > alone.files.len() + 2);
        let (_, before) = judged(&model, alone);
        let (case, after) = judged(&model, padded);
        assert!(before.probability >= before.threshold && after.probability >= after.threshold, "{malicious}");
        // What a file tells by itself does not change with what lies beside it.
        assert!(after.margins.linear() > before.margins.linear().map(|margin| margin - 0.5), "{malicious}");
        let file = after.margins.file.map(|file| case.package.files[file].path.as_str());
        assert_eq!(file, Some(payload), "the file that alarms most");
        let text = &case.text.text;
        for token in after.windows.iter().flat_map(|window| &window.tokens).filter(|token| token.piece.is_some()) {
            let piece = &case.text.pieces[token.piece.unwrap()];
            assert!(piece.range.start <= token.range.start && token.range.end <= piece.range.end, "{token:?}");
            let shown = token.text.trim_start_matches("##");
            assert_eq!(text[token.range.clone()].to_lowercase(), shown, "tokens keep their places in the text");
        }
    }
}
