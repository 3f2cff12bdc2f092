//! What one case works with: clients of its own, names of its own, and a list of what it made.

use crate::place::{Place, Role};
use crate::shape::Shape;
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use weir_client::{Client, Settings};
use weir_domain::journal::Entry;
use weir_domain::log::{LogId, LogNews, LogPart};
use weir_domain::{
    Answer, ClusterName, Command, Confirmed, Consent, Detail, Failure, FailureKind, Loaded, News, Query, Receipt,
    RunId, Watch,
};

pub type Live = BoxStream<'static, News>;

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Stage {
    pub place: Arc<Place>,
    pub folder: TempDir,
    made: Mutex<Vec<(String, String)>>,
    tag: String,
}

impl Stage {
    pub fn new(place: Arc<Place>) -> Stage {
        let folder = TempDir::with_prefix("weir-contract-").expect("the temporary folder can be written");
        let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
        Stage { place, folder, made: Mutex::default(), tag: format!("{:x}", nanos & 0xffff_ffff_ffff) }
    }

    /// A name that no other case and no earlier run of the suite uses.
    pub fn name(&self, word: &str) -> String {
        format!("contract-{word}-{}", self.tag)
    }

    pub fn settings(&self, role: Role) -> Settings {
        Settings {
            kubeconfig: Some(vec![self.place.kubeconfig().to_path_buf()]),
            contexts: vec![self.place.context(role).to_string()],
            state: self.folder.path().join("state"),
            closed: true,
            ..Settings::default()
        }
    }

    pub fn client(&self, role: Role) -> Client {
        Client::new(self.settings(role))
    }

    pub fn cluster(&self, role: Role) -> ClusterName {
        ClusterName::new(self.place.context(role))
    }

    /// A run of this name, in the words of one role's client.
    pub fn run(&self, role: Role, namespace: &str, name: &str) -> RunId {
        RunId::new(self.place.context(role), namespace, name)
    }

    /// From now on the run is deleted when the case ends.
    pub fn owe(&self, namespace: &str, name: &str) {
        self.made.lock().expect("no case panics here").push((namespace.to_string(), name.to_string()));
    }

    /// Starts it as an operator would: proposal, yes, command.
    pub async fn start(&self, client: &Client, shape: Shape) -> Receipt {
        self.owe(&shape.namespace, &shape.name);
        let cluster = client.endpoints()[0].cluster();
        done(client, Command::Start(Box::new(shape.new_run(&cluster)))).await.expect("the start is accepted")
    }

    /// Deletes what the case made; returns what is left.
    pub async fn sweep(&self) -> Vec<String> {
        let made: Vec<(String, String)> = self.made.lock().map(|mut made| made.drain(..).collect()).unwrap_or_default();
        if made.is_empty() {
            return Vec::new();
        }
        let client = self.client(Role::Admin);
        let mut left = Vec::new();
        for (namespace, name) in made {
            let run = self.run(Role::Admin, &namespace, &name);
            let gone = match uid(&client, &run).await {
                Ok(uid) => done(&client, Command::Delete { run: run.clone(), uid }).await.map(|_| ()),
                Err(failure) => Err(failure),
            };
            match gone {
                Err(failure) if failure.kind != FailureKind::Missing => left.push(format!("{run}: {failure}")),
                _ => {}
            }
        }
        left
    }

    /// The journal's lines about one object, oldest first.
    pub async fn journal(&self, client: &Client, object: &str) -> Vec<Entry> {
        let mut live = client.watch(Watch::Journal);
        let all = until(&mut live, "the journal", |news| match news {
            News::Journal(Loaded::Known(entries)) => Some(entries),
            _ => None,
        })
        .await;
        let ids: Vec<String> = all.iter().filter(|e| e.object.contains(object)).map(|e| e.id.clone()).collect();
        all.into_iter().filter(|entry| ids.contains(&entry.id)).collect()
    }
}

