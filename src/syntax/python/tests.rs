//! The lowering, one row a construct.

use rstest::rstest;

use super::lower;
use crate::syntax::ir_print::print;

#[rstest]
#[case("x = 1", "(= x 1)")]
fn a_construct_is_lowered(#[case] text: &str, #[case] expected: &str) {
    let unit = lower(text);
    assert_eq!(print(&unit), expected);
    assert_eq!(unit.partial, None);
}
