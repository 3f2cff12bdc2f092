//! One try of a TaskRun, planned when its pod is made: when each step starts and ends, and how.
//!
//! Invariant: what an object shows at a time follows from the plan alone; a plan changes once at most, at its end, when
//! the work of its last step fails.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::scheduler;
use super::steer::{Failure, Steer};
use crate::core::State;

#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) pod: String,
    pub(crate) pod_uid: String,
    pub(crate) created: Timestamp,
    pub(crate) plan: Plan,
}

#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// No node takes the pod; the scheduler's sentence.
    Stuck(String),
    /// An image cannot be pulled: the step's index, and when Tekton gives up.
    NoImage {
        step: usize,
        gives_up: Timestamp,
    },
    Runs {
        node: String,
        ready: Timestamp,
        steps: Vec<Step>,
        ends: Timestamp,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) container: String,
    pub(crate) image: String,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) code: i64,
    /// The kubelet's word: `Completed`, `Error`, `OOMKilled`.
    pub(crate) reason: String,
    /// Tekton's word: also `Skipped`, `Continued`.
    pub(crate) termination: String,
}

/// What a plan is made from.
pub(crate) struct Order<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) task: &'a str,
    pub(crate) task_spec: &'a Value,
    pub(crate) spec: &'a Value,
    pub(crate) steer: &'a Steer,
    /// Makes the durations of different runs differ.
    pub(crate) seed: &'a str,
}

pub(crate) fn step_names(task_spec: &Value) -> Vec<String> {
    task_spec["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(at, step)| match step["name"].as_str() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("unnamed-{at}"),
        })
        .collect()
}

impl Plan {
    pub(crate) fn new(state: &State, order: &Order<'_>, created: Timestamp) -> Plan {
        let Order { namespace, task, task_spec, spec, steer, seed } = *order;
        let volumes = spec["workspaces"].as_array().map_or(&[][..], Vec::as_slice);
        let node = match scheduler::place(state, namespace, &spec["podTemplate"], task_spec, volumes) {
            Ok(node) => node,
            Err(why) => return Plan::Stuck(why),
        };
        let names = step_names(task_spec);
        if let Some(step) = names.iter().position(|step| steer.image_error(task, step)) {
            return Plan::NoImage { step, gives_up: later(created, 2) };
        }
        let ready = later(created, 1);
        let (mut at, mut broken, mut steps) = (ready, false, Vec::new());
        for (name, step) in names.into_iter().zip(task_spec["steps"].as_array().into_iter().flatten()) {
            let starts = at;
            let tolerated = step["onError"] == "continue";
            let (code, reason, termination) = match (broken, steer.failure(task, &name)) {
                (true, _) => (1, "Error".to_owned(), "Skipped".to_owned()),
                (false, None) => (0, "Completed".to_owned(), "Completed".to_owned()),
                (false, Some(Failure { code, .. })) if tolerated => (code, "Completed".into(), "Continued".into()),
                (false, Some(Failure { code, reason })) => (code, reason.clone(), reason),
            };
            if !broken {
                at = at.saturating_add(steer.seconds(task, &name, seed)).unwrap_or(Timestamp::MAX);
            }
            broken |= termination != "Completed" && termination != "Continued";
            steps.push(Step {
                container: format!("step-{name}"),
                image: step["image"].as_str().unwrap_or_default().to_owned(),
                name,
                starts,
                ends: at,
                code,
                reason,
                termination,
            });
        }
        Plan::Runs { node, ready, steps, ends: at }
    }

    /// The next moment after `now` at which something visible changes by itself.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Plan::Stuck(_) => None,
            Plan::NoImage { gives_up, .. } => Some(*gives_up).filter(|at| *at > now),
            Plan::Runs { ready, steps, ends, .. } => std::iter::once(*ready)
                .chain(steps.iter().map(|step| step.ends))
                .chain([*ends])
                .filter(|at| *at > now)
                .min(),
        }
    }

    pub(crate) fn ends(&self) -> Option<Timestamp> {
        match self {
            Plan::Stuck(_) => None,
            Plan::NoImage { gives_up, .. } => Some(*gives_up),
            Plan::Runs { ends, .. } => Some(*ends),
        }
    }

    /// The last step ends with code 1, which nobody had planned.
    pub(crate) fn fail_last(&mut self) {
        if let Plan::Runs { steps, .. } = self
            && let Some(step) = steps.last_mut()
        {
            (step.code, step.reason, step.termination) = (1, "Error".into(), "Error".into());
        }
    }

    /// The step that made the try fail.
    pub(crate) fn failed(&self) -> Option<&Step> {
        match self {
            Plan::Runs { steps, .. } => {
                steps.iter().find(|step| !["Completed", "Continued", "Skipped"].contains(&step.termination.as_str()))
            }
            _ => None,
        }
    }
}

pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
