//! What stands in a release's list: its jobs, what changed, upgrades, what it came from and became, and its payload.
//!
//! Made on news; drawing only reads it.

use crate::screen::Ctx;
pub(super) use crate::words::tail;
use jiff::Timestamp;
use std::sync::Arc;
use weir_domain::payload::ChangedImages;
use weir_domain::release::detail::{Strip, StripLine, Upgrade};
use weir_domain::release::{Job, built};
use weir_domain::{Phase, Release, ReleaseDetail, ReleaseId, Status, StreamName};

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Title(&'static str),
    Job(Arc<str>),
    Change(Arc<str>),
    /// From, to.
    Upgrade(Arc<str>, Arc<str>),
    Related(ReleaseId),
    Payload,
}

#[derive(Clone, Debug)]
pub(super) struct JobRow {
    pub name: Arc<str>,
    /// `None`: it never ran.
    pub status: Option<Status>,
    pub blocking: bool,
    pub tries: u32,
    /// Newest release first.
    pub strip: Vec<Mark>,
    /// "11-19, 3 in a row".
    pub since: String,
    /// Of all attempts, the newest last.
    pub pages: Vec<Arc<str>>,
    pub decided: Option<Timestamp>,
}

/// What a job says in one release of the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Stands(Status),
    /// There is no image, so it has not begun or never ran.
    Idle,
    Untold,
}

impl JobRow {
    /// Nobody has tried it.
    pub fn idle(&self) -> bool {
        self.tries == 0 && matches!(self.status, None | Some(Status::Pending))
    }

    /// The page of the last attempt.
    pub fn url(&self) -> Option<&str> {
        self.pages.last().map(|page| &**page).filter(|page| !page.is_empty())
    }
}

