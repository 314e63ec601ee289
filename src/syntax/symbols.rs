//! Where names are defined and used, by the grammars' tag queries; nothing is resolved, equal names are told apart by hand.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use tree_sitter::{Language as GrammarLanguage, Query, QueryCursor, StreamingIterator as _, Tree};

use super::ir::Language;
use super::{javascript, python};
use crate::text::Span;

/// Names bound without a function or class: variables, parameters, imports. The grammars' own tags leave them out.
const PYTHON_BOUND: &str = "
(assignment left: (identifier) @name) @definition.variable
(assignment left: (pattern_list (identifier) @name)) @definition.variable
(assignment left: (attribute attribute: (identifier) @name)) @definition.variable
(aliased_import alias: (identifier) @name) @definition.import
(import_from_statement name: (dotted_name (identifier) @name)) @definition.import
(import_statement name: (dotted_name (identifier) @name)) @definition.import
(parameters (identifier) @name) @definition.parameter
(for_statement left: (identifier) @name) @definition.variable
(as_pattern_target (identifier) @name) @definition.variable
";
const JAVASCRIPT_BOUND: &str = "
(variable_declarator name: (identifier) @name) @definition.variable
(variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @name)) @definition.variable
(import_clause (identifier) @name) @definition.import
(namespace_import (identifier) @name) @definition.import
(import_specifier name: (identifier) @name) @definition.import
(assignment_expression left: (identifier) @name) @definition.variable
(assignment_expression left: (member_expression property: (property_identifier) @name)) @definition.variable
";
/// Parameters stand otherwise in the two grammars.
const JAVASCRIPT_PARAMETERS: &str = "(formal_parameters (identifier) @name) @definition.parameter";
const TYPESCRIPT_PARAMETERS: &str = "(required_parameter pattern: (identifier) @name) @definition.parameter";

/// A name at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// Bytes of the text.
    pub span: Span,
    /// What defines the name there (`function`, `class`, `variable`); `None` where it is used.
    pub defines: Option<String>,
}

/// A parsed text.
struct Parsed {
    tree: Tree,
    definitions: &'static Option<Query>,
}

fn query(grammar: &GrammarLanguage, parts: &[&str]) -> Option<Query> {
    Query::new(grammar, &parts.concat()).ok()
}

static PYTHON: LazyLock<Option<Query>> =
    LazyLock::new(|| query(&tree_sitter_python::LANGUAGE.into(), &[tree_sitter_python::TAGS_QUERY, PYTHON_BOUND]));
