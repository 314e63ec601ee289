//! Keys come through, answers do not, however their bytes are cut.

use crossterm::event::{KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use rstest::rstest;

use super::*;

const NONE: KeyModifiers = KeyModifiers::NONE;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const ALT: KeyModifiers = KeyModifiers::ALT;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;

/// Answers and reports that terminals send. Each holds letters that are keys of the workbench, `b`, `m` or `s` among them
/// where its grammar has room for them.
const ANSWERS: [&str; 27] = [
    "\x1b]11;rgb:bbbb/bbbb/bbbb\x07",
    "\x1b]11;rgb:bbbb/bbbb/bbbb\x1b\\",
    "\x1b]10;rgb:mmmm/bbbb/ssss\x1b\\",
    "\x1b]4;7;rgb:bbbb/bbbb/bbbb\x1b\\",
    "\x1b]52;c;YmJibWJtc3M=\x07",
    "\x1b]52;c;YmJibWJtc3M=\x1b\\",
    "\x1b]lbmsb title b\x1b\\",
    "\x1b]Lbmsb\x1b\\",
    "\x1bP1$r0;38;2;1bm\x1b\\",
    "\x1bP0$r\x1b\\",
    "\x1bP1+r544e=626d73\x1b\\",
    "\x1bP>|bmsterm 1.2(b)\x1b\\",
    "\x1bP!|b0b0b0b0\x1b\\",
    "\x1b_Gi=31;OK b m s\x1b\\",
    "\x1b[?62;1;4c",
    "\x1b[>41;354;0c",
    "\x1b[?2026;2$y",
    "\x1b[4;2$y",
    "\x1b[?997;1n",
    "\x1b[?1;2b",
    "\x1b[0n",
    "\x1b[12;40R",
    "\x1b[?12;40R",
    "\x1b[8;30;130t",
    "\x1b[?1u",
    "\x1b[2;1;1;112;112;1;0x",
    "\x1b[>1;4m",
];

fn press(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

fn typed(text: &str) -> Vec<Input> {
    text.chars().map(|c| press(KeyCode::Char(c), NONE)).collect()
}

/// What comes of pieces between which the line rests for so many pauses.
fn pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, pauses: usize) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.take(piece, &mut out);
        rest(&mut decoder, pauses, &mut out);
    }
    rest(&mut decoder, 1, &mut out);
    out
}

/// Lets pauses pass, but not the patience after which an end counts as lost.
fn rest(decoder: &mut Decoder, pauses: usize, out: &mut Vec<Input>) {
    for _ in 0..pauses {
        if decoder.wait() == Some(PAUSE) {
            decoder.rest(out);
        }
    }
}

fn keys_of(inputs: &[Input]) -> Vec<&Input> {
    inputs.iter().filter(|input| matches!(input, Input::Event(_))).collect()
}

