//! The release-controller's cluster from outside: payload objects, decisions, tags and the rights to them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::typical;
use super::wire::{Caller, told};
use crate::World;
use crate::releases::Phase;

const PAYLOADS: &str = "/apis/release.openshift.io/v1alpha1/namespaces/origin/releasepayloads";
const IMAGES: &str = "/apis/image.openshift.io/v1/namespaces/origin";

fn phase(payload: &Value) -> &'static str {
    let is = |kind: &str| {
        let all = payload["status"]["conditions"].as_array().unwrap();
        all.iter().any(|one| one["type"] == kind && one["status"] == "True")
    };
    let words = [("PayloadAccepted", "Accepted"), ("PayloadFailed", "Failed"), ("PayloadRejected", "Rejected")];
    words
        .into_iter()
        .chain([("PayloadCreated", "Ready")])
        .find(|(kind, _)| is(kind))
        .map_or("Pending", |(_, word)| word)
}

fn condition<'a>(payload: &'a Value, kind: &str) -> &'a Value {
    let all = payload["status"]["conditions"].as_array().unwrap();
    all.iter().find(|one| one["type"] == kind).unwrap()
}

fn decision(word: &str, reason: &str) -> Value {
    json!({"spec": {"payloadOverride": {"override": word, "reason": reason}}})
}

/// The phase the HTTP API shows.
async fn shown(world: &World, stream: &str, tag: &str) -> String {
    let list = told(world, &format!("/api/v1/releasestream/{stream}/tags")).await.json();
    let found = list["tags"].as_array().unwrap().iter().find(|one| one["name"] == tag).unwrap().clone();
    found["phase"].as_str().unwrap().to_owned()
}

/// A tag of the stream in that phase.
async fn one_of(world: &World, stream: &str, phase: &str) -> String {
    let list = told(world, &format!("/api/v1/releasestream/{stream}/tags?phase={phase}")).await.json();
    list["tags"][0]["name"].as_str().unwrap_or_else(|| panic!("{stream} has no {phase} tag")).to_owned()
}

#[tokio::test]
async fn every_payload_object_says_what_the_http_api_says() {
    let world = typical().await;
    let list = Caller::new(&world, "app.ci", "operator").get(PAYLOADS).await.json();
    let payloads: BTreeMap<_, _> =
        list["items"].as_array().unwrap().iter().map(|one| (one["metadata"]["name"].to_string(), phase(one))).collect();
    let streams = told(&world, "/api/v1/releasestreams/all").await.json();
    let mut compared = 0;
    for stream in streams.as_object().unwrap().keys() {
        let tags = told(&world, &format!("/api/v1/releasestream/{stream}/tags")).await.json();
        for tag in tags["tags"].as_array().unwrap().iter().filter(|tag| tag["phase"] != "Unknown") {
            assert_eq!(payloads.get(&tag["name"].to_string()).copied(), tag["phase"].as_str(), "{tag}");
            compared += 1;
        }
    }
    assert!(compared > 80, "{compared}");
    let by_hand = list["items"].as_array().unwrap().iter().find(|one| !one["spec"]["payloadOverride"].is_null());
    let accepted = condition(by_hand.unwrap(), "PayloadAccepted");
    assert_eq!(accepted["reason"], "ReleasePayloadManuallyAccepted");
    assert!(!accepted["message"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_decision_is_seen_over_http_and_taken_back_lets_the_jobs_decide_again() {
    let world = typical().await;
    let trt = Caller::new(&world, "app.ci", "trt");
    let stream = "5.0.0-0.okd-scos-nightly";
    let tag = one_of(&world, stream, "Accepted").await;
    let path = format!("{PAYLOADS}/{tag}");
    for (patch, wanted, reason) in [
        (decision("Rejected", "bad kernel"), "Rejected", "ReleasePayloadManuallyRejected"),
        (decision("Accepted", "good after all"), "Accepted", "ReleasePayloadManuallyAccepted"),
        (decision("rejected", "lower case"), "Accepted", "ReleasePayloadAccepted"),
        (json!({"spec": {"payloadOverride": null}}), "Accepted", "ReleasePayloadAccepted"),
    ] {
        assert_eq!(trt.merge(&path, &patch).await.code, 200);
        assert_eq!(shown(&world, stream, &tag).await, wanted, "{patch}");
        let seen = trt.until(&path, |one| condition(one, "PayloadAccepted")["reason"] == reason).await;
        assert_eq!(phase(&seen), wanted);
    }
}

#[tokio::test]
async fn nobody_accepts_what_failed_and_what_is_pending_waits() {
    let world = typical().await;
    let trt = Caller::new(&world, "app.ci", "trt");
    let failed = one_of(&world, "4.21.0-0.okd-scos", "Failed").await;
    let pending = one_of(&world, "4.21.0-0.okd-scos", "Pending").await;
    for tag in [&failed, &pending] {
        let stored = trt.merge(&format!("{PAYLOADS}/{tag}"), &decision("Accepted", "wishful")).await.json();
        assert_eq!(stored["spec"]["payloadOverride"]["override"], "Accepted");
    }
    assert_eq!(shown(&world, "4.21.0-0.okd-scos", &failed).await, "Failed");
    assert_eq!(shown(&world, "4.21.0-0.okd-scos", &pending).await, "Pending");
    // Its image is there after five minutes; no job is waited for.
    world.control().hold();
    world.control().step(std::time::Duration::from_secs(301));
    assert_eq!(shown(&world, "4.21.0-0.okd-scos", &pending).await, "Accepted");
    let seen = trt.until(&format!("{PAYLOADS}/{pending}"), |one| phase(one) == "Accepted").await;
    assert_eq!(condition(&seen, "PayloadAccepted")["message"], "wishful");
}

#[tokio::test]
async fn an_operator_reads_payloads_and_tags_but_does_not_decide() {
    let world = typical().await;
    let operator = Caller::new(&world, "app.ci", "operator");
    let tag = one_of(&world, "5.0.0-0.okd-scos-nightly", "Accepted").await;
    let refused = operator.merge(&format!("{PAYLOADS}/{tag}"), &decision("Rejected", "no")).await;
    assert_eq!(refused.code, 403);
    let may = async |who: &Caller<'_>, verb: &str, group: &str, resource: &str| {
        let review = json!({
            "kind": "SelfSubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "spec": {"resourceAttributes": {
                "namespace": "origin", "verb": verb, "group": group, "resource": resource,
            }},
        });
        let answer = who.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await.json();
        answer["status"]["allowed"] == true
    };
    let trt = Caller::new(&world, "app.ci", "trt");
    assert!(!may(&operator, "patch", "release.openshift.io", "releasepayloads").await);
    assert!(may(&operator, "get", "release.openshift.io", "releasepayloads").await);
    assert!(may(&operator, "create", "image.openshift.io", "imagestreamtags").await);
    assert!(may(&trt, "patch", "release.openshift.io", "releasepayloads").await);
    world.control().forbid("app.ci", "patch", "releasepayloads");
    assert!(!may(&trt, "patch", "release.openshift.io", "releasepayloads").await);
    assert_eq!(trt.merge(&format!("{PAYLOADS}/{tag}"), &decision("Rejected", "no")).await.code, 403);
}

