//! Tekton's objects as the server sends them, decoded into the words of the domain.
//!
//! Only the wanted fields are decoded; managedFields and annotations that are not weir's are skipped by the parser.
//! Nothing here trusts the server: nulls, missing members and unknown shapes become empty or `None`.
//! Source of the formats: tektoncd/pipeline pkg/apis/pipeline/v1.

pub mod pipelines;
pub mod table;
pub mod tasks;
pub mod wire;
pub mod words;

use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::run::{PARAMS_SHOWN, Run, Starter, shown};
use weir_domain::{ClusterName, Depth, ParamValue, Progress, RunId, Status, secret};
use wire::{Condition, Meta, Time, nullable};
use words::Words;

/// A PipelineRun, v1 or v1beta1 (their members that are read here have the same names but for the pipeline's status).
#[derive(Deserialize)]
pub struct WireRun {
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(default, deserialize_with = "nullable")]
    pub spec: WireSpec,
    #[serde(default, deserialize_with = "nullable")]
    pub status: WireStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireSpec {
    #[serde(default, deserialize_with = "nullable")]
    pub pipeline_ref: WireRef,
    #[serde(default, deserialize_with = "nullable")]
    pub params: Vec<WireParam>,
    #[serde(default, deserialize_with = "nullable")]
    pub status: String,
}

#[derive(Default, Deserialize)]
pub struct WireRef {
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
}

#[derive(Deserialize)]
pub struct WireParam {
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    #[serde(default, deserialize_with = "wire::value")]
    pub value: Option<ParamValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireStatus {
    #[serde(default, deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    #[serde(default)]
    pub start_time: Option<Time>,
    #[serde(default)]
    pub completion_time: Option<Time>,
}

/// A clean, redacted, shared text.
pub fn clean(raw: &str) -> Arc<str> {
    Arc::from(secret::line(raw))
}

/// The condition of type `Succeeded`, if there is one.
pub fn succeeded(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|c| c.kind == "Succeeded")
}

impl WireRun {
    pub fn run(self, cluster: &str) -> Run {
        self.run_among(&Words::new(ClusterName::new(cluster)))
    }

    /// The same, its words shared with the other runs of a list.
    pub fn run_among(self, words: &Words) -> Run {
        let clean = |text: &str| words.clean(text);
        let id = RunId {
            cluster: words.cluster.clone(),
            namespace: words.namespace(&self.metadata.namespace),
            name: Arc::from(self.metadata.name.as_str()),
        };
        let started = self.status.start_time.and_then(|t| t.0);
        let condition = succeeded(&self.status.conditions);
        let status = Status::of_condition(condition.map(|c| (c.status.as_str(), c.reason.as_str())), started.is_some());
        let message = condition.map(|c| clean(&c.message)).unwrap_or_default();
        // A run that waits for its pods says why only in its message; a held one says so itself.
        let status =
            if self.spec.status == "PipelineRunPending" && !status.finished() { Status::Pending } else { status };
        let mut params: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for name in PARAMS_SHOWN {
            if let Some(value) = self.spec.params.iter().find(|p| p.name == name).and_then(|p| p.value.as_ref()) {
                params.push((clean(name), clean(&secret::shown(name, &shown(value)))));
            }
        }
        let named = |text: &str| (!text.is_empty()).then(|| clean(text));
        let starter = starter(&self.metadata, words);
        Run {
            uid: self::clean(&self.metadata.uid),
            depth: Depth::Whole,
            status,
            reason: condition.map(|c| clean(&c.reason)).unwrap_or_default(),
            progress: Progress::parse(&message),
            message,
            pipeline: named(&self.spec.pipeline_ref.name),
            params,
            created: self.metadata.creation_timestamp.and_then(|t| t.0),
            started,
            finished: self.status.completion_time.and_then(|t| t.0),
            starter,
            asked: named(&self.spec.status),
            labels: self.metadata.labels.iter().map(|(k, v)| (clean(k), clean(v))).collect(),
            id,
        }
    }
}

/// Who or what started it: weir's annotations, else the owner, else the trigger's labels, else not recorded.
fn starter(meta: &Meta, words: &Words) -> Starter {
    let clean = |text: &str| words.clean(text);
    let says = |key: &str| meta.says.get(key).filter(|v| !v.is_empty()).map(|v| clean(v));
    if let Some(operator) = says("weir/operator") {
        return Starter::Says { operator, host: says("weir/host"), reason: says("weir/reason") };
    }
    if let Some(owner) = meta.owner_references.first() {
        return Starter::Owner { kind: clean(&owner.kind), name: clean(&owner.name) };
    }
    let label = |key: &str| meta.labels.get(key).map(|v| clean(v));
    match label("triggers.tekton.dev/eventlistener") {
        Some(listener) => Starter::Trigger { listener, trigger: label("triggers.tekton.dev/trigger") },
        None => Starter::NotRecorded,
    }
}

/// A label selector's value for one run.
pub fn of_run(name: &str) -> String {
    format!("labelSelector={}", crate::http::encoded(&format!("tekton.dev/pipelineRun={name}")))
}

/// Parameters as a map of name to what is shown.
pub fn named_params(params: &[WireParam]) -> BTreeMap<String, ParamValue> {
    params.iter().filter_map(|p| Some((p.name.clone(), p.value.clone()?))).collect()
}

/// The time in an answer, if it is one.
pub fn time(value: Option<Time>) -> Option<Timestamp> {
    value.and_then(|t| t.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_nulls_and_strange_shapes_is_still_a_run() {
        let raw = r#"{"metadata":{"name":"x","namespace":"n","labels":null,"annotations":{"a":1},"creationTimestamp":"yesterday","managedFields":[{}]},
            "spec":{"params":null,"pipelineRef":null},"status":{"conditions":null,"startTime":null}}"#;
        let run: WireRun = serde_json::from_str(raw).expect("decodes");
        let run = run.run("moc");
        assert_eq!(run.status, Status::Pending);
        assert_eq!(run.created, None);
        assert_eq!(run.starter, Starter::NotRecorded);
    }

    #[test]
    fn what_an_object_says_of_itself_comes_before_its_labels() {
        let raw = r#"{"metadata":{"name":"x","namespace":"n","annotations":{"weir/operator":"jane","weir/reason":"cri-o \u001b[2Jfixed"},
            "labels":{"triggers.tekton.dev/eventlistener":"okd-coreos-prod"}},"spec":{"params":[{"name":"version","value":4.19},{"name":"branch","value":["a","b"]}]}}"#;
        let run = serde_json::from_str::<WireRun>(raw).expect("decodes").run("moc");
        assert_eq!(
            run.starter,
            Starter::Says { operator: "jane".into(), host: None, reason: Some("cri-o fixed".into()) }
        );
        assert_eq!(run.param("version"), Some("4.19"));
        assert_eq!(run.param("branch"), Some("a,b"));
    }
}
