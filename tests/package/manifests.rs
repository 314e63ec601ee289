//! What the manifest says, and name and version where it says nothing.

use cerebro::package::{Ecosystem, Package, Target};
use rstest::rstest;

use super::build::*;

fn facts(package: &Package) -> (Option<&str>, Option<&str>) {
    (package.name.as_deref(), package.version.as_deref())
}

#[test]
fn package_json() {
    let json = br#"{"name": "@scope/demo", "version": "1.2.3", "description": "d", "homepage": "https://example.com",
        "repository": {"type": "git", "url": "git+https://example.com/x.git"}, "license": "MIT",
        "author": {"name": "A", "email": "a@example.com"}, "main": "lib/x.js",
        "dependencies": {"got": "^1", "git": "git+https://example.com/y.git"}, "optionalDependencies": {"fs": "2"},
        "devDependencies": {"tap": "1"}}"#;
    let package = opened("x.tgz", &tgz(&[("package/package.json", json)]));
    assert_eq!(facts(&package), (Some("@scope/demo"), Some("1.2.3")));
    let manifest = &package.manifest;
    assert_eq!(manifest.file, package.by_path("package/package.json"));
    assert_eq!(manifest.repository.as_deref(), Some("git+https://example.com/x.git"));
    assert_eq!((manifest.author.as_deref(), manifest.license.as_deref()), (Some("A"), Some("MIT")));
    let names: Vec<&str> = manifest.dependencies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["got", "git", "fs"]);
    assert_eq!(manifest.modules, ["lib/x.js"]);
}