#[tokio::test]
async fn a_patch_with_the_version_that_was_read_does_not_overwrite_anothers_decision() {
    let world = typical().await;
    let trt = Caller::new(&world, "app.ci", "trt");
    let stream = "5.0.0-0.okd-scos-nightly";
    let tag = one_of(&world, stream, "Accepted").await;
    let path = format!("{PAYLOADS}/{tag}");
    let read = trt.get(&path).await.json();
    world.control().decide("app.ci", &tag, Some(("Rejected", "somebody else's reason")));
    let mut patch = decision("Accepted", "mine");
    patch["metadata"]["resourceVersion"] = read["metadata"]["resourceVersion"].clone();
    assert_eq!(trt.merge(&path, &patch).await.code, 409);
    assert_eq!(shown(&world, stream, &tag).await, "Rejected");
    world.control().disagree(&tag, Phase::Accepted);
    trt.until(&path, |one| phase(one) == "Accepted").await;
    assert_eq!(shown(&world, stream, &tag).await, "Rejected");
}

#[tokio::test]
async fn a_new_tag_leaves_the_others_alone_and_its_channel_adopts_it() {
    let world = typical().await;
    let operator = Caller::new(&world, "app.ci", "operator");
    let stream = format!("{IMAGES}/imagestreams/release-scos");
    let names = |value: &Value| -> Vec<String> {
        value["spec"]["tags"].as_array().unwrap().iter().map(|tag| tag["name"].to_string()).collect()
    };
    let before = names(&operator.get(&stream).await.json());
    let source = one_of(&world, "4-scos-stable", "Accepted").await;
    let held = operator.get(&format!("{IMAGES}/imagestreamtags/release-scos:{source}")).await.json();
    let image = held["image"]["dockerImageReference"].as_str().unwrap();
    assert!(image.starts_with("quay.io/okd/scos-release@sha256:"), "{image}");
    let tag = json!({
        "kind": "ImageStreamTag",
        "apiVersion": "image.openshift.io/v1",
        "metadata": {"name": "release-scos:4.21.0-okd-scos.8"},
        "tag": {"from": {"kind": "DockerImage", "name": image}},
    });
    let tags = format!("{IMAGES}/imagestreamtags");
    world.control().hold();
    assert_eq!(operator.create(&tags, &tag).await.code, 201);
    assert_eq!(operator.create(&tags, &tag).await.code, 409);
    let after = operator.get(&stream).await.json();
    assert_eq!(names(&after).len(), before.len() + 1);
    assert!(before.iter().all(|name| names(&after).contains(name)));
    let item =
        after["status"]["tags"].as_array().unwrap().iter().find(|one| one["tag"] == "4.21.0-okd-scos.8").unwrap();
    assert!(image.ends_with(item["items"][0]["image"].as_str().unwrap()), "{item}");
    let seen = async || shown(&world, "4-scos-stable", "4.21.0-okd-scos.8").await;
    assert_eq!(seen().await, "Pending");
    world.control().step(std::time::Duration::from_secs(5));
    assert_eq!(seen().await, "Ready");
    let payload = operator.until(&format!("{PAYLOADS}/4.21.0-okd-scos.8"), |one| phase(one) == "Ready").await;
    let jobs = payload["status"]["blockingJobResults"].as_array().unwrap();
    assert!(jobs.len() == 2 && jobs.iter().all(|job| job["state"] == "Pending"), "{jobs:?}");
    world.control().step(std::time::Duration::from_secs(120));
    assert_eq!(seen().await, "Accepted");
    let path = format!("{tags}/release-scos:4.21.0-okd-scos.8");
    assert_eq!(operator.ask("DELETE", &path, "application/json", "").await.code, 200);
    let left = names(&operator.get(&stream).await.json());
    let gone: Vec<_> = before.iter().filter(|name| !left.contains(name)).collect();
    assert!(gone.is_empty() && !left.contains(&"\"4.21.0-okd-scos.8\"".to_owned()), "{gone:?}");
    assert_eq!(operator.get(&format!("{PAYLOADS}/4.21.0-okd-scos.8")).await.code, 404);
}

