//! A tree as a flat list: what opens, what closes, and the leaves between, without what formatting changes.

use std::borrow::Cow;

use tree_sitter::{Node, Tree};

use super::names::Names;

/// One entry of the list.
#[derive(Debug, PartialEq)]
pub(super) enum Item<'t> {
    /// A node with children begins: its kind.
    Open(u16),
    /// It ends.
    Close,
    /// A node without children: its kind and its text in the one way to write it.
    Leaf(u16, Cow<'t, str>),
    /// Text between two nodes that is no ordinary blank.
    Gap(&'t str),
    /// A local name, by its number of first use.
    Local(u32),
    /// A truth value, however it is spelled.
    Truth(bool),
    /// A number, however it is spelled.
    Number(u64),
}

/// Statements that a semicolon may end.
const STATEMENTS: [&str; 11] = [
    "expression_statement",
    "variable_declaration",
    "lexical_declaration",
    "return_statement",
    "throw_statement",
    "break_statement",
    "continue_statement",
    "debugger_statement",
    "import_statement",
    "export_statement",
    "do_statement",
];

/// Lists in which a comma before the closing bracket changes nothing.
const LISTS: [&str; 14] = [
    "arguments",
    "array",
    "object",
    "object_pattern",
    "formal_parameters",
    "named_imports",
    "export_clause",
    "argument_list",
    "list",
    "dictionary",
    "set",
    "parameters",
    "tuple",
    "enum_body",
];

/// Flattens a tree. With names, local names count by their number and literals by their value.
pub(super) fn leaves<'t>(tree: &'t Tree, text: &'t str, names: Option<&Names>) -> Vec<Item<'t>> {
    let mut cursor = tree.walk();
    let mut out = Vec::new();
    let mut open: Vec<&'t str> = Vec::new();
    let mut at = 0;
    'nodes: loop {
        let node = cursor.node();
        let parent = open.last().copied().unwrap_or_default();
        gap(&mut out, text.get(at..node.start_byte()).unwrap_or_default(), parent);
        let done = leaf(&mut out, node, parent, text, names);
        if !done && cursor.goto_first_child() {
            out.push(Item::Open(node.kind_id()));
            open.push(node.kind());
            at = at.max(node.start_byte());
            continue;
        }
        at = at.max(node.end_byte());
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'nodes;
            }
            let node = cursor.node();
            gap(&mut out, text.get(at..node.end_byte()).unwrap_or_default(), node.kind());
            at = at.max(node.end_byte());
            if STATEMENTS.contains(&node.kind()) && is_mark(out.last(), ";") {
                out.pop();
            }
            out.push(Item::Close);
            open.pop();
        }
    }
    gap(&mut out, text.get(at..).unwrap_or_default(), "");
    out
}

/// Adds a node that is compared by its text; `false` where its children have to be looked at.
fn leaf<'t>(out: &mut Vec<Item<'t>>, node: Node<'t>, parent: &str, text: &'t str, names: Option<&Names>) -> bool {
    let own = text.get(node.byte_range()).unwrap_or_default();
    let kind = node.kind();
    let whole = |out: &mut Vec<Item<'t>>, text: Cow<'t, str>| out.push(Item::Leaf(node.kind_id(), text));
    match kind {
        "string" => {
            let plain = if parent == "jsx_attribute" { None } else { string(own, node) };
            whole(out, plain.unwrap_or(Cow::Borrowed(own)));
        }
        "template_string" if own.contains("${") => return false,
        "template_string" | "regex" | "comment" | "hash_bang_line" | "html_comment" => whole(out, Cow::Borrowed(own)),
        "line_continuation" => {}
        "unary_expression" if names.is_some() && own == "!0" => out.push(Item::Truth(true)),
        "unary_expression" if names.is_some() && own == "!1" => out.push(Item::Truth(false)),
        _ if node.child_count() > 0 => return false,
        "true" | "false" if names.is_some() => out.push(Item::Truth(own == "true")),
        "number" if names.is_some() => match number(own) {
            Some(value) => out.push(Item::Number(value)),
            None => whole(out, Cow::Borrowed(own)),
        },
        ";" if parent == "class_body" || ["module", "block"].contains(&parent) => {}
        ")" | "]" | "}" if LISTS.contains(&parent) => {
            let before = out.len().checked_sub(2).and_then(|at| out.get(at));
            let hole = ["(", "[", "{", ","].iter().any(|mark| is_mark(before, mark));
            // `(a,)` is a tuple of its own kind; `(a, b,)` and `(a, b)` are one.
            if is_mark(out.last(), ",") && !hole {
                out.pop();
            }
            whole(out, Cow::Borrowed(own));
        }
        _ => {
            let local = names.and_then(|names| names.local(node.start_byte()));
            match local {
                Some(number) => {
                    // A shorthand is a property as well, whose name counts.
                    let exact = kind.starts_with("shorthand") || names.is_some_and(|names| names.is_read(number));
                    if exact {
                        whole(out, Cow::Borrowed(own));
                    }
                    out.push(Item::Local(number));
                }
                None => whole(out, Cow::Borrowed(own)),
            }
        }
    }
    true
}

fn is_mark(item: Option<&Item<'_>>, mark: &str) -> bool {
    matches!(item, Some(Item::Leaf(_, text)) if text == mark)
}

/// Text between nodes: ordinary blanks are formatting, everything else and blanks inside of texts are not.
fn gap<'t>(out: &mut Vec<Item<'t>>, gap: &'t str, parent: &str) {
    let exact = parent == "template_string" || parent.starts_with("jsx_");
    let blank = gap.bytes().all(|byte| b" \t\n\x0C".contains(&byte));
    if !gap.is_empty() && (exact || !blank) {
        out.push(Item::Gap(gap));
    }
}

/// A string by its prefix and content, whatever its quotes; `None` where only its exact text will do.
fn string<'t>(own: &'t str, node: Node<'t>) -> Option<Cow<'t, str>> {
    let at = own.find(['\'', '"'])?;
    let (prefix, quoted) = own.split_at_checked(at)?;
    if prefix.chars().any(|letter| "fFtT".contains(letter)) && node.child_count() > 3 {
        return None;
    }
    let triple = quoted.starts_with("'''") || quoted.starts_with("\"\"\"");
    let quote = if triple && quoted.len() >= 6 { 3 } else { 1 };
    let content = quoted.get(quote..quoted.len().checked_sub(quote)?)?;
    let mut plain = format!("{}\"", prefix.to_ascii_lowercase());
    if prefix.contains(['r', 'R']) {
        plain.push_str(content);
        return Some(Cow::Owned(plain));
    }
    let mut chars = content.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some(quote @ ('\'' | '"')) => plain.push(quote),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    Some(Cow::Owned(plain))
}

/// The bits of a JavaScript number that is written in decimal or hexadecimal.
fn number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        // Beyond 2^53 the two notations may round apart.
        return u64::from_str_radix(digits, 16)
            .ok()
            .filter(|value| *value < 1 << 53)
            .map(|value| (value as f64).to_bits());
    }
    let old_octal = lower.len() > 1 && lower.starts_with('0') && !lower.starts_with("0.") && !lower.starts_with("0e");
    let plain = lower.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte));
    if old_octal || !plain {
        return None;
    }
    lower.parse::<f64>().ok().map(f64::to_bits)
}
