//! The world the exchanges were recorded in, told in the embedded server's own words.
//!
//! Nothing is copied from the recorded bodies but what a server would have been given: names,
//! phases, build numbers and configurations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, json};
use weir_sim::releases::{
    Job, JobKind, JobState, Payload, PeriodicJob, Phase, ProwJob, ReleaseConfig, Story, Stream, Tag, Upgrade, VerifyJob,
};

const SCOS: &str = "registry.ci.openshift.org/origin/release-scos";
const AWS: &str = "periodic-ci-openshift-release-master-okd-scos-4.21-e2e-aws-ovn";
const AWS_UPGRADE: &str = "periodic-ci-openshift-release-master-okd-scos-4.21-e2e-aws-ovn-upgrade";
const AWS_MINOR: &str =
    "periodic-ci-openshift-release-master-okd-scos-4.21-upgrade-from-okd-scos-4.20-e2e-aws-ovn-upgrade";
const VSPHERE: &str = "periodic-ci-openshift-release-master-okd-scos-4.21-e2e-vsphere-ovn";
const FROM_STABLE: &str = "release-openshift-okd-scos-installer-e2e-aws-upgrade-from-scos-stable";
const AWS_50: &str = "periodic-ci-openshift-release-main-okd-scos-5.0-e2e-aws-ovn-upgrade";
const MINOR_FROM: &str = "4.20.0-okd-scos.15";
/// Builds of the time before the recorder's.
const OLD: u64 = 1_900_000_000_000_000_000;
const PROW: &str = "https://prow.ci.openshift.org/view/gs/test-platform-results/logs";
const THREE_DAYS: u64 = 259_200_000_000_000;

pub fn recorded() -> Story {
    Story {
        streams: vec![next(), stable(), ci(), empty(), nightly(), reference(), ended()],
        past_upgrades: vec![
            past(
                "4.21.0-okd-scos.0",
                "4.21.0-okd-scos.1",
                FROM_STABLE,
                &[(1_900_000_000_000_000_002, JobState::Succeeded), (1_900_000_000_000_000_003, JobState::Failed)],
            ),
            past(
                "4.21.0-okd-scos.1",
                "4.21.0-0.okd-scos-2026-11-17-031502",
                AWS_UPGRADE,
                &[(1_990_000_000_014_557_184, JobState::Succeeded)],
            ),
            past("4.19.0-okd-scos.20", MINOR_FROM, FROM_STABLE, &good(&[34, 35])),
            past(MINOR_FROM, "4.21.0-0.okd-scos-2026-11-17-031502", AWS_MINOR, &good(&[3])),
            past("4.18.0-okd-scos.9", "4.21.0-okd-scos.0", FROM_STABLE, &[(OLD + 5, JobState::Succeeded)]),
            past(MINOR_FROM, "4.21.0-okd-scos.0", FROM_STABLE, &[(OLD + 1, JobState::Succeeded)]),
            past(MINOR_FROM, "4.21.0-okd-scos.0", FROM_STABLE, &good(&[36, 37])),
            past("4.21.0-okd-scos.2", "4.21.0-okd-scos.10", FROM_STABLE, &of(JobState::Pending, &[48, 49])),
            past(MINOR_FROM, "4.21.0-okd-scos.ec.1", FROM_STABLE, &[(OLD + 4, JobState::Failed)]),
            past(MINOR_FROM, "4.21.0-okd-scos.ec.1", FROM_STABLE, &of(JobState::Failed, &[42, 43, 44, 45, 46, 47])),
            past("4.21.0-okd-scos.2", "5.0.0-0.okd-scos-nightly-2026-11-19-090000", AWS_50, &good(&[28])),
            past(
                "5.0.0-0.okd-scos-nightly-2026-11-19-090000",
                "5.0.0-0.okd-scos-nightly-2026-11-20-090000",
                AWS_50,
                &good(&[30]),
            ),
        ],
        ..Story::default()
    }
}

/// Runs by the recorder's own numbers.
fn of(state: JobState, numbers: &[u64]) -> Vec<(u64, JobState)> {
    numbers.iter().map(|number| (1_990_000_000_000_000_000 + number * 7_278_592, state)).collect()
}

fn good(numbers: &[u64]) -> Vec<(u64, JobState)> {
    of(JobState::Succeeded, numbers)
}

