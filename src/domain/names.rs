//! Identifiers. Every id is qualified by its cluster, so that two clusters never share a key.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Arc<str>);

        impl $type {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }
    };
}

name!(
    /// What a cluster is called on screen: the name in the config, else that of its first context.
    /// Unique within one program; what the cluster *is* (server and user) is [`crate::Endpoint`]'s to say.
    ClusterName
);
name!(Namespace);
name!(
    /// A release-controller's stream, by the `name` of its config, e.g. `4.22.0-0.okd-scos-nightly`.
    StreamName
);

/// One PipelineRun. Order: cluster, namespace, name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId {
    pub cluster: ClusterName,
    pub namespace: Namespace,
    pub name: Arc<str>,
}

impl RunId {
    pub fn new(cluster: impl AsRef<str>, namespace: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        Self {
            cluster: ClusterName::new(cluster),
            namespace: Namespace::new(namespace),
            name: Arc::from(name.as_ref()),
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.cluster, self.namespace, self.name)
    }
}

/// One Pipeline. Order: cluster, namespace, name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PipelineId {
    pub cluster: ClusterName,
    pub namespace: Namespace,
    pub name: Arc<str>,
}

impl PipelineId {
    pub fn new(cluster: impl AsRef<str>, namespace: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        Self {
            cluster: ClusterName::new(cluster),
            namespace: Namespace::new(namespace),
            name: Arc::from(name.as_ref()),
        }
    }
}

impl fmt::Display for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.cluster, self.namespace, self.name)
    }
}
