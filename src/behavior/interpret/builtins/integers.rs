//! Python's integers, which have no bound: those that a double does not hold exactly.

use std::rc::Rc;

use num_bigint::{BigInt, Sign};

use super::{MAX_ITEMS, Op, Taint, Val, Value};

/// Where doubles stop to hold every integer: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Most bits of an integer that folding makes.
const MAX_BITS: u64 = 8 << 20;
/// Most bits of one that is multiplied, divided or turned into decimal digits: that takes more than linear time.
const MAX_WORKED: u64 = 1 << 16;

/// The integer of a whole number.
pub fn of(val: &Val) -> Option<BigInt> {
    match &val.value {
        Value::Int(number) => Some((**number).clone()),
        _ => of_num(val.as_num()?),
    }
}

#[allow(clippy::cast_possible_truncation)]
fn of_num(number: f64) -> Option<BigInt> {
    (number.fract() == 0.0 && number.abs() < EXACT).then(|| BigInt::from(number as i64))
}

/// An integer as a value: a plain number where that is exact.
pub fn value(number: BigInt, taint: Taint) -> Option<Val> {
    if number.bits() > MAX_BITS {
        return None;
    }
    if let Ok(small) = i64::try_from(&number)
        && small.unsigned_abs() < 1 << 53
    {
        #[allow(clippy::cast_precision_loss)]
        return Some(Val::num(small as f64).with(taint));
    }
    Some(Val { value: Value::Int(Rc::new(number)), taint })
}

/// The integer that a literal or a text writes in a base.
pub fn parse(digits: &str, base: u32) -> Option<BigInt> {
    // Decimal digits are read in more than linear time.
    let short = base.is_power_of_two() || digits.len() as u64 <= MAX_WORKED / 3;
    let digits = digits.trim().replace('_', "");
    (short && !digits.is_empty()).then(|| BigInt::parse_bytes(digits.as_bytes(), base)).flatten()
}

/// The integer of a Python literal.
pub fn literal(text: &str) -> Option<BigInt> {
    let text = text.trim_end_matches(['l', 'L']);
    let base = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => return parse(text, 10),
    };
    parse(text.get(2..)?, base)
}

/// Its digits in a base.
pub fn digits(number: &BigInt, base: u32) -> Option<String> {
    (base.is_power_of_two() || number.bits() <= MAX_WORKED).then(|| number.to_str_radix(base))
}

/// `a op b` where a double would not be exact. `None`: not on integers, or beyond the bound.
pub fn binary(op: Op, a: &Val, b: &Val) -> Option<Val> {
    let taint = a.taint | b.taint;
    let (x, y) = (of(a)?, of(b)?);
    let worked = x.bits() <= MAX_WORKED && y.bits() <= MAX_WORKED;
    let amount = || u64::try_from(&y).ok().filter(|amount| *amount <= MAX_BITS);
    let zero = y.sign() == Sign::NoSign;
    let number = match op {
        Op::Add => x + y,
        Op::Sub => x - y,
        Op::Mul if worked => x * y,
        Op::FloorDiv if worked && !zero => floored(&x, &y).0,
        Op::Mod if worked && !zero => floored(&x, &y).1,
        Op::BitAnd => x & y,
        Op::BitOr => x | y,
        Op::BitXor => x ^ y,
        Op::Shl => {
            let amount = amount().filter(|amount| x.bits() + amount <= MAX_BITS)?;
            x << amount
        }
        Op::Shr => x >> amount()?,
        Op::Pow => {
            let times =
                u32::try_from(&y).ok().filter(|times| x.bits().saturating_mul(u64::from(*times)) <= MAX_WORKED)?;
            x.pow(times)
        }
        Op::Lt => return Some(Value::Bool(x < y).into()),
        Op::LtEq => return Some(Value::Bool(x <= y).into()),
        Op::Gt => return Some(Value::Bool(x > y).into()),
        Op::GtEq => return Some(Value::Bool(x >= y).into()),
        Op::Eq | Op::Is => return Some(Value::Bool(x == y).into()),
        Op::NotEq | Op::IsNot => return Some(Value::Bool(x != y).into()),
        _ => return None,
    };
    value(number, taint)
}

