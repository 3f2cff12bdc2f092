//! Columns that line up: each has a least and a wished width and a priority; a column goes before it becomes unreadable.

use crate::parts::glyphs::Glyphs;
use crate::parts::text::{Cut, fit, put, width};
use crate::theme::{Role, Theme};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub title: &'static str,
    pub least: u16,
    /// What it would like to have; never more.
    pub wish: u16,
    /// 0 stays always; of the others the highest number goes first.
    pub priority: u8,
    pub align: Align,
    pub cut: Cut,
}

impl Column {
    pub fn new(title: &'static str, least: u16, wish: u16, priority: u8) -> Column {
        Column { title, least, wish: wish.max(least), priority, align: Align::Left, cut: Cut::Tail }
    }

    pub fn right(self) -> Column {
        Column { align: Align::Right, ..self }
    }

    pub fn cut(self, cut: Cut) -> Column {
        Column { cut, ..self }
    }
}

/// One cell: a text in a role, or in the row's own.
#[derive(Clone, Debug)]
pub(crate) struct Cell<'a> {
    pub text: Cow<'a, str>,
    pub role: Option<Role>,
}

impl<'a> Cell<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
        Cell { text: text.into(), role: None }
    }

    pub fn role(text: impl Into<Cow<'a, str>>, role: Role) -> Cell<'a> {
        Cell { text: text.into(), role: Some(role) }
    }
}

/// How a row looks as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowLook {
    pub selected: bool,
    pub marked: bool,
    /// Lost data: still readable, plainly old.
    pub dim: bool,
}

/// Columns of this priority or higher are extras for wide screens.
const EXTRA: u8 = 10;
/// Blanks between two columns.
const GAP: u16 = 2;
/// The bar of the selected row and a blank.
pub(crate) const MARGIN: u16 = 2;

/// The columns with their widths for one screen width; a width of 0 is a column that is not shown.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    columns: &'a [Column],
    widths: Vec<u16>,
    theme: &'a Theme,
    glyphs: &'a Glyphs,
}

