//! Folders on disk.

use cerebro::package::{self, OpenOptions};

use super::build::paths;

fn write(folder: &std::path::Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn a_folder_is_read_and_what_is_left_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo-2.0");
    write(
        &root,
        &[
            ("package.json", r#"{"main": "lib/a.js"}"#),
            ("lib/a.js", "1"),
            (".git/config", "x"),
            ("node_modules/dep/index.js", "x"),
            (".github/ci.yml", "x"),
        ],
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", root.join("lib/link.js")).unwrap();
    let package = package::open(&root, &OpenOptions::default()).unwrap();
    assert_eq!(paths(&package), [".github/ci.yml", "lib/a.js", "package.json"]);
    assert_eq!((package.root.as_str(), package.path.as_str()), ("", root.to_str().unwrap()));
    assert_eq!((package.name.as_deref(), package.version.as_deref()), (Some("demo"), Some("2.0")));
    let mut skipped: Vec<&str> = package.skipped.iter().map(|skip| skip.path.as_str()).collect();
    skipped.sort_unstable();
    #[cfg(unix)]
    assert_eq!(skipped, [".git", "lib/link.js", "node_modules"]);
}

#[test]
fn the_hash_of_a_folder_is_that_of_its_names_and_contents() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |name: &str, files: &[(&str, &str)]| {
        write(&folder.path().join(name), files);
        package::open(&folder.path().join(name), &OpenOptions::default()).unwrap().sha256
    };
    let first = hash("a", &[("x.py", "1"), ("y.py", "2")]);
    assert_eq!(first, hash("b", &[("y.py", "2"), ("x.py", "1")]));
    assert_ne!(first, hash("c", &[("x.py", "12"), ("y.py", "")]));
    assert_eq!(first.len(), 64);
}

#[test]
fn an_empty_folder_is_no_package() {
    let folder = tempfile::tempdir().unwrap();
    let error = package::open(folder.path(), &OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains(" is not a package: the folder holds no file that could be read; "), "{error}");
}
