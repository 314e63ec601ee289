//! The colors of the workbench, from the built-in files and the user's.

use ratatui::style::{Color, Modifier, Style};
use strum::{EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Fault, Place};

/// The themes that come with the program, in the order in which the workbench goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumIter, EnumCount, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ThemeName {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// The terminal's own sixteen colors.
    Ansi,
    /// For eyes that tell red from green badly.
    Colorblind,
}

impl ThemeName {
    /// The name as written in `--theme` and the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The theme's file.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Dark => include_str!("../../themes/dark.toml"),
            Self::Light => include_str!("../../themes/light.toml"),
            Self::Ansi => include_str!("../../themes/ansi.toml"),
            Self::Colorblind => include_str!("../../themes/colorblind.toml"),
        }
    }

    /// The one after it; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        Self::iter().cycle().skip_while(|name| *name != self).nth(1).unwrap_or_default()
    }
}

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
        Ground "ground", Text "text", Dim "dim", Faint "faint", Title "title", TitleFocus "title_focus", Border "border",
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
        Malicious "malicious", Near "near", Low "low", CannotJudge "cannot_judge", Working "working",
        LabelMalicious "label_malicious", LabelBenign "label_benign", LabelSuspicious "label_suspicious",
    }
    "code" {
        Comment "comment", Literal "string", Number "number", Keyword "keyword", Function "function", Type "type",
        Constant "constant", Property "property", Operator "operator", Punctuation "punctuation", Tag "tag",
    }
}

/// The sections of a theme.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = Role::iter().map(|role| role.key().0).collect();
    sections.dedup();
    sections.push("heat");
    sections
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

/// The lists of styles that show heat, weakest first. The key in the theme file is `heat.name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumCount, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Ramp {
    /// Behind a text: for malicious, or attention.
    Ramp,
    /// Behind a text: against malicious.
    Against,
    /// Marks beside lines and steps: for malicious, or attention.
    Marks,
    /// Marks beside lines and steps: against malicious.
    MarksAgainst,
}

impl Ramp {
    /// The name in the theme file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A style for every role and every heat.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: [Style; Role::COUNT],
    ramps: [Vec<Style>; Ramp::COUNT],
    depth: Depth,
}

impl Theme {
    /// How many colors the terminal has.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// A theme that comes with the program.
    ///
    /// # Errors
    /// None: a test reads them all.
    pub fn built_in(name: ThemeName, depth: Depth) -> Result<Self, ConfigError> {
        let place = Place { text: name.text(), path: "a built-in theme" };
        let nothing = Self { styles: [Style::new(); Role::COUNT], ramps: Default::default(), depth };
        let (table, mut faults) = place.parse();
        let theme = nothing.with(&table, &place, depth, &mut faults);
        ConfigError::of(faults)?;
        Ok(theme)
    }

    /// The theme with what `table` says in place of its own; an unknown section, name or color is a fault.
    pub(super) fn with(
        mut self,
        table: &DeTable<'_>,
        place: &Place<'_>,
        depth: Depth,
        faults: &mut Vec<Fault>,
    ) -> Self {
        self.depth = depth;
        for (section, names) in table {
            let Some(names) = names.get_ref().as_table() else {
                let what = format!("styles belong in a section: {}", sections().join(", "));
                faults.push(place.fault(section.span().start, &what));
                continue;
            };
            faults
                .extend(names.iter().filter_map(|(name, value)| self.set(section.get_ref(), name, value, place).err()));
        }
        for (role, style) in Role::iter().zip(&mut self.styles) {
            *style = reduce(*style, depth, role == Role::Ground);
        }
        for style in self.ramps.iter_mut().flatten() {
            *style = reduce(*style, depth, false);
        }
        self
    }

