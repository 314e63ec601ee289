//! `cerebro serve`: the answers of `scan` and others over HTTP on this machine.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::{Exit, Global, Outcome, scan};
use crate::scan::Cache;
use crate::service::{self, Desk, Listen, SHORTEST_TOKEN};
use crate::text::escape;

/// Arguments of `cerebro serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Listen on this port of this machine, such as 127.0.0.1:8080; port 0 takes a free one.
    #[arg(value_name = "ADDRESS:PORT", required_unless_present = "unix", requires = "token_file")]
    address: Option<SocketAddr>,
    /// Listen on a socket of the file system, which is made for you alone.
    #[arg(long, value_name = "SOCKET", conflicts_with = "address")]
    unix: Option<PathBuf>,
    /// File whose first line is the token that every request must name; a port needs one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Packages read at the same time; eight times as many may wait [default: one per processor].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// What was said of the same archives before is kept in this file, as for scan.
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
}

/// Serves until it is interrupted.
///
/// # Errors
/// When there is no model, the token is none, or it cannot listen.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let listen = match (&args.address, &args.unix) {
        (Some(address), _) => Listen::Port(*address),
        (None, Some(path)) => Listen::Socket(path.clone()),
        (None, None) => return Err("name a port, such as 127.0.0.1:8080, or a socket with --unix".into()),
    };
    let token = args.token_file.as_deref().map(token).transpose()?;
    let model = global.load_model()?;
    let cache = args.cache.as_ref().map(|path| Cache::open(path, scan::judge(&model))).transpose()?;
    let desk = Desk { sandbox: global.sandbox()?, model, cache, reporter: global.reporter.clone() };
    let jobs = args.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    service::serve(&listen, desk, token.as_deref(), jobs, |on| {
        // Who started it may wait for this line.
        let _ = writeln!(io::stderr(), "listening on {}", escape(on));
    })?;
    Ok(Exit::Done)
}

/// The first line of a file.
fn token(path: &Path) -> Result<String, String> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", escape(&shown)))?;
    let token = text.lines().next().unwrap_or_default().trim().to_owned();
    if token.chars().count() < SHORTEST_TOKEN {
        return Err(format!(
            "the token in {} has fewer than {SHORTEST_TOKEN} characters; write a longer one, such as openssl rand -hex 32 makes",
            escape(&shown)
        ));
    }
    Ok(token)
}
