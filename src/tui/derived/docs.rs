//! The texts of a package under their ids: files and the layers decoded from them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::behavior::Sequence;
use crate::package::{Package, Phase};
use crate::syntax::Doc;
use crate::text::{self, Source};

use super::Discarded;
use super::rows::{Row, rows};
use super::tree::Tree;

/// What the steps leave on one line: the gutter's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineMark {
    /// The earliest phase of the line's steps.
    pub phase: Phase,
    /// The first step of the line.
    pub step: usize,
}

/// How many steps a document holds, and the earliest phase among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Number of steps.
    pub steps: usize,
    /// The earliest phase: the one that runs by itself.
    pub phase: Phase,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { steps: self.steps + other.steps, phase: self.phase.min(other.phase) }
    }
}

/// Look-ups over package and sequence. A copy shares everything.
#[derive(Debug, Clone, Default)]
pub struct Docs {
    package: Option<Arc<Package>>,
    sequence: Arc<Sequence>,
    index: Arc<Index>,
}

#[derive(Debug, Default)]
struct Index {
    /// The steps of each document, in run order.
    steps: HashMap<Doc, Vec<usize>>,
    /// The lines with steps of each document, ascending.
    lines: HashMap<Doc, Vec<(usize, LineMark)>>,
    tallies: HashMap<Doc, Tally>,
    rows: Arc<Vec<Row>>,
    tree: Arc<Tree>,
}

impl Index {
    fn new(package: Option<&Package>, sequence: &Sequence) -> Self {
        let mut index = Self::default();
        for (step, at) in sequence.steps.iter().enumerate() {
            index.steps.entry(at.doc).or_default().push(step);
            index.lines.entry(at.doc).or_default().push((at.line, LineMark { phase: at.phase, step }));
            let one = Tally { steps: 1, phase: at.phase };
            index.tallies.entry(at.doc).and_modify(|t| *t = t.with(one)).or_insert(one);
        }
        for lines in index.lines.values_mut() {
            // Stable: the first step of a line stays its first.
            lines.sort_by_key(|(line, _)| *line);
            lines.dedup_by(|(line, mark), (kept, first)| {
                let same = line == kept;
                if same {
                    first.phase = first.phase.min(mark.phase);
                }
                same
            });
        }
        index.rows = Arc::new(rows(sequence, 0..sequence.steps.len()));
        index.tree = package.map(|package| Arc::new(Tree::new(package, sequence, &index.tallies))).unwrap_or_default();
        index
    }
}

impl Docs {
    /// Before the sequence is known there are only files; the default sequence is empty. Takes longer than a frame where there
    /// are many steps or files, so a worker calls it.
    #[must_use]
    pub fn new(package: Arc<Package>, sequence: Arc<Sequence>) -> Self {
        let index = Arc::new(Index::new(Some(&package), &sequence));
        Self { package: Some(package), sequence, index }
    }

    /// A sequence of no package.
    #[cfg(test)]
    pub(in crate::tui) fn of(sequence: Sequence) -> Self {
        Self { package: None, index: Arc::new(Index::new(None, &sequence)), sequence: Arc::new(sequence) }
    }

    /// What takes long to be freed, beside the package and the sequence.
    pub(in crate::tui) fn large(&self) -> Discarded {
        Arc::clone(&self.index) as Discarded
    }

    /// The file tree.
    #[must_use]
    pub fn tree(&self) -> &Arc<Tree> {
        &self.index.tree
    }

    /// The rows of the whole sequence.
    #[must_use]
    pub fn rows(&self) -> &Arc<Vec<Row>> {
        &self.index.rows
    }

    /// The steps of a document, in run order.
    #[must_use]
    pub fn steps_of(&self, doc: Doc) -> &[usize] {
        self.index.steps.get(&doc).map_or(&[], Vec::as_slice)
    }

    /// The package, once it is open.
    #[must_use]
    pub fn package(&self) -> Option<&Arc<Package>> {
        self.package.as_ref()
    }

    /// Both, to be given to a worker.
    #[must_use]
    pub fn shared(&self) -> Option<(Arc<Package>, Arc<Sequence>)> {
        Some((self.package.clone()?, Arc::clone(&self.sequence)))
    }

