//! What the API server and Tekton's webhook do before an object is stored: fill in defaults, refuse nonsense.
//!
//! Refusals use the real webhook's sentences; what this world does not run (matrix, resolvers, custom tasks,
//! StepActions, CEL) is refused in one sentence of its own.

use serde_json::{Value, json};

use super::{graph, span, substitute};
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::table::condition;

const RUN: &[&str] = &[
    "managedBy",
    "params",
    "pipelineRef",
    "pipelineSpec",
    "status",
    "taskRunSpecs",
    "taskRunTemplate",
    "timeouts",
    "workspaces",
];
const TASK_RUN: &[&str] = &[
    "computeResources",
    "debug",
    "managedBy",
    "params",
    "podTemplate",
    "retries",
    "serviceAccountName",
    "sidecarSpecs",
    "status",
    "statusMessage",
    "stepSpecs",
    "taskRef",
    "taskSpec",
    "timeout",
    "workspaces",
];

/// Paths of members that the definitions do not have.
pub(crate) fn unknown_fields(kind: Kind, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |path: &str, value: &Value, known: &[&str]| {
        for key in value.as_object().into_iter().flat_map(|members| members.keys()) {
            if !known.contains(&key.as_str()) {
                found.push(if path.is_empty() { key.clone() } else { format!("{path}.{key}") });
            }
        }
    };
    look("", value, &["apiVersion", "kind", "metadata", "spec", "status"]);
    let spec = &value["spec"];
    if kind == Kind::PipelineRun {
        look("spec", spec, RUN);
        look("spec.timeouts", &spec["timeouts"], &["finally", "pipeline", "tasks"]);
        look("spec.taskRunTemplate", &spec["taskRunTemplate"], &["podTemplate", "serviceAccountName"]);
        look("spec.pipelineRef", &spec["pipelineRef"], &["apiVersion", "name", "params", "resolver"]);
    } else {
        look("spec", spec, TASK_RUN);
        look("spec.taskRef", &spec["taskRef"], &["apiVersion", "kind", "name", "params", "resolver"]);
    }
    found
}

/// Drops the members at these paths.
pub(crate) fn forget(value: &mut Value, paths: &[String]) {
    for path in paths {
        let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
        let pointer = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
        if let Some(Value::Object(members)) = value.pointer_mut(&pointer) {
            members.shift_remove(last);
        }
    }
}

pub(crate) fn default(kind: Kind, value: &mut Value) {
    if !value["spec"].is_object() {
        value["spec"] = json!({});
    }
    let spec = &mut value["spec"];
    for param in spec["params"].as_array_mut().into_iter().flatten() {
        if param["value"].is_number() || param["value"].is_boolean() {
            param["value"] = param["value"].to_string().into();
        }
    }
    if spec["params"].is_null()
        && let Some(members) = spec.as_object_mut()
    {
        members.shift_remove("params");
    }
    let account = json!("default");
    if kind == Kind::PipelineRun {
        let template = &mut spec["taskRunTemplate"];
        if template["serviceAccountName"].is_null() {
            template["serviceAccountName"] = account;
        }
        if spec["timeouts"]["pipeline"].is_null() {
            spec["timeouts"]["pipeline"] = "1h0m0s".into();
        }
        for part in ["pipeline", "tasks", "finally"] {
            tidy(&mut spec["timeouts"], part);
        }
        embedded(&mut spec["pipelineSpec"]);
        if spec["pipelineSpec"].is_null()
            && let Some(members) = spec.as_object_mut()
        {
            members.shift_remove("pipelineSpec");
        }
    } else {
        if spec["serviceAccountName"].is_null() {
            spec["serviceAccountName"] = account;
        }
        if spec["timeout"].is_null() {
            spec["timeout"] = "1h0m0s".into();
        }
        tidy(spec, "timeout");
        if spec["taskRef"].is_object() && spec["taskRef"]["kind"].is_null() {
            spec["taskRef"]["kind"] = "Task".into();
        }
    }
}

