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

/// One registry of the config file, `[[registry]]`. A host without an entry is asked over https, with the credentials docker and podman keep.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegistrySettings {
    /// As pull specs name it, e.g. `quay.io`.
    pub host: String,
    /// Where it really answers: scheme, host and port. Plain http only when this says so.
    #[serde(default)]
    pub address: Option<String>,
    /// The cluster whose token is this registry's password (an OpenShift registry): used over https only,
    /// for this host and its own token realm only.
    #[serde(default)]
    pub cluster: Option<String>,
}

/// A further key that may sign releases, `[[signing-key]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SigningKeySettings {
    pub name: String,
    /// 40 hex digits.
    pub fingerprint: String,
    /// Where its bytes are; else they are looked for in payloads' key rings and at `signing-keys-from`.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

/// Where everything lies that is neither a cluster nor a registry. The defaults are OKD's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Folder of `sha256=<hex>/signature-N`.
    pub signatures: String,
    /// Folder of armored public keys by their names; what is found there counts only with a pinned fingerprint.
    pub keys: String,
    /// GitHub's API.
    pub github: String,
    /// Cincinnati's graph.
    pub graph: String,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            signatures: weir_domain::signature::STORE.into(),
            keys: "https://raw.githubusercontent.com/openshift/cluster-update-keys/master/keys".into(),
            github: "https://api.github.com".into(),
            graph: "https://updates.okd.io/api/updates/graph".into(),
        }
    }
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
    /// The cluster and namespace with the ReleasePayloads and ImageStreams of that release-controller, e.g. `app.ci` and `origin`.
    pub payloads: Option<(String, String)>,
    pub registries: Vec<RegistrySettings>,
    /// Credential files of registries in place of those docker and podman keep.
    pub logins: Option<Vec<PathBuf>>,
    /// Keys that may sign releases beside the known ones; the known ones count unless `only_these_keys`.
    pub signing_keys: Vec<SigningKeySettings>,
    pub only_these_keys: bool,
    pub places: Places,
    pub channels: Vec<weir_domain::Channel>,
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
            payloads: None,
            registries: Vec::new(),
            logins: None,
            signing_keys: Vec::new(),
            only_these_keys: false,
            places: Places::default(),
            channels: Vec::new(),
            namespaces: Vec::new(),
            read_only: false,
            state: std::env::temp_dir(),
            closed: false,
        }
    }
}
