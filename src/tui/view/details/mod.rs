//! Everything known about the package and the selected step.

use crate::case::State as Judged;
use crate::syntax::{DecodedBy, Doc};
use crate::text::many;
use crate::tui::state::State;
use crate::tui::widget::page::{Page, PageLine, ecosystem, phase};

pub mod beside;

/// Everything known about the package and the selected step.
#[must_use]
pub fn details(state: &State) -> Vec<PageLine> {
    let mut page = Page::new(state);
    page.pair("opened", &state.path);
    if let Some(package) = state.package() {
        page.heading("Package");
        page.pair("name", package.name.as_deref().unwrap_or("unknown"));
        page.pair("version", package.version.as_deref().unwrap_or("unknown"));
        page.pair("ecosystem", ecosystem(package.ecosystem));
        page.pair("SHA-256", &package.sha256);
        page.pair(
            "size",
            &format!("{}, {}", many(package.size, "byte", "bytes"), many(package.files.len(), "file", "files")),
        );
        let manifest = &package.manifest;
        for (name, value) in [
            ("description", &manifest.description),
            ("homepage", &manifest.homepage),
            ("repository", &manifest.repository),
            ("license", &manifest.license),
            ("author", &manifest.author),
        ] {
            if let Some(value) = value {
                page.pair(name, value);
            }
        }
    }
    if let Some(case) = &state.case {
        crate::tui::view::card::runs::page(&mut page, state, case);
    }
    verdict(&mut page, state);
    step(&mut page, state);
    layer(&mut page, state);
    marked(&mut page, state);
    if let Some(case) = &state.case {
        beside::evidence(&mut page, case);
        beside::indicators(&mut page, state, case);
        page.heading("Time");
        let t = case.timing;
        let text =
            format!("open {:.2?}, syntax {:.2?}, behavior {:.2?}, model {:.2?}", t.open, t.syntax, t.behavior, t.model);
        page.pair("spent", &text);
    }
    page.lines
}

fn verdict(page: &mut Page, state: &State) {
    page.heading("Verdict");
    match state.case.as_ref().and_then(|c| c.verdict.as_ref()) {
        None => page.pair("state", "the model has not read it"),
        Some(verdict) => {
            let word = match verdict.state {
                Judged::Malicious => "malicious",
                Judged::Benign => "benign",
                Judged::CannotJudge => "cannot judge",
            };
            page.pair("state", word);
            if let Some(why) = &verdict.why {
                page.pair("because", why);
            }
            if let Some(j) = &verdict.judgement {
                page.pair("probability", &format!("{:.4}, flagged from {:.4} on", j.probability, j.threshold));
                page.pair("device", &j.device);
                let whole = j.windows.len();
                let cut = if whole > 1 { ", cut between steps" } else { "" };
                page.pair("windows", &format!("{whole}{cut}"));
                if let Some(file) = j.margins.deciding_file() {
                    page.pair("alarms most", &state.docs.name(Doc::File(file)));
                }
            }
        }
    }
    match &state.judge {
        Some(Ok(judge)) => {
            page.pair("model", &format!("{} {}", judge.name, judge.hash));
            if let Some(mismatch) = &judge.mismatch {
                page.pair("mismatch", mismatch);
            }
        }
        Some(Err(why)) => page.pair("model", why),
        None => {}
    }
}

fn step(page: &mut Page, state: &State) {
    let Some(index) = state.steps.step() else { return };
    let Some(step) = state.docs.sequence().steps.get(index) else { return };
    page.heading("Selected step");
    page.pair(step.feature.code(), step.feature.phrase());
    if !step.detail.is_empty() {
        page.pair("detail", &step.detail);
    }
    page.pair("at", &format!("{}:{}:{}", state.docs.name(step.doc), step.line, step.column));
    if let Some(entry) = state.docs.sequence().entries.get(step.entry) {
        page.pair(phase(step.phase), &entry.name);
    }
    if !step.call_path.is_empty() {
        page.pair("through", &step.call_path.join(" › "));
    }
    if step.guarded {
        page.pair("guarded", "reached only through a condition");
    }
    if step.count > 1 {
        page.pair("count", &format!("stands for {} equal steps", step.count));
    }
}

/// Where a decoded text that is shown came from.
fn layer(page: &mut Page, state: &State) {
    let Some(Doc::Layer(index)) = state.viewer.doc else { return };
    let Some(layer) = state.docs.sequence().layers.get(index) else { return };
    page.heading(match layer.by {
        DecodedBy::Code => "Decoded text shown",
        DecodedBy::Literal => "Decoded here, not by the program's own call",
        DecodedBy::Hand => "Decoded by hand",
    });
    page.pair("recipe", &state.docs.recipe(index));
    page.pair("SHA-256", &layer.sha256);
    page.pair("size", &many(layer.bytes, "byte", "bytes"));
    let at = state.docs.at(layer.parent, layer.span.start).unwrap_or_default();
    page.goal("from", &format!("{}{at}", state.docs.name(layer.parent)), Some((layer.parent, Some(layer.span))));
}

/// The marked spans, each leading to its bytes.
fn marked(page: &mut Page, state: &State) {
    if state.spans.count() == 0 {
        return;
    }
    page.heading("Marked spans");
    let root = state.package().map_or("", |package| package.root.as_str());
    for span in &state.spans.list {
        let code = span.excerpt.as_ref().and_then(|excerpt| excerpt.lines.first());
        let code = code.map_or_else(|| "not found again".to_owned(), |line| line.text.clone());
        let goal = span.anchor.place().map(|place| (place.doc, Some(place.span)));
        let place = crate::tui::worker::marked_at(&span.marked, root);
        page.goal(crate::tui::worker::role_word(span.marked.role), &format!("{place}  {code}"), goal);
    }
}
