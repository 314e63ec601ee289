use super::*;

fn theme(name: ThemeName) -> Theme {
    Theme::built_in(name, Depth::True).unwrap()
}

fn changed(text: &str) -> Result<Theme, ConfigError> {
    let place = Place { text, path: "my.toml" };
    let (table, mut faults) = place.parse();
    let theme = theme(ThemeName::Dark).with(&table, &place, Depth::True, &mut faults);
    ConfigError::of(faults).map(|()| theme)
}

#[test]
fn built_in_themes_are_complete() {
    for name in ThemeName::iter() {
        let theme = theme(name);
        let missing: Vec<_> = Role::iter().filter(|role| theme.style(*role) == Style::new()).map(Role::key).collect();
        assert!(missing.is_empty(), "themes/{}.toml has no style for {missing:?}", name.name());
        for ramp in Ramp::iter() {
            assert!(theme.ramp(ramp).len() > 1, "{} {ramp:?}", name.name());
        }
        assert_eq!(theme.heat(0.0), Style::new());
        assert_ne!(theme.heat(-1.0), theme.heat(1.0));
        assert_ne!(theme.heat_mark(-1.0), theme.heat_mark(1.0));
    }
}

#[test]
fn the_theme_after_the_last_is_the_first() {
    let mut seen = vec![ThemeName::default()];
    while seen.len() < ThemeName::COUNT {
        seen.push(seen[seen.len() - 1].next());
    }
    assert_eq!(seen, ThemeName::iter().collect::<Vec<_>>());
    assert_eq!(seen[seen.len() - 1].next(), ThemeName::Dark);
}

#[test]
fn the_sixteen_color_theme_names_no_other_color() {
    let theme = theme(ThemeName::Ansi);
    let styles = theme.styles.iter().chain(theme.ramps.iter().flatten());
    let other: Vec<_> = styles
        .flat_map(|style| [style.fg, style.bg])
        .flatten()
        .filter(|color| matches!(color, Color::Rgb(..) | Color::Indexed(_)))
        .collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn no_color_means_none_and_selections_stay_visible() {
    for name in ThemeName::iter() {
        let theme = Theme::built_in(name, Depth::None).unwrap();
        for role in Role::iter() {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{role:?}");
        }
        assert!(theme.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
        // A theme that paints the screen must not turn all of it around.
        assert!(!theme.style(Role::Ground).add_modifier.contains(Modifier::REVERSED), "{}", name.name());
        assert_eq!(theme.heat(1.0), Style::new());
    }
}

#[test]
fn nearest_of_256() {
    assert_eq!(shallow(Color::Rgb(255, 0, 0), Depth::Indexed), Color::Indexed(196));
    assert_eq!(shallow(Color::Rgb(118, 118, 118), Depth::Indexed), Color::Indexed(243));
    assert_eq!(shallow(Color::Rgb(255, 255, 255), Depth::Indexed), Color::Indexed(231));
}

#[rstest::rstest]
#[case("[ui]\ntext = \"#c8ccd4\"\ndim = \"greenish\"\n", 3, "greenish")]
#[case("[ui]\ntxet = \"red\"\n", 2, "there are ground, text, dim")]
#[case("[uii]\ntext = \"red\"\n", 2, "ui, diff, state, code, heat")]
#[case("[heat]\nmarks = [\n\"#ggg\"]\n", 3, "#ggg")]
#[case("[heat]\nheights = [\"red\"]\n", 2, "ramp, against, marks")]
#[case("[ui]\ntext = 3\n", 2, "a style is a text")]
fn errors_name_the_line(#[case] text: &str, #[case] line: usize, #[case] names: &str) {
    let error = changed(text).unwrap_err().to_string();
    assert!(error.starts_with(&format!("my.toml:{line}: ")) && error.contains(names), "{error}");
}

/// Red, green and blue from 0 to 1, without the screen's gamma (IEC 61966-2-1).
fn linear(color: Color) -> Option<[f64; 3]> {
    let Color::Rgb(r, g, b) = color else { return None };
    Some([r, g, b].map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    }))
}

/// The contrast ratio of WCAG 2, from 1 to 21; none where a color is the terminal's business.
fn contrast(a: Color, b: Color) -> Option<f64> {
    let light = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    let (a, b) = (light(linear(a)?), light(linear(b)?));
    Some((a / b).max(b / a))
}

/// Backgrounds that terminals have, or the one that the theme paints.
fn grounds(name: ThemeName, theme: &Theme) -> Vec<Color> {
    let painted = theme.style(Role::Ground).bg.filter(|color| *color != Color::Reset);
    let usual: &[(u8, u8, u8)] = match name {
        _ if painted.is_some() => &[],
        ThemeName::Light => &[(255, 255, 255), (0xfd, 0xf6, 0xe3)],
        _ => &[(0, 0, 0), (0x1e, 0x1e, 0x1e), (0x28, 0x2c, 0x34)],
    };
    let usual = usual.iter().map(|(r, g, b)| Color::Rgb(*r, *g, *b));
    painted.into_iter().chain(usual).chain(theme.style(Role::Overlay).bg).collect()
}

/// What says little by itself: a line number, a rule between groups, the frame of the pane with the focus.
const CHROME: [Role; 3] = [Role::Faint, Role::LineNumber, Role::BorderFocus];

