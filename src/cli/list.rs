//! Lists read once: a watch is held until its first full answer, then dropped. Clusters are asked side by side;
//! one that is silent costs the others nothing and is named.

use futures::StreamExt;
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use weir_client::Client;
use weir_domain::{
    Change, ClusterName, Endpoint, EndpointState, Failure, FailureKind, Loaded, Namespace, News, Pipeline, Run, Stream,
    StreamName, Watch,
};

/// How long one source may take for its first full answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// What was read, and who did not answer for it.
pub(crate) struct Listed<T> {
    pub rows: Vec<T>,
    /// One failure for each cluster, or part of a cluster, that is missing from the rows.
    pub silent: Vec<Failure>,
}

/// The runs of the given clusters, newest first.
pub(crate) async fn runs(client: &Client, clusters: &[Endpoint]) -> Listed<Run> {
    let each = clusters.iter().map(|endpoint| {
        cluster(client, endpoint, "runs", Watch::Runs(endpoint.cluster()), |news| match news {
            News::Runs(cluster, part, change) => Some((cluster, part, change)),
            _ => None,
        })
    });
    let mut listed = together(join_all(each).await);
    listed.rows.sort_by(|a, b| b.created.or(b.started).cmp(&a.created.or(a.started)).then_with(|| a.id.cmp(&b.id)));
    listed
}

/// The Pipelines of the given clusters, by cluster, namespace and name.
pub(crate) async fn pipelines(client: &Client, clusters: &[Endpoint]) -> Listed<Pipeline> {
    let each = clusters.iter().map(|endpoint| {
        cluster(client, endpoint, "pipelines", Watch::Pipelines(endpoint.cluster()), |news| match news {
            News::Pipelines(cluster, part, change) => Some((cluster, part, change)),
            _ => None,
        })
    });
    together(join_all(each).await)
}

/// The release-controller's streams, by name.
pub(crate) async fn streams(client: &Client) -> Result<Vec<Stream>, Failure> {
    let mut watch = client.watch(Watch::Streams);
    let mut fold: Fold<StreamName, Stream> = Fold::default();
    let until = Instant::now() + LIMIT;
    while let Ok(Some(news)) = timeout_at(until, watch.next()).await {
        let News::Streams(change) = news else { continue };
        fold.take(None, change, until);
        if let Some((_, failure)) = fold.lost.pop_first() {
            return Err(failure);
        }
        if fold.done.contains(&None) {
            return Ok(fold.rows.into_values().collect());
        }
    }
    Err(late("cannot list the streams", "the release-controller"))
}

/// The first thing a watch of one thing says. A loss that ends soon by itself is waited for.
pub(crate) async fn first<T>(
    client: &Client,
    watch: Watch,
    what: &str,
    mut pick: impl FnMut(News) -> Option<Loaded<T>>,
) -> Result<T, Failure> {
    let mut watch = client.watch(watch);
    let until = Instant::now() + LIMIT;
    while let Ok(Some(news)) = timeout_at(until, watch.next()).await {
        match pick(news) {
            Some(Loaded::Known(thing)) => return Ok(thing),
            Some(Loaded::Missing(failure)) => return Err(failure),
            Some(Loaded::Lost { failure, retry }) if !soon(&failure, retry, until) => return Err(failure),
            _ => {}
        }
    }
    Err(late(what, "the server"))
}

/// Why a cluster need not be asked: what names it is wrong, e.g. there is no such context.
pub(crate) fn unusable(endpoint: &Endpoint) -> Option<Failure> {
    match &endpoint.state {
        EndpointState::Lost { failure, .. } if failure.kind == FailureKind::Usage => Some(failure.clone()),
        _ => None,
    }
}

pub(crate) fn late(what: &str, who: &str) -> Failure {
    Failure::new(FailureKind::Offline, what, format!("no whole answer from {who} in {} s", LIMIT.as_secs()), "")
}

/// A keyed collection while it is read. A part is a namespace, or `None` when all is one list.
struct Fold<K, T> {
    rows: BTreeMap<K, T>,
    done: BTreeSet<Option<Namespace>>,
    lost: BTreeMap<Option<Namespace>, Failure>,
}

impl<K, T> Default for Fold<K, T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), done: BTreeSet::new(), lost: BTreeMap::new() }
    }
}

