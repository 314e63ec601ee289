use std::path::PathBuf;

use rusqlite::Connection;
use strum::IntoEnumIterator as _;
use tempfile::TempDir;

use super::*;
use crate::behavior::{ModelText, Reading};
use crate::case::State;
use crate::ledger::{Given, ReviewPolicy, Shown, Taxonomy};
use crate::package::Ecosystem;

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.sqlite");
    (folder, path)
}

fn queue(path: &Path) -> Queue {
    Queue::new(Ledger::open(path, "ann").unwrap()).unwrap()
}

fn package(name: &str) -> Arrived {
    let sha256 = format!("{name:0>64}");
    Arrived::Package { sha256, name: name.to_owned(), version: "1.0.0".to_owned(), ecosystem: Ecosystem::Npm }
}

fn new(name: &str) -> NewItem {
    NewItem { path: format!("/queue/{name}.tgz"), arrived: package(name), published: None, source: String::new() }
}

fn filled(path: &Path, names: &[&str]) -> Queue {
    let mut queue = queue(path);
    let items: Vec<NewItem> = names.iter().map(|name| new(name)).collect();
    assert_eq!(queue.add(&items).unwrap(), vec![true; names.len()]);
    queue
}

fn judged(probability: f32) -> Judged {
    Judged {
        state: if probability >= 0.5 { State::Malicious } else { State::Benign },
        probability: Some(probability),
        threshold: Some(0.5),
        disagreement: Some(0.25),
        model: "m1".to_owned(),
        extractor: "e1".to_owned(),
    }
}

fn decision(name: &str, label: Label, queued: Option<Queued>) -> Labelled {
    let shown = Shown {
        state: State::Malicious,
        probability: Some(0.9),
        threshold: Some(0.5),
        model: "m".to_owned(),
        model_hash: "m1".to_owned(),
    };
    Labelled {
        sha256: format!("{name:0>64}"),
        filename: format!("{name}.tgz"),
        size: 1,
        ecosystem: Ecosystem::Npm,
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        label,
        text: ModelText::default(),
        reading: Reading::default(),
        shown: Some(shown),
        extractor: "e1".to_owned(),
        files: Vec::new(),
        decode_chain: Vec::new(),
        queued,
        taxonomy: Taxonomy::default(),
        given: Given::default(),
    }
}

fn given(next: Next) -> String {
    match next {
        Next::Given(item, _) => item.name,
        Next::End { .. } => panic!("the queue is at its end"),
    }
}

#[test]
fn a_path_is_added_once_and_found_again_after_a_restart() {
    let (_folder, path) = place();
    let mut first = filled(&path, &["a", "b"]);
    assert_eq!(first.add(&[new("b"), new("c")]).unwrap(), [false, true]);
    assert!(first.has("/queue/c.tgz").unwrap() && !first.has("/queue/d.tgz").unwrap());
    let listing = queue(&path).list(Order::Age).unwrap();
    let names: Vec<&str> = listing.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(first.remove(&["/queue/b.tgz".to_owned(), "/queue/x.tgz".to_owned()]).unwrap(), 1);
    assert_eq!(first.list(Order::Age).unwrap().items.len(), 2);
}

#[test]
fn what_was_read_is_kept_and_what_changed_is_the_new_content() {
    let (_folder, path) = place();
    let mut queue = filled(&path, &["a"]);
    let number = queue.list(Order::Risk).unwrap().items[0].number;
    queue.record(number, &package("changed"), Some(&judged(0.9)), None).unwrap();
    let item = queue.list(Order::Risk).unwrap().items[0].clone();
    assert_eq!((item.name.as_str(), item.judged.as_ref()), ("changed", Some(&judged(0.9))));
    assert!(!item.is_stale("m1", "e1") && item.is_stale("m2", "e1") && item.is_stale("m1", "e2"));
    assert!(queue.list(Order::Risk).unwrap().next_unread("m1", "e1").is_none());
    queue.record(number, &Arrived::unreadable("damaged"), None, None).unwrap();
    let listing = queue.list(Order::Risk).unwrap();
    assert_eq!(listing.items[0].failed.as_deref(), Some("damaged"));
    assert_eq!(listing.items[0].name, "changed", "what was known of it stays");
    assert!(listing.next_unread("m2", "e1").is_none(), "what cannot be read is not tried again and again");
    assert_eq!((listing.read(), listing.failed()), (0, 1));
}

#[test]
fn two_workbenches_are_never_given_the_same() {
    let (_folder, path) = place();
    let mut ann = filled(&path, &["a", "b", "c"]);
    let mut bob = queue(&path);
    let one = given(ann.next(Order::Age, &[], &[]).unwrap());
    let two = given(bob.next(Order::Age, &[], &[]).unwrap());
    assert_eq!((one.as_str(), two.as_str()), ("a", "b"));
    let listing = bob.list(Order::Age).unwrap();
    assert_eq!(listing.holder(1), Some(std::process::id()));
    assert_eq!(listing.holder(2), None, "one's own is not another's");
    assert_eq!(bob.open(1, Order::Age, &[2]).unwrap(), None);
    // Ann goes on: her first one is free again, hers is c now.
    assert_eq!(given(ann.next(Order::Age, &[1], &[]).unwrap()), "c");
    assert!(bob.open(1, Order::Age, &[]).unwrap().is_some());
    assert!(matches!(queue(&path).next(Order::Age, &[], &[]).unwrap(), Next::Given(item, _) if item.name == "b"));
}

