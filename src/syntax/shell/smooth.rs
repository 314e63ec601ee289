//! Shell text made smooth for the grammar: what it would cut or take for something else stands as plain words, in its place.

use std::borrow::Cow;

/// A backslash at the end of a line joins what stands around it. Within a word, which the grammar would cut there, the rest
/// of the word moves up and blanks take its place, so that all that follows stands where it stood.
pub(super) fn unbroken(text: &str) -> Cow<'_, str> {
    const ENDS: &str = " \t\n;|&()<>";
    let mut out = Cow::Borrowed(text);
    // The lines of a here-document are no words.
    let end = text.find("<<").unwrap_or(text.len());
    let mut quote = None;
    let mut before = ' ';
    let mut at = 0;
    while let Some(c) = out.get(at..end).and_then(|rest| rest.chars().next()) {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => {
                at += out.get(at..end).and_then(|rest| rest.find('\n')).unwrap_or(end - at);
                before = '\n';
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '\\') if out.get(at..).is_some_and(|rest| rest.starts_with("\\\n")) && !ENDS.contains(before) => {
                let mut word = String::new();
                let mut from = at;
                while let Some(next) = out.get(from..end).and_then(|rest| rest.chars().next()) {
                    match next {
                        '\\' if out.get(from..).is_some_and(|rest| rest.starts_with("\\\n")) => from += 2,
                        _ if ENDS.contains(next) => break,
                        _ => {
                            word.push(next);
                            from += next.len_utf8();
                        }
                    }
                }
                if !word.is_empty() {
                    let blanks = " ".repeat(from - at - word.len());
                    out.to_mut().replace_range(at..from, &format!("{word}{blanks}"));
                    continue;
                }
                at += 1;
            }
            (None | Some('"'), '\\') => {
                at += out.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
            }
            _ => {}
        }
        before = c;
        at += c.len_utf8();
    }
    out
}

/// `{curl,-s,address}` is a command in three words, which the grammar takes for the start of a group.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find('{')).map(|at| at + from) {
        from = open + 1;
        let starts =
            text.get(..open).and_then(|before| before.chars().next_back()).is_none_or(|c| " \t\n;|&(`".contains(c));
        let rest = text.get(open + 1..).unwrap_or_default();
        let end = rest.find(|c: char| c == '}' || c == '{' || c.is_whitespace() || "'\";|&".contains(c));
        let Some(end) = end.filter(|end| starts && rest.get(*end..).is_some_and(|tail| tail.starts_with('}'))) else {
            continue;
        };
        let inside = rest.get(..end).unwrap_or_default();
        if inside.contains(',') && !inside.ends_with(',') {
            let spaced = inside.replace(',', " ");
            out.to_mut().replace_range(open..open + end + 2, &format!(" {spaced} "));
        }
    }
    out
}
