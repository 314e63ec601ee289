//! Code pushed out of sight: behind a long run of blanks on its line, or indented far beyond the lines around it.

use std::collections::VecDeque;

use super::{Evidence, Kind};
use crate::package::File;
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::{Source, Span, TAB, width};

/// Blanks in a row that push what follows off any screen.
const BLANKS: usize = 150;
/// Columns that a line is indented further than one of the lines before it, which push it off any screen.
const JUMP: usize = 150;
/// How many lines before it are looked at.
const RECENT: usize = 20;
/// An indent that is off any screen whatever the lines before it have.
const FAR: usize = 400;
/// Most places told one by one of a file.
const PLACES: usize = 50;

/// Evidence of one file of code, one for each place.
pub(super) fn in_file(at: usize, file: &File, source: &Source, language: Language) -> Vec<Evidence> {
    let (places, more) = places(&source.text, language);
    let doc = Some(Doc::File(at));
    let told = places.into_iter().map(|place| {
        let (line, column) = source.line_column(place.span.start);
        let lines = if place.lines > 1 { format!(" and {} more lines", place.lines - 1) } else { String::new() };
        let how = match place.how {
            How::Blanks(blanks) => format!("code after {blanks} blanks"),
            How::Jump(further) => format!("a line{lines} indented {further} columns further than one before"),
            How::Far(indent) => format!("a line{lines} indented {indent} columns"),
        };
        let what = format!("{}: {how} at {line}:{column}, off the screen", file.path);
        Evidence { kind: Kind::OffScreen, what, doc, span: Some(place.span), reported: None }
    });
    let mut told: Vec<Evidence> = told.collect();
    if let Some(span) = more.first {
        let places = crate::text::many(more.count, "more place", "more places");
        let what = format!(
            "{}: {places} with code off the screen, the first at line {}",
            file.path,
            source.line_of(span.start)
        );
        told.push(Evidence { kind: Kind::OffScreen, what, doc, span: Some(span), reported: None });
    }
    told
}

/// Where code is out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// From the code to the end of its line.
    span: Span,
    how: How,
    /// Lines in a row that are so, from this one.
    lines: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Behind so many blanks.
    Blanks(usize),
    /// Indented so many columns further than a line before it.
    Jump(usize),
    /// Indented so many columns.
    Far(usize),
}

/// What is found beyond [`PLACES`].
#[derive(Debug, Default)]
struct More {
    first: Option<Span>,
    count: usize,
}

fn places(text: &str, language: Language) -> (Vec<Place>, More) {
    let (mut found, mut more) = (Vec::new(), More::default());
    let mut add = |place: Place| {
        if found.len() < PLACES {
            found.push(place);
        } else {
            more.first.get_or_insert(place.span);
            more.count += 1;
        }
    };
    // The indents of the last lines in sight; before the first line is the edge of the screen.
    let mut recent = VecDeque::from([0]);
    let mut block: Option<Place> = None;
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let code = line.trim_start();
        let at = start + line.len() - code.len();
        let here = Span { start: at, end: start + line.len() };
        start += whole.len();
        if code.is_empty() {
            continue;
        }
        if line.len() > BLANKS {
            for (from, blanks) in behind_blanks(code, language) {
                add(Place { span: Span { start: at + from, ..here }, how: How::Blanks(blanks), lines: 1 });
            }
        }
        let indent = columns(line.get(..line.len() - code.len()).unwrap_or_default());
        let least = recent.iter().min().copied().unwrap_or(0);
        let how = match () {
            () if indent >= least + JUMP => How::Jump(indent - least),
            () if indent >= FAR => How::Far(indent),
            () => {
                block.take().into_iter().for_each(&mut add);
                if recent.len() == RECENT {
                    recent.pop_front();
                }
                recent.push_back(indent);
                continue;
            }
        };
        // What is out of sight does not count as a line before; comments and the like are no code.
        match &mut block {
            Some(block) => block.lines += 1,
            None if is_code(code, language) => block = Some(Place { span: here, how, lines: 1 }),
            None => {}
        }
    }
    block.into_iter().for_each(add);
    // A block is known when it ends.
    found.sort_by_key(|place| place.span);
    (found, more)
}

