//! One component of a payload as an image: its layers, its configuration, its manifest or list of two.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use super::layer::Layer;
use super::source::{Build, Pick};
use super::{Blob, Family, Shelf, digest_of};

/// The component that is there for two architectures everywhere.
const BOTH: &str = "cli";

/// A component and the digests of everything its image consists of.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) commit: String,
    /// When the commit was made, in seconds.
    pub(crate) since: u64,
    /// Branch.
    pub(crate) branch: String,
    /// `https://github.com/openshift/oc`.
    pub(crate) repository: String,
    /// `kubectl=1.34.2`; most components say nothing.
    pub(crate) versions: Option<String>,
    /// Of the manifest, or of the list.
    pub(crate) digest: String,
    /// All manifests and blobs, the top one among them.
    pub(super) parts: Vec<String>,
}

impl Component {
    pub(crate) fn parts(&self) -> &[String] {
        &self.parts
    }

    /// `machine-os=CentOS Stream CoreOS`, for the node image.
    pub(crate) fn display_names(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "stream-coreos" => Some("machine-os=CentOS Stream CoreOS"),
            "fedora-coreos" => Some("machine-os=Fedora CoreOS"),
            _ => None,
        }
    }
}

/// An image without its place: what a list says of it.
pub(super) struct Image {
    pub(super) digest: String,
    pub(super) size: usize,
    pub(super) parts: Vec<String>,
}

pub(super) fn component(shelf: &mut impl Shelf, minor: &str, build: Build, pick: &Pick) -> Arc<Component> {
    let seed = pick.seed(minor, build);
    let commit = pick.commit(minor);
    let family = if build == Build::Ci && pick.source.len().is_multiple_of(3) { Family::Oci } else { Family::Docker };
    let repository = format!("https://github.com/openshift/{}", pick.source);
    let versions = pick.versions(minor);
    let mut labels = json!({
        "io.openshift.build.commit.id": commit,
        "io.openshift.build.source-location": repository,
        "io.k8s.display-name": pick.name,
        "vcs-ref": commit,
    });
    if pick.name.ends_with("-operator") {
        labels["io.openshift.release.operator"] = json!("true");
    }
    if pick.source == "os" {
        labels["version"] = json!(pick.machine_os(minor));
        labels["org.opencontainers.image.version"] = json!(pick.machine_os(minor));
    }
    let image = |shelf: &mut _, architecture: &str, seed: &str| {
        let mut layers = vec![base(architecture), made(Layer::of(seed, format!("usr/bin/{}", pick.name)))];
        if seed.len().is_multiple_of(2) {
            let path = "manifests/README".into();
            layers.push(made(Layer { seed: format!("{seed}/manifests"), path, size: 700 }));
        }
        single(shelf, family, architecture, pick.since.cast_signed(), &labels, layers)
    };
    let amd = image(shelf, "amd64", &seed);
    let top = if pick.name == BOTH {
        let arm = image(shelf, "arm64", &format!("{seed}/arm64"));
        list(shelf, family, vec![("amd64", amd), ("arm64", arm)])
    } else {
        amd
    };
    let branch = if pick.since.is_multiple_of(2) { "main".to_owned() } else { format!("release-{minor}") };
    Arc::new(Component {
        name: pick.name.to_owned(),
        commit,
        since: pick.since,
        branch,
        repository,
        versions,
        digest: top.digest,
        parts: top.parts,
    })
}

/// The layer all images of an architecture begin with.
pub(super) fn base(architecture: &str) -> MadeLayer {
    static AMD: LazyLock<MadeLayer> = LazyLock::new(|| made(base_layer("amd64")));
    static ARM: LazyLock<MadeLayer> = LazyLock::new(|| made(base_layer("arm64")));
    if architecture == "arm64" { ARM.clone() } else { AMD.clone() }
}

fn base_layer(architecture: &str) -> Layer {
    Layer { seed: format!("base/{architecture}"), path: "etc/os-release".into(), size: 48_000 }
}

/// A layer with its digest, its length and the digest of the tar inside.
#[derive(Clone)]
pub(super) struct MadeLayer {
    pub(super) digest: String,
    pub(super) diff_id: String,
    pub(super) size: usize,
    pub(super) blob: Blob,
}

pub(super) fn made(layer: Layer) -> MadeLayer {
    let tar = layer.tar();
    let bytes = Layer::packed(&tar);
    MadeLayer { digest: digest_of(&bytes), diff_id: digest_of(&tar), size: bytes.len(), blob: Blob::Layer(layer) }
}

/// An image manifest; `created` in seconds.
pub(super) fn single(
    shelf: &mut impl Shelf,
    family: Family,
    architecture: &str,
    created: i64,
    labels: &Value,
    layers: Vec<MadeLayer>,
) -> Image {
    let created = jiff::Timestamp::from_second(created).unwrap_or_default().to_string();
    let history: Vec<Value> = layers.iter().map(|_| json!({ "created": created, "created_by": "build" })).collect();
    let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": { "Labels": labels, "Env": ["container=oci"] },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    });
    let config = config.to_string().into_bytes();
    let config_digest = digest_of(&config);
    let described: Vec<Value> = layers
        .iter()
        .map(|layer| json!({ "mediaType": family.layer(), "size": layer.size, "digest": layer.digest }))
        .collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": family.manifest(),
        "config": { "mediaType": family.config(), "size": config.len(), "digest": config_digest },
        "layers": described,
    });
    shelf.blob(&config_digest, Blob::Bytes(config.into()));
    let mut parts = vec![config_digest];
    for layer in layers {
        shelf.blob(&layer.digest, layer.blob);
        parts.push(layer.digest);
    }
    let bytes = manifest.to_string().into_bytes();
    let size = bytes.len();
    let digest = shelf.manifest(family.manifest(), bytes);
    parts.push(digest.clone());
    Image { digest, size, parts }
}

/// A manifest list or index over images of the same family.
pub(super) fn list(shelf: &mut impl Shelf, family: Family, images: Vec<(&str, Image)>) -> Image {
    let manifests: Vec<Value> = images
        .iter()
        .map(|(architecture, image)| {
            json!({
                "mediaType": family.manifest(),
                "size": image.size,
                "digest": image.digest,
                "platform": { "architecture": architecture, "os": "linux" },
            })
        })
        .collect();
    let bytes =
        json!({ "schemaVersion": 2, "mediaType": family.list(), "manifests": manifests }).to_string().into_bytes();
    let size = bytes.len();
    let digest = shelf.manifest(family.list(), bytes);
    let mut parts: Vec<String> = images.into_iter().flat_map(|(_, image)| image.parts).collect();
    parts.push(digest.clone());
    Image { digest, size, parts }
}
