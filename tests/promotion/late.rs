//! What a create has made although its answer did not say so: unreadable, late, or after weir was killed. It is found by its
//! mark and guarded, and nothing is sent twice.

use crate::proxy::{Asked, Fate, Proxy};
use crate::stage::*;
use futures::{FutureExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use weir_client::Client;
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{FailureKind, Plan, Promotion, RunId, Watch};

fn outcomes(stage: &Stage) -> Vec<Outcome> {
    stage.journal().into_iter().map(|line| line.outcome).collect()
}

fn uid(stage: &Stage, run: &RunId) -> String {
    stage.run(&run.name).expect("the run")["metadata"]["uid"].as_str().expect("a uid").to_string()
}

fn state(promotion: &Promotion, id: CheckId) -> &CheckState {
    &promotion.check(id).expect("the check").state
}

/// It knows the run by its uid and makes its checks.
async fn guarded(stage: &Stage, client: &Client, run: &RunId) {
    let uid = uid(stage, run);
    promotion(client, run, "a guard that knows the uid", |p| p.uid == uid).await;
    stage.mirrored(&run.name).await;
    promotion(client, run, "the tag is seen", |p| *state(p, CheckId::Mirrored) == CheckState::Good).await;
    let accepted = stage.journal().into_iter().find(|line| line.outcome == Outcome::Accepted);
    assert_eq!(accepted.map(|line| line.uid), Some(uid));
}

/// The create works, and this arrives as its answer.
async fn answered(text: &'static str) {
    let stage = Stage::new().await;
    let proxy =
        Proxy::start(&stage.world, move |asked| if asked.creates() { Fate::Says(201, text) } else { Fate::Pass }).await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let receipt = send(&client, &plan).await.expect("it is found");
    assert_eq!(receipt.uid, uid(&stage, &plan.object));
    guarded(&stage, &client, &plan.object).await;
    assert_eq!((proxy.count(|a| a.creates()), outcomes(&stage)), (1, vec![Outcome::Sending, Outcome::Accepted]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_cannot_be_read_is_found_by_its_mark_and_guarded() {
    answered(r#"{"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metada"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_names_no_uid_is_found_by_its_mark_and_guarded() {
    answered(r#"{"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": "somehow"}}"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_slow_server_makes_after_the_outcome_was_unknown_is_found_guarded_and_not_sent_again() {
    let stage = Stage::new().await;
    let slow = Arc::new(Notify::new());
    let over = slow.clone();
    let proxy = Proxy::start(&stage.world, move |asked| {
        let over = over.clone();
        if asked.creates() { Fate::Late(async move { over.notified().await }.boxed()) } else { Fate::Pass }
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let failure = send(&client, &plan).await.expect_err("it is not there");
    assert_eq!(failure.kind, FailureKind::Unknown, "{failure}");
    assert_eq!((outcomes(&stage), stage.run(&plan.object.name)), (vec![Outcome::Sending, Outcome::Unknown], None));
    slow.notify_one();
    let made = async {
        while stage.run(&plan.object.name).is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), made).await.expect("the slow server makes it");
    guarded(&stage, &client, &plan.object).await;
    assert_eq!(outcomes(&stage), [Outcome::Sending, Outcome::Unknown, Outcome::Accepted]);
    assert_eq!((proxy.count(|a| a.creates()), stage.creates("moc").len()), (1, 1));
}

/// A promotion whose weir was killed when its create had arrived and the answer had not; that long ago, the journal says.
async fn killed(stage: &Stage, age: Duration) -> (Proxy, Plan) {
    let arrived = Arc::new(Notify::new());
    let told = arrived.clone();
    let proxy = Proxy::start(&stage.world, move |asked| {
        let told = told.clone();
        let never = move || async move { told.notify_one() }.then(|()| futures::future::pending()).boxed();
        if asked.creates() { Fate::Then(Box::new(never)) } else { Fate::Pass }
    })
    .await;
    let settings = stage.through(&proxy);
    let release = stage.newest(&stage.client()).await;
    let plan = elsewhere(async move {
        let client = Client::new(settings);
        let plan = good(&client, request(&release)).await;
        let yes = yes(&client, &plan).await;
        tokio::select! {
            result = client.execute(yes) => panic!("it has no answer: {result:?}"),
            () = arrived.notified() => plan,
        }
    })
    .await;
    assert!(stage.run(&plan.object.name).is_some());
    let mut lines = whole_journal(&stage.settings().state);
    assert_eq!(lines.iter().map(|line| line.outcome).collect::<Vec<_>>(), [Outcome::Sending]);
    lines[0].time -= age;
    let text = serde_json::to_string(&lines[0]).expect("JSON") + "\n";
    std::fs::write(journal_file(&stage.settings().state), text).expect("it can be written");
    (proxy, plan)
}

/// A weir that somebody starts, through the same address.
async fn started(stage: &Stage, proxy: &Proxy) -> Client {
    let client = Client::new(stage.through(proxy));
    client.watch(Watch::Endpoints).next().await.expect("it begins");
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weir_that_was_killed_before_it_knew_leaves_a_run_that_the_next_one_finds_and_guards() {
    let stage = Stage::new().await;
    let (proxy, plan) = killed(&stage, Duration::from_secs(50)).await;
    let again = started(&stage, &proxy).await;
    guarded(&stage, &again, &plan.object).await;
    let lines = stage.journal();
    assert_eq!(outcomes(&stage), [Outcome::Sending, Outcome::Accepted]);
    let waited = lines[1].time.duration_since(lines[0].time);
    assert!(waited >= jiff::SignedDuration::from_mins(1), "another weir may still have been sending it: {waited}");
    assert_eq!(proxy.count(|a| a.creates()), 1);
    // The plan's yes covers the cancel of this run too.
    stage.pushed_over(&plan.name);
    let alarmed = promotion(&again, &plan.object, "an alarm", |p| p.alarm.is_some()).await;
    assert!(alarmed.alarm.as_deref().is_some_and(|a| a.contains("cancelled the run")), "{:?}", alarmed.alarm);
    assert_eq!(stage.run(&plan.object.name).expect("the run")["spec"]["status"], "CancelledRunFinally");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_the_same_name_with_anothers_mark_is_not_adopted_by_the_next_weir() {
    let stage = Stage::new().await;
    let (proxy, plan) = killed(&stage, Duration::from_secs(61)).await;
    let mark = |stage: &Stage, id: &str| {
        let done = stage.control().edit("moc", "pipelineruns", NAMESPACE, &plan.object.name, |run| {
            run["metadata"]["annotations"]["weir/attempt"] = id.into();
        });
        assert!(done);
    };
    mark(&stage, "000000000000");
    let tail = format!("/pipelineruns/{}", plan.object.name);
    let looks = |asked: &Asked| asked.method == "GET" && asked.path.ends_with(&tail);
    let begun = std::time::Instant::now();
    let again = started(&stage, &proxy).await;
    let looked = async {
        while proxy.count(looks) < 1 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looked).await.expect("it looks");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (looks, seconds) = (proxy.count(looks), begun.elapsed().as_secs());
    assert_eq!(outcomes(&stage), [Outcome::Sending]);
    assert!(looks as u64 <= 1 + seconds / 10, "a guard would look all the time: {looks} in {seconds} s");
    // Only the mark was in the way.
    mark(&stage, &stage.journal()[0].id);
    guarded(&stage, &again, &plan.object).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_tasks_of_the_run_cannot_be_listed_the_check_says_so_and_the_servers_decide_at_the_end() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let run = send(&client, &plan).await.expect("it goes").run;
    stage.control().forbid("moc", "list", "taskruns");
    let blind = promotion(&client, &run, "a check that says so", |p| {
        *state(p, CheckId::Mirrored) == CheckState::Unknown && p.ending.is_none()
    })
    .await;
    let check = blind.check(CheckId::Mirrored).expect("the check");
    assert!(check.evidence.contains("cannot list the run's tasks"), "{check:?}");
    assert_eq!(stage.ended(&run.name).await, "Succeeded");
    stage.control().step(Duration::from_secs(10));
    let ended = settled(&client, &run).await;
    assert_eq!(ended.ending, Some(Ending::Good), "{:#?}", ended.checks);
}
