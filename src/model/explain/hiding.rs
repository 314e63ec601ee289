//! What the log odds lose when a piece is hidden: asked of the model itself, nothing estimated.

use super::subject::Subject;
use super::{gradient, with_linear};
use crate::model::ModelError;

/// Tokens that one explanation may have read. Twenty times what a usual package needs.
pub(super) const BUDGET: usize = 48 << 10;

/// Scores by hiding.
pub(super) struct Found {
    /// Per piece.
    pub pieces: Vec<f64>,
    /// Pieces that were not tried, for the budget.
    pub untried: usize,
}

/// What the log odds lose without each piece; with more to read than `budget` tokens, without those that the gradient holds
/// for the strongest.
pub(super) fn leave_one_out(subject: &Subject<'_>, budget: usize) -> Result<Found, ModelError> {
    let tried = within_budget(subject, budget)?;
    let sets: Vec<Vec<usize>> = tried.iter().map(|piece| vec![*piece]).collect();
    let whole = subject.log_odds();
    let mut pieces = vec![0.0; subject.text.pieces.len()];
    for (piece, odds) in tried.iter().zip(subject.without(&sets)?) {
        if let Some(slot) = pieces.get_mut(*piece) {
            *slot = whole - odds;
        }
    }
    Ok(Found { untried: pieces.len() - tried.len(), pieces })
}

/// The pieces to try, in run order.
fn within_budget(subject: &Subject<'_>, budget: usize) -> Result<Vec<usize>, ModelError> {
    let mut costs = vec![0_usize; subject.text.pieces.len()];
    for tokens in &subject.windows {
        let mut last = None;
        for piece in tokens.iter().filter_map(|token| token.piece) {
            // A window is read again for each of its pieces.
            if last.replace(piece) != Some(piece)
                && let Some(cost) = costs.get_mut(piece)
            {
                *cost += tokens.len();
            }
        }
    }
    let mut order: Vec<usize> = (0..costs.len()).collect();
    if costs.iter().sum::<usize>() > budget {
        let (_, strength) = with_linear(subject, gradient::at_the_text(subject)?);
        let strength = |piece: &usize| strength.get(*piece).copied().unwrap_or_default().abs();
        order.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.cmp(b)));
        let mut spent = 0;
        order.retain(|piece| {
            spent += costs.get(*piece).copied().unwrap_or_default();
            spent <= budget
        });
        order.sort_unstable();
    }
    Ok(order)
}
