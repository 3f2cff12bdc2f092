//! A promotion from the plan to its end, with the upstream Pipeline and its unmodified Tasks.

mod ground;
mod pods;
mod raw;

use crate::stage::Stage;
use crate::suite::Case;
use futures::StreamExt;
use ground::{CHANNEL, Ground, RUNS, SOURCE, TASK_RUNS, on};
use pods::Pods;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use weir_client::Client;
use weir_domain::cancel::Grace;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{
    Answer, Command, Confirmed, Consent, Failure, FailureKind, Loaded, News, Plan, PlanRequest, Promotion, Query,
    Receipt, RunId, Watch,
};

const NIGHTLIES: &str = "registry.ci.openshift.org/origin/release-scos";
const RELEASES: &str = "quay.io/okd/scos-release";

pub fn cases() -> Vec<Case> {
    let case = |name, work| Case { name, alone: true, work };
    vec![
        case("a_pinned_promotion_runs_to_its_end_with_the_tasks_as_they_are", |stage| Box::pin(runs_to_its_end(stage))),
        case("finished_tasks_deleted_in_the_middle_make_nothing_else_public", |stage| Box::pin(cleaned_up(stage))),
        case("the_cancel_of_another_run_s_uid_is_refused", |stage| Box::pin(another_uid(stage))),
        case("the_run_s_name_admits_no_second_promotion", |stage| Box::pin(second_create(stage))),
    ]
}

/// A plan that can be sent.
async fn planned(ground: &Ground, client: &Client) -> Plan {
    let release = ground.newest(client).await;
    let request = PlanRequest::new(release, CHANNEL);
    match client.fetch(Query::Plan(request)).await.expect("it can be planned") {
        Answer::Plan(plan) => {
            let blocking: Vec<String> = plan.blocking().map(|g| format!("{}: {}", g.id, g.evidence)).collect();
            assert!(plan.goes(), "{blocking:?} {:?}", plan.obstacles);
            *plan
        }
        other => panic!("a plan was asked for: {other:?}"),
    }
}

async fn send(client: &Client, plan: &Plan) -> Result<Receipt, Failure> {
    let command = Command::Promote(Box::new(plan.clone()));
    let proposal = client.propose(command, Some("the contract suite".into())).await.expect("it may be sent");
    client.execute(proposal.answer(Consent::Typed(&plan.name)).expect("the name is the yes")).await
}

type Public = (BTreeSet<String>, BTreeSet<String>);

/// What the public can get of a channel: the tags of the release repository and of the ImageStream.
async fn public(ground: &Ground) -> Public {
    let stream = ground.world.control().object("app.ci", "imagestreams", "origin", "release-scos").expect("the stream");
    let names = stream["spec"]["tags"].as_array().expect("tags").iter();
    let names = names.filter_map(|tag| tag["name"].as_str().map(String::from)).collect();
    (ground.tags("okd/scos-release").await, names)
}

/// The promotion as soon as it is as wanted, else as it was last.
async fn followed(client: &Client, run: &RunId, for_at_most: Duration, wanted: fn(&Promotion) -> bool) -> Promotion {
    let mut live = client.watch(Watch::Promotion(run.clone()));
    let (deadline, mut last) = (Instant::now() + for_at_most, None);
    while let Ok(Some(news)) =
        tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), live.next()).await
    {
        if let News::Promotion(_, Loaded::Known(promotion)) = news {
            let enough = wanted(&promotion);
            last = Some(*promotion);
            if enough {
                break;
            }
        }
    }
    last.expect("the promotion is followed")
}

fn told(promotion: &Promotion) {
    for check in promotion.checks.iter() {
        println!("        {}: {:?}: {}", check.id.key(), check.state, check.evidence);
    }
    println!("        alarm: {:?}", promotion.alarm);
    println!("        public: {:?}", promotion.public);
    println!("        ending: {:?}", promotion.ending);
}

/// Each TaskRun there ever was chose nothing and had the plan's digest and name.
fn nothing_but_the_plan(pods: &Pods, plan: &Plan) {
    let (pinned, digest) = (plan.from.pinned().to_string(), plan.from.digest.as_str());
    for (task, params) in pods.tasks() {
        assert!(!task.starts_with("pick-"), "a pod chose: {task}");
        let has = |name: &str, value: &str| {
            assert_eq!(params.get(name).map(String::as_str), Some(value), "{name} of {task}");
        };
        match task.as_str() {
            "verify-release" => has("release-digest", digest),
            "mirror" => {
                has("release-pullspec", &pinned);
                has("release-name", &plan.name);
                has("release-mirror-pushspec", RELEASES);
            }
            "create-github-release" | "update-release-channel" | "prepare-binaries" | "prepare-release-notes" => {
                has("release-name", &plan.name)
            }
            _ => {}
        }
    }
}

