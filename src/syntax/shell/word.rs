//! Words of the shell: quotes, variables, substitutions.

use tree_sitter::Node;

use super::bash::Reader;
use super::{HOLE, MAX_WORD, Word, output};

/// Builds the words that one node of the grammar stands for.
#[derive(Default)]
struct Fields {
    done: Vec<Word>,
    current: Word,
    open: bool,
}

impl Fields {
    fn literal(&mut self, text: &str) {
        self.current.text.push_str(text);
        self.open = true;
    }

    /// A value inside quotes: one piece.
    fn whole(&mut self, value: &Word) {
        self.current.append(value);
        self.open = true;
    }

    /// A value outside quotes: blanks in it part words.
    fn parted(&mut self, value: &Word) {
        self.current.origins(value);
        for (at, part) in value.text.split([' ', '\t', '\n']).enumerate() {
            if at > 0 {
                self.end();
                self.current.origins(value);
            }
            self.current.text.push_str(part);
            self.open |= !part.is_empty();
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            self.done.push(std::mem::take(&mut self.current));
        }
    }
}

impl Reader<'_> {
    /// The words that a node stands for, most often one.
    pub(super) fn words(&mut self, node: Node<'_>) -> Vec<Word> {
        let mut fields = Fields::default();
        self.piece(node, &mut fields, false);
        fields.end();
        for word in &mut fields.done {
            self.limit(word);
        }
        fields.done
    }

    /// Cuts a word that has grown too long.
    pub(super) fn limit(&mut self, word: &mut Word) {
        if word.text.len() > MAX_WORD {
            let end = (0..=MAX_WORD).rev().find(|end| word.text.is_char_boundary(*end)).unwrap_or(0);
            word.text.truncate(end);
            self.out.cut(format!("a word of the shell text grows over {MAX_WORD} bytes"));
        }
    }

    fn piece(&mut self, node: Node<'_>, fields: &mut Fields, quoted: bool) {
        if fields.current.text.len() > MAX_WORD || !self.out.spend(1) {
            return;
        }
        match node.kind() {
            "raw_string" => {
                let text = self.slice(node);
                let text = text.strip_prefix('\'').unwrap_or(text);
                fields.literal(text.strip_suffix('\'').unwrap_or(text));
            }
            "string" => self.string(node, fields),
            "translated_string" => {
                if let Some(inner) = node.named_child(0) {
                    self.string(inner, fields);
                }
            }
            "ansi_c_string" => {
                let text = self.slice(node);
                let text = text.strip_prefix("$'").unwrap_or(text);
                let bytes = output::escaped(text.strip_suffix('\'').unwrap_or(text));
                fields.literal(&String::from_utf8_lossy(&bytes));
            }
            "concatenation" | "array" | "command_name" => {
                let mut cursor = node.walk();
                let parts: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
                for part in parts {
                    self.piece(part, fields, quoted);
                    if node.kind() == "array" {
                        fields.end();
                    }
                }
            }
            "simple_expansion" if matches!(self.slice(node), "$@" | "$*") && self.arguments.len() > 1 => {
                let arguments: Vec<Word> = self.arguments.iter().skip(1).cloned().collect();
                for (at, argument) in arguments.iter().enumerate() {
                    if at > 0 {
                        fields.end();
                    }
                    self.out.spend(argument.text.len());
                    expanded(fields, argument, true);
                }
            }
            "simple_expansion" => {
                let name = self.slice(node).trim_start_matches('$').to_owned();
                let value = self.variable(&name);
                self.out.spend(value.text.len());
                expanded(fields, &value, quoted);
            }
            "expansion" => {
                let text = self.slice(node).to_owned();
                let value = self.expansion(&text);
                self.out.spend(value.text.len());
                expanded(fields, &value, quoted);
            }
            "command_substitution" | "process_substitution" => {
                let from = self.statements(node);
                let value = match self.out.printed(&from).filter(|_| node.kind() == "command_substitution") {
                    Some(known) => {
                        Word { text: known.text().trim_end_matches('\n').to_owned(), from, recipe: known.recipe }
                    }
                    None => Word { from, ..Word::unknown() },
                };
                expanded(fields, &value, quoted || value.text.starts_with(HOLE));
            }
            "arithmetic_expansion" => fields.literal(&HOLE.to_string()),
            _ => {
                let text = unescaped(self.slice(node), |_| true);
                fields.literal(&text);
            }
        }
    }

    /// Text in double quotes; what the grammar leaves between its parts belongs to it.
    fn string(&mut self, node: Node<'_>, fields: &mut Fields) {
        fields.open = true;
        let end =
            node.end_byte().saturating_sub(usize::from(self.slice(node).len() > 1 && self.slice(node).ends_with('"')));
        let start = node.start_byte() + self.slice(node).find('"').map_or(0, |at| at + 1);
        self.mixed(node, start..end, fields, |c| "\"\\$`\n".contains(c));
    }

    /// Text with expansions in it; `escapable` says which characters a backslash hides.
    fn mixed(
        &mut self,
        node: Node<'_>,
        range: std::ops::Range<usize>,
        fields: &mut Fields,
        escapable: fn(char) -> bool,
    ) {
        let mut at = range.start;
        let mut cursor = node.walk();
        let parts: Vec<Node<'_>> = node
            .named_children(&mut cursor)
            .filter(|part| !["string_content", "heredoc_content"].contains(&part.kind()))
            .collect();
        for part in parts {
            let before = self.text.get(at..part.start_byte()).unwrap_or_default();
            fields.literal(&unescaped(before, escapable));
            self.piece(part, fields, true);
            at = part.end_byte();
        }
        let rest = self.text.get(at..range.end).unwrap_or_default();
        fields.literal(&unescaped(rest, escapable));
    }

    /// The text of a here-document.
    pub(super) fn here_document(&mut self, node: Node<'_>, quoted: bool) -> Word {
        if quoted {
            return Word::plain(self.slice(node));
        }
        let mut fields = Fields::default();
        self.mixed(node, node.byte_range(), &mut fields, |c| "\\$`\n".contains(c));
        self.limit(&mut fields.current);
        fields.current
    }

    /// The value of a variable by its bare name; one that the text does not set stays as it is written.
    fn variable(&self, name: &str) -> Word {
        match name {
            "@" | "*" => Word::default(),
            "IFS" => Word::plain(" "),
            _ => match self.variables.get(name) {
                Some(value) => value.clone(),
                None if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                    Word::plain(&format!("${name}"))
                }
                None => {
                    let given = name.parse::<usize>().ok().and_then(|at| self.arguments.get(at));
                    given.cloned().unwrap_or_else(Word::unknown)
                }
            },
        }
    }

    /// `${name}` and its operators.
    fn expansion(&mut self, text: &str) -> Word {
        let inner = text.trim_start_matches('$');
        let inner = inner.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(inner);
        if inner.starts_with(['#', '!']) && inner.len() > 1 {
            return Word::unknown();
        }
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let (name, operator) = inner.split_at(end);
        if name.is_empty() {
            if matches!(inner, "@" | "*") {
                return self.arguments.iter().skip(1).fold(Word::default(), |mut all, argument| {
                    if !all.text.is_empty() {
                        all.text.push(' ');
                    }
                    all.append(argument);
                    all
                });
            }
            return if inner.starts_with(['@', '*']) { Word::default() } else { Word::unknown() };
        }
        let value = self.variable(name);
        let set = self.variables.contains_key(name);
        let changed = |text: String| Word { text, ..value.clone() };
        match operator {
            "" => value,
            _ if name == "IFS" => value,
            _ if operator.starts_with('[') => value,
            _ if operator.starts_with(":-") || operator.starts_with(":=") || operator.starts_with('-') => {
                let default = operator.trim_start_matches([':', '-', '=']).trim_matches(['"', '\'']);
                if set { value } else { Word::plain(default) }
            }
            _ if operator.starts_with('/') && set => {
                replaced(&value.text, operator).map_or_else(Word::unknown, changed)
            }
            _ if operator.starts_with(':') => {
                if set && !self.out.spend(value.text.len()) {
                    return Word::unknown();
                }
                // The first character of these is the same everywhere.
                let known = if set {
                    Some(value.text.as_str())
                } else {
                    ["PATH", "HOME", "PWD", "SHELL"].contains(&name).then_some("/")
                };
                let most = if set { usize::MAX } else { 1 };
                known.and_then(|text| cut(text, operator, most)).map_or_else(Word::unknown, changed)
            }
            _ if operator.starts_with(['^', ',']) && set => {
                let text = &value.text;
                changed(if operator.starts_with('^') { text.to_uppercase() } else { text.to_lowercase() })
            }
            _ => Word { from: value.from, ..Word::unknown() },
        }
    }
}

