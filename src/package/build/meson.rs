//! `meson.build`: programs that run when it is read, and those of the build.

use super::super::gyp::{self, Value};
use super::{Command, Read, closing, without_comments};
use crate::text::Span;

/// Functions whose arguments are a command.
const RUNS: [&str; 4] = ["run_command", "add_install_script", "add_postconf_script", "add_dist_script"];
/// Functions with a command among their named arguments.
const BUILDS: [&str; 3] = ["custom_target", "run_target", "vcs_tag"];

/// `exists` says whether a path from the file's folder is one of the package.
pub(super) fn read(text: &str, exists: impl Fn(&str) -> bool) -> Read {
    let text = without_comments(text);
    let mut read = Read::default();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('(')).map(|open| at + open) {
        at = open + 1;
        let before = text.get(..open).unwrap_or_default().trim_end();
        let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        let name = before.get(start..).unwrap_or_default();
        let Some(end) = closing(&text, open) else { continue };
        let arguments = text.get(open..=end).unwrap_or_default();
        let command = match name {
            _ if RUNS.contains(&name) => words(arguments),
            _ if BUILDS.contains(&name) => {
                let list = arguments.find("command").and_then(|at| arguments.get(at..)?.split_once(':'));
                words(list.map_or("", |(_, list)| list))
            }
            // What a variable holds then, that a command may begin with.
            "find_program" => words(arguments).into_iter().filter(|path| exists(path)).take(1).collect(),
            "subdir" => {
                read.others.extend(words(arguments).first().map(|folder| format!("{folder}/meson.build")));
                continue;
            }
            _ => continue,
        };
        // A lone word without a folder would be a program of the system.
        let command: Vec<String> = match command.as_slice() {
            [only] if !only.contains('/') && exists(only) => vec![format!("./{only}")],
            _ => command,
        };
        let span = Span { start, end: end + 1 };
        read.commands.extend(gyp::command(&command).map(|text| Command { by: name.to_owned(), span, text }));
    }
    read
}

/// The strings of a list, those of lists in it too.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![gyp::parse(text).0];
    while let Some(value) = pending.pop() {
        match value {
            Value::Text(text) => found.push(text.text),
            Value::List(values, _) => pending.extend(values.into_iter().rev()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::now("run_command('python3', 'tools/gen.py', check: true)", "run_command: python3 tools/gen.py")]
    #[case::list("run_command(['sh', '-c', 'echo x'])", "run_command: sh -c 'echo x'")]
    #[case::script("meson.add_install_script(py, 'tools/gen.py')", "add_install_script: tools/gen.py")]
    #[case::target(
        "custom_target('a', output: 'a.c', command: [py, 'tools/gen.py', '@OUTPUT@'], install: true)",
        "custom_target: tools/gen.py '@OUTPUT@'"
    )]
    #[case::program("gen = find_program('gen.py')\ncc = find_program('gcc')", "find_program: ./gen.py")]
    #[case::none("project('a', 'c') # run_command('x')", "")]
    fn commands_are_found(#[case] text: &str, #[case] expected: &str) {
        let read = read(text, |path| path.ends_with("gen.py"));
        let found: Vec<String> = read.commands.iter().map(|c| format!("{}: {}", c.by, c.text)).collect();
        assert_eq!(found.join("|").replace("@OUTPUT@ ", ""), expected.replace("'@OUTPUT@'", "@OUTPUT@"));
    }

    #[test]
    fn folders_are_followed() {
        assert_eq!(read("subdir('src')", |_| false).others, ["src/meson.build"]);
    }
}
