//! Packages made by hand. Each file of tests takes what it needs of this one and says the rest itself.

use std::sync::Arc;

use cerebro::package::{Ecosystem, File, Manifest, Package};
use cerebro::text::Source;

/// A file of text.
pub fn file(path: &str, text: &str) -> File {
    let source = Some(Arc::new(Source::new(text.to_owned())));
    File { path: path.to_owned(), bytes: text.as_bytes().into(), source }
}

/// A package of these files that runs nothing by itself and says nothing of itself.
pub fn package(ecosystem: Ecosystem, root: &str, files: Vec<File>) -> Package {
    Package {
        path: "demo".to_owned(),
        archive: String::new(),
        sha256: String::new(),
        size: 0,
        ecosystem,
        name: Some("demo".to_owned()),
        version: Some("1.0.0".to_owned()),
        root: root.to_owned(),
        tops: Vec::new(),
        files,
        manifest: Manifest::default(),
        entries: Vec::new(),
        oddities: Vec::new(),
        skipped: Vec::new(),
    }
}
