//! ImageStreams of the release-controller's cluster and their tags, as the image API shows them.
//!
//! Invariant: what stands in `spec.tags` stands in `status.tags` under the same name, imported or said not to be. The
//! digest of a build nobody has read yet is left empty there, for the real one would take a whole image each.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::payload_object::NAMESPACE;
use super::story::{Stream, Tag};
use crate::clock::stamp;
use crate::outside::Outside;

const INTERNAL: &str = "image-registry.openshift-image-registry.svc:5000";
const PUBLIC: &str = "registry.ci.openshift.org";

/// One tag with the channel that watches it, if any does.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) stream: Option<&'a Stream>,
    pub(super) tag: &'a Tag,
}

/// `metadata`, `spec` and `status` of a whole ImageStream; `held` in the order of names.
pub(super) fn image_stream(name: &str, held: &[Held<'_>], outside: &dyn Outside, now: Timestamp) -> Value {
    let spec: Vec<Value> = held.iter().map(|one| spec_tag(name, one, now)).collect();
    let status: Vec<Value> = held.iter().map(|one| status_tag(name, one, outside, now)).collect();
    json!({
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"lookupPolicy": {"local": false}, "tags": spec},
        "status": {
            "dockerImageRepository": format!("{INTERNAL}/{NAMESPACE}/{name}"),
            "publicDockerImageRepository": format!("{PUBLIC}/{NAMESPACE}/{name}"),
            "tags": status,
        },
    })
}

/// The image a tag points to: somebody's elsewhere, or the one the controller pushed here.
fn source(name: &str, tag: &Tag) -> String {
    tag.image.clone().unwrap_or_else(|| format!("{PUBLIC}/{NAMESPACE}/{name}:{}", tag.name))
}

fn spec_tag(name: &str, held: &Held<'_>, now: Timestamp) -> Value {
    let tag = held.tag;
    let mut annotations = json!({});
    for (key, value) in &tag.annotations {
        annotations[key] = value.as_str().into();
    }
    if let Some(stream) = held.stream {
        let phase = tag.annotated.unwrap_or_else(|| tag.judged_at(now)).word();
        let from = if stream.is_stable() { name.to_owned() } else { stream.config.mirror_prefix.clone() };
        for (key, value) in [
            ("creationTimestamp", stamp(tag.created)),
            ("generation", "2".to_owned()),
            ("name", stream.config.name.clone()),
            ("phase", phase.to_owned()),
            ("releaseTag", tag.name.clone()),
            ("source", format!("{NAMESPACE}/{from}")),
        ] {
            annotations[format!("release.openshift.io/{key}")] = value.into();
        }
    }
    json!({
        "name": tag.name,
        "annotations": annotations,
        "from": {"kind": "DockerImage", "name": source(name, tag)},
        "generation": 2,
        "importPolicy": {"importMode": "PreserveOriginal"},
        "referencePolicy": {"type": "Source"},
    })
}

fn status_tag(name: &str, held: &Held<'_>, outside: &dyn Outside, now: Timestamp) -> Value {
    let tag = held.tag;
    let image = source(name, tag);
    // A build that was not made, or not yet, is a tag without an image.
    let absent = held.stream.is_some_and(|stream| !stream.is_stable() && stream.pull_spec(tag, now).is_empty());
    // Of hundreds of builds only those are known that somebody has read.
    let built_here = held.stream.is_some_and(|stream| !stream.is_stable());
    let digest = match built_here {
        true => Some(outside.known_digest(&image).unwrap_or_default()),
        false => tag.imported.clone(),
    };
    match digest.filter(|_| !absent) {
        Some(digest) => {
            let by_digest = format!("{}@{digest}", repository_of(&image));
            json!({"tag": tag.name, "items": [{
                "created": stamp(tag.created),
                "dockerImageReference": if digest.is_empty() { image } else { by_digest },
                "image": digest,
                "generation": 2,
            }]})
        }
        None => json!({"tag": tag.name, "items": null, "conditions": [{
            "type": "ImportSuccess",
            "status": "False",
            "reason": "NotFound",
            "message": format!("dockerimage.image.openshift.io \"{image}\" not found"),
            "generation": 2,
            "lastTransitionTime": stamp(tag.created),
        }]}),
    }
}

/// A pull spec without its tag or digest.
pub(super) fn repository_of(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or_default();
    match bare.rsplit_once(':') {
        Some((start, tag)) if !tag.contains('/') => start,
        _ => bare,
    }
}

/// One tag as an ImageStreamTag, taken from the stored ImageStream.
pub(crate) fn image_stream_tag(stream: &Value, name: &str) -> Option<Value> {
    let find = |list: &Value, key: &str| list.as_array()?.iter().find(|tag| tag[key] == name).cloned();
    let spec = find(&stream["spec"]["tags"], "name")?;
    let status = find(&stream["status"]["tags"], "tag").unwrap_or_default();
    let item = &status["items"][0];
    let meta = &stream["metadata"];
    let mut tag = json!({
        "kind": "ImageStreamTag",
        "apiVersion": "image.openshift.io/v1",
        "metadata": {
            "name": format!("{}:{name}", meta["name"].as_str().unwrap_or_default()),
            "namespace": meta["namespace"],
            "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"],
            "creationTimestamp": if item["created"].is_string() { &item["created"] } else { &meta["creationTimestamp"] },
            "annotations": spec["annotations"],
        },
        "tag": spec,
        "generation": 2,
        "lookupPolicy": {"local": false},
        "image": {"metadata": {}, "dockerImageLayers": null, "dockerImageMetadata": null},
    });
    if item["image"].is_string() {
        tag["image"]["metadata"] = json!({"name": item["image"], "creationTimestamp": item["created"]});
        tag["image"]["dockerImageReference"] = item["dockerImageReference"].clone();
    }
    if status["conditions"].is_array() {
        tag["conditions"] = status["conditions"].clone();
    }
    Some(tag)
}
