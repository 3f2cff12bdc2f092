//! How the overview looks. The heights come from one pure layout of the screen's height and the lengths of the lists.

use super::rows::{Counts, Facts, Key};
use crate::parts::badge::{phase_role, phase_text, status_role, status_text};
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::{heading, liveness, nothing};
use crate::parts::table::{Cell, Column, MARGIN, RowLook, Table};
use crate::parts::text::{Cut, fit, put, put_right, width, wrap};
use crate::parts::when::age;
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::ops::Range;
use weir_domain::attention::Item;
use weir_domain::promotion::CheckState;
use weir_domain::{Release, Run, RunId, Status, Stream, age_text, duration_text, release};

/// Lines of each block, top to bottom. A block of no lines is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Blocks {
    /// Rows of items, the line "+3 more" not counted.
    items: u16,
    /// Whether that line is there.
    more: bool,
    streams: u16,
    running: u16,
    ended: u16,
    cleaned: u16,
    /// Whether blank lines separate the blocks.
    airy: bool,
}

/// Headings: what needs you, streams, their columns, runs.
const HEADINGS: u16 = 4;

/// `going`: lines of promotions, then of all that runs, these among them.
fn blocks(height: u16, items: usize, streams: usize, going: (usize, usize), cleaned: usize) -> Blocks {
    let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
    let airy = height >= 16;
    let mut left = height.saturating_sub(HEADINGS + if airy { 2 } else { 0 });
    let mut take = |wish: u16| {
        let taken = wish.min(left);
        left -= taken;
        taken
    };
    // The words "nothing needs you" and "no streams" need a line too.
    let least_streams = short(streams).clamp(1, (height / 4).max(1));
    let cleaned = if height < 12 { 0 } else { short(cleaned).min(2) };
    let kept = take(least_streams);
    let cleaned = take(cleaned);
    // What goes out to everybody is in sight, however much else there is.
    let promoting = if height < 12 { 0 } else { take(short(going.0).min(2)) };
    let wished = short(items).max(1);
    let given = take(wished.min((height / 3).max(3)));
    let more = given < wished;
    let given_streams = kept + take(short(streams).saturating_sub(least_streams));
    let running = promoting + take(short(going.1).saturating_sub(promoting));
    // What nobody else wants goes to the items after all.
    let given = given + if more { take(wished - given) } else { 0 };
    // A line on its own is the worst item, never a count.
    let more = given > 1 && given < wished;
    let ended = take(u16::MAX);
    Blocks { items: given - u16::from(more), more, streams: given_streams, running, ended, cleaned, airy }
}

