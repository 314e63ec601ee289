//! `cerebro serve` as other programs meet it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::constant_model::model;

const TOKEN: &str = "a token of some length";

struct Service {
    child: Child,
    folder: TempDir,
    /// What it says of where it listens.
    on: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.env("CEREBRO_CONFIG", folder.path()).args(["serve", "--device", "cpu", "--model"]);
    command.arg(model(folder.path(), -4.0)).args(args);
    command
}

fn start(args: &[&str]) -> Service {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
    let mut child = command(&folder, args).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let on = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    Service { child, folder, on }
}

impl Service {
    /// Status and body of a request.
    fn ask(&self, head: &str, body: &[u8]) -> (u16, String) {
        match self.on.strip_prefix("http://") {
            Some(address) => speak(TcpStream::connect(address).unwrap(), head, body),
            None => speak(UnixStream::connect(self.folder.path().join(&self.on)).unwrap(), head, body),
        }
    }

    fn json(&self, head: &str, body: &[u8]) -> Value {
        let (status, text) = self.ask(head, body);
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

fn speak(mut stream: impl Read + Write, head: &str, body: &[u8]) -> (u16, String) {
    let (first, headers) = head.split_once('\n').unwrap_or((head, ""));
    let length = body.len();
    write!(stream, "{first} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n")
        .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

#[test]
fn what_the_description_names_is_answered_as_it_says() {
    let service = start(&["--unix", "here.sock", "--cache", "known.sqlite"]);
    let mode = fs::metadata(service.folder.path().join("here.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let description = service.json("GET /openapi.json", b"");
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() >= 7, "{paths:?}");
    let archive = sample("npm-hook-stealer.tgz");
    for (path, methods) in paths {
        for (method, about) in methods.as_object().unwrap() {
            let body: &[u8] = if method == "post" { &archive } else { b"" };
            let name = if method == "post" { "?name=npm-hook-stealer.tgz" } else { "" };
            let (status, text) = service.ask(&format!("{} {path}{name}", method.to_uppercase()), body);
            assert_eq!(status, 200, "{path}: {text}");
            let schema =
                &about["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["schema"]["const"];
            if schema.is_string() {
                assert_eq!(&serde_json::from_str::<Value>(&text).unwrap()["schema"], schema, "{path}");
            }
        }
    }
    let again = service.json("POST /scan?name=npm-hook-stealer.tgz", &archive);
    assert_eq!((&again["cached"], &again["name"]), (&true.into(), &"demo-color-logger".into()));
    let osv: Value = service.json("POST /report?format=sarif", &archive);
    assert_eq!(osv["version"], "2.1.0");
}

#[test]
fn what_cannot_be_answered_says_why() {
    let service = start(&["--unix", "here.sock"]);
    for (head, body, status, why) in [
        ("POST /sequence", &b"no archive"[..], 422, "is not a package"),
        ("POST /report?format=fax", &sample("npm-csv-peek.tgz"), 422, "choose from markdown, osv"),
        ("POST /report?colour=red", b"", 400, "colour"),
        ("GET /nothing", b"", 404, "GET /openapi.json"),
    ] {
        let (said, text) = service.ask(head, body);
        assert!(said == status && text.contains(why), "{head}: {said} {text}");
    }
    // For a scan it is an answer, as in a scan of many.
    let scanned = service.json("POST /scan", b"no archive");
    assert!(scanned["error"].is_string() && scanned["state"] == "cannot_judge");
    let second = command(&service.folder, &["--unix", "here.sock"]).output().unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("another program listens on"), "{second:?}");
}

#[test]
fn a_port_answers_nobody_without_the_token() {
    let service = start(&["127.0.0.1:0", "--token-file", "token"]);
    for head in ["GET /health", "POST /scan", "GET /health\nAuthorization: Bearer a token of some\r\n"] {
        assert_eq!(service.ask(head, b"").0, 401, "{head}");
    }
    let head = format!("GET /health\nAuthorization: Bearer {TOKEN}\r\n");
    assert_eq!(service.json(&head, b"")["schema"], "cerebro-health/1");
}

#[test]
fn what_would_be_open_to_others_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("token"), TOKEN).unwrap();
    fs::write(folder.path().join("short"), "1234").unwrap();
    for (args, why) in [
        (&["0.0.0.0:0", "--token-file", "token"][..], "can be reached from other machines"),
        (&["127.0.0.1:0"], "--token-file"),
        (&["127.0.0.1:0", "--token-file", "short"], "fewer than 16 characters"),
        (&["127.0.0.1:0", "--token-file", "absent"], "cannot read absent"),
    ] {
        let output = command(&folder, args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(why), "{args:?}: {said}");
    }
}

#[test]
fn an_interrupted_service_takes_its_socket_away() {
    let mut service = start(&["--unix", "here.sock"]);
    let pid = rustix::process::Pid::from_child(&service.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(service.child.wait().unwrap().success());
    assert!(!service.folder.path().join("here.sock").exists());
}
