//! What a run says about itself: its counts, its condition, its whole `status`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::paper;
use super::run::{Condition, NodeState, Run, Stop};
use super::substitute::{replace, result_of};
use crate::clock::stamp;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    succeeded: usize,
    failed: usize,
    ignored: usize,
    cancelled: usize,
    incomplete: usize,
    skipped: usize,
    timed_out: usize,
}

fn counts(run: &Run) -> Counts {
    let mut counts = Counts::default();
    for node in &run.nodes {
        match &node.state {
            NodeState::Waiting => counts.incomplete += 1,
            NodeState::Skipped(why) => {
                counts.skipped += 1;
                counts.timed_out += usize::from(why.contains("timeout"));
            }
            NodeState::Has(child) => match &child.fate {
                None => counts.incomplete += 1,
                Some(fate) if fate.ok => counts.succeeded += 1,
                Some(_) if child.cancelled() => counts.cancelled += 1,
                Some(_) if node.ignored() => counts.ignored += 1,
                Some(_) => counts.failed += 1,
            },
        }
    }
    counts
}

/// Whether the run is over, and its condition either way.
pub(super) fn condition(run: &Run, now: Timestamp) -> (bool, Condition) {
    let counts = counts(run);
    let done = counts.succeeded + counts.failed + counts.cancelled + counts.ignored;
    let failed = counts.failed + counts.ignored;
    let ignored = if counts.ignored > 0 { format!(" (Ignored: {})", counts.ignored) } else { String::new() };
    let made = |status, reason: &str, message| Condition { status, reason: reason.to_owned(), message, since: now };
    if counts.incomplete > 0 {
        let message = format!(
            "Tasks Completed: {done} (Failed: {failed}{ignored}, Cancelled {}), Incomplete: {}, Skipped: {}",
            counts.cancelled, counts.incomplete, counts.skipped
        );
        let stopping = counts.cancelled > 0 || counts.failed > 0 && run.finally_started.is_none();
        let reason = match run.stop {
            Some(Stop::CancelledRunFinally) => "CancelledRunningFinally",
            Some(Stop::StoppedRunFinally) => "StoppedRunningFinally",
            _ if counts.timed_out > 0 => "PipelineRunTimeoutRunningFinally",
            _ if stopping => "PipelineRunStopping",
            _ => "Running",
        };
        return (false, made("Unknown", reason, message));
    }
    let message = format!(
        "Tasks Completed: {done} (Failed: {failed}{ignored}, Cancelled {}), Skipped: {}",
        counts.cancelled, counts.skipped
    );
    let gracefully = matches!(run.stop, Some(Stop::CancelledRunFinally | Stop::StoppedRunFinally));
    let condition = if counts.failed > 0 || counts.timed_out > 0 {
        made("False", "Failed", message)
    } else if gracefully {
        made("False", "Cancelled", format!("PipelineRun \"{}\" was cancelled", run.name))
    } else if counts.cancelled > 0 {
        made("False", "Cancelled", message)
    } else {
        made("True", if counts.skipped > 0 { "Completed" } else { "Succeeded" }, message)
    };
    (true, condition)
}

/// `$(tasks.status)`: how the tasks of the graph went together.
pub(super) fn aggregate(run: &Run) -> &'static str {
    let graph = &run.nodes[..run.graph];
    if graph.iter().any(|node| node.failed() && !node.ignored()) {
        "Failed"
    } else if !graph.iter().all(super::run::Node::over) {
        "None"
    } else if graph.iter().any(|node| matches!(node.state, NodeState::Skipped(_))) {
        "Completed"
    } else {
        "Succeeded"
    }
}

pub(super) fn status(run: &Run) -> Value {
    let condition = &run.condition;
    let mut status = json!({
        "conditions": [{
            "lastTransitionTime": stamp(condition.since),
            "message": condition.message,
            "reason": condition.reason,
            "status": condition.status,
            "type": "Succeeded",
        }],
        "startTime": stamp(run.started),
    });
    let children: Vec<_> = run.order.iter().filter_map(|at| child_reference(run, *at)).collect();
    if !children.is_empty() {
        status["childReferences"] = children.into();
    }
    if run.pipeline.is_object() {
        status["pipelineSpec"] = run.pipeline.clone();
        status["provenance"] = paper::provenance();
    }
    let skipped: Vec<_> = run.nodes.iter().filter_map(skipped).collect();
    if !skipped.is_empty() && run.stop != Some(Stop::Cancelled) {
        status["skippedTasks"] = skipped.into();
    }
    if let Some(at) = run.completed {
        status["completionTime"] = stamp(at).into();
    }
    if let Some(at) = run.finally_started {
        status["finallyStartTime"] = stamp(at).into();
    }
    if condition.status == "True" {
        let results = results(run);
        if !results.is_empty() {
            status["results"] = results.into();
        }
    }
    status
}

fn child_reference(run: &Run, at: usize) -> Option<Value> {
    let node = &run.nodes[at];
    let mut reference = json!({"apiVersion": "tekton.dev/v1"});
    if let Some(name) = node.task["displayName"].as_str() {
        reference["displayName"] = name.into();
    }
    reference["kind"] = "TaskRun".into();
    reference["name"] = node.child()?.name.as_str().into();
    reference["pipelineTaskName"] = node.name.as_str().into();
    if node.when.as_array().is_some_and(|when| !when.is_empty()) {
        reference["whenExpressions"] = node.when.clone();
    }
    Some(reference)
}

fn skipped(node: &super::run::Node) -> Option<Value> {
    let NodeState::Skipped(reason) = node.state else { return None };
    let mut skipped = json!({"name": node.name, "reason": reason});
    if node.task["when"].as_array().is_some_and(|when| !when.is_empty()) {
        skipped["whenExpressions"] = node.task["when"].clone();
    }
    Some(skipped)
}

fn results(run: &Run) -> Vec<Value> {
    let known = |name: &str| {
        let (task, result) = result_of(name)?;
        run.nodes.iter().find(|node| node.name == task)?.child()?.result(result).cloned()
    };
    run.pipeline["results"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|result| json!({"name": result["name"], "value": replace(&result["value"], &known)}))
        .filter(|result| !result["value"].as_str().is_some_and(|text| text.contains("$(tasks.")))
        .collect()
}
