//! A tag's ReleasePayload object: what it is to be verified by, how its jobs run, what was decided and by whom.
//!
//! Invariant: conditions are sorted by type and follow from the tag alone, as the real controllers write them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::story::{Job, JobKind, JobState, Phase, Stream, Tag};
use crate::clock::stamp;
use crate::core::digest;

pub(super) const NAMESPACE: &str = "origin";
const CREATED: &str = "Release creation Job completed";
const CREATION_FAILED: &str = "Release creation Job failed";
const BACKOFF: &str = "BackoffLimitExceeded: Job has reached the specified backoff limit";

/// The whole object, as it is when the controller makes it.
pub(super) fn object(stream: &Stream, tag: &Tag, shown: Phase, now: Timestamp) -> Value {
    let mut spec = json!({
        "payloadCoordinates": {
            "namespace": NAMESPACE,
            "streamName": stream.config.name,
            "imagestreamName": stream.image_stream(),
            "imagestreamTagName": tag.name,
        },
        "payloadCreationConfig": {
            "prowCoordinates": {"namespace": "ci"},
            "releaseCreationCoordinates": {"namespace": "ci-release", "releaseCreationJobName": tag.name},
        },
        "payloadType": "Local",
        "payloadVerificationConfig": verification(stream),
    });
    if let Some(by_hand) = &tag.by_hand {
        spec["payloadOverride"] = json!({"override": by_hand.word, "reason": by_hand.reason});
    }
    json!({
        "apiVersion": "release.openshift.io/v1alpha1",
        "kind": "ReleasePayload",
        "metadata": {
            "name": tag.name,
            "namespace": NAMESPACE,
            "finalizers": ["release.openshift.io/release-payload-controller"],
        },
        "spec": spec,
        "status": status(stream, tag, shown, now),
    })
}

fn verification(stream: &Stream) -> Value {
    let of = |blocking: bool| -> Vec<Value> {
        let jobs = stream.config.verify.iter().flatten().filter(|(_, job)| !job.disabled);
        jobs.filter(|(_, job)| job.is_blocking() == blocking)
            .map(|(name, job)| {
                let mut config = json!({"ciConfigurationName": name, "ciConfigurationJobName": job.prow_job.name});
                if job.max_retries > 0 {
                    config["maxRetries"] = job.max_retries.into();
                }
                config
            })
            .collect()
    };
    json!({
        "blockingJobs": of(true),
        "informingJobs": of(false),
        "payloadVerificationDataSource": "BuildFarmLookup",
    })
}

/// `shown` is the phase the conditions are to say; it is the tag's own unless a test makes them disagree.
pub(super) fn status(stream: &Stream, tag: &Tag, shown: Phase, now: Timestamp) -> Value {
    let mut status = Map::new();
    status.insert("conditions".into(), conditions(tag, shown, now));
    let creation = match tag.judged_at(now) {
        Phase::Pending | Phase::Unknown => ("Unknown", ""),
        Phase::Failed => ("Failed", CREATION_FAILED),
        _ => ("Success", CREATED),
    };
    status.insert(
        "releaseCreationJobResult".into(),
        json!({
            "coordinates": {"name": tag.name, "namespace": "ci-release"},
            "message": creation.1,
            "status": creation.0,
        }),
    );
    let jobs = tag.payload_at(now).map_or(&[][..], |payload| payload.jobs.as_slice());
    let of = |blocking: bool| -> Vec<Value> {
        let jobs = jobs.iter().filter(|job| (job.kind == JobKind::Blocking) == blocking);
        jobs.map(|job| result(stream, tag, job)).collect()
    };
    for (member, list) in [("blockingJobResults", of(true)), ("informingJobResults", of(false))] {
        if !list.is_empty() {
            status.insert(member.into(), list.into());
        }
    }
    status.into()
}

