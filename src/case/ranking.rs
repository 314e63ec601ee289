//! How grave what was found is by itself, before any model has spoken: one scale for the order of evidence and for the weight
//! of what a new version brings.

use crate::behavior::Step;
use crate::evidence::{Evidence, Kind, Level};
use crate::package::Phase;

/// How grave a step is, of 100: its behavior, less where it does not run by itself.
#[must_use]
pub fn of_step(step: &Step) -> f32 {
    f32::from(step.feature.severity()) * share_of(step.phase)
}

/// The part of its weight that something keeps in a phase.
#[must_use]
pub fn share_of(phase: Phase) -> f32 {
    match phase {
        Phase::Install => 1.0,
        Phase::Import => 0.7,
        Phase::Run => 0.4,
    }
}

/// How grave what stands beside the steps is, of 100.
#[must_use]
pub fn of_evidence(evidence: &Evidence) -> f32 {
    match evidence.kind {
        // What was found here too stands in the list already.
        Kind::Finding => match evidence.reported.as_ref().map(|reported| (reported.level, reported.ours.is_empty())) {
            Some((Level::High, true)) => 55.0,
            Some((Level::Medium, true)) => 35.0,
            Some((Level::Low, true)) => 12.0,
            Some((_, false)) | None => 5.0,
        },
        Kind::Registry => 60.0,
        Kind::ModelRuns | Kind::Prompt => 65.0,
        Kind::Model => 8.0,
        Kind::OffScreen => 90.0,
        Kind::HiddenCharacters => 70.0,
        // Below what runs: most of it is the slip of a packer.
        Kind::Manifest | Kind::Binary => 40.0,
        Kind::Archive => 35.0,
        // Bundles are built so.
        Kind::GiantLine | Kind::GiantFile | Kind::Skipped => 15.0,
        Kind::Partial => 10.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::Feature;

    #[test]
    fn what_harms_by_itself_stands_above_what_most_packages_do() {
        let most = |features: &[Feature]| features.iter().map(|feature| feature.severity()).max().unwrap();
        let least = |features: &[Feature]| features.iter().map(|feature| feature.severity()).min().unwrap();
        let everyday = [Feature::ImportSystem, Feature::CallSystem, Feature::CallFiles, Feature::UseUrl];
        let harmful = [Feature::SendData, Feature::RunDownloaded, Feature::Destroy, Feature::ReadSecret];
        assert!(most(&everyday) < least(&harmful));
        assert!(share_of(Phase::Install) > share_of(Phase::Import) && share_of(Phase::Import) > share_of(Phase::Run));
    }
}
