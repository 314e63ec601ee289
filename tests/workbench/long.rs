//! While a package that takes long is read: how far it is, and what can be looked at already.

use std::sync::mpsc::channel;

use cerebro::behavior::{Progress, Stage};
use cerebro::tui::view::View;

use super::case;
use super::harness::{Bench, Given, carded, message};

fn progress() -> Progress {
    Progress {
        stage: Stage::Following,
        files: 3,
        of_files: 7,
        bytes: 1 << 20,
        of_bytes: 5 << 19,
        file: Some(5),
        steps: 12,
    }
}

#[test]
fn what_is_known_already_is_usable_while_the_code_is_read() {
    let (release, until) = channel();
    let mut given = Given::new(case::package());
    given.long = Some((progress(), until));
    let mut bench = Bench::on(carded(80, 24), given);
    bench.until(|state| state.progress.is_some());
    bench.shows("following file 3 of 7, 1.0 MiB of 2.5 MiB, 12 steps …").shows("setup.py");
    // What the manifest tells: what runs, and what the package says of itself.
    bench.shows("install setup.py").shows("import  reqests_helper").shows("Helpers for requests");
    insta::assert_snapshot!("card_while_reading", bench.screen());
    bench.until(|state| state.elapsed.as_secs() > 0);
    bench.shows("following file 3 of 7, 1.0 MiB of 2.5 MiB, 12 steps 1 s");
    // The file that is read is a line that leads there.
    bench.send(message("enter"));
    bench.until(|state| state.view == View::Code);
    bench.shows("class Install(install):");
    release.send(()).unwrap();
    bench.until(|state| state.case.is_some());
    bench.settle();
    assert!(bench.bench.state.progress.is_none());
    bench.hides("following file");
}

#[test]
fn a_file_that_does_not_exist_is_not_named() {
    let (release, until) = channel();
    let mut given = Given::new(case::package());
    given.long = Some((Progress { file: Some(1 << 40), ..progress() }, until));
    let mut bench = Bench::on(carded(80, 24), given);
    bench.until(|state| state.progress.is_some());
    bench.shows("following file 3 of 7");
    bench.until(|state| state.elapsed.as_secs() > 0);
    bench.shows("12 steps 1 s");
    release.send(()).unwrap();
    bench.settle();
}
