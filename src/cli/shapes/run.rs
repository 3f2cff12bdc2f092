//! A run in a list ([`Row`]: `runs`) and whole ([`Whole`]: `run`, and `--wait`).

use super::filled;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use weir_domain::pipeline::layers;
use weir_domain::why::{Why, why};
use weir_domain::{Detail, Run, Starter, Status, StepState, TaskRun};

#[derive(Debug, Serialize)]
pub struct Row<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    pub cluster: &'a str,
    pub uid: Option<&'a str>,
    pub status: &'static str,
    /// Tekton's own word.
    pub reason: Option<&'a str>,
    pub message: Option<&'a str>,
    pub pipeline: Option<&'a str>,
    /// What it builds, in short.
    pub what: Option<String>,
    pub created: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    /// To its end, or to now.
    pub duration_seconds: Option<i64>,
    pub tasks_done: Option<u32>,
    pub tasks_total: Option<u32>,
    pub started_by: StartedBy<'a>,
    /// In a list only those that tell runs apart.
    pub params: BTreeMap<&'a str, &'a str>,
}

/// `source` is `weir` (what the run says of itself), `owner`, `trigger` or `not-recorded`.
#[derive(Debug, Default, Serialize)]
pub struct StartedBy<'a> {
    pub source: &'static str,
    /// The operator, the owner or the EventListener.
    pub name: Option<&'a str>,
    /// The owner's kind, e.g. `CronJob`.
    pub kind: Option<&'a str>,
    pub host: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub trigger: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct Whole<'a> {
    #[serde(flatten)]
    pub row: Row<'a>,
    /// Why it failed or waits; `null` when there is nothing to explain.
    pub why: Option<Why>,
    pub service_account: Option<&'a str>,
    /// As given, e.g. `4h0m0s`.
    pub timeout: Option<&'a str>,
    /// In the order of the graph.
    pub tasks: Vec<Task<'a>>,
    pub skipped: Vec<Skipped<'a>>,
    pub results: BTreeMap<&'a str, &'a str>,
    /// Each with what it is bound to.
    pub workspaces: BTreeMap<&'a str, &'a str>,
    /// Newest first.
    pub events: Vec<Event<'a>>,
    /// What could not be read, and why.
    pub unseen: &'a [String],
}

#[derive(Debug, Serialize)]
pub struct Task<'a> {
    pub name: &'a str,
    /// The TaskRun's own name; a matrix makes several for one task.
    pub task_run: Option<&'a str>,
    pub status: &'static str,
    pub reason: Option<&'a str>,
    pub message: Option<&'a str>,
    pub finally: bool,
    /// From the first attempt.
    pub started: Option<Timestamp>,
    /// Of the last attempt.
    pub finished: Option<Timestamp>,
    pub duration_seconds: Option<i64>,
    /// 0 before it starts.
    pub attempts: usize,
    pub pod: Option<&'a str>,
    /// Those that look like a secret are hidden.
    pub results: BTreeMap<&'a str, &'a str>,
    /// Of the last attempt, in the order of the Task.
    pub steps: Vec<Step<'a>>,
}

#[derive(Debug, Serialize)]
pub struct Step<'a> {
    pub name: &'a str,
    pub status: &'static str,
    /// `null` until it has ended.
    pub exit_code: Option<i32>,
    pub reason: Option<&'a str>,
    pub message: Option<&'a str>,
    /// Failed, but the Task lets that pass.
    pub tolerated: bool,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
pub struct Skipped<'a> {
    pub name: &'a str,
    pub reason: &'a str,
}

#[derive(Debug, Serialize)]
pub struct Event<'a> {
    /// `Normal` or `Warning`.
    pub kind: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
    pub object: &'a str,
    pub count: u32,
    pub last: Option<Timestamp>,
}

