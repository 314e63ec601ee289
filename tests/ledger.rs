//! The ledger as a file: what it keeps when the process dies, when several write, and when somebody tampers.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cerebro::behavior::{ModelText, Reading};
use cerebro::ledger::{Label, Labelled, Ledger, LedgerError, MarkedSpan, ROOT, SpanRole, Standing, Undone};
use cerebro::package::Ecosystem;
use cerebro::text::Span;
use rstest::rstest;
use tempfile::TempDir;

fn decision(sha256: &str, label: Label) -> Labelled {
    Labelled {
        sha256: sha256.to_owned(),
        filename: format!("{sha256}-1.0.tgz"),
        size: 1234,
        ecosystem: Ecosystem::Npm,
        name: format!("demo-{sha256}"),
        version: "1.0".to_owned(),
        label,
        text: ModelText { text: "run url webhook".to_owned(), pieces: Vec::new() },
        reading: Reading::default(),
        shown: None,
        extractor: "1".to_owned(),
        files: Vec::new(),
        decode_chain: Vec::new(),
        queued: None,
    }
}

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data").join("ledger.sqlite");
    (folder, path)
}

fn label_of(ledger: &Ledger, sha256: &str) -> Option<Label> {
    ledger.state(sha256).map(|standing| standing.label)
}

#[track_caller]
fn label_undone(ledger: &mut Ledger) -> (Standing, Option<Label>) {
    match ledger.undo().unwrap() {
        Some(Undone::Label { removed, restored }) => (removed, restored.map(|standing| standing.label)),
        other => panic!("no label was taken back: {other:?}"),
    }
}

#[test]
fn labels_are_there_after_a_restart() {
    let (_folder, path) = place();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    ledger.label(decision("aa", Label::Malicious)).unwrap();
    ledger.label(decision("bb", Label::Benign)).unwrap();
    let head = ledger.head().to_owned();
    drop(ledger);

    let ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(label_of(&ledger, "aa"), Some(Label::Malicious));
    assert_eq!(label_of(&ledger, "bb"), Some(Label::Benign));
    assert_eq!(label_of(&ledger, "cc"), None);
    assert_eq!(ledger.head(), head);
    let verified = ledger.verify().unwrap();
    assert_eq!((verified.events, verified.head), (2, head));
}

#[test]
fn undo_restores_the_label_before_across_restarts_until_nothing_is_left() {
    let (_folder, path) = place();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    ledger.label(decision("aa", Label::SuspiciousUnresolved)).unwrap();
    ledger.label(decision("aa", Label::Malicious)).unwrap();
    ledger.label(decision("bb", Label::Benign)).unwrap();

    let (removed, restored) = label_undone(&mut ledger);
    assert_eq!((removed.sha256.as_str(), removed.label), ("bb", Label::Benign));
    assert_eq!(restored, None);
    drop(ledger);

    let mut ledger = Ledger::open(&path, "ann").unwrap();
    let (removed, restored) = label_undone(&mut ledger);
    assert_eq!(removed.label, Label::Malicious);
    assert_eq!(restored, Some(Label::SuspiciousUnresolved));
    assert_eq!(label_of(&ledger, "aa"), Some(Label::SuspiciousUnresolved));
    assert!(ledger.undo().unwrap().is_some());
    assert_eq!(label_of(&ledger, "aa"), None);
    assert_eq!(ledger.undo().unwrap(), None);
    assert_eq!(ledger.verify().unwrap().events, 6, "an undo adds an event and removes none");
}

#[test]
fn undo_takes_back_only_what_the_same_person_did() {
    let (_folder, path) = place();
    let mut ann = Ledger::open(&path, "ann").unwrap();
    let mut bob = Ledger::open(&path, "bob").unwrap();
    ann.label(decision("aa", Label::Benign)).unwrap();
    bob.label(decision("aa", Label::Malicious)).unwrap();

    let (removed, restored) = label_undone(&mut ann);
    assert_eq!((removed.actor.as_str(), removed.label), ("ann", Label::Benign));
    assert_eq!(restored, Some(Label::Malicious), "bob's label is untouched");
    assert_eq!(ann.undo().unwrap(), None);
}

#[test]
fn a_revision_number_is_never_given_twice() {
    let (_folder, path) = place();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(ledger.label(decision("aa", Label::Benign)).unwrap().unwrap().revision, 1);
    ledger.undo().unwrap();
    assert_eq!(ledger.label(decision("aa", Label::Malicious)).unwrap().unwrap().revision, 2);
    let twin = Labelled { sha256: "ff".to_owned(), ..decision("aa", Label::Malicious) };
    assert_eq!(ledger.label(twin).unwrap().unwrap().revision, 3, "another archive of the same name and version");
}

