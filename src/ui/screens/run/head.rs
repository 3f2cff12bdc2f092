//! The top of a run's screen, the table of its tasks, and where everything stands.

use super::tail::Tail;
use super::{Pane, Run};
use crate::parts::badge::{status_role, status_text};
use crate::parts::panel::caption;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, fit, put, put_all, width, wrap};
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::run::Starter;
use weir_domain::{Status, age_text, duration_text};

/// Where the parts of the screen stand; some may be empty.
#[derive(Debug)]
pub(crate) struct Parts {
    pub head: Rect,
    pub why: Rect,
    pub tabs: Rect,
    /// The tasks, or the one pane of a narrow screen.
    pub left: Rect,
    /// The pane beside them; empty on a narrow screen.
    pub right: Rect,
}

impl Parts {
    /// Where a list that is no tasks stands.
    pub fn list(&self, beside: bool) -> Rect {
        if beside { self.right } else { self.left }
    }

    /// All below the head, while there is nothing to show.
    pub fn below(&self) -> Rect {
        Rect { y: self.why.y, height: self.left.bottom().saturating_sub(self.why.y), ..self.head }
    }
}

pub(crate) fn layout(run: &Run, ctx: &Ctx<'_>, area: Rect) -> Parts {
    let lines = why_lines(run, ctx, area.width);
    let spaced = u16::from(area.height >= 16);
    let mut left = area;
    let mut take = |height: u16| {
        let height = height.min(left.height);
        let part = Rect { height, ..left };
        left.y += height;
        left.height -= height;
        part
    };
    let head = take(2);
    take(spaced);
    let least = 6;
    let room = (area.height).saturating_sub(2 + 2 * spaced + least);
    let why = take((lines.len() as u16).min(room));
    take(if why.height > 0 { spaced } else { 0 });
    let wide = run.beside(area).is_some();
    if !wide {
        let tabs = take(1);
        return Parts { head, why, tabs, left, right: Rect { width: 0, ..left } };
    }
    let half = area.width / 2;
    let beside = Rect { x: area.x + half, width: area.width - half, ..left };
    let tabs = Rect { height: beside.height.min(1), ..beside };
    let right = Rect { y: beside.y + tabs.height, height: beside.height - tabs.height, ..beside };
    Parts { head, why, tabs, left: Rect { width: half, ..left }, right }
}

pub(crate) fn view(run: &Run, ctx: &Ctx<'_>, parts: &Parts, buf: &mut Buffer) {
    head(run, ctx, parts.head, buf);
    let lines = why_lines(run, ctx, parts.why.width);
    for (y, (lead, text, role)) in (parts.why.y..parts.why.bottom()).zip(&lines) {
        put(buf, parts.why.x + 1, y, 5, lead, ctx.style(Role::Column));
        let room = parts.why.width.saturating_sub(8);
        let shown = fit(text, usize::from(room), Cut::Tail, ctx.glyphs);
        put(buf, parts.why.x + 7, y, room, &shown, ctx.style(*role));
    }
    if run.detail(ctx.world).is_some() {
        tabs(run, ctx, parts.tabs, buf);
    }
}

fn tabs(run: &Run, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let (panes, here): (&[Pane], Pane) = match run.beside(ctx.area) {
        Some(pane) => (&Pane::BESIDE, pane),
        None => (&Pane::ALL, run.pane),
    };
    let mut pieces = Vec::new();
    for (index, pane) in panes.iter().enumerate() {
        if index > 0 {
            pieces.push(("   ", ctx.style(Role::Dim)));
        }
        pieces.push((pane.title(), ctx.style(if *pane == here { Role::Strong } else { Role::Dim })));
    }
    put_all(buf, area.x + 2, area.y, area.width.saturating_sub(2), &pieces, ctx.glyphs);
}

/// How it stands, where it is, who started it.
fn head(run: &Run, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let whom = run.id.cluster.as_str();
    let Some(known) = run.run(ctx.world) else {
        caption(ctx, area, area.y, &run.id.name, &run.live(ctx.world), whom, buf);
        return;
    };
    let (state, rest) = standing(known, ctx);
    let state = format!("{} {state}", ctx.glyphs.status(known.status));
    let between = format!(" {} ", ctx.glyphs.dot);
    let facts = rest.join(&between);
    let pieces = [
        (state.as_str(), ctx.style(status_role(known.status))),
        (between.as_str(), ctx.style(Role::Dim)),
        (facts.as_str(), ctx.style(Role::Normal)),
    ];
    put_all(buf, area.x + 1, area.y, area.width.saturating_sub(2), &pieces, ctx.glyphs);
    if area.height > 1 {
        caption(ctx, area, area.y + 1, &starter(&known.starter), &run.live(ctx.world), whom, buf);
    }
}

/// "failed 6h ago after 47m", and the facts behind it.
fn standing(run: &weir_domain::Run, ctx: &Ctx<'_>) -> (String, Vec<String>) {
    let ago = |at: Option<jiff::Timestamp>| at.map(|at| age_text(at, ctx.now));
    let lasted = run.seconds(ctx.now).map(duration_text);
    let word = run.status.word();
    let state = match (run.status.finished(), ago(run.finished), lasted) {
        (true, Some(ago), Some(lasted)) => format!("{word} {ago} ago after {lasted}"),
        (true, Some(ago), None) => format!("{word} {ago} ago, never started"),
        (false, _, Some(lasted)) if run.status == Status::Running => format!("{word} for {lasted}"),
        (false, ..) => ago(run.since()).map_or(word.to_string(), |ago| format!("{word} for {ago}")),
        _ => word.to_string(),
    };
    let mut facts = Vec::new();
    if let Some(progress) = run.progress.filter(|progress| !run.status.finished() && progress.total() > 0) {
        facts.push(format!("{}/{} tasks", progress.done, progress.total()));
    }
    if let Some(asked) = run.asked.as_deref().filter(|asked| !run.status.finished() && *asked != "PipelineRunPending") {
        facts.push(format!("cancel asked: {asked}"));
    }
    facts.push(format!("{}/{}", run.id.cluster, run.id.namespace));
    facts.push(run.pipeline_name().to_string());
    facts.extend(Some(run.what()).filter(|what| !what.is_empty()));
    (state, facts)
}