    /// The sequence; empty until it is known.
    #[must_use]
    pub fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// The sequence, to hand to a worker.
    #[must_use]
    pub fn shared_sequence(&self) -> Arc<Sequence> {
        Arc::clone(&self.sequence)
    }

    /// The decoded text, `None` for binary content.
    #[must_use]
    pub fn source(&self, doc: Doc) -> Option<&Arc<Source>> {
        match doc {
            Doc::File(file) => self.package.as_ref()?.files.get(file)?.source.as_ref(),
            Doc::Layer(layer) => self.sequence.layers.get(layer)?.text(),
        }
    }

    /// The bytes of a file or layer.
    #[must_use]
    pub fn bytes(&self, doc: Doc) -> &[u8] {
        match doc {
            Doc::File(file) => self.package.as_ref().and_then(|p| p.files.get(file)).map_or(&[], |file| &*file.bytes),
            Doc::Layer(layer) => self.sequence.layers.get(layer).map_or(&[], |l| l.content()),
        }
    }

    /// The same for a worker.
    #[must_use]
    pub fn shared_bytes(&self, doc: Doc) -> Option<Arc<[u8]>> {
        match doc {
            Doc::File(file) => self.package.as_ref()?.files.get(file).map(|file| Arc::clone(&file.bytes)),
            Doc::Layer(layer) => self.sequence.layers.get(layer).map(|layer| layer.content().into()),
        }
    }

    /// The path as it stands in the archive: untrusted. A layer has the path of the file it came from.
    #[must_use]
    pub fn raw_path(&self, doc: Doc) -> &str {
        let mut doc = doc;
        // Layers come after their parents, so this ends; the bound guards against a sequence that says otherwise.
        for _ in 0..=self.sequence.layers.len() {
            match doc {
                Doc::File(file) => {
                    return self.package.as_ref().and_then(|p| p.files.get(file)).map_or("", |f| f.path.as_str());
                }
                Doc::Layer(layer) => match self.sequence.layers.get(layer) {
                    Some(layer) => doc = layer.parent,
                    None => return "",
                },
            }
        }
        ""
    }

    /// The path inside the package, escaped; a layer adds its recipe.
    #[must_use]
    pub fn name(&self, doc: Doc) -> String {
        let path = self.raw_path(doc);
        let root = self.package.as_ref().map_or("", |p| p.root.as_str());
        let path = text::escape(path.strip_prefix(root).unwrap_or(path));
        match doc {
            Doc::File(_) => path.into_owned(),
            Doc::Layer(layer) => format!("{path} › {}", self.recipe(layer)),
        }
    }

    /// How a layer was derived, escaped.
    #[must_use]
    pub fn recipe(&self, layer: usize) -> String {
        let recipe = self.sequence.layers.get(layer).map_or_else(String::new, |l| l.recipe.join(" › "));
        text::escape(&recipe).into_owned()
    }

    /// The last part of the name, for narrow places.
    #[must_use]
    pub fn short_name(&self, doc: Doc) -> String {
        let path = self.raw_path(doc);
        let short = text::escape(path.rsplit('/').next().unwrap_or(path)).into_owned();
        match doc {
            Doc::File(_) => short,
            Doc::Layer(layer) => format!("{short}›{layer}"),
        }
    }

    /// Line and column of a byte of a text, as `:line:column`; `None` where there is no text.
    #[must_use]
    pub fn at(&self, doc: Doc, byte: usize) -> Option<String> {
        let (line, column) = self.source(doc)?.line_column(byte);
        Some(format!(":{line}:{column}"))
    }

    /// The mark of a line, from 1.
    #[must_use]
    pub fn line_mark(&self, doc: Doc, line: usize) -> Option<LineMark> {
        let lines = self.index.lines.get(&doc)?;
        let at = lines.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        lines.get(at).map(|(_, mark)| *mark)
    }

    /// What a document holds.
    #[must_use]
    pub fn tally(&self, doc: Doc) -> Option<Tally> {
        self.index.tallies.get(&doc).copied()
    }
}
