//! A picture of the real screen, for the README. Run by hand, on a real package with the real model:
//!
//! ```text
//! CEREBRO_PICTURE=screen.svg cargo test picture -- --ignored
//! ```
//!
//! `CEREBRO_PICTURE_OF` names the package (else a sample), `CEREBRO_PICTURE_KEYS` the keys pressed before (`j j j t`),
//! `CEREBRO_PICTURE_AGAINST` another version, `CEREBRO_PICTURE_SIZE` the screen (`160x45`), `CEREBRO_PICTURE_THEME=light` the theme, `CEREBRO_MODEL` the model.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cerebro::config::ThemeName;
use cerebro::package::{self, OpenOptions};
use cerebro::tui::worker::Judge;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use super::harness::{Bench, Given, again, carded};

/// Size of a cell in the picture's units.
const CELL: (f32, f32) = (8.43, 16.4);

#[test]
#[ignore = "makes a picture for people"]
fn picture() {
    let variable = |name: &str| std::env::var(format!("CEREBRO_{name}")).ok().filter(|value| !value.is_empty());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of = variable("PICTURE_OF").map_or_else(|| root.join("samples/pypi-install-override.tar.gz"), PathBuf::from);
    let size = variable("PICTURE_SIZE").unwrap_or_else(|| "160x45".to_owned());
    let (width, height) = size.split_once('x').unwrap();
    let mut state = carded(width.parse().unwrap(), height.parse().unwrap());
    let name = variable("PICTURE_THEME").map(|name| name.parse().unwrap());
    state.look = name.unwrap_or(ThemeName::Dark);
    let light = state.look == ThemeName::Light;
    let mut given = Given::new(package::open(&of, &OpenOptions::default()).unwrap());
    let folder = variable("MODEL").map_or_else(|| newest(&root.join("models")), PathBuf::from);
    given.load = Box::new(move || Judge::load(&folder, &"cpu".parse().unwrap(), again()));
    state.diff.against = variable("PICTURE_AGAINST").map(PathBuf::from);
    let mut bench = Bench::on(state, given);
    bench.settle();
    for key in variable("PICTURE_KEYS").unwrap_or_default().split_whitespace() {
        bench.keys(key);
    }
    let out = variable("PICTURE").unwrap_or_else(|| "screen.svg".to_owned());
    std::fs::write(&out, svg(bench.buffer(), light)).unwrap();
}

/// The folder below that holds a model.
fn newest(models: &Path) -> PathBuf {
    let folders = std::fs::read_dir(models).into_iter().flatten().map(|entry| entry.unwrap().path());
    folders.filter(|path| path.join("config.json").exists()).max().unwrap_or_else(|| models.to_owned())
}

fn svg(buffer: &Buffer, light: bool) -> String {
    let (back, front) = if light { ("#fbfbfa", "#2b303b") } else { ("#14161b", "#c8ccd4") };
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * CELL.0, f32::from(area.height) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{back}\"/>\n<g transform=\"translate(12 12)\">\n",
        width + 24.0,
        height + 24.0
    );
    for y in 0..area.height {
        for x in 0..area.width {
            let cell = &buffer[(x, y)];
            let reversed = cell.modifier.contains(Modifier::REVERSED);
            let (fg, bg) = (hex(cell.fg), hex(cell.bg));
            let (fg, bg) = if reversed {
                (bg.unwrap_or_else(|| back.to_owned()), Some(fg.unwrap_or_else(|| front.to_owned())))
            } else {
                (fg.unwrap_or_else(|| front.to_owned()), bg)
            };
            let (left, top) = (f32::from(x) * CELL.0, f32::from(y) * CELL.1);
            if let Some(bg) = bg {
                let wide = CELL.0 + 0.3;
                writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" fill=\"{bg}\"/>",
                    CELL.1
                )
                .unwrap();
            }
            let symbol = cell.symbol();
            if symbol.trim().is_empty() {
                continue;
            }
            let mut style = String::new();
            for (modifier, text) in [
                (Modifier::BOLD, " font-weight=\"bold\""),
                (Modifier::ITALIC, " font-style=\"italic\""),
                (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            ] {
                if cell.modifier.contains(modifier) {
                    style.push_str(text);
                }
            }
            let symbol = symbol.replace('&', "&amp;").replace('<', "&lt;");
            writeln!(out, "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{fg}\"{style}>{symbol}</text>", top + 12.9)
                .unwrap();
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn hex(color: Color) -> Option<String> {
    match color {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        _ => None,
    }
}
