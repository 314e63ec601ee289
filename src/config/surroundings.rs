//! What environment variables say of the terminal.

use super::{Depth, ThemeName};

/// Looks a variable up; an empty one counts as none.
type Look<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Beginnings of `TERM` of terminals with 24-bit colors, whose `COLORTERM` does not come along over SSH.
const TRUE_COLOR: [&str; 8] =
    ["alacritty", "contour", "foot", "ghostty", "wezterm", "xterm-direct", "xterm-ghostty", "xterm-kitty"];

/// How many colors the terminal says it has.
#[must_use]
pub fn depth(look: Look<'_>) -> Depth {
    // https://no-color.org: any value but the empty one.
    if look("NO_COLOR").is_some() {
        return Depth::None;
    }
    let announced = look("COLORTERM").is_some_and(|value| ["truecolor", "24bit"].contains(&value.as_str()));
    if announced || known(look) { Depth::True } else { Depth::Indexed }
}

fn known(look: Look<'_>) -> bool {
    look("TERM").is_some_and(|term| TRUE_COLOR.iter().any(|start| term.starts_with(start)))
}

/// Whether the terminal has no more than sixteen colors.
fn sixteen(look: Look<'_>) -> bool {
    // The console of Windows has them all and names none.
    let many = |term: String| term.contains("256color");
    look("COLORTERM").is_none() && !known(look) && !look("TERM").map_or(cfg!(windows), many)
}

/// The theme that fits the terminal. `ask` asks it whether its background is dark or light and may know no answer; it is
/// asked only where the answer matters.
#[must_use]
pub fn guess_theme(look: Look<'_>, ask: impl FnOnce() -> Option<ThemeName>) -> ThemeName {
    if sixteen(look) {
        return ThemeName::Ansi;
    }
    ask().or_else(|| announced(look)).unwrap_or(ThemeName::Dark)
}

/// The background that the terminal announces in `COLORFGBG` (`15;0`: white on black), as rxvt, Konsole and others do.
fn announced(look: Look<'_>) -> Option<ThemeName> {
    let value = look("COLORFGBG")?;
    match value.rsplit(';').next()?.parse::<u8>().ok()? {
        7 | 9..=15 => Some(ThemeName::Light),
        0..=8 => Some(ThemeName::Dark),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(variables: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        |name: &str| {
            let found = variables.iter().find(|(key, value)| *key == name && !value.is_empty());
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[rstest::rstest]
    #[case(&[("TERM", "xterm-256color")], Depth::Indexed)]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True)]
    #[case(&[("TERM", "xterm-kitty")], Depth::True)]
    #[case(&[("COLORTERM", "24bit"), ("NO_COLOR", "1")], Depth::None)]
    #[case(&[("COLORTERM", "24bit"), ("NO_COLOR", "")], Depth::True)]
    fn colors(#[case] variables: &'static [(&str, &str)], #[case] depth_is: Depth) {
        assert_eq!(depth(&look(variables)), depth_is);
    }

    #[rstest::rstest]
    #[case::console(&[("TERM", "linux")], None, ThemeName::Ansi)]
    #[case::old(&[("TERM", "xterm")], Some(ThemeName::Light), ThemeName::Ansi)]
    #[case::asked(&[("TERM", "xterm-256color"), ("COLORFGBG", "15;0")], Some(ThemeName::Light), ThemeName::Light)]
    #[case::silent(&[("TERM", "xterm-256color")], None, ThemeName::Dark)]
    #[case::announced_light(&[("TERM", "rxvt-unicode-256color"), ("COLORFGBG", "0;default;15")], None, ThemeName::Light)]
    #[case::announced_dark(&[("TERM", "rxvt-unicode-256color"), ("COLORFGBG", "15;8")], None, ThemeName::Dark)]
    #[case::unreadable(&[("TERM", "xterm-256color"), ("COLORFGBG", "15;default")], None, ThemeName::Dark)]
    #[case::kitty(&[("TERM", "xterm-kitty")], Some(ThemeName::Light), ThemeName::Light)]
    fn themes(
        #[case] variables: &'static [(&str, &str)],
        #[case] answer: Option<ThemeName>,
        #[case] expected: ThemeName,
    ) {
        assert_eq!(guess_theme(&look(variables), || answer), expected);
    }
}
