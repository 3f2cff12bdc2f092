//! A kubeconfig of the test's own, a client on it, and waiting for news.

use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use weir_client::{Client, Settings};
use weir_domain::{Change, ClusterName, Failure, News, Run, Watch};

pub type Live = BoxStream<'static, News>;

pub struct Desk {
    pub folder: TempDir,
    places: Vec<(String, Value, Value)>,
}

impl Desk {
    pub fn new() -> Desk {
        Desk {
            folder: TempDir::with_prefix("weir-wire-").expect("the temporary folder can be written"),
            places: Vec::new(),
        }
    }

    /// A context, a cluster and a user of one name. `cluster` and `user` are what the kubeconfig says of them.
    pub fn with(mut self, name: &str, cluster: Value, user: Value) -> Desk {
        self.places.push((name.to_string(), cluster, user));
        self
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Writes the kubeconfig (JSON is YAML) and gives its path.
    pub fn write(&self) -> PathBuf {
        let named = |key: &str, pick: &dyn Fn(&(String, Value, Value)) -> Value| -> Vec<Value> {
            self.places.iter().map(|place| json!({"name": place.0, key: pick(place)})).collect()
        };
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": self.places[0].0,
            "clusters": named("cluster", &|place| place.1.clone()),
            "users": named("user", &|place| place.2.clone()),
            "contexts": named("context", &|place| json!({"cluster": place.0, "user": place.0, "namespace": "okd"})),
        });
        std::fs::write(self.file(), config.to_string()).expect("the kubeconfig can be written");
        self.file()
    }

    /// A client of all its contexts.
    pub fn client(&self) -> Client {
        let contexts = self.places.iter().map(|place| place.0.clone()).collect();
        Client::new(Settings { contexts, ..self.settings() })
    }

    pub fn settings(&self) -> Settings {
        Settings {
            kubeconfig: Some(vec![self.write()]),
            state: self.folder.path().join("state"),
            closed: true,
            ..Settings::default()
        }
    }
}

/// A desk with one context `moc` on a double without TLS.
pub fn on(url: &str) -> Desk {
    Desk::new().with("moc", json!({"server": url}), json!({"token": "t"}))
}

pub async fn connect(client: &Client, name: &str) -> Result<(), Failure> {
    client.fetch(weir_domain::Query::Connect(ClusterName::new(name))).await.map(|_| ())
}

pub fn runs(client: &Client, name: &str) -> Live {
    client.watch(Watch::Runs(ClusterName::new(name)))
}

/// Reads on until something is picked.
pub async fn until<T>(live: &mut Live, what: &str, mut pick: impl FnMut(News) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    let mut last = String::from("nothing came");
    loop {
        match tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), live.next()).await {
            Ok(Some(news)) => {
                last = format!("{news:?}").chars().take(300).collect();
                if let Some(found) = pick(news) {
                    return found;
                }
            }
            Ok(None) => panic!("{what}: the watch ended; last: {last}"),
            Err(_) => panic!("{what}: not in time; last: {last}"),
        }
    }
}

/// All rows of a list when it is complete, and what it said of its progress.
pub async fn complete(live: &mut Live) -> (Vec<Run>, Vec<(u64, Option<u64>)>) {
    let (mut rows, mut progress) = (Vec::new(), Vec::new());
    until(live, "a complete list", |news| {
        match news {
            News::Runs(_, _, Change::Begin) => rows.clear(),
            News::Runs(_, _, Change::Upsert(more)) => rows.extend(more.into_iter().map(|(_, run)| run)),
            News::Runs(_, _, Change::Progress { have, of }) => progress.push((have, of)),
            News::Runs(_, _, Change::Complete) => return Some(()),
            _ => {}
        }
        None
    })
    .await;
    (rows, progress)
}

pub async fn lost(live: &mut Live) -> Failure {
    until(live, "a loss", |news| match news {
        News::Runs(_, _, Change::Lost { failure, .. }) => Some(failure),
        _ => None,
    })
    .await
}
