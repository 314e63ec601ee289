//! The state as a package begins, and what of it outlasts the package before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;

use crate::config::{Config, ThemeName};

use super::super::worker::Ticket;
use super::card::{self, Card};
use super::compare::Compare;
use super::docs::Docs;
use super::drag::Drag;
use super::files::Files;
use super::heat::Heat;
use super::indicators::Indicators;
use super::queue::Batch;
use super::results::Results;
use super::search::Search;
use super::select::Selecting;
use super::sequence::Steps;
use super::shaped::Shapes;
use super::spans::Spans;
use super::spot::Spot;
use super::start::StartScreen;
use super::tokens::Tokens;
use super::view::{Trail, View};
use super::viewer::Viewer;
use super::walk::Walk;
use super::{Pane, Stage, State, diff, lab, paint};

impl State {
    /// The state before anything is known of the package.
    #[must_use]
    pub fn new(config: Arc<Config>, look: ThemeName, path: &str, size: Size) -> Self {
        let mut state = Self {
            config,
            look,
            look_guessed: false,
            size,
            view: View::default(),
            focus: Pane::Sequence,
            right: Pane::Sequence,
            zoom: false,
            path: crate::text::escape(path).into_owned(),
            file: None,
            start: StartScreen::default(),
            guide: None,
            stage: Stage::Opening,
            failed: None,
            queue: Batch::default(),
            elapsed: Duration::ZERO,
            docs: Docs::default(),
            case: None,
            judge: None,
            card: Card::default(),
            walk: Walk::default(),
            diff: diff::Versions::default(),
            trail: Trail::default(),
            files: Files::default(),
            viewer: Viewer::default(),
            shapes: Shapes::default(),
            lab: None,
            steps: Steps::default(),
            tokens: Tokens::default(),
            spoken: Arc::default(),
            heat: Heat::default(),
            explanation: None,
            compare: Compare::default(),
            explaining: false,
            overlay: None,
            spot: Spot::default(),
            search: Search::default(),
            asked_before: String::new(),
            results: Results::default(),
            indicators: Indicators::default(),
            spans: Spans::default(),
            report: super::report::Preview::default(),
            selecting: Selecting::default(),
            drag: Drag::default(),
            count: None,
            notice: None,
            label: None,
            labelling: false,
            mouse: true,
            hidden: 0,
            quit: None,
            signal: None,
            left: None,
            touched: false,
            dirty: true,
            started: Instant::now(),
            opening: Ticket::default(),
            painting: paint::Painting::default(),
            naming: Ticket::default(),
            measuring: Ticket::default(),
            judging: Ticket::default(),
            reloading: Ticket::default(),
            asked: Ticket::default(),
            decoding: lab::Tickets::default(),
            working: 0,
        };
        state.fit();
        card::lay(&mut state);
        state
    }

    /// Puts away everything that belongs to the package on the screen and begins with another path. What is not named here
    /// begins anew, so that nothing of one package can show up in the next.
    pub(super) fn leave(&mut self, path: &str) {
        let fresh = Self::new(Arc::clone(&self.config), self.look, path, self.size);
        let old = std::mem::replace(self, fresh);
        self.right = old.right;
        self.tokens.method = old.tokens.method;
        self.tokens.choice = old.tokens.choice;
        self.judge = old.judge;
        self.reloading = old.reloading;
        // What is still being decoded or laid out is of the package before.
        self.decoding = old.decoding;
        self.shapes.ticket = old.shapes.ticket;
        self.decoding.renew();
        self.shapes.ticket.renew();
        self.queue = old.queue;
        self.start = old.start;
        self.guide = old.guide;
        self.mouse = old.mouse;
        self.asked_before = old.asked_before;
        self.look_guessed = old.look_guessed;
        self.quit = old.quit;
        self.signal = old.signal;
        // Answers of workers that are still to come are counted until they are here.
        self.working = old.working;
        self.fit();
    }
}
