//! What differs from language to language. A new language is a variant here, a lowering and a catalogue file; the compiler
//! names what is missing.

use super::Interpreter;
use super::eval::call::Argument;
use super::value::Val;
use super::{Frame, NodeId};
use crate::behavior::catalogue::{Catalogue, JAVASCRIPT, PYTHON};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Import, Language};

pub mod javascript;
pub mod python;

/// The language that a piece of code is interpreted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
}

impl Dialect {
    /// The dialect of a lowered file.
    pub fn of(language: Language) -> Self {
        if language.is_javascript() { Self::JavaScript } else { Self::Python }
    }

    /// Whether it is JavaScript: for what only one of the languages has.
    pub fn is_javascript(self) -> bool {
        self == Self::JavaScript
    }

    /// The language that a text found in this dialect's code is lowered as.
    pub fn language(self) -> Language {
        match self {
            Self::Python => Language::Python,
            Self::JavaScript => Language::JavaScript,
        }
    }

    /// What is known of libraries.
    pub fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::Python => &PYTHON,
            Self::JavaScript => &JAVASCRIPT,
        }
    }

    /// What a name means that no scope binds.
    pub fn global(self, name: &str) -> Val {
        let known = match self {
            Self::Python => python::global(name),
            Self::JavaScript => javascript::global(name),
        };
        known.unwrap_or_else(|| Val::path(name))
    }

    /// A path without the prefixes that name the global object.
    pub fn normalised(self, path: &str) -> String {
        let prefixes = match self {
            Self::Python => python::GLOBAL_PREFIXES,
            Self::JavaScript => javascript::GLOBAL_PREFIXES,
        };
        let mut path = path;
        while let Some(rest) = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)) {
            path = rest;
        }
        match self {
            Self::Python => python::through_modules(path).to_owned(),
            Self::JavaScript => path.to_owned(),
        }
    }

    /// Whether a path is the global object.
    pub fn is_global(self, path: &str) -> bool {
        self.is_javascript() && matches!(path, "globalThis" | "window" | "global" | "self")
    }

    /// Whether a path is a library that the catalogue knows, as it is imported.
    pub fn is_library(self, path: &str) -> bool {
        self.is_javascript() && !path.contains(['(', '.']) && self.catalogue().module(path).is_some()
    }

    /// The path that a method stands for by its name alone, whatever its receiver.
    pub fn telling_method(self, name: &str) -> Option<&'static str> {
        let table = match self {
            Self::Python => python::TELLING_METHODS,
            Self::JavaScript => javascript::TELLING_METHODS,
        };
        table.iter().find(|(known, _)| *known == name).map(|(_, path)| *path)
    }

    /// Whether a function outside the catalogue calls the functions handed to it at once or by itself later, without the
    /// importing program's doing.
    pub fn calls_back(self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        match self {
            Self::Python => python::calls_back(last),
            Self::JavaScript => javascript::calls_back(last),
        }
    }

    /// Whether a list, a dictionary or bytes are true even when empty.
    pub fn empty_is_true(self) -> bool {
        match self {
            Self::Python => false,
            Self::JavaScript => true,
        }
    }
}

impl Interpreter<'_> {
    /// The language's own functions that move values around. `None`: not one of them.
    pub fn builtin(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        args: &[Argument],
        carried: Taint,
    ) -> Option<Val> {
        match frame.dialect {
            Dialect::Python => self.python_builtin(frame, id, plain, values, args, carried),
            Dialect::JavaScript => self.javascript_builtin(frame, id, plain, values, args, carried),
        }
    }

    /// An import statement.
    pub fn import(&mut self, frame: &Frame, id: NodeId, import: &Import) {
        match frame.dialect {
            Dialect::Python => self.import_python(frame, id, import),
            Dialect::JavaScript => self.import_javascript(frame, id, import),
        }
    }
}
