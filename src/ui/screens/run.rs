//! One run: what broke first, the tasks in the order of the graph, and beside them the graph, the timeline, what it was
//! given and what the cluster says.
//!
//! Invariant: the selected row is a task, an attempt or a step by its name; news never move the selection to another.

mod beside;
mod facts;
mod graph;
mod head;
mod rows;
mod tail;
mod timeline;

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::overlays;
use crate::parts::cursor::Cursor;
use crate::parts::panel;
use crate::route::{PromoteFrom, Route, StartFrom};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Live, Touched, World};
use facts::Fact;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use rows::{Place, Row};
use std::collections::BTreeMap;
use std::sync::Arc;
use tail::Tail;
use weir_domain::log::LogId;
use weir_domain::why::{Why, why};
use weir_domain::{ClusterName, Detail, Namespace, RunId, Status, Watch};

/// From this width on, two halves.
const WIDE: u16 = 140;
/// From this height on, more of the failing step's last lines.
const TALL: u16 = 36;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    Tasks,
    Graph,
    Timeline,
    Given,
    Events,
}

impl Pane {
    const ALL: [Pane; 5] = [Pane::Tasks, Pane::Given, Pane::Events, Pane::Graph, Pane::Timeline];
    /// Beside the tasks, which stay in sight.
    const BESIDE: [Pane; 4] = [Pane::Graph, Pane::Timeline, Pane::Given, Pane::Events];

    fn title(self) -> &'static str {
        match self {
            Pane::Tasks => "tasks",
            Pane::Graph => "graph",
            Pane::Timeline => "timeline",
            Pane::Given => "parameters",
            Pane::Events => "events",
        }
    }

    fn list(self) -> bool {
        matches!(self, Pane::Given | Pane::Events)
    }
}

#[derive(Debug)]
pub(crate) struct Run {
    id: RunId,
    pane: Pane,
    rows: Vec<Row>,
    places: Vec<Place>,
    cursor: Cursor<Place>,
    /// Which tasks the operator has opened or folded.
    folds: BTreeMap<Arc<str>, bool>,
    /// The selection has been put on what matters.
    aimed: bool,
    given: Vec<Fact>,
    events: Vec<Fact>,
    given_cursor: Cursor<String>,
    events_cursor: Cursor<String>,
    why: Option<Why>,
    tail: Tail,
}

impl Run {
    pub fn new(id: RunId) -> Run {
        Run {
            id,
            pane: Pane::Tasks,
            rows: Vec::new(),
            places: Vec::new(),
            cursor: Cursor::default(),
            folds: BTreeMap::new(),
            aimed: false,
            given: Vec::new(),
            events: Vec::new(),
            given_cursor: Cursor::default(),
            events_cursor: Cursor::default(),
            why: None,
            tail: Tail::default(),
        }
    }

