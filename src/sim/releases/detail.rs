//! One release: phase, the results of its jobs, and the upgrades tried to and from it.
//!
//! Short and full detail differ by the changelog alone. No image is read here, so the changelog is
//! always the zero-valued one, which is also what the real server answers when it cannot make one.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use serde::Serialize;

use super::answer::Answer;
use super::route::Query;
use super::story::{Job, JobKind, JobState, Story, Stream, Tag, Upgrade};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReleaseInfo<'a> {
    name: &'a str,
    phase: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Results<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upgrades_to: Vec<UpgradeHistory<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upgrades_from: Vec<UpgradeHistory<'a>>,
    change_log_json: NoChangeLog,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blocking_jobs: BTreeMap<&'a str, JobResult>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    informing_jobs: BTreeMap<&'a str, JobResult>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    async_jobs: BTreeMap<&'a str, JobResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobResult {
    state: JobState,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<usize>,
    #[serde(rename = "previousAttemptURLs", skip_serializing_if = "Vec::is_empty")]
    previous_attempts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transition_time: Option<String>,
}

/// The source gives these fields no JSON names: capitals.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpgradeHistory<'a> {
    from: &'a str,
    to: &'a str,
    success: usize,
    failure: usize,
    total: usize,
    history: BTreeMap<&'a str, Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    state: JobState,
    url: &'a str,
}

#[derive(Default, Serialize)]
struct NoChangeLog {
    from: NoRelease,
    to: NoRelease,
}

#[derive(Serialize)]
struct NoRelease {
    name: &'static str,
    created: &'static str,
    digest: &'static str,
}

impl Default for NoRelease {
    fn default() -> Self {
        NoRelease { name: "", created: "0001-01-01T00:00:00Z", digest: "" }
    }
}

impl JobResult {
    fn of(job: &Job) -> JobResult {
        let mut urls: Vec<String> = job.builds.iter().map(|build| job.url_of(*build)).collect();
        let url = urls.pop().unwrap_or_default();
        JobResult {
            state: job.state,
            url,
            retries: (!urls.is_empty()).then_some(urls.len()),
            previous_attempts: urls,
            transition_time: job.finished.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        }
    }
}

impl<'a> UpgradeHistory<'a> {
    fn of(upgrade: &'a Upgrade) -> UpgradeHistory<'a> {
        let count = |wanted| upgrade.attempts.iter().filter(|(_, state)| *state == wanted).count();
        let history = upgrade.attempts.iter().map(|(url, state)| (url.as_str(), Run { state: *state, url }));
        UpgradeHistory {
            from: &upgrade.from,
            to: &upgrade.to,
            success: count(JobState::Succeeded),
            failure: count(JobState::Failed),
            total: upgrade.attempts.len(),
            history: history.collect(),
        }
    }
}

/// The tag within the stream; the error is the answer to give.
pub fn find<'a>(
    story: &'a Story,
    stream: &str,
    tag: &str,
    query: &Query,
    now: Timestamp,
) -> Result<(&'a Stream, &'a Tag), Answer> {
    let missing = || Answer::error(404, format_args!("unable to find release tag {tag}, it may have been deleted"));
    let (owner, found) = story.tag(tag, now).ok_or_else(missing)?;
    if owner.config.name != stream {
        return Err(Answer::error(404, format_args!("release tag {tag} does not belong to release {stream}")));
    }
    // The real server names the tag that was asked for, not the one in `from` that it did not find.
    match query.first("from") {
        "" => Ok((owner, found)),
        from if story.tag(from, now).is_some() => Ok((owner, found)),
        _ => Err(missing()),
    }
}

pub fn answer(story: &Story, stream: &str, tag: &str, query: &Query, now: Timestamp) -> Answer {
    let tag = match find(story, stream, tag, query, now) {
        Ok((_, tag)) => tag,
        Err(answer) => return answer,
    };
    let upgrades = story.upgrades(now);
    let picked = |wanted: fn(&Upgrade) -> &str| {
        let mut list: Vec<_> = upgrades.iter().filter(|up| wanted(up) == tag.name).map(UpgradeHistory::of).collect();
        shuffle(&mut list);
        list
    };
    Answer::json(&ReleaseInfo {
        name: &tag.name,
        phase: tag.phase_at(now).word(),
        results: tag.payload_at(now).map(|payload| results(&payload.jobs)),
        upgrades_to: picked(|up| &up.to),
        upgrades_from: picked(|up| &up.from),
        change_log_json: NoChangeLog::default(),
    })
}

fn results(jobs: &[Job]) -> Results<'_> {
    let of = |kind| {
        let jobs = jobs.iter().filter(|job| job.kind == kind);
        jobs.map(|job| (job.name.as_str(), JobResult::of(job))).collect()
    };
    Results {
        blocking_jobs: of(JobKind::Blocking),
        informing_jobs: of(JobKind::Informing),
        async_jobs: of(JobKind::Async),
    }
}

/// The real server walks a hash map: another order on every request. A client must not lean on one.
fn shuffle<T>(items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let chance = RandomState::new().hash_one(last);
        items.swap(last, (chance % (last as u64 + 1)) as usize);
    }
}
