//! The ReleasePayload beside the HTTP answer: who decided by hand, where the two disagree, and when it cannot be read.

use crate::controller::{short, tag, text};
use crate::desk::{Live, on, until};
use crate::double::{Asked, Double, End, Reply, event, list, status};
use serde_json::{Value, json};
use std::time::Duration;
use weir_client::{Client, Settings};
use weir_domain::release::detail::{Insight, ReleaseDetail};
use weir_domain::{Loaded, News, Phase, ReleaseId, Watch};

const OBJECTS: &str = "/apis/release.openshift.io/v1alpha1/namespaces/origin/releasepayloads";
const REVIEW: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn conditions(all: &[(&str, &str, &str, &str)]) -> Value {
    let one = |(kind, status, reason, message): &(&str, &str, &str, &str)| json!({"type": kind, "status": status, "reason": reason, "message": message});
    all.iter().map(one).collect()
}

/// As the real server stores one that was accepted by hand.
fn by_hand() -> Value {
    json!({
        "metadata": {"name": "1.2.3-b", "namespace": "origin", "resourceVersion": "77"},
        "spec": {"payloadOverride": {"override": "Accepted", "reason": "needed for \u{1b}[31mthe demo"}},
        "status": {
            "conditions": conditions(&[
                ("PayloadAccepted", "True", "ReleasePayloadManuallyAccepted", "needed for \u{1b}[31mthe demo"),
                ("PayloadCreated", "True", "ReleasePayloadCreated", ""),
                ("PayloadFailed", "False", "ReleasePayloadFailed", ""),
                ("PayloadRejected", "False", "ReleasePayloadManuallyAccepted", "needed for the demo"),
            ]),
            "blockingJobResults": [{"ciConfigurationName": "aws", "ciConfigurationJobName": "periodic-aws", "state": "Failure", "results": [
                {"state": "Failure", "startTime": "2026-11-21T11:00:00Z", "completionTime": "2026-11-21T12:00:00Z", "humanProwResultsURL": "https://prow/2"},
                {"state": "Failure", "startTime": "2026-11-21T09:00:00Z", "completionTime": "2026-11-21T10:00:00Z", "humanProwResultsURL": "https://prow/1"},
            ]}],
            "informingJobResults": [{"ciConfigurationName": "gcp", "state": "Pending", "results": [
                {"state": "Pending", "startTime": "2026-11-21T11:30:00Z", "humanProwResultsURL": "https://prow/3"}]},
                {"ciConfigurationName": "ten", "analysisJobCount": 10, "state": "Unknown", "results": null}],
        },
    })
}

struct Seat {
    _desk: crate::desk::Desk,
    _controller: Double,
    cluster: Double,
    live: Live,
    client: Client,
}

/// The HTTP answer says Rejected; the cluster is as the script has it.
async fn seat(script: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static) -> Seat {
    let controller = Double::start(|asked: &Asked, _| match asked.path.as_str() {
        "/api/v1/releasestream/S/tags" => Reply::Json(200, json!({"tags": [tag("1.2.3-b", "Rejected")]})),
        "/api/v1/releasestream/S/release/1.2.3-b" => Reply::Json(200, short("1.2.3-b", "Rejected", "Failed")),
        _ => text(404, "404 page not found\n"),
    })
    .await;
    let cluster = Double::start(move |asked: &Asked, before| {
        script(asked, before).unwrap_or_else(|| match asked.path.as_str() {
            REVIEW => Reply::Json(201, json!({"status": {"allowed": false}})),
            _ => Reply::Usual,
        })
    })
    .await;
    let desk = on(&cluster.url());
    let settings = Settings {
        contexts: vec!["moc".into()],
        releases: Some(controller.url()),
        releases_every: Duration::from_millis(300),
        payloads: Some(("moc".into(), "origin".into())),
        ..desk.settings()
    };
    let client = Client::new(settings);
    let live = client.watch(Watch::Release(ReleaseId::new("S", "1.2.3-b")));
    Seat { _desk: desk, _controller: controller, cluster, live, client }
}

async fn detail(live: &mut Live, what: &str, wanted: impl Fn(&ReleaseDetail) -> bool) -> ReleaseDetail {
    until(live, what, |news| match news {
        News::Release(_, Loaded::Known(detail)) if wanted(&detail) => Some(*detail),
        _ => None,
    })
    .await
}

