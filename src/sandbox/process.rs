//! One worker process, seen from this side of its pipes.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::confine::Confinement;
use super::protocol::{Found, Given, MOST, ProtocolError, Reply, Request, receive, send};
use super::{End, Limits, SandboxError, worker};
use crate::package::{OpenError, Package};

/// Most threads that a worker lowers files with: each one's stack counts as memory.
const THREADS: usize = 8;
/// Most bytes of the first message.
const HELLO: u64 = 1 << 10;
/// Most bytes that are read of what a worker says as it breaks down.
const LAST_WORDS: u64 = 4096;

/// Why there is no answer.
pub(super) enum Ended {
    /// It is no package; the worker can go on.
    Refused(OpenError),
    /// A defect of ours, by its message.
    Panicked(String),
    /// What came was no answer.
    Garbled(ProtocolError),
}

/// A worker that can be asked.
#[derive(Debug)]
pub(super) struct Process {
    child: Mutex<Child>,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    pub confinement: Confinement,
    /// Packages it was asked about.
    pub served: usize,
    /// Whether it was ended because its time was over.
    expired: bool,
}

/// The program that runs, also where its file has been replaced meanwhile.
pub(super) fn this_program() -> OsString {
    let running = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        return running.into();
    }
    std::env::current_exe().map_or_else(|_| "cerebro".into(), Into::into)
}

impl Process {
    /// Begins a worker and waits until it has said that it is confined.
    pub fn begin(program: &OsStr, limits: &Limits) -> Result<Self, SandboxError> {
        let start = |why: String| SandboxError::Start(why);
        let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS);
        let mut command = Command::new(program);
        command
            .arg(worker::ARGUMENT)
            .args(worker::arguments(limits, threads))
            .env_clear()
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // Keys that stop or end what runs in the terminal are not for it: it ends when its pipe does.
            command.arg0("cerebro").process_group(0);
        }
        let mut child = command.spawn().map_err(|error| start(error.to_string()))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(start("it has no pipes".to_owned()));
        };
        let (child, stdout) = (Mutex::new(child), BufReader::with_capacity(1 << 16, stdout));
        let confinement = Confinement::default();
        let mut process = Self { child, stdin, stdout, confinement, served: 0, expired: false };
        let hello = process.watched(limits.deadline, |_, stdout| receive::<Reply>(stdout, HELLO));
        match hello {
            Ok(Reply::Hello { version, confinement }) if version == env!("CARGO_PKG_VERSION") => {
                process.confinement = confinement;
                Ok(process)
            }
            Ok(Reply::Hello { version, .. }) => Err(start(format!("it is of version {version:?}"))),
            Ok(_) => Err(start("it did not say hello".to_owned())),
            Err(error) => Err(start(process.end(limits, &error).to_string())),
        }
    }

    /// Asks about one package and waits for what there is to say of it: `opened` gets the package where it was not open,
    /// the answer is what it does where that was asked for.
    pub fn serve(
        &mut self,
        request: &Request,
        deadline: Duration,
        opened: &mut dyn FnMut(Arc<Package>),
    ) -> Result<Option<Box<Found>>, Ended> {
        self.served += 1;
        self.watched(deadline, |stdin, stdout| {
            // Where the worker is gone, what it said last tells more than that it does not listen.
            let _ = send(stdin, request);
            let mut reply = || receive::<Reply>(stdout, MOST).map_err(Ended::Garbled);
            if matches!(request.given, Given::Raw(..)) {
                match reply()? {
                    Reply::Opened(package) => opened(package),
                    other => return Err(ended(other)),
                }
            }
            if request.reading.is_none() {
                return Ok(None);
            }
            match reply()? {
                Reply::Read(found) => Ok(Some(found)),
                other => Err(ended(other)),
            }
        })
    }

    /// Does something with the pipes; when the time is over the worker is ended, and with it the pipes.
    fn watched<T>(
        &mut self,
        deadline: Duration,
        job: impl FnOnce(&mut ChildStdin, &mut BufReader<ChildStdout>) -> T,
    ) -> T {
        let Self { child, stdin, stdout, expired, .. } = self;
        let (done, wait) = channel::<()>();
        let ends = move || {
            let over = wait.recv_timeout(deadline) == Err(RecvTimeoutError::Timeout);
            if over {
                kill(child);
            }
            over
        };
        thread::scope(|scope| {
            let clock = scope.spawn(ends);
            let answer = job(stdin, stdout);
            drop(done);
            *expired |= clock.join().unwrap_or(false);
            answer
        })
    }

    /// Ends it and says what had ended it before, if anything had.
    pub fn end(self, limits: &Limits, fault: &ProtocolError) -> End {
        kill(&self.child);
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let status = child.wait();
        let mut last = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            let _ = stderr.take(LAST_WORDS).read_to_end(&mut last);
        }
        let said = |words: &str| String::from_utf8_lossy(&last).contains(words);
        match fault {
            _ if self.expired => End::Deadline(limits.deadline),
            ProtocolError::Closed | ProtocolError::Truncated | ProtocolError::Io(_) => match status {
                // In the words of Rust's allocator and of the parser's.
                _ if said("memory allocation of") || said("failed to allocate") => End::Memory(limits.memory),
                _ if said("overflowed its stack") => End::Stack,
                Ok(status) => of_status(status, limits),
                Err(error) => End::Garbled(error.to_string()),
            },
            fault => End::Garbled(fault.to_string()),
        }
    }
}

/// A reply that is no part of what was asked for.
fn ended(reply: Reply) -> Ended {
    match reply {
        Reply::Refused(error) => Ended::Refused(error),
        Reply::Panicked(why) => Ended::Panicked(why),
        _ => Ended::Garbled(ProtocolError::Malformed("another answer than was asked for".to_owned())),
    }
}

fn kill(child: &Mutex<Child>) {
    // One that has ended already keeps the status it ended with.
    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
}

#[cfg(unix)]
fn of_status(status: ExitStatus, limits: &Limits) -> End {
    use std::os::unix::process::ExitStatusExt as _;

    match status.signal() {
        Some(signal) if signal == super::confine::OUT_OF_TIME => End::Processor(limits.processor),
        Some(signal) => End::Signal(signal),
        None => End::Exit(status.code().unwrap_or(-1)),
    }
}

#[cfg(not(unix))]
fn of_status(status: ExitStatus, _: &Limits) -> End {
    End::Exit(status.code().unwrap_or(-1))
}

impl Drop for Process {
    fn drop(&mut self) {
        kill(&self.child);
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}
