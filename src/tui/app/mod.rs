//! The state of the workbench and the only function that changes it.
//!
//! [`update`] takes one [`Message`] and answers with [`Effect`]s for the loop to carry out. It blocks on nothing: whatever
//! takes longer than a frame is an effect that a worker answers later with another message.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;

use crate::case::Case;
use crate::config::{Action, Config, Context, Theme, ThemeName};
use crate::ledger::Label;
use crate::package::Package;
use crate::text::Span;

use super::layout::{self, Areas};
use super::worker::{Judge, Ticket, Work};

mod act;
mod answer;
mod begin;
mod beside;
pub mod card;
pub mod compare;
pub mod complete;
mod copy;
pub mod diff;
mod discarded;
pub mod drag;
pub mod explained;
pub mod files;
pub mod finder;
mod goto;
pub mod guide;
pub mod here;
pub mod hex;
pub mod indicators;
mod input;
pub mod lab;
pub mod layers;
pub mod listed;
mod message;
mod mouse;
pub mod pages;
mod paint;
mod pane;
pub mod picker;
pub mod places;
pub mod prompt;
pub mod queue;
mod reload;
pub mod renumber;
pub mod report;
pub mod results;
mod resume;
pub mod risk;
pub mod search;
mod seek;
pub mod select;
pub mod sequence;
pub mod shaped;
pub mod shown;
pub mod spans;
pub mod spot;
pub mod start;
pub mod tokens;
mod travel;
pub mod view;
pub mod viewer;
pub mod walk;

pub use super::derived::{columns, docs, heat, judgement, spoken};
pub use message::{Effect, Message};
pub use pane::Pane;

use card::Card;
use compare::Compare;
use docs::Docs;
use drag::Drag;
use explained::Ranked;
use files::Files;
use guide::Guide;
use heat::Heat;
use indicators::Indicators;
use lab::Lab;
use prompt::Prompt;
use queue::Batch;
use report::Preview;
use results::Results;
use search::Search;
use select::Selecting;
use sequence::Steps;
use shaped::Shapes;
use spans::Spans;
use spoken::Spoken;
use spot::Spot;
use start::StartScreen;
use tokens::Tokens;
use view::{Trail, View};
use viewer::Viewer;
use walk::Walk;

/// How far the analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The archive is being read.
    Opening,
    /// The code is being read.
    Reading,
    /// The model is being loaded.
    Loading,
    /// The model reads the sequence.
    Judging,
    /// Nothing runs any more.
    Done,
}

/// What is on top of the panes.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The keys; first line shown.
    Help(usize),
    /// Everything known.
    Details(Spot),
    /// Places to go to.
    Places(places::Places),
    /// A line being typed.
    Prompt(Prompt),
}

/// A line for the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What to say; escaped.
    pub text: String,
    /// Whether something went wrong.
    pub error: bool,
}

/// The whole state.
#[derive(Debug)]
pub struct State {
    /// Keys and themes.
    pub config: Arc<Config>,
    /// Which theme.
    pub look: ThemeName,
    /// Whether the terminal may still change it: nobody has chosen one.
    pub look_guessed: bool,
    /// The screen.
    pub size: Size,
    /// What fills the screen.
    pub view: View,
    /// Where the keys go in the view of the code.
    pub focus: Pane,
    /// What the third pane shows: sequence or tokens.
    pub right: Pane,
    /// Whether the focused pane has the whole screen.
    pub zoom: bool,
    /// The path as given, escaped.
    pub path: String,
    /// Where it lies, from the root on; `None` for what lies nowhere.
    pub file: Option<PathBuf>,
    /// What the start screen shows.
    pub start: StartScreen,
    /// The guided tour, while it is on.
    pub guide: Option<Guide>,
    /// How far the analysis is.
    pub stage: Stage,
    /// Why the package cannot be read, escaped.
    pub failed: Option<String>,
    /// The packages that are worked through.
    pub queue: Batch,
    /// Since the start; moves only while something runs.
    pub elapsed: Duration,
    /// The files and the texts.
    pub docs: Docs,
    /// The analysis, once the code is read.
    pub case: Option<Arc<Case>>,
    /// The loaded model, or why there is none.
    pub judge: Option<Result<Arc<Judge>, String>>,
    /// The case card.
    pub card: Card,
    /// The evidence in order of weight.
    pub walk: Walk,
    /// The diff against another version.
    pub diff: diff::Versions,
    /// Places to go back to.
    pub trail: Trail,
    /// The file tree.
    pub files: Files,
    /// The source pane.
    pub viewer: Viewer,
    /// The documents that are laid out to be read.
    pub shapes: Shapes,
    /// The decoder lab, while it is open.
    pub lab: Option<Lab>,
    /// The sequence pane.
    pub steps: Steps,
    /// The token view.
    pub tokens: Tokens,
    /// What speaks for the steps.
    pub spoken: Arc<Spoken>,
    /// The explanation as heat, once there is one.
    pub heat: Heat,
    /// The explanation itself: log odds, or attention.
    pub explanation: Option<Arc<Ranked>>,
    /// The view that explains.
    pub compare: Compare,
    /// Whether an explanation is being made.
    pub explaining: bool,
    /// What is on top.
    pub overlay: Option<Overlay>,
    /// Where the details were left.
    pub spot: Spot,
    /// What is searched in the focused pane.
    pub search: Search,
    /// What was searched there last, to be asked again.
    pub asked_before: String,
    /// What is searched in the whole package.
    pub results: Results,
    /// The table of indicators.
    pub indicators: Indicators,
    /// The marked spans of the package.
    pub spans: Spans,
    /// The report of the package, as it would be sent.
    pub report: Preview,
    /// What goes with the selection.
    pub selecting: Selecting,
    /// What the mouse has hold of.
    pub drag: Drag,
    /// How often the next movement is to be made, while that is being typed.
    pub count: Option<usize>,
    /// What is said in the line of messages.
    pub notice: Option<Notice>,
    /// The analyst's label.
    pub label: Option<Label>,
    /// A label that waits for the analysis or the disk.
    pub labelling: bool,
    /// Whether clicks come to us.
    pub mouse: bool,
    /// Hidden characters in the whole package, once counted.
    pub hidden: usize,
    /// Set when the program is to end: with an error if the package could not be opened.
    pub quit: Option<Result<(), String>>,
    /// The signal that ends the program, if one does.
    pub signal: Option<i32>,
    /// Whether the screen is out of date.
    pub dirty: bool,
    /// Where the case was left the last time, until the analyst touches anything.
    left: Option<crate::session::LastPlace>,
    touched: bool,
    started: Instant,
    opening: Ticket,
    painting: paint::Painting,
    naming: Ticket,
    measuring: Ticket,
    judging: Ticket,
    reloading: Ticket,
    asked: Ticket,
    decoding: lab::Tickets,
    working: usize,
}

