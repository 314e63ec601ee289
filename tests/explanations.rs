//! Explanations of the samples: where they point, and what `cerebro explain` prints.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use cerebro::case::Case;
use cerebro::model::explain::pointing::{Mark, Marks, hits, origin, read_marks};
use cerebro::model::explain::{Choice, Method};
use cerebro::model::{Device, Model};
use cerebro::package::{self, OpenOptions};
use cerebro::syntax::Doc;
use serde_json::Value;
use strum::IntoEnumIterator as _;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn marks() -> Marks {
    read_marks(std::fs::File::open(root().join("tests/fixtures/marks_samples.csv")).unwrap()).unwrap()
}

fn model() -> Model {
    Model::load(&root().join("models/cerebro"), &Device::cpu()).unwrap()
}

/// The samples, but for the locked one, which is another one again.
fn samples() -> Vec<(PathBuf, Case)> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(root().join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.to_str().unwrap().ends_with("README.md"))
        .filter(|path| !path.to_str().unwrap().contains("locked"))
        .collect();
    found.sort();
    let read = |path: PathBuf| {
        let package = package::open(&path, &OpenOptions::default()).unwrap();
        (path, Case::read(Arc::new(package), Duration::ZERO, &cerebro::behavior::Reading::default()))
    };
    found.into_iter().map(read).collect()
}

#[test]
fn the_marks_are_lines_of_the_samples_that_imitate_an_attack() {
    let marks = marks();
    let mut marked = BTreeSet::new();
    for (_, case) in samples() {
        for mark in marks.get(&case.package.sha256).into_iter().flatten() {
            let file = case.package.files.iter().find(|file| file.path == mark.path).unwrap();
            assert!(mark.last_line <= file.source.as_ref().unwrap().line_count(), "{mark:?}");
            marked.insert(&mark.sha256);
        }
    }
    assert_eq!(marked.len(), 5);
    assert_eq!(marks.len(), 5);
}

#[test]
fn the_default_points_at_the_marked_lines_of_every_sample() {
    let (model, marks) = (model(), marks());
    let mut first = 0;
    for (path, case) in samples() {
        let Some(marks) = marks.get(&case.package.sha256) else { continue };
        let pieces = model.explain(&case.text, Method::DEFAULT, Choice::default()).unwrap().pieces;
        let found = hits(&case.package, &case.sequence, &case.text, &pieces, marks).unwrap();
        assert!(found.three, "{}", path.display());
        first += usize::from(found.first);
    }
    assert!(first >= 4, "the strongest step is marked in {first} of 5");
}

#[test]
fn a_step_of_a_layer_points_at_the_text_that_the_layer_was_decoded_from() {
    let (_, case) = samples().into_iter().find(|(path, _)| path.ends_with("pypi-setup-exec.tar.gz")).unwrap();
    let step = case.sequence.steps.iter().position(|step| matches!(step.doc, Doc::Layer(_))).unwrap();
    let inside = &case.sequence.steps[step];
    let place = origin(&case.package, &case.sequence, inside.doc, inside.line);
    assert_eq!(place, Some(("demo-yaml-speedups-0.3.1/setup.py", 7)));
    assert_eq!(origin(&case.package, &case.sequence, Doc::Layer(99), 1), None);
    // The piece of that step is strongest: a hit where line 7 is marked, none where it is not.
    let piece = case.text.pieces.iter().position(|piece| piece.steps.first() == Some(&step)).unwrap();
    let mut scores = vec![0.0; case.text.pieces.len()];
    scores[piece] = 1.0;
    let mark = |line| Mark {
        sha256: String::new(),
        path: "demo-yaml-speedups-0.3.1/setup.py".to_owned(),
        first_line: line,
        last_line: line,
        role: "payload".to_owned(),
    };
    let hit = |line| hits(&case.package, &case.sequence, &case.text, &scores, &[mark(line)]).unwrap();
    assert!(hit(7).first && hit(7).three && !hit(9).first);
    // Nothing else stands on line 9, and all that is decoded counts as line 7.
    let (first, three) = hit(7).by_chance;
    assert!(first > 0.5 && three >= first && hit(9).by_chance == (0.0, 0.0), "{first} {three}");
}

#[test]
fn marks_that_are_none_are_named() {
    let head = "sha256,path,first_line,last_line,role\n";
    for wrong in ["aa,x.py,0,3,payload\n", "aa,x.py,4,3,payload\n", "aa,x.py,one,3,payload\n"] {
        let text = format!("{head}bb,y.py,1,1,trigger\n{wrong}");
        let error = read_marks(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("row 2 of the marks"), "{error}");
    }
}

fn explain(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.env_remove("CEREBRO_MODEL").current_dir(root()).arg("explain").args(args).output().unwrap()
}

#[test]
fn explain_prints_the_promised_object() {
    for method in Method::iter().map(|method| method.to_string()) {
        let output = explain(&["samples/npm-hook-stealer.tgz", "--method", &method, "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&object["schema"], &object["method"]), (&"cerebro-explain/1".into(), &method.as_str().into()));
        assert_eq!(object["signed"].as_bool().unwrap(), !["attention", "rollout"].contains(&method.as_str()));
        assert!(object["probability"].as_f64().unwrap() > object["threshold"].as_f64().unwrap());
        assert_eq!(object["tokens"][0]["text"], "[CLS]");
        let steps = object["steps"].as_array().unwrap();
        let scores: Vec<f64> = steps.iter().map(|step| step["score"].as_f64().unwrap()).collect();
        assert!(scores.len() > 10 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
        let mut indices: Vec<u64> = steps.iter().map(|step| step["index"].as_u64().unwrap()).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..steps.len() as u64).collect::<Vec<_>>(), "every step once");
        assert!(steps.iter().all(|step| step["path"].as_str().unwrap().starts_with("package/")));
        assert_eq!(object["facts"].as_array().unwrap().iter().filter(|fact| fact["words"] == "facts").count(), 1);
    }
}

#[test]
fn explain_as_text_shows_places_and_refuses_maps_that_are_not_there() {
    let output = explain(&["samples/npm-hook-stealer.tgz"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&format!("{}: ", Method::DEFAULT)) && text.contains("package/scripts/setup.js:"), "{text}");
    assert!(text.lines().any(|line| line.trim_start().starts_with('+')), "{text}");
    for (args, why) in [
        (&["--layer", "2"][..], "add --method attention"),
        (&["--method", "attention", "--layer", "99"], "no layer 99"),
        (&["--method", "attention", "--head", "0"], "no head 0"),
    ] {
        let output = explain(&[&["samples/npm-hook-stealer.tgz"], args].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(why), "{error}");
    }
}
