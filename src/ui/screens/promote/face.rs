//! Drawing lines of pieces, with the bar before the selected row, scrolled so that it is in sight.

use super::Row;
use super::lines::Line;
use crate::parts::text::{Cut, fit, put, width};
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

/// Draws as many lines as fit, the selected row among them. Old data is dim.
pub(super) fn draw(lines: &[Line], selected: Option<Row>, old: bool, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let height = usize::from(area.height);
    if height == 0 {
        return;
    }
    let holds = |line: &Line| selected.is_some() && line.iter().any(|piece| piece.row == selected);
    let at = lines.iter().position(holds).unwrap_or(0);
    // A row of several lines is shown to its end, as far as that leaves its head in sight.
    let end = lines[at.min(lines.len())..].iter().skip(1).take_while(|line| line.iter().all(|p| p.row.is_none()));
    let last = at + end.take_while(|line| !line.is_empty()).count().min(height.saturating_sub(1));
    let top = (last + 1).saturating_sub(height).min(lines.len().saturating_sub(height));
    let (above, below) = (top > 0, top + height < lines.len());
    for (y, line) in (area.y..area.bottom()).zip(&lines[top..]) {
        let words = match y {
            y if above && y == area.y => "more above",
            y if below && y + 1 == area.bottom() => "more below",
            _ => "",
        };
        let taken = if words.is_empty() { 0 } else { width(words) as u16 + 2 };
        let room = area.width.saturating_sub(taken);
        self::line(line, selected, old, ctx, Rect { y, height: 1, width: room, ..area }, buf);
        put(buf, area.x + room + 1, y, taken.min(area.width).saturating_sub(1), words, ctx.style(Role::Dim));
    }
}

fn line(line: &Line, selected: Option<Row>, old: bool, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let mut x = area.x;
    let mut marked = false;
    for piece in line {
        let room = area.right().saturating_sub(x);
        if room == 0 {
            return;
        }
        let mine = piece.row.is_some() && piece.row == selected;
        let mut style = ctx.style(if old { Role::Dim } else { piece.role });
        if mine {
            style = style.add_modifier(ctx.style(Role::Selected).add_modifier);
        }
        let shown = fit(&piece.text, usize::from(room), Cut::Tail, ctx.glyphs);
        let used = put(buf, x, area.y, room, &shown, style);
        if mine && !marked {
            put(buf, x, area.y, 1, ctx.glyphs.bar, ctx.style(Role::Accent));
            marked = true;
        }
        x += used;
    }
}
