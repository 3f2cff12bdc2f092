//! How a release looks: its reason, then one list that scrolls as a whole below the titles of the jobs' columns.

use super::rows::{JobRow, Mark, PAYLOAD, Row, tail};
use super::{Release, WIDE, beside, head};
use crate::action::Action;
use crate::parts::badge::{status_role, status_text};
use crate::parts::panel::{heading, nothing};
use crate::parts::table::{Cell, Column, MARGIN, RowLook, Table};
use crate::parts::text::{Cut, fit, put};
use crate::parts::when::age;
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use std::borrow::Cow;
use weir_domain::release::NEVER_RAN;
use weir_domain::{Phase, Status, StreamName};

/// The place of the column with the last releases; it is drawn sign by sign.
const STRIP: usize = 3;

/// Head, list and, on a wide screen, what stands beside the list.
struct Parts {
    said: Vec<(String, Role)>,
    head: Rect,
    list: Rect,
    beside: Option<Rect>,
}

fn parts(release: &Release, ctx: &Ctx<'_>, area: Rect) -> Parts {
    let said = head::lines(release, ctx, area);
    let high = (said.len() as u16).min(area.height);
    let (head, body) = (Rect { height: high, ..area }, Rect { y: area.y + high, height: area.height - high, ..area });
    let gap = u16::from(body.height >= 16);
    let body = Rect { y: body.y + gap, height: body.height - gap, ..body };
    if area.width < WIDE {
        return Parts { said, head, list: body, beside: None };
    }
    let left = (area.width * 11 / 20).max(80);
    let right = Rect { x: body.x + left, width: body.width - left, ..body };
    Parts { said, head, list: Rect { width: left, ..body }, beside: Some(right) }
}

/// Where the rows stand, the column titles not counted.
pub(super) fn list(release: &Release, ctx: &Ctx<'_>, area: Rect) -> Rect {
    let list = parts(release, ctx, area).list;
    Rect { y: list.y + list.height.min(1), height: list.height.saturating_sub(1), ..list }
}

pub(super) fn draw(release: &Release, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let parts = parts(release, ctx, area);
    head::draw(release, ctx, parts.head, &parts.said, buf);
    let live = release.live(ctx.world);
    let known = release.release(ctx);
    let body =
        Rect { y: parts.list.y + parts.list.height.min(1), height: parts.list.height.saturating_sub(1), ..parts.list };
    if release.rows.iter().all(|row| !matches!(row, Row::Job(_))) {
        let empty = match known.map(|known| known.phase) {
            Some(Phase::Pending) => "Its jobs begin when its image is made.",
            Some(Phase::Failed) => "Its image could not be made, so it has no jobs.",
            _ => "The release-controller tells of no jobs.",
        };
        // What is gone or was never read is told in full; else one line above the rest.
        let room = if release.rows.is_empty() { body } else { Rect { height: body.height.min(1), ..parts.list } };
        nothing(ctx, room, &live, "releases", empty, buf);
    }
    if release.rows.is_empty() {
        return;
    }
    let columns = [
        Column::new("JOB", 16, 44, 0).cut(Cut::Middle),
        Column::new("STATE", 11, 11, 0),
        Column::new("TRIES", 5, 5, 2).right(),
        Column::new("LAST 10", 10, 10, 1),
        Column::new("SINCE", 19, 22, 3),
    ];
    let table = Table::new(&columns, parts.list.width, ctx.theme, ctx.glyphs);
    if matches!(release.rows.first(), Some(Row::Job(_))) {
        table.header(parts.list, parts.list.y, None, buf);
    }
    let old = !matches!(live, Live::Fresh(_) | Live::Loading);
    for (line, index) in release.cursor.window(release.rows.len(), usize::from(body.height)).enumerate() {
        let look = RowLook { selected: release.cursor.at(index), marked: false, dim: old };
        let y = body.y + line as u16;
        match &release.rows[index] {
            Row::Title(title, remark) => title_line(ctx, body, y, title, remark, buf),
            Row::Job(job) => {
                table.row(body, y, &cells(job, ctx), look, buf);
                let x = body.x
                    + MARGIN
                    + (0..STRIP).map(|c| table.width(c)).map(|w| if w > 0 { w + 2 } else { 0 }).sum::<u16>();
                strip(ctx, job, Rect { x, y, width: table.width(STRIP), height: 1 }, old, buf);
            }
            other => plain(ctx, &release.id.stream, body, y, other, look, buf),
        }
    }
    if let Some(area) = parts.beside {
        beside::draw(release, ctx, area, buf);
    }
}

