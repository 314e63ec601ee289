//! `cerebro scan`: the pipeline without a screen, one object per package.

use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::ValueEnum;

use super::others::Others;
use super::{Exit, Global, Outcome};
use crate::case::State;
use crate::model::Model;
use crate::model::config::Extractor;
use crate::report::sarif;
use crate::report::scan::Document;
use crate::scan::{Cache, How, Input, Scanned, input};
use crate::text::{escape, write_json_line};
use progress::Progress;

mod folders;
pub(super) mod jobs;
pub(super) mod progress;
mod table;

/// Arguments of `cerebro scan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Packages: archives, folders, password zips; a folder of archives stands for each of them.
    #[arg(required_unless_present_any = ["stdin0", "stdin_tar", "lockfile"], value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Packages are also named on standard input, each path ended by a NUL: `find -print0`, an engine's worker.
    #[arg(long, conflicts_with = "stdin_tar")]
    stdin0: bool,
    /// Packages are also read from standard input, each a file of a tar stream.
    #[arg(long)]
    stdin_tar: bool,
    /// Packages are also what a lock file pins: package-lock.json, poetry.lock, uv.lock, requirements.txt with hashes.
    #[arg(long, value_name = "FILE", requires = "from")]
    lockfile: Option<PathBuf>,
    /// With --lockfile: the folder in which the archives lie, found by hash; npm's cache is one.
    #[arg(long, value_name = "FOLDER", requires = "lockfile")]
    from: Option<PathBuf>,
    /// What earlier scans said of the same archives is kept in this file, and such are not read again.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    cache: Option<PathBuf>,
    /// A former version of the one package: only what is new since then is judged.
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    #[command(flatten)]
    others: Others,
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
    let streamed = args.stdin0 || args.stdin_tar;
    let mut named: Vec<Input> = packages.into_iter().map(Input::Path).collect();
    if let (Some(lockfile), Some(from)) = (&args.lockfile, &args.from) {
        named.extend(input::locked(lockfile, from)?);
    }
    if args.against.is_some() && (named.len() != 1 || streamed) {
        let named =
            if streamed { "any number of packages is".to_owned() } else { format!("{} packages are", named.len()) };
        return Err(format!("--against: {named} named; name the one that is another version of it").into());
    }
    let others = args.others.named()?;
    if args.others.any() && (named.len() != 1 || streamed) {
        return Err("--findings and --metadata are of one package: name one".into());
    }
    if args.others.any() && args.cache.is_some() {
        return Err(
            "--cache keeps what follows from the archive alone; leave it out where others say something too".into()
        );
    }
    let findings = args.format == Format::Sarif;
    if findings && args.cache.is_some() {
        return Err("--cache keeps what jsonl and table print; sarif has more, so leave one of them out".into());
    }
    let cache = args.cache.as_ref().map(|path| Cache::open(path, judge(&model))).transpose()?;
    let how = How {
        sandbox: &sandbox,
        model: &model,
        cache: cache.as_ref(),
        against: args.against.as_deref(),
        findings,
        others: cache.is_none().then_some(&others),
    };
    let mut printer = Printer::new(args.format, (!streamed).then_some(named.len()))?;
    let named = named.into_iter();
    let all: Box<dyn Iterator<Item = Input> + Send> = match (args.stdin0, args.stdin_tar) {
        (true, _) => Box::new(named.chain(input::paths())),
        (_, true) => Box::new(named.chain(input::frames(io::stdin(), jobs)?)),
        _ => Box::new(named),
    };
    jobs::in_order(all, jobs, Input::shown, |input| how.scan(input), |event| printer.hear(event))?;
    printer.end()
}

/// Who gives the answers that a cache keeps: nothing that could change one is left out.
pub(super) fn judge(model: &Model) -> String {
    format!("cerebro {} extractor {} model {}", env!("CARGO_PKG_VERSION"), Extractor::ours(), model.hash())
}

/// Prints what is said of each package, with a line on stderr that says how far the scan is.
struct Printer {
    format: Format,
    progress: Progress,
    tally: Tally,
    out: io::StdoutLock<'static>,
    first: bool,
    forgotten: Option<String>,
}

impl Printer {
    fn new(format: Format, packages: Option<usize>) -> io::Result<Self> {
        let mut out = io::stdout().lock();
        match format {
            Format::Table => writeln!(out, "{}", table::HEADER)?,
            Format::Sarif => write!(out, "{}", sarif::HEAD)?,
            Format::Jsonl => {}
        }
        let progress = Progress::new(packages, io::stderr().is_terminal());
        Ok(Self { format, progress, tally: Tally::default(), out, first: true, forgotten: None })
    }

    fn hear(&mut self, event: jobs::Event<Scanned>) -> io::Result<()> {
        match event {
            jobs::Event::Started(path) => self.progress.started(path),
            jobs::Event::Finished => self.progress.finished(),
            jobs::Event::Next(Scanned { document: report, findings, forgotten }) => {
                self.tally.add(&report);
                self.forgotten = forgotten.or_else(|| self.forgotten.take());
                self.progress.clear();
                match self.format {
                    Format::Jsonl => write_json_line(&mut self.out, &report)?,
                    Format::Table => table::write(&mut self.out, &report)?,
                    Format::Sarif => {
                        write!(self.out, "{}", if std::mem::take(&mut self.first) { "\n" } else { "," })?;
                        write_json_line(&mut self.out, &findings.unwrap_or_default())?;
                    }
                }
                self.progress.draw();
            }
        }
        Ok(())
    }

    fn end(mut self) -> Outcome {
        self.progress.clear();
        match self.format {
            Format::Table => writeln!(self.out, "{}", self.tally.summary())?,
            Format::Sarif => writeln!(self.out, "{}", sarif::TAIL)?,
            Format::Jsonl => {}
        }
        if let Some(why) = self.forgotten {
            writeln!(io::stderr(), "cerebro: warning: the cache keeps no answer of some packages: {}", escape(&why))?;
        }
        Ok(self.tally.exit())
    }
}

/// What the whole scan came to.
#[derive(Debug, Default)]
struct Tally {
    malicious: usize,
    benign: usize,
    cannot_judge: usize,
    failed: usize,
    with_skips: usize,
    cached: usize,
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
        self.cached += usize::from(report.cached);
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
        let Self { malicious, benign, cannot_judge, failed, with_skips, cached } = self;
        let all = malicious + benign + cannot_judge + failed;
        let known = if *cached > 0 { format!("; {cached} known from before") } else { String::new() };
        format!(
            "{all} scanned: {malicious} malicious, {benign} benign, {cannot_judge} cannot judge, {failed} failed; \
             {with_skips} not analysed in full{known}"
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
