//! weir ends and begins again: the journal brings the checks back.

use crate::stage::*;
use futures::StreamExt;
use std::time::Duration;
use weir_client::Client;
use weir_domain::Watch;
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_take_hours_survive_a_restart_as_waiting_and_never_count_as_passed() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let (_, receipt) = sent_elsewhere(stage.settings(), release).await;
    let accepted = stage.journal()[1].time;
    assert_eq!(stage.ended(&receipt.run.name).await, "Succeeded");
    stage.control().step(Duration::from_secs(5));

    let again = stage.client();
    let mut endpoints = again.watch(Watch::Endpoints);
    endpoints.next().await.expect("it begins");
    let ended = settled(&again, &receipt.run).await;
    assert_eq!(ended.ending, Some(Ending::Good), "{:#?}", ended.checks);
    for id in [CheckId::Phase, CheckId::Signature, CheckId::Graph] {
        let check = ended.check(id).expect("the check");
        assert_eq!(check.state, CheckState::Waiting { since: accepted }, "{check:?}");
    }
    assert!(ended.tally().contains("5 of 8 good · 3 waiting"), "{}", ended.tally());
    let outcomes: Vec<Outcome> = stage.journal().into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Accepted, Outcome::Done]);

    // Much later it is accepted and signed; whoever looks then sees that.
    stage.control().step(Duration::from_secs(600));
    let digest = ended.expected.as_ref().expect("it was mirrored").to_string();
    stage.world.web().sign(&digest, &format!("{RELEASES}:{}", ended.name));
    let third = stage.client();
    let good = |id: CheckId| move |p: &weir_domain::Promotion| p.check(id).is_some_and(|c| c.state == CheckState::Good);
    let late = promotion(&third, &receipt.run, "accepted and signed", |p| {
        good(CheckId::Phase)(p) && good(CheckId::Signature)(p)
    })
    .await;
    assert_eq!(late.expected.map(|d| d.to_string()), Some(digest));
    let outcomes: Vec<Outcome> = stage.journal().into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Accepted, Outcome::Done], "Done is written once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weir_that_begins_again_guards_the_run_without_being_asked() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let (plan, receipt) = sent_elsewhere(stage.settings(), release).await;
    stage.mirrored(&receipt.run.name).await;
    stage.pushed_over(&plan.name);
    assert!(stage.run(&receipt.run.name).expect("the run")["spec"]["status"].is_null(), "nobody guards it");

    let again = stage.client();
    let mut endpoints = again.watch(Watch::Endpoints);
    endpoints.next().await.expect("it begins");
    for _ in 0..900 {
        if stage.run(&receipt.run.name).expect("the run")["spec"]["status"] == "CancelledRunFinally" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it was not cancelled: {:?}", stage.journal());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weir_that_begins_again_does_not_take_a_moved_tag_for_what_was_made() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let (settings, control) = (stage.settings(), stage.control());
    let (plan, receipt, made) = elsewhere(async move {
        let client = Client::new(settings);
        let plan = good(&client, request(&release)).await;
        let receipt = send(&client, &plan).await.expect("it goes");
        let done = |control: &weir_sim::Control| {
            let mirror = format!("{}-mirror", receipt.run.name);
            let task = control.object("moc", "taskruns", NAMESPACE, &mirror);
            task.is_some_and(|task| task["status"]["completionTime"].is_string())
        };
        while !done(&control) {
            control.step(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let seen = promotion(&client, &receipt.run, "the tag was seen", |p| p.expected.is_some()).await;
        (plan, receipt, seen.expected.expect("seen"))
    })
    .await;
    let line = whole_journal(&stage.settings().state).pop().expect("lines");
    assert!(line.answer.contains(made.as_str()), "{line:?}");
    // The same name, source and components, made once more: only the digest tells.
    assert!(stage.control().clean_up("moc", NAMESPACE) > 0);
    let other = || stage.world.registry().digest(RELEASES, &plan.name).is_some_and(|other| other != made.as_str());
    stage.step_until("mirror has run again", |_| other()).await;
    let again = stage.client();
    let alarmed = promotion(&again, &receipt.run, "an alarm", |p| p.alarm.is_some()).await;
    let alarm = alarmed.alarm.unwrap_or_default();
    assert!(alarm.contains("the tag moved from") && alarm.contains(&made.short()), "{alarm}");
    assert_eq!(stage.run(&receipt.run.name).expect("the run")["spec"]["status"], "CancelledRunFinally");
}
