use super::*;
use crate::package::Ecosystem;

/// A label of a package.
pub(super) fn label() -> Labelled {
    Labelled {
        sha256: "aa".to_owned(),
        filename: String::new(),
        size: 1,
        ecosystem: Ecosystem::Npm,
        name: "demo".to_owned(),
        version: "1".to_owned(),
        label: Label::Malicious,
        text: Default::default(),
        reading: Default::default(),
        shown: None,
        extractor: String::new(),
        files: Vec::new(),
        decode_chain: Vec::new(),
        queued: None,
        taxonomy: Taxonomy::default(),
        given: Given::default(),
    }
}

fn set(value: &str, role: Option<IndicatorRole>) -> RoleSet {
    RoleSet { sha256: "aa".to_owned(), indicator: "domain".to_owned(), value: value.to_owned(), role }
}

fn roles(ledger: &Ledger) -> Vec<(String, IndicatorRole)> {
    ledger.roles("aa").map(|role| (role.set.value.clone(), role.set.role.unwrap())).collect()
}

#[test]
fn the_last_role_holds_and_undo_gives_back_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.sqlite");
    let (a, b) = ("a.example.com", "b.example.com");
    let mut ledger = Ledger::open(&path, "ann").unwrap();
    ledger.set_role(set(b, Some(IndicatorRole::C2))).unwrap();
    ledger.set_role(set(a, Some(IndicatorRole::Context))).unwrap();
    ledger.set_role(set(a, Some(IndicatorRole::Exfil))).unwrap();
    let both = [(a.to_owned(), IndicatorRole::Exfil), (b.to_owned(), IndicatorRole::C2)];
    assert_eq!(roles(&ledger), both);
    let head = ledger.head().to_owned();
    ledger.set_role(set(a, Some(IndicatorRole::Exfil))).unwrap();
    assert_eq!(ledger.head(), head, "the same again is no event");
    assert_eq!(ledger.roles("bb").count(), 0);

    let mut ledger = Ledger::open(&path, "ann").unwrap();
    assert_eq!(roles(&ledger), both, "after a restart");
    ledger.set_role(set(a, None)).unwrap();
    assert_eq!(roles(&ledger), both[1..]);
    let restored = |undone| match undone {
        Some(Undone::Role { removed, restored }) => (removed.set.role, restored),
        other => panic!("{other:?}"),
    };
    assert_eq!(restored(ledger.undo().unwrap()), (None, Some(IndicatorRole::Exfil)));
    assert_eq!(restored(ledger.undo().unwrap()), (Some(IndicatorRole::Exfil), Some(IndicatorRole::Context)));
    assert_eq!(restored(ledger.undo().unwrap()), (Some(IndicatorRole::Context), None));
    assert_eq!(roles(&ledger), both[1..]);
    assert!(ledger.verify().is_ok());
}

#[test]
fn undo_takes_labels_and_roles_back_in_the_order_in_which_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(&folder.path().join("l.sqlite"), "ann").unwrap();
    ledger.set_role(set("a.example.com", Some(IndicatorRole::C2))).unwrap();
    ledger.label(label()).unwrap();
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Label { .. })));
    assert!(matches!(ledger.undo().unwrap(), Some(Undone::Role { .. })));
    assert_eq!(ledger.undo().unwrap(), None);
    assert_eq!(roles(&ledger), []);
}

#[test]
fn a_role_is_written_as_documented() {
    let what = What::RoleSet(Box::new(set("a.example.com", Some(IndicatorRole::C2))));
    let json = serde_json::to_string(&what).unwrap();
    let expected = r#"{"kind":"role_set","sha256":"aa","indicator":"domain","value":"a.example.com","role":"c2"}"#;
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_str::<What>(expected).unwrap(), what);
}
