//! What the selected behavior means and what each label means, with examples for and against.

use crate::behavior::{Feature, guideline::OSSF};
use crate::ledger::Label;
use crate::tui::state::{Overlay, State};
use crate::tui::view::places::Places;
use crate::tui::view::{View, card};
use crate::tui::widget::page::Page;
use crate::tui::widget::spot::Spot;
use crate::tui::worker::word;

/// Brings them up, the selected behavior first.
pub(in crate::tui) fn open(state: &mut State) {
    let mut page = Page::new(state);
    match selected(state) {
        Some(feature) => behavior(&mut page, feature),
        None => {
            page.heading("Behaviors");
            page.pair("", "Select a behavior, in the evidence or the sequence, to see what it means.");
        }
    }
    for label in Label::ALL {
        let guideline = label.guideline();
        page.heading(&format!("Label: {}", word(label)));
        page.pair("means", guideline.definition);
        page.pair("for example", guideline.example);
        page.pair("but not", guideline.unlike);
    }
    page.heading("What the OSSF counts as malicious");
    for (word, text) in OSSF {
        page.pair(word, text);
    }
    let title = "Guidelines".to_owned();
    state.overlay = Some(Overlay::Places(Places { title, lines: page.lines, spot: Spot::default() }));
}

/// The behavior that is selected.
fn selected(state: &State) -> Option<Feature> {
    let step = match state.view {
        View::Card => card::step(state),
        _ => state.steps.step(),
    };
    Some(state.docs.sequence().steps.get(step?)?.feature)
}

fn behavior(page: &mut Page, feature: Feature) {
    let (guideline, example) = (feature.guideline(), feature.example());
    page.heading(&format!("{} {}", feature.code(), feature.phrase()));
    page.pair("means", guideline.definition);
    page.pair("Python", example.python);
    page.pair("JavaScript", example.javascript);
    page.pair("but not", guideline.unlike);
    page.pair("severity", &format!("{} of 100", feature.severity()));
    if let Some(technique) = feature.technique() {
        page.pair("ATT&CK", technique);
    }
}
