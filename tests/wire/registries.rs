//! The distribution API as badly, and as specially, as registries speak it somewhere.

use crate::double::{Asked, Double, Reply};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use weir_client::cluster::Clusters;
use weir_client::registry::credentials::Sources;
use weir_client::registry::manifest::{Descriptor, digest_of};
use weir_client::registry::{Access, Registries};
use weir_client::{RegistrySettings, Settings};
use weir_domain::{Endpoint, EndpointKind, EndpointState, FailureKind, ImageRef};

pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A client's registries with the double as `quay.io`, and logins from a docker config of this text.
pub fn registries(double: &Double, config: Option<&Value>, folder: &std::path::Path) -> Registries {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        kubeconfig: Some(vec![folder.join("none")]),
        registries: vec![RegistrySettings { host: "quay.io".into(), address: Some(double.url()), cluster: None }],
        closed: true,
        ..Settings::default()
    };
    let mut sources = Sources { programs: vec![folder.to_path_buf()], ..Sources::default() };
    if let Some(config) = config {
        let file = folder.join("config.json");
        std::fs::write(&file, config.to_string()).expect("the config can be written");
        sources.files = vec![file];
    }
    Registries::with_sources(&settings, Arc::new(Clusters::new(&settings)), sources)
}

pub fn folder() -> tempfile::TempDir {
    tempfile::TempDir::with_prefix("weir-wire-").expect("the temporary folder can be written")
}

pub fn manifest() -> Vec<u8> {
    let config =
        json!({"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": digest_of(b"{}")});
    json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": []}).to_string().into_bytes()
}

pub fn found(body: Vec<u8>) -> Reply {
    let headers = vec![("docker-content-digest", digest_of(&body).to_string())];
    Reply::Text { status: 200, kind: IMAGE, headers, body }
}

