//! `sh` and its kin, through their grammar.

use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::smooth::{mask, unbroken};
use super::{Collector, Command, Redirect, Script, Word};
use crate::syntax::budget;
use crate::text::Span;

/// Most redirects of one command, those of the groups around it too.
const MAX_REDIRECTS: usize = 64;
/// Nested groups, conditions and substitutions that are followed.
const NESTING: usize = 60;
/// Rounds of a hundred parser operations for a text, and the bytes that allow one more.
const ROUNDS: usize = 4_000;
const BYTES_PER_ROUND: usize = 4;

/// Reads a text.
pub(super) fn read(text: &str, arguments: &[Word], variables: &[(String, String)]) -> Script {
    let unbroken = unbroken(text);
    let masked = mask(&unbroken);
    let mut reader = Reader {
        text: &masked,
        out: Collector::default(),
        variables: variables.iter().map(|(name, value)| (name.clone(), Word::plain(value))).collect(),
        arguments: arguments.to_vec(),
        subshells: Vec::new(),
        met: 0,
        depth: 0,
    };
    let rounds = ROUNDS + text.len() / BYTES_PER_ROUND;
    let Some(tree) = budget::parse(&masked, &tree_sitter_bash::LANGUAGE.into(), rounds) else {
        reader.out.cut("the parser gave up on the shell text".to_owned());
        return reader.out.script;
    };
    reader.block(tree.root_node(), &Around::default());
    reader.out.script
}

/// What a statement takes from those around it.
#[derive(Clone, Default)]
pub(super) struct Around {
    input: Rc<Vec<usize>>,
    stdin: Option<Rc<Word>>,
    redirects: Rc<Vec<Redirect>>,
    background: bool,
}

/// The walk over a tree.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) out: Collector,
    pub(super) variables: HashMap<String, Word>,
    /// The text's `$0` and its arguments.
    pub(super) arguments: Vec<Word>,
    /// The shells of their own around the walk, and how many were met.
    subshells: Vec<usize>,
    met: usize,
    depth: usize,
}

