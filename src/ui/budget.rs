//! What is forgotten: above the budget, what no page names and no stream keeps live, the largest first; never what is on screen.

use crate::model::Model;
use weir_domain::log::LogId;
use weir_domain::{RunId, Watch};

/// Details and task lists that are kept for a quick way back.
const KEPT_DETAILS: usize = 64;

impl Model {
    pub(crate) fn forget(&mut self) {
        self.forget_logs();
        let live = |watch: &Watch| self.named.contains(watch) || self.left.contains_key(watch);
        let world = &self.around.world;
        if world.details.len() > KEPT_DETAILS {
            let idle: Vec<RunId> =
                world.details.keys().filter(|id| !live(&Watch::Detail((*id).clone()))).cloned().collect();
            let over = world.details.len() - KEPT_DETAILS;
            idle.iter().take(over).for_each(|id| {
                self.around.world.details.remove(id);
            });
        }
        let live = |watch: &Watch| self.named.contains(watch) || self.left.contains_key(watch);
        let world = &self.around.world;
        if world.tasks.len() > KEPT_DETAILS {
            let idle: Vec<RunId> =
                world.tasks.keys().filter(|id| !live(&Watch::Tasks((*id).clone()))).cloned().collect();
            for id in idle {
                self.around.world.tasks.remove(&id);
            }
        }
    }

    /// A log in use is bounded by itself and says what it dropped; closed ones go whole.
    fn forget_logs(&mut self) {
        let world = &self.around.world;
        let mut held: usize = world.logs.values().map(|slice| slice.log.held()).sum();
        if held <= self.around.settings.log_budget {
            return;
        }
        let on_page =
            |id: &LogId| self.pages.iter().any(|page| page.screen.watches(world).contains(&Watch::Log(id.clone())));
        let mut idle: Vec<(usize, LogId)> = world
            .logs
            .iter()
            .filter(|(id, _)| !on_page(id) && !self.left.contains_key(&Watch::Log((*id).clone())))
            .map(|(id, slice)| (slice.log.held(), id.clone()))
            .collect();
        idle.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        for (bytes, id) in idle {
            if held <= self.around.settings.log_budget {
                break;
            }
            self.around.world.logs.remove(&id);
            held -= bytes;
        }
    }
}
