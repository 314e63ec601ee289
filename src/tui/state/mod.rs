//! The state of the workbench: what all views share, and what each of them keeps.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;

use crate::behavior::Progress;
use crate::case::Case;
use crate::config::{Action, Config, Context, Key, Theme, ThemeName};
use crate::ledger::Label;
use crate::package::Package;
use crate::text::Span;

use crate::session::Widths;
use crate::tui::layout::{self, Areas};
use crate::tui::worker::{Judge, Ticket, Work};

mod begin;
pub mod case;
pub mod copy;
pub mod deciding;
pub mod drag;
pub mod explained;
mod goto;
pub mod here;
mod jobs;
pub mod listed;
mod message;
mod pane;
pub mod renumber;
pub mod resume;
pub mod risk;
pub mod search;
pub mod shown;
pub mod trail;
pub mod walk;

pub use message::{Effect, Message};
pub use pane::Pane;

use crate::tui::derived::docs::Docs;
use crate::tui::derived::heat::Heat;
use crate::tui::derived::spoken::Spoken;
use crate::tui::view::View;
use crate::tui::view::annotations::{Known, Spans};
use crate::tui::view::card::Card;
use crate::tui::view::classify::Classify;
use crate::tui::view::code::files::Files;
use crate::tui::view::code::preview::Previews;
use crate::tui::view::code::select::Selecting;
use crate::tui::view::code::sequence::Steps;
use crate::tui::view::code::shaped::Shapes;
use crate::tui::view::code::source::{Selection, Viewer};
use crate::tui::view::code::tokens::Tokens;
use crate::tui::view::decoder::Lab;
use crate::tui::view::disputes::Disputes;
use crate::tui::view::explain::Compare;
use crate::tui::view::guide::Guide;
use crate::tui::view::indicators::Indicators;
use crate::tui::view::queue::Batch;
use crate::tui::view::report::Preview;
use crate::tui::view::results::Results;
use crate::tui::view::start::StartScreen;
use crate::tui::widget::prompt::Prompt;
use crate::tui::widget::spot::Spot;
use deciding::Deciding;
use drag::Drag;
use explained::Ranked;
use search::Search;
use trail::Trail;
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
    Places(crate::tui::view::places::Places),
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
    /// How far the reading of the code is, where that takes long.
    pub progress: Option<Progress>,
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
    pub diff: crate::tui::view::diff::Versions,
    /// Places to go back to.
    pub trail: Trail,
    /// The file tree.
    pub files: Files,
    /// The source pane.
    pub viewer: Viewer,
    /// What a file that is no text shows.
    pub previews: Previews,
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
    /// What the label says beside the verdict.
    pub classify: Classify,
    /// Packages on which analysts disagree.
    pub disputes: Disputes,
    /// Whether the model's answer is hidden until a package is decided.
    pub blind: bool,
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
    /// What goes with the decision on the package.
    pub deciding: Deciding,
    /// A label that waits for the analysis or the disk.
    pub labelling: bool,
    /// How many decisions wait on this machine for the ledger's server.
    pub kept: usize,
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
    /// Whether the terminal has the focus, where it tells.
    pub focused: Option<bool>,
    /// The first key of several, until the next one.
    pub prefix: Option<Key>,
    /// Widths that were given to the panes.
    pub widths: Widths,
    /// Where the case was left the last time, until the analyst touches anything.
    pub(in crate::tui) left: Option<crate::session::LastPlace>,
    pub(in crate::tui) touched: bool,
    /// An action that a view hands on, for what is not its own.
    pub(in crate::tui) handed: Option<Action>,
    pub(in crate::tui) started: Instant,
    pub(in crate::tui) opening: Ticket,
    pub(in crate::tui) painting: crate::tui::view::code::paint::Painting,
    pub(in crate::tui) naming: Ticket,
    pub(in crate::tui) measuring: Ticket,
    pub(in crate::tui) judging: Ticket,
    pub(in crate::tui) reloading: Ticket,
    pub(in crate::tui) asked: Ticket,
    pub(in crate::tui) decoding: crate::tui::view::decoder::Tickets,
    pub(in crate::tui) jobs: jobs::Jobs,
    pub(in crate::tui) working: usize,
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
        Areas::new(self.size, self.view, self.focus, self.zoom, self.guide.is_some(), self.widths)
    }

    /// Which keys hold.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.is_selecting() {
            return Context::Select;
        }
        (self.view.contract().context)(self)
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
        self.viewer.selection.map(Selection::span).or(self.viewer.span)
    }

    /// Whether answers are still to come.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.stage != Stage::Done || self.working > 0 || self.spans.known == Known::Asked
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

    pub(in crate::tui) fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), error: false });
    }

    /// Has an action done that is not the view's own, as if its key had been pressed.
    pub(in crate::tui) fn hand_on(&mut self, action: Action) -> Vec<Effect> {
        self.handed = Some(action);
        Vec::new()
    }

    pub(in crate::tui) fn complain(&mut self, text: &str) {
        tracing::warn!("{text}");
        self.notice = Some(Notice { text: crate::text::escape(text).into_owned(), error: true });
    }

    /// Counts work that was handed out, so that a test can wait for all of it.
    pub(in crate::tui) fn work(&mut self, work: Work) -> Effect {
        self.working += 1;
        Effect::Work(work)
    }
}

/// Scrolls a list of rows of one line so that the selected one is on the screen, moving as little as possible.
pub(in crate::tui) fn follow(top: usize, selected: usize, rows: usize, height: usize) -> usize {
    let most = rows.saturating_sub(height);
    top.min(most).min(selected).max((selected + 1).saturating_sub(height))
}
