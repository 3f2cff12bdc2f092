//! The three worlds: OKD's real streams with two weeks behind them, many streams, a bad way there.
//!
//! History counts from the full hour before `now`; what happens while one watches counts from
//! `now` itself: a waiting nightly is decided, a build gets ready, a new build begins.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::config::{ProwJob, ReleaseConfig, VerifyJob};
use super::history::{Fate, accepted, fates, full_hour, jobs, nightlies, seconds, stream, timed_name};
use super::story::{Faults, Job, Payload, Phase, Story, Stream, Tag};

const SCOS: &str = "registry.ci.openshift.org/origin/release-scos";
const SCOS_NEXT: &str = "registry.ci.openshift.org/origin/release-scos-next";
const FCOS: &str = "registry.ci.openshift.org/origin/release";
/// The streams of one world listed by `releasestreams/all`, when it is a huge one.
const MANY: usize = 60;

/// OKD's own streams, with one of each trouble a person on call meets.
pub fn typical(now: Timestamp) -> Story {
    let hour = full_hour(now);
    let four = stable(hour, "4-scos-stable", &["upgrade", "upgrade-minor"], FOUR_STABLE);
    let newest_four = newest_accepted(&four);
    let nightly = |minor: &str, from: Option<&str>, age, letters| {
        nightlies(nightly_config(minor), SCOS, from, hour, age, 24, letters)
    };
    let nightly_21 = nightly("4.21", Some("4.20.0-okd-scos.15"), 61, "ARAAFArAAAU");
    let nightly_22 = nightly("4.22", newest_four.as_deref(), 9, "RAAMAARFAArAAA");
    let nightly_50 = nightly("5.0", newest_accepted(&nightly_22).as_deref(), 7, "AArAARFAMAARAA");
    let mut nightly_51 = nightly("5.1", newest_accepted(&nightly_50).as_deref(), 3, "YARRAAFArRAA");
    decide_newest(&mut nightly_51, now + seconds(240));

    let mut ci_21 = nightlies(ci_config("4.21", &["aws"]), SCOS, None, hour, 0, 12, "PArAAAFAARAAAArAAAFAAAAAA");
    start_newest(&mut ci_21, now + seconds(300));
    let mut ci_22 = nightlies(ci_config("4.22", &[]), SCOS, None, hour, 4, 8, "AAAFAAAAAAAAFAAAAAAAAAFAAAAAAAAAAA");
    begin_new(&mut ci_22, now);

    Story {
        streams: vec![
            four,
            stable(hour, "4-scos-next", &[], FOUR_NEXT),
            stable(hour, "5-scos-stable", &["upgrade"], FIVE_STABLE),
            stable(hour, "5-scos-next", &["upgrade", "upgrade-minor"], FIVE_NEXT),
            ci_21,
            ci_22,
            nightly_21,
            nightly_22,
            nightly_50,
            nightly_51,
            ended(),
        ],
        ..Story::default()
    }
}

/// The typical world behind a proxy that throttles, shows a log-in page and cuts an answer.
pub fn broken(now: Timestamp) -> Story {
    let faults = Faults {
        throttled: true,
        html_tags_of: Some("5.0.0-0.okd-scos-nightly".into()),
        cut_tags_of: Some("4.22.0-0.okd-scos-nightly".into()),
        ..Faults::default()
    };
    Story { faults, ..typical(now) }
}

/// The typical world among many streams, each with weeks of tags.
pub fn huge(now: Timestamp) -> Story {
    let hour = full_hour(now);
    let letters = "AArAAFARAAMAAAR".repeat(3);
    let mut story = typical(now);
    let ended = story.streams.iter().filter(|stream| stream.config.end_of_life).count();
    let four = (5..=20).rev().map(|minor| format!("4.{minor}"));
    let minors = four.chain((2..).map(|minor| format!("5.{minor}")));
    let more = minors.flat_map(|minor| {
        let mut plain = ci_config(&minor, &["aws"]);
        plain.name = format!("{minor}.0-0.okd");
        plain.to = "release".into();
        [(ci_config(&minor, &["aws"]), SCOS), (nightly_config(&minor), SCOS), (plain, FCOS)]
    });
    let missing = (MANY + ended).saturating_sub(story.streams.len());
    let known: BTreeSet<String> = story.streams.iter().map(|stream| stream.config.name.clone()).collect();
    let more = more.filter(|(config, _)| !known.contains(&config.name));
    let more = more
        .take(missing)
        .zip(0..)
        .map(|((config, repository), at)| nightlies(config, repository, None, hour, 7 + at % 30, 12, &letters));
    story.streams.extend(more);
    story
}

/// Channels, newest first: release, days since it was tagged, how it went.
type Promoted = &'static [(&'static str, u64, char)];

