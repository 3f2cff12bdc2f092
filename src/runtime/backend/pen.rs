//! Colours and attributes of a cell as the terminal is told them (ECMA-48 SGR). The sixteen named colours are sent as
//! 30–37 and 90–97: terminals that know no more misread `38;5;n`.

use super::color::ColorLevel;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// Already in the terminal's own colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    attributes: Modifier,
}

const CODES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// What is seen of a space besides its background.
const ON_BLANK: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

impl Pen {
    pub(super) const PLAIN: Pen = Pen { fg: Color::Reset, bg: Color::Reset, attributes: Modifier::empty() };

    /// For a space, only what is seen of it is kept, so that equal looks are equal pens.
    pub(super) fn of(cell: &Cell, level: ColorLevel, blank: bool) -> Pen {
        let (fg, bg) = level.pair(cell.fg, cell.bg);
        let attributes = cell.modifier & level.modifiers();
        if !blank || attributes.contains(Modifier::REVERSED) {
            return Pen { fg, bg, attributes };
        }
        let attributes = attributes & ON_BLANK;
        let fg = if attributes.is_empty() { Color::Reset } else { fg };
        Pen { fg, bg, attributes }
    }

    /// Writes the change to another pen: by what differs, or from the start, whichever is shorter.
    pub(super) fn change(self, to: Pen, out: &mut Vec<u8>) {
        if self == to {
            return;
        }
        if to == Pen::PLAIN {
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        let whole = to.codes(Pen::PLAIN, "0".to_owned());
        let part = to.codes(self, String::new());
        let best = if part.len() < whole.len() { part } else { whole };
        out.extend_from_slice(format!("\x1b[{best}m").as_bytes());
    }

    fn codes(self, from: Pen, mut codes: String) -> String {
        let mut add = |code: String| {
            if !codes.is_empty() {
                codes.push(';');
            }
            codes += &code;
        };
        let mut kept = from.attributes;
        for (off, group) in OFF {
            if kept.intersects(group) && !(kept & group).difference(self.attributes).is_empty() {
                add(off.to_string());
                kept = kept.difference(group);
            }
        }
        for (modifier, code) in CODES {
            if self.attributes.contains(modifier) && !kept.contains(modifier) {
                add(code.to_string());
            }
        }
        if self.fg != from.fg {
            add(color_code(self.fg, 30));
        }
        if self.bg != from.bg {
            add(color_code(self.bg, 40));
        }
        codes
    }
}

/// The codes that end attributes; 22 ends two.
const OFF: [(u8, Modifier); 7] = [
    (22, Modifier::BOLD.union(Modifier::DIM)),
    (23, Modifier::ITALIC),
    (24, Modifier::UNDERLINED),
    (25, Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK)),
    (27, Modifier::REVERSED),
    (28, Modifier::HIDDEN),
    (29, Modifier::CROSSED_OUT),
];

/// `base` is 30 for text, 40 for background.
fn color_code(color: Color, base: u8) -> String {
    let number = match color {
        Color::Reset => return (base + 9).to_string(),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", base + 8),
        Color::Indexed(index) if index > 15 => return format!("{};5;{index}", base + 8),
        Color::Indexed(index) => index,
        named => super::color::number(named),
    };
    if number < 8 { (base + number).to_string() } else { (base + 52 + number).to_string() }
}
