//! One payload: a list of images whose last layer names all components by digest.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::component::{self, Component, Image, MadeLayer};
use super::source::{Build, Pick, minor_of, picks};
use super::twin::Twin;
use super::{Blob, Family, Shelf, digest_of, manifests};

/// What a payload was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    ImageStream(String),
    /// A pull spec.
    Release(String),
}

/// Everything the bytes of a payload follow from.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    pub(crate) origin: Origin,
    /// `host/repository` of its components.
    pub(crate) content: String,
    pub(crate) components: Vec<Arc<Component>>,
    /// Releases one may upgrade from.
    pub(crate) previous: Vec<String>,
    pub(crate) twin: Option<Twin>,
    /// Armored public keys: its own and the one of the wrong ring.
    pub(crate) ring: Arc<str>,
    pub(crate) other_ring: Arc<str>,
}

/// Where the component of [`Twin::PrivateComponent`] is.
pub(crate) const PRIVATE: &str = "registry.ci.openshift.org/origin/scos-private";
/// The component that is there.
pub(crate) const PRIVATE_COMPONENT: &str = "installer";

impl Release {
    /// A sound one without components.
    pub(crate) fn empty(name: &str, created: Timestamp, ring: Arc<str>, other_ring: Arc<str>) -> Release {
        Release {
            name: name.to_owned(),
            created,
            origin: Origin::ImageStream(String::new()),
            content: String::new(),
            components: Vec::new(),
            previous: Vec::new(),
            twin: None,
            ring,
            other_ring,
        }
    }

    pub(crate) fn pull_spec(&self, component: &Component) -> String {
        let private = self.twin == Some(Twin::PrivateComponent) && component.name == PRIVATE_COMPONENT;
        let repository = if private { PRIVATE } else { &self.content };
        format!("{repository}@{}", component.digest)
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.components.iter().position(|component| component.name == name)
    }

    pub(super) fn layer(&self) -> Vec<u8> {
        manifests::layer(self)
    }

    /// 5.x is built for two architectures.
    fn architectures(&self) -> &'static [&'static str] {
        if self.name.starts_with('5') { &["amd64", "arm64"] } else { &["amd64"] }
    }

    /// Puts the image on the shelf: the digest of its top manifest, that of its last layer, and all its parts.
    pub(crate) fn make(self: &Arc<Self>, shelf: &mut impl Shelf) -> MadeRelease {
        let family = if self.name.starts_with('5') { Family::Oci } else { Family::Docker };
        let bytes = self.layer();
        let last = MadeLayer {
            digest: digest_of(&bytes),
            diff_id: digest_of(&manifests::tar(self)),
            size: bytes.len(),
            blob: Blob::Payload(self.clone()),
        };
        let operator = self.components.iter().find(|component| component.name == "cluster-version-operator");
        let labels = json!({
            "io.openshift.release": self.name,
            "io.openshift.release.base-image-digest": operator.map(|component| component.digest.as_str()),
        });
        let mut images: Vec<(&str, Image)> = Vec::new();
        for architecture in self.architectures() {
            let layers = vec![component::base(architecture), last.clone()];
            let image = component::single(shelf, family, architecture, self.created.as_second(), &labels, layers);
            images.push((architecture, image));
        }
        let child = images[0].1.digest.clone();
        let image = match self.twin {
            Some(Twin::Single) => images.swap_remove(0).1,
            Some(Twin::OddManifest) => {
                let kind = "application/vnd.example.unheard-of.v7+json";
                let bytes =
                    json!({ "schemaVersion": 7, "mediaType": kind, "name": self.name }).to_string().into_bytes();
                let size = bytes.len();
                let digest = shelf.manifest(kind, bytes);
                Image { parts: vec![digest.clone()], digest, size }
            }
            _ => component::list(shelf, family, images),
        };
        MadeRelease { digest: image.digest, child, layer: last.digest, parts: image.parts }
    }
}

/// The digests of a payload that is on the shelf.
pub(crate) struct MadeRelease {
    pub(crate) digest: String,
    /// Of the amd64 image.
    pub(crate) child: String,
    pub(crate) layer: String,
    pub(crate) parts: Vec<String>,
}

/// The components of a minor at a moment, each made once.
pub(crate) fn components(shelf: &mut impl Shelf, minor: &str, build: Build, at: Timestamp) -> Vec<Arc<Component>> {
    let mut one = |pick: &Pick| {
        let seed = pick.seed(minor, build);
        shelf.component(&seed).unwrap_or_else(|| {
            let made = component::component(shelf, minor, build, pick);
            shelf.keep(seed, made.clone());
            made
        })
    };
    picks(minor, build, at).iter().map(&mut one).collect()
}

/// The copy of the ImageStream that a release was built from: the mirror's prefix and the release's time.
pub(crate) fn image_stream(name: &str) -> Origin {
    let minor = minor_of(name);
    let time = name.len().checked_sub("2026-11-19-031502".len()).and_then(|at| name.get(at..)).unwrap_or_default();
    Origin::ImageStream(match Build::of(name) {
        Build::Art => format!("origin/{minor}-okd-scos-art-latest-{time}"),
        Build::Ci => format!("origin/{minor}-okd-scos-{time}"),
        Build::Fcos => format!("origin/{minor}-{time}"),
    })
}