/// Columns that blanks take.
fn columns(blanks: &str) -> usize {
    blanks.chars().fold(0, |column, c| match c {
        '\t' => column + TAB - column % TAB,
        c if c.is_ascii() => column + 1,
        c => column + width(c.encode_utf8(&mut [0; 4])).max(1),
    })
}

/// Where code stands behind a long run of blanks that follow something else on the line, and how many blanks.
fn behind_blanks(line: &str, language: Language) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut run = 0;
    let pieces = line.char_indices().filter_map(move |(at, c)| {
        // An empty statement between blanks shows nothing.
        if c.is_whitespace() || c == ';' && run > 0 {
            run += 1;
            return None;
        }
        Some((at, std::mem::take(&mut run)))
    });
    pieces.filter(move |(at, run)| *run >= BLANKS && line.get(*at..).is_some_and(|rest| is_code(rest, language)))
}

/// Whether what stands behind blanks is more than a comment, a continued line or closing brackets.
fn is_code(line: &str, language: Language) -> bool {
    let python = language == Language::Python;
    let mut rest = line;
    // Each turn takes something off, and a line has few such signs in a row.
    for _ in 0..8 {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ')' | ']' | '}' | ';' | ','));
        let comment = match rest {
            _ if python => rest.starts_with('#'),
            _ => rest.starts_with("//"),
        };
        if comment {
            // These end a line for the interpreter, though not for the eye.
            let ends = |c: char| c == '\r' || !python && matches!(c, '\u{2028}' | '\u{2029}');
            match rest.split_once(ends) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        } else if let Some(inside) = rest.strip_prefix("/*").filter(|_| !python) {
            match inside.split_once("*/") {
                Some((_, after)) => rest = after,
                None => return false,
            }
        } else if let Some(after) = rest.strip_prefix("*/") {
            rest = after;
        } else {
            break;
        }
    }
    let calls = || rest.contains(['(', '[', '`']);
    match rest.chars().next() {
        None => false,
        // The end of a continued line; an escape begins a name in JavaScript.
        Some('\\') => rest.starts_with("\\u"),
        // The rest of an aligned expression, a drawn table, a list in a comment; or an operator before a call.
        Some('*' | '|' | '+' | '-' | '^' | '~' | '#') => calls() && rest.contains(char::is_alphabetic) || jsfuck(rest),
        Some(_) => rest.contains(char::is_alphabetic) || jsfuck(rest),
    }
}

