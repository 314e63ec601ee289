//! The documents about one case that leave the program. No document is built elsewhere: `cli` and `tui` call, print, copy and
//! save.
//!
//! The JSON documents are described in `src/cli/README.md`; they are a contract. What several of them tell is one piece of
//! JSON each: [`place`], [`step`], [`layer`], [`model`], [`evidence`], [`indicator`].
//!
//! The reports that an analyst sends ([`Format`]) are made from a [`Dossier`]: the case, what was decided, who reports. What they
//! say of the package is said once, in [`crate::case::story`], in sentences that keep our words and the package's text apart, so
//! that each format can make the latter harmless in its way ([`prose`]).

pub mod checklist;
pub mod decode;
pub mod diff;
mod dossier;
pub mod draft;
pub mod evidence;
mod excerpt;
pub mod explain;
mod external;
mod format;
mod head;
pub mod indicator;
pub mod iocs;
mod json;
pub mod layer;
pub mod markdown;
pub mod misp;
pub mod model;
pub mod network;
pub mod osv;
pub mod place;
pub mod prose;
pub mod sarif;
pub mod scan;
pub mod sequence;
pub mod similar;
pub mod step;
pub mod stix;
pub mod table;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod uuid;

pub use dossier::{Decided, Dossier, Mark, Refused, Reporter};
pub use excerpt::{CodeLine, Excerpt, excerpt};
pub use format::Format;
