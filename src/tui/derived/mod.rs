//! What workers compute of a case for the screen. It knows nothing of what is on the screen.

use std::any::Any;
use std::sync::Arc;

use crate::case::Case;
use crate::model::Judgement;
use crate::syntax::Doc;
use crate::text::Span;

pub mod columns;
pub mod comparison;
pub mod docs;
pub mod explained;
pub mod heat;
pub mod listed;
pub mod moves;
pub mod names;
pub mod order;
pub mod rows;
pub mod shaped;
pub mod shown;
pub mod spoken;
pub mod tokens;
pub mod tree;

/// Something large that is no longer needed.
pub type Discarded = Arc<dyn Any + Send + Sync>;

/// A place in a file or layer that something leads to; the whole of it where there is no span.
pub type Goal = (Doc, Option<Span>);

/// What the model said, if it did.
#[must_use]
pub fn judgement(case: Option<&Case>) -> Option<&Judgement> {
    case?.verdict.as_ref()?.judgement.as_deref()
}
