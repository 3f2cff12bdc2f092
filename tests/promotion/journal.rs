//! What must be written down before anything is sent, who may not send, and what a reason can do.

use crate::proxy::{Fate, Proxy};
use crate::stage::*;
use weir_client::{Client, Settings};
use weir_domain::journal::Outcome;
use weir_domain::{Command, Consent, FailureKind, GateId, PlanRequest, Verdict};
use weir_sim::Twin;
use weir_sim::releases::JobState;

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_written_sends_nothing() {
    let stage = Stage::new().await;
    std::fs::write(stage.folder.path().join("file"), "").expect("a file");
    let state = stage.folder.path().join("file").join("state");
    let client = Client::new(Settings { state, ..stage.settings() });
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let failure = send(&client, &plan).await.expect_err("it cannot be written");
    assert!(failure.what.contains("cannot write the journal"), "{failure}");
    assert!(failure.hint.contains("nothing was sent"), "{failure}");
    assert!(stage.creates("moc").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weir_that_is_read_only_sends_nothing_not_even_anothers_yes() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    let plan = good(&client, request(&release)).await;
    let yes = yes(&client, &plan).await;
    let looks = Client::new(Settings { read_only: true, ..stage.settings() });
    let shown = crate::stage::plan(&looks, request(&release)).await.expect("it can be planned");
    let rights = shown.gate(GateId::Rights).expect("the gate");
    assert!(rights.blocks() && rights.evidence.contains("read-only"), "{rights:?}");
    let waivers = vec![(GateId::Rights, "I know".to_string())];
    let waived = crate::stage::plan(&looks, PlanRequest { waivers, ..request(&release) }).await.expect("a plan");
    assert!(!waived.goes() && !waived.gate(GateId::Rights).expect("the gate").can_be_waived(), "no reason waives that");
    let failure = looks.propose(Command::Promote(Box::new(plan)), None).await.expect_err("read-only");
    assert!(failure.why.contains("read-only"), "{failure}");
    let failure = looks.execute(yes.clone()).await.expect_err("read-only");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("read-only"), "{failure}");

    let mut settings = stage.settings();
    settings.clusters[0].read_only = true;
    let shown = crate::stage::plan(&Client::new(settings.clone()), request(&release)).await.expect("a plan");
    let rights = shown.gate(GateId::Rights).expect("the gate");
    assert!(rights.blocks() && rights.evidence == "moc is read-only in the config", "{rights:?}");
    let failure = Client::new(settings).execute(yes).await.expect_err("the cluster is read-only");
    assert!(failure.why.contains("read-only"), "{failure}");
    assert!(stage.creates("moc").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_log_in_named_nothing_is_asked_or_sent_with_the_usual_one() {
    let stage = Stage::new().await;
    let release = stage.newest(&stage.client()).await;
    let plan = good(&stage.client(), request(&release)).await;
    let viewer = Client::new(Settings { contexts: vec!["moc-viewer".into()], ..stage.settings() });
    match crate::stage::plan(&viewer, request(&release)).await {
        Ok(plan) => {
            let unknown = plan.gates.iter().filter(|gate| gate.verdict == Verdict::Unknown);
            let told = unknown.filter(|gate| gate.evidence.contains("not connected")).count();
            assert!(!plan.goes() && told > 1, "{:#?}", plan.gates);
        }
        Err(failure) => assert!(failure.to_string().contains("--context demo-moc"), "{failure}"),
    }
    let yes = yes(&stage.client(), &plan).await;
    let failure = viewer.execute(yes).await.expect_err("that is another one's yes");
    assert!(failure.to_string().contains("not sent") || failure.hint.contains("nothing was sent"), "{failure}");
    assert!(stage.creates("moc").is_empty());
    let moc = viewer.endpoint(&"moc".into()).expect("it is known");
    assert_eq!(moc.state, weir_domain::EndpointState::NotConnected, "nobody logged in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_gate_goes_only_with_a_reason_which_is_in_the_id_and_the_journal() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    stage.control().judge(&release.name, "aws", JobState::Failed);
    let blocked = plan(&client, request(&release)).await.expect("it can be planned");
    assert_eq!(blocked.blocking().map(|gate| gate.id).collect::<Vec<_>>(), [GateId::Jobs]);
    let failure = client.propose(Command::Promote(Box::new(blocked.clone())), None).await.expect_err("it blocks");
    assert!(failure.why.contains("`jobs` blocks"), "{failure}");
    let empty = vec![(GateId::Jobs, "  ".to_string())];
    let empty = plan(&client, PlanRequest { waivers: empty, ..request(&release) }).await.expect("it can be planned");
    assert!(!empty.goes(), "a reason of blanks is none");

    let reason = "aws has no quota today, trt knows";
    let waivers = vec![(GateId::Jobs, reason.to_string())];
    let waived = good(&client, PlanRequest { waivers, ..request(&release) }).await;
    assert_ne!(waived.id, blocked.id);
    let other = vec![(GateId::Jobs, "another reason".to_string())];
    let other = good(&client, PlanRequest { waivers: other, ..request(&release) }).await;
    assert_ne!(waived.id, other.id, "the reason belongs to the id");
    send(&client, &waived).await.expect("it goes");
    let record = stage.journal()[0].plan.clone().expect("the plan");
    let jobs = record.gates.iter().find(|gate| gate.id == GateId::Jobs).expect("the gate");
    assert_eq!((jobs.verdict, jobs.waived.as_deref()), (Verdict::Block, Some(reason)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_missing_cannot_be_waived() {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    stage.world.registry().spoil(NIGHTLIES, &release.name, Twin::Unsigned).expect("it is there");
    let waivers = vec![(GateId::Signature, "it is surely right".to_string())];
    let plan = plan(&client, PlanRequest { waivers, ..request(&release) }).await.expect("it can be planned");
    let gate = plan.gate(GateId::Signature).expect("the gate");
    assert!(gate.blocks() && gate.waived.is_none(), "{gate:?}");
    let failure = client.propose(Command::Promote(Box::new(plan)), None).await.expect_err("it blocks");
    assert!(failure.why.contains("`signature` blocks"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_yes_is_the_new_name_and_nothing_else() {
    let stage = Stage::new().await;
    let client = stage.client();
    let plan = good(&client, request(&stage.newest(&client).await)).await;
    let mut proposal = client.propose(Command::Promote(Box::new(plan.clone())), None).await.expect("it may be sent");
    for no in [Consent::Key, Consent::Typed(""), Consent::Typed("5.0.0-okd-scos.0"), Consent::Typed("yes")] {
        proposal = proposal.answer(no).expect_err("no yes");
    }
    proposal.answer(Consent::Typed(&plan.name)).expect("the name is the yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_reason_an_annotation_or_an_error_does_not_reach_the_journal() {
    const SECRET: &str = "sha256~cGxhbnRlZC1odW50ZXIyLXNlY3JldA";
    let stage = Stage::new().await;
    let proxy = Proxy::start(&stage.world, |asked| {
        let told = format!("webhook denied: Authorization: Bearer {SECRET}");
        if asked.creates() { Fate::Refused(403, told) } else { Fate::Pass }
    })
    .await;
    let client = Client::new(stage.through(&proxy));
    let release = stage.newest(&client).await;
    stage.control().decide("app.ci", &release.name, Some(("Accepted", &format!("oc login --token={SECRET}"))));
    let waivers = GateId::ALL.into_iter().map(|id| (id, format!("token {SECRET}"))).collect();
    let reason = Some(format!("--token={SECRET}"));
    let plan = good(&client, PlanRequest { waivers, reason, ..request(&release) }).await;
    let calls = format!("{:?}", plan.calls);
    assert!(calls.contains("--token=‹hidden›") && !calls.contains("cGxhbnRlZC1o"), "{calls}");
    let yes = yes(&client, &plan).await;
    let failure = client.execute(yes).await.expect_err("it is denied");
    assert!(failure.why.contains("webhook denied") && !failure.to_string().contains("cGxhbnRlZC1o"), "{failure}");
    let text = std::fs::read_to_string(journal_file(&stage.settings().state)).expect("the journal");
    assert!(!text.contains("cGxhbnRlZC1o"), "{}", &text[text.find("cGxhbnRlZC1o").unwrap_or(0).saturating_sub(200)..]);
    assert_eq!(stage.journal().iter().map(|l| l.outcome).collect::<Vec<_>>(), [Outcome::Sending, Outcome::Refused]);
}
