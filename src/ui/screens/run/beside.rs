//! The panes beside the tasks: graph, timeline, what was given, what the cluster says.

use super::graph::{Line, drawing};
use super::rows::Place;
use super::timeline::{lanes, scale};
use super::{Pane, Run, facts};
use crate::parts::badge::status_role;
use crate::parts::panel;
use crate::parts::text::{Cut, fit, put, put_right, width};
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use std::collections::BTreeMap;
use weir_domain::{Detail, Status, duration_text};

const WAITED: &str = "░";
const RAN: &str = "█";

pub(crate) fn view(run: &Run, ctx: &Ctx<'_>, detail: &Detail, pane: Pane, area: Rect, dim: bool, buf: &mut Buffer) {
    match pane {
        Pane::Tasks => {}
        Pane::Graph => graph(run, ctx, detail, area, dim, buf),
        Pane::Timeline => timeline(run, ctx, detail, area, dim, buf),
        Pane::Given => {
            facts::view(ctx, &run.given, &run.given_cursor, "It was given nothing.", area, dim, buf);
        }
        Pane::Events => {
            let empty = "No events, and no pod that waits: the cluster keeps events for about an hour.";
            facts::view(ctx, &run.events, &run.events_cursor, empty, area, dim, buf);
        }
    }
}

fn graph(run: &Run, ctx: &Ctx<'_>, detail: &Detail, area: Rect, dim: bool, buf: &mut Buffer) {
    if detail.graph.is_empty() {
        panel::sentence(ctx, area, "The graph is not known: Tekton has not resolved the Pipeline.", Role::Normal, buf);
        return;
    }
    let area = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(3), ..area };
    let status: BTreeMap<&str, Status> = run
        .rows
        .iter()
        .filter_map(|row| if let Place::Task(task) = &row.place { Some((&**task, row.status)) } else { None })
        .collect();
    let chosen = run.cursor.id().map(|place| place.task().clone());
    let lines = drawing(&detail.graph, area.width, |task| width(&detail.graph[task].name) as u16 + 2);
    let holds = |line: &Line| match line {
        Line::Tasks(nodes) => {
            nodes.iter().any(|node| node.task.is_some_and(|task| Some(&detail.graph[task].name) == chosen.as_ref()))
        }
        _ => false,
    };
    let height = usize::from(area.height);
    let target = lines.iter().position(holds).unwrap_or(0);
    let top = target.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
    let rule = ctx.style(Role::Rule);
    for (y, line) in (area.y..area.bottom()).zip(&lines[top..]) {
        match line {
            Line::Finally => {
                put(buf, area.x, y, area.width, "finally", ctx.style(Role::Column));
            }
            Line::Links(cells) => {
                for (x, link) in cells.iter().filter(|(x, _)| *x < area.width) {
                    put(buf, area.x + x, y, 1, link.sign(), rule);
                }
            }
            Line::Tasks(nodes) => {
                for node in nodes {
                    let x = area.x + node.x;
                    let Some(task) = node.task else {
                        let text = if node.more > 0 { format!("+{} more", node.more) } else { "│".into() };
                        let shown = fit(&text, usize::from(node.room), Cut::Tail, ctx.glyphs);
                        put(buf, x, y, node.room, &shown, rule);
                        continue;
                    };
                    let name = &detail.graph[task].name;
                    let status = status.get(&**name).copied().unwrap_or(Status::Pending);
                    let sign = if dim { ctx.style(Role::Dim) } else { ctx.style(status_role(status)) };
                    put(buf, x, y, node.room, ctx.glyphs.status(status), sign);
                    let role = match (dim, chosen.as_ref() == Some(name), status) {
                        (false, true, _) => Role::Selected,
                        (true, ..) | (_, _, Status::Skipped | Status::Pending) => Role::Dim,
                        _ => Role::Normal,
                    };
                    let room = node.room.saturating_sub(2);
                    let shown = fit(name, usize::from(room), Cut::Middle, ctx.glyphs);
                    put(buf, x + 2, y, room, &shown, ctx.style(role));
                }
            }
        }
    }
}

fn timeline(run: &Run, ctx: &Ctx<'_>, detail: &Detail, area: Rect, dim: bool, buf: &mut Buffer) {
    let Some((_, span)) = scale(detail, ctx.now).filter(|_| !detail.tasks.is_empty()) else {
        panel::sentence(ctx, area, "No task was started.", Role::Normal, buf);
        return;
    };
    let area = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(3), ..area };
    let longest = detail.tasks.iter().map(|task| width(&task.task)).max().unwrap_or(0) as u16;
    let names = longest.min(area.width / 3);
    let lengths = 7;
    let bars = area.width.saturating_sub(names + 2 + lengths);
    if bars < 8 || area.height < 3 {
        panel::sentence(ctx, area, "There is no room for the timeline.", Role::Dim, buf);
        return;
    }
    let start = area.x + names + 2;
    let column = ctx.style(Role::Column);
    put(buf, area.x, area.y, names, "TASK", column);
    put(buf, start, area.y, bars, "0", column);
    put_right(buf, Rect { x: start, width: bars, ..area }, area.y, &duration_text(span), column, ctx.glyphs);
    put_right(buf, area, area.y, "RAN", column, ctx.glyphs);
    let chosen = run.cursor.id().map(|place| place.task().clone());
    let lanes = lanes(detail, ctx.now, bars);
    let room = usize::from(area.height.saturating_sub(3));
    let target = lanes.iter().position(|lane| Some(&lane.task) == chosen.as_ref()).unwrap_or(0);
    let top = target.saturating_sub(room / 2).min(lanes.len().saturating_sub(room));
    for (y, lane) in (area.y + 1..area.y + 1 + room as u16).zip(&lanes[top..]) {
        let role = match (dim, Some(&lane.task) == chosen.as_ref()) {
            (true, _) => Role::Dim,
            (false, true) => Role::Selected,
            (false, false) => Role::Normal,
        };
        let shown = fit(&lane.task, usize::from(names), Cut::Middle, ctx.glyphs);
        put(buf, area.x, y, names, &shown, ctx.style(role));
        for bar in &lane.bars {
            let style = ctx.style(if dim { Role::Dim } else { status_role(bar.status) });
            let signs = |range: &std::ops::Range<u16>, sign: &str| {
                sign.repeat(usize::from(range.end - range.start.min(range.end)))
            };
            put(buf, start + bar.queued.start, y, bars, &signs(&bar.queued, WAITED), ctx.style(Role::Dim));
            put(buf, start + bar.ran.start, y, bars, &signs(&bar.ran, RAN), style);
        }
        put_right(buf, area, y, &duration_text(lane.ran), ctx.style(role), ctx.glyphs);
    }
    let waited: i64 = lanes.iter().map(|lane| lane.waited).sum();
    let legend = format!("{RAN} ran  {WAITED} waited, {} in all", duration_text(waited));
    let y = (area.y + 2 + lanes.len().min(room) as u16).min(area.bottom() - 1);
    put(
        buf,
        area.x,
        y,
        area.width,
        &fit(&legend, usize::from(area.width), Cut::Tail, ctx.glyphs),
        ctx.style(Role::Dim),
    );
}
