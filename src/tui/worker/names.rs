//! Where names are defined and used, across the package.

use std::sync::Arc;

use crate::behavior::Sequence;
use crate::case::Case;
use crate::sandbox::{Sandbox, SandboxError};
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::Span;

use super::latest::{Latest, Stale};
use super::{Answer, Post, Ticket, guarded};

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

/// Names to be looked up.
#[derive(Debug)]
pub struct NamesWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The analysis.
    pub case: Arc<Case>,
    /// Where the names stand.
    pub doc: Doc,
    /// Bytes of its text.
    pub within: Span,
    /// Where to look when nothing in there has a place.
    pub around: Span,
    /// Whether only definitions are wanted.
    pub definitions: bool,
}

pub(super) fn start(sandbox: Arc<Sandbox>, to: &Post) -> Latest<NamesWork> {
    let given_up = |work: NamesWork| {
        let NamesWork { ticket, definitions, .. } = work;
        Answer::Named { ticket, definitions, found: None, failed: None }
    };
    Latest::start("names", to, given_up, move |work, tell, stale| {
        let NamesWork { ticket, definitions, .. } = work;
        let mut look = Look { sandbox: &sandbox, case: &work.case, stop: stale, failed: None };
        let found = guarded("looking for names", || look.find(&work)).unwrap_or_else(|why| {
            look.failed = Some(why);
            Some(Vec::new())
        });
        tell(Answer::Named { ticket, definitions, found, failed: look.failed });
    })
}

/// A look through a package.
struct Look<'l> {
    sandbox: &'l Sandbox,
    case: &'l Case,
    stop: Stale<'l>,
    /// Why a text was not looked through; the others are.
    failed: Option<String>,
}

impl Look<'_> {
    /// The names in a stretch of a document, with where they are defined and used: in the document itself first, then file by
    /// file; those of the stretch around it where that says nothing. `None` when told to stop.
    fn find(&mut self, work: &NamesWork) -> Option<Vec<Named>> {
        let wanted = |named: &Named| !work.definitions || named.defines.is_some();
        let mut found = self.find_in(work.doc, work.within)?;
        if !found.iter().any(wanted) && work.around != work.within {
            found = self.find_in(work.doc, work.around)?;
        }
        found.retain(wanted);
        Some(found)
    }

    fn find_in(&mut self, doc: Doc, within: Span) -> Option<Vec<Named>> {
        let here = self.case.source(doc)?;
        let Some(language) = language(self.case, doc) else { return Some(Vec::new()) };
        let names = self.sandbox.names_in(self.path(doc), here, language, within);
        let mut names = self.noted(names).flatten().unwrap_or_default();
        names.truncate(NAMES);
        let files = (0..self.case.package.files.len()).map(Doc::File);
        let layers = (0..self.case.sequence.layers.len()).map(Doc::Layer);
        let others = files.chain(layers).filter(|other| *other != doc);
        let mut places: Vec<(String, Vec<Named>)> = names.into_iter().map(|name| (name, Vec::new())).collect();
        for doc in std::iter::once(doc).chain(others) {
            if (self.stop)() {
                return None;
            }
            self.places_in(doc, &mut places);
        }
        let mut found: Vec<Named> = places.into_iter().flat_map(|(_, places)| places).collect();
        found.truncate(MOST);
        Some(found)
    }

    /// Adds where names stand in one document; it is parsed once for all of them.
    fn places_in(&mut self, doc: Doc, places: &mut [(String, Vec<Named>)]) {
        let Some(source) = self.case.source(doc).filter(|source| source.text.len() <= LARGEST) else { return };
        let stands = |(name, known): &(String, Vec<Named>)| known.len() < MOST && source.text.contains(name.as_str());
        let names: Vec<String> = places.iter().filter(|one| stands(one)).map(|(name, _)| name.clone()).collect();
        let Some(language) = language(self.case, doc).filter(|_| !names.is_empty()) else { return };
        let symbols = self.sandbox.symbols(self.path(doc), source, language, &names);
        for (name, symbols) in names.iter().zip(self.noted(symbols).unwrap_or_default()) {
            let Some((_, known)) = places.iter_mut().find(|(of, _)| of == name) else { continue };
            known.extend(symbols.into_iter().map(|symbol| Named {
                name: name.clone(),
                doc,
                span: symbol.span,
                defines: symbol.defines,
            }));
        }
    }

    fn path(&self, doc: Doc) -> &str {
        self.case.file_of(doc).map_or("", |file| file.path.as_str())
    }

    fn noted<T>(&mut self, answer: Result<T, SandboxError>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.failed = Some(error.to_string());
                None
            }
        }
    }
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
