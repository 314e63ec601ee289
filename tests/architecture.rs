//! The rooms may use each other only along the arrows of the table in lib.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Rooms from left to right. A room may use those that its row of the table names.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let lib = fs::read_to_string(source().join("lib.rs")).unwrap();
    let row = Regex::new(r"(?m)^//! \| \[`(\w+)`\] \| .* \| ([^|]+) \|$").unwrap();
    let mut rooms: Vec<String> = Vec::new();
    let mut table = BTreeMap::new();
    for found in row.captures_iter(&lib) {
        let (room, may) = (found[1].to_owned(), found[2].trim());
        // A room's types come with the types they are made of, so that `X's types` is X and what stands above it.
        let upto = |last: &str| {
            let end =
                rooms.iter().position(|room| room == last).unwrap_or_else(|| panic!("{room}: {last} is no room above"));
            rooms[..=end].iter().cloned().collect::<BTreeSet<_>>()
        };
        let allowed = match may {
            "-" => BTreeSet::new(),
            "all above" | "everything" => rooms.iter().cloned().collect(),
            _ => match may.strip_suffix(" and above").or(may.strip_suffix("'s types")) {
                Some(last) => upto(last),
                None => may.split(", ").map(str::to_owned).collect(),
            },
        };
        for name in &allowed {
            assert!(rooms.contains(name), "the row of {room} names {name}, which is no room above it");
        }
        table.insert(room.clone(), allowed);
        rooms.push(room);
    }
    table
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Code without what follows `//`, and without the modules of tests, which may look at whatever they test.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(source()).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Every source file of a room with its code; files that hold only tests are left out.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    files(&source(), &mut found);
    let only_tests = |path: &PathBuf| {
        path.file_stem().is_some_and(|stem| stem == "tests") || path.iter().any(|part| part == "tests")
    };
    let outside = |path: &PathBuf| ["lib.rs", "main.rs"].iter().any(|name| *path == source().join(name));
    found.retain(|path| !outside(path) && !only_tests(&path.strip_prefix(source()).unwrap().to_path_buf()));
    assert!(found.len() > 20, "only {} files were found", found.len());
    found.into_iter().map(|path| (room_of(&path), path.clone(), code(&path))).collect()
}

/// Rooms that a piece of code names: `crate::room`, `use crate::{a::X, b}`, and `super::` paths that climb out of the room.
fn named(path: &Path, code: &str) -> BTreeSet<String> {
    // A room's own file stands one level below the crate, `a/b.rs` two: that many `super::` lead out.
    let inside = path.with_extension("").components().filter(|part| part.as_os_str() != "mod").count();
    let direct = Regex::new(&format!(r"\b(?:crate::|(?:super::){{{inside}}})(\w+)")).unwrap();
    let grouped = Regex::new(r"\bcrate::\{((?:[^{}]|\{[^{}]*\})*)\}").unwrap();
    let nested = Regex::new(r"\{[^{}]*\}").unwrap();
    let mut names: BTreeSet<String> = direct.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for group in grouped.captures_iter(code) {
        let flat = nested.replace_all(&group[1], "");
        names.extend(flat.split(',').map(|part| part.trim().split([':', ' ']).next().unwrap().to_owned()));
    }
    names.remove("");
    names
}

#[test]
fn every_room_is_in_the_table_and_has_code() {
    let table = table();
    let with_code: BTreeSet<String> = rooms().into_iter().map(|(room, ..)| room).collect();
    assert_eq!(table.keys().cloned().collect::<BTreeSet<_>>(), with_code);
}