fn result(stream: &Stream, tag: &Tag, job: &Job) -> Value {
    let upgrade =
        stream.config.verify.as_ref().and_then(|verify| verify.get(&job.name)).filter(|config| config.upgrade);
    let runs: Vec<Value> = job
        .attempts()
        .zip(&job.builds)
        .enumerate()
        .map(|(at, ((url, state), build))| {
            let last = at + 1 == job.builds.len();
            let started = Timestamp::from_millisecond(started(*build)).unwrap_or(tag.created);
            let id = digest(&format!("{}/{}/{build}", tag.name, job.name));
            let mut run = json!({
                "coordinates": {
                    "cluster": if at % 2 == 0 { "build05" } else { "build11" },
                    "name": format!("{}-{}-4{}-b{}-{}", &id[..8], &id[8..12], &id[12..15], &id[15..18], &id[18..30]),
                    "namespace": "ci",
                },
                "humanProwResultsURL": url,
                "startTime": stamp(started),
                "state": match state {
                    JobState::Succeeded => "Success",
                    JobState::Failed => "Failure",
                    JobState::Pending => "Pending",
                },
            });
            let ended = if last { job.finished } else { None };
            if let Some(at) = ended {
                run["completionTime"] = stamp(at).into();
            }
            if let Some(config) = upgrade {
                let minor = config.upgrade_from == "PreviousMinor" || config.upgrade_from_release.is_some();
                run["upgradeType"] = if minor { "upgrade-minor" } else { "upgrade" }.into();
            }
            run
        })
        .collect();
    let mut shown = json!({
        "ciConfigurationName": job.name,
        "ciConfigurationJobName": job.prow_job,
        "state": match job.state {
            JobState::Succeeded => "Success",
            JobState::Failed => "Failure",
            JobState::Pending if job.builds.is_empty() => "Unknown",
            JobState::Pending => "Pending",
        },
    });
    if let Some(retries) =
        stream.config.verify.as_ref().and_then(|verify| verify.get(&job.name)).map(|job| job.max_retries)
        && retries > 0
    {
        shown["maxRetries"] = retries.into();
    }
    if !runs.is_empty() {
        shown["results"] = runs.into();
    }
    shown
}

/// The milliseconds in a build number.
fn started(build: u64) -> i64 {
    i64::try_from(build >> 22).unwrap_or(0) + super::history::BUILD_EPOCH
}

fn conditions(tag: &Tag, shown: Phase, now: Timestamp) -> Value {
    let judged = tag.judged_at(now);
    let since = tag.later.iter().map(|(moment, _)| *moment).filter(|moment| *moment <= now).max();
    let since = stamp(since.unwrap_or(tag.created));
    let by_hand = tag.by_hand.as_ref().filter(|_| tag.overridden() == Some(shown));
    let one = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "lastTransitionTime": since, "message": message, "reason": reason, "status": status, "type": kind,
        })
    };
    let word = |yes: bool| if yes { "True" } else { "False" };
    let four = match (judged, by_hand) {
        (Phase::Pending | Phase::Unknown, _) => [
            one("PayloadAccepted", "Unknown", "ReleasePayloadAccepted", ""),
            one("PayloadCreated", "Unknown", "ReleasePayloadCreated", ""),
            one("PayloadFailed", "Unknown", "ReleasePayloadFailed", ""),
            one("PayloadRejected", "Unknown", "ReleasePayloadRejected", ""),
        ],
        (Phase::Failed, _) => [
            one("PayloadAccepted", "False", "ReleasePayloadCreationJobFailed", BACKOFF),
            one("PayloadCreated", "False", "ReleasePayloadCreated", CREATION_FAILED),
            one("PayloadFailed", "True", "ReleasePayloadFailed", CREATION_FAILED),
            one("PayloadRejected", "True", "ReleasePayloadCreationJobFailed", BACKOFF),
        ],
        (_, decided) => {
            let (accepted, rejected, why) = match decided {
                Some(by_hand) if shown == Phase::Accepted => {
                    ("ReleasePayloadManuallyAccepted", "ReleasePayloadManuallyAccepted", by_hand.reason.as_str())
                }
                Some(by_hand) => {
                    ("ReleasePayloadManuallyRejected", "ReleasePayloadManuallyRejected", by_hand.reason.as_str())
                }
                None => ("ReleasePayloadAccepted", "ReleasePayloadRejected", ""),
            };
            [
                one("PayloadAccepted", word(shown == Phase::Accepted), accepted, why),
                one("PayloadCreated", "True", "ReleasePayloadCreated", CREATED),
                one("PayloadFailed", "False", "ReleasePayloadFailed", CREATED),
                one("PayloadRejected", word(shown == Phase::Rejected), rejected, why),
            ]
        }
    };
    Vec::from(four).into()
}
