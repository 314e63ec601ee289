//! Where one is in a case, and back there when it is opened again.

use crate::config::Action;
use crate::session::{About, Document, LastPlace, Left};
use crate::syntax::Doc;

use crate::tui::state::{Effect, Pane, State};
use crate::tui::view::View;
use crate::tui::worker::{ResumeWork, Work, word};

/// The panes by the names that are kept.
const PANES: [(&str, Pane); 4] =
    [("files", Pane::Files), ("source", Pane::Source), ("sequence", Pane::Sequence), ("tokens", Pane::Tokens)];

fn name(pane: Pane) -> String {
    PANES.iter().find(|(_, other)| *other == pane).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

fn pane(name: &str) -> Option<Pane> {
    PANES.iter().find(|(other, _)| *other == name).map(|(_, pane)| *pane)
}

impl State {
    /// The archive that is open and where one is in it; nothing before the code is read, nor of the sample of the tour.
    #[must_use]
    pub fn last_place(&self) -> Option<Left> {
        self.case.as_ref()?;
        if self.guide.is_some() {
            return None;
        }
        let viewer = &self.viewer;
        let document = viewer.doc.and_then(|doc| match doc {
            Doc::File(_) => Some(Document::File(self.docs.raw_path(doc).to_owned())),
            Doc::Layer(layer) => Some(Document::Layer(self.docs.sequence().layers.get(layer)?.sha256.clone())),
        });
        let view: &str = self.view_of_case().into();
        let place = LastPlace {
            view: view.to_owned(),
            pane: name(self.focus),
            right: name(self.right),
            zoom: self.zoom,
            step: self.steps.step(),
            document,
            line: self.document_line(),
            column: viewer.left,
            hex: viewer.hex.then_some(viewer.byte),
        };
        let package = self.package()?;
        let about = self.file.clone().map(|path| About {
            path,
            name: package.name.clone().unwrap_or_default(),
            version: package.version.clone().unwrap_or_default(),
            label: self.label.map_or("", word).to_owned(),
        });
        Some(Left { sha256: package.sha256.clone(), about, place })
    }

    /// Remembers where the open case is left.
    pub(in crate::tui) fn keep_place(&self) -> Option<Effect> {
        self.last_place().map(|left| Effect::Work(Work::Resume(ResumeWork::Keep(Box::new(left)))))
    }

    fn document(&self, document: &Document) -> Option<Doc> {
        match document {
            Document::File(path) => {
                let files = &self.package()?.files;
                files.iter().position(|file| file.path == *path).map(Doc::File)
            }
            Document::Layer(sha256) => {
                let layers = &self.docs.sequence().layers;
                layers.iter().position(|layer| layer.sha256 == *sha256).map(Doc::Layer)
            }
        }
    }
}

/// Takes in where the case was left, and goes there if the code is read already.
pub(in crate::tui) fn take(state: &mut State, sha256: &str, place: Option<LastPlace>) {
    // The analyst may have gone on to another package, or be at work in this one.
    if state.package().is_some_and(|package| package.sha256 == sha256) && !state.touched {
        state.left = place;
        if state.case.is_some() {
            restore(state);
        }
    }
}

/// Goes where the case was left. Nothing happens once the analyst has touched anything: the screen is theirs.
pub(in crate::tui) fn restore(state: &mut State) {
    let Some(place) = state.left.clone().filter(|_| !state.touched) else { return };
    if let Some(step) = place.step.filter(|step| *step < state.docs.sequence().steps.len()) {
        state.select_step(step);
    }
    if let Some(doc) = place.document.as_ref().and_then(|document| state.document(document)) {
        to_line(state, doc, &place);
    }
    state.right = pane(&place.right).filter(|pane| *pane == Pane::Tokens).unwrap_or(Pane::Sequence);
    state.focus = pane(&place.pane).unwrap_or(state.focus);
    state.zoom = place.zoom;
    // Other views begin with a question or a piece of work of their own; what they show is not kept.
    let card: &str = View::Card.into();
    state.view = if place.view == card { View::Card } else { View::Code };
    state.fit();
    if state.notice.is_some() {
        return;
    }
    let key = state.config.keys.keys(Action::Card).into_iter().next();
    match key.filter(|_| state.view != View::Card) {
        Some(key) => state.say(format!("This is where you left it; {key} shows the card.")),
        None => state.say("This is where you left it."),
    }
}

fn to_line(state: &mut State, doc: Doc, place: &LastPlace) {
    state.files.reveal(doc);
    state.show(doc);
    if let Some(source) = state.docs.source(doc).cloned() {
        let height = state.height(Pane::Source);
        state.viewer.hex = place.hex.is_some();
        state.viewer.to_line(place.line.max(1), &source, height);
        state.viewer.left = place.column;
        // The emphasis belongs to the step; elsewhere in the file nothing is emphasised.
        let line = state.viewer.cursor;
        state.viewer.span = state.viewer.span.filter(|span| source.line_of(span.start) == line);
    }
    if let Some(byte) = place.hex {
        state.put_on_byte(byte);
    }
}
