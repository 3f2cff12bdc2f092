//! The release-controller's streams: the newest tag of each and the newest that was accepted.

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::parts::badge::{phase_role, phase_text};
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::nothing;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::Cut;
use crate::parts::when::age;
use crate::route::Route;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Live, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::{Stream, StreamName, Watch, release};

#[derive(Debug, Default)]
pub(crate) struct Releases {
    cursor: Cursor<StreamName>,
    filter: FilterLine,
    rows: Vec<StreamName>,
}

/// Caption and column titles.
const ABOVE: u16 = 2;
const WHOM: &str = "releases";

impl Releases {
    pub fn new() -> Releases {
        Releases::default()
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        let streams = &ctx.world.streams;
        let keeps = |stream: &&Stream| {
            let newest = stream.newest();
            let phase = newest.map_or("", |release| release.phase.word());
            self.filter.keeps(&[stream.name.as_str(), phase, newest.map_or("", |release| &*release.name)], &[])
        };
        let mut rows: Vec<&Stream> = streams.values().filter(keeps).collect();
        rows.sort_by_cached_key(|stream| std::cmp::Reverse(release::stream_rank(stream.name.as_str())));
        self.rows = rows.into_iter().map(|stream| stream.name.clone()).collect();
        self.cursor.settle(&self.rows, !streams.complete());
    }

    fn selected<'a>(&self, world: &'a World) -> Option<&'a Stream> {
        world.streams.get(self.cursor.id()?)
    }

    fn live(&self, ctx: &Ctx<'_>) -> (Live, &'static str) {
        if ctx.world.release_controller().is_none() && ctx.world.watched() {
            (Live::Fresh(ctx.now), "No release-controller is configured.")
        } else if self.filter.holds() && !ctx.world.streams.is_empty() {
            (Live::Fresh(ctx.now), "No stream matches. Esc takes the filter away.")
        } else {
            (ctx.world.streams.live(|()| true), none(ctx))
        }
    }
}

impl Screen for Releases {
    fn title(&self, _world: &World) -> String {
        "Releases".into()
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Streams]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.streams {
            self.gather(ctx);
        }
    }

    fn filter(&self) -> Option<&FilterLine> {
        Some(&self.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut FilterLine> {
        Some(&mut self.filter)
    }

    fn refilter(&mut self, ctx: &Ctx<'_>) {
        self.gather(ctx);
        self.cursor.rest(&self.rows);
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if let Some(stream) = self.selected(ctx.world) {
            offers.push(Offer::ready(Action::Open));
            let url = stream.newest().map(|_| ()).ok_or("it has no tags".to_string());
            offers.push(Offer::of(Action::Url, url));
            offers.push(Offer::of(Action::Promote, channels::meant(ctx, &stream.name).map(|_| ())));
            offers.push(Offer::ready(Action::Copy));
        }
        offers.extend([Action::Filter, Action::Runs, Action::Overview].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(ctx.area.height.saturating_sub(ABOVE));
        if self.cursor.step(action, &self.rows, height) {
            return Intent::Stay;
        }
        match (action, self.cursor.id()) {
            (Action::Open, Some(name)) => Intent::Go(Route::Stream(name.clone())),
            (Action::Promote, Some(name)) => channels::promote_row(ctx, name),
            (Action::Copy, Some(name)) => Intent::Do(vec![Effect::Copy(name.to_string())]),
            (Action::Url, Some(name)) => {
                let newest = self.selected(ctx.world).and_then(|stream| stream.newest());
                match (newest, ctx.world.release_controller()) {
                    (Some(newest), Some(base)) => {
                        Intent::Do(vec![Effect::Open(release::web_page(base, name.as_str(), &newest.name))])
                    }
                    _ => Intent::Stay,
                }
            }
            (Action::Open | Action::Copy | Action::Url, None) => Intent::Stay,
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let live = ctx.world.streams.live(|()| true);
        let words = self.filter.words(self.rows.len(), ctx.world.streams.len(), "stream");
        let words = unread(if ctx.world.streams.is_empty() { String::new() } else { words }, ctx);
        self.filter.caption(ctx, area, area.y, &Said { words: &words, live: &live, whom: WHOM }, buf);
        let body = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
        if self.rows.is_empty() {
            let (live, empty) = self.live(ctx);
            let below = Rect { y: body.y + body.height.min(1), height: body.height.saturating_sub(1), ..body };
            nothing(ctx, below, &live, WHOM, empty, buf);
            return;
        }
        let columns = [
            Column::new("STREAM", 20, 34, 0).cut(Cut::Middle),
            Column::new("NEWEST", 10, 10, 0),
            Column::new("AGE", 4, 4, 1).right(),
            Column::new("TAG", 20, 46, 3).cut(Cut::Head),
            Column::new("ACCEPTED", 18, 46, 2).cut(Cut::Head),
            Column::new("AGE", 4, 4, 2).right(),
            Column::new("RELEASES", 8, 8, 4).right(),
        ];
        let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
        table.header(body, body.y, None, buf);
        let height = usize::from(body.height.saturating_sub(1));
        for (line, index) in self.cursor.window(self.rows.len(), height).enumerate() {
            let Some(stream) = ctx.world.streams.get(&self.rows[index]) else { continue };
            let look = RowLook { selected: self.cursor.at(index), marked: false, dim: live.lost() };
            table.row(body, body.y + 1 + line as u16, &cells(stream, ctx), look, buf);
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        let live = ctx.world.streams.live(|()| true);
        self.filter.cursor(ctx, area, area.y, &Said { words: "", live: &live, whom: WHOM })
    }
}

/// The words of a list of streams, and behind them how many of its streams are not there: "7 streams, 1 not read: H says why".
pub(crate) fn unread(words: String, ctx: &Ctx<'_>) -> String {
    let many = ctx.world.unread_streams().len();
    if many == 0 {
        return words;
    }
    let comma = if words.is_empty() { "" } else { ", " };
    format!("{words}{comma}{many} not read: {} says why", ctx.keymap.shown(Action::Health))
}

/// Where there are no streams.
pub(crate) fn none(ctx: &Ctx<'_>) -> &'static str {
    match ctx.world.unread_streams() {
        [] => "The release-controller has no streams.",
        _ => "No stream could be read.",
    }
}

fn cells<'a>(stream: &'a Stream, ctx: &Ctx<'_>) -> [Cell<'a>; 7] {
    let newest = stream.newest();
    let accepted = stream.newest_accepted();
    let role = newest.map_or(Role::Dim, |newest| phase_role(newest.phase));
    let same = newest.map(|r| &r.name) == accepted.map(|r| &r.name) && newest.is_some();
    [
        Cell::new(stream.name.as_str()),
        Cell::role(newest.map_or_else(|| "no tags".into(), |newest| phase_text(newest.phase, ctx.glyphs)), role),
        Cell::new(age(newest.and_then(|newest| newest.created), ctx.now)),
        Cell::role(newest.map_or("", |newest| &*newest.name), Role::Dim),
        match accepted {
            Some(_) if same => Cell::role("the same", Role::Dim),
            Some(accepted) => Cell::new(&*accepted.name),
            None => Cell::role("none", Role::Dim),
        },
        Cell::new(age(accepted.and_then(|accepted| accepted.created), ctx.now)),
        Cell::role(stream.releases.len().to_string(), Role::Dim),
    ]
}
