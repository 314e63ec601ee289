//! Bytes and the text that CPython's codec of the name makes of them.

use rstest::rstest;

use super::*;

#[rstest]
#[case("shift_jis", b"\x95\x5c\x83\x5c", "表ソ")]
#[case("cp932", b"\x95\x5c\x83\x5c\x87@\xb1", "表ソ①ｱ")]
#[case("shift_jis_2004", b"\x95\x5ca", "表a")]
#[case("euc_jp", b"\xc6\xfc\xcb\xdc\x8e\xb1", "日本ｱ")]
#[case("euc_kr", b"\xc7\xd1\xb1\xb9", "한국")]
#[case("cp949", b"\xc6Ra", "힣a")]
#[case("johab", b"\xd0e\x8bi\x88A\x84a\x84P\xf7\xdb a", "한글ㄱㅏㅀ韓 a")]
#[case("big5", b"\xa5\x5c\xaf\xe0", "功能")]
#[case("cp950", b"\xb3\x5c\xa5\x5c", "許功")]
#[case("big5hkscs", b"\xa5\x5c", "功")]
#[case("gbk", b"\xc4\xe3\x81@", "你丂")]
#[case("gb2312", b"\xc4\xe3\xba\xc3", "你好")]
#[case("gb18030", b"\xc4\xe3\x949\xfc6\x81@", "你😀丂")]
#[case("hz", b"a~{Dc:C~}b~~", "a你好b~")]
#[case("iso2022_jp", b"\x1b$BF|K\x5c\x1b(Ba", "日本a")]
#[case("iso2022_jp_1", b"\x1b$BF|\x1b(Ba", "日a")]
#[case("iso2022_jp_2", b"\x1b$BF|\x1b$(CGQ\x1b$(D0_\x1b(B", "日한你")]
#[case("iso2022_jp_ext", b"\x1b(I1\x1b(Ba", "ｱa")]
#[case("iso2022_kr", b"\x1b$)C\x0eGQ\x0fa", "한a")]
#[case("utf_7", b"x=+T2DYPd4AACs-1", "x=你😀+1")]
#[case("koi8_r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет")]
#[case("koi8_u", b"\xb7\xd6\xc1", "Їжа")]
#[case("cp1251", b"\xc4\xe0", "Да")]
#[case("mac_roman", b"\x8e\xc3", "é√")]
#[case("mac_cyrillic", b"\x84\xe0", "Да")]
#[case("cp437", b"\x82\xdb", "é█")]
#[case("cp866", b"\x84\xa0", "Да")]
#[case("iso8859_15", b"\xa4", "€")]
#[case("mac_arabic", b"\xc7\xc8", "اب")]
#[case("cp864", b"%a", "٪a")]
#[case("hp_roman8", b"\xc5", "é")]
#[case("kz1048", b"\xa3", "Ә")]
#[case("tis_620", b"\xa1", "ก")]
#[case("ptcp154", b"\xba", "ә")]
#[case("koi8_t", b"\x8e", "Ҷ")]
#[case("palmos", b"\x90", "♠")]
#[case("cp1255", b"\xe0", "א")]
#[case("cp874", b"\xa1", "ก")]
#[case("mac_arabic", b"\xa8\xa2\xa9", "(\")")]
#[case("mac_farsi", b"e\xa8a\xa9", "e(a)")]
#[case("cp864", b"a%b", "a٪b")]
#[case("shift_jis", b"x='\x95\x5c'", "x='表'")]
#[case("big5", b"'\xa5\x5c'", "'功'")]
#[case("gbk", b"'\x81\x5c'", "'乗'")]
#[case("gb18030", b"'\x81\x5c'\x841\xa47", "'乗'�")]
#[case("johab", b"'\xd1\x5c'", "'헾'")]
#[case("shift_jis_2004", b"a\x5cb~", "a¥b‾")]
#[case("hz", b"a~~b~\x0ac", "a~bc")]
#[case(
    "unicode_escape",
    b"#\x5cnimport os\x5cx3b\x5c101\x5cu4f60\x5cU0001f600\x5cq\x5c\x5c",
    "#\nimport os;A你😀\\q\\"
)]
#[case("raw_unicode_escape", b"#\x5cu000aimport os\x5cn\x5cU0001f600\x5c\x5cu0041", "#\nimport os\\n😀\\\\u0041")]
#[case("utf_7", b"a+-b+AAo-c+AGE", "a+b\nca")]
#[case("iso2022_kr", b"\x1b$)Ca\x0eGQ\x0fb\x0a", "a한b\n")]
fn reads_as_cpython(#[case] name: &str, #[case] bytes: &[u8], #[case] text: &str) {
    let codec = Codec::named(name).unwrap();
    assert_eq!(codec.decode(bytes).text, text);
}

#[rstest]
#[case("UTF7", "utf_7")]
#[case("windows-1251", "cp1251")]
#[case("KOI8-R", "koi8_r")]
#[case("Shift_JIS", "shift_jis")]
#[case("euc-kr", "euc_kr")]
#[case("iso-8859-15", "iso8859_15")]
#[case("macintosh", "mac_roman")]
#[case("unicode-escape", "unicode_escape")]
#[case("rot13", "rot_13")]
#[case("iso_8859-11.2001", "iso8859_11")]
fn a_name_is_found_as_cpython_finds_it(#[case] name: &str, #[case] codec: &str) {
    assert_eq!(Codec::named(name).map(Codec::name), Some(codec));
}

#[rstest]
#[case("")]
#[case("utf-16")]
#[case("no-such")]
#[case("punycode")]
fn a_name_that_is_none_is_not_found(#[case] name: &str) {
    assert_eq!(Codec::named(name), None);
}

#[rstest]
#[case("rot13", "# coding: rot13\nvzcbeg bf", "# coding: rot13\nimport os")]
#[case("hex", "# coding: hex\n696d 706f7274", "# coding: hex\nimport")]
#[case("hex", "# coding: hex\nno digits", "# coding: hex\nno digits")]
#[case("base64", "#!x\n# coding: base64\naW1wb3J0", "#!x\n# coding: base64\nimport")]
fn codecs_of_python_2_begin_behind_the_cookie(#[case] name: &str, #[case] bytes: &str, #[case] text: &str) {
    assert_eq!(Codec::named(name).unwrap().decode(bytes.as_bytes()).text, text);
}

#[test]
fn no_bytes_of_any_codec_end_the_program() {
    let mut seed = 1_u32;
    for at in 0..ENTRIES.len() {
        let bytes: Vec<u8> = (0..4000)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Marks of the codecs stand more often than others.
                if seed >> 30 == 0 {
                    b"+-\\u{}~\x1b\x0e\x0f$(BC\n"[(seed >> 8) as usize % 15]
                } else {
                    (seed >> 16) as u8
                }
            })
            .collect();
        let written = Codec(at as u8).decode(&bytes);
        assert!(written.steps.is_sorted_by_key(|step| step.file), "{}", ENTRIES[at].name);
        assert!(written.steps.iter().all(|step| written.text.is_char_boundary(step.text)));
    }
}