    fn detail<'a>(&self, world: &'a World) -> Option<&'a Detail> {
        world.detail(&self.id)
    }

    /// The run's row, from the detail or from the list.
    fn run<'a>(&self, world: &'a World) -> Option<&'a weir_domain::Run> {
        self.detail(world).map(|detail| &detail.run).or_else(|| world.run(&self.id))
    }

    fn live(&self, world: &World) -> Live {
        world.details.get(&self.id).map_or(Live::Loading, |kept| kept.live.clone())
    }

    /// The pane of the right half, where there is one.
    fn beside(&self, area: Rect) -> Option<Pane> {
        let pane = if self.pane == Pane::Tasks { Pane::Graph } else { self.pane };
        (area.width >= WIDE).then_some(pane)
    }

    /// The pane that the keys move in.
    fn focus(&self, area: Rect) -> Pane {
        match self.beside(area) {
            Some(pane) if !pane.list() => Pane::Tasks,
            Some(pane) => pane,
            None => self.pane,
        }
    }

    fn next_pane(&mut self, area: Rect) {
        let (panes, here): (&[Pane], Pane) = match self.beside(area) {
            Some(pane) => (&Pane::BESIDE, pane),
            None => (&Pane::ALL, self.pane),
        };
        let at = panes.iter().position(|pane| *pane == here).unwrap_or(0);
        self.pane = panes[(at + 1) % panes.len()];
    }

    fn selected(&self) -> Option<&Row> {
        self.cursor.id().and_then(|id| self.rows.iter().find(|row| row.place == *id))
    }

    fn relist(&mut self, ctx: &Ctx<'_>) {
        let Some(detail) = self.detail(ctx.world) else { return };
        self.rows = rows::rows(detail, &self.folds);
        self.places = self.rows.iter().map(|row| row.place.clone()).collect();
        self.why = why(detail);
        self.given = facts::given(detail, ctx);
        self.events = facts::events(detail);
        if !self.aimed && !self.rows.is_empty() {
            self.aimed = true;
            if let Some(place) = self.aim(detail.run.status) {
                self.cursor.select(&self.places, &place);
            }
        }
        self.cursor.settle(&self.places, false);
        self.given_cursor.settle(&facts::keys(&self.given), false);
        self.events_cursor.settle(&facts::keys(&self.events), false);
    }

    /// The row to look at first: the step that failed, else the task, else what runs.
    fn aim(&self, status: Status) -> Option<Place> {
        let running = || self.rows.iter().find(|row| row.status == Status::Running).map(|row| row.place.clone());
        let Some(why) = &self.why else { return if status.finished() { None } else { running() } };
        let task = why.task.as_deref()?;
        let step = self.rows.iter().find(|row| {
            matches!(&row.place, Place::Step(own, _, step) if **own == *task && why.step.as_deref() == Some(&**step))
        });
        step.or_else(|| self.rows.iter().find(|row| **row.place.task() == *task)).map(|row| row.place.clone())
    }

    fn log_of_selected(&self) -> Result<Route, String> {
        match self.selected() {
            None => Err("no task is selected".into()),
            Some(row) if !row.log && row.status == Status::Skipped => Err("it did not run, so it has no log".into()),
            Some(row) if !row.log => Err("it has not started".into()),
            Some(row) => Ok(Route::Log(LogId { run: self.id.clone(), part: row.place.log() })),
        }
    }

    fn may(&self, action: Action, ctx: &Ctx<'_>) -> Result<(), String> {
        match (action, self.run(ctx.world)) {
            (Action::Cancel, Some(run)) if run.status.finished() => Err(format!("it has ended: {}", run.status.word())),
            (_, None) => Err(format!("asking {}", self.id.cluster)),
            _ => ctx.may(action, &self.id.cluster, &self.id.namespace),
        }
    }

    /// Whether it is a promotion of weir's, with a checklist.
    fn promotes(&self, ctx: &Ctx<'_>) -> bool {
        self.run(ctx.world).is_some_and(|run| run.label("weir/plan-id").is_some())
    }

    fn fold(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Some(task) = self.cursor.id().map(|place| place.task().clone()) else { return Intent::Stay };
        let open = self.rows.iter().any(|row| row.depth > 0 && row.place.task() == &task);
        self.folds.insert(task.clone(), !open);
        self.relist(ctx);
        self.cursor.select(&self.places, &Place::Task(task));
        Intent::Stay
    }

    fn step_in(&mut self, action: Action, ctx: &Ctx<'_>) -> bool {
        let halves = head::layout(self, ctx, ctx.area);
        match self.focus(ctx.area) {
            Pane::Given => {
                let height = usize::from(facts::list_area(halves.list(self.beside(ctx.area).is_some())).height);
                self.given_cursor.step(action, &facts::keys(&self.given), height)
            }
            Pane::Events => {
                let height = usize::from(facts::list_area(halves.list(self.beside(ctx.area).is_some())).height);
                self.events_cursor.step(action, &facts::keys(&self.events), height)
            }
            _ => {
                let height = usize::from(halves.left.height.saturating_sub(1));
                self.cursor.step(action, &self.places, height)
            }
        }
    }

    fn fact(&self, area: Rect) -> Option<&Fact> {
        let (facts, cursor) = match self.focus(area) {
            Pane::Given => (&self.given, &self.given_cursor),
            Pane::Events => (&self.events, &self.events_cursor),
            _ => return None,
        };
        facts.iter().find(|fact| Some(&fact.key) == cursor.id())
    }
}

