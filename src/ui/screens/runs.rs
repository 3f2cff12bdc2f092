//! All runs of all clusters in scope, live.
//!
//! The rows are kept sorted and filtered as news arrive; drawing touches only the rows on screen.

mod columns;
mod order;
mod rows;

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::overlays;
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::{caption_with, nothing};
use crate::parts::table::{RowLook, Table};
use crate::route::{Route, StartFrom};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::words::clusters_asked;
use crate::world::{Live, Touched, World};
use order::Order;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use rows::Rows;
use std::collections::BTreeSet;
use weir_domain::{ClusterName, Namespace, PipelineId, Run, RunId, Status, Watch};

/// The current task is watched for so many unfinished runs on screen.
const WATCHED: usize = 20;
/// Caption and column titles.
const HEAD: u16 = 2;

#[derive(Debug, Default)]
pub(crate) struct Runs {
    rows: Rows,
    cursor: Cursor<RunId>,
    filter: FilterLine,
    marked: BTreeSet<RunId>,
    /// The unfinished ones on screen.
    watched: Vec<RunId>,
}

impl Runs {
    pub fn new() -> Runs {
        Runs::default()
    }

    fn height(ctx: &Ctx<'_>) -> usize {
        usize::from(ctx.area.height.saturating_sub(HEAD))
    }

    fn selected<'a>(&self, world: &'a World) -> Option<&'a Run> {
        world.run(self.cursor.id()?)
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        self.rows.gather(ctx, &self.filter);
        self.cursor.settle(self.rows.ids(), ctx.world.runs.loading());
        self.cursor.rest(self.rows.ids());
        self.settle(ctx);
    }

    /// After the rows changed: the selection again, and what is watched on screen.
    fn settle(&mut self, ctx: &Ctx<'_>) {
        self.cursor.settle(self.rows.ids(), ctx.world.runs.loading());
        self.marked.retain(|id| ctx.world.run(id).is_some());
        self.look(ctx);
    }

    fn look(&mut self, ctx: &Ctx<'_>) {
        let window = self.cursor.window(self.rows.ids().len(), Runs::height(ctx));
        let ids = self.rows.ids()[window].iter();
        let unfinished = ids.filter(|id| {
            let status = ctx.world.run(id).map(|run| run.status);
            matches!(status, Some(Status::Running | Status::Pending | Status::Unknown))
        });
        self.watched = unfinished.take(WATCHED).cloned().collect();
    }

    fn live(ctx: &Ctx<'_>) -> Live {
        ctx.world.runs_live(|cluster| ctx.scope.holds_cluster(cluster))
    }

    fn words(&self, ctx: &Ctx<'_>) -> String {
        let rows = &self.rows;
        let mut words = self.filter.words(rows.ids().len(), rows.all, "run");
        let partly: Vec<&str> = unseen(ctx).map(|(cluster, _)| cluster).collect();
        if !partly.is_empty() {
            words.push_str(&format!(", not all of {}", partly.join(", ")));
        }
        if let Some((have, of)) = reading(ctx) {
            words.push_str(&format!(", {have} of {of} read"));
        }
        for (status, many) in rows.counts() {
            words.push_str(&format!(" {} {many} {}", ctx.glyphs.dot, status.word()));
        }
        if !self.marked.is_empty() {
            words.push_str(&format!(" {} {} marked", ctx.glyphs.dot, self.marked.len()));
        }
        if rows.order != Order::default() {
            words.push_str(&format!("  sort: {}", rows.order.name()));
        }
        words
    }

    fn said<T>(&self, ctx: &Ctx<'_>, then: impl FnOnce(&Said<'_>) -> T) -> T {
        let (words, live, whom) = (self.words(ctx), Runs::live(ctx), clusters_asked(ctx));
        then(&Said { words: &words, live: &live, whom: &whom })
    }

    /// The marked ones, else the selected one.
    fn chosen(&self) -> Vec<RunId> {
        if self.marked.is_empty() {
            self.cursor.id().cloned().into_iter().collect()
        } else {
            self.rows.ids().iter().filter(|id| self.marked.contains(id)).cloned().collect()
        }
    }

    fn copied(&self, ctx: &Ctx<'_>, whole: bool) -> Intent {
        let lines: Vec<String> = self
            .chosen()
            .iter()
            .filter_map(|id| ctx.world.run(id))
            .map(|run| if whole { columns::line(run, ctx) } else { run.id.name.to_string() })
            .collect();
        if lines.is_empty() { Intent::Stay } else { Intent::Do(vec![Effect::Copy(lines.join("\n"))]) }
    }

    fn empty(&self, ctx: &Ctx<'_>) -> String {
        let start = ctx.keymap.shown(Action::Start);
        if self.filter.holds() {
            return "No run matches the filter. Esc clears it.".into();
        }
        let place = if ctx.scope.all() { String::new() } else { format!(" in {}", ctx.scope.words()) };
        let mut words = format!("No runs{place}. `{start}` starts one.");
        for (cluster, sentences) in unseen(ctx) {
            words.push_str(&format!("\nNot seen on {cluster}: {}.", sentences.join("; ")));
        }
        let clean_ups = ctx.world.clean_ups.iter().filter(|(cluster, _)| ctx.scope.holds_cluster(cluster));
        for clean_up in clean_ups.flat_map(|(_, all)| all) {
            if let Some(last) = clean_up.last {
                let age = weir_domain::age_text(last, ctx.now);
                words.push_str(&format!(
                    "\nThe CronJob {} in {} last ran {age} ago: earlier runs are deleted, not absent.",
                    clean_up.name, clean_up.namespace
                ));
            }
        }
        words
    }
}

