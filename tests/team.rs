//! A ledger on a PostgreSQL server: the same log as in a file, for several people, through a network that is cut. Each test
//! starts a server of its own and is left out, by its name, where the machine has none.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cerebro::ledger::{Label, Labelled, Ledger, LedgerError, MarkedSpan, Order, SpanRole, Undone, What};
use cerebro::package::Ecosystem;
use cerebro::queue::{Arrived, NewItem, Next, Queue};
use cerebro::text::Span;
use tempfile::TempDir;

use crate::common::decision::decision;
use crate::common::postgres::{Network, OWNER, Server, Weather};

fn mark(sha256: &str, start: usize) -> MarkedSpan {
    MarkedSpan {
        sha256: sha256.to_owned(),
        path: "package/index.js".to_owned(),
        file_sha256: "f1".to_owned(),
        bytes: Span { start, end: start + 10 },
        layer: None,
        place: None,
        text_sha256: "e1".to_owned(),
        text_bytes: 10,
        role: SpanRole::Payload,
        note: "\u{0}\\\"ä\n".to_owned(),
        features: Vec::new(),
    }
}

/// A server with the tables, the roles, and some analysts; `rita` reviews and `rob` only reads.
fn team(server: &Server, folder: &Path, analysts: &[&str]) {
    let owner = server.address(OWNER);
    drop(Ledger::open_server(&owner, &folder.join("owner")).unwrap());
    Ledger::make_roles(Path::new(&owner)).unwrap();
    Ledger::make_roles(Path::new(&owner)).unwrap();
    for (user, role) in [("rita", "cerebro_reviewer"), ("rob", "cerebro_reader")] {
        server.let_in(user, role);
    }
    analysts.iter().for_each(|analyst| server.let_in(analyst, "cerebro_analyst"));
}

fn open(server: &Server, folder: &Path, user: &str) -> Ledger {
    Ledger::open_server(&server.address(user), &folder.join(user)).unwrap()
}

fn label_of(ledger: &Ledger, sha256: &str) -> Option<Label> {
    ledger.state(sha256).map(|standing| standing.label)
}

fn new(name: &str) -> NewItem {
    let sha256 = format!("{name:0>64}");
    // A character that the server cannot keep.
    let (name, version) = (format!("{name}\0"), "1.0.0".to_owned());
    let arrived = Arrived::Package { sha256, name: name.clone(), version, ecosystem: Ecosystem::Npm };
    let path = format!("/queue/{}.tgz", name.trim_end_matches('\0'));
    NewItem { path, arrived, published: None, source: String::new() }
}

fn noon() -> jiff::Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// What somebody may do to a ledger, in an order.
fn work_on(ledger: Ledger) -> (String, Vec<Option<Label>>) {
    let mut ledger = ledger.with_clock(noon);
    ledger.label(decision("aa", Label::Malicious)).unwrap();
    ledger.label(decision("bb", Label::Benign)).unwrap();
    let span = ledger.mark(mark("aa", 0)).unwrap().unwrap();
    ledger.mark(mark("aa", 0)).unwrap();
    ledger.unmark(span.event).unwrap();
    ledger.undo().unwrap();
    ledger.redo().unwrap();
    ledger.label(decision("aa", Label::Unwanted)).unwrap();
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Label { .. })));
    let verified = ledger.verify().unwrap();
    assert_eq!(verified.events, 8);
    assert_eq!(verified.head, ledger.head());
    (verified.head, ["aa", "bb", "cc"].map(|sha256| label_of(&ledger, sha256)).to_vec())
}

