//! Opinions side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use strum::IntoEnumIterator as _;

use crate::config::Role;
use crate::ledger::Facet;
use crate::text::escape;
use crate::tui::state::State;
use crate::tui::widget::frame::hollow;
use crate::tui::widget::page::broken;
use crate::tui::worker::{Opinion, word};

pub(super) fn title(state: &State) -> String {
    match (state.disputes.here(), state.disputes.count()) {
        (Some(dispute), count) => {
            format!("Disagreement {} of {count} · {}", state.disputes.selected + 1, escape(&dispute.package))
        }
        (None, _) => "Disagreements".to_owned(),
    }
}

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let dispute = match (&state.disputes.list, state.disputes.here()) {
        (None, _) => return hollow("asking the ledger …", area, theme, buf),
        (Some(Err(why)), _) => return hollow(why, area, theme, buf),
        (Some(Ok(_)), None) => return hollow("Nobody disagrees, or all was decided.", area, theme, buf),
        (Some(Ok(_)), Some(dispute)) => dispute,
    };
    let area = match state.areas().bordered {
        true => area,
        false => {
            let room = usize::from(area.width.saturating_sub(2));
            buf.set_stringn(area.x + 1, area.y, title(state), room, theme.style(Role::Title));
            Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
        }
    };
    let share = Constraint::Ratio(1, u32::try_from(dispute.opinions.len()).unwrap_or(1).max(1));
    let columns = Layout::horizontal(dispute.opinions.iter().map(|_| share)).split(area);
    for (opinion, column) in dispute.opinions.iter().zip(columns.iter()) {
        let inner = Rect { x: column.x + 1, width: column.width.saturating_sub(2), ..*column };
        let lines = lines(opinion, usize::from(inner.width).max(1));
        for (y, (role, line)) in (inner.y..inner.bottom()).zip(lines) {
            buf.set_stringn(inner.x, y, line, usize::from(inner.width), theme.style(role));
        }
    }
}

/// What one analyst says, in lines of so many columns.
fn lines(opinion: &Opinion, width: usize) -> Vec<(Role, String)> {
    let said = &opinion.taxonomy;
    let mut lines = vec![
        (Role::Title, word(opinion.label).to_owned()),
        (Role::Dim, format!("{} · {}", escape(&opinion.actor), opinion.time.strftime("%Y-%m-%d %H:%M"))),
        (Role::Text, String::new()),
    ];
    let mut add = |heading: &str, texts: Vec<String>| {
        if !texts.is_empty() {
            lines.push((Role::Key, heading.to_owned()));
            lines.extend(texts.iter().flat_map(|text| broken(&escape(text), width)).map(|line| (Role::Text, line)));
        }
    };
    let reason = if said.rationale.is_empty() { "no reason was written".to_owned() } else { said.rationale.clone() };
    add("reason", vec![reason]);
    add("marked", if opinion.marks.is_empty() { vec!["nothing".to_owned()] } else { opinion.marks.clone() });
    for facet in Facet::iter() {
        let words = said.words(facet);
        add(facet.into(), if words.is_empty() { Vec::new() } else { vec![words.join(", ")] });
    }
    add("confidence", said.confidence.map(|percent| format!("{percent} %")).into_iter().collect());
    add("campaign", Some(said.campaign.clone()).filter(|campaign| !campaign.is_empty()).into_iter().collect());
    lines
}
