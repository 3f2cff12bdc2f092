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
        let mut words = match &self.surroundings.demo {
            Some(demo) => format!("weir --demo={}", demo.world.name()),
            None => String::from("weir"),
        };
        if let Some(path) = &self.global.config {
            words.push_str(&format!(" --config {}", word(&path.display().to_string())));
        }
        for context in &self.global.contexts {
            words.push_str(&format!(" --context {}", word(context)));
        }
        for namespace in &self.global.namespaces {
            words.push_str(&format!(" -n {}", word(namespace)));
        }
        if self.global.read_only {
            words.push_str(" --read-only");
        }
        words
    }

    /// Each `--context` is one of the kubeconfig's: what was meant is not asked elsewhere instead.
    pub fn named(&self) -> Result<(), End> {
        if self.global.contexts.is_empty() {
            return Ok(());
        }
        let wrong = self.client.endpoints().into_iter().find_map(|endpoint| match endpoint.state {
            EndpointState::Lost { failure, retry: None, .. }
                if endpoint.kind == EndpointKind::Cluster
                    && endpoint.contexts.is_empty()
                    && failure.kind == FailureKind::Usage =>
            {
                Some(failure)
            }
            _ => None,
        });
        wrong.map_or(Ok(()), |failure| Err(failure.into()))
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

/// One word for a shell, quoted only where it must be.
pub(crate) fn word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b'@' | b'=' | b',');
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_string()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn what_is_shown_for_a_shell_is_one_word() {
        assert_eq!(word("4.22.0-okd-scos.ec.8"), "4.22.0-okd-scos.ec.8");
        assert_eq!(word("it's fine"), "'it'\\''s fine'");
        assert_eq!(word(""), "''");
        assert_eq!(word("$(rm -r x)"), "'$(rm -r x)'");
    }
}
