//! What a build with gyp runs: the commands of a `binding.gyp`, which is a literal of Python.
//!
//! gyp first expands what it reads (`<!(command)`), then the build runs compilers, actions and rules. Both branches of every
//! condition are taken: on which machine the build runs nobody knows.

mod literal;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use literal::{Value, parse};

use super::entries::{Tree, module_file};
use super::member::inside;
use super::{Entry, Phase, Target};
use crate::text::Span;

/// Most commands told of one build.
const COMMANDS: usize = 200;
/// Most files of gyp that one includes.
const FILES: usize = 32;
/// Values nest no deeper than they are read.
const NESTED_VALUES: usize = 128;
/// Expansions inside expansions that are followed.
const NESTING: usize = 8;
/// Longest text that expansions grow to, bytes.
const LONGEST: usize = 1 << 16;
/// Stands for what only the build knows: a variable that no shell text sets.
const UNKNOWN: &str = "$gyp";

/// The entries of a build that starts with a file, by its path below the root; each named `label`, then what it is of.
pub(super) fn entries(tree: Tree<'_>, path: &str, label: &str) -> Vec<Entry> {
    let mut build = Build {
        tree,
        label,
        variables: BTreeMap::new(),
        configured: Vec::new(),
        built: Vec::new(),
        here: Here::default(),
    };
    let files = build.files(path);
    for file in &files {
        build.collect_variables(&file.value, 0);
    }
    let mut computed = false;
    for file in &files {
        build.here = Here { file: file.at, folder: file.folder.clone() };
        build.visit(&file.value, "", 0);
        computed |= file.computed;
    }
    let mut all = build.configured;
    all.append(&mut build.built);
    let more = all.len().saturating_sub(COMMANDS);
    all.truncate(COMMANDS);
    if more > 0 {
        let target = Target::Unresolved(format!("{more} more commands are not listed"));
        all.push(Entry { phase: Phase::Install, name: label.to_owned(), target });
    }
    // What is no literal is Python, and gyp evaluates it.
    if (all.is_empty() || computed)
        && let Some(at) = tree.file(path)
    {
        all.insert(0, Entry { phase: Phase::Install, name: label.to_owned(), target: Target::File(at) });
    }
    all
}

/// A file of gyp, read.
struct Gyp {
    at: usize,
    folder: String,
    value: Value,
    computed: bool,
}

/// The file that is walked.
#[derive(Default)]
struct Here {
    file: usize,
    folder: String,
}

struct Build<'p> {
    tree: Tree<'p>,
    label: &'p str,
    /// Values of `variables`, wherever they stand; the first of a name.
    variables: BTreeMap<String, String>,
    /// What runs while gyp reads.
    configured: Vec<Entry>,
    /// What runs when the build does.
    built: Vec<Entry>,
    here: Here,
}

