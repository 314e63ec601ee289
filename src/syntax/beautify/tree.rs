//! Tokens of JavaScript by its syntax tree: what begins a statement begins a line.

use tree_sitter::{Node, TreeCursor};

use super::token::{Break, Space, Token};
use crate::syntax::ir::Language;
use crate::syntax::{budget, javascript};

/// Longest object, list of imports or pattern that stays on one line, bytes.
const SHORT_OBJECT: usize = 50;
/// Longest array that stays on one line, bytes.
const SHORT_ARRAY: usize = 80;
/// Longest row of expressions or declarations that stays on one line, bytes.
const SHORT_LIST: usize = 60;
/// Longest text that is parsed only to learn what it is.
const LOOK: usize = 4 << 20;
/// Rounds of a hundred parser operations for that, and the bytes that allow one more.
const ROUNDS: usize = 2000;
const BYTES_PER_ROUND: usize = 8;

/// Whether a text without a name is JavaScript: its grammar takes it, and either Python's does not or it uses JavaScript's words.
pub(super) fn reads_as_javascript(text: &str) -> bool {
    if text.len() > LOOK || text.trim().is_empty() {
        return false;
    }
    let rounds = ROUNDS + text.len() / BYTES_PER_ROUND;
    let parses = |grammar: tree_sitter::Language| {
        budget::parse(text, &grammar, rounds).is_some_and(|tree| !tree.root_node().has_error())
    };
    let words = ["function", "=>", "var ", "const ", "let ", "require(", "};", "});"];
    parses(tree_sitter_javascript::LANGUAGE.into())
        && (words.iter().any(|word| text.contains(word)) || !parses(tree_sitter_python::LANGUAGE.into()))
}

/// The tokens of a text; `None` where parsing takes too long.
pub(super) fn tokens(text: &str, language: Language) -> Option<Vec<Token>> {
    let (tree, _) = javascript::tree(text, language)?;
    let mut walk = Walk { text, tokens: Vec::new(), line: None, after_comma: false };
    let mut cursor = tree.walk();
    let root = Frame { kind: "", above: "", group: Group::Plain, item: 0, children: 0 };
    let mut frames = vec![root];
    // Down, aside and up again without a call for each level: a hostile tree is deeper than any stack.
    loop {
        let frame = frames.last_mut()?;
        if let Some(inner) = walk.enter(&cursor, frame)
            && cursor.goto_first_child()
        {
            frames.push(inner);
            continue;
        }
        loop {
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return Some(walk.tokens);
            }
            frames.pop();
        }
    }
}

/// How the children of a node are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// As they come.
    Plain,
    /// The program: a line each.
    Program,
    /// Between brackets, a line each, one step further in.
    Lines,
    /// Between brackets, as many on a line as fit, one step further in.
    Fill,
    /// `case` and its statements.
    Case,
    /// The first stays, the others get a line each, one step further in.
    List,
    /// A stretch that the parser could not place.
    Broken,
}

/// A node whose children are walked.
#[derive(Debug, Clone, Copy)]
struct Frame<'t> {
    kind: &'t str,
    /// The kind of the node above it.
    above: &'t str,
    group: Group,
    /// Indentation of the line that the node stands in.
    item: u16,
    /// Named children so far.
    children: usize,
}

struct Walk<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// The wish of a node that begins here, for its first token.
    line: Option<(Break, u16)>,
    after_comma: bool,
}

