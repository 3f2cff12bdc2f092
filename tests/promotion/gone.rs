//! A run that disappears, and tasks that are deleted under it.

use crate::stage::*;
use weir_domain::journal::Outcome;
use weir_domain::promotion::{CheckId, CheckState, Ending};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_disappears_is_gone_with_unknown_outcome_and_never_cancelled_or_done() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let receipt = send(&client, &plan).await.expect("it goes");
    assert!(stage.control().remove("moc", "pipelineruns", NAMESPACE, &receipt.run.name));
    let ended = settled(&client, &receipt.run).await;
    let Some(Ending::Unknown(why)) = &ended.ending else { panic!("{:?}", ended.ending) };
    assert!(why.contains("the run is gone; nothing of it is public"), "{why}");
    assert_eq!(ended.status, None);
    let run = ended.check(CheckId::Run).expect("the check");
    assert_eq!(run.state, CheckState::Unknown);
    assert!(run.evidence.contains("gone, outcome unknown"), "{}", run.evidence);
    let outcomes: Vec<Outcome> = stage.journal().into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Accepted, Outcome::Unknown]);
    assert_eq!(stage.creates("moc").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_disappears_behind_mirror_says_what_is_public_already() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let receipt = send(&client, &plan).await.expect("it goes");
    stage.mirrored(&receipt.run.name).await;
    assert!(stage.control().remove("moc", "pipelineruns", NAMESPACE, &receipt.run.name));
    let ended = settled(&client, &receipt.run).await;
    let Some(Ending::Unknown(why)) = &ended.ending else { panic!("{:?}", ended.ending) };
    assert!(why.contains("public: the image quay.io/okd/scos-release:5.0.0-okd-scos.1"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_run_that_has_the_name_now_is_not_taken_for_ours() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let receipt = send(&client, &plan).await.expect("it goes");
    let changed = stage.control().edit("moc", "pipelineruns", NAMESPACE, &receipt.run.name, |run| {
        run["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000".into();
    });
    assert!(changed);
    let ended = settled(&client, &receipt.run).await;
    assert!(matches!(ended.ending, Some(Ending::Unknown(_))), "{:?}", ended.ending);
    let run = ended.check(CheckId::Run).expect("the check");
    assert!(run.evidence.contains("another run has its name now"), "{}", run.evidence);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_finished_tasks_are_deleted_only_the_plans_digest_is_ever_mirrored_under_the_plans_name() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let receipt = send(&client, &plan).await.expect("it goes");
    let run = &receipt.run.name;
    stage.mirrored(run).await;
    promotion(&client, &receipt.run, "the tag was seen", |p| p.expected.is_some()).await;
    let moved = stage.control().accept_new(SOURCE).expect("a newer one");
    assert!(stage.control().clean_up("moc", NAMESPACE) > 0);
    stage.ended(run).await;
    let ended = settled(&client, &receipt.run).await;
    let made = payload(&stage.client(), RELEASES, &plan.name).await;
    assert_eq!((&*made.name, made.from_release.as_deref()), (&*plan.name, Some(&*plan.from.pinned().to_string())));
    assert_eq!(stage.world.registry().digest(RELEASES, "5.0.0-okd-scos.2"), None);
    assert_eq!(stage.world.registry().digest(RELEASES, &moved), None);
    let stream = stage.control().object("app.ci", "imagestreams", "origin", "release-scos").expect("the stream");
    assert!(!stream["spec"].to_string().contains("5.0.0-okd-scos.2"));
    let run = ended.check(CheckId::Run).expect("the check");
    assert!(run.evidence.contains("finished tasks were deleted meanwhile"), "{}", run.evidence);
    let alarm = ended.alarm.clone().expect("the tag moved");
    let mirrored = ended.check(CheckId::Mirrored).expect("the check");
    assert!(mirrored.evidence.contains("`mirror` ran again"), "{} {alarm}", mirrored.evidence);
    assert!(matches!(ended.ending, Some(Ending::Failed(_))), "that is for a person to look at: {:?}", ended.ending);
}
