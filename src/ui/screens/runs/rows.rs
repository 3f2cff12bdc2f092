//! The rows in their order: what scope and filter let through.
//!
//! Invariant: `ids` is sorted by the keys in `keys`, and holds exactly the runs in scope that the filter keeps. A few
//! changed runs are taken out and put in by binary search; many make a new list.

use super::order::{Key, Order};
use crate::parts::filter_line::FilterLine;
use crate::parts::text::width;
use crate::screen::Ctx;
use std::collections::HashMap;
use weir_domain::{Run, RunId, Status};

/// More changed runs than this are quicker sorted anew.
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
            return self.gather(ctx, filter);
        }
        for id in touched {
            if let Some(key) = self.keys.remove(id) {
                if let Ok(at) = self.place(&key) {
                    self.ids.remove(at);
                }
                if let Some(status) = self.statuses.remove(id) {
                    self.counts[status as usize] -= 1;
                }
            }
            let Some(run) = ctx.world.run(id) else { continue };
            if ctx.scope.holds(&id.cluster, &id.namespace) && keeps(filter, run) {
                let key = self.order.key(run);
                let at = self.place(&key).unwrap_or_else(|at| at);
                self.ids.insert(at, id.clone());
                self.keys.insert(id.clone(), key);
                self.note(run);
            }
        }
        self.all = if ctx.scope.all() {
            ctx.world.runs.len()
        } else {
            ctx.world.runs.keys().filter(|id| ctx.scope.holds(&id.cluster, &id.namespace)).count()
        };
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
