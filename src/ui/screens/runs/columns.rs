//! What a row says: status, name, pipeline, what it builds, its task, age, duration, who started it, and where it is.

use super::rows::Rows;
use crate::parts::badge::{status_role, status_text};
use crate::parts::table::{Cell, Column};
use crate::parts::text::Cut;
use crate::parts::when::age;
use crate::screen::Ctx;
use crate::theme::Role;
use weir_domain::{Depth, Run, Status, duration_text};

pub(super) fn columns(rows: &Rows) -> [Column; 9] {
    let widths = rows.widths;
    [
        Column::new("STATUS", 11, 11, 0),
        Column::new("RUN", 20, widths.name, 0).cut(Cut::Middle),
        Column::new("PIPELINE", 8, widths.pipeline, 3),
        Column::new("WHAT", 9, widths.what, 2),
        Column::new("TASK", 10, 34, 2),
        Column::new("AGE", 4, 4, 1).right(),
        Column::new("TIME", 6, 6, 11).right(),
        Column::new("CLUSTER/NAMESPACE", 17, widths.place.max(17), 10).cut(Cut::Middle),
        Column::new("STARTED BY", 12, widths.starter.min(40), 12),
    ]
}

pub(super) fn cells<'a>(run: &'a Run, ctx: &Ctx<'_>) -> [Cell<'a>; 9] {
    let status = Cell::role(status_text(run.status, ctx.glyphs), status_role(run.status));
    let task = task(run, ctx);
    let task_role = if run.status == Status::Running { None } else { Some(Role::Dim) };
    [
        status,
        Cell::new(&*run.id.name),
        Cell::new(pipeline(run)),
        Cell::new(run.what()),
        Cell { text: task.into(), role: task_role },
        Cell::new(age(run.created.or(run.started), ctx.now)),
        Cell::role(time(run, ctx), Role::Dim),
        Cell::role(format!("{}/{}", run.id.cluster, run.id.namespace), Role::Dim),
        Cell::role(run.starter.words(), Role::Dim),
    ]
}

/// A sketch does not say which Pipeline it is of.
fn pipeline(run: &Run) -> &str {
    if run.depth == Depth::Sketch && run.pipeline.is_none() { "" } else { run.pipeline_name() }
}

/// How long it took, exact; how long it runs so far, coarse, so that nothing ticks.
fn time(run: &Run, ctx: &Ctx<'_>) -> String {
    match (run.started, run.finished) {
        // The times of a sketch are too coarse to take one from the other.
        (_, Some(_)) if run.depth == Depth::Sketch => String::new(),
        (Some(_), Some(_)) => run.seconds(ctx.now).map_or_else(|| "-".into(), duration_text),
        (started, _) => age(started, ctx.now),
    }
}

/// How far, and the task that runs: "6/10 mirror". A finished run has only the count; one that waits says its reason.
fn task(run: &Run, ctx: &Ctx<'_>) -> String {
    let count = run.progress.map(|progress| format!("{}/{}", progress.done, progress.total()));
    if run.finished_status() {
        return count.unwrap_or_else(|| if run.depth == Depth::Sketch { "".into() } else { "-".into() });
    }
    let tasks = ctx.world.tasks(&run.id).unwrap_or_default();
    let mut going = tasks.iter().filter(|task| task.status() == Status::Running);
    let name = match (going.next(), going.count()) {
        (Some(task), 0) => Some(task.task.to_string()),
        (Some(task), more) => Some(format!("{} +{more}", task.task)),
        (None, _) => tasks.iter().find(|task| task.status() == Status::Pending).map(|task| task.task.to_string()),
    };
    match (name, count) {
        (Some(name), Some(count)) => format!("{count} {name}"),
        (Some(name), None) => name,
        (None, Some(count)) => count,
        (None, None) if run.status == Status::Pending && !run.reason.is_empty() => waits(&run.reason).to_string(),
        (None, None) => "-".into(),
    }
}

/// Why it waits, in a few words; a reason that weir does not know stays as it is.
fn waits(reason: &str) -> &str {
    match reason {
        "ExceededNodeResources" => "no node has room",
        "ExceededResourceQuota" => "over quota",
        "PullImageFailed" => "image missing",
        "PipelineRunPending" => "held",
        "ResolvingPipelineRef" | "ResolvingTaskRef" => "resolving",
        other => other,
    }
}

/// Whether the row is from before its cluster was lost.
pub(super) fn old(run: &Run, ctx: &Ctx<'_>) -> bool {
    ctx.world.runs.parts().any(|((cluster, namespace), part)| {
        part.live.lost()
            && *cluster == run.id.cluster
            && namespace.as_ref().is_none_or(|namespace| *namespace == run.id.namespace)
    })
}

/// One line with everything, for the clipboard.
pub(super) fn line(run: &Run, ctx: &Ctx<'_>) -> String {
    let mut facts = vec![run.id.to_string(), run.status.word().to_string()];
    if !run.reason.is_empty() {
        facts.push(run.reason.to_string());
    }
    facts.push(format!("pipeline {}", run.pipeline_name()));
    facts.extend(run.params.iter().map(|(name, value)| format!("{name}={value}")));
    for (word, at) in [("created", run.created), ("started", run.started), ("finished", run.finished)] {
        facts.extend(at.map(|at| format!("{word} {at}")));
    }
    facts.extend(run.seconds(ctx.now).map(|seconds| format!("took {}", duration_text(seconds))));
    facts.push(format!("started by {}", run.starter.words()));
    facts.join("  ")
}
