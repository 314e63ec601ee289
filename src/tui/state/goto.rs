//! Going to a document, a step or a place: all panes follow, and what is selected in them stays on the screen.

use crate::syntax::Doc;

use crate::tui::state::{Pane, State};
use crate::tui::view::View;
use crate::tui::view::{diff, explain};
use crate::tui::widget::page;

impl State {
    /// Puts everything that depends on the size of the screen in order again.
    pub(in crate::tui) fn fit(&mut self) {
        let areas = self.areas();
        self.steps.height = if areas.inner(Pane::Sequence).width >= 70 { 1 } else { 2 };
        diff::fit(self);
        self.fit_hex();
        self.follow();
    }

    /// Scrolls lists so that what is selected is on the screen.
    pub(in crate::tui) fn follow(&mut self) {
        let heights = [Pane::Files, Pane::Sequence, Pane::Tokens].map(|pane| self.height(pane));
        self.files.follow(heights[0]);
        self.steps.follow(heights[1]);
        self.tokens.follow(heights[2]);
        if self.view == View::Explain {
            explain::follow(self);
        }
    }

    /// Shows a document in the source pane.
    pub(in crate::tui) fn show(&mut self, doc: Doc) {
        if self.viewer.show(doc) {
            self.search.doc = None;
            if self.docs.source(doc).is_none() {
                self.viewer.hex = true;
                self.viewer.top = 0;
                self.viewer.byte = 0;
            }
            self.keep_in_text();
        }
    }

    /// Selects a step everywhere: in the sequence, the tree, the source, the tokens.
    pub(in crate::tui) fn select_step(&mut self, step: usize) {
        self.end_selection();
        self.steps.select(step);
        let Some((doc, span)) = self.docs.sequence().steps.get(step).map(|s| (s.doc, s.span)) else { return };
        self.files.reveal(doc);
        self.show(doc);
        if self.docs.source(doc).is_some() {
            self.viewer.hex = false;
            self.emphasise(span);
        }
        self.tokens.select_step(&self.spoken, step);
        self.follow();
    }

    /// Goes to a place in a document: the code comes up with the place in the source pane. One can go back.
    pub(in crate::tui) fn go(&mut self, goal: page::Goal) {
        self.leave_mark();
        self.shapes.arrived = true;
        self.view = View::Code;
        self.focus = Pane::Source;
        self.show_place(goal);
    }

    /// Shows a place in the source pane, wherever that stands.
    pub(in crate::tui) fn show_place(&mut self, (doc, span): page::Goal) {
        self.files.reveal(doc);
        self.show(doc);
        self.end_selection();
        match (self.docs.source(doc).is_some(), span) {
            (true, Some(span)) => {
                self.viewer.hex = false;
                self.emphasise(span);
            }
            (true, None) => {
                self.viewer.hex = false;
                self.viewer.span = None;
                let height = self.height(Pane::Source);
                if let Some(source) = self.shown_source().cloned() {
                    self.viewer.to_line(1, &source, height);
                }
            }
            (false, span) => {
                self.viewer.span = span;
                self.put_on_byte(span.map_or(0, |span| span.start));
            }
        }
        self.fit();
    }

    /// The steps of the selected file in the sequence, when the tree's selection moved.
    pub(in crate::tui) fn follow_files(&mut self) {
        let Some(doc) = self.files.selected_doc() else { return };
        self.show(doc);
        self.viewer.span = None;
        if self.steps.only.is_some() && self.steps.only != Some(doc) {
            self.steps.only = Some(doc);
            self.list_steps();
        }
        let shown = self.steps.step().and_then(|s| self.docs.sequence().steps.get(s)).map(|s| s.doc);
        if shown != Some(doc)
            && let Some(first) = self.docs.steps_of(doc).first().copied()
        {
            self.steps.select(first);
        }
        self.follow();
    }

    pub(in crate::tui) fn list_steps(&mut self) {
        self.steps.list(&self.docs);
    }
}
