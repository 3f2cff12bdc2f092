//! How a payload looks: what it is, its components, and at the bottom where the selected one comes from.

use super::{Payload, head};
use crate::action::Action;
use crate::parts::filter_line::Said;
use crate::parts::panel::{caption_with, failure, sentence};
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, fit, fold, put};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::{Live, Remote};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::Component;
use weir_domain::payload::Weight;

/// The selected component's commit page and image.
const BELOW: u16 = 2;
const WHOM: &str = "the registry";

struct Parts {
    head: Rect,
    caption: u16,
    table: Rect,
    below: Rect,
}

fn parts(screen: &Payload, ctx: &Ctx<'_>, area: Rect) -> Parts {
    let high = (head::lines(screen, ctx, area).len() as u16).min(area.height);
    let below = if area.height >= 12 { BELOW } else { 0 };
    let body = Rect { y: area.y + high, height: area.height - high, ..area };
    let used = (1 + below).min(body.height);
    Parts {
        head: Rect { height: high, ..area },
        caption: body.y,
        table: Rect { y: body.y + body.height.min(1), height: body.height - used, ..body },
        below: Rect { y: body.bottom() - below.min(body.height), height: below.min(body.height), ..body },
    }
}

/// Where the components stand, the titles not counted.
pub(super) fn rows_area(screen: &Payload, ctx: &Ctx<'_>, area: Rect) -> Rect {
    let table = parts(screen, ctx, area).table;
    Rect { y: table.y + table.height.min(1), height: table.height.saturating_sub(1), ..table }
}

pub(super) fn cursor(screen: &Payload, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
    let live = Live::Fresh(ctx.now);
    let said = Said { words: "", live: &live, whom: WHOM };
    screen.filter.cursor(ctx, area, parts(screen, ctx, area).caption, &said)
}

pub(super) fn draw(screen: &Payload, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let parts = parts(screen, ctx, area);
    let room = area.width.saturating_sub(2);
    for (y, (text, role)) in (parts.head.y..parts.head.bottom()).zip(head::lines(screen, ctx, area)) {
        // A line too long is an image's name, whose end tells most.
        let shown = fit(&text, usize::from(room), Cut::Middle, ctx.glyphs);
        put(buf, area.x + 1, y, room, &shown, ctx.style(role));
    }
    let Some(payload) = screen.payload(ctx.world) else {
        let body = Rect { y: parts.caption + 1, height: area.bottom().saturating_sub(parts.caption + 1), ..area };
        match screen.remote(ctx.world) {
            Some(Remote::Failed(why)) => {
                let used = failure(ctx, body, why, buf);
                let below = Rect { y: body.y + used, height: body.height.saturating_sub(used), ..body };
                sentence(ctx, below, "Ctrl-R asks again.", Role::Dim, buf);
            }
            _ => {
                sentence(ctx, body, &format!("asking {}{}", screen.image.host, ctx.glyphs.cut), Role::Dim, buf);
            }
        }
        return;
    };
    caption(screen, ctx, area, parts.caption, payload.components.len(), buf);
    if screen.rows.is_empty() {
        let text = if payload.components.is_empty() {
            "The payload names no components."
        } else {
            "No component matches. Esc takes the filter away."
        };
        sentence(ctx, parts.table, text, Role::Normal, buf);
        return;
    }
    let columns = [
        Column::new("COMPONENT", 28, 44, 0).cut(Cut::Middle),
        Column::new("VERSION", 8, if area.width < 120 { 8 } else { 24 }, 2),
        Column::new("COMMIT", 7, 7, 0),
        Column::new("REPOSITORY", 17, 44, 1).cut(Cut::Middle),
        Column::new("SIZE", 7, 7, 3).right(),
        Column::new("ARCH", 12, 24, 10),
    ];
    let table = Table::new(&columns, area.width.saturating_sub(1), ctx.theme, ctx.glyphs);
    table.header(parts.table, parts.table.y, Some(screen.order.column()), buf);
    let height = usize::from(parts.table.height.saturating_sub(1));
    for (line, index) in screen.cursor.window(screen.rows.len(), height).enumerate() {
        let name = &screen.rows[index];
        let Some(component) = payload.component(name) else { continue };
        let look = RowLook { selected: screen.cursor.at(index), ..RowLook::default() };
        let cells = cells(component, screen.weight(name, ctx.world));
        table.row(parts.table, parts.table.y + 1 + line as u16, &cells, look, buf);
    }
    let Some(component) = screen.selected(ctx.world) else { return };
    let page = component.commit_page().or_else(|| component.repository.as_deref().map(String::from));
    let refused = screen.weight(&component.name, ctx.world).and_then(|weight| weight.refused.as_ref());
    let refused = refused.map(|why| format!("cannot be pulled without credentials: {why}"));
    // An address stands in full; what is left of the lines is the image's.
    let said = fold(page.as_deref().unwrap_or("no repository is told"), usize::from(room));
    let role = if refused.is_some() { Role::Failed } else { Role::Dim };
    let image = component.image.to_string();
    let lines = refused.iter().map(|why| (why, role)).chain(said.iter().chain([&image]).map(|line| (line, Role::Dim)));
    for (y, (text, role)) in (parts.below.y..parts.below.bottom()).zip(lines) {
        let shown = fit(text, usize::from(room), Cut::Middle, ctx.glyphs);
        put(buf, area.x + 1, y, room, &shown, ctx.style(role));
    }
}

/// How many are on show; at the right the order and what is being asked.
fn caption(screen: &Payload, ctx: &Ctx<'_>, area: Rect, y: u16, all: usize, buf: &mut Buffer) {
    let words = screen.filter.words(screen.rows.len(), all, "component");
    if screen.filter.typing() {
        let live = Live::Fresh(ctx.now);
        screen.filter.caption(ctx, area, y, &Said { words: &words, live: &live, whom: WHOM }, buf);
        return;
    }
    let order = format!("sorted by {}", screen.order.word());
    let (right, role) = match ctx.world.weights.get(&screen.image) {
        None => (format!("{order}, {} asks for sizes", ctx.keymap.shown(Action::Sort)), Role::Dim),
        Some(Remote::Asking) => {
            let first = screen.payload(ctx.world).and_then(|payload| payload.components.first());
            let host = first.map_or(&screen.image.host, |component| &component.image.host);
            (format!("asking {host} for {all} sizes{}", ctx.glyphs.cut), Role::Dim)
        }
        Some(Remote::Failed(why)) => (format!("no sizes: {}", why.why), Role::Warning),
        Some(Remote::Known(weights)) => match weights.iter().filter(|weight| weight.refused.is_some()).count() {
            0 => (format!("all public, {order}"), Role::Dim),
            refused => (format!("{refused} not public, {order}"), Role::Failed),
        },
    };
    caption_with(ctx, area, y, &words, (&right, role), buf);
}

fn cells<'a>(component: &'a Component, weight: Option<&Weight>) -> [Cell<'a>; 6] {
    let refused = weight.is_some_and(|weight| weight.refused.is_some());
    let size = weight.and_then(|weight| weight.size).map_or_else(|| "-".into(), weir_domain::size_text);
    [
        Cell::new(&*component.name),
        Cell::new(component.version.as_deref().unwrap_or("-")),
        Cell::new(component.commit.as_deref().map_or("-", |commit| commit.get(..7).unwrap_or(commit))),
        Cell::role(component.repository_name().unwrap_or("-"), Role::Dim),
        if refused { Cell::role("refused", Role::Failed) } else { Cell::new(size) },
        Cell::role(weight.map_or(String::new(), |weight| weight.architectures.join(" ")), Role::Dim),
    ]
}
