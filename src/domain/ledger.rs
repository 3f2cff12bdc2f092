//! Who promoted what to where: the journal, the runs' annotations and the servers side by side.
//!
//! Nobody is guessed. Each *who* names its source, and where the sources disagree the row says so. A run belongs to a line of
//! the journal by its uid or by its plan's id, never by its name alone; `held` is what a channel was read to hold.

use crate::image::{Digest, ImageRef};
use crate::journal::{Entry, Outcome};
use crate::names::RunId;
use crate::plan::PlanRecord;
use crate::run::{Run, Starter};
use crate::status::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The run ended well, and whether the channel holds what it made was not seen.
const ENDED_WELL: &str = "ended well";

/// A release a channel holds, as servers tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub channel: Arc<str>,
    pub name: Arc<str>,
    pub created: Option<Timestamp>,
    /// What it says it came from: a release's name or its pull spec.
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
    /// The release it was made from, by its name; `None` also where only a digest is told that no plan of the journal has.
    pub from: Option<Arc<str>>,
    /// That release's image, as it was told.
    pub pull_spec: Option<Arc<str>>,
    pub who: Who,
    pub run: Option<RunId>,
    pub plan: Option<String>,
    /// `held`: the channel was read and holds it. `ended well`: only the run or the journal says so. Else `running`, `failed`,
    /// `cancelled`, `unknown`, `refused` or `gone`.
    pub outcome: &'static str,
    pub digest: Option<Digest>,
    pub reason: Option<String>,
    /// One sentence for each place where the sources disagree.
    pub disagreements: Vec<String>,
}

/// Everything known, newest first. `runs` are those of publishing Pipelines; `held` all releases of all channels that were
/// read, `read` the names of those channels, also of those that hold nothing.
pub fn rows(entries: &[Entry], runs: &[Run], held: &[Held], read: &[Arc<str>]) -> Vec<LedgerRow> {
    let mut rows: BTreeMap<(Arc<str>, Arc<str>), Vec<LedgerRow>> = BTreeMap::new();
    let mut seen_runs: Vec<&RunId> = Vec::new();
    let attempts = attempts(entries);
    for attempt in &attempts {
        let Attempt { sent, plan, after, .. } = *attempt;
        let key = (Arc::from(plan.channel.name.as_str()), Arc::from(plan.name.as_str()));
        let run = runs.iter().find(|run| attempt.made(run, &attempts));
        let mut disagreements = Vec::new();
        if let Some(run) = run {
            seen_runs.push(&run.id);
            if let Starter::Says { operator, .. } = &run.starter
                && **operator != *sent.operator
            {
                disagreements.push(format!("the journal says {}, the run says {operator}", sent.operator));
            }
        }
        let outcome = match (after.map(|a| a.outcome), run.map(|r| r.status)) {
            (Some(Outcome::Refused), _) => "refused",
            (Some(Outcome::Done), _) => ENDED_WELL,
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
            pull_spec: Some(plan.from.pull_spec.to_string().into()),
            who: Who::Journal { operator: sent.operator.clone(), host: sent.host.clone() },
            run: Some(plan.object.clone()),
            plan: Some(plan.id.clone()),
            outcome,
            digest: plan.digest.clone(),
            reason: sent.reason.clone(),
            disagreements,
        });
    }
    for run in runs.iter().filter(|r| !seen_runs.contains(&&r.id)) {
        let Some(channel) = run.param("target-release-stream").or_else(|| run.label("weir/channel")) else { continue };
        let name: Arc<str> =
            run.label("weir/name").or_else(|| run.param("target-release-name")).unwrap_or_default().into();
        let who = match &run.starter {
            Starter::Says { operator, .. } => Who::Says(operator.to_string()),
            Starter::NotRecorded => Who::NotRecorded,
            other => Who::Made(other.words()),
        };
        let (from, pull_spec) = origin(run.param("release-name"), entries);
        rows.entry((Arc::from(channel), name.clone())).or_default().push(LedgerRow {
            time: run.created,
            channel: Arc::from(channel),
            name,
            from,
            pull_spec,
            who,
            run: Some(run.id.clone()),
            plan: run.label("weir/plan-id").map(str::to_string),
            outcome: of_status(run.status),
            digest: None,
            reason: None,
            disagreements: Vec::new(),
        });
    }
    for release in held.iter().filter(|release| !release.name.is_empty()) {
        let (from, pull_spec) = origin(release.from.as_deref(), entries);
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
        match list.iter_mut().filter(|row| row.outcome != "refused").max_by_key(|row| credit(row.outcome)) {
            Some(row) => {
                if let (Some(planned), Some(server)) = (&row.from, from.or(pull_spec))
                    && server != *planned
                    && !row.plan.as_deref().is_some_and(|plan| from_digest(entries, plan, release))
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
                from,
                pull_spec,
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
    let mut all: Vec<LedgerRow> = rows.into_values().flatten().collect();
    for row in all.iter_mut().filter(|row| row.outcome == ENDED_WELL && !row.name.is_empty()) {
        // One that is there has become `held`, but for those of a second good attempt.
        let there = held.iter().any(|release| release.channel == row.channel && release.name == row.name);
        if !there && read.contains(&row.channel) {
            row.disagreements.push("it ended well, and the channel does not hold it".into());
        }
    }
    all.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| b.name.cmp(&a.name)));
    all
}

