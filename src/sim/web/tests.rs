//! The web without its listener.

use std::net::{Ipv4Addr, SocketAddr};

use http::HeaderValue;
use http_body_util::BodyExt;
use pgp::composed::{Deserializable, Message, SignedPublicKey};
use serde_json::Value;

use super::*;
use crate::payload::Twin;
use crate::registry::RELEASES;
use crate::releases::typical;

const RELEASE: &str = "4.21.0-okd-scos.7";

fn web() -> Web {
    let clock = Clock::default();
    clock.hold();
    let story = Arc::new(Shared::new(typical(clock.now())));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 5000));
    let registry = Registry::new(story.clone(), clock.clone(), address, address);
    Web::new(registry, story, clock)
}

fn get(web: &Web, target: &str, headers: &[(&'static str, &str)]) -> Reply {
    let mut request = Request::get(target);
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_str(value).unwrap());
    }
    web.route(&request.body(()).unwrap().into_parts().0)
}

async fn json(reply: Reply) -> Value {
    serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
}

fn header_of(reply: &Reply, name: &str) -> String {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
}

async fn signature(web: &Web, digest: &str, number: u32) -> Option<Vec<u8>> {
    let hex = digest.strip_prefix("sha256:").unwrap();
    let reply = get(web, &format!("{}sha256={hex}/signature-{number}", signatures::STORE), &[]);
    if reply.status == 200 { Some(reply.bytes().await.unwrap().to_vec()) } else { None }
}

/// The text inside when the key signed it.
fn opened(signature: &[u8], armored: &str) -> Option<String> {
    let (key, _) = SignedPublicKey::from_string(armored).unwrap();
    let mut message = Message::from_bytes(signature).unwrap();
    let text = message.as_data_string().unwrap();
    message.verify(&key.primary_key).ok().map(|_| text)
}

