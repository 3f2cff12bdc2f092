//! Watches that need no reflector: how the endpoints stand, the journal, and the clean-up CronJobs.

use super::Outbox;
use crate::cluster::Cluster;
use crate::{Client, http};
use futures::FutureExt;
use futures::future::select_all;
use std::sync::Arc;
use std::time::Duration;
use weir_domain::news::CleanUp;
use weir_domain::{ClusterName, Loaded, Namespace, News, Tree};

/// How often files are looked at: one `stat` each, no network.
const LOOK: Duration = Duration::from_secs(2);

/// All endpoints whenever one changes. Also reads the kubeconfig again when its files change.
pub(super) async fn endpoints(client: Client, outbox: Outbox) {
    // Whoever looks at the endpoints is here to stay: promotions that were left alone are guarded again.
    tokio::spawn(crate::promotion::resume(client.clone()));
    let clusters = &client.inner.clusters;
    let mut changed = clusters.changed();
    let mut stamp = clusters.stamp();
    let mut last = None;
    loop {
        let all = client.endpoints();
        if last.as_ref() != Some(&all) {
            if outbox.send(News::Endpoints(all.clone())).await.is_err() {
                return;
            }
            last = Some(all);
        }
        let mut facts: Vec<_> = clusters.all().iter().map(|c| c.facts()).collect();
        if let Some(releases) = &client.inner.releases {
            facts.push(releases.facts());
        }
        facts.extend(client.inner.registries.facts());
        facts.iter_mut().for_each(|f| f.mark_unchanged());
        // What changed between the snapshot and the marks would otherwise be missed.
        if last.as_ref() != Some(&client.endpoints()) {
            continue;
        }
        let any = async {
            if facts.is_empty() {
                std::future::pending::<()>().await;
            }
            let _ = select_all(facts.iter_mut().map(|f| f.changed().boxed())).await;
        };
        tokio::select! {
            () = any => tokio::time::sleep(Duration::from_millis(30)).await,
            _ = changed.changed() => {}
            () = tokio::time::sleep(LOOK) => {
                let now = clusters.stamp();
                if now != stamp {
                    stamp = now;
                    clusters.reload(&client.inner.settings);
                }
            }
            () = outbox.closed() => return,
        }
    }
}

/// The journal whenever its file changes.
pub(super) async fn journal(client: Client, outbox: Outbox) {
    let journal = client.inner.journal.clone();
    let mut stamp = None;
    let mut first = true;
    loop {
        let now = journal.stamp();
        if first || now != stamp {
            stamp = now;
            first = false;
            let reader = journal.clone();
            let read = tokio::task::spawn_blocking(move || reader.read()).await;
            let news = match read {
                Ok(Ok(reading)) => {
                    // First, so that who takes only the entries knows already what they are.
                    if outbox.send(News::Unread(reading.unread())).await.is_err() {
                        return;
                    }
                    Loaded::Known(reading.entries)
                }
                Ok(Err(failure)) => Loaded::Lost { failure, retry: None },
                Err(_) => return,
            };
            if outbox.send(News::Journal(news)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK / 4) => {}
            () = outbox.closed() => return,
        }
    }
}

/// CronJobs that delete runs, asked once a connection and then every ten minutes: their answer changes once a day.
pub(super) async fn clean_ups(client: Client, name: ClusterName, outbox: Outbox) {
    let Ok(cluster) = client.inner.clusters.find(&name) else { return outbox.closed().await };
    loop {
        if let Some(found) = read_clean_ups(&cluster).await
            && outbox.send(News::CleanUps(name.clone(), found)).await.is_err()
        {
            return;
        }
        let mut facts = cluster.facts();
        let again = async {
            if cluster.endpoint().live() {
                tokio::time::sleep(Duration::from_secs(600)).await;
            } else {
                let _ = facts.wait_for(|f| f.live()).await;
            }
        };
        tokio::select! {
            () = again => {}
            () = outbox.closed() => return,
        }
    }
}

async fn read_clean_ups(cluster: &Arc<Cluster>) -> Option<Vec<CleanUp>> {
    let session = cluster.session().await.ok()?;
    let mut paths = vec!["/apis/batch/v1/cronjobs".to_string()];
    let mut found = Vec::new();
    let mut index = 0;
    while index < paths.len() {
        match http::unary(&session.client, http::get(&paths[index])).await {
            Ok(body) => {
                let list: Tree = serde_json::from_slice(&body).ok()?;
                found.extend(list.key("items").map(Tree::items).unwrap_or(&[]).iter().filter_map(clean_up));
            }
            Err(trouble) if trouble.code() == Some(403) && index == 0 => {
                let facts = cluster.endpoint();
                let namespaces = facts.namespaces.unwrap_or_else(|| vec![facts.namespace.clone()]);
                paths.extend(
                    namespaces
                        .iter()
                        .map(|n| format!("/apis/batch/v1/namespaces/{}/cronjobs", http::encoded(n.as_str()))),
                );
            }
            Err(_) => {}
        }
        index += 1;
    }
    Some(found)
}

/// A CronJob counts as a clean-up when its name says so: `tekton-cleanup-daily` is the real one.
fn clean_up(object: &Tree) -> Option<CleanUp> {
    let name = object.text_at(&["metadata", "name"])?;
    if !name.contains("cleanup") && !name.contains("clean-up") && !name.contains("prune") {
        return None;
    }
    Some(CleanUp {
        namespace: Namespace::new(object.text_at(&["metadata", "namespace"])?),
        name: weir_domain::text::clean_line(name).into_owned(),
        last: object.text_at(&["status", "lastScheduleTime"]).and_then(|t| t.parse().ok()),
    })
}
