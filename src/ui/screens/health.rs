//! Every endpoint: its state, how fast it answers, how old its data is, what the operator may do there, and what to do about it.

mod advice;

use crate::action::Action;
use crate::effect::Effect;
use crate::header::light;
use crate::parts::cursor::Cursor;
use crate::parts::panel::nothing;
use crate::parts::table::{Align, Cell, Column, MARGIN, RowLook, Table};
use crate::parts::text::{Cut, fit, put, wrap};
use crate::parts::when::clock;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Live, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{ClusterName, Endpoint, EndpointKind, EndpointState, Namespace, Query, Watch};

/// A registry may be called as a cluster is.
type Name = (EndpointKind, String);

#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Connected ones first, each kind in the client's order.
    names: Vec<Name>,
    cursor: Cursor<Name>,
}

impl Health {
    pub fn new() -> Health {
        Health::default()
    }

    fn endpoint<'a>(&self, world: &'a World, (kind, name): &Name) -> Option<&'a Endpoint> {
        world.endpoints.iter().find(|endpoint| endpoint.kind == *kind && endpoint.name == *name)
    }

    fn selected<'a>(&self, world: &'a World) -> Option<&'a Endpoint> {
        self.endpoint(world, self.cursor.id()?)
    }

    /// The lines below a row: of the selected one, and of those that need a person.
    fn below(&self, index: usize, wide: usize, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
        let Some(endpoint) = self.endpoint(ctx.world, &self.names[index]) else {
            return Vec::new();
        };
        let urgent = !endpoint.unseen.is_empty() || matches!(endpoint.state, EndpointState::Lost { .. });
        if !self.cursor.at(index) && !urgent {
            return Vec::new();
        }
        let lines = advice::lines(endpoint, ctx).into_iter();
        lines.flat_map(|(line, role)| wrap(&line, wide).into_iter().map(move |part| (part, role))).collect()
    }

    fn height(ctx: &Ctx<'_>) -> usize {
        usize::from(ctx.area.height.saturating_sub(2))
    }
}

fn columns(ctx: &Ctx<'_>) -> [Column; 6] {
    let longest = |text: fn(&Endpoint) -> usize| ctx.world.endpoints.iter().map(text).max().unwrap_or(0) as u16;
    let what = longest(|endpoint| named(endpoint).chars().count());
    [
        Column::new("WHAT", what.clamp(14, 24), what, 0).cut(Cut::Middle),
        Column::new("STATE", 15, 15, 0),
        Column { align: Align::Right, ..Column::new("LATENCY", 7, 7, 3) },
        Column::new("DATA AS OF", 10, 11, 2),
        Column::new("MAY", 12, 34, 1),
        Column::new("SERVER", 20, longest(|e| e.server.len()), 4).cut(Cut::Head),
    ]
}

fn named(endpoint: &Endpoint) -> String {
    let kind = match endpoint.kind {
        EndpointKind::Cluster => "cluster",
        EndpointKind::Releases => "web",
        EndpointKind::Registry => "registry",
    };
    format!("{} ({kind})", endpoint.name)
}

/// "live", "not connected", "expired" and the like, with glyph and role.
fn state(endpoint: &Endpoint, ctx: &Ctx<'_>) -> (String, Role) {
    match light(endpoint, ctx) {
        None if endpoint.kind == EndpointKind::Registry => (format!("{} not asked", ctx.glyphs.skipped), Role::Dim),
        None => (format!("{} not connected", ctx.glyphs.skipped), Role::Dim),
        // Nobody watches a registry: it was well when it was asked.
        Some((glyph, word, role)) if word.is_empty() && endpoint.kind == EndpointKind::Registry => {
            (format!("{glyph} ok"), role)
        }
        Some((glyph, word, role)) if word.is_empty() => (format!("{glyph} live"), role),
        Some((glyph, word, role)) => (format!("{glyph} {word}"), role),
    }
}

fn as_of(endpoint: &Endpoint, ctx: &Ctx<'_>) -> String {
    match endpoint.as_of {
        None => "-".into(),
        Some(at) if endpoint.live() && ctx.now.as_second() - at.as_second() < 20 => "now".into(),
        Some(at) => clock(at, ctx.now, ctx.settings),
    }
}

/// What the operator may do, in the namespaces where that has been asked.
fn may(endpoint: &Endpoint, ctx: &Ctx<'_>) -> String {
    match endpoint.kind {
        EndpointKind::Releases => return "read".into(),
        EndpointKind::Registry if endpoint.live() => return "pull".into(),
        _ if !endpoint.live() => return "-".into(),
        _ => {}
    }
    let cluster = endpoint.cluster();
    let asked = ctx.world.rights.iter().filter(|((name, _), _)| *name == cluster);
    let known: Vec<_> = asked.filter_map(|((_, namespace), remote)| Some((namespace, remote.known()?))).collect();
    let read_only = ctx.settings.read_only || endpoint.read_only;
    let Some((namespace, rights)) =
        known.iter().find(|(namespace, _)| **namespace == endpoint.namespace).or(known.first())
    else {
        return if read_only { "list (read-only)".into() } else { "list".into() };
    };
    let verbs = [("log", rights.logs), ("start", rights.start), ("cancel", rights.cancel), ("delete", rights.delete)];
    let mut words = vec!["list"];
    words.extend(
        verbs
            .iter()
            .filter(|(verb, right)| *right == Some(true) && (!read_only || *verb == "log"))
            .map(|(verb, _)| *verb),
    );
    let only = if read_only { " (read-only)" } else { "" };
    format!("{} in {namespace}{only}", words.join(", "))
}

