//! What needs a person, then one row a stream, then the runs in short. Opens first, before any answer.
//!
//! Attention rows and stream rows are one list to move in; the selection is what a row is about, not where it stands.

mod layout;
mod newest;
mod rows;
mod running;
mod streams;
mod view;

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::overlays;
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::FilterLine;
use crate::route::{PromoteFrom, Route, StartFrom};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use rows::{Facts, Key as Row};
use weir_domain::attention::{Subject, Urgency};
use weir_domain::{ClusterName, Namespace, Phase, PipelineId, ReleaseId, Run, RunId, StreamName, Watch};

#[derive(Debug, Default)]
pub(crate) struct Overview {
    cursor: Cursor<Row>,
    filter: FilterLine,
    facts: Facts,
    /// The rows one can stand on: what needs a person, then the streams.
    keys: Vec<Row>,
    /// Times gathered since the last tick.
    gathers: usize,
    /// News were left for the next tick.
    late: bool,
}

/// With more runs than this, news are gathered so many times a tick at most.
const MANY: usize = 1000;
const GATHERS: usize = 4;

impl Overview {
    pub fn new() -> Overview {
        Overview::default()
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        self.facts = Facts::gather(ctx);
        self.gathers += 1;
        self.late = false;
        self.sieve(ctx);
    }

    fn sieve(&mut self, ctx: &Ctx<'_>) {
        self.facts.sieve(ctx, &self.filter);
        self.keys = self.facts.keys();
        let loading = !self.facts.complete;
        self.cursor.settle(&self.keys, loading);
    }

    /// The run the row names. A stream's newest run is not on its row everywhere, so no key means it.
    fn run<'a>(&self, world: &'a World) -> Option<&'a Run> {
        world.run(&self.run_id()?)
    }

    fn run_id(&self) -> Option<RunId> {
        match self.cursor.id()? {
            Row::Item(_, Subject::Run(id), _) => Some(id.clone()),
            Row::Item(_, Subject::Stream(_) | Subject::Endpoint(_), _) | Row::Stream(_) => None,
        }
    }

    /// The release that needs a person, or its stream when a newer one has taken its place.
    fn rejected(&self, stream: &StreamName, world: &World) -> Intent {
        let newest = world.streams.get(stream).and_then(|stream| stream.newest());
        let bad = newest.filter(|release| matches!(release.phase, Phase::Rejected | Phase::Failed));
        Intent::Go(match bad {
            Some(release) => Route::Release(ReleaseId { stream: stream.clone(), name: release.name.clone() }),
            None => Route::Stream(stream.clone()),
        })
    }

    /// The stream or channel the row is about.
    fn stream(&self) -> Option<&StreamName> {
        match self.cursor.id()? {
            Row::Item(_, Subject::Stream(name), _) | Row::Stream(name) => Some(name),
            Row::Item(..) => None,
        }
    }

    fn start(&self, world: &World) -> Route {
        let pipeline = self.run(world).and_then(|run| {
            let name = run.pipeline.as_deref()?;
            Some(PipelineId::new(run.id.cluster.as_str(), run.id.namespace.as_str(), name))
        });
        pipeline.map_or(Route::Pipelines, |id| Route::Start(StartFrom::Pipeline(id)))
    }
}

impl Screen for Overview {
    fn title(&self, _world: &World) -> String {
        "Overview".into()
    }

    fn watches(&self, world: &World) -> Vec<Watch> {
        let clean_ups = world.clusters().filter(|e| e.live()).map(|e| Watch::CleanUps(e.cluster()));
        let running = self.facts.running.iter().take(rows::LOOKED_INTO).cloned().map(Watch::Tasks);
        let promoting = self.facts.promoting.iter().cloned().map(Watch::Promotion);
        clean_ups.chain(running).chain(promoting).chain([Watch::Journal]).collect()
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        let news = touched.everything || touched.endpoints || touched.any_run() || touched.streams || touched.clean_ups;
        let news = news || touched.journal || !touched.promotions.is_empty();
        if touched.time {
            self.gathers = 0;
        }
        // A list of 10,000 runs arrives in many pieces; between two ticks not each of them is worth looking through all.
        let many = self.gathers >= GATHERS && ctx.world.runs.len() > MANY && !touched.everything;
        if news && many {
            self.late = true;
        } else if news || touched.time && (self.late || self.facts.stale(ctx)) {
            self.gather(ctx);
            if touched.everything {
                self.cursor.rest(&self.keys);
            }
        }
    }

