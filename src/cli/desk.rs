//! What every verb has at hand.

use crate::arguments::Global;
use crate::code::End;
use crate::list;
use crate::paper::Paper;
use crate::surroundings::Surroundings;
use weir_client::Client;
use weir_domain::{ClusterName, Endpoint, EndpointKind, EndpointState, Failure, FailureKind};

pub(crate) struct Desk<'a> {
    pub client: &'a Client,
    pub global: &'a Global,
    pub surroundings: &'a Surroundings,
    pub paper: Paper<'a>,
}

impl Desk<'_> {
    /// What a command line that is shown begins with, so that it asks the same world.
    pub fn program(&self) -> String {
        match &self.surroundings.demo {
            Some(demo) => format!("weir --demo={}", demo.world.name()),
            None => "weir".into(),
        }
    }

    /// The clusters weir connects to, in the order of the config or the command line.
    /// Without one: why, e.g. that there is no kubeconfig.
    pub fn clusters(&self) -> Result<Vec<Endpoint>, End> {
        let connected: Vec<Endpoint> = self
            .client
            .endpoints()
            .into_iter()
            .filter(|e| e.kind == EndpointKind::Cluster && e.state != EndpointState::NotConnected)
            .collect();
        if !connected.is_empty() {
            return Ok(connected);
        }
        Err(self
            .client
            .trouble()
            .unwrap_or_else(|| {
                Failure::new(
                    FailureKind::Usage,
                    "no cluster to ask",
                    "neither the config nor the kubeconfig's current context names one",
                    "give --context, set KUBECONFIG, write a config with `weir config init`, or try --demo",
                )
            })
            .into())
    }

    /// One connected cluster by its name.
    pub fn cluster(&self, name: &str) -> Result<Endpoint, End> {
        let clusters = self.clusters()?;
        if let Some(found) = clusters.iter().find(|e| e.name == name) {
            return list::unusable(found).map_or_else(|| Ok(found.clone()), |failure| Err(failure.into()));
        }
        let known = self.client.endpoint(&ClusterName::new(name));
        let failure = match known {
            Some(endpoint) => Failure::new(
                FailureKind::Usage,
                format!("`{name}` is not connected"),
                "it is known from the kubeconfig only",
                format!("add --context {}", endpoint.contexts.first().unwrap_or(&endpoint.name)),
            ),
            None => {
                let names: Vec<&str> = clusters.iter().map(|e| e.name.as_str()).collect();
                Failure::new(
                    FailureKind::Missing,
                    format!("there is no cluster `{name}`"),
                    format!("connected: {}", names.join(", ")),
                    "",
                )
            }
        };
        Err(failure.into())
    }
}