const FOUR_STABLE: Promoted = &[
    ("4.21.0-okd-scos.7", 3, 'A'),
    ("4.21.0-okd-scos.6", 9, 'A'),
    ("4.21.0-okd-scos.5", 12, 'R'),
    ("4.21.0-okd-scos.4", 19, 'A'),
    ("4.21.0-okd-scos.3", 30, 'A'),
    ("4.21.0-okd-scos.2", 44, 'A'),
    ("4.21.0-okd-scos.1", 58, 'A'),
    ("4.21.0-okd-scos.0", 71, 'A'),
    ("4.20.0-okd-scos.15", 80, 'A'),
    ("4.20.0-okd-scos.14", 94, 'A'),
    ("4.20.0-okd-scos.13", 108, 'M'),
    ("4.20.0-okd-scos.12", 121, 'A'),
];
const FOUR_NEXT: Promoted = &[
    ("4.22.0-okd-scos.ec.3", 4, 'A'),
    ("4.22.0-okd-scos.ec.2", 11, 'A'),
    ("4.22.0-okd-scos.ec.1", 25, 'A'),
    ("4.22.0-okd-scos.ec.0", 39, 'A'),
];
const FIVE_STABLE: Promoted = &[("5.0.0-okd-scos.0", 5, 'A')];
const FIVE_NEXT: Promoted = &[
    ("5.1.0-okd-scos.ec.0", 3, 'A'),
    ("5.0.0-okd-scos.ec.2", 17, 'A'),
    ("5.0.0-okd-scos.ec.1", 31, 'R'),
    ("5.0.0-okd-scos.ec.0", 45, 'A'),
];

fn stable(hour: Timestamp, name: &str, upgrades: &[&str], promoted: Promoted) -> Stream {
    let prow_job = "release-openshift-okd-scos-installer-e2e-aws-upgrade-from-scos-stable";
    let verify = upgrades.iter().map(|upgrade| {
        let job = VerifyJob {
            upgrade: true,
            upgrade_from: if *upgrade == "upgrade-minor" { "PreviousMinor".into() } else { String::new() },
            prow_job: ProwJob { name: prow_job.into() },
            max_retries: 2,
            ..VerifyJob::default()
        };
        ((*upgrade).into(), job)
    });
    let config = ReleaseConfig {
        name: name.into(),
        message: format!("Releases promoted to the {name} channel"),
        mode: "Stable".into(),
        min_creation_interval_seconds: 86_400,
        publish: Some(Map::new()),
        verify: Some(verify.collect()),
        ..basic_config()
    };
    let made = promoted.iter().flat_map(|(tag, days, letter)| {
        let created = hour - seconds(days * 86_400 + 5_000);
        fates(letter.encode_utf8(&mut [0; 4])).map(|fate| ((*tag).to_owned(), created, fate)).collect::<Vec<_>>()
    });
    let minor_from = if name.starts_with('4') { "4.20.0-okd-scos.15" } else { "4.21.0-okd-scos.7" };
    let repository = if name.ends_with("next") { SCOS_NEXT } else { SCOS };
    let mut channel = stream(config, repository, Some(minor_from), made.collect());
    for tag in &mut channel.tags {
        tag.image = Some(format!("quay.io/okd/scos-release:{}", tag.name));
    }
    channel
}

/// A stream past its life: no list names it, but who knows its name is still served.
fn ended() -> Stream {
    let config = ReleaseConfig {
        name: "4.14.0-0.okd".into(),
        message: "OKD 4.14 on Fedora CoreOS, no longer built".into(),
        end_of_life: true,
        to: "release".into(),
        verify: Some(BTreeMap::new()),
        ..basic_config()
    };
    let made = [1_706_291_789, 1_701_471_494].map(|second| {
        let created = Timestamp::from_second(second).expect("two moments of the years 2023 and 2024");
        (timed_name(&config.name, created), created, Fate::Accepted)
    });
    stream(config, FCOS, None, made.into())
}

fn newest_accepted(stream: &Stream) -> Option<String> {
    let accepted = |tag: &&Tag| {
        let judged = tag.payload.as_ref().map(|payload| payload.phase);
        judged == Some(Phase::Accepted) || tag.overridden() == Some(Phase::Accepted)
    };
    stream.tags.iter().find(accepted).map(|tag| tag.name.clone())
}

/// The newest tag's running jobs end well at `moment`, which decides it.
fn decide_newest(stream: &mut Stream, moment: Timestamp) {
    let Some(tag) = stream.tags.first_mut() else { return };
    let decided = tag.payload.as_ref().map(|ready| accepted(ready, moment));
    tag.later = decided.into_iter().map(|payload| (moment, payload)).collect();
}