/// Writes a duration the way the API server stores it; absent stays absent.
fn tidy(parent: &mut Value, member: &str) {
    let Some(members) = parent.as_object_mut() else { return };
    match members.get(member).and_then(Value::as_str).map(span::parse) {
        Some(Ok(span)) => {
            members.insert(member.to_owned(), span::format(span).into());
        }
        Some(Err(_)) => {}
        None => {
            members.shift_remove(member);
        }
    }
}

/// Types of parameters and kinds of task references that a pipeline leaves out.
pub(crate) fn embedded(pipeline: &mut Value) {
    if !pipeline.is_object() {
        return;
    }
    typed(&mut pipeline["params"]);
    for part in ["tasks", "finally"] {
        for task in pipeline[part].as_array_mut().into_iter().flatten() {
            if task["taskRef"].is_object() && task["taskRef"]["kind"].is_null() {
                task["taskRef"]["kind"] = "Task".into();
            }
            if task["taskSpec"].is_object() {
                typed(&mut task["taskSpec"]["params"]);
                typed(&mut task["taskSpec"]["results"]);
                clear(&mut task["taskSpec"], &["params", "results"]);
            }
            clear(task, &["taskRef", "taskSpec"]);
        }
    }
    clear(pipeline, &["params", "tasks", "finally"]);
}

fn clear(value: &mut Value, members: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        for member in members {
            if object.get(*member).is_some_and(Value::is_null) {
                object.shift_remove(*member);
            }
        }
    }
}

pub(crate) fn typed(params: &mut Value) {
    for param in params.as_array_mut().into_iter().flatten() {
        if param["type"].is_null() {
            let kind = match &param["default"] {
                Value::Array(_) => "array",
                Value::Object(_) => "object",
                _ if param["properties"].is_object() => "object",
                _ => "string",
            };
            param["type"] = kind.into();
        }
        clear(param, &["default", "properties"]);
    }
}

pub(crate) fn validate(kind: Kind, value: &Value) -> Result<(), Refusal> {
    let spec = &value["spec"];
    let name = kind.facts().name;
    let shapes = [
        ("params", "v1.Params", spec["params"].is_array()),
        ("workspaces", "[]v1.WorkspaceBinding", spec["workspaces"].is_array()),
    ]
    .into_iter()
    .chain(
        [
            ("pipelineRef", "v1.PipelineRef"),
            ("pipelineSpec", "v1.PipelineSpec"),
            ("taskRef", "v1.TaskRef"),
            ("taskSpec", "v1.TaskSpec"),
        ]
        .map(|(member, kind)| (member, kind, spec[member].is_object())),
    );
    for (member, shape, fits) in shapes {
        if !spec[member].is_null() && !fits {
            return Err(undecodable(&misfit(&spec[member], name, member, shape)));
        }
    }
    for (at, param) in spec["params"].as_array().into_iter().flatten().enumerate() {
        if !param.is_object() {
            return Err(undecodable(&misfit(param, name, "params", "v1.Param")));
        }
        if param["value"].is_null() {
            return Err(Refusal::bad_request(
                "admission webhook \"webhook.pipeline.tekton.dev\" denied the request: mutation failed: cannot create patch for round tripped newBytes: cannot marshal interface: json: error calling MarshalJSON for type v1.ParamValue: impossible ParamValues.Type: \"\"",
            ));
        }
        let name = param["name"].as_str().unwrap_or_default();
        if spec["params"].as_array().into_iter().flatten().take(at).any(|other| other["name"] == name) {
            return Err(Refusal::denied(format!("expected exactly one, got both: spec.params[{name}].name")));
        }
    }
    if kind == Kind::PipelineRun { run(spec) } else { task_run(spec) }
}

/// Go's decoder about a member of the wrong type.
fn misfit(value: &Value, kind: &str, member: &str, shape: &str) -> String {
    let got = match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Array(_) => "array",
        _ => "object",
    };
    format!("json: cannot unmarshal {got} into Go struct field {kind}Spec.spec.{member} of type {shape}")
}

