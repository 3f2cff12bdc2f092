//! The releases of one stream, newest first: phase, age, and what the jobs say where they were asked.
//!
//! One can be marked here and another compared with it.

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::overlays;
use crate::parts::badge::{phase_role, phase_text};
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::nothing;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, fit, put};
use crate::parts::when::{age, exact};
use crate::route::Route;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Live, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::sync::Arc;
use weir_domain::release::web_page;
use weir_domain::{ImageRef, Phase, Release, ReleaseId, StreamName, Watch, age_text};

#[derive(Debug)]
pub(crate) struct Stream {
    name: StreamName,
    cursor: Cursor<Arc<str>>,
    filter: FilterLine,
    rows: Vec<Arc<str>>,
    /// Where each row stands in the stream, in the order of `rows`.
    places: Vec<usize>,
}

/// Caption and column titles.
const ABOVE: u16 = 2;
/// The exact times of the selected release.
const BELOW: u16 = 1;
const WHOM: &str = "releases";

impl Stream {
    pub fn new(name: StreamName) -> Stream {
        Stream { name, cursor: Cursor::default(), filter: FilterLine::default(), rows: Vec::new(), places: Vec::new() }
    }

    /// All its releases, or the newest ones while those are being asked for.
    fn stream<'a>(&self, world: &'a World) -> Option<&'a weir_domain::Stream> {
        let whole = world.releases.get(&self.name).and_then(|kept| kept.value.as_ref());
        whole.or_else(|| world.streams.get(&self.name))
    }

    fn releases<'a>(&self, world: &'a World) -> &'a [Release] {
        self.stream(world).map_or(&[], |stream| &stream.releases)
    }

    fn live(&self, world: &World) -> Live {
        world.releases.get(&self.name).map_or(Live::Loading, |kept| kept.live.clone())
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        let kept: Vec<(usize, Arc<str>)> = self
            .releases(ctx.world)
            .iter()
            .enumerate()
            .filter(|(_, release)| self.filter.keeps(&[&release.name, release.phase.word()], &[]))
            .map(|(index, release)| (index, release.name.clone()))
            .collect();
        (self.places, self.rows) = kept.into_iter().unzip();
        self.cursor.settle(&self.rows, self.live(ctx.world) == Live::Loading);
    }

    fn selected<'a>(&self, world: &'a World) -> Option<&'a Release> {
        let name = self.cursor.id()?;
        self.releases(world).iter().find(|release| release.name == *name)
    }

    fn page(&self, world: &World, release: &Release) -> Option<String> {
        world.release_controller().map(|base| web_page(base, self.name.as_str(), &release.name))
    }
}

