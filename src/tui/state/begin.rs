//! The state as a package begins, and what of it outlasts the package before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;

use crate::config::{Config, ThemeName};

use crate::session::Widths;
use crate::tui::derived::docs::Docs;
use crate::tui::derived::heat::Heat;
use crate::tui::state::deciding::Deciding;
use crate::tui::state::drag::Drag;
use crate::tui::state::search::Search;
use crate::tui::state::trail::Trail;
use crate::tui::state::walk::Walk;
use crate::tui::state::{Pane, Stage, State};
use crate::tui::view::View;
use crate::tui::view::annotations::Spans;
use crate::tui::view::card;
use crate::tui::view::card::Card;
use crate::tui::view::classify::Classify;
use crate::tui::view::code::files::Files;
use crate::tui::view::code::paint;
use crate::tui::view::code::select::Selecting;
use crate::tui::view::code::sequence::Steps;
use crate::tui::view::code::shaped::Shapes;
use crate::tui::view::code::source::Viewer;
use crate::tui::view::code::tokens::Tokens;
use crate::tui::view::disputes::Disputes;
use crate::tui::view::explain::Compare;
use crate::tui::view::indicators::Indicators;
use crate::tui::view::queue::Batch;
use crate::tui::view::results::Results;
use crate::tui::view::start::StartScreen;
use crate::tui::view::{decoder, diff};
use crate::tui::widget::spot::Spot;
use crate::tui::worker::Ticket;

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
            progress: None,
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
            previews: crate::tui::view::code::preview::Previews::default(),
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
            report: crate::tui::view::report::Preview::default(),
            selecting: Selecting::default(),
            drag: Drag::default(),
            count: None,
            notice: None,
            label: None,
            labelling: false,
            deciding: Deciding::default(),
            classify: Classify::default(),
            disputes: Disputes::default(),
            blind: false,
            kept: 0,
            mouse: true,
            hidden: 0,
            quit: None,
            signal: None,
            left: None,
            touched: false,
            handed: None,
            dirty: true,
            focused: None,
            prefix: None,
            widths: Widths::default(),
            started: Instant::now(),
            opening: Ticket::default(),
            painting: paint::Painting::default(),
            naming: Ticket::default(),
            measuring: Ticket::default(),
            judging: Ticket::default(),
            reloading: Ticket::default(),
            asked: Ticket::default(),
            decoding: decoder::Tickets::default(),
            jobs: super::jobs::Jobs::default(),
            working: 0,
        };
        state.blind = state.config.settings.blind;
        state.fit();
        card::lay(&mut state);
        state
    }

    /// Puts away everything that belongs to the package on the screen and begins with another path. What is not named here
    /// begins anew, so that nothing of one package can show up in the next.
    pub(in crate::tui) fn leave(&mut self, path: &str) {
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
        self.kept = old.kept;
        self.focused = old.focused;
        self.widths = old.widths;
        self.blind = old.blind;
        self.disputes = old.disputes;
        self.asked_before = old.asked_before;
        self.look_guessed = old.look_guessed;
        self.quit = old.quit;
        self.signal = old.signal;
        // Answers of workers that are still to come are counted until they are here.
        self.working = old.working;
        self.fit();
    }
}