#[rstest]
#[case("a", KeyCode::Char('a'), NONE)]
#[case("B", KeyCode::Char('B'), SHIFT)]
#[case("é", KeyCode::Char('é'), NONE)]
#[case("日", KeyCode::Char('日'), NONE)]
#[case("😀", KeyCode::Char('😀'), NONE)]
#[case("\r", KeyCode::Enter, NONE)]
#[case("\n", KeyCode::Char('j'), CTRL)]
#[case("\t", KeyCode::Tab, NONE)]
#[case("\x7f", KeyCode::Backspace, NONE)]
#[case("\0", KeyCode::Char(' '), CTRL)]
#[case("\x03", KeyCode::Char('c'), CTRL)]
#[case("\x1c", KeyCode::Char('4'), CTRL)]
#[case("\x1b", KeyCode::Esc, NONE)]
#[case("\x1ba", KeyCode::Char('a'), ALT)]
#[case("\x1bé", KeyCode::Char('é'), ALT)]
#[case("\x1bB", KeyCode::Char('B'), ALT.union(SHIFT))]
#[case("\x1b\r", KeyCode::Enter, ALT)]
#[case("\x1b]", KeyCode::Char(']'), ALT)]
#[case("\x1bP", KeyCode::Char('P'), ALT.union(SHIFT))]
#[case("\x1bO", KeyCode::Char('O'), ALT.union(SHIFT))]
#[case("\x1b[A", KeyCode::Up, NONE)]
#[case("\x1b[1;3D", KeyCode::Left, ALT)]
#[case("\x1b[1;5C", KeyCode::Right, CTRL)]
#[case("\x1bOA", KeyCode::Up, NONE)]
#[case("\x1bOH", KeyCode::Home, NONE)]
#[case("\x1bOR", KeyCode::F(3), NONE)]
#[case("\x1b[[E", KeyCode::F(5), NONE)]
#[case("\x1b[Z", KeyCode::BackTab, SHIFT)]
#[case("\x1b[1~", KeyCode::Home, NONE)]
#[case("\x1b[3;2~", KeyCode::Delete, SHIFT)]
#[case("\x1b[6~", KeyCode::PageDown, NONE)]
#[case("\x1b[15~", KeyCode::F(5), NONE)]
#[case("\x1b[24;5~", KeyCode::F(12), CTRL)]
#[case("\x1b[27;5;98~", KeyCode::Char('b'), CTRL)]
#[case("\x1b[98;5u", KeyCode::Char('b'), CTRL)]
#[case("\x1b[97:65;2u", KeyCode::Char('A'), SHIFT)]
#[case("\x1b[9;2u", KeyCode::BackTab, SHIFT)]
#[case("\x1b[27u", KeyCode::Esc, NONE)]
fn a_key_is_known_from_its_bytes(#[case] bytes: &str, #[case] code: KeyCode, #[case] modifiers: KeyModifiers) {
    let wanted = vec![press(code, modifiers)];
    assert_eq!(pieces([bytes.as_bytes()], 1), wanted);
    // Cut where it cannot be a key of its own yet, with no pause that would make it one.
    assert_eq!(pieces(bytes.as_bytes().chunks(1), 0), wanted, "in single bytes");
}

#[rstest]
#[case(b"\x1b[<0;3;2M".as_slice(), MouseEventKind::Down(MouseButton::Left), NONE)]
#[case(b"\x1b[<0;3;2m", MouseEventKind::Up(MouseButton::Left), NONE)]
#[case(b"\x1b[<34;3;2M", MouseEventKind::Drag(MouseButton::Right), NONE)]
#[case(b"\x1b[<35;3;2M", MouseEventKind::Moved, NONE)]
#[case(b"\x1b[<80;3;2M", MouseEventKind::ScrollUp, CTRL)]
#[case(b"\x1b[32;3;2M", MouseEventKind::Down(MouseButton::Left), NONE)]
#[case(b"\x1b[M #\"", MouseEventKind::Down(MouseButton::Left), NONE)]
#[case(b"\x1b[M##\"", MouseEventKind::Up(MouseButton::Left), NONE)]
fn the_mouse_is_known_in_three_encodings(
    #[case] bytes: &[u8],
    #[case] kind: MouseEventKind,
    #[case] modifiers: KeyModifiers,
) {
    let wanted = vec![Input::Event(Event::Mouse(MouseEvent { kind, column: 2, row: 1, modifiers }))];
    assert_eq!(pieces([bytes], 1), wanted);
    assert_eq!(pieces(bytes.chunks(1), 0), wanted, "in single bytes");
}

#[test]
fn a_key_that_goes_up_is_told_from_one_that_goes_down() {
    let event = KeyEvent::new_with_kind(KeyCode::Char('a'), NONE, KeyEventKind::Release);
    assert_eq!(pieces([b"\x1b[97;1:3u".as_slice()], 1), [Input::Event(Event::Key(event))]);
}