async fn ended(ground: &Ground, run: &str, for_at_most: Duration) -> Option<Value> {
    let deadline = Instant::now() + for_at_most;
    while Instant::now() < deadline {
        let now = ground.moc.read(&format!("{RUNS}/{run}")).await.ok()?;
        if now["status"]["completionTime"].is_string() {
            return Some(now);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    None
}

async fn runs_to_its_end(stage: Arc<Stage>) {
    on(&stage, |ground| async move {
        let client = ground.weir("weir");
        let before = public(&ground).await;
        let plan = planned(&ground, &client).await;
        println!("        plan {}: {} → {} as {}", plan.id, plan.from.release, CHANNEL, plan.name);
        println!("        {}", plan.tally());
        let pods = ground.pods(&plan.object.name, &format!("{RELEASES}:{}", plan.name)).await;
        let receipt = send(&client, &plan).await.expect("it is admitted");
        println!("        {}", receipt.words);
        let end = followed(&client, &receipt.run, Duration::from_secs(150), |p| p.ending.is_some()).await;
        told(&end);
        assert_eq!(end.ending, Some(Ending::Good));
        for check in end.checks.iter().filter(|check| check.id.immediate()) {
            assert_eq!(check.state, CheckState::Good, "{check:?}");
        }
        let run = ended(&ground, &receipt.run.name, Duration::from_secs(5)).await.expect("it has ended");
        assert_eq!(run["status"]["conditions"][0]["reason"], "Succeeded");
        println!(
            "        {} is Succeeded from {} to {}",
            receipt.run, run["status"]["startTime"], run["status"]["completionTime"]
        );

        nothing_but_the_plan(&pods, &plan);
        let names = pods.names();
        for task in ["verify-release", "mirror", "create-github-release", "update-release-channel"] {
            assert!(names.contains(task), "{task} is not among {names:?}");
        }
        if ground.real {
            let deeds: Vec<(String, bool)> = pods.deeds().into_iter().map(|deed| (deed.task, deed.well)).collect();
            let once =
                ["mirror", "create-github-release", "update-release-channel"].map(|task| (task.to_string(), true));
            assert_eq!(deeds, once);
        }
        assert!(only_the_name_is_new(&ground, before, &plan).await, "{} is not there", plan.name);
        assert!(ground.world.registry().digest(NIGHTLIES, &plan.from.release.name).is_some());
        assert_eq!(end.check(CheckId::Run).map(|check| &*check.evidence), Some("the run ended well"));
        assert_eq!(plan.from.release.stream.as_str(), SOURCE);
    })
    .await
}

/// Nothing but the plan's name came to the public places, made from the plan's digest. Whether it is there.
async fn only_the_name_is_new(ground: &Ground, before: Public, plan: &Plan) -> bool {
    let after = public(ground).await;
    for (before, after) in [(&before.0, &after.0), (&before.1, &after.1)] {
        assert!(before.is_subset(after), "{:?} are gone", before.difference(after));
        // In the embedded world a promotion of 4.22 goes on beside.
        let new: Vec<&String> = after.difference(before).filter(|name| !name.starts_with("4.22.")).collect();
        assert!(new.iter().all(|name| **name == plan.name), "{new:?}");
    }
    if !after.0.contains(&plan.name) {
        return false;
    }
    let image = format!("{RELEASES}:{}", plan.name).parse().expect("an image");
    match ground.weir("looks").fetch(Query::Payload(image)).await.expect("it is read") {
        Answer::Payload(made) => {
            assert_eq!(
                (&*made.name, made.from_release.as_deref()),
                (&*plan.name, Some(&*plan.from.pinned().to_string()))
            );
        }
        other => panic!("a payload was asked for: {other:?}"),
    }
    true
}

async fn cleaned_up(stage: Arc<Stage>) {
    on(&stage, |ground| async move {
        let client = ground.weir("weir");
        let before = public(&ground).await;
        let plan = planned(&ground, &client).await;
        let pods = ground.pods(&plan.object.name, &format!("{RELEASES}:{}", plan.name)).await;
        // Long enough to be in the middle of.
        ground.steer("prepare-release-binaries", "step-seconds", "20").await;
        // And long enough to be seen by a guard that looks every two seconds.
        ground.steer("mirror-release", "step-seconds", "12").await;
        let receipt = send(&client, &plan).await.expect("it is admitted");
        let gone = clean_up(&ground, &receipt.run.name).await;
        println!("        deleted in the middle: {gone:?}");
        let mut end = followed(&client, &receipt.run, Duration::from_secs(120), |p| p.ending.is_some()).await;
        let hangs = end.ending.is_none();
        if hangs {
            // Tekton makes the deleted tasks again, or waits for them for ever: then a person has to stop it.
            assert!(ground.real, "the embedded world makes them again");
            println!("        the run hangs; until then:");
            told(&end);
            deleted_is_told(&end);
            cancel(&client, &receipt).await;
            end = followed(&client, &receipt.run, Duration::from_secs(60), |p| p.ending.is_some()).await;
        }
        told(&end);
        for deed in pods.deeds() {
            println!("        done outside: {} {} (well: {})", deed.task, deed.params["release-name"], deed.well);
        }
        nothing_but_the_plan(&pods, &plan);
        deleted_is_told(&end);
        let there = only_the_name_is_new(&ground, before, &plan).await;
        let tag = format!("the image {RELEASES}:{}", plan.name);
        assert_eq!(end.public.iter().any(|said| **said == *tag), there, "{:?}", end.public);
        match end.ending.as_ref().expect("it ended, by itself or not") {
            Ending::Good => assert!(!hangs && end.public.len() == 3 && end.alarm.is_none(), "{end:?}"),
            Ending::Failed(why) | Ending::Unknown(why) => assert!(!why.is_empty()),
        }
    })
    .await
}

/// The screen says that tasks were deleted.
fn deleted_is_told(promotion: &Promotion) {
    let said = promotion.check(CheckId::Run).map(|check| check.evidence.clone()).unwrap_or_default();
    assert!(said.contains("deleted") && said.contains("mirror"), "{said}");
}

async fn cancel(client: &Client, receipt: &Receipt) {
    let how = Grace::CancelledRunFinally;
    let command = Command::Cancel { run: receipt.run.clone(), uid: receipt.uid.clone(), how };
    let proposal = client.propose(command, Some("it hangs".into())).await.expect("it may be cancelled");
    let phrase = proposal.phrase().to_string();
    let typed = proposal.must_type();
    let consent = if typed { Consent::Typed(&phrase) } else { Consent::Key };
    client.execute(proposal.answer(consent).expect("a yes")).await.expect("it is cancelled");
}

/// Deletes the finished TaskRuns as soon as `mirror` is one of them; their names.
async fn clean_up(ground: &Ground, run: &str) -> Vec<String> {
    let select = format!("{TASK_RUNS}?labelSelector=tekton.dev%2FpipelineRun%3D{run}");
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let finished: Vec<String> = ground
            .moc
            .items(&select)
            .await
            .iter()
            .filter(|task| task["status"]["completionTime"].is_string())
            .filter_map(|task| task["metadata"]["name"].as_str().map(String::from))
            .collect();
        if finished.iter().any(|name| name.ends_with("-mirror")) {
            for name in &finished {
                ground.moc.delete(&format!("{TASK_RUNS}/{name}")).await.expect("it is deleted");
            }
            return finished;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("`mirror` has not ended");
}

/// The journal's line about the create.
async fn accepted(stage: &Stage, client: &Client, run: &RunId) -> Entry {
    let all = stage.journal(client, &run.name).await;
    all.into_iter().find(|entry| entry.outcome == Outcome::Accepted).expect("it is written down")
}

async fn another_uid(stage: Arc<Stage>) {
    let stage_of_journal = stage.clone();
    on(&stage, |ground| async move {
        let client = ground.weir("weir");
        let plan = planned(&ground, &client).await;
        // Held long enough that there is a run to cancel.
        ground.steer("gpg-verify-release", "step-seconds", "60").await;
        let receipt = send(&client, &plan).await.expect("it is admitted");
        let entry = accepted(&stage_of_journal, &client, &receipt.run).await;
        let wrong = Entry { uid: "0e47ed02-52ad-4b0a-9d0e-ae1a2ab2c3f4".into(), ..entry.clone() };
        let stop = Confirmed::stop_of(&wrong, "a check failed").expect("an accepted plan allows it");
        let refused = client.execute(stop).await.expect_err("that is not this run");
        println!("        refused: {refused}");
        assert!(matches!(refused.kind, FailureKind::Conflict | FailureKind::Refused), "{refused:?}");
        let run = ground.moc.read(&format!("{RUNS}/{}", receipt.run.name)).await.expect("it is there");
        assert!(run["spec"]["status"].is_null(), "it goes on: {}", run["spec"]["status"]);

        let stop = Confirmed::stop_of(&entry, "a check failed").expect("an accepted plan allows it");
        client.execute(stop).await.expect("the right uid is obeyed");
        let end = followed(&client, &receipt.run, Duration::from_secs(60), |p| p.ending.is_some()).await;
        told(&end);
        assert!(matches!(end.ending, Some(Ending::Failed(_))) && end.public.is_empty(), "{end:?}");
    })
    .await
}

async fn second_create(stage: Arc<Stage>) {
    on(&stage, |ground| async move {
        let (client, other) = (ground.weir("weir"), ground.weir("another"));
        let (plan, second) = (planned(&ground, &client).await, planned(&ground, &other).await);
        assert_eq!(plan.object, second.object, "both would make the same object");
        ground.steer("gpg-verify-release", "step-seconds", "60").await;
        send(&client, &plan).await.expect("the first is admitted");
        let refused = send(&other, &second).await.expect_err("the second is not");
        println!("        the second weir: {refused}");
        assert!(matches!(refused.kind, FailureKind::Conflict | FailureKind::Refused), "{refused:?}");
        // Past weir's own look: the server itself has one object of a name.
        let body: Value = serde_json::to_value(&second.calls[0].body).expect("JSON");
        assert_eq!(ground.moc.create(RUNS, &body).await.expect_err("there is one"), 409);
        let runs = ground.moc.items(&format!("{RUNS}?labelSelector=weir%2Fchannel%3D{CHANNEL}")).await;
        assert_eq!(runs.len(), 1);
    })
    .await
}