fn undecodable(why: &str) -> Refusal {
    Refusal::bad_request(format!(
        "admission webhook \"webhook.pipeline.tekton.dev\" denied the request: mutation failed: cannot decode incoming new object: {why}"
    ))
}

fn one_of(spec: &Value, a: &str, b: &str) -> Result<(), Refusal> {
    match (spec[a].is_object(), spec[b].is_object()) {
        (false, false) => Err(Refusal::denied(format!("expected exactly one, got neither: spec.{a}, spec.{b}"))),
        (true, true) => Err(Refusal::denied(format!("expected exactly one, got both: spec.{a}, spec.{b}"))),
        _ => Ok(()),
    }
}

fn run(spec: &Value) -> Result<(), Refusal> {
    let mut limits = Vec::new();
    for part in ["pipeline", "tasks", "finally"] {
        let limit = spec["timeouts"][part].as_str().map(span::parse).transpose().map_err(|why| undecodable(&why))?;
        limits.push(limit);
    }
    for (limit, part) in limits.iter().zip(["pipeline", "tasks", "finally"]) {
        if let Some(limit) = limit.filter(|limit| limit.is_negative()) {
            let written = span::format(limit.abs());
            return Err(Refusal::denied(format!("invalid value: -{written} should be >= 0: spec.timeouts.{part}")));
        }
    }
    one_of(spec, "pipelineRef", "pipelineSpec")?;
    if spec["pipelineRef"]["resolver"].is_string() {
        return Err(Refusal::denied("this cluster runs no resolvers: spec.pipelineRef.resolver"));
    }
    if spec["pipelineRef"].is_object() && spec["pipelineRef"]["name"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::denied("missing field(s): spec.pipelineRef.name"));
    }
    status(spec, &["Cancelled", "CancelledRunFinally", "StoppedRunFinally", "PipelineRunPending"])?;
    for (limit, part) in limits[1..].iter().zip(["tasks", "finally"]) {
        if let (Some(all), Some(limit)) = (limits[0], limit)
            && all.as_secs() > 0
            && *limit > all
        {
            return Err(Refusal::denied(format!(
                "invalid value: {} should be <= pipeline duration: spec.timeouts.{part}",
                span::format(*limit)
            )));
        }
    }
    workspaces(spec)?;
    if spec["pipelineSpec"].is_object() {
        pipeline(&spec["pipelineSpec"])?;
    }
    Ok(())
}

fn task_run(spec: &Value) -> Result<(), Refusal> {
    if let Some(timeout) = spec["timeout"].as_str() {
        span::parse(timeout).map_err(|why| undecodable(&why))?;
    }
    one_of(spec, "taskRef", "taskSpec")?;
    if spec["taskRef"]["resolver"].is_string() {
        return Err(Refusal::denied("this cluster runs no resolvers: spec.taskRef.resolver"));
    }
    status(spec, &["TaskRunCancelled"])?;
    workspaces(spec)?;
    if spec["taskSpec"].is_object() {
        task(&spec["taskSpec"], "spec.taskSpec")?;
    }
    Ok(())
}

fn status(spec: &Value, known: &[&str]) -> Result<(), Refusal> {
    let status = spec["status"].as_str().unwrap_or_default();
    if status.is_empty() || known.contains(&status) {
        return Ok(());
    }
    let list = match known {
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
        [] => String::new(),
    };
    Err(Refusal::denied(format!("invalid value: {status} should be {list}: spec.status")))
}

fn workspaces(spec: &Value) -> Result<(), Refusal> {
    const SOURCES: [&str; 7] =
        ["configMap", "csi", "emptyDir", "persistentVolumeClaim", "projected", "secret", "volumeClaimTemplate"];
    for (at, workspace) in spec["workspaces"].as_array().into_iter().flatten().enumerate() {
        let bound = SOURCES.iter().filter(|source| workspace[**source].is_object()).count();
        if bound != 1 {
            let got = if bound == 0 { "neither" } else { "both" };
            let at = format!("spec.workspaces[{at}]");
            return Err(Refusal::denied(format!(
                "expected exactly one, got {got}: {at}.configmap, {at}.emptydir, {at}.persistentvolumeclaim, {at}.secret, {at}.volumeclaimtemplate"
            )));
        }
    }
    Ok(())
}

