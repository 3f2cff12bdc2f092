//! An endpoint ([`Endpoint`]: `health`, `info`) and all that `info` says ([`Info`]).

use super::filled;
use jiff::Timestamp;
use serde::Serialize;
use weir_domain::{EndpointKind, EndpointState, FailureKind, Rights};

/// `kind` is `cluster`, `releases` or `registry`; `state` is `not-connected`, `connecting`, `live`, `no-tekton` or `lost`.
#[derive(Debug, Serialize)]
pub struct Endpoint<'a> {
    pub name: &'a str,
    pub kind: EndpointKind,
    pub server: &'a str,
    pub user: Option<&'a str>,
    pub contexts: &'a [String],
    pub state: &'static str,
    pub lost_since: Option<Timestamp>,
    /// Of what kind the loss is: `offline`, `denied`, `expired`, `throttled` and the like.
    pub failure: Option<FailureKind>,
    pub why: Option<String>,
    /// What to do about it.
    pub hint: Option<&'a str>,
    pub retry: Option<Timestamp>,
    pub latency_ms: Option<u64>,
    /// When the last data arrived.
    pub as_of: Option<Timestamp>,
    pub version: Option<&'a str>,
    /// Who the server says we are.
    pub operator: Option<&'a str>,
    pub read_only: bool,
    pub production: bool,
    /// Where lists are read, when not everywhere.
    pub namespaces: Option<Vec<&'a str>>,
    /// The context's own namespace, for which `rights` are.
    pub namespace: &'a str,
    /// `null` where they were not asked for.
    pub rights: Option<Rights>,
    pub unseen: &'a [String],
}

impl<'a> Endpoint<'a> {
    pub fn of(endpoint: &'a weir_domain::Endpoint, rights: Option<Rights>) -> Endpoint<'a> {
        let (lost_since, failure, retry) = match &endpoint.state {
            EndpointState::Lost { since, failure, retry } => (Some(*since), Some(failure), *retry),
            _ => (None, None, None),
        };
        Endpoint {
            name: &endpoint.name,
            kind: endpoint.kind,
            server: &endpoint.server,
            user: filled(&endpoint.user),
            contexts: &endpoint.contexts,
            state: state(&endpoint.state),
            lost_since,
            failure: failure.map(|f| f.kind),
            why: failure.map(|f| f.sentence()),
            hint: failure.and_then(|f| filled(&f.hint)),
            retry,
            latency_ms: endpoint.latency_ms,
            as_of: endpoint.as_of,
            version: endpoint.version.as_deref(),
            operator: endpoint.operator.as_deref(),
            read_only: endpoint.read_only,
            production: endpoint.production,
            namespaces: endpoint.namespaces.as_ref().map(|all| all.iter().map(|n| n.as_str()).collect()),
            namespace: endpoint.namespace.as_str(),
            rights,
            unseen: &endpoint.unseen,
        }
    }
}

pub fn state(state: &EndpointState) -> &'static str {
    match state {
        EndpointState::NotConnected => "not-connected",
        EndpointState::Connecting => "connecting",
        EndpointState::Live => "live",
        EndpointState::NoTekton => "no-tekton",
        EndpointState::Lost { .. } => "lost",
    }
}

#[derive(Debug, Serialize)]
pub struct Info<'a> {
    pub version: &'a str,
    /// e.g. `linux x86_64`.
    pub system: String,
    /// `null` in the embedded world.
    pub config: Option<String>,
    pub config_found: bool,
    pub journal: String,
    pub log_file: Option<String>,
    /// The values of KUBECONFIG, in order; empty when it is not set.
    pub kubeconfig: Vec<String>,
    /// The embedded world, if it runs.
    pub demo: Option<&'static str>,
    pub terminal: Terminal<'a>,
    pub endpoints: Vec<Endpoint<'a>>,
    /// Why there is no cluster at all.
    pub trouble: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Terminal<'a> {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub columns: Option<u16>,
    pub rows: Option<u16>,
    pub term: Option<&'a str>,
    pub colorterm: Option<&'a str>,
    pub locale: Option<&'a str>,
    pub no_color: bool,
    pub ssh: bool,
    pub multiplexer: Option<&'a str>,
}
