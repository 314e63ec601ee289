//! The decided cases that the package is like, on a page: how alike they are, what they were labelled, and the behaviors that
//! only one of the two has.

use crate::report::similar::Compared;
use crate::syntax::Doc;
use crate::tui::state::{Effect, State};
use crate::tui::view::places;
use crate::tui::widget::page::Page;
use crate::tui::worker::{LedgerWork, Work, word};

/// Most lines of behavior told of one case.
const LINES: usize = 8;

/// Has them looked for.
pub(in crate::tui) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read.");
        return Vec::new();
    };
    state.say("Looking for decided cases that are like it …");
    vec![state.work(Work::Ledger(LedgerWork::Similar(case)))]
}

/// Shows what was found, unless something else was done meanwhile.
pub(in crate::tui) fn arrived(state: &mut State, sha256: &str, found: Result<Vec<Compared>, String>) {
    if state.package().is_none_or(|package| package.sha256 != sha256) {
        return;
    }
    state.notice = None;
    let found = match found {
        Ok(found) => found,
        Err(why) => return state.complain(&why),
    };
    if found.is_empty() {
        return state.say("No decided case is like it.");
    }
    if state.overlay.is_some() {
        return;
    }
    let mut page = Page::new(state);
    for (known, (here, there)) in &found {
        let file = state.package().and_then(|package| package.by_path(&known.file));
        let label = known.label.map_or("known as bad", word);
        let share = |what: &str, share: Option<f64>| share.map(|share| format!("{what} {:.0} %", share * 100.0));
        let mut alike: Vec<String> = Vec::new();
        if known.same {
            alike.push("the same bytes".to_owned());
        }
        alike.extend(share("code", known.code));
        alike.extend(share("behaviors", known.behavior));
        let name = match (known.list.is_empty(), known.file.is_empty()) {
            (true, _) => format!("{} {}", known.name, known.version),
            (false, true) => format!("the archive, by {}", known.list),
            (false, false) => format!("{}, by {}", known.file, known.list),
        };
        page.heading(&crate::text::escape(name.trim()));
        page.goal(
            label,
            &alike.join(" · "),
            file.filter(|_| !known.file.is_empty()).map(|file| (Doc::File(file), None)),
        );
        for (sign, lines) in [("only here", here), ("only there", there)] {
            for (index, line) in lines.iter().take(LINES).enumerate() {
                page.pair(if index == 0 { sign } else { "" }, line);
            }
            if lines.len() > LINES {
                page.pair("", &format!("and {} more", lines.len() - LINES));
            }
        }
    }
    places::open(state, &format!("Decided cases that are like it: {}", found.len()), page.lines);
}
