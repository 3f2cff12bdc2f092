//! From a PipelineRun to its tasks: finds the Pipeline and the Tasks, checks parameters and workspaces.
//!
//! Every way this can fail ends the run at once, with the reason and the sentence of the real controller.

use serde_json::{Map, Value, json};

use super::run::{Beginning, Node, NodeState, filled_params};
use super::steer::Steer;
use super::substitute::{Known, replace};
use super::{admission, graph};
use crate::core::State;
use crate::kind::Kind;

pub(crate) enum Resolved {
    Ready(Box<Beginning>),
    Refused { beginning: Box<Beginning>, reason: &'static str, message: String },
}

pub(crate) fn run(state: &State, value: &Value, wishes: &[(&str, &str)]) -> Resolved {
    let meta = &value["metadata"];
    let text = |member: &str| meta[member].as_str().unwrap_or_default().to_owned();
    let map = |member: &str| meta[member].as_object().cloned().unwrap_or_default();
    let (namespace, name, spec) = (text("namespace"), text("name"), value["spec"].clone());
    let pipeline_name = spec["pipelineRef"]["name"].as_str().unwrap_or(&name).to_owned();
    let mut annotations: Map<String, Value> = map("annotations");
    annotations.retain(|key, _| !key.starts_with("kubectl.kubernetes.io/"));
    let mut beginning = Box::new(Beginning {
        uid: text("uid"),
        labels: map("labels"),
        steer: Steer::of(&meta["annotations"]).with(wishes).beneath(&annotations_of(
            state,
            Kind::Pipeline,
            &namespace,
            &spec["pipelineRef"],
        )),
        annotations,
        pipeline: Value::Null,
        nodes: Vec::new(),
        graph: 0,
        namespace,
        name,
        spec,
        pipeline_name,
    });
    match fill(state, &mut beginning) {
        Ok(()) => Resolved::Ready(beginning),
        Err((reason, message)) => Resolved::Refused { beginning, reason, message },
    }
}

type Refused = (&'static str, String);

fn fill(state: &State, run: &mut Beginning) -> Result<(), Refused> {
    let (namespace, name, pipeline_name) = (&run.namespace, &run.name, &run.pipeline_name);
    let place = format!("{namespace}/{name}");
    let mut pipeline = match &run.spec["pipelineSpec"] {
        Value::Null => {
            let found = state.store.get(Kind::Pipeline, namespace, pipeline_name).ok_or_else(|| {
                let message = format!(
                    "Error retrieving pipeline for pipelinerun {place}: error when getting Pipeline for PipelineRun {name}: tekton client cannot get pipeline {pipeline_name} from local cluster: pipelines.tekton.dev \"{pipeline_name}\" not found"
                );
                ("CouldntGetPipeline", message)
            })?;
            found.value(Kind::Pipeline)["spec"].clone()
        }
        spec => spec.clone(),
    };
    admission::embedded(&mut pipeline);
    let params = filled_params(&pipeline, &run.spec["params"]);
    let missing: Vec<_> = pipeline["params"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|param| param["name"].as_str())
        .filter(|name| !params.iter().any(|(known, _)| known == name))
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "[User error] PipelineRun {place} is missing some parameters required by Pipeline {namespace}/{pipeline_name}: pipelineRun missing parameters: [{}]",
            missing.join(" ")
        );
        return Err(("ParameterMissing", message));
    }
    let mistyped: Vec<_> = pipeline["params"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|param| {
            let value = params.iter().find(|(name, _)| param["name"] == name.as_str()).map(|(_, value)| value);
            let kind = match value {
                Some(Value::Array(_)) => "array",
                Some(Value::Object(_)) => "object",
                _ => "string",
            };
            param["type"].as_str().is_some_and(|wanted| wanted != kind)
        })
        .filter_map(|param| param["name"].as_str())
        .collect();
    if !mistyped.is_empty() {
        let message = format!(
            "[User error] PipelineRun {place} parameters have mismatching types with Pipeline {namespace}/{pipeline_name}'s parameters: parameters have inconsistent types : [{}]",
            mistyped.join(" ")
        );
        return Err(("ParameterTypeMismatch", message));
    }
    for workspace in pipeline["workspaces"].as_array().into_iter().flatten().filter(|one| one["optional"] != true) {
        let bound = run.spec["workspaces"].as_array().into_iter().flatten().any(|one| one["name"] == workspace["name"]);
        if !bound {
            let message = format!(
                "[User error] PipelineRun {place} doesn't bind Pipeline {namespace}/{pipeline_name}'s Workspaces correctly: pipeline requires workspace with name {} be provided by pipelinerun",
                workspace["name"]
            );
            return Err(("InvalidWorkspaceBindings", message));
        }
    }
    let uid = &run.uid;
    let known = |variable: &str| match variable {
        "context.pipelineRun.name" => Some(name.as_str().into()),
        "context.pipelineRun.namespace" => Some(namespace.as_str().into()),
        "context.pipelineRun.uid" => Some(uid.as_str().into()),
        "context.pipeline.name" => Some(pipeline_name.as_str().into()),
        _ => {
            let name = variable.strip_prefix("params.")?;
            params.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        }
    };
    let pipeline = filled(&pipeline, &known);
    let nodes = nodes(state, namespace, &format!("{namespace}/{pipeline_name}"), &pipeline)?;
    run.graph = pipeline["tasks"].as_array().map_or(0, Vec::len);
    run.nodes = nodes;
    run.pipeline = pipeline;
    Ok(())
}

