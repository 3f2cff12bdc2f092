//! The one cancel that the yes of a plan covers, on a bad day: it fails, its answer is lost, or it is ours to give way and
//! nobody can see to whom. It is tried until it has worked, and never once more.

use crate::proxy::{Asked, Fate, Proxy};
use crate::stage::*;
use futures::FutureExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir_client::Client;
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{FailureKind, Promotion, RunId, Status};

/// Longer than a cancel that failed waits for its next try.
const NEXT_TRY: Duration = Duration::from_secs(13);

fn patches(proxy: &Proxy) -> usize {
    proxy.count(|asked: &Asked| asked.method == "PATCH")
}

/// Not passed on, the first so many times.
fn refuses(first: usize) -> impl Fn(&Asked) -> Fate + Send + Sync + 'static {
    let seen = AtomicUsize::new(0);
    move |asked| match asked.method == "PATCH" && seen.fetch_add(1, Ordering::SeqCst) < first {
        true => Fate::Refused(503, "etcdserver: leader changed".into()),
        false => Fate::Pass,
    }
}

fn wish(stage: &Stage, run: &str) -> serde_json::Value {
    stage.run(run).expect("the run")["spec"]["status"].clone()
}

async fn alarm(client: &Client, run: &RunId, words: &str) -> Promotion {
    promotion(client, run, words, |p| p.alarm.as_deref().is_some_and(|alarm| alarm.contains(words))).await
}

