//! One row a stream: what was accepted, the newest with its gates, what the channel holds, and the latest run.

use super::rows::Facts;
use crate::parts::badge::{phase_role, phase_text, status_role, status_text};
use crate::parts::table::{Cell, Column};
use crate::parts::text::{Cut, fit, width};
use crate::parts::when::age;
use crate::screen::Ctx;
use crate::theme::Role;
use weir_domain::{Release, Run, Status, Stream, release};

/// The place of the column ACCEPTED, and the columns of a blank and an age at its end.
pub(super) const ACCEPTED: usize = 1;
pub(super) const GATES: usize = 3;
pub(super) const HOLDS: usize = 4;
const AGE: usize = 5;

pub(super) fn columns() -> [Column; 7] {
    [
        Column::new("STREAM", 21, 28, 0).cut(Cut::Middle),
        Column::new("ACCEPTED", 11, 16, 2),
        Column::new("NEWEST    BUILT", 15, 15, 1),
        Column::new("GATES", 5, 16, 4),
        Column::new("CHANNEL HOLDS", 17, 34, 3).cut(Cut::Middle),
        Column::new("LATEST RUN", 16, 16, 5),
        Column::new("", 18, 22, 6).cut(Cut::Middle),
    ]
}

/// `room`: the columns of what was accepted, of the gates and of what the channel holds.
pub(super) fn cells<'a>(
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
    // Jobs that never ran say nothing.
    let states: Vec<Status> = blocking.iter().filter_map(|job| job.status(newest?.phase)).collect();
    let count = |state: Status| states.iter().filter(|other| **other == state).count();
    let (failed, waiting, ok) = (count(Status::Failed), count(Status::Pending), count(Status::Ok));
    let going = states.len() - failed - waiting - ok;
    let glyphs = ctx.glyphs;
    let role = match (states.len(), failed, going, waiting) {
        (0, ..) => return Cell::role("-", Role::Dim),
        (_, 0, 0, 0) => Role::Ok,
        (_, 0, 0, _) if ok == 0 => Role::Pending,
        (_, 0, ..) => Role::Running,
        _ => Role::Failed,
    };
    if let Some(first) = blocking.iter().find(|job| &*job.state == "Failed") {
        let more = if failed > 1 { format!(" +{}", failed - 1) } else { String::new() };
        let named = format!("{} {}{more}", glyphs.failed, first.name);
        if width(&named) <= room {
            return Cell::role(named, role);
        }
    }
    let parts = [(failed, glyphs.failed), (going, glyphs.running), (waiting, glyphs.pending), (ok, glyphs.ok)];
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
fn tag_words(release: &Release, columns: usize, ctx: &Ctx<'_>) -> String {
    match release::built(&release.name) {
        Some(at) => at.strftime("%m-%d %H:%M").to_string(),
        None => fit(&release.name, columns, Cut::Middle, ctx.glyphs).into_owned(),
    }
}
