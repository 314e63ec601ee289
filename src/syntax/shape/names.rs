//! Which names of a JavaScript text are local, and which uses mean the same one.
//!
//! Two texts with the same numbers at the same places differ in local names only, and the renaming is one for one. Names of
//! the top level stay as they are: other files may see them.

use std::collections::{HashMap, HashSet};

use tree_sitter::{Node, Tree};

/// The local names of a text.
pub(super) struct Names {
    /// Number of the variable by the first byte of a use.
    uses: HashMap<usize, u32>,
    /// Variables whose name the program may read: those of functions and classes where it asks for a `name`.
    read: HashSet<u32>,
}

impl Names {
    /// The variable that a name at a byte means, if it is a local one.
    pub(super) fn local(&self, at: usize) -> Option<u32> {
        self.uses.get(&at).copied()
    }

    /// Whether the program may ask for this variable's name.
    pub(super) fn is_read(&self, number: u32) -> bool {
        self.read.contains(&number)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Declares {
    Nothing,
    /// Seen in the whole function.
    Var,
    /// Seen in the scope it stands in.
    Here,
}

struct Scope<'t> {
    parent: Option<usize>,
    /// Whether `var` goes here.
    function: bool,
    names: HashMap<&'t str, usize>,
}

struct Resolver<'t> {
    text: &'t str,
    scopes: Vec<Scope<'t>>,
    variables: usize,
    /// Uses, by their place in `uses`, that give a function or class the name.
    naming: Vec<usize>,
    uses: Vec<(usize, &'t str, usize)>,
    reads_names: bool,
}

/// Numbers the local names; `None` where a name may mean what its place does not tell (`eval`, `with`) or the rules of
/// browsers and those of the standard differ.
pub(super) fn names(tree: &Tree, text: &str) -> Option<Names> {
    let top = Scope { parent: None, function: true, names: HashMap::new() };
    let mut resolver =
        Resolver { text, scopes: vec![top], variables: 0, naming: Vec::new(), uses: Vec::new(), reads_names: false };
    let mut cursor = tree.walk();
    // Of every open node: itself, the scope of its children, and whether they declare.
    let mut open: Vec<(Node<'_>, usize, Declares)> = Vec::new();
    'nodes: loop {
        let node = cursor.node();
        let (scope, declares) = match open.last() {
            Some((parent, scope, inherited)) => {
                let field = cursor.field_name().unwrap_or_default();
                let outer = open.len().checked_sub(2).and_then(|at| open.get(at));
                // A function's own name, and a method's, belong outside of its parameters.
                let expression = matches!(parent.kind(), "function_expression" | "generator_function");
                let outside = field == "name" && is_function(parent.kind()) && !expression;
                let scope = if outside { outer.map_or(0, |(_, scope, _)| *scope) } else { *scope };
                (scope, declares(*parent, outer.map(|(node, ..)| *node), field, *inherited))
            }
            None => (0, Declares::Nothing),
        };
        resolver.enter(node, scope, declares, &open)?;
        let inner = resolver.scope_of_children(node, scope, open.last().map(|(parent, ..)| parent.kind()));
        if node.kind() != "string" && cursor.goto_first_child() {
            open.push((node, inner, declares));
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'nodes;
            }
            open.pop();
        }
    }
    Some(resolver.finish())
}

fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_declaration"
            | "function_expression"
            | "generator_function_declaration"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
    )
}

/// Whether a name in this place of its parent is declared there.
fn declares(parent: Node<'_>, outer: Option<Node<'_>>, field: &str, inherited: Declares) -> Declares {
    let let_or_var = |is_var: bool| if is_var { Declares::Var } else { Declares::Here };
    match (parent.kind(), field) {
        ("variable_declarator", "name") => {
            let_or_var(outer.is_some_and(|outer| outer.kind() == "variable_declaration"))
        }
        ("for_in_statement", "left") => match parent.child_by_field_name("kind") {
            Some(kind) => let_or_var(kind.kind() == "var"),
            None => Declares::Nothing,
        },
        ("formal_parameters", _) | ("arrow_function" | "catch_clause", "parameter") => Declares::Here,
        ("class_declaration" | "class" | "function_expression" | "generator_function", "name") => Declares::Here,
        ("function_declaration" | "generator_function_declaration", "name") => Declares::Var,
        ("object_pattern" | "array_pattern" | "rest_pattern", _) => inherited,
        ("assignment_pattern" | "object_assignment_pattern", "left") | ("pair_pattern", "value") => inherited,
        _ => Declares::Nothing,
    }
}

