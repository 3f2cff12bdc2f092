//! The last step alone: a tag of a shared ImageStream, for what was mirrored and is ours.

use crate::proxy::{Asked, Fate, Proxy};
use crate::stage::*;
use futures::FutureExt;
use serde_json::Value;
use std::time::Duration;
use weir_client::Client;
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{Command, Failure, GateId, Plan, PlanRequest, Receipt, ReleaseId, Verdict, Way};

const STREAM: &str = "release-scos";

/// A world in which a pinned run has mirrored the newest nightly and failed behind it.
async fn mirrored() -> (Stage, Client, ReleaseId) {
    let stage = Stage::new().await;
    stage.annotate("create-github-release", "testbed/fail-step", "create-github-release");
    let client = stage.client();
    let release = stage.newest(&client).await;
    let plan = good(&client, request(&release)).await;
    let receipt = send(&client, &plan).await.expect("it goes");
    assert_eq!(stage.ended(&receipt.run.name).await, "Failed");
    let ended = settled(&client, &receipt.run).await;
    assert!(matches!(ended.ending, Some(Ending::Failed(_))), "{:?}", ended.ending);
    (stage, client, release)
}

/// Name → all that `spec.tags` has of it.
fn tags(stage: &Stage) -> Vec<Value> {
    let stream = stage.control().object("app.ci", "imagestreams", "origin", STREAM).expect("the stream");
    stream["spec"]["tags"].as_array().expect("tags").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_tags_of_a_shared_imagestream_are_untouched() {
    let (stage, client, release) = mirrored().await;
    let before = tags(&stage);
    assert!(before.len() > 10, "it is shared: {}", before.len());
    let plan = good(&client, by(Way::ImagestreamTag, &release)).await;
    let digest = stage.world.registry().digest(RELEASES, "5.0.0-okd-scos.1").expect("it is mirrored");
    assert_eq!((plan.name.as_str(), plan.digest.as_ref().map(|d| d.as_str())), ("5.0.0-okd-scos.1", Some(&*digest)));
    let free = plan.gate(GateId::NameFree).expect("the gate");
    assert!(free.evidence.contains("is ours"), "{free:?}");

    let receipt = send(&client, &plan).await.expect("it goes");
    let after = tags(&stage);
    let (new, rest): (Vec<Value>, Vec<Value>) = after.into_iter().partition(|tag| tag["name"] == plan.name.as_str());
    assert_eq!(rest, before);
    assert_eq!(new.len(), 1);
    assert_eq!(new[0]["from"]["name"], format!("{RELEASES}@{digest}"), "by digest");
    let writes: Vec<(String, String)> = stage
        .control()
        .requests("app.ci")
        .into_iter()
        .filter(|asked| asked.method != "GET" && asked.path.contains("image.openshift.io"))
        .map(|asked| (asked.method, asked.path))
        .collect();
    let path = "/apis/image.openshift.io/v1/namespaces/origin/imagestreamtags";
    assert_eq!(writes, [("POST".to_string(), path.to_string())], "never the ImageStream itself");
    stage.control().step(Duration::from_secs(10));
    let ended = settled(&client, &receipt.run).await;
    assert_eq!(ended.ending, Some(Ending::Good), "{:#?}", ended.checks);
    assert_eq!(ended.check(CheckId::Run).map(|c| &c.state), Some(&CheckState::NotApplicable));
    assert_eq!(ended.check(CheckId::Channel).map(|c| &c.state), Some(&CheckState::Good));
    assert_eq!(stage.creates("moc").len(), 1, "no second run");
}

/// What `spec.tags` has of one name.
fn tag(stage: &Stage, name: &str) -> Value {
    tags(stage).into_iter().find(|tag| tag["name"] == name).expect("the tag")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tag_itself_carries_who_made_it_and_from_which_plan() {
    let (stage, client, release) = mirrored().await;
    let plan = good(&client, by(Way::ImagestreamTag, &release)).await;
    send(&client, &plan).await.expect("it goes");
    let sent = stage.journal().pop().expect("lines");
    let tag = tag(&stage, &plan.name);
    let says = |key: &str| tag["annotations"][key].as_str().expect(key).to_string();
    assert!(!sent.operator.is_empty() && !sent.host.is_empty(), "{sent:?}");
    assert_eq!((says("weir/operator"), says("weir/host")), (sent.operator, sent.host));
    assert_eq!((says("weir/plan-id"), says("weir/attempt")), (plan.id, sent.id));
}

/// Sends the last step through a proxy, which treats its POST so.
async fn tagged(fate: impl Fn(&str) -> Fate + Send + Sync + 'static) -> (Stage, Proxy, Plan, Result<Receipt, Failure>) {
    let (stage, _, release) = mirrored().await;
    let makes = |asked: &Asked| asked.method == "POST" && asked.path.contains("/imagestreamtags");
    let proxy =
        Proxy::cluster(&stage.world, "app.ci", move |asked| if makes(asked) { fate(&asked.body) } else { Fate::Pass })
            .await;
    let client = Client::new(stage.tagging_through(&proxy));
    let plan = good(&client, by(Way::ImagestreamTag, &release)).await;
    let result = send(&client, &plan).await;
    assert_eq!(proxy.count(makes), 1, "sent once");
    (stage, proxy, plan, result)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_whose_answer_is_lost_is_found_again_by_its_own_attempt() {
    let (stage, _proxy, plan, result) = tagged(|_| Fate::Lost(Box::new(|| async {}.boxed()))).await;
    let receipt = result.expect("it is there");
    let sent = stage.journal().pop().expect("lines");
    assert_eq!((sent.outcome, &sent.uid), (Outcome::Accepted, &receipt.uid));
    assert_eq!(tag(&stage, &plan.name)["annotations"]["weir/attempt"], sent.id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_another_made_of_the_same_plan_is_not_taken_for_ours() {
    // The same plan, another attempt: only the mark tells them apart.
    let theirs = |body: &str| {
        let mut body: Value = serde_json::from_str(body).expect("JSON");
        body["tag"]["annotations"]["weir/attempt"] = "000000000000".into();
        body["tag"]["annotations"]["weir/operator"] = "somebody".into();
        body.to_string()
    };
    let (stage, _proxy, _, result) = tagged(move |body| Fate::Swapped(theirs(body))).await;
    let failure = result.expect_err("it is theirs");
    assert!(failure.why.contains("not ours") && failure.why.contains("it says somebody"), "{failure}");
    assert_eq!(stage.journal().pop().map(|line| line.outcome), Some(Outcome::Refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_was_not_mirrored_cannot_be_tagged_and_no_reason_waives_that() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let waivers = vec![(GateId::NameFree, "it is there, I saw it".to_string())];
    let asked = PlanRequest { waivers, ..by(Way::ImagestreamTag, &release) };
    let plan = plan(&client, asked).await.expect("it can be planned");
    let gate = plan.gate(GateId::NameFree).expect("the gate");
    assert!(gate.verdict == Verdict::Block && gate.blocks(), "{gate:?}");
    assert!(gate.evidence.contains("was not mirrored"), "{gate:?}");
    assert!(plan.calls.is_empty());
    client.propose(Command::Promote(Box::new(plan)), None).await.expect_err("it blocks");
    assert!(stage.creates("app.ci").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_at_the_name_that_was_made_from_another_release_is_not_ours() {
    let (stage, client, _) = mirrored().await;
    // Meanwhile another nightly is the newest: what is mirrored was not made from it.
    let newer = ReleaseId::new(SOURCE, stage.control().accept_new(SOURCE).expect("a newer one"));
    let plan = plan(&client, by(Way::ImagestreamTag, &newer)).await.expect("it can be planned");
    assert_eq!(plan.name, "5.0.0-okd-scos.2");
    assert!(plan.gate(GateId::NameFree).is_some_and(|gate| gate.blocks()));
    client.propose(Command::Promote(Box::new(plan)), None).await.expect_err("it blocks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_made_between_plan_and_yes_is_told_and_stays_theirs() {
    let (stage, client, release) = mirrored().await;
    let plan = good(&client, by(Way::ImagestreamTag, &release)).await;
    let yes = yes(&client, &plan).await;
    let other = stage.client();
    let theirs = good(&other, by(Way::ImagestreamTag, &release)).await;
    send(&other, &theirs).await.expect("the other was faster");
    let before = tags(&stage);
    let failure = client.execute(yes).await.expect_err("it is there");
    println!("{failure}");
    assert!(failure.hint.contains("nothing was sent"), "{failure}");
    assert_eq!(tags(&stage), before);
    assert_eq!(stage.creates("app.ci").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_that_failed_behind_mirror_goes_on_under_its_name_as_a_second_attempt() {
    let (stage, client, release) = mirrored().await;
    stage.annotate("create-github-release", "testbed/fail-step", "none");
    let plan = good(&client, request(&release)).await;
    assert_eq!(plan.name, "5.0.0-okd-scos.1", "what is mirrored is ours");
    assert!(plan.object.name.ends_with("-2"), "{}", plan.object);
    let receipt = send(&client, &plan).await.expect("it goes");
    assert_eq!(stage.ended(&receipt.run.name).await, "Succeeded");
    stage.control().step(Duration::from_secs(5));
    let ended = settled(&client, &receipt.run).await;
    assert_eq!(ended.ending, Some(Ending::Good), "{:#?}", ended.checks);
    assert_eq!(stage.world.registry().digest(RELEASES, "5.0.0-okd-scos.2"), None);
}
