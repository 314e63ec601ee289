//! What is hidden: evidence from lists, by an analyst's word, and the model's answer until a package is decided.

use jiff::{Timestamp, ToSpan as _};
use tui_input::Input;

use crate::config::Action;
use crate::ledger::{Finding, Suppression};
use crate::tui::state::walk::Exhibit;
use crate::tui::state::{Effect, Overlay, Pane, State};
use crate::tui::view::{View, card};
use crate::tui::widget::prompt::{Prompt, Words};
use crate::tui::worker::{LedgerWork, Work};

/// The evidence that is selected.
fn here(state: &State) -> Option<Exhibit> {
    let step = || state.steps.step().map(Exhibit::Step);
    match state.view {
        View::Card => card::exhibit(state),
        View::Code if matches!(state.focus, Pane::Sequence | Pane::Tokens) => step(),
        View::Code => state.walk.here().or_else(step),
        _ => None,
    }
}

/// Asks why the selected evidence is to be hidden.
pub(super) fn ask(state: &mut State) {
    let (Some(exhibit), Some(case)) = (here(state), state.case.clone()) else {
        return state.say("Select evidence on the card or a step of the sequence: that is what is hidden.");
    };
    if state.hidden_by(exhibit).is_some_and(|by| !by.expired) {
        return state.say("It is hidden already; cerebro suppressions lift shows it again.");
    }
    if found(&case, exhibit).and_then(|finding| finding.suppression(&case, "")).is_none() {
        return state.say("What was not read cannot be hidden.");
    }
    state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Suppress(exhibit), Input::default())));
}

fn found(case: &crate::case::Case, exhibit: Exhibit) -> Option<Finding<'_>> {
    Some(match exhibit {
        Exhibit::Step(step) => Finding::Step(case.sequence.steps.get(step)?),
        Exhibit::Evidence(evidence) => Finding::Evidence(case.evidence.get(evidence)?),
    })
}

/// Hides evidence for the reason that was typed.
pub(super) fn typed(state: &mut State, exhibit: Exhibit, text: &str) -> Vec<Effect> {
    let Some(case) = state.case.clone() else { return Vec::new() };
    let Some(wanted) = found(&case, exhibit).and_then(|finding| finding.suppression(&case, "")) else {
        return Vec::new();
    };
    match read(wanted, text, &case.package.sha256, Timestamp::now()) {
        Ok(suppression) => vec![state.work(Work::Ledger(LedgerWork::Suppress(suppression)))],
        Err(why) => {
            state.complain(&why);
            Vec::new()
        }
    }
}

/// A suppression with what was typed: a reason, and words that say where and for how long.
fn read(wanted: Suppression, text: &str, sha256: &str, now: Timestamp) -> Result<Suppression, String> {
    let mut suppression = wanted;
    let mut reason: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        match word.split_once(':') {
            Some(("for", days)) => {
                let days = days.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()).filter(|days| *days > 0);
                let end = days.and_then(|days| now.checked_add((days.min(36_500) * 24).hours()).ok());
                suppression.expires =
                    Some(end.ok_or("nothing is hidden: for: takes a number of days, for:90d for instance")?);
            }
            Some(("path", glob)) if !suppression.path.is_empty() => glob.clone_into(&mut suppression.path),
            Some(("scope", scope)) => {
                suppression.scope = scope
                    .parse()
                    .map_err(|_| "nothing is hidden: scope: takes archive, package or everywhere".to_owned())?;
                suppression.of = match suppression.scope {
                    crate::ledger::Scope::Archive => sha256.to_owned(),
                    crate::ledger::Scope::Package => suppression.of,
                    crate::ledger::Scope::Everywhere => String::new(),
                };
            }
            _ => reason.push(word),
        }
    }
    suppression.reason = reason.join(" ");
    match suppression.faults().first() {
        Some(_) if suppression.reason.is_empty() => Err("nothing is hidden: say why".to_owned()),
        Some(fault) => Err(format!("nothing is hidden: {fault}")),
        None => Ok(suppression),
    }
}

/// Shows what is hidden too, or leaves it out again.
pub(super) fn show(state: &mut State) {
    let hides = state.walk.left_out() > 0;
    if !hides && !state.deciding.show_hidden {
        return state.say("No evidence of this package is hidden.");
    }
    state.deciding.show_hidden = hides;
    state.hide();
    card::settle(state);
    state.say(if hides { "What is hidden is shown too." } else { "What is hidden is left out again." });
}

/// Hides the model's answer until a package is decided, or no longer.
pub(super) fn blind(state: &mut State) -> Vec<Effect> {
    state.blind = !state.blind;
    let effects = state.unseal();
    let key = state.key(Action::Blind);
    let text = match (state.blind, state.seals(), state.case.as_ref().is_some_and(|case| case.verdict.is_some())) {
        (true, _, true) => "Blind from the next package on: what the model says of this one was on the screen.",
        (true, ..) => "Blind: what the model says is hidden until you have decided.",
        (false, true, _) => "A second opinion is asked of you: the model's answer stays hidden until then.",
        (false, ..) => "What the model says is shown.",
    };
    state.say(format!("{text} {key} changes it."));
    effects
}

/// Whether an action would show what the model says while that is hidden.
pub(super) fn refuses(state: &mut State, action: Action) -> bool {
    let asks = matches!(
        action,
        Action::Explain
            | Action::Method
            | Action::MethodBeside
            | Action::Rank
            | Action::WhatIf
            | Action::ShowAll
            | Action::LayerNext
            | Action::LayerPrevious
            | Action::HeadNext
            | Action::HeadPrevious
    );
    let refused = asks && state.seals() && state.case.is_some();
    if refused {
        state.say("What the model says is hidden until you have decided.");
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Scope;

    fn wanted() -> Suppression {
        Suppression {
            rule: "behavior/P4".to_owned(),
            path: "lib/a.js".to_owned(),
            content: "5a".repeat(32),
            scope: Scope::Package,
            of: "npm/demo".to_owned(),
            author: String::new(),
            reason: String::new(),
            expires: None,
        }
    }

    fn typed(text: &str) -> Result<Suppression, String> {
        read(wanted(), text, &"77".repeat(32), "2026-11-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_reason_and_where_and_how_long() {
        assert_eq!(typed("a template engine").unwrap(), Suppression { reason: "a template engine".into(), ..wanted() });
        let all = typed("for:90d its  build path:dist/**  scope:archive").unwrap();
        assert_eq!((all.reason.as_str(), all.path.as_str(), all.scope), ("its build", "dist/**", Scope::Archive));
        assert_eq!(all.of, "77".repeat(32));
        assert_eq!(all.expires.unwrap().to_string(), "2027-02-18T12:00:00Z");
        assert_eq!(typed("x scope:everywhere").unwrap().of, "");
        // A colon in a reason is no option.
        assert_eq!(typed("see: above").unwrap().reason, "see: above");
    }

    #[rstest::rstest]
    #[case("", "say why")]
    #[case("scope:archive", "say why")]
    #[case("x for:ever", "number of days")]
    #[case("x for:-1d", "number of days")]
    #[case("x scope:world", "archive, package or everywhere")]
    fn what_is_wrong_is_told_and_hides_nothing(#[case] text: &str, #[case] told: &str) {
        let why = typed(text).unwrap_err();
        assert!(why.contains(told) && why.starts_with("nothing is hidden"), "{why}");
    }
}
