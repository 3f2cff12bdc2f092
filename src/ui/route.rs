//! Where one can be. Screens name a route, never each other.

use std::sync::Arc;
use weir_domain::log::{LogId, LogPart};
use weir_domain::{ImageRef, PipelineId, PlanRequest, ReleaseId, RunId, StreamName};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    Overview,
    Runs,
    Run(RunId),
    Log(LogId),
    /// A run's object as YAML.
    Object(RunId),
    /// The Pipelines to choose from before a start.
    Pipelines,
    Start(StartFrom),
    Releases,
    /// The releases of one stream.
    Stream(StreamName),
    /// One release: its jobs and what speaks for and against it.
    Release(ReleaseId),
    /// What a release is made of.
    Payload(ImageRef),
    /// How one payload becomes another.
    Diff {
        from: ImageRef,
        to: ImageRef,
    },
    Promote(PromoteFrom),
    Ledger,
    Journal,
    Health,
    Messages,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartFrom {
    Pipeline(PipelineId),
    Rerun(RunId),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PromoteFrom {
    Plan(PlanRequest),
    /// One that was sent: what its plan names as the object.
    Sent(RunId),
}

impl Route {
    /// A screen of which there is one: going there goes back to it when it is on the way.
    pub fn single(&self) -> bool {
        matches!(
            self,
            Route::Overview
                | Route::Runs
                | Route::Pipelines
                | Route::Releases
                | Route::Ledger
                | Route::Journal
                | Route::Health
                | Route::Messages
        )
    }

    pub fn whole_log(run: &RunId) -> Route {
        Route::Log(LogId { run: run.clone(), part: LogPart::Whole })
    }

    pub fn task_log(run: &RunId, task: &str) -> Route {
        Route::Log(LogId { run: run.clone(), part: LogPart::Task(Arc::from(task)) })
    }

    pub fn step_log(run: &RunId, task: &str, step: &str) -> Route {
        Route::Log(LogId { run: run.clone(), part: LogPart::Step(Arc::from(task), Arc::from(step)) })
    }
}