fn past(from: &str, to: &str, job: &str, runs: &[(u64, JobState)]) -> Upgrade {
    let attempts = runs.iter().map(|(build, state)| (format!("{PROW}/{job}/{build}"), *state)).collect();
    Upgrade { from: from.into(), to: to.into(), attempts }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn tag(name: &str, created: &str, phase: Phase, jobs: Vec<Job>) -> Tag {
    Tag {
        name: name.into(),
        created: moment(created),
        appears: None,
        image: None,
        imported: None,
        annotated: None,
        approvals: Vec::new(),
        payload: (phase != Phase::Unknown).then_some(Payload { phase, jobs }),
        later: Vec::new(),
        by_hand: None,
        annotations: Vec::new(),
    }
}

fn job(name: &str, kind: JobKind, prow_job: &str, builds: &[u64], state: JobState, finished: &str) -> Job {
    Job {
        name: name.into(),
        kind,
        prow_job: prow_job.into(),
        builds: builds.to_vec(),
        state,
        finished: (!finished.is_empty()).then(|| moment(finished)),
        upgrade_from: None,
    }
}

fn upgrading(from: &str, job: Job) -> Job {
    Job { upgrade_from: Some(from.into()), ..job }
}

/// The four jobs of a 4.21 tag. Numbers are counted from the first build the recorder made.
struct Run<'a> {
    aws: (&'a [u64], JobState, &'a str),
    others: [u64; 3],
    upgrades: JobState,
    vsphere: JobState,
    finished: &'a str,
}

fn ci_jobs(run: &Run<'_>) -> Vec<Job> {
    let build = |number: u64| [1_990_000_000_000_000_000 + number * 7_278_592];
    let aws: Vec<u64> = run.aws.0.iter().flat_map(|number| build(*number)).collect();
    let other = |name, prow_job, at: usize, state| {
        job(name, JobKind::Informing, prow_job, &build(run.others[at]), state, run.finished)
    };
    vec![
        job("aws", JobKind::Blocking, AWS, &aws, run.aws.1, run.aws.2),
        upgrading("4.21.0-0.okd-scos-2026-11-17-031502", other("aws-upgrade", AWS_UPGRADE, 0, run.upgrades)),
        upgrading("4.20.0-okd-scos.15", other("aws-upgrade-minor", AWS_MINOR, 1, run.upgrades)),
        other("vsphere", VSPHERE, 2, run.vsphere),
    ]
}

fn waiting_jobs() -> Vec<Job> {
    let waiting = |name, kind| job(name, kind, "", &[], JobState::Pending, "");
    vec![
        waiting("aws", JobKind::Blocking),
        waiting("aws-upgrade", JobKind::Informing),
        waiting("aws-upgrade-minor", JobKind::Informing),
        waiting("vsphere", JobKind::Informing),
    ]
}

fn ci() -> Stream {
    use JobState::{Failed, Pending, Succeeded};
    let name = |date: &str| format!("4.21.0-0.okd-scos-{date}");
    let by_hand = Run {
        aws: (&[16, 17, 18], Failed, "2026-11-20T06:42:02Z"),
        others: [19, 20, 21],
        upgrades: Succeeded,
        vsphere: Succeeded,
        finished: "2026-11-20T06:22:02Z",
    };
    let ready =
        Run { aws: (&[22, 23], Pending, ""), others: [24, 25, 26], upgrades: Pending, vsphere: Pending, finished: "" };
    let accepted = Run {
        aws: (&[11, 12], Succeeded, "2026-11-19T06:32:02Z"),
        others: [13, 14, 15],
        upgrades: Succeeded,
        vsphere: Succeeded,
        finished: "2026-11-19T06:22:02Z",
    };
    let rejected = Run {
        aws: (&[5, 6, 7], Failed, "2026-11-18T18:42:02Z"),
        others: [8, 9, 10],
        upgrades: Failed,
        vsphere: Succeeded,
        finished: "2026-11-18T18:22:02Z",
    };
    let mut annotated = tag(&name("2026-11-15-031502"), "2026-11-15T03:15:02Z", Phase::Unknown, vec![]);
    annotated.annotated = Some(Phase::Accepted);
    Stream {
        config: ci_config(),
        repository: SCOS.into(),
        // Out of order on purpose: answers must sort.
        tags: vec![
            annotated,
            tag(&name("2026-11-20-031502"), "2026-11-20T03:15:02Z", Phase::Accepted, ci_jobs(&by_hand)),
            tag(&name("2026-11-21-031502"), "2026-11-21T03:15:02Z", Phase::Pending, waiting_jobs()),
            tag(&name("2026-11-20-151502"), "2026-11-20T15:15:02Z", Phase::Ready, ci_jobs(&ready)),
            tag(&name("2026-11-18-151502"), "2026-11-18T15:15:02Z", Phase::Rejected, ci_jobs(&rejected)),
            tag(&name("2026-11-19-031502"), "2026-11-19T03:15:02Z", Phase::Accepted, ci_jobs(&accepted)),
            tag(&name("2026-11-16-210211"), "2026-11-16T21:02:11Z", Phase::Failed, waiting_jobs()),
            tag(&name("2026-11-17-031502"), "2026-11-17T03:15:02Z", Phase::Accepted, vec![]),
        ],
    }
}

