//! A task's run (Tekton's TaskRun) with its steps and earlier attempts.

use crate::status::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// The container waits: reason and message as the kubelet gives them, e.g. `ImagePullBackOff`.
    Waiting {
        reason: Arc<str>,
        message: Arc<str>,
    },
    Running,
    Ended {
        exit: i32,
        /// `Completed`, `Error`, `OOMKilled` …
        reason: Arc<str>,
        /// Tekton's `terminationReason`: `Continued` (failed, but tolerated), `Skipped`, `Cancelled`, `TimeoutExceeded` …
        termination: Arc<str>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Without Tekton's `step-` prefix.
    pub name: Arc<str>,
    /// The container's name in the pod.
    pub container: Arc<str>,
    pub state: StepState,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
}

impl Step {
    pub fn status(&self) -> Status {
        match &self.state {
            StepState::Waiting { .. } => Status::Pending,
            StepState::Running => Status::Running,
            StepState::Ended { termination, .. } if &**termination == "Skipped" => Status::Skipped,
            StepState::Ended { termination, .. } if &**termination == "Cancelled" => Status::Cancelled,
            StepState::Ended { termination, .. } if &**termination == "TimeoutExceeded" => Status::TimedOut,
            StepState::Ended { exit: 0, .. } => Status::Ok,
            StepState::Ended { .. } => Status::Failed,
        }
    }

    /// Failed, but `onError: continue` let it pass.
    pub fn tolerated(&self) -> bool {
        matches!(&self.state, StepState::Ended { termination, exit, .. } if &**termination == "Continued" && *exit != 0)
    }
}

/// One try of a task: its pod and its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Empty until the pod is made.
    pub pod: Arc<str>,
    pub status: Status,
    pub reason: Arc<str>,
    pub message: Arc<str>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    /// In the order of the Task.
    pub steps: Vec<Step>,
}

/// A TaskRun of a run. `attempts` is never empty: the last is the newest, the ones before are retries (`status.retriesStatus`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRun {
    pub name: Arc<str>,
    pub uid: Arc<str>,
    /// The label `tekton.dev/pipelineTask`; the TaskRun's own name when the label is missing.
    pub task: Arc<str>,
    pub finally: bool,
    pub attempts: Vec<Attempt>,
    /// Name and value, redacted.
    pub results: Vec<(Arc<str>, Arc<str>)>,
    pub created: Option<Timestamp>,
}

impl TaskRun {
    pub fn last(&self) -> &Attempt {
        self.attempts.last().expect("a TaskRun has at least one attempt by construction")
    }

    pub fn status(&self) -> Status {
        self.last().status
    }

    /// From the first attempt's start to the last one's end, or `now`. `None` before it starts.
    pub fn seconds(&self, now: Timestamp) -> Option<i64> {
        let from = self.attempts.iter().find_map(|a| a.started)?;
        let to = self.last().finished.unwrap_or(now);
        Some((to.as_second() - from.as_second()).max(0))
    }

    /// Whether a pod that may still hold a log belongs to it.
    pub fn has_pod(&self) -> bool {
        self.attempts.iter().any(|a| !a.pod.is_empty())
    }
}
