//! `CMakeLists.txt`: the commands that it runs when it is read, and those of the build.

use super::super::gyp;
use super::{Command, Read, closing, without_comments};
use crate::text::Span;

/// Commands of cmake that run others.
const RUNS: [&str; 3] = ["execute_process", "add_custom_command", "add_custom_target"];
/// Commands of cmake that read another file.
const READS: [&str; 2] = ["include", "add_subdirectory"];

pub(super) fn read(text: &str) -> Read {
    let text = without_comments(text);
    let lower = text.to_ascii_lowercase();
    let mut read = Read::default();
    let mut at = 0;
    while let Some(open) = lower.get(at..).and_then(|rest| rest.find('(')).map(|open| at + open) {
        at = open + 1;
        let before = lower.get(..open).unwrap_or_default().trim_end();
        let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        let name = before.get(start..).unwrap_or_default();
        let Some(end) = closing(&text, open) else { continue };
        let words = words(text.get(open + 1..end).unwrap_or_default());
        if RUNS.contains(&name) {
            read.commands.extend(commands(&words).map(|text| Command {
                by: name.to_owned(),
                span: Span { start, end: end + 1 },
                text,
            }));
            at = end;
        } else if READS.contains(&name) {
            let path = words.first().map(|word| word.trim_start_matches("./").to_owned()).unwrap_or_default();
            match name {
                "add_subdirectory" => read.others.push(format!("{path}/CMakeLists.txt")),
                _ if path.ends_with(".cmake") => read.others.push(path),
                // A module of the project's own folder for them.
                _ => read.others.extend([format!("{path}.cmake"), format!("cmake/{path}.cmake")]),
            }
        } else if name == "set" || name == "set_property" {
            // A program that is started before each compiler.
            let launcher = |word: &String| word.ends_with("_COMPILER_LAUNCHER") || word.starts_with("RULE_LAUNCH_");
            if let Some(at) = words.iter().position(launcher)
                && let Some(text) = words.get(at + 1).filter(|text| text.contains('/'))
            {
                let span = Span { start, end: end + 1 };
                read.commands.push(Command { by: "launcher".to_owned(), span, text: text.clone() });
            }
        }
    }
    read
}

/// The command lines behind each `COMMAND`, up to the next keyword.
fn commands(words: &[String]) -> impl Iterator<Item = String> {
    let keyword = |word: &String| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    words.split(|word| word == "COMMAND").skip(1).filter_map(move |line| {
        let end = line.iter().position(keyword).unwrap_or(line.len());
        gyp::command(line.get(..end)?)
    })
}

/// The arguments of a command: bare, quoted, or between brackets of two; variables as far as they say something.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => {
                let escaped = |at: usize| rest.get(..at).is_some_and(|before| before.ends_with('\\'));
                rest.char_indices().skip(1).find(|(at, c)| *c == '"' && !escaped(*at)).map(|(at, _)| at)
            }
            _ => rest.find(char::is_whitespace),
        };
        let end = end.unwrap_or(rest.len());
        let word = rest.get(usize::from(first == '"')..end).unwrap_or_default();
        words.push(variables(word));
        rest = rest.get(end..).unwrap_or_default();
        rest = rest.strip_prefix('"').filter(|_| first == '"').unwrap_or(rest).trim_start();
    }
    words
}

/// `${NAME}` by what it stands for: the folder of the file, Python, cmake itself; else a variable of the shell.
fn variables(word: &str) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        rest = behind;
        match name {
            _ if name.ends_with("SOURCE_DIR") || name.ends_with("LIST_DIR") => {
                rest = rest.strip_prefix('/').unwrap_or(rest);
                if rest.is_empty() {
                    out.push('.');
                }
            }
            _ if name.to_ascii_lowercase().starts_with("python") && name.ends_with("EXECUTABLE") => {
                out.push_str("python3")
            }
            "CMAKE_COMMAND" => out.push_str("cmake"),
            _ => out.push_str(&format!("${name}")),
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::process(
        "# execute_process(COMMAND no)\nexecute_process(COMMAND python3 tools/gen.py\n  WORKING_DIRECTORY x)",
        "execute_process: python3 tools/gen.py"
    )]
    #[case::several(
        "add_custom_command(OUTPUT a COMMAND sh -c \"echo x\" COMMAND ${CMAKE_COMMAND} -E touch a DEPENDS b)",
        "add_custom_command: sh -c 'echo x'|add_custom_command: cmake -E touch a"
    )]
    #[case::folder(
        "add_custom_target(t ALL COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/g.py ${X})",
        "add_custom_target: python3 g.py $X"
    )]
    #[case::launcher("set(CMAKE_C_COMPILER_LAUNCHER ./tools/cc.sh)", "launcher: ./tools/cc.sh")]
    #[case::none("project(x)\nadd_library(a b.c)", "")]
    fn commands_are_found(#[case] text: &str, #[case] expected: &str) {
        let found: Vec<String> = read(text).commands.iter().map(|c| format!("{}: {}", c.by, c.text)).collect();
        assert_eq!(found.join("|"), expected);
    }

    #[test]
    fn other_files_are_named() {
        assert_eq!(
            read("include(cmake/a.cmake)\nadd_subdirectory(src)").others,
            ["cmake/a.cmake", "src/CMakeLists.txt"]
        );
    }
}