impl<K: Ord, T> Fold<K, T> {
    fn take(&mut self, part: Option<Namespace>, change: Change<K, T>, until: Instant) {
        match change {
            Change::Upsert(rows) => self.rows.extend(rows),
            Change::Remove(keys) => keys.iter().for_each(|key| {
                self.rows.remove(key);
            }),
            Change::Complete => {
                self.lost.remove(&part);
                self.done.insert(part);
            }
            Change::Lost { failure, retry } if !soon(&failure, retry, until) => {
                self.lost.insert(part, failure);
            }
            Change::Lost { .. } | Change::Begin | Change::Progress { .. } | Change::Alive => {}
        }
    }

    fn ended(&self, part: &Option<Namespace>) -> bool {
        self.done.contains(part) || self.lost.contains_key(part)
    }
}

/// Whether a loss ends by itself within the limit: the server asked to wait and said how long.
fn soon(failure: &Failure, retry: Option<jiff::Timestamp>, until: Instant) -> bool {
    let left = until.saturating_duration_since(Instant::now()).as_secs_f64();
    let wait = retry.map(|at| at.duration_since(jiff::Timestamp::now()).as_secs_f64());
    failure.kind == FailureKind::Throttled && wait.is_some_and(|wait| wait < left)
}

type Part<K, T> = (ClusterName, Option<Namespace>, Change<K, T>);

async fn cluster<K: Ord, T>(
    client: &Client,
    endpoint: &Endpoint,
    noun: &str,
    watch: Watch,
    pick: impl Fn(News) -> Option<Part<K, T>>,
) -> (Vec<T>, Vec<Failure>) {
    if let Some(failure) = unusable(endpoint) {
        return (Vec::new(), vec![failure]);
    }
    let mut watch = client.watch(watch);
    let mut fold = Fold::default();
    let until = Instant::now() + LIMIT;
    let name = endpoint.cluster();
    while let Ok(Some(news)) = timeout_at(until, watch.next()).await {
        let Some((_, part, change)) = pick(news).filter(|(cluster, ..)| *cluster == name) else { continue };
        fold.take(part, change, until);
        if complete(client, &name, &fold) {
            return (fold.rows.into_values().collect(), fold.lost.into_values().collect());
        }
    }
    let mut silent: Vec<Failure> = fold.lost.into_values().collect();
    silent.push(late(&format!("cannot list the {noun} of `{name}`"), &format!("`{name}`")));
    (fold.rows.into_values().collect(), silent)
}

/// All parts of a cluster have ended. Which parts there are, the client knows once the first has been told.
fn complete<K: Ord, T>(client: &Client, name: &ClusterName, fold: &Fold<K, T>) -> bool {
    if fold.ended(&None) {
        return true;
    }
    let namespaces = client.endpoint(name).and_then(|endpoint| endpoint.namespaces);
    namespaces.is_some_and(|all| all.into_iter().all(|namespace| fold.ended(&Some(namespace))))
}

fn together<T>(each: Vec<(Vec<T>, Vec<Failure>)>) -> Listed<T> {
    let mut listed = Listed { rows: Vec::new(), silent: Vec::new() };
    for (rows, silent) in each {
        listed.rows.extend(rows);
        listed.silent.extend(silent);
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(kind: FailureKind, in_seconds: i64) -> Change<u8, u8> {
        let retry = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + in_seconds).ok();
        Change::Lost { failure: Failure::new(kind, "x", "y", ""), retry }
    }

    #[test]
    fn a_part_ends_with_its_whole_answer_or_with_its_loss_and_keeps_what_it_had() {
        let until = Instant::now() + LIMIT;
        let (a, b) = (Some(Namespace::new("a")), Some(Namespace::new("b")));
        let mut fold: Fold<u8, u8> = Fold::default();
        fold.take(a.clone(), Change::Begin, until);
        fold.take(a.clone(), Change::Upsert(vec![(1, 1), (2, 2)]), until);
        fold.take(a.clone(), Change::Remove(vec![2]), until);
        assert!(!fold.ended(&a));
        fold.take(a.clone(), Change::Complete, until);
        fold.take(b.clone(), lost(FailureKind::Offline, 1), until);
        assert!(fold.ended(&a) && fold.ended(&b) && !fold.ended(&None));
        assert_eq!((fold.rows.len(), fold.lost.len()), (1, 1));
    }

    #[test]
    fn a_server_that_asks_to_wait_a_little_is_waited_for() {
        let until = Instant::now() + LIMIT;
        let mut fold: Fold<u8, u8> = Fold::default();
        fold.take(None, lost(FailureKind::Throttled, 2), until);
        assert!(!fold.ended(&None));
        fold.take(None, lost(FailureKind::Throttled, 3600), until);
        assert!(fold.ended(&None));
        fold.take(None, Change::Complete, until);
        assert!(fold.lost.is_empty());
    }
}
