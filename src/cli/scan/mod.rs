//! `cerebro scan`: the pipeline without a screen, one object per package.

use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::ValueEnum;

use super::{Exit, Global, Outcome};
use crate::case::State;
use crate::report::sarif;
use crate::report::scan::Document;
use crate::text::write_json_line;
use package::Scanned;
use progress::Progress;

mod folders;
pub(super) mod jobs;
mod package;
pub(super) mod progress;
mod table;

/// Arguments of `cerebro scan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Packages: archives, folders, password zips; a folder of archives stands for each of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A former version of the one package: only what is new since then is judged.
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// jsonl: one object per package (schema cerebro-scan/1); sarif: a log with a run per package; table: for people.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Packages analysed at the same time [default: one per processor].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Sarif,
    Table,
}

/// Scans the packages and prints a report of each, in the order given, as soon as those before it are printed.
///
/// # Errors
/// When there is no model or the output cannot be written. A package that cannot be read is a report, not an error.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let model = global.load_model()?;
    let sandbox = global.sandbox()?;
    let jobs = args.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let folders::Expanded { packages, left_out } = folders::expand(&args.paths);
    for what in &left_out {
        writeln!(io::stderr(), "not scanned: {what}")?;
    }
    if args.against.is_some() && packages.len() != 1 {
        return Err(format!(
            "--against: {} packages are named; name the one that is another version of it",
            packages.len()
        )
        .into());
    }
    let mut progress = Progress::new(packages.len(), io::stderr().is_terminal());
    let mut tally = Tally::default();
    let mut out = io::stdout().lock();
    match args.format {
        Format::Table => writeln!(out, "{}", table::HEADER)?,
        Format::Sarif => write!(out, "{}", sarif::HEAD)?,
        Format::Jsonl => {}
    }
    let mut first = true;
    jobs::in_order(
        &packages,
        jobs,
        |path| package::scan(path, args.against.as_deref(), &sandbox, &model, args.format == Format::Sarif),
        |event| -> io::Result<()> {
            match event {
                jobs::Event::Started(path) => progress.started(path),
                jobs::Event::Finished => progress.finished(),
                jobs::Event::Next(Scanned { document: report, findings }) => {
                    tally.add(&report);
                    progress.clear();
                    match args.format {
                        Format::Jsonl => write_json_line(&mut out, &report)?,
                        Format::Table => table::write(&mut out, &report)?,
                        Format::Sarif => {
                            let comma = if std::mem::take(&mut first) { "\n" } else { "," };
                            write!(out, "{comma}")?;
                            write_json_line(&mut out, &findings.unwrap_or_default())?;
                        }
                    }
                    progress.draw();
                }
            }
            Ok(())
        },
    )?;
    progress.clear();
    match args.format {
        Format::Table => writeln!(out, "{}", tally.summary())?,
        Format::Sarif => writeln!(out, "{}", sarif::TAIL)?,
        Format::Jsonl => {}
    }
    Ok(tally.exit())
}

/// What the whole scan came to.
#[derive(Debug, Default)]
struct Tally {
    malicious: usize,
    benign: usize,
    cannot_judge: usize,
    failed: usize,
    with_skips: usize,
}

impl Tally {
    fn add(&mut self, report: &Document) {
        match (&report.error, report.state) {
            (Some(_), _) => self.failed += 1,
            (None, State::Malicious) => self.malicious += 1,
            (None, State::Benign) => self.benign += 1,
            (None, State::CannotJudge) => self.cannot_judge += 1,
        }
        self.with_skips += usize::from(!report.skipped.is_empty());
    }

    /// A finding is worth more than an error, an error more than a gap: who looks only at the status must not miss the worst.
    fn exit(&self) -> Exit {
        if self.malicious > 0 {
            Exit::Flagged
        } else if self.failed > 0 {
            Exit::Failed
        } else if self.cannot_judge > 0 || self.with_skips > 0 {
            Exit::Incomplete
        } else {
            Exit::Done
        }
    }

    fn summary(&self) -> String {
        let Self { malicious, benign, cannot_judge, failed, with_skips } = self;
        let all = malicious + benign + cannot_judge + failed;
        format!(
            "{all} scanned: {malicious} malicious, {benign} benign, {cannot_judge} cannot judge, {failed} failed; \
             {with_skips} not analysed in full"
        )
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(Tally::default(), Exit::Done)]
    #[case::benign(Tally { benign: 3, ..Tally::default() }, Exit::Done)]
    #[case::gap(Tally { benign: 3, with_skips: 1, ..Tally::default() }, Exit::Incomplete)]
    #[case::no_verdict(Tally { cannot_judge: 1, ..Tally::default() }, Exit::Incomplete)]
    #[case::error(Tally { cannot_judge: 1, failed: 1, ..Tally::default() }, Exit::Failed)]
    #[case::finding(Tally { malicious: 1, cannot_judge: 1, failed: 1, with_skips: 1, ..Tally::default() }, Exit::Flagged)]
    fn the_worst_decides_the_status(#[case] tally: Tally, #[case] exit: Exit) {
        assert_eq!(tally.exit(), exit);
    }
}
