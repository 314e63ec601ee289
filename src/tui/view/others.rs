//! What others say of the package, on a page: their reports, what they contradict, what a registry keeps, what was seen when it
//! ran, what they point at. Lines lead to the places in the package.

use crate::case::Case;
use crate::case::external::{External, Report, Says};
use crate::config::{Action, Role};
use crate::evidence::Kind;
use crate::package::Phase;
use crate::syntax::Doc;
use crate::tui::state::State;
use crate::tui::view::card::{Leads, Line};
use crate::tui::view::places;
use crate::tui::widget::page::{Page, phase};

/// Most contradictions on the card.
const CARD: usize = 2;

/// Shows the page.
pub(in crate::tui) fn open(state: &mut State) {
    let Some(case) = state.case.clone() else { return state.say("Wait until the package is read.") };
    if case.external.reports.is_empty() {
        state.say("Nobody else says anything of it: name files with --findings and --metadata, or put them beside the package.");
        return;
    }
    let mut page = Page::new(state);
    reports(&mut page, &case);
    registry(&mut page, &case.external);
    for over in [Phase::Install, Phase::Import, Phase::Run] {
        observed(&mut page, state, &case, over);
    }
    page.heading("What they point at");
    for evidence in case.evidence.iter().filter(|known| matches!(known.kind, Kind::Finding | Kind::Registry)) {
        let word = evidence.reported.as_ref().map_or("registry", |reported| match reported.level {
            crate::evidence::Level::High => "high",
            crate::evidence::Level::Medium => "medium",
            crate::evidence::Level::Low => "low",
        });
        page.goal(word, &evidence.what, evidence.doc.map(|doc| (doc, evidence.span)));
    }
    page.drop_empty_heading();
    places::open(state, "What others say", page.lines);
}

fn reports(page: &mut Page, case: &Case) {
    page.heading("Reports");
    for report in &case.external.reports {
        page.pair(if report.error.is_some() { "not read" } else { &report.source }, &said(report));
    }
    for contradiction in case.contradictions() {
        page.pair("contradiction", &contradiction);
    }
}

fn said(report: &Report) -> String {
    match &report.error {
        Some(error) => error.clone(),
        None if report.left_out > 0 => {
            format!("{} · {} more not listed · {}", report.words, report.left_out, report.file)
        }
        None => format!("{} · {}", report.words, report.file),
    }
}

fn registry(page: &mut Page, external: &External) {
    let Some(history) = &external.history else { return };
    page.heading("Registry");
    for fact in &history.facts {
        page.pair(if fact.telling { "look" } else { "" }, &fact.text);
    }
    page.heading("Releases, the newest first");
    for (index, release) in history.releases.iter().enumerate().rev() {
        let mut text = release.time.get(..10).unwrap_or("no date").to_owned();
        for (before, part) in [(" by ", &release.publisher), (" · on installation: ", &release.scripts.join(", "))] {
            if !part.is_empty() {
                text.push_str(&format!("{before}{part}"));
            }
        }
        for (holds, word) in [
            (release.attested == Some(true), " · attested"),
            (release.withdrawn, " · withdrawn"),
            (history.current == Some(index), " · this one"),
        ] {
            text.push_str(if holds { word } else { "" });
        }
        page.pair(&release.version, &text);
    }
    page.drop_empty_heading();
}

/// What was seen in a phase, beside the places where the code says the same.
fn observed(page: &mut Page, state: &State, case: &Case, over: Phase) {
    page.heading(&format!("Seen when it ran: {}", phase(over)));
    for seen in case.external.observed.iter().filter(|seen| seen.phase == over) {
        let goal = seen.place.map(|(file, span)| (Doc::File(file), span));
        let agreed = match goal {
            Some((doc, span)) => {
                let at = span.and_then(|span| state.docs.at(doc, span.start)).unwrap_or_default();
                format!("  as {}{at}", state.docs.name(doc))
            }
            None => "  in no code that was read".to_owned(),
        };
        page.goal(seen.act.word(), &format!("{}{agreed}", seen.value), goal);
    }
    page.drop_empty_heading();
}

/// What of it is needed for a decision, on the card.
pub(in crate::tui) fn on_card(case: &Case) -> Vec<Line> {
    let external = &case.external;
    let mut lines = Vec::new();
    let mut add = |label: &'static str, role: Role, text: &str| {
        let line = Line::new(label, role, crate::text::escape(text).into_owned());
        lines.push(line.to(Leads::Action(Action::Others)));
    };
    let apart = case.contradictions();
    for (index, contradiction) in apart.iter().take(CARD).enumerate() {
        add(if index == 0 { "others" } else { "" }, Role::Message, contradiction);
    }
    let said = external.reports.iter().filter(|report| report.error.is_some() || report.says != Says::Nothing);
    let said: Vec<String> = said
        .map(|report| match report.error {
            Some(_) => format!("{} was not read", report.file),
            None => format!("{} {}", report.source, report.words),
        })
        .collect();
    let label = if apart.is_empty() { "others" } else { "" };
    let agreed = external.observed.iter().filter(|seen| seen.place.is_some()).count();
    let seen = match external.observed.len() {
        0 => None,
        count => Some(format!(
            "ran elsewhere: {} seen, {agreed} of them in the code",
            crate::text::many(count, "act", "acts")
        )),
    };
    let all: Vec<String> = said.into_iter().chain(seen).collect();
    if !all.is_empty() {
        add(label, Role::Text, &all.join(" · "));
    }
    if let Some(history) = &external.history {
        let telling: Vec<&str> =
            history.facts.iter().filter(|fact| fact.telling).map(|fact| fact.text.as_str()).collect();
        match (telling.is_empty(), history.facts.first()) {
            (false, _) => add("registry", Role::Message, &telling.join(" · ")),
            (true, Some(fact)) => add("registry", Role::Dim, &fact.text),
            (true, None) => {}
        }
    }
    lines
}
