//! A TaskRun at work: its tries, its timeout, its end. Owned by a run's task, or standing alone.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::attempt::{Attempt, Order, Plan};
use super::events::{self, About};
use super::steer::{Pace, Steer};
use super::{effects, paper, results, span};
use crate::core::{State, digest};
use crate::kind::Kind;
use crate::logs::Voice;

pub(crate) const RUN_CANCELLED: &str = "TaskRun cancelled as the PipelineRun it belongs to has been cancelled.";
pub(crate) const RUN_TIMED_OUT: &str = "TaskRun cancelled as the PipelineRun it belongs to has timed out.";

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) created: Timestamp,
    pub(crate) labels: Map<String, Value>,
    pub(crate) annotations: Map<String, Value>,
    pub(crate) owner: Option<Value>,
    pub(crate) spec: Value,
    /// With parameters filled in.
    pub(crate) task_spec: Value,
    /// Empty for a TaskRun that stands alone.
    pub(crate) task: String,
    pub(crate) steer: Steer,
    /// `status.retriesStatus`.
    pub(crate) earlier: Vec<Value>,
    pub(crate) attempt: Attempt,
    pub(crate) fate: Option<Fate>,
    pub(crate) results: Vec<Value>,
    retries: i64,
    limit: Option<SignedDuration>,
    /// Everything due up to here is done.
    seen: Timestamp,
    /// Something changed that is not written yet.
    dirty: bool,
    /// The pod was in the store and must not come back.
    pod_gone: bool,
}

/// How a TaskRun ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fate {
    pub(crate) at: Timestamp,
    pub(crate) ok: bool,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

/// What a TaskRun is made from.
pub(crate) struct Birth {
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Known already when the object exists.
    pub(crate) uid: Option<String>,
    pub(crate) labels: Map<String, Value>,
    pub(crate) annotations: Map<String, Value>,
    pub(crate) owner: Option<Value>,
    pub(crate) spec: Value,
    pub(crate) task_spec: Value,
    pub(crate) task: String,
    pub(crate) steer: Steer,
}

/// A name of at most 63 letters that ends in `suffix`; a long parent is cut and told apart by a hash.
pub(crate) fn child_name(parent: &str, suffix: &str) -> String {
    if parent.len() + suffix.len() <= 63 {
        return format!("{parent}{suffix}");
    }
    let hash = digest(&format!("{parent}{suffix}"));
    if suffix.len() > 31 {
        return format!("{}{}", &parent[..parent.len().min(31)], &hash[..32]);
    }
    format!("{}{}{suffix}", &parent[..parent.len().min(31 - suffix.len())], &hash[..32])
}

impl Child {
    pub(crate) fn new(state: &mut State, birth: Birth, at: Timestamp) -> Child {
        let Birth { namespace, name, uid, labels, annotations, owner, spec, task_spec, task, steer } = birth;
        let uid = uid.unwrap_or_else(|| state.names.uid(Kind::TaskRun, &namespace, &name));
        let limit = spec["timeout"].as_str().and_then(|text| span::parse(text).ok()).filter(|span| span.is_positive());
        let attempt =
            Attempt { pod: String::new(), pod_uid: String::new(), created: at, plan: Plan::Stuck(String::new()) };
        let mut child = Child {
            retries: spec["retries"].as_i64().unwrap_or(0),
            limit,
            earlier: Vec::new(),
            attempt,
            fate: None,
            results: Vec::new(),
            seen: at,
            dirty: true,
            pod_gone: false,
            created: at,
            namespace,
            name,
            uid,
            labels,
            annotations,
            owner,
            spec,
            task_spec,
            task,
            steer,
        };
        child.tell(state, at, false, "Started", "");
        child.begin(state, at);
        child
    }

