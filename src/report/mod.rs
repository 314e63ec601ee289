//! The documents about one case that leave the program. No document is built elsewhere: `cli` and `tui` call, print, copy and
//! save.
//!
//! The JSON documents are described in `src/cli/README.md`; they are a contract. What several of them tell is one piece of
//! JSON each: [`place`], [`step`], [`layer`], [`model`], [`evidence`], [`indicator`].

pub mod diff;
pub mod evidence;
mod excerpt;
pub mod explain;
pub mod indicator;
pub mod layer;
pub mod model;
pub mod place;
pub mod scan;
pub mod sequence;
pub mod step;
pub mod table;

pub use excerpt::{CodeLine, Excerpt, excerpt};
