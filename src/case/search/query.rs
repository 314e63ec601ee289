//! What an analyst types to search a package: filters, then a pattern.
//!
//! ```text
//! child_process                 a text, upper and lower case alike unless it holds an upper-case letter
//! re:eval\s*\(                  a regular expression
//! hex:7f 45 4c 46 ?? 01         bytes; ? stands for any digit
//! *.js in:lib/ re:https?://     only in files so named, below a folder so named; filters stand before, behind or among the words
//! in:layers exec                only in decoded texts
//! lit:in:layers                 the text itself, whatever it looks like
//! ```

use regex::{Regex, RegexBuilder};

use super::Pattern;
use crate::syntax::Doc;

/// How a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As the text that it is.
    #[default]
    Literal,
    /// As a regular expression.
    Regex,
    /// As bytes in hexadecimal digits.
    Hex,
}

impl Mode {
    /// The next mode, around the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Literal => Self::Regex,
            Self::Regex => Self::Hex,
            Self::Hex => Self::Literal,
        }
    }

    /// The mode in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Literal => "text",
            Self::Regex => "regex",
            Self::Hex => "hex",
        }
    }
}

/// Why a query cannot be searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Nothing but filters, or nothing at all.
    #[error("there is nothing to search for; write it after the filters")]
    Empty,
    /// A part that cannot be read.
    #[error("character {at} of the pattern: {what}")]
    Invalid {
        /// Which character of the pattern, from 1.
        at: usize,
        /// What is wrong with it.
        what: String,
    },
    /// `in:` with nothing behind it.
    #[error("in: needs a part of a path, or layers, or files")]
    Where,
    /// A pattern whose automaton would be too large.
    #[error(r"the pattern is too large to search with; repeat less, or write (?-u:\w) for plain letters only")]
    Large,
}

/// Which documents are searched.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these names; no names mean any.
    names: Vec<Regex>,
    /// All of these stand in the path, lower case.
    parts: Vec<String>,
    /// Only layers, or only files.
    layers: Option<bool>,
}

impl Filter {
    /// Whether a document is searched. The path is that inside the package; a layer has that of its file.
    #[must_use]
    pub fn takes(&self, doc: Doc, path: &str) -> bool {
        if self.layers.is_some_and(|layers| layers != matches!(doc, Doc::Layer(_))) {
            return false;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        (self.names.is_empty() || self.names.iter().any(|pattern| pattern.is_match(name)))
            && (self.parts.is_empty() || {
                let path = path.to_lowercase();
                self.parts.iter().all(|part| path.contains(part))
            })
    }

    /// Takes a word in, if it is a filter.
    fn take(&mut self, word: &str) -> Result<bool, QueryError> {
        match word.strip_prefix("in:") {
            Some("") => return Err(QueryError::Where),
            Some("layers") => self.layers = Some(true),
            Some("files") => self.layers = Some(false),
            Some(part) => self.parts.push(part.to_lowercase()),
            None if word.starts_with("*.") && word.len() > 2 => {
                let pattern = regex::escape(word).replace(r"\*", ".*").replace(r"\?", ".");
                let built = RegexBuilder::new(&format!("^(?s:{pattern})$")).case_insensitive(true).build();
                self.names.push(built.map_err(|_| QueryError::Large)?);
            }
            None => return Ok(false),
        }
        Ok(true)
    }
}

/// A query ready to search with.
#[derive(Debug, Clone)]
pub struct Query {
    /// Where to look.
    pub filter: Filter,
    /// What for.
    pub pattern: Pattern,
    /// How the pattern was read.
    pub mode: Mode,
}

impl Query {
    /// The same in decoded texts only; `None` where none of them is asked for.
    #[must_use]
    pub fn in_layers(&self) -> Option<Self> {
        let mut query = self.clone();
        (query.filter.layers.replace(true) != Some(false)).then_some(query)
    }

    /// Reads what was typed. `mode` is that of a pattern without `lit:`, `re:` or `hex:` before it.
    ///
    /// # Errors
    /// When there is nothing to search for or it cannot be read; the error says where.
    pub fn parse(typed: &str, mode: Mode) -> Result<Self, QueryError> {
        let mut filter = Filter::default();
        let mut rest = typed.trim_start();
        loop {
            let word = rest.split(char::is_whitespace).next().unwrap_or("");
            if prefixed(rest).is_some() || !filter.take(word)? {
                break;
            }
            rest = rest.get(word.len()..).unwrap_or("").trim_start();
        }
        // Behind the pattern they are filters too, but behind `lit:`, which takes the line as it is.
        if !rest.starts_with("lit:") {
            while let Some((before, word)) = rest.trim_end().rsplit_once(char::is_whitespace) {
                if !filter.take(word)? {
                    break;
                }
                rest = before.trim_end();
            }
        }
        // Among the words of a text too: an expression or bytes may hold what looks like one.
        if mode == Mode::Literal && prefixed(rest).is_none() {
            let mut text = String::new();
            for (index, word) in rest.split_whitespace().enumerate() {
                if index > 0 && filter.take(word)? {
                    continue;
                }
                text.extend((!text.is_empty()).then_some(' ').into_iter().chain(word.chars()));
            }
            // Blanks count where no filter stood among them.
            if text != rest.split_whitespace().collect::<Vec<_>>().join(" ") {
                return Self::with(&text, mode, filter);
            }
        }
        Self::with(rest, mode, filter)
    }

    /// How a line would be read as it stands, finished or not.
    #[must_use]
    pub fn mode_of(typed: &str, mode: Mode) -> Mode {
        let words = typed.split_whitespace().find_map(prefixed);
        words.map_or(mode, |(mode, _)| mode)
    }

    /// Reads what was typed for one document: a mode and a pattern, no filters.
    ///
    /// # Errors
    /// When there is nothing to search for or it cannot be read; the error says where.
    pub fn here(typed: &str, mode: Mode) -> Result<Self, QueryError> {
        Self::with(typed, mode, Filter::default())
    }

    fn with(typed: &str, mode: Mode, filter: Filter) -> Result<Self, QueryError> {
        let (mode, typed) = prefixed(typed).unwrap_or((mode, typed));
        Ok(Self { filter, pattern: Pattern::new(typed, mode)?, mode })
    }
}

/// The mode that a prefix names, and what follows it.
fn prefixed(typed: &str) -> Option<(Mode, &str)> {
    let modes = [("lit:", Mode::Literal), ("re:", Mode::Regex), ("hex:", Mode::Hex)];
    modes.into_iter().find_map(|(prefix, mode)| Some((mode, typed.strip_prefix(prefix)?)))
}