    fn set(
        &mut self,
        section: &str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) -> Result<(), Fault> {
        let at = value.span().start;
        let word = name.get_ref().as_ref();
        let ramp = Ramp::iter().find(|ramp| section == "heat" && ramp.name() == word);
        if let Some(slot) = ramp.and_then(|ramp| self.ramps.get_mut(ramp as usize)) {
            let values = value.get_ref().as_array().ok_or_else(|| place.fault(at, "heat is a list of styles"))?;
            *slot = values.iter().map(|v| read_style(v, place)).collect::<Result<_, _>>()?;
            return Ok(());
        }
        let role = Role::iter().find(|role| role.key() == (section, word));
        let slot = role.and_then(|role| self.styles.get_mut(role as usize)).ok_or_else(|| {
            let near = Role::iter().filter(|role| role.key().0 == section).map(|role| role.key().1);
            let near = near.chain(Ramp::iter().filter(|_| section == "heat").map(Ramp::name)).collect::<Vec<_>>();
            let what = match near.as_slice() {
                [] => format!("there is no section {section:?} to color; there are {}", sections().join(", ")),
                near => format!("there is nothing called {section}.{word} to color; there are {}", near.join(", ")),
            };
            place.fault(name.span().start, &what)
        })?;
        *slot = read_style(value, place)?;
        Ok(())
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// What stands behind a text of a heat from -1 to 1; nothing for next to no heat, and none without colors.
    #[must_use]
    pub fn heat(&self, heat: f32) -> Style {
        let steps = self.ramp(if heat < 0.0 { Ramp::Against } else { Ramp::Ramp });
        let step = (heat.abs().clamp(0.0, 1.0) * steps.len() as f32).round() as usize;
        step.checked_sub(1).and_then(|step| steps.get(step)).copied().unwrap_or_default()
    }

    /// The style of a heat mark beside a line or a step.
    #[must_use]
    pub fn heat_mark(&self, heat: f32) -> Style {
        let steps = self.ramp(if heat < 0.0 { Ramp::MarksAgainst } else { Ramp::Marks });
        let last = steps.len().saturating_sub(1);
        let step = (heat.abs().clamp(0.0, 1.0) * last as f32).round() as usize;
        steps.get(step).copied().unwrap_or_default()
    }

    /// The styles of a kind of heat; none without colors, for the marks have heights and shades of their own.
    fn ramp(&self, ramp: Ramp) -> &[Style] {
        self.ramps.get(ramp as usize).filter(|_| self.depth != Depth::None).map_or(&[], Vec::as_slice)
    }
}

fn read_style(value: &Spanned<DeValue<'_>>, place: &Place<'_>) -> Result<Style, Fault> {
    let at = value.span().start;
    let text =
        value.get_ref().as_str().ok_or_else(|| place.fault(at, "a style is a text, \"#c8ccd4 bold\" for instance"))?;
    style(text).map_err(|what| place.fault(at, &what))
}

/// Words for the terminal's own colors.
pub(super) const COLORS: [(&str, Color); 17] = [
    ("reset", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("darkgray", Color::DarkGray),
    ("lightred", Color::LightRed),
    ("lightgreen", Color::LightGreen),
    ("lightyellow", Color::LightYellow),
    ("lightblue", Color::LightBlue),
    ("lightmagenta", Color::LightMagenta),
    ("lightcyan", Color::LightCyan),
    ("white", Color::White),
];

/// Words that change the letters.
pub(super) const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed", Modifier::CROSSED_OUT),
];

fn color(word: &str) -> Result<Color, String> {
    let named = COLORS.iter().find(|(name, _)| *name == word).map(|(_, color)| *color);
    let plain = word.starts_with('#') || word.starts_with(|c: char| c.is_ascii_digit());
    named.or_else(|| word.parse().ok().filter(|_| plain)).ok_or_else(|| {
        format!("{word:?} is no color; write #rrggbb, 0-255 or one of {}", COLORS.map(|(name, _)| name).join(", "))
    })
}

fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut background = false;
    for word in text.split_whitespace() {
        let modifier = MODIFIERS.iter().find(|(name, _)| *name == word).map(|(_, modifier)| *modifier);
        style = match modifier {
            Some(modifier) => style.add_modifier(modifier),
            None if word == "on" => {
                background = true;
                continue;
            }
            None if std::mem::take(&mut background) => style.bg(color(word)?),
            None => style.fg(color(word)?),
        };
    }
    if background {
        return Err("a color must follow \"on\"".to_owned());
    }
    Ok(style)
}

/// Without colors, what had a background is shown reversed: selections and verdicts must not vanish. The ground under
/// everything is left as it is.
fn reduce(style: Style, depth: Depth, ground: bool) -> Style {
    let mut reduced = style;
    if depth == Depth::None {
        if style.bg.is_some() && !ground {
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
mod tests;
