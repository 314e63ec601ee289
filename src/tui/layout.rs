//! Which pane stands where, for drawing, for page sizes and for the mouse.

use ratatui::layout::{Constraint, Layout, Margin, Position, Rect, Size};

use crate::session::Widths;
use crate::tui::state::Pane;
use crate::tui::view::View;
use crate::tui::view::contract::Room;

/// From this width on the panes stand side by side.
pub const WIDE: u16 = 120;
/// Lines of the banner of the guided tour.
const BANNER: u16 = 3;
/// From this height on there is room for it.
const WITH_BANNER: u16 = 16;
/// Lines of the token view that say which attention is shown and what that means.
pub const TOKENS_HEAD: u16 = 3;
/// From this width on there is room for the source beside a table.
pub const BROAD: u16 = 180;
/// Fewest columns that a pane is left with.
const LEAST: u16 = 16;
/// The share of a table.
pub const TABLE: Constraint = Constraint::Percentage(62);
/// The card's share of a wide screen.
pub const CARD: Constraint = Constraint::Percentage(56);
/// From this height on messages have a line of their own.
const WITH_STATUS: u16 = 14;
/// From this height on the card shows the bytes of its selected line.
const WITH_PEEK: u16 = 20;
/// From this height on a broad screen shows behaviors below the card.
const HIGH: u16 = 46;
/// From this height on a narrower screen shows them stacked; below, one at a time.
const TALL: u16 = 36;

/// An edge between two panes that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Right of the files.
    Files,
    /// Left of the third pane.
    Right,
    /// Between a view and the source beside it.
    Body,
}

impl Room {
    /// The columns of a width that was given to a pane, so that others have some too.
    #[must_use]
    pub fn columns(&self, share: Option<u16>) -> Option<u16> {
        let columns = u32::from(self.size.width) * u32::from(share?) / u32::from(Widths::WHOLE);
        let most = self.size.width.saturating_sub(2 * LEAST).max(LEAST);
        Some(u16::try_from(columns).unwrap_or(most).clamp(LEAST, most))
    }
}

/// The screen cut up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas {
    /// What the tool says of the package.
    pub strip: Rect,
    /// The names of the panes where one is shown at a time.
    pub tabs: Option<Rect>,
    /// The file tree with its border.
    pub files: Option<Rect>,
    /// The source with its border.
    pub source: Option<Rect>,
    /// Sequence or tokens with their border.
    pub right: Option<Rect>,
    /// Everything between strip and footer, for a view that is one.
    pub body: Rect,
    /// What the guided tour says.
    pub banner: Option<Rect>,
    /// Messages, else where one is; on a low screen they stand where the keys are.
    pub status: Rect,
    /// Keys.
    pub footer: Rect,
    /// The bytes that the selected line of the card is about, where no source stands beside it.
    pub peek: Option<Rect>,
    /// Whether panes have a border.
    pub bordered: bool,
}

impl Areas {
    /// Cuts a screen; with the banner of the guided tour above the footer, where there is room for it.
    #[must_use]
    pub fn new(size: Size, view: View, focus: Pane, zoom: bool, guided: bool, widths: Widths) -> Self {
        if !guided || size.height < WITH_BANNER {
            return Self::without_banner(size, view, Room { size, focus, zoom, widths });
        }
        let rest = Size { height: size.height - BANNER, ..size };
        let mut areas = Self::without_banner(rest, view, Room { size: rest, focus, zoom, widths });
        areas.banner = Some(Rect { height: BANNER, ..areas.status });
        areas.footer.y += BANNER;
        areas.status.y += BANNER;
        areas
    }

    fn without_banner(size: Size, view: View, room: Room) -> Self {
        let screen = Rect::new(0, 0, size.width, size.height);
        let own_line = u16::from(size.height >= WITH_STATUS);
        let [strip, body, status, footer] = Layout::vertical([
            Constraint::Length(2),
            Constraint::Min(0),
            Constraint::Length(own_line),
            Constraint::Length(1),
        ])
        .areas(screen);
        let status = if own_line > 0 { status } else { footer };
        let mut areas = Self { strip, body, status, footer, ..Self::default() };
        (view.contract().areas)(&mut areas, &room);
        areas
    }

    /// The body with the source beside it.
    pub(in crate::tui) fn beside_source(&mut self, share: Constraint, room: &Room) {
        let share = room.columns(room.widths.body).map_or(share, Constraint::Length);
        let [body, source] = Layout::horizontal([share, Constraint::Min(0)]).areas(self.body);
        self.body = body;
        self.source = Some(source);
        self.bordered = true;
    }

    /// The bytes of the card's selected line below it, where there is room for them.
    pub(in crate::tui) fn peek_below(&mut self) {
        if self.body.height >= WITH_PEEK {
            let [card, peek] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(self.body);
            self.body = card;
            self.peek = Some(peek);
        }
    }

