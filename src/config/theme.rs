//! The colors of the workbench, from the built-in files and the user's.

use ratatui::style::{Color, Modifier, Style};
use strum::{EnumCount, EnumIter, IntoEnumIterator};
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Place};

/// The theme for dark backgrounds.
pub const DARK: &str = include_str!("../../themes/dark.toml");
/// The theme for light backgrounds.
pub const LIGHT: &str = include_str!("../../themes/light.toml");

macro_rules! roles {
    ($($section:literal { $($name:ident $key:literal,)* })*) => {
        /// What a style is for. The key in the theme file is `section.name`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumCount, EnumIter)]
        pub enum Role {
            $($(
                #[doc = concat!("`", $section, ".", $key, "`")]
                $name,
            )*)*
        }

        impl Role {
            /// Section and name in the theme file.
            #[must_use]
            pub fn key(self) -> (&'static str, &'static str) {
                match self { $($(Self::$name => ($section, $key),)*)* }
            }
        }
    };
}

roles! {
    "ui" {
        Text "text", Dim "dim", Faint "faint", Title "title", TitleFocus "title_focus", Border "border",
        BorderFocus "border_focus", Selected "selected", Selection "selection", SelectedIdle "selected_idle", Key "key", Folder "folder",
        File "file", Layer "layer", Binary "binary", Mark "mark", Match "match", Span "span", Marked "marked",
        MarkedBenign "marked_benign", CursorLine "cursor_line",
        LineNumber "line_number", LineNumberCursor "line_number_cursor", Entry "entry", CodeInstall "code_install",
        CodeImport "code_import", CodeRun "code_run", Detail "detail", Place "place", Guard "guard", Message "message",
        Error "error", Overlay "overlay",
    }
    "diff" {
        Added "added", Removed "removed", AddedWord "added_word", RemovedWord "removed_word",
    }
    "state" {
        Malicious "malicious", Benign "benign", CannotJudge "cannot_judge", Working "working",
        LabelMalicious "label_malicious", LabelBenign "label_benign", LabelSuspicious "label_suspicious",
    }
    "code" {
        Comment "comment", Literal "string", Number "number", Keyword "keyword", Function "function", Type "type",
        Constant "constant", Property "property", Operator "operator", Punctuation "punctuation", Tag "tag",
    }
}

/// How many colors the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// `NO_COLOR`: modifiers only.
    None,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// A style for every role, and the colors of heat.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: [Style; Role::COUNT],
    ramp: Vec<Color>,
    against: Vec<Color>,
    plain: bool,
}

impl Theme {
    /// Reads a theme; what the text leaves out comes from `base`.
    ///
    /// # Errors
    /// Names the file and line of the first unknown section, name or color.
    pub fn new(text: &str, path: &str, base: Option<&Theme>, depth: Depth) -> Result<Self, ConfigError> {
        let place = Place { text, path };
        let mut theme = base.cloned().unwrap_or(Self {
            styles: [Style::new(); Role::COUNT],
            ramp: Vec::new(),
            against: Vec::new(),
            plain: false,
        });
        theme.plain = depth == Depth::None;
        let table = DeTable::parse(text).map_err(|e| place.error(e.span().map_or(0, |s| s.start), e.message()))?;
        for (section, names) in table.get_ref() {
            let names = names.get_ref().as_table().ok_or_else(|| {
                place.error(section.span().start, "styles belong in a section: [ui], [diff], [state], [code] or [heat]")
            })?;
            for (name, value) in names {
                let at = value.span().start;
                if let ("heat", "ramp" | "against") = (section.get_ref().as_ref(), name.get_ref().as_ref()) {
                    let colors = ramp(value.get_ref()).map_err(|what| place.error(at, &what))?;
                    *(if name.get_ref() == "ramp" { &mut theme.ramp } else { &mut theme.against }) = colors;
                    continue;
                }
                let key = (section.get_ref().as_ref(), name.get_ref().as_ref());
                let role = Role::iter().find(|role| role.key() == key).ok_or_else(|| {
                    place.error(name.span().start, &format!("there is nothing called {}.{} to color", key.0, key.1))
                })?;
                let text = value.get_ref().as_str().unwrap_or_default();
                let style = style(text).map_err(|what| place.error(at, &what))?;
                if let Some(slot) = theme.styles.get_mut(role as usize) {
                    *slot = style;
                }
            }
        }
        for style in &mut theme.styles {
            *style = reduce(*style, depth);
        }
        for colors in [&mut theme.ramp, &mut theme.against] {
            *colors = colors.iter().map(|c| shallow(*c, depth)).collect();
        }
        Ok(theme)
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The colors of heat, or of what speaks against, which has heat below 0.
    fn side(&self, heat: f32) -> &[Color] {
        if heat < 0.0 { &self.against } else { &self.ramp }
    }

    /// Background of a heat from -1 to 1; none for no heat, and none without colors.
    #[must_use]
    pub fn heat(&self, heat: f32) -> Style {
        let ramp = self.side(heat);
        let top = ramp.len().saturating_sub(1);
        if self.plain || top == 0 || heat == 0.0 {
            return Style::new();
        }
        let step = (heat.abs().clamp(0.0, 1.0) * top as f32).round() as usize;
        ramp.get(step).filter(|_| step > 0).map_or_else(Style::new, |color| Style::new().bg(*color))
    }

    /// Foreground of a heat mark: the ramp without its darkest end, which would not show.
    #[must_use]
    pub fn heat_mark(&self, heat: f32) -> Style {
        let ramp = self.side(heat);
        let top = ramp.len().saturating_sub(1);
        if self.plain || top == 0 {
            return Style::new();
        }
        let step = ((0.4 + 0.6 * heat.abs().clamp(0.0, 1.0)) * top as f32).round() as usize;
        ramp.get(step).map_or_else(Style::new, |color| Style::new().fg(*color))
    }
}

fn ramp(value: &DeValue<'_>) -> Result<Vec<Color>, String> {
    let values = value.as_array().ok_or("a ramp is a list of colors")?;
    values.iter().map(|v| color(v.get_ref().as_str().unwrap_or_default())).collect()
}

fn color(word: &str) -> Result<Color, String> {
    word.parse().map_err(|_| format!("{word:?} is no color; write #rrggbb, a name such as red, or 0-255"))
}

fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut background = false;
    for word in text.split_whitespace() {
        style = match word {
            "on" => {
                background = true;
                continue;
            }
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            "crossed" => style.add_modifier(Modifier::CROSSED_OUT),
            _ if std::mem::take(&mut background) => style.bg(color(word)?),
            _ => style.fg(color(word)?),
        };
    }
    Ok(style)
}