impl<'t> Resolver<'t> {
    /// Notes what a node says of names; `None` where it makes them unsure.
    fn enter(
        &mut self,
        node: Node<'_>,
        scope: usize,
        declares: Declares,
        open: &[(Node<'_>, usize, Declares)],
    ) -> Option<()> {
        let kind = node.kind();
        if matches!(kind, "with_statement" | "class_static_block") || kind.starts_with("jsx_") {
            return None;
        }
        let own = self.text.get(node.byte_range()).unwrap_or_default();
        if matches!(kind, "function_declaration" | "generator_function_declaration") {
            // Inside of a block the standard and its appendix for browsers disagree on where the name is seen.
            let kinds: Vec<&str> = open.iter().rev().take(2).map(|(node, ..)| node.kind()).collect();
            let of_function =
                kinds.first() == Some(&"statement_block") && kinds.get(1).is_some_and(|kind| is_function(kind));
            if !of_function && !matches!(kinds.first(), Some(&("program" | "export_statement"))) {
                return None;
            }
        }
        match kind {
            "identifier" | "shorthand_property_identifier" | "shorthand_property_identifier_pattern" => {
                // A name with an escape is another spelling of a name.
                if own.contains('\\') || ["eval", "Function"].contains(&own) {
                    return None;
                }
                let name = own;
                if declares != Declares::Nothing {
                    self.declare(name, scope, declares);
                }
                if open.last().is_some_and(|(parent, ..)| names_function(*parent)) {
                    self.naming.push(self.uses.len());
                }
                self.uses.push((node.start_byte(), name, scope));
            }
            "property_identifier" if own == "callee" || own.contains('\\') => return None,
            "property_identifier" if own == "name" => self.reads_names = true,
            // `f['name']`, and any name that is put together.
            "string" if own.len() == 6 && own.contains("name") => self.reads_names = true,
            _ => {}
        }
        Some(())
    }

    fn declare(&mut self, name: &'t str, scope: usize, declares: Declares) {
        let mut at = scope;
        if declares == Declares::Var {
            while let Some(Scope { function: false, parent: Some(parent), .. }) = self.scopes.get(at) {
                at = *parent;
            }
        }
        // A `var` of a parameter's name is that parameter; its scope is the one around the body's.
        let known = |scope: Option<&Scope<'_>>| scope.and_then(|scope| scope.names.get(name).copied());
        let parameters = match declares {
            Declares::Var => self.scopes.get(at).and_then(|body| body.parent).and_then(|at| self.scopes.get(at)),
            _ => None,
        };
        let parameters = parameters.filter(|scope| scope.function);
        if known(self.scopes.get(at)).or_else(|| known(parameters)).is_some() {
            return;
        }
        let variable = self.variables;
        self.variables += 1;
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.names.insert(name, variable);
        }
    }

    /// The scope that a node opens for its children, or the one that it stands in.
    fn scope_of_children(&mut self, node: Node<'_>, scope: usize, parent: Option<&str>) -> usize {
        let kind = node.kind();
        let of_function = is_function(kind) || kind == "statement_block" && parent.is_some_and(is_function);
        let of_block = matches!(
            kind,
            "statement_block" | "for_statement" | "for_in_statement" | "switch_body" | "catch_clause" | "class"
        );
        if !of_function && !of_block {
            return scope;
        }
        let mut open = |parent, function| {
            self.scopes.push(Scope { parent: Some(parent), function, names: HashMap::new() });
            self.scopes.len() - 1
        };
        open(scope, of_function)
    }

    fn finish(self) -> Names {
        let mut numbers: HashMap<usize, u32> = HashMap::new();
        let mut uses = HashMap::with_capacity(self.uses.len());
        for (at, name, scope) in &self.uses {
            let Some(variable) = self.variable(name, *scope) else { continue };
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            uses.insert(*at, *numbers.entry(variable).or_insert(next));
        }
        let read = match self.reads_names {
            true => {
                let named = self.naming.iter().filter_map(|at| self.uses.get(*at));
                let variables = named.filter_map(|(_, name, scope)| self.variable(name, *scope));
                variables.filter_map(|variable| numbers.get(&variable).copied()).collect()
            }
            false => HashSet::new(),
        };
        Names { uses, read }
    }

    /// The local variable that a name means in a scope.
    fn variable(&self, name: &str, scope: usize) -> Option<usize> {
        let mut at = Some(scope);
        while let Some(scope) = at.and_then(|at| self.scopes.get(at)) {
            // What stands at the top is no local name.
            scope.parent?;
            if let Some(variable) = scope.names.get(name) {
                return Some(*variable);
            }
            at = scope.parent;
        }
        None
    }
}

/// Whether a name in this node may become the name of a function or class.
fn names_function(parent: Node<'_>) -> bool {
    match parent.kind() {
        "variable_declarator"
        | "assignment_pattern"
        | "object_assignment_pattern"
        | "assignment_expression"
        | "augmented_assignment_expression" => {
            let value = parent.child_by_field_name("value").or_else(|| parent.child_by_field_name("right"));
            let named = |kind: &str| is_function(kind) || matches!(kind, "class" | "parenthesized_expression");
            value.is_some_and(|value| named(value.kind()))
        }
        kind => is_function(kind) || kind.starts_with("class"),
    }
}
