//! Accepting, rejecting and taking back: one patch with the version that was read.

use crate::stage::*;
use serde_json::Value;
use weir_client::{Client, Settings};
use weir_domain::command::Decision;
use weir_domain::plan::Override;
use weir_domain::release::detail::{Insight, ReleasePayload};
use weir_domain::{Command, Consent, Failure, FailureKind, Loaded, News, Phase, Receipt, ReleaseId, RunId, Watch};

/// As somebody of the team that may decide.
fn trt(stage: &Stage) -> Settings {
    let mut settings = stage.settings();
    settings.clusters[1].context = "demo-app.ci-trt".into();
    settings
}

/// A release with this phase, and its ReleasePayload as the client read it.
async fn read(client: &Client, phase: Phase) -> ReleasePayload {
    let mut live = client.watch(Watch::Releases(SOURCE.into()));
    let name = until(&mut live, "a release of that phase", |news| match news {
        News::Releases(_, Loaded::Known(stream)) => {
            Some(stream.releases.iter().find(|r| r.phase == phase).expect("there is one").name.clone())
        }
        _ => None,
    })
    .await;
    object(client, &name).await
}

async fn object(client: &Client, name: &str) -> ReleasePayload {
    let mut live = client.watch(Watch::Release(ReleaseId::new(SOURCE, name)));
    until(&mut live, "its ReleasePayload", |news| match news {
        News::Release(_, Loaded::Known(detail)) => match detail.insight {
            Insight::Object(payload) => Some(*payload),
            _ => None,
        },
        _ => None,
    })
    .await
}

async fn decide(client: &Client, read: &ReleasePayload, what: Override, reason: &str) -> Result<Receipt, Failure> {
    let decision = Decision {
        object: RunId::new(read.cluster.as_str(), &read.namespace, &read.name),
        what,
        reason: reason.into(),
        resource_version: read.resource_version.clone(),
    };
    let proposal = client.propose(Command::Decide(Box::new(decision)), Some(reason.into())).await?;
    assert!(proposal.must_type());
    let phrase = proposal.phrase().to_string();
    client.execute(proposal.answer(Consent::Typed(&phrase)).expect("typed")).await
}

fn over(stage: &Stage, name: &str) -> Value {
    let object = stage.control().object("app.ci", "releasepayloads", "origin", name).expect("it is there");
    object["spec"]["payloadOverride"].clone()
}

fn patches(stage: &Stage) -> usize {
    stage.control().requests("app.ci").iter().filter(|asked| asked.method == "PATCH").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_release_is_accepted_with_a_reason_and_taken_back() {
    let stage = Stage::new().await;
    let client = Client::new(trt(&stage));
    let rejected = read(&client, Phase::Rejected).await;
    assert_eq!(rejected.may_decide, Some(true));
    let name = rejected.name.clone();
    let failure = decide(&client, &rejected, Override::Accept, " ").await.expect_err("no reason");
    assert!(failure.why.contains("needs a reason"), "{failure}");
    let receipt = decide(&client, &rejected, Override::Accept, "the job is broken, not the release").await;
    assert!(receipt.expect("it is accepted").words.contains("Accepted"));
    assert_eq!(over(&stage, &name)["override"], "Accepted");
    assert_eq!(over(&stage, &name)["reason"], "the job is broken, not the release");
    let line = stage.journal().remove(0);
    assert!(line.call.contains("/releasepayloads/") && line.body.contains(&rejected.resource_version), "{line:?}");
    let now = object(&client, &name).await;
    assert_ne!(now.resource_version, rejected.resource_version);
    decide(&client, &now, Override::TakeBack, "").await.expect("it is taken back");
    assert!(over(&stage, &name).is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_in_between_is_a_conflict_and_is_not_overwritten() {
    let stage = Stage::new().await;
    let client = Client::new(trt(&stage));
    let accepted = read(&client, Phase::Accepted).await;
    stage.control().decide("app.ci", &accepted.name, Some(("Rejected", "data loss, see the bug")));
    let failure = decide(&client, &accepted, Override::Accept, "it is fine").await.expect_err("somebody was faster");
    assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
    assert_eq!(over(&stage, &accepted.name)["reason"], "data loss, see the bug");
    assert_eq!(patches(&stage), 1, "it was tried once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_decide_is_told_so_and_nothing_changes() {
    let stage = Stage::new().await;
    let client = stage.client();
    let accepted = read(&client, Phase::Accepted).await;
    assert_eq!(accepted.may_decide, Some(false));
    let failure = decide(&client, &accepted, Override::Reject, "no").await.expect_err("no right");
    assert_eq!(failure.kind, FailureKind::Denied, "{failure}");
    assert!(failure.sentence().contains("cannot reject") && failure.why.contains("operator"), "{failure}");
    assert!(over(&stage, &accepted.name).is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_release_stays_failed_whatever_is_decided() {
    let stage = Stage::new().await;
    let client = Client::new(trt(&stage));
    let failed = read(&client, Phase::Failed).await;
    decide(&client, &failed, Override::Accept, "we need it").await.expect("the server takes the patch");
    let now = object(&client, &failed.name).await;
    assert_eq!(now.phase, Phase::Failed);
    assert_eq!(now.wish.as_ref().map(|(word, _)| word.as_str()), Some("Accepted"), "the wish stands without effect");
}
