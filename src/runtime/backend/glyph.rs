//! What a terminal cell shows, and a screen of them. A wide character owns its cell and covers the next one.

use super::color::ColorLevel;
use super::pen::Pen;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Size;
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Mark {
    Char(char),
    /// Several characters that fill the glyph's width together.
    Text(Box<str>),
    /// The second column of the wide glyph before it.
    Covered,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Glyph {
    mark: Mark,
    wide: bool,
    pen: Pen,
}

impl Glyph {
    pub(super) const BLANK: Glyph = Glyph { mark: Mark::Char(' '), wide: false, pen: Pen::PLAIN };
    const COVERED: Glyph = Glyph { mark: Mark::Covered, wide: false, pen: Pen::PLAIN };

    /// `room` is the number of columns up to the screen's edge: a wide character without room is a blank.
    fn of(cell: &Cell, level: ColorLevel, room: usize) -> Glyph {
        let (mark, wide) = match fit(cell.symbol(), cell) {
            (_, true) if room < 2 => (Mark::Char(' '), false),
            fitting => fitting,
        };
        let pen = Pen::of(cell, level, mark == Mark::Char(' '));
        Glyph { mark, wide, pen }
    }

    pub(super) fn pen(&self) -> Pen {
        self.pen
    }

    pub(super) fn width(&self) -> usize {
        if self.wide { 2 } else { 1 }
    }

    /// What erasing leaves.
    pub(super) fn is_blank(&self) -> bool {
        *self == Glyph::BLANK
    }

    pub(super) fn is_ascii(&self) -> bool {
        matches!(self.mark, Mark::Char(char) if char.is_ascii())
    }

    /// Whether terminals agree on how far the cursor moves: they do not for emoji and for joined characters.
    pub(super) fn is_certain(&self) -> bool {
        matches!(self.mark, Mark::Char(char) if u32::from(char) < 0x1_0000 && !is_shape(char))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match &self.mark {
            Mark::Char(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Mark::Text(text) => out.extend_from_slice(text.as_bytes()),
            Mark::Covered => {}
        }
    }
}

/// Symbols that some terminals draw as emoji of two columns.
fn is_shape(char: char) -> bool {
    char.width() == Some(2) && ('\u{2300}'..'\u{2c00}').contains(&char)
}

/// The mark for a symbol of the layout's width, and whether it is wide. Joined and modified characters, whose width
/// terminals disagree about, are reduced to their first one and filled up with blanks.
fn fit(symbol: &str, cell: &Cell) -> (Mark, bool) {
    let mut chars = symbol.chars();
    let Some(first) = chars.next() else { return (Mark::Char(' '), false) };
    if symbol.chars().any(char::is_control) {
        return (Mark::Char('?'), false);
    }
    let own = first.width().unwrap_or(0);
    let first = letter(first);
    if chars.next().is_none() {
        return if own == 0 { (Mark::Char(' '), false) } else { (Mark::Char(first), own > 1) };
    }
    let width = usize::from(cell.cell_width()).clamp(own.clamp(1, 2), 2);
    let sum: usize = symbol.chars().filter_map(|char| char.width()).sum();
    let text: String = if symbol.chars().all(is_flag) {
        symbol.chars().map(letter).take(width).collect()
    } else if sum == width && own > 0 && !symbol.chars().any(joins) {
        symbol.to_owned()
    } else if own == 0 {
        " ".repeat(width)
    } else {
        std::iter::once(first).chain(std::iter::repeat_n(' ', width - own)).collect()
    };
    (Mark::Text(text.into()), width > 1)
}

fn joins(char: char) -> bool {
    matches!(char, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
        || is_flag(char)
}

fn is_flag(char: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&char)
}

/// Flags are pairs of letters of their own; as plain letters they have one width everywhere.
fn letter(char: char) -> char {
    if !is_flag(char) {
        return char;
    }
    char::from(b'A' + (u32::from(char) - 0x1_f1e6) as u8)
}

/// A screen, row by row. Each covered cell follows a wide one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grid {
    size: Size,
    cells: Vec<Glyph>,
}

impl Grid {
    pub(super) fn new(size: Size) -> Grid {
        Grid { size, cells: vec![Glyph::BLANK; usize::from(size.width) * usize::from(size.height)] }
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    pub(super) fn width(&self) -> u16 {
        self.size.width
    }

    pub(super) fn height(&self) -> u16 {
        self.size.height
    }

    pub(super) fn row(&self, y: u16) -> &[Glyph] {
        let width = usize::from(self.size.width);
        &self.cells[usize::from(y) * width..][..width]
    }

    /// Cells in reading order.
    pub(super) fn cells_mut(&mut self) -> &mut [Glyph] {
        &mut self.cells
    }

    pub(super) fn clear(&mut self) {
        self.cells.fill(Glyph::BLANK);
    }

    pub(super) fn copy(&mut self, other: &Grid) {
        self.size = other.size;
        self.cells.clone_from(&other.cells);
    }

    /// Fills itself from a buffer; what lies outside either is blank.
    pub(super) fn load(&mut self, size: Size, buffer: &Buffer, level: ColorLevel) {
        self.size = size;
        self.cells.clear();
        for y in 0..size.height {
            let mut x = 0;
            while x < size.width {
                let room = usize::from(size.width - x);
                let cell = buffer.cell((x, y));
                let glyph = cell.map_or(Glyph::BLANK, |cell| Glyph::of(cell, level, room));
                x += glyph.width() as u16;
                let wide = glyph.wide;
                self.cells.push(glyph);
                if wide {
                    self.cells.push(Glyph::COVERED);
                }
            }
        }
    }

    /// Changes one cell. A covered one keeps what covers it; what a wide one covered and no longer does is blank.
    pub(super) fn place(&mut self, x: u16, y: u16, cell: &Cell, level: ColorLevel) {
        if x >= self.size.width || y >= self.size.height {
            return;
        }
        let width = usize::from(self.size.width);
        let at = usize::from(y) * width + usize::from(x);
        if self.cells[at].mark == Mark::Covered {
            return;
        }
        let glyph = Glyph::of(cell, level, width - usize::from(x));
        let end = at + 1;
        match (self.cells[at].wide, glyph.wide) {
            (true, false) => self.cells[end] = Glyph::BLANK,
            (false, true) => {
                if self.cells[end].wide {
                    self.cells[end + 1] = Glyph::BLANK;
                }
                self.cells[end] = Glyph::COVERED;
            }
            (true, true) | (false, false) => {}
        }
        self.cells[at] = glyph;
    }

    /// Blanks cells in reading order, as far as there are any, and never one half of a wide one.
    pub(super) fn blank(&mut self, range: Range<usize>) {
        let end = range.end.min(self.cells.len());
        let start = range.start.min(end);
        let covers = |cells: &[Glyph], at: usize| cells.get(at).is_some_and(|glyph| glyph.mark == Mark::Covered);
        let from = if covers(&self.cells, start) { start - 1 } else { start };
        let to = if covers(&self.cells, end) { end + 1 } else { end };
        self.cells[from..to].fill(Glyph::BLANK);
    }
}
