//! What runs when the package's folder is opened as a project: tasks of editors, hooks and servers of agents, containers; and
//! what only a developer starts: workflows and targets of make, as far as they run a file of the package or fetch one.

use super::super::build::make;
use super::super::gyp;
use super::super::json::{Item, Json};
use super::super::member::inside;
use super::{Entry, Phase, Target, Tree};
use crate::text::Span;

/// Most entries of all such files together.
const MOST: usize = 100;
/// Nesting of settings that is looked through.
const NESTING: usize = 12;
/// Folders of editors and agents whose settings may hold commands.
const SETTINGS: [&str; 14] = [
    ".claude/",
    ".cursor/",
    ".gemini/",
    ".vscode/",
    ".windsurf/",
    ".kiro/",
    ".codex/",
    ".github/hooks/",
    ".zed/",
    ".devcontainer/",
    ".qwen/",
    ".amazonq/",
    ".continue/",
    ".roo/",
];
/// Such files outside of a folder of their own.
const FILES: [&str; 3] = [".mcp.json", ".devcontainer.json", "mcp.json"];
/// Keys of settings whose text is a command.
const COMMANDS: [&str; 17] = [
    "command",
    "bash",
    "powershell",
    "apiKeyHelper",
    "awsAuthRefresh",
    "awsCredentialExport",
    "otelHeadersHelper",
    "statusLine",
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "setup-worktree",
    "notify",
    "preLaunchCommand",
];
/// Variables that stand for the project's folder.
const HERE: [&str; 8] = [
    "${workspaceFolder}/",
    "${workspaceRoot}/",
    "$CLAUDE_PROJECT_DIR/",
    "\"$CLAUDE_PROJECT_DIR\"/",
    "${CLAUDE_PROJECT_DIR}/",
    "\"${CLAUDE_PROJECT_DIR}\"/",
    "${containerWorkspaceFolder}/",
    "$CURSOR_PROJECT_DIR/",
];
/// Words of commands that fetch or decode what they run.
const TELLING: [&str; 9] = ["curl ", "wget ", "base64", "| sh", "|sh", "| bash", "|bash", "powershell", "eval "];

pub(super) fn entries(tree: Tree<'_>) -> Vec<Entry> {
    let mut found = Found { tree, entries: Vec::new() };
    for (file, path) in tree.paths() {
        if found.entries.len() >= MOST {
            break;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let settings = SETTINGS.iter().any(|folder| path.starts_with(folder)) || FILES.contains(&path);
        let text = tree.text(path).unwrap_or_default();
        if settings && (name.ends_with(".json") || name.ends_with(".jsonc") || path.ends_with(".hook")) {
            found.settings(file, path, text);
        } else if settings && name.ends_with(".toml") {
            found.toml(file, path, text);
        } else if path.starts_with(".github/workflows/") && (name.ends_with(".yml") || name.ends_with(".yaml")) {
            found.workflow(file, path, text);
        } else if matches!(path, "Makefile" | "makefile" | "GNUmakefile") {
            found.makefile(file, path, text);
        } else if path.starts_with(".opencode/plugin") && (name.ends_with(".js") || name.ends_with(".ts")) {
            found.push(format!("{path} (agent starts)"), Target::File(file));
        } else if matches!(path, ".pnpmfile.cjs" | ".pnpmfile.mjs" | "pnpmfile.js" | ".envrc") {
            found.push(format!("{path} (used in this folder)"), Target::File(file));
        } else if path == ".yarnrc.yml" || path == ".npmrc" {
            found.package_manager(path, text);
        }
    }
    found.entries
}

struct Found<'p> {
    tree: Tree<'p>,
    entries: Vec<Entry>,
}

impl<'p> Found<'p> {
    fn push(&mut self, name: String, target: Target) {
        if self.entries.len() < MOST {
            self.entries.push(Entry { phase: Phase::Run, name, target });
        }
    }

    fn shell(&mut self, name: String, file: usize, span: Span, text: &str) {
        let text = HERE.iter().fold(text.to_owned(), |text, here| text.replace(here, "./"));
        if !text.trim().is_empty() {
            self.push(name, Target::Shell { file, span, text });
        }
    }

