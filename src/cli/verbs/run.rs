//! `run`: one run whole, what matters first.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::paper::Paper;
use crate::shapes::run::{Task, Whole};
use crate::table::Table;
use crate::{find, list};
use futures::StreamExt;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use weir_domain::why::why;
use weir_domain::{Detail, Failure, Loaded, News, RunId, Status, Watch, age_text, duration_text};

/// Pods and events arrive after the run; they explain why it waits.
const QUIET: Duration = Duration::from_millis(300);
const SETTLED: Duration = Duration::from_secs(2);

/// How many events people are shown; `-o json` has them all.
const EVENTS: usize = 10;

pub(super) async fn run(desk: &mut Desk<'_>, name: &str) -> Result<i32, End> {
    let found = find::run(desk, name, false).await?;
    let detail = detail(desk, &found.id, QUIET).await?;
    show(desk, &detail)?;
    let code = super::silence(desk, &[], &found.silent);
    Ok(if code == code::YES { code::of_run(detail.run.status) } else { code })
}

/// The run with its tasks, and with the pods and events that arrive within `quiet` of each other.
pub(super) async fn detail(desk: &Desk<'_>, run: &RunId, quiet: Duration) -> Result<Box<Detail>, Failure> {
    let mut watch = desk.client.watch(Watch::Detail(run.clone()));
    let limit = Instant::now() + list::LIMIT;
    let (mut known, mut until) = (None, limit);
    let mut settled = limit;
    loop {
        match timeout_at(until, watch.next()).await {
            Ok(Some(News::Detail(_, Loaded::Known(detail)))) => {
                if known.is_none() {
                    settled = Instant::now() + SETTLED;
                }
                if quiet.is_zero() {
                    return Ok(detail);
                }
                until = settled.min(Instant::now() + quiet);
                known = Some(detail);
            }
            Ok(Some(News::Detail(_, Loaded::Missing(failure)))) => return Err(failure),
            Ok(Some(News::Detail(_, Loaded::Lost { failure, .. }))) if known.is_none() => return Err(failure),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => {
                return known.ok_or_else(|| list::late(&format!("cannot read {run}"), &format!("`{}`", run.cluster)));
            }
        }
    }
}

/// The run as JSON or for people.
pub(super) fn show(desk: &mut Desk<'_>, detail: &Detail) -> Result<(), End> {
    let now = Timestamp::now();
    let program = desk.program();
    let paper = &mut desk.paper;
    let whole = Whole::of(detail, now);
    if paper.json {
        return paper.object(&whole);
    }
    let run = &detail.run;
    let title = format!("{}  {}", paper.strong(&run.id.name), paper.status(run.status));
    paper.line(&title)?;
    for (label, value) in facts(detail, now, &program) {
        paper.line(&format!("{label:<11}{value}"))?;
    }
    tasks(paper, &whole)?;
    section(paper, "Skipped", whole.skipped.iter().map(|s| format!("{}: {}", s.name, s.reason)))?;
    section(paper, "Parameters", detail.params.iter().map(|(name, value)| format!("{name} = {value}")))?;
    section(paper, "Results", detail.results.iter().map(|(name, value)| format!("{name} = {value}")))?;
    section(paper, "Workspaces", detail.workspaces.iter().map(|bound| format!("{} = {}", bound.name, bound.to)))?;
    let events = detail.events.iter().take(EVENTS).map(|event| {
        let age = event.last.map(|at| age_text(at, now)).unwrap_or_default();
        format!("{age:>4}  {}  {}: {}", event.reason, event.object, event.message)
    });
    section(paper, "Events, newest first", events)?;
    detail.unseen.iter().for_each(|sentence| paper.note(&format!("not seen: {sentence}")));
    Ok(())
}

