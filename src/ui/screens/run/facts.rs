//! What a run was given and what came of it, and what the cluster says of its pods: lists of name and value.

use crate::parts::cursor::Cursor;
use crate::parts::panel;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, fit, put, width, wrap};
use crate::parts::when::{age, exact};
use crate::screen::Ctx;
use crate::theme::Role;
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{Detail, Event, PodState, secret, text};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    /// Names it among its list.
    pub key: String,
    pub group: &'static str,
    pub name: String,
    pub value: String,
    pub at: Option<Timestamp>,
    pub role: Role,
}

impl Fact {
    fn new(group: &'static str, name: &str, value: &str) -> Fact {
        let value = text::clean_line(value);
        Fact {
            key: format!("{group}/{name}"),
            group,
            name: text::clean_line(name).into_owned(),
            value: secret::shown(name, &value).into_owned(),
            at: None,
            role: Role::Normal,
        }
    }
}

pub(crate) fn keys(facts: &[Fact]) -> Vec<String> {
    facts.iter().map(|fact| fact.key.clone()).collect()
}

/// Parameters, results, workspaces, and the run's own times and codes.
pub(crate) fn given(detail: &Detail, ctx: &Ctx<'_>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = detail.params.iter().map(|(name, value)| Fact::new("PARAMETERS", name, value)).collect();
    facts.extend(detail.results.iter().map(|(name, value)| Fact::new("RESULTS", name, value)));
    for task in &detail.tasks {
        let results = task.results.iter();
        facts.extend(results.map(|(name, value)| {
            let mut fact = Fact::new("RESULTS", name, value);
            fact.name = format!("{} › {}", task.task, fact.name);
            fact.key = format!("RESULTS/{}/{name}", task.name);
            fact
        }));
    }
    facts.extend(detail.workspaces.iter().map(|bound| Fact::new("WORKSPACES", &bound.name, &bound.to)));
    let missing = detail.declared.iter().filter(|spec| !detail.workspaces.iter().any(|bound| bound.name == spec.name));
    facts.extend(missing.map(|spec| {
        Fact::new("WORKSPACES", &spec.name, if spec.optional { "(optional, not bound)" } else { "(not bound)" })
    }));
    let run = &detail.run;
    let code = match (run.reason.is_empty(), run.message.is_empty()) {
        (true, _) => None,
        (false, true) => Some(run.reason.to_string()),
        (false, false) => Some(format!("{}: {}", run.reason, run.message)),
    };
    let time = |at: Option<Timestamp>| at.map(|at| exact(at, ctx.settings));
    let own = [
        ("condition", code),
        ("created", time(run.created)),
        ("started", time(run.started)),
        ("finished", time(run.finished)),
        ("timeout", detail.timeout.as_deref().map(str::to_string)),
        ("service account", detail.service_account.as_deref().map(str::to_string)),
        ("uid", Some(run.uid.to_string()).filter(|uid| !uid.is_empty())),
    ];
    facts.extend(own.into_iter().filter_map(|(name, value)| Some(Fact::new("RUN", name, &value?))));
    facts
}

/// Pods that explain waiting, then events, newest first, then what could not be read.
pub(crate) fn events(detail: &Detail) -> Vec<Fact> {
    let mut facts: Vec<Fact> = detail.pods.iter().map(pod).collect();
    facts.extend(detail.events.iter().map(event));
    facts.extend(detail.unseen.iter().map(|unseen| Fact { role: Role::Warning, ..Fact::new("NOT SEEN", "", unseen) }));
    for (number, fact) in facts.iter_mut().enumerate().filter(|(_, fact)| fact.group == "NOT SEEN") {
        fact.key = format!("NOT SEEN/{number}");
    }
    facts
}

