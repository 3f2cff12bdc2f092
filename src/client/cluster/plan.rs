//! Which clusters there are to be: contexts by identity, with what the config says of each, in the order of the endpoints.

use super::Cluster;
use crate::kubeconfig::{self, Context, Identity, Source};
use crate::settings::{ClusterSettings, Settings};
use jiff::Timestamp;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};
use tokio::sync::{Notify, watch};
use weir_domain::{ClusterName, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, Namespace};

/// A cluster to be: by identity, with what the config says of it.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) identity: Identity,
    pub(super) contexts: Vec<Context>,
    pub(super) settings: Option<ClusterSettings>,
    pub(super) connect: bool,
    pub(super) missing: Option<Failure>,
}

pub(super) fn in_cluster() -> Plan {
    let server = std::env::var("KUBERNETES_SERVICE_HOST").unwrap_or_default();
    let port = std::env::var("KUBERNETES_SERVICE_PORT").unwrap_or_else(|_| "443".into());
    let identity = Identity { server: format!("https://{server}:{port}"), user: "service account".into() };
    Plan { name: "in-cluster".into(), identity, contexts: Vec::new(), settings: None, connect: true, missing: None }
}

/// Those to connect to first: `--context`, else the config's, else the current context; then all others.
pub(super) fn planned(settings: &Settings, contexts: &[Context], current: Option<&str>) -> Vec<Plan> {
    let groups = kubeconfig::grouped(contexts);
    let wanted: Vec<(String, Option<ClusterSettings>)> = if !settings.contexts.is_empty() {
        let own = |context: &str| settings.clusters.iter().find(|c| c.context == context).cloned();
        settings.contexts.iter().map(|context| (context.clone(), own(context))).collect()
    } else if !settings.clusters.is_empty() {
        settings.clusters.iter().map(|c| (c.context.clone(), Some(c.clone()))).collect()
    } else {
        current.map(|c| (c.to_string(), None)).into_iter().collect()
    };
    let mut plans: Vec<Plan> = Vec::new();
    for (context, own) in &wanted {
        let own_contexts = own
            .as_ref()
            .and_then(|s| s.kubeconfig.as_ref())
            .map(|file| Source::Files(vec![file.clone()]).read().map(|c| kubeconfig::contexts(&c)));
        let (here, failure) = match own_contexts {
            Some(Ok(list)) => (list, None),
            Some(Err(failure)) => (Vec::new(), Some(failure)),
            None => (contexts.to_vec(), None),
        };
        let found = here.iter().find(|c| c.name == *context);
        let name = own.as_ref().map(|s| s.name.clone()).unwrap_or_else(|| kubeconfig::short_name(context));
        let Some(found) = found else {
            let known: Vec<&str> = here.iter().map(|c| c.name.as_str()).take(6).collect();
            let missing = failure.unwrap_or_else(|| {
                Failure::new(
                    FailureKind::Usage,
                    format!("cannot connect to `{name}`"),
                    format!("the kubeconfig has no context `{context}`"),
                    format!("there are: {}", known.join(", ")),
                )
            });
            plans.push(Plan {
                name,
                identity: Identity { server: String::new(), user: context.clone() },
                contexts: Vec::new(),
                settings: own.clone(),
                connect: true,
                missing: Some(missing),
            });
            continue;
        };
        if plans.iter().any(|p| p.identity == found.identity) {
            continue;
        }
        let mut members: Vec<Context> = here.iter().filter(|c| c.identity == found.identity).cloned().collect();
        members.sort_by_key(|c| c.name != *context);
        plans.push(Plan {
            name,
            identity: found.identity.clone(),
            contexts: members,
            settings: own.clone(),
            connect: true,
            missing: None,
        });
    }
    for (identity, mut members) in groups {
        if plans.iter().any(|p| p.identity == identity) {
            continue;
        }
        members.sort_by_key(|c| Some(c.name.as_str()) != current);
        let own = members.iter().find_map(|m| settings.clusters.iter().find(|s| s.context == m.name)).cloned();
        let first = members.first().map(|m| m.name.clone()).unwrap_or_default();
        let name = own.as_ref().map(|s| s.name.clone()).unwrap_or_else(|| kubeconfig::short_name(&first));
        plans.push(Plan { name, identity, contexts: members, settings: own, connect: false, missing: None });
    }
    plans
}

impl Plan {
    pub(super) fn cluster(self, name: String, usual: &Source, settings: &Settings) -> Cluster {
        let first = self.contexts.first();
        let mut context_namespaces: Vec<String> = self.contexts.iter().filter_map(|c| c.namespace.clone()).collect();
        context_namespaces.dedup();
        let state = match self.missing {
            Some(failure) => EndpointState::Lost { since: Timestamp::now(), failure, retry: None },
            None if self.connect => EndpointState::Connecting,
            None => EndpointState::NotConnected,
        };
        let own = self.settings.as_ref();
        let namespaces = if settings.namespaces.is_empty() {
            own.map(|s| s.namespaces.clone()).unwrap_or_default()
        } else {
            settings.namespaces.clone()
        };
        let endpoint = Endpoint {
            user: self.identity.user.clone(),
            contexts: self.contexts.iter().map(|c| c.name.clone()).collect(),
            read_only: settings.read_only || own.is_some_and(|s| s.read_only),
            production: own.is_some_and(|s| s.production),
            namespace: Namespace::new(first.and_then(|c| c.namespace.clone()).unwrap_or_else(|| "default".into())),
            ..Endpoint::new(&name, EndpointKind::Cluster, self.identity.server.clone(), state, host())
        };
        Cluster {
            name: ClusterName::new(&name),
            identity: self.identity,
            context: first.map(|c| c.name.clone()).or_else(|| own.map(|s| s.context.clone())).unwrap_or_default(),
            source: own
                .and_then(|s| s.kubeconfig.clone())
                .map_or_else(|| usual.clone(), |file| Source::Files(vec![file])),
            closed: settings.closed,
            namespaces,
            context_namespaces,
            slot: tokio::sync::Mutex::default(),
            facts: watch::Sender::new(endpoint),
            opened: AtomicBool::new(self.connect),
            wake: Notify::new(),
            rung: AtomicU64::new(0),
            read: Mutex::default(),
        }
    }
}

/// The machine's name, for the journal and for `weir/host`.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    let name = weir_domain::text::clean_line(name.as_deref().unwrap_or_default().trim()).into_owned();
    if name.is_empty() { "unknown".into() } else { name }
}