/// Without colors, what had a background is shown reversed: selections and verdicts must not vanish.
fn reduce(style: Style, depth: Depth) -> Style {
    let mut reduced = style;
    if depth == Depth::None {
        if style.bg.is_some() {
            reduced = reduced.add_modifier(Modifier::REVERSED);
        }
        reduced.fg = None;
        reduced.bg = None;
    } else {
        reduced.fg = style.fg.map(|c| shallow(c, depth));
        reduced.bg = style.bg.map(|c| shallow(c, depth));
    }
    reduced
}

/// The nearest of xterm's 256 colors where the terminal has no more.
fn shallow(color: Color, depth: Depth) -> Color {
    let (Color::Rgb(r, g, b), Depth::Indexed) = (color, depth) else { return color };
    // The cube has the levels 0, 95, 135, 175, 215, 255; the grays are 8, 18, ... 238.
    let level = |v: u8| {
        if v < 48 {
            0
        } else if v < 115 {
            1
        } else {
            (v - 35) / 40
        }
    };
    let value = |l: u8| if l == 0 { 0 } else { 55 + 40 * i32::from(l) };
    let gray = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3).saturating_sub(3) / 10;
    let gray = u8::try_from(gray.min(23)).unwrap_or(23);
    let distance = |x: [i32; 3]| {
        let d = [i32::from(r) - x[0], i32::from(g) - x[1], i32::from(b) - x[2]];
        d.iter().map(|v| v * v).sum::<i32>()
    };
    let cube = [level(r), level(g), level(b)];
    let gray_value = 8 + 10 * i32::from(gray);
    if distance([gray_value; 3]) < distance(cube.map(value)) {
        Color::Indexed(232 + gray)
    } else {
        Color::Indexed(16 + 36 * cube[0] + 6 * cube[1] + cube[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(DARK)]
    #[case(LIGHT)]
    fn built_in_themes_are_complete(#[case] text: &str) {
        let theme = Theme::new(text, "built in", None, Depth::True).unwrap();
        for role in Role::iter() {
            assert_ne!(theme.style(role), Style::new(), "{:?} has no style", role.key());
        }
        assert!(theme.heat(1.0).bg.is_some());
        assert_eq!(theme.heat(0.0), Style::new());
        assert!(theme.heat(-1.0).bg.is_some_and(|against| Some(against) != theme.heat(1.0).bg));
    }

    #[test]
    fn no_color_means_none_and_selections_stay_visible() {
        let theme = Theme::new(DARK, "built in", None, Depth::None).unwrap();
        for role in Role::iter() {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{role:?}");
        }
        assert!(theme.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
        assert_eq!(theme.heat(1.0), Style::new());
    }

    #[test]
    fn nearest_of_256() {
        assert_eq!(shallow(Color::Rgb(255, 0, 0), Depth::Indexed), Color::Indexed(196));
        assert_eq!(shallow(Color::Rgb(118, 118, 118), Depth::Indexed), Color::Indexed(243));
        assert_eq!(shallow(Color::Rgb(255, 255, 255), Depth::Indexed), Color::Indexed(231));
    }

    #[rstest::rstest]
    #[case("[ui]\ntext = \"#c8ccd4\"\ndim = \"greenish\"\n", 3)]
    #[case("[ui]\ntxet = \"red\"\n", 2)]
    #[case("[heat]\nramp = [\n\"#ggg\"]\n", 2)]
    fn errors_name_the_line(#[case] text: &str, #[case] line: usize) {
        let error = Theme::new(text, "my.toml", None, Depth::True).unwrap_err().to_string();
        assert!(error.starts_with(&format!("my.toml:{line}: ")), "{error}");
    }
}
