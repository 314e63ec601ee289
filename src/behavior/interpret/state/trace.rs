//! How the walk got where it is: call sites beside the call path, and what each entry comes to run.

use super::memo::FunctionKey;
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::runs::{CallSite, MOST, Run, RunTarget};
use crate::syntax::Doc;
use crate::syntax::ir::{Node, NodeId, Unit};
use crate::text::{Source, Span};

/// The way to where the walk stands.
#[derive(Default)]
pub struct Trace {
    /// Functions under way.
    pub calls: Vec<FunctionKey>,
    /// Their names, with the files and layers between them.
    pub call_path: Vec<String>,
    /// From where each of the call path was entered.
    pub call_sites: Vec<Option<CallSite>>,
    /// The call, import or command under way.
    pub site: Option<CallSite>,
    /// The package's entry being walked, by index.
    pub own_entry: Option<usize>,
}

impl Interpreter<'_> {
    /// A place of a document.
    pub fn site_of(&self, document: usize, span: Span) -> Option<CallSite> {
        Some(CallSite { doc: self.documents.get(document)?.doc, span })
    }

    /// What comes next is called, imported or started by this node.
    pub fn site_at(&mut self, frame: &Frame, id: NodeId) {
        if self.trial.is_none() {
            self.trace.site = self.site_of(frame.doc, frame.unit.span(id));
        }
    }

    /// Goes into a function, file or layer.
    pub fn enter_path(&mut self, name: String) {
        self.trace.call_path.push(name);
        // An exact evaluation enters nothing that is told.
        let site = if self.trial.is_some() { None } else { self.trace.site.take() };
        self.trace.call_sites.push(site);
    }

    /// Comes out of it again.
    pub fn leave_path(&mut self) {
        self.trace.call_path.pop();
        self.trace.call_sites.pop();
    }

    /// Notes that the top level of a document runs now, right after it was entered.
    pub fn note_run(&mut self, document: usize) {
        let Some(known) = self.documents.get(document) else { return };
        let first = match known.doc {
            Doc::File(file) if self.by_file.contains_key(&file) => first_statement(&known.unit),
            _ => first_line(&known.source),
        };
        let target = RunTarget::Text { doc: known.doc, first };
        self.push_run(self.trace.call_sites.last().copied().flatten(), target);
    }

    /// Notes something that would run, but that nobody can name without running it.
    pub fn note_unresolved(&mut self, what: &str) {
        self.push_run(self.trace.site, RunTarget::Unresolved(what.to_owned()));
    }

    fn push_run(&mut self, from: Option<CallSite>, target: RunTarget) {
        if let Some(entry) = self.trace.own_entry
            && self.trial.is_none()
            && self.sequence.runs.len() < MOST
        {
            let run = Run { entry, from, target };
            if !self.sequence.runs.iter().rev().take(32).any(|known| *known == run) {
                self.sequence.runs.push(run);
            }
        }
    }
}

/// The first statement that does something: documentation, `'use strict'` and the like do not, nor does a definition, and
/// JavaScript's functions stand before everything else.
fn first_statement(unit: &Unit) -> Span {
    let says = |id: &&NodeId| !matches!(unit.node(**id), Node::Str(_) | Node::Null);
    let defines = |id: &NodeId| match unit.node(*id) {
        Node::Assign(_, value) => matches!(unit.node(*value), Node::Function(_) | Node::Class(_)),
        _ => false,
    };
    let Node::Seq(statements) = unit.node(unit.body) else { return unit.span(unit.body) };
    let runs = statements.iter().filter(says).find(|id| !defines(id));
    runs.or_else(|| statements.iter().find(says)).map_or(unit.span(unit.body), |id| unit.span(*id))
}

/// The first line that is neither empty nor a comment.
fn first_line(source: &Source) -> Span {
    let lines = 1..=source.line_count().min(1000);
    let says = |line: &usize| {
        let text = source.line(*line).trim_start();
        !text.is_empty() && !["#", "//", "::", "@echo off", "rem ", "REM "].iter().any(|idle| text.starts_with(idle))
    };
    let line = lines.into_iter().find(says).unwrap_or(1);
    let start = source.line_start(line);
    Span { start, end: start + source.line(line).len() }
}
