//! All that is known: one slice a noun, each folds its own news.
//!
//! Remote data is never just there: it is loading, fresh, lost since some time, or gone, and it stays readable when lost.

mod collection;
mod kept;
mod log;
mod touched;

pub use collection::{Collection, Part};
pub use kept::{Kept, Live, Remote};
pub use log::{LogSlice, SourceState};
pub use touched::Touched;

use collection::Within;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use weir_domain::journal::Entry;
use weir_domain::ledger::LedgerRow;
use weir_domain::log::LogId;
use weir_domain::news::CleanUp;
use weir_domain::payload::{Changelog, Weight};
use weir_domain::signature::Signed;
use weir_domain::{
    Answer, ClusterName, Detail, Endpoint, EndpointKind, Failure, FailureKind, ImageRef, Namespace, News, Payload,
    Pipeline, PipelineId, Plan, PlanRequest, Promotion, Query, ReleaseDetail, ReleaseId, Rights, Run, RunId, Stream,
    StreamName, TaskRun, Tree,
};

/// The parts a cluster's lists come in: the whole cluster, or one namespace of several.
pub type ClusterPart = (ClusterName, Option<Namespace>);

/// The older and the newer release.
pub type Between = (Arc<str>, Arc<str>);

#[derive(Debug, Default)]
pub struct World {
    /// Empty until the client has said which there are.
    pub endpoints: Vec<Endpoint>,
    pub runs: Collection<ClusterPart, RunId, Run>,
    pub tasks: BTreeMap<RunId, Kept<Vec<TaskRun>>>,
    pub details: BTreeMap<RunId, Kept<Box<Detail>>>,
    pub streams: Collection<(), StreamName, Stream>,
    /// Streams with all their releases.
    pub releases: BTreeMap<StreamName, Kept<Stream>>,
    pub release_details: BTreeMap<ReleaseId, Kept<Box<ReleaseDetail>>>,
    pub promotions: BTreeMap<RunId, Kept<Box<Promotion>>>,
    pub payloads: BTreeMap<ImageRef, Remote<Box<Payload>>>,
    pub weights: BTreeMap<ImageRef, Remote<Vec<Weight>>>,
    pub signed: BTreeMap<ImageRef, Remote<Box<Signed>>>,
    pub changelogs: BTreeMap<Between, Remote<Box<Changelog>>>,
    /// The payload that was marked for comparisons.
    pub base: Option<ImageRef>,
    pub plans: BTreeMap<PlanRequest, Remote<Box<Plan>>>,
    /// With what could not be asked; `None` until somebody looks.
    pub ledger: Option<Remote<(Vec<LedgerRow>, Vec<String>)>>,
    pub logs: BTreeMap<LogId, LogSlice>,
    /// Oldest first.
    pub journal: Kept<Vec<Entry>>,
    /// What of the journal is not among them, a sentence each.
    pub unread: Vec<String>,
    pub pipelines: Collection<ClusterPart, PipelineId, Pipeline>,
    pub clean_ups: BTreeMap<ClusterName, Vec<CleanUp>>,
    pub rights: BTreeMap<(ClusterName, Namespace), Remote<Rights>>,
    /// Pipelines as asked for before a start.
    pub forms: BTreeMap<PipelineId, Remote<Box<Pipeline>>>,
    /// Objects as asked for before a rerun.
    pub objects: BTreeMap<RunId, Remote<Box<Tree>>>,
    /// What weir said in the footer, oldest first.
    pub said: VecDeque<(Timestamp, String)>,
}

impl Within<ClusterPart> for RunId {
    fn within(&self, (cluster, namespace): &ClusterPart) -> bool {
        self.cluster == *cluster && namespace.as_ref().is_none_or(|namespace| *namespace == self.namespace)
    }
}

impl Within<ClusterPart> for PipelineId {
    fn within(&self, (cluster, namespace): &ClusterPart) -> bool {
        self.cluster == *cluster && namespace.as_ref().is_none_or(|namespace| *namespace == self.namespace)
    }
}

impl Within<()> for StreamName {
    fn within(&self, (): &()) -> bool {
        true
    }
}

/// A namespace that is denied is told as not seen; it does not make old what the others of its cluster say.
fn counts<K: Ord + Clone, T>(of: &Collection<ClusterPart, K, T>, (cluster, namespace): &ClusterPart) -> bool {
    let denied = |live: &Live| matches!(live, Live::Lost { failure, .. } if failure.kind == FailureKind::Denied);
    let mut parts = of.parts().filter(|((other, _), _)| other == cluster);
    let here = parts.clone().find(|((_, other), _)| other == namespace);
    !here.is_some_and(|(_, part)| denied(&part.live)) || !parts.any(|(_, part)| !denied(&part.live))
}

impl World {
    pub fn endpoint(&self, cluster: &ClusterName) -> Option<&Endpoint> {
        self.endpoints.iter().find(|e| e.kind == EndpointKind::Cluster && e.name == cluster.as_str())
    }