impl Reader<'_> {
    pub(super) fn slice(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The statements below a node, one after the other. Yields the commands that write to its output.
    fn block(&mut self, node: Node<'_>, around: &Around) -> Vec<usize> {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        let mut printed = Vec::new();
        for (at, child) in children.iter().enumerate().filter(|(_, child)| child.is_named()) {
            let background = around.background || children.get(at + 1).is_some_and(|next| next.kind() == "&");
            printed.extend(self.statement(*child, &Around { background, ..around.clone() }));
            if self.out.full() {
                break;
            }
        }
        printed
    }

    /// The commands of a node that is a statement or holds some.
    pub(super) fn statements(&mut self, node: Node<'_>) -> Vec<usize> {
        self.subshell(|this| this.nested(|this| this.block(node, &Around::default())).unwrap_or_default())
    }

    /// Walks what runs in a shell of its own.
    fn subshell<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.met += 1;
        self.subshells.push(self.met);
        let made = inside(self);
        self.subshells.pop();
        made
    }

    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= NESTING {
            self.out.cut(format!("shell text nested deeper than {NESTING}"));
            return None;
        }
        self.depth += 1;
        let made = inside(self);
        self.depth -= 1;
        Some(made)
    }

    fn statement(&mut self, node: Node<'_>, around: &Around) -> Vec<usize> {
        self.nested(|this| this.statement_here(node, around)).unwrap_or_default()
    }

    fn statement_here(&mut self, node: Node<'_>, around: &Around) -> Vec<usize> {
        match node.kind() {
            "comment" | "heredoc_start" | "heredoc_end" | "variable_name" => Vec::new(),
            "list" => self.list(node, around),
            "pipeline" => self.pipeline(node, around.clone()),
            "redirected_statement" => self.redirected(node, around),
            "command" | "declaration_command" | "unset_command" => self.command(node, around),
            "variable_assignment" => {
                let assigned = self.assign(node).into_iter().collect();
                self.push(node, Command { assigned, ..Command::default() }, around)
            }
            "for_statement" => {
                self.loop_variable(node);
                self.block(node, around)
            }
            "word"
            | "string"
            | "raw_string"
            | "concatenation"
            | "number"
            | "ansi_c_string"
            | "expansion"
            | "simple_expansion"
            | "command_substitution"
            | "process_substitution" => {
                self.words(node);
                Vec::new()
            }
            "function_definition" => {
                let body = node.child_by_field_name("body");
                body.map(|body| self.statement(body, around)).unwrap_or_default()
            }
            "subshell" => self.subshell(|this| this.block(node, around)),
            _ => self.block(node, around),
        }
    }

    /// `a && b || c` nests to the left, once for each: the left spine is a loop.
    fn list(&mut self, node: Node<'_>, around: &Around) -> Vec<usize> {
        let mut spine = Vec::new();
        let mut first = node;
        while first.kind() == "list" {
            let mut cursor = first.walk();
            let mut parts: Vec<Node<'_>> = first.named_children(&mut cursor).collect();
            if parts.is_empty() {
                break;
            }
            let left = parts.remove(0);
            spine.extend(parts.into_iter().rev());
            first = left;
        }
        let mut printed = self.statement(first, around);
        for part in spine.into_iter().rev() {
            printed.extend(self.statement(part, around));
        }
        printed
    }

    fn pipeline(&mut self, node: Node<'_>, mut around: Around) -> Vec<usize> {
        let mut cursor = node.walk();
        let parts: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let mut printed = Vec::new();
        for part in parts {
            printed = self.statement(part, &around);
            around.input = Rc::new(printed.clone());
            around.stdin = None;
        }
        printed
    }

    fn redirected(&mut self, node: Node<'_>, around: &Around) -> Vec<usize> {
        let mut inner = around.clone();
        let mut redirects = around.redirects.to_vec();
        let (mut piped, mut next) = (Vec::new(), Vec::new());
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in &children {
            match child.kind() {
                "file_redirect" => redirects.extend(self.redirect(*child)),
                "herestring_redirect" => inner.stdin = Some(Rc::new(self.here_string(*child))),
                "heredoc_redirect" => {
                    let mut cursor = child.walk();
                    let parts: Vec<Node<'_>> = child.named_children(&mut cursor).collect();
                    let quoted = parts.first().is_some_and(|start| self.slice(*start).contains(['\'', '"', '\\']));
                    for part in parts {
                        match part.kind() {
                            "heredoc_body" => inner.stdin = Some(Rc::new(self.here_document(part, quoted))),
                            "file_redirect" => redirects.extend(self.redirect(part)),
                            "pipeline" => piped.push(part),
                            "heredoc_start" | "heredoc_end" => {}
                            _ => next.push(part),
                        }
                    }
                }
                _ => {}
            }
        }
        inner.redirects = self.bounded(redirects);
        let body = node.child_by_field_name("body");
        let mut printed = match body {
            Some(body) => self.statement(body, &inner),
            None => self.push(node, Command::default(), &inner),
        };
        for part in piped {
            let input = Rc::new(printed);
            printed = self.pipeline(part, Around { input, ..around.clone() });
        }
        for part in next {
            printed.extend(self.statement(part, around));
        }
        printed
    }

    fn redirect(&mut self, node: Node<'_>) -> Vec<Redirect> {
        let errors = self.slice(node).starts_with("2>");
        let writes = self.slice(node).trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['>', '&']);
        let mut cursor = node.walk();
        let targets: Vec<Node<'_>> =
            node.named_children(&mut cursor).filter(|n| !["file_descriptor", "ERROR"].contains(&n.kind())).collect();
        let mut found = Vec::new();
        for target in targets {
            let words = self.words(target);
            // `2>&1` names no file.
            let file =
                words.into_iter().next().filter(|word| !word.text.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
            found.extend(file.map(|target| Redirect { writes, errors, target }));
        }
        found
    }

    fn here_string(&mut self, node: Node<'_>) -> Word {
        let mut all = Word::default();
        let mut cursor = node.walk();
        let parts: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for part in parts {
            for word in self.words(part) {
                all.append(&word);
            }
        }
        all
    }

    fn command(&mut self, node: Node<'_>, around: &Around) -> Vec<usize> {
        let mut command = Command::default();
        if node.kind() != "command" {
            let keyword = self.slice(node).split_whitespace().next().unwrap_or_default().to_owned();
            command.words.push(Word::plain(&keyword));
        }
        let mut inner = around.clone();
        let mut redirects = around.redirects.to_vec();
        let mut cursor = node.walk();
        let parts: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for part in parts {
            match part.kind() {
                "variable_assignment" => command.assigned.extend(self.assign(part)),
                "file_redirect" => redirects.extend(self.redirect(part)),
                "herestring_redirect" => inner.stdin = Some(Rc::new(self.here_string(part))),
                "command_name" => {
                    if let Some(name) = part.named_child(0) {
                        command.words.extend(self.words(name));
                    }
                }
                "subshell" => {
                    self.statement(part, around);
                }
                _ => command.words.extend(self.words(part)),
            }
        }
        inner.redirects = self.bounded(redirects);
        match command.words.as_slice() {
            [first, ..] if first.text == "read" => self.read_variables(&command, &inner),
            [first, second, rest @ ..] if first.text == "set" && second.text == "--" => {
                let own = self.arguments.first().cloned().unwrap_or_default();
                self.arguments = std::iter::once(own).chain(rest.iter().cloned()).collect();
            }
            _ => {}
        }
        self.push(node, command, &inner)
    }

    /// Redirects of a group stand at each of its commands: there must not be many.
    fn bounded(&mut self, mut redirects: Vec<Redirect>) -> Rc<Vec<Redirect>> {
        if redirects.len() > MAX_REDIRECTS {
            redirects.truncate(MAX_REDIRECTS);
            self.out.cut(format!("a command of the shell text has over {MAX_REDIRECTS} redirects"));
        }
        Rc::new(redirects)
    }

    fn push(&mut self, node: Node<'_>, mut command: Command, around: &Around) -> Vec<usize> {
        command.span = Span { start: node.start_byte(), end: node.end_byte() };
        command.input = around.input.to_vec();
        command.stdin = around.stdin.as_deref().cloned();
        command.redirects = around.redirects.to_vec();
        command.background = around.background;
        command.subshells.clone_from(&self.subshells);
        if command.words.is_empty() && command.assigned.is_empty() && command.redirects.is_empty() {
            return Vec::new();
        }
        self.out.push(command).into_iter().collect()
    }

    /// `name=value`: yields the value.
    fn assign(&mut self, node: Node<'_>) -> Option<Word> {
        let name = node.child_by_field_name("name")?;
        let name = self.slice(name).split('[').next().unwrap_or_default().to_owned();
        let mut value = Word::default();
        if let Some(part) = node.child_by_field_name("value") {
            for (at, word) in self.words(part).iter().enumerate() {
                if at > 0 {
                    value.text.push(' ');
                }
                value.append(word);
            }
        }
        let adds = self.slice(node).get(name.len()..).is_some_and(|rest| rest.starts_with("+="));
        self.set(&name, value.clone(), adds);
        Some(value)
    }

    fn set(&mut self, name: &str, mut value: Word, adds: bool) {
        if adds && let Some(old) = self.variables.get(name) {
            let mut all = old.clone();
            all.append(&value);
            value = all;
        }
        self.limit(&mut value);
        self.variables.insert(name.to_owned(), value);
    }

    /// A loop's variable holds each of its values: all of them, with blanks between.
    fn loop_variable(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("variable").map(|name| self.slice(name).to_owned()) else { return };
        let mut cursor = node.walk();
        let values: Vec<Node<'_>> = node.children_by_field_name("value", &mut cursor).collect();
        let mut all = Word::default();
        for value in values {
            for word in self.words(value) {
                if !all.text.is_empty() {
                    all.text.push(' ');
                }
                all.append(&word);
            }
        }
        self.set(&name, all, false);
    }

    /// `read name`: the variable holds what was piped in.
    fn read_variables(&mut self, command: &Command, around: &Around) {
        let value = match around.stdin.as_deref() {
            Some(word) => word.clone(),
            None => Word { from: around.input.to_vec(), ..Word::unknown() },
        };
        for name in command.words.iter().skip(1).filter(|word| !word.text.starts_with('-')) {
            self.set(&name.text, value.clone(), false);
        }
    }
}