#[derive(Clone, Debug)]
pub(super) enum Row {
    Title(&'static str, String),
    Job(JobRow),
    Change(ChangedImages),
    /// Whether it leads here.
    Upgrade(Upgrade, bool),
    /// How it is related, and when it was made.
    Related(ReleaseId, &'static str, Option<Timestamp>),
    Payload(Arc<str>),
}

impl Row {
    pub fn key(&self) -> Key {
        match self {
            Row::Title(title, _) => Key::Title(title),
            Row::Job(job) => Key::Job(job.name.clone()),
            Row::Change(images) => Key::Change(change_name(images)),
            Row::Upgrade(upgrade, _) => Key::Upgrade(upgrade.from.clone(), upgrade.to.clone()),
            Row::Related(id, ..) => Key::Related(id.clone()),
            Row::Payload(_) => Key::Payload,
        }
    }
}

fn change_name(images: &ChangedImages) -> Arc<str> {
    match &images.names[..] {
        [name] => name.clone(),
        names => names.join(", ").into(),
    }
}

pub(super) const INFORMING: &str = "INFORMING";
pub(super) const UNDECIDED: &str = "NOT DONE";
pub(super) const CHANGED: &str = "CHANGED";
pub(super) const UPGRADES: &str = "UPGRADES";
pub(super) const RELATED: &str = "RELATED";
pub(super) const PAYLOAD: &str = "PAYLOAD";

/// All rows; of a release without detail what the stream's list says of it.
pub(super) fn rows(
    id: &ReleaseId,
    release: Option<&Release>,
    detail: Option<&ReleaseDetail>,
    ctx: &Ctx<'_>,
) -> Vec<Row> {
    let listed = || release.and_then(|r| r.verdict.as_ref()).map_or(&[][..], |verdict| &verdict.jobs);
    let jobs = detail.map_or_else(listed, ReleaseDetail::jobs);
    let empty = Strip::default();
    let strip = detail.map_or(&empty, |detail| &detail.strip);
    let mut rows = Vec::new();
    self::jobs(jobs, release.map_or(Phase::Unknown, |release| release.phase), strip, &mut rows);
    if let Some(detail) = detail {
        changes(detail, &mut rows);
        upgrades(detail, &mut rows);
        related(id, detail, ctx, &mut rows);
    }
    if let Some(image) = release.and_then(|release| pull_spec(id, release, ctx)) {
        rows.push(Row::Title(PAYLOAD, String::new()));
        rows.push(Row::Payload(image));
    }
    rows
}

/// Of an earlier release the pages are not told: there, what is not done counts as running where jobs may have begun.
fn earlier(state: Option<&str>, phase: Phase) -> Mark {
    match state {
        None => Mark::Untold,
        Some("Succeeded") => Mark::Stands(Status::Ok),
        Some("Failed") => Mark::Stands(Status::Failed),
        Some("Pending") if phase.runs_jobs() => Mark::Stands(Status::Running),
        Some("Pending") => Mark::Idle,
        Some(_) => Mark::Stands(Status::Unknown),
    }
}

/// The release itself stands first in the strip and says there what its row says.
fn strip_marks(own: Option<Status>, strip: &Strip, line: &StripLine) -> Vec<Mark> {
    let phases = strip.releases.iter().map(|(_, phase)| *phase);
    let before = line.states.iter().zip(phases).map(|(state, phase)| earlier(state.as_deref(), phase));
    let own = match own {
        None | Some(Status::Pending) => Mark::Idle,
        Some(status) => Mark::Stands(status),
    };
    std::iter::once(own).chain(before.skip(1)).take(line.states.len()).collect()
}

fn jobs(jobs: &[Job], phase: Phase, strip: &Strip, rows: &mut Vec<Row>) {
    let mut sorted: Vec<JobRow> = jobs.iter().map(|job| job_row(job, phase, strip)).collect();
    let rank = |status: Option<Status>| match status {
        Some(Status::Failed) => 0,
        Some(Status::Running | Status::Pending | Status::Unknown) => 1,
        _ => 2,
    };
    let group = |job: &JobRow| match (job.blocking, job.status) {
        (true, _) => 0,
        (false, Some(Status::Ok | Status::Failed)) => 1,
        (false, _) if !phase.runs_jobs() => 1,
        (false, _) => 2,
    };
    sorted.sort_by(|a, b| (group(a), rank(a.status), &a.name).cmp(&(group(b), rank(b.status), &b.name)));
    let mut last = 0;
    for job in sorted {
        let here = group(&job);
        if here != last {
            rows.push(Row::Title(if here == 1 { INFORMING } else { UNDECIDED }, String::new()));
            last = here;
        }
        rows.push(Row::Job(job));
    }
}

fn job_row(job: &Job, phase: Phase, strip: &Strip) -> JobRow {
    let status = job.status(phase);
    let line = strip.line(&job.name);
    let told = line.map_or(0, |line| line.states.iter().flatten().count());
    let since = match (line, line.and_then(|line| line.failing())) {
        (Some(line), Some(_)) if line.never_passed() && told > 1 => format!("never passed in {told}"),
        (_, Some((count, _))) => {
            let day = strip.since(&job.name).map(|at| at.strftime("%m-%d").to_string());
            let row = (count > 1).then(|| format!("{count} in a row"));
            day.into_iter().chain(row).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    };
    let mut pages = job.earlier.clone();
    pages.push(job.url.clone());
    JobRow {
        name: job.name.clone(),
        status,
        blocking: job.blocking,
        tries: job.attempts,
        strip: line.map_or(Vec::new(), |line| strip_marks(status, strip, line)),
        since,
        pages,
        decided: job.decided,
    }
}

fn changes(detail: &ReleaseDetail, rows: &mut Vec<Row>) {
    let Some((since, log)) = &detail.changes else {
        let before = detail.accepted_before.as_deref();
        if let Some(before) = before.filter(|_| !detail.release.pull_spec.is_empty()) {
            rows.push(Row::Title(CHANGED, format!("since {}: not told yet", tail(before))));
        }
        return;
    };
    let count = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let images: usize = log.images.iter().map(|images| images.names.len().max(1)).sum();
    let remark =
        format!("since {}: {}, {}", tail(since), count(images, "component"), count(log.pulls(), "pull request"));
    rows.push(Row::Title(CHANGED, remark));
    rows.extend(log.images.iter().cloned().map(Row::Change));
}

fn upgrades(detail: &ReleaseDetail, rows: &mut Vec<Row>) {
    let (to, from) = (&detail.upgrades_to, &detail.upgrades_from);
    if to.is_empty() && from.is_empty() {
        return;
    }
    let said = [(to.len(), "here"), (from.len(), "on")].into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> =
        said.map(|(count, way)| format!("{count} lead{} {way}", if count == 1 { "s" } else { "" })).collect();
    rows.push(Row::Title(UPGRADES, said.join(", ")));
    rows.extend(to.iter().cloned().map(|upgrade| Row::Upgrade(upgrade, true)));
    rows.extend(from.iter().cloned().map(|upgrade| Row::Upgrade(upgrade, false)));
}

fn related(id: &ReleaseId, detail: &ReleaseDetail, ctx: &Ctx<'_>, rows: &mut Vec<Row>) {
    let mut found = Vec::new();
    if let Some(before) = &detail.accepted_before {
        found.push((ReleaseId { stream: id.stream.clone(), name: before.clone() }, "accepted before it"));
    }
    if let Some(from) = &detail.promoted_from {
        let stream = stream_of(from, ctx).unwrap_or_else(|| id.stream.clone());
        found.push((ReleaseId { stream, name: from.clone() }, "promoted from"));
    }
    found.extend(detail.promoted_as.iter().cloned().map(|id| (id, "promoted as")));
    if !found.is_empty() {
        rows.push(Row::Title(RELATED, String::new()));
    }
    for (id, how) in found {
        let at = release_of(&id, ctx).and_then(|release| release.created).or_else(|| built(&id.name));
        rows.push(Row::Related(id, how, at));
    }
}

/// A release as any list has it.
pub(super) fn release_of<'a>(id: &ReleaseId, ctx: &Ctx<'a>) -> Option<&'a Release> {
    let whole = ctx.world.releases.get(&id.stream).and_then(|kept| kept.value.as_ref());
    let newest = ctx.world.streams.get(&id.stream);
    [whole, newest].into_iter().flatten().flat_map(|stream| &stream.releases).find(|release| release.name == id.name)
}

/// Where its payload is: a detail whose parts still come may not tell it yet, while the list does.
pub(super) fn pull_spec(id: &ReleaseId, release: &Release, ctx: &Ctx<'_>) -> Option<Arc<str>> {
    let listed = || release_of(id, ctx).map(|release| release.pull_spec.clone());
    Some(release.pull_spec.clone()).filter(|image| !image.is_empty()).or_else(listed).filter(|image| !image.is_empty())
}

/// The stream that lists a release, else the one its name begins with.
fn stream_of(name: &Arc<str>, ctx: &Ctx<'_>) -> Option<StreamName> {
    let whole = ctx.world.releases.values().filter_map(|kept| kept.value.as_ref());
    let listed = whole.chain(ctx.world.streams.values()).find(|stream| stream.releases.iter().any(|r| r.name == *name));
    let named = built(name).and_then(|_| name.get(..name.len().checked_sub(18)?)).map(StreamName::new);
    listed.map(|stream| stream.name.clone()).or(named)
}
