//! TaskRuns and pods: steps with their states, earlier attempts, and why a pod waits.

use super::wire::{Condition, Meta, Time, nullable};
use super::{clean, succeeded, time};
use serde::Deserialize;
use std::sync::Arc;
use weir_domain::detail::PodState;
use weir_domain::task::{Attempt, Step, StepState, TaskRun};
use weir_domain::{ParamValue, Status, secret};

#[derive(Deserialize)]
pub struct WireTask {
    #[serde(default, deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(default, deserialize_with = "nullable")]
    status: WireAttempt,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAttempt {
    #[serde(default, deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(default, deserialize_with = "nullable")]
    pod_name: String,
    #[serde(default)]
    start_time: Option<Time>,
    #[serde(default)]
    completion_time: Option<Time>,
    #[serde(default, deserialize_with = "nullable")]
    steps: Vec<WireStep>,
    #[serde(default, deserialize_with = "nullable")]
    retries_status: Vec<WireAttempt>,
    #[serde(default, deserialize_with = "nullable")]
    results: Vec<WireResult>,
    #[serde(default, deserialize_with = "nullable")]
    task_spec: WireTaskSpec,
}

#[derive(Default, Deserialize)]
struct WireTaskSpec {
    #[serde(default, deserialize_with = "nullable")]
    steps: Vec<WireStepName>,
}

#[derive(Default, Deserialize)]
struct WireStepName {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
}

#[derive(Default, Deserialize)]
pub struct WireResult {
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    #[serde(default, deserialize_with = "super::wire::value")]
    pub value: Option<ParamValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStep {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
    #[serde(default, deserialize_with = "nullable")]
    container: String,
    #[serde(default)]
    waiting: Option<Waiting>,
    #[serde(default)]
    running: Option<Running>,
    #[serde(default)]
    terminated: Option<Terminated>,
    #[serde(default, deserialize_with = "nullable")]
    termination_reason: String,
}

#[derive(Default, Deserialize)]
struct Waiting {
    #[serde(default, deserialize_with = "nullable")]
    reason: String,
    #[serde(default, deserialize_with = "nullable")]
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Running {
    #[serde(default)]
    started_at: Option<Time>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terminated {
    #[serde(default)]
    exit_code: i32,
    #[serde(default, deserialize_with = "nullable")]
    reason: String,
    #[serde(default)]
    started_at: Option<Time>,
    #[serde(default)]
    finished_at: Option<Time>,
}

impl WireStep {
    fn step(self) -> Step {
        let container = if self.container.is_empty() { format!("step-{}", self.name) } else { self.container };
        let (state, started, finished) = match (self.terminated, self.running, self.waiting) {
            (Some(end), ..) => {
                let state = StepState::Ended {
                    exit: end.exit_code,
                    reason: clean(&end.reason),
                    termination: clean(&self.termination_reason),
                };
                (state, time(end.started_at), time(end.finished_at))
            }
            (None, Some(running), _) => (StepState::Running, time(running.started_at), None),
            (None, None, waiting) => {
                let waiting = waiting.unwrap_or_default();
                (StepState::Waiting { reason: clean(&waiting.reason), message: clean(&waiting.message) }, None, None)
            }
        };
        Step { name: clean(&self.name), container: clean(&container), state, started, finished }
    }
}

impl WireAttempt {
    fn attempt(mut self) -> Attempt {
        let started = time(self.start_time);
        let condition = succeeded(&self.conditions);
        let named = |(index, step): (usize, &WireStepName)| {
            if step.name.is_empty() { format!("unnamed-{index}") } else { step.name.clone() }
        };
        let order: Vec<String> = self.task_spec.steps.iter().enumerate().map(named).collect();
        if self.steps.is_empty() && !self.pod_name.is_empty() && self.completion_time.is_none() {
            // Tekton lists steps when the pod has containers; one that no node takes has none yet.
            self.steps = order.iter().map(|name| WireStep { name: name.clone(), ..WireStep::default() }).collect();
        }
        let mut steps: Vec<Step> = self.steps.into_iter().map(WireStep::step).collect();
        // Tekton lists steps in the order they ended; the Task says the real order.
        steps.sort_by_key(|s| order.iter().position(|name| **name == *s.name).unwrap_or(usize::MAX));
        Attempt {
            pod: clean(&self.pod_name),
            status: Status::of_condition(condition.map(|c| (c.status.as_str(), c.reason.as_str())), started.is_some()),
            reason: condition.map(|c| clean(&c.reason)).unwrap_or_default(),
            message: condition.map(|c| clean(&c.message)).unwrap_or_default(),
            started,
            finished: time(self.completion_time),
            steps,
        }
    }
}

impl WireTask {
    pub fn task(mut self) -> TaskRun {
        let label = |key: &str| self.metadata.labels.get(key).map(|v| clean(v));
        let (task, part) = (label("tekton.dev/pipelineTask"), label("tekton.dev/memberOf"));
        let results = std::mem::take(&mut self.status.results);
        let earlier = std::mem::take(&mut self.status.retries_status);
        let mut attempts: Vec<Attempt> = earlier.into_iter().map(WireAttempt::attempt).collect();
        attempts.push(self.status.attempt());
        forget_earlier(&mut attempts);
        let name = clean(&self.metadata.name);
        TaskRun {
            task: task.unwrap_or_else(|| name.clone()),
            name,
            uid: clean(&self.metadata.uid),
            finally: part.as_deref() == Some("finally"),
            attempts,
            results: shown_results(&results),
            created: time(self.metadata.creation_timestamp),
        }
    }
}

/// Until a retry's pod has containers, Tekton goes on listing the steps of the attempt before: they are not the new one's.
fn forget_earlier(attempts: &mut [Attempt]) {
    let [.., before, last] = attempts else { return };
    if last.status.finished() {
        return;
    }
    for step in &mut last.steps {
        let same = |old: &Step| {
            old.container == step.container
                && old.finished.is_some()
                && (old.started, old.finished) == (step.started, step.finished)
        };
        if before.steps.iter().any(same) {
            step.state = StepState::Waiting { reason: clean(""), message: clean("") };
            (step.started, step.finished) = (None, None);
        }
    }
}

/// Results as they may be shown: hidden when their name says so.
pub fn shown_results(results: &[WireResult]) -> Vec<(Arc<str>, Arc<str>)> {
    let shown = |r: &WireResult| {
        let value = r.value.as_ref().map(weir_domain::run::shown).unwrap_or_default();
        (clean(&r.name), clean(&secret::shown(&r.name, &value)))
    };
    results.iter().map(shown).collect()
}

#[derive(Deserialize)]
pub struct WirePod {
    #[serde(default, deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(default, deserialize_with = "nullable")]
    spec: PodSpec,
    #[serde(default, deserialize_with = "nullable")]
    status: PodStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    #[serde(default, deserialize_with = "nullable")]
    node_name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodStatus {
    #[serde(default, deserialize_with = "nullable")]
    phase: String,
    #[serde(default, deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(default, deserialize_with = "nullable")]
    container_statuses: Vec<ContainerStatus>,
    #[serde(default, deserialize_with = "nullable")]
    init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Default, Deserialize)]
struct ContainerStatus {
    #[serde(default, deserialize_with = "nullable")]
    state: ContainerState,
}

#[derive(Default, Deserialize)]
struct ContainerState {
    #[serde(default)]
    waiting: Option<Waiting>,
}

impl WirePod {
    pub fn pod(self) -> PodState {
        let unscheduled = self.status.conditions.iter().find(|c| c.kind == "PodScheduled" && c.status == "False");
        let waiting = || {
            let all = self.status.init_container_statuses.iter().chain(&self.status.container_statuses);
            all.filter_map(|c| c.state.waiting.as_ref())
                .find(|w| !matches!(w.reason.as_str(), "PodInitializing" | "ContainerCreating"))
        };
        let (reason, message) = match (unscheduled, waiting()) {
            (Some(condition), _) => (clean(&condition.reason), clean(&condition.message)),
            (None, Some(waiting)) => (clean(&waiting.reason), clean(&waiting.message)),
            (None, None) => Default::default(),
        };
        PodState {
            task: self.metadata.labels.get("tekton.dev/pipelineTask").map(|v| clean(v)).unwrap_or_default(),
            name: clean(&self.metadata.name),
            phase: clean(&self.status.phase),
            reason,
            message,
            node: clean(&self.spec.node_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_does_not_begin_with_the_ended_steps_of_the_try_before() {
        let ended = r#"{"name":"build","container":"step-build","terminated":{"exitCode":1,"reason":"Error",
            "startedAt":"2026-11-21T10:00:00Z","finishedAt":"2026-11-21T10:00:05Z"}}"#;
        let task = |condition: &str| {
            let raw = format!(
                r#"{{"metadata":{{"name":"x-build"}},"status":{{"podName":"x-build-pod-retry1","conditions":[{condition}],
                "steps":[{ended}],"retriesStatus":[{{"podName":"x-build-pod","steps":[{ended}]}}]}}}}"#
            );
            serde_json::from_str::<WireTask>(&raw).expect("a TaskRun").task()
        };
        let going = task(r#"{"type":"Succeeded","status":"Unknown","reason":"ToBeRetried"}"#);
        assert_eq!(going.attempts[0].steps[0].status(), Status::Failed);
        assert_eq!(going.last().steps[0].status(), Status::Pending);
        let over = task(r#"{"type":"Succeeded","status":"False","reason":"Failed"}"#);
        assert_eq!(over.last().steps[0].status(), Status::Failed);
    }
}
