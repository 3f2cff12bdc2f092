//! The registry without its listener: requests as they are after reading, answers before they are sent.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::Ipv4Addr;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;

use super::*;
use crate::payload::digest_of;
use crate::releases::{Images, Phase, typical};

const RELEASE: &str = "4.21.0-okd-scos.7";

fn registry() -> Registry {
    let clock = Clock::default();
    clock.hold();
    let story = Arc::new(Shared::new(typical(clock.now())));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 5000));
    Registry::new(story, clock, address, SocketAddr::from((Ipv4Addr::LOCALHOST, 5001)))
}

fn token(registry: &Registry, repository: &str) -> String {
    let scopes = [format!("repository:{repository}:pull,push")];
    registry.tokens().grant(&scopes, None, None).map_err(|reply| reply.status).unwrap()
}

fn asked(token: Option<&str>, method: Method, target: &str, body: &[u8]) -> route::Asked {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    }
    let body = Bytes::copy_from_slice(body);
    route::Asked { method, path: path.to_owned(), query: parameters(query), headers, body }
}

fn get(registry: &Registry, target: &str) -> Reply {
    let repository = target.trim_start_matches("/v2/").split('/').take(2).collect::<Vec<_>>().join("/");
    let token = token(registry, &repository);
    route::route(registry, &asked(Some(&token), Method::GET, target, b""))
}

async fn body(reply: Reply) -> Bytes {
    reply.bytes().await.unwrap()
}

async fn json(reply: Reply) -> Value {
    serde_json::from_slice(&body(reply).await).unwrap()
}

fn header_of<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// A blob, also when it lies elsewhere.
async fn blob(registry: &Registry, repository: &str, digest: &str) -> Bytes {
    let reply = get(registry, &format!("/v2/{repository}/blobs/{digest}"));
    if reply.status == 200 {
        return body(reply).await;
    }
    let location = header_of(&reply, "location").to_owned();
    let (path, query) = location.split_once('?').unwrap();
    let path = path.strip_prefix("http://localhost:5001").unwrap();
    assert_eq!(registry.delivered(path, &parameters(query), true).status, 400, "a token is not taken there");
    assert_eq!(registry.delivered(path, &[], false).status, 403, "nor an address without its signature");
    body(registry.delivered(path, &parameters(query), false)).await
}

/// The files of a payload's last layer.
async fn files(registry: &Registry, repository: &str, tag: &str) -> BTreeMap<String, String> {
    let list = json(get(registry, &format!("/v2/{repository}/manifests/{tag}"))).await;
    let child = list["manifests"][0]["digest"].as_str().unwrap();
    let manifest = json(get(registry, &format!("/v2/{repository}/manifests/{child}"))).await;
    let layer = manifest["layers"].as_array().unwrap().last().unwrap();
    let bytes = blob(registry, repository, layer["digest"].as_str().unwrap()).await;
    assert_eq!(bytes.len() as u64, layer["size"].as_u64().unwrap());
    let mut archive = tar::Archive::new(GzDecoder::new(&bytes[..]));
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        files.insert(entry.path().unwrap().to_str().unwrap().to_owned(), text);
    }
    files
}

fn components(registry: &Registry, pull_spec: &str) -> Vec<(String, String)> {
    let image = registry.image(pull_spec).unwrap();
    image.components.iter().map(|component| (component.name.clone(), component.digest().to_owned())).collect()
}

#[tokio::test]
async fn who_has_no_token_is_told_where_to_get_one() {
    let registry = registry();
    let reply = route::route(&registry, &asked(None, Method::GET, "/v2/okd/scos-release/tags/list", b""));
    assert_eq!(reply.status, 401);
    let challenge = header_of(&reply, "www-authenticate");
    assert!(challenge.starts_with("Bearer realm=\"http://127.0.0.1:5000/token\",service="), "{challenge}");
    assert!(challenge.ends_with("scope=\"repository:okd/scos-release:pull\""), "{challenge}");
    assert_eq!(get(&registry, "/v2/okd/scos-release/tags/list").status, 200);
    assert_eq!(get(&registry, "/v2/").status, 200);
}

