//! Constants that Python code puts together: what comes out is run as a layer.

use cerebro::behavior::{Feature, Reading, extract};
use rstest::rstest;

use super::pypi;

#[rstest]
#[case::replace_count("'oos.sysXtemX'.replace('X', '', 1).replace('oo', 'o', 1).replace('X', '')", "os.system")]
#[case::to_bytes("(126965465245037).to_bytes(6, 'big').decode()", "system")]
#[case::to_bytes_long("(0x6f732e73797374656d2827656368).to_bytes(14, 'big').decode()", "os.system('ech")]
#[case::from_bytes("int.from_bytes(b'system', 'big').to_bytes(6, byteorder='big').decode()", "system")]
#[case::shifted("''.join(chr((1208925819614629174706175 >> n) & 0x7f) for n in (0,))", "\u{7f}")]
#[case::number_text("str(2 ** 70)", "1180591620717411303424")]
#[case::digits("int('9' * 20) - 1", "99999999999999999998")]
#[case::reduce("__import__('functools').reduce(lambda a, b: a + chr(b), [115, 121, 115], '')", "sys")]
#[case::next_iter("next(iter(['system']))", "system")]
#[case::next_twice("[next(it) + next(it) for it in [iter(['sys', 'tem'])]][0]", "system")]
#[case::partition("'a:system'.partition(':')[2]", "system")]
#[case::rsplit("'a.b.system'.rsplit('.', 1)[-1]", "system")]
#[case::strip_set("'xxsystemyy'.lstrip('x').rstrip('y')", "system")]
#[case::format_name("'{a}{b}'.format(a='sys', b='tem')", "system")]
#[case::format_code("'{:c}{:c}'.format(115, 121)", "sy")]
#[case::format_item("'{0[1]}'.format(['x', 'system'])", "system")]
#[case::format_hex("'{:02x}'.format(10)", "0a")]
#[case::format_map("'{a}'.format_map({'a': 'system'})", "system")]
#[case::unpack("bytes(__import__('struct').unpack('6B', b'system')).decode()", "system")]
#[case::unpack_text("__import__('struct').unpack('>2x4s', b'..syst')[0].decode()", "syst")]
#[case::xor_function("''.join(map(chr, map(__import__('operator').xor, b'tyr', [7, 0, 1])))", "sys")]
#[case::islice("''.join(__import__('itertools').islice('sXyXsX', 0, 6, 2))", "sys")]
#[case::chain("''.join(__import__('itertools').chain('sys', ['tem']))", "system")]
#[case::compress("''.join(__import__('itertools').compress('sXyXs', [1, 0, 1, 0, 1]))", "sys")]
#[case::unbound("str.lower('SYSTEM')", "system")]
#[case::unbound_join("str.join('', ['sys', 'tem'])", "system")]
#[case::filter_method("''.join(filter(str.isalpha, 's1y2s3'))", "sys")]
#[case::substituted("__import__('re').sub('[^a-z]', '', 's1y2s3')", "sys")]
#[case::substituted_by_function("__import__('re').sub('..', lambda m: chr(int(m.group(), 16)), '737973')", "sys")]
#[case::found("''.join(__import__('re').findall('[a-z]', 's1y2s3'))", "sys")]
#[case::lookup("__import__('codecs').lookup('rot13').decode('flf')[0]", "sys")]
#[case::blanks("''.join(chr(len(w)) for w in (' ' * 115 + '.' + ' ' * 121).split('.'))", "sy")]
#[case::bytes_translate("b'sXyXs'.translate(None, b'X').decode()", "sys")]
#[case::buffer("__import__('io').BytesIO(b'system').read().decode()", "system")]
fn a_constant_is_put_together(#[case] expression: &str, #[case] expected: &str) {
    let source = format!("exec('#' + '=' + str({expression}))\n");
    let sequence = extract(&pypi(&[("a.py", &source)]), &Reading::default()).sequence;
    let texts: Vec<&str> = sequence.layers.iter().map(|layer| layer.source.text.as_str()).collect();
    assert_eq!(texts, [format!("#={expected}")], "{expression}");
    assert!(sequence.steps.iter().any(|step| step.feature == Feature::EvaluateCode), "{expression}");
}
