//! How the overview looks: what needs a person, the streams, the runs, each as high as [`super::layout`] says.

use super::layout::{Blocks, blocks};
use super::rows::{Facts, Key};
use super::{running, streams};
use crate::parts::badge::status_role;
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::{heading, liveness, nothing};
use crate::parts::table::{MARGIN, RowLook, Table};
use crate::parts::text::{Cut, fit, put, put_right, width, wrap};
use crate::screen::Ctx;
use crate::screens::releases::{none, unread};
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::ops::Range;
use weir_domain::attention::Item;

fn layout(facts: &Facts, height: u16) -> Blocks {
    blocks(
        height,
        facts.items.len(),
        facts.streams.len(),
        (facts.promoting.len() + facts.publishing, facts.promoting.len() + facts.running.len()),
        facts.cleaned.len(),
    )
}

/// The rows without those at the bottom that tell the selected item's whole sentence, and these lines.
fn told(facts: &Facts, cursor: &Cursor<Key>, area: Rect) -> (Rect, Vec<String>) {
    let wide = usize::from(area.width.saturating_sub(MARGIN + 1));
    let cut = |item: &&Item| width(&item.words) + title_room(&facts.items, area.width) + 6 > usize::from(area.width);
    let index = cursor.index();
    let Some(item) = facts.items.get(index).filter(|_| cursor.at(index) && area.height >= 16).filter(cut) else {
        return (area, Vec::new());
    };
    let mut lines = wrap(&item.words, wide);
    lines.truncate(3);
    (Rect { height: area.height - lines.len() as u16, ..area }, lines)
}

/// Columns of the items' names.
fn title_room(items: &[Item], wide: u16) -> usize {
    let longest = items.iter().map(|item| width(&item.title)).max().unwrap_or(0);
    longest.min(usize::from(wide.saturating_sub(MARGIN + 2)) * 2 / 5)
}

pub(super) fn draw(
    facts: &Facts,
    cursor: &Cursor<Key>,
    filter: &FilterLine,
    ctx: &Ctx<'_>,
    area: Rect,
    buf: &mut Buffer,
) {
    let (whole, (area, lines)) = (area, told(facts, cursor, area));
    for (y, line) in (area.bottom()..).zip(&lines) {
        put(buf, whole.x + MARGIN, y, whole.width.saturating_sub(MARGIN), line, ctx.style(Role::Dim));
    }
    let blocks = layout(facts, area.height);
    let mut y = area.y;
    y = attention(facts, cursor, &blocks, ctx, area, y, buf);
    y += u16::from(blocks.airy);
    y = stream_rows(
        facts,
        cursor,
        filter,
        &blocks,
        ctx,
        Rect { y, height: area.bottom().saturating_sub(y), ..area },
        buf,
    );
    y += u16::from(blocks.airy);
    running::draw(facts, &blocks, ctx, Rect { y, height: area.bottom().saturating_sub(y), ..area }, buf);
}

/// Where the filter's cursor stands.
pub(super) fn cursor(
    facts: &Facts,
    cursor: &Cursor<Key>,
    filter: &FilterLine,
    ctx: &Ctx<'_>,
    area: Rect,
) -> Option<Position> {
    let (area, _) = told(facts, cursor, area);
    let blocks = layout(facts, area.height);
    let y = area.y + 1 + blocks.items + u16::from(blocks.more) + u16::from(blocks.airy);
    let said = Said { words: "", live: &facts.streams_live, whom: WHOM };
    filter.cursor(ctx, area, y, &said).filter(|at| at.y < area.bottom())
}

const WHOM: &str = "releases";

fn attention(
    facts: &Facts,
    cursor: &Cursor<Key>,
    blocks: &Blocks,
    ctx: &Ctx<'_>,
    area: Rect,
    top: u16,
    buf: &mut Buffer,
) -> u16 {
    let dots = ctx.glyphs.cut;
    let asking =
        if facts.asked.is_empty() { String::new() } else { format!("asking {}{dots}", facts.asked.join(", ")) };
    let few = usize::from(blocks.items) < facts.items.len() && !blocks.more;
    let remark = match facts.items.len() {
        0 => String::new(),
        all if few => format!("{} of {all}", blocks.items),
        _ => asking.clone(),
    };
    heading(ctx, area, top, "NEEDS YOU", &remark, buf);
    let mut y = top + 1;
    if facts.items.is_empty() {
        if blocks.items > 0 {
            let (text, role) = if facts.all_items() > 0 {
                (format!("nothing that matches; {} without the filter", facts.all_items()), Role::Dim)
            } else if facts.complete {
                (format!("{} nothing needs you", ctx.glyphs.ok), Role::Ok)
            } else if asking.is_empty() {
                (format!("asking the clusters{dots}"), Role::Dim)
            } else {
                (asking, Role::Dim)
            };
            put(buf, area.x + MARGIN, y, area.width.saturating_sub(MARGIN), &text, ctx.style(role));
            y += 1;
        }
        return y;
    }
    let shown = usize::from(blocks.items);
    let window = follow(cursor, 0, facts.items.len(), shown);
    let title_room = title_room(&facts.items, area.width);
    for index in window.clone() {
        item(&facts.items[index], cursor.at(index), title_room, ctx, area, y, buf);
        y += 1;
    }
    if blocks.more {
        let above = window.start;
        let below = facts.items.len() - window.end;
        let text = match (above, below) {
            (0, below) => format!("+{below} more"),
            (above, 0) => format!("+{above} above"),
            (above, below) => format!("+{above} above, +{below} more"),
        };
        put(buf, area.x + MARGIN, y, area.width.saturating_sub(MARGIN), &text, ctx.style(Role::Dim));
        y += 1;
    }
    y
}