#[tokio::test]
async fn a_push_to_an_images_tag_changes_nothing_in_the_image_streams_that_imported_it() {
    let world = typical().await;
    let operator = Caller::new(&world, "app.ci", "operator");
    world.control().hold();
    let (old, new) = (one_of(&world, "4-scos-stable", "Accepted").await, "4.21.0-okd-scos.8");
    let tags = format!("{IMAGES}/imagestreamtags");
    let held = async |name: &str| {
        let tag = operator.get(&format!("{tags}/release-scos:{name}")).await.json();
        tag["image"]["metadata"]["name"].as_str().unwrap().to_owned()
    };
    let first = held(&old).await;
    let repository = "quay.io/okd/scos-release";
    let tag = json!({
        "kind": "ImageStreamTag",
        "apiVersion": "image.openshift.io/v1",
        "metadata": {"name": format!("release-scos:{new}")},
        "tag": {"from": {"kind": "DockerImage", "name": format!("{repository}:{old}")}},
    });
    assert_eq!(operator.create(&tags, &tag).await.code, 201);
    let nightly = world.control().accept_new("5.0.0-0.okd-scos-nightly").unwrap();
    let other = world.registry().digest("registry.ci.openshift.org/origin/release-scos", &nightly).unwrap();
    assert_ne!(first, other);
    world.registry().tag(repository, &old, &other);
    // The new tag's release becomes Ready, which writes the ImageStream anew.
    world.control().step(std::time::Duration::from_secs(5));
    assert_eq!(shown(&world, "4-scos-stable", new).await, "Ready");
    operator.until(&format!("{PAYLOADS}/{new}"), |one| phase(one) == "Ready").await;
    assert_eq!((held(&old).await, held(new).await), (first.clone(), first));
}

#[tokio::test]
async fn an_image_stream_is_never_written_as_a_whole_and_other_clusters_have_none() {
    let world = typical().await;
    let trt = Caller::new(&world, "app.ci", "trt");
    let stream = format!("{IMAGES}/imagestreams/release-scos-next");
    assert_eq!(trt.merge(&stream, &json!({"spec": {"tags": []}})).await.code, 405);
    assert_eq!(trt.ask("PUT", &stream, "application/json", "{}").await.code, 405);
    let admin = Caller::new(&world, "moc", "admin");
    assert_eq!(admin.get(PAYLOADS).await.code, 404);
    let groups = admin.get("/apis").await.body;
    assert!(!groups.contains("release.openshift.io") && !groups.contains("image.openshift.io"));
    assert!(trt.get("/apis").await.body.contains("release.openshift.io/v1alpha1"));
}