#[test]
fn every_text_can_be_read() {
    for name in ThemeName::iter() {
        let theme = theme(name);
        let grounds = grounds(name, &theme);
        let mut bad = Vec::new();
        let mut need = |what: String, fg: Option<Color>, ground: Color, least: f64| {
            if let Some(found) = fg.and_then(|fg| contrast(fg, ground)).filter(|found| *found < least) {
                bad.push(format!("{what} on {ground}: {found:.2} < {least}"));
            }
        };
        // The frame of a pane without the focus is an ornament.
        for role in Role::iter().filter(|role| *role != Role::Border) {
            let style = theme.style(role);
            let chrome = CHROME.contains(&role);
            let own = style.bg.as_ref().map_or(grounds.as_slice(), std::slice::from_ref);
            for ground in own {
                need(format!("{:?}", role.key()), style.fg, *ground, if chrome { 3.0 } else { 4.5 });
            }
            let rows = [Role::Selected, Role::SelectedIdle, Role::CursorLine].map(|row| theme.style(row).bg);
            for row in rows.into_iter().flatten().filter(|_| style.bg.is_none()) {
                need(format!("{:?}", role.key()), style.fg, row, if chrome { 2.0 } else { 3.0 });
            }
        }
        let text = theme.style(Role::Text).fg;
        for style in [Ramp::Ramp, Ramp::Against].into_iter().flat_map(|ramp| theme.ramp(ramp)) {
            if let Some(ground) = style.bg {
                need("heat".to_owned(), style.fg.or(text), ground, 4.5);
            }
        }
        for style in [Ramp::Marks, Ramp::MarksAgainst].into_iter().flat_map(|ramp| theme.ramp(ramp)) {
            for ground in &grounds {
                need("marks".to_owned(), style.fg, *ground, 3.0);
            }
        }
        assert!(bad.is_empty(), "themes/{}.toml\n{}", name.name(), bad.join("\n"));
    }
}

/// What eyes without the cones for red (protan) or green (deutan) see: Machado, Oliveira and Fernandes 2009, severity 1.
const SIGHTS: [(&str, [[f64; 3]; 3]); 3] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protan",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deutan",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
];

/// CIE L*a*b* under D65 of what an eye sees.
fn lab(color: Color, sight: &[[f64; 3]; 3]) -> [f64; 3] {
    let light = linear(color).unwrap();
    let dot = |row: &[f64; 3]| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0);
    let [r, g, b] = [dot(&sight[0]), dot(&sight[1]), dot(&sight[2])];
    let curve = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let x = curve((0.412_456 * r + 0.357_576 * g + 0.180_438 * b) / 0.950_47);
    let y = curve(0.212_673 * r + 0.715_152 * g + 0.072_175 * b);
    let z = curve((0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: Color, b: Color, sight: &[[f64; 3]; 3]) -> f64 {
    lab(a, sight).iter().zip(lab(b, sight)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Colors of which each must be told from the others.
fn groups(theme: &Theme) -> Vec<(&'static str, Vec<Color>)> {
    let fg = |role| theme.style(role).fg.unwrap();
    let bg = |role| theme.style(role).bg.unwrap();
    let top = |ramp| *theme.ramp(ramp).last().unwrap();
    vec![
        ("verdicts", vec![bg(Role::Malicious), bg(Role::Near), bg(Role::Low), bg(Role::CannotJudge)]),
        ("labels", vec![fg(Role::LabelMalicious), fg(Role::LabelBenign), fg(Role::LabelSuspicious)]),
        ("phases", vec![fg(Role::CodeInstall), fg(Role::CodeImport), fg(Role::CodeRun)]),
        ("changes", vec![fg(Role::Added), fg(Role::Removed)]),
        ("changed words", vec![bg(Role::AddedWord), bg(Role::RemovedWord)]),
        ("heat", vec![top(Ramp::Ramp).bg.unwrap(), top(Ramp::Against).bg.unwrap()]),
        ("marks", vec![top(Ramp::Marks).fg.unwrap(), top(Ramp::MarksAgainst).fg.unwrap()]),
        ("weak marks", vec![theme.ramp(Ramp::Marks)[0].fg.unwrap(), theme.ramp(Ramp::MarksAgainst)[0].fg.unwrap()]),
    ]
}

#[test]
fn what_carries_meaning_differs_for_every_eye() {
    // A difference of 2.3 can just be seen side by side; on a screen, in small signs, it takes many times that.
    let least = |name, sight| match (name, sight) {
        (ThemeName::Colorblind, _) => 40.0,
        (_, "all cones") => 35.0,
        // The other themes are not made for them, but nothing may become the same.
        _ => 5.0,
    };
    for name in [ThemeName::Dark, ThemeName::Light, ThemeName::Colorblind] {
        for (group, colors) in groups(&theme(name)) {
            for (i, a) in colors.iter().enumerate() {
                for b in &colors[i + 1..] {
                    for (sight, matrix) in &SIGHTS {
                        let found = distance(*a, *b, matrix);
                        assert!(found >= least(name, sight), "{name:?} {group} {a} {b} {sight}: {found:.0}");
                    }
                }
            }
        }
    }
}

#[test]
fn for_color_blindness_lightness_tells_the_verdicts_apart_too() {
    let theme = theme(ThemeName::Colorblind);
    for (group, colors) in
        groups(&theme).into_iter().filter(|(group, _)| ["verdicts", "labels", "phases"].contains(group))
    {
        for (i, a) in colors.iter().enumerate() {
            for b in &colors[i + 1..] {
                let found = contrast(*a, *b).unwrap();
                assert!(found >= 1.4, "{group} {a} {b}: {found:.2}");
            }
        }
    }
}
