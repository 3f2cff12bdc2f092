//! The same manifest under a new tag of its own repository, where nobody excludes a second promoter.

use crate::proxy::{Fate, Proxy};
use crate::stage::*;
use futures::FutureExt;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use weir_client::{Client, Settings};
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{Channel, Command, FailureKind, GateId, Plan, PlanRequest, Way};

const TAG: &str = "team-current";

/// A stream of one's own: a moving tag beside the nightlies.
fn channel() -> Channel {
    let base = channels().remove(3);
    Channel {
        name: "team-5".into(),
        way: Way::RegistryTag,
        pipeline: None,
        imagestream: None,
        release_repository: NIGHTLIES.into(),
        tag: TAG.into(),
        content_repository: String::new(),
        github: String::new(),
        graph_channel: String::new(),
        ..base
    }
}

fn settings(stage: &Stage, registry: Option<&Proxy>) -> Settings {
    let mut settings = Settings { channels: vec![channel()], ..stage.settings() };
    let file = stage.folder.path().join("config.json");
    let login = json!({"auths": {"registry.ci.openshift.org": {"username": "demo", "password": "demo"}}});
    std::fs::write(&file, login.to_string()).expect("the login can be written");
    settings.logins = Some(vec![file]);
    if let Some(proxy) = registry {
        let of = settings.registries.iter_mut().find(|r| r.host == "registry.ci.openshift.org");
        of.expect("the registry").address = Some(format!("http://{}", proxy.address));
    }
    settings
}

async fn planned(stage: &Stage, client: &Client) -> Plan {
    let release = stage.newest(client).await;
    good(client, PlanRequest { channel: "team-5".into(), ..request(&release) }).await
}

fn held(stage: &Stage) -> Option<String> {
    stage.world.registry().digest(NIGHTLIES, TAG)
}

/// Somebody else's image under the tag; its digest.
fn pushed(stage: &Stage) -> String {
    let digest = stage.another();
    stage.world.registry().tag(NIGHTLIES, TAG, &digest);
    digest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_tag_gets_the_same_bytes_and_is_read_back() {
    let stage = Stage::new().await;
    let client = Client::new(settings(&stage, None));
    let plan = planned(&stage, &client).await;
    let free = plan.gate(GateId::NameFree).expect("the gate");
    assert!(free.evidence.ends_with(":team-current is free"), "{free:?}");
    assert!(plan.follows.iter().any(|line| line.contains("a registry cannot exclude two promoters")));
    let receipt = send(&client, &plan).await.expect("it goes");
    assert_eq!(held(&stage).as_deref(), Some(plan.from.digest.as_str()));
    let ended = settled(&client, &receipt.run).await;
    assert_eq!(ended.ending, Some(Ending::Good), "{:#?}", ended.checks);
    assert_eq!(ended.check(CheckId::Mirrored).map(|c| &c.state), Some(&CheckState::Good));
    let outcomes: Vec<Outcome> = stage.journal().into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Accepted, Outcome::Done]);
    assert!(stage.creates("moc").is_empty() && stage.creates("app.ci").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_moves_shows_from_which_digest_to_which() {
    let stage = Stage::new().await;
    let old = pushed(&stage);
    let client = Client::new(settings(&stage, None));
    let plan = planned(&stage, &client).await;
    let gate = plan.gate(GateId::NameFree).expect("the gate");
    assert!(gate.evidence.contains(&format!("moves from {old} to {}", plan.from.digest)), "{gate:?}");
    send(&client, &plan).await.expect("it goes");
    assert_eq!(held(&stage).as_deref(), Some(plan.from.digest.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_pushed_between_plan_and_yes_stays_theirs() {
    let stage = Stage::new().await;
    let client = Client::new(settings(&stage, None));
    let plan = planned(&stage, &client).await;
    let yes = yes(&client, &plan).await;
    let theirs = pushed(&stage);
    let failure = client.execute(yes).await.expect_err("it does not hold any more");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.why.contains(&theirs) && failure.hint.contains("nothing was sent"), "{failure}");
    assert_eq!(held(&stage), Some(theirs));
    assert!(stage.journal().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_pushed_right_before_the_put_stays_theirs() {
    let stage = Stage::new().await;
    let sending = Arc::new(AtomicBool::new(false));
    let (control, registry, now) = (stage.control(), stage.world.registry(), sending.clone());
    // The source's manifest is read by its digest only when all else was read again.
    let proxy = Proxy::registry(&stage.world, move |asked| {
        let source = asked.method == "GET" && asked.path.contains("/release-scos/manifests/sha256:");
        if source && now.swap(false, Ordering::SeqCst) {
            let name = control.accept_new("4.22.0-0.okd-scos-nightly").expect("a new one");
            let digest = registry.digest(NIGHTLIES, &name).expect("its image");
            registry.tag(NIGHTLIES, TAG, &digest);
        }
        Fate::Pass
    })
    .await;
    let client = Client::new(settings(&stage, Some(&proxy)));
    let plan = planned(&stage, &client).await;
    let yes = yes(&client, &plan).await;
    sending.store(true, Ordering::SeqCst);
    let failure = client.execute(yes).await.expect_err("somebody was faster");
    assert!(!sending.load(Ordering::SeqCst), "the moment came");
    assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
    let theirs = held(&stage).expect("theirs");
    assert_ne!(theirs, plan.from.digest.as_str());
    assert!(failure.why.contains(&theirs) && failure.why.contains("it was nothing"), "{failure}");
    assert_eq!(proxy.count(|asked| asked.method == "PUT"), 0);
    let outcomes: Vec<Outcome> = stage.journal().into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Refused]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_pushes_right_after_us_is_told() {
    let stage = Stage::new().await;
    let (control, registry) = (stage.control(), stage.world.registry());
    let proxy = Proxy::registry(&stage.world, move |asked| {
        if asked.method != "PUT" {
            return Fate::Pass;
        }
        let (control, registry) = (control.clone(), registry.clone());
        Fate::Then(Box::new(move || {
            let name = control.accept_new("4.22.0-0.okd-scos-nightly").expect("a new one");
            let digest = registry.digest(NIGHTLIES, &name).expect("its image");
            registry.tag(NIGHTLIES, TAG, &digest);
            async {}.boxed()
        }))
    })
    .await;
    let client = Client::new(settings(&stage, Some(&proxy)));
    let plan = planned(&stage, &client).await;
    let failure = send(&client, &plan).await.expect_err("it holds another one");
    assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
    assert!(failure.why.contains("someone else pushed"), "{failure}");
    assert_eq!(proxy.count(|asked| asked.method == "PUT"), 1, "and nothing is pushed over it");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_credential_that_may_push_the_plan_blocks() {
    let stage = Stage::new().await;
    let client = Client::new(Settings { logins: None, ..settings(&stage, None) });
    let release = stage.newest(&client).await;
    let plan = plan(&client, PlanRequest { channel: "team-5".into(), ..request(&release) }).await.expect("a plan");
    let rights = plan.gate(GateId::Rights).expect("the gate");
    assert!(rights.blocks() && rights.evidence.contains("you may not push to"), "{rights:?}");
    client.propose(Command::Promote(Box::new(plan)), None).await.expect_err("it blocks");
    assert_eq!(held(&stage), None);
}
