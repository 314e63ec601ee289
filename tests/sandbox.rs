//! The cage: what a worker cannot do, what becomes of a package whose worker ends, and that the answer is the same without.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Cursor};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::package::{self, OpenError, OpenOptions};
use cerebro::sandbox::confine::Confinement;
use cerebro::sandbox::protocol::{self, ProtocolError, Reply};
use cerebro::sandbox::{End, Limits, Mode, PACKAGES, Sandbox, SandboxError};
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use super::common::constant_model;

mod layers;
mod progress;
mod tasks;

const CEREBRO: &str = env!("CARGO_BIN_EXE_cerebro");

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// Every sample: archives, a folder, and a file that is no package.
fn samples() -> Vec<PathBuf> {
    let inside = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = inside(sample("")).chain(inside(sample("src"))).collect();
    all.sort();
    assert!(all.len() > 20, "only {} samples", all.len());
    all
}

fn sandbox(limits: Limits) -> Sandbox {
    Sandbox::of(CEREBRO, Mode::Require, OpenOptions::default(), limits).unwrap()
}

fn read(sandbox: &Sandbox, path: &Path) -> Result<Case, SandboxError> {
    sandbox.read(path, &Reading::default(), &mut |_| {})
}

/// A program that does as this shell script says.
fn script(folder: &TempDir, body: &str) -> PathBuf {
    let path = folder.path().join("program");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A program whose first run is a confined worker that says hello and is replaced by a fault once it is asked for something,
/// and every later one a worker as it should be.
fn failing_once(folder: &TempDir, fault: &str) -> PathBuf {
    let mark = folder.path().join("mark").display().to_string();
    let body = format!(
        "if mkdir {mark} 2>/dev/null; then {CEREBRO} \"$@\" </dev/null; head -c 4 >/dev/null; {fault}; fi\nexec {CEREBRO} \"$@\""
    );
    script(folder, &body)
}

/// A package of one script.
fn package(folder: &TempDir, code: &str) -> PathBuf {
    let root = folder.path().join("package");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("package.json"), r#"{"name":"demo","version":"1.0.0","main":"index.js"}"#).unwrap();
    fs::write(root.join("index.js"), code).unwrap();
    root
}

#[test]
fn the_answer_is_the_same_without_a_cage() {
    let (caged, free) = (sandbox(Limits::default()), Sandbox::new(Mode::Off, OpenOptions::default()).unwrap());
    for path in samples() {
        let plain = |sandbox: &Sandbox| match read(sandbox, &path) {
            Ok(case) => {
                let mut value = serde_json::to_value(&case).unwrap();
                value.as_object_mut().unwrap().remove("timing");
                value
            }
            Err(error) => Value::String(error.to_string()),
        };
        let (inside, outside) = (plain(&caged), plain(&free));
        assert_eq!(inside, outside, "{}", path.display());
    }
}

#[test]
fn every_document_is_the_same_without_a_cage() {
    let folder = TempDir::new().unwrap();
    let model = constant_model::model(folder.path(), 0.0);
    let run = |mode: &str, args: &[&str]| {
        let output = Command::new(CEREBRO)
            .args(args)
            .args(["--sandbox", mode])
            .env("CEREBRO_MODEL", &model)
            .env("CEREBRO_CONFIG", folder.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let rows: Vec<Value> = text
            .lines()
            .map(|line| {
                let mut row: Value = serde_json::from_str(line).unwrap();
                row.as_object_mut().unwrap().remove("timing_ms");
                row
            })
            .collect();
        (rows, output.status.code())
    };
    let all: Vec<String> = samples().iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    let mut scan = vec!["scan", "--format", "jsonl"];
    scan.extend(all.iter().map(String::as_str));
    let (old, new) = (sample("npm-color-names-1.4.1.tgz"), sample("npm-color-names-1.4.2.tgz"));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    for args in [
        scan.as_slice(),
        &["sequence", new, "--format", "json"],
        &["diff", old, new, "--format", "json"],
        &["explain", new, "--format", "json"],
    ] {
        let required = run("require", args);
        assert!(!required.0.is_empty());
        assert_eq!(required, run("off", args), "{args:?}");
    }
}

#[rstest]
#[case::killed("kill -KILL $$", "was ended by signal 9; nothing of it is known")]
#[case::aborted("kill -ABRT $$", "was ended by signal 6; nothing of it is known")]
#[case::allocator("echo memory allocation of 9 bytes failed >&2; kill -ABRT $$", "needed more than 4096 MiB of memory")]
#[case::parser("echo tree-sitter failed to allocate 9 bytes >&2; kill -ABRT $$", "needed more than 4096 MiB of memory")]
#[case::stack("echo thread has overflowed its stack >&2; kill -ABRT $$", "nested deeper than its stack")]
#[case::processor("kill -XCPU $$", "needed more than 300 s of processor time")]
#[case::ended("exit 7", "ended with status 7 before it had answered")]
#[case::hung("exec sleep 600", "gave no answer in 4 s")]
#[case::rubbish(
    "printf 'Traceback (most recent'; exec sleep 600",
    "answered what cannot be read (it does not begin as it should"
)]
#[case::version("printf 'CBR\\004'; exec sleep 600", "answered what cannot be read (it does not begin as it should")]
#[case::oversized(
    "printf 'CBR\\003\\377\\377\\377\\177'; exec sleep 600",
    "answered what cannot be read (it is too long)"
)]
#[case::truncated("printf 'CBR\\003\\005\\000\\000\\000ab'; exit 3", "ended with status 3 before it had answered")]
#[case::nonsense(
    "printf 'CBR\\003\\001\\000\\000\\000\\100\\000\\000\\000\\000'; exec sleep 600",
    "answered what cannot be read (it says nothing"
)]
fn a_worker_that_ends_costs_one_package_and_is_told(#[case] fault: &str, #[case] told: &str) {
    let folder = TempDir::new().unwrap();
    let limits = Limits { deadline: Duration::from_secs(4), ..Limits::default() };
    let sandbox = Sandbox::of(failing_once(&folder, fault), Mode::Require, OpenOptions::default(), limits).unwrap();
    let path = sample("npm-hook-stealer.tgz");
    let error = read(&sandbox, &path).unwrap_err();
    assert!(matches!(error, SandboxError::Ended { .. }), "{error}");
    let error = error.to_string();
    assert!(error.starts_with(&format!("{}: the process that read it {told}", path.display())), "{error}");
    assert!(read(&sandbox, &path).is_ok(), "the next package is read");
}

