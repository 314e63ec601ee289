//! Letters that pass for Latin ones: of another script, or styled so that Python reads them as the plain letter.
//!
//! A letter is told by its word and by what stands around it on the line, never by itself: Russian, Greek or Japanese comments
//! and strings are full of such letters and disguise nothing. The answer depends on nothing but the line, so that a letter
//! looks alike wherever it is shown.

use std::ops::Range;

use self::letters::{Alike, in_word, natural};

mod letters;

/// Longest word that is judged, bytes.
const WORD: usize = 1024;
/// Bytes of a line looked at on each side of a word for letters of an honest text.
const AROUND: usize = 96;
/// Fewest plain letters in a word where a letter that is only near to a Latin one counts.
const FEW: usize = 3;

/// Tells the letters of a text that pass for Latin ones; ask for one after the other, since a word is judged once.
#[derive(Debug, Clone)]
pub(super) struct Lookalikes<'t> {
    text: &'t str,
    last: Word,
}

/// A word, or the part of it that tells what it is.
#[derive(Debug, Clone, Default)]
struct Word {
    range: Range<usize>,
    judged: Judged,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Judged {
    /// No word, or one of an honest text.
    #[default]
    Honest,
    /// Nothing but such letters, where Latin ones are expected; whether it is long enough for styled letters to count.
    Alone { styled: bool },
    /// Plain letters too, so many.
    Mixed { plain: usize },
    /// A sign was asked for in it, and its letters were not.
    Sign,
}

impl<'t> Lookalikes<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, last: Word::default() }
    }

    /// Whether the character at a byte offset passes for a Latin letter where it stands.
    pub(super) fn is(&mut self, at: usize, c: char) -> bool {
        let Some(alike) = Alike::of(c) else { return false };
        if alike == Alike::Sign {
            let told = sign(self.text, at, c);
            let range = if in_word(c) { Word::at(self.text, at).range } else { at..at + c.len_utf8() };
            self.last = Word { range, judged: Judged::Sign };
            return told;
        }
        if self.last.judged == Judged::Sign || !self.last.range.contains(&at) {
            self.last = Word::at(self.text, at);
        }
        match self.last.judged {
            Judged::Sign => false,
            _ if alike == Alike::Folded => folded(self.text, &self.last.range, at, c),
            Judged::Honest => false,
            Judged::Alone { styled } => alike == Alike::Same || styled && alike == Alike::Variant,
            Judged::Mixed { plain } => {
                let is_plain = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
                let left = || is_plain(self.text.get(..at).and_then(|text| text.chars().next_back()));
                let right = is_plain(self.text.get(at + c.len_utf8()..).and_then(|text| text.chars().next()));
                match alike {
                    Alike::Same => true,
                    // At the end of a name it is set low or high, as formulas do: `memberₙ`, `matᵀ`.
                    Alike::Variant => {
                        let raised = matches!(c, 'ʰ'..='ˣ' | 'ᵃ'..='ᵡ' | 'ᶜ'..='ᶿ');
                        plain >= FEW && (right || raised && left() && is_named(self.text, &self.last.range))
                    }
                    Alike::Near => {
                        let first = at == self.last.range.start;
                        plain >= FEW && right && (left() || first && plain > FEW && self.goes_on(at + c.len_utf8()))
                    }
                    Alike::Folded | Alike::Sign => false,
                }
            }
        }
    }

    /// Whether more plain letters follow than an index in a formula has: `ρmax` is one, `αlpha` is none.
    fn goes_on(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.chars().take_while(char::is_ascii_alphabetic).take(FEW + 1).count() > FEW
    }

    /// The word that was judged last.
    pub(super) fn word(&self) -> Range<usize> {
        self.last.range.clone()
    }
}