impl Build<'_> {
    /// The file and those that it includes and depends on.
    fn files(&self, path: &str) -> Vec<Gyp> {
        let mut found = Vec::new();
        let mut known = BTreeSet::new();
        let mut pending = vec![path.to_owned()];
        while let Some(path) = pending.pop() {
            let Some(at) = self.tree.file(&path).filter(|at| known.insert(*at) && known.len() <= FILES) else {
                continue;
            };
            let (value, computed) = parse(self.tree.text(&path).unwrap_or_default());
            let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let mut others = Vec::new();
            references(&value, &mut others, 0);
            pending.extend(others.iter().rev().filter_map(|other| inside(&folder, other)));
            found.push(Gyp { at, folder, value, computed });
        }
        found
    }

    fn collect_variables(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Dict(pairs) if depth < NESTED_VALUES => {
                for (key, value) in pairs {
                    if let ("variables", Value::Dict(variables)) = (key.text.as_str(), value) {
                        for (name, value) in variables {
                            // `name%` is a default, `name+` and kin change a list.
                            let name = name.text.trim_end_matches(['%', '+', '=', '?', '!', '/']);
                            let texts: Vec<&str> = value.texts().iter().map(|text| text.text.as_str()).collect();
                            if !texts.is_empty() {
                                self.variables.entry(name.to_owned()).or_insert_with(|| texts.join(" "));
                            }
                        }
                    }
                    self.collect_variables(value, depth + 1);
                }
            }
            Value::List(values, _) if depth < NESTED_VALUES => {
                values.iter().for_each(|value| self.collect_variables(value, depth + 1));
            }
            _ => {}
        }
    }

    /// Goes through a value in order; `about` says what the dictionaries in it are of.
    fn visit(&mut self, value: &Value, about: &str, depth: usize) {
        if depth >= NESTED_VALUES {
            return;
        }
        match value {
            Value::Text(text) => drop(self.expand(&text.text, text.span, 0)),
            Value::List(values, _) => values.iter().for_each(|value| self.visit(value, about, depth + 1)),
            Value::Dict(pairs) => {
                let name = pairs.iter().find(|(key, _)| {
                    matches!(key.text.as_str(), "action_name" | "rule_name" | "postbuild_name" | "target_name")
                });
                let name = name.and_then(|(_, value)| Some(value.text()?.text.clone())).unwrap_or_default();
                for (key, value) in pairs {
                    match key.text.as_str() {
                        "action" => self.action(value, format!("{about} {name}").trim()),
                        "CommandLine" => self.command_line(value, about),
                        "make_global_settings" => self.settings(value),
                        "actions" => self.visit(value, "action", depth + 1),
                        "rules" => self.visit(value, "rule", depth + 1),
                        "postbuilds" => self.visit(value, "postbuild", depth + 1),
                        other => self.visit(value, if other.starts_with("VC") { other } else { about }, depth + 1),
                    }
                }
            }
            Value::Other => {}
        }
    }

    /// A program and its arguments; in lists of `rules` and kin they are one text each.
    fn action(&mut self, value: &Value, about: &str) {
        let words: Vec<String> = value.texts().into_iter().map(|text| self.expand(&text.text, text.span, 0)).collect();
        if let Some(text) = command(&words) {
            self.build(about, value.span(), text);
        }
    }

    /// Commands of Visual Studio's events.
    fn command_line(&mut self, value: &Value, about: &str) {
        for line in value.texts() {
            let text = self.expand(&line.text, line.span, 0);
            self.build(about, line.span, text);
        }
    }

    /// `make_global_settings`: programs that stand in for compilers, and those that are started before them.
    fn settings(&mut self, value: &Value) {
        let Value::List(pairs, _) = value else { return };
        for pair in pairs {
            let texts = pair.texts();
            let [name, program] = texts.as_slice() else { continue };
            let text = self.expand(&program.text, program.span, 0);
            let first = text.split_whitespace().next().unwrap_or_default();
            let own = inside(&self.here.folder, first).is_some_and(|path| self.tree.file(&path).is_some());
            if own || text.contains(char::is_whitespace) {
                let path = if own && !text.contains('/') { format!("./{text}") } else { text };
                self.build(&format!("compiler {}", name.text), program.span, path);
            }
        }
    }

    fn build(&mut self, about: &str, span: Span, text: String) {
        let name = format!("{}: {about}", self.label);
        let target = Target::Shell { file: self.here.file, span, text };
        self.built.push(Entry { phase: Phase::Install, name, target });
    }

    /// A text with its variables in place; the commands in it are entries.
    fn expand(&mut self, text: &str, span: Span, depth: usize) -> String {
        if depth >= NESTING || text.len() > LONGEST {
            return UNKNOWN.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(found) = Expansion::find(rest) {
            out.push_str(found.before);
            rest = found.after;
            out.push_str(&self.expansion(&found, span, depth));
            if out.len() > LONGEST {
                return UNKNOWN.to_owned();
            }
        }
        out.push_str(rest);
        out
    }

    fn expansion(&mut self, found: &Expansion<'_>, span: Span, depth: usize) -> String {
        let content = self.expand(found.content, span, depth + 1);
        if !found.runs {
            return match (content.trim(), self.variables.get(content.trim()).cloned()) {
                (_, Some(value)) => self.expand(&value, span, depth + 1),
                // Both stand for the folder of the package.
                ("module_root_dir" | "DEPTH", None) => ".".to_owned(),
                ("PRODUCT_DIR", None) => "build/Release".to_owned(),
                _ => UNKNOWN.to_owned(),
            };
        }
        let target = match (found.name, content.trim_start().starts_with('[')) {
            ("", false) => Some(Target::Shell { file: self.here.file, span, text: content }),
            ("", true) => {
                let words: Vec<String> = parse(&content).0.texts().iter().map(|text| text.text.clone()).collect();
                command(&words).map(|text| Target::Shell { file: self.here.file, span, text })
            }
            ("pymod_do_main", _) => {
                let module = content.split_whitespace().next().unwrap_or_default();
                let file = module_file(self.tree, self.here.folder.trim_end_matches('/'), module);
                Some(match file {
                    Some(file) => Target::Function { file, name: "DoMain".to_owned() },
                    None => Target::Unresolved(format!("{module}, whose DoMain gyp calls, is not in the package")),
                })
            }
            _ => None,
        };
        self.configured.extend(target.map(|target| Entry {
            phase: Phase::Install,
            name: self.label.to_owned(),
            target,
        }));
        UNKNOWN.to_owned()
    }
}