/// Code of brackets and signs alone.
fn jsfuck(line: &str) -> bool {
    line.contains("[]") && line.contains('+')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn evidence(text: &str, language: Language) -> Vec<String> {
        let file = File { path: "a".to_owned(), bytes: [].into(), source: None };
        let source = Source::new(text.to_owned());
        let found = in_file(0, &file, &source, language);
        assert!(found.iter().all(|e| e.kind == Kind::OffScreen));
        assert!(found.iter().all(|e| e.span.is_some_and(|span| !text[span.start..span.end].trim().is_empty())));
        found.into_iter().map(|e| e.what).collect()
    }

    const BOTH: [Language; 2] = [Language::Python, Language::JavaScript];

    #[rstest]
    #[case::blanks(" ".repeat(200))]
    #[case::tabs("\t".repeat(200))]
    #[case::ideographic("\u{3000}".repeat(200))]
    #[case::no_break("\u{A0}".repeat(200))]
    #[case::page_breaks("\u{C}".repeat(200))]
    #[case::em("\u{2003}".repeat(200))]
    #[case::empty_statements(format!("{0};{0}", " ".repeat(100)))]
    fn code_behind_blanks(#[case] run: String) {
        let count = run.chars().count();
        for language in BOTH {
            let told = evidence(&format!("x\nx = 1{run}run()\n"), language);
            assert_eq!(told, [format!("a: code after {count} blanks at 2:{}, off the screen", count + 6)]);
        }
    }

    #[rstest]
    #[case::comment_ends("/*@*/run()", true)]
    #[case::end_of_a_comment("*/run()", true)]
    #[case::generator("*run(){}", true)]
    #[case::signs("+run()", true)]
    #[case::not("~run()", true)]
    #[case::minus("-run()", true)]
    #[case::power("^run()", true)]
    #[case::closing("});run()", true)]
    #[case::escaped_name("\\u0072un()", true)]
    #[case::brackets_alone("[][(![]+[])[+[]]]", true)]
    #[case::line_ends_in_a_comment("// why\u{2028}run()", true)]
    #[case::comment("// why", false)]
    #[case::block_comment("/* why (x) */", false)]
    #[case::unclosed_comment("/* why (x)", false)]
    #[case::list("* why", false)]
    #[case::closing_alone("});", false)]
    #[case::continued("\\", false)]
    #[case::table("+-----+ | name", false)]
    fn what_is_code_behind_blanks(#[case] tail: &str, #[case] expected: bool) {
        for text in [format!("x = 1{}{tail}", " ".repeat(300)), format!("x\n{}{tail}", " ".repeat(300))] {
            assert_eq!(evidence(&text, Language::JavaScript).len(), usize::from(expected), "{tail}");
        }
    }

    #[test]
    fn blanks_inside_a_comment_that_ends() {
        let text = format!("/*{}*/run()", " ".repeat(300));
        assert_eq!(evidence(&text, Language::JavaScript), ["a: code after 300 blanks at 1:303, off the screen"]);
    }

    #[rstest]
    #[case::first_line(format!("{}deep()", " ".repeat(300)), "a line indented 300 columns further than one before at 1:301")]
    #[case::below(
        format!("def f():\n    a()\n\n{}run()\n    b()\n", " ".repeat(400)),
        "a line indented 400 columns further than one before at 4:401"
    )]
    #[case::tabs(format!("x = 1\r\n{}run()\r\n", "\t".repeat(50)), "a line indented 200 columns further than one before at 2:51")]
    #[case::wide(format!("x\n{}run()", "\u{3000}".repeat(80)), "a line indented 160 columns further than one before at 2:81")]
    #[case::in_stairs(
        (0..7).map(|n| format!("{}run()\n", " ".repeat(140 * n))).collect(),
        "a line and 4 more lines indented 280 columns further than one before at 3:281"
    )]
    #[case::in_small_stairs(
        (0..82).map(|n| format!("{}run()\n", " ".repeat(5 * n))).collect(),
        "a line and 1 more lines indented 400 columns at 81:401"
    )]
    fn lines_indented_out_of_sight(#[case] text: String, #[case] expected: &str) {
        for language in BOTH {
            assert_eq!(evidence(&text, language), [format!("a: {expected}, off the screen")]);
        }
    }

    #[rstest]
    #[case::continued(format!("x = f(1,\n{}# why\n{}) + 2", " ".repeat(200), " ".repeat(400)))]
    #[case::comment(format!("x = 1{}# why", " ".repeat(300)))]
    #[case::nothing(format!("x = 1{}\r\n", " ".repeat(300)))]
    #[case::nested((0..40).map(|n| format!("{}a()\n", " ".repeat(4 * n))).collect::<String>())]
    fn indents_comments_and_trailing_blanks_are_not_told(#[case] text: String) {
        assert!(evidence(&text, Language::Python).is_empty());
    }

    #[test]
    fn a_decoy_hides_nothing() {
        let blanks = " ".repeat(200);
        let told = evidence(&format!("x{blanks}decoy(){blanks}y()\n{blanks}z()\nx{blanks}run()"), Language::JavaScript);
        let places: Vec<_> = told.iter().filter_map(|what| what.split(" at ").nth(1)).collect();
        assert_eq!(
            places,
            ["1:202, off the screen", "1:409, off the screen", "2:201, off the screen", "3:202, off the screen"]
        );
        let many = evidence(&format!("x{blanks}y()\n").repeat(60), Language::JavaScript);
        assert_eq!(many.len(), PLACES + 1);
        assert_eq!(many.last().unwrap(), "a: 10 more places with code off the screen, the first at line 51");
    }
}