    /// Settings as JSON with comments.
    fn settings(&mut self, file: usize, path: &str, text: &str) {
        let json = Json::parse(&without_comments(text));
        let Some(root) = json.root() else { return };
        if path.ends_with("tasks.json")
            && let Some(tasks) = root.get("tasks")
        {
            tasks.elements().for_each(|task| self.task(file, path, task));
            return;
        }
        // What a hook hangs on says when it runs.
        let mut pending = vec![(root, String::new(), 0)];
        while let Some((item, about, depth)) = pending.pop() {
            let mut inner = Vec::new();
            for (key, value) in item.members() {
                let name = format!("{path} {about}").trim_end().to_owned();
                if COMMANDS.contains(&key) {
                    self.command(&name, file, item, value);
                }
                // `statusLine` and kin hold an object with the command.
                let about = if about.is_empty() || key == "hooks" { key.to_owned() } else { format!("{about} {key}") };
                let about = if matches!(key, "command" | "hooks") { "hooks".to_owned() } else { about };
                inner.push((value, about, depth + 1));
            }
            inner.extend(item.elements().map(|value| (value, about.clone(), depth + 1)));
            pending.extend(inner.into_iter().filter(|(.., depth)| *depth < NESTING).rev());
        }
    }

    /// A command: a text, words, or several by name; beside it may stand its arguments.
    fn command(&mut self, name: &str, file: usize, around: Item<'_>, value: Item<'_>) {
        match value.text() {
            Some(text) => {
                let arguments = around.get("args").into_iter().flat_map(Item::elements).filter_map(Item::text);
                let arguments: Vec<String> = arguments.map(str::to_owned).collect();
                let behind = gyp::command(&arguments).map(|words| format!(" {words}")).unwrap_or_default();
                self.shell(name.to_owned(), file, value.span(), &format!("{text}{behind}"));
            }
            None => {
                let words: Vec<String> = value.elements().filter_map(Item::text).map(str::to_owned).collect();
                if let Some(text) = gyp::command(&words) {
                    self.shell(name.to_owned(), file, value.span(), &text);
                }
                for (_, named) in value.members().filter(|(key, _)| *key != "command" && *key != "type") {
                    if let Some(text) = named.text().filter(|text| text.contains(' ')) {
                        self.shell(name.to_owned(), file, named.span(), text);
                    }
                }
            }
        }
    }

    /// A task of VS Code: one that runs by opening the folder stands for itself, the others are set apart.
    fn task(&mut self, file: usize, path: &str, task: Item<'_>) {
        let label = task.get("label").or_else(|| task.get("taskName")).and_then(Item::text).unwrap_or("task");
        let opens = task.get("runOptions").and_then(|options| options.get("runOn")).and_then(Item::text);
        let name = match opens {
            Some("folderOpen") => format!("{path} {label} (folder opens)"),
            _ => format!("aside: {path} {label}"),
        };
        if let Some(script) = task.get("script").filter(|_| task.get("type").and_then(Item::text) == Some("npm")) {
            let text = format!("npm run {}", script.text().unwrap_or_default());
            self.shell(name, file, script.span(), &text);
            return;
        }
        let systems = ["windows", "linux", "osx"].into_iter().filter_map(|system| task.get(system));
        for place in std::iter::once(task).chain(systems) {
            let Some(command) = place.get("command") else { continue };
            let around = if place.get("args").is_some() { place } else { task };
            self.command(&name, file, around, command);
        }
    }

    /// Settings as TOML: servers of agents.
    fn toml(&mut self, file: usize, path: &str, text: &str) {
        let Ok(table) = text.parse::<toml::Table>() else { return };
        let mut pending: Vec<&toml::Table> = vec![&table];
        while let Some(table) = pending.pop() {
            let words = |key: &str| -> Vec<String> {
                match table.get(key) {
                    Some(toml::Value::String(text)) => vec![text.clone()],
                    Some(toml::Value::Array(words)) => {
                        words.iter().filter_map(|w| Some(w.as_str()?.to_owned())).collect()
                    }
                    _ => Vec::new(),
                }
            };
            for key in ["command", "notify"] {
                let mut all = words(key);
                if !all.is_empty() {
                    if key == "command" {
                        all.extend(words("args"));
                    }
                    let place = text.find(all.first().map_or("", String::as_str)).unwrap_or_default();
                    let command = gyp::command(&all).unwrap_or_default();
                    self.shell(format!("{path} {key}"), file, Span { start: place, end: place }, &command);
                }
            }
            pending.extend(table.values().filter_map(toml::Value::as_table));
        }
    }

