//! A plan that goes: what it makes, and what of it is written down.

use crate::stage::*;
use weir_domain::PlanRequest;
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_accepted_nightly_goes_to_its_channel_under_the_plans_name() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let asked = PlanRequest { reason: Some("for the weekend".into()), ..request(&release) };
    let plan = good(&client, asked.clone()).await;
    let again = good(&client, asked).await;
    let silent = good(&client, request(&release)).await;
    assert_eq!(plan.drift(&silent), ["the reason is another"]);
    assert_eq!((plan.id.as_str(), plan.id.len()), (again.id.as_str(), 12), "{:?}", plan.drift(&again));
    assert_eq!(plan.name, "5.0.0-okd-scos.1");
    let told = stage.world.registry().digest(NIGHTLIES, &release.name).expect("it is there");
    assert_eq!(plan.from.digest.as_str(), told, "the digest is the top manifest's");

    let receipt = send(&client, &plan).await.expect("it goes");
    assert_eq!((&receipt.run, stage.creates("moc").len()), (&plan.object, 1));
    let run = stage.run(&receipt.run.name).expect("the run");
    let says = &run["metadata"]["annotations"];
    assert_eq!(says["weir/plan-id"], plan.id.as_str());
    assert_eq!(says["weir/operator"], "admin");
    assert_eq!(says["weir/reason"], "for the weekend");
    let shown = plan.calls[0].body.text_at(&["metadata", "annotations", "weir/reason"]);
    assert_eq!(shown, Some("for the weekend"), "it was in the call that was shown");
    assert_eq!(stage.journal()[0].reason.as_deref(), Some("for the weekend"));
    assert!(says["weir/host"].as_str().is_some_and(|host| !host.is_empty()), "{says}");
    assert_eq!(run["metadata"]["labels"]["weir/channel"], CHANNEL);
    let text = run["spec"].to_string();
    assert!(!text.contains("tasks.pick-") && text.contains(plan.from.digest.as_str()), "nothing is chosen in a pod");

    assert_eq!(stage.ended(&receipt.run.name).await, "Succeeded");
    stage.control().step(std::time::Duration::from_secs(5));
    let ended = settled(&client, &receipt.run).await;
    assert_eq!(ended.ending, Some(Ending::Good), "{:#?}", ended.checks);
    for check in ended.checks.iter().filter(|check| check.id.immediate()) {
        assert_eq!(check.state, CheckState::Good, "{check:?}");
    }
    assert_eq!(ended.public.len(), 3, "{:?}", ended.public);

    let digest = stage.world.registry().digest(RELEASES, &plan.name).expect("it is mirrored");
    assert_eq!(ended.expected.as_ref().map(|d| d.as_str()), Some(digest.as_str()));
    let (made, from) = (payload(&client, RELEASES, &plan.name).await, payload(&client, NIGHTLIES, &release.name).await);
    assert_eq!(&*made.name, plan.name);
    assert_eq!(made.from_release.as_deref(), Some(&*plan.from.pinned().to_string()), "what is mirrored is the plan's");
    assert!(made.same_components(&from));
    let stream = stage.control().object("app.ci", "imagestreams", "origin", "release-scos").expect("the stream");
    assert!(stream["spec"].to_string().contains(&plan.name), "the channel has it");
    assert_eq!(ended.check(CheckId::Github).map(|c| &c.state), Some(&CheckState::Good));

    let lines = stage.journal();
    let outcomes: Vec<Outcome> = lines.iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Accepted, Outcome::Done]);
    let record = lines[0].plan.as_deref().expect("the whole plan, before the create");
    assert_eq!(*record, plan.record());
    assert_eq!(record.gates.len(), 16);
    assert!(lines[0].body.contains(plan.from.digest.as_str()) && lines[0].uid.is_empty());
    assert_eq!((lines[1].uid.as_str(), lines[1].id.as_str()), (receipt.uid.as_str(), lines[0].id.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_mirrors_the_plans_digest_though_latest_moves_and_weir_dies_right_after_the_create() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let (plan, _) = sent_elsewhere(stage.settings(), release.clone()).await;
    // What was under way when it died still arrives.
    let asked = || stage.control().requests("moc").len();
    let mut last = asked();
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        match asked() {
            same if same == last => break,
            more => last = more,
        }
    }
    let moved = stage.control().accept_new(SOURCE).expect("a newer one");
    assert_eq!(stage.newest(&client).await.name.as_ref(), moved, "latest is another one now");
    assert_eq!(stage.ended(&plan.object.name).await, "Succeeded");
    assert_eq!(stage.control().requests("moc").len(), last, "nobody watches: weir is dead");
    let made = payload(&client, RELEASES, &plan.name).await;
    assert_eq!((&*made.name, made.from_release.as_deref()), (&*plan.name, Some(&*plan.from.pinned().to_string())));
    assert_eq!(plan.from.release, release);
    assert_eq!(stage.world.registry().digest(RELEASES, "5.0.0-okd-scos.2"), None);
    let stream = stage.control().object("app.ci", "imagestreams", "origin", "release-scos").expect("the stream");
    assert!(stream["spec"].to_string().contains(&plan.name));
}
