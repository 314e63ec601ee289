//! The preview of a file that is no text: a picture, the tables of a font, the members of an archive. Its bytes are one key away.

use std::sync::Arc;

use crate::evidence::preview::Preview;
use crate::syntax::Doc;
use crate::tui::state::{Effect, Pane, State};
use crate::tui::worker::PreviewJob;

pub mod draw;

/// Files of more bytes have none: handing one to a worker would take too long.
const LARGEST: usize = 64 << 20;

/// The preview of the document that was shown last.
#[derive(Debug, Clone, Default)]
pub struct Previews {
    /// Of which document.
    doc: Option<Doc>,
    /// It, once it is made and where there is one.
    made: Option<Arc<Preview>>,
    /// Whether the bytes are shown all the same.
    bytes: bool,
    /// First row on the screen.
    top: usize,
}

impl State {
    /// The preview that stands in the source pane in place of the bytes. Where a place in the bytes is shown it is they that
    /// one wants to see.
    #[must_use]
    pub fn previewed(&self) -> Option<&Arc<Preview>> {
        let viewer = &self.viewer;
        let whole = viewer.span.is_none() && viewer.bytes.is_none() && viewer.selection.is_none();
        let shown = whole && !self.previews.bytes && viewer.doc == self.previews.doc;
        self.previews.made.as_ref().filter(|_| shown)
    }
}

/// Asks for the preview of a document that has come into the source pane.
pub(in crate::tui) fn wanted(state: &mut State) -> Vec<Effect> {
    let Some(doc) = state.viewer.doc.filter(|doc| state.previews.doc != Some(*doc)) else { return Vec::new() };
    state.previews = Previews { doc: Some(doc), ..Previews::default() };
    if state.docs.source(doc).is_some() {
        return Vec::new();
    }
    let bytes = state.docs.shared_bytes(doc).filter(|bytes| !bytes.is_empty() && bytes.len() <= LARGEST);
    let Some(bytes) = bytes else { return Vec::new() };
    let path = state.docs.name(doc);
    let take = move |state: &mut State, made: Result<Option<Arc<Preview>>, String>| {
        if state.previews.doc == Some(doc) {
            match made {
                Ok(made) => state.previews.made = made,
                // The bytes stay; what broke a worker is worth a word.
                Err(why) => state.complain(&why),
            }
        }
        Vec::new()
    };
    vec![state.ask(PreviewJob { path, bytes }, take)]
}

/// Shows the bytes of a previewed document, or the preview again; whether there is one.
pub(in crate::tui) fn toggle(state: &mut State) -> bool {
    if state.previews.made.is_none() || state.previews.doc != state.viewer.doc {
        return false;
    }
    state.previews.bytes = state.previewed().is_some();
    if !state.previews.bytes {
        (state.viewer.span, state.viewer.bytes) = (None, None);
        state.end_selection();
    }
    true
}

/// Scrolls the preview; whether one is shown.
pub(in crate::tui) fn scroll(state: &mut State, by: isize) -> bool {
    let Some(preview) = state.previewed() else { return false };
    let last = draw::rows(preview).saturating_sub(state.height(Pane::Source));
    state.previews.top = state.previews.top.saturating_add_signed(by).min(last);
    true
}