/// Parameters go into tasks and results, not into the declarations of parameters themselves.
fn filled(pipeline: &Value, known: &Known<'_>) -> Value {
    let mut filled = pipeline.clone();
    for part in ["tasks", "finally", "results"] {
        if !filled[part].is_null() {
            filled[part] = replace(&pipeline[part], known);
        }
    }
    // The task's own parameters shadow the pipeline's inside an embedded task.
    for part in ["tasks", "finally"] {
        for (task, original) in
            filled[part].as_array_mut().into_iter().flatten().zip(pipeline[part].as_array().into_iter().flatten())
        {
            if original["taskSpec"]["params"].is_array() {
                task["taskSpec"] = original["taskSpec"].clone();
            }
        }
    }
    if let Some(members) = filled.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    filled
}

fn nodes(state: &State, namespace: &str, place: &str, pipeline: &Value) -> Result<Vec<Node>, Refused> {
    let list = |part: &str| pipeline[part].as_array().cloned().unwrap_or_default();
    let (tasks, finally) = (list("tasks"), list("finally"));
    let mut ties = graph::ties(&tasks).map_err(|why| {
        ("PipelineValidationFailed", format!("Pipeline {place} can't be Run; it has an invalid spec: {why}"))
    })?;
    ties.resize_with(tasks.len() + finally.len(), Vec::new);
    let mut nodes = Vec::new();
    for (task, ties) in tasks.into_iter().chain(finally).zip(ties) {
        if !task["matrix"].is_null() {
            return Err((
                "PipelineValidationFailed",
                format!("Pipeline {place} can't be Run; this cluster runs no matrix"),
            ));
        }
        let task_spec = task_spec(state, namespace, &task).map_err(|why| {
            let message = format!("Pipeline {place} can't be Run; it contains Tasks that don't exist: {why}");
            ("CouldntGetTask", message)
        })?;
        let missing: Vec<_> = task_spec["params"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|param| param["default"].is_null())
            .filter_map(|param| param["name"].as_str())
            .filter(|name| !task["params"].as_array().into_iter().flatten().any(|given| given["name"] == *name))
            .collect();
        if !missing.is_empty() {
            let name = task["name"].as_str().unwrap_or_default();
            let message = format!(
                "[User error] Validation failed for pipelinerun with error invalid input params for task {name}: missing values for these params which have no default values: [{}]",
                missing.join(" ")
            );
            return Err(("PipelineValidationFailed", message));
        }
        let name = task["name"].as_str().unwrap_or_default().to_owned();
        let beneath = annotations_of(state, Kind::Task, namespace, &task["taskRef"]);
        nodes.push(Node { name, task, task_spec, ties, state: NodeState::Waiting, when: Value::Null, beneath });
    }
    Ok(nodes)
}

/// The annotations of what a reference names; null for an embedded one.
fn annotations_of(state: &State, kind: Kind, namespace: &str, reference: &Value) -> Value {
    let name = reference["name"].as_str().unwrap_or_default();
    state
        .store
        .get(kind, namespace, name)
        .map_or(Value::Null, |held| held.value(kind)["metadata"]["annotations"].clone())
}

/// The specification a `taskRef` or `taskSpec` names.
pub(crate) fn task_spec(state: &State, namespace: &str, holder: &Value) -> Result<Value, String> {
    let mut spec = match &holder["taskSpec"] {
        Value::Null => {
            let name = holder["taskRef"]["name"].as_str().unwrap_or_default();
            let found = state.store.get(Kind::Task, namespace, name);
            let missing = || format!("Couldn't retrieve Task \"{name}\": tasks.tekton.dev \"{name}\" not found");
            found.ok_or_else(missing)?.value(Kind::Task)["spec"].clone()
        }
        spec => spec.clone(),
    };
    for part in ["params", "results"] {
        if spec[part].is_array() {
            admission::typed(&mut spec[part]);
        }
    }
    if let Some(members) = spec.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    for step in spec["steps"].as_array_mut().into_iter().flatten() {
        if step["computeResources"].is_null() {
            step["computeResources"] = json!({});
        }
    }
    Ok(spec)
}
