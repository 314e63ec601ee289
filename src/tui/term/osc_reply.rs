//! The answer of a terminal to the question for its background, as xterm defines it: `OSC 11 ; rgb:1e1e/1e1e/1e1e ST`.

use crate::config::ThemeName;

/// The theme that fits the background that a control string tells, given without its introducer and its end.
pub(super) fn background(body: &[u8]) -> Option<ThemeName> {
    let color = std::str::from_utf8(body).ok()?.strip_prefix("11;")?;
    let channels = color.strip_prefix("rgb:").or_else(|| color.strip_prefix("rgba:"))?;
    let mut light = 0.0;
    let mut rest = channels.split('/');
    // What each channel adds to how light a color looks (ITU-R BT.601).
    for share in [0.299, 0.587, 0.114] {
        // One to four digits a channel, as XParseColor writes them.
        let digits = rest.next().filter(|digits| (1..=4).contains(&digits.len()))?;
        let most = (1_u32 << (4 * digits.len())) - 1;
        light += share * f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most);
    }
    Some(if light > 0.5 { ThemeName::Light } else { ThemeName::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("11;rgb:1e1e/1e1e/2e2e", Some(ThemeName::Dark))]
    #[case("11;rgb:fdfd/f6f6/e3e3", Some(ThemeName::Light))]
    #[case("11;rgba:ff/ff/ff/ff", Some(ThemeName::Light))]
    #[case("11;rgb:0/0/f", Some(ThemeName::Dark))]
    #[case("", None)]
    #[case("11;rgb:", None)]
    #[case("11;rgb:0/0", None)]
    #[case("11;rgb:zz/0/0", None)]
    #[case("11;rgb:00000/0/0", None)]
    #[case("10;rgb:f/f/f", None)]
    #[case("52;c;cGFzdGU=", None)]
    fn the_background_is_read_from_its_answer_alone(#[case] body: &str, #[case] theme: Option<ThemeName>) {
        assert_eq!(background(body.as_bytes()), theme);
    }
}
