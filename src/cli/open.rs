//! `cerebro PATH`: the workbench.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use strum::IntoEnumIterator as _;
use tracing::{debug, warn};

use crate::behavior::Reading;
use crate::case::Case;
use crate::config::{self, Config, ThemeName};
use crate::external::Named;
use crate::ledger::Order;
use crate::model::Device;
use crate::queue::Queue;
use crate::sandbox::{News, Sandbox};
use crate::session::Session;
use crate::text::escape;
use crate::tui::state::{Notice, State};
use crate::tui::term::{self, Background, Reader, Term};
use crate::tui::view::queue::Batch;
use crate::tui::worker::{Again, FileLabels, First, Judge, Labels, Load, OpenQueue, Start};
use crate::tui::{Watch, Workbench, plain};

use super::others::{Others, attach};
use super::{Exit, Global, Outcome};

/// Options of the workbench.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Colors; auto takes what fits the terminal [default: those of the configuration, else auto].
    #[arg(long, value_name = "NAME", env = "CEREBRO_THEME", value_parser = PossibleValuesParser::new(themes()))]
    theme: Option<String>,
    /// Another version of the package, to say what changed since.
    #[arg(long, value_name = "PATH")]
    pub(super) against: Option<PathBuf>,
    /// Line by line for screen readers: what a view shows as text, commands from standard input, no escape codes.
    #[arg(long)]
    pub(super) plain: bool,
    /// Hide what the model says of a package until it is decided.
    #[arg(long)]
    blind: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    #[command(flatten)]
    pub(super) others: Others,
}

/// What `--theme` may be; clap lists it in help and completions.
fn themes() -> impl Iterator<Item = &'static str> {
    std::iter::once(config::AUTO).chain(ThemeName::iter().map(ThemeName::name))
}

/// Opens the workbench on a package.
///
/// # Errors
/// When the path is no package, the configuration is wrong or there is no terminal.
pub fn run(path: &Path, args: &Args, global: &Global) -> Outcome {
    let named = args.others.named()?;
    let place = path.to_owned();
    let first = |sandbox: Arc<Sandbox>| {
        First::Package(Box::new(move |opened| read(&sandbox, &place, &Reading::default(), &named, opened)))
    };
    show(first, path, args, global)
}

/// Opens the workbench on its start screen.
///
/// # Errors
/// When the configuration is wrong or there is no terminal.
pub fn start(args: &Args, global: &Global) -> Outcome {
    show(|_| First::Start, Path::new(""), args, global)
}

/// Opens the workbench on the next package of the queue.
///
/// # Errors
/// When the ledger cannot be used, the configuration is wrong or there is no terminal.
pub fn queue(order: Order, args: &Args, global: &Global) -> Outcome {
    if args.others.any() {
        return Err(
            "--findings and --metadata go with one package, not with the queue; there, files beside a package count"
                .into(),
        );
    }
    if args.against.is_some() {
        return Err("--against goes with one package, not with the queue; there, D asks for the other version".into());
    }
    show(|_| First::Queue(order), Path::new(""), args, global)
}

fn show(first: impl FnOnce(Arc<Sandbox>) -> First, path: &Path, args: &Args, global: &Global) -> Outcome {
    if args.plain {
        return plain(first, path, args, global);
    }
    if !super::start::has_terminal() {
        return Err("the workbench needs a terminal; without one, use cerebro scan or cerebro sequence".into());
    }
    let config = Config::load(global.config_folder().as_deref(), config::depth(&variable))?;
    let sandbox = Arc::new(Sandbox::new(global.sandbox, global.open_options())?);
    let first = first(Arc::clone(&sandbox));
    let mouse = config.settings.mouse && !args.no_mouse;
    let chosen = match &args.theme {
        Some(name) => name.parse().ok(),
        None => config.settings.theme,
    };
    let session = Session::of_user().filter(|_| config.settings.restore);
    let mut reader = Reader::default();
    let ask = || {
        let answer = reader.ask_background();
        debug!(?answer, "asked the terminal for its background");
        match answer {
            Ok(Background::Fits(theme)) => Some(theme),
            Ok(Background::Late | Background::Unknown) | Err(_) => None,
        }
    };
    let (screen, look) = Term::enter(mouse, || chosen.unwrap_or_else(|| config::guess_theme(&variable, ask)))?;
    let ended = screen.size().and_then(|size| {
        let mut state = State::new(Arc::new(config), look, &path.to_string_lossy(), size);
        state.mouse = mouse;
        state.widths = session.as_ref().map(Session::widths).unwrap_or_default();
        let widths = state.widths;
        state.blind |= args.blind;
        state.diff.against.clone_from(&args.against);
        state.look_guessed = chosen.is_none();
        begin(&mut state, &first, path);
        state.notice = sandbox.warning().map(|text| Notice { text: text.to_owned(), error: true });
        let mut workbench = Workbench::new(state, screen, workers(first, sandbox, global, session.clone()));
        if let Some(folder) = global.config_folder() {
            let load =
                move |folder: &Path| Config::load(Some(folder), config::depth(&variable)).map_err(|e| e.to_string());
            workbench = workbench.watching(Watch::new(folder.join(config::FILE), move || load(&folder)));
        }
        reader.listen(workbench.sender());
        term::heed_signals(workbench.sender())?;
        let ended = workbench.run();
        keep(session.as_ref(), &workbench.state);
        if let Some(session) = session.as_ref().filter(|_| workbench.state.widths != widths)
            && let Err(e) = session.keep_widths(workbench.state.widths)
        {
            warn!("the widths of the panes are not kept: {e}");
        }
        Ok((ended, workbench.state.signal))
    });
    term::restore();
    match ended? {
        // A terminal that is gone is what the signal told of.
        (_, Some(signal)) => Ok(Exit::Signal(signal)),
        (ended, None) => match ended? {
            Ok(()) => Ok(Exit::Done),
            Err(why) => Err(escape(&why).into_owned().into()),
        },
    }
}

