//! Two analysts on one ledger: second opinions, disagreements, decisions between them.

use std::path::Path;

use super::role_tests::label;
use super::*;

const ALL: ReviewPolicy = ReviewPolicy { malicious: 100, others: 0 };

fn open(path: &Path, actor: &str) -> Ledger {
    Ledger::open(path, actor).unwrap().with_policy(ALL)
}

fn said(sha256: &str, verdict: Label) -> Labelled {
    let mut labelled = label();
    (labelled.sha256, labelled.label) = (sha256.to_owned(), verdict);
    labelled.taxonomy.rationale = format!("{verdict} for a reason");
    labelled
}

fn timed(sha256: &str, verdict: Label, seconds: f32) -> Labelled {
    let mut labelled = said(sha256, verdict);
    labelled.given.seconds = Some(seconds);
    labelled
}

#[test]
fn what_is_malicious_goes_to_the_second_analyst_without_the_label_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let (mut ann, mut bob, mut eve) = (open(&path, "ann"), open(&path, "bob"), open(&path, "eve"));
    ann.label(said("aa", Label::Malicious)).unwrap();
    ann.label(said("bb", Label::Benign)).unwrap();
    bob.refresh().unwrap();
    assert_eq!((ann.is_due("aa"), bob.is_due("aa"), bob.is_due("bb")), (false, true, false));
    assert_eq!(bob.visible("aa"), None);
    assert_eq!(bob.state("aa").map(|s| s.label), Some(Label::Malicious), "the label stands all the same");
    assert_eq!(bob.visible("bb").map(|s| s.label), Some(Label::Benign));

    bob.label(said("aa", Label::Benign)).unwrap();
    assert!(!bob.is_due("aa"));
    let event = bob.event(3).unwrap();
    assert!(matches!(event.body.what, What::Labelled(labelled) if labelled.given.second), "the event says so");
    eve.refresh().unwrap();
    assert!(!eve.is_due("aa"), "two are enough");

    let open = eve.disagreements();
    let told: Vec<(&str, Label)> = open[0].opinions.iter().map(|o| (o.actor.as_str(), o.label)).collect();
    assert_eq!((open.len(), told), (1, vec![("ann", Label::Malicious), ("bob", Label::Benign)]));

    let decided = eve.adjudicate("aa", Label::Malicious, "it posts the token").unwrap().unwrap();
    assert!(decided.adjudicates && decided.actor == "eve" && decided.label == Label::Malicious);
    let event = eve.event(4).unwrap();
    assert!(matches!(event.body.what, What::Adjudicated(labelled) if labelled.given.adjudicates == [1, 3]));
    ann.refresh().unwrap();
    assert_eq!((ann.disagreements().len(), ann.state("aa").unwrap().label), (0, Label::Malicious));
    assert!(eve.verify().is_ok());

    // Taken back, the labels are apart again; done again, they are not.
    eve.undo().unwrap();
    assert_eq!(eve.disagreements().len(), 1);
    eve.redo().unwrap();
    assert_eq!(eve.disagreements().len(), 0);
    assert_eq!(eve.adjudicate("cc", Label::Benign, "").unwrap(), None, "there is nothing to decide between");
}

#[test]
fn without_a_policy_nobody_is_asked_and_labels_in_sight_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let mut ann = Ledger::open(&path, "ann").unwrap();
    let mut bob = Ledger::open(&path, "bob").unwrap();
    ann.label(said("aa", Label::Malicious)).unwrap();
    bob.refresh().unwrap();
    assert!(!bob.is_due("aa"));
    bob.label(said("aa", Label::Malicious)).unwrap();
    let report = bob.agreement();
    assert_eq!((report.packages, report.in_sight), (0, 1));
}

#[test]
fn agreement_counts_what_was_given_without_sight_and_says_how_long_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let (mut ann, mut bob) = (open(&path, "ann"), open(&path, "bob"));
    for n in 0..20 {
        let sha256 = format!("{n:02}");
        ann.label(timed(&sha256, Label::Malicious, n as f32 + 1.0)).unwrap();
        let second = if n % 4 == 0 { Label::DualUse } else { Label::Malicious };
        bob.label(timed(&sha256, second, 7.0)).unwrap();
    }
    let report = bob.agreement();
    assert_eq!((report.analysts.clone(), report.packages, report.in_sight), (vec!["ann".into(), "bob".into()], 20, 0));
    assert_eq!((report.open, report.adjudicated), (5, 0));
    let rows: Vec<_> = report.agreement.iter().map(|row| (row.label, row.packages, row.agreed)).collect();
    assert_eq!(rows, [(None, 20, 15), (Some(Label::DualUse), 5, 0), (Some(Label::Malicious), 20, 15)]);
    let all = &report.agreement[0];
    // Ann says one thing of all: chance agrees as often as they do.
    assert_eq!(all.kappa.map(|k| k.value), Some(0.0));
    assert!(all.alpha.is_some_and(|alpha| alpha.value < 0.0));
    let pace: Vec<_> = report.pace.iter().map(|p| (p.actor.as_str(), p.decisions, p.median, p.p90)).collect();
    assert_eq!(pace, [("ann", 20, 10.0, 18.0), ("bob", 20, 7.0, 7.0)]);
}
