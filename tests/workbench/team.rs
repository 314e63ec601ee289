//! The workbench on a ledger on a server: what it says when that is away.

use super::case;
use super::harness::{Bench, Given, carded};
use crate::common::postgres::{OWNER, Server};

#[test]
fn the_screen_says_how_many_decisions_are_kept_while_the_server_is_away() {
    let test = "the_screen_says_how_many_decisions_are_kept_while_the_server_is_away";
    let Some(mut server) = Server::start(test) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut given = Given::new(case::package());
    given.ledger = Some(server.address(OWNER).into());
    given.beside = Some(folder.path().to_owned());
    let mut bench = Bench::on(carded(80, 24), given);
    bench.settle();
    bench.show(case::sequence());
    bench.keys("b").shows("Recorded: benign.").hides("offline");

    server.kill();
    bench.keys("s").shows("Kept: suspicious.");
    waits_for(&mut bench, 1).shows("offline, 1 kept");
    bench.keys("b");
    waits_for(&mut bench, 2).keys("u");
    // Also while nothing else is said.
    waits_for(&mut bench, 3).keys("esc").shows("offline, 3 kept");

    server.restart();
    waits_for(&mut bench, 0).shows("The ledger's server is back").hides("offline");
    let ledger = cerebro::ledger::Ledger::open_server(&server.address(OWNER), &folder.path().join("other")).unwrap();
    assert_eq!(ledger.verify().unwrap().events, 4);
}

/// Lets the loop turn until so many decisions are kept.
fn waits_for(bench: &mut Bench, kept: usize) -> &mut Bench {
    while bench.bench.state.kept != kept {
        bench.bench.turn().unwrap();
    }
    bench.settle();
    bench
}
