//! `/releasetag/{tag}/json`: a release image as `oc adm release info -o json` prints it.
//!
//! The digest shown is the amd64 manifest's and `listDigest` is empty, also where the tag is a list.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::{Answer, JSON, json_text};
use super::changelog::stamp;
use super::images::{Component, Image, Images};
use super::story::Story;

pub fn answer(story: &Story, images: &dyn Images, name: &str, now: Timestamp) -> Answer {
    let Some((stream, tag)) = story.tag(name, now) else {
        return Answer::error(400, format_args!("could not find tag: {name}"));
    };
    let pull_spec = stream.pull_spec(tag, now);
    if pull_spec.is_empty() {
        let target = stream.image_stream();
        return Answer::error(400, format_args!("could not find pull spec for tag {name} in image stream {target}"));
    }
    let Some(image) = images.image(&pull_spec) else {
        return Answer::error(
            400,
            format_args!(
                "unable to determine image info for {pull_spec}: could not get image info for from pullSpec {pull_spec}: could not get image info for {pull_spec}: error: unable to read image {pull_spec}: manifest unknown\n"
            ),
        );
    };
    let mut body = json_text(&shown(&pull_spec, &image), b"  ");
    body.push(b'\n');
    Answer::new(200, JSON, body)
}

fn shown(pull_spec: &str, image: &Image) -> Value {
    let repository = pull_spec.split('@').next().unwrap_or_default();
    // A colon after the last slash begins the tag, one before it the port.
    let repository = match repository.rsplit_once(':') {
        Some((start, tag)) if !tag.contains('/') => start,
        _ => repository,
    };
    let created = stamp(image.created);
    let mut annotations = Map::new();
    for (key, value) in [("from-image-stream", &image.from_image_stream), ("from-release", &image.from_release)] {
        if let Some(value) = value {
            annotations.insert(format!("release.openshift.io/{key}"), value.as_str().into());
        }
    }
    let mut meta = json!({"name": image.version, "creationTimestamp": created});
    if !annotations.is_empty() {
        meta["annotations"] = annotations.into();
    }
    let (mut displayed, mut tags) = (BTreeMap::new(), BTreeMap::new());
    for component in &image.components {
        for (key, version) in &component.versions {
            let name = component.display_names.iter().find(|(known, _)| known == key);
            let name = name.map_or("", |(_, name)| name);
            displayed.insert(key.as_str(), json!({"Version": version, "DisplayName": name}));
            tags.insert(key.as_str(), component.name.as_str());
        }
    }
    let components: Vec<Value> = image.components.iter().map(tag).collect();
    json!({
        "image": format!("{repository}@{}", image.digest),
        "digest": image.digest,
        "contentDigest": image.digest,
        "listDigest": "",
        "config": {
            "id": "",
            "created": created,
            "container_config": {},
            "config": {
                "Entrypoint": ["/usr/bin/cluster-version-operator"],
                "Labels": {
                    "io.openshift.release": image.version,
                    "io.openshift.release.base-image-digest": image.base,
                },
            },
            "architecture": "amd64",
            "size": image.size,
            "rootfs": {"type": "layers", "diff_ids": [image.layer]},
            "history": [{"created": created, "comment": "Release image"}],
            "os": "linux",
        },
        "metadata": {"kind": "cincinnati-metadata-v0", "version": image.version, "previous": image.previous},
        "references": {
            "kind": "ImageStream",
            "apiVersion": "image.openshift.io/v1",
            "metadata": meta,
            "spec": {"lookupPolicy": {"local": false}, "tags": components},
            "status": {"dockerImageRepository": ""},
        },
        "versions": null,
        "displayVersions": displayed,
        "versionsTags": tags,
        "images": null,
        "warnings": null,
    })
}

fn tag(component: &Component) -> Value {
    let joined = |pairs: &[(String, String)]| {
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    };
    let mut annotations = json!({
        "io.openshift.build.commit.id": component.commit,
        "io.openshift.build.commit.ref": component.branch,
        "io.openshift.build.source-location": component.repository,
    });
    if !component.display_names.is_empty() {
        annotations["io.openshift.build.version-display-names"] = joined(&component.display_names).into();
    }
    if !component.versions.is_empty() {
        annotations["io.openshift.build.versions"] = joined(&component.versions).into();
    }
    json!({
        "name": component.name,
        "annotations": annotations,
        "from": {"kind": "DockerImage", "name": component.image},
        "generation": null,
        "importPolicy": {},
        "referencePolicy": {"type": "Source"},
    })
}