fn item(item: &Item, selected: bool, title_room: usize, ctx: &Ctx<'_>, area: Rect, y: u16, buf: &mut Buffer) {
    let strong = if selected { ctx.style(Role::Selected) } else { ctx.style(Role::Normal) };
    if selected {
        put(buf, area.x, y, 1, ctx.glyphs.bar, ctx.style(Role::Accent));
    }
    let glyph =
        if item.status == weir_domain::Status::Unknown { ctx.glyphs.lost } else { ctx.glyphs.status(item.status) };
    put(buf, area.x + 1, y, 1, glyph, ctx.style(status_role(item.status)));
    let x = area.x + 3;
    let left = area.right().saturating_sub(x);
    let title = fit(&item.title, title_room.min(usize::from(left)), Cut::Middle, ctx.glyphs);
    put(buf, x, y, left, &title, strong);
    let x = x + title_room as u16 + 2;
    let left = area.right().saturating_sub(x + 1);
    let words = fit(&item.words, usize::from(left), Cut::Tail, ctx.glyphs);
    put(buf, x, y, left, &words, strong);
}

/// The rows of one block on screen: its first ones, or those up to the selected one.
fn follow(cursor: &Cursor<Key>, from: usize, rows: usize, height: usize) -> Range<usize> {
    let inside = cursor.index().checked_sub(from).filter(|index| *index < rows).unwrap_or(0);
    let top = (inside + 1).saturating_sub(height);
    top..(top + height).min(rows)
}

fn stream_rows(
    facts: &Facts,
    cursor: &Cursor<Key>,
    filter: &FilterLine,
    blocks: &Blocks,
    ctx: &Ctx<'_>,
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let bottom = area.y + 2 + blocks.streams;
    let live = &facts.streams_live;
    let window = follow(cursor, facts.items.len(), facts.streams.len(), usize::from(blocks.streams));
    if filter.typing() || filter.holds() {
        let words = unread(filter.words(facts.streams.len(), facts.all_streams(), "stream"), ctx);
        filter.caption(ctx, area, area.y, &Said { words: &words, live, whom: WHOM }, buf);
    } else {
        let hidden = facts.streams.len() - window.len();
        let remark = if hidden > 0 { format!("{} of {}", window.len(), facts.streams.len()) } else { String::new() };
        let remark = unread(remark, ctx);
        // While nothing is there, the words in its place say as much.
        let used = if facts.streams.is_empty() { 0 } else { stamp(live, WHOM, ctx, area, buf) };
        heading(ctx, beside(area, used), area.y, "STREAMS", &remark, buf);
    }
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if facts.streams.is_empty() {
        let asked = ctx.world.release_controller().is_some() || !ctx.world.watched();
        let empty = match (facts.all_streams(), asked) {
            (0, true) => none(ctx),
            (0, false) => "No release-controller is configured.",
            _ => "No stream matches.",
        };
        let live = if asked { live } else { &Live::Fresh(ctx.now) };
        nothing(ctx, body, live, WHOM, empty, buf);
        return bottom;
    }
    let columns = streams::columns();
    let table = Table::new(&columns, area.width.saturating_sub(1), ctx.theme, ctx.glyphs);
    table.header(body, body.y, None, buf);
    for (line, index) in window.enumerate() {
        let Some(stream) = ctx.world.streams.get(&facts.streams[index]) else { continue };
        let run = facts.newest.get(&stream.name).and_then(|id| ctx.world.run(id));
        let look =
            RowLook { selected: cursor.at(facts.items.len() + index), marked: false, dim: facts.streams_live.lost() };
        let room = [streams::ACCEPTED, streams::GATES, streams::HOLDS].map(|column| usize::from(table.width(column)));
        table.row(body, body.y + 1 + line as u16, &streams::cells(facts, stream, run, room, ctx), look, buf);
    }
    bottom
}

/// How live a block is, at the right end of its heading; returns the columns used.
pub(super) fn stamp(live: &Live, whom: &str, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) -> u16 {
    if area.height == 0 {
        return 0;
    }
    let (text, role) = liveness(live, whom, ctx);
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    put_right(buf, inner, area.y, &text, ctx.style(role), ctx.glyphs) + 1
}

/// What is left of a heading's line.
pub(super) fn beside(area: Rect, used: u16) -> Rect {
    let gap = if used > 0 { 2 } else { 0 };
    Rect { width: area.width.saturating_sub(used + gap), ..area }
}
