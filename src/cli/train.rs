//! `cerebro train`: fine-tunes a BERT checkpoint, or a model of ours, on a corpus and on labels of one's own.

use std::io::{self, IsTerminal as _, Write as _, stderr, stdout};
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::output::fit;
use super::{Exit, Global, Outcome, corpus, reading};
use crate::model::dataset::{Example, Origin};
use crate::model::evaluate::label_errors::label_errors;
use crate::model::train::warm_start::{WarmStart, is_ours};
use crate::model::train::{Progress, Settings, train};
use crate::model::{Device, Model};
use crate::text::escape;

/// Most contradicted labels printed.
const SHOWN: usize = 20;

/// Arguments of `cerebro train`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Corpus index (.csv, packages in files/ beside it) or dataset (.jsonl with text and pieces, as cerebro export writes it).
    /// May be given several times: of a package that is in several, the last one holds.
    #[arg(long, value_name = "FILE", required = true)]
    data: Vec<PathBuf>,
    /// What to start from: a BERT checkpoint (config.json, tokenizer.json, model.safetensors) or a finished model.
    #[arg(long, value_name = "DIR", required_unless_present = "check_labels")]
    base: Option<PathBuf>,
    /// Folder of the new model.
    #[arg(long, value_name = "DIR", required_unless_present = "check_labels")]
    out: Option<PathBuf>,
    /// Only list the labels that the model of --model contradicts, and train nothing.
    #[arg(long, conflicts_with_all = ["base", "out", "resume"])]
    check_labels: bool,
    /// Go on from the checkpoint in the folder of the new model, if there is one.
    #[arg(long)]
    resume: bool,
    /// Write over a finished model in the folder of the new one.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    reading: reading::ReadAs,
    #[command(flatten)]
    tuning: Tuning,
}

/// How the network is trained.
#[derive(Debug, Clone, clap::Args)]
pub struct Tuning {
    /// Passes over the data.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Settings::default().epochs)]
    epochs: usize,
    /// Packages per step.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Settings::default().batch)]
    batch: usize,
    /// Peak learning rate.
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, default_value_t = Settings::default().rate)]
    lr: f64,
    /// Seed of everything random.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Layers kept, the first of the base; 0 keeps all.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Settings::default().layers)]
    layers: usize,
    /// Most tokens of a window.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Settings::default().window)]
    window: usize,
    /// How far ecosystems and classes are levelled: 0 not at all, 1 fully.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, default_value_t = Settings::default().balance)]
    balance: f64,
    /// Share of texts of which some pieces are masked.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, default_value_t = Settings::default().masked_texts)]
    masked: f64,
    /// Steps between checkpoints; 0 writes none.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = Settings::default().checkpoint)]
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
    // Before the data is read, which may take long.
    let settings = args.tuning.settings();
    settings.check()?;
    if let Some(out) = args.out.as_deref().filter(|out| !args.force && out.join("model.safetensors").exists()) {
        let out = out.display();
        return Err(format!(
            "--out {out}: there is a finished model; name another folder, or add --force to write over it"
        )
        .into());
    }
    let device: Device = global.device.parse()?;
    let data = corpus::read_all(&args.data, &global.sandbox()?, &args.reading.reading())?;
    let (examples, origins): (Vec<Example>, Vec<Origin>) = data.examples.into_iter().unzip();
    match global.load_model() {
        Ok(model) => check(&model, &examples, &origins)?,
        // A model that is asked for must be there; without one there is simply nothing to compare with.
        Err(why) if args.check_labels || global.model.is_some() => return Err(why),
        Err(why) => writeln!(stderr(), "labels not checked: {}", escape(&why.to_string()))?,
    }
    let (Some(base), Some(out)) = (&args.base, &args.out) else { return Ok(Exit::Done) };
    let warm = WarmStart::new(base, &examples)?;
    if warm.is_none() && is_ours(base) {
        let base = base.display();
        writeln!(stderr(), "{base} was trained on texts that were read otherwise: only its network is taken over")?;
    }
    train(&examples, base, out, &settings, &device, args.resume, &mut |p| show("training", p))?;
    if let Some(warm) = warm {
        warm.finish(out)?;
        writeln!(stderr(), "calibration and threshold are those of {}, not measured anew", base.display())?;
    }
    writeln!(
        stderr(),
        "the model is in {}: open it in the workbench (O) or measure it with cerebro eval",
        out.display()
    )?;
    Ok(Exit::Done)
}

/// Prints the labels that a model contradicts.
fn check(
    model: &Model,
    examples: &[Example],
    origins: &[Origin],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Suspect labels are known to be doubtful, and are not learnt.
    let kept: Vec<(&Example, &Origin)> = examples.iter().zip(origins).filter(|(example, _)| !example.suspect).collect();
    let name = escape(model.name());
    if kept.iter().any(|(example, _)| example.reading != *model.reading()) {
        writeln!(
            stderr(),
            "the model {name} reads packages otherwise and cannot judge these texts; labels not checked"
        )?;
        return Ok(());
    }
    writeln!(stderr(), "the model {name} judges {} labelled packages", kept.len())?;
    let judged: Vec<&Example> = kept.iter().map(|(example, _)| *example).collect();
    let found = label_errors(model, &judged)?;
    let mut out = io::BufWriter::new(stdout().lock());
    writeln!(out, "{} of {} labels contradict the model {name}", found.len(), kept.len())?;
    if !found.is_empty() {
        writeln!(out, "{}  {}  {}  where", fit("label", 9), fit("malicious", 9), fit("package", 40))?;
    }
    for one in found.iter().take(SHOWN) {
        let Some((example, origin)) = kept.get(one.index) else { continue };
        let label = if example.malicious { "malicious" } else { "benign" };
        let named = if origin.name.is_empty() { &example.sha256 } else { &origin.name };
        let file = origin.file.to_string_lossy();
        writeln!(
            out,
            "{}  {:>9.4}  {}  {}:{}",
            fit(label, 9),
            one.probability,
            fit(&escape(named), 40),
            escape(&file),
            origin.line
        )?;
    }
    if let Some(more) = found.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(out, "and {more} more, less strongly")?;
    }
    out.flush()?;
    Ok(())
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
