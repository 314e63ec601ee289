//! Attacks on tools that read packages, as a list: for each the tests that hold it off, and fixtures for what no other test
//! has. Every fixture is read by a confined worker within 512 MB and bounded processor time, and says what it must.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::package::OpenOptions;
use cerebro::sandbox::{Limits, Mode, Sandbox, SandboxError};

mod archives;
mod code;

/// What a fixture must say.
enum Says {
    /// It is no package, and why.
    Refused(&'static str),
    /// Something about it, as evidence or as a loss.
    Told(&'static str),
    /// A step of this feature.
    Step(&'static str),
    /// The step, or that code was lost: never neither.
    StepOrLoss(&'static str),
    /// Nothing but that it was read.
    Read,
}

/// A package that attacks: the attack's number, a name, the archive's name, its bytes.
type Fixture = (u8, &'static str, &'static str, Vec<u8>, Says);

/// The attacks by number, what they are, and the tests that hold them off.
const ATTACKS: [(u8, &str, &[&str]); 48] = [
    (1, "a bomb by ratio", &["a_bomb_stops_by_its_ratio", "every_compression_opens", "the_real_size_counts"]),
    (2, "zip entries that overlap", &["members_that_share_bytes_are_told"]),
    (3, "archives inside archives", &["an_archive_inside_is_told", "a_zip_around_an_archive_is_looked_through"]),
    (4, "very many entries, long names, deep paths", &["five_thousand_files_open", "limits_are_named"]),
    (5, "sparse members", &["a_sparse_member_is_not_filled", "a_sparse_member_of_the_other_form_is_not_filled"]),
    (6, "a header that claims a giant size", &["npm_reads_on", "a_large_member_that_is_skipped_is_no_header"]),
    (7, "sizes that overflow", &["numbers_that_overflow_lead_nowhere"]),
    (8, "many small streams and blocks", &["a_flood_of_gzip_streams_stops"]),
    (9, "paths that climb", &["a_path_that_is_a_trick_is_told"]),
    (10, "symbolic links", &["links_are_resolved_inside_the_archive_only"]),
    (11, "hard links", &["links_are_charged_what_they_lead_to"]),
    (12, "devices, pipes, sockets", &[]),
    (13, "names that stand twice", &["of_a_duplicate_the_last_is_kept", "a_duplicate_in_a_zip_is_told"]),
    (
        14,
        "headers that contradict the directory",
        &[
            "the_end_record_decides",
            "a_local_header_that_names_another_file_is_told",
            "a_member_is_unpacked_as_python_does",
            "a_member_that_no_directory_lists_is_read",
            "of_two_zips_in_one_file_python_reads_the_last",
            "a_part_of_a_split_zip_says_so",
        ],
    ),
    (15, "the Unicode Path field", &["names_that_readers_read_differently"]),
    (16, "PAX records that name another", &["pip_reads_on", "where_pip_stops_others_are_read"]),
    (
        17,
        "bytes in padding, gaps, behind the end",
        &[
            "bytes_of_no_member_are_told_and_listed",
            "every_byte_is_accounted_for",
            "bytes_around_the_packed_data_are_told",
        ],
    ),
    (
        18,
        "files of two formats",
        &["a_tar_that_is_also_a_zip_is_told", "of_a_tar_that_is_also_a_zip_the_installers_reading_is_shown"],
    ),
    (
        19,
        "names that fall together elsewhere",
        &["names_that_are_one_elsewhere_are_told", "a_name_of_a_device_is_told"],
    ),
    (
        20,
        "encrypted and odd methods",
        &[
            "a_method_that_is_not_read_is_named",
            "another_password_is_asked_for",
            "what_not_every_installer_unpacks_is_of_a_kind_of_its_own",
            "a_member_that_not_every_installer_unpacks",
        ],
    ),
    (21, "a RECORD that lies", &["a_wheel_is_compared_with_its_record", "a_wheel_without_a_record_is_told"]),
    (22, "modes, owners, times", &["a_file_for_its_owner_is_told"]),
    (23, "several first folders", &["npm_merges_first_folders", "files_beside_the_package_are_told"]),
    (
        24,
        "control sequences",
        &["no_raw_byte_of_a_package_reaches_the_terminal", "nothing_hidden_is_left_in_any_escaped_text"],
    ),
    (
        25,
        "clipboard, titles, answers",
        &["an_answer_cut_anywhere_labels_nothing", "copies_are_escaped_unless_asked_otherwise"],
    ),
    (26, "carriage returns and overstrikes", &["hidden_characters_are_marked_where_they_stand"]),
    (27, "bidirectional overrides", &["every_place_with_hidden_characters_is_told"]),
    (28, "characters that nobody sees", &["text_in_characters_that_are_not_drawn_is_proposed"]),
    (29, "letters that pass for others", &["letters_that_pass_for_others_are_marked_counted_and_told"]),
    (30, "stacks of combining marks", &["combining_marks_reach_the_terminal_counted"]),
    (
        31,
        "giant lines, code off the screen",
        &["code_behind_blanks", "a_window_of_a_megabyte_line_is_painted_from_the_tree"],
    ),
    (32, "encodings", &["reads_as_the_interpreter", "reads_as_cpython", "code_in_an_encoding_that_hides_it"]),
    (
        33,
        "text that passes for the program's own",
        &["hostile_names_are_shown_as_marks", "hostile_lines_are_shown_as_marks"],
    ),
    (
        34,
        "formulas, markup, links in what is exported",
        &[
            "a_spreadsheet_runs_nothing",
            "nothing_in_a_markdown_table_is_formatted_or_breaks_it",
            "what_is_shown_makes_no_link",
        ],
    ),
    (35, "features of other programs", &["what_reads_a_package_writes_starts_and_sends_nothing"]),
    (
        36,
        "deep nesting, and whatever else ends a parser",
        &[
            "what_lies_too_deep_keeps_its_calls_in_order",
            "a_hostile_text_is_read_to_its_call",
            "a_worker_that_ends_costs_one_package_and_is_told",
            "a_worker_that_ends_over_a_text_leaves_it_plain_and_the_workbench_goes_on",
        ],
    ),
    (37, "patterns that blow up", &["costly_javascript_ends", "no_pattern_goes_on_after_it_was_told_to_stop"]),
    (38, "floods of findings", &["many_of_one_kind_are_counted", "too_many_of_a_kind_are_told"]),
    (39, "comments and files that say to look away", &[]),
    (40, "code where no code is looked for", &["what_a_project_runs"]),
    (41, "comments that are none", &["a_comment_full_of_nuls_does_not_hide_a_script"]),
    (42, "code buried in harmless code", &["files_put_beside_a_payload_do_not_hide_it", "code_that_is_padded"]),
    (43, "text addressed to a reviewer that is a machine", &["strings_tell"]),
    (44, "serialized code", &["calls_are_listed", "broken_data_ends", "a_pickle_longer_than_the_bound_is_told"]),
    (45, "metadata that is built", &["what_reads_a_package_writes_starts_and_sends_nothing"]),
    (46, "names that attack a store", &["names_are_told_and_counted", "is_printable_ascii_and_reads_back"]),
    (
        47,
        "labels that poison",
        &["opening_names_the_event_where_the_chain_breaks", "a_wrong_label_is_the_strongest_contradiction"],
    ),
    (48, "an antivirus in the way", &["loose_files_in_a_password_zip_are_a_package"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() && !path.ends_with("target") => sources(&path, found),
            Some(ending) if ending == "rs" => found.push(path),
            _ => {}
        }
    }
}

/// How many inputs a test has: the cases of `rstest` above its name, else itself.
fn inputs_of(test: &str, texts: &[String]) -> usize {
    let name = format!("fn {test}(");
    let count = texts.iter().find_map(|text| {
        let before = &text[..text.find(&name)?];
        let attributes = &before[before.rfind("#[rstest").max(before.rfind("#[test"))?..];
        Some(attributes.matches("#[case").count().max(1))
    });
    count.unwrap_or_else(|| panic!("no test is called {test}"))
}

#[test]
fn every_attack_has_its_tests() {
    let mut paths = Vec::new();
    ["src", "tests"].iter().for_each(|folder| sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut paths));
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let fixtures: Vec<u8> = archives::fixtures().into_iter().chain(code::fixtures()).map(|fixture| fixture.0).collect();
    let mut count = fixtures.len();
    for (number, (row, attack, tests)) in (1..).zip(ATTACKS) {
        assert_eq!(row, number, "{attack}");
        assert!(!tests.is_empty() || fixtures.contains(&row), "{row}, {attack}, has no test");
        count += tests.iter().map(|test| inputs_of(test, &texts)).sum::<usize>();
    }
    assert!(count >= 133, "only {count} inputs");
}

#[test]
fn archives_that_attack_are_answered() {
    answered(archives::fixtures());
}

#[test]
fn code_that_attacks_is_answered() {
    answered(code::fixtures());
}

fn answered(fixtures: Vec<Fixture>) {
    // What runs here is not optimised: a release may use a tenth of the time.
    let limits = Limits { memory: 512 << 20, processor: Duration::from_secs(50), deadline: Duration::from_secs(600) };
    let cerebro = env!("CARGO_BIN_EXE_cerebro");
    let sandbox = Sandbox::of(cerebro, Mode::Require, OpenOptions::default(), limits).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let names: BTreeSet<(u8, &str)> = fixtures.iter().map(|fixture| (fixture.0, fixture.1)).collect();
    assert_eq!(names.len(), fixtures.len(), "a fixture stands twice");
    let wrong: Vec<String> = fixtures
        .into_iter()
        .filter_map(|(row, name, file, bytes, says)| {
            let path = folder.path().join(file);
            fs::write(&path, bytes).unwrap();
            let answer = sandbox.read(&path, &Reading::default(), &mut |_| {});
            fs::remove_file(&path).unwrap();
            holds(&answer, &says).err().map(|what| format!("{row} {name}: {what}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn holds(answer: &Result<Case, SandboxError>, says: &Says) -> Result<(), String> {
    let case = match (answer, says) {
        (Err(SandboxError::Open(error)), Says::Refused(part)) if error.to_string().contains(part) => return Ok(()),
        (Err(error), _) => return Err(error.to_string()),
        (Ok(_), Says::Refused(part)) => return Err(format!("it is read, not refused by {part:?}")),
        (Ok(case), _) => case,
    };
    let told = case.evidence.iter().map(|evidence| evidence.what.clone());
    let lost = case.skipped().into_iter().map(|skip| format!("{}: {}", skip.path, skip.reason));
    let told: Vec<String> = told.chain(lost).collect();
    let steps: Vec<&str> = case.sequence.steps.iter().map(|step| step.feature.code()).collect();
    let hides = case.skipped().iter().any(|skip| skip.kind.hides_code());
    match says {
        Says::Told(part) if !told.iter().any(|told| told.contains(part)) => {
            Err(format!("{part:?} is not in {told:#?}"))
        }
        Says::Step(code) if !steps.contains(code) => Err(format!("no step {code} in {steps:?}; {told:#?}")),
        Says::StepOrLoss(code) if !steps.contains(code) && !hides => {
            Err(format!("neither a step {code} nor a loss: {steps:?}, {told:#?}"))
        }
        _ => Ok(()),
    }
}