    /// Makes the pod of the next try.
    fn begin(&mut self, state: &mut State, at: Timestamp) {
        let number = self.earlier.len();
        let suffix = if number == 0 { "-pod".to_owned() } else { format!("-pod-retry{number}") };
        let pod = child_name(&self.name, &suffix);
        let pod_uid = state.names.uid(Kind::Pod, &self.namespace, &pod);
        // What began before the world did took its real time; what begins now is over while one watches.
        self.steer.pace = if at < state.tekton_epoch() { Pace::Real } else { Pace::Live };
        let seed = format!("{}/{number}", self.name);
        let order = Order {
            namespace: &self.namespace,
            task: &self.task,
            task_spec: &self.task_spec,
            spec: &self.spec,
            steer: &self.steer,
            seed: &seed,
        };
        let plan = Plan::new(state, &order, at);
        let about = About { kind: Kind::Pod, namespace: &self.namespace, name: &pod, uid: &pod_uid };
        match &plan {
            Plan::Stuck(why) => {
                let now = at.max(state.tekton_epoch());
                let times = 1 + (now.as_second() - at.as_second()) / 300;
                events::repeated(state, about, at, now, times, true, "FailedScheduling", why);
            }
            Plan::NoImage { step, gives_up } => {
                let image = self.task_spec["steps"][*step]["image"].as_str().unwrap_or_default();
                let why = format!("Back-off pulling image \"{image}\"");
                events::tell(state, about, *gives_up, true, "BackOff", &why);
            }
            Plan::Runs { node, ready, .. } => {
                let assigned = format!("Successfully assigned {}/{pod} to {node}", self.namespace);
                events::tell(state, about, at, false, "Scheduled", &assigned);
                events::tell(state, about, *ready, false, "Started", "Started containers");
                let ends = plan.ends().unwrap_or(at);
                let said = self.outcomes(state, ends);
                self.speak(state, &pod, &plan, &said, "");
            }
        }
        self.attempt = Attempt { pod, pod_uid, created: at, plan };
        self.pod_gone = false;
        self.dirty = true;
    }

    /// Writes the log of the try; `why` is the last line of a step that failed in its work.
    fn speak(&self, state: &mut State, pod: &str, plan: &Plan, said: &[Value], why: &str) {
        let Plan::Runs { steps, ready, .. } = plan else { return };
        let text = |result: &Value| result.as_str().unwrap_or_default().to_owned();
        let said: Vec<_> = said.iter().map(|one| (text(&one["name"]), text(&one["value"]))).collect();
        let voices = steps.iter().map(|step| Voice::new(self, &said, pod, step, *ready).ending(why)).collect();
        state.logs.open(&self.namespace, pod, voices);
    }

    /// Does the task's work outside the cluster; a failure there is the failure of its last step.
    fn work(&mut self, state: &mut State, now: Timestamp) {
        if self.attempt.plan.failed().is_some() {
            return;
        }
        let done = effects::carry_out(state, self, now);
        self.results = self.outcomes(state, now);
        let mut said = self.results.clone();
        let why = match done {
            Ok(pushed) => {
                said.extend(pushed.map(|digest| json!({"name": "pushed", "value": digest})));
                String::new()
            }
            Err(why) => {
                self.attempt.plan.fail_last();
                why
            }
        };
        self.speak(state, &self.attempt.pod, &self.attempt.plan, &said, &why);
    }

    pub(crate) fn done(&self) -> bool {
        self.fate.is_some()
    }

    pub(crate) fn cancelled(&self) -> bool {
        self.fate.as_ref().is_some_and(|fate| fate.reason == "TaskRunCancelled")
    }

