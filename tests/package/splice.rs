//! Packages with further files in them.

use std::sync::Arc;

use cerebro::package::Target;

use super::build::*;

#[test]
fn further_files_lie_in_the_package_and_entries_still_name_theirs() {
    let members: [(&str, &[u8]); 3] = [
        ("package/package.json", br#"{"name": "demo", "version": "1.0.0", "main": "m.js"}"#),
        ("package/m.js", b"main"),
        ("package/z.js", b"own"),
    ];
    let package = opened("demo-1.0.0.tgz", &tgz(&members));
    let more = |path: &str, text: &str| (path.to_owned(), Arc::from(text.as_bytes()));
    let padded = package.with_files([more("a.js", "new"), more("lib/b.js", "new"), more("z.js", "other")]);
    let shown = ["package/a.js", "package/lib/b.js", "package/m.js", "package/package.json", "package/z.js"];
    assert_eq!(paths(&padded), shown);
    assert_eq!(text(&padded, "package/z.js"), "own", "a file that is there stays");
    assert_eq!((padded.name.as_deref(), &padded.sha256), (Some("demo"), &package.sha256));
    let main = padded.entries.iter().find(|entry| entry.name == "main").unwrap();
    assert!(matches!(main.target, Target::File(file) if padded.files[file].path == "package/m.js"));
}
