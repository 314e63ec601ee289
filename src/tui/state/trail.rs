//! The way back: places one came from and returned from.

use crate::syntax::Doc;
use crate::text::Span;

use crate::tui::state::renumber::Moves;
use crate::tui::state::{Pane, State};
use crate::tui::view::View;

/// Most places kept to go back to.
const KEPT: usize = 500;

/// A place of the workbench that one can return to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    view: View,
    focus: Pane,
    doc: Option<Doc>,
    span: Option<Span>,
    cursor: usize,
    top: usize,
    left: usize,
    hex: bool,
    step: Option<usize>,
}

/// The places behind and ahead.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    back: Vec<Stop>,
    forward: Vec<Stop>,
}

impl Trail {
    /// Documents and steps have other numbers, or are gone: then so are the places in them.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        for stops in [&mut self.back, &mut self.forward] {
            stops.retain_mut(|stop| {
                let before = stop.doc;
                stop.doc = before.and_then(|doc| moves.doc(doc));
                stop.step = stop.step.and_then(|step| moves.step(step));
                before.is_none() || stop.doc.is_some()
            });
        }
    }
}

impl State {
    /// The view in which the case is read: behind the start screen, the one that it was opened from.
    pub(in crate::tui) fn view_of_case(&self) -> View {
        match self.view {
            View::Start => self.trail.back.last().map_or(View::Card, |stop| stop.view),
            view => view,
        }
    }

    /// Out of the lab, back to where its bytes were selected.
    pub(in crate::tui) fn leave_lab(&mut self) {
        self.lab = None;
        match self.trail.back.pop() {
            Some(stop) => self.return_to(stop),
            None => self.view = View::Code,
        }
    }

    fn stop(&self) -> Stop {
        let viewer = &self.viewer;
        Stop {
            view: self.view,
            focus: self.focus,
            doc: viewer.doc,
            span: viewer.span,
            cursor: viewer.cursor,
            top: viewer.top,
            left: viewer.left,
            hex: viewer.hex,
            step: self.steps.step(),
        }
    }

    /// Remembers where one is, before a jump away from it.
    pub(in crate::tui) fn leave_mark(&mut self) {
        let here = self.stop();
        if self.trail.back.last() != Some(&here) {
            self.trail.back.push(here);
            if self.trail.back.len() > KEPT {
                self.trail.back.remove(0);
            }
        }
        self.trail.forward.clear();
    }

    /// Back to where the last jump was made from, or forward again.
    pub(in crate::tui) fn retrace(&mut self, back: bool) {
        let here = self.stop();
        let Trail { back: behind, forward: ahead } = &mut self.trail;
        let (from, to) = if back { (behind, ahead) } else { (ahead, behind) };
        match from.pop() {
            Some(stop) => {
                to.push(here);
                self.return_to(stop);
            }
            None if back => self.say("There is no place to go back to."),
            None => self.say("There is no place to go forward to."),
        }
    }

    fn return_to(&mut self, stop: Stop) {
        self.end_selection();
        // A lab that was closed is not opened again.
        let closed = stop.view == View::Lab && self.lab.is_none();
        self.view = if closed { View::Code } else { stop.view };
        self.focus = stop.focus;
        if matches!(stop.focus, Pane::Sequence | Pane::Tokens) {
            self.right = stop.focus;
        }
        if let Some(doc) = stop.doc {
            self.files.reveal(doc);
            self.show(doc);
            self.viewer.hex = stop.hex;
            self.viewer.cursor = stop.cursor;
            self.viewer.top = stop.top;
            self.viewer.left = stop.left;
            self.viewer.span = stop.span;
            self.keep_in_text();
            if stop.hex {
                self.viewer.byte = stop.top * self.viewer.bytes_in_row();
            }
        }
        if let Some(step) = stop.step {
            self.steps.select(step);
            self.tokens.select_step(&self.spoken, step);
        }
        self.fit();
    }

    /// Back from a view to where it was opened; to the code where that is not known any more.
    pub(in crate::tui) fn leave_view(&mut self) {
        let view = self.view;
        if !self.trail.back.is_empty() {
            self.retrace(true);
        }
        if self.view == view {
            self.open_view(View::Code);
        }
    }

    /// Shows a view; going there is a step that one can take back.
    pub(in crate::tui) fn open_view(&mut self, view: View) {
        if self.view != view {
            self.leave_mark();
            self.view = view;
            self.fit();
        }
    }
}