impl Screen for Run {
    fn title(&self, _world: &World) -> String {
        format!("Runs › {}", self.id.name)
    }

    fn watches(&self, world: &World) -> Vec<Watch> {
        let mut watches = vec![Watch::Detail(self.id.clone())];
        watches.extend(self.detail(world).and_then(tail::log_of).map(Watch::Log));
        watches
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.run(&self.id) {
            self.relist(ctx);
        }
        let log = self.detail(ctx.world).and_then(tail::log_of);
        if log.as_ref().is_none_or(|log| touched.log_of(log)) || touched.run(&self.id) {
            self.tail = Tail::of(log, ctx.world, if ctx.area.height < TALL { 3 } else { 9 });
        }
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let logs = |action, may: Result<(), String>| Offer::of(action, may.and_then(|()| self.may(Action::Log, ctx)));
        let mut offers = Vec::new();
        if self.focus(ctx.area) == Pane::Tasks && !self.rows.is_empty() {
            offers.push(logs(Action::Open, self.log_of_selected().map(|_| ())));
        }
        if self.promotes(ctx) {
            offers.push(Offer::ready(Action::Promote));
        }
        offers.extend([
            logs(Action::Log, Ok(())),
            Offer::of(Action::Rerun, self.may(Action::Rerun, ctx).and_then(|()| channels::rerun(ctx, &self.id))),
            Offer::of(Action::Cancel, self.may(Action::Cancel, ctx)),
            Offer::ready(Action::Pane),
            Offer::ready(Action::Yaml),
            Offer::ready(Action::Copy),
            Offer::ready(Action::Menu),
            Offer::ready(Action::CopyAll),
        ]);
        if self.focus(ctx.area) == Pane::Tasks {
            offers.push(Offer::ready(Action::Fold));
        }
        offers.push(Offer::of(Action::Delete, self.may(Action::Delete, ctx)));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if self.step_in(action, ctx) {
            return Intent::Stay;
        }
        match action {
            Action::Open if self.focus(ctx.area) == Pane::Tasks => match self.log_of_selected() {
                Ok(route) => Intent::Go(route),
                Err(why) => Intent::Say(why),
            },
            Action::Open => Intent::Stay,
            Action::Pane => {
                self.next_pane(ctx.area);
                Intent::Stay
            }
            Action::Log => Intent::Go(Route::whole_log(&self.id)),
            Action::Yaml => Intent::Go(Route::Object(self.id.clone())),
            Action::Rerun => Intent::Go(Route::Start(StartFrom::Rerun(self.id.clone()))),
            Action::Promote if self.promotes(ctx) => Intent::Go(Route::Promote(PromoteFrom::Sent(self.id.clone()))),
            Action::Cancel => overlays::cancel::open(self.id.clone()),
            Action::Delete => overlays::delete::open(&self.id, ctx),
            Action::Fold if self.focus(ctx.area) == Pane::Tasks => self.fold(ctx),
            Action::Copy => {
                let text = self.fact(ctx.area).map_or_else(|| self.id.name.to_string(), |fact| fact.value.clone());
                Intent::Do(vec![Effect::Copy(text)])
            }
            Action::CopyAll => Intent::Do(vec![Effect::Copy(head::summary(self, ctx))]),
            _ => Intent::Pass,
        }
    }

    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        Some((self.id.cluster.clone(), self.id.namespace.clone()))
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let parts = head::layout(self, ctx, area);
        head::view(self, ctx, &parts, buf);
        let Some(detail) = self.detail(ctx.world) else {
            let empty = "There is nothing to show of this run.";
            panel::nothing(ctx, parts.below(), &self.live(ctx.world), self.id.cluster.as_str(), empty, buf);
            return;
        };
        let dim = !matches!(self.live(ctx.world), Live::Fresh(_));
        match self.beside(area) {
            Some(pane) => {
                head::tasks(self, ctx, parts.left, dim, buf);
                beside::view(self, ctx, detail, pane, parts.right, dim, buf);
            }
            None if self.pane == Pane::Tasks => head::tasks(self, ctx, parts.left, dim, buf),
            None => beside::view(self, ctx, detail, self.pane, parts.left, dim, buf),
        }
    }
}
