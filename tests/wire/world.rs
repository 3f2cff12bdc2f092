//! Payloads of the embedded world, good ones and bad twins, as the client reads them.

use std::time::{Duration, Instant};
use tempfile::TempDir;
use weir_client::{Client, Settings};
use weir_domain::payload::{PayloadDiff, Weight};
use weir_domain::signature::{SignatureVerdict, Signed};
use weir_domain::{Answer, Failure, FailureKind, ImageRef, Payload, Query};
use weir_sim::{World, WorldKind};
use weir_testing::embedded_settings;

struct Desk {
    world: World,
    client: Client,
    _folder: TempDir,
}

async fn desk() -> Desk {
    desk_with(|_| {}).await
}

async fn desk_with(change: impl FnOnce(&mut Settings)) -> Desk {
    let world = World::start(WorldKind::Typical).await.expect("the world starts");
    let folder = TempDir::with_prefix("weir-wire-").expect("the temporary folder can be written");
    let mut settings = embedded_settings(&world, folder.path().join("state"));
    change(&mut settings);
    Desk { client: Client::new(settings), world, _folder: folder }
}

impl Desk {
    async fn payload(&self, image: &str) -> Result<Payload, Failure> {
        match self.client.fetch(Query::Payload(reference(image))).await? {
            Answer::Payload(payload) => Ok(*payload),
            other => panic!("a payload was asked for: {other:?}"),
        }
    }

    async fn weights(&self, image: &str) -> Result<Vec<Weight>, Failure> {
        match self.client.fetch(Query::Weights(reference(image))).await? {
            Answer::Weights(weights) => Ok(weights),
            other => panic!("weights were asked for: {other:?}"),
        }
    }

    async fn signed(&self, image: &str) -> Result<Signed, Failure> {
        match self.client.fetch(Query::Signed(reference(image))).await? {
            Answer::Signed(signed) => Ok(*signed),
            other => panic!("signatures were asked for: {other:?}"),
        }
    }

    /// The newest promoted releases, as the story names them.
    fn releases(&self) -> Vec<String> {
        let names = (0..40).rev().map(|number| format!("4.21.0-okd-scos.{number}"));
        let names: Vec<String> =
            names.filter(|name| self.world.registry().digest("quay.io/okd/scos-release", name).is_some()).collect();
        assert!(names.len() > 1, "the story promoted some");
        names.into_iter().map(|name| format!("quay.io/okd/scos-release:{name}")).collect()
    }
}

fn reference(text: &str) -> ImageRef {
    text.parse().expect("a reference")
}

