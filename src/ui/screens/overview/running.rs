//! The runs in short: how many stand how, the promotions and runs that go, and on a wide screen what ended last.

use super::layout::Blocks;
use super::rows::{Counts, Facts};
use super::view::{beside, stamp};
use crate::parts::badge::status_role;
use crate::parts::panel::heading;
use crate::parts::table::{Cell, Column, MARGIN, RowLook, Table};
use crate::parts::text::{Cut, fit, put, put_right, width};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::promotion::CheckState;
use weir_domain::{RunId, Status, age_text, duration_text};

pub(super) fn draw(facts: &Facts, blocks: &Blocks, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let counts = &facts.counts;
    let whom = crate::words::clusters_asked(ctx);
    let used = match crate::words::silence(ctx) {
        Some(words) => {
            let inner = Rect { width: area.width.saturating_sub(1), ..area };
            put_right(buf, inner, area.y, &words, ctx.style(Role::Lost), ctx.glyphs) + 1
        }
        None => stamp(&facts.runs_live, &whom, ctx, area, buf),
    };
    let area_left = beside(area, used);
    let words = if counts.all == 0 && facts.runs_live == Live::Loading {
        String::new()
    } else {
        tally(counts, ctx.glyphs.dot, usize::from(area_left.width.saturating_sub(HEADING)))
    };
    heading(ctx, area_left, area.y, "RUNS", &words, buf);
    let columns = [
        Column::new("", 24, 44, 0).cut(Cut::Middle),
        Column::new("", 5, 7, 2).right(),
        Column::new("", 6, 6, 1).right(),
        Column::new("", 12, 30, 3),
        Column::new("", 16, 40, 4),
        Column::new("", 8, 8, 5).right(),
    ];
    // One further in, so that the signs stand below those of the attention list.
    let inner = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(1), ..area };
    let table = Table::new(&columns, inner.width, ctx.theme, ctx.glyphs);
    let mut y = area.y + 1;
    // How long it took and when it ended stand side by side only where there is room for both.
    let ended = if area.width >= 120 { usize::from(blocks.ended) } else { 0 };
    let lines = usize::from(blocks.running);
    let promoting = facts.promoting.iter().take(lines);
    for id in promoting.clone() {
        promotion(id, &table, ctx, inner, y, facts.runs_live.lost(), buf);
        y += 1;
    }
    let lines = lines - promoting.len();
    for id in facts.running.iter().take(lines).chain(facts.ended.iter().take(ended)) {
        let Some(run) = ctx.world.run(id) else { continue };
        let cells = [
            Cell::new(&*run.id.name),
            Cell::new(run.progress.map_or(String::new(), |p| format!("{}/{}", p.done, p.total()))),
            Cell::new(run.seconds(ctx.now).map_or_else(|| "-".into(), coarse)),
            Cell::role(format!("{}/{}", run.id.cluster, run.id.namespace), Role::Dim),
            Cell::role(run.what(), Role::Dim),
            Cell::role(run.finished.map_or(String::new(), |at| format!("{} ago", age_text(at, ctx.now))), Role::Dim),
        ];
        let look = RowLook { selected: false, marked: false, dim: facts.runs_live.lost() };
        table.row(inner, y, &cells, look, buf);
        let (glyph, role) = (ctx.glyphs.status(run.status), status_role(run.status));
        put(buf, inner.x, y, inner.width.min(1), glyph, ctx.style(role));
        y += 1;
    }
    for line in facts.cleaned.iter().take(usize::from(blocks.cleaned)) {
        let room = area.width.saturating_sub(MARGIN);
        let shown = fit(line, usize::from(room), Cut::Tail, ctx.glyphs);
        put(buf, area.x + MARGIN, y, room, &shown, ctx.style(Role::Dim));
        y += 1;
    }
}

/// A promotion that has not ended: its new name, how many of its checks are good, since when, and to where.
fn promotion(id: &RunId, table: &Table<'_>, ctx: &Ctx<'_>, area: Rect, y: u16, old: bool, buf: &mut Buffer) {
    let place = Cell::role(format!("{}/{}", id.cluster, id.namespace), Role::Dim);
    let (cells, status) = match ctx.world.promotions.get(id).and_then(|kept| kept.value.as_deref()) {
        Some(promotion) => {
            let good = promotion.checks.iter().filter(|check| check.state == CheckState::Good).count();
            let asked = promotion.checks.iter().filter(|check| check.state != CheckState::NotApplicable).count();
            let since = (ctx.now.as_second() - promotion.sent.as_second()).max(0);
            let cells = [
                Cell::new(&*promotion.name),
                Cell::new(format!("{good}/{asked}")),
                Cell::new(coarse(since)),
                place,
                Cell::role(format!("to {}", promotion.channel), Role::Dim),
            ];
            (
                cells,
                if promotion.alarm.is_some() { Status::Failed } else { promotion.status.unwrap_or(Status::Running) },
            )
        }
        None => {
            let cells = [Cell::new(&*id.name), Cell::new(""), Cell::new(""), place, Cell::role("promotion", Role::Dim)];
            (cells, Status::Unknown)
        }
    };
    table.row(area, y, &cells, RowLook { dim: old, ..RowLook::default() }, buf);
    put(buf, area.x, y, area.width.min(1), ctx.glyphs.status(status), ctx.style(status_role(status)));
}

/// Columns of the word RUNS with the blanks around it.
const HEADING: u16 = 7;

/// "2 running · 1 pending · 3 failed today · 41 ok", as many of them as fit whole.
fn tally(counts: &Counts, dot: &str, room: usize) -> String {
    let parts = [
        format!("{} running", counts.running),
        format!("{} pending", counts.pending),
        format!("{} failed today", counts.failed_today),
        format!("{} ok", counts.ok),
    ];
    let mut words = String::new();
    for part in parts {
        let gap = if words.is_empty() { String::new() } else { format!(" {dot} ") };
        if width(&words) + width(&gap) + width(&part) > room {
            break;
        }
        words.push_str(&gap);
        words.push_str(&part);
    }
    words
}

/// A duration that does not change with every tick.
fn coarse(seconds: i64) -> String {
    match seconds {
        0..60 => duration_text(seconds / 10 * 10),
        60..3600 => format!("{}m", seconds / 60),
        _ => duration_text(seconds),
    }
}