/// Whether an operation on two plain numbers leaves what a double holds.
pub fn overflows(op: Op, x: f64, y: f64) -> bool {
    let result = match op {
        Op::Add => x + y,
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Pow => x.powf(y),
        Op::Shl => x * y.exp2(),
        Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shr => x.abs().max(y.abs()),
        _ => return false,
    };
    x.fract() == 0.0 && y.fract() == 0.0 && y >= f64::from(i32::MIN) && result.abs() >= EXACT
}

/// Quotient and remainder as Python gives them.
fn floored(x: &BigInt, y: &BigInt) -> (BigInt, BigInt) {
    let (quotient, remainder) = (x / y, x % y);
    if remainder.sign() == Sign::NoSign || remainder.sign() == y.sign() {
        (quotient, remainder)
    } else {
        (quotient - 1, remainder + y)
    }
}

/// `pow(base, exponent, modulus)`.
pub fn power(args: &[Val], taint: Taint) -> Option<Val> {
    let [base, exponent, modulus] = args else { return None };
    let (base, exponent, modulus) = (of(base)?, of(exponent)?, of(modulus)?);
    let fits = modulus.bits() <= 4096 && exponent.bits() <= 4096 && modulus.sign() == Sign::Plus;
    (fits && exponent.sign() != Sign::Minus).then(|| value(base.modpow(&exponent, &modulus), taint)).flatten()
}

/// `int.from_bytes(bytes, order)`.
pub fn from_bytes(bytes: &[u8], little: bool, signed: bool, taint: Taint) -> Option<Val> {
    let number = match (little, signed) {
        (true, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
        (false, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
        (true, true) => BigInt::from_signed_bytes_le(bytes),
        (false, true) => BigInt::from_signed_bytes_be(bytes),
    };
    value(number, taint)
}

/// Methods of integers.
pub fn method(receiver: &Val, name: &str, args: &[Val]) -> Option<Val> {
    let number = of(receiver)?;
    match name {
        "to_bytes" => {
            let length = args.first().map_or(Some(1), |length| super::count(length.as_num()?))?;
            let little = args.get(1).and_then(Val::as_str) == Some("little");
            let (sign, mut bytes) = number.to_bytes_le();
            if sign == Sign::Minus || length > MAX_ITEMS * 8 || bytes.iter().skip(length).any(|byte| *byte != 0) {
                return None;
            }
            bytes.resize(length, 0);
            if !little {
                bytes.reverse();
            }
            Some(Val::bytes(bytes, receiver.taint | Taint::DECODED))
        }
        #[allow(clippy::cast_precision_loss)]
        "bit_length" => Some(Val::num(number.bits() as f64)),
        "__xor__" | "__rxor__" => binary(Op::BitXor, receiver, args.first()?),
        "__add__" | "__radd__" => binary(Op::Add, receiver, args.first()?),
        "__sub__" => binary(Op::Sub, receiver, args.first()?),
        "conjugate" | "__int__" | "__index__" => value(number, receiver.taint),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn int(text: &str) -> Val {
        value(literal(text).unwrap(), Taint::NONE).unwrap()
    }

    #[rstest]
    #[case(Op::Add, "9007199254740991", "1", "9007199254740992")]
    #[case(Op::Sub, "-1", "9007199254740993", "-9007199254740994")]
    #[case(Op::Mul, "0xffffffffffff", "0x10000", "0xffffffffffff0000")]
    #[case(Op::FloorDiv, "-18446744073709551617", "2", "-9223372036854775809")]
    #[case(Op::Mod, "-18446744073709551617", "256", "255")]
    #[case(Op::Shl, "1", "80", "1208925819614629174706176")]
    #[case(Op::Shr, "1208925819614629174706176", "80", "1")]
    #[case(Op::Pow, "2", "80", "1208925819614629174706176")]
    fn operators_are_pythons(#[case] op: Op, #[case] a: &str, #[case] b: &str, #[case] expected: &str) {
        assert_eq!(of(&binary(op, &int(a), &int(b)).unwrap()), literal(expected));
    }

    #[test]
    fn what_would_take_long_is_not_made() {
        assert!(binary(Op::Shl, &int("1"), &int("99999999999")).is_none());
        assert!(binary(Op::Pow, &int("10"), &int("999999")).is_none());
        assert!(parse(&"9".repeat(1 << 20), 10).is_none());
    }
}
