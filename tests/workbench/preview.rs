//! What stands in the place of bytes that are no text: a picture, the members of an archive; the bytes are one key away.

use cerebro::config::Depth;
use cerebro::package::File;
use cerebro::syntax::Doc;
use ratatui::style::Color;

use super::case;
use super::harness::{Bench, Given, state};

/// A bitmap of two by two points: red and green above blue and white; then what nobody looks for there.
fn bitmap(hidden: &[u8]) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for word in [70u32, 0, 54, 40, 2, 2] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    // Rows from below, blue first, each filled up to four bytes.
    bytes.extend([255, 0, 0, 255, 255, 255, 0, 0]);
    bytes.extend([0, 0, 255, 0, 255, 0, 0, 0]);
    bytes.extend(hidden);
    bytes
}

fn open(depth: Depth, name: &str, bytes: &[u8]) -> Bench {
    let mut package = case::package();
    package.files.push(File { path: name.to_owned(), bytes: bytes.into(), source: None });
    let doc = Doc::File(package.files.len() - 1);
    let mut bench = Bench::on(state(120, 35, depth), Given::new(package));
    bench.settle();
    bench.keys("p").text(name).keys("enter");
    assert_eq!(bench.bench.state.viewer.doc, Some(doc));
    bench
}

#[test]
fn an_image_is_shown_with_what_it_hides() {
    let mut bench = open(Depth::True, "zz/logo.bmp", &bitmap(b"#!/bin/sh\necho hidden\n"));
    bench.shows("BMP image, 2 x 2").shows("22 bytes behind its end: a script").shows("0x46");
    let (x, y) = bench.find("▀");
    let cell = &bench.buffer()[(x, y)];
    assert_eq!(
        (cell.fg, cell.bg),
        (Color::Rgb(255, 0, 0), Color::Rgb(255, 0, 0)),
        "a point is larger than a cell here"
    );
    let colors: Vec<Color> =
        bench.buffer().content.iter().filter(|cell| cell.symbol() == "▀").map(|cell| cell.fg).collect();
    for color in [Color::Rgb(0, 255, 0), Color::Rgb(0, 0, 255), Color::Rgb(255, 255, 255)] {
        assert!(colors.contains(&color), "{colors:?}");
    }
    bench.keys("x").hides("BMP image").shows("42 4d 46");
    bench.keys("x").shows("BMP image, 2 x 2");
}

#[test]
fn a_place_in_the_bytes_is_shown_as_bytes() {
    let mut bench = open(Depth::True, "zz/logo.bmp", &bitmap(b"#!/bin/sh\necho hidden\n"));
    bench.keys("/").text("hidden").keys("enter").hides("BMP image, 2 x 2").shows("42 4d 46");
    bench.keys("x").shows("BMP image, 2 x 2");
}

#[test]
fn without_colors_what_is_bright_is_dense() {
    let bench = open(Depth::None, "zz/logo.bmp", &bitmap(b""));
    assert!(bench.screen().contains('█') && !bench.screen().contains('▀'), "{}", bench.screen());
    let bench = open(Depth::Indexed, "zz/logo.bmp", &bitmap(b""));
    let (x, y) = bench.find("▀");
    assert_eq!(bench.buffer()[(x, y)].fg, Color::Indexed(196));
}

#[test]
fn an_archive_is_a_list_that_scrolls() {
    let files: Vec<(String, Vec<u8>)> = (0..200).map(|n| (format!("in/file{n:03}.js"), vec![b' '; n])).collect();
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (path.as_str(), text.as_slice())).collect();
    let mut bench = open(Depth::True, "zz/more.tgz", &crate::common::archives::tgz(&borrowed));
    bench.shows("tar archive, packed by gzip, 200 files").shows("in/file000.js").hides("in/file199.js");
    bench.keys("G").shows("in/file199.js").shows("199");
    bench.keys("g").shows("in/file000.js");
}

#[test]
fn a_name_in_an_archive_cannot_act_on_the_terminal() {
    let bytes = crate::common::archives::tgz(&[("a\u{1b}[31m\u{202e}.js", b"1")]);
    let bench = open(Depth::True, "zz/more.tgz", &bytes);
    assert!(!bench.screen().contains(['\u{1b}', '\u{202e}']), "{}", bench.screen());
    assert!(bench.screen().contains("<U+202E>"), "{}", bench.screen());
}

#[test]
fn bytes_of_no_known_kind_stay_bytes() {
    let mut bench = open(Depth::True, "zz/blob.bin", &[0, 1, 2, 3]);
    bench.shows("00 01 02 03").keys("x").shows("These bytes are no text");
}