fn mark(sha256: &str, start: usize, role: SpanRole) -> MarkedSpan {
    MarkedSpan {
        sha256: sha256.to_owned(),
        path: "package/index.js".to_owned(),
        file_sha256: "77".to_owned(),
        bytes: Span { start, end: start + 4 },
        layer: None,
        place: None,
        text_sha256: "ee".to_owned(),
        text_bytes: 4,
        role,
        note: String::new(),
        features: Vec::new(),
    }
}

fn marked(ledger: &Ledger, sha256: &str) -> Vec<(usize, SpanRole)> {
    ledger.spans(sha256).map(|span| (span.marked.bytes.start, span.marked.role)).collect()
}

#[test]
fn undo_goes_back_over_labels_spans_and_removals_across_restarts() {
    let (_folder, path) = place();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    let loader = ledger.mark(mark("aa", 0, SpanRole::Loader)).unwrap().unwrap();
    ledger.label(decision("aa", Label::Malicious)).unwrap();
    ledger.mark(mark("bb", 8, SpanRole::Exfil)).unwrap();
    assert_eq!(ledger.unmark(loader.event).unwrap().map(|span| span.event), Some(loader.event));
    assert_eq!((marked(&ledger, "aa"), marked(&ledger, "bb")), (vec![], vec![(8, SpanRole::Exfil)]));
    assert_eq!(ledger.unmark(loader.event).unwrap(), None, "it does not stand any more");
    drop(ledger);

    let mut ledger = Ledger::open(&path, "ann").unwrap();
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Removed(span)) if span == loader));
    assert_eq!(marked(&ledger, "aa"), [(0, SpanRole::Loader)]);
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Marked(span)) if span.marked.sha256 == "bb"));
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Label { .. })));
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Marked(span)) if span == loader));
    assert_eq!(ledger.undo().unwrap(), None);
    assert_eq!((marked(&ledger, "aa"), marked(&ledger, "bb"), label_of(&ledger, "aa")), (vec![], vec![], None));
    assert_eq!(ledger.verify().unwrap().events, 8, "four acts and four undos, nothing removed from the log");
}

#[test]
fn the_same_bytes_in_the_same_role_are_marked_once_by_each_person() {
    let (_folder, path) = place();
    let mut ann = Ledger::open(&path, "ann").unwrap();
    let first = ann.mark(mark("aa", 0, SpanRole::Loader)).unwrap();
    assert_eq!(ann.mark(mark("aa", 0, SpanRole::Loader)).unwrap(), first);
    ann.mark(mark("aa", 0, SpanRole::Payload)).unwrap();
    let mut bob = Ledger::open(&path, "bob").unwrap();
    let bobs = bob.mark(mark("aa", 0, SpanRole::Loader)).unwrap().unwrap();
    assert_eq!((bobs.actor.as_str(), marked(&bob, "aa").len()), ("bob", 3));
    assert_eq!(ann.unmark(bobs.event).unwrap(), None, "only bob removes what bob marked");
    assert_eq!(ann.verify().unwrap().events, 3);
    assert!(matches!(ann.undo().unwrap(), Some(Undone::Marked(span)) if span.marked.role == SpanRole::Payload));
}

#[cfg(unix)]
#[test]
fn a_new_ledger_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = place();
    Ledger::open(&path, "ann").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[test]
