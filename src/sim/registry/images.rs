//! What `oc` reads of the images for the release-controller, without the way over HTTP.

use serde_json::Value;

use super::Registry;
use crate::payload::{Origin, hex_digest};
use crate::releases::{Component, Image, Images, Merged, Packages};

const SUBJECTS: &[&str] = &[
    "Bump golang.org/x/net",
    "Retry image pulls on 502",
    "Fix nil condition on partial updates",
    "Rebase on the latest upstream patch release",
    "Do not log the request's headers",
    "Shorten the timeout of the health check",
    "Add a unit test for the empty list",
    "Update OWNERS",
    "Wait for the informers before the first sync",
];
const PACKAGES: &[&str] = &[
    "NetworkManager",
    "conmon",
    "cri-o",
    "crun",
    "ignition",
    "kernel",
    "openssl",
    "ostree",
    "podman",
    "selinux-policy",
    "systemd",
];

impl Images for Registry {
    fn digest(&self, pull_spec: &str) -> Option<String> {
        self.holdings().read(pull_spec).map(|made| made.digest)
    }

    fn known_digest(&self, pull_spec: &str) -> Option<String> {
        self.holdings().known(pull_spec)
    }

    fn image(&self, pull_spec: &str) -> Option<Image> {
        let mut holdings = self.holdings();
        let made = holdings.read(pull_spec)?;
        let (_, manifest) = holdings.manifest_anywhere(&made.child)?;
        let manifest: Value = serde_json::from_slice(&manifest).ok()?;
        let (config, _) = holdings.blob_anywhere(manifest["config"]["digest"].as_str()?)?;
        let config: Value = serde_json::from_slice(&config.bytes()).ok()?;
        let layers = config["rootfs"]["diff_ids"].as_array()?;
        let labels = &config["config"]["Labels"];
        let release = &made.release;
        let (from_image_stream, from_release) = match &release.origin {
            Origin::ImageStream(name) => (Some(name.clone()), None),
            Origin::Release(pull_spec) => (None, Some(pull_spec.clone())),
        };
        Some(Image {
            digest: made.child.clone(),
            created: release.created,
            size: manifest["config"]["size"].as_u64()?,
            base: labels["io.openshift.release.base-image-digest"].as_str().unwrap_or_default().to_owned(),
            layer: layers.last()?.as_str()?.to_owned(),
            version: release.name.clone(),
            previous: release.previous.clone(),
            from_image_stream,
            from_release,
            components: release
                .components
                .iter()
                .map(|component| told(component, release.pull_spec(component)))
                .collect(),
        })
    }

    fn merged(&self, repository: &str, from: &str, to: &str) -> Vec<Merged> {
        let holdings = self.holdings();
        let (Some(older), Some(newer)) = (holdings.commit(from), holdings.commit(to)) else { return Vec::new() };
        if older >= newer {
            return Vec::new();
        }
        let chance = number(&format!("{repository} {from} {to}"));
        let one = |at: u64| {
            let chance = number(&format!("{repository} {to} {at}"));
            Merged {
                issues: (!chance.is_multiple_of(3))
                    .then(|| format!("OCPBUGS-{}", 60_000 + chance % 9_000))
                    .into_iter()
                    .collect(),
                subject: SUBJECTS[(chance / 7 % SUBJECTS.len() as u64) as usize].to_owned(),
                pull: 4_000 - at * 3 - chance % 900 % 3,
            }
        };
        (0..1 + chance % 4).map(one).collect()
    }

    fn packages(&self, from: &str, to: &str) -> Packages {
        if from == to {
            return Packages::default();
        }
        let version = |name: &str, of: &str| {
            let chance = number(&format!("{name} {of}"));
            format!("{}.{}-{}.el9", 1 + number(name) % 6, chance % 20, 1 + chance / 20 % 9)
        };
        let changed = PACKAGES.iter().filter(|name| !number(&format!("{name} {from} {to}")).is_multiple_of(3));
        Packages {
            changed: changed.map(|name| ((*name).to_owned(), version(name, from), version(name, to))).collect(),
            ..Packages::default()
        }
    }
}

fn told(component: &crate::payload::Component, image: String) -> Component {
    let pairs = |text: Option<&str>| {
        let pairs = text.into_iter().flat_map(|text| text.split(','));
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    Component {
        name: component.name.clone(),
        image,
        repository: component.repository.clone(),
        branch: component.branch.clone(),
        commit: component.commit.clone(),
        versions: pairs(component.versions.as_deref()),
        display_names: pairs(component.display_names()),
    }
}

fn number(text: &str) -> u64 {
    u64::from_str_radix(&hex_digest(text.as_bytes())[..12], 16).expect("twelve hexadecimal digits fit into 64 bits")
}