fn starter(starter: &Starter) -> String {
    match starter {
        Starter::Says { operator, host, reason } => {
            let host = host.as_deref().map(|host| format!(" on {host}")).unwrap_or_default();
            let reason = reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("says it was started by {operator}{host}{reason}")
        }
        Starter::NotRecorded => "who started it is not recorded".into(),
        known => format!("started by {}", known.words()),
    }
}

/// What to read first: label, text, role. Empty for a run that needs no explanation.
fn why_lines(run: &Run, ctx: &Ctx<'_>, columns: u16) -> Vec<(&'static str, String, Role)> {
    let (Some(why), Some(known)) = (&run.why, run.run(ctx.world)) else { return Vec::new() };
    let label = match known.status {
        Status::Ok => "NOTE",
        Status::Running | Status::Pending => "WAITS",
        _ => "WHY",
    };
    let room = usize::from(columns.saturating_sub(8)).max(1);
    let mut sentence = wrap(&why.sentence, room);
    if sentence.len() > 3 {
        let rest = sentence.split_off(2).join(" ");
        sentence.push(rest);
    }
    let strong = sentence.into_iter().enumerate();
    let mut lines: Vec<_> =
        strong.map(|(index, text)| (if index == 0 { label } else { "" }, text, Role::Strong)).collect();
    match &run.tail {
        // A list that fills a narrow screen needs the room.
        _ if run.pane != Pane::Tasks && run.beside(ctx.area).is_none() => {}
        Tail::None => {}
        Tail::Asking => {
            let dots = if ctx.glyphs.ascii { "..." } else { "…" };
            lines.push(("", format!("asking for its log{dots}"), Role::Dim));
        }
        Tail::Words(words) => lines.push(("", words.clone(), Role::Dim)),
        Tail::Lines(tail) => lines.extend(tail.iter().map(|line| ("", line.clone(), Role::Normal))),
    }
    lines
}

pub(crate) fn tasks(run: &Run, ctx: &Ctx<'_>, area: Rect, dim: bool, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let names: Vec<String> = run
        .rows
        .iter()
        .map(|row| match (row.depth, row.finally) {
            (0, true) => format!("finally {}", row.name),
            (depth, _) => format!("{}{}", "  ".repeat(usize::from(depth)), row.name),
        })
        .collect();
    let longest = names.iter().map(|name| width(name)).max().unwrap_or(0) as u16;
    let columns = [
        Column::new("TASK", 16, longest.min(area.width / 2).max(16), 0).cut(Cut::Middle),
        Column::new("STATUS", 11, 11, 0),
        Column::new("TIME", 6, 6, 1).right(),
        Column::new("", 12, 120, 2),
    ];
    let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
    if run.rows.is_empty() {
        let over = run.run(ctx.world).is_some_and(|run| run.status.finished());
        let words = if over { "No task ran." } else { "No task yet." };
        put(buf, area.x + 2, area.y, area.width.saturating_sub(2), words, ctx.style(Role::Normal));
        return;
    }
    table.header(area, area.y, None, buf);
    let list = Rect { y: area.y + 1, height: area.height - 1, ..area };
    for (y, index) in (list.y..).zip(run.cursor.window(run.rows.len(), usize::from(list.height))) {
        let row = &run.rows[index];
        let seconds = row.seconds(ctx.now).map_or_else(|| "-".into(), duration_text);
        let quiet = matches!(row.status, Status::Skipped | Status::Pending);
        let cells = [
            Cell { text: names[index].as_str().into(), role: quiet.then_some(Role::Dim) },
            Cell::role(status_text(row.status, ctx.glyphs), status_role(row.status)),
            Cell::role(seconds, if quiet { Role::Dim } else { Role::Normal }),
            Cell::role(row.note.as_str(), if row.status.bad() { Role::Failed } else { Role::Dim }),
        ];
        let selected = run.cursor.at(index) && run.focus(ctx.area) == Pane::Tasks;
        table.row(list, y, &cells, RowLook { selected, dim, ..RowLook::default() }, buf);
    }
}

/// The whole of it in a few lines, to hand over.
pub(crate) fn summary(run: &Run, ctx: &Ctx<'_>) -> String {
    let mut lines = vec![run.id.to_string()];
    if let Some(known) = run.run(ctx.world) {
        let (state, facts) = standing(known, ctx);
        lines.push(format!("{state}, {}", facts.join(", ")));
        lines.push(starter(&known.starter));
    }
    lines.extend(run.why.as_ref().map(|why| format!("why: {}", why.sentence)));
    if let Tail::Lines(tail) = &run.tail {
        lines.extend(tail.iter().map(|line| format!("  {line}")));
    }
    for row in &run.rows {
        let seconds = row.seconds(ctx.now).map(|seconds| format!(" {}", duration_text(seconds))).unwrap_or_default();
        let note = if row.note.is_empty() { String::new() } else { format!(" ({})", row.note) };
        let indent = "  ".repeat(usize::from(row.depth));
        lines.push(format!("{indent}{} {}{seconds}{note}", row.name, row.status.word()));
    }
    lines.join("\n")
}