#[test]
fn a_broken_package_json_is_told_and_read_as_far_as_it_goes() {
    let package = opened("x-9.tgz", &tgz(&[("package/package.json", br#"{"name": "demo", "version": oops!"#)]));
    assert_eq!(facts(&package), (Some("demo"), Some("9")));
    assert_eq!(package.skipped[0].path, "package/package.json");
    assert!(package.skipped[0].reason.starts_with("it is no valid JSON from byte "));
}

const PKG_INFO: &[u8] = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: Does things\n  on two lines\nHome-page: UNKNOWN\n\
Author: A. Author\nLicense: MIT\nProject-URL: Homepage, https://example.com\nProject-URL: Source Code, https://example.com/git\n\
Requires-Dist: requests (>=2)\nRequires-Dist: rich>=1 ; extra == 'x'\n\nName: not a header\n";

#[rstest]
#[case::sdist(tgz(&[("demo-1.0/PKG-INFO", PKG_INFO), ("demo-1.0/demo/__init__.py", b""), ("demo-1.0/demo.egg-info/PKG-INFO", b"Name: other\n")]), "demo-1.0/")]
#[case::wheel(zip(&[("demo/__init__.py", b""), ("demo-1.0.dist-info/METADATA", PKG_INFO)]), "")]
#[case::egg(zip(&[("demo/__init__.py", b""), ("EGG-INFO/PKG-INFO", PKG_INFO)]), "")]
#[case::egg_info(tgz(&[("demo-1.0/setup.py", b""), ("demo-1.0/src/demo.egg-info/PKG-INFO", PKG_INFO)]), "demo-1.0/")]
fn core_metadata(#[case] bytes: Vec<u8>, #[case] root: &str) {
    let package = opened("x", &bytes);
    assert_eq!((package.ecosystem, package.root.as_str()), (Ecosystem::Pypi, root));
    assert_eq!(facts(&package), (Some("demo"), Some("1.0")));
    let manifest = &package.manifest;
    assert_eq!(manifest.description.as_deref(), Some("Does things on two lines"));
    assert_eq!(manifest.homepage.as_deref(), Some("https://example.com"));
    assert_eq!(manifest.repository.as_deref(), Some("https://example.com/git"));
    let dependencies: Vec<(&str, &str)> =
        manifest.dependencies.iter().map(|(name, rest)| (name.as_str(), rest.as_str())).collect();
    assert_eq!(dependencies, [("requests", "(>=2)"), ("rich", ">=1 ; extra == 'x'")]);
}

#[test]
fn pyproject() {
    let toml = br#"
[project]
name = "demo"
version = "3.1"
description = "d"
license = {text = "MIT"}
authors = [{email = "a@example.com"}]
dependencies = ["requests>=2"]
[project.urls]
Repository = "https://example.com/git"
"#;
    let package = opened("demo.tar.gz", &tgz(&[("demo/pyproject.toml", toml), ("demo/demo.py", b"")]));
    assert_eq!(facts(&package), (Some("demo"), Some("3.1")));
    let manifest = &package.manifest;
    assert_eq!((manifest.license.as_deref(), manifest.author.as_deref()), (Some("MIT"), Some("a@example.com")));
    assert_eq!(manifest.repository.as_deref(), Some("https://example.com/git"));
    assert_eq!(manifest.dependencies, [("requests".to_owned(), ">=2".to_owned())]);
    assert_eq!(manifest.modules, ["demo"]);
}

#[test]
fn a_broken_pyproject_is_told() {
    let package = opened("demo-1.tar.gz", &tgz(&[("demo/pyproject.toml", b"[project\n"), ("demo/demo.py", b"")]));
    assert!(package.skipped[0].reason.starts_with("it is no valid TOML: "), "{:?}", package.skipped);
}

#[test]
fn setup_cfg() {
    let text = b"[metadata]\nname = demo\nversion = attr: demo.version\nauthor = A\n[options]\ninstall_requires =\n  requests\n  rich>=1\n";
    let package = opened("demo-4.0.tar.gz", &tgz(&[("d/setup.cfg", text), ("d/setup.py", b"")]));
    assert_eq!(facts(&package), (Some("demo"), Some("4.0")));
    assert_eq!(package.manifest.dependencies.len(), 2);
}

#[rstest]
#[case("demo-1.0.tar.gz", Some("demo"), Some("1.0"))]
#[case("base-64-1.0b2.tar.bz2", Some("base-64"), Some("1.0b2"))]
#[case("demo-1.0.0-beta.2.tgz", Some("demo"), Some("1.0.0-beta.2"))]
#[case("demo_x-1.0-py3-none-any.whl", Some("demo_x"), Some("1.0"))]
#[case("demo-7.zip", Some("demo"), Some("7"))]
#[case("demo.zip", Some("demo"), None)]
#[case("demo-1.0.win32.exe", Some("demo"), Some("1.0"))]
#[case("demo-1.0.win-amd64-py2.7.exe", Some("demo"), Some("1.0"))]
#[case("demo-1.0.linux-x86_64.tar.gz", Some("demo"), Some("1.0"))]
#[case("demo-1.0.macosx-10.9-x86_64.tar.gz", Some("demo"), Some("1.0"))]
#[case("demo-1.0-py2.7-linux-x86_64.egg", Some("demo"), Some("1.0"))]
#[case("demo-1.0.tar.xz", Some("demo"), Some("1.0"))]
#[case("demo-1.0-py3-none-any.tar.gz", Some("demo"), Some("1.0"))]
fn the_file_name_where_no_manifest_tells(
    #[case] file: &str,
    #[case] name: Option<&str>,
    #[case] version: Option<&str>,
) {
    let package = opened(file, &tgz(&[("x/setup.py", b""), ("x/y.txt", b"")]));
    assert_eq!(facts(&package), (name, version));
}

#[test]
fn manifests_of_both_ecosystems_are_told() {
    let members: [(&str, &[u8]); 2] = [("package/package.json", b"{}"), ("package/PKG-INFO", b"Name: x\n")];
    let package = opened("x.tgz", &tgz(&members));
    assert_eq!(package.ecosystem, Ecosystem::Npm);
    assert_eq!(oddities(&package), [": it holds manifests of npm and of PyPI; it is read as a package of npm"]);
}

/// What runs, as `phase name file`.
fn entries(package: &Package) -> Vec<String> {
    let path = |target: &Target| match target {
        Target::File(file) | Target::Function { file, .. } | Target::Shell { file, .. } => {
            package.files[*file].path.clone()
        }
        Target::Unresolved(what) => what.clone(),
    };
    package
        .entries
        .iter()
        .map(|entry| format!("{} {} {}", entry.phase.word(), entry.name, path(&entry.target)))
        .collect()
}

#[test]
fn an_installer_for_windows() {
    let members: [(&str, &[u8]); 5] = [
        ("PURELIB/demo/__init__.py", b"1"),
        ("PURELIB/demo-1.0-py2.7.egg-info", b"Metadata-Version: 1.0\nName: demo\nVersion: 1.0\n"),
        ("PLATLIB/fast.py", b"2"),
        ("PLATLIB/start.pth", b"import demo\n"),
        ("SCRIPTS/demo-tool", b"#!python\n"),
    ];
    let package = opened("demo-1.0.win32.exe", &[b"MZ program".to_vec(), zip(&members)].concat());
    assert_eq!((package.ecosystem, package.root.as_str()), (Ecosystem::Pypi, ""));
    assert_eq!(facts(&package), (Some("demo"), Some("1.0")));
    assert_eq!(
        entries(&package),
        [
            "install start.pth (interpreter start) PLATLIB/start.pth",
            "import import demo PURELIB/demo/__init__.py",
            "import import fast PLATLIB/fast.py",
            "run script demo-tool SCRIPTS/demo-tool",
        ]
    );
}

#[test]
fn an_archive_of_what_is_installed() {
    let members: [(&str, &[u8]); 5] = [
        ("./usr/bin/demo-tool", b"#!/usr/bin/python\n"),
        ("./usr/lib/python3/site-packages/demo/__init__.py", b"1"),
        ("./usr/lib/python3/site-packages/demo/tests/setup.py", b"2"),
        ("./usr/lib/python3/site-packages/sitecustomize.py", b"3"),
        ("./usr/lib/python3/site-packages/demo-1.0.egg-info", b"Name: demo\nVersion: 1.0\n"),
    ];
    let package = opened("demo-1.0.linux-x86_64.tar.gz", &tgz(&members));
    assert_eq!((package.ecosystem, package.root.as_str()), (Ecosystem::Pypi, "usr/"));
    assert_eq!(facts(&package), (Some("demo"), Some("1.0")));
    assert_eq!(
        entries(&package),
        [
            "install sitecustomize.py (interpreter start) usr/lib/python3/site-packages/sitecustomize.py",
            "import import demo usr/lib/python3/site-packages/demo/__init__.py",
            "run script demo-tool usr/bin/demo-tool",
        ]
    );
}

#[test]
fn of_two_folders_of_metadata_the_one_named_as_the_wheel_is_shown() {
    let members: [(&str, &[u8]); 3] = [
        ("demo/__init__.py", b"1"),
        ("aaa-0.1.dist-info/METADATA", b"Name: aaa\nVersion: 0.1\n"),
        ("De.mo-1.0.dist-info/METADATA", b"Name: de_mo\nVersion: 1.0\n"),
    ];
    let package = opened("de_mo-1.0.0-py3-none-any.whl", &zip(&members));
    assert_eq!(facts(&package), (Some("de_mo"), Some("1.0")));
    assert_eq!(
        oddities(&package),
        [
            ": the wheel has 2 .dist-info folders (De.mo-1.0.dist-info, aaa-0.1.dist-info): pip refuses it; what is shown comes \
             from De.mo-1.0.dist-info/METADATA"
        ]
    );
}

#[rstest]
#[case("demo-1.0-py3-none-any.whl", "Demo", "1.0.0", &[])]
#[case("de_mo-1.0a1-py3-none-any.whl", "de.mo", "1.0.alpha1", &[])]
#[case("demo-1.0_1-py3-none-any.whl", "demo", "1.0+1", &[])]
#[case("other-1.0-py3-none-any.whl", "demo", "1.0", &["name is demo, the file name says other"])]
#[case("demo-1.1-py3-none-any.whl", "demo", "1.0", &["version is 1.0, the file name says 1.1"])]
#[case("demo-1.1.win32.exe", "demo", "1.1", &[])]
#[case("demo-1.0-17b38f2d.zip", "demo", "1.0", &[])]
#[case("demo-1.1-17b38f2d.zip", "demo", "1.0", &["version is 1.0, the file name says 1.1-17b38f2d"])]
#[case("x", "demo", "1.0", &[])]
fn a_name_that_is_not_the_file_names_is_told(
    #[case] archive: &str,
    #[case] name: &str,
    #[case] version: &str,
    #[case] told: &[&str],
) {
    let metadata = format!("Name: {name}\nVersion: {version}\n");
    let package = opened(archive, &zip(&[("demo.py", b"1"), ("demo-1.0.dist-info/METADATA", metadata.as_bytes())]));
    let told =
        told.iter().map(|what| format!("demo-1.0.dist-info/METADATA: its {what}: pip refuses what it did not ask for"));
    assert_eq!(oddities(&package), told.collect::<Vec<_>>());
}
