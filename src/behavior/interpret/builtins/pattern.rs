//! JavaScript's regular expressions on constant text, as far as an engine without backtracking reads them.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use foldhash::HashMap;
use regex::{RegexBuilder, bytes};

use super::{Heap, MAX_ITEMS, MAX_TEXT, Val, Value};

/// Largest compiled pattern, bytes.
const MAX_COMPILED: usize = 1 << 20;
/// Most patterns kept compiled.
const KEPT: usize = 64;

/// Where a pattern matches: the text between the matches, and for each match its groups (the whole match first).
pub struct Matches {
    /// The texts before, between and after the matches: one more than there are matches.
    pub between: Vec<String>,
    /// The groups of each match; one that took no part is empty.
    pub groups: Vec<Vec<String>>,
}

/// Source and flags of a pattern.
type Parts = Rc<(String, String)>;

/// Patterns by their source and flags, compiled once: code asks the same few again and again.
#[derive(Debug, Default)]
pub struct Patterns {
    kept: RefCell<HashMap<Parts, Rc<Pattern>>>,
}

impl Patterns {
    fn get(&self, parts: &Parts) -> Rc<Pattern> {
        let mut kept = self.kept.borrow_mut();
        if let Some(known) = kept.get(parts) {
            return Rc::clone(known);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let made = Rc::new(Pattern { parts: Rc::clone(parts), ascii: OnceCell::new(), unicode: OnceCell::new() });
        kept.insert(Rc::clone(parts), Rc::clone(&made));
        made
    }
}

/// A pattern, compiled for the texts that it met: where text and pattern are ASCII the tables of Unicode say nothing, and
/// without them compiling takes a hundredth of the time.
#[derive(Debug)]
struct Pattern {
    parts: Rc<(String, String)>,
    ascii: OnceCell<Option<bytes::Regex>>,
    unicode: OnceCell<Option<regex::Regex>>,
}

/// What a text is searched with.
enum Engine<'a> {
    Ascii(&'a bytes::Regex),
    Unicode(&'a regex::Regex),
}

impl Pattern {
    fn global(&self) -> bool {
        self.parts.1.contains('g')
    }

    fn for_text(&self, text: &str) -> Option<Engine<'_>> {
        let (source, flags) = &*self.parts;
        let (anycase, lines, all) = (flags.contains('i'), flags.contains('m'), flags.contains('s'));
        if text.is_ascii() && source.is_ascii() {
            let ascii = self.ascii.get_or_init(|| {
                let mut builder = bytes::RegexBuilder::new(&translated(source));
                builder.case_insensitive(anycase).multi_line(lines).dot_matches_new_line(all);
                builder.unicode(false).size_limit(MAX_COMPILED).build().ok()
            });
            if let Some(ascii) = ascii {
                return Some(Engine::Ascii(ascii));
            }
        }
        let unicode = self.unicode.get_or_init(|| {
            let mut builder = RegexBuilder::new(&translated(source));
            builder.case_insensitive(anycase).multi_line(lines).dot_matches_new_line(all);
            builder.size_limit(MAX_COMPILED).build().ok()
        });
        unicode.as_ref().map(Engine::Unicode)
    }
}

impl Engine<'_> {
    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Ascii(regex) => regex.is_match(text.as_bytes()),
            Self::Unicode(regex) => regex.is_match(text),
        }
    }

    /// Where the first match stands.
    fn find(&self, text: &str) -> Option<Range<usize>> {
        match self {
            Self::Ascii(regex) => regex.find(text.as_bytes()).map(|found| found.range()),
            Self::Unicode(regex) => regex.find(text).map(|found| found.range()),
        }
    }

    /// The groups of each match, the whole first, until `take` has enough.
    fn each(&self, text: &str, mut take: impl FnMut(Vec<Option<Range<usize>>>) -> Option<()>) -> Option<()> {
        match self {
            Self::Ascii(regex) => regex
                .captures_iter(text.as_bytes())
                .try_for_each(|found| take(found.iter().map(|group| group.map(|group| group.range())).collect())),
            Self::Unicode(regex) => regex
                .captures_iter(text)
                .try_for_each(|found| take(found.iter().map(|group| group.map(|group| group.range())).collect())),
        }
    }

    /// The texts between the matches.
    fn split(&self, text: &str, most: usize) -> Vec<String> {
        match self {
            Self::Ascii(regex) => {
                let parts = regex.split(text.as_bytes()).take(most);
                parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
            }
            Self::Unicode(regex) => regex.split(text).take(most).map(str::to_owned).collect(),
        }
    }
}

fn compiled(heap: &Heap, pattern: &Val) -> Option<Rc<Pattern>> {
    match &pattern.value {
        Value::Regex(parts) => Some(heap.patterns.get(parts)),
        _ => None,
    }
}

/// The matches of a pattern value in a text: all of them if it is global, else the first. `None`: not a pattern that can be
/// read here.
pub fn matches_of(heap: &Heap, pattern: &Val, text: &str) -> Option<Matches> {
    let pattern = compiled(heap, pattern)?;
    let engine = pattern.for_text(text)?;
    let most = if pattern.global() { MAX_ITEMS } else { 1 };
    let mut found = Matches { between: Vec::new(), groups: Vec::new() };
    let (mut from, mut bytes) = (0, 0);
    let mut whole = true;
    engine.each(text, |groups| {
        if found.groups.len() == most {
            return None;
        }
        let range = groups.first()?.clone()?;
        found.between.push(text.get(from..range.start)?.to_owned());
        bytes += groups.iter().map(|group| group.as_ref().map_or(24, |group| group.len() + 24)).sum::<usize>();
        if bytes > MAX_TEXT {
            whole = false;
            return None;
        }
        let part = |group: Option<Range<usize>>| group.and_then(|group| text.get(group)).unwrap_or("").to_owned();
        found.groups.push(groups.into_iter().map(part).collect());
        from = range.end;
        Some(())
    });
    found.between.push(text.get(from..)?.to_owned());
    whole.then_some(found)
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
            let matches = matches_of(heap, pattern, text)?;
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
            let global = compiled(heap, pattern)?.global();
            let matches = matches_of(heap, pattern, text)?;
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
            let at = compiled(heap, pattern)?.for_text(text)?.find(text).and_then(|found| text.get(..found.start));
            #[allow(clippy::cast_precision_loss)]
            Some(Val::num(at.map_or(-1.0, |before| before.chars().count() as f64)))
        }
        "split" => {
            let parts = compiled(heap, pattern)?.for_text(text)?.split(text, MAX_ITEMS);
            Some(heap.list(parts.into_iter().map(|part| Val::str(part, taint)).collect()))
        }
        _ => None,
    }
}

/// Methods of a pattern.
pub(super) fn method(heap: &mut Heap, receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let arg = args.first()?;
    let text = arg.as_str()?;
    let pattern = compiled(heap, receiver)?;
    match name {
        "test" if !pattern.global() => Some(Value::Bool(pattern.for_text(text)?.is_match(text)).into()),
        "exec" if !pattern.global() => {
            let mut groups = None;
            pattern.for_text(text)?.each(text, |found| {
                let part = |group: Option<Range<usize>>| group.and_then(|group| text.get(group)).unwrap_or("");
                groups = Some(found.into_iter().map(|group| Val::str(part(group), arg.taint)).collect());
                None
            });
            Some(groups.map_or_else(|| Value::Null.into(), |groups| heap.list(groups)))
        }
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
