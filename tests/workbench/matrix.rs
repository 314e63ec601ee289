//! Every view in every theme, at the smallest and at a large screen. A new view needs one line in `SCREENS`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use cerebro::config::{Config, Depth, ThemeName};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;
use regex::Regex;
use strum::IntoEnumIterator as _;

use super::harness::{Bench, carded, rows};

/// A name and the keys that lead there from the card of the hand-built case.
const SCREENS: [(&str, &str); 21] = [
    ("card", ""),
    ("explain", "E"),
    ("files", "1"),
    ("source", "2 G"),
    ("behaviors", "3 j j"),
    ("tokens", "t"),
    ("hex", "2 x"),
    ("diff", "D"),
    ("lab", "2 g j j X"),
    ("origin", "3 G o"),
    ("results", "S e x e c enter"),
    ("indicators", "I"),
    ("marks", "2 v 1 V"),
    ("report", "n v 1 A"),
    ("selection", "2 v j"),
    ("finder", "p s e t"),
    ("details", "i"),
    ("guidelines", "3 G : g u i d e l i n e enter"),
    ("help", "?"),
    ("palette", ": l a b"),
    ("start", "H"),
];

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];

fn screen(size: (u16, u16), keys: &str) -> Bench {
    let mut bench = Bench::ready_on(carded(size.0, size.1));
    bench.keys(keys);
    bench
}

/// Times of day and of the machine, put to rest.
fn timeless(text: &str) -> String {
    let text = Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC").unwrap().replace_all(text, "2026-01-01 00:00 UTC");
    // As wide as it was: what stands to the right of it stays where it is.
    let still = |took: &regex::Captures<'_>| format!("0 ms{}", " ".repeat(took[1].len() - 1));
    let text = Regex::new(r"\b(\d+) ms\b").unwrap().replace_all(&text, still).into_owned();
    // At the end of a line the width is nobody's.
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The same screen in other colors.
fn repaint(bench: &mut Bench, theme: ThemeName, depth: Depth) {
    let state = &mut bench.bench.state;
    state.config = Arc::new(Config::load(None, depth).unwrap());
    state.look = theme;
    state.dirty = true;
    // The second cell of a wide character is not drawn, so in memory it would keep the color that it had.
    bench.bench.screen.terminal.clear().unwrap();
    bench.settle();
}

#[test]
fn every_view_at_every_size() {
    for (name, keys) in SCREENS {
        for size in SIZES {
            let bench = screen(size, keys);
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), timeless(&bench.screen()));
        }
    }
}

/// The styles on a screen that were not seen before, with the first text that has each: what a text snapshot cannot see,
/// short enough to be read.
fn styles(buffer: &Buffer, seen: &mut BTreeSet<String>) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            let mut text = String::new();
            while x < buffer.area.width && {
                let cell = &buffer[(x, y)];
                (cell.fg, cell.bg, cell.modifier) == style
            } {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += (cerebro::text::width(symbol) as u16).max(1);
            }
            let shown: String = timeless(text.trim()).chars().take(24).collect();
            let (fg, bg, modifier) = style;
            let style = format!("{fg} on {bg} {modifier:?}");
            if !shown.is_empty() && seen.insert(style.clone()) {
                writeln!(out, "{style:<48} {shown}").unwrap();
            }
        }
    }
    out
}

#[test]
fn every_theme_in_every_view() {
    let mut benches = SCREENS.map(|(name, keys)| (name, screen(SIZES[1], keys)));
    for theme in ThemeName::iter() {
        let (mut out, mut seen) = (String::new(), BTreeSet::new());
        for (name, bench) in &mut benches {
            repaint(bench, theme, Depth::True);
            writeln!(out, "== {name}\n{}", styles(bench.buffer(), &mut seen)).unwrap();
        }
        insta::assert_snapshot!(format!("theme_{}", theme.name()), out);
    }
}

/// A theme changes colors and nothing else, and without colors everything is still there.
#[test]
fn the_text_is_the_same_in_every_theme() {
    for (name, keys) in SCREENS {
        for size in SIZES {
            let mut bench = screen(size, keys);
            let dark = rows(bench.buffer());
            for theme in ThemeName::iter() {
                for depth in [Depth::True, Depth::Indexed, Depth::None] {
                    repaint(&mut bench, theme, depth);
                    assert_eq!(rows(bench.buffer()), dark, "{name} {theme:?} {depth:?}");
                    let cells = bench.buffer().content();
                    let colored = cells.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
                    assert_eq!(colored, depth != Depth::None, "{name} {theme:?} {depth:?}");
                    let rgb = |cell: &Cell| [cell.fg, cell.bg].iter().any(|color| matches!(color, Color::Rgb(..)));
                    let all = depth == Depth::True && theme != ThemeName::Ansi;
                    assert_eq!(cells.iter().any(rgb), all, "{name} {theme:?} {depth:?}");
                }
            }
        }
    }
}

/// Nothing may break where there is hardly a screen.
#[test]
fn the_smallest_screens_do_no_harm_in_any_view() {
    for (_, keys) in SCREENS {
        let mut bench = screen((80, 24), keys);
        for (width, height) in [(40, 12), (20, 5), (3, 3), (1, 1), (200, 2), (2, 60), (80, 24)] {
            bench.resize(width, height);
        }
    }
}
