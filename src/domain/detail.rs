//! What is known of one open run beyond its row: graph, tasks, results, workspaces, events, pods.

use crate::pipeline::{PipelineTask, WorkspaceSpec};
use crate::run::Run;
use crate::task::TaskRun;
use crate::tree::Tree;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedTask {
    pub name: Arc<str>,
    /// Tekton's whole sentence, e.g. "When Expressions evaluated to false".
    pub reason: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `Normal` or `Warning`.
    pub kind: Arc<str>,
    pub reason: Arc<str>,
    pub message: Arc<str>,
    /// "Pod/name" or the like.
    pub object: Arc<str>,
    pub count: u32,
    pub last: Option<Timestamp>,
}

/// A pod of the run as far as it explains waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodState {
    pub name: Arc<str>,
    pub task: Arc<str>,
    pub phase: Arc<str>,
    /// The condition that says why it waits, e.g. `Unschedulable` "0/2 nodes are available: 2 Insufficient devices.kubevirt.io/kvm."
    pub reason: Arc<str>,
    pub message: Arc<str>,
    pub node: Arc<str>,
}

/// A workspace of the run and what it is bound to, in words such as `PVC pipeline-scos-4.19-pvc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub name: Arc<str>,
    pub to: String,
}

/// Everything of one run. `tasks` in the order they were made; the graph's order is `graph`'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    pub run: Run,
    /// All parameters as given, redacted.
    pub params: Vec<(Arc<str>, String)>,
    pub workspaces: Vec<Bound>,
    pub declared: Vec<WorkspaceSpec>,
    pub results: Vec<(Arc<str>, String)>,
    /// From `status.pipelineSpec`; empty until Tekton has resolved it.
    pub graph: Vec<PipelineTask>,
    pub skipped: Vec<SkippedTask>,
    pub tasks: Vec<TaskRun>,
    pub service_account: Option<Arc<str>>,
    pub timeout: Option<Arc<str>>,
    /// Newest first.
    pub events: Vec<Event>,
    pub pods: Vec<PodState>,
    /// The whole object as the server has it, without managedFields.
    pub object: Tree,
    /// What could not be read and why, e.g. "events: forbidden".
    pub unseen: Vec<String>,
}

impl Detail {
    /// The newest TaskRun of a pipeline task; a matrix makes several, the worst counts.
    pub fn task(&self, name: &str) -> Option<&TaskRun> {
        self.tasks.iter().filter(|t| &*t.task == name).min_by_key(|t| t.status())
    }

    pub fn skipped(&self, name: &str) -> Option<&SkippedTask> {
        self.skipped.iter().find(|s| &*s.name == name)
    }
}
