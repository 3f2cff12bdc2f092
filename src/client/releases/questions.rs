//! What promotion asks the release-controller: each answer is fresh, except for what cannot change.

use super::wire::{clean, lax};
use super::{Releases, path};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use weir_domain::payload::Changelog;
use weir_domain::release::Verdict;
use weir_domain::{Failure, FailureKind, Phase, Release};

/// The server folds new upgrade results in every two minutes.
const GRAPH_EVERY: Duration = Duration::from_secs(120);

/// What a stream is configured to do, as far as it decides about promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamConfig {
    /// Tags are put in by hand or pipeline, are never pruned, and are signed.
    pub as_stable: bool,
    pub end_of_life: bool,
    /// Names of its jobs, sorted; disabled ones are in neither list.
    pub blocking: Vec<Arc<str>>,
    pub informing: Vec<Arc<str>>,
}

/// The upgrade graph of the release-controller. Sorted: the server shuffles it on every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Version and pull spec (empty for one without an image).
    pub nodes: Vec<(Arc<str>, Arc<str>)>,
    /// From, to.
    pub edges: Vec<(Arc<str>, Arc<str>)>,
}

impl Graph {
    /// The release whose payload has this digest.
    pub fn named(&self, digest: &str) -> Option<&Arc<str>> {
        self.nodes
            .iter()
            .find(|(_, spec)| spec.rsplit_once('@').is_some_and(|(_, d)| d == digest))
            .map(|(name, _)| name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default, rename = "as", deserialize_with = "lax")]
    kind: String,
    #[serde(default, deserialize_with = "lax")]
    end_of_life: bool,
    #[serde(default, deserialize_with = "lax")]
    verify: BTreeMap<String, Verification>,
}

#[derive(Default, Deserialize)]
struct Verification {
    #[serde(default, deserialize_with = "lax")]
    disabled: bool,
    #[serde(default, deserialize_with = "lax")]
    optional: bool,
    #[serde(default, rename = "async", deserialize_with = "lax")]
    apart: bool,
}

#[derive(Deserialize)]
struct WireGraph {
    #[serde(default, deserialize_with = "lax")]
    nodes: Vec<Node>,
    #[serde(default, deserialize_with = "lax")]
    edges: Vec<(usize, usize)>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default, deserialize_with = "lax")]
    version: String,
    #[serde(default, deserialize_with = "lax")]
    payload: String,
}

impl Releases {
    /// All tags of a stream, newest first, without verdicts.
    pub async fn tags(&self, stream: &str) -> Result<Vec<Release>, Failure> {
        self.listed(stream).await.map_err(|miss| miss.failure)
    }

    /// Phase and jobs as they are now.
    pub async fn short(&self, stream: &str, tag: &str) -> Result<(Phase, Verdict), Failure> {
        let info = self.info(stream, tag).await.map_err(|miss| miss.failure)?;
        Ok((info.phase(), info.verdict()))
    }

    /// The release a release was promoted from: its name where the pull spec names or the graph knows it, else that pull spec.
    /// `None`: it was not promoted from any.
    pub async fn promoted_from(&self, stream: &str, tag: &str) -> Result<Option<Arc<str>>, Failure> {
        let origin = self.origin(stream, tag).await.map_err(|miss| miss.failure)?;
        let Some(spec) = origin.from else { return Ok(None) };
        Ok(Some(self.named(spec).await))
    }

    /// The name of the release that a pull spec is of.
    pub(super) async fn named(&self, spec: Arc<str>) -> Arc<str> {
        match spec.rsplit_once('@') {
            Some((_, digest)) => {
                let graph = self.graph("").await.ok();
                graph.and_then(|graph| graph.named(digest).cloned()).unwrap_or(spec)
            }
            None => match spec.rsplit_once('/').map_or(&*spec, |(_, last)| last).rsplit_once(':') {
                Some((_, tag)) => Arc::from(tag),
                None => spec,
            },
        }
    }

    /// Jobs and kind of a stream. A stream with nothing to verify says nothing at all about itself.
    pub async fn config(&self, stream: &str) -> Result<StreamConfig, Failure> {
        let what = format!("cannot read the config of {stream}");
        let config: Config = self.get(&format!("{}/config", path(stream)), &what).await.map_err(|miss| miss.failure)?;
        let names = |wanted: &dyn Fn(&Verification) -> bool| {
            config.verify.iter().filter(|(_, job)| !job.disabled && wanted(job)).map(|(name, _)| clean(name)).collect()
        };
        Ok(StreamConfig {
            as_stable: config.kind == "Stable",
            end_of_life: config.end_of_life,
            blocking: names(&|job| !job.optional && !job.apart),
            informing: names(&|job| job.optional || job.apart),
        })
    }

    /// The upgrade graph of one of the server's channels (`""`, `stable-4.21`, `prerelease-4.21`, …), asked for at most once in
    /// two minutes.
    pub async fn graph(&self, channel: &str) -> Result<Arc<Graph>, Failure> {
        let mut graphs = self.graphs.lock().await;
        if let Some((at, known)) = graphs.get(channel)
            && at.elapsed() < GRAPH_EVERY
        {
            return Ok(known.clone());
        }
        let query =
            if channel.is_empty() { String::new() } else { format!("?channel={}", crate::http::encoded(channel)) };
        let wire: WireGraph =
            self.get(&format!("/graph{query}"), "cannot read the upgrade graph").await.map_err(|miss| miss.failure)?;
        let mut nodes: Vec<_> = wire.nodes.iter().map(|n| (clean(&n.version), clean(&n.payload))).collect();
        let name = |at: usize| nodes.get(at).map(|(version, _)| version.clone());
        let mut edges: Vec<_> = wire.edges.iter().filter_map(|(from, to)| Some((name(*from)?, name(*to)?))).collect();
        nodes.sort();
        edges.sort();
        let graph = Arc::new(Graph { nodes, edges });
        graphs.insert(channel.to_string(), (Instant::now(), graph.clone()));
        Ok(graph)
    }

    /// What lies between two releases. May take a minute.
    pub async fn changelog(&self, from: &str, to: &str) -> Result<Changelog, Failure> {
        self.compared(from, to).await.map_err(|miss| miss.failure)
    }

    pub(super) async fn compared(&self, from: &str, to: &str) -> Result<Changelog, super::Miss> {
        let encoded = crate::http::encoded;
        let path = format!("/changelog?from={}&to={}&format=json", encoded(from), encoded(to));
        let what = format!("cannot compare {from} and {to}");
        match self.ask::<super::changes::ChangeLog>(&path, &what, super::Cost::Heavy).await {
            Ok(log) if log.from().is_some() => Ok(log.changelog()),
            Ok(_) => Err(super::Miss {
                failure: Failure::new(FailureKind::Missing, what, "the release-controller made no changelog", ""),
                wait: None,
                passing: false,
            }),
            // The server calls it an error.
            Err(miss) if miss.failure.why.contains("releases are identical") => Ok(Changelog::default()),
            Err(miss) => Err(miss),
        }
    }
}
