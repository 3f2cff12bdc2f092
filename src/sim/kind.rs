//! The kinds of object a cluster of the world serves, with everything discovery and tables say about them.
//!
//! Invariant: `Kind as usize` indexes `FACTS`; a kind that is not here is a 404 everywhere.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Pipeline,
    Task,
    PipelineRun,
    TaskRun,
    Namespace,
    Node,
    Pod,
    Event,
    ConfigMap,
    ServiceAccount,
    Claim,
    Secret,
    CronJob,
    Definition,
    ReleasePayload,
    ImageStream,
    ImageStreamTag,
}

/// What discovery tells about a kind.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// Empty for the core group.
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) singular: &'static str,
    /// The object's own `kind`.
    pub(crate) name: &'static str,
    pub(crate) short: &'static [&'static str],
    pub(crate) namespaced: bool,
    pub(crate) verbs: &'static [&'static str],
    pub(crate) categories: &'static [&'static str],
}

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "get", "list", "patch", "watch"];
const TEKTON: &[&str] = &["tekton", "tekton-pipelines"];
const ALL: &[&str] = &["all"];

pub(crate) const FACTS: [Facts; 17] = [
    tekton(Kind::Pipeline, "pipelines", "pipeline", "Pipeline", &[], READ),
    tekton(Kind::Task, "tasks", "task", "Task", &[], READ),
    tekton(Kind::PipelineRun, "pipelineruns", "pipelinerun", "PipelineRun", &["pr", "prs"], WRITE),
    tekton(Kind::TaskRun, "taskruns", "taskrun", "TaskRun", &["tr", "trs"], WRITE),
    core(Kind::Namespace, "namespaces", "namespace", "Namespace", &["ns"], false, &[]),
    core(Kind::Node, "nodes", "node", "Node", &["no"], false, &[]),
    core(Kind::Pod, "pods", "pod", "Pod", &["po"], true, ALL),
    core(Kind::Event, "events", "event", "Event", &["ev"], true, &[]),
    core(Kind::ConfigMap, "configmaps", "configmap", "ConfigMap", &["cm"], true, &[]),
    core(Kind::ServiceAccount, "serviceaccounts", "serviceaccount", "ServiceAccount", &["sa"], true, &[]),
    core(Kind::Claim, "persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", &["pvc"], true, &[]),
    core(Kind::Secret, "secrets", "secret", "Secret", &[], true, &[]),
    Facts {
        kind: Kind::CronJob,
        group: "batch",
        version: "v1",
        plural: "cronjobs",
        singular: "cronjob",
        name: "CronJob",
        short: &["cj"],
        namespaced: true,
        verbs: READ,
        categories: ALL,
    },
    Facts {
        kind: Kind::Definition,
        group: "apiextensions.k8s.io",
        version: "v1",
        plural: "customresourcedefinitions",
        singular: "customresourcedefinition",
        name: "CustomResourceDefinition",
        short: &["crd", "crds"],
        namespaced: false,
        verbs: READ,
        categories: &["api-extensions"],
    },
    Facts {
        kind: Kind::ReleasePayload,
        group: "release.openshift.io",
        version: "v1alpha1",
        plural: "releasepayloads",
        singular: "releasepayload",
        name: "ReleasePayload",
        short: &["rp"],
        namespaced: true,
        verbs: &["get", "list", "patch", "watch"],
        categories: &[],
    },
    image(Kind::ImageStream, "imagestreams", "imagestream", "ImageStream", &["is"], READ),
    image(
        Kind::ImageStreamTag,
        "imagestreamtags",
        "imagestreamtag",
        "ImageStreamTag",
        &["istag"],
        &["create", "delete", "get"],
    ),
];

const fn image(
    kind: Kind,
    plural: &'static str,
    singular: &'static str,
    name: &'static str,
    short: &'static [&'static str],
    verbs: &'static [&'static str],
) -> Facts {
    let (group, version) = ("image.openshift.io", "v1");
    Facts { kind, group, version, plural, singular, name, short, namespaced: true, verbs, categories: &[] }
}

const fn tekton(
    kind: Kind,
    plural: &'static str,
    singular: &'static str,
    name: &'static str,
    short: &'static [&'static str],
    verbs: &'static [&'static str],
) -> Facts {
    let (group, version) = ("tekton.dev", "v1");
    Facts { kind, group, version, plural, singular, name, short, namespaced: true, verbs, categories: TEKTON }
}

const fn core(
    kind: Kind,
    plural: &'static str,
    singular: &'static str,
    name: &'static str,
    short: &'static [&'static str],
    namespaced: bool,
    categories: &'static [&'static str],
) -> Facts {
    Facts { kind, group: "", version: "v1", plural, singular, name, short, namespaced, verbs: READ, categories }
}

/// The one version this world serves of a group.
pub(crate) fn version_of(group: &str) -> Option<&'static str> {
    FACTS.iter().find(|facts| facts.group == group).map(|facts| facts.version)
}

impl Kind {
    pub(crate) fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    pub(crate) fn find(group: &str, plural: &str) -> Option<Kind> {
        FACTS.iter().find(|facts| facts.group == group && facts.plural == plural).map(|facts| facts.kind)
    }

    /// A kind defined by a custom resource definition: the API server writes these differently (sorted members,
    /// `items` before `metadata`, `kind` in each item of a list).
    pub(crate) fn is_custom(self) -> bool {
        ["tekton.dev", "release.openshift.io"].contains(&self.facts().group)
    }
}

impl Facts {
    /// `tekton.dev/v1`, or `v1` in the core group.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Served only where the release-controller works.
    pub(crate) fn is_releasing(&self) -> bool {
        ["release.openshift.io", "image.openshift.io"].contains(&self.group)
    }

    /// `pipelineruns.tekton.dev`, or `pods` in the core group: how messages name the resource.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_finds_its_own_facts() {
        for facts in &FACTS {
            assert_eq!(facts.kind.facts().plural, facts.plural);
            assert_eq!(Kind::find(facts.group, facts.plural), Some(facts.kind));
        }
    }
}
