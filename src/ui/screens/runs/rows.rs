//! The rows in their order: what scope and filter let through.
//!
//! Invariant: `ids` is sorted by the keys in `keys`, and holds exactly the runs in scope that the filter keeps. A few
//! changed runs are taken out and put in by binary search; many are merged in one pass.

use super::order::{Key, Order};
use crate::parts::filter_line::FilterLine;
use crate::parts::text::width;
use crate::screen::Ctx;
use std::collections::HashMap;
use weir_domain::{Run, RunId, Status};

/// More changed runs than this are quicker merged as a whole.
const FEW: usize = 32;

/// How wide the longest text of a column is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Widths {
    pub name: u16,
    pub pipeline: u16,
    pub what: u16,
    pub starter: u16,
    pub place: u16,
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub order: Order,
    ids: Vec<RunId>,
    keys: HashMap<RunId, Key>,
    /// By status, of the rows.
    counts: [usize; 8],
    statuses: HashMap<RunId, Status>,
    /// Runs in scope, filtered or not.
    pub all: usize,
    pub widths: Widths,
}

impl Rows {
    pub fn ids(&self) -> &[RunId] {
        &self.ids
    }

    /// What is worth saying: running, pending, failed, timed out, those that are there.
    pub fn counts(&self) -> impl Iterator<Item = (Status, usize)> {
        [Status::Running, Status::Pending, Status::Failed, Status::TimedOut]
            .into_iter()
            .map(|status| (status, self.counts[status as usize]))
            .filter(|(_, many)| *many > 0)
    }

    pub fn gather(&mut self, ctx: &Ctx<'_>, filter: &FilterLine) {
        self.counts = [0; 8];
        self.widths = Widths::default();
        self.statuses.clear();
        self.all = 0;
        let mut keys: Vec<Key> = Vec::with_capacity(ctx.world.runs.len());
        for run in ctx.world.runs.values().filter(|run| ctx.scope.holds(&run.id.cluster, &run.id.namespace)) {
            self.all += 1;
            if keeps(filter, run) {
                self.note(run);
                keys.push(self.order.key(run));
            }
        }
        keys.sort_unstable();
        self.ids = keys.iter().map(|key| key.id.clone()).collect();
        self.keys = keys.into_iter().map(|key| (key.id.clone(), key)).collect();
    }

    pub fn touch(&mut self, touched: &[RunId], ctx: &Ctx<'_>, filter: &FilterLine) {
        if touched.len() > FEW {
            self.merge(touched, ctx, filter);
        } else {
            for id in touched {
                if let Some(key) = self.forget(id)
                    && let Ok(at) = self.place(&key)
                {
                    self.ids.remove(at);
                }
                if let Some(run) = shown(id, ctx, filter) {
                    let key = self.order.key(run);
                    let at = self.place(&key).unwrap_or_else(|at| at);
                    self.ids.insert(at, id.clone());
                    self.keys.insert(id.clone(), key);
                    self.note(run);
                }
            }
        }
        self.all = if ctx.scope.all() {
            ctx.world.runs.len()
        } else {
            ctx.world.runs.keys().filter(|id| ctx.scope.holds(&id.cluster, &id.namespace)).count()
        };
    }

    /// Many at once, such as a page of a list: they are sorted among themselves and merged with the rest.
    fn merge(&mut self, touched: &[RunId], ctx: &Ctx<'_>, filter: &FilterLine) {
        let mut known = false;
        for id in touched {
            known |= self.forget(id).is_some();
        }
        if known {
            self.ids.retain(|id| self.keys.contains_key(id));
        }
        let mut keys: Vec<Key> = Vec::with_capacity(touched.len());
        for run in touched.iter().filter_map(|id| shown(id, ctx, filter)) {
            // The same run may be named twice.
            if !self.statuses.contains_key(&run.id) {
                self.note(run);
                keys.push(self.order.key(run));
            }
        }
        keys.sort_unstable();
        let mut merged = Vec::with_capacity(self.ids.len() + keys.len());
        let mut old = std::mem::take(&mut self.ids).into_iter().peekable();
        for key in keys {
            while let Some(id) = old.next_if(|id| self.keys.get(id).is_some_and(|known| *known < key)) {
                merged.push(id);
            }
            merged.push(key.id.clone());
            self.keys.insert(key.id.clone(), key);
        }
        merged.extend(old);
        self.ids = merged;
    }

    /// Takes a run out of everything but the rows.
    fn forget(&mut self, id: &RunId) -> Option<Key> {
        if let Some(status) = self.statuses.remove(id) {
            self.counts[status as usize] -= 1;
        }
        self.keys.remove(id)
    }

    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.ids.binary_search_by(|id| match self.keys.get(id) {
            Some(known) => known.cmp(key),
            // The key being placed: it was taken out of the map before its row.
            None => id.cmp(&key.id),
        })
    }

    fn note(&mut self, run: &Run) {
        self.counts[run.status as usize] += 1;
        self.statuses.insert(run.id.clone(), run.status);
        let widths = &mut self.widths;
        widths.name = widths.name.max(width(&run.id.name) as u16);
        widths.pipeline = widths.pipeline.max(width(run.pipeline_name()) as u16);
        widths.what = widths.what.max(width(&run.what()) as u16);
        widths.starter = widths.starter.max(width(&run.starter.words()) as u16);
        let place = width(run.id.cluster.as_str()) + 1 + width(run.id.namespace.as_str());
        widths.place = widths.place.max(place as u16);
    }
}

/// The run, when scope and filter let it through.
fn shown<'a>(id: &RunId, ctx: &Ctx<'a>, filter: &FilterLine) -> Option<&'a Run> {
    let run = ctx.world.run(id)?;
    (ctx.scope.holds(&id.cluster, &id.namespace) && keeps(filter, run)).then_some(run)
}

fn keeps(filter: &FilterLine, run: &Run) -> bool {
    if !filter.holds() {
        return true;
    }
    let (what, starter) = (run.what(), run.starter.words());
    let fields = [
        &*run.id.name,
        run.pipeline_name(),
        &what,
        run.status.word(),
        &run.reason,
        run.id.cluster.as_str(),
        run.id.namespace.as_str(),
        &starter,
    ];
    filter.keeps(&fields, &run.labels)
}
