//! Opens watches: each is a task that sends news into a bounded channel and ends when the stream is dropped.

mod detail;
mod local;
mod runs;

use crate::reflect::{Seen, Target, reflect};
use crate::tekton::tasks::WireTask;
use crate::{Client, http, logs, tekton};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use weir_domain::{ClusterName, Loaded, News, RunId, TaskRun, Watch};

/// How many pieces of news may wait; a slow reader slows the network, not the other way round.
const WAITING: usize = 64;

pub type Outbox = mpsc::Sender<News>;

struct Channel {
    inbox: mpsc::Receiver<News>,
    task: tokio::task::JoinHandle<()>,
}

impl Stream for Channel {
    type Item = News;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<News>> {
        self.inbox.poll_recv(context)
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn open(client: &Client, watch: Watch) -> BoxStream<'static, News> {
    let (outbox, inbox) = mpsc::channel(WAITING);
    let client = client.clone();
    let work = async move {
        match watch {
            Watch::Endpoints => local::endpoints(client, outbox).await,
            Watch::Journal => local::journal(client, outbox).await,
            Watch::Runs(cluster) => runs::everywhere(client, cluster, runs::Kind::Runs, outbox).await,
            Watch::Pipelines(cluster) => runs::everywhere(client, cluster, runs::Kind::Pipelines, outbox).await,
            Watch::CleanUps(cluster) => local::clean_ups(client, cluster, outbox).await,
            Watch::Tasks(run) => tasks(client, run, outbox).await,
            Watch::Detail(run) => detail::detail(client, run, outbox).await,
            Watch::Log(log) => logs::follow(client, log, outbox).await,
            Watch::Release(release) => crate::releases::detail::watch(client, release, outbox).await,
            Watch::Promotion(object) => crate::promotion::watch(client, object, outbox).await,
            Watch::Streams => match client.inner.releases.clone() {
                Some(releases) => releases.streams(outbox).await,
                None => outbox.closed().await,
            },
            Watch::Releases(stream) => match client.inner.releases.clone() {
                Some(releases) => releases.releases(stream, outbox).await,
                None => outbox.closed().await,
            },
        }
    };
    Channel { inbox, task: tokio::spawn(work) }.boxed()
}

/// The collection of a Tekton kind in one namespace, or everywhere.
pub(crate) fn tekton_target(
    client: &Client,
    cluster: &ClusterName,
    namespace: Option<&str>,
    plural: &'static str,
    select: String,
) -> Result<Target, weir_domain::Failure> {
    let found = client.inner.clusters.find(cluster)?;
    let namespace: Option<Arc<str>> = namespace.map(Arc::from);
    let place = namespace.as_ref().map_or_else(|| format!("`{cluster}`"), |n| format!("`{cluster}/{n}`"));
    Ok(Target {
        cluster: found,
        path: Arc::new(move |session| session.tekton_path(namespace.as_deref(), plural)),
        select,
        what: format!("list {plural} in {place}"),
    })
}

/// A core collection in one namespace.
pub(crate) fn core_target(
    client: &Client,
    run: &RunId,
    plural: &'static str,
    select: String,
) -> Result<Target, weir_domain::Failure> {
    let found = client.inner.clusters.find(&run.cluster)?;
    let path = format!("/api/v1/namespaces/{}/{plural}", http::encoded(run.namespace.as_str()));
    Ok(Target {
        cluster: found,
        path: Arc::new(move |_| Some(path.clone())),
        select,
        what: format!("list {plural} in `{}/{}`", run.cluster, run.namespace),
    })
}

/// Sends a cluster's absence as news and stays, so that the stream does not end.
pub(crate) async fn absent(outbox: &Outbox, news: News) {
    if outbox.send(news).await.is_ok() {
        outbox.closed().await;
    }
}

async fn tasks(client: Client, run: RunId, outbox: Outbox) {
    let target =
        match tekton_target(&client, &run.cluster, Some(run.namespace.as_str()), "taskruns", tekton::of_run(&run.name))
        {
            Ok(target) => target,
            Err(failure) => return absent(&outbox, News::Tasks(run, Loaded::Missing(failure))).await,
        };
    let mut known: BTreeMap<Arc<str>, TaskRun> = BTreeMap::new();
    let mut feed = reflect(target, Arc::new(task_of));
    while let Some(seen) = feed.next().await {
        let news = match fold(&mut known, seen) {
            Folded::Same => continue,
            Folded::Changed => Loaded::Known(known.values().cloned().collect()),
            Folded::Lost(failure, retry) => Loaded::Lost { failure, retry },
            Folded::Denied(failure) => return absent(&outbox, News::Tasks(run, Loaded::Missing(failure))).await,
        };
        if outbox.send(News::Tasks(run.clone(), news)).await.is_err() {
            return;
        }
    }
}

pub(crate) fn task_of(raw: &str) -> Result<TaskRun, serde_json::Error> {
    serde_json::from_str::<WireTask>(raw).map(WireTask::task)
}

pub(crate) enum Folded {
    Same,
    Changed,
    Lost(weir_domain::Failure, Option<jiff::Timestamp>),
    Denied(weir_domain::Failure),
}

/// Something with a name that is its key within a namespace.
pub(crate) trait Named {
    fn name(&self) -> Arc<str>;
}

impl Named for TaskRun {
    fn name(&self) -> Arc<str> {
        self.name.clone()
    }
}

/// Folds what a reflector says into a map; between `Begin` and `Complete` the old entries of a first page are dropped at once,
/// because these collections are small and arrive whole.
pub(crate) fn fold<T: Named>(known: &mut BTreeMap<Arc<str>, T>, seen: Seen<T>) -> Folded {
    match seen {
        Seen::Begin | Seen::Unreadable(..) => Folded::Same,
        Seen::Page { items, first, more, .. } => {
            if first {
                known.clear();
            }
            known.extend(items.into_iter().map(|i| (i.name(), i)));
            if more { Folded::Same } else { Folded::Changed }
        }
        Seen::Complete => Folded::Same,
        Seen::Absent => {
            known.clear();
            Folded::Changed
        }
        Seen::Alive => Folded::Changed,
        Seen::Set(items) => {
            known.extend(items.into_iter().map(|i| (i.name(), i)));
            Folded::Changed
        }
        Seen::Gone(item) => {
            known.remove(&item.name());
            Folded::Changed
        }
        Seen::Lost { failure, retry } => Folded::Lost(failure, retry),
        Seen::Denied(failure) => Folded::Denied(failure),
    }
}
