//! The ledger as a file: what it keeps when the process dies, when several write, and when somebody tampers.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cerebro::ledger::{
    Label, Labelled, Ledger, LedgerError, MarkedSpan, ROOT, ReviewPolicy, Scope, SpanRole, Standing, Suppression,
    Undone,
};
use cerebro::text::Span;
use rstest::rstest;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::common::decision::decision;

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
        Some(Undone::Label { removed, restored }) => (*removed, restored.map(|standing| standing.label)),
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
fn opening_names_the_event_where_the_chain_breaks(#[case] tampering: &str, #[case] expected: i64) {
    let (_folder, path) = three_labels();
    let connection = rusqlite::Connection::open(&path).unwrap();
    for trigger in ["event_is_never_changed", "event_is_never_removed", "event_follows_the_last"] {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    connection.execute_batch(tampering).unwrap();
    match Ledger::open(&path, "ann") {
        Err(LedgerError::Broken { event, .. }) => assert_eq!(event, expected),
        other => panic!("not noticed: {other:?}"),
    }
}

/// A file that belongs to a ledger and lies beside it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", path.display()))
}

/// Does to a ledger of three events what must not go unnoticed. `older` is a copy of it with one event.
type Harm = fn(path: &Path, older: &Path);

fn cut(path: &Path, left: u64) {
    std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(left).unwrap();
}

fn overwrite(path: &Path, at: usize, count: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at..at + count].fill(0xAA);
    std::fs::write(path, bytes).unwrap();
}

/// Takes events away without breaking the chain of the rest.
fn forget_after(path: &Path, last: i64) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let statement = format!("DROP TRIGGER event_is_never_removed; DELETE FROM event WHERE number > {last}");
    connection.execute_batch(&statement).unwrap();
}

#[rstest]
#[case::emptied(|path: &Path, _: &Path| cut(path, 0), "has only 0 bytes")]
#[case::removed(|path: &Path, _: &Path| std::fs::remove_file(path).unwrap(), "with 3 events is gone")]
#[case::cut_in_the_header(|path: &Path, _: &Path| cut(path, 60), "has only 60 bytes")]
#[case::cut_in_a_page(|path: &Path, _: &Path| cut(path, 4096 * 2 + 17), "damaged")]
#[case::cut_at_a_page(|path: &Path, _: &Path| cut(path, 4096), "damaged")]
#[case::header_overwritten(|path: &Path, _: &Path| overwrite(path, 0, 100), "damaged")]
#[case::schema_overwritten(|path: &Path, _: &Path| overwrite(path, 100, 900), "damaged")]
#[case::older_copy(|path: &Path, older: &Path| { std::fs::copy(older, path).unwrap(); }, "ends with event 1 but had 3")]
#[case::end_cut_off(|path: &Path, _: &Path| forget_after(path, 2), "ends with event 2 but had 3")]
#[case::all_cut_off(|path: &Path, _: &Path| forget_after(path, 0), "ends with event 0 but had 3")]
#[case::a_new_ledger_in_its_place(
    |path: &Path, older: &Path| {
        let new = older.with_file_name("new.sqlite");
        Ledger::open(&new, "mallory").unwrap();
        std::fs::copy(new, path).unwrap();
    },
    "ends with event 0 but had 3"
)]
#[case::another_history(
    |path: &Path, older: &Path| {
        let other = older.with_file_name("other.sqlite");
        let mut ledger = Ledger::open(&other, "mallory").unwrap();
        for sha256 in ["aa", "bb", "cc", "dd"] {
            ledger.label(decision(sha256, Label::Benign)).unwrap();
        }
        drop(ledger);
        std::fs::copy(other, path).unwrap();
    },
    "changed at event 3: another event was there before"
)]
fn what_is_not_the_ledger_that_was_is_told_and_the_backup_put_back(#[case] harm: Harm, #[case] told: &str) {
    let (folder, path) = place();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    ledger.label(decision("aa", Label::Benign)).unwrap();
    let older = folder.path().join("older.sqlite");
    std::fs::copy(&path, &older).unwrap();
    ledger.label(decision("bb", Label::Malicious)).unwrap();
    ledger.label(decision("cc", Label::Benign)).unwrap();
    drop(ledger);
    assert!(matches!(Ledger::restore(&path), Err(LedgerError::Sound { events: 3, .. })), "there is nothing to restore");

    harm(&path, &older);
    let harmed = std::fs::read(&path).ok();
    for _ in 0..2 {
        let error = Ledger::open(&path, "ann").unwrap_err().to_string();
        assert!(error.contains(told) && error.contains("cerebro ledger restore"), "{error}");
        assert_eq!(std::fs::read(&path).ok(), harmed, "opening changed it");
    }

    let restored = Ledger::restore(&path).unwrap();
    assert_eq!((restored.verified.events, restored.known), (3, 3));
    assert_eq!(restored.aside.map(|aside| std::fs::read(aside).unwrap()), harmed, "what was there is kept");
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(label_of(&ledger, "bb"), Some(Label::Malicious));
    assert_eq!(ledger.label(decision("dd", Label::Benign)).unwrap().unwrap().event, 4);
    drop(ledger);
    assert_eq!(Ledger::open(&path, "ann").unwrap().verify().unwrap().events, 4);
}

