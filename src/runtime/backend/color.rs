//! How many colours a terminal has, and the nearest of them to a wanted one.

use ratatui::style::{Color, Modifier};

/// `Mono` shows bold, dim, underline and reverse, and no colour at all (<https://no-color.org>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorLevel {
    Mono,
    Ansi16,
    Indexed256,
    True,
}

/// What `--color` asked for, else what the environment says: NO_COLOR, COLORTERM, TERM, and TMUX, because `screen`
/// itself hands on a COLORTERM that is not its own.
pub fn color_level(flag: Option<ColorLevel>, env: impl Fn(&str) -> Option<String>) -> ColorLevel {
    if let Some(level) = flag {
        return level;
    }
    let value = |name| env(name).filter(|value| !value.is_empty());
    let term = value("TERM").unwrap_or_default();
    let plain = ["dumb", "vt1", "vt2", "vt52", "unknown"];
    if value("NO_COLOR").is_some() || term.is_empty() || plain.iter().any(|known| term.starts_with(known)) {
        return ColorLevel::Mono;
    }
    let indexed = term.contains("256color");
    let screen = term.starts_with("screen") && value("TMUX").is_none();
    let promised = value("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    let able = ["alacritty", "foot", "ghostty", "kitty", "wezterm"];
    if screen || term == "linux" {
        return if indexed { ColorLevel::Indexed256 } else { ColorLevel::Ansi16 };
    }
    if promised || term.ends_with("-direct") || able.iter().any(|known| term.contains(known)) {
        return ColorLevel::True;
    }
    if indexed { ColorLevel::Indexed256 } else { ColorLevel::Ansi16 }
}

/// The sixteen named colours in the order of their numbers.
const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// How xterm draws them by default; other terminals differ little.
const DRAWN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The levels of the 6 × 6 × 6 cube that are colours 16 to 231.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// A named colour's number, 0 to 15; 7 for what has no name.
pub(super) fn number(color: Color) -> u8 {
    NAMED.iter().position(|named| *named == color).map_or(7, |at| at as u8)
}

impl ColorLevel {
    pub(super) fn modifiers(self) -> Modifier {
        match self {
            ColorLevel::Mono => Modifier::BOLD | Modifier::DIM | Modifier::UNDERLINED | Modifier::REVERSED,
            _ => Modifier::all(),
        }
    }

    /// Text and background in this level's colours. Two that differ stay different.
    pub(super) fn pair(self, fg: Color, bg: Color) -> (Color, Color) {
        let (near_fg, near_bg) = (self.nearest(fg), self.nearest(bg));
        if near_fg != near_bg || fg == bg || near_bg == Color::Reset {
            return (near_fg, near_bg);
        }
        let dark = rgb(near_bg)
            .is_none_or(|(red, green, blue)| u32::from(red) * 3 + u32::from(green) * 6 + u32::from(blue) < 1280);
        (if dark { Color::White } else { Color::Black }, near_bg)
    }

    pub(super) fn nearest(self, color: Color) -> Color {
        match (self, color) {
            (_, Color::Reset) | (ColorLevel::Mono, _) => Color::Reset,
            (_, Color::Indexed(index)) if index < 16 => NAMED[usize::from(index)],
            (ColorLevel::Ansi16, Color::Indexed(_) | Color::Rgb(..)) => rgb(color).map_or(color, of_sixteen),
            (ColorLevel::Indexed256, Color::Rgb(red, green, blue)) => of_cube((red, green, blue)),
            _ => color,
        }
    }
}

type Rgb = (u8, u8, u8);

fn rgb(color: Color) -> Option<Rgb> {
    match color {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(index @ 0..16) => Some(DRAWN[usize::from(index)]),
        Color::Indexed(index @ 16..232) => {
            let at = usize::from(index - 16);
            Some((CUBE[at / 36], CUBE[at / 6 % 6], CUBE[at % 6]))
        }
        Color::Indexed(index) => {
            let grey = 8 + 10 * (index - 232);
            Some((grey, grey, grey))
        }
        named => Some(DRAWN[usize::from(number(named))]),
    }
}

/// How far two colours look apart: squares weighted as the eye does, more or less, by how red they are.
fn distance(one: Rgb, other: Rgb) -> i32 {
    let part = |one: u8, other: u8| i32::from(one) - i32::from(other);
    let (red, green, blue) = (part(one.0, other.0), part(one.1, other.1), part(one.2, other.2));
    let mean = (i32::from(one.0) + i32::from(other.0)) / 2;
    (((512 + mean) * red * red) >> 8) + 4 * green * green + (((767 - mean) * blue * blue) >> 8)
}

/// A colour with a hue stays one: the greys are left out, or muted tones would all turn grey.
fn of_sixteen(color: Rgb) -> Color {
    let (least, most) = (color.0.min(color.1).min(color.2), color.0.max(color.1).max(color.2));
    let greys = [0, 7, 8, 15];
    let hued = most - least > most / 4 && most > 48;
    let known = (0..16).filter(|at| greys.contains(at) != hued);
    let nearest = known.min_by_key(|at| distance(color, DRAWN[*at]));
    nearest.map_or(Color::Reset, |at| NAMED[at])
}

fn of_cube(color: Rgb) -> Color {
    let step = |part: u8| (0..6).min_by_key(|at| CUBE[*at].abs_diff(part)).unwrap_or(0);
    let (red, green, blue) = (step(color.0), step(color.1), step(color.2));
    let mean = (u32::from(color.0) + u32::from(color.1) + u32::from(color.2)) / 3;
    let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
    let level = 8 + 10 * grey;
    let cube = (CUBE[red], CUBE[green], CUBE[blue]);
    if distance(color, (level, level, level)) < distance(color, cube) {
        Color::Indexed(232 + grey)
    } else {
        Color::Indexed(16 + (red * 36 + green * 6 + blue) as u8)
    }
}