#[test]
fn no_room_uses_one_that_the_table_does_not_allow() {
    let table = table();
    let mut wrong = Vec::new();
    for (room, path, code) in rooms() {
        for name in named(path.strip_prefix(source()).unwrap(), &code) {
            if name != room && table.contains_key(&name) && !table[&room].contains(&name) {
                wrong.push(format!("{} uses {name}", path.strip_prefix(source()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that are not in the table of lib.rs:\n{}", wrong.join("\n"));
}

/// A scoped thread that is waited for at once is a call on another stack; one that goes on by itself is a worker. The
/// sandbox's worker is a process.
#[test]
fn only_the_workbench_and_the_command_line_know_the_terminal_and_workers() {
    let terminal =
        Regex::new(r"\b(ratatui|crossterm|arboard|tui_tree_widget|tui_input|thread::spawn)\b|\.spawn\(").unwrap();
    let mut wrong = Vec::new();
    for (room, path, code) in rooms() {
        if ["tui", "cli", "config", "sandbox", "scan"].contains(&room.as_str()) {
            continue;
        }
        for found in terminal.find_iter(&code) {
            wrong.push(format!("{} names {}", path.strip_prefix(source()).unwrap().display(), found.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A worker of the sandbox reads one package after the other. What outlives a package in what reads it is therefore a table
/// that is made without arguments, and nothing that can be changed.
#[test]
fn nothing_of_a_package_outlives_its_reading() {
    let reads = ["text", "package", "syntax", "behavior", "evidence", "case"];
    let statics = Regex::new(r"\bstatic\s+(?:mut\s+)?\w+\s*:\s*([^=;]+)=|\b(thread_local!)").unwrap();
    let changes = Regex::new(r"\b(Once|OnceLock|OnceCell|Mutex|RwLock|Atomic\w+|Cell|RefCell|thread_local!)").unwrap();
    let (mut found, mut wrong) = (0, Vec::new());
    for (_, path, code) in rooms().into_iter().filter(|(room, ..)| reads.contains(&room.as_str())) {
        for kept in statics.captures_iter(&code) {
            found += 1;
            if changes.is_match(kept.get(1).or(kept.get(2)).unwrap().as_str()) || kept[0].contains("static mut") {
                wrong.push(format!("{} keeps {}", path.strip_prefix(source()).unwrap().display(), &kept[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found > 20, "only {found} tables were found");
    assert!(["OnceLock<u8>", "Mutex<u8>", "AtomicUsize", "thread_local!"].iter().all(|kept| changes.is_match(kept)));
}

#[test]
fn only_what_keeps_something_knows_sql() {
    for (room, path, code) in rooms() {
        assert!(
            ["ledger", "scan"].contains(&room.as_str()) || !code.contains("rusqlite"),
            "{} names rusqlite",
            path.display()
        );
    }
}

/// What is promised of a package: nothing of it is unpacked to disk, run or sent. Only the service listens, only the ledger's
/// engine for a server connects, and only the sandbox knows sockets beside these, to try that a worker has none.
#[test]
fn what_reads_a_package_writes_starts_and_sends_nothing() {
    let reads = ["text", "package", "syntax", "behavior", "evidence", "case", "diff"];
    let acts = Regex::new(
        r"\bfs::(write|create_dir|rename|copy|hard_link|remove_)|\bFile::create|\.create(_new)?\(true\)|\bprocess::|\bCommand::new",
    )
    .unwrap();
    let connects =
        Regex::new(r"\b(TcpStream|TcpListener|UdpSocket|ToSocketAddrs|UnixStream|UnixListener|axum|tokio|tokio_rustls|rustls|postgres::)")
            .unwrap();
    let (mut wrong, mut connecting) = (Vec::new(), BTreeSet::new());
    for (room, path, code) in rooms() {
        let path = path.strip_prefix(source()).unwrap();
        let acts = acts.find_iter(&code).filter(|_| reads.contains(&room.as_str()));
        let found: Vec<_> = connects.find_iter(&code).collect();
        if !found.is_empty() {
            connecting.insert(if room == "service" { room.clone() } else { path.display().to_string() });
        }
        let may = room == "service" || path.starts_with("ledger/store/server");
        let found = found.into_iter().filter(|_| !may);
        wrong.extend(acts.chain(found).map(|found| format!("{} names {}", path.display(), found.as_str())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(connecting.contains("service") && connecting.contains("ledger/store/server/mod.rs"), "{connecting:?}");
    assert!(acts.is_match("fs::write(a, b)") && acts.is_match("Command::new(a)") && connects.is_match("TcpStream"));
}

/// A verdict depends on what was learnt, never on how: training and measuring stand behind the models and what runs them.
#[test]
fn what_judges_knows_neither_training_nor_measuring() {
    let behind = Regex::new(r"\b(?:train|evaluate)::|\buse\b[^;]*\b(?:train|evaluate)\b").unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    for (_, path, code) in rooms().into_iter().filter(|(room, ..)| room == "model") {
        let inside = path.strip_prefix(source().join("model")).unwrap().to_owned();
        if ["train", "evaluate", "mod.rs"].iter().any(|part| inside.starts_with(part)) {
            continue;
        }
        seen += 1;
        wrong.extend(behind.find_iter(&code).map(|found| format!("{} names {}", inside.display(), found.as_str())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 20, "only {seen} files were found");
    assert!(behind.is_match("use super::train::Settings;") && behind.is_match("use crate::model::{Device, evaluate};"));
}

/// Inside the workbench: what workers compute knows no worker, a worker knows nothing of the screen and its state, and a view
/// nothing of the tables that lead to it. State, views and what they are drawn of know each other: a view's own state is a
/// field of the whole.
#[test]
fn inside_the_workbench_arrows_run_one_way() {
    let order = ["derived", "worker", "state widget view layout", "app", "run term watch plain"];
    let behind = |part: &str| {
        let at = order.iter().position(|group| group.split(' ').any(|name| name == part));
        let right = order.iter().skip(at.map_or(order.len(), |at| at + 1));
        right.flat_map(|group| group.split(' ')).collect::<Vec<_>>()
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for (_, path, code) in rooms().into_iter().filter(|(room, ..)| room == "tui") {
        let inside = path.strip_prefix(source().join("tui")).unwrap().to_owned();
        let part = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let known = part == "mod" || order.iter().any(|group| group.split(' ').any(|name| name == part));
        assert!(known, "{part} stands in no row of the order");
        seen += 1;
        let named = named_in_tui(&inside, &code);
        let back = behind(&part).into_iter().filter(|name| named.contains(*name));
        wrong.extend(back.map(|name| format!("{} uses {name}", inside.display())));
    }
    assert!(wrong.is_empty(), "arrows that run back:\n{}", wrong.join("\n"));
    assert!(seen > 100, "only {seen} files were found");
    assert_eq!(behind("view"), ["app", "run", "term", "watch", "plain"]);
    let code =
        "use super::super::app::State; use crate::tui::view::draw; use crate::tui::{run, term::X}; use super::own;";
    let named = named_in_tui(Path::new("worker/color.rs"), code);
    assert_eq!(named.iter().collect::<Vec<_>>(), ["app", "run", "term", "view"]);
}

/// What parses text of a package does so in the sandbox: an abort in a grammar must not end the workbench, nor `diff`.
#[test]
fn the_workbench_has_texts_parsed_in_the_sandbox() {
    let calls = r"\b(?:Format::of|beautify|symbols::\w+|Painter::new|Diff::of|shape::likeness)\(";
    let named = r"\bdecoder::(?:apply|propose|unfold)\b|\buse\b[^;]*\bdecoder\b[^;]*\b(?:apply|propose|unfold)\b|\btree_sitter\b";
    let parses = Regex::new(&format!("{calls}|{named}")).unwrap();
    let asked = Regex::new(r"\bsandbox\s*\.\s*\w+\(").unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    for (_, path, code) in rooms().into_iter().filter(|(room, ..)| ["tui", "cli"].contains(&room.as_str())) {
        let inside = path.strip_prefix(source()).unwrap().display().to_string();
        seen += asked.find_iter(&code).count();
        let code = asked.replace_all(&code, "");
        wrong.extend(parses.find_iter(&code).map(|found| format!("{inside} names {}", found.as_str())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 10, "only {seen} requests were found");
    let caught = ["Format::of(path)", "symbols::of_names(a)", "use crate::syntax::decoder::{self, unfold};"];
    assert!(caught.iter().all(|code| parses.is_match(code)));
}

/// Parts of the workbench that a piece of its code names.
fn named_in_tui(inside: &Path, code: &str) -> BTreeSet<String> {
    let here = code.replace("crate::tui::", "crate::");
    named(inside, &here)
}

#[test]
fn the_reader_of_arrows_sees_every_way_to_write_one() {
    let code = "use crate::text::Span;\nuse crate::{case::Case, model::{A, B}, package};\nfn f() { crate::ledger::g() }\n\
                use super::super::tui::X; use super::own;";
    let names = named(Path::new("evidence/archive.rs"), code);
    assert_eq!(names.iter().collect::<Vec<_>>(), ["case", "ledger", "model", "package", "text", "tui"]);
    for room in ["evidence.rs", "evidence/mod.rs"] {
        assert!(named(Path::new(room), "use super::tui::X;").contains("tui"));
    }
}

#[test]
fn the_table_is_read_as_it_is_meant() {
    let table = table();
    let allowed = |room: &str| table[room].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(allowed("text"), [""; 0]);
    assert_eq!(allowed("syntax"), ["package", "text"]);
    assert_eq!(allowed("behavior"), ["package", "syntax", "text"]);
    assert!(allowed("cli").contains(&"tui"));
    assert!(!allowed("case").contains(&"ledger"));
}

#[test]
fn no_clock_decides_what_is_found() {
    // A time that is told decides nothing: it is taken where a stage ends.
    let timed = ["behavior/mod.rs", "case.rs"];
    let rooms_without = ["text", "package", "syntax", "behavior", "evidence", "case", "diff"];
    let clock = Regex::new(r"\b(Instant|SystemTime)\b").unwrap();
    for (room, path, code) in rooms() {
        let inside = path.strip_prefix(source()).unwrap().to_str().unwrap().to_owned();
        let allowed = timed.contains(&inside.as_str()) || !rooms_without.contains(&room.as_str());
        assert!(allowed || !clock.is_match(&code), "{inside} looks at a clock");
        assert!(!rooms_without.contains(&room.as_str()) || !code.contains("elapsed() >"), "{inside}: a clock decides");
    }
}
