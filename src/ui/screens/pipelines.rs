//! The Pipelines to choose from before a start, with those that never ran. Which publish is marked.

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::parts::badge::{status_role, status_text};
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::nothing;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::Cut;
use crate::parts::when::age;
use crate::route::{Route, StartFrom};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::words::clusters_asked;
use crate::world::{Live, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::collections::HashMap;
use weir_domain::text::clean_line;
use weir_domain::{ClusterName, Namespace, Pipeline, PipelineId, Run, RunId, Watch};

#[derive(Debug, Default)]
pub(crate) struct Pipelines {
    cursor: Cursor<PipelineId>,
    filter: FilterLine,
    rows: Vec<PipelineId>,
    /// Pipelines in scope, before the filter.
    all: usize,
    newest: HashMap<PipelineId, RunId>,
}

/// Caption and column titles.
const ABOVE: u16 = 2;

impl Pipelines {
    pub fn new() -> Pipelines {
        Pipelines::default()
    }

    /// The newest run of each Pipeline, in one pass.
    fn find_newest(&mut self, ctx: &Ctx<'_>) {
        let mut newest: HashMap<(&ClusterName, &Namespace, &str), &Run> = HashMap::new();
        for run in ctx.world.runs.values() {
            let held = newest.entry((&run.id.cluster, &run.id.namespace, run.pipeline_name())).or_insert(run);
            if run.created.or(run.started) > held.created.or(held.started) {
                *held = run;
            }
        }
        let pipelines = ctx.world.pipelines.keys();
        self.newest = pipelines
            .filter_map(|id| {
                let run = newest.get(&(&id.cluster, &id.namespace, &*id.name))?;
                Some((id.clone(), run.id.clone()))
            })
            .collect();
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        let holds = |id: &&PipelineId| ctx.scope.holds(&id.cluster, &id.namespace);
        self.all = ctx.world.pipelines.keys().filter(holds).count();
        let keeps = |id: &&PipelineId| self.filter.keeps(&[&id.name, id.namespace.as_str(), id.cluster.as_str()], &[]);
        self.rows = ctx.world.pipelines.keys().filter(holds).filter(keeps).cloned().collect();
        self.cursor.settle(&self.rows, !ctx.world.pipelines.complete());
    }

    fn live(&self, ctx: &Ctx<'_>) -> Live {
        ctx.world.pipelines_live(|cluster| ctx.scope.holds_cluster(cluster))
    }

    fn run<'a>(&self, id: &PipelineId, world: &'a World) -> Option<&'a Run> {
        world.run(self.newest.get(id)?)
    }

    fn cells<'a>(&self, pipeline: &'a Pipeline, ctx: &Ctx<'a>) -> [Cell<'a>; 7] {
        let run = self.run(&pipeline.id, ctx.world);
        let (last, role) = match run {
            Some(run) => (status_text(run.status, ctx.glyphs), status_role(run.status)),
            None => (without_runs(&pipeline.id, ctx).to_string(), Role::Dim),
        };
        [
            Cell::new(&*pipeline.id.name),
            Cell::role(format!("{}/{}", pipeline.id.cluster, pipeline.id.namespace), Role::Dim),
            Cell::role(last, role),
            Cell::new(run.map_or_else(String::new, |run| age(run.finished.or(run.since()), ctx.now))),
            Cell::role(if publishes(pipeline, ctx) { "publishes" } else { "" }, Role::Warning),
            Cell::role(pipeline.params.len().to_string(), Role::Dim),
            Cell::role(clean_line(&pipeline.description), Role::Dim),
        ]
    }
}

/// By its tasks, or because the config says that it fills a channel.
fn publishes(pipeline: &Pipeline, ctx: &Ctx<'_>) -> bool {
    pipeline.publishes() || channels::fills(ctx, &pipeline.id)
}