/// It ends cancelled, and no patch is sent after the ones that were.
async fn ends_cancelled(stage: &Stage, proxy: &Proxy, client: &Client, run: &RunId, sent: usize) {
    tokio::time::sleep(NEXT_TRY).await;
    assert_eq!(patches(proxy), sent, "a cancel that worked is not sent again");
    stage.ended(&run.name).await;
    let ended = settled(client, run).await;
    assert_eq!(ended.status, Some(Status::Cancelled), "{ended:?}");
    assert!(matches!(ended.ending, Some(Ending::Failed(_))), "{:?}", ended.ending);
    assert_eq!(patches(proxy), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_the_server_does_not_take_is_tried_again_until_it_works_and_then_no_more() {
    let stage = Stage::new().await;
    let (refuses, looked) = (refuses(1), Arc::new(tokio::sync::Notify::new()));
    let waits = looked.clone();
    // The second one waits until the first one's sentence was read.
    let proxy = Proxy::start(&stage.world, move |asked| match (asked.method.as_str(), refuses(asked)) {
        ("PATCH", Fate::Pass) => {
            let waits = waits.clone();
            Fate::After(async move { waits.notified().await }.boxed())
        }
        (_, fate) => fate,
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let run = send(&client, &plan).await.expect("it goes").run;
    // This check is made once: what comes of it must not depend on its being made again.
    stage.world.registry().faults(|faults| faults.closed = Some("okd/scos-content".into()));
    stage.mirrored(&run.name).await;
    let first = alarm(&client, &run, "could not be cancelled").await.alarm.unwrap_or_default();
    assert!(first.contains("without credentials") && first.contains("etcdserver"), "{first}");
    assert!(wish(&stage, &run.name).is_null() && patches(&proxy) <= 2);
    looked.notify_one();
    let second = alarm(&client, &run, "cancelled the run").await.alarm.unwrap_or_default();
    assert!(second.contains("without credentials"), "{second}");
    assert_eq!(wish(&stage, &run.name), "CancelledRunFinally");
    ends_cancelled(&stage, &proxy, &client, &run, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_whose_answer_is_lost_is_seen_on_the_run_and_not_sent_again() {
    let stage = Stage::new().await;
    let proxy = Proxy::start(&stage.world, |asked| match asked.method.as_str() {
        "PATCH" => Fate::Lost(Box::new(|| async {}.boxed())),
        _ => Fate::Pass,
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let run = send(&client, &plan).await.expect("it goes").run;
    stage.mirrored(&run.name).await;
    let ours = |p: &Promotion| p.check(CheckId::Mirrored).is_some_and(|c| c.state == CheckState::Good);
    promotion(&client, &run, "the tag was seen", ours).await;
    stage.pushed_over(&plan.name);
    let first = alarm(&client, &run, "the answer was lost").await.alarm.unwrap_or_default();
    assert!(first.contains("someone else pushed") && first.contains("could not be cancelled"), "{first}");
    let second = alarm(&client, &run, "cancelled already").await.alarm.unwrap_or_default();
    assert!(second.contains("someone else pushed"), "{second}");
    ends_cancelled(&stage, &proxy, &client, &run, 1).await;
}

/// A name that a proxy's script leaves behind.
type Kept = Arc<Mutex<String>>;

/// Before the create arrives, cron makes an older run; its name is kept.
fn cron_first(stage: &Stage) -> (Kept, impl Fn(&Asked) + Send + Sync + 'static) {
    let (kept, control) = (Kept::default(), stage.control());
    let name = kept.clone();
    let act = move |asked: &Asked| {
        if asked.creates() {
            *kept.lock().expect("held for a moment") = control.start_by_cron("moc", SOURCE, CHANNEL).expect("a run");
            control.step(Duration::from_secs(3));
        }
    };
    (name, act)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_ours_that_fails_after_an_older_run_was_found_is_tried_on_by_the_guard() {
    let stage = Stage::new().await;
    let (theirs, cron) = cron_first(&stage);
    // The first is the sender's own, the second the guard's.
    let refused = refuses(2);
    let proxy = Proxy::start(&stage.world, move |asked| {
        cron(asked);
        refused(asked)
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let failure = send(&client, &plan).await.expect_err("theirs is older");
    let theirs = theirs.lock().expect("held for a moment").clone();
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    assert!(failure.why.contains(&theirs), "{failure}");
    assert!(failure.hint.contains("could not be cancelled") && failure.hint.contains(&*plan.object.name), "{failure}");
    let told = alarm(&client, &plan.object, "cancelled the run").await.alarm.unwrap_or_default();
    assert!(told.contains(&theirs) && told.contains("was there before"), "{told}");
    assert_eq!(wish(&stage, &plan.object.name), "CancelledRunFinally");
    assert!(wish(&stage, &theirs).is_null());
    ends_cancelled(&stage, &proxy, &client, &plan.object, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_runs_cannot_be_listed_the_guard_asks_on_and_an_older_one_wins_as_soon_as_it_is_seen() {
    let stage = Stage::new().await;
    let (theirs, cron) = cron_first(&stage);
    let blind = Arc::new(AtomicBool::new(false));
    let lists = |asked: &Asked| asked.method == "GET" && asked.path.contains("/pipelineruns?limit=");
    let eyes = blind.clone();
    let proxy = Proxy::start(&stage.world, move |asked| {
        cron(asked);
        // From the create on.
        eyes.fetch_or(asked.creates(), Ordering::SeqCst);
        match lists(asked) && eyes.load(Ordering::SeqCst) {
            true => Fate::Refused(503, "the server is currently unable to handle the request".into()),
            false => Fate::Pass,
        }
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let before = proxy.count(lists);
    let run = send(&client, &plan).await.expect("nobody older can be seen").run;
    promotion(&client, &run, "guarded", |_| true).await;
    // One list was in the second reading of the plan, one right after the create.
    let asks_on = async {
        while proxy.count(lists) - before < 4 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asks_on).await.expect("the guard asks on");
    assert!(wish(&stage, &run.name).is_null() && patches(&proxy) == 0, "nothing is cancelled on a guess");
    blind.store(false, Ordering::SeqCst);
    let theirs = theirs.lock().expect("held for a moment").clone();
    let told = alarm(&client, &run, "cancelled the run").await.alarm.unwrap_or_default();
    assert!(told.contains(&theirs) && told.contains("was there before"), "{told}");
    assert!(wish(&stage, &theirs).is_null() && wish(&stage, &run.name) == "CancelledRunFinally");
    assert_eq!(patches(&proxy), 1);
}
