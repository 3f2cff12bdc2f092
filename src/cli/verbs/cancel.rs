//! `cancel` and `delete`: what each would do to this run, then the one request for its uid.

use super::{change, run};
use crate::arguments::{Cancel, Yes};
use crate::code::End;
use crate::desk::Desk;
use crate::find;
use std::path::PathBuf;
use std::time::Duration;
use weir_domain::cancel::{Consequences, Grace, consequences};
use weir_domain::log::{LogId, LogPart};
use weir_domain::{Command, Failure, FailureKind, RunId};

pub(super) async fn cancel(desk: &mut Desk<'_>, cancel: &Cancel) -> Result<i32, End> {
    change::not_read_only(desk, "cancel", &cancel.run)?;
    let id = find::run(desk, &cancel.run, true).await?.id;
    let detail = run::detail(desk, &id, Duration::ZERO).await?;
    if detail.run.status.finished() {
        let why = format!("it has ended: {}", detail.run.status.word());
        return Err(Failure::new(
            FailureKind::Refused,
            format!("cannot cancel {id}"),
            why,
            "there is nothing to cancel",
        )
        .into());
    }
    change::may(desk, &id.cluster, &id.namespace, "cancel runs", |rights| rights.cancel).await?;
    let mut facts = words(&consequences(&detail, cancel.how), cancel.how);
    let log = cancel.save_log.as_deref().map(|name| log_path(name, &id));
    facts.extend(log.iter().map(|path| ("first", format!("the log is saved to {}", path.display()))));
    let command = Command::Cancel { run: id.clone(), uid: detail.run.uid.to_string(), how: cancel.how };
    let confirmed = change::confirmed(desk, command, &cancel.yes, &facts).await?;
    if let Some(path) = log {
        // Not saved means not cancelled: that was the order.
        let lines = desk.client.save_log(LogId { run: id, part: LogPart::Whole }, &path).await?;
        desk.paper.note(&format!("saved {lines} lines to {}", path.display()));
    }
    change::send(desk, confirmed, cancel.wait).await
}

pub(super) async fn delete(desk: &mut Desk<'_>, name: &str, yes: &Yes) -> Result<i32, End> {
    change::not_read_only(desk, "delete", name)?;
    let id = find::run(desk, name, true).await?.id;
    let detail = run::detail(desk, &id, Duration::ZERO).await?;
    change::may(desk, &id.cluster, &id.namespace, "delete runs", |rights| rights.delete).await?;
    let pods = detail.tasks.iter().flat_map(|t| &t.attempts).filter(|a| !a.pod.is_empty()).count();
    let mut facts = vec![
        ("status", detail.run.status.word().to_string()),
        ("goes too", format!("{} TaskRuns, {pods} pods and their logs", detail.tasks.len())),
    ];
    if !detail.run.status.finished() {
        facts.push(("beware", "it has not ended: what runs is cut, `finally` does not run".to_string()));
    }
    let command = Command::Delete { run: id, uid: detail.run.uid.to_string() };
    let confirmed = change::confirmed(desk, command, yes, &facts).await?;
    change::send(desk, confirmed, false).await
}

fn words(consequences: &Consequences, how: Grace) -> Vec<(&'static str, String)> {
    let mut facts = vec![("how", format!("{} ({})", how.words(), how.key()))];
    let mut list = |label: &'static str, names: &[String]| {
        if !names.is_empty() {
            facts.push((label, names.join(", ")));
        }
    };
    list("cuts", &consequences.cut);
    list("lets end", &consequences.ends);
    list("not begun", &consequences.unstarted);
    list("finally", &consequences.finally);
    list("pods gone", &consequences.pods);
    list("is public", &consequences.public);
    list("publishes", &consequences.still_publishing);
    facts
}

/// The given name, or the run's with `.log` in the current folder.
fn log_path(given: &str, run: &RunId) -> PathBuf {
    if given.is_empty() { PathBuf::from(format!("{}.log", run.name)) } else { PathBuf::from(given) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn only_what_a_cancel_does_is_told() {
        let none = Consequences {
            cut: vec!["build".into()],
            ends: Vec::new(),
            unstarted: Vec::new(),
            finally: Vec::new(),
            pods: vec!["build-pod".into()],
            public: Vec::new(),
            still_publishing: Vec::new(),
        };
        let labels: Vec<&str> = words(&none, Grace::Cancelled).into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, ["how", "cuts", "pods gone"]);
    }

    #[test]
    fn a_log_without_a_name_is_called_like_its_run() {
        let run = RunId::new("moc", "okd-coreos", "build-x1");
        assert_eq!(log_path("", &run), Path::new("build-x1.log"));
        assert_eq!(log_path("/x/y", &run), Path::new("/x/y"));
    }
}
