//! The keys, by the action table and the keymap in use.

use crate::tui::state::State;
use crate::tui::widget::page::{Page, PageLine};

/// The keys, from the action table and the keymap in use.
#[must_use]
pub fn help(state: &State) -> Vec<PageLine> {
    let mut page = Page::new(state);
    // What holds here comes first, then what holds everywhere, then the other views.
    let here = state.context();
    let keys = &state.config.keys;
    let sections = keys.sections();
    page.heading(here.title());
    let first = here.first();
    for action in first {
        page.pair(&keys.key_in(here, *action).unwrap_or_default(), action.describe_in(here));
    }
    let own = sections.iter().filter(|section| section.context == here).flat_map(|section| &section.lines);
    for (action, keys) in own.filter(|(action, _)| !first.contains(action)) {
        page.pair(&keys.join(" "), action.describe());
    }
    for section in sections.iter().filter(|section| section.context != here) {
        page.heading(section.title);
        for (action, keys) in &section.lines {
            page.pair(&keys.join(" "), action.describe());
        }
    }
    page.heading("Signs");
    page.pair("●", "the line or file holds behaviors; its color is the phase that runs them: install, import or run");
    page.pair("▁ to █", "how much it speaks for malicious, by the method that stands over the tokens");
    page.pair("░ to ▓", "how much it speaks against malicious; attention has no such side, and is not a reason");
    page.pair(
        "P T L X S E D B",
        "marked bytes on the line: payload, trigger, loader, exfil, persistence (stays), evasion, decoy, benign reason",
    );
    page.pair("⎇", "reached only through a condition");
    page.pair("×3", "so many equal steps in a row");
    page.pair("↳", "a text that the code would decode and run, decoded without running it");
    page.pair("✎", "a layer that you decoded by hand");
    page.pair(
        "␛ <U+202E>",
        "a character that would act on the terminal, hide, or pass for a Latin letter, shown as a mark",
    );
    page.lines
}