    /// The card with tree and source at its sides, and behaviors below it where there is room.
    pub(in crate::tui) fn card_among_panes(&mut self, room: &Room) {
        let body = self.body;
        let files = Constraint::Length(room.columns(room.widths.files).unwrap_or(body.width / 6));
        let card = room.columns(room.widths.body).map_or(Constraint::Percentage(47), Constraint::Length);
        let [files, card, source] = Layout::horizontal([files, card, Constraint::Min(LEAST)]).areas(body);
        (self.files, self.source, self.body) = (Some(files), Some(source), card);
        self.bordered = true;
        if body.height >= HIGH {
            let [card, right] = Layout::vertical([Constraint::Percentage(66), Constraint::Min(0)]).areas(card);
            (self.body, self.right) = (card, Some(right));
        }
    }

    /// Files, source and behaviors side by side, stacked, or one at a time.
    pub(in crate::tui) fn panes(&mut self, room: &Room) {
        let (body, size) = (self.body, room.size);
        let one = |areas: &mut Self, rect: Rect| match room.focus {
            Pane::Files => areas.files = Some(rect),
            Pane::Source => areas.source = Some(rect),
            Pane::Sequence | Pane::Tokens => areas.right = Some(rect),
        };
        if size.width < WIDE && (size.height < TALL || size.width < 70) {
            let [tabs, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(body);
            self.tabs = Some(tabs);
            return one(self, body);
        }
        self.bordered = true;
        if room.zoom {
            return one(self, body);
        }
        let (files, source, right) = if size.width < WIDE {
            let [top, bottom] = Layout::vertical([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(body);
            let [files, right] =
                Layout::horizontal([Constraint::Percentage(38), Constraint::Percentage(62)]).areas(bottom);
            (files, top, right)
        } else {
            let files = room.columns(room.widths.files).unwrap_or((size.width / 5).clamp(26, 42));
            let right = room.columns(room.widths.right).unwrap_or((size.width * 7 / 20).clamp(42, 84));
            let [files, source, right] =
                Layout::horizontal([Constraint::Length(files), Constraint::Min(LEAST), Constraint::Length(right)])
                    .areas(body);
            (files, source, right)
        };
        (self.files, self.source, self.right) = (Some(files), Some(source), Some(right));
    }

    /// Edges between panes side by side, with the column where each begins.
    #[must_use]
    pub fn edges(&self) -> Vec<(Edge, u16)> {
        let beside = |left: Rect, right: Rect| self.bordered && left.right() == right.x && left.y == right.y;
        let mut edges = Vec::new();
        if let (Some(files), Some(next)) = (self.files, self.source)
            && (beside(files, next) || beside(files, self.body))
        {
            edges.push((Edge::Files, files.right()));
        }
        match (self.source, self.right) {
            (Some(source), Some(right)) if beside(source, right) => edges.push((Edge::Right, right.x)),
            (Some(source), _) if beside(self.body, source) => edges.push((Edge::Body, source.x)),
            _ => {}
        }
        edges
    }

    /// The frames of the decoder lab: chains, and what the selected one yields. Beside each other where there is room for
    /// sixteen bytes in a row, else one above the other.
    #[must_use]
    pub fn lab_frames(&self) -> (Rect, Rect) {
        let [list, result] = if self.lab_beside() {
            let list = (self.body.width * 2 / 5).min(70);
            Layout::horizontal([Constraint::Length(list), Constraint::Min(0)]).areas(self.body)
        } else {
            Layout::vertical([Constraint::Percentage(42), Constraint::Min(0)]).areas(self.body)
        };
        (list, result)
    }

    /// Whether these frames stand beside each other.
    #[must_use]
    pub fn lab_beside(&self) -> bool {
        self.body.width >= WIDE
    }

    /// What is inside these frames; of the chains, without the line that says how the search went.
    #[must_use]
    pub fn lab(&self) -> (Rect, Rect) {
        let (list, result) = self.lab_frames();
        let list = list.inner(Margin::new(1, 1));
        (Rect { height: list.height.saturating_sub(1), ..list }, result.inner(Margin::new(1, 1)))
    }

    /// A pane's area without its border; empty where it is not on the screen.
    #[must_use]
    pub fn inner(&self, pane: Pane) -> Rect {
        let area = match pane {
            Pane::Files => self.files,
            Pane::Source => self.source,
            Pane::Sequence | Pane::Tokens => self.right,
        };
        let area = area.unwrap_or_default();
        let inner = if self.bordered { area.inner(Margin::new(1, 1)) } else { area };
        match pane {
            Pane::Tokens => {
                let head = TOKENS_HEAD.min(inner.height);
                Rect { y: inner.y + head, height: inner.height - head, ..inner }
            }
            _ => inner,
        }
    }
}

/// The view that explains, cut up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explain {
    /// Pieces with their bars, under a line of titles.
    pub table: Rect,
    /// Layers and heads, under a title.
    pub overview: Rect,
    /// What the model would say.
    pub what_if: Rect,
}

/// Columns before the first head of the overview.
const LAYER: u16 = 9;

impl Explain {
    /// The layer and head under a place of the screen.
    #[must_use]
    pub fn cell(&self, at: Position) -> Option<(usize, usize)> {
        let layer = at.y.checked_sub(self.overview.y + 1)?;
        let head = at.x.checked_sub(self.overview.x + LAYER)?;
        self.overview.contains(at).then_some((usize::from(layer), usize::from(head / 2)))
    }
}

/// Cuts the body for the view that explains: table beside the rest, or above it where the screen is narrow.
#[must_use]
pub fn explain(body: Rect) -> Explain {
    const SIDE: u16 = 52;
    const BELOW: u16 = 7;
    const LOW: u16 = 2 * BELOW;
    let gap = Margin::new(1, 0);
    if body.width >= WIDE {
        let [table, side] = Layout::horizontal([Constraint::Min(0), Constraint::Length(SIDE)]).areas(body);
        let [what_if, overview] = Layout::vertical([Constraint::Length(9), Constraint::Min(0)]).areas(side);
        return Explain { table: table.inner(gap), overview: overview.inner(gap), what_if: what_if.inner(gap) };
    }
    if body.height < LOW {
        // What the model would say needs two lines; the overview waits for a higher screen.
        let [table, what_if] = Layout::vertical([Constraint::Min(0), Constraint::Length(3)]).areas(body);
        return Explain { table: table.inner(gap), overview: Rect::ZERO, what_if: what_if.inner(gap) };
    }
    let [table, below] = Layout::vertical([Constraint::Min(0), Constraint::Length(BELOW)]).areas(body);
    let [overview, what_if] = Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(below);
    Explain { table: table.inner(gap), overview: overview.inner(gap), what_if: what_if.inner(gap) }
}

/// The list of the diff and the place beside it; where there is no room for that, the place below, and more of it where one
/// reads in it.
#[must_use]
pub fn diff(body: Rect, reading: bool) -> [Rect; 2] {
    if body.width >= WIDE {
        return Layout::horizontal([Constraint::Percentage(45), Constraint::Min(0)]).areas(body);
    }
    let list = Constraint::Percentage(if reading { 24 } else { 46 });
    Layout::vertical([list, Constraint::Min(0)]).areas(body)
}

/// Columns left of the text in the source pane: heat, mark, line number, a blank.
#[must_use]
pub fn gutter(lines: usize) -> u16 {
    let digits = lines.max(1).ilog10() + 1;
    u16::try_from(digits.max(3)).unwrap_or(3) + 4
}

/// The text area of help and details: in the middle, with a border around it and a margin inside, as high as its lines.
#[must_use]
pub fn page(size: Size, lines: usize) -> Rect {
    let width = size.width.saturating_sub(4).min(96);
    let most = size.height.saturating_sub(4);
    let height = most.min(u16::try_from(lines).unwrap_or(u16::MAX));
    Rect::new((size.width - width) / 2, (size.height - most) / 2, width, height)
}

/// The tabs of a narrow screen with their first column and width.
#[must_use]
pub fn tabs(area: Rect, right: Pane) -> Vec<(Pane, &'static str, u16)> {
    let last = if right == Pane::Tokens { (Pane::Tokens, " 4 Tokens ") } else { (Pane::Sequence, " 3 Behaviors ") };
    let names = [(Pane::Files, " 1 Files "), (Pane::Source, " 2 Source "), last];
    let mut x = area.x;
    let mut tabs = Vec::new();
    for (pane, name) in names {
        let width = u16::try_from(name.len()).unwrap_or_default();
        if x + width <= area.right() {
            tabs.push((pane, name, x));
        }
        x += width + 1;
    }
    tabs
}

/// The tab under a column.
#[must_use]
pub fn tab_at(area: Rect, right: Pane, x: u16) -> Option<Pane> {
    let tabs = tabs(area, right);
    let tab = tabs.iter().rev().find(|(_, name, start)| x >= *start && usize::from(x - start) < name.len())?;
    Some(tab.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(80, 24, 1, true)]
    #[case(100, 50, 3, false)]
    #[case(120, 40, 3, false)]
    #[case(200, 60, 3, false)]
    #[case(40, 60, 1, true)]
    fn panes_by_size(#[case] width: u16, #[case] height: u16, #[case] panes: usize, #[case] tabs: bool) {
        let areas = Areas::new(Size::new(width, height), View::Code, Pane::Source, false, false, Widths::default());
        let shown = [areas.files, areas.source, areas.right].into_iter().flatten().count();
        assert_eq!((shown, areas.tabs.is_some()), (panes, tabs));
        assert!(areas.inner(Pane::Source).width >= width.min(120) * 4 / 10);
    }

    #[test]
    fn the_smallest_screens_do_no_harm() {
        for width in 0..10 {
            for height in 0..20 {
                let areas =
                    Areas::new(Size::new(width, height), View::Code, Pane::Tokens, false, true, Widths::default());
                assert!(areas.inner(Pane::Tokens).bottom() <= height);
            }
        }
    }
}
