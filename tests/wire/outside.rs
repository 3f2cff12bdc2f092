//! GitHub, quay and Cincinnati from doubles that count, refuse and mislead.

use crate::double::{Asked, Double, Reply};
use serde_json::{Value, json};
use std::time::Duration;
use weir_client::releases::Releases;
use weir_client::web::Web;
use weir_client::{Places, RegistrySettings, Settings};
use weir_domain::FailureKind;

const REPO: &str = "okd-project/okd";

fn web(double: &Double) -> Web {
    let places = Places { github: double.url(), graph: format!("{}/graph", double.url()), ..Places::default() };
    let registry = |host: &str| RegistrySettings { host: host.into(), address: Some(double.url()), cluster: None };
    let registries = vec![registry("quay.io"), registry("registry.lan:5000")];
    Web::new(&Settings { places, registries, closed: true, ..Settings::default() })
}

fn announced(tag: &str) -> Value {
    json!({"tag_name": tag, "draft": false, "prerelease": false, "published_at": "2026-11-20T12:00:00Z",
        "html_url": format!("https://github.com/{REPO}/releases/tag/{tag}"), "assets": [{}, {}]})
}

fn told(status: u16, body: Value, headers: Vec<(&'static str, String)>) -> Reply {
    Reply::Text { status, kind: "application/json", headers, body: body.to_string().into_bytes() }
}

fn missing() -> Reply {
    told(404, json!({"message": "Not Found"}), Vec::new())
}

fn limit(left: u64, reset: u64) -> Vec<(&'static str, String)> {
    vec![
        ("x-ratelimit-limit", "60".into()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", reset.to_string()),
    ]
}

#[tokio::test]
async fn a_release_is_read_with_its_flags_and_what_has_not_changed_is_not_read_again() {
    let double = Double::start(|asked: &Asked, _| match asked.path.as_str() {
        "/repos/okd-project/okd/releases/tags/4.21.0-okd-scos.7" if asked.known.as_deref() == Some("\"v1\"") => {
            told(304, json!(null), Vec::new())
        }
        "/repos/okd-project/okd/releases/tags/4.21.0-okd-scos.7" => {
            told(200, announced("4.21.0-okd-scos.7"), vec![("etag", "\"v1\"".into())])
        }
        "/repos/okd-project/okd/releases/latest" => told(200, announced("4.21.0-okd-scos.7"), limit(43, 4_000_000_000)),
        _ => missing(),
    })
    .await;
    let web = web(&double);
    assert_eq!(web.github.credential(), "anonymous");
    for _ in 0..2 {
        let found = web.github.release(REPO, "4.21.0-okd-scos.7").await.expect("read").expect("there is one");
        assert!(found.latest && !found.draft && !found.prerelease);
        assert_eq!((found.assets, found.tag.as_str()), (2, "4.21.0-okd-scos.7"));
        assert_eq!(found.published, Some("2026-11-20T12:00:00Z".parse().expect("time")));
    }
    assert_eq!(double.count(|a| a.known.is_some()), 1);
    assert_eq!(web.github.credential(), "anonymous, 43 of 60 requests left");
    assert!(double.asked().iter().all(|a| a.authorization.is_none()));
}

#[tokio::test]
async fn a_free_name_and_a_repository_that_is_not_there_are_told_apart() {
    let double = Double::start(|asked: &Asked, _| match asked.path.as_str() {
        "/repos/okd-project/okd/releases" => told(200, json!([announced("x")]), Vec::new()),
        "/repos/okd-project/okd/git/matching-refs/tags/4.22.0-" => {
            told(200, json!([{"ref": "refs/tags/4.22.0-okd-scos.ec.9"}]), Vec::new())
        }
        "/repos/okd-project/okd/git/matching-refs/tags/5" => told(200, json!([]), Vec::new()),
        _ => missing(),
    })
    .await;
    let web = web(&double);
    assert_eq!(web.github.release(REPO, "free").await, Ok(None));
    assert_eq!(web.github.latest(REPO).await, Ok(None));
    assert_eq!(web.github.git_tags(REPO, "5").await, Ok(Vec::new()));
    assert_eq!(web.github.git_tags(REPO, "4.22.0-").await, Ok(vec!["4.22.0-okd-scos.ec.9".to_string()]));
    let failure = web.github.release("okd-project/typo", "free").await.expect_err("free would be wrong");
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.why.contains("no repository okd-project/typo"), "{failure}");
}

#[tokio::test]
async fn pages_are_followed_at_the_same_server_and_no_further_than_ten() {
    let endless = Double::start(|asked: &Asked, before| match asked.path.as_str() {
        "/repos/okd-project/okd/releases" => {
            let page = before + 2;
            let link = format!("</repos/okd-project/okd/releases?per_page=100&page={page}>; rel=\"next\"");
            told(200, json!([announced(&format!("t{before}"))]), vec![("link", link)])
        }
        _ => missing(),
    })
    .await;
    let names = web(&endless).github.tags(REPO).await.expect("listed");
    assert_eq!((names.len(), names[9].as_str()), (10, "t9"));

    let elsewhere = Double::start(|_: &Asked, _| missing()).await;
    let link = format!("<{}/steal>; rel=\"next\"", elsewhere.url());
    let double = Double::start(move |_: &Asked, _| told(200, json!([]), vec![("link", link.clone())])).await;
    let failure = web(&double).github.tags(REPO).await.expect_err("another server");
    assert_eq!((failure.kind, elsewhere.asked().len()), (FailureKind::Broken, 0));
}

#[tokio::test]
async fn a_spent_limit_is_said_with_its_end_and_nothing_more_is_asked_even_where_clocks_differ() {
    // An hour behind: 2026-11-21 is far from both, so only the distance between its date and its reset can count.
    let double = Double::start(|_: &Asked, _| {
        let mut headers = limit(0, 1_700_003_630);
        headers.push(("date", "Tue, 14 Nov 2023 22:13:50 GMT".into()));
        told(403, json!({"message": "API rate limit exceeded for 127.0.0.1."}), headers)
    })
    .await;
    let web = web(&double);
    for _ in 0..3 {
        let failure = web.github.latest(REPO).await.expect_err("spent");
        assert_eq!(failure.kind, FailureKind::Throttled);
        assert!(failure.why.contains("until") && failure.why.contains("0 of 60"), "{failure}");
    }
    assert_eq!(double.asked().len(), 1);
    let slow =
        Double::start(|_: &Asked, _| told(429, json!({"message": "secondary"}), vec![("retry-after", "30".into())]))
            .await;
    let failure = self::web(&slow).github.latest(REPO).await.expect_err("asked to wait");
    assert_eq!(failure.kind, FailureKind::Throttled);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let double = Double::start(|_: &Asked, _| Reply::Announced(9 << 20)).await;
    let failure = web(&double).github.latest(REPO).await.expect_err("too large");
    assert!(failure.why.contains("larger than 8 MB"), "{failure}");
    let piece = bytes::Bytes::from(vec![b' '; 1 << 20]);
    let double =
        Double::start(move |_: &Asked, _| Reply::Pieces(vec![piece.clone(); 10], crate::double::End::Open)).await;
    let failure = web(&double).graph.channel("stable-4.21", "amd64").await.expect_err("too large");
    assert!(failure.why.contains("larger than 8 MB"), "{failure}");
}

#[tokio::test]
async fn a_tags_past_is_newest_first_and_a_registry_that_is_no_quay_has_none() {
    let digest = |c: char| format!("sha256:{}", c.to_string().repeat(64));
    let (a, b) = (digest('a'), digest('b'));
    let double = Double::start(move |asked: &Asked, _| match (asked.path.as_str(), asked.query.contains("page=2")) {
        ("/api/v1/repository/okd/scos-release/tag/", false) => told(
            200,
            json!({"page": 1, "has_additional": true, "tags": [
                {"name": "x", "start_ts": 1_795_000_000, "end_ts": 1_795_100_000, "manifest_digest": a},
                {"name": "x", "start_ts": null, "manifest_digest": "nonsense"}]}),
            Vec::new(),
        ),
        ("/api/v1/repository/okd/scos-release/tag/", true) => told(
            200,
            json!({"page": 2, "has_additional": false, "tags": [
                {"name": "x", "start_ts": 1_795_100_000, "manifest_digest": b}, {"name": "xy", "start_ts": 1, "manifest_digest": b}]}),
            Vec::new(),
        ),
        _ => told(404, json!({"error_message": "Not Found", "detail": "Not Found"}), Vec::new()),
    })
    .await;
    let web = web(&double);
    let spans = web.quay.history("quay.io", "okd/scos-release", "x").await.expect("read").expect("it is a quay");
    assert_eq!(
        spans.iter().map(|s| (s.digest.to_string(), s.end.is_some())).collect::<Vec<_>>(),
        [(digest('b'), false), (digest('a'), true)]
    );
    assert_eq!(web.quay.history("registry.lan:5000", "okd/none", "x").await, Ok(None));
    let failure = web.quay.history("quay.io", "okd/none", "x").await.expect_err("quay.io is surely one");
    assert_eq!(failure.kind, FailureKind::Missing);
}

#[tokio::test]
async fn an_update_channel_lists_its_versions_sorted_and_says_why_it_cannot() {
    let double = Double::start(|asked: &Asked, _| match asked.query.as_str() {
        "channel=stable-4.21&arch=amd64" => Reply::Json(
            200,
            json!({"nodes": [{"version": "4.21.0-okd-scos.7"}, {"version": "4.20.0-okd-scos.15"}, {"version": null}], "edges": null}),
        ),
        _ => Reply::Json(400, json!({"kind": "invalid_params", "value": "invalid channel: ä"})),
    })
    .await;
    let web = web(&double);
    assert_eq!(
        web.graph.channel("stable-4.21", "amd64").await,
        Ok(vec!["4.20.0-okd-scos.15".into(), "4.21.0-okd-scos.7".into()])
    );
    let failure = web.graph.channel("ä", "amd64").await.expect_err("refused");
    assert_eq!((failure.kind, failure.why.as_str()), (FailureKind::Refused, "invalid channel: ä (HTTP 400)"));
}

#[tokio::test]
async fn what_promotion_asks_the_release_controller_is_answered_as_recorded() {
    let double = crate::controller::replaying(|_, _| None).await;
    let releases = Releases::new(&double.url(), Duration::from_secs(30), true);
    let tags = releases.tags("4-scos-stable").await.expect("listed");
    let names: Vec<&str> = tags.iter().map(|release| &*release.name).collect();
    assert_eq!(names[0], "4.21.0-okd-scos.10", "an engineering candidate of the same X.Y.Z is older");
    let nightly = "4.21.0-0.okd-scos";
    let (phase, verdict) = releases.short(nightly, "4.21.0-0.okd-scos-2026-11-20-031502").await.expect("read");
    assert_eq!(phase.word(), "accepted");
    assert_eq!(verdict.sentence().as_deref(), Some("aws failed 3 times"));
    let from = releases.promoted_from("4-scos-stable", "4.21.0-okd-scos.2").await.expect("read");
    assert_eq!(from.as_deref(), Some("4.21.0-0.okd-scos-2026-11-17-031502"));
    releases.promoted_from("4-scos-stable", "4.21.0-okd-scos.2").await.expect("kept");
    assert_eq!(double.count(|a| a.path.starts_with("/releasetag/")), 1);
    let config = releases.config(nightly).await.expect("read");
    assert!(!config.as_stable && !config.end_of_life);
    assert_eq!(config.blocking.iter().map(|n| &**n).collect::<Vec<_>>(), ["aws"]);
    assert_eq!(
        config.informing.iter().map(|n| &**n).collect::<Vec<_>>(),
        ["aws-upgrade", "aws-upgrade-minor", "vsphere"]
    );
    assert!(releases.config("4-scos-stable").await.expect("read").as_stable);
    let graph = releases.graph("").await.expect("read");
    assert!(graph.edges.windows(2).all(|two| two[0] <= two[1]) && !graph.edges.is_empty());
    releases.graph("").await.expect("kept");
    assert_eq!(double.count(|a| a.path == "/graph"), 1, "once in two minutes");
}

#[tokio::test]
async fn a_release_that_was_promoted_by_digest_is_found_in_the_graph() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let spec = format!("registry.ci/origin/release@{digest}");
    let double = Double::start(move |asked: &Asked, _| match asked.path.as_str() {
        "/releasetag/4.21.0-okd-scos.3/json" => Reply::Json(
            200,
            json!({"references": {"metadata": {"annotations": {"release.openshift.io/from-release": spec}}}}),
        ),
        "/releasetag/4.21.0-okd-scos.4/json" => Reply::Json(200, json!({"references": null})),
        "/graph" => Reply::Json(
            200,
            json!({"nodes": [{"version": "nightly-1", "payload": spec}, {"version": "b", "payload": ""}], "edges": []}),
        ),
        _ => Reply::Json(404, json!(null)),
    })
    .await;
    let releases = Releases::new(&double.url(), Duration::from_secs(30), true);
    assert_eq!(releases.promoted_from("s", "4.21.0-okd-scos.3").await.expect("read").as_deref(), Some("nightly-1"));
    assert_eq!(releases.promoted_from("s", "4.21.0-okd-scos.4").await, Ok(None));
    assert!(releases.promoted_from("s", "4.21.0-okd-scos.5").await.is_err(), "unknown is never taken for none");
}

#[tokio::test]
async fn a_redirect_to_itself_ends_and_a_web_page_is_no_answer() {
    let double = Double::start(|asked: &Asked, _| Reply::Text {
        status: 302,
        kind: "text/plain",
        headers: vec![("location", asked.path.clone())],
        body: Vec::new(),
    })
    .await;
    let failure = web(&double).github.latest(REPO).await.expect_err("for ever");
    assert!(failure.why.contains("redirects too often"), "{failure}");
    assert!(double.asked().len() <= 6, "{}", double.asked().len());
    let page = Double::start(|_: &Asked, _| Reply::Text {
        status: 200,
        kind: "text/html",
        headers: Vec::new(),
        body: b"<!doctype html><title>log in</title>".to_vec(),
    })
    .await;
    let failure = web(&page).github.latest(REPO).await.expect_err("a page");
    assert!(failure.why.contains("web page instead of JSON"), "{failure}");
    assert_eq!(web(&page).quay.history("registry.lan:5000", "okd/x", "x").await, Ok(None));
}