impl<'a> Table<'a> {
    pub fn new(columns: &'a [Column], room: u16, theme: &'a Theme, glyphs: &'a Glyphs) -> Table<'a> {
        Table { columns, widths: widths(columns, room.saturating_sub(MARGIN)), theme, glyphs }
    }

    /// The column's width, 0 when it is not shown.
    pub fn width(&self, column: usize) -> u16 {
        self.widths.get(column).copied().unwrap_or(0)
    }

    pub fn header(&self, area: Rect, y: u16, sorted: Option<usize>, buf: &mut Buffer) {
        let style = self.theme.style(Role::Column);
        let strong = self.theme.style(Role::Strong);
        let cells: Vec<Cell<'_>> = self.columns.iter().map(|column| Cell::new(column.title)).collect();
        self.cells(area, y, &cells, buf, |index, _| if sorted == Some(index) { strong } else { style });
    }

    pub fn row(&self, area: Rect, y: u16, cells: &[Cell<'_>], look: RowLook, buf: &mut Buffer) {
        let base = if look.dim {
            Role::Dim
        } else if look.selected {
            Role::Selected
        } else if look.marked {
            Role::Marked
        } else {
            Role::Normal
        };
        if look.selected {
            put(buf, area.x, y, area.width.min(1), self.glyphs.bar, self.theme.style(Role::Accent));
        }
        if look.marked {
            put(
                buf,
                area.x + 1,
                y,
                area.width.saturating_sub(1).min(1),
                self.glyphs.mark,
                self.theme.style(Role::Marked),
            );
        }
        let base_style = self.theme.style(base);
        self.cells(area, y, cells, buf, |_, cell| match cell.role {
            Some(role) if !look.dim => {
                let style = self.theme.style(role);
                if look.selected { style.add_modifier(base_style.add_modifier) } else { style }
            }
            _ => base_style,
        });
    }

    fn cells(
        &self,
        area: Rect,
        y: u16,
        cells: &[Cell<'_>],
        buf: &mut Buffer,
        style: impl Fn(usize, &Cell<'_>) -> Style,
    ) {
        if y >= area.bottom() {
            return;
        }
        let mut x = area.x + MARGIN;
        for (index, column) in self.columns.iter().enumerate() {
            let columns = self.widths[index];
            if columns == 0 {
                continue;
            }
            if let Some(cell) = cells.get(index) {
                let shown = fit(&cell.text, usize::from(columns), column.cut, self.glyphs);
                let indent = match column.align {
                    Align::Left => 0,
                    Align::Right => columns - width(&shown) as u16,
                };
                let room = area.right().saturating_sub(x + indent).min(columns - indent);
                put(buf, x + indent, y, room, &shown, style(index, cell));
            }
            x += columns + GAP;
        }
    }
}

/// Gives every column its least, dropping the least important ones until that fits; what is left is shared evenly, up to
/// each column's wish.
pub(crate) fn widths(columns: &[Column], room: u16) -> Vec<u16> {
    let mut shown: Vec<bool> = vec![true; columns.len()];
    let need = |shown: &[bool]| -> u16 {
        let count = shown.iter().filter(|s| **s).count() as u16;
        let least: u16 = columns.iter().zip(shown).filter(|(_, s)| **s).map(|(c, _)| c.least).sum();
        least + GAP * count.saturating_sub(1)
    };
    // An extra is shown only where the others have room to be read with ease: a third of what they wish for.
    let ease = |shown: &[bool]| -> u16 {
        let more = |c: &Column| (c.wish - c.least) / 3;
        need(shown) + columns.iter().zip(shown).filter(|(_, s)| **s).map(|(c, _)| more(c)).sum::<u16>()
    };
    while ease(&shown) > room {
        let extra = (0..columns.len())
            .filter(|&index| shown[index] && columns[index].priority >= EXTRA)
            .max_by_key(|&index| columns[index].priority);
        match extra {
            Some(index) => shown[index] = false,
            None => break,
        }
    }
    while need(&shown) > room {
        let least_important = (0..columns.len())
            .filter(|&index| shown[index] && columns[index].priority > 0)
            .max_by_key(|&index| (columns[index].priority, index));
        match least_important {
            Some(index) => shown[index] = false,
            None => break,
        }
    }
    let mut widths: Vec<u16> =
        columns.iter().zip(&shown).map(|(column, shown)| if *shown { column.least } else { 0 }).collect();
    let used = need(&shown);
    if used > room {
        // Not even the columns that must stay fit: what there is is shared from the left.
        let mut left = room;
        for width in widths.iter_mut().filter(|width| **width > 0) {
            *width = (*width).min(left);
            left = left.saturating_sub(*width + GAP);
        }
        return widths;
    }
    let mut left = room - used;
    let mut order: Vec<usize> = (0..columns.len()).filter(|&index| shown[index]).collect();
    order.sort_by_key(|&index| columns[index].priority);
    // A column at a time, so that no name takes all the room of the others.
    while left > 0 {
        let before = left;
        for &index in &order {
            if left > 0 && widths[index] < columns[index].wish {
                widths[index] += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            Column::new("STATUS", 11, 11, 0),
            Column::new("RUN", 12, 40, 0),
            Column::new("PIPELINE", 8, 20, 2),
            Column::new("AGE", 4, 4, 1).right(),
        ]
    }

    #[test]
    fn the_least_important_column_goes_before_any_becomes_unreadable() {
        let columns = columns();
        assert_eq!(widths(&columns, 30), vec![11, 17, 0, 0]);
        assert_eq!(widths(&columns, 33), vec![11, 14, 0, 4]);
        assert_eq!(widths(&columns, 41), vec![11, 12, 8, 4]);
        assert_eq!(widths(&columns, 200), vec![11, 40, 20, 4]);
    }

    #[test]
    fn columns_never_take_more_than_there_is() {
        for room in 0..200 {
            let widths = widths(&columns(), room);
            let shown = widths.iter().filter(|w| **w > 0).count() as u16;
            let sum: u16 = widths.iter().sum::<u16>() + GAP * shown.saturating_sub(1);
            assert!(sum <= room.max(1), "{widths:?} in {room}");
        }
    }
}
