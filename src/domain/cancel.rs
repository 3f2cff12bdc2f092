//! Tekton's three ways to cancel a run, and what each would do to *this* run.

use crate::detail::Detail;
use crate::pipeline::publishing;
use crate::status::Status;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grace {
    /// Running tasks end by themselves, nothing new starts, then `finally`.
    StoppedRunFinally,
    /// Running tasks are cut, then `finally`.
    CancelledRunFinally,
    /// Running tasks are cut, `finally` does not run.
    Cancelled,
}

impl Grace {
    pub const ALL: [Grace; 3] = [Grace::StoppedRunFinally, Grace::CancelledRunFinally, Grace::Cancelled];

    /// The value of `spec.status`.
    pub fn key(self) -> &'static str {
        match self {
            Grace::StoppedRunFinally => "StoppedRunFinally",
            Grace::CancelledRunFinally => "CancelledRunFinally",
            Grace::Cancelled => "Cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Grace> {
        Grace::ALL.into_iter().find(|how| how.key().eq_ignore_ascii_case(text))
    }

    /// In three words.
    pub fn words(self) -> &'static str {
        match self {
            Grace::StoppedRunFinally => "let it end",
            Grace::CancelledRunFinally => "cut, then finally",
            Grace::Cancelled => "cut, no finally",
        }
    }

    pub fn cuts(self) -> bool {
        self != Grace::StoppedRunFinally
    }
}

/// What one way would do. Names in the order of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequences {
    /// Tasks that are cut now.
    pub cut: Vec<String>,
    /// Tasks that run on to their end.
    pub ends: Vec<String>,
    /// Tasks that will not start any more.
    pub unstarted: Vec<String>,
    /// `finally` tasks that will run.
    pub finally: Vec<String>,
    /// Pods that go away, and their logs with them.
    pub pods: Vec<String>,
    /// Tasks that have already made something public.
    pub public: Vec<String>,
    /// Tasks that are publishing right now and are let end.
    pub still_publishing: Vec<String>,
}

pub fn consequences(detail: &Detail, how: Grace) -> Consequences {
    let running = |name: &str| detail.task(name).is_some_and(|t| !t.status().finished());
    let begun = |name: &str| detail.task(name).is_some() || detail.skipped(name).is_some();
    let names = |pick: &dyn Fn(&crate::pipeline::PipelineTask) -> bool| -> Vec<String> {
        detail.graph.iter().filter(|t| pick(t)).map(|t| t.name.to_string()).collect()
    };
    let going = names(&|t| running(&t.name));
    let finally_due = names(&|t| t.finally && !begun(&t.name));
    let pods = detail
        .tasks
        .iter()
        .filter(|t| !t.status().finished() && how.cuts())
        .flat_map(|t| t.attempts.iter().rev().take(1))
        .filter(|a| !a.pod.is_empty())
        .map(|a| a.pod.to_string())
        .collect();
    Consequences {
        cut: if how.cuts() { going.clone() } else { Vec::new() },
        ends: if how.cuts() { Vec::new() } else { going },
        unstarted: names(&|t| !t.finally && !begun(&t.name)),
        finally: if how == Grace::Cancelled { Vec::new() } else { finally_due },
        pods,
        public: names(&|t| publishing(t) && detail.task(&t.name).is_some_and(|r| r.status() == Status::Ok)),
        still_publishing: if how.cuts() { Vec::new() } else { names(&|t| publishing(t) && running(&t.name)) },
    }
}
