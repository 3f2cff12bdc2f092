//! Runs to be made: an embedded pipeline, steered by the annotations that both worlds heed.

use crate::stage::Stage;
use serde_json::{Value, json};
use weir_domain::form::NewRun;
use weir_domain::{ClusterName, PipelineId, Tree};

pub struct Shape {
    pub namespace: String,
    pub name: String,
    object: Value,
}

/// A task of steps that do nothing but pass time and write lines.
pub fn task(name: &str, steps: &[&str]) -> Value {
    let steps: Vec<Value> = steps.iter().map(|step| json!({"name": step, "image": "tool", "script": "work"})).collect();
    json!({"name": name, "taskSpec": {"steps": steps}})
}

impl Shape {
    /// One task `only` with one step `work` of one second.
    pub fn new(stage: &Stage, namespace: &str, word: &str) -> Shape {
        let name = stage.name(word);
        let object = json!({
            "apiVersion": "tekton.dev/v1",
            "kind": "PipelineRun",
            "metadata": {"name": name, "namespace": namespace, "annotations": {"testbed/step-seconds": "1"}},
            "spec": {"pipelineSpec": {"tasks": [task("only", &["work"])]}},
        });
        Shape { namespace: namespace.to_string(), name, object }
    }

    /// An annotation `testbed/KEY`.
    pub fn steer(mut self, key: &str, value: &str) -> Shape {
        self.object["metadata"]["annotations"][format!("testbed/{key}")] = value.into();
        self
    }

    pub fn tasks(mut self, tasks: Value) -> Shape {
        self.object["spec"]["pipelineSpec"]["tasks"] = tasks;
        self
    }

    pub fn finally(mut self, tasks: Value) -> Shape {
        self.object["spec"]["pipelineSpec"]["finally"] = tasks;
        self
    }

    /// A member of the spec.
    pub fn spec(mut self, key: &str, value: Value) -> Shape {
        self.object["spec"][key] = value;
        self
    }

    /// Refers to a Pipeline in place of embedding one.
    pub fn of_pipeline(mut self, pipeline: &str) -> Shape {
        self.object["spec"] = json!({"pipelineRef": {"name": pipeline}});
        self
    }

    pub fn new_run(&self, cluster: &ClusterName) -> NewRun {
        let manifest: Tree = serde_json::from_value(self.object.clone()).expect("JSON is a tree");
        let pipeline = manifest.text_at(&["spec", "pipelineRef", "name"]).unwrap_or(&self.name).to_string();
        let pipeline = PipelineId::new(cluster.as_str(), &self.namespace, pipeline);
        NewRun { pipeline, manifest, rerun_of: None, publishes: false }
    }
}
