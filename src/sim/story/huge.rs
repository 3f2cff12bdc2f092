//! Ten thousand runs: the usual days, and copies of three finished runs of theirs, back over months.
//!
//! Invariant: a copy costs its names and times, not its eleven kilobytes; those are one form shared by all.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{coreos, typical};
use crate::clock::stamp;
use crate::core::State;
use crate::kind::Kind;
use crate::object::{Cell, Filling, Form};

const RUNS: usize = 10_000;

/// The runs that are copied: namespace, name, and every how many of the copies is one of it.
const MODELS: [(&str, &str, &str); 3] = [
    ("okd-coreos", "okd-coreos-4.19-prod-pipelinerun-v5kqn", "okd-coreos-4.19-prod-pipelinerun"),
    ("okd-coreos", "okd-coreos-4.18-prod-pipelinerun-x2g7d", "okd-coreos-4.18-prod-pipelinerun"),
    ("okd-team", "operator-gitlab-runner-4pxzc", "operator-gitlab-runner"),
];

struct Model {
    form: Arc<Form>,
    namespace: &'static str,
    base: &'static str,
    labels: Box<[(Box<str>, Box<str>)]>,
    status: Box<str>,
    reason: Box<str>,
    lasts: SignedDuration,
}

pub(super) fn moc(state: &mut State, now: Timestamp) {
    typical::moc(state, now);
    let long = coreos::build("okd-coreos-4.22-prod-pipelinerun-million", "4.22", true);
    let started = now.saturating_sub(SignedDuration::from_hours(7)).unwrap_or(now);
    state.tell_run(
        long,
        &[("log-lines.fetch-and-build-baseos", "1000000"), ("log-style.fetch-and-build-baseos", "mixed")],
        started,
        now,
    );
    let models: Vec<_> = MODELS.iter().filter_map(|model| model_of(state, *model)).collect();
    let mut ago = SignedDuration::from_hours(120);
    for number in 0..RUNS.saturating_sub(state.store.count(Kind::PipelineRun)) {
        // Every seventh is the failed build, two in ten are the team's.
        let Some(model) = models.get(if number % 7 == 3 {
            1
        } else if number % 5 == 1 {
            2
        } else {
            0
        }) else {
            return;
        };
        ago += SignedDuration::from_mins(11);
        let start = now.saturating_sub(ago).unwrap_or(now);
        let end = start.saturating_add(model.lasts).unwrap_or(now);
        let name = format!("{}-h{number:05}", model.base);
        let uid = state.names.uid(Kind::PipelineRun, model.namespace, &name).into_boxed_str();
        let cells = [
            Cell::Text(name.as_str().into()),
            Cell::Text(model.status.clone()),
            Cell::Text(model.reason.clone()),
            Cell::Since(start),
            Cell::Since(end),
        ];
        let filling = Filling {
            namespace: model.namespace.into(),
            uid: uid.clone(),
            labels: model.labels.clone(),
            cells: cells.into(),
            entries: vec![name.as_str().into(), uid, stamp(start).into(), stamp(end).into()],
            name: name.into(),
        };
        state.store.fill(Kind::PipelineRun, &model.form, filling);
    }
}

fn model_of(state: &State, (namespace, name, base): (&'static str, &str, &'static str)) -> Option<Model> {
    let object = state.store.get(Kind::PipelineRun, namespace, name)?;
    let mut value = object.value(Kind::PipelineRun);
    let time = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    let lasts = time(&value["status"]["completionTime"])?.duration_since(time(&value["status"]["startTime"])?);
    let condition = &value["status"]["conditions"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().into();
    let (status, reason) = (text(&condition["status"]), text(&condition["reason"]));
    let meta = &mut value["metadata"];
    for (member, hole) in [("resourceVersion", 0), ("name", 1), ("uid", 2), ("creationTimestamp", 3)] {
        meta[member] = format!("@@{hole}@@").into();
    }
    let status_of = &mut value["status"];
    for (member, hole) in [("startTime", 3), ("completionTime", 4), ("finallyStartTime", 4)] {
        if status_of[member].is_string() {
            status_of[member] = format!("@@{hole}@@").into();
        }
    }
    status_of["conditions"][0]["lastTransitionTime"] = "@@4@@".into();
    for child in status_of["childReferences"].as_array_mut().into_iter().flatten() {
        let task = child["pipelineTaskName"].as_str().unwrap_or_default();
        child["name"] = format!("@@1@@-{task}").into();
    }
    if let Some(members) = status_of.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Some(Model {
        form: Arc::new(Form::new(&value)),
        namespace,
        base,
        labels: object.labels.clone(),
        status,
        reason,
        lasts,
    })
}
