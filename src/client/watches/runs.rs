//! Runs and Pipelines of a cluster: everywhere if that is allowed, else namespace by namespace.

use super::{Outbox, absent, tekton_target};
use crate::cluster::Cluster;
use crate::reflect::{Seen, reflect};
use crate::tekton::words::Words;
use crate::tekton::{WireRun, pipelines, table};
use crate::{Client, http};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use weir_domain::{Change, ClusterName, Failure, Namespace, News, Pipeline, Run, RunId, Tree};

/// Which collection of a cluster.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Runs,
    Pipelines,
}

impl Kind {
    fn lost(self, name: &ClusterName, part: Option<Namespace>, failure: Failure) -> News {
        match self {
            Kind::Runs => News::Runs(name.clone(), part, Change::Lost { failure, retry: None }),
            Kind::Pipelines => News::Pipelines(name.clone(), part, Change::Lost { failure, retry: None }),
        }
    }

    /// Ends when nobody listens (`None`) or the list is denied.
    async fn one(
        self,
        client: &Client,
        name: &ClusterName,
        part: Option<Namespace>,
        outbox: &Outbox,
    ) -> Option<Failure> {
        match self {
            Kind::Runs => runs_of(client, name, part, outbox).await,
            Kind::Pipelines => pipelines_of(client, name, part, outbox).await,
        }
    }
}

/// Tries the whole cluster, then falls back to the namespaces of the config, else OpenShift's projects, else those of the contexts.
pub(super) async fn everywhere(client: Client, name: ClusterName, kind: Kind, outbox: Outbox) {
    let cluster = match client.inner.clusters.find(&name) {
        Ok(cluster) => cluster,
        Err(failure) => return absent(&outbox, kind.lost(&name, None, failure)).await,
    };
    loop {
        let mut denied = None;
        if cluster.namespaces.is_empty() {
            match kind.one(&client, &name, None, &outbox).await {
                None => return,
                Some(failure) => denied = Some(failure),
            }
        }
        let (namespaces, from) = reachable(&cluster).await;
        let parts: Vec<Namespace> = namespaces.iter().map(Namespace::new).collect();
        let mut unseen: Vec<String> = Vec::new();
        if let Some(failure) = &denied {
            unseen.push(format!("not the whole cluster ({}); only {from}: {}", failure.why, namespaces.join(", ")));
        }
        cluster.unseen(unseen.clone(), Some(parts.clone()));
        let sentences = Mutex::new(unseen);
        join_all(parts.iter().map(|part| partly(&client, &cluster, kind, part, &parts, &sentences, &outbox))).await;
        if outbox.is_closed() {
            return;
        }
        // Every namespace is denied: a right may be given meanwhile.
        cluster.rest(Duration::from_secs(60)).await;
    }
}

/// One namespace until nobody listens or it is denied, which is then said.
async fn partly(
    client: &Client,
    cluster: &Arc<Cluster>,
    kind: Kind,
    part: &Namespace,
    all: &[Namespace],
    sentences: &Mutex<Vec<String>>,
    outbox: &Outbox,
) {
    let Some(failure) = kind.one(client, &cluster.name, Some(part.clone()), outbox).await else { return };
    if let Ok(mut list) = sentences.lock() {
        list.push(format!("nothing of `{part}`: {}", failure.why));
        cluster.unseen(list.clone(), Some(all.to_vec()));
    }
    let _ = outbox.send(kind.lost(&cluster.name, Some(part.clone()), failure)).await;
}

/// Where to look when the whole cluster is denied, and where that is known from.
async fn reachable(cluster: &Arc<Cluster>) -> (Vec<String>, &'static str) {
    if !cluster.namespaces.is_empty() {
        return (cluster.namespaces.clone(), "the namespaces of the config");
    }
    if let Some(projects) = projects(cluster).await.filter(|p| !p.is_empty()) {
        return (projects, "your projects");
    }
    if !cluster.context_namespaces.is_empty() {
        return (cluster.context_namespaces.clone(), "the namespaces of its contexts");
    }
    (vec![cluster.endpoint().namespace.to_string()], "the context's namespace")
}

/// OpenShift lists the projects one may see; other servers answer 404.
async fn projects(cluster: &Arc<Cluster>) -> Option<Vec<String>> {
    let session = cluster.session().await.ok()?;
    let body = http::unary(&session.client, http::get("/apis/project.openshift.io/v1/projects")).await.ok()?;
    let list: Tree = serde_json::from_slice(&body).ok()?;
    Some(
        list.key("items")?
            .items()
            .iter()
            .filter_map(|p| p.text_at(&["metadata", "name"]).map(str::to_string))
            .collect(),
    )
}

