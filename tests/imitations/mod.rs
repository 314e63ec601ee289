//! Packages of our own that imitate attacks of these years, each with its twin: the same package without the payload.
//!
//! Half of them are one module with a payload beside it, half hide it in a package as people publish them. They are written
//! for these tests, use reserved names only, and are never run.

use std::fs;
use std::path::{Path, PathBuf};

use cerebro::behavior::Reading;
use cerebro::case::{Case, State};
use cerebro::model::{Device, Model};
use cerebro::package::{self, OpenOptions};
use rayon::prelude::*;
use serde::Deserialize;

/// A payload as it stands in `npm.toml` and `pypi.toml`.
#[derive(Deserialize)]
struct Payload {
    /// What it does.
    kind: String,
    /// The file that holds it; of a build, the build file, which begins with it.
    file: String,
    starts: Starts,
    code: String,
}

/// What makes a payload run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Starts {
    /// The module that a user imports imports it.
    Import,
    /// A hook of npm.
    Postinstall,
    /// The build of a source package.
    Setup,
}

/// A package as files, with and without its payload.
struct Imitation {
    /// Its folder's name.
    name: String,
    kind: String,
    malicious: bool,
    files: Vec<(String, String)>,
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imitations")
}

/// The files of a body, in the order of their paths.
fn body(name: &str) -> Vec<(String, String)> {
    fn gather(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(root, &path, found);
            } else {
                let inside = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((inside, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let (root, mut found) = (here().join("bodies").join(name), Vec::new());
    gather(&root, &root, &mut found);
    found.sort();
    found
}

/// What a build file says of a package.
fn npm_manifest(name: &str, hook: Option<&str>) -> String {
    let scripts = hook.map_or_else(String::new, |file| format!(r#""postinstall": "node {file}", "#));
    format!(
        r#"{{"name": "{name}", "version": "2.3.1", "description": "A demonstration", "main": "index.js", "license": "MIT",
 "homepage": "https://demo.example.com", "author": "Demo <demo@example.com>", "scripts": {{{scripts}"test": "node test.js"}}}}
"#
    )
}

fn pypi_setup(name: &str) -> String {
    format!(
        r#"from setuptools import find_packages, setup

setup(
    name="{name}",
    version="2.3.1",
    description="A demonstration",
    author="Demo",
    url="https://demo.example.com",
    license="MIT",
    packages=find_packages(),
)
"#
    )
}

/// One package of a payload, or its twin.
fn package_of(ecosystem: &str, number: usize, payload: &Payload, malicious: bool) -> Imitation {
    let bodies: &[&str] = match ecosystem {
        "npm" => &["npm-client", "npm-runner", "npm-settings"],
        _ => &["pypi-backup", "pypi-bot", "pypi-table"],
    };
    let chosen =
        if number.is_multiple_of(2) { &format!("{ecosystem}-small") } else { bodies[number / 2 % bodies.len()] };
    let twin = if malicious { "" } else { "-twin" };
    let name = format!("demo-{ecosystem}-{number:02}{twin}");
    let mut files = body(chosen);
    let code = malicious.then_some(payload.code.as_str());
    let main = |files: &mut Vec<(String, String)>, path: &str, line: &str, first: bool| {
        let (_, text) = files.iter_mut().find(|(of, _)| of == path).unwrap();
        *text = if first {
            text.replacen("'use strict';\n", &format!("'use strict';\n\n{line}"), 1)
        } else {
            format!("{text}{line}")
        };
        assert!(text.contains(line.trim()), "{path}");
    };
    let hook = (code.is_some() && payload.starts == Starts::Postinstall).then_some(payload.file.as_str());
    if ecosystem == "npm" {
        files.push(("package.json".to_owned(), npm_manifest(&name, hook)));
    } else {
        let before = code.filter(|_| payload.starts == Starts::Setup).unwrap_or_default();
        files.push(("setup.py".to_owned(), format!("{before}{}", pypi_setup(&name))));
    }
    if let Some(code) = code.filter(|_| payload.starts != Starts::Setup) {
        files.push((payload.file.clone(), code.to_owned()));
    }
    if code.is_some() && payload.starts == Starts::Import {
        if ecosystem == "npm" {
            let module = payload.file.trim_end_matches(".js");
            main(&mut files, "index.js", &format!("require('./{module}');\n"), true);
        } else {
            let module = payload.file.trim_start_matches("demo_kit/").trim_end_matches(".py");
            main(&mut files, "demo_kit/__init__.py", &format!("\nfrom . import {module}  # noqa\n"), false);
        }
    }
    Imitation { name, kind: payload.kind.clone(), malicious, files }
}

/// All of them, each followed by its twin.
fn all() -> Vec<Imitation> {
    #[derive(Deserialize)]
    struct Table {
        payload: Vec<Payload>,
    }
    let mut all = Vec::new();
    for ecosystem in ["npm", "pypi"] {
        let text = fs::read_to_string(here().join(format!("{ecosystem}.toml"))).unwrap();
        let table: Table = toml::from_str(&text).unwrap();
        for (number, payload) in table.payload.iter().enumerate() {
            all.extend([true, false].map(|malicious| package_of(ecosystem, number, payload, malicious)));
        }
    }
    all
}

/// Writes a package below a folder; its own folder is the answer.
fn write(package: &Imitation, to: &Path) -> PathBuf {
    let root = to.join(&package.name);
    for (path, text) in &package.files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

#[test]
fn there_are_enough_of_each_kind_and_only_reserved_names() {
    let all = all();
    let malicious = all.iter().filter(|package| package.malicious).count();
    assert!(malicious >= 40 && all.len() == 2 * malicious, "{malicious} of {}", all.len());
    let realistic = all.iter().filter(|package| package.malicious && package.files.len() > 4).count();
    assert_eq!(2 * realistic, malicious);
    for pair in all.chunks(2) {
        let [with, without] = pair else { panic!() };
        assert!(with.malicious && !without.malicious && with.files != without.files, "{}", with.name);
        let text = |package: &Imitation| package.files.iter().map(|(_, text)| text.len()).sum::<usize>();
        assert!(text(with) > text(without) + 100, "{}: {} and {}", with.name, text(with), text(without));
    }
}

/// Writes all of them into the folder that `IMITATIONS` names, and an index beside them, as training and evaluation read it.
#[test]
#[ignore = "for measurements: IMITATIONS=FOLDER"]
fn written_to_a_folder() {
    let folder = PathBuf::from(std::env::var_os("IMITATIONS").expect("IMITATIONS names a folder"));
    let files = folder.join("files");
    let mut index =
        String::from("sha256,label,ecosystem,name,version,file,campaign_group,fold,suspect_label,code_bytes,note\n");
    for (number, package) in all().iter().enumerate() {
        write(package, &files);
        let (label, note) = if package.malicious { ("malicious", "imitation") } else { ("benign", "imitation twin") };
        let ecosystem = if package.name.contains("npm") { "npm" } else { "pypi" };
        let Imitation { name, .. } = package;
        index += &format!("{number:064x},{label},{ecosystem},{name},2.3.1,{name},{name},{},,,{note}\n", number / 2 % 5);
    }
    fs::write(folder.join("index.csv"), index).unwrap();
}

/// What the shipped model says of them: the figure of the model card.
#[test]
#[ignore = "takes long without optimisation: the figure of the model card"]
fn the_shipped_model_flags_nine_in_ten_and_no_more_than_one_twin_in_thirty() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/cerebro");
    let model = Model::load(&folder, &Device::cpu()).unwrap();
    let disk = tempfile::tempdir().unwrap();
    let judged: Vec<(Imitation, Case)> = all()
        .into_par_iter()
        .map(|imitation| {
            let opened = package::open(&write(&imitation, disk.path()), &OpenOptions::default()).unwrap();
            let case = Case::read(opened.into(), std::time::Duration::ZERO, &Reading::default());
            (imitation, case.judge(&model).unwrap())
        })
        .collect();
    let mut counts = [[0, 0]; 2];
    for (imitation, case) in &judged {
        let verdict = case.verdict.as_ref().unwrap();
        let flagged = verdict.state == State::Malicious;
        let [hits, of] = &mut counts[usize::from(imitation.malicious)];
        *hits += usize::from(flagged);
        *of += 1;
        if flagged != imitation.malicious {
            let probability = verdict.judgement.as_ref().map(|judgement| judgement.probability);
            println!("{} {:?} {probability:?}  {}", imitation.name, verdict.state, imitation.kind);
        }
    }
    let [[twins, of_twins], [found, of]] = counts;
    println!("flagged: {found} of {of} imitations, {twins} of {of_twins} twins");
    assert!(10 * found >= 9 * of && 30 * twins <= of_twins, "{found} of {of}, {twins} of {of_twins} twins");
}