fn bad(twin: &str) -> String {
    format!("registry.ci.openshift.org/origin/bad:{twin}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_read_weighed_and_its_signature_checked() {
    let desk = desk().await;
    let releases = desk.releases();
    let begun = Instant::now();
    let payload = desk.payload(&releases[0]).await.expect("it is read");
    println!("payload of {} components: {:?}", payload.components.len(), begun.elapsed());
    assert!(payload.components.len() > 150, "{}", payload.components.len());
    assert!(releases[0].ends_with(&*payload.name), "{} {}", payload.name, releases[0]);
    let told = desk.world.registry().digest("quay.io/okd/scos-release", &payload.name).expect("it is there");
    assert_eq!(payload.digest.as_str(), told, "the digest is the top manifest's");
    assert!(payload.list && payload.architectures.contains(&"amd64".into()), "{:?}", payload.architectures);
    assert!(payload.coreos().is_some() && payload.created.is_some(), "{:?}", payload.versions);
    assert!(payload.oddities.is_empty(), "{:?}", payload.oddities);
    assert!(!payload.rings.is_empty() && !payload.stores.is_empty());
    assert!(payload.components.iter().all(|c| c.commit.is_some() && c.commit_page().is_some()));
    let (name, fingerprint, _) = desk.world.signing_keys().remove(0);
    assert!(payload.rings.iter().any(|ring| ring.fingerprints.iter().any(|f| **f == *fingerprint)), "{name}");

    let begun = Instant::now();
    let weights = desk.weights(&releases[0]).await.expect("they are weighed");
    println!("{} anonymous checks: {:?}", weights.len(), begun.elapsed());
    let again = Instant::now();
    desk.weights(&releases[0]).await.expect("they are weighed again");
    println!("{} anonymous checks again: {:?}", weights.len(), again.elapsed());
    assert_eq!(weights.len(), payload.components.len());
    for (weight, component) in weights.iter().zip(&payload.components) {
        assert_eq!((&weight.component, &weight.refused), (&component.name, &None));
        assert!(weight.size.is_some_and(|size| size > 0) && !weight.architectures.is_empty(), "{weight:?}");
    }
    assert!(weights.iter().any(|w| w.architectures.len() == 2), "one component has two architectures");

    let signed = desk.signed(&releases[0]).await.expect("the store answers");
    assert_eq!(signed.good().map(|(key, _)| &*key.fingerprint), Some(&*fingerprint), "{signed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_was_read_by_its_digest_is_not_asked_for_again() {
    let desk = desk().await;
    let image = &desk.releases()[0];
    let payload = desk.payload(image).await.expect("it is read");
    let before = desk.world.registry().asked().len();
    let pinned = format!("quay.io/okd/scos-release@{}", payload.digest);
    let again = desk.payload(&pinned).await.expect("it is here");
    assert_eq!((again.digest, again.image.to_string()), (payload.digest, pinned));
    assert_eq!(desk.world.registry().asked().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_ask_at_once_share_one_reading() {
    let desk = desk().await;
    let image = &desk.releases()[0];
    let (one, two, weights) = tokio::join!(desk.payload(image), desk.payload(image), desk.weights(image));
    assert_eq!(one.expect("read"), two.expect("read"));
    assert!(weights.expect("weighed").len() > 150);
    let asked = desk.world.registry().asked();
    let layers = asked.iter().filter(|a| a.contains("/v2/okd/scos-release/blobs/")).count();
    assert_eq!(layers, 1, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_releases_differ_in_what_was_changed() {
    let desk = desk().await;
    let releases = desk.releases();
    let (new, old) = (desk.payload(&releases[0]).await.expect("read"), desk.payload(&releases[1]).await.expect("read"));
    let begun = Instant::now();
    let diff = PayloadDiff::between(&old, &new);
    println!("diff of two payloads in memory: {:?}", begun.elapsed());
    assert!(!diff.changes.is_empty() && diff.same > 0);
    assert!(new.same_components(&new) && !new.same_components(&old));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_payload_has_its_sentence() {
    let desk = desk().await;
    for (twin, kind, word) in [
        ("truncated", FailureKind::Broken, "its last layer: the answer broke off: the connection was closed, after"),
        ("cut-layer", FailureKind::Broken, "it ends early"),
        ("digest-mismatch", FailureKind::Broken, "was asked for"),
        ("bomb", FailureKind::Broken, "it unpacks to more than weir reads"),
        ("huge-references", FailureKind::Broken, "its image-references has"),
        ("odd-manifest", FailureKind::Broken, "weir does not know manifests of the type"),
        ("loop", FailureKind::Broken, "it redirects in a circle"),
    ] {
        let begun = Instant::now();
        let failure = desk.payload(&bad(twin)).await.err().unwrap_or_else(|| panic!("{twin} was read"));
        println!("{twin}: {failure} ({:?})", begun.elapsed());
        assert!(failure.sentence().contains(word), "{twin}: {failure}");
        assert!(failure.kind == kind || twin == "truncated" && failure.kind == FailureKind::Offline, "{failure:?}");
        assert!(failure.sentence().contains("origin/bad") && failure.sentence().len() < 300, "{failure}");
    }
    let twice = desk.payload(&bad("duplicate-component")).await.expect("it is read all the same");
    assert!(twice.oddities.iter().any(|odd| odd.contains("is in it twice")), "{:?}", twice.oddities);
    let out = desk.payload(&bad("dotdot")).await.expect("it is read all the same");
    assert!(out.oddities.iter().any(|odd| odd.contains("leaves its folder")), "{:?}", out.oddities);
    let single = desk.payload(&bad("single")).await.expect("an image is a payload too");
    assert!(!single.list && single.architectures == ["amd64".into()], "{:?}", single.architectures);
    let ring = desk.payload(&bad("wrong-ring")).await.expect("the ring is for a gate to judge");
    let (_, fingerprint, _) = desk.world.signing_keys().remove(0);
    assert!(ring.rings.iter().all(|ring| !ring.fingerprints.iter().any(|f| **f == *fingerprint)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_not_everybody_may_pull_is_named() {
    let desk = desk().await;
    let weights = desk.weights(&bad("private-component")).await.expect("the others are weighed");
    let refused: Vec<&Weight> = weights.iter().filter(|w| w.refused.is_some()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    let sentence = refused[0].refused.as_deref().unwrap_or_default();
    assert!(sentence.contains("scos-private") && sentence.contains("asked anonymous"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signature_of_the_world_has_its_verdict() {
    let desk = desk().await;
    let unsigned = desk.signed(&bad("unsigned")).await.expect("the store answers");
    assert!(unsigned.signatures.is_empty() && unsigned.sentence().contains("no signature"));
    let stranger = desk.signed(&bad("stranger")).await.expect("the store answers");
    assert!(matches!(stranger.signatures[0].verdict, SignatureVerdict::Stranger { .. }), "{stranger:?}");
    let second = desk.signed(&bad("second-signature")).await.expect("the store answers");
    assert!(second.signatures.len() == 2 && second.good().is_some(), "{second:?}");
    let other = desk.signed(&bad("other-digest")).await.expect("the store answers");
    assert!(matches!(other.signatures[0].verdict, SignatureVerdict::OtherDigest { .. }), "{other:?}");
    let reference = desk.signed(&bad("other-reference")).await.expect("the store answers");
    let (_, inside) = reference.good().expect("the digest is right");
    assert!(!inside.contains("origin/bad"), "{inside}");

    desk.world.web().faults(|faults| faults.signatures_status = Some(503));
    let failure = desk.signed(&bad("unsigned")).await.expect_err("what cannot be read is not `unsigned`");
    assert_eq!(failure.kind, FailureKind::Offline, "{failure}");
    desk.world.web().faults(|faults| (faults.signatures_status, faults.huge_signatures) = (None, true));
    let begun = Instant::now();
    let huge = desk.signed(&bad("stranger")).await.expect("the store answers");
    assert!(huge.sentence().contains("larger than 50 KiB"), "{}", huge.sentence());
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_in_the_middle_and_a_429_stop_nothing() {
    let desk = desk().await;
    let image = &desk.releases()[0];
    desk.world.registry().faults(|faults| faults.token_uses = Some(40));
    let weights = desk.weights(image).await.expect("they are weighed");
    assert!(weights.len() > 150 && weights.iter().all(|w| w.refused.is_none()), "{weights:?}");
    let tokens = desk.world.registry().asked().iter().filter(|asked| asked.contains("/token")).count();
    assert!(tokens > 4, "the token ended some times: {tokens}");
    assert!(tokens < 60, "and was made anew once each time: {tokens}");

    desk.world.registry().faults(|faults| (faults.token_uses, faults.throttled, faults.retry_after) = (None, 2, 1));
    let begun = Instant::now();
    desk.payload(&desk.releases()[1]).await.expect("it waits as asked");
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    desk.world.registry().faults(|faults| (faults.throttled, faults.retry_after) = (1000, 3600));
    let failure = desk.payload(&bad("single")).await.expect_err("an hour is too long");
    assert_eq!(failure.kind, FailureKind::Throttled, "{failure}");
}