/// What the journal has of one promotion.
struct Attempt<'a> {
    /// The line before.
    sent: &'a Entry,
    plan: &'a PlanRecord,
    /// The last line after.
    after: Option<&'a Entry>,
    /// Of the run that the server said it made.
    uid: Option<&'a str>,
}

impl Attempt<'_> {
    /// Whether it made this run: by the uid, or, where no answer told it, by the plan's id that the run carries, unless the
    /// run says another operator or host: two may hold one plan. A refused one made nothing, whoever's run has the name now.
    fn made(&self, run: &Run, all: &[Attempt<'_>]) -> bool {
        if run.id != self.plan.object || self.after.is_some_and(|after| after.outcome == Outcome::Refused) {
            return false;
        }
        match self.uid {
            Some(uid) => *run.uid == *uid,
            None => {
                let others = match &run.starter {
                    Starter::Says { operator, host, .. } => {
                        **operator != *self.sent.operator || host.as_ref().is_some_and(|host| **host != *self.sent.host)
                    }
                    _ => false,
                };
                run.label("weir/plan-id") == Some(self.plan.id.as_str())
                    && !others
                    && !all.iter().any(|other| other.uid == Some(&*run.uid))
            }
        }
    }
}

/// The promotions of the journal. Lines of one share an id.
fn attempts(entries: &[Entry]) -> Vec<Attempt<'_>> {
    let mut all: Vec<Attempt<'_>> = Vec::new();
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.verb == "promote") {
        if entry.outcome == Outcome::Sending {
            let Some(plan) = entry.plan.as_deref() else { continue };
            by_id.insert(&entry.id, all.len());
            all.push(Attempt { sent: entry, plan, after: None, uid: None });
        } else if let Some(attempt) = by_id.get(entry.id.as_str()).map(|index| &mut all[*index]) {
            attempt.after = Some(entry);
            attempt.uid = Some(entry.uid.as_str()).filter(|uid| !uid.is_empty()).or(attempt.uid);
        }
    }
    all
}

/// Which of several attempts under one name a release that is there is told of: the last of those with the most.
fn credit(outcome: &str) -> u8 {
    match outcome {
        ENDED_WELL => 2,
        "failed" | "cancelled" => 0,
        _ => 1,
    }
}

/// Whether the release names its source by the digest that the plan has.
fn from_digest(entries: &[Entry], plan: &str, release: &Held) -> bool {
    let image: Option<ImageRef> = release.from.as_deref().and_then(|from| from.parse().ok());
    let digest = image.and_then(|image| image.digest);
    let mut plans = entries.iter().filter_map(|entry| entry.plan.as_deref());
    digest.is_some_and(|digest| plans.any(|record| record.id == plan && record.from.digest == digest))
}

/// Name and pull spec of a release that is told as either. A pull spec by digest, as a pinned run gives it, holds no name:
/// a plan of the journal may know it.
fn origin(told: Option<&str>, entries: &[Entry]) -> (Option<Arc<str>>, Option<Arc<str>>) {
    let Some(told) = told else { return (None, None) };
    let Ok(image) = told.parse::<ImageRef>() else { return (Some(told.into()), None) };
    let planned = || {
        let mut sources = entries.iter().filter_map(|entry| entry.plan.as_deref()).map(|plan| &plan.from);
        sources.find(|from| Some(&from.digest) == image.digest.as_ref()).map(|from| from.release.name.clone())
    };
    (image.tag.clone().or_else(planned), Some(told.into()))
}

fn of_status(status: Status) -> &'static str {
    match status {
        Status::Ok => ENDED_WELL,
        Status::Failed | Status::TimedOut => "failed",
        Status::Cancelled => "cancelled",
        Status::Running | Status::Pending => "running",
        Status::Skipped | Status::Unknown => "unknown",
    }
}
