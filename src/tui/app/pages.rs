//! The pages of help and details as plain lines, for drawing and for how far they scroll.

use unicode_width::UnicodeWidthChar as _;

use crate::case::State as Judged;
use crate::package::{Ecosystem, Phase};
use crate::syntax::{DecodedBy, Doc};
use crate::text::{escape, many};

use super::super::layout;
use super::{State, beside};

/// Most columns of keys and words on the left.
const KEYS: usize = 16;

/// Width of the left column of a page of so many columns.
#[must_use]
pub fn left(width: usize) -> usize {
    KEYS.min(width / 3)
}

pub use super::super::derived::Goal;

/// A line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLine {
    /// A heading.
    Heading(String),
    /// A word on the left, a text on the right; the word is empty where the text goes on.
    Pair {
        /// The word.
        word: String,
        /// The text.
        text: String,
        /// Where Enter leads from here.
        goal: Option<Goal>,
        /// Whether it is the first line of its pair.
        first: bool,
    },
    /// Nothing.
    Blank,
}

impl PageLine {
    /// Where Enter leads from here, on the first line of a pair.
    #[must_use]
    pub fn goal(&self) -> Option<Goal> {
        match self {
            Self::Pair { goal, first: true, .. } => *goal,
            _ => None,
        }
    }
}

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
        super::card::runs::page(&mut page, state, case);
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
        let place = super::super::worker::marked_at(&span.marked, root);
        page.goal(super::super::worker::role_word(span.marked.role), &format!("{place}  {code}"), goal);
    }
}

/// The ecosystem in a word.
#[must_use]
pub fn ecosystem(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "PyPI",
        Ecosystem::Unknown => "unknown layout",
    }
}

/// The phase in a word.
#[must_use]
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "install",
        Phase::Import => "import",
        Phase::Run => "run",
    }
}

pub(super) struct Page {
    pub lines: Vec<PageLine>,
    width: usize,
}

impl Page {
    pub fn new(state: &State) -> Self {
        let width = usize::from(layout::page(state.size, usize::MAX).width);
        let width = width.saturating_sub(left(width) + 1).max(10);
        Self { lines: Vec::new(), width }
    }

    pub fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(PageLine::Blank);
        }
        self.lines.push(PageLine::Heading(text.to_owned()));
    }

    pub fn drop_empty_heading(&mut self) {
        if matches!(self.lines.last(), Some(PageLine::Heading(_))) {
            self.lines.pop();
            self.lines.pop();
        }
    }

    /// Adds a pair, escaped and broken into lines.
    pub fn pair(&mut self, word: &str, text: &str) {
        self.goal(word, text, None);
    }

    /// Adds a pair that leads somewhere.
    pub fn goal(&mut self, word: &str, text: &str, goal: Option<Goal>) {
        let mut word = escape(word).into_owned();
        for (index, text) in broken(&escape(text), self.width).into_iter().enumerate() {
            let word = std::mem::take(&mut word);
            self.lines.push(PageLine::Pair { word, text, goal, first: index == 0 });
        }
    }
}

/// An escaped text in lines of at most so many columns; at least one.
#[must_use]
pub(in super::super) fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or_default();
        if used + wide > width {
            // Break at the last blank if it is not too far back.
            let rest = line.rfind(' ').filter(|at| at * 2 > line.len()).map(|at| line.split_off(at));
            lines.push(std::mem::take(&mut line));
            line = rest.map_or_else(String::new, |r| r.trim_start().to_owned());
            used = crate::text::width(&line);
        }
        line.push(c);
        used += wide;
    }
    lines.push(line);
    lines
}