/// Files that `includes` and `dependencies` name, wherever they stand.
fn references(value: &Value, found: &mut Vec<String>, depth: usize) {
    if depth >= NESTED_VALUES {
        return;
    }
    match value {
        Value::Dict(pairs) => {
            for (key, value) in pairs {
                match key.text.trim_end_matches(['+', '=', '?']) {
                    "includes" => found.extend(value.texts().iter().map(|text| text.text.clone())),
                    "dependencies" | "export_dependent_settings" => {
                        let path = |text: &&literal::Text| {
                            let text = text.text.replace("<(module_root_dir)/", "").replace("<(DEPTH)/", "");
                            let path = text.split([':', '#']).next().unwrap_or_default().to_owned();
                            path.ends_with(".gyp").then_some(path)
                        };
                        found.extend(value.texts().iter().filter_map(path));
                    }
                    _ => {}
                }
                references(value, found, depth + 1);
            }
        }
        Value::List(values, _) => values.iter().for_each(|value| references(value, found, depth + 1)),
        _ => {}
    }
}

/// `<!@name(content)` in a text.
struct Expansion<'t> {
    before: &'t str,
    after: &'t str,
    /// Whether a command runs; else a variable stands there.
    runs: bool,
    name: &'t str,
    content: &'t str,
}

impl<'t> Expansion<'t> {
    /// The first expansion of a text: `<`, `>` or `^` tell in which phase gyp expands it, `!` runs it, `@` makes it a list.
    fn find(text: &'t str) -> Option<Self> {
        for (at, sign) in text.match_indices(['<', '>', '^']) {
            let marks = text.get(at + sign.len()..).unwrap_or_default();
            let rest = marks.trim_start_matches(['!', '@', '|']);
            let signs = marks.get(..marks.len() - rest.len()).unwrap_or_default();
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(rest.len());
            let (name, group) = rest.split_at(end);
            if !group.starts_with('(') || signs.len() > 2 {
                continue;
            }
            let close = closing(group).or_else(|| group.find(')')).unwrap_or(group.len());
            return Some(Self {
                before: text.get(..at).unwrap_or_default(),
                after: group.get(close + 1..).unwrap_or_default(),
                runs: signs.contains('!'),
                name,
                content: group.get(1..close).unwrap_or_default(),
            });
        }
        None
    }
}

/// Where the bracket closes that a text begins with; brackets of all kinds count, as gyp counts them.
fn closing(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => {
                if open.pop() != Some(c) {
                    return None;
                }
                if open.is_empty() {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Words as shell text; `None` where there are none.
pub(super) fn command(words: &[String]) -> Option<String> {
    let safe = |c: char| c.is_alphanumeric() || "-_./=:,@%+$".contains(c);
    let quoted = |word: &String| match !word.is_empty() && word.chars().all(safe) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    (!words.is_empty()).then(|| words.iter().map(quoted).collect::<Vec<_>>().join(" "))
}
