//! The network goes: between plan and yes, before the create left, after it. Nothing is ever sent twice.

use crate::proxy::{Fate, Proxy};
use crate::stage::*;
use futures::FutureExt;
use std::time::Duration;
use weir_client::Client;
use weir_domain::journal::Outcome;
use weir_domain::{Failure, FailureKind, Plan, Receipt};
use weir_sim::Control;

fn outcomes(stage: &Stage) -> Vec<Outcome> {
    stage.journal().into_iter().map(|line| line.outcome).collect()
}

/// A plan that is sent through a proxy, which treats its create so.
async fn sent(
    fate: impl Fn(&Control) -> Fate + Send + Sync + 'static,
) -> (Stage, Proxy, Client, Plan, Result<Receipt, Failure>) {
    let stage = Stage::new().await;
    let control = stage.control();
    let proxy =
        Proxy::start(&stage.world, move |asked| if asked.creates() { fate(&control) } else { Fate::Pass }).await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let result = send(&client, &plan).await;
    (stage, proxy, client, plan, result)
}

fn lost(act: impl FnOnce() + Send + 'static) -> Fate {
    Fate::Lost(Box::new(move || {
        act();
        async {}.boxed()
    }))
}

fn named(plan: &Plan) -> String {
    plan.object.name.to_string()
}

const RUN: &str = "okd-release-5-scos-stable-5.0.0-okd-scos.1";

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_is_lost_is_found_again_by_its_name_and_plan_and_sent_once() {
    let (stage, proxy, _client, plan, result) = sent(|_| lost(|| {})).await;
    let receipt = result.expect("it is there");
    let run = stage.run(&named(&plan)).expect("it is there");
    assert_eq!(run["metadata"]["uid"], receipt.uid.as_str());
    assert_eq!((proxy.count(|a| a.creates()), outcomes(&stage)), (1, vec![Outcome::Sending, Outcome::Accepted]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_answers_in_the_servers_place_is_a_lost_answer_too() {
    let (stage, proxy, _client, plan, result) = sent(|_| Fate::Gateway).await;
    let receipt = result.expect("it is there");
    assert_eq!(stage.run(&named(&plan)).expect("it is there")["metadata"]["uid"], receipt.uid.as_str());
    assert_eq!(proxy.count(|a| a.creates()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_answer_is_lost_and_the_run_is_gone_the_outcome_is_unknown_and_nothing_is_sent_again() {
    let gone = |control: &Control| {
        let control = control.clone();
        lost(move || assert!(control.remove("moc", "pipelineruns", NAMESPACE, RUN)))
    };
    let (stage, proxy, client, plan, result) = sent(gone).await;
    assert_eq!(named(&plan), RUN);
    let failure = result.expect_err("nobody knows");
    assert_eq!(failure.kind, FailureKind::Unknown, "{failure}");
    for place in [RUN, "quay.io/okd/scos-release:5.0.0-okd-scos.1", "GitHub okd-project/okd", "origin/release-scos"] {
        assert!(failure.hint.contains(place), "`{place}` is not among the four places: {failure}");
    }
    assert!(failure.hint.contains("sends nothing again"), "{failure}");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!((proxy.count(|a| a.creates()), outcomes(&stage)), (1, vec![Outcome::Sending, Outcome::Unknown]));
    assert_eq!(stage.run(RUN), None);
    // A new plan with a new yes is another matter; it says so through its create alone.
    good(&client, plan.request.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_after_a_lost_answer_and_is_of_another_plan_is_not_ours() {
    let other = |control: &Control| {
        let control = control.clone();
        lost(move || {
            control.edit("moc", "pipelineruns", NAMESPACE, RUN, |run| {
                for key in ["weir/plan-id", "weir/attempt"] {
                    run["metadata"]["annotations"][key] = "000000000000".into();
                }
                run["metadata"]["annotations"]["weir/operator"] = "somebody".into();
            });
        })
    };
    let (stage, proxy, _client, _plan, result) = sent(other).await;
    let failure = result.expect_err("it is not ours");
    assert!(failure.why.contains("not ours") && failure.why.contains("it says somebody"), "{failure}");
    assert_eq!((proxy.count(|a| a.creates()), outcomes(&stage)), (1, vec![Outcome::Sending, Outcome::Refused]));
    assert!(stage.run(RUN).expect("it stays")["spec"]["status"].is_null(), "and is not cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_never_left_was_not_sent() {
    let stage = Stage::new().await;
    let proxy = Proxy::start(&stage.world, |asked| if asked.tries() { Fate::Last } else { Fate::Pass }).await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let failure = send(&client, &plan).await.expect_err("nobody listens");
    assert_eq!(failure.kind, FailureKind::Offline, "{failure}");
    assert_eq!((stage.creates("moc").len(), outcomes(&stage)), (0, vec![Outcome::Sending, Outcome::Refused]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_lost_between_plan_and_yes_sends_nothing_and_says_so() {
    let stage = Stage::new().await;
    let proxy = Proxy::start(&stage.world, |_| Fate::Pass).await;
    let client = Client::new(stage.through(&proxy));
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let yes = yes(&client, &plan).await;
    proxy.stop().await;
    let failure = client.execute(yes).await.expect_err("the cluster is not there");
    println!("{failure}");
    assert!(failure.hint.contains("nothing was sent"), "{failure}");
    assert!(failure.why.contains("moc"), "{failure}");
    assert!(stage.creates("moc").is_empty() && stage.journal().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_controller_that_is_lost_between_plan_and_yes_sends_nothing() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let yes = yes(&client, &plan).await;
    let away = weir_client::Settings { releases: Some("http://127.0.0.1:9".into()), ..stage.settings() };
    let failure = Client::new(away).execute(yes).await.expect_err("it cannot be read again");
    assert!(failure.why.contains("whether the plan still holds cannot be read"), "{failure}");
    assert!(failure.hint.contains("nothing was sent"), "{failure}");
    assert!(stage.creates("moc").is_empty() && stage.journal().is_empty());
}