impl Word {
    /// The word around a byte offset. A longer one than [`WORD`] is no name.
    fn at(text: &str, at: usize) -> Self {
        let honest = |range: Range<usize>| Self { range, judged: Judged::Honest };
        let (mut start, mut end) = (at, at);
        for c in text.get(at..).unwrap_or_default().chars().take_while(|c| in_word(*c)) {
            end += c.len_utf8();
            if natural(c) || end - at > WORD {
                return honest(at..end);
            }
        }
        for c in text.get(..at).unwrap_or_default().chars().rev().take_while(|c| in_word(*c)) {
            start -= c.len_utf8();
            if natural(c) || end - start > WORD {
                return honest(start..end);
            }
        }
        start += escape_in_front(text, start, end);
        Self { judged: judge(text, start..end).unwrap_or_default(), range: start..end }
    }
}

/// The part of a line before or after a place that is looked at.
fn line_before(text: &str, at: usize) -> &str {
    let from = (at.saturating_sub(AROUND)..=at).find(|from| text.is_char_boundary(*from)).unwrap_or(at);
    let before = text.get(from..at).unwrap_or_default();
    before.rsplit(['\n', '\r']).next().unwrap_or(before)
}

fn line_after(text: &str, at: usize) -> &str {
    let end = (at..=(at + AROUND).min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(at);
    let after = text.get(at..end).unwrap_or_default();
    after.split(['\n', '\r']).next().unwrap_or(after)
}

/// Whether a letter that honest texts hold stands in a name of a program.
fn folded(text: &str, word: &Range<usize>, at: usize, c: char) -> bool {
    let end = at + c.len_utf8();
    let plain = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let right = || plain(text.get(end..).and_then(|text| text.chars().next()));
    match c {
        // `2ª`, `nº`: an ordinal, but for what is imported, called or asked for a part.
        'ª' | 'º' if end == word.end => {
            let after = line_after(text, end);
            let line = line_before(text, word.start).trim_start();
            let first =
                text.get(word.start..at).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
            first && (after.starts_with('(') || is_part(after) || is_import(line))
        }
        'Ⅰ'..='ⅿ' if right() && at > word.start => true,
        'ı' => {
            let left = plain(text.get(..at).and_then(|text| text.chars().next_back()));
            let turkish = |text: &str| text.contains(['ğ', 'ş', 'ç', 'ö', 'ü', 'Ğ', 'Ş', 'Ç', 'Ö', 'Ü', 'İ']);
            let line = (line_before(text, word.end), line_after(text, word.end));
            (left || at == word.start) && right() && !turkish(line.0) && !turkish(line.1) && is_named(text, word)
        }
        _ => is_named(text, word),
    }
}

fn is_part(after: &str) -> bool {
    after.strip_prefix('.').is_some_and(|rest| {
        rest.starts_with(|c: char| in_word(c) && !c.is_numeric() || Alike::of(c) == Some(Alike::Folded))
    })
}

fn is_import(line: &str) -> bool {
    line.starts_with("import ")
        || line.starts_with("from ") && (line.contains(" import ") || !line.trim_end().contains(' '))
}

/// Whether a word is used as the name of something, as far as the line tells.
fn is_named(text: &str, word: &Range<usize>) -> bool {
    const BEFORE: [&str; 20] = [
        "async", "await", "class", "const", "def", "del", "elif", "export", "for", "function", "global", "if", "let",
        "new", "nonlocal", "raise", "return", "var", "while", "with",
    ];
    let (before, after) = (line_before(text, word.start), line_after(text, word.end));
    let quote = |c: char| matches!(c, '\'' | '"' | '`');
    if before.ends_with(quote) || after.starts_with(quote) {
        return false;
    }
    let line = before.trim_start();
    let called =
        before.strip_suffix(['(', '.']).is_some_and(|name| name.ends_with(|c: char| c.is_ascii() && in_word(c)));
    let set = after.trim_start_matches([' ', '\t']);
    let value = before.trim_end().ends_with('=') && (after.is_empty() || after.starts_with([';', ')', ',', ' ']));
    after.starts_with('(')
        || is_part(after)
        || set.starts_with('=')
        || set.starts_with(":=")
        || called
        || value
        || is_import(line)
        || line.starts_with("def ")
        || BEFORE.contains(&line.trim_end())
}

/// Whether what looks like a sign of code stands in code or in an address, as far as the line tells.
fn sign(text: &str, at: usize, c: char) -> bool {
    let (before, after) = (line_before(text, at), line_after(text, at + c.len_utf8()));
    let (left, right) = (before.chars().next_back(), after.chars().next());
    let is_ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_graphic());
    if in_word(c) {
        // Khoisan languages write clicks before other letters, at the start of names: `ǃKung`.
        let ends = right.is_none_or(|c| c.is_ascii() && !c.is_ascii_alphanumeric());
        let starts =
            right.is_some_and(|c| c.is_ascii_lowercase() || c == '_') && !left.is_some_and(char::is_alphabetic);
        let operator = right == Some('=') || left == Some(c) || right == Some(c);
        return ends && is_ascii(left) || starts || operator;
    }
    // A fraction: `1⁄2`.
    if left.is_some_and(|c| c.is_ascii_digit()) && right.is_some_and(|c| c.is_ascii_digit()) {
        return false;
    }
    let address = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`')).next();
    if address.is_some_and(|address| address.contains("://")) {
        return is_ascii(left) && is_ascii(right);
    }
    let is_text = before.contains(['\'', '"', '`', '#', '*']) || before.contains("//");
    let own = |c: char| c.is_alphabetic() && !c.is_ascii();
    !is_text && is_ascii(left) && (is_ascii(right) || right.is_none()) && !before.contains(own) && !after.contains(own)
}