    /// What the steps of a workflow run: `run: text`, `run: |` with the lines below.
    fn workflow(&mut self, file: usize, path: &str, text: &str) {
        let lines: Vec<(usize, &str)> = text
            .split_inclusive('\n')
            .scan(0, |at, line| {
                let start = *at;
                *at += line.len();
                Some((start, line))
            })
            .collect();
        let mut rest = lines.as_slice();
        while let Some(((start, line), tail)) = rest.split_first() {
            rest = tail;
            let body = line.trim_start().trim_start_matches("- ").trim_start();
            let Some(value) = body.strip_prefix("run:").map(str::trim) else { continue };
            let indent = line.len() - body.len();
            if !value.starts_with(['|', '>']) {
                let from = start + line.find(value).unwrap_or_default();
                let text = value.trim_matches(['"', '\'']);
                self.aside(path, file, Span { start: from, end: from + value.len() }, text);
                continue;
            }
            let deeper = |line: &str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
            let count = tail.iter().take_while(|(_, line)| deeper(line)).count();
            let block = tail.get(..count).unwrap_or_default();
            rest = tail.get(count..).unwrap_or_default();
            if let (Some((first, _)), Some((last, line))) = (block.first(), block.last()) {
                let text: String = block.iter().map(|(_, line)| format!("{}\n", line.trim())).collect();
                self.aside(path, file, Span { start: *first, end: last + line.trim_end().len() }, &text);
            }
        }
    }

    fn makefile(&mut self, file: usize, path: &str, text: &str) {
        for (target, span, line) in make::recipes(text) {
            self.aside(&format!("{path} {target}"), file, span, &line);
        }
    }

    /// A command that only a developer runs: told where it starts a file of the package or fetches what it runs.
    fn aside(&mut self, by: &str, file: usize, span: Span, text: &str) {
        let own = |word: &str| {
            let word = word.trim_matches(['"', '\'', ';', '(', ')']);
            word.len() > 2
                && word.contains(['.', '/'])
                && !matches!(word, "setup.py" | "package.json" | "pyproject.toml")
                && inside("", word).is_some_and(|path| self.tree.file(&path).is_some())
        };
        let runs = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let starts = ["node", "python", "python3", "bash", "sh", "bun", "deno", "ts-node", "tsx"];
            words.windows(2).any(|pair| matches!(pair, [program, word] if starts.contains(program) && own(word)))
                || words.first().is_some_and(|word| own(word))
        };
        if text.lines().any(|line| runs(line) || TELLING.iter().any(|telling| line.contains(telling))) {
            self.shell(format!("aside: {by}"), file, span, text);
        }
    }

    /// Files that package managers load in this folder: `yarnPath`, plugins, `node-options`.
    fn package_manager(&mut self, path: &str, text: &str) {
        for line in text.lines() {
            let line = line.trim();
            let value = match line.split_once([':', '=']) {
                Some(("yarnPath" | "- path" | "path", value)) => value,
                Some(("node-options" | "script-shell" | "git", value)) => value.rsplit(' ').next().unwrap_or(value),
                _ => match line.strip_prefix("- ") {
                    Some(value) => value,
                    None => continue,
                },
            };
            let value = value.trim().trim_matches(['"', '\'']);
            let file = inside("", value.trim_start_matches("--require=")).and_then(|path| self.tree.file(&path));
            if let Some(file) = file.filter(|_| value.contains(['.', '/'])) {
                self.push(format!("{path} (used in this folder)"), Target::File(file));
            }
        }
    }
}

/// JSON without its comments: blanks stand in their place.
fn without_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let end = match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                at += 1;
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
                continue;
            }
            (b'/', Some(b'/')) => bytes.iter().skip(at).position(|byte| *byte == b'\n').map_or(bytes.len(), |n| at + n),
            (b'/', Some(b'*')) => {
                let close = bytes.windows(2).skip(at + 2).position(|pair| pair == b"*/");
                close.map_or(bytes.len(), |n| at + 2 + n + 2)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        if let Some(comment) = out.get_mut(at..end) {
            comment.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