    /// The next moment after `now` at which this TaskRun changes by itself.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        if self.done() {
            return None;
        }
        let deadline = self.deadline().filter(|at| *at > now);
        self.attempt.plan.next(now).into_iter().chain(deadline).min()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.limit.and_then(|limit| self.attempt.created.checked_add(limit).ok())
    }

    /// Does everything that is due up to `now`, each thing at its time, and writes what has become of it.
    pub(crate) fn advance(&mut self, state: &mut State, now: Timestamp) {
        while let Some(due) = self.next(self.seen).filter(|due| *due <= now) {
            self.turn(state, due);
        }
        self.flush(state, now);
    }

    /// Takes the TaskRun to `now`, an instant at which its plan may have a corner.
    pub(crate) fn turn(&mut self, state: &mut State, now: Timestamp) {
        if self.done() {
            return;
        }
        self.seen = now;
        self.dirty = true;
        if self.deadline().is_some_and(|at| at <= now && self.attempt.plan.ends().is_none_or(|ends| ends > at)) {
            let limit = self.spec["timeout"].as_str().unwrap_or_default();
            let message = format!("TaskRun \"{}\" failed to finish within \"{limit}\"", self.name);
            self.cut(state, now, "TaskRunTimeout", message);
            return;
        }
        if self.attempt.plan.ends().is_none_or(|ends| ends > now) {
            return;
        }
        self.work(state, now);
        let failure = match &self.attempt.plan {
            Plan::NoImage { step, .. } => {
                let image = self.task_spec["steps"][*step]["image"].as_str().unwrap_or_default();
                let name = self.attempt_steps().get(*step).cloned().unwrap_or_default();
                let message = format!(
                    "the step \"{name}\" in TaskRun \"{}\" failed to pull the image \"\". The pod errored with the message: \"Back-off pulling image \"{image}\".\"",
                    self.name
                );
                Some(("TaskRunImagePullFailed", message))
            }
            plan => plan.failed().map(|step| {
                ("Failed", format!("\"{}\" exited with code {}: {}", step.container, step.code, step.reason))
            }),
        };
        match failure {
            None => self.succeed(state, now),
            Some((reason, message)) => {
                if reason == "TaskRunImagePullFailed" {
                    self.drop_pod(state);
                }
                self.results.clear();
                let fate = Fate { at: now, ok: false, reason, message };
                if i64::try_from(self.earlier.len()).unwrap_or(i64::MAX) < self.retries {
                    self.flush_pod(state, now);
                    self.earlier.push(paper::attempt_status(self, Some(&fate), now, true));
                    self.begin(state, now);
                } else {
                    self.finish(state, fate);
                }
            }
        }
    }

    fn succeed(&mut self, state: &mut State, now: Timestamp) {
        let message = "All Steps have completed executing".into();
        self.finish(state, Fate { at: now, ok: true, reason: "Succeeded", message });
    }

    /// What the results are when the task ends well at `now`.
    fn outcomes(&self, state: &State, now: Timestamp) -> Vec<Value> {
        let declared = self.task_spec["results"].as_array().into_iter().flatten();
        declared
            .filter_map(|result| {
                let name = result["name"].as_str().unwrap_or_default();
                let kind = result["type"].as_str().unwrap_or("string");
                let value = results::value(state, self, name, kind, now)?;
                Some(json!({"name": name, "type": kind, "value": value}))
            })
            .collect()
    }

    fn finish(&mut self, state: &mut State, fate: Fate) {
        let reason = if fate.ok { "Succeeded" } else { "Failed" };
        self.tell(state, fate.at, !fate.ok, reason, &fate.message);
        self.fate = Some(fate);
        self.dirty = true;
    }

    /// Stops the TaskRun; its pod, and with it the log, goes away.
    pub(crate) fn cancel(&mut self, state: &mut State, now: Timestamp, why: &str) {
        if self.done() {
            return;
        }
        self.spec["status"] = "TaskRunCancelled".into();
        if !why.is_empty() {
            self.spec["statusMessage"] = why.into();
        }
        let message = format!("TaskRun \"{}\" was cancelled. {why}", self.name);
        self.cut(state, now, "TaskRunCancelled", message.trim_end().to_owned());
    }

    fn cut(&mut self, state: &mut State, now: Timestamp, reason: &'static str, message: String) {
        self.drop_pod(state);
        self.finish(state, Fate { at: now, ok: false, reason, message });
    }

    fn drop_pod(&mut self, state: &mut State) {
        state.store.remove(Kind::Pod, &self.namespace, &self.attempt.pod);
        state.logs.close(&self.namespace, &self.attempt.pod);
        self.pod_gone = true;
    }

    /// Writes what has changed.
    pub(crate) fn flush(&mut self, state: &mut State, now: Timestamp) {
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let held =
            state.store.get(Kind::TaskRun, &self.namespace, &self.name).map(|object| object.value(Kind::TaskRun));
        state.store.put(Kind::TaskRun, paper::task_run(self, held, now));
        self.flush_pod(state, now);
    }

    fn flush_pod(&mut self, state: &mut State, now: Timestamp) {
        if !self.pod_gone {
            state.store.put(Kind::Pod, paper::pod(self, now));
        }
    }

    pub(crate) fn attempt_steps(&self) -> Vec<String> {
        super::attempt::step_names(&self.task_spec)
    }

    fn tell(&self, state: &mut State, at: Timestamp, warning: bool, reason: &str, message: &str) {
        let about = About { kind: Kind::TaskRun, namespace: &self.namespace, name: &self.name, uid: &self.uid };
        events::tell(state, about, at, warning, reason, message);
    }

    /// A parameter of the TaskRun, as text.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.spec["params"].as_array()?.iter().find(|param| param["name"] == name)?["value"].as_str()
    }

    /// As `param`, with the Task's own default; empty when there is neither.
    pub(crate) fn param_or_default(&self, name: &str) -> &str {
        let declared = self.task_spec["params"].as_array().into_iter().flatten().find(|param| param["name"] == name);
        self.param(name).or_else(|| declared?["default"].as_str()).unwrap_or_default()
    }

    pub(crate) fn result(&self, name: &str) -> Option<&Value> {
        self.results.iter().find(|result| result["name"] == name).map(|result| &result["value"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let long = "a".repeat(80);
        let (first, second) = (child_name(&long, "-x-pod"), child_name(&long, "-y-pod"));
        assert_eq!((first.len(), second.len()), (63, 63));
        assert_ne!(first[..57], second[..57]);
        assert_eq!(child_name("run", "-task"), "run-task");
    }
}