#[tokio::test]
async fn a_decided_release_is_signed_with_its_digest_inside() {
    let web = web();
    let digest = web.inner.registry.digest(RELEASES, RELEASE).unwrap();
    let signed = signature(&web, &digest, 1).await.unwrap();
    let text: Value = serde_json::from_str(&opened(&signed, &keys::good()).unwrap()).unwrap();
    assert_eq!(text["critical"]["image"]["docker-manifest-digest"], digest);
    assert_eq!(text["critical"]["identity"]["docker-reference"], format!("quay.io/{RELEASES}:{RELEASE}"));
    assert_eq!(opened(&signed, &keys::stranger()), None);
    assert_eq!(signature(&web, &digest, 2).await, None);
    let (name, fingerprint, armored) = signing_keys().remove(0);
    assert_eq!((name.as_str(), fingerprint.len()), (keys::GOOD, 40));
    assert!(armored.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
}

#[tokio::test]
async fn twins_are_signed_by_nobody_a_stranger_or_for_something_else() {
    let web = web();
    let digest = |twin: Twin| web.inner.registry.digest("origin/bad", twin.word()).unwrap();
    assert_eq!(signature(&web, &digest(Twin::Unsigned), 1).await, None);
    let stranger = signature(&web, &digest(Twin::Stranger), 1).await.unwrap();
    assert!(opened(&stranger, &keys::good()).is_none() && opened(&stranger, &keys::stranger()).is_some());
    let second = digest(Twin::SecondSignature);
    assert!(opened(&signature(&web, &second, 1).await.unwrap(), &keys::good()).is_none());
    assert!(opened(&signature(&web, &second, 2).await.unwrap(), &keys::good()).unwrap().contains(&second));
    let other = digest(Twin::OtherDigest);
    assert!(!opened(&signature(&web, &other, 1).await.unwrap(), &keys::good()).unwrap().contains(&other));
    assert!(!signatures::is_good(&web, &other) && signatures::is_good(&web, &second));
}

#[tokio::test]
async fn what_is_not_decided_is_signed_only_by_hand() {
    let web = web();
    let now = web.now();
    let story = web.inner.story.read().clone();
    let ready = &story.stream("5.1.0-0.okd-scos-nightly").unwrap().by_version(now)[0].name;
    let digest = web.inner.registry.digest("origin/release-scos", ready).unwrap();
    assert_eq!(signature(&web, &digest, 1).await, None);
    web.sign(&digest, "quay.io/okd/scos-release:5.1.0-okd-scos.ec.1");
    assert!(opened(&signature(&web, &digest, 1).await.unwrap(), &keys::good()).unwrap().contains("ec.1"));
}

#[tokio::test]
async fn github_pages_its_list_and_answers_304_to_who_knows_it() {
    let web = web();
    let list = get(&web, "/github/repos/okd-project/okd/releases?per_page=3", &[("host", "127.0.0.1:9")]);
    let next = "<http://127.0.0.1:9/github/repos/okd-project/okd/releases?per_page=3&page=2>; rel=\"next\"";
    assert!(header_of(&list, "link").starts_with(next), "{}", header_of(&list, "link"));
    assert_eq!(header_of(&list, "x-ratelimit-remaining"), "59");
    let etag = header_of(&list, "etag");
    let again = get(
        &web,
        "/github/repos/okd-project/okd/releases?per_page=3",
        &[("host", "127.0.0.1:9"), ("if-none-match", &etag)],
    );
    assert_eq!((again.status, header_of(&again, "x-ratelimit-remaining").as_str()), (304, "59"));
    assert_eq!(json(list).await.as_array().unwrap().len(), 3);
    assert_eq!(get(&web, "/github/repos/okd-project/okd/releases/tags/4.99.0", &[]).status, 404);
    assert_eq!(get(&web, "/github/repos/nobody/nothing/releases", &[]).status, 404);
}

#[tokio::test]
async fn a_release_is_published_once_and_may_become_the_latest() {
    let web = web();
    let latest = |web: &Web| get(web, "/github/repos/okd-project/okd/releases/latest", &[]);
    assert_eq!(json(latest(&web)).await["tag_name"], "5.0.0-okd-scos.0");
    web.release("okd-project/okd", "5.0.0-okd-scos.1", true).unwrap();
    assert!(web.release("okd-project/okd", "5.0.0-okd-scos.1", true).is_err());
    let shown = json(latest(&web)).await;
    assert_eq!((&shown["tag_name"], &shown["prerelease"]), (&"5.0.0-okd-scos.1".into(), &false.into()));
    assert_eq!(shown["assets"].as_array().unwrap().len(), 9);
    web.faults(|faults| faults.github_limit = 2);
    assert_eq!(latest(&web).status, 403);
    assert_eq!(
        get(&web, "/github/repos/okd-project/okd/releases/latest", &[("authorization", "Bearer x")]).status,
        200
    );
}

#[tokio::test]
async fn the_graph_has_a_channels_releases_and_refuses_as_cincinnati_does() {
    let web = web();
    let graph = json(get(&web, "/api/updates/graph?channel=stable-4.21&arch=amd64", &[])).await;
    let nodes = graph["nodes"].as_array().unwrap();
    let digest = web.inner.registry.digest(RELEASES, RELEASE).unwrap();
    let node = nodes.iter().find(|node| node["version"] == RELEASE).unwrap();
    assert_eq!(node["payload"], format!("quay.io/{RELEASES}@{digest}"));
    assert!(nodes.iter().all(|node| node["version"] != "4.21.0-okd-scos.5"), "rejected releases are in no channel");
    assert!(!graph["edges"].as_array().unwrap().is_empty());
    assert_eq!(graph["conditionalEdges"][0]["edges"][0]["to"], "4.21.0-okd-scos.0");
    let nobody = json(get(&web, "/api/updates/graph?channel=stable-9.9", &[])).await;
    assert!(nobody["nodes"].as_array().unwrap().is_empty());
    let missing = get(&web, "/api/updates/graph", &[]);
    assert_eq!(missing.status, 400);
    assert_eq!(json(missing).await["kind"], "missing_params");
    assert_eq!(get(&web, "/api/updates/graph?channel=a", &[("accept", "text/html")]).status, 406);
}

#[tokio::test]
async fn a_huge_signature_goes_on_for_a_gigabyte() {
    let web = web();
    let digest = web.inner.registry.digest(RELEASES, RELEASE).unwrap();
    web.faults(|faults| faults.huge_signatures = true);
    let reply = get(&web, &format!("{}sha256={}/signature-1", signatures::STORE, &digest[7..]), &[]);
    let (mut body, mut length) = (reply.into_body(), 0);
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().into_data().unwrap().len();
    }
    assert!(length > 1 << 30);
}