fn stable() -> Stream {
    let name = |number: &str| format!("4.21.0-okd-scos.{number}");
    let with = |label: &str, build: u64, done: &str| {
        let job = job(label, JobKind::Blocking, FROM_STABLE, &[build], JobState::Succeeded, done);
        upgrading("4.20.0-okd-scos.15", job)
    };
    let both =
        |builds: [u64; 2], done: &str| vec![with("upgrade", builds[0], done), with("upgrade-minor", builds[1], done)];
    let one = both([1_990_000_000_276_586_496, 1_990_000_000_283_865_088], "2026-10-20T13:07:00Z");
    let latest = both([1_990_000_000_291_143_680, 1_990_000_000_298_422_272], "2026-11-18T13:07:00Z");
    let mut two = tag(&name("2"), "2026-11-18T10:00:00Z", Phase::Accepted, latest);
    two.image = Some("quay.io/okd/scos-release:4.21.0-okd-scos.2".into());
    let verify = |upgrade_from: &str| VerifyJob {
        upgrade: true,
        upgrade_from: upgrade_from.into(),
        prow_job: ProwJob { name: FROM_STABLE.into() },
        max_retries: 2,
        ..VerifyJob::default()
    };
    Stream {
        config: ReleaseConfig {
            name: "4-scos-stable".into(),
            message: "All amd64 OKD/SCOS versions are tracked here".into(),
            mode: "Stable".into(),
            max_unready_releases: 1,
            min_creation_interval_seconds: 86_400,
            pull_secret_name: "source".into(),
            override_cli_image: "image-registry.openshift-image-registry.svc:5000/ocp/4.19:cli".into(),
            expires: THREE_DAYS,
            verify: Some(BTreeMap::from([
                ("upgrade".into(), verify("")),
                ("upgrade-minor".into(), verify("PreviousMinor")),
            ])),
            publish: Some(Map::new()),
            ..ReleaseConfig::default()
        },
        repository: SCOS.into(),
        // The oldest version was tagged last: a stable channel goes by version.
        tags: vec![
            tag("4.20.0-okd-scos.15", "2026-11-20T12:00:00Z", Phase::Accepted, vec![]),
            tag(&name("0"), "2026-10-01T12:00:00Z", Phase::Accepted, vec![]),
            tag(&name("1"), "2026-10-20T10:00:00Z", Phase::Accepted, one),
            tag(&name("10"), "2026-11-19T10:00:00Z", Phase::Ready, vec![]),
            two,
            tag(&name("ec.1"), "2026-09-01T10:00:00Z", Phase::Rejected, vec![]),
        ],
    }
}

fn next() -> Stream {
    let mut only = tag("4.22.0-okd-scos.ec.0", "2026-11-10T10:00:00Z", Phase::Accepted, vec![]);
    only.image = Some("quay.io/okd/scos-release:4.22.0-okd-scos.ec.0".into());
    Stream { config: unverified("4-scos-next", "Stable"), repository: SCOS.into(), tags: vec![only] }
}

fn empty() -> Stream {
    Stream { config: unverified("4.22.0-0.okd-scos", ""), repository: SCOS.into(), tags: vec![] }
}

fn reference() -> Stream {
    let mut only = tag("5.1.0-0.okd-scos-nightly-2026-11-20-060000", "2026-11-20T06:00:00Z", Phase::Accepted, vec![]);
    only.image = Some(format!("quay.io/okd/scos-release-ref:rc_payload__{}", only.name));
    only.approvals = vec!["art".into()];
    Stream { config: unverified("5.1.0-0.okd-scos-nightly", ""), repository: SCOS.into(), tags: vec![only] }
}

fn ended() -> Stream {
    let only = tag("4.19.0-0.okd-scos-2025-10-01-010101", "2025-10-01T01:01:01Z", Phase::Accepted, vec![]);
    let config = ReleaseConfig { end_of_life: true, ..unverified("4.19.0-0.okd-scos", "") };
    Stream { config, repository: format!("{SCOS}-old"), tags: vec![only] }
}