impl Screen for Stream {
    fn title(&self, _world: &World) -> String {
        format!("Releases › {}", self.name)
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Releases(self.name.clone())]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.streams || touched.releases.contains(&self.name) {
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
        if let Some(release) = self.selected(ctx.world) {
            let url = self.page(ctx.world, release);
            offers.push(Offer::ready(Action::Open));
            offers.push(Offer::of(Action::Url, url.map(|_| ()).ok_or("no release-controller is configured".into())));
            offers.push(Offer::of(Action::Promote, channels::may(ctx, &self.name)));
            offers.push(Offer::ready(Action::Copy));
            for action in [Action::Mark, Action::Compare, Action::CopyAll] {
                offers.push(Offer::of(action, image(release).map(|_| ())));
            }
            offers.extend(overlays::decide::offers(ctx, &ReleaseId::new(self.name.as_str(), &release.name)));
        }
        offers.extend([Action::Filter, Action::Back, Action::Releases, Action::Overview].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(ctx.area.height.saturating_sub(ABOVE + BELOW));
        if self.cursor.step(action, &self.rows, height) {
            return Intent::Stay;
        }
        match (action, self.selected(ctx.world)) {
            (Action::Open, Some(release)) => {
                Intent::Go(Route::Release(ReleaseId { stream: self.name.clone(), name: release.name.clone() }))
            }
            (Action::Promote, Some(release)) => {
                channels::promote(ctx, &ReleaseId { stream: self.name.clone(), name: release.name.clone() })
            }
            (Action::Mark, Some(release)) => match image(release) {
                Ok(image) => Intent::Base(image),
                Err(why) => Intent::Say(why),
            },
            (Action::Compare, Some(release)) => match (image(release), ctx.world.base.clone()) {
                (Ok(to), Some(from)) if from != to => Intent::Go(Route::Diff { from, to }),
                (Ok(to), _) => overlays::compare::open(&to, ctx),
                (Err(why), _) => Intent::Say(why),
            },
            (Action::Copy, Some(release)) => Intent::Do(vec![Effect::Copy(release.name.to_string())]),
            (Action::CopyAll, Some(release)) => {
                let url = self.page(ctx.world, release).unwrap_or_default();
                let text = format!("{}\n{}\n{url}", release.name, release.pull_spec);
                Intent::Do(vec![Effect::Copy(text.trim_end().to_string())])
            }
            (Action::Url, Some(release)) => match self.page(ctx.world, release) {
                Some(url) => Intent::Do(vec![Effect::Open(url)]),
                None => Intent::Stay,
            },
            (
                Action::Copy
                | Action::CopyAll
                | Action::Url
                | Action::Open
                | Action::Mark
                | Action::Compare
                | Action::Promote
                | Action::Accept
                | Action::Reject
                | Action::TakeBack,
                None,
            ) => Intent::Stay,
            (Action::Accept | Action::Reject | Action::TakeBack, Some(release)) => {
                let id = ReleaseId::new(self.name.as_str(), &release.name);
                overlays::decide::act(action, &id).unwrap_or(Intent::Stay)
            }
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let live = self.live(ctx.world);
        let releases = self.releases(ctx.world);
        let mut words = self.filter.words(self.rows.len(), releases.len(), "release");
        if releases.is_empty() {
            words.clear();
        } else if live == Live::Loading {
            words.push_str(" so far");
        } else if let Live::Missing(failure) = &live {
            words = failure.sentence();
        }
        self.filter.caption(ctx, area, area.y, &Said { words: &words, live: &live, whom: WHOM }, buf);
        let body = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1 + BELOW), ..area };
        if self.rows.is_empty() {
            let below = Rect { y: body.y + body.height.min(1), height: body.height.saturating_sub(1), ..body };
            match (releases.is_empty(), &live) {
                (false, _) => {
                    let text = "No release matches. Esc takes the filter away.";
                    nothing(ctx, below, &Live::Fresh(ctx.now), WHOM, text, buf);
                }
                (true, live) => nothing(ctx, below, live, WHOM, "The stream has no releases.", buf),
            }
            return;
        }
        let columns = [
            Column::new("RELEASE", 18, 52, 0).cut(Cut::Head),
            Column::new("PHASE", 10, 10, 0),
            Column::new("AGE", 4, 4, 0).right(),
            Column::new("WHAT THE JOBS SAY", 40, 80, 1),
        ];
        let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
        table.header(body, body.y, None, buf);
        let height = usize::from(body.height.saturating_sub(1));
        let old = matches!(live, Live::Lost { .. } | Live::Missing(_));
        for (line, index) in self.cursor.window(self.rows.len(), height).enumerate() {
            let Some(release) = self.places.get(index).and_then(|place| releases.get(*place)) else { continue };
            let marked = ctx.world.base.is_some() && image(release).ok() == ctx.world.base;
            let look = RowLook { selected: self.cursor.at(index), marked, dim: old };
            let cells = [
                Cell::new(&*release.name),
                Cell::role(phase_text(release.phase, ctx.glyphs), phase_role(release.phase)),
                Cell::new(age(release.created, ctx.now)),
                Cell::role(jobs(release, ctx), Role::Dim),
            ];
            table.row(body, body.y + 1 + line as u16, &cells, look, buf);
        }
        if let Some(release) = self.selected(ctx.world)
            && area.height > ABOVE + BELOW
        {
            let created = release.created.map_or_else(|| "time not told".into(), |at| exact(at, ctx.settings));
            let image = if release.pull_spec.is_empty() { String::new() } else { format!("  {}", release.pull_spec) };
            let shown = format!("{created}{image}");
            let room = area.width.saturating_sub(2);
            let shown = fit(&shown, usize::from(room), Cut::Middle, ctx.glyphs);
            put(buf, area.x + 1, area.bottom() - 1, room, &shown, ctx.style(Role::Dim));
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        let live = self.live(ctx.world);
        self.filter.cursor(ctx, area, area.y, &Said { words: "", live: &live, whom: WHOM })
    }
}

/// Where its payload is; why there is none.
fn image(release: &Release) -> Result<ImageRef, String> {
    match release.pull_spec.is_empty() {
        true => Err(release.phase.without_image().into()),
        false => release.pull_spec.parse(),
    }
}

/// The blocking jobs in a few words, and when they were done; nothing where nobody asked.
fn jobs(release: &Release, ctx: &Ctx<'_>) -> String {
    let Some(verdict) = &release.verdict else {
        return String::new();
    };
    let decided = verdict.decided().map(|at| format!("{} ago: ", age_text(at, ctx.now))).unwrap_or_default();
    if let Some(sentence) = verdict.sentence() {
        return format!("{decided}{sentence}");
    }
    let blocking = verdict.jobs.iter().filter(|job| job.blocking);
    let (mut done, mut all) = (0, 0);
    for job in blocking {
        all += 1;
        done += usize::from(&*job.state == "Succeeded");
    }
    match (all, release.phase) {
        (0, _) => String::new(),
        (_, Phase::Failed) if done == 0 => "its jobs never ran".into(),
        (_, Phase::Pending) if done == 0 => "its jobs have not begun".into(),
        (all, Phase::Ready | Phase::Pending) => format!("{done} of {all} blocking jobs ok so far"),
        (all, _) => format!("{decided}{done} of {all} blocking jobs ok"),
    }
}
