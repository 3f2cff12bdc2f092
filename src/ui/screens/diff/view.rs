//! How a difference looks: both payloads, the sums, then a row for each component that differs.

use super::{Diff, word};
use crate::parts::filter_line::Said;
use crate::parts::panel::{caption_with, failure, sentence};
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, fit, fold, put};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::{Live, Remote};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::payload::{Changed, Difference};
use weir_domain::{Component, PayloadDiff};

/// Both payloads and the sums.
const HEAD: u16 = 4;
/// The selected row's address.
const BELOW: u16 = 2;
/// Everything but the rows: the head, the caption, the titles, and the address.
pub(super) const AROUND: u16 = HEAD + 2 + BELOW;

pub(super) fn cursor(screen: &Diff, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
    let live = Live::Fresh(ctx.now);
    screen.filter.cursor(ctx, area, area.y + HEAD, &Said { words: "", live: &live, whom: "" })
}

/// "23 changed, 1 added, 2 rebuilt, 165 the same".
fn sums(diff: &PayloadDiff) -> String {
    let kinds = [Difference::Changed, Difference::Added, Difference::Removed, Difference::Rebuilt];
    let mut said: Vec<String> = kinds
        .iter()
        .map(|kind| (diff.count(kind.clone()), word(kind)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    said.push(format!("{} the same", diff.same));
    said.join(", ")
}

fn coreos(diff: &PayloadDiff, arrow: &str) -> Option<String> {
    let (from, to) = diff.coreos.as_ref()?;
    let known = |version: &Option<std::sync::Arc<str>>| version.as_deref().unwrap_or("none").to_string();
    Some(format!("CoreOS {} {arrow} {}", known(from), known(to)))
}

pub(super) fn draw(screen: &Diff, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let room = area.width.saturating_sub(2);
    let put_line = |y: u16, text: &str, role: Role, buf: &mut Buffer| {
        if y < area.bottom() {
            let shown = fit(text, usize::from(room), Cut::Middle, ctx.glyphs);
            put(buf, area.x + 1, y, room, &shown, ctx.style(role));
        }
    };
    let body = Rect { y: area.y + HEAD.min(area.height), height: area.height.saturating_sub(HEAD), ..area };
    let Some(diff) = &screen.diff else {
        put_line(area.y, &format!("from {}", screen.from), Role::Normal, buf);
        put_line(area.y + 1, &format!("to   {}", screen.to), Role::Normal, buf);
        return waiting(screen, ctx, body, buf);
    };
    put_line(area.y, &format!("from {}  {}", diff.from, diff.from_digest.short()), Role::Normal, buf);
    put_line(area.y + 1, &format!("to   {}  {}", diff.to, diff.to_digest.short()), Role::Normal, buf);
    put_line(area.y + 2, &sums(diff), Role::Strong, buf);
    let both = Diff::payload(&screen.to, ctx.world).and_then(|payload| payload.coreos());
    let both = both.map(|version| format!("CoreOS {version} in both"));
    let os = coreos(diff, ctx.glyphs.arrow).or(both).unwrap_or_default();
    put_line(area.y + 3, &os, Role::Normal, buf);
    caption(screen, ctx, area, body.y, buf);
    let body = Rect { y: body.y + body.height.min(1), height: body.height.saturating_sub(1 + BELOW), ..body };
    if screen.rows.is_empty() {
        let text = if diff.from_digest == diff.to_digest {
            "Both are the same image."
        } else if diff.changes.is_empty() {
            "Both are made of the same components; only the releases' own files differ."
        } else {
            "No component matches. Esc takes the filter away."
        };
        sentence(ctx, body, text, Role::Normal, buf);
        return;
    }
    let columns = [
        Column::new("COMPONENT", 20, 40, 0).cut(Cut::Middle),
        Column::new("CHANGE", 7, 7, 0),
        Column::new("FROM", 7, 7, 0),
        Column::new("TO", 7, 7, 0),
        Column::new(if screen.backwards(ctx.world) { "ONLY IN THE NEWER" } else { "WHAT WAS MERGED" }, 20, 110, 1),
    ];
    let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
    table.header(body, body.y, None, buf);
    let height = usize::from(body.height.saturating_sub(1));
    for (line, index) in screen.cursor.window(screen.rows.len(), height).enumerate() {
        let Some(change) = screen.change(&screen.rows[index]) else { continue };
        let look = RowLook { selected: screen.cursor.at(index), ..RowLook::default() };
        table.row(body, body.y + 1 + line as u16, &cells(screen, change, ctx), look, buf);
    }
    if let Some(change) = screen.selected()
        && area.height > AROUND
    {
        let page = screen.url(change, ctx.world).unwrap_or_else(|| "no repository is told".into());
        for (y, part) in (area.bottom() - BELOW..area.bottom()).zip(fold(&page, usize::from(room))) {
            put(buf, area.x + 1, y, room, &part, ctx.style(Role::Dim));
        }
    }
}

/// One of the two is not there: who is asked, or why not.
fn waiting(screen: &Diff, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let mut hosts: Vec<&str> = Vec::new();
    let mut y = area.y;
    for image in [&screen.from, &screen.to] {
        match ctx.world.payloads.get(image) {
            Some(Remote::Failed(why)) => {
                let below = Rect { y, height: area.bottom().saturating_sub(y), ..area };
                y += failure(ctx, below, why, buf);
            }
            Some(Remote::Known(_)) => {}
            _ if !hosts.contains(&&*image.host) => hosts.push(&image.host),
            _ => {}
        }
    }
    if y > area.y {
        let below = Rect { y, height: area.bottom().saturating_sub(y), ..area };
        sentence(ctx, below, "Ctrl-R asks again.", Role::Dim, buf);
    } else {
        sentence(ctx, area, &format!("asking {}{}", hosts.join(", "), ctx.glyphs.cut), Role::Dim, buf);
    }
}

fn caption(screen: &Diff, ctx: &Ctx<'_>, area: Rect, y: u16, buf: &mut Buffer) {
    let all = screen.diff.as_ref().map_or(0, |diff| diff.changes.len());
    let words = screen.filter.words(screen.rows.len(), all, "difference");
    if screen.filter.typing() {
        let live = Live::Fresh(ctx.now);
        return screen.filter.caption(ctx, area, y, &Said { words: &words, live: &live, whom: "" }, buf);
    }
    let remote = screen.span(ctx.world).and_then(|span| ctx.world.changelogs.get(&span));
    let (right, role) = match (screen.changelog(ctx.world), remote) {
        (Some(log), _) => {
            let count = log.pulls();
            let only = if screen.backwards(ctx.world) { " only in the newer" } else { "" };
            (format!("{count} pull request{}{only}", if count == 1 { "" } else { "s" }), Role::Dim)
        }
        (None, Some(Remote::Asking)) => (format!("asking for the pull requests{}", ctx.glyphs.cut), Role::Dim),
        (None, Some(Remote::Failed(why))) => (format!("pull requests not told: {}", why.why), Role::Warning),
        _ => (String::new(), Role::Dim),
    };
    caption_with(ctx, area, y, &words, (&right, role), buf);
}

/// The commit in short.
fn short(component: Option<&Component>) -> &str {
    component.and_then(|component| component.commit.as_deref()).map_or("-", |commit| commit.get(..7).unwrap_or(commit))
}

/// What tells two builds apart where no commit does: the begins of the images' digests.
fn images(change: &Changed, arrow: &str) -> Option<String> {
    let sides: Vec<&Component> = change.from.iter().chain(&change.to).collect();
    let needed = change.kind == Difference::Rebuilt || sides.iter().any(|component| component.commit.is_none());
    let digests: Vec<&str> = sides.iter().map(|component| &component.digest.hex()[..7]).collect();
    needed.then(|| format!("image {}", digests.join(&format!(" {arrow} "))))
}

fn cells<'a>(screen: &Diff, change: &'a Changed, ctx: &Ctx<'a>) -> [Cell<'a>; 5] {
    let role = match change.kind {
        Difference::Added => Role::Added,
        Difference::Removed => Role::Removed,
        Difference::Changed => Role::Accent,
        Difference::Rebuilt => Role::Dim,
    };
    let merged = screen.images(&change.name, ctx.world).map(|images| {
        let more = match images.commits.len() {
            0 | 1 => String::new(),
            all => format!("(+{}) ", all - 1),
        };
        images.commits.first().map_or(String::new(), |commit| {
            let pull = commit.pull.map(|number| format!("#{number} ")).unwrap_or_default();
            format!("{more}{pull}{}", commit.subject)
        })
    });
    let said = merged.or_else(|| images(change, ctx.glyphs.arrow)).unwrap_or_default();
    [
        Cell::new(&*change.name),
        Cell::role(word(&change.kind), role),
        Cell::new(short(change.from.as_ref())),
        Cell::new(short(change.to.as_ref())),
        Cell::role(said, Role::Dim),
    ]
}

/// All of it as lines of text.
pub(super) fn text(screen: &Diff, ctx: &Ctx<'_>) -> String {
    let Some(diff) = &screen.diff else { return String::new() };
    let mut lines = vec![format!("{} → {}", diff.from, diff.to), sums(diff)];
    lines.extend(coreos(diff, "→"));
    for change in &diff.changes {
        let page = screen.url(change, ctx.world).unwrap_or_default();
        lines.push(format!("{} {}  {page}", word(&change.kind), change.name).trim_end().to_string());
    }
    lines.join("\n")
}
