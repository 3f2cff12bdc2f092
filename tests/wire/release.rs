//! One release whole, from a release-controller as it was recorded and from ones that have a bad day.

use crate::controller::{made_from, replaying, short, tag, text, wait, zero};
use crate::desk::{Live, on, until};
use crate::double::{Asked, Double, Reply};
use serde_json::json;
use std::time::Duration;
use weir_client::{Client, Settings};
use weir_domain::channel::known_channels;
use weir_domain::release::detail::{Insight, ReleaseDetail};
use weir_domain::{Answer, Change, EndpointKind, FailureKind, Loaded, News, Phase, Query, ReleaseId, Watch};

const NIGHTLY: &str = "4.21.0-0.okd-scos";
const ACCEPTED: &str = "4.21.0-0.okd-scos-2026-11-19-031502";

struct Seat {
    _desk: crate::desk::Desk,
    client: Client,
}

/// A client on a release-controller, with OKD's channels and without a cluster for ReleasePayloads.
fn seat(double: &Double) -> Seat {
    let desk = on("http://127.0.0.1:9");
    let settings = Settings {
        contexts: vec!["moc".into()],
        releases: Some(double.url()),
        releases_every: Duration::from_millis(200),
        channels: known_channels(&"moc".into(), &"app.ci".into()),
        ..desk.settings()
    };
    Seat { client: Client::new(settings), _desk: desk }
}

fn open(seat: &Seat, stream: &str, name: &str) -> Live {
    seat.client.watch(Watch::Release(ReleaseId::new(stream, name)))
}

