//! What the release-controller knows of release images: it has them read by `oc`, here a registry is asked.
//!
//! Invariant: an answer depends on the pull spec alone, never on the story, so it may be asked with the story locked.

use jiff::Timestamp;

/// Reads release images and the histories of the repositories they were built from.
pub trait Images: Send + Sync {
    /// The digest of the top manifest, the list where there is one.
    fn digest(&self, pull_spec: &str) -> Option<String>;

    /// As `digest`, where it is known without reading the image: for lists of hundreds of tags.
    fn known_digest(&self, pull_spec: &str) -> Option<String> {
        self.digest(pull_spec)
    }

    /// The amd64 image; `None` when the registry knows no such manifest.
    fn image(&self, pull_spec: &str) -> Option<Image>;

    /// What was merged after `from` up to `to`, newest first; empty when `to` is not the later one.
    fn merged(&self, repository: &str, from: &str, to: &str) -> Vec<Merged>;

    /// How the packages of two CoreOS versions differ.
    fn packages(&self, from: &str, to: &str) -> Packages;
}

/// A release image as `oc adm release info` finds it.
#[derive(Clone, Debug)]
pub struct Image {
    /// Of the amd64 manifest.
    pub digest: String,
    pub created: Timestamp,
    /// Of the image's configuration, in bytes.
    pub size: u64,
    pub base: String,
    /// The digest of the uncompressed layer with the manifests.
    pub layer: String,
    pub version: String,
    pub previous: Vec<String>,
    /// `origin/4.21-okd-scos-2026-11-19-031502`.
    pub from_image_stream: Option<String>,
    /// The pull spec of the release it was promoted from.
    pub from_release: Option<String>,
    /// By name.
    pub components: Vec<Component>,
}

#[derive(Clone, Debug)]
pub struct Component {
    pub name: String,
    /// `registry/namespace/repository@sha256:…`.
    pub image: String,
    pub repository: String,
    pub branch: String,
    pub commit: String,
    /// `kubernetes=1.34.2`.
    pub versions: Vec<(String, String)>,
    /// `machine-os=CentOS Stream CoreOS`.
    pub display_names: Vec<(String, String)>,
}

/// A merged pull request.
#[derive(Clone, Debug)]
pub struct Merged {
    pub issues: Vec<String>,
    pub subject: String,
    pub pull: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Packages {
    /// Name, old version, new version.
    pub changed: Vec<(String, String, String)>,
    pub added: Vec<(String, String)>,
    pub removed: Vec<(String, String)>,
}

impl Image {
    /// The component that carries a version of that name, the version, and what people call it.
    pub fn version_of(&self, key: &str) -> Option<(&Component, &str, Option<&str>)> {
        self.components.iter().find_map(|component| {
            let (_, version) = component.versions.iter().find(|(name, _)| name == key)?;
            let display = component.display_names.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str());
            Some((component, version.as_str(), display))
        })
    }
}

impl Component {
    pub fn digest(&self) -> &str {
        self.image.split_once('@').map_or("", |(_, digest)| digest)
    }
}

/// A registry that knows no image.
pub struct NoImages;

impl Images for NoImages {
    fn digest(&self, _: &str) -> Option<String> {
        None
    }

    fn image(&self, _: &str) -> Option<Image> {
        None
    }

    fn merged(&self, _: &str, _: &str, _: &str) -> Vec<Merged> {
        Vec::new()
    }

    fn packages(&self, _: &str, _: &str) -> Packages {
        Packages::default()
    }
}
