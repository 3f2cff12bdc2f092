//! Two promoters: of two weirs one run comes, and a run that cron made earlier goes before ours.

use crate::proxy::{Fate, Proxy};
use crate::stage::*;
use futures::FutureExt;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Barrier;
use weir_client::{Client, Settings};
use weir_domain::journal::Outcome;
use weir_domain::{Command, Failure, FailureKind, GateId, Plan, PlanRequest, Receipt};
use weir_sim::Control;

#[tokio::test(flavor = "multi_thread")]
async fn two_promoters_at_once_make_one_run_and_the_other_is_told() {
    let stage = Stage::new().await;
    // Both have read that nothing runs; only then does either create arrive.
    let both = Arc::new(Barrier::new(2));
    let proxy = Proxy::start(&stage.world, move |asked| {
        let both = both.clone();
        let wait = async move { drop(tokio::time::timeout(Duration::from_secs(90), both.wait()).await) };
        if asked.creates() { Fate::After(wait.boxed()) } else { Fate::Pass }
    })
    .await;
    let states = ["one", "two"].map(|name| stage.folder.path().join(name));
    let promoters = states.clone().map(|state| Client::new(Settings { state, ..stage.through(&proxy) }));
    let release = stage.newest(&promoters[0]).await;
    let plans = [good(&promoters[0], request(&release)).await, good(&promoters[1], request(&release)).await];
    assert_eq!(plans[0].id, plans[1].id, "one state of the world, one plan");
    let (one, two) = tokio::join!(send(&promoters[0], &plans[0]), send(&promoters[1], &plans[1]));
    assert_eq!(proxy.count(|asked| asked.creates()), 2, "a real race");
    let sent = [&one, &two].iter().filter(|result| result.is_ok()).count();
    assert_eq!(sent, 1, "{one:?} {two:?}");
    let (winner, loser) = if one.is_ok() { (0, 1) } else { (1, 0) };
    let failure = one.err().or(two.err()).expect("one lost");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("is there already") && failure.why.contains("it says admin"), "{failure}");

    let run = stage.run(&plans[0].object.name).expect("one run");
    assert_eq!(run["metadata"]["annotations"]["weir/plan-id"], plans[0].id.as_str());
    assert_eq!(stage.run(&format!("{}-2", plans[0].object.name)), None);
    let outcomes = |who: usize| journal(&states[who]).into_iter().map(|line| line.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(winner), [Outcome::Sending, Outcome::Accepted]);
    assert_eq!(outcomes(loser), [Outcome::Sending, Outcome::Refused]);
    assert!(run["spec"]["status"].is_null(), "the loser cancels nothing: {run}");
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    Before,
    SameSecond,
    After,
}

/// What came of a plan that was sent while cron made a run.
struct Raced {
    plan: Plan,
    result: Result<Receipt, Failure>,
    ours: Value,
    theirs: Value,
    /// Bodies of what was patched on the way.
    patches: Vec<String>,
}

async fn raced(when: When) -> Raced {
    let stage = Stage::new().await;
    let (name, patches): (Arc<Mutex<String>>, Arc<Mutex<Vec<String>>>) = Default::default();
    let (kept, seen, control) = (name.clone(), patches.clone(), stage.control());
    let proxy = Proxy::start(&stage.world, move |asked| {
        if asked.method == "PATCH" {
            seen.lock().expect("held for a moment").push(asked.body.clone());
        }
        if !asked.creates() {
            return Fate::Pass;
        }
        let (kept, control) = (kept.clone(), control.clone());
        let start = move |control: &Control| {
            *kept.lock().expect("held for a moment") = control.start_by_cron("moc", SOURCE, CHANNEL).expect("a run");
        };
        if when == When::After {
            return Fate::Then(Box::new(move || {
                control.step(Duration::from_secs(3));
                start(&control);
                async {}.boxed()
            }));
        }
        start(&control);
        if when == When::Before {
            control.step(Duration::from_secs(3));
        }
        Fate::Pass
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let result = send(&client, &plan).await;
    let ours = stage.run(&plan.object.name).expect("ours was made");
    let theirs = stage.run(&name.lock().expect("held for a moment")).expect("theirs was made");
    let patches = patches.lock().expect("held for a moment").clone();
    Raced { plan, result, ours, theirs, patches }
}

/// Ours was cancelled by its uid; theirs goes on.
fn gave_way(raced: Raced) {
    let failure = raced.result.expect_err("theirs is older");
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    let theirs = raced.theirs["metadata"]["name"].as_str().expect("a name");
    assert!(failure.why.contains(theirs) && failure.why.contains("was there before"), "{failure}");
    assert!(failure.hint.contains("ours was cancelled"), "{failure}");
    assert_eq!(raced.ours["spec"]["status"], "CancelledRunFinally");
    let uid = raced.ours["metadata"]["uid"].as_str().expect("a uid");
    assert!(raced.patches.len() == 1 && raced.patches[0].contains(uid), "{uid} {:?}", raced.patches);
    assert!(raced.theirs["spec"]["status"].is_null(), "{}", raced.theirs["spec"]);
    assert_ne!(raced.plan.object.name.as_ref(), theirs);
}

fn went_on(raced: &Raced) {
    raced.result.as_ref().expect("ours is older");
    assert!(raced.patches.is_empty(), "{:?}", raced.patches);
    assert!(raced.ours["spec"]["status"].is_null() && raced.theirs["spec"]["status"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cron_made_between_plan_and_create_goes_on_and_ours_is_cancelled_by_its_uid() {
    gave_way(raced(When::Before).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cron_makes_right_after_ours_is_younger_and_ours_goes_on() {
    went_on(&raced(When::After).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_of_one_second_the_uid_decides() {
    let raced = raced(When::SameSecond).await;
    let age = |run: &Value| run["metadata"]["creationTimestamp"].clone();
    assert_eq!(age(&raced.ours), age(&raced.theirs));
    let uid = |run: &Value| run["metadata"]["uid"].as_str().expect("a uid").to_string();
    if uid(&raced.theirs) < uid(&raced.ours) { gave_way(raced) } else { went_on(&raced) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_that_is_running_already_blocks_the_plan_and_no_reason_waives_it() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let theirs = stage.control().start_by_cron("moc", SOURCE, CHANNEL).expect("a run");
    let waivers = vec![(GateId::Alone, "I know what I do".to_string())];
    let plan = plan(&client, PlanRequest { waivers, ..request(&release) }).await.expect("it can be planned");
    let alone = plan.gate(GateId::Alone).expect("the gate");
    assert!(alone.blocks() && alone.waived.is_none() && alone.evidence.contains(&theirs), "{alone:?}");
    let failure = client.propose(Command::Promote(Box::new(plan)), None).await.expect_err("it blocks");
    assert!(failure.why.contains(&theirs), "{failure}");
}
