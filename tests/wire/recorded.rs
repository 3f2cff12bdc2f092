//! Every recorded detail and changelog of the real release-controller, read as weir reads them.

use crate::controller::{recorded, replaying};
use std::time::Duration;
use weir_client::releases::Releases;
use weir_domain::FailureKind;

const NIGHTLY: &str = "4.21.0-0.okd-scos";
const FIVE: &str = "5.0.0-0.okd-scos-nightly";

#[tokio::test]
async fn every_recorded_short_detail_has_its_phase_and_jobs() {
    let double = replaying(|_, _| None).await;
    let releases = Releases::new(&double.url(), Duration::from_secs(30), true);
    // Stream, release, phase, blocking and other jobs.
    let all = [
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-19-031502", "accepted", 1, 3),
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-18-151502", "rejected", 1, 3),
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-20-151502", "testing", 1, 3),
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-21-031502", "pending", 1, 3),
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-16-210211", "failed", 1, 3),
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-15-031502", "unknown", 0, 0),
        (NIGHTLY, "4.21.0-0.okd-scos-2026-11-20-031502", "accepted", 1, 3),
        ("4-scos-stable", "4.21.0-okd-scos.1", "accepted", 2, 0),
        ("4-scos-stable", "4.21.0-okd-scos.2", "accepted", 2, 0),
        // With an asynchronous job that decides nothing.
        (FIVE, "5.0.0-0.okd-scos-nightly-2026-11-20-210000", "accepted", 2, 1),
    ];
    for (stream, name, phase, blocking, others) in all {
        let (found, verdict) = releases.short(stream, name).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let deciding = verdict.jobs.iter().filter(|job| job.blocking).count();
        assert_eq!((found.word(), deciding, verdict.jobs.len() - deciding), (phase, blocking, others), "{name}");
        assert!(verdict.jobs.iter().all(|job| job.attempts as usize >= job.earlier.len()), "{name}: {verdict:?}");
    }
    for (stream, name) in [
        (FIVE, "4.21.0-0.okd-scos-2026-11-19-031502"),
        (NIGHTLY, "nope"),
        ("4-nope", "4.21.0-0.okd-scos-2026-11-19-031502"),
    ] {
        assert_eq!(releases.short(stream, name).await.expect_err("there is none").kind, FailureKind::Missing);
    }
}

/// From, to, and how many repositories changed, or what the sentence says.
type Case = (&'static str, &'static str, Result<usize, &'static str>);

#[tokio::test]
async fn every_recorded_changelog_is_read_or_says_why_there_is_none() {
    let double = replaying(|_, _| None).await;
    let releases = Releases::new(&double.url(), Duration::from_secs(30), true);
    let all: [Case; 8] = [
        ("4.21.0-0.okd-scos-2026-11-17-031502", "4.21.0-0.okd-scos-2026-11-19-031502", Ok(4)),
        ("4.21.0-0.okd-scos-2026-11-19-031502", "4.21.0-0.okd-scos-2026-11-19-031502", Ok(0)),
        ("4.21.0-okd-scos.1", "4.21.0-okd-scos.2", Ok(3)),
        ("4.21.0-0.okd-scos-2026-11-20-151502", "4.21.0-okd-scos.10", Ok(0)),
        ("4.21.0-0.okd-scos-2026-11-19-031502", "5.0.0-0.okd-scos-nightly-2026-11-20-210000", Ok(0)),
        (
            "4.21.0-0.okd-scos-2026-11-19-031502",
            "4.21.0-0.okd-scos-2026-11-21-031502",
            Err("does not have a configured registry (HTTP 400)"),
        ),
        (
            "4.21.0-0.okd-scos-2026-11-17-031502",
            "5.1.0-0.okd-scos-nightly-2026-11-20-060000",
            Err("manifest unknown (HTTP 500)"),
        ),
        ("nope", "4.21.0-0.okd-scos-2026-11-19-031502", Err("HTTP 404")),
    ];
    for (from, to, wanted) in all {
        match (releases.changelog(from, to).await, wanted) {
            (Ok(log), Ok(images)) => assert_eq!(log.images.len(), images, "{from} … {to}: {log:?}"),
            (Err(failure), Err(said)) => {
                assert!(failure.why.ends_with(said) || failure.why.contains(said), "{failure}")
            }
            (found, _) => panic!("{from} … {to}: {found:?}"),
        }
    }
    let asked = recorded()
        .into_keys()
        .filter(|target| target.starts_with("/changelog?") && target.contains("format=json"))
        .count();
    assert!(asked >= 7, "{asked} recorded");
}
