//! Manifests as a registry keeps them: the bytes stay as they came, so that their digest stays what it is.
//!
//! Source of the formats: OCI image-spec (index, manifest) and docker's schema 2 (list, manifest).

use bytes::Bytes;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use weir_domain::Digest;

/// What weir asks registries for. Without this some of them convert to an old format.
pub const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// A manifest larger than this is not read, in bytes.
pub const MANIFEST_LIMIT: usize = 8 << 20;

const LISTS: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];
const IMAGES: [&str; 2] =
    ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Of `bytes`.
    pub digest: Digest,
    pub media_type: String,
    pub bytes: Bytes,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    List(Vec<Child>),
    Image { config: Descriptor, layers: Vec<Descriptor> },
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    #[serde(default)]
    pub media_type: String,
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// One image of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    pub image: Descriptor,
    /// e.g. `amd64`; empty when the list does not say.
    pub architecture: String,
    pub os: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    media_type: Option<String>,
    manifests: Option<Vec<Listed>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(flatten)]
    image: Descriptor,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
}

/// The digest of some bytes.
pub fn digest_of(bytes: &[u8]) -> Digest {
    digest_from(Sha256::digest(bytes).as_slice())
}

pub(super) fn digest_from(hash: &[u8]) -> Digest {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in hash {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text.parse().expect("sha256: and 64 hex digits are a digest")
}

impl Manifest {
    /// `said`: the answer's Content-Type. The error says what is wrong with it.
    pub fn read(said: Option<&str>, bytes: Bytes) -> Result<Manifest, String> {
        let body: Body =
            serde_json::from_slice(&bytes).map_err(|error| format!("its manifest is not one: {}", place(&error)))?;
        let said = said.map(|s| s.split(';').next().unwrap_or_default().trim()).filter(|s| !vague(s));
        let media_type = match (said, body.media_type.as_deref()) {
            (Some(said), Some(inside)) if said != inside => {
                return Err(format!("its manifest is sent as {said} and calls itself {inside}"));
            }
            (Some(said), _) => said.to_string(),
            (None, Some(inside)) => inside.to_string(),
            (None, None) => return Err("its manifest has no media type".into()),
        };
        let kind = if LISTS.contains(&&*media_type) {
            // A body that is both would be read differently by different programs.
            if body.layers.is_some() || body.config.is_some() {
                return Err("its manifest is a list and an image at once".into());
            }
            let children = body.manifests.ok_or("its manifest is a list without images")?;
            Kind::List(children.into_iter().map(Listed::child).collect())
        } else if IMAGES.contains(&&*media_type) {
            if body.manifests.is_some() {
                return Err("its manifest is a list and an image at once".into());
            }
            let config = body.config.ok_or("its manifest names no config")?;
            Kind::Image { config, layers: body.layers.unwrap_or_default() }
        } else {
            return Err(format!("weir does not know manifests of the type {media_type}"));
        };
        Ok(Manifest { digest: digest_of(&bytes), media_type, bytes, kind })
    }

    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_))
    }

    /// The image to read: linux/amd64, else the first of the list. `None` for what is no list.
    pub fn preferred(&self) -> Option<&Child> {
        let Kind::List(children) = &self.kind else { return None };
        let amd64 = |c: &&Child| c.architecture == "amd64" && (c.os == "linux" || c.os.is_empty());
        children.iter().find(amd64).or(children.first())
    }

    /// Of a list: sorted, each once, without the entries that are no images (attestations say `unknown`).
    pub fn architectures(&self) -> Vec<String> {
        let Kind::List(children) = &self.kind else { return Vec::new() };
        let mut all: Vec<String> =
            children.iter().map(|c| c.architecture.clone()).filter(|a| !a.is_empty() && a != "unknown").collect();
        all.sort();
        all.dedup();
        all
    }

    /// Bytes of config and layers; `None` for a list.
    pub fn size(&self) -> Option<u64> {
        match &self.kind {
            Kind::List(_) => None,
            Kind::Image { config, layers } => Some(layers.iter().fold(config.size, |n, l| n.saturating_add(l.size))),
        }
    }
}

impl Listed {
    fn child(self) -> Child {
        let (architecture, os) = self.platform.map(|p| (p.architecture, p.os)).unwrap_or_default();
        Child { image: self.image, architecture: clean(&architecture), os }
    }
}

fn clean(text: &str) -> String {
    weir_domain::secret::line(text).chars().take(40).collect()
}

/// Types that say nothing about what is sent.
fn vague(media_type: &str) -> bool {
    matches!(media_type, "" | "application/json" | "application/octet-stream" | "text/plain")
}

pub(crate) fn place(error: &serde_json::Error) -> String {
    if error.is_eof() {
        "its JSON breaks off".into()
    } else if error.is_data() {
        error.to_string()
    } else {
        format!("its JSON is not right at line {} column {}", error.line(), error.column())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn descriptor(digit: char, size: u64) -> serde_json::Value {
        json!({"mediaType": "x", "digest": format!("sha256:{}", digit.to_string().repeat(64)), "size": size})
    }

    #[test]
    fn a_list_prefers_linux_amd64_and_names_each_architecture_once() {
        let mut children = vec![];
        for (digit, architecture, os) in
            [('1', "arm64", "linux"), ('2', "amd64", "windows"), ('3', "amd64", "linux"), ('4', "unknown", "unknown")]
        {
            let mut child = descriptor(digit, 1);
            child["platform"] = json!({"architecture": architecture, "os": os});
            children.push(child);
        }
        let text = json!({"schemaVersion": 2, "mediaType": LISTS[0], "manifests": children}).to_string();
        let list = Manifest::read(Some(LISTS[0]), Bytes::from(text.clone())).expect("a list");
        assert_eq!(list.preferred().expect("one").image.digest.short(), "sha256:33333333…3333");
        assert_eq!(list.architectures(), ["amd64", "arm64"]);
        assert_eq!(list.digest, digest_of(text.as_bytes()));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let image = json!({"mediaType": IMAGES[0], "config": descriptor('1', 1), "layers": []});
        let both = json!({"mediaType": IMAGES[0], "config": descriptor('1', 1), "manifests": []});
        let read = |said: Option<&str>, value: &serde_json::Value| Manifest::read(said, Bytes::from(value.to_string()));
        assert_eq!(read(Some("application/json; charset=utf-8"), &image).expect("read").size(), Some(1));
        for (said, value, word) in [
            (Some(LISTS[0]), &image, "calls itself"),
            (None, &both, "at once"),
            (Some("application/vnd.docker.distribution.manifest.v1+prettyjws"), &json!({}), "v1+prettyjws"),
            (None, &json!({}), "no media type"),
            (Some(IMAGES[0]), &json!({"config": {"digest": "sha256:1", "size": 1}}), "64 hex digits"),
        ] {
            let why = read(said, value).expect_err(word);
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        let known = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest_of(b"").as_str(), known);
    }
}
