//! A channel: where promoted releases go, as data. Nothing about a channel is decided by its name.

use crate::image::is_repository;
use crate::names::{ClusterName, Namespace, PipelineId, StreamName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a release gets into a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// A PipelineRun with the live Pipeline in it, in which no pod chooses anything.
    #[default]
    Pinned,
    /// The last step alone: an ImageStreamTag for a release that is already mirrored.
    ImagestreamTag,
    /// The same manifest under a new tag of a registry.
    RegistryTag,
}

impl Way {
    pub fn word(self) -> &'static str {
        match self {
            Way::Pinned => "pinned",
            Way::ImagestreamTag => "imagestream-tag",
            Way::RegistryTag => "registry-tag",
        }
    }
}

/// An ImageStream: cluster, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StreamPlace {
    pub cluster: ClusterName,
    pub namespace: Namespace,
    pub name: String,
}

/// One channel of the config file, `[[channel]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Channel {
    /// Also the release-controller's stream with what the channel holds, e.g. `4-scos-next`.
    pub name: StreamName,
    #[serde(default)]
    pub way: Way,
    /// The streams whose releases may be promoted here.
    pub sources: Vec<StreamName>,
    /// Where the Pipeline runs; not needed for `registry-tag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<PipelinePlace>,
    /// Not needed for `registry-tag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imagestream: Option<StreamPlace>,
    /// `host/repository` of the releases, e.g. `quay.io/okd/scos-release`.
    pub release_repository: String,
    /// For `registry-tag`: the tag to set, with `{release}` for the release's name; empty: that name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// `host/repository` of their components, e.g. `quay.io/okd/scos-content`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content_repository: String,
    /// `owner/repository` whose releases are the public announcement.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub github: String,
    /// Whether a promotion becomes GitHub's Latest.
    #[serde(default)]
    pub latest: bool,
    /// Whether names are release candidates (`…-okd-scos.ec.N`).
    #[serde(default)]
    pub candidates: bool,
    /// Cincinnati's channel, with `{minor}` for X.Y; empty: not asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub graph_channel: String,
    /// The cluster where cron makes promotions beside weir is the Pipeline's; its CronJob's name.
    #[serde(default = "promoter")]
    pub promoter: String,
    /// The daily CronJob that deletes finished runs.
    #[serde(default = "clean_up")]
    pub clean_up: String,
}

/// The Pipeline and all it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PipelinePlace {
    pub cluster: ClusterName,
    pub namespace: Namespace,
    #[serde(default = "release_pipeline")]
    pub name: String,
    /// Workspace → binding as an operator types it, e.g. `pvc:pipeline-release-next-pvc`.
    #[serde(default)]
    pub workspaces: BTreeMap<String, String>,
    /// Parameters beyond those weir computes, each explicit.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// A Go duration.
    #[serde(default = "four_hours")]
    pub timeout: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Secrets the Tasks need, by name.
    #[serde(default = "secrets")]
    pub secrets: Vec<String>,
}

fn release_pipeline() -> String {
    "okd-release-pipeline".into()
}

fn four_hours() -> String {
    "4h0m0s".into()
}

fn promoter() -> String {
    "cron-trigger-cluster-command".into()
}

fn clean_up() -> String {
    "tekton-cleanup-daily".into()
}

fn secrets() -> Vec<String> {
    ["okd-quay-pull-secret", "okd-prow-sa-auth", "okd-githubapp-auth", "okd-release-gpg-signing-key"]
        .map(String::from)
        .into()
}

impl Channel {
    pub fn pipeline_id(&self) -> Option<PipelineId> {
        let place = self.pipeline.as_ref()?;
        Some(PipelineId::new(place.cluster.as_str(), place.namespace.as_str(), &place.name))
    }

    /// What is wrong with it, in words that name the setting; `None` when it can be used.
    pub fn problem(&self) -> Option<String> {
        let repository = |text: &str| {
            text.split_once('/').is_some_and(|(host, path)| host.contains(['.', ':']) && is_repository(path))
        };
        if !repository(&self.release_repository) {
            return Some(format!(
                "`release-repository` of {} is not host/repository: `{}`",
                self.name, self.release_repository
            ));
        }
        if self.sources.is_empty() {
            return Some(format!("`sources` of {} is empty: no release could be promoted to it", self.name));
        }
        if self.way == Way::Pinned && (self.pipeline.is_none() || !repository(&self.content_repository)) {
            return Some(format!(
                "{} is promoted by a pinned run and needs `pipeline` and `content-repository`",
                self.name
            ));
        }
        if self.way == Way::Pinned && self.github.split('/').filter(|p| !p.is_empty()).count() != 2 {
            return Some(format!("`github` of {} is not owner/repository: `{}`", self.name, self.github));
        }
        if self.way != Way::RegistryTag && self.imagestream.is_none() {
            return Some(format!("{} needs `imagestream`", self.name));
        }
        None
    }
}

/// OKD's channels as upstream's PipelineRuns have them; only the two clusters are asked of the operator.
pub fn known_channels(pipelines: &ClusterName, imagestreams: &ClusterName) -> Vec<Channel> {
    let channel = |name: &str, source: &str, next: bool, latest: bool| Channel {
        name: name.into(),
        way: Way::Pinned,
        sources: vec![source.into()],
        pipeline: Some(PipelinePlace {
            cluster: pipelines.clone(),
            namespace: "okd-coreos".into(),
            name: release_pipeline(),
            workspaces: [(
                "release-binaries".to_string(),
                format!("pvc:pipeline-release-{}-pvc", if next { "next" } else { "stable" }),
            )]
            .into(),
            params: [
                ("release-controller", "https://origin-release.ci.openshift.org"),
                ("enable-notifications", "true"),
                ("matrix-room", "!nStsazaBvZCZQHPWTY:fedoraproject.org"),
                ("matrix-endpoint", "matrix.org"),
                ("matrix-secret", "okd-matrix-bot-auth"),
            ]
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .into(),
            timeout: four_hours(),
            service_account: None,
            secrets: secrets(),
        }),
        imagestream: Some(StreamPlace {
            cluster: imagestreams.clone(),
            namespace: "origin".into(),
            name: if next { "release-scos-next" } else { "release-scos" }.into(),
        }),
        release_repository: "quay.io/okd/scos-release".into(),
        tag: String::new(),
        content_repository: "quay.io/okd/scos-content".into(),
        github: "okd-project/okd".into(),
        latest,
        candidates: next,
        graph_channel: if next { String::new() } else { "stable-{minor}".into() },
        promoter: promoter(),
        clean_up: clean_up(),
    };
    vec![
        channel("4-scos-next", "4.22.0-0.okd-scos-nightly", true, false),
        channel("4-scos-stable", "4.21.0-0.okd-scos-nightly", false, true),
        channel("5-scos-next", "5.1.0-0.okd-scos-nightly", true, false),
        channel("5-scos-stable", "5.0.0-0.okd-scos-nightly", false, false),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_channels_can_be_used_and_a_broken_one_names_its_setting() {
        let known = known_channels(&"moc".into(), &"app.ci".into());
        assert!(known.iter().all(|channel| channel.problem().is_none()));
        let mut broken = known[0].clone();
        broken.release_repository = "okd".into();
        assert!(broken.problem().is_some_and(|why| why.contains("release-repository")));
        let mut broken = known[0].clone();
        broken.imagestream = None;
        assert!(broken.problem().is_some_and(|why| why.contains("imagestream")));
    }
}