#[test]
fn an_older_backup_says_how_many_events_it_lacks_and_the_log_goes_on_from_it() {
    let (_folder, path) = three_labels();
    // As after a crash: the head knows of an event that no backup has.
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    ledger.label(decision("dd", Label::Benign)).unwrap();
    std::mem::forget(ledger);
    cut(&path, 0);
    let restored = Ledger::restore(&path).unwrap();
    assert_eq!((restored.verified.events, restored.known), (3, 4));
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(ledger.label(decision("ee", Label::Benign)).unwrap().unwrap().event, 4);
}

#[test]
fn without_a_sound_backup_nothing_is_changed() {
    let (_folder, path) = three_labels();
    for (ending, copy) in backups(&path) {
        overwrite(&copy, 100, 2000);
        assert!(ending.len() >= 12, "{ending}");
    }
    cut(&path, 0);
    assert!(matches!(Ledger::restore(&path), Err(LedgerError::NoBackup { .. })));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn a_log_that_is_cut_while_it_is_open_takes_no_more_events() {
    let (_folder, path) = three_labels();
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    forget_after(&path, 1);
    let error = ledger.label(decision("dd", Label::Benign)).unwrap_err();
    assert!(matches!(error, LedgerError::RolledBack { there: 1, known: 3, .. }), "{error}");
}

/// The backups beside a ledger, with what their names end in.
fn backups(path: &Path) -> Vec<(String, PathBuf)> {
    let start = format!("{}.backup-", path.file_name().unwrap().to_str().unwrap());
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap());
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.strip_prefix(&start)?.to_owned(), entry.path())))
        .collect();
    found.sort();
    found
}

