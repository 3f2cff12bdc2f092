//! A release payload: what a release is made of, read from its image, and how two differ.
//!
//! Source of the format: `release-manifests/image-references` (an ImageStream) and `release-metadata` in the payload's last layer.

use crate::image::{Digest, ImageRef};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One image of a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub name: Arc<str>,
    /// From `io.openshift.build.versions`, e.g. `1.34.1` of `kubernetes=1.34.1`; several are joined by a comma.
    pub version: Option<Arc<str>>,
    /// 40 hex digits.
    pub commit: Option<Arc<str>>,
    /// The web address of its source repository, https only.
    pub repository: Option<Arc<str>>,
    pub image: ImageRef,
    pub digest: Digest,
}

impl Component {
    /// The last part of the repository's address.
    pub fn repository_name(&self) -> Option<&str> {
        self.repository.as_deref()?.trim_end_matches('/').rsplit('/').next()
    }

    /// The page of its commit at the forge.
    pub fn commit_page(&self) -> Option<String> {
        let (repository, commit) = (self.repository.as_deref()?, self.commit.as_deref()?);
        Some(format!("{}{}/commit/{commit}", repository.trim_end_matches('/'), dash(repository)))
    }
}

/// GitLab puts `/-` before its own pages.
fn dash(repository: &str) -> &'static str {
    if repository.contains("gitlab") { "/-" } else { "" }
}

/// What a component weighs, from its manifests. Asked for apart from the payload: one request a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    pub component: Arc<str>,
    /// Bytes of the layers and the config, of the amd64 image (else the first).
    pub size: Option<u64>,
    /// e.g. `amd64`, sorted.
    pub architectures: Vec<Arc<str>>,
    /// Why it could not be read *without credentials*; `None`: it could.
    pub refused: Option<String>,
}

/// A ring of keys that a payload ships for checking later releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRing {
    /// e.g. `verifier-public-key-ci`.
    pub name: Arc<str>,
    /// Of its primary keys, upper-case hex.
    pub fingerprints: Vec<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// As it was asked for.
    pub image: ImageRef,
    /// Of the top manifest: the list's, where there is one.
    pub digest: Digest,
    /// Whether the top manifest is a list.
    pub list: bool,
    /// Of the top manifest, sorted.
    pub architectures: Vec<Arc<str>>,
    /// `release-metadata.version`.
    pub name: Arc<str>,
    pub created: Option<Timestamp>,
    /// Releases that can be upgraded to this one.
    pub previous: Vec<Arc<str>>,
    /// The release it was made from (`release.openshift.io/from-release`), as it stands there.
    pub from_release: Option<Arc<str>>,
    /// Sorted by name, each name once.
    pub components: Vec<Component>,
    /// Of `io.openshift.build.versions` over all components, e.g. `machine-os` → `9.22.2026…`.
    pub versions: BTreeMap<Arc<str>, Arc<str>>,
    pub rings: Vec<KeyRing>,
    /// Where later signatures will be looked for.
    pub stores: Vec<Arc<str>>,
    /// What is odd about it, one sentence each (a component twice, a path that leaves the folder).
    pub oddities: Vec<String>,
}

impl Payload {
    pub fn coreos(&self) -> Option<&str> {
        self.versions.get("machine-os").map(|v| &**v)
    }

    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.binary_search_by(|c| (*c.name).cmp(name)).ok().map(|at| &self.components[at])
    }

    /// Name and digest of each component: equal for a release and what was promoted from it.
    pub fn same_components(&self, other: &Payload) -> bool {
        let key = |p: &Payload| p.components.iter().map(|c| (c.name.clone(), c.digest.clone())).collect::<Vec<_>>();
        key(self) == key(other)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    Added,
    Removed,
    /// Another commit.
    Changed,
    /// The same commit, or an unknown one, and another digest.
    Rebuilt,
}

/// One component that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub name: Arc<str>,
    pub kind: Difference,
    pub from: Option<Component>,
    pub to: Option<Component>,
}

impl Changed {
    /// The forge's page with the commits between the two.
    pub fn compare_page(&self) -> Option<String> {
        let (from, to) = (self.from.as_ref()?, self.to.as_ref()?);
        let (repository, a, b) = (to.repository.as_deref()?, from.commit.as_deref()?, to.commit.as_deref()?);
        let same =
            from.repository.as_deref().is_some_and(|r| r.trim_end_matches('/') == repository.trim_end_matches('/'));
        (same && a != b).then(|| format!("{}{}/compare/{a}...{b}", repository.trim_end_matches('/'), dash(repository)))
    }
}

/// A version before and after; `None`: the payload names none.
pub type Versions = (Option<Arc<str>>, Option<Arc<str>>);

