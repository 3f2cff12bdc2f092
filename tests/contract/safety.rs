//! What weir itself refuses, before anything is sent.

use crate::cases;
use crate::place::Role;
use crate::shape::Shape;
use crate::stage::{Stage, confirmed, uid};
use crate::suite::Case;
use std::sync::Arc;
use weir_client::Client;
use weir_domain::{Command, Consent, EndpointState, FailureKind};

pub fn cases() -> Vec<Case> {
    cases![
        read_only_refuses_before_anything_is_sent,
        a_production_cluster_wants_the_name_typed,
        a_context_that_means_another_cluster_now_gets_no_command,
        a_journal_that_cannot_be_written_stops_the_command,
        an_unknown_context_is_named_with_those_there_are,
    ]
}

fn start(stage: &Stage, word: &str) -> (String, Command) {
    let shape = Shape::new(stage, "okd-team", word);
    stage.owe("okd-team", &shape.name);
    (shape.name.clone(), Command::Start(Box::new(shape.new_run(&stage.cluster(Role::Admin)))))
}

/// Neither the object nor a line of the journal is there.
async fn nothing_happened(stage: &Stage, name: &str) {
    let client = stage.client(Role::Admin);
    let run = stage.run(Role::Admin, "okd-team", name);
    assert_eq!(uid(&client, &run).await.expect_err("nothing was made").kind, FailureKind::Missing);
    assert!(!client.journal_path().is_file(), "nothing was tried");
}

async fn read_only_refuses_before_anything_is_sent(stage: Arc<Stage>) {
    let (name, command) = start(&stage, "readonly");
    let client = Client::new(weir_client::Settings { read_only: true, ..stage.settings(Role::Admin) });
    let failure = client.propose(command.clone(), None).await.expect_err("no proposal");
    assert_eq!((failure.kind, failure.why.as_str()), (FailureKind::Refused, "weir is read-only here"));
    // A yes from elsewhere does not help.
    let yes = confirmed(&stage.client(Role::Admin), command).await.expect("another client proposes it");
    assert_eq!(client.execute(yes).await.expect_err("refused").kind, FailureKind::Refused);
    nothing_happened(&stage, &name).await;
}

async fn a_production_cluster_wants_the_name_typed(stage: Arc<Stage>) {
    let (name, command) = start(&stage, "production");
    let context = stage.place.context(Role::Admin).to_string();
    let own = weir_client::ClusterSettings {
        name: context.clone(),
        context,
        kubeconfig: None,
        namespaces: Vec::new(),
        read_only: false,
        production: true,
    };
    let settings = weir_client::Settings { clusters: vec![own], contexts: Vec::new(), ..stage.settings(Role::Admin) };
    let proposal = Client::new(settings).propose(command, None).await.expect("a proposal");
    assert!(proposal.must_type());
    let phrase = proposal.phrase().to_string();
    let proposal = proposal.answer(Consent::Key).expect_err("a key is not enough");
    let proposal = proposal.answer(Consent::Typed("yes")).expect_err("nor is another word");
    proposal.answer(Consent::Typed(&phrase)).expect("the name is");
    nothing_happened(&stage, &name).await;
}

async fn a_context_that_means_another_cluster_now_gets_no_command(stage: Arc<Stage>) {
    let (name, command) = start(&stage, "moved");
    let text = std::fs::read_to_string(stage.place.kubeconfig()).expect("the kubeconfig");
    let file = stage.folder.path().join("kubeconfig");
    std::fs::write(&file, &text).expect("a copy");
    let settings = weir_client::Settings { kubeconfig: Some(vec![file.clone()]), ..stage.settings(Role::Admin) };
    let client = Client::new(settings);
    let server = client.endpoints()[0].server.clone();
    let yes = confirmed(&client, command).await.expect("a proposal");
    std::fs::write(&file, text.replace(&server, "https://127.0.0.1:1")).expect("another log-in");
    let failure = client.execute(yes).await.expect_err("refused");
    println!("        refusal: {failure}");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("now means https://127.0.0.1:1"), "{failure}");
    nothing_happened(&stage, &name).await;
}

async fn a_journal_that_cannot_be_written_stops_the_command(stage: Arc<Stage>) {
    let (name, command) = start(&stage, "journal");
    let client = stage.client(Role::Admin);
    std::fs::create_dir_all(client.journal_path()).expect("a folder in the journal's place");
    let yes = confirmed(&client, command).await.expect("a proposal");
    let failure = client.execute(yes).await.expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(
        failure.what.contains("cannot write the journal") && failure.hint.contains("nothing was sent"),
        "{failure}"
    );
    nothing_happened(&stage, &name).await;
}

async fn an_unknown_context_is_named_with_those_there_are(stage: Arc<Stage>) {
    let known = stage.place.context(Role::Admin).to_string();
    let settings =
        weir_client::Settings { contexts: vec!["nowhere".into(), known.clone()], ..stage.settings(Role::Admin) };
    let client = Client::new(settings);
    let endpoints = client.endpoints();
    let EndpointState::Lost { failure, .. } = &endpoints[0].state else { panic!("{:?}", endpoints[0].state) };
    println!("        {failure}");
    assert_eq!(failure.kind, FailureKind::Usage);
    assert!(failure.why.contains("no context `nowhere`") && failure.hint.contains(&known), "{failure}");
    // The other one is not touched by that.
    let run = stage.run(Role::Admin, "okd-team", &stage.name("none"));
    assert_eq!(uid(&client, &run).await.expect_err("no such run").kind, FailureKind::Missing);
    assert!(client.endpoint(&stage.cluster(Role::Admin)).expect("known").live());
}