fn files_of_others_are_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("other.sqlite");
    rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    assert!(matches!(Ledger::open(&database, "ann"), Err(LedgerError::NotALedger { .. })));

    let text = folder.path().join("notes.txt");
    let content = "these are notes and no database at all\n".repeat(40);
    std::fs::write(&text, &content).unwrap();
    let error = Ledger::open(&text, "ann").unwrap_err().to_string();
    assert!(error.contains("notes.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&text).unwrap(), content);
}

#[rstest]
#[case("UPDATE event SET body = '{}' WHERE number = 2")]
#[case("DELETE FROM event WHERE number = 3")]
#[case("DELETE FROM event")]
#[case("INSERT INTO event VALUES (9, '', '', '')")]
#[case("REPLACE INTO event VALUES (2, '', '', '')")]
fn sqlite_itself_refuses_to_change_the_log(#[case] statement: &str) {
    let (_folder, path) = three_labels();
    let error = rusqlite::Connection::open(&path).unwrap().execute_batch(statement).unwrap_err();
    assert!(error.to_string().contains("append-only"), "{error}");
    assert_eq!(Ledger::open(&path, "ann").unwrap().verify().unwrap().events, 3);
}

#[rstest]
#[case::changed("UPDATE event SET body = replace(body, 'benign', 'malicious') WHERE number = 2", 2)]
#[case::removed("DELETE FROM event WHERE number = 2", 3)]
#[case::first_removed("DELETE FROM event WHERE number = 1", 2)]
#[case::rehashed("UPDATE event SET hash = 'ab' WHERE number = 2", 2)]
#[case::swapped(
    "UPDATE event SET number = 9 WHERE number = 2; UPDATE event SET number = 2 WHERE number = 3; \
     UPDATE event SET number = 3 WHERE number = 9",
    2
)]
fn verify_names_the_event_where_the_chain_breaks(#[case] tampering: &str, #[case] expected: i64) {
    let (_folder, path) = three_labels();
    let connection = rusqlite::Connection::open(&path).unwrap();
    for trigger in ["event_is_never_changed", "event_is_never_removed", "event_follows_the_last"] {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    connection.execute_batch(tampering).unwrap();
    match Ledger::open(&path, "ann").unwrap().verify() {
        Err(LedgerError::Broken { event, .. }) => assert_eq!(event, expected),
        other => panic!("not noticed: {other:?}"),
    }
}

fn three_labels() -> (TempDir, PathBuf) {
    let (folder, path) = place();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(ledger.head(), ROOT);
    for sha256 in ["aa", "bb", "cc"] {
        ledger.label(decision(sha256, Label::Benign)).unwrap();
    }
    (folder, path)
}

#[test]
fn several_writers_share_one_chain() {
    let (_folder, path) = place();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut ledger = Ledger::open(path, &format!("writer-{writer}")).unwrap();
                for n in 0..8 {
                    let standing = ledger.label(decision(&format!("{writer}-{n}"), Label::Benign)).unwrap();
                    assert!(standing.is_some(), "a writer sees its own label at once");
                }
                ledger.undo().unwrap();
            });
        }
    });
    let ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(ledger.verify().unwrap().events, 4 * 9);
    assert_eq!(ledger.records().count(), 4 * 7);
    assert_eq!(label_of(&ledger, "3-6"), Some(Label::Benign));
    assert_eq!(label_of(&ledger, "3-7"), None);
}

/// Set for the process that is to be killed: the ledger it writes to.
const VICTIM: &str = "CEREBRO_TEST_VICTIM_LEDGER";

/// Not a test by itself: what [`a_killed_process_loses_nothing_it_acknowledged`] starts and kills. It labels without end and
/// says so on stdout after each one.
#[test]
#[ignore = "runs until it is killed"]
fn victim() {
    let path = std::env::var_os(VICTIM).expect("only the kill test starts this");
    let mut ledger = Ledger::open(Path::new(&path), "victim").unwrap();
    let start = ledger.verify().unwrap().events;
    for n in start.. {
        // A body of a realistic size takes several pages, so that a kill can fall between two writes of one commit.
        let mut labelled = decision(&format!("pid-{}-{n}", std::process::id()), Label::Malicious);
        labelled.text.text = "use process module call ".repeat(2000);
        ledger.label(labelled).unwrap();
        println!("acknowledged pid-{}-{n}", std::process::id());
    }
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    let (_folder, path) = place();
    let mut acknowledged = Vec::new();
    // The kill comes after the n-th answer while the next commit is under way: where in it, the scheduler decides, and
    // each round goes on with the file that the last kill left behind.
    for answers in [1, 2, 3, 5, 8, 1, 4, 13] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "ledger::victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        acknowledged.extend(lines.by_ref().filter_map(|line| acknowledgement(&line)).take(answers));
        child.kill().unwrap();
        // Answers that were already in the pipe count too.
        acknowledged.extend(lines.filter_map(|line| acknowledgement(&line)));
        assert!(!child.wait().unwrap().success());

        let ledger = Ledger::open(&path, "ann").unwrap();
        let verified = ledger.verify().unwrap();
        assert!(verified.events >= i64::try_from(acknowledged.len()).unwrap());
        let labels: HashMap<_, _> =
            ledger.records().map(|standing| (standing.sha256.clone(), standing.label)).collect();
        for sha256 in &acknowledged {
            assert_eq!(labels.get(sha256), Some(&Label::Malicious), "{sha256} was acknowledged and is lost");
        }
    }
    assert!(acknowledged.len() >= 37);
}

fn acknowledgement(line: &str) -> Option<String> {
    // The test harness may write on the same line before the first answer.
    line.split_once("acknowledged ").map(|(_, sha256)| sha256.to_owned())
}
