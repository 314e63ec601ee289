//! The worker process: confines itself, then reads packages that come over its standard input until that ends.

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use super::Limits;
use super::confine::{self, Layer};
use super::progress;
use super::protocol::{Found, Given, MOST, ProtocolError, Reply, Request, receive, send};
use super::task::Painters;
use crate::behavior::Reading;
use crate::case::Case;
use crate::package;

/// What a worker's command line begins with.
pub const ARGUMENT: &str = "__worker";

/// Stack of the thread that reads packages: hostile code nests deeper than any other.
pub(super) const STACK: usize = 256 << 20;

/// What follows [`ARGUMENT`]: how much it may use, and with how many threads.
#[must_use]
pub fn arguments(limits: &Limits, threads: usize) -> [String; 3] {
    [limits.memory.to_string(), limits.processor.as_secs().to_string(), threads.to_string()]
}

/// Does a worker's work where the command line says that this process is one. Nothing else has been done before.
#[must_use]
pub fn entered() -> Option<ExitCode> {
    let mut given = std::env::args_os().skip(1);
    (given.next()? == ARGUMENT).then(|| {
        let mut number = || given.next()?.to_str()?.parse::<u64>().ok();
        let (Some(memory), Some(processor), Some(threads)) = (number(), number(), number()) else {
            return ExitCode::from(2);
        };
        let limits = Limits { memory, processor: Duration::from_secs(processor), ..Limits::default() };
        serve(limits, usize::try_from(threads).unwrap_or(1))
    })
}

fn serve(limits: Limits, threads: usize) -> ExitCode {
    // A panic is told by its message; its printed form would only fill a pipe.
    panic::set_hook(Box::new(|_| {}));
    let confinement = confine::confine(&limits, threads, &Layer::ALL);
    if send(&mut io::stdout(), &Reply::Hello { version: env!("CARGO_PKG_VERSION").to_owned(), confinement }).is_err() {
        return ExitCode::from(2);
    }
    let (give, requests) = channel();
    // Grows with every message: whoever asks for something else, or for nothing more, does not wait for what is under way.
    let turn = Arc::new(AtomicU64::new(0));
    let newest = Arc::clone(&turn);
    let begun = thread::Builder::new().stack_size(STACK).spawn(move || {
        let mut painters = Painters::default();
        for (request, turn) in requests {
            confine::renew_processor_time(&limits);
            answer(request, &mut painters, &|| newest.load(Ordering::Relaxed) != turn);
        }
    });
    if begun.is_err() {
        return ExitCode::from(2);
    }
    // The pipe is read on while a package is: when it ends, whoever asked is gone, and nobody waits for the answer.
    loop {
        match receive::<Request>(&mut io::stdin().lock(), MOST) {
            Ok(request) => {
                let turn = turn.fetch_add(1, Ordering::Relaxed) + 1;
                if give.send((request, turn)).is_err() {
                    exit(2);
                }
            }
            Err(ProtocolError::Closed) => exit(0),
            Err(_) => exit(2),
        }
    }
}

/// Does what is asked and says what came of it.
fn answer(request: Request, painters: &mut Painters, stop: &dyn Fn() -> bool) {
    let done = catch_unwind(AssertUnwindSafe(|| match request {
        Request::Package { given, reading } => say(&read(given, reading)),
        Request::Task(task) => {
            say(&Reply::Done(task.run(painters, stop)));
            painters.settle(stop);
        }
        Request::Stop => {}
    }));
    if let Err(panic) = done {
        say(&Reply::Panicked(message(panic.as_ref())));
    }
}

fn read(given: Given, reading: Option<Reading>) -> Reply {
    let started = Instant::now();
    let (package, spent) = match given {
        Given::Open(package) => (package, Duration::ZERO),
        Given::Raw(raw, options) => match package::unpack(raw, &options) {
            Ok(package) => {
                let (package, spent) = (Arc::new(package), started.elapsed());
                let opened = Reply::Opened(Arc::clone(&package));
                if reading.is_none() {
                    return opened;
                }
                say(&opened);
                (package, spent)
            }
            Err(error) => return Reply::Refused(error),
        },
    };
    let reading = reading.unwrap_or_default();
    let tell = |progress| say(&Reply::Progress(progress));
    let case = progress::told(&tell, |watch| Case::read_watched(package, spent, &reading, watch));
    Reply::Read(Box::new(Found::new(case)))
}

fn say(reply: &Reply) {
    let mut out = io::stdout().lock();
    if send(&mut out, reply).and_then(|()| out.flush()).is_err() {
        exit(0);
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
