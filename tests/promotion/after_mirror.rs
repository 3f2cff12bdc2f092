//! The checks behind `mirror`, and the one command that the yes of a plan covers beside the create.

use crate::proxy::{Asked, Fate, Proxy};
use crate::stage::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use weir_client::{Client, Settings};
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{Plan, Promotion, Receipt};

/// A promotion that was sent through a proxy.
struct Sent {
    stage: Stage,
    proxy: Proxy,
    /// While it is set, the run's cluster answers 503.
    blind: Arc<AtomicBool>,
    client: Client,
    plan: Plan,
    receipt: Receipt,
}

async fn sent() -> Sent {
    sent_on(Stage::new().await).await
}

async fn sent_on(stage: Stage) -> Sent {
    let blind = Arc::new(AtomicBool::new(false));
    let is_blind = blind.clone();
    let proxy = Proxy::start(&stage.world, move |_| match is_blind.load(Ordering::SeqCst) {
        true => Fate::Refused(503, "the server is currently unable to handle the request".into()),
        false => Fate::Pass,
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let receipt = send(&client, &plan).await.expect("it goes");
    Sent { stage, proxy, blind, client, plan, receipt }
}

impl Sent {
    async fn alarmed(&self) -> Promotion {
        promotion(&self.client, &self.receipt.run, "an alarm", |p| p.alarm.is_some()).await
    }

    async fn good(&self, id: CheckId) {
        let good = move |p: &Promotion| p.check(id).is_some_and(|c| c.state == CheckState::Good);
        promotion(&self.client, &self.receipt.run, id.key(), good).await;
    }

    /// Patches of the run that carry its uid.
    fn cancels(&self) -> usize {
        let uid = format!("\"uid\":\"{}\"", self.receipt.uid);
        self.proxy.count(|asked: &Asked| asked.method == "PATCH" && asked.body.contains(&uid))
    }

    fn asked_to_stop(&self) -> bool {
        self.stage.run(&self.receipt.run.name).expect("the run")["spec"]["status"] == "CancelledRunFinally"
    }

    async fn stopped(self) -> Promotion {
        assert!(self.asked_to_stop());
        assert_eq!(self.cancels(), 1);
        self.stage.ended(&self.receipt.run.name).await;
        let ended = settled(&self.client, &self.receipt.run).await;
        assert!(matches!(ended.ending, Some(Ending::Failed(_))), "{:?}", ended.ending);
        let github = ended.check(CheckId::Github).expect("the check");
        assert_eq!(github.state, CheckState::NotApplicable, "{github:?}");
        let stream = self.stage.control().object("app.ci", "imagestreams", "origin", "release-scos");
        assert!(!stream.expect("the stream")["spec"].to_string().contains(&self.plan.name), "the channel has it");
        let lines = self.stage.journal();
        let outcomes: Vec<(&str, Outcome)> = lines.iter().map(|line| (line.verb.as_str(), line.outcome)).collect();
        let (promote, cancel) = ("promote", "cancel");
        assert_eq!(
            outcomes,
            [
                (promote, Outcome::Sending),
                (promote, Outcome::Accepted),
                (cancel, Outcome::Sending),
                (cancel, Outcome::Accepted),
                (promote, Outcome::Failed)
            ]
        );
        let reason = lines[2].reason.as_deref().expect("a reason");
        assert!(reason.contains(&self.plan.id) && lines[2].uid == self.receipt.uid, "{reason}");
        ended
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_moves_before_the_channel_has_it_cancels_the_run_by_its_uid() {
    let sent = sent().await;
    sent.stage.mirrored(&sent.receipt.run.name).await;
    sent.good(CheckId::Mirrored).await;
    let digest = sent.stage.pushed_over(&sent.plan.name);
    let alarmed = sent.alarmed().await;
    let alarm = alarmed.alarm.as_deref().unwrap_or_default();
    assert!(alarm.contains("cancelled the run") && alarm.contains("someone else pushed"), "{alarm}");
    assert!(alarm.contains(&digest[7..15]), "{alarm}");
    sent.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_ours_when_mirror_has_ended_cancels_the_run() {
    let sent = sent().await;
    // Somebody pushes as soon as the task has ended, before weir has read the tag once.
    sent.blind.store(true, Ordering::SeqCst);
    sent.stage.mirrored(&sent.receipt.run.name).await;
    sent.stage.pushed_over(&sent.plan.name);
    sent.blind.store(false, Ordering::SeqCst);
    let alarm = sent.alarmed().await.alarm.unwrap_or_default();
    assert!(alarm.contains("cancelled the run") && alarm.contains("is not ours"), "{alarm}");
    sent.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_not_everybody_may_pull_cancels_the_run_before_github_has_it() {
    let sent = sent().await;
    sent.stage.world.registry().faults(|faults| faults.closed = Some("okd/scos-content".into()));
    sent.stage.mirrored(&sent.receipt.run.name).await;
    let alarm = sent.alarmed().await.alarm.unwrap_or_default();
    assert!(alarm.contains("cancelled the run") && alarm.contains("without credentials"), "{alarm}");
    let ended = sent.stopped().await;
    assert_eq!(ended.check(CheckId::Pullable).map(|c| &c.state), Some(&CheckState::Bad));
    assert_eq!(ended.public.len(), 1, "{:?}", ended.public);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_moves_after_the_channel_has_it_raises_an_alarm_and_cancels_nothing() {
    let stage = Stage::new().await;
    // The last task goes on for long after the channel has it.
    stage.annotate("notify-matrix", "testbed/step-seconds", "900");
    let sent = sent_on(stage).await;
    let run = sent.receipt.run.name.to_string();
    let tagged = |stage: &Stage| {
        let task = stage.task(&run, "update-release-channel");
        task.is_some_and(|task| task["status"]["completionTime"].is_string())
    };
    sent.stage.step_until("the channel has it", tagged).await;
    sent.stage.control().step(Duration::from_secs(5));
    sent.good(CheckId::Channel).await;
    sent.stage.pushed_over(&sent.plan.name);
    let alarm = sent.alarmed().await.alarm.unwrap_or_default();
    assert!(alarm.contains("someone else pushed") && alarm.contains("public already"), "{alarm}");
    assert!(!alarm.contains("cancelled"), "{alarm}");
    assert_eq!((sent.cancels(), sent.asked_to_stop()), (0, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_read_only_a_moved_tag_raises_an_alarm_and_nothing_is_cancelled() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let (plan, receipt) = sent_elsewhere(stage.settings(), release).await;
    stage.mirrored(&receipt.run.name).await;
    stage.pushed_over(&plan.name);
    let proxy = Proxy::start(&stage.world, |_| Fate::Pass).await;
    let looks = Client::new(Settings { read_only: true, ..stage.through(&proxy) });
    let alarmed = promotion(&looks, &receipt.run, "an alarm", |p| p.alarm.is_some()).await;
    let alarm = alarmed.alarm.unwrap_or_default();
    assert!(alarmed.looks_only && alarm.contains("weir is read-only and cancels nothing"), "{alarm}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(proxy.count(|asked| asked.method == "PATCH"), 0);
    assert!(stage.run(&receipt.run.name).expect("the run")["spec"]["status"].is_null());
    assert_eq!(stage.journal().len(), 2, "and it writes nothing");
}