fn title_line(ctx: &Ctx<'_>, area: Rect, y: u16, title: &str, remark: &str, buf: &mut Buffer) {
    let tab = format!("{} opens it", ctx.keymap.shown(Action::Pane));
    heading(ctx, area, y, title, if title == PAYLOAD { &tab } else { remark }, buf);
}

fn cells<'a>(job: &'a JobRow, ctx: &Ctx<'_>) -> [Cell<'a>; 5] {
    let state = match job.status {
        Some(Status::Failed) if !job.blocking => Cell::role(status_text(Status::Failed, ctx.glyphs), Role::Warning),
        Some(status) => Cell::role(status_text(status, ctx.glyphs), status_role(status)),
        None => Cell::role(format!("- {NEVER_RAN}"), Role::Dim),
    };
    [Cell::new(&*job.name), state, Cell::new(job.tries.to_string()), Cell::new(""), Cell::role(&*job.since, Role::Dim)]
}

/// One sign a release, newest first.
fn strip(ctx: &Ctx<'_>, job: &JobRow, area: Rect, old: bool, buf: &mut Buffer) {
    for (x, mark) in (area.x..area.right()).zip(&job.strip) {
        let (glyph, role) = match mark {
            Mark::Stands(status) => (ctx.glyphs.status(*status), status_role(*status)),
            Mark::Idle => ("-", Role::Dim),
            Mark::Untold => (ctx.glyphs.skipped, Role::Dim),
        };
        put(buf, x, area.y, 1, glyph, ctx.style(if old { Role::Dim } else { role }));
    }
}

/// A row of the other sections: a name and what is said of it.
fn plain(ctx: &Ctx<'_>, release: &StreamName, area: Rect, y: u16, row: &Row, look: RowLook, buf: &mut Buffer) {
    let count = |n: u32, word: &str| if n == 0 { String::new() } else { format!("{n} {word}") };
    let (name, words): (Cow<'_, str>, String) = match row {
        Row::Change(images) => {
            let first = images.commits.first();
            let pull = first.and_then(|commit| commit.pull).map(|n| format!("#{n} ")).unwrap_or_default();
            let more = match images.commits.len() {
                0 | 1 => String::new(),
                more => format!("(+{}) ", more - 1),
            };
            let subject = first.map_or("", |commit| &commit.subject);
            (images.names.join(", ").into(), format!("{more}{pull}{subject}"))
        }
        Row::Upgrade(upgrade, here) => {
            let (name, word) = if *here { (&upgrade.from, "from") } else { (&upgrade.to, "to") };
            let mut said = vec![count(upgrade.succeeded, "ok"), count(upgrade.failed, "failed")];
            said.push(count(upgrade.total.saturating_sub(upgrade.succeeded + upgrade.failed), "not done"));
            said.retain(|words| !words.is_empty());
            (format!("{word} {}", tail(name)).into(), said.join(", "))
        }
        Row::Related(id, how, at) => {
            let at = at.map_or(String::new(), |at| format!(", {} ago", age(Some(at), ctx.now)));
            let stream = if id.stream == *release { String::new() } else { format!(", {}", id.stream) };
            (tail(&id.name).into(), format!("{how}{at}{stream}"))
        }
        Row::Payload(image) => (Cow::Borrowed(&**image), String::new()),
        Row::Title(..) | Row::Job(_) => return,
    };
    let columns = match row {
        Row::Payload(_) => [Column::new("", 30, 200, 0).cut(Cut::Middle), Column::new("", 0, 0, 9)],
        _ => [Column::new("", 24, 34, 0).cut(Cut::Middle), Column::new("", 20, 160, 1)],
    };
    let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
    let failed = matches!(row, Row::Upgrade(upgrade, _) if upgrade.failed > 0);
    let role = if failed { Role::Failed } else { Role::Dim };
    let words = fit(&words, usize::from(table.width(1)), Cut::Tail, ctx.glyphs).into_owned();
    table.row(area, y, &[Cell::new(name), Cell::role(words, role)], look, buf);
}