fn facts(detail: &Detail, now: Timestamp, program: &str) -> Vec<(&'static str, String)> {
    let run = &detail.run;
    let mut facts = Vec::new();
    let why = why(detail);
    if let Some(why) = &why {
        facts.push(("why", why.sentence.clone()));
        if let Some(task) = &why.task {
            let step = why.step.as_ref().map(|s| format!(" --step {s}")).unwrap_or_default();
            facts.push(("look at", format!("{program} logs {} --task {task}{step}", run.id)));
        }
    } else if run.status.bad() {
        facts.push(("why", run.message.to_string()));
    }
    facts.push(("where", format!("{} / {}", run.id.cluster, run.id.namespace)));
    facts.push(("pipeline", format!("{}  {}", run.pipeline_name(), run.what()).trim_end().to_string()));
    let begun = match (run.started, run.created) {
        (Some(at), _) => format!("{} ago", age_text(at, now)),
        (None, Some(at)) => format!("not yet; made {} ago", age_text(at, now)),
        (None, None) => "not yet".into(),
    };
    let took = run.seconds(now).map(|s| format!(", took {}", duration_text(s))).unwrap_or_default();
    let took = if run.finished.is_some() { took } else { String::new() };
    facts.push(("started", format!("{begun}{took}; by: {}", run.starter.words())));
    if let Some(progress) = run.progress {
        facts.push(("tasks", format!("{} of {} done", progress.done, progress.total())));
    }
    if let Some(account) = &detail.service_account {
        facts.push(("account", account.to_string()));
    }
    if let Some(timeout) = &detail.timeout {
        facts.push(("limit", timeout.to_string()));
    }
    facts
}

fn tasks(paper: &mut Paper<'_>, whole: &Whole<'_>) -> Result<(), End> {
    if whole.tasks.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["TASK", "STATUS", ">TOOK", "STEPS", "REASON"]);
    for task in &whole.tasks {
        table.row([
            if task.finally { format!("{} (finally)", task.name) } else { task.name.to_string() },
            word(paper, task.status),
            task.duration_seconds.map(duration_text).unwrap_or_default(),
            steps(task),
            reason(task),
        ]);
    }
    paper.line("")?;
    table.print(paper)
}

/// The steps that are not done well; how many there are, when all are.
fn steps(task: &Task<'_>) -> String {
    let telling: Vec<String> = task
        .steps
        .iter()
        .filter(|step| step.status != "ok")
        .map(|step| match (step.exit_code, step.tolerated) {
            (Some(code), true) => format!("{} exited {code}, tolerated", step.name),
            (Some(code), false) => format!("{} exited {code}", step.name),
            (None, _) => format!("{} {}", step.name, step.status),
        })
        .collect();
    match (telling.is_empty(), task.steps.len()) {
        (true, 0) => String::new(),
        (true, 1) => "1 ok".into(),
        (true, n) => format!("{n} ok"),
        (false, _) => telling.join(", "),
    }
}

fn reason(task: &Task<'_>) -> String {
    let tries = if task.attempts > 1 { format!("{} tries", task.attempts) } else { String::new() };
    let plain = matches!(task.reason, None | Some("Succeeded" | "Running" | "Started"));
    match (plain, tries.is_empty()) {
        (true, _) => tries,
        (false, true) => task.reason.unwrap_or_default().to_string(),
        (false, false) => format!("{}, {tries}", task.reason.unwrap_or_default()),
    }
}

/// A status from its JSON key, in the word for people.
fn word(paper: &Paper<'_>, key: &str) -> String {
    let all = [
        Status::Ok,
        Status::Failed,
        Status::Running,
        Status::Pending,
        Status::Cancelled,
        Status::TimedOut,
        Status::Skipped,
    ];
    paper.status(all.into_iter().find(|status| status.key() == key).unwrap_or(Status::Unknown))
}

fn section(paper: &mut Paper<'_>, title: &str, lines: impl Iterator<Item = String>) -> Result<(), End> {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            paper.line("")?;
            let title = paper.strong(title);
            paper.line(&title)?;
        }
        paper.line(format!("  {line}").trim_end())?;
    }
    Ok(())
}
