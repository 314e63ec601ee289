//! What each layer of the confinement refuses, tried in a process that gives up its rights for it.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::thread;

use cerebro::sandbox::Limits;
use cerebro::sandbox::confine::{self, Layer};
use rstest::rstest;
use tempfile::TempDir;

/// Set for the process that is to be confined: by which layers, and what to try: a file to read, one to make and delete, the
/// address of a listener.
const PROBE: &str = "CEREBRO_TEST_PROBE";

/// What begins a line that the probe says.
const SAYS: &str = "probe: ";

/// Not a test by itself: what [`each_layer_refuses_what_it_is_there_for`] starts. It tries what no worker may do.
#[test]
#[ignore = "gives up its rights for good"]
fn probe() {
    let given = std::env::var(PROBE).expect("only the test of the layers starts this");
    let [layers, file, made, address] = given.split(' ').collect::<Vec<_>>()[..] else { panic!("{given}") };
    let layers: Vec<Layer> = layers.split(',').filter_map(|name| name.parse().ok()).collect();
    let held = confine::confine(&Limits::default(), 1, &layers);
    println!("{SAYS}held {} {} {}", held.limits, held.landlock, held.seccomp);
    let done = |what: &str, result: io::Result<()>| match result {
        Ok(()) => println!("{SAYS}{what} done"),
        Err(error) => println!("{SAYS}{what} refused, {error}"),
    };
    done("read", fs::read(file).map(drop));
    done("list", fs::read_dir(Path::new(file).parent().unwrap()).map(drop));
    done("make", fs::write(made, "made"));
    done("delete", fs::remove_file(made));
    done("connect", TcpStream::connect(address).map(drop));
    done("send", UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(&[0], address)).map(drop));
    done("run", Command::new("true").status().map(drop));
    done("thread", thread::Builder::new().spawn(|| {}).map(|thread| drop(thread.join())));
}

const ATTEMPTS: [&str; 8] = ["read", "list", "make", "delete", "connect", "send", "run", "thread"];

#[rstest]
#[case::nothing("none", &ATTEMPTS)]
#[case::limits("limits", &["delete", "run", "thread"])]
// What it leaves, UDP, the next layer takes.
#[case::landlock("landlock", &["send", "thread"])]
#[case::seccomp("seccomp", &["thread"])]
#[case::all("limits,landlock,seccomp", &["thread"])]
fn each_layer_refuses_what_it_is_there_for(#[case] layers: &str, #[case] done: &[&str]) {
    let folder = TempDir::new().unwrap();
    let (secret, made) = (folder.path().join("secret"), folder.path().join("made"));
    fs::write(&secret, "secret").unwrap();
    // What `delete` deletes where nothing can be made.
    fs::write(&made, "").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "sandbox::layers::probe", "--nocapture", "--test-threads=1"])
        .env(PROBE, format!("{layers} {} {} {address}", secret.display(), made.display()))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once(SAYS)?.1)).collect();
    assert_eq!(lines.len(), 1 + ATTEMPTS.len(), "{said}");
    let held = ["limits", "landlock", "seccomp"].map(|layer| layers.contains(layer).to_string()).join(" ");
    assert_eq!(lines[0], format!("held {held}"));
    for (line, what) in lines[1..].iter().zip(ATTEMPTS) {
        let (attempt, outcome) = line.split_once(' ').unwrap();
        assert_eq!(attempt, what);
        assert_eq!(outcome == "done", done.contains(&what), "with {layers}: {line}");
    }
}
