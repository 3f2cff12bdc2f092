//! What a message changed, so that a screen sorts and filters only then.

use std::collections::BTreeSet;
use weir_domain::log::LogId;
use weir_domain::{ReleaseId, RunId, StreamName};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    /// The screen comes up, or the scope is another: look at everything.
    pub everything: bool,
    pub endpoints: bool,
    /// These runs are new, changed or gone.
    pub runs: Vec<RunId>,
    pub tasks: BTreeSet<RunId>,
    pub details: BTreeSet<RunId>,
    pub streams: bool,
    pub releases: BTreeSet<StreamName>,
    pub release_details: BTreeSet<ReleaseId>,
    pub promotions: BTreeSet<RunId>,
    pub logs: BTreeSet<LogId>,
    pub journal: bool,
    pub pipelines: bool,
    pub clean_ups: bool,
    /// Rights, forms, objects, payloads, plans and the like.
    pub answers: bool,
    /// The clock went on.
    pub time: bool,
}

impl Touched {
    pub fn everything() -> Touched {
        Touched { everything: true, ..Touched::default() }
    }
    pub fn endpoints() -> Touched {
        Touched { endpoints: true, ..Touched::default() }
    }
    pub fn runs(runs: Vec<RunId>) -> Touched {
        Touched { runs, ..Touched::default() }
    }
    pub fn tasks(run: RunId) -> Touched {
        Touched { tasks: [run].into(), ..Touched::default() }
    }
    pub fn detail(run: RunId) -> Touched {
        Touched { details: [run].into(), ..Touched::default() }
    }
    pub fn streams() -> Touched {
        Touched { streams: true, ..Touched::default() }
    }
    pub fn releases(stream: StreamName) -> Touched {
        Touched { releases: [stream].into(), ..Touched::default() }
    }
    pub fn release(id: ReleaseId) -> Touched {
        Touched { release_details: [id].into(), ..Touched::default() }
    }
    pub fn promotion(id: RunId) -> Touched {
        Touched { promotions: [id].into(), ..Touched::default() }
    }
    pub fn log(id: LogId) -> Touched {
        Touched { logs: [id].into(), ..Touched::default() }
    }
    pub fn journal() -> Touched {
        Touched { journal: true, ..Touched::default() }
    }
    pub fn pipelines() -> Touched {
        Touched { pipelines: true, ..Touched::default() }
    }
    pub fn clean_ups() -> Touched {
        Touched { clean_ups: true, ..Touched::default() }
    }
    pub fn answers() -> Touched {
        Touched { answers: true, ..Touched::default() }
    }
    pub fn time() -> Touched {
        Touched { time: true, ..Touched::default() }
    }

    pub fn any_run(&self) -> bool {
        self.everything || !self.runs.is_empty()
    }

    pub fn run(&self, id: &RunId) -> bool {
        self.everything || self.runs.contains(id) || self.tasks.contains(id) || self.details.contains(id)
    }

    pub fn log_of(&self, id: &LogId) -> bool {
        self.everything || self.logs.contains(id)
    }
}