fn pipeline(spec: &Value) -> Result<(), Refusal> {
    let tasks = spec["tasks"].as_array().map_or(&[][..], Vec::as_slice);
    if tasks.is_empty() {
        return Err(Refusal::denied(
            "expected at least one, got none: spec.pipelineSpec.description, spec.pipelineSpec.params, spec.pipelineSpec.resources, spec.pipelineSpec.tasks, spec.pipelineSpec.workspaces",
        ));
    }
    let declared: Vec<_> =
        spec["params"].as_array().into_iter().flatten().filter_map(|param| param["name"].as_str()).collect();
    let all = tasks.iter().chain(spec["finally"].as_array().into_iter().flatten());
    for (at, one) in all.enumerate() {
        if !one["matrix"].is_null() {
            return Err(Refusal::denied(format!("this cluster runs no matrix: spec.pipelineSpec.tasks[{at}].matrix")));
        }
        if one["taskRef"]["resolver"].is_string() {
            return Err(Refusal::denied(format!(
                "this cluster runs no resolvers: spec.pipelineSpec.tasks[{at}].taskRef"
            )));
        }
        if !one["taskRef"].is_object() && !one["taskSpec"].is_object() {
            let at = format!("spec.pipelineSpec.tasks[{at}]");
            return Err(Refusal::denied(format!("expected exactly one, got neither: {at}.taskRef, {at}.taskSpec")));
        }
        if tasks.iter().take(at.min(tasks.len())).any(|other| other["name"] == one["name"]) {
            let name = one["name"].as_str().unwrap_or_default();
            return Err(Refusal::denied(format!(
                "expected exactly one, got both: spec.pipelineSpec.tasks[{at}].name\ninvalid value: task {name} is already present in Graph, can't add it again: duplicate pipeline task: spec.pipelineSpec.tasks"
            )));
        }
        let kind = one["taskRef"]["kind"].as_str().unwrap_or("Task");
        if kind != "Task" || one["pipelineRef"].is_object() || one["pipelineSpec"].is_object() {
            return Err(Refusal::denied(format!(
                "invalid value: custom task ref must specify apiVersion: spec.pipelineSpec.tasks[{at}].taskRef.apiVersion"
            )));
        }
        if one["when"].as_array().into_iter().flatten().any(|when| when["cel"].is_string()) {
            return Err(Refusal::denied(format!("this cluster evaluates no CEL: spec.pipelineSpec.tasks[{at}].when")));
        }
        if one["taskSpec"].is_object() {
            task(&one["taskSpec"], &format!("spec.pipelineSpec.tasks[{at}].taskSpec"))?;
        }
        for param in one["params"].as_array().into_iter().flatten() {
            let mut mentioned = Vec::new();
            substitute::mentioned(&param["value"], &mut mentioned);
            for name in mentioned.iter().filter_map(|name| name.strip_prefix("params.")) {
                let base = name.split(['.', '[']).next().unwrap_or(name);
                if !declared.contains(&name) && !declared.contains(&base) {
                    return Err(Refusal::denied(format!(
                        "non-existent variable in {}: spec[{at}].params[{}]",
                        param["value"],
                        param["name"].as_str().unwrap_or_default()
                    )));
                }
            }
        }
    }
    graph::ties(tasks).map_err(Refusal::denied)?;
    Ok(())
}

fn task(spec: &Value, path: &str) -> Result<(), Refusal> {
    let steps = spec["steps"].as_array().map_or(&[][..], Vec::as_slice);
    if steps.is_empty() {
        return Err(Refusal::denied(format!("missing field(s): {path}.steps")));
    }
    if steps.iter().any(|step| step["ref"].is_object()) {
        return Err(Refusal::denied(format!("this cluster runs no StepActions: {path}.steps")));
    }
    Ok(())
}

