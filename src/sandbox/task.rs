//! The small jobs that look into a text of a package that is open already, and doing them.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::diff::Diff;
use crate::evidence::preview::{self, Preview};
use crate::package::bytes;
use crate::syntax::beautify::{Format, Pretty, beautify};
use crate::syntax::color::{Painted, Painter, Syntaxes, Wanted};
use crate::syntax::decoder::{self, Decoder, Found, Limits, Misfit, Unfolded};
use crate::syntax::ir::Language;
use crate::syntax::symbols::{self, Symbol};
use crate::text::{Source, Span};

/// Texts whose parse states a worker keeps.
pub(super) const TEXTS: usize = 8;

/// What is asked of a text.
#[derive(Debug, Serialize, Deserialize)]
pub enum Task {
    /// The colors of lines.
    Color {
        /// Which text; the first of all, number 0, begins anew.
        text: usize,
        /// Its path, for the language, and itself, where the worker does not have it.
        given: Option<(String, Arc<Source>)>,
        /// Which lines and which bytes of them.
        lines: Vec<Wanted>,
    },
    /// The names in a stretch.
    Names {
        /// The text.
        text: Arc<Source>,
        /// Its language.
        language: Language,
        /// The stretch.
        within: Span,
    },
    /// Where names are defined and used.
    Symbols {
        /// The text.
        text: Arc<Source>,
        /// Its language.
        language: Language,
        /// The names.
        names: Vec<String>,
    },
    /// The text laid out to be read.
    Beautify {
        /// Its path, for the language; empty where that says nothing.
        path: String,
        /// The text.
        text: Arc<Source>,
    },
    /// Decoders that fit.
    Propose {
        /// What is to be decoded.
        #[serde(with = "bytes")]
        bytes: Arc<[u8]>,
        /// Bounds of the search.
        limits: Limits,
    },
    /// What decoders yield.
    Decode {
        /// What is to be decoded.
        #[serde(with = "bytes")]
        bytes: Arc<[u8]>,
        /// The decoders.
        chain: Vec<Decoder>,
    },
    /// A nest of layers, unfolded.
    Unfold {
        /// What is to be decoded.
        #[serde(with = "bytes")]
        bytes: Arc<[u8]>,
    },
    /// What bytes that are no text show to the eye.
    Preview {
        /// They.
        #[serde(with = "bytes")]
        bytes: Arc<[u8]>,
    },
    /// What changed between two versions: the former one, the new one.
    Compare(Box<Case>, Box<Case>),
}

/// What comes of a [`Task`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// Colors by line; `None` where it was told to stop, or a text was not given.
    Colored(Option<Vec<(usize, Painted)>>),
    /// Names, each once; `None` where the text cannot be parsed.
    Names(Option<Vec<String>>),
    /// Places, name by name.
    Symbols(Vec<Vec<Symbol>>),
    /// The text laid out; `None` where it is of no format that is.
    Beautified(Option<(Format, Pretty)>),
    /// Decoders.
    Proposed(Found),
    /// Bytes.
    Decoded(#[serde(with = "bytes")] Vec<u8>),
    /// Which decoder does not fit, and why.
    Misfit(usize, Misfit),
    /// Layers, and which bound ended the unfolding.
    Unfolded(Vec<Unfolded>, Option<String>),
    /// What is seen; `None` where the bytes are of no kind that is known.
    Previewed(Option<Box<Preview>>),
    /// The differences.
    Compared(Box<Diff>),
}

impl Task {
    /// Does it. `stop` is asked on the way where a job may take long.
    pub(super) fn run(self, painters: &mut Painters, stop: &dyn Fn() -> bool) -> Outcome {
        match self {
            Self::Color { text, given, lines } => Outcome::Colored(painters.paint(text, given, &lines, stop)),
            Self::Names { text, language, within } => Outcome::Names(symbols::names_in(&text.text, language, within)),
            Self::Symbols { text, language, names } => {
                Outcome::Symbols(symbols::of_names(&text.text, language, &names))
            }
            Self::Beautify { path, text } => {
                let format = Format::of(&path, &text.text);
                Outcome::Beautified(format.map(|format| (format, beautify(&text.text, format))))
            }
            Self::Propose { bytes, limits } => Outcome::Proposed(decoder::propose(&bytes, &limits, stop)),
            Self::Decode { bytes, chain } => match decoder::apply(&chain, &bytes) {
                Ok(bytes) => Outcome::Decoded(bytes),
                Err((at, why)) => Outcome::Misfit(at, why),
            },
            Self::Unfold { bytes } => {
                let (layers, stopped) = decoder::unfold(&bytes, stop);
                Outcome::Unfolded(layers, stopped)
            }
            Self::Preview { bytes } => Outcome::Previewed(preview::preview(&bytes).map(Box::new)),
            Self::Compare(old, new) => Outcome::Compared(Box::new(Diff::of(&old, &new))),
        }
    }
}

/// The texts that are being colored, with what was learned of each.
#[derive(Default)]
pub(super) struct Painters {
    syntaxes: Option<Arc<Syntaxes>>,
    texts: HashMap<usize, Painter>,
    last: usize,
}

impl Painters {
    fn paint(
        &mut self,
        text: usize,
        given: Option<(String, Arc<Source>)>,
        lines: &[Wanted],
        stop: &dyn Fn() -> bool,
    ) -> Option<Vec<(usize, Painted)>> {
        if let Some((path, source)) = given {
            if text == 0 {
                self.texts.clear();
            }
            // The first text loads the syntaxes, so that nothing waits for them that has no colors.
            let syntaxes = self.syntaxes.get_or_insert_with(|| Arc::new(Syntaxes::load()));
            self.texts.insert(text, Painter::new(syntaxes, &path, source));
        }
        self.last = text;
        self.texts.get_mut(&text)?.paint(lines, stop)
    }

    /// The same without texts.
    pub fn emptied(self) -> Self {
        Self { syntaxes: self.syntaxes, ..Self::default() }
    }

    /// Does what can wait until the colors are on the screen.
    pub fn settle(&mut self, stop: &dyn Fn() -> bool) {
        if let Some(painter) = self.texts.get_mut(&self.last) {
            painter.settle(stop);
        }
    }
}

impl std::fmt::Debug for Painters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Painters").field("texts", &self.texts.len()).finish_non_exhaustive()
    }
}