fn object(asked: &Asked) -> bool {
    asked.path == format!("{OBJECTS}/1.2.3-b")
}

#[tokio::test]
async fn an_object_that_disagrees_with_http_is_shown_beside_it_with_the_hand_and_its_reason() {
    let mut seat = seat(|asked, _| match asked.path.as_str() {
        OBJECTS if asked.watches() => Some(Reply::Pieces(Vec::new(), End::Open)),
        OBJECTS => Some(Reply::Json(200, list(json!([by_hand()])))),
        _ => object(asked).then(|| Reply::Json(200, by_hand())),
    })
    .await;
    let whole = detail(&mut seat.live, "the object", |d| matches!(d.insight, Insight::Object(_))).await;
    assert_eq!(whole.disagreement(), Some((Phase::Rejected, Phase::Accepted)));
    let Insight::Object(found) = &whole.insight else { panic!("waited for") };
    assert_eq!((found.resource_version.as_str(), found.created, found.may_decide), ("77", true, Some(false)));
    assert_eq!(
        whole.by_hand().map(|hand| (hand.verdict, hand.reason.as_str())),
        Some((Phase::Accepted, "needed for the demo"))
    );
    assert_eq!(found.wish, Some(("Accepted".into(), "needed for the demo".into())));
    let aws = &whole.jobs()[0];
    assert_eq!((&*aws.name, &*aws.state, aws.attempts, &*aws.url), ("aws", "Failed", 2, "https://prow/2"));
    assert_eq!(
        aws.earlier.iter().map(|url| &**url).collect::<Vec<_>>(),
        ["https://prow/1"],
        "oldest first, whatever the order"
    );
    assert_eq!(aws.decided, Some("2026-11-21T12:00:00Z".parse().expect("time")));
    let others: Vec<(&str, &str, u32)> = whole.jobs()[1..].iter().map(|j| (&*j.name, &*j.state, j.attempts)).collect();
    assert_eq!(others, [("gcp", "Pending", 1), ("ten", "Pending", 0)]);
    let watched = async {
        loop {
            if let Some(asked) = seat.cluster.asked().into_iter().find(|a| a.path == OBJECTS && a.watches()) {
                return asked;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let watched = tokio::time::timeout(Duration::from_secs(20), watched).await.expect("it is watched");
    assert!(watched.query.contains("fieldSelector=metadata.name%3D1.2.3-b"), "only this one: {}", watched.query);
}

#[tokio::test]
async fn what_somebody_decides_meanwhile_arrives_by_the_watch_and_a_deleted_object_is_none() {
    let mut seat = seat(|asked, before| match asked.path.as_str() {
        OBJECTS if asked.watches() && before == 0 => {
            let mut changed = by_hand();
            changed["metadata"]["resourceVersion"] = "78".into();
            changed["status"]["conditions"] = conditions(&[
                ("PayloadAccepted", "False", "ReleasePayloadManuallyRejected", "no"),
                ("PayloadCreated", "True", "ReleasePayloadCreated", ""),
                ("PayloadRejected", "True", "ReleasePayloadManuallyRejected", "no"),
            ]);
            Some(Reply::Pieces(vec![event("MODIFIED", changed), event("DELETED", by_hand())], End::Open))
        }
        OBJECTS if asked.watches() => Some(Reply::Pieces(Vec::new(), End::Open)),
        OBJECTS => Some(Reply::Json(200, list(json!([by_hand()])))),
        _ => object(asked).then(|| Reply::Json(200, by_hand())),
    })
    .await;
    let gone = detail(&mut seat.live, "that it is gone", |d| matches!(d.insight, Insight::None { .. })).await;
    assert_eq!(gone.disagreement(), None, "the HTTP answer stands alone");
}

/// What a cluster says of phases: stored order decides, a failed one is rejected too.
#[tokio::test]
async fn phases_follow_the_servers_own_rule() {
    let cases = [
        (vec![("PayloadFailed", "True"), ("PayloadRejected", "True")], Phase::Failed),
        (vec![("PayloadAccepted", "False"), ("PayloadCreated", "True"), ("PayloadRejected", "False")], Phase::Ready),
        (vec![("PayloadAccepted", "Unknown"), ("PayloadCreated", "Unknown")], Phase::Pending),
        (vec![("PayloadAccepted", "True"), ("PayloadCreated", "True")], Phase::Accepted),
        (vec![], Phase::Pending),
    ];
    for (stored, phase) in cases {
        let stored: Vec<_> = stored.into_iter().map(|(kind, status)| (kind, status, "Any", "")).collect();
        let one = json!({"metadata": {"name": "1.2.3-b"}, "spec": {"payloadOverride": null}, "status": {"conditions": conditions(&stored)}});
        let seat = seat(move |asked, _| object(asked).then(|| Reply::Json(200, one.clone()))).await;
        let Insight::Object(found) = weir_client::releases::object::payload_object(&seat.client, "1.2.3-b").await
        else {
            panic!("it is there")
        };
        assert_eq!((found.phase, found.wish, found.by_hand), (phase, None, None));
    }
}

#[tokio::test]
async fn where_it_may_not_be_read_the_reason_is_said_and_http_stands() {
    let mut seat = seat(|asked, _| {
        let said = "releasepayloads.release.openshift.io is forbidden: User \"jane\" cannot get resource";
        asked.path.starts_with(OBJECTS).then(|| status(403, "Forbidden", said))
    })
    .await;
    let whole = detail(
        &mut seat.live,
        "the reason",
        |d| matches!(&d.insight, Insight::Unseen { why } if why.contains("forbidden")),
    )
    .await;
    assert_eq!(whole.release.phase, Phase::Rejected);
    assert_eq!(whole.jobs().len(), 1, "those of the HTTP answer");
}

#[tokio::test]
async fn a_cluster_without_the_api_and_one_without_the_object_are_told_apart() {
    let none =
        |text: &'static str| Reply::Text { status: 404, kind: "text/plain", headers: Vec::new(), body: text.into() };
    let mut without = seat(move |asked, _| asked.path.starts_with(OBJECTS).then(|| none("404 page not found\n"))).await;
    detail(
        &mut without.live,
        "that there is no API",
        |d| matches!(&d.insight, Insight::Unseen { why } if why.contains("no ReleasePayload API")),
    )
    .await;
    let mut without = seat(|asked, _| match asked.path.as_str() {
        OBJECTS if asked.watches() => Some(Reply::Pieces(Vec::new(), End::Open)),
        OBJECTS => Some(Reply::Json(200, list(json!([])))),
        _ => object(asked).then(|| status(404, "NotFound", "releasepayloads \"1.2.3-b\" not found")),
    })
    .await;
    detail(&mut without.live, "that there is none", |d| matches!(&d.insight, Insight::None { .. })).await;
}

#[tokio::test]
async fn a_right_to_get_alone_is_enough() {
    let mut seat = seat(|asked, _| match asked.path.as_str() {
        OBJECTS => Some(status(403, "Forbidden", "cannot list resource \"releasepayloads\"")),
        REVIEW => Some(Reply::Json(201, json!({"status": {"allowed": true}}))),
        _ => object(asked).then(|| Reply::Json(200, by_hand())),
    })
    .await;
    let whole = detail(&mut seat.live, "the object", |d| matches!(d.insight, Insight::Object(_))).await;
    assert!(matches!(&whole.insight, Insight::Object(found) if found.may_decide == Some(true)));
}

#[tokio::test]
async fn a_cluster_that_is_lost_leaves_the_object_and_says_that_it_may_be_old() {
    let mut seat = seat(|asked, _| match asked.path.as_str() {
        OBJECTS if asked.watches() => Some(Reply::HangUp),
        OBJECTS => Some(Reply::Json(200, list(json!([by_hand()])))),
        _ => object(asked).then(|| Reply::Json(200, by_hand())),
    })
    .await;
    let old =
        detail(&mut seat.live, "the sentence", |d| d.unseen.iter().any(|why| why.contains("may be out of date"))).await;
    assert!(matches!(old.insight, Insight::Object(_)), "{:?}", old.insight);
    assert_eq!(old.disagreement(), Some((Phase::Rejected, Phase::Accepted)));
}

#[tokio::test]
async fn a_cluster_that_was_never_reached_is_named() {
    let seat = seat(|asked, _| asked.path.starts_with("/apis/tekton.dev").then_some(Reply::HangUp)).await;
    let insight = weir_client::releases::object::payload_object(&seat.client, "1.2.3-b").await;
    assert!(matches!(&insight, Insight::Unseen { why } if why.contains("`moc`")), "{insight:?}");
}