async fn runs_of(client: &Client, name: &ClusterName, part: Option<Namespace>, outbox: &Outbox) -> Option<Failure> {
    let target =
        tekton_target(client, name, part.as_ref().map(Namespace::as_str), "pipelineruns", String::new()).ok()?;
    let cluster = target.cluster.clone();
    let words = Arc::new(Words::new(name.clone()));
    let decode = {
        let words = words.clone();
        move |raw: &str| serde_json::from_str::<WireRun>(raw).map(|wire| wire.run_among(&words))
    };
    let mut feed = reflect(target, Arc::new(decode));
    let mut sketched = false;
    // The Table that is asked for, and what is known better meanwhile.
    let mut table: Option<BoxFuture<'_, Vec<Run>>> = None;
    let mut known: BTreeSet<RunId> = BTreeSet::new();
    loop {
        let seen = tokio::select! {
            biased;
            rows = async { table.as_mut().expect("polled only when asked for").await }, if table.is_some() => {
                table = None;
                let mut rows: Vec<Run> = rows;
                rows.retain(|run| !known.contains(&run.id));
                known.clear();
                let rows = Change::Upsert(keyed(rows));
                if outbox.send(News::Runs(name.clone(), part.clone(), rows)).await.is_err() {
                    return None;
                }
                continue;
            }
            seen = feed.next() => seen?,
        };
        let mut changes = Vec::new();
        match seen {
            Seen::Page { items, have, of, first, more } => {
                // The first page shows that others follow: one Table brings all names and states at once.
                if more && first && !std::mem::replace(&mut sketched, true) {
                    table = Some(sketches(&cluster, &words, part.as_ref()).boxed());
                }
                if table.is_some() {
                    known.extend(items.iter().map(|run| run.id.clone()));
                }
                changes.extend([Change::Upsert(keyed(items)), Change::Progress { have, of }]);
            }
            Seen::Begin => changes.push(Change::Begin),
            Seen::Complete => {
                table = None;
                changes.push(Change::Complete);
            }
            Seen::Set(items) => changes.push(Change::Upsert(keyed(items))),
            Seen::Gone(run) => changes.push(Change::Remove(vec![run.id])),
            Seen::Alive => changes.push(Change::Alive),
            Seen::Absent => changes.extend([Change::Begin, Change::Complete]),
            Seen::Unreadable(count, why) => {
                cluster.unseen(vec![format!("{count} runs could not be read: {why}")], cluster.endpoint().namespaces);
            }
            Seen::Lost { failure, retry } => {
                table = None;
                changes.push(Change::Lost { failure, retry });
            }
            Seen::Denied(failure) => return Some(failure),
        }
        for change in changes {
            if outbox.send(News::Runs(name.clone(), part.clone(), change)).await.is_err() {
                return None;
            }
        }
    }
}

fn keyed(runs: Vec<Run>) -> Vec<(RunId, Run)> {
    runs.into_iter().map(|run| (run.id.clone(), run)).collect()
}

/// All rows by one cheap Table; none when the server does not give one.
async fn sketches(cluster: &Arc<Cluster>, words: &Words, part: Option<&Namespace>) -> Vec<Run> {
    let Ok(session) = cluster.session().await else { return Vec::new() };
    let namespace = part.map(Namespace::as_str);
    let Some(path) = session.tekton_path(namespace, "pipelineruns") else { return Vec::new() };
    // Without metadata a row does not say its namespace.
    let include = if namespace.is_some() { "None" } else { "Metadata" };
    let request = http::with_accept(&format!("{path}?includeObject={include}"), table::ACCEPT);
    let Ok(body) = http::unary(&session.client, request).await else { return Vec::new() };
    table::sketches(&body, words, namespace, Timestamp::now()).unwrap_or_default()
}

async fn pipelines_of(
    client: &Client,
    name: &ClusterName,
    part: Option<Namespace>,
    outbox: &Outbox,
) -> Option<Failure> {
    let target = tekton_target(client, name, part.as_ref().map(Namespace::as_str), "pipelines", String::new()).ok()?;
    let whose = name.clone();
    let decode = move |raw: &str| serde_json::from_str::<Tree>(raw).map(|o| pipelines::pipeline(&o, whose.as_str()));
    let mut feed = reflect(target, Arc::new(decode));
    let keyed = |items: Vec<Pipeline>| items.into_iter().map(|p| (p.id.clone(), p)).collect();
    while let Some(seen) = feed.next().await {
        let changes = match seen {
            Seen::Page { items, have, of, .. } => {
                vec![Change::Upsert(keyed(items)), Change::Progress { have, of }]
            }
            Seen::Begin => vec![Change::Begin],
            Seen::Complete => vec![Change::Complete],
            Seen::Set(items) => vec![Change::Upsert(keyed(items))],
            Seen::Gone(pipeline) => vec![Change::Remove(vec![pipeline.id])],
            Seen::Alive => vec![Change::Alive],
            Seen::Absent => vec![Change::Begin, Change::Complete],
            Seen::Unreadable(..) => Vec::new(),
            Seen::Lost { failure, retry } => vec![Change::Lost { failure, retry }],
            Seen::Denied(failure) => return Some(failure),
        };
        for change in changes {
            if outbox.send(News::Pipelines(name.clone(), part.clone(), change)).await.is_err() {
                return None;
            }
        }
    }
    None
}