fn expanded(fields: &mut Fields, value: &Word, quoted: bool) {
    if quoted { fields.whole(value) } else { fields.parted(value) }
}

/// `:from:length` of a text; `None` past the part that is known.
fn cut(text: &str, operator: &str, most: usize) -> Option<String> {
    let mut parts = operator.trim_start_matches(':').split(':');
    let from: isize = parts.next()?.trim().parse().ok()?;
    let chars: Vec<char> = text.chars().collect();
    let start = if from < 0 { chars.len().checked_sub(from.unsigned_abs())? } else { from.unsigned_abs() };
    let length: usize = match parts.next() {
        Some(length) => length.trim().parse().ok()?,
        None => chars.len().checked_sub(start)?,
    };
    (start.saturating_add(length) <= most).then(|| chars.iter().skip(start).take(length).collect())
}

/// `/from/to` and `//from/to` with plain text.
fn replaced(text: &str, operator: &str) -> Option<String> {
    let all = operator.starts_with("//");
    let mut parts = operator.trim_start_matches('/').splitn(2, '/');
    let (from, to) =
        (parts.next()?.trim_matches(['"', '\'']), parts.next().unwrap_or_default().trim_matches(['"', '\'']));
    if from.is_empty() || from.contains(['*', '?', '[', '\\', '$']) || to.contains('$') {
        return None;
    }
    let count = if all { text.matches(from).count() } else { 1 };
    (count * to.len() <= MAX_WORD).then(|| text.replacen(from, to, count))
}

/// Backslashes taken away before the characters that they hide.
fn unescaped(text: &str, escapable: impl Fn(char) -> bool) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            // A backslash at the end of a line joins it with the next.
            Some('\n') if c == '\\' => {
                chars.next();
            }
            Some(next) if c == '\\' && escapable(*next) => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}
