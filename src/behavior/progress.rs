//! How far the reading of a package's code is, for whoever waits for it. Nothing hangs on it.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::package::Package;
use crate::syntax::Doc;
use crate::text::many;

use super::interpret::Document;

/// Hears how far the reading is, from whatever thread is at it.
pub type Watch<'w> = &'w (dyn Fn(Progress) + Sync);

/// What is being done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Files are parsed, several at once.
    #[default]
    Parsing,
    /// What they run is followed, file after file.
    Following,
    /// Everything that one can point at beside the behaviors is gathered.
    Gathering,
}

/// How far the reading is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Files of this stage that are done or under way.
    pub files: usize,
    /// Files of this stage.
    pub of_files: usize,
    /// Bytes of the former.
    pub bytes: usize,
    /// Bytes of the latter.
    pub of_bytes: usize,
    /// The file begun last, an index in [`Package::files`].
    pub file: Option<usize>,
    /// Behaviors found so far.
    pub steps: usize,
}

impl Progress {
    /// All of it in a few words; the file is not named.
    #[must_use]
    pub fn words(&self) -> String {
        let of = |what: &str| {
            let files = format!("{what} file {} of {}", self.files, self.of_files);
            format!("{files}, {} of {}", megabytes(self.bytes), megabytes(self.of_bytes))
        };
        match self.stage {
            Stage::Parsing => of("parsing"),
            Stage::Following => format!("{}, {}", of("following"), many(self.steps, "step", "steps")),
            Stage::Gathering => "gathering evidence".to_owned(),
        }
    }
}

fn megabytes(bytes: usize) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// Counts the files that are parsed side by side.
pub(super) struct Parsing<'w> {
    watch: Watch<'w>,
    files: AtomicUsize,
    bytes: AtomicUsize,
    all: Progress,
}

impl<'w> Parsing<'w> {
    /// Nothing is parsed yet of the texts of a package.
    pub fn of(package: &Package, watch: Watch<'w>) -> Self {
        let texts = || package.files.iter().filter_map(|file| file.source.as_ref());
        let of_bytes = texts().map(|text| text.text.len()).sum();
        let all = Progress { of_files: texts().count(), of_bytes, ..Progress::default() };
        Self { watch, files: AtomicUsize::new(0), bytes: AtomicUsize::new(0), all }
    }

    /// A file is begun.
    pub fn begin(&self, file: usize, bytes: usize) {
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.watch)(Progress { files, bytes, file: Some(file), ..self.all });
    }
}

/// Counts the documents that the interpreter comes to, each once.
pub(super) struct Following<'w> {
    watch: Watch<'w>,
    met: Vec<bool>,
    now: Progress,
}

impl<'w> Following<'w> {
    /// None is met yet.
    pub fn of(documents: &[Document], watch: Watch<'w>) -> Self {
        let of_bytes = documents.iter().map(|document| document.source.text.len()).sum();
        let now = Progress { stage: Stage::Following, of_files: documents.len(), of_bytes, ..Progress::default() };
        Self { watch, met: vec![false; documents.len()], now }
    }

    /// A document is entered. What is decoded on the way belongs to the file that it was found in.
    pub fn enter(&mut self, document: usize, of: &Document, steps: usize) {
        let Doc::File(file) = of.doc else { return };
        if let Some(met) = self.met.get_mut(document).filter(|met| !**met) {
            *met = true;
            self.now.files += 1;
            self.now.bytes += of.source.text.len();
        }
        (self.now.file, self.now.steps) = (Some(file), steps);
        (self.watch)(self.now);
    }
}