#[test]
fn many_at_once_are_given_each_package_once() {
    let (_folder, path) = place();
    let names: Vec<String> = (0..24).map(|n| format!("p{n}")).collect();
    drop(filled(&path, &names.iter().map(String::as_str).collect::<Vec<_>>()));
    let taken = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut queue = queue(&path);
                let mut mine = Vec::new();
                for _ in 0..6 {
                    let Next::Given(item, _) = queue.next(Order::Mixed, &[], &mine).unwrap() else { panic!("too few") };
                    mine.push(item.number);
                }
                taken.lock().unwrap().extend(mine);
            });
        }
    });
    let mut taken = taken.into_inner().unwrap();
    taken.sort_unstable();
    assert_eq!(taken, (1..=24).collect::<Vec<i64>>());
}

#[test]
fn a_lease_ends_with_time_and_lasts_when_it_is_renewed() {
    fn late() -> Timestamp {
        Timestamp::now().checked_add(LEASE + Duration::from_secs(1)).unwrap()
    }
    let (_folder, path) = place();
    let mut killed = filled(&path, &["a"]);
    assert_eq!(given(killed.next(Order::Age, &[], &[]).unwrap()), "a");
    let held = queue(&path).next(Order::Age, &[], &[]).unwrap();
    assert_eq!(held, Next::End { all: 1, passed: 0, held: 1 });
    let mut later = Queue::new(Ledger::open(&path, "bob").unwrap().with_clock(late)).unwrap();
    assert_eq!(given(later.next(Order::Age, &[], &[]).unwrap()), "a", "nobody has renewed it");
    later.renew().unwrap();
    assert_eq!(killed.open(1, Order::Age, &[]).unwrap(), None, "it is another's now");
    later.release(&[]).unwrap();
    assert!(killed.open(1, Order::Age, &[]).unwrap().is_some());
}

#[test]
fn labelled_and_passed_and_unreadable_are_not_given_and_the_end_says_what_is_left() {
    let (_folder, path) = place();
    let mut queue = filled(&path, &["a", "b", "c", "d"]);
    queue.record(4, &Arrived::unreadable("encrypted"), None, None).unwrap();
    queue.label(decision("a", Label::Benign, None)).unwrap();
    assert_eq!(given(queue.next(Order::Age, &[2], &[]).unwrap()), "c");
    let end = queue.next(Order::Age, &[2, 3], &[]).unwrap();
    assert_eq!(end, Next::End { all: 4, passed: 2, held: 0 });
    queue.ledger().undo().unwrap();
    assert_eq!(given(queue.next(Order::Age, &[2, 3], &[]).unwrap()), "a", "what was taken back comes again");
}

#[test]
fn another_copy_of_what_somebody_has_is_not_given_and_the_like_of_it_last() {
    let (_folder, path) = place();
    let mut ann = filled(&path, &["a", "b"]);
    ann.add(&[NewItem { path: "/queue/copy.tgz".to_owned(), ..new("a") }]).unwrap();
    assert_eq!(given(ann.next(Order::Age, &[], &[]).unwrap()), "a");
    let mut bob = queue(&path);
    let Next::Given(item, _) = bob.next(Order::Age, &[], &[]).unwrap() else { panic!("b is free") };
    assert_eq!(item.number, 2);
    assert_eq!(bob.next(Order::Age, &[2], &[]).unwrap(), Next::End { all: 3, passed: 1, held: 1 });
    let listing = bob.list(Order::Age).unwrap();
    assert_eq!(listing.alike(1).iter().map(|item| item.number).collect::<Vec<_>>(), [3]);
    assert_eq!(listing.alike(2), Vec::<&Item>::new());
}

#[test]
fn a_label_says_how_the_package_came_and_the_lot_alone_is_counted() {
    let (_folder, path) = place();
    let mut queue = filled(&path, &["a", "b", "c", "d"]);
    let by = |why| Some(Queued { order: Order::Mixed, why, like: None });
    queue.label(decision("a", Label::Malicious, by(Why::Random))).unwrap();
    queue.label(decision("b", Label::Benign, by(Why::Random))).unwrap();
    queue.label(decision("c", Label::DualUse, by(Why::Random))).unwrap();
    queue.label(decision("d", Label::Malicious, by(Why::Risk))).unwrap();
    assert_eq!(queue.accuracy(), Accuracy { labelled: 2, agreed: 1, undecided: 1 });
    queue.passed_over("ee", &Queued { order: Order::Age, why: Why::Age, like: None }).unwrap();
    let ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(ledger.verify().unwrap().events, 5);
    let json = serde_json::to_value(ledger.event(5).unwrap().body).unwrap();
    assert_eq!(json["kind"], "passed_over");
    assert_eq!(json["queued"], serde_json::json!({"order": "age", "why": "age"}));
}