fn pod(pod: &PodState) -> Fact {
    let why = match (pod.reason.is_empty(), pod.message.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(": {}", pod.reason),
        (true, false) => format!(": {}", pod.message),
        (false, false) => format!(": {}: {}", pod.reason, pod.message),
    };
    let node = if pod.node.is_empty() { String::new() } else { format!(" on {}", pod.node) };
    let mut fact = Fact::new("PODS", &pod.task, &format!("{}{node}{why}", pod.phase.to_lowercase()));
    fact.key = format!("PODS/{}", pod.name);
    if !why.is_empty() {
        fact.role = Role::Pending;
    }
    fact
}

fn event(event: &Event) -> Fact {
    let times = if event.count > 1 { format!(" ({} times)", event.count) } else { String::new() };
    let mut fact = Fact::new("EVENTS", &event.reason, &format!("{}{times}, {}", event.message.trim(), event.object));
    fact.key = format!("EVENTS/{}/{}/{}", event.object, event.reason, event.message);
    fact.at = event.last;
    if &*event.kind == "Warning" {
        fact.role = Role::Warning;
    }
    fact
}

/// The rows of the list: the foot is for the whole of the selected value.
pub(crate) fn list_area(area: Rect) -> Rect {
    let foot = if area.height >= 9 { 3 } else { 0 };
    Rect { height: area.height - foot, ..area }
}

pub(crate) fn view(
    ctx: &Ctx<'_>,
    facts: &[Fact],
    cursor: &Cursor<String>,
    empty: &str,
    area: Rect,
    dim: bool,
    buf: &mut Buffer,
) {
    if facts.is_empty() {
        panel::sentence(ctx, area, empty, Role::Normal, buf);
        return;
    }
    let list = list_area(area);
    let dated = facts.iter().any(|fact| fact.at.is_some());
    let longest = facts.iter().map(|fact| width(&fact.name)).max().unwrap_or(0).clamp(8, 34) as u16;
    let mut columns = vec![Column::new("", 10, 10, 2), Column::new("", 8, longest, 0).cut(Cut::Middle)];
    if dated {
        columns.push(Column::new("", 3, 4, 1).right());
    }
    columns.push(Column::new("", 12, 400, 0));
    let table = Table::new(&columns, list.width, ctx.theme, ctx.glyphs);
    let window = cursor.window(facts.len(), usize::from(list.height));
    let first = window.start;
    for (y, index) in (list.y..).zip(window) {
        let fact = &facts[index];
        let heads = index == first || facts[index - 1].group != fact.group;
        let mut cells = vec![
            Cell::role(if heads { fact.group } else { "" }, Role::Column),
            Cell::role(fact.name.as_str(), if fact.role == Role::Normal { Role::Dim } else { fact.role }),
        ];
        if dated {
            cells.push(Cell::role(age_or_nothing(fact, ctx), Role::Dim));
        }
        cells.push(Cell::new(fact.value.as_str()));
        let look = RowLook { selected: cursor.at(index), dim, ..RowLook::default() };
        table.row(list, y, &cells, look, buf);
    }
    let selected = facts.get(cursor.index()).filter(|fact| cursor.id() == Some(&fact.key));
    if let Some(fact) = selected.filter(|fact| width(&fact.value) > usize::from(table.width(columns.len() - 1))) {
        whole(ctx, &fact.value, Rect { y: list.bottom(), height: area.height - list.height, ..area }, buf);
    }
}

fn age_or_nothing(fact: &Fact, ctx: &Ctx<'_>) -> String {
    fact.at.map_or(String::new(), |at| age(Some(at), ctx.now))
}

/// The value in two lines below the list.
fn whole(ctx: &Ctx<'_>, value: &str, area: Rect, buf: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let room = area.width.saturating_sub(4);
    let lines = wrap(value, usize::from(room));
    for (row, line) in lines.iter().take(2).enumerate() {
        let more = row == 1 && lines.len() > 2;
        let text = if more { format!("{line} {}", lines[2..].join(" ")) } else { line.clone() };
        let shown = fit(&text, usize::from(room), Cut::Tail, ctx.glyphs);
        put(buf, area.x + 2, area.y + 1 + row as u16, room, &shown, ctx.style(Role::Normal));
    }
}
