//! Credentials of registries: where they are found, where they go, and where they never do.

use crate::double::{Double, Reply};
use crate::registries::{folder, found, image, manifest, registries, unauthorized};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use weir_client::cluster::Clusters;
use weir_client::registry::{Access, Registries};
use weir_client::{RegistrySettings, Settings};
use weir_domain::FailureKind;

const SECRET: &str = "planted-hunter2";

fn basic(user: &str, password: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

fn helper(folder: &Path, name: &str, script: &str) {
    weir_testing::shell_script(&folder.join(format!("docker-credential-{name}")), script);
}

async fn basic_only() -> Double {
    Double::start(|asked, _| match asked.authorization.as_deref() {
        Some(_) => found(manifest()),
        None => unauthorized("Basic realm=\"x\"".into()),
    })
    .await
}

#[tokio::test]
async fn a_login_goes_to_the_registrys_own_realm_and_to_no_other() {
    let elsewhere = Double::start(|_, _| Reply::Json(200, json!({"token": "from-elsewhere"}))).await;
    // Another host by name: credentials of 127.0.0.1 are not for localhost.
    let realm = format!("http://localhost:{}/token", elsewhere.address.port());
    let double = Double::start(move |asked, _| match (asked.path.as_str(), asked.authorization.as_deref()) {
        ("/own", _) => Reply::Json(200, json!({"token": "own"})),
        (_, Some("Bearer own" | "Bearer from-elsewhere")) => found(manifest()),
        ("/v2/", _) => unauthorized("Bearer realm=\"/own\"".into()),
        _ => unauthorized(format!("Bearer realm=\"{realm}\"")),
    })
    .await;
    let folder = folder();
    let config = json!({"auths": {"quay.io": {"username": "robot", "password": SECRET}}});
    let all = registries(&double, Some(&config), folder.path());
    all.manifest(&image("a"), Access::Usual).await.expect("it is read");
    let asked = double.asked().into_iter().find(|a| a.path == "/own").expect("a token was asked for");
    assert_eq!(asked.authorization, Some(basic("robot", SECRET)));
    assert_eq!(all.credential("quay.io"), format!("docker config {}/config.json", folder.path().display()));

    // A registry that sends weir to another realm later gets its token without the login.
    let lured = Double::start({
        let realm = format!("http://localhost:{}/token", elsewhere.address.port());
        move |asked, _| match asked.authorization.as_deref() {
            Some("Bearer from-elsewhere") => found(manifest()),
            _ => unauthorized(format!("Bearer realm=\"{realm}\"")),
        }
    })
    .await;
    let all = registries(&lured, Some(&config), folder.path());
    all.manifest(&image("a"), Access::Usual).await.expect("anybody may read it");
    assert!(!elsewhere.asked().is_empty());
    assert!(elsewhere.asked().iter().all(|a| a.authorization.is_none()), "{:?}", elsewhere.asked());
    let refused = Double::start({
        let realm = format!("http://localhost:{}/token", elsewhere.address.port());
        move |_, _| unauthorized(format!("Bearer realm=\"{realm}\""))
    })
    .await;
    let all = registries(&refused, Some(&config), folder.path());
    let failure = all.manifest(&image("a"), Access::Usual).await.expect_err("the login would be needed");
    assert!(failure.why.contains("does not go to http://localhost"), "{failure}");
}

#[tokio::test]
async fn what_anybody_may_see_is_asked_for_without_the_login() {
    let double = Double::start(|asked, _| match asked.authorization.as_deref() {
        Some("Bearer anonymous") => found(manifest()),
        _ if asked.path == "/token" => Reply::Json(200, json!({"token": "anonymous"})),
        _ => unauthorized("Bearer realm=\"/token\"".into()),
    })
    .await;
    let folder = folder();
    let config = json!({"auths": {"quay.io": {"username": "robot", "password": SECRET}}});
    let all = registries(&double, Some(&config), folder.path());
    all.manifest(&image("a"), Access::Anonymous).await.expect("it is read");
    assert!(double.asked().iter().all(|a| !a.authorization.as_deref().unwrap_or_default().starts_with("Basic")));
}

#[tokio::test]
async fn a_helper_that_hangs_is_ended_and_named() {
    let folder = folder();
    let double = Double::start(|_, _| unauthorized("Basic realm=\"x\"".into())).await;
    let started = folder.path().join("started");
    helper(folder.path(), "slow", &format!("sleep 600 & echo $! > {}; sleep 600", started.display()));
    let all = registries(&double, Some(&json!({"credHelpers": {"quay.io": "slow"}})), folder.path());
    let begun = Instant::now();
    let failure = all.manifest(&image("a"), Access::Usual).await.expect_err("there is no login");
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(failure.kind, FailureKind::Denied);
    assert!(failure.why.contains("docker-credential-slow gave no answer in 10 s"), "{failure}");
    let process = std::fs::read_to_string(&started).expect("it was started");
    let there = Path::new("/proc").join(process.trim());
    // The system clears away what has ended in its own time.
    let gone = |there: &Path| {
        let state = std::fs::read_to_string(there.join("stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    };
    for _ in 0..600 {
        if gone(&there) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("what it had started ended with it");
}

#[tokio::test]
async fn what_helpers_say_counts_or_is_told_without_their_secrets() {
    let double = basic_only().await;
    for (name, script, expected) in [
        (
            "good",
            "read host; echo \"{\\\"Username\\\":\\\"$host\\\",\\\"Secret\\\":\\\"s\\\"}\"",
            Ok(basic("quay.io", "s")),
        ),
        ("none", "echo 'credentials not found in native keychain'; exit 1", Err("knows of no log-in")),
        ("fails", "echo password=planted-hunter2 >&2; exit 3", Err("docker-credential-fails failed")),
        ("babbles", "echo hello planted-hunter2", Err("did not print a credential")),
        ("floods", "head -c 3000000 /dev/zero", Err("printed more than 64 KiB")),
        ("../../bin/sh", "", Err("is not there")),
        ("missing", "", Err("docker-credential-missing is not there")),
    ] {
        let folder = folder();
        if !script.is_empty() && !name.contains('/') {
            helper(folder.path(), name, script);
        }
        let all = registries(&double, Some(&json!({"credHelpers": {"quay.io": name}})), folder.path());
        let before = double.asked().len();
        match (all.manifest(&image("a"), Access::Usual).await, expected) {
            (Ok(_), Ok(header)) => {
                let asked = double.asked();
                assert_eq!(asked[before..].iter().find_map(|a| a.authorization.clone()), Some(header));
            }
            (Err(failure), Err(word)) => {
                assert!(failure.why.contains(word), "{name}: {failure}");
                assert!(!format!("{failure:?}").contains(SECRET), "{failure:?}");
            }
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_login_that_is_not_taken_any_more_says_so_and_is_not_shown() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/token" => {
            Reply::Json(401, json!({"errors": [{"code": "UNAUTHORIZED", "message": format!("bad token={SECRET}")}]}))
        }
        _ => unauthorized("Bearer realm=\"/token\"".into()),
    })
    .await;
    let folder = folder();
    let config = json!({"auths": {"quay.io": {"username": "robot", "password": SECRET}}});
    let all = registries(&double, Some(&config), folder.path());
    let failure = all.manifest(&image("a"), Access::Usual).await.expect_err("it is over");
    assert_eq!(failure.kind, FailureKind::Expired, "{failure}");
    assert!(!format!("{failure:?}").contains(SECRET), "{failure:?}");
}

#[tokio::test]
async fn a_refresh_token_is_traded_in_and_a_server_without_that_asked_as_ever() {
    for modern in [true, false] {
        let double = Double::start(move |asked, _| match (asked.path.as_str(), asked.method.as_str()) {
            ("/token", "POST") if modern => Reply::Json(200, json!({"access_token": "traded"})),
            ("/token", "POST") => Reply::Json(404, json!({})),
            ("/token", _) => Reply::Json(200, json!({"token": "asked"})),
            _ if asked.authorization.as_deref().is_some_and(|a| a.starts_with("Bearer ")) => found(manifest()),
            _ => unauthorized("Bearer realm=\"/token\"".into()),
        })
        .await;
        let folder = folder();
        let config = json!({"auths": {"quay.io": {"identitytoken": SECRET}}});
        let all = registries(&double, Some(&config), folder.path());
        all.manifest(&image("a"), Access::Usual).await.expect("it is read");
        let token = if modern { "Bearer traded" } else { "Bearer asked" };
        assert!(double.asked().iter().any(|a| a.authorization.as_deref() == Some(token)), "{modern}");
    }
}

#[tokio::test]
async fn a_clusters_token_never_goes_over_plain_http() {
    let double = basic_only().await;
    let settings = Settings {
        registries: vec![RegistrySettings {
            host: "registry.ci.openshift.org".into(),
            address: Some(double.url()),
            cluster: Some("app.ci".into()),
        }],
        closed: true,
        kubeconfig: Some(vec!["/nonexistent/weir".into()]),
        ..Settings::default()
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let all = Registries::new(&settings, Arc::new(Clusters::new(&settings)));
    let image = "registry.ci.openshift.org/origin/release:x".parse().expect("an image");
    let failure = all.manifest(&image, Access::Usual).await.expect_err("no login, no image");
    assert!(failure.why.contains("goes over https only"), "{failure}");
    assert!(double.asked().iter().all(|a| a.authorization.is_none()));
    assert!(all.credential("registry.ci.openshift.org").contains("https only"));
}