fn layout(facts: &Facts, height: u16) -> Blocks {
    blocks(
        height,
        facts.items.len(),
        facts.streams.len(),
        (facts.promoting.len(), facts.promoting.len() + facts.running.len()),
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
    y = streams(facts, cursor, filter, &blocks, ctx, Rect { y, height: area.bottom().saturating_sub(y), ..area }, buf);
    y += u16::from(blocks.airy);
    runs(facts, &blocks, ctx, Rect { y, height: area.bottom().saturating_sub(y), ..area }, buf);
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

/// The place of the column ACCEPTED, and the columns of a blank and an age at its end.
const ACCEPTED: usize = 1;
const GATES: usize = 3;
const HOLDS: usize = 4;
const AGE: usize = 5;

fn columns() -> [Column; 7] {
    [
        Column::new("STREAM", 25, 28, 0).cut(Cut::Middle),
        Column::new("ACCEPTED", 11, 16, 2),
        Column::new("NEWEST", 15, 15, 1),
        Column::new("GATES", 5, 16, 4),
        Column::new("CHANNEL HOLDS", 13, 34, 3).cut(Cut::Middle),
        Column::new("LATEST RUN", 16, 16, 5),
        Column::new("", 18, 22, 6).cut(Cut::Middle),
    ]
}

fn streams(
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
        let words = filter.words(facts.streams.len(), facts.all_streams(), "stream");
        filter.caption(ctx, area, area.y, &Said { words: &words, live, whom: WHOM }, buf);
    } else {
        let hidden = facts.streams.len() - window.len();
        let remark = if hidden > 0 { format!("{} of {}", window.len(), facts.streams.len()) } else { String::new() };
        // While nothing is there, the words in its place say as much.
        let used = if facts.streams.is_empty() { 0 } else { stamp(live, WHOM, ctx, area, buf) };
        heading(ctx, beside(area, used), area.y, "STREAMS", &remark, buf);
    }
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if facts.streams.is_empty() {
        let asked = ctx.world.release_controller().is_some() || ctx.world.endpoints.is_empty();
        let empty = match (facts.all_streams(), asked) {
            (0, true) => "The release-controller has no streams.",
            (0, false) => "No release-controller is configured.",
            _ => "No stream matches.",
        };
        let live = if asked { live } else { &Live::Fresh(ctx.now) };
        nothing(ctx, body, live, WHOM, empty, buf);
        return bottom;
    }
    let columns = columns();
    let table = Table::new(&columns, area.width.saturating_sub(1), ctx.theme, ctx.glyphs);
    table.header(body, body.y, None, buf);
    for (line, index) in window.enumerate() {
        let Some(stream) = ctx.world.streams.get(&facts.streams[index]) else { continue };
        let run = facts.newest.get(&stream.name).and_then(|id| ctx.world.run(id));
        let look =
            RowLook { selected: cursor.at(facts.items.len() + index), marked: false, dim: facts.streams_live.lost() };
        let room = [ACCEPTED, GATES, HOLDS].map(|column| usize::from(table.width(column)));
        table.row(body, body.y + 1 + line as u16, &cells(facts, stream, run, room, ctx), look, buf);
    }
    bottom
}

/// `room`: the columns of what was accepted, of the gates and of what the channel holds.
fn cells<'a>(
    facts: &Facts,
    stream: &'a Stream,
    run: Option<&'a Run>,
    room: [usize; 3],
    ctx: &Ctx<'_>,
) -> Vec<Cell<'a>> {
    let [accepted, gate_room, hold_room] = room;
    let newest = stream.newest();
    let phase = newest.map_or(Role::Dim, |newest| phase_role(newest.phase));
    let status = run.map_or(Role::Dim, |run| status_role(run.status));
    let padded = |text: String, columns: usize, since: String| {
        format!("{text}{}{since:>4}", " ".repeat((columns + 1).saturating_sub(width(&text))))
    };
    vec![
        Cell::new(stream.name.as_str()),
        match stream.newest_accepted() {
            // The age stands beside the time only where there is room for both.
            Some(release) if accepted < 16 => Cell::new(tag_words(release, accepted, ctx)),
            Some(release) => {
                let tag = accepted - AGE;
                Cell::new(padded(tag_words(release, tag, ctx), tag, age(release.created, ctx.now)))
            }
            None => Cell::role("none", Role::Dim),
        },
        match newest {
            Some(release) => {
                Cell::role(padded(phase_text(release.phase, ctx.glyphs), 10, age(release.created, ctx.now)), phase)
            }
            None => Cell::role("no tags", Role::Dim),
        },
        gates(newest, gate_room, ctx),
        held(facts, stream, hold_room),
        match run {
            Some(run) => Cell::role(
                padded(status_text(run.status, ctx.glyphs), 11, age(run.finished.or(run.since()), ctx.now)),
                status,
            ),
            None => Cell::role("-", Role::Dim),
        },
        Cell::role(run.map_or("", |run| &*run.id.name), Role::Dim),
    ]
}