#[test]
fn few_backups_are_kept_and_only_the_user_reads_them() {
    let (_folder, path) = place();
    for n in 0..6 {
        let mut ledger = Ledger::open(&path, "ann").unwrap();
        ledger.label(decision(&n.to_string(), Label::Benign)).unwrap();
    }
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    for n in 6..210 {
        ledger.label(decision(&n.to_string(), Label::Benign)).unwrap();
    }
    std::mem::forget(ledger);
    let names: Vec<String> = backups(&path).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["000000000006", "000000000106", "000000000206"],
        "at each end of a session, and after 100 events"
    );
    let beside: Vec<PathBuf> = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(beside.len(), 5, "the ledger, its head and three backups: {beside:?}");
    #[cfg(unix)]
    for file in beside {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

/// Appends events to a ledger past this program's own way of writing, which would take minutes for so many. Every seventh
/// package is labelled twice.
fn many_events(path: &Path, count: i64) {
    let mut ledger = Ledger::open(path, "ann").unwrap();
    ledger.label(decision("first", Label::Benign)).unwrap();
    ledger.mark(mark("first", 0, SpanRole::Loader)).unwrap();
    ledger.mark(mark("first", 9, SpanRole::Payload)).unwrap();
    ledger.undo().unwrap();
    let mut body = serde_json::to_value(ledger.event(1).unwrap().body).unwrap();
    let (mut number, mut previous) = (4, ledger.head().to_owned());
    drop(ledger);
    let mut connection = rusqlite::Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    while number < count {
        number += 1;
        let sha256 = hex(&Sha256::digest((number - number % 7 / 6).to_le_bytes()));
        body["name"] = format!("package-{number}").into();
        body["sha256"] = sha256.into();
        let body = body.to_string();
        let hash = hex(&Sha256::digest(format!("{number}\n{previous}\n{body}")));
        transaction
            .prepare_cached("INSERT INTO event (number, previous, hash, body) VALUES (?1, ?2, ?3, ?4)")
            .unwrap()
            .execute((number, &previous, &hash, &body))
            .unwrap();
        previous = hash;
    }
    transaction.commit().unwrap();
}

fn hex(bytes: &[u8]) -> String {
    cerebro::text::hex(bytes)
}

#[derive(Debug, PartialEq)]
struct Told {
    records: Vec<Standing>,
    marked: Vec<(usize, SpanRole)>,
    head: String,
    undone: Option<Undone>,
}

fn told(path: &Path) -> Told {
    let mut ledger = Ledger::open(path, "ann").unwrap();
    Told {
        records: ledger.records().cloned().collect(),
        marked: marked(&ledger, "first"),
        head: ledger.head().to_owned(),
        undone: ledger.undo().unwrap(),
    }
}

#[test]
fn a_checkpoint_tells_what_the_log_tells() {
    let (folder, path) = place();
    many_events(&path, 2500);
    let copy = folder.path().join("copy.sqlite");
    std::fs::copy(&path, &copy).unwrap();
    Ledger::open(&path, "ann").unwrap();
    assert!(beside(&path, "checkpoint").exists());
    let from_checkpoint = told(&path);
    assert!(from_checkpoint.records.len() > 2000 && from_checkpoint.marked == [(0, SpanRole::Loader)]);
    assert!(matches!(from_checkpoint.undone, Some(Undone::Label { .. })));
    assert_eq!(from_checkpoint, told(&copy));
}

/// A ledger with a checkpoint, of which an event far below that was changed behind the triggers' back.
fn changed_below_the_checkpoint() -> (TempDir, PathBuf) {
    let (folder, path) = place();
    many_events(&path, 2500);
    Ledger::open(&path, "ann").unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TRIGGER event_is_never_changed; UPDATE event SET body = replace(body, 'benign', 'malicious') WHERE number = 5")
        .unwrap();
    (folder, path)
}

#[test]
fn a_change_below_the_checkpoint_is_found() {
    let (_folder, path) = changed_below_the_checkpoint();
    let error = Ledger::open(&path, "ann").unwrap_err();
    assert!(matches!(error, LedgerError::Broken { event: 5, .. }), "{error}");
}

/// Shows that the checkpoint is what is read: with the file's state forged into the head, a change below it is not seen.
#[cfg(unix)]
#[test]
fn nothing_below_the_checkpoint_is_read_again_while_nobody_wrote() {
    use std::os::unix::fs::MetadataExt as _;
    let (_folder, path) = changed_below_the_checkpoint();
    let about = std::fs::metadata(&path).unwrap();
    let head = beside(&path, "head");
    let mut noted: serde_json::Value = serde_json::from_slice(&std::fs::read(&head).unwrap()).unwrap();
    noted["stamp"] = serde_json::json!({
        "size": about.size(),
        "modified": [about.mtime(), about.mtime_nsec()],
        "changed": [about.ctime(), about.ctime_nsec()],
        "inode": [about.dev(), about.ino()],
    });
    std::fs::write(&head, noted.to_string()).unwrap();
    let ledger = Ledger::open(&path, "ann").unwrap();
    assert!(matches!(ledger.verify(), Err(LedgerError::Broken { event: 5, .. })), "a whole verification reads it");
    drop(ledger);
    // A checkpoint that is not the one that the head names is not believed.
    let checkpoint = beside(&path, "checkpoint");
    let mut bytes = std::fs::read(&checkpoint).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&checkpoint, bytes).unwrap();
    assert!(matches!(Ledger::open(&path, "ann"), Err(LedgerError::Broken { event: 5, .. })));
}

/// How long this thread has had a CPU, where the system tells: on a busy machine that says more than the clock.
fn on_cpu() -> std::time::Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split_whitespace().next().and_then(|n| n.parse().ok());
    std::time::Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// Time to open a long ledger: the first time all of it is verified, later only what is new.
