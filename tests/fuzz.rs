//! The targets of `tests/fuzz` without a fuzzer: over their seeds, and over every input that once showed a defect.

use std::fs;
use std::path::Path;

mod seeds;
mod targets;

/// Stack of the thread that reads packages in a worker.
const STACK: usize = 256 << 20;

fn run(target: fn(&[u8]), inputs: Vec<Vec<u8>>) {
    let each = move || inputs.iter().for_each(|input| target(input));
    std::thread::Builder::new().stack_size(STACK).spawn(each).unwrap().join().unwrap();
}

#[test]
fn every_target_holds_on_its_seeds() {
    for (name, target) in targets::ALL {
        let seeds = seeds::of(name);
        assert!(!seeds.is_empty() && seeds.iter().all(|seed| !seed.is_empty()), "{name}");
        run(target, seeds);
        run(target, seeds::words(name).into_iter().map(|word| word.as_bytes().to_vec()).collect());
    }
}

#[test]
fn what_was_found_once_is_not_found_again() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regressions");
    for entry in fs::read_dir(&folder).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let target = targets::ALL.iter().find(|(target, _)| *target == name);
        let (_, target) = target.unwrap_or_else(|| panic!("{name} is no target"));
        let inputs = fs::read_dir(&folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        run(*target, inputs.collect());
    }
}

#[test]
fn the_fuzzing_workspace_is_locked_to_todays_cerebro() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap().parse::<toml::Table>().unwrap();
    let (manifest, lock) = (read("Cargo.toml"), read("tests/fuzz/Cargo.lock"));
    let cerebro =
        lock["package"].as_array().unwrap().iter().find(|entry| entry["name"].as_str() == Some("cerebro")).unwrap();
    assert_eq!(cerebro["version"], manifest["package"]["version"], "run `cargo update --workspace` in tests/fuzz");
    // A version stands behind the name where the lock knows several.
    let locked = cerebro["dependencies"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let locked: Vec<&str> = locked.map(|name| name.split(' ').next().unwrap()).collect();
    let missing: Vec<_> =
        manifest["dependencies"].as_table().unwrap().keys().filter(|name| !locked.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "run `cargo update --workspace` in tests/fuzz: {missing:?}");
}
