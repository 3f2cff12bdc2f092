//! Log-in commands of a kubeconfig: that work, fail, print anything, wait for ever, or want a person.

use crate::desk::{Desk, complete, connect, lost, runs};
use crate::double::{Double, Reply, status};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use weir_client::{Client, Settings};
use weir_domain::{ClusterName, EndpointState, FailureKind};

fn exec(script: &str) -> Value {
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable",
        "command": "/bin/sh", "args": ["-c", script]}})
}

fn credential(token: &str) -> String {
    format!(
        r#"echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"{token}"}}}}'"#
    )
}

async fn refused(script: &str) -> String {
    let double = Double::start(|_, _| Reply::Usual).await;
    let desk = Desk::new().with("moc", json!({"server": double.url()}), exec(script));
    let failure = connect(&desk.client(), "moc").await.expect_err("no credential, no connection");
    assert_eq!(failure.kind, FailureKind::Expired, "{failure}");
    assert!(double.asked().is_empty(), "nobody is asked without a credential");
    assert!(!failure.hint.is_empty());
    failure.why
}

#[tokio::test]
async fn what_a_plugin_prints_is_the_credential() {
    let double = Double::start(|_, _| Reply::Usual).await;
    let desk = Desk::new().with("moc", json!({"server": double.url()}), exec(&credential("from-a-plugin")));
    connect(&desk.client(), "moc").await.expect("it connects");
    let all = double.asked();
    assert!(all.iter().all(|asked| asked.authorization.as_deref() == Some("Bearer from-a-plugin")), "{all:?}");
}

#[tokio::test]
async fn a_plugin_that_prints_anything_else_is_told_by_its_name() {
    for script in [
        "echo Please log in at https://example.com",
        "true",
        "echo '{\"kind\":\"Other\"}'",
        "head -c 3000000 /dev/zero",
    ] {
        let why = refused(script).await;
        assert!(why.contains("`/bin/sh`") && why.contains("print"), "{script}: {why}");
        assert!(why.len() < 200, "{why}");
    }
}

#[tokio::test]
async fn a_plugin_that_fails_is_told_with_its_last_words_and_without_its_secrets() {
    let why = refused("echo first >&2; echo 'session over, password=hunter2 is wrong' >&2; exit 7").await;
    assert!(why.contains("exit status: 7") && why.contains("session over"), "{why}");
    assert!(!why.contains("hunter2"), "{why}");
    let missing = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-command"}});
    let double = Double::start(|_, _| Reply::Usual).await;
    let desk = Desk::new().with("moc", json!({"server": double.url()}), missing);
    let failure = connect(&desk.client(), "moc").await.expect_err("no such command");
    assert!(failure.why.contains("`no-such-command` cannot be run"), "{failure}");
}

#[tokio::test]
async fn a_plugin_that_hangs_is_given_up_and_delays_no_other_cluster() {
    let double = Double::start(|_, _| Reply::Usual).await;
    let desk = Desk::new().with("hangs", json!({"server": double.url()}), exec("exec sleep 600")).with(
        "good",
        json!({"server": double.url()}),
        json!({"token": "t"}),
    );
    let client = desk.client();
    let mut hangs = runs(&client, "hangs");
    let begun = Instant::now();
    complete(&mut runs(&client, "good")).await;
    assert!(begun.elapsed() < Duration::from_secs(19), "{:?}", begun.elapsed());
    let failure = lost(&mut hangs).await;
    assert_eq!(failure.kind, FailureKind::Expired);
    assert!(failure.why.contains("gave no answer in 20 s"), "{failure}");
}

#[tokio::test]
async fn nobody_logs_in_to_a_cluster_that_was_neither_named_nor_opened() {
    let double = Double::start(|_, _| Reply::Usual).await;
    let mut person = exec(&format!("echo asked >> \"$MARK\"; {}", credential("t")));
    let desk = Desk::new().with("here", json!({"server": double.url()}), json!({"token": "t"}));
    let mark = desk.folder.path().join("asked");
    person["exec"]["interactiveMode"] = "Always".into();
    person["exec"]["env"] = json!([{"name": "MARK", "value": mark}]);
    let desk = desk.with("person", json!({"server": double.url()}), person);
    let client = Client::new(Settings { contexts: vec!["here".into()], ..desk.settings() });
    let endpoint = client.endpoint(&ClusterName::new("person")).expect("it is listed");
    assert_eq!(endpoint.state, EndpointState::NotConnected);
    complete(&mut runs(&client, "here")).await;
    let failure = lost(&mut runs(&client, "person")).await;
    assert!(failure.why.contains("not connected") && failure.why.contains("--context person"), "{failure}");
    let rights = weir_domain::Query::Rights(ClusterName::new("person"), "here".into());
    let failure = client.fetch(rights).await.expect_err("nobody asks there");
    assert_eq!(failure.kind, FailureKind::Usage, "{failure}");
    assert_eq!(client.endpoint(&ClusterName::new("person")).expect("known").state, EndpointState::NotConnected);
    assert!(!mark.exists(), "it was not run");
    connect(&client, "person").await.expect("now it was asked for");
    assert_eq!(std::fs::read_to_string(&mark).expect("it was run"), "asked\n");
}

#[tokio::test]
async fn a_token_file_is_read_again_after_the_server_refused_it() {
    let double = Double::start(|asked, _| match asked.authorization.as_deref() {
        Some("Bearer new") => Reply::Usual,
        _ => status(401, "Unauthorized", "Unauthorized"),
    })
    .await;
    let desk = Desk::new().with("moc", json!({"server": double.url()}), json!({"tokenFile": "token"}));
    let file = desk.folder.path().join("token");
    std::fs::write(&file, "old").expect("a token");
    let client = desk.client();
    let mut live = runs(&client, "moc");
    assert_eq!(lost(&mut live).await.kind, FailureKind::Expired);
    std::fs::write(&file, "new").expect("another token");
    let begun = Instant::now();
    complete(&mut live).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_credential_that_ends_is_asked_for_again_before_it_does() {
    let double = Double::start(|_, _| Reply::Usual).await;
    let desk = Desk::new().with("here", json!({"server": double.url()}), json!({"token": "t"}));
    let mark = desk.folder.path().join("asked");
    let script = format!(
        "echo asked >> {}; echo '{{\"status\":{{\"token\":\"short\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"}}}}'",
        mark.display()
    );
    let desk = desk.with("moc", json!({"server": double.url()}), exec(&script));
    let client = desk.client();
    for _ in 0..2 {
        let run = weir_domain::RunId::new("moc", "okd", "none");
        client.fetch(weir_domain::Query::Object(run)).await.expect_err("there is no run");
    }
    assert_eq!(std::fs::read_to_string(&mark).expect("it was run"), "asked\nasked\n");
}