/// May this object become that one?
pub(crate) fn update(kind: Kind, before: &Value, after: &Value) -> Result<(), Refusal> {
    validate(kind, after)?;
    if before["spec"] == after["spec"] {
        return Ok(());
    }
    let name = kind.facts().name;
    let succeeded = condition(&before["status"], "Succeeded");
    if ["True", "False"].iter().any(|done| succeeded["status"] == *done) {
        let why = format!("invalid value: Once the {name} is complete, no updates are allowed: spec");
        return Err(Refusal::denied(why));
    }
    let (mut old, mut new) = (before["spec"].clone(), after["spec"].clone());
    for spec in [&mut old, &mut new] {
        if let Some(members) = spec.as_object_mut() {
            members.shift_remove("status");
            members.shift_remove("statusMessage");
        }
    }
    if old != new {
        let why = format!("invalid value: Once the {name} has started, only status updates are allowed: spec");
        return Err(Refusal::denied(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(spec: Value) -> String {
        let mut value = json!({"metadata": {"name": "r"}, "spec": spec});
        default(Kind::PipelineRun, &mut value);
        let message = validate(Kind::PipelineRun, &value).unwrap_err().message;
        message.rsplit_once("failed: ").map_or(message.clone(), |(_, why)| why.to_owned())
    }

    #[test]
    fn defaults_are_those_of_the_real_webhook() {
        let mut value =
            json!({"metadata": {}, "spec": {"pipelineRef": {"name": "p"}, "params": [{"name": "a", "value": 3}]}});
        default(Kind::PipelineRun, &mut value);
        assert_eq!(
            value,
            json!({
                "metadata": {},
                "spec": {
                    "pipelineRef": {"name": "p"},
                    "params": [{"name": "a", "value": "3"}],
                    "taskRunTemplate": {"serviceAccountName": "default"},
                    "timeouts": {"pipeline": "1h0m0s"},
                },
            })
        );
    }

    #[test]
    fn nonsense_is_refused_in_the_webhooks_words() {
        assert_eq!(refused(json!({})), "expected exactly one, got neither: spec.pipelineRef, spec.pipelineSpec");
        assert_eq!(
            refused(json!({"pipelineRef": {"name": "a"}, "status": "Foo"})),
            "invalid value: Foo should be Cancelled, CancelledRunFinally, StoppedRunFinally or PipelineRunPending: spec.status"
        );
        assert_eq!(
            refused(json!({"pipelineRef": {"name": "a"}, "timeouts": {"pipeline": "1h", "tasks": "2h"}})),
            "invalid value: 2h0m0s should be <= pipeline duration: spec.timeouts.tasks"
        );
        assert!(
            refused(json!({"pipelineRef": {"name": "a"}, "workspaces": [{"name": "w"}]}))
                .starts_with("expected exactly one, got neither")
        );
    }

    #[test]
    fn a_finished_run_takes_no_change_and_a_started_one_only_its_status() {
        let run = |done: &str, spec: Value| json!({"spec": spec, "status": {"conditions": [{"type": "Succeeded", "status": done}]}});
        let plain = json!({"pipelineRef": {"name": "a"}});
        let stopped = json!({"pipelineRef": {"name": "a"}, "status": "Cancelled"});
        let other = json!({"pipelineRef": {"name": "b"}});
        let kind = Kind::PipelineRun;
        assert!(update(kind, &run("Unknown", plain.clone()), &run("Unknown", stopped.clone())).is_ok());
        let refusal = update(kind, &run("True", plain.clone()), &run("True", stopped)).unwrap_err();
        assert_eq!(refusal.code, 400);
        assert!(refusal.message.contains("Once the PipelineRun is complete, no updates are allowed"));
        assert!(
            update(kind, &run("Unknown", plain), &run("Unknown", other))
                .unwrap_err()
                .message
                .contains("only status updates")
        );
    }
}