impl State {
    /// The theme in use.
    #[must_use]
    pub fn theme(&self) -> &Theme {
        self.config.theme(self.look)
    }

    /// Where everything stands on the screen.
    #[must_use]
    pub fn areas(&self) -> Areas {
        Areas::new(self.size, self.view, self.focus, self.zoom, self.guide.is_some())
    }

    /// Which keys hold.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.is_selecting() {
            return Context::Select;
        }
        self.view.context().unwrap_or_else(|| self.focus.context())
    }

    /// Lines of a pane's content on the screen; at least one.
    #[must_use]
    pub fn height(&self, pane: Pane) -> usize {
        usize::from(self.areas().inner(pane).height).max(1)
    }

    /// Columns of source text on the screen.
    #[must_use]
    pub fn text_width(&self) -> usize {
        let lines = self.shown_source().map_or(1, |source| source.line_count());
        usize::from(self.areas().inner(Pane::Source).width.saturating_sub(layout::gutter(lines)))
    }

    /// The bytes that are selected in the shown document; without a selection, those that are emphasised.
    #[must_use]
    pub fn selected_span(&self) -> Option<Span> {
        self.viewer.selection.map(viewer::Selection::span).or(self.viewer.span)
    }

    /// Whether answers are still to come.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.stage != Stage::Done || self.working > 0 || self.spans.known == spans::Known::Asked
    }

    /// Whether time should be shown to pass.
    #[must_use]
    pub fn ticking(&self) -> bool {
        self.stage != Stage::Done
            || self.results.running()
            || self.search.asked.is_some()
            || self.diff.progress.is_some()
    }

    /// The package, once it is open.
    #[must_use]
    pub fn package(&self) -> Option<&Arc<Package>> {
        self.docs.package()
    }

    /// The first key of an action, for sentences.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        self.config.keys.keys(action).into_iter().next().unwrap_or_default()
    }

    fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), error: false });
    }

    fn complain(&mut self, text: &str) {
        tracing::warn!("{text}");
        self.notice = Some(Notice { text: crate::text::escape(text).into_owned(), error: true });
    }

    /// Counts work that was handed out, so that a test can wait for all of it.
    fn work(&mut self, work: Work) -> Effect {
        self.working += 1;
        Effect::Work(work)
    }
}

/// Scrolls a list of rows of one line so that the selected one is on the screen, moving as little as possible.
fn follow(top: usize, selected: usize, rows: usize, height: usize) -> usize {
    let most = rows.saturating_sub(height);
    top.min(most).min(selected).max((selected + 1).saturating_sub(height))
}

/// Takes one message in.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let before = discarded::large(state);
    let mut effects = taken(state, message);
    effects.extend(discarded::gone(before));
    effects
}

fn taken(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Terminal(event) => input::event(state, event),
        Message::Answer(answer) => {
            state.dirty = true;
            answer::take(state, answer)
        }
        Message::Background(theme) => {
            if state.look_guessed {
                state.look = theme;
                state.dirty = true;
            }
            Vec::new()
        }
        Message::Stop(signal) => {
            state.signal = signal;
            state.quit = Some(if signal.is_some() { Ok(()) } else { Err("the terminal is gone".to_owned()) });
            Vec::new()
        }
        Message::Tick => {
            state.dirty |= state.ticking() || state.queue.minute_passed();
            seek::tell(state);
            Vec::new()
        }
    };
    if state.ticking() {
        state.elapsed = state.started.elapsed();
    }
    guide::watch(state);
    effects.extend(queue::idle(state));
    effects.extend(shaped::wanted(state));
    effects.extend(paint::wanted(state));
    effects.extend(tokens::wanted(state));
    if state.dirty && state.view == View::Card {
        card::lay(state);
    }
    effects
}