    fn filter(&self) -> Option<&FilterLine> {
        Some(&self.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut FilterLine> {
        Some(&mut self.filter)
    }

    fn refilter(&mut self, ctx: &Ctx<'_>) {
        self.sieve(ctx);
        self.cursor.rest(&self.keys);
    }

    fn place(&self, world: &World) -> Option<(ClusterName, Namespace)> {
        self.run(world).map(|run| (run.id.cluster.clone(), run.id.namespace.clone()))
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if self.cursor.id().is_some() {
            offers.push(Offer::ready(Action::Open));
        }
        offers.push(Offer::ready(Action::Runs));
        match self.run(ctx.world) {
            Some(run) => {
                let may = |action| ctx.may(action, &run.id.cluster, &run.id.namespace);
                offers.push(Offer::of(Action::Log, may(Action::Log)));
                offers.push(Offer::of(Action::Start, may(Action::Start)));
                offers.push(Offer::of(Action::Rerun, channels::rerun(ctx, &run.id)));
                let cancel = if run.finished_status() {
                    Err(format!("it has ended: {}", run.status.word()))
                } else {
                    may(Action::Cancel)
                };
                offers.push(Offer::of(Action::Cancel, cancel));
            }
            None => offers.push(Offer::ready(Action::Start)),
        }
        if let Some(row) = self.stream() {
            offers.push(Offer::of(Action::Promote, channels::meant(ctx, row).map(|_| ())));
        }
        offers.push(Offer::ready(Action::Filter));
        if self.cursor.id().is_some() {
            offers.push(Offer::ready(Action::Copy));
        }
        offers.extend([Action::Releases, Action::Health].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if self.cursor.step(action, &self.keys, usize::from(ctx.area.height / 2)) {
            return Intent::Stay;
        }
        match action {
            Action::Open => match self.cursor.id() {
                Some(Row::Item(_, Subject::Endpoint(_), _)) => Intent::Go(Route::Health),
                // An alarm is a promotion's; its checklist says what happened.
                Some(Row::Item(Urgency::Release, Subject::Run(id), _)) => {
                    Intent::Go(Route::Promote(PromoteFrom::Sent(id.clone())))
                }
                Some(Row::Item(_, Subject::Run(id), _)) => Intent::Go(Route::Run(id.clone())),
                Some(Row::Item(Urgency::Release, Subject::Stream(name), _)) => self.rejected(name, ctx.world),
                Some(Row::Item(_, Subject::Stream(name), _) | Row::Stream(name)) => {
                    Intent::Go(Route::Stream(name.clone()))
                }
                None => Intent::Stay,
            },
            Action::Start => Intent::Go(self.start(ctx.world)),
            Action::Rerun => self.run_id().map_or(Intent::Stay, |id| Intent::Go(Route::Start(StartFrom::Rerun(id)))),
            Action::Log => self.run_id().map_or(Intent::Stay, |id| Intent::Go(Route::whole_log(&id))),
            Action::Promote => match self.stream() {
                Some(row) => channels::promote_row(ctx, row),
                None => Intent::Pass,
            },
            Action::Cancel => self.run_id().map_or(Intent::Stay, overlays::cancel::open),
            Action::Copy => match self.cursor.id() {
                Some(row) => Intent::Do(vec![Effect::Copy(row.name())]),
                None => Intent::Stay,
            },
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        view::draw(&self.facts, &self.cursor, &self.filter, ctx, area, buf);
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        view::cursor(&self.facts, &self.cursor, &self.filter, ctx, area)
    }
}
