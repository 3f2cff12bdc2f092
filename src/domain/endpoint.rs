//! Everything weir talks to, and how each stands. One that is lost never says anything about another.

use crate::failure::Failure;
use crate::names::{ClusterName, Namespace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    Cluster,
    Releases,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointState {
    /// Known from the kubeconfig, not asked: opening it connects.
    NotConnected,
    Connecting,
    /// The last answer was good.
    Live,
    /// A cluster that answers but has no Tekton API.
    NoTekton,
    /// Lost since a time; `retry` says when weir tries again, `None` when only a person can help.
    Lost {
        since: Timestamp,
        failure: Failure,
        retry: Option<Timestamp>,
    },
}

/// One cluster or release-controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// A cluster's [`ClusterName`], or `releases`.
    pub name: String,
    pub kind: EndpointKind,
    /// Scheme, host and port; never a password.
    pub server: String,
    /// The kubeconfig's name of the user; empty for a release-controller.
    pub user: String,
    /// All kubeconfig contexts with this server and user.
    pub contexts: Vec<String>,
    pub state: EndpointState,
    /// Round trip of the last unary request, in milliseconds.
    pub latency_ms: Option<u64>,
    /// When the last data arrived.
    pub as_of: Option<Timestamp>,
    /// What cannot be seen and why, one sentence each.
    pub unseen: Vec<String>,
    /// The server's version, e.g. `v1.34.4`.
    pub version: Option<String>,
    pub read_only: bool,
    /// Any change asks for the object's name.
    pub production: bool,
    /// Where lists are read, when not everywhere.
    pub namespaces: Option<Vec<Namespace>>,
    /// The context's own namespace.
    pub namespace: Namespace,
    /// Who the server says we are (SelfSubjectReview); `None` until it has said so.
    pub operator: Option<String>,
    /// The name of the machine weir runs on.
    pub host: String,
}

impl Endpoint {
    pub fn cluster(&self) -> ClusterName {
        ClusterName::new(&self.name)
    }

    pub fn live(&self) -> bool {
        matches!(self.state, EndpointState::Live | EndpointState::NoTekton)
    }
}

/// What the current user may do in one namespace of one cluster (SelfSubjectAccessReview). `None`: not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    pub start: Option<bool>,
    pub cancel: Option<bool>,
    pub delete: Option<bool>,
    pub logs: Option<bool>,
}