#[test]
fn no_byte_of_an_answer_is_a_key() {
    for answer in ANSWERS {
        let between = format!("j{answer}k");
        assert_eq!(keys_of(&pieces([between.as_bytes()], 1)), typed("jk").iter().collect::<Vec<_>>(), "{answer:?}");
        let single = pieces(between.as_bytes().chunks(1), 0);
        assert_eq!(keys_of(&single), typed("jk").iter().collect::<Vec<_>>(), "{answer:?} in single bytes");
    }
}

/// Cut in two, with a pause so long that what came first is given out: at most ESC, alone or with the next byte, is a key.
#[test]
fn an_answer_cut_in_two_gives_no_key_but_its_introducer() {
    for answer in ANSWERS {
        let bytes = answer.as_bytes();
        for cut in 1..bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let second = [second, b"k"].concat();
            let out = pieces([first, &second], 3);
            let keys = keys_of(&out);
            let (last, before) = keys.split_last().unwrap();
            assert_eq!(**last, typed("k")[0], "{answer:?} cut at {cut}: {out:?}");
            let introducer =
                press(KeyCode::Char(char::from(bytes[1])), if bytes[1] == b'P' { ALT.union(SHIFT) } else { ALT });
            let allowed = match cut {
                1 => before == [&press(KeyCode::Esc, NONE)],
                2 if bytes[1] != b'[' => before == [&introducer],
                _ => before.is_empty(),
            };
            // A title, which is told only to who asks for it, is not known for what it is behind Alt-].
            let title = cut == 2 && matches!(bytes[1..3], [b']', b'l' | b'L']);
            assert!(allowed || title, "{answer:?} cut at {cut}: {out:?}");
        }
    }
}

/// As slow as no line is: every byte after a pause of its own. What is given out before the sequence is known for one labels
/// nothing.
#[test]
fn an_answer_that_comes_byte_by_byte_labels_nothing() {
    let known = |answer: &&&str| !["\x1b_", "\x1b]l", "\x1b]L"].iter().any(|start| answer.starts_with(start));
    for answer in ANSWERS.iter().filter(known) {
        let out = pieces(answer.as_bytes().chunks(1), 3);
        let label = |input: &&Input| {
            matches!(input, Input::Event(Event::Key(KeyEvent { code: KeyCode::Char('b' | 'm' | 's'), .. })))
        };
        assert_eq!(out.iter().find(label), None, "{answer:?}: {out:?}");
    }
}

#[test]
fn the_background_is_told() {
    for cut in 0..ANSWERS[0].len() {
        let (first, second) = ANSWERS[0].as_bytes().split_at(cut);
        let out = pieces([first, second], 3);
        assert!(out.contains(&Input::Background(ThemeName::Light)), "cut at {cut}: {out:?}");
    }
    assert_eq!(pieces([b"\x1b[?62;4c".as_slice()], 0), [Input::Attributes]);
    // rxvt-unicode once forgot the backslash.
    assert_eq!(pieces([b"\x1b]11;rgb:0/0/0\x1b".as_slice()], 1), [Input::Background(ThemeName::Dark)]);
    let long = format!("\x1b]11;rgb:f/f/f{}\x07", "/f".repeat(100));
    assert_eq!(pieces([long.as_bytes()], 1), [], "longer than any answer");
}

#[rstest]
#[case(&["\x1b", "]", "]"], &[press(KeyCode::Esc, NONE), typed("]")[0].clone(), typed("]")[0].clone()])]
#[case(&["\x1b", "]", "1", "j"], &[press(KeyCode::Esc, NONE), typed("]")[0].clone(), typed("1")[0].clone(), typed("j")[0].clone()])]
#[case(&["\x1b", "[", "j"], &[press(KeyCode::Esc, NONE), typed("[")[0].clone(), typed("j")[0].clone()])]
#[case(&["\x1b", "P"], &[press(KeyCode::Esc, NONE), press(KeyCode::Char('P'), SHIFT)])]
#[case(&["\x1b", "m"], &[press(KeyCode::Esc, NONE), typed("m")[0].clone()])]
#[case(&["\x1b\x1b[A"], &[press(KeyCode::Esc, NONE), press(KeyCode::Up, NONE)])]
#[case(&["\x1b\x1b"], &[press(KeyCode::Esc, NONE), press(KeyCode::Esc, NONE)])]
fn what_somebody_types_comes_through(#[case] keys: &[&str], #[case] wanted: &[Input]) {
    assert_eq!(pieces(keys.iter().map(|keys| keys.as_bytes()), 3), wanted);
}

