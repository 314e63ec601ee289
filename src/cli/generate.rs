//! `cerebro generate`: files made from the program's own tables, so that they say what it does.

use std::io::{self, Write};

use clap_complete::Shell;

use super::{Exit, Outcome, help};
use crate::config::{self, Keymap};
use crate::service;

/// Arguments of `cerebro generate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Completions for a shell.
    Completions {
        /// Which shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// The man page of the program, or of a subcommand.
    Man {
        /// Which subcommand.
        #[arg(value_name = "SUBCOMMAND")]
        of: Option<String>,
    },
    /// A config.toml to start from: every setting and key at its default, in comments.
    Config,
    /// The JSON Schema (draft 2020-12) of config.toml, for editors.
    ConfigSchema,
    /// The OpenAPI description (3.1) of what `cerebro serve` answers.
    Openapi,
}

/// Prints what is asked for.
///
/// # Errors
/// When there is no such subcommand, or the output cannot be written.
pub fn run(args: &Args) -> Outcome {
    let mut text = Vec::new();
    match &args.what {
        What::Completions { shell } => clap_complete::generate(*shell, &mut help::command(), "cerebro", &mut text),
        What::Man { of } => man(of.as_deref(), &mut text)?,
        What::Config => text = config::sample(&Keymap::built_in()?).into_bytes(),
        What::ConfigSchema => {
            serde_json::to_writer_pretty(&mut text, &config::schema())?;
            text.push(b'\n');
        }
        What::Openapi => {
            serde_json::to_writer_pretty(&mut text, &service::openapi())?;
            text.push(b'\n');
        }
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(Exit::Done)
}

fn man(of: Option<&str>, out: &mut Vec<u8>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut program = help::command();
    program.build();
    let page = match of {
        None => program,
        Some(name) => {
            // Built, it carries the name of its page, cerebro-scan for instance.
            program.find_subcommand(name).cloned().ok_or_else(|| {
                let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
                format!("there is no subcommand {name:?}; there are {}", known.join(", "))
            })?
        }
    };
    clap_mangen::Man::new(page).render(out)?;
    Ok(())
}
