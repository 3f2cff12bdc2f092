//! The files of a payload's last layer, and the layer made of them.

use flate2::Compression;
use serde_json::{Map, Value, json};

use super::layer::{Archive, gzip};
use super::release::{Origin, Release};
use super::stream::{CHUNK, Repeated};
use super::twin::Twin;

const STORE: &str = "https://storage.googleapis.com/openshift-ci-release/releases/signatures/openshift/release";
const OTHER_STORE: &str = "https://storage.googleapis.com/openshift-release/official/signatures/openshift/release";
/// Bytes of blanks that make `image-references` longer than 100 MB.
const BLANKS: usize = 101;
const GIGABYTES: usize = 4;

pub(super) fn layer(release: &Release) -> Vec<u8> {
    let files = files(release);
    match release.twin {
        Some(Twin::Bomb) => bomb(&files),
        Some(Twin::HugeReferences) => huge_references(&files),
        Some(Twin::CutLayer) => {
            let mut whole = packed(&files);
            whole.truncate(whole.len() / 2);
            whole
        }
        _ => packed(&files),
    }
}

/// The tar inside, for its digest; of the outsized ones only what is small.
pub(super) fn tar(release: &Release) -> Vec<u8> {
    archive(&files(release)).end()
}

fn packed(files: &[(String, String)]) -> Vec<u8> {
    gzip(&archive(files).end(), Compression::fast())
}

fn archive(files: &[(String, String)]) -> Archive {
    let mut archive = Archive::default();
    for (path, content) in files {
        archive.add(path, content.as_bytes());
    }
    archive
}

fn bomb(files: &[(String, String)]) -> Vec<u8> {
    let mut file = Repeated::default();
    let mut first = Archive::default();
    first.begin("release-manifests/0000_00_zeros.yaml", (GIGABYTES * 1024 * CHUNK) as u64 - 512);
    file.add(&first.so_far());
    file.repeat(&vec![0; CHUNK], GIGABYTES * 1024);
    file.add(&archive(files).end());
    file.end()
}

fn huge_references(files: &[(String, String)]) -> Vec<u8> {
    let (path, references) = &files[0];
    let mut file = Repeated::default();
    let mut head = Archive::default();
    let size = BLANKS * CHUNK + references.len();
    head.begin(path, size as u64);
    file.add(&head.so_far());
    file.repeat(&vec![b' '; CHUNK], BLANKS);
    file.add(references.as_bytes());
    file.add(&vec![0; size.next_multiple_of(512) - size]);
    file.add(&archive(&files[1..]).end());
    file.end()
}

/// `image-references` first, as `oc` writes them.
fn files(release: &Release) -> Vec<(String, String)> {
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("a JSON value is written as it is");
    let mut files = vec![
        ("release-manifests/image-references".to_owned(), pretty(&references(release))),
        ("release-manifests/release-metadata".to_owned(), pretty(&metadata(release))),
        ("release-manifests/0000_90_cluster-update-keys_configmap.yaml".to_owned(), key_ring(release)),
    ];
    if release.twin == Some(Twin::DotDot) {
        files.insert(1, ("../evil".to_owned(), "this must be written nowhere\n".to_owned()));
    }
    let operators = release.components.iter().filter(|component| component.name.ends_with("-operator"));
    for (at, component) in operators.enumerate() {
        let name = &component.name;
        let path = format!("release-manifests/0000_{:02}_{name}_01_deployment.yaml", 10 + at % 70);
        let image = release.pull_spec(component);
        let content = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: openshift-{name}\nspec:\n  \
             template:\n    spec:\n      containers:\n      - name: {name}\n        image: {image}\n"
        );
        files.push((path, content));
    }
    files
}

fn metadata(release: &Release) -> Value {
    json!({ "kind": "cincinnati-metadata-v0", "version": release.name, "previous": release.previous })
}

fn references(release: &Release) -> Value {
    let tag = |component: &super::Component| {
        let mut annotations = Map::new();
        annotations.insert("io.openshift.build.commit.id".into(), json!(component.commit));
        annotations.insert("io.openshift.build.commit.ref".into(), json!(component.branch));
        annotations.insert("io.openshift.build.source-location".into(), json!(component.repository));
        if let Some(names) = component.display_names() {
            annotations.insert("io.openshift.build.version-display-names".into(), json!(names));
        }
        if let Some(versions) = &component.versions {
            annotations.insert("io.openshift.build.versions".into(), json!(versions));
        }
        json!({
            "name": component.name,
            "annotations": annotations,
            "from": { "kind": "DockerImage", "name": release.pull_spec(component) },
            "generation": null,
            "importPolicy": {},
            "referencePolicy": { "type": "Source" },
        })
    };
    let mut tags: Vec<Value> = release.components.iter().map(|component| tag(component)).collect();
    if let (Some(Twin::DuplicateComponent), Some(at)) = (release.twin, release.position("cli")) {
        let mut again = tags[at].clone();
        again["from"]["name"] = tags[0]["from"]["name"].clone();
        tags.insert(at + 1, again);
    }
    let annotations = match &release.origin {
        Origin::ImageStream(name) => json!({ "release.openshift.io/from-image-stream": name }),
        Origin::Release(pull_spec) => json!({ "release.openshift.io/from-release": pull_spec }),
    };
    json!({
        "kind": "ImageStream",
        "apiVersion": "image.openshift.io/v1",
        "metadata": { "name": release.name, "creationTimestamp": release.created.to_string(), "annotations": annotations },
        "spec": { "lookupPolicy": { "local": false }, "tags": tags },
        "status": { "dockerImageRepository": "" },
    })
}

fn key_ring(release: &Release) -> String {
    let good = release.twin != Some(Twin::WrongRing);
    let (ring, store_name, store, key) = match good {
        true => ("verifier-public-key-ci", "store-openshift-ci-release", STORE, &release.ring),
        false => ("verifier-public-key-redhat", "store-openshift-official-release", OTHER_STORE, &release.other_ring),
    };
    let key = key.lines().fold(String::new(), |text, line| text + "    " + line + "\n");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: release-verification\n  namespace: openshift-config-managed\n  \
         annotations:\n    include.release.openshift.io/self-managed-high-availability: \"true\"\n    \
         release.openshift.io/verification-config-map: \"\"\ndata:\n  {ring}: |\n{key}  {store_name}: {store}\n"
    )
}