#[tokio::test]
async fn tags_come_in_pages_that_link_to_the_next_one() {
    let registry = registry();
    let first = get(&registry, "/v2/okd/scos-release/tags/list?n=2");
    assert_eq!(header_of(&first, "link"), "</v2/okd/scos-release/tags/list?n=2&last=4.20.0-okd-scos.13>; rel=\"next\"");
    let all = get(&registry, "/v2/okd/scos-release/tags/list");
    assert_eq!(header_of(&all, "link"), "");
    assert!(json(all).await["tags"].as_array().unwrap().len() > 15);
    let many = get(&registry, "/v2/origin/release-scos/tags/list");
    assert_eq!(json(many).await["tags"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn a_payload_names_its_components_by_digest_and_each_is_there() {
    let registry = registry();
    let files = files(&registry, RELEASES, RELEASE).await;
    let references: Value = serde_json::from_str(&files["release-manifests/image-references"]).unwrap();
    let metadata: Value = serde_json::from_str(&files["release-manifests/release-metadata"]).unwrap();
    assert_eq!((&metadata["kind"], &metadata["version"]), (&"cincinnati-metadata-v0".into(), &RELEASE.into()));
    assert!(metadata["previous"].as_array().unwrap().contains(&"4.20.0-okd-scos.15".into()));
    assert!(files["release-manifests/0000_90_cluster-update-keys_configmap.yaml"].contains("verifier-public-key-ci"));
    let tags = references["spec"]["tags"].as_array().unwrap();
    assert!(tags.len() > 180);
    for tag in tags.iter().step_by(20) {
        let image = tag["from"]["name"].as_str().unwrap();
        let digest = image.strip_prefix("quay.io/okd/scos-content@").unwrap();
        let reply = get(&registry, &format!("/v2/okd/scos-content/manifests/{digest}"));
        assert_eq!(header_of(&reply, "docker-content-digest"), digest);
        assert_eq!(digest_of(&body(reply).await), digest, "{}", tag["name"]);
    }
    let cli = tags.iter().find(|tag| tag["name"] == "cli").unwrap()["from"]["name"].as_str().unwrap();
    let list = json(get(&registry, &format!("/v2/okd/scos-content/manifests/{}", &cli[25..]))).await;
    assert_eq!(list["manifests"].as_array().unwrap().len(), 2);
    let config = &json(get(
        &registry,
        &format!("/v2/okd/scos-content/manifests/{}", list["manifests"][1]["digest"].as_str().unwrap()),
    ))
    .await;
    for part in config["layers"].as_array().unwrap().iter().chain([&config["config"]]) {
        let digest = part["digest"].as_str().unwrap();
        assert_eq!(digest_of(&blob(&registry, "okd/scos-content", digest).await), digest);
    }
}

#[test]
fn two_processes_make_the_same_digests() {
    let (one, other) = (registry(), registry());
    assert_eq!(one.digest(RELEASES, RELEASE), other.digest("quay.io/okd/scos-release", RELEASE));
    assert!(one.digest(RELEASES, RELEASE).is_some());
    assert_eq!(one.digest(RELEASES, "4.21.0-okd-scos.8"), None);
}

#[test]
fn each_channel_was_promoted_from_a_nightly_that_is_still_there_and_the_newest_ones_wait() {
    let registry = registry();
    let now = registry.holdings().now();
    let story = registry.inner.story.read().clone();
    let mut sources = Vec::new();
    for stream in story.streams.iter().filter(|stream| stream.is_stable()) {
        let newest = stream.tags.iter().max_by_key(|tag| tag.created).unwrap();
        let image = registry.image(&format!("quay.io/okd/scos-release:{}", newest.name)).unwrap();
        let source = image.from_release.unwrap();
        let (_, nightly) = source.rsplit_once(':').unwrap();
        let (_, tag) = story.tag(nightly, now).unwrap();
        assert_eq!(tag.phase_at(now), Phase::Accepted, "{nightly}");
        assert_eq!(
            components(&registry, &source),
            components(&registry, &format!("quay.io/okd/scos-release:{}", newest.name))
        );
        sources.push(nightly.to_owned());
    }
    for stream in ["4.22.0-0.okd-scos-nightly", "5.0.0-0.okd-scos-nightly"] {
        let tags = story.stream(stream).unwrap().by_version(now);
        let newest = tags.into_iter().find(|tag| tag.phase_at(now) == Phase::Accepted).unwrap();
        assert!(!sources.contains(&newest.name), "{}", newest.name);
    }
}

#[tokio::test]
async fn a_promotion_keeps_the_components_and_makes_an_image_of_its_own() {
    let registry = registry();
    let story = registry.inner.story.read().clone();
    let now = registry.holdings().now();
    let nightlies = story.stream("5.0.0-0.okd-scos-nightly").unwrap().by_version(now);
    let source = format!("registry.ci.openshift.org/origin/release-scos:{}", nightlies[0].name);
    let order = Promotion {
        source: &source,
        name: "5.0.0-okd-scos.1",
        content_repository: "quay.io/okd/scos-content",
        release_repository: "quay.io/okd/scos-release",
        previous: &["5.0.0-okd-scos.0".to_owned()],
    };
    assert_eq!(registry.digest(RELEASES, order.name), None);
    let digest = registry.promote(&order).unwrap();
    assert_eq!(registry.digest(RELEASES, order.name), Some(digest.clone()));
    assert_ne!(registry.digest("origin/release-scos", &nightlies[0].name), Some(digest.clone()));
    let by_digest = format!("quay.io/okd/scos-release@{digest}");
    assert_eq!(components(&registry, &by_digest), components(&registry, &source));
    let image = registry.image(&by_digest).unwrap();
    assert_eq!((image.version.as_str(), image.from_release.as_deref()), (order.name, Some(source.as_str())));
    assert_eq!(image.previous, ["5.0.0-okd-scos.0"]);
    assert!(files(&registry, RELEASES, order.name).await.len() > 20);
    assert!(registry.promote(&Promotion { source: "quay.io/okd/scos-release:5.9.9", ..order }).is_err());
}

#[tokio::test]
async fn a_moved_tag_is_in_quays_history_with_what_it_was() {
    let registry = registry();
    let older = registry.digest(RELEASES, "4.21.0-okd-scos.6").unwrap();
    registry.tag("quay.io/okd/scos-release", RELEASE, &older);
    let target = format!("/api/v1/repository/okd/scos-release/tag/?specificTag={RELEASE}");
    let history = json(route::route(&registry, &asked(None, Method::GET, &target, b""))).await;
    let tags = history["tags"].as_array().unwrap();
    assert_eq!(tags.len(), 2);
    assert!(tags[0]["manifest_digest"] == older.as_str() && tags[0]["end_ts"].is_null());
    assert!(tags[1]["end_ts"].is_i64());
    let active =
        json(route::route(&registry, &asked(None, Method::GET, &(target + "&onlyActiveTags=true"), b""))).await;
    assert_eq!(active["tags"].as_array().unwrap().len(), 1);
    assert!(registry.untag(RELEASES, RELEASE));
    assert_eq!(registry.digest(RELEASES, RELEASE), None);
    assert!(!registry.untag(RELEASES, RELEASE));
}

#[tokio::test]
async fn a_release_can_be_turned_into_a_twin_of_itself() {
    let registry = registry();
    let good = registry.digest(RELEASES, RELEASE).unwrap();
    let bad = registry.spoil("quay.io/okd/scos-release", RELEASE, Twin::WrongRing).unwrap();
    assert_ne!(good, bad);
    assert_eq!(registry.digest(RELEASES, RELEASE), Some(bad));
    let files = files(&registry, RELEASES, RELEASE).await;
    assert!(
        files["release-manifests/0000_90_cluster-update-keys_configmap.yaml"].contains("verifier-public-key-redhat")
    );
}

#[tokio::test]
async fn the_private_component_is_refused_to_who_has_no_name() {
    let registry = registry();
    let image = registry.image("registry.ci.openshift.org/origin/bad:private-component").unwrap();
    let private = image.components.iter().find(|component| component.image.contains("scos-private")).unwrap();
    let reply = get(&registry, &format!("/v2/origin/scos-private/manifests/{}", private.digest()));
    assert_eq!(reply.status, 401);
    assert!(header_of(&reply, "www-authenticate").ends_with("error=\"insufficient_scope\""));
}

#[tokio::test]
async fn faults_throttle_manifests_and_end_tokens() {
    let registry = registry();
    registry.faults(|faults| (faults.throttled, faults.retry_after) = (1, 7));
    let target = format!("/v2/okd/scos-release/manifests/{RELEASE}");
    let later = get(&registry, &target);
    assert_eq!((later.status, header_of(&later, "retry-after")), (429, "7"));
    assert_eq!(get(&registry, &target).status, 200);
    registry.faults(|faults| faults.token_uses = Some(2));
    let token = token(&registry, RELEASES);
    let again = || route::route(&registry, &asked(Some(&token), Method::GET, &target, b"")).status;
    assert_eq!([again(), again(), again()], [200, 200, 401]);
}

#[test]
fn a_release_without_an_image_has_no_manifest() {
    let registry = registry();
    let story = registry.inner.story.read().clone();
    let now = registry.holdings().now();
    let pending = &story.stream("4.21.0-0.okd-scos").unwrap().by_version(now)[0].name;
    let reply = get(&registry, &format!("/v2/origin/release-scos/manifests/{pending}"));
    assert_eq!(reply.status, 404);
    assert_eq!(get(&registry, "/v2/nobody/nothing/manifests/latest").status, 404);
}
