//! Everything weir talks to, and how each stands. One that is lost never says anything about another.

use crate::failure::Failure;
use crate::names::{ClusterName, Namespace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    Cluster,
    Releases,
    Registry,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointState {
    /// Known from the kubeconfig or the config, not asked: opening it asks.
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

/// One cluster, release-controller or registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// A cluster's [`ClusterName`], `releases`, or a registry's host.
    pub name: String,
    pub kind: EndpointKind,
    /// Scheme, host and port; never a password.
    pub server: String,
    /// The kubeconfig's name of the user; whose credential a registry was last asked with ("anonymous", "docker config
    /// ~/.docker/config.json"); empty for a release-controller.
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

/// [`Endpoint::as_of`] moves in steps of this many seconds: a busy endpoint is not news all the time.
const STEP: i64 = 10;

impl Endpoint {
    /// Of which nothing more is known.
    pub fn new(name: &str, kind: EndpointKind, server: String, state: EndpointState, host: String) -> Endpoint {
        Endpoint {
            name: name.into(),
            kind,
            server,
            user: String::new(),
            contexts: Vec::new(),
            state,
            latency_ms: None,
            as_of: None,
            unseen: Vec::new(),
            version: None,
            read_only: kind == EndpointKind::Releases,
            production: false,
            namespaces: None,
            namespace: Namespace::new(""),
            operator: None,
            host,
        }
    }

    /// A good answer came, after `took` when it was to one short request.
    pub fn answered(&mut self, now: Timestamp, took: Option<Duration>) {
        if !self.live() {
            self.state = EndpointState::Live;
        }
        if self.as_of.is_none_or(|at| now.as_second() - at.as_second() >= STEP) {
            self.as_of = Some(now);
        }
        if let Some(took) = took {
            self.latency_ms = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        }
    }

    /// A failure of the whole endpoint. The first one fixes since when.
    pub fn failed(&mut self, now: Timestamp, failure: &Failure, retry: Option<Timestamp>) {
        let since = match &self.state {
            EndpointState::Lost { since, .. } => *since,
            _ => now,
        };
        self.state = EndpointState::Lost { since, failure: failure.clone(), retry };
    }

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