impl<'a> Row<'a> {
    pub fn of(run: &'a Run, now: Timestamp) -> Row<'a> {
        Row {
            name: &run.id.name,
            namespace: run.id.namespace.as_str(),
            cluster: run.id.cluster.as_str(),
            uid: filled(&run.uid),
            status: run.status.key(),
            reason: filled(&run.reason),
            message: filled(&run.message),
            pipeline: run.pipeline.as_deref().or_else(|| run.label("tekton.dev/pipeline")),
            what: Some(run.what()).filter(|what| !what.is_empty()),
            created: run.created,
            started: run.started,
            finished: run.finished,
            duration_seconds: run.seconds(now),
            tasks_done: run.progress.map(|p| p.done),
            tasks_total: run.progress.map(|p| p.total()),
            started_by: StartedBy::of(&run.starter),
            params: run.params.iter().map(|(name, value)| (&**name, &**value)).collect(),
        }
    }
}

impl<'a> StartedBy<'a> {
    pub fn of(starter: &'a Starter) -> StartedBy<'a> {
        let by = StartedBy::default();
        match starter {
            Starter::Says { operator, host, reason } => StartedBy {
                source: "weir",
                name: Some(operator),
                host: host.as_deref(),
                reason: reason.as_deref(),
                ..by
            },
            Starter::Owner { kind, name } => StartedBy { source: "owner", name: Some(name), kind: Some(kind), ..by },
            Starter::Trigger { listener, trigger } => {
                StartedBy { source: "trigger", name: Some(listener), trigger: trigger.as_deref(), ..by }
            }
            Starter::NotRecorded => StartedBy { source: "not-recorded", ..by },
        }
    }
}

impl<'a> Whole<'a> {
    pub fn of(detail: &'a Detail, now: Timestamp) -> Whole<'a> {
        let mut row = Row::of(&detail.run, now);
        row.params = detail.params.iter().map(|(name, value)| (&**name, value.as_str())).collect();
        let skipped = detail.skipped.iter().map(|s| Skipped { name: &s.name, reason: &s.reason }).collect();
        Whole {
            row,
            why: why(detail),
            service_account: detail.service_account.as_deref(),
            timeout: detail.timeout.as_deref(),
            tasks: tasks(detail, now),
            skipped,
            results: detail.results.iter().map(|(name, value)| (&**name, value.as_str())).collect(),
            workspaces: detail.workspaces.iter().map(|bound| (&*bound.name, bound.to.as_str())).collect(),
            events: detail
                .events
                .iter()
                .map(|e| Event {
                    kind: &e.kind,
                    reason: &e.reason,
                    message: &e.message,
                    object: &e.object,
                    count: e.count,
                    last: e.last,
                })
                .collect(),
            unseen: &detail.unseen,
        }
    }
}

/// Those of the graph first, then what the graph does not name. A task that has not begun stands as pending
/// while its run goes on.
fn tasks(detail: &Detail, now: Timestamp) -> Vec<Task<'_>> {
    let mut tasks = Vec::new();
    for task in layers(&detail.graph).concat().into_iter().map(|index| &detail.graph[index]) {
        let before = tasks.len();
        tasks.extend(detail.tasks.iter().filter(|t| t.task == task.name).map(|t| Task::of(t, now)));
        let waits = tasks.len() == before && detail.skipped(&task.name).is_none() && !detail.run.status.finished();
        if waits {
            tasks.push(Task::waiting(&task.name, task.finally));
        }
    }
    let stray = detail.tasks.iter().filter(|t| !detail.graph.iter().any(|g| g.name == t.task));
    tasks.extend(stray.map(|t| Task::of(t, now)));
    tasks
}

impl<'a> Task<'a> {
    fn waiting(name: &'a str, finally: bool) -> Task<'a> {
        Task {
            name,
            task_run: None,
            status: Status::Pending.key(),
            reason: None,
            message: None,
            finally,
            started: None,
            finished: None,
            duration_seconds: None,
            attempts: 0,
            pod: None,
            results: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    fn of(task: &'a TaskRun, now: Timestamp) -> Task<'a> {
        let last = task.last();
        Task {
            name: &task.task,
            task_run: Some(&task.name),
            status: task.status().key(),
            reason: filled(&last.reason),
            message: filled(&last.message),
            finally: task.finally,
            started: task.attempts.iter().find_map(|a| a.started),
            finished: last.finished,
            duration_seconds: task.seconds(now),
            attempts: task.attempts.len(),
            pod: filled(&last.pod),
            results: task.results.iter().map(|(name, value)| (&**name, &**value)).collect(),
            steps: last.steps.iter().map(Step::of).collect(),
        }
    }
}

impl<'a> Step<'a> {
    fn of(step: &'a weir_domain::Step) -> Step<'a> {
        let (exit_code, reason, message) = match &step.state {
            StepState::Waiting { reason, message } => (None, filled(reason), filled(message)),
            StepState::Running => (None, None, None),
            StepState::Ended { exit, reason, .. } => (Some(*exit), filled(reason), None),
        };
        Step {
            name: &step.name,
            status: step.status().key(),
            exit_code,
            reason,
            message,
            tolerated: step.tolerated(),
            started: step.started,
            finished: step.finished,
        }
    }
}
