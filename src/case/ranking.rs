//! How much behaviors weigh beside each other.

use crate::behavior::{Feature, Step};
use crate::package::Phase;

/// How much a behavior weighs, at run time. The order is that of the behaviors' share among packages found malicious.
#[must_use]
pub fn of_feature(feature: Feature) -> u32 {
    use Feature::*;
    match feature {
        R1 | R3 | D1 | E1 | P1 => 2,
        R2 | R4 => 4,
        E2 | E4 => 8,
        D3 | E3 => 10,
        D2 | X5 => 14,
        R5 | P2 | X8 => 20,
        P3 | P4 | X9 => 25,
        X1 | X2 | X3 | X4 | X6 | X10 => 40,
        X7 | X11 | X12 => 50,
    }
}

/// How much more weighs what runs by itself.
#[must_use]
pub fn factor(phase: Phase) -> u32 {
    match phase {
        Phase::Install => 4,
        Phase::Import => 2,
        Phase::Run => 1,
    }
}

/// What a step weighs.
#[must_use]
pub fn of_step(step: &Step) -> u32 {
    of_feature(step.feature) * factor(step.phase)
}
