//! Commands whose answer is lost.

use crate::desk::{Desk, on};
use crate::double::{Asked, Double, Reply, status};
use serde_json::json;
use weir_client::Client;
use weir_domain::journal::Outcome;
use weir_domain::{Command, Consent, Failure, FailureKind, Loaded, News, RunId, Watch};

async fn delete(client: &Client) -> Failure {
    let command = Command::Delete { run: RunId::new("moc", "okd", "build"), uid: "u".into() };
    let proposal = client.propose(command, None).await.expect("a proposal");
    let yes = proposal.answer(Consent::Key).expect("a key is enough");
    client.execute(yes).await.expect_err("it fails")
}

async fn outcomes(client: &Client) -> Vec<Outcome> {
    let mut live = client.watch(Watch::Journal);
    crate::desk::until(&mut live, "the journal", |news| match news {
        News::Journal(Loaded::Known(entries)) => Some(entries.into_iter().map(|entry| entry.outcome).collect()),
        _ => None,
    })
    .await
}

fn deletes(asked: &Asked) -> bool {
    asked.method == "DELETE"
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_nothing_is_sent_twice() {
    let double = Double::start(|asked, _| if deletes(asked) { Reply::HangUp } else { Reply::Usual }).await;
    let desk = on(&double.url());
    let client = desk.client();
    let failure = delete(&client).await;
    assert_eq!(failure.kind, FailureKind::Unknown, "{failure}");
    assert!(failure.hint.contains("may or may not have happened"), "{failure}");
    assert_eq!(double.count(deletes), 1);
    assert_eq!(outcomes(&client).await, [Outcome::Sending, Outcome::Unknown]);
}

#[tokio::test]
async fn a_server_that_is_not_there_any_more_got_nothing() {
    let double = Double::start(|_, _| Reply::Usual).await;
    let desk = on(&double.url());
    let client = desk.client();
    let command = Command::Delete { run: RunId::new("moc", "okd", "build"), uid: "u".into() };
    let proposal = client.propose(command, None).await.expect("a proposal");
    let yes = proposal.answer(Consent::Key).expect("a key is enough");
    drop(double);
    // The listener and its connections are closed when their tasks are dropped.
    let failure = loop {
        let failure = client.execute(yes.clone()).await.expect_err("nobody listens");
        if failure.kind != FailureKind::Unknown {
            break failure;
        }
    };
    assert_eq!(failure.kind, FailureKind::Offline, "{failure}");
    assert_eq!(outcomes(&client).await.last(), Some(&Outcome::Refused));
}

#[tokio::test]
async fn the_server_s_own_no_is_refused_with_its_reason_and_without_its_secrets() {
    let token = ["sha256", "~", &"a1".repeat(22)].concat();
    let message = format!("admission webhook denied the request: bad token {token}");
    let double =
        Double::start(move |asked, _| if deletes(asked) { status(400, "BadRequest", &message) } else { Reply::Usual })
            .await;
    let desk: Desk = on(&double.url());
    let client = desk.client();
    let failure = delete(&client).await;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("admission webhook denied") && !failure.why.contains(&token), "{failure}");
    let journal = std::fs::read_to_string(client.journal_path()).expect("the journal");
    assert!(!journal.contains(&token));
    assert_eq!(json!(outcomes(&client).await), json!(["sending", "refused"]));
}