impl Screen for Health {
    fn title(&self, _world: &World) -> String {
        "Health".into()
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Endpoints]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.endpoints {
            let mut endpoints: Vec<&Endpoint> = ctx.world.endpoints.iter().collect();
            endpoints.sort_by_key(|endpoint| endpoint.state == EndpointState::NotConnected);
            self.names = endpoints.iter().map(|endpoint| (endpoint.kind, endpoint.name.clone())).collect();
            self.cursor.settle(&self.names, false);
        }
    }

    fn places(&self, world: &World) -> Vec<(ClusterName, Namespace)> {
        world.clusters().filter(|e| e.live()).map(|e| (e.cluster(), e.namespace.clone())).collect()
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if let Some(endpoint) = self.selected(ctx.world) {
            offers.push(match advice::opening(endpoint) {
                Ok(()) => Offer::ready(Action::Open),
                Err(why) => Offer::refused(Action::Open, why),
            });
            offers.extend([Action::Copy, Action::CopyAll].map(Offer::ready));
        }
        offers.extend([Action::Refresh, Action::Runs, Action::Journal, Action::Messages].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if self.cursor.step(action, &self.names, Health::height(ctx)) {
            return Intent::Stay;
        }
        let Some(endpoint) = self.selected(ctx.world) else {
            return Intent::Pass;
        };
        match action {
            Action::Open if endpoint.kind == EndpointKind::Registry => Intent::Many(vec![
                Intent::Do(vec![Effect::Fetch(Query::Reach(endpoint.name.as_str().into()))]),
                Intent::Say(format!("asking {}", endpoint.name)),
            ]),
            Action::Open => Intent::Many(vec![
                Intent::Do(vec![Effect::Fetch(Query::Connect(endpoint.cluster()))]),
                Intent::Say(format!("connecting to {}", endpoint.name)),
            ]),
            Action::Copy => Intent::Do(vec![Effect::Copy(endpoint.name.clone())]),
            Action::CopyAll => {
                let (word, _) = state(endpoint, ctx);
                let mut lines = vec![format!("{}  {}  {word}", endpoint.name, endpoint.server)];
                lines.extend(advice::lines(endpoint, ctx).into_iter().map(|(line, _)| line));
                Intent::Do(vec![Effect::Copy(lines.join("\n"))])
            }
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        if self.names.is_empty() {
            return nothing(ctx, area, &Live::Loading, "the kubeconfig", "", buf);
        }
        let bad = ctx.world.endpoints.iter().filter(|e| matches!(e.state, EndpointState::Lost { .. })).count();
        let live = ctx.world.endpoints.iter().filter(|e| e.live()).count();
        let words =
            format!("{} endpoints {} {live} live {} {bad} lost", self.names.len(), ctx.glyphs.dot, ctx.glyphs.dot);
        let words = fit(&words, usize::from(area.width.saturating_sub(2)), Cut::Tail, ctx.glyphs);
        put(buf, area.x + 1, area.y, area.width.saturating_sub(2), &words, ctx.style(Role::Normal));
        let columns = columns(ctx);
        let table = Table::new(&columns, area.width.saturating_sub(1), ctx.theme, ctx.glyphs);
        table.header(area, area.y + 1, None, buf);
        let mut y = area.y + 2;
        let room = usize::from(area.height.saturating_sub(2));
        let wide = area.width.saturating_sub(MARGIN + 4);
        let blocks: Vec<(usize, Vec<(String, Role)>)> =
            (0..self.names.len()).map(|index| (index, self.below(index, usize::from(wide), ctx))).collect();
        // Blocks above the selected one go until all of it is in sight.
        let selected = self.cursor.index().min(blocks.len() - 1);
        let mut start = 0;
        while start < selected
            && blocks[start..=selected].iter().map(|(_, below)| 1 + below.len()).sum::<usize>() > room
        {
            start += 1;
        }
        for (index, below) in &blocks[start..] {
            let Some(endpoint) = self.endpoint(ctx.world, &self.names[*index]) else { continue };
            if y >= area.bottom() {
                break;
            }
            let look = RowLook { selected: self.cursor.at(*index), ..RowLook::default() };
            table.row(area, y, &cells(endpoint, ctx), look, buf);
            y += 1;
            for (line, role) in below {
                if y >= area.bottom() {
                    break;
                }
                put(buf, area.x + MARGIN + 2, y, wide, line, ctx.style(*role));
                y += 1;
            }
        }
    }
}

fn cells<'a>(endpoint: &'a Endpoint, ctx: &Ctx<'_>) -> [Cell<'a>; 6] {
    let (word, role) = state(endpoint, ctx);
    let latency = endpoint.latency_ms.map_or_else(|| "-".into(), |ms| format!("{ms} ms"));
    [
        Cell::new(named(endpoint)),
        Cell::role(word, role),
        Cell::new(latency),
        Cell::new(as_of(endpoint, ctx)),
        Cell::new(may(endpoint, ctx)),
        Cell::role(endpoint.server.as_str(), Role::Dim),
    ]
}