/// The clusters in scope of which something cannot be seen, and what.
fn unseen<'a>(ctx: &Ctx<'a>) -> impl Iterator<Item = (&'a str, &'a [String])> {
    let scope = ctx.scope;
    let seen = ctx.world.clusters().filter(move |e| !e.unseen.is_empty() && scope.holds_cluster(&e.cluster()));
    seen.map(|endpoint| (endpoint.name.as_str(), endpoint.unseen.as_slice()))
}

/// Objects read so far and to read, in the parts that load.
fn reading(ctx: &Ctx<'_>) -> Option<(u64, u64)> {
    let parts = ctx.world.runs.parts().filter_map(|(_, part)| part.progress);
    parts.fold(None, |sum, (have, of)| {
        let (read, all) = sum.unwrap_or((0, 0));
        Some((read + have, all + of.unwrap_or(have)))
    })
}

impl Screen for Runs {
    fn title(&self, _world: &World) -> String {
        "Runs".into()
    }

    fn watches(&self, world: &World) -> Vec<Watch> {
        let clean_ups = world.clusters().filter(|e| e.live()).map(|e| Watch::CleanUps(e.cluster()));
        clean_ups.chain(self.watched.iter().cloned().map(Watch::Tasks)).collect()
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything {
            self.gather(ctx);
        } else if !touched.runs.is_empty() {
            self.rows.touch(&touched.runs, ctx, &self.filter);
            self.settle(ctx);
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
    }

    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        self.cursor.id().map(|id| (id.cluster.clone(), id.namespace.clone()))
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if let Some(run) = self.selected(ctx.world) {
            let may = |action| ctx.may(action, &run.id.cluster, &run.id.namespace);
            let ended = |may: Result<(), String>| {
                if run.finished_status() { Err(format!("it has ended: {}", run.status.word())) } else { may }
            };
            offers.push(Offer::ready(Action::Open));
            offers.push(Offer::of(Action::Log, may(Action::Log)));
            offers.push(Offer::of(Action::Start, may(Action::Start)));
            offers.push(Offer::of(Action::Rerun, channels::rerun(ctx, &run.id)));
            offers.push(Offer::of(Action::Cancel, ended(may(Action::Cancel))));
            offers.push(Offer::ready(Action::Mark));
            offers.push(Offer::ready(Action::Filter));
            offers.push(Offer::ready(Action::Menu));
            offers.push(Offer::ready(Action::Sort));
            offers.push(Offer::ready(Action::Copy));
            offers.push(Offer::ready(Action::CopyAll));
            offers.push(Offer::ready(Action::Yaml));
            offers.push(Offer::of(Action::Delete, may(Action::Delete)));
        } else {
            offers.extend([Action::Start, Action::Filter, Action::Sort, Action::Health].map(Offer::ready));
        }
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if self.cursor.step(action, self.rows.ids(), Runs::height(ctx)) {
            self.look(ctx);
            return Intent::Stay;
        }
        let selected = self.cursor.id().filter(|id| ctx.world.run(id).is_some()).cloned();
        let on = |then: &dyn Fn(RunId) -> Intent| selected.clone().map_or(Intent::Stay, then);
        match action {
            Action::Open => on(&|id| Intent::Go(Route::Run(id))),
            Action::Log => on(&|id| Intent::Go(Route::whole_log(&id))),
            Action::Yaml => on(&|id| Intent::Go(Route::Object(id))),
            Action::Rerun => on(&|id| Intent::Go(Route::Start(StartFrom::Rerun(id)))),
            Action::Cancel => on(&overlays::cancel::open),
            Action::Delete => on(&|id| overlays::delete::open(&id, ctx)),
            Action::Start => match self.selected(ctx.world).and_then(|run| Some((run, run.pipeline.as_deref()?))) {
                Some((run, name)) => {
                    let id = PipelineId::new(run.id.cluster.as_str(), run.id.namespace.as_str(), name);
                    Intent::Go(Route::Start(StartFrom::Pipeline(id)))
                }
                None => Intent::Go(Route::Pipelines),
            },
            Action::Mark => {
                if let Some(id) = selected
                    && !self.marked.remove(&id)
                {
                    self.marked.insert(id);
                }
                self.cursor.step(Action::Down, self.rows.ids(), Runs::height(ctx));
                self.look(ctx);
                Intent::Stay
            }
            Action::Copy => self.copied(ctx, false),
            Action::CopyAll => self.copied(ctx, true),
            Action::Sort => {
                self.rows.order = self.rows.order.next();
                self.gather(ctx);
                Intent::Stay
            }
            Action::Back if !self.marked.is_empty() => {
                self.marked.clear();
                Intent::Stay
            }
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        match crate::words::silence(ctx).filter(|_| !self.filter.typing()) {
            Some(right) => caption_with(ctx, area, area.y, &self.words(ctx), (&right, Role::Lost), buf),
            None => self.said(ctx, |said| self.filter.caption(ctx, area, area.y, said, buf)),
        }
        let body = Rect { y: area.y + HEAD.min(area.height), height: area.height.saturating_sub(HEAD), ..area };
        let ids = self.rows.ids();
        if ids.is_empty() {
            let live = Runs::live(ctx);
            return nothing(ctx, body, &live, &clusters_asked(ctx), &self.empty(ctx), buf);
        }
        let columns = columns::columns(&self.rows);
        let table = Table::new(&columns, area.width.saturating_sub(1), ctx.theme, ctx.glyphs);
        table.header(area, area.y + 1, self.rows.order.column(), buf);
        let window = self.cursor.window(ids.len(), usize::from(body.height));
        for (y, index) in (body.y..body.bottom()).zip(window) {
            let Some(run) = ctx.world.run(&ids[index]) else { continue };
            let look = RowLook {
                selected: self.cursor.at(index),
                marked: self.marked.contains(&ids[index]),
                dim: columns::old(run, ctx),
            };
            table.row(area, y, &columns::cells(run, ctx), look, buf);
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        self.said(ctx, |said| self.filter.cursor(ctx, area, area.y, said))
    }
}

#[cfg(test)]
mod tests;