fn judge(text: &str, range: Range<usize>) -> Option<Judged> {
    let word = text.get(range.clone())?;
    let plain = word.chars().filter(char::is_ascii_alphabetic).count();
    if plain == 0 {
        let styled = word.chars().filter(|c| c.is_alphabetic()).count() >= FEW;
        return alone(text, range).then_some(Judged::Alone { styled });
    }
    let (before, after) = (text.get(..range.start)?.chars().next_back(), text.get(range.end..)?.chars().next());
    // The ends of two ranges of a pattern's class: `[a-zа-я]`.
    if before == Some('-') && after == Some('-') && word.chars().count() == 2 {
        return None;
    }
    // A foreign stem with an ending, or the slip of a keyboard, in an honest text: `URLа`.
    let foreign = word.chars().filter(|c| Alike::of(*c).is_some()).count();
    let kinds: Vec<bool> = word.chars().filter(|c| c.is_alphabetic()).map(|c| c.is_ascii()).collect();
    let switches = kinds.windows(2).filter(|pair| pair.first() != pair.last()).count();
    let ending = switches == 1 && foreign.min(plain) <= 2 && honest(text, range);
    (!ending).then_some(Judged::Mixed { plain })
}

/// Length of what belongs to an escape before a word and not to the word: `\n`, `\x1b`, `%s`, the end of a color's `\x1b[91m`.
fn escape_in_front(text: &str, start: usize, end: usize) -> usize {
    let before = text.get(..start).unwrap_or_default().chars().next_back();
    let word = text.get(start..end).unwrap_or_default();
    let first = word.chars().next();
    let length = match (before, first) {
        (Some('\\'), Some('x')) => 3,
        (Some('\\'), Some('u')) => 5,
        (Some('\\' | '%'), Some(c)) if c.is_ascii() => 1,
        (Some('[' | ';'), Some(c)) if c.is_ascii_digit() => {
            let digits = word.bytes().take_while(u8::is_ascii_digit).count();
            if word.as_bytes().get(digits) == Some(&b'm') { digits + 1 } else { 0 }
        }
        _ => 0,
    };
    if word.is_char_boundary(length) { length } else { 0 }
}

/// Whether a word of nothing but such letters pretends to be Latin: a name or host between Latin ones, not a word of a text.
fn alone(text: &str, word: Range<usize>) -> bool {
    let (before, after) = (text.get(..word.start).unwrap_or_default(), text.get(word.end..).unwrap_or_default());
    let quote = |c: Option<char>| matches!(c, Some('\'' | '"' | '`' | '«' | '»' | '“' | '”'));
    let host = after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    if !host && (quote(before.chars().next_back()) || quote(after.chars().next())) {
        return false;
    }
    // One letter between other signs than those of code stands in a table, not in a name.
    let beside = [before.chars().next_back(), after.chars().next()];
    let sign = |c: &Option<char>| c.is_some_and(|c| !c.is_whitespace() && !"()[]{},.;=+*/!<>@".contains(c));
    if text.get(word.clone()).is_some_and(|word| word.chars().count() == 1) && beside.iter().any(sign) {
        return false;
    }
    let used = after.trim_start_matches([' ', '\t']).starts_with(['(', '=', '.', ';', '['])
        || before.strip_suffix('(').is_some_and(|name| name.ends_with(in_word));
    (used || latin_beside(text, &word)) && !honest(text, word)
}