#[test]
#[ignore = "a measurement: cargo test --release --test ledger -- --ignored --nocapture hundred_thousand"]
fn a_ledger_of_a_hundred_thousand_events_opens_at_once() {
    let (_folder, path) = place();
    many_events(&path, 100_000);
    for (what, most) in [("verified whole", 5000), ("from the checkpoint", 200), ("from the checkpoint", 200)] {
        let (started, before) = (std::time::Instant::now(), on_cpu());
        let ledger = Ledger::open(&path, "ann").unwrap();
        let (took, busy) = (started.elapsed(), on_cpu().saturating_sub(before));
        assert_eq!(ledger.history("first").count(), 1);
        println!("100,000 events, {what}: {took:?}, of it on the CPU {busy:?}");
        assert!(cfg!(debug_assertions) || took.as_millis() < most, "{took:?}");
    }
}

#[test]
fn the_program_says_what_to_do_with_a_ledger_that_was_cut_off() {
    let (folder, path) = three_labels();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
        command.args(arguments).env("CEREBRO_CONFIG", folder.path()).env("CEREBRO_LEDGER", &path);
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code(), said.concat())
    };
    let (status, said) = run(&["ledger", "verify"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.starts_with("3 events, head "), "{said}");
    let (status, said) = run(&["ledger", "restore"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("is sound and has all 3 events"), "{said}");
    for harm in [
        (|path: &Path| cut(path, 0)) as fn(&Path),
        |path: &Path| std::fs::remove_file(path).unwrap(),
        |path: &Path| forget_after(path, 1),
    ] {
        harm(&path);
        for arguments in [&["export"][..], &["queue", "list"], &["ledger", "verify"]] {
            let (status, said) = run(arguments);
            assert_eq!(status, Some(2), "{arguments:?}: {said}");
            assert!(said.contains("cerebro ledger restore"), "{arguments:?}: {said}");
        }
        let (status, said) = run(&["ledger", "restore"]);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.starts_with("restored ") && said.contains("with 3 events"), "{said}");
        assert_eq!(run(&["ledger", "verify"]).0, Some(0));
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

/// Kills a process that labels at moments that follow from a seed: from its very beginning, when the ledger is made, to some
/// hundred events later.
fn killed_at_any_moment(rounds: u64) {
    let (mut folder, mut path) = place();
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        // Now and then a new ledger, so that its making is interrupted too.
        if round % 4 == 0 {
            (folder, path) = place();
            acknowledged.clear();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "ledger::victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut seen = lines.filter_map(|line| acknowledgement(&line));
        if round % 2 == 1 {
            acknowledged.extend(seen.by_ref().take(1 + usize::try_from(round % 5).unwrap()));
        }
        std::thread::sleep(std::time::Duration::from_micros(round.wrapping_mul(7919) % 40_000));
        child.kill().unwrap();
        acknowledged.extend(seen);
        assert!(!child.wait().unwrap().success());
        let ledger = match Ledger::open(&path, "ann") {
            Ok(ledger) => ledger,
            Err(error) => panic!("round {round}: {error}"),
        };
        for sha256 in &acknowledged {
            assert_eq!(label_of(&ledger, sha256), Some(Label::Malicious), "round {round}: {sha256} is lost");
        }
    }
    assert!(acknowledged.len() > 2, "hardly anything was written");
    drop(folder);
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    killed_at_any_moment(32);
}

#[test]
#[ignore = "takes minutes"]
fn a_kill_at_any_of_a_thousand_moments_loses_nothing() {
    killed_at_any_moment(1000);
}

fn acknowledgement(line: &str) -> Option<String> {
    // The test harness may write on the same line before the first answer.
    line.split_once("acknowledged ").map(|(_, sha256)| sha256.to_owned())
}

/// A run of the program on a ledger, as one of two analysts.
fn program(ledger: &Path, actor: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.args(arguments).arg("--ledger").arg(ledger).env("CEREBRO_ACTOR", actor).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn suppressions_are_listed_exported_imported_and_lifted() {
    let (folder, path) = three_labels();
    let suppression = Suppression {
        rule: "behavior/X1".to_owned(),
        path: "dist/*.min.js".to_owned(),
        content: "5a".repeat(32),
        scope: Scope::Package,
        of: "npm/demo".to_owned(),
        author: String::new(),
        reason: "a \u{1B}[2J build".to_owned(),
        expires: "2020-01-01T00:00:00Z".parse().ok(),
    };
    Ledger::open(&path, "ann").unwrap().suppress(suppression.clone()).unwrap();
    let open = Suppression { expires: None, ..suppression };
    Ledger::open(&path, "ann").unwrap().suppress(open).unwrap();

    let (status, listed, _) = program(&path, "ann", &["suppressions", "list"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!((status, lines.len()), (Some(0), 2), "{listed}");
    assert!(lines[0].contains(", ended 2020-01-01: a ␛[2J build") && lines[1].contains(" by ann: a "), "{listed}");

    let file = folder.path().join("team.json");
    let out = file.to_str().unwrap();
    assert_eq!(program(&path, "ann", &["suppressions", "export", "--out", out]).0, Some(0));
    let other = folder.path().join("other.sqlite");
    let (status, said, error) = program(&other, "bob", &["suppressions", "import", out]);
    assert_eq!((status, said.as_str()), (Some(0), "2 added, 0 already there\n"), "{error}");
    let (_, again, _) = program(&other, "bob", &["suppressions", "import", out]);
    assert_eq!(again, "0 added, 2 already there\n");
    let (_, listed, _) = program(&other, "eve", &["suppressions", "list"]);
    assert!(listed.lines().all(|line| line.contains(" by ann")), "who decided it stays: {listed}");

    let (status, said, _) = program(&other, "eve", &["suppressions", "lift", "2"]);
    assert!(status == Some(0) && said.starts_with("lifted: "), "{said}");
    let (status, _, error) = program(&other, "eve", &["suppressions", "lift", "2"]);
    assert!(status == Some(2) && error.contains("no suppression has the number 2"), "{error}");
    let (_, log, _) = program(&other, "eve", &["ledger", "log"]);
    assert!(
        log.contains("eve  suppression of event 2 lifted") && log.contains("bob  hide behavior/X1 in dist/*.min.js")
    );

    // A file that is wrong is taken in by no part, and everything that is wrong with it is told.
    let wrong =
        std::fs::read_to_string(&file).unwrap().replacen("behavior/X1", "evidence/skipped", 1).replace("5a5a", "zz");
    std::fs::write(&file, wrong).unwrap();
    let third = folder.path().join("third.sqlite");
    let (status, _, error) = program(&third, "bob", &["suppressions", "import", out]);
    assert!(
        status == Some(2) && error.contains("suppression 1: rule is") && error.contains("suppression 2: content"),
        "{error}"
    );
    assert!(!third.exists());
}

#[test]
fn agreement_is_told_as_a_table_and_as_json() {
    let (_folder, path) = place();
    let policy = ReviewPolicy { malicious: 100, others: 100 };
    let mut ann = Ledger::open(&path, "ann").unwrap().with_policy(policy);
    let mut bob = Ledger::open(&path, "bob").unwrap().with_policy(policy);
    for n in 0..10 {
        let first = if n < 5 { Label::Malicious } else { Label::Benign };
        let second = if n < 6 { Label::Malicious } else { Label::Benign };
        let timed = |label| {
            let mut decision = decision(&format!("{n:02}"), label);
            decision.given.seconds = Some(10.0 * (n + 1) as f32);
            decision
        };
        ann.label(timed(first)).unwrap();
        bob.label(timed(second)).unwrap();
    }
    let (status, table, error) = program(&path, "eve", &["ledger", "agreement"]);
    assert_eq!(status, Some(0), "{error}");
    for part in [
        "10 packages with independent labels of ann, bob\n",
        "disagreements: 1 open, 0 decided\n",
        "all                          10      9  0.80 [",
        "malicious                     6      5  0.80 [",
        "ann                          10     50 s     90 s\n",
    ] {
        assert!(table.contains(part), "{part:?} is not in\n{table}");
    }
    let (_, json, _) = program(&path, "eve", &["ledger", "agreement", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["schema"], &json["packages"]), (&"cerebro-agreement/1".into(), &10.into()));
    assert_eq!(json["agreement"][0]["kappa"]["value"], 0.8);
    assert_eq!(json["pace"][1]["p90"], 90.0);
}