/// Remembers where the case is left.
fn keep(session: Option<&Session>, state: &State) {
    if let (Some(session), Some(left)) = (session, state.last_place())
        && let Err(e) = session.keep(left)
    {
        warn!("where the case is left is not kept: {e}");
    }
}

/// The same line by line, on standard input and output.
fn plain(first: impl FnOnce(Arc<Sandbox>) -> First, path: &Path, args: &Args, global: &Global) -> Outcome {
    let config = Config::load(global.config_folder().as_deref(), config::depth(&variable))?;
    let sandbox = Arc::new(Sandbox::new(global.sandbox, global.open_options())?);
    let first = first(Arc::clone(&sandbox));
    let session = Session::of_user().filter(|_| config.settings.restore);
    let mut state = State::new(Arc::new(config), ThemeName::default(), &path.to_string_lossy(), plain::SIZE);
    state.blind |= args.blind;
    state.diff.against.clone_from(&args.against);
    begin(&mut state, &first, path);
    state.notice = sandbox.warning().map(|text| Notice { text: text.to_owned(), error: true });
    let workers = workers(first, sandbox, global, session.clone());
    let mut workbench = Workbench::new(state, plain::Page::new()?, workers);
    let ended = plain::run(&mut workbench, &mut io::stdin().lock(), &mut io::stdout().lock())?;
    keep(session.as_ref(), &workbench.state);
    match ended {
        Ok(()) => Ok(Exit::Done),
        Err(why) => Err(escape(&why).into_owned().into()),
    }
}

/// What the workbench begins with.
fn begin(state: &mut State, first: &First, path: &Path) {
    match first {
        First::Package(_) => state.file = std::path::absolute(path).ok(),
        First::Queue(order) => state.queue = Batch::begun(*order),
        First::Start => state.begin_at_start(),
    }
}

/// An environment variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read(
    sandbox: &Sandbox,
    path: &Path,
    reading: &Reading,
    named: &Named,
    told: &mut dyn FnMut(News<'_>),
) -> Result<Case, String> {
    let case = sandbox.read(path, reading, told).map_err(|error| error.to_string())?;
    Ok(attach(case, path, named))
}

/// What the workers do first.
fn workers(first: First, sandbox: Arc<Sandbox>, global: &Global, session: Option<Session>) -> Start {
    let for_reading_again = Arc::clone(&sandbox);
    let again: Again =
        Arc::new(move |package, reading| for_reading_again.read_again(package, reading).map_err(|e| e.to_string()));
    let (for_model, for_ledger, for_queue) = (global.clone(), global.clone(), global.clone());
    let for_glance = global.clone();
    let load: Load = Arc::new(move |folder| {
        let device = for_model.device.parse::<Device>().map_err(|e| e.to_string())?;
        let folder = folder.map_or_else(|| for_model.model_folder(), |folder| Ok(folder.to_owned()));
        Judge::load(&folder.map_err(|e| e.to_string())?, &device, Arc::clone(&again))
    });
    let at_first = Arc::clone(&load);
    let for_opening = Arc::clone(&sandbox);
    Start {
        first,
        open: Arc::new(move |path, reading, told| read(&for_opening, path, reading, &Named::default(), told)),
        sandbox,
        queue: OpenQueue {
            open: Box::new(move || {
                let ledger = for_queue.open_ledger().map_err(|e| e.to_string())?;
                Queue::new(ledger).map_err(|e| e.to_string())
            }),
            exists: Box::new(move || for_glance.has_ledger()),
        },
        load: Box::new(move || at_first(None)),
        reload: load,
        labels: Box::new(move || {
            let ledger = for_ledger.open_ledger().map_err(|e| e.to_string())?;
            Ok(Box::new(FileLabels::new(ledger)) as Box<dyn Labels>)
        }),
        session,
    }
}