#[test]
fn a_control_string_without_an_end_holds_nobody_up() {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.take(b"\x1b]52;c;bbbb", &mut out);
    decoder.take(b"\x03", &mut out);
    assert_eq!(out, [press(KeyCode::Char('c'), CTRL)], "a control character ends it");
    out.clear();
    decoder.take(b"\x1b]52;c;bbbb", &mut out);
    assert_eq!(decoder.wait(), Some(PATIENCE));
    decoder.rest(&mut out);
    decoder.take(b"j", &mut out);
    assert_eq!(out, typed("j"), "so does patience");
}

#[test]
fn a_paste_is_one_event_however_it_is_cut() {
    let text = "a\x1b[20b\x1b\x1b[201 é\r\x03b";
    let bytes = format!("\x1b[200~{text}\x1b[201~j");
    let wanted = [vec![Input::Event(Event::Paste(text.to_owned()))], typed("j")].concat();
    assert_eq!(pieces([bytes.as_bytes()], 1), wanted);
    assert_eq!(pieces(bytes.as_bytes().chunks(1), 0), wanted);
    for cut in 6..bytes.len() - 1 {
        let (first, second) = bytes.as_bytes().split_at(cut);
        assert_eq!(pieces([first, second], 3), wanted, "cut at {cut}");
    }
}

#[test]
fn a_paste_without_an_end_holds_nobody_up() {
    let paste = Input::Event(Event::Paste("bbb\x03b".to_owned()));
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.take(b"\x1b[200~bbb\x03b", &mut out);
    rest(&mut decoder, 1, &mut out);
    assert_eq!(out, [], "its own Ctrl-C is text");
    decoder.take(b"\x03", &mut out);
    assert_eq!(out, [paste.clone(), press(KeyCode::Char('c'), CTRL)], "one that is pressed ends it");
    out.clear();
    decoder.take(b"\x1b[200~bbb\x03b", &mut out);
    decoder.rest(&mut out);
    assert_eq!(decoder.wait(), Some(PATIENCE));
    decoder.rest(&mut out);
    decoder.take(b"j", &mut out);
    assert_eq!(out, [vec![paste], typed("j")].concat(), "so does patience");
}

#[test]
fn of_a_paste_no_more_is_kept_than_anything_takes() {
    let bytes = format!("\x1b[200~{}\x1b[201~j", "b".repeat(1 << 20));
    let out = pieces(bytes.as_bytes().chunks(1000), 0);
    let [Input::Event(Event::Paste(text)), last] = out.as_slice() else { panic!("{}", out.len()) };
    assert_eq!((text.len(), last), (PASTE, &typed("j")[0]));
}

/// Whatever came before, a key that is pressed after patience is a key.
#[test]
fn nothing_makes_the_decoder_deaf() {
    let mut seed = 1_u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let alphabet = b"\x1b\x1b\x1b[]PO_;?<1260~$RMbm\\\x07\x03\x9b\x9d\xc3\xa9\xf0\xff \x7f";
    for _ in 0..20_000 {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for _ in 0..draw(12) {
            decoder.take(&[alphabet[draw(alphabet.len())]], &mut out);
            if draw(4) == 0 && decoder.wait().is_some() {
                decoder.rest(&mut out);
            }
        }
        for _ in 0..3 {
            if decoder.wait().is_some() {
                decoder.rest(&mut out);
            }
        }
        out.clear();
        // The mouse's first encoding takes three bytes whatever they are.
        for _ in 0..4 {
            decoder.take(b"\x03", &mut out);
        }
        assert_eq!(out.last(), Some(&press(KeyCode::Char('c'), CTRL)), "{decoder:?}");
    }
}
