//! The CronJob that begins promotions: at work, not due, or not to be found. The cluster's clock is the one that counts, and
//! each case says what it shows.

use crate::proxy::{Fate, Proxy};
use crate::stage::*;
use serde_json::json;
use weir_client::{Client, Settings};
use weir_domain::{Gate, GateId, Verdict};

const CRON: &str = "cron-trigger-cluster-command";
const WEDNESDAY: &str = "Wed, 18 Nov 2026 12:00:00 GMT";
/// Five minutes before the usual time.
const MONDAY: &str = "Mon, 23 Nov 2026 04:55:00 GMT";

/// The gate `alone` of a plan whose channel names that CronJob, while the cluster's clock shows that.
async fn alone(promoter: &str, clock: &'static str, prepare: impl FnOnce(&Stage)) -> Gate {
    let stage = Stage::new().await;
    prepare(&stage);
    let proxy =
        Proxy::start(&stage.world, move |asked| if asked.path == "/version" { Fate::At(clock) } else { Fate::Pass })
            .await;
    let mut channels = channels();
    channels.iter_mut().for_each(|channel| channel.promoter = promoter.into());
    let client = Client::new(Settings { channels, ..stage.through(&proxy) });
    let plan = plan(&client, request(&stage.newest(&client).await)).await.expect("it can be planned");
    plan.gate(GateId::Alone).expect("the gate").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_job_that_is_at_work_blocks_whatever_its_schedule_says() {
    let idle = alone(CRON, WEDNESDAY, |_| {}).await;
    assert_eq!(idle.verdict, Verdict::Pass, "{idle:?}");
    let busy = alone(CRON, WEDNESDAY, |stage| {
        let done = stage.control().edit("moc", "cronjobs", NAMESPACE, CRON, |job| {
            job["status"]["active"] = json!([{"kind": "Job", "name": "cron-trigger-cluster-command-29389740"}]);
        });
        assert!(done, "there is such a CronJob");
    })
    .await;
    assert!(busy.verdict == Verdict::Block && busy.blocks(), "{busy:?}");
    assert!(busy.evidence.contains(CRON) && busy.evidence.contains("begins promotions"), "{busy:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_job_that_is_not_there_is_told_and_far_from_its_usual_time_only_warns() {
    let gate = alone("no-promoter-here", WEDNESDAY, |_| {}).await;
    assert!(gate.verdict == Verdict::Warn && !gate.blocks(), "{gate:?}");
    assert!(gate.evidence.contains("there is no CronJob no-promoter-here"), "{gate:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_job_that_is_not_there_blocks_at_its_usual_time() {
    let gate = alone("no-promoter-here", MONDAY, |_| {}).await;
    assert!(gate.verdict == Verdict::Block && gate.blocks(), "{gate:?}");
    assert!(gate.evidence.contains("(its usual time)"), "{gate:?}");
}
