//! The workbench line by line: pages as text, commands from lines.

use cerebro::tui::Workbench;
use cerebro::tui::plain::{self, Page, SIZE};

use super::case;
use super::harness::{Given, carded, start};

/// What is printed for lines that are typed.
fn spoken(lines: &str) -> String {
    let (start, _folder) = start(Given::new(case::package()));
    let mut bench = Workbench::new(carded(SIZE.width, SIZE.height), Page::new().unwrap(), start);
    let mut out = Vec::new();
    plain::run(&mut bench, &mut lines.as_bytes(), &mut out).unwrap().unwrap();
    let text = String::from_utf8(out).unwrap();
    let drawn = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2500}'..='\u{259f}');
    assert_eq!(text.chars().find(|c| drawn(*c)), None, "{text}");
    text
}

#[test]
fn the_card_is_read_and_a_label_is_given() {
    let text = spoken("label suspicious\nundo\nquit\n");
    let (first, rest) = text.split_once("\n> ").unwrap();
    assert!(
        first.contains("  1   does ") && first.contains("   label  ") && first.contains("Type the number"),
        "{first}"
    );
    assert!(rest.contains("u takes it back.") && rest.contains("suspicious"), "{rest}");
    // Heard once, and again when Enter alone asks for it.
    assert_eq!(spoken("nothing that fits zzzz\nquit\n").matches("   does ").count(), 1);
    assert_eq!(spoken("\nquit\n").matches("   does ").count(), 2);
}

#[test]
fn lines_lead_to_what_they_are_about() {
    let text = spoken("files\nquit\n");
    let row = text.lines().rev().find(|line| line.contains("setup.py")).unwrap().trim().split(' ').next().unwrap();
    let text = spoken(&format!("files\n{row}\nquit\n"));
    assert!(text.contains("from setuptools import setup"), "{text}");
    let text = spoken("files\n999?\nzzzz zzzz\nquit\n");
    assert!(text.contains("There is no line 999.") && text.contains("Nothing fits"), "{text}");
}

#[test]
fn a_prompt_takes_the_next_line_and_pages_are_read_whole() {
    let text = spoken("source\n/environ\nquit\n");
    assert!(text.contains("Match 1 of"), "{text}");
    let text = spoken("search package\nexec\nquit\n");
    assert!(text.contains("search the package> "), "{text}");
    let text = spoken("help\nguideline\nquit\n");
    assert!(text.contains("Everywhere: move") && text.contains("What the OSSF counts as malicious"), "{text}");
}
