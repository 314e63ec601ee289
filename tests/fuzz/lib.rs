//! What every fuzz target is built from. The targets and their seeds are also run by the tests of the product, see
//! `tests/fuzz.rs`.

pub use libfuzzer_sys;

#[path = "../common/mod.rs"]
pub mod common;
pub mod seeds;
pub mod targets;

/// A program that fuzzes one target. Where `SEEDS` names a folder, it fills it with the target's seeds first.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::prepare(stringify!($name)),
            |data: &[u8]| $crate::targets::$name(data)
        );
    };
}

/// Writes a target's seeds and its words (a dictionary of libFuzzer's) into the folder that `SEEDS` names.
pub fn prepare(name: &str) {
    let Some(folder) = std::env::var_os("SEEDS").map(std::path::PathBuf::from) else { return };
    let seeds = folder.join(name);
    std::fs::create_dir_all(&seeds).unwrap();
    for (at, seed) in seeds::of(name).iter().enumerate() {
        std::fs::write(seeds.join(format!("seed-{at:03}")), seed).unwrap();
    }
    let word = |word: &&str| format!("\"{}\"\n", word.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>());
    let words: String = seeds::words(name).iter().map(word).collect();
    std::fs::write(folder.join(format!("{name}.dict")), words).unwrap();
}
