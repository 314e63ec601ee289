//! A file to start from: every setting and every key at its default, each in a comment.

use std::fmt::Write as _;

use strum::IntoEnumIterator as _;

use super::settings::Kind;
use super::theme::sections;
use super::{Action, Context, Keymap, Setting, ThemeName};

/// A `config.toml` that changes nothing: prose stands behind `# `, and a line behind a bare `#` takes effect without it.
#[must_use]
pub fn sample(keys: &Keymap) -> String {
    let mut out = "# Configuration of cerebro. Take away a line's # to change what it says.\n".to_owned();
    for setting in Setting::iter() {
        // Writing to a string cannot fail.
        let _ = match setting.kind() {
            Kind::Choice(words) => writeln!(
                out,
                "\n# {}\n# One of {}.\n#{} = {:?}",
                setting.describe(),
                words.join(", "),
                setting.name(),
                words.first().copied().unwrap_or_default()
            ),
            Kind::Switch(on) => writeln!(out, "\n# {}\n#{} = {on}", setting.describe(), setting.name()),
            Kind::Percent => writeln!(out, "\n# {}\n#{} = 0", setting.describe(), setting.name()),
            Kind::Path | Kind::Text => writeln!(out, "\n# {}\n# {} = \"...\"", setting.describe(), setting.name()),
        };
    }
    let colors = sections().iter().map(|name| format!("[colors.{name}]")).collect::<Vec<_>>().join(", ");
    let themes = ThemeName::iter().map(|name| format!("themes/{}.toml", name.name())).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "\n# Colors, over whichever theme is in use: {colors}, named as in\n\
         # {themes}.\n\n\
         # Keys, by the place where they hold. They add to what is built in; \"none\" takes a key away."
    );
    for context in Context::iter() {
        let bound: Vec<_> = keys.in_order().filter(|(at, ..)| *at == context).collect();
        let name: &str = context.into();
        let _ = writeln!(out, "\n#[keys.{name}]");
        for (_, key, action) in bound {
            let _ = writeln!(out, "# {}\n#{:?} = {:?}", action.describe(), key.written(), Action::name(action));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Config, Depth, Place, Role, Settings, ThemeName};
    use super::*;

    fn read(text: &str) -> Config {
        Config::parse(&Place { text, path: "config.toml" }, Path::new(""), Depth::True).unwrap()
    }

    #[test]
    fn it_changes_nothing_in_comments_and_nothing_without_them() {
        let built_in = Keymap::built_in().unwrap();
        let commented = sample(&built_in);
        let bare: String = commented
            .lines()
            .filter(|line| !line.starts_with("# "))
            .map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line)))
            .collect();
        assert!(bare.lines().count() > Action::iter().count(), "{bare}");
        for text in [&commented, &bare] {
            let config = read(text);
            assert_eq!(config.settings, Settings::default());
            for action in Action::iter() {
                assert_eq!(config.keys.keys(action), built_in.keys(action));
            }
            assert_eq!(
                config.theme(ThemeName::Light).style(Role::Text),
                read("").theme(ThemeName::Light).style(Role::Text)
            );
        }
    }
}
