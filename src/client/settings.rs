//! What the client is told at start. Plain data: files and flags are read by whoever builds it.

use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// One cluster of the config file, `[[cluster]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClusterSettings {
    /// What it is called on screen.
    pub name: String,
    /// The kubeconfig context to use.
    pub context: String,
    /// A kubeconfig of its own; else the usual one.
    #[serde(default)]
    pub kubeconfig: Option<PathBuf>,
    /// Where to look when the whole cluster may not be listed.
    #[serde(default)]
    pub namespaces: Vec<String>,
    #[serde(default)]
    pub read_only: bool,
    /// Any change asks for the object's name to be typed.
    #[serde(default)]
    pub production: bool,
}

#[derive(Clone, Debug)]
pub struct Settings {
    /// kubeconfig files in place of KUBECONFIG and the default one.
    pub kubeconfig: Option<Vec<PathBuf>>,
    /// Contexts to connect to; empty: those of `clusters`, else the current one.
    pub contexts: Vec<String>,
    pub clusters: Vec<ClusterSettings>,
    /// The release-controller's address; `None`: there is none.
    pub releases: Option<String>,
    /// How often the release-controller is asked while somebody looks.
    pub releases_every: Duration,
    /// Only these namespaces are listed, in every cluster.
    pub namespaces: Vec<String>,
    pub read_only: bool,
    /// Where the journal lives; made when missing.
    pub state: PathBuf,
    /// Never look outside the given kubeconfig: no in-cluster credentials, no proxy from the environment.
    pub closed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            contexts: Vec::new(),
            clusters: Vec::new(),
            releases: None,
            releases_every: Duration::from_secs(30),
            namespaces: Vec::new(),
            read_only: false,
            state: std::env::temp_dir(),
            closed: false,
        }
    }
}
