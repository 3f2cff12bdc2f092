//! Images as OKD publishes them: components that change with time, and the payload that lists them.
//!
//! Everything follows from names and moments: the same release has the same digests in every process. Layers are
//! recipes until somebody reads them, so a world of thousands of images costs little.

mod component;
mod layer;
mod manifests;
mod release;
mod source;
mod stream;
mod twin;

pub(crate) use component::Component;
pub(crate) use layer::{digest_of, hex_digest};
pub(crate) use release::{Origin, PRIVATE, PRIVATE_COMPONENT, Release, components, image_stream};
pub(crate) use source::{Build, minor_of};
pub use twin::Twin;

use bytes::Bytes;
use std::sync::Arc;

/// What a digest stands for, before its bytes are made.
#[derive(Clone)]
pub(crate) enum Blob {
    Bytes(Bytes),
    Layer(layer::Layer),
    /// The last layer of a payload.
    Payload(Arc<Release>),
}

impl Blob {
    pub(crate) fn bytes(&self) -> Bytes {
        match self {
            Blob::Bytes(bytes) => bytes.clone(),
            Blob::Layer(layer) => layer.bytes().into(),
            Blob::Payload(release) => release.layer().into(),
        }
    }
}

/// Where made images go.
pub(crate) trait Shelf {
    fn blob(&mut self, digest: &str, blob: Blob);
    /// The digest of the bytes.
    fn manifest(&mut self, media_type: &str, bytes: Vec<u8>) -> String;
    /// The one that was made of this seed before.
    fn component(&self, seed: &str) -> Option<Arc<Component>>;
    fn keep(&mut self, seed: String, component: Arc<Component>);
}

/// The media types of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Docker,
    Oci,
}

impl Family {
    pub(crate) fn manifest(self) -> &'static str {
        match self {
            Family::Docker => "application/vnd.docker.distribution.manifest.v2+json",
            Family::Oci => "application/vnd.oci.image.manifest.v1+json",
        }
    }

    pub(crate) fn list(self) -> &'static str {
        match self {
            Family::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
            Family::Oci => "application/vnd.oci.image.index.v1+json",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Family::Docker => "application/vnd.docker.container.image.v1+json",
            Family::Oci => "application/vnd.oci.image.config.v1+json",
        }
    }

    fn layer(self) -> &'static str {
        match self {
            Family::Docker => "application/vnd.docker.image.rootfs.diff.tar.gzip",
            Family::Oci => "application/vnd.oci.image.layer.v1.tar+gzip",
        }
    }
}
