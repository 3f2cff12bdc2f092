//! References to images in registries: `host/repository[:tag][@sha256:…]`, and digests.
//!
//! Grammar: OCI distribution-spec (names, tags) and docker's reference format (the host). A digest that parses is 64 hex digits.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// `sha256:` and 64 lower-case hex digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(Arc<str>);

impl Digest {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 hex digits.
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }

    /// Enough to tell two apart on a narrow screen: `sha256:4b1f2a3c…09ac`.
    pub fn short(&self) -> String {
        let hex = self.hex();
        format!("sha256:{}…{}", &hex[..8], &hex[60..])
    }
}

impl FromStr for Digest {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Digest(Arc::from(text)))
        } else {
            Err(format!("`{}` is not sha256: and 64 hex digits", crate::text::clean_line(text)))
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.0.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One image. With both a tag and a digest the digest decides; the tag is for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageRef {
    /// `quay.io`, `127.0.0.1:5000`.
    pub host: Arc<str>,
    /// `okd/scos-release`.
    pub repository: Arc<str>,
    pub tag: Option<Arc<str>>,
    pub digest: Option<Digest>,
}

impl ImageRef {
    /// `host/repository`.
    pub fn place(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    pub fn with_digest(&self, digest: Digest) -> ImageRef {
        ImageRef { tag: None, digest: Some(digest), ..self.clone() }
    }

    pub fn with_tag(&self, tag: &str) -> ImageRef {
        ImageRef { tag: Some(Arc::from(tag)), digest: None, ..self.clone() }
    }

    /// What a registry is asked for: the digest, else the tag, else `latest`.
    pub fn asked(&self) -> &str {
        self.digest.as_ref().map(Digest::as_str).or(self.tag.as_deref()).unwrap_or("latest")
    }
}

impl FromStr for ImageRef {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{}` is not host/repository:tag or host/repository@sha256:…", crate::text::clean_line(text));
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse::<Digest>()?)),
            None => (text, None),
        };
        let (host, rest) = name.split_once('/').ok_or_else(wrong)?;
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        let looks_like_host = host.contains(['.', ':']) || host == "localhost";
        let host_fine =
            host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
        if !looks_like_host || !host_fine || !is_repository(repository) || !tag.is_none_or(is_tag) {
            return Err(wrong());
        }
        Ok(ImageRef { host: host.into(), repository: repository.into(), tag: tag.map(Arc::from), digest })
    }
}

/// A repository's path within its registry.
pub fn is_repository(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.split('/').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        })
}

pub fn is_tag(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ImageRef {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ImageRef> for String {
    fn from(image: ImageRef) -> String {
        image.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back_as_it_was_written() {
        let hex = "0".repeat(64);
        for text in [
            "quay.io/okd/scos-release:4.22.0-okd-scos.ec.7",
            "127.0.0.1:5000/a",
            &format!("quay.io/okd/scos-content@sha256:{hex}"),
            &format!("localhost:5000/x/y_z:t@sha256:{hex}"),
        ] {
            assert_eq!(text.parse::<ImageRef>().expect("parses").to_string(), text);
        }
    }

    #[test]
    fn what_no_registry_could_mean_is_refused() {
        for text in [
            "",
            "okd",
            "okd/x",
            "quay.io/",
            "quay.io/Up:x",
            "quay.io/a/../b",
            "quay.io/a:t\u{1b}",
            "quay.io/a@sha256:12",
            "quay io/a",
            "quay.io/a:.x",
        ] {
            assert!(text.parse::<ImageRef>().is_err(), "{text:?}");
        }
        assert!("sha256:XY".parse::<Digest>().is_err());
    }
}