/// The newest tag's image is there at `moment`: its jobs begin.
fn start_newest(stream: &mut Stream, moment: Timestamp) {
    let Some(tag) = stream.tags.first_mut() else { return };
    let started = jobs(&stream.config, &tag.name, moment, Fate::Ready, None, None);
    tag.later = vec![(moment, Payload { phase: Phase::Ready, jobs: first_attempts(started) })];
}

fn first_attempts(mut jobs: Vec<Job>) -> Vec<Job> {
    for job in &mut jobs {
        job.builds.truncate(1);
    }
    jobs
}

/// Three minutes after `now` a build begins, is ready three minutes later and accepted after two more.
fn begin_new(stream: &mut Stream, now: Timestamp) {
    let minute = seconds(now.as_second().rem_euclid(60).unsigned_abs());
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let created = whole - minute + seconds(3 * 60 + 17);
    let payload = |phase| Payload { phase, jobs: Vec::new() };
    stream.tags.insert(
        0,
        Tag {
            name: timed_name(&stream.config.name, created),
            created,
            appears: Some(created),
            image: None,
            imported: None,
            annotated: None,
            approvals: Vec::new(),
            payload: Some(payload(Phase::Pending)),
            later: vec![
                (created + seconds(180), payload(Phase::Ready)),
                (created + seconds(300), payload(Phase::Accepted)),
            ],
            by_hand: None,
            annotations: Vec::new(),
        },
    );
}

fn basic_config() -> ReleaseConfig {
    ReleaseConfig { max_unready_releases: 1, expires: 259_200_000_000_000, ..ReleaseConfig::default() }
}

fn publish_tag(name: String) -> Option<Map<String, Value>> {
    let tag = json!({ "disabled": false, "tagRef": { "name": name }, "imageStreamRef": null, "verifyIssues": null });
    Some(Map::from_iter([("tag".to_owned(), tag)]))
}

/// Built from what is merged, decided by the jobs named, if any.
fn ci_config(minor: &str, blocking: &[&str]) -> ReleaseConfig {
    let verify = blocking.iter().map(|name| {
        let prow_job = ProwJob { name: format!("periodic-ci-openshift-release-master-okd-scos-{minor}-e2e-aws-ovn") };
        ((*name).to_owned(), VerifyJob { prow_job, max_retries: 2, ..VerifyJob::default() })
    });
    ReleaseConfig {
        name: format!("{minor}.0-0.okd-scos"),
        message: format!("OKD {minor} on CentOS Stream CoreOS, from merged changes"),
        to: "release-scos".into(),
        min_creation_interval_seconds: 43_200,
        mirror_prefix: format!("{minor}-okd-scos"),
        verify: Some(verify.collect()),
        publish: publish_tag(format!("scos-{minor}-ci")),
        check: Some(Map::new()),
        ..basic_config()
    }
}

/// Built from ART's images: two blocking jobs, the rest for information.
fn nightly_config(minor: &str) -> ReleaseConfig {
    let prefix = format!("periodic-ci-openshift-release-main-okd-scos-{minor}");
    let older = older_minor(minor);
    let candidate = json!({ "candidate": { "stream": "okd", "version": older } });
    let job = |name: &str, optional: bool, prow_job: String| {
        let max_retries = if optional { 0 } else { 2 };
        let job = VerifyJob { optional, prow_job: ProwJob { name: prow_job }, max_retries, ..VerifyJob::default() };
        (name.to_owned(), job)
    };
    let mut verify = BTreeMap::from([
        job("aws", false, format!("{prefix}-e2e-aws-ovn")),
        job("aws-upgrade", false, format!("{prefix}-e2e-aws-ovn-upgrade")),
        job("aws-upgrade-minor", true, format!("{prefix}-upgrade-from-okd-scos-{older}-e2e-aws-ovn-upgrade")),
        job("aws-ovn-techpreview", true, format!("{prefix}-e2e-aws-ovn-techpreview")),
        job("agent-single-node-ipv6", true, format!("{prefix}-e2e-agent-single-node-ipv6")),
        job("gcp", true, format!("{prefix}-e2e-gcp-ovn")),
        job("vsphere", true, format!("{prefix}-e2e-vsphere-ovn")),
        job("claude-payload-agent", true, format!("{prefix}-claude-payload-agent")),
    ]);
    for (name, job) in &mut verify {
        job.upgrade = name.contains("upgrade");
        job.upgrade_from_release = (name == "aws-upgrade-minor").then(|| candidate.clone());
        job.detached = name == "claude-payload-agent";
        job.multi_job_analysis = job.detached;
    }
    ReleaseConfig {
        name: format!("{minor}.0-0.okd-scos-nightly"),
        message: format!("OKD {minor} on CentOS Stream CoreOS, from nightly images"),
        to: "release-scos".into(),
        min_creation_interval_seconds: 43_200,
        mirror_prefix: format!("{minor}-okd-scos-art-latest"),
        verify: Some(verify),
        publish: publish_tag(format!("scos-{minor}")),
        check: Some(Map::new()),
        ..basic_config()
    }
}

