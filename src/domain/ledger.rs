//! Who promoted what to where: the journal, the runs' annotations and the servers side by side.
//!
//! Nobody is guessed. Each *who* names its source, and where the sources disagree the row says so.

use crate::image::Digest;
use crate::journal::{Entry, Outcome};
use crate::names::RunId;
use crate::run::{Run, Starter};
use crate::status::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A release a channel holds, as servers tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub channel: Arc<str>,
    pub name: Arc<str>,
    pub created: Option<Timestamp>,
    /// The release it says it came from.
    pub from: Option<Arc<str>>,
    /// What the release repository's tag holds now.
    pub tag: Option<Digest>,
    /// What the ImageStream imported under the name.
    pub imported: Option<Digest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// This machine's journal.
    Journal {
        operator: String,
        host: String,
    },
    /// The run's annotation says so.
    Says(String),
    /// The run's owner or trigger.
    Made(String),
    NotRecorded,
}

impl Who {
    /// "jane (journal)", "says jane", "CronJob cron-trigger-cluster-command", "not recorded"
    pub fn words(&self) -> String {
        match self {
            Who::Journal { operator, .. } => format!("{operator} (journal)"),
            Who::Says(name) => format!("says {name}"),
            Who::Made(words) => words.clone(),
            Who::NotRecorded => "not recorded".into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    pub time: Option<Timestamp>,
    pub channel: Arc<str>,
    pub name: Arc<str>,
    pub from: Option<Arc<str>>,
    pub who: Who,
    pub run: Option<RunId>,
    pub plan: Option<String>,
    /// `held`, `running`, `failed`, `cancelled`, `unknown`, `refused`, `gone`.
    pub outcome: &'static str,
    pub digest: Option<Digest>,
    pub reason: Option<String>,
    /// One sentence for each place where the sources disagree.
    pub disagreements: Vec<String>,
}

/// Everything known, newest first. `runs` are those of publishing Pipelines; `held` all releases of all channels.
pub fn rows(entries: &[Entry], runs: &[Run], held: &[Held]) -> Vec<LedgerRow> {
    let mut rows: BTreeMap<(Arc<str>, Arc<str>), Vec<LedgerRow>> = BTreeMap::new();
    let mut seen_runs: Vec<RunId> = Vec::new();
    for (sent, after) in attempts(entries) {
        let Some(plan) = &sent.plan else { continue };
        let key = (Arc::from(plan.channel.name.as_str()), Arc::from(plan.name.as_str()));
        let run = runs.iter().find(|r| {
            r.id == plan.object && (after.is_none_or(|a| a.uid.is_empty()) || after.is_some_and(|a| *a.uid == *r.uid))
        });
        let mut disagreements = Vec::new();
        if let Some(run) = run {
            seen_runs.push(run.id.clone());
            if let Starter::Says { operator, .. } = &run.starter
                && **operator != *sent.operator
            {
                disagreements.push(format!("the journal says {}, the run says {operator}", sent.operator));
            }
        }
        let outcome = match (after.map(|a| a.outcome), run.map(|r| r.status)) {
            (Some(Outcome::Refused), _) => "refused",
            (Some(Outcome::Done), _) => "held",
            (Some(Outcome::Failed), _) => "failed",
            (_, Some(status)) => of_status(status),
            (Some(Outcome::Accepted), None) => "gone",
            (None | Some(Outcome::Unknown | Outcome::Sending), None) => "unknown",
        };
        rows.entry(key.clone()).or_default().push(LedgerRow {
            time: Some(sent.time),
            channel: key.0,
            name: key.1,
            from: Some(plan.from.release.name.clone()),
            who: Who::Journal { operator: sent.operator.clone(), host: sent.host.clone() },
            run: Some(plan.object.clone()),
            plan: Some(plan.id.clone()),
            outcome,
            digest: plan.digest.clone(),
            reason: sent.reason.clone(),
            disagreements,
        });
    }
    for run in runs.iter().filter(|r| !seen_runs.contains(&r.id)) {
        let Some(channel) = run.param("target-release-stream").or_else(|| run.label("weir/channel")) else { continue };
        let name: Arc<str> = run.label("weir/name").map_or_else(|| Arc::from(""), Arc::from);
        let who = match &run.starter {
            Starter::Says { operator, .. } => Who::Says(operator.to_string()),
            Starter::NotRecorded => Who::NotRecorded,
            other => Who::Made(other.words()),
        };
        rows.entry((Arc::from(channel), name.clone())).or_default().push(LedgerRow {
            time: run.created,
            channel: Arc::from(channel),
            name,
            from: run.param("release-name").map(Arc::from),
            who,
            run: Some(run.id.clone()),
            plan: run.label("weir/plan-id").map(str::to_string),
            outcome: of_status(run.status),
            digest: None,
            reason: None,
            disagreements: Vec::new(),
        });
    }
    for release in held {
        let list = rows.entry((release.channel.clone(), release.name.clone())).or_default();
        let mut wrong = Vec::new();
        if let (Some(tag), Some(imported)) = (&release.tag, &release.imported)
            && tag != imported
        {
            wrong.push(format!(
                "the repository's tag holds {}, the channel imported {}",
                tag.short(),
                imported.short()
            ));
        }
        match list.iter_mut().rev().find(|row| row.outcome != "refused") {
            Some(row) => {
                if let (Some(planned), Some(server)) = (&row.from, &release.from)
                    && !server.ends_with(&**planned)
                    && !row.plan.as_deref().is_some_and(|plan| from_digest(entries, plan, server))
                {
                    wrong.push(format!("planned from {planned}, the release says {server}"));
                }
                if matches!(row.outcome, "failed" | "cancelled") {
                    wrong.push(format!("the run is {}, and the channel holds the release all the same", row.outcome));
                } else {
                    row.outcome = "held";
                }
                row.digest = release.tag.clone().or(row.digest.take());
                row.disagreements.extend(wrong);
            }
            None => list.push(LedgerRow {
                time: release.created,
                channel: release.channel.clone(),
                name: release.name.clone(),
                from: release.from.clone(),
                who: Who::NotRecorded,
                run: None,
                plan: None,
                outcome: "held",
                digest: release.tag.clone(),
                reason: None,
                disagreements: wrong,
            }),
        }
    }
    let known: Vec<(Arc<str>, Arc<str>)> = held.iter().map(|h| (h.channel.clone(), h.name.clone())).collect();
    let asked = |channel: &str| held.iter().any(|h| &*h.channel == channel);
    let mut all: Vec<LedgerRow> = rows.into_values().flatten().collect();
    for row in &mut all {
        let there = known.iter().any(|(channel, name)| *channel == row.channel && *name == row.name);
        if row.outcome == "held" && !there && asked(&row.channel) && !row.name.is_empty() {
            row.disagreements.push("the journal says it was promoted, the channel does not hold it".into());
        }
    }
    all.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| b.name.cmp(&a.name)));
    all
}

/// Each promotion's line before, with its last line after. Lines share an id.
fn attempts(entries: &[Entry]) -> Vec<(&Entry, Option<&Entry>)> {
    entries
        .iter()
        .filter(|e| e.verb == "promote" && e.outcome == Outcome::Sending)
        .map(|sent| (sent, entries.iter().rfind(|e| e.id == sent.id && e.outcome != Outcome::Sending)))
        .collect()
}

/// Whether a pull spec by digest is the source of a journal's plan: a pinned run names its source so.
fn from_digest(entries: &[Entry], plan: &str, pull_spec: &str) -> bool {
    entries
        .iter()
        .filter_map(|entry| entry.plan.as_deref())
        .any(|record| record.id == plan && pull_spec.ends_with(record.from.digest.as_str()))
}

fn of_status(status: Status) -> &'static str {
    match status {
        Status::Ok => "held",
        Status::Failed | Status::TimedOut => "failed",
        Status::Cancelled => "cancelled",
        Status::Running | Status::Pending => "running",
        Status::Skipped | Status::Unknown => "unknown",
    }
}