#[test]
fn too_much_memory_is_a_named_error() {
    let folder = TempDir::new().unwrap();
    let limits = Limits { memory: 48 << 20, ..Limits::default() };
    let sandbox = sandbox(limits);
    let hungry = package(&folder, &format!("var a = [{}];", "1,".repeat(1 << 21)));
    let error = read(&sandbox, &hungry).unwrap_err();
    let SandboxError::Ended { end: End::Memory(bytes), .. } = error else { panic!("{error}") };
    assert_eq!(bytes, limits.memory);
    assert!(read(&sandbox, &sample("npm-hook-stealer.tgz")).is_ok());
}

#[test]
fn too_much_processor_time_is_a_named_error() {
    let folder = TempDir::new().unwrap();
    let limits = Limits { processor: Duration::from_secs(1), ..Limits::default() };
    let slow: String = (0..400_000).map(|at| format!("function f{at}(a) {{ return g(a + {at}) }}\n")).collect();
    let sandbox = sandbox(limits);
    let error = read(&sandbox, &package(&folder, &slow)).unwrap_err();
    let SandboxError::Ended { end: End::Processor(time), .. } = error else { panic!("{error}") };
    assert_eq!(time, limits.processor);
    assert!(read(&sandbox, &sample("npm-hook-stealer.tgz")).is_ok());
}

#[test]
fn a_worker_reads_a_stated_number_of_packages() {
    let folder = TempDir::new().unwrap();
    let starts = folder.path().join("starts");
    let program = script(&folder, &format!("echo start >> {}\nexec {CEREBRO} \"$@\"", starts.display()));
    let sandbox = Sandbox::of(program, Mode::Require, OpenOptions::default(), Limits::default()).unwrap();
    let started = || fs::read_to_string(&starts).unwrap().lines().count();
    for _ in 0..PACKAGES {
        // One that is no package is one as well.
        let _ = read(&sandbox, &sample("README.md"));
    }
    assert_eq!(started(), 1);
    read(&sandbox, &sample("npm-csv-peek.tgz")).unwrap();
    assert_eq!(started(), 2);
}

#[test]
fn what_cannot_be_confined_is_told_or_refused() {
    let folder = TempDir::new().unwrap();
    let begin = |mode, confinement| {
        let program = saying(&folder, &[hello(confinement)]);
        Sandbox::of(program, mode, OpenOptions::default(), Limits::default())
    };
    let bare = Confinement { limits: true, ..Confinement::default() };
    let error = begin(Mode::Require, bare).unwrap_err();
    assert!(matches!(error, SandboxError::Unconfined(_)) && error.to_string().contains("--sandbox auto"), "{error}");
    let warning = begin(Mode::Auto, bare).unwrap().warning().unwrap();
    assert!(warning.contains("neither Landlock nor seccomp"), "{warning}");
    let half = Confinement { seccomp: true, ..bare };
    assert!(begin(Mode::Auto, half).unwrap().warning().unwrap().contains("no Landlock"));
    assert_eq!(begin(Mode::Require, WHOLE).unwrap().warning(), None);
}

