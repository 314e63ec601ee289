//! Evidence that is hidden: what it is bound to, who may show it again.

use rstest::rstest;

use super::span_tests::{SETUP, case, file, read};
use super::*;
use crate::behavior::Feature;
use crate::case::Case;

const NOON: fn() -> jiff::Timestamp = || "2026-11-20T12:00:00Z".parse().unwrap();

fn ledger() -> Ledger {
    Ledger::in_memory("ann").unwrap().with_clock(NOON)
}

/// What hides the step that runs decoded code.
fn of(case: &Case) -> Suppression {
    step(case, |finding| finding.suppression(case, "the build decodes its own table")).unwrap()
}

fn step<T>(case: &Case, look: impl FnOnce(Finding) -> T) -> T {
    look(Finding::Step(case.sequence.steps.iter().find(|step| step.feature == Feature::RunDecoded).unwrap()))
}

fn hidden(ledger: &Ledger, case: &Case) -> Option<HiddenBy> {
    step(case, |finding| ledger.hiding(case).of(finding))
}

#[test]
fn it_is_bound_to_rule_path_bytes_and_package() {
    let case = case();
    let suppression = of(&case);
    assert_eq!((suppression.rule.as_str(), suppression.path.as_str()), ("behavior/X1", "setup.py"));
    assert_eq!((suppression.scope, suppression.of.as_str()), (Scope::Package, "pypi/acme"));
    assert_eq!(suppression.content, super::span::digest(SETUP.as_bytes()));

    let mut ledger = ledger();
    ledger.suppress(suppression.clone()).unwrap();
    let by = hidden(&ledger, &case).unwrap();
    assert_eq!((by.standing.author(), by.expired), ("ann", false));
    let hiding = ledger.hiding(&case);
    let others = case.sequence.steps.iter().filter(|step| step.feature != Feature::RunDecoded);
    let others: Vec<bool> = others.map(|step| hiding.of(Finding::Step(step)).is_some()).collect();
    assert!(!others.is_empty() && !others.contains(&true), "{others:?}");

    // One byte more, and it is seen again; so it is in another file, and in another package.
    let longer = read(vec![file("acme-1.0/setup.py", format!("{SETUP}#").as_bytes())]);
    assert_eq!(hidden(&ledger, &longer), None);
    let moved = read(vec![file("acme-1.0/acme/__init__.py", SETUP.as_bytes())]);
    assert_eq!(hidden(&ledger, &moved), None);
    let mut other = Case::clone(&case);
    let mut package = crate::package::Package::clone(&case.package);
    package.name = Some("acmee".to_owned());
    other.package = std::sync::Arc::new(package);
    assert_eq!(hidden(&ledger, &other), None);
}

#[rstest]
#[case("setup.py", true)]
#[case("*.py", true)]
#[case("**", true)]
#[case("setup.p?", true)]
#[case("lib/**", false)]
#[case("setup", false)]
#[case("*/setup.py", false)]
fn a_path_is_a_glob(#[case] path: &str, #[case] fits: bool) {
    let (case, mut ledger) = (case(), ledger());
    ledger.suppress(Suppression { path: path.to_owned(), ..of(&case) }).unwrap();
    assert_eq!(hidden(&ledger, &case).is_some(), fits);
}

#[test]
fn one_that_has_ended_says_so_and_hides_nothing() {
    let (case, mut ledger) = (case(), ledger());
    let ended = Suppression { expires: "2026-11-20T11:59:59Z".parse().ok(), ..of(&case) };
    ledger.suppress(ended.clone()).unwrap();
    // What had ended when it was made answers with nothing, and is in the log.
    assert!(hidden(&ledger, &case).unwrap().expired);
    step(&case, |finding| assert_eq!(ledger.hiding(&case).now(finding), None));
    let open = Suppression { expires: "2026-11-20T12:00:01Z".parse().ok(), ..ended };
    assert!(ledger.suppress(open).unwrap().is_some(), "one that has ended is no obstacle to a new one");
    assert!(!hidden(&ledger, &case).unwrap().expired);
}

#[test]
fn it_is_taken_back_lifted_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let case = case();
    let mut ann = Ledger::open(&path, "ann").unwrap();
    let event = ann.suppress(of(&case)).unwrap().unwrap().event;
    assert_eq!(ann.suppress(of(&case)).unwrap().unwrap().event, event, "twice is once");
    assert!(matches!(ann.undo().unwrap(), Some(Undone::Suppressed(_))));
    assert_eq!(hidden(&ann, &case), None);
    assert!(matches!(ann.redo().unwrap(), Some(Redone::Suppressed(_))));
    assert!(hidden(&ann, &case).is_some());

    // Whoever sees that it hides too much may lift it.
    let mut bob = Ledger::open(&path, "bob").unwrap();
    assert!(bob.lift(event).unwrap().is_some());
    assert_eq!((bob.lift(event).unwrap(), hidden(&bob, &case)), (None, None));
    assert!(matches!(bob.undo().unwrap(), Some(Undone::Lifted(_))));
    assert!(hidden(&bob, &case).is_some());
    bob.redo().unwrap();
    assert_eq!(hidden(&Ledger::open(&path, "eve").unwrap(), &case), None);
    assert!(bob.verify().is_ok());
}

#[test]
fn what_was_not_read_cannot_be_hidden() {
    let case = case();
    let lost = crate::evidence::Evidence {
        kind: crate::evidence::Kind::Skipped,
        doc: None,
        span: None,
        what: "a.py: too large".to_owned(),
        reported: None,
    };
    assert_eq!(Finding::Evidence(&lost).suppression(&case, "noise"), None);
    let by_hand = Suppression { rule: "evidence/skipped".to_owned(), path: String::new(), ..of(&case) };
    assert_eq!(by_hand.faults().len(), 1, "{:?}", by_hand.faults());
    let mut ledger = ledger();
    ledger.suppress(Suppression { content: case.package.sha256.clone(), ..by_hand }).unwrap();
    assert_eq!(ledger.hiding(&case).of(Finding::Evidence(&lost)), None);
}

#[test]
fn everything_that_is_wrong_is_told() {
    let good = of(&case());
    assert_eq!(good.faults(), [""; 0]);
    let bad = Suppression { rule: "x".into(), content: "5A".into(), of: "acme".into(), reason: " ".into(), ..good };
    assert_eq!(bad.faults().len(), 4, "{:?}", bad.faults());
}