#[test]
fn the_log_on_a_server_is_that_of_a_file() {
    let Some(server) = Server::start("the_log_on_a_server_is_that_of_a_file") else { return };
    let folder = TempDir::new().unwrap();
    team(&server, folder.path(), &["ann"]);
    let there = work_on(open(&server, folder.path(), "ann"));
    let here = work_on(Ledger::open(&folder.path().join("ledger.sqlite"), "ann").unwrap());
    assert_eq!(there, here, "the same events have the same hashes");
    assert_eq!(there.1, [Some(Label::Malicious), Some(Label::Benign), None]);

    let again = open(&server, folder.path(), "ann");
    assert_eq!((again.head(), again.actor(), again.kept()), (there.0.as_str(), "ann", Some(0)));
    // What the program says of it; the password is in none of it.
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/npm-hook-stealer.tgz");
    let runs: [(&[&str], &str); 5] = [
        (&["ledger", "verify"], "8 events, head"),
        (&["ledger", "restore"], "is on a server"),
        (&["ledger", "roles", "--print"], "CREATE ROLE"),
        (&["queue", "add", sample], "1 added"),
        (&["queue", "list"], "npm-hook-stealer"),
    ];
    for (arguments, told) in runs {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
        command.args(arguments).env("CEREBRO_LEDGER", server.address("ann")).env("CEREBRO_CONFIG", folder.path());
        let output = command.env("XDG_DATA_HOME", folder.path()).env("HOME", folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(said.contains(told) && !said.contains("pass-word"), "{said}");
    }
}

#[test]
fn a_server_of_the_first_format_keeps_its_events_and_gets_a_queue() {
    let Some(server) = Server::start("a_server_of_the_first_format_keeps_its_events_and_gets_a_queue") else { return };
    let folder = TempDir::new().unwrap();
    server.admin("team", include_str!("../src/ledger/store/server/log.sql"));
    server.admin("team", "INSERT INTO cerebro.format (version) VALUES (1)");
    // Several find it so at once.
    std::thread::scope(|scope| {
        for n in 0..3 {
            let place = folder.path().join(n.to_string());
            let address = server.address(OWNER);
            scope.spawn(move || {
                let mut ledger = Ledger::open_server(&address, &place).unwrap();
                ledger.label(decision(&format!("a{n}"), Label::Benign)).unwrap();
            });
        }
    });
    let ledger = Ledger::open_server(&server.address(OWNER), folder.path()).unwrap();
    assert_eq!(ledger.verify().unwrap().events, 3);
    let mut queue = Queue::new(ledger).unwrap();
    assert_eq!(queue.add(&[new("a"), new("b"), new("a")]).unwrap(), [true, true, false]);
    assert!(queue.has("/queue/b.tgz").unwrap());
    assert_eq!(queue.list(Order::Age).unwrap().items.len(), 2);
    assert_eq!(queue.remove(&["/queue/b.tgz".to_owned()]).unwrap(), 1);
    drop(queue);
    server.admin("team", "UPDATE cerebro.format SET version = 9");
    let newer = Ledger::open_server(&server.address(OWNER), folder.path()).unwrap_err();
    assert!(matches!(newer, LedgerError::NewerServer { version: 9, .. }), "{newer}");
}

#[test]
fn everybody_does_what_the_role_allows() {
    let Some(server) = Server::start("everybody_does_what_the_role_allows") else { return };
    let folder = TempDir::new().unwrap();
    team(&server, folder.path(), &["ann", "bob"]);
    let (mut ann, mut bob) = (open(&server, folder.path(), "ann"), open(&server, folder.path(), "bob"));
    let (mut rita, mut rob) = (open(&server, folder.path(), "rita"), open(&server, folder.path(), "rob"));
    ann.label(decision("aa", Label::Malicious)).unwrap();
    bob.label(decision("aa", Label::Benign)).unwrap();
    let refused = |result: Result<_, LedgerError>| {
        let error = result.map(|_: Option<_>| ()).unwrap_err();
        assert!(matches!(error, LedgerError::Refused { .. }) && !error.to_string().contains("pass-word"), "{error}");
    };
    refused(rob.label(decision("aa", Label::Benign)));
    refused(ann.adjudicate("aa", Label::Benign, "no"));
    assert_eq!(rita.adjudicate("aa", Label::Malicious, "yes").unwrap().unwrap().actor, "rita");
    rob.refresh().unwrap();
    assert_eq!(label_of(&rob, "aa"), Some(Label::Malicious));
    assert_eq!(rob.kept(), Some(0), "what is refused is not kept");

    // Around the program: whom the server lets in as bob cannot write as ann, take back what is hers, or change the log.
    let mut raw = server.client("bob", "team");
    let body = |actor: &str, what: &str| {
        format!(r#"{{"time":"2026-11-20T12:00:00Z","actor":"{actor}","tool":"1","kind":{what}}}"#)
    };
    let append = |raw: &mut postgres::Client, body: &str| {
        let statement = "INSERT INTO cerebro.event SELECT number + 1, hash, encode(sha256(convert_to((number + 1)::text \
                         || E'\\n' || hash || E'\\n' || $1, 'UTF8')), 'hex'), $1 FROM cerebro.event \
                         ORDER BY number DESC LIMIT 1";
        raw.execute(statement, &[&body])
    };
    for forged in [
        body("ann", r#""undone","event":1"#),
        body("bob", r#""undone","event":1"#),
        body("bob", r#""undone","event":99"#),
        body("bob", r#""adjudicated","event":1"#),
        body(r#"bob","x":""#, r#""suppression_lifted","event":1"#),
        format!(r#"{{"x":{},"actor":"ann"}}"#, body("bob", r#""undone","event":2"#)),
        "not even JSON".to_owned(),
    ] {
        let error = append(&mut raw, &forged).unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{forged}: {error:?}");
    }
    assert_eq!(append(&mut raw, &body("bob", r#""undone","event":2"#)).unwrap(), 1);
    for statement in ["UPDATE cerebro.event SET body = ''", "DELETE FROM cerebro.event", "TRUNCATE cerebro.event"] {
        raw.batch_execute(statement).unwrap_err();
        let error = server.client(OWNER, "team").batch_execute(statement).unwrap_err();
        assert!(error.as_db_error().unwrap().message().contains("append-only"), "{error:?}");
    }
    let unchained = "INSERT INTO cerebro.event VALUES (5, repeat('0', 64), repeat('1', 64), '{}')";
    let error = server.client(OWNER, "team").batch_execute(unchained).unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("append-only"), "{error:?}");
    assert_eq!(ann.verify().unwrap().events, 4);

    // A lease is its taker's.
    let mut queue = Queue::new(ann).unwrap();
    queue.add(&[new("q")]).unwrap();
    assert!(matches!(queue.next(Order::Age, &[], &[]).unwrap(), Next::Given(..)));
    assert_eq!(raw.execute("DELETE FROM cerebro.lease", &[]).unwrap(), 0);
    assert_eq!(server.client("rita", "team").execute("DELETE FROM cerebro.lease", &[]).unwrap(), 1);
    let mut reading = Queue::new(rob).unwrap();
    assert_eq!(reading.list(Order::Age).unwrap().items.len(), 1);
    assert!(matches!(reading.next(Order::Age, &[], &[]), Err(LedgerError::Refused { .. })));
    assert!(Ledger::make_roles(Path::new(&server.address("ann"))).is_err());
    let wrong = server.address("ann").replace("%3A1", "%3A2");
    let error = Ledger::open_server(&wrong, folder.path()).unwrap_err();
    assert!(matches!(error, LedgerError::Refused { .. }) && !error.to_string().contains("pass-word"), "{error}");
}

/// Labels of everybody, as the log has them.
fn labels(ledger: &Ledger) -> Vec<(String, String, Label)> {
    let mut found = Vec::new();
    let take = |event: cerebro::ledger::Event| {
        if let What::Labelled(labelled) = event.body.what {
            found.push((event.body.actor, labelled.sha256, labelled.label));
        }
    };
    ledger.events(take).unwrap();
    found
}

#[test]
fn what_is_decided_while_the_network_is_cut_is_kept_and_sent_once_and_in_order() {
    let name = "what_is_decided_while_the_network_is_cut_is_kept_and_sent_once_and_in_order";
    let Some(server) = Server::start(name) else { return };
    let folder = TempDir::new().unwrap();
    team(&server, folder.path(), &["ann", "bob"]);
    let network = Network::to(server.port);
    let mut bob = open(&server, folder.path(), "bob");
    let mut expected = Vec::new();
    for (round, weather) in
        [Weather::Cut, Weather::CutAtInsert, Weather::CutBeforeCommit, Weather::CutAfterCommit].into_iter().enumerate()
    {
        let mut ann = Ledger::open_server(&server.through("ann", network.port), &folder.path().join("ann")).unwrap();
        let of = |n: usize| format!("{round}-{n}");
        ann.label(decision(&of(0), Label::Benign)).unwrap();
        network.turn(weather);
        // In the middle of this one.
        assert_eq!(ann.label(decision(&of(1), Label::Malicious)).unwrap().unwrap().label, Label::Malicious);
        assert_eq!(ann.kept(), Some(1), "{weather:?}");
        ann.label(decision(&of(2), Label::Unwanted)).unwrap();
        // About an event that is none yet, and about one that is.
        assert!(matches!(ann.undo().unwrap(), Some(Undone::Label { .. })));
        assert_eq!(label_of(&ann, &of(2)), None);
        assert_eq!(ann.event(ann.state(&of(1)).unwrap().event).unwrap().body.actor, "ann");
        ann.label(decision(&of(0), Label::DualUse)).unwrap();
        assert_eq!((ann.kept(), ann.send_kept().unwrap()), (Some(4), 4));
        // Others go on meanwhile.
        bob.label(decision(&format!("bob-{round}"), Label::Benign)).unwrap();

        network.turn(Weather::Fair);
        std::thread::sleep(Duration::from_millis(2100));
        assert_eq!(ann.send_kept().unwrap(), 0, "{weather:?}");
        ann.refresh().unwrap();
        assert_eq!(label_of(&ann, &of(0)), Some(Label::DualUse));
        assert_eq!(label_of(&ann, &of(1)), Some(Label::Malicious));
        assert_eq!(label_of(&ann, &of(2)), None);
        assert_eq!(label_of(&ann, &format!("bob-{round}")), Some(Label::Benign));
        let own = |n: usize, label| ("ann".to_owned(), of(n), label);
        let his = ("bob".to_owned(), format!("bob-{round}"), Label::Benign);
        expected.push(own(0, Label::Benign));
        // What arrived without an answer stands where it arrived.
        let arrived = weather == Weather::CutAfterCommit;
        let kept = [own(1, Label::Malicious), his];
        expected.extend(if arrived { kept.to_vec() } else { kept.into_iter().rev().collect() });
        expected.extend([own(2, Label::Unwanted), own(0, Label::DualUse)]);
    }
    bob.refresh().unwrap();
    assert_eq!(labels(&bob), expected);
    // A label each, and four more that were taken back: nothing is lost, nothing is there twice.
    assert_eq!(bob.verify().unwrap().events, 4 * 6);
}

#[test]
fn what_is_kept_outlives_the_workbench_and_a_kill_while_it_is_sent() {
    let Some(mut server) = Server::start("what_is_kept_outlives_the_workbench_and_a_kill_while_it_is_sent") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    team(&server, folder.path(), &["ann"]);
    let mut ann = open(&server, folder.path(), "ann");
    let mut other = open(&server, folder.path(), "ann");
    ann.label(decision("a", Label::Benign)).unwrap();
    other.refresh().unwrap();
    server.kill();
    for (n, label) in [Label::Malicious, Label::Unwanted, Label::Benign].into_iter().enumerate() {
        ann.label(decision(&format!("b{n}"), label)).unwrap();
    }
    // Two workbenches of one machine share what is kept.
    other.label(decision("c", Label::Malicious)).unwrap();
    assert_eq!((ann.kept(), label_of(&other, "b1")), (Some(4), Some(Label::Unwanted)));
    let error = Ledger::open_server(&server.address("ann"), &folder.path().join("ann")).unwrap_err();
    assert!(error.to_string().starts_with("offline"), "{error}");
    // Killed: nothing is ended in order, and nothing that lies on the disk is touched.
    std::mem::forget((ann, other));
    let journal = std::fs::read_dir(folder.path().join("ann")).unwrap().map(|entry| entry.unwrap().path());
    let journal = journal.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "kept")).unwrap();
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(journal.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before = std::fs::read(&journal).unwrap();

    server.restart();
    let ann = open(&server, folder.path(), "ann");
    assert_eq!((ann.kept(), ann.verify().unwrap().events), (Some(0), 5));
    drop(ann);
    // Killed after the server had all of it and before the journal knew.
    std::fs::write(&journal, before).unwrap();
    let mut ann = open(&server, folder.path(), "ann");
    assert_eq!((ann.kept(), ann.verify().unwrap().events), (Some(0), 5));
    assert_eq!(label_of(&ann, "c"), Some(Label::Malicious));

    // A server that went back behind what is known is not gone along with.
    ann.label(decision("d", Label::Benign)).unwrap();
    drop(ann);
    server.admin(
        "team",
        "ALTER TABLE cerebro.event DISABLE TRIGGER USER; DELETE FROM cerebro.event WHERE number = 6; \
         ALTER TABLE cerebro.event ENABLE TRIGGER USER",
    );
    let error = Ledger::open_server(&server.address("ann"), &folder.path().join("ann")).unwrap_err();
    assert!(matches!(error, LedgerError::ServerRolledBack { there: 5, known: 6, .. }), "{error}");
}

#[test]
fn what_the_server_refuses_stays_kept_until_it_is_allowed() {
    let Some(mut server) = Server::start("what_the_server_refuses_stays_kept_until_it_is_allowed") else { return };
    let folder = TempDir::new().unwrap();
    team(&server, folder.path(), &["ann"]);
    let mut ann = open(&server, folder.path(), "ann");
    server.kill();
    ann.label(decision("a", Label::Malicious)).unwrap();
    server.restart();
    server.admin("team", "REVOKE INSERT ON cerebro.event FROM cerebro_analyst");
    std::thread::sleep(Duration::from_millis(2100));
    assert!(matches!(ann.send_kept(), Err(LedgerError::Refused { .. })));
    assert!(matches!(ann.label(decision("b", Label::Benign)), Err(LedgerError::Refused { .. })));
    assert_eq!((ann.kept(), label_of(&ann, "a"), label_of(&ann, "b")), (Some(1), Some(Label::Malicious), None));
    drop(ann);
    let mut again = open(&server, folder.path(), "ann");
    assert_eq!((again.kept(), label_of(&again, "a")), (Some(1), Some(Label::Malicious)));
    server.admin("team", "GRANT INSERT ON cerebro.event TO cerebro_analyst");
    assert_eq!(again.send_kept().unwrap(), 0);
    assert_eq!((labels(&again).len(), again.verify().unwrap().events), (1, 1));
}

/// Set for the process that is to be killed: the address of the ledger, and the folder for what is kept.
const VICTIM: [&str; 2] = ["CEREBRO_TEST_VICTIM_SERVER", "CEREBRO_TEST_VICTIM_FOLDER"];

/// Not a test by itself: what [`a_workbench_that_is_killed_loses_nothing_it_acknowledged`] starts and kills. It labels without
/// end and says so on stdout after each one.
#[test]
#[ignore = "runs until it is killed"]
fn victim() {
    let [address, folder] = VICTIM.map(|name| std::env::var(name).unwrap_or_default());
    if address.is_empty() {
        return;
    }
    let mut ledger = Ledger::open_server(&address, Path::new(&folder)).unwrap();
    println!("acknowledged nothing yet");
    for n in 0.. {
        let name = format!("pid-{}-{n}", std::process::id());
        ledger.label(decision(&name, Label::Malicious)).unwrap();
        println!("acknowledged {name}");
    }
}

#[test]
fn a_workbench_that_is_killed_loses_nothing_it_acknowledged() {
    let Some(mut server) = Server::start("a_workbench_that_is_killed_loses_nothing_it_acknowledged") else { return };
    let folder = TempDir::new().unwrap();
    team(&server, folder.path(), &["ann"]);
    let place = folder.path().join("ann");
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    for (round, wait) in [0, 30, 2300].into_iter().enumerate() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "team::victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM[0], server.address("ann"))
            .env(VICTIM[1], &place)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.split_once("acknowledged ").map(|(_, name)| name.to_owned()));
        acknowledged.extend(lines.by_ref().take(5));
        server.kill();
        acknowledged.extend(lines.by_ref().take(20));
        // In later rounds the kill comes while what was kept is sent, or after it.
        if wait > 0 {
            server.restart();
            std::thread::sleep(Duration::from_millis(wait));
        }
        child.kill().unwrap();
        acknowledged.extend(lines);
        assert!(!child.wait().unwrap().success());
        if wait == 0 {
            server.restart();
        }
        let ledger = Ledger::open_server(&server.address("ann"), &place).unwrap();
        assert_eq!(ledger.kept(), Some(0), "round {round}");
        let events = ledger.verify().unwrap().events;
        let labels: Vec<String> = labels(&ledger).into_iter().map(|(_, sha256, _)| sha256).collect();
        let packages: BTreeSet<&String> = labels.iter().collect();
        assert_eq!((labels.len() as i64, packages.len()), (events, labels.len()), "round {round}: one is there twice");
        acknowledged.remove("nothing yet");
        let lost: Vec<_> = acknowledged.iter().filter(|name| !packages.contains(name)).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
    }
    assert!(acknowledged.len() > 60, "hardly anything was written");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let test = "a_certificate_that_nobody_vouches_for_is_refused";
    let made = |folder: &Path, name: &str| {
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        command.args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        command.arg("-keyout").arg(folder.join(format!("{name}.key")));
        command.arg("-out").arg(folder.join(format!("{name}.crt")));
        command.output().is_ok_and(|output| output.status.success())
    };
    let folder = TempDir::new().unwrap();
    if !made(folder.path(), "other") {
        eprintln!("skipped: {test} (no openssl makes a certificate)");
        return;
    }
    let started = Server::with(test, |place| {
        assert!(made(place, "server"));
        std::fs::copy(place.join("server.crt"), folder.path().join("right.crt")).unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(place.join("server.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        let file = |name: &str| place.join(name).display().to_string();
        vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.crt")),
            format!("ssl_key_file={}", file("server.key")),
        ]
    });
    let Some(server) = started else { return };
    let with = |roots: &str| {
        let roots = folder.path().join(roots);
        let address = format!("{}?sslmode=verify-full&sslrootcert={}", server.address(OWNER), roots.display());
        Ledger::open_server(&address, folder.path())
    };
    let mut ledger = with("right.crt").unwrap();
    ledger.label(decision("aa", Label::Benign)).unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE ssl AND application_name = 'cerebro'";
    let count: i64 = server.client(OWNER, "team").query_one(encrypted, &[]).unwrap().get(0);
    assert_eq!(count, 1);
    for wrong in ["other.crt", "other.key", "missing.crt"] {
        let error = with(wrong).unwrap_err();
        assert!(matches!(error, LedgerError::Server { .. }), "{wrong}: {error}");
    }
}

/// A team at work while the server is killed and started again: two workbenches take packages from the queue and label them, a
/// worker without a screen fills the queue, and a fourth marks spans. So many events come of it.
fn a_team_at_work(server: &mut Server, folder: &Path, events: usize) {
    team(server, folder, &["ann", "bob", "worker", "eve"]);
    let items = events / 2;
    let marks = events - items;
    let given: Mutex<BTreeMap<i64, BTreeSet<&str>>> = Mutex::default();
    let (added, labelled, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let deadline = Instant::now() + Duration::from_secs(600);
    let again = |what: &str, error: LedgerError| {
        assert!(matches!(error, LedgerError::Offline { .. }), "{what}: {error}");
        assert!(Instant::now() < deadline, "{what}: the server did not come back");
        std::thread::sleep(Duration::from_millis(50));
    };
    let people = ["ann", "bob", "worker", "eve"].map(|user| open(server, folder, user));
    let [ann, bob, worker, mut eve] = people;
    std::thread::scope(|scope| {
        for (user, ledger) in [("ann", ann), ("bob", bob)] {
            let (given, added, labelled, again) = (&given, &added, &labelled, &again);
            scope.spawn(move || {
                let mut queue = Queue::new(ledger).unwrap();
                while labelled.load(Ordering::SeqCst) < items {
                    match queue.next(Order::Age, &[], &[]) {
                        Ok(Next::Given(item, queued)) => {
                            given.lock().unwrap().entry(item.number).or_default().insert(user);
                            let decided = Labelled { queued: Some(queued), ..decision(&item.sha256, Label::Benign) };
                            queue.label(decided).unwrap();
                            labelled.fetch_add(1, Ordering::SeqCst);
                        }
                        Ok(Next::End { .. }) => std::thread::sleep(Duration::from_millis(5)),
                        Err(error) => again("next", error),
                    }
                }
                assert!(added.load(Ordering::SeqCst) >= items);
                while queue.ledger().send_kept().unwrap() > 0 {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        }
        let (added, again, labelled, stop) = (&added, &again, &labelled, &stop);
        scope.spawn(move || {
            let mut queue = Queue::new(worker).unwrap();
            let names: Vec<String> = (0..items).map(|n| format!("p{n}")).collect();
            for chunk in names.chunks(50) {
                let chunk: Vec<NewItem> = chunk.iter().map(|name| new(name)).collect();
                while let Err(error) = queue.add(&chunk) {
                    again("add", error);
                }
                added.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        });
        scope.spawn(move || {
            for n in 0..marks {
                eve.mark(mark("ee", n)).unwrap();
            }
            while eve.send_kept().unwrap() > 0 {
                std::thread::sleep(Duration::from_millis(50));
            }
            stop.store(true, Ordering::SeqCst);
        });
        // In the midst of it.
        while labelled.load(Ordering::SeqCst) < items / 3 {
            assert!(Instant::now() < deadline, "nobody works");
            std::thread::sleep(Duration::from_millis(5));
        }
        server.kill();
        std::thread::sleep(Duration::from_millis(300));
        server.restart();
    });
    assert!(stop.load(Ordering::SeqCst));
    let given = given.into_inner().unwrap();
    let twice: Vec<_> = given.iter().filter(|(_, people)| people.len() > 1).collect();
    assert!(twice.is_empty(), "handed out twice: {twice:?}");
    let log = open(server, folder, "rob");
    assert_eq!(log.verify().unwrap().events, i64::try_from(events).unwrap());
    let labels = labels(&log);
    let packages: BTreeSet<&String> = labels.iter().map(|(_, sha256, _)| sha256).collect();
    assert_eq!((labels.len(), packages.len(), given.len()), (items, items, items));
    assert_eq!(log.spans("ee").count(), marks);
}

#[test]
fn a_team_loses_nothing_when_the_server_is_killed() {
    let Some(mut server) = Server::start("a_team_loses_nothing_when_the_server_is_killed") else { return };
    let folder = TempDir::new().unwrap();
    a_team_at_work(&mut server, folder.path(), 300);
}

#[test]
#[ignore = "takes minutes"]
fn a_team_loses_none_of_ten_thousand_events() {
    let Some(mut server) = Server::start("a_team_loses_none_of_ten_thousand_events") else { return };
    let folder = TempDir::new().unwrap();
    let started = Instant::now();
    a_team_at_work(&mut server, folder.path(), 10_000);
    println!("10,000 events by four writers with a kill in between: {:.1?}", started.elapsed());
}

/// Prints how many events a second each engine takes.
#[test]
#[ignore = "measures"]
fn events_per_second() {
    let folder = TempDir::new().unwrap();
    let count = 1000;
    let measured = |what: &str, ledger: &mut Ledger| {
        let started = Instant::now();
        for n in 0..count {
            ledger.label(decision(&format!("{n}"), Label::Benign)).unwrap();
        }
        println!("{what}: {:.0} events a second", f64::from(count) / started.elapsed().as_secs_f64());
    };
    measured("SQLite file", &mut Ledger::open(&folder.path().join("ledger.sqlite"), "ann").unwrap());
    let Some(server) = Server::start("events_per_second") else { return };
    team(&server, folder.path(), &["ann"]);
    measured("PostgreSQL server", &mut open(&server, folder.path(), "ann"));
    let started = Instant::now();
    let address = server.address(OWNER);
    let again = Ledger::open_server(&address, &folder.path().join("new")).unwrap();
    println!("opened for the first time with {} events: {:.1?}", again.verify().unwrap().events, started.elapsed());
}