/// Whether a Latin word stands before or after a word, with nothing between but signs.
fn latin_beside(text: &str, word: &Range<usize>) -> bool {
    let (before, after) = (&text.get(..word.start), &text.get(word.end..));
    let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let next = |c: &char| in_word(*c) || *c == '\n';
    is_latin(before.and_then(|text| text.chars().rev().take(AROUND).find(next)))
        || is_latin(after.and_then(|text| text.chars().take(AROUND).find(next)))
}

/// Whether the comment or string that a word stands in, as far as one line tells, has letters of its own script: Russian text,
/// say, around a Russian word. Code around a string or a comment says nothing of it.
fn honest(text: &str, word: Range<usize>) -> bool {
    let border = |(at, c): &(usize, char), text: &str| match c {
        '\n' | '\'' | '"' | '`' | '#' => true,
        '/' => text.get(at + 1..).is_some_and(|rest| rest.starts_with(['/', '*'])),
        _ => false,
    };
    let (before, after) = (text.get(..word.start).unwrap_or_default(), text.get(word.end..).unwrap_or_default());
    let within = |length: usize| move |(at, _): &(usize, char)| length.saturating_sub(*at) <= AROUND;
    let left = before.char_indices().rev().take_while(within(before.len())).take_while(|here| !border(here, before));
    let right = after.char_indices().take_while(|(at, _)| *at <= AROUND).take_while(|here| !border(here, after));
    left.chain(right).any(|(_, c)| natural(c))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The lookalikes of a text as their code points; each is told alike whether or not others were asked for before.
    fn found(text: &str) -> String {
        let mut judge = Lookalikes::new(text);
        let told = text.char_indices().filter(|(at, c)| {
            let told = judge.is(*at, *c);
            assert_eq!(told, Lookalikes::new(text).is(*at, *c), "{c:?} at {at} of {text}");
            told
        });
        told.map(|(_, c)| format!("{:04X}", u32::from(c))).collect::<Vec<_>>().join(" ")
    }

    #[rstest]
    #[case::cyrillic_in_a_name("const pаyload = 1", "0430")]
    #[case::all_but_one("раураl()", "0440 0430 0443 0440 0430")]
    #[case::alone("const а = 1; run(а, a)", "0430 0430")]
    #[case::alone_before_a_russian_comment("let а = 1 // первый вызов", "0430")]
    #[case::called("   ехес(х)", "0435 0445 0435 0441 0445")]
    #[case::imported("from а import b", "0430")]
    #[case::host("fetch('https://gооgle.example/x')", "043E 043E")]
    #[case::whole_host("fetch('https://сосо.example/x')", "0441 043E 0441 043E")]
    #[case::host_in_quotes("'сосо.example'", "0441 043E 0441 043E")]
    #[case::greek("import nοde", "03BF")]
    #[case::greek_near("dαta = pαypal", "03B1 03B1")]
    #[case::armenian("օpen(x)", "0585")]
    #[case::cherokee("ᎪPI_KEY", "13AA")]
    #[case::fullwidth("ｅｖａｌ(x)", "FF45 FF56 FF41 FF4C")]
    #[case::mathematical("𝐞𝐱𝐞𝐜(x); e𝘷al", "1D41E 1D431 1D41E 1D41C 1D637")]
    #[case::long_s("ſystem('x')", "017F")]
    #[case::long_s_part("os.ſystem", "017F")]
    #[case::ligature("from ﬂask import x, ﬁle", "FB02 FB01")]
    #[case::ligature_bound("def f(oﬃce): return 1", "FB03")]
    #[case::ordinal("import ºs; ºs.system('x')", "00BA 00BA")]
    #[case::ordinal_at_the_end("import iº", "00BA")]
    #[case::information("__ℹmport__('os')", "2139")]
    #[case::roman("APⅠ = confⅠg.Ⅾ", "2160 2160 216E")]
    #[case::greek_first("αlpha = 1", "03B1")]
    #[case::dotless("requıre('x'); fıle = ıd(1)", "0131 0131 0131")]
    #[case::click("if(environmentǃ=PROD && ǃok)", "01C3 01C3")]
    #[case::click_alone("a ǃ= b", "01C3")]
    #[case::pipes("if (a ǁ b ǀǀ c)", "01C0 01C0")]
    #[case::semicolons("x = 1；y = 2\u{37E}", "FF1B 037E")]
    #[case::colon("label꞉ x", "")]
    #[case::colon_in_code("if x꞉y", "A789")]
    #[case::slash_in_an_address("get('https://good.example∕x@a.example')", "2215")]
    #[case::raised_at_the_end("f = evaˡ(x)", "02E1")]
    #[case::raised("os.ᵉxec(x); ᵉˣᵉᶜ(x)", "1D49 1D49 02E3 1D49 1D9C")]
    fn lookalikes(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(found(text), expected);
    }

    #[rstest]
    #[case::russian("# а также о том, с чем работает код")]
    #[case::russian_with_names("# Интеграция FastAPI с Redis, а JSON о URLа и IDшник")]
    #[case::russian_strings("print(\"\\nСервер и \\tа %sа \\x1b[91mО нас\", 'с', \"а\")")]
    #[case::greek("x = 1  # α και ο ν")]
    #[case::formula("σ_x = ρ_max * α + cosα - dν + k_ν")]
    #[case::japanese("# ＡＰＩ の使い方 と 使用ＡＰＩ接口")]
    #[case::fullwidth_text("'ＡＢＣ'")]
    #[case::classes("re.compile('[a-zа-яA-ZА-Яёa-zА-Я0-9]')")]
    #[case::accents("naïve = 'façade ªº Ångström ℹ xᵢ aₙ m² adı'")]
    #[case::table("{'а': 'a', 'е': 'e', \"о\": 'o'}")]
    #[case::entities("'Nscr~𝒩~Ocy~О~Ofr~𝔒~Oopf'")]
    #[case::index("hash(memberₙ) + matᵀ")]
    #[case::alphabet("abcdefабвгдежз")]
    #[case::styled("print('𝐇𝐞𝐥𝐥𝐨 𝐰𝐨𝐫𝐥𝐝')")]
    #[case::portuguese("# a 2ª via do nº 5 (1º), nº.1, Srª.")]
    #[case::ligatures("# the oﬃce of ﬁnance")]
    #[case::ligatures_in_a_string("x = 'oﬃce of ﬁle 1'")]
    #[case::turkish("# kullanıcı adı gerekli")]
    #[case::turkish_names("kullanıcı = 'şifre'")]
    #[case::numerals("# type Ⅱ and Ⅳ, PhaseⅠ")]
    #[case::formula_names("ρmax = σmin * κeff + νx")]
    #[case::fraction("half: 1⁄2")]
    #[case::clicks("# ǃKung and ǂHoan, ǁXegwi")]
    #[case::chinese("# 使用API；否则（见 README）：OK")]
    #[case::fullwidth_signs("f('a；b（c）')  # x；y")]
    #[case::slip("'Введите cумму и нажмите ОK'")]
    fn honest_texts(#[case] text: &str) {
        assert_eq!(found(text), "");
    }

    #[test]
    fn a_word_of_megabytes_is_no_name_and_costs_little() {
        let text = format!("{} pаy", "а".repeat(1_000_000));
        let mut judge = Lookalikes::new(&text);
        let told: Vec<usize> = text.char_indices().filter(|(at, c)| judge.is(*at, *c)).map(|(at, _)| at).collect();
        assert_eq!(told, [text.len() - 3]);
    }
}
