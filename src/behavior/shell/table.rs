//! What programs are, by their names: the shell's part of the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::syntax::shell::Word;

/// The table of programs.
#[derive(Deserialize)]
pub(super) struct Table {
    alias: BTreeMap<String, String>,
    class: BTreeMap<String, BTreeSet<String>>,
    /// Options with a value, of programs that start another one.
    values: BTreeMap<String, BTreeSet<String>>,
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../catalogue/shell.toml")).unwrap_or_else(|error| panic!("built-in programs: {error}"))
});

/// Whether a program, by its plain name, is of a class.
pub(super) fn is(program: &str, class: &str) -> bool {
    TABLE.class.get(class).is_some_and(|names| names.contains(program))
}

/// The words that programs put into a detail.
pub(super) fn words() -> impl Iterator<Item = String> {
    let classes = ["named", "telling"].into_iter().filter_map(|class| TABLE.class.get(class));
    classes.flatten().cloned()
}

/// A program's plain name: no folder, ending or version.
pub(super) fn plain(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    let name = name.trim_end_matches(".exe").trim_end_matches(".cmd");
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    // `regsvr32` keeps its number.
    let bare = if is(name, "named") || bare.is_empty() { name } else { bare };
    TABLE.alias.get(bare).map_or(bare, String::as_str).to_owned()
}

/// A command without what stands in front of its program: `sudo`, `nohup`, `NAME=value`.
pub(super) fn bare(words: &[Word]) -> &[Word] {
    let mut rest = words;
    let mut wrapped = String::new();
    let mut placed = false;
    while let Some((first, tail)) = rest.split_first() {
        let text = first.text.as_str();
        let program = text.rsplit(['/', '\\']).next().unwrap_or(text).to_ascii_lowercase();
        let assigns = text
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        // `env` and `xargs` are programs of their own unless another one follows.
        let whole = ["flock", "runuser"].contains(&program.as_str())
            && tail.iter().any(|w| matches!(w.text.as_str(), "-c" | "--command"));
        let followed =
            is(&program, "wraps") && !whole && tail.iter().any(|w| w.text.contains(|c: char| c.is_ascii_alphabetic()));
        // `timeout 5 node`, `taskset 0x1 node`
        let number = is(&wrapped, "numbered") && text.starts_with(|c: char| c.is_ascii_digit());
        let place = is(&wrapped, "placed") && !placed;
        let flag = !wrapped.is_empty() && text.starts_with('-') && text.len() > 1;
        let placeholder = wrapped == "xargs" && text == "{}";
        let valued = flag && TABLE.values.get(&wrapped).is_some_and(|options| options.contains(text));
        if valued && wrapped == "env" && matches!(text, "-S" | "--split-string") {
            // The command is one word: `env -S 'node a.js'` is told by `env` itself.
            return words;
        }
        if is(&program, "wrapper") || followed {
            wrapped = program;
            placed = false;
        } else if !(assigns || number || flag || placeholder) {
            if !place {
                break;
            }
            placed = true;
        }
        rest = if valued { tail.get(1..).unwrap_or_default() } else { tail };
    }
    rest
}

/// The word that the model reads for a program.
pub(super) fn shown(word: &str) -> String {
    let program = plain(word);
    let script = [".js", ".cjs", ".mjs", ".py", ".sh", ".bash", ".ps1", ".bat"];
    let lower = word.to_ascii_lowercase();
    match () {
        () if is(&program, "named") => program,
        () if word.starts_with("./") || lower.ends_with(".cmd") || script.iter().any(|end| lower.ends_with(end)) => {
            "script".to_owned()
        }
        () if lower.ends_with(".exe") => "program".to_owned(),
        () => "command".to_owned(),
    }
}
