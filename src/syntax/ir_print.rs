//! Writes a unit as one compact S-expression, so that a test of the lowering is one row.

use std::fmt::Write as _;

use super::ir::{Arg, Bind, Label, Node, NodeId, ParamKind, Unit};

/// The whole unit: statements of the top level joined by `; `.
pub fn print(unit: &Unit) -> String {
    let mut out = String::new();
    match unit.node(unit.body) {
        Node::Seq(statements) => {
            for (i, id) in statements.iter().enumerate() {
                out += if i == 0 { "" } else { "; " };
                node(unit, *id, &mut out);
            }
        }
        _ => node(unit, unit.body, &mut out),
    }
    out
}

/// `(head child child)`.
fn form(unit: &Unit, head: &str, children: impl IntoIterator<Item = NodeId>, out: &mut String) {
    *out += "(";
    *out += head;
    for child in children {
        *out += " ";
        node(unit, child, out);
    }
    *out += ")";
}

fn node(unit: &Unit, id: NodeId, out: &mut String) {
    let optional = |head: &str, child: &Option<NodeId>, out: &mut String| form(unit, head, *child, out);
    match unit.node(id) {
        Node::Null => *out += "null",
        Node::Bool(value) => *out += &value.to_string(),
        Node::Num(value) => *out += &value.to_string(),
        Node::Integer(text) => *out += text,
        Node::Str(text) => write!(out, "{text:?}").unwrap(),
        Node::Bytes(bytes) => write!(out, "b\"{}\"", bytes.escape_ascii()).unwrap(),
        Node::Name(name) => *out += name,
        Node::Template(parts) => form(unit, "template", parts.iter().copied(), out),
        Node::List(items) => form(unit, "list", items.iter().copied(), out),
        Node::Dict(pairs) => form(unit, "dict", pairs.iter().flat_map(|(key, value)| [*key, *value]), out),
        Node::Spread(value) => form(unit, "...", [*value], out),
        Node::Member(object, name) => form(unit, &format!(". {name}"), [*object], out),
        Node::Index(object, key) => form(unit, "at", [*object, *key], out),
        Node::Slice(object, parts) => {
            form(unit, "slice", [*object], out);
            out.pop();
            for part in parts {
                *out += " ";
                match part {
                    Some(part) => node(unit, *part, out),
                    None => *out += "_",
                }
            }
            *out += ")";
        }
        Node::Call { callee, args, new } => {
            form(unit, if *new { "new" } else { "call" }, [*callee], out);
            out.pop();
            for Arg { name, value } in args {
                *out += " ";
                if let Some(name) = name {
                    write!(out, "{name}=").unwrap();
                }
                node(unit, *value, out);
            }
            *out += ")";
        }
        Node::Function(index) => function(unit, *index, out),
        Node::Class(index) => {
            let class = &unit.classes[*index as usize];
            let head = format!("class {}", class.name.as_deref().unwrap_or("_"));
            form(unit, &head, class.bases.iter().copied().chain([class.body]), out);
        }
        Node::Unary(op, value) => form(unit, &format!("{op:?}"), [*value], out),
        Node::Binary(op, values) => form(unit, &format!("{op:?}"), values.iter().copied(), out),
        Node::Logic(logic, values) => form(unit, &format!("{logic:?}"), values.iter().copied(), out),
        Node::Assign(target, value) => form(unit, "=", [*target, *value], out),
        Node::Update(op, target, value) => form(unit, &format!("{op:?}="), [*target, *value], out),
        Node::Step(op, target) => form(unit, &format!("{op:?}{op:?}"), [*target], out),
        Node::Switch { value, cases } => {
            form(unit, "switch", [*value], out);
            out.pop();
            for (test, body) in cases {
                *out += " ";
                match test {
                    Some(test) => form(unit, "case", [*test, *body], out),
                    None => form(unit, "default", [*body], out),
                }
            }
            *out += ")";
        }
        Node::If { test, then, other } => form(unit, "if", [*test, *then].into_iter().chain(*other), out),
        Node::Loop { each, test, after, body, first, label } => {
            *out += if *first { "(loop first " } else { "(loop " };
            if let Some(label) = label {
                write!(out, "#{} ", label.0).unwrap();
            }
            if let Some((target, iterable)) = each {
                form(unit, "each", [*target, *iterable], out);
                *out += " ";
            }
            for (head, part) in [("test", test), ("after", after)] {
                if part.is_some() {
                    optional(head, part, out);
                    *out += " ";
                }
            }
            node(unit, *body, out);
            *out += ")";
        }
        Node::Comprehension { element, each, conditions, dict } => {
            form(unit, if *dict { "comprehend-dict" } else { "comprehend" }, [*element], out);
            out.pop();
            for (target, iterable) in each {
                *out += " ";
                form(unit, "each", [*target, *iterable], out);
            }
            for condition in conditions {
                *out += " ";
                form(unit, "if", [*condition], out);
            }
            *out += ")";
        }
        Node::Try { body, handlers, finally } => {
            form(unit, "try", [*body].into_iter().chain(handlers.iter().copied()), out);
            out.pop();
            if finally.is_some() {
                *out += " ";
                optional("finally", finally, out);
            }
            *out += ")";
        }
        Node::Seq(statements) => form(unit, "seq", statements.iter().copied(), out),
        Node::Managed(parts) => form(unit, "managed", parts.0.iter().copied().chain([parts.1]), out),
        Node::With(object, body) => form(unit, "with", [*object, *body], out),
        Node::Caught => *out += "caught",
        Node::Block(block) => form(unit, &format!("block ({})", block.names.join(" ")), [block.body], out),
        Node::Return(value) => optional("return", value, out),
        Node::Labeled(label, body) => form(unit, &format!("labeled #{}", label.0), [*body], out),
        Node::Break(label) => jump("break", label, out),
        Node::Continue(label) => jump("continue", label, out),
        Node::Throw(value) => optional("throw", value, out),
        Node::Await(value) => form(unit, "await", [*value], out),
        Node::Yield(value) => optional("yield", value, out),
        Node::Import(import) => {
            let module = format!("{}{}", ".".repeat(import.level as usize), import.module);
            match &import.bind {
                Bind::Nothing => write!(out, "(import {module:?})"),
                Bind::Root => write!(out, "(import {module:?} root)"),
                Bind::Module(name) => write!(out, "(import {module:?} as {name})"),
                Bind::Star => write!(out, "(import {module:?} *)"),
                Bind::ReExport(name) => write!(out, "(export {module:?} {})", name.as_deref().unwrap_or("*")),
                Bind::Names(names) => {
                    let names: Vec<String> = names.iter().map(|(member, local)| format!("{member}:{local}")).collect();
                    write!(out, "(import {module:?} ({}))", names.join(" "))
                }
            }
            .unwrap();
        }
        Node::Delete(value) => form(unit, "delete", [*value], out),
        Node::Decorated(decorators, definition) => {
            form(unit, "decorated", decorators.iter().copied().chain([*definition]), out);
        }
        Node::Opaque(children) => form(unit, "?", children.iter().copied(), out),
        #[allow(unreachable_patterns)] // A kind of node that only one of the languages has: its name is enough.
        other => write!(out, "{other:?}").unwrap(),
    }
}

fn jump(word: &str, label: &Option<Label>, out: &mut String) {
    match label {
        Some(label) => write!(out, "({word} #{})", label.0).unwrap(),
        None => *out += word,
    }
}

fn function(unit: &Unit, index: u32, out: &mut String) {
    let function = &unit.functions[index as usize];
    write!(out, "(fn {} (", function.name.as_deref().unwrap_or("_")).unwrap();
    for (i, param) in function.params.iter().enumerate() {
        *out += if i == 0 { "" } else { " " };
        *out += match param.kind {
            ParamKind::One => "",
            ParamKind::Rest => "*",
            ParamKind::Named => "**",
        };
        node(unit, param.target, out);
        if let Some(default) = param.default {
            *out += "=";
            node(unit, default, out);
        }
    }
    *out += ") ";
    for (head, names) in
        [("outer", &function.outer_names), ("global", &function.global_names), ("locals", &function.locals)]
    {
        if !names.is_empty() {
            write!(out, "({head} {}) ", names.join(" ")).unwrap();
        }
    }
    node(unit, function.body, out);
    *out += ")";
}
