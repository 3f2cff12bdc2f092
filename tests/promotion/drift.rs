//! Whatever a plan was made from may change before the yes is sent: then nothing is.

use crate::stage::*;
use weir_client::Settings;
use weir_domain::{FailureKind, Plan};
use weir_sim::releases::JobState;

/// Plans, says yes, lets something happen, sends: refused with words, and nothing was made or written.
async fn refused(change: impl FnOnce(&Stage, &Plan) -> String) {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let yes = yes(&client, &plan).await;
    let words = change(&stage, &plan);
    let failure = client.execute(yes).await.expect_err("it does not hold any more");
    println!("{failure}");
    assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
    assert!(failure.why.contains(&words), "`{words}` is not in: {failure}");
    assert!(failure.hint.contains("nothing was sent"), "{failure}");
    assert_eq!(stage.creates("moc"), Vec::<String>::new());
    assert_eq!(stage.run(&plan.object.name), None);
    assert!(stage.journal().is_empty(), "what was never to be sent is not in the journal");
}

/// The digest of another release of the same stream.
fn other(stage: &Stage, plan: &Plan) -> String {
    let digest = stage.another();
    assert_ne!(digest, plan.from.digest.as_str());
    digest
}

fn short(digest: &str) -> String {
    digest.parse::<weir_domain::Digest>().expect("a digest").short()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_accepted_nightly_between_plan_and_yes_is_told() {
    refused(|stage, _| stage.control().accept_new(SOURCE).expect("a new one")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_moved_to_another_digest_between_plan_and_yes_is_told() {
    refused(|stage, plan| {
        let digest = other(stage, plan);
        stage.world.registry().tag(NIGHTLIES, &plan.from.release.name, &digest);
        format!("is {} now, it was {}", short(&digest), plan.from.digest.short())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_taken_in_the_repository_meanwhile_is_told() {
    refused(|stage, plan| {
        stage.world.registry().tag(RELEASES, &plan.name, &other(stage, plan));
        "the next name is 5.0.0-okd-scos.2 now, it was 5.0.0-okd-scos.1".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_taken_on_github_meanwhile_is_told() {
    refused(|stage, plan| {
        stage.world.web().release("okd-project/okd", &plan.name, false).expect("there is none yet");
        "the next name is 5.0.0-okd-scos.2 now".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_verdict_changed_meanwhile_is_told() {
    refused(|stage, plan| {
        stage.control().judge(&plan.from.release.name, "aws", JobState::Failed);
        "jobs: block now, it was".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_was_rejected_by_hand_meanwhile_is_told() {
    refused(|stage, plan| {
        stage.control().decide("app.ci", &plan.from.release.name, Some(("Rejected", "it breaks upgrades")));
        "it breaks upgrades".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_that_began_meanwhile_is_told() {
    refused(|stage, _| stage.control().start_by_cron("moc", SOURCE, CHANNEL).expect("a run")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_changed_meanwhile_is_told() {
    refused(|stage, _| {
        let done = stage.control().edit("moc", "pipelines", NAMESPACE, "okd-release-pipeline", |pipeline| {
            pipeline["spec"]["description"] = "somebody was here".into();
        });
        assert!(done);
        "the Pipeline is another one now".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_changed_meanwhile_is_told() {
    refused(|stage, _| {
        stage.control().edit("moc", "tasks", NAMESPACE, "mirror-release", |task| {
            let params = task["spec"]["params"].as_array_mut().expect("parameters");
            params.push(serde_json::json!({"name": "also-push-to", "type": "string", "default": ""}));
        });
        "also-push-to".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_steps_alone_changed_meanwhile_is_told() {
    refused(|stage, _| {
        let done = stage.control().edit("moc", "tasks", NAMESPACE, "mirror-release", |task| {
            let steps = task["spec"]["steps"].as_array_mut().expect("steps");
            steps[0]["script"] = "oc adm release mirror --to=quay.io/somebody/else".into();
        });
        assert!(done);
        "the Task mirror-release is another one now".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_the_pods_that_went_away_meanwhile_is_told() {
    refused(|stage, _| {
        assert!(stage.control().remove("moc", "secrets", NAMESPACE, "okd-quay-pull-secret"));
        "okd-quay-pull-secret".into()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_whose_config_is_another_one_now_is_told() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let yes = yes(&client, &plan).await;
    let mut channels = channels();
    let channel = channels.iter_mut().find(|c| c.name == CHANNEL.into()).expect("the channel");
    channel.pipeline.as_mut().expect("its Pipeline").timeout = "1h0m0s".into();
    let after = weir_client::Client::new(Settings { channels, ..stage.settings() });
    let failure = after.execute(yes).await.expect_err("it does not hold any more");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.why.contains("the channel's config is another one now"), "{failure}");
    assert!(stage.creates("moc").is_empty() && stage.journal().is_empty());
}
