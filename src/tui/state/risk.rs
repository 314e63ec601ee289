//! What the tool says of a package as a risk: an alarm, near it, below it, or nothing that could be judged.

use crate::case::{State as Judged, Verdict};
use crate::config::Role;

/// The part of the threshold from which on a probability is near it.
const NEAR: f32 = 0.7;

/// How a risk is shown: never as confidence that nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The probability reaches the threshold.
    Alarm,
    /// It comes near to it.
    Near,
    /// It is well below.
    Low,
    /// There was too little to judge from.
    CannotJudge,
}

impl Level {
    /// The level of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let near = |judgement: &crate::model::Judgement| judgement.probability >= judgement.threshold * NEAR;
        match verdict.state {
            Judged::Malicious => Self::Alarm,
            Judged::CannotJudge => Self::CannotJudge,
            Judged::Benign if verdict.judgement.as_deref().is_some_and(near) => Self::Near,
            Judged::Benign => Self::Low,
        }
    }

    /// Its color.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Alarm => Role::Malicious,
            Self::Near => Role::Near,
            Self::Low => Role::Low,
            Self::CannotJudge => Role::CannotJudge,
        }
    }

    /// It in a word, for screens without colors; nothing where there is nothing to say.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Alarm => "ALARM",
            Self::Near => "NEAR ALARM",
            Self::Low => "",
            Self::CannotJudge => "CANNOT JUDGE",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Judgement, Margins};

    #[rstest::rstest]
    #[case(Judged::Malicious, 0.82, Level::Alarm)]
    #[case(Judged::Benign, 0.78, Level::Near)]
    #[case(Judged::Benign, 0.2, Level::Low)]
    #[case(Judged::CannotJudge, 0.78, Level::CannotJudge)]
    fn a_risk_near_the_threshold_is_no_calm_one(#[case] state: Judged, #[case] probability: f32, #[case] level: Level) {
        let (windows, margins, device) = (Vec::new(), Margins::default(), "cpu".to_owned());
        let judgement = Judgement { probability, threshold: 0.81, windows, margins, device };
        let verdict = Verdict { state, why: None, judgement: Some(Arc::new(judgement)) };
        assert_eq!(Level::of(&verdict), level);
    }
}
