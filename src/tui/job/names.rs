//! Where names are defined and used, across the package: on a worker, for files are parsed for it.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::behavior::Sequence;
use crate::case::Case;
use crate::syntax::ir::Language;
use crate::syntax::{Doc, symbols};
use crate::text::Span;

use super::slot::Slot;
use super::{Answer, Message, Ticket, answer, guarded};

/// Names of one line that are looked up.
const NAMES: usize = 12;
/// Places told of one request.
const MOST: usize = 2000;
/// Largest text parsed for its names: larger ones are data or bundles.
const LARGEST: usize = 16 << 20;

/// A name at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name; untrusted.
    pub name: String,
    /// The file or layer.
    pub doc: Doc,
    /// Where in its text.
    pub span: Span,
    /// What defines it there; `None` where it is used.
    pub defines: Option<String>,
}

/// The worker that looks names up.
pub(super) fn naming(slot: &Slot<NamesWork>, to: &Sender<Message>) {
    while let Some((work, turn)) = slot.take() {
        let found = guarded("looking for names", || find(&work, &|| slot.replaced(turn)));
        let (ticket, definitions) = (work.ticket, work.definitions);
        answer(to, Answer::Named { ticket, definitions, found: found.unwrap_or_default() });
    }
}

/// The names in a stretch of a document, with where they are defined and used: in the document itself first, then file by
/// file; those of the stretch around it where that says nothing. `None` when told to stop.
pub(super) fn find(work: &NamesWork, stop: &dyn Fn() -> bool) -> Option<Vec<Named>> {
    let wanted = |named: &Named| !work.definitions || named.defines.is_some();
    let mut found = find_in(&work.case, work.doc, work.within, stop)?;
    if !found.iter().any(wanted) && work.around != work.within {
        found = find_in(&work.case, work.doc, work.around, stop)?;
    }
    found.retain(wanted);
    Some(found)
}

fn find_in(case: &Case, doc: Doc, within: Span, stop: &dyn Fn() -> bool) -> Option<Vec<Named>> {
    let here = case.source(doc)?;
    let Some(names) = language(case, doc).and_then(|language| symbols::names_in(&here.text, language, within)) else {
        return Some(Vec::new());
    };
    let files = (0..case.package.files.len()).map(Doc::File);
    let layers = (0..case.sequence.layers.len()).map(Doc::Layer);
    let others = files.chain(layers).filter(|other| *other != doc);
    let docs: Vec<Doc> = std::iter::once(doc).chain(others).collect();
    let mut found = Vec::new();
    for name in names.into_iter().take(NAMES) {
        for doc in &docs {
            if stop() {
                return None;
            }
            let Some(source) = case.source(*doc).filter(|s| s.text.len() <= LARGEST && s.text.contains(&name)) else {
                continue;
            };
            let Some(language) = language(case, *doc) else { continue };
            let symbols = symbols::of_name(&source.text, language, &name);
            found.extend(symbols.into_iter().map(|symbol| Named {
                name: name.clone(),
                doc: *doc,
                span: symbol.span,
                defines: symbol.defines,
            }));
            if found.len() > MOST {
                found.truncate(MOST);
                return Some(found);
            }
        }
    }
    Some(found)
}

/// The language of a document; a layer is in that of the file it hangs from, unless its recipe says otherwise.
fn language(case: &Case, doc: Doc) -> Option<Language> {
    let source = case.source(doc)?;
    let file = case.file_of(doc)?;
    match doc {
        Doc::File(_) => Language::of(&file.path, &source.text),
        Doc::Layer(layer) => {
            let known = file.source.as_ref().and_then(|s| Language::of(&file.path, &s.text));
            known.or_else(|| of_recipe(&case.sequence, layer))
        }
    }
}

/// A command line that starts an interpreter says which.
fn of_recipe(sequence: &Sequence, layer: usize) -> Option<Language> {
    let recipe = &sequence.layers.get(layer)?.recipe;
    let says = |word: &str| recipe.iter().any(|step| step.contains(word));
    if says("python") || says("pth") || says("exec") {
        Some(Language::Python)
    } else if says("node") || says("eval") || says("Function") {
        Some(Language::JavaScript)
    } else {
        None
    }
}

/// A request.
pub(super) struct NamesWork {
    pub ticket: Ticket,
    pub case: Arc<Case>,
    pub doc: Doc,
    pub within: Span,
    pub around: Span,
    pub definitions: bool,
}