/// 4.22 comes before 5.0.
fn older_minor(minor: &str) -> String {
    match minor.split_once('.').and_then(|(major, minor)| Some((major, minor.parse::<u32>().ok()?))) {
        Some((major, minor)) if minor > 0 => format!("{major}.{}", minor - 1),
        _ => "4.22".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::{JobKind, JobState};

    fn at(moment: &str) -> Timestamp {
        moment.parse().unwrap()
    }

    fn newest(story: &Story, stream: &str, now: Timestamp) -> Tag {
        story.stream(stream).unwrap().by_version(now)[0].clone()
    }

    #[test]
    fn two_processes_within_one_hour_tell_the_same_history() {
        let names = |now: &str| -> Vec<String> {
            let story = typical(at(now));
            let tags = story.streams.iter().flat_map(|stream| &stream.tags);
            let history = tags.filter(|tag| tag.appears.is_none());
            history.map(|tag| format!("{} {:?}", tag.name, tag.payload)).collect()
        };
        assert_eq!(names("2026-11-21T08:00:01Z"), names("2026-11-21T08:59:59.5Z"));
        assert_ne!(names("2026-11-21T08:00:01Z"), names("2026-11-21T09:00:01Z"));
    }

    #[test]
    fn nothing_of_the_past_lies_in_the_future() {
        for moment in ["2026-11-21T08:00:00Z", "2026-11-21T08:59:59Z"] {
            let now = at(moment);
            for tag in huge(now).streams.iter().flat_map(|stream| stream.tags_at(now)) {
                assert!(tag.created <= now, "{}", tag.name);
                for job in &tag.payload_at(now).map(|payload| payload.jobs.clone()).unwrap_or_default() {
                    assert!(job.finished.is_none_or(|end| end <= now), "{} {}", tag.name, job.name);
                }
            }
        }
    }

    #[test]
    fn the_typical_world_has_one_of_each_trouble() {
        let now = at("2026-11-21T08:40:00Z");
        let story = typical(now);
        let rejected = newest(&story, "4.22.0-0.okd-scos-nightly", now);
        assert_eq!(rejected.phase_at(now), Phase::Rejected);
        let payload = rejected.payload.unwrap();
        let upgrade = payload.jobs.iter().find(|job| job.name == "aws-upgrade").unwrap();
        assert_eq!((upgrade.kind, upgrade.state, upgrade.builds.len()), (JobKind::Blocking, JobState::Failed, 3));
        assert_eq!(newest(&story, "5.0.0-0.okd-scos-nightly", now).phase_at(now), Phase::Accepted);
        assert_eq!(newest(&story, "5.1.0-0.okd-scos-nightly", now).phase_at(now), Phase::Ready);
        assert_eq!(newest(&story, "4.21.0-0.okd-scos", now).phase_at(now), Phase::Pending);
        let stale = story.stream("4.21.0-0.okd-scos-nightly").unwrap();
        let accepted = stale.tags.iter().filter(|tag| tag.phase_at(now) == Phase::Accepted);
        assert!(accepted.map(|tag| tag.created).max().unwrap() < now - seconds(48 * 3600));
        assert!(story.stream("4.14.0-0.okd").unwrap().config.end_of_life);
    }

    #[test]
    fn a_new_build_begins_and_ends_while_one_watches() {
        let now = at("2026-11-21T08:40:25Z");
        let story = typical(now);
        let seen = |minutes: u64| {
            let later = now + seconds(minutes * 60);
            let tag = newest(&story, "4.22.0-0.okd-scos", later);
            (tag.name.clone(), tag.phase_at(later))
        };
        let new = "4.22.0-0.okd-scos-2026-11-21-084317".to_owned();
        assert_ne!(seen(0).0, new);
        assert_eq!(seen(3), (new.clone(), Phase::Pending));
        assert_eq!(seen(6), (new.clone(), Phase::Ready));
        assert_eq!(seen(9), (new, Phase::Accepted));
    }

    #[test]
    fn the_huge_world_lists_sixty_streams_of_different_names() {
        let story = huge(at("2026-11-21T08:40:00Z"));
        let names: BTreeSet<&str> = story.streams.iter().map(|stream| stream.config.name.as_str()).collect();
        assert_eq!(names.len(), story.streams.len());
        assert_eq!(story.streams.iter().filter(|stream| !stream.config.end_of_life).count(), 60);
    }
}
