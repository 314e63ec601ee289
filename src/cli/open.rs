//! `cerebro PATH`: the workbench.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use strum::VariantNames as _;

use crate::config::{self, Config, ThemeName};
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
    /// Colors [default: those of the configuration, else what fits the terminal].
    #[arg(long, value_name = "NAME", env = "CEREBRO_THEME", value_parser = themes())]
    theme: Option<ThemeName>,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
}

/// The themes by name; clap lists them in help and completions.
fn themes() -> impl clap::builder::TypedValueParser<Value = ThemeName> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(ThemeName::VARIANTS).try_map(|name| name.parse::<ThemeName>())
}

/// Opens the workbench on a package.
///
/// # Errors
/// When the path is no package, the configuration is wrong or there is no terminal.
pub fn run(path: &Path, args: &Args, global: &Global) -> Outcome {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err("the workbench needs a terminal; without one, use cerebro scan or cerebro sequence".into());
    }
    let config = Config::load(global.config_folder().as_deref(), config::depth(&variable))?;
    let mouse = config.settings.mouse && !args.no_mouse;
    let chosen = args.theme.or(config.settings.theme);
    let screen = term::Term::enter(mouse)?;
    let theme = chosen.unwrap_or_else(|| config::guess_theme(&variable, || None));
    let ended = screen.size().and_then(|size| {
        let mut state = State::new(Arc::new(config), theme, &path.to_string_lossy(), size);
        state.mouse = mouse;
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

/// An environment variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What the workers do first.
fn start(path: &Path, global: &Global) -> Start {
    let (path, options) = (path.to_owned(), global.open_options());
    let (for_model, for_ledger) = (global.clone(), global.clone());
    let load: Load = Arc::new(move |folder| {
        let device = for_model.device.parse::<Device>().map_err(|e| e.to_string())?;
        let folder = folder.map_or_else(|| for_model.model_folder(), |folder| Ok(folder.to_owned()));
        Judge::load(&folder.map_err(|e| e.to_string())?, &device)
    });
    let first = Arc::clone(&load);
    Start {
        open: Box::new(move || package::open(&path, &options).map_err(|e| e.to_string())),
        load: Box::new(move || first(None)),
        reload: load,
        labels: Box::new(move || {
            let ledger = for_ledger.open_ledger().map_err(|e| e.to_string())?;
            Ok(Box::new(FileLabels::new(ledger)) as Box<dyn Labels>)
        }),
    }
}
