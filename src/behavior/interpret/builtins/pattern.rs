//! JavaScript's regular expressions on constant text, as far as an engine without backtracking reads them.

use regex::{Regex, RegexBuilder};

use super::{Heap, MAX_ITEMS, MAX_TEXT, Val, Value};

/// Largest compiled pattern, bytes.
const MAX_COMPILED: usize = 1 << 20;

/// Where a pattern matches: the text between the matches, and for each match its groups (the whole match first).
pub struct Matches {
    /// The texts before, between and after the matches: one more than there are matches.
    pub between: Vec<String>,
    /// The groups of each match; one that took no part is empty.
    pub groups: Vec<Vec<String>>,
}

/// The matches of a pattern value in a text: all of them if it is global, else the first. `None`: not a pattern that can be
/// read here.
pub fn matches_of(pattern: &Val, text: &str) -> Option<Matches> {
    let (regex, global) = compiled(pattern)?;
    let mut found = Matches { between: Vec::new(), groups: Vec::new() };
    let (mut from, mut bytes) = (0, 0);
    for captures in regex.captures_iter(text).take(if global { MAX_ITEMS } else { 1 }) {
        let whole = captures.get(0)?;
        found.between.push(text.get(from..whole.start())?.to_owned());
        bytes += captures.iter().map(|g| g.map_or(24, |g| g.len() + 24)).sum::<usize>();
        if bytes > MAX_TEXT {
            return None;
        }
        found.groups.push(captures.iter().map(|g| g.map_or("", |g| g.as_str()).to_owned()).collect());
        from = whole.end();
    }
    found.between.push(text.get(from..)?.to_owned());
    Some(found)
}

fn compiled(pattern: &Val) -> Option<(Regex, bool)> {
    let Value::Regex(parts) = &pattern.value else { return None };
    let (source, flags) = &**parts;
    let regex = RegexBuilder::new(&translated(source))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(MAX_COMPILED)
        .build()
        .ok()?;
    Some((regex, flags.contains('g')))
}

/// A pattern in the engine's notation: it wants braces that repeat nothing, and brackets inside a class, escaped.
fn translated(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut class = false;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                out.push(c);
                let next = after.chars().next();
                out.extend(next);
                rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
                continue;
            }
            '[' if class => out.push('\\'),
            '[' => class = true,
            ']' => class = false,
            '{' if !class && !repeats(after) => out.push('\\'),
            _ => {}
        }
        out.push(c);
        rest = after;
    }
    out
}

/// Whether this follows the brace of a repetition: `3}`, `1,}`, `1,3}`.
fn repeats(after: &str) -> bool {
    let inner = after.split_once('}').map_or("", |(inner, _)| inner);
    inner.starts_with(|c: char| c.is_ascii_digit()) && inner.chars().all(|c| c.is_ascii_digit() || c == ',')
}

/// Methods of text that take a pattern.
pub(super) fn text_method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let text = receiver.as_str()?;
    let pattern = args.first()?;
    let taint = receiver.taint;
    match name {
        "replace" | "replaceAll" => {
            let by = match args.get(1).map(|by| &by.value) {
                Some(Value::Str(by)) => by.to_string(),
                // `replace(/^/, String)` only asks whether functions are taken.
                Some(Value::Path(path)) if &**path == "String" => "$&".to_owned(),
                _ => return None,
            };
            let matches = matches_of(pattern, text)?;
            let mut out = String::new();
            let mut groups = matches.groups.iter();
            for between in &matches.between {
                out.push_str(between);
                if let Some(groups) = groups.next() {
                    expand(&by, groups, &mut out);
                }
                if out.len() > MAX_TEXT {
                    return None;
                }
            }
            Some(Val::str(out, taint))
        }
        "match" => {
            let (_, global) = compiled(pattern)?;
            let matches = matches_of(pattern, text)?;
            let first = matches.groups.first().cloned();
            let found: Vec<String> = if global {
                matches.groups.into_iter().filter_map(|groups| groups.into_iter().next()).collect()
            } else {
                first.unwrap_or_default()
            };
            if found.is_empty() {
                return Some(Value::Null.into());
            }
            let found = found.into_iter().map(|part| Val::str(part, taint)).collect();
            Some(heap.list(found))
        }
        "search" => {
            let (regex, _) = compiled(pattern)?;
            let at = regex.find(text).and_then(|found| text.get(..found.start()));
            #[allow(clippy::cast_precision_loss)]
            Some(Val::num(at.map_or(-1.0, |before| before.chars().count() as f64)))
        }
        "split" => {
            let (regex, _) = compiled(pattern)?;
            let parts: Vec<Val> = regex.split(text).take(MAX_ITEMS).map(|part| Val::str(part, taint)).collect();
            Some(heap.list(parts))
        }
        _ => None,
    }
}

/// Methods of a pattern.
pub(super) fn method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let text = args.first()?.as_str()?;
    let (regex, global) = compiled(receiver)?;
    match name {
        "test" if !global => Some(Value::Bool(regex.is_match(text)).into()),
        "exec" if !global => match regex.captures(text) {
            Some(captures) => {
                let groups = captures.iter().map(|g| g.map_or("", |g| g.as_str()));
                let groups = groups.map(|group| Val::str(group, args.first().map(|a| a.taint).unwrap_or_default()));
                let groups = groups.collect();
                Some(heap.list(groups))
            }
            None => Some(Value::Null.into()),
        },
        _ => None,
    }
}

/// A replacement with `$&`, `$1` and `$$` filled in.
fn expand(by: &str, groups: &[String], out: &mut String) {
    let mut rest = by;
    while let Some((before, after)) = rest.split_once('$') {
        // The caller gives up on what has grown so long.
        if out.len() > MAX_TEXT {
            return;
        }
        out.push_str(before);
        let mark = after.chars().next();
        let group = mark.and_then(|c| c.to_digit(10)).and_then(|digit| groups.get(digit as usize));
        rest = match (mark, group) {
            (Some('&'), _) => {
                out.push_str(groups.first().map_or("", String::as_str));
                after.get(1..).unwrap_or_default()
            }
            (Some('$'), _) => {
                out.push('$');
                after.get(1..).unwrap_or_default()
            }
            (Some(c), Some(group)) if c != '0' => {
                out.push_str(group);
                after.get(1..).unwrap_or_default()
            }
            _ => {
                out.push('$');
                after
            }
        };
    }
    out.push_str(rest);
}
