//! Which clusters and namespaces the lists show.

use weir_domain::{ClusterName, Namespace};

/// `None` means all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub cluster: Option<ClusterName>,
    pub namespace: Option<Namespace>,
}

impl Scope {
    pub fn all(&self) -> bool {
        self.cluster.is_none() && self.namespace.is_none()
    }

    pub fn holds(&self, cluster: &ClusterName, namespace: &Namespace) -> bool {
        self.cluster.as_ref().is_none_or(|c| c == cluster) && self.namespace.as_ref().is_none_or(|n| n == namespace)
    }

    pub fn holds_cluster(&self, cluster: &ClusterName) -> bool {
        self.cluster.as_ref().is_none_or(|c| c == cluster)
    }

    /// "moc/okd-coreos", "moc", "*/okd-coreos"; empty for all.
    pub fn words(&self) -> String {
        match (&self.cluster, &self.namespace) {
            (None, None) => String::new(),
            (Some(cluster), None) => cluster.to_string(),
            (None, Some(namespace)) => format!("*/{namespace}"),
            (Some(cluster), Some(namespace)) => format!("{cluster}/{namespace}"),
        }
    }
}