/// How one payload becomes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadDiff {
    pub from: Arc<str>,
    pub from_digest: Digest,
    pub to: Arc<str>,
    pub to_digest: Digest,
    /// Sorted by name.
    pub changes: Vec<Changed>,
    pub same: usize,
    /// `(from, to)` where the CoreOS version differs.
    pub coreos: Option<Versions>,
}

impl PayloadDiff {
    pub fn between(from: &Payload, to: &Payload) -> PayloadDiff {
        let mut changes = Vec::new();
        let mut same = 0;
        for new in &to.components {
            let kind = match from.component(&new.name) {
                None => Difference::Added,
                Some(old) if old.digest == new.digest => {
                    same += 1;
                    continue;
                }
                Some(old) if old.commit.is_some() && new.commit.is_some() && old.commit != new.commit => {
                    Difference::Changed
                }
                Some(_) => Difference::Rebuilt,
            };
            changes.push(Changed {
                name: new.name.clone(),
                kind,
                from: from.component(&new.name).cloned(),
                to: Some(new.clone()),
            });
        }
        for old in from.components.iter().filter(|c| to.component(&c.name).is_none()) {
            changes.push(Changed {
                name: old.name.clone(),
                kind: Difference::Removed,
                from: Some(old.clone()),
                to: None,
            });
        }
        changes.sort_by(|a, b| a.name.cmp(&b.name));
        let os = |p: &Payload| p.versions.get("machine-os").cloned();
        PayloadDiff {
            from: from.name.clone(),
            from_digest: from.digest.clone(),
            to: to.name.clone(),
            to_digest: to.digest.clone(),
            changes,
            same,
            coreos: (os(from) != os(to)).then(|| (os(from), os(to))),
        }
    }

    pub fn count(&self, kind: Difference) -> usize {
        self.changes.iter().filter(|c| c.kind == kind).count()
    }
}

/// What the release-controller says lies between two releases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changelog {
    pub images: Vec<ChangedImages>,
}

impl Changelog {
    pub fn pulls(&self) -> usize {
        self.images.iter().map(|i| i.commits.len()).sum()
    }
}

/// All images of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedImages {
    pub names: Vec<Arc<str>>,
    pub page: Option<Arc<str>>,
    pub commits: Vec<Merged>,
}

/// One merged change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    pub subject: String,
    /// The pull request's number.
    pub pull: Option<u64>,
    pub page: Option<Arc<str>>,
    /// Keys of bugs and issues, e.g. `OCPBUGS-5123`, sorted.
    pub issues: Vec<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(name: &str, commit: &str, digest: char) -> Component {
        let digest: Digest = format!("sha256:{}", digest.to_string().repeat(64)).parse().expect("digest");
        let image: ImageRef = "quay.io/okd/scos-content".parse().expect("image");
        Component {
            name: name.into(),
            version: None,
            commit: Some(commit.into()),
            repository: Some("https://github.com/openshift/x".into()),
            image: image.with_digest(digest.clone()),
            digest,
        }
    }

    fn payload(components: Vec<Component>) -> Payload {
        Payload {
            image: "quay.io/okd/scos-release:x".parse().expect("image"),
            digest: format!("sha256:{}", "f".repeat(64)).parse().expect("digest"),
            list: true,
            architectures: vec!["amd64".into()],
            name: "x".into(),
            created: None,
            previous: Vec::new(),
            from_release: None,
            components,
            versions: BTreeMap::new(),
            rings: Vec::new(),
            stores: Vec::new(),
            oddities: Vec::new(),
        }
    }

    #[test]
    fn a_difference_says_added_removed_changed_or_rebuilt() {
        let old = payload(vec![
            component("a", "1", 'a'),
            component("b", "1", 'b'),
            component("c", "1", 'c'),
            component("d", "1", 'd'),
        ]);
        let new = payload(vec![
            component("a", "1", 'a'),
            component("b", "2", 'e'),
            component("c", "1", 'f'),
            component("e", "1", '1'),
        ]);
        let diff = PayloadDiff::between(&old, &new);
        let kinds: Vec<(&str, Difference)> = diff.changes.iter().map(|c| (&*c.name, c.kind.clone())).collect();
        assert_eq!(
            kinds,
            [
                ("b", Difference::Changed),
                ("c", Difference::Rebuilt),
                ("d", Difference::Removed),
                ("e", Difference::Added)
            ]
        );
        assert_eq!(diff.same, 1);
        assert_eq!(diff.changes[0].compare_page().as_deref(), Some("https://github.com/openshift/x/compare/1...2"));
        assert_eq!(diff.changes[1].compare_page(), None);
        assert!(!old.same_components(&new) && old.same_components(&old));
    }
}