    /// Scheme, host and port of the release-controller.
    pub fn release_controller(&self) -> Option<&str> {
        self.releases().map(|endpoint| endpoint.server.as_str())
    }

    pub fn releases(&self) -> Option<&Endpoint> {
        self.endpoints.iter().find(|e| e.kind == EndpointKind::Releases)
    }

    /// Why streams are not among the streams although the release-controller has them, a sentence each.
    pub fn unread_streams(&self) -> &[String] {
        self.releases().map_or(&[], |endpoint| &endpoint.unseen)
    }

    /// Whether it is known who is watched. Registries are not: they are asked when they are needed.
    pub fn watched(&self) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.kind != EndpointKind::Registry)
    }

    pub fn clusters(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|e| e.kind == EndpointKind::Cluster)
    }

    /// `None` while nobody has answered.
    pub fn rights(&self, cluster: &ClusterName, namespace: &Namespace) -> Option<&Rights> {
        self.rights.get(&(cluster.clone(), namespace.clone()))?.known()
    }

    pub fn run(&self, id: &RunId) -> Option<&Run> {
        self.runs.get(id)
    }

    pub fn detail(&self, id: &RunId) -> Option<&Detail> {
        self.details.get(id)?.value.as_deref()
    }

    /// The tasks of a run, from whichever watch knows them.
    pub fn tasks(&self, id: &RunId) -> Option<&[TaskRun]> {
        match (self.details.get(id).and_then(|kept| kept.value.as_ref()), self.tasks.get(id)) {
            (Some(detail), _) => Some(&detail.tasks),
            (None, Some(kept)) => kept.value.as_deref(),
            (None, None) => None,
        }
    }

    /// The namespaces that are known to hold runs or Pipelines, or that a cluster's lists are read from.
    pub fn namespaces(&self) -> Vec<Namespace> {
        let mut found: std::collections::BTreeSet<Namespace> = std::collections::BTreeSet::new();
        let mut last: Option<&Namespace> = None;
        for id in self.runs.keys() {
            if last != Some(&id.namespace) {
                found.insert(id.namespace.clone());
                last = Some(&id.namespace);
            }
        }
        found.extend(self.pipelines.keys().map(|id| id.namespace.clone()));
        found.extend(self.endpoints.iter().filter_map(|e| e.namespaces.as_ref()).flatten().cloned());
        found.into_iter().collect()
    }

    /// How the runs of the clusters that are in sight stand together: the worst of the parts that count.
    pub fn runs_live(&self, holds: impl Fn(&ClusterName) -> bool) -> Live {
        self.runs.live(|part| holds(&part.0) && counts(&self.runs, part))
    }

    pub fn pipelines_live(&self, holds: impl Fn(&ClusterName) -> bool) -> Live {
        self.pipelines.live(|part| holds(&part.0) && counts(&self.pipelines, part))
    }

    /// The parts whose runs are old or were never read.
    pub fn runs_lost(&self) -> impl Iterator<Item = (&ClusterName, &Part<RunId>)> {
        let lost = self.runs.parts().filter(|(at, part)| part.live.lost() && counts(&self.runs, at));
        lost.map(|((cluster, _), part)| (cluster, part))
    }

    pub(crate) fn fold(&mut self, news: News, now: Timestamp, log_budget: usize) -> Touched {
        match news {
            News::Endpoints(endpoints) => {
                let back: Vec<ClusterName> = endpoints
                    .iter()
                    .filter(|new| new.live() && self.endpoints.iter().any(|old| old.name == new.name && !old.live()))
                    .map(Endpoint::cluster)
                    .collect();
                // A log-in by another person may have other rights.
                self.rights.retain(|(cluster, _), _| !back.contains(cluster));
                self.endpoints = endpoints;
                Touched::endpoints()
            }
            News::Runs(cluster, namespace, change) => {
                if namespace.is_some() {
                    self.runs.replaced(&(cluster.clone(), None));
                }
                Touched::runs(self.runs.fold((cluster, namespace), change, now))
            }
            News::Tasks(run, loaded) => {
                self.tasks.entry(run.clone()).or_default().fold(loaded, now);
                Touched::tasks(run)
            }
            News::Detail(run, loaded) => {
                self.details.entry(run.clone()).or_default().fold(loaded, now);
                Touched::detail(run)
            }
            News::Streams(change) => {
                self.streams.fold((), change, now);
                Touched::streams()
            }
            News::Releases(stream, loaded) => {
                self.releases.entry(stream.clone()).or_default().fold(loaded, now);
                Touched::releases(stream)
            }
            News::Release(id, loaded) => {
                self.release_details.entry(id.clone()).or_default().fold(loaded, now);
                Touched::release(id)
            }
            News::Promotion(id, loaded) => {
                self.promotions.entry(id.clone()).or_default().fold(loaded, now);
                Touched::promotion(id)
            }
            News::Log(id, news) => {
                self.logs.entry(id.clone()).or_insert_with(|| LogSlice::new(log_budget)).fold(news, now);
                Touched::log(id)
            }
            News::Journal(loaded) => {
                self.journal.fold(loaded, now);
                Touched::journal()
            }
            News::Unread(unread) => {
                self.unread = unread;
                Touched::journal()
            }
            News::Pipelines(cluster, namespace, change) => {
                if namespace.is_some() {
                    self.pipelines.replaced(&(cluster.clone(), None));
                }
                self.pipelines.fold((cluster, namespace), change, now);
                Touched::pipelines()
            }
            News::CleanUps(cluster, clean_ups) => {
                self.clean_ups.insert(cluster, clean_ups);
                Touched::clean_ups()
            }
        }
    }

    /// A question is under way.
    pub(crate) fn asking(&mut self, query: &Query) {
        match query {
            Query::Rights(cluster, namespace) => {
                self.rights.entry((cluster.clone(), namespace.clone())).or_insert(Remote::Asking);
            }
            Query::Pipeline(id) => {
                self.forms.insert(id.clone(), Remote::Asking);
            }
            Query::Object(id) => {
                self.objects.insert(id.clone(), Remote::Asking);
            }
            Query::Payload(image) => {
                self.payloads.entry(image.clone()).or_insert(Remote::Asking);
            }
            Query::Weights(image) => {
                self.weights.entry(image.clone()).or_insert(Remote::Asking);
            }
            Query::Signed(image) => {
                self.signed.entry(image.clone()).or_insert(Remote::Asking);
            }
            Query::Changelog { from, to } => {
                self.changelogs.entry((from.clone(), to.clone())).or_insert(Remote::Asking);
            }
            Query::Plan(request) => {
                self.plans.insert(request.clone(), Remote::Asking);
            }
            Query::Ledger => {
                self.ledger.get_or_insert(Remote::Asking);
            }
            Query::Check(_) | Query::Connect(_) | Query::Reach(_) => {}
        }
    }

    pub(crate) fn answered(&mut self, query: &Query, answer: &Result<Answer, Failure>) -> Touched {
        match (query, answer) {
            (Query::Rights(cluster, namespace), answer) => {
                let remote = match answer {
                    Ok(Answer::Rights(rights)) => Remote::Known(*rights),
                    Ok(_) => return Touched::default(),
                    Err(failure) => Remote::Failed(failure.clone()),
                };
                self.rights.insert((cluster.clone(), namespace.clone()), remote);
            }
            (Query::Pipeline(id), Ok(Answer::Pipeline(pipeline))) => {
                self.forms.insert(id.clone(), Remote::Known(pipeline.clone()));
            }
            (Query::Pipeline(id), Err(failure)) => {
                self.forms.insert(id.clone(), Remote::Failed(failure.clone()));
            }
            (Query::Object(id), Ok(Answer::Object(object))) => {
                self.objects.insert(id.clone(), Remote::Known(object.clone()));
            }
            (Query::Object(id), Err(failure)) => {
                self.objects.insert(id.clone(), Remote::Failed(failure.clone()));
            }
            (Query::Payload(image), answer) => {
                let take = |a: &Answer| if let Answer::Payload(found) = a { Some(found.clone()) } else { None };
                keep(&mut self.payloads, image.clone(), answer, take);
            }
            (Query::Weights(image), answer) => {
                let take = |a: &Answer| if let Answer::Weights(found) = a { Some(found.clone()) } else { None };
                keep(&mut self.weights, image.clone(), answer, take);
            }
            (Query::Signed(image), answer) => {
                let take = |a: &Answer| if let Answer::Signed(found) = a { Some(found.clone()) } else { None };
                keep(&mut self.signed, image.clone(), answer, take);
            }
            (Query::Changelog { from, to }, answer) => {
                let take = |a: &Answer| if let Answer::Changelog(found) = a { Some(found.clone()) } else { None };
                keep(&mut self.changelogs, (from.clone(), to.clone()), answer, take);
            }
            (Query::Plan(request), answer) => {
                let take = |a: &Answer| if let Answer::Plan(found) = a { Some(found.clone()) } else { None };
                keep(&mut self.plans, request.clone(), answer, take);
            }
            (Query::Ledger, Ok(Answer::Ledger(rows, unseen))) => {
                self.ledger = Some(Remote::Known((rows.clone(), unseen.clone())));
            }
            (Query::Ledger, Err(failure)) => self.ledger = Some(Remote::Failed(failure.clone())),
            _ => return Touched::default(),
        }
        Touched::answers()
    }
}

/// Puts an answer where its question stands. An answer to another question is none.
fn keep<K: Ord, T>(
    all: &mut BTreeMap<K, Remote<T>>,
    key: K,
    answer: &Result<Answer, Failure>,
    take: impl Fn(&Answer) -> Option<T>,
) {
    match answer {
        Ok(answer) => {
            if let Some(value) = take(answer) {
                all.insert(key, Remote::Known(value));
            }
        }
        Err(failure) => {
            all.insert(key, Remote::Failed(failure.clone()));
        }
    }
}