/// The schema of version 1, as it was released.
const OLD: &str = "
CREATE TABLE event (
    number   INTEGER PRIMARY KEY,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL UNIQUE,
    body     TEXT NOT NULL
) STRICT;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_follows_the_last BEFORE INSERT ON event
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM event)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA application_id = 1129464399;
PRAGMA user_version = 1;
";

#[test]
fn a_ledger_of_the_first_version_keeps_its_events_and_gets_a_queue() {
    let (_folder, path) = place();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(OLD).unwrap();
    // What version 1 wrote has no field of the queue.
    let body = serde_json::to_string(&crate::ledger::Body {
        time: "2026-01-02T03:04:05Z".parse().unwrap(),
        actor: "ann".to_owned(),
        tool: "0.1.0".to_owned(),
        what: crate::ledger::What::Labelled(Box::new(decision("a", Label::Malicious, None))),
    })
    .unwrap();
    assert!(!body.contains("queued"));
    let hash = crate::ledger::chain::hash(1, crate::ledger::ROOT, &body);
    old.execute("INSERT INTO event VALUES (1, ?1, ?2, ?3)", [crate::ledger::ROOT, &hash, &body]).unwrap();
    drop(old);

    let ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(ledger.verify().unwrap().events, 1);
    assert_eq!(ledger.head(), hash);
    let mut queue = Queue::new(ledger).unwrap();
    queue.add(&[new("a"), new("b")]).unwrap();
    assert_eq!(queue.list(Order::Risk).unwrap().done(), 1);
    drop(queue);
    let raw = Connection::open(&path).unwrap();
    let version: i32 = raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 2, "version 1 refuses what is newer than it knows");
    raw.pragma_update(None, "user_version", 3).unwrap();
    assert!(matches!(Ledger::open(&path, "ann"), Err(LedgerError::Newer { version: 3, .. })));
}

#[test]
fn opening_an_old_ledger_from_several_sides_makes_the_queue_once() {
    let (_folder, path) = place();
    Connection::open(&path).unwrap().execute_batch(OLD).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| queue(&path));
        }
    });
    let seeds: i64 =
        Connection::open(&path).unwrap().query_row("SELECT count(*) FROM queue_seed", [], |row| row.get(0)).unwrap();
    assert_eq!(seeds, 1);
}

/// Prints how long a list of a thousand takes; asserts only what it holds.
#[test]
fn a_thousand_are_listed() {
    let (_folder, path) = place();
    let mut queue = queue(&path);
    let names: Vec<String> = (0..1000).map(|n| format!("p{n}")).collect();
    queue.add(&names.iter().map(|name| new(name)).collect::<Vec<_>>()).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for number in 1..=1000_i64 {
        let bytes: Vec<u8> = (0..512).map(|at| ((number * 31 + at * 7) % 251) as u8).collect();
        connection
            .execute(
                "UPDATE item SET state = 'benign', probability = ?2, threshold = 0.5, model = 'm1', extractor = 'e1', \
                 signature = ?3 WHERE number = ?1",
                rusqlite::params![number, (number % 97) as f64 / 97.0, bytes],
            )
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    for order in Order::iter() {
        let started = std::time::Instant::now();
        let listing = queue.list(order).unwrap();
        println!("1,000 items by {order}: {:.1?}", started.elapsed());
        assert_eq!(listing.rows.len(), 1000);
        assert_eq!(listing.read(), 1000);
    }
}

#[test]
fn what_the_first_analyst_called_malicious_comes_to_the_second_without_that_label() {
    let (_folder, path) = place();
    drop(filled(&path, &["a", "b"]));
    let policy = ReviewPolicy { malicious: 100, others: 0 };
    let of = |actor: &str| Queue::new(Ledger::open(&path, actor).unwrap().with_policy(policy)).unwrap();
    let (mut ann, mut bob, mut eve) = (of("ann"), of("bob"), of("eve"));
    assert_eq!(given(ann.next(Order::Age, &[], &[]).unwrap()), "a");
    ann.label(decision("a", Label::Malicious, None)).unwrap();
    assert_eq!(given(ann.next(Order::Age, &[], &[]).unwrap()), "b");
    ann.label(decision("b", Label::Benign, None)).unwrap();
    ann.release(&[]).unwrap();
    assert!(matches!(ann.next(Order::Age, &[], &[]).unwrap(), Next::End { .. }), "her own do not come back to her");

    let listing = bob.list(Order::Age).unwrap();
    assert_eq!((listing.labels.clone(), listing.due.clone()), (vec![None, Some(Label::Benign)], vec![true, false]));
    assert_eq!(given(bob.next(Order::Age, &[], &[]).unwrap()), "a");
    bob.label(decision("a", Label::Benign, None)).unwrap();
    bob.release(&[]).unwrap();
    assert!(matches!(bob.next(Order::Age, &[], &[]).unwrap(), Next::End { .. }));
    assert!(matches!(eve.next(Order::Age, &[], &[]).unwrap(), Next::End { .. }), "two are enough");
    assert_eq!(eve.ledger().disagreements().len(), 1);
}
