//! One worker process, seen from this side of its pipes.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::confine::Confinement;
use super::protocol::{Found, Given, MOST, ProtocolError, Reply, Request, receive, send};
use super::task::{Outcome, Task};
use super::{End, Limits, SandboxError, lock, worker};
use crate::behavior::{Progress, Reading};
use crate::package::{OpenError, Package};

/// Most threads that a worker lowers files with: each one's stack counts as memory.
const THREADS: usize = 8;
/// Most bytes of the first message.
const HELLO: u64 = 1 << 10;
/// Most bytes of what comes of a small job: of texts that are far smaller.
const MOST_DONE: u64 = 1 << 30;
/// Most bytes that are read of what a worker says as it breaks down.
const LAST_WORDS: u64 = 4096;

/// How often it is looked whether an answer is still wanted.
const LOOK: Duration = Duration::from_millis(4);

/// What a worker says of a package on the way to its answer.
pub(super) enum Heard {
    /// It is open.
    Opened(Arc<Package>),
    /// How far its reading is.
    Progress(Progress),
}

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
    stdin: Mutex<ChildStdin>,
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
        let (child, stdin) = (Mutex::new(child), Mutex::new(stdin));
        let stdout = BufReader::with_capacity(1 << 16, stdout);
        let confinement = Confinement::default();
        let mut process = Self { child, stdin, stdout, confinement, served: 0, expired: false };
        let hello = process.watched(limits.deadline, None, |_, stdout| receive::<Reply>(stdout, HELLO));
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

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        matches!(lock(&self.child).try_wait(), Ok(None))
    }

    /// Asks about one package and waits for what there is to say of it: `heard` gets the package where it was not open,
    /// and how far the reading is; the answer is what it does where that was asked for.
    pub fn read(
        &mut self,
        given: Given,
        reading: Option<&Reading>,
        deadline: Duration,
        heard: &mut dyn FnMut(Heard),
    ) -> Result<Option<Box<Found>>, Ended> {
        self.served += 1;
        let (closed, wanted) = (matches!(given, Given::Raw(..)), reading.is_some());
        let request = Request::Package { given, reading: reading.cloned() };
        self.watched(deadline, None, |stdin, stdout| {
            // Where the worker is gone, what it said last tells more than that it does not listen.
            let _ = send(&mut *lock(stdin), &request);
            let mut reply = || receive::<Reply>(stdout, MOST).map_err(Ended::Garbled);
            if closed {
                match reply()? {
                    Reply::Opened(package) => heard(Heard::Opened(package)),
                    other => return Err(ended(other)),
                }
            }
            if !wanted {
                return Ok(None);
            }
            loop {
                match reply()? {
                    Reply::Progress(progress) => heard(Heard::Progress(progress)),
                    Reply::Read(found) => return Ok(Some(found)),
                    other => return Err(ended(other)),
                }
            }
        })
    }

    /// Has a task done and waits for its outcome; the worker hears of it when `stop` says so.
    pub fn run(&mut self, task: Task, deadline: Duration, stop: &(dyn Fn() -> bool + Sync)) -> Result<Outcome, Ended> {
        let request = Request::Task(task);
        self.watched(deadline, Some(stop), |stdin, stdout| {
            let _ = send(&mut *lock(stdin), &request);
            match receive::<Reply>(stdout, MOST_DONE).map_err(Ended::Garbled)? {
                Reply::Done(outcome) => Ok(outcome),
                other => Err(ended(other)),
            }
        })
    }

    /// Does something with the pipes; when the time is over the worker is ended, and with it the pipes. When `stop` says so
    /// it is told to stop, once.
    fn watched<T>(
        &mut self,
        deadline: Duration,
        stop: Option<&(dyn Fn() -> bool + Sync)>,
        job: impl FnOnce(&Mutex<ChildStdin>, &mut BufReader<ChildStdout>) -> T,
    ) -> T {
        let Self { child, stdin, stdout, expired, .. } = self;
        let (child, stdin) = (&*child, &*stdin);
        let (done, wait) = channel::<()>();
        thread::scope(|scope| {
            let clock = scope.spawn(move || {
                let started = Instant::now();
                // Whoever waits for a package wants it whatever comes: nobody looks about meanwhile.
                let mut asked = stop;
                loop {
                    let left = deadline.saturating_sub(started.elapsed());
                    if left.is_zero() {
                        kill(child);
                        return true;
                    }
                    let pause = asked.map_or(left, |_| left.min(LOOK));
                    if wait.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                        return false;
                    }
                    if asked.is_some_and(|stop| stop()) {
                        asked = None;
                        // By a thread of its own: a worker that takes nothing more is ended all the same.
                        scope.spawn(|| send(&mut *lock(stdin), &Request::Stop));
                    }
                }
            });
            let answer = job(stdin, stdout);
            drop(done);
            *expired |= clock.join().unwrap_or(false);
            answer
        })
    }

    /// Ends it and says what had ended it before, if anything had.
    pub fn end(self, limits: &Limits, fault: &ProtocolError) -> End {
        kill(&self.child);
        let mut child = lock(&self.child);
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
                _ if said("memory allocation of") || said("tree-sitter failed to") => End::Memory(limits.memory),
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
    let _ = lock(child).kill();
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
        let _ = lock(&self.child).wait();
    }
}