#[test]
fn a_program_that_is_no_worker_is_none() {
    let folder = TempDir::new().unwrap();
    let begin = |program: PathBuf| Sandbox::of(program, Mode::Auto, OpenOptions::default(), Limits::default());
    let says = |body: &str| begin(script(&folder, body)).unwrap_err().to_string();
    assert!(says("echo hello; exec sleep 600").contains("--sandbox off"));
    assert!(says("exit 1").contains("ended with status 1"));
    let missing = begin(folder.path().join("missing")).unwrap_err();
    assert!(matches!(missing, SandboxError::Start(_)), "{missing}");
}

/// A program that says what is given and waits.
fn saying(folder: &TempDir, replies: &[Reply]) -> PathBuf {
    let mut bytes = Vec::new();
    for reply in replies {
        protocol::send(&mut bytes, reply).unwrap();
    }
    let said = folder.path().join("said");
    fs::write(&said, bytes).unwrap();
    script(folder, &format!("cat {}\nexec sleep 600", said.display()))
}

fn hello(confinement: Confinement) -> Reply {
    Reply::Hello { version: env!("CARGO_PKG_VERSION").to_owned(), confinement }
}

const WHOLE: Confinement = Confinement { limits: true, landlock: true, seccomp: true };

#[test]
fn what_a_worker_says_is_of_the_package_it_was_asked_about_and_escaped() {
    let folder = TempDir::new().unwrap();
    let path = sample("npm-hook-stealer.tgz");
    let answers = |reply| {
        let program = saying(&folder, &[hello(WHOLE), reply]);
        Sandbox::of(program, Mode::Require, OpenOptions::default(), Limits::default()).unwrap().open(&path)
    };
    let acting = || "\u{1b}]52;c;eA==\u{7}".to_owned();
    let refused = Reply::Refused(OpenError::Damaged { path: acting(), why: acting() });
    for reply in [refused, Reply::Panicked(acting())] {
        let error = answers(reply).unwrap_err().to_string();
        assert!(error.starts_with(path.to_str().unwrap()) && error.contains("eA=="), "{error}");
        assert!(!error.contains(char::is_control), "{error:?}");
    }
    let other = package::open(&sample("npm-csv-peek.tgz"), &OpenOptions::default()).unwrap();
    let package = answers(Reply::Opened(Arc::new(other))).unwrap();
    assert_eq!(Path::new(&package.path), path);
}

fn message(chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"CBR\x03".to_vec();
    for chunk in chunks {
        bytes.extend(u32::try_from(chunk.len()).unwrap().to_le_bytes());
        bytes.extend(*chunk);
    }
    bytes
}

#[test]
fn only_a_whole_message_of_this_version_is_one() {
    let open = package::open(&sample("npm-hook-stealer.tgz"), &OpenOptions::default()).unwrap();
    let mut whole = Vec::new();
    protocol::send(&mut whole, &Reply::Opened(Arc::new(open))).unwrap();
    let receive = |bytes: &[u8], most| protocol::receive::<Reply>(&mut Cursor::new(bytes), most);
    assert!(matches!(receive(&whole, protocol::MOST), Ok(Reply::Opened(_))));
    assert!(matches!(receive(&[], protocol::MOST), Err(ProtocolError::Closed)));
    for end in 1..whole.len() {
        assert!(receive(&whole[..end], protocol::MOST).is_err(), "cut at {end} of {}", whole.len());
    }
    assert!(matches!(receive(&whole, 100), Err(ProtocolError::Oversized)));
    let mut other = whole.clone();
    other[3] += 1;
    assert!(matches!(receive(&other, protocol::MOST), Err(ProtocolError::Header(_))));
    // Every byte changed in turn: an error or another message, never more.
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let _ = receive(&bytes, protocol::MOST);
        }
    }
    let text: &[u8] = &[3, b'a', b'b', b'c'];
    let is = |chunks: &[&[u8]]| protocol::receive::<String>(&mut Cursor::new(message(chunks)), protocol::MOST);
    assert_eq!(is(&[text, &[]]).unwrap(), "abc");
    assert_eq!(is(&[&text[..1], &text[1..2], &text[2..], &[]]).unwrap(), "abc", "where chunks end says nothing");
    assert!(matches!(is(&[text, text, &[]]), Err(ProtocolError::Malformed(_))), "something stands behind it");
    assert!(matches!(is(&[&text[..3], &[]]), Err(ProtocolError::Malformed(_))), "it ends too early");
    assert!(matches!(is(&[text]), Err(ProtocolError::Truncated)), "its end is missing");
    // A text of 4 GiB that is not there reserves nothing.
    let claim = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
    let text = protocol::receive::<String>(&mut Cursor::new(message(&[&claim, &[]])), protocol::MOST);
    assert!(matches!(text, Err(ProtocolError::Malformed(_))), "{text:?}");
}