/// The blocking job that failed by name where there is room, else how many stand how: "1✗ 1✓".
fn gates<'a>(newest: Option<&Release>, room: usize, ctx: &Ctx<'_>) -> Cell<'a> {
    let jobs = newest.and_then(|release| release.verdict.as_ref()).map_or(&[][..], |verdict| &verdict.jobs);
    let blocking: Vec<_> = jobs.iter().filter(|job| job.blocking).collect();
    let count = |state: &str| blocking.iter().filter(|job| *job.state == *state).count();
    let (failed, ok) = (count("Failed"), count("Succeeded"));
    let going = blocking.len() - failed - ok;
    let glyphs = ctx.glyphs;
    let role = match (blocking.len(), failed, going) {
        (0, ..) => return Cell::role("-", Role::Dim),
        (_, 0, 0) => Role::Ok,
        (_, 0, _) => Role::Running,
        _ => Role::Failed,
    };
    if let Some(first) = blocking.iter().find(|job| &*job.state == "Failed") {
        let more = if failed > 1 { format!(" +{}", failed - 1) } else { String::new() };
        let named = format!("{} {}{more}", glyphs.failed, first.name);
        if width(&named) <= room {
            return Cell::role(named, role);
        }
    }
    let parts = [(failed, glyphs.failed), (going, glyphs.running), (ok, glyphs.ok)];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, glyph)| format!("{count}{glyph}")).collect();
    Cell::role(said.join(" "), role)
}

/// What the channel that this stream feeds holds now, with its name where there is room; of a channel what it holds.
fn held<'a>(facts: &Facts, stream: &'a Stream, room: usize) -> Cell<'a> {
    let holds = facts.holds.get(&stream.name).map_or(&[][..], Vec::as_slice);
    let Some((channel, name)) = holds.first() else {
        return match stream.newest().filter(|_| stream.channel()) {
            Some(newest) => Cell::new(&*newest.name),
            None => Cell::role("-", Role::Dim),
        };
    };
    let more = if holds.len() > 1 { format!(" +{}", holds.len() - 1) } else { String::new() };
    let long = format!("{channel} {name}{more}");
    Cell::new(if width(&long) <= room { long } else { format!("{name}{more}") })
}

/// The part of a tag that tells it from others of its stream: its build time (UTC), else its name.
pub(super) fn tag_words(release: &Release, columns: usize, ctx: &Ctx<'_>) -> String {
    match release::built(&release.name) {
        Some(at) => at.strftime("%m-%d %H:%M").to_string(),
        None => fit(&release.name, columns, Cut::Middle, ctx.glyphs).into_owned(),
    }
}

/// How live a block is, at the right end of its heading; returns the columns used.
fn stamp(live: &Live, whom: &str, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) -> u16 {
    if area.height == 0 {
        return 0;
    }
    let (text, role) = liveness(live, whom, ctx);
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    put_right(buf, inner, area.y, &text, ctx.style(role), ctx.glyphs) + 1
}

/// What is left of a heading's line.
fn beside(area: Rect, used: u16) -> Rect {
    let gap = if used > 0 { 2 } else { 0 };
    Rect { width: area.width.saturating_sub(used + gap), ..area }
}

fn runs(facts: &Facts, blocks: &Blocks, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_height_gives_more_lines_than_there_are() {
        for height in 0..60u16 {
            for (items, streams, going, cleaned) in
                [(0, 0, (0, 0), 0), (3, 7, (1, 2), 0), (40, 60, (3, 9), 1), (1, 60, (0, 0), 3)]
            {
                let found = blocks(height, items, streams, going, cleaned);
                let lines =
                    found.items + u16::from(found.more) + found.streams + found.running + found.ended + found.cleaned;
                let air = if found.airy { 2 } else { 0 };
                if height >= HEADINGS + 2 {
                    assert!(lines + air + HEADINGS <= height, "{height}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn at_eighty_by_twenty_four_items_streams_and_running_runs_are_all_in_sight() {
        let found = blocks(22, 4, 7, (0, 2), 0);
        assert_eq!(found, Blocks { items: 4, more: false, streams: 7, running: 2, ended: 3, cleaned: 0, airy: true });
        let found = blocks(22, 30, 60, (0, 9), 0);
        assert!(found.more && found.items >= 5 && found.streams >= 5, "{found:?}");
    }

    #[test]
    fn a_promotion_is_in_sight_on_the_worst_day() {
        let found = blocks(22, 30, 60, (1, 9), 2);
        assert!(found.running >= 1 && found.streams >= 5, "{found:?}");
    }
}
