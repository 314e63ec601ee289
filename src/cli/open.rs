//! `cerebro PATH`: the workbench.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{self, Config, Depth, Ground};
use crate::model::Device;
use crate::package;
use crate::text::escape;
use crate::tui::app::State;
use crate::tui::job::{FileLabels, Judge, Labels, Load, Start};
use crate::tui::{Workbench, term};

use super::{Exit, Global, Outcome};

/// Options of the workbench.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Colors for a dark or a light background [default: what the terminal says of itself, else dark].
    #[arg(long, value_enum, value_name = "GROUND")]
    theme: Option<Ground>,
    /// Another version of the package, to say what changed since.
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    /// Folder with keys.toml and theme.toml [default: cerebro in the user's configuration folder].
    #[arg(long, value_name = "DIR", env = "CEREBRO_CONFIG")]
    config: Option<PathBuf>,
}

/// Opens the workbench on a package.
///
/// # Errors
/// When the path is no package, the configuration is wrong or there is no terminal.
pub fn run(path: &Path, args: &Args, global: &Global) -> Outcome {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err("the workbench needs a terminal; without one, use cerebro scan or cerebro sequence".into());
    }
    let folder = args.config.clone().or_else(config::folder);
    let config = Config::load(folder.as_deref(), depth())?;
    let ground = args.theme.unwrap_or_else(ground);
    let screen = term::Term::enter(!args.no_mouse)?;
    let ended = screen.size().and_then(|size| {
        let mut state = State::new(Arc::new(config), ground, &path.to_string_lossy(), size);
        state.mouse = !args.no_mouse;
        state.diff.against.clone_from(&args.against);
        let mut workbench = Workbench::new(state, screen, start(path, global));
        term::listen(workbench.sender());
        workbench.run()
    });
    term::restore();
    match ended? {
        Ok(()) => Ok(Exit::Done),
        Err(why) => Err(escape(&why).into_owned().into()),
    }
}

/// What the workers do first.
fn start(path: &Path, global: &Global) -> Start {
    let (path, options) = (path.to_owned(), global.open_options());
    let for_others = options.clone();
    let (for_model, for_ledger) = (global.clone(), global.clone());
    let load: Load = Arc::new(move |folder| {
        let device = for_model.device.parse::<Device>().map_err(|e| e.to_string())?;
        let folder = folder.map_or_else(|| for_model.model_folder(), |folder| Ok(folder.to_owned()));
        Judge::load(&folder.map_err(|e| e.to_string())?, &device)
    });
    let first = Arc::clone(&load);
    Start {
        open: Box::new(move || package::open(&path, &options).map_err(|e| e.to_string())),
        open_other: Arc::new(move |path| package::open(path, &for_others).map_err(|e| e.to_string())),
        load: Box::new(move || first(None)),
        reload: load,
        labels: Box::new(move || {
            let ledger = for_ledger.open_ledger().map_err(|e| e.to_string())?;
            Ok(Box::new(FileLabels::new(ledger)) as Box<dyn Labels>)
        }),
    }
}

/// How many colors the terminal says it has.
fn depth() -> Depth {
    // https://no-color.org: any value but the empty one.
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return Depth::None;
    }
    match std::env::var("COLORTERM").as_deref() {
        Ok("truecolor" | "24bit") => Depth::True,
        _ => Depth::Indexed,
    }
}

/// The background that the terminal announces in `COLORFGBG` (`15;0`: white on black), as rxvt, Konsole and others do.
fn ground() -> Ground {
    let value = std::env::var("COLORFGBG").unwrap_or_default();
    match value.rsplit(';').next().and_then(|back| back.parse::<u8>().ok()) {
        Some(7 | 9..=15) => Ground::Light,
        _ => Ground::Dark,
    }
}