/// Code that takes seconds to read.
pub fn long() -> String {
    (0..300_000).map(|at| format!("function f{at}(a) {{ return g(a + {at}) }}\n")).collect()
}

/// The workers of a process that runs.
pub fn workers(of: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let child = |path: &PathBuf| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // After the name, which may hold anything, come the state and the parent.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.to_owned();
        (parent == of.to_string()).then(|| path.file_name().unwrap().to_str().unwrap().to_owned())
    };
    processes.filter_map(|path| child(&path)).collect()
}

/// The processor time that a process has used, in hundredths of a second.
fn ticks(process: &Path) -> u64 {
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(11).unwrap().parse().unwrap()
}

/// The descriptors that this process passes on to what it begins: whoever began it left them open.
fn passed_on() -> Vec<String> {
    let all = fs::read_dir("/proc/self/fdinfo").unwrap().flatten();
    let kept = all.filter(|entry| {
        let info = fs::read_to_string(entry.path()).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or("02000000").trim();
        // O_CLOEXEC.
        u32::from_str_radix(flags, 8).unwrap() & 0o2_000_000 == 0
    });
    kept.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_scan_goes_on_when_a_worker_is_killed() {
    let folder = TempDir::new().unwrap();
    let long = package(&folder, &long());
    let mut scan = Command::new(CEREBRO)
        .args(["scan", "--format", "jsonl", "--jobs", "1", "--device", "cpu", "--model"])
        .arg(constant_model::model(folder.path(), -4.0))
        .args([&sample("npm-csv-peek.tgz"), &long, &sample("npm-interval-set.tgz")])
        .env("CEREBRO_CONFIG", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(scan.stdout.take().unwrap()).lines();
    let mut row = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(row()["error"], Value::Null);
    // Now the long one is read, by the one worker that there is.
    let running = workers(scan.id());
    assert_eq!(running.len(), 1);
    let worker = Path::new("/proc").join(&running[0]);
    // It has nothing of whoever began it: no descriptor but its three pipes, and no variable.
    let descriptors = fs::read_dir(worker.join("fd")).unwrap().map(|entry| entry.unwrap().file_name());
    let (known, passed_on) = (["0", "1", "2"].map(str::to_owned), passed_on());
    let mut descriptors = descriptors.map(|name| name.into_string().unwrap());
    assert!(descriptors.all(|name| known.contains(&name) || passed_on.contains(&name)));
    let variables = fs::read_to_string(worker.join("environ")).unwrap();
    assert!(variables.split('\0').all(|variable| variable.is_empty() || variable.starts_with("RAYON_")), "{variables}");
    // One that is killed while it waits is only replaced.
    let before = ticks(&worker);
    while ticks(&worker) < before + 20 {
        thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").arg("-KILL").args(&running).status().unwrap().success());
    let killed = row();
    assert_eq!(killed["state"], "cannot_judge");
    assert!(killed["error"].as_str().unwrap().contains("was ended by signal 9"), "{killed}");
    let after = row();
    assert_eq!((&after["error"], &after["name"]), (&Value::Null, &Value::from("@demo/interval-set")), "{after}");
    assert_eq!(scan.wait().unwrap().code(), Some(2));
}

#[test]
fn a_worker_does_not_outlive_who_asked_it() {
    let folder = TempDir::new().unwrap();
    let mut sequence = Command::new(CEREBRO)
        .arg("sequence")
        .arg(package(&folder, &long()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let worker = loop {
        if let [worker] = workers(sequence.id()).as_slice() {
            break PathBuf::from("/proc").join(worker);
        }
    };
    thread::sleep(Duration::from_millis(200));
    sequence.kill().unwrap();
    sequence.wait().unwrap();
    let alive = || fs::read_to_string(worker.join("stat")).is_ok_and(|stat| !stat.contains(") Z "));
    for _ in 0..100 {
        if !alive() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("it still runs 5 s after");
}
