//! What a panel says of itself: how old and how live its data is, that it loads, that there is nothing, that it is denied.

use crate::parts::text::{Cut, fit, put, put_right, width, wrap};
use crate::parts::when::{clock, until};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{Failure, FailureKind};

/// "live", "as of 14:02, reconnecting in 8 s", "asking moc…" with its role. `whom` is who is asked.
pub(crate) fn liveness(live: &Live, whom: &str, ctx: &Ctx<'_>) -> (String, Role) {
    match live {
        Live::Loading => (format!("asking {whom}{}", if ctx.glyphs.ascii { "..." } else { "…" }), Role::Dim),
        Live::Fresh(_) => ("live".into(), Role::Dim),
        Live::Lost { since, retry, failure } => {
            let then = match retry {
                Some(at) => format!("reconnecting {}", until(*at, ctx.now)),
                None if failure.kind == FailureKind::Expired => "log in again".into(),
                None if failure.kind == FailureKind::Denied => "denied".into(),
                None => "reconnecting".into(),
            };
            let words = match since {
                Some(since) => format!("as of {}, {then}", clock(*since, ctx.now, ctx.settings)),
                None => then,
            };
            (words, Role::Lost)
        }
        Live::Missing(_) => ("gone".into(), Role::Dim),
    }
}

/// One line: words on the left, liveness on the right.
pub(crate) fn caption(ctx: &Ctx<'_>, area: Rect, y: u16, words: &str, live: &Live, whom: &str, buf: &mut Buffer) {
    let (text, role) = liveness(live, whom, ctx);
    caption_with(ctx, area, y, words, (&text, role), buf);
}

/// As [`caption`], with other words on the right.
pub(crate) fn caption_with(
    ctx: &Ctx<'_>,
    area: Rect,
    y: u16,
    words: &str,
    (right, role): (&str, Role),
    buf: &mut Buffer,
) {
    if y >= area.bottom() {
        return;
    }
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let used = put_right(buf, inner, y, right, ctx.style(role), ctx.glyphs);
    let room = usize::from(inner.width).saturating_sub(usize::from(used) + 2);
    let shown = fit(words, room, Cut::Tail, ctx.glyphs);
    put(buf, inner.x, y, room as u16, &shown, ctx.style(Role::Normal));
}

/// A calm sentence in the place of rows.
pub(crate) fn sentence(ctx: &Ctx<'_>, area: Rect, text: &str, role: Role, buf: &mut Buffer) -> u16 {
    let inner = inset(area);
    let mut used = 0;
    for line in wrap(text, usize::from(inner.width)).iter().take(usize::from(inner.height)) {
        put(buf, inner.x, inner.y + used, inner.width, line, ctx.style(role));
        used += 1;
    }
    used
}

/// A failure: the sentence, then what to do on its own line.
pub(crate) fn failure(ctx: &Ctx<'_>, area: Rect, failure: &Failure, buf: &mut Buffer) -> u16 {
    let head = format!("{} {}", ctx.glyphs.lost, failure.sentence());
    let used = sentence(ctx, area, &head, Role::Warning, buf);
    if failure.hint.is_empty() || used >= area.height {
        return used;
    }
    let below = Rect { y: area.y + used, height: area.height - used, ..area };
    used + sentence(ctx, below, &failure.hint, Role::Normal, buf)
}

/// What stands in the place of the rows when there are none: asking, failed, or the sentence for nothing.
pub(crate) fn nothing(ctx: &Ctx<'_>, area: Rect, live: &Live, whom: &str, empty: &str, buf: &mut Buffer) {
    match live {
        Live::Loading => {
            let dots = if ctx.glyphs.ascii { "..." } else { "…" };
            sentence(ctx, area, &format!("asking {whom}{dots}"), Role::Dim, buf);
        }
        Live::Fresh(_) => {
            sentence(ctx, area, empty, Role::Normal, buf);
        }
        Live::Lost { failure: why, .. } | Live::Missing(why) => {
            failure(ctx, area, why, buf);
        }
    }
}

/// A dim rule across.
pub(crate) fn rule(ctx: &Ctx<'_>, area: Rect, y: u16, buf: &mut Buffer) {
    if y < area.bottom() {
        let line = ctx.glyphs.rule.repeat(usize::from(area.width.saturating_sub(2)));
        put(buf, area.x + 1, y, area.width.saturating_sub(2), &line, ctx.style(Role::Rule));
    }
}

/// A heading in capitals, with a dim remark behind it.
pub(crate) fn heading(ctx: &Ctx<'_>, area: Rect, y: u16, title: &str, remark: &str, buf: &mut Buffer) {
    if y >= area.bottom() {
        return;
    }
    let room = area.width.saturating_sub(1);
    let used = put(buf, area.x + 1, y, room, title, ctx.style(Role::Strong));
    let left = room.saturating_sub(used + 2);
    if !remark.is_empty() && left > 0 {
        let shown = fit(remark, usize::from(left), Cut::Tail, ctx.glyphs);
        put(buf, area.x + 1 + used + 2, y, left, &shown, ctx.style(Role::Dim));
    }
}

/// What is left beside a dialog is not worth reading when it is narrower than this.
const SLIVER: u16 = 16;

/// A box in the middle of `area` with a title; returns what is inside. At sizes too small for a border all of it is inside.
pub(crate) fn dialog(ctx: &Ctx<'_>, area: Rect, columns: u16, lines: u16, title: &str, buf: &mut Buffer) -> Rect {
    let size = dialog_area(area, columns, lines);
    let left = if size.x - area.x < SLIVER { area.x } else { size.x };
    let right = if area.right() - size.right() < SLIVER { area.right() } else { size.right() };
    for y in size.top()..size.bottom() {
        for x in left..right {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(ctx.style(Role::Normal));
            }
        }
    }
    if size.width < 4 || size.height < 3 {
        return size;
    }
    let style = ctx.style(Role::Border);
    let across = "─".repeat(usize::from(size.width - 2));
    put(buf, size.x, size.y, size.width, &format!("┌{across}┐"), style);
    put(buf, size.x, size.bottom() - 1, size.width, &format!("└{across}┘"), style);
    for y in size.top() + 1..size.bottom() - 1 {
        put(buf, size.x, y, 1, "│", style);
        put(buf, size.right() - 1, y, 1, "│", style);
    }
    let shown = fit(title, usize::from(size.width).saturating_sub(6), Cut::Middle, ctx.glyphs);
    if !shown.is_empty() {
        put(buf, size.x + 2, size.y, width(&shown) as u16 + 2, &format!(" {shown} "), ctx.style(Role::Strong));
    }
    Rect { x: size.x + 2, y: size.y + 1, width: size.width.saturating_sub(4), height: size.height - 2 }
}

/// Where [`dialog`] draws: border included, never beyond the screen.
pub(crate) fn dialog_area(area: Rect, columns: u16, lines: u16) -> Rect {
    let (wide, high) = ((columns + 4).min(area.width), (lines + 2).min(area.height));
    Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - high) / 3, width: wide, height: high }
}

/// What is inside of [`dialog`], without drawing.
pub(crate) fn dialog_inside(area: Rect, columns: u16, lines: u16) -> Rect {
    let size = dialog_area(area, columns, lines);
    if size.width < 4 || size.height < 3 {
        return size;
    }
    Rect { x: size.x + 2, y: size.y + 1, width: size.width.saturating_sub(4), height: size.height - 2 }
}

fn inset(area: Rect) -> Rect {
    Rect { x: area.x + area.width.min(2), width: area.width.saturating_sub(4), ..area }
}