/// What an absent run means: a clean-up deletes earlier ones, and a list that is not whole says nothing.
fn without_runs(id: &PipelineId, ctx: &Ctx<'_>) -> &'static str {
    let world = ctx.world;
    let whole = world.runs.parts().any(|((cluster, namespace), part)| {
        *cluster == id.cluster && part.complete && namespace.as_ref().is_none_or(|namespace| *namespace == id.namespace)
    });
    let cleaned = world.clean_ups.get(&id.cluster).into_iter().flatten().any(|found| found.namespace == id.namespace);
    match (whole, cleaned) {
        (false, _) => "-",
        (true, true) => "none left",
        (true, false) => "never run",
    }
}

impl Screen for Pipelines {
    fn title(&self, _world: &World) -> String {
        "Pipelines".into()
    }

    fn watches(&self, world: &World) -> Vec<Watch> {
        let clusters = world.clusters().filter(|endpoint| endpoint.live()).map(|endpoint| endpoint.cluster());
        clusters.flat_map(|cluster| [Watch::Pipelines(cluster.clone()), Watch::CleanUps(cluster)]).collect()
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.any_run() || touched.pipelines {
            self.find_newest(ctx);
        }
        if touched.everything || touched.pipelines {
            self.gather(ctx);
            if touched.everything {
                self.cursor.rest(&self.rows);
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
        self.gather(ctx);
        self.cursor.rest(&self.rows);
    }

    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        self.cursor.id().map(|id| (id.cluster.clone(), id.namespace.clone()))
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if let Some(id) = self.cursor.id() {
            let closed = ctx.world.pipelines.get(id).is_some_and(|pipeline| publishes(pipeline, ctx));
            let may = |action| match closed {
                true => Err(format!("it publishes: {} on a release promotes", ctx.keymap.shown(Action::Promote))),
                false => ctx.may(action, &id.cluster, &id.namespace),
            };
            offers.push(Offer::ready(Action::Open));
            offers.push(Offer::of(Action::Start, may(Action::Start)));
            let rerun = match self.run(id, ctx.world) {
                Some(_) => may(Action::Rerun),
                None => Err("it has no run".into()),
            };
            offers.push(Offer::of(Action::Rerun, rerun));
            offers.push(Offer::ready(Action::Copy));
        }
        offers.extend([Action::Filter, Action::Runs, Action::Back].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(ctx.area.height.saturating_sub(ABOVE));
        if self.cursor.step(action, &self.rows, height) {
            return Intent::Stay;
        }
        match (action, self.cursor.id()) {
            (Action::Open | Action::Start, Some(id)) => Intent::Go(Route::Start(StartFrom::Pipeline(id.clone()))),
            (Action::Rerun, Some(id)) => match self.newest.get(id) {
                Some(run) => Intent::Go(Route::Start(StartFrom::Rerun(run.clone()))),
                None => Intent::Stay,
            },
            (Action::Copy, Some(id)) => Intent::Do(vec![Effect::Copy(id.name.to_string())]),
            (Action::Open | Action::Start | Action::Rerun | Action::Copy, None) => Intent::Stay,
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let live = self.live(ctx);
        let whom = clusters_asked(ctx);
        let words =
            if self.all == 0 { String::new() } else { self.filter.words(self.rows.len(), self.all, "Pipeline") };
        self.filter.caption(ctx, area, area.y, &Said { words: &words, live: &live, whom: &whom }, buf);
        let body = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
        if self.rows.is_empty() {
            let below = Rect { y: body.y + body.height.min(1), height: body.height.saturating_sub(1), ..body };
            let (live, empty) = if self.all > 0 {
                (Live::Fresh(ctx.now), "No Pipeline matches. Esc takes the filter away.".to_string())
            } else {
                let place = if ctx.scope.all() { "the clusters".to_string() } else { ctx.scope.words() };
                (live, format!("There are no Pipelines in {place} that you may see."))
            };
            nothing(ctx, below, &live, &whom, &empty, buf);
            return;
        }
        let columns = [
            Column::new("PIPELINE", 18, 40, 0).cut(Cut::Middle),
            Column::new("WHERE", 12, 30, 2),
            Column::new("LAST RUN", 11, 11, 1),
            Column::new("AGE", 4, 4, 1).right(),
            Column::new("", 9, 9, 0),
            Column::new("PARAMETERS", 10, 10, 4).right(),
            Column::new("DESCRIPTION", 20, 90, 3),
        ];
        let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
        table.header(body, body.y, None, buf);
        let height = usize::from(body.height.saturating_sub(1));
        for (line, index) in self.cursor.window(self.rows.len(), height).enumerate() {
            let Some(pipeline) = ctx.world.pipelines.get(&self.rows[index]) else { continue };
            let look = RowLook { selected: self.cursor.at(index), marked: false, dim: live.lost() };
            table.row(body, body.y + 1 + line as u16, &self.cells(pipeline, ctx), look, buf);
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        let live = self.live(ctx);
        let whom = clusters_asked(ctx);
        self.filter.cursor(ctx, area, area.y, &Said { words: "", live: &live, whom: &whom })
    }
}
