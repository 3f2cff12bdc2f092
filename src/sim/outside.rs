//! What lies outside the clusters and is reached by the steps of a promotion: registry, signatures, GitHub.

use crate::releases::Images;

/// Everything a promotion reads and writes beyond the cluster it runs in.
pub(crate) trait Outside: Images {
    /// Whether the pull spec names a list of manifests.
    fn is_list(&self, pull_spec: &str) -> bool;

    /// Whether the signature store has a good signature for the digest.
    fn is_signed(&self, digest: &str) -> bool;

    /// What `oc adm release new --mirror` does; the digest of the new release. The error is its last line.
    fn promote(&self, order: &Promotion<'_>) -> Result<String, String>;

    /// Makes a release on GitHub; the error says that there is one already.
    fn publish(&self, repository: &str, name: &str, latest: bool) -> Result<(), String>;
}

pub(crate) struct Promotion<'a> {
    /// A pull spec, by tag or digest.
    pub(crate) source: &'a str,
    pub(crate) name: &'a str,
    pub(crate) content_repository: &'a str,
    pub(crate) release_repository: &'a str,
    pub(crate) previous: &'a [String],
}