/// Reads on until the detail is as wanted.
async fn detail(live: &mut Live, what: &str, wanted: impl Fn(&ReleaseDetail) -> bool) -> ReleaseDetail {
    until(live, what, |news| match news {
        News::Release(_, Loaded::Known(detail)) if wanted(&detail) => Some(*detail),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_recorded_release_shows_jobs_upgrades_changes_channels_and_the_strip() {
    let double = replaying(|asked, _| match asked.path.as_str() {
        "/releasetag/4.21.0-okd-scos.10/json" => {
            Some(Reply::Json(200, made_from(&format!("registry.ci.openshift.org/origin/release-scos:{ACCEPTED}"))))
        }
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, NIGHTLY, ACCEPTED);
    let first = until(&mut live, "the first news", Some).await;
    let News::Release(_, Loaded::Known(first)) = first else { panic!("{first:?}") };
    assert_eq!(first.release.phase, Phase::Accepted);
    let jobs = &first.release.verdict.as_ref().expect("the short detail has the jobs").jobs;
    let names: Vec<&str> = jobs.iter().map(|job| &*job.name).collect();
    assert_eq!(names, ["aws", "aws-upgrade", "aws-upgrade-minor", "vsphere"]);
    assert_eq!((jobs[0].attempts, jobs[0].earlier.len(), jobs[0].blocking), (2, 1, true));
    let froms: Vec<&str> = first.upgrades_to.iter().map(|u| &*u.from).collect();
    assert_eq!(
        froms,
        ["4.20.0-okd-scos.15", "4.21.0-0.okd-scos-2026-11-17-031502"],
        "sorted, not as the server shuffles"
    );
    assert_eq!(first.upgrades_to[0].pages.len(), 1);

    let whole = detail(&mut live, "all parts", |d| {
        d.changes.is_some() && !d.promoted_as.is_empty() && !d.strip.lines.is_empty()
    })
    .await;
    let (from, changes) = whole.changes.as_ref().expect("waited for");
    assert_eq!(&**from, "4.21.0-0.okd-scos-2026-11-17-031502");
    assert_eq!((changes.images.len(), changes.pulls()), (4, 4));
    assert_eq!(
        changes.images[3].names.iter().map(|n| &**n).collect::<Vec<_>>(),
        ["stream-coreos", "stream-coreos-extensions"]
    );
    assert_eq!(&*changes.images[1].commits[0].issues[0], "OCPBUGS-62010");
    assert_eq!(whole.promoted_as, [ReleaseId::new("4-scos-stable", "4.21.0-okd-scos.10")]);
    assert_eq!(
        &*whole.release.pull_spec,
        "registry.ci.openshift.org/origin/release-scos:4.21.0-0.okd-scos-2026-11-19-031502"
    );
    assert_eq!(whole.accepted_before.as_deref(), Some("4.21.0-0.okd-scos-2026-11-17-031502"));
    assert_eq!(whole.page, format!("{}/releasestream/{NIGHTLY}/release/{ACCEPTED}", double.url()));
    assert!(
        matches!(&whole.insight, Insight::Unseen { why } if why.contains("config names no cluster")),
        "{:?}",
        whole.insight
    );
    let first = &whole.strip.releases[0];
    assert_eq!((&*first.0, first.1), (ACCEPTED, Phase::Accepted), "nothing newer than itself");
    let aws = whole.strip.line("aws").expect("a line of it");
    assert_eq!(whole.strip.lines[0].job, aws.job, "blocking first");
    let at =
        |name: &str| whole.strip.releases.iter().position(|(release, _)| &**release == name).expect("in the strip");
    assert_eq!(aws.states[at(ACCEPTED)].as_deref(), Some("Succeeded"));
    assert_eq!(aws.states[at("4.21.0-0.okd-scos-2026-11-16-210211")], None, "nothing ran of a failed one");
}

#[tokio::test]
async fn a_promoted_release_says_what_it_was_promoted_from() {
    let double = replaying(|_, _| None).await;
    let seat = seat(&double);
    let mut live = open(&seat, "4-scos-stable", "4.21.0-okd-scos.2");
    let whole = detail(&mut live, "its origin", |d| d.promoted_from.is_some() && d.changes.is_some()).await;
    assert_eq!(whole.promoted_from.as_deref(), Some("4.21.0-0.okd-scos-2026-11-17-031502"));
    assert_eq!(whole.release.created, Some("2026-11-18T10:00:00Z".parse().expect("time")));
    assert!(whole.upgrades_from.windows(2).all(|two| two[0] < two[1]) && whole.upgrades_from.len() >= 2);
}

#[tokio::test]
async fn a_release_without_a_payload_is_unknown_and_one_without_an_image_asks_nothing_expensive() {
    let double = replaying(|_, _| None).await;
    let seat = seat(&double);
    let mut live = open(&seat, NIGHTLY, "4.21.0-0.okd-scos-2026-11-15-031502");
    let unknown = detail(&mut live, "the detail", |_| true).await;
    assert_eq!((unknown.release.phase, unknown.why().as_str()), (Phase::Unknown, "unknown: it has no ReleasePayload"));
    assert_eq!(unknown.changes, None, "an empty changelog is none");

    let mut live = open(&seat, NIGHTLY, "4.21.0-0.okd-scos-2026-11-21-031502");
    detail(&mut live, "two rounds", |d| d.release.phase == Phase::Pending && !d.strip.lines.is_empty()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(double.count(|a| a.path.ends_with("2026-11-21-031502") && a.query.is_empty()), 0);
    assert_eq!(double.count(|a| a.path.starts_with("/releasetag/4.21.0-0.okd-scos-2026-11-21")), 0);
}

#[tokio::test]
async fn a_full_detail_that_must_wait_never_holds_up_the_short_one() {
    let full = format!("/api/v1/releasestream/{NIGHTLY}/release/{ACCEPTED}");
    let asked = full.clone();
    let double = replaying(move |a, _| match (a.path == asked, a.query.is_empty()) {
        (true, true) => Some(wait(1)),
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, NIGHTLY, ACCEPTED);
    let waits = |d: &ReleaseDetail| d.unseen.iter().any(|why| why.contains("asked to wait 1 s"));
    let waiting = detail(&mut live, "the sentence", waits).await;
    assert_eq!(waiting.release.phase, Phase::Accepted);
    // Five times in vain; then `/changelog` is asked instead.
    let whole = detail(&mut live, "the changes", |d| d.changes.is_some()).await;
    assert!(!whole.unseen.iter().any(|why| why.contains("wait")), "{:?}", whole.unseen);
    let times: Vec<_> = double.asked().into_iter().filter(|a| a.path == full && a.query.is_empty()).collect();
    assert_eq!(times.len(), 5);
    assert!(times.windows(2).all(|two| two[1].at - two[0].at >= Duration::from_millis(950)), "it waits as asked");
}

/// A stream `S` of two releases, the newer one rejected; the script may answer instead.
async fn small(script: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static) -> Double {
    Double::start(move |asked: &Asked, before| {
        if let Some(reply) = script(asked, before) {
            return reply;
        }
        match asked.path.as_str() {
            "/api/v1/releasestream/S/tags" => {
                Reply::Json(200, json!({"name": "S", "tags": [tag("1.2.3-b", "Rejected"), tag("1.2.3-a", "Accepted")]}))
            }
            "/api/v1/releasestream/S/release/1.2.3-b" => Reply::Json(200, short("1.2.3-b", "Rejected", "Failed")),
            "/api/v1/releasestream/S/release/1.2.3-a" => Reply::Json(200, short("1.2.3-a", "Accepted", "Succeeded")),
            _ => text(404, "404 page not found\n"),
        }
    })
    .await
}

#[tokio::test]
async fn null_everywhere_is_an_empty_detail() {
    let double = small(|asked, _| match asked.path.as_str() {
        "/api/v1/releasestream/S/tags" => Some(Reply::Json(200, json!({"name": null, "tags": null}))),
        path if path.ends_with("/release/1.2.3-b") => Some(Reply::Json(
            200,
            json!({"name": null, "phase": null, "results": {"blockingJobs": null, "informingJobs": {"x": {"state": null, "url": null,
                "retries": null, "previousAttemptURLs": null, "transitionTime": null}}}, "upgradesTo": null,
                "upgradesFrom": [{"From": "a", "To": "b", "Success": null, "Failure": -1, "Total": 1, "History": null}, {"From": null}],
                "changeLogJson": null}),
        )),
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, "S", "1.2.3-b");
    let whole = detail(&mut live, "the detail", |_| true).await;
    assert_eq!(whole.release.phase, Phase::Unknown);
    let job = &whole.release.verdict.as_ref().expect("jobs").jobs[0];
    assert_eq!((&*job.name, &*job.state, job.attempts), ("x", "Pending", 0));
    assert_eq!((whole.upgrades_from.len(), whole.upgrades_from[0].failed), (1, 0));
    assert!(whole.strip.releases.is_empty());
}

#[tokio::test]
async fn edges_in_another_order_each_time_are_the_same_detail() {
    let edge =
        |from: &str| json!({"From": from, "To": "1.2.3-b", "Success": 1, "Failure": 0, "Total": 1, "History": {}});
    let double = small(move |asked, before| {
        if !asked.path.ends_with("/release/1.2.3-b") {
            return None;
        }
        let mut edges = vec![edge("a"), edge("b"), edge("c")];
        edges.rotate_left(before % 3);
        let mut info = short("1.2.3-b", "Rejected", "Failed");
        info["upgradesTo"] = edges.into();
        Some(Reply::Json(200, info))
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, "S", "1.2.3-b");
    for _ in 0..3 {
        let whole = detail(&mut live, "a round", |_| true).await;
        let froms: Vec<&str> = whole.upgrades_to.iter().map(|u| &*u.from).collect();
        assert_eq!(froms, ["a", "b", "c"]);
    }
}

#[tokio::test]
async fn control_characters_in_names_never_arrive() {
    let evil = "1.2.3-a\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}";
    let double = small(move |asked, _| match asked.path.as_str() {
        "/api/v1/releasestream/S/tags" => {
            Some(Reply::Json(200, json!({"tags": [tag("1.2.3-b", "Rejected"), tag(evil, "Acc\u{1b}[2Jepted")]})))
        }
        path if path.ends_with("/release/1.2.3-b") => {
            let mut info = short("1.2.3-b", "Rejected", "Failed");
            info["results"]["blockingJobs"] = json!({"aw\u{1b}[31ms": {"state": "Failed\u{0}", "url": "https://prow/\u{1b}[2J1",
                "previousAttemptURLs": ["https://prow/\u{9b}2J0"]}});
            info["upgradesTo"] = json!([{"From": evil, "To": "1.2.3-b\n", "History": {"https://prow/\u{1b}c": null}}]);
            Some(Reply::Json(200, info))
        }
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, "S", "1.2.3-b");
    let whole = detail(&mut live, "the strip", |d| !d.strip.releases.is_empty()).await;
    let said = serde_json::to_string(&whole).expect("a detail can be written");
    let parts = ["\\u001b", "\\u0007", "\\u0000", "\\u009b", "\u{9b}", "\u{202e}", "\\n"];
    assert!(parts.iter().all(|part| !said.contains(part)), "{said}");
    assert_eq!(&*whole.strip.releases[1].0, "1.2.3-a");
    assert_eq!(&*whole.strip.lines[0].job, "aws");
}

#[tokio::test]
async fn a_changelog_that_fails_is_a_sentence_and_the_rest_stays() {
    let double = small(|asked, _| match asked.path.as_str() {
        "/changelog" => Some(text(500, "Internal error\ncould not generate a changelog: error: manifest unknown\n")),
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, "S", "1.2.3-b");
    let whole =
        detail(&mut live, "the sentence", |d| d.unseen.iter().any(|why| why.contains("manifest unknown"))).await;
    assert_eq!(whole.why(), "rejected: aws failed");
    assert_eq!(whole.strip.line("aws").expect("a line").states.len(), 2);
    let answer = seat.client.fetch(Query::Changelog { from: "1.2.3-a".into(), to: "1.2.3-b".into() }).await;
    let failure = answer.expect_err("there is none");
    assert_eq!(
        failure.sentence(),
        "cannot compare 1.2.3-a and 1.2.3-b: could not generate a changelog: error: manifest unknown (HTTP 500)"
    );
}

#[tokio::test]
async fn a_changelog_is_answered_once_and_an_empty_one_is_said() {
    let double = replaying(|asked, _| {
        (asked.path == "/changelog" && asked.query.contains("from=empty")).then(|| Reply::Json(200, zero()))
    })
    .await;
    let seat = seat(&double);
    let ask = |from: &str, to: &str| seat.client.fetch(Query::Changelog { from: from.into(), to: to.into() });
    let Ok(Answer::Changelog(log)) = ask("4.21.0-0.okd-scos-2026-11-17-031502", ACCEPTED).await else {
        panic!("it is recorded")
    };
    assert_eq!(log.images[0].page.as_deref().map(|page| page.contains("/compare/")), Some(true));
    assert_eq!(log.images[1].commits[0].pull, Some(1249));
    let Ok(Answer::Changelog(same)) = ask(ACCEPTED, ACCEPTED).await else { panic!("identical is no error") };
    assert_eq!(same.pulls(), 0);
    assert_eq!(ask("empty", ACCEPTED).await.expect_err("none was made").kind, FailureKind::Missing);
    assert_eq!(ask("nope", ACCEPTED).await.expect_err("unknown").kind, FailureKind::Missing);
}

#[tokio::test]
async fn a_release_that_is_gone_is_missing_and_a_lost_server_says_until_when() {
    let double = small(|asked, before| match asked.path.as_str() {
        path if path.ends_with("/release/1.2.3-b") && before >= 2 => Some(Reply::HangUp),
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = open(&seat, "S", "gone");
    let failure = until(&mut live, "that it is gone", |news| match news {
        News::Release(_, Loaded::Missing(failure)) => Some(failure),
        other => panic!("{other:?}"),
    })
    .await;
    assert_eq!(failure.kind, FailureKind::Missing);
    let mut live = open(&seat, "S", "1.2.3-b");
    let mut seen = 0;
    let failure = until(&mut live, "the loss", |news| match news {
        News::Release(_, Loaded::Lost { failure, retry: Some(_) }) => Some(failure),
        News::Release(_, Loaded::Known(_)) => {
            seen += 1;
            None
        }
        other => panic!("{other:?}"),
    })
    .await;
    assert!(seen > 0 && failure.kind == FailureKind::Offline, "{failure}");
}

#[tokio::test]
async fn an_image_that_is_slow_to_say_its_age_never_holds_up_the_streams() {
    let double = small(|asked, _| match asked.path.as_str() {
        "/api/v1/releasestreams/all" => Some(Reply::Json(200, json!({"S": ["1.2.3-b"], "T": null}))),
        path if path.starts_with("/api/v1/releasestreams/") => Some(Reply::Json(200, json!({"S": null}))),
        path if path.starts_with("/releasetag/") => Some(Reply::Silence),
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let begun = std::time::Instant::now();
    let mut live = seat.client.watch(Watch::Streams);
    let mut rows = Vec::new();
    until(&mut live, "all streams", |news| match news {
        News::Streams(Change::Upsert(more)) => {
            rows.extend(more);
            None
        }
        News::Streams(Change::Complete) => Some(()),
        News::Streams(Change::Lost { failure, .. }) => panic!("{failure}"),
        _ => None,
    })
    .await;
    // A question of the release-controller has 30 s.
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    let newest = rows[0].1.newest().expect("a release");
    assert_eq!((&*newest.name, newest.created, newest.verdict.is_some()), ("1.2.3-b", None, true));
}

#[tokio::test]
async fn a_stream_that_cannot_be_read_is_named_and_the_others_are_there() {
    let double = small(|asked, _| match asked.path.as_str() {
        "/api/v1/releasestreams/all" => Some(Reply::Json(200, json!({"S": ["1.2.3-b"], "T": ["9.9.9"]}))),
        path if path.starts_with("/api/v1/releasestreams/") => Some(Reply::Json(200, json!({"S": null}))),
        "/api/v1/releasestream/T/tags" => Some(text(500, "etcd is away\n")),
        _ => None,
    })
    .await;
    let seat = seat(&double);
    let mut live = seat.client.watch(Watch::Streams);
    let mut names = Vec::new();
    until(&mut live, "all streams", |news| match news {
        News::Streams(Change::Upsert(rows)) => {
            names.extend(rows.into_iter().map(|(name, _)| name.to_string()));
            None
        }
        News::Streams(Change::Complete) => Some(()),
        News::Streams(Change::Lost { failure, .. }) => panic!("{failure}"),
        _ => None,
    })
    .await;
    assert_eq!(names, ["S"]);
    let endpoint = seat.client.endpoints().into_iter().find(|e| e.kind == EndpointKind::Releases).expect("it is asked");
    let [why] = endpoint.unseen.as_slice() else { panic!("{:?}", endpoint.unseen) };
    assert!(why.contains("cannot list the releases of T") && why.contains("etcd is away"), "{why}");
}
