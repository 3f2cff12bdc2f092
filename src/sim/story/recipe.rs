//! Short ways to write Tasks, Pipelines and runs of the story.

use serde_json::{Value, json};

/// A step of OKD's pipelines: its name, its image, and how many `devices.kubevirt.io/kvm` it asks for with memory.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) image: &'static str,
    pub(super) kvm: Option<&'static str>,
    pub(super) env: &'static [(&'static str, &'static str, &'static str)],
    pub(super) tolerated: bool,
    pub(super) script: &'static str,
}

pub(super) const COSA: &str = "quay.io/coreos-assembler/coreos-assembler:latest";
pub(super) const WORKER: &str = "quay.io/okd/tekton-worker:latest";

pub(super) const fn step(name: &'static str, image: &'static str, script: &'static str) -> Step {
    Step { name, image, kvm: None, env: &[], tolerated: false, script }
}

impl Step {
    /// Asks for one kvm device and that much memory.
    pub(super) const fn kvm(self, memory: &'static str) -> Step {
        Step { kvm: Some(memory), ..self }
    }

    /// Takes variables from secrets: (variable, secret, key).
    pub(super) const fn env(self, env: &'static [(&'static str, &'static str, &'static str)]) -> Step {
        Step { env, ..self }
    }

    pub(super) const fn tolerated(self) -> Step {
        Step { tolerated: true, ..self }
    }

    fn value(&self) -> Value {
        let mut value = json!({
            "name": self.name,
            "image": self.image,
            "computeResources": {},
            "script": format!("#!/usr/bin/env bash\n{}\n", self.script),
        });
        if let Some(memory) = self.kvm {
            let wanted = json!({"devices.kubevirt.io/kvm": "1", "memory": memory});
            value["computeResources"] = json!({"limits": wanted, "requests": wanted});
            value["imagePullPolicy"] = "Always".into();
        }
        if !self.env.is_empty() {
            let from = |(name, secret, key): &(&str, &str, &str)| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}});
            value["env"] = self.env.iter().map(from).collect();
        }
        if self.tolerated {
            value["onError"] = "continue".into();
        }
        value
    }
}

/// `name` is required, `name=text` has a default, `name[]` is an array, ` # text` at the end describes.
pub(super) fn params(list: &[&str]) -> Value {
    list.iter()
        .map(|written| {
            let (written, description) = written.split_once(" # ").unwrap_or((written, ""));
            let (name, default) = match written.split_once('=') {
                Some((name, default)) => (name, Some(default)),
                None => (written, None),
            };
            let mut param = json!({"name": name.trim_end_matches("[]"), "type": "string"});
            if let Some(default) = default {
                param["default"] = default.into();
            }
            if name.ends_with("[]") {
                param["type"] = "array".into();
                if default.is_some() {
                    param["default"] = json!([]);
                }
            }
            if !description.is_empty() {
                param["description"] = description.into();
            }
            param
        })
        .collect()
}

pub(super) fn task(
    name: &str,
    namespace: &str,
    given: &[&str],
    results: &[&str],
    workspaces: &[&str],
    steps: &[Step],
) -> Value {
    let mut spec = json!({"steps": steps.iter().map(Step::value).collect::<Vec<_>>()});
    if !given.is_empty() {
        spec["params"] = params(given);
    }
    if !results.is_empty() {
        spec["results"] = results.iter().map(|name| json!({"name": name, "type": "string"})).collect();
    }
    if !workspaces.is_empty() {
        spec["workspaces"] = workspaces.iter().map(|name| json!({"name": name})).collect();
    }
    json!({"apiVersion": "tekton.dev/v1", "kind": "Task", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

/// One task of a pipeline: name, Task, what it runs after, parameters as (name, value), workspaces as (own, bound).
pub(super) fn uses(
    name: &str,
    task: &str,
    after: &[&str],
    given: &[(&str, &str)],
    workspaces: &[(&str, &str)],
) -> Value {
    let mut value = json!({"name": name, "taskRef": {"kind": "Task", "name": task}});
    if !after.is_empty() {
        value["runAfter"] = json!(after);
    }
    if !given.is_empty() {
        value["params"] = values(given);
    }
    if !workspaces.is_empty() {
        value["workspaces"] = workspaces.iter().map(|(own, bound)| json!({"name": own, "workspace": bound})).collect();
    }
    value
}

/// Adds `when`: each input must be the value.
pub(super) fn only_when(mut task: Value, conditions: &[(&str, &str)]) -> Value {
    task["when"] =
        conditions.iter().map(|(input, value)| json!({"input": input, "operator": "in", "values": [value]})).collect();
    task
}

pub(super) fn values(given: &[(&str, &str)]) -> Value {
    given.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

pub(super) fn pipeline(
    name: &str,
    namespace: &str,
    given: &[&str],
    workspaces: &[&str],
    tasks: Vec<Value>,
    finally: Vec<Value>,
) -> Value {
    let mut spec = json!({});
    if !given.is_empty() {
        spec["params"] = params(given);
    }
    spec["tasks"] = tasks.into();
    if !finally.is_empty() {
        spec["finally"] = finally.into();
    }
    if !workspaces.is_empty() {
        spec["workspaces"] = workspaces.iter().map(|name| json!({"name": name})).collect();
    }
    json!({"apiVersion": "tekton.dev/v1", "kind": "Pipeline", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

/// A PipelineRun as its maker wrote it; `bound` are its workspaces.
pub(super) fn run(
    name: &str,
    namespace: &str,
    pipeline: &str,
    given: &[(&str, &str)],
    bound: Vec<Value>,
    timeout: &str,
) -> Value {
    let mut spec = json!({
        "pipelineRef": {"name": pipeline},
        "taskRunTemplate": {"serviceAccountName": "pipeline"},
        "timeouts": {"pipeline": timeout},
    });
    if !given.is_empty() {
        spec["params"] = values(given);
    }
    if !bound.is_empty() {
        spec["workspaces"] = bound.into();
    }
    json!({
        "apiVersion": "tekton.dev/v1",
        "kind": "PipelineRun",
        "metadata": {"name": name, "namespace": namespace, "labels": {"tekton.dev/pipeline": pipeline}},
        "spec": spec,
    })
}

pub(super) fn secret(name: &str, secret: &str) -> Value {
    json!({"name": name, "secret": {"secretName": secret}})
}

pub(super) fn claim(name: &str, claim: &str) -> Value {
    json!({"name": name, "persistentVolumeClaim": {"claimName": claim}})
}
