//! Whole screens, at the sizes people have.

use cerebro::config::Depth;
use ratatui::style::{Color, Modifier};

use super::harness::{Bench, state};

#[rstest::rstest]
#[case(80, 24)]
#[case(100, 50)]
#[case(120, 40)]
#[case(200, 60)]
fn opened(#[case] width: u16, #[case] height: u16) {
    let bench = Bench::ready(width, height);
    insta::assert_snapshot!(format!("opened_{width}x{height}"), bench.screen());
}

#[rstest::rstest]
#[case("files", "1")]
#[case("source", "2")]
#[case("tokens", "t")]
#[case("help", "?")]
#[case("details", "i")]
#[case("palette", ": l a b")]
fn narrow(#[case] name: &str, #[case] keys: &str) {
    let mut bench = Bench::ready(80, 24);
    bench.keys(keys);
    insta::assert_snapshot!(format!("{name}_80x24"), bench.screen());
}

#[rstest::rstest]
#[case("tokens", "t")]
#[case("help", "?")]
#[case("details", "i")]
#[case("hex", "1 g l down enter")]
#[case("layer", "G k k k enter")]
fn wide(#[case] name: &str, #[case] keys: &str) {
    let mut bench = Bench::ready(120, 40);
    bench.keys(keys);
    insta::assert_snapshot!(format!("{name}_120x40"), bench.screen());
}

/// Styles, one letter a cell: what a text snapshot cannot see.
#[test]
fn styles() {
    let mut bench = Bench::ready(120, 40);
    bench.keys("j j j t");
    let buffer = bench.buffer().clone();
    let mut seen: Vec<(Color, Color, Modifier)> = Vec::new();
    let mut map = String::new();
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            let index = seen.iter().position(|s| *s == style).unwrap_or_else(|| {
                seen.push(style);
                seen.len() - 1
            });
            map.push(char::from_u32('A' as u32 + index as u32).unwrap());
        }
        map.push('\n');
    }
    let legend: Vec<String> = seen
        .iter()
        .enumerate()
        .map(|(i, (fg, bg, modifier))| {
            format!("{} {fg} on {bg} {modifier:?}", char::from_u32('A' as u32 + i as u32).unwrap())
        })
        .collect();
    insta::assert_snapshot!(format!("{map}\n{}", legend.join("\n")));
}

#[test]
fn without_colors_nothing_is_colored_and_everything_is_there() {
    let plain = Bench::ready_on(state(120, 40, Depth::None));
    let colored = Bench::ready(120, 40);
    assert_eq!(plain.screen(), colored.screen());
    let cells = plain.buffer().content();
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(cells.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)), "the selection must be seen");
}