impl Walk<'_> {
    /// Takes a node in: a token is written, of another node the frame of its children is given.
    fn enter<'t>(&mut self, cursor: &TreeCursor<'t>, parent: &mut Frame<'t>) -> Option<Frame<'t>> {
        let node = cursor.node();
        let kind = node.kind();
        let named = node.is_named();
        let comment = matches!(kind, "comment" | "html_comment" | "hash_bang_line");
        let mut item = parent.item;
        let deeper = parent.item.saturating_add(1);
        if named && self.line.is_none() {
            let statement = || kind.ends_with("_statement") || kind.ends_with("_declaration");
            self.line = match parent.group {
                Group::Program => Some((Break::Always, parent.item)),
                Group::Lines => Some((Break::Always, deeper)),
                Group::Fill if parent.children == 0 || breaks(node, kind) => Some((Break::Always, deeper)),
                Group::Fill => Some((Break::Kept, deeper)),
                Group::Case if cursor.field_name() == Some("body") => Some((Break::Always, deeper)),
                Group::List if parent.children > 0 && !comment => Some((Break::Always, deeper)),
                Group::Broken if statement() => Some((Break::Always, parent.item)),
                _ => None,
            };
        }
        if let Some((_, indent)) = self.line.filter(|_| named && parent.group != Group::Plain) {
            item = indent;
        }
        parent.children += usize::from(named && !comment);
        let whole = comment
            || matches!(
                kind,
                "string" | "template_string" | "regex" | "jsx_text" | "jsx_element" | "jsx_self_closing_element"
            );
        if node.child_count() == 0 || whole {
            self.token(node, kind, named, comment, parent);
            return None;
        }
        let group = if node.is_error() { Group::Broken } else { group(node, kind, parent.kind) };
        Some(Frame { kind, above: parent.kind, group, item, children: 0 })
    }

    fn token(&mut self, node: Node<'_>, kind: &str, named: bool, comment: bool, parent: &Frame<'_>) {
        let (start, end) = (node.start_byte(), node.end_byte());
        if start == end {
            // A token that the parser missed: it is not there.
            return;
        }
        let wish = self.line.take();
        let mut token = Token::new(start, end);
        (token.line, token.indent) = wish.unwrap_or((Break::Kept, parent.item.saturating_add(1)));
        token.wrap = self.after_comma && !comment;
        self.after_comma = false;
        if comment {
            let first = self.text.get(start..start + 2).unwrap_or_default();
            token.to_line_end = first != "/*";
            // A comment behind code stays there.
            if token.line == Break::Always && !self.begins_line(start) {
                token.line = Break::Kept;
            }
        } else if !named {
            self.sign(&mut token, kind, parent);
        }
        self.tokens.push(token);
    }

    /// What operators, brackets and words of the language want.
    fn sign(&mut self, token: &mut Token, kind: &str, parent: &Frame<'_>) {
        let bracketed = matches!(parent.group, Group::Lines | Group::Fill);
        let operation = matches!(
            parent.kind,
            "binary_expression"
                | "assignment_expression"
                | "augmented_assignment_expression"
                | "assignment_pattern"
                | "object_assignment_pattern"
                | "variable_declarator"
                | "field_definition"
                | "public_field_definition"
                | "ternary_expression"
        );
        match kind {
            "," | ";" => {
                token.space = Space::Behind;
                if token.line == Break::Kept {
                    token.line = Break::Never;
                }
                self.after_comma = kind == ",";
            }
            "}" | "]" if bracketed => (token.line, token.indent) = (Break::Always, parent.item),
            "{" => token.space = Space::Before,
            "=>" => token.space = Space::Around,
            "else" | "catch" | "finally" => {
                token.space = Space::Around;
                let after_brace = self.tokens.last().is_some_and(|t| self.text.get(t.start..t.end) == Some("}"));
                let line = if after_brace { Break::Kept } else { Break::Always };
                (token.line, token.indent) = (line, parent.item);
            }
            "while" if parent.kind == "do_statement" => token.space = Space::Around,
            ":" if parent.kind != "ternary_expression" => token.space = Space::Behind,
            // What stands behind the head of a loop or condition stands apart from it.
            ")" if matches!(parent.kind, "for_statement" | "for_in_statement")
                || (parent.kind == "parenthesized_expression"
                    && matches!(parent.above, "if_statement" | "while_statement" | "with_statement")) =>
            {
                token.space = Space::Behind;
            }
            "(" | ")" | "[" | "]" => {}
            _ if operation => {
                token.space = Space::Around;
                token.wrap |= matches!(kind, "&&" | "||" | "??" | "?" | ":" | "+");
            }
            "if" | "for" | "while" | "do" | "switch" | "with" | "return" | "throw" | "typeof" | "void" | "delete"
            | "case" | "in" | "of" | "await" | "yield" | "var" | "let" | "const" | "new" | "try" | "from"
            | "import" | "export" | "extends" => token.space = Space::Behind,
            _ => {}
        }
    }

    /// Whether only white space stands between a place and the start of its line.
    fn begins_line(&self, at: usize) -> bool {
        let after = self.tokens.last().map_or(0, |token| token.end);
        after == 0 || self.text.get(after..at).is_some_and(|gap| gap.contains('\n'))
    }
}

/// The layout of a node's children.
fn group(node: Node<'_>, kind: &str, parent: &str) -> Group {
    let length = node.end_byte() - node.start_byte();
    let inner = || node.named_child_count();
    match kind {
        "program" => Group::Program,
        "statement_block" | "class_body" | "switch_body" if inner() > 0 => Group::Lines,
        "object" | "object_pattern" | "named_imports" | "export_clause" if length > SHORT_OBJECT && inner() > 0 => {
            Group::Lines
        }
        "array" if length > SHORT_ARRAY && inner() > 0 => Group::Fill,
        "switch_case" | "switch_default" => Group::Case,
        "sequence_expression" if length > SHORT_LIST && parent != "for_statement" => Group::List,
        "variable_declaration" | "lexical_declaration"
            if length > SHORT_LIST && inner() > 1 && parent != "for_statement" =>
        {
            Group::List
        }
        _ => Group::Plain,
    }
}

/// Whether an element of an array gets a line of its own.
fn breaks(node: Node<'_>, kind: &str) -> bool {
    matches!(kind, "object" | "array" | "function_expression" | "arrow_function" | "call_expression")
        && node.end_byte() - node.start_byte() > SHORT_OBJECT
}
