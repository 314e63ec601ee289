//! Tries, in a worker's place, what no worker may do, and says what came of it: for tests, which also run it unconfined to
//! see that each attempt works then.

use std::fs;
use std::io::{self, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use super::Limits;
use super::confine::{self, Layer};

/// What a probe's command line goes on with. The layers follow, separated by commas, a file to read, a file to make and the
/// address of a listener.
pub(super) const ARGUMENT: &str = "probe";

pub(super) fn run(limits: &Limits, threads: usize, given: &[String]) -> ExitCode {
    let [layers, file, made, address] = given else { return ExitCode::from(2) };
    let layers: Vec<Layer> = layers.split(',').filter_map(|name| name.parse().ok()).collect();
    let held = confine::confine(limits, threads, &layers);
    let mut said = vec![format!("held: {} {} {}", held.limits, held.landlock, held.seccomp)];
    let mut attempt = |what: &str, result: io::Result<()>| {
        said.push(format!(
            "{what}: {}",
            result.map_or_else(|error| format!("refused, {error}"), |()| "done".to_owned())
        ));
    };
    attempt("read", fs::read(file).map(drop));
    attempt("list", fs::read_dir(Path::new(file).parent().unwrap_or(Path::new("/"))).map(drop));
    attempt("make", fs::write(made, "made"));
    attempt("delete", fs::remove_file(made));
    attempt("connect", TcpStream::connect(address).map(drop));
    attempt("send", UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(&[0], address)).map(drop));
    let program = |name: &str| Command::new(name).stdin(Stdio::null()).stdout(Stdio::null()).status().map(drop);
    attempt("run", program("true"));
    attempt("thread", thread::Builder::new().spawn(|| {}).map(|thread| drop(thread.join())));
    let _ = writeln!(io::stdout(), "{}", said.join("\n"));
    ExitCode::SUCCESS
}
