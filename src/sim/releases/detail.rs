//! One release: phase, the results of its jobs, and the upgrades tried to and from it.
//!
//! Short and full detail differ by the changelog and the packages of the node image. The changelog is the
//! zero-valued one where there is nothing to compare with or nothing to read, as on the real server.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::chance::shuffle;
use super::changelog::{self, ChangeLog, MACHINE_OS};
use super::images::{Image, Images, Packages};
use super::notes;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    change_log: Option<String>,
    change_log_json: ChangeLog,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    node_image_streams: Vec<Value>,
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

pub fn answer(story: &Story, images: &dyn Images, stream: &str, tag: &str, query: &Query, now: Timestamp) -> Answer {
    let (stream, tag) = match find(story, stream, tag, query, now) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let made = match query.first("format") {
        "short" => Ok(None),
        _ => changes(story, images, (stream, tag), query.first("from"), now),
    };
    let (change_log, change_log_json, node_image_streams) = match made {
        Err(answer) => return answer,
        Ok(None) => (None, ChangeLog::none(), Vec::new()),
        Ok(Some((log, nodes))) => (Some(STANDARD.encode(notes::page(&log))), log, nodes),
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
        change_log,
        change_log_json,
        node_image_streams,
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

/// The changelog and the node image's packages since the release asked for, or the accepted one before.
fn changes(
    story: &Story,
    images: &dyn Images,
    (stream, tag): (&Stream, &Tag),
    from: &str,
    now: Timestamp,
) -> Result<Option<(ChangeLog, Vec<Value>)>, Answer> {
    let pull_spec = stream.pull_spec(tag, now);
    if pull_spec.is_empty() {
        return Ok(None);
    }
    let Some(image) = images.image(&pull_spec) else {
        return Err(Answer::error(
            500,
            format_args!(
                "listing machine-OS streams for {}: could not get release info for {pull_spec}: could not run oc command: error: unable to read image {pull_spec}: manifest unknown\n",
                tag.name
            ),
        ));
    };
    let earlier = match from {
        "" => changelog::before(stream, tag, now).map(|earlier| (stream, earlier)),
        from => story.tag(from, now),
    };
    let earlier = earlier.and_then(|(stream, earlier)| images.image(&stream.pull_spec(earlier, now)));
    Ok(earlier.map(|earlier| (ChangeLog::between(images, &earlier, &image), node_streams(images, &earlier, &image))))
}

fn node_streams(images: &dyn Images, from: &Image, to: &Image) -> Vec<Value> {
    let Some((component, version, display)) = to.version_of(MACHINE_OS) else {
        return Vec::new();
    };
    let old = from.version_of(MACHINE_OS).map_or(version, |(_, old, _)| old);
    let Packages { changed, added, removed } = images.packages(old, version);
    let mut difference = json!({});
    let plain = |pairs: Vec<(String, String)>| pairs.into_iter().collect::<BTreeMap<_, _>>();
    if !changed.is_empty() {
        let both = changed.into_iter().map(|(name, old, new)| (name, json!({"old": old, "new": new})));
        difference["changed"] = json!(both.collect::<BTreeMap<_, _>>());
    }
    if !added.is_empty() {
        difference["added"] = json!(plain(added));
    }
    if !removed.is_empty() {
        difference["removed"] = json!(plain(removed));
    }
    vec![json!({"name": display.unwrap_or(MACHINE_OS), "tag": component.name, "rpmDiff": difference})]
}