fn nightly() -> Stream {
    let prow = |tail: &str| format!("periodic-ci-openshift-release-main-okd-scos-5.0-e2e-{tail}");
    let agent = "periodic-ci-openshift-release-main-payload-agent-okd-scos";
    let name = |date: &str| format!("5.0.0-0.okd-scos-nightly-{date}");
    let done = "2026-11-21T00:07:00Z";
    let blocking = |label: &str, prow_job: &str, build| {
        job(label, JobKind::Blocking, prow_job, &[build], JobState::Succeeded, done)
    };
    let jobs = vec![
        blocking("aws", &prow("aws-ovn"), 1_990_000_000_225_636_352),
        upgrading(
            &name("2026-11-19-090000"),
            blocking("aws-upgrade", &prow("aws-ovn-upgrade"), 1_990_000_000_232_914_944),
        ),
        job("payload-agent", JobKind::Async, agent, &[1_990_000_000_240_193_536], JobState::Pending, ""),
    ];
    let mut newest = tag(&name("2026-11-20-210000"), "2026-11-20T21:00:00Z", Phase::Accepted, jobs);
    newest.approvals = vec!["qe".into()];
    let verify =
        |prow_job: String| VerifyJob { prow_job: ProwJob { name: prow_job }, max_retries: 2, ..VerifyJob::default() };
    let qualifiers = json!({ "okd": { "enabled": true, "failureLabels": ["okd-aws"] } });
    let aws = VerifyJob { qualifiers: Some(qualifiers), ..verify(prow("aws-ovn")) };
    let upgrade = VerifyJob { upgrade: true, ..verify(prow("aws-ovn-upgrade")) };
    let agent = VerifyJob { optional: true, detached: true, multi_job_analysis: true, ..verify(agent.into()) };
    let jobs = [("aws", aws), ("aws-upgrade", upgrade), ("payload-agent", agent)];
    let verify = jobs.into_iter().map(|(name, job)| (name.to_owned(), job)).collect();
    Stream {
        config: ReleaseConfig { verify: Some(verify), ..unverified("5.0.0-0.okd-scos-nightly", "") },
        repository: SCOS.into(),
        tags: vec![
            tag(&name("2026-11-19-090000"), "2026-11-19T09:00:00Z", Phase::Accepted, vec![]),
            tag(&name("2026-11-20-090000"), "2026-11-20T09:00:00Z", Phase::Rejected, vec![]),
            newest,
        ],
    }
}

fn unverified(name: &str, mode: &str) -> ReleaseConfig {
    ReleaseConfig { name: name.into(), mode: mode.into(), verify: Some(BTreeMap::new()), ..ReleaseConfig::default() }
}

fn ci_config() -> ReleaseConfig {
    let gcp = "periodic-ci-openshift-release-master-okd-scos-4.21-e2e-gcp";
    let verify = |prow_job: &str, optional: bool, max_retries: u32| VerifyJob {
        optional,
        prow_job: ProwJob { name: prow_job.into() },
        max_retries,
        ..VerifyJob::default()
    };
    let minor = json!({ "candidate": { "stream": "okd", "version": "4.20" } });
    let minor = VerifyJob { upgrade: true, upgrade_from_release: Some(minor), ..verify(AWS_MINOR, true, 0) };
    let jobs = [
        ("aws", verify(AWS, false, 2)),
        ("aws-upgrade", VerifyJob { upgrade: true, ..verify(AWS_UPGRADE, true, 2) }),
        ("aws-upgrade-minor", minor),
        ("gcp-old", VerifyJob { disabled: true, ..verify(gcp, true, 0) }),
        ("vsphere", verify(VSPHERE, true, 2)),
    ];
    let weekly =
        PeriodicJob { cron: "0 2 * * 6".into(), prow_job: ProwJob { name: gcp.into() }, ..PeriodicJob::default() };
    let publish = json!({
        "disabled": false, "tagRef": { "name": "scos-4.21" }, "imageStreamRef": null, "verifyIssues": null
    });
    ReleaseConfig {
        name: "4.21.0-0.okd-scos".into(),
        message: "OKD <b>4.21</b> on CentOS Stream CoreOS".into(),
        to: "release-scos".into(),
        max_unready_releases: 1,
        min_creation_interval_seconds: 43_200,
        mirror_prefix: "4.21-okd-scos".into(),
        expires: THREE_DAYS,
        verify: Some(jobs.into_iter().map(|(name, job)| (name.to_owned(), job)).collect()),
        periodic: Some(BTreeMap::from([("weekly-gcp".into(), weekly)])),
        publish: Some(Map::from_iter([("tag".to_owned(), publish)])),
        check: Some(Map::new()),
        ..ReleaseConfig::default()
    }
}