fn text(status: u16, headers: Vec<(&'static str, String)>, body: &str) -> Reply {
    Reply::Text { status, kind: "application/json", headers, body: body.as_bytes().to_vec() }
}

pub fn unauthorized(challenge: String) -> Reply {
    let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
    text(401, vec![("www-authenticate", challenge)], body)
}

pub fn image(tag: &str) -> ImageRef {
    format!("quay.io/okd/scos-release:{tag}").parse().expect("an image")
}

fn bearer(asked: &Asked) -> Option<&str> {
    asked.authorization.as_deref()?.strip_prefix("Bearer ")
}

#[tokio::test]
async fn a_challenge_is_answered_with_one_token_for_a_repository() {
    let double = Double::start(|asked, before| match asked.path.as_str() {
        "/token" => text(200, vec![], &format!(r#"{{"access_token":"t{before}","expires_in":300}}"#)),
        "/v2/" => unauthorized("Negotiate, Bearer realm=\"/token\",service=\"quay\"".into()),
        _ if bearer(asked) == Some("t0") => found(manifest()),
        _ => unauthorized("Bearer realm=\"/token\"".into()),
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let names: Vec<ImageRef> = (0..50).map(|n| image(&format!("t{n}"))).collect();
    let all = futures::future::join_all(names.iter().map(|image| registries.manifest(image, Access::Usual))).await;
    assert!(all.iter().all(|m| m.as_ref().is_ok_and(|m| m.bytes == manifest())), "{:?}", all[0]);
    let tokens: Vec<Asked> = double.asked().into_iter().filter(|a| a.path == "/token").collect();
    assert_eq!(tokens.len(), 1, "one token serves all");
    assert_eq!(tokens[0].query, "service=quay&scope=repository%3Aokd%2Fscos-release%3Apull");
    assert_eq!(double.count(|asked| asked.path == "/v2/"), 1);
    assert_eq!(double.count(|asked| asked.path.contains("manifests") && asked.authorization.is_none()), 0);
}

#[tokio::test]
async fn a_401_in_the_middle_of_200_requests_makes_one_new_token() {
    let double = Double::start(|asked, before| match asked.path.as_str() {
        "/token" => text(200, vec![], &format!(r#"{{"token":"t{before}"}}"#)),
        "/v2/" => unauthorized("Bearer realm=\"/token\"".into()),
        path => {
            let number: usize = path.rsplit('t').next().and_then(|n| n.parse().ok()).unwrap_or_default();
            let good = if number < 100 { ["t0", "t1"].as_slice() } else { &["t1"] };
            if bearer(asked).is_some_and(|token| good.contains(&token)) {
                found(manifest())
            } else {
                unauthorized("Bearer realm=\"/token\"".into())
            }
        }
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let names: Vec<ImageRef> = (0..200).map(|n| image(&format!("t{n}"))).collect();
    let all = futures::future::join_all(names.iter().map(|image| registries.manifest(image, Access::Anonymous))).await;
    assert!(all.iter().all(Result::is_ok), "{:?}", all.iter().find(|m| m.is_err()));
    assert_eq!(double.count(|asked| asked.path == "/token"), 2);
    let refused = image("t500").with_tag("nobody");
    assert!(registries.manifest(&refused, Access::Anonymous).await.is_ok(), "the token is kept");
}

fn stands(registries: &Registries) -> Endpoint {
    let facts = registries.facts();
    assert_eq!(facts.len(), 1);
    facts[0].borrow().clone()
}

#[tokio::test]
async fn a_registry_stands_as_its_last_answer_was() {
    // The first `/v2/` asks how it wants to be asked.
    let double = Double::start(|asked, before| match asked.path.rsplit('/').next().unwrap_or_default() {
        "" if before > 1 => text(404, vec![], "<html>"),
        "" => text(200, vec![], "{}"),
        "ill" => text(502, vec![], "{}"),
        "busy" => text(429, vec![("retry-after", "3600".into())], "{}"),
        "private" => text(403, vec![], r#"{"errors":[{"code":"DENIED","message":"no"}]}"#),
        "gone" => text(404, vec![], r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no"}]}"#),
        _ => found(manifest()),
    })
    .await;
    let folder = folder();
    let all = registries(&double, None, folder.path());
    let before = stands(&all);
    assert_eq!((before.name.as_str(), before.kind), ("quay.io", EndpointKind::Registry));
    assert_eq!((before.server.as_str(), &before.state), (&*double.url(), &EndpointState::NotConnected));
    assert_eq!(double.asked().len(), 0, "nobody is asked unasked");

    all.reach("quay.io").await.expect("it is a registry");
    let reached = stands(&all);
    assert!(reached.live() && reached.as_of.is_some() && reached.latency_ms.is_some(), "{reached:?}");
    assert_eq!(reached.user, "anonymous");

    // What it refuses or does not have, it has answered; what it cannot answer is another matter.
    for (tag, lost) in [
        ("well", None),
        ("ill", Some(FailureKind::Offline)),
        ("private", None),
        ("busy", Some(FailureKind::Throttled)),
        ("gone", None),
    ] {
        let _ = all.manifest(&image(tag), Access::Usual).await;
        let state = stands(&all).state;
        match lost {
            None => assert_eq!(state, EndpointState::Live, "{tag}"),
            Some(kind) => {
                let EndpointState::Lost { failure, retry: None, .. } = state else { panic!("{tag}: {state:?}") };
                assert_eq!(failure.kind, kind, "{tag}: {failure}");
                assert!(failure.what.contains("cannot ask quay.io"), "{tag}: {failure}");
            }
        }
    }
    let failure = all.reach("quay.io").await.expect_err("that is no registry any more");
    assert_eq!(failure.kind, FailureKind::Missing, "{failure}");
    assert!(matches!(stands(&all).state, EndpointState::Lost { .. }));
}

#[tokio::test]
async fn to_be_told_to_wait_or_sent_on_is_not_the_registrys_slowness_or_illness() {
    let elsewhere = Double::start(|_, _| text(503, vec![], "{}")).await;
    let there = elsewhere.url();
    let double = Double::start(move |asked, before| match asked.path.rsplit('/').next().unwrap_or_default() {
        "moved" => text(307, vec![("location", format!("{there}/cdn"))], ""),
        "lost" => text(307, vec![("location", "http://127.0.0.1:9/cdn".into())], ""),
        "twice" if before == 0 => text(429, vec![("retry-after", "4".into())], "{}"),
        _ => found(manifest()),
    })
    .await;
    let folder = folder();
    let all = registries(&double, None, folder.path());
    for tag in ["twice", "moved", "lost"] {
        let read = all.manifest(&image(tag), Access::Usual).await;
        assert_eq!(read.is_ok(), tag == "twice", "{tag}");
        let stands = stands(&all);
        assert_eq!(stands.state, EndpointState::Live, "{tag}");
        assert!(stands.latency_ms.is_some_and(|ms| ms < 4000), "{stands:?}");
    }
}

#[tokio::test]
async fn a_log_in_that_ended_is_not_mended_by_asking_without_it() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/token" if asked.authorization.is_some() => text(401, vec![], r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#),
        "/token" => text(200, vec![], r#"{"token":"anybody"}"#),
        _ => unauthorized("Bearer realm=\"/token\"".into()),
    })
    .await;
    let folder = folder();
    let config = json!({"auths": {"quay.io": {"auth": crate::tls::base64("robot:over")}}});
    let all = registries(&double, Some(&config), folder.path());
    for _ in 0..2 {
        let failure = all.reach("quay.io").await.expect_err("the log-in is over");
        assert_eq!(failure.kind, FailureKind::Expired, "{failure}");
        let EndpointState::Lost { failure, .. } = stands(&all).state else { panic!("it is lost") };
        assert!(failure.hint.contains("log in"), "{failure}");
    }
    assert!(double.asked().iter().all(|asked| !asked.query.contains("scope")), "no repository is asked for");
    let nobody = registries(&double, None, folder.path());
    nobody.reach("quay.io").await.expect("it wants a log-in, which is an answer");
    assert_eq!(stands(&nobody).user, "anonymous");
}

#[tokio::test]
async fn a_registry_that_is_gone_or_has_no_address_is_lost_and_one_that_was_asked_is_known() {
    let double = Double::start(|_, _| text(200, vec![], "{}")).await;
    let folder = folder();
    let all = registries(&double, None, folder.path());
    all.reach("no registry").await.expect_err("that is no host");
    all.reach("127.0.0.1:9").await.expect_err("nobody is there");
    let known: Vec<Endpoint> = all.facts().iter().map(|facts| facts.borrow().clone()).collect();
    let kinds: Vec<(&str, Option<FailureKind>)> = known
        .iter()
        .map(|endpoint| match &endpoint.state {
            EndpointState::Lost { failure, .. } => (endpoint.name.as_str(), Some(failure.kind)),
            _ => (endpoint.name.as_str(), None),
        })
        .collect();
    let expected =
        [("127.0.0.1:9", Some(FailureKind::Offline)), ("no registry", Some(FailureKind::Usage)), ("quay.io", None)];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_repository_that_is_refused_is_asked_for_twice_and_no_more() {
    let double = Double::start(|asked, before| match asked.path.as_str() {
        "/token" => text(200, vec![], &format!(r#"{{"token":"t{before}"}}"#)),
        _ => unauthorized("Bearer realm=\"/token\"".into()),
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let failure = registries.manifest(&image("x"), Access::Usual).await.expect_err("it is private");
    assert_eq!(failure.kind, FailureKind::Denied);
    assert!(failure.why.contains("authentication required") && failure.why.contains("anonymous"), "{failure}");
    assert_eq!(double.count(|asked| asked.path.contains("manifests")), 2);
}

#[tokio::test]
async fn no_more_than_sixteen_requests_go_to_a_host_at_a_time() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (here, peak) = (now.clone(), most.clone());
    let double = Double::start(move |asked, _| {
        if asked.path == "/v2/" {
            return text(200, vec![], "{}");
        }
        peak.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let here = here.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            here.fetch_sub(1, Ordering::SeqCst);
        });
        Reply::After(Duration::from_millis(250), Box::new(found(manifest())))
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let names: Vec<ImageRef> = (0..100).map(|n| image(&format!("t{n}"))).collect();
    let all = futures::future::join_all(names.iter().map(|image| registries.manifest(image, Access::Usual))).await;
    assert!(all.iter().all(Result::is_ok));
    let most = most.load(Ordering::SeqCst);
    assert!((8..=16).contains(&most), "{most} at a time");
}

#[tokio::test]
async fn a_redirect_never_carries_the_token_to_another_host() {
    let layer = b"the bytes of a layer".to_vec();
    let bytes = layer.clone();
    let storage = Double::start(move |asked, _| match asked.path.as_str() {
        "/signed" => text(200, vec![], std::str::from_utf8(&bytes).expect("text")),
        // And not when it is sent on to where it may have come from either.
        _ => text(302, vec![("location", "/signed".into())], ""),
    })
    .await;
    let port = storage.address.port();
    let double = Double::start(move |asked, _| match asked.path.as_str() {
        "/token" => text(200, vec![], r#"{"token":"planted-secret"}"#),
        "/v2/" => unauthorized("Bearer realm=\"/token\"".into()),
        path if path.ends_with("/here") => {
            text(307, vec![("location", format!("http://user:password@localhost:{port}/first"))], "")
        }
        _ => text(307, vec![("location", "/v2/okd/scos-release/blobs/here".into())], ""),
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let blob = Descriptor { media_type: String::new(), digest: digest_of(&layer), size: layer.len() as u64 };
    let read = registries.blob("quay.io", "okd/scos-release", &blob, 1 << 20).await.expect("it is found");
    assert_eq!(read.whole().await.expect("it is read"), layer);
    let own: Vec<Asked> = double.asked().into_iter().filter(|a| a.path.contains("blobs")).collect();
    assert!(own.len() == 2 && own.iter().all(|a| bearer(a) == Some("planted-secret")), "{own:?}");
    assert_eq!(storage.asked().len(), 2);
    assert!(storage.asked().iter().all(|asked| asked.authorization.is_none()), "{:?}", storage.asked());
}

#[tokio::test]
async fn redirects_that_do_not_end_are_told() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/v2/" => text(200, vec![], "{}"),
        path if path.ends_with(&"a".repeat(64)) => text(307, vec![("location", path.into())], ""),
        path if path.ends_with(&"c".repeat(64)) => text(307, vec![("location", "file:///etc/passwd".into())], ""),
        path => {
            let next = path.strip_prefix("/v2/on/").and_then(|n| n.parse::<u32>().ok()).map_or(0, |n| n + 1);
            text(307, vec![("location", format!("/v2/on/{next}"))], "")
        }
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    for (digit, word) in [("a", "in a circle"), ("b", "more than 5 times"), ("c", "no address")] {
        let digest = format!("sha256:{}", digit.repeat(64)).parse().expect("a digest");
        let blob = Descriptor { media_type: String::new(), digest, size: 1 };
        let failure = registries.blob("quay.io", "x", &blob, 10).await.err().expect("it never ends");
        assert!(failure.kind == FailureKind::Broken && failure.why.contains(word), "{failure}");
    }
    assert!(double.asked().len() < 12, "{}", double.asked().len());
}

#[tokio::test]
async fn a_blob_is_what_its_digest_says_or_nothing() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/v2/" => text(200, vec![], "{}"),
        _ => text(200, vec![], "12345678"),
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    for (digest, size, word) in [
        (digest_of(b"12345678"), 8, None),
        (digest_of(b"1234567"), 8, Some("was asked for")),
        (digest_of(b"12345678"), 9, Some("the manifest says 9")),
        (digest_of(b"12345678"), 100, Some("at most")),
    ] {
        let blob = Descriptor { media_type: String::new(), digest, size };
        let read = async { registries.blob("quay.io", "x", &blob, 50).await?.whole().await };
        match (read.await, word) {
            (Ok(bytes), None) => assert_eq!(bytes, b"12345678"),
            (Err(failure), Some(word)) => assert!(failure.why.contains(word), "{failure}"),
            (other, word) => panic!("{word:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn tags_are_read_page_by_page_from_one_host_only() {
    let double = Double::start(|asked, before| {
        let page = |tags: Value, link: Option<&str>| {
            let link = link.map(|link| ("link", format!("<{link}>; rel=\"next\"")));
            text(200, link.into_iter().collect(), &json!({"name": "x", "tags": tags}).to_string())
        };
        match (asked.path.as_str(), asked.query.as_str()) {
            ("/v2/", _) => text(200, vec![], "{}"),
            ("/v2/many/tags/list", "n=100") => page(json!(["a", "b"]), Some("/v2/many/tags/list?n=100&last=b")),
            ("/v2/many/tags/list", _) => page(json!(["c", "bad\u{1b}tag"]), None),
            ("/v2/none/tags/list", _) => page(Value::Null, None),
            ("/v2/far/tags/list", _) => page(json!(["a"]), Some("https://elsewhere.example/v2/far/tags/list")),
            ("/v2/circle/tags/list", _) => page(json!(["a"]), Some("/v2/circle/tags/list?n=100")),
            ("/v2/endless/tags/list", _) => page(json!(["a"]), Some(&format!("/v2/endless/tags/list?last={before}"))),
            _ => text(404, vec![], r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}"#),
        }
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    assert_eq!(registries.tags("quay.io", "many").await.expect("two pages"), ["a", "b", "c"]);
    assert_eq!(registries.tags("quay.io", "none").await.expect("no tags"), Vec::<String>::new());
    for (repository, word) in [
        ("far", "on another host"),
        ("circle", "in a circle"),
        ("endless", "more than 500 pages"),
        ("gone", "no such repository"),
    ] {
        let failure = registries.tags("quay.io", repository).await.expect_err(word);
        assert!(failure.why.contains(word), "{failure}");
    }
}

#[tokio::test]
async fn a_name_is_free_only_when_the_registry_says_so() {
    let unknown =
        |code: &str| text(404, vec![], &json!({"errors": [{"code": code, "message": "unknown"}]}).to_string());
    let double = Double::start(move |asked, _| match asked.path.rsplit('/').next().unwrap_or_default() {
        "" => text(200, vec![], "{}"),
        "there" => found(manifest()),
        "bare" => Reply::Text { status: 200, kind: IMAGE, headers: vec![], body: manifest() },
        "free" => unknown("MANIFEST_UNKNOWN"),
        "nowhere" => unknown("NAME_UNKNOWN"),
        "page" => Reply::Text { status: 404, kind: "text/html", headers: vec![], body: b"<html>lost</html>".to_vec() },
        "lying" => Reply::Text {
            status: 200,
            kind: IMAGE,
            headers: vec![("docker-content-digest", digest_of(b"x").to_string())],
            body: manifest(),
        },
        _ => Reply::HangUp,
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    assert_eq!(registries.digest(&image("there")).await.expect("asked"), Some(digest_of(&manifest())));
    assert_eq!(double.count(|asked| asked.method == "GET" && asked.path.ends_with("there")), 0, "HEAD suffices");
    assert_eq!(registries.digest(&image("bare")).await.expect("asked"), Some(digest_of(&manifest())));
    assert_eq!(registries.digest(&image("free")).await.expect("asked"), None);
    assert_eq!(registries.digest(&image("nowhere")).await.expect("asked"), None);
    let page = registries.digest(&image("page")).await.expect_err("that proves nothing");
    assert!(page.kind == FailureKind::Broken && page.why.contains("without saying"), "{page}");
    assert_eq!(registries.digest(&image("broken")).await.expect_err("no answer").kind, FailureKind::Offline);
    let lying = registries.manifest(&image("lying"), Access::Usual).await.expect_err("two digests");
    assert!(lying.why.contains("are sha256:"), "{lying}");
    let pinned = image("there").with_digest(digest_of(b"y"));
    assert!(registries.digest(&pinned).await.is_err());
}

#[tokio::test]
async fn a_manifest_is_put_under_a_tag_once_whatever_comes_back() {
    let double = Double::start(|asked, _| {
        let digest = |of: &[u8]| text(201, vec![("docker-content-digest", digest_of(of).to_string())], "");
        match (asked.method.as_str(), asked.path.rsplit('/').next().unwrap_or_default()) {
            ("GET", "token") => text(200, vec![], r#"{"token":"t"}"#),
            ("GET", "source") if asked.authorization.is_some() => found(manifest()),
            (_, "") => unauthorized("Bearer realm=\"/token\"".into()),
            ("PUT", _) if asked.authorization.is_none() => unauthorized("Bearer realm=\"/token\"".into()),
            ("PUT", "good") => digest(&manifest()),
            ("PUT", "other") => digest(b"other"),
            ("PUT", "refused") => text(403, vec![], r#"{"errors":[{"code":"DENIED","message":"no push"}]}"#),
            ("PUT", "lost") => Reply::HangUp,
            ("PUT", "gateway") => text(502, vec![], "bad gateway"),
            _ => text(404, vec![], ""),
        }
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let manifest = registries.manifest(&image("source"), Access::Usual).await.expect("it is read");
    assert_eq!(registries.put_manifest(&image("good"), &manifest).await.expect("it is put"), manifest.digest);
    let scope = double.asked().into_iter().filter(|a| a.path == "/token").map(|a| a.query).next_back();
    assert_eq!(scope.as_deref(), Some("scope=repository%3Aokd%2Fscos-release%3Apull%2Cpush"));
    for (tag, kind) in [
        ("other", FailureKind::Broken),
        ("refused", FailureKind::Denied),
        ("lost", FailureKind::Unknown),
        ("gateway", FailureKind::Unknown),
    ] {
        let failure = registries.put_manifest(&image(tag), &manifest).await.expect_err(tag);
        assert_eq!(failure.kind, kind, "{failure}");
        assert_eq!(double.count(|a| a.method == "PUT" && a.path.ends_with(tag)), 1, "{tag}");
    }
    let registries = self::registries(&double, None, folder.path());
    drop(double);
    let failure = registries.put_manifest(&image("late"), &manifest).await.expect_err("nobody is there");
    assert_eq!(failure.kind, FailureKind::Offline, "what was never sent is not unknown: {failure}");
}

#[tokio::test]
async fn a_429_is_waited_for_twice_and_an_hour_not_at_all() {
    let busy = |seconds: &str| text(429, vec![("retry-after", seconds.into())], "{}");
    let double = Double::start(move |asked, before| match asked.path.rsplit('/').next().unwrap_or_default() {
        "" => text(200, vec![], "{}"),
        "twice" if before < 2 => busy("1"),
        "always" => busy("1"),
        "hour" => busy("3600"),
        _ => found(manifest()),
    })
    .await;
    let folder = folder();
    let registries = registries(&double, None, folder.path());
    let begun = Instant::now();
    registries.manifest(&image("twice"), Access::Usual).await.expect("the third time");
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    for (tag, times) in [("always", 3), ("hour", 1)] {
        let failure = registries.manifest(&image(tag), Access::Usual).await.expect_err(tag);
        assert_eq!(failure.kind, FailureKind::Throttled, "{failure}");
        assert_eq!(double.count(|a| a.path.ends_with(tag)), times);
    }
}

#[tokio::test]
async fn whether_it_may_be_pushed_is_told_without_sending_anything_that_changes() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/v2/" => unauthorized("Bearer realm=\"/token\"".into()),
        "/token" if asked.query.contains("closed") => Reply::Json(403, json!({})),
        "/token" => text(200, vec![], r#"{"token":"opaque"}"#),
        _ => text(403, vec![], r#"{"errors":[{"code":"DENIED","message":"no push"}]}"#),
    })
    .await;
    let folder = folder();
    let config = json!({"auths": {"quay.io": {"username": "robot", "password": "planted"}}});
    for (config, repository, may) in
        [(Some(&config), "mine", true), (None, "mine", false), (Some(&config), "closed", false)]
    {
        let registries = registries(&double, config, folder.path());
        let image = format!("quay.io/{repository}").parse().expect("an image");
        assert_eq!(registries.may_push(&image).await.expect(repository), may, "{repository}");
    }
    assert_eq!(double.count(|asked| asked.method != "GET" && asked.method != "HEAD"), 0);
}
