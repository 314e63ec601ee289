//! `cerebro train`: fine-tunes a BERT checkpoint on a corpus or an exported dataset.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::{Exit, Global, Outcome, corpus, reading};
use crate::model::Device;
use crate::model::train::{Progress, Settings, train};

/// Arguments of `cerebro train`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Corpus index (.csv, packages in files/ beside it) or dataset (.jsonl with text and pieces).
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// BERT checkpoint to start from: config.json, tokenizer.json, model.safetensors.
    #[arg(long, value_name = "DIR")]
    base: PathBuf,
    /// Folder of the new model.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on from the checkpoint in the folder of the new model, if there is one.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    reading: reading::ReadAs,
    #[command(flatten)]
    tuning: Tuning,
}

/// How the network is trained.
#[derive(Debug, Clone, clap::Args)]
pub struct Tuning {
    /// Passes over the data.
    #[arg(long, value_name = "N", default_value_t = Settings::default().epochs)]
    epochs: usize,
    /// Packages per step.
    #[arg(long, value_name = "N", default_value_t = Settings::default().batch)]
    batch: usize,
    /// Peak learning rate.
    #[arg(long, value_name = "RATE", default_value_t = Settings::default().rate)]
    lr: f64,
    /// Seed of everything random.
    #[arg(long, value_name = "N", default_value_t = Settings::default().seed)]
    seed: u64,
    /// Layers kept, the first of the base; 0 keeps all.
    #[arg(long, value_name = "N", default_value_t = Settings::default().layers)]
    layers: usize,
    /// Most tokens of a window.
    #[arg(long, value_name = "N", default_value_t = Settings::default().window)]
    window: usize,
    /// How far ecosystems and classes are levelled: 0 not at all, 1 fully.
    #[arg(long, value_name = "SHARE", default_value_t = Settings::default().balance)]
    balance: f64,
    /// Share of texts of which some pieces are masked.
    #[arg(long, value_name = "SHARE", default_value_t = Settings::default().masked_texts)]
    masked: f64,
    /// Steps between checkpoints; 0 writes none.
    #[arg(long, value_name = "N", default_value_t = Settings::default().checkpoint)]
    checkpoint: usize,
}

impl Tuning {
    /// The settings, with the defaults for what has no option.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            epochs: self.epochs,
            batch: self.batch,
            rate: self.lr,
            seed: self.seed,
            layers: self.layers,
            window: self.window,
            balance: self.balance,
            masked_texts: self.masked,
            checkpoint: self.checkpoint,
            ..Settings::default()
        }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When the data, the base or the device cannot be used.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let device: Device = global.device.parse()?;
    let examples = corpus::read(&args.data, &global.open_options(), &args.reading.reading(), 0)?;
    let settings = args.tuning.settings();
    train(&examples, &args.base, &args.out, &settings, &device, args.resume, &mut |p| show("training", p))?;
    writeln!(stderr(), "the model is in {}; measure it with cerebro eval", args.out.display())?;
    Ok(Exit::Done)
}

/// Shows how far a training is: in place on a terminal, else a line now and then.
pub fn show(what: &str, progress: Progress) -> ControlFlow<()> {
    let Progress { step, steps, loss, left } = progress;
    let (minutes, seconds) = (left.as_secs() / 60, left.as_secs() % 60);
    let line = format!("{what}: step {step}/{steps}, loss {loss:.4}, {minutes}:{seconds:02} left");
    // Nobody to tell when stderr is gone; the training goes on.
    let _ = if stderr().is_terminal() {
        write!(stderr(), "\r{line}  {}", if step == steps { "\n" } else { "" })
    } else if step % 25 == 0 || step == steps {
        writeln!(stderr(), "{line}")
    } else {
        Ok(())
    };
    ControlFlow::Continue(())
}