static JAVASCRIPT: LazyLock<Option<Query>> = LazyLock::new(|| {
    let parts = [tree_sitter_javascript::TAGS_QUERY, JAVASCRIPT_BOUND, JAVASCRIPT_PARAMETERS];
    query(&tree_sitter_javascript::LANGUAGE.into(), &parts)
});
static TYPESCRIPT: LazyLock<Option<Query>> =
    LazyLock::new(|| typescript(&tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
static TSX: LazyLock<Option<Query>> = LazyLock::new(|| typescript(&tree_sitter_typescript::LANGUAGE_TSX.into()));

fn typescript(grammar: &GrammarLanguage) -> Option<Query> {
    let parts = [
        tree_sitter_javascript::TAGS_QUERY,
        tree_sitter_typescript::TAGS_QUERY,
        JAVASCRIPT_BOUND,
        TYPESCRIPT_PARAMETERS,
    ];
    query(grammar, &parts)
}

fn parse(text: &str, language: Language) -> Option<Parsed> {
    let (tree, grammar) = match language {
        Language::Python => python::tree(text)?,
        _ => javascript::tree(text, language)?,
    };
    // A JavaScript file with types is read by the other grammar: the query goes with the grammar that read it.
    let definitions: &'static Option<Query> = if grammar == tree_sitter_python::LANGUAGE.into() {
        &PYTHON
    } else if grammar == tree_sitter_javascript::LANGUAGE.into() {
        &JAVASCRIPT
    } else if grammar == tree_sitter_typescript::LANGUAGE_TSX.into() {
        &TSX
    } else {
        &TYPESCRIPT
    };
    Some(Parsed { tree, definitions })
}

/// The names that stand in a stretch of a text, each once, in order. `None` where the text cannot be parsed.
#[must_use]
pub fn names_in(text: &str, language: Language, within: Span) -> Option<Vec<String>> {
    let parsed = parse(text, language)?;
    let mut names: Vec<String> = Vec::new();
    leaves(&parsed, within, &mut |kind, span| {
        if is_name(kind)
            && let Some(name) = text.get(span.start..span.end)
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    });
    Some(names)
}

/// Where each of some names is defined and used in a text, in order. Empty where the text cannot be parsed.
#[must_use]
pub fn of_names(text: &str, language: Language, names: &[String]) -> Vec<Vec<Symbol>> {
    let stands = |name: &String| !name.is_empty() && text.contains(name.as_str());
    let parsed = if names.iter().any(stands) { parse(text, language) } else { None };
    let found = |name: &String| parsed.as_ref().map_or_else(Vec::new, |parsed| of_name(parsed, text, name));
    names.iter().map(found).collect()
}

fn of_name(parsed: &Parsed, text: &str, name: &str) -> Vec<Symbol> {
    let mut found: Vec<Symbol> = Vec::new();
    leaves(parsed, Span { start: 0, end: text.len() }, &mut |kind, span| {
        if is_name(kind) && text.get(span.start..span.end) == Some(name) {
            found.push(Symbol { span, defines: None });
        }
    });
    let Some(query) = parsed.definitions else { return found };
    let captures = query.capture_names();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(query, parsed.tree.root_node(), text.as_bytes());
    while let Some(hit) = matches.next() {
        let named = hit.captures().iter().find(|c| captures.get(c.index as usize) == Some(&"name"));
        let what = hit.captures().iter().find_map(|c| captures.get(c.index as usize)?.strip_prefix("definition."));
        let (Some(named), Some(what)) = (named, what) else { continue };
        let range = named.node.byte_range();
        if text.get(range.clone()) != Some(name) {
            continue;
        }
        // The most telling word stays: a function that is assigned is no mere variable.
        if let Ok(at) = found.binary_search_by_key(&range.start, |symbol| symbol.span.start)
            && let Some(symbol) = found.get_mut(at)
            && symbol.defines.as_deref().is_none_or(|known| known == "variable")
        {
            symbol.defines = Some(what.to_owned());
        }
    }
    found
}

fn is_name(kind: &str) -> bool {
    kind.ends_with("identifier") || kind == "shorthand_property_identifier_pattern"
}

/// Calls `look` with the kind and place of every leaf that touches a stretch, in order; without recursion, for trees are
/// as deep as their author likes.
fn leaves(parsed: &Parsed, within: Span, look: &mut dyn FnMut(&str, Span)) {
    let mut cursor = parsed.tree.walk();
    loop {
        let node = cursor.node();
        let range = node.byte_range();
        let touches = range.start < within.end && range.end > within.start;
        if touches && cursor.goto_first_child() {
            continue;
        }
        if touches && node.child_count() == 0 {
            look(node.kind(), Span { start: range.start, end: range.end });
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_fit_their_grammars() {
        for query in [&PYTHON, &JAVASCRIPT, &TYPESCRIPT, &TSX] {
            assert!(query.is_some());
        }
    }

    #[rstest::rstest]
    #[case(Language::Python, "import os\ndef send(data):\n    post(data)\nsend(1)\n", "send", &[("function", 2), ("", 4)])]
    #[case(Language::Python, "def f(data):\n    return data\n", "data", &[("parameter", 1), ("", 2)])]
    #[case(Language::Python, "import base64 as b\nb.x()\n", "b", &[("import", 1), ("", 2)])]
    #[case(Language::JavaScript, "const send = (a) => a;\nsend(2);\n", "send", &[("function", 1), ("", 2)])]
    #[case(Language::JavaScript, "class A { run() {} }\nnew A().run();\n", "run", &[("method", 1), ("", 2)])]
    #[case(Language::JavaScript, "const { exec } = require('child_process');\nexec('x');\n", "exec", &[("variable", 1), ("", 2)])]
    #[case(Language::TypeScript, "function send(a: string) {}\nsend('x');\n", "send", &[("function", 1), ("", 2)])]
    fn definitions_and_uses(
        #[case] language: Language,
        #[case] text: &str,
        #[case] name: &str,
        #[case] expected: &[(&str, usize)],
    ) {
        let line = |span: Span| 1 + text[..span.start].matches('\n').count();
        let found: Vec<(String, usize)> = of_names(text, language, &[name.to_owned()])
            .into_iter()
            .flatten()
            .map(|symbol| (symbol.defines.unwrap_or_default(), line(symbol.span)))
            .collect();
        let expected: Vec<(String, usize)> = expected.iter().map(|(what, line)| ((*what).to_owned(), *line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_of_a_line() {
        let text = "import os\nos.system(run)\n";
        let line = Span { start: 10, end: 24 };
        assert_eq!(names_in(text, Language::Python, line).unwrap(), ["os", "system", "run"]);
    }

    #[test]
    fn deep_nesting_is_no_stack() {
        let text = format!("{}x{}", "(".repeat(50_000), ")".repeat(50_000));
        let _ = of_names(&text, Language::JavaScript, &["x".to_owned()]);
    }
}
