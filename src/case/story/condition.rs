//! The condition under which a step runs, in the words of the code: of an `if` around the step, or around a call that leads to it.

use std::collections::HashMap;

use crate::behavior::Step;
use crate::case::Case;
use crate::syntax::Doc;
use crate::syntax::ir::{Language, Node, NodeId, Unit};
use crate::syntax::lower;
use crate::text::Span;

use super::sentence::Sentence;

/// Longest file that is read again for its conditions, bytes.
const LARGEST: usize = 1 << 20;
/// Most characters of a condition that is quoted.
const LONGEST: usize = 60;

/// The trees of a case's files, made when they are asked for.
pub(super) struct Conditions<'a> {
    case: &'a Case,
    units: HashMap<usize, Option<Unit>>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(case: &'a Case) -> Self {
        Self { case, units: HashMap::new() }
    }

    /// `only if X`, `unless X`: for a step that is not reached always. Where the code says no such thing in one place, that there
    /// is some condition.
    pub(super) fn of(&mut self, step: &Step) -> Option<Sentence> {
        if !step.guarded {
            return None;
        }
        let sites = step.call_sites.iter().rev().flatten().map(|site| (site.doc, site.span));
        let found = std::iter::once((step.doc, step.span)).chain(sites).find_map(|(doc, span)| self.around(doc, span));
        let Some((doc, test, holds)) = found else { return Some(Sentence::at(0).own(" under a condition")) };
        let text = self.case.source(doc).and_then(|source| source.text.get(test.start..test.end)).unwrap_or_default();
        let mut quoted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // The parentheses are the language's.
        if let Some(inside) = quoted.strip_prefix('(').and_then(|text| text.strip_suffix(')'))
            && !inside.contains(')')
        {
            quoted = inside.to_owned();
        }
        if let Some((end, _)) = quoted.char_indices().nth(LONGEST) {
            quoted.truncate(end);
            quoted.push('…');
        }
        let word = if holds { " only if " } else { " unless " };
        Some(Sentence::at(0).own(word).quoted(quoted).about(doc, Some(test)))
    }

    /// The innermost `if` around a place in the same function, and whether its test has to hold.
    fn around(&mut self, doc: Doc, span: Span) -> Option<(Doc, Span, bool)> {
        let Doc::File(file) = doc else { return None };
        let case = self.case;
        let read = || {
            let (path, source) = (&case.package.files.get(file)?.path, case.package.source(file)?);
            let small = source.text.len() <= LARGEST;
            Language::of(path, &source.text).filter(|_| small).map(|language| lower(&source.text, language))
        };
        let unit = self.units.entry(file).or_insert_with(read).as_ref()?;
        let holds = |outer: Span| outer.start <= span.start && span.end <= outer.end;
        let length = |span: Span| span.end - span.start;
        let functions = unit.functions.iter().map(|function| function.span).filter(|outer| holds(*outer));
        let function = functions.min_by_key(|span| length(*span));
        let within = |inner: Span| function.is_none_or(|outer| outer.start <= inner.start && inner.end <= outer.end);
        let ids = (0..unit.nodes.len()).filter_map(|index| Some(NodeId(u32::try_from(index).ok()?)));
        let around = ids.filter_map(|id| {
            let Node::If { test, then, other } = unit.node(id) else { return None };
            let whole = unit.span(id);
            if !holds(whole) || !within(whole) {
                return None;
            }
            let branch = if holds(unit.span(*then)) {
                true
            } else if other.is_some_and(|other| holds(unit.span(other))) {
                false
            } else {
                return None;
            };
            Some((length(whole), (doc, unit.span(*test), branch)))
        });
        around.min_by_key(|(length, _)| *length).map(|(_, found)| found)
    }
}