pub async fn uid(client: &Client, run: &RunId) -> Result<String, Failure> {
    match client.fetch(Query::Object(run.clone())).await? {
        Answer::Object(object) => Ok(object.text_at(&["metadata", "uid"]).unwrap_or_default().to_string()),
        other => panic!("asked for an object, got {other:?}"),
    }
}

/// The operator's yes by a key.
pub async fn confirmed(client: &Client, command: Command) -> Result<Confirmed<Command>, Failure> {
    let proposal = client.propose(command, Some("the contract suite".into())).await?;
    Ok(proposal.answer(Consent::Key).expect("a key is enough: the cluster is not production"))
}

pub async fn done(client: &Client, command: Command) -> Result<Receipt, Failure> {
    let yes = confirmed(client, command).await?;
    client.execute(yes).await
}

/// Reads on until something is picked; fails with what was seen last.
pub async fn until<T>(live: &mut Live, what: &str, mut pick: impl FnMut(News) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut last = String::from("nothing came");
    loop {
        let next = tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), live.next()).await;
        match next {
            Ok(Some(news)) => {
                last = short(&news);
                if let Some(found) = pick(news) {
                    return found;
                }
            }
            Ok(None) => panic!("{what}: the watch ended; last: {last}"),
            Err(_) => panic!("{what}: not within {} s; last: {last}", PATIENCE.as_secs()),
        }
    }
}

fn short(news: &News) -> String {
    match news {
        News::Detail(run, Loaded::Known(detail)) => format!(
            "{run} is {} ({} {}), tasks {:?}",
            detail.run.status.word(),
            detail.run.reason,
            detail.run.message,
            detail.tasks.iter().map(|t| format!("{} {}", t.task, t.status().word())).collect::<Vec<_>>()
        ),
        other => format!("{other:?}").chars().take(400).collect(),
    }
}

/// The run as soon as `enough` holds.
pub async fn detail(client: &Client, run: &RunId, what: &str, enough: impl Fn(&Detail) -> bool) -> Detail {
    let mut live = client.watch(Watch::Detail(run.clone()));
    until(&mut live, what, |news| match news {
        News::Detail(_, Loaded::Known(detail)) if enough(&detail) => Some(*detail),
        _ => None,
    })
    .await
}

pub async fn finished(client: &Client, run: &RunId) -> Detail {
    detail(client, run, "a finished run", |d| d.run.status.finished() && d.tasks.iter().all(|t| t.status().finished()))
        .await
}

/// One task's first step runs.
pub async fn running(client: &Client, run: &RunId, task: &str) -> Detail {
    detail(client, run, "a running step", |d| {
        d.task(task).is_some_and(|t| t.last().steps.iter().any(|s| s.state == weir_domain::StepState::Running))
    })
    .await
}

/// A whole log until it is complete: every piece of news, in order of arrival.
pub async fn log(client: &Client, run: &RunId, part: LogPart) -> Vec<LogNews> {
    let mut live = client.watch(Watch::Log(LogId { run: run.clone(), part }));
    let mut all = Vec::new();
    until(&mut live, "a complete log", |news| {
        let News::Log(_, news) = news else { return None };
        let complete = matches!(news, LogNews::Complete { .. });
        all.push(news);
        complete.then_some(())
    })
    .await;
    all
}

/// The lines of a log in its order: source's title and text.
pub fn lines(news: &[LogNews]) -> Vec<(String, String)> {
    let mut found: Vec<(u32, String, String)> = Vec::new();
    for piece in news {
        if let LogNews::Lines { source, text, stamps, .. } = piece {
            let texts: Vec<&str> = text.split('\n').collect();
            assert_eq!(texts.len(), stamps.len(), "each line has its time");
            found.extend(texts.into_iter().map(|line| (source.order, source.title(), line.to_string())));
        }
    }
    found.sort_by_key(|(order, ..)| *order);
    found.into_iter().map(|(_, title, line)| (title, line)).collect()
}

/// Asks again until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{what}: not within {} s", PATIENCE.as_secs())
}
